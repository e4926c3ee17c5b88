//! The inverse of a filter: from a value to the filter input of the API that matches the rows with it.

use serde_json::{Value, json};
use uuid::Uuid;

use super::{Column, Holds};

/// Value of a column in a row, or in a group of rows.
#[derive(Clone, Debug, PartialEq)]
pub enum Held {
    Nothing,
    Id(Uuid),
    Text(String),
    Integer(i32),
    /// An instant from the first on, before the second, in milliseconds.
    Period(i64, i64),
    Flag(bool),
}

impl Column {
    /// The filter input that finds what has this; None where the column cannot have it.
    pub fn input(&self, held: &Held) -> Option<Value> {
        let test = match (held, self.holds) {
            (Held::Nothing, _) if self.is_nullable => json!({ "isNull": true }),
            (Held::Id(id), Holds::Id(kind)) => json!({ "eq": kind.encode(*id) }),
            (Held::Text(text), Holds::Text(..) | Holds::Value) => json!({ "eq": text }),
            (Held::Integer(number), Holds::Integer) => json!({ "eq": number }),
            (Held::Period(from, to), Holds::Time) => json!({ "gte": instant(*from)?, "lt": instant(*to)? }),
            (Held::Flag(is), Holds::Flag) => match self.called {
                Some(names) => json!({ "eq": names[usize::from(*is)] }),
                None => json!(is),
            },
            _ => return None,
        };
        Some(self.path.rsplit('.').fold(test, |inner, name| json!({ name: inner })))
    }
}

fn instant(milliseconds: i64) -> Option<String> {
    let instant = chrono::DateTime::from_timestamp_millis(milliseconds)?;
    Some(instant.to_rfc3339_opts(chrono::SecondsFormat::Millis, true))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::Kind;

    #[test]
    fn an_input_names_the_path_and_the_value() {
        let status = Column::new("status", "prospects.status_id", Holds::Id(Kind::Status));
        let rating = Column::new("rating", "prospects.rating", Holds::Integer).nullable();
        let opened = Column::new("cycles.some.openedAt", "cycles.opened_at", Holds::Time);
        let client = Column::new("condition", "prospects.client_since IS NOT NULL", Holds::Flag).called(["PROSPECT", "CLIENT"]);
        let id = Uuid::from_u128(7);
        for (column, held, input) in [
            (&status, Held::Id(id), Some(json!({ "status": { "eq": Kind::Status.encode(id) } }))),
            (&status, Held::Nothing, None),
            (&status, Held::Integer(1), None),
            (&rating, Held::Nothing, Some(json!({ "rating": { "isNull": true } }))),
            (
                &opened,
                Held::Period(0, 1_500),
                Some(
                    json!({ "cycles": { "some": { "openedAt": { "gte": "1970-01-01T00:00:00.000Z", "lt": "1970-01-01T00:00:01.500Z" } } } }),
                ),
            ),
            (&client, Held::Flag(true), Some(json!({ "condition": { "eq": "CLIENT" } }))),
        ] {
            assert_eq!(column.input(&held), input, "{held:?}");
        }
    }
}
