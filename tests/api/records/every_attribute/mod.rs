//! Attributes of every type used in every place, from their definition to their retirement, by a server that is never restarted.

mod cases;
mod places;

use cartera::jobs::{self, Work};
use serde_json::{Value, json};

use crate::support::{Person, TestApp};
use cases::{Case, Row, cases};
use places::{Entity, Record};

const UPDATE: &str = "mutation ($id: ID!, $input: AttributeDefinitionUpdateInput!) { attributeDefinitionUpdate(id: $id, input: $input) {
    userErrors { code message path } } }";
const TYPE: &str = "query ($name: String!) { __type(name: $name) { fields(includeDeprecated: true) { name isDeprecated }
    inputFields(includeDeprecated: true) { name type { kind } } } }";
const HISTORY: &str = "query ($id: ID!) { prospect(id: $id) { timeline(first: 2) { nodes {
    ... on FieldChangeEntry { changes { field before after } } ... on TaskEntry { changes { field before after } } } } } }";

/// The attributes of a kind of record, and the records with their values.
struct World {
    app: TestApp,
    entity: Entity,
    cases: Vec<Case>,
    /// IDs of the definitions.
    ids: Vec<String>,
    records: Vec<(Row, Record)>,
}

both! {
    async fn attributes_of_prospects_work_everywhere(app: TestApp) {
        let world = World::create(&app, Entity::Prospect).await;
        world.use_everywhere().await;
        world.assert_searched().await;
        world.assert_duplicates().await;
        world.end().await;
    }

    async fn attributes_of_clients_work_everywhere(app: TestApp) {
        let world = World::create(&app, Entity::Client).await;
        world.use_everywhere().await;
        world.end().await;
    }

    async fn attributes_of_contacts_work_everywhere(app: TestApp) {
        let world = World::create(&app, Entity::Contact).await;
        world.use_everywhere().await;
        world.end().await;
    }

    async fn attributes_of_tasks_work_everywhere(app: TestApp) {
        let world = World::create(&app, Entity::Task).await;
        world.use_everywhere().await;
        world.end().await;
    }
}

impl World {
    /// Defines the attributes, and gives `A` its values by keys, `B` by typed fields.
    async fn create(app: &TestApp, entity: Entity) -> World {
        let app = app.with_settings(crate::visibility::lift_limits).await;
        let make = || app.prospect().owner(&app.ana).name("Referenced").create();
        let cases = cases(&app, &[make().await, make().await]);
        let mut ids = Vec::new();
        for case in &cases {
            ids.push(app.attribute(case.definition(entity.name())).await);
        }
        let mut world = World {
            app,
            entity,
            cases,
            ids,
            records: Vec::new(),
        };
        for (row, name, values) in [
            (Row::A, "A", world.generic(Row::A)),
            (Row::B, "B", world.typed(Row::B)),
            (Row::C, "C", json!({})),
        ] {
            world.app.advance(1_000);
            let (answer, record) = entity.give_first(&world.app, &world.app.ana, name, values).await;
            answer.payload(entity.first_mutation());
            world.records.push((row, record.expect("it is created")));
        }
        world
    }

    fn generic(&self, row: Row) -> Value {
        json!({ "attributes": self.cases.iter().map(|case| case.generic(row)).collect::<Vec<_>>() })
    }

    fn typed(&self, row: Row) -> Value {
        let fields = self.cases.iter().map(|case| (case.field(), case.typed(row)));
        json!({ "custom": fields.collect::<serde_json::Map<_, _>>() })
    }

    fn record(&self, row: Row) -> &Record {
        let found = self.records.iter().find(|(other, _)| *other == row);
        &found.expect("there are three").1
    }

    async fn use_everywhere(&self) {
        let ana = &self.app.ana;
        self.assert_read(ana).await;
        // Once without indexes, and once with them.
        for has_indexes in [false, true] {
            for case in self.cases.iter().filter(|case| !has_indexes || case.may_have_index()) {
                self.entity.assert_found(ana, case).await;
                if case.may_be_ordered_by() {
                    self.entity.assert_ordered(ana, case).await;
                }
            }
            if !has_indexes {
                let work = Work {
                    schedules: Vec::new(),
                    ..Work::standard(1)
                };
                jobs::run_due(&self.app.core, &work).await.expect("jobs run");
                self.assert_indexed().await;
            }
        }
        self.assert_history().await;
        self.assert_taken().await;
    }

