//! API keys: secrets by which programs act for a user.

use std::collections::HashMap;
use std::sync::Arc;

use sea_orm::{ActiveModelTrait, ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, PaginatorTrait, QueryFilter, QueryOrder};
use uuid::Uuid;

use crate::auth::KeyScope;
use crate::auth::credentials::{self, Secret};
use crate::cx::Cx;
use crate::db::Db;
use crate::entities::access::api_key;
use crate::error::{Error, Problem, ProblemCode, Result};
use crate::ids;
use crate::resolvers::idempotency::Replayable;
use crate::rules::access as rules;
use crate::tx::locks::Locks;

/// A key as it is stored; its secret is not.
pub type ApiKey = Arc<api_key::Model>;

/// A key that is to be made for the caller.
#[derive(Clone, Debug)]
pub struct NewApiKey {
    pub name: String,
    pub scope: KeyScope,
    /// None: never.
    pub expires_at: Option<i64>,
}

/// A new key with its secret.
pub struct CreatedApiKey {
    pub row: ApiKey,
    /// Shown once; only its hash is kept. None in a repeat.
    pub text: Option<Secret>,
}

/// A key that is worth nothing any more.
pub struct RevokedApiKey {
    /// As it was. None in a repeat: nothing of it is kept.
    pub row: Option<ApiKey>,
}

impl Replayable for CreatedApiKey {
    fn ids(&self) -> Vec<Uuid> {
        vec![self.row.id]
    }

    async fn read(cx: &Cx, ids: Vec<Uuid>) -> Result<Option<Self>> {
        let Some(id) = ids.first() else { return Ok(None) };
        let row = get(cx, *id).await?;
        Ok(row.map(|row| CreatedApiKey { row, text: None }))
    }
}

impl Replayable for RevokedApiKey {
    fn ids(&self) -> Vec<Uuid> {
        self.row.iter().map(|row| row.id).collect()
    }

    async fn read(_: &Cx, _: Vec<Uuid>) -> Result<Option<Self>> {
        Ok(Some(RevokedApiKey { row: None }))
    }
}

/// The keys of each user, the newest first, expired ones included.
pub async fn by_users(db: &Db, users: &[Uuid]) -> Result<HashMap<Uuid, Vec<ApiKey>>> {
    let found = api_key::Entity::find()
        .filter(api_key::Column::UserId.is_in(users.iter().copied()))
        .order_by_desc(api_key::Column::CreatedAt)
        .order_by_desc(api_key::Column::Id)
        .all(db.reader())
        .await?;
    let mut keys: HashMap<Uuid, Vec<ApiKey>> = HashMap::new();
    for row in found {
        keys.entry(row.user_id).or_default().push(Arc::new(row));
    }
    Ok(keys)
}

/// The key with the id. None where there is none, or it is not the caller's; administrators see all.
pub async fn get(cx: &Cx, id: Uuid) -> Result<Option<ApiKey>> {
    let viewer = cx.viewer()?;
    let found = api_key::Entity::find_by_id(id).one(cx.db().reader()).await?;
    Ok(found.filter(|row| viewer.can_read_private_of(row.user_id)).map(Arc::new))
}

/// Makes a key for the caller.
pub async fn create(cx: &Cx, new: &NewApiKey) -> Result<CreatedApiKey> {
    let viewer = cx.account_holder()?;
    let now = cx.now();
    let mut problems = Vec::new();
    let name = rules::name(&new.name, &["input", "name"]).map_err(|problem| problems.push(problem));
    if let Some(end) = new.expires_at
        && let Err(problem) = rules::expiry(end, now, &["input", "expiresAt"])
    {
        problems.push(problem);
    }
    // Concurrent calls cannot exceed the maximum, because the user is locked.
    let tx = cx.begin_with(Locks::changing([viewer.user_id])).await?;
    if count(&tx, viewer.user_id).await? >= rules::MOST_KEYS {
        problems.push(Problem::new(
            ProblemCode::Limit,
            &["input"],
            format!("a user has at most {} API keys: revoke one first", rules::MOST_KEYS),
        ));
    }
    let Ok(name) = name else { return Err(Error::Invalid(problems)) };
    if !problems.is_empty() {
        return Err(Error::Invalid(problems));
    }
    let key = credentials::new_key();
    let row = api_key::Model {
        id: ids::new(),
        user_id: viewer.user_id,
        name,
        scope: new.scope,
        prefix: key.prefix,
        key_hash: key.hash,
        created_at: now,
        last_used_at: None,
        expires_at: new.expires_at,
    };
    api_key::Entity::insert(row.clone().into_active_model().reset_all())
        .exec_without_returning(&tx)
        .await?;
    tx.commit_naming([row.id]).await?;
    Ok(CreatedApiKey {
        row: Arc::new(row),
        text: Some(key.text),
    })
}

/// Revokes a key; returns the revoked one. One's own, and for administrators any.
pub async fn revoke(cx: &Cx, id: Uuid) -> Result<RevokedApiKey> {
    cx.account_holder()?;
    let row = get(cx, id).await?.ok_or(Error::NotFound)?;
    let tx = cx.begin_with(Locks::changing([row.user_id])).await?;
    let gone = api_key::Entity::delete_by_id(id).exec(&tx).await?;
    // A concurrent call may have been first.
    if gone.rows_affected == 0 {
        return Err(Error::NotFound);
    }
    tx.commit_naming([id]).await?;
    Ok(RevokedApiKey { row: Some(row) })
}

/// Makes all keys of the user worthless.
pub async fn revoke_all(tx: &impl ConnectionTrait, user_id: Uuid) -> Result<()> {
    api_key::Entity::delete_many()
        .filter(api_key::Column::UserId.eq(user_id))
        .exec(tx)
        .await?;
    Ok(())
}

async fn count(tx: &impl ConnectionTrait, user_id: Uuid) -> Result<u64> {
    Ok(api_key::Entity::find()
        .filter(api_key::Column::UserId.eq(user_id))
        .count(tx)
        .await?)
}
