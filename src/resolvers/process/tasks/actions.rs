//! Actions on a planned task: update, assign, postpone, complete, cancel. Each adds a timeline entry.

use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter};
use uuid::Uuid;

use super::plan::{self, accepted, check_assignee, check_locked_assignee, check_type, event, open_cycle, read_rule};
use super::{Task, recurring, visible};
use crate::app::catalogs::Row;
use crate::cx::Cx;
use crate::db::Inserts;
use crate::entities::process::task::{self, TaskState};
use crate::entities::records::prospect;
use crate::entities::setup::attribute_definition::AttributeEntity;
use crate::error::{Error, Problem, ProblemCode, Result};
use crate::ids;
use crate::resolvers::idempotency::Replayable;
use crate::resolvers::records::attributes::{self, RecordAttributes, Target};
use crate::resolvers::records::journal::Journal;
use crate::resolvers::records::prospects;
use crate::resolvers::records::timeline::{self, Change, FieldChange, TaskAction};
use crate::rules::attributes::Document;
use crate::rules::attributes::merge::{AttributeDraft, InputFields, Merged, has_required};
use crate::rules::limits::{TEXT_LENGTH, check_version, due_at, optional_text};
use crate::rules::patch::Patch;
use crate::tx::Tx;
use crate::tx::locks::Locks;

/// Patch of a task.
#[derive(Clone, Debug, Default)]
pub struct TaskEdit {
    pub type_id: Patch<Uuid>,
    pub note: Patch<String>,
    pub repeat_rule: Patch<String>,
    pub attributes: Vec<AttributeDraft>,
}

/// A completed task, and the next one where it repeats.
#[derive(Clone, Debug)]
pub struct Completed {
    pub task: Task,
    pub next: Option<Task>,
}

impl Replayable for Completed {
    fn ids(&self) -> Vec<Uuid> {
        [self.task.id].into_iter().chain(self.next.as_ref().map(|next| next.id)).collect()
    }

    async fn read(cx: &Cx, ids: Vec<Uuid>) -> Result<Option<Self>> {
        let Some(task) = Task::read(cx, ids.clone()).await? else {
            return Ok(None);
        };
        let next = Task::read(cx, ids.into_iter().skip(1).collect()).await?;
        Ok(Some(Completed { task, next }))
    }
}

/// Edits what a task is about and how it repeats.
pub async fn update(cx: &Cx, id: Uuid, edit: &TaskEdit, expected_version: Option<i32>) -> Result<Task> {
    let catalogs = cx.catalogs();
    let found = find(cx, id).await?;
    let rule = read_rule(cx, cx.viewer()?, edit.repeat_rule.set().map(String::as_str), found.due_at).await?;
    let tx = cx.begin().await?;
    let (step, mut problems) = Step::begin(cx, &tx, &found, expected_version).await?;
    if rule.is_some() && step.task.due_at != found.due_at {
        return Err(came_between());
    }
    let mut after = step.task.clone();
    match edit.type_id {
        Patch::Keep => {}
        Patch::Clear => problems.push(Problem::new(ProblemCode::Required, &["input", "typeId"], "every task has a type")),
        Patch::Set(type_id) => {
            if type_id != after.type_id {
                check_type(&catalogs, type_id, &["input", "typeId"], &mut problems);
            }
            after.type_id = type_id;
        }
    }
    match &edit.note {
        Patch::Keep => {}
        Patch::Clear => after.note = None,
        Patch::Set(note) => after.note = optional_text(Some(note), TEXT_LENGTH, &["input", "note"], &mut problems),
    }
    if edit.repeat_rule == Patch::Clear {
        (after.repeat_rule, after.repeat_from, after.repeat_zone, after.occurs_at) = (None, None, None, None);
    }
    if let Some((rule, zone)) = rule.and_then(|rule| accepted(rule, &["input", "repeatRule"], &mut problems))
        && after.repeat_rule.as_ref() != Some(&rule)
    {
        (after.repeat_rule, after.repeat_zone) = (Some(rule), Some(zone));
        // A date that the task stood for already does not come again.
        after.occurs_at = Some(after.due_at.max(after.occurs_at.unwrap_or(after.due_at)));
        after.repeat_from = Some(after.due_at);
    }
    let attributes = [edited_attributes(cx, &tx, id, &edit.attributes, &mut problems).await?];
    attributes::check_references(cx, &tx, &attributes, &mut problems).await?;
    attributes::check_unique(cx, &tx, &attributes, &[], &mut problems).await?;
    refuse(problems)?;
    let mut rows = Inserts::default();
    attributes::write(&tx, &attributes, &mut rows).await?;
    rows.write(&tx).await?;
    attributes::write_documents(cx, &tx, &attributes).await?;
    let type_name = |id: Uuid| catalogs.task_types.get(id).map(|row| row.name().to_owned());
    let before = &step.task;
    let mut changes = vec![
        words("type", type_name(before.type_id), type_name(after.type_id)),
        words("note", before.note.clone(), after.note.clone()),
        words("repeatRule", before.repeat_rule.clone(), after.repeat_rule.clone()),
    ];
    let mut changed = Vec::new();
    attributes[0].describe(&catalogs, "", None, &mut changed);
    changes.extend(changed.into_iter().map(Some));
    step.change(tx, after, TaskAction::Updated, changes, None).await
}