    /// The end of the attributes: requirements, defaults, retirement and visibility.
    async fn end(&self) {
        self.assert_required().await;
        self.assert_defaults().await;
        self.assert_retired().await;
        self.assert_hidden().await;
        self.app.assert_sound().await;
    }

    /// What is set is read by its key, in the list, and typed.
    async fn assert_read(&self, person: &Person) {
        let keys = self
            .cases
            .iter()
            .map(|case| format!("{0}: attribute(key: \"{0}\") {{ text }}", case.key));
        let typed = self.cases.iter().map(Case::selection);
        let selection = format!(
            "attributes {{ definition {{ key }} text }} {} custom {{ {} }}",
            keys.collect::<Vec<_>>().join(" "),
            typed.collect::<Vec<_>>().join(" ")
        );
        for (row, record) in &self.records {
            let answer = self.entity.select(person, record, &selection).await;
            let found = self.entity.selected(answer.data());
            let is_set = |case: &&Case| !case.values(*row).is_empty();
            let all = self.cases.iter().filter(is_set);
            let all = all.map(|case| json!({ "definition": { "key": case.key }, "text": case.text(*row) }));
            assert_eq!(found["attributes"], json!(all.collect::<Vec<_>>()), "{}", self.entity.name());
            for case in &self.cases {
                let text = (*row != Row::C).then(|| json!({ "text": case.text(*row) }));
                assert_eq!(found[&case.key], json!(text), "{}", case.key);
                assert_eq!(found["custom"][case.field()], case.shown(*row), "{} typed", case.key);
            }
        }
    }

    async fn assert_indexed(&self) {
        let document = "query ($entity: AttributeTarget!) { attributeDefinitions(entity: $entity) { key index { state } } }";
        let data = self.app.admin.query(document, json!({ "entity": self.entity.name() })).await;
        for (case, definition) in self.cases.iter().zip(data["attributeDefinitions"].as_array().expect("a list")) {
            let state = if case.may_have_index() { "READY" } else { "NONE" };
            assert_eq!(
                (&definition["key"], &definition["index"]["state"]),
                (&json!(case.key), &json!(state))
            );
        }
    }

    /// All values are cleared and given again, by keys and typed, and the timeline says so.
    async fn assert_history(&self) {
        let (entity, ana) = (self.entity, &self.app.ana);
        let prefix = match entity {
            Entity::Client => "client.",
            Entity::Contact => "contacts.",
            _ => "",
        };
        for (row, name, cleared, given) in [
            (Row::A, "A", self.generic(Row::C), self.generic(Row::A)),
            (Row::B, "B", self.typed(Row::C), self.typed(Row::B)),
        ] {
            let record = self.record(row);
            for input in [cleared, given] {
                self.app.advance(1_000);
                let answer = entity.update(ana, record, input).await;
                answer.payload(entity.update_mutation());
            }
            let data = ana.query(HISTORY, json!({ "id": record.prospect.id })).await;
            let entries = &data["prospect"]["timeline"]["nodes"];
            let text = |case: &Case| match entity {
                Entity::Contact => format!("{name}: {}", case.history(row)),
                _ => case.history(row),
            };
            let changes = |is_given: bool| {
                let of = move |case: &Case| {
                    let (set, unset) = (json!(text(case)), Value::Null);
                    let (before, after) = if is_given { (unset, set) } else { (set, unset) };
                    json!({ "field": format!("{prefix}{}", case.key), "before": before, "after": after })
                };
                self.cases.iter().map(of).collect::<Vec<Value>>()
            };
            assert_eq!(
                sorted(&entries[0]["changes"]),
                sorted(&json!(changes(true))),
                "{name} is given its values"
            );
            assert_eq!(
                sorted(&entries[1]["changes"]),
                sorted(&json!(changes(false))),
                "{name} loses its values"
            );
        }
        self.assert_read(ana).await;
    }

