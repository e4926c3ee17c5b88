//! The records of each dataset, read through the lists of the API, or row by row where there is no list.
//!
//! A record has its prospect and, under `own`, its values by the names of the fields: texts and ids, instants, numbers as texts, and amounts
//! by currency.

use cartera::ids::Kind;
use chrono::DateTime;
use rust_decimal::Decimal;
use sea_orm::DbBackend;
use serde_json::{Value, json};
use uuid::Uuid;

use super::world::{pages, time};
use crate::support::{Person, TestApp};

const CLIENTS: &str = "query ($after: String) { clients(first: 50, after: $after) { pageInfo { hasNextPage endCursor } nodes {
    since potentialLevel { id } convertedBy { id } prospect { id } budget: attribute(key: \"budget\") { text } } } }";
const TASKS: &str = "query ($after: String) { tasks(first: 50, after: $after) { pageInfo { hasNextPage endCursor } nodes {
    type { id } state isOverdue assignee { id } createdBy { id } completedBy { id } createdAt dueAt completedAt prospect { id }
    budget: attribute(key: \"budget\") { text } urgent: attribute(key: \"urgent\") { ... on BooleanAttributeValue { boolean } } } } }";
const TIMELINE: &str = "query ($after: String) { timeline(first: 50, after: $after) { pageInfo { hasNextPage endCursor } nodes {
    __typename actor { id } occurredAt prospect { id } ... on InteractionEntry { interaction { type direction outcome durationSeconds } } } } }";
const DOCUMENTS: &str = "query ($after: String) { documents(first: 50, after: $after) { pageInfo { hasNextPage endCursor } nodes {
    type { id } mediaType carrierKind createdBy { id } createdAt size prospect { id } } } }";

/// The records of a dataset that a person sees, whose prospects have been read.
pub async fn read(app: &TestApp, person: &Person, prospects: &[Value], dataset: &str) -> Vec<Value> {
    let of = |id: &Value| prospects.iter().find(|prospect| prospect["id"] == *id).cloned();
    let with = |rows: Vec<Value>, own: fn(&Value) -> Value| -> Vec<Value> {
        let records = rows.iter().map(|row| {
            let prospect = of(&row["prospect"]["id"]).expect("a visible prospect");
            json!({ "own": own(row), "prospect": prospect })
        });
        records.collect()
    };
    match dataset {
        "PROSPECTS" => prospects.to_vec(),
        "CLIENTS" => {
            let mut records = with(pages(person, CLIENTS, "clients").await, client);
            for record in &mut records {
                record["own"]["TIME_BETWEEN_WINS"] = between_wins(&record["prospect"]);
            }
            records
        }
        "TASKS" => with(pages(person, TASKS, "tasks").await, task),
        "ACTIVITY" => with(pages(person, TIMELINE, "timeline").await, entry),
        "DOCUMENTS" => with(pages(person, DOCUMENTS, "documents").await, document),
        "CYCLES" => prospects
            .iter()
            .flat_map(|prospect| {
                let cycles = prospect["cycles"]["nodes"].as_array().expect("cycles").iter();
                cycles.map(move |row| json!({ "own": cycle(row), "prospect": prospect }))
            })
            .collect(),
        "STATUS_INTERVALS" | "OWNER_INTERVALS" => {
            let rows = intervals(app, dataset).await;
            rows.into_iter()
                .filter_map(|(id, own)| Some(json!({ "own": own, "prospect": (of(&json!(id))?) })))
                .collect()
        }
        other => panic!("no dataset {other}"),
    }
}

/// Seconds from one instant to another. Null unless there are both.
fn seconds(from: &Value, to: &Value) -> Value {
    let at = |value: &Value| Some(DateTime::parse_from_rfc3339(value.as_str()?).ok()?.timestamp_millis());
    match (at(from), at(to)) {
        (Some(from), Some(to)) => json!(Decimal::new(to - from, 3).to_string()),
        _ => Value::Null,
    }
}

fn client(row: &Value) -> Value {
    json!({
        "CLIENT_SINCE": row["since"], "CLIENT_LEVEL": row["potentialLevel"]["id"], "CONVERTED_BY": row["convertedBy"]["id"],
        "budget": row["budget"]["text"],
    })
}

fn between_wins(prospect: &Value) -> Value {
    let cycles = prospect["cycles"]["nodes"].as_array().expect("cycles").iter();
    let won = cycles.filter(|cycle| cycle["status"]["category"] == "WON");
    let mut closed: Vec<i64> = won
        .map(|cycle| {
            let at = cycle["closedAt"].as_str().expect("a closed cycle");
            DateTime::parse_from_rfc3339(at).expect("an instant").timestamp_millis()
        })
        .collect();
    closed.sort_unstable();
    match closed.len() {
        0 | 1 => Value::Null,
        count => json!(Decimal::new((closed[count - 1] - closed[0]) / (count as i64 - 1), 3).to_string()),
    }
}

