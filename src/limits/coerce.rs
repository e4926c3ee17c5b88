//! Whether the values of the variables fit their declared types, so that a document validated once may run with any of them.

use super::suggest::nearest;
use super::types::{Input, Kind, TypeMap};
use super::{Problem, Refused};
use crate::error::Code;
use async_graphql::indexmap::IndexMap;
use async_graphql::parser::types::{BaseType, OperationDefinition, Type};
use async_graphql::{Name, Pos, Value, Variables};
use std::fmt::Write;

/// Refuses declared variables that do not fit, with at most `most` of the problems. The values themselves are not repeated.
pub fn coerce(operation: &OperationDefinition, variables: &Variables, types: &TypeMap, most: usize) -> Result<(), Refused> {
    let mut check = Check {
        types,
        most,
        sign: "$",
        path: Vec::new(),
        position: Pos::default(),
        problems: Vec::new(),
    };
    for definition in &operation.variable_definitions {
        let kind = &definition.node.var_type.node;
        let name = &definition.node.name.node;
        check.position = definition.pos;
        check.path = vec![Segment::Field(name)];
        let default = definition.node.default_value.as_ref().map(|default| &default.node);
        match variables.get(name) {
            // A default belongs to the document, and is validated with it.
            Some(value) if Some(value) == default => {}
            Some(value) => check.value(value, kind),
            None if !kind.nullable && default.is_none() => {
                check.problem(format_args!("of type `{kind}` is required"));
            }
            None => {}
        }
    }
    if check.problems.is_empty() {
        return Ok(());
    }
    Err(Refused {
        code: Code::BadUserInput,
        problems: check.problems,
    })
}

/// The scalar whose values are files of the request. They are bytes, which neither documents nor JSON can have.
const UPLOAD: &str = "Upload";
/// Maximum number of reported problems of one argument.
const MOST_OF_ARGUMENT: usize = 10;
/// Maximum number of objects in a list; most lists take fewer, and check it themselves.
const MOST_OBJECTS: usize = 1_000;

pub(super) struct Check<'a> {
    types: &'a TypeMap,
    most: usize,
    /// Prefix of the name of a value: `$`, or nothing for an argument.
    sign: &'static str,
    path: Vec<Segment<'a>>,
    position: Pos,
    problems: Vec<Problem>,
}

#[derive(Clone, Copy)]
enum Segment<'a> {
    Field(&'a str),
    Index(usize),
}

impl<'a> Check<'a> {
    /// Problems of the value of an argument, in which no bytes stand for variables.
    pub(super) fn of_argument(name: &'a str, position: Pos, types: &'a TypeMap, value: &'a Value, kind: &'a Type) -> Vec<Problem> {
        let mut check = Check {
            types,
            most: MOST_OF_ARGUMENT,
            sign: "",
            path: vec![Segment::Field(name)],
            position,
            problems: Vec::new(),
        };
        check.value(value, kind);
        check.problems
    }

    fn value(&mut self, value: &'a Value, kind: &'a Type) {
        if self.problems.len() >= self.most {
            return;
        }
        if matches!(value, Value::Binary(bytes) if bytes.is_empty()) {
            return;
        }
        if *value == Value::Null {
            if !kind.nullable {
                self.problem(format_args!("of type `{kind}` must not be null"));
            }
            return;
        }
        match (&kind.base, value) {
            (BaseType::List(inner), Value::List(items)) => {
                if items.len() > MOST_OBJECTS && items.iter().any(|item| matches!(item, Value::Object(_))) {
                    return self.problem(format_args!("lists more than {MOST_OBJECTS} objects"));
                }
                for (index, item) in items.iter().enumerate() {
                    self.below(Segment::Index(index), item, inner);
                }
            }
            // A single value is coerced to a list of one.
            (BaseType::List(inner), value) => self.value(value, inner),
            (BaseType::Named(name), value) => self.named(value, name),
        }
    }

