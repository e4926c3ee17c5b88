//! Users and sessions in the API.

pub mod sessions;
pub mod users;

use async_graphql::MergedObject;

/// What can be asked about users.
#[derive(MergedObject, Default)]
pub struct AccessQuery(users::UserQuery);

/// Signing in and out, and the caller's own password.
#[derive(MergedObject, Default)]
pub struct AccessMutation(sessions::SessionMutation, users::UserMutation);
