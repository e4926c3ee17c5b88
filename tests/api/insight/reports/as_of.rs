//! Reports as of a past instant: the prospects that were registered then, with their status and owner of then.

use serde_json::{Value, json};

use super::buckets::Calendar;
use super::{naive, records, report, rows, world};
use crate::support::TestApp;

const HOUR: i64 = 60 * 60 * 1000;

both! {
    async fn prospects_are_counted_as_they_were(app: TestApp) {
        world::create(&app, 11).await;
        let dimensions = json!([{ "field": "STATUS" }, { "field": "STATUS_CATEGORY" }, { "field": "OWNER" }, { "field": "CONDITION" }]);
        let calendar = Calendar { zone: chrono_tz::UTC, first_day: chrono::Weekday::Mon };
        for person in [&app.admin, &app.ana] {
            let prospects = records::prospects(&app, person).await;
            for ago in [0, 10 * HOUR, 30 * HOUR, 90 * 24 * HOUR] {
                let instant = app.now() - ago;
                for (status_now, owner_now) in [(false, false), (true, false), (false, true)] {
                    let then = records::as_of(&app, "PROSPECTS", &prospects, instant, status_now, owner_now).await;
                    let moment = |is_now: bool| if is_now { "NOW" } else { "THEN" };
                    let input = json!({ "dataset": "PROSPECTS", "asOf": world::time(instant), "asOfStatus": (moment(status_now)),
                        "asOfOwner": (moment(owner_now)), "emptyRows": false, "limit": 10_000, "dimensions": dimensions,
                        "measures": [{ "measure": "COUNT" }] });
                    let found = report(person, input.clone()).await;
                    let mut sorted = rows(&found);
                    sorted.sort();
                    let then: Vec<&Value> = then.iter().collect();
                    let groups = naive::groups(&then, dimensions.as_array().expect("a list"), calendar);
                    let expected: Vec<Vec<String>> =
                        groups.into_iter().map(|(keys, group)| [keys, vec![group.len().to_string()]].concat()).collect();
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
