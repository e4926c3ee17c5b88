//! Sources of settings: flags before variables, variables before the file, the file before the defaults.

use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::fmt;
use std::path::{Path, PathBuf};

use super::environment::{self, variable};
use super::file::{self, no_such_limit, no_such_setting, text_of};
use super::{DECLARED, Declared, Flags, Purpose, Settings};
use crate::limits::Limits;

/// Settings in force, and where each came from.
pub struct Loaded {
    pub settings: Settings,
    pub in_force: Vec<InForce>,
    /// Warnings that do not prevent the start: variables that set nothing.
    pub warnings: Vec<String>,
}

/// Settings that are not taken.
#[derive(Debug)]
pub struct Refused {
    pub faults: Vec<Fault>,
    /// As of settings that are taken: a misspelt variable may be the reason of a fault.
    pub warnings: Vec<String>,
}

/// One line of what is in force, fit to be shown.
#[derive(Debug, PartialEq, Eq)]
pub struct InForce {
    pub name: String,
    pub value: String,
    pub source: Source,
}

/// Source of a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    Flag,
    Variable,
    File(PathBuf),
    Default,
}

/// A setting that was refused, by the place where it was written.
#[derive(Debug, PartialEq, Eq)]
pub struct Fault {
    pub place: String,
    pub reason: String,
    /// Whether it may be gone at a later start though no setting has changed, as of a folder that is mounted late.
    pub may_pass: bool,
}

/// The texts to read the settings from; it remembers what was refused and what came into force.
#[derive(Default)]
pub(super) struct Texts {
    given: BTreeMap<String, (Source, String)>,
    in_force: Vec<InForce>,
    faults: Vec<Fault>,
    /// The names of the settings among the faults.
    refused: BTreeSet<String>,
}

/// The table of the file that holds the limits.
pub(super) const LIMITS: &str = "limits";

/// Reads the settings from all sources, or answers everything that is wrong with them at once.
pub fn load(flags: &Flags, environment: impl IntoIterator<Item = (OsString, OsString)>, purpose: Purpose) -> Result<Loaded, Refused> {
    let mut texts = Texts::default();
    let mut limits = toml::Table::new();
    let variables = environment::read(environment);
    texts.faults.extend(variables.faults);
    let asked = flags.config.clone().or_else(|| variables.given.get("config").map(PathBuf::from));
    let mut is_whole = true;
    match file::read(asked) {
        Ok(Some((path, table))) => texts.take_file(&path, table, &mut limits),
        Ok(None) => {}
        Err(fault) => {
            texts.faults.push(fault);
            is_whole = false;
        }
    }
    texts.take_variables(variables.given, &mut limits);
    for (name, text) in flags.given() {
        texts.given.insert(name.to_owned(), (Source::Flag, text.to_owned()));
    }

    let limits = texts.read_limits(limits);
    let mut settings = Settings::from_texts(&mut texts, limits);
    texts
        .in_force
        .sort_by_key(|line| (line.name.starts_with("limits."), place_of(&line.name)));
    // What a file would have said that cannot be read is not known.
    if is_whole {
        texts.check(&mut settings, purpose);
    }
    if texts.faults.is_empty() {
        Ok(Loaded {
            settings,
            in_force: texts.in_force,
            warnings: variables.warnings,
        })
    } else {
        Err(Refused {
            faults: texts.faults,
            warnings: variables.warnings,
        })
    }
}

impl Source {
    /// Location of a setting of this name, for messages.
    pub(super) fn place(&self, name: &str) -> String {
        match self {
            Source::Flag => format!("flag --{}", name.replace('_', "-")),
            Source::Variable => format!("variable {}", variable(name)),
            Source::File(path) => format!("key `{name}` in {}", path.display()),
            Source::Default => format!("default of {name}"),
        }
    }
}

impl fmt::Display for Source {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Flag => formatter.write_str("flag"),
            Self::Variable => formatter.write_str("variable"),
            Self::File(path) => write!(formatter, "file {}", path.display()),
            Self::Default => formatter.write_str("default"),
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: {}", self.place, self.reason)
    }
}

impl Texts {
    /// Adds what is wrong with settings that were each taken alone.
    fn check(&mut self, settings: &mut Settings, purpose: Purpose) {
        let is_refused = |names: &[&str]| names.iter().any(|name| self.refused.contains(*name));
        let contradictions: Vec<_> = settings
            .contradictions()
            .into_iter()
            .filter(|found| !is_refused(found.settings))
            .collect();
        let is_clear = contradictions.iter().all(|found| !found.settings.contains(&"admin_password_file"));
        if is_clear && purpose != Purpose::Other {
            self.faults.extend(settings.read_password_file().err());
        }
        self.faults.extend(settings.missing(purpose));
        self.faults.extend(contradictions.into_iter().map(|found| Fault {
            place: "settings".to_owned(),
            reason: found.reason,
            may_pass: false,
        }));
    }

