//! Values for the arguments of the schema: some good, most odd or bad, always the same for the same seed.

use std::collections::HashMap;
use std::fmt::Write;

use async_graphql::parser::types::{BaseType, Type};
use cartera::ids::Kind;
use cartera::limits::TypeMap;
use cartera::limits::types::Kind as Declared;
use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use rand::{RngExt, SeedableRng};
use serde_json::{Map, Value, json};
use uuid::Uuid;

/// The objects of the database, in an order that does not depend on their ids.
#[derive(Default)]
pub struct Known {
    pub ids: HashMap<Kind, Vec<String>>,
    /// Keys of attributes.
    pub keys: Vec<String>,
}

pub struct Generator<'a> {
    pub dice: StdRng,
    types: &'a TypeMap,
    known: &'a Known,
}

const PLAUSIBLE: [&str; 27] = [
    "203.0.113.7",
    "2001:0DB8::0001",
    "FREQ=WEEKLY;BYDAY=MO,TH",
    "FREQ=MONTHLY;BYMONTHDAY=-1;COUNT=3",
    "FREQ=SECONDLY",
    "Ana Pérez",
    "Compañía Ñandú C.A.",
    "ana.perez@correo.example",
    "otra@correo.example",
    "+58 212 5550100",
    "0414-5550101",
    "+34612345678",
    "VE",
    "CO",
    "es",
    "V-12345678",
    "J-00012345-6",
    "12.50",
    "0",
    "USD",
    "EUR",
    "#AABBCC",
    "2026-01-15T10:00:00Z",
    "2026-03-10T09:59:59.999-05:00",
    "https://example.com/form?a=1&b=ñ",
    "cpc",
    "No budget",
];

/// Odd values: nothing, blanks, zeros, invisible characters, multi-byte characters, characters with a special meaning elsewhere.
const ODD: [&str; 42] = [
    "",
    " ",
    "\t\r\n",
    "\0",
    "a\0b",
    "\u{1}\u{7f}\u{85}",
    "e\u{301}\u{301}\u{301}",
    "\u{301}",
    "🙂",
    "👨‍👩‍👧‍👦",
    "\u{1F3FB}",
    "\u{202e}txt.exe",
    "\u{200f}\u{200e}",
    "\u{feff}",
    "\u{fffd}",
    "\u{fffe}",
    "\u{10ffff}",
    "\u{2028}\u{2029}",
    "İıẞßŸ",
    "ﬀ",
    "ﷺ",
    "مرحبا",
    "日本語",
    "Ω≈ç√",
    "' OR 1=1 --",
    "\"; DROP TABLE prospects; --",
    "%",
    "_",
    "\\",
    "%_\\%",
    "$1",
    "?1",
    "{{x}}",
    "<script>alert(1)</script>",
    "../../etc/passwd",
    "null",
    "undefined",
    "__proto__",
    "-1",
    "1e999",
    "+",
    "@",
];

const TIMES: [&str; 14] = [
    "2026-01-15T10:00:00Z",
    "2026-03-10T15:00:00.000Z",
    "2026-03-10T15:04:59.999Z",
    "2026-03-10T15:05:00.001Z",
    "1900-01-01T00:00:00Z",
    "1899-12-31T23:59:59.999Z",
    "0000-01-01T00:00:00Z",
    "9999-12-31T23:59:59.999Z",
    "+262142-12-31T23:59:59Z",
    "-262143-01-01T00:00:00Z",
    "2026-02-30T00:00:00Z",
    "2016-12-31T23:59:60Z",
    "1969-12-31T23:59:59.999+14:00",
    "2026-01-15",
];

impl<'a> Generator<'a> {
    pub fn new(seed: u64, types: &'a TypeMap, known: &'a Known) -> Self {
        Generator {
            dice: StdRng::seed_from_u64(seed),
            types,
            known,
        }
    }

    pub fn percent(&mut self, percent: u32) -> bool {
        self.dice.random_range(0..100) < percent
    }

    /// A value for an argument or a field of a type; `place` is the name of what it belongs to.
    pub fn value(&mut self, kind: &Type, place: &str, field: &str, depth: usize) -> Value {
        if self.percent(if kind.nullable { 8 } else { 2 }) {
            return Value::Null;
        }
        if self.percent(4) {
            return self.anything(0);
        }
        match &kind.base {
            BaseType::List(inner) => {
                let most = [0, 1, 1, 2, 2, 3, 5].choose(&mut self.dice).copied().unwrap_or(1);
                let many = if depth < 2 && self.percent(2) { 210 } else { most };
                let mut values: Vec<Value> = (0..many).map(|_| self.value(inner, place, field, depth + 1)).collect();
                if self.percent(15) && !values.is_empty() {
                    values.push(values[0].clone());
                }
                if values.len() == 1 && self.percent(10) {
                    values.remove(0)
                } else {
                    Value::Array(values)
                }
            }
            BaseType::Named(name) => self.named(name, place, field, depth),
        }
    }

