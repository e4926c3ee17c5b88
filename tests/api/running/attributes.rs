//! Backups and restores of databases with indexes of attributes, which a restore builds again.

use cartera::jobs::{self, Work};
use sea_orm::ConnectionTrait;
use serde_json::json;

use super::backup::{execute, opened, text};
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
            before.0.assert_equal(&opened(&target.settings).await, "the restore");
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
