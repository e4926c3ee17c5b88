//! Requests with any root fields, made from the schema with what is known of the data; the same for the same seed.

use std::collections::BTreeMap;
use std::fmt::Write;

use cartera::ids::Kind;
use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use rand::{RngExt, SeedableRng};
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::known::Known;
use super::pair::Who;
use crate::visibility::schema_text::{Argument, Field, SchemaText};

pub struct Generator {
    pub dice: StdRng,
    pub schema: SchemaText,
    pub known: Known,
    /// Number of uses of each field of each filter.
    pub uses: BTreeMap<(String, String), usize>,
    /// Time of the servers, in milliseconds since 1970.
    pub now: i64,
    pub who: Who,
    /// Percent of the values that are odd ones in what is being made.
    pub odd: u32,
    pub request: Request,
    /// Lists of which a page was read, to be read on.
    pub open_lists: Vec<OpenList>,
    /// The record that is being changed; None where one is made.
    pub edited: Option<String>,
    /// Prospects that were deleted and can be restored.
    pub deleted: Vec<String>,
    /// Calls with an idempotency key, to be sent again.
    pub keyed: Vec<(Who, Field, Map<String, Value>)>,
    people: People,
    made: u64,
}

/// Those who ask, by their ids, and others who are there from the beginning.
pub struct People {
    pub ana: String,
    pub luis: String,
    pub stranger: String,
    pub others: Vec<String>,
}

/// A document with its variables while it is being made.
#[derive(Default)]
pub struct Request {
    pub declared: Vec<String>,
    pub body: String,
    pub variables: Map<String, Value>,
    /// The root fields by their aliases.
    pub asked: Vec<Asked>,
}

#[derive(Clone)]
pub struct Asked {
    pub alias: String,
    pub field: String,
    pub arguments: Map<String, Value>,
}

/// A list with its arguments, and a position in it.
#[derive(Clone)]
pub struct OpenList {
    pub who: Who,
    pub field: String,
    pub arguments: Map<String, Value>,
    pub cursor: String,
    pub is_forward: bool,
}

impl Generator {
    pub fn new(seed: u64, now: i64, people: People) -> Generator {
        let schema = SchemaText::read();
        let filters = schema.filters();
        let uses = filters.iter().flat_map(|filter| {
            let fields = schema.input_fields(filter).iter();
            fields.map(move |field| ((filter.clone(), field.name.clone()), 0))
        });
        Generator {
            dice: StdRng::seed_from_u64(seed),
            uses: uses.collect(),
            schema,
            known: Known::default(),
            now,
            who: Who::Administrator,
            odd: 0,
            request: Request::default(),
            open_lists: Vec::new(),
            edited: None,
            deleted: Vec::new(),
            keyed: Vec::new(),
            people,
            made: 0,
        }
    }

    pub fn percent(&mut self, percent: u32) -> bool {
        self.dice.random_range(0..100) < percent
    }

    pub fn one_of<T: Clone>(&mut self, values: &[T]) -> T {
        values.choose(&mut self.dice).expect("something to choose from").clone()
    }

    /// A number that was not used before, for what has to be unique.
    pub fn number(&mut self) -> u64 {
        self.made += 1;
        self.made
    }

    /// A UUID of version 7 that is not in use.
    pub fn uuid(&mut self) -> Uuid {
        let bytes = self.dice.random::<u128>().to_be_bytes();
        uuid::Builder::from_bytes(bytes)
            .with_variant(uuid::Variant::RFC4122)
            .with_version(uuid::Version::SortRand)
            .into_uuid()
    }

    pub fn time(&self, milliseconds: i64) -> String {
        chrono::DateTime::from_timestamp_millis(milliseconds)
            .expect("a time within reason")
            .to_rfc3339_opts(chrono::SecondsFormat::Millis, true)
    }

    pub fn root_field(&self, root: &str, name: &str) -> Field {
        let field = self.schema.fields(root).iter().find(|field| field.name == name);
        field.unwrap_or_else(|| panic!("{root} has no {name}")).clone()
    }

    /// Adds a root field with arguments that are decided, and everything below it.
    pub fn ask(&mut self, field: &Field, arguments: Map<String, Value>, selection: &str) {
        let alias = format!("f{}", self.request.asked.len());
        let _ = write!(self.request.body, "{alias}: {}", field.name);
        self.give(&field.arguments, &arguments);
        let _ = write!(self.request.body, " {selection}");
        self.request.asked.push(Asked {
            alias,
            field: field.name.clone(),
            arguments,
        });
    }

    /// Writes arguments behind the name of a field, as variables.
    pub fn give(&mut self, declared: &[Argument], given: &Map<String, Value>) {
        let text = self.given(declared, given);
        self.request.body.push_str(&text);
    }

    /// The same as text.
    pub fn given(&mut self, declared: &[Argument], given: &Map<String, Value>) -> String {
        let mut texts = Vec::new();
        for argument in declared {
            let Some(value) = given.get(&argument.name) else { continue };
            let variable = format!("v{}", self.request.variables.len());
            let kind = if argument.is_list {
                format!("[{}!]", argument.named)
            } else {
                argument.named.clone()
            };
            let mark = if argument.is_required { "!" } else { "" };
            self.request.declared.push(format!("${variable}: {kind}{mark}"));
            texts.push(format!("{}: ${variable}", argument.name));
            self.request.variables.insert(variable, value.clone());
        }
        if texts.is_empty() {
            String::new()
        } else {
            format!("({})", texts.join(", "))
        }
    }

