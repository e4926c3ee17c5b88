//! Validation that the GraphQL library lacks: `__typename`, and directives of variables.

use super::Problem;
use async_graphql::Positioned;
use async_graphql::parser::types::{
    DocumentOperations, ExecutableDocument, Field, InlineFragment, OperationDefinition, Selection, SelectionSet, TypeCondition,
};

/// Makes the library validate and evaluate the directives of `__typename`, and reports what it does not find.
///
/// `a: __typename @skip(if: $v)` becomes `... @skip(if: $v) { a: __typename }`, on the type of the fragment around it: there the library
/// validates the directive, and counts its variables as used.
pub fn complete(document: &mut ExecutableDocument) -> Vec<Problem> {
    let mut problems = Vec::new();
    match &mut document.operations {
        DocumentOperations::Single(operation) => self::operation(&mut operation.node, &mut problems),
        DocumentOperations::Multiple(operations) => {
            for operation in operations.values_mut() {
                self::operation(&mut operation.node, &mut problems);
            }
        }
    }
    for fragment in document.fragments.values_mut() {
        let fragment = &mut fragment.node;
        visit(&mut fragment.selection_set.node, Some(&fragment.type_condition), &mut problems);
    }
    problems.sort_by_key(|problem| problem.position);
    problems
}

fn operation(operation: &mut OperationDefinition, problems: &mut Vec<Problem>) {
    for variable in &operation.variable_definitions {
        // No directive of the schema has this place.
        problems.extend(variable.node.directives.iter().map(|directive| {
            Problem::new(
                format!(
                    "Directive \"{}\" may not be used on \"VARIABLE_DEFINITION\"",
                    directive.node.name.node
                ),
                Some(directive.pos),
            )
        }));
    }
    visit(&mut operation.selection_set.node, None, problems);
}

fn visit(set: &mut SelectionSet, condition: Option<&Positioned<TypeCondition>>, problems: &mut Vec<Problem>) {
    for selection in &mut set.items {
        let wrapped = match &mut selection.node {
            Selection::Field(field) if field.node.name.node == "__typename" => {
                check(field, problems);
                wrapped(field, condition)
            }
            Selection::Field(field) => {
                visit(&mut field.node.selection_set.node, None, problems);
                None
            }
            Selection::InlineFragment(fragment) => {
                let fragment = &mut fragment.node;
                visit(&mut fragment.selection_set.node, fragment.type_condition.as_ref(), problems);
                None
            }
            Selection::FragmentSpread(_) => None,
        };
        if let Some(wrapped) = wrapped {
            selection.node = wrapped;
        }
    }
}

fn check(field: &Positioned<Field>, problems: &mut Vec<Problem>) {
    for (name, _) in &field.node.arguments {
        problems.push(Problem::new(
            format!("Unknown argument \"{}\" on field \"__typename\"", name.node),
            Some(name.pos),
        ));
    }
    if !field.node.selection_set.node.items.is_empty() {
        problems.push(Problem::new(
            "Field \"__typename\" must not have a selection since type \"String!\" has no subfields",
            Some(field.pos),
        ));
    }
}

/// The field without its directives inside a fragment with them; None where it has none.
fn wrapped(field: &mut Positioned<Field>, condition: Option<&Positioned<TypeCondition>>) -> Option<Selection> {
    let directives = std::mem::take(&mut field.node.directives);
    if directives.is_empty() {
        return None;
    }
    let position = field.pos;
    let inner = SelectionSet {
        items: vec![Positioned::new(Selection::Field(field.clone()), position)],
    };
    let fragment = InlineFragment {
        type_condition: condition.cloned(),
        directives,
        selection_set: Positioned::new(inner, position),
    };
    Some(Selection::InlineFragment(Positioned::new(fragment, position)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use async_graphql::parser::parse_query;

    fn problems(document: &str) -> Vec<String> {
        let problems = complete(&mut parse_query(document).unwrap());
        problems.into_iter().map(|problem| problem.message).collect()
    }

    #[test]
    fn arguments_selections_and_directives_of_variables_are_found_everywhere() {
        for document in [
            "{ __typename(a: 1) }",
            "{ b { ... { c { t: __typename(a: 1) } } } }",
            "{ ...f } fragment f on Q { ... on R { __typename(a: 1) } }",
            "query A { b } query B { __typename(a: 1) @skip(if: true) }",
        ] {
            assert_eq!(problems(document), ["Unknown argument \"a\" on field \"__typename\""], "{document}");
        }
        assert!(problems("{ __typename { a } }")[0].contains("must not have a selection"));
        assert!(problems("query ($v: I @deprecated) { a(b: $v) }")[0].contains("VARIABLE_DEFINITION"));
        assert_eq!(problems("{ __typename(a: 1, b: 2) { c } }").len(), 3);
        assert_eq!(
            problems("query ($v: Boolean!) { a(b: 1) { c @skip(if: $v) __typename @skip(if: $v) } }"),
            [""; 0]
        );
    }

    #[test]
    fn directives_move_to_a_fragment_on_the_same_type() {
        let mut document =
            parse_query("{ ...f } fragment f on Q { a: __typename @skip(if: true) b { __typename @include(if: false) } }").unwrap();
        complete(&mut document);
        let items = &document.fragments["f"].node.selection_set.node.items;
        let Selection::InlineFragment(fragment) = &items[0].node else {
            panic!("a fragment");
        };
        assert_eq!(fragment.node.type_condition.as_ref().unwrap().node.on.node, "Q");
        assert_eq!(fragment.node.directives[0].node.name.node, "skip");
        let Selection::Field(field) = &fragment.node.selection_set.node.items[0].node else {
            panic!("a field");
        };
        assert!(field.node.directives.is_empty() && field.node.alias.is_some());
        let Selection::Field(field) = &items[1].node else {
            panic!("a field");
        };
        let Selection::InlineFragment(fragment) = &field.node.selection_set.node.items[0].node else {
            panic!("a fragment");
        };
        assert!(fragment.node.type_condition.is_none());
    }
}
