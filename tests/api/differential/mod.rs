//! Both databases give the same answers: a generated history of reads and writes over both, each answer compared whole.
//!
//! `CARTERA_TEST_SEED` takes another history than the usual one.

mod attributes;
mod filters;
mod generator;
mod known;
mod mutations;
mod oracle;
mod pair;
mod queries;
mod values;

use std::collections::BTreeMap;
use std::panic::AssertUnwindSafe;

use futures_util::FutureExt;
use rand::RngExt;
use serde_json::{Map, Value, json};

use generator::{Asked, Generator, People};
use pair::{Pair, Who};

const SEED: &str = "CARTERA_TEST_SEED";
const HOUR: i64 = 60 * 60 * 1000;

/// Prospects that there are when the history begins.
const PROSPECTS: usize = 260;
const QUERIES: usize = 1_000;
const MUTATIONS: usize = 500;
/// Root fields of one request.
const QUERIES_AT_ONCE: usize = 4;
const MUTATIONS_AT_ONCE: usize = 2;
/// Differences after which the comparison ends.
const ENOUGH: usize = 5;

/// Statistics of the test.
#[derive(Debug, Default)]
struct Tally {
    queries: usize,
    refused_queries: usize,
    lists: usize,
    lists_with_rows: usize,
    mutations: usize,
    done: usize,
    /// Number of refusals, by code.
    refusals: BTreeMap<String, usize>,
    /// Differences between the databases.
    differences: Vec<String>,
}

#[test]
fn both_databases_give_the_same_answers() {
    let seed = std::env::var(SEED).map_or(1, |seed| seed.parse().unwrap_or_else(|_| panic!("{SEED} is a number")));
    crate::support::runtime().block_on(async {
        let mut pair = Pair::start().await;
        let outcome = AssertUnwindSafe(history(&mut pair, seed)).catch_unwind().await;
        pair.stop().await;
        if let Err(panic) = outcome {
            std::panic::resume_unwind(panic);
        }
    });
}

async fn history(pair: &mut Pair, seed: u64) {
    let app = &pair.sqlite;
    let people = People {
        ana: app.ana.id.clone(),
        luis: app.luis.id.clone(),
        stranger: app.stranger.id.clone(),
        others: vec![app.admin.id.clone(), app.other_admin.id.clone()],
    };
    let mut generator = Generator::new(seed, app.now(), people);
    let mut tally = Tally::default();
    for app in [&pair.sqlite, &pair.postgres] {
        for number in 0..12 {
            let user = [Some(&app.ana), Some(&app.luis), None, Some(&app.ana)][number % 4];
            app.job_with_row_error(user, &format!("mistake {number}")).await;
            app.job(user).await;
            let author = user.unwrap_or(&app.admin);
            let report = app
                .saved_report(author, json!({ "name": format!("Informe {number}"), "isShared": number % 3 == 0 }))
                .await;
            app.dashboard(author, &format!("Tablero {number}"), &[&report]).await;
        }
    }
    begin(pair, &mut generator, &mut tally).await;
    while (tally.mutations < MUTATIONS || tally.queries < QUERIES) && tally.differences.len() < ENOUGH {
        change(pair, &mut generator, &mut tally).await;
        read(pair, &mut generator, &mut tally).await;
        let pause = generator.dice.random_range(0..3 * HOUR);
        pass(pair, &mut generator, pause);
    }
    assert!(tally.differences.is_empty(), "seed {seed}: {}", tally.differences.join("\n\n"));
    pair.assert_alike().await;

    // Otherwise it would be about nothing.
    println!("seed {seed}: {tally:#?}");
    assert!(tally.refused_queries * 10 <= tally.queries, "too many queries were refused");
    assert!(tally.lists_with_rows * 2 >= tally.lists, "too many lists were empty");
    assert!(tally.done * 2 >= tally.mutations, "too many mutations were refused");
    let seldom: Vec<_> = generator.uses.iter().filter(|(_, uses)| **uses < 5).collect();
    assert!(seldom.is_empty(), "filters that were used less than five times: {seldom:?}");
}

