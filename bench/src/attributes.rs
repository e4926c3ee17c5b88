//! Cost of custom attributes: lists by them beside lists by built-in columns, and requests beside hundreds of definitions.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use sea_orm::{ConnectionTrait, Database, DatabaseConnection, DbBackend, Statement};
use serde_json::{Value, json};
use tokio::time::sleep;
use uuid::Uuid;

use crate::process::Server;
use crate::report::median;
use crate::samples::{self, Caller, ask};
use crate::turns::{Taken, Taker, in_turn};
use crate::{Result, ids};

#[derive(clap::Args)]
pub struct Arguments {
    /// The program that is measured
    #[arg(long, default_value = "target/release/cartera")]
    cartera: PathBuf,
    /// `sqlite:FILE` or `postgres://…`, filled by `cartera demo`; it gets indexes, and keeps them
    #[arg(long)]
    database: String,
    /// A database with the same data that stays as it is: the first one then gets definitions, which are never deleted
    #[arg(long)]
    plain: Option<String>,
    /// How often each question is put
    #[arg(long, default_value_t = 51)]
    rounds: usize,
    /// Definitions of attributes of prospects that the first database gets beside a plain one
    #[arg(long, default_value_t = 500)]
    definitions: usize,
}

/// A list of prospects.
struct Question {
    name: String,
    variables: Value,
}

const LIST: &str = "query List($filter: ProspectFilter, $orderBy: [ProspectOrder!], $first: Int, $after: String, $last: Int) \
    { prospects(filter: $filter, orderBy: $orderBy, first: $first, after: $after, last: $last) { pageInfo { endCursor } nodes { id } } }";
const DEFINITIONS: &str = "{ attributeDefinitions(entity: PROSPECT) { id key index { state } } }";
const DEFINE: &str = "mutation Define($input: AttributeDefinitionCreateInput!) \
    { attributeDefinitionCreate(input: $input) { attributeDefinition { id } userErrors { message } } }";
const UPDATE: &str = "mutation Update($id: ID!, $input: AttributeDefinitionUpdateInput!) \
    { attributeDefinitionUpdate(id: $id, input: $input) { attributeDefinition { id } userErrors { message } } }";
/// The demo's attributes that get an index, with what a condition on them is called in a filter.
const INDEXED: [(&str, &str); 3] = [
    ("preferred_schedule", "choice"),
    ("is_exporter", "boolean"),
    ("employees", "number"),
];
/// One that gets none.
const UNINDEXED: &str = "agreed_discount";
/// Indexed columns that an equality is compared with: the column, its field in a filter, and the kind of its IDs.
const COLUMNS: [(&str, &str, &str); 4] = [
    ("industry_id", "industry", "idy"),
    ("customer_type_id", "customerType", "cty"),
    ("segment_id", "segment", "seg"),
    ("status_id", "status", "sta"),
];
/// An equality on an attribute may take so much longer than one on a column.
const EQUALITY: f64 = 3.0;
/// Requests that name no attribute may take so much longer with hundreds of definitions.
const UNRELATED: f64 = 1.1;
/// Milliseconds in which the schema is to follow a change of a definition.
const SWAP: f64 = 100.0;
/// Shorter differences are those of the machine, in milliseconds.
const NOISE: f64 = 0.1;
const BUILD: Duration = Duration::from_secs(600);

