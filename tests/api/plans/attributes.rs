//! Query plans of orders by indexed attributes: by the index of the attribute, range by range, and never by sorting.

use std::sync::Arc;

use cartera::entities::setup::attribute_definition;
use cartera::ids::Kind;
use cartera::jobs::{self, Work};
use cartera::resolvers::search;
use cartera::rules::attributes::Definition;
use sea_orm::{ConnectionTrait, DbBackend, EntityTrait, Statement};
use serde_json::{Value, json};
use uuid::Uuid;

use super::Plans;
use crate::support::{Person, TestApp};

/// Index of the IDs of prospects in SQLite.
const PRIMARY_KEY: &str = "sqlite_autoindex_prospects_1";

/// Three lists with 5,101 rows, of which 3,000 have one of two values. SQLite would find 5,000 rows of an owner by their ids, and sort them.
async fn world(app: &TestApp) {
    let prospect = app.prospect().owner(&app.ana).create().await;
    app.convert(&app.ana, &prospect).await;
    app.task(&app.ana, &prospect, json!({})).await;
    app.copies(&prospect, 5_100).await;
    let db = app.core.db.writer();
    for text in [
        "INSERT INTO clients (id, since, version, updated_at) SELECT id, client_since, 1, updated_at FROM prospects \
         WHERE id NOT IN (SELECT id FROM clients)",
        "INSERT INTO tasks (id, prospect_id, type_id, due_at, state, returns_with_cycle, version, created_at, updated_at) \
         SELECT p.id, p.id, t.type_id, t.due_at, t.state, t.returns_with_cycle, 1, t.created_at, t.updated_at FROM prospects p CROSS JOIN tasks t \
         WHERE p.id <> t.prospect_id",
    ] {
        db.execute_unprepared(text).await.expect("rows are copied");
    }
    for (entity, table) in [("PROSPECT", "prospects"), ("CLIENT", "clients"), ("TASK", "tasks")] {
        for (value, direction) in [(0, "ASC"), (1, "DESC")] {
            let text = format!(
                "UPDATE {table} SET attributes = '{{\"hot\":{value}}}' WHERE id IN (SELECT id FROM {table} ORDER BY id {direction} LIMIT 1500)"
            );
            db.execute_unprepared(&text).await.expect("values can be set");
        }
        app.attribute(json!({ "entity": entity, "key": "hot", "type": "BOOLEAN", "isIndexed": true }))
            .await;
    }
    let work = Work {
        schedules: Vec::new(),
        ..Work::standard(2)
    };
    assert_eq!(jobs::run_due(&app.core, &work).await.expect("jobs run"), 3);
}

/// Reads a page, and answers it with the plan of its statement.
async fn page(plans: &Plans<'_>, person: &Person, list: &str, variables: Value) -> (Value, Vec<String>) {
    let kind = match list {
        "prospects" => "ProspectOrder",
        "clients" => "ClientOrder",
        _ => "TaskOrder",
    };
    let document = format!(
        "query ($orderBy: [{kind}!], $first: Int, $after: String, $last: Int, $before: String) {{
            {list}(orderBy: $orderBy, first: $first, after: $after, last: $last, before: $before) {{
                edges {{ cursor }} pageInfo {{ startCursor endCursor }} }} }}"
    );
    plans.seen.lock().expect("the lock is not poisoned").clear();
    let data = person.query(&document, variables).await;
    let statements: Vec<Statement> = plans.seen.lock().expect("the lock is not poisoned").drain(..).collect();
    let mut of_page = statements.into_iter().filter(|statement| statement.sql.contains("sorted_by_0"));
    let plan = plans.explain(of_page.next().expect("the page is read")).await;
    assert!(of_page.next().is_none(), "the page is read by one statement");
    (data[list].clone(), plan)
}

