//! Passwords on the command line: others on the machine see them, and no complaint about the line repeats them.

use std::ffi::OsString;

use cartera::settings::{DatabaseUrl, Fault, INPUT, Loaded, Source};
use clap::error::{ContextKind, ContextValue};

/// What may stand before a password. A second word, such as one of a password without quotes, is then no less of a secret.
const BEFORE_SECRETS: [&str; 4] = ["--admin-pass", "--database", "--from", "--to"];
const HIDDEN: &str = "(hidden)";

/// An address of a database as an argument. It is read after the line as a whole, whose reader would repeat a wrong one.
pub fn address(flag: &str, text: &str) -> Result<DatabaseUrl, Fault> {
    text.parse().map_err(|reason| Fault {
        place: format!("flag {flag}"),
        reason,
    })
}

/// The same complaint without the words that may be secrets.
pub fn without_secrets(mut complaint: clap::Error, line: impl IntoIterator<Item = OsString>) -> clap::Error {
    let has_secret = line
        .into_iter()
        .any(|word| BEFORE_SECRETS.iter().any(|flag| word.to_string_lossy().starts_with(flag)));
    for kind in [ContextKind::InvalidArg, ContextKind::InvalidSubcommand, ContextKind::InvalidValue] {
        let Some(ContextValue::String(word)) = complaint.get(kind) else {
            continue;
        };
        let shown = match word.split_once('=') {
            Some((flag, _)) if flag.starts_with("--") => flag.to_owned(),
            _ if has_secret && !word.starts_with("--") => HIDDEN.to_owned(),
            _ => continue,
        };
        complaint.insert(kind, ContextValue::String(shown));
        // The advice repeats the word as well.
        complaint.remove(ContextKind::Suggested);
    }
    complaint
}

/// Tells of passwords that were given as flags.
pub fn warn_of_flags(loaded: &Loaded) {
    let is_flag = |name: &str| loaded.in_force.iter().any(|line| line.name == name && line.source == Source::Flag);
    let password = loaded.settings.admin_password.as_ref();
    if is_flag("admin_password") && password.is_some_and(|password| password.expose() != INPUT) {
        tracing::warn!("the password in --admin-password is seen by others on this machine: use --admin-password-file");
    }
    if is_flag("database") {
        warn_of_address("--database", &loaded.settings.database);
    }
}

/// Tells of a password in an address that was given as a flag.
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
