//! Lists that others change while they are paged through: what was there all the time comes exactly once.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};

use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use rand::{RngExt, SeedableRng};
use serde_json::json;

use super::{List, ORDERS, Way};
use crate::support::{Made, TestApp};

/// Prospects of Ana's by what is going to happen to them.
struct Rows {
    /// Nothing.
    left_alone: Vec<Made>,
    /// Edits, notes and calls.
    edited: Vec<Made>,
    /// They go to Luis and come back.
    moved: Vec<Made>,
}

const UPDATE: &str = "mutation ($id: ID!, $name: String!) { prospectUpdate(id: $id, input: { name: $name }) { userErrors { code } } }";

const GIVE: &str = "mutation ($id: ID!, $owner: ID!) { prospectOwnerChange(id: $id, input: { ownerId: $owner }) { userErrors { code } } }";

async fn rows(app: &TestApp) -> Rows {
    let mut rows = Rows {
        left_alone: Vec::new(),
        edited: Vec::new(),
        moved: Vec::new(),
    };
    for number in 0..45 {
        let made = app
            .prospect()
            .name(&format!("Prospect {}", number % 6))
            .owner(&app.ana)
            .create()
            .await;
        [&mut rows.left_alone, &mut rows.edited, &mut rows.moved][number % 3].push(made);
        app.advance(i64::from(number % 5 == 0));
    }
    rows
}

/// Inserts, edits, and changes owners back and forth, until stopped.
async fn write(app: &TestApp, rows: &Rows, seed: u64, done: &AtomicBool) {
    let mut dice = StdRng::seed_from_u64(seed);
    while !done.load(Ordering::Relaxed) {
        let name = format!("Prospect {}", dice.random_range(0..9));
        match dice.random_range(0..5) {
            0 => drop(app.prospect().name(&name).owner(&app.ana).create().await),
            1 => {
                let made = rows.edited.choose(&mut dice).expect("there are rows");
                app.ana
                    .run(UPDATE, json!({ "id": made.id, "name": name }))
                    .await
                    .payload("prospectUpdate");
            }
            2 => drop(
                app.note(&app.ana, rows.edited.choose(&mut dice).expect("there are rows"), "hola")
                    .await,
            ),
            number => {
                let made = rows.moved.choose(&mut dice).expect("there are rows");
                let owner = if number == 3 { &app.luis } else { &app.ana };
                // Those who have it already are a user error.
                app.admin.query(GIVE, json!({ "id": made.id, "owner": owner.id })).await;
            }
        }
        app.advance(1);
    }
}

fn times(ids: &[String]) -> HashMap<&str, usize> {
    let mut times = HashMap::new();
    for id in ids {
        *times.entry(id.as_str()).or_default() += 1;
    }
    times
}

both! {
    async fn prospects_while_others_write(app: TestApp) {
        let rows = rows(&app).await;
        let done = AtomicBool::new(false);
        let reading = async {
            let mut dice = StdRng::seed_from_u64(51);
            for order in ORDERS {
                for way in [Way::Forward, Way::Backward] {
                    let seen = List::prospects(order).joined(&app.ana, way, &mut dice, 12).await;
                    let times = times(&seen);
                    let once = |made: &Made| times.get(made.id.as_str()) == Some(&1);
                    assert!(rows.left_alone.iter().all(once), "{order} {way:?}: {seen:?}");
                    // Edits move nothing in the order of creation.
                    if ["", "CREATED_AT ASC", "CREATED_AT DESC"].contains(&order) {
                        assert!(rows.edited.iter().all(once), "{order} {way:?}: {seen:?}");
                        assert!(times.values().all(|times| *times == 1), "{order} {way:?}: {seen:?}");
                    }
                }
            }
            done.store(true, Ordering::Relaxed);
        };
        tokio::join!(reading, write(&app, &rows, 61, &done), write(&app, &rows, 62, &done));
        app.assert_sound().await;
    }

    async fn a_timeline_while_others_write(app: TestApp) {
        let made = app.prospect().owner(&app.ana).create().await;
        let mut before = Vec::new();
        for number in 0..30 {
            before.push(app.log(&app.ana, &made, json!({ "occurredAt": app.time(-1_000 * (number % 7)) })).await);
        }
        let done = AtomicBool::new(false);
        let list = List::of_prospect("timeline", &made.id);
        let reading = async {
            let mut dice = StdRng::seed_from_u64(71);
            for way in [Way::Forward, Way::Backward].repeat(4) {
                let seen = list.joined(&app.ana, way, &mut dice, 5).await;
                let times = times(&seen);
                assert!(before.iter().all(|entry| times.get(entry.id.as_str()) == Some(&1)), "{way:?}: {seen:?}");
                assert!(times.values().all(|times| *times == 1), "{way:?}: {seen:?}");
            }
            done.store(true, Ordering::Relaxed);
        };
        let writing = async {
            let mut dice = StdRng::seed_from_u64(72);
            while !done.load(Ordering::Relaxed) {
                let at = app.time(-1_000 * dice.random_range(0..9_i64));
                app.log(&app.admin, &made, json!({ "occurredAt": at })).await;
            }
        };
        tokio::join!(reading, writing);
        app.assert_sound().await;
    }
}
