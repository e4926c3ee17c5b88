//! Addresses of databases and collectors: which are taken, and what of them may be shown. Only what is known to be harmless is.

use percent_encoding::percent_decode_str;
use sea_orm::sqlx::postgres::PgConnectOptions;
use std::fmt;
use std::net::IpAddr;
use std::ops::Deref;
use std::path::Path;
use std::str::FromStr;
use url::Url;

use super::values::HIDDEN;
use crate::db::file::{self, ENDINGS};

/// The address of the database, checked; it is printed without its password.
#[derive(Clone, PartialEq, Eq)]
pub struct DatabaseUrl(String);

/// Parameters of PostgreSQL whose values are shown.
const SHOWN: [&str; 6] = ["sslmode", "host", "port", "dbname", "user", "application_name"];
/// Parameters of which the names are shown. Any other name may be what a password looks like behind a `&` that is part of it.
const NAMED: [&str; 12] = [
    "password",
    "passfile",
    "hostaddr",
    "options",
    "connect_timeout",
    "sslpassword",
    "sslkey",
    "sslcert",
    "sslrootcert",
    "sslcrl",
    "target_session_attrs",
    "statement-cache-capacity",
];
/// Schemes that are shown of an address that cannot be read. What else stands before a colon may be a name, or a password.
const SCHEMES: [&str; 7] = ["postgres", "postgresql", "mysql", "mariadb", "mssql", "http", "https"];

impl DatabaseUrl {
    /// The file of an SQLite database; `None` for PostgreSQL.
    pub fn sqlite_file(&self) -> Option<&Path> {
        sqlite_path(&self.0).map(Path::new)
    }

    /// Location of the database, for people: the whole path of the file, or the name of the database and of its server. Without a password.
    pub fn place(&self) -> String {
        let Some(file) = self.sqlite_file() else {
            return match Server::of(self) {
                Some(server) => format!("database {} on {}", server.database, server.address),
                None => self.to_string(),
            };
        };
        // The folder of a file that is not there yet may be missing, too.
        let real = file::real(file).ok().or_else(|| std::path::absolute(file).ok());
        real.as_deref().unwrap_or(file).display().to_string()
    }

    /// Whether a reader of the address learns a password from it.
    pub fn has_password(&self) -> bool {
        self.sqlite_file().is_none() && shown_address(&self.0).contains(HIDDEN)
    }
}

/// Displayable parts of a PostgreSQL address: each part is a plain name, or hidden.
pub struct Server {
    /// Host and port, or the folder of the socket.
    pub address: String,
    pub database: String,
    pub user: String,
}

impl Server {
    /// None: it is an SQLite file, or its parts cannot be determined with certainty.
    pub fn of(database: &DatabaseUrl) -> Option<Server> {
        readable(&database.0)?;
        // What the address leaves out is taken from the environment, as when it is connected to.
        let options = PgConnectOptions::from_str(&database.0).ok()?;
        let named = |text: &str| plain(text).unwrap_or(HIDDEN).to_owned();
        let address = match options.get_socket().and_then(|folder| folder.to_str()) {
            Some(folder) => named(folder),
            None => {
                let host = options.get_host();
                let is_number = host.trim_matches(['[', ']']).parse::<IpAddr>().is_ok();
                let host = if is_number { host.to_owned() } else { named(host) };
                format!("{host}:{}", options.get_port())
            }
        };
        let user = options.get_username();
        Some(Server {
            address,
            database: named(options.get_database().unwrap_or(user)),
            user: named(user),
        })
    }
}

/// So that a connection can be opened with it; anything for people's eyes goes through `Display`.
impl From<DatabaseUrl> for String {
    fn from(address: DatabaseUrl) -> Self {
        address.0
    }
}

impl Deref for DatabaseUrl {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl FromStr for DatabaseUrl {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        database(text)
    }
}

impl fmt::Debug for DatabaseUrl {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&shown_address(&self.0))
    }
}

impl fmt::Display for DatabaseUrl {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&shown_address(&self.0))
    }
}

pub fn database(text: &str) -> Result<DatabaseUrl, String> {
    if let Some(path) = sqlite_path(text) {
        if path.is_empty() {
            return Err("the name of the file is missing".to_owned());
        }
        // Readers and the writer are separate connections, and each would see a memory of its own.
        if path.contains(":memory:") {
            return Err("a database in memory is not supported".to_owned());
        }
        if path.contains(['?', '%']) {
            return Err("the name of the file contains `?` or `%`".to_owned());
        }
        if let Some(ending) = ENDINGS.iter().find(|ending| path.ends_with(*ending)) {
            return Err(format!("`{ending}` ends the names of files that lie beside a database"));
        }
        return Ok(DatabaseUrl(text.to_owned()));
    }
    if text.starts_with("postgres://") || text.starts_with("postgresql://") {
        // The parser's own words may repeat parts of the address, and so of a password.
        return match PgConnectOptions::from_str(text) {
            Ok(_) => Ok(DatabaseUrl(text.to_owned())),
            Err(_) => Err("expected an address such as postgres://user:password@host:5432/name, \
                           with the special characters of its parts percent-encoded"
                .to_owned()),
        };
    }
    Err("expected sqlite:FILE or postgres://USER:PASSWORD@HOST/NAME".to_owned())
}

