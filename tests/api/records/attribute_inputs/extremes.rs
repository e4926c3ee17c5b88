//! Values at the limits of their types: numbers, days and instants, and texts of many scripts.

use serde_json::{Value, json};

use super::{found, set, text};
use crate::support::TestApp;

both! {
    async fn numbers_at_their_limits(app: TestApp) {
        app.attribute(json!({ "key": "whole", "type": "INTEGER" })).await;
        app.attribute(json!({ "key": "exact", "type": "DECIMAL", "scale": 9 })).await;
        app.attribute(json!({ "key": "price", "type": "MONEY", "currency": "USD" })).await;
        let made = app.prospect().owner(&app.ana).create().await;
        for (key, number, shown) in [
            ("whole", json!("2147483647"), "2147483647"),
            ("whole", json!("-2147483648"), "-2147483648"),
            ("whole", json!("-0"), "0"),
            ("whole", json!("7.000"), "7"),
            ("exact", json!("9007199.254740991"), "9007199.254740991"),
            ("exact", json!("-9007199.254740991"), "-9007199.254740991"),
            ("exact", json!("0.000000001"), "0.000000001"),
            ("exact", json!(i64::from(i32::MAX) / 1_000), "2147483.000000000"),
            ("price", json!("90071992547409.91"), "90071992547409.91 USD"),
            ("price", json!("-90071992547409.91"), "-90071992547409.91 USD"),
        ] {
            set(&app, &made, key, json!({ "number": number })).await.payload("prospectUpdate");
            assert_eq!(text(&app, &made, key).await, shown, "{key} {number}");
            let family = json!({ "attributes": [{ "key": key, "number": { "eq": number, "gte": number, "lte": number } }] });
            assert_eq!(found(&app, family, key, "ASC").await, ["Prospect"], "{key} {number}");
        }
        let before = app.snapshot().await;
        for (key, number) in [
            ("whole", json!("2147483648")), ("whole", json!("-2147483649")), ("whole", json!(i64::MAX)), ("whole", json!(i64::MIN)),
            ("whole", json!("0.5")), ("exact", json!("9007199.254740992")), ("exact", json!("0.0000000001")), ("exact", json!(i64::MAX)),
            ("exact", json!("79228162514264337593543950335")), ("price", json!("90071992547409.92")), ("price", json!("0.001")), ("price", json!(i64::MIN)),
        ] {
            let answer = set(&app, &made, key, json!({ "number": number })).await;
            assert_eq!(answer.user_errors("prospectUpdate"), ["INVALID input.attributes.0.value"], "{key} {number}");
        }
        for number in [
            json!("999999999999999999999999999999"), json!("79228162514264337593543950336"), json!("1e5"), json!("1E400"), json!("NaN"), json!("Infinity"),
            json!("-Infinity"), json!("0x10"), json!(" 1"), json!("1 "), json!("1,5"), json!(""), json!("١٢"), json!("１２"), json!("--1"), json!("."), json!(1.5), json!(true), json!(u64::MAX),
        ] {
            for key in ["whole", "exact", "price"] {
                assert_eq!(set(&app, &made, key, json!({ "number": number })).await.codes(), ["BAD_USER_INPUT"], "{key} {number}");
            }
        }
        before.assert_equal(&app.snapshot().await, "numbers beyond the limits");
        // A filter may compare with any number.
        for (test, is_found) in [
            (json!({ "gte": i64::MIN }), true), (json!({ "lte": i64::MAX }), true), (json!({ "gte": i64::MAX }), false), (json!({ "lte": i64::MIN }), false),
            (json!({ "lte": "79228162514264337593543950335" }), true), (json!({ "gte": "-79228162514264337593543950335" }), true),
            (json!({ "eq": "79228162514264337593543950335" }), false), (json!({ "eq": "-0.0000000000000000000000000001" }), false),
            (json!({ "gte": "-0.0000000000000000000000000001", "lte": "-0.0000000000000000000000000001" }), false),
        ] {
            let filter = json!({ "attributes": [{ "key": "whole", "number": test }] });
            assert_eq!(found(&app, filter, "whole", "ASC").await.len(), usize::from(is_found), "{test}");
        }
    }

    async fn days_and_instants_at_their_limits(app: TestApp) {
        app.attribute(json!({ "key": "day", "type": "DATE" })).await;
        app.attribute(json!({ "key": "at", "type": "DATE_TIME" })).await;
        for (name, day, at) in [
            ("a", "0000-01-01", "0000-01-01T00:00:00.000Z"),
            ("b", "0001-02-28", "0001-02-28T23:59:59.999Z"),
            ("c", "1969-12-31", "1969-12-31T23:59:59.999Z"),
            ("d", "1970-01-01", "1970-01-01T00:00:00.000Z"),
            ("e", "2024-02-29", "2024-02-29T12:00:00.001Z"),
            ("f", "9999-12-31", "9999-12-31T23:59:59.999Z"),
        ] {
            let values = json!([{ "key": "day", "value": { "date": day } }, { "key": "at", "value": { "dateTime": at } }]);
            let made = app.prospect().owner(&app.ana).name(name).with(json!({ "attributes": values })).create().await;
            assert_eq!((text(&app, &made, "day").await, text(&app, &made, "at").await), (json!(day), json!(at)));
            for filter in [json!([{ "key": "day", "date": { "eq": day } }]), json!([{ "key": "at", "dateTime": { "eq": at } }]), json!([{ "key": "day", "date": { "gte": day, "lte": day } }])] {
                assert_eq!(found(&app, json!({ "attributes": filter }), "day", "ASC").await, [name], "{filter}");
            }
        }
        for key in ["day", "at"] {
            assert_eq!(found(&app, json!({}), key, "ASC").await, ["a", "b", "c", "d", "e", "f"], "{key}");
            assert_eq!(found(&app, json!({}), key, "DESC").await, ["f", "e", "d", "c", "b", "a"], "{key}");
        }
        let made = app.prospect().owner(&app.ana).create().await;
        let before = app.snapshot().await;
        for day in ["2026-02-30", "2025-02-29", "10000-01-01", "-001-01-01", "+001-01-01", "-0001-01-01", "2026-1-1", "2026-01-01T00:00:00Z", "today", "", "2026-13-01", "0000-00-00"] {
            assert_eq!(set(&app, &made, "day", json!({ "date": day })).await.codes(), ["BAD_USER_INPUT"], "{day}");
        }
        for at in ["2026-02-30T00:00:00Z", "2026-01-01", "2026-01-01T24:00:00Z", "2026-01-01T00:00:00", "now", "", "+262142-12-31T23:59:59Z", "2026-01-01T00:00:00+99:00"] {
            assert_eq!(set(&app, &made, "at", json!({ "dateTime": at })).await.codes(), ["BAD_USER_INPUT"], "{at}");
        }
        // In UTC these are in the years -1 and 10000, which RFC 3339 cannot express.
        for at in ["0000-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00"] {
            let answer = set(&app, &made, "at", json!({ "dateTime": at })).await;
            assert!(!answer.errors().is_empty() || !answer.user_errors("prospectUpdate").is_empty(), "{at}: {}", answer.text);
        }
        before.assert_equal(&app.snapshot().await, "days that do not exist");
        // Nor does a text become such a day.
        let id = app.attribute(json!({ "key": "typed", "type": "TEXT" })).await;
        let change = "mutation ($id: ID!, $type: AttributeType!) { attributeDefinitionUpdate(id: $id, input: { type: $type }) {
            userErrors { code message path } } }";
        for (kind, typed) in [("DATE", "+12026-01-01"), ("DATE_TIME", "9999-12-31T23:59:59-12:00")] {
            set(&app, &made, "typed", json!({ "text": typed })).await.payload("prospectUpdate");
            for (kind, shown) in [(kind, Value::Null), ("TEXT", Value::Null)] {
                app.admin.run(change, json!({ "id": id, "type": kind })).await.payload("attributeDefinitionUpdate");
                assert_eq!(text(&app, &made, "typed").await, shown, "{typed} as {kind}");
            }
        }
    }

    /// Letters whose case and accents are easily got wrong: found in every spelling, and ordered alike on both databases.
    async fn texts_of_many_scripts(app: TestApp) {
        app.attribute(json!({ "key": "word", "type": "TEXT" })).await;
        app.attribute(json!({ "key": "words", "type": "TEXT", "isMultiple": true })).await;
        let words = [
            ("a", "Straße"), ("b", "O’Neill"), ("c", "Şahin"), ("d", "Ἀθῆναι"), ("e", "İstanbul"), ("f", "Łódź"), ("g", "Москва"), ("h", "日本"), ("i", "🦀 b"), ("j", "100%_\\"),
        ];
        for (name, word) in words {
            let values = json!([{ "key": "word", "value": { "text": word } }, { "key": "words", "value": { "texts": ["other", word] } }]);
            let made = app.prospect().owner(&app.ana).name(name).with(json!({ "attributes": values })).create().await;
            assert_eq!(text(&app, &made, "word").await, word);
        }
        for (name, spellings, part, beginning) in [
            ("a", ["STRASSE", "strasse", "Stra\u{df}e"], "rass", "stra"),
            ("b", ["o'neill", "O\u{2bc}NEILL", "O\u{b4}Neill"], "'N", "o’n"),
            ("c", ["sahin", "s\u{327}ahin", "ŞAHİN"], "AHI", "Şa"),
            ("d", ["αθηναι", "ΑΘΗΝΑΙ", "Α\u{313}θη\u{342}ναι"], "θην", "Αθ"),
            ("e", ["istanbul", "ISTANBUL", "i\u{307}stanbul"], "TANB", "İS"),
            ("f", ["lodz", "ŁÓDŹ", "ło\u{301}dz\u{301}"], "ód", "LO"),
            ("g", ["москва", "МОСКВА", "Москва\u{301}"], "СКВ", "мо"),
            ("h", ["日本", " 日本 ", "\u{200b}日本"], "本", "日"),
            ("i", ["🦀 B", "🦀  b", " 🦀 b"], "🦀", "🦀 "),
            ("j", ["100%_\\", "１００％_\\", "100%_\\ "], "%_", "100"),
        ] {
            for key in ["word", "words"] {
                for spelling in spellings {
                    let filter = json!({ "attributes": [{ "key": key, "text": { "eq": spelling } }] });
                    assert_eq!(found(&app, filter, "word", "ASC").await, [name], "{key} {spelling}");
                }
                for test in [json!({ "contains": part }), json!({ "startsWith": beginning }), json!({ "in": spellings })] {
                    let filter = json!({ "attributes": [{ "key": key, "text": test }] });
                    assert_eq!(found(&app, filter, "word", "ASC").await, [name], "{key} {test}");
                }
            }
        }
        // By the bytes of the form in which they are compared.
        assert_eq!(found(&app, json!({}), "word", "ASC").await.concat(), "jefbcadghi");
        assert_eq!(found(&app, json!({}), "word", "DESC").await.concat(), "ihgdacbfej");
        let made = app.prospect().owner(&app.ana).create().await;
        for empty in ["", "  ", "\u{200b}", "\u{301}"] {
            let answer = set(&app, &made, "word", json!({ "text": empty })).await;
            let errors = answer.user_errors("prospectUpdate");
            assert!(errors == ["REQUIRED input.attributes.0.value"] || errors == ["INVALID input.attributes.0.value"], "{empty:?}: {errors:?}");
        }
        app.assert_sound().await;
    }
}
