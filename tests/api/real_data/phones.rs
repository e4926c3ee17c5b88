//! Phones as people type them: one form of each number, extensions, and the numbers of countries that keep their zeros.

use serde_json::{Value, json};

use super::{UPDATE, create, filtered, searched};
use crate::support::{Person, TestApp};

/// What is typed where Venezuela is the default country, and the number in E.164.
const TYPED: [(&str, &str); 14] = [
    ("+39 06 6982 7431", "+390669827431"),
    ("+225 07 12 34 81 52", "+2250712348152"),
    ("+229 01 95 01 10 11", "+2290195011011"),
    ("+242 06 612 3456", "+242066123456"),
    ("+378 0549 886377", "+3780549886377"),
    ("+55 11 98765-4329", "+5511987654329"),
    ("+33 1 23 45 67 81", "+33123456781"),
    ("0414-110 01 17", "+584141100117"),
    ("0058 424 2200118", "+584242200118"),
    ("(+58)0416 3300119", "+584163300119"),
    ("tel:+58-412-440-0120", "+584124400120"),
    ("+58 (0)212 550.01.21", "+582125500121"),
    ("＋５８ ４１４ ６６００１２２", "+584146600122"),
    ("٠٢١٢ ٧٧٠٠١٢٣", "+582127700123"),
];

/// The name of the prospect with the phone at this place of `TYPED`: without digits, which would be found themselves.
fn called(place: usize) -> String {
    format!("Tel {}", char::from(b'A' + u8::try_from(place).expect("a few phones")))
}

async fn with_phones(app: &TestApp, name: &str, phones: &[&str]) {
    let phones: Vec<Value> = phones.iter().map(|value| json!({ "value": value })).collect();
    app.prospect()
        .by(&app.ana)
        .name(name)
        .with(json!({ "phones": phones }))
        .create()
        .await;
}

/// The names that match a condition on phones, the same in each form of the query.
async fn by_phone(person: &Person, test: &str, text: &str) -> Vec<String> {
    let found = filtered(person, json!({ "phone": { test: text } })).await;
    let related = json!({ "phones": { "some": { "value": { test: text } } } });
    assert_eq!(filtered(person, related).await, found, "{test} {text}");
    // By looking at each prospect, without any index of phones.
    let scanned = json!({ "not": { "not": { "phone": { test: text } } } });
    assert_eq!(filtered(person, scanned).await, found, "{test} {text}, scanned");
    found
}

