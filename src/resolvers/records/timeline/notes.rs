//! Notes: written, edited with their earlier texts kept, pinned.

use sea_orm::{ActiveModelTrait, ConnectionTrait, EntityTrait, JoinType, QueryFilter, QuerySelect, Set};
use uuid::Uuid;

use super::{NewEntry, add, touch_activity};
use crate::auth::{Scope, Viewer, visibility};
use crate::cx::Cx;
use crate::db::Inserts;
use crate::db::sql::Sql;
use crate::entities::records::timeline_entry::EntryKind;
use crate::entities::records::{note, note_version, prospect, timeline_entry};
use crate::error::{Error, Problem, ProblemCode, Result};
use crate::ids;
use crate::resolvers::lists::page::{Direction, Key, Keyed, SortColumn};
use crate::resolvers::records::children::{Child, Parent};
use crate::resolvers::records::journal::Journal;
use crate::resolvers::records::prospects;
use crate::resolvers::records::rows::row;
use crate::rules::limits::{BODY_LENGTH, check_version, occurred_at, required_text};
use crate::tx::Tx;

/// Maximum number of edits of a note.
pub const MOST_VERSIONS: i32 = 100;

#[derive(Clone, Debug)]
pub struct NewNote {
    pub id: Option<Uuid>,
    pub body: String,
    pub occurred_at: Option<i64>,
}

row! {
    /// A text that a note had before.
    pub struct Version {
        id: Uuid,
        version: i32,
        body: String,
        written_by: Option<Uuid>,
        written_at: i64,
    }
}

impl Keyed for Version {
    fn key(&self, _: &SortColumn) -> Key {
        Key::Integer(self.version.into())
    }

    fn id(&self) -> Uuid {
        self.id
    }
}

impl Child for Version {
    type Filter = ();

    const TABLE: &'static str = "note_versions";
    const PARENT: Parent = Parent::NOTE;
    const SORTED_BY: SortColumn = SortColumn::integer("version");
    const DIRECTION: Direction = Direction::Ascending;

    fn conditions((): &(), _: &mut Sql) -> String {
        String::new()
    }
}

/// Writes a note; returns the id of its entry.
pub async fn create(cx: &Cx, prospect_id: Uuid, new: NewNote) -> Result<Uuid> {
    let viewer = cx.viewer()?;
    let tx = cx.begin().await?;
    prospects::lock(&tx, viewer.scope(), prospect_id)
        .await
        .map_err(|error| not_found_at(error, "prospectId"))?;
    let journal = Journal::of(cx)?;
    let mut problems = Vec::new();
    let body = required_text(&new.body, BODY_LENGTH, &["input", "body"], &mut problems);
    let occurred_at = occurred_at(new.occurred_at, journal.now, &mut problems);
    let id = new_entry_id(&tx, new.id, &mut problems).await?;
    if !problems.is_empty() {
        return Err(Error::Invalid(problems));
    }
    let entry = NewEntry {
        id,
        occurred_at,
        ..journal.entry(prospect_id, EntryKind::Note)
    };
    let mut inserts = Inserts::default();
    add(&mut inserts, entry, None)?;
    inserts.add(&note::Model {
        id,
        body,
        edited_at: None,
        edited_by: None,
        version: 1,
    });
    inserts.write(&tx).await?;
    touch_activity(&tx, prospect_id, occurred_at, None).await?;
    tx.commit_naming([id]).await?;
    Ok(id)
}

