//! Regions in the API.

use super::plain::plain_catalog;
use crate::ids::Kind;
use crate::schema::guards::SignedIn;

plain_catalog! {
    /// A part of the country as the company divides it.
    Region, "region", Kind::Region, region, RegionCreateInput, RegionUpdateInput, RegionQuery;
    /// All regions in the order that administrators gave them, the retired ones last. At most 500.
    regions;
    mutations RegionMutation, region;
    /// Adds a region at the end of the list. Administrators only.
    region_create(RegionCreateInput) -> RegionCreatePayload;
    /// Edits a region, in use or retired. Administrators only.
    region_update(RegionUpdateInput) -> RegionUpdatePayload;
    /// Stops offering a region; addresses that have it keep it. Administrators only.
    region_retire -> RegionRetirePayload;
    /// Offers a retired region again, unless another one in use has its name by now. Administrators only.
    region_restore -> RegionRestorePayload;
    /// Puts the regions into another order. Administrators only.
    region_reorder(RegionReorderInput) -> RegionReorderPayload;
}
