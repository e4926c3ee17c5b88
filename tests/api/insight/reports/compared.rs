//! The answer of a report beside the naive computation over the records that a caller sees.

use std::collections::{BTreeMap, HashSet};

use cartera::app::catalogs::Catalogs;
use cartera::entities::setup::potential_level::LevelKind;
use cartera::entities::setup::revision::CachedTable;
use cartera::ids::Kind;
use cartera::rules::reports::catalogue::{DATASETS, FLAGS};
use rand::RngExt;
use rand::seq::IndexedRandom;
use serde_json::{Value, json};

use super::conditions::{OWN_FILTERS, PROSPECT_FILTERS};
use super::expected::{Numbers, Question};
use super::generator::{Asked, Generator};
use super::{catalogue, listed, naive, records};
use crate::support::{Person, TestApp};

/// Everything of an answer that is compared.
const DOCUMENT: &str = "query ($input: ReportInput!) { report(input: $input) { columns { key kind } rowCount isTruncated totals { number }
    rows { cells { key number } comparison { number change } filter list isOthers } subtotals { cells { key number } filter list level } } }";
/// Lists that rows open, with the types of their filters.
const LISTS: [(&str, &str, &str); 5] = [
    ("PROSPECTS", "prospects", "ProspectFilter"),
    ("CLIENTS", "clients", "ClientFilter"),
    ("TASKS", "tasks", "TaskFilter"),
    ("TIMELINE", "timeline", "TimelineFilter"),
    ("DOCUMENTS", "documents", "DocumentFilter"),
];

/// Who asks, as whom, and the records that they see, by dataset.
pub struct Caller {
    person: Person,
    as_user: Option<Person>,
    pub catalogue: Vec<Value>,
    pub seen: BTreeMap<String, Vec<Value>>,
}

impl Caller {
    pub async fn new(app: &TestApp, person: &Person, as_user: Option<&Person>) -> Caller {
        // The session of a person who has not asked for anything may have ended.
        let viewer = app.with_session(as_user.unwrap_or(person)).await;
        let catalogue = catalogue::all(&viewer).await;
        let prospects = records::prospects(app, &viewer).await;
        let mut seen = BTreeMap::new();
        for dataset in &catalogue {
            let name = dataset["name"].as_str().expect("a name");
            seen.insert(name.to_owned(), records::of(app, &viewer, &prospects, name).await);
        }
        Caller {
            person: app.with_session(person).await,
            as_user: as_user.cloned(),
            catalogue,
            seen,
        }
    }

    pub async fn answer(&self, input: &Value) -> Value {
        self.person.query(DOCUMENT, json!({ "input": input })).await["report"].clone()
    }
}

