//! The points of each caller: taken before anything runs, given back where the answer was small, brought back by time.

use cartera::settings::Settings;
use futures_util::future::join_all;
use serde_json::{Value, json};

use crate::support::{Answer, PASSWORD, Person, TestApp, operations};

/// One point.
const VIEWER: &str = "{ viewer { id } }";

fn narrow(settings: &mut Settings) {
    let limits = &mut settings.limits;
    (limits.bucket, limits.bucket_restore) = (100, 10);
    (limits.anonymous_bucket, limits.anonymous_bucket_restore) = (40, 2);
}

/// The points left, the price of the request, and its actual cost.
fn charge(answer: &Answer) -> (u64, u64, u64) {
    let cost = &answer.body["extensions"]["cost"];
    let number = |value: &Value| value.as_u64().unwrap_or_else(|| panic!("no cost in {}", answer.body));
    (
        number(&cost["throttleStatus"]["currentlyAvailable"]),
        number(&cost["requestedQueryCost"]),
        number(&cost["actualQueryCost"]),
    )
}

fn viewers(many: usize) -> String {
    let fields: String = (0..many).map(|number| format!("v{number}: viewer {{ id }} ")).collect();
    format!("{{ {fields} }}")
}

/// Uses up so many points.
async fn spend(person: &Person, mut points: usize) {
    while points > 0 {
        let some = points.min(20);
        person.run(&viewers(some), json!({})).await.data();
        points -= some;
    }
}

#[track_caller]
fn assert_throttled(answer: &Answer, seconds: u64) {
    assert_eq!((answer.status, answer.codes()), (429, vec!["RATE_LIMITED"]), "{}", answer.text);
    assert_eq!(answer.headers["retry-after"], seconds.to_string());
    assert_eq!(answer.errors()[0]["extensions"]["retryAfterSeconds"], json!(seconds));
    assert!(answer.body.get("data").is_none(), "{}", answer.text);
}

async fn sign_in(person: &Person, email: &str) -> Answer {
    person
        .run(operations::SIGN_IN, json!({ "email": email, "password": PASSWORD }))
        .await
}

