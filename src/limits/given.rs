//! The price of the arguments of a field: the conditions of its filter, in a mutation the rows and recurrence rules of its input, and the parts
//! of a report.

use super::cost::Prices;
use super::types::{Field as Declared, Input, Kind, TypeMap};
use super::variables;
use async_graphql::parser::types::{BaseType, Field, Type};
use async_graphql::{Value, Variables};

/// The argument that holds a filter.
const FILTER: &str = "filter";
const TEST: u64 = 1;
/// So many values of a list in a test cost a point.
const VALUES: usize = 10;
const ROW: u64 = 1;
const RULE: u64 = 20;
/// A report, and each dimension, measure, condition and step of its order.
const REPORT: u64 = 50;
const REPORT_PART: u64 = 10;
/// A saved report, whatever its parts.
const SAVED_REPORT: u64 = 100;

/// The points of what a field is given. `is_change`: it is a root field of a mutation.
pub(super) fn given(
    field: &Field,
    declared: &Declared,
    is_change: bool,
    variables: &Variables,
    types: &TypeMap,
    prices: &Prices<'_>,
) -> u64 {
    let counter = Counter {
        types,
        rules: prices.rules,
    };
    let mut arguments = declared.arguments.values();
    let runs_report = arguments.any(|argument| prices.parameters.contains(&named(&argument.kind)));
    let run = if runs_report { SAVED_REPORT } else { 0 };
    let arguments = sum(field.arguments.iter().map(|(name, _)| {
        let name = &*name.node;
        let is_filter = name == FILTER;
        let Some(argument) = declared.arguments.get(name) else { return 0 };
        let is_report = prices.reports.contains(&named(&argument.kind));
        if !(is_filter || is_change || is_report) {
            return 0;
        }
        match variables::argument(field, name, variables) {
            Some(Value::Null) if is_report => 0,
            Some(value) if is_report => REPORT.saturating_add(counter.report(&value, &argument.kind)),
            Some(value) if is_filter => counter.tests(&value, &argument.kind),
            Some(value) => counter.rows(&value, &argument.kind),
            None => 0,
        }
    }));
    run.saturating_add(arguments)
}

struct Counter<'a> {
    types: &'a TypeMap,
    rules: &'a [&'a str],
}

impl Counter<'_> {
    /// The tests of a filter, however deep. What is null tests nothing.
    fn tests(&self, value: &Value, kind: &Type) -> u64 {
        match (&kind.base, value) {
            (BaseType::List(inner), Value::List(items)) => sum(items.iter().map(|item| self.tests(item, inner))),
            (BaseType::List(inner), value) => self.tests(value, inner),
            (BaseType::Named(name), Value::Object(fields)) => {
                let Some(input) = self.input(name) else { return 0 };
                let given = fields.iter().filter_map(|(name, value)| Some((input.fields.get(&**name)?, value)));
                sum(given.map(|(declared, value)| self.test(value, &declared.kind)))
            }
            _ => 0,
        }
    }

    fn test(&self, value: &Value, kind: &Type) -> u64 {
        match value {
            Value::Null => 0,
            value if self.input(named(kind)).is_some() => self.tests(value, kind),
            Value::List(values) => TEST + values.len().div_ceil(VALUES) as u64,
            _ => TEST,
        }
    }

    /// The objects in the lists of a report, and the tests of its filters.
    fn report(&self, value: &Value, kind: &Type) -> u64 {
        let (BaseType::Named(name), Value::Object(fields)) = (&kind.base, value) else {
            return 0;
        };
        let Some(input) = self.input(name) else { return 0 };
        let given = fields
            .iter()
            .filter_map(|(name, value)| Some((&input.fields.get(&**name)?.kind, value)));
        sum(given.map(|(kind, value)| match (&kind.base, value) {
            (BaseType::List(_), Value::List(items)) => REPORT_PART.saturating_mul(items.len() as u64),
            (BaseType::List(_), Value::Object(_)) => REPORT_PART,
            (BaseType::Named(name), Value::Object(_)) if self.input(name).is_some() => self.tests(value, kind),
            _ => 0,
        }))
    }

    /// The objects in the lists of an input, and its recurrence rules. A single object is coerced to a list of one.
    fn rows(&self, value: &Value, kind: &Type) -> u64 {
        match (&kind.base, value) {
            (BaseType::List(inner), Value::List(items)) => sum(items.iter().map(|item| self.row(item, inner))),
            (BaseType::List(inner), value) => self.row(value, inner),
            (BaseType::Named(name), Value::Object(fields)) => {
                let Some(input) = self.input(name) else { return 0 };
                sum(fields.iter().map(|(name, value)| {
                    let is_rule = matches!(value, Value::String(_)) && self.rules.contains(&&**name);
                    let rows = input.fields.get(&**name).map_or(0, |declared| self.rows(value, &declared.kind));
                    rows.saturating_add(if is_rule { RULE } else { 0 })
                }))
            }
            _ => 0,
        }
    }

    fn row(&self, item: &Value, kind: &Type) -> u64 {
        let is_row = matches!((&kind.base, item), (BaseType::Named(_), Value::Object(_)));
        self.rows(item, kind).saturating_add(if is_row { ROW } else { 0 })
    }

    fn input(&self, name: &str) -> Option<&Input> {
        match self.types.get(name) {
            Some(Kind::Input(input)) => Some(input),
            _ => None,
        }
    }
}

