//! Saved reports: who sees, changes and runs them, with which parameters, and what is refused.

use cartera::entities::insight::saved_report;
use cartera::ids::{self, Kind};
use sea_orm::{ActiveModelTrait, EntityTrait, IntoActiveModel};
use serde_json::{Value, json};

use crate::support::{Made, Person, TestApp, count_by_kind};

const REPORT: &str = "query ($id: ID!, $parameters: ReportParametersInput) { savedReport(id: $id) {
    id key name description definition isShared isShipped author { id } version
    report(parameters: $parameters) { rows { cells { key number } filter } } } }";
const LIST: &str = "query ($filter: SavedReportFilter) { savedReports(filter: $filter) { totalCount nodes { name } } }";
const CREATE: &str = "mutation ($input: SavedReportCreateInput!) {
    savedReportCreate(input: $input) { savedReport { id } userErrors { code message path } } }";
const UPDATE: &str = "mutation ($id: ID!, $input: SavedReportUpdateInput!, $version: Int) {
    savedReportUpdate(id: $id, input: $input, expectedVersion: $version) {
        savedReport { id name description isShared version } userErrors { code message path } } }";
const DELETE: &str = "mutation ($id: ID!, $version: Int) {
    savedReportDelete(id: $id, expectedVersion: $version) { deletedId savedReport { version } userErrors { code message path } } }";

/// The report as the person sees it; null where they do not.
async fn seen(person: &Person, made: &Made) -> Value {
    person.query(REPORT, json!({ "id": made.id })).await["savedReport"].clone()
}

/// The keys and numbers of its rows, with these parameters.
async fn rows(person: &Person, made: &Made, parameters: Value) -> Vec<[String; 2]> {
    let data = person.query(REPORT, json!({ "id": made.id, "parameters": parameters })).await;
    let rows = data["savedReport"]["report"]["rows"].as_array().expect("rows").clone();
    let text = |value: &Value| value.as_str().unwrap_or("-").to_owned();
    rows.iter()
        .map(|row| [text(&row["cells"][0]["key"]), text(&row["cells"][1]["number"])])
        .collect()
}

fn row(key: &str, number: &str) -> [String; 2] {
    [key.to_owned(), number.to_owned()]
}

/// The problems of a definition that is to be saved.
async fn problems(person: &Person, definition: Value) -> Vec<String> {
    let input = json!({ "name": "X", "definition": definition });
    person.run(CREATE, json!({ "input": input })).await.user_errors("savedReportCreate")
}

