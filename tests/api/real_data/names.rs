//! Names, places, tags and e-mails: which texts are one, which are a line, that none has a zero character in it, and what a search makes of one.

use serde_json::{Value, json};

use super::{CREATE, UPDATE, create, filtered, identifier_type, searched, send};
use crate::support::{PASSWORD, Person, TestApp, operations};

/// A stored name, and the search texts that match it.
const ALIKE: &[(&str, &[&str])] = &[
    ("Straße", &["STRASSE", "strasse", "STRAẞE"]),
    ("GROSSMANN", &["Großmann"]),
    ("Gießen", &["GIESSEN"]),
    ("Παπαδόπουλος", &["ΠΑΠΑΔΟΠΟΥΛΟΣ", "παπαδοπουλοσ"]),
    ("Işık", &["IŞIK", "isik", "ışık"]),
    ("İzmir", &["izmir", "IZMIR"]),
    ("Łódź", &["lodz", "ŁÓDŹ"]),
    ("Sørensen", &["sorensen", "SØRENSEN"]),
    ("Đorđević", &["dordevic", "ĐORĐEVIĆ"]),
    ("Þórður", &["thordur"]),
    ("Cœur", &["COEUR"]),
    ("O’Brien", &["O'Brien", "o´brien", "O‘BRIEN"]),
    ("D´Elia", &["d'elia", "D’ELIA"]),
    ("Pérez–López", &["perez-lopez", "Perez\u{2011}Lopez"]),
    ("Muñoz", &["MUN\u{303}OZ", "munoz"]),
    ("San\u{a0}Juan", &["san juan", "SAN\u{3000}JUAN"]),
    ("Mac\u{ad}beth", &["macbeth", "MACBETH"]),
    ("Ana\u{200b}Belén", &["anabelen", "ANA\u{ad}BELÉN"]),
    ("Zoraida", &["Zo\u{200b}rai\u{ad}da"]),
    ("Bodega ２４７", &["bodega 247", "BODEGA ٢٤٧"]),
    ("محل ٣٤٥", &["محل 345"]),
    ("दुकान १२३", &["दुकान 123"]),
    ("ＡＢＣＤ", &["abcd"]),
    ("がとう", &["か\u{3099}とう"]),
];

/// Marks that make another word.
const DIFFERENT: &[(&str, &str)] = &[
    ("かとう", "がとう"),
    ("ハンド", "バンド"),
    ("किरण", "करण"),
    ("กาว", "ก้าว"),
    ("سال", "سأل"),
];

/// Two lines, or no text at all.
const NO_LINES: &[&str] = &[
    "a\nb",
    "a\r\nb",
    "a\u{b}b",
    "a\u{85}b",
    "a\u{2028}b",
    "a\u{2029}b",
    "a\tb",
    "a\u{7}b",
    "a\u{1b}[0mb",
    "a\u{7f}b",
    "a\u{9f}b",
];
const NOT_VISIBLE: &[&str] = &["\u{200b}", "\u{ad}\u{200d}", "\u{3164}", "\u{2066} \u{2069}", "\u{2800}", "\u{301}"];

const TAG: &str = "mutation ($input: TagCreateInput!) { tagCreate(input: $input) { tag { id } userErrors { code message path } } }";

async fn tag_errors(app: &TestApp, name: &str) -> Vec<String> {
    app.admin
        .run(TAG, json!({ "input": { "name": name } }))
        .await
        .user_errors("tagCreate")
}

/// The input of a prospect with the text in a field.
fn with_text(field: &str, text: &str) -> Value {
    match field {
        "name" | "legalName" => json!({ field: text }),
        "contacts.0.firstName" => json!({ "contacts": [{ "firstName": text }] }),
        "contacts.0.lastName" => json!({ "contacts": [{ "firstName": "Ana", "lastName": text }] }),
        "phones.0.label" => json!({ "phones": [{ "value": "+58 212 5550100", "label": text }] }),
        "emails.0.label" => json!({ "emails": [{ "value": "ana@correo.example", "label": text }] }),
        "addresses.0.city" => json!({ "addresses": [{ "country": "VE", "city": text }] }),
        "addresses.0.parish" => json!({ "addresses": [{ "country": "VE", "parish": text }] }),
        other => panic!("no field is called {other}"),
    }
}

