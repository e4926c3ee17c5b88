//! The types of attributes: their definitions, two values of each, and the conditions that tell the two apart.

use serde_json::{Value, json};

use crate::support::{Made, TestApp};

/// A value in the forms in which it is given and shown.
#[derive(Clone)]
pub struct One {
    /// In generic inputs and filters.
    pub given: Value,
    /// In typed inputs.
    pub typed: Value,
    /// In typed fields.
    pub shown: Value,
    /// Ready to show.
    pub text: String,
    /// In the timeline.
    pub history: String,
    /// A word that finds it, where the type can be searched.
    pub word: &'static str,
}

/// An attribute of the test.
#[derive(Clone)]
pub struct Case {
    pub key: String,
    pub kind: &'static str,
    pub is_multiple: bool,
    /// More fields of its definition.
    more: Value,
    low: One,
    high: One,
}

/// The records of the test: `A` has the low value, or both if there may be several; `B` has the high value; `C` has none.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Row {
    A,
    B,
    C,
}

/// Of a value that is the same in all forms.
fn plain(value: &str) -> One {
    One {
        given: json!(value),
        typed: json!(value),
        shown: json!(value),
        text: value.to_owned(),
        history: value.to_owned(),
        word: "",
    }
}

fn word(value: &str, word: &'static str) -> One {
    One { word, ..plain(value) }
}

fn number(given: &str, shown: Value, text: &str) -> One {
    One {
        shown,
        text: text.to_owned(),
        history: text.to_owned(),
        ..plain(given)
    }
}

fn choice(key: &str, label: &str) -> One {
    let name = json!(key.to_uppercase());
    One {
        typed: name.clone(),
        shown: name,
        text: label.to_owned(),
        history: label.to_owned(),
        ..plain(key)
    }
}

fn reference(id: &str, name: &str, history: &str) -> One {
    One {
        shown: json!({ "id": id }),
        text: name.to_owned(),
        history: history.to_owned(),
        ..plain(id)
    }
}

/// One attribute of each type, and one with several values where the type may have them. The prospects are what references refer to.
pub fn cases(app: &TestApp, referenced: &[Made; 2]) -> Vec<Case> {
    let choices = json!([{ "key": "acme", "label": "Acme" }, { "key": "globex", "label": "Globex" }]);
    // References are ordered by ID.
    let mut users = [&app.ana, &app.luis].map(|person| (person.id.clone(), person.name.clone()));
    users.sort();
    let mut prospects = referenced.clone();
    prospects.sort_by(|one, other| one.id.cmp(&other.id));
    let users = users.map(|(id, name)| reference(&id, &name, &name));
    let prospects = prospects.map(|made| reference(&made.id, "Referenced", &made.id));
    let int = |number: i64| One {
        typed: json!(number),
        ..self::number(&number.to_string(), json!(number), &number.to_string())
    };
    let money = |given: &str, amount: &str| {
        let shown = json!({ "amount": amount, "currency": "USD" });
        self::number(given, shown, &format!("{amount} USD"))
    };
    let boolean = |is: bool| One {
        given: json!(is),
        typed: json!(is),
        shown: json!(is),
        ..plain(if is { "true" } else { "false" })
    };
    let phone = |given: &str, canonical: &str, word| One {
        shown: json!(canonical),
        ..number(given, json!(canonical), canonical).with_word(word)
    };
    let all = [
        ("TEXT", json!({}), [word("Ámbar", "ambar"), word("zinc", "zinc")]),
        ("LONG_TEXT", json!({}), [word("alfa\nbeta", "alfa"), word("omega", "omega")]),
        ("INTEGER", json!({}), [int(-3), int(42)]),
        (
            "DECIMAL",
            json!({ "scale": 2 }),
            [number("-0.5", json!("-0.50"), "-0.50"), number("1000", json!("1000.00"), "1000.00")],
        ),
        (
            "MONEY",
            json!({ "currency": "USD" }),
            [money("0.5", "0.50"), money("99.99", "99.99")],
        ),
        ("BOOLEAN", json!({}), [boolean(false), boolean(true)]),
        ("DATE", json!({}), [plain("1969-12-31"), plain("2026-02-28")]),
        (
            "DATE_TIME",
            json!({}),
            [
                number(
                    "1969-12-31T23:59:59+01:00",
                    json!("1969-12-31T22:59:59.000Z"),
                    "1969-12-31T22:59:59.000Z",
                ),
                plain("2026-02-28T10:00:00.000Z"),
            ],
        ),
        (
            "CHOICE",
            json!({ "choices": choices }),
            [choice("acme", "Acme"), choice("globex", "Globex")],
        ),
        ("USER", json!({}), users),
        ("PROSPECT", json!({}), prospects),
        (
            "URL",
            json!({ "validation": { "maxLength": 300 } }),
            [word("https://a.example/Ópalo", "opalo"), word("https://b.example/jade", "jade")],
        ),
        (
            "EMAIL",
            json!({}),
            [
                word("perla@correo.example", "perla@correo.example"),
                word("rubi@correo.example", "rubi@correo.example"),
            ],
        ),
        (
            "PHONE",
            json!({}),
            [
                phone("+34 612345678", "+34612345678", "612345678"),
                phone("0212-5550100", "+582125550100", "2125550100"),
            ],
        ),
    ];
    let mut cases = Vec::new();
    for (kind, more, [low, high]) in all {
        let case = |is_multiple: bool| Case {
            key: format!("{}_{}", if is_multiple { "all" } else { "one" }, kind.to_lowercase()),
            kind,
            is_multiple,
            more: more.clone(),
            low: low.clone(),
            high: high.clone(),
        };
        cases.push(case(false));
        if !["BOOLEAN", "LONG_TEXT"].contains(&kind) {
            cases.push(case(true));
        }
    }
    cases
}

