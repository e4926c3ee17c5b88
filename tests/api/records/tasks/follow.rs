//! Planned tasks when their prospect changes hands, when somebody leaves, and when a cycle ends or goes on.

use cartera::resolvers::records::tasks::follow::move_tasks;
use serde_json::{Value, json};

use super::{DAY, act, actions, seen, told};
use crate::support::{Made, Person, TestApp};

async fn assignee(app: &TestApp, task: &Made) -> Value {
    seen(&app.admin, task).await["assignee"]["name"].clone()
}

async fn state(app: &TestApp, task: &Made) -> Value {
    seen(&app.admin, task).await["state"].clone()
}

async fn leave(app: &TestApp, person: &Person, to: Option<&Person>) -> u64 {
    let tx = app.core.db.begin().await.expect("a transaction begins");
    let moved = move_tasks(&tx, person.uuid, to.map(|to| to.uuid), app.now())
        .await
        .expect("tasks move");
    tx.commit().await.expect("the transaction ends");
    moved
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
        // Left to nobody, and taken up by whoever comes next.
        app.give(&app.admin, &prospect, None).await;
        assert_eq!(assignee(&app, &own).await, Value::Null);
        assert_eq!(assignee(&app, &of_admin).await, "Olga Administradora");
        app.assert_sound().await;
        app.give(&app.admin, &prospect, Some(&app.ana)).await;
        assert_eq!(assignee(&app, &own).await, "Ana Vendedora");
        // The change of owner says it all.
        assert_eq!(actions(&told(&app.ana, &prospect).await), ["CREATED", "CREATED", "CREATED", "COMPLETED"]);
        app.assert_sound().await;
    }

    /// An administrator's task on a prospect of somebody else goes to its owner.
    async fn tasks_of_somebody_who_leaves(app: TestApp) {
        let of_ana = app.prospect().owner(&app.ana).create().await;
        let of_luis = app.prospect().owner(&app.luis).create().await;
        let unowned = app.prospect().unowned().create().await;
        let anas = app.task(&app.ana, &of_ana, json!({})).await;
        let done = app.task(&app.ana, &of_ana, json!({})).await;
        act(&app.ana, "taskComplete", &done, json!({}), None).await.payload("taskComplete");
        let of_admin = app.task(&app.luis, &of_luis, json!({ "assigneeId": app.other_admin.id })).await;
        let of_nobodys = app.task(&app.other_admin, &unowned, json!({})).await;
        assert_eq!(leave(&app, &app.other_admin, None).await, 2);
        assert_eq!(assignee(&app, &of_admin).await, "Luis Vendedor");
        assert_eq!(assignee(&app, &of_nobodys).await, Value::Null);
        // Before the prospect is given away and after: both come to the same.
        assert_eq!(leave(&app, &app.ana, Some(&app.admin)).await, 1);
        assert_eq!((assignee(&app, &anas).await, assignee(&app, &done).await), (json!("Olga Administradora"), json!("Ana Vendedora")));
        assert_eq!(leave(&app, &app.ana, Some(&app.admin)).await, 0);
        assert_eq!(leave(&app, &app.admin, None).await, 1);
        assert_eq!(assignee(&app, &anas).await, "Ana Vendedora");
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
            let entries = told(&app.ana, &prospect).await;
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

    /// Closed by mistake: what was planned is planned again, for whoever has the prospect by now.
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
            let entries = told(&app.luis, &prospect).await;
            assert_eq!(actions(&entries), ["CREATED", "CREATED", "CREATED", "CANCELLED", "CANCELLED", "CANCELLED", "RESTORED", "RESTORED"]);
            app.assert_sound().await;
        }
    }

    /// Another try is a new beginning: what was planned before stays cancelled, also when a later end is taken back.
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
