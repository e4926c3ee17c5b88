//! What is kept in memory: a change of one table reads that table again, here and on other servers, and what memory does not hold reads none.

use std::sync::Arc;
use std::time::Duration;

use cartera::app::App;
use cartera::entities::setup::revision::CachedTable;
use cartera::ids::Kind;
use cartera::tx::locks::Locks;
use sea_orm::{ConnectionTrait, Statement};
use serde_json::{Value, json};
use tokio::time::{Instant, sleep};
use uuid::Uuid;

use crate::support::{PASSWORD, TestApp, catalogs};

/// How often a table was read again.
fn reloads(core: &App) -> u64 {
    core.db.metrics().catalog_reloads.get()
}

/// The revisions as they are stored.
async fn revisions(app: &TestApp) -> Vec<String> {
    app.sql("SELECT name || ' ' || CAST(number AS text) FROM revisions ORDER BY name")
        .await
}

/// The ids that a server knows of a table.
fn known(core: &App, table: CachedTable) -> Vec<Uuid> {
    core.catalogs.snapshot().ids(table).into_iter().map(|(id, _)| id).collect()
}

/// A new entry of each catalogue, by its table.
async fn new_entries(app: &TestApp) -> Vec<(CachedTable, Uuid)> {
    let zone = app.entry("Zone", "zone", json!({ "name": "Norte" })).await;
    let mut made = Vec::new();
    for catalog in catalogs() {
        let input = TestApp::new_entry(catalog.one, &zone, "Propia");
        let id = app.entry(catalog.node, catalog.one, input).await;
        made.push((catalog.cached, catalog.kind.decode(&id).expect("an id")));
    }
    made
}

