//! Fields that meet under one name in an answer and cannot be one there: "Field Selection Merging" of the specification (5.3.2). The library
//! compares only fields that are written in one place and on one type, and answers one of the others where two differ.

use super::Problem;
use super::types::{Field as Declared, TypeMap};
use async_graphql::Positioned;
use async_graphql::parser::types::{BaseType, ExecutableDocument, Field, OperationType, Selection, SelectionSet, Type};
use std::collections::HashMap;

/// The conflicting fields, at most `most` problems. The document has been measured, so that its expanded fragments are few enough to
/// traverse.
pub fn conflicts(document: &ExecutableDocument, types: &TypeMap, most: usize) -> Vec<Problem> {
    let mut comparison = Comparison {
        document,
        types,
        most,
        steps: 0,
        problems: Vec::new(),
    };
    for (_, operation) in document.operations.iter() {
        let root = match operation.node.ty {
            OperationType::Mutation => types.mutation(),
            OperationType::Query | OperationType::Subscription => types.query(),
        };
        comparison.merge(&[(root, &operation.node.selection_set.node)], Depth::Fields);
    }
    let mut problems = comparison.problems;
    problems.sort_by_key(|problem| problem.position);
    problems.dedup();
    problems.truncate(most);
    problems
}

/// Fields of typical documents are compared two or three times; only types that nest in each other in many ways need more.
const MOST_STEPS: usize = 200_000;

struct Comparison<'a> {
    document: &'a ExecutableDocument,
    types: &'a TypeMap,
    most: usize,
    steps: usize,
    problems: Vec<Problem>,
}

/// Properties that two fields under one name must share.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Depth {
    /// The field, its arguments, and the shape of its values: one object has both.
    Fields,
    /// Only the shape: no object has both.
    Shapes,
}

/// A field with the type that it is written on.
#[derive(Clone, Copy)]
struct TypedField<'a> {
    parent: &'a str,
    field: &'a Positioned<Field>,
    /// None: `__typename`.
    declared: Option<&'a Declared>,
}

impl<'a> Comparison<'a> {
    /// Compares what selection sets of one object, or of objects in one place, have under the same name.
    fn merge(&mut self, sets: &[(&'a str, &'a SelectionSet)], depth: Depth) {
        let mut groups: Vec<(&'a str, Vec<TypedField<'a>>)> = Vec::new();
        let mut places = HashMap::new();
        for (parent, set) in sets {
            self.collect(set, parent, &mut |key, met| {
                let place = *places.entry(key).or_insert_with(|| {
                    groups.push((key, Vec::new()));
                    groups.len() - 1
                });
                groups[place].1.push(met);
            });
        }
        for (key, fields) in groups {
            if self.problems.len() >= self.most {
                return;
            }
            self.group(key, &fields, depth);
        }
    }

    fn collect(&mut self, set: &'a SelectionSet, parent: &'a str, found: &mut impl FnMut(&'a str, TypedField<'a>)) {
        for selection in &set.items {
            self.steps += 1;
            match &selection.node {
                Selection::Field(field) => {
                    let name = &*field.node.name.node;
                    let container = self.types.output(parent);
                    let declared = container.and_then(|container| container.fields.get(name));
                    // Unknown fields are reported by the library.
                    if declared.is_some() || name == "__typename" {
                        let key = field.node.alias.as_ref().map_or(name, |alias| &*alias.node);
                        found(key, TypedField { parent, field, declared });
                    }
                }
                Selection::InlineFragment(fragment) => {
                    let condition = fragment.node.type_condition.as_ref();
                    let condition = condition.map_or(parent, |condition| &*condition.node.on.node);
                    self.collect(&fragment.node.selection_set.node, condition, found);
                }
                Selection::FragmentSpread(spread) => {
                    if let Some(fragment) = self.document.fragments.get(&spread.node.fragment_name.node) {
                        let condition = &*fragment.node.type_condition.node.on.node;
                        self.collect(&fragment.node.selection_set.node, condition, found);
                    }
                }
            }
        }
    }

