//! Values to fill in filters with, taken from the records: such that many pass, and such that few do.

use std::collections::HashMap;

use sea_orm::{ConnectionTrait, Database, DatabaseConnection, Statement};
use serde_json::{Value, json};
use uuid::Uuid;

use super::words::Ranking;
use crate::samples::instant;
use crate::{Result, ids};

/// Sample values of one database.
pub struct Values {
    /// By the end of the path: identifiers from the most frequent to the rarest.
    ids: HashMap<&'static str, Vec<String>>,
    /// By the end of the path: texts of records that the salesperson owns.
    texts: HashMap<&'static str, Vec<String>>,
    pub words: Words,
    /// Registration time of the first and the last prospect, in milliseconds.
    times: (i64, i64),
}

/// Sample search texts.
#[derive(Default)]
pub struct Words {
    pub common: String,
    pub middling: String,
    pub rare: String,
    pub phone: String,
    pub identifier: String,
}

type Named = (String, Value);

const DAY: i64 = 24 * 60 * 60 * 1000;
/// Rows that are looked at to learn what is frequent.
const LOOKED_AT: u32 = 50_000;

/// Origin of ids of each kind: the end of the path, the prefix, the table and the column.
const IDS: &[(&str, &str, &str, &str)] = &[
    ("id", "prs", "prospects", "id"),
    ("status", "sta", "prospects", "status_id"),
    ("channel", "chn", "prospects", "channel_id"),
    ("segment", "seg", "prospects", "segment_id"),
    ("potentialLevel", "lvl", "prospects", "potential_level_id"),
    ("ClientFilter.potentialLevel", "lvl", "clients", "potential_level_id"),
    ("source", "src", "prospects", "source_id"),
    ("owner", "usr", "prospects", "owner_id"),
    ("industry", "idy", "prospects", "industry_id"),
    ("customerType", "cty", "prospects", "customer_type_id"),
    ("tag", "tag", "prospect_tags", "tag_id"),
    ("tags.id", "tag", "prospect_tags", "tag_id"),
    ("region", "reg", "addresses", "region_id"),
    ("zone", "zon", "addresses", "zone_id"),
    ("sector", "sec", "addresses", "sector_id"),
    ("addressType", "adt", "addresses", "type_id"),
    ("addresses.type", "adt", "addresses", "type_id"),
    ("identifiers.type", "idt", "identifiers", "type_id"),
    ("reason", "rsn", "cycles", "reason_id"),
    ("createdBy", "usr", "prospects", "created_by"),
    ("TaskFilter.createdBy", "usr", "tasks", "created_by"),
    ("tasks.createdBy", "usr", "tasks", "created_by"),
    ("completedBy", "usr", "tasks", "completed_by"),
    ("convertedBy", "usr", "clients", "converted_by"),
    ("actor", "usr", "timeline_entries", "actor_id"),
    ("assignee", "usr", "tasks", "assignee_id"),
    ("taskType", "tty", "tasks", "type_id"),
    ("TaskFilter.type", "tty", "tasks", "type_id"),
    ("tasks.type", "tty", "tasks", "type_id"),
    ("nextTask.type", "tty", "tasks", "type_id"),
];

