//! The conditions that filters are made of.

use std::sync::Arc;

use async_graphql::{Context, ID, InputObject};
use uuid::Uuid;

use super::cx;
use super::ids::reference;
use super::scalars::DateTime;
use crate::auth::Viewer;
use crate::cx::Cx;
use crate::entities::setup::status;
use crate::error::{Error, Result};
use crate::ids::Kind;
use crate::resolvers::filter::{
    Column, ColumnTest, ColumnType, EnumTest, Filter, IdTest, IntTest, Rows, Test, TextForm, TextKind, TextTest, TimeTest, TypedTest,
};
use crate::resolvers::records::filterable;
use crate::resolvers::records::identifiers::number_forms;
use crate::rules::limits::LINE_LENGTH;
use crate::rules::periods::RequestClock;
use crate::rules::search::{self, Numbers, Search};
use crate::schema::custom::{Fields, fields_of};
use crate::schema::times::{HourOfDayFilter, WeekdayFilter, day_part_tests};

pub use crate::schema::times::RelativePeriodInput;

/// Condition on text. Accents, case, repeated blanks and invisible characters are ignored, except the accents of e-mails; phones,
/// document numbers and IP addresses are compared as their field describes. All conditions given must hold. Longer text than allowed is `BAD_USER_INPUT`.
#[derive(Clone, Debug, InputObject)]
pub struct StringFilter {
    /// Equal to this text. At most 200 characters; 401 for the full name of a contact.
    pub eq: Option<String>,
    /// Equal to one of these texts. At most 200 values, each as long as in `eq`.
    #[graphql(name = "in")]
    pub any_of: Option<Vec<String>>,
    /// Contains this text. At most 200 characters.
    pub contains: Option<String>,
    /// Begins with this text. At most 200 characters.
    pub starts_with: Option<String>,
    /// True matches fields that are not set, false those that are.
    pub is_null: Option<bool>,
}

/// Condition on a reference to another object. All conditions given must hold.
#[derive(Clone, Debug, InputObject)]
pub struct IdFilter {
    /// Refers to this object.
    pub eq: Option<ID>,
    /// Refers to one of these objects. At most 200.
    #[graphql(name = "in")]
    pub any_of: Option<Vec<ID>>,
    /// True matches unset references, false set ones.
    pub is_null: Option<bool>,
}

/// Condition on an integer. All conditions given must hold.
#[derive(Clone, Debug, InputObject)]
pub struct IntFilter {
    /// Equal to this number.
    pub eq: Option<i32>,
    /// Equal to one of these numbers. At most 200.
    #[graphql(name = "in")]
    pub any_of: Option<Vec<i32>>,
    /// Greater than or equal to this number.
    pub gte: Option<i32>,
    /// Less than or equal to this number.
    pub lte: Option<i32>,
    /// True matches fields that are not set, false those that are.
    pub is_null: Option<bool>,
}

/// Condition on an instant. All conditions given must hold.
#[derive(Clone, Debug, InputObject)]
pub struct DateTimeFilter {
    /// At or after this instant.
    pub gte: Option<DateTime>,
    /// Before this instant.
    pub lt: Option<DateTime>,
    /// Within this period relative to today.
    pub relative: Option<RelativePeriodInput>,
    /// On one of these days of the week, in a time zone. At most 10 conditions on weekdays and hours in a filter.
    // Boxed, as instants are tested in many places of each filter.
    pub weekday: Option<Box<WeekdayFilter>>,
    /// Within one of these hours of the day, in a time zone. At most 10 conditions on weekdays and hours in a filter.
    pub hour_of_day: Option<Box<HourOfDayFilter>>,
    /// True matches fields that are not set, false those that are.
    pub is_null: Option<bool>,
}

/// Condition on text as a whole. Accents, case, repeated blanks and invisible characters are ignored. All conditions given must hold. Longer
/// text than allowed is `BAD_USER_INPUT`.
#[derive(Clone, Debug, InputObject)]
pub struct ExactStringFilter {
    /// Equal to this text. At most 200 characters.
    pub eq: Option<String>,
    /// Equal to one of these texts. At most 200 values of at most 200 characters.
    #[graphql(name = "in")]
    pub any_of: Option<Vec<String>>,
    /// True matches fields that are not set, false those that are.
    pub is_null: Option<bool>,
}

impl StringFilter {
    fn typed(self) -> TypedTest {
        TypedTest {
            eq: self.eq,
            in_: self.any_of,
            contains: self.contains,
            starts_with: self.starts_with,
            is_null: self.is_null,
        }
    }
}

impl From<ExactStringFilter> for StringFilter {
    fn from(filter: ExactStringFilter) -> Self {
        StringFilter {
            eq: filter.eq,
            any_of: filter.any_of,
            contains: None,
            starts_with: None,
            is_null: filter.is_null,
        }
    }
}

impl From<IntFilter> for IntTest {
    fn from(filter: IntFilter) -> Self {
        IntTest {
            eq: filter.eq.map(i64::from),
            in_: filter.any_of.map(|numbers| numbers.into_iter().map(i64::from).collect()),
            gte: filter.gte.map(i64::from),
            lte: filter.lte.map(i64::from),
            is_null: filter.is_null,
        }
    }
}