impl One {
    fn with_word(self, word: &'static str) -> One {
        One { word, ..self }
    }
}

impl Case {
    /// Whether the type is compared as text, and can be searched.
    pub fn is_text(&self) -> bool {
        ["TEXT", "LONG_TEXT", "URL", "EMAIL", "PHONE"].contains(&self.kind)
    }

    /// Whether the attribute may be unique, have an index, and be ordered by.
    pub fn may_have_index(&self) -> bool {
        !self.is_multiple && !["BOOLEAN", "LONG_TEXT"].contains(&self.kind)
    }

    pub fn may_be_ordered_by(&self) -> bool {
        !self.is_multiple && self.kind != "LONG_TEXT"
    }

    /// The input of its definition.
    pub fn definition(&self, entity: &str) -> Value {
        let mut input = json!({ "entity": entity, "key": self.key, "type": self.kind, "isMultiple": self.is_multiple,
            "isSearchable": self.is_text() && entity == "PROSPECT",
            "isUnique": self.may_have_index(), "isIndexed": self.may_have_index() });
        let fields = input.as_object_mut().expect("an object");
        fields.extend(self.more.as_object().expect("an object").clone());
        input
    }

    /// The name of its typed field.
    pub fn field(&self) -> String {
        let mut parts = self.key.split('_');
        let first = parts.next().unwrap_or_default().to_owned();
        parts.fold(first, |name, part| name + &part[..1].to_uppercase() + &part[1..])
    }

    /// What of its typed field is selected.
    pub fn selection(&self) -> String {
        let below = match self.kind {
            "MONEY" => "{ amount currency }",
            "USER" | "PROSPECT" => "{ id }",
            _ => "",
        };
        format!("{} {below}", self.field())
    }

