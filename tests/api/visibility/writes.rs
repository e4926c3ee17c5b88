//! Writes: every mutation with the ids of other users' records answers as if these did not exist, and changes nothing.

use std::collections::BTreeSet;

use cartera::entities::setup::attribute_definition::AttributeEntity;
use cartera::entities::setup::revision::CachedTable;
use cartera::ids::{self, Kind};
use serde_json::{Value, json};
use uuid::Uuid;

use super::schema_text::{Field, SchemaText};
use super::world::{Estate, World};
use crate::support::{Answer, CatalogNames, Person, TestApp, catalog_of, catalogs, count_by_kind};

/// A call of a mutation in the walk.
struct Call {
    /// `{id}` of the record, by its prefix; None where it takes none.
    target: Option<(&'static str, String)>,
    input: Option<Value>,
}

/// Those that concern the caller alone.
const PERSONAL: [&str; 8] = [
    "sessionCreate",
    "sessionEnd",
    "sessionRevoke",
    "sessionRevokeOthers",
    "apiKeyCreate",
    "apiKeyRevoke",
    "userPasswordUpdate",
    "userProfileUpdate",
];
/// Mutations without an idempotency key, and why they have none.
const WITHOUT_KEY: [(&str, &str); 4] = [
    (
        "sessionCreate",
        "no user is signed in yet whose key it could be, and the token is shown once",
    ),
    ("sessionEnd", "the session that would repeat it is over"),
    ("userPasswordUpdate", "it consists of passwords, of which nothing may be kept"),
    ("userPasswordReset", "it hands out a secret, which nothing keeps"),
];
/// Fields that are null in a replay: secrets, and removed objects.
const TOLD_ONCE: [(&str, &str); 5] = [
    ("apiKeyCreate", "key"),
    ("userCreate", "generatedPassword"),
    ("apiKeyRevoke", "apiKey"),
    ("sessionRevoke", "session"),
    ("userDeactivate", "transferredCount"),
];

/// An id of another user's record, the path where it is refused, and the input around it.
type Case<'a> = (Value, &'a str, Box<dyn Fn(Value) -> Value + 'a>);

both! {
    async fn records_of_others_cannot_be_changed(app: TestApp) {
        let world = World::create(&app).await;
        let schema = SchemaText::read();
        let secrets = world.secrets_from(&app, &app.ana).await;
        let before = app.snapshot().await;
        let mut tried = BTreeSet::new();
        for field in schema.fields("Mutation") {
            let Some(call) = record_call(&app, field, &world.luis) else { continue };
            let Some((argument, id)) = &call.target else { continue };
            for estate in [&world.luis, &world.unowned] {
                let foreign = record_call(&app, field, estate).and_then(|call| call.target).map_or(id.clone(), |(_, id)| id);
                let answer = run(&schema, &app.ana, field, Some((argument, &foreign)), &call.input).await;
                assert_eq!(answer.user_errors(&field.name), [format!("NOT_FOUND {argument}")], "{}: {}", field.name, answer.text);
                secrets.assert_kept(&answer.text, &field.name);
                let (kind, _) = ids::parse(&foreign).expect("an id");
                for absent in [kind.encode(ids::new()), kind.encode(uuid::Uuid::nil()), "nonsense".to_owned(), String::new()] {
                    let nothing = run(&schema, &app.ana, field, Some((argument, &absent)), &call.input).await;
                    assert_eq!(answer.text, nothing.text, "{} tells {foreign} and {absent} apart", field.name);
                    assert_eq!(answer.status, nothing.status);
                }
            }
            tried.insert(&field.name[..]);
        }
        before.assert_equal(&app.snapshot().await, "refused mutations");
        assert!(tried.len() >= 11, "{tried:?}");

        // The same calls by a permitted caller, so that the refusal was not due to the input.
        for name in [
            "prospectUpdate", "cycleUpdate", "noteCreate", "interactionLog", "notePin", "noteUnpin", "noteUpdate",
            "taskCreate", "taskUpdate", "taskAssign", "taskPostpone", "taskCancel", "taskComplete", "prospectStatusChange", "prospectConvert", "clientUpdate", "clientUnconvert", "documentUpload", "documentUpdate", "documentDelete", "documentRestore", "prospectOwnerChange", "prospectDelete", "jobCancel", "jobRetry",
            "savedReportUpdate", "savedReportDelete", "dashboardUpdate", "dashboardDelete",
        ] {
            let field = schema.fields("Mutation").iter().find(|field| field.name == name).expect("a mutation");
            let call = record_call(&app, field, &world.luis).expect("one of records");
            let target = call.target.as_ref().map(|(argument, id)| (*argument, &id[..]));
            run(&schema, &app.luis, field, target, &call.input).await.payload(name);
            assert!(tried.remove(name), "{name}");
        }
        assert!(tried.is_empty(), "not shown to work for those who may: {tried:?}");
        app.assert_sound().await;
    }

    /// References inside an input to what others own.
    async fn nothing_of_others_can_be_reached_from_ones_own(app: TestApp) {
        let world = World::create(&app).await;
        let secrets = world.secrets_from(&app, &app.ana).await;
        let parts = "query ($id: ID!) { prospect(id: $id) {
            identifiers { id } emails { id } phones { id } contacts { id emails { id } phones { id } } addresses { id } } }";
        let foreign = app.luis.query(parts, json!({ "id": world.luis.open.id })).await["prospect"].clone();
        let own = app.ana.query(parts, json!({ "id": world.ana.open.id })).await["prospect"].clone();
        let before = app.snapshot().await;
        let update = "mutation ($id: ID!, $input: ProspectUpdateInput!) {
            prospectUpdate(id: $id, input: $input) { prospect { id } userErrors { code message path } } }";
        let absent = |id: &Value| {
            let (kind, _) = ids::parse(id.as_str().expect("an id")).expect("an id");
            json!(kind.encode(ids::new()))
        };
        let contact = &own["contacts"][0]["id"];
        let cases: Vec<Case> = vec![
            (foreign["contacts"][0]["id"].clone(), "input.removeContactIds.0", Box::new(|id| json!({ "removeContactIds": [id] }))),
            (foreign["addresses"][0]["id"].clone(), "input.removeAddressIds.0", Box::new(|id| json!({ "removeAddressIds": [id] }))),
            (foreign["emails"][0]["id"].clone(), "input.removeEmailIds.0", Box::new(|id| json!({ "removeEmailIds": [id] }))),
            (foreign["phones"][0]["id"].clone(), "input.removePhoneIds.0", Box::new(|id| json!({ "removePhoneIds": [id] }))),
            (foreign["identifiers"][0]["id"].clone(), "input.removeIdentifierIds.0", Box::new(|id| json!({ "removeIdentifierIds": [id] }))),
            (foreign["contacts"][0]["id"].clone(), "input.contacts.0.id", Box::new(|id| json!({ "contacts": [{ "id": id, "lastName": "X" }] }))),
            (foreign["addresses"][0]["id"].clone(), "input.addresses.0.id", Box::new(|id| json!({ "addresses": [{ "id": id, "city": "X" }] }))),
            (foreign["emails"][0]["id"].clone(), "input.emails.0.id", Box::new(|id| json!({ "emails": [{ "id": id, "label": "X" }] }))),
            (foreign["phones"][0]["id"].clone(), "input.phones.0.id", Box::new(|id| json!({ "phones": [{ "id": id, "label": "X" }] }))),
            (foreign["identifiers"][0]["id"].clone(), "input.identifiers.0.id", Box::new(|id| json!({ "identifiers": [{ "id": id, "number": "1" }] }))),
            (
                foreign["contacts"][0]["emails"][0]["id"].clone(),
                "input.contacts.0.removeEmailIds.0",
                Box::new(|id| json!({ "contacts": [{ "id": contact, "removeEmailIds": [id] }] })),
            ),
            (
                foreign["contacts"][0]["phones"][0]["id"].clone(),
                "input.contacts.0.phones.0.id",
                Box::new(|id| json!({ "contacts": [{ "id": contact, "phones": [{ "id": id, "label": "X" }] }] })),
            ),
        ];
        for (id, path, input) in &cases {
            assert!(id.is_string(), "{path}");
            let answer = app.ana.run(update, json!({ "id": world.ana.open.id, "input": input(id.clone()) })).await;
            assert_eq!(answer.user_errors("prospectUpdate"), [format!("NOT_FOUND {path}")], "{}", answer.text);
            secrets.assert_kept(&answer.text, path);
            let nothing = app.ana.run(update, json!({ "id": world.ana.open.id, "input": input(absent(id)) })).await;
            assert_eq!(answer.text, nothing.text, "{path} tells ids of others and absent ones apart");
        }
        before.assert_equal(&app.snapshot().await, "references to what others own");
    }

    async fn catalogues_and_users_are_for_administrators(app: TestApp) {
        let schema = SchemaText::read();
        let before = app.snapshot().await;
        for field in schema.fields("Mutation") {
            let Some(call) = catalog_call(&app, field).or_else(|| user_call(&app, field)) else { continue };
            let target = call.target.as_ref().map(|(argument, id)| (*argument, &id[..]));
            let answer = run(&schema, &app.ana, field, target, &call.input).await;
            assert_eq!(answer.codes(), ["FORBIDDEN"], "{}: {}", field.name, answer.text);
            assert!(answer.body["data"][&field.name].is_null(), "{}", answer.text);
            let nothing = run(&schema, &app.ana, field, target.map(|(argument, _)| (argument, "nonsense")), &call.input).await;
            assert_eq!(answer.comparable(), nothing.comparable(), "{} looks at the id before the role", field.name);
        }
        before.assert_equal(&app.snapshot().await, "what only administrators may");
    }

    /// Every mutation is known to this walk, and none is permitted for anonymous callers.
    async fn anonymous_callers_change_nothing(app: TestApp) {
        let world = World::create(&app).await;
        let schema = SchemaText::read();
        let before = app.snapshot().await;
        for field in schema.fields("Mutation") {
            let call = match PERSONAL.contains(&&field.name[..]) {
                true => personal_call(&app, field),
                false => record_call(&app, field, &world.luis).or_else(|| catalog_call(&app, field)).or_else(|| user_call(&app, field)),
            };
            let call = call.unwrap_or_else(|| panic!("the schema walk does not know how to call Mutation.{}", field.name));
            let target = call.target.as_ref().map(|(argument, id)| (*argument, &id[..]));
            let answer = run(&schema, &app.anonymous, field, target, &call.input).await;
            if field.name == "sessionCreate" {
                assert_eq!(answer.user_errors("sessionCreate"), ["CREDENTIALS input"]);
                continue;
            }
            assert_eq!(answer.codes(), ["UNAUTHENTICATED"], "{}: {}", field.name, answer.text);
            let data = &answer.body["data"];
            assert!(data.is_null() || data[&field.name].is_null(), "{}", answer.text);
        }
        let failures = ["login_failures"];
        let after = app.snapshot().await.without(&failures);
        before.without(&failures).assert_equal(&after, "calls by an anonymous caller");
    }

    /// Every mutation takes a key but those that say why not, and with it does once what it does.
    async fn calls_are_repeated_without_effect(app: TestApp) {
        let world = World::create(&app).await;
        let schema = SchemaText::read();
        let mut calls = Vec::new();
        for field in schema.fields("Mutation") {
            let takes_key = field.arguments.iter().any(|argument| argument.name == "idempotencyKey");
            let why_not = WITHOUT_KEY.iter().find(|(name, _)| *name == field.name);
            assert_eq!(takes_key, why_not.is_none(), "{}: {why_not:?}", field.name);
            if !takes_key {
                continue;
            }
            let call = match record_call(&app, field, &world.luis) {
                Some(call) => Some((&app.luis, call)),
                None => catalog_call(&app, field)
                    .or_else(|| user_call(&app, field))
                    .or_else(|| personal_call(&app, field))
                    .map(|call| (&app.admin, call)),
            };
            let (person, call) = call.unwrap_or_else(|| panic!("the schema walk does not know how to call Mutation.{}", field.name));
            calls.push((field, person, call));
        }
        // What ends something comes after what needs it.
        calls.sort_by_key(|(field, ..)| match &field.name[..] {
            "userDeactivate" => 5,
            "userUpdate" => 4,
            "prospectOwnerChange" => 3,
            "prospectConvert" | "clientUnconvert" => 2,
            "taskCancel" | "savedReportDelete" | "dashboardDelete" => 1,
            name if name.ends_with("Restore") => 1,
            _ => 0,
        });
        let made = "mutation { apiKeyCreate(input: { name: \"walk\" }) { apiKey { id } userErrors { code } } }";
        let made = app.admin.run(made, json!({})).await.payload("apiKeyCreate").clone();
        let api_key = made["apiKey"]["id"].as_str().expect("a key was made").to_owned();
        let mut refused = Vec::new();
        for (field, person, call) in &calls {
            let target = call.target.as_ref().map(|(argument, id)| (*argument, &id[..]));
            // A deleted record is the one that can be restored.
            let target = match &field.name[..] {
                "prospectRestore" => Some(("id", &world.luis.discarded.id[..])),
                "apiKeyRevoke" => Some(("id", &api_key[..])),
                _ => target,
            };
            let input = new_order(&app, field).or_else(|| call.input.clone());
            let run = async || run_with_key(&schema, person, field, target, &input, Some("walk")).await;
            let first = run().await;
            if !first.user_errors(&field.name).is_empty() {
                refused.push(format!("{}: {}", field.name, first.text));
            }
            let before = app.snapshot().await;
            let again = run().await;
            match TOLD_ONCE.iter().find(|(name, _)| *name == field.name) {
                Some((name, member)) => {
                    let mut expected = first.data().clone();
                    assert!(!expected[name][member].take().is_null(), "{name} did not return {member}: {}", first.text);
                    assert_eq!(*again.data(), expected, "{name} is answered in another way when it is repeated");
                }
                None => assert_eq!(again.text, first.text, "{} is answered in another way when it is repeated", field.name),
            }
            before.assert_equal(&app.snapshot().await, &field.name);
        }
        assert!(refused.is_empty(), "what is refused shows no repetition: {refused:#?}");
        app.assert_sound().await;
    }

    /// What is not in an input type cannot be slipped in.
    async fn fields_that_an_input_does_not_have_are_refused(app: TestApp) {
        let made = app.prospect().owner(&app.ana).create().await;
        let before = app.snapshot().await;
        for (name, value) in [("ownerId", json!(app.luis.id)), ("statusId", json!(app.status("Won"))), ("version", json!(9)), ("role", json!("ADMIN"))] {
            let input = json!({ "name": "X", name: value });
            let update = "mutation ($id: ID!, $input: ProspectUpdateInput!) { prospectUpdate(id: $id, input: $input) { prospect { id } } }";
            let answer = app.ana.run(update, json!({ "id": made.id, "input": input })).await;
            assert_eq!(answer.errors().len(), 1, "{}", answer.text);
            assert!(["GRAPHQL_VALIDATION_FAILED", "BAD_USER_INPUT"].contains(&answer.codes()[0]), "{}", answer.text);
        }
        before.assert_equal(&app.snapshot().await, "refused inputs");
    }
}

