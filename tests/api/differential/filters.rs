//! Filters, orders, searches and pages of lists.

use rand::RngExt;
use rand::seq::SliceRandom;
use serde_json::{Map, Value, json};

use super::generator::{Generator, kind_of};
use crate::visibility::schema_text::{Argument, Definition, SchemaText};

const DAY: i64 = 24 * 60 * 60 * 1000;
/// Combinators of filters.
const COMBINATORS: [&str; 3] = ["and", "or", "not"];
/// Time zones of weekdays and hours.
const ZONES: [&str; 4] = ["America/Caracas", "Europe/Madrid", "Asia/Kolkata", "America/New_York"];
/// Quantifiers over child rows.
const QUANTIFIERS: [&str; 3] = ["some", "none", "every"];

impl SchemaText {
    /// The input types whose fields are filters, from the lists at the root down.
    pub fn filters(&self) -> Vec<String> {
        let roots = self.fields("Query").iter().flat_map(|field| &field.arguments);
        let mut found: Vec<String> = Vec::new();
        let mut open: Vec<String> = roots
            .filter(|argument| argument.name == "filter")
            .map(|argument| argument.named.clone())
            .collect();
        while let Some(name) = open.pop() {
            let is_new = !found.contains(&name) && matches!(self.types.get(&name), Some(Definition::Input(_)));
            if is_new && self.is_filter_of_fields(&name) {
                open.extend(self.input_fields(&name).iter().map(|field| field.named.clone()));
                found.push(name);
            }
        }
        found.sort();
        found
    }

    /// Not a test of one value, such as `StringFilter`.
    pub fn is_filter_of_fields(&self, name: &str) -> bool {
        let tests = ["eq", "gte"];
        !self.input_fields(name).iter().any(|field| tests.contains(&field.name.as_str()))
    }
}

impl Generator {
    /// The arguments of a list.
    pub fn list_arguments(&mut self, declared: &[Argument], largest: u32) -> Map<String, Value> {
        let mut given = Map::new();
        for argument in declared {
            let value = match argument.name.as_str() {
                "filter" if self.percent(72) => self.filter(&argument.named, 0),
                "orderBy" if self.percent(50) => self.order(&argument.named),
                "search" if self.percent(25) => json!(self.search()),
                _ => continue,
            };
            given.insert(argument.name.clone(), value);
        }
        let side = if self.percent(25) { "last" } else { "first" };
        if self.percent(85) && declared.iter().any(|argument| argument.name == side) {
            given.insert(side.to_owned(), json!(self.dice.random_range(1..=largest)));
        }
        given
    }

    /// One to three tests, those that were seldom made before others.
    pub fn filter(&mut self, named: &str, depth: usize) -> Value {
        let mut fields: Vec<Argument> = self.schema.input_fields(named).to_vec();
        fields.shuffle(&mut self.dice);
        if depth > 1 || self.percent(55) {
            fields.retain(|field| !COMBINATORS.contains(&field.name.as_str()));
        }
        let count = [1, 1, 1, 1, 2, 2][self.dice.random_range(0..6)];
        let mut filter = Map::new();
        for _ in 0..count {
            let candidates = fields.len().min(6);
            let rarest = (0..candidates).min_by_key(|place| self.uses_of(named, &fields[*place], 2));
            let Some(rarest) = rarest else { break };
            let field = fields.remove(rarest);
            let value = self.test(named, &field, depth);
            if let Some(uses) = self.uses.get_mut(&(named.to_owned(), field.name.clone())) {
                *uses += 1;
            }
            filter.insert(field.name, value);
        }
        Value::Object(filter)
    }

    /// Number of uses of a field, or of its content if that is less.
    fn uses_of(&self, place: &str, field: &Argument, depth: usize) -> usize {
        let own = self
            .uses
            .get(&(place.to_owned(), field.name.clone()))
            .copied()
            .unwrap_or(usize::MAX);
        let is_flat = depth == 0 || COMBINATORS.contains(&field.name.as_str()) || self.schema.is_leaf(&field.named);
        if is_flat || !self.schema.is_filter_of_fields(&field.named) {
            return own;
        }
        let inner = self.schema.input_fields(&field.named).iter();
        inner
            .map(|inner| self.uses_of(&field.named, inner, depth - 1))
            .fold(own, usize::min)
    }

