//! Conditions on weekdays and hours of the day, in lists, inside records, in relations and of attributes, against the clocks of the zones.

use chrono::{DateTime, Datelike, Timelike};
use chrono_tz::Tz;
use serde_json::{Value, json};

use crate::support::{Made, TestApp};

const ZONES: [&str; 4] = ["America/Caracas", "Europe/Madrid", "Asia/Kolkata", "America/New_York"];
const DAYS: [&str; 7] = ["MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY", "SATURDAY", "SUNDAY"];
/// Around midnights and changes of the clocks.
const PAST: [&str; 10] = [
    "2025-03-30T00:30:00Z",
    "2025-03-30T01:30:00Z",
    "2025-10-26T00:30:00Z",
    "2025-10-26T01:30:00Z",
    "2025-11-02T05:30:00Z",
    "2025-11-02T06:30:00Z",
    "2025-12-31T23:59:59.999Z",
    "2026-01-01T00:00:00Z",
    "2026-03-08T06:59:59.999Z",
    "2026-03-08T07:00:00Z",
];
/// Before zones had one offset, and before 1970.
const LONG_PAST: [&str; 4] = [
    "1905-06-15T03:10:00Z",
    "1942-08-01T22:45:00Z",
    "1969-12-31T23:59:59.999Z",
    "1970-01-01T00:00:00Z",
];
const FUTURE: [&str; 4] = [
    "2026-03-29T00:59:59.999Z",
    "2026-03-29T01:00:00Z",
    "2026-11-01T05:59:59.999Z",
    "2026-11-01T06:00:00Z",
];

const DOCUMENT: &str = "query ($at: DateTimeFilter, $id: ID!) {
    prospects(filter: { createdAt: $at }) { totalCount nodes { at: createdAt } }
    named: prospects(filter: { createdAt: $at }, orderBy: [{ field: NAME, direction: ASC }]) { totalCount nodes { at: createdAt } }
    opposite: prospects(filter: { not: { createdAt: $at } }) { totalCount nodes { at: createdAt } }
    cycles: prospects(filter: { cycles: { some: { openedAt: $at } } }) { nodes { cycle { at: openedAt } } }
    current: prospects(filter: { currentCycle: { openedAt: $at } }) { nodes { cycle { at: openedAt } } }
    timeline(filter: { kind: { eq: INTERACTION }, occurredAt: $at }) { totalCount nodes { at: occurredAt } }
    tasks(filter: { dueAt: $at }) { totalCount nodes { at: dueAt } }
    prospect(id: $id) {
        timeline(filter: { kind: { eq: INTERACTION }, occurredAt: $at }) { totalCount nodes { at: occurredAt } }
        tasks(filter: { dueAt: $at }) { totalCount nodes { at: dueAt } }
    }
}";
/// The lists of the document: where their rows are, and where the instant of a row is.
const LISTS: [(&str, &str); 8] = [
    ("/prospects", "/at"),
    ("/named", "/at"),
    ("/cycles", "/cycle/at"),
    ("/current", "/cycle/at"),
    ("/timeline", "/at"),
    ("/tasks", "/at"),
    ("/prospect/timeline", "/at"),
    ("/prospect/tasks", "/at"),
];

/// Whether an instant passes a condition.
type Passes = Box<dyn Fn(&str) -> bool>;

fn weekday(at: &str, zone: &str) -> usize {
    local(at, zone).weekday().num_days_from_monday() as usize
}

fn hour(at: &str, zone: &str) -> u32 {
    local(at, zone).hour()
}

fn local(at: &str, zone: &str) -> DateTime<Tz> {
    let zone: Tz = zone.parse().expect("a zone");
    DateTime::parse_from_rfc3339(at).expect("an instant").with_timezone(&zone)
}

/// The sorted instants of the rows of a list.
fn instants(data: &Value, (list, place): (&str, &str)) -> Vec<String> {
    let list = data.pointer(list).expect("a list");
    let nodes = list["nodes"].as_array().expect("nodes");
    if let Some(total) = list["totalCount"].as_u64() {
        assert_eq!(total, nodes.len() as u64);
    }
    let at = |node: &Value| node.pointer(place).and_then(Value::as_str).expect("an instant").to_owned();
    let mut found: Vec<String> = nodes.iter().map(at).collect();
    found.sort();
    found
}

