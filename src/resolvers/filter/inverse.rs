//! The inverse of a filter: from a value to the filter input of the API that matches the rows with it.

use chrono_tz::Tz;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{Column, ColumnType, DayPart};

/// Value of a column in a row, or in a group of rows.
#[derive(Clone, Debug, PartialEq)]
pub enum ColumnValue {
    Null,
    Id(Uuid),
    Text(String),
    Integer(i32),
    /// An instant from the first on, before the second, in milliseconds.
    Period(i64, i64),
    /// An instant on a weekday, or within an hour of the day, in a time zone.
    DayPart(DayPart, i64, Tz),
    Flag(bool),
}

impl Column {
    /// The filter input that matches rows with this value; None if the column cannot have it, or has no filter.
    pub fn input(&self, value: &ColumnValue) -> Option<Value> {
        if !self.is_filtered {
            return None;
        }
        let test = match (value, self.column_type) {
            (ColumnValue::Null, _) if self.is_nullable => json!({ "isNull": true }),
            (ColumnValue::Id(id), ColumnType::Id(kind)) => json!({ "eq": kind.encode(*id) }),
            (ColumnValue::Text(text), ColumnType::Text(..) | ColumnType::Value) => json!({ "eq": text }),
            (ColumnValue::Integer(number), ColumnType::Integer) => json!({ "eq": number }),
            (ColumnValue::Period(from, to), ColumnType::Time) => json!({ "gte": instant(*from)?, "lt": instant(*to)? }),
            (ColumnValue::DayPart(part, value, zone), ColumnType::Time) => part.input(*value, Some(*zone))?,
            (ColumnValue::Flag(is), ColumnType::Flag) => match self.called {
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
        let status = Column::new("status", "prospects.status_id", ColumnType::Id(Kind::Status));
        let rating = Column::new("rating", "prospects.rating", ColumnType::Integer).nullable();
        let opened = Column::new("cycles.some.openedAt", "cycles.opened_at", ColumnType::Time);
        let unfiltered = Column::new("rating", "prospects.rating", ColumnType::Integer).unfiltered();
        let client = Column::new("condition", "prospects.client_since IS NOT NULL", ColumnType::Flag).called(["PROSPECT", "CLIENT"]);
        let id = Uuid::from_u128(7);
        for (column, value, input) in [
            (
                &status,
                ColumnValue::Id(id),
                Some(json!({ "status": { "eq": Kind::Status.encode(id) } })),
            ),
            (&status, ColumnValue::Null, None),
            (&status, ColumnValue::Integer(1), None),
            (&unfiltered, ColumnValue::Integer(1), None),
            (&rating, ColumnValue::Null, Some(json!({ "rating": { "isNull": true } }))),
            (
                &opened,
                ColumnValue::Period(0, 1_500),
                Some(
                    json!({ "cycles": { "some": { "openedAt": { "gte": "1970-01-01T00:00:00.000Z", "lt": "1970-01-01T00:00:01.500Z" } } } }),
                ),
            ),
            (
                &opened,
                ColumnValue::DayPart(DayPart::Weekday, 0, Tz::America__Caracas),
                Some(json!({ "cycles": { "some": { "openedAt": { "weekday": { "in": ["MONDAY"], "timeZone": "America/Caracas" } } } } })),
            ),
            (&rating, ColumnValue::DayPart(DayPart::HourOfDay, 0, Tz::UTC), None),
            (&client, ColumnValue::Flag(true), Some(json!({ "condition": { "eq": "CLIENT" } }))),
        ] {
            assert_eq!(column.input(&value), input, "{value:?}");
        }
    }
}