both! {
    async fn reports_are_saved_changed_and_deleted(app: TestApp) {
        let made = app.saved_report(&app.ana, json!({ "name": " Por tipo ", "description": "De todos" })).await;
        let report = seen(&app.ana, &made).await;
        assert_eq!([&report["name"], &report["description"], &report["version"], &report["key"]], [&json!("Por tipo"), &json!("De todos"), &json!(1), &Value::Null]);
        assert_eq!([&report["isShared"], &report["isShipped"], &report["author"]["id"]], [&json!(false), &json!(false), &json!(app.ana.id)]);
        assert_eq!(report["definition"], count_by_kind());
        let update = async |input: Value, version: i32| app.ana.run(UPDATE, json!({ "id": made.id, "input": input, "version": version })).await;
        let answer = update(json!({ "name": "Otro", "description": null, "isShared": true }), 1).await;
        assert_eq!(answer.payload("savedReportUpdate")["savedReport"], json!({ "id": made.id, "name": "Otro", "description": null, "isShared": true, "version": 2 }));
        // The same once more changes nothing.
        assert_eq!(update(json!({ "name": "Otro" }), 2).await.payload("savedReportUpdate")["savedReport"]["version"], 2);
        let outdated = update(json!({ "name": "Tarde" }), 1).await;
        assert_eq!(outdated.user_errors("savedReportUpdate"), ["CONFLICT expectedVersion"]);
        assert_eq!(outdated.data()["savedReportUpdate"]["savedReport"]["name"], "Otro");
        for (input, expected) in [
            (json!({ "name": null, "definition": null, "isShared": null }), vec!["REQUIRED input.name", "REQUIRED input.definition", "REQUIRED input.isShared"]),
            (json!({ "name": "\u{200b}", "description": "x".repeat(1_001), "definition": [] }), vec!["REQUIRED input.name", "TOO_LONG input.description", "INVALID input.definition"]),
        ] {
            assert_eq!(update(input, 2).await.user_errors("savedReportUpdate"), expected);
        }
        let outdated = app.ana.run(DELETE, json!({ "id": made.id, "version": 1 })).await;
        assert_eq!(outdated.user_errors("savedReportDelete"), ["CONFLICT expectedVersion"]);
        assert_eq!(outdated.data()["savedReportDelete"]["savedReport"]["version"], 2);
        let deleted = app.ana.run(DELETE, json!({ "id": made.id, "version": 2 })).await;
        assert_eq!(deleted.payload("savedReportDelete")["deletedId"], json!(made.id));
        assert_eq!(seen(&app.ana, &made).await, Value::Null);
        assert_eq!(app.ana.run(DELETE, json!({ "id": made.id })).await.user_errors("savedReportDelete"), ["NOT_FOUND id"]);
    }

    /// A private report is seen by its author and administrators, a shared one by all, and changed by the former alone.
    async fn sharing_shows_and_does_not_hand_over(app: TestApp) {
        let private = app.saved_report(&app.ana, json!({ "name": "Privado" })).await;
        let shared = app.saved_report(&app.ana, json!({ "name": "Compartido", "isShared": true })).await;
        let names = async |person: &Person, filter: Value| {
            let list = person.query(LIST, json!({ "filter": filter })).await["savedReports"].clone();
            let names: Vec<String> = list["nodes"].as_array().expect("a list").iter().map(|node| node["name"].as_str().expect("a name").to_owned()).collect();
            assert_eq!(list["totalCount"], json!(names.len()));
            names
        };
        let all = ["Compartido", "Privado"];
        assert_eq!(names(&app.ana, json!({})).await, all);
        assert_eq!(names(&app.admin, json!({})).await, all);
        assert_eq!(names(&app.admin, json!({ "author": { "eq": app.luis.id } })).await, [""; 0]);
        assert_eq!(names(&app.admin, json!({ "author": { "eq": app.ana.id }, "isShared": false })).await, all[1..]);
        assert_eq!(names(&app.luis, json!({})).await, all[..1]);
        assert_eq!(names(&app.luis, json!({ "not": { "isShared": true } })).await, [""; 0]);
        assert_eq!(seen(&app.luis, &shared).await["author"]["id"], json!(app.ana.id));
        assert_eq!(seen(&app.luis, &private).await, Value::Null);
        assert_eq!(seen(&app.admin, &private).await["name"], "Privado");
        let before = app.snapshot().await;
        let absent = Kind::SavedReport.encode(ids::new());
        let input = json!({ "name": "Mío" });
        for (id, expected) in [(&private.id, "NOT_FOUND id"), (&absent, "NOT_FOUND id"), (&shared.id, "FORBIDDEN id")] {
            let answer = app.luis.run(UPDATE, json!({ "id": id, "input": input })).await;
            assert_eq!(answer.user_errors("savedReportUpdate"), [expected]);
            assert_eq!(app.luis.run(DELETE, json!({ "id": id })).await.user_errors("savedReportDelete"), [expected]);
        }
        before.assert_equal(&app.snapshot().await, "changes of reports of others");
        app.admin.run(UPDATE, json!({ "id": private.id, "input": input })).await.payload("savedReportUpdate");
        app.admin.run(DELETE, json!({ "id": shared.id })).await.payload("savedReportDelete");
        assert_eq!(seen(&app.ana, &private).await["name"], "Mío");
    }

    /// The rights of the caller decide what is counted, not those of the author.
    async fn each_caller_counts_their_own_records(app: TestApp) {
        app.prospect().owner(&app.ana).create().await;
        app.prospect().owner(&app.ana).with(json!({ "kind": "COMPANY" })).create().await;
        app.prospect().owner(&app.luis).create().await;
        app.prospect().unowned().create().await;
        for author in [&app.admin, &app.luis] {
            let shared = app.saved_report(author, json!({ "isShared": true })).await;
            assert_eq!(rows(&app.admin, &shared, json!({})).await, [row("PERSON", "3"), row("COMPANY", "1")]);
            assert_eq!(rows(&app.ana, &shared, json!({})).await, [row("PERSON", "1"), row("COMPANY", "1")]);
            assert_eq!(rows(&app.luis, &shared, json!({})).await, [row("PERSON", "1"), row("COMPANY", "0")]);
            assert_eq!(rows(&app.stranger, &shared, json!({})).await, [row("PERSON", "0"), row("COMPANY", "0")]);
            // Nothing is gained by naming a colleague.
            assert_eq!(rows(&app.ana, &shared, json!({ "owner": app.luis.id })).await, [row("PERSON", "0"), row("COMPANY", "0")]);
        }
    }

    async fn parameters_narrow_a_report(app: TestApp) {
        let (shop, other) = (app.channel("Shop"), app.channel("Not yet evaluated"));
        for (owner, channel) in [(&app.ana, &shop), (&app.ana, &other), (&app.luis, &shop)] {
            app.prospect().owner(owner).with(json!({ "channelId": channel })).create().await;
        }
        let definition = json!({ "dataset": "PROSPECTS", "dimensions": [{ "field": "CREATED_AT", "grain": "DAY" }], "measures": [{ "measure": "COUNT" }],
            "prospectFilter": { "createdAt": { "gte": "2026-03-10T00:00:00Z", "lt": "2026-03-11T00:00:00Z" }, "or": [{ "kind": { "eq": "PERSON" } }] }, "timeZone": "UTC" });
        let made = app.saved_report(&app.admin, json!({ "definition": definition })).await;
        let of = async |parameters: Value| rows(&app.admin, &made, parameters).await;
        assert_eq!(of(json!({})).await, [row("2026-03-10", "3")]);
        assert_eq!(of(json!({ "owner": app.ana.id })).await, [row("2026-03-10", "2")]);
        assert_eq!(of(json!({ "channel": shop })).await, [row("2026-03-10", "2")]);
        assert_eq!(of(json!({ "owner": app.ana.id, "channel": shop })).await, [row("2026-03-10", "1")]);
        assert_eq!(of(json!({ "owner": Kind::User.encode(ids::new()) })).await, [row("2026-03-10", "0")]);
        let period = json!({ "gte": "2026-03-08T00:00:00Z", "lt": "2026-03-10T00:00:00Z" });
        assert_eq!(of(json!({ "period": period })).await, [row("2026-03-08", "0"), row("2026-03-09", "0")]);
        assert_eq!(of(json!({ "period": {} })).await, [row("2026-03-10", "3")]);
        assert_eq!(of(json!({ "timeZone": "Pacific/Kiritimati" })).await.last(), Some(&row("2026-03-11", "3")));
        // The rows open with the parameters in their filter.
        let data = app.admin.query(REPORT, json!({ "id": made.id, "parameters": { "owner": app.ana.id } })).await;
        let filter = &data["savedReport"]["report"]["rows"][0]["filter"];
        let listed = app.admin.query("query ($filter: ProspectFilter) { prospects(filter: $filter) { totalCount } }", json!({ "filter": filter })).await;
        assert_eq!(listed["prospects"]["totalCount"], 2);
    }

    /// Where a run fails, the report alone is null.
    async fn a_failing_run_leaves_the_rest(app: TestApp) {
        let made = app.saved_report(&app.ana, json!({})).await;
        let answer = app.ana.run(REPORT, json!({ "id": made.id, "parameters": { "timeZone": "America/Nowhere" } })).await;
        let report = &answer.body["data"]["savedReport"];
        assert_eq!((&report["name"], &report["report"]), (&json!("Prospects by kind"), &Value::Null));
        assert_eq!(answer.codes(), ["BAD_USER_INPUT"]);
        assert_eq!(answer.errors()[0]["path"], json!(["savedReport", "report"]));
        assert_eq!(answer.errors()[0]["extensions"]["problems"][0]["path"], json!(["parameters", "timeZone"]));
    }

    /// Everything that is wrong with a definition, as `report` would say.
    async fn hostile_definitions_are_refused(app: TestApp) {
        let before = app.snapshot().await;
        let count = json!({ "measure": "COUNT" });
        let mut deep = json!({ "kind": { "eq": "PERSON" } });
        for _ in 0..20 {
            deep = json!({ "not": deep });
        }
        for (definition, expected) in [
            (json!([]), vec!["INVALID input.definition"]),
            (json!("dataset"), vec!["INVALID input.definition"]),
            (json!(7), vec!["INVALID input.definition"]),
            (json!({}), vec!["REQUIRED input.definition.dataset", "REQUIRED input.definition.measures"]),
            (json!({ "dataset": "USERS", "measures": [count] }), vec!["INVALID input.definition.dataset"]),
            (json!({ "dataset": "PROSPECTS", "measures": [count], "sql": "1", "limit": "x" }), vec!["INVALID input.definition.limit", "INVALID input.definition.sql"]),
            (json!({ "dataset": "PROSPECTS", "measures": [null] }), vec!["REQUIRED input.definition.measures.0"]),
            (json!({ "dataset": "PROSPECTS", "measures": [{ "measure": "COUNT", "of": 1 }] }), vec!["INVALID input.definition.measures.0.of"]),
            (json!({ "dataset": "PROSPECTS", "measures": [count], "prospectFilter": { "passwordHash": {} } }), vec!["INVALID input.definition.prospectFilter.passwordHash"]),
            (json!({ "dataset": "PROSPECTS", "measures": [count], "dimensions": vec![json!({ "field": "KIND" }); 7] }), vec!["TOO_LONG input.definition.dimensions"]),
            (json!({ "dataset": "PROSPECTS", "measures": [count], "limit": 0, "timeZone": "X/Y" }), vec!["INVALID input.definition.timeZone", "INVALID input.definition.limit"]),
            (json!({ "dataset": "PROSPECTS", "measures": [count], "dimensions": [{ "field": "RATING", "bands": [0.1] }] }), vec!["INVALID input.definition"]),
            (json!({ "dataset": "PROSPECTS", "measures": [count], "prospectFilter": deep }), vec!["INVALID input.definition"]),
            (json!({ "dataset": "PROSPECTS", "measures": [count], "timeZone": "x".repeat(40_000) }), vec!["TOO_LONG input.definition"]),
        ] {
            assert_eq!(problems(&app.ana, definition.clone()).await, expected, "{definition}");
        }
        // A body of a megabyte, and one nested deeper than any JSON may be, do not come so far.
        for definition in [json!("x".repeat(1 << 20)), (0..70).fold(json!({}), |inner, _| json!([inner]))] {
            let answer = app.ana.run(CREATE, json!({ "input": { "name": "X", "definition": definition } })).await;
            assert!(answer.status >= 400 && answer.body["data"].is_null(), "{}", answer.status);
        }
        before.assert_equal(&app.snapshot().await, "refused definitions");
    }

    /// An attribute that is hidden from the reader is told by nothing: neither by the definition nor by the error of a run.
    async fn hidden_attributes_are_not_told(app: TestApp) {
        app.attribute(json!({ "key": "secret_sum", "type": "INTEGER", "visibility": "ADMIN" })).await;
        let count = json!({ "measure": "COUNT" });
        for definition in [
            json!({ "dataset": "PROSPECTS", "measures": [count, { "measure": "SUM", "attributeKey": "secret_sum" }], "orderBy": [{ "column": "sum_secret_sum", "direction": "ASC" }] }),
            json!({ "dataset": "PROSPECTS", "measures": [count], "prospectFilter": { "not": { "attributes": [{ "key": "secret_sum", "number": { "gte": "5" } }] } } }),
            json!({ "dataset": "PROSPECTS", "measures": [count], "prospectFilter": { "custom": { "secretSum": { "gte": 5 } } } }),
        ] {
            let shared = app.saved_report(&app.admin, json!({ "isShared": true, "definition": definition })).await;
            assert_eq!(seen(&app.admin, &shared).await["definition"], definition);
            let answer = app.ana.run(REPORT, json!({ "id": shared.id })).await;
            assert!(!answer.text.contains("secret"), "{}", answer.text);
            let report = &answer.body["data"]["savedReport"];
            assert_eq!((&report["definition"], &report["report"], &report["isShared"]), (&Value::Null, &Value::Null, &json!(true)));
            assert_eq!(answer.codes(), ["BAD_USER_INPUT"]);
            assert_eq!(answer.errors()[0]["extensions"]["problems"][0]["code"], "NOT_FOUND");
            // One who may not know of it cannot save it either, and learns nothing by trying.
            let told = problems(&app.ana, definition.clone()).await;
            let absent: Value = serde_json::from_str(&definition.to_string().replace("secret", "absent")).expect("JSON");
            let absent: Vec<String> = problems(&app.ana, absent).await;
            assert_eq!(told, absent.into_iter().map(|problem| problem.replace("absent", "secret")).collect::<Vec<_>>());
            assert!(!told.is_empty());
        }
        // A text that equals the key by chance hides nothing.
        let definition = json!({ "dataset": "PROSPECTS", "measures": [count], "prospectFilter": { "name": { "eq": "secret_sum" } } });
        let shared = app.saved_report(&app.admin, json!({ "isShared": true, "definition": definition })).await;
        assert_eq!(seen(&app.ana, &shared).await["definition"], definition);
    }

    /// Each that comes with the program runs for all, in both languages, and can be copied but not changed.
    async fn shipped_reports_run_and_are_copied(app: TestApp) {
        app.prospect().owner(&app.ana).complete("zafiro").create().await;
        let document = "{ shippedReports { id key name description definition isShared isShipped author { id } createdAt report { rowCount } } }";
        let spanish = app.ana.query(document, json!({})).await["shippedReports"].clone();
        let english = "mutation { userProfileUpdate(input: { locale: \"en\" }) { userErrors { code message path } } }";
        app.ana.run(english, json!({})).await.payload("userProfileUpdate");
        let english = app.ana.query(document, json!({})).await["shippedReports"].clone();
        let (spanish, english) = (spanish.as_array().expect("a list"), english.as_array().expect("a list"));
        assert_eq!(english.len(), 12);
        let before = app.snapshot().await;
        for (spanish, english) in spanish.iter().zip(english) {
            assert!(spanish["name"] != english["name"] && spanish["description"] != english["description"], "{english}");
            assert_eq!((&english["isShared"], &english["isShipped"], &english["author"]), (&json!(true), &json!(true), &Value::Null));
            assert!(english["report"]["rowCount"].is_i64(), "{english}");
            assert_eq!(app.luis.query(REPORT, json!({ "id": english["id"] })).await["savedReport"]["key"], english["key"]);
            for (document, name) in [(UPDATE, "savedReportUpdate"), (DELETE, "savedReportDelete")] {
                let variables = json!({ "id": english["id"], "input": { "name": "X" } });
                let variables = if name == "savedReportUpdate" { variables } else { json!({ "id": english["id"] }) };
                assert_eq!(app.admin.run(document, variables).await.user_errors(name), ["STATE id"]);
            }
        }
        before.assert_equal(&app.snapshot().await, "changes of shipped reports");
        for report in english {
            let copy = app.saved_report(&app.ana, json!({ "name": report["name"], "definition": report["definition"] })).await;
            assert_eq!(seen(&app.ana, &copy).await["definition"], report["definition"]);
        }
    }

    /// The pipeline of an earlier day: what was registered later is not in it.
    async fn the_pipeline_is_shown_as_of_an_instant(app: TestApp) {
        app.prospect().owner(&app.ana).with(json!({ "capturedAt": "2026-03-01T12:00:00Z" })).create().await;
        app.prospect().owner(&app.ana).with(json!({ "capturedAt": "2026-03-05T12:00:00Z" })).create().await;
        let data = app.ana.query("{ shippedReports { id key } }", json!({})).await;
        let shipped = data["shippedReports"].as_array().expect("a list").iter();
        let of = |key: &str| shipped.clone().find(|report| report["key"] == key).expect("a report")["id"].clone();
        let document = "query ($id: ID!, $parameters: ReportParametersInput) { savedReport(id: $id) { report(parameters: $parameters) { totals { number } } } }";
        for (at, count) in [(json!("2026-03-02T00:00:00Z"), "1"), (Value::Null, "2")] {
            let variables = json!({ "id": of("pipeline"), "parameters": { "asOf": at } });
            let totals = app.ana.query(document, variables).await["savedReport"]["report"]["totals"].clone();
            assert_eq!(totals, json!([{ "number": null }, { "number": null }, { "number": count }]));
        }
        let variables = json!({ "id": of("activity_by_owner"), "parameters": { "asOf": "2026-03-02T00:00:00Z" } });
        assert_eq!(app.ana.run(document, variables).await.codes(), ["BAD_USER_INPUT"]);
    }

    async fn a_saved_report_has_one_price(app: TestApp) {
        let made = app.saved_report(&app.ana, json!({})).await;
        let document = "query ($id: ID!) { savedReport(id: $id) { report { rowCount } } }";
        let answer = app.ana.run(document, json!({ "id": made.id })).await;
        answer.data();
        assert_eq!(answer.body["extensions"]["cost"]["requestedQueryCost"], json!(1 + 1 + 100));
        assert_eq!(answer.body["extensions"]["cost"]["actualQueryCost"], json!(1 + 1 + 100));
        let name_only = app.ana.run("query ($id: ID!) { savedReport(id: $id) { name } }", json!({ "id": made.id })).await;
        assert_eq!(name_only.body["extensions"]["cost"]["requestedQueryCost"], json!(1));
    }

    async fn users_have_a_bounded_number(app: TestApp) {
        let made = app.saved_report(&app.ana, json!({})).await;
        let row = saved_report::Entity::find_by_id(made.uuid).one(app.core.db.reader()).await.expect("a query").expect("a row");
        let more: Vec<_> = (1..500).map(|_| saved_report::Model { id: ids::new(), ..row.clone() }.into_active_model().reset_all()).collect();
        saved_report::Entity::insert_many(more).exec_without_returning(app.core.db.writer()).await.expect("rows");
        assert_eq!(problems(&app.ana, count_by_kind()).await, ["LIMIT input"]);
        assert_eq!(problems(&app.luis, count_by_kind()).await, [""; 0]);
    }
}