pub async fn run(arguments: Arguments) -> Result<()> {
    let server = Server::unlimited(&arguments.cartera, &arguments.database, "attributes").await?;
    let callers = samples::callers(server.address, &arguments.database).await?;
    let Some(administrator) = callers.first() else {
        return Err("an administrator asks".into());
    };
    println!("{}, {} rounds, medians in milliseconds", arguments.database, arguments.rounds);
    build_indexes(&server, administrator).await?;
    let pairs = equalities(&arguments.database).await?;
    println!("{:<74} {:<13} {:>9} {:>7} {:>5}", "question", "caller", "ms", "ratio", "rows");
    for caller in &callers {
        for (column, attribute) in &pairs {
            let mut takers = [open(&server, caller, column).await?, open(&server, caller, attribute).await?];
            let [column_taken, attribute_taken] = in_turn(&mut takers, arguments.rounds).await?;
            let base = line(&column.name, caller, column_taken, None);
            line(&attribute.name, caller, attribute_taken, Some((base, Some(EQUALITY))));
        }
        let by_name = ordered("order NAME ASC".to_owned(), json!({ "field": "NAME", "direction": "ASC" }));
        for (key, _) in INDEXED.into_iter().chain([(UNINDEXED, "")]) {
            for direction in ["ASC", "DESC"] {
                for question in pages(&server, caller, key, direction).await? {
                    let mut takers = [open(&server, caller, &by_name).await?, open(&server, caller, &question).await?];
                    let [name_taken, own_taken] = in_turn(&mut takers, arguments.rounds).await?;
                    line(&question.name, caller, own_taken, Some((median(name_taken.milliseconds), None)));
                }
            }
        }
        let filter = json!({ "attributes": [{ "key": UNINDEXED, "number": { "eq": "-1" } }] });
        let nothing = Question {
            name: format!("{UNINDEXED} eq a value that none has, no index"),
            variables: json!({ "first": 50, "filter": filter }),
        };
        let [taken] = in_turn(&mut [open(&server, caller, &nothing).await?], arguments.rounds).await?;
        line(&nothing.name, caller, taken, None);
    }
    match &arguments.plain {
        Some(plain) => many_definitions(&arguments, &server, &callers, plain).await,
        None => Ok(()),
    }
}

/// Requests that name no attribute, put to both servers in turn, and changes of a definition.
async fn many_definitions(arguments: &Arguments, server: &Server, callers: &[Caller], plain: &str) -> Result<()> {
    let other = Server::unlimited(&arguments.cartera, plain, "plain").await?;
    let others = samples::callers(other.address, plain).await?;
    let administrator = &callers[0];
    let count = define(server, administrator, arguments.definitions).await?;
    let before = definitions(&other, &others[0]).await?.len();
    println!("\nwith {before} and with {count} definitions: requests that name none of them");
    let filter = json!({ "condition": { "eq": "CLIENT" } });
    for (name, document, variables) in [
        (
            "one lead with everything",
            include_str!("../operations/lead_core.graphql"),
            json!({}),
        ),
        (
            "list, total",
            include_str!("../operations/prospect_list.graphql"),
            json!({ "first": 50 }),
        ),
        (
            "list of clients",
            include_str!("../operations/prospect_list.graphql"),
            json!({ "first": 50, "filter": filter }),
        ),
        ("list of IDs", LIST, json!({ "first": 50 })),
    ] {
        for (caller, other_caller) in callers.iter().zip(&others) {
            let mut takers = [
                Taker::open(other.address, other_caller, document, &variables).await?,
                Taker::open(server.address, caller, document, &variables).await?,
            ];
            let [few, many] = in_turn(&mut takers, arguments.rounds).await?;
            let base = line(&format!("{name}, {before} definitions"), caller, few, None);
            line(&format!("{name}, {count} definitions"), caller, many, Some((base, Some(UNRELATED))));
        }
    }
    changes(server, administrator, arguments.rounds).await
}

/// Changes a label so often; the next request of the same client is answered by the new schema.
async fn changes(server: &Server, caller: &Caller, rounds: usize) -> Result<()> {
    let id = id_of(&definitions(server, caller).await?, INDEXED[0].0)?;
    let (mut change, mut both) = (Vec::new(), Vec::new());
    for round in 0..rounds {
        let began = Instant::now();
        let variables = json!({ "id": id, "input": { "description": format!("Round {round}.") } });
        payload(server, caller, UPDATE, variables, "attributeDefinitionUpdate").await?;
        change.push(began.elapsed().as_secs_f64() * 1000.0);
        ask(server.address, Some(&caller.token), "{ viewer { id } }", json!({})).await?;
        both.push(began.elapsed().as_secs_f64() * 1000.0);
    }
    let (change, both) = (median(change), median(both));
    let verdict = if both > SWAP { "   <-- more" } else { "" };
    println!("a change of a definition: {change:.1} ms, with the next request {both:.1} ms (aim {SWAP:.0}){verdict}");
    Ok(())
}

