//! Typed custom attributes: usable in the request after the definition, without a restart, and only by those who may know of them.

use serde_json::{Value, json};

use crate::support::{Person, TestApp};

const DEFINE: &str = "mutation ($input: AttributeDefinitionCreateInput!) {
    attributeDefinitionCreate(input: $input) { attributeDefinition { id } userErrors { code message path } } }";
const CREATE: &str = "mutation ($input: ProspectCreateInput!) {
    prospectCreate(input: $input) { prospect { id } userErrors { code message path } } }";
const FIELDS: &str = "query ($name: String!) { __type(name: $name) {
    fields(includeDeprecated: true) { name description isDeprecated type { kind name ofType { kind name } } }
    inputFields(includeDeprecated: true) { name type { kind name ofType { kind name } } }
    enumValues(includeDeprecated: true) { name isDeprecated } } }";
const DAY_MS: i64 = 24 * 60 * 60 * 1000;

/// Defines an attribute and answers its id.
async fn define(app: &TestApp, input: Value) -> String {
    let answer = app.admin.run(DEFINE, json!({ "input": input })).await;
    let id = &answer.payload("attributeDefinitionCreate")["attributeDefinition"]["id"];
    id.as_str().expect("an id").to_owned()
}

async fn retire(app: &TestApp, id: &str) {
    let document = "mutation ($id: ID!) { attributeDefinitionRetire(id: $id) { userErrors { code message path } } }";
    app.admin
        .run(document, json!({ "id": id }))
        .await
        .payload("attributeDefinitionRetire");
}

async fn definitions(app: &TestApp) {
    for input in [
        json!({ "entity": "PROSPECT", "key": "budget", "label": "Presupuesto", "description": "For the year.", "type": "DECIMAL", "scale": 2 }),
        json!({ "entity": "PROSPECT", "key": "brand", "label": "Marca", "type": "CHOICE", "isMultiple": true,
                "choices": [{ "key": "acme", "label": "Acme" }, { "key": "globex", "label": "Globex" }] }),
        json!({ "entity": "PROSPECT", "key": "size_class", "label": "Tamaño", "type": "CHOICE",
                "choices": [{ "key": "small", "label": "Pequeño" }, { "key": "large", "label": "Grande" }] }),
        json!({ "entity": "PROSPECT", "key": "employees", "label": "Empleados", "type": "INTEGER" }),
        json!({ "entity": "PROSPECT", "key": "founded_on", "label": "Fundada", "type": "DATE" }),
        json!({ "entity": "PROSPECT", "key": "advisor", "label": "Asesor", "type": "USER" }),
        json!({ "entity": "PROSPECT", "key": "parent", "label": "Matriz", "type": "PROSPECT" }),
        json!({ "entity": "PROSPECT", "key": "turnover", "label": "Ventas", "type": "MONEY", "currency": "EUR" }),
        json!({ "entity": "PROSPECT", "key": "is_partner", "label": "Aliado", "type": "BOOLEAN" }),
        json!({ "entity": "PROSPECT", "key": "margin", "label": "Margen", "type": "INTEGER", "visibility": "ADMIN" }),
        json!({ "entity": "TASK", "key": "room", "label": "Sala", "type": "TEXT" }),
        json!({ "entity": "CONTACT", "key": "birthday", "label": "Cumpleaños", "type": "DATE" }),
        json!({ "entity": "CLIENT", "key": "contract_until", "label": "Contrato", "type": "DATE_TIME" }),
    ] {
        define(app, input).await;
    }
}

async fn shown(person: &Person, name: &str) -> Value {
    person.query(FIELDS, json!({ "name": name })).await["__type"].clone()
}

fn names(list: &Value) -> Vec<&str> {
    list.as_array()
        .map_or_else(Vec::new, |all| all.iter().filter_map(|one| one["name"].as_str()).collect())
}

