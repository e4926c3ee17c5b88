//! Reports as of a past instant: the prospects that were registered then, with their status and owner of then.

use std::collections::BTreeMap;

use chrono::DateTime;
use serde_json::{Value, json};

use super::{records, report, rows, world};
use crate::support::TestApp;

const HOUR: i64 = 60 * 60 * 1000;

fn at(value: &Value) -> Option<i64> {
    Some(DateTime::parse_from_rfc3339(value.as_str()?).ok()?.timestamp_millis())
}

/// The record of the interval of a prospect just before an instant.
fn before<'a>(intervals: &'a [Value], prospect: &Value, instant: i64) -> Option<&'a Value> {
    intervals.iter().find(|interval| {
        let own = &interval["own"];
        interval["prospect"]["id"] == prospect["id"]
            && at(&own["ENTERED_AT"]).is_some_and(|from| from < instant)
            && at(&own["LEFT_AT"]).is_none_or(|to| to >= instant)
    })
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or("-").to_owned()
}

both! {
    async fn prospects_are_counted_as_they_were(app: TestApp) {
        world::create(&app, 11).await;
        for person in [&app.admin, &app.ana] {
            let prospects = world::read(person).await;
            let statuses = records::read(&app, person, &prospects, "STATUS_INTERVALS").await;
            let owners = records::read(&app, person, &prospects, "OWNER_INTERVALS").await;
            for ago in [0, 10 * HOUR, 30 * HOUR, 90 * 24 * HOUR] {
                let instant = app.now() - ago;
                for (status_now, owner_now) in [(false, false), (true, false), (false, true)] {
                    let mut expected: BTreeMap<Vec<String>, i64> = BTreeMap::new();
                    for prospect in prospects.iter().filter(|prospect| at(&prospect["createdAt"]).expect("a time") < instant) {
                        let (status, category) = match before(&statuses, prospect, instant) {
                            _ if status_now => (&prospect["status"]["id"], &prospect["status"]["category"]),
                            Some(interval) => (&interval["own"]["INTERVAL_STATUS"], &interval["own"]["INTERVAL_CATEGORY"]),
                            None => panic!("no status of {prospect} at {instant}"),
                        };
                        let owner = match before(&owners, prospect, instant) {
                            _ if owner_now => &prospect["owner"]["id"],
                            Some(interval) => &interval["own"]["INTERVAL_OWNER"],
                            None => &Value::Null,
                        };
                        let won = at(&prospect["client"]["since"]).is_some_and(|since| since < instant || status_now);
                        let condition = if won { "CLIENT" } else { "PROSPECT" };
                        *expected.entry(vec![text(status), text(category), text(owner), condition.to_owned()]).or_default() += 1;
                    }
                    let moment = |is_now: bool| if is_now { "NOW" } else { "THEN" };
                    let input = json!({ "dataset": "PROSPECTS", "asOf": world::time(instant), "asOfStatus": (moment(status_now)),
                        "asOfOwner": (moment(owner_now)), "emptyRows": false, "limit": 10_000,
                        "dimensions": [{ "field": "STATUS" }, { "field": "STATUS_CATEGORY" }, { "field": "OWNER" }, { "field": "CONDITION" }],
                        "measures": [{ "measure": "COUNT" }] });
                    let found = report(person, input.clone()).await;
                    let mut sorted = rows(&found);
                    sorted.sort();
                    let expected: Vec<Vec<String>> =
                        expected.into_iter().map(|(keys, count)| [keys, vec![count.to_string()]].concat()).collect();
                    assert_eq!(sorted, expected, "{input}");
                    assert!(found["rows"].as_array().expect("rows").iter().all(|row| row["filter"].is_null() && row["list"].is_null()));
                }
            }
        }
    }

    /// Clients are those that were clients then, with their status and owner of then.
    async fn clients_are_counted_as_they_were(app: TestApp) {
        let first = app.prospect().owner(&app.ana).create().await;
        app.prospect().owner(&app.ana).create().await;
        app.advance(HOUR);
        app.convert(&app.ana, &first).await;
        let second = app.prospect().owner(&app.luis).create().await;
        app.advance(HOUR);
        let won = app.now();
        app.give(&app.admin, &first, Some(&app.luis)).await;
        app.move_as(&app.luis, &first, "Negotiation", json!({ "reopenAs": "RENEWAL" })).await;
        app.convert(&app.luis, &second).await;
        app.advance(HOUR);
        let of = async |as_of: i64, owner: &str| {
            let input = json!({ "dataset": "CLIENTS", "asOf": world::time(as_of), "asOfOwner": owner, "emptyRows": false,
                "dimensions": [{ "field": "OWNER" }, { "field": "STATUS" }], "measures": [{ "measure": "COUNT" }, { "measure": "DISTINCT_COUNT", "field": "CLIENT" }] });
            let found = report(&app.admin, input).await;
            assert!(found["rows"].as_array().expect("rows").iter().all(|row| row["filter"].is_null() && row["list"].is_null()));
            rows(&found)
        };
        let (ana, luis, is_won) = (&*app.ana.id, &*app.luis.id, &*app.status("Won"));
        assert_eq!(of(won - HOUR, "THEN").await, Vec::<Vec<String>>::new(), "the instant of the win does not count");
        assert_eq!(of(won, "THEN").await, [[ana, is_won, "1", "1"]]);
        assert_eq!(of(won, "NOW").await, [[luis, is_won, "1", "1"]]);
        let mut now = of(app.now(), "THEN").await;
        now.sort();
        let mut expected = [[luis, &app.status("Negotiation"), "1", "1"], [luis, is_won, "1", "1"]];
        expected.sort();
        assert_eq!(now, expected);
    }

    /// What was open then is worth what its cycle is worth, and a later loss is none yet.
    async fn the_pipeline_of_a_day(app: TestApp) {
        let lost = app.prospect().owner(&app.ana).create().await;
        world::set_amount(&app.ana, &lost, "10.50", "USD").await;
        app.advance(HOUR);
        let instant = app.now();
        app.advance(HOUR);
        app.move_to(&app.ana, &lost, "Lost").await;
        let of = async |as_of: Value| {
            let input = json!({ "dataset": "PROSPECTS", "asOf": as_of, "dimensions": [{ "field": "REASON" }], "emptyRows": false,
                "measures": [{ "measure": "SUM", "field": "OPEN_VALUE" }, { "measure": "LOSS_RATE" }, { "measure": "CONVERSION_RATE" }] });
            rows(&report(&app.ana, input).await)
        };
        assert_eq!(of(json!(world::time(instant))).await, [["-", "10.5", "0", "0"]]);
        assert_eq!(of(json!(world::time(app.now()))).await, [["-", "10.5", "0", "0"]], "the instant itself does not count");
        let reason = app.reason("No budget");
        assert_eq!(of(Value::Null).await, [[&*reason, "-", "1", "0"]]);
        assert_eq!(of(json!(world::time(instant - 2 * HOUR))).await, Vec::<Vec<String>>::new());
    }
}
