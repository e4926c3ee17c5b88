//! Potential levels in the API.

use async_graphql::{Enum, MaybeUndefined};

use super::catalog::catalog;
use crate::entities::setup::potential_level::LevelKind;

/// The records whose potential a level rates. Each kind has levels of its own, with one default.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "LevelKind")]
pub enum PotentialLevelKind {
    /// Prospects: those who may buy for the first time.
    Prospect,
    /// Clients: those who have bought and may buy more.
    Client,
}

catalog! {
    /// A potential level (rating, tier) of a prospect or a client: how much may be sold to them.
    PotentialLevel potential_level potential_levels "potentialLevel", "a potential level";
    ordered: "potential levels of both kinds", listed everywhere; unique: "potential levels of its kind";
    create potential_level_create "", update potential_level_update "",
    retire potential_level_retire "Records that have it keep it. Refused for the default of a kind. ",
    restore potential_level_restore, reorder potential_level_reorder;
    new(input) {
        /// The kind of records that it rates. Cannot be changed later.
        pub applies_to: PotentialLevelKind,
        /// True to make this level the default of its kind in the place of the present one. Default: false.
        pub is_default: Option<bool>,
    } from input.applies_to.into(), {
        is_default: input.is_default.into(),
    };
    changes(input) {
        /// True to make this level the default of its kind. False is refused for the present default: another one has to take its place.
        pub is_default: MaybeUndefined<bool>,
    } {
        is_default: input.is_default.into(),
    };
    fields {
        /// The kind of records that it rates. It never changes.
        async fn applies_to(&self) -> PotentialLevelKind {
            self.0.applies_to.into()
        }

        /// True for the default: the level of records for which none is given. Exactly one of each kind is.
        async fn is_default(&self) -> bool {
            self.0.is_default
        }
    }
}
