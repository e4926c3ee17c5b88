//! Filters over the whole record and its tasks, each against what the test itself knows of eighteen prospects.

use serde_json::{Value, json};

use super::UPDATE;
use crate::support::{Made, Person, TestApp};

const DAY: i64 = 86_400_000;
const HOUR: i64 = 3_600_000;

/// One filter in every form: as it is, as a check, negated, in another order, of clients, and of tasks.
const DOCUMENT: &str = "query ($filter: ProspectFilter!, $scanned: ProspectFilter!, $opposite: ProspectFilter!) {
    found: prospects(filter: $filter, first: 100) { totalCount nodes { id } }
    scanned: prospects(filter: $scanned, first: 100) { totalCount nodes { id } }
    opposite: prospects(filter: $opposite, first: 100) { totalCount nodes { id } }
    named: prospects(filter: $filter, first: 100, orderBy: [{ field: NAME, direction: ASC }]) { totalCount nodes { id } }
    clients(filter: { prospect: $filter }, first: 100) { totalCount nodes { prospect { id } } }
    tasks(filter: { prospect: $filter }, first: 100) { totalCount nodes { prospect { id } } }
}";

/// Known data of a prospect.
struct Known {
    id: String,
    name: String,
    created_at: i64,
    is_anas: bool,
    is_client: bool,
    tags: Vec<String>,
    rating: Option<i64>,
    interest: Option<&'static str>,
    industry: Option<String>,
    customer_type: Option<String>,
    has_websites: bool,
    is_silent: bool,
    validity_days: Option<i64>,
    addresses: Vec<Place>,
    tasks: Vec<Planned>,
}

#[derive(Clone, Default)]
struct Place {
    country: &'static str,
    kind: Option<String>,
    region: Option<String>,
    zone: Option<String>,
    sector: Option<String>,
    parish: Option<&'static str>,
}

/// A task, due so many milliseconds from now.
#[derive(Clone)]
struct Planned {
    kind: String,
    due: i64,
    state: &'static str,
    assignee: String,
}

/// Objects to refer to.
struct World {
    all: Vec<Known>,
    tags: [String; 3],
    zones: [String; 2],
    sectors: [String; 2],
    region: String,
    office: String,
    call: String,
    visit: String,
}

type Passes<'a> = Box<dyn Fn(&Known) -> bool + 'a>;

impl Known {
    fn next(&self) -> Option<&Planned> {
        self.tasks.iter().filter(|task| task.state == "PLANNED").min_by_key(|task| task.due)
    }

    fn valid_until(&self) -> Option<i64> {
        Some(self.created_at + self.validity_days? * DAY)
    }

    fn has_next(&self, test: impl Fn(&Planned) -> bool) -> bool {
        self.next().is_some_and(test)
    }

    fn has_task(&self, test: impl Fn(&Planned) -> bool) -> bool {
        self.tasks.iter().any(test)
    }

    fn has_place(&self, test: impl Fn(&Place) -> bool) -> bool {
        self.addresses.iter().any(test)
    }
}

impl World {
    async fn create(app: &TestApp) -> World {
        let entry = async |kind: &str, one: &str, name: &str| app.entry(kind, one, json!({ "name": name })).await;
        let zones = [entry("Zone", "zone", "Norte").await, entry("Zone", "zone", "Sur").await];
        let sector = async |name: &str, zone: &String| app.entry("Sector", "sector", json!({ "name": name, "zoneId": zone })).await;
        let mut world = World {
            all: Vec::new(),
            tags: [
                entry("Tag", "tag", "VIP").await,
                entry("Tag", "tag", "Old").await,
                entry("Tag", "tag", "Unused").await,
            ],
            sectors: [sector("Colina", &zones[0]).await, sector("Valle", &zones[1]).await],
            zones,
            region: entry("Region", "region", "Capital").await,
            office: app.address_type("Office"),
            call: app.task_type("Call"),
            visit: app.task_type("Visit"),
        };
        for number in 0..18 {
            app.advance(60_000);
            let known = world.prospect(app, number).await;
            world.all.push(known);
        }
        for number in [0, 8, 16] {
            app.advance(60_000);
            app.convert(&app.admin, &Made::new(&world.all[number].id)).await;
            world.all[number].is_client = true;
        }
        for number in 0..18 {
            let tasks = world.plan(app, number).await;
            world.all[number].tasks = tasks;
        }
        app.assert_sound().await;
        world
    }

