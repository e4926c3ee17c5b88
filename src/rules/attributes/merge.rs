//! Merges the attributes of an input into the document of a record: which values it has afterwards, and what is wrong with the input.

use std::collections::HashSet;
use std::sync::Arc;

use uuid::Uuid;

use super::value::{Terms, check, decode, put, read, scaled};
use super::{Definition, Definitions, Document, Given, GivenValues, Value};
use crate::auth::Viewer;
use crate::entities::records::prospect::ProspectKind;
use crate::entities::setup::attribute_definition::{AttributeEntity, AttributeType};
use crate::error::{Problem, ProblemCode};
use crate::rules::patch::Patch;

/// Maximum number of attributes in the input of one record.
pub const MOST_ENTRIES: usize = 500;

/// An attribute in the input of a record.
#[derive(Clone, Debug, PartialEq)]
pub struct AttributeDraft {
    pub key: String,
    pub value: Patch<Given>,
    pub place: Place,
}

/// Place of an attribute in the input of a record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// Entry of the list of keys and values.
    Listed(usize),
    /// Field of the typed input.
    Typed(String),
}

/// Names of the input fields that take the attributes of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InputFields {
    pub list: &'static str,
    pub typed: &'static str,
}

impl InputFields {
    /// In the input of the record itself.
    pub const OF_RECORD: InputFields = InputFields {
        list: "attributes",
        typed: "custom",
    };
    /// In the input of a win, for the client that it makes.
    pub const OF_CLIENT: InputFields = InputFields {
        list: "clientAttributes",
        typed: "clientCustom",
    };
}

impl AttributeDraft {
    /// Path of the value below the input of the record, such as `["attributes", "2", "value"]`.
    fn value_path(&self, fields: InputFields) -> Vec<String> {
        self.path(fields, "value")
    }

    /// Path of the key below the input of the record, such as `["attributes", "2", "key"]`.
    fn key_path(&self, fields: InputFields) -> Vec<String> {
        self.path(fields, "key")
    }

    fn path(&self, fields: InputFields, part: &str) -> Vec<String> {
        match &self.place {
            Place::Listed(index) => vec![fields.list.to_owned(), index.to_string(), part.to_owned()],
            Place::Typed(name) => vec![fields.typed.to_owned(), name.clone()],
        }
    }
}

/// The record whose attributes are merged.
pub struct Merge<'a> {
    pub definitions: &'a Definitions,
    pub entity: AttributeEntity,
    pub viewer: &'a Viewer,
    /// Country of phones without a country calling code.
    pub country: &'a str,
    /// Path of the input of the record.
    pub path: &'a [String],
    pub fields: InputFields,
    /// Kind of the prospect, for what is required of some kinds only. None for other records.
    pub kind: Option<ProspectKind>,
    /// Status that the prospect enters. None where it enters none.
    pub status_id: Option<Uuid>,
    /// A new record has the defaults.
    pub is_new: bool,
    pub is_active_user: &'a dyn Fn(Uuid) -> bool,
    /// Referenced prospects that the caller cannot see: for them these values are not there.
    pub hidden: &'a HashSet<Uuid>,
}

/// An attribute with other values than before.
#[derive(Clone, Debug)]
pub struct ChangedValue {
    pub definition: Arc<Definition>,
    pub before: Vec<Value>,
    /// None: it is cleared.
    pub after: Vec<Value>,
    /// Path of the value in the input.
    pub path: Vec<String>,
}

/// The values that a draft leaves.
struct NewValues {
    values: Vec<Value>,
    /// The former values that the caller sees, where the draft names another one. To the caller that one is new: it is refused like any other
    /// prospect that they cannot see.
    unseen_before: Option<Vec<Value>>,
}

impl NewValues {
    fn of(values: Vec<Value>) -> NewValues {
        NewValues {
            values,
            unseen_before: None,
        }
    }
}

/// The outcome of a merge.
#[derive(Clone, Debug, Default)]
pub struct Merged {
    pub document: Document,
    pub changed: Vec<ChangedValue>,
}

impl ChangedValue {
    /// The referenced records that were not referenced before.
    pub fn new_references(&self) -> impl Iterator<Item = Uuid> {
        let new = self.after.iter().filter(|value| !self.before.contains(value));
        new.filter_map(|value| match value {
            Value::Reference(id) => Some(*id),
            _ => None,
        })
    }
}

