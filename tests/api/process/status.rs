//! The sales process: all categories, reasons, and all ways of reopening.

use serde_json::{Value, json};

use crate::records::{cycles, timeline, whole};
use crate::support::{Answer, Made, TestApp, operations};

async fn change(app: &TestApp, made: &Made, status: &str, fields: Value) -> Answer {
    let mut variables = json!({ "id": made.id, "statusId": app.status(status) });
    variables
        .as_object_mut()
        .expect("an object")
        .extend(fields.as_object().expect("an object").clone());
    app.ana.run_operation(operations::PROCESS, "StatusChange", variables).await
}

fn errors(answer: &Answer) -> Vec<String> {
    answer.user_errors("prospectStatusChange")
}

both! {
    async fn a_sale_from_first_contact_to_won(app: TestApp) {
        let made = app.prospect().owner(&app.ana).create().await;
        for status in ["Second contact", "Ready for proposal", "Negotiation", "New", "Negotiation"] {
            app.advance(60_000);
            let answer = change(&app, &made, status, json!({})).await;
            let prospect = &answer.payload("prospectStatusChange")["prospect"];
            assert_eq!(prospect["status"], json!({ "name": status, "category": "OPEN" }));
            assert_eq!((&prospect["client"], &prospect["cycle"]["kind"]), (&Value::Null, &json!("NEW")));
        }
        app.advance(60_000);
        let answer = change(&app, &made, "Won", json!({ "note": "signed" })).await;
        assert_eq!(answer.payload("prospectStatusChange")["prospect"]["client"], json!({ "id": made.client_id(), "since": app.time(0) }));
        let seen = whole(&app.ana, &made).await;
        assert_eq!((&seen["condition"], &seen["version"]), (&json!("CLIENT"), &json!(7)));
        assert_eq!(seen["client"]["potentialLevel"]["name"], "Not yet evaluated");
        assert_eq!(seen["client"]["convertedBy"]["name"], "Ana Vendedora");
        assert_eq!((&seen["cycle"]["isOpen"], &seen["cycle"]["closedAt"]), (&json!(false), &json!(app.time(0))));
        let entries = timeline(&app.ana, &made).await;
        assert_eq!(entries.len(), 7);
        assert_eq!(
            (&entries[0]["from"]["name"], &entries[0]["to"]["name"], &entries[0]["reasonNote"], &entries[0]["reopenedAs"]),
            (&json!("Negotiation"), &json!("Won"), &json!("signed"), &Value::Null)
        );
        let intervals = app.sql("SELECT s.name FROM status_intervals i JOIN statuses s ON s.id = i.status_id ORDER BY i.from_at, i.id").await;
        assert_eq!(intervals, ["New", "Second contact", "Ready for proposal", "Negotiation", "New", "Negotiation", "Won"]);
        app.assert_sound().await;
    }

    async fn losing_and_discarding_take_a_reason(app: TestApp) {
        let made = app.prospect().owner(&app.ana).create().await;
        let before = app.snapshot().await;
        let reason = |name: &str| json!({ "reasonId": app.reason(name) });
        assert_eq!(errors(&change(&app, &made, "Lost", json!({})).await), ["REQUIRED input.reasonId"]);
        assert_eq!(errors(&change(&app, &made, "Lost", reason("Duplicate")).await), ["INVALID input.reasonId"]);
        assert_eq!(errors(&change(&app, &made, "Discarded", reason("Chose a competitor")).await), ["INVALID input.reasonId"]);
        assert_eq!(errors(&change(&app, &made, "Won", reason("No budget")).await), ["INVALID input.reasonId"]);
        assert_eq!(errors(&change(&app, &made, "Negotiation", reason("No budget")).await), ["INVALID input.reasonId"]);
        assert_eq!(errors(&change(&app, &made, "Lost", json!({ "reasonId": "nonsense" })).await), ["NOT_FOUND input.reasonId"]);
        assert_eq!(errors(&change(&app, &made, "Lost", reason("Other")).await), ["REQUIRED input.note"]);
        assert_eq!(errors(&change(&app, &made, "Lost", json!({ "reasonId": app.reason("Other"), "note": "  " })).await), ["REQUIRED input.note"]);
        let long = json!({ "reasonId": app.reason("Other"), "note": "x".repeat(2001) });
        assert_eq!(errors(&change(&app, &made, "Discarded", long).await), ["TOO_LONG input.note"]);
        before.assert_equal(&app.snapshot().await, "refused changes");

        change(&app, &made, "Discarded", json!({ "reasonId": app.reason("Other"), "note": " a joke " })).await.payload("prospectStatusChange");
        let seen = whole(&app.ana, &made).await;
        assert_eq!((&seen["cycle"]["reason"]["name"], &seen["cycle"]["reasonNote"]), (&json!("Other"), &json!("a joke")));
        let entry = &timeline(&app.ana, &made).await[0];
        assert_eq!((&entry["reason"]["name"], &entry["reasonNote"]), (&json!("Other"), &json!("a joke")));
        app.assert_sound().await;
    }

    async fn what_makes_no_sense_is_refused(app: TestApp) {
        let made = app.prospect().owner(&app.ana).create().await;
        let before = app.snapshot().await;
        assert_eq!(errors(&change(&app, &made, "New", json!({})).await), ["STATE input.statusId"]);
        assert_eq!(errors(&change(&app, &made, "Won", json!({ "reopenAs": "RETURNING" })).await), ["STATE input.reopenAs"]);
        assert_eq!(errors(&change(&app, &made, "Negotiation", json!({ "reopenAs": "CORRECTION" })).await), ["STATE input.reopenAs"]);
        let direct = "mutation ($id: ID!, $input: ProspectStatusChangeInput!, $version: Int) {
            prospectStatusChange(id: $id, input: $input, expectedVersion: $version) { prospect { id } userErrors { code message path } } }";
        let run = async |input: Value, version: Value| errors(&app.ana.run(direct, json!({ "id": made.id, "input": input, "version": version })).await);
        assert_eq!(run(json!({}), Value::Null).await, ["REQUIRED input.statusId"]);
        assert_eq!(run(json!({ "statusId": app.reason("Other") }), Value::Null).await, ["NOT_FOUND input.statusId"]);
        assert_eq!(run(json!({ "statusId": app.status("Lost") }), json!(7)).await, ["CONFLICT expectedVersion", "REQUIRED input.reasonId"]);
        before.assert_equal(&app.snapshot().await, "refused changes");
    }

    /// Discarded by mistake, and reconsidered: the same cycle goes on.
    async fn a_closed_sale_is_opened_again(app: TestApp) {
        for (closed, kind) in [("Discarded", "CORRECTION"), ("Lost", "RECONSIDERED"), ("Lost", "CORRECTION"), ("Discarded", "RECONSIDERED")] {
            let made = app.prospect().owner(&app.ana).create().await;
            let cycle = whole(&app.ana, &made).await["cycle"]["id"].clone();
            app.move_to(&app.ana, &made, closed).await;
            app.advance(60_000);
            assert_eq!(errors(&change(&app, &made, "Negotiation", json!({})).await), ["STATE input.reopenAs"]);
            for new in ["RETURNING", "CROSS_SELL", "UPSELL", "RENEWAL"] {
                assert_eq!(errors(&change(&app, &made, "Negotiation", json!({ "reopenAs": new })).await), ["STATE input.reopenAs"], "{new}");
            }
            change(&app, &made, "Negotiation", json!({ "reopenAs": kind, "note": "again" })).await.payload("prospectStatusChange");
            let seen = whole(&app.ana, &made).await;
            assert_eq!((&seen["cycle"]["id"], &seen["cycle"]["isOpen"], &seen["cycle"]["closedAt"]), (&cycle, &json!(true), &Value::Null));
            assert_eq!((&seen["cycle"]["reason"], &seen["cycle"]["reasonNote"]), (&Value::Null, &Value::Null));
            let entry = &timeline(&app.ana, &made).await[0];
            assert_eq!((&entry["reopenedAs"], &entry["reasonNote"]), (&json!(kind), &json!("again")));
        }
        app.assert_sound().await;
    }

    async fn a_win_is_corrected(app: TestApp) {
        let made = app.prospect().owner(&app.ana).create().await;
        app.move_to(&app.ana, &made, "Won").await;
        app.advance(60_000);
        assert_eq!(errors(&change(&app, &made, "Negotiation", json!({ "reopenAs": "RECONSIDERED" })).await), ["STATE input.reopenAs"]);
        let answer = change(&app, &made, "Negotiation", json!({ "reopenAs": "CORRECTION" })).await;
        let prospect = &answer.payload("prospectStatusChange")["prospect"];
        assert_eq!((&prospect["client"], &prospect["cycle"]["kind"]), (&Value::Null, &json!("NEW")));
        assert_eq!(whole(&app.ana, &made).await["condition"], "PROSPECT");
        assert_eq!(app.sql("SELECT kind FROM operations ORDER BY at, id").await, ["CONVERT", "UNCONVERT"]);
        // A win that was a loss.
        app.move_to(&app.ana, &made, "Won").await;
        app.move_as(&app.ana, &made, "Lost", json!({ "reopenAs": "CORRECTION" })).await;
        assert_eq!(whole(&app.ana, &made).await["client"], Value::Null);
        app.assert_sound().await;
    }

    async fn a_client_begins_new_cycles(app: TestApp) {
        let made = app.prospect().owner(&app.ana).create().await;
        app.move_to(&app.ana, &made, "Won").await;
        let since = whole(&app.ana, &made).await["client"]["since"].clone();
        let kinds = ["RETURNING", "CROSS_SELL", "UPSELL", "RENEWAL"];
        for kind in kinds {
            app.advance(60_000);
            // By default where clients who return start.
            let variables = json!({ "id": made.id, "input": { "reopenAs": kind } });
            let direct = "mutation ($id: ID!, $input: ProspectStatusChangeInput!) {
                prospectStatusChange(id: $id, input: $input) { prospect { status { name } cycle { kind } condition } userErrors { code message path } } }";
            let answer = app.ana.run(direct, variables).await;
            assert_eq!(
                answer.payload("prospectStatusChange")["prospect"],
                json!({ "status": { "name": "Ready for proposal" }, "cycle": { "kind": kind }, "condition": "CLIENT" })
            );
            app.advance(60_000);
            let end = if kind == "UPSELL" { "Lost" } else { "Won" };
            app.move_to(&app.ana, &made, end).await;
        }
        app.advance(60_000);
        // A client stays one through a sale that is lost, and one that is won at once.
        change(&app, &made, "Won", json!({ "reopenAs": "UPSELL" })).await.payload("prospectStatusChange");
        app.advance(60_000);
        assert_eq!(errors(&change(&app, &made, "Lost", json!({ "reopenAs": "RENEWAL", "reasonId": app.reason("No budget") })).await), ["STATE input.reopenAs"]);
        let rows = cycles(&app.ana, &made).await;
        let found_rows: Vec<(&str, &str)> = rows.iter().map(|row| (row["kind"].as_str().expect("a kind"), row["status"]["name"].as_str().expect("a name"))).collect();
        assert_eq!(found_rows, [("UPSELL", "Won"), ("RENEWAL", "Won"), ("UPSELL", "Lost"), ("CROSS_SELL", "Won"), ("RETURNING", "Won"), ("NEW", "Won")]);
        let seen = whole(&app.ana, &made).await;
        assert_eq!((&seen["client"]["since"], &seen["cycle"]["id"]), (&since, &rows[0]["id"]));
        app.assert_sound().await;
    }

    async fn the_worth_of_a_sale(app: TestApp) {
        let made = app.prospect().owner(&app.ana).create().await;
        let id = whole(&app.ana, &made).await["cycle"]["id"].clone();
        let update = "mutation ($id: ID!, $input: CycleUpdateInput!, $version: Int) { cycleUpdate(id: $id, input: $input, expectedVersion: $version) {
            cycle { version amount { amount currency } } prospect { id version lastActivityAt } userErrors { code message path } } }";
        let run = async |amount: Value, version: Value| app.ana.run(update, json!({ "id": id, "input": { "amount": amount }, "version": version })).await;
        app.advance(60_000);
        let answer = run(json!({ "amount": "1234.5", "currency": "USD" }), json!(1)).await;
        let payload = answer.payload("cycleUpdate");
        assert_eq!(payload["cycle"], json!({ "version": 2, "amount": { "amount": "1234.50", "currency": "USD" } }));
        assert_eq!(payload["prospect"]["lastActivityAt"], json!(app.time(0)));
        assert_eq!(timeline(&app.ana, &made).await[0]["changes"], json!([{ "field": "cycle.amount", "before": null, "after": "1234.50 USD" }]));
        let before = app.snapshot().await;
        run(json!({ "amount": "1234.50", "currency": "USD" }), Value::Null).await.payload("cycleUpdate");
        assert_eq!(run(Value::Null, json!(1)).await.user_errors("cycleUpdate"), ["CONFLICT expectedVersion"]);
        for (amount, currency) in [("1.234", "USD"), ("-1", "USD"), ("1.5", "JPY"), ("1", "XXQ"), ("99999999999999999999", "USD")] {
            let answer = run(json!({ "amount": amount, "currency": currency }), Value::Null).await;
            let is_refused = !answer.errors().is_empty() || !answer.user_errors("cycleUpdate").is_empty();
            assert!(is_refused && !answer.codes().contains(&"INTERNAL"), "{amount} {currency}: {}", answer.text);
        }
        before.assert_equal(&app.snapshot().await, "refused amounts");
        assert_eq!(run(json!({ "amount": "500", "currency": "JPY" }), Value::Null).await.payload("cycleUpdate")["cycle"]["amount"]["amount"], "500");
        assert_eq!(run(Value::Null, Value::Null).await.payload("cycleUpdate")["cycle"]["amount"], Value::Null);
        app.assert_sound().await;
    }
}
