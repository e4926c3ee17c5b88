//! Signing in, staying signed in and signing out.

use serde_json::{Value, json};

use crate::support::{Answer, PASSWORD, Person, TestApp, operations};

const DAY: i64 = 24 * 60 * 60 * 1000;
const VIEWER: &str = "{ viewer { id email role } }";

async fn sign_in(app: &TestApp, email: &str, password: &str) -> Answer {
    app.anonymous
        .run(operations::SIGN_IN, json!({ "email": email, "password": password }))
        .await
}

/// The person with a session of their own making.
async fn signed_in(app: &TestApp, person: &Person) -> Person {
    let answer = sign_in(app, &person.email, PASSWORD).await;
    person.with_token(answer.payload("sessionCreate")["token"].as_str())
}

both! {
    async fn a_session_is_opened_and_ended(app: TestApp) {
        let answer = sign_in(&app, &app.ana.email, PASSWORD).await;
        let payload = answer.payload("sessionCreate");
        assert_eq!(payload["expiresAt"], json!(app.time(30 * DAY)));
        assert_eq!(
            payload["user"],
            json!({ "id": app.ana.id, "name": "Ana Vendedora", "email": app.ana.email, "role": "SALES", "timeZone": "America/Caracas" })
        );
        let ana = app.ana.with_token(payload["token"].as_str());
        assert_ne!(ana.token, app.ana.token);
        assert_eq!(ana.query(VIEWER, json!({})).await["viewer"]["id"], json!(app.ana.id));

        let end = "mutation { sessionEnd { user { id } userErrors { code } } }";
        assert_eq!(ana.run(end, json!({})).await.payload("sessionEnd")["user"]["id"], json!(app.ana.id));
        assert_eq!(ana.run(VIEWER, json!({})).await.codes(), ["UNAUTHENTICATED"]);
        assert_eq!(ana.run(end, json!({})).await.codes(), ["UNAUTHENTICATED"]);
        // The other session of the same user continues.
        assert_eq!(app.ana.query(VIEWER, json!({})).await["viewer"]["id"], json!(app.ana.id));
    }

    async fn an_email_is_the_same_in_any_case(app: TestApp) {
        let answer = sign_in(&app, &format!("  {} ", app.luis.email.to_uppercase()), PASSWORD).await;
        assert_eq!(answer.payload("sessionCreate")["user"]["id"], json!(app.luis.id));
    }

    /// Only its hash is kept of a token.
    async fn tokens_are_not_kept(app: TestApp) {
        let ana = signed_in(&app, &app.ana).await;
        let token = ana.token.expect("a token");
        assert_eq!(token.len(), 43);
        let hex = token.bytes().map(|byte| format!("{byte:02x}")).collect::<String>();
        for rows in app.snapshot().await.tables.values() {
            assert!(rows.iter().all(|row| !row.contains(&token) && !row.to_lowercase().contains(&hex)));
        }
    }

    async fn an_unused_session_ends(app: TestApp) {
        let ana = signed_in(&app, &app.ana).await;
        app.advance(7 * DAY - 1);
        assert!(ana.run(VIEWER, json!({})).await.errors().is_empty());
        let luis = signed_in(&app, &app.luis).await;
        app.advance(7 * DAY);
        assert_eq!(luis.run(VIEWER, json!({})).await.codes(), ["UNAUTHENTICATED"]);
    }

    async fn a_used_session_ends_too(app: TestApp) {
        let ana = signed_in(&app, &app.ana).await;
        for _ in 0..5 {
            app.advance(6 * DAY - 1);
            assert!(ana.run(VIEWER, json!({})).await.errors().is_empty());
            // The use of a session is recorded concurrently with the request.
            app.rest().await;
        }
        app.advance(5);
        assert_eq!(ana.run(VIEWER, json!({})).await.codes(), ["UNAUTHENTICATED"]);
    }

    /// A wrong password, an unknown e-mail and a deactivated account are not distinguished.
    async fn a_refused_sign_in_says_nothing(app: TestApp) {
        app.deactivate(&app.luis).await;
        let wrong = sign_in(&app, &app.ana.email, "not the password").await;
        assert_eq!(wrong.user_errors("sessionCreate"), ["CREDENTIALS input"]);
        let unknown = sign_in(&app, "nobody@equipo.example", PASSWORD).await;
        let deactivated = sign_in(&app, &app.luis.email, PASSWORD).await;
        let short = sign_in(&app, &app.ana.email, "x").await;
        let strange = sign_in(&app, "no e-mail", "not the password").await;
        for other in [unknown, deactivated, short, strange] {
            assert_eq!((other.status, &other.text), (wrong.status, &wrong.text));
        }
    }

    async fn the_account_is_looked_at_on_every_request(app: TestApp) {
        let luis = signed_in(&app, &app.luis).await;
        assert!(luis.run(VIEWER, json!({})).await.errors().is_empty());
        app.deactivate(&app.luis).await;
        for person in [&luis, &app.luis] {
            assert_eq!(person.run(VIEWER, json!({})).await.codes(), ["UNAUTHENTICATED"]);
        }
        let users = app.ana.query("{ users { id isActive } }", json!({})).await;
        let users = users["users"].as_array().expect("a list").clone();
        assert!(users.contains(&json!({ "id": app.luis.id, "isActive": false })));
    }

    async fn a_new_password_ends_the_other_sessions(app: TestApp) {
        let (here, there) = (signed_in(&app, &app.ana).await, signed_in(&app, &app.ana).await);
        let change = "mutation ($input: UserPasswordUpdateInput!) {
            userPasswordUpdate(input: $input) { user { id } userErrors { code message path } } }";
        let before = app.snapshot().await;
        for (current, new, error) in [
            ("wrong password", "a new long password", "CREDENTIALS input.currentPassword"),
            (PASSWORD, "short", "INVALID input.newPassword"),
            (PASSWORD, &"x".repeat(129), "TOO_LONG input.newPassword"),
        ] {
            let answer = here.run(change, json!({ "input": { "currentPassword": current, "newPassword": new } })).await;
            assert_eq!(answer.user_errors("userPasswordUpdate"), [error]);
        }
        let failures = ["login_failures"];
        before.without(&failures).assert_equal(&app.snapshot().await.without(&failures), "a refused change of password");

        let input = json!({ "input": { "currentPassword": PASSWORD, "newPassword": "a new long password" } });
        assert_eq!(here.run(change, input).await.payload("userPasswordUpdate")["user"]["id"], json!(app.ana.id));
        assert!(here.run(VIEWER, json!({})).await.errors().is_empty());
        assert_eq!(there.run(VIEWER, json!({})).await.codes(), ["UNAUTHENTICATED"]);
        assert_eq!(app.ana.run(VIEWER, json!({})).await.codes(), ["UNAUTHENTICATED"]);
        assert!(app.luis.run(VIEWER, json!({})).await.errors().is_empty());
        assert_eq!(sign_in(&app, &app.ana.email, PASSWORD).await.user_errors("sessionCreate"), ["CREDENTIALS input"]);
        sign_in(&app, &app.ana.email, "a new long password").await.payload("sessionCreate");
    }

    async fn guesses_at_an_account_are_counted(app: TestApp) {
        let wrong = async |email: &str| sign_in(&app, email, "not the password").await;
        for email in [&app.ana.email[..], "nobody@equipo.example"] {
            for _ in 0..10 {
                assert_eq!(wrong(email).await.user_errors("sessionCreate"), ["CREDENTIALS input"]);
                app.advance(1000);
            }
            let refused = wrong(email).await;
            assert_eq!(refused.codes(), ["RATE_LIMITED"], "{}", refused.text);
            // The first of the ten is forgotten 15 minutes after it happened.
            assert_eq!(refused.errors()[0]["extensions"]["retryAfterSeconds"], json!(15 * 60 - 10));
            // Not even with the right password; other accounts are not affected.
            assert_eq!(sign_in(&app, email, PASSWORD).await.codes(), ["RATE_LIMITED"]);
            sign_in(&app, &app.luis.email, PASSWORD).await.payload("sessionCreate");
        }
        app.advance(15 * 60 * 1000 - 20_000);
        sign_in(&app, &app.ana.email, PASSWORD).await.payload("sessionCreate");
    }

    async fn guesses_from_an_address_are_counted(app: TestApp) {
        let strict = app.with_settings(|settings| settings.login_failures_per_address = 3).await;
        for number in 0..3 {
            let answer = sign_in(&strict, &format!("unknown{number}@equipo.example"), "not the password").await;
            assert_eq!(answer.user_errors("sessionCreate"), ["CREDENTIALS input"]);
        }
        assert_eq!(sign_in(&strict, &app.ana.email, PASSWORD).await.codes(), ["RATE_LIMITED"]);
        app.advance(15 * 60 * 1000);
        sign_in(&strict, &app.ana.email, PASSWORD).await.payload("sessionCreate");
    }

    /// Correct passwords are not counted.
    async fn right_passwords_are_not_counted(app: TestApp) {
        let strict = app.with_settings(|settings| settings.login_failures_per_account = 2).await;
        for _ in 0..4 {
            sign_in(&strict, &app.ana.email, PASSWORD).await.payload("sessionCreate");
        }
        assert_eq!(app.sql("SELECT subject FROM login_failures").await, Vec::<String>::new());
    }

    async fn a_token_goes_into_the_header_alone(app: TestApp) {
        let token = app.ana.token.clone().expect("a token");
        for wrong in [format!("Basic {token}"), token.clone(), format!("Bearer  x{token}"), "Bearer".to_owned()] {
            let request = app.anonymous.request(reqwest::Method::POST, "/graphql").header("authorization", &wrong);
            let answer = Answer::read(request.json(&json!({ "query": VIEWER })).send().await.expect("an answer")).await;
            assert_eq!(answer.codes(), ["UNAUTHENTICATED"], "{wrong}: {}", answer.text);
            assert_eq!(answer.body.get("data").unwrap_or(&Value::Null), &Value::Null);
        }
    }

    async fn people_see_where_they_are_signed_in(app: TestApp) {
        app.advance(60_000);
        let here = signed_in(&app, &app.ana).await;
        let me = here.run_operation(operations::ACCESS, "Me", json!({})).await;
        let viewer = &me.data()["viewer"];
        assert_eq!((&viewer["email"], &viewer["locale"], &viewer["apiKeys"]), (&json!(app.ana.email), &json!("es-VE"), &json!([])));
        let sessions = viewer["sessions"].as_array().expect("a list");
        assert_eq!(sessions.len(), 2);
        assert_eq!((&sessions[0]["isCurrent"], &sessions[0]["createdAt"], &sessions[0]["lastUsedAt"]), (&json!(true), &json!(app.time(0)), &json!(app.time(0))));
        assert_eq!((&sessions[1]["isCurrent"], &sessions[1]["createdAt"]), (&json!(false), &json!(app.time(-60_000))));
        assert!(sessions.iter().all(|session| !session.to_string().contains(here.token.as_deref().expect("a token"))));
        // Those that have ended are not shown, whether they are still stored or not.
        app.advance(7 * DAY - 60_001);
        here.query(VIEWER, json!({})).await;
        app.rest().await;
        app.advance(7 * DAY - 1);
        let luis = signed_in(&app, &app.luis).await;
        let sessions = luis.query("{ viewer { sessions { isCurrent } } }", json!({})).await;
        assert_eq!(sessions["viewer"]["sessions"].as_array().map(Vec::len), Some(2));
        app.advance(1);
        let sessions = luis.query("{ viewer { sessions { isCurrent } } }", json!({})).await;
        assert_eq!(sessions["viewer"]["sessions"], json!([{ "isCurrent": true }]));
    }

    async fn sessions_are_ended_one_by_one(app: TestApp) {
        let (here, there) = (signed_in(&app, &app.ana).await, signed_in(&app, &app.ana).await);
        let current = "{ viewer { sessions { id isCurrent } } }";
        let id_of = async |person: &Person| {
            let data = person.query(current, json!({})).await;
            let sessions = data["viewer"]["sessions"].as_array().expect("a list").clone();
            sessions.into_iter().find(|session| session["isCurrent"] == true).expect("this one")["id"].clone()
        };
        let revoke = async |by: &Person, id: &Value| by.run_operation(operations::ACCESS, "SessionRevoke", json!({ "id": id })).await;
        let there_id = id_of(&there).await;
        assert_eq!(revoke(&here, &there_id).await.payload("sessionRevoke")["session"]["id"], there_id);
        assert_eq!(there.run(VIEWER, json!({})).await.codes(), ["UNAUTHENTICATED"]);
        assert_eq!(revoke(&here, &there_id).await.user_errors("sessionRevoke"), ["NOT_FOUND id"]);
        // Those of others do not exist, but for administrators.
        let luis_id = id_of(&app.luis).await;
        let refused = revoke(&here, &luis_id).await;
        assert_eq!(refused.user_errors("sessionRevoke"), ["NOT_FOUND id"]);
        for absent in [json!("nonsense"), json!(app.ana.id), json!(cartera::ids::Kind::Session.encode(cartera::ids::new()))] {
            assert_eq!(revoke(&here, &absent).await.text, refused.text);
        }
        let seen = app.admin.query("{ users { id sessions { id } } }", json!({})).await;
        let of_luis = seen["users"].as_array().expect("a list").iter().find(|user| user["id"] == json!(app.luis.id)).expect("he is listed");
        assert_eq!(of_luis["sessions"], json!([{ "id": luis_id }]));
        revoke(&app.admin, &luis_id).await.payload("sessionRevoke");
        assert_eq!(app.luis.run(VIEWER, json!({})).await.codes(), ["UNAUTHENTICATED"]);
        // One's own is like signing out.
        let here_id = id_of(&here).await;
        revoke(&here, &here_id).await.payload("sessionRevoke");
        assert_eq!(here.run(VIEWER, json!({})).await.codes(), ["UNAUTHENTICATED"]);
    }

    async fn all_other_sessions_are_ended_at_once(app: TestApp) {
        let (here, there) = (signed_in(&app, &app.ana).await, signed_in(&app, &app.ana).await);
        let others = "mutation { sessionRevokeOthers { revokedCount userErrors { code message path } } }";
        assert_eq!(here.run(others, json!({})).await.payload("sessionRevokeOthers")["revokedCount"], 2);
        for gone in [&there, &app.ana] {
            assert_eq!(gone.run(VIEWER, json!({})).await.codes(), ["UNAUTHENTICATED"]);
        }
        for on in [&here, &app.luis] {
            assert!(on.run(VIEWER, json!({})).await.errors().is_empty());
        }
        assert_eq!(here.run(others, json!({})).await.payload("sessionRevokeOthers")["revokedCount"], 0);
    }

    /// At most fifty: one more sign-in ends the session that was unused for longest.
    async fn the_number_of_sessions_is_bounded(app: TestApp) {
        let first = signed_in(&app, &app.ana).await;
        let template = "INSERT INTO sessions (id, user_id, token_hash, user_agent, created_at, last_used_at, expires_at)";
        let user = match app.core.db.backend() {
            sea_orm::DbBackend::Postgres => format!("CAST('{}' AS uuid)", app.ana.uuid),
            _ => format!("unhex('{}')", app.ana.uuid.simple()),
        };
        for number in 1..=48 {
            let (id, at) = (format!("{:032x}", cartera::ids::new().as_u128()), app.now() + number);
            let (id, hash) = match app.core.db.backend() {
                sea_orm::DbBackend::Postgres => (format!("CAST('{id}' AS uuid)"), format!("decode('{id}', 'hex')")),
                _ => (format!("unhex('{id}')"), format!("unhex('{id}')")),
            };
            let row = format!("{template} VALUES ({id}, {user}, {hash}, NULL, {at}, {at}, {})", at + DAY);
            sea_orm::ConnectionTrait::execute_unprepared(app.core.db.writer(), &row).await.expect("a row");
        }
        let count = async || app.sql("SELECT user_agent FROM sessions").await.len() - 4;
        assert_eq!(count().await, 50);
        app.advance(1_000);
        let last = signed_in(&app, &app.ana).await;
        assert_eq!(count().await, 50);
        let is_on = async |person: &Person| person.run(VIEWER, json!({})).await.errors().is_empty();
        // Of two sessions of the same time the one with the lower id ends.
        assert_eq!((is_on(&app.ana).await, is_on(&first).await, is_on(&last).await), (false, true, true));
        signed_in(&app, &app.luis).await;
        assert_eq!(count().await, 51);
    }
}