    fn test(&mut self, place: &str, field: &Argument, depth: usize) -> Value {
        if COMBINATORS.contains(&field.name.as_str()) && field.named == place {
            let count = self.dice.random_range(1..=3);
            let parts: Vec<Value> = (0..count).map(|_| self.filter(place, depth + 1)).collect();
            return if field.is_list { json!(parts) } else { parts[0].clone() };
        }
        match field.named.as_str() {
            "AttributeFilter" => self.attribute_tests(place),
            "Boolean" => json!(self.percent(50)),
            "StringFilter" => self.text_test(place, &field.name),
            "IdFilter" => self.id_test(place, &field.name),
            "DateTimeFilter" => self.time_test(),
            "AmountFilter" => self.amount_test(),
            named if self.schema.is_leaf(named) => panic!("the generator does not know how to fill {place}.{} of type {named}", field.name),
            named if self.schema.is_filter_of_fields(named) => {
                let is_relation = QUANTIFIERS.contains(&field.name.as_str());
                if is_relation && self.percent(10) {
                    return json!({});
                }
                self.filter(named, depth + 1)
            }
            named => self.value_test(place, field, named),
        }
    }

    /// A condition on an enum or a number: the type of `eq` decides.
    fn value_test(&mut self, place: &str, field: &Argument, named: &str) -> Value {
        let tests = self.schema.input_fields(named).to_vec();
        let eq = tests.iter().find(|test| test.name == "eq" || test.name == "gte");
        let kind = eq.expect("a test of one value").named.clone();
        let value = |generator: &mut Generator| match generator.schema.enum_values(&kind).map(<[String]>::to_vec) {
            Some(values) => json!(generator.one_of(&values)),
            None if kind == "Int" => json!(generator.dice.random_range(0..=6)),
            None if kind == "String" && field.name == "medium" => json!(generator.found_text(place, &field.name)),
            None if kind == "String" => json!(generator.known.text(&["kind"], |_| true, &mut generator.dice)),
            None if kind == "Decimal" => json!(generator.dice.random_range(0..=5_000).to_string()),
            None => panic!("the generator does not know how to test {place}.{} of type {kind}", field.name),
        };
        let test = self.one_of(&tests);
        match test.name.as_str() {
            "in" => {
                let count = [0, 1, 2, 2, 3][self.dice.random_range(0..5)];
                json!({ "in": (0..count).map(|_| value(self)).collect::<Vec<_>>() })
            }
            "isNull" => json!({ "isNull": self.percent(50) }),
            name if test.named == kind => json!({ name: value(self) }),
            _ => json!({ "eq": value(self) }),
        }
    }

    fn text_test(&mut self, place: &str, field: &str) -> Value {
        let test = self.dice.random_range(0..100);
        match test {
            0..=9 => json!({ "isNull": self.percent(40) }),
            10..=24 => json!({ "eq": self.found_text(place, field) }),
            25..=39 => json!({ "in": (0..4).map(|_| self.found_text(place, field)).collect::<Vec<_>>() }),
            40..=59 => {
                let text = self.found_text(place, field);
                let beginning: String = text.chars().take(self.dice.random_range(1..=4)).collect();
                json!({ "startsWith": self.disguised(&beginning) })
            }
            60..=64 => json!({ "contains": self.one_of(&["%", "_", "\\", "'", "", " ", "🦀", "%_\\%"]) }),
            _ => {
                let text = self.found_text(place, field);
                let part = self.part(&text, 2);
                json!({ "contains": self.disguised(&part) })
            }
        }
    }

    /// A text that records have where the filter looks.
    fn found_text(&mut self, place: &str, field: &str) -> String {
        let lower = format!("{place}{field}").to_lowercase();
        let (names, mark): (&[&str], Option<char>) = match () {
            () if field == "email" || lower.starts_with("emailfilter") => (&["value"], Some('@')),
            () if field == "phone" || lower.starts_with("phonefilter") => (&["value"], Some('+')),
            () if field == "identifier" => (&["number"], None),
            () if lower.contains("contact") => (&["firstName", "lastName"], None),
            () => (&[field], None),
        };
        let fits = |text: &str| mark.is_none_or(|mark| text.contains(mark));
        let text = self.known.text(names, fits, &mut self.dice).unwrap_or_default();
        if self.percent(30) { self.disguised(&text) } else { text }
    }

    fn id_test(&mut self, place: &str, field: &str) -> Value {
        let place = place.trim_end_matches("Filter");
        let kind = kind_of(place, field);
        match self.dice.random_range(0..10) {
            0 => json!({ "isNull": self.percent(50) }),
            1..=3 => json!({ "eq": self.id(kind) }),
            _ => {
                let count = [0, 2, 3, 5, 8, 8][self.dice.random_range(0..6)];
                json!({ "in": (0..count).map(|_| self.id(kind)).collect::<Vec<_>>() })
            }
        }
    }

