//! Recurring tasks: the next one is planned when one is completed, in the time zone of the user who set the rule.

use cartera::entities::setup::revision::CachedTable;
use serde_json::{Value, json};

use super::{DAY, HOUR, act, actions, entries_of, seen};
use crate::support::{Made, TestApp};

async fn done(app: &TestApp, task: &Made) -> Value {
    act(&app.ana, "taskComplete", task, json!({}), None).await.payload("taskComplete")["nextTask"].clone()
}

fn made(task: &Value) -> Made {
    Made::new(task["id"].as_str().expect("an id"))
}

both! {
    async fn the_next_one_is_planned_when_one_is_done(app: TestApp) {
        let prospect = app.prospect().owner(&app.ana).create().await;
        // 2026-03-10 is a Tuesday; the first is due on Wednesday at ten in Caracas.
        let fields = json!({ "dueAt": "2026-03-11T14:00:00Z", "note": "as always", "repeatRule": "freq=weekly;byday=we,fr", "assigneeId": app.admin.id });
        let first = app.task(&app.ana, &prospect, fields).await;
        let rule = seen(&app.ana, &first).await;
        assert_eq!((&rule["repeatRule"], &rule["repeatTimeZone"]), (&json!("FREQ=WEEKLY;BYDAY=WE,FR"), &json!("America/Caracas")));
        let next = done(&app, &first).await;
        assert_eq!(
            (&next["dueAt"], &next["note"], &next["state"], &next["assignee"]["name"], &next["repeatRule"], &next["version"]),
            (&json!("2026-03-13T14:00:00.000Z"), &json!("as always"), &json!("PLANNED"), &json!("Olga Administradora"), &json!("FREQ=WEEKLY;BYDAY=WE,FR"), &json!(1))
        );
        // Late by more than a week: what lies behind is not made up for.
        app.advance(12 * DAY);
        app.rest().await;
        let next = done(&app, &made(&next)).await;
        assert_eq!(next["dueAt"], "2026-03-25T14:00:00.000Z");
        let entries = entries_of(&app.ana, &prospect).await;
        assert_eq!(actions(&entries), ["CREATED", "COMPLETED", "CREATED", "COMPLETED", "CREATED"]);
        assert_eq!(entries[4]["task"]["id"], next["id"]);
        app.assert_sound().await;
    }

    /// The time zone of the user who set the rule counts, independent of the user who completes the task.
    async fn the_time_of_day_stays_where_the_rule_was_given(app: TestApp) {
        let zone = "UPDATE users SET time_zone = 'Europe/Madrid' WHERE name LIKE 'Ana%'";
        sea_orm::ConnectionTrait::execute_unprepared(app.core.db.writer(), zone).await.expect("a zone is set");
        app.core.catalogs.reload(&app.core.db, CachedTable::User).await.expect("users are read again");
        let prospect = app.prospect().owner(&app.ana).create().await;
        let task = app.task(&app.ana, &prospect, json!({ "dueAt": "2026-03-28T01:30:00Z", "repeatRule": "FREQ=DAILY" })).await;
        // At half past two on the next day there is no such time in Madrid; from then on the clock is an hour ahead.
        let answer = act(&app.admin, "taskComplete", &task, json!({}), None).await;
        let next = answer.payload("taskComplete")["nextTask"].clone();
        assert_eq!((&next["dueAt"], &next["repeatTimeZone"]), (&json!("2026-03-29T01:30:00.000Z"), &json!("Europe/Madrid")));
        let next = act(&app.admin, "taskComplete", &made(&next), json!({}), None).await;
        assert_eq!(next.payload("taskComplete")["nextTask"]["dueAt"], "2026-03-30T00:30:00.000Z");
    }

    async fn a_series_ends(app: TestApp) {
        let prospect = app.prospect().owner(&app.ana).create().await;
        let fields = json!({ "dueAt": app.time(HOUR), "repeatRule": "FREQ=DAILY;COUNT=2" });
        let task = app.task(&app.ana, &prospect, fields).await;
        let next = done(&app, &task).await;
        assert_eq!(next["dueAt"], app.time(HOUR + DAY));
        assert_eq!(done(&app, &made(&next)).await, Value::Null);
        let fields = json!({ "dueAt": app.time(HOUR), "repeatRule": "FREQ=DAILY;UNTIL=20260311" });
        let task = app.task(&app.ana, &prospect, fields).await;
        let next = done(&app, &task).await;
        assert_eq!(done(&app, &made(&next)).await, Value::Null);
        // Cancelling one ends it, and so does taking the rule away.
        let fields = json!({ "dueAt": app.time(HOUR), "repeatRule": "FREQ=DAILY" });
        let cancelled = app.task(&app.ana, &prospect, fields.clone()).await;
        act(&app.ana, "taskCancel", &cancelled, json!({}), None).await.payload("taskCancel");
        let plain = app.task(&app.ana, &prospect, fields).await;
        act(&app.ana, "taskUpdate", &plain, json!({ "repeatRule": null }), None).await.payload("taskUpdate");
        assert_eq!(done(&app, &plain).await, Value::Null);
        assert_eq!(app.sql("SELECT CAST(id AS text) FROM tasks WHERE state = 'PLANNED'").await, [""; 0]);
        app.assert_sound().await;
    }

    /// Putting one off moves it alone.
    async fn one_occurrence_is_put_off(app: TestApp) {
        let prospect = app.prospect().owner(&app.ana).create().await;
        let task = app.task(&app.ana, &prospect, json!({ "dueAt": "2026-03-11T14:00:00Z", "repeatRule": "FREQ=WEEKLY" })).await;
        act(&app.ana, "taskPostpone", &task, json!({ "dueAt": "2026-03-13T20:00:00Z" }), None).await.payload("taskPostpone");
        assert_eq!(done(&app, &task).await["dueAt"], "2026-03-18T14:00:00.000Z");
        // Brought forward it is the same occurrence, and does not come twice.
        let forward = app.task(&app.ana, &prospect, json!({ "dueAt": "2027-03-01T14:00:00Z", "repeatRule": "FREQ=WEEKLY;BYDAY=MO;COUNT=2" })).await;
        act(&app.ana, "taskPostpone", &forward, json!({ "dueAt": "2027-02-26T14:00:00Z" }), None).await.payload("taskPostpone");
        let second = done(&app, &forward).await;
        assert_eq!(second["dueAt"], "2027-03-08T14:00:00.000Z");
        act(&app.ana, "taskPostpone", &made(&second), json!({ "dueAt": "2027-03-02T14:00:00Z" }), None).await.payload("taskPostpone");
        assert_eq!(done(&app, &made(&second)).await, Value::Null);
        // Nor with another rule.
        let changed = app.task(&app.ana, &prospect, json!({ "dueAt": "2027-03-01T14:00:00Z", "repeatRule": "FREQ=WEEKLY;BYDAY=MO" })).await;
        act(&app.ana, "taskPostpone", &changed, json!({ "dueAt": "2027-02-26T14:00:00Z" }), None).await.payload("taskPostpone");
        act(&app.ana, "taskUpdate", &changed, json!({ "repeatRule": "FREQ=WEEKLY;BYDAY=MO,WE" }), None).await.payload("taskUpdate");
        assert_eq!(done(&app, &changed).await["dueAt"], "2027-03-03T14:00:00.000Z");
        // Put off beyond the next one, which is not left out where this one is done in time.
        let late = app.task(&app.ana, &prospect, json!({ "dueAt": "2027-03-01T14:00:00Z", "repeatRule": "FREQ=WEEKLY" })).await;
        act(&app.ana, "taskPostpone", &late, json!({ "dueAt": "2027-03-20T14:00:00Z" }), None).await.payload("taskPostpone");
        assert_eq!(done(&app, &late).await["dueAt"], "2027-03-08T14:00:00.000Z");
        app.assert_sound().await;
        let begun = app.task(&app.ana, &prospect, json!({ "dueAt": "2026-03-11T14:00:00Z" })).await;
        act(&app.ana, "taskUpdate", &begun, json!({ "repeatRule": "FREQ=MONTHLY;BYDAY=-1FR" }), None).await.payload("taskUpdate");
        assert_eq!(done(&app, &begun).await["dueAt"], "2026-03-27T14:00:00.000Z");
    }

    /// Rules that would flood, never end to search, or say something else than when.
    async fn hostile_rules_are_refused(app: TestApp) {
        let prospect = app.prospect().owner(&app.ana).create().await;
        let before = app.snapshot().await;
        let create = "mutation ($id: ID!, $input: TaskCreateInput!) {
            taskCreate(prospectId: $id, input: $input) { task { id } userErrors { code message path } } }";
        for rule in [
            "", "RRULE:", "FREQ=DAILY;COUNT=3;UNTIL=20280101", "FREQ=MONTHLY;BYSETPOS=1", "FREQ=YEARLY;INTERVAL=80", "FREQ=SECONDLY", "FREQ=MINUTELY;INTERVAL=1", "freq=hourly", "FREQ=DAILY;BYSECOND=0,1,2,3", "FREQ=DAILY;BYHOUR=1,2,3",
            "FREQ=DAILY;FREQ=SECONDLY", "FREQ=DAILY;COUNT=99999999999", "FREQ=DAILY;COUNT=-1", "FREQ=DAILY;INTERVAL=0", "FREQ=YEARLY;INTERVAL=65535;BYMONTH=1",
            "FREQ=YEARLY;INTERVAL=100;COUNT=2", "FREQ=DAILY;UNTIL=21000101", "FREQ=DAILY;INTERVAL=65536", "FREQ=DAILY;COUNT=0",
            "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30", "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=31", "FREQ=DAILY;UNTIL=00000000",
            "FREQ=DAILY\nEXDATE:20260101T000000Z", "DTSTART:20260101T000000Z", "FREQ=DAILY;X=1", "FREQ", "=;=;=", "🦀",
        ] {
            let input = json!({ "typeId": app.task_type("Call"), "dueAt": "2026-06-11T14:00:00Z", "repeatRule": rule });
            let answer = app.ana.run(create, json!({ "id": prospect.id, "input": input })).await;
            assert_eq!(answer.user_errors("taskCreate"), ["INVALID input.repeatRule"], "{rule}");
        }
        for (rule, message) in [
            ("FREQ=YEARLY;INTERVAL=100;COUNT=2", "must end before 2100: its COUNT or UNTIL goes beyond"),
            ("FREQ=DAILY;INTERVAL=0", "must have an INTERVAL from 1 to 65535"),
        ] {
            let input = json!({ "typeId": app.task_type("Call"), "dueAt": "2026-06-11T14:00:00Z", "repeatRule": rule });
            let answer = app.ana.run(create, json!({ "id": prospect.id, "input": input })).await;
            assert_eq!(answer.data()["taskCreate"]["userErrors"][0]["message"], message, "{rule}");
        }
        let input = json!({ "typeId": app.task_type("Call"), "dueAt": "2026-06-11T14:00:00Z", "repeatRule": "1".repeat(201) });
        let answer = app.ana.run(create, json!({ "id": prospect.id, "input": input })).await;
        assert_eq!(answer.user_errors("taskCreate"), ["TOO_LONG input.repeatRule"]);
        before.assert_equal(&app.snapshot().await, "refused rules");
    }

    /// The series begins at the due time, so that is where a rule has to give dates.
    async fn a_rule_is_read_from_the_due_time(app: TestApp) {
        let prospect = app.prospect().owner(&app.ana).create().await;
        // The present is 2026-03-10.
        let late = app.task(&app.ana, &prospect, json!({ "dueAt": "2026-03-01T14:00:00Z" })).await;
        let early = app.task(&app.ana, &prospect, json!({ "dueAt": "2026-05-01T14:00:00Z" })).await;
        let before = app.snapshot().await;
        for rule in ["FREQ=DAILY;UNTIL=20260401", "FREQ=YEARLY;BYMONTH=4;UNTIL=20260430"] {
            let answer = act(&app.ana, "taskUpdate", &early, json!({ "repeatRule": rule }), None).await;
            assert_eq!(answer.user_errors("taskUpdate"), ["INVALID input.repeatRule"], "{rule}");
        }
        before.assert_equal(&app.snapshot().await, "refused rules");
        let answer = act(&app.ana, "taskUpdate", &late, json!({ "repeatRule": "FREQ=DAILY;UNTIL=20260305" }), None).await;
        assert_eq!(answer.payload("taskUpdate")["task"]["repeatRule"], "FREQ=DAILY;UNTIL=20260305");
        assert_eq!(done(&app, &late).await, Value::Null);
        // Nothing is revealed about tasks of others, whatever the rule.
        let foreign = act(&app.luis, "taskUpdate", &early, json!({ "repeatRule": "nonsense" }), None).await;
        assert_eq!(foreign.user_errors("taskUpdate"), ["NOT_FOUND id"]);
        app.assert_sound().await;
    }

    /// The next date is worked out before the transaction; a call that puts the task off meanwhile comes before or after.
    async fn putting_off_at_the_same_moment(app: TestApp) {
        let prospect = app.prospect().owner(&app.ana).create().await;
        for round in 0..8 {
            let task = app.task(&app.ana, &prospect, json!({ "dueAt": "2026-03-11T14:00:00Z", "repeatRule": "FREQ=DAILY" })).await;
            let (completed, postponed) = tokio::join!(
                act(&app.ana, "taskComplete", &task, json!({}), None),
                act(&app.admin, "taskPostpone", &task, json!({ "dueAt": "2026-03-20T20:00:00Z" }), None)
            );
            // In either order, the task has the same date in the series, and so the next one has.
            assert_eq!(completed.payload("taskComplete")["nextTask"]["dueAt"], "2026-03-12T14:00:00.000Z", "{round}");
            let refused = postponed.user_errors("taskPostpone");
            assert!(refused.is_empty() || refused == ["STATE id"], "{round}: {refused:?}");
        }
        app.assert_sound().await;
    }
}
