//! Conditions on custom attributes: from what a client gives and a definition to tests of columns and of child rows.

use std::borrow::Cow;
use std::sync::Arc;

use rust_decimal::Decimal;
use sea_orm::DbBackend;
use uuid::Uuid;

use super::accessor::{accessor, is_number, referred};
use super::attribute_values::{exactly, numbers, scaled_bounds, texts};
use super::{
    BucketTest, Column, ColumnTest, ColumnType, Filter, Index, Quantifier, Rows, RowsTest, Test, TextForm, TextKind, TypedTest,
    check_values,
};
use crate::auth::{Scope, Viewer};
use crate::cx::Cx;
use crate::entities::setup::attribute_definition::{AttributeEntity, AttributeType, IndexState};
use crate::error::{Error, Result};
use crate::rules::attributes::{Definition, is_key, value};

/// Conditions on the values of one attribute, as a client gives them. All have to hold.
#[derive(Clone, Debug)]
pub struct ValueTest<V> {
    pub eq: Option<V>,
    pub in_: Option<Vec<V>>,
    pub gte: Option<V>,
    pub lte: Option<V>,
    pub contains: Option<String>,
    pub starts_with: Option<String>,
    /// Of a multiple attribute: one of these is among the values.
    pub any: Option<Vec<V>>,
    /// Each of these is.
    pub all: Option<Vec<V>>,
    /// None of these is.
    pub none: Option<Vec<V>>,
    pub is_null: Option<bool>,
    /// Of days and instants: on the weekday and the hour of the day.
    pub buckets: Vec<BucketTest>,
}

/// The same by family of types.
#[derive(Clone, Debug)]
pub enum AttributeTest {
    Text(ValueTest<String>),
    Number(ValueTest<Decimal>),
    Boolean(ValueTest<bool>),
    /// Midnight of the days in UTC, in milliseconds.
    Date(ValueTest<i64>),
    DateTime(ValueTest<i64>),
    /// Keys of choices.
    Choice(ValueTest<String>),
    User(ValueTest<Uuid>),
    Prospect(ValueTest<Uuid>),
}

/// An attribute of the rows of a table in a statement.
struct Subject<'a> {
    backend: DbBackend,
    /// Of whom asks.
    scope: Scope,
    /// The table, or its alias.
    table: &'a str,
    definition: &'a Definition,
}

impl<V> Default for ValueTest<V> {
    fn default() -> Self {
        ValueTest {
            eq: None,
            in_: None,
            gte: None,
            lte: None,
            contains: None,
            starts_with: None,
            any: None,
            all: None,
            none: None,
            is_null: None,
            buckets: Vec::new(),
        }
    }
}

impl<V> ValueTest<V> {
    /// One of these values.
    fn one_of(values: Vec<V>) -> ValueTest<V> {
        ValueTest {
            in_: Some(values),
            ..ValueTest::default()
        }
    }

    fn equal_to(value: V) -> ValueTest<V> {
        ValueTest {
            eq: Some(value),
            ..ValueTest::default()
        }
    }

    /// Whether it tests more than the presence of values and their sets.
    fn tests_a_value(&self) -> bool {
        let tests_text = self.contains.is_some() || self.starts_with.is_some();
        let tests_order = self.gte.is_some() || self.lte.is_some();
        tests_text || tests_order || self.eq.is_some() || self.in_.is_some() || !self.buckets.is_empty()
    }

    pub fn listed(&self) -> usize {
        self.in_.as_ref().map_or(1, Vec::len)
    }
}

impl AttributeTest {
    /// The field of the input.
    fn family(&self) -> &'static str {
        match self {
            AttributeTest::Text(_) => "text",
            AttributeTest::Number(_) => "number",
            AttributeTest::Boolean(_) => "boolean",
            AttributeTest::Date(_) => "date",
            AttributeTest::DateTime(_) => "dateTime",
            AttributeTest::Choice(_) => "choice",
            AttributeTest::User(_) => "user",
            AttributeTest::Prospect(_) => "prospect",
        }
    }
}

/// The field of the input that takes conditions on values of the type.
fn family(kind: AttributeType) -> &'static str {
    match kind {
        AttributeType::Text | AttributeType::LongText | AttributeType::Url | AttributeType::Email | AttributeType::Phone => "text",
        AttributeType::Integer | AttributeType::Decimal | AttributeType::Money => "number",
        AttributeType::Boolean => "boolean",
        AttributeType::Date => "date",
        AttributeType::DateTime => "dateTime",
        AttributeType::Choice => "choice",
        AttributeType::User => "user",
        AttributeType::Prospect => "prospect",
    }
}