    fn named(&mut self, value: &'a Value, name: &'a str) {
        match (name, value) {
            (UPLOAD, Value::Binary(_)) => return,
            (UPLOAD, _) => {
                let what = "is not a valid `Upload`: a file comes with a request that is sent as multipart/form-data";
                return self.problem(format_args!("{what}"));
            }
            (_, Value::Binary(_)) => return self.problem(format_args!("of type `{name}` cannot be a file")),
            _ => {}
        }
        let fits = match (name, value) {
            ("Int", Value::Number(number)) => number.as_i64().is_some_and(|number| i32::try_from(number).is_ok()),
            ("Float", Value::Number(_)) | ("String" | "ID", Value::String(_)) | ("Boolean", Value::Boolean(_)) => true,
            ("ID", Value::Number(number)) => number.is_i64() || number.is_u64(),
            ("Int" | "Float" | "String" | "Boolean" | "ID", _) => false,
            _ => match (self.types.get(name), value) {
                (Some(Kind::Enum(values)), Value::String(value)) => values.contains(value),
                (Some(Kind::Enum(values)), Value::Enum(value)) => values.contains(value.as_str()),
                (Some(Kind::Enum(_)), _) => false,
                (Some(Kind::Input(input)), Value::Object(fields)) => return self.object(fields, input, name),
                (Some(Kind::Input(_)), _) => false,
                // Other scalars are checked where they are read; unknown types are found by validation.
                (Some(Kind::Scalar | Kind::Output(_)) | None, _) => true,
            },
        };
        if !fits && self.problems.len() < self.most {
            self.problem_suggesting(format_args!("is not a valid `{name}`"), self.values_like(value, name));
        }
    }

    /// The values of an enum that are like one that it does not have.
    fn values_like(&self, value: &Value, name: &str) -> Vec<String> {
        let wrong = match value {
            Value::String(wrong) => wrong.as_str(),
            Value::Enum(wrong) => wrong.as_str(),
            _ => return Vec::new(),
        };
        match self.types.get(name) {
            Some(Kind::Enum(values)) => nearest(wrong, values.iter().map(String::as_str)),
            _ => Vec::new(),
        }
    }

    fn object(&mut self, fields: &'a IndexMap<Name, Value>, input: &'a Input, name: &str) {
        let is_one = fields.len() == 1 && fields.values().all(|value| *value != Value::Null);
        if input.is_one_of && !is_one {
            return self.problem(format_args!("of type `{name}` takes exactly one field, and it must not be null"));
        }
        for (field, value) in fields {
            match input.fields.get(field.as_str()) {
                Some(declared) => self.below(Segment::Field(field), value, &declared.kind),
                // Comparing names takes time, and no more problems are reported.
                None if self.problems.len() >= self.most => return,
                None => {
                    let suggestions = nearest(field, input.fields.keys().map(String::as_str));
                    self.path.push(Segment::Field(field));
                    self.problem_suggesting(format_args!("is not a field of `{name}`"), suggestions);
                    self.path.pop();
                }
            }
        }
        let mut missing: Vec<&String> = input
            .fields
            .iter()
            .filter(|(field, declared)| !declared.kind.nullable && declared.default.is_none() && !fields.contains_key(field.as_str()))
            .map(|(field, _)| field)
            .collect();
        missing.sort_unstable();
        for field in missing {
            self.path.push(Segment::Field(field));
            self.problem(format_args!("of type `{}` is required", input.fields[field].kind));
            self.path.pop();
        }
    }

    fn below(&mut self, segment: Segment<'a>, value: &'a Value, kind: &'a Type) {
        self.path.push(segment);
        self.value(value, kind);
        self.path.pop();
    }

    fn problem(&mut self, what: std::fmt::Arguments<'_>) {
        self.problem_suggesting(what, Vec::new());
    }

