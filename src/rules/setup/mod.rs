//! Rules of catalogues: new entries, edits, defaults, retirement and order, each decided on all rows of the catalogue.
//!
//! The functions change the given rows and report problems; the caller stores the rows only if there are none.

/// The fields of each catalogue.
pub mod entries;
/// Rules of types of document numbers.
pub mod identifier_types;
/// The texts of an entry.
pub mod texts;

use uuid::Uuid;

use crate::error::{Error, Problem, ProblemCode, Result};
use crate::rules::limits;
use crate::rules::patch::Patch;
use crate::text::fold;

/// Maximum number of entries of a catalogue, retired ones included.
pub const MOST_ENTRIES: usize = 500;

/// Maximum number of sectors of a zone, retired ones included.
pub const MOST_SECTORS: usize = 100;

/// A row of a catalogue.
pub trait Entry: Clone + PartialEq + Send + Sync {
    /// Fields that are set at creation and then fixed.
    type Origin: Clone + Send + Sync;
    /// Editable fields of this catalogue only.
    type Own: Clone + Default + Send + Sync;

    /// An entry that is in use and still lacks a name and a place.
    fn new(origin: Self::Origin, id: Uuid, now: i64) -> Self;

    fn shared(&self) -> Shared<'_>;

    fn shared_mut(&mut self) -> SharedMut<'_>;

    /// Edits what this catalogue alone has, and adds what is wrong with it.
    fn edit_own(&mut self, own: Self::Own, problems: &mut Vec<Problem>);

    /// Maximum number of entries that are ordered together, retired ones included.
    const MOST: usize = MOST_ENTRIES;

    /// The type of task that an edit refers to, for the caller to look up.
    fn task_type_of(_own: &Self::Own) -> Option<Uuid> {
        None
    }

    /// Whether the two need different names, and have one default between them.
    fn is_beside(&self, _other: &Self) -> bool {
        true
    }

    /// Whether the two are put in order together.
    fn is_in_line_with(&self, _other: &Self) -> bool {
        true
    }

    fn has(&self, mark: Mark) -> bool {
        mark == Mark::Default && self.shared().is_default
    }

    fn put(&mut self, mark: Mark, is_put: bool) {
        if mark == Mark::Default {
            *self.shared_mut().is_default = is_put;
        }
    }

    /// None: the entry may have any mark. Otherwise why not.
    fn refuses_marks(&self) -> Option<&'static str> {
        None
    }

    /// None: nothing in this catalogue alone keeps the entry from being retired. Otherwise what does.
    fn is_needed(&self, _rows: &[Self]) -> Option<&'static str> {
        None
    }
}

/// Role of exactly one entry in use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mark {
    /// It is chosen where nothing else is said.
    Default,
    /// Returning clients start in this status.
    Reentry,
}

/// Common fields of all rows of all catalogues.
#[derive(Clone, Copy)]
pub struct Shared<'a> {
    pub id: Uuid,
    pub name_norm: &'a str,
    pub position: i32,
    pub is_default: bool,
    pub retired_at: Option<i64>,
    pub version: i32,
}

/// The same to be edited.
pub struct SharedMut<'a> {
    pub name: &'a mut String,
    pub name_norm: &'a mut String,
    pub description: &'a mut Option<String>,
    pub position: &'a mut i32,
    pub is_default: &'a mut bool,
    pub retired_at: &'a mut Option<i64>,
    pub version: &'a mut i32,
    pub updated_at: &'a mut i64,
}

/// Patch of an entry.
#[derive(Clone, Debug, Default)]
pub struct Draft<O> {
    pub name: Patch<String>,
    pub description: Patch<String>,
    pub is_default: Patch<bool>,
    /// Of statuses alone.
    pub is_reentry: Patch<bool>,
    pub own: O,
}

impl Mark {
    const ALL: [Mark; 2] = [Mark::Default, Mark::Reentry];

    /// The name of its field in the input.
    fn field(self) -> &'static str {
        match self {
            Mark::Default => "isDefault",
            Mark::Reentry => "isReentry",
        }
    }
}

