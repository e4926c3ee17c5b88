//! The answer to a GraphQL request over any transport: data, errors with their codes, and cost.

use super::faults::{log, log_absence};
use super::outcome::Outcome;
use crate::app::buckets::Throttle;
use crate::cx::Origin;
use crate::error::Code;
use crate::error::Error;
use crate::limits::{Limits, Refused};
use async_graphql::{ErrorExtensionValues, Response, ServerError, Value};
use serde::Serialize;
use std::io::{Error as IoError, Write};
use std::sync::OnceLock;

/// One answer, fit to be sent.
#[derive(Debug)]
pub struct Answer {
    pub outcome: Outcome,
    /// `query` or `mutation`; `none` if the operation was not determined.
    pub operation: &'static str,
    /// `None`: nothing ran. `Some(Null)`: it ran, and an error took everything with it.
    data: Option<Value>,
    errors: Vec<ServerError>,
    charge: Option<Charge>,
    /// As it is sent, once it has been written.
    json: OnceLock<Vec<u8>>,
    /// Seconds after which it is worth trying again.
    pub retry_after: Option<u32>,
    /// Nothing in it is a secret. False unless the pipeline says otherwise.
    pub may_be_compressed: bool,
}

/// The price of a request, its actual cost, and the points that its caller has left.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Charge {
    #[serde(rename = "requestedQueryCost")]
    pub requested: u64,
    #[serde(rename = "actualQueryCost")]
    pub actual: u64,
    #[serde(rename = "throttleStatus", skip_serializing_if = "Option::is_none")]
    pub throttle: Option<Throttle>,
}

const NO_OPERATION: &str = "none";

/// Error messages are cut to this many characters: some repeat what the caller sent.
const MESSAGE: usize = 400;

impl Answer {
    /// A request of which nothing ran.
    pub fn refused(outcome: Outcome, refused: Refused, origin: &Origin) -> Self {
        let errors = refused.problems.into_iter().map(|problem| {
            let mut error = ServerError::new(problem.message, problem.position);
            sign(&mut error, refused.code.as_str(), origin);
            error
        });
        Self {
            outcome,
            operation: NO_OPERATION,
            data: None,
            errors: errors.collect(),
            charge: None,
            json: OnceLock::new(),
            retry_after: (outcome == Outcome::Unavailable).then_some(1),
            may_be_compressed: false,
        }
    }

    /// The same with one problem.
    pub fn problem(outcome: Outcome, code: Code, message: impl Into<String>, origin: &Origin) -> Self {
        Self::refused(outcome, Refused::new(code, message), origin)
    }

    /// A caller who has used up their points, and when there will be enough again.
    pub fn throttled(seconds: u32, charge: Charge, origin: &Origin) -> Self {
        let message = format!("too many points were used; try again in {seconds} s");
        Self::rate_limited(message, seconds, origin).charging(charge)
    }

    /// A caller who does too much, and when it is worth trying again.
    pub fn rate_limited(message: impl Into<String>, seconds: u32, origin: &Origin) -> Self {
        let mut answer = Self::problem(Outcome::RateLimited, Code::RateLimited, message, origin);
        for error in &mut answer.errors {
            let extensions = error.extensions.get_or_insert_with(ErrorExtensionValues::default);
            extensions.set("retryAfterSeconds", seconds);
        }
        answer.retry_after = Some(seconds);
        answer
    }

    /// A request for which the server has no permit.
    pub fn overloaded(origin: &Origin) -> Self {
        Self::problem(
            Outcome::Unavailable,
            Code::Unavailable,
            "too many requests are running; try again",
            origin,
        )
    }

    /// A request that was given up at its deadline.
    pub fn timed_out(origin: &Origin) -> Self {
        let message = "the request took longer than the setting `request_timeout` permits";
        Self::problem(Outcome::TimedOut, Code::Timeout, message, origin)
    }

