//! The places in use: offered by their beginning, each once, and only from what the caller may see.

use serde_json::{Value, json};

use super::UPDATE;
use crate::support::{Person, TestApp};

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
            (&app.admin, "cities", "nonsense \u{0}", Some("\u{0}"), vec![]),
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

    /// Twenty at most, the first ones, alike for both ways of looking.
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
}
