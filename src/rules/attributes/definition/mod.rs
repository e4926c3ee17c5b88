//! Decisions about definitions: new ones, edits, retirement and order, each made on all definitions of the kind of record.
//!
//! A function returns the row to store, or all problems of the input together.

/// The rules of values, and the default.
mod content;
/// Values under a changed definition.
pub mod refit;
/// Scale, currency, flags and the wanted index.
mod shape;

use std::sync::Arc;

use chrono::NaiveDate;
use rust_decimal::Decimal;
use uuid::Uuid;

use super::{Choice, Definition, Given, MOST_DEFINITIONS, camel_case, is_key};
use crate::entities::records::prospect::ProspectKind;
use crate::entities::setup::attribute_definition::{AttributeEntity, AttributeType, AttributeVisibility, Model};
use crate::error::{Error, Problem, ProblemCode, Result};
use crate::rules::limits::{self, check_version};
use crate::rules::patch::Patch;
use crate::rules::setup::texts;

pub use content::validation_of;

/// Characters in a label, and in the heading of a group.
pub const LABEL_LENGTH: usize = 100;
/// Names that typed objects and inputs have besides the attributes, or may get.
const RESERVED: [&str; 7] = ["id", "attributes", "attribute", "custom", "and", "or", "not"];

/// Properties that are fixed at creation.
#[derive(Clone, Debug)]
pub struct Origin {
    pub entity: AttributeEntity,
    pub key: String,
    pub is_multiple: bool,
}

/// Rules of values as an input gives them, unscaled.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Validation {
    pub min: Option<Decimal>,
    pub max: Option<Decimal>,
    pub min_date: Option<NaiveDate>,
    pub max_date: Option<NaiveDate>,
    /// Milliseconds since 1970 in UTC.
    pub min_date_time: Option<i64>,
    pub max_date_time: Option<i64>,
    pub min_length: Option<i32>,
    pub max_length: Option<i32>,
    pub pattern: Option<String>,
    pub countries: Vec<String>,
}

/// Patch of a definition.
#[derive(Clone, Debug, Default)]
pub struct Draft {
    pub label: Patch<String>,
    pub description: Patch<String>,
    pub kind: Patch<AttributeType>,
    pub scale: Patch<i32>,
    pub currency: Patch<String>,
    pub choices: Patch<Vec<Choice>>,
    pub is_required: Patch<bool>,
    pub required_kinds: Patch<Vec<ProspectKind>>,
    pub required_statuses: Patch<Vec<Uuid>>,
    pub default: Patch<Given>,
    pub is_unique: Patch<bool>,
    pub is_searchable: Patch<bool>,
    pub is_indexed: Patch<bool>,
    pub visibility: Patch<AttributeVisibility>,
    pub group: Patch<String>,
    pub validation: Patch<Validation>,
}

/// Properties of the server and its other tables that a decision needs.
#[derive(Clone, Copy)]
pub struct Terms<'a> {
    /// Currency of amounts that name none.
    pub currency: &'a str,
    /// Country of phones without a country calling code.
    pub country: &'a str,
    /// All statuses, in use or retired.
    pub statuses: &'a [Uuid],
    /// Active users.
    pub users: &'a [Uuid],
    /// Whether a record has a value of the attribute. Only looked up where the currency may change.
    pub has_values: bool,
    pub now: i64,
}

/// A new definition, the last one of its kind of record.
pub fn create(rows: &[Model], id: Uuid, origin: &Origin, draft: &Draft, terms: Terms<'_>) -> Result<Model> {
    let mut problems = Vec::new();
    let beside = || rows.iter().filter(|row| row.entity == origin.entity);
    if beside().count() >= MOST_DEFINITIONS {
        let message = format!("there can be at most {MOST_DEFINITIONS} attributes of one kind of record");
        problems.push(Problem::new(ProblemCode::Limit, &["input"], message));
    }
    check_key(rows, origin, &mut problems);
    let kind = draft.kind.set().copied().unwrap_or(AttributeType::Text);
    if origin.is_multiple && !can_be_multiple(kind) {
        problems.push(invalid("isMultiple", "a boolean or a long text has a single value"));
    }
    let blank = Model {
        label: String::new(),
        is_multiple: origin.is_multiple,
        position: beside().map(|row| row.position + 1).max().unwrap_or(0),
        ..Model::new(id, origin.entity, &origin.key, kind, terms.now)
    };
    let draft = Draft {
        // A definition has to have one.
        label: draft.label.set().cloned().map_or(Patch::Clear, Patch::Set),
        ..draft.clone()
    };
    let row = edit(rows, None, blank, draft, terms, &mut problems);
    into_result(row, problems)
}