both! {
    async fn a_bucket_empties_to_the_last_point(app: TestApp) {
        let app = app.with_settings(narrow).await;
        spend(&app.ana, 99).await;
        let last = app.ana.run(VIEWER, json!({})).await;
        assert_eq!(last.body["extensions"]["cost"], json!({
            "requestedQueryCost": 1, "actualQueryCost": 1,
            "throttleStatus": { "maximumAvailable": 100, "currentlyAvailable": 0, "restoreRate": 10 },
        }));
        let empty = app.ana.run(VIEWER, json!({})).await;
        assert_throttled(&empty, 1);
        assert_eq!(charge(&empty), (0, 1, 0));
        // Other users are not affected, and requests without a price continue.
        assert_eq!(charge(&app.luis.run(VIEWER, json!({})).await).0, 99);
        app.ana.run("{ __typename }", json!({})).await.data();
        let health = app.anonymous.request(reqwest::Method::GET, "/").send().await.expect("the server answers");
        assert_eq!(health.status(), 200);
    }

    async fn time_brings_points_back(app: TestApp) {
        let app = app.with_settings(narrow).await;
        spend(&app.ana, 100).await;
        assert_throttled(&app.ana.run(&viewers(15), json!({})).await, 2);
        app.advance(99);
        assert_throttled(&app.ana.run(VIEWER, json!({})).await, 1);
        app.advance(1);
        assert_eq!(charge(&app.ana.run(VIEWER, json!({})).await).0, 0);
        app.advance(1_499);
        assert_throttled(&app.ana.run(&viewers(15), json!({})).await, 1);
        app.advance(1);
        assert_eq!(charge(&app.ana.run(&viewers(15), json!({})).await).0, 0);
        app.advance(3_600_000);
        assert_eq!(charge(&app.ana.run(VIEWER, json!({})).await).0, 99);
    }

    /// A refused mutation has done nothing.
    async fn nothing_runs_without_points(app: TestApp) {
        let made = app.prospect().owner(&app.ana).create().await;
        let app = app.with_settings(narrow).await;
        spend(&app.ana, 89).await;
        let before = app.snapshot().await;
        let note = "mutation ($id: ID!) { noteCreate(prospectId: $id, input: { body: \"hola\" }) { entry { id } } }";
        let (statements, answer) = app.statements(app.ana.run(note, json!({ "id": made.id }))).await;
        assert_throttled(&answer, 1);
        assert_eq!(charge(&answer), (11, 12, 0));
        assert_eq!(statements, 1, "only the token is looked up");
        before.assert_equal(&app.snapshot().await, "a request without points");
        app.advance(100);
        app.ana.run(note, json!({ "id": made.id })).await.data();
    }

    async fn what_the_answer_did_not_cost_is_given_back(app: TestApp) {
        let wide = app.with_settings(|settings| (settings.limits.bucket, settings.limits.bucket_restore) = (1_000, 1)).await;
        for number in 0..3 {
            app.prospect().name(&format!("Prospect {number}")).owner(&app.ana).create().await;
        }
        let list = "{ prospects(first: 50) { totalCount nodes { id owner { id } } } }";
        let answer = wide.ana.run(list, json!({})).await;
        assert_eq!(charge(&answer), (1_000 - 18, 112, 2 + 10 + 3 * 2));
        // A list without visible rows has its price.
        assert_eq!(charge(&wide.stranger.run(list, json!({})).await), (1_000 - 13, 112, 13));
        let absent = "{ prospect(id: \"nonsense\") { contacts { id } } }";
        assert_eq!(charge(&wide.luis.run(absent, json!({})).await), (999, 6, 1));
        // What was not run costs nothing, and what is not valid does not run.
        let before = charge(&wide.luis.run("{ __typename }", json!({})).await).0;
        for refused in ["{ unknown }", "{", "{ viewer }", "query ($a: Int!) { viewer { id } }"] {
            assert!(!wide.luis.run(refused, json!({})).await.errors().is_empty());
        }
        assert_eq!(charge(&wide.luis.run("{ __typename }", json!({})).await).0, before);
    }

    /// What could never be taken is refused as too much, and not put off.
    async fn a_request_over_the_bucket_is_over_the_limit(app: TestApp) {
        let app = app.with_settings(narrow).await;
        let large = "{ prospects(first: 99) { nodes { id } } }";
        let answer = app.ana.run(large, json!({})).await;
        assert_eq!((answer.status, answer.codes()), (400, vec!["COST_LIMIT"]), "{}", answer.text);
        assert_eq!(charge(&answer), (100, 101, 0));
        app.ana.run(&large.replace("99", "98"), json!({})).await.data();
    }

    async fn a_key_shares_the_bucket_of_its_user(app: TestApp) {
        let app = app.with_settings(narrow).await;
        let answer = app.ana.run_operation(operations::ACCESS, "ApiKeyCreate", json!({ "input": { "name": "Report" } })).await;
        let program = app.ana.with_token(answer.payload("apiKeyCreate")["key"].as_str());
        let (left, ..) = charge(&program.run(VIEWER, json!({})).await);
        assert_eq!(charge(&app.ana.run(VIEWER, json!({})).await).0, left - 1);
        spend(&program, left as usize - 1).await;
        assert_throttled(&app.ana.run(VIEWER, json!({})).await, 1);
        assert_throttled(&program.run(VIEWER, json!({})).await, 1);
    }

    async fn strangers_share_the_bucket_of_their_network(app: TestApp) {
        let app = app
            .with_settings(|settings| {
                narrow(settings);
                settings.trusted_proxies = vec!["127.0.0.1/32".parse().expect("a network")];
            })
            .await;
        let from = async |address: &str| {
            let body = json!({ "query": operations::SIGN_IN, "variables": { "email": "nobody@equipo.example", "password": "short" } });
            let request = app.anonymous.request(reqwest::Method::POST, "/graphql").header("x-forwarded-for", address).json(&body);
            Answer::read(request.send().await.expect("an answer")).await
        };
        let first = from("192.0.2.1").await;
        let (left, _, cost) = charge(&first);
        assert_eq!((left + cost, &first.body["extensions"]["cost"]["throttleStatus"]["maximumAvailable"]), (40, &json!(40)));
        while charge(&from("192.0.2.1").await).0 >= charge(&first).1 {}
        // A header from the client does not make it another client.
        let refused = from("198.51.100.7, 192.0.2.1").await;
        assert_eq!((refused.status, refused.codes()), (429, vec!["RATE_LIMITED"]), "{}", refused.text);
        assert_eq!(charge(&from("192.0.2.2").await).0, left);
        assert_eq!(charge(&from("2001:db8:1:2::1").await).0, left);
        assert_eq!(charge(&from("2001:db8:1:2:ffff::9").await).0, left - cost);
        assert_eq!(charge(&from("2001:db8:1:3::1").await).0, left);
        // A signed-in caller is not affected by anonymous callers of the same address.
        let signed_in = app.ana.request(reqwest::Method::POST, "/graphql").header("x-forwarded-for", "192.0.2.1").json(&json!({ "query": VIEWER }));
        assert_eq!(signed_in.send().await.expect("an answer").status(), 200);
        app.advance(20_000);
        assert_eq!(charge(&from("192.0.2.1").await).0, left);
    }

    /// Requests side by side do not take the same points.
    async fn points_are_taken_once(app: TestApp) {
        let app = app.with_settings(narrow).await;
        spend(&app.ana, 90).await;
        let answers = join_all((0..40).map(|_| app.ana.run(VIEWER, json!({})))).await;
        assert_eq!(answers.iter().filter(|answer| answer.status == 200).count(), 10);
        assert_eq!(answers.iter().filter(|answer| answer.status == 429).count(), 30);
    }

    /// The defaults let people sign in and work.
    async fn the_defaults_are_roomy(app: TestApp) {
        let app = app.with_settings(|settings| settings.limits = cartera::limits::Limits::default()).await;
        let answer = sign_in(&app.anonymous, &app.ana.email).await;
        answer.payload("sessionCreate");
        let throttle = &answer.body["extensions"]["cost"]["throttleStatus"];
        assert_eq!((&throttle["maximumAvailable"], &throttle["restoreRate"]), (&json!(200), &json!(5)));
        let throttle = app.ana.run(VIEWER, json!({})).await.body["extensions"]["cost"]["throttleStatus"].clone();
        assert_eq!((&throttle["maximumAvailable"], &throttle["restoreRate"]), (&json!(50_000), &json!(2_500)));
    }
}
