//! Documents that the GraphQL library alone would take for valid, and names that it would take twice.

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Answer, Person, TestApp};

/// Runs a document that is refused as not valid, each time that it is sent.
async fn invalid(app: &TestApp, document: &str) {
    for _ in 0..2 {
        let answer = app.ana.run(document, json!({ "v": true, "id": "x", "input": {} })).await;
        assert_eq!(answer.status, 400, "{document}: {}", answer.text);
        assert!(
            answer.codes().iter().all(|code| *code == "GRAPHQL_VALIDATION_FAILED"),
            "{document}: {}",
            answer.text
        );
        assert!(
            !answer.codes().is_empty() && answer.body.get("data").is_none(),
            "{document}: {}",
            answer.text
        );
        assert!(
            answer.errors()[0]["locations"][0]["line"].is_number(),
            "{document}: {}",
            answer.text
        );
    }
    // Anonymous callers learn nothing about it.
    if !document.contains("sessionCreate") && !document.starts_with("{ __typename") {
        let answer = app.anonymous.run(document, json!({})).await;
        assert_eq!(answer.codes(), ["UNAUTHENTICATED"], "{document}: {}", answer.text);
    }
}

async fn send(person: &Person, body: &str) -> Answer {
    let request = person.request(Method::POST, "/graphql").header("content-type", "application/json");
    Answer::read(request.body(body.to_owned()).send().await.expect("the server answers")).await
}