impl DateTimeFilter {
    /// Resolves a relative period against the clock of the request.
    pub fn into_test(self, clock: &RequestClock) -> Result<TimeTest> {
        let mut test = TimeTest {
            gte: self.gte.map(|at| at.0),
            lt: self.lt.map(|at| at.0),
            is_null: self.is_null,
            buckets: Vec::new(),
        };
        if let Some(period) = self.relative {
            let (from, to) = period.into_period().instants(clock).map_err(Error::BadInput)?;
            test.gte = Some(test.gte.map_or(from, |at| at.max(from)));
            test.lt = Some(test.lt.map_or(to, |at| at.min(to)));
        }
        test.buckets = day_part_tests(self.weekday, self.hour_of_day, clock, (test.gte, test.lt))?;
        Ok(test)
    }
}

/// Context in which the filters of a request are read.
pub struct FilterContext {
    pub clock: RequestClock,
    /// Typed attributes of the schema that runs the request.
    pub fields: Arc<Fields>,
    cx: Arc<Cx>,
    /// The user as whom an administrator asks.
    as_user: Option<Viewer>,
}

impl FilterContext {
    pub fn of(ctx: &Context<'_>) -> FilterContext {
        FilterContext {
            clock: request_clock(ctx),
            fields: fields_of(ctx).clone(),
            cx: cx(ctx).clone(),
            as_user: None,
        }
    }

    /// The same for records as another user sees them.
    pub fn as_user(self, viewer: Viewer) -> FilterContext {
        FilterContext {
            as_user: Some(viewer),
            ..self
        }
    }

    /// As whom the records are seen.
    pub fn viewer(&self) -> Result<&Viewer> {
        match &self.as_user {
            Some(viewer) => Ok(viewer),
            None => self.cx.viewer(),
        }
    }

    pub fn cx(&self) -> &Cx {
        &self.cx
    }

    /// Condition on the texts of a column, in their stored form.
    pub fn text(&self, column: &Column, test: StringFilter) -> Result<TextTest> {
        let ColumnType::Text(kind, most) = column.column_type else {
            unreachable!("{} holds no text", column.path)
        };
        let catalogs = self.cx.catalogs();
        let forms = match kind {
            TextKind::DocumentNumber => number_forms(&catalogs),
            _ => Vec::new(),
        };
        let form = match kind {
            TextKind::Folded => TextForm::Folded,
            TextKind::Country => TextForm::Country,
            TextKind::Email => TextForm::Email,
            TextKind::Phone => TextForm::Phone(&self.cx.app.settings.default_country),
            TextKind::DocumentNumber => TextForm::DocumentNumber(&forms),
            TextKind::IpAddress => TextForm::IpAddress,
            TextKind::Exact => TextForm::Exact,
        };
        // Shorter columns take texts of that length too, so that the documented limits do not depend on each column.
        test.typed().in_form(most.max(LINE_LENGTH), form)
    }

    /// Ids of the statuses of the categories.
    fn statuses(&self, test: &EnumTest<status::StatusCategory>) -> Vec<Uuid> {
        let catalogs = self.cx.catalogs();
        let statuses = catalogs.statuses.all().iter().filter(|status| test.accepts(&status.category));
        statuses.map(|status| status.id).collect()
    }

    /// Parses a search text. None: no search.
    pub fn search(&self, text: Option<&str>) -> Result<Option<Search>> {
        let Some(text) = text else { return Ok(None) };
        let catalogs = self.cx.catalogs();
        let types = catalogs.identifier_types.all().iter();
        let labels: Vec<String> = types.flat_map(|kind| search::labels(&kind.name_norm)).collect();
        let numbers = Numbers {
            country: &self.cx.app.settings.default_country,
            labels: &labels,
            forms: &number_forms(&catalogs),
        };
        Search::parse(text, &numbers).map_err(Error::BadInput)
    }
}

/// Start of the request, in the time zone of the caller.
pub fn request_clock(ctx: &Context<'_>) -> RequestClock {
    let cx = cx(ctx);
    let catalogs = cx.catalogs();
    let user = cx.caller.as_ref().and_then(|viewer| catalogs.users.get(viewer.user_id));
    RequestClock {
        now: cx.began_at,
        zone: user.and_then(|user| user.time_zone.parse().ok()).unwrap_or_default(),
    }
}

impl IdFilter {
    fn of(self, column: &Column) -> IdTest {
        let ColumnType::Id(kind) = column.column_type else {
            unreachable!("{} holds no ids", column.path)
        };
        self.into_test(kind)
    }

    /// Converts to a condition on ids of the kind. An id of another kind matches nothing.
    pub fn into_test(self, kind: Kind) -> IdTest {
        IdTest {
            eq: self.eq.map(|id| reference(kind, &id)),
            in_: self.any_of.map(|ids| ids.iter().map(|id| reference(kind, id)).collect()),
            is_null: self.is_null,
        }
    }
}

