//! The places where the attributes of a kind of record are used: inputs, fields, lists and relations.

use serde_json::{Value, json};

use super::cases::Case;
use crate::support::{Answer, Made, Person, TestApp};

/// The kinds of records.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Entity {
    Prospect,
    Client,
    Contact,
    Task,
}

/// A record, and the prospect that it is or belongs to.
pub struct Record {
    pub prospect: Made,
    pub id: String,
}

/// A list by attributes: its field, the type of its filter, the name of a row, and the relation that leads to the record.
struct List {
    field: &'static str,
    kind: &'static str,
    name: &'static str,
    relation: Option<(&'static str, &'static str)>,
}

const PROSPECTS: List = List {
    field: "prospects",
    kind: "Prospect",
    name: "name",
    relation: None,
};
const CLIENTS: List = List {
    field: "clients",
    kind: "Client",
    name: "prospect { name }",
    relation: None,
};
const TASKS: List = List {
    field: "tasks",
    kind: "Task",
    name: "prospect { name }",
    relation: None,
};

const CREATE: &str = "mutation ($input: ProspectCreateInput!) { prospectCreate(input: $input) {
    prospect { id contacts { id } } userErrors { code message path } } }";
const CONVERT: &str = "mutation ($id: ID!, $input: ProspectConvertInput!) { prospectConvert(id: $id, input: $input) {
    client { id } userErrors { code message path } } }";
const CREATE_TASK: &str = "mutation ($id: ID!, $input: TaskCreateInput!) { taskCreate(prospectId: $id, input: $input) {
    task { id } userErrors { code message path } } }";

