//! Query plans of filters: by an index of prospects, of their child rows, or of texts, never by full scans.
//!
//! With so few rows PostgreSQL would scan whole tables, so that is made expensive. SQLite, with its fixed statistics, plans as for a
//! million.

mod attributes;
mod reports;

use std::sync::Mutex;

use sea_orm::{ConnectionTrait, DbBackend, Statement, TransactionTrait};
use serde_json::{Value, json};

use crate::support::{Person, TestApp};

/// Tables that grow with the prospects.
const LARGE: [&str; 16] = [
    "prospects",
    "addresses",
    "clients",
    "contacts",
    "contact_points",
    "cycles",
    "documents",
    "identifiers",
    "interactions",
    "owner_intervals",
    "prospect_tags",
    "search_documents",
    "status_intervals",
    "tasks",
    "timeline_entries",
    "touches",
];

/// Every test on its own and the common pairs. Not among them is a bare `some: {}`, for which the first rows of a table will do.
fn filters(app: &TestApp) -> Vec<Value> {
    let (time, id) = (
        json!({ "gte": app.time(-86_400_000), "lt": app.time(0) }),
        json!({ "eq": app.ana.id }),
    );
    let channel = json!({ "eq": app.channel("Web site") });
    let mut all = vec![
        json!({}),
        json!({ "owner": id }),
        json!({ "owner": { "isNull": true } }),
        json!({ "owner": { "in": [app.ana.id, app.luis.id] } }),
        json!({ "or": [{ "owner": { "isNull": true } }, { "tag": id }] }),
        json!({ "or": [{ "industry": id }, { "customerType": id }] }),
        json!({ "owner": id, "status": { "eq": app.status("New") } }),
        json!({ "owner": id, "channel": channel }),
        json!({ "owner": id, "tag": id }),
        json!({ "owner": id, "rating": { "eq": 5 } }),
        json!({ "status": { "eq": app.status("New") }, "createdAt": time }),
        json!({ "zone": id, "sector": id }),
        json!({ "statusCategory": { "eq": "LOST" } }),
        json!({ "condition": { "eq": "CLIENT" } }),
        json!({ "kind": { "eq": "COMPANY" } }),
        json!({ "interest": { "in": ["LOW", "HIGH"] } }),
        json!({ "interest": { "isNull": true } }),
        json!({ "hasWebsites": true }),
        json!({ "hasWebsites": false }),
        json!({ "isNotificationEnabled": true }),
        json!({ "isNotificationEnabled": false }),
        json!({ "tags": { "none": {} } }),
        json!({ "addresses": { "some": { "country": { "eq": "VE" } } } }),
        json!({ "cycles": { "some": { "kind": { "eq": "RENEWAL" } } } }),
        json!({ "createdBy": id }),
        json!({ "currentCycle": { "reason": id } }),
        json!({ "currentCycle": { "reason": { "isNull": true } } }),
        json!({ "currentCycle": { "kind": { "eq": "RENEWAL" } } }),
        json!({ "currentCycle": { "closedAt": time } }),
        json!({ "createdAt": { "weekday": { "in": ["MONDAY"] } } }),
        json!({ "lastActivityAt": { "hourOfDay": { "in": [9, 10], "timeZone": "Europe/Madrid" }, "relative": { "unit": "MONTH" } } }),
        json!({ "statusIntervals": { "some": { "status": id, "to": { "isNull": true } } } }),
        json!({ "statusIntervals": { "none": { "from": time } } }),
        json!({ "ownerIntervals": { "some": { "owner": id, "from": time } } }),
        json!({ "firstTouch": { "medium": { "eq": "cpc" } } }),
        json!({ "timeline": { "some": { "interactionType": { "eq": "CALL" } } } }),
        json!({ "timeline": { "some": { "kind": { "eq": "INTERACTION" }, "interactionOutcome": { "isNull": true } } } }),
        json!({ "tasks": { "some": { "completedAt": time, "completedBy": id } } }),
        json!({ "emails": { "some": { "isVerified": true } } }),
        json!({ "firstTouch": { "at": time } }),
        json!({ "tasks": { "some": { "state": { "eq": "PLANNED" }, "type": id } } }),
        json!({ "tasks": { "some": { "dueAt": time } } }),
        json!({ "tasks": { "some": { "isOverdue": true } } }),
        json!({ "tasks": { "some": { "state": { "eq": "SUPERSEDED" } } } }),
        json!({ "tasks": { "some": { "state": { "in": ["DONE", "CANCELLED"] } } } }),
        json!({ "email": { "isNull": true } }),
        json!({ "city": { "isNull": true } }),
        json!({ "contacts": { "some": { "phone": { "startsWith": "+5" } } } }),
        json!({ "contacts": { "some": { "email": { "isNull": true } } } }),
        json!({ "contacts": { "some": { "email": { "eq": "a@b.example" }, "phone": { "eq": "+584141234567" } } } }),
        json!({ "addresses": { "some": { "city": { "isNull": true } } } }),
        json!({ "addresses": { "some": { "parish": { "isNull": true } } } }),
        json!({ "tasks": { "none": { "state": { "eq": "PLANNED" } } } }),
        json!({ "nextTask": { "isNull": true } }),
        json!({ "nextTask": { "isNull": false } }),
        json!({ "nextTask": { "dueAt": time } }),
        json!({ "nextTask": { "isOverdue": true, "type": id } }),
        json!({ "timeline": { "some": { "kind": { "eq": "NOTE" } } } }),
    ];
    for field in [
        "id",
        "status",
        "channel",
        "segment",
        "potentialLevel",
        "source",
        "industry",
        "customerType",
        "tag",
        "addressType",
        "region",
        "zone",
        "sector",
    ] {
        all.extend([json!({ field: id }), json!({ field: { "in": [app.ana.id, app.luis.id] } })]);
        // What is never null is not looked for.
        if !["id", "status", "channel", "source"].contains(&field) {
            all.push(json!({ field: { "isNull": true } }));
        }
    }
    for field in ["rating", "validityDays"] {
        all.extend([
            json!({ field: { "eq": 5 } }),
            json!({ field: { "in": [1, 2] } }),
            json!({ field: { "gte": 4 } }),
            json!({ field: { "isNull": true } }),
            json!({ field: { "isNull": false } }),
        ]);
    }
    for field in ["createdAt", "firstContactAt", "lastActivityAt", "clientSince", "validUntil"] {
        all.extend([json!({ field: time }), json!({ field: { "isNull": false } })]);
        if !["createdAt", "lastActivityAt"].contains(&field) {
            all.push(json!({ field: { "isNull": true } }));
        }
    }
    for field in [
        "name",
        "legalName",
        "email",
        "phone",
        "identifier",
        "contactName",
        "country",
        "city",
    ] {
        all.extend([
            json!({ field: { "eq": "12345" } }),
            json!({ field: { "startsWith": "12345" } }),
            json!({ field: { "contains": "12345" } }),
        ]);
    }
    for (relation, field) in [
        ("tags", "id"),
        ("addresses", "type"),
        ("addresses", "region"),
        ("addresses", "zone"),
        ("addresses", "sector"),
        ("cycles", "status"),
        ("cycles", "reason"),
        ("identifiers", "type"),
        ("tasks", "type"),
        ("tasks", "assignee"),
        ("timeline", "actor"),
    ] {
        all.push(json!({ relation: { "some": { field: id } } }));
        all.push(json!({ relation: { "none": { field: id } } }));
    }
    for field in ["type", "assignee"] {
        all.push(json!({ "nextTask": { field: id } }));
    }
    for field in ["municipality", "parish"] {
        all.push(json!({ "addresses": { "some": { field: { "eq": "12345" } } } }));
    }
    all
}

