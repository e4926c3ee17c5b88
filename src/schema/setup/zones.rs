//! Zones in the API.

use async_graphql::Context;

use super::catalog::catalog;
use super::sectors::Sector;
use crate::resolvers::setup::catalogs;
use crate::schema::cx;

catalog! {
    /// An area by which visits and deliveries are planned. It is divided into sectors.
    Zone zone zones "zone", "a zone";
    ordered: "zones", listed everywhere; unique: "zones";
    create zone_create "", update zone_update "",
    retire zone_retire "Neither are its sectors. Addresses that have them keep them. ",
    restore zone_restore, reorder zone_reorder;
    new(input) {} from (), {};
    changes(input) {} {};
    fields {
        /// The sectors of the zone in the order set by administrators, retired ones last. At most 100.
        async fn sectors(&self, ctx: &Context<'_>) -> Vec<Sector> {
            catalogs::in_order(cx(ctx).catalogs().sectors_of(self.0.id))
                .into_iter()
                .map(Sector::from)
                .collect()
        }
    }
}
