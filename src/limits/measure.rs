//! Measures the shape of a parsed document, each fragment once, however often it is spread.

use super::{Limits, Refused};
use crate::error::Code;
use async_graphql::Positioned;
use async_graphql::parser::types::{
    Directive, ExecutableDocument, FragmentDefinition, OperationDefinition, OperationType, Selection, SelectionSet,
};
use std::collections::{HashMap, HashSet};

/// Refuses a document that grows too large in any direction once its fragments are written out.
pub fn measure(document: &ExecutableDocument, limits: &Limits) -> Result<(), Refused> {
    at_most("operations", document.operations.iter().len(), limits.operations)?;
    at_most("fragments", document.fragments.len(), limits.fragments)?;
    let mut measurer = Measurer {
        document,
        limits,
        aliases: 0,
        directives: 0,
        measured: HashMap::new(),
        open: HashSet::new(),
    };
    for (_, operation) in document.operations.iter() {
        measurer.operation(&operation.node)?;
    }
    // The library traverses fragments that no operation reaches, too.
    for (name, fragment) in &document.fragments {
        let size = measurer.fragment(name, fragment)?;
        measurer.check(size)?;
    }
    Ok(())
}

struct Measurer<'a> {
    document: &'a ExecutableDocument,
    limits: &'a Limits,
    aliases: usize,
    directives: usize,
    measured: HashMap<&'a str, Size>,
    open: HashSet<&'a str>,
}

/// Totals of one selection set with everything below it.
#[derive(Clone, Copy, Default)]
struct Size {
    selections: usize,
    depth: usize,
    /// Fields of the set itself, without `__typename`.
    fields: usize,
    /// Lists of introspection on one path.
    lists: usize,
}

impl<'a> Measurer<'a> {
    fn operation(&mut self, operation: &'a OperationDefinition) -> Result<(), Refused> {
        at_most("variables", operation.variable_definitions.len(), self.limits.variables)?;
        for variable in &operation.variable_definitions {
            self.directives(&variable.node.directives)?;
        }
        self.directives(&operation.directives)?;
        let size = self.set(&operation.selection_set.node)?;
        self.check(size)?;
        let most = match operation.ty {
            OperationType::Mutation => self.limits.mutation_fields,
            OperationType::Query | OperationType::Subscription => self.limits.query_fields,
        };
        at_most("fields at the root", size.fields, most)
    }

    fn check(&self, size: Size) -> Result<(), Refused> {
        at_most(
            "selections with its fragments written out",
            size.selections,
            self.limits.expanded_selections,
        )?;
        at_most("fields inside each other", size.depth, self.limits.depth)
    }

    fn set(&mut self, set: &'a SelectionSet) -> Result<Size, Refused> {
        at_most("selections in one place", set.items.len(), self.limits.selections)?;
        let mut total = Size::default();
        for selection in &set.items {
            self.directives(selection.node.directives())?;
            let size = match &selection.node {
                Selection::Field(field) => {
                    let field = &field.node;
                    self.aliases += usize::from(field.alias.is_some());
                    at_most("aliases", self.aliases, self.limits.aliases)?;
                    let inner = self.set(&field.selection_set.node)?;
                    self.field(&field.name.node, inner)?
                }
                Selection::InlineFragment(fragment) => self.set(&fragment.node.selection_set.node)?,
                Selection::FragmentSpread(spread) => {
                    let name = &spread.node.fragment_name.node;
                    match self.document.fragments.get(name) {
                        Some(fragment) => self.fragment(name, fragment).map_err(|refused| refused.at(spread.pos))?,
                        // It counts although it leads nowhere, or a tree of such spreads would weigh nothing.
                        None => Size {
                            selections: 1,
                            ..Size::default()
                        },
                    }
                }
            };
            total = Size {
                selections: total.selections.saturating_add(size.selections),
                depth: total.depth.max(size.depth),
                fields: total.fields.saturating_add(size.fields),
                lists: total.lists.max(size.lists),
            };
        }
        Ok(total)
    }

    fn field(&self, name: &str, inner: Size) -> Result<Size, Refused> {
        if matches!(name, "__schema" | "__type") {
            at_most(
                "lists of introspection inside each other",
                inner.lists,
                self.limits.introspection_lists,
            )?;
        }
        let is_list = matches!(name, "fields" | "interfaces" | "possibleTypes" | "inputFields");
        Ok(Size {
            selections: inner.selections.saturating_add(1),
            depth: inner.depth + 1,
            fields: usize::from(name != "__typename"),
            lists: inner.lists + usize::from(is_list),
        })
    }

