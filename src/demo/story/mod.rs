//! The history of one invented prospect: how it went through the sales process, who owned it, and all that was said.

mod activity;
mod moves;
mod tasks;

use moves::{Move, new_cycle};
use serde_json::json;
use uuid::Uuid;

use crate::demo::agenda::Agenda;
use crate::demo::chunk::Chunk;
use crate::demo::dice::Dice;
use crate::demo::places::Country;
use crate::demo::texts;
use crate::demo::timeframe::{DAY, MINUTE};
use crate::demo::world::World;
use crate::entities::process::cycle::{self, CycleKind};
use crate::entities::process::{owner_interval, status_interval, task};
use crate::entities::records::timeline_entry::{self, EntryKind};
use crate::entities::records::{client, entry_change, prospect};
use crate::entities::setup::status::StatusCategory;
use crate::resolvers::records::timeline::Change;
use crate::rules::profile;
use crate::setup::Language;

/// A prospect while its timeline is generated; at the end its row agrees with the timeline.
pub struct Story<'a> {
    pub world: &'a World,
    pub chunk: &'a mut Chunk,
    pub dice: Dice,
    pub country: &'static Country,
    pub prospect: prospect::Model,
    cycle: cycle::Model,
    client: Option<client::Model>,
    status_interval: status_interval::Model,
    owner_interval: Option<owner_interval::Model>,
    /// The next task.
    planned: Option<task::Model>,
}

