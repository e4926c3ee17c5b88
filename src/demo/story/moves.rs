//! Path of a prospect through the sales process: to a win or a loss, and sometimes back to the start.

use serde_json::json;
use uuid::Uuid;

use super::Story;
use crate::demo::dice::Dice;
use crate::demo::texts;
use crate::demo::timeframe::DAY;
use crate::demo::world::choose;
use crate::entities::process::cycle::{self, CycleKind};
use crate::entities::process::status_interval;
use crate::entities::records::operation::{self, OperationKind};
use crate::entities::records::timeline_entry::EntryKind;
use crate::entities::records::{client, prospect};
use crate::entities::setup::reason;
use crate::entities::setup::status::{self, StatusCategory};
use crate::resolvers::process::conversion::{CycleState, Win};
use crate::resolvers::records::timeline::Change;
use crate::rules::attributes::replaced::ReplacedValues;
use crate::rules::process::ReopenKind;

/// A change of status to come.
pub(super) struct Move<'a> {
    pub(super) status: &'a status::Model,
    reopen_as: Option<ReopenKind>,
}

impl<'a> Story<'a> {
    /// The paths through the statuses, with a maximum number of changes.
    pub(super) fn plan_moves(&mut self, limit: usize) -> Vec<Move<'a>> {
        let mut moves = Vec::new();
        let is_young = self.world.timeframe.end - self.prospect.created_at < 45 * DAY;
        let mut goal = *self.dice.weighted(if is_young {
            &[
                (80, StatusCategory::Open),
                (4, StatusCategory::Won),
                (4, StatusCategory::Lost),
                (12, StatusCategory::Discarded),
            ]
        } else {
            &[
                (30, StatusCategory::Open),
                (24, StatusCategory::Won),
                (22, StatusCategory::Lost),
                (24, StatusCategory::Discarded),
            ]
        });
        let mut position = self.world.start;
        loop {
            let mut way = self.way(position, goal);
            // With too few entries for the whole path, only its end is recorded.
            way.drain(..way.len().saturating_sub(limit - moves.len()));
            moves.extend(way.into_iter().map(|status| Move { status, reopen_as: None }));
            let reached = moves.last().map_or(StatusCategory::Open, |last| last.status.category);
            if limit - moves.len() < 2 {
                return moves;
            }
            let reopen_as = match reached {
                StatusCategory::Won if self.dice.percent(24) => *self.dice.weighted(&[
                    (4, ReopenKind::Returning),
                    (2, ReopenKind::CrossSell),
                    (2, ReopenKind::Upsell),
                    (3, ReopenKind::Renewal),
                ]),
                StatusCategory::Lost | StatusCategory::Discarded if self.dice.percent(6) => ReopenKind::Reconsidered,
                _ => return moves,
            };
            position = match reopen_as.new_cycle() {
                Some(_) => self.world.reentry,
                None => self.dice.below(self.world.open.len() as u64) as usize,
            };
            moves.push(Move {
                status: &self.world.open[position],
                reopen_as: Some(reopen_as),
            });
            goal = *self
                .dice
                .weighted(&[(35, StatusCategory::Open), (45, StatusCategory::Won), (20, StatusCategory::Lost)]);
        }
    }

    /// Statuses on the path from an open one to a category; empty if there is none.
    fn way(&mut self, from: usize, goal: StatusCategory) -> Vec<&'a status::Model> {
        let world = self.world;
        let later = &world.open[from + 1..];
        let (until, chance, ends) = match goal {
            StatusCategory::Open => (self.dice.below(later.len() as u64 + 1) as usize, 85, &[][..]),
            StatusCategory::Won => (later.len(), 75, &world.won[..]),
            StatusCategory::Lost => (later.len(), 60, &world.lost[..]),
            StatusCategory::Discarded => (later.len().min(1), 45, &world.discarded[..]),
        };
        let has_reason = match goal {
            StatusCategory::Lost => !world.lost_reasons.is_empty(),
            StatusCategory::Discarded => !world.discard_reasons.is_empty(),
            StatusCategory::Open | StatusCategory::Won => true,
        };
        let mut way: Vec<&status::Model> = later[..until].iter().filter(|_| self.dice.percent(chance)).collect();
        if !ends.is_empty() && has_reason {
            way.push(self.dice.pick(ends));
        }
        way
    }

    pub(super) fn change_status(&mut self, next: &Move<'a>, at: i64) {
        let actor = self.actor();
        let language = self.language();
        let reason = self.reason(next.status.category).cloned();
        let explains = next.reopen_as.is_some() || reason.as_ref().is_some_and(|reason| reason.requires_note || self.dice.percent(15));
        let note = explains.then(|| texts::explanation(&mut self.dice, language).to_owned());
        let reason_id = reason.map(|reason| reason.id);
        let before = match next.reopen_as.and_then(ReopenKind::new_cycle) {
            Some(kind) => {
                let cycle = new_cycle(&mut self.dice, &self.prospect, kind, next.status, at);
                self.chunk.cycles.push(std::mem::replace(&mut self.cycle, cycle));
                None
            }
            None => Some(self.cycle.clone()),
        };
        if before.is_some() {
            if next.reopen_as.is_some() {
                self.forget_tasks();
            }
            self.cycle.status_id = next.status.id;
            self.cycle.category = next.status.category;
            self.cycle.closed_at = (next.status.category != StatusCategory::Open).then_some(at);
            self.cycle.reason_id = reason_id;
            self.cycle.reason_note = reason_id.and(note.clone());
            self.cycle.version += 1;
            self.cycle.updated_at = at;
        }
        self.estimate();
        if next.status.category == StatusCategory::Won {
            self.convert(before.as_ref(), at, actor);
        }
        let interval = status_interval::Model {
            id: self.dice.id(at),
            cycle_id: self.cycle.id,
            status_id: next.status.id,
            from_at: at,
            actor_id: Some(actor),
            reason_id,
            note: note.clone(),
            ..self.status_interval.clone()
        };
        let past = std::mem::replace(&mut self.status_interval, interval);
        let change = Change {
            from: Some(past.status_id),
            to: Some(next.status.id),
            reason: reason_id.map(|id| id.to_string()),
            note,
            reopen_as: next.reopen_as.map(|reopen| reopen.name().to_owned()),
            ..Change::default()
        };
        self.chunk.status_intervals.push(status_interval::Model { to_at: Some(at), ..past });
        self.prospect.status_id = next.status.id;
        self.prospect.cycle_id = self.cycle.id;
        self.change(EntryKind::StatusChange, at, actor, change);
    }

    fn convert(&mut self, before: Option<&cycle::Model>, at: i64, actor: Uuid) {
        let win = Win {
            cycle_id: self.cycle.id,
            before: before.map(|cycle| CycleState {
                status_id: cycle.status_id,
                category: cycle.category,
                closed_at: cycle.closed_at,
                reason_id: cycle.reason_id,
                reason_note: cycle.reason_note.clone(),
            }),
            replaced_level: None,
            replaced_values: ReplacedValues::default(),
        };
        self.chunk.operations.push(operation::Model {
            id: self.dice.id(at),
            prospect_id: self.prospect.id,
            kind: OperationKind::Convert,
            actor_id: Some(actor),
            at,
            undone_at: None,
            data: json!(win),
        });
        if self.client.is_none() {
            self.prospect.client_since = Some(at);
            self.client = Some(client::Model {
                id: self.prospect.id,
                since: at,
                potential_level_id: choose(&mut self.dice, &self.world.client_levels).map(|level| level.id),
                converted_by: Some(actor),
                version: 1,
                updated_at: at,
            });
        }
    }

    /// Sets the value of the sale, as soon as it must be known.
    fn estimate(&mut self) {
        let likely = match self.cycle.category {
            StatusCategory::Won => 100,
            StatusCategory::Open => 50,
            StatusCategory::Lost => 40,
            StatusCategory::Discarded => 0,
        };
        if self.cycle.amount_minor.is_none() && self.dice.percent(likely) {
            let dollars = self.dice.between(20, 100) * *self.dice.weighted(&[(4, 5), (4, 25), (2, 100), (1, 600)]);
            self.cycle.amount_minor = Some(dollars * self.country.minor_units_per_dollar);
            self.cycle.amount_currency = Some(self.country.currency.to_owned());
        }
    }

    fn reason(&mut self, category: StatusCategory) -> Option<&'a reason::Model> {
        match category {
            StatusCategory::Lost => Some(self.dice.weighted(&self.world.lost_reasons)),
            StatusCategory::Discarded => Some(self.dice.weighted(&self.world.discard_reasons)),
            StatusCategory::Open | StatusCategory::Won => None,
        }
    }
}

pub(super) fn new_cycle(dice: &mut Dice, prospect: &prospect::Model, kind: CycleKind, status: &status::Model, at: i64) -> cycle::Model {
    cycle::Model {
        id: dice.id(at),
        prospect_id: prospect.id,
        kind,
        status_id: status.id,
        category: status.category,
        amount_minor: None,
        amount_currency: None,
        opened_at: at,
        closed_at: None,
        reason_id: None,
        reason_note: None,
        version: 1,
        updated_at: at,
    }
}
