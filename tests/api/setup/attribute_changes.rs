//! Changes of definitions while records have values: what open search finds, indexes and locks, defaults, currencies, and the preview.

use cartera::jobs::{self, Work};
use cartera::resolvers::search::write_all;
use sea_orm::{ConnectionTrait, DbBackend, TransactionTrait};
use serde_json::{Value, json};

use crate::support::{Answer, Made, TestApp};

const UPDATE: &str = "mutation ($id: ID!, $input: AttributeDefinitionUpdateInput!) { attributeDefinitionUpdate(id: $id, input: $input) {
    attributeDefinition { index { state } defaultValues currency } userErrors { code message path } } }";
const SAVE: &str = "mutation ($id: ID!, $input: ProspectUpdateInput!) { prospectUpdate(id: $id, input: $input) {
    prospect { id } userErrors { code message path } } }";

async fn update(app: &TestApp, id: &str, input: Value) -> Answer {
    app.admin.run(UPDATE, json!({ "id": id, "input": input })).await
}

/// The definition after an update that is accepted.
async fn updated(app: &TestApp, id: &str, input: Value) -> Value {
    let answer = update(app, id, input).await;
    answer.payload("attributeDefinitionUpdate")["attributeDefinition"].clone()
}

/// `Retire` or `Restore`.
async fn act(app: &TestApp, action: &str, id: &str) -> Value {
    let name = format!("attributeDefinition{action}");
    let document =
        format!("mutation ($id: ID!) {{ {name}(id: $id) {{ attributeDefinition {{ index {{ state }} }} userErrors {{ code }} }} }}");
    app.admin.run(&document, json!({ "id": id })).await.payload(&name)["attributeDefinition"].clone()
}

async fn run_due(app: &TestApp) -> usize {
    let work = Work {
        schedules: Vec::new(),
        ..Work::standard(2)
    };
    jobs::run_due(&app.core, &work).await.expect("jobs run")
}

/// Names of the prospects that open search finds; the documents of all prospects are as they would be written anew.
async fn found(app: &TestApp, search: &str) -> Vec<String> {
    assert_eq!(
        write_all(app.core.db.writer()).await.expect("documents are written"),
        0,
        "a document is out of date"
    );
    first(app, search).await
}

/// Names on the first page that open search finds.
async fn first(app: &TestApp, search: &str) -> Vec<String> {
    let document = "query ($search: String) { prospects(search: $search, orderBy: [{ field: NAME, direction: ASC }]) { nodes { name } } }";
    let data = app.ana.query(document, json!({ "search": search })).await;
    let nodes = data["prospects"]["nodes"].as_array().expect("a list");
    nodes.iter().map(|node| node["name"].as_str().expect("a name").to_owned()).collect()
}

async fn save(app: &TestApp, made: &Made, input: Value) {
    app.ana
        .run(SAVE, json!({ "id": made.id, "input": input }))
        .await
        .payload("prospectUpdate");
}

fn text(key: &str, text: &str) -> Value {
    json!([{ "key": key, "value": { "text": text } }])
}

/// Identity of an index, which is another one once it has been built again; only PostgreSQL drops and builds in two steps.
async fn identity(app: &TestApp, name: &str) -> Vec<String> {
    let text = match app.core.db.backend() {
        DbBackend::Postgres => format!(
            "SELECT CAST(c.oid AS text) FROM pg_class c JOIN pg_index i ON i.indexrelid = c.oid WHERE i.indisvalid AND c.relname = '{name}'"
        ),
        _ => format!("SELECT name FROM sqlite_schema WHERE type = 'index' AND name = '{name}'"),
    };
    app.sql(&text).await
}

