//! Data known from the answers, so that later requests have something to find and to change.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use cartera::ids::{self, Kind};
use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use serde_json::{Map, Value};

#[derive(Default)]
pub struct Known {
    /// By their prefixes, in the order in which they appeared.
    ids: BTreeMap<&'static str, Vec<String>>,
    /// The last known state of each object: its values, and the ids that it refers to.
    facts: HashMap<String, Map<String, Value>>,
    /// Texts by the name of the member that holds them.
    texts: BTreeMap<String, Vec<String>>,
    seen: BTreeSet<String>,
    times: Vec<String>,
}

/// Texts and times of one kind that are remembered.
const MOST: usize = 400;

impl Known {
    /// Takes in all objects of an answer.
    pub fn learn(&mut self, value: &Value) {
        match value {
            Value::Array(values) => values.iter().for_each(|value| self.learn(value)),
            Value::Object(fields) => {
                for (name, value) in fields {
                    self.learn(value);
                    if let Value::String(text) = value {
                        self.learn_text(name, text);
                    }
                }
                let Some(id) = fields.get("id").and_then(Value::as_str) else {
                    return;
                };
                let facts = self.facts.entry(id.to_owned()).or_default();
                for (name, value) in fields {
                    let known = match value {
                        Value::Object(other) => other.get("id").cloned(),
                        Value::Array(others) => others.iter().map(|other| other.get("id").cloned()).collect::<Option<Value>>(),
                        leaf => Some(leaf.clone()),
                    };
                    facts.extend(known.map(|known| (name.clone(), known)));
                }
            }
            _ => {}
        }
    }

    fn learn_text(&mut self, name: &str, text: &str) {
        if let Some((kind, _)) = ids::parse(text) {
            if self.seen.insert(text.to_owned()) {
                self.ids.entry(kind.prefix()).or_default().push(text.to_owned());
            }
        } else if name.ends_with("At") {
            if self.times.len() < MOST {
                self.times.push(text.to_owned());
            }
        } else if !name.ends_with("ursor") && name != "__typename" {
            let texts = self.texts.entry(name.to_owned()).or_default();
            if texts.len() < MOST && !texts.iter().any(|known| known == text) {
                texts.push(text.to_owned());
            }
        }
    }

    /// The object is gone.
    pub fn forget(&mut self, id: &str) {
        if self.seen.remove(id)
            && let Some((kind, _)) = ids::parse(id)
            && let Some(ids) = self.ids.get_mut(kind.prefix())
        {
            ids.retain(|known| known != id);
        }
    }

    pub fn all(&self, kind: Kind) -> &[String] {
        self.ids.get(kind.prefix()).map_or(&[], Vec::as_slice)
    }

    pub fn fact(&self, id: &str, name: &str) -> Option<&Value> {
        self.facts.get(id)?.get(name)
    }

    pub fn fact_text(&self, id: &str, name: &str) -> Option<&str> {
        self.fact(id, name)?.as_str()
    }

    pub fn time(&self, dice: &mut StdRng) -> Option<String> {
        self.times.choose(dice).cloned()
    }

    /// A text that some object has, under one of the names if any has one.
    pub fn text(&self, names: &[&str], fits: impl Fn(&str) -> bool, dice: &mut StdRng) -> Option<String> {
        let of_names = || names.iter().filter_map(|name| self.texts.get(*name)).flatten();
        let mut fitting: Vec<&String> = of_names().filter(|text| fits(text)).collect();
        if fitting.is_empty() {
            fitting = self.texts.values().flatten().collect();
        }
        fitting.choose(dice).map(|text| (*text).clone())
    }
}
