//! Operations with many lists: one that is refused, or takes too long, is null by itself.

use std::time::Duration;

use cartera::db::{Db, Transaction};
use sea_orm::{ConnectionTrait, DbBackend};
use serde_json::{Value, json};

use crate::support::{Answer, Made, TestApp};

const NINE: &str = "a: viewer { id } b: prospects(first: 1) { nodes { id } } c: clients(first: 1) { nodes { id } }
    d: timeline(first: 1) { nodes { id } } e: channels { id } f: prospect(id: $id) { id }
    g: cities(country: \"VE\") { name } h: possibleDuplicates(input: { emails: [\"a@b.example\"] }) { reason } i: task(id: $id) { id }";

fn beside(root: &str) -> String {
    format!("query ($id: ID!) {{ {NINE} x: {root} }}")
}

async fn nine(app: &TestApp, made: &Made) -> Answer {
    let answer = app
        .ana
        .run(&format!("query ($id: ID!) {{ {NINE} }}"), json!({ "id": made.id }))
        .await;
    assert_eq!(answer.data().as_object().map(|data| data.len()), Some(9));
    assert_eq!(answer.data()["b"]["nodes"], json!([{ "id": made.id }]));
    answer
}

fn cost(answer: &Answer) -> (u64, u64) {
    let cost = &answer.body["extensions"]["cost"];
    let number = |value: &Value| value.as_u64().unwrap_or_else(|| panic!("no cost in {}", answer.text));
    (number(&cost["requestedQueryCost"]), number(&cost["actualQueryCost"]))
}

/// Asserts that `x` alone is null, for the reason.
fn assert_alone(answer: &Answer, code: &str, others: &Answer, root: &str) {
    assert_eq!((answer.status, answer.codes()), (200, vec![code]), "{root}: {}", answer.text);
    assert_eq!(answer.errors()[0]["path"], json!(["x"]), "{root}: {}", answer.text);
    let mut expected = others.data().clone();
    expected["x"] = Value::Null;
    assert_eq!(answer.body["data"], expected, "{root}");
}

/// Blocks all queries of tasks: by a lock of PostgreSQL, and on SQLite, where readers wait for no lock, by rows without end.
async fn stop_tasks(db: &Db) -> Option<Transaction> {
    if db.backend() == DbBackend::Postgres {
        let tx = db.begin().await.expect("a transaction begins");
        tx.execute_unprepared("LOCK TABLE tasks IN ACCESS EXCLUSIVE MODE")
            .await
            .expect("the table is locked");
        return Some(tx);
    }
    for statement in [
        "ALTER TABLE tasks RENAME TO tasks_kept",
        "CREATE VIEW tasks AS SELECT k.* FROM tasks_kept k \
         WHERE (WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n) > 0",
    ] {
        db.writer().execute_unprepared(statement).await.expect("the table is replaced");
    }
    None
}

both! {
    async fn a_root_that_is_refused_leaves_the_others(app: TestApp) {
        let made = app.prospect().owner(&app.ana).create().await;
        let others = nine(&app, &made).await;
        let long = "x".repeat(201);
        let tests = "{ name: { eq: \"x\" } } ".repeat(51);
        for (root, code) in [
            ("prospects(first: 500) { totalCount nodes { id } }".to_owned(), "BAD_USER_INPUT"),
            ("prospects(first: 1, last: 1) { nodes { id } }".to_owned(), "BAD_USER_INPUT"),
            ("prospects(after: \"x\") { nodes { id } }".to_owned(), "BAD_USER_INPUT"),
            (format!("prospects(search: \"{long}\") {{ nodes {{ id }} }}"), "BAD_USER_INPUT"),
            (format!("prospects(filter: {{ or: [{tests}] }}) {{ nodes {{ id }} }}"), "BAD_USER_INPUT"),
            ("prospects(filter: { createdAt: { gte: \"yesterday\" } }) { nodes { id } }".to_owned(), "BAD_USER_INPUT"),
            ("clients(last: -1) { nodes { id } }".to_owned(), "BAD_USER_INPUT"),
            ("tasks(first: 101) { nodes { id } }".to_owned(), "BAD_USER_INPUT"),
            ("tasks(filter: { dueAt: { relative: { unit: DAY, count: 0 } } }) { nodes { id } }".to_owned(), "BAD_USER_INPUT"),
            ("timeline(before: \"x\") { nodes { id } }".to_owned(), "BAD_USER_INPUT"),
            (format!("cities(country: \"VE\", startsWith: \"{long}\") {{ name }}"), "BAD_USER_INPUT"),
            (format!("municipalities(country: \"VE\", startsWith: \"{long}\") {{ name }}"), "BAD_USER_INPUT"),
            (format!("parishes(country: \"VE\", startsWith: \"{long}\") {{ name }}"), "BAD_USER_INPUT"),
            (format!("possibleDuplicates(input: {{ emails: [\"{long}\"] }}) {{ reason }}"), "BAD_USER_INPUT"),
            ("deletedProspects { nodes { reference } }".to_owned(), "FORBIDDEN"),
        ] {
            // The second time the document is known to be valid.
            for _ in 0..2 {
                let answer = app.ana.run(&beside(&root), json!({ "id": made.id })).await;
                assert_alone(&answer, code, &others, &root);
                // Nothing was read for it, and it counts as what was looked for.
                let (requested, actual) = cost(&answer);
                let of_x = actual - cost(&others).1;
                let most = if root.contains("filter") { 60 } else { 3 };
                assert!(requested > actual && (1..=most).contains(&of_x), "{root}: {actual} of {requested}");
            }
        }
        // What does not fit the schema, or is too much as a whole, is refused as a whole.
        for root in ["prospects(first: \"1\") { nodes { id } }", "prospects(unknown: 1) { nodes { id } }", "unknown { id }"] {
            let answer = app.ana.run(&beside(root), json!({ "id": made.id })).await;
            assert_eq!((answer.status, answer.codes()), (400, vec!["GRAPHQL_VALIDATION_FAILED"]), "{root}: {}", answer.text);
            assert!(answer.body.get("data").is_none(), "{root}: {}", answer.text);
        }
    }

    /// An error below a root takes that root with it, which then costs its price, and no other.
    async fn an_error_below_a_root_costs_the_price_of_that_root(app: TestApp) {
        let made = app.prospect().owner(&app.ana).create().await;
        let others = nine(&app, &made).await;
        let root = "prospects(first: 50) { totalCount nodes { id timeline(first: 1, after: \"x\") { nodes { id } } } }";
        let answer = app.ana.run(&beside(root), json!({ "id": made.id })).await;
        assert_eq!((answer.status, answer.codes()), (200, vec!["BAD_USER_INPUT"]), "{}", answer.text);
        assert_eq!(answer.body["data"]["x"], Value::Null);
        assert_eq!(answer.body["data"]["b"], others.data()["b"]);
        let price = 2 + 10 + 50 * (1 + 2 + 1);
        assert_eq!(cost(&answer).1, cost(&others).1 + price, "{}", answer.text);
        assert!(cost(&answer).1 < cost(&answer).0, "{}", answer.text);
    }

    /// Written twice a root runs twice. What one of them could not answer is null, whatever the other has answered, and both are paid for.
    async fn a_root_that_is_written_twice_costs_each_time(app: TestApp) {
        let made = app.prospect().owner(&app.ana).create().await;
        let others = nine(&app, &made).await;
        let good = "prospects(first: 20) { nodes { id } }";
        let bad = "prospects(first: 20) { nodes { name timeline(first: 1, after: \"x\") { nodes { id } } } }";
        for twice in [format!("{good} ... {{ x: {bad} }}"), format!("{bad} ... {{ x: {good} }}")] {
            let answer = app.ana.run(&beside(&twice), json!({ "id": made.id })).await;
            assert_eq!((answer.status, answer.codes()), (200, vec!["BAD_USER_INPUT"]), "{}", answer.text);
            let mut expected = others.data().clone();
            expected["x"] = Value::Null;
            assert_eq!(answer.body["data"], expected, "{twice}");
            assert_eq!(cost(&answer).1, cost(&others).1 + (2 + 20) + (2 + 20 * (1 + 2 + 1)), "{}", answer.text);
        }
        let answer = app.ana.run(&beside(&format!("{good} ... {{ x: {good} }}")), json!({ "id": made.id })).await;
        assert_eq!(answer.data()["x"]["nodes"], json!([{ "id": made.id }]));
        assert_eq!(cost(&answer).1, cost(&others).1 + 2 * (2 + 20), "{}", answer.text);
    }

    async fn a_root_that_takes_too_long_leaves_the_others(app: TestApp) {
        let made = app.prospect().owner(&app.ana).create().await;
        app.task(&app.ana, &made, json!({})).await;
        let others = nine(&app, &made).await;
        let patient = app
            .with_settings(|settings| {
                settings.request_timeout = Duration::from_secs(5);
                settings.statement_timeout = Duration::from_secs(60);
            })
            .await;
        let root = "tasks(first: 30) { nodes { id } }";
        let stopped = stop_tasks(&app.core.db).await;
        let answer = patient.ana.run(&beside(root), json!({ "id": made.id })).await;
        assert_alone(&answer, "TIMEOUT", &others, root);
        // The work was done for nothing, and is paid for.
        assert_eq!(cost(&answer).1, cost(&others).1 + 2 + 30, "{}", answer.text);
        let alone = patient.ana.run(&format!("{{ {root} }}"), json!({})).await;
        assert_eq!((alone.status, alone.codes()), (504, vec!["TIMEOUT"]), "{}", alone.text);
        if let Some(tx) = stopped {
            tx.rollback().await.expect("the transaction ends");
        }
    }

    async fn a_report_has_a_deadline_of_its_own(app: TestApp) {
        let made = app.prospect().owner(&app.ana).create().await;
        app.task(&app.ana, &made, json!({})).await;
        let others = nine(&app, &made).await;
        let hasty = app
            .with_settings(|settings| {
                settings.request_timeout = Duration::from_secs(60);
                settings.statement_timeout = Duration::from_secs(60);
                settings.report_timeout = Duration::from_secs(1);
            })
            .await;
        let root = "report(input: { dataset: PROSPECTS, measures: [{ measure: COUNT }], \
                    prospectFilter: { tasks: { some: { state: { eq: PLANNED } } } } }) { rowCount }";
        let stopped = stop_tasks(&app.core.db).await;
        let answer = hasty.ana.run(&beside(root), json!({ "id": made.id })).await;
        assert_alone(&answer, "TIMEOUT", &others, root);
        let message = answer.errors()[0]["message"].as_str().expect("a message");
        assert!(message.contains("`report_timeout`"), "{message}");
        if let Some(tx) = stopped {
            tx.rollback().await.expect("the transaction ends");
        }
    }

    /// Ids of `nodes` are read one by one.
    async fn nodes_are_null_one_by_one(app: TestApp) {
        let made = app.prospect().owner(&app.ana).create().await;
        let task = app.task(&app.ana, &made, json!({})).await;
        let patient = app
            .with_settings(|settings| {
                settings.request_timeout = Duration::from_secs(60);
                settings.statement_timeout = Duration::from_secs(2);
            })
            .await;
        let stopped = stop_tasks(&app.core.db).await;
        let document = "query ($ids: [ID!]!) { nodes(ids: $ids) { id } }";
        let answer = patient.ana.run(document, json!({ "ids": [made.id, task.id, app.ana.id] })).await;
        assert_eq!((answer.status, answer.codes()), (200, vec!["TIMEOUT"]), "{}", answer.text);
        assert_eq!(answer.errors()[0]["path"], json!(["nodes", 1]), "{}", answer.text);
        assert_eq!(answer.body["data"], json!({ "nodes": [{ "id": made.id }, null, { "id": app.ana.id }] }));
        if let Some(tx) = stopped {
            tx.rollback().await.expect("the transaction ends");
        }
    }
}