    /// An internal failure; the cause has been logged.
    pub fn failed(origin: &Origin) -> Self {
        Self::problem(Outcome::Failed, Code::Internal, "internal error", origin)
    }

    /// The response of the library: it found the document invalid, or ran it. The last of more errors than there may be has their number.
    pub fn of(response: Response, limits: &Limits, charge: Charge, origin: &Origin) -> Self {
        let outcome = if is_invalid(&response) {
            Outcome::Invalid
        } else {
            outcome(&response)
        };
        let retry_after = response.errors.iter().filter_map(retry_after).max();
        let mut errors = response.errors;
        let most = match outcome {
            Outcome::Invalid => limits.errors,
            _ => limits.field_errors,
        };
        let omitted = errors.len().saturating_sub(most);
        errors.truncate(most);
        for error in &mut errors {
            let code = match outcome {
                Outcome::Invalid => Code::ValidationFailed.as_str().to_owned(),
                _ => code(error),
            };
            if code == Code::Internal.as_str() {
                log(error, origin);
                "internal error".clone_into(&mut error.message);
            } else if let Some(Error::Unavailable(cause)) = error.source::<Error>() {
                log_absence(cause.as_ref(), origin);
            }
            sign(error, &code, origin);
        }
        if outcome != Outcome::Invalid
            && omitted > 0
            && let Some(last) = errors.last_mut()
        {
            let extensions = last.extensions.get_or_insert_with(ErrorExtensionValues::default);
            extensions.set("omittedErrors", omitted);
        }
        let has_run = outcome == Outcome::Executed;
        Self {
            outcome,
            operation: NO_OPERATION,
            data: has_run.then_some(response.data),
            errors,
            charge: (outcome != Outcome::Invalid).then_some(charge),
            json: OnceLock::new(),
            retry_after: retry_after.filter(|_| !has_run && outcome != Outcome::Invalid),
            may_be_compressed: false,
        }
    }

    /// The same answer, saying what the request would have cost.
    pub fn charging(self, charge: Charge) -> Self {
        Self {
            charge: Some(charge),
            ..self
        }
    }

    /// The same answer of a request that has run: it may be compressed unless it is confidential.
    pub fn compressed_unless(self, is_confidential: bool) -> Self {
        Self {
            may_be_compressed: !is_confidential,
            ..self
        }
    }

    /// An answer with more bytes than there may be. What a mutation did is done.
    pub fn too_large(most: usize, is_query: bool, charge: Charge, origin: &Origin) -> Self {
        let advice = if is_query {
            "ask for smaller pages or fewer long texts"
        } else {
            "the mutation was carried out; read what it changed with smaller pages"
        };
        let message = format!("the answer would have more than {most} bytes; {advice}");
        Self::problem(Outcome::OverLimit, Code::CostLimit, message, origin).charging(charge)
    }

    /// Whether the answer takes no more bytes than there may be; it is written down as it will be sent.
    pub fn fits(&self, most: usize) -> bool {
        match self.to_json_within(most) {
            Some(bytes) => self.json.set(bytes).is_ok(),
            None => false,
        }
    }

    /// The same answer with the kind of its operation.
    pub fn to(self, operation: &'static str) -> Self {
        Self { operation, ..self }
    }

    /// The price of the request; `None` if it was not computed.
    pub fn points(&self) -> Option<u64> {
        self.charge.as_ref().map(|charge| charge.requested)
    }

    /// The answer as JSON.
    pub fn to_json(&self) -> Vec<u8> {
        let written = self.json.get().cloned();
        written.or_else(|| self.to_json_within(usize::MAX)).unwrap_or_default()
    }

