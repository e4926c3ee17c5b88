//! `@skip` and `@include` in every form: what runs is what the specification says, and all of it was priced.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use rand::{RngExt, SeedableRng};
use serde_json::{Map, Value, json};

use super::reference::{Document, ENTRIES, Field, Flag, Kind, Node, Run, Selection, Values, fields};
use crate::support::{PASSWORD, TestApp};

/// The variables that decide, with the default that the document gives. The types allow null where there is a `!` less.
const VARIABLES: [(&str, Option<bool>); 6] = [
    ("Boolean!", None),
    ("Boolean!", Some(true)),
    ("Boolean!", Some(false)),
    ("Boolean", Some(true)),
    ("Boolean", Some(false)),
    ("Boolean!", None),
];
/// The types of the fragments, each of which may spread those after it.
const FRAGMENTS: [&str; 7] = [
    "Query",
    "ProspectConnection",
    "Prospect",
    "TimelineEntry",
    "NoteEntry",
    "User",
    "Prospect",
];
/// The arguments of connections: their text, the suffix of their aliases, records and points.
const PAGES: [(&str, &str, u64, u64); 6] = [
    ("", "", 20, 0),
    ("(first: 2)", "Two", 2, 0),
    ("(first: $three)", "Three", 3, 0),
    ("(first: $none)", "None", 20, 0),
    ("(first: $absent)", "Absent", 20, 0),
    ("(last: 1)", "Last", 1, 0),
];

struct Generator {
    dice: StdRng,
}

/// What a comparison is about, printed where it fails.
struct OnFailure<'a>(&'a str);

impl Drop for OnFailure<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("{}", self.0);
        }
    }
}

impl Generator {
    fn percent(&mut self, percent: u32) -> bool {
        self.dice.random_range(0..100) < percent
    }

    fn document(&mut self) -> Document {
        let fragments = (0..FRAGMENTS.len()).map(|number| (FRAGMENTS[number], self.set(FRAGMENTS[number], 2, number + 1)));
        Document {
            fragments: fragments.collect(),
            set: self.set("Query", 5, 0),
        }
    }

    /// One to four selections; of the fragments those from a number on may be spread.
    fn set(&mut self, of: &'static str, depth: u32, from: usize) -> Vec<Selection> {
        let many = self.dice.random_range(1..=4);
        let mut set: Vec<Selection> = (0..many).map(|_| self.selection(of, depth, from)).collect();
        if of == "TimelineEntry" {
            let node = leaf("__typename", Some("is".to_owned()));
            set.push(Selection {
                conditions: Vec::new(),
                node,
            });
        }
        set
    }

    fn selection(&mut self, of: &'static str, depth: u32, from: usize) -> Selection {
        let spreads: Vec<usize> = (from..FRAGMENTS.len()).filter(|number| may_stand(FRAGMENTS[*number], of)).collect();
        let node = match self.dice.random_range(0..10) {
            0 | 1 if depth > 0 => {
                let mut conditions = vec![None, Some(of)];
                if of == "TimelineEntry" {
                    conditions.extend(ENTRIES.map(Some));
                }
                let condition = *conditions.choose(&mut self.dice).expect("a type");
                Node::Inline(condition, self.set(condition.unwrap_or(of), depth - 1, from))
            }
            2 | 3 if !spreads.is_empty() => Node::Spread(*spreads.choose(&mut self.dice).expect("a fragment")),
            _ => self.field(of, depth, from),
        };
        let many = [0, 0, 1, 2][self.dice.random_range(0..4)];
        let skips_first = self.percent(50);
        let conditions = (0..many).map(|number| ((number == 0) == skips_first, self.flag()));
        Selection {
            conditions: conditions.collect(),
            node,
        }
    }

    fn flag(&mut self) -> Flag {
        match self.percent(25) {
            true => Flag::Literal(self.percent(50)),
            false => Flag::Variable(self.dice.random_range(0..VARIABLES.len())),
        }
    }

