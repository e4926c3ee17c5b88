//! The whole answer of a report, computed in plain Rust over its records: rows, totals, subtotals, what is compared, and the order.

use std::cmp::Ordering;
use std::collections::{BTreeMap, HashSet};

use chrono::Months;
use rust_decimal::Decimal;
use serde_json::Value;

use super::buckets::{Calendar, PERIODS, first_day, moment};
use super::naive::{self, quotient};

pub type Numbers = Vec<Option<Decimal>>;
/// Numbers by the keys of the dimensions.
pub type Rows = BTreeMap<Vec<String>, Numbers>;

/// A report that is asked for.
pub struct Question<'a> {
    pub input: &'a Value,
    /// The keys of its columns.
    pub columns: &'a [String],
    pub calendar: Calendar,
    /// The time of the period, which is that of the records unless the input names another.
    pub time: &'a str,
    pub now: i64,
    /// All values in use of a dimension that has fixed ones.
    pub domain: &'a dyn Fn(&Value) -> Option<Vec<String>>,
}

impl Question<'_> {
    pub fn dimensions(&self) -> &[Value] {
        self.input["dimensions"].as_array().expect("dimensions")
    }

    fn measures(&self) -> &[Value] {
        self.input["measures"].as_array().expect("measures")
    }

    /// The bounds of the period, in milliseconds.
    pub fn period(&self) -> (Option<i64>, Option<i64>) {
        let bound = |name: &str| super::records::millis(&self.input["period"][name]);
        (bound("gte"), bound("lt"))
    }

    /// The records whose time is within bounds.
    pub fn within<'a>(&self, records: &'a [Value], (from, to): (Option<i64>, Option<i64>)) -> Vec<&'a Value> {
        let is_within = |record: &&Value| {
            let at = naive::instant(record, self.time);
            let holds = |bound: Option<i64>, holds: fn(i64, i64) -> bool| bound.is_none_or(|bound| at.is_some_and(|at| holds(at, bound)));
            holds(from, |at, from| at >= from) && holds(to, |at, to| at < to)
        };
        records.iter().filter(is_within).collect()
    }

    /// The rows before limit, by the first dimensions, with those that are compared or filled in unless they are subtotals.
    pub fn rows(&self, all: &[Value], level: usize) -> Rows {
        let records = &self.within(all, self.period())[..];
        let dimensions = &self.dimensions()[..level];
        let groups = naive::groups(records, dimensions, self.calendar);
        let mut rows: Rows = groups.iter().map(|(keys, group)| (keys.clone(), self.own(group))).collect();
        if level == self.dimensions().len() && self.input["compareTo"].is_string() {
            for keys in self.compared(all) {
                rows.entry(keys).or_insert_with(|| self.own(&[]));
            }
        }
        if level == self.dimensions().len() && self.input["emptyRows"] != Value::Bool(false) {
            for keys in self.missing(&rows) {
                rows.insert(keys, self.own(&[]));
            }
        }
        let source = rows.clone();
        self.derive(&mut rows, &source, records);
        if level == self.dimensions().len() {
            rows.retain(|_, numbers| self.has(numbers));
        }
        rows
    }

    /// The measures over all records.
    pub fn totals(&self, records: &[&Value]) -> Numbers {
        let mut rows = Rows::from([(Vec::new(), self.own(records))]);
        self.derive(&mut rows, &Rows::new(), records);
        rows.remove(&Vec::new()).expect("one row")
    }

    /// The measures over the records of rows beyond the limit.
    pub fn others(&self, records: &[&Value], rest: &HashSet<Vec<String>>) -> Numbers {
        let groups = naive::groups(records, self.dimensions(), self.calendar);
        let of_rest: Vec<&Value> = groups
            .into_iter()
            .filter(|(keys, _)| rest.contains(keys))
            .flat_map(|(_, group)| group)
            .collect();
        let mut rows = Rows::from([(Vec::new(), self.own(&of_rest))]);
        self.derive(&mut rows, &Rows::new(), records);
        rows.remove(&Vec::new()).expect("one row")
    }

    fn bounds(&self) -> (i64, i64) {
        let (from, to) = self.period();
        (from.expect("a period"), to.expect("a period"))
    }

    /// The records of the earlier period.
    fn before<'a>(&self, all: &'a [Value]) -> Vec<&'a Value> {
        let (from, to) = self.bounds();
        let (earlier_from, earlier_to) = self.earlier_period(from, to);
        self.within(all, (Some(earlier_from), Some(earlier_to)))
    }

    /// The keys of the rows that are compared with a group of the earlier period.
    fn compared(&self, all: &[Value]) -> Vec<Vec<String>> {
        let (records, bounds) = (self.before(all), self.bounds());
        let earlier = naive::groups(&records, self.dimensions(), self.calendar);
        let mut found: Vec<Vec<String>> = earlier.keys().cloned().collect();
        let grain = self.grain();
        let is_shifted = |dimension: &Value| dimension["field"].as_str() == Some(self.time) && dimension["grain"].as_str() == grain;
        if let (Some(grain), Some(place)) = (grain, self.dimensions().iter().position(is_shifted)) {
            let count = self.calendar.count(grain, bounds);
            let first = self.calendar.bucket_of(bounds.0, grain);
            let buckets: Vec<String> = (0..count).map(|by| self.calendar.shifted(grain, &first, by)).collect();
            let later = |keys: &Vec<String>| {
                let each = buckets.iter().map(|bucket| {
                    let mut later = keys.clone();
                    later[place] = bucket.clone();
                    later
                });
                each.filter(|later| self.counterpart(later, count) == *keys).collect::<Vec<_>>()
            };
            found = found.iter().flat_map(later).collect();
        }
        found
    }

    /// The rows that each row is compared with.
    pub fn earlier(&self, all: &[Value], shown: &[Vec<String>]) -> Vec<Numbers> {
        let (from, to) = self.bounds();
        let records = self.before(all);
        let groups = naive::groups(&records, self.dimensions(), self.calendar);
        let source: Rows = groups.iter().map(|(keys, group)| (keys.clone(), self.own(group))).collect();
        let buckets = self.grain().map_or(0, |grain| self.calendar.count(grain, (from, to)));
        let one = |keys: &Vec<String>| {
            let keys = self.counterpart(keys, buckets);
            let own = source.get(&keys).cloned().unwrap_or_else(|| self.own(&[]));
            let mut row = Rows::from([(keys.clone(), own)]);
            self.derive(&mut row, &source, &records);
            row.remove(&keys).expect("one row")
        };
        shown.iter().map(one).collect()
    }

    /// The order of two rows, as far as the input and their values of time and number decide it.
    pub fn order(&self, one: (&[String], &Numbers), other: (&[String], &Numbers)) -> Ordering {
        let dimensions = self.dimensions();
        let steps = self.input["orderBy"].as_array().into_iter().flatten();
        let steps = steps.map(|step| {
            let column = self.columns.iter().position(|column| step["column"] == *column).expect("a column");
            (column, step["direction"] == "DESC")
        });
        for (column, is_descending) in steps.chain((0..dimensions.len()).map(|place| (place, false))) {
            let order = match column.checked_sub(dimensions.len()) {
                Some(measure) => nulls_last(&one.1[measure], &other.1[measure], is_descending),
                None if one.0[column] == other.0[column] => Ordering::Equal,
                None => {
                    let position = |keys: &[String]| self.position(&dimensions[column], &keys[column]);
                    match (position(one.0), position(other.0)) {
                        (Some(one), Some(other)) => nulls_last(&one, &other, is_descending),
                        // Catalogues, people and choices are in an order of their own, and so is what follows.
                        _ => return Ordering::Equal,
                    }
                }
            };
            if order.is_ne() {
                return order;
            }
        }
        Ordering::Equal
    }

    /// The place of a key among the values of time and number; None in other dimensions, None inside for no value.
    fn position(&self, dimension: &Value, key: &str) -> Option<Option<(Decimal, String)>> {
        if key == "-" {
            return Some(None);
        }
        let number = |number: usize| Some(Some((Decimal::from(number), String::new())));
        if let Some(grain) = dimension["grain"].as_str() {
            return match grain {
                "WEEKDAY" => {
                    number((key.parse::<usize>().expect("a day") + 6 - self.calendar.first_day.num_days_from_monday() as usize) % 7)
                }
                _ => Some(Some((Decimal::ZERO, moment(grain, key)))),
            };
        }
        if let Some(bounds) = dimension["bands"].as_array() {
            return number(naive::bands(bounds).iter().position(|band| band == key).expect("a band"));
        }
        let is_number = ["RATING", "VALIDITY_DAYS", "DOCUMENT_SIZE"].contains(&&*naive::name(dimension));
        is_number.then(|| Some((Decimal::from_str_exact(key).expect("a number"), String::new())))
    }

    /// What does not depend on other groups.
    fn own(&self, records: &[&Value]) -> Numbers {
        let each = self.measures().iter().map(|measure| match measure["measure"].as_str() {
            Some("RATIO") => {
                let of = |name: &str| naive::unrounded(records, &self.measures()[self.operand(measure, name)], self.calendar);
                part(of("column"), of("denominator"))
            }
            _ => naive::measure(records, measure, self.calendar),
        });
        each.collect()
    }

    /// The place of a measure that another is computed of.
    fn operand(&self, measure: &Value, name: &str) -> usize {
        let found = self.columns.iter().position(|column| measure[name] == *column);
        found.expect("the column of a measure") - self.dimensions().len()
    }

    /// Fills in the measures of measures; what runs on does so over the rows of the source.
    fn derive(&self, rows: &mut Rows, source: &Rows, records: &[&Value]) {
        let totals = self.own(records);
        for (place, measure) in self.measures().iter().enumerate() {
            match measure["measure"].as_str().expect("a measure") {
                "SHARE" => {
                    let operand = self.operand(measure, "column");
                    for numbers in rows.values_mut() {
                        numbers[place] = part(numbers[operand], totals[operand]);
                    }
                }
                "RUNNING_TOTAL" => self.run_on(rows, source, place, self.operand(measure, "column")),
                _ => {}
            }
        }
    }

    fn run_on(&self, rows: &mut Rows, source: &Rows, place: usize, operand: usize) {
        let is_period = |dimension: &Value| dimension["grain"].as_str().is_some_and(|grain| PERIODS.contains(&grain));
        let time = self.dimensions().iter().position(is_period).expect("a time");
        let grain = self.dimensions()[time]["grain"].as_str().expect("a grain");
        let split = |keys: &[String]| {
            let mut rest = keys.to_vec();
            let at = (time < keys.len()).then(|| rest.remove(time)).filter(|key| key != "-")?;
            Some((rest, moment(grain, &at)))
        };
        let mut lines: BTreeMap<Vec<String>, BTreeMap<String, Decimal>> = BTreeMap::new();
        for (keys, numbers) in source {
            if let (Some((rest, at)), Some(number)) = (split(keys), numbers[operand]) {
                lines.entry(rest).or_default().insert(at, number);
            }
        }
        for (keys, numbers) in rows.iter_mut() {
            let up_to = |(rest, at): (Vec<String>, String)| {
                let line = lines.get(&rest).into_iter().flat_map(|line| line.range(..=at.clone()));
                let sum = line.map(|(_, number)| *number).reduce(|one, other| one + other);
                // No records are counted as zero, and have no sum.
                sum.or((self.measures()[operand]["measure"] == "COUNT").then_some(Decimal::ZERO))
            };
            numbers[place] = split(keys).and_then(up_to).map(|number| number.normalize());
        }
    }

    fn has(&self, numbers: &Numbers) -> bool {
        let dimensions = self.dimensions().len();
        self.input["having"].as_array().into_iter().flatten().all(|condition| {
            let column = self
                .columns
                .iter()
                .position(|column| condition["column"] == *column)
                .expect("a column");
            let number = numbers[column - dimensions];
            let bound = |name: &str| {
                condition[name]
                    .as_str()
                    .map(|text| Decimal::from_str_exact(text).expect("a number"))
            };
            bound("gte").is_none_or(|least| number.is_some_and(|number| number >= least))
                && bound("lte").is_none_or(|most| number.is_some_and(|number| number <= most))
                && condition["isNull"].as_bool().is_none_or(|is_null| number.is_none() == is_null)
        })
    }

    /// The grain of the time of the period, if the report has such a dimension.
    fn grain(&self) -> Option<&str> {
        let of_period = self
            .dimensions()
            .iter()
            .filter(|dimension| dimension["field"].as_str() == Some(self.time));
        of_period
            .filter_map(|dimension| dimension["grain"].as_str())
            .find(|grain| PERIODS.contains(grain))
    }

    fn earlier_period(&self, from: i64, to: i64) -> (i64, i64) {
        let months = |months| {
            (
                self.calendar.months_before(from, months),
                self.calendar.end_months_before(to, months),
            )
        };
        let days = |days| (self.calendar.days_before(from, days), self.calendar.days_before(to, days));
        match (self.input["compareTo"] == "PREVIOUS_YEAR", self.grain()) {
            (true, Some("WEEK")) => days(364),
            (true, _) => months(12),
            (false, None) => (from - (to - from), from),
            (false, Some(grain)) => {
                let count = self.calendar.count(grain, (from, to)).unsigned_abs();
                match grain {
                    "DAY" => days(count),
                    "WEEK" => days(7 * count),
                    "MONTH" => months(count),
                    "QUARTER" => months(3 * count),
                    _ => months(12 * count),
                }
            }
        }
    }

    /// The keys of the row that a row is compared with, in a period of so many buckets.
    fn counterpart(&self, keys: &[String], buckets: i32) -> Vec<String> {
        let is_year = self.input["compareTo"] == "PREVIOUS_YEAR";
        let one = |(dimension, key): (&Value, &String)| {
            let grain = dimension["grain"].as_str().filter(|grain| PERIODS.contains(grain));
            let (true, Some(grain), false) = (dimension["field"].as_str() == Some(self.time), grain, key == "-") else {
                return key.clone();
            };
            match (is_year, grain) {
                (true, "DAY") => (first_day(grain, key) - Months::new(12)).to_string(),
                (true, "WEEK") => self.calendar.shifted(grain, key, -52),
                (true, "MONTH") => self.calendar.shifted(grain, key, -12),
                (true, "QUARTER") => self.calendar.shifted(grain, key, -4),
                (true, _) => self.calendar.shifted(grain, key, -1),
                (false, _) => self.calendar.shifted(grain, key, -buckets),
            }
        };
        self.dimensions().iter().zip(keys).map(one).collect()
    }
}

fn part(dividend: Option<Decimal>, divisor: Option<Decimal>) -> Option<Decimal> {
    quotient(dividend?, divisor?, 6)
}

fn nulls_last<T: Ord>(one: &Option<T>, other: &Option<T>, is_descending: bool) -> Ordering {
    match (one, other) {
        (Some(one), Some(other)) if is_descending => other.cmp(one),
        (Some(one), Some(other)) => one.cmp(other),
        (None, None) => Ordering::Equal,
        (None, Some(_)) => Ordering::Greater,
        (Some(_), None) => Ordering::Less,
    }
}