/// Compares all of an answer with what is expected; answers how many rows were opened.
pub async fn compare(app: &TestApp, caller: &Caller, dataset: &Value, mut asked: Asked, generator: &mut Generator) -> usize {
    if let Some(user) = &caller.as_user {
        asked.input["asUser"] = json!(user.id);
    }
    let input = &asked.input;
    let domain = |dimension: &Value| domain(app, dimension);
    let question = Question {
        input,
        columns: &asked.columns,
        calendar: asked.calendar,
        time: &asked.time,
        now: app.now(),
        domain: &domain,
    };
    let count = question.dimensions().len();
    let name = dataset["name"].as_str().expect("a name");
    let mut all = caller.seen[name].clone();
    if let Some(instant) = records::millis(&input["asOf"]) {
        let is_now = |name: &str| input[name] == "NOW";
        all = records::as_of(app, name, &all, instant, is_now("asOfStatus"), is_now("asOfOwner")).await;
    }
    let all = counted(&all, input);
    let within = question.within(&all, question.period());
    let expected = question.rows(&all, count);
    let found = caller.answer(input).await;
    let columns: Vec<&str> = found["columns"]
        .as_array()
        .expect("columns")
        .iter()
        .filter_map(|column| column["key"].as_str())
        .collect();
    assert_eq!(columns, asked.columns, "{input}");
    let shown = found["rows"].as_array().expect("rows");
    let of_rows: Vec<(Vec<String>, Vec<String>)> = shown
        .iter()
        .map(|row| (keys(row, count), numbers(&row["cells"], count, "number")))
        .collect();
    let sorted: BTreeMap<Vec<String>, Vec<String>> = of_rows.iter().cloned().collect();
    let in_text: BTreeMap<Vec<String>, Vec<String>> = expected.iter().map(|(keys, numbers)| (keys.clone(), texts(numbers))).collect();
    assert_eq!((of_rows.len(), &sorted), (expected.len(), &in_text), "{input}");
    assert_eq!(
        (&found["rowCount"], &found["isTruncated"]),
        (&json!(expected.len()), &json!(false)),
        "{input}"
    );
    assert_eq!(
        numbers(&found["totals"], count, "number"),
        texts(&question.totals(&within)),
        "totals of {input}"
    );
    for pair in of_rows.windows(2) {
        let of = |place: usize| (&pair[place].0[..], &expected[&pair[place].0]);
        assert!(question.order(of(0), of(1)).is_le(), "{pair:?} of {input}");
    }
    let mut of_subtotals = BTreeMap::new();
    for level in (1..count).filter(|_| input["subtotals"] == json!(true)) {
        of_subtotals.extend(
            question
                .rows(&all, level)
                .iter()
                .map(|(keys, numbers)| (keys.clone(), texts(numbers))),
        );
    }
    let subtotals = found["subtotals"].as_array().expect("subtotals");
    let level = |row: &Value| row["level"].as_u64().expect("a level") as usize;
    let found_subtotals: BTreeMap<Vec<String>, Vec<String>> = subtotals
        .iter()
        .map(|row| (keys(row, level(row)), numbers(&row["cells"], count, "number")))
        .collect();
    assert_eq!(
        (subtotals.len(), of_subtotals.len()),
        (of_subtotals.len(), found_subtotals.len()),
        "subtotals of {input}"
    );
    assert_eq!(found_subtotals, of_subtotals, "subtotals of {input}");
    if input["compareTo"].is_string() {
        let shown_keys: Vec<Vec<String>> = of_rows.iter().map(|(keys, _)| keys.clone()).collect();
        for (row, (keys, earlier)) in shown.iter().zip(shown_keys.iter().zip(question.earlier(&all, &shown_keys))) {
            assert_eq!(
                numbers(&row["comparison"], count, "number"),
                texts(&earlier),
                "{keys:?} before of {input}"
            );
            let changes: Numbers = earlier
                .iter()
                .zip(&expected[keys])
                .map(|(before, now)| naive::quotient((*now)? - (*before)?, (*before)?.abs(), 6))
                .collect();
            assert_eq!(
                numbers(&row["comparison"], count, "change"),
                texts(&changes),
                "changes of {keys:?} of {input}"
            );
        }
    }
    limited(caller, dataset, &question, &within, &of_rows, generator).await;
    open(caller, &question, &within, shown.iter().chain(subtotals), generator).await
}