/// Gives a note another text and keeps the one it had; returns the prospect and the entry. For its author and administrators.
pub async fn update(cx: &Cx, id: Uuid, body: &str, expected_version: Option<i32>) -> Result<(Uuid, Uuid)> {
    let viewer = cx.viewer()?;
    let mut problems = Vec::new();
    let body = required_text(body, BODY_LENGTH, &["input", "body"], &mut problems);
    let tx = cx.begin().await?;
    let (entry, prospect) = visible_entry(&tx, viewer.scope(), id).await?;
    let Some(note) = note::Entity::find_by_id(id).one(&tx).await? else {
        return Err(Error::NotFound);
    };
    if !may_edit(viewer, &entry) {
        problems.push(Problem::new(
            ProblemCode::Forbidden,
            &["id"],
            "only its author or an administrator may edit a note",
        ));
    }
    check_version(expected_version, note.version, &mut problems);
    if note.version > MOST_VERSIONS {
        problems.push(Problem::new(
            ProblemCode::Limit,
            &["id"],
            format!("a note can be edited at most {MOST_VERSIONS} times"),
        ));
    }
    if !problems.is_empty() {
        return Err(Error::Invalid(problems));
    }
    if note.body != body {
        let earlier = note_version::ActiveModel {
            id: Set(ids::new()),
            note_id: Set(id),
            version: Set(note.version),
            body: Set(note.body),
            written_by: Set(note.edited_by.or(entry.actor_id)),
            written_at: Set(note.edited_at.unwrap_or(entry.recorded_at)),
        };
        note_version::Entity::insert(earlier).exec_without_returning(&tx).await?;
        note::ActiveModel {
            id: Set(id),
            body: Set(body),
            edited_at: Set(Some(cx.now())),
            edited_by: Set(Some(viewer.user_id)),
            version: Set(note.version + 1),
        }
        .update(&tx)
        .await?;
    }
    tx.commit_naming([prospect.id, id]).await?;
    Ok((prospect.id, id))
}

/// Only the author and administrators: the owner of the prospect may not change what another user wrote.
fn may_edit(viewer: &Viewer, entry: &timeline_entry::Model) -> bool {
    viewer.is_administrator() || entry.actor_id == Some(viewer.user_id)
}

/// Keeps an entry in view above the others, or lets it go; returns its prospect.
pub async fn set_pinned(cx: &Cx, id: Uuid, is_pinned: bool) -> Result<Uuid> {
    let viewer = cx.viewer()?;
    let tx = cx.begin().await?;
    let (entry, prospect) = visible_entry(&tx, viewer.scope(), id).await?;
    if entry.kind != EntryKind::Note {
        return Err(Error::NotFound);
    }
    if entry.pinned_at.is_some() != is_pinned {
        let pinned_at = is_pinned.then(|| cx.now());
        timeline_entry::ActiveModel {
            id: Set(id),
            pinned_at: Set(pinned_at),
            ..Default::default()
        }
        .update(&tx)
        .await?;
        tx.commit_naming([prospect.id]).await?;
    }
    Ok(prospect.id)
}

/// The id for a new entry: the client's own, or a new one.
pub(super) async fn new_entry_id(tx: &impl ConnectionTrait, wanted: Option<Uuid>, problems: &mut Vec<Problem>) -> Result<Uuid> {
    let Some(id) = wanted else { return Ok(ids::new()) };
    if id.get_version_num() != 7 {
        problems.push(Problem::new(
            ProblemCode::Invalid,
            &["input", "id"],
            "must be an id of an entry, made of a UUIDv7",
        ));
    } else if timeline_entry::Entity::find_by_id(id).one(tx).await?.is_some() {
        problems.push(Problem::new(ProblemCode::Taken, &["input", "id"], "this id is in use"));
    }
    Ok(id)
}

/// Says which argument named the prospect that is not there.
pub(in crate::resolvers) fn not_found_at(error: Error, argument: &str) -> Error {
    match error {
        Error::NotFound => Error::problem(ProblemCode::NotFound, &[argument], "there is no such prospect"),
        error => error,
    }
}

/// The entry and its prospect, which is locked.
async fn visible_entry(tx: &Tx, scope: Scope, id: Uuid) -> Result<(timeline_entry::Model, prospect::Model)> {
    let of = timeline_entry::Entity::belongs_to(prospect::Entity)
        .from(timeline_entry::Column::ProspectId)
        .to(prospect::Column::Id);
    let visible = timeline_entry::Entity::find_by_id(id)
        .join(JoinType::InnerJoin, of.into())
        .filter(visibility::condition(scope));
    let found = visible.one(tx).await?.ok_or(Error::NotFound)?;
    let prospect = prospects::lock(tx, scope, found.prospect_id).await?;
    // Read again under the lock.
    let entry = timeline_entry::Entity::find_by_id(id).one(tx).await?.ok_or(Error::NotFound)?;
    Ok((entry, prospect))
}
