//! Media types: what a request says its body is, and what it accepts as an answer.

use super::outcome::Media;
use axum::http::HeaderMap;
use axum::http::header::{ACCEPT, CONTENT_ENCODING, CONTENT_TYPE};

/// The media type to answer in: the one that is liked best, and of the two rather GraphQL's own; `None` where neither will do.
pub fn acceptable(headers: &HeaderMap) -> Option<Media> {
    let accepted = headers.get_all(ACCEPT).iter().map(|value| value.to_str().unwrap_or("unreadable"));
    let parts: Vec<&str> = accepted
        .flat_map(|value| value.split(','))
        .filter(|part| !part.trim().is_empty())
        .collect();
    if parts.is_empty() {
        // An empty header says as little as none.
        return Some(Media::Json);
    }
    let ranges: Vec<Range> = parts.into_iter().filter_map(Range::read).collect();
    // GraphQL's own type is sent only to those who name it.
    let own = quality(&ranges, &["application/graphql-response+json"]);
    let json = quality(&ranges, &["application/json", "application/*", "*/*"]);
    match (own, json) {
        (0, 0) => None,
        (own, json) if own >= json => Some(Media::GraphqlResponse),
        _ => Some(Media::Json),
    }
}

/// Whether the body is JSON in UTF-8, and not compressed.
pub fn is_json(headers: &HeaderMap) -> bool {
    let mut types = headers.get_all(CONTENT_TYPE).iter();
    let (Some(kind), None) = (types.next(), types.next()) else {
        return false;
    };
    let mut encodings = headers.get_all(CONTENT_ENCODING).iter();
    let is_plain = encodings.all(|encoding| encoding.as_bytes().eq_ignore_ascii_case(b"identity"));
    is_plain
        && kind
            .to_str()
            .ok()
            .and_then(Range::read)
            .is_some_and(|kind| kind.name == "application/json")
}

/// One media type of a header, with how much it is liked in thousandths.
struct Range {
    name: String,
    quality: u16,
}

impl Range {
    /// `None` for what is not a media type, and for every character set but UTF-8.
    fn read(text: &str) -> Option<Self> {
        let mut parts = text.split(';').map(str::trim);
        let name = parts.next()?.to_ascii_lowercase();
        if !name.contains('/') {
            return None;
        }
        let mut quality = 1_000;
        for part in parts {
            let (key, value) = part.split_once('=').unwrap_or((part, ""));
            let value = value.trim().trim_matches('"');
            match key.trim().to_ascii_lowercase().as_str() {
                "q" => {
                    let share = value.parse::<f32>().ok().filter(|share| (0.0..=1.0).contains(share))?;
                    quality = (share * 1_000.0) as u16;
                }
                "charset" if !matches!(value.to_ascii_lowercase().as_str(), "utf-8" | "utf8") => return None,
                _ => {}
            }
        }
        Some(Self { name, quality })
    }
}

/// Quality of a media type, by the most exact matching range.
fn quality(ranges: &[Range], names: &[&str]) -> u16 {
    let mut found = names.iter().filter_map(|name| ranges.iter().find(|range| range.name == *name));
    found.next().map_or(0, |range| range.quality)
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;

    fn accepted(accept: &str) -> Option<Media> {
        let mut headers = HeaderMap::new();
        headers.insert(ACCEPT, HeaderValue::from_str(accept).unwrap());
        acceptable(&headers)
    }

    #[test]
    fn answers_are_what_is_accepted() {
        let (own, json) = (Some(Media::GraphqlResponse), Some(Media::Json));
        for (accept, media) in [
            ("application/graphql-response+json", own),
            ("application/graphql-response+json; charset=utf-8, application/json;q=0.9", own),
            ("application/json, application/graphql-response+json", own),
            ("application/json, application/graphql-response+json;q=0.5", json),
            ("application/json;charset=UTF-8", json),
            ("*/*", json),
            ("application/*", json),
            ("text/html, */*;q=0.8", json),
            ("text/html", None),
            ("application/json;q=0", None),
            ("application/json;q=0, */*", None),
            ("application/json;charset=utf-16", None),
            ("", json),
        ] {
            assert_eq!(accepted(accept), media, "{accept}");
        }
        assert_eq!(acceptable(&HeaderMap::new()), json);
    }

    #[test]
    fn bodies_are_plain_json() {
        for (kind, encoding, fits) in [
            ("application/json", None, true),
            ("Application/JSON; charset=\"UTF-8\"", None, true),
            ("application/json", Some("identity"), true),
            ("application/json", Some("gzip"), false),
            ("application/json; charset=latin1", None, false),
            ("text/plain", None, false),
            ("application/graphql", None, false),
            ("multipart/form-data; boundary=x", None, false),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(CONTENT_TYPE, HeaderValue::from_static(kind));
            if let Some(encoding) = encoding {
                headers.insert(CONTENT_ENCODING, HeaderValue::from_static(encoding));
            }
            assert_eq!(is_json(&headers), fits, "{kind} {encoding:?}");
        }
        assert!(!is_json(&HeaderMap::new()));
    }
}
