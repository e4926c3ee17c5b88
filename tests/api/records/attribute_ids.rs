//! Records of different kinds with one UUID, which clients may give: the attributes of each stay its own.

use cartera::ids::{self, Kind};
use serde_json::{Value, json};

use super::{UPDATE, timeline};
use crate::support::{Made, TestApp};

const READ: &str = "query ($id: ID!, $task: ID!) { task(id: $task) { attributes { definition { key } text } }
    prospect(id: $id) { attributes { definition { key } text } contacts { id attributes { definition { key } text } }
        client { attributes { definition { key } text } } } }";

const FIND: &str = "query ($own: [AttributeFilter!]) {
    prospects(filter: { attributes: $own }) { totalCount }
    ofContacts: prospects(filter: { contacts: { some: { attributes: $own } } }) { totalCount }
    ofTasks: prospects(filter: { tasks: { some: { attributes: $own } } }) { totalCount }
    clients(filter: { attributes: $own }) { totalCount } }";

fn values(word: &str) -> Value {
    json!([{ "key": "word", "value": { "text": word } }, { "key": "words", "value": { "texts": [word, format!("{word} more")] } }])
}

fn texts(word: &str) -> Value {
    json!([{ "definition": { "key": "word" }, "text": word }, { "definition": { "key": "words" }, "text": format!("{word}, {word} more") }])
}

/// Asserts the attributes of the prospect, its contact, its task and the client, and what is found by each of their words.
async fn assert_all(app: &TestApp, made: &Made, task: &Made, words: [&str; 4]) {
    let data = app.ana.query(READ, json!({ "id": made.id, "task": task.id })).await;
    let found = [
        &data["prospect"]["attributes"],
        &data["prospect"]["contacts"][0]["attributes"],
        &data["task"]["attributes"],
        &data["prospect"]["client"]["attributes"],
    ];
    assert_eq!(found, words.map(texts).each_ref());
    for (place, word) in words.iter().enumerate() {
        let own = json!([{ "key": "word", "text": { "eq": word } }, { "key": "words", "text": { "all": [format!("{word} more")] } }]);
        let data = app.ana.query(FIND, json!({ "own": own })).await;
        let counts = ["prospects", "ofContacts", "ofTasks", "clients"].map(|list| data[list]["totalCount"].clone());
        let mut expected = [json!(0), json!(0), json!(0), json!(0)];
        expected[place] = json!(1);
        assert_eq!(counts, expected, "{word}");
    }
}

both! {
    async fn records_with_one_uuid_have_their_own_attributes(app: TestApp) {
        for entity in ["PROSPECT", "CONTACT", "TASK", "CLIENT"] {
            for (key, is_multiple) in [("word", false), ("words", true)] {
                let label = format!("{key} of {entity}");
                app.attribute(json!({ "entity": entity, "key": key, "label": label, "type": "TEXT", "isMultiple": is_multiple })).await;
            }
        }
        let uuid = ids::new();
        let of = |kind: Kind| kind.encode(uuid);
        let contact = json!({ "id": of(Kind::Contact), "firstName": "Eva", "attributes": values("contact") });
        let made = app.prospect().owner(&app.ana).with(json!({ "id": of(Kind::Prospect), "attributes": values("prospect"), "contacts": [contact] }));
        let made = made.create().await;
        assert_eq!(made.uuid, uuid);
        let task = app.task(&app.ana, &made, json!({ "id": of(Kind::Task), "attributes": values("task") })).await;
        let follow = "mutation ($id: ID!, $input: TaskUpdateInput!) { taskUpdate(id: $id, input: $input) { userErrors { code message path } } }";
        app.ana.run(follow, json!({ "id": task.id, "input": { "attributes": values("errand") } })).await.payload("taskUpdate");
        // A win ends what is planned.
        app.convert(&app.ana, &made).await;
        let client = "mutation ($id: ID!, $input: ClientUpdateInput!) { clientUpdate(id: $id, input: $input) { userErrors { code message path } } }";
        let change = async |word: &str| {
            let answer = app.ana.run(client, json!({ "id": made.client_id(), "input": { "attributes": values(word) } })).await;
            answer.payload("clientUpdate");
        };
        change("client").await;
        assert_all(&app, &made, &task, ["prospect", "contact", "errand", "client"]).await;

        // A change of one leaves the others as they are, in the order of all.
        let update = async |input: Value| {
            app.advance(1_000);
            app.ana.run(UPDATE, json!({ "id": made.id, "input": input })).await.payload("prospectUpdate");
            timeline(&app.ana, &made).await[0]["changes"].as_array().expect("changes").len()
        };
        assert_eq!(update(json!({ "contacts": [{ "id": of(Kind::Contact), "attributes": values("person") }] })).await, 2);
        assert_all(&app, &made, &task, ["prospect", "person", "errand", "client"]).await;
        assert_eq!(update(json!({ "attributes": values("company") })).await, 2);
        assert_all(&app, &made, &task, ["company", "person", "errand", "client"]).await;
        let both = json!({ "attributes": values("first"), "contacts": [{ "id": of(Kind::Contact), "attributes": values("second") }] });
        assert_eq!(update(both).await, 4);
        change("third").await;
        assert_all(&app, &made, &task, ["first", "second", "errand", "third"]).await;
        app.assert_sound().await;

        // Those of one are cleared, and its rows with them.
        let none = json!([{ "key": "word", "value": null }, { "key": "words", "value": null }]);
        update(json!({ "contacts": [{ "id": of(Kind::Contact), "attributes": none }] })).await;
        let data = app.ana.query(READ, json!({ "id": made.id, "task": task.id })).await;
        assert_eq!((&data["prospect"]["attributes"], &data["prospect"]["contacts"][0]["attributes"]), (&texts("first"), &json!([])));
        assert_eq!(app.sql("SELECT CAST(count(*) AS text) FROM attribute_values").await, ["6"]);
        app.assert_sound().await;
    }
}
