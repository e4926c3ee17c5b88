//! What is stored beside the values of attributes: e-mails and addresses are found by open search without accents, and what an earlier version has
//! stored is made again after an upgrade.

use cartera::db::search_documents::write_documents;
use migration::{Migrator, MigratorTrait};
use sea_orm::{ConnectionTrait, DbBackend};
use serde_json::{Value, json};

use super::attribute_indexes::run_due;
use crate::support::{Made, TestApp};

const LIST: &str = "query ($search: String, $filter: ProspectFilter) {
    prospects(search: $search, filter: $filter, orderBy: [{ field: NAME, direction: ASC }]) { nodes { name } } }";
const MIGRATION: &str = "m0025_attribute_forms";

/// Names of the prospects of a list.
async fn names(app: &TestApp, variables: Value) -> Vec<String> {
    let data = app.ana.query(LIST, variables).await;
    let nodes = data["prospects"]["nodes"].as_array().expect("a list").iter();
    nodes.map(|node| node["name"].as_str().expect("a name").to_owned()).collect()
}

async fn found(app: &TestApp, search: &str) -> Vec<String> {
    names(app, json!({ "search": search })).await
}

async fn having(app: &TestApp, key: &str, text: &str) -> Vec<String> {
    let test = json!({ "key": key, "text": { "eq": text } });
    names(app, json!({ "filter": { "attributes": [test] } })).await
}

async fn prospect(app: &TestApp, name: &str, attributes: Value) -> Made {
    let input = json!({ "attributes": attributes });
    app.prospect().owner(&app.ana).name(name).with(input).create().await
}

fn text(key: &str, text: &str) -> Value {
    json!({ "key": key, "value": { "text": text } })
}

async fn run(app: &TestApp, text: &str) {
    app.core.db.writer().unlimited().execute_unprepared(text).await.expect(text);
}

/// Removes from the documents of a table what is stored beside the values of a key, and brings the search documents into line.
async fn forget_forms(app: &TestApp, table: &str, key: &str) {
    let backend = app.core.db.backend();
    let without = match backend {
        DbBackend::Postgres => format!("attributes - '{key}~' - '{key}^'"),
        _ => format!("json_remove(attributes, '$.\"{key}~\"', '$.\"{key}^\"')"),
    };
    run(
        app,
        &format!("UPDATE {table} SET attributes = {without} WHERE attributes IS NOT NULL"),
    )
    .await;
    run(app, &write_documents(backend, "1 = 1")).await;
}

/// Takes the migration back and runs it again, as an upgrade from the version before does.
async fn upgrade(app: &TestApp) {
    let later = Migrator::migrations()
        .into_iter()
        .rev()
        .take_while(|migration| migration.name() != MIGRATION);
    let steps = u32::try_from(later.count()).expect("a small number") + 1;
    Migrator::down(app.core.db.writer().unlimited(), Some(steps)).await.expect("down");
    app.core.db.migrate().await.expect("up");
}

