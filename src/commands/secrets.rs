//! Passwords on the command line: others on the machine see them, and no complaint about the line repeats them.

use std::ffi::OsString;
use std::fs;
use std::os::unix::fs::PermissionsExt;

use cartera::settings::{DatabaseUrl, Fault, INPUT, Loaded, Settings, Source};
use clap::error::{ContextKind, ContextValue};
use percent_encoding::percent_decode_str;

/// Flags that precede a password. A following word, such as one of a password without quotes, is also secret.
const BEFORE_SECRETS: [&str; 4] = ["--admin-pass", "--database", "--from", "--to"];
const HIDDEN: &str = "(hidden)";

/// An address of a database as an argument. It is read after the line as a whole, whose reader would repeat a wrong one.
pub fn address(flag: &str, text: &str) -> Result<DatabaseUrl, Fault> {
    text.parse().map_err(|reason| Fault {
        place: format!("flag {flag}"),
        reason,
        may_pass: false,
    })
}

/// The same complaint without the words that may be secrets.
pub fn without_secrets(mut complaint: clap::Error, line: impl IntoIterator<Item = OsString>) -> clap::Error {
    let has_secret = line.into_iter().any(|word| {
        let word = word.to_string_lossy();
        may_hold_password(&word) || BEFORE_SECRETS.iter().any(|flag| word.starts_with(flag))
    });
    for kind in [ContextKind::InvalidArg, ContextKind::InvalidSubcommand, ContextKind::InvalidValue] {
        let Some(ContextValue::String(word)) = complaint.get(kind) else {
            continue;
        };
        let shown = match word.split_once('=') {
            Some((flag, _)) if flag.starts_with("--") && !may_hold_password(flag) => flag.to_owned(),
            _ if may_hold_password(word) || (has_secret && !word.starts_with("--")) => HIDDEN.to_owned(),
            _ => continue,
        };
        complaint.insert(kind, ContextValue::String(shown));
        // The advice repeats the word as well.
        complaint.remove(ContextKind::Suggested);
    }
    complaint
}

/// Whether a single word may be an address with a password, or a part of one: its flag may have been forgotten.
fn may_hold_password(word: &str) -> bool {
    let decoded = percent_decode_str(word).decode_utf8_lossy().to_lowercase();
    let has_user = decoded.split_once(':').is_some_and(|(_, rest)| rest.contains('@'));
    has_user || decoded.contains("://") || decoded.contains("password=")
}

/// Warns of passwords that were given as flags.
pub fn warn_of_flags(loaded: &Loaded) {
    let is_flag = |name: &str| loaded.in_force.iter().any(|line| line.name == name && line.source == Source::Flag);
    if is_flag("admin_password") && holds_password(&loaded.settings, "admin_password") {
        tracing::warn!("the password in --admin-password is seen by others on this machine: use --admin-password-file");
    }
    if is_flag("database") {
        warn_of_address("--database", &loaded.settings.database);
    }
}

/// Warns of passwords in a settings file that other accounts can read.
pub fn warn_of_file(loaded: &Loaded) {
    for line in &loaded.in_force {
        let (name, Source::File(file)) = (&line.name, &line.source) else {
            continue;
        };
        let mode = fs::metadata(file).map_or(0, |found| found.permissions().mode() & 0o777);
        if mode & 0o077 != 0 && holds_password(&loaded.settings, name) {
            tracing::warn!(
                "the password in `{name}` of {} can be read by other accounts on this machine (mode {mode:04o}): chmod 600",
                file.display()
            );
        }
    }
}

/// Whether the value of a setting is a password or has one in it. One that says where the password is does not.
fn holds_password(settings: &Settings, name: &str) -> bool {
    match name {
        "admin_password" => settings.admin_password.as_ref().is_some_and(|password| password.expose() != INPUT),
        "database" => settings.database.has_password(),
        _ => false,
    }
}

/// Warns of a password in an address that was given as a flag.
pub fn warn_of_address(flag: &str, address: &DatabaseUrl) {
    if address.has_password() {
        tracing::warn!(
            "the password in {flag} is seen by others on this machine: leave it out, and set PGPASSWORD or write it in ~/.pgpass"
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::commands::CommandLine;
    use clap::Parser;

    fn complaint(line: &str) -> String {
        let words: Vec<OsString> = line.split(' ').map(OsString::from).collect();
        let complaint = CommandLine::try_parse_from(&words)
            .err()
            .unwrap_or_else(|| panic!("{line} is taken"));
        without_secrets(complaint, words).to_string()
    }

    #[test]
    fn complaints_do_not_repeat_secrets() {
        for line in [
            "cartera serve --admin-password open sesame",
            "cartera --admin-password open sesame",
            "cartera serve --admin-passwrd=sesame",
            "cartera serve --admin-passwrd sesame",
            "cartera serve --database postgres://a:b c:sesame@host",
            "cartera serve --admin-password x --log=sesame",
            "cartera migrate --admin-password open --down sesame",
            "cartera move --from postgres://ana:x sesame@host --to sqlite:b.db",
            // Without the flag.
            "cartera move postgres://ana:sesame@host/db sqlite:b.db",
            "cartera move postgres://ana:sesame@host/db?sslmode=require sqlite:b.db",
            "cartera move sqlite:b.db postgres://ana:sesame@host/db",
            "cartera serve postgres://ana:sesame@host/db",
            "cartera serve postgres://ana:sesame@host/db?sslmode=require",
            "cartera serve --postgres://ana:sesame@host/db?sslmode=require",
            "cartera serve --postgres://ana:sesame@host/db",
            "cartera serve ana:sesame@host/db",
            "cartera serve postgres:%2F%2Fana:sesame%40host",
            "cartera serve postgres:host?pass%77ord=sesame",
            "cartera serve PASSWORD=sesame",
            "cartera backup postgres://ana:x sesame@host/db",
            "cartera manual postgres://ana:sesame@host/db",
            "cartera completions postgres://ana:sesame@host/db",
            "cartera postgres://ana:sesame@host/db",
            "cartera user postgres://ana:sesame@host/db",
            "cartera user create --role postgres://ana:sesame@host/db",
            "cartera user create --password-stdin=postgres://ana:sesame@host/db",
            "cartera user update postgres://ana:sesame@host/db --name x",
            "cartera user update --email postgres://ana:sesame@host/db --name x",
            "cartera user update --email a@b.c --new-email postgres://ana:sesame@host/db",
            "cartera user password --email postgres://ana:sesame@host/db",
            "cartera user deactivate --email a@b.c --transfer-to postgres://ana:sesame@host/db",
            "cartera migrate --down postgres://ana:sesame@host/db",
        ] {
            let complaint = complaint(line);
            assert!(!complaint.contains("sesame"), "{line}: {complaint}");
        }
        // What is no secret is named.
        assert!(complaint("cartera serve --lisen").contains("--lisen"));
        assert!(complaint("cartera migrat").contains("migrat"));
    }

    #[test]
    fn addresses_are_read_after_the_line() {
        let words = ["cartera", "move", "--from", "postgres:ana:sesame@host", "--to", "sqlite:b.db"];
        assert!(CommandLine::try_parse_from(words).is_ok());
        let reason = address("--from", words[3]).unwrap_err().to_string();
        assert!(reason.starts_with("flag --from: expected sqlite:FILE"), "{reason}");
        assert!(!reason.contains("sesame"));
    }
}