    fn named(&mut self, name: &str, place: &str, field: &str, depth: usize) -> Value {
        match name {
            "String" if field == "key" && place.starts_with("Attribute") || field == "attributeKey" => json!(self.key(place)),
            "String" if place == "AttributeChoiceFilter" || place == "AttributeContentInput" && field.starts_with("choice") => {
                json!(["key_1", "key_1", "key_2", "key_3"].choose(&mut self.dice))
            }
            "Boolean" => json!(self.percent(50)),
            "Int" => self.whole_number(),
            "Float" => self.number(),
            "String" => json!(self.text()),
            "ID" => json!(self.id(place, field)),
            "DateTime" => json!(TIMES.choose(&mut self.dice).expect("there are times")),
            "Date" => json!(["2026-03-11", "2024-02-29", "0001-01-01", "9999-12-31", "2026-02-30", ""].choose(&mut self.dice)),
            "Decimal" => self.decimal(),
            "CurrencyCode" => json!(["USD", "EUR", "JPY", "KWD", "VES", "XXX", "usd", ""].choose(&mut self.dice)),
            _ => match self.types.get(name) {
                Some(Declared::Enum(values)) => {
                    let mut values: Vec<&String> = values.iter().collect();
                    values.sort();
                    if self.percent(5) {
                        json!("UNKNOWN_VALUE")
                    } else {
                        json!(values.choose(&mut self.dice))
                    }
                }
                Some(Declared::Input(_)) => self.object(name, depth),
                _ => self.anything(0),
            },
        }
    }

    fn object(&mut self, name: &str, depth: usize) -> Value {
        let Some(Declared::Input(input)) = self.types.get(name) else {
            return Value::Null;
        };
        let mut fields: Vec<_> = input.fields.iter().collect();
        fields.sort_by_key(|(field, _)| *field);
        // Of these exactly one is right.
        let only = (input.is_one_of && !self.percent(8)).then(|| self.dice.random_range(0..fields.len()));
        let mut object = Map::new();
        for (number, (field, declared)) in fields.into_iter().enumerate() {
            if let Some(only) = only {
                if number == only {
                    object.insert(field.clone(), self.value(&declared.kind, name, field, depth + 1));
                }
                continue;
            }
            let chance = match (declared.kind.nullable, depth) {
                (false, _) => 97,
                (true, 0..=2) => 30,
                (true, _) => 8,
            };
            if self.percent(chance) {
                object.insert(field.clone(), self.value(&declared.kind, name, field, depth + 1));
            }
        }
        if self.percent(2) {
            object.insert("unknown".to_owned(), json!(1));
        }
        Value::Object(object)
    }

    fn text(&mut self) -> String {
        let odd = *ODD.choose(&mut self.dice).expect("there are texts");
        let plausible = *PLAUSIBLE.choose(&mut self.dice).expect("there are texts");
        let length = *[100, 101, 200, 201, 1_001, 2_000, 2_001, 20_001, 70_000]
            .choose(&mut self.dice)
            .expect("there are lengths");
        match self.dice.random_range(0..20) {
            0..=8 => plausible.to_owned(),
            9..=13 => odd.to_owned(),
            14..=15 => format!("{plausible}{odd}"),
            16 => format!("{odd}{plausible}"),
            17 => "x".repeat(length),
            18 => odd.repeat(length / 10),
            _ => format!("{plausible} {}", self.dice.random_range(0..1_000)),
        }
    }

    /// A key of an attribute or a choice: mostly one that there is, else a new one or none.
    fn key(&mut self, place: &str) -> String {
        let is_new = place.contains("Create");
        let known = self.known.keys.choose(&mut self.dice).cloned();
        match (self.dice.random_range(0..20), known) {
            (0..=14, Some(known)) if !is_new => known,
            (0..=16, _) => format!("key_{}", self.dice.random_range(0..1_000)),
            (17, _) => "k".repeat(41),
            _ => self.text(),
        }
    }

    fn whole_number(&mut self) -> Value {
        let numbers = [
            0,
            1,
            1,
            2,
            3,
            -1,
            20,
            100,
            101,
            i64::from(i32::MAX),
            i64::from(i32::MAX) + 1,
            i64::from(i32::MIN),
            i64::MAX,
            i64::MIN,
        ];
        json!(numbers.choose(&mut self.dice))
    }