    /// The finished request: its document, its variables, and what it asks.
    pub fn finish(&mut self, operation: &str) -> (String, Value, Vec<Asked>) {
        let Request {
            declared,
            body,
            variables,
            asked,
        } = std::mem::take(&mut self.request);
        let declared = if declared.is_empty() {
            String::new()
        } else {
            format!("({})", declared.join(", "))
        };
        (format!("{operation} {declared} {{ {body} }}"), Value::Object(variables), asked)
    }

    /// An id of a kind: mostly of something that the caller sees, sometimes of nothing.
    pub fn id(&mut self, kind: Kind) -> String {
        if self.odd > 0 && self.percent(self.odd) {
            let absent = self.uuid();
            return match self.dice.random_range(0..4) {
                0 => "nonsense".to_owned(),
                1 => Kind::Channel.encode(absent),
                _ => kind.encode(absent),
            };
        }
        self.id_where(kind, |_, _| true)
    }

    /// An id of a kind that the caller sees and that fits, if a few tries find one; else any.
    pub fn id_where(&mut self, kind: Kind, fits: impl Fn(&Known, &str) -> bool) -> String {
        let mut chosen = None;
        for _ in 0..12 {
            let Some(id) = self.known.all(kind).choose(&mut self.dice).cloned() else {
                break;
            };
            let is_good = fits(&self.known, &id) && self.is_own(&id) && self.known.fact(&id, "isRetired") != Some(&json!(true));
            if is_good {
                return id;
            }
            chosen = Some(id);
        }
        chosen.unwrap_or_else(|| kind.encode(self.uuid()))
    }

    /// Whether the caller is likely to see it.
    fn is_own(&self, id: &str) -> bool {
        let Some(user) = self.caller() else { return true };
        let prospect = self.known.fact_text(id, "prospect").unwrap_or(id);
        self.known.fact(prospect, "owner").is_none_or(|owner| *owner == json!(user))
    }

    /// The id of the salesperson who asks.
    fn caller(&self) -> Option<&str> {
        match self.who {
            Who::Administrator => None,
            Who::Ana => Some(&self.people.ana),
            Who::Luis => Some(&self.people.luis),
            Who::Stranger => Some(&self.people.stranger),
        }
    }

    /// A user who was added during the test, and on whom nothing depends.
    pub fn is_extra_user(&self, id: &str) -> bool {
        let People {
            ana,
            luis,
            stranger,
            others,
        } = &self.people;
        ![ana, luis, stranger].into_iter().chain(others).any(|known| known == id)
    }
}

/// The kind that an id of this name has: by the name, else by that of the input or mutation around it.
pub fn kind_of(place: &str, field: &str) -> Kind {
    let stem = field.trim_start_matches("remove").trim_end_matches("Ids").trim_end_matches("Id");
    let is_of = |names: &[&str]| names.contains(&stem);
    if is_of(&[
        "owner",
        "actor",
        "assignee",
        "transferTo",
        "createdBy",
        "completedBy",
        "convertedBy",
        "deletedBy",
        "user",
        "author",
    ]) {
        return Kind::User;
    }
    if stem == "carrier" {
        return Kind::Task;
    }
    if stem == "requiredStatus" {
        return Kind::Status;
    }
    if place.starts_with("AttributeIdFilter") {
        return Kind::User;
    }
    if stem == "type" {
        let types = [
            ("Task", Kind::TaskType),
            ("ProspectTask", Kind::TaskType),
            ("NextTask", Kind::TaskType),
            ("Address", Kind::AddressType),
            ("Document", Kind::DocumentType),
            ("ProspectDocument", Kind::DocumentType),
        ];
        let fitting = types.iter().find(|(name, _)| place.starts_with(name));
        return fitting.map_or(Kind::IdentifierType, |(_, kind)| *kind);
    }
    if field == "id" && ["NoteCreate", "InteractionLog"].iter().any(|name| place.starts_with(name)) {
        return Kind::TimelineEntry;
    }
    let found = starting(stem).or_else(|| (is_of(&["", "id", "ids", "except"])).then(|| starting(place)).flatten());
    match found {
        Some(kind) => kind,
        None if place.starts_with("PossibleDuplicates") || place == "node" || place == "nodes" => Kind::Prospect,
        None => panic!("the generator does not know what kind of id {place}.{field} is: say so in `kind_of`"),
    }
}

/// The kind with the longest name that the text begins with.
fn starting(text: &str) -> Option<Kind> {
    let text = text.to_lowercase();
    let kinds = Kind::ALL.into_iter().map(|kind| (format!("{kind:?}").to_lowercase(), kind));
    kinds
        .filter(|(name, _)| text.starts_with(name))
        .max_by_key(|(name, _)| name.len())
        .map(|(_, kind)| kind)
}