/// Learns of users and catalogues, and makes prospects over some months.
async fn begin(pair: &mut Pair, generator: &mut Generator, tally: &mut Tally) {
    let fields = generator.schema.fields("Query").to_vec();
    for field in fields.iter().filter(|field| field.arguments.is_empty()) {
        let selection = generator.whole(&field.named, 1);
        generator.ask(field, Map::new(), &selection);
    }
    ask(pair, generator, "query", tally).await;
    let mut defined = 0;
    while generator.define_attributes(defined, 5) {
        for (_, answer) in ask(pair, generator, "mutation", tally).await {
            assert_eq!(answer["userErrors"], serde_json::json!([]), "{answer}");
            defined += 1;
        }
    }
    for (kind, many) in [("tag", 5), ("region", 3), ("zone", 3), ("sector", 6)] {
        let field = generator.root_field("Mutation", &format!("{kind}Create"));
        for _ in 0..many {
            generator.add_mutation(&field);
            ask(pair, generator, "mutation", tally).await;
        }
    }
    let create = generator.root_field("Mutation", "prospectCreate");
    for number in 0..PROSPECTS / 5 {
        generator.who = [Who::Administrator, Who::Ana, Who::Ana, Who::Luis][number % 4];
        (0..5).for_each(|_| generator.add_mutation(&create));
        ask(pair, generator, "mutation", tally).await;
        let pause = generator.dice.random_range(0..72 * HOUR);
        pass(pair, generator, pause);
    }
}

async fn change(pair: &mut Pair, generator: &mut Generator, tally: &mut Tally) {
    let (field, who) = generator.choose_mutation();
    generator.who = who;
    generator.add_mutation(&field);
    while generator.request.asked.len() < MUTATIONS_AT_ONCE {
        let (field, other) = generator.choose_mutation();
        if other == who {
            generator.add_mutation(&field);
        }
    }
    for (asked, answer) in ask(pair, generator, "mutation", tally).await {
        tally.mutations += 1;
        tally.done += usize::from(generator.note_change(&asked, &answer));
    }
}

async fn read(pair: &mut Pair, generator: &mut Generator, tally: &mut Tally) {
    generator.who = match generator.dice.random_range(0..100) {
        0..=54 => Who::Administrator,
        55..=84 => Who::Ana,
        _ => Who::Luis,
    };
    generator.odd = if generator.percent(10) { 20 } else { 0 };
    (0..QUERIES_AT_ONCE).for_each(|_| generator.add_query());
    generator.odd = 0;
    let who = generator.who;
    for (asked, answer) in ask(pair, generator, "query", tally).await {
        tally.queries += 1;
        let is_object_by_id = ["node", "prospect", "task", "job", "savedReport", "dashboard", "viewer"].contains(&asked.field.as_str());
        tally.refused_queries += usize::from(answer.is_null() && !is_object_by_id);
        if let Some(rows) = generator.note_page(&asked, &answer, who) {
            tally.lists += 1;
            tally.lists_with_rows += usize::from(rows > 0);
        }
    }
}

/// Sends the operation to both; returns the result of each root field.
async fn ask(pair: &mut Pair, generator: &mut Generator, operation: &str, tally: &mut Tally) -> Vec<(Asked, Value)> {
    let (document, variables, asked) = generator.finish(operation);
    let (answer, difference) = pair.ask(generator.who, &document, &variables).await;
    tally.differences.extend(difference);
    for error in answer["errors"].as_array().into_iter().flatten() {
        let code = error["extensions"]["code"].as_str().unwrap_or("none");
        if !["BAD_USER_INPUT", "FORBIDDEN", "UNAUTHENTICATED", "RATE_LIMITED"].contains(&code) {
            tally.differences.push(format!("{error} to {document} with {variables}"));
        }
        *tally.refusals.entry(format!("{code} {}", error["message"])).or_default() += 1;
    }
    generator.known.learn(&answer["data"]);
    let mut answers = Vec::new();
    for asked in asked {
        let answer = answer["data"].get(&asked.alias).cloned().unwrap_or(Value::Null);
        for error in answer["userErrors"].as_array().into_iter().flatten() {
            let refusal = format!("{}: {} {} {}", asked.field, error["code"], error["path"], error["message"]);
            *tally.refusals.entry(refusal).or_default() += 1;
        }
        answers.push((asked, answer));
    }
    answers
}

/// Lets time pass for both servers.
fn pass(pair: &Pair, generator: &mut Generator, milliseconds: i64) {
    pair.advance(milliseconds);
    generator.now += milliseconds;
}
