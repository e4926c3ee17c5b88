//! Look-up of tokens, batched over concurrent requests and never cached.

use std::collections::HashMap;

use sea_orm::{ConnectionTrait, FromQueryResult};
use uuid::Uuid;

use super::credentials::Presented;
use super::{KeyScope, Role};
use crate::db::Db;
use crate::db::sql::Sql;
use crate::error::Result;

/// The stored hash of a token, see `credentials::hash_token`.
pub type TokenHash = Vec<u8>;

/// Finds sessions and API keys by the hashes of their tokens.
pub struct Tokens(pub Db);

/// A stored session or key with the current role of its user. The caller checks whether it is still valid.
#[derive(Clone, Debug, FromQueryResult)]
pub struct StoredToken {
    pub id: Uuid,
    pub user_id: Uuid,
    pub token_hash: TokenHash,
    /// None: never used, or not yet.
    pub last_used_at: Option<i64>,
    /// None: never.
    pub expires_at: Option<i64>,
    /// Scope of a key. None: it is a session.
    pub key_scope: Option<KeyScope>,
    pub role: Role,
    pub is_active: bool,
}

const SESSIONS: &str = "SELECT t.id, t.user_id, t.token_hash, t.last_used_at, t.expires_at, CAST(NULL AS TEXT) AS key_scope, u.role, u.is_active \
     FROM sessions t JOIN users u ON u.id = t.user_id WHERE t.";
const KEYS: &str = "SELECT t.id, t.user_id, t.key_hash AS token_hash, t.last_used_at, t.expires_at, t.scope AS key_scope, u.role, u.is_active \
     FROM api_keys t JOIN users u ON u.id = t.user_id WHERE t.";

/// The stored sessions and keys of the tokens; unknown tokens are left out.
pub async fn by_presented(db: &Db, presented: &[Presented]) -> Result<HashMap<Presented, StoredToken>> {
    let (mut sessions, mut keys) = (Vec::new(), Vec::new());
    for token in presented {
        match token {
            Presented::Session(hash) => sessions.push(hash.clone()),
            Presented::Key(hash) => keys.push(hash.clone()),
        }
    }
    let mut sql = Sql::new(db.backend());
    // Most batches have sessions alone, and need not look among the keys.
    let branches: Vec<String> = [(SESSIONS, "token_hash", sessions), (KEYS, "key_hash", keys)]
        .into_iter()
        .filter(|(_, _, hashes)| !hashes.is_empty())
        .map(|(select, column, hashes)| format!("{select}{column} {}", sql.in_lookup_bytes(&hashes)))
        .collect();
    sql.push(&branches.join(" UNION ALL "));
    let mut found = HashMap::new();
    for row in db.reader().query_all_raw(sql.build()).await? {
        let token = StoredToken::from_query_result(&row, "")?;
        let hash = token.token_hash.clone();
        let presented = match token.key_scope {
            Some(_) => Presented::Key(hash),
            None => Presented::Session(hash),
        };
        found.insert(presented, token);
    }
    Ok(found)
}

/// The stored session of an id.
pub async fn session(db: &Db, id: Uuid) -> Result<Option<StoredToken>> {
    by_id(db, SESSIONS, id).await
}

/// The stored API key of an id.
pub async fn key(db: &Db, id: Uuid) -> Result<Option<StoredToken>> {
    by_id(db, KEYS, id).await
}

async fn by_id(db: &Db, select: &str, id: Uuid) -> Result<Option<StoredToken>> {
    let mut sql = Sql::new(db.backend());
    let id = sql.bind(id);
    sql.push(&format!("{select}id = {id}"));
    let row = db.reader().query_one_raw(sql.build()).await?;
    Ok(row.map(|row| StoredToken::from_query_result(&row, "")).transpose()?)
}
