//! The places in use: offered by their beginning, each once, and only from what the caller may see.

use cartera::entities::records::address;
use cartera::ids;
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter};
use serde_json::{Value, json};

use super::UPDATE;
use crate::support::{Made, Person, TestApp};

async fn places(person: &Person, list: &str, country: &str, starts_with: Option<&str>) -> Vec<String> {
    let document =
        format!("query ($country: String!, $startsWith: String) {{ list: {list}(country: $country, startsWith: $startsWith) {{ name }} }}");
    let data = person
        .query(&document, json!({ "country": country, "startsWith": starts_with }))
        .await;
    let rows = data["list"].as_array().expect("a list").clone();
    rows.iter().map(|row| row["name"].as_str().expect("a name").to_owned()).collect()
}

fn address(country: &str, city: &str, municipality: &str, parish: Value) -> Value {
    json!({ "country": country, "city": city, "municipality": municipality, "parish": parish })
}

both! {
    async fn places_are_offered_by_their_beginning(app: TestApp) {
        let of = |addresses: Vec<Value>| json!({ "addresses": addresses });
        app.prospect().owner(&app.ana).with(of(vec![
            address("VE", "Mérida", "Libertador", json!("Milla")), address("VE", "Maracaibo", "Maracaibo", Value::Null), address("CO", "Medellín", "Medellín", Value::Null),
        ])).create().await;
        app.prospect().owner(&app.ana).with(of(vec![address("VE", "MERIDA", "Libertador", json!("El Llano"))])).create().await;
        app.prospect().owner(&app.luis).with(of(vec![address("VE", "Maracay", "Girardot", json!("Madre María"))])).create().await;
        for (person, list, country, starts_with, expected) in [
            (&app.ana, "cities", "VE", None, vec!["Maracaibo", "Mérida"]),
            (&app.luis, "cities", "VE", None, vec!["Maracay"]),
            (&app.admin, "cities", "VE", None, vec!["Maracaibo", "Maracay", "Mérida"]),
            (&app.stranger, "cities", "VE", None, vec![]),
            (&app.admin, "cities", "ve", Some("MÁRA"), vec!["Maracaibo", "Maracay"]),
            (&app.ana, "cities", "ve", Some("MÁRA"), vec!["Maracaibo"]),
            (&app.admin, "cities", "VE", Some("merida"), vec!["Mérida"]),
            (&app.admin, "cities", "VE", Some("%"), vec![]),
            (&app.admin, "cities", "VE", Some("x"), vec![]),
            (&app.admin, "cities", "CO", None, vec!["Medellín"]),
            (&app.admin, "cities", "XX", None, vec![]),
            (&app.admin, "cities", "nonsense \u{1}", Some("\u{1}"), vec![]),
            (&app.ana, "municipalities", "VE", None, vec!["Libertador", "Maracaibo"]),
            (&app.admin, "municipalities", "VE", Some("g"), vec!["Girardot"]),
            (&app.ana, "parishes", "VE", None, vec!["El Llano", "Milla"]),
            (&app.admin, "parishes", "VE", Some("m"), vec!["Madre María", "Milla"]),
        ] {
            assert_eq!(places(person, list, country, starts_with).await, expected, "{list} {country} {starts_with:?} for {}", person.name);
        }
        let long = "x".repeat(201);
        let answer = app.ana.run("query ($long: String!) { cities(country: \"VE\", startsWith: $long) { name } }", json!({ "long": long })).await;
        assert_eq!(answer.codes(), ["BAD_USER_INPUT"], "{}", answer.text);
    }

    async fn places_follow_what_becomes_of_addresses(app: TestApp) {
        let made = app.prospect().owner(&app.ana).with(json!({ "addresses": [{ "country": "VE", "city": "Coro" }] })).create().await;
        for person in [&app.ana, &app.admin] {
            assert_eq!(places(person, "cities", "VE", None).await, ["Coro"]);
        }
        app.give(&app.ana, &made, Some(&app.luis)).await;
        assert_eq!(places(&app.ana, "cities", "VE", None).await, Vec::<String>::new());
        assert_eq!(places(&app.luis, "cities", "VE", None).await, ["Coro"]);
        let id = app.luis.query("query ($id: ID!) { prospect(id: $id) { addresses { id } } }", json!({ "id": made.id })).await["prospect"]["addresses"][0]["id"].clone();
        app.luis.run(UPDATE, json!({ "id": made.id, "input": { "removeAddressIds": [id] } })).await.payload("prospectUpdate");
        for person in [&app.luis, &app.admin] {
            assert_eq!(places(person, "cities", "VE", None).await, Vec::<String>::new());
        }
    }

    /// At most twenty, the first ones, the same by both access paths.
    async fn places_are_few(app: TestApp) {
        for half in [0..20, 20..30] {
            let addresses: Vec<Value> = half.map(|number| json!({ "country": "VE", "city": format!("Ciudad {number:02}") })).collect();
            app.prospect().owner(&app.ana).with(json!({ "addresses": addresses })).create().await;
        }
        let expected: Vec<String> = (0..20).map(|number| format!("Ciudad {number:02}")).collect();
        for person in [&app.ana, &app.admin] {
            assert_eq!(places(person, "cities", "VE", Some("ciu")).await, expected);
            assert_eq!(places(person, "cities", "VE", Some("ciudad 2")).await.len(), 10);
        }
    }

    /// Names are scanned among the addresses of all, and if that is not sufficient, among the caller's own.
    async fn those_with_many_prospects_are_offered_the_same(app: TestApp) {
        let cities = |cities: &[&str]| json!({ "addresses": cities.iter().map(|city| json!({ "country": "VE", "city": city })).collect::<Vec<_>>() });
        let ours = app.prospect().owner(&app.ana).with(cities(&["Mérida", "Maracay", "Coro"])).create().await;
        let theirs = app.prospect().owner(&app.luis).with(cities(&["Maracaibo", "MERIDA", "Mesa"])).create().await;
        app.copies(&ours, 2_001).await;
        for (starts_with, expected) in [(None, vec!["Coro", "Maracay", "Mérida"]), (Some("ma"), vec!["Maracay"]), (Some("mes"), vec![])] {
            assert_eq!(places(&app.ana, "cities", "VE", starts_with).await, expected, "{starts_with:?}");
        }
        // More of one name than are looked at, none of them ours: before the one of ours, and without one.
        let db = app.core.db.writer();
        let of = |made: &Made, city: &str| address::Entity::find().filter(address::Column::ProspectId.eq(made.uuid)).filter(address::Column::City.eq(city)).one(db);
        let model = of(&theirs, "MERIDA").await.expect("a query").expect("it was created");
        let copies: Vec<address::ActiveModel> = (0..1_001)
            .flat_map(|_| ["merida", "mesa"].map(|city| address::Model { id: ids::new(), city_norm: Some(city.to_owned()), ..model.clone() }))
            .map(|copy| copy.into_active_model().reset_all())
            .collect();
        for some in copies.chunks(500) {
            address::Entity::insert_many(some.to_vec()).exec_without_returning(db).await.expect("copies of an address");
        }
        let mine = of(&ours, "Mérida").await.expect("a query").expect("it was created");
        let last = address::Model { id: ids::new(), ..mine.clone() };
        address::Entity::delete_by_id(mine.id).exec(db).await.expect("an address goes");
        address::Entity::insert(last.into_active_model().reset_all()).exec_without_returning(db).await.expect("and comes last");
        for (starts_with, expected) in [(None, vec!["Coro", "Maracay", "Mérida"]), (Some("me"), vec!["Mérida"]), (Some("mes"), vec![])] {
            assert_eq!(places(&app.ana, "cities", "VE", starts_with).await, expected, "{starts_with:?}");
        }
        // More names than the scan reads, before the first visible one.
        for tens in 0..3 {
            let names: Vec<String> = (0..20).map(|one| format!("Alto {tens}{one:02}")).collect();
            let names: Vec<&str> = names.iter().map(String::as_str).collect();
            app.prospect().owner(&app.luis).with(cities(&names)).create().await;
        }
        assert_eq!(places(&app.ana, "cities", "VE", None).await, ["Coro", "Maracay", "Mérida"]);
    }
}
