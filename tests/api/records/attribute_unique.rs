//! Unique attributes: what counts as another record, values that move within one save, and the look-ups that they cost.

use cartera::db::Db;
use cartera::jobs::{self, Work};
use futures_util::future::join_all;
use sea_orm::{ConnectionTrait, DbBackend, Statement, TransactionTrait};
use serde_json::{Value, json};

use super::UPDATE;
use crate::support::{Answer, Made, Person, TestApp};

const CREATE: &str = "mutation ($input: ProspectCreateInput!) { prospectCreate(input: $input) {
    prospect { id } userErrors { code message path } } }";
const CLIENT: &str =
    "mutation ($id: ID!, $input: ClientUpdateInput!) { clientUpdate(id: $id, input: $input) { userErrors { code message path } } }";
const TASK: &str = "mutation ($id: ID!, $input: TaskCreateInput!) { taskCreate(prospectId: $id, input: $input) {
    task { id } userErrors { code message path } } }";
const DELETE: &str = "mutation ($id: ID!) { prospectDelete(id: $id) { userErrors { code message path } } }";
const RESTORE: &str = "mutation ($id: ID!) { prospectRestore(id: $id) { userErrors { code message path } } }";
const CONTACTS: &str = "query ($id: ID!) { prospect(id: $id) { contacts { id firstName attribute(key: \"code\") { text } } } }";

/// A unique text, and its index.
async fn unique(app: &TestApp, entity: &str, label: &str) -> String {
    let input = json!({ "entity": entity, "key": "code", "label": label, "type": "TEXT", "isUnique": true });
    let id = app.attribute(input).await;
    run_due(app).await;
    assert_ready(app).await;
    id
}

async fn run_due(app: &TestApp) {
    let work = Work {
        schedules: Vec::new(),
        ..Work::standard(2)
    };
    jobs::run_due(&app.core, &work).await.expect("jobs run");
}

/// Asserts that the indexes of all attributes in use are complete.
async fn assert_ready(app: &TestApp) {
    let state = "SELECT DISTINCT index_state FROM attribute_definitions WHERE retired_at IS NULL";
    assert_eq!(app.sql(state).await, ["READY"]);
}

fn code(text: &str) -> Value {
    json!([{ "key": "code", "value": { "text": text } }])
}

fn contact(name: &str, text: &str) -> Value {
    json!({ "firstName": name, "attributes": code(text) })
}

async fn create(person: &Person, fields: Value) -> Answer {
    let mut input = json!({ "kind": "PERSON", "name": "Ana" });
    let all = input.as_object_mut().expect("an object");
    all.extend(fields.as_object().expect("an object").clone());
    person.run(CREATE, json!({ "input": input })).await
}

async fn save(person: &Person, made: &Made, input: Value) -> Answer {
    person.run(UPDATE, json!({ "id": made.id, "input": input })).await
}

/// A prospect whose contact, client and task have the code.
async fn with_codes(app: &TestApp, text: &str) -> Made {
    let made = app.prospect().with(json!({ "contacts": [contact("Eva", text)] })).create().await;
    let variables = json!({ "id": made.id, "input": { "typeId": app.task_type("Call"), "dueAt": app.time(0), "attributes": code(text) } });
    app.admin.run(TASK, variables).await.payload("taskCreate");
    app.convert(&app.admin, &made).await;
    let variables = json!({ "id": made.client_id(), "input": { "attributes": code(text) } });
    app.admin.run(CLIENT, variables).await.payload("clientUpdate");
    made
}

/// The contacts as `name: code`, and the id of each.
async fn contacts(app: &TestApp, made: &Made) -> (Vec<String>, Vec<Value>) {
    let data = app.admin.query(CONTACTS, json!({ "id": made.id })).await;
    let all = data["prospect"]["contacts"].as_array().expect("a list").clone();
    let word = |contact: &Value| {
        let (name, text) = (
            contact["firstName"].as_str().expect("a name"),
            contact["attribute"]["text"].as_str(),
        );
        format!("{name}: {}", text.unwrap_or("-"))
    };
    (
        all.iter().map(word).collect(),
        all.iter().map(|contact| contact["id"].clone()).collect(),
    )
}

