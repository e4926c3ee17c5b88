//! Rules of users: names, e-mails, passwords, languages and time zones.

use normalization::email;
use normalization::text::{breaks_line, is_visible_text};

use crate::auth::credentials::PASSWORD_LENGTH;
use crate::error::{Problem, ProblemCode};
use crate::rules::points::{self, Network};

/// Maximum number of users, deactivated ones included.
pub const MOST_USERS: usize = 1000;

/// Maximum number of sessions of a user: a new one ends the one unused for longest.
pub const MOST_SESSIONS: u64 = 50;

/// Maximum number of API keys of a user, expired ones included.
pub const MOST_KEYS: u64 = 20;

/// The longest name of a user or of a key, in characters.
pub const NAME_LENGTH: usize = 100;

/// The longest e-mail, in characters, as mail servers take it.
const EMAIL_LENGTH: usize = 254;

/// Maximum lifetime of a key with an expiry, in milliseconds.
const LONGEST_KEY: i64 = 3653 * 24 * 60 * 60 * 1000;

/// The compared form of an e-mail.
pub fn norm_email(email: &str) -> String {
    email::canonical(email)
}

/// The e-mail without blanks around it.
pub fn email(text: &str, path: &[&str]) -> Result<String, Problem> {
    let text = text.trim();
    if text.is_empty() {
        return Err(Problem::new(ProblemCode::Required, path, "an e-mail is required"));
    }
    if is_longer(text, EMAIL_LENGTH) {
        return Err(Problem::new(
            ProblemCode::TooLong,
            path,
            format!("an e-mail has at most {EMAIL_LENGTH} characters"),
        ));
    }
    // Unlike that of a prospect, the e-mail of a user may be within the company's own network.
    match points::email(text, Network::Own) {
        Some(_) => Ok(text.to_owned()),
        None => Err(Problem::new(
            ProblemCode::Invalid,
            path,
            "this is not an e-mail such as ana@example.com",
        )),
    }
}

/// A new password. Nothing is asked of it but its length.
pub fn password(text: &str, path: &[&str]) -> Result<(), Problem> {
    let (least, most) = (PASSWORD_LENGTH.start(), PASSWORD_LENGTH.end());
    if can_be_password(text) {
        return Ok(());
    }
    let code = if is_longer(text, *most) {
        ProblemCode::TooLong
    } else {
        ProblemCode::Invalid
    };
    Err(Problem::new(code, path, format!("a password has {least} to {most} characters")))
}

/// Whether the length is that of a password; without reading much of a long text.
pub fn can_be_password(text: &str) -> bool {
    let length = text.chars().take(PASSWORD_LENGTH.end() + 1).count();
    PASSWORD_LENGTH.contains(&length)
}

/// The name of a person or of a key, without blanks around it.
pub fn name(text: &str, path: &[&str]) -> Result<String, Problem> {
    let text = text.trim();
    if !is_visible_text(text) {
        return Err(Problem::new(ProblemCode::Required, path, "a name is required"));
    }
    if is_longer(text, NAME_LENGTH) {
        return Err(Problem::new(
            ProblemCode::TooLong,
            path,
            format!("a name has at most {NAME_LENGTH} characters"),
        ));
    }
    if text.contains(|letter: char| letter.is_control() || breaks_line(letter)) {
        return Err(Problem::new(ProblemCode::Invalid, path, "a name is a single line of text"));
    }
    Ok(text.to_owned())
}

/// Checks the expiry of a key: in the future, and within ten years.
pub fn expiry(at: i64, now: i64, path: &[&str]) -> Result<(), Problem> {
    if at > now && at <= now + LONGEST_KEY {
        Ok(())
    } else {
        Err(Problem::new(
            ProblemCode::Invalid,
            path,
            "must be later than now, and at most ten years ahead",
        ))
    }
}

/// A language tag in its usual spelling, such as `es`, `es-VE` or `zh-Hant-TW`.
pub fn locale(text: &str, path: &[&str]) -> Result<String, Problem> {
    let spelled = spell_locale(text.trim());
    spelled.ok_or_else(|| Problem::new(ProblemCode::Invalid, path, "this is not a BCP 47 language tag such as es-VE"))
}

/// The IANA name of a time zone.
pub fn time_zone(text: &str, path: &[&str]) -> Result<String, Problem> {
    match text.parse::<chrono_tz::Tz>() {
        Ok(zone) => Ok(zone.name().to_owned()),
        Err(_) => Err(Problem::new(
            ProblemCode::Invalid,
            path,
            "this is not the IANA name of a time zone such as America/Caracas",
        )),
    }
}

