//! Planning a task: its input, the check against the rules, and its rows.

use std::collections::HashSet;

use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};
use uuid::Uuid;

use super::{Task, recurring};
use crate::app::catalogs::{Catalogs, Row};
use crate::auth::{Role, Viewer};
use crate::cx::Cx;
use crate::db::Inserts;
use crate::entities::process::task::{self, TaskState};
use crate::entities::records::prospect;
use crate::entities::records::timeline_entry::EntryKind;
use crate::entities::setup::attribute_definition::AttributeEntity;
use crate::entities::setup::status::StatusCategory;
use crate::error::{Error, Problem, ProblemCode, Result};
use crate::ids;
use crate::resolvers::process::assignees::{self, Assignees};
use crate::resolvers::records::attributes::{self, RecordAttributes, Target};
use crate::resolvers::records::journal::Journal;
use crate::resolvers::records::prospects;
use crate::resolvers::records::timeline::notes::not_found_at;
use crate::resolvers::records::timeline::{self, Change, NewEntry, TaskAction, TaskEvent};
use crate::rules::attributes::Document;
use crate::rules::attributes::merge::{AttributeDraft, InputFields};
use crate::rules::limits::{TEXT_LENGTH, due_at, optional_text};
use crate::rules::recurrence;
use crate::tx::Tx;
use crate::tx::locks::Locks;

/// Maximum number of planned tasks of a prospect.
pub const MOST_PLANNED: usize = 200;

/// A task to be planned. Ids that were malformed are nil.
#[derive(Clone, Debug, Default)]
pub struct NewTask {
    pub id: Option<Uuid>,
    pub type_id: Uuid,
    /// None: the owner of the prospect, or the caller if there is none.
    pub assignee_id: Option<Uuid>,
    pub due_at: i64,
    pub note: Option<String>,
    pub repeat_rule: Option<String>,
    pub attributes: Vec<AttributeDraft>,
}

/// Plans a task for a prospect.
pub async fn create(cx: &Cx, prospect_id: Uuid, new: NewTask) -> Result<Task> {
    let viewer = cx.viewer()?;
    // A time out of range is reported below.
    let begins_at = due_at(new.due_at, &[], &mut Vec::new());
    let rule = read_rule(cx, viewer, new.repeat_rule.as_deref(), begins_at).await?;
    let tx = cx.begin_with(Locks::of(new.assignee_id)).await?;
    let prospect = prospects::lock(&tx, viewer.scope(), prospect_id)
        .await
        .map_err(|error| not_found_at(error, "prospectId"))?;
    let journal = Journal::of(cx)?;
    let mut problems = Vec::new();
    let (wanted, drafts) = (new.id, new.attributes.clone());
    let task = prepare(&cx.catalogs(), journal, &prospect, new, rule, &["input"], &mut problems);
    check_locked_assignee(&tx, &prospect, task.assignee_id, &["input", "assigneeId"], &mut problems);
    if wanted.is_some() && task::Entity::find_by_id(task.id).one(&tx).await?.is_some() {
        problems.push(Problem::new(ProblemCode::Taken, &["input", "id"], "this id is in use"));
    }
    let planned = task::Entity::find()
        .filter(task::Column::ProspectId.eq(prospect_id))
        .filter(task::Column::State.eq(TaskState::Planned))
        .count(&tx)
        .await?;
    if planned >= MOST_PLANNED as u64 {
        let message = format!("a prospect has at most {MOST_PLANNED} planned tasks");
        problems.push(Problem::new(ProblemCode::Limit, &["prospectId"], message));
    }
    let attributes = [new_attributes(cx, task.id, &drafts, &["input"], &mut problems)?];
    attributes::check_references(cx, &tx, &attributes, &mut problems).await?;
    attributes::check_unique(cx, &tx, &attributes, &[], &mut problems).await?;
    if !problems.is_empty() {
        return Err(Error::Invalid(problems));
    }
    let mut inserts = Inserts::default();
    add(&mut inserts, &task, journal)?;
    attributes::write(&tx, &attributes, &mut inserts).await?;
    inserts.write(&tx).await?;
    attributes::write_documents(cx, &tx, &attributes).await?;
    timeline::touch_activity(&tx, prospect_id, journal.now, None).await?;
    tx.commit_naming([task.id]).await?;
    Ok(task.into())
}

/// The attributes of a new task; what is wrong with them is added to the problems, below the path.
pub(in crate::resolvers) fn new_attributes(
    cx: &Cx,
    id: Uuid,
    drafts: &[AttributeDraft],
    path: &[&str],
    problems: &mut Vec<Problem>,
) -> Result<RecordAttributes> {
    let path: Vec<String> = path.iter().map(|part| (*part).to_owned()).collect();
    let target = Target {
        entity: AttributeEntity::Task,
        record_id: id,
        path: &path,
        fields: InputFields::OF_RECORD,
        is_new: true,
        kind: None,
        status_id: None,
        hidden: HashSet::new(),
    };
    attributes::merge(cx, &target, Document::new(), drafts, problems)
}

