//! The job that makes and drops the indexes of an attribute, and rewrites the search documents with its values, without keeping others from
//! writing for long.
//!
//! On PostgreSQL it builds `CONCURRENTLY`, on a connection of its own. SQLite has no such thing: the rows are read in slices by a reader, so
//! that their pages are in memory, and each index is built in one short transaction (see the decision on custom attributes).

use std::time::Duration;

use sea_orm::{ConnectionTrait, DbBackend, DbErr, SqlErr, Statement};
use serde_json::json;
use tokio::time::sleep;
use uuid::Uuid;

use super::context::{JobContext, NewRowError, Slice, Stop};
use super::handlers::{Finished, Handler};
use crate::db::session::Session;
use crate::entities::insight::job::JobErrorCode;
use crate::entities::setup::attribute_definition::{AttributeEntity, IndexState};
use crate::entities::setup::revision::CachedTable;
use crate::error::{Error, ProblemCode};
use crate::resolvers::access::revision;
use crate::resolvers::records::attributes::record_kind;
use crate::resolvers::search;
use crate::resolvers::setup::attribute_indexes::{self as indexes, Difference, Payload};
use crate::rules::attributes::{Definition, index};
use crate::tx::locks::Locks;

pub use crate::resolvers::setup::attribute_indexes::KIND;

/// Makes and drops the indexes of one definition, and rewrites the search documents with its values.
pub struct AttributeIndexes;

/// Rows that are read at once before an index is built on SQLite.
const ROWS: u32 = 20_000;
/// Prospects whose search documents are written in one transaction.
const DOCUMENTS: u64 = 500;
/// Pause between two looks at the progress.
const PAUSE: Duration = Duration::from_millis(500);
/// The number of the lock that a process holds which builds an index on PostgreSQL. Any number that nothing else uses would do.
const BUILDING: i64 = 0x6174_7472;
/// Progress after all rows are read, in percent.
const READ: i64 = 90;
/// Least growth of the progress that is stored, in percent: each change makes servers read the definitions again.
const STEP: i32 = 10;

#[async_trait::async_trait]
impl Handler for AttributeIndexes {
    async fn run(&self, job: &JobContext) -> Result<Finished, Stop> {
        let payload = job.payload::<Payload>()?;
        let id = payload.definition_id;
        if payload.is_search_changed {
            write_documents(job, id).await?;
        }
        let outcome = match job.app().db.backend() {
            DbBackend::Postgres => on_postgres(job, id).await,
            _ => on_sqlite(job, id).await,
        };
        match outcome {
            Ok(()) => Ok(Finished::default()),
            Err(Stop::Again(error)) if job.job().attempts >= job.job().max_attempts => {
                if let Some(definition) = current(job, id).await?.filter(|definition| index::is_wanted(&definition.row)) {
                    write(job, &definition, IndexState::Failed, 0).await?;
                }
                Err(Stop::Again(error))
            }
            Err(stop) => Err(stop),
        }
    }
}

/// What the definition asks for now. None: its indexes are to be dropped.
async fn current(job: &JobContext, id: Uuid) -> Result<Option<Definition>, Stop> {
    Ok(indexes::definition(job.app().db.reader(), id).await?)
}

/// Writes the search documents of all prospects with values, in the order of their IDs, as the definitions are by then.
async fn write_documents(job: &JobContext, id: Uuid) -> Result<(), Stop> {
    let Some(definition) = current(job, id).await? else { return Ok(()) };
    let mut last: Uuid = job.checkpoint()?.unwrap_or_default();
    let mut done = 0;
    loop {
        let slice = job.begin_slice().await?;
        let prospects = search::lock_values(slice.tx(), &definition, last, DOCUMENTS).await?;
        let Some(end) = prospects.last() else { return Ok(()) };
        last = *end;
        done += prospects.len() as i64;
        search::refresh_all(slice.tx(), prospects).await?;
        slice.commit(done, None, Some(json!(last))).await?;
    }
}

