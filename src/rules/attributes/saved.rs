//! Values that leave a record for a time, with what is needed to read them when the definitions have changed since.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use super::definition::refit::{Refit, refit};
use super::merge::Merged;
use super::{Choice, Definition, Definitions, Document, Value, is_key, value};
use crate::entities::setup::attribute_definition::{AttributeEntity, AttributeType};

/// The values of a record outside its table.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct SavedValues {
    #[serde(skip_serializing_if = "Document::is_empty")]
    attributes: Document,
    /// By key.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    attribute_forms: BTreeMap<String, Form>,
}

/// Form in which the values of an attribute are encoded.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Form {
    #[serde(rename = "type")]
    kind: AttributeType,
    is_multiple: bool,
    scale: i32,
    currency: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    choices: Vec<Choice>,
}

/// Saved values under the present definitions.
pub struct Restored {
    /// All values that fit, as changes.
    pub merged: Merged,
    pub misfits: Vec<Misfit>,
}

/// An attribute of which some or all saved values no longer fit.
pub struct Misfit {
    /// As it was when the values were saved.
    pub former: Definition,
    pub before: Vec<Value>,
    pub present: Arc<Definition>,
    pub after: Vec<Value>,
}

impl SavedValues {
    /// The values of a document that was written under these definitions.
    pub fn new(definitions: &Definitions, entity: AttributeEntity, document: Document) -> SavedValues {
        let has_value = |definition: &&Arc<Definition>| document.contains_key(definition.key());
        let forms = definitions.of(entity).iter().filter(has_value).map(|definition| {
            let form = Form {
                kind: definition.kind(),
                is_multiple: definition.row.is_multiple,
                scale: definition.row.scale,
                currency: definition.row.currency.clone(),
                choices: definition.choices.clone(),
            };
            (definition.key().to_owned(), form)
        });
        SavedValues {
            attribute_forms: forms.collect(),
            attributes: document,
        }
    }

    pub fn is_empty(&self) -> bool {
        self.attributes.is_empty()
    }

    /// Keys of the attributes with values.
    pub fn keys(&self) -> impl Iterator<Item = &str> {
        self.attributes.keys().map(String::as_str).filter(|key| is_key(key))
    }

    /// The encoded values of an attribute. None if none were saved.
    pub fn get(&self, key: &str) -> Option<&Json> {
        self.attributes.get(key)
    }

    /// The values of one attribute that fit its present definition.
    pub fn fitting(&self, definition: &Arc<Definition>, country: &str) -> Vec<Value> {
        let refit = self
            .get(definition.key())
            .map(|json| refit(&self.former(definition), definition, json, country));
        refit.map(|Refit { kept, .. }| kept).unwrap_or_default()
    }

    /// Takes over the values of one attribute, or that it has none.
    pub fn copy(&mut self, key: &str, from: &SavedValues) {
        match from.get(key) {
            Some(json) => self.attributes.insert(key.to_owned(), json.clone()),
            None => self.attributes.remove(key),
        };
        match from.attribute_forms.get(key) {
            Some(form) => self.attribute_forms.insert(key.to_owned(), form.clone()),
            None => self.attribute_forms.remove(key),
        };
    }

    /// The values under the present definitions, with the same conversions and losses as if they had been stored while these changed.
    pub fn restore(&self, definitions: &Definitions, entity: AttributeEntity, country: &str) -> Restored {
        let mut restored = Restored {
            merged: Merged::default(),
            misfits: Vec::new(),
        };
        for definition in definitions.of(entity) {
            let Some(json) = self.get(definition.key()) else { continue };
            let former = self.former(definition);
            let refit = refit(&former, definition, json, country);
            if !refit.lost.is_empty() {
                restored.misfits.push(Misfit {
                    before: value::decode(&former, json),
                    former,
                    present: definition.clone(),
                    after: refit.kept.clone(),
                });
            }
            restored.merged.set(definition, refit.kept, Vec::new());
        }
        restored
    }

    /// The definition in the form in which its values were saved.
    fn former(&self, definition: &Definition) -> Definition {
        let mut row = (*definition.row).clone();
        if let Some(form) = self.attribute_forms.get(definition.key()) {
            row.kind = form.kind;
            row.is_multiple = form.is_multiple;
            row.scale = form.scale;
            row.currency = form.currency.clone();
            row.choices = serde_json::to_value(&form.choices).unwrap_or_default();
        }
        Definition::new(Arc::new(row))
    }
}
