//! Reports of every kind, generated from the catalogue of what can be asked, so that what is added to it is asked for as well.

use std::collections::BTreeMap;

use chrono::Weekday;
use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use rand::{RngExt, SeedableRng};
use serde_json::{Value, json};

use super::buckets::{Calendar, PERIODS};
use super::conditions::{OWN_FILTERS, PROSPECT_FILTERS};
use super::naive;
use super::world::time;

/// Zones whose clocks change in the north and in the south, at midnight and not at all, and which are not whole hours from UTC.
pub const ZONES: [&str; 8] = [
    "America/Caracas",
    "America/New_York",
    "America/Santiago",
    "Asia/Kathmandu",
    "Asia/Kolkata",
    "Europe/Berlin",
    "Pacific/Apia",
    "UTC",
];
/// A period of months, one that only has a beginning, and some days in which clocks change.
const BOUNDS: [(&str, Option<&str>); 5] = [
    ("2025-10-01T00:00:00Z", Some("2026-03-10T16:30:00Z")),
    ("2025-12-15T12:34:56Z", None),
    ("2025-10-25T10:00:00Z", Some("2025-10-27T12:00:00Z")),
    ("2025-04-05T10:00:00Z", Some("2025-04-07T12:00:00Z")),
    ("2025-09-06T00:00:00Z", Some("2025-09-08T00:00:00Z")),
];
/// A generated report.
pub struct Asked {
    pub input: Value,
    /// The keys that its columns have.
    pub columns: Vec<String>,
    pub calendar: Calendar,
    pub time: String,
}

/// Makes reports, and counts what it made them of.
pub struct Generator {
    pub dice: StdRng,
    pub reached: BTreeMap<String, usize>,
    now: i64,
}

impl Generator {
    pub fn new(seed: u64, now: i64) -> Generator {
        Generator {
            dice: StdRng::seed_from_u64(seed),
            reached: BTreeMap::new(),
            now,
        }
    }

    /// A report of a dataset of a catalogue.
    pub fn ask(&mut self, dataset: &Value) -> Asked {
        let of = dataset["name"].as_str().expect("a name");
        let zone = *self.among(&ZONES);
        self.reach(zone);
        let mut input = json!({ "dataset": of, "timeZone": zone, "totals": true, "limit": 10_000 });
        let mut time = dataset["timeField"].as_str().expect("a time").to_owned();
        let first_day = if self.one_in(3) { self.week(&mut input) } else { Weekday::Mon };
        let is_compared = self.one_in(8);
        let is_as_of = dataset["hasAsOf"] == json!(true) && !is_compared && self.one_in(5);
        let mut dimensions = self.dimensions(dataset);
        if is_compared {
            self.compare(&mut input, zone.parse().expect("a zone"), &time, &mut dimensions);
        } else if self.one_in(4) {
            time = self.period(&mut input, dataset, time);
        }
        if is_as_of {
            self.as_of(&mut input);
        }
        let mut columns = Vec::new();
        for dimension in &dimensions {
            push(&mut columns, lower(dimension, dimension["grain"].as_str()));
        }
        let measures = self.measures(dataset, &dimensions, &mut columns);
        self.filters(&mut input, dataset);
        let is_filled = dimensions.iter().all(|dimension| may_be_filled(dimension, &time, &input)) && self.one_in(2);
        if !self.reach_if("emptyRows", is_filled) {
            input["emptyRows"] = json!(false);
        }
        if dimensions.len() > 1 && self.one_in(3) {
            self.reach("subtotals");
            input["subtotals"] = json!(true);
        }
        let named = |key: &String| json!({ "column": key, "direction": "DESC" });
        if self.one_in(3) {
            self.reach("orderBy");
            let mut steps: Vec<Value> = (0..self.dice.random_range(1..=3))
                .filter_map(|_| columns.choose(&mut self.dice).map(named))
                .collect();
            if self.one_in(2) {
                steps[0]["direction"] = json!("ASC");
            }
            input["orderBy"] = json!(steps);
        }
        if self.one_in(6) {
            self.reach("having");
            let column = columns[dimensions.len()..].choose(&mut self.dice);
            let conditions = [
                json!({ "column": "count", "gte": "2" }),
                json!({ "column": "count", "lte": "4" }),
                json!({ "column": column, "isNull": false }),
            ];
            input["having"] = json!([conditions.choose(&mut self.dice)]);
        }
        (input["dimensions"], input["measures"]) = (json!(dimensions), json!(measures));
        let zone = zone.parse().expect("a zone");
        Asked {
            input,
            columns,
            calendar: Calendar { zone, first_day },
            time,
        }
    }

