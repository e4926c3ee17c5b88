//! The tests that filters are made of.

use std::sync::Arc;

use async_graphql::{Context, Enum, ID, InputObject};
use uuid::Uuid;

use super::cx;
use super::ids::reference;
use super::scalars::DateTime;
use crate::cx::Cx;
use crate::entities::setup::status;
use crate::error::{Error, Result};
use crate::ids::Kind;
use crate::resolvers::filter::{
    Column, ColumnTest, EnumTest, Filter, Holds, IdTest, IntTest, Rows, Test, TextForm, TextKind, TextTest, TimeTest, TypedTest,
};
use crate::resolvers::records::filterable;
use crate::resolvers::records::identifiers::number_forms;
use crate::rules::periods::{self, Moment, Period};
use crate::rules::search::{self, Numbers, Search};

/// A test of text. Accents, case, repeated blanks and invisible characters do not count, but for the accents of e-mails; phones and document
/// numbers are compared as the field says. All parts that are given have to hold. A longer text than permitted is
/// `BAD_USER_INPUT`.
#[derive(Clone, Debug, InputObject)]
pub struct StringFilter {
    /// The text is this. At most as many characters as the text may have: 200, and 401 for the full name of a contact.
    pub eq: Option<String>,
    /// The text is one of these: at most 200 values, each at most as long as in `eq`.
    #[graphql(name = "in")]
    pub any_of: Option<Vec<String>>,
    /// The text has this in it. At most 200 characters.
    pub contains: Option<String>,
    /// The text begins with this. At most 200 characters.
    pub starts_with: Option<String>,
    /// True: there is no text. False: there is one.
    pub is_null: Option<bool>,
}

/// A test of what an object refers to. All parts that are given have to hold.
#[derive(Clone, Debug, InputObject)]
pub struct IdFilter {
    /// It refers to this one.
    pub eq: Option<ID>,
    /// It refers to one of these; at most 200.
    #[graphql(name = "in")]
    pub any_of: Option<Vec<ID>>,
    /// True: it refers to nothing. False: it refers to something.
    pub is_null: Option<bool>,
}

/// A test of a whole number. All parts that are given have to hold.
#[derive(Clone, Debug, InputObject)]
pub struct IntFilter {
    /// It is this number.
    pub eq: Option<i32>,
    /// It is one of these; at most 200.
    #[graphql(name = "in")]
    pub any_of: Option<Vec<i32>>,
    /// It is this number or a larger one.
    pub gte: Option<i32>,
    /// It is this number or a smaller one.
    pub lte: Option<i32>,
    /// True: there is no number. False: there is one.
    pub is_null: Option<bool>,
}

/// A test of an instant. All parts that are given have to hold.
#[derive(Clone, Debug, InputObject)]
pub struct DateTimeFilter {
    /// At this instant or later.
    pub gte: Option<DateTime>,
    /// Before this instant.
    pub lt: Option<DateTime>,
    /// Within this period, which moves on with the calendar.
    pub relative: Option<RelativePeriodInput>,
    /// True: it has not happened. False: it has.
    pub is_null: Option<bool>,
}

/// What a period is counted in: whole units of the calendar in the time zone of the caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "periods::PeriodUnit")]
pub enum PeriodUnit {
    /// From midnight to midnight, which is not always 24 hours.
    Day,
    /// From Monday to Sunday.
    Week,
    /// From its first day to its last.
    Month,
    /// Three months, from January, April, July or October.
    Quarter,
    /// From January to December.
    Year,
}

/// A period counted from today. With `DAY`: `{ unit: DAY }` is today, `{ unit: DAY, offset: -1 }` yesterday, `{ unit: DAY, offset: -7, count: 7 }`
/// the seven days before today, and `{ unit: DAY, offset: 1, count: 7 }` the seven after.
#[derive(Clone, Copy, Debug, InputObject)]
pub struct RelativePeriodInput {
    /// What is counted.
    pub unit: PeriodUnit,
    /// The unit that the period begins with: 0 is the present one, -1 the one before it. From -1,000 to 1,000.
    #[graphql(default)]
    pub offset: i32,
    /// How many units the period has: 1 to 1,000.
    #[graphql(default = 1)]
    pub count: i32,
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

impl From<IntFilter> for IntTest {
    fn from(filter: IntFilter) -> Self {
        IntTest {
            eq: filter.eq,
            in_: filter.any_of,
            gte: filter.gte,
            lte: filter.lte,
            is_null: filter.is_null,
        }
    }
}

impl DateTimeFilter {
    /// A relative period is settled at the moment.
    pub fn into_test(self, moment: &Moment) -> Result<TimeTest> {
        let mut test = TimeTest {
            gte: self.gte.map(|at| at.0),
            lt: self.lt.map(|at| at.0),
            is_null: self.is_null,
        };
        if let Some(period) = self.relative {
            let period = Period {
                unit: period.unit.into(),
                offset: period.offset,
                count: period.count,
            };
            let (from, to) = period.instants(moment).map_err(Error::BadInput)?;
            test.gte = Some(test.gte.map_or(from, |at| at.max(from)));
            test.lt = Some(test.lt.map_or(to, |at| at.min(to)));
        }
        Ok(test)
    }
}

/// How the filters of a request are read.
pub struct Reading {
    pub moment: Moment,
    cx: Arc<Cx>,
}

impl Reading {
    pub fn of(ctx: &Context<'_>) -> Reading {
        Reading {
            moment: moment(ctx),
            cx: cx(ctx).clone(),
        }
    }

