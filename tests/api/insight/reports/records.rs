//! The records of each dataset with their values, read through the lists of the API, or row by row where there is no list.
//!
//! A record is an object of values by the names of the fields: texts and ids, instants, numbers as texts, amounts by currency, and lists of
//! these where a record has several. Attributes are `PROSPECT.key` and `OWN.key`. A record has the values of its prospect beside its own.

use cartera::ids::Kind;
use cartera::text::fold;
use chrono::DateTime;
use rust_decimal::Decimal;
use sea_orm::DbBackend;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::world::time;
use crate::support::{Person, TestApp};

const ATTRIBUTES: &str =
    "attributes { definition { key isMultiple } ... on TextAttributeValue { strings } ... on NumberAttributeValue { numbers }
    ... on DateAttributeValue { dates } ... on DateTimeAttributeValue { dateTimes } ... on BooleanAttributeValue { boolean }
    ... on ChoiceAttributeValue { choices { key } } ... on UserAttributeValue { users { id } } }";
const PROSPECTS: &str = "prospects(first: 12, after: $after) { pageInfo { hasNextPage endCursor } nodes {
    id kind condition status { id category } channel { id } segment { id } potentialLevel { id } industry { id } customerType { id }
    owner { id } createdBy { id } interest rating validityDays validUntil tags { id } createdAt firstContactAt lastActivityAt client { since }
    cycle { kind reason { id } amount { amount currency } }
    firstTouch { source { id } medium utm { source medium campaign } ad { campaign network device } }
    addresses { country city region { id } zone { id } sector { id } }
    cycles(first: 5) { nodes { id kind status { id category } reason { id } openedAt closedAt amount { amount currency } } }
    timeline(first: 20, filter: { kind: { eq: INTERACTION } }) { nodes { occurredAt } } ATTRIBUTES } }";
const CLIENTS: &str = "clients(first: 25, after: $after) { pageInfo { hasNextPage endCursor } nodes {
    since potentialLevel { id } convertedBy { id } prospect { id } ATTRIBUTES } }";
const TASKS: &str = "tasks(first: 25, after: $after) { pageInfo { hasNextPage endCursor } nodes {
    type { id } state isOverdue assignee { id } createdBy { id } completedBy { id } createdAt dueAt completedAt prospect { id } ATTRIBUTES } }";
const TIMELINE: &str = "timeline(first: 50, after: $after) { pageInfo { hasNextPage endCursor } nodes {
    __typename actor { id } occurredAt prospect { id } ... on InteractionEntry { interaction { type direction outcome durationSeconds } } } }";
const DOCUMENTS: &str = "documents(first: 50, after: $after) { pageInfo { hasNextPage endCursor } nodes {
    type { id } mediaType carrierKind createdBy { id } createdAt size prospect { id } } }";

/// A time in a status or with an owner, of the database itself.
struct Interval {
    prospect: String,
    cycle: String,
    from: i64,
    to: Option<i64>,
    values: Map<String, Value>,
}

/// The prospects that a person sees.
pub async fn prospects(app: &TestApp, person: &Person) -> Vec<Value> {
    let rows = pages(person, PROSPECTS, "prospects").await;
    rows.iter().map(|row| prospect(app, row)).collect()
}