    /// Each unique value is taken for others.
    async fn assert_taken(&self) {
        let (answer, _) = self.entity.give_first(&self.app, &self.app.admin, "D", self.generic(Row::A)).await;
        let unique = self.cases.iter().enumerate().filter(|(_, case)| case.may_have_index());
        let mut expected: Vec<String> = unique
            .map(|(number, _)| format!("TAKEN {}.{number}.value", self.entity.path()))
            .collect();
        let mut errors = answer.user_errors(self.entity.first_mutation());
        expected.sort();
        errors.sort();
        assert_eq!(errors, expected);
    }

    async fn assert_searched(&self) {
        let document = "query ($search: String!) { prospects(search: $search) { nodes { name } } }";
        for case in self.cases.iter().filter(|case| case.is_text()) {
            for row in [Row::A, Row::B] {
                let word = case.values(row)[0].word;
                let data = self.app.ana.query(document, json!({ "search": word })).await;
                // Several attributes have the word, and the record with several values has both.
                let name = if row == Row::A { "A" } else { "B" };
                let found = data["prospects"]["nodes"].as_array().expect("a list");
                assert!(found.contains(&json!({ "name": name })), "{word} of {}: {found:?}", case.key);
                assert!(!found.contains(&json!({ "name": "C" })), "{word} of {}: {found:?}", case.key);
            }
        }
    }

    async fn assert_duplicates(&self) {
        let document = "query ($input: PossibleDuplicatesInput!) { possibleDuplicates(input: $input) { reason prospect { name } } }";
        for case in self.cases.iter().filter(|case| case.may_have_index()) {
            let input = json!({ "attributes": [case.generic(Row::A)] });
            let data = self.app.admin.query(document, json!({ "input": input })).await;
            assert_eq!(
                data["possibleDuplicates"],
                json!([{ "reason": "ATTRIBUTE", "prospect": { "name": "A" } }]),
                "{}",
                case.key
            );
        }
    }

    /// Changes definitions; the input of each depends on its case.
    async fn redefine(&self, input: impl Fn(&Case) -> Option<Value>) {
        for (case, id) in self.cases.iter().zip(&self.ids) {
            if let Some(input) = input(case) {
                let answer = self.app.admin.run(UPDATE, json!({ "id": id, "input": input })).await;
                answer.payload("attributeDefinitionUpdate");
            }
        }
    }

    async fn act(&self, action: &str) {
        let name = format!("attributeDefinition{action}");
        let document = format!("mutation ($id: ID!) {{ {name}(id: $id) {{ userErrors {{ code message path }} }} }}");
        for id in &self.ids {
            self.app.admin.run(&document, json!({ "id": id })).await.payload(&name);
        }
    }

    async fn type_named(&self, person: &Person, name: &str) -> Value {
        person.query(TYPE, json!({ "name": name })).await["__type"].clone()
    }

    async fn assert_required(&self) {
        self.redefine(|_| Some(json!({ "isRequired": true }))).await;
        let (answer, _) = self
            .entity
            .give_first(&self.app, &self.app.ana, "D", json!({ "attributes": [] }))
            .await;
        let mut errors = answer.user_errors(self.entity.first_mutation());
        let of = |case: &Case| format!("REQUIRED {}.{}", self.entity.path(), case.key);
        let mut expected: Vec<String> = self.cases.iter().map(of).collect();
        expected.sort();
        errors.sort();
        assert_eq!(errors, expected);
        if [Entity::Prospect, Entity::Task].contains(&self.entity) {
            let input = self
                .type_named(&self.app.ana, &format!("{}CreateInput", self.entity.custom()))
                .await;
            let fields = input["inputFields"].as_array().expect("fields");
            assert_eq!(fields.len(), self.cases.len());
            assert!(fields.iter().all(|field| field["type"]["kind"] == "NON_NULL"), "{fields:?}");
        }
        self.redefine(|_| Some(json!({ "isRequired": false }))).await;
    }

