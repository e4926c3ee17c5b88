//! Signing in, and signing out here and elsewhere.

use std::collections::HashMap;
use std::sync::Arc;

use sea_orm::{
    ActiveModelTrait, ColumnTrait, Condition, ConnectionTrait, DbBackend, EntityTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait,
    Set,
};
use uuid::Uuid;

use super::{attempts, passwords, users};
use crate::app::App;
use crate::auth::credentials::{self, Secret};
use crate::cx::Cx;
use crate::db::Db;
use crate::db::sql::Sql;
use crate::entities::access::{session, user};
use crate::error::{Error, ProblemCode, Result};
use crate::ids;
use crate::resolvers::idempotency::Replayable;
use crate::rules::access as rules;
use crate::tx::locks::Locks;

/// A new session with its token.
pub struct NewSession {
    /// Shown once; only its hash is kept.
    pub token: Secret,
    /// The latest end; the session ends sooner when it is not used.
    pub expires_at: i64,
    pub user: Arc<user::Model>,
}

/// A session as it is stored; its token is not.
pub type Session = Arc<session::Model>;

/// A session that is over.
pub struct EndedSession {
    /// As it was. None in a repeat: nothing of it is kept.
    pub row: Option<Session>,
}

/// Sessions that are over, by their ids.
pub struct EndedSessions(pub Vec<Uuid>);

impl Replayable for EndedSession {
    fn ids(&self) -> Vec<Uuid> {
        self.row.iter().map(|row| row.id).collect()
    }

    async fn read(_: &Cx, _: Vec<Uuid>) -> Result<Option<Self>> {
        Ok(Some(EndedSession { row: None }))
    }
}

impl Replayable for EndedSessions {
    fn ids(&self) -> Vec<Uuid> {
        self.0.clone()
    }

    async fn read(_: &Cx, ids: Vec<Uuid>) -> Result<Option<Self>> {
        Ok(Some(EndedSessions(ids)))
    }
}

const DAY: i64 = 24 * 60 * 60 * 1000;

/// How long a session is kept that has ended.
const KEPT_DAYS: i64 = 90;

/// The longest description of a browser or app that is kept, in characters.
const USER_AGENT_LENGTH: usize = 255;

/// Signs in. An unknown e-mail, a deactivated account and a wrong password get one answer after the same work.
pub async fn create(cx: &Cx, email: &str, password: &str) -> Result<NewSession> {
    // No account has such a password: there is nothing to hide and nothing to hash.
    if !rules::can_be_password(password) {
        return Err(refused());
    }
    cx.begin_password_check()?;
    let email_norm = rules::norm_email(email);
    let attempt = attempts::begin(cx, &email_norm).await?;
    match sign_in(cx, &email_norm, password).await? {
        Some(session) => Ok(session),
        None => {
            attempts::failed(cx, attempt).await?;
            Err(refused())
        }
    }
}

/// The sessions of each user, ended ones that are still stored included; the last used first.
pub async fn by_users(db: &Db, users: &[Uuid]) -> Result<HashMap<Uuid, Vec<Session>>> {
    let found = session::Entity::find()
        .filter(session::Column::UserId.is_in(users.iter().copied()))
        .order_by_desc(session::Column::LastUsedAt)
        .order_by_desc(session::Column::Id)
        .all(db.reader())
        .await?;
    let mut sessions: HashMap<Uuid, Vec<Session>> = HashMap::new();
    for row in found {
        sessions.entry(row.user_id).or_default().push(Arc::new(row));
    }
    Ok(sessions)
}

/// Those that have not ended.
pub fn live(cx: &Cx, mut sessions: Vec<Session>) -> Vec<Session> {
    let now = cx.now();
    let idle_since = idle_since(&cx.app, now);
    sessions.retain(|row| row.expires_at > now && row.last_used_at > idle_since);
    sessions
}

/// The session with the id. None where there is none, it has ended, or it is not the caller's; administrators see all.
pub async fn get(cx: &Cx, id: Uuid) -> Result<Option<Session>> {
    let viewer = cx.viewer()?;
    let found = session::Entity::find_by_id(id).one(cx.db().reader()).await?;
    let visible = found.filter(|row| viewer.can_read_private_of(row.user_id)).map(Arc::new);
    Ok(live(cx, visible.into_iter().collect()).pop())
}

/// Signs out: the session that asks is over. Answers whose it was.
pub async fn end(cx: &Cx) -> Result<Option<Arc<user::Model>>> {
    let viewer = cx.account_holder()?;
    if let Some(session_id) = viewer.session_id() {
        session::Entity::delete_by_id(session_id).exec(cx.db().writer()).await?;
    }
    users::get(cx, viewer.user_id).await
}

