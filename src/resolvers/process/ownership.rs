//! Ownership of prospects: changed by their owner or an administrator, stored as intervals.

use std::sync::Arc;

use sea_orm::sea_query::Expr;
use sea_orm::{ActiveEnum, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter};
use uuid::Uuid;

use super::assignees::{self, Assignees};
use super::portfolio::PORTION;
use super::tasks::follow;
use crate::app::catalogs::Row;
use crate::auth::visibility;
use crate::cx::Cx;
use crate::db::Inserts;
use crate::db::sql::Sql;
use crate::entities::process::owner_interval;
use crate::entities::records::timeline_entry::EntryKind;
use crate::error::{Error, Problem, ProblemCode, Result};
use crate::ids;
use crate::resolvers::records::journal::Journal;
use crate::resolvers::records::prospects::{self, Prospect};
use crate::resolvers::records::timeline::Change;
use crate::rules::limits::{TEXT_LENGTH, check_version, optional_text};
use crate::rules::profile::{self, MILLISECONDS_OF_A_DAY};
use crate::tx::locks::Locks;

#[derive(Clone, Debug, Default)]
pub struct OwnerChange {
    /// None: no owner; administrators only.
    pub owner_id: Option<Uuid>,
    pub reason: Option<String>,
    pub expected_version: Option<i32>,
}

/// From whom to whom, and who says so.
#[derive(Clone, Copy, Debug)]
pub struct Parties {
    pub from: Uuid,
    /// None: no owner.
    pub to: Option<Uuid>,
    pub journal: Journal,
}

/// Assigns the prospect to another owner. The result is None if it is no longer visible to the caller.
pub async fn change(cx: &Cx, id: Uuid, change: OwnerChange) -> Result<Option<Prospect>> {
    let viewer = cx.viewer()?;
    let tx = cx.begin_with(Locks::of(change.owner_id)).await?;
    let mut prospect = prospects::lock(&tx, viewer.scope(), id).await?;
    let journal = Journal::of(cx)?;
    let now = journal.now;
    let mut problems = Vec::new();
    check_version(change.expected_version, prospect.version, &mut problems);
    let reason = optional_text(change.reason.as_deref(), TEXT_LENGTH, &["input", "reason"], &mut problems);
    let path = ["input", "ownerId"];
    match change.owner_id {
        None if !viewer.can_unassign() => {
            problems.push(Problem::new(
                ProblemCode::Forbidden,
                &path,
                "only an administrator may leave a prospect without an owner",
            ));
        }
        Some(owner_id) if cx.catalogs().users.get(owner_id).is_none_or(|user| user.is_retired()) => {
            problems.push(Problem::new(ProblemCode::NotFound, &path, "there is no such active user"));
        }
        _ if change.owner_id == prospect.owner_id => problems.push(Problem::new(ProblemCode::State, &path, "the prospect has this owner")),
        _ => {}
    }
    let assignees = Assignees {
        owner: change.owner_id.map(|owner_id| (owner_id, &path[..])),
        ..Assignees::default()
    };
    assignees::check(&tx, assignees, &mut problems);
    if !problems.is_empty() {
        return Err(Error::Invalid(problems));
    }

    owner_interval::Entity::update_many()
        .col_expr(owner_interval::Column::ToAt, Expr::val(now))
        .filter(owner_interval::Column::ProspectId.eq(id))
        .filter(owner_interval::Column::ToAt.is_null())
        .exec(&tx)
        .await?;
    let mut inserts = Inserts::default();
    if let Some(owner_id) = change.owner_id {
        inserts.add(&owner_interval::Model {
            id: ids::new(),
            prospect_id: id,
            owner_id,
            from_at: now,
            to_at: None,
            actor_id: journal.actor_id(),
            reason: reason.clone(),
        });
    }
    follow::follow_owner(&tx, id, prospect.owner_id, change.owner_id, now).await?;
    let words = Change {
        from: prospect.owner_id,
        to: change.owner_id,
        reason,
        ..Default::default()
    };
    prospect.owner_id = change.owner_id;
    prospect.valid_until = change.owner_id.and_then(|_| profile::valid_until(now, prospect.validity_days));
    let prospect = journal.save(&tx, prospect, EntryKind::OwnerChange, Some(words), inserts).await?;
    tx.commit_naming([id]).await?;
    Ok(visibility::allows(viewer.scope(), &prospect).then(|| Arc::new(prospect)))
}

