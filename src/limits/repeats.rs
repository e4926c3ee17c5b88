//! Names that are given twice where a parser keeps only the last: fields of input objects, and names in JSON.

use super::Problem;
use super::scan::{end_of_line, end_of_string, is_word};
use async_graphql::Pos;
use serde::Deserialize;
use serde::de::{Deserializer, Error, MapAccess, SeqAccess, Visitor};
use std::collections::HashSet;
use std::fmt;

/// The fields that an input object of the document gives twice. The document has been parsed, so that each bracket has its partner.
pub fn repeated_fields(document: &str) -> Vec<Problem> {
    let bytes = document.as_bytes();
    let mut problems = Vec::new();
    let mut open: Vec<Bracket<'_>> = Vec::new();
    // A name, followed only by blanks and comments up to here.
    let mut word: Option<(usize, &str)> = None;
    let mut position = 0;
    while let Some(&byte) = bytes.get(position) {
        let start = position;
        position += 1;
        match byte {
            // Outside of strings and comments the only letter beyond ASCII is the byte order mark, which is a blank.
            b' ' | b'\t' | b'\r' | b'\n' | b',' | 128.. => continue,
            b'#' => {
                position = end_of_line(bytes, start);
                continue;
            }
            _ if is_word(byte) => {
                position += bytes[position..].iter().take_while(|byte| is_word(**byte)).count();
                word = Some((start, &document[start..position]));
                continue;
            }
            b'"' => match end_of_string(bytes, start) {
                Ok(end) => position = end,
                Err(_) => break,
            },
            b'{' => open.push(match open.last() {
                Some(Bracket::Values | Bracket::Object(_)) => Bracket::Object(HashSet::new()),
                Some(Bracket::Selections) | None => Bracket::Selections,
            }),
            b'[' | b'(' => open.push(Bracket::Values),
            b'}' | b']' | b')' => drop(open.pop()),
            b':' => {
                if let (Some((start, name)), Some(Bracket::Object(names))) = (word, open.last_mut())
                    && !names.insert(name)
                {
                    problems.push(Problem::new(
                        format!("There can only be one input field named \"{name}\""),
                        Some(place(document, start)),
                    ));
                }
            }
            _ => {}
        }
        word = None;
    }
    problems
}

/// Whether an object of a JSON text, however deep, gives a name twice. Text that is not JSON is left to its parser.
pub fn repeats_a_name(json: &str) -> bool {
    serde_json::from_str::<Unique>(json).is_err_and(|error| error.is_data())
}

enum Bracket<'a> {
    Selections,
    /// Arguments, variables, or a list.
    Values,
    /// An input object, with the names of its fields up to here.
    Object(HashSet<&'a str>),
}

fn place(document: &str, byte: usize) -> Pos {
    let before = &document[..byte];
    let line = before.rsplit('\n').next().unwrap_or_default();
    Pos {
        line: before.matches('\n').count() + 1,
        column: line.chars().count() + 1,
    }
}

/// Any JSON in which no object gives a name twice.
struct Unique;

impl<'de> Deserialize<'de> for Unique {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Unique)
    }
}