/// Ends a session; returns the ended one. One's own, and for administrators any.
pub async fn revoke(cx: &Cx, id: Uuid) -> Result<EndedSession> {
    cx.account_holder()?;
    let row = get(cx, id).await?.ok_or(Error::NotFound)?;
    let tx = cx.begin_with(Locks::changing([row.user_id])).await?;
    let gone = session::Entity::delete_by_id(id).exec(&tx).await?;
    // A concurrent call may have been first.
    if gone.rows_affected == 0 {
        return Err(Error::NotFound);
    }
    tx.commit_naming([id]).await?;
    Ok(EndedSession { row: Some(row) })
}

/// Ends all sessions of the caller but the one that asks.
pub async fn revoke_others(cx: &Cx) -> Result<EndedSessions> {
    let viewer = cx.account_holder()?;
    let tx = cx.begin_with(Locks::changing([viewer.user_id])).await?;
    let ended: Vec<Uuid> = session::Entity::find()
        .select_only()
        .column(session::Column::Id)
        .filter(sessions_of(viewer.user_id, viewer.session_id()))
        .into_tuple()
        .all(&tx)
        .await?;
    session::Entity::delete_many()
        .filter(session::Column::Id.is_in(ended.clone()))
        .exec(&tx)
        .await?;
    tx.commit_naming(ended.clone()).await?;
    Ok(EndedSessions(ended))
}

/// Ends the sessions of the user, except one where it is given.
pub async fn end_all(tx: &impl ConnectionTrait, user_id: Uuid, except: Option<Uuid>) -> Result<()> {
    session::Entity::delete_many().filter(sessions_of(user_id, except)).exec(tx).await?;
    Ok(())
}

/// Removes sessions that ended long ago, at most so many; how many there were. For a while they are still of use: failed sign-ins elsewhere do
/// not keep a user out of a network where a stored session began.
pub async fn forget_ended(tx: &impl ConnectionTrait, cx: &Cx, most: u64) -> Result<u64> {
    let until = cx.now() - KEPT_DAYS * DAY;
    let lock = match tx.get_database_backend() {
        DbBackend::Postgres => " FOR UPDATE SKIP LOCKED",
        _ => "",
    };
    let mut sql = Sql::new(tx.get_database_backend());
    let (ended, idle) = (sql.bind(until), sql.bind(idle_since(&cx.app, until)));
    let most = sql.bind(i64::try_from(most).map_err(Error::internal)?);
    sql.push(&format!(
        "DELETE FROM sessions WHERE id IN (SELECT id FROM sessions WHERE expires_at <= {ended} OR last_used_at <= {idle} LIMIT {most}{lock})"
    ));
    Ok(tx.execute_raw(sql.build()).await?.rows_affected())
}

/// A session that was last used then, or before, is over.
pub fn idle_since(app: &App, now: i64) -> i64 {
    now - i64::from(app.settings.session_idle_days) * DAY
}

fn sessions_of(user_id: Uuid, except: Option<Uuid>) -> Condition {
    let these = Condition::all().add(session::Column::UserId.eq(user_id));
    match except {
        Some(session_id) => these.add(session::Column::Id.ne(session_id)),
        None => these,
    }
}

/// None: the two do not belong together, or the account is not active.
async fn sign_in(cx: &Cx, email_norm: &str, password: &str) -> Result<Option<NewSession>> {
    let hasher = &cx.app.hasher;
    let user = users::by_email(cx, email_norm).await?.filter(|user| user.is_active);
    let matches = hasher
        .verify(password, user.as_ref().map(|user| user.password_hash.as_str()))
        .await?;
    let Some(user) = user.filter(|_| matches) else { return Ok(None) };
    let renewed = if passwords::has_current_hash(&user) {
        None
    } else {
        Some(hasher.hash(password).await?)
    };

    let tx = cx.begin_with(Locks::changing([user.id])).await?;
    // Between the look and the hash the user may have been deactivated, or have got another password.
    let locked = tx.user(user.id).cloned();
    let Some(locked) = locked.filter(|locked| locked.is_active && locked.password_hash == user.password_hash) else {
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
    // One of the places is for the session that begins.
    let newest = session::Entity::find()
        .select_only()
        .column(session::Column::Id)
        .filter(session::Column::UserId.eq(user.id))
        .order_by_desc(session::Column::LastUsedAt)
        .order_by_desc(session::Column::Id)
        .limit(rules::MOST_SESSIONS - 1)
        .into_query();
    let over = Condition::any()
        .add(session::Column::ExpiresAt.lte(now))
        .add(session::Column::LastUsedAt.lte(idle_since(&cx.app, now)))
        .add(session::Column::Id.not_in_subquery(newest));
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
        network: Set(attempts::network(cx)),
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

fn refused() -> Error {
    Error::problem(
        ProblemCode::Credentials,
        &["input"],
        "the e-mail and the password do not belong together, or the account is not active",
    )
}
