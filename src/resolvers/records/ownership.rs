//! Who is responsible for a prospect: changed by its owner or an administrator, kept as intervals.

use std::sync::Arc;

use sea_orm::sea_query::Expr;
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter};
use uuid::Uuid;

use super::prospects::{self, Prospect};
use super::tasks::follow;
use super::timeline::{self, Change, NewEntry};
use crate::auth::visibility;
use crate::catalogs::Row;
use crate::cx::Cx;
use crate::entities::records::owner_interval;
use crate::entities::records::timeline_entry::EntryKind;
use crate::error::{Error, Problem, ProblemCode, Result};
use crate::ids;
use crate::rules::limits::{TEXT_LENGTH, check_version, optional_text};

#[derive(Clone, Debug, Default)]
pub struct OwnerChange {
    /// None: nobody, for administrators alone.
    pub owner_id: Option<Uuid>,
    pub reason: Option<String>,
    pub expected_version: Option<i32>,
}

/// Gives the prospect to somebody else. The result is None where the caller no longer sees it.
pub async fn change(cx: &Cx, id: Uuid, change: OwnerChange) -> Result<Option<Prospect>> {
    let viewer = cx.viewer()?;
    let now = cx.now();
    let tx = cx.begin().await?;
    let mut prospect = prospects::lock(&tx, viewer.scope(), id).await?;
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
    if !problems.is_empty() {
        return Err(Error::Invalid(problems));
    }

    owner_interval::Entity::update_many()
        .col_expr(owner_interval::Column::ToAt, Expr::val(now))
        .filter(owner_interval::Column::ProspectId.eq(id))
        .filter(owner_interval::Column::ToAt.is_null())
        .exec(&tx)
        .await?;
    if let Some(owner_id) = change.owner_id {
        let interval = owner_interval::Model {
            id: ids::new(),
            prospect_id: id,
            owner_id,
            from_at: now,
            to_at: None,
            actor_id: Some(viewer.user_id),
            reason: reason.clone(),
        };
        owner_interval::Entity::insert(interval.into_active_model().reset_all())
            .exec_without_returning(&tx)
            .await?;
    }
    follow::follow_owner(&tx, id, prospect.owner_id, change.owner_id, now).await?;
    let entry = NewEntry {
        id: ids::new(),
        prospect_id: id,
        kind: EntryKind::OwnerChange,
        occurred_at: now,
        recorded_at: now,
        actor_id: Some(viewer.user_id),
    };
    let words = Change {
        from: prospect.owner_id,
        to: change.owner_id,
        reason,
        ..Default::default()
    };
    timeline::record(&tx, entry, Some(words)).await?;
    prospect.owner_id = change.owner_id;
    prospect.version += 1;
    prospect.updated_at = now;
    prospect.last_activity_at = prospect.last_activity_at.max(now);
    prospect.clone().into_active_model().reset_all().update(&tx).await?;
    tx.commit_naming([id]).await?;
    Ok(visibility::allows(viewer.scope(), &prospect).then(|| Arc::new(prospect)))
}
