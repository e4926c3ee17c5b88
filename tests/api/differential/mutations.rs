//! Writes: every mutation of the schema, those of records most often.

use cartera::ids::Kind;
use rand::RngExt;
use rand::seq::SliceRandom;
use serde_json::{Map, Value, json};

use super::generator::{Asked, Generator, kind_of};
use super::pair::Who;
use crate::visibility::schema_text::Field;

/// Weights of mutations; the others are called about once each.
const OFTEN: [(&str, u32); 24] = [
    ("prospectCreate", 24),
    ("prospectUpdate", 24),
    ("prospectStatusChange", 16),
    ("prospectConvert", 8),
    ("prospectOwnerChange", 8),
    ("prospectDelete", 3),
    ("prospectRestore", 3),
    ("clientUpdate", 6),
    ("clientUnconvert", 3),
    ("cycleUpdate", 8),
    ("noteCreate", 10),
    ("noteUpdate", 8),
    ("notePin", 6),
    ("noteUnpin", 3),
    ("interactionLog", 12),
    ("taskCreate", 14),
    ("taskUpdate", 6),
    ("taskAssign", 6),
    ("taskPostpone", 6),
    ("taskComplete", 6),
    ("taskCancel", 4),
    ("jobCancel", 4),
    ("jobRetry", 4),
    ("userCreate", 3),
];

/// Mutations of an account, sent by a caller who does nothing else.
const PERSONAL: [&str; 6] = [
    "sessionEnd",
    "sessionRevoke",
    "sessionRevokeOthers",
    "userPasswordUpdate",
    "apiKeyCreate",
    "apiKeyRevoke",
];

impl Generator {
    /// A mutation, and who is to call it.
    pub fn choose_mutation(&mut self) -> (Field, Who) {
        let fields = self.schema.fields("Mutation").to_vec();
        let weight = |field: &Field| OFTEN.iter().find(|(name, _)| *name == field.name).map_or(1, |(_, weight)| *weight);
        let mut dice = self.dice.random_range(0..fields.iter().map(weight).sum::<u32>());
        let chosen = fields.into_iter().find(|field| {
            let is_it = dice < weight(field);
            dice = dice.saturating_sub(weight(field));
            is_it
        });
        let field = chosen.expect("the weights add up");
        let is_of_records = OFTEN.iter().any(|(name, _)| *name == field.name) && field.name != "userCreate";
        let who = match self.dice.random_range(0..100) {
            _ if PERSONAL.contains(&field.name.as_str()) => Who::Stranger,
            0..=29 if is_of_records => Who::Ana,
            30..=44 if is_of_records => Who::Luis,
            45..=47 => Who::Luis,
            _ => Who::Administrator,
        };
        (field, who)
    }

    /// Adds a root field of a mutation.
    pub fn add_mutation(&mut self, field: &Field) {
        let repeatable = self.keyed.iter().find(|(who, ..)| *who == self.who).cloned();
        if let Some((_, field, given)) = repeatable.filter(|_| self.percent(6)) {
            let selection = self.whole(&field.named, 2);
            return self.ask(&field, given, &selection);
        }
        self.odd = if self.percent(22) { 12 } else { 0 };
        let mut given = Map::new();
        let target = field
            .arguments
            .iter()
            .find(|argument| ["id", "prospectId"].contains(&argument.name.as_str()));
        self.edited = None;
        if let Some(target) = target {
            let id = self.target(field, &target.name);
            self.edited = Some(id.clone());
            given.insert(target.name.clone(), json!(id));
        }
        for argument in &field.arguments {
            let value = match argument.name.as_str() {
                "id" | "prospectId" => continue,
                "expectedVersion" if self.percent(35) => match self.edited.clone() {
                    Some(id) if !self.percent(10) => self.known.fact(&id, "version").cloned().unwrap_or(json!(1)),
                    _ => json!(self.dice.random_range(0..5)),
                },
                "expectedVersion" => continue,
                "idempotencyKey" if self.percent(20) => json!(format!("key {}", self.dice.random_range(0..50))),
                "idempotencyKey" => continue,
                _ => self.argument(&field.name, argument),
            };
            given.insert(argument.name.clone(), value);
        }
        self.mend_mutation(field, &mut given);
        self.odd = 0;
        self.edited = None;
        if given.contains_key("idempotencyKey") {
            self.keyed.insert(0, (self.who, field.clone(), given.clone()));
        }
        let selection = self.whole(&field.named, 2);
        self.ask(field, given, &selection);
    }

