//! The `CARTERA_*` variables: those that set something, and what is said of the others. An orchestrator adds variables of its own, so an
//! unknown one is no reason to refuse a start.

use regex::Regex;
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::sync::LazyLock;

use super::sources::{Fault, LIMITS, declared, limit_table};
use super::{DECLARED, Source};
use crate::limits::Limits;
use crate::text::suggestions::{did_you_mean, nearest};

/// The settings in environment variables.
#[derive(Default)]
pub(super) struct Variables {
    /// By the name of the setting, such as `listen` or `limits_cost`.
    pub(super) given: BTreeMap<String, String>,
    /// Warnings about variables that set nothing. Values are not repeated: one may be a password under a misspelt name.
    pub(super) warnings: Vec<String>,
    pub(super) faults: Vec<Fault>,
}

const PREFIX: &str = "CARTERA_";
/// Prefix of the variables of the test suite; the servers that it starts inherit them.
const TEST_PREFIX: &str = "CARTERA_TEST_";
/// The setting of the file itself, which is no row of the table.
const CONFIG: &str = "config";

/// Usual names of other programs that no edit distance leads to ours.
const SYNONYMS: [(&str, &str); 7] = [
    ("port", "listen"),
    ("host", "listen"),
    ("bind", "listen"),
    ("address", "listen"),
    ("url", "database"),
    ("dsn", "database"),
    ("log", "log_level"),
];

/// Variables that Kubernetes adds to each container for a service called `cartera` or `cartera-…`.
static OF_KUBERNETES: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"^([A-Z0-9_]+_)?(SERVICE_HOST|SERVICE_PORT(_[A-Z0-9_]+)?|PORT(_[0-9]+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?)?)$")
        .expect("a test reads it")
});

/// The variable that sets a setting.
pub(super) fn variable(name: &str) -> String {
    format!("{PREFIX}{}", name.to_uppercase().replace('.', "_"))
}

/// Sorts the variables of the process. One without a value counts as not set.
pub(super) fn read(environment: impl IntoIterator<Item = (OsString, OsString)>) -> Variables {
    let mut variables = Variables::default();
    let ours: BTreeMap<String, OsString> = environment
        .into_iter()
        .map(|(variable, value)| (variable.to_string_lossy().into_owned(), value))
        .filter(|(variable, value)| variable.starts_with(PREFIX) && !variable.starts_with(TEST_PREFIX) && !value.is_empty())
        .collect();
    for (variable, value) in ours {
        let name = variable[PREFIX.len()..].to_lowercase();
        if !is_known(&name) {
            variables.warnings.extend(warning(&variable, &value.to_string_lossy()));
            continue;
        }
        match value.into_string() {
            Ok(value) => drop(variables.given.insert(name, value)),
            Err(_) => variables.faults.push(Fault {
                place: format!("variable {variable}"),
                reason: "expected a text in UTF-8".to_owned(),
                may_pass: false,
            }),
        }
    }
    variables
}

fn is_known(name: &str) -> bool {
    let limit = name.strip_prefix("limits_");
    name == CONFIG || declared(name).is_some() || limit.is_some_and(|limit| limit_table(&Limits::default()).contains_key(limit))
}

/// Warning about a variable that sets nothing; none for those of Kubernetes, of which there are many.
fn warning(variable: &str, value: &str) -> Option<String> {
    let name = &variable[PREFIX.len()..];
    // A plain number as CARTERA_PORT was written by hand.
    if OF_KUBERNETES.is_match(name) && (name != "PORT" || value.contains("://")) {
        return None;
    }
    let name = name.to_lowercase();
    let suggested: Vec<String> = match SYNONYMS.iter().find(|(word, _)| *word == name) {
        Some((_, meant)) => vec![self::variable(meant)],
        None => {
            let limits: Vec<String> = limit_table(&Limits::default())
                .keys()
                .map(|limit| format!("{LIMITS}_{limit}"))
                .collect();
            let known = DECLARED
                .iter()
                .map(|declared| declared.name)
                .chain(limits.iter().map(String::as_str));
            nearest(&name, known.chain([CONFIG])).into_iter().map(self::variable).collect()
        }
    };
    Some(format!(
        "{}: there is no such setting, and it is ignored.{}",
        Source::Variable.place(&name),
        did_you_mean(&suggested)
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(variables: &[(&str, &str)]) -> Variables {
        super::read(variables.iter().map(|(name, value)| (name.into(), value.into())))
    }

    #[test]
    fn unknown_variables_are_reported_with_what_may_have_been_meant() {
        for (variable, words) in [
            ("CARTERA_LISTN", "Did you mean `CARTERA_LISTEN`?"),
            ("CARTERA_DATABASE_URL", "Did you mean `CARTERA_DATABASE`"),
            ("CARTERA_CONFG", "Did you mean `CARTERA_CONFIG`?"),
            ("CARTERA_LIMITS_COSTS", "Did you mean `CARTERA_LIMITS_COST`"),
            ("CARTERA_PORT", "Did you mean `CARTERA_LISTEN`?"),
            ("CARTERA_HOST", "Did you mean `CARTERA_LISTEN`?"),
            ("CARTERA_SPEED", "ignored."),
        ] {
            let found = read(&[(variable, "8000")]);
            assert_eq!(
                (found.given.len(), found.faults.len(), found.warnings.len()),
                (0, 0, 1),
                "{variable}"
            );
            let warning = &found.warnings[0];
            assert!(warning.starts_with(&format!("variable {variable}: ")), "{warning}");
            assert!(warning.contains(words) && !warning.contains("8000"), "{warning}");
        }
    }

    #[test]
    fn variables_of_kubernetes_are_passed_over() {
        let found = read(&[
            ("CARTERA_SERVICE_HOST", "10.0.0.1"),
            ("CARTERA_SERVICE_PORT", "8000"),
            ("CARTERA_SERVICE_PORT_HTTP", "8000"),
            ("CARTERA_PORT", "tcp://10.0.0.1:8000"),
            ("CARTERA_PORT_8000_TCP", "tcp://10.0.0.1:8000"),
            ("CARTERA_PORT_8000_TCP_PROTO", "tcp"),
            ("CARTERA_PORT_8000_TCP_PORT", "8000"),
            ("CARTERA_PORT_8000_TCP_ADDR", "10.0.0.1"),
            ("CARTERA_DATABASE_SERVICE_HOST", "10.0.0.2"),
            ("CARTERA_DATABASE_PORT", "tcp://10.0.0.2:5432"),
            ("CARTERA_DATABASE_PORT_5432_TCP_ADDR", "10.0.0.2"),
        ]);
        assert_eq!(found.warnings, [""; 0]);
        assert_eq!((found.given.len(), found.faults.len()), (0, 0));
    }

    #[test]
    fn a_variable_without_a_value_is_not_set() {
        let found = read(&[("CARTERA_LISTEN", ""), ("CARTERA_SPEED", ""), ("CARTERA_LOG_LEVEL", "debug")]);
        assert_eq!(found.given, BTreeMap::from([("log_level".to_owned(), "debug".to_owned())]));
        assert_eq!(found.warnings, [""; 0]);
    }

    #[test]
    fn what_is_meant_by_other_words_exists() {
        for (_, meant) in SYNONYMS {
            assert!(is_known(meant), "{meant}");
        }
    }
}