/// Origin of texts: the end of the path, the expression, the tables joined with the prospects `p`, and a condition.
const TEXTS: &[(&str, &str, &str, &str)] = &[
    ("name", "p.name", "", "p.name <> ''"),
    ("legalName", "p.legal_name", "", "p.legal_name IS NOT NULL"),
    ("email", "t.value", "contact_points", "t.kind = 'EMAIL'"),
    ("emails.value", "t.value", "contact_points", "t.kind = 'EMAIL'"),
    (
        "contacts.email",
        "t.value",
        "contact_points",
        "t.kind = 'EMAIL' AND t.contact_id IS NOT NULL",
    ),
    ("phone", "t.value_norm", "contact_points", "t.kind = 'PHONE'"),
    ("phones.value", "t.value_norm", "contact_points", "t.kind = 'PHONE'"),
    (
        "contacts.phone",
        "t.value_norm",
        "contact_points",
        "t.kind = 'PHONE' AND t.contact_id IS NOT NULL",
    ),
    ("identifier", "t.number", "identifiers", "1 = 1"),
    ("identifiers.number", "t.number", "identifiers", "1 = 1"),
    ("identifiers.country", "t.country", "identifiers", "1 = 1"),
    (
        "contactName",
        "t.first_name || ' ' || t.last_name",
        "contacts",
        "t.last_name IS NOT NULL",
    ),
    (
        "contacts.name",
        "t.first_name || ' ' || t.last_name",
        "contacts",
        "t.last_name IS NOT NULL",
    ),
    ("country", "t.country", "addresses", "1 = 1"),
    ("city", "t.city", "addresses", "t.city IS NOT NULL"),
    ("municipality", "t.municipality", "addresses", "t.municipality IS NOT NULL"),
    ("parish", "t.parish", "addresses", "t.parish IS NOT NULL"),
    ("medium", "t.medium", "touches", "t.medium IS NOT NULL"),
    ("ipAddress", "t.ip_address", "touches", "t.ip_address IS NOT NULL"),
    ("utmSource", "t.utm_source", "touches", "t.utm_source IS NOT NULL"),
    ("utmMedium", "t.utm_medium", "touches", "t.utm_medium IS NOT NULL"),
    ("utmCampaign", "t.utm_campaign", "touches", "t.utm_campaign IS NOT NULL"),
    ("adCampaign", "t.ad_campaign", "touches", "t.ad_campaign IS NOT NULL"),
];
/// A table whose rows are never deleted by themselves.
const LASTING: &str = "touches";

/// Numbers that are tried: the end of the path, one that many have, and one that few have.
const NUMBERS: &[(&str, i64, i64)] = &[("rating", 3, 5), ("validityDays", 90, 30)];

impl Values {
    /// Looks at a database that holds the demo's data; texts are those of records of the salesperson.
    pub async fn read(database: &str, salesperson: &str) -> Result<Values> {
        let db = Database::connect(database).await?;
        let mut ids_found = HashMap::new();
        for (end, prefix, table, column) in IDS {
            let text = format!(
                "SELECT {column} FROM (SELECT {column} FROM {table} WHERE {column} IS NOT NULL LIMIT {LOOKED_AT}) s \
                 GROUP BY {column} ORDER BY count(*) DESC, {column}"
            );
            // The rarest of prospects and their like would be as common as any other.
            let most = if *column == "id" { 2 } else { usize::MAX };
            let found: Vec<Uuid> = column_of(&db, &text).await?;
            ids_found.insert(*end, found.into_iter().take(most).map(|id| ids::encode(prefix, id)).collect());
        }
        let mut texts = HashMap::new();
        for (end, expression, table, condition) in TEXTS {
            let joined = match *table {
                "" => String::new(),
                LASTING => format!("JOIN {table} t ON t.prospect_id = p.id"),
                _ => format!("JOIN {table} t ON t.prospect_id = p.id AND t.deleted_at IS NULL"),
            };
            let text = format!(
                "SELECT {expression} FROM prospects p {joined} WHERE p.deleted_at IS NULL AND {condition} \
                 AND p.owner_id = (SELECT id FROM users WHERE email_norm = '{salesperson}') LIMIT 2"
            );
            texts.insert(*end, column_of(&db, &text).await?);
        }
        let words = words(&db, &texts).await?;
        let time = async |way: &str| -> Result<i64> {
            let text = format!("SELECT created_at FROM prospects WHERE deleted_at IS NULL ORDER BY created_at {way}, id {way} LIMIT 1");
            Ok(column_of(&db, &text).await?.pop().ok_or("there are no prospects")?)
        };
        let times = (time("ASC").await?, time("DESC").await?);
        db.close().await?;
        Ok(Values {
            ids: ids_found,
            texts,
            words,
            times,
        })
    }

