//! Industries in the API.

use super::plain::plain_catalog;
use crate::ids::Kind;
use crate::schema::guards::SignedIn;

plain_catalog! {
    /// What a prospect lives by.
    Industry, "industry", Kind::Industry, industry, IndustryCreateInput, IndustryUpdateInput, IndustryQuery;
    /// All industries in the order that administrators gave them, the retired ones last. At most 500.
    industries;
    mutations IndustryMutation, industry;
    /// Adds an industry at the end of the list. Administrators only.
    industry_create(IndustryCreateInput) -> IndustryCreatePayload;
    /// Edits an industry, in use or retired. Administrators only.
    industry_update(IndustryUpdateInput) -> IndustryUpdatePayload;
    /// Stops offering an industry; prospects that have it keep it. Administrators only.
    industry_retire -> IndustryRetirePayload;
    /// Offers a retired industry again, unless another one in use has its name by now. Administrators only.
    industry_restore -> IndustryRestorePayload;
    /// Puts the industries into another order. Administrators only.
    industry_reorder(IndustryReorderInput) -> IndustryReorderPayload;
}
