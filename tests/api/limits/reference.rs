//! A part of the schema, documents over it, and what the specification and the table of prices say of them.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

/// Value that a `@skip` or `@include` depends on.
#[derive(Clone, Copy)]
pub enum Flag {
    Literal(bool),
    Variable(usize),
}

/// `@skip` or, if false, `@include`.
pub type Condition = (bool, Flag);

pub struct Selection {
    pub conditions: Vec<Condition>,
    pub node: Node,
}

pub enum Node {
    Field(Field),
    Inline(Option<&'static str>, Vec<Selection>),
    Spread(usize),
}

pub struct Field {
    pub name: &'static str,
    pub alias: Option<String>,
    /// The arguments as text, their number of records, and their price.
    pub arguments: String,
    pub page: u64,
    pub given: u64,
    pub set: Vec<Selection>,
}

/// A document with one operation, as a tree.
pub struct Document {
    pub set: Vec<Selection>,
    pub fragments: Vec<(&'static str, Vec<Selection>)>,
}

/// The values of the conditions' variables with their defaults; None is null.
pub type Values = BTreeMap<usize, Option<bool>>;

pub enum Kind {
    Leaf(u64),
    Object(&'static str),
    /// A plain list that counts as so many.
    List(&'static str, u64),
    Connection(&'static str),
    /// The rows of a connection.
    Rows(&'static str),
}

pub const ENTRIES: [&str; 2] = ["NoteEntry", "StatusChangeEntry"];

/// The fields of a type; the prices of leaves are those of the table.
pub fn fields(of: &str) -> &'static [(&'static str, Kind)] {
    use Kind::{Connection, Leaf, List, Object, Rows};
    match of {
        "Query" => &[
            ("__typename", Leaf(0)),
            ("viewer", Object("User")),
            ("channels", List("Channel", 1)),
            ("prospects", Connection("ProspectConnection")),
        ],
        "User" => &[("__typename", Leaf(0)), ("id", Leaf(0)), ("name", Leaf(0))],
        "Channel" => &[("__typename", Leaf(0)), ("name", Leaf(0)), ("description", Leaf(1))],
        "ProspectConnection" => &[
            ("__typename", Leaf(0)),
            ("totalCount", Leaf(10)),
            ("pageInfo", Object("PageInfo")),
            ("nodes", Rows("Prospect")),
        ],
        "TimelineConnection" => &[
            ("__typename", Leaf(0)),
            ("totalCount", Leaf(10)),
            ("pageInfo", Object("PageInfo")),
            ("nodes", Rows("TimelineEntry")),
        ],
        "PageInfo" => &[("__typename", Leaf(0)), ("hasNextPage", Leaf(0)), ("hasPreviousPage", Leaf(0))],
        "Prospect" => &[
            ("__typename", Leaf(0)),
            ("name", Leaf(0)),
            ("owner", Object("User")),
            ("emails", List("Email", 5)),
            ("timeline", Connection("TimelineConnection")),
        ],
        "Email" => &[("__typename", Leaf(0)), ("value", Leaf(0)), ("label", Leaf(0))],
        "TimelineEntry" => &[("__typename", Leaf(0)), ("occurredAt", Leaf(0)), ("actor", Object("User"))],
        "NoteEntry" => &[("__typename", Leaf(0)), ("actor", Object("User")), ("note", Object("Note"))],
        "StatusChangeEntry" => &[("__typename", Leaf(0)), ("reasonNote", Leaf(2)), ("actor", Object("User"))],
        "Note" => &[("__typename", Leaf(0)), ("id", Leaf(0)), ("body", Leaf(20))],
        // Entries of other types have what all have.
        other if is_entry(other) => &[],
        other => panic!("{other} is not described"),
    }
}

fn is_entry(of: &str) -> bool {
    of.ends_with("Entry")
}

fn kind(of: &str, name: &str) -> &'static Kind {
    let common = if is_entry(of) { fields("TimelineEntry") } else { &[] };
    let field = fields(of).iter().chain(common).find(|(field, _)| *field == name);
    &field.unwrap_or_else(|| panic!("{of} has no {name}")).1
}

fn applies(condition: Option<&str>, concrete: &str) -> bool {
    condition.is_none_or(|condition| condition == concrete || condition == "TimelineEntry" && is_entry(concrete))
}

/// A condition that is null.
#[derive(Debug, PartialEq)]
pub struct NullCondition;

/// Points and objects.
#[derive(Clone, Copy, Default, PartialEq, Debug)]
pub struct Price {
    pub points: u64,
    pub objects: u64,
}

impl Price {
    fn plus(self, other: Price) -> Price {
        Price {
            points: self.points + other.points,
            objects: self.objects + other.objects,
        }
    }

    fn times(self, many: u64) -> Price {
        Price {
            points: self.points * many,
            objects: self.objects * many,
        }
    }
}

/// A document with values for its conditions.
pub struct Run<'a> {
    pub document: &'a Document,
    pub values: &'a Values,
}

impl<'a> Run<'a> {
    fn is_included(&self, selection: &Selection) -> bool {
        selection.conditions.iter().all(|(is_skip, flag)| {
            let value = match flag {
                Flag::Literal(value) => *value,
                Flag::Variable(variable) => self.values[variable].unwrap_or_default(),
            };
            value != *is_skip
        })
    }