both! {
    async fn a_typed_attribute_works_in_the_next_request(app: TestApp) {
        assert_eq!(shown(&app.ana, "ProspectCustom").await, json!(null));
        assert!(!names(&shown(&app.ana, "Prospect").await["fields"]).contains(&"custom"));
        definitions(&app).await;
        let custom = shown(&app.ana, "ProspectCustom").await;
        assert_eq!(
            names(&custom["fields"]),
            ["budget", "brand", "sizeClass", "employees", "foundedOn", "advisor", "parent", "turnover", "isPartner"]
        );
        assert_eq!(custom["fields"][0]["description"], "Presupuesto. For the year. Number with 2 decimals. Null if not set.");
        assert_eq!(custom["fields"][0]["type"]["name"], "Decimal");
        assert_eq!(names(&shown(&app.ana, "ProspectBrandChoice").await["enumValues"]), ["ACME", "GLOBEX"]);

        let parent = app.prospect().name("Matriz").owner(&app.ana).create().await;
        let input = json!({ "kind": "COMPANY", "name": "Filial", "custom": {
            "budget": "1500.00", "brand": ["ACME"], "sizeClass": "LARGE", "employees": 12, "foundedOn": "1999-12-31",
            "advisor": app.ana.id, "parent": parent.id, "turnover": "10.5", "isPartner": false } });
        let created = app.ana.run(CREATE, json!({ "input": input })).await;
        let id = created.payload("prospectCreate")["prospect"]["id"].clone();
        let read = "query ($id: ID!) { prospect(id: $id) { custom { budget brand sizeClass employees foundedOn advisor { name }
            parent { name } turnover { amount currency } isPartner } attributes { definition { key } text } } }";
        let seen = app.ana.query(read, json!({ "id": id })).await;
        assert_eq!(seen["prospect"]["custom"], json!({
            "budget": "1500.00", "brand": ["ACME"], "sizeClass": "LARGE", "employees": 12, "foundedOn": "1999-12-31",
            "advisor": { "name": app.ana.name }, "parent": { "name": "Matriz" }, "turnover": { "amount": "10.50", "currency": "EUR" },
            "isPartner": false }));
        assert_eq!(seen["prospect"]["attributes"].as_array().map(Vec::len), Some(9));

        let list = "query ($filter: ProspectFilter!) { prospects(filter: $filter) { nodes { name custom { brand } } } }";
        let matches = async |custom: Value| {
            let data = app.ana.query(list, json!({ "filter": { "custom": custom } })).await;
            let nodes = data["prospects"]["nodes"].as_array().expect("a list").clone();
            nodes.iter().map(|node| node["name"].as_str().expect("a name").to_owned()).collect::<Vec<_>>()
        };
        for custom in [
            json!({ "budget": { "gte": "1000" } }),
            json!({ "brand": { "any": ["ACME", "GLOBEX"] } }),
            json!({ "sizeClass": { "eq": "LARGE" }, "employees": { "lte": "12" } }),
            json!({ "advisor": { "eq": app.ana.id } }),
            json!({ "turnover": { "eq": "10.50" } }),
        ] {
            assert_eq!(matches(custom.clone()).await, ["Filial"], "{custom}");
        }
        assert_eq!(matches(json!({ "brand": { "all": ["ACME", "GLOBEX"] } })).await, Vec::<String>::new());
        assert_eq!(matches(json!({ "budget": { "isNull": true } })).await, ["Matriz"]);
        // An enum is a name in a document, and a text in variables.
        let literal = "{ prospects(filter: { custom: { brand: { any: [ACME] }, sizeClass: { in: [LARGE] } } }) { nodes { name } } }";
        assert_eq!(app.ana.query(literal, json!({})).await["prospects"]["nodes"], json!([{ "name": "Filial" }]));

        let update = "mutation ($id: ID!) { prospectUpdate(id: $id, input: { custom: { brand: GLOBEX, budget: null } }) {
            prospect { custom { brand budget employees } } userErrors { code message path } } }";
        let updated = app.ana.run(update, json!({ "id": id })).await;
        assert_eq!(
            updated.payload("prospectUpdate")["prospect"]["custom"],
            json!({ "brand": ["GLOBEX"], "budget": null, "employees": 12 })
        );
        app.assert_sound().await;
    }

    async fn problems_of_typed_values_name_their_fields(app: TestApp) {
        definitions(&app).await;
        let create = async |fields: Value| {
            let mut input = json!({ "kind": "PERSON", "name": "X" });
            input.as_object_mut().expect("an object").extend(fields.as_object().expect("an object").clone());
            app.ana.run(CREATE, json!({ "input": input })).await
        };
        let answer = create(json!({ "custom": { "budget": "1.234", "advisor": "nonsense" } })).await;
        assert_eq!(answer.user_errors("prospectCreate"), ["NOT_FOUND input.custom.advisor", "INVALID input.custom.budget"]);
        let twice = json!({ "custom": { "budget": "1" }, "attributes": [{ "key": "budget", "value": { "number": "1" } }] });
        let answer = create(twice).await;
        assert!(answer.user_errors("prospectCreate").iter().any(|error| error.starts_with("INVALID")), "{}", answer.text);
        for wrong in [json!({ "brand": ["NONE"] }), json!({ "brand": ["acme"] }), json!({ "employees": "many" }), json!({ "foundedOn": 3 }), json!({ "margin": 3 })] {
            let answer = create(json!({ "custom": wrong })).await;
            assert!(answer.body["data"]["prospectCreate"].is_null() && !answer.errors().is_empty(), "{}", answer.text);
        }
        define(&app, json!({ "entity": "PROSPECT", "key": "code", "label": "Código", "type": "TEXT", "isRequired": true })).await;
        let fields = shown(&app.ana, "ProspectCustomCreateInput").await["inputFields"].clone();
        let code = fields.as_array().expect("a list").iter().find(|field| field["name"] == "code").cloned();
        assert_eq!(code.expect("a field")["type"]["kind"], "NON_NULL");
        assert_eq!(create(json!({})).await.user_errors("prospectCreate"), ["REQUIRED input.attributes.code"]);
        create(json!({ "custom": { "code": "A-1" } })).await.payload("prospectCreate");
        app.assert_sound().await;
    }

    async fn what_is_for_administrators_is_unknown_to_others(app: TestApp) {
        definitions(&app).await;
        let document = "{ prospects { nodes { custom { margin } } } }";
        let prospect = app.prospect().owner(&app.ana).with(json!({ "custom": { "margin": 7 } })).create().await;
        for _ in 0..2 {
            let data = app.admin.query(document, json!({})).await;
            assert_eq!(data["prospects"]["nodes"][0]["custom"], json!({ "margin": 7 }));
            let answer = app.ana.run(document, json!({})).await;
            assert_eq!(answer.codes(), ["GRAPHQL_VALIDATION_FAILED"], "{}", answer.text);
        }
        let margins = "{ prospects { nodes { custom { margins } } } }";
        let (hers, theirs) = (app.ana.run(margins, json!({})).await, app.admin.run(margins, json!({})).await);
        assert!(!hers.text.contains("\\\"margin\\\"") && theirs.text.contains("\\\"margin\\\""), "{} {}", hers.text, theirs.text);
        for name in ["ProspectCustom", "ProspectCustomFilter", "ProspectCustomCreateInput", "ProspectCustomUpdateInput"] {
            assert!(!shown(&app.ana, name).await.to_string().contains("margin"), "{name}");
            assert!(shown(&app.admin, name).await.to_string().contains("margin"), "{name}");
        }
        let everything = "{ __schema { types { name description fields { name description } inputFields { name description } enumValues { name } } } }";
        let whole = app.ana.run(everything, json!({})).await;
        assert!(!whole.text.contains("\"margin\"") && !whole.text.contains("Margen"));
        let filter = "query ($filter: ProspectFilter) { prospects(filter: $filter) { nodes { id } } }";
        let filter = async |person: &Person| person.run(filter, json!({ "filter": { "custom": { "margin": { "gte": "1" } } } })).await;
        assert_eq!(filter(&app.admin).await.data()["prospects"]["nodes"][0]["id"], prospect.id);
        assert_eq!(filter(&app.ana).await.codes().len(), 1);
    }

    async fn other_records_have_typed_attributes_too(app: TestApp) {
        definitions(&app).await;
        let prospect = app.prospect().owner(&app.ana).with(json!({
            "contacts": [{ "firstName": "Eva", "custom": { "birthday": "1990-02-28" } }] })).create().await;
        let task = "mutation ($id: ID!, $input: TaskCreateInput!) { taskCreate(prospectId: $id, input: $input) {
            task { custom { room } } userErrors { code message path } } }";
        let input = json!({ "typeId": app.task_type("Visit"), "dueAt": app.time(app.now()), "custom": { "room": "B2" } });
        let made = app.ana.run(task, json!({ "id": prospect.id, "input": input })).await;
        assert_eq!(made.payload("taskCreate")["task"]["custom"], json!({ "room": "B2" }));
        app.convert(&app.admin, &prospect).await;
        let read = "query ($id: ID!) { prospect(id: $id) { contacts { custom { birthday } } client { id custom { contractUntil } } } }";
        let seen = app.ana.query(read, json!({ "id": prospect.id })).await["prospect"].clone();
        assert_eq!(seen["contacts"], json!([{ "custom": { "birthday": "1990-02-28" } }]));
        assert_eq!(seen["client"]["custom"], json!({ "contractUntil": null }));
        let update = "mutation ($id: ID!) { clientUpdate(id: $id, input: { custom: { contractUntil: \"2027-01-01T00:00:00Z\" } }) {
            client { custom { contractUntil } } userErrors { code message path } } }";
        let updated = app.ana.run(update, json!({ "id": seen["client"]["id"] })).await;
        assert_eq!(updated.payload("clientUpdate")["client"]["custom"], json!({ "contractUntil": "2027-01-01T00:00:00.000Z" }));
        let lists = "{
            prospects(filter: { contacts: { some: { custom: { birthday: { lt: \"2000-01-01\" } } } }, tasks: { some: { custom: { room: { eq: \"b2\" } } } } }) { nodes { id } }
            tasks(filter: { custom: { room: { startsWith: \"B\" } } }) { nodes { custom { room } } }
            clients(filter: { custom: { contractUntil: { isNull: false } } }) { nodes { prospect { id } } } }";
        let data = app.ana.query(lists, json!({})).await;
        assert_eq!(data["prospects"]["nodes"], json!([{ "id": prospect.id }]));
        assert_eq!(data["tasks"]["nodes"], json!([{ "custom": { "room": "B2" } }]));
        assert_eq!(data["clients"]["nodes"], json!([{ "prospect": { "id": prospect.id } }]));
    }

    async fn a_retired_attribute_keeps_its_field_for_a_while(app: TestApp) {
        let kept = define(&app, json!({ "entity": "PROSPECT", "key": "kept", "label": "Kept", "type": "TEXT" })).await;
        let document = "{ prospects { nodes { custom { kept } } } }";
        app.prospect().owner(&app.ana).with(json!({ "custom": { "kept": "value" } })).create().await;
        retire(&app, &kept).await;
        let field = shown(&app.ana, "ProspectCustom").await["fields"][0].clone();
        assert_eq!((&field["name"], &field["isDeprecated"]), (&json!("kept"), &json!(true)));
        assert_eq!(app.ana.query(document, json!({})).await["prospects"]["nodes"][0]["custom"], json!({ "kept": "value" }));
        app.advance(31 * DAY_MS);
        let ana = app.with_session(&app.ana).await;
        // The first request after that time starts the build.
        let wait = async {
            while shown(&ana, "ProspectCustom").await != json!(null) {
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(std::time::Duration::from_secs(30), wait).await.expect("the field goes");
        assert_eq!(ana.run(document, json!({})).await.codes(), ["GRAPHQL_VALIDATION_FAILED"]);
    }

    async fn an_update_of_a_label_changes_the_description_at_once(app: TestApp) {
        let id = define(&app, json!({ "entity": "TASK", "key": "room", "label": "Sala", "type": "TEXT" })).await;
        let update = "mutation ($id: ID!) { attributeDefinitionUpdate(id: $id, input: { label: \"Salón \\\"\\\"\\\" }\", description: \"De reuniones\" }) {
            userErrors { code message path } } }";
        app.admin.run(update, json!({ "id": id })).await.payload("attributeDefinitionUpdate");
        let field = shown(&app.ana, "TaskCustom").await["fields"][0].clone();
        assert_eq!(field["description"], "Salón \u{201d} }. De reuniones. Text of one line. Null if not set.");
    }
}
