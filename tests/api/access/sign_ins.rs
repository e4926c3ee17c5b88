//! Guesses at passwords: how many are looked at of one account, from one network and from everywhere, and what they are counted for.

use std::ops::Range;

use cartera::auth::Viewer;
use cartera::cx::{Cx, Origin};
use cartera::resolvers::access::passwords;
use futures_util::future::join_all;
use serde_json::{Value, json};

use crate::support::{Answer, PASSWORD, Person, TestApp, operations};

const RESET: &str = "mutation ($id: ID!, $input: UserPasswordResetInput!) {
    userPasswordReset(id: $id, input: $input) { user { id } userErrors { code message path } } }";
const CHANGE: &str = "mutation ($input: UserPasswordUpdateInput!) {
    userPasswordUpdate(input: $input) { user { id } userErrors { code message path } } }";
/// Of each failure one for the account in its network, and one for the account.
const FAILURES: &str = "SELECT subject FROM login_failures WHERE subject LIKE 'account:%'";
const WINDOW: i64 = 15 * 60 * 1000;

/// A server that believes what a proxy says of networks, and looks at so many guesses of one account from one network.
async fn behind_proxy(app: &TestApp, guesses: u32) -> TestApp {
    app.with_settings(|settings| {
        settings.trusted_proxies = vec!["127.0.0.1/32".parse().expect("a network")];
        settings.login_failures_per_account = guesses;
    })
    .await
}

async fn run_from(address: &str, person: &Person, document: &str, variables: Value) -> Answer {
    let request = person
        .request(reqwest::Method::POST, "/graphql")
        .header("accept", "application/graphql-response+json")
        .header("x-forwarded-for", address)
        .json(&json!({ "query": document, "variables": variables }));
    Answer::read(request.send().await.expect("the server answers")).await
}

async fn sign_in(app: &TestApp, address: &str, email: &str, password: &str) -> Answer {
    let variables = json!({ "email": email, "password": password });
    run_from(address, &app.anonymous, operations::SIGN_IN, variables).await
}

/// A wrong password that is looked at.
async fn guess(app: &TestApp, address: &str, email: &str) {
    let answer = sign_in(app, address, email, "not the password").await;
    assert_eq!(answer.user_errors("sessionCreate"), ["CREDENTIALS input"], "{address}");
}

/// So many guesses from each of some networks.
async fn guess_from_all(app: &TestApp, networks: Range<u8>, guesses: u32, email: &str) {
    for network in networks {
        for _ in 0..guesses {
            guess(app, &format!("203.0.113.{network}"), email).await;
        }
    }
}

#[track_caller]
fn assert_limited(answer: &Answer) {
    assert_eq!(answer.codes(), ["RATE_LIMITED"], "{}", answer.text);
}

