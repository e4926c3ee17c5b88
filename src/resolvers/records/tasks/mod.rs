//! What is to be done for prospects: one task, those of a prospect, and a list over all prospects that the caller sees.

pub mod actions;
pub mod filter;
pub mod follow;
pub mod plan;
mod recurring;

use std::collections::HashMap;
use std::fmt::Write;
use std::sync::Arc;

use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, Condition, DbBackend, EntityTrait, JoinType, QueryFilter, QuerySelect, QueryTrait, Statement};
use serde::Deserialize;
use tokio::sync::OnceCell;
use uuid::Uuid;

use super::children::Child;
use super::prospects;
use super::prospects::candidates::{self, Candidates, FEW};
use super::prospects::filter::Walk;
use crate::auth::{Scope, visibility};
use crate::cx::Cx;
use crate::db::Db;
use crate::entities::records::prospect;
use crate::entities::records::task::{self, TaskState};
use crate::error::Result;
use crate::resolvers::calls::Repeatable;
use crate::resolvers::filter::{EnumTest, Filter, IdTest, TimeTest, check_values, checked};
use crate::resolvers::page::{Direction, Key, Keyed, Page, PageArgs, Sort, SortColumn};
use crate::resolvers::total::{self, Counting, Guess, SAMPLE, Sampled, Total};
use crate::sql::{Dialect, Sql};
use filter::{TaskFilter, TaskPredicate, TaskTest, quoted};

/// A task as it is read.
#[derive(Clone, Debug, Deserialize)]
pub struct Task {
    pub id: Uuid,
    pub prospect_id: Uuid,
    pub type_id: Uuid,
    pub assignee_id: Option<Uuid>,
    pub due_at: i64,
    pub note: Option<String>,
    pub state: TaskState,
    pub completed_at: Option<i64>,
    pub completed_by: Option<Uuid>,
    pub closing_note: Option<String>,
    pub repeat_rule: Option<String>,
    pub repeat_zone: Option<String>,
    pub created_by: Option<Uuid>,
    pub version: i32,
    pub created_at: i64,
    pub updated_at: i64,
}

impl From<task::Model> for Task {
    fn from(row: task::Model) -> Self {
        Task {
            id: row.id,
            prospect_id: row.prospect_id,
            type_id: row.type_id,
            assignee_id: row.assignee_id,
            due_at: row.due_at,
            note: row.note,
            state: row.state,
            completed_at: row.completed_at,
            completed_by: row.completed_by,
            closing_note: row.closing_note,
            repeat_rule: row.repeat_rule,
            repeat_zone: row.repeat_zone,
            created_by: row.created_by,
            version: row.version,
            created_at: row.created_at,
            updated_at: row.updated_at,
        }
    }
}

impl Repeatable for Task {
    fn ids(&self) -> Vec<Uuid> {
        vec![self.id]
    }

    async fn read(cx: &Cx, ids: Vec<Uuid>) -> Result<Option<Self>> {
        let scope = cx.scope()?;
        let keys = ids.into_iter().take(1).map(|id| TaskKey(scope, id)).collect();
        let found = by_keys(cx.db(), keys).await?.into_values().next();
        Ok(found.map(Arc::unwrap_or_clone))
    }
}

impl Task {
    /// Whether it should have been done by the moment.
    pub fn is_overdue(&self, moment: i64) -> bool {
        self.state == TaskState::Planned && self.due_at < moment
    }
}

/// Tasks that are looked at, each with its prospect, before any are counted.
const GLANCE: u64 = 500;

const DUE_AT: SortColumn = SortColumn {
    name: "due_at",
    is_text: false,
};

impl Keyed for Task {
    fn key(&self, _: SortColumn) -> Key {
        Key::Integer(self.due_at)
    }

    fn id(&self) -> Uuid {
        self.id
    }
}

/// Which tasks of a prospect.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct OwnFilter {
    pub state: Option<EnumTest<TaskState>>,
    pub task_type: Option<IdTest>,
    pub assignee: Option<IdTest>,
    pub due_at: Option<TimeTest>,
    /// Whether they are overdue, and at which moment.
    pub is_overdue: Option<(bool, i64)>,
}

impl OwnFilter {
    /// Refuses lists of values that are too long.
    pub fn check(&self) -> Result<()> {
        check_values(self.state.as_ref().map_or(0, EnumTest::value_count))?;
        check_values(self.task_type.as_ref().map_or(0, IdTest::value_count))?;
        check_values(self.assignee.as_ref().map_or(0, IdTest::value_count))
    }
}