    /// The values to try with an operator of a filter, each with a name.
    pub fn operator(&self, filter: &str, path: &str, operator: &str) -> Result<Vec<Named>> {
        if operator == "isNull" {
            return Ok(vec![("true".to_owned(), json!(true)), ("false".to_owned(), json!(false))]);
        }
        match filter {
            "IdFilter" => self.of_id(path, operator),
            "StringFilter" | "ExactStringFilter" => self.of_text(path, operator),
            "DateTimeFilter" => self.of_time(path, operator),
            "AmountFilter" => of_amount(path, operator),
            "IntFilter" | "FloatFilter" => of_number(path, operator),
            _ => Err(none(path, filter)),
        }
    }

    /// The values of a field that is not a filter itself.
    pub fn plain(&self, scalar: &str, path: &str) -> Result<Vec<Value>> {
        match scalar {
            "Boolean" => Ok(vec![json!(true), json!(false)]),
            "ID" => Ok(ends(self.ids(path)?).into_iter().map(|(_, id)| json!(id)).collect()),
            "Int" | "Float" => {
                let (_, common, rare) = numbers(path)?;
                Ok(vec![json!(common), json!(rare)])
            }
            _ => Err(none(path, scalar)),
        }
    }

    /// A day that lies between the first prospect and the last.
    pub fn day(&self) -> Value {
        let middle = self.times.0.midpoint(self.times.1);
        json!({ "gte": instant(middle), "lt": instant(middle + DAY) })
    }

    /// Identifiers from the most frequent to the rarest; the longest known end of the path counts.
    pub fn ids(&self, path: &str) -> Result<&[String]> {
        let found = ending(path, self.ids.iter().map(|(end, ids)| (*end, ids)));
        found.ok_or_else(|| none(path, "IdFilter"))
    }

    pub fn texts(&self, path: &str) -> Result<&[String]> {
        let found = ending(path, self.texts.iter().map(|(end, texts)| (*end, texts)));
        found.ok_or_else(|| none(path, "StringFilter"))
    }

    fn of_id(&self, path: &str, operator: &str) -> Result<Vec<Named>> {
        let ids = self.ids(path)?;
        match operator {
            "eq" => Ok(ends(ids).into_iter().map(|(name, id)| (name, json!(id))).collect()),
            "in" if ids.is_empty() => Ok(Vec::new()),
            "in" => {
                let both: Vec<String> = ends(ids).into_iter().map(|(_, id)| id).collect();
                Ok(vec![("both".to_owned(), json!(both))])
            }
            _ => Err(none(path, operator)),
        }
    }

    fn of_text(&self, path: &str, operator: &str) -> Result<Vec<Named>> {
        let texts = self.texts(path)?;
        let Some(text) = texts.first() else { return Ok(Vec::new()) };
        let word = text.split_whitespace().last().unwrap_or(text);
        let beginning = |word: &str, length: usize| word.chars().take(length).collect::<String>();
        let named = |name: &str, text: String| (name.to_owned(), json!(text));
        match operator {
            "eq" => Ok(vec![named("", text.clone())]),
            "in" => Ok(vec![("two".to_owned(), json!(texts))]),
            "startsWith" => Ok(vec![
                named("2 signs", beginning(text, 2)),
                named("all but the last sign", beginning(text, text.chars().count().saturating_sub(1))),
            ]),
            "contains" => Ok(vec![
                named("2 signs", beginning(word, 2)),
                named("4 signs", beginning(word, 4)),
                named("all", text.clone()),
            ]),
            _ => Err(none(path, operator)),
        }
    }

