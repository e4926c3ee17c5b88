//! Reasons in the API.

use std::sync::Arc;

use async_graphql::{Context, Enum, ID, InputObject, MaybeUndefined, Object};

use super::mutations::mutations;
use crate::entities::setup::reason;
use crate::ids::Kind;
use crate::resolvers::setup::catalogs;
use crate::rules::setup::Draft;
use crate::rules::setup::entries::ReasonOwn;
use crate::schema::cx;
use crate::schema::guards::SignedIn;
use crate::schema::ids::encode;
use crate::schema::text::Text;

/// Why a sale was not made.
#[derive(Clone)]
pub struct Reason(Arc<reason::Model>);

/// What a reason explains.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "reason::ReasonCategory")]
pub enum ReasonCategory {
    /// Why a sale was lost.
    Lost,
    /// Why a prospect was discarded.
    Discarded,
    /// Either of the two.
    Both,
}

/// A reason that is to be offered from now on.
#[derive(InputObject)]
pub struct ReasonCreateInput {
    /// What it is called: 1 to 100 characters, unlike any other reason in use, accents and case aside.
    pub name: String,
    /// What it means: at most 1,000 characters.
    pub description: Option<String>,
    /// What it explains.
    pub category: ReasonCategory,
    /// Whether whoever gives this reason has to add a note. Left out means false.
    pub requires_note: Option<bool>,
}

/// What is to change about a reason.
#[derive(InputObject)]
pub struct ReasonUpdateInput {
    /// What it is called: 1 to 100 characters, unlike any other reason in use, accents and case aside. It cannot be cleared.
    pub name: MaybeUndefined<String>,
    /// What it means: at most 1,000 characters. Null clears it.
    pub description: MaybeUndefined<String>,
    /// What it explains from now on. It cannot be cleared.
    pub category: MaybeUndefined<ReasonCategory>,
    /// Whether whoever gives this reason has to add a note from now on. It cannot be cleared.
    pub requires_note: MaybeUndefined<bool>,
}

#[derive(Default)]
pub struct ReasonQuery;

impl From<Arc<reason::Model>> for Reason {
    fn from(row: Arc<reason::Model>) -> Self {
        Reason(row)
    }
}

impl ReasonCreateInput {
    fn into_draft(self) -> ((), Draft<ReasonOwn>) {
        let own = ReasonOwn {
            category: Some(Some(self.category.into())),
            requires_note: self.requires_note.map(Some),
        };
        let draft = Draft {
            name: Some(Some(self.name)),
            description: Some(self.description),
            own,
            ..Draft::default()
        };
        ((), draft)
    }
}

impl ReasonUpdateInput {
    fn into_draft(self) -> Draft<ReasonOwn> {
        let category: Option<Option<ReasonCategory>> = self.category.into();
        let own = ReasonOwn {
            category: category.map(|category| category.map(Into::into)),
            requires_note: self.requires_note.into(),
        };
        Draft {
            name: self.name.into(),
            description: self.description.into(),
            own,
            ..Draft::default()
        }
    }
}

/// Why a sale was lost, or a prospect discarded.
#[Object]
impl Reason {
    /// Identifies the reason for ever.
    pub async fn id(&self) -> ID {
        encode(Kind::Reason, self.0.id)
    }

    /// What people call it.
    async fn name(&self) -> Text<'_> {
        Text::from(&self.0.name)
    }

    /// What it means. Null where nobody has said so.
    async fn description(&self) -> Option<Text<'_>> {
        self.0.description.as_deref().map(Text::from)
    }

    /// What it explains.
    async fn category(&self) -> ReasonCategory {
        self.0.category.into()
    }

    /// Whether whoever gives this reason has to add a note.
    async fn requires_note(&self) -> bool {
        self.0.requires_note
    }

    /// Where it stands among all reasons, counted from 0; gaps are possible.
    async fn position(&self) -> i32 {
        self.0.position
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
impl ReasonQuery {
    /// All reasons in the order that administrators gave them, the retired ones last. At most 500.
    #[graphql(guard = "SignedIn")]
    async fn reasons(&self, ctx: &Context<'_>) -> Vec<Reason> {
        catalogs::in_order(cx(ctx).catalogs().reasons.all())
            .into_iter()
            .map(Reason::from)
            .collect()
    }
}

mutations! {
    ReasonMutation: Reason, "reason", Kind::Reason, reason::Entity, reason, reasons;
    /// Adds a reason at the end of the list. Administrators only.
    reason_create(ReasonCreateInput) -> ReasonCreatePayload;
    /// Edits a reason, in use or retired. Administrators only.
    reason_update(ReasonUpdateInput) -> ReasonUpdatePayload;
    /// Stops offering a reason; where it was given it stays. Administrators only.
    reason_retire -> ReasonRetirePayload;
    /// Offers a retired reason again, unless another one in use has its name by now. Administrators only.
    reason_restore -> ReasonRestorePayload;
    /// Puts the reasons into another order. Administrators only.
    reason_reorder(ReasonReorderInput) -> ReasonReorderPayload;
}