impl Entity {
    /// As the schema calls it.
    pub fn name(self) -> &'static str {
        match self {
            Entity::Prospect => "PROSPECT",
            Entity::Client => "CLIENT",
            Entity::Contact => "CONTACT",
            Entity::Task => "TASK",
        }
    }

    /// Type of its typed fields.
    pub fn custom(self) -> &'static str {
        match self {
            Entity::Prospect => "ProspectCustom",
            Entity::Client => "ClientCustom",
            Entity::Contact => "ContactCustom",
            Entity::Task => "TaskCustom",
        }
    }

    fn lists(self) -> Vec<List> {
        let through = |one: &'static str, many| List {
            relation: Some((one, many)),
            ..PROSPECTS
        };
        match self {
            Entity::Prospect => vec![
                PROSPECTS,
                List {
                    relation: Some(("and", "")),
                    ..PROSPECTS
                },
            ],
            Entity::Client => vec![CLIENTS],
            Entity::Contact => vec![through("contacts", "some")],
            Entity::Task => vec![TASKS, through("tasks", "some")],
        }
    }

    fn ordered(self) -> Option<List> {
        match self {
            Entity::Prospect => Some(PROSPECTS),
            Entity::Client => Some(CLIENTS),
            Entity::Task => Some(TASKS),
            Entity::Contact => None,
        }
    }

    /// The path of the attributes of a new record, in the mutation that gives it its first values.
    pub fn path(self) -> &'static str {
        match self {
            Entity::Contact => "input.contacts.0.attributes",
            Entity::Client => "input.clientAttributes",
            Entity::Prospect | Entity::Task => "input.attributes",
        }
    }

    /// The mutation in which a new record gets its first values.
    pub fn first_mutation(self) -> &'static str {
        match self {
            Entity::Prospect | Entity::Contact => "prospectCreate",
            Entity::Client => "prospectConvert",
            Entity::Task => "taskCreate",
        }
    }

    /// Gives a new record its first values; the answer, and the record if there is one.
    pub async fn give_first(self, app: &TestApp, person: &Person, name: &str, values: Value) -> (Answer, Option<Record>) {
        let mut input = json!({ "kind": "PERSON", "name": name });
        match self {
            Entity::Prospect => extend(&mut input, &values),
            Entity::Contact => {
                let mut contact = json!({ "firstName": name });
                extend(&mut contact, &values);
                input["contacts"] = json!([contact]);
            }
            Entity::Client | Entity::Task => {}
        }
        let created = person.run(CREATE, json!({ "input": input })).await;
        let Some(id) = created.data()["prospectCreate"]["prospect"]["id"].as_str() else {
            return (created, None);
        };
        let prospect = Made::new(id);
        match self {
            Entity::Prospect => {
                let id = prospect.id.clone();
                (created, Some(Record { prospect, id }))
            }
            Entity::Contact => {
                let contact = &created.data()["prospectCreate"]["prospect"]["contacts"][0]["id"];
                let id = contact.as_str().expect("an id").to_owned();
                (created, Some(Record { prospect, id }))
            }
            Entity::Client => {
                let mut input = json!({});
                for (field, of_client) in [("attributes", "clientAttributes"), ("custom", "clientCustom")] {
                    if let Some(given) = values.get(field) {
                        input[of_client] = given.clone();
                    }
                }
                let answer = person.run(CONVERT, json!({ "id": prospect.id, "input": input })).await;
                let id = answer.data()["prospectConvert"]["client"]["id"].as_str().map(str::to_owned);
                (answer, id.map(|id| Record { prospect, id }))
            }
            Entity::Task => {
                let mut input = json!({ "typeId": app.task_type("Call"), "dueAt": app.time(3_600_000) });
                extend(&mut input, &values);
                let answer = person.run(CREATE_TASK, json!({ "id": prospect.id, "input": input })).await;
                let id = answer.data()["taskCreate"]["task"]["id"].as_str().map(str::to_owned);
                (answer, id.map(|id| Record { prospect, id }))
            }
        }
    }

    pub async fn update(self, person: &Person, record: &Record, values: Value) -> Answer {
        let (name, kind, id, input) = match self {
            Entity::Prospect => ("prospectUpdate", "Prospect", &record.id, values),
            Entity::Client => ("clientUpdate", "Client", &record.id, values),
            Entity::Task => ("taskUpdate", "Task", &record.id, values),
            Entity::Contact => {
                let mut contact = json!({ "id": record.id });
                extend(&mut contact, &values);
                ("prospectUpdate", "Prospect", &record.prospect.id, json!({ "contacts": [contact] }))
            }
        };
        let document = format!(
            "mutation ($id: ID!, $input: {kind}UpdateInput!) {{ {name}(id: $id, input: $input) {{ userErrors {{ code message path }} }} }}"
        );
        person.run(&document, json!({ "id": id, "input": input })).await
    }

    pub fn update_mutation(self) -> &'static str {
        match self {
            Entity::Prospect | Entity::Contact => "prospectUpdate",
            Entity::Client => "clientUpdate",
            Entity::Task => "taskUpdate",
        }
    }

    /// The answer to a selection of fields of the record.
    pub async fn select(self, person: &Person, record: &Record, selection: &str) -> Answer {
        let field = match self {
            Entity::Prospect => format!("record: prospect(id: $id) {{ {selection} }}"),
            Entity::Client => format!("prospect(id: $id) {{ record: client {{ {selection} }} }}"),
            Entity::Contact => format!("prospect(id: $id) {{ record: contacts {{ {selection} }} }}"),
            Entity::Task => format!("record: task(id: $id) {{ {selection} }}"),
        };
        let id = if self == Entity::Task { &record.id } else { &record.prospect.id };
        person.run(&format!("query ($id: ID!) {{ {field} }}"), json!({ "id": id })).await
    }

    /// The record in such an answer.
    pub fn selected(self, data: &Value) -> Value {
        match self {
            Entity::Prospect | Entity::Task => data["record"].clone(),
            Entity::Client => data["prospect"]["record"].clone(),
            Entity::Contact => data["prospect"]["record"][0].clone(),
        }
    }

    /// Asserts which records each condition finds, generic and typed, in every list; all of them in one request.
    pub async fn assert_found(self, person: &Person, case: &Case) {
        let (mut declared, mut fields, mut variables, mut expected) = (Vec::new(), Vec::new(), json!({}), Vec::new());
        for is_typed in [false, true] {
            for (test, found) in case.tests(is_typed) {
                let condition = if is_typed {
                    json!({ "custom": { case.field(): test } })
                } else {
                    json!({ "attributes": [{ "key": case.key, case.family(): test }] })
                };
                for list in self.lists() {
                    let number = expected.len();
                    let filter = match list.relation {
                        None => condition.clone(),
                        Some(("and", _)) => json!({ "and": [condition, { "not": { "name": { "eq": "nobody" } } }] }),
                        Some((one, many)) => json!({ one: { many: condition } }),
                    };
                    declared.push(format!("$f{number}: {}Filter", list.kind));
                    fields.push(format!(
                        "r{number}: {}(filter: $f{number}, first: 50) {{ nodes {{ {} }} }}",
                        list.field, list.name
                    ));
                    expected.push((found, filter.clone()));
                    variables[format!("f{number}")] = filter;
                }
            }
        }
        let document = format!("query ({}) {{ {} }}", declared.join(", "), fields.join(" "));
        let data = person.query(&document, variables).await;
        for (number, (found, filter)) in expected.into_iter().enumerate() {
            let mut rows = names(&data[format!("r{number}")]);
            rows.sort();
            assert_eq!(rows.concat(), found, "{} by {filter}", self.name());
        }
    }

    /// Asserts both orders by the attribute, in pages of two, forward and backward; nothing for records without a list of their own.
    pub async fn assert_ordered(self, person: &Person, case: &Case) {
        let Some(list) = self.ordered() else { return };
        let document = format!(
            "query ($order: [{}Order!], $first: Int, $after: String, $last: Int, $before: String) {{
                {}(orderBy: $order, first: $first, after: $after, last: $last, before: $before) {{
                    nodes {{ {} }} pageInfo {{ startCursor endCursor hasNextPage hasPreviousPage }} }} }}",
            list.kind, list.field, list.name
        );
        for (direction, expected) in [("ASC", "ABC"), ("DESC", "BAC")] {
            let order = json!([{ "field": "ATTRIBUTE", "attributeKey": case.key, "direction": direction }]);
            for (size, place, cursor, more) in [
                ("first", "after", "endCursor", "hasNextPage"),
                ("last", "before", "startCursor", "hasPreviousPage"),
            ] {
                let (mut pages, mut at): (Vec<String>, Value) = (Vec::new(), Value::Null);
                while pages.len() < 20 {
                    let data = person.query(&document, json!({ "order": order, size: 2, place: at })).await;
                    let page = &data[list.field];
                    pages.push(names(page).concat());
                    at = page["pageInfo"][cursor].clone();
                    if page["pageInfo"][more] == json!(false) {
                        break;
                    }
                }
                if size == "last" {
                    pages.reverse();
                }
                assert_eq!(pages.concat(), expected, "{} by {} {direction}, {size}", self.name(), case.key);
            }
        }
    }

    /// The messages of the errors of a list with the attribute in a filter, in an order, and of the field of the attribute.
    pub async fn refusals(self, person: &Person, record: &Record, case: &Case) -> Vec<String> {
        let filter = json!({ "attributes": [{ "key": case.key, case.family(): { "isNull": false } }] });
        let mut answers = Vec::new();
        for list in self.lists().iter().filter(|list| list.relation.is_none()) {
            let document = format!("query ($f: {}Filter) {{ {}(filter: $f) {{ totalCount }} }}", list.kind, list.field);
            answers.push(person.run(&document, json!({ "f": filter })).await);
        }
        if let Some(list) = self.ordered() {
            let order = json!([{ "field": "ATTRIBUTE", "attributeKey": case.key, "direction": "ASC" }]);
            let document = format!(
                "query ($o: [{}Order!]) {{ {}(orderBy: $o) {{ totalCount }} }}",
                list.kind, list.field
            );
            answers.push(person.run(&document, json!({ "o": order })).await);
        }
        answers.push(
            self.select(person, record, &format!("attribute(key: \"{}\") {{ text }}", case.key))
                .await,
        );
        let messages = answers.iter().map(|answer| {
            assert_eq!(answer.codes(), ["BAD_USER_INPUT"], "{} {}", case.key, answer.text);
            answer.errors()[0]["message"].as_str().expect("a message").to_owned()
        });
        messages.collect()
    }
}

fn extend(input: &mut Value, more: &Value) {
    let fields = input.as_object_mut().expect("an object");
    fields.extend(more.as_object().expect("an object").clone());
}

/// The names of the rows that are records of the test.
fn names(page: &Value) -> Vec<String> {
    let rows = page["nodes"].as_array().expect("a list").iter();
    let names = rows.map(|row| row["name"].as_str().or_else(|| row["prospect"]["name"].as_str()).expect("a name"));
    names.filter(|name| ["A", "B", "C"].contains(name)).map(str::to_owned).collect()
}
