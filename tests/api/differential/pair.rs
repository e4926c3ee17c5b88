//! Two servers that get the same requests, one over each database, and the comparison of their answers.
//!
//! Generated ids differ. They are paired when they first appear at the same position of both answers, and from then on are equivalent: in
//! requests, in answers, and inside of cursors. The generator knows those of SQLite alone.

use std::collections::HashMap;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use cartera::ids;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::{Backend, Person, Snapshot, TestApp, TestDatabase};

/// Kind of caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Who {
    Administrator,
    Ana,
    Luis,
    /// A user who may sign out, change their password and so on.
    Stranger,
}

pub struct Pair {
    pub sqlite: TestApp,
    pub postgres: TestApp,
    databases: [TestDatabase; 2],
    ids: Ids,
}

/// Pairs of ids of SQLite and PostgreSQL.
#[derive(Default)]
struct Ids {
    there: HashMap<Uuid, Uuid>,
    back: HashMap<Uuid, Uuid>,
}

/// Members that no two servers have in common: secrets, and what is written in passing.
const SECRETS: [&str; 4] = ["token", "key", "prefix", "generatedPassword"];
const PASSING: [&str; 3] = ["requestId", "throttleStatus", "lastUsedAt"];

impl Pair {
    pub async fn start() -> Pair {
        let mut databases = [
            TestDatabase::create(Backend::Sqlite).await,
            TestDatabase::create(Backend::Postgres).await,
        ];
        for database in &mut databases {
            let settings = &mut database.settings;
            // Months pass without a new sign-in.
            (settings.session_idle_days, settings.session_absolute_days) = (1_000, 1_000);
            settings.identifier_lookups_per_minute = 1_000_000;
            crate::visibility::lift_limits(settings);
        }
        Pair {
            sqlite: TestApp::start(&databases[0]).await,
            postgres: TestApp::start(&databases[1]).await,
            databases,
            ids: Ids::default(),
        }
    }

    pub async fn stop(self) {
        self.sqlite.stop().await;
        self.postgres.stop().await;
        for database in self.databases {
            database.remove().await;
        }
    }

    pub fn advance(&self, milliseconds: i64) {
        self.sqlite.advance(milliseconds);
        self.postgres.advance(milliseconds);
    }

    /// The answer of SQLite, and how that of PostgreSQL differs if it does.
    pub async fn ask(&mut self, who: Who, document: &str, variables: &Value) -> (Value, Option<String>) {
        let there = self.ids.translated(variables);
        let (mut left, mut right) = tokio::join!(
            person(&self.sqlite, who).run(document, variables.clone()),
            person(&self.postgres, who).run(document, there)
        );
        for answer in [&mut left, &mut right] {
            // Fields of a query run side by side, and so their errors come in any order.
            if let Some(errors) = answer.body["errors"].as_array_mut() {
                errors.sort_by_key(|error| error["path"].to_string());
            }
        }
        let place = match self.ids.compare(&left.body, &right.body, "", "") {
            Ok(()) if left.status == right.status => None,
            Ok(()) => Some("the status".to_owned()),
            Err(place) => Some(place),
        };
        let difference = place.map(|place| {
            format!(
                "{who:?} asked {document}\nwith {variables}\nDIFFERENT at {place}\nSQLite {}: {}\nPostgreSQL {}: {}",
                left.status, left.body, right.status, right.body
            )
        });
        (left.body, difference)
    }

    /// Both databases keep their rules, and have as many rows of everything.
    pub async fn assert_alike(&self) {
        self.sqlite.assert_sound().await;
        self.postgres.assert_sound().await;
        let count =
            |snapshot: Snapshot| -> Vec<(String, usize)> { snapshot.tables.into_iter().map(|(name, rows)| (name, rows.len())).collect() };
        let (left, right) = (count(self.sqlite.snapshot().await), count(self.postgres.snapshot().await));
        assert_eq!(left, right, "the numbers of rows of all tables: SQLite left, PostgreSQL right");
    }
}

fn person(app: &TestApp, who: Who) -> &Person {
    match who {
        Who::Administrator => &app.admin,
        Who::Ana => &app.ana,
        Who::Luis => &app.luis,
        Who::Stranger => &app.stranger,
    }
}

impl Ids {
    /// The request with the ids of PostgreSQL.
    fn translated(&self, value: &Value) -> Value {
        match value {
            Value::String(text) => json!(self.translated_text(text)),
            Value::Array(values) => values.iter().map(|value| self.translated(value)).collect(),
            Value::Object(fields) => Value::Object(fields.iter().map(|(name, value)| (name.clone(), self.translated(value))).collect()),
            other => other.clone(),
        }
    }

    fn translated_text(&self, text: &str) -> String {
        let other = |id: Uuid| self.there.get(&id).copied().unwrap_or(id);
        if let Some((kind, id)) = ids::parse(text) {
            return kind.encode(other(id));
        }
        match cursor(text) {
            Some((mut place, id)) => {
                place[3] = json!(other(id).as_simple().to_string());
                URL_SAFE_NO_PAD.encode(Value::Array(place).to_string())
            }
            None => text.to_owned(),
        }
    }

    /// The first difference of the answers, if any. `name` is that of the member that holds the values.
    fn compare(&mut self, left: &Value, right: &Value, name: &str, path: &str) -> Result<(), String> {
        let differ = || Err(format!("{path}: {left} and {right}"));
        match (left, right) {
            (Value::Object(here), Value::Object(there)) => {
                if !here.keys().eq(there.keys()) {
                    return differ();
                }
                here.iter()
                    .filter(|(name, _)| !PASSING.contains(&name.as_str()))
                    .try_for_each(|(name, value)| self.compare(value, &there[name], name, &format!("{path}.{name}")))
            }
            (Value::Array(here), Value::Array(there)) => {
                if here.len() != there.len() {
                    return differ();
                }
                let mut pairs = here.iter().zip(there).enumerate();
                pairs.try_for_each(|(place, (here, there))| self.compare(here, there, name, &format!("{path}.{place}")))
            }
            (Value::String(here), Value::String(there)) => {
                if SECRETS.contains(&name) || self.is_same_text(here, there) {
                    Ok(())
                } else {
                    differ()
                }
            }
            _ if left == right => Ok(()),
            _ => differ(),
        }
    }

    fn is_same_text(&mut self, left: &str, right: &str) -> bool {
        match (ids::parse(left), ids::parse(right)) {
            (Some((kind, here)), Some((other, there))) => return kind == other && self.are_paired(here, there),
            (None, None) => {}
            _ => return false,
        }
        match (cursor(left), cursor(right)) {
            (Some((here, left_id)), Some((there, right_id))) => here[..3] == there[..3] && self.are_paired(left_id, right_id),
            _ => left == right,
        }
    }

    /// Whether the two are paired; they become so if neither was seen before.
    fn are_paired(&mut self, left: Uuid, right: Uuid) -> bool {
        match (self.there.get(&left), self.back.get(&right)) {
            (None, None) => {
                self.there.insert(left, right);
                self.back.insert(right, left);
                true
            }
            (there, back) => there == Some(&right) && back == Some(&left),
        }
    }
}

/// The values of a cursor, and the id in it; None if the text is none.
fn cursor(text: &str) -> Option<(Vec<Value>, Uuid)> {
    let place: Vec<Value> = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(text).ok()?).ok()?;
    let id = Uuid::try_parse(place.get(3)?.as_str()?).ok()?;
    Some((place, id))
}