/// The records of a dataset that a person sees, whose prospects have been read.
pub async fn of(app: &TestApp, person: &Person, prospects: &[Value], dataset: &str) -> Vec<Value> {
    let with = |rows: Vec<Value>, own: fn(&Value) -> Value| -> Vec<Value> {
        let own = rows
            .iter()
            .map(|row| merged(by_id(prospects, &row["prospect"]["id"]).expect("a visible prospect"), &own(row)));
        own.collect()
    };
    match dataset {
        "PROSPECTS" => prospects.to_vec(),
        "CLIENTS" => with(pages(person, CLIENTS, "clients").await, client),
        "TASKS" => with(pages(person, TASKS, "tasks").await, task),
        "ACTIVITY" => with(pages(person, TIMELINE, "timeline").await, entry),
        "DOCUMENTS" => with(pages(person, DOCUMENTS, "documents").await, document),
        "CYCLES" => {
            let cycles = |prospect: &Value| prospect["CYCLES"].as_array().expect("cycles").clone();
            let of = |prospect: &Value| -> Vec<Value> { cycles(prospect).iter().map(|row| merged(prospect, &cycle(row))).collect() };
            prospects.iter().flat_map(of).collect()
        }
        "STATUS_INTERVALS" | "OWNER_INTERVALS" => {
            let rows = intervals(app, dataset == "STATUS_INTERVALS").await.into_iter();
            rows.filter_map(|row| Some(merged(by_id(prospects, &json!(row.prospect))?, &Value::Object(row.values))))
                .collect()
        }
        other => panic!("records.rs reads no dataset {other}"),
    }
}

/// The prospects, or clients, that there were just before an instant, with the status and the owner of then, or of now.
pub async fn as_of(app: &TestApp, dataset: &str, records: &[Value], instant: i64, is_status_now: bool, is_owner_now: bool) -> Vec<Value> {
    let (statuses, owners) = (intervals(app, true).await, intervals(app, false).await);
    let then = |all: &'_ [Interval], prospect: &Value| {
        let holds = |row: &&Interval| prospect["ID"] == json!(row.prospect) && row.from < instant && row.to.is_none_or(|to| to >= instant);
        all.iter().find(holds).map(|row| (row.values.clone(), row.cycle.clone()))
    };
    let since = if dataset == "CLIENTS" { "CLIENT_SINCE" } else { "CREATED_AT" };
    let there = records.iter().filter(|record| millis(&record[since]).expect("a time") < instant);
    let record = |prospect: &Value| {
        let mut record = prospect.clone();
        if !is_owner_now {
            record["OWNER"] = then(&owners, prospect).map_or(Value::Null, |(values, _)| values["INTERVAL_OWNER"].clone());
        }
        if !is_status_now {
            let (values, cycle_id) = then(&statuses, prospect).expect("a status of each prospect at any time");
            let cycles = prospect["CYCLES"].as_array().expect("cycles").iter();
            let cycle = cycles
                .clone()
                .find(|cycle| cycle["id"] == json!(cycle_id))
                .expect("the cycle of an interval");
            let is_client = millis(&prospect["CLIENT_SINCE"]).is_some_and(|since| since < instant);
            record["STATUS"] = values["INTERVAL_STATUS"].clone();
            record["STATUS_CATEGORY"] = values["INTERVAL_CATEGORY"].clone();
            record["REASON"] = values["INTERVAL_REASON"].clone();
            record["CONDITION"] = json!(if is_client { "CLIENT" } else { "PROSPECT" });
            record["CYCLE_KIND"] = cycle["kind"].clone();
            record["CYCLE_CURRENCY"] = cycle["amount"]["currency"].clone();
            record["OPEN_VALUE"] = amount(&cycle["amount"], values["INTERVAL_CATEGORY"] == "OPEN");
        }
        record
    };
    there.map(record).collect()
}

/// All items of a list.
async fn pages(person: &Person, list: &str, name: &str) -> Vec<Value> {
    let document = format!("query ($after: String) {{ {} }}", list.replace("ATTRIBUTES", ATTRIBUTES));
    let mut all = Vec::new();
    let mut after = Value::Null;
    loop {
        let page = person.query(&document, json!({ "after": after })).await[name].clone();
        all.extend(page["nodes"].as_array().expect("nodes").iter().cloned());
        if page["pageInfo"]["hasNextPage"] != json!(true) {
            return all;
        }
        after = page["pageInfo"]["endCursor"].clone();
    }
}

fn by_id<'a>(prospects: &'a [Value], id: &Value) -> Option<&'a Value> {
    prospects.iter().find(|prospect| prospect["ID"] == *id)
}

/// The values of a prospect, and those of its record in their place.
fn merged(prospect: &Value, own: &Value) -> Value {
    let mut record = prospect.clone();
    let values = record.as_object_mut().expect("an object");
    values.extend(own.as_object().expect("an object").clone());
    record
}

