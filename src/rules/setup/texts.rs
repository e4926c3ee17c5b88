//! Rules of names, descriptions and colours of catalogue entries.

use crate::error::{Problem, ProblemCode};
use crate::rules::limits;

/// The longest name, in characters.
pub const NAME_LENGTH: usize = 100;

/// The longest description, in characters.
pub const DESCRIPTION_LENGTH: usize = 1000;

/// Default colour of an entry.
pub const NEUTRAL_COLOR: &str = "#9E9E9E";

/// The name without blanks around it; adds what is wrong with it.
pub fn name(text: Option<String>, problems: &mut Vec<Problem>) -> String {
    let path = &["input", "name"];
    limits::required_line(text.as_deref().unwrap_or_default(), NAME_LENGTH, path, problems)
}

/// The description without blanks around it, None where nothing is left; adds what is wrong with it.
pub fn description(text: Option<String>, problems: &mut Vec<Problem>) -> Option<String> {
    limits::optional_text(text.as_deref(), DESCRIPTION_LENGTH, &["input", "description"], problems)
}

/// The colour in upper case, the neutral one where it is cleared; adds what is wrong with it.
pub fn color(text: Option<String>, problems: &mut Vec<Problem>) -> String {
    let Some(text) = text else { return NEUTRAL_COLOR.to_owned() };
    if !text
        .strip_prefix('#')
        .is_some_and(|digits| digits.len() == 6 && digits.bytes().all(|digit| digit.is_ascii_hexdigit()))
    {
        problems.push(Problem::new(
            ProblemCode::Invalid,
            &["input", "color"],
            "must be # and six hexadecimal digits, such as #1E88E5",
        ));
    }
    text.to_ascii_uppercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn some(text: &str) -> Option<String> {
        Some(text.to_owned())
    }

    /// Result of the check of a text, or the codes of its problems.
    fn checked<T>(check: fn(Option<String>, &mut Vec<Problem>) -> T, text: Option<String>) -> Result<T, Vec<ProblemCode>> {
        let mut problems = Vec::new();
        let value = check(text, &mut problems);
        if problems.is_empty() {
            Ok(value)
        } else {
            Err(problems.into_iter().map(|problem| problem.code).collect())
        }
    }

    #[test]
    fn names_are_one_line_of_at_most_100_characters() {
        assert_eq!(checked(name, some("  Tienda física ")).as_deref(), Ok("Tienda física"));
        assert!(checked(name, some(&"ñ".repeat(100))).is_ok());
        for (bad, code) in [
            (None, ProblemCode::Required),
            (some(" \t"), ProblemCode::Required),
            (some(&"ñ".repeat(101)), ProblemCode::TooLong),
            (some("a\nb"), ProblemCode::Invalid),
            (some("\u{301}"), ProblemCode::Required),
        ] {
            assert_eq!(checked(name, bad.clone()), Err(vec![code]), "{bad:?}");
        }
        assert!(checked(name, some("a\0b")).is_err());
    }

    #[test]
    fn descriptions_may_have_lines() {
        assert_eq!(checked(description, some(" one\n\ttwo ")), Ok(some("one\n\ttwo")));
        assert_eq!(checked(description, some("  ")), Ok(None));
        assert_eq!(checked(description, None), Ok(None));
        assert!(checked(description, some(&"x".repeat(1000))).is_ok());
        assert_eq!(checked(description, some(&"x".repeat(1001))), Err(vec![ProblemCode::TooLong]));
    }

    #[test]
    fn colours_have_six_digits() {
        assert_eq!(checked(color, some("#1e88E5")).as_deref(), Ok("#1E88E5"));
        assert_eq!(checked(color, None).as_deref(), Ok(NEUTRAL_COLOR));
        for bad in ["", "1E88E5", "#1E88E", "#1E88E5F", "#1E88G5", "#ñ88E5", "red"] {
            assert_eq!(checked(color, some(bad)), Err(vec![ProblemCode::Invalid]), "{bad}");
        }
    }
}