    fn problem_suggesting(&mut self, what: std::fmt::Arguments<'_>, suggestions: Vec<String>) {
        if self.problems.len() >= self.most {
            return;
        }
        let mut message = format!("`{}", self.sign);
        for (level, segment) in self.path.iter().enumerate() {
            match segment {
                // Names of unknown fields come from the caller, and may be as long as the body.
                Segment::Field(name) => {
                    message.extend((level > 0).then_some('.'));
                    message.extend(name.chars().take(64));
                }
                Segment::Index(index) => write!(message, "[{index}]").expect("a string takes every text"),
            }
        }
        write!(message, "` {what}").expect("a string takes every text");
        let problem = Problem::new(message, Some(self.position));
        self.problems.push(Problem { suggestions, ..problem });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::limits::variables::declared;
    use async_graphql::parser::parse_query;
    use bytes::Bytes;
    use serde_json::json;

    const SDL: &str = "
        type Query { a: Int }
        enum Color { RED BLUE }
        scalar DateTime
        scalar Upload
        input Pick @oneOf { id: ID name: String }
        input Person { name: String! age: Int = 3 color: Color tags: [String!] friends: [Person!] at: DateTime pick: Pick photos: [Upload!] }
    ";

    #[test]
    fn defaults_are_left_to_validation() {
        assert_eq!(problems("Color = RED", json!({})), [""; 0]);
        assert_eq!(problems("Int = \"x\"", json!({})), [""; 0]);
        assert_eq!(problems("Int = \"x\"", json!({ "v": "y" })), ["`$v` is not a valid `Int`"]);
    }

    fn problems(kind: &str, variables: serde_json::Value) -> Vec<String> {
        let types = TypeMap::from_sdl(SDL).unwrap();
        let document = parse_query(format!("query q($v: {kind}) {{ a }}")).unwrap();
        let (_, operation) = document.operations.iter().next().unwrap();
        let variables = declared(&operation.node, Variables::from_json(variables));
        let refused = coerce(&operation.node, &variables, &types, 10);
        let problems = refused.err().map(|refused| refused.problems).unwrap_or_default();
        problems.into_iter().map(|problem| problem.message).collect()
    }

    #[test]
    fn values_that_fit_pass() {
        for (kind, value) in [
            ("Int!", json!(2147483647)),
            ("Float", json!(1)),
            ("Float", json!(1.5)),
            ("ID!", json!(7)),
            ("ID!", json!("x")),
            ("[Int!]!", json!([1, 2])),
            ("[Int!]!", json!(1)),
            ("[[Int]]", json!([[1, null], null])),
            ("Color", json!("RED")),
            ("DateTime!", json!({ "any": 1 })),
            ("Unknown!", json!(1)),
            (
                "Person",
                json!({ "name": "x", "tags": "one", "friends": [{ "name": "y", "age": null }], "pick": { "id": 1 } }),
            ),
            ("Int = 3", json!(null)),
        ] {
            assert_eq!(problems(kind, json!({ "v": value })), [""; 0], "{kind} {value}");
        }
        assert_eq!(problems("Int! = 3", json!({})), [""; 0]);
        assert_eq!(problems("Int", json!({ "other": 3 })), [""; 0]);
    }

    #[test]
    fn values_that_do_not_fit_are_named_by_their_place() {
        for (kind, value, message) in [
            ("Int", json!(2147483648_i64), "`$v` is not a valid `Int`"),
            ("Int", json!(1.0), "`$v` is not a valid `Int`"),
            ("Int", json!("1"), "`$v` is not a valid `Int`"),
            ("String", json!(1), "`$v` is not a valid `String`"),
            ("Boolean", json!(0), "`$v` is not a valid `Boolean`"),
            ("ID", json!(1.5), "`$v` is not a valid `ID`"),
            ("ID!", json!(null), "`$v` of type `ID!` must not be null"),
            ("Color", json!("REDD"), "`$v` is not a valid `Color`"),
            ("Color", json!(1), "`$v` is not a valid `Color`"),
            ("[Int!]", json!([1, null]), "`$v[1]` of type `Int!` must not be null"),
            ("Person", json!([]), "`$v` is not a valid `Person`"),
            ("Person", json!({}), "`$v.name` of type `String!` is required"),
            ("Person", json!({ "name": "x", "nom": 1 }), "`$v.nom` is not a field of `Person`"),
            (
                "Person",
                json!({ "name": "x", "friends": [{ "name": 1 }] }),
                "`$v.friends[0].name` is not a valid `String`",
            ),
            (
                "Pick",
                json!({ "id": 1, "name": "x" }),
                "`$v` of type `Pick` takes exactly one field, and it must not be null",
            ),
            (
                "Pick",
                json!({ "id": null }),
                "`$v` of type `Pick` takes exactly one field, and it must not be null",
            ),
        ] {
            assert_eq!(problems(kind, json!({ "v": value })), [message]);
        }
        let many = |number: usize| json!({ "v": { "name": "x", "friends": vec![json!({ "name": "y" }); number] } });
        assert_eq!(problems("Person", many(1_000)), [""; 0]);
        assert_eq!(problems("Person", many(1_001)), ["`$v.friends` lists more than 1000 objects"]);
        assert_eq!(problems("Int!", json!({})), ["`$v` of type `Int!` is required"]);
    }

    #[test]
    fn files_and_nothing_else_are_uploads() {
        let types = TypeMap::from_sdl(SDL).unwrap();
        let file = || Value::Binary(Bytes::from_static(b"token"));
        let object = |name: &str, value: Value| Value::Object(IndexMap::from([(Name::new(name), value)]));
        let person = |field: &str, value: Value| {
            let name = (Name::new("name"), Value::from("x"));
            Value::Object(IndexMap::from([name, (Name::new(field), value)]))
        };
        for (kind, value, expected) in [
            ("Upload!", file(), None),
            ("[Upload!]", Value::List(vec![file(), file()]), None),
            ("[Upload!]", file(), None),
            ("Person", person("photos", Value::List(vec![file()])), None),
            ("Upload", Value::from("token"), Some("`$v` is not a valid `Upload`")),
            ("Upload", object("a", file()), Some("`$v` is not a valid `Upload`")),
            (
                "[Upload]",
                Value::List(vec![file(), Value::from(1)]),
                Some("`$v[1]` is not a valid `Upload`"),
            ),
            (
                "Person",
                person("photos", Value::List(vec![Value::from("x")])),
                Some("`$v.photos[0]` is not a valid `Upload`"),
            ),
            ("String", file(), Some("`$v` of type `String` cannot be a file")),
            ("Color", file(), Some("`$v` of type `Color` cannot be a file")),
            ("Person", file(), Some("`$v` of type `Person` cannot be a file")),
            ("Person", person("at", file()), Some("`$v.at` of type `DateTime` cannot be a file")),
            (
                "Person",
                person("tags", Value::List(vec![file()])),
                Some("`$v.tags[0]` of type `String` cannot be a file"),
            ),
        ] {
            let document = parse_query(format!("query q($v: {kind}) {{ a }}")).unwrap();
            let (_, operation) = document.operations.iter().next().unwrap();
            let mut variables = Variables::default();
            variables.insert(Name::new("v"), value.clone());
            let problems = coerce(&operation.node, &variables, &types, 10)
                .err()
                .map(|refused| refused.problems);
            let messages: Vec<String> = problems.into_iter().flatten().map(|problem| problem.message).collect();
            match expected {
                None => assert_eq!(messages, [""; 0], "{kind} {value}"),
                Some(expected) => {
                    assert_eq!(messages.len(), 1, "{kind} {value}: {messages:?}");
                    assert!(messages[0].starts_with(expected), "{kind} {value}: {messages:?}");
                }
            }
        }
    }

    #[test]
    fn what_may_have_been_meant_stands_apart_from_the_message() {
        let types = TypeMap::from_sdl(SDL).unwrap();
        let document = parse_query("query q($v: [Person!]) { a }").unwrap();
        let (_, operation) = document.operations.iter().next().unwrap();
        let values = json!({ "v": [{ "nmae": "x", "name": "y", "color": "blu" }, { "name": 1 }] });
        let refused = coerce(&operation.node, &Variables::from_json(values), &types, 10).unwrap_err();
        let suggestions: Vec<&[String]> = refused.problems.iter().map(|problem| problem.suggestions.as_slice()).collect();
        assert_eq!(suggestions, [&["BLUE".to_owned()][..], &["name".to_owned()], &[]]);
        let messages: Vec<String> = refused
            .suggesting(&types)
            .problems
            .into_iter()
            .map(|problem| problem.message)
            .collect();
        assert_eq!(
            messages,
            [
                "`$v[0].color` is not a valid `Color`. Did you mean \"BLUE\"?",
                "`$v[0].nmae` is not a field of `Person`. Did you mean \"name\"?",
                "`$v[1].name` is not a valid `String`",
            ]
        );
    }

    #[test]
    fn all_problems_come_together_up_to_a_number() {
        assert_eq!(problems("Person", json!({ "v": { "age": "x", "color": 1 } })).len(), 3);
        assert_eq!(problems("[Int]", json!({ "v": vec!["x"; 100] })).len(), 10);
    }
}
