//! Reasons in the API.

use async_graphql::{Enum, MaybeUndefined};

use super::catalog::catalog;
use crate::entities::setup::reason as entity;
use crate::rules::patch::Patch;
use crate::rules::setup::entries::ReasonOwn;

/// The outcomes that a reason explains.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "entity::ReasonCategory")]
pub enum ReasonCategory {
    /// Lost sales.
    Lost,
    /// Discarded prospects.
    Discarded,
    /// Either of the two.
    Both,
}

catalog! {
    /// The reason for which a sale was lost or a prospect discarded (lost reason).
    Reason reason reasons "reason", "a reason";
    ordered: "reasons", listed everywhere; unique: "reasons";
    create reason_create "", update reason_update "", retire reason_retire "Records that have it keep it. ",
    restore reason_restore, reorder reason_reorder;
    new(input) {
        /// The outcomes that it explains.
        pub category: ReasonCategory,
        /// True if a note has to be given with the reason. Default: false.
        pub requires_note: Option<bool>,
    } from (), {
        own: ReasonOwn {
            category: Patch::Set(input.category.into()),
            requires_note: input.requires_note.into(),
        },
    };
    changes(input) {
        /// The outcomes that it explains from now on. Cannot be cleared.
        pub category: MaybeUndefined<ReasonCategory>,
        /// True if a note has to be given with the reason from now on. Cannot be cleared.
        pub requires_note: MaybeUndefined<bool>,
    } {
        own: ReasonOwn {
            category: input.category.map_value(Into::into).into(),
            requires_note: input.requires_note.into(),
        },
    };
    fields {
        /// The outcomes that it explains.
        async fn category(&self) -> ReasonCategory {
            self.0.category.into()
        }

        /// True if a note has to be given with the reason.
        async fn requires_note(&self) -> bool {
            self.0.requires_note
        }
    }
}
