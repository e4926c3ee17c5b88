//! Admission: whether a document is small enough to go on with, before its caller is known.

use super::OperationRequest;
use super::generation::Revision;
use crate::error::Code;
use crate::limits::complete::complete;
use crate::limits::measure::measure;
use crate::limits::repeats::repeated_fields;
use crate::limits::scan::scan;
use crate::limits::{Limits, Problem, Refused};
use async_graphql::parser::types::{ExecutableDocument, OperationType};
use async_graphql::parser::{self, parse_query};
use std::sync::Arc;

/// An admitted operation. It runs on a schema of the generation that admitted it and on no other: what one schema has validated says nothing
/// of the next. Which of its schemas that is depends on the caller, who is not known yet.
pub struct Admitted {
    pub request: OperationRequest,
    pub revision: Arc<Revision>,
    pub document: Arc<ExecutableDocument>,
    /// Problems that the library does not find, and for which no schema is needed.
    pub problems: Vec<Problem>,
}

impl Admitted {
    pub fn new(revision: Arc<Revision>, request: OperationRequest, limits: &Limits) -> Result<Self, Refused> {
        let query = request.query.as_str();
        if let Some(document) = revision.parsed(query) {
            return Ok(Admitted {
                request,
                revision,
                document,
                problems: Vec::new(),
            });
        }
        scan(query, limits)?;
        let mut document = parse_query(query).map_err(unreadable)?;
        measure(&document, limits)?;
        let mut problems = repeated_fields(query);
        problems.extend(complete(&mut document));
        problems.truncate(limits.errors);
        Ok(Admitted {
            request,
            revision,
            document: Arc::new(document),
            problems,
        })
    }

    /// Whether one of the operations is a mutation.
    pub fn has_mutation(&self) -> bool {
        let mut operations = self.document.operations.iter();
        operations.any(|(_, operation)| operation.node.ty == OperationType::Mutation)
    }
}

/// The reason why a document could not be parsed, in one line: the parser's message draws the position with the text.
fn unreadable(error: parser::Error) -> Refused {
    let position = error.positions().next();
    let words = error.to_string();
    let reason = words.lines().rev().find_map(|line| line.trim().strip_prefix("= "));
    let message = match reason {
        Some(reason) => format!("syntax error: {reason}"),
        None if words.contains('\n') => "syntax error".to_owned(),
        None => format!("syntax error: {words}"),
    };
    let refused = Refused::new(Code::ParseFailed, message);
    match position {
        Some(position) => refused.at(position),
        None => refused,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn syntax_errors_take_one_line_and_repeat_nothing() {
        for document in [
            "{",
            "{ secret( }",
            "query { a } { secret }",
            "",
            "fragment f on A { a }",
            "{ a(b: \"\\x\") }",
        ] {
            let refused = unreadable(parse_query(document).unwrap_err());
            let message = &refused.problems[0].message;
            assert!(message.starts_with("syntax error: ") && !message.contains('\n'), "{message}");
            assert!(!message.contains("secret"), "{message}");
        }
    }
}
