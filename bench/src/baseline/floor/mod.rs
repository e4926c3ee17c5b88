//! The second baseline: about the least that an answer can cost with these tables and one request at a time.
//!
//! Plain rows by prepared statements, on PostgreSQL pipelined; catalogues and users in memory; the JSON written from the rows.

mod catalogs;
mod entries;
mod lead;
mod lists;
mod postgres;
mod sqlite;
mod store;

use serde::Serialize;
use uuid::Uuid;

use super::create::{self, Found, Insert};
use super::now;
use super::pools::Pools;
use super::question::Question;
use super::sql::{self, Sql, VIEWER};
use crate::Result;
use catalogs::Catalogs;
use postgres::Postgres;
use sqlite::Sqlite;
use store::{Cells, Link};

pub struct Floor {
    store: Store,
    catalogs: Catalogs,
}

enum Store {
    Postgres(Postgres),
    Sqlite(Sqlite),
}

/// Kind of caller.
#[derive(Clone, Copy)]
struct Viewer {
    id: Uuid,
    is_admin: bool,
}

/// The whole answer of a root field.
#[derive(Serialize)]
struct Answer<T> {
    data: T,
}

impl Floor {
    pub async fn open(database: &str, pools: Pools) -> Result<Floor> {
        Ok(Floor {
            catalogs: Catalogs::read(&pools.reader).await?,
            store: if database.starts_with("postgres") {
                Store::Postgres(Postgres::open(database).await?)
            } else {
                Store::Sqlite(Sqlite::new(&pools))
            },
        })
    }

    /// The answer, or None where the session is none.
    pub async fn read(&self, token: &str, question: &Question) -> Result<Option<String>> {
        match &self.store {
            Store::Postgres(postgres) => read(postgres.link(), &self.catalogs, token, question).await,
            Store::Sqlite(sqlite) => read(sqlite, &self.catalogs, token, question).await,
        }
    }

    /// The answer, or None where the session is none.
    pub async fn create(&self, token: &str, body: &[u8]) -> Result<Option<String>> {
        let (input, now) = (create::input(body)?, now());
        let source_id = input.source_id();
        let found = match &self.store {
            Store::Postgres(postgres) => found(postgres.link(), token, source_id, now).await?,
            Store::Sqlite(sqlite) => found(sqlite, token, source_id, now).await?,
        };
        let Some(found) = found else { return Ok(None) };
        let (inserts, answer) = create::rows(input, &found, now);
        self.insert(inserts).await?;
        Ok(Some(answer))
    }

    async fn insert(&self, inserts: Vec<Insert>) -> Result<()> {
        match &self.store {
            Store::Postgres(postgres) => postgres.insert(inserts).await,
            Store::Sqlite(sqlite) => sqlite.insert(inserts).await,
        }
    }
}

async fn read<L: Link>(link: &L, catalogs: &Catalogs, token: &str, question: &Question) -> Result<Option<String>> {
    let now = now();
    let session = Sql::whole(link.dialect(), VIEWER, sql::session(token, now));
    let rows = link.rows(session).await?;
    let Some(row) = rows.first() else { return Ok(None) };
    let viewer = Viewer {
        id: row.id(0)?,
        is_admin: row.text(1)? == "ADMIN",
    };
    let answer = match question {
        Question::Lead(id) => lead::lead(link, catalogs, viewer, *id).await?,
        Question::List(list) => lists::list(link, catalogs, viewer, list).await?,
        Question::Nested(after) => lists::nested(link, catalogs, viewer, *after, now).await?,
        Question::Tasks(assignee) => lists::tasks(link, catalogs, viewer, *assignee).await?,
        Question::History => lists::history(link, catalogs, viewer).await?,
    };
    Ok(Some(answer))
}

async fn found<L: Link>(link: &L, token: &str, source_id: Uuid, now: i64) -> Result<Option<Found>> {
    let mut values = sql::session(token, now);
    values.push(source_id.into());
    let rows = link.rows(Sql::whole(link.dialect(), create::FIND, values)).await?;
    let found = |row: &L::Row| -> Result<Found> {
        Ok(Found {
            user_id: row.id(0)?,
            status_id: row.id(1)?,
            category: row.text(2)?.to_owned(),
            source: row.text(3)?.to_owned(),
        })
    };
    rows.first().map(found).transpose()
}

impl Viewer {
    /// The condition for the prospects `p` that the viewer may see.
    fn visible(self, sql: &mut Sql) -> String {
        if self.is_admin {
            "p.deleted_at IS NULL".to_owned()
        } else {
            format!("p.deleted_at IS NULL AND p.owner_id = {}", sql.bind(self.id))
        }
    }
}

fn answer(data: impl Serialize) -> Result<String> {
    Ok(serde_json::to_string(&Answer { data })?)
}
