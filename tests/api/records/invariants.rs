//! Invariants after any sequence of actions: random operations, the same on both databases.

use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use rand::{Rng, RngExt, SeedableRng};
use serde_json::{Value, json};

use super::UPDATE;
use crate::support::{Made, Person, TestApp};

const STATUSES: [&str; 7] = [
    "New",
    "Second contact",
    "Ready for proposal",
    "Negotiation",
    "Won",
    "Lost",
    "Discarded",
];
const KINDS: [&str; 6] = ["CORRECTION", "RECONSIDERED", "RETURNING", "CROSS_SELL", "UPSELL", "RENEWAL"];

both! {
    async fn anything_goes_and_everything_holds(app: TestApp) {
        let mut random = StdRng::seed_from_u64(20_260_310);
        let mut made = Vec::new();
        let (mut done, mut refused) = (0, 0);
        for step in 0..400 {
            // Often at the same time as the step before.
            app.advance(if random.random_bool(0.4) { 0 } else { random.random_range(1..3_600_000) });
            if made.is_empty() || random.random_bool(0.06) {
                made.push(app.prospect().by(&app.admin).name(&format!("Prospect {step}")).create().await);
            }
            let prospect: &Made = made.choose(&mut random).expect("there is one");
            let people = [&app.admin, &app.ana, &app.luis];
            let person = people[random.random_range(0..3)];
            let before = app.snapshot().await.without(&["sessions"]);
            let (mutation, answer) = act(&app, &mut random, person, prospect).await;
            assert!(answer.errors().is_empty(), "step {step}: {}", answer.text);
            let is_refused = answer.body["data"][&mutation]["userErrors"].as_array().is_some_and(|errors| !errors.is_empty());
            if is_refused {
                refused += 1;
                before.assert_equal(&app.snapshot().await.without(&["sessions"]), &format!("step {step}, refused, {}", answer.text));
            } else {
                done += 1;
            }
            append_only(&before.tables, &app.snapshot().await.tables, step);
            if step % 40 == 39 {
                app.assert_sound().await;
            }
        }
        app.assert_sound().await;
        assert!(done > 60 && refused > 60, "{done} done, {refused} refused");
    }
}

/// Entries of the timeline, and the texts and facts in them, are never changed or removed, but for pins and the text of a note (invariant 4).
fn append_only(
    before: &std::collections::BTreeMap<String, Vec<String>>,
    after: &std::collections::BTreeMap<String, Vec<String>>,
    step: i32,
) {
    for table in ["timeline_entries", "interactions", "entry_changes", "note_versions"] {
        for row in &before[table] {
            assert!(after[table].contains(row), "step {step} changed {table}: {row}");
        }
    }
}

