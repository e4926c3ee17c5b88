//! Reports: a checked request becomes one statement, and its groups become rows.

/// Filters that list the records behind a row.
mod drill_down;
/// SQL of dimensions and measures.
mod expressions;
/// Groups: read, filled, restricted, sorted.
mod groups;
/// Names of the values of dimensions.
mod labels;
/// The period of a report, apart from the rest of its filter.
mod period;
/// The statement of a report.
mod statement;

use std::sync::Arc;
use std::time::Duration;

use chrono_tz::Tz;
use rust_decimal::Decimal;
use sea_orm::ConnectionTrait;
use serde_json::Value as Json;
use tokio::time::timeout;

use crate::cx::Cx;
use crate::entities::setup::attribute_definition::{AttributeEntity, AttributeType};
use crate::error::{Error, ProblemCode, Result};
use crate::resolvers::filter::Filter;
use crate::resolvers::records::prospects::list;
use crate::rules::money::Currency;
use crate::rules::reports::catalogue::{FieldType, MeasureKind};
use crate::rules::reports::check::check;
use crate::rules::reports::numbers::change;
use crate::rules::reports::{Dimension, MOST_GROUPS, Measure, Plan, Request, Source, Surroundings};
use crate::text::language::Language;
use groups::Group;
use labels::Labels;
use period::Period;

/// Longest time of the statement of a report.
const STATEMENT: Duration = Duration::from_secs(5);

/// An answered report.
#[derive(Clone, Debug)]
pub struct Report {
    pub columns: Vec<Column>,
    pub rows: Vec<Row>,
    /// One for each column, none of which is of a dimension; empty if totals were not requested.
    pub totals: Vec<Option<Decimal>>,
    /// Number of rows before the limit.
    pub row_count: usize,
    pub is_truncated: bool,
    pub generated_at: i64,
}

#[derive(Clone, Debug)]
pub struct Column {
    pub key: String,
    pub label: String,
    pub is_measure: bool,
    pub value_type: ValueType,
    pub unit: Option<String>,
    /// False for a dimension in several of whose groups a record may count.
    pub adds_up: bool,
}

/// Type of the values of a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ValueType {
    Entry,
    User,
    Choice,
    Text,
    Boolean,
    Time,
    Integer,
    Decimal,
    Money,
    Duration,
    Rate,
}

#[derive(Clone, Debug)]
pub struct Row {
    pub cells: Vec<Cell>,
    /// One for each column; empty if nothing is compared.
    pub comparison: Vec<Compared>,
    /// Filter of the list of prospects that matches the records of the row.
    pub filter: Option<Json>,
    /// The rows beyond the limit, added up.
    pub is_others: bool,
}

#[derive(Clone, Debug, Default)]
pub struct Cell {
    /// None for the group of records without a value, and for measures.
    pub key: Option<String>,
    pub text: Option<String>,
    pub color: Option<String>,
    pub number: Option<Decimal>,
}

#[derive(Clone, Debug, Default)]
pub struct Compared {
    pub number: Option<Decimal>,
    /// As a part of the earlier number.
    pub change: Option<Decimal>,
}

/// A request with the filter of its records, which are prospects.
#[derive(Debug)]
pub struct ReportQuery {
    pub request: Request,
    pub filter: Filter,
    /// The filter as the client gave it.
    pub input: Json,
}

/// What the statement of a report is made of.
pub(super) struct Compilation<'a> {
    pub cx: &'a Cx,
    pub plan: &'a Plan,
    pub filter: Filter,
    pub period: Period,
}

/// Answers a report over the prospects that the caller sees. Everything that is wrong with the request is reported together, before
/// anything is read.
pub async fn run(cx: &Cx, query: ReportQuery) -> Result<Report> {
    let viewer = cx.viewer()?;
    query.filter.check(viewer)?;
    let (period, rest) = Period::of(query.filter);
    let plan = plan(cx, &query.request, period)?;
    let scope = cx.scope()?;
    let compilation = Compilation {
        cx,
        plan: &plan,
        filter: rest.decided(&|test| list::known(test, scope, false)),
        period,
    };
    let permit = cx.app.permits.for_report().await;
    let permit = permit.ok_or(Error::RateLimited { retry_after_seconds: 1 })?;
    let statement = statement::build(&compilation, scope);
    let found = timeout(STATEMENT, cx.db().reader().query_all_raw(statement)).await;
    drop(permit);
    let read = groups::read(&plan, found.map_err(|_| Error::Timeout)??)?;
    if [&read.rows, &read.earlier].into_iter().any(|rows| rows.len() > MOST_GROUPS) {
        let message = format!("the report has more than {MOST_GROUPS} groups: leave out a dimension, or filter the records");
        return Err(Error::problem(ProblemCode::Limit, &["input", "dimensions"], message));
    }
    let labels = Labels::new(cx);
    let mut rows = read.rows;
    if plan.fills_empty {
        groups::fill(&compilation, &labels, &mut rows);
    }
    let report = Assembly {
        compilation: &compilation,
        labels,
        input: &query.input,
        earlier: read.earlier,
    };
    report.assemble(rows, read.totals)
}

