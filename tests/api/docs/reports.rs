//! The requests of the page about reports answer as it shows.

use serde_json::{Value, json};

use super::blocks::{REPORTS, blocks};
use crate::support::TestApp;

both! {
    async fn the_reports_of_the_page_answer_as_it_shows(app: TestApp) {
        let english = "mutation { userProfileUpdate(input: { locale: \"en\" }) { userErrors { code message path } } }";
        app.admin.run(english, json!({})).await.payload("userProfileUpdate");
        for (number, kind) in [(1, "PERSON"), (2, "PERSON"), (3, "COMPANY")] {
            let made = app.prospect().with(json!({ "kind": kind, "rating": number })).create().await;
            if number == 1 {
                app.convert(&app.admin, &made).await;
            }
        }
        let found = blocks(REPORTS);
        assert!(found.len() >= 9 && found.len().is_multiple_of(3), "{} blocks", found.len());
        for request in found.chunks(3) {
            let parsed = |place: usize| -> Value { serde_json::from_str(&request[place].text).unwrap_or_else(|error| panic!("{}: {error}", request[place].text)) };
            assert_eq!(request[0].language, "graphql");
            let data = app.admin.query(&request[0].text, parsed(1)).await;
            assert_eq!(data, parsed(2), "{}", request[1].text);
        }
    }
}
