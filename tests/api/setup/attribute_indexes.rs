//! Indexes of attributes: built in the background, used by lists, enforced where they are unique, and dropped when they are not wanted.

use cartera::db::Db;
use cartera::jobs::{self, Work};
use cartera::transfer;
use futures_util::future::join_all;
use sea_orm::{ConnectionTrait, DbBackend, Statement, TransactionTrait};
use serde_json::{Value, json};

use crate::support::{Backend, TestApp, TestDatabase, runtime, snapshot};

const DEFINE: &str = "mutation ($input: AttributeDefinitionCreateInput!) { attributeDefinitionCreate(input: $input) {
    attributeDefinition { id index { state progress } } userErrors { code message path } } }";
const UPDATE: &str = "mutation ($id: ID!, $input: AttributeDefinitionUpdateInput!) { attributeDefinitionUpdate(id: $id, input: $input) {
    attributeDefinition { id index { state progress } } userErrors { code message path } } }";
const STATES: &str = "{ attributeDefinitions(entity: PROSPECT) { key index { state progress } } }";
const CREATE: &str = "mutation ($input: ProspectCreateInput!) { prospectCreate(input: $input) {
    prospect { id } userErrors { code message path } } }";
const LIST: &str = "query ($filter: ProspectFilter!) { prospects(filter: $filter, first: 50) { nodes { id } } }";
pub(super) const JOBS: &str = "{ jobs(filter: { kind: { eq: \"index_attribute\" } }) { nodes {
    id state error { code message } rowErrors(first: 50) { nodes { row column code message } } } } }";

/// A text attribute of prospects with these properties; its id.
async fn define(app: &TestApp, key: &str, more: Value) -> String {
    let mut input = json!({ "entity": "PROSPECT", "key": key, "label": key, "type": "TEXT" });
    let fields = input.as_object_mut().expect("an object");
    fields.extend(more.as_object().expect("an object").clone());
    let answer = app.admin.run(DEFINE, json!({ "input": input })).await;
    let definition = &answer.payload("attributeDefinitionCreate")["attributeDefinition"];
    definition["id"].as_str().expect("an id").to_owned()
}

pub(super) async fn update(app: &TestApp, id: &str, input: Value) {
    let answer = app.admin.run(UPDATE, json!({ "id": id, "input": input })).await;
    answer.payload("attributeDefinitionUpdate");
}

pub(super) async fn run_due(app: &TestApp) -> usize {
    let work = Work {
        schedules: Vec::new(),
        ..Work::standard(2)
    };
    jobs::run_due(&app.core, &work).await.expect("jobs run")
}

/// State and progress of the index of an attribute.
pub(super) async fn index(app: &TestApp, key: &str) -> (String, i64) {
    let data = app.admin.query(STATES, json!({})).await;
    let all = data["attributeDefinitions"].as_array().expect("a list");
    let found = all.iter().find(|definition| definition["key"] == key).expect("it is defined");
    let state = found["index"]["state"].as_str().expect("a state").to_owned();
    (state, found["index"]["progress"].as_i64().expect("a number"))
}

/// Names of the indexes of attributes in a database.
pub(super) async fn indexes(db: &Db) -> Vec<String> {
    let text = match db.backend() {
        DbBackend::Postgres => {
            "SELECT CAST(c.relname AS text) FROM pg_class c JOIN pg_index i ON i.indexrelid = c.oid \
             WHERE i.indisvalid AND c.relname NOT LIKE 'pg\\_%' AND (c.relname LIKE '%\\_attribute\\_%' OR c.relname LIKE '%\\_unique\\_%') ORDER BY 1"
        }
        _ => {
            "SELECT name FROM sqlite_schema WHERE type = 'index' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' \
             AND (name LIKE '%\\_attribute\\_%' ESCAPE '\\' OR name LIKE '%\\_unique\\_%' ESCAPE '\\') ORDER BY 1"
        }
    };
    snapshot::texts(db, text).await
}

/// Gives a prospect a value without the API.
pub(super) async fn set(app: &TestApp, key: &str, value: &str, condition: &str) {
    let document = json!({ key: value, format!("{key}~"): value });
    let text = format!("UPDATE prospects SET attributes = '{document}' WHERE {condition}");
    app.core.db.writer().execute_unprepared(&text).await.expect("values can be set");
}

/// The plan of the statements of a list.
pub(super) async fn plans(app: &TestApp, filter: &Value) -> Vec<String> {
    let (watched, seen) = app.watched().await;
    watched.admin.query(LIST, json!({ "filter": filter })).await;
    let statements: Vec<Statement> = seen.lock().expect("the lock is not poisoned").drain(..).collect();
    let db = &watched.core.db;
    let mut lines = Vec::new();
    for statement in statements.into_iter().filter(|statement| statement.sql.contains("attributes")) {
        let (words, column) = match db.backend() {
            DbBackend::Postgres => ("EXPLAIN", 0),
            _ => ("EXPLAIN QUERY PLAN", 3),
        };
        let sql = format!("{words} {}", statement.sql);
        let tx = db.reader().unlimited().begin().await.expect("a transaction begins");
        let rows = tx.query_all_raw(Statement { sql, ..statement }).await.expect("it is explained");
        tx.rollback().await.expect("the transaction ends");
        lines.extend(rows.iter().map(|row| row.try_get_by_index::<String>(column).expect("a line")));
    }
    lines
}

