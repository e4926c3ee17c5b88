//! Tasks: planned, changed, completed or cancelled, each with its timeline entry.

mod follow;
mod lists;
mod repeat;

use serde_json::{Value, json};

use crate::support::{Answer, Made, Person, TestApp, operations};

/// All that a task says.
const TASK: &str = "id version type { name } prospect { id } assignee { name } dueAt isOverdue note state completedAt completedBy { name }
    closingNote repeatRule repeatTimeZone createdAt createdBy { name } updatedAt";

const HOUR: i64 = 3_600_000;
const DAY: i64 = 24 * HOUR;

/// Runs one of the mutations of tasks on a task; `name` is `taskUpdate` and so on.
async fn act(person: &Person, name: &str, task: &Made, input: Value, version: Option<i32>) -> Answer {
    let kind = format!("{}{}Input", name[..1].to_uppercase(), &name[1..]);
    let next = if name == "taskComplete" {
        format!("nextTask {{ {TASK} }}")
    } else {
        String::new()
    };
    let document = format!(
        "mutation ($id: ID!, $input: {kind}!, $version: Int) {{ {name}(id: $id, input: $input, expectedVersion: $version) {{
            task {{ {TASK} }} {next} userErrors {{ code message path }} }} }}"
    );
    person
        .run(&document, json!({ "id": task.id, "input": input, "version": version }))
        .await
}

/// The task as the person sees it, null where they do not.
async fn seen(person: &Person, task: &Made) -> Value {
    let document = format!("query ($id: ID!) {{ task(id: $id) {{ {TASK} }} }}");
    person.query(&document, json!({ "id": task.id })).await["task"].clone()
}

/// The timeline entries of tasks, oldest first: the action, the task, the changes, the comment.
async fn entries_of(person: &Person, prospect: &Made) -> Vec<Value> {
    let document = "query ($id: ID!) { prospect(id: $id) { timeline(last: 100, filter: { kind: { eq: TASK } }) { nodes {
        ... on TaskEntry { action task { id } changes { field before after } comment actor { name } } } } } }";
    let data = person.query(document, json!({ "id": prospect.id })).await;
    let mut entries = data["prospect"]["timeline"]["nodes"].as_array().expect("a list").clone();
    entries.reverse();
    entries
}

fn actions(entries: &[Value]) -> Vec<&str> {
    entries.iter().map(|entry| entry["action"].as_str().expect("an action")).collect()
}

