//! One prospect with everything: one statement for each table, all of them sent at once.

use serde::Serialize;
use uuid::Uuid;

use super::catalogs::{Catalogs, Label};
use super::entries::{self, WholeEntry};
use super::lists::{PageInfo, condition};
use super::store::{Cells, Link};
use super::{Viewer, answer};
use crate::Result;
use crate::baseline::question::LEAD_ENTRIES;
use crate::baseline::sql::Sql;

#[derive(Serialize)]
struct Lead<'a> {
    prospect: Option<Prospect<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Prospect<'a> {
    id: Uuid,
    version: i64,
    kind: &'a str,
    name: &'a str,
    legal_name: Option<&'a str>,
    condition: &'static str,
    identifiers: Vec<Identifier<'a>>,
    emails: Vec<Email<'a>>,
    phones: Vec<Phone<'a>>,
    created_at: i64,
    first_contact_at: Option<i64>,
    last_activity_at: i64,
    status: Label<'a>,
    owner: Option<Label<'a>>,
    channel: Label<'a>,
    segment: Option<Label<'a>>,
    potential_level: Option<Label<'a>>,
    tags: Vec<Label<'a>>,
    client: Option<Client<'a>>,
    cycle: Option<Cycle<'a>>,
    contacts: Vec<Contact<'a>>,
    addresses: Vec<Address<'a>>,
    first_touch: Option<Touch<'a>>,
    timeline: Timeline<'a>,
}

#[derive(Serialize)]
struct Identifier<'a> {
    country: &'a str,
    r#type: Label<'a>,
    number: &'a str,
}

#[derive(Serialize)]
struct Email<'a> {
    value: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    verification: Option<&'a str>,
}

#[derive(Serialize)]
struct Phone<'a> {
    value: &'a str,
    label: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    verification: Option<&'a str>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Client<'a> {
    id: Uuid,
    since: i64,
    potential_level: Option<Label<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Cycle<'a> {
    id: Uuid,
    kind: &'a str,
    opened_at: i64,
    amount: Option<Amount<'a>>,
}

#[derive(Serialize)]
struct Amount<'a> {
    amount: i64,
    currency: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Contact<'a> {
    id: Uuid,
    first_name: &'a str,
    last_name: Option<&'a str>,
    description: Option<&'a str>,
    is_main: bool,
    emails: Vec<Email<'a>>,
    phones: Vec<Phone<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Address<'a> {
    id: Uuid,
    country: &'a str,
    city: Option<&'a str>,
    municipality: Option<&'a str>,
    parish: Option<&'a str>,
    postal_code: Option<&'a str>,
    line: Option<&'a str>,
    reference: Option<&'a str>,
    location: Option<Location>,
}

#[derive(Serialize)]
struct Location {
    latitude: f64,
    longitude: f64,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Touch<'a> {
    at: i64,
    source: Label<'a>,
    medium: Option<&'a str>,
    page_url: Option<&'a str>,
    referrer: Option<&'a str>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Timeline<'a> {
    page_info: PageInfo,
    nodes: Vec<WholeEntry<'a>>,
}

/// The child rows of a prospect.
struct Children<R> {
    identifiers: Vec<R>,
    points: Vec<R>,
    contacts: Vec<R>,
    addresses: Vec<R>,
    tags: Vec<R>,
    entries: Vec<R>,
}

const PROSPECT: &str = "SELECT p.id, p.version, p.kind, p.name, p.legal_name, p.client_since, \
    p.created_at, p.first_contact_at, p.last_activity_at, \
    p.status_id, p.owner_id, p.channel_id, p.segment_id, p.potential_level_id, \
    c.since, c.potential_level_id, y.id, y.kind, y.opened_at, y.amount_minor, y.amount_currency, \
    f.at, f.source_id, f.medium, f.page_url, f.referrer \
    FROM prospects p LEFT JOIN clients c ON c.id = p.id LEFT JOIN cycles y ON y.id = p.cycle_id \
    LEFT JOIN touches f ON f.prospect_id = p.id AND f.place = 'FIRST' WHERE p.id = $1";
const IDENTIFIERS: &str = "SELECT country, type_id, number FROM identifiers \
    WHERE prospect_id = $1 AND deleted_at IS NULL ORDER BY position, id";
const POINTS: &str = "SELECT contact_id, kind, value, label, verification FROM contact_points \
    WHERE prospect_id = $1 AND deleted_at IS NULL ORDER BY position, id";
const CONTACTS: &str = "SELECT id, first_name, last_name, description, is_main FROM contacts \
    WHERE prospect_id = $1 AND deleted_at IS NULL ORDER BY position, id";
const ADDRESSES: &str = "SELECT id, country, city, municipality, parish, postal_code, line, reference, latitude, longitude \
    FROM addresses WHERE prospect_id = $1 AND deleted_at IS NULL ORDER BY position, id";
const TAGS: &str = "SELECT tag_id FROM prospect_tags WHERE prospect_id = $1";

pub async fn lead<L: Link>(link: &L, catalogs: &Catalogs, viewer: Viewer, id: Uuid) -> Result<String> {
    let of_prospect = |text: &str| link.rows(Sql::whole(link.dialect(), text, vec![id.into()]));
    let mut prospect = Sql::whole(link.dialect(), PROSPECT, vec![id.into()]);
    let visible = viewer.visible(&mut prospect);
    prospect.text = format!("{PROSPECT} AND {visible}");
    let (rows, identifiers, points, contacts, addresses, tags, entries) = tokio::try_join!(
        link.rows(prospect),
        of_prospect(IDENTIFIERS),
        of_prospect(POINTS),
        of_prospect(CONTACTS),
        of_prospect(ADDRESSES),
        of_prospect(TAGS),
        entries::of_lead(link, id),
    )?;
    let children = Children {
        identifiers,
        points,
        contacts,
        addresses,
        tags,
        entries,
    };
    let prospect = rows.first().map(|row| shown(row, &children, catalogs)).transpose()?;
    answer(Lead { prospect })
}

fn shown<'a, R: Cells>(row: &'a R, children: &'a Children<R>, catalogs: &'a Catalogs) -> Result<Prospect<'a>> {
    let name = |place| -> Result<Option<Label>> { Ok(catalogs.maybe(row.maybe_id(place)?)?.map(|entry| entry.with_id())) };
    let tags = catalogs.sorted(children.tags.iter().map(|row| row.id(0)).collect::<Result<Vec<_>>>()?)?;
    let (emails, phones) = points(&children.points, None)?;
    Ok(Prospect {
        id: row.id(0)?,
        version: row.number(1)?,
        kind: row.text(2)?,
        name: row.text(3)?,
        legal_name: row.maybe_text(4)?,
        condition: condition(row.maybe_number(5)?),
        identifiers: all(&children.identifiers, |row| {
            Ok(Identifier {
                country: row.text(0)?,
                r#type: catalogs.get(row.id(1)?)?.name(),
                number: row.text(2)?,
            })
        })?,
        emails,
        phones,
        created_at: row.number(6)?,
        first_contact_at: row.maybe_number(7)?,
        last_activity_at: row.number(8)?,
        status: catalogs.get(row.id(9)?)?.whole_with_id(),
        owner: name(10)?,
        channel: catalogs.get(row.id(11)?)?.with_id(),
        segment: catalogs.maybe(row.maybe_id(12)?)?.map(|entry| entry.whole_with_id()),
        potential_level: name(13)?,
        tags: tags.into_iter().map(|tag| tag.whole_with_id()).collect(),
        client: client(row, catalogs)?,
        cycle: cycle(row)?,
        contacts: all(&children.contacts, |row| contact(row, &children.points))?,
        addresses: all(&children.addresses, address)?,
        first_touch: touch(row, catalogs)?,
        timeline: Timeline {
            page_info: PageInfo::of(&children.entries, LEAD_ENTRIES),
            nodes: children
                .entries
                .iter()
                .take(LEAD_ENTRIES)
                .map(|row| entries::whole(row, catalogs))
                .collect::<Result<_>>()?,
        },
    })
}

