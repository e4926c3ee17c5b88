//! Concurrent writes of all kinds: they have one order of locks, so that no deadlock occurs.
//!
//! They are generated from all mutations of the schema; one that `World` cannot call fails the test. Usually a fixed number is sent;
//! `CARTERA_TEST_DEADLOCK_SECONDS=60` sends for that many seconds on each database.

mod world;

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use futures_util::future::join_all;
use rand::rngs::StdRng;
use rand::seq::SliceRandom;
use rand::{RngExt, SeedableRng};
use sea_orm::{ConnectionTrait, DbBackend};
use serde_json::{Value, json};

use crate::support::{Answer, Person, TestApp};
use crate::visibility::schema_text::{Argument, Field, SchemaText};
use world::{World, Write, is_of_catalog};

const SECONDS: &str = "CARTERA_TEST_DEADLOCK_SECONDS";
const WRITERS: usize = 16;
const ROUNDS: usize = 3;
/// Number of calls of a mutation in a round, except those of catalogues, which all have the same locks.
const OFTEN: usize = 4;

/// Number of calls of a mutation, and of those that were carried out.
#[derive(Clone, Copy, Debug, Default)]
struct Tally {
    sent: usize,
    done: usize,
}

/// Calls that several writers send together.
struct Load<'a> {
    world: &'a World,
    /// The mutations of a round, which are sent in another order in each.
    round: Vec<&'a Field>,
    next: AtomicUsize,
    /// None: so many rounds.
    until: Option<Instant>,
    tallies: Mutex<BTreeMap<&'a str, Tally>>,
}

impl<'a> Load<'a> {
    fn new(world: &'a World, schema: &'a SchemaText) -> Load<'a> {
        let mut round = Vec::new();
        for field in schema.fields("Mutation") {
            let times = if is_of_catalog(&field.name) { 1 } else { OFTEN };
            round.extend(std::iter::repeat_n(field, times));
        }
        let seconds = std::env::var(SECONDS).ok();
        let seconds = seconds.map(|text| text.parse::<u64>().unwrap_or_else(|_| panic!("{SECONDS} is a number")));
        Load {
            world,
            round,
            next: AtomicUsize::new(0),
            until: seconds.map(|seconds| Instant::now() + Duration::from_secs(seconds)),
            tallies: Mutex::default(),
        }
    }

    /// The call with this number. None: the end.
    fn mutation(&self, number: usize) -> Option<&'a Field> {
        let (round, place) = (number / self.round.len(), number % self.round.len());
        let is_enough = self.until.map_or(round >= ROUNDS, |until| Instant::now() >= until);
        let mut order = self.round.clone();
        order.shuffle(&mut StdRng::seed_from_u64(round as u64));
        (!is_enough).then(|| order[place])
    }

    /// One of the writers.
    async fn send_all(&self) {
        loop {
            let number = self.next.fetch_add(1, Ordering::Relaxed);
            let Some(field) = self.mutation(number) else { return };
            let is_done = self.send(field, number).await;
            let mut tallies = self.tallies.lock().expect("the lock is not poisoned");
            let tally = tallies.entry(&field.name).or_default();
            tally.sent += 1;
            tally.done += usize::from(is_done);
        }
    }

    /// Sends one write, or two at once that meet; whether one of them was carried out.
    async fn send(&self, field: &Field, number: usize) -> bool {
        let mut dice = StdRng::seed_from_u64(number as u64);
        let write = self.world.write(&field.name, &mut dice, number).await;
        let write = write.unwrap_or_else(|| panic!("it is not known how to call Mutation.{}", field.name));
        let Write { sender, variables, twin } = write;
        let mut calls = vec![variables];
        if field.arguments.iter().any(|argument| argument.name == "idempotencyKey") && dice.random_range(0..4) > 0 {
            calls[0]["idempotencyKey"] = json!(format!("key {number}"));
            if twin.is_none() && dice.random_range(0..4) == 0 {
                // The same call twice.
                let again = calls[0].clone();
                calls.push(again);
            }
        }
        calls.extend(twin);
        let sends: Vec<_> = calls
            .into_iter()
            .enumerate()
            .map(|(place, variables)| {
                let person = if place == 0 {
                    sender.clone()
                } else {
                    sender.at(&self.world.server(&mut dice).url)
                };
                let document = document(field, &variables);
                async move { person.run(&document, variables).await }
            })
            .collect();
        let mut is_done = false;
        for answer in join_all(sends).await {
            self.world.learn(&field.name, &answer);
            is_done |= self.is_done(&sender, field, &answer);
        }
        is_done
    }

    /// Whether a call was carried out, or was refused only because of a maximum number. Users who are changed concurrently may lose their
    /// permissions; other errors besides the payload fail the test.
    fn is_done(&self, sender: &Person, field: &Field, answer: &Answer) -> bool {
        let codes = answer.codes();
        let is_answered = codes.is_empty() && answer.status == 200;
        let is_without_rights = matches!(codes[..], ["UNAUTHENTICATED" | "FORBIDDEN"]);
        assert!(
            is_answered || is_without_rights && self.world.is_changed(sender),
            "{} by {}: {} {}",
            field.name,
            sender.name,
            answer.status,
            answer.text
        );
        is_answered && answer.user_errors(&field.name).iter().all(|error| error.starts_with("LIMIT"))
    }

    /// Otherwise it would be about refusals.
    fn assert_fair_share_done(&self) {
        let tallies = self.tallies.lock().expect("the lock is not poisoned");
        let seldom: Vec<_> = tallies
            .iter()
            .filter(|(_, tally)| tally.done == 0 || tally.done * 10 < tally.sent)
            .collect();
        assert!(seldom.is_empty(), "mutations that were hardly ever carried out: {seldom:?}");
        let sent: usize = tallies.values().map(|tally| tally.sent).sum();
        let done: usize = tallies.values().map(|tally| tally.done).sum();
        assert!(done * 2 >= sent, "of {sent} writes only {done} were carried out: {tallies:#?}");
    }
}

