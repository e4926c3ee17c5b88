//! How many guesses at passwords are allowed, per account and per address.

use std::net::IpAddr;

use sea_orm::{ColumnTrait, ConnectionTrait, DatabaseTransaction, DbBackend, EntityTrait, FromQueryResult, QueryFilter, QuerySelect, Set};
use uuid::Uuid;

use crate::auth::credentials;
use crate::cx::Cx;
use crate::entities::access::login_failure;
use crate::error::{Error, Result};
use crate::ids;

/// A guess that counts as failed until it is forgiven.
#[must_use]
pub struct Attempt {
    ids: Vec<Uuid>,
}

/// Whom guesses are counted for.
struct Subject {
    name: String,
    limit: u32,
}

#[derive(FromQueryResult)]
struct Counted {
    subject: String,
    failures: i64,
    oldest: i64,
}

/// On PostgreSQL, whoever counts guesses holds this lock. Any number that nothing else uses would do.
const LOCK: i64 = 0x006c_6f67_696e;

/// Counts a guess before it is looked at, so that guesses side by side cannot all pass; refused where there were too many.
pub async fn begin(cx: &Cx, email_norm: &str) -> Result<Attempt> {
    let subjects = subjects(cx, email_norm);
    let window = i64::from(cx.app.settings.login_window_minutes) * 60_000;
    let now = cx.now();
    let tx = cx.begin().await?;
    one_at_a_time(&tx).await?;
    login_failure::Entity::delete_many()
        .filter(login_failure::Column::FailedAt.lte(now - window))
        .exec(&tx)
        .await?;
    let counted: Vec<Counted> = login_failure::Entity::find()
        .select_only()
        .column(login_failure::Column::Subject)
        .column_as(login_failure::Column::Id.count(), "failures")
        .column_as(login_failure::Column::FailedAt.min(), "oldest")
        .filter(login_failure::Column::Subject.is_in(subjects.iter().map(|subject| subject.name.clone())))
        .group_by(login_failure::Column::Subject)
        .into_model()
        .all(&tx)
        .await?;
    let is_over = |counted: &&Counted| {
        let subject = subjects.iter().find(|subject| subject.name == counted.subject);
        subject.is_some_and(|subject| counted.failures >= i64::from(subject.limit))
    };
    // A refused guess is not counted, or somebody who keeps trying would wait for ever.
    if let Some(oldest) = counted.iter().filter(is_over).map(|counted| counted.oldest).max() {
        let seconds = (oldest + window - now + 999) / 1000;
        return Err(Error::RateLimited {
            retry_after_seconds: u32::try_from(seconds).unwrap_or(u32::MAX),
        });
    }
    let rows: Vec<login_failure::ActiveModel> = subjects
        .into_iter()
        .map(|subject| login_failure::ActiveModel {
            id: Set(ids::new()),
            subject: Set(subject.name),
            failed_at: Set(now),
        })
        .collect();
    let attempt = Attempt {
        ids: rows.iter().map(|row| *row.id.as_ref()).collect(),
    };
    login_failure::Entity::insert_many(rows).exec_without_returning(&tx).await?;
    tx.commit().await?;
    Ok(attempt)
}

/// Takes a guess back that was right, or that was never looked at.
pub async fn forgive(cx: &Cx, attempt: Attempt) -> Result<()> {
    login_failure::Entity::delete_many()
        .filter(login_failure::Column::Id.is_in(attempt.ids))
        .exec(cx.db().writer())
        .await?;
    Ok(())
}

/// Waits until nobody else counts; on SQLite a transaction that writes is alone anyway.
async fn one_at_a_time(tx: &DatabaseTransaction) -> Result<()> {
    if tx.get_database_backend() == DbBackend::Postgres {
        tx.execute_unprepared(&format!("SELECT pg_advisory_xact_lock({LOCK})")).await?;
    }
    Ok(())
}

fn subjects(cx: &Cx, email_norm: &str) -> Vec<Subject> {
    let settings = &cx.app.settings;
    let mut subjects = vec![Subject {
        name: account(email_norm),
        limit: settings.login_failures_per_account,
    }];
    if let Some(network) = cx.origin.network() {
        subjects.push(Subject {
            name: address(network),
            limit: settings.login_failures_per_address,
        });
    }
    subjects
}

/// The account by a hash, because anything can be typed as an e-mail.
fn account(email_norm: &str) -> String {
    let hash = credentials::hash_token(email_norm);
    hash.iter()
        .fold(String::from("account:"), |text, byte| text + &format!("{byte:02x}"))
}

fn address(network: IpAddr) -> String {
    match network {
        IpAddr::V4(address) => format!("address:{address}"),
        IpAddr::V6(address) => format!("address:{address}/64"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cx::Origin;

    #[test]
    fn a_network_counts_as_one_address() {
        for (address, subject) in [
            ("192.0.2.7", "address:192.0.2.7"),
            ("::ffff:192.0.2.7", "address:192.0.2.7"),
            ("2001:db8:1:2:3:4:5:6", "address:2001:db8:1:2::/64"),
            ("2001:db8:1:2::9", "address:2001:db8:1:2::/64"),
        ] {
            let origin = Origin {
                address: Some(address.parse().expect("an address")),
                ..Origin::default()
            };
            assert_eq!(origin.network().map(super::address).as_deref(), Some(subject));
        }
    }

    #[test]
    fn accounts_are_kept_as_hashes() {
        let subject = account("ana@example.com");
        assert_eq!(subject.len(), "account:".len() + 64);
        assert_ne!(subject, account("eva@example.com"));
    }
}
