//! Whose tokens these are: looked up for all requests of the same moment at once, and never remembered.

use std::collections::HashMap;

use sea_orm::{ConnectionTrait, FromQueryResult};
use uuid::Uuid;

use super::Role;
use crate::batch::Load;
use crate::db::Db;
use crate::error::Result;
use crate::sql::Sql;

/// What is kept of a token, see `credentials::hash_token`.
pub type TokenHash = Vec<u8>;

/// Finds sessions by the hashes of their tokens.
pub struct Tokens(pub Db);

/// A session as it is stored, with what its user may do at this moment. Whether it still counts is for the caller to say.
#[derive(Clone, Debug, FromQueryResult)]
pub struct StoredSession {
    pub session_id: Uuid,
    pub user_id: Uuid,
    pub token_hash: TokenHash,
    pub last_used_at: i64,
    pub expires_at: i64,
    pub role: Role,
    pub is_active: bool,
}

impl Load for Tokens {
    type Key = TokenHash;
    type Value = StoredSession;

    async fn load(&self, keys: Vec<TokenHash>) -> Result<HashMap<TokenHash, StoredSession>> {
        let mut sql = Sql::new(self.0.backend());
        let among = sql.among_bytes(&keys);
        sql.push(&format!(
            "SELECT s.id AS session_id, s.user_id, s.token_hash, s.last_used_at, s.expires_at, u.role, u.is_active \
             FROM sessions s JOIN users u ON u.id = s.user_id WHERE s.token_hash {among}"
        ));
        let mut found = HashMap::with_capacity(keys.len());
        for row in self.0.reader().query_all_raw(sql.build()).await? {
            let session = StoredSession::from_query_result(&row, "")?;
            found.insert(session.token_hash.clone(), session);
        }
        Ok(found)
    }
}
