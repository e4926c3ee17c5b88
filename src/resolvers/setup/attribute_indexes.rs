//! Indexes of attributes, and their part in open search: queued with the write of a definition, made by a job, found again by their names.

use std::sync::Arc;

use sea_orm::sea_query::Expr;
use sea_orm::{ConnectionTrait, DbBackend, EntityTrait, FromQueryResult, Iterable, QuerySelect, Statement};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::db::sql::Sql;
use crate::entities::setup::attribute_definition::{self, AttributeEntity, IndexState};
use crate::error::{Error, Result};
use crate::resolvers::filter::accessor;
use crate::resolvers::queue::{self, NewJob};
use crate::rules::attributes::index::{self, Index};
use crate::rules::attributes::{Definition, is_key};

/// Kind of the job that makes and drops the indexes of a definition, and rewrites the search documents with its values.
pub const KIND: &str = "index_attribute";
/// Rows that are named where values are not unique.
const DUPLICATES: u64 = 20;
/// The number of the locks on the types of attributes.
const TYPES: i32 = 0x6174_7474;

/// Input of the job.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Payload {
    pub definition_id: Uuid,
    /// Whether the search documents of all prospects with values are to be written again.
    #[serde(default)]
    pub is_search_changed: bool,
}

/// A value that several records have.
#[derive(Clone, Debug, FromQueryResult)]
pub struct Duplicate {
    pub record_id: Uuid,
    pub value: String,
}

/// The function call of PostgreSQL that takes the lock under which the type of attributes of a kind of record stays as it is. `function` is such
/// as `pg_try_advisory_lock`. A job holds it from the reading of the definition to the end of the build: an index of a former type would refuse
/// the values of the present one.
pub fn type_lock(function: &str, entity: AttributeEntity) -> String {
    // The first number is one that nothing else uses, the second one the kind of record.
    let kind = match entity {
        AttributeEntity::Prospect => 1,
        AttributeEntity::Client => 2,
        AttributeEntity::Contact => 3,
        AttributeEntity::Task => 4,
    };
    format!("{function}({TYPES}, {kind})")
}

/// Queues the job that brings the indexes of a definition into the state that it asks for. It joins the transaction of the definition's write.
pub async fn enqueue_index(tx: &impl ConnectionTrait, definition_id: Uuid, now: i64) -> Result<()> {
    let is_search_changed = false;
    enqueue(
        tx,
        Payload {
            definition_id,
            is_search_changed,
        },
        now,
    )
    .await
}

/// Queues the job that brings the search documents with values of a definition up to date. It joins the transaction of the definition's write.
pub async fn enqueue_search(tx: &impl ConnectionTrait, definition_id: Uuid, now: i64) -> Result<()> {
    let is_search_changed = true;
    enqueue(
        tx,
        Payload {
            definition_id,
            is_search_changed,
        },
        now,
    )
    .await
}

async fn enqueue(tx: &impl ConnectionTrait, payload: Payload, now: i64) -> Result<()> {
    let payload = serde_json::to_value(payload).map_err(Error::internal)?;
    let job = NewJob {
        payload,
        ..NewJob::of_system(KIND)
    };
    queue::enqueue(tx, job, now).await?;
    Ok(())
}

/// Queues a job for each definition whose index is not complete and that no job is queued for, such as after a job was cancelled.
pub async fn enqueue_incomplete(connection: &impl ConnectionTrait, now: i64) -> Result<()> {
    let unfinished = "SELECT payload FROM jobs WHERE kind = 'index_attribute' AND state IN ('QUEUED', 'RUNNING')";
    let mut queued = Vec::new();
    for row in query(connection, unfinished).await? {
        let payload: serde_json::Value = row.try_get_by_index(0)?;
        queued.extend(serde_json::from_value::<Payload>(payload).ok().map(|payload| payload.definition_id));
    }
    for row in attribute_definition::Entity::find().all(connection).await? {
        let (id, state) = (row.id, row.index_state);
        let definition = Definition::new(Arc::new(row));
        let is_incomplete = match state {
            IndexState::Building => true,
            // As after an upgrade that made the indexes others.
            IndexState::Ready => !is_complete(connection, &definition).await?,
            // One that is not asked for any more would still refuse values.
            IndexState::None | IndexState::Failed => {
                let difference = compare(connection, &definition).await?;
                !difference.stale.is_empty() || difference.has_list_index(&definition) != definition.row.has_list_index
            }
        };
        if is_incomplete && !queued.contains(&id) {
            enqueue_index(connection, id, now).await?;
        }
    }
    Ok(())
}

