//! Attributes for administrators only: whatever a salesperson asks about one is answered as about an attribute that does not exist.

use cartera::jobs::{self, Work};
use serde_json::{Value, json};

use super::without_limits;
use crate::support::{Made, Person, TestApp};

/// Key of the attribute; its label, its choices and all its values contain it.
const KEY: &str = "zafiro";
/// The beginning of a key that no attribute has, as long as that of the other.
const UNKNOWN: &str = "turqu";

const ENTITIES: [&str; 4] = ["PROSPECT", "CLIENT", "CONTACT", "TASK"];

/// The records of a salesperson that have values of the attribute.
struct World {
    app: TestApp,
    prospect: Made,
    contact: String,
    task: Made,
}

impl World {
    /// An attribute of all kinds of records, unique, indexed, and with values that the salesperson gives if she may know of it.
    async fn create(app: &TestApp, was_visible: bool) -> World {
        let app = without_limits(app).await;
        let mut ids = Vec::new();
        for entity in ENTITIES {
            let input = json!({ "entity": entity, "key": KEY, "label": format!("{KEY} label"), "group": format!("{KEY} group"),
                "description": format!("{KEY} description"), "type": "TEXT", "isUnique": true, "isIndexed": true,
                "isSearchable": was_visible && entity == "PROSPECT", "visibility": if was_visible { "EVERYONE" } else { "ADMIN" } });
            ids.push(app.attribute(input).await);
            app.attribute(json!({ "entity": entity, "key": "open", "label": "Open", "type": "TEXT" }))
                .await;
        }
        let by = if was_visible { &app.ana } else { &app.admin };
        let values = json!([{ "key": KEY, "value": { "text": format!("{KEY} value") } }, { "key": "open", "value": { "text": "known" } }]);
        let prospect = app
            .prospect()
            .owner(&app.ana)
            .name("Rosa")
            .with(json!({ "contacts": [{ "firstName": "Eva" }] }))
            .create()
            .await;
        let read = "query ($id: ID!) { prospect(id: $id) { contacts { id } } }";
        let contact = app.ana.query(read, json!({ "id": prospect.id })).await["prospect"]["contacts"][0]["id"].clone();
        app.convert(&app.ana, &prospect).await;
        let task = app.task(&app.ana, &prospect, json!({})).await;
        let world = World {
            app: app.clone(),
            contact: contact.as_str().expect("an id").to_owned(),
            task,
            prospect,
        };
        for entity in ENTITIES {
            app.advance(1_000);
            world.update(by, entity, values.clone()).await;
        }
        if was_visible {
            let hide = "mutation ($id: ID!) { attributeDefinitionUpdate(id: $id, input: { visibility: ADMIN, isSearchable: false }) {
                userErrors { code message path } } }";
            for id in &ids {
                app.admin.run(hide, json!({ "id": id })).await.payload("attributeDefinitionUpdate");
            }
        }
        let work = Work {
            schedules: Vec::new(),
            ..Work::standard(1)
        };
        jobs::run_due(&app.core, &work).await.expect("jobs run");
        world
    }

    async fn update(&self, person: &Person, entity: &str, values: Value) {
        let (one, id, input) = match entity {
            "PROSPECT" => ("prospect", self.prospect.id.clone(), json!({ "attributes": values })),
            "CLIENT" => ("client", self.prospect.client_id(), json!({ "attributes": values })),
            "TASK" => ("task", self.task.id.clone(), json!({ "attributes": values })),
            _ => (
                "prospect",
                self.prospect.id.clone(),
                json!({ "contacts": [{ "id": self.contact, "attributes": values }] }),
            ),
        };
        let kind = one[..1].to_uppercase() + &one[1..];
        let document = format!(
            "mutation ($id: ID!, $input: {kind}UpdateInput!) {{ {one}Update(id: $id, input: $input) {{ userErrors {{ code message path }} }} }}"
        );
        let answer = person.run(&document, json!({ "id": id, "input": input })).await;
        answer.payload(&format!("{one}Update"));
    }

    /// Everything that the salesperson may read of her records and of the schema. The administrator finds the attribute there.
    async fn assert_not_read(&self) {
        let documents = [
            (
                "{ __schema { types { name description fields(includeDeprecated: true) { name description args { name description } type { name } }
                    inputFields(includeDeprecated: true) { name description } enumValues(includeDeprecated: true) { name description }
                    possibleTypes { name } } } }",
                true,
            ),
            (
                "query ($id: ID!, $task: ID!) {
                    prospect(id: $id) { attributes { definition { key } text } contacts { attributes { text } custom { open } }
                        client { attributes { text } custom { open } } tasks { nodes { attributes { text } } } custom { open }
                        timeline(first: 100) { totalCount nodes { ... on FieldChangeEntry { changes { field before after } }
                            ... on TaskEntry { changes { field before after } } } } }
                    task(id: $task) { attributes { text } custom { open } }
                    timeline(first: 100) { nodes { ... on FieldChangeEntry { changes { field before after } }
                        ... on TaskEntry { changes { field before after } } } } }",
                true,
            ),
            (
                "{ prospect: attributeDefinitions(entity: PROSPECT) { key label group } client: attributeDefinitions(entity: CLIENT) { key }
                    contact: attributeDefinitions(entity: CONTACT) { key } task: attributeDefinitions(entity: TASK) { key } }",
                true,
            ),
            ("{ jobs { nodes { id kind rowErrors { nodes { message } } } } identifierLookup(prefix: \"zafiro value\") { __typename } }", false),
        ];
        let variables = json!({ "id": self.prospect.id, "task": self.task.id });
        for (document, is_told) in documents {
            let seen = self.app.ana.run(document, variables.clone()).await;
            seen.data();
            assert!(!seen.text.to_lowercase().contains(KEY), "{document}: {}", seen.text);
            let all = self.app.admin.run(document, variables.clone()).await;
            assert_eq!(all.text.to_lowercase().contains(KEY), is_told, "{document}: {}", all.text);
        }
    }

    /// Each request that names the attribute is answered as if it named one that does not exist.
    async fn assert_unknown(&self) {
        let id = &self.prospect.id;
        let mut requests = Vec::new();
        for (list, kind) in [("prospects", "Prospect"), ("clients", "Client"), ("tasks", "Task")] {
            let document = format!(
                "query ($f: {kind}Filter, $o: [{kind}Order!]) {{ {list}(filter: $f, orderBy: $o) {{ totalCount nodes {{ id }} }} }}"
            );
            for (family, test) in [
                ("text", json!({ "eq": "zafiro value" })),
                ("text", json!({ "isNull": true })),
                ("text", json!({})),
                ("number", json!({ "eq": 1 })),
                ("boolean", json!({ "eq": true })),
                ("choice", json!({ "any": ["a"] })),
                ("user", json!({ "isNull": false })),
            ] {
                let filter = json!({ "attributes": [{ "key": KEY, family: test }] });
                requests.push((document.clone(), json!({ "f": filter })));
                requests.push((document.clone(), json!({ "f": { "not": filter } })));
            }
            for direction in ["ASC", "DESC"] {
                let order = json!([{ "field": "ATTRIBUTE", "attributeKey": KEY, "direction": direction }]);
                requests.push((document.clone(), json!({ "o": order })));
            }
            for custom in [
                json!({ KEY: { "eq": "zafiro value" } }),
                json!({ KEY: null }),
                json!({ "zafir": { "eq": "x" } }),
            ] {
                requests.push((document.clone(), json!({ "f": { "custom": custom } })));
            }
            requests.push((
                format!("{{ {list}(filter: {{ custom: {{ zafiro: {{ eq: \"zafiro value\" }} }} }}) {{ totalCount }} }}"),
                json!({}),
            ));
        }
        let of_prospects = "query ($f: ProspectFilter) { prospects(filter: $f) { totalCount } }";
        for relation in [
            json!({ "contacts": { "some": {} } }),
            json!({ "contacts": { "none": {} } }),
            json!({ "tasks": { "every": {} } }),
        ] {
            for condition in [
                json!({ "attributes": [{ "key": KEY, "text": { "isNull": false } }] }),
                json!({ "custom": { KEY: { "isNull": false } } }),
            ] {
                let mut filter = relation.clone();
                let (_, quantifier) = filter.as_object_mut().and_then(|one| one.iter_mut().next()).expect("a relation");
                let (_, inner) = quantifier
                    .as_object_mut()
                    .and_then(|one| one.iter_mut().next())
                    .expect("a quantifier");
                *inner = condition;
                requests.push((of_prospects.to_owned(), json!({ "f": filter })));
            }
        }
        let read = |selection: &str| format!("query ($id: ID!) {{ prospect(id: $id) {{ {selection} }} }}");
        for selection in [
            "attribute(key: \"zafiro\") { text }",
            "attributes(keys: [\"open\", \"zafiro\"]) { text }",
            "contacts { attribute(key: \"zafiro\") { text } }",
            "client { attribute(key: \"zafiro\") { text } }",
            "tasks { nodes { attribute(key: \"zafiro\") { text } } }",
            "custom { zafiro }",
            "custom { zafir }",
            "contacts { custom { zafiros } }",
            "client { custom { zafiro } }",
            "tasks { nodes { custom { Zafiro } } }",
        ] {
            requests.push((read(selection), json!({ "id": id })));
        }
        let value = json!([{ "key": KEY, "value": { "text": "zafiro value" } }]);
        let create = "mutation ($input: ProspectCreateInput!) { prospectCreate(input: $input) { prospect { id } userErrors { code message path } } }";
        let update = "mutation ($id: ID!, $input: ProspectUpdateInput!) { prospectUpdate(id: $id, input: $input) { userErrors { code message path } } }";
        let client =
            "mutation ($id: ID!, $input: ClientUpdateInput!) { clientUpdate(id: $id, input: $input) { userErrors { code message path } } }";
        let task =
            "mutation ($id: ID!, $input: TaskUpdateInput!) { taskUpdate(id: $id, input: $input) { userErrors { code message path } } }";
        let convert = "mutation ($id: ID!, $input: ProspectConvertInput!) { prospectConvert(id: $id, input: $input) { userErrors { code message path } } }";
        let win = "mutation ($id: ID!, $input: ProspectStatusChangeInput!) { prospectStatusChange(id: $id, input: $input) {
            userErrors { code message path } } }";
        for input in [
            json!({ "clientAttributes": value }),
            json!({ "clientCustom": { KEY: "zafiro value" } }),
            json!({ "clientCustom": { "zafirro": "x" } }),
        ] {
            requests.push((convert.to_owned(), json!({ "id": id, "input": input })));
            let mut change = input.clone();
            (change["statusId"], change["reopenAs"]) = (json!(self.app.status("Won")), json!("RENEWAL"));
            requests.push((win.to_owned(), json!({ "id": id, "input": change })));
        }
        for input in [
            json!({ "attributes": value }),
            json!({ "custom": { KEY: "zafiro value" } }),
            json!({ "custom": { "zafirro": "x" } }),
        ] {
            let mut new = input.clone();
            (new["kind"], new["name"]) = (json!("PERSON"), json!("New"));
            requests.push((create.to_owned(), json!({ "input": new })));
            requests.push((update.to_owned(), json!({ "id": id, "input": input })));
            requests.push((
                update.to_owned(),
                json!({ "id": id, "input": { "contacts": [with_id(&input, &self.contact)] } }),
            ));
            requests.push((client.to_owned(), json!({ "id": self.prospect.client_id(), "input": input })));
            requests.push((task.to_owned(), json!({ "id": self.task.id, "input": input })));
        }
        let look = "query ($input: PossibleDuplicatesInput!) { possibleDuplicates(input: $input) { reason } }";
        requests.push((look.to_owned(), json!({ "input": { "attributes": value } })));
        for (document, variables) in requests {
            let answer = self.app.ana.run(&document, variables.clone()).await;
            let other: Value = serde_json::from_str(&renamed(&variables.to_string())).expect("JSON");
            let unknown = self.app.ana.run(&renamed(&document), other).await;
            assert_eq!(renamed(&answer.comparable()), unknown.comparable(), "{document} {variables}");
            assert!(!answer.text.contains("Did you mean \\\"zafi"), "{document}: {}", answer.text);
        }
    }

    async fn assert_not_found(&self) {
        let document =
            "query ($search: String!) { prospects(search: $search) { totalCount nodes { id } } clients(search: $search) { totalCount } }";
        for search in ["zafiro", "zafiro value", "zaf", "ZAFIRO"] {
            let data = self.app.ana.query(document, json!({ "search": search })).await;
            assert_eq!(
                data,
                json!({ "prospects": { "totalCount": 0, "nodes": [] }, "clients": { "totalCount": 0 } }),
                "{search}"
            );
        }
    }
}