pub fn millis(value: &Value) -> Option<i64> {
    Some(DateTime::parse_from_rfc3339(value.as_str()?).ok()?.timestamp_millis())
}

/// Seconds from one instant to another. Null unless there are both.
fn seconds(from: &Value, to: &Value) -> Value {
    match (millis(from), millis(to)) {
        (Some(from), Some(to)) => json!(Decimal::new(to - from, 3).to_string()),
        _ => Value::Null,
    }
}

/// An amount by its currency; none unless it counts.
fn amount(amount: &Value, is_counted: bool) -> Value {
    match amount["currency"].as_str() {
        Some(currency) if is_counted => json!({ currency: amount["amount"] }),
        _ => json!({}),
    }
}

/// A number as text.
fn number(value: &Value) -> Value {
    value.as_i64().map_or(Value::Null, |number| json!(number.to_string()))
}

/// A text in the form in which texts are compared.
fn compared(value: &Value) -> Value {
    value.as_str().map_or(Value::Null, |text| json!(fold(text)))
}

fn prospect(app: &TestApp, row: &Value) -> Value {
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let cycles = list(&row["cycles"]["nodes"]);
    let won: Vec<&Value> = cycles.iter().filter(|cycle| cycle["status"]["category"] == "WON").collect();
    let mut won_value: Map<String, Value> = Map::new();
    for cycle in &won {
        if let (Some(currency), Some(value)) = (cycle["amount"]["currency"].as_str(), cycle["amount"]["amount"].as_str()) {
            let decimal = |text: &str| Decimal::from_str_exact(text).expect("an amount");
            let before = won_value.get(currency).and_then(Value::as_str).map_or(Decimal::ZERO, decimal);
            won_value.insert(currency.to_owned(), json!((before + decimal(value)).to_string()));
        }
    }
    let place = |address: &Value| {
        json!({ "COUNTRY": address["country"], "CITY": compared(&address["city"]), "REGION": address["region"]["id"],
            "ZONE": address["zone"]["id"], "SECTOR": address["sector"]["id"] })
    };
    let (touch, created) = (&row["firstTouch"], &row["createdAt"]);
    let now = json!(time(app.now()));
    let tags: Vec<Value> = list(&row["tags"]).iter().map(|tag| tag["id"].clone()).collect();
    let mut values = json!({
        "ID": row["id"], "CYCLES": cycles, "ADDRESSES": (list(&row["addresses"]).iter().map(place).collect::<Vec<_>>()),
        "KIND": row["kind"], "CONDITION": row["condition"], "STATUS": row["status"]["id"], "STATUS_CATEGORY": row["status"]["category"],
        "REASON": row["cycle"]["reason"]["id"], "CYCLE_KIND": row["cycle"]["kind"],
        "CYCLE_CURRENCY": row["cycle"]["amount"]["currency"], "CHANNEL": row["channel"]["id"],
        "SEGMENT": row["segment"]["id"], "POTENTIAL_LEVEL": row["potentialLevel"]["id"], "SOURCE": touch["source"]["id"],
        "INDUSTRY": row["industry"]["id"], "CUSTOMER_TYPE": row["customerType"]["id"], "OWNER": row["owner"]["id"],
        "CREATED_BY": row["createdBy"]["id"], "INTEREST": row["interest"], "TAG": tags, "MEDIUM": compared(&touch["medium"]),
        "UTM_SOURCE": compared(&touch["utm"]["source"]), "UTM_MEDIUM": compared(&touch["utm"]["medium"]),
        "UTM_CAMPAIGN": compared(&touch["utm"]["campaign"]), "AD_CAMPAIGN": compared(&touch["ad"]["campaign"]),
        "AD_NETWORK": touch["ad"]["network"], "AD_DEVICE": touch["ad"]["device"],
    });
    // Apart, because one literal must not be too long.
    let numbers = json!({
        "CREATED_AT": created, "FIRST_CONTACT_AT": row["firstContactAt"], "LAST_ACTIVITY_AT": row["lastActivityAt"],
        "CLIENT_SINCE": row["client"]["since"], "VALID_UNTIL": row["validUntil"],
        "RATING": number(&row["rating"]), "VALIDITY_DAYS": number(&row["validityDays"]),
        "TIME_TO_FIRST_CONTACT": seconds(created, &row["firstContactAt"]), "TIME_TO_WIN": seconds(created, &row["client"]["since"]),
        "TIME_SINCE_ACTIVITY": seconds(&row["lastActivityAt"], &now), "INTERACTIONS": list(&row["timeline"]["nodes"]).len().to_string(),
        "WINS": won.len().to_string(), "WON_VALUE": won_value, "TIME_BETWEEN_WINS": between(&won),
        "OPEN_VALUE": amount(&row["cycle"]["amount"], row["status"]["category"] == "OPEN"),
    });
    values = merged(&values, &numbers);
    merged(&values, &attributes(row, "PROSPECT"))
}