/// Drops the indexes of a definition at once: where its values change their type, the old expression would refuse the new ones.
pub async fn drop_indexes(tx: &impl ConnectionTrait, row: &attribute_definition::Model) -> Result<()> {
    if !is_key(&row.key) {
        return Ok(());
    }
    for name in index::names(row.entity, &row.key) {
        drop_index(tx, &name).await?;
    }
    Ok(())
}

/// Drops the index that keeps the values of a definition unique, so that they may be repeated from this transaction on.
pub async fn drop_unique_index(tx: &impl ConnectionTrait, row: &attribute_definition::Model) -> Result<()> {
    if !is_key(&row.key) {
        return Ok(());
    }
    let [_, of_values, _] = index::names(row.entity, &row.key);
    drop_index(tx, &of_values).await
}

async fn drop_index(tx: &impl ConnectionTrait, name: &str) -> Result<()> {
    tx.execute_unprepared(&format!("DROP INDEX IF EXISTS {name}")).await?;
    if tx.get_database_backend() == DbBackend::Sqlite {
        tx.execute_unprepared(&format!("DELETE FROM sqlite_stat1 WHERE idx = '{name}'"))
            .await?;
    }
    Ok(())
}

/// The definition in its current state. None if there is none.
pub async fn definition(connection: &impl ConnectionTrait, id: Uuid) -> Result<Option<Definition>> {
    let row = attribute_definition::Entity::find_by_id(id).one(connection).await?;
    Ok(row.map(|row| Definition::new(Arc::new(row))))
}

/// The indexes that the definition asks for.
pub fn wanted(backend: DbBackend, definition: &Definition) -> Vec<Index> {
    index::wanted(definition, &accessor(backend, "", definition))
}

/// Differences between the indexes that a definition asks for and those of the database.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// Those to be built.
    pub missing: Vec<Index>,
    /// Names of those to be dropped: not wanted, left invalid by a build that was cut off, or of another expression.
    pub stale: Vec<String>,
}

impl Difference {
    /// Whether the definition asks for indexes of lists, and these are there.
    pub fn has_list_index(&self, definition: &Definition) -> bool {
        let row = &definition.row;
        index::is_wanted(row) && row.is_indexed && self.missing.iter().all(|index| index.is_unique)
    }
}

/// Compares the indexes of the database with those that the definition asks for. SQLite keeps the statement of an index; on PostgreSQL it is
/// the comment of the index, because the expression that the server shows is another text.
pub async fn compare(connection: &impl ConnectionTrait, definition: &Definition) -> Result<Difference> {
    let backend = connection.get_database_backend();
    let mut sql = Sql::new(backend);
    let these = sql.in_texts(&index::names(definition.row.entity, definition.key()));
    sql.push(&match backend {
        DbBackend::Postgres => format!(
            "SELECT CAST(c.relname AS text), CASE WHEN i.indisvalid THEN obj_description(c.oid, 'pg_class') END \
             FROM pg_class c JOIN pg_index i ON i.indexrelid = c.oid \
             WHERE c.relnamespace = CAST(current_schema() AS regnamespace) AND c.relname {these}"
        ),
        _ => format!("SELECT name, sql FROM sqlite_schema WHERE type = 'index' AND name {these}"),
    });
    let mut found: Vec<(String, Option<String>)> = Vec::new();
    for row in connection.query_all_raw(sql.build()).await? {
        found.push((row.try_get_by_index(0)?, row.try_get_by_index(1)?));
    }
    let wanted = wanted(backend, definition);
    let is_present = |index: &Index| {
        found
            .iter()
            .any(|(name, text)| *name == index.name && text.as_deref() == Some(index.create("").as_str()))
    };
    let (present, missing): (Vec<Index>, Vec<Index>) = wanted.into_iter().partition(is_present);
    let stale = found.into_iter().map(|(name, _)| name);
    let stale = stale.filter(|name| present.iter().all(|index| index.name != *name)).collect();
    Ok(Difference { missing, stale })
}

