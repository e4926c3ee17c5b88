//! What kind of caller a field is for. Which rows are visible is not decided here but by `auth::visibility`.

use async_graphql::{Context, Guard, Result};

use crate::schema::{cx, error::to_graphql};

/// Anyone signed in.
pub struct SignedIn;

impl Guard for SignedIn {
    async fn check(&self, ctx: &Context<'_>) -> Result<()> {
        cx(ctx).viewer().map(drop).map_err(to_graphql)
    }
}

/// Administrators.
pub struct AdminOnly;

impl Guard for AdminOnly {
    async fn check(&self, ctx: &Context<'_>) -> Result<()> {
        cx(ctx).administrator().map(drop).map_err(to_graphql)
    }
}
