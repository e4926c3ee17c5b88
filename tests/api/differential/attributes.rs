//! Custom attributes: definitions of every type, values, conditions and orders.

use cartera::ids::Kind;
use rand::RngExt;
use serde_json::{Map, Value, json};

use super::generator::Generator;

/// An attribute that there is from the beginning.
#[derive(Clone, Copy)]
struct Attribute {
    entity: &'static str,
    key: &'static str,
    kind: &'static str,
    is_multiple: bool,
}

const ENTITIES: [&str; 4] = ["PROSPECT", "CLIENT", "CONTACT", "TASK"];
/// Types with one value; those of the second list also with several.
const SINGLE: [(&str, &str); 14] = [
    ("one_text", "TEXT"),
    ("one_story", "LONG_TEXT"),
    ("one_count", "INTEGER"),
    ("one_size", "DECIMAL"),
    ("one_price", "MONEY"),
    ("one_flag", "BOOLEAN"),
    ("one_day", "DATE"),
    ("one_time", "DATE_TIME"),
    ("one_brand", "CHOICE"),
    ("one_user", "USER"),
    ("one_prospect", "PROSPECT"),
    ("one_site", "URL"),
    ("one_mail", "EMAIL"),
    ("one_phone", "PHONE"),
];
const MULTIPLE: [(&str, &str); 6] = [
    ("all_texts", "TEXT"),
    ("all_sizes", "DECIMAL"),
    ("all_days", "DATE"),
    ("all_times", "DATE_TIME"),
    ("all_brands", "CHOICE"),
    ("all_users", "USER"),
];
const TEXTS: [&str; 8] = ["Ñandú", "nandu", "ÑANDU  azul", "Zoë", "100%", "a_b", "İpek", "🦀"];
const BRANDS: [&str; 4] = ["acme", "globex", "initech", "umbrella"];

fn attributes(entity: &str) -> impl Iterator<Item = Attribute> {
    let entity = ENTITIES.into_iter().find(|known| *known == entity).expect("a kind of record");
    let of = move |is_multiple| {
        move |(key, kind)| Attribute {
            entity,
            key,
            kind,
            is_multiple,
        }
    };
    SINGLE.into_iter().map(of(false)).chain(MULTIPLE.into_iter().map(of(true)))
}

/// The kind of record of an input, a filter or an order.
fn entity_of(place: &str) -> &'static str {
    match place {
        _ if place.contains("Task") || place.starts_with("task") => "TASK",
        _ if place.contains("Contact") => "CONTACT",
        _ if ["Client", "ProspectConvert", "ProspectStatusChange"]
            .iter()
            .any(|start| place.starts_with(start)) =>
        {
            "CLIENT"
        }
        _ => "PROSPECT",
    }
}

/// Type of the attribute with the key, and whether it has several values. None if there is no such attribute.
pub fn kind_of_key(key: &str) -> Option<(&'static str, bool)> {
    let find = |all: &[(&'static str, &'static str)]| all.iter().find(|(other, _)| *other == key).map(|(_, kind)| *kind);
    let single = find(&SINGLE).map(|kind| (kind, false));
    single.or_else(|| find(&MULTIPLE).map(|kind| (kind, true)))
}

/// The field of a filter that takes conditions on the type.
pub fn family(kind: &str) -> &'static str {
    match kind {
        "INTEGER" | "DECIMAL" | "MONEY" => "number",
        "BOOLEAN" => "boolean",
        "DATE" => "date",
        "DATE_TIME" => "dateTime",
        "CHOICE" => "choice",
        "USER" => "user",
        "PROSPECT" => "prospect",
        _ => "text",
    }
}