    fn of_time(&self, path: &str, operator: &str) -> Result<Vec<Named>> {
        let (first, last) = self.times;
        let named = |name: &str, at: i64| (name.to_owned(), json!(instant(at)));
        match operator {
            "gte" | "gt" => Ok(vec![named("most", first + DAY), named("the last day", last - DAY)]),
            "lt" | "lte" => Ok(vec![named("most", last - DAY), named("the first day", first + DAY)]),
            "relative" => Ok(vec![
                ("last month".to_owned(), json!({ "unit": "MONTH", "offset": -1 })),
                ("next week".to_owned(), json!({ "unit": "WEEK", "offset": 1 })),
            ]),
            "weekday" => Ok(vec![(
                "SUNDAY".to_owned(),
                json!({ "in": ["SUNDAY"], "timeZone": "America/New_York" }),
            )]),
            "hourOfDay" => Ok(vec![("9".to_owned(), json!({ "in": [9], "timeZone": "America/New_York" }))]),
            _ => Err(none(path, operator)),
        }
    }
}

/// Words by how often they are in the search documents, and parts of numbers.
async fn words(db: &DatabaseConnection, texts: &HashMap<&'static str, Vec<String>>) -> Result<Words> {
    let ranking = Ranking::read(db).await?;
    let text = |end: &str| texts.get(end).and_then(|texts| texts.first()).cloned().unwrap_or_default();
    Ok(Words {
        common: ranking.most_frequent()?,
        middling: ranking.one_in(200)?,
        rare: text("email"),
        phone: text("phone"),
        identifier: text("identifier"),
    })
}

fn of_amount(path: &str, operator: &str) -> Result<Vec<Named>> {
    match operator {
        "currency" => Ok(vec![("USD".to_owned(), json!("USD"))]),
        "gte" | "lte" => Ok(vec![("1000".to_owned(), json!("1000"))]),
        _ => Err(none(path, operator)),
    }
}

fn of_number(path: &str, operator: &str) -> Result<Vec<Named>> {
    let (_, common, rare) = numbers(path)?;
    match operator {
        "in" => Ok(vec![("both".to_owned(), json!([common, rare]))]),
        "eq" | "gte" | "lte" | "gt" | "lt" => Ok(vec![
            (common.to_string(), json!(common)),
            (rare.to_string(), json!(rare)),
            ("1".to_owned(), json!(1)),
        ]),
        _ => Err(none(path, operator)),
    }
}

fn numbers(path: &str) -> Result<(&'static str, i64, i64)> {
    let found = NUMBERS.iter().find(|(end, ..)| is_end(path, end));
    Ok(*found.ok_or_else(|| none(path, "a number"))?)
}

fn ending<'a, T>(path: &str, all: impl Iterator<Item = (&'static str, &'a Vec<T>)>) -> Option<&'a [T]> {
    let found = all.filter(|(end, _)| is_end(path, end)).max_by_key(|(end, _)| end.len());
    found.map(|(_, values)| values.as_slice())
}

fn is_end(path: &str, end: &str) -> bool {
    path.strip_suffix(end).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
}

/// The most frequent and the rarest, where these are two.
fn ends(ids: &[String]) -> Vec<(String, String)> {
    let mut ends: Vec<(String, String)> = ids.first().map(|id| ("a common one".to_owned(), id.clone())).into_iter().collect();
    if let [_, .., last] = ids {
        ends.push(("a rare one".to_owned(), last.clone()));
    }
    ends
}

fn none(path: &str, what: &str) -> crate::Failure {
    format!("the filter {path} ({what}) has no sample value: give it one in bench/src/cases/values.rs").into()
}

pub(super) async fn column_of<T: sea_orm::TryGetable>(db: &DatabaseConnection, text: &str) -> Result<Vec<T>> {
    let statement = Statement::from_string(db.get_database_backend(), text);
    let rows = db.query_all_raw(statement).await?;
    rows.iter().map(|row| Ok(row.try_get_by_index(0)?)).collect()
}
