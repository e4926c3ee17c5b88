//! Tasks of prospects: one task, and those of a prospect.

pub mod actions;
pub mod follow;
pub mod list;
pub mod plan;
mod recurring;

use std::collections::HashMap;
use std::fmt::Write;
use std::sync::Arc;

use sea_orm::{ActiveEnum, ColumnTrait, ConnectionTrait, EntityTrait, JoinType, QueryFilter, QuerySelect};
use uuid::Uuid;

use crate::auth::{Scope, visibility};
use crate::cx::Cx;
use crate::db::Db;
use crate::db::sql::Sql;
use crate::entities::process::task::{self, TaskState};
use crate::entities::records::prospect;
use crate::error::Result;
use crate::resolvers::filter::{EnumTest, Filter, Fragment, IdTest, TimeTest, check_values};
use crate::resolvers::idempotency::Replayable;
use crate::resolvers::lists::access_path;
use crate::resolvers::lists::page::{Direction, Key, Keyed, SortColumn};
use crate::resolvers::records::attributes;
use crate::resolvers::records::children::Child;
use crate::resolvers::records::rows::row;
use crate::rules::attributes::Document;

row! {
    /// A task as it is read.
    pub struct Task from task::Model {
        id: Uuid,
        prospect_id: Uuid,
        type_id: Uuid,
        assignee_id: Option<Uuid>,
        due_at: i64,
        note: Option<String>,
        state: TaskState,
        completed_at: Option<i64>,
        completed_by: Option<Uuid>,
        closing_note: Option<String>,
        repeat_rule: Option<String>,
        repeat_zone: Option<String>,
        created_by: Option<Uuid>,
        version: i32,
        created_at: i64,
        updated_at: i64,
    }
}

impl Replayable for Task {
    fn ids(&self) -> Vec<Uuid> {
        vec![self.id]
    }

    async fn read(cx: &Cx, ids: Vec<Uuid>) -> Result<Option<Self>> {
        let scope = cx.scope()?;
        let keys: Vec<TaskKey> = ids.into_iter().take(1).map(|id| TaskKey(scope, id)).collect();
        let found = by_keys(cx.db(), &keys).await?.into_values().next();
        Ok(found.map(Arc::unwrap_or_clone))
    }
}

impl Task {
    /// Whether its due time has passed at the instant.
    pub fn is_overdue(&self, now: i64) -> bool {
        self.state == TaskState::Planned && self.due_at < now
    }
}

/// The due time, by which tasks are ordered.
pub const DUE_AT: SortColumn = SortColumn::integer("due_at");

impl Keyed for Task {
    fn key(&self, _: &SortColumn) -> Key {
        Key::Integer(self.due_at)
    }

    fn id(&self) -> Uuid {
        self.id
    }
}

/// Conditions on the tasks of a prospect.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct OwnFilter {
    pub state: Option<EnumTest<TaskState>>,
    pub task_type: Option<IdTest>,
    pub assignee: Option<IdTest>,
    pub due_at: Option<TimeTest>,
    /// Whether they are overdue, at an instant.
    pub is_overdue: Option<(bool, i64)>,
    pub completed_at: Option<TimeTest>,
    pub completed_by: Option<IdTest>,
    pub created_by: Option<IdTest>,
    pub created_at: Option<TimeTest>,
    /// Conditions on their attributes; see `attribute_conditions`.
    pub attributes: Option<Fragment>,
}

/// Conditions on the attributes of the tasks of a prospect, whose table is called `t`. None if there are none.
pub fn attribute_conditions(cx: &Cx, filters: Vec<Filter>) -> Result<Option<Fragment>> {
    if filters.is_empty() {
        return Ok(None);
    }
    let all = Filter::All(filters);
    all.check(cx.viewer()?)?;
    Ok(Some(Fragment::of(access_path::compiler(cx.db().backend()), &all)))
}