/// The plan of a statement. With so few rows PostgreSQL would rather scan them, so that is made expensive.
async fn explained(db: &Db, statement: Statement) -> Vec<String> {
    let tx = db.reader().unlimited().begin().await.expect("a transaction begins");
    let (words, column) = match db.backend() {
        DbBackend::Postgres => {
            tx.execute_unprepared("SET LOCAL enable_seqscan = off").await.expect("a setting");
            ("EXPLAIN", 0)
        }
        _ => ("EXPLAIN QUERY PLAN", 3),
    };
    let sql = format!("{words} {}", statement.sql);
    let rows = tx.query_all_raw(Statement { sql, ..statement }).await.expect("it is explained");
    tx.rollback().await.expect("the transaction ends");
    rows.iter()
        .map(|row| row.try_get_by_index::<String>(column).expect("a line"))
        .collect()
}

both! {
    async fn what_belongs_to_a_deleted_prospect_does_not_count(app: TestApp) {
        for (entity, label) in [("CONTACT", "Of contacts"), ("CLIENT", "Of clients"), ("TASK", "Of tasks")] {
            unique(&app, entity, label).await;
        }
        let first = with_codes(&app, "x").await;
        let refused = create(&app.admin, json!({ "contacts": [contact("Luz", "X")] })).await;
        assert_eq!(refused.user_errors("prospectCreate"), ["TAKEN input.contacts.0.attributes.0.value"]);
        app.admin.run(DELETE, json!({ "id": first.id })).await.payload("prospectDelete");
        let second = with_codes(&app, "x").await;

        let refused = app.admin.run(RESTORE, json!({ "id": first.id })).await;
        let errors = refused.body["data"]["prospectRestore"]["userErrors"].as_array().expect("a list").clone();
        let messages: Vec<&str> = errors.iter().filter_map(|error| error["message"].as_str()).collect();
        assert_eq!(messages, ["Of clients", "Of contacts", "Of tasks"].map(|label| format!("another record has the value of {label} by now")));
        assert_eq!(refused.user_errors("prospectRestore"), ["TAKEN id"; 3]);

        // The two change places.
        app.admin.run(DELETE, json!({ "id": second.id })).await.payload("prospectDelete");
        app.admin.run(RESTORE, json!({ "id": first.id })).await.payload("prospectRestore");
        assert_eq!(app.admin.run(RESTORE, json!({ "id": second.id })).await.user_errors("prospectRestore"), ["TAKEN id"; 3]);
        let refused = create(&app.admin, json!({ "contacts": [contact("Luz", "x")] })).await;
        assert_eq!(refused.user_errors("prospectCreate"), ["TAKEN input.contacts.0.attributes.0.value"]);
        app.assert_sound().await;
    }

    async fn of_many_who_take_a_value_and_one_restored_one_has_it(app: TestApp) {
        unique(&app, "CONTACT", "Code").await;
        let first = app.prospect().with(json!({ "contacts": [contact("Eva", "x")] })).create().await;
        app.admin.run(DELETE, json!({ "id": first.id })).await.payload("prospectDelete");
        let takers = (0..5).map(|_| create(&app.admin, json!({ "contacts": [contact("Luz", "x")] })));
        let (restored, taken) = tokio::join!(app.admin.run(RESTORE, json!({ "id": first.id })), join_all(takers));
        let mut errors: Vec<Vec<String>> = taken.iter().map(|answer| answer.user_errors("prospectCreate")).collect();
        errors.push(restored.user_errors("prospectRestore"));
        let refused: Vec<String> = errors.into_iter().flatten().collect();
        assert_eq!(refused.len(), 5, "{refused:?}");
        assert!(refused.iter().all(|error| error.starts_with("TAKEN ")), "{refused:?}");
        let live = "SELECT CAST(count(*) AS text) FROM contacts WHERE attributes IS NOT NULL AND prospect_deleted_at IS NULL";
        assert_eq!(app.sql(live).await, ["1"]);
    }

    async fn a_retired_attribute_keeps_no_prospect_from_coming_back(app: TestApp) {
        let definition = unique(&app, "PROSPECT", "Code").await;
        let first = app.prospect().with(json!({ "attributes": code("x") })).create().await;
        app.admin.run(DELETE, json!({ "id": first.id })).await.payload("prospectDelete");
        app.prospect().with(json!({ "attributes": code("x") })).create().await;
        assert_eq!(app.admin.run(RESTORE, json!({ "id": first.id })).await.user_errors("prospectRestore"), ["TAKEN id"]);
        let retire = "mutation ($id: ID!) { attributeDefinitionRetire(id: $id) { userErrors { code } } }";
        app.admin.run(retire, json!({ "id": definition })).await.payload("attributeDefinitionRetire");
        run_due(&app).await;
        app.admin.run(RESTORE, json!({ "id": first.id })).await.payload("prospectRestore");
    }

    async fn contacts_exchange_and_hand_on_their_values_in_one_save(app: TestApp) {
        unique(&app, "CONTACT", "Code").await;
        let made = app.prospect().with(json!({ "contacts": [contact("Eva", "x"), contact("Luz", "y"), contact("Sol", "z")] })).create().await;
        let (_, ids) = contacts(&app, &made).await;
        let change = |place: usize, text: &str| json!({ "id": ids[place], "attributes": code(text) });
        let rotated = json!({ "contacts": [change(0, "y"), change(1, "z"), change(2, "x")] });
        save(&app.admin, &made, rotated).await.payload("prospectUpdate");
        assert_eq!(contacts(&app, &made).await.0, ["Eva: y", "Luz: z", "Sol: x"]);
        // What a new one gets, the other one gives up.
        let given = json!({ "contacts": [change(0, "w"), contact("Paz", "y")] });
        save(&app.admin, &made, given).await.payload("prospectUpdate");
        assert_eq!(contacts(&app, &made).await.0, ["Eva: w", "Luz: z", "Sol: x", "Paz: y"]);
        let inherited = json!({ "removeContactIds": [ids[1]], "contacts": [change(2, "z")] });
        save(&app.admin, &made, inherited).await.payload("prospectUpdate");
        assert_eq!(contacts(&app, &made).await.0, ["Eva: w", "Sol: z", "Paz: y"]);
        // One that is not changed keeps its own.
        let refused = save(&app.admin, &made, json!({ "contacts": [change(2, "w")] })).await;
        assert_eq!(refused.user_errors("prospectUpdate"), ["TAKEN input.contacts.0.attributes.0.value"]);
        app.assert_sound().await;
    }

    async fn a_write_that_begins_again_takes_its_look_ups_once(app: TestApp) {
        unique(&app, "PROSPECT", "Code").await;
        let few = app.with_settings(|settings| settings.identifier_lookups_per_minute = 1).await;
        for text in ["x", "y"] {
            // The definitions seem to have changed, so that the write begins again.
            let stale = "UPDATE revisions SET number = number + 1 WHERE name = 'attribute_definitions'";
            few.core.db.writer().execute_unprepared(stale).await.expect("a revision can be set");
            create(&few.ana, json!({ "attributes": code(text) })).await.payload("prospectCreate");
        }
        let again = create(&few.ana, json!({ "attributes": code("x") })).await;
        assert_eq!(again.user_errors("prospectCreate"), ["TAKEN input.attributes.0.value"]);
        assert_eq!(create(&few.ana, json!({ "attributes": code("x") })).await.codes(), ["RATE_LIMITED"]);
    }

    /// The look-up goes by the index: its text is that of the index.
    async fn a_value_is_looked_up_by_the_index(app: TestApp) {
        let all = [
            ("code", "TEXT", json!({ "text": "x" })),
            ("size", "INTEGER", json!({ "number": "7" })),
            ("day", "DATE", json!({ "date": "2026-01-15" })),
            ("mail", "EMAIL", json!({ "text": "a@example.com" })),
        ];
        for (key, kind, _) in &all {
            app.attribute(json!({ "key": key, "type": kind, "isUnique": true })).await;
        }
        run_due(&app).await;
        assert_ready(&app).await;
        let made = app.prospect().create().await;
        app.copies(&made, 2_000).await;
        let (watched, seen) = app.watched().await;
        let values: Vec<Value> = all.iter().map(|(key, _, value)| json!({ "key": key, "value": value })).collect();
        create(&watched.admin, json!({ "attributes": values })).await.payload("prospectCreate");
        let statements: Vec<_> = seen.lock().expect("the lock is not poisoned").drain(..).collect();
        let look = statements.into_iter().find(|statement| statement.sql.contains("AS place WHERE EXISTS")).expect("they are looked up");
        let plan = explained(&watched.core.db, look).await.join("\n");
        for (key, ..) in &all {
            assert!(plan.contains(&format!("prospects_unique_{key}")), "{plan}");
        }
    }
}