impl Merge<'_> {
    /// The document with the values of the input; what is wrong is added to the problems.
    pub fn merge(&self, present: Document, drafts: &[AttributeDraft], problems: &mut Vec<Problem>) -> Merged {
        let mut merged = Merged {
            document: present,
            changed: Vec::new(),
        };
        if drafts.len() > MOST_ENTRIES {
            let message = format!("there may be at most {MOST_ENTRIES} attributes");
            problems.push(self.problem(ProblemCode::Limit, &[self.fields.list.to_owned()], message));
            return merged;
        }
        let mut seen: HashSet<&str> = HashSet::new();
        let mut mentioned: HashSet<&str> = HashSet::new();
        // What is given and refused is not reported as missing as well.
        let mut refused: HashSet<&str> = HashSet::new();
        for draft in drafts {
            let Some(definition) = self.definitions.find(self.entity, &draft.key, self.viewer) else {
                problems.push(self.problem(ProblemCode::NotFound, &draft.key_path(self.fields), "there is no such attribute"));
                continue;
            };
            if !seen.insert(&draft.key) {
                problems.push(self.problem(ProblemCode::Invalid, &draft.key_path(self.fields), "this attribute is given twice"));
            } else if definition.is_retired() {
                problems.push(self.problem(ProblemCode::State, &draft.key_path(self.fields), "this attribute is retired"));
            } else if draft.value.is_keep() {
                continue;
            } else if let Some(new) = self.values(definition, draft, &merged.document, problems) {
                let path = [self.path, &draft.value_path(self.fields)[..]].concat();
                match new.unseen_before {
                    Some(before) => merged.replace(definition, before, new.values, path),
                    None => merged.set(definition, new.values, path),
                }
                mentioned.insert(&draft.key);
                continue;
            }
            mentioned.insert(&draft.key);
            refused.insert(&draft.key);
        }
        if self.is_new {
            self.add_defaults(&mentioned, &mut merged);
        }
        self.check_required(&mentioned, &refused, &merged.document, problems);
        merged
    }

    /// The values of a draft, and those that the caller does not see, which stay. None where something is wrong.
    fn values(
        &self,
        definition: &Definition,
        draft: &AttributeDraft,
        document: &Document,
        problems: &mut Vec<Problem>,
    ) -> Option<NewValues> {
        let present = read(definition, document);
        let (hidden, visible): (Vec<Value>, Vec<Value>) = present.iter().cloned().partition(|value| self.is_hidden(value));
        let Some(given) = draft.value.set() else {
            return Some(NewValues::of(hidden));
        };
        if given.is_list == definition.row.is_multiple && is_same(definition, given, &visible) {
            return Some(NewValues::of(present));
        }
        let path = [self.path, &draft.value_path(self.fields)[..]].concat();
        let path: Vec<&str> = path.iter().map(String::as_str).collect();
        let terms = Terms {
            country: self.country,
            present: document.get(definition.key()),
        };
        let before = problems.len();
        let values = check(definition, given, terms, &path, problems).unwrap_or_default();
        if definition.kind() == AttributeType::User {
            let is_unknown =
                |value: &Value| matches!(value, Value::Reference(id) if !(self.is_active_user)(*id)) && !present.contains(value);
            if values.iter().any(is_unknown) {
                problems.push(Problem::new(ProblemCode::NotFound, &path, "there is no such active user"));
            }
        }
        if problems.len() > before {
            return None;
        }
        let names_hidden = values.iter().any(|value| self.is_hidden(value));
        Some(NewValues {
            values: match definition.row.is_multiple {
                true => self.with_hidden(&present, values),
                false => values,
            },
            unseen_before: names_hidden.then_some(visible),
        })
    }

    /// New values in the places of those that the caller sees; the others keep theirs.
    fn with_hidden(&self, present: &[Value], values: Vec<Value>) -> Vec<Value> {
        let mut values = values.into_iter().filter(|value| !self.is_hidden(value));
        let mut all: Vec<Value> = Vec::new();
        for value in present {
            match self.is_hidden(value) {
                true => all.push(value.clone()),
                false => all.extend(values.next()),
            }
        }
        all.extend(values);
        all
    }

    fn is_hidden(&self, value: &Value) -> bool {
        matches!(value, Value::Reference(id) if self.hidden.contains(id))
    }

    fn add_defaults(&self, mentioned: &HashSet<&str>, merged: &mut Merged) {
        for definition in self.definitions.of(self.entity) {
            let Some(default) = &definition.rules.default else { continue };
            if definition.is_retired() || mentioned.contains(definition.key()) {
                continue;
            }
            let is_usable = |value: &Value| match value {
                Value::Reference(id) => (self.is_active_user)(*id),
                Value::Choice(key) => definition.choice(key).is_some_and(|choice| !choice.is_retired),
                _ => true,
            };
            let values = decode(definition, default).into_iter().filter(is_usable).collect();
            merged.set(definition, values, self.path_of(definition));
        }
    }

    /// A problem for each value that is missing. An attribute that the caller may not know of is not asked for. One that the input clears is missing
    /// where the caller sees none, whatever stays.
    fn check_required(&self, mentioned: &HashSet<&str>, refused: &HashSet<&str>, document: &Document, problems: &mut Vec<Problem>) {
        for definition in required(self.definitions, self.entity, self.viewer) {
            let required = &definition.rules.required;
            let is_required = required.always
                || self.kind.is_some_and(|kind| required.kinds.contains(&kind))
                || self.status_id.is_some_and(|id| required.statuses.contains(&id));
            let counts = |value: &Value| !(mentioned.contains(definition.key()) && self.is_hidden(value));
            if is_required && !refused.contains(definition.key()) && !read(definition, document).iter().any(counts) {
                problems.push(missing(self.path_of(definition)));
            }
        }
    }

    fn path_of(&self, definition: &Definition) -> Vec<String> {
        [self.path, &[self.fields.list.to_owned(), definition.key().to_owned()]].concat()
    }

    fn problem(&self, code: ProblemCode, path: &[String], message: impl Into<String>) -> Problem {
        Problem {
            code,
            message: message.into(),
            path: [self.path, path].concat(),
        }
    }
}

