//! Reports: a checked request becomes one statement, and its groups become rows.

/// Conditions as of the instant of a report.
mod as_of;
/// Rows, totals and what they open.
mod assembly;
/// Headings, types and units of columns.
mod columns;
/// Measures that depend on other groups.
mod derived;
/// Filters that list the records behind a row.
mod drill_down;
/// SQL of dimensions and measures.
mod expressions;
/// Groups without records.
mod fill;
/// Groups: read, restricted, sorted.
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
use serde_json::{Map, Value as Json, json};
use uuid::Uuid;

use crate::auth::{Scope, Viewer};
use crate::cx::Cx;
use crate::entities::setup::attribute_definition::AttributeEntity;
use crate::error::{Error, ProblemCode, Result};
use crate::ids::Kind;
use crate::resolvers::filter::Filter;
use crate::resolvers::records::prospects::list;
use crate::rules::attributes::Definition;
use crate::rules::money::Currency;
use crate::rules::reports::catalogue::{Dataset, DatasetEntry};
use crate::rules::reports::check::check;
use crate::rules::reports::{MOST_GROUPS, Plan, Request, Surroundings};
use crate::text::language::Language;
use as_of::Intervals;
use assembly::Assembly;
use derived::RunningTotals;
use drill_down::{Inputs, Opening, OpeningSource};
use labels::Labels;
use period::Period;

pub use drill_down::{List, Unopened};

/// An answered report.
#[derive(Clone, Debug)]
pub struct Report {
    pub columns: Vec<Column>,
    pub rows: Vec<Row>,
    /// One for each column; empty if totals were not requested.
    pub totals: Vec<Total>,
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
    /// The list that shows the records of the row.
    pub opens: Opening,
    /// Number of the first dimensions that its records have in common.
    pub level: usize,
    /// The rows beyond the limit, added up.
    pub is_others: bool,
}

/// A measure over all records. Dimensions have none.
#[derive(Clone, Debug, Default)]
pub struct Total {
    pub number: Option<Decimal>,
    /// None if nothing is compared.
    pub comparison: Option<Compared>,
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
    /// What the filter reads of the intervals at the instant of the report.
    pub intervals: Intervals,
    pub period: Period,
}

/// Answers a report over the records whose prospects the caller sees. Everything that is wrong with the request is reported together, before
/// anything is read.
pub async fn run(cx: &Cx, query: ReportQuery) -> Result<Report> {
    let viewer = viewer(cx, query.as_user)?;
    query.prospects.filter.check(&viewer)?;
    query.own.filter.check(&viewer)?;
    let are_clients = query.request.dataset == Dataset::Clients;
    let (period, rest) = Period::of(&query.request, query.prospects.filter, cx.began_at);
    let plan = Arc::new(plan(cx, &query.request, &viewer, period)?);
    let scope = viewer.scope();
    let filter = Filter::All(vec![rest, query.own.filter]);
    let (filter, intervals) = match plan.as_of {
        Some(instant) => as_of::filter(filter, instant),
        None => (filter, Intervals::default()),
    };
    let compilation = Compilation {
        cx,
        viewer: &viewer,
        plan: &plan,
        filter: filter.decided(&|test| list::known(test, scope, are_clients)),
        intervals,
        period,
    };
    let permit = cx.app.permits.for_report(cx.viewer()?.user_id, &cx.reports).await;
    let permit = permit.ok_or(Error::RateLimited { retry_after_seconds: 1 })?;
    let statement = statement::build(&compilation);
    tracing::debug!(sql = statement.sql, "a report is asked");
    let found = cx.db().reader().read_within(cx.app.settings.report_timeout, statement).await;
    drop(permit);
    let mut read = groups::read(&plan, found?)?;
    fill::add_compared(&compilation, &mut read.rows, &read.earlier);
    if [&read.rows, &read.earlier].into_iter().any(|rows| rows.len() > MOST_GROUPS) {
        let message = format!("the report has more than {MOST_GROUPS} groups: leave out a dimension, or filter the records");
        return Err(Error::problem(ProblemCode::Limit, &["input", "dimensions"], message));
    }
    let labels = Arc::new(Labels::new(cx));
    let mut rows = read.rows;
    if plan.fills_empty {
        fill::fill(&compilation, &labels, &mut rows);
    }
    groups::unify_texts(&plan, &mut rows, &mut read.subtotals, &read.earlier);
    let opens = OpeningSource {
        plan: plan.clone(),
        period,
        labels: labels.clone(),
        inputs: inputs(&compilation, query.prospects.input, query.own.input),
    };
    let report = Assembly {
        compilation: &compilation,
        labels,
        opens: Arc::new(opens),
        running_before: RunningTotals::of(&plan, &read.earlier),
        earlier: read.earlier,
        earlier_totals: read.earlier_totals,
        totals: read.totals,
    };
    Ok(report.assemble(rows, read.subtotals))
}

/// The filters of the lists that rows open: of another user their own records only. None if entries are hidden from that user, which the
/// list of the caller shows.
fn inputs(compilation: &Compilation<'_>, mut prospects: Map<String, Json>, own: Map<String, Json>) -> Option<Inputs> {
    let Compilation { cx, viewer, plan, .. } = compilation;
    if cx.viewer().is_ok_and(|caller| caller.user_id != viewer.user_id) {
        if let Scope::Owner(owner_id) = viewer.scope() {
            let owner = json!({ "owner": { "eq": Kind::User.encode(owner_id) } });
            prospects.entry("and").or_insert_with(|| json!([])).as_array_mut()?.push(owner);
        }
        if plan.dataset == Dataset::Activity && !cx.catalogs().definitions.hidden_from(viewer).is_empty() {
            return None;
        }
    }
    Some(Inputs { prospects, own })
}

/// Refuses a request that could not be carried out, with everything that is wrong with it. Nothing is read.
pub fn validate(cx: &Cx, query: ReportQuery) -> Result<()> {
    let viewer = viewer(cx, query.as_user)?;
    query.prospects.filter.check(&viewer)?;
    query.own.filter.check(&viewer)?;
    let (period, _) = Period::of(&query.request, query.prospects.filter, cx.began_at);
    plan(cx, &query.request, &viewer, period).map(drop)
}

/// As whom the report is asked for: administrators may name a user.
pub fn viewer(cx: &Cx, as_user: Option<Uuid>) -> Result<Viewer> {
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