async fn open(server: &Server, caller: &Caller, question: &Question) -> Result<Taker> {
    Taker::open(server.address, caller, LIST, &question.variables).await
}

/// Prints a line, and answers its median. Compared with another median, and with an aim for the ratio if there is one.
fn line(name: &str, caller: &Caller, taken: Taken, base: Option<(f64, Option<f64>)>) -> f64 {
    let own = median(taken.milliseconds);
    let ratio = base.map_or_else(String::new, |(base, _)| format!("{:.2}", own / base));
    let is_missed = base.is_some_and(|(base, aim)| aim.is_some_and(|aim| own > aim * base && own - aim * base > NOISE));
    let verdict = match taken.error {
        Some(error) => format!("   <-- {error}"),
        None if is_missed => "   <-- more".to_owned(),
        None => String::new(),
    };
    println!("{name:<74} {:<13} {own:>9.2} {ratio:>7} {:>5}{verdict}", caller.role, taken.rows);
    own
}

fn ordered(name: String, step: Value) -> Question {
    Question {
        name,
        variables: json!({ "first": 50, "orderBy": [step] }),
    }
}

/// The first page of the order by an attribute, the page after it, and the last one.
async fn pages(server: &Server, caller: &Caller, key: &str, direction: &str) -> Result<Vec<Question>> {
    let step = json!({ "field": "ATTRIBUTE", "attributeKey": key, "direction": direction });
    let first = ordered(format!("order {key} {direction}, first page"), step.clone());
    let data = ask(server.address, Some(&caller.token), LIST, first.variables.clone()).await?;
    let after = data["prospects"]["pageInfo"]["endCursor"].clone();
    let next = Question {
        name: format!("order {key} {direction}, next page"),
        variables: json!({ "first": 50, "after": after, "orderBy": [step] }),
    };
    let last = Question {
        name: format!("order {key} {direction}, last page"),
        variables: json!({ "last": 50, "orderBy": [step] }),
    };
    Ok(vec![first, next, last])
}

/// For each indexed attribute the equality with its most frequent value, beside one on a column with about as many records.
async fn equalities(database: &str) -> Result<Vec<(Question, Question)>> {
    let db = Database::connect(database).await?;
    let mut columns: Vec<(i64, &str, String)> = Vec::new();
    for (column, field, kind) in COLUMNS {
        let text = format!("SELECT {column}, count(*) FROM prospects WHERE deleted_at IS NULL AND {column} IS NOT NULL GROUP BY {column}");
        for row in db.query_all_raw(Statement::from_string(db.get_database_backend(), text)).await? {
            let id: Uuid = row.try_get_by_index(0)?;
            columns.push((row.try_get_by_index(1)?, field, ids::encode(kind, id)));
        }
    }
    let mut pairs = Vec::new();
    for (key, family) in INDEXED {
        let (value, count) = most_frequent(&db, key).await?;
        let nearest = columns.iter().min_by_key(|(other, ..)| other.abs_diff(count));
        let (other, field, id) = nearest.ok_or("no prospect has a value of a column")?;
        let value = match family {
            "choice" => json!(value),
            "boolean" => json!(value == "1"),
            _ => json!(value),
        };
        let test = json!({ "key": key, family: { "eq": value } });
        pairs.push((
            Question {
                name: format!("{field} eq, {other} prospects"),
                variables: json!({ "first": 50, "filter": { *field: { "eq": id } } }),
            },
            Question {
                name: format!("{key} eq, {count} prospects"),
                variables: json!({ "first": 50, "filter": { "attributes": [test] } }),
            },
        ));
    }
    db.close().await?;
    Ok(pairs)
}