both! {
    async fn emails_and_addresses_are_found_without_accents(app: TestApp) {
        app.attribute(json!({ "key": "mail", "type": "EMAIL", "isSearchable": true })).await;
        app.attribute(json!({ "key": "page", "type": "URL", "isSearchable": true })).await;
        app.attribute(json!({ "entity": "CONTACT", "key": "mails", "type": "EMAIL", "isMultiple": true, "isSearchable": true })).await;
        let made = prospect(&app, "Mail", json!([text("mail", "José@Müller.example")])).await;
        prospect(&app, "Page", json!([text("page", "https://www.XN--pea-8ma.example/Año")])).await;
        let mails = json!([{ "key": "mails", "value": { "texts": ["ana@x.example", "Ñandú@y.example"] } }]);
        app.prospect().owner(&app.ana).name("Contact").with(json!({ "contacts": [{ "firstName": "Eva", "attributes": mails }] })).create().await;
        for (search, name) in [
            ("José@Müller.example", "Mail"), ("jose@muller.example", "Mail"), ("josé", "Mail"), ("JOSÉ@XN--mller-kva.example", "Mail"),
            ("https://www.xn--pea-8ma.example/año", "Page"), ("peña.example", "Page"), ("www.xn--pea-8ma.example", "Page"), ("pena.example/ano", "Page"),
            ("ñandú@y.example", "Contact"), ("nandu", "Contact"), ("ana@x.example", "Contact"),
        ] {
            assert_eq!(found(&app, search).await, [name], "{search}");
        }
        // In filters accents count: they are other mailboxes.
        assert_eq!(having(&app, "mail", "josé@müller.example").await, ["Mail"]);
        assert!(having(&app, "mail", "jose@muller.example").await.is_empty());
        let update = json!({ "attributes": [text("mail", "plain@z.example")] });
        app.ana.run(crate::records::UPDATE, json!({ "id": made.id, "input": update })).await.payload("prospectUpdate");
        assert!(found(&app, "jose@muller.example").await.is_empty());
        app.assert_sound().await;
    }

    async fn an_upgrade_makes_outdated_forms_again(app: TestApp) {
        app.attribute(json!({ "key": "mail", "type": "EMAIL", "isSearchable": true })).await;
        app.attribute(json!({ "key": "word", "type": "TEXT" })).await;
        app.attribute(json!({ "key": "words", "type": "TEXT", "isMultiple": true })).await;
        app.attribute(json!({ "key": "size", "type": "INTEGER" })).await;
        app.attribute(json!({ "entity": "CONTACT", "key": "badge", "type": "TEXT", "isSearchable": true })).await;
        let contacts = json!([{ "firstName": "Eva", "attributes": [text("badge", "Turpial")] }]);
        let attributes = json!([
            text("mail", "josé@x.example"), text("word", "Único"), { "key": "words", "value": { "texts": ["Á", "b"] } },
            { "key": "size", "value": { "number": 3 } },
        ]);
        app.prospect().owner(&app.ana).name("Uno").with(json!({ "attributes": attributes, "contacts": contacts })).create().await;
        prospect(&app, "Dos", json!([text("mail", "ana@x.example")])).await;
        let before = app.sql("SELECT CAST(attributes AS text) FROM prospects ORDER BY id").await;
        for key in ["mail", "word", "words"] {
            forget_forms(&app, "prospects", key).await;
        }
        forget_forms(&app, "contacts", "badge").await;
        run(&app, "UPDATE attribute_values SET text_value = 'x'").await;
        let lost = async || {
            let words = json!({ "attributes": [{ "key": "words", "text": { "any": ["á"] } }] });
            let seen = [
                found(&app, "jose@x.example").await, found(&app, "turpial").await, having(&app, "word", "unico").await,
                names(&app, json!({ "filter": words })).await,
            ];
            seen.iter().filter(|names| **names != ["Uno"]).count()
        };
        assert_eq!(lost().await, 4);
        upgrade(&app).await;
        assert_eq!(run_due(&app).await, 1);
        assert_eq!(lost().await, 0);
        let after = app.sql("SELECT CAST(attributes AS text) FROM prospects ORDER BY id").await;
        let parsed = |texts: &[String]| -> Vec<Value> { texts.iter().map(|text| serde_json::from_str(text).expect("JSON")).collect() };
        assert_eq!(parsed(&after), parsed(&before));
        assert_eq!(app.sql("SELECT state || ' ' || CAST(progress_done AS text) FROM jobs WHERE kind = 'attribute_forms'").await, ["DONE 5"]);
        app.assert_sound().await;
    }

    /// Two values are one by their true forms: the second one is named, and stays as it is.
    async fn a_value_that_is_taken_by_its_true_form_is_named(app: TestApp) {
        app.attribute(json!({ "key": "code", "type": "TEXT" })).await;
        let made = [prospect(&app, "A", json!([text("code", "Á")])).await, prospect(&app, "B", json!([text("code", "a")])).await, prospect(&app, "C", json!([text("code", "c")])).await];
        forget_forms(&app, "prospects", "code").await;
        let definition = app.sql("SELECT key FROM attribute_definitions").await;
        assert_eq!(definition, ["code"]);
        run(&app, "UPDATE attribute_definitions SET is_unique = TRUE, index_state = 'BUILDING'").await;
        cartera::jobs::queue_incomplete(&app.core).await.expect("the index is queued");
        assert_eq!(run_due(&app).await, 1);
        upgrade(&app).await;
        assert_eq!(run_due(&app).await, 1);
        let document = "{ jobs(filter: { kind: { eq: \"attribute_forms\" } }) { nodes { state rowErrors(first: 5) { nodes { row column code message } } } } }";
        let job = app.admin.query(document, json!({})).await["jobs"]["nodes"][0].clone();
        let message = format!("another record has the value of {}, which is found by its former form until it is saved", made[1].id);
        let error = json!({ "row": 1, "column": "code", "code": "TAKEN", "message": message });
        assert_eq!(job, json!({ "state": "DONE", "rowErrors": { "nodes": [error] } }));
        assert_eq!((having(&app, "code", "a").await, having(&app, "code", "c").await), (vec!["A".to_owned()], vec!["C".to_owned()]));
        app.ana.run(crate::records::UPDATE, json!({ "id": made[1].id, "input": { "attributes": [text("code", "b")] } })).await.payload("prospectUpdate");
        app.assert_sound().await;
    }
}