    fn group(&mut self, key: &'a str, fields: &[TypedField<'a>], depth: Depth) {
        if self.steps > MOST_STEPS {
            return self.report(fields[0].field, format!("too many fields meet under the name \"{key}\""));
        }
        let shape = fields[0].shape();
        if let Some(other) = fields.iter().find(|met| met.shape() != shape) {
            let message = format!("what is called \"{key}\" has values of different types; give one of the fields an alias of its own");
            return self.report(other.field, message);
        }
        if depth == Depth::Shapes {
            return self.merge(&below(fields), Depth::Shapes);
        }
        let classes = self.classes(fields);
        for class in &classes {
            let first = class[0];
            match class.iter().find(|met| !met.is_same(&first)) {
                Some(other) => {
                    let message = format!(
                        "\"{key}\" would be two fields in one, \"{}\" and \"{}\", or one with different arguments; give one of them an alias of its own",
                        first.field.node.name.node, other.field.node.name.node
                    );
                    self.report(other.field, message);
                }
                None => self.merge(&below(class), Depth::Fields),
            }
        }
        if classes.len() > 1 {
            self.merge(&below(fields), Depth::Shapes);
        }
    }

    /// The fields that one object can have together: those on its type, and those on interfaces and unions.
    fn classes(&self, fields: &[TypedField<'a>]) -> Vec<Vec<TypedField<'a>>> {
        let is_abstract = |parent: &str| self.types.output(parent).is_some_and(|output| output.is_abstract);
        let mut objects: Vec<&str> = fields.iter().map(|met| met.parent).filter(|parent| !is_abstract(parent)).collect();
        objects.sort_unstable();
        objects.dedup();
        if objects.len() < 2 {
            return vec![fields.to_vec()];
        }
        let of = |object: &str| {
            fields
                .iter()
                .copied()
                .filter(|met| met.parent == object || is_abstract(met.parent))
                .collect()
        };
        objects.into_iter().map(of).collect()
    }

    fn report(&mut self, field: &Positioned<Field>, message: String) {
        self.problems.push(Problem::new(message, Some(field.pos)));
    }
}

impl TypedField<'_> {
    /// Whether both are the same field with the same arguments, in whichever order these are.
    fn is_same(&self, other: &TypedField<'_>) -> bool {
        let (one, other) = (&self.field.node, &other.field.node);
        let has = |name: &str, value: &_| {
            other
                .arguments
                .iter()
                .any(|(other, given)| other.node == name && given.node == *value)
        };
        one.name.node == other.name.node
            && one.arguments.len() == other.arguments.len()
            && one.arguments.iter().all(|(name, value)| has(&name.node, &value.node))
    }

    /// Lists and exclamation marks, around the name of a scalar or enum; objects of all types are alike.
    fn shape(&self) -> String {
        let Some(declared) = self.declared else {
            return "String!".to_owned();
        };
        shape(&declared.kind, declared.is_leaf)
    }
}

fn shape(kind: &Type, is_leaf: bool) -> String {
    let inner = match &kind.base {
        BaseType::Named(name) if is_leaf => name.to_string(),
        BaseType::Named(_) => String::new(),
        BaseType::List(inner) => format!("[{}]", shape(inner, is_leaf)),
    };
    if kind.nullable { inner } else { format!("{inner}!") }
}

