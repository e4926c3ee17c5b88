//! What a new installation begins with, and that it happens once.

use cartera::setup;
use serde_json::{Value, json};

use crate::support::{TestApp, operations};

both! {
    async fn the_catalogues_are_there(app: TestApp) {
        let data = app.ana.run_operation(operations::CATALOGS, "CatalogsCore", json!({})).await.data().clone();
        let names = |list: &str| -> Vec<String> {
            let rows = data[list].as_array().unwrap_or_else(|| panic!("{list}"));
            rows.iter().map(|row| row["name"].as_str().expect("a name").to_owned()).collect()
        };
        assert_eq!(names("statuses"), ["New", "Second contact", "Ready for proposal", "Negotiation", "Won", "Lost", "Discarded"]);
        assert_eq!(names("reasons").len(), 11);
        assert_eq!(names("sources").len(), 9);
        assert_eq!(names("potentialLevels").len(), 8);
        for (list, defaults) in [("channels", 1), ("segments", 1), ("sources", 1), ("potentialLevels", 2)] {
            let rows = data[list].as_array().expect("a list");
            let found: Vec<&Value> = rows.iter().filter(|row| row["isDefault"] == json!(true)).collect();
            assert_eq!(found.len(), defaults, "{list}");
            assert!(found.iter().all(|row| row["name"] == "Not yet evaluated"), "{list}");
        }
        assert!(names("identifierTypes").contains(&"Cédula V".to_owned()));
        assert_eq!(data["users"].as_array().expect("a list").len(), 5);
        let more = app.ana.run_operation(operations::RECORD_CATALOGS, "Catalogs", json!({})).await.data().clone();
        let task_types: Vec<&Value> = more["taskTypes"].as_array().expect("a list").iter().map(|row| &row["name"]).collect();
        assert_eq!(task_types[..4], ["First contact", "Second contact", "Send proposal", "Follow up"]);
        assert_eq!(more["statuses"][0]["taskType"]["name"], "First contact");
        let countries = app.ana.query("{ countries { code name } }", json!({})).await;
        let countries = countries["countries"].as_array().expect("a list").clone();
        assert!(countries.len() > 240 && countries.iter().any(|country| country["code"] == "VE"));
    }

    async fn a_second_start_changes_nothing(app: TestApp) {
        let before = app.snapshot().await;
        assert!(setup::first_start(&app.core).await.expect("a start").is_none());
        before.assert_equal(&app.snapshot().await, "a second start");
    }
}
