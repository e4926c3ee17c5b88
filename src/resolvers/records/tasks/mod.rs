//! What is to be done for prospects: one task, and those of a prospect.

pub mod actions;
pub mod follow;
pub mod list;
pub mod plan;
mod recurring;

use std::collections::HashMap;
use std::fmt::Write;
use std::sync::Arc;

use sea_orm::{ActiveEnum, ColumnTrait, EntityTrait, JoinType, QueryFilter, QuerySelect};
use serde::Deserialize;
use uuid::Uuid;

use super::children::Child;
use crate::auth::{Scope, visibility};
use crate::cx::Cx;
use crate::db::Db;
use crate::entities::records::prospect;
use crate::entities::records::task::{self, TaskState};
use crate::error::Result;
use crate::resolvers::calls::Repeatable;
use crate::resolvers::filter::{EnumTest, IdTest, TimeTest, check_values};
use crate::resolvers::page::{Direction, Key, Keyed, SortColumn};
use crate::sql::{Dialect, Sql};

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
            test.narrow("t.state", &mut text, |state| format!("'{}'", state.to_value()));
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
