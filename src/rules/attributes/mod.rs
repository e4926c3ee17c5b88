//! Custom attributes: what a definition means, and which values it accepts. Everything that reads or writes values goes through this.

/// Decisions about definitions.
pub mod definition;
/// Indexes that are made at run time.
pub mod index;
/// Inputs merged into documents.
pub mod merge;
/// Values that a write has replaced.
pub mod replaced;
/// Values outside their records.
pub mod saved;
/// Values that are texts.
mod texts;
/// Values: checked, encoded for the database, and read back.
pub mod value;

use std::collections::HashMap;
use std::sync::Arc;

use regex::Regex;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::auth::{Permissions, Viewer};
use crate::entities::records::prospect::ProspectKind;
use crate::entities::setup::attribute_definition::{self, AttributeEntity, AttributeType, AttributeVisibility};
use crate::rules::money::Currency;
use crate::text::pattern;

pub use value::{Document, Given, GivenValues, Value};

/// Maximum number of definitions of one kind of record, retired ones included.
pub const MOST_DEFINITIONS: usize = 500;
/// Maximum number of choices of a definition, retired ones included.
pub const MOST_CHOICES: usize = 200;
/// Maximum number of values of a multiple attribute on one record.
pub const MOST_VALUES: usize = 50;
/// Maximum number of indexed or unique attributes of one kind of record.
pub const MOST_INDEXES: usize = 16;
/// Maximum number of characters in a key.
pub const KEY_LENGTH: usize = 40;
/// Maximum number of decimals of a number.
pub const MOST_DECIMALS: i32 = 9;

/// A choice of a definition, as it is stored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Choice {
    /// Never changed: it is what records store.
    pub key: String,
    pub label: String,
    #[serde(default)]
    pub color: Option<String>,
    #[serde(default)]
    pub is_default: bool,
    #[serde(default)]
    pub is_retired: bool,
}

/// When a record has to have a value.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Required {
    /// Whenever a record is saved.
    pub always: bool,
    /// Whenever a prospect of one of these kinds is saved.
    pub kinds: Vec<ProspectKind>,
    /// When a prospect enters one of these statuses.
    pub statuses: Vec<Uuid>,
}

/// Further rules of a definition, as they are stored. Bounds are encoded like values.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Rules {
    pub required: Required,
    /// The encoded values of a new record that says nothing about the attribute.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub default: Option<serde_json::Value>,
    /// Least number or earliest time.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub least: Option<i64>,
    /// Greatest number or latest time.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub greatest: Option<i64>,
    /// Least and greatest number of characters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub min_length: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_length: Option<u32>,
    /// A regular expression that a whole text has to match.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pattern: Option<String>,
    /// Countries of phones as ISO 3166-1 alpha-2 codes; none: all.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub countries: Vec<String>,
}

/// A definition, ready for use: its row with everything in it parsed.
#[derive(Clone, Debug)]
pub struct Definition {
    pub row: Arc<attribute_definition::Model>,
    pub choices: Vec<Choice>,
    pub rules: Rules,
    pub pattern: Option<Regex>,
    pub currency: Option<Currency>,
    /// Of the fields of the records, by the visibility.
    pub permissions: Permissions,
}

/// All definitions, each kind of record with its own in their order.
#[derive(Debug, Default)]
pub struct Definitions {
    ordered: HashMap<AttributeEntity, Vec<Arc<Definition>>>,
    by_key: HashMap<(AttributeEntity, String), Arc<Definition>>,
    by_id: HashMap<Uuid, Arc<Definition>>,
}

impl Definition {
    pub fn new(row: Arc<attribute_definition::Model>) -> Definition {
        let rules: Rules = serde_json::from_value(row.rules.clone()).unwrap_or_default();
        Definition {
            choices: serde_json::from_value(row.choices.clone()).unwrap_or_default(),
            pattern: rules.pattern.as_deref().and_then(pattern),
            currency: row.currency.as_deref().and_then(Currency::from_code),
            permissions: match row.visibility {
                AttributeVisibility::Everyone => Permissions::EVERYONE,
                AttributeVisibility::Admin => Permissions::ADMINISTRATORS,
            },
            rules,
            row,
        }
    }

    pub fn id(&self) -> Uuid {
        self.row.id
    }

    pub fn key(&self) -> &str {
        &self.row.key
    }

    pub fn kind(&self) -> AttributeType {
        self.row.kind
    }

    pub fn is_retired(&self) -> bool {
        self.row.retired_at.is_some()
    }

    /// Whether open search finds prospects by its values.
    pub fn is_searched(&self) -> bool {
        self.row.is_searchable && self.row.visibility == AttributeVisibility::Everyone && !self.is_retired()
    }

