//! Replays of mutations of accounts: they have one effect, and no secret is shown twice.

use serde_json::{Value, json};

use crate::support::{Answer, PASSWORD, Person, TestApp, operations};

const CREATE: &str = "mutation ($input: UserCreateInput!, $key: String) { userCreate(input: $input, idempotencyKey: $key) {
    user { id name version } generatedPassword userErrors { code message path } } }";
const UPDATE: &str =
    "mutation ($id: ID!, $input: UserUpdateInput!, $key: String) { userUpdate(id: $id, input: $input, idempotencyKey: $key) {
    user { id name version } userErrors { code message path } } }";
const PROFILE: &str = "mutation ($input: UserProfileUpdateInput!, $key: String) { userProfileUpdate(input: $input, idempotencyKey: $key) {
    user { id name version } userErrors { code message path } } }";
const DEACTIVATE: &str =
    "mutation ($id: ID!, $input: UserDeactivateInput!, $key: String) { userDeactivate(id: $id, input: $input, idempotencyKey: $key) {
    user { id isActive } transferredCount userErrors { code message path } } }";
const KEY_CREATE: &str = "mutation ($input: ApiKeyCreateInput!, $key: String) { apiKeyCreate(input: $input, idempotencyKey: $key) {
    apiKey { id name } key userErrors { code message path } } }";
const KEY_REVOKE: &str = "mutation ($id: ID!, $key: String) { apiKeyRevoke(id: $id, idempotencyKey: $key) {
    apiKey { id } userErrors { code message path } } }";
const SESSION_REVOKE: &str = "mutation ($id: ID!, $key: String) { sessionRevoke(id: $id, idempotencyKey: $key) {
    session { id } userErrors { code message path } } }";
const REVOKE_OTHERS: &str =
    "mutation ($key: String) { sessionRevokeOthers(idempotencyKey: $key) { revokedCount userErrors { code message path } } }";

async fn add(person: &Person, input: &Value, key: &str) -> Answer {
    person.run(CREATE, json!({ "input": input, "key": key })).await
}

/// Whether the password signs in.
async fn opens(app: &TestApp, email: &str, password: &str) -> bool {
    let variables = json!({ "email": email, "password": password });
    let answer = app.anonymous.run_operation(operations::SIGN_IN, "SessionCreate", variables).await;
    answer.user_errors("sessionCreate").is_empty()
}