/// Calls a mutation with a selection of everything that lies directly in its payload.
async fn run(schema: &SchemaText, person: &Person, field: &Field, target: Option<(&str, &str)>, input: &Option<Value>) -> Answer {
    run_with_key(schema, person, field, target, input, None).await
}

/// The same under an idempotency key, if there is one.
async fn run_with_key(
    schema: &SchemaText,
    person: &Person,
    field: &Field,
    target: Option<(&str, &str)>,
    input: &Option<Value>,
    key: Option<&str>,
) -> Answer {
    let mut declared = Vec::new();
    let mut given = Vec::new();
    let mut variables = json!({});
    if let Some(key) = key {
        declared.push("$key: String".to_owned());
        given.push("idempotencyKey: $key".to_owned());
        variables["key"] = json!(key);
    }
    if let Some((argument, id)) = target {
        declared.push(format!("${argument}: ID!"));
        given.push(format!("{argument}: ${argument}"));
        variables[argument] = json!(id);
    }
    if let Some(input) = input {
        let kind = field.arguments.iter().find(|argument| argument.name == "input").expect("an input");
        declared.push(format!("$input: {}!", kind.named));
        given.push("input: $input".to_owned());
        variables["input"] = input.clone();
    }
    for argument in &field.arguments {
        let is_filled = given.iter().any(|text| text.starts_with(&format!("{}:", argument.name)));
        assert!(
            is_filled || ["expectedVersion", "idempotencyKey"].contains(&&argument.name[..]),
            "the schema walk does not know how to fill Mutation.{}({}:)",
            field.name,
            argument.name
        );
    }
    let payload = schema.fields(&field.named).iter().map(|member| match &member.named[..] {
        "UserError" => "userErrors { code message path }".to_owned(),
        "PossibleDuplicate" => format!("{} {{ reason prospect {{ id }} }}", member.name),
        "DeletedProspect" => format!("{} {{ reference }}", member.name),
        name if schema.is_leaf(name) => member.name.clone(),
        _ => format!("{} {{ __typename id }}", member.name),
    });
    let payload: Vec<String> = payload.collect();
    let (mut left, mut right) = (declared.join(", "), given.join(", "));
    if !left.is_empty() {
        (left, right) = (format!("({left})"), format!("({right})"));
    }
    let document = format!("mutation {left} {{ {}{right} {{ {} }} }}", field.name, payload.join(" "));
    person.run(&document, variables).await
}