    /// Whether the rows beyond a limit may be added up.
    pub fn takes_others(dataset: &Value, input: &Value) -> bool {
        let entry =
            |list: &str, is: &dyn Fn(&Value) -> bool| dataset[list].as_array().into_iter().flatten().find(|entry| is(entry)).cloned();
        let of = |list: &str| input[list].as_array().cloned().unwrap_or_default();
        let is_single = |dimension: &Value| {
            entry("dimensions", &|entry| naive::name(entry) == naive::name(dimension))
                .is_some_and(|entry| entry["isMultiple"] == json!(false))
        };
        let is_additive = |measure: &Value| {
            entry("measures", &|entry| entry["measure"] == measure["measure"]).is_some_and(|entry| entry["isAdditive"] == json!(true))
        };
        of("dimensions").iter().all(is_single) && of("measures").iter().all(is_additive)
    }

    fn dimensions(&mut self, dataset: &Value) -> Vec<Value> {
        let of = dataset["name"].as_str().expect("a name");
        let all = dataset["dimensions"].as_array().expect("dimensions");
        let count = *self.among(&[0, 1, 1, 1, 2, 2, 3, 4]);
        let mut asked: Vec<Value> = Vec::new();
        while asked.len() < count {
            let entry = self.least(all, |entry| format!("{of} by {}", naive::name(entry)));
            let mut dimension = json!({});
            for member in ["field", "attributeKey", "attributeOf"] {
                if entry[member].is_string() {
                    dimension[member] = entry[member].clone();
                }
            }
            let grains = entry["grains"].as_array().expect("grains");
            if !grains.is_empty() {
                dimension["grain"] = self
                    .least(grains, |grain| format!("{of} by {} {grain}", naive::name(entry)))
                    .clone();
                self.reach(&format!("grain {}", dimension["grain"].as_str().expect("a grain")));
            }
            if entry["hasBands"] == json!(true) && self.one_in(2) {
                self.reach("bands");
                dimension["bands"] = json!(*self.among(&[&["2", "4"][..], &["30"], &["-3", "0", "100"]]));
            }
            let is_other = |other: &Value| {
                naive::name(other) != naive::name(&dimension) || (other["grain"].is_string() && other["grain"] != dimension["grain"])
            };
            if asked.iter().all(is_other) {
                asked.push(dimension);
            }
        }
        asked
    }

    fn measures(&mut self, dataset: &Value, dimensions: &[Value], columns: &mut Vec<String>) -> Vec<Value> {
        let of = dataset["name"].as_str().expect("a name");
        let list = |name: &str| dataset[name].as_array().expect("a list").clone();
        let mut asked = vec![json!({ "measure": "COUNT" })];
        push(columns, "count".to_owned());
        self.reach(&format!("{of} COUNT"));
        let (kinds, numbers) = (list("measures"), list("numbers"));
        let countable: Vec<Value> = list("dimensions")
            .into_iter()
            .filter(|entry| entry["isCountable"] == json!(true))
            .collect();
        for _ in 0..self.dice.random_range(0..5) {
            let kind = self
                .least(&kinds, |kind| format!("{of} {}", kind["measure"].as_str().expect("a measure")))
                .clone();
            let mut measure = json!({ "measure": kind["measure"] });
            let source = match (&kind["takesNumber"], &kind["takesDimension"], &kind["takesMeasures"]) {
                (Value::Bool(true), ..) => Some(self.least(&numbers, |number| format!("{of} of {}", naive::name(number))).clone()),
                (_, Value::Bool(true), _) => countable.choose(&mut self.dice).cloned(),
                (.., Value::Bool(true)) if !self.of_measures(&mut measure, &asked, dimensions, columns) => continue,
                _ => None,
            };
            let source = source.unwrap_or_default();
            for member in ["field", "attributeKey", "attributeOf"] {
                if source[member].is_string() {
                    measure[member] = source[member].clone();
                }
            }
            if source["hasCurrency"] == json!(true) && self.one_in(2) {
                measure["currency"] = json!("EUR");
            }
            if kind["measure"] == "PERCENTILE" {
                measure["percentile"] = json!(*self.among(&[0.0, 0.1, 0.25, 0.5, 0.75, 0.9, 0.99, 0.3333, 1.0]));
            }
            let operands = [("", &measure["column"]), ("_by", &measure["denominator"])];
            let operands: String = operands
                .iter()
                .filter_map(|(by, key)| Some(format!("{by}_{}", key.as_str()?)))
                .collect();
            let name = match naive::name(&source).is_empty() {
                true => operands,
                false => format!("_{}", lower(&source, None)),
            };
            push(
                columns,
                format!("{}{name}", kind["measure"].as_str().expect("a measure").to_lowercase()),
            );
            asked.push(measure);
        }
        asked
    }