impl<'de> Visitor<'de> for Unique {
    type Value = Self;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("JSON")
    }

    fn visit_bool<E>(self, _: bool) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_str<E>(self, _: &str) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_unit<E>(self) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Self, A::Error> {
        while items.next_element::<Unique>()?.is_some() {}
        Ok(self)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Self, A::Error> {
        let mut names: HashSet<String> = HashSet::new();
        while let Some(name) = members.next_key()? {
            if !names.insert(name) {
                return Err(A::Error::custom("a name is given twice"));
            }
            members.next_value::<Unique>()?;
        }
        Ok(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use async_graphql::parser::parse_query;

    fn repeated(document: &str) -> Vec<String> {
        parse_query(document).unwrap_or_else(|error| panic!("{document}: {error}"));
        let position_of = |problem: Problem| {
            let name = problem.message.split('"').nth(1).unwrap().to_owned();
            let position = problem.position.unwrap();
            format!("{name} {}:{}", position.line, position.column)
        };
        repeated_fields(document).into_iter().map(position_of).collect()
    }

    #[test]
    fn fields_given_twice_are_found_wherever_a_value_stands() {
        for (document, found) in [
            ("{ a(b: { c: 1, c: 2 }) }", &["c 1:16"][..]),
            ("{ a(b: { c: 1 d: 2 c: 3 d: 4 }) }", &["c 1:20", "d 1:25"]),
            ("{ a(b: [{ c: 1 }, { c: 1, c: 2 }]) }", &["c 1:27"]),
            ("{ a(b: { c: { d: 1, d: 2 } }) }", &["d 1:21"]),
            ("{ a(b: { c: { d: 1 }, d: 2, c: 3 }) }", &["c 1:29"]),
            ("query ($v: I = { c: 1, c: 2 }) { a(b: $v) }", &["c 1:24"]),
            ("query ($v: I @d(e: { c: 1, c: 2 })) { a }", &["c 1:28"]),
            ("query @d(e: { c: 1, c: 2 }) { a }", &["c 1:21"]),
            ("{ a @d(e: [[{ c: 1, c: 2 }]]) }", &["c 1:21"]),
            (
                "{ ...f @d(e: { c: 1, c: 2 }) } fragment f on Q { a(b: { c: 1, c: 2 }) }",
                &["c 1:22", "c 1:63"],
            ),
            ("{ a(b: { c: RED, c: BLUE }) }", &["c 1:18"]),
            ("{ a(b: { c: $c, c: $c }) }", &["c 1:17"]),
            ("{ a(b: { c, : ,1 c # c\n :\u{feff}2 }) }", &["c 1:18"]),
            ("{ a(b: { c\u{feff}: 1, c\u{feff}: 2 }) }", &["c 1:17"]),
            ("{ a(b: { x: \"ñ\", x: 1 }) }", &["x 1:18"]),
            ("{\n a(\n  b: { c: \"\"\"\n }:{ \"\"\", c: 2 }) }", &["c 4:11"]),
        ] {
            assert_eq!(repeated(document), found, "{document}");
        }
    }

    #[test]
    fn nothing_else_is_taken_for_one() {
        for document in [
            "{ a: x a: x b { a: x a: x } }",
            "{ a(b: 1) { b: c b: c } d(b: 1) }",
            "query ($a: I, $b: I) { x(a: $a, b: $b) }",
            "{ a(b: { c: { c: { c: 1 } } }) }",
            "{ a(b: [{ c: 1 }, { c: 1 }], d: { c: 1 }) }",
            "{ a(b: { c: d d: c }) }",
            "{ a(b: { c: \"c: c: {\", d: \"}\\\"c:\" }) }",
            "{ a(b: { c: \"\"\"c: \"c:\" \\\"\"\" c: }\"\"\", d: 1 }) }",
            "{ a(b: { c: 1 # c: 2 }\n d: 1 }) }",
            "{ a(b: { c: [] }) { c: x } e(b: { c: {} }) }",
        ] {
            assert_eq!(repeated(document), [""; 0], "{document}");
        }
    }

    #[test]
    fn names_of_json_are_given_once_in_each_object() {
        for json in [
            r#"{"a":1,"a":1}"#,
            r#"{"a":{"b":[{"c":1},{"c":1,"d":null,"c":2}]}}"#,
            r#"{"a":1,"\u0061":2}"#,
            r#"[{"":1,"":2}]"#,
        ] {
            assert!(repeats_a_name(json), "{json}");
        }
        for json in [
            r#"{"a":{"a":{"a":1}},"b":[{"a":1},{"a":2}],"c":"{\"a\":1,\"a\":2}","A":1.5e3}"#,
            r#"{"a":-1,"b":18446744073709551616,"c":true}"#,
            "[]",
            "{",
            "",
            r#"{"a":1} x"#,
        ] {
            assert!(!repeats_a_name(json), "{json}");
        }
    }
}