    fn field(&mut self, of: &'static str, depth: u32, from: usize) -> Node {
        let all = fields(of);
        let (name, kind) = loop {
            let field = all.choose(&mut self.dice).expect("a field");
            if depth > 0 || matches!(field.1, Kind::Leaf(_)) {
                break field;
            }
        };
        let alias = self.percent(20).then(|| format!("{name}{}", self.dice.random_range(1..=2)));
        match kind {
            Kind::Leaf(_) => leaf(name, alias),
            Kind::Object(of) | Kind::List(of, _) | Kind::Rows(of) => {
                let set = self.set(of, depth - 1, from);
                Node::Field(Field {
                    name,
                    alias,
                    arguments: String::new(),
                    page: 0,
                    given: 0,
                    set,
                })
            }
            Kind::Connection(inner) => {
                let (arguments, tag, page, mut given) = *PAGES.choose(&mut self.dice).expect("a page");
                let (mut arguments, mut tag) = (arguments.to_owned(), tag.to_owned());
                if *name == "prospects" && self.percent(30) {
                    arguments = format!("{}(filter: {{ name: {{ contains: $word, in: $words }} }})", arguments).replace(")(", ", ");
                    (tag, given) = (format!("{tag}Filtered"), 3);
                }
                // The same key has the same arguments wherever it stands.
                let alias = (!tag.is_empty()).then(|| format!("{name}{tag}"));
                let set = self.set(inner, depth - 1, from);
                Node::Field(Field {
                    name,
                    alias,
                    arguments,
                    page,
                    given,
                    set,
                })
            }
        }
    }

    /// What is sent for a variable: None leaves it out.
    fn given(&mut self, variable: usize) -> Option<Value> {
        let (kind, default) = VARIABLES[variable];
        match self.dice.random_range(0..20) {
            0 if !kind.ends_with('!') => Some(Value::Null),
            1..10 if default.is_some() => None,
            _ => Some(json!(self.percent(50))),
        }
    }
}

fn leaf(name: &'static str, alias: Option<String>) -> Node {
    Node::Field(Field {
        name,
        alias,
        arguments: String::new(),
        page: 0,
        given: 0,
        set: Vec::new(),
    })
}

/// Whether a fragment on a type may be spread on another.
fn may_stand(fragment: &str, of: &str) -> bool {
    fragment == of || fragment == "TimelineEntry" && ENTRIES.contains(&of) || of == "TimelineEntry" && ENTRIES.contains(&fragment)
}

/// A document as text, with the variables and fragments that it uses.
#[derive(Default)]
struct Text {
    body: String,
    flags: BTreeSet<usize>,
    fragments: BTreeSet<usize>,
}

impl Text {
    fn of(document: &Document) -> Text {
        let mut text = Text::default();
        text.set(&document.set);
        let mut written = BTreeSet::new();
        while let Some(next) = text.fragments.difference(&written).next().copied() {
            written.insert(next);
            let (of, set) = &document.fragments[next];
            write!(text.body, " fragment f{next} on {of}").expect("a text takes all");
            text.set(set);
        }
        let mut declared: Vec<String> = text
            .flags
            .iter()
            .map(|flag| {
                let (kind, default) = VARIABLES[*flag];
                let default = default.map(|default| format!(" = {default}")).unwrap_or_default();
                format!("$v{flag}: {kind}{default}")
            })
            .collect();
        for (name, definition) in [
            ("$three", "$three: Int = 3"),
            ("$none", "$none: Int = 7"),
            ("$absent", "$absent: Int"),
            ("$word", "$word: String = \"o\""),
            ("$words", "$words: [String!]"),
        ] {
            let is_used = text
                .body
                .split(name)
                .skip(1)
                .any(|after| !after.starts_with(|letter: char| letter.is_alphanumeric()));
            declared.extend(is_used.then(|| definition.to_owned()));
        }
        let declared = if declared.is_empty() {
            String::new()
        } else {
            format!("({})", declared.join(", "))
        };
        text.body.insert_str(0, &format!("query Asked{declared} "));
        text.body += " query Other($v0: Boolean! = true) { __typename @include(if: $v0) }";
        text
    }