fn spell_locale(text: &str) -> Option<String> {
    if text.len() > 35 || !text.is_ascii() {
        return None;
    }
    let mut parts = text.split('-').peekable();
    let language = parts.next().filter(|part| (2..=3).contains(&part.len()) && is_letters(part))?;
    let mut spelled = language.to_ascii_lowercase();
    if let Some(script) = parts.next_if(|part| part.len() == 4 && is_letters(part)) {
        spelled.push('-');
        spelled.push_str(&script[..1].to_ascii_uppercase());
        spelled.push_str(&script[1..].to_ascii_lowercase());
    }
    let is_region = |part: &&str| part.len() == 2 && is_letters(part) || part.len() == 3 && part.bytes().all(|byte| byte.is_ascii_digit());
    if let Some(region) = parts.next_if(is_region) {
        spelled.push('-');
        spelled.push_str(&region.to_ascii_uppercase());
    }
    for variant in parts {
        let is_dated = variant.len() == 4 && variant.starts_with(|letter: char| letter.is_ascii_digit());
        if !variant.bytes().all(|byte| byte.is_ascii_alphanumeric()) || !(is_dated || (5..=8).contains(&variant.len())) {
            return None;
        }
        spelled.push('-');
        spelled.push_str(&variant.to_ascii_lowercase());
    }
    Some(spelled)
}

fn is_letters(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_alphabetic())
}

fn is_longer(text: &str, most: usize) -> bool {
    text.chars().nth(most).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    const PATH: &[&str] = &["input", "value"];

    #[test]
    fn emails_have_a_mailbox_and_a_host() {
        for good in ["ana@example.com", " Ana.Pérez+crm@correo.example ", "a@b", "josé@año.example"] {
            assert_eq!(email(good, PATH).as_deref(), Ok(good.trim()), "{good}");
        }
        for bad in [
            "ana",
            "@example.com",
            "ana@",
            "a@b@c",
            "a b@c.d",
            "a@b..c",
            "a@-b.c",
            "\"a\"@b.c",
            "a\0@b.c",
            "a@b.c\n.d",
            "<a>@b.c",
            "ana@exam\u{200b}ple.com",
            "an\u{200b}a@example.com",
        ] {
            assert_eq!(email(bad, PATH).expect_err(bad).code, ProblemCode::Invalid, "{bad}");
        }
        assert_eq!(email("  ", PATH).expect_err("blank").code, ProblemCode::Required);
        assert_eq!(
            email(&format!("a@{}.b", "c".repeat(254)), PATH).expect_err("long").code,
            ProblemCode::TooLong
        );
        assert_eq!(norm_email(" Ana@Example.COM"), "ana@example.com");
    }

    #[test]
    fn passwords_are_counted_in_characters() {
        assert!(password("ñandú123", PATH).is_ok());
        assert!(password(&"ñ".repeat(128), PATH).is_ok());
        assert_eq!(password("seven77", PATH).expect_err("short").code, ProblemCode::Invalid);
        assert_eq!(password(&"x".repeat(129), PATH).expect_err("long").code, ProblemCode::TooLong);
    }

    #[test]
    fn language_tags_are_spelled_as_usual() {
        for (typed, spelled) in [
            ("es", "es"),
            ("ES-ve", "es-VE"),
            ("zh-hant-tw", "zh-Hant-TW"),
            ("es-419", "es-419"),
            ("ca-ES-valencia", "ca-ES-valencia"),
        ] {
            assert_eq!(locale(typed, PATH).as_deref(), Ok(spelled));
        }
        for bad in ["", "e", "español", "es_VE", "es-", "es-VE-VE", "es-VE-x", "123"] {
            assert!(locale(bad, PATH).is_err(), "{bad}");
        }
    }

    #[test]
    fn time_zones_are_those_of_iana() {
        assert_eq!(time_zone("America/Caracas", PATH).as_deref(), Ok("America/Caracas"));
        for bad in ["", "Caracas", "America/Nowhere", "+04:00"] {
            assert!(time_zone(bad, PATH).is_err(), "{bad}");
        }
    }

    #[test]
    fn keys_end_in_the_future() {
        let now = 1_700_000_000_000;
        for (at, fine) in [
            (now + 1, true),
            (now + LONGEST_KEY, true),
            (now, false),
            (now + LONGEST_KEY + 1, false),
            (i64::MIN, false),
        ] {
            assert_eq!(expiry(at, now, PATH).is_ok(), fine, "{at}");
        }
    }

    #[test]
    fn names_are_one_line() {
        assert_eq!(name("  Ana Pérez ", PATH).as_deref(), Ok("Ana Pérez"));
        for bad in ["", " ", "a\nb", "a\0b", "\u{301}"] {
            assert!(name(bad, PATH).is_err(), "{bad:?}");
        }
        for invisible in ["\u{200b}", "\u{2066} \u{feff}", "\u{3164}"] {
            let problem = name(invisible, PATH).expect_err("invisible");
            assert_eq!(problem.code, ProblemCode::Required, "{invisible:?}");
        }
        assert!(name(&"ñ".repeat(100), PATH).is_ok());
        assert_eq!(name(&"ñ".repeat(101), PATH).expect_err("long").code, ProblemCode::TooLong);
    }
}
