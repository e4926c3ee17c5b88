//! Document numbers: one form of each by the rules of its type, numbers that many may have, and what types say about theirs.

use serde_json::{Value, json};

use super::{UPDATE, create, filtered, identifier_type, searched};
use crate::support::{Person, TestApp, operations};

/// Country, type, the number of one record, and how others may type it.
const ONE: &[(&str, &str, &str, &[&str])] = &[
    (
        "VE",
        "Cédula V",
        "V-17.204.618",
        &[
            "17204618",
            "V-017204618",
            "v 17 204 618",
            "0017.204.618",
            "Ｖ１７２０４６１８",
            "V–17\u{a0}204\u{200b}618",
        ],
    ),
    ("VE", "Cédula E", "84204618", &["E-84.204.618", "e 084204618"]),
    ("CL", "RUT", "9.020.943-4", &["09.020.943-4", "0090209434"]),
    ("UY", "CI", "0.923.456-9", &["923456-9", "00923456-9"]),
    ("PY", "RUC", "27040-7", &["027.040-7", "00270407"]),
    ("CO", "CC", "12.345.678", &["0012345678", "012 345 678"]),
    ("AR", "DNI", "5.123.456", &["05.123.456", "05123456"]),
];

/// The input of a prospect with numbers of one type.
fn numbered(kind: &str, numbers: &[&str]) -> Value {
    let numbers: Vec<Value> = numbers.iter().map(|number| json!({ "typeId": kind, "number": number })).collect();
    json!({ "identifiers": numbers })
}

async fn errors(person: &Person, input: Value) -> Vec<String> {
    create(person, input).await.user_errors("prospectCreate")
}

/// The matches as `number condition name`.
async fn looked_up(person: &Person, prefix: &str) -> Vec<String> {
    let answer = person.run(operations::DOCUMENT_NUMBER_LOOKUP, json!({ "prefix": prefix })).await;
    let matches = answer.data()["identifierLookup"].as_array().expect("a list");
    let word = |value: &Value| value.as_str().unwrap_or("-").to_owned();
    let shown = matches.iter().map(|found| {
        assert_eq!(found["type"].is_null(), found["prospect"].is_null(), "{}", answer.text);
        let name = &found["prospect"]["name"];
        format!("{} {} {}", word(&found["number"]), word(&found["condition"]), word(name))
    });
    shown.collect()
}

/// The names of the visible prospects with one of the numbers.
async fn alike(person: &Person, number: &str) -> Vec<String> {
    let document = "query ($numbers: [String!]) { possibleDuplicates(input: { identifiers: $numbers }) { reason prospect { name } } }";
    let data = person.query(document, json!({ "numbers": [number] })).await;
    let found = data["possibleDuplicates"].as_array().expect("a list");
    let names = found.iter().map(|found| {
        assert_eq!(found["reason"], "IDENTIFIER");
        found["prospect"]["name"].as_str().unwrap_or("-").to_owned()
    });
    names.collect()
}

const TYPE_CREATE: &str = "mutation ($input: IdentifierTypeCreateInput!) { identifierTypeCreate(input: $input) {
    identifierType { id numberPrefix ignoresLeadingZeros repeatableNumbers version } userErrors { code message path } } }";
const TYPE_UPDATE: &str = "mutation ($id: ID!, $input: IdentifierTypeUpdateInput!) { identifierTypeUpdate(id: $id, input: $input) {
    identifierType { numberPrefix ignoresLeadingZeros repeatableNumbers version } userErrors { code message path } } }";

