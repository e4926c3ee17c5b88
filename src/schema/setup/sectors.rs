//! Sectors in the API: the parts of zones.

use std::sync::Arc;

use async_graphql::{Context, ID, InputObject, MaybeUndefined, Object};

use super::mutations::mutations;
use super::zones::Zone;
use crate::entities::setup::sector;
use crate::ids::Kind;
use crate::rules::setup::Draft;
use crate::rules::setup::entries::InZone;
use crate::schema::cx;
use crate::schema::ids::{encode, reference};
use crate::schema::text::Text;

/// A part of a zone.
#[derive(Clone)]
pub struct Sector(Arc<sector::Model>);

/// A sector that is to be offered from now on.
#[derive(InputObject)]
pub struct SectorCreateInput {
    /// The zone that it is a part of, for ever; one in use, with fewer than 100 sectors.
    pub zone_id: ID,
    /// What it is called: 1 to 100 characters, unlike any other sector of the zone in use, accents and case aside.
    pub name: String,
    /// Where it is: at most 1,000 characters.
    pub description: Option<String>,
}

/// What is to change about a sector. It stays in its zone.
#[derive(InputObject)]
pub struct SectorUpdateInput {
    /// What it is called: 1 to 100 characters, unlike any other sector of the zone in use, accents and case aside. It cannot be cleared.
    pub name: MaybeUndefined<String>,
    /// Where it is: at most 1,000 characters. Null clears it.
    pub description: MaybeUndefined<String>,
}

impl From<Arc<sector::Model>> for Sector {
    fn from(row: Arc<sector::Model>) -> Self {
        Sector(row)
    }
}

impl SectorCreateInput {
    fn into_draft(self) -> (InZone, Draft<()>) {
        let draft = Draft {
            name: Some(Some(self.name)),
            description: Some(self.description),
            ..Draft::default()
        };
        (InZone(reference(Kind::Zone, &self.zone_id)), draft)
    }
}

impl SectorUpdateInput {
    fn into_draft(self) -> Draft<()> {
        Draft {
            name: self.name.into(),
            description: self.description.into(),
            ..Draft::default()
        }
    }
}

/// A part of a zone, by which visits and deliveries are planned.
#[Object]
impl Sector {
    /// Identifies the sector for ever.
    pub async fn id(&self) -> ID {
        encode(Kind::Sector, self.0.id)
    }

    /// What people call it; unique within its zone.
    async fn name(&self) -> Text<'_> {
        Text::from(&self.0.name)
    }

    /// Where it is. Null where nobody has said so.
    async fn description(&self) -> Option<Text<'_>> {
        self.0.description.as_deref().map(Text::from)
    }

    /// The zone that it is a part of.
    async fn zone(&self, ctx: &Context<'_>) -> Option<Zone> {
        cx(ctx).catalogs().zones.get(self.0.zone_id).cloned().map(Zone::from)
    }

    /// Where it stands among the sectors of its zone, counted from 0; gaps are possible.
    async fn position(&self) -> i32 {
        self.0.position
    }

    /// Whether it is no longer offered by itself; those of a retired zone are not offered either. It is still shown where it is used.
    async fn is_retired(&self) -> bool {
        self.0.retired_at.is_some()
    }

    /// Grows by one with every change; give it as `expectedVersion` so as not to overwrite what you have not seen.
    async fn version(&self) -> i32 {
        self.0.version
    }
}

mutations! {
    SectorMutation: Sector, "sector", Kind::Sector, sector::Entity, sector, sectors;
    /// Adds a sector to a zone, at the end of its sectors. Administrators only.
    sector_create(SectorCreateInput) -> SectorCreatePayload;
    /// Edits a sector, in use or retired. Administrators only.
    sector_update(SectorUpdateInput) -> SectorUpdatePayload;
    /// Stops offering a sector; addresses that have it keep it. Administrators only.
    sector_retire -> SectorRetirePayload;
    /// Offers a retired sector again, unless another one of its zone in use has its name by now. Administrators only.
    sector_restore -> SectorRestorePayload;
    /// Puts the sectors of one zone into another order; all of them that are in use have to be named. Administrators only.
    sector_reorder(SectorReorderInput) -> SectorReorderPayload;
}
