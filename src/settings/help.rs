//! Text of `cartera help settings`: every setting once, grouped by topic.

use super::environment::variable;
use super::file::text_of;
use super::sources::{LIMITS, declared, limit_table};
use super::{DECLARED, Declared};
use crate::limits::{Limits, sizes};

/// The settings by what they are about.
const GROUPS: [(&str, &[&str]); 11] = [
    (
        "Database",
        &[
            "database",
            "sqlite_readers",
            "postgres_connections",
            "statement_timeout",
            "report_timeout",
        ],
    ),
    (
        "Documents",
        &[
            "storage",
            "document_max_bytes",
            "document_bytes_per_prospect",
            "document_total_bytes",
            "document_free_bytes",
            "document_restore_days",
            "upload_timeout",
        ],
    ),
    ("Network", &["listen", "trusted_proxies", "cors_origins"]),
    ("Pages", &["explorer", "graphiql_dir"]),
    (
        "First administrator",
        &["admin_email", "admin_name", "admin_password", "admin_password_file"],
    ),
    (
        "Sessions and sign-in",
        &[
            "session_idle_days",
            "session_absolute_days",
            "login_failures_per_account",
            "login_failures_per_address",
            "login_window_minutes",
        ],
    ),
    (
        "New users and values without a country or currency",
        &["default_country", "default_currency", "default_locale", "default_time_zone"],
    ),
    (
        "Prospects",
        &[
            "require_source_and_task",
            "duplicate_hint",
            "identifier_lookups_per_minute",
            "estimate_age",
            "retired_field_days",
        ],
    ),
    (
        "Log, metrics and traces",
        &["log_format", "log_level", "metrics_listen", "traces_endpoint", "traces_ratio"],
    ),
    (
        "Load",
        &[
            "max_connections",
            "max_connections_per_address",
            "max_concurrent_requests",
            "max_concurrent_requests_per_user",
            "max_concurrent_uploads",
            "max_concurrent_downloads",
            "request_timeout",
        ],
    ),
    ("Jobs", &["jobs_in_serve", "job_workers"]),
];

const HEAD: &str = "\
Settings, for all commands

Each is read from its flag, else from its variable, else from the TOML file, else it has its default. A variable without a value counts as
not set. The flag of `log_level` is --log-level, and in the file it is written log_level = \"debug\". `cartera config` shows the settings in
force.

  config
      The TOML file with settings
      CARTERA_CONFIG, default: ./cartera.toml if there is one
";

/// Width of a line of a description, in characters.
const WIDTH: usize = 110;

/// All settings, grouped: name, meaning, variable and default.
pub fn overview() -> String {
    let mut text = HEAD.to_owned();
    for (group, names) in GROUPS {
        text.push_str(&format!("\n{group}\n"));
        for declared in names.iter().filter_map(|name| declared(name)) {
            text.push_str(&entry(declared.name, declared.description, declared.default));
        }
    }
    let ungrouped: Vec<&Declared> = ungrouped().collect();
    if !ungrouped.is_empty() {
        text.push_str("\nOthers\n");
        text.extend(
            ungrouped
                .iter()
                .map(|declared| entry(declared.name, declared.description, declared.default)),
        );
    }
    text.push_str("\nLimits of a request, in the file in the table [limits]; without a flag\n");
    let defaults = limit_table(&Limits::default());
    for (name, description) in sizes::DESCRIBED {
        let default = defaults.get(*name).and_then(text_of).unwrap_or_default();
        text.push_str(&entry(&format!("{LIMITS}.{name}"), description, &default));
    }
    text
}

fn ungrouped() -> impl Iterator<Item = &'static Declared> {
    let is_grouped = |name: &str| GROUPS.iter().any(|(_, names)| names.contains(&name));
    DECLARED.iter().filter(move |declared| !is_grouped(declared.name))
}

fn entry(name: &str, description: &str, default: &str) -> String {
    let default = if default.is_empty() { "none" } else { default };
    format!("\n  {name}\n{}      {}, default: {default}\n", wrapped(description), variable(name))
}

/// The words in lines of the width, each indented.
fn wrapped(text: &str) -> String {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        match lines.last_mut() {
            Some(line) if line.chars().count() + 1 + word.chars().count() <= WIDTH => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines.iter().map(|line| format!("      {line}\n")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_setting_is_in_one_group() {
        let left: Vec<&str> = ungrouped().map(|declared| declared.name).collect();
        assert_eq!(left, [""; 0], "to be put into one of the groups");
        let mut grouped: Vec<&str> = GROUPS.iter().flat_map(|(_, names)| *names).copied().collect();
        let count = grouped.len();
        grouped.sort_unstable();
        grouped.dedup();
        assert_eq!((grouped.len(), count), (DECLARED.len(), DECLARED.len()));
        assert!(grouped.iter().all(|name| declared(name).is_some()));
    }

    #[test]
    fn each_is_described_with_its_variable_and_default() {
        let text = overview();
        for words in [
            "\n  listen\n      The address and port to listen on\n      CARTERA_LISTEN, default: 127.0.0.1:8000\n",
            "\n  limits.page_size\n      Records in a page\n      CARTERA_LIMITS_PAGE_SIZE, default: 100\n",
            "CARTERA_ADMIN_EMAIL, default: none\n",
        ] {
            assert!(text.contains(words), "{words}: {text}");
        }
        let names: Vec<String> = limit_table(&Limits::default())
            .keys()
            .map(|name| variable(&format!("limits.{name}")))
            .collect();
        let all = DECLARED.iter().map(|declared| variable(declared.name)).chain(names);
        for variable in all {
            let count = text.matches(&format!("      {variable}, default: ")).count();
            assert_eq!(count, 1, "{variable}");
        }
        assert!(text.lines().all(|line| line.chars().count() <= 140), "{text}");
    }
}