/// Plain HTTP only: a collector on the same machine or network takes it on from there. Its whole address may be in the log.
pub fn collector(text: &str) -> Result<String, String> {
    let host = text.strip_prefix("http://").and_then(|rest| rest.split('/').next());
    let has_more = text.contains(['@', '?', '#']) || text.contains(char::is_whitespace);
    match host {
        Some(host) if !host.is_empty() && !has_more => Ok(text.to_owned()),
        _ => Err("expected an address such as http://127.0.0.1:4318/v1/traces, without TLS, a password or parameters".to_owned()),
    }
}

/// Shows a database address without its secrets, also one that is otherwise wrong.
pub fn shown_address(text: &str) -> String {
    if text.is_empty() || text.starts_with("sqlite:") {
        return text.to_owned();
    }
    readable(text).unwrap_or_else(|| scheme_alone(text))
}

/// Shows a collector's address if it is one that is taken.
pub fn shown_collector(text: &str) -> String {
    if text.is_empty() || collector(text).is_ok() {
        text.to_owned()
    } else {
        scheme_alone(text)
    }
}

fn scheme_alone(text: &str) -> String {
    match text.split_once(':') {
        Some((scheme, _)) if SCHEMES.contains(&scheme) => format!("{scheme}:{HIDDEN}"),
        _ => HIDDEN.to_owned(),
    }
}

/// The address by parts; None if they cannot be determined with certainty.
fn readable(text: &str) -> Option<String> {
    let (_, rest) = text.strip_prefix("postgres").and_then(|rest| rest.split_once("://"))?;
    let url = Url::parse(text)
        .ok()
        .filter(|url| ["postgres", "postgresql"].contains(&url.scheme()))?;
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    // Behind a password that was not percent-encoded the parser takes its end for a path or for parameters.
    if rest[authority.len()..].contains('@') || authority.matches('@').count() > 1 || url.fragment().is_some() {
        return None;
    }
    let user = match (url.username(), url.password()) {
        ("", None) => String::new(),
        (name, None) => format!("{}@", plain(name)?),
        (name, Some(_)) => format!("{}:{HIDDEN}@", plain(name)?),
    };
    let host = url.host_str().unwrap_or_default();
    let port = url.port().map_or_else(String::new, |port| format!(":{port}"));
    let path = match url.path() {
        "" => String::new(),
        path => format!("/{}", plain(path.strip_prefix('/')?)?),
    };
    let parameters: Vec<String> = url.query_pairs().map(|(name, value)| parameter(&name, &value)).collect();
    let query = if parameters.is_empty() {
        String::new()
    } else {
        format!("?{}", parameters.join("&"))
    };
    Some(format!("{}://{user}{host}{port}{path}{query}", url.scheme()))
}

fn parameter(name: &str, value: &str) -> String {
    match plain(value) {
        Some(value) if SHOWN.contains(&name) => format!("{name}={value}"),
        _ if SHOWN.contains(&name) || NAMED.contains(&name) => format!("{name}={HIDDEN}"),
        _ => format!("{HIDDEN}={HIDDEN}"),
    }
}

/// A text that is a name and nothing more: an address within an address would have a colon.
fn plain(text: &str) -> Option<&str> {
    let decoded = percent_decode_str(text).decode_utf8().ok()?;
    let is_plain = |letter: char| letter.is_alphanumeric() || "-_./ ".contains(letter);
    decoded.chars().all(is_plain).then_some(text)
}