both! {
    async fn an_index_is_built_in_the_background_and_used(app: TestApp) {
        let made = app.prospect().create().await;
        app.copies(&made, 3_000).await;
        set(&app, "code", "common", "id IS NOT NULL").await;
        define(&app, "code", json!({ "isIndexed": true })).await;
        let rare = app.prospect().name("Rare").create().await;
        set(&app, "code", "single", "name = 'Rare'").await;
        assert_eq!(index(&app, "code").await, ("BUILDING".to_owned(), 0));
        assert!(indexes(&app.core.db).await.is_empty());
        // Lists work meanwhile.
        let filter = json!({ "attributes": [{ "key": "code", "text": { "eq": "single" } }] });
        let found = app.admin.query(LIST, json!({ "filter": filter })).await;
        assert_eq!(found["prospects"]["nodes"], json!([{ "id": rare.id }]));

        assert_eq!(run_due(&app).await, 1);
        assert_eq!(index(&app, "code").await, ("READY".to_owned(), 100));
        assert_eq!(indexes(&app.core.db).await, ["prospects_attribute_code"]);
        let found = app.admin.query(LIST, json!({ "filter": filter })).await;
        assert_eq!(found["prospects"]["nodes"], json!([{ "id": rare.id }]));
        let plan = plans(&app, &filter).await;
        assert!(plan.iter().any(|line| line.contains("prospects_attribute_code")), "{plan:#?}");
        assert!(!plan.iter().any(|line| line.contains("TEMP B-TREE")), "{plan:#?}");
        // A further run changes nothing.
        assert_eq!(run_due(&app).await, 0);
    }

    async fn an_index_goes_when_it_is_not_wanted(app: TestApp) {
        let id = define(&app, "code", json!({ "isIndexed": true, "isUnique": true })).await;
        run_due(&app).await;
        assert_eq!(indexes(&app.core.db).await, ["prospects_attribute_code", "prospects_unique_code"]);
        update(&app, &id, json!({ "isUnique": false })).await;
        run_due(&app).await;
        assert_eq!(index(&app, "code").await, ("READY".to_owned(), 100));
        assert_eq!(indexes(&app.core.db).await, ["prospects_attribute_code"]);
        for (action, names) in [("Retire", vec![]), ("Restore", vec!["prospects_attribute_code"])] {
            let document = format!("mutation ($id: ID!) {{ attributeDefinition{action}(id: $id) {{ userErrors {{ code }} }} }}");
            app.admin.run(&document, json!({ "id": id })).await.payload(&format!("attributeDefinition{action}"));
            run_due(&app).await;
            assert_eq!(indexes(&app.core.db).await, names, "{action}");
        }
        assert_eq!(index(&app, "code").await, ("READY".to_owned(), 100));
        update(&app, &id, json!({ "isIndexed": false })).await;
        run_due(&app).await;
        assert_eq!(index(&app, "code").await, ("NONE".to_owned(), 0));
        assert!(indexes(&app.core.db).await.is_empty());
    }

    async fn a_unique_value_is_taken_once_however_many_ask_for_it(app: TestApp) {
        define(&app, "code", json!({ "isUnique": true })).await;
        run_due(&app).await;
        let create = |number: usize| {
            let input = json!({ "kind": "PERSON", "name": format!("Person {number}"),
                "attributes": [{ "key": "code", "value": { "text": "Único" } }] });
            app.admin.run(CREATE, json!({ "input": input }))
        };
        let answers = join_all((0..8).map(create)).await;
        let refused: Vec<Vec<String>> = answers.iter().map(|answer| answer.user_errors("prospectCreate")).filter(|errors| !errors.is_empty()).collect();
        assert_eq!(refused.len(), 7, "{refused:?}");
        assert!(refused.iter().flatten().all(|error| error == "TAKEN input.attributes.0.value"), "{refused:?}");
        let count = app.sql("SELECT CAST(count(*) AS text) FROM prospects WHERE attributes IS NOT NULL").await;
        assert_eq!(count, ["1"]);
    }

    async fn values_that_are_not_unique_are_named(app: TestApp) {
        let [first, second, third] = [app.prospect().name("A").create().await, app.prospect().name("B").create().await, app.prospect().name("C").create().await];
        set(&app, "code", "same", "name IN ('A', 'B')").await;
        set(&app, "code", "other", "name = 'C'").await;
        define(&app, "code", json!({ "isUnique": true })).await;
        assert_eq!(run_due(&app).await, 1);
        assert_eq!(index(&app, "code").await, ("FAILED".to_owned(), 0));
        assert!(indexes(&app.core.db).await.is_empty());
        let job = app.admin.query(JOBS, json!({})).await["jobs"]["nodes"][0].clone();
        assert_eq!((&job["state"], &job["error"]["code"]), (&json!("FAILED"), &json!("CONFLICT")));
        let named = job["rowErrors"]["nodes"].as_array().expect("a list");
        let mut messages: Vec<&str> = named.iter().filter_map(|error| error["message"].as_str()).collect();
        messages.sort_unstable();
        let mut twins = [&first, &second];
        twins.sort_by(|one, other| one.id.cmp(&other.id));
        assert_eq!(messages, twins.map(|prospect| format!("{} is not the only one with `same`", prospect.id)));
        assert!(!messages.iter().any(|message| message.contains(&third.id)));
        // Writing goes on, and the job succeeds once the values differ.
        set(&app, "code", "different", "name = 'B'").await;
        let retry = "mutation ($id: ID!) { jobRetry(id: $id) { userErrors { code } } }";
        app.admin.run(retry, json!({ "id": job["id"] })).await.payload("jobRetry");
        assert_eq!(run_due(&app).await, 1);
        assert_eq!(index(&app, "code").await, ("READY".to_owned(), 100));
        assert_eq!(indexes(&app.core.db).await, ["prospects_unique_code"]);
    }

    /// As after a kill: the job is still running by its row, and an index with the name is there that is not the one.
    async fn a_build_that_was_cut_off_begins_again(app: TestApp) {
        define(&app, "code", json!({ "isIndexed": true })).await;
        let db = &app.core.db;
        for text in [
            "CREATE INDEX prospects_attribute_code ON prospects (name)",
            "UPDATE jobs SET state = 'RUNNING', attempts = 1, lease_owner = id, lease_until = 1",
        ] {
            db.writer().execute_unprepared(text).await.expect("it can be left so");
        }
        assert_eq!(run_due(&app).await, 1);
        assert_eq!(index(&app, "code").await, ("READY".to_owned(), 100));
        let definition = match db.backend() {
            DbBackend::Postgres => "SELECT indexdef FROM pg_indexes WHERE indexname = 'prospects_attribute_code'",
            _ => "SELECT sql FROM sqlite_schema WHERE name = 'prospects_attribute_code'",
        };
        assert!(app.sql(definition).await[0].contains("attributes"));
    }

    /// A start queues what no job is queued for.
    async fn a_build_without_a_job_is_taken_up(app: TestApp) {
        define(&app, "code", json!({ "isIndexed": true })).await;
        app.core.db.writer().execute_unprepared("DELETE FROM jobs").await.expect("the job is lost");
        assert_eq!(run_due(&app).await, 0);
        for _ in 0..2 {
            jobs::queue_incomplete(&app.core).await.expect("it is queued");
        }
        assert_eq!(run_due(&app).await, 1, "it is queued once");
        assert_eq!(index(&app, "code").await, ("READY".to_owned(), 100));
    }
}