    /// Whether the caller may know of it.
    pub fn is_visible_to(&self, viewer: &Viewer) -> bool {
        self.permissions.read.allows(viewer)
    }

    pub fn choice(&self, key: &str) -> Option<&Choice> {
        self.choices.iter().find(|choice| choice.key == key)
    }

    /// Key of its normal form in the document, which keys of definitions cannot be.
    pub fn norm_key(&self) -> String {
        format!("{}~", self.row.key)
    }

    /// Key of the form by which open search finds it, where that is not the normal form.
    pub fn search_key(&self) -> String {
        format!("{}^", self.row.key)
    }

    /// Keys of all that is stored of it in a document.
    pub fn stored_keys(&self) -> [String; 3] {
        [self.row.key.clone(), self.norm_key(), self.search_key()]
    }

    /// Name of its typed field: the key in camel case.
    pub fn field_name(&self) -> String {
        camel_case(&self.row.key)
    }
}

impl Definitions {
    /// Of rows in the order of positions.
    pub fn new<'a>(rows: impl IntoIterator<Item = &'a Arc<attribute_definition::Model>>) -> Definitions {
        let mut all = Definitions::default();
        for row in rows {
            let definition = Arc::new(Definition::new(row.clone()));
            all.ordered.entry(row.entity).or_default().push(definition.clone());
            all.by_key.insert((row.entity, row.key.clone()), definition.clone());
            all.by_id.insert(row.id, definition);
        }
        all
    }

    /// Those of a kind of record, in use or retired, in their order.
    pub fn of(&self, entity: AttributeEntity) -> &[Arc<Definition>] {
        self.ordered.get(&entity).map_or(&[], Vec::as_slice)
    }

    pub fn get(&self, id: Uuid) -> Option<&Arc<Definition>> {
        self.by_id.get(&id)
    }

    /// The one with the key, if the caller may know of it; in use or retired.
    pub fn find(&self, entity: AttributeEntity, key: &str, viewer: &Viewer) -> Option<&Arc<Definition>> {
        // An owned key is looked up once for each attribute of a request.
        let found = self.by_key.get(&(entity, key.to_owned()))?;
        found.is_visible_to(viewer).then_some(found)
    }

    /// The one with the key, for the program itself.
    pub fn by_key(&self, entity: AttributeEntity, key: &str) -> Option<&Arc<Definition>> {
        self.by_key.get(&(entity, key.to_owned()))
    }

    /// Ids of those that the caller may not know of.
    pub fn hidden_from(&self, viewer: &Viewer) -> Vec<Uuid> {
        let hidden = self.by_id.values().filter(|definition| !definition.is_visible_to(viewer));
        let mut ids: Vec<Uuid> = hidden.map(|definition| definition.id()).collect();
        // Equal lists make equal statements.
        ids.sort_unstable();
        ids
    }

    pub fn is_empty(&self) -> bool {
        self.by_id.is_empty()
    }
}

/// Whether a text is a key: `[a-z][a-z0-9_]{0,39}`.
pub fn is_key(text: &str) -> bool {
    let mut letters = text.bytes();
    letters.next().is_some_and(|first| first.is_ascii_lowercase())
        && text.len() <= KEY_LENGTH
        && letters.all(|letter| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == b'_')
}

/// A key in camel case: `industry_code` is `industryCode`.
pub fn camel_case(key: &str) -> String {
    let mut name = String::with_capacity(key.len());
    let mut is_raised = false;
    for letter in key.chars() {
        match letter {
            '_' => is_raised = !name.is_empty(),
            letter if is_raised => {
                name.push(letter.to_ascii_uppercase());
                is_raised = false;
            }
            letter => name.push(letter),
        }
    }
    name
}

/// A key of a choice as the name of an enum value: `acme` is `ACME`.
pub fn enum_name(key: &str) -> String {
    key.to_ascii_uppercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_lower_case_and_become_names() {
        for key in ["a", "industry_code", "x1", "a__b", &"k".repeat(40)] {
            assert!(is_key(key), "{key}");
        }
        for text in [
            "",
            "_a",
            "1a",
            "A",
            "ñ",
            "a-b",
            "__proto__",
            "a b",
            "a.b",
            "a'",
            "a\"",
            &"k".repeat(41),
        ] {
            assert!(!is_key(text), "{text}");
        }
        for (key, name) in [
            ("industry_code", "industryCode"),
            ("a__b", "aB"),
            ("a_1", "a1"),
            ("budget", "budget"),
            ("a_", "a"),
        ] {
            assert_eq!(camel_case(key), name);
        }
    }
}