fn attributes(row: &Value, of: &str) -> Value {
    let mut values = Map::new();
    for attribute in row["attributes"].as_array().expect("attributes") {
        let lists = ["strings", "numbers", "dates", "dateTimes", "choices", "users"];
        let all: Vec<Value> = match attribute["boolean"].as_bool() {
            Some(is) => vec![json!(is.to_string())],
            None => lists
                .iter()
                .filter_map(|name| attribute[*name].as_array())
                .flatten()
                .cloned()
                .collect(),
        };
        let text = |value: &Value| match (&value["key"], &value["id"]) {
            (Value::String(key), _) => json!(key),
            (_, Value::String(id)) => json!(id),
            _ if attribute["strings"].is_array() => compared(value),
            _ => value.clone(),
        };
        let all: Vec<Value> = all.iter().map(text).collect();
        let is_multiple = attribute["definition"]["isMultiple"] == json!(true);
        let key = format!("{of}.{}", attribute["definition"]["key"].as_str().expect("a key"));
        values.insert(
            key,
            if is_multiple {
                json!(all)
            } else {
                all.first().cloned().unwrap_or_default()
            },
        );
    }
    Value::Object(values)
}

/// The mean time from one win to the next, in whole milliseconds.
fn between(won: &[&Value]) -> Value {
    let mut closed: Vec<i64> = won
        .iter()
        .map(|cycle| millis(&cycle["closedAt"]).expect("a closed cycle"))
        .collect();
    closed.sort_unstable();
    match closed.len() {
        0 | 1 => Value::Null,
        count => json!(Decimal::new((closed[count - 1] - closed[0]) / (count as i64 - 1), 3).to_string()),
    }
}

fn client(row: &Value) -> Value {
    let own =
        json!({ "CLIENT_SINCE": row["since"], "CLIENT_LEVEL": row["potentialLevel"]["id"], "CONVERTED_BY": row["convertedBy"]["id"] });
    merged(&own, &attributes(row, "OWN"))
}

fn task(row: &Value) -> Value {
    let own = json!({
        "TASK_TYPE": row["type"]["id"], "TASK_STATE": row["state"], "TASK_OVERDUE": row["isOverdue"].to_string(),
        "ASSIGNEE": row["assignee"]["id"], "TASK_CREATED_BY": row["createdBy"]["id"], "COMPLETED_BY": row["completedBy"]["id"],
        "TASK_CREATED_AT": row["createdAt"], "DUE_AT": row["dueAt"], "COMPLETED_AT": row["completedAt"],
        "TIME_TO_COMPLETE": seconds(&row["createdAt"], &row["completedAt"]),
    });
    merged(&own, &attributes(row, "OWN"))
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
        other => panic!("records.rs knows no kind of entry {other}"),
    };
    let interaction = &row["interaction"];
    json!({
        "ENTRY_KIND": kind, "ACTOR": row["actor"]["id"], "OCCURRED_AT": row["occurredAt"], "INTERACTION_TYPE": interaction["type"],
        "INTERACTION_DIRECTION": interaction["direction"], "INTERACTION_OUTCOME": interaction["outcome"],
        "INTERACTION_DURATION": number(&interaction["durationSeconds"]),
    })
}

