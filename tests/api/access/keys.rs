//! API keys: what they open, what they never open, and when they are worth nothing.

use std::time::Duration;

use cartera::auth::Role;
use cartera::ids::{self, Kind};
use futures_util::future::join_all;
use serde_json::{Value, json};
use tokio::time::Instant;

use crate::support::{Answer, Person, TestApp, operations};

const HOUR: i64 = 60 * 60 * 1000;
const VIEWER: &str = "{ viewer { id } }";
const KEYS: &str = "{ viewer { apiKeys { id name scope prefix createdAt lastUsedAt expiresAt } } }";
const REVOKE: &str = "mutation ($id: ID!) { apiKeyRevoke(id: $id) { apiKey { id } userErrors { code message path } } }";

async fn create(person: &Person, input: Value) -> Answer {
    person
        .run_operation(operations::ACCESS, "ApiKeyCreate", json!({ "input": input }))
        .await
}

/// The person as a program with a new key, and the id of the key.
async fn with_key(person: &Person, input: Value) -> (Person, String) {
    let answer = create(person, input).await;
    let payload = answer.payload("apiKeyCreate");
    let id = payload["apiKey"]["id"].as_str().expect("an id").to_owned();
    (person.with_token(payload["key"].as_str()), id)
}

async fn full(person: &Person) -> (Person, String) {
    with_key(person, json!({ "name": "Import", "scope": "FULL" })).await
}

/// The recorded uses of the keys, once there is something new, or the same after a while.
async fn uses(app: &TestApp, expected: &str) -> Vec<String> {
    let started = Instant::now();
    loop {
        let found = app.sql("SELECT CAST(last_used_at AS text) FROM api_keys ORDER BY id").await;
        if found == [expected] || started.elapsed() > Duration::from_secs(5) {
            return found;
        }
        tokio::task::yield_now().await;
    }
}

#[track_caller]
fn assert_worthless(answer: &Answer) {
    assert_eq!((answer.status, answer.codes()), (401, vec!["UNAUTHENTICATED"]), "{}", answer.text);
}

