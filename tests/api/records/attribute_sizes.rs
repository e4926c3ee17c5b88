//! Inputs as large as they may be, and contacts that are given again.

use cartera::rules::attributes::{MOST_INDEXES, MOST_VALUES};
use serde_json::{Value, json};

use super::UPDATE;
use crate::support::TestApp;

const READ: &str = "query ($id: ID!) { prospect(id: $id) { contacts { id firstName attributes { text } } } }";
const MOST_CONTACTS: usize = 50;
/// Multiple attributes of a contact.
const LISTS: usize = 4;

/// The values of a contact: each number is in none of the others.
fn values(contact: usize, first: usize) -> Value {
    let unique = (0..MOST_INDEXES)
        .map(|place| json!({ "key": format!("code{place}"), "value": { "text": format!("{place} {}", contact + first) } }));
    let lists = (0..LISTS).map(|place| {
        let numbers: Vec<String> = (0..MOST_VALUES).map(|number| (first + number).to_string()).collect();
        json!({ "key": format!("list{place}"), "value": { "numbers": numbers } })
    });
    Value::from_iter(unique.chain(lists))
}

both! {
    /// More unique values than SQLite takes parts of a statement, and more rows than it takes parameters.
    async fn all_contacts_have_all_that_they_may_have(app: TestApp) {
        for place in 0..MOST_INDEXES {
            app.attribute(json!({ "entity": "CONTACT", "key": format!("code{place}"), "type": "TEXT", "isUnique": true })).await;
        }
        for place in 0..LISTS {
            app.attribute(json!({ "entity": "CONTACT", "key": format!("list{place}"), "type": "INTEGER", "isMultiple": true })).await;
        }
        let contacts: Vec<Value> = (0..MOST_CONTACTS).map(|contact| json!({ "firstName": format!("Eva {contact}"), "attributes": values(contact, 0) })).collect();
        let made = app.prospect().with(json!({ "contacts": contacts })).create().await;
        let rows = "SELECT CAST(count(*) AS text) FROM attribute_values";
        assert_eq!(app.sql(rows).await, [(MOST_CONTACTS * LISTS * MOST_VALUES).to_string()]);

        // All of them change, and hand their unique values on.
        let read = app.admin.query(READ, json!({ "id": made.id })).await["prospect"]["contacts"].clone();
        let again = read.as_array().expect("a list").iter().enumerate();
        let contacts: Vec<Value> = again.map(|(contact, row)| json!({ "id": row["id"], "attributes": values(contact, 1) })).collect();
        app.admin.run(UPDATE, json!({ "id": made.id, "input": { "contacts": contacts } })).await.payload("prospectUpdate");
        assert_eq!(app.sql(rows).await, [(MOST_CONTACTS * LISTS * MOST_VALUES).to_string()]);
        assert_eq!(app.sql("SELECT CAST(min(number_value) AS text) FROM attribute_values").await, ["1"]);
        let read = app.admin.query(READ, json!({ "id": made.id })).await["prospect"]["contacts"].clone();
        assert_eq!(read[49]["attributes"][0]["text"], "0 50");
        assert_eq!(read[49]["attributes"].as_array().map(Vec::len), Some(MOST_INDEXES + LISTS));
        app.assert_sound().await;
    }

    /// Texts are indexed in their normal form, which an index of PostgreSQL has to take.
    async fn an_indexed_text_is_not_longer_than_an_index_takes(app: TestApp) {
        app.attribute(json!({ "key": "names", "type": "TEXT", "isMultiple": true })).await;
        app.attribute(json!({ "key": "pages", "type": "URL", "isMultiple": true })).await;
        let create = async |key: &str, text: String| {
            let input = json!({ "kind": "PERSON", "name": "Ana", "attributes": [{ "key": key, "value": { "texts": [text] } }] });
            let document = "mutation ($input: ProspectCreateInput!) { prospectCreate(input: $input) { userErrors { code message path } } }";
            app.ana.run(document, json!({ "input": input })).await.user_errors("prospectCreate")
        };
        // One character of it is eighteen.
        assert_eq!(create("names", "\u{fdfa}".repeat(200)).await, ["TOO_LONG input.attributes.0.value"]);
        // Different characters, so that they cannot be compressed.
        let wide: String = (0..200_u32).filter_map(|place| char::from_u32(0x20000 + place * 97 % 40_000)).collect();
        assert_eq!(create("names", wide.clone()).await, [""; 0]);
        assert_eq!(create("pages", format!("https://www.example.com/{wide}{wide}")).await, [""; 0]);
        assert_eq!(create("pages", format!("https://www.example.com/{}", wide.repeat(4))).await, ["TOO_LONG input.attributes.0.value"]);
    }

    /// What an existing contact has already is not asked for again, neither by the generic nor by the typed input.
    async fn contacts_that_are_given_again_keep_what_they_have(app: TestApp) {
        app.attribute(json!({ "entity": "CONTACT", "key": "age", "type": "INTEGER", "isRequired": true })).await;
        let made = app.prospect().with(json!({ "contacts": [{ "firstName": "Eva", "custom": { "age": 30 } }] })).create().await;
        let id = app.admin.query(READ, json!({ "id": made.id })).await["prospect"]["contacts"][0]["id"].clone();
        let save = async |contact: Value| {
            let variables = json!({ "id": made.id, "input": { "contacts": [contact] } });
            app.admin.run(UPDATE, variables).await.user_errors("prospectUpdate")
        };
        for contact in [json!({ "id": id, "firstName": "Luz" }), json!({ "id": id, "custom": {} }), json!({ "id": id, "attributes": [] })] {
            assert_eq!(save(contact).await, [""; 0]);
        }
        assert_eq!(save(json!({ "id": id, "custom": { "age": null } })).await, ["REQUIRED input.contacts.0.attributes.age"]);
        assert_eq!(save(json!({ "firstName": "Sol" })).await, ["REQUIRED input.contacts.0.attributes.age"]);
        let read = app.admin.query(READ, json!({ "id": made.id })).await["prospect"]["contacts"].clone();
        assert_eq!(read, json!([{ "id": id, "firstName": "Luz", "attributes": [{ "text": "30" }] }]));
    }
}