/// A mutation of records, as their owner would call it; None where it is none.
fn record_call(app: &TestApp, field: &Field, estate: &Estate) -> Option<Call> {
    let open = &estate.open;
    let call = |argument, id: String, input| Call {
        target: Some((argument, id)),
        input,
    };
    Some(match &field.name[..] {
        "prospectCreate" => Call {
            target: None,
            input: Some(json!({ "kind": "PERSON", "name": "New" })),
        },
        "prospectUpdate" => call("id", open.id.clone(), Some(json!({ "name": "Other" }))),
        "prospectStatusChange" => call("id", open.id.clone(), Some(json!({ "statusId": app.status("Negotiation") }))),
        "prospectConvert" => call("id", open.id.clone(), Some(json!({}))),
        "prospectDelete" => call("id", estate.discarded.id.clone(), None),
        "prospectOwnerChange" => call("id", open.id.clone(), Some(json!({ "ownerId": app.stranger.id }))),
        "clientUpdate" => call(
            "id",
            estate.client.client_id(),
            Some(json!({ "potentialLevelId": app.client_level("High") })),
        ),
        "clientUnconvert" => call("id", estate.client.client_id(), Some(json!({ "reason": "a mistake" }))),
        "cycleUpdate" => call(
            "id",
            estate.cycle.clone(),
            Some(json!({ "amount": { "amount": "1", "currency": "EUR" } })),
        ),
        "noteCreate" => call("prospectId", open.id.clone(), Some(json!({ "body": "New" }))),
        "interactionLog" => call(
            "prospectId",
            open.id.clone(),
            Some(json!({ "type": "CALL", "direction": "INCOMING" })),
        ),
        "noteUpdate" => call("id", estate.note.id.clone(), Some(json!({ "body": "Other" }))),
        "notePin" | "noteUnpin" => call("id", estate.note.id.clone(), None),
        "taskCreate" => call(
            "prospectId",
            open.id.clone(),
            Some(json!({ "typeId": app.task_type("Visit"), "dueAt": app.time(1_000) })),
        ),
        "taskUpdate" => call("id", estate.task.id.clone(), Some(json!({ "note": "Other" }))),
        "taskAssign" => call("id", estate.task.id.clone(), Some(json!({ "assigneeId": app.admin.id }))),
        "taskPostpone" => call("id", estate.task.id.clone(), Some(json!({ "dueAt": app.time(2_000) }))),
        "taskComplete" => call("id", estate.other_task.id.clone(), Some(json!({ "note": "Done" }))),
        "jobCancel" => call("id", estate.job.id.clone(), None),
        "jobRetry" => call("id", estate.ended_job.id.clone(), None),
        "documentUpdate" => call("id", estate.document.id.clone(), Some(json!({ "name": "Other" }))),
        "documentDelete" => call("id", estate.note_document.id.clone(), None),
        "documentRestore" => call("id", estate.deleted_document.id.clone(), None),
        "documentUpload" => call("prospectId", open.id.clone(), Some(json!({ "uploadId": estate.upload.id }))),
        "documentUploadCreate" => Call {
            target: None,
            input: Some(json!({ "size": 5 })),
        },
        "savedReportCreate" => Call {
            target: None,
            input: Some(json!({ "name": "New", "definition": count_by_kind() })),
        },
        "savedReportUpdate" => call("id", estate.saved_report.id.clone(), Some(json!({ "name": "Other" }))),
        "savedReportDelete" => call("id", estate.saved_report.id.clone(), None),
        "dashboardCreate" => Call {
            target: None,
            input: Some(json!({ "name": "New", "tiles": [] })),
        },
        "dashboardUpdate" => call("id", estate.dashboard.id.clone(), Some(json!({ "name": "Other" }))),
        "dashboardDelete" => call("id", estate.dashboard.id.clone(), None),
        "taskCancel" => call("id", estate.task.id.clone(), Some(json!({ "note": "No more" }))),
        _ => return None,
    })
}