/// The statement that says on PostgreSQL from which statement an index was made.
pub fn comment(index: &Index) -> String {
    format!("COMMENT ON INDEX {} IS '{}'", index.name, index.create("").replace('\'', "''"))
}

/// Whether the state says that the indexes are complete, and the database has exactly those that the definition asks for.
pub async fn is_complete(connection: &impl ConnectionTrait, definition: &Definition) -> Result<bool> {
    if definition.row.index_state != IndexState::Ready || definition.row.has_list_index != definition.row.is_indexed {
        return Ok(false);
    }
    let difference = compare(connection, definition).await?;
    Ok(difference.missing.is_empty() && difference.stale.is_empty())
}

/// Drops indexes in a transaction, or makes one where none is to be dropped, which keeps others from writing to the table meanwhile. Those that are
/// as they should be stay. Whether all are there then. One that cannot be made keeps none from being dropped.
pub async fn create_next(tx: &impl ConnectionTrait, definition: &Definition) -> Result<bool> {
    let Difference { missing, stale } = compare(tx, definition).await?;
    for name in &stale {
        drop_index(tx, name).await?;
    }
    let next = missing.first().filter(|_| stale.is_empty());
    if let Some(index) = next {
        create(tx, index).await?;
    }
    read_statistics(tx).await?;
    Ok(missing.len() == usize::from(next.is_some()))
}

async fn create(tx: &impl ConnectionTrait, index: &Index) -> Result<()> {
    tx.execute_unprepared(&index.create("")).await?;
    match tx.get_database_backend() {
        DbBackend::Postgres => tx.execute_unprepared(&comment(index)).await?,
        _ => {
            tx.execute_unprepared(&format!(
                "INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES ('{}', '{}', '{}')",
                index.table, index.name, index.statistics
            ))
            .await?
        }
    };
    Ok(())
}

/// Has connections of SQLite read the statistics of indexes again.
async fn read_statistics(tx: &impl ConnectionTrait) -> Result<()> {
    if tx.get_database_backend() == DbBackend::Sqlite {
        // Other connections read them because the schema has changed.
        tx.execute_unprepared("ANALYZE sqlite_schema").await?;
    }
    Ok(())
}

/// Makes all indexes again that are complete according to the definitions, in a database whose rows came from elsewhere, and drops the others.
/// Its tables may be those of an earlier version, whose definitions do not say which lists have an index.
pub async fn rebuild_all(tx: &impl ConnectionTrait) -> Result<()> {
    let says_which = has_column_of_lists(tx).await?;
    let mut rows = attribute_definition::Entity::find();
    if !says_which {
        let columns = attribute_definition::Column::iter().filter(|column| !matches!(column, attribute_definition::Column::HasListIndex));
        rows = rows.select_only().columns(columns).expr_as(Expr::val(false), "has_list_index");
    }
    for row in rows.all(tx).await? {
        drop_indexes(tx, &row).await?;
        let definition = Definition::new(Arc::new(row));
        let is_ready = definition.row.index_state == IndexState::Ready;
        let all = wanted(tx.get_database_backend(), &definition).into_iter();
        for index in all.filter(|index| is_ready || (definition.row.has_list_index && !index.is_unique)) {
            create(tx, &index).await?;
        }
        if says_which {
            set_state(tx, &definition, definition.row.index_state, definition.row.index_progress).await?;
        }
    }
    read_statistics(tx).await
}

async fn has_column_of_lists(tx: &impl ConnectionTrait) -> Result<bool> {
    let text = match tx.get_database_backend() {
        DbBackend::Postgres => {
            "SELECT 1 FROM information_schema.columns WHERE table_schema = current_schema() AND table_name = 'attribute_definitions' \
             AND column_name = 'has_list_index'"
        }
        _ => "SELECT 1 FROM pragma_table_info('attribute_definitions') WHERE name = 'has_list_index'",
    };
    Ok(!query(tx, text).await?.is_empty())
}

