//! Pages of a list by key: a cursor names a row by what the list is sorted by, so that nothing is skipped or repeated while others insert.

use std::fmt::Write;
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sea_orm::sea_query::{Alias, Expr, ExprTrait, SimpleExpr};
use sea_orm::{Condition, EntityTrait, Order, QueryFilter, QueryOrder, QuerySelect, Select};
use uuid::Uuid;

use crate::error::{Error, Result};

/// Default page size.
pub const DEFAULT_SIZE: u64 = 20;

/// Arguments of a list.
#[derive(Clone, Debug, Default)]
pub struct PageArgs {
    pub first: Option<i32>,
    pub after: Option<String>,
    pub last: Option<i32>,
    pub before: Option<String>,
}

/// A column to sort by, never null.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct SortColumn {
    pub name: &'static str,
    /// Whether the values are text; otherwise they are 64-bit integers.
    pub is_text: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Direction {
    Ascending,
    Descending,
}

/// The order of a list. The id always comes last, in the direction of the last column.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Sort {
    pub table: &'static str,
    pub columns: Vec<(SortColumn, Direction)>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Key {
    Integer(i64),
    Text(String),
}

impl Key {
    fn value(&self) -> SimpleExpr {
        match self {
            Key::Integer(number) => Expr::val(*number),
            Key::Text(text) => Expr::val(text.clone()),
        }
    }
}

/// A place in a list: right at the row with these keys and this id.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Position {
    pub keys: Vec<Key>,
    pub id: Uuid,
}

/// The rows of a page.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Window {
    pub size: u64,
    /// Counted from the end of the list, or backwards from the position.
    pub is_backward: bool,
    pub position: Option<Position>,
}

/// A row that can say where it stands.
pub trait Keyed: Clone {
    fn key(&self, column: SortColumn) -> Key;
    fn id(&self) -> Uuid;
}

impl<T: Keyed> Keyed for Arc<T> {
    fn key(&self, column: SortColumn) -> Key {
        T::key(self, column)
    }

    fn id(&self) -> Uuid {
        T::id(self)
    }
}

#[derive(Clone, Debug)]
pub struct Page<T> {
    pub rows: Vec<T>,
    pub has_next: bool,
    pub has_previous: bool,
    pub sort: Arc<Sort>,
}

impl PageArgs {
    /// The checked arguments.
    pub fn window(&self, sort: &Sort, largest: u64) -> Result<Window> {
        let is_backward = self.last.is_some() || self.before.is_some();
        if is_backward && (self.first.is_some() || self.after.is_some()) {
            return Err(Error::BadInput(
                "`first` and `after` cannot be combined with `last` and `before`".to_owned(),
            ));
        }
        let (size, name, cursor) = if is_backward {
            (self.last, "last", &self.before)
        } else {
            (self.first, "first", &self.after)
        };
        let size = match size {
            None => Ord::min(DEFAULT_SIZE, largest),
            Some(size) => u64::try_from(size)
                .ok()
                .filter(|size| *size <= largest)
                .ok_or_else(|| Error::BadInput(format!("`{name}` must be from 0 to {largest}")))?,
        };
        let position = match cursor {
            None => None,
            Some(text) => Some(Position::parse(text, sort).ok_or_else(|| Error::BadInput("this is not a cursor of this list".to_owned()))?),
        };
        Ok(Window {
            size,
            is_backward,
            position,
        })
    }
}

impl Window {
    /// Number of rows to read: one more than the page, to know whether more follow.
    pub fn limit(&self) -> u64 {
        self.size + 1
    }

    /// Makes the page of the rows that were read in the order of the window.
    pub fn page<T>(&self, mut rows: Vec<T>, sort: Arc<Sort>) -> Page<T> {
        let has_more = rows.len() as u64 > self.size;
        rows.truncate(self.size as usize);
        let (has_next, has_previous) = if self.is_backward {
            rows.reverse();
            (self.position.is_some(), has_more)
        } else {
            (has_more, self.position.is_some())
        };
        Page {
            rows,
            has_next,
            has_previous,
            sort,
        }
    }

    /// Restricts, orders and limits a query to the rows of the window and one more.
    pub fn apply<E: EntityTrait>(&self, mut select: Select<E>, sort: &Sort) -> Select<E> {
        if let Some(position) = &self.position {
            select = select.filter(self.beyond(position, sort));
        }
        for (column, direction) in &sort.columns {
            select = select.order_by(column_expression(sort, column.name), self.order(*direction));
        }
        select
            .order_by(column_expression(sort, "id"), self.order(sort.last_direction()))
            .limit(self.limit())
    }

