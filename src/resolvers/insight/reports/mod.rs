//! Reports: a checked request becomes one statement, and its groups become rows.

/// Headings, types and units of columns.
mod columns;
/// Measures that depend on other groups.
mod derived;
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
/// The tables of records.
mod records;
/// The statement of a report.
mod statement;

use std::sync::Arc;

use chrono_tz::Tz;
use rust_decimal::Decimal;
use serde_json::{Map, Value as Json};
use uuid::Uuid;

use crate::auth::Viewer;
use crate::cx::Cx;
use crate::entities::setup::attribute_definition::AttributeEntity;
use crate::error::{Error, ProblemCode, Result};
use crate::resolvers::filter::Filter;
use crate::resolvers::records::prospects::list;
use crate::rules::attributes::Definition;
use crate::rules::money::Currency;
use crate::rules::reports::catalogue::{Dataset, DatasetEntry};
use crate::rules::reports::check::check;
use crate::rules::reports::numbers::change;
use crate::rules::reports::{MOST_GROUPS, Plan, Request, Surroundings};
use crate::text::language::Language;
use derived::{RunningTotals, derive};
use drill_down::Inputs;
use groups::Group;
use labels::Labels;
use period::Period;

pub use drill_down::List;

/// An answered report.
#[derive(Clone, Debug)]
pub struct Report {
    pub columns: Vec<Column>,
    pub rows: Vec<Row>,
    /// One for each column, none of which is of a dimension; empty if totals were not requested.
    pub totals: Vec<Option<Decimal>>,
    /// Of each number of the first dimensions; empty if they were not requested.
    pub subtotals: Vec<Row>,
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
    /// The list that shows the records of the row, or the prospects behind them, with its filter.
    pub opens: Option<(List, Json)>,
    /// Number of the first dimensions that its records have in common.
    pub level: usize,
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

/// A request with the filters of its records.
#[derive(Debug)]
pub struct ReportQuery {
    pub request: Request,
    /// Of the prospects.
    pub prospects: FilterInput,
    /// Of the records of the dataset, if they are not prospects.
    pub own: FilterInput,
    /// The user as whom an administrator asks.
    pub as_user: Option<Uuid>,
}

/// A filter, and what the client gave for it.
#[derive(Debug, Default)]
pub struct FilterInput {
    pub filter: Filter,
    /// As the client gave it.
    pub input: Map<String, Json>,
}

/// What the statement of a report is made of.
pub(super) struct Compilation<'a> {
    pub cx: &'a Cx,
    /// As whom the report is asked for.
    pub viewer: &'a Viewer,
    pub plan: &'a Plan,
    pub filter: Filter,
    pub period: Period,
}

/// Answers a report over the records whose prospects the caller sees. Everything that is wrong with the request is reported together, before
/// anything is read.
pub async fn run(cx: &Cx, query: ReportQuery) -> Result<Report> {
    let viewer = viewer(cx, query.as_user)?;
    query.prospects.filter.check(&viewer)?;
    query.own.filter.check(&viewer)?;
    let are_clients = query.request.dataset == Dataset::Clients;
    let (period, rest) = Period::of(&query.request, query.prospects.filter);
    let plan = plan(cx, &query.request, &viewer, period)?;
    let scope = viewer.scope();
    let compilation = Compilation {
        cx,
        viewer: &viewer,
        plan: &plan,
        filter: Filter::All(vec![rest, query.own.filter]).decided(&|test| list::known(test, scope, are_clients)),
        period,
    };
    let permit = cx.app.permits.for_report(&cx.reports).await;
    let permit = permit.ok_or(Error::RateLimited { retry_after_seconds: 1 })?;
    let statement = statement::build(&compilation);
    let found = cx.db().reader().read_within(cx.app.settings.report_timeout, statement).await;
    drop(permit);
    let read = groups::read(&plan, found?)?;
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
        inputs: Inputs {
            prospects: query.prospects.input,
            own: query.own.input,
        },
        running_before: RunningTotals::of(&plan, &read.earlier),
        earlier: read.earlier,
        earlier_totals: read.earlier_totals,
        totals: read.totals,
    };
    Ok(report.assemble(rows, read.subtotals))
}

/// Refuses a request that could not be carried out, with everything that is wrong with it. Nothing is read.
pub fn validate(cx: &Cx, query: ReportQuery) -> Result<()> {
    let viewer = viewer(cx, query.as_user)?;
    query.prospects.filter.check(&viewer)?;
    query.own.filter.check(&viewer)?;
    let (period, _) = Period::of(&query.request, query.prospects.filter);
    plan(cx, &query.request, &viewer, period).map(drop)
}

/// As whom the report is asked for: administrators may name a user.
fn viewer(cx: &Cx, as_user: Option<Uuid>) -> Result<Viewer> {
    let caller = cx.viewer()?;
    let Some(user_id) = as_user.filter(|user_id| *user_id != caller.user_id) else {
        return Ok(caller.clone());
    };
    let path = ["input", "asUser"];
    if !caller.is_administrator() {
        return Err(Error::problem(
            ProblemCode::Forbidden,
            &path,
            "only administrators may ask as another user",
        ));
    }
    let catalogs = cx.catalogs();
    let user = catalogs.users.get(user_id);
    let user = user.ok_or_else(|| Error::problem(ProblemCode::NotFound, &path, "there is no such user"))?;
    Ok(Viewer {
        user_id,
        role: user.role,
        credential: caller.credential,
    })
}