/// The plan of a request, with the attributes that the caller may know of.
fn plan(cx: &Cx, request: &Request, period: Period) -> Result<Plan> {
    let (catalogs, viewer) = (cx.catalogs(), cx.viewer()?);
    let attribute = |key: &str| catalogs.definitions.find(AttributeEntity::Prospect, key, viewer).cloned();
    let around = Surroundings {
        attribute: &attribute,
        zone: zone(cx),
        period: (period.from, period.to),
        now: cx.began_at,
        default_currency: Currency::from_code(&cx.app.settings.default_currency).unwrap_or(Currency::USD),
    };
    check(request, &around).map_err(Error::Invalid)
}

fn zone(cx: &Cx) -> Tz {
    let catalogs = cx.catalogs();
    let user = cx.caller.as_ref().and_then(|viewer| catalogs.users.get(viewer.user_id));
    user.and_then(|user| user.time_zone.parse().ok()).unwrap_or_default()
}

/// The language of the caller.
pub fn language(cx: &Cx) -> Language {
    let catalogs = cx.catalogs();
    let user = cx.caller.as_ref().and_then(|viewer| catalogs.users.get(viewer.user_id));
    user.map_or(Language::English, |user| Language::of(&user.locale))
}

struct Assembly<'a> {
    compilation: &'a Compilation<'a>,
    labels: Labels,
    input: &'a Json,
    earlier: Vec<Group>,
}

impl Assembly<'_> {
    fn assemble(self, mut rows: Vec<Group>, totals: Option<Group>) -> Result<Report> {
        let plan = self.compilation.plan;
        groups::restrict(plan, &mut rows);
        groups::sort(plan, &self.labels, &mut rows);
        let row_count = rows.len();
        let rest = rows.split_off(Ord::min(plan.limit, row_count));
        let earlier = groups::by_keys(&self.earlier);
        let mut answered: Vec<Row> = rows.iter().map(|group| self.row(group, &earlier)).collect();
        if plan.has_others && !rest.is_empty() {
            answered.push(self.others(&rest));
        }
        let totals: Option<Vec<Option<Decimal>>> = totals.map(|group| {
            let dimensions = plan.dimensions.iter().map(|_| None);
            dimensions.chain(group.numbers(plan)).collect()
        });
        Ok(Report {
            columns: self.columns(),
            rows: answered,
            totals: totals.unwrap_or_default(),
            row_count,
            is_truncated: !rest.is_empty(),
            generated_at: self.compilation.cx.began_at,
        })
    }

    fn row(&self, group: &Group, earlier: &groups::ByKeys<'_>) -> Row {
        let plan = self.compilation.plan;
        let numbers: Vec<Option<Decimal>> = group.numbers(plan).collect();
        let dimensions = plan.dimensions.iter().enumerate();
        let mut cells: Vec<Cell> = dimensions.map(|(place, _)| self.labels.cell(plan, place, group)).collect();
        cells.extend(numbers.iter().map(|number| number_cell(*number)));
        let comparison = match plan.comparison {
            None => Vec::new(),
            Some(_) => self.compared(group, &numbers, earlier),
        };
        Row {
            cells,
            comparison,
            filter: drill_down::filter(plan, &self.labels, group, self.input),
            is_others: false,
        }
    }

    fn compared(&self, group: &Group, numbers: &[Option<Decimal>], earlier: &groups::ByKeys<'_>) -> Vec<Compared> {
        let plan = self.compilation.plan;
        let keys = self.compilation.period.counterpart(self.compilation, &group.keys);
        let found = keys.and_then(|keys| earlier.get(&keys).copied());
        let empty = Group::empty(plan, Vec::new());
        let before = found.unwrap_or(&empty).numbers(plan);
        let measures = before.zip(numbers).map(|(before, now)| Compared {
            number: before,
            change: before.zip(*now).and_then(|(before, now)| change(before, now)),
        });
        let dimensions = plan.dimensions.iter().map(|_| Compared::default());
        dimensions.chain(measures).collect()
    }

    fn others(&self, rest: &[Group]) -> Row {
        let plan = self.compilation.plan;
        let mut sum = Group::empty(plan, Vec::new());
        for group in rest {
            sum.add(plan, group);
        }
        let label = self.labels.others();
        let dimensions = plan.dimensions.iter().enumerate().map(|(place, _)| Cell {
            text: (place == 0).then(|| label.clone()),
            ..Cell::default()
        });
        let cells = dimensions.chain(sum.numbers(plan).map(number_cell)).collect();
        Row {
            cells,
            comparison: Vec::new(),
            filter: None,
            is_others: true,
        }
    }

    fn columns(&self) -> Vec<Column> {
        let plan = self.compilation.plan;
        let dimensions = plan.dimensions.iter().map(|dimension| Column {
            key: dimension.key.clone(),
            label: self.labels.of_dimension(dimension),
            is_measure: false,
            value_type: type_of_dimension(dimension),
            unit: unit(&dimension.source, None),
            adds_up: !dimension.is_multiple(),
        });
        let measures = plan.measures.iter().map(|measure| Column {
            key: measure.key.clone(),
            label: self.labels.of_measure(measure),
            is_measure: true,
            value_type: type_of_measure(measure),
            unit: match measure.kind {
                MeasureKind::DistinctCount => None,
                _ => measure.source.as_ref().and_then(|source| unit(source, measure.currency)),
            },
            adds_up: !matches!(measure.kind, MeasureKind::DistinctCount | MeasureKind::Percentile),
        });
        dimensions.chain(measures).collect()
    }
}

