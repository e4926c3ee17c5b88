//! Where the settings come from: flags before variables, variables before the file, the file before the defaults.

use serde::Deserialize;
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fmt;
use std::path::{Path, PathBuf};

use super::{DECLARED, Declared, Flags, Settings};
use crate::guard::Limits;

/// Settings in force, and where each came from.
pub struct Loaded {
    pub settings: Settings,
    pub in_force: Vec<InForce>,
}

/// One line of what is in force, fit to be shown.
#[derive(Debug, PartialEq, Eq)]
pub struct InForce {
    pub name: String,
    pub value: String,
    pub source: Source,
}

/// Who set a value.
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
}

/// The texts to read the settings from; it remembers what was refused and what came into force.
#[derive(Default)]
pub(super) struct Texts {
    given: BTreeMap<String, (Source, String)>,
    in_force: Vec<InForce>,
    faults: Vec<Fault>,
}

const PREFIX: &str = "CARTERA_";
const LIMITS: &str = "limits";
const DEFAULT_FILE: &str = "cartera.toml";
/// What the test suite is told; it starts servers that inherit these.
const TEST_PREFIX: &str = "CARTERA_TEST_";

/// Reads the settings from all sources, or answers everything that is wrong with them at once.
pub fn load(flags: &Flags, environment: impl IntoIterator<Item = (OsString, OsString)>) -> Result<Loaded, Vec<Fault>> {
    let mut texts = Texts::default();
    let mut limits = toml::Table::new();
    let variables = our_variables(environment, &mut texts.faults);
    let file = flags.config.clone().or_else(|| variables.get("config").map(PathBuf::from));
    if let Some((path, table)) = read_file(file, &mut texts.faults) {
        texts.take_file(&path, table, &mut limits);
    }
    texts.take_variables(variables, &mut limits);
    for (name, text) in flags.given() {
        texts.given.insert(name.to_owned(), (Source::Flag, text.to_owned()));
    }

    let limits = texts.read_limits(limits);
    let settings = Settings::from_texts(&mut texts, limits);
    texts
        .in_force
        .sort_by_key(|line| (line.name.starts_with("limits."), place_of(&line.name)));
    let contradictions = settings.contradictions().into_iter();
    if texts.faults.is_empty() {
        texts.faults.extend(contradictions.map(|reason| Fault {
            place: "settings".to_owned(),
            reason,
        }));
    }
    if texts.faults.is_empty() {
        Ok(Loaded {
            settings,
            in_force: texts.in_force,
        })
    } else {
        Err(texts.faults)
    }
}

/// The variable that sets a setting.
pub(super) fn variable(name: &str) -> String {
    format!("{PREFIX}{}", name.to_uppercase().replace('.', "_"))
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
                let place = format!("{} `{shown}`", place(&source, name));
                self.faults.push(Fault { place, reason });
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
                self.refuse(&source, &key, "there is no such setting");
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
            } else if name != "config" {
                self.refuse(&Source::Variable, &name, "there is no such setting");
            }
        }
    }

    fn take_limit(&mut self, source: &Source, name: String, value: toml::Value, limits: &mut toml::Table) {
        let key = format!("{LIMITS}.{name}");
        if !limit_table(&Limits::default()).contains_key(&name) {
            return self.refuse(source, &key, "there is no such limit");
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
        self.faults.push(Fault {
            place: place(source, name),
            reason: reason.to_owned(),
        });
    }
}

/// The `CARTERA_*` variables by the name of the setting they are for.
fn our_variables(environment: impl IntoIterator<Item = (OsString, OsString)>, faults: &mut Vec<Fault>) -> BTreeMap<String, String> {
    let mut variables = BTreeMap::new();
    for (variable, value) in environment {
        let variable = variable.to_string_lossy();
        let Some(name) = variable.strip_prefix(PREFIX) else {
            continue;
        };
        if variable.starts_with(TEST_PREFIX) {
            continue;
        }
        match value.into_string() {
            Ok(value) => drop(variables.insert(name.to_lowercase(), value)),
            Err(_) => faults.push(Fault {
                place: format!("variable {variable}"),
                reason: "expected a text in UTF-8".to_owned(),
            }),
        }
    }
    variables
}

