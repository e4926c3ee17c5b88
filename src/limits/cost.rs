//! The price of a request and the number of objects that its answer can hold, from its arguments, before anything runs.

use super::given::given;
use super::types::{Field as Declared, InputField, TypeMap};
use super::variables::{self, is_skipped};
use super::{Limits, Refused};
use crate::error::Code;
use async_graphql::parser::types::{ExecutableDocument, Field, OperationDefinition, OperationType, Selection, SelectionSet};
use async_graphql::{Value, Variables};
use std::collections::HashMap;

/// Totals of a request.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cost {
    /// Points, as the limits and the buckets count them.
    pub points: u64,
    /// Objects that the answer can hold.
    pub objects: u64,
}

/// The price of a request, and of each root field by its name in the answer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Priced<'a> {
    pub cost: Cost,
    roots: Vec<(&'a str, u64)>,
}

impl Priced<'_> {
    /// The points of a root field; fields of one name are one in the answer.
    pub fn root(&self, name: &str) -> u64 {
        let points = self.roots.iter().filter(|(root, _)| *root == name).map(|(_, points)| *points);
        points.fold(0, u64::saturating_add)
    }
}

/// Properties of a schema, besides its types, that prices depend on.
#[derive(Clone, Copy)]
pub struct Prices<'a> {
    /// Small catalogues cached in memory; a root list of them that reads nothing else counts once.
    pub cached: &'a [&'a str],
    /// Fields whose text may be long: type, field, and the most characters that it may have.
    pub texts: &'a [(&'a str, &'a str, u64)],
    /// The same of fields that the schema has only since it runs.
    pub added: &'a [(String, String, u64)],
    /// Fields of inputs that take a recurrence rule.
    pub rules: &'a [&'a str],
    /// Inputs of reports.
    pub reports: &'a [&'a str],
    /// Inputs with the parameters of saved reports: a field that takes one runs a report, whether it is given or not.
    pub parameters: &'a [&'a str],
    /// Plain lists that count as many objects as they can have: type, field, and that number.
    pub lengths: &'a [(&'a str, &'a str, u64)],
    /// Maximum page size.
    pub page_size: u64,
}

/// The prices: a list that says nothing of its length counts as this many.
const LIST: u64 = 5;
/// A connection counts as this many records where neither the request nor the schema says a number.
const PAGE: u64 = 20;
pub(super) const OBJECT: u64 = 1;
pub(super) const CONNECTION: u64 = 2;
pub(super) const TOTAL_COUNT: u64 = 10;
pub(super) const MUTATION: u64 = 10;
/// So many characters of a text cost a point.
pub(super) const TEXT: u64 = 1_000;

/// Adds up an operation of a measured document with its declared variables. Fields that the schema does not have cost nothing: they never run.
pub fn price<'d>(
    operation: &'d OperationDefinition,
    document: &'d ExecutableDocument,
    variables: &Variables,
    types: &TypeMap,
    prices: Prices<'_>,
) -> Priced<'d> {
    let root = match operation.ty {
        OperationType::Mutation => types.mutation(),
        OperationType::Query | OperationType::Subscription => types.query(),
    };
    let mut pricer = Pricer {
        operation,
        document,
        variables,
        types,
        prices,
        root,
        roots: Vec::new(),
        fragments: HashMap::new(),
    };
    let sum = pricer.set(&operation.selection_set.node, root);
    let part = sum.of(root, types);
    Priced {
        cost: Cost {
            points: part.points,
            objects: part.objects,
        },
        roots: pricer.roots,
    }
}

/// Refuses a cost over a ceiling, or an answer that could hold too many objects.
pub fn check(cost: Cost, ceiling: u64, limits: &Limits) -> Result<(), Refused> {
    if cost.points > ceiling {
        let message = format!("the request costs {} points, and at most {ceiling} are allowed", cost.points);
        return Err(Refused::new(Code::CostLimit, message));
    }
    if cost.objects > limits.objects {
        let message = format!(
            "the answer could hold {} objects, and at most {} are allowed",
            cost.objects, limits.objects
        );
        return Err(Refused::new(Code::CostLimit, message));
    }
    Ok(())
}