impl Generator {
    /// Adds the definitions of some attributes; false if there are no more.
    pub fn define_attributes(&mut self, defined: usize, many: usize) -> bool {
        let field = self.root_field("Mutation", "attributeDefinitionCreate");
        let all = ENTITIES.into_iter().flat_map(attributes);
        for attribute in all.skip(defined).take(many) {
            let entity = attribute.entity;
            let mut input = json!({ "entity": entity, "key": attribute.key, "label": attribute.key, "type": attribute.kind,
                "isMultiple": attribute.is_multiple });
            let more = match attribute.kind {
                "DECIMAL" => json!({ "scale": 2 }),
                "MONEY" => json!({ "currency": "USD" }),
                "CHOICE" => json!({ "choices": BRANDS.map(|brand| json!({ "key": brand, "label": brand })) }),
                _ => json!({}),
            };
            let fields = input.as_object_mut().expect("an object");
            fields.extend(more.as_object().expect("an object").clone());
            let arguments = Map::from_iter([("input".to_owned(), input)]);
            let selection = self.whole(&field.named, 1);
            self.ask(&field, arguments, &selection);
        }
        !self.request.asked.is_empty()
    }

    /// Values for an input: of a few attributes, each once.
    pub fn attribute_values(&mut self, place: &str) -> Value {
        // Only a win takes attributes of a client; most changes of status are none.
        let is_seldom = place.starts_with("ProspectStatusChange") && self.percent(80);
        let count = if is_seldom { 0 } else { [0, 2, 4, 8][self.dice.random_range(0..4)] };
        let mut all: Vec<Attribute> = attributes(entity_of(place)).collect();
        let mut values = Vec::new();
        for _ in 0..count {
            let attribute = all.remove(self.dice.random_range(0..all.len()));
            let value = if self.percent(15) { Value::Null } else { self.content(attribute) };
            values.push(json!({ "key": attribute.key, "value": value }));
        }
        if self.odd > 0 && self.percent(20) {
            let key = self.one_of(&["nothing", "one_text", "__proto__"]);
            values.push(json!({ "key": key, "value": { "number": "0.001" } }));
        }
        json!(values)
    }

    fn content(&mut self, attribute: Attribute) -> Value {
        let singular = family(attribute.kind);
        if !attribute.is_multiple {
            return json!({ singular: self.attribute_value(attribute.kind, false) });
        }
        let count = self.dice.random_range(1..=3);
        let values: Vec<Value> = (0..count).map(|_| self.attribute_value(attribute.kind, false)).collect();
        json!({ format!("{singular}s"): values })
    }

    /// A value from few, so that records have it in common. To compare with, it may lie between those that are stored.
    fn attribute_value(&mut self, kind: &str, is_compared: bool) -> Value {
        match kind {
            "INTEGER" if is_compared && self.percent(20) => json!(self.one_of(&["0.5", "-1.5", "79228162514264337593543950335"])),
            "INTEGER" => json!(self.dice.random_range(-3..=3)),
            "DECIMAL" | "MONEY" if is_compared && self.percent(20) => json!(self.one_of(&["0.005", "-0.255", "2.500"])),
            "DECIMAL" => json!(self.one_of(&["-0.25", "0", "0.01", "2.5", "1000"])),
            "MONEY" => json!(self.one_of(&["0", "0.01", "2.5", "90071992547409.91"])),
            "BOOLEAN" => json!(self.percent(50)),
            "DATE" => json!(self.one_of(&["1926-02-28", "1969-12-31", "1970-01-01", "2026-02-28", "2026-03-01"])),
            "DATE_TIME" => json!(self.one_of(&[
                "1969-12-31T23:59:59.999Z",
                "2026-01-15T10:00:00.000Z",
                "2026-01-15T12:00:00.001+02:00"
            ])),
            "CHOICE" => json!(self.one_of(&BRANDS)),
            "USER" => json!(self.id(Kind::User)),
            "PROSPECT" => json!(self.id(Kind::Prospect)),
            "URL" => json!(self.one_of(&["https://a.example/Ñ", "https://a.example/n", "http://b.example"])),
            "EMAIL" => json!(self.one_of(&["Ana@Correo.example", "ana@correo.example", "ñ@correo.example"])),
            "PHONE" => json!(self.one_of(&["+58 212 5550100", "0414-5550101", "+34 612345678"])),
            _ => json!(self.one_of(&TEXTS)),
        }
    }

