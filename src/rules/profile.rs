//! Rules of the profile of a prospect: rating, validity, web sites and other URLs.

use std::ops::RangeInclusive;

use normalization::email;
use url::Url;

use crate::error::{Problem, ProblemCode};
use crate::rules::limits::URL_LENGTH;

/// Stars.
pub const RATING: RangeInclusive<i32> = 1..=5;
/// Days for which an owner keeps a prospect; ten years at most.
pub const VALIDITY_DAYS: RangeInclusive<i32> = 1..=3650;
/// Web sites of a prospect.
pub const MOST_WEBSITES: usize = 10;
/// Tags of a prospect.
pub const MOST_TAGS: usize = 50;

pub const MILLISECONDS_OF_A_DAY: i64 = 24 * 60 * 60 * 1000;

/// The number; a problem where it is out of range.
pub fn within(number: i32, range: &RangeInclusive<i32>, path: &[&str], problems: &mut Vec<Problem>) -> i32 {
    if !range.contains(&number) {
        problems.push(Problem::new(
            ProblemCode::Invalid,
            path,
            format!("must be from {} to {}", range.start(), range.end()),
        ));
    }
    number
}

/// The addresses without blanks around them; adds what is wrong with each.
pub fn websites(addresses: &[String], path: &[&str], problems: &mut Vec<Problem>) -> Vec<String> {
    if addresses.len() > MOST_WEBSITES {
        problems.push(Problem::new(
            ProblemCode::Limit,
            path,
            format!("there may be at most {MOST_WEBSITES}"),
        ));
        return Vec::new();
    }
    let mut seen: Vec<Url> = Vec::new();
    let mut checked = Vec::new();
    for (index, address) in addresses.iter().enumerate() {
        let address = address.trim();
        let place = index.to_string();
        let path: Vec<&str> = path.iter().copied().chain([place.as_str()]).collect();
        let mut refuse = |code, message: String| problems.push(Problem::new(code, &path, message));
        if address.chars().count() > URL_LENGTH {
            refuse(ProblemCode::TooLong, format!("must have at most {URL_LENGTH} characters"));
            continue;
        }
        match website(address) {
            None => refuse(
                ProblemCode::Invalid,
                "must be the address of a web site, such as https://www.example.com".to_owned(),
            ),
            Some(url) if seen.contains(&url) => refuse(ProblemCode::Taken, "is given twice".to_owned()),
            Some(url) => seen.push(url),
        }
        checked.push(address.to_owned());
    }
    checked
}

/// A web address: with http or https, a host, and neither a user nor a password. None where the text is none. A page may make a link of it, so
/// no other scheme is let through.
pub fn web_address(address: &str) -> Option<Url> {
    // The parser takes away what does not belong there, and would let it through.
    if address
        .chars()
        .any(|letter| letter.is_control() || letter.is_whitespace() || letter == '\\')
    {
        return None;
    }
    let url = Url::parse(address).ok()?;
    let is_plain = url.username().is_empty() && url.password().is_none();
    (matches!(url.scheme(), "http" | "https") && url.has_host() && is_plain).then_some(url)
}

/// The address with its domain as people read it: `https://xn--mller-kva.example/a` becomes `https://müller.example/a`. Another text stays.
pub fn readable_address(text: &str) -> String {
    let Some((scheme, rest)) = text.split_once("://") else {
        return text.to_owned();
    };
    let end = rest.find(['/', '?', '#', ':']).unwrap_or(rest.len());
    let (host, path) = rest.split_at(end);
    format!("{scheme}://{}{path}", email::canonical(host))
}

/// The web address of a site, as it is compared: its host has a name that others know as well.
fn website(address: &str) -> Option<Url> {
    let is_named = |url: &Url| url.domain().is_some_and(|domain| domain.trim_end_matches('.').contains('.'));
    web_address(address).filter(is_named)
}