struct Pricer<'d, 'v> {
    operation: &'d OperationDefinition,
    document: &'d ExecutableDocument,
    variables: &'v Variables,
    types: &'v TypeMap,
    prices: Prices<'v>,
    root: &'v str,
    /// The root fields, in those fragments that are spread twice once.
    roots: Vec<(&'d str, u64)>,
    fragments: HashMap<&'d str, Sum<'v>>,
}

/// Totals of some selections, for one object that they are read from.
#[derive(Clone, Copy, Default)]
struct Part {
    points: u64,
    objects: u64,
    /// The same for one record of the page, where the object is a connection.
    item_points: u64,
    item_objects: u64,
    /// Something that is not in memory is read.
    reads: bool,
    /// The rows of a connection are counted, and it is asked whether their number is exact.
    is_counted: bool,
    is_doubted: bool,
}

/// Totals of a selection set: for any object, and additionally for objects of single types.
#[derive(Clone, Default)]
struct Sum<'a> {
    any: Part,
    only: Vec<(&'a str, Part)>,
}

impl<'d: 'v, 'v> Pricer<'d, 'v> {
    fn set(&mut self, set: &'d SelectionSet, parent: &'v str) -> Sum<'v> {
        let mut sum = Sum::default();
        for selection in &set.items {
            if is_skipped(selection.node.directives(), self.variables) {
                continue;
            }
            match &selection.node {
                Selection::Field(field) => {
                    let part = self.field(&field.node, parent);
                    if parent == self.root {
                        self.roots.push((&field.node.response_key().node, part.points));
                    }
                    sum.any = sum.any.plus(part);
                }
                Selection::InlineFragment(fragment) => {
                    let condition = fragment.node.type_condition.as_ref();
                    let condition = condition.map_or(parent, |condition| &*condition.node.on.node);
                    let inner = self.set(&fragment.node.selection_set.node, condition);
                    sum.add(&inner, condition, parent, self.types);
                }
                Selection::FragmentSpread(spread) => {
                    let name = &spread.node.fragment_name.node;
                    let Some(fragment) = self.document.fragments.get(name) else {
                        continue;
                    };
                    let condition = &*fragment.node.type_condition.node.on.node;
                    if !self.fragments.contains_key(&**name) {
                        let inner = self.set(&fragment.node.selection_set.node, condition);
                        self.fragments.insert(name, inner);
                    }
                    sum.add(&self.fragments[&**name], condition, parent, self.types);
                }
            }
        }
        sum
    }

    fn field(&mut self, field: &'d Field, parent: &'v str) -> Part {
        let name = &*field.name.node;
        let Some(container) = self.types.output(parent) else {
            return Part::default();
        };
        let Some(declared) = container.fields.get(name) else {
            return Part::default();
        };
        if declared.is_leaf {
            let is_counted = name == "totalCount" && container.is_connection;
            let is_doubted = name == "isTotalEstimated" && container.is_connection;
            let texts = if declared.lists > 0 { LIST } else { 1 };
            return Part {
                points: if is_counted {
                    TOTAL_COUNT
                } else {
                    self.prices.text(parent, name).saturating_mul(texts)
                },
                reads: is_counted || is_doubted,
                is_counted,
                is_doubted,
                ..Part::default()
            };
        }
        let named = declared.named.as_str();
        let inner = self.set(&field.selection_set.node, named).of(named, self.types);
        let is_cached = named.starts_with("__") || self.prices.cached.contains(&named);
        let mut part = Part {
            points: inner.points.saturating_add(OBJECT),
            objects: inner.objects.saturating_add(1),
            reads: inner.reads || !is_cached,
            ..Part::default()
        };
        if self.types.output(named).is_some_and(|output| output.is_connection) {
            let page = self.page(field, declared);
            let items = Part {
                points: inner.item_points,
                objects: inner.item_objects,
                ..Part::default()
            };
            part.points = part.points.saturating_add(CONNECTION - OBJECT);
            // To say whether the total is exact, the rows are counted.
            if inner.is_doubted && !inner.is_counted {
                part.points = part.points.saturating_add(TOTAL_COUNT);
            }
            part = part.plus(items.times(page));
        } else if declared.lists > 0 && container.is_connection {
            part = Part {
                item_points: part.points,
                item_objects: part.objects,
                reads: part.reads,
                ..Part::default()
            };
        } else {
            for _ in 0..declared.lists {
                part = part.times(self.length(field, declared, parent, part.reads));
            }
        }
        let is_change = parent == self.types.mutation() && self.operation.ty == OperationType::Mutation;
        let given = given(field, declared, is_change, self.variables, self.types, &self.prices);
        part.points = part.points.saturating_add(given);
        if is_change {
            part.points = part.points.saturating_add(MUTATION);
        }
        part
    }

    /// Maximum number of items of a page; a size above the maximum is refused where it is read.
    fn page(&self, field: &Field, declared: &Declared) -> u64 {
        let asked = ["first", "last"]
            .into_iter()
            .filter_map(|name| self.number(field, declared, name))
            .max();
        asked.unwrap_or(PAGE).min(self.prices.page_size)
    }

    /// Number of objects that a plain list counts for.
    fn length(&self, field: &Field, declared: &Declared, parent: &str, reads: bool) -> u64 {
        let is_catalogue = parent == self.types.query() && !reads;
        if is_catalogue || parent.starts_with("__") {
            return 1;
        }
        let mut lengths = self.prices.lengths.iter();
        if let Some((_, _, most)) = lengths.find(|(owner, name, _)| *owner == parent && *name == &*field.name.node) {
            return *most;
        }
        if declared.arguments.contains_key("first") {
            return self.number(field, declared, "first").unwrap_or(PAGE);
        }
        match self.argument(field, declared, "ids") {
            Some(Value::List(ids)) => u64::try_from(ids.len()).unwrap_or(u64::MAX),
            Some(Value::Null) | None => LIST,
            Some(_) => 1,
        }
    }

    fn number(&self, field: &Field, declared: &Declared, name: &str) -> Option<u64> {
        match self.argument(field, declared, name)? {
            Value::Number(number) => Some(number.as_u64().unwrap_or(0)),
            _ => None,
        }
    }

    /// The value of an argument, or its default.
    fn argument(&self, field: &Field, declared: &Declared, name: &str) -> Option<Value> {
        let argument: &InputField = declared.arguments.get(name)?;
        variables::argument(field, name, self.variables).or_else(|| argument.default.clone())
    }
}