/// Adds an entry at the end.
pub fn create<M: Entry>(rows: &mut Vec<M>, id: Uuid, now: i64, origin: M::Origin, draft: Draft<M::Own>) -> Result<()> {
    let mut problems = Vec::new();
    let mut entry = M::new(origin, id, now);
    let line = || rows.iter().filter(|row| row.is_in_line_with(&entry));
    if line().count() >= M::MOST {
        problems.push(Problem::new(
            ProblemCode::Limit,
            &["input"],
            format!("there can be at most {} entries", M::MOST),
        ));
    }
    let position = line().map(|row| row.shared().position + 1).max().unwrap_or(0);
    *entry.shared_mut().position = position;
    let index = rows.len();
    rows.push(entry);
    let draft = Draft {
        // An entry has to have one.
        name: draft.name.set().cloned().map_or(Patch::Clear, Patch::Set),
        ..draft
    };
    edit(rows, index, draft, &mut problems);
    into_result(problems)
}

/// Edits an entry, in use or retired.
pub fn update<M: Entry>(rows: &mut [M], id: Uuid, draft: Draft<M::Own>, expected_version: Option<i32>) -> Result<()> {
    let index = find(rows, id)?;
    let mut problems = Vec::new();
    limits::check_version(expected_version, rows[index].shared().version, &mut problems);
    edit(rows, index, draft, &mut problems);
    into_result(problems)
}

/// Takes an entry out of use.
pub fn retire<M: Entry>(rows: &mut [M], id: Uuid, now: i64) -> Result<()> {
    let index = find(rows, id)?;
    let entry = &rows[index];
    if entry.shared().retired_at.is_some() {
        return Err(state("the entry is retired already"));
    }
    if entry.has(Mark::Default) {
        return Err(state("the default cannot be retired; make another one the default first"));
    }
    if entry.has(Mark::Reentry) {
        return Err(state("returning clients start in this status; choose another one for them first"));
    }
    if let Some(reason) = entry.is_needed(rows) {
        return Err(state(reason));
    }
    *rows[index].shared_mut().retired_at = Some(now);
    Ok(())
}

/// Puts a retired entry back into use.
pub fn restore<M: Entry>(rows: &mut [M], id: Uuid) -> Result<()> {
    let index = find(rows, id)?;
    let name_norm = rows[index].shared().name_norm.to_owned();
    if rows[index].shared().retired_at.is_none() {
        return Err(state("the entry is not retired"));
    }
    if is_taken(rows, index, &name_norm) {
        return Err(Error::problem(
            ProblemCode::Taken,
            &["id"],
            "an entry in use has this name; give one of the two another name first",
        ));
    }
    *rows[index].shared_mut().retired_at = None;
    Ok(())
}

/// Puts all entries in use into the order of the ids; the retired ones follow. Where a catalogue has several lines, the first id says
/// which of them is meant.
pub fn reorder<M: Entry>(rows: &mut [M], ids: &[Uuid]) -> Result<()> {
    let mut problems = Vec::new();
    let mut order: Vec<usize> = Vec::with_capacity(rows.len());
    // Above this number the list has duplicates or unknown ids, and one problem suffices.
    if ids.len() > M::MOST {
        return Err(Error::problem(
            ProblemCode::TooLong,
            &["input", "ids"],
            format!("there can be at most {} entries", M::MOST),
        ));
    }
    let first = rows.iter().find(|row| ids.first() == Some(&row.shared().id)).cloned();
    let is_meant = |row: &M| first.as_ref().is_none_or(|first| row.is_in_line_with(first));
    for (place, id) in ids.iter().enumerate() {
        let mut refuse = |code, message| problems.push(Problem::new(code, &["input", "ids", &place.to_string()], message));
        match rows.iter().position(|row| row.shared().id == *id) {
            None => refuse(ProblemCode::NotFound, "there is no such entry"),
            Some(index) if !is_meant(&rows[index]) => refuse(ProblemCode::Invalid, "the entry belongs elsewhere than the first one"),
            Some(index) if order.contains(&index) => refuse(ProblemCode::Invalid, "the entry is in the list already"),
            Some(index) if rows[index].shared().retired_at.is_some() => refuse(ProblemCode::State, "a retired entry has no place"),
            Some(index) => order.push(index),
        }
    }
    let in_use = rows.iter().filter(|row| row.shared().retired_at.is_none() && is_meant(row)).count();
    if order.len() < in_use {
        let message = format!(
            "all entries in use belong into the list; {} of {in_use} are missing",
            in_use - order.len()
        );
        problems.push(Problem::new(ProblemCode::Invalid, &["input", "ids"], message));
    }
    into_result(problems)?;
    let mut retired: Vec<usize> = (0..rows.len())
        .filter(|index| rows[*index].shared().retired_at.is_some() && is_meant(&rows[*index]))
        .collect();
    retired.sort_by_key(|index| rows[*index].shared().position);
    for (position, index) in (0..).zip(order.into_iter().chain(retired)) {
        *rows[index].shared_mut().position = position;
    }
    Ok(())
}

