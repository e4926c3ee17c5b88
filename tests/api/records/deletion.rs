//! Deleting prospects and putting them back.

use serde_json::{Value, json};

use super::{UPDATE, timeline, whole, without};
use crate::support::{Answer, Made, Person, TestApp, operations};

const DELETED: &str =
    "query ($first: Int, $after: String) { deletedProspects(first: $first, after: $after) { totalCount pageInfo { hasNextPage endCursor }
    nodes { reference version kind name legalName condition owner { name } createdAt deletedAt deletedBy { name } } } }";
const DELETE: &str = "mutation ($id: ID!, $expectedVersion: Int) {
    prospectDelete(id: $id, expectedVersion: $expectedVersion) { deletedId userErrors { code message path } } }";
const RESTORE: &str = "mutation ($id: ID!, $expectedVersion: Int) {
    prospectRestore(id: $id, expectedVersion: $expectedVersion) { prospect { id version } userErrors { code message path } } }";

async fn delete(person: &Person, made: &Made) -> Answer {
    person
        .run_operation(operations::PROSPECT_CREATE_SAFELY, "ProspectDelete", json!({ "id": made.id }))
        .await
}

async fn restore(person: &Person, made: &Made) -> Answer {
    person
        .run_operation(operations::PROSPECT_CREATE_SAFELY, "ProspectRestore", json!({ "id": made.id }))
        .await
}

async fn deleted(app: &TestApp, variables: Value) -> Value {
    app.admin.query(DELETED, variables).await["deletedProspects"].clone()
}

fn number(app: &TestApp, number: &str) -> Value {
    json!({ "identifiers": [{ "typeId": app.identifier_type("Cédula V"), "number": number }] })
}

