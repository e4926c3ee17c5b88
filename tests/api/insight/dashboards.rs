//! Dashboards: their tiles, who sees and changes them, and tiles that fail alone.

use std::time::Duration;

use cartera::ids::{self, Kind};
use serde_json::{Value, json};

use crate::support::{Made, Person, TestApp, tile};

const DASHBOARD: &str = "query ($id: ID!, $parameters: ReportParametersInput) { dashboard(id: $id) {
    id key name isShared isShipped author { id } version
    tiles { title column row width height savedReport { id name } report(parameters: $parameters) { rows { cells { text number } } } } } }";
const CREATE: &str = "mutation ($input: DashboardCreateInput!) {
    dashboardCreate(input: $input) { dashboard { id tiles { title savedReport { id } } } userErrors { code message path } } }";
const UPDATE: &str = "mutation ($id: ID!, $input: DashboardUpdateInput!, $version: Int) {
    dashboardUpdate(id: $id, input: $input, expectedVersion: $version) {
        dashboard { name isShared version tiles { row } } userErrors { code message path } } }";
const DELETE: &str = "mutation ($id: ID!, $version: Int) {
    dashboardDelete(id: $id, expectedVersion: $version) { deletedId dashboard { version } userErrors { code message path } } }";

async fn seen(person: &Person, made: &Made) -> Value {
    person.query(DASHBOARD, json!({ "id": made.id })).await["dashboard"].clone()
}

/// Changes a saved report behind the back of the checks.
async fn spoil(app: &TestApp, made: &Made, definition: &Value) {
    use cartera::entities::insight::saved_report;
    use sea_orm::sea_query::Expr;
    use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
    saved_report::Entity::update_many()
        .col_expr(saved_report::Column::Definition, Expr::value(definition.clone()))
        .filter(saved_report::Column::Id.eq(made.uuid))
        .exec(app.core.db.writer())
        .await
        .expect("a report is changed");
}