impl Child for Task {
    type Filter = OwnFilter;

    const TABLE: &'static str = "tasks";
    const SORTED_BY: SortColumn = DUE_AT;
    const DIRECTION: Direction = Direction::Ascending;

    fn columns(dialect: Dialect, _: &OwnFilter) -> String {
        dialect.array(&[
            dialect.id("t.id"),
            dialect.id("t.prospect_id"),
            dialect.id("t.type_id"),
            dialect.id("t.assignee_id"),
            "t.due_at".to_owned(),
            "t.note".to_owned(),
            "t.state".to_owned(),
            "t.completed_at".to_owned(),
            dialect.id("t.completed_by"),
            "t.closing_note".to_owned(),
            "t.repeat_rule".to_owned(),
            "t.repeat_zone".to_owned(),
            dialect.id("t.created_by"),
            "t.version".to_owned(),
            "t.created_at".to_owned(),
            "t.updated_at".to_owned(),
        ])
    }

    fn joins(_: &OwnFilter) -> &'static str {
        ""
    }

    fn narrow(filter: &OwnFilter, sql: &mut Sql) -> String {
        let mut text = String::new();
        if let Some(test) = &filter.state {
            test.narrow("t.state", &mut text, |state| quoted(state).to_owned());
        }
        for (test, column) in [(&filter.task_type, "t.type_id"), (&filter.assignee, "t.assignee_id")] {
            if let Some(test) = test {
                test.narrow(column, sql, &mut text);
            }
        }
        if let Some(test) = &filter.due_at {
            test.narrow("t.due_at", sql, &mut text);
        }
        if let Some((is_overdue, moment)) = filter.is_overdue {
            let not = if is_overdue { "" } else { "NOT " };
            let _ = write!(text, " AND {not}(t.state = 'PLANNED' AND t.due_at < {})", sql.bind(moment));
        }
        text
    }
}

/// Which task, as seen by whom.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct TaskKey(pub Scope, pub Uuid);

/// The tasks of the keys that exist and are visible.
pub async fn by_keys(db: &Db, keys: Vec<TaskKey>) -> Result<HashMap<TaskKey, Arc<Task>>> {
    let mut scopes: HashMap<Scope, Vec<Uuid>> = HashMap::new();
    for TaskKey(scope, id) in keys {
        scopes.entry(scope).or_default().push(id);
    }
    let mut loaded = HashMap::new();
    for (scope, mut ids) in scopes {
        // Filled up to a power of two, so that few texts are prepared.
        ids.resize(ids.len().next_power_of_two(), Uuid::nil());
        let found = visible(scope).filter(task::Column::Id.is_in(ids)).all(db.reader()).await?;
        loaded.extend(found.into_iter().map(|row| (TaskKey(scope, row.id), Arc::new(Task::from(row)))));
    }
    Ok(loaded)
}

/// What is asked of the list over all prospects: earliest due time first.
#[derive(Debug)]
pub struct ListQuery {
    /// For whom.
    scope: Scope,
    filter: TaskFilter,
    sort: Arc<Sort>,
    /// What is tested of the prospects may name few of them. Asked for once, by the page or by the count.
    candidates: OnceCell<Candidates>,
}

impl ListQuery {
    pub fn new(scope: Scope, filter: TaskFilter) -> Result<ListQuery> {
        filter.check()?;
        let known = |predicate: &TaskPredicate| match predicate {
            TaskPredicate::Task(_) => None,
            TaskPredicate::Prospect(predicate) => predicate.known(scope, false),
        };
        Ok(ListQuery {
            scope,
            filter: filter.decided(&known),
            sort: Arc::new(Sort {
                table: "tasks",
                columns: vec![(DUE_AT, Direction::Ascending)],
            }),
            candidates: OnceCell::new(),
        })
    }

    async fn candidates(&self, db: &Db) -> Result<&Candidates> {
        let walk = Walk {
            first: DUE_AT,
            is_owned: self.scope != Scope::All,
        };
        let question = |predicate: &TaskPredicate| match predicate {
            TaskPredicate::Task(_) => None,
            TaskPredicate::Prospect(predicate) => candidates::question(db, self.scope, predicate, walk),
        };
        let find = || candidates::find(db, &self.filter, &question, FEW);
        self.candidates.get_or_try_init(find).await
    }

