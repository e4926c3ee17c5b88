//! The actual cost of a request, from the sizes of its answer and the prices of `cost`.

use super::cost::{CONNECTION, MUTATION, OBJECT, Priced, Prices, TEXT, TOTAL_COUNT};
use super::given::given;
use super::types::TypeMap;
use super::variables::is_skipped;
use async_graphql::parser::types::{ExecutableDocument, Field, OperationDefinition, OperationType, Selection, SelectionSet};
use async_graphql::{PathSegment, Value, Variables};

/// Prices of the parts of an answer.
pub struct Plan<'a> {
    steps: Vec<Step<'a>>,
    /// The extra points of each root field.
    extra: u64,
}

impl<'a> Plan<'a> {
    /// Of an operation with its declared variables.
    pub fn of<'v>(
        operation: &'a OperationDefinition,
        document: &'a ExecutableDocument,
        variables: &'v Variables,
        types: &'a TypeMap,
        prices: Prices<'v>,
    ) -> Self {
        let is_mutation = operation.ty == OperationType::Mutation;
        let root = if is_mutation { types.mutation() } else { types.query() };
        let planner = Planner {
            document,
            variables,
            types,
            prices,
            changes: is_mutation.then_some(root),
        };
        let mut steps = Vec::new();
        planner.add(&operation.selection_set.node, root, &mut steps);
        Self {
            steps,
            extra: if is_mutation { MUTATION } else { 0 },
        }
    }

    /// The points of an answer, never more than the price of the request. Null counts as an object that was looked up; a root field that
    /// failed counts in full, because the work was done. So does one that occurs more than once: each occurrence runs, and the answer shows
    /// one of them.
    pub fn points(&self, data: &Value, lost: &[&str], priced: &Priced<'_>) -> u64 {
        let points = self.steps.iter().map(|step| match member(data, step.key) {
            None => 0,
            Some(_) if step.times > 1 || lost.contains(&step.key) => priced.root(step.key),
            Some(value) => price(step, value).saturating_add(step.given).saturating_add(self.extra),
        });
        points.fold(0, u64::saturating_add).min(priced.cost.points)
    }
}

/// The root field whose answer an error at the path took, with the work that was done for it. None where nothing was lost: what was null anyway
/// says no more than that it was looked for, and where the error is a refusal no work was done.
pub fn lost<'p>(data: &Value, path: &'p [PathSegment], is_refusal: bool) -> Option<&'p str> {
    let Some(PathSegment::Field(root)) = path.first() else {
        return None;
    };
    let is_root = path.len() == 1 && member(data, root) == Some(&Value::Null);
    (is_root && !is_refusal || took_others(data, path)).then_some(root)
}

/// The root field of which the answer lacks what an error at the path says is null. It was written more than once, and the answer of another
/// time is in its place.
pub fn torn<'p>(data: &Value, path: &'p [PathSegment]) -> Option<&'p str> {
    let Some(PathSegment::Field(root)) = path.first() else {
        return None;
    };
    let mut value = data;
    for segment in path {
        value = match (value, segment) {
            (Value::Object(members), PathSegment::Field(key)) => members.get(&**key),
            (Value::List(rows), PathSegment::Index(place)) => rows.get(*place),
            (Value::Null, _) => return None,
            _ => None,
        }
        .unwrap_or(&Value::Boolean(true));
    }
    (*value != Value::Null).then_some(root)
}

/// Whether an error at the path took more of the answer than its own field: what had been read around it is null as well.
fn took_others(data: &Value, path: &[PathSegment]) -> bool {
    let mut value = data;
    for segment in path {
        let below = match (value, segment) {
            (Value::Object(members), PathSegment::Field(key)) => members.get(&**key),
            (Value::List(rows), PathSegment::Index(place)) => rows.get(*place),
            (Value::Null, _) => return true,
            _ => None,
        };
        let Some(below) = below else { return false };
        value = below;
    }
    false
}

/// A field of the answer that costs something, and those below it.
struct Step<'a> {
    key: &'a str,
    /// Number of occurrences in the operation.
    times: u64,
    price: u64,
    /// The points of its arguments, however much it answers.
    given: u64,
    /// Rows of a list that count as one.
    counts_once: bool,
    /// It and everything below is read from memory.
    is_cached: bool,
    /// It asks whether a total is exact, which costs what the total does, once for both.
    is_doubt: bool,
    /// It costs by its length.
    is_text: bool,
    below: Vec<Step<'a>>,
}

struct Planner<'a, 'v> {
    document: &'a ExecutableDocument,
    variables: &'v Variables,
    types: &'a TypeMap,
    prices: Prices<'v>,
    /// The root of mutations, in one.
    changes: Option<&'a str>,
}