async fn act(app: &TestApp, random: &mut impl Rng, person: &Person, prospect: &Made) -> (String, crate::support::Answer) {
    let errors = "userErrors { code message path }";
    let (name, document, variables): (&str, String, Value) = match random.random_range(0..13) {
        10..=12 => return act_on_tasks(app, random, person, prospect).await,
        0..=2 => {
            let status = STATUSES[random.random_range(0..STATUSES.len())];
            let mut input = json!({ "statusId": app.status(status) });
            if random.random_bool(0.5) {
                input["reopenAs"] = json!(KINDS[random.random_range(0..KINDS.len())]);
            }
            if ["Lost", "Discarded"].contains(&status) {
                input["reasonId"] = json!(app.reason("No budget"));
            }
            let document = format!(
                "mutation ($id: ID!, $input: ProspectStatusChangeInput!) {{ prospectStatusChange(id: $id, input: $input) {{ {errors} }} }}"
            );
            ("prospectStatusChange", document, json!({ "id": prospect.id, "input": input }))
        }
        3 => {
            let document = format!("mutation ($id: ID!) {{ prospectConvert(id: $id, input: {{}}) {{ {errors} }} }}");
            ("prospectConvert", document, json!({ "id": prospect.id }))
        }
        4 => {
            let document = format!("mutation ($id: ID!) {{ clientUnconvert(id: $id, input: {{ reason: \"a mistake\" }}) {{ {errors} }} }}");
            ("clientUnconvert", document, json!({ "id": prospect.client_id() }))
        }
        5 => {
            let owner = [json!(app.ana.id), json!(app.luis.id), json!(app.admin.id), Value::Null][random.random_range(0..4)].clone();
            let document =
                format!("mutation ($id: ID!, $owner: ID) {{ prospectOwnerChange(id: $id, input: {{ ownerId: $owner }}) {{ {errors} }} }}");
            ("prospectOwnerChange", document, json!({ "id": prospect.id, "owner": owner }))
        }
        6 => {
            let input = json!({ "type": "CALL", "direction": (["INCOMING", "OUTGOING"][random.random_range(0..2)]), "occurredAt": app.time(-random.random_range(0..7_200_000)) });
            let document = format!(
                "mutation ($id: ID!, $input: InteractionLogInput!) {{ interactionLog(prospectId: $id, input: $input) {{ {errors} }} }}"
            );
            ("interactionLog", document, json!({ "id": prospect.id, "input": input }))
        }
        7 => {
            let document = format!("mutation ($id: ID!) {{ noteCreate(prospectId: $id, input: {{ body: \"a note\" }}) {{ {errors} }} }}");
            ("noteCreate", document, json!({ "id": prospect.id }))
        }
        8 => {
            let name = if random.random_bool(0.4) {
                "prospectDelete"
            } else {
                "prospectRestore"
            };
            let document = format!("mutation ($id: ID!) {{ {name}(id: $id) {{ {errors} }} }}");
            (name, document, json!({ "id": prospect.id }))
        }
        _ => {
            let contact = json!({ "firstName": format!("Contact {}", random.random_range(0..100)), "isMain": random.random_bool(0.5) });
            let input = json!({ "name": format!("Name {}", random.random_range(0..3)), "contacts": [contact] });
            ("prospectUpdate", UPDATE.to_owned(), json!({ "id": prospect.id, "input": input }))
        }
    };
    // Only they may do that.
    let person = if name == "prospectRestore" { &app.admin } else { person };
    (name.to_owned(), person.run(&document, variables).await)
}

/// Plans a task, or does something about one of those that there are.
async fn act_on_tasks(app: &TestApp, random: &mut impl Rng, person: &Person, prospect: &Made) -> (String, crate::support::Answer) {
    let people = [&app.ana, &app.luis, &app.admin];
    let assignee = &people[random.random_range(0..3)].id;
    let due = app.time(random.random_range(-86_400_000..86_400_000));
    let find = "query ($id: ID!) { prospect(id: $id) { tasks(first: 100) { nodes { id } } } }";
    let data = app.admin.query(find, json!({ "id": prospect.id })).await;
    let tasks = data["prospect"]["tasks"]["nodes"].as_array().cloned().unwrap_or_default();
    let (name, kind, mut input) = match random.random_range(0..7) {
        0 => ("taskAssign", "TaskAssignInput", json!({ "assigneeId": assignee })),
        1 => ("taskPostpone", "TaskPostponeInput", json!({ "dueAt": due })),
        2 => ("taskComplete", "TaskCompleteInput", json!({})),
        3 => ("taskCancel", "TaskCancelInput", json!({})),
        _ => (
            "taskCreate",
            "TaskCreateInput",
            json!({ "typeId": app.task_type("Call"), "dueAt": due }),
        ),
    };
    let (argument, id) = match tasks.choose(random) {
        Some(task) if name != "taskCreate" => ("id", task["id"].clone()),
        _ if name == "taskCreate" => ("prospectId", json!(prospect.id)),
        _ => ("id", json!("nonsense")),
    };
    if name == "taskCreate" && random.random_bool(0.5) {
        input["repeatRule"] = json!("FREQ=DAILY;COUNT=5");
        input["assigneeId"] = json!(assignee);
    }
    let document = format!(
        "mutation ($id: ID!, $input: {kind}!) {{ {name}({argument}: $id, input: $input) {{ userErrors {{ code message path }} }} }}"
    );
    (name.to_owned(), person.run(&document, json!({ "id": id, "input": input })).await)
}
