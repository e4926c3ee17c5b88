//! Creating a prospect: the same rows as the server writes. PostgreSQL takes all of them in one statement, SQLite one for each table.

use std::fmt::Write;

use sea_orm::{
    ConnectionTrait, DatabaseConnection, DbBackend, QueryResult, SqliteTransactionMode, Statement, TransactionOptions, TransactionTrait,
    Value,
};
use serde::Deserialize;
use serde_json::json;
use uuid::Uuid;

use crate::Result;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Input {
    kind: String,
    name: String,
    legal_name: Option<String>,
    channel_id: Uuid,
    segment_id: Uuid,
    potential_level_id: Uuid,
    identifiers: Vec<Identifier>,
    emails: Vec<Point>,
    phones: Vec<Point>,
    contacts: Vec<Contact>,
    addresses: Vec<Address>,
    first_touch: Touch,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Identifier {
    type_id: Uuid,
    country: String,
    number: String,
}

#[derive(Deserialize)]
struct Point {
    value: String,
    label: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Contact {
    first_name: String,
    last_name: String,
    description: Option<String>,
    is_main: bool,
    emails: Vec<Point>,
    phones: Vec<Point>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Address {
    country: String,
    city: String,
    municipality: Option<String>,
    parish: Option<String>,
    postal_code: Option<String>,
    line: Option<String>,
    reference: Option<String>,
    location: Location,
}

#[derive(Deserialize)]
struct Location {
    latitude: f64,
    longitude: f64,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Touch {
    source_id: Uuid,
    medium: Option<String>,
    page_url: Option<String>,
    referrer: Option<String>,
}

/// Rows to be inserted: tables with their columns, parents before children, and the values.
#[derive(Default)]
struct Inserts(Vec<(&'static str, Vec<Vec<Value>>)>);

/// What the statement about the session also brings.
struct Found {
    user_id: Uuid,
    status_id: Uuid,
    category: String,
    source: String,
}

/// The answer, or None where the session is none.
pub async fn create(db: &DatabaseConnection, session: Vec<Value>, body: &[u8]) -> Result<Option<String>> {
    let input: Input = serde_json::from_slice(body)?;
    let now = super::now();
    let Some(found) = find(db, session, input.first_touch.source_id).await? else {
        return Ok(None);
    };
    let (inserts, answer) = rows(input, &found, now);
    inserts.run(db).await?;
    Ok(Some(answer))
}

async fn find(db: &DatabaseConnection, mut values: Vec<Value>, source_id: Uuid) -> Result<Option<Found>> {
    const TEXT: &str = "SELECT u.id, d.id, d.category, (SELECT name FROM sources WHERE id = $4) \
        FROM sessions s JOIN users u ON u.id = s.user_id JOIN statuses d ON d.is_default \
        WHERE s.token_hash = $1 AND s.expires_at > $2 AND s.last_used_at > $3 AND u.is_active";
    values.push(source_id.into());
    let statement = Statement::from_sql_and_values(db.get_database_backend(), TEXT, values);
    let read = |row: QueryResult| -> Result<Found> {
        Ok(Found {
            user_id: row.try_get_by_index(0)?,
            status_id: row.try_get_by_index(1)?,
            category: row.try_get_by_index(2)?,
            source: row.try_get_by_index(3)?,
        })
    };
    db.query_one_raw(statement).await?.map(read).transpose()
}

macro_rules! values {
    ($($value:expr),+ $(,)?) => {
        vec![$(Value::from($value)),+]
    };
}

fn rows(input: Input, found: &Found, now: i64) -> (Inserts, String) {
    let [id, cycle_id] = [Uuid::now_v7(), Uuid::now_v7()];
    let (user_id, status_id) = (found.user_id, found.status_id);
    let contacts: Vec<(Uuid, Contact)> = input.contacts.into_iter().map(|contact| (Uuid::now_v7(), contact)).collect();
    let addresses: Vec<(Uuid, Address)> = input.addresses.into_iter().map(|address| (Uuid::now_v7(), address)).collect();
    let prospect = json!({
        "id": id,
        "version": 1,
        "name": input.name,
        "owner": { "id": user_id },
        "contacts": contacts.iter().map(|(id, contact)| json!({ "id": id, "isMain": contact.is_main })).collect::<Vec<_>>(),
        "addresses": addresses.iter().map(|(id, _)| json!({ "id": id })).collect::<Vec<_>>(),
        "firstTouch": { "source": { "name": found.source } },
    });
    let answer = json!({ "data": { "prospectCreate": { "prospect": prospect, "userErrors": [] } } });

    let mut inserts = Inserts::default();
    let Touch {
        source_id,
        medium,
        page_url,
        referrer,
    } = input.first_touch;
    #[rustfmt::skip]
    inserts.0.push((
        "prospects (id, kind, name, name_norm, legal_name, legal_name_norm, owner_id, channel_id, segment_id, potential_level_id, \
         source_id, status_id, cycle_id, last_activity_at, created_by, version, created_at, updated_at)",
        vec![values![
            id, input.kind, input.name.as_str(), norm(&input.name), input.legal_name.as_deref(), input.legal_name.as_deref().map(norm),
            user_id, input.channel_id, input.segment_id, input.potential_level_id,
            source_id, status_id, cycle_id, now, user_id, 1, now, now,
        ]],
    ));
    inserts.0.push((
        "cycles (id, prospect_id, kind, status_id, category, opened_at, version, updated_at)",
        vec![values![cycle_id, id, "NEW", status_id, found.category.as_str(), now, 1, now]],
    ));
    let identifier = |(position, row): (i32, Identifier)| {
        let number_norm: String = row.number.chars().filter(char::is_ascii_alphanumeric).collect();
        values![Uuid::now_v7(), id, row.type_id, row.country, row.number, number_norm, position]
    };
    inserts.0.push((
        "identifiers (id, prospect_id, type_id, country, number, number_norm, position)",
        (0..).zip(input.identifiers).map(identifier).collect(),
    ));
    let mut points = points(id, None, input.emails, input.phones);
    let mut people = Vec::with_capacity(contacts.len());
    for (position, (contact_id, row)) in (0..).zip(contacts) {
        let name_norm = norm(&format!("{} {}", row.first_name, row.last_name));
        people.push(values![
            contact_id,
            id,
            row.first_name,
            row.last_name,
            name_norm,
            row.description,
            row.is_main,
            position,
        ]);
        points.extend(self::points(id, Some(contact_id), row.emails, row.phones));
    }
    inserts.0.push((
        "contacts (id, prospect_id, first_name, last_name, name_norm, description, is_main, position)",
        people,
    ));
    inserts.0.push((
        "contact_points (id, prospect_id, contact_id, kind, value, value_norm, label, position, verification)",
        points,
    ));
    #[rustfmt::skip]
    let address = |(position, (address_id, row)): (i32, (Uuid, Address))| {
        let [city_norm, municipality_norm, parish_norm] = [Some(&row.city), row.municipality.as_ref(), row.parish.as_ref()]
            .map(|name| name.map(|name| norm(name)));
        values![
            address_id, id, row.country, row.city, city_norm, row.municipality, municipality_norm, row.parish, parish_norm,
            row.postal_code, row.line, row.reference, row.location.latitude, row.location.longitude, position,
        ]
    };
    inserts.0.push((
        "addresses (id, prospect_id, country, city, city_norm, municipality, municipality_norm, parish, parish_norm, \
         postal_code, line, reference, latitude, longitude, position)",
        (0..).zip(addresses).map(address).collect(),
    ));
    let touch = |place: &str| {
        let texts = [&medium, &page_url, &referrer].map(|text| text.as_deref());
        values![Uuid::now_v7(), id, place, now, source_id, texts[0], texts[1], texts[2]]
    };
    inserts.0.push((
        "touches (id, prospect_id, place, at, source_id, medium, page_url, referrer)",
        vec![touch("FIRST"), touch("LAST")],
    ));
    inserts.0.push((
        "status_intervals (id, prospect_id, cycle_id, status_id, from_at, actor_id)",
        vec![values![Uuid::now_v7(), id, cycle_id, status_id, now, user_id]],
    ));
    inserts.0.push((
        "owner_intervals (id, prospect_id, owner_id, from_at, actor_id)",
        vec![values![Uuid::now_v7(), id, user_id, now, user_id]],
    ));
    inserts.0.push((
        "timeline_entries (id, prospect_id, kind, occurred_at, recorded_at, actor_id)",
        vec![values![Uuid::now_v7(), id, "CREATED", now, now, user_id]],
    ));
    (inserts, answer.to_string())
}

fn points(prospect_id: Uuid, contact_id: Option<Uuid>, emails: Vec<Point>, phones: Vec<Point>) -> Vec<Vec<Value>> {
    let email = |value: &str| value.to_lowercase();
    // The measurement sends phones with their country only.
    let phone = |value: &str| value.chars().filter(|sign| sign.is_ascii_digit() || *sign == '+').collect();
    let row = |kind: &str, norm: &dyn Fn(&str) -> String, (position, point): (i32, Point)| {
        let value_norm = norm(&point.value);
        values![
            Uuid::now_v7(),
            prospect_id,
            contact_id,
            kind,
            point.value,
            value_norm,
            point.label,
            position,
            "UNVERIFIED",
        ]
    };
    let emails = (0..).zip(emails).map(|point| row("EMAIL", &email, point));
    let phones = (0..).zip(phones).map(|point| row("PHONE", &phone, point));
    emails.chain(phones).collect()
}

/// Enough for the names that the measurement sends.
fn norm(text: &str) -> String {
    text.to_lowercase()
}

impl Inserts {
    async fn run(self, db: &DatabaseConnection) -> Result<()> {
        if db.get_database_backend() == DbBackend::Postgres {
            self.run_at_once(db).await
        } else {
            self.run_in_turn(db).await
        }
    }

    /// References between the tables are checked at the end of the statement, so one is enough and is its own transaction.
    async fn run_at_once(self, db: &DatabaseConnection) -> Result<()> {
        let mut text = String::with_capacity(4096);
        let mut values = Vec::with_capacity(256);
        for (number, (table, rows)) in self.0.into_iter().filter(|(_, rows)| !rows.is_empty()).enumerate() {
            let before = if number == 0 { "WITH" } else { "," };
            let _ = write!(text, "{before} part{number} AS (");
            insert(&mut text, &mut values, table, rows);
            text.push(')');
        }
        text.push_str(" SELECT 1");
        let statement = Statement::from_sql_and_values(DbBackend::Postgres, text, values);
        db.execute_raw(statement).await?;
        Ok(())
    }

    async fn run_in_turn(self, db: &DatabaseConnection) -> Result<()> {
        let options = TransactionOptions {
            sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
            ..Default::default()
        };
        let tx = db.begin_with_options(options).await?;
        for (table, rows) in self.0.into_iter().filter(|(_, rows)| !rows.is_empty()) {
            let (mut text, mut values) = (String::with_capacity(512), Vec::with_capacity(32));
            insert(&mut text, &mut values, table, rows);
            tx.execute_raw(Statement::from_sql_and_values(DbBackend::Sqlite, text, values))
                .await?;
        }
        tx.commit().await?;
        Ok(())
    }
}

fn insert(text: &mut String, values: &mut Vec<Value>, table: &str, rows: Vec<Vec<Value>>) {
    let _ = write!(text, "INSERT INTO {table} VALUES ");
    for (number, row) in rows.into_iter().enumerate() {
        text.push_str(if number == 0 { "(" } else { ", (" });
        for (place, value) in row.into_iter().enumerate() {
            values.push(value);
            let comma = if place == 0 { "" } else { ", " };
            let _ = write!(text, "{comma}${}", values.len());
        }
        text.push(')');
    }
}
