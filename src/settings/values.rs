//! Parsing of the texts of settings, with their errors.

use ipnet::IpNet;
use std::fmt;
use std::net::{Ipv4Addr, SocketAddr};
use std::str::FromStr;
use std::time::Duration;

use super::INPUT;
use crate::error::Problem;
use crate::rules::access as rules;
use crate::storage::Location;

/// A text that is never printed.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

/// Text shown instead of a secret.
pub const HIDDEN: &str = "(hidden)";

/// Format of the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFormat {
    Text,
    Json,
}

impl Secret {
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(HIDDEN)
    }
}

/// Reads anything that has a text form of its own; the words say what was expected.
pub fn text<T: FromStr>(expected: &'static str) -> impl Fn(&str) -> Result<T, String> {
    move |text| text.parse().map_err(|_| format!("expected {expected}"))
}

/// Reads a value that may be left empty.
pub fn optional<T>(reader: impl Fn(&str) -> Result<T, String>) -> impl Fn(&str) -> Result<Option<T>, String> {
    move |text| {
        if text.is_empty() { Ok(None) } else { reader(text).map(Some) }
    }
}

pub fn truth(text: &str) -> Result<bool, String> {
    text.parse().map_err(|_| "expected true or false".to_owned())
}

pub fn log_format(text: &str) -> Result<LogFormat, String> {
    match text {
        "text" => Ok(LogFormat::Text),
        "json" => Ok(LogFormat::Json),
        _ => Err("expected text or json".to_owned()),
    }
}

/// Information for salespeople about possible duplicates among the records of colleagues.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DuplicateHint {
    /// Nothing.
    None,
    /// That there is one, by which kind of match, and whether it is a client.
    Exists,
    /// The same, and the owner is notified of the attempt.
    ExistsAndNotify,
}

impl DuplicateHint {
    /// Whether salespeople see that there is one.
    pub fn is_shown(self) -> bool {
        self != DuplicateHint::None
    }

    /// Whether its owner is notified of the attempt.
    pub fn notifies_owner(self) -> bool {
        self == DuplicateHint::ExistsAndNotify
    }
}

pub fn duplicate_hint(text: &str) -> Result<DuplicateHint, String> {
    match text {
        "none" => Ok(DuplicateHint::None),
        "exists" => Ok(DuplicateHint::Exists),
        "exists_and_notify" => Ok(DuplicateHint::ExistsAndNotify),
        _ => Err("expected none, exists or exists_and_notify".to_owned()),
    }
}

pub fn log_filter(text: &str) -> Result<String, String> {
    match tracing_subscriber::EnvFilter::try_new(text) {
        // A lone word is taken for the name of a module, so that a mistyped level would silence the log.
        Ok(_) if text.split(',').any(is_level_or_directive) => Ok(text.to_owned()),
        Ok(_) => Err("expected a level such as info, or a filter such as info,cartera=debug".to_owned()),
        Err(error) => Err(error.to_string()),
    }
}

pub fn networks(text: &str) -> Result<Vec<IpNet>, String> {
    let parts = text.split(',').map(str::trim).filter(|part| !part.is_empty());
    parts
        .map(|part| {
            let address = part.parse().map(|address: std::net::IpAddr| IpNet::from(address));
            part.parse()
                .or(address)
                .map_err(|_| format!("`{part}` is not a network such as 10.0.0.0/8 or ::1/128"))
        })
        .collect()
}

/// More of anything would be a slip of the finger, and some of it is allocated at the start.
const MOST: u32 = 1_000_000;
/// The most connections to a database.
const MOST_CONNECTIONS: u32 = 1_000;

/// Reads a whole number from 1 to a million.
pub fn count<T: TryFrom<u32>>(text: &str) -> Result<T, String> {
    within(text, MOST)
}

/// Reads how many connections to a database there are.
pub fn connections(text: &str) -> Result<u32, String> {
    within(text, MOST_CONNECTIONS)
}

