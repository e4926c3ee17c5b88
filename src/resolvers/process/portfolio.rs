//! The records of a user: the prospects that they own and those for which they have planned tasks, found and locked.

use std::collections::HashSet;

use sea_orm::{ConnectionTrait, DbBackend};
use uuid::Uuid;

use crate::auth::visibility;
use crate::db::sql::Sql;
use crate::error::Result;

/// Number of prospects that one statement locks or writes, so that none takes long.
pub const PORTION: usize = 5_000;

/// The prospects that concern a user, locked against other writers until the transaction ends.
#[derive(Default)]
pub struct Portfolio {
    /// Those that they own, deleted ones last.
    pub owned: Vec<Uuid>,
    /// Number of deleted ones among these.
    pub deleted: usize,
    locked: HashSet<Uuid>,
}

/// Relation of a prospect to a user.
const OWNED: i32 = 1;
const DELETED: i32 = 2;
const TO_DO: i32 = 3;

impl Portfolio {
    /// Locks all there is for a user whom the transaction has locked: nothing can be given to them meanwhile.
    pub async fn lock(tx: &impl ConnectionTrait, user_id: Uuid) -> Result<Portfolio> {
        let mut portfolio = Portfolio::default();
        // What was locked just now may have been given away before it was, so it is looked up again.
        while portfolio.take(tx, user_id).await? {}
        Ok(portfolio)
    }

    /// Whether there was anything to be locked.
    async fn take(&mut self, tx: &impl ConnectionTrait, user_id: Uuid) -> Result<bool> {
        let found = find(tx, user_id).await?;
        let those = |wanted: i32| found.iter().filter(move |(_, why)| *why == wanted).map(|(id, _)| *id);
        self.owned = those(OWNED).chain(those(DELETED)).collect();
        self.deleted = those(DELETED).count();
        if tx.get_database_backend() != DbBackend::Postgres {
            // SQLite has no row locks: there is one writer.
            return Ok(false);
        }
        let mut new: Vec<Uuid> = found.iter().map(|(id, _)| *id).filter(|id| self.locked.insert(*id)).collect();
        // In one order, so that two who do this never wait for each other.
        new.sort_unstable();
        for portion in new.chunks(PORTION) {
            let mut sql = Sql::new(tx.get_database_backend());
            let these = sql.in_ids(portion.iter().copied());
            sql.push(&format!(
                "SELECT count(*) FROM (SELECT p.id FROM prospects p WHERE p.id {these} ORDER BY p.id FOR NO KEY UPDATE) locked"
            ));
            tx.query_one_raw(sql.build()).await?;
        }
        Ok(!new.is_empty())
    }
}

/// The prospects that concern the user, and why; one may come more than once.
async fn find(tx: &impl ConnectionTrait, user_id: Uuid) -> Result<Vec<(Uuid, i32)>> {
    let mut sql = Sql::new(tx.get_database_backend());
    let owned = visibility::owned(user_id, "p", &mut sql);
    let (owner, assignee) = (sql.bind(user_id), sql.bind(user_id));
    sql.push(&format!(
        "SELECT p.id, {OWNED} FROM prospects p WHERE {owned} \
         UNION ALL SELECT p.id, {DELETED} FROM prospects p WHERE p.deleted_at IS NOT NULL AND p.owner_id = {owner} \
         UNION ALL SELECT t.prospect_id, {TO_DO} FROM tasks t WHERE t.state = 'PLANNED' AND t.assignee_id = {assignee}"
    ));
    let mut found = Vec::new();
    for row in tx.query_all_raw(sql.build()).await? {
        found.push((row.try_get_by_index(0)?, row.try_get_by_index(1)?));
    }
    Ok(found)
}
