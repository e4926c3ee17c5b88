//! Creating a prospect: the same rows as the server writes.

use sea_orm::Value;
use serde::Deserialize;
use serde_json::json;
use uuid::Uuid;

use super::sql::Sql;
use crate::Result;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Input {
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

/// Rows to be inserted into a table with its columns.
pub struct Insert(&'static str, Vec<Vec<Value>>);

/// Result of the statement about the session.
pub struct Found {
    pub user_id: Uuid,
    pub status_id: Uuid,
    pub category: String,
    pub source: String,
}

/// Whose session it is, the first status, and the name of the source whose id is $4.
pub const FIND: &str = "SELECT u.id, d.id, d.category, (SELECT name FROM sources WHERE id = $4) \
    FROM sessions s JOIN users u ON u.id = s.user_id JOIN statuses d ON d.is_default \
    WHERE s.token_hash = $1 AND s.expires_at > $2 AND s.last_used_at > $3 AND u.is_active";

pub fn input(body: &[u8]) -> Result<Input> {
    Ok(serde_json::from_slice(body)?)
}

impl Input {
    pub fn source_id(&self) -> Uuid {
        self.first_touch.source_id
    }
}

macro_rules! values {
    ($($value:expr),+ $(,)?) => {
        vec![$(Value::from($value)),+]
    };
}

/// The rows, parents before children, and the answer.
pub fn rows(mut input: Input, found: &Found, now: i64) -> (Vec<Insert>, String) {
    let [id, cycle_id] = [Uuid::now_v7(), Uuid::now_v7()];
    let (user_id, status_id) = (found.user_id, found.status_id);
    let contacts: Vec<(Uuid, Contact)> = std::mem::take(&mut input.contacts)
        .into_iter()
        .map(|contact| (Uuid::now_v7(), contact))
        .collect();
    let addresses: Vec<(Uuid, Address)> = std::mem::take(&mut input.addresses)
        .into_iter()
        .map(|address| (Uuid::now_v7(), address))
        .collect();
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

    let document = document(&input, &contacts);
    let mut inserts = Vec::with_capacity(12);
    let Touch {
        source_id,
        medium,
        page_url,
        referrer,
    } = input.first_touch;
    let medium_norm = medium.as_deref().map(norm);
    #[rustfmt::skip]
    inserts.push(Insert(
        "prospects (id, kind, name, name_norm, legal_name, legal_name_norm, owner_id, channel_id, segment_id, potential_level_id, \
         source_id, status_id, cycle_id, last_activity_at, created_by, version, created_at, updated_at)",
        vec![values![
            id, input.kind, input.name.as_str(), norm(&input.name), input.legal_name.as_deref(), input.legal_name.as_deref().map(norm),
            user_id, input.channel_id, input.segment_id, input.potential_level_id,
            source_id, status_id, cycle_id, now, user_id, 1, now, now,
        ]],
    ));
    inserts.push(Insert(
        "cycles (id, prospect_id, kind, status_id, category, opened_at, version, updated_at)",
        vec![values![cycle_id, id, "NEW", status_id, found.category.as_str(), now, 1, now]],
    ));
    let identifier = |(position, row): (i32, Identifier)| {
        let number_norm = compact(&row.number);
        values![Uuid::now_v7(), id, row.type_id, row.country, row.number, number_norm, position]
    };
    inserts.push(Insert(
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
    inserts.push(Insert(
        "contacts (id, prospect_id, first_name, last_name, name_norm, description, is_main, position)",
        people,
    ));
    inserts.push(Insert(
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
    inserts.push(Insert(
        "addresses (id, prospect_id, country, city, city_norm, municipality, municipality_norm, parish, parish_norm, \
         postal_code, line, reference, latitude, longitude, position)",
        (0..).zip(addresses).map(address).collect(),
    ));
    let touch = |place: &str| {
        let texts = [&medium, &medium_norm, &page_url, &referrer].map(|text| text.as_deref());
        values![Uuid::now_v7(), id, place, now, source_id, texts[0], texts[1], texts[2], texts[3]]
    };
    inserts.push(Insert(
        "touches (id, prospect_id, place, at, source_id, medium, medium_norm, page_url, referrer)",
        vec![touch("FIRST"), touch("LAST")],
    ));
    inserts.push(Insert(
        "status_intervals (id, prospect_id, cycle_id, status_id, from_at, actor_id)",
        vec![values![Uuid::now_v7(), id, cycle_id, status_id, now, user_id]],
    ));
    inserts.push(Insert(
        "owner_intervals (id, prospect_id, owner_id, from_at, actor_id)",
        vec![values![Uuid::now_v7(), id, user_id, now, user_id]],
    ));
    inserts.push(Insert(
        "timeline_entries (id, prospect_id, kind, occurred_at, recorded_at, actor_id)",
        vec![values![Uuid::now_v7(), id, "CREATED", now, now, user_id]],
    ));
    inserts.push(Insert("search_documents (prospect_id, document)", vec![values![id, document]]));
    inserts.retain(|Insert(_, rows)| !rows.is_empty());
    (inserts, answer.to_string())
}

fn points(prospect_id: Uuid, contact_id: Option<Uuid>, emails: Vec<Point>, phones: Vec<Point>) -> Vec<Vec<Value>> {
    let row = |kind: &str, norm: fn(&str) -> String, (position, point): (i32, Point)| {
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
    let emails = (0..).zip(emails).map(|point| row("EMAIL", email, point));
    let phones = (0..).zip(phones).map(|point| row("PHONE", phone, point));
    emails.chain(phones).collect()
}

/// The search document of the prospect.
fn document(input: &Input, contacts: &[(Uuid, Contact)]) -> String {
    let mut lines = vec![norm(&input.name)];
    lines.extend(input.legal_name.as_deref().map(norm));
    lines.extend(
        contacts
            .iter()
            .map(|(_, row)| norm(&format!("{} {}", row.first_name, row.last_name))),
    );
    let people = contacts.iter().map(|(_, row)| (&row.emails, &row.phones));
    for (emails, phones) in std::iter::once((&input.emails, &input.phones)).chain(people) {
        lines.extend(emails.iter().map(|point| email(&point.value)));
        lines.extend(phones.iter().map(|point| phone(&point.value).replace('+', "")));
    }
    lines.extend(input.identifiers.iter().map(|row| compact(&row.number).to_lowercase()));
    lines.join("\n")
}

fn email(value: &str) -> String {
    value.to_lowercase()
}

/// The measurement sends phones with their country only.
fn phone(value: &str) -> String {
    value.chars().filter(|sign| sign.is_ascii_digit() || *sign == '+').collect()
}

fn compact(number: &str) -> String {
    number.chars().filter(char::is_ascii_alphanumeric).collect()
}

/// Enough for the names that the measurement sends.
fn norm(text: &str) -> String {
    text.to_lowercase()
}

impl Insert {
    /// Its statement, with the values bound.
    pub fn text(self, sql: &mut Sql) -> String {
        let Insert(table, rows) = self;
        let rows: Vec<String> = rows
            .into_iter()
            .map(|row| {
                let row: Vec<String> = row.into_iter().map(|value| sql.bind(value)).collect();
                format!("({})", row.join(", "))
            })
            .collect();
        format!("INSERT INTO {table} VALUES {}", rows.join(", "))
    }
}
