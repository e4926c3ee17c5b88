//! An answer of the server, and accessors for tests.

use reqwest::header::HeaderMap;
use serde_json::Value;

#[derive(Clone, Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: HeaderMap,
    /// The body as it came, but for what is left in the caller's bucket, which each request changes.
    pub text: String,
    /// Null where the body is no JSON.
    pub body: Value,
}

impl Answer {
    pub async fn read(response: reqwest::Response) -> Answer {
        let status = response.status().as_u16();
        let headers = response.headers().clone();
        let text = response.text().await.expect("the body arrives whole");
        let body = serde_json::from_str(&text).unwrap_or(Value::Null);
        let text = without_throttle(text);
        Answer {
            status,
            headers,
            text,
            body,
        }
    }

    /// The data of an answer without errors.
    #[track_caller]
    pub fn data(&self) -> &Value {
        assert!(self.errors().is_empty(), "unexpected errors: {}", self.text);
        assert_eq!(self.status, 200, "{}", self.text);
        &self.body["data"]
    }

    /// The payload of a successful mutation.
    #[track_caller]
    pub fn payload(&self, mutation: &str) -> &Value {
        let payload = &self.data()[mutation];
        assert_eq!(
            payload["userErrors"],
            serde_json::json!([]),
            "unexpected user errors: {}",
            self.text
        );
        payload
    }

    /// The user errors of a mutation as texts such as `TAKEN input.id`, in the order in which they came.
    #[track_caller]
    pub fn user_errors(&self, mutation: &str) -> Vec<String> {
        let payload = &self.data()[mutation];
        let errors = payload["userErrors"].as_array();
        let errors = errors.unwrap_or_else(|| panic!("no userErrors in {}", self.text));
        // Only an edit of an older version is answered with the object as it is now.
        let is_outdated = errors
            .iter()
            .any(|error| error["code"] == "CONFLICT" && error["path"] == serde_json::json!(["expectedVersion"]));
        for (name, value) in payload.as_object().expect("a payload is an object") {
            assert!(
                errors.is_empty() || is_outdated || name == "userErrors" || value.is_null(),
                "`{name}` is given beside user errors: {}",
                self.text
            );
        }
        errors
            .iter()
            .map(|error| {
                let path: Vec<&str> = error["path"]
                    .as_array()
                    .map_or_else(Vec::new, |path| path.iter().filter_map(Value::as_str).collect());
                let code = error["code"].as_str().unwrap_or("?");
                if path.is_empty() {
                    code.to_owned()
                } else {
                    format!("{code} {}", path.join("."))
                }
            })
            .collect()
    }

    /// The errors at the top, of which a good answer has none.
    pub fn errors(&self) -> &[Value] {
        self.body["errors"].as_array().map_or(&[], Vec::as_slice)
    }

    /// The codes of the errors at the top.
    pub fn codes(&self) -> Vec<&str> {
        self.errors()
            .iter()
            .map(|error| error["extensions"]["code"].as_str().unwrap_or("?"))
            .collect()
    }

    /// The body without what differs between two requests that ask the same.
    pub fn comparable(&self) -> String {
        let mut body: Value = serde_json::from_str(&self.text).unwrap_or(Value::Null);
        if let Some(errors) = body["errors"].as_array_mut() {
            for error in errors {
                if let Some(extensions) = error["extensions"].as_object_mut() {
                    extensions.remove("requestId");
                }
            }
        }
        format!("{} {body}", self.status)
    }
}

fn without_throttle(mut text: String) -> String {
    const BEGINNING: &str = ",\"throttleStatus\":{";
    if let Some(start) = text.find(BEGINNING)
        && let Some(length) = text[start..].find('}')
    {
        text.replace_range(start..=start + length, "");
    }
    text
}