/// The attributes of a task with those of an input; read only where it mentions any, or any are required.
async fn edited_attributes(cx: &Cx, tx: &Tx, id: Uuid, drafts: &[AttributeDraft], problems: &mut Vec<Problem>) -> Result<RecordAttributes> {
    let is_read = !drafts.is_empty() || has_required(&cx.catalogs().definitions, AttributeEntity::Task, cx.viewer()?);
    let present = match is_read {
        true => attributes::document_of(tx, AttributeEntity::Task, id).await?,
        false => Document::new(),
    };
    let target = Target {
        entity: AttributeEntity::Task,
        record_id: id,
        path: &["input".to_owned()],
        fields: InputFields::OF_RECORD,
        is_new: false,
        kind: None,
        status_id: None,
        hidden: attributes::hidden_references(cx, tx, AttributeEntity::Task, [&present], drafts).await?,
    };
    attributes::merge(cx, &target, present, drafts, problems)
}

/// Assigns a task to another user: the owner of the prospect or an administrator.
pub async fn assign(cx: &Cx, id: Uuid, assignee_id: Uuid, expected_version: Option<i32>) -> Result<Task> {
    let catalogs = cx.catalogs();
    let found = find(cx, id).await?;
    let tx = cx.begin_with(Locks::of([assignee_id])).await?;
    let (step, mut problems) = Step::begin(cx, &tx, &found, expected_version).await?;
    let path = ["input", "assigneeId"];
    check_assignee(&catalogs, &step.prospect, assignee_id, &path, &mut problems);
    check_locked_assignee(&tx, &step.prospect, Some(assignee_id), &path, &mut problems);
    refuse(problems)?;
    let after = task::Model {
        assignee_id: Some(assignee_id),
        ..step.task.clone()
    };
    let name = |id: Option<Uuid>| id.and_then(|id| catalogs.users.get(id)).map(|user| user.name.clone());
    let mut changes = Vec::new();
    if step.task.assignee_id != after.assignee_id {
        // Two people may have one name.
        changes.push(FieldChange {
            field: "assignee".to_owned(),
            before: name(step.task.assignee_id),
            after: name(after.assignee_id),
            definition: None,
        });
    }
    step.change(tx, after, TaskAction::Assigned, changes.into_iter().map(Some).collect(), None)
        .await
}

/// Puts a task off, or brings it forward. Of one that repeats this moves one occurrence; the series stays where it is.
pub async fn postpone(cx: &Cx, id: Uuid, due: i64, note: Option<&str>, expected_version: Option<i32>) -> Result<Task> {
    let found = find(cx, id).await?;
    let tx = cx.begin().await?;
    let (step, mut problems) = Step::begin(cx, &tx, &found, expected_version).await?;
    let due = due_at(due, &["input", "dueAt"], &mut problems);
    let note = optional_text(note, TEXT_LENGTH, &["input", "note"], &mut problems);
    refuse(problems)?;
    let after = task::Model {
        due_at: due,
        ..step.task.clone()
    };
    let time = |at: i64| chrono::DateTime::from_timestamp_millis(at).map(|at| at.to_rfc3339_opts(chrono::SecondsFormat::Millis, true));
    let changes = vec![words("dueAt", time(step.task.due_at), time(due))];
    step.change(tx, after, TaskAction::Postponed, changes, note).await
}

