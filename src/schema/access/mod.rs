//! Users, sessions and API keys in the API.

pub mod edits;
pub mod keys;
pub mod sessions;
pub mod users;

use async_graphql::MergedObject;

/// Queries of users.
#[derive(MergedObject, Default)]
pub struct AccessQuery(users::UserQuery);

/// Mutations of sessions, users and API keys.
#[derive(MergedObject, Default)]
pub struct AccessMutation(
    sessions::SessionMutation,
    keys::ApiKeyMutation,
    users::UserMutation,
    edits::UserEditMutation,
);
