//! The requests of the page about dashboards answer as it shows.

use serde_json::{Value, json};

use super::blocks::{DASHBOARDS, blocks};
use crate::support::TestApp;

/// The ID that stands in the page for the salesperson who asks.
const OWNER: &str = "usr_01M4Y9QGZRF38RZFVNS2PX5A4H";

both! {
    async fn the_requests_of_the_page_answer_as_it_shows(app: TestApp) {
        let english = "mutation { userProfileUpdate(input: { locale: \"en\" }) { userErrors { code message path } } }";
        app.ana.run(english, json!({})).await.payload("userProfileUpdate");
        for (number, kind) in [(1, "PERSON"), (2, "PERSON"), (3, "COMPANY")] {
            let made = app.prospect().owner(&app.ana).with(json!({ "kind": kind, "rating": number })).create().await;
            if number == 1 {
                app.convert(&app.ana, &made).await;
            }
        }
        let found = blocks(DASHBOARDS);
        assert_eq!(found.len(), 10 * 3, "ten questions with their requests");
        let mut others = Vec::new();
        for request in found.chunks(3) {
            let parsed = |place: usize| -> Value {
                let text = request[place].text.replace(OWNER, &app.ana.id);
                serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", request[place].text))
            };
            assert_eq!(request[0].language, "graphql");
            let data = app.ana.query(&request[0].text, parsed(1)).await;
            if data != parsed(2) {
                others.push(format!("## {}\n{data:#}", request[0].heading));
            }
        }
        assert!(others.is_empty(), "{}", others.join("\n"));
    }
}
