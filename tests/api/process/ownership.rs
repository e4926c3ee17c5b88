//! Ownership: changed by the owner or an administrator, and stored as intervals.

use serde_json::{Value, json};

use crate::records::{timeline, whole};
use crate::support::{Answer, Person, TestApp, operations};

const CHANGE: &str = "mutation ($id: ID!, $input: ProspectOwnerChangeInput!, $version: Int) {
    prospectOwnerChange(id: $id, input: $input, expectedVersion: $version) { prospect { owner { name } version } userErrors { code message path } } }";

both! {
    async fn an_owner_gives_a_prospect_on(app: TestApp) {
        let made = app.prospect().by(&app.ana).create().await;
        app.advance(60_000);
        let input = json!({ "ownerId": app.luis.id, "reason": "holidays" });
        let answer = app.ana.run(CHANGE, json!({ "id": made.id, "input": input, "version": 1 })).await;
        // The previous owner can no longer see it.
        assert_eq!(answer.payload("prospectOwnerChange")["prospect"], Value::Null);
        assert_eq!(app.ana.run(CHANGE, json!({ "id": made.id, "input": input })).await.user_errors("prospectOwnerChange"), ["NOT_FOUND id"]);
        let entry = &timeline(&app.luis, &made).await[0];
        assert_eq!(
            (&entry["previousOwner"]["name"], &entry["newOwner"]["name"], &entry["comment"], &entry["actor"]["name"]),
            (&json!("Ana Vendedora"), &json!("Luis Vendedor"), &json!("holidays"), &json!("Ana Vendedora"))
        );
        app.advance(60_000);
        let variables = json!({ "id": made.id, "ownerId": app.ana.id });
        let answer = app.admin.run_operation(operations::PROCESS, "OwnerChange", variables).await;
        assert_eq!(answer.payload("prospectOwnerChange")["prospect"]["owner"]["name"], "Ana Vendedora");
        assert_eq!(app.sql("SELECT u.name FROM owner_intervals i JOIN users u ON u.id = i.owner_id ORDER BY i.from_at").await, [
            "Ana Vendedora", "Luis Vendedor", "Ana Vendedora",
        ]);
        app.assert_sound().await;
    }

    async fn an_administrator_may_leave_it_without_an_owner(app: TestApp) {
        let made = app.prospect().by(&app.ana).create().await;
        app.advance(60_000);
        let answer = app.admin.run(CHANGE, json!({ "id": made.id, "input": { "ownerId": null } })).await;
        assert_eq!(answer.payload("prospectOwnerChange")["prospect"], json!({ "owner": null, "version": 2 }));
        app.assert_sound().await;
        assert_eq!(timeline(&app.admin, &made).await[0]["newOwner"], Value::Null);
        let again = app.admin.run(CHANGE, json!({ "id": made.id, "input": {} })).await;
        assert_eq!(again.user_errors("prospectOwnerChange"), ["STATE input.ownerId"]);
        app.advance(60_000);
        app.give(&app.admin, &made, Some(&app.luis)).await;
        assert_eq!(whole(&app.luis, &made).await["owner"]["name"], "Luis Vendedor");
        app.assert_sound().await;
    }

    async fn what_makes_no_sense_is_refused(app: TestApp) {
        app.deactivate(&app.stranger).await;
        let made = app.prospect().by(&app.ana).create().await;
        let before = app.snapshot().await;
        let run = async |person: &Person, input: Value| -> Vec<String> {
            let answer: Answer = person.run(CHANGE, json!({ "id": made.id, "input": input })).await;
            answer.user_errors("prospectOwnerChange")
        };
        assert_eq!(run(&app.ana, json!({ "ownerId": null })).await, ["FORBIDDEN input.ownerId"]);
        assert_eq!(run(&app.ana, json!({ "ownerId": app.ana.id })).await, ["STATE input.ownerId"]);
        for unknown in [&app.stranger.id[..], "nonsense", "", &made.id] {
            assert_eq!(run(&app.ana, json!({ "ownerId": unknown })).await, ["NOT_FOUND input.ownerId"], "{unknown}");
        }
        let long = json!({ "ownerId": app.ana.id, "reason": "x".repeat(2001) });
        assert_eq!(run(&app.admin, long).await, ["TOO_LONG input.reason", "STATE input.ownerId"]);
        let stale = app.admin.run(CHANGE, json!({ "id": made.id, "input": { "ownerId": app.luis.id }, "version": 2 })).await;
        assert_eq!(stale.user_errors("prospectOwnerChange"), ["CONFLICT expectedVersion"]);
        before.assert_equal(&app.snapshot().await, "refused changes of owner");
    }

    /// The records of a deactivated user are visible to administrators, who assign them.
    async fn records_outlive_their_owner(app: TestApp) {
        let made = app.prospect().by(&app.ana).create().await;
        app.deactivate(&app.ana).await;
        assert_eq!(whole(&app.admin, &made).await["owner"], Value::Null);
        app.give(&app.admin, &made, Some(&app.luis)).await;
        assert_eq!(whole(&app.luis, &made).await["createdBy"]["name"], "Ana Vendedora");
        app.assert_sound().await;
    }
}
