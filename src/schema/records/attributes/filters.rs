//! Conditions on custom attributes in the filters of records, and orders by them.

use async_graphql::{ID, InputObject};

use crate::entities::setup::attribute_definition::AttributeEntity;
use crate::error::{Error, Result};
use crate::ids::Kind;
use crate::resolvers::filter::{AttributeTest, ValueTest, attribute_filters, attribute_order};
use crate::resolvers::lists::page::{Direction, SortColumn};
use crate::rules::attributes::index;
use crate::schema::custom::{CustomFilter, Record, conditions};
use crate::schema::filters::{FilterContext, RelativePeriodInput, Tests};
use crate::schema::ids::reference;
use crate::schema::scalars::{Date, DateTime, Decimal};
use crate::schema::times::{HourOfDayFilter, WeekdayFilter, day_part_tests};

/// Condition on an attribute (custom field). Exactly the field of its type is set; any other is `BAD_USER_INPUT`, and so are the key of no
/// attribute and that of a retired one. Of an attribute with several values, conditions on one value hold if they hold for the same value.
/// Each value of `all` counts as a condition.
#[derive(Clone, Debug, InputObject)]
pub struct AttributeFilter {
    /// Key of the attribute.
    pub key: String,
    /// Condition on texts, long texts, URLs, e-mails and phones.
    pub text: Option<Box<AttributeTextFilter>>,
    /// Condition on integers, decimals and amounts of money.
    pub number: Option<Box<AttributeNumberFilter>>,
    /// Condition on booleans.
    pub boolean: Option<Box<AttributeBooleanFilter>>,
    /// Condition on calendar days.
    pub date: Option<Box<AttributeDateFilter>>,
    /// Condition on instants.
    pub date_time: Option<Box<AttributeDateTimeFilter>>,
    /// Condition on choices.
    pub choice: Option<Box<AttributeChoiceFilter>>,
    /// Condition on users.
    pub user: Option<Box<AttributeIdFilter>>,
    /// Condition on prospects.
    pub prospect: Option<Box<AttributeIdFilter>>,
}