    fn target(&mut self, field: &Field, argument: &str) -> String {
        if field.name == "prospectRestore" && !self.deleted.is_empty() {
            let place = self.dice.random_range(0..self.deleted.len());
            return self.deleted[place].clone();
        }
        let kind = kind_of(&field.name, argument);
        if field.name.ends_with("Restore") {
            let retired = self
                .known
                .all(kind)
                .iter()
                .find(|id| self.known.fact(id, "isRetired") == Some(&json!(true)));
            if let Some(id) = retired {
                return id.clone();
            }
        }
        let id = self.id_for(&field.name, argument);
        // The callers of the test must not be deactivated.
        if kind == Kind::User && !self.is_extra_user(&id) {
            kind.encode(self.uuid())
        } else {
            id
        }
    }

    /// Adapts arguments that depend on the object.
    fn mend_mutation(&mut self, field: &Field, given: &mut Map<String, Value>) {
        let target = self.edited.clone();
        let Some(input) = given.get_mut("input").and_then(Value::as_object_mut) else {
            return;
        };
        if field.name.ends_with("Reorder") {
            let kind = kind_of(&field.name, "id");
            let ids = self.line(kind);
            input.insert("ids".to_owned(), json!(ids));
            return;
        }
        let Some(target) = target.filter(|_| self.odd == 0) else { return };
        match field.name.as_str() {
            "prospectStatusChange" => self.mend_status_change(&target, input),
            "prospectUpdate" => {
                let lists = [
                    ("Identifier", "identifiers"),
                    ("Email", "emails"),
                    ("Phone", "phones"),
                    ("Contact", "contacts"),
                    ("Address", "addresses"),
                ];
                for (one, many) in lists {
                    let name = format!("remove{one}Ids");
                    if input.remove(&name).is_some()
                        && let Some(id) = self.child(&target, many)
                    {
                        input.insert(name, json!([id]));
                    }
                }
            }
            "taskPostpone" => {
                let later = self.dice.random_range(1..60);
                input.insert("dueAt".to_owned(), json!(self.time(self.now + later * 24 * 60 * 60 * 1000)));
            }
            "taskUpdate" => {
                // Only a task that repeats can go on repeating, and the rules were tried at creation.
                input.remove("repeatRule");
            }
            _ => {}
        }
    }

    fn mend_status_change(&mut self, target: &str, input: &mut Map<String, Value>) {
        let category = |generator: &Generator, status: &str| generator.known.fact_text(status, "category").unwrap_or("OPEN").to_owned();
        let present = self.known.fact_text(target, "status").map(str::to_owned);
        let from = present.map_or("OPEN".to_owned(), |status| category(self, &status));
        let to = input
            .get("statusId")
            .and_then(Value::as_str)
            .map_or("OPEN".to_owned(), |status| category(self, status));
        input.remove("reopenAs");
        if from != "OPEN" {
            input.insert("reopenAs".to_owned(), json!("CORRECTION"));
        }
        input.remove("reasonId");
        if to == "LOST" || to == "DISCARDED" {
            let reason = self.id_where(Kind::Reason, |known, id| {
                known
                    .fact_text(id, "category")
                    .is_some_and(|category| category == "BOTH" || category == to)
            });
            input.insert("reasonId".to_owned(), json!(reason));
            input.insert("note".to_owned(), json!("porque sí"));
        }
    }

    /// A child of a record.
    pub fn child(&mut self, id: &str, list: &str) -> Option<String> {
        let ids: Vec<String> = self
            .known
            .fact(id, list)?
            .as_array()?
            .iter()
            .filter_map(|id| id.as_str().map(str::to_owned))
            .collect();
        (!ids.is_empty()).then(|| self.one_of(&ids))
    }

    /// All entries of a catalogue that are ordered together, in a new order.
    fn line(&mut self, kind: Kind) -> Vec<String> {
        let in_use: Vec<String> = self
            .known
            .all(kind)
            .iter()
            .filter(|id| self.known.fact(id, "isRetired") == Some(&json!(false)))
            .cloned()
            .collect();
        let Some(first) = in_use.first().cloned() else { return in_use };
        let mut line: Vec<String> = in_use
            .into_iter()
            .filter(|id| {
                ["appliesTo", "zone"]
                    .iter()
                    .all(|name| self.known.fact(id, name) == self.known.fact(&first, name))
            })
            .collect();
        line.shuffle(&mut self.dice);
        line
    }

    /// Records the result of a mutation; returns whether it was carried out.
    pub fn note_change(&mut self, asked: &Asked, payload: &Value) -> bool {
        let is_done = payload["userErrors"] == json!([]);
        if is_done && let Some(id) = asked.arguments.get("id").and_then(Value::as_str) {
            match asked.field.as_str() {
                "prospectDelete" => {
                    self.known.forget(id);
                    self.deleted.push(id.to_owned());
                }
                "prospectRestore" => self.deleted.retain(|deleted| deleted != id),
                _ => {}
            }
        }
        is_done
    }
}