/// Names of the indexes that the definitions of a database may have.
pub async fn all_names(connection: &impl ConnectionTrait) -> Result<Vec<String>> {
    let mut names = Vec::new();
    for row in query(connection, "SELECT entity, key FROM attribute_definitions").await? {
        let (entity, key): (AttributeEntity, String) = (row.try_get_by_index(0)?, row.try_get_by_index(1)?);
        if is_key(&key) {
            names.extend(index::names(entity, &key));
        }
    }
    Ok(names)
}

/// Stores the state of the indexes, and whether lists may use theirs. The caller has locked the definitions, and read this one since.
pub async fn set_state(tx: &impl ConnectionTrait, definition: &Definition, state: IndexState, progress: i32) -> Result<()> {
    let has_list_index = compare(tx, definition).await?.has_list_index(definition);
    let mut sql = Sql::new(tx.get_database_backend());
    let (state, progress) = (sql.bind(state), sql.bind(progress));
    let (has_list_index, id) = (sql.bind(has_list_index), sql.bind(definition.id()));
    sql.push(&format!(
        "UPDATE attribute_definitions SET index_state = {state}, index_progress = {progress}, has_list_index = {has_list_index} \
         WHERE id = {id}"
    ));
    tx.execute_raw(sql.build()).await?;
    Ok(())
}

/// The first records whose values are not unique, ordered by value; none where all are.
pub async fn duplicates(connection: &impl ConnectionTrait, definition: &Definition) -> Result<Vec<Duplicate>> {
    let backend = connection.get_database_backend();
    let Some(unique) = wanted(backend, definition).into_iter().find(|index| index.is_unique) else {
        return Ok(Vec::new());
    };
    let text = format!(
        "SELECT record_id, CAST(value AS TEXT) AS value FROM (SELECT id AS record_id, {column} AS value, \
         count(*) OVER (PARTITION BY {column}) AS records FROM {table} WHERE {condition}) AS counted \
         WHERE records > 1 ORDER BY value, record_id LIMIT {DUPLICATES}",
        column = unique.columns,
        table = unique.table,
        condition = unique.condition,
    );
    let rows = query(connection, &text).await?;
    rows.iter().map(|row| Ok(Duplicate::from_query_result(row, "")?)).collect()
}

/// Reads the values of some records after an id, and returns the last id: it brings their pages into memory without a lock. None at the end.
pub async fn read_slice(reader: &impl ConnectionTrait, definition: &Definition, after: Option<Uuid>, rows: u32) -> Result<Option<Uuid>> {
    let backend = reader.get_database_backend();
    let Some(first) = wanted(backend, definition).into_iter().next() else {
        return Ok(None);
    };
    let mut sql = Sql::new(backend);
    let after = sql.bind(after.unwrap_or_default());
    sql.push(&format!(
        "SELECT id, count(*) OVER () AS found, sum({condition}) OVER () AS indexed FROM (SELECT * FROM {table} WHERE id > {after} ORDER BY id \
         LIMIT {rows}) AS slice ORDER BY id DESC LIMIT 1",
        condition = first.condition,
        table = first.table,
    ));
    let row = reader.query_one_raw(sql.build()).await?;
    Ok(row.map(|row| row.try_get_by_index(0)).transpose()?)
}

/// Number of rows of the table.
pub async fn count_rows(reader: &impl ConnectionTrait, definition: &Definition) -> Result<i64> {
    let text = format!("SELECT count(*) FROM {}", index::table(definition.row.entity));
    let rows = query(reader, &text).await?;
    Ok(rows.first().map(|row| row.try_get_by_index(0)).transpose()?.unwrap_or_default())
}

async fn query(connection: &impl ConnectionTrait, text: &str) -> Result<Vec<sea_orm::QueryResult>> {
    let statement = Statement::from_string(connection.get_database_backend(), text);
    Ok(connection.query_all_raw(statement).await?)
}
