//! The pages name every setting as the code declares it.

use std::collections::BTreeSet;

use cartera::limits::Limits;
use cartera::settings::{DECLARED, Declared};
use regex::Regex;

use super::blocks::{README, SPANISH};

const SETTINGS: &str = include_str!("../../../docs/settings.md");
const LIMITS: &str = include_str!("../../../docs/limits.md");

fn variable(name: &str) -> String {
    format!("CARTERA_{}", name.to_uppercase())
}

/// The row of the table, as the declaration has it.
fn row(setting: &Declared) -> String {
    let default = match setting.default {
        "" => "none".to_owned(),
        default => format!("`{default}`"),
    };
    let description = setting.description.trim().replace("  ", " ");
    format!("| `{}` | `{}` | {default} | {description} |", setting.name, variable(setting.name))
}

#[test]
fn the_table_of_settings_is_what_the_code_declares() {
    let expected: Vec<String> = DECLARED.iter().map(row).collect();
    let found: Vec<&str> = SETTINGS.lines().filter(|line| line.starts_with("| `")).collect();
    assert!(
        found == expected,
        "docs/settings.md should have exactly these rows:\n{}\n",
        expected.join("\n")
    );
}

#[test]
fn every_limit_is_in_the_manual() {
    let limits = serde_json::to_value(Limits::default()).expect("limits are data");
    let limits = limits.as_object().expect("limits have names");
    assert!(!limits.is_empty());
    for name in limits.keys() {
        assert!(LIMITS.contains(&format!("`{name}`")), "docs/limits.md does not list {name}");
    }
}

#[test]
fn the_readme_names_no_setting_that_is_not_there() {
    let known: BTreeSet<String> = DECLARED.iter().map(|setting| variable(setting.name)).collect();
    let pattern = Regex::new(r"CARTERA_[A-Z_]+").expect("a pattern");
    for page in [README, SPANISH] {
        let named: BTreeSet<String> = pattern.find_iter(page).map(|found| found.as_str().to_owned()).collect();
        assert!(named.len() > 5, "{named:?}");
        let unknown: Vec<&String> = named.difference(&known).collect();
        assert!(unknown.is_empty(), "{unknown:?}");
    }
}