/// End of the validity for an owner. None: no expiry.
pub fn valid_until(owned_since: i64, validity_days: Option<i32>) -> Option<i64> {
    Some(owned_since + i64::from(validity_days?) * MILLISECONDS_OF_A_DAY)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn checked(addresses: &[&str]) -> Result<Vec<String>, Vec<(ProblemCode, String)>> {
        let mut problems = Vec::new();
        let addresses: Vec<String> = addresses.iter().map(|address| (*address).to_owned()).collect();
        let kept = websites(&addresses, &["input", "websites"], &mut problems);
        if problems.is_empty() {
            Ok(kept)
        } else {
            Err(problems.into_iter().map(|problem| (problem.code, problem.path.join("."))).collect())
        }
    }

    #[test]
    fn web_addresses_are_of_the_web() {
        for good in [
            "https://www.example.com/form?a=1#b",
            "HTTP://peña.example",
            "http://localhost:3000/",
            "http://10.0.0.7/x",
            "https://[::1]/",
        ] {
            assert!(web_address(good).is_some(), "{good}");
        }
        for bad in [
            "",
            "x",
            "www.example.com",
            "//example.com",
            "/form",
            "javascript:alert(1)",
            "JavaScript:alert(1)",
            "java\tscript:alert(1)",
            "\u{1}javascript:alert(1)",
            "data:text/html,x",
            "file:///etc/passwd",
            "ftp://example.com",
            "android-app://com.example",
            "https://",
            "https://ana:secret@example.com",
            "https://exam ple.com",
            "https:\\\\example.com",
        ] {
            assert!(web_address(bad).is_none(), "{bad}");
        }
    }

    #[test]
    fn web_sites_have_names_and_no_passwords() {
        let good = [
            "https://www.example.com",
            "http://peña.example/tienda?a=1#b",
            "HTTPS://EXAMPLE.COM:8443/",
        ];
        assert_eq!(checked(&good), Ok(good.map(str::to_owned).to_vec()));
        assert_eq!(checked(&[" https://example.com "]), Ok(vec!["https://example.com".to_owned()]));
        for bad in [
            "",
            "example.com",
            "www.example.com",
            "ftp://example.com",
            "javascript:alert(1)",
            "https://",
            "https://localhost",
            "https://127.0.0.1/",
            "https://[::1]/",
            "https://ana:secret@example.com",
            "https://ana@example.com",
            "https://exam ple.com",
            "https://example.com/a\tb",
            "https:\\\\example.com",
        ] {
            assert_eq!(
                checked(&[bad]),
                Err(vec![(ProblemCode::Invalid, "input.websites.0".to_owned())]),
                "{bad}"
            );
        }
    }

    #[test]
    fn web_sites_are_few_and_differ() {
        assert_eq!(
            checked(&["https://example.com", "https://EXAMPLE.com/", "x"]),
            Err(vec![
                (ProblemCode::Taken, "input.websites.1".to_owned()),
                (ProblemCode::Invalid, "input.websites.2".to_owned()),
            ])
        );
        let many: Vec<String> = (0..=MOST_WEBSITES).map(|number| format!("https://{number}.example")).collect();
        let many: Vec<&str> = many.iter().map(String::as_str).collect();
        assert!(checked(&many[1..]).is_ok());
        assert_eq!(checked(&many), Err(vec![(ProblemCode::Limit, "input.websites".to_owned())]));
        let long = format!("https://example.com/{}", "a".repeat(URL_LENGTH));
        assert_eq!(checked(&[&long]), Err(vec![(ProblemCode::TooLong, "input.websites.0".to_owned())]));
    }

    #[test]
    fn time_is_up_after_so_many_days() {
        assert_eq!(valid_until(1_000, Some(2)), Some(1_000 + 2 * 86_400_000));
        assert_eq!(valid_until(1_000, None), None);
    }

    #[test]
    fn numbers_are_within_their_range() {
        let mut problems = Vec::new();
        for number in [0, 1, 5, 6] {
            within(number, &RATING, &["input", "rating"], &mut problems);
        }
        assert_eq!(problems.len(), 2);
    }
}
