//! The columns of the record itself: checked against the catalogues, and put in words where they change.

use uuid::Uuid;

use super::nested::Checks;
use crate::app::catalogs::{Catalogs, Row, Table};
use crate::auth::Viewer;
use crate::entities::records::prospect;
use crate::error::{Error, ProblemCode, Result};
use crate::resolvers::filter::ColumnType;
use crate::resolvers::records::prospects::columns::{Access, FIELDS, Field, InputValue, Values};
use crate::resolvers::records::timeline::FieldChange;
use crate::rules::patch::Patch;

/// The fields of the record with the values of an input.
pub(super) fn fields(
    checks: &mut Checks,
    viewer: &Viewer,
    catalogs: &Catalogs,
    values: &Values,
    before: prospect::Model,
    creating: bool,
) -> prospect::Model {
    let mut row = before;
    for field in FIELDS {
        let patch = match values.get(field) {
            // A new record has the default.
            Patch::Clear if creating && field.is_required() => &Patch::Keep,
            patch => patch,
        };
        if !patch.is_keep() && !field.column.permissions.write.allows(viewer) {
            checks.problem(field.input, ProblemCode::Forbidden, "only an administrator may set this");
            continue;
        }
        apply(checks, catalogs, field, patch, &mut row, creating);
    }
    row
}

/// Checks one value and sets it.
fn apply(checks: &mut Checks, catalogs: &Catalogs, field: &Field, patch: &Patch<InputValue>, row: &mut prospect::Model, creating: bool) {
    let is_required = field.is_required();
    match (&field.access, patch) {
        (Access::Text { get, set }, patch) => {
            let ColumnType::Text(_, most) = field.column.column_type else {
                return;
            };
            let present = get(row).filter(|_| !creating).map(str::to_owned);
            let patch = match patch {
                Patch::Keep => Patch::Keep,
                Patch::Set(InputValue::Text(text)) => Patch::Set(text.clone()),
                Patch::Clear | Patch::Set(_) => Patch::Clear,
            };
            let text = match is_required {
                true => Some(checks.required(field.input, &patch, present.as_deref(), most)),
                false => checks.optional(field.input, &patch, present.as_deref(), most),
            };
            set(row, text);
        }
        // Nothing but a choice and a text has to be given: the others have defaults.
        (Access::Choice { .. }, Patch::Keep) if creating && is_required => {
            checks.problem(field.input, ProblemCode::Required, "must be given");
        }
        (_, Patch::Keep) => {}
        (Access::Flag { .. }, Patch::Clear) => checks.problem(field.input, ProblemCode::Required, "this is either true or false"),
        (_, Patch::Clear) if is_required => checks.problem(field.input, ProblemCode::Required, "must be given"),
        (Access::Integer { set, .. }, Patch::Clear) => set(row, None),
        (Access::Entry { set, .. }, Patch::Clear) => set(row, None),
        (Access::Choice { set, .. }, Patch::Clear) => {
            set(row, None);
        }
        (Access::Websites, Patch::Clear) => row.websites = None,
        (Access::Integer { set, range, .. }, Patch::Set(InputValue::Integer(number))) => {
            set(row, Some(checks.within_range(field.input, *number, range)));
        }
        (Access::Flag { set, .. }, Patch::Set(InputValue::Flag(is))) => set(row, *is),
        (Access::Choice { set, .. }, Patch::Set(InputValue::Choice(value))) if set(row, Some(value)) => {}
        (Access::Entry { get, set, refuse }, Patch::Set(InputValue::Entry(id))) => {
            let is_present = get(row) == Some(*id) && !creating;
            match field.kind().and_then(|kind| catalogs.entry(kind, *id)) {
                None => checks.problem(field.input, ProblemCode::NotFound, "there is no such entry"),
                Some(entry) if entry.is_retired && !is_present => {
                    checks.problem(field.input, ProblemCode::State, "this entry is retired");
                }
                Some(_) => {}
            }
            if let Some(message) = refuse(catalogs, *id) {
                checks.problem(field.input, ProblemCode::Invalid, message);
            }
            set(row, Some(*id));
        }
        (Access::Websites, Patch::Set(InputValue::Texts(addresses))) => {
            row.websites = to_json(checks.websites(field.input, addresses));
        }
        (_, Patch::Set(_)) => checks.problem(field.input, ProblemCode::Invalid, "this is no value of the field"),
    }
}

/// The web sites of a prospect.
pub fn websites_of(row: &prospect::Model) -> impl Iterator<Item = &str> {
    let list = row.websites.as_ref().and_then(|list| list.as_array());
    list.into_iter().flatten().filter_map(|address| address.as_str())
}

/// None where there are none, so that most rows have nothing to be read.
fn to_json(addresses: Vec<String>) -> Option<serde_json::Value> {
    (!addresses.is_empty()).then(|| serde_json::Value::from(addresses))
}

/// The id of a catalogue's entry: it has to exist, and to be in use unless it is the present one.
pub(super) fn reference<M: Row>(
    checks: &mut Checks,
    field: &str,
    table: &Table<M>,
    patch: &Patch<Uuid>,
    present: Option<Uuid>,
) -> Option<Uuid> {
    match patch {
        Patch::Keep => present,
        Patch::Clear => None,
        Patch::Set(id) => {
            match table.get(*id) {
                None => checks.problem(field, ProblemCode::NotFound, "there is no such entry"),
                Some(row) if row.is_retired() && present != Some(*id) => checks.problem(field, ProblemCode::State, "this entry is retired"),
                Some(_) => {}
            }
            Some(*id)
        }
    }
}

pub(super) fn default_of<M: Row>(table: &Table<M>, is_default: impl Fn(&M) -> bool) -> Result<Uuid> {
    let default = table.all().iter().find(|row| is_default(row));
    default
        .map(|row| row.id())
        .ok_or_else(|| Error::internal("a catalogue has no default"))
}

/// The changed fields in words.
pub(super) fn described(catalogs: &Catalogs, before: &prospect::Model, after: &prospect::Model) -> Vec<FieldChange> {
    let mut changes = Vec::new();
    for field in FIELDS {
        push_change(
            &mut changes,
            field.label,
            field.words(catalogs, before),
            field.words(catalogs, after),
        );
    }
    changes
}

/// All of a list as one text; None where it is empty.
pub(super) fn joined<'a>(texts: impl Iterator<Item = &'a str>) -> Option<String> {
    let all: Vec<&str> = texts.collect();
    (!all.is_empty()).then(|| all.join(", "))
}

pub(super) fn push_change(changes: &mut Vec<FieldChange>, field: &str, before: Option<String>, after: Option<String>) {
    if before != after {
        changes.push(FieldChange {
            field: field.to_owned(),
            before,
            after,
            definition: None,
        });
    }
}

pub(super) fn name_in<M: Row>(table: &Table<M>, id: Option<Uuid>) -> Option<String> {
    table.get(id?).map(|row| row.name().to_owned())
}
