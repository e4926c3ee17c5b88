//! Faults while a report runs: a client that goes away, a database that is restarted, tiles that last too long beside others.

use std::time::Duration;

use cartera::ids;
use sea_orm::DbBackend;
use serde_json::{Value, json};
use tokio::time::{Instant, sleep, timeout};

use super::{DOCUMENT, report, rows};
use crate::support::{Made, TestApp, count_by_kind};

/// Within which everything is free again that a report had taken.
const SOON: Duration = Duration::from_secs(20);
const TILES: &str = "query ($id: ID!) { dashboard(id: $id) { name tiles { report { rows { cells { number } } } } } }";
/// Multiple attributes whose values one prospect has fifty of: together some hundred million groups.
const MANY: [&str; 5] = ["one", "two", "three", "four", "five"];
const RUNNING: &str = "FROM pg_stat_activity WHERE datname = current_database() AND state = 'active' AND pid <> pg_backend_pid()";

/// A report that no database answers within minutes.
async fn endless(app: &TestApp) -> Value {
    let values: Vec<String> = (0..50).map(|number: i32| number.to_string()).collect();
    let attributes: Vec<Value> = MANY
        .iter()
        .map(|key| json!({ "key": key, "value": { "numbers": values } }))
        .collect();
    for key in MANY {
        app.attribute(json!({ "key": key, "type": "INTEGER", "isMultiple": true })).await;
    }
    app.prospect()
        .owner(&app.ana)
        .with(json!({ "attributes": attributes }))
        .create()
        .await;
    let dimensions: Vec<Value> = MANY.iter().map(|key| json!({ "attributeKey": key })).collect();
    json!({ "dataset": "PROSPECTS", "dimensions": dimensions, "measures": [{ "measure": "COUNT" }] })
}

/// A server with permits for four reports, two of one request, and so much time for each.
async fn with_time(app: &TestApp, report: Duration) -> TestApp {
    let server = app.with_settings(|settings| {
        (settings.postgres_connections, settings.sqlite_readers) = (16, 16);
        (settings.report_timeout, settings.request_timeout) = (report, Duration::from_secs(120));
    });
    server.await
}

/// How many reports could begin now.
async fn free_permits(app: &TestApp) -> usize {
    let mut held = Vec::new();
    loop {
        let own = app.core.permits.reports_of_request();
        match timeout(Duration::from_millis(20), app.core.permits.for_report(ids::new(), &own)).await {
            Ok(Some(permit)) => held.push(permit),
            _ => return held.len(),
        }
    }
}

/// Waits until so many reports could begin.
async fn until_free(app: &TestApp, count: usize) {
    let started = Instant::now();
    while free_permits(app).await != count {
        assert!(started.elapsed() < SOON, "{count} reports should be free to begin");
        sleep(Duration::from_millis(10)).await;
    }
}

/// Waits until no connection is in use and the database runs nothing, which is when each statement has ended.
async fn until_idle(app: &TestApp) {
    let started = Instant::now();
    while app.core.db.reader().usage("read").in_use > 0 || !running(app).await.is_empty() {
        assert!(started.elapsed() < SOON, "a statement goes on: {:?}", running(app).await);
        sleep(Duration::from_millis(10)).await;
    }
}

/// The processes of PostgreSQL that run a statement.
async fn running(app: &TestApp) -> Vec<String> {
    match app.core.db.backend() {
        DbBackend::Postgres => app.sql(&format!("SELECT CAST(pid AS text) {RUNNING}")).await,
        _ => Vec::new(),
    }
}

