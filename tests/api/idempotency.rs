//! Writes that are repeated, or that conflict with each other.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicUsize, Ordering};

use cartera::entities::records::prospect;
use cartera::error::{Error, ProblemCode, Result};
use cartera::resolvers::idempotency::{Key, Write, forget_expired};
use futures_util::future::join_all;
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use serde_json::{Value, json};
use tokio::sync::Barrier;
use uuid::Uuid;

use crate::support::{Answer, Person, TestApp, operations};

const HOUR: i64 = 60 * 60 * 1000;
const NAME: &str = "mutation ($id: ID!, $name: String!, $expectedVersion: Int, $key: String) {
    prospectUpdate(id: $id, input: { name: $name }, expectedVersion: $expectedVersion, idempotencyKey: $key) {
        prospect { id name version } userErrors { code message path } } }";

async fn create(person: &Person, input: &Value, key: Option<&str>) -> Answer {
    let variables = json!({ "input": input, "idempotencyKey": key });
    person
        .run_operation(operations::PROSPECT_CREATE_SAFELY, "ProspectCreateSafely", variables)
        .await
}

fn id(answer: &Answer) -> String {
    let id = &answer.payload("prospectCreate")["prospect"]["id"];
    id.as_str().unwrap_or_else(|| panic!("no prospect in {}", answer.text)).to_owned()
}

