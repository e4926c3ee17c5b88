//! Zero characters in values: PostgreSQL keeps them in no text.

use super::{Problem, Refused};
use crate::error::Code;
use async_graphql::parser::types::{Directive, ExecutableDocument, Selection, SelectionSet};
use async_graphql::{Name, Pos, Positioned, Value, Variables};
use std::convert::Infallible;

const MESSAGE: &str = "a text must not contain a zero character";

/// Refuses a variable with a zero character in it, however deep.
pub fn check_variables(variables: &Variables) -> Result<(), Refused> {
    match variables.values().any(has_zero) {
        true => Err(Refused::new(Code::BadUserInput, MESSAGE)),
        false => Ok(()),
    }
}

/// The literals of a document that have a zero character in them.
pub fn zeros(query: &str, document: &ExecutableDocument) -> Vec<Problem> {
    // Literal or escaped; usually there is neither, and nothing to traverse.
    if !query.contains('\0') && !query.contains("\\u") {
        return Vec::new();
    }
    let mut problems = Vec::new();
    for (_, operation) in document.operations.iter() {
        for variable in &operation.node.variable_definitions {
            let default = variable.node.default_value.as_ref();
            problems.extend(default.filter(|default| has_zero(&default.node)).map(|default| at(default.pos)));
        }
        directives(&operation.node.directives, &mut problems);
        visit(&operation.node.selection_set.node, &mut problems);
    }
    for fragment in document.fragments.values() {
        directives(&fragment.node.directives, &mut problems);
        visit(&fragment.node.selection_set.node, &mut problems);
    }
    problems.sort_by_key(|problem| problem.position);
    problems
}

fn visit(set: &SelectionSet, problems: &mut Vec<Problem>) {
    for selection in &set.items {
        directives(selection.node.directives(), problems);
        match &selection.node {
            Selection::Field(field) => {
                for (_, value) in &field.node.arguments {
                    check(value.node.clone().into_const_with(no_variable), value.pos, problems);
                }
                visit(&field.node.selection_set.node, problems);
            }
            Selection::InlineFragment(fragment) => visit(&fragment.node.selection_set.node, problems),
            Selection::FragmentSpread(_) => {}
        }
    }
}

fn directives(directives: &[Positioned<Directive>], problems: &mut Vec<Problem>) {
    for (_, value) in directives.iter().flat_map(|directive| &directive.node.arguments) {
        check(value.node.clone().into_const_with(no_variable), value.pos, problems);
    }
}

fn check(constant: Result<Value, Infallible>, position: Pos, problems: &mut Vec<Problem>) {
    let Ok(constant) = constant;
    if has_zero(&constant) {
        problems.push(at(position));
    }
}

fn no_variable(_: Name) -> Result<Value, Infallible> {
    Ok(Value::Null)
}

fn at(position: Pos) -> Problem {
    Problem::new(MESSAGE, Some(position))
}

fn has_zero(value: &Value) -> bool {
    match value {
        Value::String(text) => text.contains('\0'),
        Value::List(values) => values.iter().any(has_zero),
        Value::Object(members) => members.values().any(has_zero),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use async_graphql::parser::parse_query;
    use serde_json::json;

    #[test]
    fn zeros_are_found_wherever_a_value_stands() {
        for document in [
            r#"{ a(b: "x\u0000") }"#,
            r#"{ a(b: [{ c: "\u0000" }]) }"#,
            r#"{ a @skip(if: "\u0000") }"#,
            r#"query ($v: S = "\u0000") { a(b: $v) }"#,
            r#"{ ...f } fragment f on Q { ... { a(b: "\u0000") } }"#,
        ] {
            assert_eq!(zeros(document, &parse_query(document).unwrap()).len(), 1, "{document}");
        }
        for document in [r#"{ a(b: "\u0030 \\u0000") }"#, r#"{ a(b: """\u0000""") }"#, "{ a(b: 0) }"] {
            assert!(zeros(document, &parse_query(document).unwrap()).is_empty(), "{document}");
        }
        assert!(check_variables(&Variables::from_json(json!({ "a": [{ "b": "x\u{0}" }] }))).is_err());
        assert!(check_variables(&Variables::from_json(json!({ "a": [{ "b": "x" }], "c": 0 }))).is_ok());
    }
}
