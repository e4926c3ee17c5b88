//! Dashboards: found, listed, and written. Those that come with the program have no rows.

use std::sync::Arc;

use sea_orm::sea_query::LockType;
use sea_orm::{
    ActiveModelTrait, ColumnTrait, Condition, ConnectionTrait, EntityTrait, IntoActiveModel, PaginatorTrait, QueryFilter, QuerySelect,
    QueryTrait, Select,
};
use uuid::Uuid;

use super::saved_reports::{self, SavedReportKey, check_author, unchangeable};
use crate::auth::{Scope, sharing};
use crate::cx::Cx;
use crate::entities::insight::dashboard;
use crate::error::{Error, Problem, ProblemCode, Result};
use crate::ids::{self, Kind};
use crate::resolvers::filter::{Column, ColumnType, Filter};
use crate::resolvers::idempotency::Replayable;
use crate::resolvers::lists::access_path;
use crate::resolvers::lists::page::{Direction, Key, Keyed, Page, PageArgs, Sort, SortColumn};
use crate::resolvers::lists::total::{self, Estimate, Total};
use crate::rules::dashboards as rules;
use crate::rules::limits::check_version;
use crate::rules::patch::Patch;
use crate::rules::reports::saved;
use crate::rules::reports::shipped::{self, ShippedDashboard};
use crate::text::fold;
use crate::tx::locks::Locks;

pub use crate::rules::dashboards::Tile;

/// A dashboard.
#[derive(Clone, Debug)]
pub enum Dashboard {
    /// It comes with the program.
    Shipped(&'static ShippedDashboard),
    /// A user has saved it.
    Saved(Arc<dashboard::Model>),
}

/// A dashboard that is to be saved.
#[derive(Clone, Debug)]
pub struct NewDashboard {
    pub name: String,
    pub tiles: Vec<Tile>,
    pub is_shared: bool,
}

/// Patch of a dashboard. Its tiles are replaced as a whole.
#[derive(Clone, Debug)]
pub struct DashboardEdit {
    pub name: Patch<String>,
    pub tiles: Patch<Vec<Tile>>,
    pub is_shared: Patch<bool>,
}

/// Its author.
pub static AUTHOR: Column = Column::new("author", "dashboards.author_id", ColumnType::Id(Kind::User));
/// Whether others see it.
pub static IS_SHARED: Column = Column::new("isShared", "dashboards.is_shared", ColumnType::Flag);

const NAME: SortColumn = SortColumn::text("name_norm");

impl Dashboard {
    pub fn id(&self) -> Uuid {
        match self {
            Dashboard::Shipped(dashboard) => dashboard.id,
            Dashboard::Saved(row) => row.id,
        }
    }

    /// The tiles in their order.
    pub fn tiles(&self) -> Result<Vec<Tile>> {
        match self {
            Dashboard::Shipped(dashboard) => Ok(dashboard.tiles()),
            Dashboard::Saved(row) => serde_json::from_value(row.tiles.clone()).map_err(Error::internal),
        }
    }
}

impl Keyed for dashboard::Model {
    fn key(&self, _: &SortColumn) -> Key {
        Key::Text(self.name_norm.clone())
    }