    /// The value of one setting; a text that cannot be read is reported, and the default stands in for it.
    pub(super) fn read<T>(&mut self, name: &str, reader: impl Fn(&str) -> Result<T, String>) -> T {
        let declared = declared(name).expect("the same macro writes the names and the table");
        let (source, text) = match self.given.remove(name) {
            Some(given) => given,
            None => (Source::Default, declared.default.to_owned()),
        };
        let shown = (declared.show)(&text);
        match reader(&text) {
            Ok(value) => {
                self.in_force.push(InForce {
                    name: name.to_owned(),
                    value: shown,
                    source,
                });
                value
            }
            Err(reason) => {
                let place = format!("{} `{shown}`", source.place(name));
                self.faults.push(Fault {
                    place,
                    reason,
                    may_pass: false,
                });
                self.refused.insert(name.to_owned());
                reader(declared.default).expect("a test reads every default")
            }
        }
    }

    fn take_file(&mut self, path: &Path, table: toml::Table, limits: &mut toml::Table) {
        let source = Source::File(path.to_owned());
        for (key, value) in table {
            if key == LIMITS {
                let toml::Value::Table(given) = value else {
                    self.refuse(&source, &key, "expected a table");
                    continue;
                };
                for (key, value) in given {
                    self.take_limit(&source, key, value, limits);
                }
            } else if declared(&key).is_none() {
                self.refuse(&source, &key, &no_such_setting(&key));
            } else {
                match text_of(&value) {
                    Some(text) => drop(self.given.insert(key, (source.clone(), text))),
                    None => self.refuse(&source, &key, "expected a text, a number, true, false or a list"),
                }
            }
        }
    }

    fn take_variables(&mut self, variables: BTreeMap<String, String>, limits: &mut toml::Table) {
        for (name, text) in variables {
            if let Some(limit) = name.strip_prefix("limits_") {
                let number = text.parse().map(toml::Value::Integer);
                let value = number.unwrap_or(toml::Value::String(text));
                self.take_limit(&Source::Variable, limit.to_owned(), value, limits);
            } else if declared(&name).is_some() {
                self.given.insert(name, (Source::Variable, text));
            }
        }
    }

    fn take_limit(&mut self, source: &Source, name: String, value: toml::Value, limits: &mut toml::Table) {
        let key = format!("{LIMITS}.{name}");
        if !limit_table(&Limits::default()).contains_key(&name) {
            return self.refuse(source, &key, &no_such_limit(&name));
        }
        let Some(shown) = text_of(&value) else {
            return self.refuse(source, &key, "expected a number");
        };
        // Each is tried alone, so that several wrong ones are reported together.
        let alone = toml::Table::from_iter([(name.clone(), value.clone())]);
        if Limits::deserialize(alone).is_err() {
            // The library's own words repeat the value.
            return self.refuse(source, &key, "expected a whole number that fits");
        }
        self.given.insert(key, (source.clone(), shown));
        limits.insert(name, value);
    }

    fn read_limits(&mut self, given: toml::Table) -> Limits {
        let limits = Limits::deserialize(given).expect("each of them was read alone before");
        for (name, value) in limit_table(&limits) {
            let key = format!("{LIMITS}.{name}");
            let source = self.given.remove(&key).map_or(Source::Default, |(source, _)| source);
            let value = text_of(&value).expect("limits are numbers by name");
            self.in_force.push(InForce { name: key, value, source });
        }
        limits
    }

    fn refuse(&mut self, source: &Source, name: &str, reason: &str) {
        self.refused.insert(name.to_owned());
        self.faults.push(Fault {
            place: source.place(name),
            reason: reason.to_owned(),
            may_pass: false,
        });
    }
}

pub(super) fn declared(name: &str) -> Option<&'static Declared> {
    DECLARED.iter().find(|declared| declared.name == name)
}

fn place_of(name: &str) -> Option<usize> {
    DECLARED.iter().position(|declared| declared.name == name)
}

pub(super) fn limit_table(limits: &Limits) -> toml::Table {
    toml::Table::try_from(limits).expect("limits are numbers by name")
}

#[cfg(test)]
mod tests;
