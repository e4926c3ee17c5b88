//! Totals of lists: exact, or estimated above a limit.

use std::time::Duration;

use serde_json::json;

use crate::support::TestApp;

both! {
    async fn totals_beyond_the_limit_are_estimates(app: TestApp) {
        for number in 0..12 {
            app.prospect().owner(&app.ana).name(&format!("Prospecto {number}")).create().await;
        }
        let narrow = app.with_settings(|settings| settings.limits.exact_count_limit = 10).await;
        let document = "query ($filter: ProspectFilter) { prospects(filter: $filter, first: 1) { totalCount isTotalEstimated }
            timeline(first: 1) { totalCount isTotalEstimated } }";
        let all = narrow.admin.query(document, json!({})).await;
        for list in ["prospects", "timeline"] {
            assert_eq!(all[list]["isTotalEstimated"], json!(true));
            assert!(all[list]["totalCount"].as_i64() > Some(10), "{all}");
        }
        let few = narrow.ana.query(document, json!({ "filter": { "name": { "contains": "prospecto 1" } } })).await;
        assert_eq!(few["prospects"], json!({ "totalCount": 3, "isTotalEstimated": false }));
        let exact = app.ana.query(document, json!({})).await;
        assert_eq!(exact["prospects"], json!({ "totalCount": 12, "isTotalEstimated": false }));
        // An estimate is answered again for a while, to those whose rows it counts.
        let list = "{ prospects(first: 1) { totalCount isTotalEstimated } }";
        let (counting, first) = narrow.statements(narrow.ana.query(list, json!({}))).await;
        let (again, second) = narrow.statements(narrow.ana.query(list, json!({}))).await;
        assert_eq!(first, second);
        assert_eq!(again, counting - 2, "they are neither counted nor estimated");
        let none = narrow.luis.query(list, json!({})).await;
        assert_eq!(none["prospects"], json!({ "totalCount": 0, "isTotalEstimated": false }));
        let forgetful = app.with_settings(|settings| {
            settings.limits.exact_count_limit = 10;
            settings.estimate_age = Duration::from_millis(1);
        }).await;
        for _ in 0..2 {
            tokio::time::sleep(Duration::from_millis(2)).await;
            assert_eq!(forgetful.statements(forgetful.ana.query(list, json!({}))).await.0, counting, "it is out of date");
        }
        // Also if selected alone.
        let alone = narrow.ana.query("{ prospects(first: 0) { isTotalEstimated } }", json!({})).await;
        assert_eq!(alone["prospects"]["isTotalEstimated"], json!(true));
    }

    /// What is more than is counted is estimated, by one statement more.
    async fn long_lists_are_estimated(app: TestApp) {
        let options = cartera::demo::Options { prospects: 2_600, entries: 26_000, users: 3, seed: 11, until: None };
        cartera::demo::run(&app.core, &options, |_| {}).await.expect("the demo loads");
        let exact = async |table: &str| -> u64 {
            app.sql(&format!("SELECT CAST(count(*) AS text) FROM {table}")).await[0].parse().expect("a number")
        };
        let lengths = [
            ("tasks", exact("tasks").await),
            ("prospects", exact("prospects WHERE deleted_at IS NULL").await),
            ("clients", exact("prospects WHERE deleted_at IS NULL AND client_since IS NOT NULL").await),
            ("timeline", exact("timeline_entries").await),
        ];
        let app = app.with_settings(|settings| settings.limits.exact_count_limit = 10).await;
        for (list, length) in lengths {
            let (page, _) = app.statements(app.admin.query(&format!("{{ {list}(first: 1) {{ nodes {{ id }} }} }}"), json!({}))).await;
            let (counting, found) = app.statements(app.admin.query(&format!("{{ {list}(first: 1) {{ totalCount isTotalEstimated }} }}"), json!({}))).await;
            assert_eq!(counting, page + 2, "{list}: a count and an estimate");
            assert_eq!(found[list]["isTotalEstimated"], json!(true), "{list}");
            let total = found[list]["totalCount"].as_u64().expect("a number");
            assert!(total.abs_diff(length) <= length / 5, "{list}: {total} of {length}");
        }
        // Nearly all have an e-mail of the demo.
        let found = exact("search_documents WHERE document LIKE '%example%'").await;
        let search = app.admin.query("{ prospects(search: \"example\", first: 1) { totalCount isTotalEstimated } }", json!({})).await;
        let total = search["prospects"]["totalCount"].as_u64().expect("a number");
        assert!(total.abs_diff(found) <= found / 5, "{total} of {found}");
        // What hardly any pass is counted all the same, and so is what is invisible.
        let few = "query ($filter: TaskFilter) { tasks(filter: $filter, first: 0) { totalCount isTotalEstimated } }";
        let none = json!({ "totalCount": 0, "isTotalEstimated": false });
        let of_luis = json!({ "filter": { "assignee": { "eq": app.luis.id } } });
        assert_eq!(app.admin.query(few, of_luis).await["tasks"], none);
        assert_eq!(app.luis.query(few, json!({})).await["tasks"], none);
    }
}
