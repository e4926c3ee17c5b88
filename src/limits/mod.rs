//! Request limits that are checked before the GraphQL library sees a document: pure functions, linear in the input, with saturating
//! counters.

/// The actual cost of a request, from its answer.
pub mod actual;
/// Whether the values of the variables fit their declared types.
pub mod coerce;
/// Validation that the library lacks.
pub mod complete;
/// Fields that meet under one name in an answer and cannot be one there.
pub mod conflicts;
/// The price of a request, and the number of objects that its answer can hold.
pub mod cost;
/// The price of the arguments of a field.
mod given;
/// Literals beside variables.
pub mod literals;
/// The shape of a parsed document, each fragment measured once.
pub mod measure;
/// Operations that callers without credentials may run.
pub mod policy;
/// Names that are given twice where a parser keeps only the last.
pub mod repeats;
/// Checks of the bytes alone.
pub mod scan;
/// The sizes past which a request is refused.
pub mod sizes;
/// Suggestions for names that do not exist.
pub mod suggest;
/// The schema as these checks need it.
pub mod types;
/// The variables of a request as every step reads them.
pub mod variables;
/// Zero characters in values.
pub mod zeros;

pub use sizes::Limits;
pub use types::TypeMap;

use async_graphql::Pos;

use crate::error::Code;

/// A request that is not going to run, and everything that is wrong with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    pub code: Code,
    pub problems: Vec<Problem>,
}

/// One thing that is wrong, and where in the document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    pub message: String,
    pub position: Option<Pos>,
    /// Names of the schema that may have been meant.
    pub suggestions: Vec<String>,
}

impl Problem {
    pub fn new(message: impl Into<String>, position: Option<Pos>) -> Self {
        Self {
            message: message.into(),
            position,
            suggestions: Vec::new(),
        }
    }
}

impl Refused {
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        Self {
            code,
            problems: vec![Problem::new(message, None)],
        }
    }

    /// The same refusal with what may have been meant, for callers who may know the schema.
    pub fn suggesting(mut self, types: &TypeMap) -> Self {
        for problem in &mut self.problems {
            if problem.suggestions.is_empty() {
                problem.suggestions = suggest::meant(&problem.message, types);
            }
            suggest::add(&mut problem.message, &problem.suggestions);
        }
        self
    }

    /// The same refusal, pointing at a place in the document.
    pub fn at(mut self, position: Pos) -> Self {
        for problem in &mut self.problems {
            problem.position = Some(position);
        }
        self
    }
}
