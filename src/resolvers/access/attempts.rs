//! Limits of failed sign-ins: of one account from one network, from one network, and of one account from all networks.
//!
//! The first is the strictest, so that guesses from other networks do not lock a user out. The last is larger, and does not apply in a
//! network from which a stored session of the account began.

use std::net::IpAddr;

use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, DbBackend, EntityTrait, FromQueryResult, PaginatorTrait, QueryFilter, QuerySelect, QueryTrait,
    Set,
};

use crate::app::keyed_locks::KeyedLock;
use crate::auth::credentials;
use crate::cx::Cx;
use crate::db::sql::Sql;
use crate::entities::access::{login_failure, session, user};
use crate::error::{Error, Result};
use crate::ids;

/// The permit to check one password. Others for the same account and network wait until it is dropped, so that the limit of these two is
/// exact. Guesses from several networks, or at several accounts, do not wait for each other: the other limits may be passed by as many as
/// are checked in parallel. A right password is never counted.
#[must_use]
pub struct Attempt<'a> {
    subjects: Vec<Subject>,
    _lock: KeyedLock<'a, String>,
}

/// Whom guesses are counted for.
struct Subject {
    name: String,
    limit: u32,
    /// Does not hold in a network where a stored session of the account began.
    spares_known_networks: bool,
}

#[derive(FromQueryResult)]
struct Counted {
    subject: String,
    failures: i64,
    oldest: i64,
}

/// So many times the guesses from one network are allowed from all networks together.
const NETWORKS: u32 = 10;
/// Old failures that a new one removes; the others are left to the job that does nothing else.
const MOST_AT_ONCE: u64 = 1_000;

/// Acquires the lock of the account and network, and counts what failed before; refused if there were too many.
pub async fn begin<'a>(cx: &'a Cx, email_norm: &str) -> Result<Attempt<'a>> {
    let subjects = subjects(cx, email_norm);
    let lock = cx.app.sign_in_locks.lock(subjects[0].name.clone()).await;
    let lock = lock.ok_or(Error::RateLimited { retry_after_seconds: 1 })?;
    let (window, now) = (window(cx), cx.now());
    let counted: Vec<Counted> = login_failure::Entity::find()
        .select_only()
        .column(login_failure::Column::Subject)
        .column_as(login_failure::Column::Id.count(), "failures")
        .column_as(login_failure::Column::FailedAt.min(), "oldest")
        .filter(login_failure::Column::Subject.is_in(subjects.iter().map(|subject| subject.name.clone())))
        .filter(login_failure::Column::FailedAt.gt(now - window))
        .group_by(login_failure::Column::Subject)
        .into_model()
        // The connection that writes knows of the failure before this one.
        .all(cx.db().writer())
        .await?;
    let mut oldest = None;
    for counted in counted {
        let over = |subject: &&Subject| subject.name == counted.subject && counted.failures >= i64::from(subject.limit);
        let Some(subject) = subjects.iter().find(over) else { continue };
        if !(subject.spares_known_networks && is_known(cx, email_norm).await?) {
            oldest = oldest.max(Some(counted.oldest));
        }
    }
    // A refused attempt is not counted; otherwise a caller who keeps trying would wait without end.
    if let Some(oldest) = oldest {
        let seconds = (oldest + window - now + 999) / 1000;
        return Err(Error::RateLimited {
            retry_after_seconds: u32::try_from(seconds).unwrap_or(u32::MAX),
        });
    }
    Ok(Attempt { subjects, _lock: lock })
}

/// Counts a failed attempt, before the caller learns that it failed.
pub async fn failed(cx: &Cx, attempt: Attempt<'_>) -> Result<()> {
    let now = cx.now();
    let rows = attempt.subjects.iter().map(|subject| login_failure::ActiveModel {
        id: Set(ids::new()),
        subject: Set(subject.name.clone()),
        failed_at: Set(now),
    });
    login_failure::Entity::insert_many(rows)
        .exec_without_returning(cx.db().writer())
        .await?;
    // The attempt is counted even if removing old ones fails.
    if let Err(error) = forget_old(cx.db().writer(), cx, MOST_AT_ONCE).await {
        tracing::warn!(cause = ?error, "old sign-in failures could not be removed");
    }
    Ok(())
}