impl Prices<'_> {
    /// The points of a text as long as the field may hold it; zero where texts are short.
    pub(super) fn text(&self, parent: &str, field: &str) -> u64 {
        let mut texts = self.texts.iter();
        let text = texts.find(|(owner, name, _)| *owner == parent && *name == field);
        let declared = text.map(|(_, _, most)| *most);
        let most = declared.or_else(|| {
            let mut added = self.added.iter();
            added
                .find(|(owner, name, _)| owner == parent && name == field)
                .map(|(_, _, most)| *most)
        });
        most.map_or(0, |most| most / TEXT)
    }
}

impl Part {
    fn plus(self, other: Self) -> Self {
        Self {
            points: self.points.saturating_add(other.points),
            objects: self.objects.saturating_add(other.objects),
            item_points: self.item_points.saturating_add(other.item_points),
            item_objects: self.item_objects.saturating_add(other.item_objects),
            reads: self.reads || other.reads,
            is_counted: self.is_counted || other.is_counted,
            is_doubted: self.is_doubted || other.is_doubted,
        }
    }

    fn times(self, count: u64) -> Self {
        Self {
            points: self.points.saturating_mul(count),
            objects: self.objects.saturating_mul(count),
            ..self
        }
    }

    /// The larger of the two in every respect.
    fn or(self, other: Self) -> Self {
        Self {
            points: self.points.max(other.points),
            objects: self.objects.max(other.objects),
            item_points: self.item_points.max(other.item_points),
            item_objects: self.item_objects.max(other.item_objects),
            reads: self.reads || other.reads,
            is_counted: self.is_counted || other.is_counted,
            is_doubted: self.is_doubted || other.is_doubted,
        }
    }
}

impl<'a> Sum<'a> {
    /// Adds a fragment on `condition` that stands in a selection on `parent`.
    fn add(&mut self, fragment: &Sum<'a>, condition: &'a str, parent: &str, types: &TypeMap) {
        let is_abstract = types.output(condition).is_some_and(|output| output.is_abstract);
        if condition == parent || is_abstract {
            self.any = self.any.plus(fragment.any);
            for (name, part) in &fragment.only {
                self.add_only(name, *part);
            }
        } else {
            self.add_only(condition, fragment.of(condition, types));
        }
    }

    /// Totals of the selections on objects of a type: for interfaces and unions, of the most expensive one.
    fn of(&self, name: &str, types: &TypeMap) -> Part {
        let is_abstract = types.output(name).is_some_and(|output| output.is_abstract);
        let matching = self.only.iter().filter(|(only, _)| is_abstract || *only == name);
        let dearest = matching.fold(Part::default(), |dearest, (_, part)| dearest.or(*part));
        self.any.plus(dearest)
    }

    fn add_only(&mut self, name: &'a str, part: Part) {
        match self.only.iter_mut().find(|(only, _)| *only == name) {
            Some((_, sum)) => *sum = sum.plus(part),
            None => self.only.push((name, part)),
        }
    }
}

#[cfg(test)]
mod tests;
