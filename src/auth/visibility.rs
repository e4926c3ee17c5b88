//! Owner or administrator: the one rule of who sees a prospect, as an SQL condition and as a check in memory.

use sea_orm::sea_query::{Expr, ExprTrait, IntoCondition};
use sea_orm::{ColumnTrait, Condition, DbBackend};
use uuid::Uuid;

use crate::db::sql::Sql;
use crate::entities::records::prospect;

/// The prospects that a caller sees; part of every key that a batch is loaded by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Scope {
    All,
    Owner(Uuid),
}

/// Live prospects within the scope, for a query built with SeaORM.
pub fn condition(scope: Scope) -> Condition {
    let live = prospect::Column::DeletedAt.is_null().into_condition();
    match scope {
        Scope::All => live,
        Scope::Owner(user_id) => live.add(prospect::Column::OwnerId.eq(user_id)),
    }
}

/// The same for a query of prospects by their ids. `IS TRUE` keeps PostgreSQL from scanning all prospects of the owner instead.
pub fn condition_by_id(scope: Scope) -> Condition {
    let live = prospect::Column::DeletedAt.is_null().into_condition();
    match scope {
        Scope::All => live,
        Scope::Owner(user_id) => live.add(prospect::Column::OwnerId.eq(user_id).is(Expr::Constant(true.into()))),
    }
}

/// The same for hand-written SQL that finds prospects by their ids; their table is called `alias`.
pub fn sql(scope: Scope, alias: &str, sql: &mut Sql) -> String {
    match scope {
        Scope::All => format!("{alias}.deleted_at IS NULL"),
        Scope::Owner(user_id) => format!("{alias}.deleted_at IS NULL AND ({alias}.owner_id = {}) IS TRUE", sql.bind(user_id)),
    }
}

/// The same for hand-written SQL that begins at the prospects of the owner.
pub fn sql_of_all(scope: Scope, alias: &str, sql: &mut Sql) -> String {
    match scope {
        Scope::All => format!("{alias}.deleted_at IS NULL"),
        Scope::Owner(user_id) => format!("{alias}.deleted_at IS NULL AND {alias}.owner_id = {}", sql.bind(user_id)),
    }
}

/// The same as an expression without bound values.
pub fn literal(scope: Scope, alias: &str, backend: DbBackend) -> String {
    match (scope, backend) {
        (Scope::All, _) => format!("{alias}.deleted_at IS NULL"),
        (Scope::Owner(user_id), DbBackend::Postgres) => format!("{alias}.deleted_at IS NULL AND ({alias}.owner_id = '{user_id}') IS TRUE"),
        (Scope::Owner(user_id), _) => format!(
            "{alias}.deleted_at IS NULL AND ({alias}.owner_id = X'{}') IS TRUE",
            user_id.simple()
        ),
    }
}

/// The same for a loaded prospect.
pub fn allows(scope: Scope, prospect: &prospect::Model) -> bool {
    prospect.deleted_at.is_none()
        && match scope {
            Scope::All => true,
            Scope::Owner(user_id) => prospect.owner_id == Some(user_id),
        }
}

/// The live prospects of an owner, for hand-written SQL that scans all of them by the index of owners.
pub fn owned(owner_id: Uuid, alias: &str, sql: &mut Sql) -> String {
    format!("{alias}.deleted_at IS NULL AND {alias}.owner_id = {}", sql.bind(owner_id))
}
