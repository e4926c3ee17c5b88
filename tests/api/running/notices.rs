//! Two servers on one PostgreSQL: what one changes the other knows, at once by a notice, and soon without.

use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::{Instant, sleep};

use super::process::{Server, until_listening};
use crate::support::{Backend, Person, TestApp, TestDatabase, runtime};

const CREATE: &str = "mutation ($name: String!) { channelCreate(input: { name: $name }) { channel { id } userErrors { code } } }";

/// Waits until the channel is known, and answers how long that took.
async fn until_known(person: &Person, name: &str) -> Duration {
    let started = Instant::now();
    loop {
        let data = person.query("{ channels { name } }", json!({})).await;
        let channels = data["channels"].as_array().expect("a list");
        if channels.iter().any(|channel| channel["name"] == name) {
            return started.elapsed();
        }
        assert!(started.elapsed() < Duration::from_secs(10), "{name} never comes");
        sleep(Duration::from_millis(5)).await;
    }
}

async fn create(person: &Person, name: &str) {
    let data = person.query(CREATE, json!({ "name": name })).await;
    assert_eq!(data["channelCreate"]["userErrors"], json!([]) as Value);
}

#[test]
fn a_change_reaches_the_other_server_at_once() {
    runtime().block_on(async {
        let database = TestDatabase::create(Backend::Postgres).await;
        let app = TestApp::start(&database).await;
        let one = Server::start(&database.settings, &[]).await;
        let other = Server::start(&database.settings, &[]).await;
        let (writer, reader) = (one.sign_in(&app.admin).await, other.sign_in(&app.ana).await);
        until_listening(&database.settings, 2).await;
        let mut waits = Vec::new();
        for number in 0..6 {
            let name = format!("Canal {number}");
            create(&writer, &name).await;
            waits.push(until_known(&reader, &name).await);
        }
        waits.sort();
        // A look every second would take half of one on average.
        assert!(waits[3] < Duration::from_millis(250), "{waits:?}");

        // Without the connection that listens, a look finds it.
        app.sql(
            "SELECT CAST(pg_terminate_backend(pid) AS text) FROM pg_stat_activity \
             WHERE datname = current_database() AND application_name = 'cartera server'",
        )
        .await;
        create(&writer, "Canal perdido").await;
        assert!(until_known(&reader, "Canal perdido").await < Duration::from_secs(3));
        until_listening(&database.settings, 2).await;
        create(&writer, "Canal final").await;
        until_known(&reader, "Canal final").await;
        one.stop();
        other.stop();
        app.stop().await;
        database.remove().await;
    });
}