    async fn assert_defaults(&self) {
        self.redefine(|case| case.default().map(|default| json!({ "default": default })))
            .await;
        let (_, record) = self.entity.give_first(&self.app, &self.app.ana, "D", json!({})).await;
        let record = record.expect("it is created");
        let answer = self
            .entity
            .select(&self.app.ana, &record, "attributes { definition { key } text }")
            .await;
        let with_default = self.cases.iter().filter(|case| case.default().is_some());
        let expected = with_default.map(|case| json!({ "definition": { "key": case.key }, "text": case.text(Row::B) }));
        assert_eq!(
            self.entity.selected(answer.data())["attributes"],
            json!(expected.collect::<Vec<_>>())
        );
        self.redefine(|case| case.default().map(|_| json!({ "default": null }))).await;
    }

    /// A retired attribute is refused everywhere, but for its typed field; it has its values again once it is restored.
    async fn assert_retired(&self) {
        self.act("Retire").await;
        let ana = &self.app.ana;
        let (answer, _) = self.entity.give_first(&self.app, ana, "E", self.generic(Row::B)).await;
        let state = |number: usize| format!("STATE {}.{number}.key", self.entity.path());
        let mut expected: Vec<String> = (0..self.cases.len()).map(state).collect();
        let mut errors = answer.user_errors(self.entity.first_mutation());
        expected.sort();
        errors.sort();
        assert_eq!(errors, expected);
        let record = self.record(Row::A);
        for case in &self.cases {
            let messages = self.entity.refusals(ana, record, case).await;
            let (field, lists) = messages.split_last().expect("the field is refused");
            assert_eq!(field, "there is no such attribute", "{}", case.key);
            let retired = format!("the attribute `{}` is retired", case.key);
            assert!(lists.iter().all(|message| *message == retired), "{lists:?}");
        }
        let fields = self.type_named(ana, self.entity.custom()).await["fields"].clone();
        let fields = fields.as_array().expect("fields");
        assert_eq!(fields.len(), self.cases.len());
        assert!(fields.iter().all(|field| field["isDeprecated"] == true), "{fields:?}");
        let typed: Vec<String> = self.cases.iter().map(Case::selection).collect();
        let selection = format!("attributes {{ text }} custom {{ {} }}", typed.join(" "));
        let found = self.entity.selected(self.entity.select(ana, record, &selection).await.data());
        assert_eq!(found["attributes"], json!([]));
        for case in &self.cases {
            assert_eq!(found["custom"][case.field()], case.shown(Row::A), "{}", case.key);
        }
        self.act("Restore").await;
        self.assert_read(ana).await;
    }

    /// An attribute that becomes one for administrators exists for them alone.
    async fn assert_hidden(&self) {
        self.redefine(|_| Some(json!({ "isSearchable": false, "visibility": "ADMIN" })))
            .await;
        let (ana, record) = (&self.app.ana, self.record(Row::A));
        assert_eq!(self.type_named(ana, self.entity.custom()).await, Value::Null);
        let found = self
            .entity
            .selected(self.entity.select(ana, record, "attributes { text }").await.data());
        assert_eq!(found["attributes"], json!([]));
        for case in &self.cases {
            let messages = self.entity.refusals(ana, record, case).await;
            assert!(
                messages.iter().all(|message| message == "there is no such attribute"),
                "{messages:?}"
            );
        }
        let data = ana.query(HISTORY, json!({ "id": record.prospect.id })).await;
        for case in &self.cases {
            assert!(!data.to_string().contains(&case.key), "{} in {data}", case.key);
        }
        self.assert_read(&self.app.admin).await;
        let fields = self.type_named(&self.app.admin, self.entity.custom()).await["fields"].clone();
        assert_eq!(fields.as_array().map(Vec::len), Some(self.cases.len()));
    }
}

fn sorted(list: &Value) -> Vec<String> {
    let mut texts: Vec<String> = list
        .as_array()
        .map_or(&[][..], Vec::as_slice)
        .iter()
        .map(Value::to_string)
        .collect();
    texts.sort();
    texts
}