both! {
    async fn writes_of_all_kinds_at_once_wait_in_no_circle(app: TestApp) {
        let schema = SchemaText::read();
        let world = World::create(&app).await;
        let load = Load::new(&world, &schema);
        join_all((0..WRITERS).map(|_| load.send_all())).await;
        load.assert_fair_share_done();
        if app.core.db.backend() == DbBackend::Postgres {
            // Each connection reports its deadlocks at once, not only after some time without use.
            let flush = "SELECT 1 FROM (SELECT pg_stat_force_next_flush()) flushed, pg_sleep(0.1)";
            for server in &world.servers {
                let db = &server.core.db;
                let flushed = join_all((0..db.reader().size()).map(|_| db.reader().execute_unprepared(flush))).await;
                assert!(flushed.iter().all(Result::is_ok), "{flushed:?}");
            }
            let deadlocks = "SELECT CAST(deadlocks AS text) FROM pg_stat_database WHERE datname = current_database()";
            assert_eq!(app.sql(deadlocks).await, ["0"]);
        }
        // Those that the test has put into the table itself, while their users were deactivated.
        let sessions = "DELETE FROM sessions WHERE user_id IN (SELECT id FROM users WHERE NOT is_active)";
        app.core.db.writer().execute_unprepared(sessions).await.expect("sessions are removed");
        app.assert_sound().await;
    }
}

/// A mutation with its variables, each of which is an argument.
fn document(field: &Field, variables: &Value) -> String {
    let arguments = field.arguments.iter();
    let given: Vec<&Argument> = arguments.filter(|argument| variables.get(&argument.name).is_some()).collect();
    let declared: Vec<String> = given
        .iter()
        .map(|argument| format!("${}: {}!", argument.name, argument.named))
        .collect();
    let passed: Vec<String> = given.iter().map(|argument| format!("{0}: ${0}", argument.name)).collect();
    let (mut left, mut right) = (declared.join(", "), passed.join(", "));
    if !left.is_empty() {
        (left, right) = (format!("({left})"), format!("({right})"));
    }
    let made = if field.name == "apiKeyCreate" { "apiKey { id } " } else { "" };
    format!(
        "mutation {left} {{ {}{right} {{ {made}userErrors {{ code message path }} }} }}",
        field.name
    )
}
