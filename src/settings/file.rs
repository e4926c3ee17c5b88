//! The TOML file with settings: its content, and what is said of names in it that do not exist.

use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use super::DECLARED;
use super::sources::{Fault, LIMITS, declared, limit_table};
use crate::limits::Limits;
use crate::text::suggestions::{did_you_mean, nearest};

/// Read where no other file is named.
const DEFAULT_FILE: &str = "cartera.toml";

/// The file with its content; `None` if none was named and the default one does not exist.
pub(super) fn read(asked: Option<PathBuf>) -> Result<Option<(PathBuf, toml::Table)>, Fault> {
    let path = match asked {
        Some(path) => path,
        None if Path::new(DEFAULT_FILE).exists() => PathBuf::from(DEFAULT_FILE),
        None => return Ok(None),
    };
    let fault = |reason: String, may_pass: bool| Fault {
        place: format!("file {}", path.display()),
        reason,
        may_pass,
    };
    let content = std::fs::read_to_string(&path).map_err(|error| fault(error.to_string(), may_pass(&error)))?;
    match toml::from_str(&content) {
        Ok(table) => Ok(Some((path, table))),
        Err(error) => Err(fault(complaint(&content, &error), false)),
    }
}

/// Whether what could not be read may be there later; a content that is no text stays what it is.
pub(super) fn may_pass(error: &io::Error) -> bool {
    error.kind() != ErrorKind::InvalidData
}

/// The parser's long form quotes the line, and the line may hold a password.
fn complaint(content: &str, error: &toml::de::Error) -> String {
    match error.span() {
        Some(span) => {
            let line = content[..span.start].matches('\n').count() + 1;
            format!("line {line}: {}", error.message())
        }
        None => error.message().to_owned(),
    }
}

/// A value of the file as one would write it in a variable; `None` for a table or a list of anything but texts.
pub(super) fn text_of(value: &toml::Value) -> Option<String> {
    match value {
        toml::Value::String(text) => Some(text.clone()),
        toml::Value::Integer(number) => Some(number.to_string()),
        toml::Value::Float(number) => Some(number.to_string()),
        toml::Value::Boolean(truth) => Some(truth.to_string()),
        toml::Value::Array(values) => {
            let texts: Option<Vec<&str>> = values.iter().map(toml::Value::as_str).collect();
            Some(texts?.join(","))
        }
        toml::Value::Datetime(_) | toml::Value::Table(_) => None,
    }
}

/// Message about an unknown key at the top of the file.
pub(super) fn no_such_setting(key: &str) -> String {
    let limits = limit_table(&Limits::default());
    if limits.contains_key(key) {
        return format!("there is no such setting. Did you mean `{LIMITS}.{key}`?");
    }
    let names = DECLARED.iter().map(|declared| declared.name).chain([LIMITS]);
    format!("there is no such setting.{}", did_you_mean(&nearest(key, names)))
}

/// The same for a key in the table of limits, which in TOML extends to the next table or the end of the file.
pub(super) fn no_such_limit(key: &str) -> String {
    if declared(key).is_some() {
        return format!("there is no such limit. Did you mean the setting `{key}`? It belongs above the line `[{LIMITS}]`");
    }
    let limits = limit_table(&Limits::default());
    let near = nearest(key, limits.keys().map(String::as_str));
    let names: Vec<String> = near.into_iter().map(|name| format!("{LIMITS}.{name}")).collect();
    format!("there is no such limit.{}", did_you_mean(&names))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unknown_keys_are_reported_with_what_may_have_been_meant() {
        for (said, words) in [
            (no_such_setting("lisen"), "such setting. Did you mean `listen`?"),
            (no_such_setting("max-connections"), "Did you mean `max_connections`"),
            (no_such_setting("page_size"), "Did you mean `limits.page_size`?"),
            (no_such_setting("limit"), "Did you mean `limits`?"),
            (no_such_limit("pagesize"), "such limit. Did you mean `limits.page_size`"),
            (no_such_limit("listen"), "belongs above the line `[limits]`"),
        ] {
            assert!(said.contains(words), "{said}");
        }
        assert_eq!(no_such_setting("warp"), "there is no such setting.");
        assert_eq!(no_such_limit("warp"), "there is no such limit.");
    }
}
