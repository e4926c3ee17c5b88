//! Reads: every root field, with selections of everything below.

use std::fmt::Write;

use cartera::ids::Kind;
use rand::RngExt;
use rand::seq::{IndexedRandom, SliceRandom};
use serde_json::{Map, Value, json};

use super::generator::{Asked, Generator, OpenList};
use super::pair::Who;
use crate::visibility::schema_text::{Argument, Field};

/// Of a hundred root fields, how many are of the lists that everything else serves.
const LISTS: [(&str, u32); 8] = [
    ("prospects", 43),
    ("clients", 10),
    ("tasks", 10),
    ("timeline", 7),
    ("documents", 6),
    ("jobs", 4),
    ("savedReports", 3),
    ("dashboards", 3),
];

/// Fields that differ between two servers by design: the use of sessions is recorded concurrently.
const LEFT_OUT: [&str; 5] = ["sessions", "lastUsedAt", "downloadUrl", "thumbnailUrl", "url"];

/// Objects inside each other below a root field.
const DEPTH: usize = 2;

impl Generator {
    /// Adds one root field of a query.
    pub fn add_query(&mut self) {
        if self.percent(15)
            && let Some(place) = self.open_lists.iter().position(|list| list.who == self.who)
        {
            let list = self.open_lists.remove(place);
            return self.read_on(list);
        }
        let mut dice = self.dice.random_range(0..100);
        for (name, share) in LISTS {
            if dice < share {
                let field = self.root_field("Query", name);
                let arguments = self.list_arguments(&field.arguments, 15);
                return self.add_read(&field, arguments);
            }
            dice -= share;
        }
        let fields: Vec<Field> = self.schema.fields("Query").to_vec();
        let field = self.one_of(&fields);
        let arguments = match field.arguments.iter().any(|argument| argument.name == "after") {
            true => self.list_arguments(&field.arguments, 15),
            false => self.plain_arguments(&field),
        };
        self.add_read(&field, arguments);
    }

    /// The next page of a list, or the one before.
    fn read_on(&mut self, list: OpenList) {
        let field = self.root_field("Query", &list.field);
        let mut arguments = list.arguments;
        for name in ["first", "last", "after", "before"] {
            arguments.remove(name);
        }
        let (size, cursor) = if list.is_forward { ("first", "after") } else { ("last", "before") };
        arguments.insert(cursor.to_owned(), json!(list.cursor));
        arguments.insert(size.to_owned(), json!(self.dice.random_range(1..=20)));
        self.add_read(&field, arguments);
    }

    fn add_read(&mut self, field: &Field, arguments: Map<String, Value>) {
        let selection = self.selection(&field.named, DEPTH);
        self.ask(field, arguments, &selection);
    }

    /// Arguments of a field that is no list.
    fn plain_arguments(&mut self, field: &Field) -> Map<String, Value> {
        let mut given = Map::new();
        for argument in &field.arguments {
            if !argument.is_required && !self.percent(50) {
                continue;
            }
            let value = match (field.name.as_str(), argument.name.as_str()) {
                ("node", "id") => json!(self.any_id()),
                ("nodes", "ids") => json!((0..8).map(|_| self.any_id()).collect::<Vec<_>>()),
                ("identifierLookup", "prefix") => {
                    let number = self.known.text(&["number"], |_| true, &mut self.dice).unwrap_or_default();
                    let length = self.dice.random_range(4..=12);
                    json!(number.chars().take(length).collect::<String>())
                }
                (_, "startsWith") => {
                    let city = self
                        .known
                        .text(&["city", "municipality", "parish"], |_| true, &mut self.dice)
                        .unwrap_or_default();
                    json!(city.chars().take(2).collect::<String>())
                }
                (_, "country") => json!(self.one_of(&["VE", "VE", "CO", "ES", "ve", "XX"])),
                _ => self.argument(&field.name, argument),
            };
            given.insert(argument.name.clone(), value);
        }
        given
    }

    /// Values for the look for doubles: some that records have.
    pub fn looked_for(&mut self, argument: &Argument) -> Value {
        let mark = match argument.name.as_str() {
            "emails" => Some('@'),
            "phones" => Some('+'),
            _ => None,
        };
        let names: &[&str] = if mark.is_some() { &["value"] } else { &["number"] };
        let fits = |text: &str| mark.is_none_or(|mark| text.contains(mark));
        let values: Vec<_> = (0..2).filter_map(|_| self.known.text(names, fits, &mut self.dice)).collect();
        json!(values)
    }

    /// The id of anything.
    fn any_id(&mut self) -> String {
        let kind = *Kind::ALL.choose(&mut self.dice).expect("there are kinds");
        let kind = if kind == Kind::Session { Kind::Prospect } else { kind };
        self.id(kind)
    }