    fn number(&mut self) -> Value {
        let numbers = [
            0.0,
            -0.0,
            10.5,
            -66.9,
            90.0,
            90.000_001,
            -180.0,
            180.000_001,
            1e308,
            -1e308,
            5e-324,
            0.1 + 0.2,
        ];
        if self.percent(20) {
            self.whole_number()
        } else {
            json!(numbers.choose(&mut self.dice))
        }
    }

    fn decimal(&mut self) -> Value {
        let texts = [
            "12.50",
            "0",
            "-0",
            "-1",
            "0.001",
            "92233720368547758.07",
            "92233720368547758.08",
            "79228162514264337593543950335",
            "79228162514264337593543950336",
            "1e5",
            "NaN",
            "",
            " 1",
            "0x10",
            "1,5",
            "00012.5",
            "0.00000000000000000000000000001",
        ];
        if self.percent(20) {
            self.whole_number()
        } else {
            json!(texts.choose(&mut self.dice))
        }
    }

    /// An id: mostly one that exists and fits, else one of another kind, an absent one, or none at all.
    fn id(&mut self, place: &str, field: &str) -> String {
        let fitting = fitting(place, field);
        let any = *Kind::ALL.choose(&mut self.dice).expect("there are kinds");
        let kind = fitting.filter(|_| self.percent(80)).unwrap_or(any);
        let known = self.known;
        let existing = known.ids.get(&kind).and_then(|ids| ids.choose(&mut self.dice));
        let absent = kind.encode(self.uuid());
        match (self.dice.random_range(0..20), existing) {
            (0..=13, Some(existing)) => existing.clone(),
            (14, Some(existing)) => existing.to_lowercase(),
            (15, _) => self.text(),
            (16, _) => kind.encode(Uuid::nil()),
            (17, _) => kind.encode(Uuid::max()),
            _ => absent,
        }
    }

    /// A UUID of version 7 in most cases.
    fn uuid(&mut self) -> Uuid {
        let bytes = self.dice.random::<u128>().to_be_bytes();
        let version = if self.percent(90) {
            uuid::Version::SortRand
        } else {
            uuid::Version::Random
        };
        uuid::Builder::from_bytes(bytes)
            .with_variant(uuid::Variant::RFC4122)
            .with_version(version)
            .into_uuid()
    }

    /// JSON of any shape.
    fn anything(&mut self, depth: usize) -> Value {
        match self.dice.random_range(0..if depth < 3 { 9 } else { 6 }) {
            0 => Value::Null,
            1 => json!(self.percent(50)),
            2 => self.whole_number(),
            3 => self.number(),
            4 | 5 => json!(self.text()),
            6 => Value::Array((0..3).map(|_| self.anything(depth + 1)).collect()),
            7 => json!({ "id": self.anything(depth + 1), "name": self.anything(depth + 1) }),
            _ => json!({}),
        }
    }
}

/// The value as it stands in a document; texts become names where the type is an enum.
pub fn literal(value: &Value, kind: &Type, types: &TypeMap, into: &mut String) {
    let named = match &kind.base {
        BaseType::Named(name) => Some(name.as_str()),
        BaseType::List(_) => None,
    };
    match (value, &kind.base) {
        (Value::Array(values), base) => {
            let inner = if let BaseType::List(inner) = base { inner } else { kind };
            into.push('[');
            for value in values {
                literal(value, inner, types, into);
                into.push(' ');
            }
            into.push(']');
        }
        (value, BaseType::List(inner)) => literal(value, inner, types, into),
        (Value::Object(fields), _) => {
            into.push('{');
            let input = named.and_then(|name| types.get(name));
            for (name, value) in fields {
                let declared = match input {
                    Some(Declared::Input(input)) => input.fields.get(name).map(|field| &field.kind),
                    _ => None,
                };
                let _ = write!(into, "{name}: ");
                literal(value, declared.unwrap_or(kind), types, into);
                into.push(' ');
            }
            into.push('}');
        }
        (Value::String(text), _) if is_name(text) && matches!(named.and_then(|name| types.get(name)), Some(Declared::Enum(_))) => {
            into.push_str(text)
        }
        (value, _) => into.push_str(&value.to_string()),
    }
}

fn is_name(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'_')
}

/// The kind that an id of this name should have: by the name, else by that of the input or mutation around it.
fn fitting(place: &str, field: &str) -> Option<Kind> {
    let field = field.trim_start_matches("remove").trim_end_matches("Ids").trim_end_matches("Id");
    let named = match field {
        "owner" | "actor" => Some(Kind::User),
        "type" if place.starts_with("Task") || place.starts_with("NextTask") => Some(Kind::TaskType),
        "type" => Some(Kind::IdentifierType),
        "assignee" => Some(Kind::User),
        field => starting(field),
    };
    named.or_else(|| starting(place))
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
