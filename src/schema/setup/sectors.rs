//! Sectors in the API: the parts of zones.

use async_graphql::{Context, ID};

use super::catalog::catalog;
use super::zones::Zone;
use crate::ids::Kind;
use crate::rules::setup::entries::InZone;
use crate::schema::cx;
use crate::schema::ids::reference;

catalog! {
    /// A part of a zone, by which visits and deliveries are planned.
    Sector sector sectors "sector", "a sector";
    ordered: "sectors of one zone", listed within_parents; unique: "sectors of its zone";
    create sector_create "", update sector_update "It stays in its zone. ", retire sector_retire "Addresses that have it keep it. ",
    restore sector_restore, reorder sector_reorder;
    new(input) {
        /// The identifier of the zone. It has to be in use, with fewer than 100 sectors, and cannot be changed later.
        pub zone_id: ID,
    } from InZone(reference(Kind::Zone, &input.zone_id)), {};
    changes(input) {} {};
    fields {
        /// The zone that the sector is a part of; fixed. Null only until a zone just created on another server is known to this one.
        async fn zone(&self, ctx: &Context<'_>) -> Option<Zone> {
            cx(ctx).catalogs().zones.get(self.0.zone_id).cloned().map(Zone::from)
        }
    }
}
