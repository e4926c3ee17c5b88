//! The condition that one of several conditions holds, as short as the filter of a list has it.

use serde_json::{Map, Value, json};

/// One of the conditions: with a list of values if they differ in their values alone, otherwise by `or`. None without conditions.
pub fn united(conditions: Vec<Value>) -> Option<Value> {
    let (unset, set): (Vec<Value>, Vec<Value>) = conditions.into_iter().partition(is_unset);
    let listed = set
        .split_first()
        .map(|(first, rest)| rest.iter().try_fold(first.clone(), |all, one| both(&all, one)));
    let mut all = match listed {
        Some(Some(listed)) => vec![listed],
        _ => set,
    };
    all.extend(unset);
    match all.len() {
        0 => None,
        1 => all.pop(),
        _ => Some(json!({ "or": all })),
    }
}

/// Whether a condition accepts what has no value.
fn is_unset(condition: &Value) -> bool {
    match condition {
        Value::Object(members) => members.iter().any(|(name, value)| name == "isNull" || is_unset(value)),
        Value::Array(items) => items.iter().any(is_unset),
        _ => false,
    }
}

/// A condition that holds where one of two does, if they differ in one value alone.
fn both(one: &Value, other: &Value) -> Option<Value> {
    match (one, other) {
        (Value::Object(one), Value::Object(other)) => {
            if let (Some(mut values), Some(more)) = (values(one), values(other)) {
                values.extend(more);
                return Some(json!({ "in": values }));
            }
            members(one, other).map(Value::Object)
        }
        (Value::Array(one), Value::Array(other)) if one.len() == other.len() => {
            let mut differing = (0..one.len()).filter(|place| one[*place] != other[*place]);
            let (place, None) = (differing.next()?, differing.next()) else {
                return None;
            };
            let mut all = one.clone();
            all[place] = both(&one[place], &other[place])?;
            Some(Value::Array(all))
        }
        _ => None,
    }
}

/// The members of two objects that differ in one, which is either a list of values or an object itself.
fn members(one: &Map<String, Value>, other: &Map<String, Value>) -> Option<Map<String, Value>> {
    if !one.keys().eq(other.keys()) {
        return None;
    }
    let mut differing = one.iter().filter(|(name, value)| other.get(*name) != Some(value));
    let ((name, value), None) = (differing.next()?, differing.next()) else {
        return None;
    };
    let union = match (value, other.get(name)?) {
        (Value::Array(one), Value::Array(other)) if name == "in" => Value::Array([one.clone(), other.clone()].concat()),
        (one, other) => both(one, other)?,
    };
    let mut all = one.clone();
    all.insert(name.clone(), union);
    Some(all)
}

/// The values of a test that only lists them.
fn values(test: &Map<String, Value>) -> Option<Vec<Value>> {
    let (1, Some((name, value))) = (test.len(), test.iter().next()) else {
        return None;
    };
    match (&**name, value) {
        ("eq", value) if !value.is_object() => Some(vec![value.clone()]),
        ("in", Value::Array(values)) => Some(values.clone()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_listed_and_other_conditions_combined() {
        for (conditions, expected) in [
            (json!([{ "kind": { "eq": "A" } }]), json!({ "kind": { "eq": "A" } })),
            (
                json!([{ "kind": { "eq": "A" } }, { "kind": { "eq": "B" } }, { "kind": { "eq": "C" } }]),
                json!({ "kind": { "in": ["A", "B", "C"] } }),
            ),
            (
                json!([{ "kind": { "isNull": true } }, { "kind": { "eq": "B" } }]),
                json!({ "or": [{ "kind": { "eq": "B" } }, { "kind": { "isNull": true } }] }),
            ),
            (
                json!([{ "attributes": [{ "key": "k", "choice": { "eq": "a" } }] }, { "attributes": [{ "key": "k", "choice": { "eq": "b" } }] }]),
                json!({ "attributes": [{ "key": "k", "choice": { "in": ["a", "b"] } }] }),
            ),
            (
                json!([{ "at": { "weekday": { "in": ["MONDAY"], "timeZone": "UTC" } } }, { "at": { "weekday": { "in": ["FRIDAY"], "timeZone": "UTC" } } }]),
                json!({ "at": { "weekday": { "in": ["MONDAY", "FRIDAY"], "timeZone": "UTC" } } }),
            ),
            (
                json!([{ "at": { "gte": "1", "lt": "2" } }, { "at": { "gte": "3", "lt": "4" } }]),
                json!({ "or": [{ "at": { "gte": "1", "lt": "2" } }, { "at": { "gte": "3", "lt": "4" } }] }),
            ),
            (
                json!([{ "kind": { "eq": "A" }, "channel": { "eq": "x" } }, { "kind": { "eq": "B" }, "channel": { "eq": "y" } }]),
                json!({ "or": [{ "kind": { "eq": "A" }, "channel": { "eq": "x" } }, { "kind": { "eq": "B" }, "channel": { "eq": "y" } }] }),
            ),
        ] {
            let given = conditions.as_array().cloned().unwrap_or_default();
            assert_eq!(united(given), Some(expected), "{conditions}");
        }
        assert_eq!(united(Vec::new()), None);
    }
}
