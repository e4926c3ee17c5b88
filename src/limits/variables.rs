//! The variables of a request as every step reads them: those that the operation declares, with its defaults filled in.

use super::{Problem, Refused};
use crate::error::Code;
use async_graphql::parser::types::{Directive, ExecutableDocument, Field, OperationDefinition, Selection, SelectionSet};
use async_graphql::{Name, Positioned, Value, Variables};
use std::collections::HashSet;
use std::convert::Infallible;

/// The given variables that the operation declares, and the defaults of those that are not given. An explicit null stays null.
///
/// The library knows nothing of defaults where it evaluates `@skip` and `@include`. With this, price, coercion, validation and execution
/// read the same values.
pub fn declared(operation: &OperationDefinition, mut given: Variables) -> Variables {
    let mut variables = Variables::default();
    for definition in &operation.variable_definitions {
        let definition = &definition.node;
        let default = || definition.default_value.as_ref().map(|default| default.node.clone());
        if let Some(value) = given.remove(&definition.name.node).or_else(default) {
            variables.entry(definition.name.node.clone()).or_insert(value);
        }
    }
    variables
}

/// The value of an argument of a field. None: it is not given, or its variable is not.
pub fn argument(field: &Field, name: &str, variables: &Variables) -> Option<Value> {
    let value = field.get_argument(name)?.node.clone();
    let Ok(value) = value.into_const_with(|variable| present(variables, &variable));
    resolved(value)
}

/// Whether a `@skip` or `@include` leaves out what it stands on.
pub fn is_skipped(directives: &[Positioned<Directive>], variables: &Variables) -> bool {
    directives.iter().any(|directive| {
        let skips_when = match &*directive.node.name.node {
            "skip" => true,
            "include" => false,
            _ => return false,
        };
        condition(&directive.node, variables) == Some(Value::Boolean(skips_when))
    })
}

/// Refuses variables that are not Boolean in a `@skip` or `@include`, with at most `most` of the problems. The library does not check their
/// types, and takes null for false. A variable may be nullable there if it has a default, so that its type is not sufficient.
pub fn check_conditions(
    operation: &OperationDefinition,
    document: &ExecutableDocument,
    variables: &Variables,
    most: usize,
) -> Result<(), Refused> {
    let mut problems = Vec::new();
    let mut seen = HashSet::new();
    let mut open = vec![&operation.selection_set.node];
    while let Some(set) = open.pop() {
        for selection in &set.items {
            let directives = selection.node.directives();
            problems.extend(
                directives
                    .iter()
                    .filter_map(|directive| wrong_condition(directive, operation, variables)),
            );
            open.extend(below(&selection.node, document, &mut seen));
        }
    }
    if problems.is_empty() {
        return Ok(());
    }
    problems.sort_by_key(|problem| problem.position);
    problems.truncate(most);
    Err(Refused {
        code: Code::BadUserInput,
        problems,
    })
}

/// The selections below a selection; a fragment only the first time that it is spread.
fn below<'a>(selection: &'a Selection, document: &'a ExecutableDocument, seen: &mut HashSet<&'a str>) -> Option<&'a SelectionSet> {
    match selection {
        Selection::Field(field) => Some(&field.node.selection_set.node),
        Selection::InlineFragment(fragment) => Some(&fragment.node.selection_set.node),
        Selection::FragmentSpread(spread) => {
            let name = &spread.node.fragment_name.node;
            let fragment = document.fragments.get(name).filter(|_| seen.insert(name))?;
            Some(&fragment.node.selection_set.node)
        }
    }
}

fn wrong_condition(directive: &Positioned<Directive>, operation: &OperationDefinition, variables: &Variables) -> Option<Problem> {
    let decider = &*directive.node.name.node;
    if !matches!(decider, "skip" | "include") {
        return None;
    }
    let given = directive.node.get_argument("if")?.node.to_string();
    let name = given.strip_prefix('$')?;
    // Validation finds variables that are not declared.
    let is_declared = operation
        .variable_definitions
        .iter()
        .any(|definition| definition.node.name.node == name);
    if !is_declared || matches!(variables.get(name), Some(Value::Boolean(_))) {
        return None;
    }
    Some(Problem::new(
        format!("`{given}` must be a Boolean, and not null: it decides `@{decider}`"),
        Some(directive.pos),
    ))
}

