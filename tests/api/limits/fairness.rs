//! One caller cannot hold what others need: statements end with their caller, requests of a user queue apart, and so do sign-ins.

use std::time::Duration;

use cartera::db::Db;
use cartera::error::Error;
use futures_util::future::join_all;
use futures_util::stream::{FuturesUnordered, StreamExt};
use sea_orm::{ConnectionTrait, Statement};
use serde_json::json;
use tokio::time::timeout;

use super::overload::{NOTE, hold};
use crate::support::{PASSWORD, TestApp};

/// Counts for ever.
const ENDLESS: &str =
    "WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n > 0) SELECT count(*) FROM numbers";
const SIGN_IN: &str = "mutation ($email: String!, $password: String!) {
    sessionCreate(input: { email: $email, password: $password }) { token userErrors { code } } }";

fn statement(db: &Db, text: &str) -> Statement {
    Statement::from_string(db.backend(), text)
}

both! {
    /// Given up by its caller, it frees the only connection; nothing else would, because it has no end.
    async fn a_statement_ends_with_its_caller(app: TestApp) {
        let narrow = app
            .with_settings(|settings| {
                settings.sqlite_readers = 1;
                settings.postgres_connections = 2;
                settings.statement_timeout = Duration::from_secs(3000);
            })
            .await;
        let db = &narrow.core.db;
        for _ in 0..3 {
            let given_up = join_all((0..2).map(|_| timeout(Duration::from_millis(200), db.reader().query_one_raw(statement(db, ENDLESS))))).await;
            // The second one may have waited for a connection only.
            assert!(given_up.iter().all(Result::is_err), "it has no end");
            db.reader().query_one_raw(statement(db, "SELECT 1")).await.expect("a connection is free again");
        }
        // In a transaction, which is rolled back.
        let tx = db.begin().await.expect("a transaction begins");
        tx.execute_unprepared("DELETE FROM sessions").await.expect("rows are deleted");
        assert!(timeout(Duration::from_millis(200), tx.query_one_raw(statement(db, ENDLESS))).await.is_err());
        drop(tx);
        let tx = db.begin().await.expect("the next transaction begins");
        tx.rollback().await.expect("it ends");
        assert_eq!(narrow.ana.query("{ viewer { name } }", json!({})).await["viewer"]["name"], "Ana Vendedora");
    }

    async fn a_statement_has_an_end(app: TestApp) {
        let hasty = app.with_settings(|settings| settings.statement_timeout = Duration::from_millis(100)).await;
        let db = &hasty.core.db;
        let ended = timeout(Duration::from_secs(60), db.reader().query_one_raw(statement(db, ENDLESS))).await.expect("it is interrupted");
        let error = Error::from(ended.expect_err("it has no result"));
        assert!(matches!(error, Error::Timeout), "{error:?}");
        db.reader().query_one_raw(statement(db, "SELECT 1")).await.expect("the connection is as good as new");
    }

    async fn requests_of_a_user_queue_apart(app: TestApp) {
        let made = app.prospect().owner(&app.ana).create().await;
        let narrow = app.with_settings(|settings| settings.max_concurrent_requests_per_user = 1).await;
        let tx = hold(&app.core.db).await;
        // One runs and eight wait.
        let mut asked: FuturesUnordered<_> = (0..12).map(|_| narrow.ana.run(NOTE, json!({ "id": made.id }))).collect();
        for _ in 0..3 {
            let answer = timeout(Duration::from_secs(5), asked.next()).await.expect("refused at once").expect("twelve were asked");
            assert_eq!((answer.status, answer.codes()), (429, vec!["RATE_LIMITED"]), "{}", answer.text);
            assert_eq!(answer.headers["retry-after"], "1");
        }
        let other = narrow.luis.run("{ viewer { name } prospects { totalCount } }", json!({})).await;
        assert_eq!((other.status, other.errors().len()), (200, 0), "{}", other.text);
        tx.rollback().await.expect("the transaction ends");
        while let Some(answer) = asked.next().await {
            assert_eq!((answer.status, answer.errors().len()), (200, 0), "{}", answer.text);
        }
        assert_eq!(app.sql("SELECT body FROM notes").await.len(), 9);
    }

    /// A caller with all the connections that one may use leaves some to the others.
    async fn one_caller_does_not_get_all_connections(app: TestApp) {
        let narrow = app
            .with_settings(|settings| {
                settings.sqlite_readers = 2;
                settings.postgres_connections = 2;
            })
            .await;
        let (greedy, other) = (narrow.core.db.for_one_caller(), narrow.core.db.for_one_caller());
        let endless = join_all((0..4).map(|_| greedy.reader().query_one_raw(statement(&greedy, ENDLESS))));
        let asked = async {
            for _ in 0..5 {
                other.reader().query_one_raw(statement(&other, "SELECT 1")).await.expect("a connection is left");
            }
        };
        tokio::select! {
            _ = endless => unreachable!("they have no end"),
            () = asked => {}
        }
    }

    async fn sign_ins_take_no_permits_of_others(app: TestApp) {
        let narrow = app
            .with_settings(|settings| {
                settings.max_concurrent_requests = 1;
                settings.limits.anonymous_bucket = 100_000;
            })
            .await;
        let wrong = json!({ "email": "nobody@equipo.example", "password": "not the password" });
        let guesses = join_all((0..100).map(|_| narrow.anonymous.run(SIGN_IN, wrong.clone())));
        let work = join_all((0..4).map(|_| narrow.luis.run("{ viewer { name } }", json!({}))));
        let (guesses, work) = tokio::join!(guesses, work);
        for answer in work {
            assert_eq!((answer.status, answer.errors().len()), (200, 0), "{}", answer.text);
        }
        let refused = guesses.iter().filter(|answer| answer.status == 429).count();
        assert!(refused >= 90, "ten guesses at an account are looked at, and {refused} were refused");
        assert_eq!(guesses.iter().filter(|answer| answer.status != 429 && answer.status != 200).count(), 0);
    }

    async fn right_sign_ins_side_by_side_are_no_failures(app: TestApp) {
        let strict = app
            .with_settings(|settings| {
                settings.login_failures_per_account = 2;
                settings.limits.anonymous_bucket = 100_000;
            })
            .await;
        let right = json!({ "email": app.ana.email, "password": PASSWORD });
        let answers = join_all((0..12).map(|_| strict.anonymous.run(SIGN_IN, right.clone()))).await;
        for answer in answers {
            assert!(answer.payload("sessionCreate")["token"].is_string(), "{}", answer.text);
        }
    }

    async fn an_answer_has_an_end(app: TestApp) {
        let made = app.prospect().owner(&app.ana).create().await;
        for _ in 0..3 {
            app.note(&app.ana, &made, &"ñ".repeat(4_000)).await;
        }
        let small = app.with_settings(|settings| settings.limits.answer_bytes = 20_000).await;
        let notes = "query ($id: ID!, $first: Int) { prospect(id: $id) { timeline(first: $first, filter: { kind: { eq: NOTE } }) {
            nodes { ... on NoteEntry { note { body } } } } } }";
        let answer = small.ana.run(notes, json!({ "id": made.id, "first": 2 })).await;
        assert_eq!((answer.status, answer.errors().len()), (200, 0), "{}", answer.text);
        let answer = small.ana.run(notes, json!({ "id": made.id, "first": 3 })).await;
        assert_eq!((answer.status, answer.codes()), (400, vec!["COST_LIMIT"]), "{}", answer.text);
        assert!(answer.body.get("data").is_none() && answer.text.len() < 1_000, "{}", answer.text);
        // What is no text counts as well, in the end.
        let tiny = app.with_settings(|settings| settings.limits.answer_bytes = 300).await;
        let ids = "{ statuses { id category } }";
        assert_eq!(tiny.ana.run(ids, json!({})).await.codes(), ["COST_LIMIT"]);
        // A mutation has happened, and says so.
        let write = "mutation ($id: ID!, $body: String!) { noteCreate(prospectId: $id, input: { body: $body }) { entry { note { body } } userErrors { code } } }";
        let answer = tiny.ana.run(write, json!({ "id": made.id, "body": "x".repeat(500) })).await;
        assert_eq!(answer.codes(), ["COST_LIMIT"]);
        assert!(answer.text.contains("carried out"), "{}", answer.text);
        assert_eq!(app.sql("SELECT body FROM notes").await.len(), 4);
    }
}
