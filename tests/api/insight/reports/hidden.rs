//! Attributes of administrators in reports: for salespeople they do not exist, wherever they are named and in the reports of others.

use serde_json::{Value, json};

use super::{DOCUMENT, report, rows};
use crate::support::{Person, TestApp};

/// Attributes of each kind of record with values, hidden from salespeople.
async fn hidden_values(app: &TestApp) {
    for entity in ["PROSPECT", "TASK", "CLIENT"] {
        app.attribute(json!({ "key": "secret", "type": "INTEGER", "visibility": "ADMIN", "entity": entity }))
            .await;
    }
    let secret = |number: &str| json!({ "attributes": [{ "key": "secret", "value": { "number": number } }] });
    for number in ["1", "2"] {
        let made = app.prospect().owner(&app.ana).with(secret(number)).create().await;
        app.task(&app.admin, &made, secret(number)).await;
        app.convert(&app.ana, &made).await;
        let document =
            "mutation ($id: ID!, $input: ClientUpdateInput!) { clientUpdate(id: $id, input: $input) { userErrors { code message path } } }";
        app.admin
            .run(document, json!({ "id": made.client_id(), "input": secret(number) }))
            .await
            .payload("clientUpdate");
    }
}

/// Every place of a report that can name an attribute.
fn places(key: &str) -> Vec<Value> {
    let count = json!({ "measure": "COUNT" });
    let column = format!("sum_{key}");
    let test = json!({ "attributes": [{ "key": key, "number": { "gte": "0" } }] });
    let mut all = vec![
        json!({ "dimensions": [{ "attributeKey": key }], "measures": [count] }),
        json!({ "dimensions": [{ "attributeKey": key, "bands": ["1"] }], "measures": [count] }),
        json!({ "dimensions": [{ "attributeKey": key }, { "field": "KIND" }], "measures": [count], "subtotals": true }),
        json!({ "dimensions": [{ "attributeKey": key }], "measures": [count], "limit": 1, "others": true }),
        json!({ "dimensions": [{ "attributeKey": key }], "measures": [count], "orderBy": [{ "column": key, "direction": "ASC" }] }),
        json!({ "measures": [count, { "measure": "SUM", "attributeKey": key }], "having": [{ "column": column, "gte": "0" }] }),
        json!({ "measures": [count, { "measure": "SUM", "attributeKey": key }], "orderBy": [{ "column": column, "direction": "ASC" }] }),
        json!({ "measures": [count, { "measure": "SUM", "attributeKey": key }, { "measure": "RATIO", "column": column, "denominator": "count" }] }),
        json!({ "measures": [count], "having": [{ "column": column, "gte": "0" }] }),
        json!({ "measures": [count], "orderBy": [{ "column": column, "direction": "ASC" }] }),
        json!({ "measures": [count], "prospectFilter": test }),
        json!({ "measures": [count], "prospectFilter": { "or": [{ "not": test }, { "tasks": { "none": test } }] } }),
    ];
    for measure in ["DISTINCT_COUNT", "SUM", "AVERAGE", "MINIMUM", "MAXIMUM"] {
        all.push(json!({ "measures": [{ "measure": measure, "attributeKey": key }] }));
    }
    all.push(json!({ "measures": [{ "measure": "PERCENTILE", "attributeKey": key, "percentile": 0.5 }] }));
    for input in &mut all {
        input["dataset"] = json!("PROSPECTS");
    }
    for (dataset, filter) in [("TASKS", "taskFilter"), ("CLIENTS", "clientFilter")] {
        all.push(json!({ "dataset": dataset, "dimensions": [{ "attributeKey": key, "attributeOf": "OWN" }], "measures": [count] }));
        all.push(json!({ "dataset": dataset, "dimensions": [{ "attributeKey": key }], "measures": [count] }));
        all.push(json!({ "dataset": dataset, "measures": [{ "measure": "SUM", "attributeKey": key, "attributeOf": "OWN" }] }));
        all.push(json!({ "dataset": dataset, "measures": [count], filter: test }));
        all.push(json!({ "dataset": dataset, "measures": [count], filter: { "prospect": test } }));
    }
    all
}

