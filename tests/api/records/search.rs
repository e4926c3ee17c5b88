//! Open text: what is found by which words, that it keeps up with every change, and that it is hostile-proof.

use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};
use serde_json::{Value, json};

use cartera::entities::records::{prospect, search_document};
use cartera::ids::{self, Kind};
use cartera::resolvers::search::write_all;

use super::{UPDATE, whole};
use crate::support::{Made, Person, TestApp};

const LIST: &str = "query ($search: String, $filter: ProspectFilter) {
    prospects(search: $search, filter: $filter, first: 100) { totalCount isTotalEstimated nodes { name } } }";

async fn found(person: &Person, search: &str) -> Vec<String> {
    let data = person.query(LIST, json!({ "search": search })).await;
    let names: Vec<String> = names(&data["prospects"]);
    assert_eq!(data["prospects"]["totalCount"], json!(names.len()), "{search}");
    assert_eq!(data["prospects"]["isTotalEstimated"], json!(false));
    names
}

fn names(list: &Value) -> Vec<String> {
    let nodes = list["nodes"].as_array().expect("a list");
    nodes.iter().map(|node| node["name"].as_str().expect("a name").to_owned()).collect()
}

/// Three of Ana's and one of Luis's, a minute apart.
async fn four(app: &TestApp) -> Vec<Made> {
    let inputs = [
        json!({ "kind": "COMPANY", "name": "Panadería Ñandú", "legalName": "Inversiones Muñoz, C.A.",
            "contacts": [{ "firstName": "José", "lastName": "Pérez-Gil", "emails": [{ "value": "Jose@Nandu.example" }], "phones": [{ "value": "(0414) 555-0101" }] }] }),
        json!({ "kind": "PERSON", "name": "Álvaro Núñez", "emails": [{ "value": "alvaro@example.com" }], "phones": [{ "value": "+58 212 5550100" }],
            "identifiers": [{ "typeId": app.identifier_type("Cédula V"), "number": "V-11.222.333" }] }),
        json!({ "kind": "COMPANY", "name": "100% \"real\" 7-eleven_x \\ (AND) OR NEAR*", "legalName": "o'brien; DROP TABLE prospects--" }),
        json!({ "kind": "PERSON", "name": "Álvaro de Luis" }),
    ];
    let mut made = Vec::new();
    for (number, input) in inputs.into_iter().enumerate() {
        app.advance(60_000);
        let by = if number == 3 { &app.luis } else { &app.ana };
        made.push(app.prospect().by(by).with(input).create().await);
    }
    made
}

