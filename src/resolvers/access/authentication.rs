//! Authentication by token: a user with a session, or a program with an API key.

use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter};
use uuid::Uuid;

use super::sessions;
use crate::app::App;
use crate::app::signing::{Grant, GrantedBy};
use crate::auth::credentials::Presented;
use crate::auth::tokens::{self, StoredToken};
use crate::auth::{Credential, Viewer};
use crate::entities::access::{api_key, session};
use crate::error::Result;

/// Use is written down at most this often.
const REFRESH: i64 = 60 * 1000;

/// The caller of a token. None: unknown, expired, or the user is deactivated.
pub async fn authenticate(app: &App, token: &str) -> Result<Option<Viewer>> {
    let now = app.clock.now();
    let Some(found) = app.tokens.load(Presented::read(token)).await? else {
        return Ok(None);
    };
    let Some(viewer) = viewer(app, &found, now) else { return Ok(None) };
    if found.last_used_at.is_none_or(|used| now - used >= REFRESH) {
        refresh(app, &found, now);
    }
    Ok(Some(viewer))
}

/// The caller who asked for a signed address, with the current role. None: the session or key has ended, or the user is deactivated.
pub async fn grantee(app: &App, grant: &Grant) -> Result<Option<Viewer>> {
    let found = match grant.granted_by {
        GrantedBy::Session(id) => tokens::session(&app.db, id).await?,
        GrantedBy::Key(id) => tokens::key(&app.db, id).await?,
    };
    let found = found.filter(|found| found.user_id == grant.user_id);
    Ok(found.and_then(|found| viewer(app, &found, app.clock.now())))
}

/// The caller by a stored session or key, if that is still valid.
fn viewer(app: &App, found: &StoredToken, now: i64) -> Option<Viewer> {
    let credential = match found.key_scope {
        Some(scope) => Credential::Key { id: found.id, scope },
        None => Credential::Session(found.id),
    };
    let is_idle = found.key_scope.is_none() && found.last_used_at.is_none_or(|used| used <= sessions::idle_since(app, now));
    if !found.is_active || found.expires_at.is_some_and(|end| end <= now) || is_idle {
        return None;
    }
    Some(Viewer {
        user_id: found.user_id,
        role: found.role,
        credential,
    })
}

/// Records the use of the token, concurrently with the request.
fn refresh(app: &App, found: &StoredToken, now: i64) {
    let db = app.db.clone();
    let (id, is_key) = (found.id, found.key_scope.is_some());
    tokio::spawn(async move {
        let written = if is_key {
            key_was_used(id, now).exec(db.writer()).await
        } else {
            session_was_used(id, now).exec(db.writer()).await
        };
        if let Err(error) = written {
            tracing::warn!(%error, "the use of a session or key could not be written down");
        }
    });
}

/// Of concurrent requests only the first updates the row.
fn session_was_used(id: Uuid, now: i64) -> sea_orm::UpdateMany<session::Entity> {
    session::Entity::update_many()
        .col_expr(session::Column::LastUsedAt, Expr::value(now))
        .filter(session::Column::Id.eq(id))
        .filter(session::Column::LastUsedAt.lte(now - REFRESH))
}

/// The same for a key, which may never have been used before.
fn key_was_used(id: Uuid, now: i64) -> sea_orm::UpdateMany<api_key::Entity> {
    let is_news = Condition::any()
        .add(api_key::Column::LastUsedAt.is_null())
        .add(api_key::Column::LastUsedAt.lte(now - REFRESH));
    api_key::Entity::update_many()
        .col_expr(api_key::Column::LastUsedAt, Expr::value(now))
        .filter(api_key::Column::Id.eq(id))
        .filter(is_news)
}