/// Opens some of the rows, all in one request: each list has as many items as the row counts.
pub async fn open(
    caller: &Caller,
    question: &Question<'_>,
    within: &[&Value],
    rows: impl Iterator<Item = &Value>,
    generator: &mut Generator,
) -> usize {
    let opening: Vec<&Value> = rows.filter(|row| !row["filter"].is_null()).collect();
    let some: Vec<&&Value> = opening.sample(&mut generator.dice, 4).collect();
    let dimensions = question.dimensions();
    let mut groups = BTreeMap::new();
    let (mut variables, mut head, mut body) = (json!({}), Vec::new(), String::new());
    let mut expected = BTreeMap::new();
    for (place, row) in some.iter().enumerate() {
        let level = row["level"].as_u64().map_or(dimensions.len(), |level| level as usize);
        let of_level = groups
            .entry(level)
            .or_insert_with(|| naive::groups(within, &dimensions[..level], question.calendar));
        let group = of_level.get(&keys(row, level)).cloned().unwrap_or_default();
        let (_, list, filter) = LISTS.iter().find(|(name, ..)| row["list"] == *name).expect("a list");
        expected.insert(format!("r{place}"), json!({ "totalCount": (items(question, &group)) }));
        head.push(format!("$f{place}: {filter}"));
        body += &format!("r{place}: {list}(filter: $f{place}) {{ totalCount }} ");
        variables[format!("f{place}")] = row["filter"].clone();
    }
    if !expected.is_empty() {
        let found = caller
            .person
            .query(&format!("query ({}) {{ {body} }}", head.join(", ")), variables.clone())
            .await;
        assert_eq!(found, json!(expected), "{variables} of {}", question.input);
    }
    expected.len()
}

/// How many items the list has that shows some records: of cycles and intervals it shows the prospects behind them, each once.
fn items(question: &Question<'_>, records: &[&Value]) -> usize {
    let dataset = question.input["dataset"].as_str().expect("a dataset");
    match dataset {
        "CYCLES" | "STATUS_INTERVALS" | "OWNER_INTERVALS" => naive::prospects(records),
        _ => records.len(),
    }
}

/// The same report with a limit: the first rows, and the others added up.
async fn limited(
    caller: &Caller,
    dataset: &Value,
    question: &Question<'_>,
    within: &[&Value],
    whole: &[(Vec<String>, Vec<String>)],
    generator: &mut Generator,
) {
    if whole.len() < 2 || !generator.one_in(5) {
        return;
    }
    let (limit, count) = (generator.dice.random_range(1..whole.len()), question.dimensions().len());
    let mut input = question.input.clone();
    input["limit"] = json!(limit);
    let has_others = Generator::takes_others(dataset, &input);
    if has_others {
        generator.reach("others");
        input["others"] = json!(true);
    }
    let found = caller.answer(&input).await;
    let mut shown: Vec<&Value> = found["rows"].as_array().expect("rows").iter().collect();
    if has_others {
        let rest: HashSet<Vec<String>> = whole[limit..].iter().map(|(keys, _)| keys.clone()).collect();
        let others = shown.pop().expect("the others");
        assert_eq!(others["isOthers"], json!(true));
        let groups = naive::groups(within, question.dimensions(), question.calendar);
        let of_rest = groups.iter().filter(|(keys, _)| rest.contains(*keys));
        let of_rest: Vec<&Value> = of_rest.flat_map(|(_, group)| group.iter().copied()).collect();
        let expected = (!others["filter"].is_null()).then(|| items(question, &of_rest).to_string());
        assert_eq!(listed(&caller.person, others).await, expected, "others of {input}");
        assert_eq!(
            numbers(&others["cells"], count, "number"),
            texts(&question.others(within, &rest)),
            "others of {input}"
        );
    }
    let shown: Vec<(Vec<String>, Vec<String>)> = shown
        .iter()
        .map(|row| (keys(row, count), numbers(&row["cells"], count, "number")))
        .collect();
    assert_eq!(shown, whole[..limit], "{input}");
    assert_eq!((&found["rowCount"], &found["isTruncated"]), (&json!(whole.len()), &json!(true)));
}

/// The values in use of a dimension that is filled up to them.
fn domain(app: &TestApp, dimension: &Value) -> Option<Vec<String>> {
    let catalogs = app.core.catalogs.snapshot();
    if let Some(key) = dimension["attributeKey"].as_str() {
        return match key {
            "brand" | "marks" | "labels" => Some(["acme", "globex", "initech"].map(str::to_owned).to_vec()),
            "is_hot" | "urgent" => Some(FLAGS.iter().map(|(value, _)| (*value).to_owned()).collect()),
            _ => None,
        };
    }
    let field = dimension["field"].as_str().expect("a field");
    let mut entries = DATASETS.iter().flat_map(|dataset| dataset.fields());
    let entry = entries
        .find(|entry| entry.name == field.to_lowercase())
        .expect("a field of the catalogue");
    if let Some(values) = entry.field_type.values() {
        return Some(values.iter().map(|(value, _)| (*value).to_owned()).collect());
    }
    entries_of(&catalogs, field)
}

