//! `/metrics`: on a listener of its own, with everything that the documents list and nothing that a client could choose.

use serde_json::json;

use super::process::Server;
use crate::support::{Backend, TestApp, TestDatabase, runtime};

const DOCUMENT: &str = include_str!("../../../docs/monitoring.md");

#[test]
fn everything_is_measured_on_sqlite() {
    measured(Backend::Sqlite);
}

#[test]
fn everything_is_measured_on_postgres() {
    measured(Backend::Postgres);
}

fn measured(backend: Backend) {
    runtime().block_on(async {
        let database = TestDatabase::create(backend).await;
        let app = TestApp::start(&database).await;
        app.prospect().owner(&app.ana).create().await;
        let server = Server::start(&database.settings, &[("CARTERA_METRICS_LISTEN", "127.0.0.1:0")]).await;
        let ana = server.sign_in(&app.ana).await;
        let document = "query SecretName { prospects(first: 5) { nodes { id contacts { firstName } } } }";
        for _ in 0..3 {
            ana.query(document, json!({})).await;
        }
        ana.run("{ nonsense", json!({})).await;
        ana.with_token(Some("wrong")).run("{ viewer { id } }", json!({})).await;

        let address = server.metrics.clone().expect("the address was logged");
        let response = reqwest::get(&address).await.expect("metrics are served");
        assert_eq!(response.status(), 200);
        let media = response.headers()["content-type"].to_str().expect("a type").to_owned();
        assert!(media.starts_with("application/openmetrics-text"), "{media}");
        let text = response.text().await.expect("a text");
        let connections = match backend {
            Backend::Sqlite => "cartera_pool_connections{pool=\"reader\",state=\"idle\"} ",
            Backend::Postgres => "cartera_pool_connections{pool=\"shared\",state=\"idle\"} ",
        };
        for line in [
            "cartera_requests_total{outcome=\"executed\"} 4",
            "cartera_requests_total{outcome=\"invalid\"} 1",
            "cartera_requests_total{outcome=\"unauthenticated\"} 1",
            "cartera_request_duration_seconds_count{operation=\"query\"} 3",
            "cartera_request_duration_seconds_count{operation=\"mutation\"} 1",
            "cartera_request_duration_seconds_count{operation=\"none\"} 2",
            "cartera_session_lookups_total{result=\"valid\"} 3",
            "cartera_session_lookups_total{result=\"refused\"} 1",
            "cartera_batches_total{loader=\"Parts\"} 3",
            "cartera_permits{state=\"running\"} 0",
            "cartera_permits_refused_total 0",
            "cartera_jobs{state=\"parked\"} 0",
            "cartera_job_oldest_due_age_seconds 0",
            "cartera_statements_failed_total{side=\"read\"} 0",
        ] {
            assert!(text.lines().any(|found| found == line), "{line} is not in\n{text}");
        }
        for start in [
            "cartera_request_cost_points_sum ",
            "cartera_catalog_reloads_total ",
            "cartera_job_runs_total{job=\"catalogs\",result=\"done\"} ",
            "cartera_job_runs_total{job=\"clean_idempotency_keys\",result=\"done\"} ",
            "cartera_job_duration_seconds_count{job=\"catalogs\"} ",
            "cartera_jobs{state=\"done\"} ",
            connections,
            "process_resident_memory_bytes ",
            "process_start_time_seconds ",
        ] {
            let value = text.lines().find_map(|line| line.strip_prefix(start));
            let value: f64 = value
                .unwrap_or_else(|| panic!("{start} is not in\n{text}"))
                .parse()
                .expect("a number");
            assert!(value > 0.0, "{start}{value}");
        }
        assert!(!text.contains("SecretName"));
        for line in text.lines().filter_map(|line| line.strip_prefix("# HELP ")) {
            let name = line.split(' ').next().expect("a name");
            assert!(DOCUMENT.contains(&format!("`{name}")), "docs/monitoring.md does not list {name}");
        }

        // Nothing else is there, and it is nowhere else.
        let other = address.replace("/metrics", "/graphql");
        assert_eq!(reqwest::get(&other).await.expect("an answer").status(), 404);
        let public = format!("{}/metrics", server.url);
        assert_eq!(reqwest::get(&public).await.expect("an answer").status(), 404);
        server.stop();
        app.stop().await;
        database.remove().await;
    });
}
