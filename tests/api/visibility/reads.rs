//! Reads: every root field and every edge below it, and every object by its id.

use std::collections::{BTreeMap, BTreeSet};

use cartera::ids::{self, Kind};
use serde_json::{Value, json};

use super::schema_text::{Field, SchemaText};
use super::without_limits;
use super::world::{Estate, HIDDEN, World};
use crate::support::{Person, TestApp};

/// The arguments of a root field, and the filter by which an administrator gets what a salesperson sees.
struct Question {
    document: String,
    variables: Value,
    scoped: Value,
}

/// Root fields that are null for others, with an error that depends on the role alone.
const FOR_ADMINISTRATORS: [&str; 3] = ["attributeDefinitionChangePreview", "collisions", "deletedProspects"];

/// Fields of a user that only they themselves and administrators may see.
const PRIVATE: [&str; 5] = ["email", "locale", "timeZone", "sessions", "apiKeys"];

both! {
    /// Invariant 6: the answer of a salesperson is that of an administrator over the records that the salesperson sees.
    async fn each_caller_reads_what_is_theirs(app: TestApp) {
        let world = World::create(&app).await;
        let app = without_limits(&app).await;
        let schema = SchemaText::read();
        let before = app.snapshot().await;
        for person in [&app.ana, &app.luis, &app.stranger] {
            let secrets = world.secrets_from(&app, person).await;
            assert!(secrets.len() > 60, "the world has things to hide");
            for field in schema.fields("Query") {
                for question in questions(&schema, field, &world, person) {
                    let answer = person.run(&question.document, question.variables).await;
                    secrets.assert_kept(&answer.text, &field.name);
                    if FOR_ADMINISTRATORS.contains(&&field.name[..]) {
                        assert_eq!((answer.codes(), &answer.body["data"]["field"]), (vec!["FORBIDDEN"], &Value::Null), "{}", field.name);
                        continue;
                    }
                    let mut expected = app.admin.query(&question.document, question.scoped).await;
                    censor(&mut expected, &person.id);
                    hide_attributes(&mut expected, &world);
                    hide_asker(&mut expected);
                    if field.name == "timeline" {
                        keep_history(&mut expected["field"], &world, person);
                    }
                    if field.name == "report" {
                        forget_scope(&mut expected);
                    }
                    if field.name == "viewer" {
                        assert_eq!(answer.data()["field"]["id"], json!(person.id));
                        continue;
                    }
                    let mut seen = without_asker(answer.data());
                    if field.name == "possibleDuplicates" {
                        take_out_hints(&mut seen["field"]);
                    }
                    assert_eq!(seen, expected, "{} differs for {}", field.name, person.name);
                }
            }
        }
        before.assert_equal(&app.snapshot().await, "reading");
    }

    /// Every object that has an id, of every type that has one.
    async fn ids_of_others_name_nothing(app: TestApp) {
        let world = World::create(&app).await;
        let app = without_limits(&app).await;
        let schema = SchemaText::read();
        let mut everything = harvest(&schema, &app, &world, &app.admin).await;
        // They have the ids of deleted prospects, which no other field finds.
        let deleted = everything.remove("DeletedProspect").expect("some were deleted");
        assert_eq!(deleted.len(), 3);
        for (id, person) in deleted.iter().flat_map(|id| [(id, &app.admin), (id, &app.ana)]) {
            let data = person.query("query ($id: ID!) { node(id: $id) { id } prospect(id: $id) { id } }", json!({ "id": id })).await;
            assert_eq!(data, json!({ "node": null, "prospect": null }));
        }
        // No field finds an upload; its id is in the answer of the mutation that makes it.
        let upload = "mutation { documentUploadCreate(input: { size: 1 }) { upload { id } userErrors { code } } }";
        let upload = app.admin.run(upload, json!({})).await.payload("documentUploadCreate")["upload"]["id"].clone();
        everything.insert("DocumentUpload".to_owned(), BTreeSet::from([upload.as_str().expect("an id").to_owned()]));
        let types: BTreeSet<&String> = everything.keys().collect();
        assert_eq!(types, schema.possible("Node").iter().collect(), "the world has one of each type with an id");
        let document = |name: &str| {
            let below = schema.selection(name);
            format!("query ($id: ID!) {{ node(id: $id) {{ __typename ... on {name} {below} }} }}")
        };
        for person in [&app.ana, &app.stranger] {
            let own = harvest(&schema, &app, &world, person).await;
            let secrets = world.secrets_from(&app, person).await;
            let (mut foreign_ids, mut shown) = (Vec::new(), 0);
            for (name, found) in &everything {
                let document = document(name);
                let mut nothing = BTreeSet::new();
                for id in found {
                    let answer = person.run(&document, json!({ "id": id })).await;
                    secrets.assert_kept(&answer.text, &format!("node({id})"));
                    if own.get(name).is_some_and(|own| own.contains(id)) {
                        let mut expected = app.admin.query(&document, json!({ "id": id })).await;
                        assert_eq!(expected["node"]["__typename"], json!(name));
                        censor(&mut expected, &person.id);
                        hide_attributes(&mut expected, &world);
                        hide_asker(&mut expected);
                        assert_eq!(without_asker(answer.data()), expected, "node({id}) differs for {}", person.name);
                        shown += 1;
                        continue;
                    }
                    let (kind, _) = ids::parse(id).expect("an id");
                    if nothing.is_empty() {
                        for absent in [kind.encode(ids::new()), kind.encode(uuid::Uuid::nil()), "nonsense".to_owned(), id.to_lowercase()] {
                            let answer = person.run(&document, json!({ "id": absent })).await;
                            assert_eq!(answer.data(), &json!({ "node": null }), "{absent}");
                            nothing.insert((answer.status, answer.text));
                        }
                    }
                    nothing.insert((answer.status, answer.text));
                    assert_eq!(nothing.len(), 1, "{id} of another user and one that does not exist differ: {nothing:?}");
                    foreign_ids.push(id.clone());
                }
            }
            assert!(shown > 40 && foreign_ids.len() > 40, "{shown} shown, {} not", foreign_ids.len());
            for some in foreign_ids.chunks(99) {
                let mut ids = some.to_vec();
                ids.push(person.id.clone());
                let data = person.query("query ($ids: [ID!]!) { nodes(ids: $ids) { id } }", json!({ "ids": ids })).await;
                let mut expected = vec![Value::Null; some.len()];
                expected.push(json!({ "id": person.id }));
                assert_eq!(data["nodes"], Value::Array(expected));
            }
        }
    }

    /// The same id with another type's prefix finds nothing.
    async fn a_prefix_decides_what_an_id_names(app: TestApp) {
        let world = World::create(&app).await;
        let document = "query ($id: ID!) { node(id: $id) { __typename } }";
        for kind in Kind::ALL {
            for made in [&world.ana.open, &world.luis.open] {
                let data = app.ana.query(document, json!({ "id": kind.encode(made.uuid) })).await;
                let is_shown = kind == Kind::Prospect && made == &world.ana.open;
                assert_eq!(!data["node"].is_null(), is_shown, "{kind:?} {data}");
            }
        }
    }

    /// An anonymous caller does not even see the schema.
    async fn anonymous_callers_read_nothing(app: TestApp) {
        let world = World::create(&app).await;
        let schema = SchemaText::read();
        let secrets = world.secrets_from(&app, &app.anonymous).await;
        let before = app.snapshot().await;
        for field in schema.fields("Query") {
            let below = if schema.is_leaf(&field.named) { "" } else { "{ __typename }" };
            for (arguments, variables) in arguments(field, &world) {
                let document = format!("query {} {{ field: {}{} {below} }}", declared(field), field.name, arguments);
                refused(&app, &document, variables).await;
            }
        }
        for introspection in ["{ __schema { queryType { name } } }", "{ __type(name: \"Query\") { name } }"] {
            refused(&app, introspection, json!({})).await;
        }
        assert_eq!(app.anonymous.query("{ __typename }", json!({})).await, json!({ "__typename": "Query" }));
        let answer = app.ana.with_token(Some("of-no-user")).run("{ viewer { id } }", json!({})).await;
        assert_eq!(answer.codes(), ["UNAUTHENTICATED"], "{}", answer.text);
        secrets.assert_kept(&answer.text, "a wrong token");
        before.assert_equal(&app.snapshot().await, "asking without signing in");
    }

    /// A previous owner no longer sees the record from the next request on.
    async fn records_follow_their_owner(app: TestApp) {
        let made = app.prospect().owner(&app.ana).name("Rosa").create().await;
        let document = "query ($id: ID!) { prospect(id: $id) { name } node(id: $id) { id } prospects { totalCount nodes { name } } }";
        let nothing = json!({ "prospect": null, "node": null, "prospects": { "totalCount": 0, "nodes": [] } });
        let all = json!({ "prospect": { "name": "Rosa" }, "node": { "id": made.id }, "prospects": { "totalCount": 1, "nodes": [{ "name": "Rosa" }] } });
        let seen = async |person: &Person| person.query(document, json!({ "id": made.id })).await;
        assert_eq!((seen(&app.ana).await, seen(&app.luis).await), (all.clone(), nothing.clone()));
        app.give(&app.ana, &made, Some(&app.luis)).await;
        assert_eq!((seen(&app.ana).await, seen(&app.luis).await), (nothing.clone(), all.clone()));
        app.give(&app.admin, &made, None).await;
        assert_eq!((seen(&app.ana).await, seen(&app.luis).await), (nothing.clone(), nothing));
        assert_eq!(seen(&app.admin).await, all);
    }
}