/// An edited definition, in use or retired.
pub fn update(rows: &[Model], id: Uuid, draft: &Draft, expected_version: Option<i32>, terms: Terms<'_>) -> Result<Model> {
    let before = find(rows, id)?;
    let mut problems = Vec::new();
    check_version(expected_version, before.version, &mut problems);
    let row = edit(rows, Some(before), before.clone(), draft.clone(), terms, &mut problems);
    into_result(row, problems)
}

/// A definition out of use. Its key stays taken.
pub fn retire(rows: &[Model], id: Uuid, now: i64) -> Result<Model> {
    let mut row = find(rows, id)?.clone();
    if row.retired_at.is_some() {
        return Err(Error::problem(ProblemCode::State, &["id"], "the attribute is retired already"));
    }
    row.retired_at = Some(now);
    shape::set_index_state(None, &mut row, false);
    Ok(row)
}

/// A retired definition back in use. Its index is built again.
pub fn restore(rows: &[Model], id: Uuid) -> Result<Model> {
    let mut row = find(rows, id)?.clone();
    if row.retired_at.is_none() {
        return Err(Error::problem(ProblemCode::State, &["id"], "the attribute is not retired"));
    }
    row.retired_at = None;
    shape::set_index_state(None, &mut row, false);
    Ok(row)
}

/// The definitions of a kind of record with the positions of the new order; the retired ones follow.
pub fn reorder(rows: &[Model], entity: AttributeEntity, ids: &[Uuid]) -> Result<Vec<Model>> {
    if ids.len() > MOST_DEFINITIONS {
        let message = format!("there can be at most {MOST_DEFINITIONS} attributes of one kind of record");
        return Err(Error::problem(ProblemCode::TooLong, &["input", "ids"], message));
    }
    let mut problems = Vec::new();
    let mut order: Vec<&Model> = Vec::with_capacity(rows.len());
    for (place, id) in ids.iter().enumerate() {
        let mut refuse = |code, message| problems.push(Problem::new(code, &["input", "ids", &place.to_string()], message));
        match rows.iter().find(|row| row.id == *id) {
            None => refuse(ProblemCode::NotFound, "there is no such attribute"),
            Some(row) if row.entity != entity => refuse(ProblemCode::Invalid, "the attribute belongs to another kind of record"),
            Some(row) if row.retired_at.is_some() => refuse(ProblemCode::State, "a retired attribute has no place"),
            Some(row) if order.iter().any(|listed| listed.id == row.id) => {
                refuse(ProblemCode::Invalid, "the attribute is in the list already");
            }
            Some(row) => order.push(row),
        }
    }
    let in_use = rows.iter().filter(|row| row.entity == entity && row.retired_at.is_none()).count();
    if order.len() < in_use {
        let message = format!(
            "all attributes in use belong into the list; {} of {in_use} are missing",
            in_use - order.len()
        );
        problems.push(Problem::new(ProblemCode::Invalid, &["input", "ids"], message));
    }
    let mut retired: Vec<&Model> = rows.iter().filter(|row| row.entity == entity && row.retired_at.is_some()).collect();
    retired.sort_by_key(|row| row.position);
    let ordered = (0..).zip(order.into_iter().chain(retired));
    let ordered = ordered.map(|(position, row)| Model { position, ..row.clone() }).collect();
    into_result(ordered, problems)
}

fn check_key(rows: &[Model], origin: &Origin, problems: &mut Vec<Problem>) {
    let key = &origin.key;
    let name = camel_case(key);
    let mut refuse = |code, message: String| problems.push(Problem::new(code, &["input", "key"], message));
    if !is_key(key) {
        refuse(
            ProblemCode::Invalid,
            "must be 1 to 40 lower-case letters, digits and `_`, beginning with a letter".to_owned(),
        );
    } else if RESERVED.contains(&&name[..]) {
        refuse(ProblemCode::Invalid, format!("`{name}` is reserved"));
    } else if let Some(other) = rows.iter().find(|row| row.entity == origin.entity && camel_case(&row.key) == name) {
        refuse(
            ProblemCode::Taken,
            format!("the attribute `{}` has this key, or the same one in camel case", other.key),
        );
    }
}

