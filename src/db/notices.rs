//! That something kept in memory has changed, told between servers on one PostgreSQL the moment it is committed.

use std::time::Duration;

use sea_orm::sqlx;
use sea_orm::sqlx::postgres::{PgConnectOptions, PgListener, PgPoolOptions};
use sea_orm::{ConnectionTrait, DbBackend, Statement};
use tokio::time::sleep;

use crate::error::{Error, Result};

/// Under which name PostgreSQL passes notices on. Each database has its own.
const CHANNEL: &str = "cartera_catalogs";
/// What PostgreSQL calls the connection that listens: every server has one, and nothing else has.
pub const SERVER: &str = "cartera server";
/// How long to wait before listening again after the connection was lost.
const AGAIN: Duration = Duration::from_secs(1);

/// Adds one to a revision; on PostgreSQL in the same statement the others are told, once the transaction commits.
pub async fn advance(tx: &impl ConnectionTrait, revision: &str) -> Result<()> {
    let told = match tx.get_database_backend() {
        DbBackend::Postgres => format!(" RETURNING pg_notify('{CHANNEL}', number::text)"),
        _ => String::new(),
    };
    let text = format!("UPDATE revisions SET number = number + 1 WHERE name = $1{told}");
    let statement = Statement::from_sql_and_values(tx.get_database_backend(), text, [revision.into()]);
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

    /// Ends when something may have changed: also when listening begins, because what was said before nobody has heard.
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
    // It would connect again by itself and not say what it has missed.
    listener.eager_reconnect(false);
    listener.listen(CHANNEL).await.map_err(sqlx_error)?;
    Ok(listener)
}

fn sqlx_error(error: sqlx::Error) -> Error {
    Error::internal(error)
}