    /// Whether larger values come later when the rows are read.
    pub fn is_ascending(&self, direction: Direction) -> bool {
        (direction == Direction::Ascending) != self.is_backward
    }

    fn order(&self, direction: Direction) -> Order {
        if self.is_ascending(direction) { Order::Asc } else { Order::Desc }
    }

    /// The rows past the position.
    fn beyond(&self, position: &Position, sort: &Sort) -> Condition {
        let mut steps: Vec<(SimpleExpr, SimpleExpr, bool)> = sort
            .columns
            .iter()
            .zip(&position.keys)
            .map(|((column, direction), key)| (column_expression(sort, column.name), key.value(), self.is_ascending(*direction)))
            .collect();
        steps.push((
            column_expression(sort, "id"),
            Expr::val(position.id),
            self.is_ascending(sort.last_direction()),
        ));
        if steps.iter().all(|(_, _, ascending)| *ascending == steps[0].2) {
            let ascending = steps[0].2;
            let (columns, values): (Vec<_>, Vec<_>) = steps.into_iter().map(|(column, value, _)| (column, value)).unzip();
            let (columns, values) = (Expr::tuple(columns), Expr::tuple(values));
            return Condition::all().add(if ascending { columns.gt(values) } else { columns.lt(values) });
        }
        // The first comparison repeats what follows from the others, so that an index can begin at it.
        let (column, value, ascending) = steps[0].clone();
        let bound = if ascending { column.gte(value) } else { column.lte(value) };
        let mut any = Condition::any();
        for last in 0..steps.len() {
            let mut all = Condition::all();
            for (column, value, _) in &steps[..last] {
                all = all.add(column.clone().eq(value.clone()));
            }
            let (column, value, ascending) = steps[last].clone();
            any = any.add(all.add(if ascending { column.gt(value) } else { column.lt(value) }));
        }
        Condition::all().add(bound).add(any)
    }
}

fn column_expression(sort: &Sort, name: &'static str) -> SimpleExpr {
    Expr::col((Alias::new(sort.table), Alias::new(name)))
}

impl Sort {
    pub fn last_direction(&self) -> Direction {
        self.columns.last().map_or(Direction::Descending, |(_, direction)| *direction)
    }

    /// Distinguishes the cursors of one order from those of another.
    fn signature(&self) -> String {
        let mut signature = String::from(self.table);
        for (column, direction) in &self.columns {
            let sign = if *direction == Direction::Ascending { '+' } else { '-' };
            let _ = write!(signature, "{sign}{}", column.name);
        }
        signature
    }
}

impl<T> Page<T> {
    /// Length of the list, if the page holds all of it.
    pub fn whole(&self) -> Option<u64> {
        (!self.has_next && !self.has_previous).then_some(self.rows.len() as u64)
    }
}

impl<T: Keyed> Page<T> {
    /// The cursor of a row of this page.
    pub fn cursor(&self, row: &T) -> String {
        let keys = self.sort.columns.iter().map(|(column, _)| row.key(*column)).collect();
        Position { keys, id: row.id() }.encode(&self.sort)
    }
}

const VERSION: &str = "1";

/// Characters of a cursor. One of ours holds a name at most, whose normal form may be many times as long as what was typed.
const LONGEST_CURSOR: usize = 10_000;

impl Position {
    fn encode(&self, sort: &Sort) -> String {
        let keys: Vec<serde_json::Value> = self
            .keys
            .iter()
            .map(|key| match key {
                Key::Integer(number) => (*number).into(),
                Key::Text(text) => text.as_str().into(),
            })
            .collect();
        let text = serde_json::json!([VERSION, sort.signature(), keys, self.id.as_simple().to_string()]).to_string();
        URL_SAFE_NO_PAD.encode(text)
    }

    fn parse(cursor: &str, sort: &Sort) -> Option<Position> {
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

    fn sort() -> Sort {
        let created = SortColumn {
            name: "created_at",
            is_text: false,
        };
        let name = SortColumn {
            name: "name_norm",
            is_text: true,
        };
        Sort {
            table: "prospects",
            columns: vec![(created, Direction::Descending), (name, Direction::Ascending)],
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

    #[test]
    fn sizes_and_directions_are_checked() {
        let asked = |first, last| {
            PageArgs {
                first,
                last,
                ..Default::default()
            }
            .window(&sort(), 100)
        };
        assert_eq!(asked(None, None).expect("default").size, 20);
        assert_eq!(asked(Some(100), None).expect("largest").size, 100);
        assert!(asked(None, Some(3)).expect("backward").is_backward);
        for (first, last) in [(Some(101), None), (Some(-1), None), (None, Some(101)), (Some(1), Some(1))] {
            assert!(asked(first, last).is_err(), "{first:?} {last:?}");
        }
    }
}