#[test]
fn definitions_values_and_indexes_are_moved() {
    runtime().block_on(async {
        for (from, to) in [(Backend::Sqlite, Backend::Postgres), (Backend::Postgres, Backend::Sqlite)] {
            let (source, target) = (TestDatabase::create(from).await, TestDatabase::empty(to).await);
            let app = TestApp::start(&source).await;
            define(&app, "code", json!({ "isIndexed": true, "isUnique": true })).await;
            define(&app, "waiting", json!({ "isIndexed": true })).await;
            app.prospect().name("A").create().await;
            set(&app, "code", "é", "name = 'A'").await;
            // One of the two indexes is complete, the other is not.
            let document = "UPDATE attribute_definitions SET index_state = 'READY', index_progress = 100 WHERE key = 'code'";
            app.core.db.writer().execute_unprepared(document).await.expect("a state can be set");
            let other = Db::open(&target.settings).await.expect("the database opens");
            transfer::run(&app.core.db, &other, |_| {}).await.expect("all is moved");
            assert_eq!(indexes(&other).await, ["prospects_attribute_code", "prospects_unique_code"]);
            let values = snapshot::texts(&other, "SELECT CAST(attributes AS text) FROM prospects").await;
            let value: Value = serde_json::from_str(&values[0]).expect("JSON");
            assert_eq!(value, json!({ "code": "é", "code~": "é" }));
            other.close().await.expect("the database closes");
            source_and_target(app, source, target).await;
        }
    });
}

async fn source_and_target(app: TestApp, source: TestDatabase, target: TestDatabase) {
    // `é` is no normal form, which the check at the end of a test would report.
    app.core
        .db
        .writer()
        .execute_unprepared("UPDATE prospects SET attributes = NULL")
        .await
        .expect("values go");
    app.stop().await;
    source.remove().await;
    target.remove().await;
}