async fn refused_for_zero(person: &Person, document: &str, variables: Value) {
    let answer = person.run(document, variables.clone()).await;
    assert_eq!(answer.codes(), ["BAD_USER_INPUT"], "{document} {variables}: {}", answer.text);
}

both! {
    async fn alike_names_find_each_other(app: TestApp) {
        for &(kept, _) in ALIKE {
            let fields = json!({
                "legalName": format!("Casa {kept}"), "contacts": [{ "firstName": kept, "lastName": "Gil" }],
                "addresses": [{ "country": "DE", "city": kept }],
            });
            app.prospect().by(&app.ana).name(&format!("{kept} Uno")).with(fields).create().await;
        }
        for &(kept, all) in ALIKE {
            let expected = [format!("{kept} Uno")];
            for typed in all.iter().copied().chain([kept]) {
                for filter in [
                    json!({ "name": { "eq": format!("{typed} uno") } }),
                    json!({ "name": { "in": [format!("  {typed}  UNO "), "unknown"] } }),
                    json!({ "name": { "contains": typed } }),
                    json!({ "name": { "startsWith": typed } }),
                    json!({ "legalName": { "eq": format!("CASA {typed}") } }),
                    json!({ "contactName": { "eq": format!("{typed} GIL") } }),
                    json!({ "contactName": { "startsWith": typed } }),
                    json!({ "contacts": { "some": { "name": { "contains": typed } } } }),
                    json!({ "city": { "eq": typed } }),
                    json!({ "addresses": { "some": { "city": { "startsWith": typed } } } }),
                ] {
                    assert_eq!(filtered(&app.ana, filter.clone()).await, expected, "{kept}: {filter}");
                }
                assert_eq!(searched(&app.ana, typed).await, expected, "{kept} is searched by {typed}");
                let cities = "query ($start: String) { cities(country: \"DE\", startsWith: $start) { name } }";
                for person in [&app.ana, &app.admin] {
                    let found = person.query(cities, json!({ "start": typed })).await;
                    assert_eq!(found["cities"], json!([{ "name": kept }]), "{typed}");
                }
            }
        }
        app.assert_sound().await;
    }

    async fn alike_names_of_a_catalogue_are_one(app: TestApp) {
        for &(kept, all) in ALIKE {
            assert_eq!(tag_errors(&app, kept).await, [] as [&str; 0], "{kept}");
            let before = app.snapshot().await;
            for typed in all.iter().copied() {
                assert_eq!(tag_errors(&app, typed).await, ["TAKEN input.name"], "{kept} and {typed}");
            }
            before.assert_equal(&app.snapshot().await, kept);
        }
        let zone = app.entry("Zone", "zone", json!({ "name": "Süd" })).await;
        app.entry("Zone", "zone", json!({ "name": "Nørre" })).await;
        let rename = "mutation ($id: ID!) { zoneUpdate(id: $id, input: { name: \"NORRE\" }) { zone { id } userErrors { code message path } } }";
        assert_eq!(app.admin.run(rename, json!({ "id": zone })).await.user_errors("zoneUpdate"), ["TAKEN input.name"]);
        app.assert_sound().await;
    }

    /// Where marks belong to the spelling, they make another word.
    async fn other_words_stay_other_words(app: TestApp) {
        for &(one, other) in DIFFERENT {
            for name in [one, other] {
                let fields = json!({ "addresses": [{ "country": "JP", "city": name }] });
                app.prospect().by(&app.ana).name(name).with(fields).create().await;
                assert_eq!(tag_errors(&app, name).await, [] as [&str; 0], "{name}");
            }
        }
        for &(one, other) in DIFFERENT {
            for name in [one, other] {
                for test in ["eq", "contains", "startsWith"] {
                    for field in ["name", "city"] {
                        assert_eq!(filtered(&app.ana, json!({ field: { test: name } })).await, [name], "{field} {test}");
                    }
                }
                assert_eq!(searched(&app.ana, name).await, [name]);
            }
        }
    }

    async fn names_are_one_line(app: TestApp) {
        let made = app.prospect().by(&app.ana).name("Ana").create().await;
        let before = app.snapshot().await;
        for (field, is_required) in [
            ("name", true), ("legalName", false), ("contacts.0.firstName", true), ("contacts.0.lastName", false),
            ("phones.0.label", false), ("emails.0.label", false), ("addresses.0.city", false), ("addresses.0.parish", false),
        ] {
            let nothing = if is_required { "REQUIRED" } else { "INVALID" };
            let cases = NO_LINES.iter().map(|text| (*text, "INVALID")).chain(NOT_VISIBLE.iter().map(|text| (*text, nothing)));
            for (text, code) in cases {
                let expected = [format!("{code} input.{field}")];
                let input = with_text(field, text);
                assert_eq!(create(&app.ana, input.clone()).await.user_errors("prospectCreate"), expected, "{text:?}");
                let update = app.ana.run(UPDATE, json!({ "id": made.id, "input": input })).await;
                assert_eq!(update.user_errors("prospectUpdate"), expected, "{text:?}");
            }
        }
        for (text, code) in NO_LINES.iter().map(|text| (*text, "INVALID")).chain(NOT_VISIBLE.iter().map(|text| (*text, "REQUIRED"))) {
            let expected = [format!("{code} input.name")];
            let user = json!({ "input": { "email": "nueva@equipo.example", "name": text, "password": PASSWORD } });
            let answer = app.admin.run_operation(operations::ACCESS, "UserCreate", user).await;
            assert_eq!(answer.user_errors("userCreate"), expected, "{text:?}");
            assert_eq!(tag_errors(&app, text).await, expected, "{text:?}");
        }
        before.assert_equal(&app.snapshot().await, "names that are no line");
        // Blanks and line breaks around a name are none of it.
        let around = app.prospect().by(&app.ana).name("\n Luz \u{2028}").create().await;
        let name = app.ana.query("query ($id: ID!) { prospect(id: $id) { name } }", json!({ "id": around.id })).await;
        assert_eq!(name["prospect"]["name"], "Luz");
        app.assert_sound().await;
    }

    async fn longer_texts_keep_their_lines(app: TestApp) {
        let (line, reference, body) = ("Av. Uno\nPiso 2", "Frente a\r\nla plaza", "uno\n\ndos\ttres\u{2028}cuatro");
        let fields = json!({
            "addresses": [{ "country": "VE", "line": line, "reference": reference }],
            "contacts": [{ "firstName": "Ana", "description": body }],
        });
        let made = app.prospect().by(&app.ana).with(fields).create().await;
        app.advance(1_000);
        app.note(&app.ana, &made, body).await;
        let document = "query ($id: ID!) { prospect(id: $id) { addresses { line reference } contacts { description }
            timeline(first: 1) { nodes { ... on NoteEntry { note { body } } } } } }";
        let seen = app.ana.query(document, json!({ "id": made.id })).await;
        assert_eq!(seen["prospect"], json!({
            "addresses": [{ "line": line, "reference": reference }], "contacts": [{ "description": body }],
            "timeline": { "nodes": [{ "note": { "body": body } }] },
        }));
        app.assert_sound().await;
    }

    async fn zero_characters_are_refused(app: TestApp) {
        let made = app.prospect().by(&app.ana).name("Ana").create().await;
        let before = app.snapshot().await;
        let list = "query ($search: String, $filter: ProspectFilter) { prospects(search: $search, filter: $filter) { totalCount } }";
        for text in ["\0", "a\0b", "+58 414\0", "V-1234\u{0}5678"] {
            refused_for_zero(&app.ana, list, json!({ "search": text })).await;
            for field in ["name", "legalName", "email", "phone", "identifier", "contactName", "country", "city"] {
                for test in ["eq", "contains", "startsWith"] {
                    refused_for_zero(&app.ana, list, json!({ "filter": { field: { test: text } } })).await;
                }
                refused_for_zero(&app.ana, list, json!({ "filter": { "or": [{ field: { "in": ["x", text] } }] } })).await;
            }
            for (document, variables) in [
                ("query ($text: String!) { identifierLookup(prefix: $text) { number } }", json!({ "text": text })),
                ("query ($text: String!) { cities(country: \"VE\", startsWith: $text) { name } }", json!({ "text": text })),
                ("query ($text: String!) { cities(country: $text) { name } }", json!({ "text": text })),
                ("query ($text: ID!) { prospect(id: $text) { id } }", json!({ "text": text })),
                ("query ($text: String!) { prospects(after: $text) { totalCount } }", json!({ "text": text })),
                ("query ($texts: [String!]) { possibleDuplicates(input: { emails: $texts }) { reason } }", json!({ "texts": ["x", text] })),
                ("query ($filter: ClientFilter) { clients(filter: $filter) { totalCount } }",
                    json!({ "filter": { "prospect": { "phones": { "some": { "value": { "contains": text } } } } } })),
                (CREATE, json!({ "input": { "kind": "PERSON", "name": text } })),
                (CREATE, json!({ "input": { "kind": "PERSON", "name": "Ana", "websites": [text] } })),
                (CREATE, json!({ "input": { "kind": "PERSON", "name": "Ana", "contacts": [{ "firstName": "Ana", "phones": [{ "value": text }] }] } })),
                (UPDATE, json!({ "id": made.id, "input": { "addresses": [{ "country": "VE", "line": text }] } })),
                ("mutation ($id: ID!, $text: String!) { noteCreate(prospectId: $id, input: { body: $text }) { userErrors { code } } }",
                    json!({ "id": made.id, "text": text })),
                ("mutation ($key: String) { prospectCreate(input: { kind: PERSON, name: \"Ana\" }, idempotencyKey: $key) { userErrors { code } } }",
                    json!({ "key": text })),
            ] {
                refused_for_zero(&app.ana, document, variables).await;
            }
            refused_for_zero(&app.admin, TAG, json!({ "input": { "name": text } })).await;
            refused_for_zero(&app.anonymous, operations::SIGN_IN, json!({ "email": text, "password": PASSWORD })).await;
            refused_for_zero(&app.anonymous, operations::SIGN_IN, json!({ "email": app.ana.email, "password": text })).await;
        }
        // Written out as an escape in the document itself.
        for document in [
            r#"{ prospects(search: "a\u0000b") { totalCount } }"#,
            r#"{ prospects(filter: { name: { contains: "a\u0000b" } }) { totalCount } }"#,
            r#"{ prospects(filter: { or: [{ email: { in: ["x", "\u0000"] } }] }) { totalCount } }"#,
            r#"{ identifierLookup(prefix: "V1234\u00005678") { number } }"#,
            r#"query ($text: String = "a\u0000b") { prospects(search: $text) { totalCount } }"#,
            r#"{ ...Found } fragment Found on Query { prospects(search: "a\u0000b") { totalCount } }"#,
            r#"mutation { prospectCreate(input: { kind: PERSON, name: "a\u0000b" }) { prospect { id } userErrors { code } } }"#,
        ] {
            // Twice: a cached document has the same checks.
            for _ in 0..2 {
                refused_for_zero(&app.ana, document, json!({})).await;
            }
        }
        // As it is; a document cannot have one in it.
        let bare = app.ana.run("{ prospects(search: \"a\0b\") { totalCount } }", json!({})).await;
        assert!(["BAD_USER_INPUT", "GRAPHQL_PARSE_FAILED"].contains(&bare.codes()[0]), "{}", bare.text);
        // What only looks like one is a text like any other.
        app.ana.query(r#"{ prospects(search: "\\u0000") { totalCount } }"#, json!({})).await;
        before.assert_equal(&app.snapshot().await, "zero characters");
    }

    /// No text can have one: JSON that says so is no JSON, and a document that says so is no document.
    async fn lone_surrogates_are_refused(app: TestApp) {
        let before = app.snapshot().await;
        for body in [
            r#"{"query":"query ($s: String) { prospects(search: $s) { totalCount } }","variables":{"s":"\ud800"}}"#,
            r#"{"query":"query ($s: String) { prospects(search: $s) { totalCount } }","variables":{"s":"a\udc00b"}}"#,
            r#"{"query":"query ($f: ProspectFilter) { prospects(filter: $f) { totalCount } }","variables":{"f":{"name":{"contains":"\ud800x"}}}}"#,
            r#"{"query":"mutation ($i: ProspectCreateInput!) { prospectCreate(input: $i) { userErrors { code } } }","variables":{"i":{"kind":"PERSON","name":"\ud800"}}}"#,
            r#"{"query":"{ prospects(search: \"\ud800\") { totalCount } }"}"#,
            r#"{"query":"{ prospects(search: \"\\ud800\") { totalCount } }"}"#,
            r#"{"query":"mutation { prospectCreate(input: { kind: PERSON, name: \"a\\udc00\" }) { userErrors { code } } }"}"#,
        ] {
            let answer = send(&app.ana, body).await;
            assert!((400..500).contains(&answer.status), "{body}: {} {}", answer.status, answer.text);
            assert!(!answer.codes().is_empty() && !answer.text.contains("INTERNAL"), "{body}: {}", answer.text);
        }
        // A pair of them is a character.
        let pair = send(&app.ana, r#"{"query":"query ($s: String) { prospects(search: $s) { totalCount } }","variables":{"s":"\ud83d\ude00\ud83d\ude00\ud83d\ude00"}}"#).await;
        assert_eq!(pair.data()["prospects"]["totalCount"], 0);
        before.assert_equal(&app.snapshot().await, "lone surrogates");
    }

    /// As they come from links, lists and other programs.
    async fn what_is_pasted_is_found(app: TestApp) {
        app.prospect().by(&app.ana).name("Ana Pérez").with(json!({ "emails": [{ "value": "ana@x.example" }, { "value": "+crm@x.example" }] })).create().await;
        app.prospect().by(&app.ana).name("Ana Gómez").with(json!({ "emails": [{ "value": "otra@y.example" }] })).create().await;
        for text in ["mailto:ana@x.example", "<MAILTO:Ana@X.example?subject=Hola>", "Pérez;Ana", "Pérez,Ana", "Pérez/Ana", "pérez|ana", "+crm@x.example"] {
            assert_eq!(searched(&app.ana, text).await, ["Ana Pérez"], "{text}");
        }
        for (test, text) in [("eq", "mailto:ana@x.example"), ("contains", "+crm@"), ("startsWith", "+crm"), ("contains", "mailto:ana@x")] {
            let filter = json!({ "email": { test: text } });
            assert_eq!(filtered(&app.ana, filter).await, ["Ana Pérez"], "{test} {text}");
        }
        app.assert_sound().await;
    }

    async fn emails_are_one_in_every_form(app: TestApp) {
        let domains = ["ana@müller.example", "ANA@xn--mller-kva.example", "ana@mu\u{308}ller.example", "Ana@XN--MLLER-KVA.EXAMPLE", "ana@ＭÜＬＬＥＲ.example"];
        let accents = ["josé@ejemplo.example", "jose\u{301}@ejemplo.example", "JOSÉ@Ejemplo.example"];
        for forms in [&domains[..], &accents[..]] {
            for kept in forms {
                let made = app.prospect().by(&app.ana).name("Ana").with(json!({ "emails": [{ "value": kept }] })).create().await;
                for typed in forms.iter().copied() {
                    for filter in [
                        json!({ "email": { "eq": typed } }),
                        json!({ "email": { "in": [typed, "x@y.example"] } }),
                        json!({ "emails": { "some": { "value": { "eq": typed } } } }),
                        json!({ "email": { "contains": typed } }),
                        json!({ "email": { "startsWith": typed } }),
                    ] {
                        assert_eq!(filtered(&app.ana, filter.clone()).await, ["Ana"], "{kept}: {filter}");
                    }
                    // Open text is folded, and knows nothing of the encoding of domains.
                    if !typed.to_lowercase().contains("xn--") {
                        assert_eq!(searched(&app.ana, typed).await, ["Ana"], "{kept} is searched by {typed}");
                    }
                    let twice = json!({ "emails": [{ "value": kept }, { "value": "otra@correo.example" }, { "value": typed }] });
                    assert_eq!(create(&app.ana, twice).await.user_errors("prospectCreate"), ["INVALID input.emails.2.value"], "{kept} {typed}");
                    let contact = json!({ "contacts": [{ "firstName": "Ana", "emails": [{ "value": kept }, { "value": typed }] }] });
                    let errors = create(&app.ana, contact).await.user_errors("prospectCreate");
                    assert_eq!(errors, ["INVALID input.contacts.0.emails.1.value"], "{kept} {typed}");
                    let update = app.ana.run(UPDATE, json!({ "id": made.id, "input": { "emails": [{ "value": typed }] } })).await;
                    assert_eq!(update.user_errors("prospectUpdate"), ["INVALID input.emails.0.value"], "{kept} {typed}");
                }
                let delete = "mutation ($id: ID!) { prospectDelete(id: $id) { userErrors { code } } }";
                app.ana.run(delete, json!({ "id": made.id })).await.payload("prospectDelete");
            }
        }
        // With an accent it is another mailbox, and still found without.
        app.prospect().by(&app.ana).name("José").with(json!({ "emails": [{ "value": "josé@müller.example" }] })).create().await;
        app.prospect().by(&app.ana).name("Otro").with(json!({ "emails": [{ "value": "jose@muller.example" }] })).create().await;
        assert_eq!(filtered(&app.ana, json!({ "email": { "eq": "josé@müller.example" } })).await, ["José"]);
        assert_eq!(filtered(&app.ana, json!({ "email": { "eq": "jose@muller.example" } })).await, ["Otro"]);
        assert_eq!(filtered(&app.ana, json!({ "email": { "contains": "@xn--mller-kva.exam" } })).await, ["José"]);
        assert_eq!(searched(&app.ana, "jose@muller.example").await, ["José", "Otro"]);
        app.assert_sound().await;
    }

    async fn two_users_cannot_share_an_email_in_two_forms(app: TestApp) {
        let user = async |email: &str| {
            let input = json!({ "input": { "email": email, "name": "Nueva", "password": PASSWORD } });
            app.admin.run_operation(operations::ACCESS, "UserCreate", input).await.user_errors("userCreate")
        };
        assert_eq!(user("nueva@müller.example").await, [] as [&str; 0]);
        for other in ["nueva@xn--mller-kva.example", "NUEVA@mu\u{308}ller.example"] {
            assert_eq!(user(other).await, ["TAKEN input.email"], "{other}");
            let answer = app.anonymous.run(operations::SIGN_IN, json!({ "email": other, "password": PASSWORD })).await;
            assert!(answer.payload("sessionCreate")["token"].is_string(), "{other}");
        }
    }

    async fn a_search_is_read_as_people_write(app: TestApp) {
        let with = async |name: &str, fields: Value| app.prospect().by(&app.ana).name(name).with(fields).create().await;
        let rif = identifier_type(&app, "VE", "RIF").await;
        let cedula = identifier_type(&app, "VE", "Cédula V").await;
        with("Ana Pérez", json!({ "emails": [{ "value": "ana@x.example" }] })).await;
        with("Ferretería", json!({ "identifiers": [{ "typeId": rif, "number": "J-12345678-4" }] })).await;
        with("Rosa Gil", json!({ "identifiers": [{ "typeId": cedula, "number": "V-17.204.618" }] })).await;
        with("3M de Venezuela", json!({})).await;
        with("王伟", json!({ "legalName": "王伟贸易有限公司" })).await;
        with("王小明", json!({})).await;
        with("Li Wu", json!({ "legalName": "QX Importaciones" })).await;
        with("Distribuidora", json!({ "legalName": "Compañía Anónima Distribuidora Nacional Repuestos Automotores Occidente Mérida Táchira Trujillo" })).await;
        for (text, mut expected) in [
            ("Pérez, Ana", vec!["Ana Pérez"]),
            ("PÉREZ; ANA.", vec!["Ana Pérez"]),
            ("(ana pérez)", vec!["Ana Pérez"]),
            ("ana@x.example,", vec!["Ana Pérez"]),
            ("<ana@x.example>", vec!["Ana Pérez"]),
            ("RIF J-12345678-4", vec!["Ferretería"]),
            ("rif: j-12.345.678-4", vec!["Ferretería"]),
            ("R.I.F. J 12345678 4", vec!["Ferretería"]),
            ("J123456784", vec!["Ferretería"]),
            ("V-17.204.618", vec!["Rosa Gil"]),
            ("17204618", vec!["Rosa Gil"]),
            ("17 204 618", vec!["Rosa Gil"]),
            ("Cédula 17.204.618", vec!["Rosa Gil"]),
            ("C.I. V-17204618", vec!["Rosa Gil"]),
            // Short words are the beginning of a name.
            ("3M", vec!["3M de Venezuela"]),
            ("3m de", vec!["3M de Venezuela"]),
            ("王伟", vec!["王伟"]),
            ("王", vec!["王伟", "王小明"]),
            ("小明", vec![]),
            ("王小明", vec!["王小明"]),
            ("贸易有", vec!["王伟"]),
            ("li wu", vec!["Li Wu"]),
            ("Li", vec!["Li Wu"]),
            ("qx", vec!["Li Wu"]),
            ("wu", vec![]),
            ("zz", vec![]),
            ("ñ", vec![]),
            // Of many words the longest count.
            ("compañía anónima distribuidora nacional repuestos automotores occidente mérida táchira trujillo xyz qqq de la", vec!["Distribuidora"]),
            ("compañía anónima distribuidora nacional repuestos automotores occidente mérida táchira maracaibo xyz", vec![]),
            // Nothing in it that could be found.
            ("\u{200b}", vec![]),
            ("\u{ad}\u{2060}", vec![]),
            ("\u{301}", vec![]),
            ("?!", vec![]),
            ("...", vec![]),
            ("—", vec![]),
        ] {
            expected.sort_unstable();
            assert_eq!(searched(&app.ana, text).await, expected, "{text:?}");
            let clients = app.ana.query("query ($text: String) { clients(search: $text) { totalCount } }", json!({ "text": text })).await;
            assert_eq!(clients["clients"]["totalCount"], 0, "{text:?}");
        }
        let long = app.ana.run("query ($text: String) { prospects(search: $text) { totalCount } }", json!({ "text": "ñ".repeat(201) })).await;
        assert_eq!(long.codes(), ["BAD_USER_INPUT"], "{}", long.text);
        assert!(searched(&app.stranger, "王伟").await.is_empty(), "of others nothing is found");
        app.assert_sound().await;
    }
}
