//! Saved reports: found, listed, and written. Those that come with the program have no rows.

use std::collections::HashMap;
use std::sync::Arc;

use sea_orm::sea_query::LockType;
use sea_orm::{
    ActiveModelTrait, ColumnTrait, Condition, ConnectionTrait, EntityTrait, IntoActiveModel, Iterable, PaginatorTrait, QueryFilter,
    QuerySelect, QueryTrait, Select,
};
use serde_json::Value as Json;
use uuid::Uuid;

use crate::auth::{Scope, Viewer, sharing};
use crate::cx::Cx;
use crate::db::Db;
use crate::entities::insight::saved_report;
use crate::entities::setup::attribute_definition::AttributeEntity;
use crate::error::{Error, Problem, ProblemCode, Result};
use crate::ids::{self, Kind};
use crate::resolvers::filter::{Column, ColumnType, Filter};
use crate::resolvers::idempotency::Replayable;
use crate::resolvers::lists::access_path;
use crate::resolvers::lists::page::{Direction, Key, Keyed, Page, PageArgs, Sort, SortColumn};
use crate::resolvers::lists::total::{self, Estimate, Total};
use crate::rules::attributes::Definition;
use crate::rules::limits::check_version;
use crate::rules::patch::Patch;
use crate::rules::reports::catalogue::{Dataset, dataset};
use crate::rules::reports::saved;
use crate::rules::reports::shipped::{self, ShippedReport};
use crate::text::fold;
use crate::tx::locks::Locks;

/// A saved report.
#[derive(Clone, Debug)]
pub enum SavedReport {
    /// It comes with the program.
    Shipped(&'static ShippedReport),
    /// A user has saved it.
    Saved(Arc<saved_report::Model>),
}

/// A saved report, if within the scope.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct SavedReportKey(pub Scope, pub Uuid);

/// The definition of a report as it was given, with everything that is wrong with it.
#[derive(Clone, Debug)]
pub struct GivenDefinition {
    pub json: Json,
    /// By their paths from the argument down.
    pub problems: Vec<Problem>,
}

/// A report that is to be saved.
#[derive(Clone, Debug)]
pub struct NewReport {
    pub name: String,
    pub description: Option<String>,
    pub definition: GivenDefinition,
    pub is_shared: bool,
}

/// Patch of a saved report.
#[derive(Clone, Debug)]
pub struct ReportEdit {
    pub name: Patch<String>,
    pub description: Patch<String>,
    pub definition: Patch<GivenDefinition>,
    pub is_shared: Patch<bool>,
}

/// Its author.
pub static AUTHOR: Column = Column::new("author", "saved_reports.author_id", ColumnType::Id(Kind::User));
/// Whether others see it.
pub static IS_SHARED: Column = Column::new("isShared", "saved_reports.is_shared", ColumnType::Flag);

const NAME: SortColumn = SortColumn::text("name_norm");

impl SavedReport {
    pub fn id(&self) -> Uuid {
        match self {
            SavedReport::Shipped(report) => report.id,
            SavedReport::Saved(row) => row.id,
        }
    }

    /// The input of the report, as it was given.
    pub fn definition(&self) -> Json {
        match self {
            SavedReport::Shipped(report) => report.definition(),
            SavedReport::Saved(row) => row.definition.clone(),
        }
    }
}

impl Keyed for saved_report::Model {
    fn key(&self, _: &SortColumn) -> Key {
        Key::Text(self.name_norm.clone())
    }

    fn id(&self) -> Uuid {
        self.id
    }
}

impl Replayable for SavedReport {
    fn ids(&self) -> Vec<Uuid> {
        vec![self.id()]
    }

