//! Hand-written SQL for both databases: numbered parameters, and the few functions that they name differently.

use sea_orm::{DbBackend, Statement, Value};
use uuid::Uuid;

/// A statement under construction. Values only ever enter as parameters.
pub struct Sql {
    backend: DbBackend,
    pub text: String,
    values: Vec<Value>,
}

impl Sql {
    pub fn new(backend: DbBackend) -> Self {
        Sql {
            backend,
            text: String::with_capacity(1024),
            values: Vec::new(),
        }
    }

    pub fn push(&mut self, text: &str) -> &mut Self {
        self.text.push_str(text);
        self
    }

    /// Adds the value and returns its placeholder.
    pub fn bind(&mut self, value: impl Into<Value>) -> String {
        self.values.push(value.into());
        format!("${}", self.values.len())
    }

    /// `IN (…)` over any number of ids with one parameter, so that the text does not depend on how many there are.
    pub fn in_ids(&mut self, ids: impl IntoIterator<Item = Uuid>) -> String {
        match self.backend {
            DbBackend::Postgres => {
                let ids: Vec<Uuid> = ids.into_iter().collect();
                format!("= ANY({})", self.bind(ids))
            }
            _ => {
                let mut list = String::from("[");
                for id in ids {
                    if list.len() > 1 {
                        list.push(',');
                    }
                    list.push('"');
                    list.push_str(id.as_simple().encode_lower(&mut Uuid::encode_buffer()));
                    list.push('"');
                }
                list.push(']');
                format!("IN (SELECT unhex(value) FROM json_each({}))", self.bind(list))
            }
        }
    }

    /// The same over texts.
    pub fn in_texts(&mut self, values: &[String]) -> String {
        match self.backend {
            DbBackend::Postgres => format!("= ANY({})", self.bind(values.to_vec())),
            _ => {
                let list = serde_json::json!(values).to_string();
                format!("IN (SELECT value FROM json_each({}))", self.bind(list))
            }
        }
    }

    /// The same for the keys of a look-up. The inner query hides from PostgreSQL how many keys there are: it then uses one
    /// generic plan instead of planning for each list, which takes longer than the look-up.
    pub fn in_lookup_ids(&mut self, ids: impl IntoIterator<Item = Uuid>) -> String {
        match self.backend {
            DbBackend::Postgres => {
                let ids: Vec<Uuid> = ids.into_iter().collect();
                format!("= ANY(ARRAY(SELECT unnest({})))", self.bind(ids))
            }
            _ => self.in_ids(ids),
        }
    }

    /// The same over binary keys.
    pub fn in_lookup_bytes(&mut self, keys: &[Vec<u8>]) -> String {
        let hex: Vec<String> = keys
            .iter()
            .map(|key| key.iter().map(|byte| format!("{byte:02x}")).collect())
            .collect();
        match self.backend {
            DbBackend::Postgres => format!("= ANY(ARRAY(SELECT decode(hex, 'hex') FROM unnest({}) hex))", self.bind(hex)),
            _ => {
                let list = serde_json::json!(hex).to_string();
                format!("IN (SELECT unhex(value) FROM json_each({}))", self.bind(list))
            }
        }
    }

    /// An expression that generates an id for each row, a UUIDv7 of the current time. Ids of one statement have no order among each other.
    pub fn new_id(&mut self) -> String {
        let timestamp = Uuid::now_v7().simple().to_string()[..12].to_owned();
        let timestamp = self.bind(timestamp);
        match self.backend {
            // A random UUID has its variant already; of the rest only the version has to be another.
            DbBackend::Postgres => {
                format!("CAST({timestamp} || '7' || substr(replace(CAST(gen_random_uuid() AS text), '-', ''), 14) AS uuid)")
            }
            _ => format!(
                "unhex({timestamp} || '7' || substr(hex(randomblob(2)), 2) || substr('89AB', 1 + (random() & 3), 1) || \
                 substr(hex(randomblob(8)), 2))"
            ),
        }
    }

    /// The statement, ready to run.
    pub fn build(self) -> Statement {
        Statement::from_sql_and_values(self.backend, self.text, self.values)
    }

    pub fn dialect(&self) -> Dialect {
        Dialect(self.backend)
    }
}

/// The functions that differ.
#[derive(Clone, Copy)]
pub struct Dialect(pub DbBackend);

impl Dialect {
    fn is_postgres(self) -> bool {
        self.0 == DbBackend::Postgres
    }

    /// An id column inside JSON, as text that `Uuid` reads.
    pub fn id(self, column: &str) -> String {
        if self.is_postgres() {
            column.to_owned()
        } else {
            // SQLite makes an empty text of the hex of null.
            format!("nullif(hex({column}), '')")
        }
    }

    /// A JSON column inside JSON.
    pub fn json(self, column: &str) -> String {
        if self.is_postgres() {
            column.to_owned()
        } else {
            format!("json({column})")
        }
    }

    /// A true-or-false expression inside JSON.
    pub fn flag(self, expression: &str) -> String {
        if self.is_postgres() {
            format!("({expression})")
        } else {
            format!("json(iif({expression}, 'true', 'false'))")
        }
    }

    /// A JSON array of expressions.
    pub fn array(self, expressions: &[String]) -> String {
        let name = if self.is_postgres() { "json_build_array" } else { "json_array" };
        format!("{name}({})", expressions.join(", "))
    }

    /// All rows of a group as a JSON array in the given order; an empty array when there are none.
    pub fn collect(self, expression: &str, order: &str) -> String {
        if self.is_postgres() {
            format!("CAST(coalesce(json_agg({expression} ORDER BY {order}), '[]') AS text)")
        } else {
            format!("json_group_array({expression} ORDER BY {order})")
        }
    }
}
