//! Literals beside variables in one argument. The library checks nothing of an argument if one of its variables is absent, so that a
//! misspelt condition of a filter would be ignored. And defaults of lists of a type that does not exist, on which the library panics.

use super::Problem;
use super::coerce::Check;
use super::types::{Field as Declared, TypeMap};
use async_graphql::parser::types::{BaseType, ExecutableDocument, Field, OperationType, Selection, SelectionSet, VariableDefinition};
use async_graphql::{Name, Positioned, Value};
use std::convert::Infallible;

/// The problems of arguments that contain variables, at most `most`. Others are left to the library.
pub fn literals(document: &ExecutableDocument, types: &TypeMap, most: usize) -> Vec<Problem> {
    let mut problems = Vec::new();
    for (_, operation) in document.operations.iter() {
        let root = match operation.node.ty {
            OperationType::Mutation => types.mutation(),
            OperationType::Query | OperationType::Subscription => types.query(),
        };
        problems.extend(
            operation
                .node
                .variable_definitions
                .iter()
                .filter_map(|variable| unknown_type(variable, types))
                .take(most),
        );
        visit(&operation.node.selection_set.node, root, types, &mut problems);
    }
    for fragment in document.fragments.values() {
        let condition = &fragment.node.type_condition.node.on.node;
        visit(&fragment.node.selection_set.node, condition, types, &mut problems);
    }
    problems.sort_by_key(|problem| problem.position);
    problems.truncate(most);
    problems
}

/// The problem with a variable that has a default, where its type does not exist.
fn unknown_type(variable: &Positioned<VariableDefinition>, types: &TypeMap) -> Option<Problem> {
    variable.node.default_value.as_ref()?;
    let mut kind = &variable.node.var_type.node;
    while let BaseType::List(inner) = &kind.base {
        kind = inner;
    }
    match &kind.base {
        BaseType::Named(name) if !types.has(name) => Some(Problem::new(format!("Unknown type \"{name}\""), Some(variable.pos))),
        _ => None,
    }
}

fn visit(set: &SelectionSet, parent: &str, types: &TypeMap, problems: &mut Vec<Problem>) {
    for selection in &set.items {
        match &selection.node {
            Selection::Field(field) => {
                let container = types.output(parent);
                if let Some(declared) = container.and_then(|container| container.fields.get(&*field.node.name.node)) {
                    check(&field.node, declared, types, problems);
                    visit(&field.node.selection_set.node, &declared.named, types, problems);
                }
            }
            Selection::InlineFragment(fragment) => {
                let condition = fragment.node.type_condition.as_ref();
                let condition = condition.map_or(parent, |condition| &*condition.node.on.node);
                visit(&fragment.node.selection_set.node, condition, types, problems);
            }
            Selection::FragmentSpread(_) => {}
        }
    }
}

fn check(field: &Field, declared: &Declared, types: &TypeMap, problems: &mut Vec<Problem>) {
    for (name, value) in &field.arguments {
        let Some(argument) = declared.arguments.get(&*name.node) else {
            continue;
        };
        let Ok(constant) = value.node.clone().into_const_with(any);
        if has_variable(&constant) {
            problems.extend(Check::of_argument(&name.node, value.pos, types, &constant, &argument.kind));
        }
    }
}

/// A variable may have any value. No bytes stand for it, which neither documents nor JSON can have.
fn any(_: Name) -> Result<Value, Infallible> {
    Ok(Value::Binary(bytes::Bytes::new()))
}

fn has_variable(value: &Value) -> bool {
    match value {
        Value::Binary(_) => true,
        Value::List(items) => items.iter().any(has_variable),
        Value::Object(fields) => fields.values().any(has_variable),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use async_graphql::parser::parse_query;

    const SDL: &str = "
        type Query { list(filter: Filter, ids: [ID!]): Query }
        enum Kind { PERSON COMPANY }
        input Filter { name: Text kind: Kind and: [Filter!] needed: Needed }
        input Text { eq: String in: [String!] }
        input Needed { text: String! number: Int! }
    ";

    fn problems(document: &str) -> Vec<String> {
        let types = TypeMap::from_sdl(SDL).unwrap();
        let problems = literals(&parse_query(document).unwrap(), &types, 10);
        problems.into_iter().map(|problem| problem.message).collect()
    }

    #[test]
    fn defaults_of_unknown_types_are_found() {
        for kind in ["Knd", "[Knd]", "[[Knd!]!]!"] {
            let document = format!("query ($v: {kind} = [PERSON]) {{ list {{ __typename }} }}");
            assert_eq!(problems(&document), ["Unknown type \"Knd\""], "{document}");
        }
    }

    #[test]
    fn literals_beside_variables_are_checked() {
        for (document, message) in [
            (
                "{ list(filter: { nmae: { eq: \"x\" }, name: { eq: $v } }) { __typename } }",
                "`filter.nmae` is not a field of `Filter`",
            ),
            (
                "{ list(filter: { and: [{ name: { eq: $v } }, { kind: PERSN }] }) { __typename } }",
                "`filter.and[1].kind` is not a valid `Kind`",
            ),
            (
                "{ ... { ...f } } fragment f on Query { list(ids: [$v, 1.5]) { __typename } }",
                "`ids[1]` is not a valid `ID`",
            ),
            (
                "{ list { list(filter: { needed: { text: $v } }) { __typename } } }",
                "`filter.needed.number` of type `Int!` is required",
            ),
        ] {
            assert_eq!(problems(document), [message], "{document}");
        }
        for document in [
            "{ list(filter: { kind: PERSON, name: { eq: $v }, needed: { text: \"x\", number: $v } }) { __typename } }",
            "{ list(filter: $v, ids: $v) { list(ids: [$v, 1, \"x\"]) { __typename } } }",
            "query ($a: [[Kind!]] = [], $b: [Int] = [1], $c: [Knd]) { list(ids: $b) { __typename } }",
            // The library looks at these.
            "{ list(filter: { nmae: 1 }) { __typename } unknown(a: { b: $v }) { c } }",
        ] {
            assert_eq!(problems(document), [""; 0], "{document}");
        }
    }
}