    fn set(&mut self, set: &[Selection]) {
        self.body += " {";
        for selection in set {
            self.body.push(' ');
            match &selection.node {
                Node::Field(field) => {
                    let alias = field.alias.as_ref().map(|alias| format!("{alias}: ")).unwrap_or_default();
                    write!(self.body, "{alias}{}{}", field.name, field.arguments).expect("a text takes all");
                }
                Node::Inline(Some(condition), _) => write!(self.body, "... on {condition}").expect("a text takes all"),
                Node::Inline(None, _) => self.body += "...",
                Node::Spread(fragment) => {
                    self.fragments.insert(*fragment);
                    write!(self.body, "...f{fragment}").expect("a text takes all");
                }
            }
            for (is_skip, flag) in &selection.conditions {
                let name = if *is_skip { "skip" } else { "include" };
                let value = match flag {
                    Flag::Literal(value) => value.to_string(),
                    Flag::Variable(variable) => {
                        self.flags.insert(*variable);
                        format!("$v{variable}")
                    }
                };
                write!(self.body, " @{name}(if: {value})").expect("a text takes all");
            }
            match &selection.node {
                Node::Field(field) if !field.set.is_empty() => self.set(&field.set),
                Node::Inline(_, set) => self.set(set),
                Node::Field(_) | Node::Spread(_) => {}
            }
        }
        self.body += " }";
    }
}