    /// Whether it begins at the tasks of all, although somebody sees only some of them. PostgreSQL's statistics tell it when; SQLite has to be
    /// told, or it would sort all tasks of somebody with many prospects.
    async fn is_walked(&self, db: &Db, candidates: &Candidates) -> Result<bool> {
        let may_be = db.backend() == DbBackend::Sqlite && self.scope != Scope::All && matches!(candidates, Candidates::Any);
        Ok(may_be && !prospects::are_few(db, self.scope).await?)
    }

    /// The rows of the list. It begins at the tasks of the candidates, or walks in its order and checks the prospects.
    fn select(&self, db: &Db, candidates: &Candidates) -> sea_orm::Select<task::Entity> {
        match candidates {
            Candidates::Only(ids) => {
                let these = candidates::among(db.backend(), "tasks.prospect_id", ids);
                joined()
                    .filter(these)
                    .filter(checked(visibility::condition(self.scope).add(self.filter.condition())))
            }
            Candidates::Any => visible(self.scope).filter(walking(db.backend(), self.scope, &self.filter)),
        }
    }

    /// A statement that looks at so many tasks, and which of them the list has.
    fn sample(&self, db: &Db, rows: u64) -> Statement {
        let passes = checked(visibility::condition(self.scope).add(self.filter.condition()));
        let these = total::places(db.backend(), "tasks", "tasks", rows);
        let mut sample = joined().select_only().filter(Expr::cust(these));
        for column in total::sampled(db.backend(), "tasks", passes) {
            sample = sample.expr(column);
        }
        sample.build(db.backend())
    }
}

/// One page of the list.
pub async fn list(cx: &Cx, query: &ListQuery, args: &PageArgs) -> Result<Page<Arc<Task>>> {
    let window = args.window(&query.sort, cx.app.settings.limits.page_size)?;
    let candidates = query.candidates(cx.db()).await?;
    let select = if query.is_walked(cx.db(), candidates).await? {
        let all = walking(cx.db().backend(), Scope::All, &query.filter);
        joined().filter(checked(visibility::condition(query.scope))).filter(all)
    } else {
        query.select(cx.db(), candidates)
    };
    let rows = window.apply(select, &query.sort).all(cx.db().reader()).await?;
    let rows = rows.into_iter().map(|row| Arc::new(Task::from(row))).collect();
    Ok(window.page(rows, query.sort.clone()))
}

/// How many there are on all pages.
pub async fn count(cx: &Cx, query: &ListQuery) -> Result<Total> {
    let db = cx.db();
    let counting = |candidates: &Candidates| {
        let rows = query.select(db, candidates).select_only().column(task::Column::Id);
        total::counting(db, rows.into_query(), cx.app.settings.limits.exact_count_limit)
    };
    let all = counting(&Candidates::Any);
    if let Some(recent) = total::recent(cx, &all) {
        return Ok(recent);
    }
    let sampled = Sampled {
        table: "tasks",
        glance: query.sample(db, GLANCE),
        sample: query.sample(db, SAMPLE),
    };
    let mut all = Counting::new(cx, all, Guess::Sampled(sampled));
    let few = query.candidates(db).await?;
    if matches!(few, Candidates::Only(_)) {
        return all.seen(total::single(db, counting(few)).await?).await;
    }
    match all.at_a_glance().await? {
        Some(estimated) => Ok(estimated),
        None => all.counted().await,
    }
}

/// Tasks joined with their prospects, of which those within the scope. A join, so that the database may begin at either of them: at what
/// somebody has to do, or at the prospects of an owner.
fn visible(scope: Scope) -> sea_orm::Select<task::Entity> {
    joined().filter(visibility::condition(scope))
}

fn joined() -> sea_orm::Select<task::Entity> {
    let prospect = task::Entity::belongs_to(prospect::Entity)
        .from(task::Column::ProspectId)
        .to(prospect::Column::Id);
    task::Entity::find().join(JoinType::InnerJoin, prospect.into())
}

/// What passes, without a way to it by what prospects are, or by the type of the tasks of one owner: these are few among those of all.
fn walking(backend: DbBackend, scope: Scope, filter: &TaskFilter) -> Condition {
    match filter {
        Filter::All(filters) => filters
            .iter()
            .fold(Condition::all(), |all, filter| all.add(walking(backend, scope, filter))),
        Filter::Is(TaskPredicate::Task(TaskTest::Type(test))) if backend == DbBackend::Sqlite && scope != Scope::All => {
            Condition::all().add(checked(TaskTest::Type(test.clone()).condition()))
        }
        Filter::Is(TaskPredicate::Task(test)) => test.condition(),
        other => Condition::all().add(checked(other.condition())),
    }
}