    fn time_test(&mut self) -> Value {
        let at = |generator: &mut Generator| {
            // The very instant of something is where mistakes show.
            let known = generator.known.time(&mut generator.dice);
            match known {
                Some(time) if generator.percent(50) => time,
                _ => {
                    let ago = generator.dice.random_range(-20..150) * DAY / 3;
                    generator.time(generator.now - ago)
                }
            }
        };
        match self.dice.random_range(0..12) {
            0 => json!({ "isNull": self.percent(50) }),
            1..=3 => json!({ "gte": at(self) }),
            10 => json!({ "weekday": self.weekday_test() }),
            11 => {
                let hours: Vec<i32> = (0..self.dice.random_range(0..=12)).map(|_| self.dice.random_range(0..24)).collect();
                json!({ "hourOfDay": { "in": hours, "timeZone": self.one_of(&ZONES) } })
            }
            4 | 5 => json!({ "lt": at(self) }),
            6 => {
                let mut times = [at(self), at(self)];
                times.sort();
                json!({ "gte": times[0], "lt": times[1] })
            }
            _ => {
                let unit = self.one_of(&["DAY", "WEEK", "MONTH", "QUARTER", "YEAR"]);
                let count = self.dice.random_range(1..=12);
                json!({ "relative": { "unit": unit, "offset": self.dice.random_range(-8..=0), "count": count } })
            }
        }
    }

    fn amount_test(&mut self) -> Value {
        let currency = self.one_of(&["USD", "VES", "EUR"]);
        match self.dice.random_range(0..4) {
            0 => json!({ "isNull": self.percent(50) }),
            1 => json!({ "currency": currency }),
            2 => json!({ "gte": self.dice.random_range(0..5_000).to_string() }),
            _ => json!({ "currency": currency, "lte": self.dice.random_range(0..5_000).to_string() }),
        }
    }

    fn weekday_test(&mut self) -> Value {
        let days = ["MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY", "SATURDAY", "SUNDAY"];
        let days: Vec<&str> = (0..self.dice.random_range(0..=5)).map(|_| self.one_of(&days)).collect();
        let mut test = json!({ "in": days });
        if self.percent(70) {
            test["timeZone"] = json!(self.one_of(&ZONES));
        }
        test
    }

    pub fn order(&mut self, named: &str) -> Value {
        let fields = self.schema.input_fields(named);
        let values = |name: &str| {
            let field = fields.iter().find(|field| field.name == name);
            let field = field.unwrap_or_else(|| panic!("the generator does not know orders without `{name}`, such as {named}"));
            self.schema.enum_values(&field.named).expect("an enum").to_vec()
        };
        let (mut fields, directions) = (values("field"), values("direction"));
        fields.shuffle(&mut self.dice);
        let count = self.dice.random_range(1..=2);
        let steps: Vec<Value> = fields
            .into_iter()
            .take(count)
            .map(|field| {
                let mut step = json!({ "field": field, "direction": self.one_of(&directions) });
                if field == "ATTRIBUTE" {
                    step["attributeKey"] = json!(self.order_key(named));
                }
                step
            })
            .collect();
        json!(steps)
    }

    /// One or two words that records have in them, or parts of these.
    pub fn search(&mut self) -> String {
        if self.percent(5) {
            return self
                .one_of(&["%%%", "ab", "", "\"\"\"", "* OR abc", "' -- x", "___", "ñandú 🦀"])
                .to_owned();
        }
        let names = ["name", "legalName", "firstName", "lastName", "value", "number"];
        let count = [1, 1, 1, 2][self.dice.random_range(0..4)];
        let words: Vec<String> = (0..count)
            .map(|_| {
                let text = self.known.text(&names, |_| true, &mut self.dice).unwrap_or_default();
                let words: Vec<&str> = text.split_whitespace().filter(|word| word.chars().count() > 2).collect();
                let word = if words.is_empty() {
                    "josé".to_owned()
                } else {
                    self.one_of(&words).to_owned()
                };
                let part = self.part(&word, 3);
                self.disguised(&part)
            })
            .collect();
        words.join(" ")
    }

    /// A part of a text, of so many characters at least if it has them.
    fn part(&mut self, text: &str, least: usize) -> String {
        let characters: Vec<char> = text.chars().collect();
        let from = self.dice.random_range(0..=characters.len().saturating_sub(least + 1));
        let length = least + self.dice.random_range(0..=5);
        characters.iter().skip(from).take(length).collect()
    }

    /// The same text to whom accents and case are nothing.
    fn disguised(&mut self, text: &str) -> String {
        match self.dice.random_range(0..4) {
            0 => text.to_uppercase(),
            // Of e-mails only the case does not count.
            _ if text.contains('@') => text.to_owned(),
            1 => text.replace('a', "á").replace('e', "É"),
            2 => text.replace('ñ', "n").replace('é', "e"),
            _ => text.to_owned(),
        }
    }
}