    /// One or two conditions on attributes, of the types that were seldom asked for.
    pub fn attribute_tests(&mut self, place: &str) -> Value {
        let count = [1, 1, 2][self.dice.random_range(0..3)];
        let tests: Vec<Value> = (0..count).map(|_| self.attribute_filter(entity_of(place))).collect();
        json!(tests)
    }

    fn attribute_filter(&mut self, entity: &str) -> Value {
        let all: Vec<Attribute> = attributes(entity).collect();
        let some: Vec<Attribute> = (0..6).map(|_| self.one_of(&all)).collect();
        let uses = |generator: &Generator, field: &str| {
            let uses = generator.uses.get(&("AttributeFilter".to_owned(), field.to_owned()));
            uses.copied().unwrap_or_default()
        };
        let rarest = some.into_iter().min_by_key(|attribute| uses(self, family(attribute.kind)));
        let attribute = rarest.expect("there are some");
        let right = family(attribute.kind);
        // A condition of another type is refused.
        let family = if self.percent(2) { "boolean" } else { right };
        for field in ["key", family] {
            if let Some(uses) = self.uses.get_mut(&("AttributeFilter".to_owned(), field.to_owned())) {
                *uses += 1;
            }
        }
        let test = self.value_condition(attribute);
        json!({ "key": if self.percent(2) { "nothing" } else { attribute.key }, family: test })
    }

    fn value_condition(&mut self, attribute: Attribute) -> Value {
        let Attribute { kind, is_multiple, .. } = attribute;
        if kind == "BOOLEAN" {
            return if self.percent(30) {
                json!({ "isNull": self.percent(50) })
            } else {
                json!({ "eq": self.percent(50) })
            };
        }
        let mut operators = vec!["eq", "in", "isNull"];
        match family(kind) {
            "text" => operators.extend(["contains", "startsWith", "contains"]),
            "number" => operators.extend(["gte", "lte", "both"]),
            "date" => operators.extend(["gte", "lte", "lt", "relative"]),
            "dateTime" => operators.extend(["gte", "lt", "relative"]),
            _ => {}
        }
        if is_multiple {
            operators.extend(["any", "all", "none", "any"]);
        }
        let value = |generator: &mut Generator| generator.attribute_value(kind, true);
        match self.one_of(&operators) {
            "isNull" => json!({ "isNull": self.percent(50) }),
            "both" => json!({ "gte": value(self), "lte": value(self) }),
            "relative" => {
                let unit = self.one_of(&["DAY", "WEEK", "MONTH", "QUARTER", "YEAR"]);
                json!({ "relative": { "unit": unit, "offset": self.dice.random_range(-5..=0), "count": self.dice.random_range(1..=9) } })
            }
            operator @ ("contains" | "startsWith") => {
                let text = value(self).as_str().unwrap_or_default().to_owned();
                let part: String = text.chars().take(self.dice.random_range(1..=4)).collect();
                json!({ operator: part })
            }
            operator @ ("in" | "any" | "all" | "none") => {
                let count = [0, 1, 2, 3][self.dice.random_range(0..4)];
                json!({ operator: (0..count).map(|_| value(self)).collect::<Vec<_>>() })
            }
            operator => json!({ operator: value(self) }),
        }
    }

    /// The key of an attribute that a list is ordered by; seldom one that it cannot be ordered by.
    pub fn order_key(&mut self, order: &str) -> &'static str {
        let may_be_any = self.percent(3);
        let all: Vec<Attribute> = attributes(entity_of(order)).collect();
        let fitting: Vec<Attribute> = all
            .into_iter()
            .filter(|attribute| may_be_any || !attribute.is_multiple && attribute.kind != "LONG_TEXT")
            // IDs differ between the databases, and so does their order.
            .filter(|attribute| !["USER", "PROSPECT"].contains(&attribute.kind))
            .collect();
        self.one_of(&fitting).key
    }

    /// The key for the field of one attribute.
    pub fn key_of(&mut self, object: &str) -> &'static str {
        let all: Vec<Attribute> = attributes(entity_of(object)).collect();
        self.one_of(&all).key
    }
}