async fn refused(app: &TestApp, document: &str, variables: Value) {
    let answer = app.anonymous.run(document, variables).await;
    assert_eq!(answer.codes(), ["UNAUTHENTICATED"], "{document}: {}", answer.text);
    let data = &answer.body["data"];
    let is_empty = data.is_null() || data.as_object().is_some_and(|fields| fields.values().all(Value::is_null));
    assert!(is_empty, "{document}: {}", answer.text);
}

/// All requests of the walk for a root field; fails for an unknown one.
fn questions(schema: &SchemaText, field: &Field, world: &World, person: &Person) -> Vec<Question> {
    let below = match () {
        () if schema.is_leaf(&field.named) => String::new(),
        // What each object says that an id may name is looked at one by one.
        () if schema.is_abstract(&field.named) => "{ __typename id }".to_owned(),
        () => schema.selection(&field.named),
    };
    arguments(field, world)
        .into_iter()
        .map(|(arguments, variables)| Question {
            document: format!("query {} {{ field: {}{arguments} {below} }}", declared(field), field.name),
            scoped: scoped(field, &variables, world, person),
            variables,
        })
        .collect()
}

/// The variables of a root field in a document.
fn declared(field: &Field) -> &'static str {
    match field.name.as_str() {
        "node"
        | "prospect"
        | "task"
        | "job"
        | "document"
        | "deletedDocuments"
        | "savedReport"
        | "dashboard"
        | "attributeDefinition"
        | "attributeDefinitionChangePreview" => "($id: ID!)",
        "nodes" => "($ids: [ID!]!)",
        "identifierLookup" => "($prefix: String!)",
        "possibleDuplicates" => "($input: PossibleDuplicatesInput!)",
        "report" => "($input: ReportInput!)",
        "prospects" => "($filter: ProspectFilter)",
        "clients" => "($filter: ClientFilter)",
        "tasks" => "($filter: TaskFilter)",
        "documents" => "($filter: DocumentFilter)",
        "jobs" => "($filter: JobFilter)",
        "savedReports" => "($filter: SavedReportFilter)",
        "dashboards" => "($filter: DashboardFilter)",
        "cities" | "municipalities" | "parishes" => "($startsWith: String)",
        _ => "",
    }
}

