//! Between the identifiers of the API and the UUIDs below it.

use async_graphql::ID;
use uuid::Uuid;

use crate::ids::Kind;

pub fn encode(kind: Kind, id: Uuid) -> ID {
    ID(kind.encode(id))
}

/// None where the text is malformed or names another kind of thing: to be answered like an absent row.
pub fn decode(kind: Kind, id: &ID) -> Option<Uuid> {
    kind.decode(id)
}

/// For an id inside an input: what is malformed becomes the nil UUID, which names nothing.
pub fn reference(kind: Kind, id: &ID) -> Uuid {
    decode(kind, id).unwrap_or(Uuid::nil())
}