both! {
    async fn what_runs_was_priced(app: TestApp) {
        for name in ["Rosa", "Mario", "Ugo"] {
            let made = app.prospect().name(name).owner(&app.ana).create().await;
            app.note(&app.ana, &made, "hola").await;
        }
        let wide = app.with_settings(|settings| {
            let limits = &mut settings.limits;
            (limits.cost, limits.objects, limits.bucket) = (1 << 40, 1 << 40, 1 << 50);
            (limits.directives, limits.aliases, limits.depth, limits.query_fields) = (2_000, 2_000, 60, 200);
            (limits.expanded_selections, limits.tokens, limits.document_bytes) = (100_000, 20_000, 1 << 18);
        }).await;
        let mut generator = Generator { dice: StdRng::seed_from_u64(20_260_301) };
        let (mut ran, mut refused, mut objects_seen) = (0, 0, 0);
        for _ in 0..200 {
            let document = generator.document();
            let text = Text::of(&document);
            // The second time the document is known to be valid.
            for _ in 0..2 {
                let (mut values, mut variables): (Values, _) = (BTreeMap::new(), Map::new());
                for (flag, (_, default)) in VARIABLES.iter().enumerate() {
                    let given = generator.given(flag);
                    values.insert(flag, given.as_ref().map_or(*default, Value::as_bool));
                    // Those that the document does not declare say nothing.
                    variables.extend(given.map(|given| (format!("v{flag}"), given)));
                }
                variables.insert("none".to_owned(), Value::Null);
                variables.insert("three".to_owned(), json!(3));
                if generator.percent(50) {
                    variables.remove("three");
                }
                variables.insert("words".to_owned(), json!(["Rosa", "Ugo"]));
                let context = format!("{}\n{}", text.body, json!(variables));
                let run = Run { document: &document, values: &values };
                let answer = wide.ana.run_operation(&text.body, "Asked", json!(variables)).await;
                if run.check(&document.set).is_err() {
                    assert_eq!(answer.codes().first(), Some(&"BAD_USER_INPUT"), "{context}\n{}", answer.text);
                    assert!(answer.body.get("data").is_none(), "{context}\n{}", answer.text);
                    refused += 1;
                    continue;
                }
                assert!(answer.errors().is_empty(), "{context}\n{}", answer.text);
                let price = run.price(&document.set, "Query").0;
                let cost = &answer.body["extensions"]["cost"];
                assert_eq!(cost["requestedQueryCost"], json!(price.points), "{context}");
                assert!(cost["actualQueryCost"].as_u64() <= Some(price.points), "{context}\n{}", answer.text);
                let data = answer.body["data"].as_object().expect("data is an object");
                let objects = {
                    let _on_failure = OnFailure(&context);
                    run.compare(&[&document.set], "Query", data) - 1
                };
                assert!(objects <= price.objects, "{objects} of {} objects: {context}", price.objects);
                ran += 1;
                objects_seen += objects;
            }
        }
        // Otherwise the test would look at nothing.
        assert!(ran > 200 && refused > 5 && objects_seen > 300, "{ran} ran, {refused} refused, {objects_seen} objects");
    }

    /// A condition that takes its default must not run what was not priced.
    async fn a_default_decides_before_anything_is_priced(app: TestApp) {
        app.prospect().owner(&app.ana).create().await;
        let list = "prospects(first: 100) { nodes { id } }";
        for (directive, default, runs) in [("skip", true, false), ("skip", false, true), ("include", true, true), ("include", false, false)] {
            let field = list.replacen(" {", &format!(" @{directive}(if: $v) {{"), 1);
            let document = format!("query ($v: Boolean! = {default}) {{ {field} }}");
            for _ in 0..2 {
                let answer = app.ana.run(&document, json!({})).await;
                assert_eq!(answer.data().get("prospects").is_some(), runs, "{document}: {}", answer.text);
                let price = answer.body["extensions"]["cost"]["requestedQueryCost"].as_u64();
                assert_eq!(price, Some(if runs { 102 } else { 0 }), "{document}");
            }
        }
        let strict = app.with_settings(|settings| settings.limits.cost = 50).await;
        let document = format!("query ($v: Boolean! = false) {{ ... @skip(if: $v) {{ {list} }} }}");
        let answer = strict.ana.run(&document, json!({})).await;
        assert_eq!((answer.status, answer.codes()), (400, vec!["COST_LIMIT"]), "{}", answer.text);
    }

    async fn a_null_condition_is_refused_and_nothing_runs(app: TestApp) {
        let made = app.prospect().owner(&app.ana).create().await;
        for directive in ["skip", "include"] {
            let document = format!(
                "mutation ($id: ID!, $v: Boolean = true) {{
                    noteCreate(prospectId: $id, input: {{ body: \"hola\" }}) @{directive}(if: $v) {{ entry {{ id }} }} }}"
            );
            for variables in [json!({ "id": made.id, "v": null }), json!({ "id": made.id, "v": null, "w": true })] {
                let before = app.snapshot().await;
                let answer = app.ana.run(&document, variables).await;
                assert_eq!((answer.status, answer.codes()), (400, vec!["BAD_USER_INPUT"]), "{}", answer.text);
                before.assert_equal(&app.snapshot().await, "a null condition");
            }
            let without_default = document.replace(" = true", "");
            for variables in [json!({ "id": made.id }), json!({ "id": made.id, "v": null })] {
                let before = app.snapshot().await;
                let answer = app.ana.run(&without_default, variables).await;
                assert_eq!((answer.status, answer.codes()), (400, vec!["BAD_USER_INPUT"]), "{}", answer.text);
                before.assert_equal(&app.snapshot().await, "a condition without a value");
            }
        }
    }

    async fn a_mutation_that_is_left_out_does_nothing(app: TestApp) {
        let made = app.prospect().owner(&app.ana).create().await;
        let note = "mutation ($id: ID!, $v: Boolean! = true) {
            noteCreate(prospectId: $id, input: { body: \"hola\" }) @skip(if: $v) { entry { id } } }";
        let before = app.snapshot().await;
        let answer = app.ana.run(note, json!({ "id": made.id })).await;
        assert_eq!((answer.data(), &answer.body["extensions"]["cost"]["requestedQueryCost"]), (&json!({}), &json!(0)));
        before.assert_equal(&app.snapshot().await, "a mutation that is left out");
        let answer = app.ana.run(note, json!({ "id": made.id, "v": false })).await;
        assert!(answer.data()["noteCreate"]["entry"]["id"].is_string(), "{}", answer.text);

        let sign_in = "mutation ($email: String!, $password: String!, $v: Boolean! = true) {
            sessionCreate(input: { email: $email, password: $password }) @skip(if: $v) { token } }";
        let sessions = app.sql("SELECT CAST(COUNT(*) AS TEXT) FROM sessions").await;
        let given = json!({ "email": app.ana.email, "password": PASSWORD });
        let answer = app.anonymous.run(sign_in, given).await;
        assert_eq!(answer.data(), &json!({}), "{}", answer.text);
        assert_eq!(app.sql("SELECT CAST(COUNT(*) AS TEXT) FROM sessions").await, sessions);
    }
}
