//! The loader of tokens, which lies below the schema because each transport authenticates its callers.

use std::collections::HashMap;

use async_graphql::dataloader::Loader;

use crate::auth::credentials::Presented;
use crate::auth::tokens::{StoredToken, Tokens, by_presented};
use crate::error::{Error, Result};

impl Loader<Presented> for Tokens {
    type Value = StoredToken;
    type Error = Error;

    async fn load(&self, presented: &[Presented]) -> Result<HashMap<Presented, StoredToken>> {
        by_presented(&self.0, presented).await
    }
}
