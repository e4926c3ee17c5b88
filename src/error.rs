//! Errors below the API: few kinds, each with what the caller needs to correct it.

use std::error::Error as StdError;
use std::sync::Arc;

use sea_orm::{DbErr, RuntimeErr, SqlErr};
use serde::{Deserialize, Serialize};

pub type Result<T> = std::result::Result<T, Error>;

/// The reason why an operation failed; nothing has been written when one is returned.
#[derive(Clone, Debug, thiserror::Error)]
pub enum Error {
    #[error("sign in first")]
    Unauthenticated,
    /// The kind of caller may never do this; says nothing about any row.
    #[error("{0}")]
    Forbidden(String),
    /// The object does not exist, or is not visible to the caller: the two are not distinguished.
    #[error("not found")]
    NotFound,
    /// Invalid input; all problems together.
    #[error("{} problem(s) with the input", .0.len())]
    Invalid(Vec<Problem>),
    /// A malformed argument outside an input object, such as a cursor.
    #[error("{0}")]
    BadInput(String),
    #[error("too many attempts, try again in {retry_after_seconds} s")]
    RateLimited { retry_after_seconds: u32 },
    /// The database or the storage is away, locked, or has no space: worth trying again. The cause is for the log alone.
    #[error("this cannot be done now; try again")]
    Unavailable(Arc<dyn StdError + Send + Sync>),
    /// A statement was cancelled, or the time of the request was over.
    #[error("the request took longer than the settings `request_timeout`, `statement_timeout` and, for reports, `report_timeout` permit")]
    Timeout,
    /// Another write came in between. The same call made again from the start may well succeed.
    #[error("{0}")]
    Conflict(String),
    /// The call was made before under its key; only for the code that returns the stored outcome.
    #[error("the call was made before")]
    Repeated,
    /// Our fault. The cause is for the log alone.
    #[error("internal error")]
    Internal(Arc<dyn StdError + Send + Sync>),
}

/// An error with everything that caused it.
pub fn chain(error: &dyn StdError) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let words = error.to_string();
        // Many libraries repeat the words of the cause in their own.
        if !text.ends_with(&words) {
            text = format!("{text}: {words}");
        }
        cause = error.source();
    }
    text
}

/// Codes of top-level errors, in `extensions.code`: the closed set of the API.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Code {
    ParseFailed,
    ValidationFailed,
    BadUserInput,
    DocumentLimit,
    CostLimit,
    RateLimited,
    Unauthenticated,
    Forbidden,
    PersistedQueryNotFound,
    PersistedQueryNotSupported,
    Timeout,
    Unavailable,
    Internal,
}

impl Code {
    /// The code as clients see it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ParseFailed => "GRAPHQL_PARSE_FAILED",
            Self::ValidationFailed => "GRAPHQL_VALIDATION_FAILED",
            Self::BadUserInput => "BAD_USER_INPUT",
            Self::DocumentLimit => "DOCUMENT_LIMIT",
            Self::CostLimit => "COST_LIMIT",
            Self::RateLimited => "RATE_LIMITED",
            Self::Unauthenticated => "UNAUTHENTICATED",
            Self::Forbidden => "FORBIDDEN",
            Self::PersistedQueryNotFound => "PERSISTED_QUERY_NOT_FOUND",
            Self::PersistedQueryNotSupported => "PERSISTED_QUERY_NOT_SUPPORTED",
            Self::Timeout => "TIMEOUT",
            Self::Unavailable => "UNAVAILABLE",
            Self::Internal => "INTERNAL",
        }
    }
}

/// One thing wrong with what a caller sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    pub code: ProblemCode,
    pub message: String,
    /// From the argument down, such as `["input", "emails", "0", "value"]`.
    pub path: Vec<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ProblemCode {
    Invalid,
    Required,
    TooLong,
    Taken,
    NotFound,
    Conflict,
    State,
    Limit,
    Credentials,
    Forbidden,
}

impl Problem {
    pub fn new(code: ProblemCode, path: &[&str], message: impl Into<String>) -> Self {
        Problem {
            code,
            message: message.into(),
            path: path.iter().map(|part| (*part).to_owned()).collect(),
        }
    }

    /// The argument `id` names nothing that the caller can see.
    pub fn not_found() -> Self {
        Problem::new(ProblemCode::NotFound, &["id"], "there is no such object")
    }
}

