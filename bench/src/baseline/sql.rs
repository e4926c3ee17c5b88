//! Statements under construction: their parameters, what the two databases spell differently, and the conditions of lists.

use sea_orm::{DbBackend, Value};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::question::{Filter, Place};

/// A statement with its values.
pub struct Sql {
    pub dialect: Dialect,
    pub text: String,
    pub values: Vec<Value>,
}

/// SQL that differs between the databases.
#[derive(Clone, Copy)]
pub struct Dialect {
    pub is_postgres: bool,
}

/// Source of the rows of a list.
pub struct Source {
    /// A common table expression that finds the few prospects in question.
    pub few: Option<String>,
    pub from: &'static str,
    /// Further conditions, each after an `AND`.
    pub conditions: String,
}

/// The user of the session that the first three parameters name.
pub const VIEWER: &str = "SELECT u.id, u.role FROM sessions s JOIN users u ON u.id = s.user_id \
    WHERE s.token_hash = $1 AND s.expires_at > $2 AND s.last_used_at > $3 AND u.is_active";
/// A session ends after a week without use.
const IDLE: i64 = 7 * 24 * 60 * 60 * 1000;

/// The hash of the token, the present, and since when a session has to have been used.
pub fn session(token: &str, now: i64) -> Vec<Value> {
    let hash = Sha256::digest(token.as_bytes()).to_vec();
    vec![hash.into(), now.into(), (now - IDLE).into()]
}

impl Sql {
    pub fn new(dialect: Dialect) -> Sql {
        Sql {
            dialect,
            text: String::new(),
            values: Vec::new(),
        }
    }

    pub fn whole(dialect: Dialect, text: impl Into<String>, values: Vec<Value>) -> Sql {
        Sql {
            dialect,
            text: text.into(),
            values,
        }
    }

    /// Adds the value and returns its placeholder.
    pub fn bind(&mut self, value: impl Into<Value>) -> String {
        self.values.push(value.into());
        format!("${}", self.values.len())
    }

    /// A test for one of some ids.
    pub fn in_ids(&mut self, ids: &[Uuid]) -> String {
        if self.dialect.is_postgres {
            return format!("= ANY({})", self.bind(ids.to_vec()));
        }
        let ids: Vec<String> = ids.iter().map(|id| self.bind(*id)).collect();
        format!("IN ({})", ids.join(", "))
    }

    /// The condition for what comes after a place in the list, with an `AND` before it.
    pub fn beyond(&mut self, after: Option<Place>) -> String {
        let Some(place) = after else { return String::new() };
        let (created_at, id) = (self.bind(place.created_at), self.bind(place.id));
        format!(" AND (p.created_at, p.id) < ({created_at}, {id})")
    }
}

impl Filter {
    pub fn source(&self, sql: &mut Sql) -> Source {
        let few = self.few(sql);
        let mut conditions = String::new();
        if few.is_some() {
            conditions.push_str(" AND p.id = few.prospect_id");
        }
        for (column, ids) in [("p.status_id", &self.statuses), ("p.channel_id", &self.channels)] {
            match ids[..] {
                [] => {}
                [id] => conditions.push_str(&format!(" AND {column} = {}", sql.bind(id))),
                // Most prospects pass: SQLite should not begin at the index of the column.
                _ if !sql.dialect.is_postgres => conditions.push_str(&format!(" AND +{column} {}", sql.in_ids(ids))),
                _ => conditions.push_str(&format!(" AND {column} {}", sql.in_ids(ids))),
            }
        }
        if let Some(category) = &self.category {
            let category = sql.bind(category.as_str());
            let statuses = format!("SELECT id FROM statuses WHERE category = {category}");
            conditions.push_str(&if sql.dialect.is_postgres {
                format!(" AND p.status_id = ANY(ARRAY({statuses}))")
            } else {
                format!(" AND +p.status_id IN ({statuses})")
            });
        }
        if let Some(since) = self.since {
            conditions.push_str(&format!(" AND p.created_at >= {}", sql.bind(since)));
        }
        Source {
            // `CROSS JOIN` keeps SQLite from beginning at the prospects.
            from: if few.is_some() {
                "few CROSS JOIN prospects p"
            } else {
                "prospects p"
            },
            few,
            conditions,
        }
    }