both! {
    async fn a_user_is_added_once_and_their_password_shown_once(app: TestApp) {
        let input = json!({ "email": "maria@equipo.example", "name": "María" });
        let first = add(&app.admin, &input, "one").await;
        let password = first.payload("userCreate")["generatedPassword"].as_str().expect("a password").to_owned();
        let before = app.snapshot().await;
        for _ in 0..2 {
            let again = add(&app.admin, &input, "one").await;
            let payload = again.payload("userCreate");
            assert_eq!(payload["user"], first.payload("userCreate")["user"]);
            assert_eq!(payload["generatedPassword"], Value::Null);
        }
        before.assert_equal(&app.snapshot().await, "repeats");
        assert!(opens(&app, "maria@equipo.example", &password).await);
        let other = add(&app.admin, &json!({ "email": "maria@equipo.example", "name": "Mario" }), "one").await;
        assert_eq!(other.user_errors("userCreate"), ["CONFLICT idempotencyKey"]);
        let second = add(&app.admin, &input, "two").await;
        assert_eq!(second.user_errors("userCreate"), ["TAKEN input.email"]);
        assert_eq!(add(&app.admin, &input, "two").await.text, second.text);
    }

    /// What is kept of the arguments is hashed so fast that a password must not be part of it.
    async fn passwords_are_no_part_of_what_is_kept(app: TestApp) {
        let input = |password: &str| json!({ "email": "maria@equipo.example", "name": "María", "password": password });
        let first = add(&app.admin, &input(PASSWORD), "one").await;
        let again = add(&app.admin, &input("another password"), "one").await;
        assert_eq!(again.payload("userCreate")["user"], first.payload("userCreate")["user"]);
        assert!(opens(&app, "maria@equipo.example", PASSWORD).await);
        assert!(!opens(&app, "maria@equipo.example", "another password").await);
        assert_eq!(add(&app.admin, &input("a third password"), "two").await.user_errors("userCreate"), ["TAKEN input.email"]);
        let kept = app.sql("SELECT CAST(count(*) AS text) || ' ' || CAST(count(DISTINCT arguments) AS text) FROM idempotency_keys").await;
        assert_eq!(kept, ["2 1"]);
    }

    async fn a_changed_user_is_changed_once(app: TestApp) {
        let call = async || app.admin.run(UPDATE, json!({ "id": app.luis.id, "input": { "name": "Lucho" }, "key": "one" })).await;
        assert_eq!(call().await.payload("userUpdate")["user"], json!({ "id": app.luis.id, "name": "Lucho", "version": 2 }));
        assert_eq!(call().await.payload("userUpdate")["user"]["version"], 2);
        let own = async || app.luis.run(PROFILE, json!({ "input": { "name": "Luis" }, "key": "one" })).await;
        assert_eq!(own().await.payload("userProfileUpdate")["user"], json!({ "id": app.luis.id, "name": "Luis", "version": 3 }));
        let before = app.snapshot().await;
        assert_eq!(own().await.payload("userProfileUpdate")["user"]["version"], 3);
        // The user is read again, not the answer.
        assert_eq!(call().await.payload("userUpdate")["user"], json!({ "id": app.luis.id, "name": "Luis", "version": 3 }));
        before.assert_equal(&app.snapshot().await, "repeats");
    }

    async fn a_user_leaves_once(app: TestApp) {
        let made = app.prospect().owner(&app.luis).create().await;
        let variables = json!({ "id": app.luis.id, "input": { "transferToId": app.ana.id }, "key": "one" });
        let call = async || app.admin.run(DEACTIVATE, variables.clone()).await;
        let gone = json!({ "id": app.luis.id, "isActive": false });
        let first = call().await;
        assert_eq!(first.payload("userDeactivate"), &json!({ "user": gone, "transferredCount": 1, "userErrors": [] }));
        let before = app.snapshot().await;
        let again = call().await;
        assert_eq!(again.payload("userDeactivate"), &json!({ "user": gone, "transferredCount": null, "userErrors": [] }));
        before.assert_equal(&app.snapshot().await, "a repeat");
        let seen = app.ana.query("query ($id: ID!) { prospect(id: $id) { timeline { totalCount } } }", json!({ "id": made.id })).await;
        assert_eq!(seen["prospect"]["timeline"]["totalCount"], 2);
        app.assert_sound().await;
    }

    async fn an_api_key_is_made_once_and_shown_once(app: TestApp) {
        let call = async || app.ana.run(KEY_CREATE, json!({ "input": { "name": "Report" }, "key": "one" })).await;
        let first = call().await;
        let (api_key, secret) = (first.payload("apiKeyCreate")["apiKey"].clone(), first.payload("apiKeyCreate")["key"].clone());
        let before = app.snapshot().await;
        assert_eq!(call().await.payload("apiKeyCreate"), &json!({ "apiKey": api_key, "key": null, "userErrors": [] }));
        before.assert_equal(&app.snapshot().await, "a repeat");
        let program = app.ana.with_token(secret.as_str());
        assert_eq!(program.query("{ viewer { id } }", json!({})).await["viewer"]["id"], json!(app.ana.id));
        let kept = app.snapshot().await.tables["idempotency_keys"].join(" ");
        assert!(!kept.contains(secret.as_str().expect("a key")), "{kept}");

        let revoke = async || app.ana.run(KEY_REVOKE, json!({ "id": api_key["id"], "key": "one" })).await;
        assert_eq!(revoke().await.payload("apiKeyRevoke")["apiKey"]["id"], api_key["id"]);
        let before = app.snapshot().await;
        // What is no more is not shown again, and it was revoked all the same.
        assert_eq!(revoke().await.payload("apiKeyRevoke"), &json!({ "apiKey": null, "userErrors": [] }));
        assert_eq!(call().await.payload("apiKeyCreate"), &json!({ "apiKey": null, "key": null, "userErrors": [] }));
        before.assert_equal(&app.snapshot().await, "repeats");
        let without = app.ana.run(KEY_REVOKE, json!({ "id": api_key["id"] })).await;
        assert_eq!(without.user_errors("apiKeyRevoke"), ["NOT_FOUND id"]);
    }

    async fn sessions_end_once(app: TestApp) {
        let sign_in = async || {
            let variables = json!({ "email": app.ana.email, "password": PASSWORD });
            let answer = app.anonymous.run_operation(operations::SIGN_IN, "SessionCreate", variables).await;
            app.ana.with_token(answer.payload("sessionCreate")["token"].as_str())
        };
        let (phone, _tablet) = (sign_in().await, sign_in().await);
        let others = async || phone.run(REVOKE_OTHERS, json!({ "key": "one" })).await;
        assert_eq!(others().await.payload("sessionRevokeOthers")["revokedCount"], 2);
        // A session that began since then continues.
        let laptop = sign_in().await;
        assert_eq!(others().await.payload("sessionRevokeOthers")["revokedCount"], 2);
        let sessions = laptop.query("{ viewer { sessions { id isCurrent } } }", json!({})).await;
        let sessions = sessions["viewer"]["sessions"].as_array().expect("a list").clone();
        assert_eq!(sessions.len(), 2);
        let of_phone = sessions.iter().find(|session| session["isCurrent"] == json!(false)).expect("the other one");
        let revoke = async || laptop.run(SESSION_REVOKE, json!({ "id": of_phone["id"], "key": "one" })).await;
        assert_eq!(revoke().await.payload("sessionRevoke")["session"]["id"], of_phone["id"]);
        let before = app.snapshot().await;
        assert_eq!(revoke().await.payload("sessionRevoke"), &json!({ "session": null, "userErrors": [] }));
        before.assert_equal(&app.snapshot().await, "a repeat");
        assert_eq!(phone.run("{ viewer { id } }", json!({})).await.codes(), ["UNAUTHENTICATED"]);
    }

    /// A former administrator gets no replay of a call that they made as one.
    async fn a_repeat_needs_the_right_to_call(app: TestApp) {
        let input = json!({ "email": "maria@equipo.example", "name": "María" });
        add(&app.other_admin, &input, "one").await.payload("userCreate");
        app.admin.run(UPDATE, json!({ "id": app.other_admin.id, "input": { "role": "SALES" } })).await.payload("userUpdate");
        let again = add(&app.other_admin, &input, "one").await;
        assert_eq!(again.codes(), ["FORBIDDEN"], "{}", again.text);
        assert_eq!(again.body["data"]["userCreate"], Value::Null);
    }
}
