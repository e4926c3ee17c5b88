//! Users, sessions and API keys in the API.

pub mod edits;
pub mod keys;
pub mod sessions;
pub mod users;

use async_graphql::MergedObject;

/// What can be asked about users.
#[derive(MergedObject, Default)]
pub struct AccessQuery(users::UserQuery);

/// Signing in and out, users, and the keys of their programs.
#[derive(MergedObject, Default)]
pub struct AccessMutation(
    sessions::SessionMutation,
    keys::ApiKeyMutation,
    users::UserMutation,
    edits::UserEditMutation,
);