/// A mutation that only administrators may call, such as one of a catalogue with an entry that the new installation has; None where it is none.
fn catalog_call(app: &TestApp, field: &Field) -> Option<Call> {
    if field.name == "prospectRestore" {
        let id = ids::Kind::Prospect.encode(ids::new());
        return Some(Call {
            target: Some(("id", id)),
            input: None,
        });
    }
    if let Some(action) = field.name.strip_prefix("attributeDefinition") {
        return definition_call(app, action);
    }
    let (catalog, action) = catalog_of(&field.name)?;
    let id = match catalog.one {
        // One that nothing keeps from being retired.
        "status" => app.status("Negotiation"),
        "potentialLevel" => app.level("High"),
        _ => in_use(app, catalog).pop().unwrap_or_else(|| Kind::Tag.encode(ids::new())),
    };
    let zone = || in_use(app, names_of(Kind::Zone)).pop().unwrap_or_default();
    let new = TestApp::new_entry(catalog.one, &zone(), "Made anew");
    Some(match action {
        "Create" => Call {
            target: None,
            input: Some(new),
        },
        "Update" => Call {
            target: Some(("id", id)),
            input: Some(json!({ "name": "Another" })),
        },
        "Reorder" => Call {
            target: None,
            input: Some(json!({ "ids": [id] })),
        },
        _ => Call {
            target: Some(("id", id)),
            input: None,
        },
    })
}