fn task(row: &Value) -> Value {
    json!({
        "TASK_TYPE": row["type"]["id"], "TASK_STATE": row["state"], "TASK_OVERDUE": row["isOverdue"].to_string(),
        "ASSIGNEE": row["assignee"]["id"], "TASK_CREATED_BY": row["createdBy"]["id"], "COMPLETED_BY": row["completedBy"]["id"],
        "TASK_CREATED_AT": row["createdAt"], "DUE_AT": row["dueAt"], "COMPLETED_AT": row["completedAt"],
        "TIME_TO_COMPLETE": seconds(&row["createdAt"], &row["completedAt"]),
        "budget": row["budget"]["text"], "urgent": (row["urgent"]["boolean"].as_bool().map(|is| is.to_string())),
    })
}

fn entry(row: &Value) -> Value {
    let kind = match row["__typename"].as_str().expect("a type") {
        "CreatedEntry" => "CREATED",
        "NoteEntry" => "NOTE",
        "InteractionEntry" => "INTERACTION",
        "StatusChangeEntry" => "STATUS_CHANGE",
        "OwnerChangeEntry" => "OWNER_CHANGE",
        "FieldChangeEntry" => "FIELD_CHANGE",
        "TaskEntry" => "TASK",
        "DocumentEntry" => "DOCUMENT",
        other => panic!("no kind of entry {other}"),
    };
    let interaction = &row["interaction"];
    json!({
        "ENTRY_KIND": kind, "ACTOR": row["actor"]["id"], "OCCURRED_AT": row["occurredAt"], "INTERACTION_TYPE": interaction["type"],
        "INTERACTION_DIRECTION": interaction["direction"], "INTERACTION_OUTCOME": interaction["outcome"],
        "INTERACTION_DURATION": (interaction["durationSeconds"].as_i64().map(|seconds| seconds.to_string())),
    })
}

fn document(row: &Value) -> Value {
    json!({
        "DOCUMENT_TYPE": row["type"]["id"], "MEDIA_TYPE": row["mediaType"], "CARRIER_KIND": row["carrierKind"],
        "UPLOADED_BY": row["createdBy"]["id"], "DOCUMENT_CREATED_AT": row["createdAt"], "DOCUMENT_SIZE": row["size"].to_string(),
    })
}

fn cycle(row: &Value) -> Value {
    let amount = |is: bool| match row["amount"]["currency"].as_str() {
        Some(currency) if is => json!({ currency: row["amount"]["amount"] }),
        _ => json!({}),
    };
    let category = &row["status"]["category"];
    json!({
        "CYCLE_KIND": row["kind"], "CYCLE_STATUS": row["status"]["id"], "CYCLE_CATEGORY": category, "CYCLE_REASON": row["reason"]["id"],
        "CYCLE_CURRENCY": row["amount"]["currency"],
        "OPENED_AT": row["openedAt"], "CLOSED_AT": row["closedAt"], "CYCLE_DURATION": seconds(&row["openedAt"], &row["closedAt"]),
        "CYCLE_AMOUNT": amount(true), "OPEN_VALUE": amount(*category == "OPEN"), "WON_VALUE": amount(*category == "WON"),
    })
}

/// The intervals of all prospects, with the ids of these.
async fn intervals(app: &TestApp, dataset: &str) -> Vec<(String, Value)> {
    let of_statuses = dataset == "STATUS_INTERVALS";
    let id = |column: &str| match app.core.db.backend() {
        DbBackend::Postgres => format!("coalesce(CAST({column} AS text), '')"),
        _ => format!("coalesce(hex({column}), '')"),
    };
    let (table, of, more) = match of_statuses {
        true => ("status_intervals", id("i.status_id"), id("i.reason_id")),
        false => ("owner_intervals", id("i.owner_id"), "''".to_owned()),
    };
    let parts = [
        id("i.prospect_id"),
        of,
        more,
        id("i.actor_id"),
        "CAST(i.from_at AS text)".to_owned(),
        "coalesce(CAST(i.to_at AS text), '')".to_owned(),
    ];
    let rows = app.sql(&format!("SELECT {} FROM {table} i", parts.join(" || '|' || "))).await;
    let catalogs = app.core.catalogs.snapshot();
    let record = |row: String| {
        let parts: Vec<&str> = row.split('|').collect();
        let uuid = |place: usize| Uuid::try_parse(parts[place]).ok();
        let id = |kind: Kind, place: usize| json!(uuid(place).map(|id| kind.encode(id)));
        let at = |place: usize| parts[place].parse::<i64>().ok();
        let from = json!(time(at(4).expect("a start")));
        let to = json!(at(5).map(time));
        let until = json!(time(at(5).unwrap_or(app.now())));
        let common = json!({ "ENTERED_AT": from, "LEFT_AT": to, "INTERVAL_ACTOR": id(Kind::User, 3) });
        let mut own = common;
        if of_statuses {
            let status = catalogs.statuses.get(uuid(1).expect("a status")).expect("a known status");
            let category = serde_json::to_value(status.category).expect("a category");
            own["INTERVAL_STATUS"] = id(Kind::Status, 1);
            own["INTERVAL_CATEGORY"] = category;
            own["INTERVAL_REASON"] = id(Kind::Reason, 2);
            own["TIME_IN_STATUS"] = seconds(&from, &until);
        } else {
            own["INTERVAL_OWNER"] = id(Kind::User, 1);
            own["TIME_OWNED"] = seconds(&from, &until);
        }
        (Kind::Prospect.encode(uuid(0).expect("a prospect")), own)
    };
    rows.into_iter().map(record).collect()
}