both! {
    async fn a_change_reads_its_table_alone(app: TestApp) {
        let zone = app.entry("Zone", "zone", json!({ "name": "Norte" })).await;
        let other = app.with_settings(|_| {}).await;
        for catalog in catalogs() {
            let (before, stored) = (reloads(&app.core), revisions(&app).await);
            app.entry(catalog.node, catalog.one, TestApp::new_entry(catalog.one, &zone, "Propia")).await;
            assert_eq!(reloads(&app.core) - before, 1, "{}", catalog.one);
            let now = revisions(&app).await;
            let moved: Vec<&str> = now.iter().filter(|row| !stored.contains(row)).filter_map(|row| row.split(' ').next()).collect();
            assert_eq!(moved, [catalog.table]);
            // The other server compares the revisions, and reads the one table.
            let before = reloads(&other.core);
            let (statements, refreshed) = other.statements(other.core.catalogs.refresh(&other.core.db)).await;
            refreshed.expect("the table is read");
            assert_eq!((statements, reloads(&other.core) - before), (2, 1), "{}", catalog.one);
            assert_eq!(known(&other.core, catalog.cached), known(&app.core, catalog.cached), "{}", catalog.one);
        }
        let (statements, refreshed) = other.statements(other.core.catalogs.refresh(&other.core.db)).await;
        refreshed.expect("there is nothing new");
        assert_eq!(statements, 1);
    }

    /// With the comparison of every second alone: the notices of PostgreSQL have a test of their own.
    async fn another_server_knows_each_change_within_a_second(app: TestApp) {
        let other = app.with_settings(|_| {}).await;
        let follower = tokio::spawn(Arc::clone(&other.core).follow_changes());
        let made = new_entries(&app).await;
        let rename = "mutation { userProfileUpdate(input: { name: \"Otra\" }) { user { id } userErrors { code message path } } }";
        app.ana.run(rename, json!({})).await.payload("userProfileUpdate");
        let started = Instant::now();
        let is_known = || {
            let users = &other.core.catalogs.snapshot().users;
            made.iter().all(|(table, id)| known(&other.core, *table).contains(id)) && users.get(app.ana.uuid).is_some_and(|ana| ana.name == "Otra")
        };
        while !is_known() {
            // Half a second more than the time between comparisons, for a busy machine.
            assert!(started.elapsed() < Duration::from_millis(1500), "not known yet: {made:?}");
            sleep(Duration::from_millis(10)).await;
        }
        follower.abort();
    }

    async fn a_password_reads_nothing_again(app: TestApp) {
        let version = async || app.admin.query("query ($id: ID!) { node(id: $id) { ... on User { version } } }", json!({ "id": app.ana.id })).await;
        let (before, stored, first) = (reloads(&app.core), revisions(&app).await, version().await);
        let change = "mutation ($old: String!) { userPasswordUpdate(input: { currentPassword: $old, newPassword: \"another password\" }) {
            user { id version } userErrors { code message path } } }";
        let changed = app.ana.run(change, json!({ "old": PASSWORD })).await;
        let answered = changed.payload("userPasswordUpdate")["user"]["version"].clone();
        let reset = "mutation ($id: ID!) { userPasswordReset(id: $id, input: { password: \"something else\" }) {
            user { id } userErrors { code message path } } }";
        app.admin.run(reset, json!({ "id": app.ana.id })).await.payload("userPasswordReset");
        let sign_in = "mutation ($email: String!) { sessionCreate(input: { email: $email, password: \"something else\" }) {
            token userErrors { code message path } } }";
        app.anonymous.run(sign_in, json!({ "email": app.ana.email })).await.payload("sessionCreate");
        assert_eq!((reloads(&app.core), revisions(&app).await), (before, stored));
        // What is kept in memory is true still.
        assert_eq!((version().await, &first["node"]["version"]), (first.clone(), &answered));
        let rename = "mutation ($id: ID!, $version: Int) { userUpdate(id: $id, input: { name: \"Otra\" }, expectedVersion: $version) {
            user { name } userErrors { code message path } } }";
        app.admin.run(rename, json!({ "id": app.ana.id, "version": answered })).await.payload("userUpdate");
        assert_eq!(reloads(&app.core) - before, 1);
        app.anonymous.run(sign_in, json!({ "email": app.ana.email })).await.payload("sessionCreate");
    }

    /// What memory holds of users has no secret.
    async fn passwords_are_not_kept_in_memory(app: TestApp) {
        assert!(app.core.catalogs.snapshot().users.all().iter().all(|user| user.password_hash.is_empty()));
        let hashes = app.sql("SELECT password_hash FROM users").await;
        assert!(hashes.iter().all(|hash| hash.starts_with("$argon2id$")));
    }

    /// A decision that reads another catalogue waits for its change, and sees it, whatever memory says.
    async fn what_a_decision_reads_stays_as_it_is(app: TestApp) {
        let zone = app.entry("Zone", "zone", json!({ "name": "Norte" })).await;
        let call = app.task_type("Call");
        let sector = "mutation ($input: SectorCreateInput!) { sectorCreate(input: $input) { sector { id } userErrors { code message path } } }";
        let status = "mutation ($id: ID!, $type: ID) { statusUpdate(id: $id, input: { taskTypeId: $type }) { status { id } userErrors { code message path } } }";
        for (table, id, document, variables, field, problem) in [
            (CachedTable::Zone, Kind::Zone.decode(&zone), sector, json!({ "input": { "zoneId": zone, "name": "Nuevo" } }), "sectorCreate", "STATE input.zoneId"),
            (
                CachedTable::TaskType, Kind::TaskType.decode(&call), status, json!({ "id": app.status("New"), "type": call }), "statusUpdate",
                "STATE input.taskTypeId",
            ),
        ] {
            let tx = app.core.db.begin().await.expect("a transaction begins");
            Locks::default().with_tables([table]).take(&tx, None).await.expect("the revision is locked");
            let text = format!("UPDATE {} SET retired_at = 1 WHERE id = $1", table.name());
            let values: [sea_orm::Value; 1] = [id.expect("an id").into()];
            tx.execute_raw(Statement::from_sql_and_values(app.core.db.backend(), text, values)).await.expect("it is retired");
            let retire_and_commit = async {
                sleep(Duration::from_millis(100)).await;
                tx.commit().await.expect("the transaction ends");
            };
            let (answer, ()) = tokio::join!(app.admin.run(document, variables), retire_and_commit);
            assert_eq!(answer.user_errors(field), [problem]);
        }
    }

    /// Changes of two catalogues at once do not wait for each other, and both are known.
    async fn changes_of_two_catalogues_are_both_known(app: TestApp) {
        let create = async |one: &str, node: &str, number: usize| app.entry(node, one, json!({ "name": format!("Propia {number}") })).await;
        let channels = futures_util::future::join_all((0..10).map(|number| create("channel", "Channel", number)));
        let regions = futures_util::future::join_all((0..10).map(|number| create("region", "Region", number)));
        let (channels, regions) = tokio::join!(channels, regions);
        let decoded = |kind: Kind, ids: Vec<String>| -> Vec<Uuid> { ids.iter().map(|id| kind.decode(id).expect("an id")).collect() };
        let (channels, regions) = (decoded(Kind::Channel, channels), decoded(Kind::Region, regions));
        let (known_channels, known_regions) = (known(&app.core, CachedTable::Channel), known(&app.core, CachedTable::Region));
        assert!(channels.iter().all(|id| known_channels.contains(id)) && regions.iter().all(|id| known_regions.contains(id)));
        let data: Value = app.ana.query("{ channels { id } regions { id } }", json!({})).await;
        assert_eq!(data["regions"].as_array().map(Vec::len), Some(10));
        app.assert_sound().await;
    }
}
