//! Deactivating a user transfers their records, complete and with their timelines.

use cartera::auth::Role;
use cartera::ids;
use futures_util::future::join_all;
use serde_json::{Value, json};

use crate::support::{Made, Person, TestApp, operations};

const DEACTIVATE: &str = "mutation ($id: ID!, $input: UserDeactivateInput!) {
    userDeactivate(id: $id, input: $input) { user { id isActive } transferredCount userErrors { code message path } } }";
const RECORD: &str = "query ($id: ID!) { prospect(id: $id) { version lastActivityAt updatedAt owner { id }
    timeline(first: 1) { nodes { __typename id occurredAt actor { id } ... on OwnerChangeEntry { previousOwner { id } newOwner { id } comment } } } } }";
const RESTORE: &str = "mutation ($id: ID!) { prospectRestore(id: $id) { prospect { id } userErrors { code message path } } }";
const GIVE: &str =
    "mutation ($id: ID!, $ownerId: ID) { prospectOwnerChange(id: $id, input: { ownerId: $ownerId }) { userErrors { code message path } } }";
const ASSIGN: &str = "mutation ($id: ID!, $assigneeId: ID!) { taskAssign(id: $id, input: { assigneeId: $assigneeId }) { userErrors { code message path } } }";
const PLAN: &str =
    "mutation ($id: ID!, $input: TaskCreateInput!) { taskCreate(prospectId: $id, input: $input) { userErrors { code message path } } }";
const CREATE: &str = "mutation ($input: ProspectCreateInput!) { prospectCreate(input: $input) { userErrors { code message path } } }";

async fn erase(app: &TestApp, prospect: &Made) {
    let document = "mutation ($id: ID!) { prospectDelete(id: $id) { userErrors { code message path } } }";
    app.admin
        .run(document, json!({ "id": prospect.id }))
        .await
        .payload("prospectDelete");
}

async fn owned(app: &TestApp, owner: &Person, many: usize) -> Vec<Made> {
    join_all((0..many).map(async |number| app.prospect().name(&format!("Prospect {number}")).owner(owner).create().await)).await
}

async fn total(person: &Person) -> Value {
    person.query("{ prospects { totalCount } }", json!({})).await["prospects"]["totalCount"].clone()
}