both! {
    async fn open_search_follows_the_definition(app: TestApp) {
        for entity in ["PROSPECT", "CONTACT", "CLIENT"] {
            app.attribute(json!({ "entity": entity, "key": "other", "type": "TEXT", "isSearchable": true })).await;
            let id = app.attribute(json!({ "entity": entity, "key": "code", "type": "TEXT" })).await;
            let name = format!("Of {entity}");
            let made = app.prospect().by(&app.ana).name(&name).with(json!({ "contacts": [{ "firstName": "Eva" }] })).create().await;
            app.prospect().by(&app.ana).name("Without").create().await;
            let word = format!("Quetzal{entity}");
            match entity {
                "PROSPECT" => save(&app, &made, json!({ "attributes": text("code", &word) })).await,
                "CONTACT" => {
                    let contacts = app.ana.query("query ($id: ID!) { prospect(id: $id) { contacts { id } } }", json!({ "id": made.id })).await;
                    let contact = &contacts["prospect"]["contacts"][0]["id"];
                    save(&app, &made, json!({ "contacts": [{ "id": contact, "attributes": text("code", &word) }] })).await;
                }
                _ => {
                    app.convert(&app.ana, &made).await;
                    let document = "mutation ($id: ID!, $input: ClientUpdateInput!) { clientUpdate(id: $id, input: $input) { userErrors { code message path } } }";
                    let variables = json!({ "id": made.client_id(), "input": { "attributes": text("code", &word) } });
                    app.ana.run(document, variables).await.payload("clientUpdate");
                }
            }
            let (nothing, one): (Vec<String>, Vec<String>) = (Vec::new(), vec![name]);
            assert_eq!(found(&app, &word).await, nothing);
            updated(&app, &id, json!({ "isSearchable": true })).await;
            assert_eq!(found(&app, &word).await, one, "searchable {entity}");
            updated(&app, &id, json!({ "isSearchable": false })).await;
            assert_eq!(found(&app, &word).await, nothing, "no longer searchable {entity}");
            updated(&app, &id, json!({ "visibility": "ADMIN" })).await;
            updated(&app, &id, json!({ "visibility": "EVERYONE", "isSearchable": true })).await;
            assert_eq!(found(&app, &word).await, one, "for everyone {entity}");
            assert_eq!(
                update(&app, &id, json!({ "visibility": "ADMIN" })).await.user_errors("attributeDefinitionUpdate"),
                ["INVALID input.isSearchable"]
            );
            updated(&app, &id, json!({ "visibility": "ADMIN", "isSearchable": false })).await;
            assert_eq!(found(&app, &word).await, nothing, "for administrators {entity}");
            updated(&app, &id, json!({ "visibility": "EVERYONE", "isSearchable": true })).await;
            act(&app, "Retire", &id).await;
            assert_eq!(found(&app, &word).await, nothing, "retired {entity}");
            act(&app, "Restore", &id).await;
            assert_eq!(found(&app, &word).await, one, "restored {entity}");
            // A narrower rule removes the value, and a changed type all values that do not fit.
            updated(&app, &id, json!({ "validation": { "maxLength": 5 } })).await;
            assert_eq!(found(&app, &word).await, nothing, "removed {entity}");
        }
        app.assert_sound().await;
    }

    async fn a_changed_type_leaves_no_text_behind(app: TestApp) {
        let id = app.attribute(json!({ "key": "code", "type": "TEXT", "isSearchable": true })).await;
        let input = json!({ "attributes": text("code", "+58 212 5550188") });
        app.prospect().by(&app.ana).name("Kept").with(input).create().await;
        app.prospect().by(&app.ana).name("Lost").with(json!({ "attributes": text("code", "quetzal") })).create().await;
        assert_eq!(found(&app, "quetzal").await, ["Lost"]);
        updated(&app, &id, json!({ "type": "PHONE" })).await;
        assert!(found(&app, "quetzal").await.is_empty());
        assert_eq!(found(&app, "582125550188").await, ["Kept"]);
        updated(&app, &id, json!({ "type": "BOOLEAN", "isSearchable": false })).await;
        assert!(found(&app, "582125550188").await.is_empty());
        app.assert_sound().await;
    }

    /// What is compared beside a value depends on the type, also where the value itself stays as it is.
    async fn values_are_found_after_a_change_of_their_type(app: TestApp) {
        let choices = json!([{ "key": "xl", "label": "xl" }]);
        let kinds = [
            ("size", json!({ "type": "CHOICE", "choices": choices }), json!({ "choice": "xl" }), "TEXT", "xl"),
            ("mail", json!({ "type": "EMAIL" }), json!({ "text": "josé@example.com" }), "TEXT", "josé@example.com"),
            ("word", json!({ "type": "TEXT" }), json!({ "text": "josé@example.com" }), "EMAIL", "josé@example.com"),
            ("words", json!({ "type": "TEXT", "isMultiple": true }), json!({ "texts": ["josé@example.com"] }), "EMAIL", "josé@example.com"),
        ];
        let mut attributes = Vec::new();
        let mut ids = Vec::new();
        for (key, mut input, value, _, _) in kinds.clone() {
            input["key"] = json!(key);
            ids.push(app.attribute(input).await);
            attributes.push(json!({ "key": key, "value": value }));
        }
        let made = app.prospect().owner(&app.ana).with(json!({ "attributes": attributes })).create().await;
        app.prospect().owner(&app.ana).create().await;
        let listed = async |key: &str, test: Value| {
            let document = "query ($filter: ProspectFilter) { prospects(filter: $filter) { nodes { id } } }";
            let filter = json!({ "attributes": [{ "key": key, "text": test }] });
            let data = app.ana.query(document, json!({ "filter": filter })).await;
            let nodes = data["prospects"]["nodes"].as_array().expect("a list").clone();
            nodes.iter().map(|node| node["id"].as_str().expect("an id").to_owned()).collect::<Vec<_>>()
        };
        for ((key, _, _, to, text), id) in kinds.into_iter().zip(&ids) {
            updated(&app, id, json!({ "type": to })).await;
            assert_eq!(listed(key, json!({ "eq": text })).await, std::slice::from_ref(&made.id), "{key}");
            assert!(!listed(key, json!({ "isNull": true })).await.contains(&made.id), "{key}");
        }
        updated(&app, &ids[0], json!({ "isUnique": true })).await;
        run_due(&app).await;
        let create = "mutation ($input: ProspectCreateInput!) { prospectCreate(input: $input) { prospect { id } userErrors { code message path } } }";
        let input = json!({ "kind": "PERSON", "name": "Other", "attributes": text("size", "xl") });
        let answer = app.ana.run(create, json!({ "input": input })).await;
        assert!(answer.text.contains("TAKEN"), "{}", answer.text);
    }

    /// An index that is not asked for any more would still refuse values; a job that was cancelled is queued again when a server starts.
    async fn an_index_that_was_given_up_is_dropped_in_the_end(app: TestApp) {
        app.attribute(json!({ "key": "code", "type": "TEXT" })).await;
        app.prospect().owner(&app.ana).with(json!({ "attributes": text("code", "a") })).create().await;
        let value = match app.core.db.backend() {
            DbBackend::Postgres => "(attributes ->> 'code')",
            _ => "json_extract(attributes, '$.code')",
        };
        let left = format!("CREATE UNIQUE INDEX prospects_unique_code ON prospects ({value})");
        app.core.db.writer().execute_unprepared(&left).await.expect("an index is left behind");
        cartera::resolvers::setup::attribute_indexes::enqueue_incomplete(app.core.db.writer(), app.now()).await.expect("jobs are queued");
        assert!(run_due(&app).await > 0);
        app.prospect().owner(&app.ana).with(json!({ "attributes": text("code", "a") })).create().await;
    }

    async fn attributes_of_a_client_are_searched_while_it_is_one(app: TestApp) {
        app.attribute(json!({ "entity": "CLIENT", "key": "code", "type": "TEXT", "isSearchable": true })).await;
        app.attribute(json!({ "entity": "CLIENT", "key": "group", "type": "TEXT", "isSearchable": true, "default": { "text": "Turpial" } })).await;
        let made = app.prospect().by(&app.ana).name("Uno").create().await;
        assert!(found(&app, "turpial").await.is_empty());
        app.convert(&app.ana, &made).await;
        assert_eq!(found(&app, "turpial").await, ["Uno"]);
        let document = "mutation ($id: ID!, $input: ClientUpdateInput!) { clientUpdate(id: $id, input: $input) { userErrors { code message path } } }";
        let variables = json!({ "id": made.client_id(), "input": { "attributes": text("code", "Quetzal") } });
        app.ana.run(document, variables).await.payload("clientUpdate");
        assert_eq!(found(&app, "quetzal turpial").await, ["Uno"]);
        let document = "mutation ($id: ID!) { clientUnconvert(id: $id, input: { reason: \"By mistake\" }) { userErrors { code message path } } }";
        app.admin.run(document, json!({ "id": made.client_id() })).await.payload("clientUnconvert");
        assert!(found(&app, "quetzal").await.is_empty());
        app.convert(&app.ana, &made).await;
        assert_eq!(found(&app, "quetzal turpial").await, ["Uno"]);
    }

    async fn attributes_of_contacts_are_searched(app: TestApp) {
        app.attribute(json!({ "entity": "CONTACT", "key": "badge", "type": "TEXT", "isMultiple": true, "isSearchable": true })).await;
        let contact = json!({ "firstName": "Eva", "attributes": [{ "key": "badge", "value": { "texts": ["Quetzal", "Turpial"] } }] });
        let made = app.prospect().by(&app.ana).name("Uno").with(json!({ "contacts": [contact] })).create().await;
        assert_eq!(found(&app, "quetzal turpial").await, ["Uno"]);
        let contacts = app.ana.query("query ($id: ID!) { prospect(id: $id) { contacts { id } } }", json!({ "id": made.id })).await;
        let contact = contacts["prospect"]["contacts"][0]["id"].clone();
        let values = json!([{ "key": "badge", "value": { "texts": ["Guacharaca"] } }]);
        save(&app, &made, json!({ "contacts": [{ "id": contact, "attributes": values }] })).await;
        assert!(found(&app, "quetzal").await.is_empty());
        assert_eq!(found(&app, "guacharaca").await, ["Uno"]);
        save(&app, &made, json!({ "removeContactIds": [contact] })).await;
        assert!(found(&app, "guacharaca").await.is_empty());
        // Tasks have no search.
        let input = json!({ "entity": "TASK", "key": "room", "label": "Room", "type": "TEXT", "isSearchable": true });
        let document = "mutation ($input: AttributeDefinitionCreateInput!) { attributeDefinitionCreate(input: $input) { userErrors { code message path } } }";
        let answer = app.admin.run(document, json!({ "input": input })).await;
        assert_eq!(answer.user_errors("attributeDefinitionCreate"), ["INVALID input.isSearchable"]);
    }

    async fn many_documents_are_written_by_a_job(app: TestApp) {
        let id = app.attribute(json!({ "key": "code", "type": "TEXT" })).await;
        let made = app.prospect().by(&app.ana).name("Uno").create().await;
        app.copies(&made, 10_000).await;
        let values = json!({ "code": "Quetzal", "code~": "quetzal" });
        let db = app.core.db.writer();
        db.execute_unprepared(&format!("UPDATE prospects SET attributes = '{values}'")).await.expect("values can be set");
        write_all(db).await.expect("copies have documents");
        updated(&app, &id, json!({ "isSearchable": true })).await;
        assert!(first(&app, "quetzal").await.is_empty());
        assert_eq!(run_due(&app).await, 1);
        assert_eq!(found(&app, "quetzal").await.len(), 20);
        act(&app, "Retire", &id).await;
        run_due(&app).await;
        assert!(found(&app, "quetzal").await.is_empty());
    }

    async fn a_unique_index_stays_while_the_other_comes_and_goes(app: TestApp) {
        let id = app.attribute(json!({ "key": "code", "type": "TEXT", "isUnique": true })).await;
        run_due(&app).await;
        let before = identity(&app, "prospects_unique_code").await;
        assert_eq!(before.len(), 1);
        for (is_indexed, state, indexes) in [(true, "BUILDING", 1), (false, "READY", 0)] {
            let definition = updated(&app, &id, json!({ "isIndexed": is_indexed })).await;
            assert_eq!(definition["index"]["state"], json!(state), "{is_indexed}");
            run_due(&app).await;
            assert_eq!(identity(&app, "prospects_unique_code").await, before, "{is_indexed}");
            assert_eq!(identity(&app, "prospects_attribute_code").await.len(), indexes, "{is_indexed}");
            let again = updated(&app, &id, json!({ "label": format!("Code {is_indexed}") })).await;
            assert_eq!(again["index"]["state"], json!("READY"));
        }
        assert_eq!(act(&app, "Retire", &id).await["index"]["state"], json!("NONE"));
        run_due(&app).await;
        assert!(identity(&app, "prospects_unique_code").await.is_empty());
        assert_eq!(act(&app, "Restore", &id).await["index"]["state"], json!("BUILDING"));
        run_due(&app).await;
        assert_eq!(identity(&app, "prospects_unique_code").await.len(), 1);
        assert_eq!(updated(&app, &id, json!({ "label": "Code" })).await["index"]["state"], json!("READY"));
    }

    /// The job that drops the index has not run yet when the type changes.
    async fn a_type_changes_right_after_its_index_is_given_up(app: TestApp) {
        let id = app.attribute(json!({ "key": "size", "type": "INTEGER", "isIndexed": true, "isUnique": true })).await;
        run_due(&app).await;
        app.prospect().by(&app.ana).with(json!({ "attributes": [{ "key": "size", "value": { "number": "12" } }] })).create().await;
        updated(&app, &id, json!({ "isIndexed": false, "isUnique": false })).await;
        updated(&app, &id, json!({ "type": "TEXT" })).await;
        app.prospect().by(&app.ana).with(json!({ "attributes": text("size", "a dozen") })).create().await;
        // And it is built again for the new type.
        assert_eq!(updated(&app, &id, json!({ "isIndexed": true })).await["index"]["state"], json!("BUILDING"));
        run_due(&app).await;
        assert_eq!(updated(&app, &id, json!({ "label": "Size" })).await["index"]["state"], json!("READY"));
        assert_eq!(identity(&app, "prospects_attribute_size").await.len(), 1);
        assert!(identity(&app, "prospects_unique_size").await.is_empty());
        app.assert_sound().await;
    }

    /// PostgreSQL holds the table with the lock of an index build; SQLite has one writer, and no such build.
    async fn a_change_does_not_wait_for_the_build_of_an_index(app: TestApp) {
        if app.core.db.backend() != DbBackend::Postgres {
            return;
        }
        let id = app.attribute(json!({ "key": "code", "type": "TEXT", "isSearchable": true })).await;
        app.prospect().by(&app.ana).name("Uno").with(json!({ "attributes": text("code", "quetzal") })).create().await;
        let before = app.snapshot().await;
        let other = app.with_settings(|_| {}).await;
        let build = other.core.db.writer().unlimited().begin().await.expect("a transaction begins");
        build.execute_unprepared("LOCK TABLE prospects IN SHARE UPDATE EXCLUSIVE MODE").await.expect("it is locked");
        for input in [json!({ "validation": { "maxLength": 3 } }), json!({ "isSearchable": false }), json!({ "type": "LONG_TEXT" })] {
            assert_eq!(update(&app, &id, input.clone()).await.user_errors("attributeDefinitionUpdate"), ["STATE id"], "{input}");
        }
        build.rollback().await.expect("it ends");
        before.assert_equal(&app.snapshot().await, "changes that could not lock");
        updated(&app, &id, json!({ "validation": { "maxLength": 3 } })).await;
        assert!(found(&app, "quetzal").await.is_empty());
    }

    /// On PostgreSQL the job reads the definition, and builds in a later statement. A trigger stops it in between; SQLite does both in one
    /// transaction.
    async fn a_type_stays_from_the_reading_of_a_definition_to_the_build(app: TestApp) {
        if app.core.db.backend() != DbBackend::Postgres {
            return;
        }
        let id = app.attribute(json!({ "key": "size", "type": "INTEGER", "isIndexed": true })).await;
        let other = app.with_settings(|_| {}).await;
        let db = other.core.db.writer().unlimited();
        for text in [
            "CREATE FUNCTION wait_for_the_test() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_advisory_xact_lock(1); END $$",
            "CREATE EVENT TRIGGER waiting ON ddl_command_start WHEN TAG IN ('CREATE INDEX') EXECUTE FUNCTION wait_for_the_test()",
        ] {
            db.execute_unprepared(text).await.expect("the trigger is made");
        }
        let waiting = "SELECT CAST(count(*) AS text) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted \
            AND database = (SELECT oid FROM pg_database WHERE datname = current_database())";
        let test = db.begin().await.expect("a transaction begins");
        test.execute_unprepared("SELECT pg_advisory_xact_lock(1)").await.expect("it is locked");
        let worker = app.clone();
        let job = tokio::spawn(async move { run_due(&worker).await });
        while app.sql(waiting).await != ["1"] {
            tokio::task::yield_now().await;
        }
        updated(&app, &id, json!({ "isIndexed": false })).await;
        let refused = update(&app, &id, json!({ "type": "TEXT" })).await;
        assert_eq!(refused.user_errors("attributeDefinitionUpdate"), ["STATE id"]);
        test.rollback().await.expect("it ends");
        job.await.expect("the job runs");
        run_due(&app).await;
        updated(&app, &id, json!({ "type": "TEXT" })).await;
        app.prospect().by(&app.ana).with(json!({ "attributes": text("size", "a dozen") })).create().await;
        assert!(identity(&app, "prospects_attribute_size").await.is_empty());
        app.assert_sound().await;
    }

    async fn a_default_may_be_a_user_who_is_no_longer_active(app: TestApp) {
        let id = app.attribute(json!({ "key": "keeper", "type": "USER", "default": { "user": app.luis.id } })).await;
        app.deactivate(&app.luis).await;
        let kept = json!([app.luis.id]);
        assert_eq!(updated(&app, &id, json!({ "label": "Keeper" })).await["defaultValues"], kept);
        assert_eq!(updated(&app, &id, json!({ "default": { "user": app.luis.id } })).await["defaultValues"], kept);
        let made = app.prospect().by(&app.ana).create().await;
        let values = app.ana.query("query ($id: ID!) { prospect(id: $id) { attributes { text } } }", json!({ "id": made.id })).await;
        assert_eq!(values["prospect"]["attributes"], json!([]));
        // Once it is another one, it is no more to be chosen.
        assert_eq!(updated(&app, &id, json!({ "default": { "user": app.ana.id } })).await["defaultValues"], json!([app.ana.id]));
        let refused = update(&app, &id, json!({ "default": { "user": app.luis.id } })).await;
        assert_eq!(refused.user_errors("attributeDefinitionUpdate"), ["NOT_FOUND input.default"]);
    }

    async fn the_currency_stays_while_there_are_amounts(app: TestApp) {
        let id = app.attribute(json!({ "key": "budget", "type": "MONEY", "currency": "USD" })).await;
        assert_eq!(updated(&app, &id, json!({ "currency": "EUR" })).await["currency"], json!("EUR"));
        let input = json!({ "attributes": [{ "key": "budget", "value": { "number": "12.50" } }] });
        app.prospect().by(&app.ana).with(input).create().await;
        let before = app.snapshot().await;
        for currency in [json!("USD"), json!("JPY"), Value::Null] {
            let refused = update(&app, &id, json!({ "currency": currency })).await;
            assert_eq!(refused.user_errors("attributeDefinitionUpdate"), ["STATE input.currency"], "{currency}");
        }
        let document = "query ($id: ID!) { attributeDefinitionChangePreview(id: $id, input: { currency: \"USD\" }) { recordCount userErrors { code path } } }";
        let preview = app.admin.query(document, json!({ "id": id })).await;
        let errors = json!([{ "code": "STATE", "path": ["input", "currency"] }]);
        assert_eq!(preview["attributeDefinitionChangePreview"], json!({ "recordCount": null, "userErrors": errors }));
        before.assert_equal(&app.snapshot().await, "a refused currency");
        updated(&app, &id, json!({ "currency": "EUR", "label": "Budget" })).await;
    }

    async fn a_preview_names_records_of_every_kind(app: TestApp) {
        let made = app.prospect().by(&app.ana).name("Uno").with(json!({ "contacts": [{ "firstName": "Eva" }] })).create().await;
        app.convert(&app.ana, &made).await;
        let task = app.task(&app.ana, &made, json!({})).await;
        let document = "query ($id: ID!) { prospect(id: $id) { contacts { id } } }";
        let contact = app.ana.query(document, json!({ "id": made.id })).await["prospect"]["contacts"][0]["id"].clone();
        for (entity, table, record) in [
            ("PROSPECT", "prospects", json!({ "__typename": "Prospect", "id": made.id })),
            ("CLIENT", "clients", json!({ "__typename": "Client", "id": made.client_id() })),
            ("CONTACT", "contacts", json!({ "__typename": "Contact", "id": contact })),
            ("TASK", "tasks", json!({ "__typename": "Task", "id": task.id })),
        ] {
            let id = app.attribute(json!({ "entity": entity, "key": "code", "type": "TEXT" })).await;
            let values = json!({ "code": "Long", "code~": "long" });
            app.core.db.writer().execute_unprepared(&format!("UPDATE {table} SET attributes = '{values}'")).await.expect("values can be set");
            let document = "query ($id: ID!) { attributeDefinitionChangePreview(id: $id, input: { validation: { maxLength: 3 } }) {
                recordCount examples { text record { __typename id } } } }";
            let preview = app.admin.query(document, json!({ "id": id })).await["attributeDefinitionChangePreview"].clone();
            assert_eq!(preview, json!({ "recordCount": 1, "examples": [{ "text": "Long", "record": record }] }));
        }
    }
}