fn below<'a>(fields: &[TypedField<'a>]) -> Vec<(&'a str, &'a SelectionSet)> {
    let composite = fields
        .iter()
        .filter_map(|met| Some((met.declared.filter(|declared| !declared.is_leaf)?, met.field)));
    composite
        .map(|(declared, field)| (declared.named.as_str(), &field.node.selection_set.node))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use async_graphql::parser::parse_query;

    const SDL: &str = "
        type Query { me: User prospect(id: ID!): Prospect node(id: ID!): Node entries: [Entry!]! }
        interface Node { id: ID! name: String }
        union Entry = Note | Call
        type User implements Node { id: ID! name: String email: String! age: Int }
        type Prospect implements Node { id: ID! name: String tags: [String!]! sites: [String] owner: User list(first: Int, after: String): [User!]! }
        type Note { id: ID! by: User body: String! size: Int! at: String! }
        type Call { id: ID! by: User with: User body: String size: String at: String! }
    ";

    fn found(document: &str) -> Vec<String> {
        let types = TypeMap::from_sdl(SDL).unwrap();
        let document = parse_query(document).unwrap_or_else(|error| panic!("{document}: {error}"));
        let position_of = |problem: Problem| {
            let position = problem.position.unwrap();
            format!(
                "{} {}:{}",
                problem.message.split('"').nth(1).unwrap(),
                position.line,
                position.column
            )
        };
        conflicts(&document, &types, 10).into_iter().map(position_of).collect()
    }

    #[test]
    fn what_cannot_be_one_is_refused_wherever_it_meets() {
        for (document, problem) in [
            // In one place, and on the type itself.
            ("{ me { x: name x: email } }", "x 1:16"),
            ("{ me { x: name ... on User { x: email } } }", "x 1:30"),
            ("{ me { name: __typename name } }", "name 1:25"),
            ("{ me { x: name ...f } } fragment f on User { x: id }", "x 1:46"),
            ("{ node(id: 1) { x: id ... on User { x: name } } }", "x 1:37"),
            ("{ node(id: 1) { x: name ... on User { x: email } } }", "x 1:39"),
            // Below fields that are written twice.
            ("{ a: me { x: id } a: me { x: email } }", "x 1:27"),
            (
                "{ prospect(id: 1) { owner { x: id } ... on Prospect { owner { x: email } } } }",
                "x 1:63",
            ),
            // Arguments.
            ("{ prospect(id: 1) { id } prospect(id: 2) { id } }", "prospect 1:26"),
            (
                "query ($v: ID!) { prospect(id: 1) { id } prospect(id: $v) { id } }",
                "prospect 1:42",
            ),
            ("{ prospect(id: 1) { list(first: 1) { id } ... { list { id } } } }", "list 1:49"),
            // No object has both, but a reader of the answer could not distinguish them.
            (
                "{ node(id: 1) { ... on User { x: name } ... on Prospect { x: owner { id } } } }",
                "x 1:59",
            ),
            ("{ node(id: 1) { ... on User { x: name } ... on Prospect { x: tags } } }", "x 1:59"),
            ("{ entries { ... on Note { body } ... on Call { body } } }", "body 1:48"),
            ("{ entries { ... on Note { size } ... on Call { size } } }", "size 1:48"),
            (
                "{ entries { ... on Note { x: by { y: id } } ... on Call { x: with { y: age } } } }",
                "y 1:69",
            ),
        ] {
            assert_eq!(found(document), [problem], "{document}");
        }
    }

    #[test]
    fn what_can_be_one_is_not() {
        for document in [
            "{ me { name name x: name } x: me { id } }",
            "{ prospect(id: 1) { list(first: 1, after: \"a\") { id } list(after: \"a\", first: 1) { name } } }",
            "{ node(id: 1) { id name ... on User { name id } ... on Prospect { name } } }",
            "{ entries { ... on Note { id by { id } } ... on Call { id by { name } at } ... on Note { at } } }",
            // Different fields of the same shape, on objects that cannot be the same.
            "{ entries { ... on Note { x: by { y: id } } ... on Call { x: with { y: id z: name } } } }",
            "{ entries { ... on Note { x: by { y: id } } ... on Call { x: by { y: id } } } }",
            "{ node(id: 1) { ... on User { x: name } ... on Prospect { x: name } __typename } }",
            "{ me { unknown x: name } prospect(id: 1) { ...gone } }",
            "query A { x: me { id } } query B { x: prospect(id: 1) { id } }",
        ] {
            assert_eq!(found(document), [""; 0], "{document}");
        }
    }

    #[test]
    fn types_that_nest_in_each_other_in_many_ways_are_given_up() {
        let types = "type Query { n: N } interface N { n: N } type A implements N { n: N } type B implements N { n: N } type C implements N { n: N }";
        let mut inner = "__typename".to_owned();
        for _ in 0..12 {
            inner = format!(
                "n {{ {inner} }} ... on A {{ n {{ __typename }} }} ... on B {{ n {{ __typename }} }} ... on C {{ n {{ __typename }} }}"
            );
        }
        let document = parse_query(format!("{{ n {{ {inner} }} }}")).unwrap();
        let problems = conflicts(&document, &TypeMap::from_sdl(types).unwrap(), 10);
        assert!(
            problems.iter().any(|problem| problem.message.starts_with("too many")),
            "{problems:?}"
        );
    }
}