both! {
    async fn typename_is_validated_like_any_field(app: TestApp) {
        for field in [
            "__typename(a: 1)",
            "__typename { a }",
            "__typename @unknown",
            "__typename @deprecated",
            "__typename @skip",
            "__typename @skip(if: 1)",
            "__typename @skip(if: null)",
            "__typename @skip(unless: true)",
            "__typename @skip(if: true, if: true)",
            "__typename @skip(if: true) @skip(if: true)",
            "__typename @skip(if: $w)",
            "a: viewer { id } a: __typename @skip(if: false)",
        ] {
            for document in [
                format!("{{ {field} }}"),
                format!("{{ ... {{ {field} }} viewer {{ id }} }}"),
                format!("{{ ...f viewer {{ id }} }} fragment f on Query {{ {field} }}"),
            ] {
                if !(field.starts_with("a:") && document.contains("fragment")) {
                    invalid(&app, &document).await;
                }
            }
            if field.starts_with("a:") {
                continue;
            }
            invalid(&app, &format!("{{ prospects {{ nodes {{ {field} }} }} }}")).await;
            invalid(&app, &format!("{{ timeline {{ nodes {{ ... on NoteEntry {{ {field} }} }} }} }}")).await;
            invalid(&app, &format!("{{ node(id: \"x\") {{ {field} }} }}")).await;
            invalid(&app, &format!("mutation {{ noteUnpin(id: \"x\") {{ {field} }} }}")).await;
            invalid(&app, &format!("mutation {{ sessionCreate(input: {{ email: \"a@b.example\", password: \"x\" }}) {{ {field} }} }}")).await;
        }
        for document in [
            "query ($v: Boolean!) { viewer { __typename } }",
            "query ($v: Boolean! @skip(if: true)) { viewer { id @skip(if: $v) } }",
            "query ($v: Boolean! @unknown(a: $x)) { viewer { id @skip(if: $v) } }",
            "query A { viewer { id } } query B($v: Boolean! @unknown) { viewer { id @skip(if: $v) } }",
        ] {
            let name = if document.contains("query A") { Some("A") } else { None };
            if let Some(name) = name {
                let answer = app.ana.run_operation(document, name, json!({})).await;
                assert_eq!(answer.codes(), ["GRAPHQL_VALIDATION_FAILED"], "{document}: {}", answer.text);
            } else {
                invalid(&app, document).await;
            }
        }
    }

    async fn directives_of_typename_take_effect(app: TestApp) {
        let made = app.prospect().owner(&app.ana).create().await;
        app.note(&app.ana, &made, "hola").await;
        let document = "query ($id: ID!, $v: Boolean!, $w: Boolean! = true) {
            a: __typename @include(if: $v) b: __typename @skip(if: $v)
            node(id: $id) { c: __typename @include(if: $v) d: __typename @skip(if: $w) ...f
                ... on Prospect { timeline(first: 1) { e: __typename @skip(if: $v) nodes {
                    g: __typename @include(if: $v) ... on NoteEntry { h: __typename @include(if: $v) @skip(if: false) } } } } } }
            fragment f on Node { i: __typename @include(if: $v) ... on Prospect { j: __typename @skip(if: $v) } }";
        // The second time the document is known to be valid.
        for _ in 0..2 {
            let answer = app.ana.run(document, json!({ "id": made.id, "v": true })).await;
            assert_eq!(answer.data(), &json!({
                "a": "Query",
                "node": { "c": "Prospect", "i": "Prospect", "timeline": { "nodes": [{ "g": "NoteEntry", "h": "NoteEntry" }] } },
            }), "{}", answer.text);
            let answer = app.ana.run(document, json!({ "id": made.id, "v": false, "w": false })).await;
            assert_eq!(answer.data(), &json!({
                "b": "Query",
                "node": { "d": "Prospect", "j": "Prospect", "timeline": { "e": "TimelineConnection", "nodes": [{}] } },
            }), "{}", answer.text);
        }
        let document = "mutation ($v: Boolean!) { a: __typename @include(if: $v) b: __typename @skip(if: $v) }";
        for person in [&app.ana, &app.anonymous] {
            assert_eq!(person.run(document, json!({ "v": true })).await.data(), &json!({ "a": "Mutation" }));
            assert_eq!(person.run(document, json!({ "v": false })).await.data(), &json!({ "b": "Mutation" }));
        }
    }

    async fn a_field_of_an_input_is_given_once(app: TestApp) {
        let made = app.prospect().owner(&app.ana).create().await;
        for document in [
            "{ prospects(filter: { name: { eq: \"a\" }, name: { eq: \"b\" } }) { totalCount } }",
            "{ prospects(filter: { name: { eq: \"{ } : \\\" a: \", eq: \"b\" } }) { totalCount } }",
            "{ prospects(filter: { and: [{ name: { eq: \"a\" } }, { not: { name: { eq: \"a\" eq: \"a\" } } }] }) { totalCount } }",
            "query ($f: ProspectFilter = { name: { eq: \"a\" }, name: { eq: \"b\" } }) { prospects(filter: $f) { totalCount } }",
            "query ($v: String!) { prospects(filter: { name: { eq: $v, eq: $v } }) { totalCount } }",
            "{ viewer { id @skip(if: { a: 1, a: 1 }) } }",
            "{ viewer { id } } fragment f on Query { prospects(filter: { name: { eq: \"a\", eq: \"a\" } }) { totalCount } }",
            // Its siblings.
            "{ prospects(first: 1, first: 2) { totalCount } }",
            "{ viewer { id @skip(if: true, if: false) } }",
            "{ viewer { id @skip(if: true) @skip(if: false) } }",
            "query ($v: Boolean!, $v: Boolean!) { viewer { id @skip(if: $v) } }",
        ] {
            invalid(&app, document).await;
        }
        let before = app.snapshot().await;
        let document = format!("mutation {{ noteCreate(prospectId: \"{}\", input: {{ body: \"a\", body: \"b\" }}) {{ entry {{ id }} }} }}", made.id);
        invalid(&app, &document).await;
        before.assert_equal(&app.snapshot().await, "an input with a field twice");
        for document in [
            "query A { viewer { id } } query A { viewer { id } }",
            "{ ...f } fragment f on Query { viewer { id } } fragment f on Query { viewer { id } }",
        ] {
            let answer = app.ana.run(document, json!({})).await;
            assert_eq!((answer.status, answer.codes()), (400, vec!["GRAPHQL_PARSE_FAILED"]), "{}", answer.text);
        }
        let fine = "{ prospects(filter: { name: { contains: \"eq: { eq: \" } }) { totalCount } }";
        assert_eq!(app.ana.run(fine, json!({})).await.data(), &json!({ "prospects": { "totalCount": 0 } }));
    }

    /// The library would pass over an argument in which a variable is absent.
    async fn literals_beside_an_absent_variable_are_validated(app: TestApp) {
        for filter in [
            "{ nmae: { eq: \"a\" }, name: { eq: $name } }",
            "{ kind: { eq: PERSN }, name: { eq: $name } }",
            "{ and: [{ name: { eq: $name } }, { name: { contains: 7 } }] }",
        ] {
            invalid(&app, &format!("query ($name: String) {{ prospects(filter: {filter}) {{ totalCount }} }}")).await;
        }
        let fine = "query ($name: String, $none: String) { prospects(filter: { kind: { eq: PERSON }, name: { eq: $name, contains: $none } }) { totalCount } }";
        assert_eq!(app.ana.run(fine, json!({ "name": "a" })).await.data(), &json!({ "prospects": { "totalCount": 0 } }));
    }

    async fn a_name_in_json_is_given_once(app: TestApp) {
        let made = app.prospect().owner(&app.ana).create().await;
        let before = app.snapshot().await;
        let note = "mutation ($id: ID!, $input: NoteCreateInput!) { noteCreate(prospectId: $id, input: $input) { entry { id } } }";
        let id = &made.id;
        for variables in [
            format!("{{\"id\":\"{id}\",\"id\":\"{id}\",\"input\":{{\"body\":\"a\"}}}}"),
            format!("{{\"id\":\"{id}\",\"input\":{{\"body\":\"a\",\"body\":\"b\"}}}}"),
            format!("{{\"id\":\"{id}\",\"input\":{{\"body\":\"a\",\"b\\u006fdy\":\"b\"}}}}"),
            format!("{{\"id\":\"{id}\",\"input\":{{\"body\":\"a\"}},\"other\":[{{\"a\":1,\"a\":1}}]}}"),
        ] {
            let body = format!("{{\"query\":{},\"variables\":{variables}}}", Value::from(note));
            let answer = send(&app.ana, &body).await;
            assert_eq!((answer.status, answer.codes()), (400, vec!["BAD_USER_INPUT"]), "{variables}: {}", answer.text);
            assert!(answer.text.contains("twice"), "{}", answer.text);
            let document = "query ($id: ID!) { prospect(id: $id) { id } }";
            let encoded = |text: &str| text.bytes().map(|byte| format!("%{byte:02X}")).collect::<String>();
            let path = format!("/graphql?query={}&variables={}", encoded(document), encoded(&variables));
            let request = app.ana.request(Method::GET, &path);
            let answer = Answer::read(request.send().await.expect("the server answers")).await;
            assert_eq!((answer.status, answer.codes()), (400, vec!["BAD_USER_INPUT"]), "{variables}: {}", answer.text);
        }
        let body = format!("{{\"query\":{0},\"query\":{0}}}", Value::from("{ viewer { id } }"));
        let answer = send(&app.ana, &body).await;
        assert_eq!((answer.status, answer.codes()), (400, vec!["BAD_USER_INPUT"]), "{}", answer.text);
        before.assert_equal(&app.snapshot().await, "JSON with a name twice");
    }
}