both! {
    async fn what_is_deleted_is_gone_and_comes_back_whole(app: TestApp) {
        let made = app.prospect().complete("zafiro").owner(&app.ana).create().await;
        app.note(&app.ana, &made, "hola").await;
        app.convert(&app.ana, &made).await;
        let seen = whole(&app.ana, &made).await;
        let parts: Vec<Value> = ["identifiers", "emails", "phones", "contacts", "addresses"].iter().map(|list| seen[list][0]["id"].clone()).collect();
        app.advance(60_000);
        assert_eq!(delete(&app.ana, &made).await.payload("prospectDelete")["deletedId"], json!(made.id));

        for person in [&app.ana, &app.admin] {
            let document = "query ($id: ID!, $client: ID!, $ids: [ID!]!, $name: String) { prospect(id: $id) { id } node(id: $client) { id } nodes(ids: $ids) { id }
                prospects(filter: { name: { eq: $name } }) { totalCount nodes { id } } clients { totalCount nodes { id } }
                identifierLookup(prefix: \"V-zafiro\") { number } possibleDuplicates(input: { emails: [\"zafiro@correo.example\"] }) { reason } }";
            let data = person.query(document, json!({ "id": made.id, "client": made.client_id(), "ids": parts, "name": seen["name"] })).await;
            assert_eq!(data, json!({ "prospect": null, "node": null, "nodes": vec![Value::Null; parts.len()],
                "prospects": { "totalCount": 0, "nodes": [] }, "clients": { "totalCount": 0, "nodes": [] },
                "identifierLookup": [], "possibleDuplicates": [] }));
            assert_eq!(delete(person, &made).await.user_errors("prospectDelete"), ["NOT_FOUND id"]);
            assert_eq!(person.run(UPDATE, json!({ "id": made.id, "input": { "name": "X" } })).await.user_errors("prospectUpdate"), ["NOT_FOUND id"]);
        }
        app.assert_sound().await;

        app.advance(60_000);
        assert_eq!(restore(&app.admin, &made).await.payload("prospectRestore")["prospect"]["id"], json!(made.id));
        let volatile = ["version", "updatedAt", "lastActivityAt", "secondsSinceReception"];
        assert_eq!(without(whole(&app.ana, &made).await, &volatile), without(seen.clone(), &volatile));
        let back = whole(&app.ana, &made).await;
        assert_eq!(back["version"], json!(seen["version"].as_i64().expect("a number") + 2));
        assert_eq!(back["lastActivityAt"], json!(app.time(0)));
        let entries = timeline(&app.ana, &made).await;
        let shown: Vec<(&str, &str)> = entries.iter().take(2).map(|entry| (entry["__typename"].as_str().expect("a type"), entry["actor"]["name"].as_str().expect("a name"))).collect();
        assert_eq!(shown, [("RestoredEntry", "Olga Administradora"), ("DeletedEntry", "Ana Vendedora")]);
        app.assert_sound().await;
    }

    /// Its tasks, its tags and the rest of its profile, its past cycles and the whole of its history.
    async fn all_that_hangs_from_it_goes_along(app: TestApp) {
        let around = app.surroundings().await;
        let made = app.prospect().owner(&app.ana).with(json!({
            "tagIds": [around.tag], "rating": 4, "interest": "HIGH", "industryId": app.industry("Health"), "customerTypeId": app.customer_type("Retailer"),
            "websites": ["https://www.pena.example"], "validityDays": 30, "isNotificationEnabled": false,
            "addresses": [{ "country": "VE", "city": "Caracas", "typeId": app.address_type("Fiscal"), "regionId": around.region, "zoneId": around.zone, "sectorId": around.sector }],
        })).create().await;
        app.convert(&app.ana, &made).await;
        let planned = app.task(&app.ana, &made, json!({})).await;
        app.note(&app.ana, &made, "hola").await;
        let document = "query ($id: ID!, $task: ID!, $tag: IdFilter!) { prospect(id: $id) {
                tags { id } rating interest industry { id } customerType { id } websites validityDays validUntil isNotificationEnabled
                addresses { type { id } region { id } zone { id } sector { id } } tasks { nodes { id state dueAt } }
                cycles { nodes { id kind status { id } closedAt } } }
            task(id: $task) { id } node(id: $task) { id } tasks { totalCount nodes { id } } timeline { totalCount }
            tagged: prospects(filter: { tag: $tag }) { totalCount } planned: prospects(filter: { nextTask: { isNull: false } }) { totalCount } }";
        let variables = json!({ "id": made.id, "task": planned.id, "tag": { "eq": around.tag } });
        let before = app.ana.query(document, variables.clone()).await;
        let history = timeline(&app.ana, &made).await;
        assert_eq!((&before["tasks"]["totalCount"], &before["task"]["id"]), (&json!(1), &json!(planned.id)));
        assert_eq!((&before["tagged"]["totalCount"], &before["planned"]["totalCount"]), (&json!(1), &json!(1)));

        app.advance(60_000);
        delete(&app.ana, &made).await.payload("prospectDelete");
        for person in [&app.ana, &app.admin] {
            assert_eq!(person.query(document, variables.clone()).await, json!({
                "prospect": null, "task": null, "node": null, "tasks": { "totalCount": 0, "nodes": [] }, "timeline": { "totalCount": 0 },
                "tagged": { "totalCount": 0 }, "planned": { "totalCount": 0 },
            }));
        }
        restore(&app.admin, &made).await.payload("prospectRestore");
        let mut after = app.ana.query(document, variables).await;
        let entries = timeline(&app.ana, &made).await;
        assert_eq!(&entries[2..], history);
        assert_eq!(after["timeline"]["totalCount"], json!(before["timeline"]["totalCount"].as_i64().expect("a number") + 2));
        after["timeline"] = before["timeline"].clone();
        assert_eq!(after, before);
    }

    async fn who_may(app: TestApp) {
        let made = app.prospect().owner(&app.ana).create().await;
        let before = app.snapshot().await;
        assert_eq!(delete(&app.luis, &made).await.user_errors("prospectDelete"), ["NOT_FOUND id"]);
        // Only what is deleted can be restored.
        assert_eq!(restore(&app.admin, &made).await.user_errors("prospectRestore"), ["NOT_FOUND id"]);
        before.assert_equal(&app.snapshot().await, "refusals");
        delete(&app.ana, &made).await.payload("prospectDelete");
        let before = app.snapshot().await;
        for person in [&app.ana, &app.luis] {
            assert_eq!(restore(person, &made).await.codes(), ["FORBIDDEN"]);
            let listed = person.run(DELETED, json!({})).await;
            assert_eq!((listed.codes(), &listed.body["data"]), (vec!["FORBIDDEN"], &json!({ "deletedProspects": null })));
        }
        before.assert_equal(&app.snapshot().await, "refusals");
        let mine = app.prospect().owner(&app.ana).create().await;
        delete(&app.admin, &mine).await.payload("prospectDelete");
        restore(&app.other_admin, &mine).await.payload("prospectRestore");
        restore(&app.admin, &made).await.payload("prospectRestore");
        assert_eq!(app.ana.query("{ prospects { totalCount } }", json!({})).await["prospects"]["totalCount"], 2);
    }

    async fn versions_are_compared(app: TestApp) {
        let made = app.prospect().owner(&app.ana).create().await;
        let refused = app.ana.run(DELETE, json!({ "id": made.id, "expectedVersion": 2 })).await;
        assert_eq!(refused.user_errors("prospectDelete"), ["CONFLICT expectedVersion"]);
        app.ana.run(DELETE, json!({ "id": made.id, "expectedVersion": 1 })).await.payload("prospectDelete");
        let refused = app.admin.run(RESTORE, json!({ "id": made.id, "expectedVersion": 1 })).await;
        assert_eq!(refused.user_errors("prospectRestore"), ["CONFLICT expectedVersion"]);
        let restored = app.admin.run(RESTORE, json!({ "id": made.id, "expectedVersion": 2 })).await;
        assert_eq!(restored.payload("prospectRestore")["prospect"]["version"], 3);
    }

    /// The numbers of a deleted prospect are free; another record that takes one keeps it.
    async fn numbers_are_free_meanwhile(app: TestApp) {
        let made = app.prospect().owner(&app.ana).with(json!({ "identifiers": [
            { "typeId": app.identifier_type("Cédula V"), "number": "V-1" }, { "typeId": app.identifier_type("Cédula V"), "number": "V-2" },
            { "typeId": app.identifier_type("Cédula V"), "number": "V-3" }] })).create().await;
        let ids = whole(&app.ana, &made).await["identifiers"].clone();
        // Removed at the same time, and not restored.
        app.ana.run(UPDATE, json!({ "id": made.id, "input": { "removeIdentifierIds": [ids[2]["id"]] } })).await.payload("prospectUpdate");
        delete(&app.ana, &made).await.payload("prospectDelete");
        let other = app.prospect().owner(&app.luis).name("Luis secreto").with(number(&app, "v 1")).create().await;
        let before = app.snapshot().await;
        let refused = restore(&app.admin, &made).await;
        assert_eq!(refused.user_errors("prospectRestore"), ["TAKEN id"]);
        assert!(refused.text.contains("V-1") && !refused.text.contains("secreto") && !refused.text.contains(&other.id), "{}", refused.text);
        before.assert_equal(&app.snapshot().await, "a refused restore");

        delete(&app.luis, &other).await.payload("prospectDelete");
        restore(&app.admin, &made).await.payload("prospectRestore");
        let back = whole(&app.ana, &made).await;
        let numbers: Vec<&str> = back["identifiers"].as_array().expect("a list").iter().filter_map(|row| row["number"].as_str()).collect();
        assert_eq!(numbers, ["V-1", "V-2"]);
        assert_eq!(restore(&app.admin, &other).await.user_errors("prospectRestore"), ["TAKEN id"]);
        // Taken again.
        let input = json!({ "kind": "PERSON", "name": "Late", "identifiers": number(&app, "V-2")["identifiers"] });
        let late = app.luis.run(operations::PROSPECT_CREATE, json!({ "input": input })).await;
        assert_eq!(late.user_errors("prospectCreate"), ["TAKEN input.identifiers.0.number"]);
        app.assert_sound().await;
    }

    async fn deleting_again_and_again_loses_nothing(app: TestApp) {
        let made = app.prospect().complete("zafiro").owner(&app.ana).create().await;
        let seen = without(whole(&app.ana, &made).await, &["version"]);
        for _ in 0..3 {
            delete(&app.ana, &made).await.payload("prospectDelete");
            restore(&app.admin, &made).await.payload("prospectRestore");
        }
        assert_eq!(without(whole(&app.ana, &made).await, &["version"]), seen);
        app.assert_sound().await;
    }

    async fn administrators_find_what_was_deleted(app: TestApp) {
        let mut expected = Vec::new();
        for place in 0..7 {
            let made = app.prospect().owner(&app.ana).name(&format!("Prospect {place}")).create().await;
            // Some at the same time.
            app.advance(if place % 3 == 0 { 1_000 } else { 0 });
            delete(if place == 6 { &app.admin } else { &app.ana }, &made).await.payload("prospectDelete");
            expected.push(made);
        }
        app.prospect().create().await;
        let all = deleted(&app, json!({})).await;
        assert_eq!(all["totalCount"], 7);
        assert_eq!(all["nodes"][0], json!({ "reference": expected[6].id, "version": 2, "kind": "PERSON", "name": "Prospect 6", "legalName": null, "condition": "PROSPECT",
            "owner": { "name": "Ana Vendedora" }, "createdAt": app.time(-1_000), "deletedAt": app.time(0), "deletedBy": { "name": "Olga Administradora" } }));
        assert_eq!(all["nodes"][1]["deletedBy"]["name"], "Ana Vendedora");
        let (mut after, mut paged) = (Value::Null, Vec::new());
        loop {
            let page = deleted(&app, json!({ "first": 2, "after": after })).await;
            paged.extend(page["nodes"].as_array().expect("a list").clone());
            after = page["pageInfo"]["endCursor"].clone();
            if page["pageInfo"]["hasNextPage"] == json!(false) {
                break;
            }
        }
        assert_eq!(json!(paged), all["nodes"]);
        restore(&app.admin, &expected[3]).await.payload("prospectRestore");
        assert_eq!(deleted(&app, json!({})).await["totalCount"], 6);
        let bad = app.admin.run(DELETED, json!({ "after": "nonsense" })).await;
        assert_eq!(bad.codes(), ["BAD_USER_INPUT"]);
    }
}