/// The arguments and variables of a root field.
fn arguments(field: &Field, world: &World) -> Vec<(&'static str, Value)> {
    for argument in &field.arguments {
        let known = [
            "id",
            "ids",
            "prospectId",
            "first",
            "last",
            "after",
            "before",
            "filter",
            "orderBy",
            "prefix",
            "input",
            "country",
            "startsWith",
            "search",
            "skip",
            "entity",
        ];
        assert!(
            known.contains(&argument.name.as_str()),
            "the schema walk does not know how to fill Query.{}({}:)",
            field.name,
            argument.name
        );
    }
    let ids: Vec<&str> = world
        .all()
        .into_iter()
        .flat_map(|estate| [&estate.open.id[..], &estate.client.id, &estate.discarded.id, &estate.deleted.id])
        .collect();
    match field.name.as_str() {
        "node" | "prospect" => ids.iter().map(|id| ("(id: $id)", json!({ "id": id }))).collect(),
        // Of an administrators' attribute, which no salesperson is to find.
        "attributeDefinition" => vec![("(id: $id)", json!({ "id": world.hidden[0] }))],
        "attributeDefinitionChangePreview" => vec![("(id: $id, input: {})", json!({ "id": world.hidden[0] }))],
        "attributeDefinitions" => vec![("(entity: TASK)", json!({}))],
        "task" => world.all().map(|estate| ("(id: $id)", json!({ "id": estate.task.id }))).into(),
        "job" => world.all().map(|estate| ("(id: $id)", json!({ "id": estate.job.id }))).into(),
        "savedReport" => world
            .all()
            .map(|estate| ("(id: $id)", json!({ "id": estate.saved_report.id })))
            .into(),
        "dashboard" => world.all().map(|estate| ("(id: $id)", json!({ "id": estate.dashboard.id }))).into(),
        "document" => world
            .all()
            .into_iter()
            .flat_map(|estate| [&estate.document.id, &estate.note_document.id, &estate.deleted_document.id])
            .map(|id| ("(id: $id)", json!({ "id": id })))
            .collect(),
        "deletedDocuments" => world
            .all()
            .map(|estate| ("(first: 50, prospectId: $id)", json!({ "id": estate.open.id })))
            .into(),
        "nodes" => vec![("(ids: $ids)", json!({ "ids": ids }))],
        // Prefixes of numbers: complete ones of others have a test of their own, because they reveal a little.
        "identifierLookup" => {
            let prefixes = world.all().map(|estate| format!("V-{}", estate.word));
            prefixes.map(|prefix| ("(prefix: $prefix)", json!({ "prefix": prefix }))).into()
        }
        "possibleDuplicates" => vec![("(input: $input)", json!({ "input": alike(&world.all()) }))],
        "report" => vec![("(input: $input)", json!({ "input": report(json!({})) }))],
        "collisions" | "deletedProspects" => vec![("(first: 50)", json!({}))],
        // By every word, one's own and those of others.
        "cities" | "municipalities" | "parishes" => [Value::Null]
            .into_iter()
            .chain(world.all().map(|estate| json!(estate.word)))
            .map(|word| ("(country: \"VE\", startsWith: $startsWith)", json!({ "startsWith": word })))
            .collect(),
        "prospects" | "clients" | "tasks" | "documents" | "jobs" | "savedReports" | "dashboards" => {
            vec![("(first: 50, filter: $filter)", json!({ "filter": {} }))]
        }
        "timeline" => vec![("(first: 100)", json!({}))],
        _ => {
            assert!(
                field.arguments.is_empty(),
                "the schema walk does not know how to ask for Query.{}",
                field.name
            );
            vec![("", json!({}))]
        }
    }
}

