//! Requests as forms: what is taken, what is refused before a byte of a file is read, and that nothing is left of either.

use std::net::SocketAddr;
use std::time::Duration;

use cartera::auth::Role;
use reqwest::Method;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::{ANY, REFUSED, assert_stored, unfinished};
use crate::support::{Answer, Form, Person, TestApp};

const VIEWER: &str = "{ viewer { id } }";

fn operations(query: &str) -> String {
    json!({ "query": query }).to_string()
}

#[track_caller]
fn assert_refused(what: &str, answer: &Answer, status: u16, code: &str) {
    assert_eq!((answer.status, answer.codes()), (status, vec![code]), "{what}: {}", answer.text);
    assert!(answer.body.get("data").is_none(), "{what}: {}", answer.text);
}

both! {
    async fn a_form_is_a_request_like_any_other(app: TestApp) {
        let answer = app.ana.send_form(Form::of(VIEWER, json!({}), &[])).await;
        assert_eq!(answer.data()["viewer"]["id"], json!(app.ana.id));
        let files: &[(&str, &str, &[u8])] = &[("variables.file", "a.txt", b"content")];
        let answer = app.ana.send_form(Form::of(ANY, json!({ "file": null }), files)).await;
        assert_eq!(answer.user_errors("documentUpload"), REFUSED);
        assert_stored(&app, 0).await;
        let nested = "mutation ($input: DocumentUploadInput!) { documentUpload(prospectId: 0, input: $input) { document { id } userErrors { code message path } } }";
        let files: &[(&str, &str, &[u8])] = &[("variables.input.file", "", b"")];
        let answer = app.ana.send_form(Form::of(nested, json!({ "input": { "file": null } }), files)).await;
        assert_eq!(answer.user_errors("documentUpload"), REFUSED, "{}", answer.text);
        assert_stored(&app, 0).await;
    }

    /// Each is refused before the file is read, at the place where it stands.
    async fn files_stand_where_files_are_taken(app: TestApp) {
        let refused = |answer: &Answer, message: &str| {
            assert_eq!(answer.codes(), ["BAD_USER_INPUT"], "{message}: {}", answer.text);
            assert!(answer.text.contains(message), "{message}: {}", answer.text);
        };
        let lists = "query ($filter: ProspectFilter) { prospects(filter: $filter, first: 1) { nodes { id } } }";
        let variables = json!({ "filter": { "or": [{ "id": { "in": ["x", null] } }] } });
        let files: &[(&str, &str, &[u8])] = &[("variables.filter.or.0.id.in.1", "a", b"x")];
        let answer = app.ana.send_form(Form::of(lists, variables, files)).await;
        refused(&answer, "`$filter.or[0].id.in[1]` of type `ID` cannot be a file");
        let files: &[(&str, &str, &[u8])] = &[("variables.id", "a", b"x")];
        let answer = app.ana.send_form(Form::of("query ($id: ID!) { prospect(id: $id) { id } }", json!({ "id": null }), files)).await;
        refused(&answer, "`$id` of type `ID` cannot be a file");
        let note = "mutation ($input: NoteCreateInput!) { noteCreate(prospectId: 0, input: $input) { userErrors { code } } }";
        let files: &[(&str, &str, &[u8])] = &[("variables.input.body", "a", b"x")];
        let answer = app.ana.send_form(Form::of(note, json!({ "input": { "body": null } }), files)).await;
        refused(&answer, "`$input.body` of type `String` cannot be a file");
        assert_stored(&app, 0).await;
    }

    /// Whether in the document, in the variables or as a default.
    async fn texts_are_no_files(app: TestApp) {
        let document = |variables: &str, input: &str| {
            format!("mutation {variables} {{ documentUpload(prospectId: 0, input: {input}) {{ document {{ id }} userErrors {{ code message path }} }} }}")
        };
        let no_file = |place: &str| format!("`{place}` is not a valid `Upload`: a file comes with a request that is sent as multipart/form-data");
        for (document, variables, code, message) in [
            (document("($file: Upload!)", "{ file: $file }"), json!({ "file": "text" }), "BAD_USER_INPUT", no_file("$file")),
            (document("($file: Upload)", "{ file: $file }"), json!({ "file": 7 }), "BAD_USER_INPUT", no_file("$file")),
            (document("($file: Upload)", "{ file: $file }"), json!({ "file": { "a": null } }), "BAD_USER_INPUT", no_file("$file")),
            (document("($file: Upload)", "{ file: $file }"), json!({ "file": [1, 2] }), "BAD_USER_INPUT", no_file("$file")),
            (document("($input: DocumentUploadInput!)", "$input"), json!({ "input": { "file": "text" } }), "BAD_USER_INPUT", no_file("$input.file")),
            (document("", "{ file: \"text\" }"), json!({}), "GRAPHQL_VALIDATION_FAILED", "\"input.file\", expected type \"Upload\"".to_owned()),
            (document("", "{ file: TEXT }"), json!({}), "GRAPHQL_VALIDATION_FAILED", "\"input.file\", expected type \"Upload\"".to_owned()),
            (document("($name: String)", "{ file: \"text\", name: $name }"), json!({}), "GRAPHQL_VALIDATION_FAILED", no_file("input.file")),
            (document("($file: Upload = \"text\")", "{ file: $file }"), json!({}), "GRAPHQL_VALIDATION_FAILED", "expected type \"Upload\"".to_owned()),
        ] {
            let answer = app.ana.run(&document, variables.clone()).await;
            let is_refused = |answer: &Answer| !answer.codes().is_empty() && answer.codes().iter().all(|found| *found == code);
            assert!(is_refused(&answer), "{document}: {}", answer.text);
            let said = answer.errors()[0]["message"].as_str().expect("a message");
            assert!(said.contains(&message), "{document}: {}", answer.text);
            assert!(!answer.errors()[0]["locations"].is_null(), "{document}: {}", answer.text);
            // Nor within a form.
            let answer = app.ana.send_form(Form::of(&document, variables, &[])).await;
            assert!(is_refused(&answer), "a form, {document}: {}", answer.text);
        }
        assert_stored(&app, 0).await;
    }

    async fn forms_need_a_header_and_a_user(app: TestApp) {
        let bytes = Form::of(VIEWER, json!({}), &[]).bytes();
        let kind = format!("multipart/form-data; boundary={}", Form::BOUNDARY);
        for preflight in [None, Some("")] {
            let mut request = app.ana.request(Method::POST, "/graphql").header("content-type", &kind).body(bytes.clone());
            if let Some(value) = preflight {
                request = request.header(Form::PREFLIGHT.0, value);
            }
            let answer = Answer::read(request.send().await.expect("the server answers")).await;
            assert_refused("no preflight", &answer, 403, "FORBIDDEN");
        }
        assert_refused("anonymous", &app.anonymous.send_form(Form::of("{ __typename }", json!({}), &[])).await, 401, "UNAUTHENTICATED");
        let wrong = app.ana.with_token(Some("wrong"));
        assert_refused("wrong token", &wrong.send_form(Form::of(VIEWER, json!({}), &[])).await, 401, "UNAUTHENTICATED");
        let compressed = app.ana.form(bytes).header("content-encoding", "gzip");
        let answer = Answer::read(compressed.send().await.expect("the server answers")).await;
        assert_refused("compressed", &answer, 415, "BAD_USER_INPUT");
    }

    async fn forms_have_their_parts_in_order(app: TestApp) {
        let any = json!({ "query": ANY, "variables": { "file": null } }).to_string();
        let form = Form::default;
        let one = r#"{"0":["variables.file"]}"#;
        for (what, form) in [
            ("nothing", form()),
            ("no map", form().text("operations", &any)),
            ("map first", form().text("map", "{}").text("operations", &operations(VIEWER))),
            ("file first", form().file("0", "a", b"x").text("operations", &any).text("map", one)),
            ("operations as a file", form().file("operations", "a", any.as_bytes()).text("map", one).file("0", "a", b"x")),
            ("operations twice", form().text("operations", &any).text("operations", &any).text("map", one)),
            ("several operations", form().text("operations", &format!("[{any}]")).text("map", "{}")),
            ("no JSON", form().text("operations", "{").text("map", "{}")),
            ("deep JSON", form().text("operations", &"[".repeat(100_000)).text("map", "{}")),
            ("map is a list", form().text("operations", &any).text("map", "[]").file("0", "a", b"x")),
            ("map of texts", form().text("operations", &any).text("map", r#"{"0":"variables.file"}"#).file("0", "a", b"x")),
            ("names twice", form().text("operations", &any).text("map", r#"{"0":["variables.file"],"0":["variables.file"]}"#).file("0", "a", b"x")),
            ("one file in two places", form().text("operations", &any).text("map", r#"{"0":["variables.file","variables.file"]}"#).file("0", "a", b"x")),
            ("two files in one place", form().text("operations", &any).text("map", r#"{"0":["variables.file"],"1":["variables.file"]}"#).file("0", "a", b"x").file("1", "a", b"x")),
            ("no place", form().text("operations", &any).text("map", r#"{"0":[]}"#).file("0", "a", b"x")),
            ("a missing file", form().text("operations", &any).text("map", one)),
            ("another file", form().text("operations", &any).text("map", one).file("1", "a", b"x")),
            ("a file twice", form().text("operations", &any).text("map", one).file("0", "a", b"x").file("0", "a", b"x")),
            ("one file too many", form().text("operations", &any).text("map", one).file("0", "a", b"x").file("1", "a", b"x")),
            ("a part without a name", form().text("operations", &any).text("map", one).part("content-disposition: form-data", b"x")),
        ] {
            assert_refused(what, &app.ana.send_form(form).await, 400, "BAD_USER_INPUT");
        }
        for path in ["file", "variables", "variables.other", "variables.file.0", "variables..file", "operations.file", "variables.file ", ""] {
            let map = json!({ "0": [path] }).to_string();
            let form = form().text("operations", &any).text("map", &map).file("0", "a", b"x");
            assert_refused(path, &app.ana.send_form(form).await, 400, "BAD_USER_INPUT");
        }
        let taken = json!({ "query": ANY, "variables": { "file": "x" } }).to_string();
        let form = form().text("operations", &taken).text("map", one).file("0", "a", b"x");
        assert_refused("a place that is taken", &app.ana.send_form(form).await, 400, "BAD_USER_INPUT");
        assert_stored(&app, 0).await;
    }

    async fn forms_have_limits(app: TestApp) {
        let app = app.with_settings(|settings| settings.document_max_bytes = 1_000).await;
        let files = |size: usize| Form::of(ANY, json!({ "file": null }), &[("variables.file", "a", &vec![7; size])]);
        app.ana.send_form(files(1_000)).await.data();
        assert_refused("a large file", &app.ana.send_form(files(1_001)).await, 413, "BAD_USER_INPUT");
        assert_refused("a very large file", &app.ana.send_form(files(6 << 20)).await, 413, "BAD_USER_INPUT");
        let many = |count: usize| {
            let names: Vec<String> = (0..count).map(|index| format!("f{index}")).collect();
            let declared: String = names.iter().map(|name| format!("${name}: Upload! ")).collect();
            let field = |name: &String| format!("{name}: documentUpload(prospectId: 0, input: {{ file: ${name} }}) {{ userErrors {{ code }} }} ");
            let query = format!("mutation ({declared}) {{ {} }}", names.iter().map(field).collect::<String>());
            let paths: Vec<String> = names.iter().map(|name| format!("variables.{name}")).collect();
            let files: Vec<(&str, &str, &[u8])> = paths.iter().map(|path| (&path[..], "a", &b"x"[..])).collect();
            let variables: serde_json::Map<String, Value> = names.into_iter().map(|name| (name, Value::Null)).collect();
            Form::of(&query, variables.into(), &files)
        };
        app.ana.send_form(many(10)).await.data();
        assert_refused("many files", &app.ana.send_form(many(11)).await, 400, "BAD_USER_INPUT");
        let head = format!("content-disposition: form-data; name=\"0\"\r\nx: {}", "y".repeat(300_000));
        let long = Form::default().text("operations", &operations(VIEWER)).text("map", "{}").part(&head, b"x");
        assert_refused("a long head", &app.ana.send_form(long).await, 400, "BAD_USER_INPUT");
        let large = Form::default().text("operations", &format!("{}{}", operations(VIEWER), " ".repeat(2 << 20))).text("map", "{}");
        assert_refused("large operations", &app.ana.send_form(large).await, 413, "BAD_USER_INPUT");
        assert_stored(&app, 0).await;
    }

    async fn files_are_read_after_all_checks(app: TestApp) {
        let file = |query: &str| Form::of(query, json!({ "file": null }), &[("variables.file", "a", &[])]);
        for (what, query, status) in [
            ("syntax", "mutation ($file: Upload!) {", 400),
            ("depth", &format!("mutation ($file: Upload!) {}{}", "{ a ".repeat(50), "}".repeat(50)), 400),
            ("an absent variable", "mutation ($file: Upload!, $other: ID!) { documentUpload(prospectId: $other, input: { file: $file }) { userErrors { code } } }", 400),
            ("a place for something else", "query ($file: ID!) { prospect(id: $file) { id } }", 400),
        ] {
            // The form never ends, and its connection would wait for it.
            let answer = half_sent(&app, file(query).unfinished()).await;
            assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{what}: {answer}");
        }
        assert_stored(&app, 0).await;
    }

    /// A user who is deactivated, a session that ends and a role that changes while a file arrives: the operation is not carried out as before.
    async fn the_caller_is_checked_again_after_the_files(app: TestApp) {
        let end = "mutation { sessionEnd { userErrors { code } } }";
        let role = "mutation ($id: ID!) { userUpdate(id: $id, input: { role: SALES }) { userErrors { code } } }";
        for case in ["nothing", "session", "user", "role"] {
            let person = app.add_person(&format!("Nora {case}"), if case == "role" { Role::Admin } else { Role::Sales }).await;
            let bytes = Form::of(ANY, json!({ "file": null }), &[("variables.file", "a", b"x")]).bytes();
            let (begun, rest) = bytes.split_at(bytes.len() - 20);
            let mut connection = connect(&app).await;
            connection.write_all(&head_of(&person, bytes.len())).await.expect("the head is sent");
            connection.write_all(begun).await.expect("a part is sent");
            for _ in 0..500 {
                if unfinished(&app) == 1 {
                    break;
                }
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
            assert_eq!(unfinished(&app), 1, "{case}: the file is being written");
            match case {
                "session" => drop(person.run(end, json!({})).await.data()),
                "user" => app.deactivate(&person).await,
                "role" => drop(app.admin.run(role, json!({ "id": person.id })).await.payload("userUpdate")),
                _ => {}
            }
            connection.write_all(rest).await.expect("the rest is sent");
            let mut answer = vec![0; 4096];
            let length = tokio::time::timeout(Duration::from_secs(9), connection.read(&mut answer)).await;
            let length = length.expect("there is an answer").expect("the answer can be read");
            let answer = String::from_utf8_lossy(&answer[..length]).into_owned();
            let expected = if case == "nothing" { "HTTP/1.1 200 " } else { "HTTP/1.1 401 " };
            assert!(answer.starts_with(expected), "{case}: {answer}");
            assert_stored(&app, 0).await;
        }
    }

    /// However steadily it arrives: the sweep takes old files without a document for abandoned.
    async fn a_form_may_not_take_longer_than_an_upload(app: TestApp) {
        let app = app.with_settings(|settings| settings.upload_timeout = Duration::from_millis(300)).await;
        let form = Form::of(ANY, json!({ "file": null }), &[("variables.file", "a", &vec![7; 1 << 20])]).bytes();
        let mut connection = connect(&app).await;
        connection.write_all(&head(&app, form.len())).await.expect("the head is sent");
        let (mut reader, mut writer) = connection.split();
        let sending = async {
            for piece in form.chunks(form.len() / 20) {
                // The server may have had enough.
                let _ = writer.write_all(piece).await;
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        };
        let reading = async {
            let mut answer = vec![0; 4096];
            let length = reader.read(&mut answer).await.expect("the answer can be read");
            String::from_utf8_lossy(&answer[..length]).into_owned()
        };
        let ((), answer) = tokio::join!(sending, reading);
        assert!(answer.starts_with("HTTP/1.1 408") && answer.contains("TIMEOUT"), "{answer}");
        assert_stored(&app, 0).await;
    }

    async fn a_connection_that_breaks_off_leaves_nothing(app: TestApp) {
        let form = Form::of(ANY, json!({ "file": null }), &[("variables.file", "a", &vec![7; 3 << 20])]).unfinished();
        let mut connection = connect(&app).await;
        connection.write_all(&head(&app, 100 << 20)).await.expect("the head is sent");
        connection.write_all(&form[..form.len() - 10]).await.expect("a part of the file is sent");
        for _ in 0..500 {
            if unfinished(&app) == 1 {
                break;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        assert_eq!(unfinished(&app), 1, "the file is being written");
        drop(connection);
        assert_stored(&app, 0).await;
        let whole = Form::of(ANY, json!({ "file": null }), &[("variables.file", "a", b"x")]).unfinished();
        let answer = app.ana.form(whole).send().await.expect("the server answers");
        assert_refused("no end", &Answer::read(answer).await, 400, "BAD_USER_INPUT");
        assert_stored(&app, 0).await;
    }
}

async fn connect(app: &TestApp) -> TcpStream {
    let address: SocketAddr = app.url.trim_start_matches("http://").parse().expect("an address");
    TcpStream::connect(address).await.expect("the server listens")
}

/// The head of a request with a form of this length.
fn head(app: &TestApp, length: usize) -> Vec<u8> {
    head_of(&app.ana, length)
}

/// The same of any person.
fn head_of(person: &Person, length: usize) -> Vec<u8> {
    let token = person.token.as_deref().unwrap_or_default();
    let (name, value) = Form::PREFLIGHT;
    let boundary = Form::BOUNDARY;
    format!(
        "POST /graphql HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {token}\r\n{name}: {value}\r\n\
         accept: application/graphql-response+json\r\ncontent-type: multipart/form-data; boundary={boundary}\r\ncontent-length: {length}\r\n\r\n"
    )
    .into_bytes()
}

/// The answer to a form of which only the beginning is sent.
async fn half_sent(app: &TestApp, form: Vec<u8>) -> String {
    let mut connection = connect(app).await;
    connection.write_all(&head(app, 100 << 20)).await.expect("the head is sent");
    connection.write_all(&form).await.expect("the beginning is sent");
    let mut answer = vec![0; 4096];
    let length = tokio::time::timeout(Duration::from_secs(9), connection.read(&mut answer)).await;
    let length = length
        .expect("the server does not wait for the file")
        .expect("the answer can be read");
    String::from_utf8_lossy(&answer[..length]).into_owned()
}