fn named(kind: &Type) -> &str {
    match &kind.base {
        BaseType::Named(name) => name,
        BaseType::List(inner) => named(inner),
    }
}

fn sum(points: impl Iterator<Item = u64>) -> u64 {
    points.fold(0, u64::saturating_add)
}

#[cfg(test)]
mod tests {
    use super::*;
    use async_graphql::parser::parse_query;
    use async_graphql::parser::types::Selection;
    use serde_json::json;

    const SDL: &str = "
        type Query { list(filter: Filter, other: Filter, input: Input, report: ReportInput): Int saved(parameters: Parameters): Int }
        input Parameters { owner: ID }
        input ReportInput { dimensions: [Contact!] measures: [Phone!] prospectFilter: Filter limit: Int }
        enum Kind { PERSON COMPANY }
        input Filter { name: Text kind: KindTest since: Period contacts: Relation and: [Filter!] or: [Filter!] not: Filter isOpen: Boolean }
        input Text { eq: String in: [String!] isNull: Boolean }
        input KindTest { eq: Kind in: [Kind!] }
        input Period { unit: Kind! offset: Int count: Int }
        input Relation { some: Filter none: Filter }
        input Input { name: String tagIds: [ID!] contacts: [Contact!] main: Contact next: Next grid: [[Contact!]!] }
        input Contact { name: String phones: [Phone!] }
        input Phone { value: String! }
        input Next { repeatRule: String contacts: [Contact!] }
    ";

