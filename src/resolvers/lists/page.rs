//! Pages of a list by key: a cursor names a row by what the list is sorted by, so that nothing is skipped or repeated while others insert.

use std::borrow::Cow;
use std::collections::HashMap;
use std::fmt::Write;
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sea_orm::sea_query::{Alias, Expr, ExprTrait, NullOrdering, SimpleExpr};
use sea_orm::{
    Condition, ConnectionTrait, EntityTrait, FromQueryResult, Order, QueryFilter, QueryOrder, QueryResult, QuerySelect, QueryTrait, Select,
};
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

/// A column to sort by, or an expression.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct SortColumn {
    /// The column of the table; of an expression its name in cursors.
    pub name: Cow<'static, str>,
    /// Whether the values are text; otherwise they are 64-bit integers.
    pub is_text: bool,
    /// SQL of an expression. It may be null, and the rows do not have its values: a page reads them beside its rows.
    pub expression: Option<String>,
}

impl SortColumn {
    /// A column of integers, never null.
    pub const fn integer(name: &'static str) -> SortColumn {
        SortColumn {
            name: Cow::Borrowed(name),
            is_text: false,
            expression: None,
        }
    }

    /// A column of texts, never null.
    pub const fn text(name: &'static str) -> SortColumn {
        SortColumn {
            name: Cow::Borrowed(name),
            is_text: true,
            expression: None,
        }
    }

    /// An expression, which is null in some rows. These come last in both directions.
    pub fn expression(name: String, is_text: bool, sql: String) -> SortColumn {
        SortColumn {
            name: Cow::Owned(name),
            is_text,
            expression: Some(sql),
        }
    }

    pub fn is_nullable(&self) -> bool {
        self.expression.is_some()
    }
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
    /// Of an expression alone.
    Null,
}

impl Key {
    /// None for null, which no comparison finds.
    fn value(&self) -> Option<SimpleExpr> {
        match self {
            Key::Integer(number) => Some(Expr::val(*number)),
            Key::Text(text) => Some(Expr::val(text.clone())),
            Key::Null => None,
        }
    }
}

/// Steps of an order.
const MOST_STEPS: usize = 3;

/// The steps of an order that a client gives, or the default one if there are none.
pub fn checked_order(mut steps: Vec<(SortColumn, Direction)>, default: (SortColumn, Direction)) -> Result<Vec<(SortColumn, Direction)>> {
    if steps.len() > MOST_STEPS {
        return Err(Error::BadInput(format!("a list may be ordered by at most {MOST_STEPS} fields")));
    }
    let is_repeated = |index: usize| steps[..index].iter().any(|(other, _)| *other == steps[index].0);
    if (0..steps.len()).any(is_repeated) {
        return Err(Error::BadInput("a list may be ordered by each field only once".to_owned()));
    }
    if steps.is_empty() {
        steps.push(default);
    }
    Ok(steps)
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
    /// The value of a column that is no expression.
    fn key(&self, column: &SortColumn) -> Key;
    fn id(&self) -> Uuid;
}

impl<T: Keyed> Keyed for Arc<T> {
    fn key(&self, column: &SortColumn) -> Key {
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
    /// The values of the expressions of the order, by the id of the row.
    pub sort_values: Arc<HashMap<Uuid, Vec<Key>>>,
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
            sort_values: Arc::default(),
        }
    }

    /// Reads the page of a query. One statement, also where the order has expressions.
    pub async fn read<E: EntityTrait, T: Keyed>(
        &self,
        db: &impl ConnectionTrait,
        select: Select<E>,
        sort: &Arc<Sort>,
        row: impl Fn(E::Model) -> T,
    ) -> Result<Page<T>> {
        let select = self.apply(select, sort);
        let expressions: Vec<&SortColumn> = sort.expressions().collect();
        if expressions.is_empty() {
            let rows = select.all(db).await?;
            return Ok(self.page(rows.into_iter().map(row).collect(), sort.clone()));
        }
        let mut select = select;
        for (index, column) in expressions.iter().enumerate() {
            select = select.expr_as(column_expression(sort, column), sort_alias(index));
        }
        let mut rows = Vec::new();
        let mut values = HashMap::new();
        for found in db.query_all_raw(select.build(db.get_database_backend())).await? {
            let row = row(E::Model::from_query_result(&found, "")?);
            let keys: Result<Vec<Key>> = expressions
                .iter()
                .enumerate()
                .map(|(index, column)| read_key(&found, index, column))
                .collect();
            values.insert(row.id(), keys?);
            rows.push(row);
        }
        let mut page = self.page(rows, sort.clone());
        page.sort_values = Arc::new(values);
        Ok(page)
    }

    /// Restricts, orders and limits a query to the rows of the window and one more.
    pub fn apply<E: EntityTrait>(&self, mut select: Select<E>, sort: &Sort) -> Select<E> {
        if let Some(position) = &self.position {
            select = select.filter(self.beyond(position, sort));
        }
        // Read backward, what comes last comes first.
        let nulls = if self.is_backward {
            NullOrdering::First
        } else {
            NullOrdering::Last
        };
        for (column, direction) in &sort.columns {
            let (expression, order) = (column_expression(sort, column), self.order(*direction));
            select = match column.is_nullable() {
                true => select.order_by_with_nulls(expression, order, nulls),
                false => select.order_by(expression, order),
            };
        }
        select
            .order_by(column_expression(sort, &ID), self.order(sort.last_direction()))
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
        let mut steps: Vec<Step> = sort
            .columns
            .iter()
            .zip(&position.keys)
            .map(|((column, direction), key)| Step {
                column: column_expression(sort, column),
                value: key.value(),
                is_ascending: self.is_ascending(*direction),
                nulls_follow: column.is_nullable().then_some(!self.is_backward),
            })
            .collect();
        steps.push(Step {
            column: column_expression(sort, &ID),
            value: Some(Expr::val(position.id)),
            is_ascending: self.is_ascending(sort.last_direction()),
            nulls_follow: None,
        });
        let is_ascending = steps[0].is_ascending;
        if steps
            .iter()
            .all(|step| step.is_ascending == is_ascending && step.nulls_follow.is_none())
        {
            let (columns, values): (Vec<_>, Vec<_>) = steps.into_iter().filter_map(|step| Some((step.column, step.value?))).unzip();
            let (columns, values) = (Expr::tuple(columns), Expr::tuple(values));
            return Condition::all().add(if is_ascending { columns.gt(values) } else { columns.lt(values) });
        }
        // The first comparison repeats what follows from the others, so that an index can begin at it.
        let mut any = Condition::any();
        for last in 0..steps.len() {
            if let Some(past) = steps[last].past() {
                let same = steps[..last].iter().map(Step::same);
                any = any.add(same.fold(Condition::all(), Condition::add).add(past));
            }
        }
        Condition::all().add_option(steps[0].bound()).add(any)
    }
}

