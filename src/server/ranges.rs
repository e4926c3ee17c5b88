//! Preconditions and ranges of downloads, by RFC 9110: which part of a file is sent, if any.

use axum::http::header::{IF_MATCH, IF_NONE_MATCH, IF_RANGE, RANGE};
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use std::ops::Range;

/// The part of a file to be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Selected {
    Whole,
    Part(Range<u64>),
    /// No byte of the file is in the range.
    Unsatisfiable,
    /// The client has the file already.
    NotModified,
    /// The file is not the one that the client expects.
    Failed,
}

/// The part that a request selects of a file of a size and with an entity tag, which changes with every byte of the file.
pub fn select(headers: &HeaderMap, tag: &str, size: u64) -> Selected {
    if headers.contains_key(IF_MATCH) && !lists(headers, &IF_MATCH, tag, false) {
        return Selected::Failed;
    }
    if lists(headers, &IF_NONE_MATCH, tag, true) {
        return Selected::NotModified;
    }
    // A weak tag or a date says too little of the bytes.
    let is_same = headers.get(IF_RANGE).is_none_or(|given| given.as_bytes() == tag.as_bytes());
    let mut ranges = headers.get_all(RANGE).iter();
    match (ranges.next(), ranges.next()) {
        (Some(range), None) if is_same => range.to_str().ok().and_then(|range| part(range, size)).unwrap_or(Selected::Whole),
        _ => Selected::Whole,
    }
}

/// The part of a range. None for anything but one range of bytes, which is then as if it were absent.
fn part(range: &str, size: u64) -> Option<Selected> {
    let (unit, range) = range.split_once('=')?;
    let (first, last) = range.trim().split_once('-')?;
    if !unit.trim().eq_ignore_ascii_case("bytes") {
        return None;
    }
    let part = match (first, last) {
        ("", length) => size.saturating_sub(number(length)?)..size,
        (first, "") => number(first)?..size,
        (first, last) => {
            let (first, last) = (number(first)?, number(last)?);
            if first > last {
                return None;
            }
            first..last.saturating_add(1).min(size)
        }
    };
    Some(if part.is_empty() {
        Selected::Unsatisfiable
    } else {
        Selected::Part(part)
    })
}

/// Digits alone. A number too large for any file is the largest one.
fn number(text: &str) -> Option<u64> {
    let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| text.parse().unwrap_or(u64::MAX))
}

/// Whether a header lists the tag, or any by `*`.
fn lists(headers: &HeaderMap, name: &HeaderName, tag: &str, takes_weak: bool) -> bool {
    let texts = headers.get_all(name).iter().filter_map(|value: &HeaderValue| value.to_str().ok());
    texts.flat_map(|text| text.split(',')).map(str::trim).any(|given| {
        let given = if takes_weak {
            given.strip_prefix("W/").unwrap_or(given)
        } else {
            given
        };
        given == tag || given == "*"
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const TAG: &str = "\"abc\"";

    fn selected(given: &[(HeaderName, &'static str)]) -> Selected {
        let headers = given
            .iter()
            .map(|(name, value)| (name.clone(), HeaderValue::from_static(value)))
            .collect();
        select(&headers, TAG, 100)
    }

    #[test]
    fn one_range_of_bytes_is_a_part() {
        for (range, expected) in [
            ("bytes=0-9", Selected::Part(0..10)),
            ("Bytes=10-", Selected::Part(10..100)),
            ("bytes=-30", Selected::Part(70..100)),
            ("bytes=-300", Selected::Part(0..100)),
            ("bytes=90-200", Selected::Part(90..100)),
            ("bytes=99-99999999999999999999999", Selected::Part(99..100)),
            ("bytes=100-", Selected::Unsatisfiable),
            ("bytes=100-200", Selected::Unsatisfiable),
            ("bytes=-0", Selected::Unsatisfiable),
            ("bytes=9-0", Selected::Whole),
            ("bytes=0-1,3-4", Selected::Whole),
            ("bytes=+1-4", Selected::Whole),
            ("bytes=-", Selected::Whole),
            ("bytes=a-b", Selected::Whole),
            ("lines=0-9", Selected::Whole),
            ("0-9", Selected::Whole),
        ] {
            assert_eq!(selected(&[(RANGE, range)]), expected, "{range}");
        }
        assert_eq!(selected(&[]), Selected::Whole);
        assert_eq!(
            selected(&[(RANGE, "bytes=0-9"), (RANGE, "bytes=0-8")]),
            Selected::Whole,
            "two headers"
        );
    }

    #[test]
    fn a_range_of_another_file_is_not_sent() {
        let part = Selected::Part(0..10);
        assert_eq!(selected(&[(RANGE, "bytes=0-9"), (IF_RANGE, TAG)]), part);
        for other in ["\"abd\"", "W/\"abc\"", "Wed, 21 Oct 2015 07:28:00 GMT"] {
            assert_eq!(selected(&[(RANGE, "bytes=0-9"), (IF_RANGE, other)]), Selected::Whole, "{other}");
        }
    }

    #[test]
    fn a_client_that_has_the_file_is_told_so() {
        for given in [TAG, "*", "W/\"abc\"", "\"x\", \"abc\""] {
            assert_eq!(
                selected(&[(IF_NONE_MATCH, given), (RANGE, "bytes=0-9")]),
                Selected::NotModified,
                "{given}"
            );
        }
        assert_eq!(selected(&[(IF_NONE_MATCH, "\"x\"")]), Selected::Whole);
        assert_eq!(selected(&[(IF_MATCH, "\"x\"")]), Selected::Failed);
        assert_eq!(selected(&[(IF_MATCH, "W/\"abc\"")]), Selected::Failed);
        assert_eq!(selected(&[(IF_MATCH, "\"x\", \"abc\"")]), Selected::Whole);
    }
}
