//! Tasks of a prospect and their outcomes: one task at a time, in the open cycle.

use serde_json::json;
use uuid::Uuid;

use super::Story;
use crate::demo::agenda::Agenda;
use crate::demo::texts;
use crate::demo::timeframe::{DAY, HOUR};
use crate::demo::world::choose;
use crate::entities::process::task::{self, TaskState};
use crate::entities::records::entry_change;
use crate::entities::records::timeline_entry::EntryKind;
use crate::entities::setup::status::StatusCategory;
use crate::resolvers::records::timeline::{Change, FieldChange, TaskAction, TaskEvent};

/// A prospect of which nothing was heard for so long has nothing planned.
const ACTIVE: i64 = 180 * DAY;

impl Story<'_> {
    /// Acts on the planned task, or plans one; adds a note if nothing can be planned.
    pub(super) fn work_on_task(&mut self, at: i64) {
        match self.planned.take() {
            Some(task) if self.dice.percent(20) => self.postpone_task(task, at),
            Some(task) => self.complete_task(task, at),
            None => {
                let due_at = at + self.dice.between(HOUR, 12 * DAY);
                self.plan_task(at, due_at);
            }
        }
    }

    /// The last thing that happens: of most prospects that were active lately a task is left to be done, of the others none.
    pub(super) fn finish_tasks(&mut self, at: i64) {
        let is_active = self.world.timeframe.end - at < ACTIVE;
        match self.planned.take() {
            Some(task) if is_active => {
                self.planned = Some(task);
                self.interact(at);
            }
            Some(task) => self.complete_task(task, at),
            None if is_active && self.dice.percent(85) => self.plan_task(at, at + DAY),
            None => self.write_note(at),
        }
    }

    /// Says when the task that is left is due; if it was postponed, that is what it was postponed to.
    pub(super) fn schedule_task(&mut self, agenda: &mut Agenda) {
        let Some(task) = &mut self.planned else { return };
        let assignee = task.assignee_id.unwrap_or(self.world.administrator);
        task.due_at = agenda.due(&mut self.dice, assignee, task.updated_at);
        let (id, due_at) = (json!(task.id), time(task.due_at));
        let of_task = |row: &&mut entry_change::Model| row.data["task"]["id"] == id;
        if let Some(latest) = self.chunk.changes.iter_mut().rev().find(of_task)
            && let Some(after) = latest.data.pointer_mut("/changes/0/after")
        {
            *after = json!(due_at);
        }
    }

    /// The cycle is about to be closed: what is planned in it is cancelled. False: nothing was.
    pub(super) fn cancel_task(&mut self, at: i64) -> bool {
        let Some(task) = self.planned.take() else { return false };
        let actor = self.actor();
        let task = task::Model {
            state: TaskState::Cancelled,
            returns_with_cycle: true,
            version: task.version + 1,
            updated_at: at,
            ..task
        };
        self.record_event(&task, TaskAction::Cancelled, at, actor, Vec::new());
        self.chunk.tasks.push(task);
        true
    }

    /// The cycle is reopened, and tasks cancelled with it stay cancelled.
    pub(super) fn forget_tasks(&mut self) {
        let own = |task: &&mut task::Model| task.prospect_id == self.prospect.id;
        for task in self.chunk.tasks.iter_mut().rev().take_while(own) {
            task.returns_with_cycle = false;
        }
    }

    /// The task goes along when the owner changes.
    pub(super) fn reassign_task(&mut self, from: Option<Uuid>, to: Uuid, at: i64) {
        if let Some(task) = &mut self.planned
            && (task.assignee_id.is_none() || task.assignee_id == from)
        {
            task.assignee_id = Some(to);
            task.version += 1;
            task.updated_at = at;
        }
    }

    fn plan_task(&mut self, at: i64, due_at: i64) {
        let of_status = self.world.open.iter().find(|status| status.id == self.prospect.status_id);
        let of_status = of_status.and_then(|status| status.task_type_id);
        let chosen = if self.dice.percent(60) { of_status } else { None };
        let chosen = chosen.or_else(|| choose(&mut self.dice, &self.world.task_types).map(|choice| choice.id));
        let Some(type_id) = chosen.filter(|_| self.cycle.category == StatusCategory::Open) else {
            return self.write_note(at);
        };
        let actor = self.actor();
        let owner = self.prospect.owner_id.filter(|_| !self.dice.percent(3));
        let language = self.language();
        let note = self.dice.percent(40).then(|| texts::task_note(&mut self.dice, language).to_owned());
        let task = task::Model {
            id: self.dice.id(at),
            prospect_id: self.prospect.id,
            cycle_id: Some(self.cycle.id),
            type_id,
            assignee_id: Some(owner.unwrap_or(self.world.administrator)),
            due_at,
            note,
            state: TaskState::Planned,
            completed_at: None,
            completed_by: None,
            closing_note: None,
            returns_with_cycle: false,
            repeat_rule: None,
            repeat_from: None,
            occurs_at: None,
            repeat_zone: None,
            created_by: Some(actor),
            version: 1,
            created_at: at,
            updated_at: at,
        };
        self.record_event(&task, TaskAction::Created, at, actor, Vec::new());
        self.planned = Some(task);
    }

    fn complete_task(&mut self, task: task::Model, at: i64) {
        let actor = task.assignee_id.unwrap_or(self.world.administrator);
        let language = self.language();
        let closing_note = self.dice.percent(25).then(|| texts::result(&mut self.dice, language).to_owned());
        let task = task::Model {
            state: TaskState::Done,
            completed_at: Some(at),
            completed_by: Some(actor),
            closing_note,
            version: task.version + 1,
            updated_at: at,
            ..task
        };
        self.record_event(&task, TaskAction::Completed, at, actor, Vec::new());
        self.chunk.tasks.push(task);
    }

    fn postpone_task(&mut self, task: task::Model, at: i64) {
        let actor = self.actor();
        let due_at = task.due_at.max(at) + self.dice.between(DAY, 9 * DAY);
        let change = FieldChange {
            field: "dueAt".to_owned(),
            before: time(task.due_at),
            after: time(due_at),
            definition: None,
        };
        let task = task::Model {
            due_at,
            version: task.version + 1,
            updated_at: at,
            ..task
        };
        self.record_event(&task, TaskAction::Postponed, at, actor, vec![change]);
        self.planned = Some(task);
    }

    /// Adds the entry of the timeline.
    fn record_event(&mut self, task: &task::Model, action: TaskAction, at: i64, actor: Uuid, changes: Vec<FieldChange>) {
        let id = self.entry(EntryKind::Task, at, at, Some(actor));
        let change = Change {
            task: Some(TaskEvent { id: task.id, action }),
            changes,
            ..Change::default()
        };
        self.chunk.changes.push(entry_change::Model { id, data: json!(change) });
    }
}

/// Text of times in changes of fields.
fn time(at: i64) -> Option<String> {
    chrono::DateTime::from_timestamp_millis(at).map(|at| at.to_rfc3339_opts(chrono::SecondsFormat::Millis, true))
}
