//! Saved reports: their names, their size, and what others may read of them.

use serde_json::Value as Json;

use crate::entities::setup::attribute_definition::AttributeEntity;
use crate::error::{Problem, ProblemCode};
use crate::rules::attributes::Definition;
use crate::rules::limits::{optional_text, required_line};

/// Characters in the name of a saved report or of a dashboard.
pub const NAME_LENGTH: usize = 100;
/// Characters in the description of a saved report.
pub const DESCRIPTION_LENGTH: usize = 1_000;
/// Bytes of a definition as JSON text.
pub const DEFINITION_BYTES: usize = 32 << 10;
/// Saved reports of one user.
pub const MOST_REPORTS: u64 = 500;

/// The name as it is stored.
pub fn name(name: &str, problems: &mut Vec<Problem>) -> String {
    required_line(name, NAME_LENGTH, &["input", "name"], problems)
}

/// The description as it is stored.
pub fn description(text: Option<&str>, problems: &mut Vec<Problem>) -> Option<String> {
    optional_text(text, DESCRIPTION_LENGTH, &["input", "description"], problems)
}

/// A problem if a definition is larger than one that is stored.
pub fn check_size(definition: &Json, path: &[&str], problems: &mut Vec<Problem>) {
    if definition.to_string().len() > DEFINITION_BYTES {
        let message = format!("a definition has at most {DEFINITION_BYTES} bytes");
        problems.push(Problem::new(ProblemCode::TooLong, path, message));
    }
}

/// Members of a definition behind which there are conditions on a kind of record, with that kind.
const RECORDS: [(&str, AttributeEntity); 6] = [
    ("prospectFilter", AttributeEntity::Prospect),
    ("prospect", AttributeEntity::Prospect),
    ("clientFilter", AttributeEntity::Client),
    ("contacts", AttributeEntity::Contact),
    ("taskFilter", AttributeEntity::Task),
    ("tasks", AttributeEntity::Task),
];

/// Whether a definition names one of these attributes: by its key, or by the name of its typed field. Kinds of records have keys of their
/// own, so each name is looked up for the kind of record that it stands for. `own` is the kind that the dataset is made of; None if that
/// is not known, or has no attributes: its attributes are then looked up for all kinds.
///
/// Only places of names count. A text that a filter compares with may be equal to a key by chance.
pub fn names_any(definition: &Json, own: Option<AttributeEntity>, hidden: &[&Definition]) -> bool {
    Search { own, hidden }.finds_in(definition, Some(AttributeEntity::Prospect))
}

/// The kind of record that the conditions behind a member of a definition are on. None: that of the conditions around it.
pub fn record_behind(member: &str) -> Option<AttributeEntity> {
    let found = RECORDS.iter().find(|(name, _)| *name == member);
    found.map(|(_, kind)| *kind)
}

/// Attributes that are looked for.
struct Search<'a> {
    own: Option<AttributeEntity>,
    hidden: &'a [&'a Definition],
}

impl Search<'_> {
    /// Whether a part of a definition names one of the attributes. The part is about the kind of record; None stands for any.
    fn finds_in(&self, part: &Json, record: Option<AttributeEntity>) -> bool {
        match part {
            Json::Object(members) => {
                let record = match members.get("attributeOf").and_then(Json::as_str) {
                    Some("OWN") => self.own,
                    _ => record,
                };
                members.iter().any(|(name, value)| match (name.as_str(), value) {
                    ("attributeKey" | "key", Json::String(key)) => self.hides(record, |definition| definition.key() == key),
                    ("custom", Json::Object(fields)) => {
                        let is_hidden = |field: &String| self.hides(record, |definition| definition.field_name() == *field);
                        fields.keys().any(is_hidden) || fields.values().any(|value| self.finds_in(value, record))
                    }
                    (name, value) => self.finds_in(value, record_behind(name).or(record)),
                })
            }
            Json::Array(items) => items.iter().any(|item| self.finds_in(item, record)),
            _ => false,
        }
    }

    fn hides(&self, record: Option<AttributeEntity>, is_named: impl Fn(&Definition) -> bool) -> bool {
        let mut hidden = self.hidden.iter().copied();
        hidden.any(|definition| record.is_none_or(|kind| definition.row.entity == kind) && is_named(definition))
    }
}