both! {
    async fn a_number_is_found_in_every_form(app: TestApp) {
        for (place, (typed, _)) in TYPED.into_iter().enumerate() {
            with_phones(&app, &called(place), &[typed]).await;
        }
        let kept = app.sql("SELECT value_norm FROM contact_points ORDER BY value_norm").await;
        let mut numbers: Vec<&str> = TYPED.iter().map(|(_, number)| *number).collect();
        numbers.sort_unstable();
        assert_eq!(kept, numbers);
        for (place, (typed, number)) in TYPED.into_iter().enumerate() {
            let grouped = format!("{} {}", &number[..5], &number[5..]);
            let expected = [called(place)];
            for text in [typed, number, &grouped] {
                assert_eq!(by_phone(&app.ana, "eq", text).await, expected, "{text}");
                assert_eq!(by_phone(&app.ana, "contains", text).await, expected, "{text}");
                assert_eq!(by_phone(&app.ana, "startsWith", text).await, expected, "{text}");
                assert_eq!(searched(&app.ana, text).await, expected, "{text}");
            }
            assert_eq!(by_phone(&app.ana, "startsWith", &number[..number.len() - 2]).await, expected);
            assert_eq!(by_phone(&app.ana, "contains", &number[number.len() - 7..]).await, expected);
            assert_eq!(searched(&app.ana, &number[number.len() - 7..]).await, expected);
            let seen = app.ana.query("query ($f: ProspectFilter) { prospects(filter: $f) { nodes { phones { value } } } }",
                json!({ "f": { "phone": { "eq": number } } })).await;
            assert_eq!(seen["prospects"]["nodes"][0]["phones"][0]["value"], json!(typed), "what was typed is kept");
        }
        for (test, text, expected) in [
            ("startsWith", "0414-110", vec!["Tel H"]),
            ("startsWith", "0414", vec!["Tel H", "Tel M"]),
            ("startsWith", "+58 414", vec!["Tel H", "Tel M"]),
            ("startsWith", "(+58)0424", vec!["Tel I"]),
            ("startsWith", "+39 06", vec!["Tel A"]),
            ("startsWith", "110", vec![]),
            ("startsWith", "58 414", vec!["Tel H", "Tel M"]),
            ("startsWith", "58 414 110", vec!["Tel H"]),
            ("startsWith", "Tel.: 0414", vec!["Tel H", "Tel M"]),
            ("startsWith", "WhatsApp +58 414 110", vec!["Tel H"]),
            ("startsWith", "Oficina 0414", vec![]),
            ("contains", "Tfno. 0414-110", vec!["Tel H"]),
            ("contains", "Ph:110 01 17", vec!["Tel H"]),
            ("contains", "58 414 110", vec!["Tel H"]),
            ("eq", "WhatsApp 0414-110 01 17", vec!["Tel H"]),
            ("contains", "0414-110", vec!["Tel H"]),
            ("contains", "110 01 17", vec!["Tel H"]),
            ("contains", "440.0120", vec!["Tel K"]),
            ("eq", "0414-110", vec![]),
            ("eq", "0414-110 01 18", vec![]),
            ("eq", "call me", vec![]),
            ("contains", "abc", vec![]),
        ] {
            assert_eq!(by_phone(&app.ana, test, text).await, expected, "{test} {text}");
        }
        for (text, expected) in [
            ("Tel. 0414-110.01.17", "Tel H"),
            ("Teléfono: 0414 1100117", "Tel H"),
            ("WhatsApp 0414-110.01.17", "Tel H"),
            ("Tfno. 0414-110.01.17", "Tel H"),
            ("Ph: 0414-110.01.17", "Tel H"),
            ("Tel.: 0414-110.01.17", "Tel H"),
            ("tel h cel:0414-110.01.17", "Tel H"),
            ("0058 414 1100117", "Tel H"),
            ("(+58)0414-1100117", "Tel H"),
            ("tel:+58-414-110-0117", "Tel H"),
            ("+58 414 110 01 17", "Tel H"),
            ("58 414 1100117", "Tel H"),
            ("0414 110", "Tel H"),
            ("0039 06 69827431", "Tel A"),
            ("٠٤١٤ ١١٠٠١١٧", "Tel H"),
        ] {
            assert_eq!(searched(&app.ana, text).await, [expected], "{text}");
        }
        app.assert_sound().await;
    }

    /// What begins with a plus is no number of the default country, whichever that is.
    async fn the_default_country_is_for_numbers_without_a_plus(app: TestApp) {
        for country in ["US", "IT", "RU", "BR", "CI"] {
            let there = app.with_settings(|settings| settings.default_country = country.to_owned()).await;
            for (typed, number) in [
                ("+55 11 98765-4329", "+5511987654329"), ("+39 06 6982 7431", "+390669827431"),
                ("+225 07 12 34 81 52", "+2250712348152"), ("+58 414 1100117", "+584141100117"),
            ] {
                let name = format!("{country} {number}");
                there.prospect().by(&there.ana).name(&name).with(json!({ "phones": [{ "value": typed }] })).create().await;
                for text in [typed, number] {
                    let filter = json!({ "phone": { "eq": text }, "name": { "startsWith": country } });
                    assert_eq!(filtered(&there.ana, filter).await, [name.as_str()], "{text} under {country}");
                }
            }
        }
        let kept = app.sql("SELECT DISTINCT value_norm FROM contact_points ORDER BY value_norm").await;
        assert_eq!(kept, ["+2250712348152", "+390669827431", "+5511987654329", "+584141100117"]);
        app.assert_sound().await;
    }

    async fn extensions_are_phones_of_their_own(app: TestApp) {
        with_phones(&app, "Seguros", &["+58 212 5550142 ext. 101", "+58 212 5550142 ext. 102"]).await;
        with_phones(&app, "Taller", &["+582125550142;ext=103"]).await;
        with_phones(&app, "Sin", &["0212-555.01.42"]).await;
        with_phones(&app, "Otro", &["0212-555.01.43 ext. 101"]).await;
        let kept = app.sql("SELECT value_norm FROM contact_points ORDER BY value_norm").await;
        let number = |extension: &str| format!("+582125550142{extension}");
        assert_eq!(kept, [number(""), number(";ext=101"), number(";ext=102"), number(";ext=103"), "+582125550143;ext=101".to_owned()]);
        let all = vec!["Seguros", "Sin", "Taller"];
        for (test, text, expected) in [
            ("eq", "+58 212 5550142", all.clone()),
            ("eq", "0212-5550142", all.clone()),
            ("eq", "+58 212 5550142 ext. 101", vec!["Seguros"]),
            ("eq", "0212-5550142 x102", vec!["Seguros"]),
            ("eq", "0212 5550142, ramal 103", vec!["Taller"]),
            ("eq", "+582125550142;ext=103", vec!["Taller"]),
            ("eq", "+58 212 5550142 ext. 104", vec![]),
            ("eq", "+58 212 555014", vec![]),
            ("startsWith", "0212-555.01.42", all.clone()),
            ("contains", "5550142", all.clone()),
            // A part is one of the number; the extension behind it is left out.
            ("contains", "5550142 ext. 102", all.clone()),
            ("startsWith", "0212-5550142 ext. 102", all.clone()),
        ] {
            assert_eq!(by_phone(&app.ana, test, text).await, expected, "{test} {text}");
        }
        let some = json!({ "phone": { "in": ["0212-5550142 ext. 103", "0212-5550143"] } });
        assert_eq!(filtered(&app.ana, some).await, ["Otro", "Taller"]);
        for text in ["+58 212 5550142 ext. 101", "0212-5550142 ext 7", "+58 212 5550142", "+582125550142;ext=103"] {
            assert_eq!(searched(&app.ana, text).await, all, "{text}");
        }
        app.assert_sound().await;
    }

    async fn a_phone_is_given_once(app: TestApp) {
        let before = app.snapshot().await;
        let argentine = ["+54 11 15 2345-6789", "+54 9 11 2345-6789", "+54 9 11 15 2345-6789", "0054 9 11 2345 6789"];
        let extended = ["+58 212 5550142 ext. 101", "0212-5550142 x101", "+582125550142;ext=101", "0212 5550142 ramal 101"];
        let plain = ["0414-5550101", "+58 414 5550101", "(+58)0414.555.01.01", "0058 414 5550101"];
        for forms in [argentine, extended, plain] {
            for typed in &forms[1..] {
                let twice = json!({ "phones": [{ "value": forms[0] }, { "value": typed }] });
                assert_eq!(create(&app.ana, twice).await.user_errors("prospectCreate"), ["INVALID input.phones.1.value"], "{typed}");
                let contact = json!({ "contacts": [{ "firstName": "Ana" }, { "firstName": "Eva",
                    "phones": [{ "value": forms[0] }, { "value": "+34 612 345 678" }, { "value": typed }] }] });
                let errors = create(&app.ana, contact).await.user_errors("prospectCreate");
                assert_eq!(errors, ["INVALID input.contacts.1.phones.2.value"], "{typed}");
            }
        }
        before.assert_equal(&app.snapshot().await, "phones that are given twice");
        let made = app.prospect().by(&app.ana).with(json!({ "phones": [{ "value": argentine[0] }, { "value": extended[0] }] })).create().await;
        let again = json!({ "phones": [{ "value": "+34 612 345 678" }, { "value": extended[1] }, { "value": argentine[1] }] });
        let update = app.ana.run(UPDATE, json!({ "id": made.id, "input": again })).await;
        assert_eq!(update.user_errors("prospectUpdate"), ["INVALID input.phones.1.value", "INVALID input.phones.2.value"]);
        // Another extension, and the number without any, are others.
        let others = json!({ "phones": [{ "value": "0212-5550142 ext. 102" }, { "value": "0212-5550142" }] });
        app.ana.run(UPDATE, json!({ "id": made.id, "input": others })).await.payload("prospectUpdate");
        for typed in argentine {
            assert_eq!(by_phone(&app.ana, "eq", typed).await, ["Prospect"], "{typed}");
            assert_eq!(searched(&app.ana, typed).await, ["Prospect"], "{typed}");
        }
        app.assert_sound().await;
    }

    /// Two spellings of one phone that an upgrade has made one stay as they are, and the rest can be edited.
    async fn what_an_upgrade_made_one_is_left_alone(app: TestApp) {
        let fields = json!({ "phones": [{ "value": "+54 9 11 2345 6789" }, { "value": "+54 11 2345 6780" }], "emails": [{ "value": "a@correo.example" }] });
        let made = app.prospect().by(&app.ana).with(fields).create().await;
        sea_orm::ConnectionTrait::execute_unprepared(
            app.core.db.writer(),
            "UPDATE contact_points SET value_norm = '+5491123456789', match_key = NULL WHERE kind = 'PHONE'",
        )
        .await
        .expect("the phones become one");
        for input in [json!({ "contacts": [{ "firstName": "Eva" }] }), json!({ "emails": [{ "value": "b@correo.example" }] })] {
            let answer = app.ana.run(super::UPDATE, json!({ "id": made.id, "input": input })).await;
            assert_eq!(answer.user_errors("prospectUpdate"), [""; 0], "{}", answer.text);
        }
        let again = json!({ "phones": [{ "value": "+54 9 11 2345 6789" }] });
        let answer = app.ana.run(super::UPDATE, json!({ "id": made.id, "input": again })).await;
        assert_eq!(answer.user_errors("prospectUpdate"), ["INVALID input.phones.0.value"]);
    }
}