    /// Fails where a condition is null, whether it is reached or not.
    pub fn check(&self, set: &'a [Selection]) -> Result<(), NullCondition> {
        for selection in set {
            let is_null = |(_, flag): &Condition| matches!(flag, Flag::Variable(variable) if self.values[variable].is_none());
            if selection.conditions.iter().any(is_null) {
                return Err(NullCondition);
            }
            self.check(self.below(&selection.node))?;
        }
        Ok(())
    }

    fn below(&self, node: &'a Node) -> &'a [Selection] {
        match node {
            Node::Field(field) => &field.set,
            Node::Inline(_, set) => set,
            Node::Spread(fragment) => &self.document.fragments[*fragment].1,
        }
    }

    /// The fields that run on an object of a type, by their keys in the answer.
    fn collect(&self, set: &'a [Selection], concrete: &str, into: &mut BTreeMap<&'a str, Vec<&'a Field>>) {
        for selection in set.iter().filter(|selection| self.is_included(selection)) {
            match &selection.node {
                Node::Field(field) => into.entry(field.alias.as_deref().unwrap_or(field.name)).or_default().push(field),
                node => {
                    let condition = match node {
                        Node::Inline(condition, _) => *condition,
                        Node::Spread(fragment) => Some(self.document.fragments[*fragment].0),
                        Node::Field(_) => None,
                    };
                    if applies(condition, concrete) {
                        self.collect(self.below(node), concrete, into);
                    }
                }
            }
        }
    }

    /// Asserts that an object of the answer has exactly the fields that run, and counts it and those in it.
    pub fn compare(&self, sets: &[&'a [Selection]], of: &str, object: &Map<String, Value>) -> u64 {
        let concrete = match of {
            "TimelineEntry" => object["is"].as_str().expect("an entry tells its type"),
            of => of,
        };
        let mut expected = BTreeMap::new();
        for set in sets {
            self.collect(set, concrete, &mut expected);
        }
        let mut keys: Vec<&str> = object.keys().map(String::as_str).collect();
        keys.sort_unstable();
        assert_eq!(keys, expected.keys().copied().collect::<Vec<_>>(), "the keys of a {concrete}");
        let mut objects = 1;
        for (key, fields) in expected {
            let sets: Vec<&[Selection]> = fields.iter().map(|field| field.set.as_slice()).collect();
            let count = |of: &str, value: &Value| value.as_object().map_or(0, |object| self.compare(&sets, of, object));
            objects += match (self::kind(concrete, fields[0].name), &object[key]) {
                (Kind::Leaf(_), value) => {
                    assert!(!value.is_object() && !value.is_array(), "{key}: {value}");
                    0
                }
                (Kind::Object(of) | Kind::Connection(of), value) => count(of, value),
                (Kind::List(of, counted), Value::Array(rows)) => {
                    let counts = rows.iter().map(|row| count(of, row));
                    // A catalogue counts once.
                    if *counted == 1 { counts.max().unwrap_or(0) } else { counts.sum() }
                }
                (Kind::Rows(of), Value::Array(rows)) => rows.iter().map(|row| count(of, row)).sum(),
                (Kind::List(..) | Kind::Rows(_), value) => panic!("{key} is no list: {value}"),
            };
        }
        objects
    }

    /// The price of a set on an object of a type, and of each row of it if it is a connection.
    pub fn price(&self, set: &[Selection], concrete: &str) -> (Price, Price) {
        let (mut price, mut row) = Default::default();
        for selection in set.iter().filter(|selection| self.is_included(selection)) {
            let (more, more_of_row) = match &selection.node {
                Node::Field(field) => self.price_of(field, concrete),
                Node::Inline(condition, set) if applies(*condition, concrete) => self.price(set, concrete),
                Node::Spread(fragment) if applies(Some(self.document.fragments[*fragment].0), concrete) => {
                    self.price(&self.document.fragments[*fragment].1, concrete)
                }
                _ => Default::default(),
            };
            (price, row) = (Price::plus(price, more), Price::plus(row, more_of_row));
        }
        (price, row)
    }

    fn price_of(&self, field: &Field, concrete: &str) -> (Price, Price) {
        let object = Price { points: 1, objects: 1 };
        let none = Price::default();
        match kind(concrete, field.name) {
            Kind::Leaf(points) => (
                Price {
                    points: *points,
                    objects: 0,
                },
                none,
            ),
            Kind::Object(of) => (object.plus(self.price(&field.set, of).0), none),
            Kind::List(of, counted) => (object.plus(self.price(&field.set, of).0).times(*counted), none),
            Kind::Connection(of) => {
                let (own, row) = self.price(&field.set, of);
                let more = Price {
                    points: 1 + field.given,
                    objects: 0,
                };
                (object.plus(more).plus(own).plus(row.times(field.page)), none)
            }
            Kind::Rows("TimelineEntry") => {
                // The dearest of the types.
                let prices = ENTRIES.map(|of| self.price(&field.set, of).0);
                let most = |part: fn(&Price) -> u64| prices.iter().map(part).max().unwrap_or(0);
                let dearest = Price {
                    points: most(|price| price.points),
                    objects: most(|price| price.objects),
                };
                (none, object.plus(dearest))
            }
            Kind::Rows(of) => (none, object.plus(self.price(&field.set, of).0)),
        }
    }
}