/// The file with its content; `None` when none was asked for and the default one does not exist, or when it was refused.
fn read_file(asked: Option<PathBuf>, faults: &mut Vec<Fault>) -> Option<(PathBuf, toml::Table)> {
    let path = match asked {
        Some(path) => path,
        None if Path::new(DEFAULT_FILE).exists() => PathBuf::from(DEFAULT_FILE),
        None => return None,
    };
    let content = std::fs::read_to_string(&path).map_err(|error| error.to_string());
    let table = content.and_then(|content| {
        // The parser's long form quotes the line, and the line may hold a password.
        toml::from_str(&content).map_err(|error: toml::de::Error| match error.span() {
            Some(span) => {
                let line = content[..span.start].matches('\n').count() + 1;
                format!("line {line}: {}", error.message())
            }
            None => error.message().to_owned(),
        })
    });
    match table {
        Ok(table) => Some((path, table)),
        Err(reason) => {
            faults.push(Fault {
                place: format!("file {}", path.display()),
                reason,
            });
            None
        }
    }
}

fn declared(name: &str) -> Option<&'static Declared> {
    DECLARED.iter().find(|declared| declared.name == name)
}

fn place_of(name: &str) -> Option<usize> {
    DECLARED.iter().position(|declared| declared.name == name)
}

fn place(source: &Source, name: &str) -> String {
    match source {
        Source::Flag => format!("flag --{}", name.replace('_', "-")),
        Source::Variable => format!("variable {}", variable(name)),
        Source::File(path) => format!("key `{name}` in {}", path.display()),
        Source::Default => format!("default of {name}"),
    }
}

fn limit_table(limits: &Limits) -> toml::Table {
    toml::Table::try_from(limits).expect("limits are numbers by name")
}