both! {
    async fn words_are_found_wherever_they_are(app: TestApp) {
        four(&app).await;
        let (bakery, alvaro, odd, other) = ("Panadería Ñandú", "Álvaro Núñez", "100% \"real\" 7-eleven_x \\ (AND) OR NEAR*", "Álvaro de Luis");
        for (search, expected) in [
            ("nandu", vec![bakery]),
            ("ÑANDÚ", vec![bakery]),
            ("muñoz inversiones", vec![bakery]),
            ("perez", vec![bakery]),
            ("josé nandu.example", vec![bakery]),
            ("jose@nandu", vec![bakery]),
            ("0414", vec![bakery]),
            ("414-555", vec![bakery]),
            ("4145550101", vec![bakery]),
            ("0414 555 01 01", vec![bakery]),
            ("+58212", vec![alvaro]),
            ("0212-555.01.00", vec![alvaro]),
            ("V-11.222", vec![alvaro]),
            ("11222333", vec![alvaro]),
            ("v11222333 alv", vec![alvaro]),
            ("alvaro", vec![alvaro]),
            ("555", vec![alvaro, bakery]),
            ("555 ñez", vec![alvaro]),
            ("a l alv", vec![alvaro]),
            ("x alv", vec![alvaro]),
            ("zz alv", vec![]),
            ("alvaro jose", vec![]),
            ("100%", vec![odd, alvaro]),
            ("%_%", vec![]),
            ("___", vec![]),
            ("\"real\"", vec![odd]),
            ("(and)", vec![odd, bakery]),
            ("near*", vec![odd]),
            ("near* OR jose", vec![]),
            ("NOT alvaro", vec![]),
            ("eleven_x", vec![odd]),
            ("7-ele", vec![odd]),
            ("o'brien;", vec![odd]),
            ("document:alvaro", vec![]),
            ("   ", vec![odd, alvaro, bakery]),
            ("", vec![odd, alvaro, bakery]),
        ] {
            assert_eq!(found(&app.ana, search).await, expected, "{search}");
        }
        assert_eq!(found(&app.luis, "alvaro").await, [other]);
        assert_eq!(found(&app.admin, "alvaro").await, [other, alvaro]);
        assert!(found(&app.stranger, "alvaro").await.is_empty());
    }

    /// At creation the search document is made of what was accepted, and later of the tables: both make the same.
    async fn a_new_document_is_the_one_that_the_tables_make(app: TestApp) {
        four(&app).await;
        let (other, cedula) = (app.identifier_type("Other document"), app.identifier_type("Cédula V"));
        let points = |word: &str| json!([{ "value": format!("{word}.Größe@Bücher.example") }, { "value": format!("zz.{word}@correo.example") }]);
        // Ids of the client's own against the order of the input, which orders rows of the same place.
        let mut own = [ids::new(), ids::new(), ids::new(), ids::new()].into_iter().rev();
        let mut id = |kind: Kind| own.next().map(|id| kind.encode(id));
        let inputs = [
            json!({ "kind": "COMPANY", "name": "Straße ΑΘΗΝΑΣ Ὀδυσσεύς İSTANBUL Łódź", "legalName": "Señor ﬁ Ñ ".repeat(19) + "Ñ",
                "identifiers": [{ "typeId": other, "country": "CO", "number": "Ñ-00.Áb/7 ñ" }, { "typeId": other, "country": "VE", "number": "000123x" },
                    { "typeId": cedula, "number": "V-00.444.555" }],
                "emails": points("UNO"), "phones": [{ "value": "+58 212 5550142 ext. 101" }, { "value": "0414-5550143" }],
                "contacts": [
                    { "id": id(Kind::Contact), "firstName": "Zoë ".repeat(49) + "Zoë", "lastName": "Åkerö ".repeat(33), "emails": points("dos"),
                      "phones": [{ "id": id(Kind::Phone), "value": "+34 612 345 678" }] },
                    { "id": id(Kind::Contact), "firstName": "Ανδρέας", "isMain": true, "phones": [{ "id": id(Kind::Phone), "value": "+44 20 7946 0018 x7" }] },
                    { "firstName": "三菱" }] }),
            json!({ "kind": "PERSON", "name": "x", "phones": [{ "value": "+58 212 5550142" }, { "value": "+58 212 5550142 ext 5" }] }),
            json!({ "kind": "PERSON", "name": "№ ½ \"'\\%_" }),
        ];
        for input in inputs {
            app.prospect().by(&app.ana).with(input).create().await;
        }
        let documents = search_document::Entity::find().order_by_desc(search_document::Column::ProspectId).all(app.core.db.reader()).await;
        let documents = documents.expect("the documents are read");
        let lines: Vec<usize> = documents.iter().map(|row| row.document.lines().count()).collect();
        assert_eq!(lines, [1, 3, 16, 1, 2, 4, 5]);
        assert!(documents[2].document.starts_with("strasse αθηνασ"), "{}", documents[2].document);
        let tx = app.core.db.begin().await.expect("a transaction begins");
        let wrong = write_all(&tx).await.expect("the documents are compared");
        assert_eq!(wrong, 0, "{documents:#?}");
        tx.rollback().await.expect("nothing is kept");
    }

    async fn a_search_goes_with_filters_and_clients(app: TestApp) {
        let made = four(&app).await;
        let companies = json!({ "search": "555", "filter": { "kind": { "eq": "COMPANY" } } });
        assert_eq!(names(&app.ana.query(LIST, companies).await["prospects"]), ["Panadería Ñandú"]);
        let document = "query ($search: String) { clients(search: $search, orderBy: [{ field: NAME, direction: ASC }]) {
            totalCount nodes { prospect { name } } } }";
        assert_eq!(app.ana.query(document, json!({ "search": "nandu" })).await["clients"]["totalCount"], 0);
        app.convert(&app.ana, &made[0]).await;
        app.convert(&app.ana, &made[1]).await;
        let clients = app.ana.query(document, json!({ "search": "555" })).await;
        let found: Vec<&str> = clients["clients"]["nodes"].as_array().expect("a list").iter().filter_map(|node| node["prospect"]["name"].as_str()).collect();
        assert_eq!(found, ["Álvaro Núñez", "Panadería Ñandú"]);
    }

    async fn what_is_searched_keeps_up_with_changes(app: TestApp) {
        let made = app.prospect().complete("zafiro").owner(&app.ana).name("Rosa").create().await;
        let update = async |input: Value| {
            app.ana.run(UPDATE, json!({ "id": made.id, "input": input })).await.payload("prospectUpdate");
            app.assert_sound().await;
        };
        let record = whole(&app.ana, &made).await;
        for part in ["zafiro legal", "zafiro first", "zafiro@correo", "zafiro.contact@", "vzafiro"] {
            assert_eq!(found(&app.ana, part).await, ["Rosa"], "{part}");
        }
        // What is described, said or written elsewhere is not searched.
        for part in ["description", "medium", "municipality"] {
            assert!(found(&app.ana, part).await.is_empty(), "{part}");
        }
        update(json!({ "name": "Rubí", "legalName": null })).await;
        assert_eq!(found(&app.ana, "rubi").await, ["Rubí"]);
        assert!(found(&app.ana, "rosa").await.is_empty() && found(&app.ana, "legal").await.is_empty());
        update(json!({ "contacts": [{ "id": record["contacts"][0]["id"], "firstName": "Berta", "lastName": null }] })).await;
        assert_eq!(found(&app.ana, "berta").await, ["Rubí"]);
        assert!(found(&app.ana, "zafiro first").await.is_empty());
        update(json!({ "removeContactIds": [record["contacts"][0]["id"]] })).await;
        assert!(found(&app.ana, "berta").await.is_empty() && found(&app.ana, "zafiro.contact").await.is_empty());
        update(json!({ "emails": [{ "id": record["emails"][0]["id"], "value": "otro@correo.example" }], "phones": [{ "value": "+34 612 345 678" }] })).await;
        assert_eq!(found(&app.ana, "otro@correo 34612345").await, ["Rubí"]);
        assert!(found(&app.ana, "zafiro@").await.is_empty());
        update(json!({ "removeIdentifierIds": [record["identifiers"][0]["id"]] })).await;
        assert!(found(&app.ana, "vzafiro").await.is_empty());
        app.give(&app.ana, &made, Some(&app.luis)).await;
        assert!(found(&app.ana, "rubi").await.is_empty());
        assert_eq!(found(&app.luis, "rubi").await, ["Rubí"]);
    }

    /// What is short is the beginning of a name, and of many words the longest count; see `real_data::names`.
    async fn only_what_is_too_long_is_refused(app: TestApp) {
        four(&app).await;
        assert_eq!(found(&app.ana, "al").await, ["Álvaro Núñez"]);
        for bad in ["al\0varo", &"x".repeat(201)] {
            let answer = app.ana.run(LIST, json!({ "search": bad })).await;
            assert_eq!(answer.codes(), ["BAD_USER_INPUT"], "{bad}: {}", answer.text);
        }
        for fine in ["a b c", "ñ", "\u{301}", "a1 b2 c3 d4 e5 f6 g7 h8 i9 j0 alvaro", "🦀🦀🦀", "''';--", "\\\\\\", "\"\"\"", "{{{}}}", "¿¿¿", "漢字漢字", "ﬁﬁﬁ", &"x".repeat(200)] {
            let answer = app.ana.run(LIST, json!({ "search": fine })).await;
            assert_eq!(answer.data()["prospects"]["totalCount"], 0, "{fine}: {}", answer.text);
        }
    }

    /// A common word is found by a scan in order, and a rare one by the index: the pages are the same.
    async fn common_words_are_paged_like_rare_ones(app: TestApp) {
        let most = usize::try_from(app.core.settings.limits.page_size).expect("small");
        for number in 0..=most / 4 {
            app.advance(1_000);
            app.prospect().owner(&app.ana).name(&format!("Común {number:03} {}", if number % 5 == 0 { "quinto" } else { "" })).create().await;
        }
        let document = "query ($search: String, $after: String) { prospects(search: $search, first: 4, after: $after,
            orderBy: [{ field: NAME, direction: DESC }]) { nodes { name } pageInfo { hasNextPage endCursor } } }";
        let mut all = Vec::new();
        let mut after = Value::Null;
        loop {
            let page = app.ana.query(document, json!({ "search": "comun quinto", "after": after })).await["prospects"].clone();
            all.extend(names(&page));
            if page["pageInfo"]["hasNextPage"] == json!(false) {
                break;
            }
            after = page["pageInfo"]["endCursor"].clone();
        }
        let expected: Vec<String> = (0..=most / 4).rev().filter(|number| number % 5 == 0).map(|number| format!("Común {number:03} quinto")).collect();
        assert_eq!(all, expected);
    }

    /// So many match that the list is scanned in order instead of by the index: the result is the same.
    async fn a_word_that_nearly_all_have(app: TestApp) {
        let options = cartera::demo::Options { prospects: 6_500, entries: 6_500, users: 3, seed: 7, until: None };
        cartera::demo::run(&app.core, &options, |_| {}).await.expect("the demo loads");
        app.assert_sound().await;
        let rare = app.prospect().by(&app.ana).with(json!({ "name": "Zafiro", "emails": [{ "value": "zafiro@correo.example" }] })).create().await;
        let document = "query ($search: String, $filter: ProspectFilter, $order: [ProspectOrder!]) {
            prospects(search: $search, filter: $filter, orderBy: $order, first: 100) { totalCount isTotalEstimated edges { cursor node { id } } } }";
        let list = async |variables: Value| app.admin.query(document, variables).await["prospects"].clone();
        // Most of them are Ana's from here on.
        let hers = prospect::Entity::update_many().col_expr(prospect::Column::OwnerId, Expr::val(app.ana.uuid));
        hers.filter(prospect::Column::NameNorm.gt("c")).exec(app.core.db.writer()).await.expect("an update");
        // A filter that is denied twice is answered by looking at each prospect, without any index of what it tests.
        let many = json!({ "emails": { "some": { "value": { "contains": "@example" } } } });
        let some = json!({ "phones": { "some": { "value": { "startsWith": "+58" } } } });
        for filter in [many.clone(), json!({ "or": [many, some] }), json!({ "and": [many, some] }), json!({ "tag": { "isNull": true } })] {
            for person in [&app.admin, &app.ana] {
                let both = [json!({ "filter": filter }), json!({ "filter": { "not": { "not": filter } } })];
                let [found, checked] = both.map(async |variables| person.query(document, variables).await["prospects"].clone());
                assert_eq!(found.await, checked.await, "{filter}");
            }
        }
        let has_one = json!({ "emails": { "some": { "value": { "contains": "@example" } } } });
        for field in ["CREATED_AT", "NAME", "LAST_ACTIVITY_AT"] {
            let order = json!([{ "field": field, "direction": "DESC" }]);
            let searched = list(json!({ "order": order, "search": "@example" })).await;
            assert_eq!(searched, list(json!({ "order": order, "filter": has_one })).await, "{field}");
            let count = searched["totalCount"].as_i64().expect("a number");
            assert!(count > 5_000 && searched["isTotalEstimated"] == json!(false), "{count}");
        }
        let found = list(json!({ "search": "zafiro" })).await;
        assert_eq!((&found["totalCount"], &found["edges"][0]["node"]["id"]), (&json!(1), &json!(rare.id)));
        assert_eq!(list(json!({ "search": "zafiro @example" })).await["totalCount"], 0);
    }
}