fn document(row: &Value) -> Value {
    json!({
        "DOCUMENT_TYPE": row["type"]["id"], "MEDIA_TYPE": row["mediaType"], "CARRIER_KIND": row["carrierKind"],
        "UPLOADED_BY": row["createdBy"]["id"], "DOCUMENT_CREATED_AT": row["createdAt"], "DOCUMENT_SIZE": row["size"].to_string(),
    })
}

fn cycle(row: &Value) -> Value {
    let category = &row["status"]["category"];
    json!({
        "CYCLE_KIND": row["kind"], "CYCLE_CURRENCY": row["amount"]["currency"], "CYCLE_STATUS": row["status"]["id"], "CYCLE_CATEGORY": category, "CYCLE_REASON": row["reason"]["id"],
        "OPENED_AT": row["openedAt"], "CLOSED_AT": row["closedAt"], "CYCLE_DURATION": seconds(&row["openedAt"], &row["closedAt"]),
        "CYCLE_AMOUNT": amount(&row["amount"], true), "OPEN_VALUE": amount(&row["amount"], *category == "OPEN"),
        "WON_VALUE": amount(&row["amount"], *category == "WON"),
    })
}

/// The intervals of all prospects.
async fn intervals(app: &TestApp, of_statuses: bool) -> Vec<Interval> {
    let id = |column: &str| match app.core.db.backend() {
        DbBackend::Postgres => format!("coalesce(CAST({column} AS text), '')"),
        _ => format!("coalesce(hex({column}), '')"),
    };
    let (table, of, reason, cycle) = match of_statuses {
        true => ("status_intervals", id("i.status_id"), id("i.reason_id"), id("i.cycle_id")),
        false => ("owner_intervals", id("i.owner_id"), "''".to_owned(), "''".to_owned()),
    };
    let (from, to) = (
        "CAST(i.from_at AS text)".to_owned(),
        "coalesce(CAST(i.to_at AS text), '')".to_owned(),
    );
    let parts = [id("i.prospect_id"), of, reason, id("i.actor_id"), from, to, cycle];
    let rows = app.sql(&format!("SELECT {} FROM {table} i", parts.join(" || '|' || "))).await;
    let catalogs = app.core.catalogs.snapshot();
    let interval = |row: String| {
        let parts: Vec<&str> = row.split('|').collect();
        let uuid = |place: usize| Uuid::try_parse(parts[place]).ok();
        let id = |kind: Kind, place: usize| json!(uuid(place).map(|id| kind.encode(id)));
        let at = |place: usize| parts[place].parse::<i64>().ok();
        let start = at(4).expect("a start");
        let lasted = json!(Decimal::new(at(5).unwrap_or(app.now()) - start, 3).to_string());
        let mut own = json!({ "ENTERED_AT": time(start), "LEFT_AT": (at(5).map(time)), "INTERVAL_ACTOR": id(Kind::User, 3) });
        if of_statuses {
            let status = catalogs.statuses.get(uuid(1).expect("a status")).expect("a known status");
            own["INTERVAL_CATEGORY"] = serde_json::to_value(status.category).expect("a category");
            own["INTERVAL_STATUS"] = id(Kind::Status, 1);
            own["INTERVAL_REASON"] = id(Kind::Reason, 2);
            own["TIME_IN_STATUS"] = lasted;
        } else {
            own["INTERVAL_OWNER"] = id(Kind::User, 1);
            own["TIME_OWNED"] = lasted;
        }
        Interval {
            prospect: Kind::Prospect.encode(uuid(0).expect("a prospect")),
            cycle: uuid(6).map(|id| Kind::Cycle.encode(id)).unwrap_or_default(),
            from: start,
            to: at(5),
            values: own.as_object().expect("an object").clone(),
        }
    };
    rows.into_iter().map(interval).collect()
}