    /// Each property has its own rhythm, so that all go with each other.
    async fn prospect(&self, app: &TestApp, number: usize) -> Known {
        let is_anas = number % 3 != 2;
        let here = |zone: usize, has_sector: bool| Place {
            country: "VE",
            zone: Some(self.zones[zone].clone()),
            sector: has_sector.then(|| self.sectors[zone].clone()),
            ..Place::default()
        };
        let addresses = match number % 5 {
            0 => vec![],
            1 => vec![here(0, true)],
            2 => vec![Place {
                kind: Some(self.office.clone()),
                parish: Some("Chacao"),
                ..here(1, false)
            }],
            3 => vec![Place {
                country: "CO",
                ..Place::default()
            }],
            _ => vec![
                Place {
                    region: Some(self.region.clone()),
                    ..here(0, true)
                },
                here(1, true),
            ],
        };
        let mut known = Known {
            id: String::new(),
            name: format!("Prospecto {:02}", number * 7 % 18),
            created_at: app.now(),
            is_anas,
            is_client: false,
            tags: [number.is_multiple_of(2), number.is_multiple_of(3)]
                .iter()
                .zip(&self.tags)
                .filter(|(has, _)| **has)
                .map(|(_, tag)| tag.clone())
                .collect(),
            rating: Some((number % 6) as i64).filter(|stars| *stars > 0),
            interest: [None, Some("LOW"), Some("MEDIUM"), Some("HIGH")][number % 4],
            industry: [None, Some("Health"), Some("Education")][number % 3].map(|name| app.industry(name)),
            customer_type: number.is_multiple_of(5).then(|| app.customer_type("Retailer")),
            has_websites: number % 4 == 1,
            is_silent: number % 5 == 2,
            validity_days: [None, None, Some(30), Some(10)][number % 4],
            addresses,
            tasks: Vec::new(),
        };
        let place = |place: &Place| {
            json!({ "country": place.country, "typeId": place.kind, "regionId": place.region, "zoneId": place.zone, "sectorId": place.sector,
                "parish": place.parish })
        };
        let fields = json!({
            "name": known.name, "tagIds": known.tags, "rating": known.rating, "interest": known.interest, "industryId": known.industry,
            "customerTypeId": known.customer_type, "isNotificationEnabled": !known.is_silent, "validityDays": known.validity_days,
            "websites": if known.has_websites { vec!["https://www.pena.example"] } else { vec![] },
            "addresses": known.addresses.iter().map(place).collect::<Vec<_>>(),
        });
        let by = if is_anas { &app.ana } else { &app.luis };
        known.id = app.prospect().by(by).with(fields).create().await.id;
        known
    }

    async fn plan(&self, app: &TestApp, number: usize) -> Vec<Planned> {
        let known = &self.all[number];
        let owner = if known.is_anas { &app.ana } else { &app.luis };
        let task = |kind: &String, due: i64, state: &'static str| Planned {
            kind: kind.clone(),
            due,
            state,
            assignee: owner.id.clone(),
        };
        let tasks = match number % 4 {
            0 => vec![],
            1 => vec![task(&self.call, -HOUR, "PLANNED")],
            2 => vec![
                task(&self.visit, DAY, "PLANNED"),
                Planned {
                    assignee: app.admin.id.clone(),
                    ..task(&self.call, 2 * DAY, "PLANNED")
                },
                task(&self.call, -3 * DAY, "DONE"),
            ],
            _ => vec![task(&self.visit, -DAY, "DONE"), task(&self.call, HOUR, "CANCELLED")],
        };
        for task in &tasks {
            let fields = json!({ "typeId": task.kind, "dueAt": app.time(task.due), "assigneeId": task.assignee });
            let made = app.task(owner, &Made::new(&known.id), fields).await;
            let act = match task.state {
                "DONE" => "taskComplete",
                "CANCELLED" => "taskCancel",
                _ => continue,
            };
            let document = format!("mutation ($id: ID!) {{ {act}(id: $id, input: {{}}) {{ userErrors {{ code }} }} }}");
            owner.run(&document, json!({ "id": made.id })).await.payload(act);
        }
        tasks
    }

    /// The filter finds what passes and nothing else, however it is asked, for a salesperson and an administrator.
    async fn check(&self, app: &TestApp, filter: Value, passes: Passes<'_>) {
        for (person, sees_all) in [(&app.ana, false), (&app.admin, true)] {
            let seen = || self.all.iter().rev().filter(|known| sees_all || known.is_anas);
            let ids = |test: &dyn Fn(&&Known) -> bool| -> Vec<String> { seen().filter(test).map(|known| known.id.clone()).collect() };
            let variables = json!({ "filter": filter, "scanned": { "not": { "not": filter } }, "opposite": { "not": filter } });
            let data = person.query(DOCUMENT, variables).await;
            let expected = ids(&|known| passes(known));
            assert_eq!(found(&data["found"]), expected, "{filter}");
            assert_eq!(found(&data["scanned"]), expected, "{filter}, scanned");
            assert_eq!(found(&data["opposite"]), ids(&|known| !passes(known)), "not {filter}");
            let mut named: Vec<&Known> = seen().filter(|known| passes(known)).collect();
            named.sort_by(|one, other| one.name.cmp(&other.name));
            let named: Vec<String> = named.into_iter().map(|known| known.id.clone()).collect();
            assert_eq!(found(&data["named"]), named, "{filter}, by name");
            assert_eq!(
                found(&data["clients"]),
                ids(&|known| known.is_client && passes(known)),
                "{filter}, of clients"
            );
            let mut with_tasks: Vec<String> = Vec::new();
            for known in seen().filter(|known| passes(known)) {
                with_tasks.extend(known.tasks.iter().map(|_| known.id.clone()));
            }
            let mut tasks = found(&data["tasks"]);
            tasks.sort();
            with_tasks.sort();
            assert_eq!(tasks, with_tasks, "{filter}, of tasks");
        }
    }
}