impl Merged {
    /// The attributes of a record for a copy of it: those in use and not unique, all of them as changes.
    pub fn copy(definitions: &Definitions, entity: AttributeEntity, document: &Document) -> Merged {
        let mut copy = Merged::default();
        let copied = definitions
            .of(entity)
            .iter()
            .filter(|definition| !definition.is_retired() && !definition.row.is_unique);
        for definition in copied {
            copy.set(definition, read(definition, document), Vec::new());
        }
        copy
    }

    /// Removes the values of an attribute again. None if it was not set.
    pub fn take_out(&mut self, definition_id: Uuid) -> Option<ChangedValue> {
        let place = self.changed.iter().position(|changed| changed.definition.id() == definition_id)?;
        let changed = self.changed.remove(place);
        put(&mut self.document, &changed.definition, None);
        Some(changed)
    }

    pub(super) fn set(&mut self, definition: &Arc<Definition>, after: Vec<Value>, path: Vec<String>) {
        let before = read(definition, &self.document);
        // Values that no longer fit the type are not read; they are replaced all the same.
        if before == after && (!after.is_empty() || !self.document.contains_key(definition.key())) {
            return;
        }
        self.replace(definition, before, after, path);
    }

    fn replace(&mut self, definition: &Arc<Definition>, before: Vec<Value>, after: Vec<Value>, path: Vec<String>) {
        put(&mut self.document, definition, Some(&after));
        self.changed.push(ChangedValue {
            definition: definition.clone(),
            before,
            after,
            path,
        });
    }
}

/// Whether a record of the kind may have to have a value whenever it is saved.
pub fn has_required(definitions: &Definitions, entity: AttributeEntity, viewer: &Viewer) -> bool {
    required(definitions, entity, viewer).any(|definition| definition.rules.required.always || !definition.rules.required.kinds.is_empty())
}

/// Whether entering a status requires any value.
pub fn is_required_by_status(definitions: &Definitions, status_id: Uuid, viewer: &Viewer) -> bool {
    required(definitions, AttributeEntity::Prospect, viewer).any(|definition| definition.rules.required.statuses.contains(&status_id))
}

/// A problem for each value that a prospect needs before it enters a status.
pub fn missing_for_status(definitions: &Definitions, status_id: Uuid, viewer: &Viewer, document: &Document) -> Vec<Problem> {
    required(definitions, AttributeEntity::Prospect, viewer)
        .filter(|definition| definition.rules.required.statuses.contains(&status_id) && read(definition, document).is_empty())
        .map(|definition| missing(vec!["input".to_owned(), "attributes".to_owned(), definition.key().to_owned()]))
        .collect()
}

fn missing(path: Vec<String>) -> Problem {
    Problem {
        code: ProblemCode::Required,
        message: "must be given".to_owned(),
        path,
    }
}

/// The attributes that may be required: those in use that the caller may know of.
fn required<'a>(definitions: &'a Definitions, entity: AttributeEntity, viewer: &'a Viewer) -> impl Iterator<Item = &'a Arc<Definition>> {
    let all = definitions.of(entity).iter();
    all.filter(|definition| !definition.is_retired() && definition.is_visible_to(viewer))
}

/// Whether the input has the values that the record has: they stay, also where they would be refused by now.
fn is_same(definition: &Definition, given: &Given, present: &[Value]) -> bool {
    let values: Option<Vec<Value>> = match &given.values {
        GivenValues::Texts(texts) => Some(texts.iter().map(|text| Value::Text(text.trim().to_owned())).collect()),
        GivenValues::Numbers(numbers) => {
            let scale = definition.row.scale;
            numbers
                .iter()
                .map(|number| scaled(*number, scale).ok().map(Value::Number))
                .collect()
        }
        GivenValues::Boolean(is) => Some(vec![Value::Boolean(*is)]),
        GivenValues::DateTimes(times) => Some(times.iter().map(|at| Value::DateTime(*at)).collect()),
        GivenValues::Choices(keys) => Some(keys.iter().map(|key| Value::Choice(key.clone())).collect()),
        GivenValues::Users(ids) | GivenValues::Prospects(ids) => Some(ids.iter().map(|id| Value::Reference(*id)).collect()),
        GivenValues::Dates(_) => None,
    };
    let is_kind = match given.values {
        GivenValues::Users(_) => definition.kind() == AttributeType::User,
        GivenValues::Prospects(_) => definition.kind() == AttributeType::Prospect,
        _ => true,
    };
    is_kind && !present.is_empty() && values.is_some_and(|values| values == present)
}

#[cfg(test)]
mod tests;