fn condition(directive: &Directive, variables: &Variables) -> Option<Value> {
    let value = directive.get_argument("if")?.node.clone();
    let Ok(value) = value.into_const_with(|variable| present(variables, &variable));
    resolved(value)
}

/// The value of a variable. One that is absent is marked as such by no bytes: neither documents nor JSON can have them, and a file has some.
fn present(variables: &Variables, name: &Name) -> Result<Value, Infallible> {
    Ok(variables.get(name).cloned().unwrap_or_else(|| Value::Binary(bytes::Bytes::new())))
}

/// The value without what is absent: an element of a list is then null, and a field of an object is left out.
fn resolved(value: Value) -> Option<Value> {
    match value {
        Value::Binary(bytes) if bytes.is_empty() => None,
        Value::List(items) => Some(Value::List(
            items.into_iter().map(|item| resolved(item).unwrap_or_default()).collect(),
        )),
        Value::Object(fields) => {
            let fields = fields.into_iter().filter_map(|(name, value)| Some((name, resolved(value)?)));
            Some(Value::Object(fields.collect()))
        }
        value => Some(value),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use async_graphql::parser::parse_query;
    use serde_json::json;

    fn filled(document: &str, given: serde_json::Value) -> serde_json::Value {
        let document = parse_query(document).unwrap();
        let (_, operation) = document.operations.iter().next().unwrap();
        let variables = declared(&operation.node, Variables::from_json(given));
        variables.into_value().into_json().unwrap()
    }

    #[test]
    fn defaults_are_filled_in_and_nothing_undeclared_is_left() {
        let document = "query ($a: Int = 1, $b: [Color!] = [RED], $c: Int, $d: Int = 4, $e: Int = null) { x }";
        let given = json!({ "d": null, "other": 7 });
        assert_eq!(filled(document, given), json!({ "a": 1, "b": ["RED"], "d": null, "e": null }));
        let given = json!({ "a": 2, "b": [], "c": 3 });
        assert_eq!(filled(document, given), json!({ "a": 2, "b": [], "c": 3, "d": 4, "e": null }));
        assert_eq!(filled("{ x }", json!({ "a": 1 })), json!({}));
    }

    #[test]
    fn what_is_absent_is_left_out() {
        let document = parse_query("{ x(a: $a, b: [$a, $b], c: { d: $a, e: $b }, f: $b) }").unwrap();
        let (_, operation) = document.operations.iter().next().unwrap();
        let Selection::Field(field) = &operation.node.selection_set.node.items[0].node else {
            panic!("a field");
        };
        let variables = Variables::from_json(json!({ "b": 2 }));
        let value = |name| argument(&field.node, name, &variables).map(|value| value.into_json().unwrap());
        assert_eq!(value("a"), None);
        assert_eq!(value("b"), Some(json!([null, 2])));
        assert_eq!(value("c"), Some(json!({ "e": 2 })));
        assert_eq!(value("f"), Some(json!(2)));
        assert_eq!(value("g"), None);
    }

    #[test]
    fn conditions_have_to_be_booleans() {
        let document = "query ($v: Boolean = true, $w: Boolean) {
            a @skip(if: $v) { b } ...f @skip(if: true) c { d @include(if: $w) @skip(if: $x) e @skip(if: null) } }
            fragment f on Q { ... @include(if: $v) { e } }";
        let document = parse_query(document).unwrap();
        let (_, operation) = document.operations.iter().next().unwrap();
        let problems = |given| {
            let variables = declared(&operation.node, Variables::from_json(given));
            let refused = check_conditions(&operation.node, &document, &variables, 10).err();
            refused.map_or(0, |refused| refused.problems.len())
        };
        assert_eq!(problems(json!({ "w": false })), 0);
        assert_eq!(problems(json!({})), 1);
        assert_eq!(problems(json!({ "w": [true] })), 1);
        assert_eq!(problems(json!({ "v": null, "w": true })), 2);
        assert_eq!(problems(json!({ "v": null, "w": null })), 3);
    }
}