    fn id(&self) -> Uuid {
        self.id
    }
}

impl Replayable for Dashboard {
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

/// The dashboard with the id. None where there is none, or it is neither the caller's nor shared; administrators see all.
pub async fn get(cx: &Cx, id: Uuid) -> Result<Option<Dashboard>> {
    let scope = cx.scope()?;
    if let Some(dashboard) = shipped::dashboard(id) {
        return Ok(Some(Dashboard::Shipped(dashboard)));
    }
    let found = dashboard::Entity::find_by_id(id)
        .filter(visible(scope))
        .one(cx.db().reader())
        .await?;
    Ok(found.map(|row| Dashboard::Saved(Arc::new(row))))
}

/// One page of the dashboards that the caller sees, by name.
pub async fn page(cx: &Cx, filter: &Filter, args: &PageArgs) -> Result<Page<Arc<dashboard::Model>>> {
    filter.check(cx.viewer()?)?;
    let sort = Arc::new(Sort {
        table: "dashboards",
        columns: vec![(NAME, Direction::Ascending)],
    });
    let window = args.window(&sort, cx.app.settings.limits.page_size)?;
    let rows = window.apply(select(cx, filter)?, &sort).all(cx.db().reader()).await?;
    Ok(window.page(rows.into_iter().map(Arc::new).collect(), sort))
}

/// Number of the dashboards on all pages.
pub async fn count(cx: &Cx, filter: &Filter) -> Result<Total> {
    let passes = condition(cx, filter)?;
    let ids = select(cx, filter)?.select_only().column(dashboard::Column::Id).into_query();
    total::of(cx, cx.db().reader(), ids.clone(), || {
        Estimate::of(cx.db().backend(), dashboard::Entity::find(), || ids, passes)
    })
    .await
}

/// Saves a dashboard for the caller.
pub async fn create(cx: &Cx, new: &NewDashboard) -> Result<Dashboard> {
    let viewer = cx.viewer()?;
    let now = cx.now();
    let mut problems = Vec::new();
    let name = saved::name(&new.name, &mut problems);
    let tiles = check_tiles(cx, &new.tiles, &mut problems).await?;
    // Concurrent calls cannot exceed the maximum, because the user is locked.
    let tx = cx.begin_with(Locks::changing([viewer.user_id])).await?;
    let of_author = dashboard::Entity::find().filter(dashboard::Column::AuthorId.eq(viewer.user_id));
    if of_author.count(&tx).await? >= rules::MOST_DASHBOARDS {
        let message = format!("a user has at most {} dashboards: delete one first", rules::MOST_DASHBOARDS);
        problems.push(Problem::new(ProblemCode::Limit, &["input"], message));
    }
    if !problems.is_empty() {
        return Err(Error::Invalid(problems));
    }
    let row = dashboard::Model {
        id: ids::new(),
        author_id: viewer.user_id,
        name_norm: fold(&name),
        name,
        tiles: serde_json::to_value(tiles).map_err(Error::internal)?,
        is_shared: new.is_shared,
        version: 1,
        created_at: now,
        updated_at: now,
    };
    dashboard::Entity::insert(row.clone().into_active_model().reset_all())
        .exec_without_returning(&tx)
        .await?;
    tx.commit_naming([row.id]).await?;
    Ok(Dashboard::Saved(Arc::new(row)))
}

/// Changes a dashboard: one's own; administrators any.
pub async fn update(cx: &Cx, id: Uuid, edit: &DashboardEdit, expected_version: Option<i32>) -> Result<Dashboard> {
    let mut problems = Vec::new();
    // Read before the transaction begins, which has the only connection that writes.
    let tiles = match &edit.tiles {
        Patch::Set(tiles) => Some(check_tiles(cx, tiles, &mut problems).await?),
        Patch::Keep | Patch::Clear => None,
    };
    let tx = cx.begin().await?;
    let before = lock(cx, &tx, id, expected_version, &mut problems).await?;
    let mut after = before.clone();
    match &edit.name {
        Patch::Keep => {}
        Patch::Clear => problems.push(Problem::new(ProblemCode::Required, &["input", "name"], "a dashboard has a name")),
        Patch::Set(name) => {
            after.name = saved::name(name, &mut problems);
            after.name_norm = fold(&after.name);
        }
    }
    if edit.tiles == Patch::Clear {
        let message = "give an empty list to remove all tiles";
        problems.push(Problem::new(ProblemCode::Required, &["input", "tiles"], message));
    }
    if let Some(tiles) = tiles {
        after.tiles = serde_json::to_value(tiles).map_err(Error::internal)?;
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
        return Ok(Dashboard::Saved(Arc::new(before)));
    }
    after.version += 1;
    after.updated_at = cx.now();
    let after = after.into_active_model().reset_all().update(&tx).await?;
    tx.commit_naming([id]).await?;
    Ok(Dashboard::Saved(Arc::new(after)))
}

/// Deletes a dashboard: one's own; administrators any. Its reports stay.
pub async fn delete(cx: &Cx, id: Uuid, expected_version: Option<i32>) -> Result<Uuid> {
    let tx = cx.begin().await?;
    let mut problems = Vec::new();
    lock(cx, &tx, id, expected_version, &mut problems).await?;
    if !problems.is_empty() {
        return Err(Error::Invalid(problems));
    }
    dashboard::Entity::delete_by_id(id).exec(&tx).await?;
    tx.commit_naming([id]).await?;
    Ok(id)
}

/// The tiles as they are stored: each shows a report that the caller sees.
async fn check_tiles(cx: &Cx, given: &[Tile], problems: &mut Vec<Problem>) -> Result<Vec<Tile>> {
    let tiles = rules::tiles(given, problems);
    let scope = cx.scope()?;
    let mut keys: Vec<SavedReportKey> = tiles.iter().map(|tile| SavedReportKey(scope, tile.report_id)).collect();
    keys.sort_unstable_by_key(|key| key.1);
    keys.dedup();
    let found = saved_reports::by_keys(cx.db(), &keys).await?;
    for (place, tile) in tiles.iter().enumerate() {
        if !found.contains_key(&SavedReportKey(scope, tile.report_id)) {
            let path = ["input", "tiles", &place.to_string(), "savedReportId"];
            problems.push(Problem::new(ProblemCode::NotFound, &path, "there is no such saved report"));
        }
    }
    Ok(tiles)
}

/// The dashboard, locked against other writers until the transaction ends. What comes with the program cannot be changed, and what is shared
/// only by its author and by administrators.
async fn lock(
    cx: &Cx,
    tx: &impl ConnectionTrait,
    id: Uuid,
    expected_version: Option<i32>,
    problems: &mut Vec<Problem>,
) -> Result<dashboard::Model> {
    if shipped::dashboard(id).is_some() {
        return Err(unchangeable());
    }
    let query = dashboard::Entity::find_by_id(id)
        .filter(visible(cx.scope()?))
        .lock(LockType::NoKeyUpdate);
    let row = query.one(tx).await?.ok_or(Error::NotFound)?;
    check_author(cx.viewer()?, row.author_id)?;
    check_version(expected_version, row.version, problems);
    Ok(row)
}

fn visible(scope: Scope) -> Condition {
    sharing::condition(scope, dashboard::Column::AuthorId, dashboard::Column::IsShared)
}

fn select(cx: &Cx, filter: &Filter) -> Result<Select<dashboard::Entity>> {
    Ok(dashboard::Entity::find().filter(condition(cx, filter)?))
}

fn condition(cx: &Cx, filter: &Filter) -> Result<Condition> {
    let asked = access_path::compiler(cx.db().backend()).condition(filter);
    Ok(visible(cx.scope()?).add(asked))
}