impl<'a> Planner<'a, '_> {
    /// Adds what is selected to the plan; a key that is there already, from this type or from another that it may be, is one field of the answer.
    fn add(&self, set: &'a SelectionSet, parent: &'a str, plan: &mut Vec<Step<'a>>) {
        for selection in &set.items {
            if is_skipped(selection.node.directives(), self.variables) {
                continue;
            }
            match &selection.node {
                Selection::Field(field) => self.add_field(&field.node, parent, plan),
                Selection::InlineFragment(fragment) => {
                    let condition = fragment.node.type_condition.as_ref();
                    let condition = condition.map_or(parent, |condition| &*condition.node.on.node);
                    self.add(&fragment.node.selection_set.node, condition, plan);
                }
                Selection::FragmentSpread(spread) => {
                    if let Some(fragment) = self.document.fragments.get(&spread.node.fragment_name.node) {
                        let condition = &*fragment.node.type_condition.node.on.node;
                        self.add(&fragment.node.selection_set.node, condition, plan);
                    }
                }
            }
        }
    }

    fn add_field(&self, field: &'a Field, parent: &'a str, plan: &mut Vec<Step<'a>>) {
        let Some(container) = self.types.output(parent) else { return };
        let Some(declared) = container.fields.get(&*field.name.node) else {
            return;
        };
        let is_of_connection = container.is_connection && declared.is_leaf;
        let is_count = is_of_connection && field.name.node == "totalCount";
        let is_doubt = is_of_connection && field.name.node == "isTotalEstimated";
        let is_text = declared.is_leaf && self.prices.text(parent, &field.name.node) > 0;
        if declared.is_leaf && !is_count && !is_doubt && !is_text {
            return;
        }
        let key = field.alias.as_ref().map_or(&*field.name.node, |alias| &*alias.node);
        let place = plan.iter().position(|step| step.key == key).unwrap_or_else(|| {
            plan.push(Step {
                key,
                times: 0,
                price: 0,
                given: 0,
                counts_once: false,
                is_cached: is_text,
                is_doubt,
                is_text,
                below: Vec::new(),
            });
            plan.len() - 1
        });
        let named = declared.named.as_str();
        let step = &mut plan[place];
        step.times += 1;
        if is_count || is_doubt {
            step.price = TOTAL_COUNT;
        }
        if declared.is_leaf {
            return;
        }
        let is_change = self.changes == Some(parent);
        let given = given(field, declared, is_change, self.variables, self.types, &self.prices);
        step.given = step.given.max(given);
        self.add(&field.selection_set.node, named, &mut step.below);
        let mut is_counted = step.below.iter().any(|step| step.price == TOTAL_COUNT && !step.is_doubt);
        for doubt in step.below.iter_mut().filter(|step| step.is_doubt) {
            doubt.price = if is_counted { 0 } else { TOTAL_COUNT };
            is_counted = true;
        }
        let is_connection = self.types.output(named).is_some_and(|output| output.is_connection);
        step.price = if is_connection { CONNECTION } else { OBJECT };
        step.is_cached = (named.starts_with("__") || self.prices.cached.contains(&named)) && step.below.iter().all(|step| step.is_cached);
        step.counts_once = declared.lists > 0 && (parent.starts_with("__") || parent == self.types.query() && step.is_cached);
    }
}

fn sum(plan: &[Step<'_>], object: &Value) -> u64 {
    let prices = plan
        .iter()
        .filter_map(|step| Some(price(step, member(object, step.key)?).saturating_add(step.given)));
    prices.fold(0, u64::saturating_add)
}

fn price(step: &Step<'_>, value: &Value) -> u64 {
    match value {
        _ if step.is_text => text(value),
        Value::List(rows) if step.counts_once => rows.first().map_or(OBJECT, |row| price(step, row)),
        Value::List(rows) => {
            let prices = rows.iter().map(|row| price(step, row));
            prices.fold(0, u64::saturating_add).max(OBJECT)
        }
        Value::Object(_) => step.price.saturating_add(sum(&step.below, value)),
        // A count, or something that was looked for.
        _ => step.price,
    }
}

/// Every full thousand characters of a text, or of each text of a list.
fn text(value: &Value) -> u64 {
    match value {
        Value::String(text) => text.chars().count() as u64 / TEXT,
        Value::List(texts) => texts.iter().map(text).fold(0, u64::saturating_add),
        _ => 0,
    }
}

fn member<'v>(object: &'v Value, key: &str) -> Option<&'v Value> {
    match object {
        Value::Object(members) => members.get(key),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
