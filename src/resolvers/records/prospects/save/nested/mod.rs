//! The lists inside a prospect: what is added, changed and removed, worked out in memory before anything is written.

pub mod addresses;
pub mod contacts;
pub mod identifiers;
pub mod points;

use std::ops::RangeInclusive;

use sea_orm::sea_query::Expr;
use sea_orm::{ActiveModelBehavior, ActiveModelTrait, ColumnTrait, EntityTrait, IntoActiveModel, ModelTrait, QueryFilter};
use uuid::Uuid;

use super::draft::ListDraft;
use crate::app::catalogs::Catalogs;
use crate::db::Inserts;
use crate::error::{Problem, ProblemCode, Result};
use crate::ids;
use crate::resolvers::records::timeline::FieldChange;
use crate::rules::limits::{LINE_LENGTH, URL_LENGTH, optional_line, optional_text, required_line};
use crate::rules::patch::Patch;
use crate::rules::{attribution, profile};
use crate::tx::Tx;

/// A row of one of the lists.
pub trait Nested: ModelTrait + Clone + PartialEq {
    fn id(&self) -> Uuid;
    /// In words, all of it, for the history.
    fn describe(&self, catalogs: &Catalogs) -> String;
    fn deleted_at_column() -> <Self::Entity as EntityTrait>::Column;
    fn id_column() -> <Self::Entity as EntityTrait>::Column;
}

/// An id that the client chose for a new row, and its place in the input.
pub type Claim = (Uuid, Vec<String>);

/// Changes of one of the lists.
pub struct Changes<M> {
    pub field: &'static str,
    /// The list as it will be.
    pub rows: Vec<M>,
    pub added: Vec<M>,
    /// As it was and as it will be.
    pub changed: Vec<(M, M)>,
    pub removed: Vec<M>,
    /// Of added rows.
    pub claimed: Vec<Claim>,
    /// Positions in the input, by row.
    pub places: Vec<(Uuid, usize)>,
}

/// Problems found while a draft is checked.
pub struct Checks<'a> {
    pub problems: &'a mut Vec<Problem>,
    /// From the argument down to the value that is looked at.
    pub path: Vec<String>,
}

impl Checks<'_> {
    pub fn problem(&mut self, field: &str, code: ProblemCode, message: impl Into<String>) {
        let mut path = self.path.clone();
        if !field.is_empty() {
            path.push(field.to_owned());
        }
        self.problems.push(Problem {
            code,
            message: message.into(),
            path,
        });
    }

    /// Looks at an object inside of the present one.
    pub fn inside<T>(&mut self, field: &str, check: impl FnOnce(&mut Checks) -> T) -> T {
        let path = self.at(field);
        check(&mut Checks {
            problems: self.problems,
            path,
        })
    }

    /// Looks at the entry of a list.
    pub fn within<T>(&mut self, field: &str, index: usize, check: impl FnOnce(&mut Checks) -> T) -> T {
        let mut path = self.path.clone();
        path.push(field.to_owned());
        path.push(index.to_string());
        check(&mut Checks {
            problems: self.problems,
            path,
        })
    }

    /// A line of text that has to be there.
    pub fn required(&mut self, field: &str, patch: &Patch<String>, present: Option<&str>, most: usize) -> String {
        match (patch, present) {
            (Patch::Keep, Some(present)) => present.to_owned(),
            // What was stored before stays, also when it is sent again.
            (Patch::Set(text), Some(present)) if text.trim() == present => present.to_owned(),
            (Patch::Set(text), _) => {
                let path = self.at(field);
                required_line(text, most, &path.iter().map(String::as_str).collect::<Vec<_>>(), self.problems)
            }
            (Patch::Keep | Patch::Clear, _) => {
                self.problem(field, ProblemCode::Required, "must be given");
                String::new()
            }
        }
    }

    /// A text that may be absent; one line, unless it may be longer than a line.
    pub fn optional(&mut self, field: &str, patch: &Patch<String>, present: Option<&str>, most: usize) -> Option<String> {
        let check = if most > LINE_LENGTH { optional_text } else { optional_line };
        self.checked(field, patch, present, |text, path, problems| {
            check(Some(text), most, path, problems)
        })
    }

    /// A line of text that may be absent, however long it may be.
    pub fn optional_line(&mut self, field: &str, patch: &Patch<String>, present: Option<&str>, most: usize) -> Option<String> {
        self.checked(field, patch, present, |text, path, problems| {
            optional_line(Some(text), most, path, problems)
        })
    }

    /// An IP address, which may be absent. It is kept in canonical form.
    pub fn ip_address(&mut self, field: &str, patch: &Patch<String>, present: Option<&str>) -> Option<String> {
        self.checked(field, patch, present, |text, path, problems| {
            let address = attribution::ip_address(text);
            if address.is_none() && !text.trim().is_empty() {
                let message = "must be an IP address, such as 203.0.113.7 or 2001:db8::1";
                problems.push(Problem::new(ProblemCode::Invalid, path, message));
            }
            address
        })
    }

    /// What was stored before stays, also when it is sent again; what is new is checked.
    fn checked(
        &mut self,
        field: &str,
        patch: &Patch<String>,
        present: Option<&str>,
        check: impl FnOnce(&str, &[&str], &mut Vec<Problem>) -> Option<String>,
    ) -> Option<String> {
        match patch {
            Patch::Keep => present.map(str::to_owned),
            Patch::Clear => None,
            Patch::Set(text) if present == Some(text.trim()) => present.map(str::to_owned),
            Patch::Set(text) => {
                let path = self.at(field);
                let path: Vec<&str> = path.iter().map(String::as_str).collect();
                check(text, &path, self.problems)
            }
        }
    }

    /// The address of a web page, which may be absent. What was stored before stays, also when it is sent again.
    pub fn web_address(&mut self, field: &str, patch: &Patch<String>, present: Option<&str>) -> Option<String> {
        let address = self.optional(field, patch, present, URL_LENGTH);
        let is_refused = address.as_deref().is_some_and(|address| {
            let is_new = present != Some(address);
            is_new && address.chars().count() <= URL_LENGTH && profile::web_address(address).is_none()
        });
        if is_refused {
            let message = "must be the address of a web page, such as https://www.example.com/page";
            self.problem(field, ProblemCode::Invalid, message);
        }
        address
    }

    /// A number within a range.
    pub fn within_range(&mut self, field: &str, number: i32, range: &RangeInclusive<i32>) -> i32 {
        let path = self.at(field);
        let path: Vec<&str> = path.iter().map(String::as_str).collect();
        profile::within(number, range, &path, self.problems)
    }

    /// Addresses of web sites.
    pub fn websites(&mut self, field: &str, addresses: &[String]) -> Vec<String> {
        let path = self.at(field);
        let path: Vec<&str> = path.iter().map(String::as_str).collect();
        profile::websites(addresses, &path, self.problems)
    }

    /// The id of a new row: the client's own, or a new one.
    pub fn new_id(&mut self, wanted: Option<Uuid>) -> Uuid {
        match wanted {
            None => ids::new(),
            Some(id) => {
                if id.get_version_num() != 7 {
                    self.problem("id", ProblemCode::Invalid, "must be an id made of a UUIDv7");
                }
                id
            }
        }
    }

    pub fn at(&self, field: &str) -> Vec<String> {
        let mut path = self.path.clone();
        path.push(field.to_owned());
        path
    }
}

