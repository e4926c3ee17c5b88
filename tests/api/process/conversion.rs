//! Winning and taking it back: nothing else moves (invariants 2 and 7).

use serde_json::{Value, json};

use crate::records::{cycles, timeline, whole, without};
use crate::support::{Answer, Made, Snapshot, TestApp, operations};

/// The state of a record that converting and undoing must preserve: all but versions, times of change, the journal and the timeline.
async fn state(app: &TestApp, made: &Made) -> (Value, Vec<Value>) {
    let seen = without(
        whole(&app.admin, made).await,
        &["version", "updatedAt", "lastActivityAt", "secondsSinceReception"],
    );
    (seen, cycles(&app.admin, made).await)
}

async fn unconvert(app: &TestApp, made: &Made) -> Answer {
    app.ana
        .run_operation(
            operations::PROCESS,
            "Unconvert",
            json!({ "id": made.client_id(), "reason": "a mistake" }),
        )
        .await
}

both! {
    async fn a_win_taken_back_leaves_what_was(app: TestApp) {
        for status in ["New", "Negotiation", "Lost", "Discarded"] {
            let made = app.prospect().owner(&app.ana).complete(&format!("zafiro{status}").to_lowercase()).create().await;
            if status != "New" {
                app.move_to(&app.ana, &made, status).await;
            }
            let before = state(&app, &made).await;
            app.advance(60_000);
            let variables = json!({ "id": made.id, "potentialLevelId": app.client_level("High") });
            let answer = app.ana.run_operation(operations::PROCESS, "Convert", variables).await;
            let client = &answer.payload("prospectConvert")["client"];
            assert_eq!(client, &json!({ "id": made.client_id(), "since": app.time(0), "prospect": { "id": made.id, "condition": "CLIENT" } }));
            assert_eq!(whole(&app.ana, &made).await["client"]["potentialLevel"]["name"], "High");
            app.assert_sound().await;
            app.advance(60_000);
            let answer = unconvert(&app, &made).await;
            let prospect = &answer.payload("clientUnconvert")["prospect"];
            assert_eq!(prospect, &json!({ "id": made.id, "condition": "PROSPECT", "status": { "name": status }, "client": null }));
            assert_eq!(state(&app, &made).await, before, "{status}");
            assert_eq!(timeline(&app.ana, &made).await[0]["reasonNote"], "a mistake");
            app.assert_sound().await;
        }
    }

    /// Only the client, the cycle and the history are written.
    async fn winning_moves_no_data(app: TestApp) {
        let made = app.prospect().owner(&app.ana).complete("zafiro").create().await;
        app.note(&app.ana, &made, "one").await;
        let moving = ["clients", "cycles", "prospects", "operations", "status_intervals", "timeline_entries", "entry_changes"];
        let before: Snapshot = app.snapshot().await.without(&moving);
        app.convert(&app.ana, &made).await;
        before.assert_equal(&app.snapshot().await.without(&moving), "winning");
        unconvert(&app, &made).await.payload("clientUnconvert");
        before.assert_equal(&app.snapshot().await.without(&moving), "taking a win back");
    }

    async fn the_latest_win_is_taken_back(app: TestApp) {
        let made = app.prospect().owner(&app.ana).create().await;
        app.convert(&app.ana, &made).await;
        let first = state(&app, &made).await;
        app.advance(60_000);
        app.move_as(&app.ana, &made, "Negotiation", json!({ "reopenAs": "RETURNING" })).await;
        let open = state(&app, &made).await;
        assert_eq!(unconvert(&app, &made).await.user_errors("clientUnconvert"), ["STATE id"]);
        app.advance(60_000);
        app.convert(&app.ana, &made).await;
        app.advance(60_000);
        unconvert(&app, &made).await.payload("clientUnconvert");
        // The other win stands, so it is a client still.
        assert_eq!(state(&app, &made).await, open);
        app.move_to(&app.ana, &made, "Lost").await;
        app.assert_sound().await;
        app.advance(60_000);
        unconvert(&app, &made).await.payload("clientUnconvert");
        let seen = whole(&app.ana, &made).await;
        assert_eq!((&seen["client"], &seen["condition"]), (&Value::Null, &json!("PROSPECT")));
        assert_eq!(seen["cycle"]["id"], first.0["cycle"]["id"], "the first cycle is open again");
        app.assert_sound().await;
    }

    async fn what_makes_no_sense_is_refused(app: TestApp) {
        let made = app.prospect().owner(&app.ana).create().await;
        let before = app.snapshot().await;
        assert_eq!(unconvert(&app, &made).await.user_errors("clientUnconvert"), ["NOT_FOUND id"]);
        let convert = async |level: String| {
            let variables = json!({ "id": made.id, "potentialLevelId": level });
            app.ana.run_operation(operations::PROCESS, "Convert", variables).await.user_errors("prospectConvert")
        };
        assert_eq!(convert(app.level("High")).await, ["INVALID input.potentialLevelId"]);
        assert_eq!(convert("nonsense".to_owned()).await, ["NOT_FOUND input.potentialLevelId"]);
        before.assert_equal(&app.snapshot().await, "refused conversions");
        app.convert(&app.ana, &made).await;
        let before = app.snapshot().await;
        assert_eq!(convert(app.client_level("High")).await, ["STATE id"]);
        let variables = json!({ "id": made.client_id(), "reason": "  " });
        let answer = app.ana.run_operation(operations::PROCESS, "Unconvert", variables).await;
        assert_eq!(answer.user_errors("clientUnconvert"), ["REQUIRED input.reason"]);
        before.assert_equal(&app.snapshot().await, "refused conversions");
    }

    async fn a_client_has_a_level(app: TestApp) {
        let made = app.prospect().owner(&app.ana).create().await;
        app.convert(&app.ana, &made).await;
        let update = "mutation ($id: ID!, $level: ID, $version: Int) { clientUpdate(id: $id, input: { potentialLevelId: $level }, expectedVersion: $version) {
            client { version potentialLevel { name } prospect { lastActivityAt } } userErrors { code message path } } }";
        let run = async |level: Value, version: Value| app.ana.run(update, json!({ "id": made.client_id(), "level": level, "version": version })).await;
        app.advance(60_000);
        let answer = run(json!(app.client_level("High")), json!(1)).await;
        assert_eq!(
            answer.payload("clientUpdate")["client"],
            json!({ "version": 2, "potentialLevel": { "name": "High" }, "prospect": { "lastActivityAt": app.time(0) } })
        );
        assert_eq!(
            timeline(&app.ana, &made).await[0]["changes"],
            json!([{ "field": "client.potentialLevel", "before": "Not yet evaluated", "after": "High" }])
        );
        let before = app.snapshot().await;
        assert_eq!(run(Value::Null, json!(1)).await.user_errors("clientUpdate"), ["CONFLICT expectedVersion"]);
        assert_eq!(run(json!(app.level("Low")), Value::Null).await.user_errors("clientUpdate"), ["INVALID input.potentialLevelId"]);
        run(json!(app.client_level("High")), Value::Null).await.payload("clientUpdate");
        before.assert_equal(&app.snapshot().await, "edits that change nothing");
        assert_eq!(run(Value::Null, Value::Null).await.payload("clientUpdate")["client"]["potentialLevel"], Value::Null);
        app.assert_sound().await;
    }

    /// With two statuses of category WON, a correction may go from one to the other.
    async fn a_win_corrected_into_another_win(app: TestApp) {
        let create = "mutation { statusCreate(input: { name: \"Renewed\", category: WON }) { status { id } userErrors { code } } }";
        app.admin.run(create, json!({})).await.payload("statusCreate");
        let made = app.prospect().owner(&app.ana).create().await;
        let before = state(&app, &made).await;
        app.convert(&app.ana, &made).await;
        app.advance(60_000);
        app.move_as(&app.ana, &made, "Renewed", json!({ "reopenAs": "CORRECTION" })).await;
        app.assert_sound().await;
        app.advance(60_000);
        unconvert(&app, &made).await.payload("clientUnconvert");
        app.assert_sound().await;
        assert_eq!(state(&app, &made).await, before);
    }

    /// A second win may bring another level; taking it back brings the first one back.
    async fn the_level_of_a_client_comes_back_too(app: TestApp) {
        let made = app.prospect().owner(&app.ana).create().await;
        let convert = async |level: &str| {
            let variables = json!({ "id": made.id, "potentialLevelId": app.client_level(level) });
            app.ana.run_operation(operations::PROCESS, "Convert", variables).await.payload("prospectConvert").clone()
        };
        convert("Low").await;
        let version = whole(&app.ana, &made).await["client"]["version"].clone();
        app.advance(60_000);
        app.move_as(&app.ana, &made, "Negotiation", json!({ "reopenAs": "RETURNING" })).await;
        let before = state(&app, &made).await;
        app.advance(60_000);
        convert("High").await;
        let seen = whole(&app.ana, &made).await;
        assert_eq!(seen["client"]["potentialLevel"]["name"], "High");
        assert_ne!(seen["client"]["version"], version, "a change that no version tells");
        app.advance(60_000);
        unconvert(&app, &made).await.payload("clientUnconvert");
        assert_eq!(state(&app, &made).await, before);
    }
}