    /// The same; `None` where it takes more bytes, of which no more are written.
    fn to_json_within(&self, most: usize) -> Option<Vec<u8>> {
        #[derive(Serialize)]
        struct Body<'a> {
            #[serde(skip_serializing_if = "Option::is_none")]
            data: Option<&'a Value>,
            #[serde(skip_serializing_if = "<[_]>::is_empty")]
            errors: &'a [ServerError],
            #[serde(skip_serializing_if = "Option::is_none")]
            extensions: Option<Extensions>,
        }
        #[derive(Serialize)]
        struct Extensions {
            cost: Charge,
        }
        let extensions = self.charge.map(|cost| Extensions { cost });
        let body = Body {
            data: self.data.as_ref(),
            errors: &self.errors,
            extensions,
        };
        let mut bytes = Within {
            bytes: Vec::with_capacity(1024),
            most,
        };
        // Nothing else can fail: values of GraphQL have names for keys.
        serde_json::to_writer(&mut bytes, &body).ok().map(|()| bytes.bytes)
    }
}

/// Takes bytes up to a number.
struct Within {
    bytes: Vec<u8>,
    most: usize,
}

impl Write for Within {
    fn write(&mut self, bytes: &[u8]) -> Result<usize, IoError> {
        if self.bytes.len() + bytes.len() > self.most {
            return Err(IoError::other("too many bytes"));
        }
        self.bytes.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> Result<(), IoError> {
        Ok(())
    }
}

/// Whether the library refused the document: it then answers errors that belong to no field, and no data.
pub fn is_invalid(response: &Response) -> bool {
    response.data == Value::Null && !response.errors.is_empty() && response.errors.iter().all(|error| error.path.is_empty())
}

/// An operation of which every field was refused for the same passing reason is refused as a whole, so that its status says so.
fn outcome(response: &Response) -> Outcome {
    let is_empty = match &response.data {
        Value::Null => true,
        Value::Object(fields) => fields.values().all(|value| *value == Value::Null),
        _ => false,
    };
    let mut codes = response.errors.iter().map(given_code);
    match codes.next() {
        Some(Some(first)) if is_empty && codes.all(|code| code == Some(first)) => match first {
            code if code == Code::RateLimited.as_str() => Outcome::RateLimited,
            code if code == Code::Unavailable.as_str() => Outcome::Unavailable,
            code if code == Code::Timeout.as_str() => Outcome::TimedOut,
            _ => Outcome::Executed,
        },
        _ => Outcome::Executed,
    }
}

/// Whether a field was refused before anything was read for it.
pub fn is_refusal(error: &ServerError) -> bool {
    const REFUSALS: [Code; 4] = [Code::BadUserInput, Code::Forbidden, Code::RateLimited, Code::Unauthenticated];
    let code = code(error);
    REFUSALS.iter().any(|refusal| refusal.as_str() == code)
}

fn retry_after(error: &ServerError) -> Option<u32> {
    match error.extensions.as_ref()?.get("retryAfterSeconds")? {
        Value::Number(seconds) => u32::try_from(seconds.as_u64()?).ok(),
        _ => None,
    }
}

fn sign(error: &mut ServerError, code: &str, origin: &Origin) {
    if let Some((end, _)) = error.message.char_indices().nth(MESSAGE) {
        error.message.truncate(end);
        error.message.push('…');
    }
    let extensions = error.extensions.get_or_insert_with(ErrorExtensionValues::default);
    extensions.set("code", code);
    extensions.set("requestId", origin.request_id.as_str());
}

/// The code that a resolver gave, or what an error of the library without one is.
fn code(error: &ServerError) -> String {
    match given_code(error) {
        Some(code) => code.to_owned(),
        None if is_input_error(error) => Code::BadUserInput.as_str().to_owned(),
        None => Code::Internal.as_str().to_owned(),
    }
}

fn given_code(error: &ServerError) -> Option<&str> {
    match error.extensions.as_ref()?.get("code")? {
        Value::String(code) => Some(code),
        _ => None,
    }
}

/// The library's words for an argument that could not be read; anything else without a code is not for clients.
fn is_input_error(error: &ServerError) -> bool {
    let starts = ["Failed to parse ", "Expected input type ", "Variable "];
    error.source.is_none() && starts.iter().any(|start| error.message.starts_with(start))
}

#[cfg(test)]
mod tests;
