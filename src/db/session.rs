//! A connection to PostgreSQL of its own, for statements that take long and run outside of a transaction.

use sea_orm::sqlx::postgres::PgConnectOptions;
use sea_orm::sqlx::{self, AssertSqlSafe, Connection, PgConnection};
use sea_orm::{DbErr, RuntimeErr};

use crate::error::{Error, Result};
use crate::settings::Settings;

/// Application name of these connections.
pub const APPLICATION: &str = "cartera";

/// Has no deadline. Dropped while a statement runs it ends the statement: the server notices that its client is gone, also where the process
/// was killed.
pub struct Session {
    connection: PgConnection,
    process: i32,
}

impl Session {
    /// Connects to the database of the settings.
    pub async fn open(settings: &Settings) -> Result<Session> {
        let options: PgConnectOptions = settings.database.parse().map_err(Error::internal)?;
        let options = options.application_name(APPLICATION);
        let mut connection = PgConnection::connect_with(&options).await.map_err(sqlx_error)?;
        let text = "SET statement_timeout = 0";
        sqlx::raw_sql(text).execute(&mut connection).await.map_err(sqlx_error)?;
        // Since PostgreSQL 14; an older server goes on to the end of the statement.
        let text = "SET client_connection_check_interval = '1s'";
        if let Err(error) = sqlx::raw_sql(text).execute(&mut connection).await {
            tracing::debug!(%error, "this PostgreSQL does not look after its clients");
        }
        let process = sqlx::query_scalar("SELECT pg_backend_pid()").fetch_one(&mut connection).await;
        Ok(Session {
            process: process.map_err(sqlx_error)?,
            connection,
        })
    }

    /// Process of PostgreSQL that serves it.
    pub fn process(&self) -> i32 {
        self.process
    }

    pub async fn run(&mut self, text: &str) -> std::result::Result<(), DbErr> {
        let ran = sqlx::raw_sql(AssertSqlSafe(text.to_owned())).execute(&mut self.connection).await;
        ran.map(|_| ()).map_err(sqlx_error)
    }

    /// The Boolean that a query answers.
    pub async fn holds(&mut self, text: &str) -> std::result::Result<bool, DbErr> {
        let answer = sqlx::query_scalar(AssertSqlSafe(text.to_owned()));
        answer.fetch_one(&mut self.connection).await.map_err(sqlx_error)
    }

    /// Ends it in order.
    pub async fn close(self) {
        if let Err(error) = self.connection.close().await {
            tracing::debug!(%error, "a session did not end in order");
        }
    }
}

fn sqlx_error(error: sqlx::Error) -> DbErr {
    DbErr::Exec(RuntimeErr::SqlxError(error.into()))
}