    /// The test of the texts of a column, as they are kept.
    fn text(&self, column: &Column, test: StringFilter) -> Result<TextTest> {
        let Holds::Text(kind, most) = column.holds else {
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
        };
        test.typed().in_form(most, form)
    }

    /// The statuses of the categories.
    fn statuses(&self, test: &EnumTest<status::StatusCategory>) -> Vec<Uuid> {
        let catalogs = self.cx.catalogs();
        let statuses = catalogs.statuses.all().iter().filter(|status| test.accepts(&status.category));
        statuses.map(|status| status.id).collect()
    }

    /// What is searched for. None: nothing.
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

/// When the request began, in the time zone of the caller.
pub fn moment(ctx: &Context<'_>) -> Moment {
    let cx = cx(ctx);
    let catalogs = cx.catalogs();
    let user = cx.caller.as_ref().and_then(|viewer| catalogs.users.get(viewer.user_id));
    Moment {
        now: cx.began_at,
        zone: user.and_then(|user| user.time_zone.parse().ok()).unwrap_or_default(),
    }
}

impl IdFilter {
    fn of(self, column: &Column) -> IdTest {
        let Holds::Id(kind) = column.holds else {
            unreachable!("{} holds no ids", column.path)
        };
        self.into_test(kind)
    }

    /// An id of another kind names nothing.
    pub fn into_test(self, kind: Kind) -> IdTest {
        IdTest {
            eq: self.eq.map(|id| reference(kind, &id)),
            in_: self.any_of.map(|ids| ids.iter().map(|id| reference(kind, id)).collect()),
            is_null: self.is_null,
        }
    }
}

/// Declares the filter of an enum; `absent` says what it means that a value is absent, where it may be.
macro_rules! enum_filter {
    ($(#[doc = $doc:literal])+ $name:ident over $value:ty $(, absent: $absent:literal)?) => {
        $(#[doc = $doc])+
        #[derive(Clone, Debug, async_graphql::InputObject)]
        pub struct $name {
            /// It is this one.
            pub eq: Option<$value>,
            /// It is one of these.
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
                    // The text is for the schema alone.
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

/// The tests of one filter object, read one after another.
pub struct Tests<'a> {
    pub reading: &'a Reading,
    pub all: Vec<Filter>,
}

impl<'a> Tests<'a> {
    pub fn new(reading: &'a Reading) -> Tests<'a> {
        Tests { reading, all: Vec::new() }
    }

    fn add(&mut self, column: &'static Column, test: Option<Test>) {
        self.all.extend(test.map(|test| ColumnTest::new(column, test).into()));
    }

    pub fn id(&mut self, column: &'static Column, test: Option<IdFilter>) {
        self.add(column, test.map(|test| Test::Id(test.of(column))));
    }

    /// One of the ids that child rows hold.
    pub fn id_among(&mut self, rows: &'static Rows, column: &'static Column, test: Option<IdFilter>) {
        let tests = test.map(|test| filterable::id_among(rows, column, test.of(column)));
        self.all.extend(tests.into_iter().flatten());
    }

    pub fn text(&mut self, column: &'static Column, test: Option<StringFilter>) -> Result<()> {
        let test = test.map(|test| self.reading.text(column, test)).transpose()?;
        self.add(column, test.map(Test::Text));
        Ok(())
    }

    /// One of the texts that child rows hold.
    pub fn text_among(&mut self, rows: &'static Rows, column: &'static Column, test: Option<StringFilter>) -> Result<()> {
        let test = test.map(|test| self.reading.text(column, test)).transpose()?;
        self.all
            .extend(test.into_iter().flat_map(|test| filterable::text_among(rows, column, test)));
        Ok(())
    }

    pub fn time(&mut self, column: &'static Column, test: Option<DateTimeFilter>) -> Result<()> {
        let test = test.map(|test| test.into_test(&self.reading.moment)).transpose()?;
        self.add(column, test.map(Test::Time));
        Ok(())
    }

    pub fn integer(&mut self, column: &'static Column, test: Option<IntFilter>) {
        self.add(column, test.map(|test| Test::Integer(test.into())));
    }

    /// A test of values as they are stored.
    pub fn value(&mut self, column: &'static Column, test: Option<EnumTest<String>>) {
        self.add(column, test.map(Test::Value));
    }

    pub fn flag(&mut self, column: &'static Column, test: Option<bool>) {
        self.add(column, test.map(Test::Flag));
    }

    /// Whether a time has passed by the moment of the request.
    pub fn past(&mut self, column: &'static Column, test: Option<bool>) {
        let moment = self.reading.moment.now;
        self.add(column, test.map(|is_past| Test::Past(is_past, moment)));
    }

    /// The category of a status, as a test of the status.
    pub fn category(&mut self, column: &'static Column, test: Option<EnumTest<status::StatusCategory>>) {
        let test = test.map(|test| ColumnTest {
            listed: test.value_count(),
            ..ColumnTest::new(
                column,
                Test::Id(IdTest {
                    in_: Some(self.reading.statuses(&test)),
                    ..IdTest::default()
                }),
            )
        });
        self.all.extend(test.map(Filter::from));
    }
}

/// Puts the parts of a filter object together: its own tests, and those combined by `and`, `or` and `not`.
pub fn combine(tests: Vec<Filter>, and: Option<Vec<Filter>>, or: Option<Vec<Filter>>, not: Option<Filter>) -> Filter {
    let mut all = tests;
    all.extend(and.map(Filter::All));
    all.extend(or.map(Filter::Any));
    all.extend(not.map(|filter| Filter::Not(Box::new(filter))));
    Filter::All(all)
}