/// Transfers prospects of one owner, which are locked, to another owner or none. Each gets its interval and its entry as if it had been
/// transferred alone, and its tasks follow, by six statements for each portion.
pub async fn transfer(tx: &impl ConnectionTrait, prospects: &[Uuid], parties: &Parties) -> Result<()> {
    for portion in prospects.chunks(PORTION) {
        transfer_portion(tx, portion, parties).await?;
        follow::follow_owners(tx, portion, parties.from, parties.to, parties.journal.now).await?;
    }
    Ok(())
}

async fn transfer_portion(tx: &impl ConnectionTrait, portion: &[Uuid], parties: &Parties) -> Result<()> {
    let Parties { from, to, journal } = *parties;
    let (actor_id, now) = (journal.actor_id(), journal.now);
    let statement = |write: &dyn Fn(&mut Sql) -> String| {
        let mut sql = Sql::new(tx.get_database_backend());
        let text = write(&mut sql);
        sql.push(&text);
        sql.build()
    };
    let close = statement(&|sql| {
        let (now, these) = (sql.bind(now), sql.in_ids(portion.iter().copied()));
        format!("UPDATE owner_intervals SET to_at = {now} WHERE to_at IS NULL AND prospect_id {these}")
    });
    tx.execute_raw(close).await?;
    if let Some(to) = to {
        let open = statement(&|sql| {
            let (id, to, now, actor) = (sql.new_id(), sql.bind(to), sql.bind(now), sql.bind(actor_id));
            let these = sql.in_ids(portion.iter().copied());
            format!(
                "INSERT INTO owner_intervals (id, prospect_id, owner_id, from_at, to_at, actor_id, reason) \
                 SELECT {id}, t.id, {to}, {now}, NULL, {actor}, NULL FROM prospects t WHERE t.id {these}"
            )
        });
        tx.execute_raw(open).await?;
    }
    let entries = statement(&|sql| {
        let (id, now, actor) = (sql.new_id(), sql.bind(now), sql.bind(actor_id));
        let kind = sql.bind(EntryKind::OwnerChange.into_value());
        let these = sql.in_ids(portion.iter().copied());
        format!(
            "INSERT INTO timeline_entries (id, prospect_id, kind, occurred_at, recorded_at, actor_id, pinned_at) \
             SELECT {id}, t.id, {kind}, {now}, {now}, {actor}, NULL FROM prospects t WHERE t.id {these} RETURNING id"
        )
    });
    let written = tx.query_all_raw(entries).await?;
    let entries: Vec<Uuid> = written
        .iter()
        .map(|row| row.try_get_by_index(0))
        .collect::<std::result::Result<_, _>>()?;
    let words = Change {
        from: Some(from),
        to,
        ..Change::default()
    };
    let words = serde_json::to_value(words).map_err(Error::internal)?;
    let bodies = statement(&|sql| {
        let (words, these) = (sql.bind(words.clone()), sql.in_ids(entries.iter().copied()));
        format!("INSERT INTO entry_changes (id, data) SELECT e.id, {words} FROM timeline_entries e WHERE e.id {these}")
    });
    tx.execute_raw(bodies).await?;
    let prospects = statement(&|sql| {
        let valid_until = match to {
            Some(_) => format!("{} + CAST(validity_days AS BIGINT) * {MILLISECONDS_OF_A_DAY}", sql.bind(now)),
            None => "NULL".to_owned(),
        };
        let (to, now) = (sql.bind(to), sql.bind(now));
        let these = sql.in_ids(portion.iter().copied());
        format!(
            "UPDATE prospects SET owner_id = {to}, valid_until = {valid_until}, version = version + 1, updated_at = {now}, \
             last_activity_at = CASE WHEN last_activity_at < {now} THEN {now} ELSE last_activity_at END WHERE id {these}"
        )
    });
    tx.execute_raw(prospects).await?;
    Ok(())
}
