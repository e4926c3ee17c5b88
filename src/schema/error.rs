//! How errors reach a client: the closed sets of codes, and the one place that translates into them.

use std::sync::Arc;

use async_graphql::{Enum, ErrorExtensions, SimpleObject};

use crate::error::{Error, Problem, ProblemCode, Result};

/// Codes of top-level errors, in `extensions.code`.
pub mod code {
    pub const BAD_USER_INPUT: &str = "BAD_USER_INPUT";
    pub const FORBIDDEN: &str = "FORBIDDEN";
    pub const INTERNAL: &str = "INTERNAL";
    pub const RATE_LIMITED: &str = "RATE_LIMITED";
    pub const TIMEOUT: &str = "TIMEOUT";
    pub const UNAUTHENTICATED: &str = "UNAUTHENTICATED";
    pub const UNAVAILABLE: &str = "UNAVAILABLE";
}

/// What is wrong with the input of a mutation. Several can come together; then nothing was changed.
#[derive(Clone, Debug, SimpleObject)]
pub struct UserError {
    /// What is wrong, in English, for developers and as a fallback for users.
    pub message: String,
    /// What kind of problem it is, for programs.
    pub code: UserErrorCode,
    /// Where it is, from the name of the argument down, such as `["input", "emails", "0", "value"]`. Null where it concerns the call as a whole.
    pub path: Option<Vec<String>>,
}

/// The kinds of problems that a mutation reports.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "ProblemCode")]
pub enum UserErrorCode {
    /// The value does not have the form, or is not in the range, that is asked for.
    Invalid,
    /// A value is missing that cannot be left out.
    Required,
    /// The text or the list is longer than permitted.
    TooLong,
    /// Something else has this value already, and it has to be unique.
    Taken,
    /// The id names nothing that the caller can see.
    NotFound,
    /// The object has changed since it was read: where the path is `expectedVersion`, the payload has it as it is now. Or another write came in
    /// between: read again and repeat.
    Conflict,
    /// The object is not in a state that permits this.
    State,
    /// There would be more of these than permitted.
    Limit,
    /// The e-mail and the password do not belong together, or the account is not active.
    Credentials,
    /// The caller may not do this, such as set a value that is for administrators or edit the note of a colleague.
    Forbidden,
}

impl From<Problem> for UserError {
    fn from(problem: Problem) -> Self {
        let path = (!problem.path.is_empty()).then_some(problem.path);
        UserError {
            message: problem.message,
            code: problem.code.into(),
            path,
        }
    }
}

/// A top-level error. What an internal one, or the database's absence, came from travels along for the log and is not sent.
pub fn to_graphql(error: Error) -> async_graphql::Error {
    let (code, retry_after) = match &error {
        Error::Unauthenticated => (code::UNAUTHENTICATED, None),
        Error::Forbidden(_) => (code::FORBIDDEN, None),
        Error::NotFound | Error::Invalid(_) | Error::BadInput(_) => (code::BAD_USER_INPUT, None),
        Error::RateLimited { retry_after_seconds } => (code::RATE_LIMITED, Some(*retry_after_seconds)),
        Error::Unavailable(_) | Error::Conflict(_) => (code::UNAVAILABLE, Some(1)),
        Error::Timeout => (code::TIMEOUT, None),
        Error::Internal(_) | Error::Repeated => (code::INTERNAL, None),
    };
    let mut graphql = async_graphql::Error::new(error.to_string());
    if let Error::Internal(_) | Error::Unavailable(_) = &error {
        graphql.source = Some(Arc::new(error));
    }
    graphql.extend_with(|_, extensions| {
        extensions.set("code", code);
        if let Some(seconds) = retry_after {
            extensions.set("retryAfterSeconds", seconds);
        }
    })
}

/// The outcome of a mutation: the result or the user errors; anything else that went wrong is a top-level error.
pub fn settle<T>(result: Result<T>) -> async_graphql::Result<(Option<T>, Vec<UserError>)> {
    match result {
        Ok(value) => Ok((Some(value), Vec::new())),
        Err(Error::Invalid(problems)) => Ok((None, problems.into_iter().map(UserError::from).collect())),
        Err(Error::NotFound) => Ok((None, vec![UserError::from(Problem::not_found())])),
        Err(Error::Conflict(message)) => Ok((None, vec![UserError::from(Problem::new(ProblemCode::Conflict, &[], message))])),
        Err(error) => Err(to_graphql(error)),
    }
}

/// Declares the payload of a mutation: its objects, null when there are user errors unless their own description says more, and these.
macro_rules! payload {
    ($(#[doc = $doc:literal])+ $name:ident { $($(#[doc = $field_doc:literal])+ $field:ident: $kind:ty),* $(,)? }) => {
        $(#[doc = $doc])+
        #[derive(async_graphql::SimpleObject)]
        pub struct $name {
            $($(#[doc = $field_doc])+ pub $field: Option<$kind>,)*
            /// What is wrong with the input, at most 100 problems; empty when the change was made.
            pub user_errors: Vec<$crate::schema::error::UserError>,
        }
    };
}
pub(crate) use payload;