    /// Names other measures of the report. False if there are none that fit.
    fn of_measures(&mut self, measure: &mut Value, asked: &[Value], dimensions: &[Value], columns: &[String]) -> bool {
        let is_period = |dimension: &&Value| dimension["grain"].as_str().is_some_and(|grain| PERIODS.contains(&grain));
        let kind = measure["measure"].as_str().expect("a measure").to_owned();
        let fits = |other: &str| match &*kind {
            "RATIO" => !["RATIO", "SHARE", "RUNNING_TOTAL"].contains(&other),
            _ => ["COUNT", "SUM"].contains(&other),
        };
        if kind == "RUNNING_TOTAL" && dimensions.iter().filter(is_period).count() != 1 {
            return false;
        }
        let keys = asked.iter().zip(&columns[dimensions.len()..]);
        let keys: Vec<&String> = keys
            .filter(|(other, _)| fits(other["measure"].as_str().expect("a measure")))
            .map(|(_, key)| key)
            .collect();
        measure["column"] = json!(keys.choose(&mut self.dice));
        if kind == "RATIO" {
            measure["denominator"] = json!(keys.choose(&mut self.dice));
        }
        true
    }

    fn week(&mut self, input: &mut Value) -> Weekday {
        self.reach("firstDayOfWeek");
        let (name, day) = *self.among(&[("SUNDAY", Weekday::Sun), ("SATURDAY", Weekday::Sat), ("WEDNESDAY", Weekday::Wed)]);
        input["firstDayOfWeek"] = json!(name);
        day
    }

    /// A period of any time of the records; answers which.
    fn period(&mut self, input: &mut Value, dataset: &Value, time: String) -> String {
        self.reach("period");
        let is_time = |entry: &&Value| entry["field"].is_string() && entry["grains"] != json!([]);
        let times: Vec<&Value> = dataset["dimensions"]
            .as_array()
            .expect("dimensions")
            .iter()
            .filter(is_time)
            .collect();
        let (from, to) = *self.among(&BOUNDS);
        input["period"] = json!({ "gte": from });
        if let Some(to) = to {
            input["period"]["lt"] = json!(to);
        }
        if self.one_in(2) {
            return time;
        }
        let field = times.choose(&mut self.dice).expect("a time")["field"].clone();
        input["period"]["field"] = field.clone();
        field.as_str().expect("a field").to_owned()
    }

    /// A period of whole local months, so that those before it begin at midnight too, and at most one grain of its time.
    fn compare(&mut self, input: &mut Value, zone: chrono_tz::Tz, time_field: &str, dimensions: &mut Vec<Value>) {
        use chrono::TimeZone;
        self.reach("compareTo");
        let first = |(year, month): (i32, u32)| {
            let at = zone.with_ymd_and_hms(year, month, 1, 0, 0, 0).earliest().expect("a midnight");
            time(at.timestamp_millis())
        };
        let (from, to) = *self.among(&[
            ((2025, 10), (2026, 1)),
            ((2026, 1), (2026, 4)),
            ((2026, 2), (2026, 3)),
            ((2025, 1), (2026, 1)),
        ]);
        input["period"] = json!({ "gte": first(from), "lt": first(to) });
        input["compareTo"] = json!(*self.among(&["PREVIOUS_PERIOD", "PREVIOUS_YEAR"]));
        let mut has_one = false;
        dimensions.retain(|dimension| {
            let grain = dimension["grain"].as_str().filter(|grain| PERIODS.contains(grain));
            match grain.filter(|_| dimension["field"] == *time_field) {
                Some("HOUR") => false,
                Some(_) => !std::mem::replace(&mut has_one, true),
                None => true,
            }
        });
    }

