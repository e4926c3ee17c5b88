//! Cursors: a position in their own list, and nothing else.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use cartera::ids::Kind;
use serde_json::{Value, json};

use super::{List, ORDERS, ids};
use crate::support::{Person, TestApp};

/// Asserts that the list takes the cursor in neither direction.
async fn refused(person: &Person, list: &List, cursor: &str) {
    for argument in ["after", "before"] {
        let mut variables = list.variables.clone();
        variables[argument] = json!(cursor);
        let answer = person.run(&list.document, variables).await;
        // A zero character is refused before anything runs.
        let status = if cursor.contains('\0') { 400 } else { 200 };
        assert_eq!(
            (answer.status, answer.codes()),
            (status, vec!["BAD_USER_INPUT"]),
            "{argument} {cursor}: {}",
            answer.text
        );
    }
}

async fn cursors(person: &Person, list: &List) -> Vec<String> {
    let page = list.page(person, json!({ "first": 100 })).await;
    let edges = page["edges"].as_array().expect("edges are a list");
    edges
        .iter()
        .map(|edge| edge["cursor"].as_str().expect("a cursor is text").to_owned())
        .collect()
}

both! {
    async fn cursors_of_other_lists_are_refused(app: TestApp) {
        let made = app.prospect().owner(&app.ana).create().await;
        app.convert(&app.ana, &made).await;
        let mut lists: Vec<List> = ORDERS[1..].iter().map(|order| List::prospects(order)).collect();
        lists.push(List::clients());
        lists.push(List::of_prospect("timeline", &made.id));
        lists.push(List::of_prospect("cycles", &made.id));
        let note = Kind::Note.encode(app.note(&app.ana, &made, "one").await.uuid);
        let update = "mutation ($id: ID!) { noteUpdate(id: $id, input: { body: \"two\" }) { userErrors { code } } }";
        app.ana.run(update, json!({ "id": note })).await.payload("noteUpdate");
        lists.push(List::earlier_versions(&note));
        for (number, list) in lists.iter().enumerate() {
            let cursor = cursors(&app.ana, list).await.remove(0);
            list.page(&app.ana, json!({ "after": cursor })).await;
            for (other, list) in lists.iter().enumerate() {
                if other != number {
                    refused(&app.ana, list, &cursor).await;
                }
            }
        }
    }

    async fn edited_cursors_are_refused(app: TestApp) {
        app.prospect().name("Ana").owner(&app.ana).create().await;
        app.prospect().name("Eva").owner(&app.ana).create().await;
        for order in ["CREATED_AT DESC", "NAME ASC", "NAME ASC, CREATED_AT DESC"] {
            let list = List::prospects(order);
            let cursor = cursors(&app.ana, &list).await.remove(0);
            let text = URL_SAFE_NO_PAD.decode(&cursor).expect("a cursor is base64url");
            let parts: Vec<Value> = serde_json::from_slice(&text).expect("a cursor is a list");
            let edited = |edit: &dyn Fn(&mut Vec<Value>)| {
                let mut parts = parts.clone();
                edit(&mut parts);
                URL_SAFE_NO_PAD.encode(json!(parts).to_string())
            };
            for other in [
                String::new(),
                " ".to_owned(),
                "x".to_owned(),
                "%".to_owned(),
                "🙂".to_owned(),
                "\u{1}".to_owned(),
                cursor[1..].to_owned(),
                cursor[..cursor.len() - 1].to_owned(),
                format!("{cursor}="),
                format!(" {cursor}"),
                cursor.to_lowercase(),
                "A".repeat(100_000),
                URL_SAFE_NO_PAD.encode("[".repeat(10_000)),
                URL_SAFE_NO_PAD.encode(b"\xff\xfe"),
                edited(&|parts| parts[0] = json!("2")),
                edited(&|parts| parts[0] = json!(1)),
                edited(&|parts| parts[1] = json!("prospects-name_norm; DROP TABLE prospects")),
                edited(&|parts| parts[2] = json!([])),
                edited(&|parts| parts[2] = json!([null, null])),
                edited(&|parts| parts[2] = json!([{}, {}])),
                edited(&|parts| parts[2][0] = json!(1.5)),
                edited(&|parts| parts[2][0] = json!(u64::MAX)),
                edited(&|parts| parts[2][0] = json!("a\0b")),
                edited(&|parts| parts[2][0] = json!(["x"])),
                edited(&|parts| parts[2].as_array_mut().expect("the keys are a list").push(json!(1))),
                edited(&|parts| parts[3] = json!("x")),
                edited(&|parts| parts[3] = json!(7)),
                edited(&|parts| parts[3] = json!("' OR 1=1 --")),
                edited(&|parts| parts.push(json!(1))),
                edited(&|parts| parts.truncate(3)),
            ] {
                refused(&app.ana, &list, &other).await;
            }
            // Still cursors, though of rows that do not exist: positions like any other.
            for edit in [i64::MIN, -1, i64::MAX] {
                let key = if order.starts_with("NAME") { json!(format!("{edit}' %_\\ 🙂")) } else { json!(edit) };
                let cursor = edited(&|parts| parts[2][0] = key.clone());
                for argument in ["after", "before"] {
                    list.page(&app.ana, json!({ argument: cursor })).await;
                }
            }
        }
    }

    async fn cursors_go_one_way_at_a_time(app: TestApp) {
        app.prospect().owner(&app.ana).create().await;
        let list = List::prospects("");
        let cursor = cursors(&app.ana, &list).await.remove(0);
        for mixed in [
            json!({ "first": 1, "last": 1 }),
            json!({ "first": 1, "before": cursor }),
            json!({ "last": 1, "after": cursor }),
            json!({ "after": cursor, "before": cursor }),
        ] {
            let mut variables = list.variables.clone();
            variables.as_object_mut().expect("variables are an object").extend(mixed.as_object().expect("an object").clone());
            let answer = app.ana.run(&list.document, variables).await;
            assert_eq!(answer.codes(), ["BAD_USER_INPUT"], "{mixed}: {}", answer.text);
        }
    }

    /// The cursor of a row that the caller does not see says where to go on, and shows nothing.
    async fn cursors_of_others_give_a_position_only(app: TestApp) {
        for number in 0..12 {
            let owner = [&app.ana, &app.luis, &app.admin][number % 3];
            let made = app.prospect().name(&format!("Prospect {number:02}")).owner(owner).create().await;
            app.convert(&app.admin, &made).await;
            app.advance(1);
        }
        for list in [List::prospects("NAME ASC"), List::prospects("CREATED_AT DESC"), List::clients()] {
            let all = list.whole(&app.admin).await;
            let hers = list.whole(&app.ana).await;
            assert_eq!((all.len(), hers.len()), (12, 4));
            for (place, cursor) in cursors(&app.admin, &list).await.iter().enumerate() {
                let page = list.page(&app.ana, json!({ "after": cursor })).await;
                let expected: Vec<&String> = all[place + 1..].iter().filter(|id| hers.contains(id)).collect();
                assert_eq!(ids(&page).iter().collect::<Vec<_>>(), expected);
                assert_eq!(page["totalCount"], 4);
                let page = list.page(&app.ana, json!({ "before": cursor })).await;
                let expected: Vec<&String> = all[..place].iter().filter(|id| hers.contains(id)).collect();
                assert_eq!(ids(&page).iter().collect::<Vec<_>>(), expected);
                assert_eq!(list.page(&app.stranger, json!({ "after": cursor })).await["nodes"], json!([]));
            }
        }
    }
}