/// The filter by which an administrator gets what the person sees.
fn scoped(field: &Field, variables: &Value, world: &World, person: &Person) -> Value {
    // In the place of what the person does not see, something that does not exist.
    let visible = |id: &Value| {
        let id = id.as_str().expect("an id");
        let (kind, _) = ids::parse(id).expect("an id");
        json!(if world.is_owned(id, person) {
            id.to_owned()
        } else {
            kind.encode(ids::new())
        })
    };
    match field.name.as_str() {
        "attributeDefinition" => json!({ "id": Kind::AttributeDefinition.encode(ids::new()) }),
        "node" | "prospect" | "task" | "job" | "document" | "deletedDocuments" | "savedReport" | "dashboard" => {
            json!({ "id": visible(&variables["id"]) })
        }
        "nodes" => json!({ "ids": variables["ids"].as_array().expect("ids").iter().map(visible).collect::<Vec<_>>() }),
        "identifierLookup" => {
            let is_own = |estate: &&Estate| estate.owner == Some(person.uuid) && json!(format!("V-{}", estate.word)) == variables["prefix"];
            let is_own = world.all().iter().any(is_own);
            json!({ "prefix": if is_own { variables["prefix"].clone() } else { json!("nothing") } })
        }
        "possibleDuplicates" => {
            let own: Vec<&Estate> = world.all().into_iter().filter(|estate| estate.owner == Some(person.uuid)).collect();
            json!({ "input": alike(&own) })
        }
        // All place names in the records of an owner begin with their word.
        "cities" | "municipalities" | "parishes" => {
            let own = world.all().into_iter().find(|estate| estate.owner == Some(person.uuid));
            let own = own.map_or("nowhere", |estate| estate.word);
            let is_own = variables["startsWith"].as_str().is_none_or(|word| word == own);
            json!({ "startsWith": if is_own { own } else { "nowhere" } })
        }
        "prospects" => json!({ "filter": { "owner": { "eq": person.id } } }),
        "report" => json!({ "input": report(json!({ "owner": { "eq": person.id } })) }),
        "jobs" => json!({ "filter": { "user": { "eq": person.id } } }),
        "savedReports" | "dashboards" => json!({ "filter": { "author": { "eq": person.id } } }),
        "clients" | "tasks" | "documents" => json!({ "filter": { "prospect": { "owner": { "eq": person.id } } } }),
        _ => variables.clone(),
    }
}