/// Completes a task. A recurring one is planned again for the next date of its series after both its own date in the series, independent of
/// its due time, and now.
pub async fn complete(cx: &Cx, id: Uuid, note: Option<&str>, expected_version: Option<i32>) -> Result<Completed> {
    let catalogs = cx.catalogs();
    let found = find(cx, id).await?;
    // A rule may take a while to follow, and on SQLite all who write would wait for it, were it done in the transaction.
    let next_due = next_due(&found, cx.now()).await?;
    let tx = cx.begin().await?;
    let (step, mut problems) = Step::begin(cx, &tx, &found, expected_version).await?;
    let note = optional_text(note, TEXT_LENGTH, &["input", "note"], &mut problems);
    refuse(problems)?;
    if series(&step.task) != series(&found) {
        return Err(came_between());
    }
    let now = step.journal.now;
    let done = task::Model {
        state: TaskState::Done,
        completed_at: Some(now),
        completed_by: step.journal.actor_id(),
        closing_note: note.clone(),
        ..step.task.clone()
    };
    let next = next_due.map(|due_at| task::Model {
        id: ids::new(),
        cycle_id: open_cycle(&catalogs, &step.prospect),
        due_at,
        occurs_at: Some(due_at),
        created_by: step.journal.actor_id(),
        version: 1,
        created_at: now,
        updated_at: now,
        ..step.task.clone()
    });
    let mut inserts = step.entry(&done, TaskAction::Completed, Change { note, ..Change::default() })?;
    if let Some(next) = &next {
        plan::add(&mut inserts, next, step.journal)?;
    }
    let attributes = match &next {
        Some(next) => copied_attributes(cx, &tx, id, next.id).await?,
        None => None,
    };
    attributes::write(&tx, attributes.as_slice(), &mut inserts).await?;
    let (task, tx) = step.write(tx, done, inserts).await?;
    attributes::write_documents(cx, &tx, attributes.as_slice()).await?;
    tx.commit_naming([id].into_iter().chain(next.as_ref().map(|next| next.id))).await?;
    Ok(Completed {
        task,
        next: next.map(Task::from),
    })
}

/// The attributes of the next task of a series: those of the task, without unique ones. None where there are none.
async fn copied_attributes(cx: &Cx, tx: &Tx, id: Uuid, next_id: Uuid) -> Result<Option<RecordAttributes>> {
    let catalogs = cx.catalogs();
    if catalogs.definitions.of(AttributeEntity::Task).is_empty() {
        return Ok(None);
    }
    let document = attributes::document_of(tx, AttributeEntity::Task, id).await?;
    Ok(Some(RecordAttributes {
        entity: AttributeEntity::Task,
        record_id: next_id,
        is_new: true,
        merged: Merged::copy(&catalogs.definitions, AttributeEntity::Task, &document),
        revision: catalogs.definitions_revision(),
    }))
}

/// Takes a task off the plan, and ends its series if it repeats.
pub async fn cancel(cx: &Cx, id: Uuid, note: Option<&str>, expected_version: Option<i32>) -> Result<Task> {
    let found = find(cx, id).await?;
    let tx = cx.begin().await?;
    let (step, mut problems) = Step::begin(cx, &tx, &found, expected_version).await?;
    let note = optional_text(note, TEXT_LENGTH, &["input", "note"], &mut problems);
    refuse(problems)?;
    let after = task::Model {
        state: TaskState::Cancelled,
        closing_note: note.clone(),
        ..step.task.clone()
    };
    let change = Change { note, ..Change::default() };
    let inserts = step.entry(&after, TaskAction::Cancelled, change)?;
    step.finish(tx, after, inserts).await
}

/// A planned task about to be changed, with its prospect locked.
struct Step {
    prospect: prospect::Model,
    task: task::Model,
    journal: Journal,
}

