//! Maximum size of a request besides its document: its body, its cost, and the size of its answer.

use reqwest::Method;
use serde_json::{Value, json};

use super::{passes, refused};
use crate::support::{Answer, Person, TestApp};

async fn send(person: &Person, body: String) -> Answer {
    let request = person.request(Method::POST, "/graphql").header("content-type", "application/json");
    let request = request.header("accept", "application/graphql-response+json").body(body);
    Answer::read(request.send().await.expect("the server answers")).await
}

/// A page of prospects with pages of entries: `2 + prospects * (3 + entries)` points and `1 + prospects * (2 + entries)` objects.
fn pages(prospects: u32, entries: u32, more: &str) -> String {
    format!("{{ prospects(first: {prospects}) {{ nodes {{ timeline(first: {entries}) {{ nodes {{ id }} }} }} }} {more} }}")
}

both! {
    async fn bodies_are_bounded(app: TestApp) {
        let body = |bytes: usize| {
            let query = r#"{"query":"{ __typename }""#;
            format!("{query}{}}}", " ".repeat(bytes - query.len() - 1))
        };
        let answer = send(&app.ana, body(1 << 20)).await;
        assert_eq!(answer.data(), &json!({ "__typename": "Query" }));
        let answer = send(&app.ana, body((1 << 20) + 1)).await;
        assert_eq!((answer.status, answer.codes()), (413, vec!["BAD_USER_INPUT"]), "{}", answer.text);
    }

    async fn json_is_bounded_in_depth(app: TestApp) {
        let body = |depth: usize| {
            let (open, close) = ("[".repeat(depth - 2), "]".repeat(depth - 2));
            format!(r#"{{"query":"{{ __typename }}","variables":{{"a":{open}{close}}}}}"#)
        };
        assert_eq!(send(&app.ana, body(64)).await.data(), &json!({ "__typename": "Query" }));
        let answer = send(&app.ana, body(65)).await;
        assert_eq!((answer.status, answer.codes()), (400, vec!["BAD_USER_INPUT"]), "{}", answer.text);
    }

    async fn cost_is_bounded(app: TestApp) {
        let cost = |answer: &Answer| {
            let cost = &answer.body["extensions"]["cost"];
            (cost["requestedQueryCost"].clone(), cost["actualQueryCost"].clone())
        };
        let answer = passes(&app.ana, "cost", &pages(98, 48, ""), json!({})).await;
        // The page is empty, and that is all that the answer did cost.
        assert_eq!(cost(&answer), (json!(5_000), json!(3)));
        let answer = refused(&app.ana, "cost", &pages(98, 48, "viewer { id }"), json!({}), "COST_LIMIT").await;
        assert_eq!(cost(&answer), (json!(5_001), json!(0)));
    }

    async fn cost_is_bounded_more_for_strangers(app: TestApp) {
        // 11 points for the attempt, 5 for each list of errors, 1 for each user.
        let sign_in = |users: usize| {
            let errors: String = (0..7).map(|number| format!("e{number}: userErrors {{ code }} ")).collect();
            let users: String = (0..users).map(|number| format!("u{number}: user {{ id }} ")).collect();
            format!("mutation {{ sessionCreate(input: {{ email: \"a@equipo.example\", password: \"short\" }}) {{ {errors} {users} }} }}")
        };
        let answer = passes(&app.anonymous, "cost", &sign_in(4), json!({})).await;
        assert_eq!(answer.body["extensions"]["cost"]["requestedQueryCost"], 50);
        let answer = refused(&app.anonymous, "cost", &sign_in(5), json!({}), "COST_LIMIT").await;
        assert_eq!(answer.body["extensions"]["cost"]["requestedQueryCost"], 51);
        passes(&app.ana, "cost for a user who signed in", &sign_in(5), json!({})).await;
    }

    async fn answers_are_bounded_in_objects(app: TestApp) {
        // Objects cost at least a point each, so that with the usual ceiling the cost is reached first.
        let rich = app.with_settings(|settings| settings.limits.cost = 100_000).await;
        passes(&rich.ana, "objects", &pages(99, 99, ""), json!({})).await;
        let answer = refused(&rich.ana, "objects", &pages(99, 99, "viewer { id }"), json!({}), "COST_LIMIT").await;
        assert!(answer.text.contains("10001 objects"), "{}", answer.text);
    }

    async fn answers_are_bounded_in_errors(app: TestApp) {
        let wrong = |many: usize| {
            let values: Vec<Value> = (0..many).map(|_| json!(7)).collect();
            json!({ "in": values })
        };
        let document = "query ($in: [String!]) { prospects(filter: { name: { in: $in } }) { totalCount } }";
        for (given, reported) in [(9, 9), (10, 10), (11, 10), (150, 10)] {
            let answer = app.ana.run(document, wrong(given)).await;
            assert_eq!(answer.status, 400);
            assert_eq!(answer.codes(), vec!["BAD_USER_INPUT"; reported], "{}", answer.text);
        }
        for (given, reported) in [(10, 10), (11, 10), (20, 10)] {
            let unknown: String = (0..given).map(|number| format!("unknown{number} ")).collect();
            let answer = app.ana.run(&format!("{{ {unknown} }}"), json!({})).await;
            assert_eq!(answer.status, 400);
            assert_eq!(answer.codes(), vec!["GRAPHQL_VALIDATION_FAILED"; reported], "{}", answer.text);
        }
        let made = app.prospect().owner(&app.ana).create().await;
        let pages = |many: usize| -> String {
            let page = |number| format!("p{number}: prospect(id: \"{}\") {{ timeline(first: 101) {{ totalCount }} }} ", made.id);
            format!("{{ {} }}", (0..many).map(page).collect::<String>())
        };
        // Each field that failed has its reason.
        let answer = app.ana.run(&pages(20), json!({})).await;
        assert_eq!(answer.codes(), ["BAD_USER_INPUT"; 20], "{}", answer.text);
        let strict = app.with_settings(|settings| settings.limits.field_errors = 3).await;
        for (given, omitted) in [(3, Value::Null), (4, json!(1)), (9, json!(6))] {
            let answer = strict.ana.run(&pages(given), json!({})).await;
            assert_eq!(answer.codes(), ["BAD_USER_INPUT"; 3], "{}", answer.text);
            assert_eq!([0, 1, 2].map(|place| answer.errors()[place]["extensions"]["omittedErrors"].clone()), [Value::Null, Value::Null, omitted]);
        }
    }
}