/// A mutation of definitions of attributes, with the first one of the installation if there is any.
fn definition_call(app: &TestApp, action: &str) -> Option<Call> {
    let all = app.core.catalogs.snapshot();
    let ids = all.ids(CachedTable::AttributeDefinition);
    let id = ids.first().map_or_else(ids::new, |(id, _)| *id);
    let id = Kind::AttributeDefinition.encode(id);
    let of_prospects = all.definitions.of(AttributeEntity::Prospect).iter().rev();
    let in_use = of_prospects.filter(|definition| !definition.is_retired());
    let in_use: Vec<String> = in_use.map(|definition| Kind::AttributeDefinition.encode(definition.id())).collect();
    let (target, input) = match action {
        "Create" => (
            None,
            Some(json!({ "entity": "TASK", "key": "room", "label": "Room", "type": "TEXT" })),
        ),
        "Update" => (Some(("id", id)), Some(json!({ "label": "Another" }))),
        "Reorder" => (None, Some(json!({ "entity": "PROSPECT", "ids": in_use }))),
        "Retire" | "Restore" => (Some(("id", id)), None),
        _ => return None,
    };
    Some(Call { target, input })
}

/// All entries of a catalogue that are ordered together, in reverse; None for any other mutation.
fn new_order(app: &TestApp, field: &Field) -> Option<Value> {
    let (catalog, _) = catalog_of(&field.name).filter(|(_, action)| *action == "Reorder")?;
    let mut ids = in_use(app, catalog);
    ids.reverse();
    Some(json!({ "ids": ids }))
}