fn edit<M: Entry>(rows: &mut [M], index: usize, draft: Draft<M::Own>, problems: &mut Vec<Problem>) {
    let before = rows[index].clone();
    if let Some(name) = draft.name.changed() {
        let name = texts::name(name, problems);
        let shared = rows[index].shared_mut();
        (*shared.name_norm, *shared.name) = (fold(&name), name);
    }
    if let Some(description) = draft.description.changed() {
        *rows[index].shared_mut().description = texts::description(description, problems);
    }
    rows[index].edit_own(draft.own, problems);
    let is_moved = before.shared().name_norm != rows[index].shared().name_norm || !rows[index].is_beside(&before);
    if is_moved && rows[index].shared().retired_at.is_none() && is_taken(rows, index, rows[index].shared().name_norm) {
        problems.push(Problem::new(
            ProblemCode::Taken,
            &["input", "name"],
            "an entry in use has this name already",
        ));
    }
    for mark in Mark::ALL {
        let wanted = match mark {
            Mark::Default => draft.is_default.clone(),
            Mark::Reentry => draft.is_reentry.clone(),
        };
        if let Some(wanted) = wanted.changed()
            && let Err((code, message)) = give(rows, index, mark, wanted)
        {
            problems.push(Problem::new(code, &["input", mark.field()], message));
        }
    }
}

/// Moves the mark to the entry. It cannot be taken away, because then no entry would have it.
fn give<M: Entry>(rows: &mut [M], index: usize, mark: Mark, wanted: Option<bool>) -> std::result::Result<(), (ProblemCode, &'static str)> {
    let entry = &rows[index];
    match wanted {
        None => Err((ProblemCode::Required, "this is either true or false")),
        Some(false) if entry.has(mark) => Err((ProblemCode::State, "one entry has to be the one; set this on another entry instead")),
        Some(false) => Ok(()),
        Some(true) if entry.shared().retired_at.is_some() => Err((ProblemCode::State, "the entry is retired")),
        Some(true) => {
            if let Some(reason) = entry.refuses_marks() {
                return Err((ProblemCode::Invalid, reason));
            }
            let entry = entry.clone();
            for row in rows.iter_mut().filter(|row| row.is_beside(&entry)) {
                row.put(mark, row.shared().id == entry.shared().id);
            }
            Ok(())
        }
    }
}

/// Whether another entry in use has the name.
fn is_taken<M: Entry>(rows: &[M], index: usize, name_norm: &str) -> bool {
    let entry = &rows[index];
    rows.iter().enumerate().any(|(other, row)| {
        let shared = row.shared();
        other != index && shared.retired_at.is_none() && shared.name_norm == name_norm && row.is_beside(entry)
    })
}

fn find<M: Entry>(rows: &[M], id: Uuid) -> Result<usize> {
    rows.iter().position(|row| row.shared().id == id).ok_or(Error::NotFound)
}

fn state(message: &str) -> Error {
    Error::problem(ProblemCode::State, &["id"], message)
}

fn into_result(problems: Vec<Problem>) -> Result<()> {
    if problems.is_empty() {
        Ok(())
    } else {
        Err(Error::Invalid(problems))
    }
}

#[cfg(test)]
mod tests;
