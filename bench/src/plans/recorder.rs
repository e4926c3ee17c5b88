//! Listens to the statements that the server sends.

use std::sync::{Arc, Mutex, PoisonError};

use sea_orm::Statement;

const ASKS: &str = "asks the indexes";
const COUNTS: &str = "counts";

/// The statements since they were last forgotten.
#[derive(Clone, Default)]
pub struct Recorder(Arc<Mutex<Vec<Statement>>>);

impl Recorder {
    pub fn note(&self, statement: &Statement) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(statement.clone());
    }

    pub fn forget(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    /// Statements that read the requested rows. Look-ups of tokens use a key, and estimates by the planner read nothing.
    pub fn reads(&self) -> Vec<Statement> {
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let is_read = |statement: &&Statement| {
            let text = statement.sql.trim_start();
            (text.starts_with("SELECT") || text.starts_with("WITH")) && !text.contains("token_hash")
        };
        all.iter().filter(is_read).cloned().collect()
    }
}

/// Purpose of a statement, by its form.
pub fn purpose(statement: &Statement) -> &'static str {
    let text = statement.sql.as_str();
    let is_of = |name: &str| text.contains(name);
    if is_of("\"found\"") {
        ASKS
    } else if is_of("WITH RECURSIVE steps") {
        "estimates"
    } else if is_of("counted") {
        COUNTS
    } else {
        "reads"
    }
}

/// Whether any rows will do, up to a number of them.
pub fn is_bounded(statement: &Statement) -> bool {
    [ASKS, COUNTS].contains(&purpose(statement))
}