both! {
    async fn hidden_attributes_are_answered_as_absent_ones(app: TestApp) {
        hidden_values(&app).await;
        for (hidden, absent) in places("secret").into_iter().zip(places("absent")) {
            let run = async |person: &Person, input: &Value| person.run(DOCUMENT, json!({ "input": input })).await;
            let (of_hidden, of_absent) = (run(&app.ana, &hidden).await, run(&app.ana, &absent).await);
            // Keys of columns are those that the client gave.
            let renamed = of_hidden.comparable().replace("secret", "absent");
            assert_eq!(renamed, of_absent.comparable(), "{hidden}");
            assert_eq!(of_hidden.codes(), ["BAD_USER_INPUT"], "{hidden}: {}", of_hidden.text);
            assert_eq!(of_hidden.body["data"]["report"], Value::Null);
            // As a salesperson sees it there is none either.
            let mut as_ana = hidden.clone();
            as_ana["asUser"] = json!(app.ana.id);
            let refused = run(&app.admin, &as_ana).await;
            assert!(["BAD_USER_INPUT", "FORBIDDEN"].contains(&refused.codes()[0]) && refused.body["data"]["report"].is_null(), "{hidden}");
        }
        let by_secret = report(&app.admin, places("secret")[0].clone()).await;
        assert_eq!(rows(&by_secret), [["1", "1"], ["2", "1"]]);
        let catalogue = "{ reportDatasets { name dimensions { attributeKey attributeOf } numbers { attributeKey attributeOf } } }";
        let of = async |person: &Person| person.query(catalogue, json!({})).await.to_string().matches("secret").count();
        // Dimensions of all eight datasets, and of own records in two; numbers in PROSPECTS, CLIENTS twice, and TASKS.
        assert_eq!((of(&app.ana).await, of(&app.luis).await, of(&app.admin).await), (0, 0, 8 + 2 + 4));
    }

    /// A shared report of an administrator, by itself and in a shared dashboard, runs for the administrator alone.
    async fn shared_reports_tell_nothing_of_them(app: TestApp) {
        hidden_values(&app).await;
        let document = "query ($id: ID!) { savedReport(id: $id) { name definition report { rowCount } } }";
        let mut all = Vec::new();
        for definition in [places("secret")[0].clone(), places("secret")[5].clone(), places("secret")[10].clone()] {
            all.push(app.saved_report(&app.admin, json!({ "name": "Informe", "isShared": true, "definition": definition })).await);
        }
        let open = app.saved_report(&app.admin, json!({ "isShared": true })).await;
        for made in &all {
            assert!(app.admin.query(document, json!({ "id": made.id })).await["savedReport"]["report"]["rowCount"].is_number());
            let answer = app.ana.run(document, json!({ "id": made.id })).await;
            assert_eq!(answer.body["data"]["savedReport"], json!({ "name": "Informe", "definition": null, "report": null }));
            assert_eq!(answer.errors().len(), 1, "{}", answer.text);
            assert!(!answer.text.contains("secret"), "{}", answer.text);
        }
        let made = app.dashboard(&app.admin, "Tablero", &[&all[0], &open, &all[1], &all[2]]).await;
        let share = "mutation ($id: ID!) { dashboardUpdate(id: $id, input: { isShared: true }) { userErrors { code message path } } }";
        app.admin.run(share, json!({ "id": made.id })).await.payload("dashboardUpdate");
        let document = "query ($id: ID!) { dashboard(id: $id) { tiles { savedReport { definition } report { rows { cells { number } } } } } }";
        let answer = app.ana.run(document, json!({ "id": made.id })).await;
        let tiles = &answer.body["data"]["dashboard"]["tiles"];
        assert_eq!(tiles[1]["report"]["rows"][0]["cells"][1]["number"], "2", "{}", answer.text);
        for place in [0, 2, 3] {
            assert_eq!((&tiles[place]["report"], &tiles[place]["savedReport"]["definition"]), (&Value::Null, &Value::Null), "{}", answer.text);
        }
        let mut paths: Vec<String> = answer.errors().iter().map(|error| error["path"].to_string()).collect();
        paths.sort();
        let of = |place: usize| json!(["dashboard", "tiles", place, "report"]).to_string();
        assert_eq!(paths, [of(0), of(2), of(3)]);
        assert!(!answer.text.contains("secret"), "{}", answer.text);
        assert!(app.admin.run(document, json!({ "id": made.id })).await.errors().is_empty());
    }

    /// Entries about hidden attributes are no activity for a salesperson, in rows, subtotals and the rest of the rows, nor for an administrator
    /// who asks as one; and then rows open nothing, because the list of an administrator has these entries.
    async fn entries_about_them_are_nowhere(app: TestApp) {
        hidden_values(&app).await;
        let by_kind = json!({ "dataset": "ACTIVITY", "dimensions": [{ "field": "ENTRY_KIND" }, { "field": "KIND" }], "measures": [{ "measure": "COUNT" }],
            "emptyRows": false, "subtotals": true, "totals": true, "limit": 1, "others": true });
        let document = "query ($input: ReportInput!) { report(input: $input) { totals { number } rows { cells { key number } isOthers filter }
            subtotals { cells { key number } filter } } }";
        let of = async |person: &Person, input: &Value| person.query(document, json!({ "input": input })).await["report"].clone();
        let own = of(&app.ana, &by_kind).await;
        assert!(!own.to_string().contains("FIELD_CHANGE"), "{own}");
        let all = of(&app.admin, &by_kind).await;
        assert!(all["subtotals"].to_string().contains("FIELD_CHANGE"), "{all}");
        assert_ne!(all["totals"], own["totals"]);
        let mut as_ana = by_kind.clone();
        as_ana["asUser"] = json!(app.ana.id);
        let seen = of(&app.admin, &as_ana).await;
        assert_eq!((&seen["totals"], &seen["rows"][0]["cells"], &seen["rows"][1]), (&own["totals"], &own["rows"][0]["cells"], &own["rows"][1]));
        assert!(own["rows"][0]["filter"].is_object());
        assert_eq!(seen["rows"][0]["filter"], Value::Null);
    }
}
