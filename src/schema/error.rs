//! Errors in the API: the closed sets of codes, and the conversion to them.

use std::sync::Arc;

use async_graphql::{Enum, ErrorExtensions, InputType, Name, SimpleObject, Value};

use crate::error::{Error, Problem, ProblemCode, Result};

/// A problem with the input of a mutation. Several can be returned together; nothing is changed then.
#[derive(Clone, Debug, SimpleObject)]
pub struct UserError {
    /// English message for developers, and a fallback for users.
    pub message: String,
    /// Machine-readable kind of the problem.
    pub code: UserErrorCode,
    /// Path of the input value, from the argument down, such as `["input", "emails", "0", "value"]`. Null if the problem concerns the whole
    /// call.
    pub path: Option<Vec<String>>,
}

/// Kinds of problems that a mutation reports.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "ProblemCode")]
pub enum UserErrorCode {
    /// Malformed, or out of range.
    Invalid,
    /// A required value is missing.
    Required,
    /// A text or list exceeds its limit.
    TooLong,
    /// A value that must be unique is in use already.
    Taken,
    /// No object with this ID is visible to the caller.
    NotFound,
    /// The object has changed since it was read: if the path is `expectedVersion`, the payload has its current state. Or a concurrent write
    /// came first: read again and retry.
    Conflict,
    /// The state of the object does not permit this.
    State,
    /// A maximum number of objects would be exceeded.
    Limit,
    /// The e-mail and the password do not match, or the account is not active.
    Credentials,
    /// No permission, for example to set a field of administrators or to edit the note of a colleague.
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

/// Makes a top-level error. The cause of an internal one, or of an unavailable database, is kept for the log and not sent.
pub fn to_graphql(error: Error) -> async_graphql::Error {
    let code = error.code().as_str();
    let retry_after = match &error {
        Error::RateLimited { retry_after_seconds } => Some(*retry_after_seconds),
        Error::Unavailable(_) | Error::Conflict(_) => Some(1),
        _ => None,
    };
    let problems = match &error {
        Error::Invalid(problems) => problems.as_slice(),
        _ => &[],
    };
    let mut graphql = async_graphql::Error::new(message(&error));
    let listed = problems.iter().map(listed).collect::<Vec<_>>();
    if let Error::Internal(_) | Error::Unavailable(_) = &error {
        graphql.source = Some(Arc::new(error));
    }
    graphql.extend_with(|_, extensions| {
        extensions.set("code", code);
        if !listed.is_empty() {
            extensions.set("problems", Value::List(listed));
        }
        if let Some(seconds) = retry_after {
            extensions.set("retryAfterSeconds", seconds);
        }
    })
}

/// A query has no user errors: all problems with its input are in the message, and for programs in `problems`.
fn message(error: &Error) -> String {
    let Error::Invalid(problems) = error else {
        return error.to_string();
    };
    let each = problems
        .iter()
        .map(|problem| format!("{}: {}", problem.path.join("."), problem.message));
    each.collect::<Vec<_>>().join("; ")
}

/// A problem as it is listed in the extensions of an error.
fn listed(problem: &Problem) -> Value {
    let code = match UserErrorCode::from(problem.code).to_value() {
        Value::Enum(name) => Value::String(name.to_string()),
        other => other,
    };
    let path = problem.path.iter().map(|part| Value::String(part.clone())).collect();
    let members = [
        ("code", code),
        ("message", Value::String(problem.message.clone())),
        ("path", Value::List(path)),
    ];
    Value::Object(members.into_iter().map(|(name, value)| (Name::new(name), value)).collect())
}

/// Splits the outcome of a mutation into the result and the user errors; every other failure is a top-level error.
pub fn split_user_errors<T>(result: Result<T>) -> async_graphql::Result<(Option<T>, Vec<UserError>)> {
    match result {
        Ok(value) => Ok((Some(value), Vec::new())),
        Err(Error::Invalid(problems)) => Ok((None, problems.into_iter().map(UserError::from).collect())),
        Err(Error::NotFound) => Ok((None, vec![UserError::from(Problem::not_found())])),
        Err(Error::Conflict(message)) => Ok((None, vec![UserError::from(Problem::new(ProblemCode::Conflict, &[], message))])),
        Err(error) => Err(to_graphql(error)),
    }
}

/// Declares the payload of a mutation: its objects, which are null if there are user errors unless their description says more, and these
/// errors.
macro_rules! payload {
    ($(#[doc = $doc:literal])+ $name:ident { $($(#[doc = $field_doc:literal])+ $field:ident: $kind:ty),* $(,)? }) => {
        $(#[doc = $doc])+
        #[derive(async_graphql::SimpleObject)]
        pub struct $name {
            $($(#[doc = $field_doc])+ pub $field: Option<$kind>,)*
            /// Problems with the input, at most 100. Empty if the change was made.
            pub user_errors: Vec<$crate::schema::error::UserError>,
        }
    };
}
pub(crate) use payload;