/// Reads the size of a file. Sizes fit the integers of GraphQL.
pub fn file_bytes(text: &str) -> Result<u64, String> {
    within(text, i32::MAX.unsigned_abs())
}

pub fn location(text: &str) -> Result<Location, String> {
    text.parse()
}

/// The most bytes of many files: a pebibyte.
const MOST_BYTES: u64 = 1 << 50;

/// Reads the size of many files together.
pub fn total_bytes(text: &str) -> Result<u64, String> {
    let number = text.parse().ok().filter(|number| (1..=MOST_BYTES).contains(number));
    number.ok_or_else(|| format!("expected a whole number from 1 to {MOST_BYTES}"))
}

fn within<T: TryFrom<u32>>(text: &str, most: u32) -> Result<T, String> {
    let number = text.parse().ok().filter(|number| (1..=most).contains(number));
    let number = number.and_then(|number| T::try_from(number).ok());
    number.ok_or_else(|| format!("expected a whole number from 1 to {most}"))
}

/// Reads an address to listen on. Other names than `localhost` are not looked up: a server listens on addresses of its own machine.
pub fn address(text: &str) -> Result<SocketAddr, String> {
    let read = match text.rsplit_once(':') {
        Some((host, port)) if host.eq_ignore_ascii_case("localhost") => {
            port.parse().ok().map(|port| SocketAddr::from((Ipv4Addr::LOCALHOST, port)))
        }
        _ => text.parse().ok(),
    };
    read.ok_or_else(|| "expected an address and port such as 127.0.0.1:8000, localhost:8000 or 0.0.0.0:8000".to_owned())
}

pub fn days(text: &str) -> Result<u32, String> {
    match text.parse() {
        Ok(number @ 1..=3650) => Ok(number),
        _ => Err("expected a number of days from 1 to 3650".to_owned()),
    }
}

pub fn seconds(text: &str) -> Result<Duration, String> {
    seconds_up_to(text, 3_600.0)
}

/// The longest upload in seconds: shorter than the day after which a sweep takes a file without a row for abandoned.
const LONGEST_UPLOAD: f64 = 20.0 * 3_600.0;

pub fn upload_seconds(text: &str) -> Result<Duration, String> {
    seconds_up_to(text, LONGEST_UPLOAD)
}

fn seconds_up_to(text: &str, most: f64) -> Result<Duration, String> {
    match text.parse::<f64>() {
        Ok(number) if (0.001..=most).contains(&number) => Ok(Duration::from_secs_f64(number)),
        _ => Err(format!("expected a number of seconds from 0.001 to {most}")),
    }
}

pub fn ratio(text: &str) -> Result<f64, String> {
    match text.parse() {
        Ok(number) if (0.0..=1.0).contains(&number) => Ok(number),
        _ => Err("expected a number from 0 to 1".to_owned()),
    }
}

pub fn country(text: &str) -> Result<String, String> {
    match rust_iso3166::from_alpha2(text) {
        Some(_) => Ok(text.to_owned()),
        None => Err("expected a country's two capital letters, such as VE".to_owned()),
    }
}

pub fn currency(text: &str) -> Result<String, String> {
    match iso_currency::Currency::from_code(text) {
        Some(_) => Ok(text.to_owned()),
        None => Err("expected a currency's three capital letters, such as USD".to_owned()),
    }
}

/// Reads a language with a country or a part of the world, written with a hyphen or an underscore; the value has the hyphen.
pub fn locale(text: &str) -> Result<String, String> {
    let text = text.replace('_', "-");
    let (language, region) = match text.split_once('-') {
        Some((language, region)) => (language, Some(region)),
        None => (text.as_str(), None),
    };
    let known_language = (2..=3).contains(&language.len()) && language.bytes().all(|letter| letter.is_ascii_lowercase());
    let is_part_of_world = |region: &str| region.len() == 3 && region.bytes().all(|digit| digit.is_ascii_digit());
    let known_region = region.is_none_or(|region| rust_iso3166::from_alpha2(region).is_some() || is_part_of_world(region));
    if known_language && known_region {
        return Ok(text);
    }
    Err("expected a language, such as es, or a language and country, such as es-VE".to_owned())
}

