//! Planned tasks when their prospect changes its owner, when a user is deactivated, and when a cycle ends or is reopened.

use cartera::entities::process::task;
use cartera::ids;
use sea_orm::{ActiveModelTrait, EntityTrait, IntoActiveModel};
use serde_json::{Value, json};

use super::{DAY, act, actions, entries_of, seen};
use crate::support::{Made, Person, TestApp};

async fn assignee(app: &TestApp, task: &Made) -> Value {
    seen(&app.admin, task).await["assignee"]["name"].clone()
}

async fn state(app: &TestApp, task: &Made) -> Value {
    seen(&app.admin, task).await["state"].clone()
}

async fn leave(app: &TestApp, person: &Person, to: Option<&Person>) {
    let input = json!({ "transferToId": to.map(|to| &to.id), "leaveUnassigned": to.is_none() });
    let document =
        "mutation ($id: ID!, $input: UserDeactivateInput!) { userDeactivate(id: $id, input: $input) { userErrors { code message path } } }";
    let answer = app.admin.run(document, json!({ "id": person.id, "input": input })).await;
    answer.payload("userDeactivate");
}

async fn change_role(app: &TestApp, person: &Person, role: &str) {
    let document = "mutation ($id: ID!, $role: Role) { userUpdate(id: $id, input: { role: $role }) { userErrors { code message path } } }";
    let answer = app.admin.run(document, json!({ "id": person.id, "role": role })).await;
    answer.payload("userUpdate");
}

async fn delete(app: &TestApp, prospect: &Made) {
    let document = "mutation ($id: ID!) { prospectDelete(id: $id) { userErrors { code message path } } }";
    app.admin
        .run(document, json!({ "id": prospect.id }))
        .await
        .payload("prospectDelete");
}

async fn restore(app: &TestApp, prospect: &Made) {
    let document = "mutation ($id: ID!) { prospectRestore(id: $id) { userErrors { code message path } } }";
    app.admin
        .run(document, json!({ "id": prospect.id }))
        .await
        .payload("prospectRestore");
}

/// The entry of a transferred task.
fn reassigned(task: &Made, before: &str, after: Option<&str>) -> Value {
    let changes = json!([{ "field": "assignee", "before": before, "after": after }]);
    json!({ "action": "ASSIGNED", "task": { "id": task.id }, "changes": changes, "comment": null, "actor": { "name": "Olga Administradora" } })
}