impl Error {
    /// The code with which it is answered.
    pub fn code(&self) -> Code {
        match self {
            Error::Unauthenticated => Code::Unauthenticated,
            Error::Forbidden(_) => Code::Forbidden,
            Error::NotFound | Error::Invalid(_) | Error::BadInput(_) => Code::BadUserInput,
            Error::RateLimited { .. } => Code::RateLimited,
            Error::Unavailable(_) | Error::Conflict(_) => Code::Unavailable,
            Error::Timeout => Code::Timeout,
            Error::Internal(_) | Error::Repeated => Code::Internal,
        }
    }

    pub fn internal(cause: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        Error::Internal(Arc::from(cause.into()))
    }

    pub fn problem(code: ProblemCode, path: &[&str], message: impl Into<String>) -> Self {
        Error::Invalid(vec![Problem::new(code, path, message)])
    }
}

impl From<DbErr> for Error {
    fn from(error: DbErr) -> Self {
        match error.sql_err() {
            // Resolvers check before they write, so this is a race that another transaction won.
            Some(SqlErr::UniqueConstraintViolation(_)) => {
                Error::Conflict("another user has just saved the same value; try again".to_owned())
            }
            _ => match sql_state(&error).as_deref() {
                // A serialisation failure, a deadlock, a lock that was not to be had.
                Some("40001" | "40P01" | "55P03") => Error::Conflict("another user changed this at the same time; try again".to_owned()),
                // Query cancelled on PostgreSQL, and interrupted on SQLite.
                Some("57014" | "9") => Error::Timeout,
                Some(code) if is_passing(code) => Error::Unavailable(Arc::new(error)),
                _ if is_connection_trouble(&error) => Error::Unavailable(Arc::new(error)),
                _ => Error::internal(error),
            },
        }
    }
}

fn sql_state(error: &DbErr) -> Option<String> {
    match error {
        DbErr::Exec(RuntimeErr::SqlxError(cause))
        | DbErr::Query(RuntimeErr::SqlxError(cause))
        | DbErr::Conn(RuntimeErr::SqlxError(cause)) => cause.as_database_error()?.code().map(|code| code.into_owned()),
        _ => None,
    }
}

/// Whether a database says by this code that it cannot work now, which is no fault of the statement.
fn is_passing(code: &str) -> bool {
    /// Busy, locked, out of memory, read-only, input or output failed, full, cannot be opened.
    const SQLITE: [u32; 7] = [5, 6, 7, 8, 10, 13, 14];
    match code.parse::<u32>() {
        // The codes of PostgreSQL have five characters; the last eight bits of one of SQLite are its kind.
        Ok(number) if code.len() < 5 => SQLITE.contains(&(number & 0xff)),
        _ => code.starts_with("08") || code.starts_with("57P") || code.starts_with("53") || code.starts_with("58") || code == "25006",
    }
}

fn is_connection_trouble(error: &DbErr) -> bool {
    match error {
        DbErr::ConnectionAcquire(_) => true,
        DbErr::Exec(RuntimeErr::SqlxError(cause))
        | DbErr::Query(RuntimeErr::SqlxError(cause))
        | DbErr::Conn(RuntimeErr::SqlxError(cause)) => {
            use sea_orm::sqlx::Error as Sqlx;
            matches!(
                &**cause,
                Sqlx::Io(_) | Sqlx::PoolTimedOut | Sqlx::PoolClosed | Sqlx::WorkerCrashed | Sqlx::Protocol(_)
            )
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_of_both_databases_show_what_passes() {
        // SQLITE_BUSY, SQLITE_BUSY_SNAPSHOT, SQLITE_FULL, SQLITE_IOERR_WRITE, SQLITE_CANTOPEN; disk_full, admin_shutdown, cannot_connect_now.
        for code in ["5", "517", "13", "778", "14", "53100", "57P01", "57P03", "08006"] {
            assert!(is_passing(code), "{code}");
        }
        // SQLITE_ERROR, SQLITE_CORRUPT, SQLITE_CONSTRAINT_UNIQUE, SQLITE_NOTADB; unique_violation, syntax_error, division_by_zero.
        for code in ["1", "11", "2067", "26", "23505", "42601", "22012"] {
            assert!(!is_passing(code), "{code}");
        }
    }
}