async fn create(app: &TestApp) -> Made {
    for at in PAST {
        let made = app.prospect().owner(&app.ana).with(json!({ "capturedAt": at })).create().await;
        app.log(&app.ana, &made, json!({ "occurredAt": at })).await;
    }
    let made = app.prospect().owner(&app.ana).create().await;
    for at in LONG_PAST {
        app.log(&app.ana, &made, json!({ "occurredAt": at })).await;
    }
    for at in FUTURE {
        app.task(&app.ana, &made, json!({ "dueAt": at })).await;
    }
    made
}

both! {
    async fn instants_are_found_by_what_clocks_show(app: TestApp) {
        let made = create(&app).await;
        let of = async |at: &Value| app.ana.query(DOCUMENT, json!({ "at": at, "id": made.id })).await;
        let all = of(&json!({})).await;
        let (from, to) = ("2025-10-26T01:30:00.000Z", "2026-03-29T01:00:00.000Z");
        for zone in ZONES {
            let mut tests: Vec<(Value, Passes)> = Vec::new();
            for day in [0, 3, 5, 6] {
                tests.push((json!({ "weekday": { "in": [DAYS[day]], "timeZone": zone } }), Box::new(move |at| weekday(at, zone) == day)));
            }
            for of_day in [0, 1, 2, 3, 19, 23] {
                tests.push((json!({ "hourOfDay": { "in": [of_day], "timeZone": zone } }), Box::new(move |at| hour(at, zone) == of_day)));
            }
            tests.push((
                json!({ "weekday": { "in": ["SUNDAY", "SATURDAY", "SUNDAY"], "timeZone": zone }, "hourOfDay": { "in": [0, 1, 2, 3, 4, 5, 6], "timeZone": zone },
                    "isNull": false }),
                Box::new(move |at| weekday(at, zone) >= 5 && hour(at, zone) <= 6),
            ));
            // Only the changes of the clocks within the bounds are in the statement.
            tests.push((
                json!({ "hourOfDay": { "in": [1, 2, 3, 7], "timeZone": zone }, "gte": from, "lt": to }),
                Box::new(move |at| [1, 2, 3, 7].contains(&hour(at, zone)) && (from..to).contains(&at)),
            ));
            tests.push((json!({ "weekday": { "in": [], "timeZone": zone } }), Box::new(|_| false)));
            tests.push((json!({ "hourOfDay": { "in": [5] }, "isNull": true }), Box::new(|_| false)));
            for (test, passes) in tests {
                let found = of(&test).await;
                for list in LISTS {
                    let mut expected = instants(&all, list);
                    expected.retain(|at| passes(at));
                    assert_eq!(instants(&found, list), expected, "{list:?} with {test}");
                }
                let mut others = instants(&all, LISTS[0]);
                others.retain(|at| !passes(at));
                assert_eq!(instants(&found, ("/opposite", "/at")), others, "not {test}");
            }
        }
    }

    /// Who lives in Caracas asks for Caracas.
    async fn the_zone_is_that_of_the_caller(app: TestApp) {
        for at in PAST {
            app.prospect().owner(&app.ana).with(json!({ "capturedAt": at })).create().await;
        }
        let document = "query ($filter: ProspectFilter) { prospects(filter: $filter) { totalCount } }";
        for of_day in [0, 3, 19, 20, 23] {
            let test = json!({ "createdAt": { "hourOfDay": { "in": [of_day] } } });
            let expected = PAST.iter().filter(|at| hour(at, "America/Caracas") == of_day).count();
            let data = app.ana.query(document, json!({ "filter": test })).await;
            assert_eq!(data["prospects"]["totalCount"], json!(expected), "{of_day}");
        }
    }

    async fn attributes_are_found_by_weekday_and_hour(app: TestApp) {
        app.attribute(json!({ "key": "seen", "type": "DATE_TIME" })).await;
        app.attribute(json!({ "key": "visits", "type": "DATE_TIME", "isMultiple": true })).await;
        app.attribute(json!({ "key": "born", "type": "DATE" })).await;
        let mut all = vec![None];
        for (place, at) in PAST.iter().enumerate() {
            let visits = [*at, LONG_PAST[place % LONG_PAST.len()]];
            let attributes = json!([{ "key": "seen", "value": { "dateTime": at } }, { "key": "visits", "value": { "dateTimes": visits } },
                { "key": "born", "value": { "date": at[..10] } }]);
            app.prospect().owner(&app.ana).with(json!({ "attributes": attributes })).create().await;
            all.push(Some(visits));
        }
        app.prospect().owner(&app.ana).create().await;
        let count = async |filter: Value| -> usize {
            let document = "query ($filter: ProspectFilter) { prospects(filter: $filter) { totalCount } }";
            let data = app.ana.query(document, json!({ "filter": filter })).await;
            usize::try_from(data["prospects"]["totalCount"].as_u64().expect("a number")).expect("few")
        };
        for zone in ZONES {
            for day in [2, 5, 6] {
                let test = |key: &str, family: &str, zone: Option<&str>| {
                    let mut weekday = json!({ "in": [DAYS[day]] });
                    if let Some(zone) = zone {
                        weekday["timeZone"] = json!(zone);
                    }
                    json!({ "attributes": [{ "key": key, family: { "weekday": weekday } }] })
                };
                let expected = |passes: &dyn Fn(&[&str; 2]) -> bool| all.iter().filter(|visits| visits.as_ref().is_some_and(passes)).count();
                let seen = expected(&|visits| weekday(visits[0], zone) == day);
                assert_eq!(count(test("seen", "dateTime", Some(zone))).await, seen, "{zone} {day}");
                assert_eq!(count(json!({ "not": test("seen", "dateTime", Some(zone)) })).await, all.len() - seen, "{zone} {day}");
                let visits = expected(&|visits| visits.iter().any(|at| weekday(at, zone) == day));
                assert_eq!(count(test("visits", "dateTime", Some(zone))).await, visits, "{zone} {day}");
                let born = expected(&|visits| weekday(&format!("{}T00:00:00Z", &visits[0][..10]), "UTC") == day);
                assert_eq!(count(test("born", "date", None)).await, born, "{day}");
            }
            for of_day in [0, 2, 23] {
                // One and the same visit has to pass both.
                let test = json!({ "hourOfDay": { "in": [of_day], "timeZone": zone }, "weekday": { "in": ["SUNDAY"], "timeZone": zone } });
                let passes = |at: &&str| hour(at, zone) == of_day && weekday(at, zone) == 6;
                let visits = all.iter().filter(|visits| visits.as_ref().is_some_and(|visits| visits.iter().any(&passes))).count();
                assert_eq!(count(json!({ "attributes": [{ "key": "visits", "dateTime": test }] })).await, visits, "{zone} {of_day}");
            }
        }
    }

    async fn typed_attributes_take_the_same_conditions(app: TestApp) {
        app.attribute(json!({ "key": "seen", "type": "DATE_TIME" })).await;
        for at in PAST {
            let attributes = json!([{ "key": "seen", "value": { "dateTime": at } }]);
            app.prospect().owner(&app.ana).with(json!({ "attributes": attributes })).create().await;
        }
        let document = "{ prospects(filter: { custom: { seen: { weekday: { in: [SUNDAY], timeZone: \"UTC\" } } } }) { totalCount } }";
        let sundays = PAST.iter().filter(|at| weekday(at, "UTC") == 6).count();
        assert_eq!(app.ana.query(document, json!({})).await["prospects"]["totalCount"], json!(sundays));
    }

    async fn what_is_no_zone_and_no_hour_is_refused(app: TestApp) {
        app.attribute(json!({ "key": "born", "type": "DATE" })).await;
        let document = "query ($filter: ProspectFilter) { prospects(filter: $filter) { totalCount } }";
        let many = |count: usize| json!({ "and": vec![json!({ "createdAt": { "hourOfDay": { "in": [9] } } }); count] });
        for (filter, message) in [
            (json!({ "createdAt": { "weekday": { "in": ["MONDAY"], "timeZone": "Mars/Base" } } }), "time zone"),
            (json!({ "createdAt": { "weekday": { "in": ["MONDAY"], "timeZone": "" } } }), "time zone"),
            (json!({ "createdAt": { "hourOfDay": { "in": [24] } } }), "0 to 23"),
            (json!({ "cycles": { "some": { "openedAt": { "hourOfDay": { "in": [3, -1] } } } } }), "0 to 23"),
            (json!({ "createdAt": { "hourOfDay": { "in": vec![9; 201] } } }), "200"),
            (json!({ "attributes": [{ "key": "born", "date": { "weekday": { "in": ["MONDAY"], "timeZone": "UTC" } } }] }), "calendar days"),
            (many(11), "at most 10"),
        ] {
            let answer = app.ana.run(document, json!({ "filter": filter })).await;
            assert_eq!(answer.codes(), ["BAD_USER_INPUT"], "{filter}: {}", answer.text);
            assert!(answer.text.contains(message), "{filter}: {}", answer.text);
        }
        assert_eq!(app.ana.query(document, json!({ "filter": many(10) })).await["prospects"]["totalCount"], 0);
    }
}