async fn on_sqlite(job: &JobContext, id: Uuid) -> Result<(), Stop> {
    let Some(definition) = current(job, id).await? else { return Ok(()) };
    if !indexes::compare(job.app().db.reader(), &definition).await?.missing.is_empty() {
        read_rows(job, &definition).await?;
    }
    // Each index in a transaction of its own: others write between them.
    loop {
        let slice = begin(job).await?;
        // It may have been changed meanwhile; until the end of the transaction it is not.
        let Some(definition) = indexes::definition(slice.tx(), id).await? else {
            return finish(slice, 100).await;
        };
        if indexes::is_complete(slice.tx(), &definition).await? {
            return finish(slice, 100).await;
        }
        match indexes::create_next(slice.tx(), &definition).await {
            Ok(true) => {
                let (state, progress) = state_of_complete(&definition);
                indexes::set_state(slice.tx(), &definition, state, progress).await?;
                return finish(slice, 100).await;
            }
            // Lists use their indexes from here on.
            Ok(false) => {
                let row = &definition.row;
                indexes::set_state(slice.tx(), &definition, row.index_state, row.index_progress).await?;
                finish(slice, READ).await?;
            }
            Err(Error::Conflict(_)) => {
                drop(slice);
                return refuse_duplicates(job, &definition).await;
            }
            Err(error) => return Err(error.into()),
        }
    }
}

/// Reads the rows in slices, so that the index finds their pages in memory, and stores the progress.
async fn read_rows(job: &JobContext, definition: &Definition) -> Result<(), Stop> {
    let reader = job.app().db.reader();
    let total = indexes::count_rows(reader, definition).await?.max(1);
    let (mut after, mut read, mut stored) = (None, 0, 0);
    while let Some(last) = indexes::read_slice(reader, definition, after, ROWS).await? {
        after = Some(last);
        read += i64::from(ROWS);
        let percent = (read * READ / total).min(READ) as i32;
        if percent >= stored + STEP {
            stored = percent;
            write(job, definition, IndexState::Building, percent).await?;
        }
    }
    Ok(())
}

async fn on_postgres(job: &JobContext, id: Uuid) -> Result<(), Stop> {
    let Some(definition) = current(job, id).await? else { return Ok(()) };
    let mut session = Session::open(&job.app().settings).await.map_err(Stop::Again)?;
    let outcome = match lock(&mut session, definition.row.entity).await {
        Ok(true) => build(job, id, &mut session).await,
        // Another index is being built, maybe for minutes. Waiting here would keep a worker from other jobs.
        Ok(false) => Err(Stop::Later),
        Err(error) => Err(error.into()),
    };
    // The server notices the end of a session later than the next job asks for the locks.
    if let Err(error) = session.run("SELECT pg_advisory_unlock_all()").await {
        tracing::debug!(%error, "the locks of a build end with its session");
    }
    session.close().await;
    outcome
}

/// Takes the locks of a build, which the session holds to its end; whether both were free.
async fn lock(session: &mut Session, entity: AttributeEntity) -> Result<bool, DbErr> {
    // One build at a time: two on one table wait for each other, and the second one of a definition would drop what the first one builds.
    let is_first = session.holds(&format!("SELECT pg_try_advisory_lock({BUILDING})")).await?;
    // The definition is read under this lock, and no change of its type comes between that and the build.
    Ok(is_first
        && session
            .holds(&format!("SELECT {}", indexes::type_lock("pg_try_advisory_lock", entity)))
            .await?)
}

async fn build(job: &JobContext, id: Uuid, session: &mut Session) -> Result<(), Stop> {
    let Some(definition) = current(job, id).await? else { return Ok(()) };
    let difference = indexes::compare(job.app().db.reader(), &definition).await?;
    let row = &definition.row;
    if row.has_list_index != difference.has_list_index(&definition) {
        write(job, &definition, row.index_state, row.index_progress).await?;
    }
    // One that is as it should be stays: without its unique index an attribute would not be unique meanwhile.
    for name in &difference.stale {
        session.run(&format!("DROP INDEX CONCURRENTLY IF EXISTS {name}")).await?;
    }
    let share = 100 / difference.missing.len().max(1) as i32;
    for (index, start) in difference.missing.iter().zip((0..).step_by(share as usize)) {
        let statement = index.create("CONCURRENTLY ");
        let process = session.process();
        let built = tokio::select! {
            built = session.run(&statement) => built,
            stop = follow(job, &definition, process, share, start) => return Err(stop),
        };
        match built {
            Ok(()) => session.run(&indexes::comment(index)).await?,
            Err(error) if is_duplicate(&error) => {
                session.run(&format!("DROP INDEX CONCURRENTLY IF EXISTS {}", index.name)).await?;
                analyze(session, &difference).await?;
                return refuse_duplicates(job, &definition).await;
            }
            Err(error) => {
                return Err(match Error::from(error) {
                    // The session has no deadline: a change of a definition has ended the build, which would have kept it waiting.
                    Error::Timeout => Stop::Later,
                    error => error.into(),
                });
            }
        }
        if difference.missing.last() != Some(index) {
            // Lists use their indexes while the unique one is being built.
            write(job, &definition, IndexState::Building, start + share).await?;
        }
    }
    analyze(session, &difference).await?;
    let (state, progress) = state_of_complete(&definition);
    write(job, &definition, state, progress).await
}

