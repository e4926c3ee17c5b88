//! Unchanging lists: pages of any size and direction equal the whole.

use cartera::ids::Kind;
use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use rand::{RngExt, SeedableRng};
use serde_json::{Value, json};

use super::{List, ORDERS, Way};
use crate::support::{Made, TestApp};

/// Names of which many are the same once accents and case are gone.
const NAMES: [&str; 9] = ["ana", "Ana", "ANÁ", "Ñandú", "nandu", "Zoë", "🙂", "Ana Pérez", "ana  perez"];

/// Asserts that pages of any size, from either end, make up the whole list; answers it.
async fn assert_pages_make_the_list(app: &TestApp, list: &List, seed: u64) -> Vec<String> {
    let mut dice = StdRng::seed_from_u64(seed);
    let whole = list.whole(&app.ana).await;
    for way in [Way::Forward, Way::Backward] {
        for largest in [1, 3, 30, 100] {
            let joined = list.joined(&app.ana, way, &mut dice, largest).await;
            assert_eq!(joined, whole, "{way:?}, pages up to {largest}");
        }
    }
    whole
}

/// Prospects of Ana's and a few of Luis's, many of them alike in everything but the id.
async fn prospects(app: &TestApp, many: usize) -> Vec<Made> {
    let mut dice = StdRng::seed_from_u64(11);
    let mut made = Vec::new();
    for number in 0..many {
        let name = NAMES.choose(&mut dice).expect("there are names");
        let owner = if number % 7 == 6 { &app.luis } else { &app.ana };
        made.push(app.prospect().name(name).owner(owner).create().await);
        if dice.random_range(0..4) == 0 {
            app.advance(dice.random_range(1..3));
        }
        if dice.random_range(0..5) == 0 {
            let earlier = made.choose(&mut dice).expect("there is one");
            app.note(&app.admin, earlier, "hola").await;
        }
    }
    made
}

/// The sort keys of the prospects in the list's order.
async fn keys(app: &TestApp, order: &str) -> Vec<Value> {
    let document = "query ($orderBy: [ProspectOrder!]) { prospects(first: 100, orderBy: $orderBy) {
        nodes { id NAME: name CREATED_AT: createdAt LAST_ACTIVITY_AT: lastActivityAt } } }";
    let data = app.ana.query(document, List::prospects(order).variables).await;
    data["prospects"]["nodes"].as_array().expect("nodes are a list").clone()
}

/// Whether the first of two rows may stand before the second.
fn in_order(order: &str, first: &Value, second: &Value) -> bool {
    let order = if order.is_empty() { "CREATED_AT DESC" } else { order };
    let mut direction = "";
    for step in order.split(", ") {
        let (field, way) = step.split_once(' ').expect("a step has a direction");
        direction = way;
        let key = |row: &Value| cartera::text::fold(row[field].as_str().expect("a key is text"));
        let (first, second) = (key(first), key(second));
        if first != second {
            return (first < second) == (direction == "ASC");
        }
    }
    (first["id"].as_str() < second["id"].as_str()) == (direction == "ASC")
}

