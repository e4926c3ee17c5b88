//! The reason why no connection to PostgreSQL could be opened, with its cause and without passwords.

use std::io::ErrorKind;
use std::time::Duration;

use sea_orm::DbErr;
use sea_orm::sqlx::postgres::{PgConnectOptions, PgConnection};
use sea_orm::sqlx::{Connection, Error as Sqlx};
use tokio::time::timeout;

use crate::error::Error;
use crate::settings::{Server, Settings};

/// Deadline of the single attempt that looks for the cause.
const TRY: Duration = Duration::from_secs(5);

/// The error of a pool with its cause. If the server does not answer, a pool reports only that it has timed out, so one connection is tried
/// alone.
pub async fn explain(settings: &Settings, error: DbErr) -> Error {
    let Ok(options) = settings.database.parse::<PgConnectOptions>() else {
        return error.into();
    };
    let cause = match timeout(TRY, PgConnection::connect_with(&options)).await {
        // By now it answers: whatever it was has passed.
        Ok(Ok(connection)) => {
            drop(connection.close().await);
            return error.into();
        }
        Ok(Err(cause)) => said(&cause, Server::of(&settings.database).as_ref()),
        Err(_) => format!("no answer within {} seconds", TRY.as_secs()),
    };
    let place = Server::of(&settings.database).map_or_else(String::new, |server| format!(" at {}", server.address));
    Error::internal(format!("PostgreSQL{place} cannot be used: {cause}"))
}

/// Messages of PostgreSQL repeat parts of the address, which are shown only if each is known to be a name.
fn said(cause: &Sqlx, server: Option<&Server>) -> String {
    let user = server.map_or_else(String::new, |server| format!(" for the user {}", server.user));
    let database = server.map_or_else(String::new, |server| format!(" {}", server.database));
    match cause {
        Sqlx::Io(error) if error.kind() == ErrorKind::ConnectionRefused => {
            "connection refused: no server listens there, or it takes connections elsewhere".to_owned()
        }
        Sqlx::Io(error) => error.to_string(),
        Sqlx::Tls(error) => format!("TLS refused: {error}"),
        Sqlx::Database(error) => match error.code().as_deref() {
            Some("28P01") => format!("password authentication failed{user}"),
            Some("28000") => format!("no access{user}: neither the role nor a line of pg_hba.conf lets it in"),
            Some("3D000") => format!("the database{database} does not exist; `createdb` makes one"),
            Some("42501") => format!("permission denied{user} to connect to the database{database}"),
            Some("53300") => "too many connections: see max_connections there, and postgres_connections here".to_owned(),
            Some("57P03") => "it is starting or stopping; try again".to_owned(),
            Some(code) => match server {
                Some(_) => format!("{} (SQLSTATE {code})", error.message()),
                None => format!("SQLSTATE {code}"),
            },
            None => "it refuses the connection".to_owned(),
        },
        // Without a password in the address, the environment and ~/.pgpass.
        _ if server.is_none() => "the connection failed".to_owned(),
        other => other.to_string(),
    }
}