/// A report whose rows have no filter, which would name the owner that only the administrator filters by.
fn report(filter: Value) -> Value {
    json!({
        "dataset": "PROSPECTS", "totals": true, "prospectFilter": filter,
        "dimensions": [{ "field": "CREATED_AT", "grain": "WEEKDAY" }, { "field": "OWNER" }, { "field": "CITY" }, { "field": "UTM_SOURCE" }],
        "measures": [
            { "measure": "COUNT" }, { "measure": "DISTINCT_COUNT", "field": "OWNER" }, { "measure": "CONVERSION_RATE" },
            { "measure": "PERCENTILE", "field": "TIME_TO_FIRST_CONTACT", "percentile": 0.5 },
        ],
    })
}

/// E-mails and document numbers of the records, contacts and deleted ones included.
fn alike(estates: &[&Estate]) -> Value {
    let words: Vec<String> = estates
        .iter()
        .flat_map(|estate| [estate.word.to_owned(), format!("{}borrado", estate.word)])
        .collect();
    let emails: Vec<String> = words
        .iter()
        .flat_map(|word| [format!("{word}@correo.example"), format!("{word}.contact@correo.example")])
        .collect();
    json!({ "emails": emails, "identifiers": words })
}

/// The part of an administrator's timeline that the person sees: a page with their entries alone.
fn keep_history(history: &mut Value, world: &World, person: &Person) {
    let is_own = |node: &Value| {
        let fields = node.as_object().expect("an entry");
        let prospect = fields.iter().find(|(name, _)| name.ends_with("Entry_prospect"));
        let id = prospect
            .and_then(|(_, prospect)| prospect["id"].as_str())
            .expect("an entry has a prospect");
        world.is_owned(id, person)
    };
    let edges = history["TimelineConnection_edges"].as_array_mut().expect("a list");
    let own: Vec<bool> = edges.iter().map(|edge| is_own(&edge["TimelineEdge_node"])).collect();
    let mut keep = own.iter();
    edges.retain(|_| *keep.next().expect("as many"));
    let cursor = |edge: Option<&Value>| edge.map_or(Value::Null, |edge| edge["TimelineEdge_cursor"].clone());
    let ends = (cursor(edges.first()), cursor(edges.last()), edges.len());
    let mut keep = own.iter();
    history["TimelineConnection_nodes"]
        .as_array_mut()
        .expect("a list")
        .retain(|_| *keep.next().expect("as many"));
    history["TimelineConnection_totalCount"] = json!(ends.2);
    let page = &mut history["TimelineConnection_pageInfo"];
    assert_eq!(page["PageInfo_hasNextPage"], json!(false), "the history of the world fits a page");
    page["PageInfo_startCursor"] = ends.0;
    page["PageInfo_endCursor"] = ends.1;
}

/// Removes the hints of duplicates of colleagues, which have no record: once for e-mails and once for document numbers.
fn take_out_hints(found: &mut Value) {
    let found = found.as_array_mut().expect("a list");
    let all = found.len();
    found.retain(|found| !found["PossibleDuplicate_prospect"].is_null());
    assert!(all - found.len() <= 2, "{} hints", all - found.len());
}