/// Declares the filter of an enum. `absent` describes `isNull`, for columns that may be null.
macro_rules! enum_filter {
    ($(#[doc = $doc:literal])+ $name:ident over $value:ty $(, absent: $absent:literal)?) => {
        $(#[doc = $doc])+
        #[derive(Clone, Debug, async_graphql::InputObject)]
        pub struct $name {
            /// Equal to this value.
            pub eq: Option<$value>,
            /// Equal to one of these values.
            #[graphql(name = "in")]
            pub any_of: Option<Vec<$value>>,
            $(
                #[doc = $absent]
                pub is_null: Option<bool>,
            )?
        }

        impl $name {
            pub fn into_test<E: From<$value>>(self) -> $crate::resolvers::filter::EnumTest<E> {
                let test = $crate::schema::filters::enum_test(self.eq, self.any_of);
                $(
                    // The repetition needs the variable; the text itself is for the schema.
                    const _: &str = $absent;
                    let test = $crate::resolvers::filter::EnumTest { is_null: self.is_null, ..test };
                )?
                test
            }
        }
    };
}
pub(crate) use enum_filter;

pub fn enum_test<V, E: From<V>>(eq: Option<V>, any_of: Option<Vec<V>>) -> EnumTest<E> {
    EnumTest {
        eq: eq.map(E::from),
        in_: any_of.map(|values| values.into_iter().map(E::from).collect()),
        is_null: None,
    }
}

/// Collects the conditions of one filter object.
pub struct Tests<'a> {
    pub context: &'a FilterContext,
    pub all: Vec<Filter>,
}

impl<'a> Tests<'a> {
    pub fn new(context: &'a FilterContext) -> Tests<'a> {
        Tests { context, all: Vec::new() }
    }

    fn add(&mut self, column: &'static Column, test: Option<Test>) {
        self.all.extend(test.map(|test| ColumnTest::new(column, test).into()));
    }

    pub fn id(&mut self, column: &'static Column, test: Option<IdFilter>) {
        self.add(column, test.map(|test| Test::Id(test.of(column))));
    }

    /// Condition on the ids of child rows.
    pub fn some_id(&mut self, rows: &'static Rows, column: &'static Column, test: Option<IdFilter>) {
        let tests = test.map(|test| filterable::some_id(rows, column, test.of(column)));
        self.all.extend(tests.into_iter().flatten());
    }

    pub fn text(&mut self, column: &'static Column, test: Option<StringFilter>) -> Result<()> {
        let test = test.map(|test| self.context.text(column, test)).transpose()?;
        self.add(column, test.map(Test::Text));
        Ok(())
    }

    /// Condition on the texts of child rows.
    pub fn some_text(&mut self, rows: &'static Rows, column: &'static Column, test: Option<StringFilter>) -> Result<()> {
        let test = test.map(|test| self.context.text(column, test)).transpose()?;
        self.all
            .extend(test.into_iter().flat_map(|test| filterable::some_text(rows, column, test)));
        Ok(())
    }

    pub fn time(&mut self, column: &'static Column, test: Option<DateTimeFilter>) -> Result<()> {
        let Some(test) = test else { return Ok(()) };
        let mut test = test.into_test(&self.context.clock)?;
        let buckets = std::mem::take(&mut test.buckets);
        let period = (buckets.is_empty() || test != TimeTest::default()).then_some(Test::Time(test));
        for test in period.into_iter().chain(buckets.into_iter().map(Test::Bucket)) {
            self.add(column, Some(test));
        }
        Ok(())
    }

    pub fn integer(&mut self, column: &'static Column, test: Option<IntFilter>) {
        self.add(column, test.map(|test| Test::Integer(test.into())));
    }

    /// Condition on stored values.
    pub fn value(&mut self, column: &'static Column, test: Option<EnumTest<String>>) {
        self.add(column, test.map(Test::Value));
    }

    pub fn flag(&mut self, column: &'static Column, test: Option<bool>) {
        self.add(column, test.map(Test::Flag));
    }

    /// Condition on whether an instant is in the past of the request.
    pub fn past(&mut self, column: &'static Column, test: Option<bool>) {
        let now = self.context.clock.now;
        self.add(column, test.map(|is_past| Test::Past(is_past, now)));
    }

    /// Condition on the category of a status, as a condition on the status.
    pub fn category(&mut self, column: &'static Column, test: Option<EnumTest<status::StatusCategory>>) {
        let test = test.map(|test| ColumnTest {
            listed: test.value_count(),
            ..ColumnTest::new(
                column,
                Test::Id(IdTest {
                    in_: Some(self.context.statuses(&test)),
                    ..IdTest::default()
                }),
            )
        });
        self.all.extend(test.map(Filter::from));
    }
}

/// Combines the conditions of a filter object with those in its `and`, `or` and `not`.
pub fn combine(tests: Vec<Filter>, and: Option<Vec<Filter>>, or: Option<Vec<Filter>>, not: Option<Filter>) -> Filter {
    let mut all = tests;
    all.extend(and.map(Filter::All));
    all.extend(or.map(Filter::Any));
    all.extend(not.map(|filter| Filter::Not(Box::new(filter))));
    Filter::All(all)
}