/// The value that most prospects have, as text, and how many these are.
async fn most_frequent(db: &DatabaseConnection, key: &str) -> Result<(String, i64)> {
    let backend = db.get_database_backend();
    let value = match backend {
        DbBackend::Postgres => format!("attributes ->> '{key}'"),
        _ => format!("CAST(json_extract(attributes, '$.{key}') AS TEXT)"),
    };
    let text = format!(
        "SELECT {value}, count(*) FROM prospects WHERE deleted_at IS NULL AND {value} IS NOT NULL GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT 1"
    );
    let row = db.query_one_raw(Statement::from_string(backend, text)).await?;
    let row = row.ok_or_else(|| format!("no prospect has a value of {key}: fill the database with `cartera demo`"))?;
    Ok((row.try_get_by_index(0)?, row.try_get_by_index(1)?))
}

async fn definitions(server: &Server, caller: &Caller) -> Result<Vec<Value>> {
    let mut data = ask(server.address, Some(&caller.token), DEFINITIONS, json!({})).await?;
    Ok(serde_json::from_value(data["attributeDefinitions"].take())?)
}

fn id_of(definitions: &[Value], key: &str) -> Result<String> {
    let found = definitions.iter().find(|definition| definition["key"] == key);
    let id = found.and_then(|definition| definition["id"].as_str());
    Ok(id.ok_or_else(|| format!("there is no attribute {key}"))?.to_owned())
}

/// Asks for the indexes and waits until all of them are ready.
async fn build_indexes(server: &Server, caller: &Caller) -> Result<()> {
    let all = definitions(server, caller).await?;
    for (key, _) in INDEXED {
        let began = Instant::now();
        let variables = json!({ "id": id_of(&all, key)?, "input": { "isIndexed": true } });
        payload(server, caller, UPDATE, variables, "attributeDefinitionUpdate").await?;
        loop {
            let now = definitions(server, caller).await?;
            let found = now.iter().find(|definition| definition["key"] == key);
            match found.and_then(|definition| definition["index"]["state"].as_str()) {
                Some("READY") => break,
                Some("FAILED") => return Err(format!("the index of {key} failed").into()),
                _ if began.elapsed() > BUILD => return Err(format!("the index of {key} is not ready").into()),
                _ => sleep(Duration::from_millis(20)).await,
            }
        }
        println!("the index of {key} was ready after {:.1} s", began.elapsed().as_secs_f64());
    }
    Ok(())
}

/// Defines attributes of prospects until there are so many; answers how many there are.
async fn define(server: &Server, caller: &Caller, count: usize) -> Result<usize> {
    const TYPES: [&str; 5] = ["TEXT", "INTEGER", "BOOLEAN", "DATE", "CHOICE"];
    let existing = definitions(server, caller).await?.len();
    for number in existing..count {
        let kind = TYPES[number % TYPES.len()];
        let mut input = json!({ "entity": "PROSPECT", "key": format!("bench_{number}"), "label": format!("Bench {number}"), "type": kind });
        if kind == "CHOICE" {
            input["choices"] = json!([{ "key": "one", "label": "One" }, { "key": "two", "label": "Two" }]);
        }
        payload(server, caller, DEFINE, json!({ "input": input }), "attributeDefinitionCreate").await?;
    }
    Ok(count.max(existing))
}

/// Runs a mutation, and fails on errors in its payload.
async fn payload(server: &Server, caller: &Caller, document: &str, variables: Value, field: &str) -> Result<()> {
    let data = ask(server.address, Some(&caller.token), document, variables).await?;
    let errors = &data[field]["userErrors"];
    match errors.as_array().is_some_and(Vec::is_empty) {
        true => Ok(()),
        false => Err(format!("{field}: {errors}").into()),
    }
}
