//! Cursors: a position in a list by the values that it is sorted by, as opaque text.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sea_orm::sea_query::{Expr, SimpleExpr};
use uuid::Uuid;

use super::order::Sort;

/// A value that a list is sorted by.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Key {
    Integer(i64),
    Text(String),
    /// Of an expression alone.
    Null,
}

impl Key {
    /// None for null, which no comparison finds.
    pub(super) fn value(&self) -> Option<SimpleExpr> {
        match self {
            Key::Integer(number) => Some(Expr::val(*number)),
            Key::Text(text) => Some(Expr::val(text.clone())),
            Key::Null => None,
        }
    }
}

/// A place in a list: right at the row with these keys and this id.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Position {
    pub keys: Vec<Key>,
    pub id: Uuid,
}

const VERSION: &str = "1";

/// Characters of a cursor. One of ours holds three texts at most, whose normal forms may be many times as long as what was typed.
const LONGEST_CURSOR: usize = 300_000;

impl Position {
    pub(super) fn encode(&self, sort: &Sort) -> String {
        let keys: Vec<serde_json::Value> = self
            .keys
            .iter()
            .map(|key| match key {
                Key::Integer(number) => (*number).into(),
                Key::Text(text) => text.as_str().into(),
                Key::Null => serde_json::Value::Null,
            })
            .collect();
        let text = serde_json::json!([VERSION, sort.signature(), keys, self.id.as_simple().to_string()]).to_string();
        URL_SAFE_NO_PAD.encode(text)
    }

    pub(super) fn parse(cursor: &str, sort: &Sort) -> Option<Position> {
        if cursor.len() > LONGEST_CURSOR {
            return None;
        }
        let bytes = URL_SAFE_NO_PAD.decode(cursor).ok()?;
        let (version, signature, values, id): (String, String, Vec<serde_json::Value>, String) = serde_json::from_slice(&bytes).ok()?;
        if version != VERSION || signature != sort.signature() || values.len() != sort.columns.len() {
            return None;
        }
        let mut keys = Vec::with_capacity(values.len());
        for (value, (column, _)) in values.into_iter().zip(&sort.columns) {
            keys.push(match value {
                serde_json::Value::Number(number) if !column.is_text => Key::Integer(number.as_i64()?),
                // PostgreSQL knows no text with a zero character, and no cursor of ours has one.
                serde_json::Value::Null if column.is_nullable() => Key::Null,
                serde_json::Value::String(text) if column.is_text && !text.contains('\0') => Key::Text(text),
                _ => return None,
            });
        }
        Some(Position {
            keys,
            id: Uuid::try_parse(&id).ok()?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::resolvers::lists::order::{Direction, SortColumn, SortExpression};

    fn sort() -> Sort {
        Sort {
            table: "prospects",
            columns: vec![
                (SortColumn::integer("created_at"), Direction::Descending),
                (SortColumn::text("name_norm"), Direction::Ascending),
            ],
        }
    }

    fn position() -> Position {
        Position {
            keys: vec![Key::Integer(-5), Key::Text("josé \"x\"".to_owned())],
            id: Uuid::from_u128(7),
        }
    }

    #[test]
    fn a_cursor_leads_back_to_its_position() {
        assert_eq!(Position::parse(&position().encode(&sort()), &sort()), Some(position()));
    }

    #[test]
    fn only_an_expression_is_null() {
        let null = Position {
            keys: vec![Key::Null, Key::Text("a".to_owned())],
            id: Uuid::from_u128(7),
        };
        assert_eq!(Position::parse(&null.encode(&sort()), &sort()), None);
        let mut by_attribute = sort();
        by_attribute.columns[0].0 = SortColumn::expression(
            "attributes.budget".to_owned(),
            false,
            SortExpression {
                sql: "budget".to_owned(),
                table: "prospects",
                is_indexed: false,
            },
        );
        assert_eq!(Position::parse(&null.encode(&by_attribute), &by_attribute), Some(null));
    }

    #[test]
    fn a_cursor_of_another_order_is_refused() {
        let mut other = sort();
        other.columns[0].1 = Direction::Ascending;
        assert_eq!(Position::parse(&position().encode(&other), &sort()), None);
        for bad in ["", "x", "bnVsbA", "W10", "!!!!"] {
            assert_eq!(Position::parse(bad, &sort()), None, "{bad}");
        }
    }

    #[test]
    fn a_cursor_holds_the_longest_name_and_no_longer_text() {
        // One letter of this kind becomes 18 when it is normalised.
        let name = crate::text::fold(&"\u{FDFA}".repeat(crate::rules::limits::NAME_LENGTH));
        let named = |text: String| Position {
            keys: vec![Key::Integer(i64::MIN), Key::Text(text)],
            id: Uuid::max(),
        };
        let longest = named(name);
        assert_eq!(Position::parse(&longest.encode(&sort()), &sort()), Some(longest));
        assert_eq!(Position::parse(&named("a".repeat(LONGEST_CURSOR)).encode(&sort()), &sort()), None);
    }
}