impl OwnFilter {
    /// Refuses lists of values that are too long.
    pub fn check(&self) -> Result<()> {
        check_values(self.state.as_ref().map_or(0, EnumTest::value_count))?;
        let ids = [&self.task_type, &self.assignee, &self.completed_by, &self.created_by];
        ids.into_iter().flatten().try_for_each(|test| check_values(test.value_count()))
    }
}

impl Child for Task {
    type Filter = OwnFilter;

    const TABLE: &'static str = "tasks";
    const SORTED_BY: SortColumn = DUE_AT;
    const DIRECTION: Direction = Direction::Ascending;

    fn conditions(filter: &OwnFilter, sql: &mut Sql) -> String {
        let mut text = String::new();
        if let Some(test) = &filter.state {
            test.write_conditions("t.state", &mut text, |state| format!("'{}'", state.to_value()));
        }
        for (test, column) in [
            (&filter.task_type, "t.type_id"),
            (&filter.assignee, "t.assignee_id"),
            (&filter.completed_by, "t.completed_by"),
            (&filter.created_by, "t.created_by"),
        ] {
            if let Some(test) = test {
                test.write_conditions(column, sql, &mut text);
            }
        }
        for (test, column) in [
            (&filter.due_at, "t.due_at"),
            (&filter.completed_at, "t.completed_at"),
            (&filter.created_at, "t.created_at"),
        ] {
            if let Some(test) = test {
                test.write_conditions(column, sql, &mut text);
            }
        }
        if let Some((is_overdue, now)) = filter.is_overdue {
            let not = if is_overdue { "" } else { "NOT " };
            let _ = write!(text, " AND {not}(t.state = 'PLANNED' AND t.due_at < {})", sql.bind(now));
        }
        if let Some(attributes) = &filter.attributes {
            text.push_str(" AND ");
            attributes.write(sql, &mut text);
        }
        text
    }
}

/// Key of a batch: task and scope.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct TaskKey(pub Scope, pub Uuid);

/// The tasks of the keys that exist and are visible.
pub async fn by_keys(db: &Db, keys: &[TaskKey]) -> Result<HashMap<TaskKey, Arc<Task>>> {
    let mut scopes: HashMap<Scope, Vec<Uuid>> = HashMap::new();
    for TaskKey(scope, id) in keys {
        scopes.entry(*scope).or_default().push(*id);
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

/// The documents of the tasks of the keys that are visible and have one; one statement for each scope.
pub async fn attributes_by_keys(db: &Db, keys: &[TaskKey]) -> Result<HashMap<TaskKey, Arc<Document>>> {
    let mut scopes: HashMap<Scope, Vec<Uuid>> = HashMap::new();
    for TaskKey(scope, id) in keys {
        scopes.entry(*scope).or_default().push(*id);
    }
    let mut loaded = HashMap::new();
    for (scope, ids) in scopes {
        let mut sql = Sql::new(db.backend());
        let these = sql.in_lookup_ids(ids);
        let visible = visibility::sql(scope, "p", &mut sql);
        sql.push(&format!(
            "SELECT t.id, CAST(t.attributes AS text) FROM tasks t JOIN prospects p ON p.id = t.prospect_id \
             WHERE t.id {these} AND t.attributes IS NOT NULL AND {visible}"
        ));
        for row in db.reader().query_all_raw(sql.build()).await? {
            let document = attributes::document(&row.try_get_by_index::<String>(1)?)?;
            loaded.insert(TaskKey(scope, row.try_get_by_index(0)?), Arc::new(document));
        }
    }
    Ok(loaded)
}

/// Tasks joined with their prospects within the scope. A join, so that the database may begin at either of them: at the tasks of an
/// assignee, or at the prospects of an owner.
fn visible(scope: Scope) -> sea_orm::Select<task::Entity> {
    joined().filter(visibility::condition(scope))
}

fn joined() -> sea_orm::Select<task::Entity> {
    let prospect = task::Entity::belongs_to(prospect::Entity)
        .from(task::Column::ProspectId)
        .to(prospect::Column::Id);
    task::Entity::find().join(JoinType::InnerJoin, prospect.into())
}