both! {
    async fn guesses_lock_the_only_administrator_out_of_one_network(app: TestApp) {
        app.deactivate(&app.other_admin).await;
        let app = behind_proxy(&app, 10).await;
        guess_from_all(&app, 0..1, 10, &app.admin.email).await;
        assert_limited(&sign_in(&app, "203.0.113.0", &app.admin.email, PASSWORD).await);
        sign_in(&app, "192.0.2.1", &app.admin.email, PASSWORD).await.payload("sessionCreate");
        // Other accounts are not locked out of that network.
        sign_in(&app, "203.0.113.0", &app.luis.email, PASSWORD).await.payload("sessionCreate");
    }

    /// Ten times the guesses of one network, from all together; a network where the account has a session is spared.
    async fn guesses_from_everywhere_limit_unknown_networks(app: TestApp) {
        let app = behind_proxy(&app, 2).await;
        let email = &app.ana.email;
        for known in ["192.0.2.1", "2001:db8:1:2::1"] {
            sign_in(&app, known, email, PASSWORD).await.payload("sessionCreate");
        }
        // A session of another account makes no network known.
        sign_in(&app, "198.51.100.1", &app.luis.email, PASSWORD).await.payload("sessionCreate");
        guess_from_all(&app, 0..9, 2, email).await;
        guess(&app, "203.0.113.9", email).await;
        sign_in(&app, "192.0.2.2", email, PASSWORD).await.payload("sessionCreate");
        guess(&app, "203.0.113.9", email).await;
        for unknown in ["198.51.100.1", "198.51.100.2", "2001:db8:1:3::1"] {
            let refused = sign_in(&app, unknown, email, PASSWORD).await;
            assert_limited(&refused);
            assert_eq!(refused.errors()[0]["extensions"]["retryAfterSeconds"], json!(WINDOW / 1000));
        }
        for known in ["192.0.2.1", "192.0.2.2", "2001:db8:1:2:ffff::9"] {
            sign_in(&app, known, email, PASSWORD).await.payload("sessionCreate");
        }
        sign_in(&app, "198.51.100.2", &app.luis.email, PASSWORD).await.payload("sessionCreate");
        // Guesses in a known network count there all the same.
        guess(&app, "192.0.2.1", email).await;
        guess(&app, "192.0.2.1", email).await;
        assert_limited(&sign_in(&app, "192.0.2.1", email, PASSWORD).await);
        sign_in(&app, "192.0.2.2", email, PASSWORD).await.payload("sessionCreate");
        app.advance(WINDOW);
        for network in ["192.0.2.1", "198.51.100.1"] {
            sign_in(&app, network, email, PASSWORD).await.payload("sessionCreate");
        }
    }

    async fn a_new_password_forgets_guesses_at_the_old_one(app: TestApp) {
        let app = behind_proxy(&app, 1).await;
        let email = &app.ana.email;
        guess(&app, "203.0.113.99", &app.luis.email).await;
        let guess_until_limited = async || {
            guess_from_all(&app, 0..10, 1, email).await;
            assert_eq!(app.sql(FAILURES).await.len(), 2 * (10 + 1));
            assert_limited(&sign_in(&app, "203.0.113.0", email, PASSWORD).await);
            assert_limited(&sign_in(&app, "192.0.2.1", email, PASSWORD).await);
        };
        let is_forgotten = async |network: &str, password: &str| {
            assert_eq!(app.sql(FAILURES).await.len(), 2, "those of another account stay");
            let answer = sign_in(&app, network, email, password).await;
            app.ana.with_token(answer.payload("sessionCreate")["token"].as_str())
        };

        guess_until_limited().await;
        let variables = json!({ "id": app.ana.id, "input": { "password": PASSWORD } });
        app.admin.run(RESET, variables).await.payload("userPasswordReset");
        is_forgotten("198.51.100.1", PASSWORD).await;

        // As the command `cartera user password` does it.
        guess_until_limited().await;
        let operator = Cx::new(app.core.clone(), Some(Viewer::system()), Origin::default());
        passwords::reset(&operator, app.ana.uuid, PASSWORD).await.expect("the password is another one");
        let ana = is_forgotten("198.51.100.2", PASSWORD).await;

        guess_until_limited().await;
        let input = json!({ "currentPassword": PASSWORD, "newPassword": "a new long password" });
        run_from("198.51.100.2", &ana, CHANGE, json!({ "input": input })).await.payload("userPasswordUpdate");
        is_forgotten("198.51.100.3", "a new long password").await;
    }

    async fn wrong_present_passwords_are_guesses(app: TestApp) {
        let app = behind_proxy(&app, 2).await;
        let change = async |address: &str, current: &str| {
            let input = json!({ "currentPassword": current, "newPassword": "a new long password" });
            run_from(address, &app.ana, CHANGE, json!({ "input": input })).await
        };
        for _ in 0..2 {
            let wrong = change("192.0.2.1", "not the password").await;
            assert_eq!(wrong.user_errors("userPasswordUpdate"), ["CREDENTIALS input.currentPassword"]);
        }
        assert_eq!(app.sql(FAILURES).await.len(), 2 * 2);
        assert_limited(&change("192.0.2.1", PASSWORD).await);
        assert_limited(&sign_in(&app, "192.0.2.1", &app.ana.email, PASSWORD).await);
        sign_in(&app, "192.0.2.2", &app.ana.email, PASSWORD).await.payload("sessionCreate");
        change("192.0.2.2", PASSWORD).await.payload("userPasswordUpdate");
        assert_eq!(app.sql(FAILURES).await, [""; 0]);
        sign_in(&app, "192.0.2.1", &app.ana.email, "a new long password").await.payload("sessionCreate");
    }

    async fn right_passwords_at_once_are_no_guesses(app: TestApp) {
        let app = behind_proxy(&app, 2).await;
        let networks = ["192.0.2.1", "192.0.2.2"];
        let sign_ins = (0..20).map(|number: usize| sign_in(&app, networks[number % 2], &app.ana.email, PASSWORD));
        for answer in join_all(sign_ins).await {
            assert!(answer.payload("sessionCreate")["token"].is_string(), "{}", answer.text);
        }
        assert_eq!(app.sql("SELECT subject FROM login_failures").await, [""; 0]);
        assert_eq!(app.sql("SELECT network FROM sessions WHERE network IS NOT NULL").await.len(), 20);
    }
}
