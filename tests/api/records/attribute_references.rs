//! References to prospects that the caller cannot see: they stay when others are written, and nothing shows that they are there.

use serde_json::{Value, json};

use super::{UPDATE, timeline};
use crate::support::{Answer, Made, Person, TestApp};

const READ: &str = "query ($id: ID!) { prospect(id: $id) { attributes { text ... on ProspectAttributeValue { prospects { id } } }
    attribute(key: \"partners\") { text } custom { partners { id } } } }";
const ROWS: &str = "SELECT text_value FROM attribute_values ORDER BY position";

async fn save(person: &Person, made: &Made, value: Value) -> Answer {
    let input = json!({ "attributes": [{ "key": "partners", "value": value }] });
    person.run(UPDATE, json!({ "id": made.id, "input": input })).await
}

/// The references that the caller sees, the same in all places.
async fn seen(person: &Person, made: &Made) -> Vec<String> {
    let prospect = person.query(READ, json!({ "id": made.id })).await["prospect"].clone();
    let ids = |list: &Value| -> Vec<String> {
        let all = list.as_array().map(Vec::as_slice).unwrap_or_default().iter();
        all.map(|prospect| prospect["id"].as_str().expect("an id").to_owned()).collect()
    };
    let listed = ids(&prospect["custom"]["partners"]);
    let values = prospect["attributes"].as_array().expect("a list");
    assert_eq!(values.len(), usize::from(!listed.is_empty()));
    assert_eq!(values.first().map(|value| ids(&value["prospects"])).unwrap_or_default(), listed);
    assert_eq!(prospect["attribute"].is_null(), listed.is_empty());
    listed
}

/// The changes of the latest entry, before and after.
async fn latest(person: &Person, made: &Made) -> Value {
    let changes = timeline(person, made).await[0]["changes"].clone();
    let pair = |change: &Value| json!([change["before"], change["after"]]);
    changes.as_array().expect("an entry of fields").iter().map(pair).collect()
}

both! {
    async fn references_to_other_prospects_stay(app: TestApp) {
        app.attribute(json!({ "key": "partners", "type": "PROSPECT", "isMultiple": true })).await;
        let made = app.prospect().owner(&app.ana).create().await;
        let mut own = Vec::new();
        for _ in 0..3 {
            own.push(app.prospect().owner(&app.ana).create().await);
        }
        let [a, b, c] = [&own[0], &own[1], &own[2]];
        let hidden = app.prospect().owner(&app.luis).create().await;
        let stored = async || app.sql(ROWS).await;
        let uuids = |all: &[&Made]| -> Vec<String> { all.iter().map(|made| made.uuid.to_string()).collect() };
        save(&app.admin, &made, json!({ "prospects": [a.id, hidden.id, b.id] })).await.payload("prospectUpdate");
        assert_eq!(seen(&app.ana, &made).await, [a.id.clone(), b.id.clone()]);
        assert_eq!(latest(&app.ana, &made).await, json!([[null, format!("{}, {}", a.id, b.id)]]));
        assert_eq!(latest(&app.admin, &made).await, json!([[null, format!("{}, {}, {}", a.id, hidden.id, b.id)]]));

        save(&app.ana, &made, json!({ "prospects": [b.id, c.id, a.id] })).await.payload("prospectUpdate");
        assert_eq!(stored().await, uuids(&[b, &hidden, c, a]));
        assert_eq!(seen(&app.ana, &made).await, [b.id.clone(), c.id.clone(), a.id.clone()]);
        assert_eq!(latest(&app.ana, &made).await, json!([[format!("{}, {}", a.id, b.id), format!("{}, {}, {}", b.id, c.id, a.id)]]));
        // What the caller reads and sends back is no change.
        let version = app.sql("SELECT CAST(sum(version) AS text) FROM prospects").await;
        save(&app.ana, &made, json!({ "prospects": [b.id, c.id, a.id] })).await.payload("prospectUpdate");
        assert_eq!(app.sql("SELECT CAST(sum(version) AS text) FROM prospects").await, version);

        save(&app.ana, &made, Value::Null).await.payload("prospectUpdate");
        assert_eq!((stored().await, seen(&app.ana, &made).await), (uuids(&[&hidden]), Vec::new()));
        assert_eq!(seen(&app.admin, &made).await, std::slice::from_ref(&hidden.id));
        // A change of what the reader does not see is none to them.
        save(&app.admin, &made, Value::Null).await.payload("prospectUpdate");
        assert_eq!((stored().await, latest(&app.admin, &made).await), (Vec::new(), json!([[hidden.id, null]])));
        assert_eq!(latest(&app.ana, &made).await, json!([]));
        app.assert_sound().await;
    }

    /// No filter and no order tells that a reference is there which the caller does not see.
    async fn filters_and_orders_know_no_hidden_reference(app: TestApp) {
        app.attribute(json!({ "key": "partners", "type": "PROSPECT", "isMultiple": true })).await;
        app.attribute(json!({ "key": "parent", "type": "PROSPECT" })).await;
        let [own, hidden] = [app.prospect().owner(&app.ana).create().await, app.prospect().owner(&app.luis).create().await];
        let made = app.prospect().owner(&app.ana).name("Refers").create().await;
        let values = |id: &str| json!({ "attributes": [
            { "key": "partners", "value": { "prospects": [id] } }, { "key": "parent", "value": { "prospect": id } }] });
        let count = async |person: &Person, test: &Value| {
            let filter = json!({ "name": { "eq": "Refers" }, "attributes": [test] });
            let document = "query ($filter: ProspectFilter!) { prospects(filter: $filter) { totalCount } }";
            person.query(document, json!({ "filter": filter })).await["prospects"]["totalCount"].as_u64().expect("a count")
        };
        let first = async |person: &Person| {
            let document = "{ prospects(first: 1, orderBy: [{ field: ATTRIBUTE, attributeKey: \"parent\", direction: DESC }, { field: NAME, direction: ASC }]) \
                { nodes { name } } }";
            person.query(document, json!({})).await["prospects"]["nodes"][0]["name"].clone()
        };
        let ana_sees = [(&own, 1), (&hidden, 0)];
        for (referred, seen) in ana_sees {
            app.admin.run(UPDATE, json!({ "id": made.id, "input": values(&referred.id) })).await.payload("prospectUpdate");
            for (person, seen) in [(&app.ana, seen), (&app.admin, 1)] {
                for (test, expected) in [
                    (json!({ "key": "parent", "prospect": { "eq": referred.id } }), seen),
                    (json!({ "key": "parent", "prospect": { "in": [referred.id] } }), seen),
                    (json!({ "key": "parent", "prospect": { "isNull": false } }), seen),
                    (json!({ "key": "parent", "prospect": { "isNull": true } }), 1 - seen),
                    (json!({ "key": "partners", "prospect": { "any": [referred.id] } }), seen),
                    (json!({ "key": "partners", "prospect": { "all": [referred.id] } }), seen),
                    (json!({ "key": "partners", "prospect": { "none": [referred.id] } }), 1 - seen),
                    (json!({ "key": "partners", "prospect": { "isNull": true } }), 1 - seen),
                ] {
                    assert_eq!(count(person, &test).await, expected, "{test}");
                }
            }
            let expected = if seen == 1 { "Refers" } else { "Prospect" };
            assert_eq!(first(&app.ana).await, json!(expected));
            assert_eq!(first(&app.admin).await, json!("Refers"));
        }
    }

    /// One that the record refers to already is refused like any other, in the same words.
    async fn a_guessed_reference_is_answered_like_any_other(app: TestApp) {
        app.attribute(json!({ "key": "partners", "type": "PROSPECT", "isMultiple": true })).await;
        let single = app.attribute(json!({ "key": "parent", "type": "PROSPECT" })).await;
        let made = app.prospect().owner(&app.ana).create().await;
        let [hidden, other] = [app.prospect().owner(&app.luis).create().await, app.prospect().owner(&app.luis).create().await];
        let input = |id: &str| json!({ "name": " ", "attributes": [
            { "key": "partners", "value": { "prospects": [made.id, id] } }, { "key": "parent", "value": { "prospect": id } },
        ] });
        let mut both = input(&hidden.id);
        both["name"] = json!("Uno");
        app.admin.run(UPDATE, json!({ "id": made.id, "input": both })).await.payload("prospectUpdate");
        let before = app.snapshot().await.without(&["sessions"]);
        let answer = async |id: &str| app.ana.run(UPDATE, json!({ "id": made.id, "input": input(id) })).await;
        let (guessed, unknown) = (answer(&hidden.id).await, answer(&other.id).await);
        assert_eq!(guessed.user_errors("prospectUpdate"), ["REQUIRED input.name", "NOT_FOUND input.attributes.0.value", "NOT_FOUND input.attributes.1.value"]);
        assert_eq!(guessed.data(), unknown.data());
        before.assert_equal(&app.snapshot().await.without(&["sessions"]), "refused references");

        // A single value is replaced, and only cleared by those who see it.
        let parent = async |person: &Person, value: Value| {
            let input = json!({ "attributes": [{ "key": "parent", "value": value }] });
            person.run(UPDATE, json!({ "id": made.id, "input": input })).await.payload("prospectUpdate");
            app.sql("SELECT CAST(attributes AS text) FROM prospects WHERE attributes IS NOT NULL").await[0].contains(&hidden.uuid.to_string())
        };
        let retire = "mutation ($id: ID!) { attributeDefinitionRetire(id: $id) { userErrors { code } } }";
        save(&app.admin, &made, json!({ "prospects": [made.id] })).await.payload("prospectUpdate");
        assert!(parent(&app.ana, Value::Null).await);
        assert!(!parent(&app.ana, json!({ "prospect": made.id })).await);
        assert_eq!(latest(&app.ana, &made).await, json!([[null, made.id]]));
        assert_eq!(latest(&app.admin, &made).await, json!([[hidden.id, made.id]]));
        app.admin.run(retire, json!({ "id": single })).await.payload("attributeDefinitionRetire");
        app.assert_sound().await;
    }

    async fn references_of_other_records_stay_too(app: TestApp) {
        for entity in ["CLIENT", "CONTACT", "TASK"] {
            app.attribute(json!({ "entity": entity, "key": "partners", "type": "PROSPECT", "isMultiple": true })).await;
        }
        let made = app.prospect().owner(&app.ana).with(json!({ "contacts": [{ "firstName": "Eva" }] })).create().await;
        app.convert(&app.ana, &made).await;
        let task = app.task(&app.ana, &made, json!({})).await;
        let hidden = app.prospect().owner(&app.luis).create().await;
        let contact = app.ana.query("query ($id: ID!) { prospect(id: $id) { contacts { id } } }", json!({ "id": made.id })).await;
        let contact = contact["prospect"]["contacts"][0]["id"].clone();
        let write = async |person: &Person, ids: &[&str]| {
            let attributes = json!([{ "key": "partners", "value": { "prospects": ids } }]);
            let of_contact = json!({ "contacts": [{ "id": contact, "attributes": attributes }] });
            for (name, kind, id, input) in [
                ("prospectUpdate", "ProspectUpdateInput", &made.id, of_contact),
                ("clientUpdate", "ClientUpdateInput", &made.client_id(), json!({ "attributes": attributes })),
                ("taskUpdate", "TaskUpdateInput", &task.id, json!({ "attributes": attributes })),
            ] {
                let document = format!("mutation ($id: ID!, $input: {kind}!) {{ {name}(id: $id, input: $input) {{ userErrors {{ code message path }} }} }}");
                person.run(&document, json!({ "id": id, "input": input })).await.payload(name);
            }
        };
        write(&app.admin, &[&hidden.id]).await;
        write(&app.ana, &[&made.id]).await;
        let expected: Vec<String> = [&hidden, &hidden, &hidden, &made, &made, &made].iter().map(|made| made.uuid.to_string()).collect();
        assert_eq!(app.sql(ROWS).await, expected);
        for entry in timeline(&app.ana, &made).await {
            assert!(!entry.to_string().contains(&hidden.id), "{entry}");
        }
        app.assert_sound().await;
    }
}
