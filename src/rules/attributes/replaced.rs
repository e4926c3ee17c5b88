//! Values of a record that a write has replaced, kept with those that it wrote instead, so that the write can be undone.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::merge::Merged;
use super::saved::SavedValues;
use super::value::{put, read};
use super::{Definitions, Document};
use crate::entities::setup::attribute_definition::AttributeEntity;

/// The values before and after a write, of the attributes that it changed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ReplacedValues {
    #[serde(skip_serializing_if = "SavedValues::is_empty")]
    before: SavedValues,
    #[serde(skip_serializing_if = "SavedValues::is_empty")]
    after: SavedValues,
}

impl ReplacedValues {
    /// The values that a merge under these definitions replaces.
    pub fn of(definitions: &Definitions, entity: AttributeEntity, merged: &Merged) -> ReplacedValues {
        let (mut before, mut after) = (Document::new(), Document::new());
        for changed in &merged.changed {
            put(&mut before, &changed.definition, Some(&changed.before));
            put(&mut after, &changed.definition, Some(&changed.after));
        }
        ReplacedValues {
            before: SavedValues::new(definitions, entity, before),
            after: SavedValues::new(definitions, entity, after),
        }
    }

    pub fn is_empty(&self) -> bool {
        self.before.is_empty() && self.after.is_empty()
    }

    /// Adds what a later write replaces, as if both were one. Values that were changed in between are those before.
    pub fn continue_with(&mut self, later: &ReplacedValues) {
        for key in later.keys() {
            if !self.has(key) || self.after.get(key) != later.before.get(key) {
                self.before.copy(key, &later.before);
            }
            self.after.copy(key, &later.after);
        }
    }

    /// The document with the former values in the place of those that the write left, and what changes by that. Both are taken under the present
    /// definitions: what no longer fits is left out. Values that were changed after the write stay.
    pub fn revert(&self, definitions: &Definitions, entity: AttributeEntity, present: Document, country: &str) -> Merged {
        let mut merged = Merged {
            document: present,
            changed: Vec::new(),
        };
        for definition in definitions.of(entity).iter().filter(|definition| self.has(definition.key())) {
            if read(definition, &merged.document) == self.after.fitting(definition, country) {
                merged.set(definition, self.before.fitting(definition, country), Vec::new());
            }
        }
        merged
    }

    fn keys(&self) -> BTreeSet<&str> {
        self.before.keys().chain(self.after.keys()).collect()
    }

    fn has(&self, key: &str) -> bool {
        self.before.get(key).is_some() || self.after.get(key).is_some()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use serde_json::{Value as Json, json};
    use uuid::Uuid;

    use super::*;
    use crate::entities::setup::attribute_definition::{AttributeType, Model};
    use crate::rules::attributes::Value;

    const CLIENT: AttributeEntity = AttributeEntity::Client;

    fn definitions(kind: AttributeType) -> Definitions {
        Definitions::new(&[Arc::new(Model::new(Uuid::nil(), CLIENT, "size", kind, 0))])
    }

    fn document(value: &Json) -> Document {
        json!({ "size": value }).as_object().expect("an object").clone()
    }

    /// A write that replaces one number by another.
    fn write(definitions: &Definitions, from: Option<i64>, to: i64) -> ReplacedValues {
        let present = from.map_or_else(Document::new, |from| document(&json!(from)));
        let mut merged = Merged {
            document: present,
            changed: Vec::new(),
        };
        merged.set(&definitions.of(CLIENT)[0].clone(), vec![Value::Number(to)], Vec::new());
        ReplacedValues::of(definitions, CLIENT, &merged)
    }

    fn reverted(replaced: &ReplacedValues, definitions: &Definitions, present: &Json) -> Option<Json> {
        let merged = replaced.revert(definitions, CLIENT, document(present), "VE");
        merged.document.get("size").cloned()
    }

    #[test]
    fn former_values_come_back_unless_they_were_changed_since() {
        let all = definitions(AttributeType::Integer);
        let replaced = write(&all, Some(1), 2);
        assert_eq!(reverted(&replaced, &all, &json!(2)), Some(json!(1)));
        assert_eq!(reverted(&replaced, &all, &json!(3)), Some(json!(3)));
        let added = write(&all, None, 2);
        assert_eq!(reverted(&added, &all, &json!(2)), None);
        let stored: ReplacedValues = serde_json::from_value(json!(replaced)).expect("it can be read");
        assert_eq!(stored, replaced);
    }

    #[test]
    fn former_values_are_those_of_the_present_type() {
        let replaced = write(&definitions(AttributeType::Integer), Some(1), 2);
        let texts = definitions(AttributeType::Text);
        assert_eq!(reverted(&replaced, &texts, &json!("2")), Some(json!("1")));
        // A number is no day: the value that was written is gone by now, and the former one does not fit either.
        let merged = replaced.revert(&definitions(AttributeType::Date), CLIENT, Document::new(), "VE");
        assert!(merged.changed.is_empty() && merged.document.is_empty());
    }

    #[test]
    fn two_writes_are_undone_as_one() {
        let all = definitions(AttributeType::Integer);
        let mut both = write(&all, Some(1), 2);
        both.continue_with(&write(&all, Some(2), 3));
        assert_eq!(both, write(&all, Some(1), 3));
        // A value that was saved in between is the one that comes back.
        let mut apart = write(&all, Some(1), 2);
        apart.continue_with(&write(&all, Some(5), 3));
        assert_eq!(apart, write(&all, Some(5), 3));
    }
}