both! {
    /// The statement ends with its client, and what it had taken is free.
    async fn a_client_that_goes_away_ends_its_report(app: TestApp) {
        let input = endless(&app).await;
        let patient = with_time(&app, Duration::from_secs(110)).await;
        until_free(&patient, 4).await;
        let asking = {
            let (ana, input) = (patient.ana.clone(), input.clone());
            tokio::spawn(async move { ana.run(DOCUMENT, json!({ "input": input })).await })
        };
        until_free(&patient, 3).await;
        assert!(patient.core.db.reader().usage("read").in_use > 0, "the report runs");
        // Its connection is closed with it.
        asking.abort();
        assert!(asking.await.expect_err("it is cancelled").is_cancelled());
        until_free(&patient, 4).await;
        until_idle(&patient).await;
        assert_eq!(rows(&report(&patient.ana, count_by_kind()).await), [["PERSON", "1"], ["COMPANY", "0"]]);
    }

    /// Two tiles of one request run at the same time, and end with their client.
    async fn tiles_run_side_by_side(app: TestApp) {
        let input = endless(&app).await;
        let patient = with_time(&app, Duration::from_secs(110)).await;
        let slow = app.saved_report(&app.ana, json!({ "definition": input })).await;
        let made = app.dashboard(&app.ana, "Tablero", &[&slow, &slow, &slow]).await;
        until_free(&patient, 4).await;
        let asking = {
            let (ana, id) = (patient.ana.clone(), made.id.clone());
            tokio::spawn(async move { ana.run(TILES, json!({ "id": id })).await })
        };
        // The third waits for one of the two that the request may run at once.
        until_free(&patient, 2).await;
        assert_eq!(patient.core.db.reader().usage("read").in_use, 2);
        asking.abort();
        until_free(&patient, 4).await;
        until_idle(&patient).await;
    }

    /// What takes longer than a report may is null with an error of its own path; its neighbours answer.
    async fn one_slow_tile_fails_alone(app: TestApp) {
        let input = endless(&app).await;
        let hurried = with_time(&app, Duration::from_secs(2)).await;
        let slow = app.saved_report(&app.ana, json!({ "definition": input.clone() })).await;
        let fast = app.saved_report(&app.ana, json!({})).await;
        let made: Made = app.dashboard(&app.ana, "Tablero", &[&fast, &slow, &fast, &fast]).await;
        let answer = hurried.ana.run(TILES, json!({ "id": made.id })).await;
        let dashboard = &answer.body["data"]["dashboard"];
        assert_eq!((&dashboard["name"], &dashboard["tiles"][1]["report"]), (&json!("Tablero"), &Value::Null), "{}", answer.text);
        for place in [0, 2, 3] {
            assert_eq!(dashboard["tiles"][place]["report"]["rows"][0]["cells"][1]["number"], "1", "{}", answer.text);
        }
        assert_eq!((answer.codes(), &answer.errors()[0]["path"]), (vec!["TIMEOUT"], &json!(["dashboard", "tiles", 1, "report"])));
        // The same by itself, beside another root field.
        let document = "query ($input: ReportInput!) { report(input: $input) { rowCount } viewer { id } }";
        let answer = hurried.ana.run(document, json!({ "input": input })).await;
        assert_eq!((answer.codes(), &answer.errors()[0]["path"]), (vec!["TIMEOUT"], &json!(["report"])));
        assert_eq!(answer.body["data"], json!({ "report": null, "viewer": { "id": app.ana.id } }));
        until_free(&hurried, 4).await;
        until_idle(&hurried).await;
    }

    /// A report whose connection PostgreSQL ends, as it does when it is restarted, is an error, and the next one runs on a new one.
    async fn a_restart_of_the_database_ends_the_report(app: TestApp) {
        let input = endless(&app).await;
        let patient = with_time(&app, Duration::from_secs(110)).await;
        if app.core.db.backend() != DbBackend::Postgres {
            // SQLite is a part of the server.
            return;
        }
        until_free(&patient, 4).await;
        let asking = {
            let (ana, input) = (patient.ana.clone(), input.clone());
            tokio::spawn(async move { ana.run(DOCUMENT, json!({ "input": input })).await })
        };
        until_free(&patient, 3).await;
        let started = Instant::now();
        while !asking.is_finished() {
            assert!(started.elapsed() < SOON, "the report is cut off");
            app.sql(&format!("SELECT CAST(pg_terminate_backend(pid) AS text) {RUNNING}")).await;
            sleep(Duration::from_millis(50)).await;
        }
        let answer = asking.await.expect("an answer");
        assert_eq!((answer.codes(), &answer.body["data"]["report"]), (vec!["UNAVAILABLE"], &Value::Null), "{}", answer.text);
        assert!(!answer.text.contains("terminat") && !answer.text.contains("SELECT"), "{}", answer.text);
        until_free(&patient, 4).await;
        assert_eq!(rows(&report(&patient.ana, count_by_kind()).await), [["PERSON", "1"], ["COMPANY", "0"]]);
        until_idle(&patient).await;
    }

    /// What one server saves another one shows and changes.
    async fn servers_share_reports(app: TestApp) {
        app.attribute(json!({ "key": "budget", "type": "INTEGER" })).await;
        let other = app.with_settings(|_| {}).await;
        app.prospect().owner(&app.ana).create().await;
        let definition = json!({ "dataset": "PROSPECTS", "measures": [{ "measure": "COUNT" }, { "measure": "SUM", "attributeKey": "budget" }] });
        let made = app.saved_report(&app.admin, json!({ "isShared": true, "definition": definition })).await;
        let document = "query ($id: ID!) { savedReport(id: $id) { name version report { rows { cells { number } } } } }";
        let seen = other.ana.query(document, json!({ "id": made.id })).await["savedReport"].clone();
        assert_eq!(seen["report"]["rows"], json!([{ "cells": [{ "number": "1" }, { "number": null }] }]));
        let update = "mutation ($id: ID!) { savedReportUpdate(id: $id, input: { name: \"Otro\" }) { savedReport { id } userErrors { code message path } } }";
        other.admin.run(update, json!({ "id": made.id })).await.payload("savedReportUpdate");
        let seen = app.ana.query(document, json!({ "id": made.id })).await["savedReport"].clone();
        assert_eq!((&seen["name"], &seen["version"]), (&json!("Otro"), &json!(2)));
    }
}
