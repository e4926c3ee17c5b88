//! Signing in, staying signed in and signing out.

use std::sync::Arc;

use sea_orm::sea_query::Expr;
use sea_orm::{ActiveModelTrait, ColumnTrait, Condition, ConnectionTrait, EntityTrait, QueryFilter, Set};
use uuid::Uuid;

use super::{attempts, users};
use crate::auth::{Viewer, credentials};
use crate::cx::{App, Cx};
use crate::entities::access::{session, user};
use crate::error::{Error, ProblemCode, Result};
use crate::ids;
use crate::rules::access as rules;

/// What somebody gets who has signed in.
pub struct NewSession {
    /// Shown once; only its hash is kept.
    pub token: String,
    /// The latest end; the session ends sooner when it is not used.
    pub expires_at: i64,
    pub user: Arc<user::Model>,
}

const DAY: i64 = 24 * 60 * 60 * 1000;

/// Use is written down at most this often.
const REFRESH: i64 = 60 * 1000;

/// The longest description of a browser or app that is kept, in characters.
const USER_AGENT_LENGTH: usize = 255;

/// Whose token this is. None: unknown, expired, or the user is deactivated.
pub async fn authenticate(app: &App, token: &str) -> Result<Option<Viewer>> {
    let now = app.clock.now();
    let Some(found) = app.tokens.load(credentials::hash_token(token)).await? else {
        return Ok(None);
    };
    if !found.is_active || found.expires_at <= now || found.last_used_at <= idle_since(app, now) {
        return Ok(None);
    }
    if now - found.last_used_at >= REFRESH {
        refresh(app, found.session_id, now);
    }
    Ok(Some(Viewer {
        user_id: found.user_id,
        role: found.role,
        session_id: found.session_id,
    }))
}

/// Signs in. An unknown e-mail, a deactivated account and a wrong password get one answer after the same work.
pub async fn create(cx: &Cx, email: &str, password: &str) -> Result<NewSession> {
    // Nobody has such a password, whatever the account: there is nothing to hide and nothing to hash.
    if !rules::can_be_password(password) {
        return Err(refused());
    }
    cx.begin_password_check()?;
    let email_norm = rules::norm_email(email);
    let attempt = attempts::begin(cx, &email_norm).await?;
    match sign_in(cx, &email_norm, password).await {
        Ok(Some(session)) => {
            attempts::forgive(cx, attempt).await?;
            Ok(session)
        }
        Ok(None) => Err(refused()),
        // The password was not looked at, so this was no guess.
        Err(error) => {
            attempts::forgive(cx, attempt).await?;
            Err(error)
        }
    }
}

/// Signs out: the session that asks is over. Answers whose it was.
pub async fn end(cx: &Cx) -> Result<Option<Arc<user::Model>>> {
    let viewer = cx.viewer()?;
    session::Entity::delete_by_id(viewer.session_id).exec(cx.db().writer()).await?;
    users::get(cx, viewer.user_id).await
}

/// Ends the sessions of the user, except one where it is given.
pub async fn end_all(tx: &impl ConnectionTrait, user_id: Uuid, except: Option<Uuid>) -> Result<()> {
    let mut these = Condition::all().add(session::Column::UserId.eq(user_id));
    if let Some(session_id) = except {
        these = these.add(session::Column::Id.ne(session_id));
    }
    session::Entity::delete_many().filter(these).exec(tx).await?;
    Ok(())
}

/// None: the two do not belong together, or the account is not active.
async fn sign_in(cx: &Cx, email_norm: &str, password: &str) -> Result<Option<NewSession>> {
    let hasher = &cx.app.hasher;
    let user = users::by_email(cx, email_norm).await?.filter(|user| user.is_active);
    let matches = hasher
        .verify(password, user.as_ref().map(|user| user.password_hash.as_str()))
        .await?;
    let Some(user) = user.filter(|_| matches) else { return Ok(None) };
    let renewed = if users::has_current_hash(&user) {
        None
    } else {
        Some(hasher.hash(password).await?)
    };

    let tx = cx.begin().await?;
    // Between the look and the hash the user may have been deactivated, or have got another password.
    let Some(locked) = users::lock(&tx, user.id)
        .await?
        .filter(|locked| locked.is_active && locked.password_hash == user.password_hash)
    else {
        return Ok(None);
    };
    let user = match renewed {
        Some(password_hash) => {
            user::ActiveModel {
                password_hash: Set(password_hash),
                ..locked.into()
            }
            .update(&tx)
            .await?
        }
        None => locked,
    };
    let now = cx.now();
    let over = Condition::any()
        .add(session::Column::ExpiresAt.lte(now))
        .add(session::Column::LastUsedAt.lte(idle_since(&cx.app, now)));
    session::Entity::delete_many()
        .filter(session::Column::UserId.eq(user.id))
        .filter(over)
        .exec(&tx)
        .await?;
    let (token, token_hash) = credentials::new_token();
    let expires_at = now + i64::from(cx.app.settings.session_absolute_days) * DAY;
    let session = session::ActiveModel {
        id: Set(ids::new()),
        user_id: Set(user.id),
        token_hash: Set(token_hash),
        user_agent: Set(cx
            .origin
            .user_agent
            .as_deref()
            .map(|text| text.chars().take(USER_AGENT_LENGTH).collect())),
        created_at: Set(now),
        last_used_at: Set(now),
        expires_at: Set(expires_at),
    };
    session::Entity::insert(session).exec_without_returning(&tx).await?;
    tx.commit().await?;
    Ok(Some(NewSession {
        token,
        expires_at,
        user: Arc::new(user),
    }))
}

/// Writes down that the session was used, while the request goes on.
fn refresh(app: &App, session_id: Uuid, now: i64) {
    let db = app.db.clone();
    tokio::spawn(async move {
        let written = session::Entity::update_many()
            .col_expr(session::Column::LastUsedAt, Expr::value(now))
            .filter(session::Column::Id.eq(session_id))
            // Of the requests of one moment only the first has something to write.
            .filter(session::Column::LastUsedAt.lte(now - REFRESH))
            .exec(db.writer())
            .await;
        if let Err(error) = written {
            tracing::warn!(%error, "the use of a session could not be written down");
        }
    });
}

/// A session that was last used then, or before, is over.
fn idle_since(app: &App, now: i64) -> i64 {
    now - i64::from(app.settings.session_idle_days) * DAY
}

fn refused() -> Error {
    Error::problem(
        ProblemCode::Credentials,
        &["input"],
        "the e-mail and the password do not belong together, or the account is not active",
    )
}
