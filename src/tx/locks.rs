//! Locks that a transaction takes before it writes, in the one order of all writes, and the check of its caller's permission.
//!
//! 1. Users, in the order of their ids: the caller, and those who are assigned something or changed.
//! 2. The revisions of cached tables, in the order of their names: of those that change, and of those that the decision reads.
//! 3. The idempotency key.
//! 4. Records, prospects first.
//!
//! Transactions in this order may wait, but never in a circle. Once records are locked, a user is waited for only if a foreign key refers
//! to one whose e-mail another transaction is changing; that one has locked all the records that it needs before it writes the user. SQLite
//! needs none of this, because it has one writer at a time.

use std::collections::HashMap;

use sea_orm::{ConnectionTrait, DbBackend, FromQueryResult};
use uuid::Uuid;

use crate::auth::{Actor, Credential, Viewer};
use crate::db::notices;
use crate::db::sql::Sql;
use crate::entities::access::user;
use crate::entities::setup::revision::CachedTable;
use crate::error::{Error, Result};

/// Locks besides that of the caller.
#[derive(Clone, Debug, Default)]
pub struct Locks {
    users: Vec<Uuid>,
    changes_users: bool,
    changed_tables: Vec<CachedTable>,
    read_tables: Vec<CachedTable>,
}

impl Locks {
    /// Users who are given something: they stay active, and keep their role, until the transaction ends.
    pub fn of(users: impl IntoIterator<Item = Uuid>) -> Locks {
        Locks {
            users: users.into_iter().collect(),
            ..Locks::default()
        }
    }

    /// Users who are changed, or whose sessions or keys are: no other transaction changes them or acts for them meanwhile. The caller
    /// counts as one.
    pub fn changing(users: impl IntoIterator<Item = Uuid>) -> Locks {
        Locks {
            changes_users: true,
            ..Locks::of(users)
        }
    }

    /// And tables that are kept in memory change: no other transaction changes them meanwhile, so that decisions about all their rows hold.
    pub fn with_tables(self, changed: impl IntoIterator<Item = CachedTable>) -> Locks {
        Locks {
            changed_tables: changed.into_iter().collect(),
            ..self
        }
    }

    /// And others stay as they are, because the decision reads them.
    pub fn reading(self, tables: impl IntoIterator<Item = CachedTable>) -> Locks {
        Locks {
            read_tables: tables.into_iter().collect(),
            ..self
        }
    }

    /// Locks everything but keys and records; answers the users as they are now. Fails where the caller is active no more, has another role,
    /// or asks with a session or a key that is no more.
    pub async fn take(self, tx: &impl ConnectionTrait, caller: Option<&Viewer>) -> Result<HashMap<Uuid, user::Model>> {
        let caller = caller.filter(|viewer| viewer.actor() != Actor::System);
        let users = self.users(tx, caller).await?;
        let changed = self.changed_tables.iter().map(|table| (table.name(), 1));
        let read = self.read_tables.iter().filter(|table| !self.changed_tables.contains(table));
        notices::advance(tx, changed.chain(read.map(|table| (table.name(), 0))).collect()).await?;
        Ok(users)
    }

    async fn users(&self, tx: &impl ConnectionTrait, caller: Option<&Viewer>) -> Result<HashMap<Uuid, user::Model>> {
        let ids = self.users.iter().copied().chain(caller.map(|viewer| viewer.user_id));
        let mut ids: Vec<Uuid> = ids.collect();
        if ids.is_empty() {
            return Ok(HashMap::new());
        }
        ids.sort_unstable();
        ids.dedup();
        let mut is_alive = caller.is_none();
        let mut users = HashMap::with_capacity(ids.len());
        for row in tx.query_all_raw(self.statement(tx.get_database_backend(), ids, caller)).await? {
            let user = user::Model::from_query_result(&row, "")?;
            is_alive = is_alive || row.try_get::<i64>("", "credentials")? > 0;
            users.insert(user.id, user);
        }
        if let Some(viewer) = caller {
            let user = users.get(&viewer.user_id).filter(|user| user.is_active && is_alive);
            let user = user.ok_or(Error::Unauthenticated)?;
            if user.role != viewer.role {
                return Err(Error::Forbidden("the role has changed; send the request again".to_owned()));
            }
        }
        Ok(users)
    }

    /// The users, and how many of the caller's sessions or keys are the one that asks. That one is locked after all users are, which the
    /// count of them in between makes sure of; it cannot be taken away until the transaction ends.
    fn statement(&self, backend: DbBackend, ids: Vec<Uuid>, caller: Option<&Viewer>) -> sea_orm::Statement {
        let is_postgres = backend == DbBackend::Postgres;
        let lock = match (is_postgres, self.changes_users) {
            (false, _) => "",
            (true, false) => " FOR SHARE",
            (true, true) => " FOR NO KEY UPDATE",
        };
        let credential = caller.and_then(|viewer| match viewer.credential {
            Credential::Session(id) => Some(("sessions", id)),
            Credential::Key { id, .. } => Some(("api_keys", id)),
            Credential::Job(id) => Some(("jobs", id)),
            Credential::System => None,
        });
        let mut sql = Sql::new(backend);
        let these = sql.in_ids(ids);
        sql.push(&format!(
            "WITH held AS MATERIALIZED (SELECT * FROM users WHERE id {these} ORDER BY id{lock})"
        ));
        let count = match credential {
            None => "0".to_owned(),
            Some((table, id)) => {
                let (id, lock) = (sql.bind(id), if is_postgres { " FOR KEY SHARE OF c" } else { "" });
                sql.push(&format!(
                    ", counted AS MATERIALIZED (SELECT count(*) AS users FROM held), \
                     credential AS MATERIALIZED (SELECT c.id FROM counted JOIN {table} c ON c.id = {id} WHERE counted.users > 0{lock})"
                ));
                "(SELECT count(*) FROM credential)".to_owned()
            }
        };
        sql.push(&format!(" SELECT held.*, CAST({count} AS BIGINT) AS credentials FROM held"));
        sql.build()
    }
}