    const PRICES: Prices<'static> = Prices {
        cached: &[],
        texts: &[],
        added: &[],
        rules: &["repeatRule"],
        reports: &["ReportInput"],
        parameters: &["Parameters"],
        lengths: &[],
        page_size: 100,
    };

    fn field(document: &str) -> Field {
        let document = parse_query(document).unwrap();
        let (_, operation) = document.operations.iter().next().unwrap();
        match &operation.node.selection_set.node.items[0].node {
            Selection::Field(field) => field.node.clone(),
            _ => panic!("a field"),
        }
    }

    /// The points of arguments, which have to be the same in literals and in variables.
    fn points(arguments: &str, is_change: bool) -> u64 {
        let types = TypeMap::from_sdl(SDL).unwrap();
        let declared = &types.output("Query").unwrap().fields["list"];
        let of = |field: &Field, variables: &Variables| given(field, declared, is_change, variables, &types, &PRICES);
        let literal = field(&format!("{{ list({arguments}) }}"));
        let expected = of(&literal, &Variables::default());
        let (mut variables, mut by_variable) = (serde_json::Map::new(), String::new());
        for (name, value) in &literal.arguments {
            let value = value.node.clone().into_const().unwrap();
            variables.insert(name.node.to_string(), value.into_json().unwrap());
            by_variable += &format!("{0}: ${0} ", name.node);
        }
        let variables = Variables::from_json(json!(variables));
        assert_eq!(
            of(&field(&format!("{{ list({by_variable}) }}")), &variables),
            expected,
            "{arguments}"
        );
        expected
    }

    #[test]
    fn each_test_of_a_filter_counts_at_any_depth() {
        let values = |many: usize| format!("filter: {{ name: {{ in: [{}] }} }}", "\"x\" ".repeat(many));
        for (arguments, expected) in [
            ("filter: {}", 0),
            ("filter: null", 0),
            ("filter: { name: { eq: null }, kind: null, isOpen: null }", 0),
            ("filter: { name: { eq: \"x\" } }", 1),
            ("filter: { name: { eq: \"x\", isNull: false }, isOpen: true }", 3),
            ("filter: { kind: { eq: PERSON } }", 1),
            ("filter: { since: { unit: PERSON, offset: -1, count: 7 } }", 3),
            ("filter: { contacts: { some: { name: { eq: \"x\" }, isOpen: true }, none: {} } }", 2),
            (
                "filter: { and: [{ isOpen: true }, { or: { isOpen: true } }, { not: { not: { isOpen: false } } }] }",
                3,
            ),
            ("filter: { unknown: { eq: 1 } }", 0),
            ("other: { isOpen: true }", 0),
            ("filter: { kind: { in: PERSON } }", 1),
            (values(0).as_str(), 1),
            (values(1).as_str(), 2),
            (values(10).as_str(), 2),
            (values(11).as_str(), 3),
            (values(200).as_str(), 21),
        ] {
            assert_eq!(points(arguments, false), expected, "{arguments}");
        }
    }

    #[test]
    fn a_report_costs_by_its_parts() {
        for (arguments, expected) in [
            ("report: {}", 50),
            ("report: null", 0),
            ("report: { dimensions: [{}, {}], measures: [{ value: \"1\" }], limit: 5 }", 80),
            ("report: { dimensions: {} }", 60),
            ("report: { prospectFilter: { name: { eq: \"x\" }, and: [{ isOpen: true }] } }", 52),
        ] {
            assert_eq!(points(arguments, false), expected, "{arguments}");
        }
    }

    #[test]
    fn a_saved_report_costs_the_same_with_and_without_parameters() {
        let types = TypeMap::from_sdl(SDL).unwrap();
        let declared = &types.output("Query").unwrap().fields["saved"];
        for text in [
            "{ saved }",
            "{ saved(parameters: { owner: \"x\" }) }",
            "{ saved(parameters: null) }",
        ] {
            let points = given(&field(text), declared, false, &Variables::default(), &types, &PRICES);
            assert_eq!(points, SAVED_REPORT, "{text}");
        }
    }

    #[test]
    fn each_row_and_rule_of_an_input_counts() {
        for (arguments, expected) in [
            ("input: { name: \"x\", tagIds: [\"a\", \"b\"], main: { name: \"x\" } }", 0),
            ("input: { contacts: [{}, {}, { phones: [{ value: \"1\" }, { value: \"2\" }] }] }", 5),
            ("input: { contacts: { phones: { value: \"1\" } } }", 2),
            ("input: { main: { phones: [{ value: \"1\" }] } }", 1),
            ("input: { grid: [[{}, {}], [{}]] }", 3),
            ("input: { contacts: null }", 0),
            ("input: { next: { repeatRule: \"FREQ=DAILY\" } }", 20),
            ("input: { next: { repeatRule: null, contacts: [{}] } }", 1),
        ] {
            assert_eq!(points(arguments, true), expected, "{arguments}");
            assert_eq!(points(arguments, false), 0, "{arguments}");
        }
        assert_eq!(points("input: { contacts: [{}] }, filter: { isOpen: true }", true), 2);
    }
}
