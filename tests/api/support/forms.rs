//! Forms with files, as clients send them by the GraphQL multipart request specification.

use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};

use super::{Answer, Person};

/// A form, well or ill made.
#[derive(Clone, Default)]
pub struct Form(Vec<u8>);

impl Form {
    pub const BOUNDARY: &str = "----of-the-test";
    /// The header without which no form is taken.
    pub const PREFLIGHT: (&str, &str) = ("graphql-require-preflight", "1");

    /// An operation with files, each with the path of its variable, its name and its content. The variables are null there already.
    pub fn of(query: &str, variables: Value, files: &[(&str, &str, &[u8])]) -> Form {
        let map: Value = files
            .iter()
            .enumerate()
            .map(|(index, (path, ..))| (index.to_string(), json!([path])))
            .collect::<serde_json::Map<_, _>>()
            .into();
        let head = Form::default()
            .text("operations", &json!({ "query": query, "variables": variables }).to_string())
            .text("map", &map.to_string());
        let files = files.iter().enumerate();
        files.fold(head, |form, (index, (_, name, content))| {
            form.file(&index.to_string(), name, content)
        })
    }

    /// Adds a field.
    pub fn text(self, name: &str, text: &str) -> Form {
        self.part(&format!("content-disposition: form-data; name=\"{name}\""), text.as_bytes())
    }

    /// Adds a file.
    pub fn file(self, name: &str, file_name: &str, content: &[u8]) -> Form {
        let head = format!("content-disposition: form-data; name=\"{name}\"; filename=\"{file_name}\"\r\ncontent-type: text/html");
        self.part(&head, content)
    }

    /// Adds a part with these headers.
    pub fn part(mut self, head: &str, content: &[u8]) -> Form {
        self.0.extend(format!("--{}\r\n{head}\r\n\r\n", Form::BOUNDARY).bytes());
        self.0.extend(content);
        self.0.extend(b"\r\n");
        self
    }

    /// The form up to here, as of a connection that breaks off.
    pub fn unfinished(self) -> Vec<u8> {
        self.0
    }

    pub fn bytes(mut self) -> Vec<u8> {
        self.0.extend(format!("--{}--\r\n", Form::BOUNDARY).bytes());
        self.0
    }
}

impl Person {
    /// A request with a form, to be changed further.
    pub fn form(&self, body: impl Into<reqwest::Body>) -> RequestBuilder {
        let (name, value) = Form::PREFLIGHT;
        self.request(Method::POST, "/graphql")
            .header("accept", "application/graphql-response+json")
            .header("content-type", format!("multipart/form-data; boundary={}", Form::BOUNDARY))
            .header(name, value)
            .body(body)
    }

    pub async fn send_form(&self, form: Form) -> Answer {
        Answer::read(self.form(form.bytes()).send().await.expect("the server answers")).await
    }
}
