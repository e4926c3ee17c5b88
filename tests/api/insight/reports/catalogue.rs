//! The catalogue of what can be asked, and all that generated reports have to reach of it.

use serde_json::{Value, json};

use super::generator::ZONES;
use super::naive;
use crate::support::Person;

const CATALOGUE: &str = "{ reportDatasets { name timeField filter hasAsOf measures { measure takesNumber takesDimension takesMeasures isAdditive }
    dimensions { field attributeKey attributeOf grains hasBands isMultiple isCountable } numbers { field attributeKey attributeOf hasCurrency } } }";

/// What a person can ask for.
pub async fn all(person: &Person) -> Vec<Value> {
    let data = person.query(CATALOGUE, json!({})).await;
    data["reportDatasets"].as_array().expect("datasets").clone()
}

/// Everything that the generator has to reach of a catalogue, by the names under which it counts.
pub fn parts(catalogue: &[Value]) -> Vec<String> {
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let mut parts = Vec::new();
    for dataset in catalogue {
        let of = dataset["name"].as_str().expect("a name");
        for dimension in list(&dataset["dimensions"]) {
            parts.push(format!("{of} by {}", naive::name(&dimension)));
            parts.extend(
                list(&dimension["grains"])
                    .iter()
                    .map(|grain| format!("grain {}", grain.as_str().expect("a grain"))),
            );
        }
        parts.extend(
            list(&dataset["numbers"])
                .iter()
                .map(|number| format!("{of} of {}", naive::name(number))),
        );
        parts.extend(
            list(&dataset["measures"])
                .iter()
                .map(|measure| format!("{of} {}", measure["measure"].as_str().expect("a measure"))),
        );
    }
    for part in [
        "period",
        "compareTo",
        "having",
        "orderBy",
        "others",
        "subtotals",
        "emptyRows",
        "asOf",
        "prospectFilter",
        "firstDayOfWeek",
        "bands",
    ] {
        parts.push(part.to_owned());
    }
    parts.extend(ZONES.map(str::to_owned));
    parts.sort();
    parts.dedup();
    parts
}