/// Without statistics of the expressions the planner takes one of 200 rows for a match.
async fn analyze(session: &mut Session, built: &Difference) -> Result<(), Stop> {
    match built.missing.first() {
        Some(index) => Ok(session.run(&format!("ANALYZE {}", index.table)).await?),
        None => Ok(()),
    }
}

/// State and progress of a definition whose indexes are all as they should be.
fn state_of_complete(definition: &Definition) -> (IndexState, i32) {
    match index::is_wanted(&definition.row) {
        true => (IndexState::Ready, 100),
        false => (IndexState::None, 0),
    }
}

/// Stores the progress that PostgreSQL reports, from `start` on; ends only where the job has to stop.
async fn follow(job: &JobContext, definition: &Definition, process: i32, share: i32, start: i32) -> Stop {
    let mut stored = start;
    loop {
        sleep(PAUSE).await;
        let text = format!(
            "SELECT CAST(coalesce(100 * blocks_done / nullif(blocks_total, 0), 0) AS int) FROM pg_stat_progress_create_index WHERE pid = {process}"
        );
        let statement = Statement::from_string(DbBackend::Postgres, text);
        let row = job.app().db.reader().query_one_raw(statement).await;
        let percent = row.ok().flatten().and_then(|row| row.try_get_by_index::<i32>(0).ok()).unwrap_or(0);
        let progress = start + (percent * share / 100).min(share - 1);
        if progress < stored + STEP {
            continue;
        }
        stored = progress;
        if let Err(stop) = write(job, definition, IndexState::Building, progress).await {
            return stop;
        }
    }
}

/// Ends the job: the index cannot be built, and the first records in the way are in its row errors.
async fn refuse_duplicates(job: &JobContext, definition: &Definition) -> Result<(), Stop> {
    let reader = job.app().db.reader();
    let found = indexes::duplicates(reader, definition).await?;
    let mut slice = begin(job).await?;
    set_state(&slice, definition, IndexState::Failed, 0).await?;
    for (number, duplicate) in (1..).zip(&found) {
        slice
            .report(NewRowError {
                row: number,
                column: Some(definition.key().to_owned()),
                code: ProblemCode::Taken,
                message: format!(
                    "{} is not the only one with `{}`",
                    record_kind(definition.row.entity).encode(duplicate.record_id),
                    duplicate.value.chars().take(100).collect::<String>()
                ),
            })
            .await?;
    }
    finish(slice, 0).await?;
    Err(Stop::failed(
        JobErrorCode::Conflict,
        format!(
            "the values of `{}` are not unique: the first {} records with the same value are in the row errors",
            definition.key(),
            found.len()
        ),
    ))
}

/// A slice in which the definitions may be changed.
async fn begin(job: &JobContext) -> Result<Slice<'_>, Stop> {
    job.begin_slice_with(Locks::default().with_tables([CachedTable::AttributeDefinition]))
        .await
}

async fn write(job: &JobContext, definition: &Definition, state: IndexState, progress: i32) -> Result<(), Stop> {
    let slice = begin(job).await?;
    set_state(&slice, definition, state, progress).await?;
    finish(slice, i64::from(progress)).await
}

/// Stores the state, unless the definition asks for other indexes by now: then it has a job of its own, which goes on from here.
async fn set_state(slice: &Slice<'_>, definition: &Definition, state: IndexState, progress: i32) -> Result<(), Stop> {
    let backend = slice.tx().get_database_backend();
    let now = indexes::definition(slice.tx(), definition.id()).await?;
    if now.is_some_and(|now| indexes::wanted(backend, &now) == indexes::wanted(backend, definition)) {
        indexes::set_state(slice.tx(), definition, state, progress).await?;
    }
    Ok(())
}

/// Commits, and has the definitions read again.
async fn finish(slice: Slice<'_>, done: i64) -> Result<(), Stop> {
    let cx = slice.cx();
    slice.commit(done, Some(100), None).await?;
    revision::take_in(&cx.app, &[CachedTable::AttributeDefinition]).await;
    Ok(())
}

fn is_duplicate(error: &DbErr) -> bool {
    matches!(error.sql_err(), Some(SqlErr::UniqueConstraintViolation(_)))
}