/// The filters for one attribute of the rows of a table, or its alias. An unknown, forbidden or retired key is an error, and so are conditions
/// that do not fit the type.
pub fn attribute_filters(
    cx: &Cx,
    viewer: &Viewer,
    (entity, table): (AttributeEntity, &str),
    key: &str,
    tests: Vec<AttributeTest>,
) -> Result<Vec<Filter>> {
    let definition = definition(cx, entity, key)?;
    let family = family(definition.kind());
    if tests.is_empty() || tests.iter().any(|test| test.family() != family) {
        return Err(Error::BadInput(format!(
            "conditions on the attribute `{key}` are given in `{family}`"
        )));
    }
    let subject = Subject {
        backend: cx.db().backend(),
        scope: viewer.scope(),
        table,
        definition: &definition,
    };
    let mut all = Vec::new();
    for test in tests {
        all.extend(subject.filters(test, &cx.app.settings.default_country)?);
    }
    Ok(all)
}

/// The definition, if the caller may use it.
pub(super) fn definition(cx: &Cx, entity: AttributeEntity, key: &str) -> Result<Arc<Definition>> {
    let catalogs = cx.catalogs();
    // No key of another form is repeated in a message.
    let found = catalogs.definitions.find(entity, key, cx.viewer()?).filter(|_| is_key(key));
    match found {
        None => Err(Error::BadInput("there is no such attribute".to_owned())),
        Some(definition) if definition.is_retired() => Err(Error::BadInput(format!("the attribute `{key}` is retired"))),
        Some(definition) => Ok(definition.clone()),
    }
}