/// The plans of what the lists are read by.
struct Plans<'a> {
    app: &'a TestApp,
    seen: &'a Mutex<Vec<Statement>>,
}

impl Plans<'_> {
    async fn of(&self, person: &Person, document: &str, filter: &Value) -> Vec<(String, Vec<String>)> {
        self.seen.lock().expect("the lock is not poisoned").clear();
        person.query(document, json!({ "filter": filter })).await;
        let statements: Vec<Statement> = self.seen.lock().expect("the lock is not poisoned").drain(..).collect();
        let of_lists = |statement: &Statement| LARGE.iter().any(|table| statement.sql.contains(table));
        let mut plans = Vec::new();
        for statement in statements.into_iter().filter(of_lists) {
            plans.push((statement.sql.clone(), self.explain(statement).await));
        }
        assert!(!plans.is_empty(), "{filter} sends nothing");
        plans
    }

    async fn explain(&self, statement: Statement) -> Vec<String> {
        let db = &self.app.core.db;
        let tx = db.reader().unlimited().begin().await.expect("a transaction begins");
        let (words, column) = if db.backend() == DbBackend::Postgres {
            tx.execute_unprepared("SET LOCAL enable_seqscan = off")
                .await
                .expect("whole tables become dear");
            ("EXPLAIN", 0)
        } else {
            ("EXPLAIN QUERY PLAN", 3)
        };
        let sql = format!("{words} {}", statement.sql);
        let lines = tx
            .query_all_raw(Statement { sql, ..statement })
            .await
            .expect("the statement is explained");
        tx.rollback().await.expect("the transaction ends");
        lines
            .iter()
            .map(|line| line.try_get_by_index(column).expect("a line of text"))
            .collect()
    }
}