/// The ids of the prospects of a list that is whole.
fn found(list: &Value) -> Vec<String> {
    let nodes = list["nodes"].as_array().expect("a list");
    assert_eq!(list["totalCount"], json!(nodes.len()));
    let id = |node: &Value| node["prospect"]["id"].as_str().or(node["id"].as_str()).expect("an id").to_owned();
    nodes.iter().map(id).collect()
}

async fn refused(person: &Person, filter: Value) {
    let document = "query ($filter: ProspectFilter) { prospects(filter: $filter) { totalCount } }";
    let answer = person.run(document, json!({ "filter": filter })).await;
    assert_eq!(answer.codes(), ["BAD_USER_INPUT"], "{filter}: {}", answer.text);
}

both! {
    async fn what_is_known_of_a_prospect(app: TestApp) {
        let world = World::create(&app).await;
        let [vip, old, unused] = &world.tags;
        let (health, retailer) = (app.industry("Health"), app.customer_type("Retailer"));
        let (limit, last) = (world.all[2].created_at + 30 * DAY, world.all[17].created_at);
        let is = |one: &Option<String>, other: &String| one.as_ref() == Some(other);
        let cases: Vec<(Value, Passes)> = vec![
            (json!({ "rating": { "eq": 3 } }), Box::new(|known| known.rating == Some(3))),
            (json!({ "rating": { "in": [1, 5] } }), Box::new(|known| matches!(known.rating, Some(1 | 5)))),
            (json!({ "rating": { "in": [] } }), Box::new(|_| false)),
            (json!({ "rating": { "gte": 1 } }), Box::new(|known| known.rating.is_some())),
            (json!({ "rating": { "gte": 2, "lte": 4 } }), Box::new(|known| matches!(known.rating, Some(2..=4)))),
            (json!({ "rating": { "lte": 1 } }), Box::new(|known| known.rating == Some(1))),
            (json!({ "rating": { "isNull": true } }), Box::new(|known| known.rating.is_none())),
            (json!({ "rating": { "isNull": false } }), Box::new(|known| known.rating.is_some())),
            (json!({ "rating": {} }), Box::new(|_| true)),
            (json!({ "rating": null }), Box::new(|_| true)),
            (json!({ "rating": { "eq": 2_147_483_647 } }), Box::new(|_| false)),
            (json!({ "rating": { "gte": -2_147_483_648_i64 } }), Box::new(|known| known.rating.is_some())),
            (json!({ "interest": { "eq": "HIGH" } }), Box::new(|known| known.interest == Some("HIGH"))),
            (json!({ "interest": { "in": ["LOW", "MEDIUM"] } }), Box::new(|known| matches!(known.interest, Some("LOW" | "MEDIUM")))),
            (json!({ "interest": { "in": [] } }), Box::new(|_| false)),
            (json!({ "interest": { "isNull": true } }), Box::new(|known| known.interest.is_none())),
            (json!({ "interest": { "isNull": false } }), Box::new(|known| known.interest.is_some())),
            (json!({ "industry": { "eq": health } }), Box::new(|known| is(&known.industry, &health))),
            (json!({ "industry": { "in": [health, app.industry("Education")] } }), Box::new(|known| known.industry.is_some())),
            (json!({ "industry": { "eq": retailer } }), Box::new(|_| false)),
            (json!({ "industry": { "isNull": true } }), Box::new(|known| known.industry.is_none())),
            (json!({ "customerType": { "eq": retailer } }), Box::new(|known| known.customer_type.is_some())),
            (json!({ "customerType": { "isNull": true } }), Box::new(|known| known.customer_type.is_none())),
            (json!({ "tag": { "eq": vip } }), Box::new(|known| known.tags.contains(vip))),
            (json!({ "tag": { "in": [vip, old] } }), Box::new(|known| !known.tags.is_empty())),
            (json!({ "tag": { "in": [unused] } }), Box::new(|_| false)),
            (json!({ "tag": { "in": [] } }), Box::new(|_| false)),
            (json!({ "tag": { "isNull": true } }), Box::new(|known| known.tags.is_empty())),
            (json!({ "tag": { "isNull": false } }), Box::new(|known| !known.tags.is_empty())),
            (json!({ "tag": { "eq": vip, "isNull": true } }), Box::new(|_| false)),
            (json!({ "and": [{ "tag": { "eq": vip } }, { "tag": { "eq": old } }] }), Box::new(|known| known.tags.len() == 2)),
            (json!({ "tags": { "some": { "id": { "eq": old } } } }), Box::new(|known| known.tags.contains(old))),
            (json!({ "tags": { "some": {} } }), Box::new(|known| !known.tags.is_empty())),
            (json!({ "tags": { "none": {} } }), Box::new(|known| known.tags.is_empty())),
            (json!({ "tags": { "none": { "id": { "in": [vip, unused] } } } }), Box::new(|known| !known.tags.contains(vip))),
            (json!({ "tags": { "every": { "id": { "eq": vip } } } }), Box::new(|known| !known.tags.contains(old))),
            (json!({ "hasWebsites": true }), Box::new(|known| known.has_websites)),
            (json!({ "hasWebsites": false }), Box::new(|known| !known.has_websites)),
            (json!({ "isNotificationEnabled": false }), Box::new(|known| known.is_silent)),
            (json!({ "isNotificationEnabled": true }), Box::new(|known| !known.is_silent)),
            (json!({ "validityDays": { "eq": 10 } }), Box::new(|known| known.validity_days == Some(10))),
            (json!({ "validityDays": { "gte": 11 } }), Box::new(|known| known.validity_days == Some(30))),
            (json!({ "validityDays": { "isNull": true } }), Box::new(|known| known.validity_days.is_none())),
            (json!({ "validUntil": { "gte": app.time(limit - app.now()) } }), Box::new(|known| known.valid_until() >= Some(limit))),
            (json!({ "validUntil": { "lt": app.time(limit - app.now()) } }), Box::new(|known| known.valid_until().is_some_and(|at| at < limit))),
            (json!({ "validUntil": { "relative": { "unit": "DAY", "offset": 1, "count": 20 } } }), Box::new(|known| known.validity_days == Some(10))),
            (json!({ "validUntil": { "isNull": true } }), Box::new(|known| known.validity_days.is_none())),
            (json!({ "validUntil": { "isNull": false } }), Box::new(|known| known.validity_days.is_some())),
            // Pairs.
            (json!({ "owner": { "eq": app.ana.id }, "tag": { "eq": vip } }), Box::new(|known| known.is_anas && known.tags.contains(vip))),
            (json!({ "owner": { "eq": app.ana.id }, "rating": { "eq": 4 } }), Box::new(|known| known.is_anas && known.rating == Some(4))),
            (json!({ "status": { "eq": app.status("New") }, "hasWebsites": true }), Box::new(|known| known.has_websites && !known.is_client)),
            (json!({ "rating": { "eq": 1 }, "interest": { "eq": "LOW" }, "createdAt": { "lt": app.time(last - app.now()) } }),
                Box::new(|known| known.rating == Some(1) && known.interest == Some("LOW") && known.created_at < last)),
            (json!({ "or": [{ "rating": { "eq": 5 } }, { "tag": { "eq": old } }] }), Box::new(|known| known.rating == Some(5) || known.tags.contains(old))),
        ];
        for (filter, passes) in cases {
            world.check(&app, filter, passes).await;
        }
    }

    async fn where_its_addresses_lie(app: TestApp) {
        let world = World::create(&app).await;
        let (zones, sectors) = (&world.zones, &world.sectors);
        let (region, office) = (&world.region, &world.office);
        let is = |one: &Option<String>, other: &String| one.as_ref() == Some(other);
        let cases: Vec<(Value, Passes)> = vec![
            (json!({ "zone": { "eq": zones[0] } }), Box::new(|known| known.has_place(|place| is(&place.zone, &zones[0])))),
            (json!({ "zone": { "in": zones } }), Box::new(|known| known.has_place(|place| place.zone.is_some()))),
            (json!({ "zone": { "isNull": true } }), Box::new(|known| !known.has_place(|place| place.zone.is_some()))),
            (json!({ "zone": { "isNull": false } }), Box::new(|known| known.has_place(|place| place.zone.is_some()))),
            (json!({ "sector": { "eq": sectors[1] } }), Box::new(|known| known.has_place(|place| is(&place.sector, &sectors[1])))),
            (json!({ "sector": { "eq": zones[0] } }), Box::new(|_| false)),
            (json!({ "sector": { "isNull": true } }), Box::new(|known| !known.has_place(|place| place.sector.is_some()))),
            (json!({ "zone": { "eq": zones[1] }, "sector": { "eq": sectors[1] } }), Box::new(|known| known.has_place(|place| is(&place.sector, &sectors[1])))),
            // Not of one and the same address, which is what the relation is for.
            (json!({ "zone": { "eq": zones[1] }, "sector": { "eq": sectors[0] } }), Box::new(|known| known.addresses.len() == 2)),
            (json!({ "addresses": { "some": { "zone": { "eq": zones[1] }, "sector": { "eq": sectors[0] } } } }), Box::new(|_| false)),
            (json!({ "addresses": { "some": { "zone": { "eq": zones[1] }, "sector": { "isNull": true } } } }),
                Box::new(|known| known.has_place(|place| is(&place.zone, &zones[1]) && place.sector.is_none()))),
            (json!({ "addresses": { "none": { "zone": { "eq": zones[0] } } } }), Box::new(|known| !known.has_place(|place| is(&place.zone, &zones[0])))),
            (json!({ "addresses": { "every": { "zone": { "isNull": false } } } }), Box::new(|known| !known.has_place(|place| place.zone.is_none()))),
            (json!({ "addresses": { "some": {} } }), Box::new(|known| !known.addresses.is_empty())),
            (json!({ "addresses": { "some": { "type": { "eq": office }, "parish": { "eq": "CHACAO" } } } }), Box::new(|known| known.has_place(|place| place.kind.is_some()))),
            (json!({ "addresses": { "some": { "region": { "eq": region } } } }), Box::new(|known| known.has_place(|place| place.region.is_some()))),
            (json!({ "region": { "in": [region] } }), Box::new(|known| known.has_place(|place| place.region.is_some()))),
            (json!({ "region": { "isNull": true } }), Box::new(|known| !known.has_place(|place| place.region.is_some()))),
            (json!({ "addressType": { "eq": office } }), Box::new(|known| known.has_place(|place| is(&place.kind, office)))),
            (json!({ "addressType": { "isNull": false } }), Box::new(|known| known.has_place(|place| place.kind.is_some()))),
            (json!({ "country": { "eq": "co" } }), Box::new(|known| known.has_place(|place| place.country == "CO"))),
        ];
        for (filter, passes) in cases {
            world.check(&app, filter, passes).await;
        }
        // What is removed lies nowhere any more.
        let made = &world.all[6].id;
        let read = "query ($id: ID!) { prospect(id: $id) { addresses { id } } }";
        let address = app.ana.query(read, json!({ "id": made })).await["prospect"]["addresses"][0]["id"].clone();
        let input = json!({ "removeAddressIds": [address], "tagIds": [] });
        app.ana.run(UPDATE, json!({ "id": made, "input": input })).await.payload("prospectUpdate");
        for (filter, is_found) in [
            (json!({ "zone": { "eq": zones[0] } }), false),
            (json!({ "sector": { "isNull": true } }), true),
            (json!({ "addresses": { "none": {} } }), true),
            (json!({ "tag": { "isNull": true } }), true),
        ] {
            let document = "query ($filter: ProspectFilter) { prospects(filter: $filter) { totalCount } }";
            let filter = json!({ "filter": { "id": { "eq": made }, "and": [filter] } });
            assert_eq!(app.ana.query(document, filter.clone()).await["prospects"]["totalCount"], json!(i32::from(is_found)), "{filter}");
        }
    }

    async fn what_is_to_be_done(app: TestApp) {
        let world = World::create(&app).await;
        let (call, visit, admin) = (&world.call, &world.visit, &app.admin.id);
        let cases: Vec<(Value, Passes)> = vec![
            (json!({ "tasks": { "some": {} } }), Box::new(|known| !known.tasks.is_empty())),
            (json!({ "tasks": { "none": {} } }), Box::new(|known| known.tasks.is_empty())),
            (json!({ "tasks": { "some": { "state": { "eq": "PLANNED" } } } }), Box::new(|known| known.next().is_some())),
            (json!({ "tasks": { "none": { "state": { "eq": "PLANNED" } } } }), Box::new(|known| known.next().is_none())),
            (json!({ "tasks": { "some": { "state": { "in": ["CANCELLED", "SUPERSEDED"] } } } }), Box::new(|known| known.has_task(|task| task.state == "CANCELLED"))),
            (json!({ "tasks": { "every": { "state": { "eq": "PLANNED" } } } }), Box::new(|known| !known.has_task(|task| task.state != "PLANNED"))),
            (json!({ "tasks": { "some": { "type": { "eq": visit } } } }), Box::new(|known| known.has_task(|task| task.kind == *visit))),
            (json!({ "tasks": { "some": { "type": { "eq": visit }, "state": { "eq": "DONE" } } } }), Box::new(|known| known.has_task(|task| task.kind == *visit && task.state == "DONE"))),
            (json!({ "tasks": { "some": { "assignee": { "eq": admin } } } }), Box::new(|known| known.has_task(|task| task.assignee == *admin))),
            (json!({ "tasks": { "some": { "assignee": { "isNull": true } } } }), Box::new(|_| false)),
            (json!({ "tasks": { "some": { "dueAt": { "gte": app.time(DAY) } } } }), Box::new(|known| known.has_task(|task| task.due >= DAY))),
            (json!({ "tasks": { "some": { "dueAt": { "relative": { "unit": "DAY", "offset": 2 } } } } }), Box::new(|known| known.has_task(|task| task.due == 2 * DAY))),
            (json!({ "tasks": { "some": { "isOverdue": true } } }), Box::new(|known| known.has_task(|task| task.state == "PLANNED" && task.due < 0))),
            (json!({ "tasks": { "some": { "isOverdue": false } } }), Box::new(|known| known.has_task(|task| task.state != "PLANNED" || task.due >= 0))),
            (json!({ "tasks": { "none": { "isOverdue": true }, "some": { "state": { "eq": "PLANNED" } } } }), Box::new(|known| known.has_next(|task| task.due >= 0))),
            (json!({ "nextTask": {} }), Box::new(|_| true)),
            (json!({ "nextTask": { "isNull": true } }), Box::new(|known| known.next().is_none())),
            (json!({ "nextTask": { "isNull": false } }), Box::new(|known| known.next().is_some())),
            (json!({ "nextTask": { "type": { "eq": call } } }), Box::new(|known| known.has_next(|task| task.kind == *call))),
            (json!({ "nextTask": { "type": { "in": [visit] } } }), Box::new(|known| known.has_next(|task| task.kind == *visit))),
            (json!({ "nextTask": { "assignee": { "eq": admin } } }), Box::new(|known| known.has_next(|task| task.assignee == *admin))),
            (json!({ "nextTask": { "assignee": { "eq": app.ana.id } } }), Box::new(|known| known.has_next(|task| task.assignee == app.ana.id))),
            (json!({ "nextTask": { "dueAt": { "lt": app.time(2 * DAY) } } }), Box::new(|known| known.has_next(|task| task.due < 2 * DAY))),
            (json!({ "nextTask": { "dueAt": { "gte": app.time(2 * DAY) } } }), Box::new(|_| false)),
            (json!({ "nextTask": { "isOverdue": true } }), Box::new(|known| known.has_next(|task| task.due < 0))),
            (json!({ "nextTask": { "isOverdue": false } }), Box::new(|known| known.has_next(|task| task.due >= 0))),
            (json!({ "nextTask": { "isNull": true, "type": { "eq": call } } }), Box::new(|_| false)),
            (json!({ "nextTask": { "type": { "eq": call } }, "owner": { "eq": app.ana.id } }), Box::new(|known| known.is_anas && known.has_next(|task| task.kind == *call))),
            (json!({ "nextTask": { "isNull": true }, "statusCategory": { "eq": "OPEN" } }), Box::new(|known| known.next().is_none() && !known.is_client)),
        ];
        for (filter, passes) in cases {
            world.check(&app, filter, passes).await;
        }
    }

    async fn they_have_the_limits_of_all(app: TestApp) {
        let many: Vec<usize> = (0..201).collect();
        let ids: Vec<String> = many.iter().map(|_| app.ana.id.clone()).collect();
        for filter in [
            json!({ "rating": { "in": many } }),
            json!({ "validityDays": { "in": many } }),
            json!({ "tag": { "in": ids } }),
            json!({ "sector": { "in": ids } }),
            json!({ "tags": { "none": { "id": { "in": ids } } } }),
            json!({ "addresses": { "some": { "zone": { "in": ids } } } }),
            json!({ "tasks": { "every": { "assignee": { "in": ids } } } }),
            json!({ "nextTask": { "type": { "in": ids } } }),
            json!({ "interest": { "in": many.iter().map(|_| "LOW").collect::<Vec<_>>() } }),
            json!({ "or": many[..51].iter().map(|_| json!({ "hasWebsites": true })).collect::<Vec<_>>() }),
            // Four tests each.
            json!({ "or": many[..13].iter().map(|_| json!({ "nextTask": { "type": {}, "assignee": {}, "dueAt": {}, "isOverdue": true } })).collect::<Vec<_>>() }),
            json!({ "not": { "not": { "not": { "not": { "rating": { "eq": 1 } } } } } }),
        ] {
            refused(&app.ana, filter).await;
        }
        for filter in [
            json!({ "or": many[..12].iter().map(|_| json!({ "nextTask": { "type": {}, "assignee": {}, "dueAt": {}, "isOverdue": true } })).collect::<Vec<_>>() }),
            json!({ "tag": { "in": ids[..200] }, "rating": { "in": many[..200] } }),
        ] {
            let document = "query ($filter: ProspectFilter) { prospects(filter: $filter) { totalCount } }";
            assert_eq!(app.ana.query(document, json!({ "filter": filter })).await["prospects"]["totalCount"], 0);
        }
        let document = "query ($filter: TaskFilter) { tasks(filter: $filter) { totalCount } }";
        let filter = json!({ "prospect": { "or": many[..26].iter().map(|_| json!({ "tasks": { "some": { "type": {}, "isOverdue": true } } })).collect::<Vec<_>>() } });
        assert_eq!(app.ana.run(document, json!({ "filter": filter })).await.codes(), ["BAD_USER_INPUT"]);
    }

    /// Conditions on child rows of prospects without any.
    async fn what_is_absent(app: TestApp) {
        let bare = app.prospect().owner(&app.ana).name("bare").create().await;
        let contact = json!({ "contacts": [{ "firstName": "Rosa", "phones": [{ "value": "+584141234567" }] }, { "firstName": "Luz", "emails": [{ "value": "luz@correo.example" }] }],
            "addresses": [{ "country": "VE" }] });
        let some = app.prospect().owner(&app.ana).name("some").with(contact).create().await;
        let full = app.prospect().owner(&app.ana).complete("zafiro").name("full").create().await;
        let none: &[&Made] = &[];
        let cases: Vec<(Value, Vec<&Made>)> = vec![
            (json!({ "email": { "isNull": true } }), vec![&bare]),
            (json!({ "email": { "isNull": false } }), vec![&full, &some]),
            (json!({ "email": { "isNull": false, "contains": "zafiro" } }), vec![&full]),
            (json!({ "email": { "isNull": true, "contains": "zafiro" } }), none.to_vec()),
            (json!({ "email": {} }), vec![&full, &some, &bare]),
            (json!({ "phone": { "isNull": true } }), vec![&bare]),
            (json!({ "identifier": { "isNull": true } }), vec![&some, &bare]),
            (json!({ "identifier": { "isNull": false } }), vec![&full]),
            (json!({ "contactName": { "isNull": true } }), vec![&bare]),
            (json!({ "country": { "isNull": true } }), vec![&bare]),
            (json!({ "city": { "isNull": true } }), vec![&some, &bare]),
            (json!({ "city": { "isNull": false } }), vec![&full]),
            (json!({ "name": { "isNull": true } }), none.to_vec()),
            (json!({ "name": { "isNull": false } }), vec![&full, &some, &bare]),
            (json!({ "contacts": { "some": { "name": { "isNull": true } } } }), none.to_vec()),
            (json!({ "contacts": { "some": { "email": { "isNull": true } } } }), vec![&some]),
            (json!({ "contacts": { "some": { "phone": { "isNull": true } } } }), vec![&some]),
            (json!({ "contacts": { "some": { "email": { "isNull": false } } } }), vec![&full, &some]),
            (json!({ "contacts": { "some": { "email": { "eq": "luz@correo.example" } } } }), vec![&some]),
            (json!({ "contacts": { "some": { "email": { "eq": "luz@correo.example" }, "phone": { "startsWith": "+58" } } } }), none.to_vec()),
            (json!({ "contacts": { "some": { "email": { "startsWith": "zafiro" }, "phone": { "startsWith": "+58" } } } }), vec![&full]),
            (json!({ "contacts": { "some": { "email": { "eq": "luz@correo.example" }, "isMain": true } } }), none.to_vec()),
            (json!({ "contacts": { "every": { "email": { "isNull": false } } } }), vec![&full, &bare]),
            (json!({ "emails": { "some": { "value": { "isNull": true } } } }), none.to_vec()),
            (json!({ "identifiers": { "some": { "type": { "isNull": true } } } }), none.to_vec()),
            (json!({ "identifiers": { "some": { "country": { "isNull": true } } } }), none.to_vec()),
            (json!({ "identifiers": { "some": { "number": { "isNull": false } } } }), vec![&full]),
            (json!({ "addresses": { "some": { "country": { "isNull": true } } } }), none.to_vec()),
            (json!({ "addresses": { "some": { "city": { "isNull": true } } } }), vec![&some]),
            (json!({ "addresses": { "some": { "parish": { "isNull": true } } } }), vec![&some]),
            (json!({ "cycles": { "some": { "status": { "isNull": true } } } }), none.to_vec()),
            (json!({ "cycles": { "some": { "openedAt": { "isNull": true } } } }), none.to_vec()),
            (json!({ "cycles": { "some": { "openedAt": { "isNull": false } } } }), vec![&full, &some, &bare]),
            (json!({ "cycles": { "some": { "kind": { "eq": "NEW" } } } }), vec![&full, &some, &bare]),
            (json!({ "cycles": { "some": { "kind": { "in": ["NEW", "UPSELL"] } } } }), vec![&full, &some, &bare]),
            (json!({ "cycles": { "some": { "kind": { "in": ["RENEWAL", "UPSELL"] } } } }), none.to_vec()),
            (json!({ "tags": { "some": { "id": { "isNull": true } } } }), none.to_vec()),
            (json!({ "tasks": { "some": { "type": { "isNull": true } } } }), none.to_vec()),
            (json!({ "tasks": { "some": { "dueAt": { "isNull": true } } } }), none.to_vec()),
            (json!({ "firstTouch": { "source": { "isNull": true } } }), none.to_vec()),
        ];
        let document = "query ($filter: ProspectFilter!, $scanned: ProspectFilter!, $opposite: ProspectFilter!) { found: prospects(filter: $filter) { totalCount nodes { id } }
            scanned: prospects(filter: $scanned) { totalCount nodes { id } } opposite: prospects(filter: $opposite) { totalCount nodes { id } } }";
        for (filter, expected) in cases {
            for person in [&app.ana, &app.admin] {
                let data = person.query(document, json!({ "filter": filter, "scanned": { "not": { "not": filter } }, "opposite": { "not": filter } })).await;
                let ids = |made: &[&Made]| -> Vec<String> { made.iter().map(|made| made.id.clone()).collect() };
                assert_eq!(found(&data["found"]), ids(&expected), "{filter}");
                assert_eq!(found(&data["scanned"]), ids(&expected), "{filter}, scanned");
                let others: Vec<&Made> = [&full, &some, &bare].into_iter().filter(|made| !expected.contains(made)).collect();
                assert_eq!(found(&data["opposite"]), ids(&others), "not {filter}");
            }
        }
        let renewed = "mutation ($id: ID!) { prospectStatusChange(id: $id, input: { reopenAs: RENEWAL }) { userErrors { code } } }";
        app.convert(&app.ana, &full).await;
        app.ana.query(renewed, json!({ "id": full.id })).await;
        let data = app.ana.query(document, json!({ "filter": { "cycles": { "some": { "kind": { "eq": "RENEWAL" } } } }, "scanned": {}, "opposite": {} })).await;
        assert_eq!(found(&data["found"]), std::slice::from_ref(&full.id));
    }
}