/// Kind of the merged list.
#[derive(Clone, Copy)]
pub struct List {
    /// The input field with entries to add or to change.
    pub field: &'static str,
    /// The input field with ids to remove.
    pub remove_field: &'static str,
    pub most: usize,
    /// Ids in the draft are the client's own for new rows.
    pub creating: bool,
}

/// Merges a draft into the present rows. `build` makes a row of an entry, given the row it changes if there is one and the position of a new one.
pub fn merge<M: Nested, D>(
    checks: &mut Checks,
    list: List,
    present: Vec<M>,
    draft: &ListDraft<D>,
    id_of: impl Fn(&D) -> Option<Uuid>,
    mut build: impl FnMut(&mut Checks, &D, Option<&M>, i32) -> M,
) -> Changes<M> {
    let List {
        field,
        remove_field,
        most,
        creating,
    } = list;
    let mut changes = Changes {
        field,
        rows: present,
        added: Vec::new(),
        changed: Vec::new(),
        removed: Vec::new(),
        claimed: Vec::new(),
        places: Vec::new(),
    };
    for (given, field) in [(draft.entries.len(), field), (draft.remove.len(), remove_field)] {
        if given > most {
            checks.problem(field, ProblemCode::Limit, format!("there may be at most {most}"));
        }
    }
    // What cannot fit is not looked at, however much there is of it.
    if draft.entries.len().max(draft.remove.len()) > most {
        return changes;
    }
    for (index, id) in draft.remove.iter().enumerate() {
        match changes.rows.iter().position(|row| row.id() == *id) {
            Some(place) => changes.removed.push(changes.rows.remove(place)),
            None => checks.within(remove_field, index, |checks| {
                checks.problem("", ProblemCode::NotFound, "there is no such entry")
            }),
        }
    }
    let mut next_position = i32::try_from(changes.rows.len() + changes.removed.len()).unwrap_or(i32::MAX);
    for (index, entry) in draft.entries.iter().enumerate() {
        checks.within(field, index, |checks| match id_of(entry).filter(|_| !creating) {
            Some(id) => match changes.rows.iter().position(|row| row.id() == id) {
                Some(place) => {
                    let row = build(checks, entry, Some(&changes.rows[place]), 0);
                    changes.places.push((id, index));
                    changes.change(place, row);
                }
                None => checks.problem("id", ProblemCode::NotFound, "there is no such entry"),
            },
            None => {
                let row = build(checks, entry, None, next_position);
                if id_of(entry).is_some() {
                    changes.claimed.push((row.id(), checks.at("id")));
                }
                changes.places.push((row.id(), index));
                next_position += 1;
                if changes.rows.iter().any(|other| other.id() == row.id()) {
                    checks.problem("id", ProblemCode::Taken, "this id is given twice");
                }
                changes.added.push(row.clone());
                changes.rows.push(row);
            }
        });
    }
    if changes.rows.len() > most {
        checks.problem(field, ProblemCode::Limit, format!("there may be at most {most}"));
    }
    changes
}