both! {
    async fn a_key_is_shown_once_and_kept_as_its_hash(app: TestApp) {
        let end = app.time(HOUR);
        let answer = create(&app.ana, json!({ "name": " Import ", "scope": "FULL", "expiresAt": end })).await;
        let payload = answer.payload("apiKeyCreate");
        let key = payload["key"].as_str().expect("a key").to_owned();
        assert!(key.starts_with("crt_") && key.len() == 47, "{key}");
        assert_eq!((&payload["apiKey"]["name"], &payload["apiKey"]["prefix"]), (&json!("Import"), &json!(key[..12])));
        let listed = app.ana.query(KEYS, json!({})).await;
        assert_eq!(listed["viewer"]["apiKeys"], json!([{
            "id": payload["apiKey"]["id"], "name": "Import", "scope": "FULL", "prefix": key[..12], "createdAt": app.time(0), "lastUsedAt": null,
            "expiresAt": end,
        }]));
        let hex: String = key.bytes().map(|byte| format!("{byte:02x}")).collect();
        for rows in app.snapshot().await.tables.values() {
            assert!(rows.iter().all(|row| !row.contains(&key) && !row.to_lowercase().contains(&hex)));
        }
        // What is left out is the least.
        assert_eq!(create(&app.luis, json!({ "name": "Report" })).await.payload("apiKeyCreate")["apiKey"]["expiresAt"], Value::Null);
        assert_eq!(app.luis.query(KEYS, json!({})).await["viewer"]["apiKeys"][0]["scope"], "READ_ONLY");
    }

    async fn a_key_sees_and_does_what_its_user_may(app: TestApp) {
        let own = app.prospect().owner(&app.ana).create().await;
        let foreign = app.prospect().owner(&app.luis).create().await;
        let (program, _) = full(&app.ana).await;
        let seen = program.query("{ viewer { id } prospects { nodes { id } } }", json!({})).await;
        assert_eq!(seen, json!({ "viewer": { "id": app.ana.id }, "prospects": { "nodes": [{ "id": own.id }] } }));
        let note = "mutation ($id: ID!) { noteCreate(prospectId: $id, input: { body: \"hola\" }) { entry { actor { id } } userErrors { code message path } } }";
        let answer = program.run(note, json!({ "id": own.id })).await;
        assert_eq!(answer.payload("noteCreate")["entry"]["actor"]["id"], json!(app.ana.id));
        let answer = program.run(note, json!({ "id": foreign.id })).await;
        assert_eq!(answer.user_errors("noteCreate"), ["NOT_FOUND prospectId"]);
        // The role counts from the next request on, as it does for sessions.
        let input = json!({ "id": app.ana.id, "input": { "role": "ADMIN" } });
        app.admin.run("mutation ($id: ID!, $input: UserUpdateInput!) { userUpdate(id: $id, input: $input) { userErrors { code message path } } }", input)
            .await
            .payload("userUpdate");
        program.run(note, json!({ "id": foreign.id })).await.payload("noteCreate");
    }

    async fn a_key_that_may_only_read_changes_nothing(app: TestApp) {
        let made = app.prospect().owner(&app.ana).create().await;
        let (program, _) = with_key(&app.ana, json!({ "name": "Report", "scope": "READ_ONLY" })).await;
        assert_eq!(program.query("{ prospects { nodes { id } } }", json!({})).await["prospects"]["nodes"], json!([{ "id": made.id }]));
        let before = app.snapshot().await;
        let document = "mutation ($id: ID!) { noteCreate(prospectId: $id, input: { body: \"hola\" }) { userErrors { code } } }";
        let answer = program.run(document, json!({ "id": made.id })).await;
        assert_eq!((answer.status, answer.codes()), (403, vec!["FORBIDDEN"]), "{}", answer.text);
        assert!(answer.body.get("data").is_none());
        for document in ["mutation { sessionEnd { userErrors { code } } }", "mutation { __typename }", "mutation { unknown }"] {
            assert_eq!(program.run(document, json!({})).await.codes(), ["FORBIDDEN"], "{document}");
        }
        // One among several operations is chosen first.
        let several = "query Read { viewer { id } } mutation Write { sessionEnd { userErrors { code } } }";
        assert!(program.run_operation(several, "Read", json!({})).await.errors().is_empty());
        assert_eq!(program.run_operation(several, "Write", json!({})).await.codes(), ["FORBIDDEN"]);
        before.assert_equal(&app.snapshot().await, "what a key may not do that only reads");
    }

    /// A stolen key opens no other door, not even one of an administrator.
    async fn keys_manage_no_accounts(app: TestApp) {
        let (program, id) = full(&app.admin).await;
        let session = Kind::Session.encode(app.luis.session_id.expect("a session"));
        let before = app.snapshot().await;
        for (call, payload) in [
            ("userCreate(input: { email: \"a@b.example\", name: \"A\", role: ADMIN })".to_owned(), "generatedPassword"),
            (format!("userUpdate(id: \"{}\", input: {{ role: ADMIN }})", app.ana.id), "user { id }"),
            (format!("userDeactivate(id: \"{}\", input: {{}})", app.ana.id), "user { id }"),
            (format!("userPasswordReset(id: \"{}\", input: {{}})", app.ana.id), "generatedPassword"),
            ("userProfileUpdate(input: { name: \"A\" })".to_owned(), "user { id }"),
            ("userPasswordUpdate(input: { currentPassword: \"correct horse battery staple\", newPassword: \"12345678\" })".to_owned(), "user { id }"),
            ("sessionEnd".to_owned(), "user { id }"),
            (format!("sessionRevoke(id: \"{session}\")"), "session { id }"),
            ("sessionRevokeOthers".to_owned(), "revokedCount"),
            ("apiKeyCreate(input: { name: \"More\" })".to_owned(), "key"),
            (format!("apiKeyRevoke(id: \"{id}\")"), "apiKey { id }"),
        ] {
            let answer = program.run(&format!("mutation {{ field: {call} {{ {payload} userErrors {{ code }} }} }}"), json!({})).await;
            assert_eq!(answer.codes(), ["FORBIDDEN"], "{call}: {}", answer.text);
            assert!(answer.body["data"]["field"].is_null(), "{call}: {}", answer.text);
        }
        before.assert_equal(&app.snapshot().await, "accounts by a key");
        // The rest of what an administrator does is open.
        let channel = "mutation { channelCreate(input: { name: \"Radio\" }) { channel { id } userErrors { code message path } } }";
        program.run(channel, json!({})).await.payload("channelCreate");
    }

    async fn revoked_keys_are_worth_nothing(app: TestApp) {
        let (program, id) = full(&app.ana).await;
        let (other, other_id) = full(&app.ana).await;
        assert_eq!(app.ana.run(REVOKE, json!({ "id": id })).await.payload("apiKeyRevoke")["apiKey"]["id"], json!(id));
        assert_worthless(&program.run(VIEWER, json!({})).await);
        assert_eq!(app.ana.run(REVOKE, json!({ "id": id })).await.user_errors("apiKeyRevoke"), ["NOT_FOUND id"]);
        assert!(other.run(VIEWER, json!({})).await.errors().is_empty());
        // Administrators revoke the keys of all users.
        app.admin.run(REVOKE, json!({ "id": other_id })).await.payload("apiKeyRevoke");
        assert_worthless(&other.run(VIEWER, json!({})).await);
    }

    async fn expired_keys_are_worth_nothing(app: TestApp) {
        let (program, id) = with_key(&app.ana, json!({ "name": "Short", "expiresAt": app.time(HOUR) })).await;
        app.advance(HOUR - 1);
        assert!(program.run(VIEWER, json!({})).await.errors().is_empty());
        app.advance(1);
        assert_worthless(&program.run(VIEWER, json!({})).await);
        // It is still listed, and one without an end outlives the sessions.
        assert_eq!(app.ana.query(KEYS, json!({})).await["viewer"]["apiKeys"][0]["id"], json!(id));
        let (program, _) = full(&app.ana).await;
        app.advance(400 * 24 * HOUR);
        assert!(program.run(VIEWER, json!({})).await.errors().is_empty());
        assert_worthless(&app.ana.run(VIEWER, json!({})).await);
    }

    async fn keys_end_with_their_user(app: TestApp) {
        let (program, _) = full(&app.ana).await;
        app.deactivate(&app.ana).await;
        assert_worthless(&program.run(VIEWER, json!({})).await);
        let input = json!({ "id": app.ana.id, "input": { "isActive": true } });
        app.admin.run("mutation ($id: ID!, $input: UserUpdateInput!) { userUpdate(id: $id, input: $input) { userErrors { code message path } } }", input)
            .await
            .payload("userUpdate");
        // They do not come back with the user.
        assert_worthless(&program.run(VIEWER, json!({})).await);
        assert_eq!(app.admin.query("{ users { id apiKeys { id } } }", json!({})).await["users"][0]["apiKeys"], json!([]));
    }

    async fn other_texts_are_no_keys(app: TestApp) {
        let (program, id) = full(&app.ana).await;
        let key = program.token.expect("a key");
        let session = app.ana.token.clone().expect("a token");
        let swapped = format!("{}{}", &key[..46], if key.ends_with('A') { "B" } else { "A" });
        for wrong in [
            &key[4..], &key[..46], &key[..12], &format!("{key}A"), &key.to_uppercase(), &format!("crt_{session}"), &format!("crt_{}", &key[4..8]),
            &swapped, &id, &format!("tok_{}", &key[4..]),
        ] {
            assert_worthless(&app.ana.with_token(Some(wrong)).run(VIEWER, json!({})).await);
        }
        let address = app.anonymous.request(reqwest::Method::GET, &format!("/graphql?query=%7B__typename%7D&api_key={key}")).send().await;
        assert_eq!(address.expect("an answer").status(), 400);
    }

    /// Use is written down, and once a minute at most.
    async fn the_use_of_a_key_is_noted(app: TestApp) {
        let (program, _) = full(&app.ana).await;
        assert_eq!(app.ana.query(KEYS, json!({})).await["viewer"]["apiKeys"][0]["lastUsedAt"], Value::Null);
        program.query(VIEWER, json!({})).await;
        let first = app.now().to_string();
        assert_eq!(uses(&app, &first).await, std::slice::from_ref(&first));
        app.advance(59_999);
        program.query(VIEWER, json!({})).await;
        assert_eq!(app.sql("SELECT CAST(last_used_at AS text) FROM api_keys").await, [first]);
        app.advance(1);
        program.query(VIEWER, json!({})).await;
        let second = app.now().to_string();
        assert_eq!(uses(&app, &second).await, [second]);
    }

    async fn what_makes_no_sense_is_refused(app: TestApp) {
        let before = app.snapshot().await;
        for (input, expected) in [
            (json!({ "name": " " }), vec!["REQUIRED input.name"]),
            (json!({ "name": "x".repeat(101) }), vec!["TOO_LONG input.name"]),
            (json!({ "name": "a\nb", "expiresAt": app.time(0) }), vec!["INVALID input.name", "INVALID input.expiresAt"]),
            (json!({ "name": "Old", "expiresAt": app.time(-1) }), vec!["INVALID input.expiresAt"]),
            (json!({ "name": "Old", "expiresAt": "9999-12-31T23:59:59Z" }), vec!["INVALID input.expiresAt"]),
        ] {
            assert_eq!(create(&app.ana, input.clone()).await.user_errors("apiKeyCreate"), expected, "{input}");
        }
        for (name, value) in [("userId", json!(app.admin.id)), ("prefix", json!("crt_")), ("scope", json!("ADMIN")), ("key", json!("crt_mine"))] {
            let answer = create(&app.ana, json!({ "name": "Own", name: value })).await;
            assert!(["GRAPHQL_VALIDATION_FAILED", "BAD_USER_INPUT"].contains(&answer.codes()[0]), "{}", answer.text);
        }
        before.assert_equal(&app.snapshot().await, "refused keys");
    }

    async fn keys_of_others_do_not_exist(app: TestApp) {
        let (program, id) = full(&app.luis).await;
        let before = app.snapshot().await;
        let refused = app.ana.run(REVOKE, json!({ "id": id })).await;
        assert_eq!(refused.user_errors("apiKeyRevoke"), ["NOT_FOUND id"]);
        for absent in [Kind::ApiKey.encode(ids::new()), "nonsense".to_owned(), app.ana.id.clone()] {
            assert_eq!(app.ana.run(REVOKE, json!({ "id": absent })).await.text, refused.text);
        }
        let node = "query ($id: ID!) { node(id: $id) { id ... on ApiKey { prefix } } }";
        assert_eq!(app.ana.query(node, json!({ "id": id })).await["node"], Value::Null);
        assert_eq!(app.luis.query(node, json!({ "id": id })).await["node"]["prefix"], json!(program.token.expect("a key")[..12]));
        let lists = app.ana.query("{ users { id apiKeys { id } } }", json!({})).await;
        let shown: Vec<&Value> = lists["users"].as_array().expect("a list").iter().filter(|user| !user["apiKeys"].is_null()).map(|user| &user["id"]).collect();
        assert_eq!(shown, [&json!(app.ana.id)]);
        before.assert_equal(&app.snapshot().await, "looking for keys of others");
    }

    /// At most twenty, also with concurrent calls.
    async fn the_number_of_keys_is_bounded(app: TestApp) {
        let person = app.add_person("Programadora", Role::Sales).await;
        let answers = join_all((0..30).map(async |number| create(&person, json!({ "name": format!("Key {number}") })).await)).await;
        let made = answers.iter().filter(|answer| !answer.data()["apiKeyCreate"]["key"].is_null()).count();
        assert_eq!(made, 20);
        for answer in answers.iter().filter(|answer| answer.data()["apiKeyCreate"]["key"].is_null()) {
            assert_eq!(answer.user_errors("apiKeyCreate"), ["LIMIT input"]);
        }
        let both = create(&person, json!({ "name": "" })).await;
        assert_eq!(both.user_errors("apiKeyCreate"), ["REQUIRED input.name", "LIMIT input"]);
        let keys = person.query(KEYS, json!({})).await["viewer"]["apiKeys"].clone();
        assert_eq!(keys.as_array().map(Vec::len), Some(20));
        person.run(REVOKE, json!({ "id": keys[0]["id"] })).await.payload("apiKeyRevoke");
        create(&person, json!({ "name": "Again" })).await.payload("apiKeyCreate");
    }

    /// Concurrent look-ups of keys and sessions return the right callers.
    async fn keys_and_sessions_side_by_side(app: TestApp) {
        let (ana, _) = full(&app.ana).await;
        let (luis, _) = with_key(&app.luis, json!({ "name": "Report" })).await;
        let askers = [&ana, &app.luis, &luis, &app.ana, &app.admin];
        let answers = join_all((0..100).map(async |number: usize| {
            let asker = askers[number % askers.len()];
            (asker.id.clone(), asker.run(VIEWER, json!({})).await)
        }))
        .await;
        for (id, answer) in answers {
            assert_eq!(answer.data()["viewer"]["id"], json!(id));
        }
    }
}
