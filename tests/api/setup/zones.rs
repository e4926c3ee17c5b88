//! Zones and their sectors: a catalogue in two levels.

use serde_json::{Value, json};

use crate::support::TestApp;

const LIST: &str = "{ zones { name isRetired sectors { id name position isRetired zone { name } } } }";
const CREATE: &str = "mutation ($input: SectorCreateInput!) {
    sectorCreate(input: $input) { sector { id name position zone { name } } userErrors { code message path } } }";
const REORDER: &str = "mutation ($ids: [ID!]!) {
    sectorReorder(input: { ids: $ids }) { sectors { name } userErrors { code message path } } }";

both! {
    async fn names_and_order_are_those_of_a_zone(app: TestApp) {
        let around = app.surroundings().await;
        let south = app.entry("Zone", "zone", json!({ "name": "Sur" })).await;
        let create = async |zone: &str, name: &str| app.admin.run(CREATE, json!({ "input": { "zoneId": zone, "name": name } })).await;
        let same = create(&south, "La Colina").await;
        let same = same.payload("sectorCreate")["sector"].clone();
        assert_eq!((&same["position"], &same["zone"]["name"]), (&json!(0), &json!("Sur")));
        assert_eq!(create(&around.zone, " LA  COLINA ").await.user_errors("sectorCreate"), ["TAKEN input.name"]);
        for absent in ["nonsense", &around.sector] {
            assert_eq!(create(absent, " ").await.user_errors("sectorCreate"), ["NOT_FOUND input.zoneId", "REQUIRED input.name"]);
        }
        let second = create(&around.zone, "El Bosque").await.payload("sectorCreate")["sector"]["id"].clone();

        let reorder = async |ids: Value| app.admin.run(REORDER, json!({ "ids": ids })).await;
        let answer = reorder(json!([second, around.sector])).await;
        assert_eq!(answer.payload("sectorReorder")["sectors"], json!([{ "name": "El Bosque" }, { "name": "La Colina" }]));
        assert_eq!(reorder(json!([second])).await.user_errors("sectorReorder"), ["INVALID input.ids"]);
        let mixed = reorder(json!([second, around.sector, same["id"]])).await;
        assert_eq!(mixed.user_errors("sectorReorder"), ["INVALID input.ids.2"]);
        assert_eq!(reorder(json!([])).await.user_errors("sectorReorder"), ["INVALID input.ids"]);
        let seen = app.ana.query(LIST, json!({})).await;
        let names: Vec<&Value> = seen["zones"][0]["sectors"].as_array().expect("a list").iter().map(|sector| &sector["name"]).collect();
        assert_eq!(names, ["El Bosque", "La Colina"]);
        assert_eq!(seen["zones"][1]["sectors"].as_array().map(Vec::len), Some(1));
    }

    async fn a_retired_zone_takes_nothing_new(app: TestApp) {
        let around = app.surroundings().await;
        let act = async |action: &str, id: &str| {
            let document = format!("mutation ($id: ID!) {{ {action}(id: $id) {{ userErrors {{ code message path }} }} }}");
            app.admin.run(&document, json!({ "id": id })).await.user_errors(action)
        };
        assert_eq!(act("zoneRetire", &around.zone).await, Vec::<String>::new());
        let refused = app.admin.run(CREATE, json!({ "input": { "zoneId": around.zone, "name": "Nuevo" } })).await;
        assert_eq!(refused.user_errors("sectorCreate"), ["STATE input.zoneId"]);
        let seen = app.ana.query(LIST, json!({})).await;
        assert_eq!((&seen["zones"][0]["isRetired"], &seen["zones"][0]["sectors"][0]["isRetired"]), (&json!(true), &json!(false)));
        let input = json!({ "kind": "PERSON", "name": "X", "addresses": [{ "country": "VE", "sectorId": around.sector }] });
        let create = "mutation ($input: ProspectCreateInput!) { prospectCreate(input: $input) { prospect { id } userErrors { code message path } } }";
        let answer = app.ana.run(create, json!({ "input": input })).await;
        assert_eq!(answer.user_errors("prospectCreate"), ["STATE input.addresses.0.sectorId"]);
        assert_eq!(act("zoneRestore", &around.zone).await, Vec::<String>::new());
        app.ana.run(create, json!({ "input": input })).await.payload("prospectCreate");
        assert_eq!(act("sectorRetire", &around.sector).await, Vec::<String>::new());
        let answer = app.ana.run(create, json!({ "input": input })).await;
        assert_eq!(answer.user_errors("prospectCreate"), ["STATE input.addresses.0.sectorId"]);
        assert_eq!(act("sectorRestore", &around.sector).await, Vec::<String>::new());
        app.assert_sound().await;
    }

    async fn a_zone_is_full_at_100_sectors(app: TestApp) {
        let around = app.surroundings().await;
        for part in 0..10 {
            let fields: Vec<String> = (0..10)
                .filter(|number| (part, *number) != (0, 0))
                .map(|number| format!("s{number}: sectorCreate(input: {{ zoneId: $zone, name: \"Sector {part} {number}\" }}) {{ userErrors {{ code }} }}"))
                .collect();
            let data = app.admin.query(&format!("mutation ($zone: ID!) {{ {} }}", fields.join(" ")), json!({ "zone": around.zone })).await;
            assert!(data.as_object().expect("an object").values().all(|payload| payload["userErrors"] == json!([])), "{data}");
        }
        let refused = app.admin.run(CREATE, json!({ "input": { "zoneId": around.zone, "name": "Uno más" } })).await;
        assert_eq!(refused.user_errors("sectorCreate"), ["LIMIT input"]);
        let other = app.entry("Zone", "zone", json!({ "name": "Sur" })).await;
        app.admin.run(CREATE, json!({ "input": { "zoneId": other, "name": "Primero" } })).await.payload("sectorCreate");
    }

    /// A repeated call answers the sectors of the one zone, as they are now.
    async fn an_order_is_answered_again(app: TestApp) {
        let around = app.surroundings().await;
        let south = app.entry("Zone", "zone", json!({ "name": "Sur" })).await;
        let there = app.entry("Sector", "sector", json!({ "name": "Otro", "zoneId": south })).await;
        let second = app.entry("Sector", "sector", json!({ "name": "El Bosque", "zoneId": around.zone })).await;
        let document = "mutation ($ids: [ID!]!) { sectorReorder(input: { ids: $ids }, idempotencyKey: \"one\") { sectors { name } userErrors { code message path } } }";
        let reorder = async || app.admin.run(document, json!({ "ids": [second, around.sector] })).await;
        let first = reorder().await;
        assert_eq!(first.payload("sectorReorder")["sectors"], json!([{ "name": "El Bosque" }, { "name": "La Colina" }]));
        assert_eq!(reorder().await.text, first.text);
        app.admin.run(REORDER, json!({ "ids": [around.sector, second] })).await.payload("sectorReorder");
        app.admin.run(REORDER, json!({ "ids": [there] })).await.payload("sectorReorder");
        assert_eq!(reorder().await.payload("sectorReorder")["sectors"], json!([{ "name": "La Colina" }, { "name": "El Bosque" }]));
    }
}