/// The entries in use of the catalogue of a field.
fn entries_of(catalogs: &Catalogs, field: &str) -> Option<Vec<String>> {
    let (kind, table) = match field {
        "STATUS" | "CYCLE_STATUS" | "INTERVAL_STATUS" => (Kind::Status, CachedTable::Status),
        "REASON" | "CYCLE_REASON" | "INTERVAL_REASON" => (Kind::Reason, CachedTable::Reason),
        "CHANNEL" => (Kind::Channel, CachedTable::Channel),
        "SEGMENT" => (Kind::Segment, CachedTable::Segment),
        "POTENTIAL_LEVEL" | "CLIENT_LEVEL" => (Kind::PotentialLevel, CachedTable::PotentialLevel),
        "SOURCE" => (Kind::Source, CachedTable::Source),
        "INDUSTRY" => (Kind::Industry, CachedTable::Industry),
        "CUSTOMER_TYPE" => (Kind::CustomerType, CachedTable::CustomerType),
        "TASK_TYPE" => (Kind::TaskType, CachedTable::TaskType),
        "DOCUMENT_TYPE" => (Kind::DocumentType, CachedTable::DocumentType),
        "TAG" => (Kind::Tag, CachedTable::Tag),
        "REGION" => (Kind::Region, CachedTable::Region),
        "ZONE" => (Kind::Zone, CachedTable::Zone),
        "SECTOR" => (Kind::Sector, CachedTable::Sector),
        _ => return None,
    };
    let level = if field == "CLIENT_LEVEL" {
        LevelKind::Client
    } else {
        LevelKind::Prospect
    };
    let is_of_field = |id| kind != Kind::PotentialLevel || catalogs.potential_levels.get(id).is_some_and(|row| row.applies_to == level);
    let in_use = catalogs
        .ids(table)
        .into_iter()
        .filter(|(id, is_retired)| !is_retired && is_of_field(*id));
    Some(in_use.map(|(id, _)| kind.encode(id)).collect())
}

/// The records that the conditions of an input leave.
fn counted(records: &[Value], input: &Value) -> Vec<Value> {
    let passes = |record: &&Value| {
        let of_prospect = PROSPECT_FILTERS
            .iter()
            .filter(|(text, _)| serde_json::from_str::<Value>(text).is_ok_and(|filter| input["prospectFilter"] == filter));
        let own = OWN_FILTERS.iter().filter(|(member, ..)| input[*member].is_object());
        of_prospect
            .map(|(_, test)| test)
            .chain(own.map(|(_, _, test)| test))
            .all(|test| test(record))
    };
    records.iter().filter(passes).cloned().collect()
}

fn texts(numbers: &Numbers) -> Vec<String> {
    numbers
        .iter()
        .map(|number| number.map_or("-".to_owned(), |number| number.to_string()))
        .collect()
}

/// The numbers of cells, totals or comparisons, after those of the dimensions, by the name of a member.
fn numbers(list: &Value, dimensions: usize, member: &str) -> Vec<String> {
    let all = list.as_array().expect("a list").iter().skip(dimensions);
    all.map(|of| of[member].as_str().unwrap_or("-").to_owned()).collect()
}

fn keys(row: &Value, count: usize) -> Vec<String> {
    let cells = row["cells"].as_array().expect("cells").iter().take(count);
    cells.map(|cell| cell["key"].as_str().unwrap_or("-").to_owned()).collect()
}