impl<'a> Story<'a> {
    /// The beginning: created, in the first status. The row's `status_id` and `cycle_id` are set here.
    pub fn begin(
        world: &'a World,
        chunk: &'a mut Chunk,
        mut dice: Dice,
        country: &'static Country,
        mut prospect: prospect::Model,
    ) -> Story<'a> {
        let at = prospect.created_at;
        let cycle = new_cycle(&mut dice, &prospect, CycleKind::New, &world.open[world.start], at);
        prospect.status_id = cycle.status_id;
        prospect.cycle_id = cycle.id;
        let status_interval = status_interval::Model {
            id: dice.id(at),
            prospect_id: prospect.id,
            cycle_id: cycle.id,
            status_id: cycle.status_id,
            from_at: at,
            to_at: None,
            actor_id: prospect.created_by,
            reason_id: None,
            note: None,
        };
        let owner_interval = prospect.owner_id.map(|owner_id| owner_interval::Model {
            id: dice.id(at),
            prospect_id: prospect.id,
            owner_id,
            from_at: at,
            to_at: None,
            actor_id: prospect.created_by,
            reason: None,
        });
        let mut story = Story {
            world,
            chunk,
            dice,
            country,
            prospect,
            cycle,
            client: None,
            status_interval,
            owner_interval,
            planned: None,
        };
        let actor = story.prospect.created_by;
        story.entry(EntryKind::Created, at, at, actor);
        story
    }

    /// Lets so many things happen.
    pub fn unfold(&mut self, count: u64) {
        let moves = self.plan_moves(count as usize);
        // When a cycle ends, its planned tasks get an entry: one is reserved for that.
        let ends = moves.iter().filter(|next| next.status.category != StatusCategory::Open).count() as u64;
        let has_tasks = count - moves.len() as u64 > ends;
        let kept_free = if has_tasks { ends } else { 0 };
        let count = count - kept_free;
        let handovers = if self.dice.percent(12) {
            self.dice.below(3).min(count - moves.len() as u64)
        } else {
            0
        };
        let mut steps: Vec<Option<Move<'a>>> = moves.into_iter().map(Some).collect();
        for _ in 0..handovers {
            let position = self.dice.below(steps.len() as u64 + 1) as usize;
            steps.insert(position, None);
        }
        let mut left_steps = steps.len() as u64;
        let mut steps = steps.into_iter();
        for (done, at) in self.times(count).into_iter().enumerate() {
            // Each place is as likely as any other to hold one of the steps, and all of them find one.
            if self.dice.below(count - done as u64) < left_steps {
                left_steps -= 1;
                match steps.next() {
                    Some(Some(next)) => {
                        if has_tasks && next.status.category != StatusCategory::Open && !self.cancel_task(at) {
                            self.write_note(at);
                        }
                        self.change_status(&next, at);
                    }
                    _ => self.change_owner(at),
                }
            } else if has_tasks && done as u64 + 1 == count {
                self.finish_tasks(at);
            } else {
                match self.dice.below(100) {
                    0..32 => self.write_note(at),
                    32..38 => self.change_fields(at),
                    38..52 if has_tasks => self.work_on_task(at),
                    _ => self.interact(at),
                }
            }
        }
    }

    /// The end: what stands open is written down. The row itself is left to the caller.
    pub fn end(mut self, agenda: &mut Agenda) -> (prospect::Model, &'a mut Chunk, Dice) {
        self.schedule_task(agenda);
        let Story {
            chunk,
            mut prospect,
            cycle,
            client,
            status_interval,
            owner_interval,
            planned,
            dice,
            ..
        } = self;
        let owned_since = owner_interval.as_ref().map(|interval| interval.from_at);
        prospect.valid_until = owned_since.and_then(|since| profile::valid_until(since, prospect.validity_days));
        chunk.cycles.push(cycle);
        chunk.clients.extend(client);
        chunk.status_intervals.push(status_interval);
        chunk.owner_intervals.extend(owner_interval);
        chunk.tasks.extend(planned);
        (prospect, chunk, dice)
    }

    pub fn language(&self) -> Language {
        self.world.language
    }

    /// Times of events after the creation: frequent at first, then less and less, and over years only with many entries.
    fn times(&mut self, count: u64) -> Vec<i64> {
        let days = match count {
            0..8 => self.dice.between(2, 45),
            8..26 => self.dice.between(10, 90),
            26..121 => self.dice.between(30, 150),
            _ => self.dice.between(200, 1_090),
        };
        let created_at = self.prospect.created_at;
        let timeframe = self.world.timeframe;
        let span = (days * DAY).min(timeframe.end - MINUTE - created_at).max(0) as f64;
        let mut times: Vec<i64> = (0..count)
            .map(|_| {
                let part = self.dice.below(1 << 32) as f64 / 4_294_967_296.0;
                let part = if self.dice.percent(50) { part * part } else { part };
                timeframe.within_hours(created_at + (span * part) as i64).max(created_at)
            })
            .collect();
        times.sort_unstable();
        let mut last = created_at;
        for time in &mut times {
            last = (*time).max(last + 1);
            *time = last;
        }
        times
    }

    /// The actor: mostly the owner.
    fn actor(&mut self) -> Uuid {
        match self.prospect.owner_id {
            Some(owner) if !self.dice.percent(3) => owner,
            _ => self.world.administrator,
        }
    }

    fn entry(&mut self, kind: EntryKind, occurred_at: i64, recorded_at: i64, actor_id: Option<Uuid>) -> Uuid {
        let id = self.dice.id(recorded_at);
        let is_pinned = kind == EntryKind::Note && self.dice.percent(1);
        self.chunk.entries.push(timeline_entry::Model {
            id,
            prospect_id: self.prospect.id,
            kind,
            occurred_at,
            recorded_at,
            actor_id,
            pinned_at: is_pinned.then_some(recorded_at),
        });
        self.prospect.last_activity_at = self.prospect.last_activity_at.max(occurred_at);
        id
    }

    fn change(&mut self, kind: EntryKind, at: i64, actor: Uuid, change: Change) {
        let id = self.entry(kind, at, at, Some(actor));
        self.chunk.changes.push(entry_change::Model { id, data: json!(change) });
        self.prospect.version += 1;
        self.prospect.updated_at = at;
    }

    /// Assigns the prospect to another user; without one, adds a note.
    fn change_owner(&mut self, at: i64) {
        let owner_id = self.world.salesperson(&mut self.dice);
        if self.prospect.owner_id == Some(owner_id) {
            return self.write_note(at);
        }
        let actor = self.actor();
        let language = self.language();
        let reason = self.dice.percent(60).then(|| texts::handover(&mut self.dice, language).to_owned());
        let change = Change {
            from: self.prospect.owner_id,
            to: Some(owner_id),
            reason: reason.clone(),
            ..Default::default()
        };
        let interval = owner_interval::Model {
            id: self.dice.id(at),
            prospect_id: self.prospect.id,
            owner_id,
            from_at: at,
            to_at: None,
            actor_id: Some(actor),
            reason,
        };
        if let Some(past) = self.owner_interval.replace(interval) {
            self.chunk.owner_intervals.push(owner_interval::Model { to_at: Some(at), ..past });
        }
        self.reassign_task(self.prospect.owner_id, owner_id, at);
        self.prospect.owner_id = Some(owner_id);
        self.change(EntryKind::OwnerChange, at, actor, change);
    }
}