fn names_of(kind: Kind) -> CatalogNames {
    catalogs().into_iter().find(|catalog| catalog.kind == kind).expect("a catalogue")
}

/// The entries of a catalogue in use, in their order: of sectors those of one zone.
fn in_use(app: &TestApp, catalog: CatalogNames) -> Vec<String> {
    let all = app.core.catalogs.snapshot();
    let rows = all.ids(catalog.cached).into_iter().filter(|(_, is_retired)| !is_retired);
    let mut rows: Vec<Uuid> = rows.map(|(id, _)| id).collect();
    if catalog.kind == Kind::Sector {
        let first = all.zones.all().first().map_or(&[][..], |zone| all.sectors_of(zone.id));
        rows.retain(|id| first.iter().any(|sector| sector.id == *id));
    }
    rows.into_iter().map(|id| catalog.kind.encode(id)).collect()
}

/// A mutation of users, with a salesperson; None where it is none.
fn user_call(app: &TestApp, field: &Field) -> Option<Call> {
    let target = Some(("id", app.luis.id.clone()));
    let (target, input) = match &field.name[..] {
        "userCreate" => (None, json!({ "email": "new@equipo.example", "name": "New" })),
        "userUpdate" => (target, json!({ "role": "ADMIN" })),
        "userDeactivate" => (target, json!({ "leaveUnassigned": true })),
        "userPasswordReset" => (target, json!({})),
        _ => return None,
    };
    Some(Call {
        target,
        input: Some(input),
    })
}

fn personal_call(app: &TestApp, field: &Field) -> Option<Call> {
    let input = match &field.name[..] {
        "sessionCreate" => Some(json!({ "email": app.ana.email, "password": "not the password" })),
        "userPasswordUpdate" => Some(json!({ "currentPassword": crate::support::PASSWORD, "newPassword": "another password" })),
        "userProfileUpdate" => Some(json!({ "name": "Other" })),
        "apiKeyCreate" => Some(json!({ "name": "Report" })),
        "sessionEnd" | "sessionRevoke" | "sessionRevokeOthers" | "apiKeyRevoke" => None,
        _ => return None,
    };
    let target = match &field.name[..] {
        "sessionRevoke" => Some(("id", ids::Kind::Session.encode(app.ana.session_id.expect("a session")))),
        "apiKeyRevoke" => Some(("id", ids::Kind::ApiKey.encode(ids::new()))),
        _ => None,
    };
    Some(Call { target, input })
}
