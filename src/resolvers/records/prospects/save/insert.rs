//! A new prospect with all that belongs to it: checked against the catalogues, then against what is stored, then inserted.

use uuid::Uuid;

use super::attributes::{Attributes, PresentAttributes};
use super::columns::{default_of, fields};
use super::contents::{Lists, Present};
use super::draft::ProspectDraft;
use super::nested::{Checks, Claim, identifiers};
use super::touches::first_touch;
use crate::cx::Cx;
use crate::db::Inserts;
use crate::entities::records::timeline_entry::EntryKind;
use crate::entities::records::touch::TouchPosition;
use crate::entities::records::{prospect, touch};
use crate::entities::setup::potential_level::LevelKind;
use crate::error::{Problem, Result};
use crate::ids;
use crate::resolvers::records::attributes::{self as values, RecordAttributes};
use crate::resolvers::records::duplicates;
use crate::resolvers::records::journal::Journal;
use crate::resolvers::records::timeline::{self, NewEntry};
use crate::rules::profile;
use crate::tx::Tx;

/// State of the sales process of a new prospect.
pub struct Begin {
    pub owner_id: Option<Uuid>,
    pub status_id: Uuid,
    pub cycle_id: Uuid,
    /// Time of the registration: now, or when the record was captured.
    pub created_at: i64,
    pub journal: Journal,
}

/// A new prospect, validated as far as possible in memory.
pub struct NewProspect {
    pub row: prospect::Model,
    lists: Lists,
    attributes: Attributes,
    first_touch: touch::Model,
    /// The id, where the client chose it.
    claim: Option<Claim>,
    journal: Journal,
}

impl NewProspect {
    /// Checks the draft. What is wrong with it is added to the problems.
    pub fn check(cx: &Cx, draft: &ProspectDraft, begin: Begin, problems: &mut Vec<Problem>) -> Result<NewProspect> {
        let viewer = cx.viewer()?;
        let catalogs = cx.catalogs();
        let journal = begin.journal;
        let mut checks = Checks {
            problems,
            path: vec!["input".to_owned()],
        };
        let id = checks.new_id(draft.id);
        let blank = prospect::Model {
            id,
            owner_id: begin.owner_id,
            channel_id: default_of(&catalogs.channels, |row| row.is_default)?,
            segment_id: default_of(&catalogs.segments, |row| row.is_default).ok(),
            potential_level_id: default_of(&catalogs.potential_levels, |row| {
                row.is_default && row.applies_to == LevelKind::Prospect
            })
            .ok(),
            source_id: default_of(&catalogs.sources, |row| row.is_default)?,
            status_id: begin.status_id,
            cycle_id: begin.cycle_id,
            is_notification_enabled: true,
            last_activity_at: begin.created_at,
            created_by: journal.actor_id(),
            version: 1,
            created_at: begin.created_at,
            recorded_at: (begin.created_at != journal.now).then_some(journal.now),
            updated_at: journal.now,
            ..prospect::Model::default()
        };
        let mut row = fields(&mut checks, viewer, &catalogs, &draft.values, blank, true);
        row.valid_until = begin
            .owner_id
            .and_then(|_| profile::valid_until(begin.created_at, row.validity_days));
        let lists = Lists::merge(&mut checks, cx, &catalogs, id, &Present::default(), draft, true);
        let attributes = Attributes::merge(&mut checks, cx, PresentAttributes::default(), draft, &row, &lists.contacts, true)?;
        let touch = draft.first_touch.clone().unwrap_or_default();
        let first_touch = first_touch(&mut checks, &catalogs, &touch, None, &mut row, journal.now);
        let claim = draft.id.map(|id| (id, checks.at("id")));
        Ok(NewProspect {
            row,
            lists,
            attributes,
            first_touch,
            claim,
            journal,
        })
    }

    /// Reports ids of the client's own that are in use.
    pub async fn check_claimed(&self, tx: &Tx, problems: &mut Vec<Problem>) -> Result<()> {
        let mut checks = Checks {
            problems,
            path: vec!["input".to_owned()],
        };
        self.lists.check_claimed(tx, self.claim.clone(), &mut checks).await
    }

    /// Reports references of attributes that are absent or invisible.
    pub async fn check_references(&self, cx: &Cx, tx: &Tx, problems: &mut Vec<Problem>) -> Result<()> {
        values::check_references(cx, tx, &self.attributes.records, problems).await
    }

    /// Reports document numbers and unique attributes that other prospects have, only if nothing else is wrong: the last of all checks.
    pub async fn check_taken(&self, cx: &Cx, tx: &Tx, problems: &mut Vec<Problem>) -> Result<()> {
        let mut checks = Checks {
            problems,
            path: vec!["input".to_owned()],
        };
        identifiers::check_taken(cx, tx, &mut checks, self.row.id, &self.lists.identifiers).await?;
        values::check_unique(cx, tx, &self.attributes.records, &[], checks.problems).await
    }

    /// Adds all rows to the inserts, with the entries about possible duplicates. Returns the attributes, whose documents are written after the
    /// rows.
    pub async fn insert(self, cx: &Cx, tx: &Tx, inserts: &mut Inserts) -> Result<Vec<RecordAttributes>> {
        let (row, journal) = (&self.row, self.journal);
        inserts.add(row);
        inserts.add(&self.first_touch);
        inserts.add(&touch::Model {
            id: ids::new(),
            place: TouchPosition::Last,
            ..self.first_touch
        });
        let entry = NewEntry {
            occurred_at: row.created_at,
            ..journal.entry(row.id, EntryKind::Created)
        };
        timeline::add(inserts, entry, None)?;
        inserts.add(&self.lists.search_document(row));
        duplicates::notify(cx, tx, journal, &self.lists.match_keys(), row.id, inserts).await?;
        values::write(tx, &self.attributes.records, inserts).await?;
        self.lists.write(tx, row.id, journal.now, inserts).await?;
        Ok(self.attributes.records)
    }
}