both! {
    async fn a_repeated_call_is_answered_and_not_made_again(app: TestApp) {
        let input = app.prospect().complete("zafiro").owner(&app.ana).input().clone();
        let first = create(&app.ana, &input, Some("one")).await;
        id(&first);
        let before = app.snapshot().await;
        for _ in 0..3 {
            assert_eq!(create(&app.ana, &input, Some("one")).await.text, first.text);
        }
        before.assert_equal(&app.snapshot().await, "repeats");
        // The record is read again, not the answer.
        app.ana.run(NAME, json!({ "id": id(&first), "name": "Other", "key": "two" })).await.payload("prospectUpdate");
        let read = "mutation ($input: ProspectCreateInput!) { prospectCreate(input: $input, idempotencyKey: \"one\") {
            prospect { id name version } userErrors { code } } }";
        let again = app.ana.run(read, json!({ "input": input })).await;
        assert_eq!(again.payload("prospectCreate")["prospect"], json!({ "id": id(&first), "name": "Other", "version": 2 }));
        app.assert_sound().await;
    }

    /// Arguments are compared by value, not by spelling.
    async fn the_same_arguments_are_the_same_call(app: TestApp) {
        let input = json!({ "kind": "PERSON", "name": "Ana", "addresses": [{ "country": "VE", "city": "Caracas" }] });
        let first = id(&create(&app.ana, &input, Some("one")).await);
        let written = "mutation { again: prospectCreate(idempotencyKey: \"one\",
            input: { addresses: [{ city: \"Caracas\", country: \"VE\" }], name: \"Ana\", kind: PERSON }) { prospect { id name } userErrors { code } } }";
        let again = app.ana.query(written, json!({})).await;
        assert_eq!(again["again"]["prospect"], json!({ "id": first, "name": "Ana" }));

        let before = app.snapshot().await;
        let mut others = Vec::new();
        for (field, value) in [("name", json!("ana")), ("legalName", Value::Null), ("addresses", json!([])), ("kind", json!("COMPANY"))] {
            let mut other = input.clone();
            other[field] = value;
            others.push(create(&app.ana, &other, Some("one")).await.user_errors("prospectCreate"));
        }
        assert_eq!(others, vec![["CONFLICT idempotencyKey"]; 4]);
        before.assert_equal(&app.snapshot().await, "a key with other arguments");
    }

    async fn a_key_belongs_to_a_caller_and_a_mutation(app: TestApp) {
        let input = json!({ "kind": "PERSON", "name": "Ana" });
        let mut made = BTreeSet::new();
        for person in [&app.ana, &app.luis, &app.admin] {
            made.insert(id(&create(person, &input, Some("one")).await));
            // Another session of the same user is the same caller.
            made.insert(id(&create(person, &input, Some("one")).await));
        }
        assert_eq!(made.len(), 3);
        let first = made.first().expect("one was made");
        let renamed = app.admin.run(NAME, json!({ "id": first, "name": "Eva", "key": "one" })).await;
        assert_eq!(renamed.payload("prospectUpdate")["prospect"]["name"], "Eva");
        // Without a key every call is a call.
        made.insert(id(&create(&app.ana, &input, None).await));
        made.insert(id(&create(&app.ana, &input, None).await));
        assert_eq!(made.len(), 5);
    }

    async fn refusals_are_repeated_too(app: TestApp) {
        let number = json!([{ "typeId": app.identifier_type("Cédula V"), "number": "V-12345678" }]);
        let other = app.prospect().with(json!({ "identifiers": number })).create().await;
        let input = json!({ "kind": "PERSON", "name": "Ana", "identifiers": number });
        let first = create(&app.ana, &input, Some("one")).await;
        assert_eq!(first.user_errors("prospectCreate"), ["TAKEN input.identifiers.0.number"]);
        // The reason is gone, and the answer to this key stays what it was.
        app.admin.run_operation(operations::PROSPECT_CREATE_SAFELY, "ProspectDelete", json!({ "id": other.id })).await.payload("prospectDelete");
        let before = app.snapshot().await;
        assert_eq!(create(&app.ana, &input, Some("one")).await.text, first.text);
        before.assert_equal(&app.snapshot().await, "a repeated refusal");
        id(&create(&app.ana, &input, Some("two")).await);

        let absent = app.ana.run(NAME, json!({ "id": other.id, "name": "Eva", "key": "one" })).await;
        assert_eq!(absent.user_errors("prospectUpdate"), ["NOT_FOUND id"]);
        assert_eq!(app.ana.run(NAME, json!({ "id": other.id, "name": "Eva", "key": "one" })).await.text, absent.text);
    }

    /// A save that has nothing to change commits nothing, and is remembered all the same.
    async fn calls_that_change_nothing_are_remembered(app: TestApp) {
        let made = app.prospect().owner(&app.ana).name("Ana").create().await;
        let first = app.ana.run(NAME, json!({ "id": made.id, "name": "Ana", "key": "one" })).await;
        assert_eq!(first.payload("prospectUpdate")["prospect"]["version"], 1);
        app.ana.run(NAME, json!({ "id": made.id, "name": "Eva" })).await.payload("prospectUpdate");
        let again = app.ana.run(NAME, json!({ "id": made.id, "name": "Ana", "key": "one" })).await;
        assert_eq!(again.payload("prospectUpdate")["prospect"], json!({ "id": made.id, "name": "Eva", "version": 2 }));
    }

    /// What was put in order is named by its line, so that a repeat shows that and nothing of other zones.
    async fn a_repeated_order_is_that_of_one_zone(app: TestApp) {
        let sector = async |name: &str, zone: &str| app.entry("Sector", "sector", json!({ "name": name, "zoneId": zone })).await;
        let north = app.entry("Zone", "zone", json!({ "name": "Norte" })).await;
        let south = app.entry("Zone", "zone", json!({ "name": "Sur" })).await;
        let (one, two) = (sector("Uno", &north).await, sector("Dos", &north).await);
        sector("Tres", &south).await;
        let reorder = "mutation ($ids: [ID!]!) { sectorReorder(input: { ids: $ids }, idempotencyKey: \"one\") {
            sectors { id position } userErrors { code message path } } }";
        let call = async || app.admin.run(reorder, json!({ "ids": [two, one] })).await;
        let first = call().await;
        assert_eq!(first.payload("sectorReorder")["sectors"], json!([{ "id": two, "position": 0 }, { "id": one, "position": 1 }]));
        assert_eq!(call().await.text, first.text);
    }

    async fn keys_are_short_and_printable(app: TestApp) {
        let input = json!({ "kind": "PERSON", "name": "Ana" });
        let before = app.snapshot().await;
        for bad in ["", "a\nb", "\u{7f}", "\u{85}", &"x".repeat(129)] {
            let refused = create(&app.ana, &input, Some(bad)).await;
            assert_eq!(refused.user_errors("prospectCreate"), ["INVALID idempotencyKey"], "{bad:?}");
        }
        before.assert_equal(&app.snapshot().await, "keys that are none");
        for good in ["x", " ", "ñandú 🦀 ' OR 1=1 --", &"ñ".repeat(128)] {
            let first = id(&create(&app.ana, &input, Some(good)).await);
            assert_eq!(id(&create(&app.ana, &input, Some(good)).await), first, "{good:?}");
        }
    }

    async fn keys_are_forgotten_after_a_day(app: TestApp) {
        let input = json!({ "kind": "PERSON", "name": "Ana" });
        let first = id(&create(&app.ana, &input, Some("one")).await);
        app.advance(24 * HOUR - 1);
        assert_eq!(id(&create(&app.ana, &input, Some("one")).await), first);
        assert_eq!(forget_expired(app.core.db.writer(), app.now(), 1_000).await.expect("keys are swept"), 0);
        app.advance(1);
        // It need not be swept for that, and other arguments are fine by then.
        let other = json!({ "kind": "PERSON", "name": "Eva" });
        let second = id(&create(&app.ana, &other, Some("one")).await);
        assert_ne!(second, first);
        assert_eq!(id(&create(&app.ana, &other, Some("one")).await), second);
        assert_eq!(create(&app.ana, &input, Some("one")).await.user_errors("prospectCreate"), ["CONFLICT idempotencyKey"]);
        for number in 0..5 {
            create(&app.luis, &input, Some(&number.to_string())).await.payload("prospectCreate");
        }
        app.advance(24 * HOUR);
        assert_eq!(forget_expired(app.core.db.writer(), app.now(), 1_000).await.expect("keys are swept"), 6);
        assert_eq!(app.sql("SELECT key FROM idempotency_keys").await, Vec::<String>::new());
    }

    /// A repeat names the same object to those who still see it.
    async fn a_repeat_shows_no_more_than_the_caller_sees(app: TestApp) {
        let made = app.prospect().owner(&app.ana).name("Ana").create().await;
        let call = async || app.ana.run(NAME, json!({ "id": made.id, "name": "Secreta", "key": "one" })).await;
        assert_eq!(call().await.payload("prospectUpdate")["prospect"]["name"], "Secreta");
        app.give(&app.admin, &made, Some(&app.luis)).await;
        let before = app.snapshot().await;
        assert_eq!(call().await.payload("prospectUpdate")["prospect"], Value::Null);
        before.assert_equal(&app.snapshot().await, "a repeat without a view");
        app.give(&app.admin, &made, Some(&app.ana)).await;
        assert_eq!(call().await.payload("prospectUpdate")["prospect"]["name"], "Secreta");
        // Nothing of the record is in what is remembered.
        let kept = app.snapshot().await.tables["idempotency_keys"].join(" ");
        assert!(!kept.contains("Secreta"), "{kept}");
    }

    /// Fifty phones on a bad network: one prospect, and the same answer for each.
    async fn fifty_at_once_have_one_effect(app: TestApp) {
        let input = app.prospect().complete("zafiro").owner(&app.ana).input().clone();
        let calls = (0..50).map(async |_| {
            loop {
                let answer = create(&app.ana, &input, Some("one")).await;
                // What is overloaded or still running is worth repeating: that is what the key is for.
                let is_busy = answer.status == 503 || answer.errors().is_empty() && answer.user_errors("prospectCreate") == ["CONFLICT idempotencyKey"];
                if !is_busy {
                    return id(&answer);
                }
            }
        });
        let made: BTreeSet<String> = join_all(calls).await.into_iter().collect();
        assert_eq!(made.len(), 1, "{made:?}");
        assert_eq!(app.sql("SELECT name FROM prospects").await.len(), 1);
        assert_eq!(app.sql("SELECT kind FROM timeline_entries").await, ["CREATED"]);
        assert_eq!(app.sql("SELECT key FROM idempotency_keys").await, ["one"]);
        app.assert_sound().await;
    }

    /// The same with calls that are refused: all hear the same.
    async fn twenty_refusals_at_once_are_one(app: TestApp) {
        let made = app.prospect().owner(&app.ana).create().await;
        let variables = json!({ "id": made.id, "name": "Eva", "expectedVersion": 7, "key": "one" });
        let before = app.snapshot().await.without(&["idempotency_keys"]);
        let answers = join_all((0..20).map(async |_| app.ana.run(NAME, variables.clone()).await.text)).await;
        assert_eq!(answers.iter().collect::<BTreeSet<_>>().len(), 1, "{answers:?}");
        before.assert_equal(&app.snapshot().await.without(&["idempotency_keys"]), "refusals");
    }

    /// Ten writers who each add to what they read: nothing is overwritten unseen.
    async fn unseen_changes_are_not_overwritten(app: TestApp) {
        let made = app.prospect().owner(&app.ana).name("start").create().await;
        let read = "query ($id: ID!) { prospect(id: $id) { name version } }";
        let writers = (0..10).map(async |writer| {
            let mut done = 0;
            for round in 0..6 {
                let seen = app.ana.query(read, json!({ "id": made.id })).await["prospect"].clone();
                let name = format!("{} {writer}.{round}", seen["name"].as_str().expect("a name"));
                let answer = app.ana.run(NAME, json!({ "id": made.id, "name": name, "expectedVersion": seen["version"] })).await;
                match answer.user_errors("prospectUpdate")[..] {
                    [] => done += 1,
                    _ => assert_eq!(answer.user_errors("prospectUpdate"), ["CONFLICT expectedVersion"]),
                }
            }
            done
        });
        let done: usize = join_all(writers).await.into_iter().sum();
        let seen = app.ana.query(read, json!({ "id": made.id })).await["prospect"].clone();
        // Every save that was accepted is in the name, and each counted once.
        assert_eq!(seen["name"].as_str().expect("a name").split(' ').count(), done + 1, "{seen}");
        assert_eq!(seen["version"], json!(done + 1));
        assert!(done >= 6, "{done}");
        app.assert_sound().await;
    }

    /// Two concurrent calls with one number: one gets it, and the others get `TAKEN` at its path, as if they had come later.
    async fn a_race_for_a_number_has_one_winner(app: TestApp) {
        let input = json!({ "kind": "PERSON", "name": "Ana", "identifiers": [
            { "typeId": app.identifier_type("Cédula V"), "number": "V-1" }, { "typeId": app.identifier_type("Cédula V"), "number": "V-2" }] });
        let people = [&app.ana, &app.luis];
        let answers = join_all((0..10).map(async |number| create(people[number % 2], &input, None).await)).await;
        let (done, refused): (Vec<_>, Vec<_>) = answers.iter().partition(|answer| answer.user_errors("prospectCreate").is_empty());
        assert_eq!(done.len(), 1);
        for answer in refused {
            let errors = answer.user_errors("prospectCreate");
            assert_eq!(errors, ["TAKEN input.identifiers.0.number", "TAKEN input.identifiers.1.number"], "{}", answer.text);
        }
        assert_eq!(app.sql("SELECT name FROM prospects").await.len(), 1);
    }

    /// Two who lock two rows in opposite orders: one of them is made to begin again, and both are done.
    async fn those_who_collide_begin_again(app: TestApp) {
        let one = app.prospect().create().await;
        let other = app.prospect().create().await;
        // On SQLite a write is exclusive from the beginning.
        let can_meet = app.core.db.backend() == sea_orm::DbBackend::Postgres;
        let (barrier, tries) = (Barrier::new(2), AtomicUsize::new(0));
        let rename = async |ids: [Uuid; 2], name: &str| {
            let first_try = AtomicUsize::new(0);
            let write = Write::new(&app.cx(&app.admin), None);
            let work = async || -> Result<Uuid> {
                tries.fetch_add(1, Ordering::Relaxed);
                let is_first = first_try.fetch_add(1, Ordering::Relaxed) == 0;
                let tx = write.cx.begin().await?;
                for (place, id) in ids.into_iter().enumerate() {
                    if place == 1 && is_first && can_meet {
                        barrier.wait().await;
                    }
                    prospect::Entity::update_many().col_expr(prospect::Column::Name, Expr::val(name)).filter(prospect::Column::Id.eq(id)).exec(&tx).await?;
                }
                tx.commit_naming(ids).await?;
                Ok(ids[0])
            };
            write.run(work).await
        };
        let (left, right) = tokio::join!(rename([one.uuid, other.uuid], "left"), rename([other.uuid, one.uuid], "right"));
        assert!(matches!((&left, &right), (Ok(Some(_)), Ok(Some(_)))), "{left:?} {right:?}");
        assert_eq!(tries.load(Ordering::Relaxed), if can_meet { 3 } else { 2 });
        let names: BTreeSet<String> = app.sql("SELECT name FROM prospects").await.into_iter().collect();
        assert_eq!(names.len(), 1, "half of each: {names:?}");
    }

    /// After repeated conflicts the caller gets `CONFLICT`, and may retry with the same key.
    async fn repeated_conflicts_are_reported_to_the_caller(app: TestApp) {
        let tries = AtomicUsize::new(0);
        let work = async || -> Result<Uuid> {
            tries.fetch_add(1, Ordering::Relaxed);
            Err(Error::Conflict("another user was faster".to_owned()))
        };
        let key = || Key { key: "one".to_owned(), mutation: "prospectUpdate".to_owned(), arguments: String::new() };
        let refused = Write::new(&app.cx(&app.admin), Some(key())).run(work).await;
        assert!(matches!(refused, Err(Error::Conflict(_))), "{refused:?}");
        assert_eq!(tries.load(Ordering::Relaxed), 4);
        assert_eq!(app.sql("SELECT key FROM idempotency_keys").await, Vec::<String>::new());
        let made = app.prospect().create().await;
        let work = async || -> Result<Uuid> { Ok(made.uuid) };
        let done = Write::new(&app.cx(&app.admin), Some(key())).run(work).await.expect("the second call is done");
        assert_eq!(done, Some(made.uuid));
    }

    /// A mutation that takes a key and forgets to say what it made is found out, and leaves nothing behind.
    async fn a_call_says_what_it_made(app: TestApp) {
        let made = app.prospect().name("before").create().await;
        let key = Key { key: "one".to_owned(), mutation: "prospectUpdate".to_owned(), arguments: String::new() };
        let write = Write::new(&app.cx(&app.admin), Some(key));
        let work = async || -> Result<Uuid> {
            let tx = write.cx.begin().await?;
            prospect::Entity::update_many().col_expr(prospect::Column::Name, Expr::val("after")).exec(&tx).await?;
            tx.commit().await?;
            Ok(made.uuid)
        };
        let refused = write.run(work).await;
        assert!(matches!(refused, Err(Error::Internal(_))), "{refused:?}");
        assert_eq!(app.sql("SELECT name FROM prospects").await, ["before"]);
        assert_eq!(app.sql("SELECT key FROM idempotency_keys").await, Vec::<String>::new());
        let bad = Key { key: String::new(), mutation: "prospectUpdate".to_owned(), arguments: String::new() };
        let refused = Write::new(&app.cx(&app.admin), Some(bad)).run(async || Ok(made.uuid)).await;
        assert!(matches!(&refused, Err(Error::Invalid(problems)) if problems[0].code == ProblemCode::Invalid), "{refused:?}");
    }
}