    fn fragment(&mut self, name: &'a str, fragment: &'a Positioned<FragmentDefinition>) -> Result<Size, Refused> {
        if let Some(size) = self.measured.get(name) {
            return Ok(*size);
        }
        if !self.open.insert(name) {
            return Err(Refused::new(Code::DocumentLimit, format!("the fragment `{name}` contains itself")));
        }
        self.directives(&fragment.node.directives)?;
        let size = self.set(&fragment.node.selection_set.node)?;
        self.open.remove(name);
        self.measured.insert(name, size);
        Ok(size)
    }

    fn directives(&mut self, directives: &[Positioned<Directive>]) -> Result<(), Refused> {
        self.directives += directives.len();
        at_most("directives", self.directives, self.limits.directives)
    }
}

fn at_most(what: &str, count: usize, limit: usize) -> Result<(), Refused> {
    if count <= limit {
        return Ok(());
    }
    Err(Refused::new(
        Code::DocumentLimit,
        format!("the document has more than {limit} {what}"),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use async_graphql::parser::parse_query;
    use std::time::{Duration, Instant};

    fn refusal(document: &str) -> Option<String> {
        let document = parse_query(document).unwrap();
        let refused = measure(&document, &Limits::default()).err()?;
        assert_eq!(refused.code, Code::DocumentLimit);
        Some(refused.problems[0].message.clone())
    }

    fn doubling(levels: usize, last: &str) -> String {
        let chain = (0..levels).map(|level| {
            let next = if level + 1 == levels {
                last.to_owned()
            } else {
                format!("...f{0} ...f{0}", level + 1)
            };
            format!("fragment f{level} on Query {{ {next} }} ")
        });
        format!("{{ x {{ ...f0 }} }} {}", chain.collect::<String>())
    }

    #[test]
    fn fragments_are_measured_once() {
        assert_eq!(refusal(&doubling(10, "a")), None);
        for last in ["a", "...nowhere", "__typename"] {
            let started = Instant::now();
            let refusal = refusal(&doubling(50, last)).unwrap();
            assert!(started.elapsed() < Duration::from_millis(50));
            assert!(refusal.contains("2000 selections"), "{refusal}");
        }
    }

    #[test]
    fn fragments_that_contain_themselves_are_refused() {
        assert!(
            refusal("{ ...a } fragment a on Q { ...b } fragment b on Q { x { ...a } }")
                .unwrap()
                .contains("itself")
        );
        assert!(refusal("{ x } fragment a on Q { ...a }").unwrap().contains("itself"));
    }

    #[test]
    fn directives_count_wherever_they_stand() {
        let many = "@a ".repeat(31);
        for document in [
            format!("query {many} {{ x }}"),
            format!("{{ x {many} }}"),
            format!("{{ ... {many} {{ x }} }}"),
            format!("{{ ...f {many} }} fragment f on Q {{ x }}"),
            format!("{{ ...f }} fragment f on Q {many} {{ x }}"),
            format!("query q($a: Int {many}) {{ x }}"),
            format!("{{ {} }}", "x @a ".repeat(31)),
        ] {
            assert!(refusal(&document).unwrap().contains("30 directives"), "{document}");
        }
    }

    #[test]
    fn counts_stop_at_their_limits() {
        let aliases = |count| format!("{{ {} }}", (0..count).map(|n| format!("a{n}:__typename ")).collect::<String>());
        assert_eq!(refusal(&aliases(50)), None);
        assert!(refusal(&aliases(51)).unwrap().contains("50 aliases"));
        assert_eq!(refusal(&format!("{{ x {{ {} }} }}", "a ".repeat(250))), None);
        assert!(
            refusal(&format!("{{ x {{ {} }} }}", "a ".repeat(251)))
                .unwrap()
                .contains("250 selections")
        );
        assert!(
            refusal(&format!("{{ {} }}", "a ".repeat(21)))
                .unwrap()
                .contains("20 fields at the root")
        );
        assert!(
            refusal(&format!("mutation {{ {} }}", "a ".repeat(11)))
                .unwrap()
                .contains("10 fields at the root")
        );
        let depth = |levels| format!("{}{}", "{a".repeat(levels), "}".repeat(levels));
        assert_eq!(refusal(&depth(16)), None);
        assert!(refusal(&depth(17)).unwrap().contains("16 fields inside"));
        let operations = (0..11).map(|n| format!("query q{n} {{ a }} ")).collect::<String>();
        assert!(refusal(&operations).unwrap().contains("10 operations"));
    }

    #[test]
    fn introspection_is_bounded_and_other_lists_are_not() {
        let nested = "fields { type { fields { type { fields { name } } } } }";
        assert!(
            refusal(&format!("{{ __type(name: \"A\") {{ {nested} }} }}"))
                .unwrap()
                .contains("lists")
        );
        assert_eq!(refusal(&format!("{{ x {{ {nested} }} }}")), None);
        assert_eq!(refusal("{ __schema { types { fields { type { fields { name } } } } } }"), None);
    }
}
