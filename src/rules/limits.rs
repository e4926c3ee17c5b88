//! Lengths and ranges of what people type, checked so that all problems come together.

use normalization::text::{breaks_line, is_visible_text};

use crate::error::{Problem, ProblemCode};

/// Characters in a name.
pub const NAME_LENGTH: usize = 200;
/// Characters in the first and the last name of a contact together.
pub const FULL_NAME_LENGTH: usize = 2 * NAME_LENGTH + 1;
/// Characters in a short line, such as a label or a city.
pub const LINE_LENGTH: usize = 200;
/// Characters in a description or an address.
pub const TEXT_LENGTH: usize = 2_000;
/// Characters in a note or in the notes of an interaction.
pub const BODY_LENGTH: usize = 20_000;
/// Characters in an address of a web page.
pub const URL_LENGTH: usize = 2_000;

/// Clocks of phones run ahead a little.
const FUTURE_TOLERANCE_MS: i64 = 5 * 60 * 1000;
/// How far back a record captured offline may be dated.
const LONGEST_OFFLINE_MS: i64 = 30 * 24 * 60 * 60 * 1000;
/// 1900-01-01.
const EARLIEST_MS: i64 = -2_208_988_800_000;
/// 2100-01-01, before which tasks are due.
pub const LATEST_DUE_MS: i64 = 4_102_444_800_000;

/// The instants of the years 0 to 9999 in UTC, in milliseconds: RFC 3339 writes no others.
pub const WRITABLE_TIMES: std::ops::RangeInclusive<i64> = -62_167_219_200_000..=253_402_300_799_999;

/// The text without blanks around it; a problem where nothing visible is left.
pub fn required_text(text: &str, most: usize, path: &[&str], problems: &mut Vec<Problem>) -> String {
    let checked = optional_text(Some(text), most, path, problems);
    if !is_visible_text(text) {
        problems.push(Problem::new(ProblemCode::Required, path, "must not be empty"));
    }
    checked.unwrap_or_default()
}

/// The same in one line: a problem where a line breaks or a control character stands in it.
pub fn required_line(text: &str, most: usize, path: &[&str], problems: &mut Vec<Problem>) -> String {
    check_line(text.trim(), path, problems);
    required_text(text, most, path, problems)
}

/// One line of text without blanks around it; None where nothing is left, a problem where nothing of it can be seen.
pub fn optional_line(text: Option<&str>, most: usize, path: &[&str], problems: &mut Vec<Problem>) -> Option<String> {
    let line = optional_text(text, most, path, problems)?;
    check_line(&line, path, problems);
    if !is_visible_text(&line) {
        problems.push(Problem::new(ProblemCode::Invalid, path, "has nothing in it that can be seen"));
    }
    Some(line)
}

fn check_line(line: &str, path: &[&str], problems: &mut Vec<Problem>) {
    // A zero character is reported with the others.
    if line.contains(|letter: char| breaks_line(letter) || (letter.is_control() && letter != '\0')) {
        problems.push(Problem::new(
            ProblemCode::Invalid,
            path,
            "must be a single line of text, without control characters",
        ));
    }
}

/// The text without blanks around it; None where nothing is left.
pub fn optional_text(text: Option<&str>, most: usize, path: &[&str], problems: &mut Vec<Problem>) -> Option<String> {
    let text = text?.trim();
    if text.chars().count() > most {
        problems.push(Problem::new(
            ProblemCode::TooLong,
            path,
            format!("must have at most {most} characters"),
        ));
    }
    // PostgreSQL stores no zero character, and no keyboard enters one.
    if text.contains('\0') {
        problems.push(Problem::new(ProblemCode::Invalid, path, "must not contain a zero character"));
    }
    (!text.is_empty()).then(|| text.to_owned())
}

/// The time of an event: by default now, and not in the future.
pub fn occurred_at(at: Option<i64>, now: i64, problems: &mut Vec<Problem>) -> i64 {
    let at = at.unwrap_or(now);
    if !(EARLIEST_MS..=now + FUTURE_TOLERANCE_MS).contains(&at) {
        problems.push(Problem::new(
            ProblemCode::Invalid,
            &["input", "occurredAt"],
            "must be between 1900 and now",
        ));
    }
    // A clock that runs ahead does not make the future.
    at.min(now)
}

/// The time at which a record was captured that arrives now. A problem where it is in the future, or further back than the caller may say.
pub fn captured_at(at: Option<i64>, now: i64, is_limited: bool, problems: &mut Vec<Problem>) -> i64 {
    let Some(at) = at else { return now };
    let earliest = if is_limited { now - LONGEST_OFFLINE_MS } else { EARLIEST_MS };
    // As for entries: a clock may run ahead a little.
    if at < earliest || at > now + FUTURE_TOLERANCE_MS {
        let message = if is_limited {
            "must not be in the future, nor more than 30 days back"
        } else {
            "must be between 1900 and now"
        };
        problems.push(Problem::new(ProblemCode::Invalid, &["input", "capturedAt"], message));
    }
    at.min(now)
}

/// The due time of a task, within two centuries, so that date arithmetic cannot overflow.
pub fn due_at(at: i64, path: &[&str], problems: &mut Vec<Problem>) -> i64 {
    if !(EARLIEST_MS..LATEST_DUE_MS).contains(&at) {
        problems.push(Problem::new(ProblemCode::Invalid, path, "must be between 1900 and 2100"));
    }
    at.clamp(EARLIEST_MS, LATEST_DUE_MS)
}

/// A problem where the object has changed since it was read.
pub fn check_version(expected: Option<i32>, present: i32, problems: &mut Vec<Problem>) {
    if expected.is_some_and(|expected| expected != present) {
        problems.push(Problem::new(
            ProblemCode::Conflict,
            &["expectedVersion"],
            format!("the object has changed: its version is {present}"),
        ));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_trimmed_and_measured_in_characters() {
        let mut problems = Vec::new();
        assert_eq!(required_text("  ñandú ", 5, &["name"], &mut problems), "ñandú");
        assert!(problems.is_empty());
        required_text("ñandús", 5, &["name"], &mut problems);
        required_text("  ", 5, &["name"], &mut problems);
        required_text("a\0b", 5, &["name"], &mut problems);
        let codes: Vec<ProblemCode> = problems.iter().map(|problem| problem.code).collect();
        assert_eq!(codes, [ProblemCode::TooLong, ProblemCode::Required, ProblemCode::Invalid]);
        for invisible in ["\u{200b}\u{ad}", "\u{3164}", "\u{2066} \u{feff}\n"] {
            problems.clear();
            required_text(invisible, 5, &["name"], &mut problems);
            assert_eq!(problems[0].code, ProblemCode::Required, "{invisible:?}");
        }
        problems.clear();
        // Joiners inside of a name are part of how it is written.
        assert_eq!(required_text("a\u{200d}b", 5, &["name"], &mut problems), "a\u{200d}b");
        assert!(problems.is_empty());
    }

    #[test]
    fn nothing_happens_in_the_future() {
        let now = 1_700_000_000_000;
        for (at, fine) in [
            (None, true),
            (Some(now + FUTURE_TOLERANCE_MS), true),
            (Some(now + FUTURE_TOLERANCE_MS + 1), false),
            (Some(EARLIEST_MS - 1), false),
        ] {
            let mut problems = Vec::new();
            occurred_at(at, now, &mut problems);
            assert_eq!(problems.is_empty(), fine, "{at:?}");
        }
    }
}
