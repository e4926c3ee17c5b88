//! What becomes of planned tasks when their prospect changes hands, when somebody leaves, and when a cycle ends or goes on.

use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{ColumnTrait, Condition, ConnectionTrait, EntityTrait, QueryFilter, QuerySelect, QueryTrait};
use uuid::Uuid;

use super::plan::event;
use crate::auth::Role;
use crate::entities::access::user;
use crate::entities::records::prospect;
use crate::entities::records::task::{self, TaskState};
use crate::error::Result;
use crate::resolvers::records::timeline::{self, Change, TaskAction};
use crate::sql::Sql;

/// The planned tasks of the former owner, and those of nobody, go to the new one, or to nobody where there is none. Those of
/// administrators who never owned the prospect stay with them.
pub(in crate::resolvers::records) async fn follow_owner(
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

/// The planned tasks of somebody who leaves, or is an administrator no more: those of their own prospects go to `to`, whether these have
/// been given to them already or not; those of other prospects to the owners of these. Nobody gets them where there is nobody. Returns how
/// many they were.
pub async fn move_tasks(tx: &impl ConnectionTrait, from: Uuid, to: Option<Uuid>, now: i64) -> Result<u64> {
    let mut sql = Sql::new(tx.get_database_backend());
    let (owner, to, now) = (sql.bind(from), sql.bind(to), sql.bind(now));
    let assignee = sql.bind(from);
    sql.push(&format!(
        "UPDATE tasks SET assignee_id = (SELECT CASE WHEN p.owner_id = {owner} THEN {to} ELSE p.owner_id END \
         FROM prospects p WHERE p.id = tasks.prospect_id), version = version + 1, updated_at = {now} \
         WHERE state = 'PLANNED' AND assignee_id = {assignee}"
    ));
    Ok(tx.execute_raw(sql.build()).await?.rows_affected())
}

/// The cycle is closed: what was planned in it is cancelled.
pub(in crate::resolvers::records) async fn cancel_with_cycle(
    tx: &impl ConnectionTrait,
    prospect_id: Uuid,
    cycle_id: Uuid,
    actor_id: Uuid,
    now: i64,
) -> Result<()> {
    let cancelled = changed(now)
        .col_expr(task::Column::State, Expr::val(TaskState::Cancelled))
        .col_expr(task::Column::ReturnsWithCycle, Expr::val(true))
        .filter(task::Column::ProspectId.eq(prospect_id))
        .filter(task::Column::CycleId.eq(cycle_id))
        .filter(task::Column::State.eq(TaskState::Planned))
        .exec_with_returning(tx)
        .await?;
    tell(tx, cancelled, TaskAction::Cancelled, actor_id, now).await
}

/// Closing the cycle is taken back: what was cancelled with it is planned again, for whom it is still meant.
pub(in crate::resolvers::records) async fn restore_with_cycle(
    tx: &impl ConnectionTrait,
    prospect: &prospect::Model,
    cycle_id: Uuid,
    actor_id: Uuid,
    now: i64,
) -> Result<()> {
    let administrators = user::Entity::find()
        .select_only()
        .column(user::Column::Id)
        .filter(user::Column::Role.eq(Role::Admin))
        .filter(user::Column::IsActive.eq(true));
    let assignee = Expr::case(
        task::Column::AssigneeId.in_subquery(administrators.into_query()),
        Expr::col(task::Column::AssigneeId),
    );
    let restored = changed(now)
        .col_expr(task::Column::State, Expr::val(TaskState::Planned))
        .col_expr(task::Column::AssigneeId, assignee.finally(Expr::val(prospect.owner_id)).into())
        .col_expr(task::Column::ReturnsWithCycle, Expr::val(false))
        .filter(task::Column::ProspectId.eq(prospect.id))
        .filter(task::Column::CycleId.eq(cycle_id))
        .filter(task::Column::ReturnsWithCycle.eq(true))
        .exec_with_returning(tx)
        .await?;
    tell(tx, restored, TaskAction::Restored, actor_id, now).await
}

/// The cycle goes on otherwise than by taking its end back: what was cancelled with it stays so.
pub(in crate::resolvers::records) async fn forget_with_cycle(tx: &impl ConnectionTrait, prospect_id: Uuid, cycle_id: Uuid) -> Result<()> {
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

/// One entry for each task. Whoever calls it moves the prospect's last activity.
async fn tell(tx: &impl ConnectionTrait, mut tasks: Vec<task::Model>, action: TaskAction, actor_id: Uuid, now: i64) -> Result<()> {
    // In the same order on both databases.
    tasks.sort_by_key(|task| (task.due_at, task.id));
    let entries = tasks.iter().map(|task| event(task, action, actor_id, now, Change::default()));
    timeline::record_all(tx, entries.collect()).await
}