both! {
    async fn prospects_in_every_order(app: TestApp) {
        let made = prospects(&app, 49).await;
        let mut usual = Vec::new();
        for (seed, order) in (0..).zip(ORDERS) {
            let whole = assert_pages_make_the_list(&app, &List::prospects(order), seed).await;
            assert_eq!(whole.len(), made.len() - made.len() / 7, "{order}");
            let keys = keys(&app, order).await;
            for pair in keys.windows(2) {
                assert!(in_order(order, &pair[0], &pair[1]), "{order}: {} before {}", pair[0], pair[1]);
            }
            let mut sorted = whole.clone();
            sorted.sort();
            if usual.is_empty() {
                usual.clone_from(&sorted);
            }
            assert_eq!(sorted, usual, "{order}");
        }
    }

    async fn clients(app: TestApp) {
        for number in 0..40 {
            let made = app.prospect().owner(if number % 7 == 6 { &app.luis } else { &app.ana }).create().await;
            app.convert(&app.admin, &made).await;
            app.advance(number % 3);
        }
        let whole = assert_pages_make_the_list(&app, &List::clients(), 21).await;
        assert_eq!(whole.len(), 35);
    }

    async fn the_timeline_of_a_prospect(app: TestApp) {
        let made = app.prospect().owner(&app.ana).create().await;
        let mut dice = StdRng::seed_from_u64(31);
        for number in 0..60 {
            let at = app.time(-1_000 * dice.random_range(0..8_i64));
            app.log(&app.ana, &made, json!({ "occurredAt": at })).await;
            if number % 9 == 0 {
                app.advance(1_000);
                app.note(&app.ana, &made, "hola").await;
            }
        }
        let whole = assert_pages_make_the_list(&app, &List::of_prospect("timeline", &made.id), 32).await;
        assert_eq!(whole.len(), 68);
    }

    async fn the_cycles_of_a_prospect(app: TestApp) {
        let made = app.prospect().owner(&app.ana).create().await;
        for number in 0..12 {
            app.move_to(&app.ana, &made, "Won").await;
            app.advance(number % 2);
            app.move_as(&app.ana, &made, "New", json!({ "reopenAs": "RETURNING" })).await;
        }
        let whole = assert_pages_make_the_list(&app, &List::of_prospect("cycles", &made.id), 41).await;
        assert_eq!(whole.len(), 13);
    }

    async fn the_earlier_versions_of_a_note(app: TestApp) {
        let made = app.prospect().owner(&app.ana).create().await;
        let note = Kind::Note.encode(app.note(&app.ana, &made, "text 00").await.uuid);
        let update = "mutation ($id: ID!, $body: String!) { noteUpdate(id: $id, input: { body: $body }) { userErrors { code } } }";
        for version in 1..=40 {
            app.ana.run(update, json!({ "id": note, "body": format!("text {version:02}") })).await.payload("noteUpdate");
        }
        let whole = assert_pages_make_the_list(&app, &List::earlier_versions(&note), 45).await;
        let oldest_first: Vec<String> = (0..40).map(|version| format!("text {version:02}")).collect();
        assert_eq!(whole, oldest_first);
    }

    /// Many with the same due time, those of others between them.
    async fn tasks_of_one_prospect_and_of_all(app: TestApp) {
        let made = [&app.ana, &app.ana, &app.luis].map(|owner| app.prospect().owner(owner).create());
        let made = futures_util::future::join_all(made).await;
        let mut dice = StdRng::seed_from_u64(51);
        for number in 0..60 {
            let due = app.time(1_000 * dice.random_range(-6..6_i64));
            app.task(&app.admin, &made[number % 3], json!({ "dueAt": due })).await;
        }
        let whole = assert_pages_make_the_list(&app, &List::tasks(), 52).await;
        assert_eq!(whole.len(), 40);
        let whole = assert_pages_make_the_list(&app, &List::of_prospect("tasks", &made[0].id), 53).await;
        assert_eq!(whole.len(), 20);
    }

    async fn empty_lists_and_empty_pages(app: TestApp) {
        for list in [List::prospects(""), List::clients(), List::tasks()] {
            assert_eq!(list.whole(&app.ana).await, [""; 0]);
            let page = list.page(&app.ana, json!({ "last": 5 })).await;
            assert_eq!(page["pageInfo"], json!({ "hasNextPage": false, "hasPreviousPage": false, "startCursor": null, "endCursor": null }));
        }
        app.prospect().owner(&app.ana).create().await;
        let page = List::prospects("").page(&app.ana, json!({ "first": 0 })).await;
        assert_eq!(page["nodes"], json!([]));
        assert_eq!(page["totalCount"], 1);
        assert_eq!(page["pageInfo"]["hasNextPage"], true);
    }
}