/// The text about the attribute that does not exist.
fn renamed(text: &str) -> String {
    text.replace("zafir", UNKNOWN).replace("Zafir", "Turqu")
}

fn with_id(input: &Value, id: &str) -> Value {
    let mut contact = input.clone();
    contact["id"] = json!(id);
    contact
}

both! {
    async fn an_attribute_for_administrators_does_not_exist_for_others(app: TestApp) {
        let world = World::create(&app, false).await;
        world.assert_not_read().await;
        world.assert_unknown().await;
        world.assert_not_found().await;
    }

    async fn an_attribute_that_is_hidden_from_then_on_does_not_exist_for_others(app: TestApp) {
        let world = World::create(&app, true).await;
        world.assert_not_read().await;
        world.assert_unknown().await;
    }

    /// Words that the salesperson wrote herself no longer find the record.
    async fn an_attribute_that_is_hidden_from_then_on_is_not_searched(app: TestApp) {
        let world = World::create(&app, true).await;
        world.assert_not_found().await;
    }

    /// What is required and given by default asks nothing of those who do not know of it, and tells them nothing.
    async fn hidden_rules_show_in_no_write(app: TestApp) {
        for entity in ENTITIES {
            app.attribute(json!({ "entity": entity, "key": KEY, "label": KEY, "type": "TEXT", "visibility": "ADMIN", "isRequired": true })).await;
            app.attribute(json!({ "entity": entity, "key": "zafiro_two", "label": KEY, "type": "LONG_TEXT", "visibility": "ADMIN",
                "default": { "text": "zafiro default" } })).await;
        }
        let made = app.prospect().by(&app.ana).name("Rosa").with(json!({ "contacts": [{ "firstName": "Eva" }] })).create().await;
        app.task(&app.ana, &made, json!({})).await;
        app.convert(&app.ana, &made).await;
        let document = "query ($id: ID!) { prospect(id: $id) { attributes { text } contacts { attributes { text } } client { attributes { text } }
            tasks { nodes { attributes { text } } } timeline { nodes { ... on FieldChangeEntry { changes { field after } } } } } }";
        let seen = app.ana.run(document, json!({ "id": made.id })).await;
        seen.data();
        assert!(!seen.text.contains(KEY), "{}", seen.text);
        let all = app.admin.run(document, json!({ "id": made.id })).await;
        assert!(all.text.matches("zafiro default").count() >= 4, "{}", all.text);
    }

    /// A change that consists of hidden values alone is no entry for others, in no list and no number.
    async fn a_change_of_hidden_values_alone_is_no_entry(app: TestApp) {
        let world = World::create(&app, false).await;
        let app = world.app.clone();
        app.advance(60_000);
        let document = "query ($id: ID!, $from: DateTime!) {
            prospect(id: $id) { timeline(first: 100) { totalCount edges { cursor node { id } } } }
            timeline(first: 100) { totalCount edges { cursor node { id } } }
            active: prospects(filter: { timeline: { some: { occurredAt: { gte: $from } } } }) { totalCount } }";
        let variables = json!({ "id": world.prospect.id, "from": app.time(0) });
        let before = app.ana.query(document, variables.clone()).await;
        for entity in ENTITIES {
            app.advance(60_000);
            world.update(&app.admin, entity, json!([{ "key": KEY, "value": { "text": "zafiro other" } }])).await;
        }
        assert_eq!(app.ana.query(document, variables).await, before);
    }
}
