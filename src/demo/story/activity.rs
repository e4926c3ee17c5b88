//! Activities of salespeople besides changes of status: notes, interactions, and corrections of the record.

use super::Story;
use crate::demo::texts;
use crate::demo::timeframe::{DAY, HOUR, MINUTE};
use crate::demo::world::choose;
use crate::entities::records::interaction::{self, Direction, InteractionType, Outcome};
use crate::entities::records::timeline_entry::EntryKind;
use crate::entities::records::{note, note_version};
use crate::resolvers::records::timeline::{Change, FieldChange};

impl Story<'_> {
    pub(super) fn change_fields(&mut self, at: i64) {
        let actor = self.actor();
        let (field, choices, present) = if self.dice.percent(50) {
            ("segment", &self.world.segments, self.prospect.segment_id)
        } else {
            ("potentialLevel", &self.world.prospect_levels, self.prospect.potential_level_id)
        };
        let next = choose(&mut self.dice, choices).filter(|next| Some(next.id) != present);
        let Some(next) = next else {
            return self.write_note(at);
        };
        let before = choices
            .iter()
            .find(|(_, choice)| Some(choice.id) == present)
            .map(|(_, choice)| choice.name.clone());
        let changes = vec![FieldChange {
            field: field.to_owned(),
            before,
            after: Some(next.name.clone()),
            definition: None,
        }];
        match field {
            "segment" => self.prospect.segment_id = Some(next.id),
            _ => self.prospect.potential_level_id = Some(next.id),
        }
        self.change(
            EntryKind::FieldChange,
            at,
            actor,
            Change {
                changes,
                ..Default::default()
            },
        );
    }

    pub(super) fn write_note(&mut self, at: i64) {
        let actor = self.actor();
        let language = self.language();
        let body = texts::note(&mut self.dice, language);
        let id = self.entry(EntryKind::Note, at, at, Some(actor));
        let mut note = note::Model {
            id,
            body,
            edited_at: None,
            edited_by: None,
            version: 1,
        };
        if self.dice.percent(3) {
            let edited_at = (at + self.dice.between(MINUTE, 20 * HOUR)).min(self.world.timeframe.end);
            let body = texts::note(&mut self.dice, language);
            self.chunk.note_versions.push(note_version::Model {
                id: self.dice.id(edited_at),
                note_id: id,
                version: 1,
                body: std::mem::replace(&mut note.body, body),
                written_by: Some(actor),
                written_at: at,
            });
            note.edited_at = Some(edited_at);
            note.edited_by = Some(actor);
            note.version = 2;
        }
        self.chunk.notes.push(note);
    }

    pub(super) fn interact(&mut self, at: i64) {
        let actor = self.actor();
        let language = self.language();
        // What was done on the road is written down in the evening, and sometimes days later.
        let delay = *self.dice.weighted(&[(55, 0), (40, 45 * MINUTE), (4, 10 * HOUR), (1, 3 * DAY)]);
        let recorded_at = (at + self.dice.between(0, delay)).min(self.world.timeframe.end).max(at);
        let kind = *self.dice.weighted(&[
            (46, InteractionType::Call),
            (26, InteractionType::Email),
            (15, InteractionType::Chat),
            (8, InteractionType::Meeting),
            (5, InteractionType::Visit),
        ]);
        let direction = if self.dice.percent(70) {
            Direction::Outgoing
        } else {
            Direction::Incoming
        };
        let outcome = match (kind, direction) {
            (InteractionType::Call, Direction::Outgoing) => Some(*self.dice.weighted(&[
                (58, Outcome::Reached),
                (25, Outcome::NoAnswer),
                (13, Outcome::LeftMessage),
                (4, Outcome::WrongContact),
            ])),
            (InteractionType::Call | InteractionType::Meeting | InteractionType::Visit, _) => Some(Outcome::Reached),
            (InteractionType::Email | InteractionType::Chat, _) => None,
        };
        let duration_seconds = match kind {
            InteractionType::Call if outcome == Some(Outcome::Reached) => Some(self.dice.between(40, 1_500) as i32),
            InteractionType::Meeting | InteractionType::Visit => Some(self.dice.between(3, 18) as i32 * 300),
            InteractionType::Call | InteractionType::Email | InteractionType::Chat => None,
        };
        let has_body = matches!(outcome, None | Some(Outcome::Reached)) || self.dice.percent(20);
        let body = (has_body && self.dice.percent(85)).then(|| texts::talk(&mut self.dice, language));
        let id = self.entry(EntryKind::Interaction, at, recorded_at, Some(actor));
        self.chunk.interactions.push(interaction::Model {
            id,
            r#type: kind,
            direction,
            duration_seconds,
            outcome,
            body,
        });
        if direction == Direction::Outgoing {
            self.prospect.first_contact_at = Some(self.prospect.first_contact_at.map_or(at, |first| first.min(at)));
        }
    }
}