fn all<'a, R, T>(rows: &'a [R], shown: impl Fn(&'a R) -> Result<T>) -> Result<Vec<T>> {
    rows.iter().map(shown).collect()
}

/// E-mails and phones of a contact, or of the prospect itself, whose verification is shown.
fn points<'a, R: Cells>(rows: &'a [R], contact: Option<Uuid>) -> Result<(Vec<Email<'a>>, Vec<Phone<'a>>)> {
    let (mut emails, mut phones) = (Vec::new(), Vec::new());
    for row in rows {
        if row.maybe_id(0)? != contact {
            continue;
        }
        let value = row.text(2)?;
        let verification = if contact.is_none() { row.maybe_text(4)? } else { None };
        match row.text(1)? {
            "EMAIL" => emails.push(Email { value, verification }),
            _ => phones.push(Phone {
                value,
                label: row.maybe_text(3)?,
                verification,
            }),
        }
    }
    Ok((emails, phones))
}

fn client<'a>(row: &'a impl Cells, catalogs: &'a Catalogs) -> Result<Option<Client<'a>>> {
    let (Some(_), Some(since)) = (row.maybe_number(5)?, row.maybe_number(14)?) else {
        return Ok(None);
    };
    Ok(Some(Client {
        id: row.id(0)?,
        since,
        potential_level: catalogs.maybe(row.maybe_id(15)?)?.map(|level| level.name()),
    }))
}

fn cycle(row: &impl Cells) -> Result<Option<Cycle<'_>>> {
    let Some(id) = row.maybe_id(16)? else { return Ok(None) };
    let amount = row.maybe_number(19)?.zip(row.maybe_text(20)?);
    Ok(Some(Cycle {
        id,
        kind: row.text(17)?,
        opened_at: row.number(18)?,
        amount: amount.map(|(amount, currency)| Amount { amount, currency }),
    }))
}

fn contact<'a, R: Cells>(row: &'a R, rows: &'a [R]) -> Result<Contact<'a>> {
    let id = row.id(0)?;
    let (emails, phones) = points(rows, Some(id))?;
    Ok(Contact {
        id,
        first_name: row.text(1)?,
        last_name: row.maybe_text(2)?,
        description: row.maybe_text(3)?,
        is_main: row.flag(4)?,
        emails,
        phones,
    })
}

fn address(row: &impl Cells) -> Result<Address<'_>> {
    let location = row.maybe_float(8)?.zip(row.maybe_float(9)?);
    Ok(Address {
        id: row.id(0)?,
        country: row.text(1)?,
        city: row.maybe_text(2)?,
        municipality: row.maybe_text(3)?,
        parish: row.maybe_text(4)?,
        postal_code: row.maybe_text(5)?,
        line: row.maybe_text(6)?,
        reference: row.maybe_text(7)?,
        location: location.map(|(latitude, longitude)| Location { latitude, longitude }),
    })
}

fn touch<'a>(row: &'a impl Cells, catalogs: &'a Catalogs) -> Result<Option<Touch<'a>>> {
    let Some(at) = row.maybe_number(21)? else { return Ok(None) };
    Ok(Some(Touch {
        at,
        source: catalogs.get(row.id(22)?)?.name(),
        medium: row.maybe_text(23)?,
        page_url: row.maybe_text(24)?,
        referrer: row.maybe_text(25)?,
    }))
}