both! {
    async fn an_order_by_an_indexed_attribute_reads_its_index(app: TestApp) {
        world(&app).await;
        let (watched, seen) = app.watched().await;
        let plans = Plans { app: &watched, seen: &seen };
        for (list, person) in ["prospects", "clients", "tasks"].into_iter().flat_map(|list| [(list, &watched.admin), (list, &watched.ana)]) {
            for direction in ["ASC", "DESC"] {
                let order = json!([{ "field": "ATTRIBUTE", "attributeKey": "hot", "direction": direction }]);
                let (start, first) = page(&plans, person, list, json!({ "orderBy": order, "first": 50 })).await;
                let next = json!({ "orderBy": order, "first": 50, "after": start["pageInfo"]["endCursor"] });
                let (middle, next) = page(&plans, person, list, next).await;
                let previous = json!({ "orderBy": order, "last": 50, "before": middle["pageInfo"]["startCursor"] });
                let (same, previous) = page(&plans, person, list, previous).await;
                assert_eq!(same["edges"], start["edges"], "{list} {direction}");
                let (_, end) = page(&plans, person, list, json!({ "orderBy": order, "last": 50 })).await;
                for (name, plan, ranges) in [("first", first, 1), ("next", next, 2), ("previous", previous, 2), ("end", end, 1)] {
                    let described = format!("{list} {direction} of {}, {name} page:\n{}", person.name, plan.join("\n"));
                    let index = format!("{list}_order_hot");
                    let used = plan.iter().filter(|line| line.contains(&index)).count();
                    assert_eq!(used, ranges, "{described}");
                    // With so few rows PostgreSQL may sort those without a value.
                    if app.core.db.backend() == DbBackend::Sqlite {
                        assert!(!plan.iter().any(|line| line.contains("TEMP B-TREE")), "{described}");
                    }
                }
            }
        }
    }

    /// Of 5,000 rows or fewer those that a condition finds are sorted, and an order without an index is sorted as a whole.
    async fn other_orders_have_no_ranges(app: TestApp) {
        app.attribute(json!({ "key": "hot", "type": "BOOLEAN" })).await;
        app.prospect().owner(&app.ana).create().await;
        let (watched, seen) = app.watched().await;
        let plans = Plans { app: &watched, seen: &seen };
        let order = json!([{ "field": "ATTRIBUTE", "attributeKey": "hot", "direction": "ASC" }]);
        let (_, plan) = page(&plans, &watched.admin, "prospects", json!({ "orderBy": order })).await;
        assert!(!plan.iter().any(|line| line.contains("range_") || line.contains("Append")), "{plan:#?}");
    }

    /// The job that writes search documents goes on in an index with each slice.
    async fn a_slice_of_search_documents_begins_where_the_last_one_ended(app: TestApp) {
        let made = app.prospect().owner(&app.ana).with(json!({ "contacts": [{ "firstName": "Eva" }] })).create().await;
        app.convert(&app.ana, &made).await;
        let (watched, seen) = app.watched().await;
        let plans = Plans { app: &watched, seen: &seen };
        for (entity, table, index) in [
            ("PROSPECT", "prospects", [PRIMARY_KEY, "prospects_pkey"]),
            ("CLIENT", "clients", ["sqlite_autoindex_clients_1", "clients_pkey"]),
            ("CONTACT", "contacts", ["contacts_prospect", "contacts_prospect"]),
        ] {
            let definition = app.attribute(json!({ "entity": entity, "key": "code", "type": "TEXT", "isSearchable": true })).await;
            let id = Kind::AttributeDefinition.decode(&definition).expect("an id");
            let row = attribute_definition::Entity::find_by_id(id).one(app.core.db.reader()).await.expect("it is read").expect("a definition");
            let db = watched.core.db.writer();
            seen.lock().expect("the lock is not poisoned").clear();
            search::lock_values(db, &Definition::new(Arc::new(row)), Uuid::nil(), 500).await.expect("it is read");
            let statement = seen.lock().expect("the lock is not poisoned").drain(..).next().expect("a statement");
            let plan = plans.explain(statement).await;
            let [sqlite, postgres] = index;
            let index = if app.core.db.backend() == DbBackend::Sqlite { sqlite } else { postgres };
            assert!(plan.iter().any(|line| line.contains(index)), "{entity}: {plan:#?}");
            let is_whole = |line: &String| line.trim() == "SCAN r" || line.contains(&format!("Seq Scan on {table}"));
            assert!(!plan.iter().any(is_whole), "{entity}: {plan:#?}");
        }
    }
}