/// The plan of a request, with the attributes that the viewer may know of.
fn plan(cx: &Cx, request: &Request, viewer: &Viewer, period: Period) -> Result<Plan> {
    let catalogs = cx.catalogs();
    let attribute = |entity: AttributeEntity, key: &str| catalogs.definitions.find(entity, key, viewer).cloned();
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
    inputs: Inputs,
    totals: Option<Group>,
    earlier: Vec<Group>,
    earlier_totals: Option<Group>,
    running_before: RunningTotals,
}

impl Assembly<'_> {
    fn assemble(self, mut rows: Vec<Group>, subtotals: Vec<Group>) -> Report {
        let plan = self.compilation.plan;
        self.derive(&mut rows);
        groups::restrict(plan, &mut rows);
        groups::sort(plan, &self.labels, &mut rows);
        let row_count = rows.len();
        let rest = rows.split_off(Ord::min(plan.limit, row_count));
        let earlier = groups::by_keys(&self.earlier);
        let mut answered: Vec<Row> = rows.iter().map(|group| self.row(group, &earlier)).collect();
        if plan.has_others && !rest.is_empty() {
            answered.push(self.others(&rest));
        }
        Report {
            columns: columns::columns(plan, &self.labels),
            rows: answered,
            totals: self.totals(),
            subtotals: self.subtotals(subtotals),
            row_count,
            is_truncated: !rest.is_empty(),
            generated_at: self.compilation.cx.began_at,
        }
    }

    /// Computes what depends on the other groups of the same dimensions.
    fn derive(&self, groups: &mut [Group]) {
        let plan = self.compilation.plan;
        let running = RunningTotals::of(plan, groups);
        for group in groups {
            derive(plan, group, self.totals.as_ref(), &running);
        }
    }

    fn totals(&self) -> Vec<Option<Decimal>> {
        let plan = self.compilation.plan;
        let Some(totals) = self.totals.as_ref().filter(|_| plan.has_totals) else {
            return Vec::new();
        };
        let mut totals = [totals.clone()];
        self.derive(&mut totals);
        let dimensions = plan.dimensions.iter().map(|_| None);
        dimensions.chain(totals[0].numbers(plan)).collect()
    }

    /// Those of the first dimension, then those of the first two, and so on.
    fn subtotals(&self, groups: Vec<Group>) -> Vec<Row> {
        let plan = self.compilation.plan;
        let mut levels: Vec<Vec<Group>> = vec![Vec::new(); plan.dimensions.len()];
        for group in groups {
            levels[group.keys.len()].push(group);
        }
        let mut answered = Vec::new();
        for mut groups in levels {
            self.derive(&mut groups);
            groups::sort(plan, &self.labels, &mut groups);
            answered.extend(groups.iter().map(|group| self.plain_row(group)));
        }
        answered
    }

    fn row(&self, group: &Group, earlier: &groups::ByKeys<'_>) -> Row {
        let mut row = self.plain_row(group);
        if self.compilation.plan.comparison.is_some() {
            row.comparison = self.compared(group, earlier);
        }
        row
    }

    /// A row without a comparison. The cells of dimensions that it is not of are empty.
    fn plain_row(&self, group: &Group) -> Row {
        let plan = self.compilation.plan;
        let level = group.keys.len();
        let mut cells: Vec<Cell> = (0..level).map(|place| self.labels.cell(plan, place, group)).collect();
        cells.resize_with(plan.dimensions.len(), Cell::default);
        cells.extend(group.numbers(plan).map(number_cell));
        Row {
            cells,
            comparison: Vec::new(),
            opens: self.opens(group),
            level,
            is_others: false,
        }
    }

    fn opens(&self, group: &Group) -> Option<(List, Json)> {
        let (plan, period) = (self.compilation.plan, &self.compilation.period);
        let filter = drill_down::filter(plan, period, &self.labels, group, &self.inputs)?;
        Some((drill_down::list(plan.dataset), filter))
    }

    fn compared(&self, group: &Group, earlier: &groups::ByKeys<'_>) -> Vec<Compared> {
        let plan = self.compilation.plan;
        let keys = self.compilation.period.counterpart(self.compilation, &group.keys);
        let found = keys.as_ref().and_then(|keys| earlier.get(keys).copied().cloned());
        let mut before = found.unwrap_or_else(|| Group::empty(plan, keys.unwrap_or_default()));
        derive(plan, &mut before, self.earlier_totals.as_ref(), &self.running_before);
        let measures = before.numbers(plan).zip(group.numbers(plan)).map(|(before, now)| Compared {
            number: before,
            change: before.zip(now).and_then(|(before, now)| change(before, now)),
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
        let mut sum = [sum];
        self.derive(&mut sum);
        let label = self.labels.others();
        let dimensions = plan.dimensions.iter().enumerate().map(|(place, _)| Cell {
            text: (place == 0).then(|| label.clone()),
            ..Cell::default()
        });
        let cells = dimensions.chain(sum[0].numbers(plan).map(number_cell)).collect();
        Row {
            cells,
            comparison: Vec::new(),
            opens: None,
            level: plan.dimensions.len(),
            is_others: true,
        }
    }
}

fn number_cell(number: Option<Decimal>) -> Cell {
    Cell {
        text: number.map(|number| number.to_string()),
        number,
        ..Cell::default()
    }
}

/// The attributes that the caller may report on in a dataset: of its own records, then of their prospects, each in their order.
pub fn attributes(cx: &Cx, dataset: &DatasetEntry) -> Result<Vec<Arc<Definition>>> {
    let viewer = cx.viewer()?;
    let catalogs = cx.catalogs();
    let all = dataset.attribute_entities().flat_map(|entity| catalogs.definitions.of(entity));
    Ok(all
        .filter(|definition| definition.is_visible_to(viewer) && !definition.is_retired())
        .cloned()
        .collect())
}