/// Comparison with the position in one column of the order, in the direction of reading.
struct Step {
    column: SimpleExpr,
    /// None: the position is among the rows without a value.
    value: Option<SimpleExpr>,
    is_ascending: bool,
    /// Whether the rows without a value come after the others. None: all rows have one.
    nulls_follow: Option<bool>,
}

impl Step {
    /// At the position, as far as the column says.
    fn same(&self) -> SimpleExpr {
        match &self.value {
            Some(value) => self.column.clone().eq(value.clone()),
            None => self.column.clone().is_null(),
        }
    }

    /// Past the position. None: no row is.
    fn past(&self) -> Option<Condition> {
        match &self.value {
            Some(value) => {
                let (column, value) = (self.column.clone(), value.clone());
                let past = if self.is_ascending { column.gt(value) } else { column.lt(value) };
                Some(Condition::any().add(past).add_option(self.nulls()))
            }
            None if self.nulls_follow == Some(false) => Some(Condition::all().add(self.column.clone().is_not_null())),
            None => None,
        }
    }

    /// At the position or past it. None: every row is.
    fn bound(&self) -> Option<Condition> {
        match &self.value {
            Some(value) => {
                let (column, value) = (self.column.clone(), value.clone());
                let bound = if self.is_ascending { column.gte(value) } else { column.lte(value) };
                Some(Condition::any().add(bound).add_option(self.nulls()))
            }
            None if self.nulls_follow == Some(true) => Some(Condition::all().add(self.column.clone().is_null())),
            None => None,
        }
    }

    /// The rows without a value, where they follow those with one.
    fn nulls(&self) -> Option<SimpleExpr> {
        (self.nulls_follow == Some(true)).then(|| self.column.clone().is_null())
    }
}

const ID: SortColumn = SortColumn::integer("id");

fn column_expression(sort: &Sort, column: &SortColumn) -> SimpleExpr {
    match &column.expression {
        Some(sql) => Expr::cust(sql.clone()),
        None => Expr::col((Alias::new(sort.table), Alias::new(&*column.name))),
    }
}

/// Name of the value of an expression of the order in the rows of a statement.
fn sort_alias(index: usize) -> String {
    format!("sorted_by_{index}")
}

fn read_key(row: &QueryResult, index: usize, column: &SortColumn) -> Result<Key> {
    let name = sort_alias(index);
    let key = match column.is_text {
        true => row.try_get::<Option<String>>("", &name)?.map(Key::Text),
        false => row.try_get::<Option<i64>>("", &name)?.map(Key::Integer),
    };
    Ok(key.unwrap_or(Key::Null))
}

impl Sort {
    /// The columns whose values are not in the rows.
    fn expressions(&self) -> impl Iterator<Item = &SortColumn> {
        self.columns
            .iter()
            .map(|(column, _)| column)
            .filter(|column| column.expression.is_some())
    }

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
        let id = row.id();
        let mut values = self.sort_values.get(&id).into_iter().flatten().cloned();
        let key = |column: &SortColumn| match column.expression {
            Some(_) => values.next().unwrap_or(Key::Null),
            None => row.key(column),
        };
        let keys = self.sort.columns.iter().map(|(column, _)| column).map(key).collect();
        Position { keys, id }.encode(&self.sort)
    }
}

const VERSION: &str = "1";

/// Characters of a cursor. One of ours holds three texts at most, whose normal forms may be many times as long as what was typed.
const LONGEST_CURSOR: usize = 300_000;

impl Position {
    fn encode(&self, sort: &Sort) -> String {
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
        by_attribute.columns[0].0 = SortColumn::expression("attributes.budget".to_owned(), false, "budget".to_owned());
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