    /// The field of a filter that takes conditions on the type.
    pub fn family(&self) -> &'static str {
        match self.kind {
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

    pub fn values(&self, row: Row) -> Vec<&One> {
        match row {
            Row::A if self.is_multiple => vec![&self.low, &self.high],
            Row::A => vec![&self.low],
            Row::B => vec![&self.high],
            Row::C => Vec::new(),
        }
    }

    fn shaped(&self, row: Row, form: impl Fn(&One) -> &Value) -> Value {
        let values: Vec<&Value> = self.values(row).into_iter().map(form).collect();
        match (self.is_multiple, &values[..]) {
            (true, values) => json!(values),
            (false, [value]) => (*value).clone(),
            (false, _) => Value::Null,
        }
    }

    /// The value of the record in the generic input; null clears it.
    pub fn generic(&self, row: Row) -> Value {
        let value = match (row, self.is_multiple) {
            (Row::C, _) => Value::Null,
            (_, true) => json!({ format!("{}s", self.family()): self.shaped(row, |one| &one.given) }),
            (_, false) => json!({ self.family(): self.shaped(row, |one| &one.given) }),
        };
        json!({ "key": self.key, "value": value })
    }

    /// In the typed input.
    pub fn typed(&self, row: Row) -> Value {
        match row {
            Row::C => Value::Null,
            row => self.shaped(row, |one| &one.typed),
        }
    }

    /// In the typed field; an empty list where none of several is set.
    pub fn shown(&self, row: Row) -> Value {
        self.shaped(row, |one| &one.shown)
    }

    /// Ready to show.
    pub fn text(&self, row: Row) -> String {
        let texts: Vec<&str> = self.values(row).into_iter().map(|one| &one.text[..]).collect();
        texts.join(", ")
    }

    /// In the timeline.
    pub fn history(&self, row: Row) -> String {
        let texts: Vec<&str> = self.values(row).into_iter().map(|one| &one.history[..]).collect();
        texts.join(", ")
    }

    /// Every operator that fits, in the typed form or the generic one, with the records that it finds.
    pub fn tests(&self, is_typed: bool) -> Vec<(Value, &'static str)> {
        let form = |one: &One| {
            if is_typed && self.kind == "CHOICE" {
                one.typed.clone()
            } else {
                one.given.clone()
            }
        };
        let (low, high) = (form(&self.low), form(&self.high));
        // Of several values the low one is in one record, and the high one in both.
        let (of_high, of_low) = if self.is_multiple { ("AB", "A") } else { ("B", "A") };
        let mut tests = vec![(json!({ "isNull": true }), "C"), (json!({ "isNull": false }), "AB")];
        tests.extend([(json!({ "eq": low }), of_low), (json!({ "eq": high }), of_high)]);
        if self.kind == "BOOLEAN" {
            return tests;
        }
        tests.extend([
            (json!({ "in": [low, high] }), "AB"),
            (json!({ "in": [low] }), of_low),
            (json!({ "in": [] }), ""),
        ]);
        match self.family() {
            "text" => {
                let part = |text: &Value, from: usize, to: usize| -> String {
                    text.as_str().expect("a text").chars().skip(from).take(to - from).collect()
                };
                tests.extend([
                    (
                        json!({ "startsWith": part(&low, 0, 3) }),
                        if self.kind == "URL" { "AB" } else { of_low },
                    ),
                    (json!({ "contains": part(&high, 1, 100) }), of_high),
                    (json!({ "contains": "nothing like it" }), ""),
                ]);
            }
            "number" => tests.extend([
                (json!({ "gte": high }), of_high),
                (json!({ "lte": low }), of_low),
                (json!({ "gte": low, "lte": high }), "AB"),
            ]),
            "date" => tests.extend([
                (json!({ "gte": high }), of_high),
                (json!({ "lte": low }), of_low),
                (json!({ "lt": high }), of_low),
                (json!({ "relative": { "unit": "YEAR", "offset": 0, "count": 1 } }), of_high),
            ]),
            "dateTime" => tests.extend([
                (json!({ "gte": high }), of_high),
                (json!({ "lt": high }), of_low),
                (json!({ "relative": { "unit": "YEAR", "offset": 0, "count": 1 } }), of_high),
            ]),
            _ => {}
        }
        if self.is_multiple {
            tests.extend([
                (json!({ "any": [low] }), "A"),
                (json!({ "any": [low, high] }), "AB"),
                (json!({ "all": [low, high] }), "A"),
                (json!({ "all": [high] }), "AB"),
                (json!({ "none": [low] }), "BC"),
                (json!({ "none": [low, high] }), "C"),
            ]);
        }
        tests
    }

    /// A default of the definition, and the text of a new record; None where the type has none of this form.
    pub fn default(&self) -> Option<Value> {
        let has_default = !["CHOICE", "PROSPECT"].contains(&self.kind) && !self.may_have_index();
        has_default.then(|| self.generic(Row::B)["value"].clone())
    }
}