impl<M: Nested> Changes<M> {
    /// Replaces a row of the list, whether it was there before or has just been added.
    pub fn change(&mut self, place: usize, row: M) {
        let before = std::mem::replace(&mut self.rows[place], row.clone());
        if before == row {
            return;
        }
        if let Some(added) = self.added.iter_mut().find(|added| added.id() == row.id()) {
            *added = row;
        } else if let Some((_, after)) = self.changed.iter_mut().find(|(_, after)| after.id() == row.id()) {
            *after = row;
        } else {
            self.changed.push((before, row));
        }
    }

    /// A problem with a field of the row, at the entry of the input that it comes from.
    pub fn problem_with(&self, checks: &mut Checks, id: Uuid, field: &str, code: ProblemCode, message: impl Into<String>) {
        match self.places.iter().rfind(|(row, _)| *row == id) {
            Some((_, index)) => checks.within(self.field, *index, |checks| checks.problem(field, code, message)),
            None => checks.problem(self.field, code, message),
        }
    }

    /// The rows that come in, and those whose value changes.
    pub fn new_rows<'a>(&'a self, value: impl Fn(&M) -> &String + 'a) -> impl Iterator<Item = &'a M> {
        let changed = self.changed.iter().filter(move |(before, after)| value(before) != value(after));
        self.added.iter().chain(changed.map(|(_, after)| after))
    }

    /// Whether anything happens at all.
    pub fn is_change(&self) -> bool {
        !(self.added.is_empty() && self.changed.is_empty() && self.removed.is_empty())
    }

    /// In words, for the history.
    pub fn describe(&self, catalogs: &Catalogs, into: &mut Vec<FieldChange>) {
        let mut push = |before: Option<String>, after: Option<String>| {
            into.push(FieldChange {
                field: self.field.to_owned(),
                before,
                after,
                definition: None,
            })
        };
        self.removed.iter().for_each(|row| push(Some(row.describe(catalogs)), None));
        self.changed
            .iter()
            .for_each(|(before, after)| push(Some(before.describe(catalogs)), Some(after.describe(catalogs))));
        self.added.iter().for_each(|row| push(None, Some(row.describe(catalogs))));
    }

    /// Writes what is removed, which stays, marked, and what is changed. New rows are added to what is inserted.
    pub async fn write(mut self, tx: &Tx, now: i64, inserts: &mut Inserts) -> Result<()>
    where
        M: IntoActiveModel<<M::Entity as EntityTrait>::ActiveModel> + Send + Sync,
        <M::Entity as EntityTrait>::ActiveModel: ActiveModelBehavior + Send,
        M::Entity: EntityTrait<Model = M>,
    {
        if !self.removed.is_empty() {
            let ids: Vec<Uuid> = self.removed.iter().map(Nested::id).collect();
            let update = M::Entity::update_many()
                .col_expr(M::deleted_at_column(), Expr::val(now))
                .filter(M::id_column().is_in(ids));
            update.exec(tx).await?;
        }
        for (_, row) in self.changed {
            row.into_active_model().reset_all().update(tx).await?;
        }
        // Another transaction may be writing the same ids of the client's own: where all keep one order, they never wait in a circle.
        self.added.sort_by_key(Nested::id);
        inserts.add_list(&self.added);
        Ok(())
    }
}

/// Implements `Nested` for the rows of a table, given how they are put in words.
macro_rules! nested {
    ($entity:ident, |$row:ident| $describe:expr) => {
        $crate::resolvers::records::prospects::save::nested::nested!($entity, |$row, _catalogs| $describe);
    };
    ($entity:ident, |$row:ident, $catalogs:ident| $describe:expr) => {
        impl Nested for $entity::Model {
            fn id(&self) -> Uuid {
                self.id
            }

            fn describe(&self, $catalogs: &$crate::app::catalogs::Catalogs) -> String {
                let $row = self;
                $describe
            }

            fn deleted_at_column() -> $entity::Column {
                $entity::Column::DeletedAt
            }

            fn id_column() -> $entity::Column {
                $entity::Column::Id
            }
        }
    };
}
pub(crate) use nested;
