//! Saved reports: their names, their size, and what others may read of them.

use serde_json::Value as Json;

use crate::error::{Problem, ProblemCode};
use crate::rules::attributes::Definition;
use crate::rules::limits::{optional_text, required_line};

/// Characters in the name of a saved report or of a dashboard.
pub const NAME_LENGTH: usize = 100;
/// Characters in the description of a saved report.
pub const DESCRIPTION_LENGTH: usize = 1_000;
/// Bytes of a definition as JSON text.
pub const DEFINITION_BYTES: usize = 32 << 10;
/// Saved reports of one user.
pub const MOST_REPORTS: u64 = 500;

/// The name as it is stored.
pub fn name(name: &str, problems: &mut Vec<Problem>) -> String {
    required_line(name, NAME_LENGTH, &["input", "name"], problems)
}

/// The description as it is stored.
pub fn description(text: Option<&str>, problems: &mut Vec<Problem>) -> Option<String> {
    optional_text(text, DESCRIPTION_LENGTH, &["input", "description"], problems)
}

/// A problem if a definition is larger than one that is stored.
pub fn check_size(definition: &Json, path: &[&str], problems: &mut Vec<Problem>) {
    if definition.to_string().len() > DEFINITION_BYTES {
        let message = format!("a definition has at most {DEFINITION_BYTES} bytes");
        problems.push(Problem::new(ProblemCode::TooLong, path, message));
    }
}

/// Whether a definition names one of these attributes: by its key, or by the name of its typed field.
///
/// Only places of names count. A text that a filter compares with may be equal to a key by chance.
pub fn names_any(definition: &Json, hidden: &[&Definition]) -> bool {
    match definition {
        Json::Object(members) => members.iter().any(|(name, value)| match (name.as_str(), value) {
            ("attributeKey" | "key", Json::String(key)) => hidden.iter().any(|definition| definition.key() == key),
            ("custom", Json::Object(fields)) => {
                let is_hidden = |field: &String| hidden.iter().any(|definition| definition.field_name() == *field);
                fields.keys().any(is_hidden) || fields.values().any(|value| names_any(value, hidden))
            }
            (_, value) => names_any(value, hidden),
        }),
        Json::Array(items) => items.iter().any(|item| names_any(item, hidden)),
        _ => false,
    }
}