fn number_cell(number: Option<Decimal>) -> Cell {
    Cell {
        text: number.map(|number| number.to_string()),
        number,
        ..Cell::default()
    }
}

fn type_of_dimension(dimension: &Dimension) -> ValueType {
    match &dimension.source {
        Source::Field(field) => match field.field_type {
            FieldType::Entry => ValueType::Entry,
            FieldType::User => ValueType::User,
            FieldType::Choice(_) => ValueType::Choice,
            FieldType::Text => ValueType::Text,
            FieldType::Integer => ValueType::Integer,
            FieldType::Time => ValueType::Time,
            FieldType::Duration => ValueType::Duration,
            FieldType::Money => ValueType::Money,
        },
        Source::Attribute(definition) => match definition.kind() {
            AttributeType::Choice => ValueType::Choice,
            AttributeType::User => ValueType::User,
            AttributeType::Boolean => ValueType::Boolean,
            AttributeType::Date | AttributeType::DateTime => ValueType::Time,
            kind => number_type(kind),
        },
    }
}

fn type_of_measure(measure: &Measure) -> ValueType {
    match (measure.kind, &measure.source) {
        (MeasureKind::ConversionRate | MeasureKind::LossRate | MeasureKind::DiscardRate, _) => ValueType::Rate,
        (MeasureKind::Count | MeasureKind::DistinctCount, _) | (_, None) => ValueType::Integer,
        (_, Some(Source::Field(field))) if field.field_type == FieldType::Duration => ValueType::Duration,
        (_, Some(Source::Field(field))) if field.field_type == FieldType::Money => ValueType::Money,
        (MeasureKind::Average, Some(Source::Field(_))) => ValueType::Decimal,
        (_, Some(Source::Field(_))) => ValueType::Integer,
        (kind, Some(Source::Attribute(definition))) => match (kind, definition.kind()) {
            (MeasureKind::Average, AttributeType::Integer) => ValueType::Decimal,
            (_, of) => number_type(of),
        },
    }
}

fn number_type(kind: AttributeType) -> ValueType {
    match kind {
        AttributeType::Integer => ValueType::Integer,
        AttributeType::Decimal => ValueType::Decimal,
        AttributeType::Money => ValueType::Money,
        _ => ValueType::Text,
    }
}

fn unit(source: &Source, currency: Option<Currency>) -> Option<String> {
    match source {
        Source::Field(field) => match (field.field_type, field.name) {
            (FieldType::Duration, _) => Some("SECONDS".to_owned()),
            (FieldType::Money, _) => currency.map(|currency| currency.code().to_owned()),
            (_, "validity_days") => Some("DAYS".to_owned()),
            _ => None,
        },
        Source::Attribute(definition) => definition.currency.map(|currency| currency.code().to_owned()),
    }
}

/// The attributes of prospects that the caller may report on, in their order.
pub fn attributes(cx: &Cx) -> Result<Vec<Arc<crate::rules::attributes::Definition>>> {
    let viewer = cx.viewer()?;
    let catalogs = cx.catalogs();
    let all = catalogs.definitions.of(AttributeEntity::Prospect).iter();
    Ok(all
        .filter(|definition| definition.is_visible_to(viewer) && !definition.is_retired())
        .cloned()
        .collect())
}
