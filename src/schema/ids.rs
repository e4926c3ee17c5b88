//! Conversion between the global IDs of the API and UUIDs.

use async_graphql::ID;
use uuid::Uuid;

use crate::ids::Kind;

pub fn encode(kind: Kind, id: Uuid) -> ID {
    ID(kind.encode(id))
}

/// None if the text is malformed or is the id of another kind: to be answered like an absent row.
pub fn decode(kind: Kind, id: &ID) -> Option<Uuid> {
    kind.decode(id)
}

/// Decodes an id inside an input. A malformed one becomes the nil UUID, which no row has.
pub fn reference(kind: Kind, id: &ID) -> Uuid {
    decode(kind, id).unwrap_or(Uuid::nil())
}
