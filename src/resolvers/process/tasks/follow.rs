//! Changes of planned tasks when their prospect changes its owner, when a user is deactivated, and when a cycle ends or is reopened.

use std::collections::HashSet;

use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{ColumnTrait, Condition, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use uuid::Uuid;

use super::plan::{MOST_PLANNED, event};
use super::visible;
use crate::auth::Role;
use crate::cx::Cx;
use crate::db::sql::Sql;
use crate::entities::access::user;
use crate::entities::process::task::{self, TaskState};
use crate::entities::records::prospect;
use crate::error::Result;
use crate::resolvers::access::users;
use crate::resolvers::records::journal::Journal;
use crate::resolvers::records::timeline::{self, Change, FieldChange, NewEntry, TaskAction};
use crate::tx::Tx;

/// Number of tasks that one statement transfers, so that none takes long.
const PORTION: usize = 1_000;

/// The planned tasks of the previous owner, and those without an assignee, go to the new owner, or to none. Those of administrators who
/// never owned the prospect stay with them.
pub(in crate::resolvers) async fn follow_owner(
    tx: &impl ConnectionTrait,
    prospect_id: Uuid,
    from: Option<Uuid>,
    to: Option<Uuid>,
    now: i64,
) -> Result<()> {
    let theirs = Condition::any()
        .add(task::Column::AssigneeId.is_null())
        .add_option(from.map(|from| task::Column::AssigneeId.eq(from)));
    changed(now)
        .col_expr(task::Column::AssigneeId, Expr::val(to))
        .filter(task::Column::ProspectId.eq(prospect_id))
        .filter(task::Column::State.eq(TaskState::Planned))
        .filter(theirs)
        .exec(tx)
        .await?;
    Ok(())
}

/// The same for prospects of one owner, in one statement.
pub(in crate::resolvers) async fn follow_owners(
    tx: &impl ConnectionTrait,
    prospects: &[Uuid],
    from: Uuid,
    to: Option<Uuid>,
    now: i64,
) -> Result<()> {
    let mut sql = Sql::new(tx.get_database_backend());
    let (to, now, from) = (sql.bind(to), sql.bind(now), sql.bind(from));
    let these = sql.in_ids(prospects.iter().copied());
    sql.push(&format!(
        "UPDATE tasks SET assignee_id = {to}, version = version + 1, updated_at = {now} \
         WHERE state = 'PLANNED' AND (assignee_id = {from} OR assignee_id IS NULL) AND prospect_id {these}"
    ));
    tx.execute_raw(sql.build()).await?;
    Ok(())
}

/// A user is deactivated, or is no longer an administrator: their tasks for prospects of others, which are locked, go to the owners of
/// these, or to none. Each task has its entry, by four statements for each portion.
pub(in crate::resolvers) async fn reassign_to_owners(tx: &impl ConnectionTrait, from: &user::Model, journal: Journal) -> Result<()> {
    let tasks = tasks_for_others(tx, from.id).await?;
    for portion in tasks.chunks(PORTION) {
        let mut sql = Sql::new(tx.get_database_backend());
        let (now, these) = (sql.bind(journal.now), sql.in_ids(portion.iter().map(|task| task.id)));
        sql.push(&format!(
            "UPDATE tasks SET assignee_id = (SELECT p.owner_id FROM prospects p WHERE p.id = tasks.prospect_id), \
             version = version + 1, updated_at = {now} WHERE id {these}"
        ));
        tx.execute_raw(sql.build()).await?;
        let entries = portion.iter().map(|task| task.reassignment(from, journal));
        timeline::record_all(tx, entries.collect()).await?;
        timeline::touch_activities(tx, portion.iter().map(|task| task.prospect_id), journal.now).await?;
    }
    Ok(())
}

/// A planned task of an assignee who does not own its prospect.
struct TaskForOther {
    id: Uuid,
    prospect_id: Uuid,
    /// None if the prospect has no owner.
    owner: Option<String>,
}

impl TaskForOther {
    fn reassignment(&self, from: &user::Model, journal: Journal) -> (NewEntry, Change) {
        let assignee = FieldChange {
            field: "assignee".to_owned(),
            before: Some(from.name.clone()),
            after: self.owner.clone(),
            definition: None,
        };
        let change = Change {
            changes: vec![assignee],
            ..Change::default()
        };
        event((self.id, self.prospect_id), TaskAction::Assigned, journal, change)
    }
}

/// The tasks of a user for prospects of others, deleted ones included, earliest first.
async fn tasks_for_others(tx: &impl ConnectionTrait, assignee_id: Uuid) -> Result<Vec<TaskForOther>> {
    let mut sql = Sql::new(tx.get_database_backend());
    let (assignee, owner) = (sql.bind(assignee_id), sql.bind(assignee_id));
    sql.push(&format!(
        "SELECT t.id, t.prospect_id, u.name FROM tasks t JOIN prospects p ON p.id = t.prospect_id LEFT JOIN users u ON u.id = p.owner_id \
         WHERE t.state = 'PLANNED' AND t.assignee_id = {assignee} AND p.owner_id IS DISTINCT FROM {owner} ORDER BY t.due_at, t.id"
    ));
    let mut tasks = Vec::new();
    for row in tx.query_all_raw(sql.build()).await? {
        tasks.push(TaskForOther {
            id: row.try_get_by_index(0)?,
            prospect_id: row.try_get_by_index(1)?,
            owner: row.try_get_by_index(2)?,
        });
    }
    Ok(tasks)
}

/// The cycle is closed: what was planned in it is cancelled.
pub(in crate::resolvers) async fn cancel_with_cycle(
    tx: &impl ConnectionTrait,
    prospect_id: Uuid,
    cycle_id: Uuid,
    journal: Journal,
) -> Result<()> {
    let cancelled = changed(journal.now)
        .col_expr(task::Column::State, Expr::val(TaskState::Cancelled))
        .col_expr(task::Column::ReturnsWithCycle, Expr::val(true))
        .filter(task::Column::ProspectId.eq(prospect_id))
        .filter(task::Column::CycleId.eq(cycle_id))
        .filter(task::Column::State.eq(TaskState::Planned))
        .exec_with_returning(tx)
        .await?;
    record_entries(tx, cancelled, TaskAction::Cancelled, journal).await
}

/// The assignees of all tasks that were cancelled with a cycle of the prospect. They are locked together with the caller before any record,
/// because closing a cycle may be undone.
pub(in crate::resolvers) async fn waiting_assignees(cx: &Cx, prospect_id: Uuid) -> Result<Vec<Uuid>> {
    let assignees = visible(cx.scope()?)
        .select_only()
        .column(task::Column::AssigneeId)
        .distinct()
        .filter(task::Column::ProspectId.eq(prospect_id))
        .filter(task::Column::ReturnsWithCycle.eq(true))
        .filter(task::Column::AssigneeId.is_not_null());
    Ok(assignees.into_tuple().all(cx.db().reader()).await?)
}

/// Undoes the closing of the cycle: tasks cancelled with it are planned again, for their eligible assignee. A prospect has at most
/// `MOST_PLANNED` planned tasks, so the earliest due ones come first and the rest stays cancelled.
pub(in crate::resolvers) async fn restore_with_cycle(tx: &Tx, prospect: &prospect::Model, cycle_id: Uuid, journal: Journal) -> Result<()> {
    let is_waiting = task::Column::CycleId.eq(cycle_id).and(task::Column::ReturnsWithCycle.eq(true));
    let tasks = task::Entity::find()
        .filter(task::Column::ProspectId.eq(prospect.id))
        .filter(task::Column::State.eq(TaskState::Planned).or(is_waiting))
        .order_by_asc(task::Column::DueAt)
        .order_by_asc(task::Column::Id)
        .all(tx)
        .await?;
    let (planned, mut waiting): (Vec<_>, Vec<_>) = tasks.into_iter().partition(|task| task.state == TaskState::Planned);
    let free = MOST_PLANNED.saturating_sub(planned.len());
    if waiting.len() > free {
        forget_with_cycle(tx, prospect.id, cycle_id).await?;
        waiting.truncate(free);
    }
    if waiting.is_empty() {
        return Ok(());
    }
    let others = waiting
        .iter()
        .filter_map(|task| task.assignee_id)
        .filter(|id| prospect.owner_id != Some(*id));
    let others: HashSet<Uuid> = others.collect();
    let late: Vec<Uuid> = others.iter().copied().filter(|id| tx.user(*id).is_none()).collect();
    let late = users::lock_shared(tx, late).await?;
    let administrators = others
        .iter()
        .filter_map(|id| tx.user(*id).or(late.get(id)))
        .filter(|user| user.is_active && user.role == Role::Admin)
        .map(|user| user.id);
    let assignee = Expr::case(task::Column::AssigneeId.is_in(administrators), Expr::col(task::Column::AssigneeId));
    let mut ids: Vec<Uuid> = waiting.iter().map(|task| task.id).collect();
    // Filled up to a power of two, so that few texts are prepared.
    ids.resize(ids.len().next_power_of_two(), Uuid::nil());
    let restored = changed(journal.now)
        .col_expr(task::Column::State, Expr::val(TaskState::Planned))
        .col_expr(task::Column::AssigneeId, assignee.finally(Expr::val(prospect.owner_id)).into())
        .col_expr(task::Column::ReturnsWithCycle, Expr::val(false))
        .filter(task::Column::Id.is_in(ids))
        .exec_with_returning(tx)
        .await?;
    record_entries(tx, restored, TaskAction::Restored, journal).await
}

/// The cycle is reopened without undoing its end: tasks cancelled with it stay cancelled.
pub(in crate::resolvers) async fn forget_with_cycle(tx: &impl ConnectionTrait, prospect_id: Uuid, cycle_id: Uuid) -> Result<()> {
    task::Entity::update_many()
        .col_expr(task::Column::ReturnsWithCycle, Expr::val(false))
        .filter(task::Column::ProspectId.eq(prospect_id))
        .filter(task::Column::CycleId.eq(cycle_id))
        .filter(task::Column::ReturnsWithCycle.eq(true))
        .exec(tx)
        .await?;
    Ok(())
}

/// An update that counts as a change of each task.
fn changed(now: i64) -> sea_orm::UpdateMany<task::Entity> {
    task::Entity::update_many()
        .col_expr(task::Column::Version, Expr::col(task::Column::Version).add(1))
        .col_expr(task::Column::UpdatedAt, Expr::val(now))
}

/// One entry for each task. The caller updates the prospect's last activity.
async fn record_entries(tx: &impl ConnectionTrait, mut tasks: Vec<task::Model>, action: TaskAction, journal: Journal) -> Result<()> {
    // In the same order on both databases.
    tasks.sort_by_key(|task| (task.due_at, task.id));
    let entries = tasks
        .iter()
        .map(|task| event((task.id, task.prospect_id), action, journal, Change::default()));
    timeline::record_all(tx, entries.collect()).await
}