/// Declares a condition on values of attributes, with the operators that all types have.
macro_rules! value_filter {
    ($(#[doc = $doc:literal])+ $name:ident of $value:ty { $($(#[$own_doc:meta])+ $own:ident: $own_type:ty,)* }) => {
        $(#[doc = $doc])+
        #[derive(Clone, Debug, Default, InputObject)]
        pub struct $name {
            /// Equal to this value.
            pub eq: Option<$value>,
            /// Equal to one of these values. At most 200.
            #[graphql(name = "in")]
            pub any_of: Option<Vec<$value>>,
            $($(#[$own_doc])+ pub $own: Option<$own_type>,)*
            /// Attributes with several values only: at least one of these is among them. At most 200.
            pub any: Option<Vec<$value>>,
            /// Attributes with several values only: each of these is among them.
            pub all: Option<Vec<$value>>,
            /// Attributes with several values only: none of these is among them. True if there are no values. At most 200.
            pub none: Option<Vec<$value>>,
            /// True matches records without a value, false those with one.
            pub is_null: Option<bool>,
        }

        impl $name {
            /// Equality, sets and null.
            fn common<V>(self, decode: impl Fn($value) -> V + Copy) -> ValueTest<V> {
                let each = |values: Vec<$value>| values.into_iter().map(decode).collect();
                ValueTest {
                    eq: self.eq.map(decode),
                    in_: self.any_of.map(each),
                    any: self.any.map(each),
                    all: self.all.map(each),
                    none: self.none.map(each),
                    is_null: self.is_null,
                    ..ValueTest::default()
                }
            }
        }
    };
}

value_filter! {
    /// Condition on the texts of an attribute. Accents, case, repeated blanks and invisible characters are ignored, except the accents of
    /// e-mails; phones are compared by their digits. All conditions given must hold.
    AttributeTextFilter of String {
        /// Contains this text. At most 200 characters.
        contains: String,
        /// Begins with this text. At most 200 characters.
        starts_with: String,
    }
}

value_filter! {
    /// Condition on the numbers of an attribute. A number may have more decimals than the attribute: then nothing equals it. All conditions
    /// given must hold.
    AttributeNumberFilter of Decimal {
        /// Greater than or equal to this number.
        gte: Decimal,
        /// Less than or equal to this number.
        lte: Decimal,
    }
}

value_filter! {
    /// Condition on the calendar days of an attribute. All conditions given must hold.
    AttributeDateFilter of Date {
        /// On or after this day.
        gte: Date,
        /// On or before this day.
        lte: Date,
        /// Before this day.
        lt: Date,
        /// Within this period relative to today, in the time zone of the caller.
        relative: RelativePeriodInput,
        /// On one of these days of the week.
        weekday: Box<WeekdayFilter>,
    }
}

value_filter! {
    /// Condition on the instants of an attribute. All conditions given must hold.
    AttributeDateTimeFilter of DateTime {
        /// At or after this instant.
        gte: DateTime,
        /// Before this instant.
        lt: DateTime,
        /// Within this period relative to today.
        relative: RelativePeriodInput,
        /// On one of these days of the week, in a time zone.
        weekday: Box<WeekdayFilter>,
        /// Within one of these hours of the day, in a time zone.
        hour_of_day: Box<HourOfDayFilter>,
    }
}

value_filter! {
    /// Condition on the choices of an attribute, by their keys. A key that is not among the choices is `BAD_USER_INPUT`; retired choices are
    /// accepted. All conditions given must hold.
    AttributeChoiceFilter of String {}
}

value_filter! {
    /// Condition on the objects that an attribute refers to. All conditions given must hold.
    AttributeIdFilter of ID {}
}

/// Condition on a boolean attribute. All conditions given must hold.
#[derive(Clone, Debug, Default, InputObject)]
pub struct AttributeBooleanFilter {
    /// Equal to this value. False does not match records without a value.
    pub eq: Option<bool>,
    /// True matches records without a value, false those with one.
    pub is_null: Option<bool>,
}

impl AttributeTextFilter {
    fn into_test(mut self) -> ValueTest<String> {
        let (contains, starts_with) = (self.contains.take(), self.starts_with.take());
        ValueTest {
            contains,
            starts_with,
            ..self.common(|text| text)
        }
    }
}

impl AttributeNumberFilter {
    fn into_test(mut self) -> ValueTest<rust_decimal::Decimal> {
        let (gte, lte) = (self.gte.take(), self.lte.take());
        ValueTest {
            gte: gte.map(|number| number.0),
            lte: lte.map(|number| number.0),
            ..self.common(|number| number.0)
        }
    }
}

impl AttributeDateFilter {
    fn into_test(mut self, context: &FilterContext) -> Result<ValueTest<i64>> {
        let (mut gte, mut lte) = (self.gte.take().map(day), self.lte.take().map(day));
        if let Some(before) = self.lt.take().map(|date| day(date) - 1) {
            lte = Some(lte.map_or(before, |at| at.min(before)));
        }
        if let Some(period) = self.relative.take() {
            let (first, last) = period.into_period().days(&context.clock).map_err(Error::BadInput)?;
            let (first, last) = (day(Date(first)), day(Date(last)));
            gte = Some(gte.map_or(first, |at| at.max(first)));
            lte = Some(lte.map_or(last, |at| at.min(last)));
        }
        let weekday = self.weekday.take().map(|test| test.into_day_test()).transpose()?;
        Ok(ValueTest {
            gte,
            lte,
            buckets: weekday.into_iter().collect(),
            ..self.common(day)
        })
    }
}

impl AttributeDateTimeFilter {
    fn into_test(mut self, context: &FilterContext) -> Result<ValueTest<i64>> {
        let (mut gte, mut lt) = (self.gte.take().map(|at| at.0), self.lt.take().map(|at| at.0));
        if let Some(period) = self.relative.take() {
            let (from, to) = period.into_period().instants(&context.clock).map_err(Error::BadInput)?;
            gte = Some(gte.map_or(from, |at| at.max(from)));
            lt = Some(lt.map_or(to, |at| at.min(to)));
        }
        let buckets = day_part_tests(self.weekday.take(), self.hour_of_day.take(), &context.clock, (gte, lt))?;
        Ok(ValueTest {
            gte,
            buckets,
            // Instants are whole milliseconds.
            lte: lt.map(|at| at - 1),
            ..self.common(|at| at.0)
        })
    }
}

impl AttributeIdFilter {
    fn into_test(self, kind: Kind) -> ValueTest<uuid::Uuid> {
        self.common(|id| reference(kind, &id))
    }
}

impl AttributeFilter {
    fn into_tests(self, context: &FilterContext) -> Result<Vec<AttributeTest>> {
        let mut tests = Vec::new();
        tests.extend(self.text.map(|test| AttributeTest::Text(test.into_test())));
        tests.extend(self.number.map(|test| AttributeTest::Number(test.into_test())));
        tests.extend(self.boolean.map(|test| {
            AttributeTest::Boolean(ValueTest {
                eq: test.eq,
                is_null: test.is_null,
                ..ValueTest::default()
            })
        }));
        if let Some(test) = self.date {
            tests.push(AttributeTest::Date(test.into_test(context)?));
        }
        if let Some(test) = self.date_time {
            tests.push(AttributeTest::DateTime(test.into_test(context)?));
        }
        tests.extend(self.choice.map(|test| AttributeTest::Choice(test.common(|key| key))));
        tests.extend(self.user.map(|test| AttributeTest::User(test.into_test(Kind::User))));
        tests.extend(self.prospect.map(|test| AttributeTest::Prospect(test.into_test(Kind::Prospect))));
        Ok(tests)
    }
}

/// Conditions on the attributes of one record: generic ones, and typed ones.
pub struct AttributeConditions<R> {
    pub generic: Option<Vec<AttributeFilter>>,
    pub typed: Option<Box<CustomFilter<R>>>,
}

impl<R: Record> AttributeConditions<R> {
    /// Adds them in a statement that reads the table of the record.
    pub fn add_to(self, tests: &mut Tests<'_>) -> Result<()> {
        self.add_to_table(index::table(R::ENTITY), tests)
    }

    /// The same where the table has an alias.
    pub fn add_to_table(self, table: &str, tests: &mut Tests<'_>) -> Result<()> {
        let context = tests.context;
        for mut filter in conditions(&context.fields, self.generic, self.typed)?.into_iter().flatten() {
            let key = std::mem::take(&mut filter.key);
            let (of, tests_of_value) = ((R::ENTITY, table), filter.into_tests(context)?);
            let filters = attribute_filters(context.cx(), context.viewer()?, of, &key, tests_of_value)?;
            tests.all.extend(filters);
        }
        Ok(())
    }
}

/// A step of an order: by a built-in column, or by the attribute of a key if there is none. The key is given exactly there.
pub fn order_step(
    context: &FilterContext,
    entity: AttributeEntity,
    column: Option<SortColumn>,
    key: Option<String>,
    direction: Direction,
) -> Result<(SortColumn, Direction)> {
    let column = match (column, key) {
        (Some(column), None) => column,
        (None, Some(key)) => attribute_order(context.cx(), entity, &key)?,
        (Some(_), Some(_)) => return Err(Error::BadInput("`attributeKey` is for the field `ATTRIBUTE` only".to_owned())),
        (None, None) => return Err(Error::BadInput("the field `ATTRIBUTE` needs an `attributeKey`".to_owned())),
    };
    Ok((column, direction))
}

/// Midnight of the day in UTC, as days are stored.
fn day(date: Date) -> i64 {
    date.0.and_hms_opt(0, 0, 0).unwrap_or_default().and_utc().timestamp_millis()
}
