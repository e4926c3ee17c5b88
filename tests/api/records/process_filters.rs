//! Filters over the life of a record: its current cycle, its intervals, who registered and won it, its interactions and its completed tasks.

use serde_json::{Value, json};

use crate::support::{Made, Person, TestApp};

const STEP: i64 = 6 * 60 * 60 * 1000;

/// A open, B lost, C lost and reconsidered, D a client with a renewal, E of Luis and then of Ana; A to C of Ana.
async fn five(app: &TestApp) -> Vec<Made> {
    let mut made = Vec::new();
    for (by, medium) in [
        (&app.ana, Some("cpc")),
        (&app.ana, Some("CPC")),
        (&app.ana, None),
        (&app.admin, Some("organic")),
        (&app.luis, Some("correo electrónico")),
    ] {
        let input = match medium {
            Some(medium) => json!({ "firstTouch": { "medium": medium } }),
            None => json!({}),
        };
        made.push(app.prospect().by(by).with(input).create().await);
        app.advance(STEP);
    }
    app.move_to(&app.ana, &made[1], "Lost").await;
    app.move_to(&app.ana, &made[2], "Lost").await;
    app.advance(STEP);
    app.move_as(&app.ana, &made[2], "Negotiation", json!({ "reopenAs": "RECONSIDERED" }))
        .await;
    app.convert(&app.admin, &made[3]).await;
    app.move_as(&app.admin, &made[3], "Negotiation", json!({ "reopenAs": "RENEWAL" }))
        .await;
    app.give(&app.admin, &made[4], Some(&app.ana)).await;
    made
}

/// The letters of the prospects that a filter finds, and those that its opposite finds.
async fn find(person: &Person, made: &[Made], filter: &Value) -> String {
    let document = "query ($filter: ProspectFilter!, $opposite: ProspectFilter!, $scanned: ProspectFilter!) {
        found: prospects(filter: $filter) { totalCount nodes { id } }
        scanned: prospects(filter: $scanned, orderBy: [{ field: NAME, direction: ASC }]) { totalCount nodes { id } }
        opposite: prospects(filter: $opposite) { totalCount nodes { id } } }";
    let opposite = json!({ "not": filter });
    let scanned = json!({ "not": opposite });
    let data = person
        .query(document, json!({ "filter": filter, "opposite": opposite, "scanned": scanned }))
        .await;
    let letters = |list: &str| -> String {
        let nodes = data[list]["nodes"].as_array().expect("nodes");
        assert_eq!(data[list]["totalCount"], json!(nodes.len()), "{list}: {filter}");
        let place = |node: &Value| made.iter().position(|made| node["id"] == json!(made.id)).expect("one of them");
        let mut places: Vec<usize> = nodes.iter().map(place).collect();
        places.sort_unstable();
        places
            .into_iter()
            .map(|place| char::from(b'A' + u8::try_from(place).expect("few")))
            .collect()
    };
    let found = letters("found");
    assert_eq!(letters("scanned"), found, "{filter}");
    let mut whole: Vec<char> = (found.clone() + &letters("opposite")).chars().collect();
    whole.sort_unstable();
    assert_eq!(whole.into_iter().collect::<String>(), "ABCDE", "{filter}");
    found
}

async fn total(person: &Person, list: &str, filter: Value) -> Value {
    let kind = match list {
        "clients" => "ClientFilter",
        "tasks" => "TaskFilter",
        _ => "TimelineFilter",
    };
    let document = format!("query ($filter: {kind}) {{ {list}(filter: $filter, first: 100) {{ totalCount nodes {{ id }} }} }}");
    let data = person.query(&document, json!({ "filter": filter })).await;
    assert_eq!(
        data[list]["totalCount"],
        json!(data[list]["nodes"].as_array().map(Vec::len)),
        "{filter}"
    );
    data[list]["totalCount"].clone()
}

