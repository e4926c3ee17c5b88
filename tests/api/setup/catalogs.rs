//! The catalogues: create, edit, retire, restore, reorder, one default, administrators only.

use serde_json::{Value, json};

use crate::support::{Answer, CatalogNames, Person, TestApp, catalogs, operations};

/// A catalogue by the names that the schema gives it.
struct Catalog {
    one: &'static str,
    many: &'static str,
    kind: &'static str,
    /// Required fields of a new entry besides its name.
    needs: Value,
    has_default: bool,
    /// An entry that every installation begins with, or that a test has added, and that is not the default.
    shipped: &'static str,
}

/// Two entries for each catalogue that begins empty.
async fn prepare(app: &TestApp) {
    for catalog in all().into_iter().filter(|catalog| catalog.shipped == ADDED[0]) {
        for name in ADDED {
            app.entry(catalog.kind, catalog.one, json!({ "name": name })).await;
        }
    }
}

/// What is added where a catalogue begins empty.
const ADDED: [&str; 2] = ["Primera", "Segunda"];

/// All catalogues but sectors, which have no list of their own.
fn all() -> Vec<Catalog> {
    let all = catalogs().into_iter().filter(|catalog| catalog.one != "sector");
    all.map(|CatalogNames { one, many, node, .. }| Catalog {
        one,
        many,
        kind: node,
        needs: match one {
            "potentialLevel" => json!({ "appliesTo": "CLIENT" }),
            "status" => json!({ "category": "OPEN" }),
            "reason" => json!({ "category": "BOTH" }),
            "identifierType" => json!({ "country": "US" }),
            _ => json!({}),
        },
        has_default: ["channel", "segment", "potentialLevel", "status", "source"].contains(&one),
        shipped: match one {
            "channel" => "Shop",
            "segment" => "Public sector",
            "potentialLevel" => "High",
            "status" => "Negotiation",
            "reason" => "Duplicate",
            "source" => "Event",
            "taskType" => "Visit",
            "addressType" => "Delivery",
            "industry" => "Health",
            "customerType" => "Retailer",
            "identifierType" => "EIN",
            _ => ADDED[0],
        },
    })
    .collect()
}

impl Catalog {
    fn fields(&self) -> &'static str {
        if self.has_default {
            "id name description position version isRetired isDefault"
        } else {
            "id name description position version isRetired"
        }
    }

    async fn list(&self, person: &Person) -> Vec<Value> {
        let data = person
            .query(&format!("{{ list: {} {{ {} }} }}", self.many, self.fields()), json!({}))
            .await;
        data["list"].as_array().expect("a list").clone()
    }

    async fn create(&self, person: &Person, fields: Value) -> Answer {
        let mut input = self.needs.clone();
        input
            .as_object_mut()
            .expect("an object")
            .extend(fields.as_object().expect("an object").clone());
        let document = format!(
            "mutation ($input: {}CreateInput!) {{ {one}Create(input: $input) {{ {one} {{ {} }} userErrors {{ code message path }} }} }}",
            self.kind,
            self.fields(),
            one = self.one,
        );
        person.run(&document, json!({ "input": input })).await
    }

    async fn update(&self, person: &Person, id: &Value, fields: Value, version: Option<i64>) -> Answer {
        let document = format!(
            "mutation ($id: ID!, $input: {}UpdateInput!, $version: Int) {{ {one}Update(id: $id, input: $input, expectedVersion: $version) {{
                {one} {{ {} }} userErrors {{ code message path }} }} }}",
            self.kind,
            self.fields(),
            one = self.one,
        );
        person
            .run(&document, json!({ "id": id, "input": fields, "version": version }))
            .await
    }

    /// `Retire` or `Restore`.
    async fn act(&self, person: &Person, action: &str, id: &Value) -> Answer {
        let document = format!(
            "mutation ($id: ID!) {{ {one}{action}(id: $id) {{ {one} {{ {} }} userErrors {{ code message path }} }} }}",
            self.fields(),
            one = self.one,
        );
        person.run(&document, json!({ "id": id })).await
    }

    async fn reorder(&self, person: &Person, ids: &[Value]) -> Answer {
        let document = format!(
            "mutation ($ids: [ID!]!) {{ {}Reorder(input: {{ ids: $ids }}) {{ {} {{ id }} userErrors {{ code message path }} }} }}",
            self.one, self.many,
        );
        person.run(&document, json!({ "ids": ids })).await
    }

    fn named(&self, name: &str) -> String {
        format!("{}{name}", self.one)
    }
}

