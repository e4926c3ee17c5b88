//! Backups and restores of databases with indexes of attributes, which a restore builds again.

use cartera::db::Db;
use cartera::jobs::{self, Work};
use cartera::transfer;
use sea_orm::ConnectionTrait;
use serde_json::json;

use super::backup::{RENEWED, execute, opened, text};
use super::process::{command, done, refused};
use crate::support::{Backend, TestApp, TestDatabase, runtime, snapshot};

const DEFINE: &str = "mutation { attributeDefinitionCreate(input: {
    entity: PROSPECT, key: \"code\", label: \"Code\", type: TEXT, isIndexed: true, isUnique: true }) { userErrors { code message } } }";

/// A database with an attribute, a value and both indexes.
async fn with_attribute(backend: Backend) -> TestDatabase {
    let database = TestDatabase::create(backend).await;
    let app = TestApp::start(&database).await;
    app.admin.run(DEFINE, json!({})).await.payload("attributeDefinitionCreate");
    app.prospect().name("A").create().await;
    let value = "UPDATE prospects SET attributes = '{\"code\":\"a\",\"code~\":\"a\"}'";
    app.core.db.writer().execute_unprepared(value).await.expect("a value can be set");
    jobs::run_due(&app.core, &Work::standard(1)).await.expect("jobs run");
    app.stop().await;
    database
}

async fn indexes(database: &TestDatabase) -> Vec<String> {
    let db = cartera::db::Db::open(&database.settings).await.expect("the database opens");
    let text = match db.backend() {
        sea_orm::DbBackend::Postgres => "SELECT indexdef FROM pg_indexes WHERE indexname LIKE 'prospects\\_%\\_code' ORDER BY 1",
        _ => "SELECT sql FROM sqlite_schema WHERE type = 'index' AND name LIKE 'prospects\\_%\\_code' ESCAPE '\\' ORDER BY 1",
    };
    let found = snapshot::texts(&db, text).await;
    db.close().await.expect("the database closes");
    found
}

#[test]
fn a_restore_brings_indexes_of_attributes() {
    runtime().block_on(async {
        for backend in [Backend::Sqlite, Backend::Postgres] {
            let (source, target) = (with_attribute(backend).await, TestDatabase::empty(backend).await);
            let before = (opened(&source.settings).await, indexes(&source).await);
            assert_eq!(before.1.len(), 3);
            let folder = tempfile::tempdir().expect("a folder can be made");
            let file = folder.path().join("backup");
            done(&command(&source.settings, &["backup", text(&file)]).await);
            done(&command(&target.settings, &["restore", text(&file)]).await);
            let restored = opened(&target.settings).await.without(&RENEWED);
            before.0.without(&RENEWED).assert_equal(&restored, "the restore");
            assert_eq!(indexes(&target).await, before.1);
            source.remove().await;
            target.remove().await;
        }
    });
}

/// An index is never taken from a backup, and one that no definition names is refused.
#[test]
fn a_restore_makes_its_own_indexes() {
    runtime().block_on(async {
        let source = with_attribute(Backend::Sqlite).await;
        let own = indexes(&source).await;
        let folder = tempfile::tempdir().expect("a folder can be made");
        let file = folder.path().join("backup.db");
        done(&command(&source.settings, &["backup", text(&file)]).await);
        execute(
            &file,
            "DROP INDEX prospects_unique_code; CREATE INDEX prospects_unique_code ON prospects (name)",
        )
        .await;
        done(&command(&source.settings, &["restore", text(&file)]).await);
        assert_eq!(indexes(&source).await, own);
        execute(&file, "CREATE INDEX prospects_unique_other ON prospects (name)").await;
        let complaint = refused(&command(&source.settings, &["restore", text(&file)]).await);
        assert!(complaint.contains("an index `prospects_unique_other`"), "{complaint}");
        source.remove().await;
    });
}

const CREATE: &str = "mutation ($input: ProspectCreateInput!) { prospectCreate(input: $input) {
    prospect { id } userErrors { code message path } } }";