impl Subject<'_> {
    fn filters(&self, test: AttributeTest, country: &str) -> Result<Vec<Filter>> {
        let scale = u32::try_from(self.definition.row.scale).unwrap_or_default();
        match test {
            AttributeTest::Text(test) => self.filters_by(test, |test| self.text(test, country)),
            AttributeTest::Number(test) => self.filters_by(test, |test| Ok(numbers(test, |number| scaled_bounds(number, scale)))),
            AttributeTest::Boolean(test) => self.filters_by(test, |test| Ok(numbers(test, |is| exactly(i64::from(is))))),
            AttributeTest::Date(test) | AttributeTest::DateTime(test) => self.filters_by(test, |test| Ok(numbers(test, exactly))),
            AttributeTest::Choice(test) => self.filters_by(test, |test| self.choice(test)),
            AttributeTest::User(test) | AttributeTest::Prospect(test) => {
                self.filters_by(test, |test| Ok(texts(test, |id: Uuid| id.to_string())))
            }
        }
    }

    /// Conditions on the value of the record, or on the rows of its values where it has several.
    fn filters_by<V: Clone>(&self, test: ValueTest<V>, encode: impl Fn(ValueTest<V>) -> Result<(Test, usize)>) -> Result<Vec<Filter>> {
        if !self.definition.row.is_multiple {
            if test.any.is_some() || test.all.is_some() || test.none.is_some() {
                return Err(Error::BadInput(format!(
                    "the attribute `{}` has one value: use `eq` or `in` instead of `any`, `all` and `none`",
                    self.definition.key()
                )));
            }
            let buckets = test.buckets.clone();
            return Ok(column_tests(&self.value_column(), encode(test)?, buckets));
        }
        for listed in [&test.any, &test.all, &test.none].into_iter().flatten() {
            check_values(listed.len())?;
        }
        let rows = |quantifier, filter: Filter| Filter::from(RowsTest::of(Cow::Owned(self.rows()), quantifier, filter));
        let quantified = |quantifier, test: ValueTest<V>| -> Result<Filter> {
            let buckets = test.buckets.clone();
            let tests = column_tests(&self.row_column(), encode(test)?, buckets);
            Ok(rows(quantifier, Filter::All(tests)))
        };
        let ValueTest {
            any, all, none, is_null, ..
        } = test.clone();
        let own = ValueTest {
            any: None,
            all: None,
            none: None,
            is_null: None,
            ..test
        };
        let mut filters = Vec::new();
        if own.tests_a_value() {
            filters.push(quantified(Quantifier::Some, own)?);
        }
        if let Some(values) = any {
            filters.push(quantified(Quantifier::Some, ValueTest::one_of(values))?);
        }
        for value in all.into_iter().flatten() {
            filters.push(quantified(Quantifier::Some, ValueTest::equal_to(value))?);
        }
        if let Some(values) = none {
            filters.push(quantified(Quantifier::None, ValueTest::one_of(values))?);
        }
        filters.extend(is_null.map(|is_null| {
            let quantifier = if is_null { Quantifier::None } else { Quantifier::Some };
            rows(quantifier, Filter::default())
        }));
        Ok(filters)
    }

    /// The single value as a column. References that the caller does not see are none.
    fn value_column(&self) -> Column {
        let row = &self.definition.row;
        let sql = accessor(self.backend, self.table, self.definition);
        if let Some(referred) = referred(self.backend, self.scope, self.definition.kind(), &sql) {
            return self.column(Cow::Owned(format!("CASE WHEN {referred} THEN {sql} END"))).nullable();
        }
        let index = match (row.has_list_index, row.entity) {
            (true, AttributeEntity::Prospect) => Index::ThenCreation,
            (true, _) => Index::Alone,
            // The unique index, where it is the only one.
            (false, _) if row.index_state == IndexState::Ready => Index::Alone,
            (false, _) => Index::None,
        };
        self.column(Cow::Owned(sql)).nullable().index(index)
    }

    /// The values of a multiple attribute, one a row. An index finds them.
    fn row_column(&self) -> Column {
        let sql = if is_number(self.definition.kind()) {
            "attribute_values.number_value"
        } else {
            "attribute_values.text_value"
        };
        self.column(Cow::Borrowed(sql)).index(Index::Alone)
    }

    fn column(&self, sql: Cow<'static, str>) -> Column {
        let kind = self.definition.kind();
        let text = |form| ColumnType::Text(form, value::longest(kind));
        let column_type = match kind {
            AttributeType::Email => text(TextKind::Email),
            AttributeType::Phone => text(TextKind::Phone),
            AttributeType::Text | AttributeType::LongText | AttributeType::Url => text(TextKind::Folded),
            AttributeType::Choice | AttributeType::User | AttributeType::Prospect => ColumnType::Value,
            _ => ColumnType::Integer,
        };
        Column {
            path: Cow::Owned(format!("attributes.{}", self.definition.key())),
            sql,
            permissions: self.definition.permissions,
            ..Column::new("", "", column_type)
        }
    }

    /// The rows of the values of a record, but for references that the caller does not see.
    fn rows(&self) -> Rows {
        let id = self.definition.id();
        let literal = match self.backend {
            DbBackend::Postgres => format!("'{id}'"),
            _ => format!("X'{}'", id.simple()),
        };
        let of_definition = format!("attribute_values.definition_id = {literal}");
        let live = match referred(self.backend, self.scope, self.definition.kind(), "attribute_values.text_value") {
            Some(referred) => format!("{of_definition} AND {referred}"),
            None => of_definition,
        };
        Rows {
            table: "attribute_values",
            parent: "attribute_values.record_id",
            of: Cow::Owned(format!("{}.id", self.table)),
            prospect: None,
            live: Some(Cow::Owned(live)),
        }
    }

    /// Texts in the form in which the type keeps them.
    fn text(&self, test: ValueTest<String>, country: &str) -> Result<(Test, usize)> {
        let kind = self.definition.kind();
        let form = match kind {
            AttributeType::Email => TextForm::Email,
            AttributeType::Phone => TextForm::Phone(country),
            _ => TextForm::Folded,
        };
        let listed = test.listed();
        let typed = TypedTest {
            eq: test.eq,
            in_: test.in_,
            contains: test.contains,
            starts_with: test.starts_with,
            is_null: test.is_null,
        };
        Ok((Test::Text(typed.in_form(value::longest(kind), form)?), listed))
    }

    fn choice(&self, test: ValueTest<String>) -> Result<(Test, usize)> {
        let unknown = test
            .eq
            .iter()
            .chain(test.in_.iter().flatten())
            .find(|key| self.definition.choice(key).is_none());
        match unknown {
            Some(key) if is_key(key) => Err(Error::BadInput(format!(
                "the attribute `{}` has no choice `{key}`",
                self.definition.key()
            ))),
            Some(_) => Err(Error::BadInput(format!(
                "the attribute `{}` has no such choice",
                self.definition.key()
            ))),
            None => Ok(texts(test, |key| key)),
        }
    }
}

/// Conditions on one value.
fn column_tests(column: &Column, (test, listed): (Test, usize), buckets: Vec<BucketTest>) -> Vec<Filter> {
    let test = ColumnTest {
        listed,
        ..ColumnTest::of(Cow::Owned(column.clone()), test)
    };
    let buckets = buckets.into_iter().map(Test::Bucket);
    let buckets = buckets.map(|test| ColumnTest::of(Cow::Owned(column.clone()), test));
    std::iter::once(test).chain(buckets).map(Filter::from).collect()
}