    /// The selection of a type, to a depth of objects.
    pub fn selection(&mut self, named: &str, depth: usize) -> String {
        if self.schema.is_leaf(named) {
            return String::new();
        }
        let fields: Vec<Field> = self.schema.fields(named).to_vec();
        if self.schema.is_abstract(named) {
            let id = if fields.iter().any(|field| field.name == "id") { "id " } else { "" };
            let mut possible = self.schema.possible(named).to_vec();
            possible.shuffle(&mut self.dice);
            let mut text = format!("{{ __typename {id}");
            for object in possible.into_iter().take(4) {
                let inner = self.members(&object, depth, &format!("{object}_"));
                let _ = write!(text, "... on {object} {{ {inner} }} ");
            }
            return text + "}";
        }
        if named.ends_with("Connection") {
            return self.connection(&fields, depth);
        }
        format!("{{ __typename {} }}", self.members(named, depth, ""))
    }

    fn connection(&mut self, fields: &[Field], depth: usize) -> String {
        let node = fields
            .iter()
            .find(|field| field.name == "nodes")
            .expect("a connection has nodes")
            .named
            .clone();
        let inner = self.selection(&node, depth);
        let rows = if self.percent(50) {
            format!("edges {{ cursor node {inner} }}")
        } else {
            format!("nodes {inner}")
        };
        let total = if self.percent(50) { "totalCount isTotalEstimated" } else { "" };
        format!("{{ {rows} pageInfo {{ hasNextPage hasPreviousPage startCursor endCursor }} {total} }}")
    }

    /// Members of an object, under aliases that begin with the prefix: two objects of an interface may use one name for different types.
    fn members(&mut self, named: &str, depth: usize, prefix: &str) -> String {
        let fields: Vec<Field> = self.schema.fields(named).to_vec();
        let mut text = String::new();
        for field in fields {
            let is_leaf = self.schema.is_leaf(&field.named);
            let is_basic = ["id", "version", "state", "isRetired"].contains(&field.name.as_str());
            let chance = match (is_leaf, depth) {
                (true, _) if is_basic => 100,
                (true, _) => 60,
                (false, 0) => 0,
                // Lists inside of lists are what batches are for.
                (false, _) if field.named.ends_with("Connection") => 12,
                (false, _) => 30,
            };
            if LEFT_OUT.contains(&field.name.as_str()) || !self.percent(chance) {
                continue;
            }
            let mut arguments = self.list_arguments(&field.arguments, 5);
            if field.arguments.iter().any(|argument| argument.name == "key") {
                arguments.insert("key".to_owned(), json!(self.key_of(named)));
            }
            let given = self.given(&field.arguments, &arguments);
            let inner = self.selection(&field.named, depth.saturating_sub(1));
            let alias = if prefix.is_empty() || field.name == "id" {
                String::new()
            } else {
                format!("{prefix}{}: ", field.name)
            };
            let _ = write!(text, "{alias}{}{given} {inner} ", field.name);
        }
        if text.is_empty() { "__typename".to_owned() } else { text }
    }

    /// Everything that lies directly in an object, and in the objects in it.
    pub fn whole(&self, named: &str, depth: usize) -> String {
        let fields = self.schema.fields(named);
        let mut text = String::from("{ __typename ");
        for field in fields {
            let is_list = !field.arguments.is_empty() || LEFT_OUT.contains(&field.name.as_str());
            match self.schema.is_leaf(&field.named) {
                _ if is_list => continue,
                true => text.extend([&field.name, " "]),
                false if depth > 0 => {
                    let _ = write!(text, "{} {} ", field.name, self.whole(&field.named, depth - 1));
                }
                false => {}
            }
        }
        text + "}"
    }

    /// Remembers lists that have more pages. Answers how many rows there were; None where it was no list.
    pub fn note_page(&mut self, asked: &Asked, answer: &Value, who: Who) -> Option<usize> {
        let page = answer.get("pageInfo")?;
        let rows = ["edges", "nodes"].iter().find_map(|name| answer[*name].as_array())?;
        for (has_more, cursor, is_forward) in [("hasNextPage", "endCursor", true), ("hasPreviousPage", "startCursor", false)] {
            if page[has_more] == json!(true)
                && let Some(cursor) = page[cursor].as_str()
                && self.open_lists.len() < 30
            {
                self.open_lists.push(OpenList {
                    who,
                    field: asked.field.clone(),
                    arguments: asked.arguments.clone(),
                    cursor: cursor.to_owned(),
                    is_forward,
                });
            }
        }
        Some(rows.len())
    }
}