    fn as_of(&mut self, input: &mut Value) {
        self.reach("asOf");
        let ago = *self.among(&[0, 3_600_000, 10 * 3_600_000, 20 * 3_600_000, 90 * 24 * 3_600_000]);
        input["asOf"] = json!(time(self.now - ago));
        for name in ["asOfStatus", "asOfOwner"] {
            if self.one_in(3) {
                input[name] = json!(*self.among(&["THEN", "NOW"]));
            }
        }
    }

    fn filters(&mut self, input: &mut Value, dataset: &Value) {
        let own = OWN_FILTERS.iter().find(|(member, ..)| dataset["filter"] == *member);
        if let Some((member, filter, _)) = own.filter(|_| self.one_in(4)) {
            input[*member] = serde_json::from_str(filter).expect("a filter");
        }
        if self.one_in(4) {
            self.reach("prospectFilter");
            let (filter, _) = *self.among(&PROSPECT_FILTERS);
            input["prospectFilter"] = serde_json::from_str(filter).expect("a filter");
        }
    }

    /// One of some, in half of the cases one that was reached least.
    fn least<'a>(&mut self, all: &'a [Value], name: impl Fn(&Value) -> String) -> &'a Value {
        let count = |entry: &Value| self.reached.get(&name(entry)).copied().unwrap_or(0);
        let fewest = all.iter().map(count).min().unwrap_or(0);
        let rare: Vec<&Value> = all.iter().filter(|entry| count(entry) == fewest).collect();
        let chosen = if self.one_in(2) {
            rare.choose(&mut self.dice).copied()
        } else {
            all.choose(&mut self.dice)
        };
        let chosen = chosen.expect("something to choose from");
        self.reach(&name(chosen));
        chosen
    }

    fn among<'a, T>(&mut self, some: &'a [T]) -> &'a T {
        some.choose(&mut self.dice).expect("something to choose from")
    }

    pub fn one_in(&mut self, number: u32) -> bool {
        self.dice.random_range(0..number) == 0
    }

    fn reach_if(&mut self, part: &str, is_reached: bool) -> bool {
        if is_reached {
            self.reach(part);
        }
        is_reached
    }

    pub fn reach(&mut self, part: &str) {
        *self.reached.entry(part.to_owned()).or_default() += 1;
    }
}

/// Whether a dimension has some hundred buckets at most: years of days would fill whole answers with rows without records.
fn may_be_filled(dimension: &Value, time: &str, input: &Value) -> bool {
    let is_of_period = dimension["field"] == *time && input["period"]["gte"].is_string();
    match dimension["grain"].as_str() {
        Some("HOUR") => is_of_period && is_days(input),
        Some("DAY") => is_of_period,
        _ => true,
    }
}

/// Whether the period lasts some days.
fn is_days(input: &Value) -> bool {
    let is_same = |(from, to): &(&str, Option<&str>)| input["period"]["gte"] == *from && to.is_some_and(|to| input["period"]["lt"] == to);
    BOUNDS[2..].iter().any(is_same)
}

/// The name of a column, which the API writes in small letters.
fn lower(asked: &Value, grain: Option<&str>) -> String {
    let name = asked["attributeKey"]
        .as_str()
        .or(asked["field"].as_str())
        .expect("a name")
        .to_lowercase();
    grain.map_or(name.clone(), |grain| format!("{name}_{}", grain.to_lowercase()))
}

/// Adds the key of a column, with a number where there is one of the same name.
fn push(columns: &mut Vec<String>, key: String) {
    let mut number = 1;
    let mut unique = key.clone();
    while columns.contains(&unique) {
        number += 1;
        unique = format!("{key}_{number}");
    }
    columns.push(unique);
}