/// Takes out what only a user themselves may see.
fn censor(value: &mut Value, own_id: &str) {
    match value {
        Value::Object(fields) => {
            if fields.get("__typename") == Some(&json!("User")) && fields.get("id") != Some(&json!(own_id)) {
                for name in PRIVATE {
                    if let Some(value) = fields.get_mut(&format!("User_{name}")) {
                        *value = Value::Null;
                    }
                }
            }
            fields.values_mut().for_each(|value| censor(value, own_id));
        }
        Value::Array(values) => values.iter_mut().for_each(|value| censor(value, own_id)),
        _ => {}
    }
}

/// Takes out the attributes that are for administrators only: their definitions, their values and the changes of these.
fn hide_attributes(value: &mut Value, world: &World) {
    let is_hidden = |id: &Value| id.as_str().is_some_and(|id| world.hidden.iter().any(|hidden| hidden == id));
    match value {
        Value::Object(fields) => fields.values_mut().for_each(|value| hide_attributes(value, world)),
        Value::Array(values) => {
            values.retain(|value| {
                let members = value.as_object().into_iter().flatten();
                !members.into_iter().any(|(name, member)| match name.as_str() {
                    "id" => is_hidden(member),
                    "ReportDimensionDescription_attributeKey" => member.as_str().is_some_and(|key| key == HIDDEN),
                    "FieldChange_field" => member.as_str().is_some_and(|field| field.contains(HIDDEN)),
                    name if name.ends_with("AttributeValue_text") => member.as_str().is_some_and(|text| text.contains(HIDDEN)),
                    _ => false,
                })
            });
            values.iter_mut().for_each(|value| hide_attributes(value, world));
        }
        _ => {}
    }
}

/// Takes out what depends on which session asks: addresses of files are signed for it.
fn hide_asker(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            for name in ["Session_isCurrent", "Document_downloadUrl", "Document_thumbnailUrl"] {
                if let Some(value) = fields.get_mut(name) {
                    *value = Value::Null;
                }
            }
            fields.values_mut().for_each(hide_asker);
        }
        Value::Array(values) => values.iter_mut().for_each(hide_asker),
        _ => {}
    }
}

/// Takes the filter by which an administrator asked out of the filters of rows, which have it beside their own conditions.
fn forget_scope(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            if let Some(Value::Object(filter)) = fields.get_mut("ReportRow_filter") {
                filter.remove("owner");
            }
            fields.values_mut().for_each(forget_scope);
        }
        Value::Array(values) => values.iter_mut().for_each(forget_scope),
        _ => {}
    }
}

/// The answer without what depends on which session asks.
fn without_asker(answer: &Value) -> Value {
    let mut answer = answer.clone();
    hide_asker(&mut answer);
    answer
}

/// The ids of all objects in everything that the person can read, by type.
async fn harvest(schema: &SchemaText, app: &TestApp, world: &World, person: &Person) -> BTreeMap<String, BTreeSet<String>> {
    let mut found = BTreeMap::new();
    for field in schema.fields("Query") {
        // Deleted documents have ids, too, but are not found by them.
        let is_left_out = field.name == "deletedDocuments" || FOR_ADMINISTRATORS.contains(&&field.name[..]) && person.id != app.admin.id;
        if is_left_out {
            continue;
        }
        for question in questions(schema, field, world, &app.admin) {
            let data = person.query(&question.document, question.variables).await;
            gather(&data, &mut found);
        }
    }
    let document = "query ($entity: AttributeTarget!) { attributeDefinitions(entity: $entity) { __typename id } }";
    for entity in ["PROSPECT", "CLIENT", "CONTACT", "TASK"] {
        gather(&person.query(document, json!({ "entity": entity })).await, &mut found);
    }
    found
}

fn gather(value: &Value, into: &mut BTreeMap<String, BTreeSet<String>>) {
    match value {
        Value::Object(fields) => {
            let id = fields.get("id").or_else(|| fields.get("reference"));
            if let (Some(Value::String(name)), Some(Value::String(id))) = (fields.get("__typename"), id) {
                into.entry(name.clone()).or_default().insert(id.clone());
            }
            fields.values().for_each(|value| gather(value, into));
        }
        Value::Array(values) => values.iter().for_each(|value| gather(value, into)),
        _ => {}
    }
}