/// Applies the draft to the row; the problems of the whole are added.
fn edit(rows: &[Model], before: Option<&Model>, mut row: Model, draft: Draft, terms: Terms<'_>, problems: &mut Vec<Problem>) -> Model {
    if let Some(label) = draft.label.changed() {
        let label = label.unwrap_or_default();
        row.label = limits::required_line(&label, LABEL_LENGTH, &["input", "label"], problems);
    }
    if let Some(description) = draft.description.changed() {
        row.description = texts::description(description, problems);
    }
    if let Some(group) = draft.group.changed() {
        row.group_label = limits::optional_line(group.as_deref(), LABEL_LENGTH, &["input", "group"], problems);
    }
    match draft.kind.changed() {
        None => {}
        Some(None) => problems.push(Problem::new(
            ProblemCode::Required,
            &["input", "type"],
            "the attribute has to have a type",
        )),
        Some(Some(kind)) => row.kind = kind,
    }
    match draft.visibility.changed() {
        None => {}
        Some(None) => problems.push(Problem::new(
            ProblemCode::Required,
            &["input", "visibility"],
            "the attribute has to have a visibility",
        )),
        Some(Some(visibility)) => row.visibility = visibility,
    }
    shape::set_scale(before, &mut row, draft.scale, draft.currency, terms, problems);
    let is_recast = before.is_some_and(|before| is_recast(before, &row));
    if is_recast && row.is_multiple && !can_be_multiple(row.kind) {
        problems.push(invalid(
            "type",
            "the attribute is multiple, which a boolean or a long text cannot be",
        ));
    }
    if is_recast && before.is_some_and(shape::has_index) {
        let field = match row.kind {
            kind if before.is_some_and(|before| before.kind != kind) => "type",
            AttributeType::Money => "currency",
            _ => "scale",
        };
        problems.push(Problem::new(
            ProblemCode::State,
            &["input", field],
            "the attribute has an index of the present type; set `isIndexed` and `isUnique` to false first",
        ));
    }
    content::set_choices(before, &mut row, draft.choices, problems);
    let mut rules = content::rules_before(before, &row, &draft.validation, problems);
    if let Some(validation) = draft.validation.changed() {
        content::set_validation(&row, &mut rules, validation.unwrap_or_default(), problems);
    }
    content::set_required(
        &row,
        &mut rules,
        (draft.is_required, draft.required_kinds, draft.required_statuses),
        terms,
        problems,
    );
    let wants_index = !draft.is_indexed.is_keep() || !draft.is_unique.is_keep();
    for (flag, patch) in [
        (&mut row.is_unique, draft.is_unique),
        (&mut row.is_searchable, draft.is_searchable),
        (&mut row.is_indexed, draft.is_indexed),
    ] {
        if let Some(wanted) = patch.changed() {
            *flag = wanted.unwrap_or_default();
        }
    }
    shape::check_flags(&row, &rules, problems);
    shape::check_index_limit(rows, before, &row, problems);
    content::set_default(before, &mut row, rules, draft.default, terms, problems);
    shape::set_index_state(before, &mut row, wants_index);
    row
}

fn can_be_multiple(kind: AttributeType) -> bool {
    !matches!(kind, AttributeType::Boolean | AttributeType::LongText)
}

/// Whether the type or the scale changes, by which an index of the former definition does not fit any more.
pub fn is_recast(before: &Model, after: &Model) -> bool {
    before.kind != after.kind || before.scale != after.scale
}

/// Whether values are texts that users write.
pub fn is_text(kind: AttributeType) -> bool {
    matches!(
        kind,
        AttributeType::Text | AttributeType::LongText | AttributeType::Url | AttributeType::Email | AttributeType::Phone
    )
}

fn parsed(row: &Model) -> Definition {
    Definition::new(Arc::new(row.clone()))
}

fn find(rows: &[Model], id: Uuid) -> Result<&Model> {
    rows.iter().find(|row| row.id == id).ok_or(Error::NotFound)
}

fn invalid(field: &str, message: &str) -> Problem {
    Problem::new(ProblemCode::Invalid, &["input", field], message)
}

fn into_result<T>(value: T, problems: Vec<Problem>) -> Result<T> {
    if problems.is_empty() {
        Ok(value)
    } else {
        Err(Error::Invalid(problems))
    }
}

#[cfg(test)]
mod tests;