/// Whether the line of a plan says that a large table is read whole.
fn is_scan(line: &str) -> bool {
    LARGE.iter().any(|table| {
        let sqlite = line.trim() == format!("SCAN {table}") || line.trim() == format!("SCAN TABLE {table}");
        let words: Vec<&str> = line.split_whitespace().collect();
        sqlite
            || words
                .windows(4)
                .any(|words| words[..3] == ["Seq", "Scan", "on"] && words[3] == *table)
    })
}

/// Whether the statement counts up to a number of rows. If most rows match, a scan of the table is cheapest, and SQLite does that; if few
/// do, these are the indexes that were counted before.
fn is_count(sql: &str) -> bool {
    sql.starts_with("SELECT COUNT(*)") && sql.contains("LIMIT")
}

/// Whether child rows are found by anything but the current prospect of the list.
fn uses_other_index(line: &str) -> bool {
    let Some((_, found)) = line.split_once("SEARCH ") else {
        return false;
    };
    let is_beside = LARGE
        .iter()
        .any(|table| *table != "prospects" && found.starts_with(&format!("{table} ")));
    is_beside && !["prospect_id=?", "(id=?", "(rowid=?"].iter().any(|way| found.contains(way))
}

both! {
    async fn no_filter_reads_a_whole_table(app: TestApp) {
        let prospect = app.prospect().complete("zafiro").owner(&app.ana).create().await;
        app.task(&app.ana, &prospect, json!({})).await;
        let (watched, seen) = app.watched().await;
        let plans = Plans { app: &watched, seen: &seen };
        let mut faults: Vec<String> = Vec::new();
        for (kind, list, inside) in [
            ("ProspectFilter", "prospects", "$filter"),
            ("ProspectFilter", "clients", "{ prospect: $filter }"),
            ("ProspectFilter", "tasks", "{ prospect: $filter }"),
        ] {
            let document = format!("query ($filter: {kind}) {{ {list}(filter: {inside}) {{ totalCount nodes {{ id }} }} }}");
            for filter in filters(&app) {
                // Whose list it is matters to what is read of the prospects themselves.
                let people: &[&Person] = if list == "prospects" { &[&watched.admin, &watched.ana] } else { &[&watched.ana] };
                for person in people {
                    for (sql, plan) in plans.of(person, &document, &filter).await {
                        let may_scan = is_count(&sql) && app.core.db.backend() == DbBackend::Sqlite;
                        if !may_scan && plan.iter().any(|line| is_scan(line)) {
                            faults.push(format!("{list} of {} with {filter}: {sql}\n    {}", person.name, plan.join("\n    ")));
                        }
                    }
                }
            }
        }
        assert!(faults.is_empty(), "{} plans read whole tables:\n{}", faults.len(), faults.join("\n"));
    }

    /// Each phone is looked for with any extension behind it, so a list of phones is as many ranges of the index.
    async fn many_phones_are_found_by_their_index(app: TestApp) {
        let (watched, seen) = app.watched().await;
        let plans = Plans { app: &watched, seen: &seen };
        let document = "query ($filter: ProspectFilter) { prospects(filter: $filter) { nodes { id } } }";
        for count in [1, 60, 200] {
            let phones: Vec<String> = (0..count).map(|number| format!("+58 414 555 {number:04}")).collect();
            for filter in [json!({ "phone": { "in": phones } }), json!({ "contacts": { "some": { "phone": { "in": phones } } } })] {
                let mut ranges = 0;
                for (sql, plan) in plans.of(&watched.admin, document, &filter).await {
                    assert!(!plan.iter().any(|line| is_scan(line)), "{count}: {sql}\n{}", plan.join("\n"));
                    // By its kind alone the index gives all phones that there are.
                    let of_index = plan.iter().filter(|line| line.contains("contact_points_value"));
                    for line in of_index.filter(|line| line.contains("SEARCH")) {
                        assert!(line.contains("value_norm"), "{count}: {line}\n{sql}");
                        ranges += 1;
                    }
                }
                if app.core.db.backend() == DbBackend::Sqlite && filter["phone"].is_object() {
                    assert!(ranges > count, "{count}: the index is asked for {ranges} ranges");
                }
            }
        }
    }

    /// A condition that is only a check is evaluated from the current prospect, and not by another index.
    async fn checks_use_no_other_index(app: TestApp) {
        if app.core.db.backend() == DbBackend::Postgres {
            // It has statistics.
            return;
        }
        let (watched, seen) = app.watched().await;
        let plans = Plans { app: &watched, seen: &seen };
        let document = "query ($filter: ProspectFilter) { prospects(filter: $filter) { totalCount nodes { id } } }";
        let mut faults: Vec<String> = Vec::new();
        for filter in filters(&app) {
            let filter = json!({ "not": { "not": filter } });
            for person in [&watched.admin, &watched.ana] {
                for (sql, plan) in plans.of(person, document, &filter).await {
                    if plan.iter().any(|line| uses_other_index(line) || (is_scan(line) && !is_count(&sql))) {
                        faults.push(format!("{filter} for {}: {sql}\n    {}", person.name, plan.join("\n    ")));
                    }
                }
            }
        }
        assert!(faults.is_empty(), "{} checks use another index:\n{}", faults.len(), faults.join("\n"));
    }

    /// But for what has no index: whether they are not overdue.
    async fn tasks_are_found_by_their_own_indexes(app: TestApp) {
        let (watched, seen) = app.watched().await;
        let plans = Plans { app: &watched, seen: &seen };
        let document = "query ($filter: TaskFilter) { tasks(filter: $filter) { totalCount nodes { id } } }";
        let id = json!({ "eq": app.ana.id });
        for filter in [
            json!({}),
            json!({ "state": { "eq": "PLANNED" } }),
            json!({ "type": id }),
            json!({ "assignee": id }),
            json!({ "assignee": id, "state": { "eq": "PLANNED" } }),
            json!({ "type": id, "state": { "eq": "PLANNED" } }),
            json!({ "dueAt": { "lt": app.time(0) } }),
            json!({ "isOverdue": true }),
            json!({ "state": { "eq": "SUPERSEDED" } }),
            json!({ "state": { "in": ["DONE", "CANCELLED"] } }),
            json!({ "state": { "eq": "DONE" }, "completedBy": id }),
            json!({ "createdBy": id, "dueAt": { "lt": app.time(0) } }),
        ] {
            for person in [&watched.admin, &watched.ana] {
                for (sql, plan) in plans.of(person, document, &filter).await {
                    assert!(!plan.iter().any(|line| is_scan(line)), "{filter}: {sql}\n{}", plan.join("\n"));
                }
            }
        }
    }

    /// For owners of few prospects the timelines of these are read, not those of all by the filter.
    async fn a_history_is_read_by_prospect(app: TestApp) {
        let prospect = app.prospect().owner(&app.ana).create().await;
        app.note(&app.ana, &prospect, "hola").await;
        let (watched, seen) = app.watched().await;
        let plans = Plans { app: &watched, seen: &seen };
        let document = "query ($filter: TimelineFilter) { timeline(filter: $filter) { nodes { id } } }";
        let recent = json!({ "gte": app.time(-1000) });
        for filter in [
            json!({ "kind": { "eq": "NOTE" }, "occurredAt": recent }),
            json!({ "actor": { "eq": app.ana.id }, "occurredAt": recent }),
            json!({ "kind": { "in": ["NOTE", "CREATED"] } }),
            json!({ "prospect": { "status": { "eq": app.status("New") } }, "occurredAt": recent }),
        ] {
            for (sql, plan) in plans.of(&watched.ana, document, &filter).await {
                let uses_kind_or_actor = |line: &String| line.contains("timeline_entries_actor") || line.contains("timeline_entries_kind");
                assert!(!plan.iter().any(|line| is_scan(line) || uses_kind_or_actor(line)), "{filter}: {sql}\n{}", plan.join("\n"));
            }
        }
        // Nor are all notes there are read for those of one prospect. Of so few rows PostgreSQL thinks otherwise.
        if app.core.db.backend() == DbBackend::Postgres {
            return;
        }
        let own = format!("query ($filter: TimelineFilter) {{ prospect(id: \"{}\") {{ timeline(filter: $filter) {{ totalCount nodes {{ id }} }} }} }}", prospect.id);
        for (sql, plan) in plans.of(&watched.ana, &own, &json!({ "kind": { "eq": "NOTE" } })).await {
            assert!(!plan.iter().any(|line| is_scan(line) || line.contains("timeline_entries_kind")), "{sql}\n{}", plan.join("\n"));
        }
    }

    async fn an_order_by_two_fields_begins_at_the_index_of_the_first(app: TestApp) {
        if app.core.db.backend() == DbBackend::Postgres {
            // It has statistics.
            return;
        }
        let (watched, seen) = app.watched().await;
        let plans = Plans { app: &watched, seen: &seen };
        for first in ["LAST_ACTIVITY_AT", "NAME"] {
            let document = format!("query ($filter: ProspectFilter) {{ prospects(filter: $filter, orderBy: [{{ field: {first}, direction: DESC }},
                {{ field: CREATED_AT, direction: ASC }}]) {{ nodes {{ id }} }} }}");
            for person in [&watched.admin, &watched.ana] {
                for (sql, plan) in plans.of(person, &document, &json!({})).await {
                    let is_whole = |line: &String| is_scan(line) || line.ends_with("FOR ORDER BY");
                    assert!(!plan.iter().any(is_whole), "{sql}\n{}", plan.join("\n"));
                }
            }
        }
    }

    /// Many clients are not all sorted where the list goes in the order of an index that holds all prospects.
    async fn clients_in_another_order_are_found_on_the_way(app: TestApp) {
        if app.core.db.backend() == DbBackend::Postgres {
            // It has statistics.
            return;
        }
        let client = app.prospect().owner(&app.ana).create().await;
        app.convert(&app.ana, &client).await;
        app.copies(&client, 5_100).await;
        let (watched, seen) = app.watched().await;
        let plans = Plans { app: &watched, seen: &seen };
        for first in ["CREATED_AT", "LAST_ACTIVITY_AT", "NAME"] {
            for then in ["", ", { field: SINCE, direction: ASC }"] {
                let document = format!("query ($filter: ClientFilter) {{
                    clients(filter: $filter, orderBy: [{{ field: {first}, direction: DESC }}{then}]) {{ edges {{ cursor }} }} }}");
                for person in [&watched.admin, &watched.ana] {
                    for (sql, plan) in plans.of(person, &document, &json!({})).await {
                        let is_whole = |line: &String| is_scan(line) || line.ends_with("FOR ORDER BY");
                        assert!(!plan.iter().any(is_whole), "{sql}\n{}", plan.join("\n"));
                    }
                }
            }
        }
    }

    /// SQLite's fixed statistics are of existing indexes, and of all of them on growing tables.
    async fn sqlite_knows_what_to_expect_of_each_index(app: TestApp) {
        if app.core.db.backend() == DbBackend::Postgres {
            return;
        }
        let names = async |text: &str| -> Vec<String> {
            let rows = app.core.db.reader().query_all_raw(Statement::from_string(DbBackend::Sqlite, text)).await.expect("a query");
            rows.iter().map(|row| row.try_get_by_index(0).expect("a name")).collect()
        };
        let stored = names("SELECT idx FROM sqlite_stat1 ORDER BY 1").await;
        let more = [
            "attribute_definitions", "attribute_values", "dashboards", "document_types", "documents", "entry_changes", "job_row_errors", "jobs",
            "note_versions", "notes", "operations", "saved_reports", "signing_keys", "upload_parts", "uploads",
        ];
        let tables: Vec<String> = LARGE.iter().chain(&more).map(|table| format!("'{table}'")).collect();
        let there = names(&format!("SELECT name FROM sqlite_schema WHERE type = 'index' AND tbl_name IN ({}) ORDER BY 1", tables.join(", "))).await;
        assert_eq!(stored, there);
    }
}