both! {
    async fn prospects_are_found_by_their_current_cycle(app: TestApp) {
        let made = five(&app).await;
        let (ana, reason) = (json!({ "eq": app.ana.id }), app.reason("No budget"));
        for (filter, found) in [
            (json!({ "createdBy": ana }), "ABC"),
            (json!({ "createdBy": { "in": [app.ana.id, app.luis.id] } }), "ABCE"),
            (json!({ "createdBy": { "isNull": true } }), ""),
            (json!({ "createdBy": { "isNull": false } }), "ABCDE"),
            (json!({ "currentCycle": { "reason": { "eq": reason } } }), "B"),
            (json!({ "currentCycle": { "reason": { "isNull": true } } }), "ACDE"),
            (json!({ "currentCycle": { "reason": { "isNull": false } } }), "B"),
            (json!({ "currentCycle": { "kind": { "eq": "RENEWAL" } } }), "D"),
            (json!({ "currentCycle": { "kind": { "eq": "NEW" } } }), "ABCE"),
            (json!({ "cycles": { "some": { "kind": { "eq": "NEW" } } } }), "ABCDE"),
            (json!({ "currentCycle": { "category": { "eq": "LOST" } } }), "B"),
            (json!({ "currentCycle": { "category": { "eq": "WON" } } }), ""),
            (json!({ "cycles": { "some": { "category": { "eq": "WON" } } } }), "D"),
            (json!({ "currentCycle": { "status": { "eq": app.status("Negotiation") } } }), "CD"),
            (json!({ "currentCycle": { "closedAt": { "isNull": true } } }), "ACDE"),
            (json!({ "currentCycle": { "closedAt": { "lt": app.time(-STEP / 2) } } }), "B"),
            (json!({ "currentCycle": { "openedAt": { "gte": app.time(-STEP / 2) } } }), "D"),
            (json!({ "currentCycle": { "kind": { "eq": "RENEWAL" }, "category": { "eq": "WON" } } }), ""),
            (json!({ "currentCycle": {} }), "ABCDE"),
        ] {
            assert_eq!(find(&app.admin, &made, &filter).await, found, "{filter}");
        }
        // In the list of a salesperson only their own.
        let kept = json!({ "currentCycle": { "kind": { "eq": "RENEWAL" } } });
        let document = "query ($filter: ProspectFilter) { prospects(filter: $filter) { totalCount } }";
        assert_eq!(app.ana.query(document, json!({ "filter": kept })).await["prospects"]["totalCount"], 0);
        app.assert_sound().await;
    }

    async fn prospects_are_found_by_their_intervals(app: TestApp) {
        let made = five(&app).await;
        let (lost, new) = (app.status("Lost"), app.status("New"));
        let (ana, luis) = (&app.ana.id, &app.luis.id);
        for (filter, found) in [
            (json!({ "statusIntervals": { "some": { "status": { "eq": new } } } }), "ABCDE"),
            (json!({ "statusIntervals": { "every": { "status": { "eq": new } } } }), "AE"),
            (json!({ "statusIntervals": { "some": { "status": { "eq": lost } } } }), "BC"),
            (json!({ "statusIntervals": { "some": { "status": { "eq": lost }, "to": { "isNull": true } } } }), "B"),
            (json!({ "statusIntervals": { "some": { "category": { "eq": "LOST" }, "to": { "isNull": false } } } }), "C"),
            (json!({ "statusIntervals": { "none": { "category": { "in": ["LOST", "WON"] } } } }), "AE"),
            (json!({ "statusIntervals": { "some": { "reason": { "eq": app.reason("No budget") } } } }), "BC"),
            (json!({ "statusIntervals": { "some": { "actor": { "eq": luis } } } }), "E"),
            (json!({ "statusIntervals": { "some": { "from": { "gte": app.time(-STEP / 2) } } } }), "CD"),
            // The status at an instant: it began before, and ended after or not at all.
            (json!({ "statusIntervals": { "some": { "status": { "eq": lost }, "from": { "lt": app.time(-STEP / 2) }, "to": { "gte": app.time(-STEP / 2) } } } }), "C"),
            (json!({ "ownerIntervals": { "some": { "owner": { "eq": luis } } } }), "E"),
            (json!({ "ownerIntervals": { "some": { "owner": { "eq": luis }, "to": { "isNull": true } } } }), ""),
            (json!({ "ownerIntervals": { "some": { "owner": { "eq": ana }, "to": { "isNull": true } } } }), "ABCE"),
            (json!({ "ownerIntervals": { "every": { "owner": { "eq": ana } } } }), "ABC"),
            (json!({ "ownerIntervals": { "some": { "owner": { "eq": ana }, "actor": { "eq": app.admin.id } } } }), "E"),
            (json!({ "ownerIntervals": { "some": { "from": { "gte": app.time(-1) } } } }), "E"),
            (json!({ "ownerIntervals": { "none": { "owner": { "in": [ana, luis] } } } }), "D"),
        ] {
            assert_eq!(find(&app.admin, &made, &filter).await, found, "{filter}");
        }
    }

    async fn cycles_are_found_by_their_amounts(app: TestApp) {
        let made = five(&app).await;
        let update = "mutation ($id: ID!, $input: CycleUpdateInput!) { cycleUpdate(id: $id, input: $input) { cycle { id } userErrors { code message path } } }";
        for (place, amount, currency) in [(0, "10.50", "USD"), (1, "100", "USD"), (2, "100", "EUR"), (3, "100", "JPY")] {
            let data = app.admin.query("query ($id: ID!) { prospect(id: $id) { cycle { id } } }", json!({ "id": made[place].id })).await;
            let input = json!({ "amount": { "amount": amount, "currency": currency } });
            app.admin.run(update, json!({ "id": data["prospect"]["cycle"]["id"], "input": input })).await.payload("cycleUpdate");
        }
        // The currency of the server is USD.
        for (amount, found) in [
            (json!({ "currency": "USD" }), "AB"),
            (json!({ "currency": "JPY" }), "D"),
            (json!({ "gte": "10.50" }), "AB"),
            (json!({ "gte": "10.501" }), "B"),
            (json!({ "lte": "10.5" }), "A"),
            (json!({ "lte": "10.499" }), ""),
            (json!({ "gte": "11", "lte": "100.00" }), "B"),
            (json!({ "currency": "EUR", "gte": "99.999" }), "C"),
            (json!({ "currency": "JPY", "gte": "99.5", "lte": "100.5" }), "D"),
            (json!({ "currency": "JPY", "gte": "100.5" }), ""),
            (json!({ "gte": "79228162514264337593543950335" }), ""),
            (json!({ "lte": "-1" }), ""),
            (json!({ "isNull": true }), "E"),
            (json!({ "isNull": false }), "ABCD"),
            (json!({ "isNull": true, "gte": "1" }), ""),
        ] {
            assert_eq!(find(&app.admin, &made, &json!({ "currentCycle": { "amount": amount } })).await, found, "{amount}");
            assert_eq!(find(&app.admin, &made, &json!({ "cycles": { "some": { "amount": amount } } })).await,
                if amount == json!({ "isNull": true }) { "DE" } else { found }, "{amount}");
        }
    }

    async fn media_are_compared_without_accents_and_case(app: TestApp) {
        let made = five(&app).await;
        for touch in ["firstTouch", "lastTouch"] {
            for (filter, found) in [
                (json!({ "medium": { "eq": "cpc" } }), "AB"),
                (json!({ "medium": { "eq": " CPC " } }), "AB"),
                (json!({ "medium": { "eq": "cp" } }), ""),
                (json!({ "medium": { "in": ["Cpc", "organic", "none"] } }), "ABD"),
                (json!({ "medium": { "in": [] } }), ""),
                (json!({ "medium": { "eq": "correo electronico" } }), "E"),
                (json!({ "medium": { "eq": "Correo  Electrónico" } }), "E"),
                (json!({ "medium": { "isNull": true } }), "C"),
                (json!({ "medium": { "isNull": false } }), "ABDE"),
            ] {
                assert_eq!(find(&app.admin, &made, &json!({ touch: filter })).await, found, "{touch} {filter}");
            }
        }
        let document = "query ($filter: ProspectFilter) { prospects(filter: $filter) { totalCount } }";
        let long = json!({ "filter": { "firstTouch": { "medium": { "eq": "x".repeat(201) } } } });
        assert_eq!(app.ana.run(document, long).await.codes(), ["BAD_USER_INPUT"]);
    }

    async fn clients_are_found_by_who_won_them(app: TestApp) {
        for (owner, by) in [(&app.ana, &app.ana), (&app.ana, &app.admin), (&app.luis, &app.luis)] {
            let made = app.prospect().owner(owner).create().await;
            app.convert(by, &made).await;
        }
        for (filter, of_admin, of_ana) in [
            (json!({ "convertedBy": { "eq": app.ana.id } }), 1, 1),
            (json!({ "convertedBy": { "in": [app.ana.id, app.luis.id] } }), 2, 1),
            (json!({ "not": { "convertedBy": { "eq": app.ana.id } } }), 2, 1),
            (json!({ "convertedBy": { "isNull": true } }), 0, 0),
            (json!({ "convertedBy": { "isNull": false } }), 3, 2),
            (json!({ "convertedBy": { "eq": app.admin.id }, "since": { "weekday": { "in": [] } } }), 0, 0),
        ] {
            assert_eq!(total(&app.admin, "clients", filter.clone()).await, of_admin, "{filter}");
            assert_eq!(total(&app.ana, "clients", filter.clone()).await, of_ana, "{filter}");
        }
    }

    async fn entries_are_found_by_their_interaction_and_their_prospect(app: TestApp) {
        let ours = app.prospect().by(&app.ana).name("Rosa").create().await;
        let theirs = app.prospect().by(&app.luis).name("Secreto").create().await;
        app.log(&app.ana, &ours, json!({ "type": "CALL", "direction": "OUTGOING", "outcome": "NO_ANSWER" })).await;
        app.log(&app.ana, &ours, json!({ "type": "EMAIL", "direction": "INCOMING" })).await;
        app.log(&app.luis, &theirs, json!({ "type": "CALL", "direction": "OUTGOING", "outcome": "REACHED" })).await;
        app.note(&app.ana, &ours, "hola").await;
        let own = "query ($id: ID!, $filter: TimelineFilter) { prospect(id: $id) { timeline(filter: $filter, first: 100) { totalCount nodes { id } } } }";
        let some = "query ($filter: TimelineFilter) { prospects(filter: { timeline: { some: $filter } }) { totalCount } }";
        // Of all, of Ana's, and how many prospects of all have such an entry.
        for (filter, of_all, of_ana, prospects) in [
            (json!({ "interactionType": { "eq": "CALL" } }), 2, 1, 2),
            (json!({ "interactionType": { "in": ["CALL", "EMAIL"] } }), 3, 2, 2),
            (json!({ "interactionType": { "in": [] } }), 0, 0, 0),
            (json!({ "interactionType": { "isNull": false } }), 3, 2, 2),
            (json!({ "interactionType": { "isNull": true } }), 3, 2, 2),
            (json!({ "interactionDirection": { "eq": "INCOMING" } }), 1, 1, 1),
            (json!({ "interactionDirection": { "eq": "OUTGOING" }, "interactionType": { "eq": "EMAIL" } }), 0, 0, 0),
            (json!({ "interactionOutcome": { "eq": "REACHED" } }), 1, 0, 1),
            (json!({ "interactionOutcome": { "isNull": false } }), 2, 1, 2),
            (json!({ "interactionOutcome": { "isNull": true }, "kind": { "eq": "INTERACTION" } }), 1, 1, 1),
            (json!({ "interactionOutcome": { "isNull": true } }), 4, 3, 2),
            (json!({ "kind": { "eq": "NOTE" }, "interactionType": { "eq": "CALL" } }), 0, 0, 0),
        ] {
            assert_eq!(total(&app.admin, "timeline", filter.clone()).await, of_all, "{filter}");
            assert_eq!(total(&app.ana, "timeline", filter.clone()).await, of_ana, "{filter}");
            let data = app.ana.query(own, json!({ "id": ours.id, "filter": filter })).await;
            assert_eq!(data["prospect"]["timeline"]["totalCount"], of_ana, "{filter}");
            assert_eq!(data["prospect"]["timeline"]["nodes"].as_array().map(Vec::len), usize::try_from(of_ana).ok(), "{filter}");
            let data = app.admin.query(some, json!({ "filter": filter })).await;
            assert_eq!(data["prospects"]["totalCount"], prospects, "{filter}");
        }
        for (prospect, more, of_all, of_ana) in [
            (json!({ "name": { "eq": "rosa" } }), json!({}), 4, 4),
            (json!({ "name": { "eq": "secreto" } }), json!({}), 2, 0),
            (json!({ "owner": { "eq": app.luis.id } }), json!({ "kind": { "eq": "INTERACTION" } }), 1, 0),
            (json!({ "timeline": { "some": { "kind": { "eq": "NOTE" } } } }), json!({ "interactionType": { "eq": "CALL" } }), 1, 1),
            (json!({ "or": [] }), json!({}), 0, 0),
            (json!({}), json!({}), 6, 4),
        ] {
            let mut filter = more;
            filter["prospect"] = prospect;
            assert_eq!(total(&app.admin, "timeline", filter.clone()).await, of_all, "{filter}");
            assert_eq!(total(&app.ana, "timeline", filter.clone()).await, of_ana, "{filter}");
            assert_eq!(total(&app.stranger, "timeline", filter.clone()).await, 0, "{filter}");
        }
        let deep = json!({ "prospect": { "not": { "not": { "not": { "not": { "rating": { "eq": 1 } } } } } } });
        let document = "query ($filter: TimelineFilter) { timeline(filter: $filter) { nodes { id } } }";
        assert_eq!(app.ana.run(document, json!({ "filter": deep })).await.codes(), ["BAD_USER_INPUT"]);
    }

    /// The prospect of an entry of a prospect is that prospect.
    async fn prospects_are_found_by_entries_with_conditions_on_them(app: TestApp) {
        let made = five(&app).await;
        app.note(&app.ana, &made[0], "hola").await;
        app.note(&app.admin, &made[4], "hola").await;
        let note = json!({ "kind": { "eq": "NOTE" } });
        let of_luis = json!({ "createdBy": { "eq": app.luis.id } });
        for (quantifier, entries, prospect, found) in [
            ("some", &note, &of_luis, "E"),
            ("some", &note, &json!({ "createdBy": { "in": [app.ana.id, app.admin.id] } }), "A"),
            ("some", &json!({}), &of_luis, "E"),
            ("none", &note, &of_luis, "ABCD"),
            ("none", &note, &json!({ "condition": { "eq": "CLIENT" } }), "ABCDE"),
            ("none", &json!({}), &of_luis, "ABCD"),
            ("every", &json!({ "actor": { "eq": app.ana.id } }), &json!({}), "ABC"),
            ("every", &json!({ "actor": { "eq": app.ana.id } }), &json!({ "statusCategory": { "eq": "LOST" } }), "B"),
            ("every", &note, &json!({ "timeline": { "some": note } }), ""),
        ] {
            let mut inner = entries.clone();
            inner["prospect"] = prospect.clone();
            let filter = json!({ "timeline": { quantifier: inner } });
            assert_eq!(find(&app.admin, &made, &filter).await, found, "{filter}");
        }
        // As deep as conditions on the prospect of a task.
        let document = "query ($filter: ProspectFilter) { prospects(filter: $filter) { totalCount } }";
        for quantifier in ["some", "none", "every"] {
            let within = |prospect: Value| json!({ "filter": { "timeline": { quantifier: { "prospect": prospect } } } });
            let deepest = json!({ "not": { "not": { "rating": { "eq": 1 } } } });
            app.ana.run(document, within(deepest.clone())).await.data();
            assert_eq!(app.ana.run(document, within(json!({ "not": deepest }))).await.codes(), ["BAD_USER_INPUT"], "{quantifier}");
        }
    }

    async fn tasks_are_found_by_who_created_and_completed_them(app: TestApp) {
        let complete = "mutation ($id: ID!) { taskComplete(id: $id, input: {}) { task { id } userErrors { code message path } } }";
        let ours = app.prospect().by(&app.ana).create().await;
        let theirs = app.prospect().by(&app.luis).create().await;
        let own = app.task(&app.ana, &ours, json!({})).await;
        let given = app.task(&app.admin, &ours, json!({})).await;
        app.task(&app.ana, &ours, json!({})).await;
        let other = app.task(&app.luis, &theirs, json!({})).await;
        for (by, task) in [(&app.ana, &own), (&app.luis, &other)] {
            by.run(complete, json!({ "id": task.id })).await.payload("taskComplete");
            app.advance(STEP);
        }
        app.admin.run(complete, json!({ "id": given.id })).await.payload("taskComplete");
        let nested = "query ($id: ID!, $filter: ProspectTaskFilter) { prospect(id: $id) { tasks(filter: $filter, first: 100) { totalCount nodes { id } } }
            prospects(filter: { tasks: { some: $filter } }) { totalCount } }";
        // Of all, of Ana's one prospect, and whether that has such a task.
        for (filter, of_all, of_ana) in [
            (json!({ "completedBy": { "eq": app.ana.id } }), 1, 1),
            (json!({ "completedBy": { "in": [app.admin.id, app.luis.id] } }), 2, 1),
            (json!({ "completedBy": { "isNull": true } }), 1, 1),
            (json!({ "completedBy": { "isNull": false } }), 3, 2),
            (json!({ "createdBy": { "eq": app.ana.id } }), 2, 2),
            (json!({ "createdBy": { "eq": app.admin.id } }), 1, 1),
            (json!({ "createdBy": { "isNull": true } }), 0, 0),
            (json!({ "completedAt": { "gte": app.time(-STEP - 1) } }), 2, 1),
            (json!({ "completedAt": { "lt": app.time(-STEP - 1) } }), 1, 1),
            (json!({ "completedAt": { "isNull": true } }), 1, 1),
            (json!({ "completedAt": { "isNull": false }, "createdBy": { "eq": app.ana.id } }), 1, 1),
            (json!({ "completedAt": { "weekday": { "in": [] } } }), 0, 0),
            (json!({ "createdAt": { "lt": app.time(-STEP) } }), 4, 3),
            (json!({ "createdAt": { "gte": app.time(-STEP) } }), 0, 0),
        ] {
            assert_eq!(total(&app.admin, "tasks", filter.clone()).await, of_all, "{filter}");
            assert_eq!(total(&app.ana, "tasks", filter.clone()).await, of_ana, "{filter}");
            let data = app.ana.query(nested, json!({ "id": ours.id, "filter": filter })).await;
            assert_eq!(data["prospect"]["tasks"]["totalCount"], of_ana, "{filter}");
            assert_eq!(data["prospect"]["tasks"]["nodes"].as_array().map(Vec::len), usize::try_from(of_ana).ok(), "{filter}");
            assert_eq!(data["prospects"]["totalCount"], i32::from(of_ana > 0), "{filter}");
        }
        assert_eq!(total(&app.admin, "tasks", json!({ "not": { "completedBy": { "eq": app.ana.id } } })).await, 3);
    }
}
