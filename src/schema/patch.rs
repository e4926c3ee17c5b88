//! Conversion of the inputs of an update to patches.

use async_graphql::{ID, MaybeUndefined};
use uuid::Uuid;

use crate::ids::Kind;
use crate::rules::patch::Patch;
use crate::schema::ids::reference;

impl<T> From<MaybeUndefined<T>> for Patch<T> {
    fn from(value: MaybeUndefined<T>) -> Patch<T> {
        match value {
            MaybeUndefined::Undefined => Patch::Keep,
            MaybeUndefined::Null => Patch::Clear,
            MaybeUndefined::Value(value) => Patch::Set(value),
        }
    }
}

/// The patch of a reference.
pub fn id_patch(kind: Kind, id: MaybeUndefined<ID>) -> Patch<Uuid> {
    Patch::from(id).map(|id| reference(kind, &id))
}