both! {
    async fn a_task_is_planned_and_done(app: TestApp) {
        let prospect = app.prospect().owner(&app.ana).create().await;
        app.advance(1_000);
        let task = app.task(&app.ana, &prospect, json!({ "note": " Ask for the budget " })).await;
        assert_eq!(
            seen(&app.ana, &task).await,
            json!({
                "id": task.id, "version": 1, "type": { "name": "Call" }, "prospect": { "id": prospect.id }, "assignee": { "name": "Ana Vendedora" },
                "dueAt": app.time(HOUR), "isOverdue": false, "note": "Ask for the budget", "state": "PLANNED", "completedAt": null,
                "completedBy": null, "closingNote": null, "repeatRule": null, "repeatTimeZone": null, "createdAt": app.time(0),
                "createdBy": { "name": "Ana Vendedora" }, "updatedAt": app.time(0),
            })
        );
        app.advance(HOUR);
        assert_eq!(seen(&app.ana, &task).await["isOverdue"], json!(false));
        app.advance(1);
        assert_eq!(seen(&app.ana, &task).await["isOverdue"], json!(true));
        let answer = act(&app.ana, "taskComplete", &task, json!({ "note": "They have it" }), Some(1)).await;
        let payload = answer.payload("taskComplete");
        assert_eq!(payload["nextTask"], Value::Null);
        let done = &payload["task"];
        assert_eq!((&done["state"], &done["completedAt"], &done["isOverdue"]), (&json!("DONE"), &json!(app.time(0)), &json!(false)));
        assert_eq!((&done["completedBy"]["name"], &done["closingNote"], &done["version"]), (&json!("Ana Vendedora"), &json!("They have it"), &json!(2)));
        assert_eq!(&seen(&app.admin, &task).await, done);
        let entries = entries_of(&app.ana, &prospect).await;
        assert_eq!(
            entries,
            [
                json!({ "action": "CREATED", "task": { "id": task.id }, "changes": [], "comment": null, "actor": { "name": "Ana Vendedora" } }),
                json!({ "action": "COMPLETED", "task": { "id": task.id }, "changes": [], "comment": "They have it", "actor": { "name": "Ana Vendedora" } }),
            ]
        );
        let data = app.ana.query("query ($id: ID!) { prospect(id: $id) { lastActivityAt version } }", json!({ "id": prospect.id })).await;
        assert_eq!(data["prospect"], json!({ "lastActivityAt": app.time(0), "version": 1 }));
        app.assert_sound().await;
    }

    async fn a_planned_task_is_changed(app: TestApp) {
        let prospect = app.prospect().owner(&app.ana).create().await;
        let task = app.task(&app.ana, &prospect, json!({ "note": "one" })).await;
        let updated = act(&app.ana, "taskUpdate", &task, json!({ "typeId": app.task_type("Visit"), "note": null }), Some(1)).await;
        let updated = &updated.payload("taskUpdate")["task"];
        assert_eq!((&updated["type"]["name"], &updated["note"], &updated["version"]), (&json!("Visit"), &Value::Null, &json!(2)));
        let assigned = act(&app.ana, "taskAssign", &task, json!({ "assigneeId": app.other_admin.id }), None).await;
        assert_eq!(assigned.payload("taskAssign")["task"]["assignee"]["name"], "Raúl Administrador");
        let later = act(&app.admin, "taskPostpone", &task, json!({ "dueAt": app.time(DAY), "note": "They travel" }), None).await;
        assert_eq!(later.payload("taskPostpone")["task"]["dueAt"], json!(app.time(DAY)));
        let cancelled = act(&app.ana, "taskCancel", &task, json!({ "note": "No need" }), Some(4)).await;
        let cancelled = &cancelled.payload("taskCancel")["task"];
        assert_eq!((&cancelled["state"], &cancelled["closingNote"], &cancelled["completedAt"]), (&json!("CANCELLED"), &json!("No need"), &Value::Null));
        let entries = entries_of(&app.ana, &prospect).await;
        let words: Vec<(&Value, &Value, &Value)> = entries.iter().map(|entry| (&entry["action"], &entry["changes"], &entry["comment"])).collect();
        assert_eq!(
            words,
            [
                (&json!("CREATED"), &json!([]), &Value::Null),
                (
                    &json!("UPDATED"),
                    &json!([{ "field": "type", "before": "Call", "after": "Visit" }, { "field": "note", "before": "one", "after": null }]),
                    &Value::Null,
                ),
                (&json!("ASSIGNED"), &json!([{ "field": "assignee", "before": "Ana Vendedora", "after": "Raúl Administrador" }]), &Value::Null),
                (&json!("POSTPONED"), &json!([{ "field": "dueAt", "before": app.time(HOUR), "after": app.time(DAY) }]), &json!("They travel")),
                (&json!("CANCELLED"), &json!([]), &json!("No need")),
            ]
        );
        app.assert_sound().await;
    }

    async fn changes_that_change_nothing_leave_no_trace(app: TestApp) {
        let prospect = app.prospect().owner(&app.ana).create().await;
        let task = app.task(&app.ana, &prospect, json!({ "note": "one", "repeatRule": "FREQ=DAILY" })).await;
        app.advance(1_000);
        let before = app.snapshot().await;
        for (name, input) in [
            ("taskUpdate", json!({})),
            ("taskUpdate", json!({ "note": " one ", "typeId": app.task_type("Call"), "repeatRule": "freq=daily" })),
            ("taskAssign", json!({ "assigneeId": app.ana.id })),
            ("taskPostpone", json!({ "dueAt": app.time(HOUR - 1_000), "note": "why" })),
        ] {
            assert_eq!(act(&app.ana, name, &task, input, None).await.payload(name)["task"]["version"], json!(1), "{name}");
        }
        before.assert_equal(&app.snapshot().await, "changes that change nothing");
    }

    async fn a_task_is_for_the_owner_or_an_administrator(app: TestApp) {
        let prospect = app.prospect().owner(&app.ana).create().await;
        let unowned = app.prospect().unowned().create().await;
        let by_admin = app.task(&app.admin, &prospect, json!({})).await;
        assert_eq!(seen(&app.admin, &by_admin).await["assignee"]["name"], "Ana Vendedora");
        let unassigned = app.task(&app.admin, &unowned, json!({})).await;
        assert_eq!(seen(&app.admin, &unassigned).await["assignee"]["name"], "Olga Administradora");
        let for_admin = app.task(&app.ana, &prospect, json!({ "assigneeId": app.admin.id })).await;
        assert_eq!(seen(&app.ana, &for_admin).await["assignee"]["name"], "Olga Administradora");
        let before = app.snapshot().await;
        app.deactivate(&app.stranger).await;
        let before = before.without(&["users", "revisions", "sessions"]);
        for (assignee, error) in [(&app.luis.id, "INVALID"), (&app.stranger.id, "NOT_FOUND"), (&prospect.id, "NOT_FOUND")] {
            let assign = act(&app.ana, "taskAssign", &by_admin, json!({ "assigneeId": assignee }), None).await;
            assert_eq!(assign.user_errors("taskAssign"), [format!("{error} input.assigneeId")]);
            let input = json!({ "typeId": app.task_type("Call"), "dueAt": app.time(0), "assigneeId": assignee });
            let create = app.ana.run_operation(operations::TASKS, "TaskCreate", json!({ "prospectId": prospect.id, "input": input })).await;
            assert_eq!(create.user_errors("taskCreate"), [format!("{error} input.assigneeId")]);
        }
        before.assert_equal(&app.snapshot().await.without(&["users", "revisions", "sessions"]), "refused assignees");
    }

    async fn all_problems_are_reported_together(app: TestApp) {
        let prospect = app.prospect().owner(&app.ana).create().await;
        let task = app.task(&app.ana, &prospect, json!({})).await;
        let retired = app.task_type("Meeting");
        app.admin.query("mutation ($id: ID!) { taskTypeRetire(id: $id) { userErrors { code } } }", json!({ "id": retired })).await;
        let before = app.snapshot().await;
        let create = async |input: Value| {
            let variables = json!({ "prospectId": prospect.id, "input": input });
            app.ana.run_operation(operations::TASKS, "TaskCreate", variables).await.user_errors("taskCreate")
        };
        let wrong = json!({
            "id": "nonsense", "typeId": "nonsense", "assigneeId": "nonsense", "dueAt": "2100-01-01T00:00:00Z", "note": "x".repeat(2_001),
            "repeatRule": "FREQ=HOURLY",
        });
        assert_eq!(
            create(wrong).await,
            ["INVALID input.id", "NOT_FOUND input.typeId", "NOT_FOUND input.assigneeId", "INVALID input.dueAt", "INVALID input.repeatRule", "TOO_LONG input.note"]
        );
        assert_eq!(create(json!({ "typeId": retired, "dueAt": app.time(0) })).await, ["STATE input.typeId"]);
        assert_eq!(create(json!({ "id": task.id, "typeId": app.task_type("Call"), "dueAt": app.time(0) })).await, ["TAKEN input.id"]);
        let update = act(&app.ana, "taskUpdate", &task, json!({ "typeId": null, "note": "x".repeat(2_001), "repeatRule": "nonsense" }), Some(9)).await;
        assert_eq!(
            update.user_errors("taskUpdate"),
            ["CONFLICT expectedVersion", "REQUIRED input.typeId", "TOO_LONG input.note", "INVALID input.repeatRule"]
        );
        let postpone = act(&app.ana, "taskPostpone", &task, json!({ "dueAt": "1899-12-31T00:00:00Z", "note": "x".repeat(2_001) }), None).await;
        assert_eq!(postpone.user_errors("taskPostpone"), ["INVALID input.dueAt", "TOO_LONG input.note"]);
        before.assert_equal(&app.snapshot().await, "refused tasks");

        act(&app.ana, "taskComplete", &task, json!({}), None).await.payload("taskComplete");
        let before = app.snapshot().await;
        for (name, input) in [
            ("taskUpdate", json!({ "note": "x" })),
            ("taskAssign", json!({ "assigneeId": app.admin.id })),
            ("taskPostpone", json!({ "dueAt": app.time(0) })),
            ("taskComplete", json!({})),
            ("taskCancel", json!({})),
        ] {
            assert_eq!(act(&app.ana, name, &task, input, None).await.user_errors(name), ["STATE id"], "{name}");
        }
        before.assert_equal(&app.snapshot().await, "changes of a task that is done");
    }

    /// A task planned offline keeps its id.
    async fn ids_of_the_clients_own(app: TestApp) {
        let prospect = app.prospect().owner(&app.ana).create().await;
        let id = cartera::ids::Kind::Task.encode(cartera::ids::new());
        let task = app.task(&app.ana, &prospect, json!({ "id": id })).await;
        assert_eq!(task.id, id);
        assert_eq!(app.ana.query("query ($id: ID!) { node(id: $id) { __typename } }", json!({ "id": id })).await["node"]["__typename"], "Task");
    }

    async fn a_prospect_has_at_most_200_planned_tasks(app: TestApp) {
        let prospect = app.prospect().owner(&app.ana).create().await;
        let last = app.task(&app.ana, &prospect, json!({})).await;
        let rows: Vec<String> = (0..199).map(|_| match app.core.db.backend() {
            sea_orm::DbBackend::Postgres => "SELECT gen_random_uuid(), prospect_id, type_id, due_at, state, returns_with_cycle, version, created_at, updated_at FROM first".to_owned(),
            _ => "SELECT randomblob(16), prospect_id, type_id, due_at, state, returns_with_cycle, version, created_at, updated_at FROM first".to_owned(),
        }).collect();
        let insert = format!(
            "INSERT INTO tasks (id, prospect_id, type_id, due_at, state, returns_with_cycle, version, created_at, updated_at)
             WITH first AS (SELECT * FROM tasks) {}",
            rows.join(" UNION ALL ")
        );
        sea_orm::ConnectionTrait::execute_unprepared(app.core.db.writer(), &insert).await.expect("rows are written");
        let variables = json!({ "prospectId": prospect.id, "input": { "typeId": app.task_type("Call"), "dueAt": app.time(0) } });
        let refused = app.ana.run_operation(operations::TASKS, "TaskCreate", variables.clone()).await;
        assert_eq!(refused.user_errors("taskCreate"), ["LIMIT prospectId"]);
        act(&app.ana, "taskCancel", &last, json!({}), None).await.payload("taskCancel");
        app.ana.run_operation(operations::TASKS, "TaskCreate", variables).await.payload("taskCreate");
        // All of them go with their prospect, in one request.
        app.give(&app.ana, &prospect, Some(&app.luis)).await;
        assert_eq!(app.sql("SELECT CAST(count(*) AS text) FROM tasks WHERE state = 'PLANNED' AND assignee_id IS NOT NULL").await, ["200"]);
    }

    async fn a_prospect_is_created_with_its_next_task(app: TestApp) {
        let document = "mutation ($input: ProspectCreateInput!) { prospectCreate(input: $input) {
            prospect { id tasks(first: 5) { nodes { id type { name } dueAt note assignee { name } } } timeline { nodes { __typename } } }
            userErrors { code message path } } }";
        let next = json!({ "typeId": app.task_type("Visit"), "dueAt": app.time(DAY), "note": "bring samples" });
        let answer = app.ana.run(document, json!({ "input": { "kind": "PERSON", "name": "Rosa", "nextTask": next } })).await;
        let prospect = &answer.payload("prospectCreate")["prospect"];
        let task = &prospect["tasks"]["nodes"][0];
        assert_eq!((&task["type"]["name"], &task["dueAt"], &task["note"]), (&json!("Visit"), &json!(app.time(DAY)), &json!("bring samples")));
        assert_eq!(task["assignee"]["name"], "Ana Vendedora");
        assert_eq!(prospect["timeline"]["nodes"], json!([{ "__typename": "TaskEntry" }, { "__typename": "CreatedEntry" }]));
        app.assert_sound().await;
        let before = app.snapshot().await;
        let wrong = json!({ "typeId": app.channel("Shop"), "dueAt": "2222-01-01T00:00:00Z", "assigneeId": app.luis.id });
        let answer = app.ana.run(document, json!({ "input": { "kind": "PERSON", "name": " ", "nextTask": wrong } })).await;
        assert_eq!(
            answer.user_errors("prospectCreate"),
            ["REQUIRED input.name", "NOT_FOUND input.nextTask.typeId", "INVALID input.nextTask.assigneeId", "INVALID input.nextTask.dueAt"]
        );
        before.assert_equal(&app.snapshot().await, "a refused next task");
    }

    async fn source_and_next_task_can_be_required(app: TestApp) {
        let strict = app.with_settings(|settings| settings.require_source_and_task = true).await;
        let document = "mutation ($input: ProspectCreateInput!) { prospectCreate(input: $input) { prospect { id } userErrors { code message path } } }";
        let create = async |fields: Value| {
            let mut input = json!({ "kind": "PERSON", "name": "Rosa" });
            input.as_object_mut().expect("an object").extend(fields.as_object().expect("an object").clone());
            strict.ana.run(document, json!({ "input": input })).await
        };
        let both = ["REQUIRED input.firstTouch.sourceId", "REQUIRED input.nextTask"];
        assert_eq!(create(json!({})).await.user_errors("prospectCreate"), both);
        assert_eq!(create(json!({ "firstTouch": { "medium": "cpc" }, "nextTask": null })).await.user_errors("prospectCreate"), both);
        let next = json!({ "typeId": app.task_type("Call"), "dueAt": app.time(0) });
        let source = json!({ "sourceId": app.source("Event") });
        assert_eq!(create(json!({ "nextTask": next })).await.user_errors("prospectCreate"), both[..1]);
        assert_eq!(create(json!({ "firstTouch": source })).await.user_errors("prospectCreate"), both[1..]);
        create(json!({ "firstTouch": source, "nextTask": next })).await.payload("prospectCreate");
        // A program may know neither.
        let key = strict.ana.run_operation(operations::ACCESS, "ApiKeyCreate", json!({ "input": { "name": "Site", "scope": "FULL" } })).await;
        let program = strict.ana.with_token(key.payload("apiKeyCreate")["key"].as_str());
        program.run(document, json!({ "input": { "kind": "PERSON", "name": "Rosa" } })).await.payload("prospectCreate");
        // Without the setting nothing is required.
        app.prospect().by(&app.ana).create().await;
    }

    async fn the_operations_of_the_contract(app: TestApp) {
        let prospect = app.prospect().complete("zafiro").owner(&app.ana).create().await;
        let run = async |name: &str, variables: Value| app.ana.run_operation(operations::TASKS, name, variables).await;
        let input = json!({ "typeId": app.task_type("Send proposal"), "dueAt": "2026-03-12T15:00:00-04:00" });
        let created = run("TaskCreate", json!({ "prospectId": prospect.id, "input": input })).await;
        let task = &created.payload("taskCreate")["task"];
        assert_eq!((&task["dueAt"], &task["assignee"]["id"]), (&json!("2026-03-12T19:00:00.000Z"), &json!(app.ana.id)));
        let mine = run("MyTasks", json!({ "filter": { "state": { "eq": "PLANNED" }, "assignee": { "eq": app.ana.id } } })).await;
        let page = &mine.data()["tasks"];
        assert_eq!((&page["totalCount"], &page["nodes"][0]["id"]), (&json!(1), &task["id"]));
        assert_eq!(page["nodes"][0]["prospect"]["phones"].as_array().map(Vec::len), Some(1));
        let done = run("TaskComplete", json!({ "id": task["id"] })).await;
        assert_eq!(done.payload("taskComplete")["task"]["state"], "DONE");
        let nothing = run("MyTasks", json!({ "filter": { "state": { "eq": "PLANNED" } } })).await;
        assert_eq!(nothing.data()["tasks"]["nodes"], json!([]));
    }

    /// What is to be done in a status is only written down: entering the status plans nothing.
    async fn statuses_say_what_is_to_be_done(app: TestApp) {
        let statuses = app.ana.query("{ statuses { name taskType { name } taskDueInHours } }", json!({})).await;
        let found: Vec<(&str, Option<&str>, Option<i64>)> = statuses["statuses"].as_array().expect("a list").iter()
            .map(|status| (status["name"].as_str().expect("a name"), status["taskType"]["name"].as_str(), status["taskDueInHours"].as_i64()))
            .collect();
        assert_eq!(
            found,
            [
                ("New", Some("First contact"), Some(0)), ("Second contact", Some("Second contact"), Some(24)),
                ("Ready for proposal", Some("Send proposal"), Some(72)), ("Negotiation", Some("Follow up"), Some(168)),
                ("Won", None, None), ("Lost", None, None), ("Discarded", None, None),
            ]
        );
        let update = async |status: &str, input: Value| {
            let document = "mutation ($id: ID!, $input: StatusUpdateInput!) { statusUpdate(id: $id, input: $input) {
                status { taskType { name } taskDueInHours } userErrors { code message path } } }";
            app.admin.run(document, json!({ "id": app.status(status), "input": input })).await
        };
        let changed = update("Second contact", json!({ "taskDueInHours": 48 })).await;
        assert_eq!(changed.payload("statusUpdate")["status"], json!({ "taskType": { "name": "Second contact" }, "taskDueInHours": 48 }));
        let cleared = update("Second contact", json!({ "taskTypeId": null })).await;
        assert_eq!(cleared.payload("statusUpdate")["status"], json!({ "taskType": null, "taskDueInHours": null }));
        let given = update("Second contact", json!({ "taskTypeId": app.task_type("Visit") })).await;
        assert_eq!(given.payload("statusUpdate")["status"], json!({ "taskType": { "name": "Visit" }, "taskDueInHours": 0 }));
        app.admin.query("mutation ($id: ID!) { taskTypeRetire(id: $id) { userErrors { code } } }", json!({ "id": app.task_type("Meeting") })).await;
        let retired = app.core.catalogs.snapshot().task_types.all().iter().find(|row| row.name == "Meeting").map(|row| row.id).expect("it is there");
        let retired = cartera::ids::Kind::TaskType.encode(retired);
        let before = app.snapshot().await;
        for (status, input, errors) in [
            ("New", json!({ "name": " ", "taskTypeId": "nonsense" }), vec!["NOT_FOUND input.taskTypeId", "REQUIRED input.name"]),
            ("New", json!({ "taskTypeId": retired }), vec!["STATE input.taskTypeId"]),
            ("New", json!({ "taskDueInHours": -1 }), vec!["INVALID input.taskDueInHours"]),
            ("New", json!({ "taskDueInHours": 8_785 }), vec!["INVALID input.taskDueInHours"]),
            ("New", json!({ "taskTypeId": null, "taskDueInHours": 5 }), vec!["INVALID input.taskDueInHours"]),
            ("Won", json!({ "taskTypeId": app.task_type("Visit") }), vec!["INVALID input.taskTypeId"]),
        ] {
            assert_eq!(update(status, input.clone()).await.user_errors("statusUpdate"), errors, "{input}");
        }
        before.assert_equal(&app.snapshot().await, "refused changes of statuses");
        let prospect = app.prospect().owner(&app.ana).create().await;
        app.move_to(&app.ana, &prospect, "Negotiation").await;
        assert!(entries_of(&app.ana, &prospect).await.is_empty());
        app.assert_sound().await;
    }
}
