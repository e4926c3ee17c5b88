//! Operations that callers without credentials may run, decided by name before the schema is consulted.

use super::Refused;
use crate::error::Code;
use async_graphql::parser::types::{ExecutableDocument, OperationDefinition, OperationType, Selection, SelectionSet};
use std::collections::HashSet;

/// Refuses everything but signing in and resetting a password, whether the schema has it or not.
pub fn anonymous(operation: &OperationDefinition, document: &ExecutableDocument) -> Result<(), Refused> {
    let mut seen = HashSet::new();
    let mut open = vec![&operation.selection_set.node];
    while let Some(set) = open.pop() {
        if !allowed(set, operation.ty, document, &mut seen, &mut open) {
            return Err(Refused::new(Code::Unauthenticated, "sign in first"));
        }
    }
    Ok(())
}

fn allowed<'a>(
    set: &'a SelectionSet,
    root: OperationType,
    document: &'a ExecutableDocument,
    seen: &mut HashSet<&'a str>,
    open: &mut Vec<&'a SelectionSet>,
) -> bool {
    for selection in &set.items {
        match &selection.node {
            Selection::Field(field) if !is_public(root, &field.node.name.node) => return false,
            Selection::Field(_) => {}
            Selection::InlineFragment(fragment) => open.push(&fragment.node.selection_set.node),
            Selection::FragmentSpread(spread) => {
                let name = &spread.node.fragment_name.node;
                if let Some(fragment) = document.fragments.get(name)
                    && seen.insert(name)
                {
                    open.push(&fragment.node.selection_set.node);
                }
            }
        }
    }
    true
}

fn is_public(root: OperationType, field: &str) -> bool {
    match root {
        OperationType::Mutation => matches!(field, "__typename" | "sessionCreate") || field.starts_with("passwordReset"),
        OperationType::Query | OperationType::Subscription => field == "__typename",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use async_graphql::parser::parse_query;

    fn may(text: &str) -> bool {
        let document = parse_query(text).unwrap();
        let (_, operation) = document.operations.iter().next().unwrap();
        anonymous(&operation.node, &document).is_ok()
    }

    #[test]
    fn only_signing_in_is_public() {
        assert!(may("{ __typename }"));
        assert!(may("mutation { a: sessionCreate { user { id } } passwordResetRequest { ok } }"));
        assert!(may("mutation { ...f } fragment f on Mutation { ... { sessionCreate { token } } }"));
        for refused in [
            "{ prospects { id } }",
            "{ unknown }",
            "{ __schema { types { name } } }",
            "{ sessionCreate: prospects { id } }",
            "{ ... { ... { users { id } } } }",
            "{ ...f } fragment f on Query { ...g } fragment g on Query { users { id } }",
            "mutation { sessionCreate { token } prospectCreate { id } }",
        ] {
            assert!(!may(refused), "{refused}");
        }
    }
}