/// The row of a new task for a prospect; what is wrong with it is added to the problems, below the path.
pub(in crate::resolvers) fn prepare(
    catalogs: &Catalogs,
    journal: Journal,
    prospect: &prospect::Model,
    new: NewTask,
    rule: Option<Rule>,
    path: &[&str],
    problems: &mut Vec<Problem>,
) -> task::Model {
    let at = |field| [path, &[field]].concat();
    if new.id.is_some_and(|id| id.get_version_num() != 7) {
        let message = "must be an id of a task, made of a UUIDv7";
        problems.push(Problem::new(ProblemCode::Invalid, &at("id"), message));
    }
    check_type(catalogs, new.type_id, &at("typeId"), problems);
    let assignee_id = new.assignee_id.or(prospect.owner_id).or(journal.actor_id());
    if let Some(assignee_id) = new.assignee_id {
        check_assignee(catalogs, prospect, assignee_id, &at("assigneeId"), problems);
    }
    let due_at = due_at(new.due_at, &at("dueAt"), problems);
    let rule = rule.and_then(|rule| accepted(rule, &at("repeatRule"), problems));
    let (repeat_rule, repeat_zone) = rule.unzip();
    let planned_id = match new.id {
        Some(id) => id,
        None => ids::new(),
    };
    task::Model {
        id: planned_id,
        prospect_id: prospect.id,
        cycle_id: open_cycle(catalogs, prospect),
        type_id: new.type_id,
        assignee_id,
        due_at,
        note: optional_text(new.note.as_deref(), TEXT_LENGTH, &at("note"), problems),
        state: TaskState::Planned,
        completed_at: None,
        completed_by: None,
        closing_note: None,
        returns_with_cycle: false,
        repeat_from: repeat_rule.is_some().then_some(due_at),
        occurs_at: repeat_rule.is_some().then_some(due_at),
        repeat_zone,
        repeat_rule,
        created_by: journal.actor_id(),
        version: 1,
        created_at: journal.now,
        updated_at: journal.now,
    }
}

/// Adds the task and its timeline entry to the inserts.
pub(in crate::resolvers) fn add(inserts: &mut Inserts, task: &task::Model, journal: Journal) -> Result<()> {
    inserts.add(task);
    let about = (task.id, task.prospect_id);
    let (entry, change) = event(about, TaskAction::Created, journal, Change::default());
    timeline::add(inserts, entry, Some(change))
}

/// The timeline entry of a change of a task, by its id and that of its prospect.
pub(super) fn event((id, prospect_id): (Uuid, Uuid), action: TaskAction, journal: Journal, change: Change) -> (NewEntry, Change) {
    let entry = journal.entry(prospect_id, EntryKind::Task);
    let event = TaskEvent { id, action };
    (
        entry,
        Change {
            task: Some(event),
            ..change
        },
    )
}

/// A type that exists and is in use.
pub(super) fn check_type(catalogs: &Catalogs, type_id: Uuid, path: &[&str], problems: &mut Vec<Problem>) {
    match catalogs.task_types.get(type_id) {
        None => problems.push(Problem::new(ProblemCode::NotFound, path, "there is no such type of task")),
        Some(row) if row.is_retired() => problems.push(Problem::new(ProblemCode::State, path, "this type of task is retired")),
        Some(_) => {}
    }
}

/// Checks the assignee as locked by the transaction, unless it is the owner, who cannot change while the prospect is locked.
pub(super) fn check_locked_assignee(
    tx: &Tx,
    prospect: &prospect::Model,
    assignee_id: Option<Uuid>,
    path: &[&str],
    problems: &mut Vec<Problem>,
) {
    let other = assignee_id.filter(|assignee_id| prospect.owner_id != Some(*assignee_id));
    let assignees = Assignees {
        assignee: other.map(|assignee_id| (assignee_id, path)),
        ..Assignees::default()
    };
    assignees::check(tx, assignees, problems);
}

/// An active user who owns the prospect or is an administrator, by the cache: others could not see the task.
pub(super) fn check_assignee(
    catalogs: &Catalogs,
    prospect: &prospect::Model,
    assignee_id: Uuid,
    path: &[&str],
    problems: &mut Vec<Problem>,
) {
    match catalogs.users.get(assignee_id).filter(|user| !user.is_retired()) {
        None => problems.push(Problem::new(ProblemCode::NotFound, path, "there is no such active user")),
        Some(user) if user.role != Role::Admin && prospect.owner_id != Some(assignee_id) => {
            let message = "a task is for the owner of the prospect or an administrator";
            problems.push(Problem::new(ProblemCode::Invalid, path, message));
        }
        Some(_) => {}
    }
}

/// A rule as it is kept with the time zone that it is read in, or why it is refused.
pub(in crate::resolvers) type Rule = std::result::Result<(String, String), recurrence::Refusal>;

/// Reads a rule in the time zone of the caller. Evaluating one without dates takes a while, so it is done before a transaction begins.
pub(super) async fn read_rule(cx: &Cx, viewer: &Viewer, rule: Option<&str>, begins_at: i64) -> Result<Option<Rule>> {
    let Some(rule) = rule else { return Ok(None) };
    let catalogs = cx.catalogs();
    let user = catalogs.users.get(viewer.user_id);
    let zone = user.map_or_else(|| "UTC".to_owned(), |user| user.time_zone.clone());
    let rule = recurring::normalised(rule, begins_at, &zone).await?;
    Ok(Some(rule.map(|rule| (rule, zone))))
}

/// The rule, if it is one; otherwise what is wrong with it is added to the problems.
pub(super) fn accepted(rule: Rule, path: &[&str], problems: &mut Vec<Problem>) -> Option<(String, String)> {
    let refusal = match rule {
        Ok(rule) => return Some(rule),
        Err(refusal) => refusal,
    };
    let code = match refusal {
        recurrence::Refusal::TooLong => ProblemCode::TooLong,
        _ => ProblemCode::Invalid,
    };
    problems.push(Problem::new(code, path, refusal.message()));
    None
}

/// The cycle of the prospect, if it is open.
pub(super) fn open_cycle(catalogs: &Catalogs, prospect: &prospect::Model) -> Option<Uuid> {
    let status = catalogs.statuses.get(prospect.status_id)?;
    (status.category == StatusCategory::Open).then_some(prospect.cycle_id)
}