both! {
    async fn dashboards_are_saved_changed_and_deleted(app: TestApp) {
        let report = app.saved_report(&app.ana, json!({ "name": "Uno" })).await;
        let shipped = app.ana.query("{ shippedReports { id name } }", json!({})).await["shippedReports"][0].clone();
        let tiles = json!([
            { "savedReportId": report.id, "title": " Primero ", "column": 1, "row": 1, "width": 6, "height": 2 },
            { "savedReportId": shipped["id"], "column": 7, "row": 1, "width": 6, "height": 2 },
        ]);
        let answer = app.ana.run(CREATE, json!({ "input": { "name": "Mi día", "tiles": tiles } })).await;
        let made = Made::new(answer.payload("dashboardCreate")["dashboard"]["id"].as_str().expect("an id"));
        let dashboard = seen(&app.ana, &made).await;
        assert_eq!([&dashboard["name"], &dashboard["isShared"], &dashboard["isShipped"], &dashboard["key"]], [&json!("Mi día"), &json!(false), &json!(false), &Value::Null]);
        assert_eq!([&dashboard["tiles"][0]["title"], &dashboard["tiles"][0]["savedReport"]["name"]], ["Primero", "Uno"]);
        assert_eq!([&dashboard["tiles"][1]["title"], &dashboard["tiles"][1]["savedReport"]["id"], &dashboard["tiles"][1]["column"]], [&Value::Null, &shipped["id"], &json!(7)]);
        let update = async |input: Value, version: i32| app.ana.run(UPDATE, json!({ "id": made.id, "input": input, "version": version })).await;
        let answer = update(json!({ "name": "Otro", "tiles": [tile(&report.id, 3)], "isShared": true }), 1).await;
        assert_eq!(answer.payload("dashboardUpdate")["dashboard"], json!({ "name": "Otro", "isShared": true, "version": 2, "tiles": [{ "row": 3 }] }));
        assert_eq!(update(json!({ "name": "Otro" }), 2).await.payload("dashboardUpdate")["dashboard"]["version"], 2);
        assert_eq!(update(json!({ "name": "Tarde" }), 1).await.user_errors("dashboardUpdate"), ["CONFLICT expectedVersion"]);
        let cleared = json!({ "name": null, "tiles": null, "isShared": null });
        assert_eq!(update(cleared, 2).await.user_errors("dashboardUpdate"), ["REQUIRED input.name", "REQUIRED input.tiles", "REQUIRED input.isShared"]);
        assert_eq!(update(json!({ "tiles": [] }), 2).await.payload("dashboardUpdate")["dashboard"]["tiles"], json!([]));
        assert_eq!(app.ana.run(DELETE, json!({ "id": made.id, "version": 2 })).await.user_errors("dashboardDelete"), ["CONFLICT expectedVersion"]);
        let deleted = app.ana.run(DELETE, json!({ "id": made.id, "version": 3 })).await;
        assert_eq!(deleted.payload("dashboardDelete")["deletedId"], json!(made.id));
        assert_eq!(seen(&app.ana, &made).await, Value::Null);
    }

    /// All problems at once, and a report of another user is one that does not exist.
    async fn tiles_are_checked(app: TestApp) {
        let own = app.saved_report(&app.ana, json!({})).await;
        let foreign = app.saved_report(&app.luis, json!({})).await;
        let before = app.snapshot().await;
        let at = |column: i32, row: i32, width: i32, height: i32| json!({ "savedReportId": own.id, "column": column, "row": row, "width": width, "height": height });
        let many: Vec<Value> = (1..=25).map(|row| tile(&own.id, row)).collect();
        for (tiles, expected) in [
            (json!([at(0, 1, 13, 1), at(8, 1, 6, 1)]), vec!["INVALID input.tiles.0.column", "INVALID input.tiles.0.width", "INVALID input.tiles.1.width"]),
            (json!([at(1, 1, 6, 4), at(6, 4, 6, 1)]), vec!["INVALID input.tiles.1"]),
            (json!([tile(&foreign.id, 1), tile(&Kind::SavedReport.encode(ids::new()), 2), tile(&app.ana.id, 3), tile("nonsense", 4)]), vec![
                "NOT_FOUND input.tiles.0.savedReportId", "NOT_FOUND input.tiles.1.savedReportId", "NOT_FOUND input.tiles.2.savedReportId", "NOT_FOUND input.tiles.3.savedReportId",
            ]),
            (json!(many), vec!["TOO_LONG input.tiles"]),
        ] {
            let answer = app.ana.run(CREATE, json!({ "input": { "name": "X", "tiles": tiles } })).await;
            assert_eq!(answer.user_errors("dashboardCreate"), expected, "{tiles}");
        }
        before.assert_equal(&app.snapshot().await, "refused dashboards");
    }

    async fn sharing_shows_and_does_not_hand_over(app: TestApp) {
        let private = app.saved_report(&app.ana, json!({ "name": "Privado" })).await;
        let shared = app.saved_report(&app.ana, json!({ "name": "Compartido", "isShared": true })).await;
        let made = app.dashboard(&app.ana, "Tablero", &[&private, &shared]).await;
        assert_eq!(seen(&app.luis, &made).await, Value::Null);
        assert_eq!(app.luis.run(UPDATE, json!({ "id": made.id, "input": { "name": "X" } })).await.user_errors("dashboardUpdate"), ["NOT_FOUND id"]);
        app.ana.run(UPDATE, json!({ "id": made.id, "input": { "isShared": true } })).await.payload("dashboardUpdate");
        // The tile of a report that one does not see stays, and says nothing of it.
        let tiles = seen(&app.luis, &made).await["tiles"].clone();
        assert_eq!([&tiles[0]["savedReport"], &tiles[0]["report"]], [&Value::Null, &Value::Null]);
        assert_eq!([&tiles[1]["savedReport"]["name"], &tiles[1]["report"]["rows"][0]["cells"][1]["number"]], ["Compartido", "0"]);
        let list = "query ($filter: DashboardFilter) { dashboards(filter: $filter) { totalCount nodes { name } } }";
        assert_eq!(app.luis.query(list, json!({})).await["dashboards"], json!({ "totalCount": 1, "nodes": [{ "name": "Tablero" }] }));
        assert_eq!(app.luis.query(list, json!({ "filter": { "author": { "eq": app.luis.id } } })).await["dashboards"]["totalCount"], 0);
        let before = app.snapshot().await;
        assert_eq!(app.luis.run(UPDATE, json!({ "id": made.id, "input": { "name": "X" } })).await.user_errors("dashboardUpdate"), ["FORBIDDEN id"]);
        assert_eq!(app.luis.run(DELETE, json!({ "id": made.id })).await.user_errors("dashboardDelete"), ["FORBIDDEN id"]);
        before.assert_equal(&app.snapshot().await, "changes of dashboards of others");
        // The same where the report is deleted.
        let delete = "mutation ($id: ID!) { savedReportDelete(id: $id) { userErrors { code message path } } }";
        app.admin.run(delete, json!({ "id": shared.id })).await.payload("savedReportDelete");
        let tiles = seen(&app.ana, &made).await["tiles"].clone();
        assert_eq!([&tiles[0]["savedReport"]["name"], &tiles[1]["savedReport"], &tiles[1]["report"]], [&json!("Privado"), &Value::Null, &Value::Null]);
        app.admin.run(DELETE, json!({ "id": made.id })).await.payload("dashboardDelete");
    }

    /// A report that no longer runs is null with an error of its own path; its neighbours answer.
    async fn a_failing_tile_fails_alone(app: TestApp) {
        app.prospect().owner(&app.ana).create().await;
        let good = app.saved_report(&app.ana, json!({ "name": "Bueno" })).await;
        let bad = app.saved_report(&app.ana, json!({ "name": "Malo" })).await;
        let made = app.dashboard(&app.ana, "Tablero", &[&good, &bad, &good]).await;
        spoil(&app, &bad, &json!({ "dataset": "GONE", "measures": [] })).await;
        let answer = app.ana.run(DASHBOARD, json!({ "id": made.id })).await;
        let tiles = answer.body["data"]["dashboard"]["tiles"].clone();
        assert_eq!([&tiles[1]["savedReport"]["name"], &tiles[1]["report"]], [&json!("Malo"), &Value::Null]);
        for place in [0, 2] {
            assert_eq!(tiles[place]["report"]["rows"][0]["cells"][1]["number"], "1", "{tiles}");
        }
        assert_eq!(answer.codes(), ["BAD_USER_INPUT"]);
        assert_eq!(answer.errors()[0]["path"], json!(["dashboard", "tiles", 1, "report"]));
        assert_eq!(answer.errors()[0]["extensions"]["problems"][0]["path"], json!(["definition", "dataset"]));
    }

    /// With little time the reports are abandoned before the dashboard is, which still answers.
    async fn slow_tiles_time_out_and_the_dashboard_answers(app: TestApp) {
        let report = app.saved_report(&app.ana, json!({})).await;
        let made = app.dashboard(&app.ana, "Tablero", &[&report, &report]).await;
        let hurried = app.with_settings(|settings| settings.request_timeout = Duration::from_secs(2)).await;
        // The permits of all reports are taken by others.
        let mut taken = Vec::new();
        let others = || hurried.core.permits.reports_of_request();
        while let Ok(Some(permit)) = tokio::time::timeout(Duration::from_millis(50), hurried.core.permits.for_report(ids::new(), &others())).await {
            taken.push(permit);
        }
        assert!(!taken.is_empty());
        let answer = hurried.ana.run(DASHBOARD, json!({ "id": made.id })).await;
        let dashboard = &answer.body["data"]["dashboard"];
        assert_eq!((&dashboard["name"], &dashboard["tiles"][0]["report"]), (&json!("Tablero"), &Value::Null), "{}", answer.text);
        assert_eq!(answer.codes(), ["TIMEOUT", "TIMEOUT"]);
        drop(taken);
        assert!(!seen(&hurried.ana, &made).await["tiles"][1]["report"].is_null());
    }

    /// However many tiles fail, each has its reason.
    async fn each_failing_tile_has_its_error(app: TestApp) {
        let bad = app.saved_report(&app.ana, json!({ "name": "Malo" })).await;
        let tiles: Vec<&Made> = vec![&bad; 24];
        let made = app.dashboard(&app.ana, "Tablero", &tiles).await;
        spoil(&app, &bad, &json!({ "dataset": "GONE", "measures": [] })).await;
        let answer = app.ana.run(DASHBOARD, json!({ "id": made.id })).await;
        assert_eq!(answer.codes(), ["BAD_USER_INPUT"; 24], "{}", answer.text);
        let mut paths: Vec<&Value> = answer.errors().iter().map(|error| &error["path"]).collect();
        paths.sort_by_key(|path| path[2].as_u64());
        let expected: Vec<Value> = (0..24).map(|place| json!(["dashboard", "tiles", place, "report"])).collect();
        assert_eq!(paths, expected.iter().collect::<Vec<_>>());
    }

    /// All of it in one request, within its budget, for a salesperson and an administrator.
    async fn the_shipped_dashboard_answers(app: TestApp) {
        app.prospect().owner(&app.ana).complete("zafiro").create().await;
        let document = "query ($id: ID!) { dashboard(id: $id) { key isShipped tiles { title column row width height savedReport { key name }
            report { columns { key label kind type unit } rows { cells { text number color key } filter list isOthers } totals { number } isTruncated } } } }";
        for person in [&app.ana, &app.admin] {
            let data = person.query("{ shippedDashboards { id key name } }", json!({})).await;
            let dashboards = data["shippedDashboards"].as_array().expect("a list");
            assert_eq!((dashboards.len(), &dashboards[0]["key"]), (1, &json!("overview")));
            let id = &dashboards[0]["id"];
            let dashboard = person.query(document, json!({ "id": id })).await["dashboard"].clone();
            assert_eq!(dashboard["isShipped"], true);
            let tiles = dashboard["tiles"].as_array().expect("tiles");
            assert!(tiles.len() == 12 && tiles.iter().all(|tile| !tile["report"].is_null()), "{tiles:?}");
            let one = person.query(DASHBOARD, json!({ "id": id, "parameters": { "owner": app.ana.id } })).await;
            assert_eq!(one["dashboard"]["tiles"].as_array().map(Vec::len), Some(tiles.len()));
            let change = person.run(UPDATE, json!({ "id": id, "input": { "name": "X" } })).await;
            assert_eq!(change.user_errors("dashboardUpdate"), ["STATE id"]);
            assert_eq!(person.run(DELETE, json!({ "id": id })).await.user_errors("dashboardDelete"), ["STATE id"]);
        }
    }

    /// The price is that of the most tiles, and what an answer has not is given back.
    async fn a_dashboard_fits_one_request(app: TestApp) {
        let report = app.saved_report(&app.ana, json!({})).await;
        let made = app.dashboard(&app.ana, "Tablero", &[&report, &report, &report]).await;
        let document = "query ($id: ID!) { dashboard(id: $id) { tiles { report { rowCount } } } }";
        let answer = app.ana.run(document, json!({ "id": made.id })).await;
        answer.data();
        let cost = &answer.body["extensions"]["cost"];
        assert_eq!(cost["requestedQueryCost"], json!(1 + 24 * (1 + 1 + 100)));
        assert_eq!(cost["actualQueryCost"], json!(1 + 3 * (1 + 1 + 100)));
        let full: Vec<&Made> = vec![&report; 24];
        let full = app.dashboard(&app.ana, "Lleno", &full).await;
        let whole = "query ($id: ID!) { dashboard(id: $id) { name tiles { title savedReport { name } report {
            columns { key label } rows { cells { text number } comparison { number } filter } totals { number } } } } }";
        let answer = app.ana.run(whole, json!({ "id": full.id })).await;
        assert_eq!(answer.data()["dashboard"]["tiles"].as_array().map(Vec::len), Some(24));
    }
}