const LISTS: &str = "{ definitions: attributeDefinitions(entity: PROSPECT) { key type choices { key isRetired } visibility index { state progress } }
    ofClients: attributeDefinitions(entity: CLIENT) { key index { state } } ofContacts: attributeDefinitions(entity: CONTACT) { key index { state } }
    ofTasks: attributeDefinitions(entity: TASK) { key index { state } }
    eq: prospects(filter: { attributes: [{ key: \"word\", text: { eq: \"ÑANDÚ\" } }] }) { nodes { name attributes { definition { key } text } custom { word price { amount } brands } } }
    any: prospects(filter: { attributes: [{ key: \"brands\", choice: { any: [\"acme\"] } }] }) { nodes { name } }
    ordered: prospects(orderBy: [{ field: ATTRIBUTE, attributeKey: \"price\", direction: DESC }]) { nodes { name } }
    through: prospects(filter: { contacts: { some: { attributes: [{ key: \"word\", text: { eq: \"contact\" } }] } }
        tasks: { some: { attributes: [{ key: \"word\", text: { eq: \"task\" } }] } } }) { nodes { name contacts { attributes { text } } tasks { nodes { attributes { text } } } } }
    clients(filter: { attributes: [{ key: \"word\", text: { startsWith: \"cli\" } }] }) { nodes { prospect { name } attributes { text } } }
    search: prospects(search: \"nandu\") { nodes { name } }
    timeline(first: 3, filter: { kind: { eq: FIELD_CHANGE } }) { nodes { ... on FieldChangeEntry { changes { field before after } } } } }";

/// Names and states of all indexes of attributes that are complete.
async fn complete_indexes(app: &TestApp) -> Vec<String> {
    let text = match app.core.db.backend() {
        sea_orm::DbBackend::Postgres => {
            "SELECT CAST(c.relname AS text) FROM pg_class c JOIN pg_index i ON i.indexrelid = c.oid WHERE i.indisvalid \
             AND (c.relname LIKE '%\\_attribute\\_%' OR c.relname LIKE '%\\_unique\\_%') AND c.relname NOT LIKE 'pg\\_%' ORDER BY 1"
        }
        _ => {
            "SELECT name FROM sqlite_schema WHERE type = 'index' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' \
             AND (name LIKE '%\\_attribute\\_%' ESCAPE '\\' OR name LIKE '%\\_unique\\_%' ESCAPE '\\') ORDER BY 1"
        }
    };
    app.sql(text).await
}

/// Attributes of all kinds of records with values and complete indexes, and one whose index is not complete.
async fn fill(app: &TestApp) {
    let choices = json!([{ "key": "acme", "label": "Acme" }, { "key": "globex", "label": "Globex" }]);
    let retired = json!([{ "key": "acme", "label": "Acme" }, { "key": "globex", "label": "Globex", "isRetired": true }]);
    for entity in ["PROSPECT", "CLIENT", "CONTACT", "TASK"] {
        let is_searchable = entity == "PROSPECT";
        app.attribute(
            json!({ "entity": entity, "key": "word", "type": "TEXT", "isUnique": true, "isIndexed": true, "isSearchable": is_searchable }),
        )
        .await;
    }
    app.attribute(json!({ "key": "price", "type": "MONEY", "currency": "USD", "isIndexed": true }))
        .await;
    let brands = app
        .attribute(json!({ "key": "brands", "type": "CHOICE", "isMultiple": true, "choices": choices }))
        .await;
    app.attribute(json!({ "key": "margin", "type": "INTEGER", "visibility": "ADMIN" }))
        .await;
    let word = |word: &str| json!([{ "key": "word", "value": { "text": word } }]);
    let made = app.prospect().owner(&app.ana).name("A").with(json!({
        "attributes": [{ "key": "word", "value": { "text": "Ñandú" } }, { "key": "price", "value": { "number": "90071992547409.91" } },
            { "key": "brands", "value": { "choices": ["globex", "acme"] } }, { "key": "margin", "value": { "number": "7" } }],
        "contacts": [{ "firstName": "Eva", "attributes": word("contact") }],
    }));
    let made = made.create().await;
    app.task(&app.ana, &made, json!({ "attributes": word("task") })).await;
    app.convert(&app.ana, &made).await;
    app.advance(1_000);
    let update = "mutation ($id: ID!, $word: [AttributeValueInput!], $own: ID!) {
        clientUpdate(id: $id, input: { attributes: $word }) { userErrors { code message path } }
        prospectUpdate(id: $own, input: { attributes: [{ key: \"price\", value: { number: \"0.5\" } }] }) { userErrors { code message path } } }";
    let answer = app
        .ana
        .run(update, json!({ "id": made.client_id(), "own": made.id, "word": word("client") }))
        .await;
    answer.payload("clientUpdate");
    answer.payload("prospectUpdate");
    app.prospect()
        .owner(&app.ana)
        .name("B")
        .with(json!({ "attributes": [{ "key": "price", "value": { "number": "3" } }] }))
        .create()
        .await;
    let change =
        "mutation ($id: ID!, $choices: [AttributeChoiceInput!]) { attributeDefinitionUpdate(id: $id, input: { choices: $choices }) {
        userErrors { code message path } } }";
    let answer = app.admin.run(change, json!({ "id": brands, "choices": retired })).await;
    answer.payload("attributeDefinitionUpdate");
    run_jobs(app).await;
    app.attribute(json!({ "key": "waiting", "type": "INTEGER", "isIndexed": true }))
        .await;
}

async fn run_jobs(app: &TestApp) {
    let work = Work {
        schedules: Vec::new(),
        ..Work::standard(1)
    };
    jobs::run_due(&app.core, &work).await.expect("jobs run");
}

/// Attributes work over the copy of a database as they did over the database, for both kinds of people.
async fn assert_carried(app: &TestApp, target: &TestDatabase) {
    let people = [&app.admin, &app.ana];
    let copy = app
        .with_settings(|settings| settings.database = target.settings.database.clone())
        .await;
    for (person, there) in people.into_iter().zip([&copy.admin, &copy.ana]) {
        assert_eq!(
            there.query(LISTS, json!({})).await,
            person.query(LISTS, json!({})).await,
            "{}",
            person.name
        );
    }
    let of = |table: &str| [format!("{table}_attribute_word"), format!("{table}_unique_word")];
    let mut complete: Vec<String> = ["clients", "contacts", "prospects", "tasks"].into_iter().flat_map(of).collect();
    complete.push("prospects_attribute_price".to_owned());
    complete.sort();
    let sorted = async |app: &TestApp| {
        let mut names = complete_indexes(app).await;
        names.sort();
        names
    };
    assert_eq!(sorted(&copy).await, complete);
    let values = "SELECT coalesce(text_value, CAST(number_value AS text)) FROM attribute_values ORDER BY 1";
    assert_eq!(copy.sql(values).await, app.sql(values).await);
    // A taken value is taken there too, and the index on its way is built there.
    let input = json!({ "kind": "PERSON", "name": "C", "attributes": [{ "key": "word", "value": { "text": "nandu" } }] });
    let answer = copy.admin.run(CREATE, json!({ "input": input })).await;
    assert_eq!(answer.user_errors("prospectCreate"), ["TAKEN input.attributes.0.value"]);
    run_jobs(&copy).await;
    complete.push("prospects_attribute_waiting".to_owned());
    complete.sort();
    assert_eq!(sorted(&copy).await, complete);
    let states = copy
        .admin
        .query("{ attributeDefinitions(entity: PROSPECT) { key index { state } } }", json!({}))
        .await;
    let ready: Vec<&str> = states["attributeDefinitions"]
        .as_array()
        .expect("a list")
        .iter()
        .filter(|definition| definition["index"]["state"] == "READY")
        .filter_map(|definition| definition["key"].as_str())
        .collect();
    assert_eq!(ready, ["word", "price", "waiting"]);
    copy.assert_sound().await;
}

#[test]
fn attributes_work_over_a_restored_database() {
    runtime().block_on(async {
        for backend in [Backend::Sqlite, Backend::Postgres] {
            let (source, target) = (TestDatabase::create(backend).await, TestDatabase::empty(backend).await);
            let app = TestApp::start(&source).await;
            fill(&app).await;
            let folder = tempfile::tempdir().expect("a folder can be made");
            let file = folder.path().join("backup");
            done(&command(&source.settings, &["backup", text(&file)]).await);
            done(&command(&target.settings, &["restore", text(&file)]).await);
            assert_carried(&app, &target).await;
            app.stop().await;
            source.remove().await;
            target.remove().await;
        }
    });
}

#[test]
fn attributes_work_over_a_moved_database() {
    runtime().block_on(async {
        for (from, to) in [(Backend::Sqlite, Backend::Postgres), (Backend::Postgres, Backend::Sqlite)] {
            let (source, target) = (TestDatabase::create(from).await, TestDatabase::empty(to).await);
            let app = TestApp::start(&source).await;
            fill(&app).await;
            let other = Db::open(&target.settings).await.expect("the database opens");
            transfer::run(&app.core.db, &other, |_| {}).await.expect("all is moved");
            other.close().await.expect("the database closes");
            assert_carried(&app, &target).await;
            app.stop().await;
            source.remove().await;
            target.remove().await;
        }
    });
}