both! {
    async fn a_number_is_one_in_every_form(app: TestApp) {
        for &(country, name, kept, _) in ONE {
            let kind = identifier_type(&app, country, name).await;
            app.prospect().by(&app.ana).name(&format!("{country} {name}")).with(numbered(&kind, &[kept])).create().await;
        }
        // Each number reported as taken counts as a look-up.
        let app = app.with_settings(|settings| settings.identifier_lookups_per_minute = 1_000).await;
        for &(country, name, kept, all) in ONE {
            let kind = identifier_type(&app, country, name).await;
            let owner = format!("{country} {name}");
            let before = app.snapshot().await;
            for typed in all.iter().copied().chain([kept]) {
                for person in [&app.ana, &app.luis, &app.admin] {
                    let taken = errors(person, numbered(&kind, &[typed])).await;
                    assert_eq!(taken, ["TAKEN input.identifiers.0.number"], "{owner}: {typed}");
                }
                let twice = errors(&app.ana, numbered(&kind, &["77777777", kept, typed])).await;
                assert!(twice.contains(&"INVALID input.identifiers.2.number".to_owned()), "{owner}: {typed}: {twice:?}");
                for filter in [
                    json!({ "identifier": { "eq": typed } }),
                    json!({ "identifier": { "in": ["x", typed] } }),
                    json!({ "identifier": { "startsWith": typed } }),
                    json!({ "identifiers": { "some": { "number": { "eq": typed }, "type": { "eq": kind } } } }),
                ] {
                    assert_eq!(filtered(&app.ana, filter.clone()).await, [owner.as_str()], "{filter}");
                }
                assert_eq!(alike(&app.ana, typed).await, [owner.as_str()], "{typed}");
                assert_eq!(alike(&app.luis, typed).await, ["-"], "{typed}");
                assert_eq!(looked_up(&app.ana, typed).await, [format!("{kept} PROSPECT {owner}")], "{typed}");
                assert_eq!(looked_up(&app.luis, typed).await, [format!("{} PROSPECT -", typed.trim())], "{typed}");
                assert_eq!(looked_up(&app.admin, typed).await, [format!("{kept} PROSPECT {owner}")], "{typed}");
            }
            before.assert_equal(&app.snapshot().await, "numbers that are taken");
        }
        app.assert_sound().await;
    }

    async fn a_number_is_found_without_its_letter(app: TestApp) {
        let kind = identifier_type(&app, "VE", "Cédula V").await;
        let made = app.prospect().by(&app.ana).name("Rosa").with(numbered(&kind, &["V-17.204.618"])).create().await;
        for (prefix, is_found) in [
            ("17204618", true), ("172046", true), ("17.204", true), ("V-1720", true), ("v017204", true), ("0017204618", true),
            ("1720", false), ("V-17.2", false), ("172047", false), ("E-17204618", false),
        ] {
            let expected = if is_found { vec!["V-17.204.618 PROSPECT Rosa"] } else { vec![] };
            assert_eq!(looked_up(&app.ana, prefix).await, expected, "{prefix}");
        }
        // Of a colleague's, what it is, and by the whole number alone.
        for prefix in ["172046", "1720461", "V-172046", "172046180"] {
            assert_eq!(looked_up(&app.luis, prefix).await, [] as [&str; 0], "{prefix}");
        }
        for whole in ["17204618", "V-17.204.618", "017204618"] {
            assert_eq!(looked_up(&app.luis, whole).await, [format!("{whole} PROSPECT -")]);
        }
        app.convert(&app.ana, &made).await;
        assert_eq!(looked_up(&app.luis, "17204618").await, ["17204618 CLIENT -"]);
        assert_eq!(looked_up(&app.ana, "17204618").await, ["V-17.204.618 CLIENT Rosa"]);
        for person in [&app.ana, &app.admin] {
            assert_eq!(alike(person, "17204618").await, ["Rosa"]);
            assert_eq!(alike(person, "17204619").await, [] as [&str; 0]);
        }
        for text in ["17204618", "V-17.204.618", "17.204.618", "cédula 17204618", "00017204618", "0000 17 204 618"] {
            assert_eq!(searched(&app.ana, text).await, ["Rosa"], "{text}");
        }
        // Any number of zeros may stand in front.
        let carne = app.admin.run(TYPE_CREATE, json!({ "input": { "name": "Ficha", "country": "DO", "ignoresLeadingZeros": true } })).await;
        let carne = carne.payload("identifierTypeCreate")["identifierType"]["id"].as_str().expect("an id").to_owned();
        app.prospect().by(&app.ana).name("Corta").with(numbered(&carne, &["1023456"])).create().await;
        for text in ["1023456", "0001023456", "000000001023456", "0001.023.456"] {
            assert_eq!(searched(&app.ana, text).await, ["Corta"], "{text}");
        }
        // The letter of another type makes another number.
        let foreign = identifier_type(&app, "VE", "Cédula E").await;
        assert_eq!(errors(&app.ana, numbered(&kind, &["E-17.204.618"])).await, ["INVALID input.identifiers.0.number"]);
        app.prospect().by(&app.ana).name("Otra").with(numbered(&foreign, &["17.204.618"])).create().await;
        assert_eq!(filtered(&app.ana, json!({ "identifier": { "eq": "E-17204618" } })).await, ["Otra"]);
        assert_eq!(filtered(&app.ana, json!({ "identifier": { "eq": "V-17204618" } })).await, ["Rosa"]);
        assert_eq!(filtered(&app.ana, json!({ "identifier": { "eq": "17204618" } })).await, ["Otra", "Rosa"]);
        app.assert_sound().await;
    }

    async fn zeros_alone_are_no_number(app: TestApp) {
        let before = app.snapshot().await;
        for (country, name, zeros) in [
            ("VE", "Cédula V", "V-000"), ("VE", "Cédula V", "0"), ("VE", "RIF", "J-00000000-0"), ("CL", "RUT", "00.000.000-0"),
            ("CO", "CC", "000"), ("AR", "DNI", "00.000.000"), ("PE", "DNI", "00000000"), ("EC", "RUC", "0000000000000"), ("UY", "CI", "0.000.000-0"),
        ] {
            let kind = identifier_type(&app, country, name).await;
            let codes = errors(&app.ana, numbered(&kind, &[zeros])).await;
            assert_eq!(codes, ["INVALID input.identifiers.0.number"], "{country} {name} {zeros}");
        }
        before.assert_equal(&app.snapshot().await, "numbers of zeros");
    }

    async fn generic_numbers_repeat(app: TestApp) {
        let kind = identifier_type(&app, "MX", "RFC").await;
        for (person, name) in [(&app.admin, "Uno"), (&app.admin, "Dos"), (&app.ana, "Tres"), (&app.luis, "Cuatro"), (&app.luis, "Cinco")] {
            app.prospect().by(person).name(name).with(numbered(&kind, &["XAXX010101000"])).create().await;
        }
        // In another spelling it is the same, and still no duplicate: it says nothing about its owner.
        app.prospect().by(&app.ana).name("Seis").with(numbered(&kind, &["xaxx-010101-000"])).create().await;
        for person in [&app.admin, &app.ana, &app.stranger] {
            assert_eq!(alike(person, "XAXX010101000").await, [] as [&str; 0]);
        }
        assert_eq!(looked_up(&app.stranger, "XAXX010101000").await, [] as [&str; 0]);
        assert_eq!(looked_up(&app.ana, "XAXX010101000").await.len(), 2, "one's own are shown");
        assert_eq!(filtered(&app.admin, json!({ "identifier": { "eq": "XAXX010101000" } })).await.len(), 6);
        // Others of the type are as unique as ever.
        app.prospect().by(&app.ana).with(numbered(&kind, &["GODE561231GR8"])).create().await;
        assert_eq!(errors(&app.luis, numbered(&kind, &["gode-561231-gr8"])).await, ["TAKEN input.identifiers.0.number"]);
        app.assert_sound().await;
    }

    async fn an_enye_counts_in_a_number(app: TestApp) {
        let kind = identifier_type(&app, "MX", "RFC").await;
        let (with, without) = ("MUÑ010101AA1", "MUN010101AA1");
        app.prospect().by(&app.ana).name("Muñoz").with(numbered(&kind, &[with])).create().await;
        app.prospect().by(&app.ana).name("Munoz").with(numbered(&kind, &[without])).create().await;
        for (typed, name) in [
            (with, "Muñoz"), ("muñ-010101-aa1", "Muñoz"), ("MUN\u{303}010101AA1", "Muñoz"), ("MUÑ 01 01 01 AA1", "Muñoz"),
            (without, "Munoz"), ("mun-010101-aa1", "Munoz"),
        ] {
            assert_eq!(errors(&app.ana, numbered(&kind, &[typed])).await, ["TAKEN input.identifiers.0.number"], "{typed}");
            for test in ["eq", "contains", "startsWith"] {
                assert_eq!(filtered(&app.ana, json!({ "identifier": { test: typed } })).await, [name], "{test} {typed}");
            }
            assert_eq!(alike(&app.ana, typed).await, [name], "{typed}");
            assert_eq!(looked_up(&app.ana, typed).await.len(), 1, "{typed}");
        }
        // Open text is folded.
        for text in [with, without, "muñ010101"] {
            assert_eq!(searched(&app.ana, text).await, ["Munoz", "Muñoz"], "{text}");
        }
        app.assert_sound().await;
    }

    async fn a_type_says_how_its_numbers_are_written(app: TestApp) {
        let input = json!({ "name": "Carné", "country": "DO", "pattern": "X[0-9]{3,6}", "numberPrefix": " x ", "ignoresLeadingZeros": true,
            "repeatableNumbers": ["999", "X-0999", "X 888"] });
        let answer = app.admin.run(TYPE_CREATE, json!({ "input": input })).await;
        let made = answer.payload("identifierTypeCreate")["identifierType"].clone();
        assert_eq!(made, json!({ "id": made["id"], "numberPrefix": "X", "ignoresLeadingZeros": true, "repeatableNumbers": ["X999", "X888"], "version": 1 }));
        let kind = made["id"].as_str().expect("an id").to_owned();
        let number = |number: &str| numbered(&kind, &[number]);
        assert_eq!(errors(&app.ana, number("0123")).await, [] as [&str; 0]);
        assert_eq!(app.sql("SELECT number_norm FROM identifiers").await, ["X123"]);
        for taken in ["123", "X-123", "x000123"] {
            assert_eq!(errors(&app.luis, number(taken)).await, ["TAKEN input.identifiers.0.number"], "{taken}");
        }
        for bad in ["12", "Y123", "1234567", "X-000"] {
            assert_eq!(errors(&app.luis, number(bad)).await, ["INVALID input.identifiers.0.number"], "{bad}");
        }
        for person in [&app.ana, &app.luis] {
            assert_eq!(errors(person, number("0999")).await, [] as [&str; 0]);
        }
        let update = async |input: Value| {
            let answer = app.admin.run(TYPE_UPDATE, json!({ "id": kind, "input": input })).await;
            answer.payload("identifierTypeUpdate")["identifierType"].clone()
        };
        let updated = update(json!({ "repeatableNumbers": ["0123"] })).await;
        assert_eq!(updated, json!({ "numberPrefix": "X", "ignoresLeadingZeros": true, "repeatableNumbers": ["X123"], "version": 2 }));
        // What is repeatable by now may come again; what no longer is stays where it is, and not elsewhere.
        assert_eq!(errors(&app.luis, number("X-123")).await, [] as [&str; 0]);
        assert_eq!(errors(&app.luis, number("999")).await, ["TAKEN input.identifiers.0.number"]);
        assert_eq!(update(json!({ "name": "Carné nuevo" })).await["repeatableNumbers"], json!(["X123"]));
        assert_eq!(update(json!({ "repeatableNumbers": null })).await["repeatableNumbers"], json!([]));
        assert_eq!(errors(&app.luis, number("0123")).await, ["TAKEN input.identifiers.0.number"]);
        // Without any of it, numbers are as they are.
        let plain = app.admin.run(TYPE_CREATE, json!({ "input": { "name": "Otro carné", "country": "DO" } })).await;
        let plain = plain.payload("identifierTypeCreate")["identifierType"].clone();
        assert_eq!(plain, json!({ "id": plain["id"], "numberPrefix": null, "ignoresLeadingZeros": false, "repeatableNumbers": [], "version": 1 }));
        let plain = plain["id"].as_str().expect("an id").to_owned();
        for other in ["7", "07", "X7"] {
            assert_eq!(errors(&app.ana, numbered(&plain, &[other])).await, [] as [&str; 0], "{other}");
        }
        app.assert_sound().await;
    }

    async fn wrong_forms_of_a_type_are_refused(app: TestApp) {
        let before = app.snapshot().await;
        let many: Vec<String> = (1..=51).map(|number| number.to_string()).collect();
        for (input, error) in [
            (json!({ "numberPrefix": "ABCDE" }), "INVALID input.numberPrefix"),
            (json!({ "numberPrefix": "1" }), "INVALID input.numberPrefix"),
            (json!({ "numberPrefix": "Ñ" }), "INVALID input.numberPrefix"),
            (json!({ "numberPrefix": "V-" }), "INVALID input.numberPrefix"),
            (json!({ "repeatableNumbers": many }), "LIMIT input.repeatableNumbers"),
            (json!({ "repeatableNumbers": ["1", "--"] }), "INVALID input.repeatableNumbers.1"),
            (json!({ "repeatableNumbers": ["1".repeat(201)] }), "TOO_LONG input.repeatableNumbers.0"),
            (json!({ "repeatableNumbers": ["0"] }), "INVALID input.repeatableNumbers.0"),
            (json!({ "repeatableNumbers": ["9", "00-0"], "ignoresLeadingZeros": true }), "INVALID input.repeatableNumbers.1"),
            (json!({ "repeatableNumbers": ["X-000"], "numberPrefix": "X", "ignoresLeadingZeros": true }), "INVALID input.repeatableNumbers.0"),
            (json!({ "repeatableNumbers": ["x-"], "numberPrefix": "X" }), "INVALID input.repeatableNumbers.0"),
        ] {
            let mut input = input;
            input["name"] = json!("Nuevo");
            let codes = app.admin.run(TYPE_CREATE, json!({ "input": input })).await.user_errors("identifierTypeCreate");
            assert_eq!(codes, [error], "{input}");
        }
        // How numbers are written is said once.
        let kind = identifier_type(&app, "VE", "RIF").await;
        for field in ["numberPrefix", "ignoresLeadingZeros"] {
            let answer = app.admin.run(TYPE_UPDATE, json!({ "id": kind, "input": { field: null } })).await;
            assert!(["GRAPHQL_VALIDATION_FAILED", "BAD_USER_INPUT"].contains(&answer.codes()[0]), "{field}: {}", answer.text);
        }
        before.assert_equal(&app.snapshot().await, "refused types");
    }

    /// Two prospects whose numbers an upgrade has made one take the number from all others, and not from each other.
    async fn both_of_a_collision_can_come_back(app: TestApp) {
        let kind = identifier_type(&app, "VE", "Cédula V").await;
        let keeper = app.prospect().by(&app.ana).name("Primera").with(numbered(&kind, &["V-1.111.111"])).create().await;
        let later = app.prospect().by(&app.luis).name("Segunda").with(numbered(&kind, &["V-2.222.222"])).create().await;
        for statement in [
            "UPDATE identifiers SET number = '1111111', number_norm = 'V1111111', exemption = 'COLLISION' WHERE number = 'V-2.222.222'",
            "INSERT INTO collisions (id, kind, record_table, record_id, kept_id, before, after, found_at)
                SELECT l.id, 'DOCUMENT_NUMBER', 'identifiers', l.id, k.id, l.number, k.number_norm, 0 FROM identifiers l, identifiers k
                WHERE l.number = '1111111' AND k.number = 'V-1.111.111'",
        ] {
            let changed = sea_orm::ConnectionTrait::execute_unprepared(app.core.db.writer(), statement).await.expect(statement);
            assert_eq!(changed.rows_affected(), 1, "{statement}");
        }
        let rename = async |person: &Person, id: &str, input: Value| {
            person.run(UPDATE, json!({ "id": id, "input": input })).await.user_errors("prospectUpdate")
        };
        assert_eq!(rename(&app.luis, &later.id, json!({ "name": "Segunda vez" })).await, [""; 0]);
        let run = async |mutation: &str, id: &str| {
            let document = format!("mutation ($id: ID!) {{ {mutation}(id: $id) {{ userErrors {{ code message path }} }} }}");
            app.admin.run(&document, json!({ "id": id })).await.user_errors(mutation)
        };
        for made in [&keeper, &later] {
            assert_eq!(run("prospectDelete", &made.id).await, [""; 0]);
            assert_eq!(errors(&app.stranger, numbered(&kind, &["1111111"])).await, ["TAKEN input.identifiers.0.number"]);
            assert_eq!(run("prospectRestore", &made.id).await, [""; 0], "{}", made.id);
        }
        // Both at once, in either order.
        for order in [[&keeper, &later], [&later, &keeper]] {
            for mutation in ["prospectDelete", "prospectRestore"] {
                for made in order {
                    assert_eq!(run(mutation, &made.id).await, [""; 0], "{mutation}");
                }
            }
        }
        assert_eq!(filtered(&app.admin, json!({ "identifier": { "eq": "1111111" } })).await, ["Primera", "Segunda vez"]);
        // The older one may leave its number and take it again; the later one may only leave it.
        let number = async |made: &crate::support::Made, number: &str| {
            let ids = app.admin.query("query ($id: ID!) { prospect(id: $id) { identifiers { id } } }", json!({ "id": made.id })).await;
            let id = &ids["prospect"]["identifiers"][0]["id"];
            rename(&app.admin, &made.id, json!({ "identifiers": [{ "id": id, "number": number }] })).await
        };
        for typed in ["V-3.333.333", "V-1.111.111"] {
            assert_eq!(number(&keeper, typed).await, [""; 0], "{typed}");
        }
        assert_eq!(number(&later, "V-4.444.444").await, [""; 0]);
        let before = app.snapshot().await;
        assert_eq!(number(&later, "1111111").await, ["TAKEN input.identifiers.0.number"]);
        before.assert_equal(&app.snapshot().await, "a number that is taken");
        app.assert_sound().await;
    }

    /// What came in between holds its number against the later one of a collision, too.
    async fn a_number_that_was_given_away_does_not_come_back(app: TestApp) {
        let kind = identifier_type(&app, "VE", "Cédula V").await;
        let later = app.prospect().by(&app.luis).name("Segunda").with(numbered(&kind, &["1111111"])).create().await;
        let statement = "UPDATE identifiers SET exemption = 'COLLISION'";
        sea_orm::ConnectionTrait::execute_unprepared(app.core.db.writer(), statement).await.expect(statement);
        let run = async |mutation: &str| {
            let document = format!("mutation ($id: ID!) {{ {mutation}(id: $id) {{ userErrors {{ code message path }} }} }}");
            app.admin.run(&document, json!({ "id": later.id })).await.user_errors(mutation)
        };
        assert_eq!(run("prospectDelete").await, [""; 0]);
        app.prospect().by(&app.ana).name("Tercera").with(numbered(&kind, &["V-1.111.111"])).create().await;
        let before = app.snapshot().await;
        assert_eq!(run("prospectRestore").await, ["TAKEN id"]);
        before.assert_equal(&app.snapshot().await, "a restore that is refused");
    }
}
