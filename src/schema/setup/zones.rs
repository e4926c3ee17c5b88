//! Zones in the API, with the sectors that they are divided into.

use std::sync::Arc;

use async_graphql::{Context, ID, InputObject, MaybeUndefined, Object};

use super::mutations::mutations;
use super::sectors::Sector;
use crate::entities::setup::zone;
use crate::ids::Kind;
use crate::resolvers::setup::catalogs;
use crate::rules::setup::Draft;
use crate::schema::cx;
use crate::schema::guards::SignedIn;
use crate::schema::ids::encode;
use crate::schema::text::Text;

/// An area by which visits and deliveries are planned.
#[derive(Clone)]
pub struct Zone(Arc<zone::Model>);

/// A zone that is to be offered from now on.
#[derive(InputObject)]
pub struct ZoneCreateInput {
    /// What it is called: 1 to 100 characters, unlike any other zone in use, accents and case aside.
    pub name: String,
    /// Where it is: at most 1,000 characters.
    pub description: Option<String>,
}

/// What is to change about a zone.
#[derive(InputObject)]
pub struct ZoneUpdateInput {
    /// What it is called: 1 to 100 characters, unlike any other zone in use, accents and case aside. It cannot be cleared.
    pub name: MaybeUndefined<String>,
    /// Where it is: at most 1,000 characters. Null clears it.
    pub description: MaybeUndefined<String>,
}

#[derive(Default)]
pub struct ZoneQuery;

impl From<Arc<zone::Model>> for Zone {
    fn from(row: Arc<zone::Model>) -> Self {
        Zone(row)
    }
}

impl ZoneCreateInput {
    fn into_draft(self) -> ((), Draft<()>) {
        let draft = Draft {
            name: Some(Some(self.name)),
            description: Some(self.description),
            ..Draft::default()
        };
        ((), draft)
    }
}

impl ZoneUpdateInput {
    fn into_draft(self) -> Draft<()> {
        Draft {
            name: self.name.into(),
            description: self.description.into(),
            ..Draft::default()
        }
    }
}

/// An area by which visits and deliveries are planned; it is divided into sectors.
#[Object]
impl Zone {
    /// Identifies the zone for ever.
    pub async fn id(&self) -> ID {
        encode(Kind::Zone, self.0.id)
    }

    /// What people call it.
    async fn name(&self) -> Text<'_> {
        Text::from(&self.0.name)
    }

    /// Where it is. Null where nobody has said so.
    async fn description(&self) -> Option<Text<'_>> {
        self.0.description.as_deref().map(Text::from)
    }

    /// What it is divided into, in the order that administrators gave, the retired ones last. At most 100.
    async fn sectors(&self, ctx: &Context<'_>) -> Vec<Sector> {
        catalogs::in_order(cx(ctx).catalogs().sectors_of(self.0.id))
            .into_iter()
            .map(Sector::from)
            .collect()
    }

    /// Where it stands among all zones, counted from 0; gaps are possible.
    async fn position(&self) -> i32 {
        self.0.position
    }

    /// Whether it is no longer offered, and its sectors with it. It is still shown where it is used.
    async fn is_retired(&self) -> bool {
        self.0.retired_at.is_some()
    }

    /// Grows by one with every change; give it as `expectedVersion` so as not to overwrite what you have not seen.
    async fn version(&self) -> i32 {
        self.0.version
    }
}

#[Object]
impl ZoneQuery {
    /// All zones in the order that administrators gave them, the retired ones last. At most 500.
    #[graphql(guard = "SignedIn")]
    async fn zones(&self, ctx: &Context<'_>) -> Vec<Zone> {
        catalogs::in_order(cx(ctx).catalogs().zones.all())
            .into_iter()
            .map(Zone::from)
            .collect()
    }
}

mutations! {
    ZoneMutation: Zone, "zone", Kind::Zone, zone::Entity, zone, zones;
    /// Adds a zone at the end of the list. Administrators only.
    zone_create(ZoneCreateInput) -> ZoneCreatePayload;
    /// Edits a zone, in use or retired. Administrators only.
    zone_update(ZoneUpdateInput) -> ZoneUpdatePayload;
    /// Stops offering a zone and its sectors; addresses that have them keep them. Administrators only.
    zone_retire -> ZoneRetirePayload;
    /// Offers a retired zone again, unless another one in use has its name by now. Administrators only.
    zone_restore -> ZoneRestorePayload;
    /// Puts the zones into another order. Administrators only.
    zone_reorder(ZoneReorderInput) -> ZoneReorderPayload;
}