    async fn read(cx: &Cx, ids: Vec<Uuid>) -> Result<Option<Self>> {
        match ids.first() {
            Some(id) => get(cx, *id).await,
            None => Ok(None),
        }
    }
}

/// The report with the id. None where there is none, or it is neither the caller's nor shared; administrators see all.
pub async fn get(cx: &Cx, id: Uuid) -> Result<Option<SavedReport>> {
    let key = SavedReportKey(cx.scope()?, id);
    Ok(by_keys(cx.db(), &[key]).await?.remove(&key))
}

/// The reports of the keys that exist and are visible.
pub async fn by_keys(db: &Db, keys: &[SavedReportKey]) -> Result<HashMap<SavedReportKey, SavedReport>> {
    let mut scopes: HashMap<Scope, Vec<Uuid>> = HashMap::new();
    let mut found = HashMap::new();
    for key in keys {
        match shipped::report(key.1) {
            Some(report) => drop(found.insert(*key, SavedReport::Shipped(report))),
            None => scopes.entry(key.0).or_default().push(key.1),
        }
    }
    for (scope, mut ids) in scopes {
        // Filled up to a power of two, so that few texts are prepared.
        ids.resize(ids.len().next_power_of_two(), Uuid::nil());
        let rows = saved_report::Entity::find()
            .filter(visible(scope))
            .filter(saved_report::Column::Id.is_in(ids))
            .all(db.reader())
            .await?;
        found.extend(
            rows.into_iter()
                .map(|row| (SavedReportKey(scope, row.id), SavedReport::Saved(Arc::new(row)))),
        );
    }
    Ok(found)
}

/// One page of the reports that the caller sees, by name.
pub async fn page(cx: &Cx, filter: &Filter, args: &PageArgs) -> Result<Page<Arc<saved_report::Model>>> {
    filter.check(cx.viewer()?)?;
    let sort = Arc::new(Sort {
        table: "saved_reports",
        columns: vec![(NAME, Direction::Ascending)],
    });
    let window = args.window(&sort, cx.app.settings.limits.page_size)?;
    let rows = window.apply(select(cx, filter)?, &sort).all(cx.db().reader()).await?;
    Ok(window.page(rows.into_iter().map(Arc::new).collect(), sort))
}

/// Number of the reports on all pages.
pub async fn count(cx: &Cx, filter: &Filter) -> Result<Total> {
    let passes = condition(cx, filter)?;
    let ids = select(cx, filter)?.select_only().column(saved_report::Column::Id).into_query();
    total::of(cx, cx.db().reader(), ids.clone(), || {
        Estimate::of(cx.db().backend(), saved_report::Entity::find(), || ids, passes)
    })
    .await
}

/// Whether a definition over a dataset names an attribute that is hidden from the caller. It is not shown to them then, and not run. None: a
/// dataset that there is not.
pub fn names_hidden(cx: &Cx, definition: &Json, of: Option<Dataset>) -> Result<bool> {
    let viewer = cx.viewer()?;
    let catalogs = cx.catalogs();
    let all = AttributeEntity::iter().flat_map(|kind| catalogs.definitions.of(kind));
    let hidden = all.filter(|definition| !definition.is_visible_to(viewer));
    let hidden: Vec<&Definition> = hidden.map(AsRef::as_ref).collect();
    let own = of.and_then(|of| dataset(of).attributes);
    Ok(!hidden.is_empty() && saved::names_any(definition, own, &hidden))
}

/// Saves a report for the caller.
pub async fn create(cx: &Cx, new: &NewReport) -> Result<SavedReport> {
    let viewer = cx.viewer()?;
    let now = cx.now();
    let mut problems = Vec::new();
    let name = saved::name(&new.name, &mut problems);
    let description = saved::description(new.description.as_deref(), &mut problems);
    problems.extend(new.definition.problems.iter().cloned());
    // Concurrent calls cannot exceed the maximum, because the user is locked.
    let tx = cx.begin_with(Locks::changing([viewer.user_id])).await?;
    let of_author = saved_report::Entity::find().filter(saved_report::Column::AuthorId.eq(viewer.user_id));
    if of_author.count(&tx).await? >= saved::MOST_REPORTS {
        let message = format!("a user has at most {} saved reports: delete one first", saved::MOST_REPORTS);
        problems.push(Problem::new(ProblemCode::Limit, &["input"], message));
    }
    if !problems.is_empty() {
        return Err(Error::Invalid(problems));
    }
    let row = saved_report::Model {
        id: ids::new(),
        author_id: viewer.user_id,
        name_norm: fold(&name),
        name,
        description,
        definition: new.definition.json.clone(),
        is_shared: new.is_shared,
        version: 1,
        created_at: now,
        updated_at: now,
    };
    saved_report::Entity::insert(row.clone().into_active_model().reset_all())
        .exec_without_returning(&tx)
        .await?;
    tx.commit_naming([row.id]).await?;
    Ok(SavedReport::Saved(Arc::new(row)))
}

/// Changes a report: one's own; administrators any.
pub async fn update(cx: &Cx, id: Uuid, edit: &ReportEdit, expected_version: Option<i32>) -> Result<SavedReport> {
    let tx = cx.begin().await?;
    let mut problems = Vec::new();
    let before = lock(cx, &tx, id, expected_version, &mut problems).await?;
    let mut after = before.clone();
    match &edit.name {
        Patch::Keep => {}
        Patch::Clear => problems.push(Problem::new(ProblemCode::Required, &["input", "name"], "a saved report has a name")),
        Patch::Set(name) => {
            after.name = saved::name(name, &mut problems);
            after.name_norm = fold(&after.name);
        }
    }
    match &edit.description {
        Patch::Keep => {}
        Patch::Clear => after.description = None,
        Patch::Set(text) => after.description = saved::description(Some(text), &mut problems),
    }
    match &edit.definition {
        Patch::Keep => {}
        Patch::Clear => {
            let message = "a saved report has a definition";
            problems.push(Problem::new(ProblemCode::Required, &["input", "definition"], message));
        }
        Patch::Set(given) => {
            problems.extend(given.problems.iter().cloned());
            after.definition = given.json.clone();
        }
    }
    match edit.is_shared {
        Patch::Keep => {}
        Patch::Clear => problems.push(Problem::new(ProblemCode::Required, &["input", "isShared"], "must be true or false")),
        Patch::Set(is_shared) => after.is_shared = is_shared,
    }
    if !problems.is_empty() {
        return Err(Error::Invalid(problems));
    }
    if before == after {
        return Ok(SavedReport::Saved(Arc::new(before)));
    }
    after.version += 1;
    after.updated_at = cx.now();
    let after = after.into_active_model().reset_all().update(&tx).await?;
    tx.commit_naming([id]).await?;
    Ok(SavedReport::Saved(Arc::new(after)))
}

/// Deletes a report: one's own; administrators any. Tiles that show it stay without a report.
pub async fn delete(cx: &Cx, id: Uuid, expected_version: Option<i32>) -> Result<Uuid> {
    let tx = cx.begin().await?;
    let mut problems = Vec::new();
    lock(cx, &tx, id, expected_version, &mut problems).await?;
    if !problems.is_empty() {
        return Err(Error::Invalid(problems));
    }
    saved_report::Entity::delete_by_id(id).exec(&tx).await?;
    tx.commit_naming([id]).await?;
    Ok(id)
}

/// The report, locked against other writers until the transaction ends. What comes with the program cannot be changed, and what is shared
/// only by its author and by administrators.
async fn lock(
    cx: &Cx,
    tx: &impl ConnectionTrait,
    id: Uuid,
    expected_version: Option<i32>,
    problems: &mut Vec<Problem>,
) -> Result<saved_report::Model> {
    if shipped::report(id).is_some() {
        return Err(unchangeable());
    }
    let query = saved_report::Entity::find_by_id(id)
        .filter(visible(cx.scope()?))
        .lock(LockType::NoKeyUpdate);
    let row = query.one(tx).await?.ok_or(Error::NotFound)?;
    check_author(cx.viewer()?, row.author_id)?;
    check_version(expected_version, row.version, problems);
    Ok(row)
}

/// The error of a change of what comes with the program.
pub(super) fn unchangeable() -> Error {
    let message = "what comes with the program cannot be changed: save a copy of it";
    Error::problem(ProblemCode::State, &["id"], message)
}

/// Refuses to change what another user has shared.
pub(super) fn check_author(viewer: &Viewer, author_id: Uuid) -> Result<()> {
    if viewer.can_change_saved_of(author_id) {
        return Ok(());
    }
    let message = "only its author and administrators may change this: save a copy of it";
    Err(Error::problem(ProblemCode::Forbidden, &["id"], message))
}

fn visible(scope: Scope) -> Condition {
    sharing::condition(scope, saved_report::Column::AuthorId, saved_report::Column::IsShared)
}

fn select(cx: &Cx, filter: &Filter) -> Result<Select<saved_report::Entity>> {
    Ok(saved_report::Entity::find().filter(condition(cx, filter)?))
}

fn condition(cx: &Cx, filter: &Filter) -> Result<Condition> {
    let asked = access_path::compiler(cx.db().backend()).condition(filter);
    Ok(visible(cx.scope()?).add(asked))
}