impl Step {
    /// Locks the prospect of the task and reads the task again under the lock; returns the reason that prevents any change.
    async fn begin(cx: &Cx, tx: &Tx, found: &task::Model, expected_version: Option<i32>) -> Result<(Step, Vec<Problem>)> {
        let viewer = cx.viewer()?;
        let prospect = prospects::lock(tx, viewer.scope(), found.prospect_id).await?;
        let task = task::Entity::find_by_id(found.id).one(tx).await?.ok_or(Error::NotFound)?;
        let mut problems = Vec::new();
        check_version(expected_version, task.version, &mut problems);
        if task.state != TaskState::Planned {
            problems.push(Problem::new(ProblemCode::State, &["id"], "the task is not planned any more"));
        }
        let step = Step {
            prospect,
            task,
            journal: Journal::of(cx)?,
        };
        Ok((step, problems))
    }

    /// The timeline entry of the action, to be inserted.
    fn entry(&self, task: &task::Model, action: TaskAction, change: Change) -> Result<Inserts> {
        let (entry, change) = event((task.id, task.prospect_id), action, self.journal, change);
        let mut inserts = Inserts::default();
        timeline::add(&mut inserts, entry, Some(change))?;
        Ok(inserts)
    }

    /// Writes what has changed; nothing where nothing has.
    async fn change(
        self,
        tx: Tx,
        after: task::Model,
        action: TaskAction,
        changes: Vec<Option<FieldChange>>,
        note: Option<String>,
    ) -> Result<Task> {
        let changes: Vec<FieldChange> = changes.into_iter().flatten().collect();
        if changes.is_empty() {
            return Ok(self.task.into());
        }
        let change = Change {
            changes,
            note,
            ..Change::default()
        };
        let inserts = self.entry(&after, action, change)?;
        self.finish(tx, after, inserts).await
    }

    /// Writes the task and commits.
    async fn finish(self, tx: Tx, after: task::Model, inserts: Inserts) -> Result<Task> {
        let (task, tx) = self.write(tx, after, inserts).await?;
        tx.commit_naming([task.id]).await?;
        Ok(task)
    }

    /// Writes the task; the transaction goes on.
    async fn write(self, tx: Tx, mut after: task::Model, inserts: Inserts) -> Result<(Task, Tx)> {
        after.version += 1;
        after.updated_at = self.journal.now;
        let after = after.into_active_model().reset_all().update(&tx).await?;
        inserts.write(&tx).await?;
        timeline::touch_activity(&tx, self.prospect.id, self.journal.now, None).await?;
        Ok((after.into(), tx))
    }
}

/// The task as the caller sees it, before the transaction that is going to change it.
async fn find(cx: &Cx, id: Uuid) -> Result<task::Model> {
    let query = visible(cx.scope()?).filter(task::Column::Id.eq(id));
    query.one(cx.db().reader()).await?.ok_or(Error::NotFound)
}

/// The series of a recurring task.
fn series(task: &task::Model) -> Option<(&str, i64, &str, i64)> {
    Some((
        task.repeat_rule.as_deref()?,
        task.repeat_from?,
        task.repeat_zone.as_deref()?,
        task.occurs_at?,
    ))
}

/// A computation before the transaction is outdated; the call is made again.
fn came_between() -> Error {
    Error::Conflict("another user changed this task at the same time; try again".to_owned())
}

/// The next due time of a recurring task. None: it does not repeat, or its series has ended.
async fn next_due(task: &task::Model, now: i64) -> Result<Option<i64>> {
    match series(task) {
        Some((rule, from, zone, occurs_at)) => recurring::next(rule, from, zone, occurs_at.max(now)).await,
        None => Ok(None),
    }
}

fn words(field: &str, before: Option<String>, after: Option<String>) -> Option<FieldChange> {
    (before != after).then(|| FieldChange {
        field: field.to_owned(),
        before,
        after,
        definition: None,
    })
}

fn refuse(problems: Vec<Problem>) -> Result<()> {
    if problems.is_empty() {
        Ok(())
    } else {
        Err(Error::Invalid(problems))
    }
}
