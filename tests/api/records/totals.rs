//! How many rows lists say that they have: counted, or estimated beyond a limit.

use std::time::Duration;

use sea_orm::DbBackend;
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
        // Alone it is told, too.
        let alone = narrow.ana.query("{ prospects(first: 0) { isTotalEstimated } }", json!({})).await;
        assert_eq!(alone["prospects"]["isTotalEstimated"], json!(true));
    }

    /// Once a table is known to be long, some of its rows are looked at, and nothing is counted where they leave no doubt.
    async fn long_lists_are_estimated_at_a_glance(app: TestApp) {
        let options = cartera::demo::Options { prospects: 2_600, entries: 26_000, users: 3, seed: 11, until: None };
        cartera::demo::run(&app.core, &options, |_| {}).await.expect("the demo loads");
        let tasks: u64 = app.sql("SELECT CAST(count(*) AS text) FROM tasks").await[0].parse().expect("a number");
        let app = app.with_settings(|settings| {
            settings.limits.exact_count_limit = 10;
            settings.estimate_age = Duration::from_millis(1);
        }).await;
        for (list, is_sampled) in [("tasks", true), ("prospects", false), ("clients", false), ("timeline", false)] {
            let document = format!("{{ {list}(first: 1) {{ totalCount isTotalEstimated }} }}");
            if list == "timeline" {
                cartera::resolvers::total::learn_lengths(&app.core).await.expect("lengths");
                let lengths = ["tasks", "prospects", "timeline_entries"].map(|table| app.core.estimates.length(table));
                assert!(lengths[0] >= tasks / 2 && lengths[1] >= 1_300 && lengths[2] >= 13_000, "{lengths:?}");
            }
            let (counting, first) = app.statements(app.admin.query(&document, json!({}))).await;
            tokio::time::sleep(Duration::from_millis(2)).await;
            let (at_a_glance, second) = app.statements(app.admin.query(&document, json!({}))).await;
            let is_sampled = is_sampled || app.core.db.backend() == DbBackend::Sqlite;
            // Clients are prospects, whose number is known by then, and the length of the history has been learnt.
            let saved = u64::from(is_sampled && list != "clients" && list != "timeline");
            assert_eq!(at_a_glance, counting - saved, "{list}");
            let (page, _) = app.statements(app.admin.query(&format!("{{ {list}(first: 1) {{ nodes {{ id }} }} }}"), json!({}))).await;
            assert_eq!(at_a_glance, page + if is_sampled { 1 } else { 2 }, "{list}: a glance, or a count and an estimate");
            let totals = [first, second].map(|data| (data[list]["totalCount"].as_u64().expect("a number"), data[list]["isTotalEstimated"].clone()));
            assert_eq!((&totals[0].1, &totals[1].1), (&json!(true), &json!(true)), "{list}");
            assert!(totals[0].0.abs_diff(totals[1].0) <= totals[0].0 / 5, "{list}: {totals:?}");
            if list == "tasks" {
                assert!(totals[1].0.abs_diff(tasks) <= tasks / 10, "{tasks}: {totals:?}");
            }
        }
        // What hardly any pass is counted all the same, and so is what nobody sees.
        let few = "query ($filter: TaskFilter) { tasks(filter: $filter, first: 0) { totalCount isTotalEstimated } }";
        let none = json!({ "totalCount": 0, "isTotalEstimated": false });
        let of_luis = json!({ "filter": { "assignee": { "eq": app.luis.id } } });
        assert_eq!(app.admin.query(few, of_luis).await["tasks"], none);
        assert_eq!(app.luis.query(few, json!({})).await["tasks"], none);
    }
}