fn ids(rows: &[Value]) -> Vec<Value> {
    rows.iter().map(|row| row["id"].clone()).collect()
}

both! {
    async fn an_entry_lives_and_retires(app: TestApp) {
        for catalog in all() {
            let before = catalog.list(&app.ana).await;
            let created = catalog.create(&app.admin, json!({ "name": "  Feria de Otoño ", "description": "Once a year" })).await;
            let entry = created.payload(&catalog.named("Create"))[catalog.one].clone();
            assert_eq!((&entry["name"], &entry["version"], &entry["isRetired"]), (&json!("Feria de Otoño"), &json!(1), &json!(false)));
            let id = &entry["id"];
            let list = catalog.list(&app.ana).await;
            assert_eq!(list.len(), before.len() + 1);
            assert_eq!(list.last().expect("the new one is last")["id"], *id);

            let updated = catalog.update(&app.admin, id, json!({ "name": "Feria", "description": null }), Some(1)).await;
            let entry = &updated.payload(&catalog.named("Update"))[catalog.one];
            assert_eq!((&entry["name"], &entry["description"], &entry["version"]), (&json!("Feria"), &Value::Null, &json!(2)));
            let stale = catalog.update(&app.admin, id, json!({ "name": "Stale" }), Some(1)).await;
            assert_eq!(stale.user_errors(&catalog.named("Update")), ["CONFLICT expectedVersion"]);
            assert_eq!(stale.data()[catalog.named("Update")][catalog.one], *entry, "the entry as it is now");

            let retired = catalog.act(&app.admin, "Retire", id).await;
            assert_eq!(retired.payload(&catalog.named("Retire"))[catalog.one]["isRetired"], json!(true));
            assert_eq!(catalog.act(&app.admin, "Retire", id).await.user_errors(&catalog.named("Retire")), ["STATE id"]);
            // Its name is free, and so it cannot be restored once another entry has the name.
            let second = catalog.create(&app.admin, json!({ "name": "FERIA" })).await;
            let second = second.payload(&catalog.named("Create"))[catalog.one]["id"].clone();
            assert_eq!(catalog.act(&app.admin, "Restore", id).await.user_errors(&catalog.named("Restore")), ["TAKEN id"]);
            catalog.act(&app.admin, "Retire", &second).await.payload(&catalog.named("Retire"));
            let restored = catalog.act(&app.admin, "Restore", id).await;
            assert_eq!(restored.payload(&catalog.named("Restore"))[catalog.one]["isRetired"], json!(false));
            assert_eq!(catalog.act(&app.admin, "Restore", id).await.user_errors(&catalog.named("Restore")), ["STATE id"]);
            // Retired ones come last.
            assert_eq!(catalog.list(&app.ana).await.last().expect("an entry")["id"], second);
        }
    }

    async fn wrong_entries_are_refused(app: TestApp) {
        prepare(&app).await;
        let before = app.snapshot().await;
        for catalog in all() {
            let create = async |fields| catalog.create(&app.admin, fields).await.user_errors(&catalog.named("Create"));
            assert_eq!(create(json!({ "name": " " })).await, ["REQUIRED input.name"], "{}", catalog.one);
            assert_eq!(create(json!({ "name": "x".repeat(10_000) })).await, ["TOO_LONG input.name"], "{}", catalog.one);
            let rows = catalog.list(&app.admin).await;
            let row = rows.iter().find(|row| row["name"] == catalog.shipped).expect("a shipped entry");
            let id = &row["id"];
            let other = rows.iter().find(|row| row["name"] != catalog.shipped).expect("another entry");
            // Of these, another kind or country may have the same name.
            if !["potentialLevel", "identifierType"].contains(&catalog.one) {
                assert_eq!(create(json!({ "name": catalog.shipped.to_uppercase() })).await, ["TAKEN input.name"], "{}", catalog.one);
                let update = catalog.update(&app.admin, id, json!({ "name": other["name"] }), None).await;
                assert_eq!(update.user_errors(&catalog.named("Update")), ["TAKEN input.name"], "{}", catalog.one);
            }
            let clear = catalog.update(&app.admin, id, json!({ "name": null }), None).await;
            assert_eq!(clear.user_errors(&catalog.named("Update")), ["REQUIRED input.name"], "{}", catalog.one);
            for absent in [json!("nonsense"), json!(app.ana.id)] {
                let update = catalog.update(&app.admin, &absent, json!({ "name": "X" }), None).await;
                assert_eq!(update.user_errors(&catalog.named("Update")), ["NOT_FOUND id"], "{}", catalog.one);
                for action in ["Retire", "Restore"] {
                    assert_eq!(catalog.act(&app.admin, action, &absent).await.user_errors(&catalog.named(action)), ["NOT_FOUND id"]);
                }
            }
            let all = ids(&rows);
            let reorder = async |ids: &[Value]| catalog.reorder(&app.admin, ids).await.user_errors(&catalog.named("Reorder"));
            assert_eq!(reorder(&all[1..]).await, ["INVALID input.ids"], "{}", catalog.one);
            let twice: Vec<Value> = all.iter().cloned().chain([all[0].clone()]).collect();
            assert_eq!(reorder(&twice).await, [format!("INVALID input.ids.{}", all.len())], "{}", catalog.one);
            let stranger: Vec<Value> = all.iter().cloned().chain([json!("nonsense")]).collect();
            assert_eq!(reorder(&stranger).await, [format!("NOT_FOUND input.ids.{}", all.len())], "{}", catalog.one);
        }
        before.assert_equal(&app.snapshot().await, "refused changes of catalogues");
    }

    async fn there_is_one_default(app: TestApp) {
        for catalog in all().into_iter().filter(|catalog| catalog.has_default) {
            let rows = catalog.list(&app.admin).await;
            let default = rows.iter().find(|row| row["isDefault"] == json!(true)).expect("a default").clone();
            assert_eq!(catalog.act(&app.admin, "Retire", &default["id"]).await.user_errors(&catalog.named("Retire")), ["STATE id"]);
            let clear = catalog.update(&app.admin, &default["id"], json!({ "isDefault": false }), None).await;
            assert_eq!(clear.user_errors(&catalog.named("Update")), ["STATE input.isDefault"]);

            let next = rows.iter().find(|row| row["name"] == catalog.shipped).expect("a shipped entry");
            let update = catalog.update(&app.admin, &next["id"], json!({ "isDefault": true }), None).await;
            assert_eq!(update.payload(&catalog.named("Update"))[catalog.one]["isDefault"], json!(true));
            let by_create = catalog.create(&app.admin, json!({ "name": "Nueva por defecto", "isDefault": true })).await;
            by_create.payload(&catalog.named("Create"));
            let table = match catalog.one {
                "potentialLevel" => "potential_levels",
                _ => catalog.many,
            };
            let marked = app.sql(&format!("SELECT name FROM {table} WHERE is_default ORDER BY name")).await;
            // One of each kind of level.
            let expected: &[&str] = if catalog.one == "potentialLevel" { &["High", "Nueva por defecto"] } else { &["Nueva por defecto"] };
            assert_eq!(marked, expected, "{}", catalog.one);
            let retired = catalog.act(&app.admin, "Retire", &default["id"]).await;
            retired.payload(&catalog.named("Retire"));
            let back = catalog.update(&app.admin, &default["id"], json!({ "isDefault": true }), None).await;
            assert_eq!(back.user_errors(&catalog.named("Update")), ["STATE input.isDefault"]);
        }
        // What is the default is what a new prospect gets.
        let made = app.prospect().create().await;
        let document = "query ($id: ID!) { prospect(id: $id) { channel { name } segment { name } potentialLevel { name } status { name } firstTouch { source { name } } } }";
        let data = app.admin.query(document, json!({ "id": made.id })).await;
        assert_eq!(
            data["prospect"],
            json!({
                "channel": { "name": "Nueva por defecto" }, "segment": { "name": "Nueva por defecto" }, "potentialLevel": { "name": "High" },
                "status": { "name": "Nueva por defecto" }, "firstTouch": { "source": { "name": "Nueva por defecto" } },
            })
        );
        app.assert_sound().await;
    }

    async fn entries_are_put_in_order(app: TestApp) {
        prepare(&app).await;
        for catalog in all() {
            let mut wanted = ids(&catalog.list(&app.admin).await);
            wanted.reverse();
            let answer = catalog.reorder(&app.admin, &wanted).await;
            let answered = answer.payload(&catalog.named("Reorder"))[catalog.many].as_array().expect("a list").clone();
            assert_eq!(ids(&answered), wanted, "{}", catalog.one);
            assert_eq!(ids(&catalog.list(&app.ana).await), wanted, "{}", catalog.one);
        }
    }

    /// A record keeps an entry that is retired, and no other record gets it.
    async fn a_retired_entry_stays_where_it_is_used(app: TestApp) {
        let made = app.prospect().owner(&app.ana).with(json!({ "channelId": app.channel("Shop") })).create().await;
        let shop = json!(app.channel("Shop"));
        all()[0].act(&app.admin, "Retire", &shop).await.payload("channelRetire");
        let update = "mutation ($id: ID!, $input: ProspectUpdateInput!) {
            prospectUpdate(id: $id, input: $input) { prospect { channel { name isRetired } } userErrors { code message path } } }";
        let same = app.ana.run(update, json!({ "id": made.id, "input": { "channelId": shop, "name": "Other" } })).await;
        assert_eq!(same.payload("prospectUpdate")["prospect"]["channel"], json!({ "name": "Shop", "isRetired": true }));
        let other = app.prospect().owner(&app.ana).create().await;
        let refused = app.ana.run(update, json!({ "id": other.id, "input": { "channelId": shop } })).await;
        assert_eq!(refused.user_errors("prospectUpdate"), ["STATE input.channelId"]);
    }

    /// Each category has a status in use, and clients who return have one to start in.
    async fn the_process_stays_whole(app: TestApp) {
        let statuses = &all()[3];
        let before = app.snapshot().await;
        for name in ["New", "Ready for proposal", "Won", "Lost", "Discarded"] {
            let answer = statuses.act(&app.admin, "Retire", &json!(app.status(name))).await;
            assert_eq!(answer.user_errors("statusRetire"), ["STATE id"], "{name}");
        }
        for (name, fields, error) in [
            ("Won", json!({ "isDefault": true }), "INVALID input.isDefault"),
            ("Lost", json!({ "isReentry": true }), "INVALID input.isReentry"),
            ("Ready for proposal", json!({ "isReentry": false }), "STATE input.isReentry"),
            ("New", json!({ "color": "red" }), "INVALID input.color"),
        ] {
            let answer = statuses.update(&app.admin, &json!(app.status(name)), fields, None).await;
            assert_eq!(answer.user_errors("statusUpdate"), [error], "{name}");
        }
        before.assert_equal(&app.snapshot().await, "refused changes of statuses");
        let answer = statuses.update(&app.admin, &json!(app.status("Negotiation")), json!({ "isReentry": true }), None).await;
        answer.payload("statusUpdate");
        let marked = app.sql("SELECT name FROM statuses WHERE is_reentry").await;
        assert_eq!(marked, ["Negotiation"]);
    }

    async fn the_operations_of_the_contract(app: TestApp) {
        let run = async |name: &str, variables: Value| app.admin.run_operation(operations::CATALOGS, name, variables).await;
        let channel = run("ChannelCreate", json!({ "input": { "name": "Feria", "description": "Ferias y congresos" } })).await;
        assert_eq!(channel.payload("channelCreate")["channel"]["isDefault"], json!(false));
        let input = json!({ "name": "Sector público", "color": "#112233" });
        let segment = run("SegmentUpdate", json!({ "id": app.segment("Public sector"), "input": input })).await;
        assert_eq!(segment.payload("segmentUpdate")["segment"]["color"], json!("#112233"));
        let level = run("PotentialLevelCreate", json!({ "input": { "name": "Estratégico", "appliesTo": "CLIENT" } })).await;
        assert_eq!(level.payload("potentialLevelCreate")["potentialLevel"]["appliesTo"], json!("CLIENT"));
        let input = json!({ "name": "Primer contacto", "color": "#445566" });
        let status = run("StatusUpdate", json!({ "id": app.status("New"), "input": input })).await;
        assert_eq!(status.payload("statusUpdate")["status"]["name"], json!("Primer contacto"));

        let run = async |name: &str, variables: Value| app.admin.run_operation(operations::RECORD_CATALOGS, name, variables).await;
        let tag = run("TagCreate", json!({ "input": { "name": "VIP", "color": "#abcdef" } })).await;
        assert_eq!(tag.payload("tagCreate")["tag"]["color"], json!("#ABCDEF"));
        let zone = app.entry("Zone", "zone", json!({ "name": "Norte" })).await;
        let sector = run("SectorCreate", json!({ "input": { "zoneId": zone, "name": "La Colina" } })).await;
        assert_eq!(sector.payload("sectorCreate")["sector"]["zone"]["id"], json!(zone));
        let all = app.ana.run_operation(operations::RECORD_CATALOGS, "Catalogs", json!({})).await;
        assert_eq!(all.data()["zones"][0]["sectors"][0]["name"], json!("La Colina"));
        assert_eq!(all.data()["identifierTypes"][0]["pattern"], json!("V?[0-9]{1,9}"));
        for name in ["tags", "addressTypes", "industries", "customerTypes", "countries"] {
            assert!(!all.data()[name].as_array().expect("a list").is_empty(), "{name}");
        }
    }

    /// Changes of one request run in order, each whole or not at all, and one that is refused does not hide the others.
    async fn changes_of_one_request_stand_alone(app: TestApp) {
        let document = "mutation {
            one: channelCreate(input: { name: \"Uno\" }) { channel { name } userErrors { code path } }
            two: channelCreate(input: { name: \"uno\" }) { channel { name } userErrors { code path } }
            three: channelCreate(input: { name: \"Tres\" }) { channel { name } userErrors { code path } } }";
        let data = app.admin.query(document, json!({})).await;
        assert_eq!(data["one"]["channel"], json!({ "name": "Uno" }));
        assert_eq!(data["two"], json!({ "channel": null, "userErrors": [{ "code": "TAKEN", "path": ["input", "name"] }] }));
        assert_eq!(data["three"]["channel"], json!({ "name": "Tres" }));

        let made = app.prospect().owner(&app.ana).create().await;
        let document = "mutation ($id: ID!) {
            note: noteCreate(prospectId: $id, input: { body: \"kept\" }) { entry { note { body } } }
            channel: channelCreate(input: { name: \"Cuatro\" }) { channel { name } } }";
        let answer = app.ana.run(document, json!({ "id": made.id })).await;
        assert_eq!(answer.codes(), ["FORBIDDEN"]);
        assert_eq!(answer.errors()[0]["path"], json!(["channel"]));
        assert_eq!(answer.body["data"], json!({ "note": { "entry": { "note": { "body": "kept" } } }, "channel": null }));
    }
}
