//! Clients that send the hash of a query first get the error upon which they send the query.

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Answer, Person, TestApp};

const QUERY: &str = "{ viewer { id } }";
const MEDIA: [&str; 2] = ["application/json", "application/graphql-response+json"];

fn hash() -> Value {
    json!({ "persistedQuery": { "version": 1, "sha256Hash": "ecf4edb46db40b5132295c0291d62fb65d6759a9eedfa4d5d612dd5ec54a6b38" } })
}

async fn by_body(person: &Person, media: &str, body: &Value) -> Answer {
    let request = person.request(Method::POST, "/graphql").header("accept", media).json(body);
    Answer::read(request.send().await.expect("the server answers")).await
}

async fn by_address(person: &Person, media: &str, parameters: &[(&str, &str)]) -> Answer {
    let encoded = |text: &str| text.bytes().map(|byte| format!("%{byte:02X}")).collect::<String>();
    let pairs: Vec<String> = parameters
        .iter()
        .map(|(name, value)| format!("{name}={}", encoded(value)))
        .collect();
    let request = person
        .request(Method::GET, &format!("/graphql?{}", pairs.join("&")))
        .header("accept", media);
    Answer::read(request.send().await.expect("the server answers")).await
}

#[track_caller]
fn assert_not_supported(what: &str, answer: &Answer) {
    // Of the clients that send hashes some look into no answer with another status.
    assert_eq!(answer.status, 200, "{what}: {}", answer.text);
    assert!(answer.body.get("data").is_none(), "{what}: {}", answer.text);
    assert_eq!(answer.codes(), ["PERSISTED_QUERY_NOT_SUPPORTED"], "{what}: {}", answer.text);
    assert_eq!(answer.errors()[0]["message"], "PersistedQueryNotSupported", "{what}");
}

both! {
    async fn a_hash_alone_is_answered_so_that_clients_send_the_query(app: TestApp) {
        let text = hash().to_string();
        for media in MEDIA {
            for person in [&app.ana, &app.anonymous] {
                for body in [
                    json!({ "extensions": hash() }),
                    json!({ "operationName": "Viewer", "variables": {}, "extensions": hash() }),
                    json!({ "query": null, "extensions": hash() }),
                    json!({ "query": "", "extensions": hash() }),
                ] {
                    assert_not_supported(&format!("{media} {body}"), &by_body(person, media, &body).await);
                }
                assert_not_supported(media, &by_address(person, media, &[("extensions", &text)]).await);
                let named = [("operationName", "Viewer"), ("variables", "{}"), ("query", ""), ("extensions", &text)];
                assert_not_supported(media, &by_address(person, media, &named).await);
            }
        }
    }

    async fn a_query_with_its_hash_is_a_query(app: TestApp) {
        let text = hash().to_string();
        for media in MEDIA {
            let viewer = json!({ "viewer": { "id": app.ana.id } });
            let answer = by_body(&app.ana, media, &json!({ "query": QUERY, "extensions": hash() })).await;
            assert_eq!(answer.data(), &viewer);
            let answer = by_address(&app.ana, media, &[("query", QUERY), ("extensions", &text)]).await;
            assert_eq!(answer.data(), &viewer);
            // It was not kept.
            assert_not_supported(media, &by_body(&app.ana, media, &json!({ "extensions": hash() })).await);
        }
    }

    async fn other_extensions_stand_for_no_query(app: TestApp) {
        for extensions in [json!({}), json!({ "persistedQuery": null }), json!({ "other": { "persistedQuery": 1 } }), json!([1]), json!("persistedQuery")] {
            let answer = by_body(&app.ana, MEDIA[1], &json!({ "extensions": extensions })).await;
            assert_eq!((answer.status, answer.codes()), (400, vec!["BAD_USER_INPUT"]), "{extensions}: {}", answer.text);
        }
        let answer = by_body(&app.ana, MEDIA[1], &json!({ "documentId": "x", "extensions": hash() })).await;
        assert_eq!((answer.status, answer.codes()), (400, vec!["PERSISTED_QUERY_NOT_FOUND"]), "{}", answer.text);
    }
}