pub fn time_zone(text: &str) -> Result<String, String> {
    match text.parse::<chrono_tz::Tz>() {
        Ok(_) => Ok(text.to_owned()),
        Err(_) => Err("expected the name of a time zone, such as America/Caracas".to_owned()),
    }
}

/// The e-mail of a user, by the rules that the API keeps as well.
pub fn email(text: &str) -> Result<String, String> {
    rules::email(text, &[]).map_err(said)
}

/// The name of a user.
pub fn name(text: &str) -> Result<String, String> {
    rules::name(text, &[]).map_err(said)
}

/// A password, or the word for where it is read from.
pub fn password(text: &str) -> Result<Secret, String> {
    if text != INPUT {
        rules::password(text, &[]).map_err(said)?;
    }
    secret(text)
}

fn said(problem: Problem) -> String {
    problem.message
}

pub fn secret(text: &str) -> Result<Secret, String> {
    Ok(Secret(text.to_owned()))
}

/// Shows a value as it was written.
pub fn shown(text: &str) -> String {
    text.to_owned()
}

/// Shows nothing of a secret but whether there is one.
pub fn unseen(text: &str) -> String {
    if text.is_empty() { String::new() } else { HIDDEN.to_owned() }
}

fn is_level_or_directive(part: &str) -> bool {
    let levels = ["off", "error", "warn", "info", "debug", "trace"];
    part.contains('=') || levels.contains(&part.to_ascii_lowercase().as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_not_shown() {
        assert_eq!(format!("{:?}", secret("word").unwrap()), "(hidden)");
        assert_eq!((unseen("word"), unseen("")), ("(hidden)".to_owned(), String::new()));
    }

    #[test]
    fn wrong_values_are_refused() {
        assert!(count::<u32>("0").is_err());
        assert!(count::<u32>("-1").is_err());
        assert!(count::<u32>("1.5").is_err());
        assert!(count::<usize>("1000001").is_err());
        assert!(count::<usize>("18446744073709551615").is_err());
        assert!(connections("1001").is_err());
        assert!(total_bytes("0").is_err());
        assert!(total_bytes("1125899906842625").is_err());
        assert!(seconds("NaN").is_err());
        assert!(seconds("0").is_err());
        assert!(networks("10.0.0.0/33").is_err());
        assert!(log_filter("infp").is_err());
        assert!(log_filter("cartera=verbose").is_err());
        assert!(locale("es_XX").is_err());
        assert!(locale("es-VE.UTF-8").is_err());
        assert!(locale("Spanish").is_err());
        assert!(country("ve").is_err());
        assert!(currency("usd").is_err());
        assert!(time_zone("Caracas").is_err());
        assert!(email("a@b@c").is_err());
        assert!(ratio("1.5").is_err());
        assert!(ratio("NaN").is_err());
    }

    #[test]
    fn locales_are_spelled_with_a_hyphen() {
        for (typed, read) in [
            ("es", "es"),
            ("es-VE", "es-VE"),
            ("es_MX", "es-MX"),
            ("es-419", "es-419"),
            ("en-GB", "en-GB"),
        ] {
            assert_eq!(locale(typed).as_deref(), Ok(read));
        }
    }

    #[test]
    fn networks_are_lists_of_prefixes_or_addresses() {
        let read = networks("10.0.0.0/8, ::1").unwrap();
        assert_eq!(read, ["10.0.0.0/8".parse().unwrap(), "::1/128".parse::<IpNet>().unwrap()]);
        assert_eq!(networks("").unwrap(), []);
    }
}