both! {
    async fn tasks_go_along_with_their_prospect(app: TestApp) {
        let prospect = app.prospect().owner(&app.ana).create().await;
        let own = app.task(&app.ana, &prospect, json!({})).await;
        let of_admin = app.task(&app.ana, &prospect, json!({ "assigneeId": app.admin.id })).await;
        let done = app.task(&app.ana, &prospect, json!({})).await;
        act(&app.ana, "taskComplete", &done, json!({}), None).await.payload("taskComplete");
        app.give(&app.ana, &prospect, Some(&app.luis)).await;
        assert_eq!(seen(&app.ana, &own).await, Value::Null);
        let moved = seen(&app.luis, &own).await;
        assert_eq!((&moved["assignee"]["name"], &moved["version"]), (&json!("Luis Vendedor"), &json!(2)));
        assert_eq!(assignee(&app, &of_admin).await, "Olga Administradora");
        assert_eq!(assignee(&app, &done).await, "Ana Vendedora");
        app.assert_sound().await;
        // Without an owner, and assigned to the next one.
        app.give(&app.admin, &prospect, None).await;
        assert_eq!(assignee(&app, &own).await, Value::Null);
        assert_eq!(assignee(&app, &of_admin).await, "Olga Administradora");
        app.assert_sound().await;
        app.give(&app.admin, &prospect, Some(&app.ana)).await;
        assert_eq!(assignee(&app, &own).await, "Ana Vendedora");
        // The change of owner says it all.
        assert_eq!(actions(&entries_of(&app.ana, &prospect).await), ["CREATED", "CREATED", "CREATED", "COMPLETED"]);
        app.assert_sound().await;
    }

    /// An administrator's task for a prospect of another user goes to its owner, with a timeline entry.
    async fn tasks_of_a_deactivated_user(app: TestApp) {
        let of_raul = app.prospect().owner(&app.other_admin).create().await;
        let of_luis = app.prospect().owner(&app.luis).create().await;
        let unowned = app.prospect().unowned().create().await;
        let deleted = app.prospect().owner(&app.luis).create().await;
        let rauls = app.task(&app.other_admin, &of_raul, json!({})).await;
        let done = app.task(&app.other_admin, &of_raul, json!({})).await;
        act(&app.other_admin, "taskComplete", &done, json!({}), None).await.payload("taskComplete");
        let for_luis = app.task(&app.luis, &of_luis, json!({ "assigneeId": app.other_admin.id })).await;
        let of_olga = app.task(&app.luis, &of_luis, json!({ "assigneeId": app.admin.id })).await;
        let of_unowned = app.task(&app.other_admin, &unowned, json!({})).await;
        let of_deleted = app.task(&app.luis, &deleted, json!({ "assigneeId": app.other_admin.id })).await;
        delete(&app, &deleted).await;
        app.advance(60_000);
        leave(&app, &app.other_admin, Some(&app.ana)).await;
        app.assert_sound().await;
        assert_eq!((assignee(&app, &rauls).await, assignee(&app, &done).await), (json!("Ana Vendedora"), json!("Raúl Administrador")));
        assert_eq!((assignee(&app, &for_luis).await, assignee(&app, &of_olga).await), (json!("Luis Vendedor"), json!("Olga Administradora")));
        assert_eq!(assignee(&app, &of_unowned).await, Value::Null);
        assert_eq!(seen(&app.luis, &for_luis).await["version"], 2);
        // The change of owner says it of what goes along with its prospect.
        assert_eq!(actions(&entries_of(&app.ana, &of_raul).await), ["CREATED", "CREATED", "COMPLETED"]);
        assert_eq!(entries_of(&app.luis, &of_luis).await[2..], [reassigned(&for_luis, "Raúl Administrador", Some("Luis Vendedor"))]);
        assert_eq!(entries_of(&app.admin, &unowned).await[1..], [reassigned(&of_unowned, "Raúl Administrador", None)]);
        restore(&app, &deleted).await;
        assert_eq!(assignee(&app, &of_deleted).await, "Luis Vendedor");
        assert_eq!(entries_of(&app.luis, &deleted).await[1..], [reassigned(&of_deleted, "Raúl Administrador", Some("Luis Vendedor"))]);
        app.assert_sound().await;
    }

    /// A former administrator keeps their own prospects and the tasks for these.
    async fn tasks_of_an_administrator_who_steps_down(app: TestApp) {
        let of_raul = app.prospect().owner(&app.other_admin).create().await;
        let of_luis = app.prospect().owner(&app.luis).create().await;
        let deleted = app.prospect().owner(&app.luis).create().await;
        let rauls = app.task(&app.other_admin, &of_raul, json!({})).await;
        let for_luis = app.task(&app.luis, &of_luis, json!({ "assigneeId": app.other_admin.id })).await;
        let of_deleted = app.task(&app.luis, &deleted, json!({ "assigneeId": app.other_admin.id })).await;
        delete(&app, &deleted).await;
        app.advance(60_000);
        change_role(&app, &app.other_admin, "ADMIN").await;
        assert_eq!(assignee(&app, &for_luis).await, "Raúl Administrador");
        change_role(&app, &app.other_admin, "SALES").await;
        app.assert_sound().await;
        assert_eq!((assignee(&app, &rauls).await, assignee(&app, &for_luis).await), (json!("Raúl Administrador"), json!("Luis Vendedor")));
        assert_eq!(actions(&entries_of(&app.admin, &of_raul).await), ["CREATED"]);
        assert_eq!(entries_of(&app.luis, &of_luis).await[1..], [reassigned(&for_luis, "Raúl Administrador", Some("Luis Vendedor"))]);
        restore(&app, &deleted).await;
        assert_eq!(entries_of(&app.luis, &deleted).await[1..], [reassigned(&of_deleted, "Raúl Administrador", Some("Luis Vendedor"))]);
        app.assert_sound().await;
    }

    /// Many tasks come in portions, each with its entry.
    async fn all_of_many_tasks_are_reassigned(app: TestApp) {
        let many = 2_300;
        let mut prospects = Vec::new();
        for _ in 0..12 {
            prospects.push(app.prospect().owner(&app.luis).create().await);
        }
        let made = app.task(&app.luis, &prospects[0], json!({ "assigneeId": app.other_admin.id })).await;
        let pattern = task::Entity::find_by_id(made.uuid).one(app.core.db.reader()).await.expect("tasks can be read").expect("it is there");
        let copies: Vec<task::ActiveModel> = (1..many).map(|number: usize| {
            let copy = task::Model { id: ids::new(), prospect_id: prospects[number % 12].uuid, cycle_id: None, ..pattern.clone() };
            copy.into_active_model().reset_all()
        }).collect();
        for portion in copies.chunks(500) {
            task::Entity::insert_many(portion.to_vec()).exec_without_returning(app.core.db.writer()).await.expect("tasks can be written");
        }
        app.advance(60_000);
        leave(&app, &app.other_admin, None).await;
        let entries = "SELECT CAST(count(DISTINCT e.id) AS text) FROM timeline_entries e WHERE e.kind = 'TASK' AND e.occurred_at = (SELECT max(occurred_at) FROM timeline_entries)";
        assert_eq!(app.sql(entries).await, [many.to_string()]);
        assert_eq!(app.sql("SELECT DISTINCT u.name FROM tasks t JOIN users u ON u.id = t.assignee_id").await, ["Luis Vendedor"]);
        app.assert_sound().await;
    }

    /// A prospect has at most 200 planned tasks, also where those of a cycle come back.
    async fn what_is_due_first_comes_back_where_not_all_can(app: TestApp) {
        let prospect = app.prospect().owner(&app.ana).create().await;
        let first = app.task(&app.ana, &prospect, json!({})).await;
        let pattern = task::Entity::find_by_id(first.uuid).one(app.core.db.reader()).await.expect("tasks can be read").expect("it is there");
        let plan = async |many: i64, cycle_id: Option<uuid::Uuid>| {
            let rows = (1..=many).map(|number| task::Model { id: ids::new(), cycle_id, due_at: pattern.due_at + number * 1_000, ..pattern.clone() });
            let rows = rows.map(|row| row.into_active_model().reset_all());
            task::Entity::insert_many(rows).exec_without_returning(app.core.db.writer()).await.expect("tasks can be written");
        };
        plan(59, pattern.cycle_id).await;
        app.advance(1_000);
        app.move_to(&app.ana, &prospect, "Lost").await;
        plan(195, None).await;
        app.assert_sound().await;
        app.advance(1_000);
        app.move_as(&app.ana, &prospect, "Negotiation", json!({ "reopenAs": "CORRECTION" })).await;
        let planned = "SELECT CAST(due_at AS text) FROM tasks WHERE state = 'PLANNED' AND cycle_id IS NOT NULL ORDER BY due_at";
        let expected: Vec<String> = (0..5).map(|number| (pattern.due_at + number * 1_000).to_string()).collect();
        assert_eq!(app.sql(planned).await, expected);
        assert_eq!(app.sql("SELECT CAST(count(*) AS text) FROM tasks WHERE state = 'CANCELLED' AND NOT returns_with_cycle").await, ["55"]);
        let restored = entries_of(&app.ana, &prospect).await.iter().filter(|entry| entry["action"] == "RESTORED").count();
        assert_eq!(restored, 5);
        app.assert_sound().await;
        // Full: nothing comes back, and nothing waits any more.
        app.advance(1_000);
        app.move_to(&app.ana, &prospect, "Lost").await;
        plan(5, None).await;
        app.move_as(&app.ana, &prospect, "Negotiation", json!({ "reopenAs": "CORRECTION" })).await;
        assert_eq!(app.sql(planned).await, [""; 0]);
        app.assert_sound().await;
    }

    async fn closing_a_cycle_cancels_what_was_planned_in_it(app: TestApp) {
        for status in ["Won", "Lost", "Discarded"] {
            let prospect = app.prospect().owner(&app.ana).create().await;
            let task = app.task(&app.ana, &prospect, json!({ "repeatRule": "FREQ=DAILY" })).await;
            let other = app.task(&app.ana, &prospect, json!({ "dueAt": app.time(DAY) })).await;
            let done = app.task(&app.ana, &prospect, json!({})).await;
            act(&app.ana, "taskComplete", &done, json!({}), None).await.payload("taskComplete");
            app.advance(1_000);
            app.move_to(&app.ana, &prospect, status).await;
            assert_eq!((state(&app, &task).await, state(&app, &other).await, state(&app, &done).await), (json!("CANCELLED"), json!("CANCELLED"), json!("DONE")));
            let entries = entries_of(&app.ana, &prospect).await;
            assert_eq!(actions(&entries), ["CREATED", "CREATED", "CREATED", "COMPLETED", "CANCELLED", "CANCELLED"]);
            let cancelled: Vec<&Value> = entries[4..].iter().map(|entry| &entry["task"]["id"]).collect();
            assert_eq!(cancelled, [&json!(task.id), &json!(other.id)]);
            app.assert_sound().await;
        }
        // What is planned for a client between two cycles ends with neither.
        let client = app.prospect().owner(&app.ana).create().await;
        app.convert(&app.ana, &client).await;
        let visit = app.task(&app.ana, &client, json!({})).await;
        app.advance(1_000);
        app.move_as(&app.ana, &client, "New", json!({ "reopenAs": "RENEWAL" })).await;
        let renewal = app.task(&app.ana, &client, json!({})).await;
        app.advance(1_000);
        app.move_to(&app.ana, &client, "Lost").await;
        assert_eq!((state(&app, &visit).await, state(&app, &renewal).await), (json!("PLANNED"), json!("CANCELLED")));
        app.assert_sound().await;
    }

    /// Closed by mistake: cancelled tasks are planned again, for the present owner.
    async fn taking_back_the_end_of_a_cycle_plans_its_tasks_again(app: TestApp) {
        for (status, with) in [("Won", "CORRECTION"), ("Lost", "CORRECTION"), ("Won", "UNCONVERT")] {
            let prospect = app.prospect().owner(&app.ana).create().await;
            let task = app.task(&app.ana, &prospect, json!({})).await;
            let of_admin = app.task(&app.ana, &prospect, json!({ "assigneeId": app.admin.id })).await;
            let given_up = app.task(&app.ana, &prospect, json!({})).await;
            act(&app.ana, "taskCancel", &given_up, json!({}), None).await.payload("taskCancel");
            app.advance(1_000);
            app.move_to(&app.ana, &prospect, status).await;
            app.give(&app.admin, &prospect, Some(&app.luis)).await;
            app.advance(1_000);
            if with == "UNCONVERT" {
                let document = "mutation ($id: ID!) { clientUnconvert(id: $id, input: { reason: \"a mistake\" }) { userErrors { code message path } } }";
                app.luis.run(document, json!({ "id": prospect.client_id() })).await.payload("clientUnconvert");
            } else {
                app.move_as(&app.luis, &prospect, "Negotiation", json!({ "reopenAs": with })).await;
            }
            assert_eq!((state(&app, &task).await, assignee(&app, &task).await), (json!("PLANNED"), json!("Luis Vendedor")), "{status} {with}");
            assert_eq!((state(&app, &of_admin).await, assignee(&app, &of_admin).await), (json!("PLANNED"), json!("Olga Administradora")));
            assert_eq!(state(&app, &given_up).await, "CANCELLED");
            let entries = entries_of(&app.luis, &prospect).await;
            assert_eq!(actions(&entries), ["CREATED", "CREATED", "CREATED", "CANCELLED", "CANCELLED", "CANCELLED", "RESTORED", "RESTORED"]);
            app.assert_sound().await;
        }
    }

    /// Reconsidering leaves earlier tasks cancelled, also if a later closing is undone.
    async fn another_try_begins_without_the_old_tasks(app: TestApp) {
        let prospect = app.prospect().owner(&app.ana).create().await;
        let old = app.task(&app.ana, &prospect, json!({})).await;
        app.move_to(&app.ana, &prospect, "Lost").await;
        app.advance(1_000);
        app.move_as(&app.ana, &prospect, "Negotiation", json!({ "reopenAs": "RECONSIDERED" })).await;
        assert_eq!(state(&app, &old).await, "CANCELLED");
        let new = app.task(&app.ana, &prospect, json!({})).await;
        app.move_to(&app.ana, &prospect, "Lost").await;
        app.advance(1_000);
        app.move_as(&app.ana, &prospect, "Negotiation", json!({ "reopenAs": "CORRECTION" })).await;
        assert_eq!((state(&app, &old).await, state(&app, &new).await), (json!("CANCELLED"), json!("PLANNED")));
        app.assert_sound().await;
    }
}
