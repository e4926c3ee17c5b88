//! Potential levels in the API.

use std::sync::Arc;

use async_graphql::{Context, Enum, ID, InputObject, MaybeUndefined, Object};

use super::mutations::mutations;
use crate::entities::setup::potential_level::{self, LevelKind};
use crate::ids::Kind;
use crate::resolvers::setup::catalogs;
use crate::rules::setup::Draft;
use crate::schema::cx;
use crate::schema::guards::SignedIn;
use crate::schema::ids::encode;
use crate::schema::text::Text;

/// How much somebody may buy.
#[derive(Clone)]
pub struct PotentialLevel(Arc<potential_level::Model>);

/// Whose potential a level rates. Each kind has levels of its own, with one default.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "LevelKind")]
pub enum PotentialLevelKind {
    /// That of somebody who may buy for the first time.
    Prospect,
    /// That of somebody who has bought and may buy more.
    Client,
}

/// A potential level that is to be offered from now on.
#[derive(InputObject)]
pub struct PotentialLevelCreateInput {
    /// What it is called: 1 to 100 characters, unlike any other level of its kind in use, accents and case aside.
    pub name: String,
    /// What it means: at most 1,000 characters.
    pub description: Option<String>,
    /// Whose potential it rates. This cannot be changed later.
    pub applies_to: PotentialLevelKind,
    /// Whether this level is given where nothing else is said. True takes that from the present default of its kind; left out means false.
    pub is_default: Option<bool>,
}

/// What is to change about a potential level.
#[derive(InputObject)]
pub struct PotentialLevelUpdateInput {
    /// What it is called: 1 to 100 characters, unlike any other level of its kind in use, accents and case aside. It cannot be cleared.
    pub name: MaybeUndefined<String>,
    /// What it means: at most 1,000 characters. Null clears it.
    pub description: MaybeUndefined<String>,
    /// True makes this level the default of its kind. False is refused for the present default: make another one the default instead.
    pub is_default: MaybeUndefined<bool>,
}

#[derive(Default)]
pub struct PotentialLevelQuery;

impl From<Arc<potential_level::Model>> for PotentialLevel {
    fn from(row: Arc<potential_level::Model>) -> Self {
        PotentialLevel(row)
    }
}

impl PotentialLevelCreateInput {
    fn into_draft(self) -> (LevelKind, Draft<()>) {
        let draft = Draft {
            name: Some(Some(self.name)),
            description: Some(self.description),
            is_default: self.is_default.map(Some),
            ..Draft::default()
        };
        (self.applies_to.into(), draft)
    }
}

impl PotentialLevelUpdateInput {
    fn into_draft(self) -> Draft<()> {
        Draft {
            name: self.name.into(),
            description: self.description.into(),
            is_default: self.is_default.into(),
            ..Draft::default()
        }
    }
}

/// How much a prospect or a client is expected to buy.
#[Object]
impl PotentialLevel {
    /// Identifies the level for ever.
    pub async fn id(&self) -> ID {
        encode(Kind::PotentialLevel, self.0.id)
    }

    /// What people call it.
    async fn name(&self) -> Text<'_> {
        Text::from(&self.0.name)
    }

    /// What it means. Null where nobody has said so.
    async fn description(&self) -> Option<Text<'_>> {
        self.0.description.as_deref().map(Text::from)
    }

    /// Whose potential it rates, for ever.
    async fn applies_to(&self) -> PotentialLevelKind {
        self.0.applies_to.into()
    }

    /// Where it stands among the levels of both kinds, counted from 0; gaps are possible.
    async fn position(&self) -> i32 {
        self.0.position
    }

    /// Whether this level is given where nothing else is said. True for exactly one of each kind.
    async fn is_default(&self) -> bool {
        self.0.is_default
    }

    /// Whether it is no longer offered. It is still shown where it is used.
    async fn is_retired(&self) -> bool {
        self.0.retired_at.is_some()
    }

    /// Grows by one with every change; give it as `expectedVersion` so as not to overwrite what you have not seen.
    async fn version(&self) -> i32 {
        self.0.version
    }
}

#[Object]
impl PotentialLevelQuery {
    /// All potential levels of both kinds in the order that administrators gave them, the retired ones last. At most 500.
    #[graphql(guard = "SignedIn")]
    async fn potential_levels(&self, ctx: &Context<'_>) -> Vec<PotentialLevel> {
        catalogs::in_order(cx(ctx).catalogs().potential_levels.all())
            .into_iter()
            .map(PotentialLevel::from)
            .collect()
    }
}

mutations! {
    PotentialLevelMutation: PotentialLevel, "potential level", Kind::PotentialLevel, potential_level::Entity, potential_level, potential_levels;
    /// Adds a potential level at the end of the list. Administrators only.
    potential_level_create(PotentialLevelCreateInput) -> PotentialLevelCreatePayload;
    /// Edits a potential level, in use or retired. Administrators only.
    potential_level_update(PotentialLevelUpdateInput) -> PotentialLevelUpdatePayload;
    /// Stops offering a potential level; whoever has it keeps it. The default of a kind cannot be retired. Administrators only.
    potential_level_retire -> PotentialLevelRetirePayload;
    /// Offers a retired potential level again, unless another one of its kind in use has its name by now. Administrators only.
    potential_level_restore -> PotentialLevelRestorePayload;
    /// Puts the potential levels of both kinds into another order. Administrators only.
    potential_level_reorder(PotentialLevelReorderInput) -> PotentialLevelReorderPayload;
}