/// A value of the file as one would write it in a variable; `None` for a table or a list of anything but texts.
fn text_of(value: &toml::Value) -> Option<String> {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_defaults_can_be_read() {
        let loaded = load_with(Flags::default(), &[]).unwrap();
        assert!(loaded.in_force.iter().all(|line| line.source == Source::Default));
        assert_eq!(loaded.in_force.len(), DECLARED.len() + limit_table(&Limits::default()).len());
        assert_eq!(loaded.settings.listen, Settings::default().listen);
    }

    #[test]
    fn flags_go_before_variables_before_the_file() {
        let file = "listen = '127.0.0.1:1'\nexplorer = false\nmax_connections = 10\ntrusted_proxies = ['10.0.0.0/8']";
        let (_directory, path) = written(file);
        let flags = Flags {
            config: Some(path),
            listen: Some("127.0.0.1:3".to_owned()),
            ..Flags::default()
        };
        let loaded = load_with(flags, &[("CARTERA_LISTEN", "127.0.0.1:2"), ("CARTERA_EXPLORER", "true")]).unwrap();
        assert_eq!(loaded.settings.listen.port(), 3);
        assert!(loaded.settings.explorer);
        assert_eq!(loaded.settings.max_connections, 10);
        assert_eq!(loaded.settings.trusted_proxies.len(), 1);
    }

    #[test]
    fn everything_wrong_is_reported_at_once_with_its_place() {
        let (_directory, path) = written("colour = 1\nadmin_email = 'nobody'\n[limits]\nwarp = 9\n");
        let flags = Flags {
            config: Some(path.clone()),
            listen: Some("here".to_owned()),
            ..Flags::default()
        };
        let variables = [
            ("CARTERA_SPEED", "1"),
            ("CARTERA_DATABASE", "postgres://a:secret@b:port/c"),
            ("CARTERA_LIMITS_COST", "much"),
            ("CARTERA_TEST_POSTGRES", "postgres://ignored"),
            ("HOME", "/"),
        ];
        let faults = load_with(flags, &variables).err().unwrap();
        let mut places: Vec<String> = faults.iter().map(|fault| fault.place.clone()).collect();
        places.sort();
        let file = path.display();
        let mut expected = vec![
            format!("key `admin_email` in {file} `nobody`"),
            format!("key `colour` in {file}"),
            format!("key `limits.warp` in {file}"),
            "flag --listen `here`".to_owned(),
            "variable CARTERA_DATABASE `postgres:(hidden)`".to_owned(),
            "variable CARTERA_LIMITS_COST".to_owned(),
            "variable CARTERA_SPEED".to_owned(),
        ];
        expected.sort();
        assert_eq!(places, expected);
    }

    #[test]
    fn limits_come_from_the_file_and_variables() {
        let (_directory, path) = written("[limits]\ncost = 10\npage_size = 50\n");
        let flags = Flags {
            config: Some(path),
            ..Flags::default()
        };
        let loaded = load_with(flags, &[("CARTERA_LIMITS_COST", "20")]).unwrap();
        let line = |name: &str| loaded.in_force.iter().find(|line| line.name == name).unwrap();
        assert_eq!(line("limits.cost").value, "20");
        assert_eq!(line("limits.cost").source, Source::Variable);
        assert_eq!(line("limits.page_size").value, "50");
    }

    #[test]
    fn secrets_are_hidden_in_what_is_in_force_and_in_errors() {
        let variables = [
            ("CARTERA_ADMIN_EMAIL", "ana@example.com"),
            ("CARTERA_ADMIN_PASSWORD", "open sesame"),
            ("CARTERA_DATABASE", "postgres://a:sesame@b/c"),
        ];
        let loaded = load_with(Flags::default(), &variables).unwrap();
        assert!(!format!("{:?}{:?}", loaded.in_force, loaded.settings).contains("sesame"));
        let (_directory, path) = written("admin_password = 'open sesame' oops");
        let faults = load_with(
            Flags {
                config: Some(path),
                ..Flags::default()
            },
            &[],
        )
        .err()
        .unwrap();
        assert!(faults[0].reason.starts_with("line 1"), "{faults:?}");
        assert!(!format!("{faults:?}").contains("sesame"));
        // In a wrong place, in a wrong form, or under a wrong name.
        for (content, variable) in [
            ("admin_passwrd = 'sesame'", ("CARTERA_ADMIN_PASSWRD", "sesame")),
            ("admin_password = ['sesame', 1]", ("CARTERA_LIMITS_PASSWORD", "sesame")),
            (
                "[admin_password]\nvalue = 'sesame'",
                ("CARTERA_DATABASE", "postgres:ana:sesame@host"),
            ),
            ("[limits]\ncost = 'sesame'", ("CARTERA_LIMITS_COST", "sesame")),
            (
                "traces_endpoint = 'https://ana:sesame@host'",
                ("CARTERA_TRACES_ENDPOINT", "http://host?key=sesame"),
            ),
            ("admin_password = 'open sesame\n", ("CARTERA_ADMIN_PASSWORD_", "sesame")),
            ("admin_password = sesame\n", ("CARTERA_PASSWORD", "sesame")),
        ] {
            let (_directory, path) = written(content);
            let flags = Flags {
                config: Some(path),
                ..Flags::default()
            };
            let by_variable = load_with(Flags::default(), &[variable]).err().unwrap();
            let by_file = load_with(flags, &[]).err().unwrap();
            for fault in by_file.iter().chain(&by_variable) {
                assert!(!fault.to_string().contains("sesame"), "{content}: {fault}");
            }
        }
    }

    #[test]
    fn contradictions_and_a_missing_file_are_refused() {
        let variables = [
            ("CARTERA_SESSION_IDLE_DAYS", "31"),
            ("CARTERA_ADMIN_PASSWORD", "x"),
            ("CARTERA_ADMIN_PASSWORD_FILE", "y"),
        ];
        for (variables, count) in [
            (&variables[..], 3),
            (&variables[..2], 2),
            (&variables[1..], 2),
            (&variables[2..], 1),
        ] {
            assert_eq!(load_with(Flags::default(), variables).err().unwrap().len(), count, "{variables:?}");
        }
        let flags = Flags {
            config: Some("/nowhere/cartera.toml".into()),
            ..Flags::default()
        };
        assert!(load_with(flags, &[]).is_err());
    }

    fn load_with(flags: Flags, variables: &[(&str, &str)]) -> Result<Loaded, Vec<Fault>> {
        load(&flags, variables.iter().map(|(name, value)| (name.into(), value.into())))
    }

    fn written(content: &str) -> (tempfile::TempDir, PathBuf) {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("cartera.toml");
        std::fs::write(&path, content).unwrap();
        (directory, path)
    }
}
