//! Migrations: up, down and up again, and every table can be read through its entity after.

use cartera::app::catalogs::CatalogCache;
use cartera::db::Db;
use cartera::entities::{access, insight, process, records, setup};
use migration::{Migrator, MigratorTrait};
use sea_orm::{ConnectionTrait, EntityTrait, PaginatorTrait};

use crate::support::{Backend, Snapshot, TestApp, TestDatabase, catalogs, runtime};

/// Reads all rows of the entities, and answers the names of their tables.
macro_rules! read {
    ($db:expr; $($wing:ident::$entity:ident),+ $(,)?) => {{
        let mut tables = Vec::new();
        $(
            let rows = $wing::$entity::Entity::find().all($db.reader()).await;
            rows.unwrap_or_else(|error| panic!("{}: {error}", stringify!($entity)));
            assert!($wing::$entity::Entity::find().count($db.reader()).await.is_ok());
            tables.push(sea_orm::EntityName::table_name(&$wing::$entity::Entity).to_owned());
        )+
        tables
    }};
}

/// Not an entity: SeaORM's own list of what has run.
const JOURNAL: &str = "seaql_migrations";
/// Nor this: how far the steps are that go through all rows.
const BACKFILLS: &str = "backfills";

#[test]
fn up_down_up_on_sqlite() {
    up_down_up(Backend::Sqlite);
}

#[test]
fn up_down_up_on_postgres() {
    up_down_up(Backend::Postgres);
}

fn up_down_up(backend: Backend) {
    runtime().block_on(async {
        let database = TestDatabase::empty(backend).await;
        let db = Db::open(&database.settings).await.expect("the database opens");
        db.migrate().await.expect("up");
        let first = Snapshot::take(&db).await.without(&[JOURNAL]);
        // One at a time, so that each can be reverted alone.
        for _ in Migrator::migrations() {
            Migrator::down(db.writer().unlimited(), Some(1)).await.expect("down");
        }
        let bare = Snapshot::take(&db).await;
        assert_eq!(bare.tables.keys().collect::<Vec<_>>(), [JOURNAL], "something is left behind");
        assert!(bare.tables[JOURNAL].is_empty());
        db.migrate().await.expect("up again");
        first.assert_equal(&Snapshot::take(&db).await.without(&[JOURNAL]), "down and up");
        // Once more does nothing.
        db.migrate().await.expect("up to date");
        every_entity_is_readable(&db).await;
        db.close().await.expect("the database closes");
        database.remove().await;
    });
}

both! {
    /// The same with rows in the tables.
    async fn every_entity_is_readable_when_it_has_rows(app: TestApp) {
        let around = app.surroundings().await;
        app.attribute(serde_json::json!({ "key": "topics", "type": "TEXT", "isMultiple": true })).await;
        let values = serde_json::json!([{ "key": "topics", "value": { "texts": ["one"] } }]);
        let fields = serde_json::json!({ "tagIds": [around.tag], "attributes": values });
        let made = app.prospect().complete("zafiro").owner(&app.ana).with(fields).create().await;
        let entry = app.note(&app.ana, &made, "one").await;
        let note = cartera::ids::Kind::Note.encode(entry.uuid);
        let edit = "mutation ($id: ID!) { noteUpdate(id: $id, input: { body: \"two\" }) { userErrors { code } } }";
        app.ana.query(edit, serde_json::json!({ "id": note })).await;
        app.log(&app.ana, &made, serde_json::json!({ "outcome": "REACHED" })).await;
        app.task(&app.ana, &made, serde_json::json!({})).await;
        app.convert(&app.ana, &made).await;
        app.ana.query("mutation ($id: ID!) { notePin(id: $id, idempotencyKey: \"one\") { userErrors { code } } }", serde_json::json!({ "id": note })).await;
        app.anonymous.run("mutation { sessionCreate(input: { email: \"a@b.example\", password: \"wrong password\" }) { token } }", serde_json::json!({})).await;
        app.ana.query("mutation { apiKeyCreate(input: { name: \"Report\" }) { userErrors { code } } }", serde_json::json!({})).await;
        app.job_with_row_error(Some(&app.ana), "a mistake").await;
        app.document(&app.ana, &made, "a.pdf", b"x").await;
        app.complete_upload(&app.ana, "b.pdf").await;
        let report = app.saved_report(&app.ana, serde_json::json!({})).await;
        app.dashboard(&app.ana, "Tablero", &[&report]).await;
        let empty: Vec<String> = app.snapshot().await.tables.into_iter().filter(|(_, rows)| rows.is_empty()).map(|(name, _)| name).collect();
        assert_eq!(empty, ["collisions"], "tables without rows");
        every_entity_is_readable(&app.core.db).await;
    }

    /// Touches of earlier versions get the form of their medium.
    async fn media_get_their_form(app: TestApp) {
        for medium in ["CPC", "cpc", "Correo  Electrónico"] {
            let touch = serde_json::json!({ "firstTouch": { "medium": medium } });
            app.prospect().owner(&app.ana).with(touch).create().await;
        }
        app.prospect().owner(&app.ana).create().await;
        let by_medium = serde_json::json!({ "input": { "dataset": "PROSPECTS", "dimensions": [{ "field": "MEDIUM" }], "measures": [{ "measure": "COUNT" }] } });
        let document = "query ($input: ReportInput!) { report(input: $input) { rows { cells { key text number } filter } } }";
        let before = app.ana.query(document, by_medium.clone()).await;
        let keys: Vec<&serde_json::Value> = before["report"]["rows"].as_array().expect("rows").iter().map(|row| &row["cells"][0]["key"]).collect();
        assert_eq!(keys, [&serde_json::json!("correo electronico"), &serde_json::json!("cpc"), &serde_json::Value::Null]);
        let migrations = Migrator::migrations();
        let place = migrations.iter().position(|migration| migration.name() == "m0027_medium").expect("the migration");
        let steps = u32::try_from(migrations.len() - place).expect("few");
        let db = app.core.db.writer().unlimited();
        Migrator::down(db, Some(steps)).await.expect("down");
        Migrator::up(db, None).await.expect("up");
        assert_eq!(app.ana.query(document, by_medium).await, before);
    }
}

/// Fails where a table has no entity, or an entity no table.
async fn every_entity_is_readable(db: &Db) {
    let mut tables = read!(
        db;
        access::user, access::session, access::api_key, access::login_failure, access::idempotency_key, access::signing_key, access::installation,
        setup::revision, setup::attribute_definition, records::attribute_value,
        records::prospect, process::cycle, records::client, process::task, records::identifier, records::contact, records::contact_point,
        records::address, records::prospect_tag, records::touch, records::search_document, process::status_interval, process::owner_interval, records::operation,
        records::timeline_entry, records::note, records::note_version, records::interaction, records::entry_change, records::collision,
        records::document, records::upload, records::upload_part,
        insight::job, insight::job_row_error, insight::saved_report, insight::dashboard,
    );
    // The catalogues are read as they are read into memory.
    CatalogCache::default().refresh(db).await.expect("every catalogue is readable");
    tables.extend(catalogs().iter().map(|catalog| catalog.table.to_owned()));
    tables.extend([JOURNAL, BACKFILLS].map(str::to_owned));
    tables.sort();
    let found: Vec<String> = Snapshot::take(db).await.tables.into_keys().collect();
    assert_eq!(found, tables, "tables and entities differ");
    assert!(db.reader().execute_unprepared("SELECT 1").await.is_ok());
}
