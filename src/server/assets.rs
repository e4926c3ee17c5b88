//! Files for browsers, kept in memory, with tags by which a browser revalidates its copy.

use super::compression::Compressible;
use axum::body::Body;
use axum::http::header::{
    ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG, IF_NONE_MATCH, REFERRER_POLICY, VARY,
};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::response::Response;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bytes::Bytes;
use sha2::{Digest, Sha256};

/// One file, and all that is said about it.
pub struct Asset {
    content: Bytes,
    /// The tag as it is compared, without the mark of a weak one.
    tag: String,
    headers: HeaderMap,
}

impl Asset {
    /// A file of a media type. Browsers keep it, and ask each time whether it is still the same: its name stays when its content changes.
    pub fn new(content: impl Into<Bytes>, media_type: &'static str) -> Asset {
        let content = content.into();
        let tag = format!("\"{}\"", URL_SAFE_NO_PAD.encode(Sha256::digest(&content)));
        let headers = [
            (CONTENT_TYPE, HeaderValue::from_static(media_type)),
            (CACHE_CONTROL, HeaderValue::from_static("no-cache")),
            (VARY, HeaderValue::from(ACCEPT_ENCODING)),
            // A weak tag, because the compressed forms of the file share it.
            (ETAG, HeaderValue::from_str(&format!("W/{tag}")).expect("a tag is written in ASCII")),
        ];
        Asset {
            content,
            tag,
            headers: HeaderMap::from_iter(headers),
        }
    }

    /// A page, and what it may load and do.
    pub fn page(content: impl Into<Bytes>, policy: HeaderValue) -> Asset {
        let page = Asset::new(content, "text/html; charset=utf-8");
        page.with(CONTENT_SECURITY_POLICY, policy)
            .with(REFERRER_POLICY, HeaderValue::from_static("no-referrer"))
    }

    /// The file, or 304 if the browser has the same. Both have the headers, so that the policy of a cached page follows the server.
    pub fn answer(&self, request: &HeaderMap) -> Response {
        let mut response = Response::default();
        if self.is_kept(request) {
            *response.status_mut() = StatusCode::NOT_MODIFIED;
            // Of unknown length, or the answer to HEAD would say that the file has none.
            *response.body_mut() = Body::from_stream(futures_util::stream::empty::<Result<Bytes, std::io::Error>>());
        } else {
            *response.body_mut() = Body::from(self.content.clone());
            response.extensions_mut().insert(Compressible);
        }
        response.headers_mut().extend(self.headers.clone());
        response
    }

    fn with(mut self, name: HeaderName, value: HeaderValue) -> Asset {
        self.headers.insert(name, value);
        self
    }

    /// Whether one of the tags that the request brings is that of the file.
    fn is_kept(&self, request: &HeaderMap) -> bool {
        let values = request.get_all(IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok());
        let mut tags = values.flat_map(|value| value.split(',')).map(str::trim);
        tags.any(|tag| tag == "*" || tag.strip_prefix("W/").unwrap_or(tag) == self.tag)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn status(asset: &Asset, tags: &str) -> StatusCode {
        let value = HeaderValue::from_str(tags).unwrap();
        asset.answer(&HeaderMap::from_iter([(IF_NONE_MATCH, value)])).status()
    }

    #[test]
    fn a_file_is_sent_unless_it_is_kept() {
        let (asset, other) = (Asset::new("a", "text/css"), Asset::new("b", "text/css"));
        assert_ne!(asset.tag, other.tag);
        for (tags, is_kept) in [
            (asset.tag.clone(), true),
            (format!("W/{}", asset.tag), true),
            (format!("\"x\", W/{} ,\"y\"", asset.tag), true),
            ("*".to_owned(), true),
            (other.tag.clone(), false),
            (asset.tag.replace('"', ""), false),
            ("\"\"".to_owned(), false),
            (String::new(), false),
        ] {
            assert_eq!(status(&asset, &tags) == StatusCode::NOT_MODIFIED, is_kept, "{tags}");
        }
        assert_eq!(asset.answer(&HeaderMap::new()).status(), StatusCode::OK);
    }
}
