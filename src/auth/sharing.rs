//! Private or shared: who sees what users have saved, such as reports and dashboards.

use sea_orm::{ColumnTrait, Condition};

use super::Scope;

/// The rows within the scope: one's own and those that are shared; for administrators all.
pub fn condition<C: ColumnTrait>(scope: Scope, author: C, is_shared: C) -> Condition {
    match scope {
        Scope::All => Condition::all(),
        Scope::Owner(user_id) => Condition::all().add(Condition::any().add(author.eq(user_id)).add(is_shared.eq(true))),
    }
}