/// Removes failures that count no more, at most so many; how many there were. Rows that another transaction is removing are skipped: no lock
/// is waited for, so none in a circle.
pub async fn forget_old(connection: &impl ConnectionTrait, cx: &Cx, most: u64) -> Result<u64> {
    let lock = match connection.get_database_backend() {
        DbBackend::Postgres => " FOR UPDATE SKIP LOCKED",
        _ => "",
    };
    let mut sql = Sql::new(connection.get_database_backend());
    let (until, most) = (
        sql.bind(cx.now() - window(cx)),
        sql.bind(i64::try_from(most).map_err(Error::internal)?),
    );
    sql.push(&format!(
        "DELETE FROM login_failures WHERE id IN (SELECT id FROM login_failures WHERE failed_at <= {until} LIMIT {most}{lock})"
    ));
    Ok(connection.execute_raw(sql.build()).await?.rows_affected())
}

/// Forgets what failed for an account, from wherever it was tried: the password is another one now.
pub async fn forget(tx: &impl ConnectionTrait, email_norm: &str) -> Result<()> {
    let account = account(email_norm);
    let mut sql = Sql::new(tx.get_database_backend());
    let (name, prefix) = (sql.bind(account.clone()), sql.bind(format!("{account}@%")));
    sql.push(&format!(
        "DELETE FROM login_failures WHERE subject = {name} OR subject LIKE {prefix}"
    ));
    tx.execute_raw(sql.build()).await?;
    Ok(())
}

/// Canonical text of the network of the caller.
pub fn network(cx: &Cx) -> Option<String> {
    cx.origin.network().map(|network| match network {
        IpAddr::V4(address) => address.to_string(),
        IpAddr::V6(address) => format!("{address}/64"),
    })
}

/// Milliseconds for which a failure counts.
fn window(cx: &Cx) -> i64 {
    i64::from(cx.app.settings.login_window_minutes) * 60_000
}

/// Whether the account has a stored session that began in this network.
async fn is_known(cx: &Cx, email_norm: &str) -> Result<bool> {
    let Some(network) = network(cx) else { return Ok(false) };
    // PostgreSQL takes no such text as a parameter, and no account has it.
    if email_norm.contains('\0') {
        return Ok(false);
    }
    let user = user::Entity::find()
        .select_only()
        .column(user::Column::Id)
        .filter(user::Column::EmailNorm.eq(email_norm));
    let of_user = Condition::all()
        .add(session::Column::Network.eq(network))
        .add(session::Column::UserId.in_subquery(user.into_query()));
    Ok(session::Entity::find().filter(of_user).count(cx.db().reader()).await? > 0)
}

/// The strictest limit comes first.
fn subjects(cx: &Cx, email_norm: &str) -> Vec<Subject> {
    let settings = &cx.app.settings;
    let (account, network) = (account(email_norm), network(cx));
    let mut subjects = vec![Subject {
        name: format!("{account}@{}", network.as_deref().unwrap_or_default()),
        limit: settings.login_failures_per_account,
        spares_known_networks: false,
    }];
    if let Some(network) = network {
        subjects.push(Subject {
            name: format!("address:{network}"),
            limit: settings.login_failures_per_address,
            spares_known_networks: false,
        });
    }
    subjects.push(Subject {
        name: account,
        limit: settings.login_failures_per_account.saturating_mul(NETWORKS),
        spares_known_networks: true,
    });
    subjects
}

/// The account by a hash, because anything can be typed as an e-mail.
fn account(email_norm: &str) -> String {
    let hash = credentials::hash_token(email_norm);
    hash.iter()
        .fold(String::from("account:"), |text, byte| text + &format!("{byte:02x}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accounts_are_kept_as_hashes() {
        let subject = account("ana@example.com");
        assert_eq!(subject.len(), "account:".len() + 64);
        assert_ne!(subject, account("eva@example.com"));
    }
}