fn sqlite_path(text: &str) -> Option<&str> {
    text.strip_prefix("sqlite://").or_else(|| text.strip_prefix("sqlite:"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_shown_without_their_secrets() {
        for (address, shown) in [
            ("postgres://ana:pw@host/crm", "postgres://ana:(hidden)@host/crm"),
            ("postgresql://ana:pw@host:5432/crm", "postgresql://ana:(hidden)@host:5432/crm"),
            ("postgres://ana@host/crm", "postgres://ana@host/crm"),
            ("postgres://host", "postgres://host"),
            ("postgres://:pw@[::1]/crm", "postgres://:(hidden)@[::1]/crm"),
            (
                "postgres://host/crm?user=a&password=pw&sslmode=require",
                "postgres://host/crm?user=a&password=(hidden)&sslmode=require",
            ),
            ("postgres://host/crm?pass%77ord=pw", "postgres://host/crm?password=(hidden)"),
            ("postgres://host/crm?sslpassword=pw", "postgres://host/crm?sslpassword=(hidden)"),
            ("postgres://host/crm?options=-c%20a.b%3Dpw", "postgres://host/crm?options=(hidden)"),
            (
                "postgres://host/crm?password=a&pw=1",
                "postgres://host/crm?password=(hidden)&(hidden)=(hidden)",
            ),
            ("postgres://host/crm?PASSWORD=pw", "postgres://host/crm?(hidden)=(hidden)"),
            (
                "postgres://host/crm?dbname=postgres%3A%2F%2Fa%3Apw%40h",
                "postgres://host/crm?dbname=(hidden)",
            ),
            ("sqlite:crm.db", "sqlite:crm.db"),
            ("sqlite:///x/crm.db", "sqlite:///x/crm.db"),
            ("", ""),
        ] {
            assert_eq!(shown_address(address), shown);
        }
        assert_eq!(
            format!("{0:?} {0}", database("postgres://a:b@c/d").unwrap()),
            "postgres://a:(hidden)@c/d postgres://a:(hidden)@c/d"
        );
    }

    #[test]
    fn of_an_address_that_cannot_be_read_no_more_than_the_scheme_is_shown() {
        for (address, shown) in [
            ("postgres:ana:pw@host", "postgres:(hidden)"),
            ("postgres//ana:pw@host", "(hidden)"),
            ("ana:pw@host/crm", "(hidden)"),
            ("pw", "(hidden)"),
            ("pw://host", "(hidden)"),
            ("mysql://ana:pw@host", "mysql:(hidden)"),
            ("postgres://ana:p@pw@host/crm", "postgres:(hidden)"),
            ("postgres://ana:p/pw@host/crm", "postgres:(hidden)"),
            ("postgres://ana:12/pw@host/crm", "postgres:(hidden)"),
            ("postgres://ana:12?pw@host/crm", "postgres:(hidden)"),
            ("postgres://ana:12#pw@host/crm", "postgres:(hidden)"),
            ("postgres://ana:pw@host:port/crm", "postgres:(hidden)"),
            ("postgres://ana%3Apw@host/crm", "postgres:(hidden)"),
            ("postgres://host/crm%3Apw", "postgres:(hidden)"),
            ("postgres://host/crm#pw", "postgres:(hidden)"),
            ("Postgres://ana:pw@host", "(hidden)"),
            ("postgresX://ana:pw@host", "(hidden)"),
        ] {
            assert_eq!(shown_address(address), shown, "{address}");
        }
    }

    #[test]
    fn places_are_shown_without_secrets() {
        for (address, place) in [
            ("postgres://ana:pw@host:5433/crm", "database crm on host:5433"),
            ("postgres://ana:pw@[::1]:5433/crm", "database crm on [::1]:5433"),
            (
                "postgres://ana:pw@10.0.0.1:5433/crm?sslmode=disable",
                "database crm on 10.0.0.1:5433",
            ),
            ("postgres://ana:pw@host:5433/crm?dbname=a%3Apw", "database (hidden) on host:5433"),
            ("postgres://ana:12/pw@host/crm", "postgres:(hidden)"),
            ("sqlite:/nowhere/crm.db", "/nowhere/crm.db"),
        ] {
            assert_eq!(database(address).unwrap().place(), place, "{address}");
        }
        let here = database("sqlite:crm.db").unwrap().place();
        assert!(Path::new(&here).is_absolute() && here.ends_with("/crm.db"), "{here}");
    }

    #[test]
    fn passwords_are_known_to_be_there() {
        for (address, has) in [
            ("postgres://a:b@c/d", true),
            ("postgres://c/d?password=b", true),
            ("postgres://a@c/d?sslmode=require", false),
            ("sqlite:a:b@c", false),
        ] {
            assert_eq!(database(address).unwrap().has_password(), has, "{address}");
        }
    }

    #[test]
    fn databases_are_files_or_postgres() {
        assert_eq!(database("sqlite:a.db").unwrap().sqlite_file(), Some(Path::new("a.db")));
        assert_eq!(database("sqlite:///x/a.db").unwrap().sqlite_file(), Some(Path::new("/x/a.db")));
        assert_eq!(database("postgres://a@b/c").unwrap().sqlite_file(), None);
        for refused in [
            "",
            "a.db",
            "sqlite:",
            "sqlite::memory:",
            "sqlite:a?mode=ro",
            "sqlite:a.db-wal",
            "sqlite:a.db.lock",
            "sqlite:a.db.replaced",
            "mysql://a",
            "postgres://a:b:c@d:e/f",
        ] {
            assert!(database(refused).is_err(), "{refused}");
        }
    }

    #[test]
    fn collectors_have_no_secrets() {
        let taken = "http://127.0.0.1:4318/v1/traces";
        assert_eq!((collector(taken), shown_collector(taken)), (Ok(taken.to_owned()), taken.to_owned()));
        for (refused, shown) in [
            ("https://ana:pw@host/v1/traces", "https:(hidden)"),
            ("http://ana:pw@host/v1/traces", "http:(hidden)"),
            ("http://host/v1/traces?key=pw", "http:(hidden)"),
            ("http://host/v1/traces#pw", "http:(hidden)"),
            ("ana:pw@host", "(hidden)"),
        ] {
            assert!(collector(refused).is_err(), "{refused}");
            assert_eq!(shown_collector(refused), shown);
        }
    }
}
