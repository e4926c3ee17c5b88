//! Requests with files, as clients send them: forms, parts of uploads, and downloads.

use serde_json::{Value, json};

const BOUNDARY: &str = "----of-the-bench";

/// A request with a form of one file: what comes before the content of the file, and what comes after it.
pub struct Form {
    pub beginning: Vec<u8>,
    pub end: Vec<u8>,
}

impl Form {
    /// An operation whose variable `file` is a file of this size, by the GraphQL multipart request specification.
    pub fn new(token: &str, document: &str, mut variables: Value, file_name: &str, size: usize) -> Form {
        variables["file"] = Value::Null;
        let mut body = String::new();
        let operations = json!({ "query": document, "variables": variables }).to_string();
        let map = json!({ "0": ["variables.file"] }).to_string();
        for (name, text) in [("operations", operations), ("map", map)] {
            body.push_str(&format!(
                "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{text}\r\n"
            ));
        }
        body.push_str(&format!(
            "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"0\"; filename=\"{file_name}\"\r\n\r\n"
        ));
        let end = format!("\r\n--{BOUNDARY}--\r\n");
        let length = body.len() + size + end.len();
        let head = format!(
            "POST /graphql HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {token}\r\nGraphQL-Require-Preflight: 1\r\n\
             Content-Type: multipart/form-data; boundary={BOUNDARY}\r\nContent-Length: {length}\r\n\r\n"
        );
        Form {
            beginning: (head + &body).into_bytes(),
            end: end.into_bytes(),
        }
    }

    /// The whole request.
    pub fn with(self, content: &[u8]) -> Vec<u8> {
        [&self.beginning, content, &self.end].concat()
    }
}

/// A part of an upload, sent to its address.
pub fn put(path: &str, offset: usize, content: &[u8]) -> Vec<u8> {
    let length = content.len();
    let head = format!("PUT {path} HTTP/1.1\r\nHost: localhost\r\nUpload-Offset: {offset}\r\nContent-Length: {length}\r\n\r\n");
    [head.as_bytes(), content].concat()
}

/// A request without a body and without credentials: the address is signed.
pub fn bodyless(method: &str, path: &str) -> Vec<u8> {
    format!("{method} {path} HTTP/1.1\r\nHost: localhost\r\n\r\n").into_bytes()
}

/// Hexadecimal digits of a checksum.
pub fn hexadecimal(bytes: impl AsRef<[u8]>) -> String {
    bytes.as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}
