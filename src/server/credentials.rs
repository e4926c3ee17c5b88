//! The token of a request: only ever in its `Authorization` header.

use axum::http::header::AUTHORIZATION;
use axum::http::{HeaderMap, Uri};

/// Why the credentials of a request are not even looked up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unusable;

/// Longer than any token that is handed out.
const LONGEST: usize = 512;

/// The bearer token; `None` where the request has no credentials.
pub fn bearer(headers: &HeaderMap) -> Result<Option<&str>, Unusable> {
    let mut values = headers.get_all(AUTHORIZATION).iter();
    let Some(value) = values.next() else { return Ok(None) };
    let text = value.to_str().map_err(|_| Unusable)?;
    let (scheme, token) = text.split_once(' ').ok_or(Unusable)?;
    let token = token.trim();
    let is_token = !token.is_empty() && token.len() <= LONGEST && token.bytes().all(is_token_byte);
    if values.next().is_some() || !scheme.eq_ignore_ascii_case("bearer") || !is_token {
        return Err(Unusable);
    }
    Ok(Some(token))
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
    use axum::http::HeaderValue;

    #[test]
    fn tokens_are_read_from_one_header() {
        for (value, token) in [
            ("Bearer abc", Ok(Some("abc"))),
            ("bearer abc_-.~+/=", Ok(Some("abc_-.~+/="))),
            ("Bearer ", Err(Unusable)),
            ("Bearer", Err(Unusable)),
            ("Basic abc", Err(Unusable)),
            ("Bearer a b", Err(Unusable)),
            ("Bearer ünï", Err(Unusable)),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(AUTHORIZATION, HeaderValue::from_bytes(value.as_bytes()).unwrap());
            assert_eq!(bearer(&headers), token, "{value}");
        }
        assert_eq!(bearer(&HeaderMap::new()), Ok(None));
        let mut headers = HeaderMap::new();
        headers.append(AUTHORIZATION, HeaderValue::from_static("Bearer a"));
        headers.append(AUTHORIZATION, HeaderValue::from_static("Bearer b"));
        assert_eq!(bearer(&headers), Err(Unusable));
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