both! {
    async fn prospects_go_to_another_user(app: TestApp) {
        let made = owned(&app, &app.ana, 12).await;
        let kept = owned(&app, &app.luis, 1).await;
        let unowned = app.prospect().unowned().create().await;
        app.note(&app.ana, &made[0], "hola").await;
        app.convert(&app.ana, &made[1]).await;
        app.advance(60_000);
        let variables = json!({ "id": app.ana.id, "transferToId": app.luis.id });
        let answer = app.admin.run_operation(operations::ACCESS, "UserDeactivate", variables).await;
        let payload = answer.payload("userDeactivate");
        assert_eq!((&payload["transferredCount"], &payload["user"]), (&json!(12), &json!({ "id": app.ana.id, "isActive": false })));
        app.assert_sound().await;
        assert_eq!(total(&app.luis).await, 13);
        let mut entries = Vec::new();
        for prospect in &made {
            let record = app.luis.query(RECORD, json!({ "id": prospect.id })).await["prospect"].clone();
            let entry = &record["timeline"]["nodes"][0];
            assert_eq!((&record["owner"]["id"], &record["lastActivityAt"], &record["updatedAt"]), (&json!(app.luis.id), &json!(app.time(0)), &json!(app.time(0))));
            assert_eq!(entry["__typename"], "OwnerChangeEntry");
            assert_eq!(
                (&entry["previousOwner"]["id"], &entry["newOwner"]["id"], &entry["actor"]["id"], &entry["occurredAt"], &entry["comment"]),
                (&json!(app.ana.id), &json!(app.luis.id), &json!(app.admin.id), &json!(app.time(0)), &Value::Null)
            );
            let (_, id) = ids::parse(entry["id"].as_str().expect("an id")).expect("an id");
            assert_eq!((id.get_version_num(), id.get_variant()), (7, ids::new().get_variant()));
            entries.push(id);
        }
        entries.sort();
        entries.dedup();
        assert_eq!(entries.len(), 12);
        assert_eq!(app.luis.query(RECORD, json!({ "id": made[2].id })).await["prospect"]["version"], 2);
        // What was others' has not been touched.
        for other in [&kept[0], &unowned] {
            let record = app.admin.query(RECORD, json!({ "id": other.id })).await["prospect"].clone();
            assert_eq!((&record["version"], &record["timeline"]["nodes"][0]["__typename"]), (&json!(1), &json!("CreatedEntry")));
        }
        assert_eq!(app.ana.run("{ viewer { id } }", json!({})).await.codes(), ["UNAUTHENTICATED"]);
        let intervals = "SELECT u.name FROM owner_intervals i JOIN users u ON u.id = i.owner_id WHERE i.to_at IS NULL";
        assert_eq!(app.sql(intervals).await, vec!["Luis Vendedor"; 13]);
    }

    /// Prospects are not left without an owner by mistake.
    async fn the_new_owner_has_to_be_given(app: TestApp) {
        owned(&app, &app.ana, 3).await;
        app.deactivate(&app.stranger).await;
        let before = app.snapshot().await;
        let run = async |person: &Person, input: Value| {
            let answer = app.admin.run(DEACTIVATE, json!({ "id": person.id, "input": input })).await;
            answer.user_errors("userDeactivate")
        };
        let required = ["REQUIRED input.transferToId"];
        assert_eq!(run(&app.ana, json!({})).await, required);
        assert_eq!(run(&app.ana, json!({ "transferToId": null, "leaveUnassigned": false })).await, required);
        // As a client sends it that leaves the variable out.
        let answer = app.admin.run_operation(operations::ACCESS, "UserDeactivate", json!({ "id": app.ana.id })).await;
        assert_eq!(answer.user_errors("userDeactivate"), required);
        for absent in [&app.stranger.id[..], "nonsense", ""] {
            assert_eq!(run(&app.ana, json!({ "transferToId": absent })).await, ["NOT_FOUND input.transferToId"], "{absent}");
        }
        assert_eq!(run(&app.ana, json!({ "transferToId": app.ana.id })).await, ["INVALID input.transferToId"]);
        assert_eq!(
            run(&app.stranger, json!({ "transferToId": "nonsense", "leaveUnassigned": true })).await,
            ["STATE id", "NOT_FOUND input.transferToId", "INVALID input.leaveUnassigned"]
        );
        let unknown = app.admin.run(DEACTIVATE, json!({ "id": "nonsense", "input": {} })).await;
        assert_eq!(unknown.user_errors("userDeactivate"), ["NOT_FOUND id"]);
        before.assert_equal(&app.snapshot().await, "refused deactivations");
    }

    async fn prospects_may_be_left_without_an_owner(app: TestApp) {
        let made = owned(&app, &app.ana, 3).await;
        app.advance(60_000);
        let answer = app.admin.run(DEACTIVATE, json!({ "id": app.ana.id, "input": { "leaveUnassigned": true } })).await;
        assert_eq!(answer.payload("userDeactivate")["transferredCount"], 3);
        app.assert_sound().await;
        let record = app.admin.query(RECORD, json!({ "id": made[0].id })).await["prospect"].clone();
        let entry = &record["timeline"]["nodes"][0];
        assert_eq!((&record["owner"], &entry["previousOwner"]["id"], &entry["newOwner"]), (&Value::Null, &json!(app.ana.id), &Value::Null));
        assert_eq!(total(&app.luis).await, 0);
        // A user without prospects needs no receiver.
        let answer = app.admin.run(DEACTIVATE, json!({ "id": app.luis.id, "input": {} })).await;
        assert_eq!(answer.payload("userDeactivate")["transferredCount"], 0);
    }

    /// Two who would give each other what they own do not both leave.
    async fn two_users_cannot_inherit_from_each_other(app: TestApp) {
        owned(&app, &app.ana, 4).await;
        owned(&app, &app.luis, 4).await;
        let leave = async |by: &Person, from: &Person, to: &Person| {
            by.run(DEACTIVATE, json!({ "id": from.id, "input": { "transferToId": to.id } })).await
        };
        let (one, other) = tokio::join!(leave(&app.admin, &app.ana, &app.luis), leave(&app.other_admin, &app.luis, &app.ana));
        let counts = [&one, &other].map(|answer| answer.data()["userDeactivate"]["transferredCount"].clone());
        assert!(counts.contains(&json!(4)) && counts.contains(&Value::Null), "{} {}", one.text, other.text);
        assert_eq!(app.sql("SELECT DISTINCT u.name FROM prospects p JOIN users u ON u.id = p.owner_id WHERE NOT u.is_active").await, [""; 0]);
        app.assert_sound().await;
    }

    /// Concurrent writes of the user are complete or refused.
    async fn writes_at_the_same_moment_come_before_or_after(app: TestApp) {
        let made = owned(&app, &app.ana, 10).await;
        let note = "mutation ($id: ID!) { noteCreate(prospectId: $id, input: { body: \"hola\" }) { userErrors { code message path } } }";
        let notes = join_all(made.iter().map(|prospect| app.ana.run(note, json!({ "id": prospect.id }))));
        let leave = app.admin.run(DEACTIVATE, json!({ "id": app.ana.id, "input": { "transferToId": app.luis.id } }));
        let (written, left) = tokio::join!(notes, leave);
        assert_eq!(left.payload("userDeactivate")["transferredCount"], 10);
        let good = written.iter().filter(|answer| answer.errors().is_empty() && answer.data()["noteCreate"]["userErrors"] == json!([])).count();
        assert_eq!(app.sql("SELECT body FROM notes").await.len(), good);
        assert_eq!(total(&app.luis).await, 10);
        app.assert_sound().await;
    }

    /// Deleted prospects are transferred too, so that a restored one never belongs to a deactivated user.
    async fn deleted_prospects_go_along(app: TestApp) {
        let live = app.prospect().owner(&app.ana).create().await;
        let deleted = app.prospect().owner(&app.ana).create().await;
        let task = app.task(&app.ana, &deleted, json!({})).await;
        erase(&app, &deleted).await;
        app.advance(60_000);
        let answer = app.admin.run(DEACTIVATE, json!({ "id": app.ana.id, "input": { "transferToId": app.luis.id } })).await;
        assert_eq!(answer.payload("userDeactivate")["transferredCount"], 2);
        app.assert_sound().await;
        let owners = app.admin.query("{ deletedProspects { nodes { owner { name } } } }", json!({})).await;
        assert_eq!(owners["deletedProspects"]["nodes"], json!([{ "owner": { "name": "Luis Vendedor" } }]));
        app.admin.run(RESTORE, json!({ "id": deleted.id })).await.payload("prospectRestore");
        app.assert_sound().await;
        for prospect in [&live, &deleted] {
            let record = app.luis.query(RECORD, json!({ "id": prospect.id })).await["prospect"].clone();
            assert_eq!(record["owner"]["id"], json!(app.luis.id));
        }
        let assignee = app.luis.query("query ($id: ID!) { task(id: $id) { assignee { name } } }", json!({ "id": task.id })).await;
        assert_eq!(assignee["task"]["assignee"]["name"], "Luis Vendedor");
        let document = "query ($id: ID!) { prospect(id: $id) { timeline(filter: { kind: { eq: OWNER_CHANGE } }) { nodes { ... on OwnerChangeEntry { newOwner { name } } } } } }";
        let data = app.luis.query(document, json!({ "id": deleted.id })).await;
        assert_eq!(data["prospect"]["timeline"]["nodes"], json!([{ "newOwner": { "name": "Luis Vendedor" } }]));
        let intervals = "SELECT u.name FROM owner_intervals i JOIN users u ON u.id = i.owner_id WHERE i.to_at IS NULL";
        assert_eq!(app.sql(intervals).await, ["Luis Vendedor"; 2]);
    }

    /// Deleted prospects require a receiver too, and may be left without an owner.
    async fn deleted_prospects_are_not_forgotten(app: TestApp) {
        let deleted = app.prospect().owner(&app.ana).create().await;
        let task = app.task(&app.ana, &deleted, json!({})).await;
        erase(&app, &deleted).await;
        let before = app.snapshot().await;
        let refused = app.admin.run(DEACTIVATE, json!({ "id": app.ana.id, "input": {} })).await;
        assert_eq!(refused.user_errors("userDeactivate"), ["REQUIRED input.transferToId"]);
        assert!(refused.text.contains("1 prospects, 1 of them deleted"), "{}", refused.text);
        before.assert_equal(&app.snapshot().await, "a refused deactivation");
        app.advance(60_000);
        let answer = app.admin.run(DEACTIVATE, json!({ "id": app.ana.id, "input": { "leaveUnassigned": true } })).await;
        assert_eq!(answer.payload("userDeactivate")["transferredCount"], 1);
        app.assert_sound().await;
        app.admin.run(RESTORE, json!({ "id": deleted.id })).await.payload("prospectRestore");
        assert_eq!(app.admin.query(RECORD, json!({ "id": deleted.id })).await["prospect"]["owner"], Value::Null);
        let assignee = app.admin.query("query ($id: ID!) { task(id: $id) { assignee { name } } }", json!({ "id": task.id })).await;
        assert_eq!(assignee["task"]["assignee"], Value::Null);
        app.assert_sound().await;
    }

    /// The cache of a second server may be outdated; an assignee is read in the transaction.
    async fn deactivated_users_are_given_nothing(app: TestApp) {
        let made = app.prospect().owner(&app.ana).create().await;
        let task = app.task(&app.ana, &made, json!({})).await;
        let number = json!([{ "typeId": app.identifier_type("Cédula V"), "number": "V-12.345.678" }]);
        app.prospect().with(json!({ "identifiers": number })).create().await;
        let other = app.with_settings(|_| {}).await;
        let deputy = app.add_person("Iris Administradora", Role::Admin).await;
        other.core.catalogs.refresh(&other.core.db).await.expect("the catalogues are read");
        app.deactivate(&app.luis).await;
        app.deactivate(&deputy).await;
        let demote = "mutation ($id: ID!) { userUpdate(id: $id, input: { role: SALES }) { userErrors { code message path } } }";
        app.admin.run(demote, json!({ "id": app.other_admin.id })).await.payload("userUpdate");
        let known = other.core.catalogs.snapshot();
        assert!(known.users.get(app.luis.uuid).is_some_and(|luis| luis.is_active), "the other server knows already");
        let before = app.snapshot().await;
        let give = other.admin.run(GIVE, json!({ "id": made.id, "ownerId": app.luis.id })).await;
        assert_eq!(give.user_errors("prospectOwnerChange"), ["NOT_FOUND input.ownerId"]);
        for (person, code) in [(&app.luis, "NOT_FOUND"), (&deputy, "NOT_FOUND"), (&app.other_admin, "INVALID")] {
            let refused = [format!("{code} input.assigneeId")];
            let due = json!({ "typeId": app.task_type("Call"), "dueAt": app.time(0), "assigneeId": person.id });
            // Of Luis it is known already that he is no administrator.
            let refused = if person.id == app.luis.id { ["INVALID input.assigneeId".to_owned()] } else { refused };
            let assign = other.ana.run(ASSIGN, json!({ "id": task.id, "assigneeId": person.id })).await;
            assert_eq!(assign.user_errors("taskAssign"), refused);
            let plan = other.ana.run(PLAN, json!({ "id": made.id, "input": due })).await;
            assert_eq!(plan.user_errors("taskCreate"), refused);
        }
        let due = json!({ "typeId": app.task_type("Call"), "dueAt": app.time(0), "assigneeId": deputy.id });
        // That the number is taken is not reported with anything else.
        let input = json!({ "kind": "PERSON", "name": "New", "ownerId": app.luis.id, "nextTask": due, "identifiers": number });
        let create = other.ana.run(CREATE, json!({ "input": input })).await;
        assert_eq!(create.user_errors("prospectCreate"), ["NOT_FOUND input.ownerId", "NOT_FOUND input.nextTask.assigneeId"]);
        before.assert_equal(&app.snapshot().await, "what was given to people who have left");
        app.assert_sound().await;
    }

    /// Users are assigned prospects and tasks by two servers while they are deactivated or lose their role.
    async fn giving_at_the_same_moment_comes_before_or_after(app: TestApp) {
        let mut people = Vec::new();
        for number in 0..4 {
            people.push(app.add_person(&format!("Nadie {number}"), Role::Admin).await);
        }
        let other = app.with_settings(|_| {}).await;
        for person in &people {
            let made = owned(&app, &app.ana, 8).await;
            let lost = app.prospect().owner(&app.ana).create().await;
            app.task(&app.ana, &lost, json!({ "assigneeId": person.id })).await;
            app.move_to(&app.ana, &lost, "Lost").await;
            let mut tasks = Vec::new();
            for prospect in &made {
                tasks.push(app.task(&app.ana, prospect, json!({})).await);
            }
            let server = |number: usize| if number.is_multiple_of(2) { &app } else { &other };
            let give = join_all(made.iter().zip(&tasks).enumerate().map(async |(number, (prospect, task))| {
                let giver = &server(number / 4).admin;
                match number % 4 {
                    0 => giver.run(GIVE, json!({ "id": prospect.id, "ownerId": person.id })).await,
                    1 => giver.run(ASSIGN, json!({ "id": task.id, "assigneeId": person.id })).await,
                    2 => giver.run(CREATE, json!({ "input": { "kind": "PERSON", "name": "New", "ownerId": person.id } })).await,
                    _ => giver.run(PLAN, json!({ "id": prospect.id, "input": { "typeId": app.task_type("Call"), "dueAt": app.time(0), "assigneeId": person.id } })).await,
                }
            }));
            let back = async {
                let input = json!({ "statusId": app.status("Negotiation"), "reopenAs": "CORRECTION" });
                let document = "mutation ($id: ID!, $input: ProspectStatusChangeInput!) { prospectStatusChange(id: $id, input: $input) { userErrors { code message path } } }";
                other.admin.run(document, json!({ "id": lost.id, "input": input })).await.payload("prospectStatusChange");
            };
            let leave = async {
                let input = json!({ "transferToId": app.luis.id });
                app.admin.run(DEACTIVATE, json!({ "id": person.id, "input": input })).await.payload("userDeactivate");
            };
            tokio::join!(give, back, leave);
            app.assert_sound().await;
            let kept = format!("SELECT name FROM users u WHERE name = '{}' AND (EXISTS (SELECT 1 FROM prospects p WHERE p.owner_id = u.id) \
                OR EXISTS (SELECT 1 FROM tasks t WHERE t.state = 'PLANNED' AND t.assignee_id = u.id))", person.name);
            assert_eq!(app.sql(&kept).await, [""; 0]);
        }
    }
}
