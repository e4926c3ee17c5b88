//! The token of a request: only ever in its `Authorization` header.

use super::pipeline::Credentials;
use axum::http::header::AUTHORIZATION;
use axum::http::{HeaderMap, HeaderValue, Uri};

/// Longer than any token that is handed out.
const LONGEST: usize = 512;

/// The bearer token of a request.
pub fn bearer(headers: &HeaderMap) -> Credentials<'_> {
    let mut values = headers.get_all(AUTHORIZATION).iter();
    match (values.next(), values.next()) {
        (None, _) => Credentials::None,
        (Some(value), None) => token(value).map_or(Credentials::Malformed, Credentials::Token),
        (Some(_), Some(_)) => Credentials::Malformed,
    }
}

fn token(value: &HeaderValue) -> Option<&str> {
    let (scheme, token) = value.to_str().ok()?.split_once(' ')?;
    let token = token.trim();
    let is_token = !token.is_empty() && token.len() <= LONGEST && token.bytes().all(is_token_byte);
    (is_token && scheme.eq_ignore_ascii_case("bearer")).then_some(token)
}

/// Whether an address carries credentials, which would then lie in logs and histories.
pub fn in_address(uri: &Uri, parameters: &[(String, String)]) -> bool {
    uri.authority().is_some_and(|authority| authority.as_str().contains('@')) || parameters.iter().any(|(name, _)| is_credential(name))
}

fn is_token_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-._~+/=".contains(&byte)
}

fn is_credential(name: &str) -> bool {
    let plain: String = name.chars().filter(char::is_ascii_alphanumeric).collect();
    let words = [
        "token",
        "accesstoken",
        "authorization",
        "auth",
        "bearer",
        "apikey",
        "key",
        "session",
        "password",
    ];
    words.contains(&plain.to_ascii_lowercase().as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_are_read_from_one_header() {
        for (value, token) in [
            ("Bearer abc", Credentials::Token("abc")),
            ("bearer abc_-.~+/=", Credentials::Token("abc_-.~+/=")),
            ("Bearer ", Credentials::Malformed),
            ("Bearer", Credentials::Malformed),
            ("Basic abc", Credentials::Malformed),
            ("Bearer a b", Credentials::Malformed),
            ("Bearer ünï", Credentials::Malformed),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(AUTHORIZATION, HeaderValue::from_bytes(value.as_bytes()).unwrap());
            assert_eq!(bearer(&headers), token, "{value}");
        }
        assert_eq!(bearer(&HeaderMap::new()), Credentials::None);
        let mut headers = HeaderMap::new();
        headers.append(AUTHORIZATION, HeaderValue::from_static("Bearer a"));
        headers.append(AUTHORIZATION, HeaderValue::from_static("Bearer b"));
        assert_eq!(bearer(&headers), Credentials::Malformed);
    }

    #[test]
    fn credentials_in_addresses_are_noticed() {
        let parameter = |name: &str| [(name.to_owned(), "x".to_owned())];
        let uri = Uri::from_static("/graphql");
        for name in ["token", "access_token", "Authorization", "api-key", "API_KEY"] {
            assert!(in_address(&uri, &parameter(name)), "{name}");
        }
        assert!(!in_address(&uri, &parameter("query")));
        assert!(in_address(&Uri::from_static("http://ana:pw@host/graphql"), &[]));
    }
}