    fn few(&self, sql: &mut Sql) -> Option<String> {
        let found = if let Some(tag) = self.tag {
            format!("SELECT t.prospect_id FROM prospect_tags t WHERE t.tag_id = {}", sql.bind(tag))
        } else {
            let word = self.word.as_deref()?;
            let like = sql.bind(format!("%{word}%"));
            if sql.dialect.is_postgres {
                format!("SELECT d.prospect_id FROM search_documents d WHERE d.document LIKE {like}")
            } else {
                let trigrams = sql.bind(trigrams(word));
                format!(
                    "SELECT d.prospect_id FROM search_index CROSS JOIN search_documents d \
                     WHERE d.number = search_index.rowid AND search_index MATCH {trigrams} AND d.document LIKE {like}"
                )
            }
        };
        Some(format!("few AS MATERIALIZED ({found})"))
    }
}

/// Every third trigram of a word and its last, as a query of SQLite's index.
fn trigrams(word: &str) -> String {
    let letters: Vec<char> = word.chars().collect();
    let last = letters.len().saturating_sub(3);
    let mut places: Vec<usize> = (0..=last).step_by(3).collect();
    if !places.contains(&last) {
        places.push(last);
    }
    let quoted = places
        .into_iter()
        .map(|place| format!("\"{}\"", letters[place..].iter().take(3).collect::<String>()));
    quoted.collect::<Vec<_>>().join(" AND ")
}

impl Dialect {
    pub fn new(backend: DbBackend) -> Dialect {
        Dialect {
            is_postgres: backend == DbBackend::Postgres,
        }
    }

    /// A JSON object of names and expressions.
    pub fn object(self, fields: &[(&str, &str)]) -> String {
        let name = if self.is_postgres { "json_build_object" } else { "json_object" };
        let fields: Vec<String> = fields.iter().map(|(name, value)| format!("'{name}', {value}")).collect();
        format!("{name}({})", fields.join(", "))
    }

    /// A JSON array of what the rows of a query make, in the order.
    pub fn list(self, row: &str, order: &str) -> String {
        self.list_where(row, order, "")
    }

    /// The same for some of the rows: `filter` is empty or a `FILTER (WHERE …)`.
    pub fn list_where(self, row: &str, order: &str, filter: &str) -> String {
        if self.is_postgres {
            format!("coalesce(json_agg({row} ORDER BY {order}) {filter}, '[]')")
        } else {
            format!("json_group_array({row} ORDER BY {order}) {filter}")
        }
    }

    pub fn id(self, column: &str) -> String {
        if self.is_postgres {
            column.to_owned()
        } else {
            format!("hex({column})")
        }
    }

    pub fn flag(self, expression: &str) -> String {
        if self.is_postgres {
            format!("({expression})")
        } else {
            format!("json(iif({expression}, 'true', 'false'))")
        }
    }

    /// A text, or a piece of JSON, inside a JSON column.
    pub fn text_in(self, column: &str, key: &str) -> String {
        format!("{column} ->> '{key}'")
    }

    pub fn json_in(self, column: &str, key: &str) -> String {
        format!("{column} -> '{key}'")
    }

    /// An id kept as text inside a JSON column.
    pub fn id_in(self, column: &str, key: &str) -> String {
        let text = self.text_in(column, key);
        if self.is_postgres {
            format!("CAST({text} AS uuid)")
        } else {
            format!("unhex({text}, '-')")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn trigrams_cover_a_word() {
        assert_eq!(trigrams("jose"), r#""jos" AND "ose""#);
        assert_eq!(trigrams("abcdef"), r#""abc" AND "def""#);
    }

    #[test]
    fn every_value_of_a_filter_is_a_parameter() {
        let filter = Filter {
            statuses: vec![Uuid::nil(), Uuid::max()],
            channels: vec![Uuid::nil()],
            since: Some(7),
            ..Filter::default()
        };
        let of = |is_postgres| {
            let mut sql = Sql::new(Dialect { is_postgres });
            let source = filter.source(&mut sql);
            assert!(source.few.is_none());
            (source.conditions, sql.values.len())
        };
        let postgres = " AND p.status_id = ANY($1) AND p.channel_id = $2 AND p.created_at >= $3";
        assert_eq!(of(true), (postgres.to_owned(), 3));
        let sqlite = " AND +p.status_id IN ($1, $2) AND p.channel_id = $3 AND p.created_at >= $4";
        assert_eq!(of(false), (sqlite.to_owned(), 4));
    }
}
