//! Notices of changed cached tables between servers on one PostgreSQL, sent with the commit.

use std::time::Duration;

use sea_orm::sqlx;
use sea_orm::sqlx::postgres::{PgConnectOptions, PgListener, PgPoolOptions};
use sea_orm::{ConnectionTrait, DbBackend, Statement};
use tokio::time::sleep;

use crate::error::{Error, Result};

/// Under which name PostgreSQL passes notices on. Each database has its own.
const CHANNEL: &str = "cartera_catalogs";
/// Application name of the connection that listens: every server has exactly one.
pub const SERVER: &str = "cartera server";
/// Delay before listening again after the connection was lost.
const AGAIN: Duration = Duration::from_secs(1);

/// Locks the revisions of the names until the transaction ends, and adds to each what is given with it: 1 where its table changes, 0 where it
/// is only kept from changing. On PostgreSQL the other servers are notified by the same statement, once the transaction commits.
pub async fn advance(tx: &impl ConnectionTrait, mut revisions: Vec<(&str, i64)>) -> Result<()> {
    if revisions.is_empty() {
        return Ok(());
    }
    // All transactions lock them in one order: the database takes the rows in that of the statement.
    revisions.sort_unstable();
    let rows: Vec<String> = revisions
        .iter()
        .enumerate()
        .map(|(place, (_, change))| format!("(${}, {change})", place + 1))
        .collect();
    let notified = match tx.get_database_backend() {
        DbBackend::Postgres => format!(" RETURNING pg_notify('{CHANNEL}', '')"),
        _ => String::new(),
    };
    let text = format!(
        "INSERT INTO revisions (name, number) VALUES {} ON CONFLICT (name) DO UPDATE SET number = revisions.number + excluded.number{notified}",
        rows.join(", ")
    );
    let names = revisions.into_iter().map(|(name, _)| name.into());
    let statement = Statement::from_sql_and_values(tx.get_database_backend(), text, names);
    tx.execute_raw(statement).await?;
    Ok(())
}

/// Hears of changes that others have committed.
pub struct Notices {
    address: Option<String>,
    listener: Option<PgListener>,
}

impl Notices {
    /// Begins to listen with the first wait; at an address other than PostgreSQL's there is nothing to hear.
    pub fn new(address: &str) -> Notices {
        Notices {
            address: address.starts_with("postgres").then(|| address.to_owned()),
            listener: None,
        }
    }

    /// Returns when something may have changed: also when listening begins, because earlier notices were missed.
    pub async fn next(&mut self) {
        let Some(address) = self.address.clone() else {
            return std::future::pending().await;
        };
        loop {
            match &mut self.listener {
                Some(listener) => match listener.try_recv().await {
                    Ok(Some(_)) => {
                        // Many at once are one reason to look.
                        while listener.next_buffered().is_some() {}
                        return;
                    }
                    Ok(None) => self.lost("the connection was closed"),
                    Err(error) => self.lost(&error.to_string()),
                },
                None => match listen(&address).await {
                    Ok(listener) => {
                        self.listener = Some(listener);
                        return;
                    }
                    Err(error) => {
                        tracing::debug!(cause = ?error, "changes of other servers are not heard of");
                        sleep(AGAIN).await;
                    }
                },
            }
        }
    }

    fn lost(&mut self, reason: &str) {
        self.listener = None;
        tracing::warn!(
            reason,
            "changes of other servers are looked for, and not heard of, until the connection is back"
        );
    }
}

async fn listen(address: &str) -> Result<PgListener> {
    let options: PgConnectOptions = address.parse().map_err(sqlx_error)?;
    // A connection of its own: one of the pool would be missing there for ever.
    let pool = PgPoolOptions::new()
        .max_connections(1)
        .max_lifetime(None)
        .idle_timeout(None)
        .connect_with(options.application_name(SERVER))
        .await
        .map_err(sqlx_error)?;
    let mut listener = PgListener::connect_with(&pool).await.map_err(sqlx_error)?;
    listener.ignore_pool_close_event(true);
    // It would reconnect silently and not report the notices that it missed.
    listener.eager_reconnect(false);
    listener.listen(CHANNEL).await.map_err(sqlx_error)?;
    Ok(listener)
}

fn sqlx_error(error: sqlx::Error) -> Error {
    Error::internal(error)
}
