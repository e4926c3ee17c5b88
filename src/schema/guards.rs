//! Guards for kinds of callers. Visibility of rows is decided by `auth::visibility`, not here.

use async_graphql::{Context, Guard, Result};

use crate::schema::{cx, error::to_graphql};

/// Allows every signed-in caller.
pub struct SignedIn;

impl Guard for SignedIn {
    async fn check(&self, ctx: &Context<'_>) -> Result<()> {
        cx(ctx).viewer().map(drop).map_err(to_graphql)
    }
}

/// Allows administrators.
pub struct AdminOnly;

impl Guard for AdminOnly {
    async fn check(&self, ctx: &Context<'_>) -> Result<()> {
        cx(ctx).administrator().map(drop).map_err(to_graphql)
    }
}
