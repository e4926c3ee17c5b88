//! Edits that are based on an older version: they are refused with the record as it is now, to those who see it.

use std::collections::BTreeSet;

use async_graphql::parser::parse_schema;
use async_graphql::parser::types::{FieldDefinition, TypeKind, TypeSystemDefinition};
use cartera::ids::{self, Kind};
use serde_json::{Value, json};

use super::whole;
use crate::support::{Answer, Made, Person, TestApp, catalogs};

/// A mutation of one record, and the object of its payload that is the record.
struct Edit {
    mutation: &'static str,
    /// The type of `input` with a value for it; None where the mutation takes none.
    input: Option<(&'static str, Value)>,
    kind: Kind,
    id: String,
    object: &'static str,
}

impl Edit {
    async fn run(&self, person: &Person, id: &str, version: i64, key: Option<&str>) -> Answer {
        let Edit { mutation, object, .. } = self;
        let (declared, given) = match &self.input {
            Some((kind, _)) => (format!("$input: {kind}!, "), "input: $input, "),
            None => (String::new(), ""),
        };
        let document = format!(
            "mutation ($id: ID!, {declared}$version: Int, $key: String) {{
                {mutation}(id: $id, {given}expectedVersion: $version, idempotencyKey: $key) {{
                    {object} {{ id version }} userErrors {{ code message path }} }} }}"
        );
        let input = self.input.as_ref().map_or(Value::Null, |(_, value)| value.clone());
        person
            .run(&document, json!({ "id": id, "input": input, "version": version, "key": key }))
            .await
    }
}

/// The version of a record of any kind.
async fn version(person: &Person, id: &str) -> Value {
    let document = "query ($id: ID!) { node(id: $id) { ... on Prospect { version } ... on Client { version } ... on Cycle { version }
        ... on Task { version } ... on Note { version } ... on Document { version } } }";
    person.query(document, json!({ "id": id })).await["node"]["version"].clone()
}

/// Every mutation of a record that takes an expected version, for a prospect of Ana's and its child rows.
async fn edits(app: &TestApp, made: &Made) -> Vec<Edit> {
    let won = app.prospect().owner(&app.ana).create().await;
    app.convert(&app.ana, &won).await;
    let note = Kind::Note.encode(app.note(&app.ana, made, "hola").await.uuid);
    let task = app.task(&app.ana, made, json!({})).await.id;
    let document = app.document(&app.ana, made, "a.pdf", b"x").await.id;
    let cycle = whole(&app.ana, made).await["cycle"]["id"].as_str().expect("a cycle").to_owned();
    let of = |mutation, input, kind, id: &str, object| Edit {
        mutation,
        input,
        kind,
        id: id.to_owned(),
        object,
    };
    let prospect = |mutation, input| of(mutation, input, Kind::Prospect, &made.id, "prospect");
    let task = |mutation, input| of(mutation, Some(input), Kind::Task, &task, "task");
    vec![
        prospect("prospectUpdate", Some(("ProspectUpdateInput", json!({ "name": "X" })))),
        prospect(
            "prospectStatusChange",
            Some(("ProspectStatusChangeInput", json!({ "statusId": app.status("Negotiation") }))),
        ),
        prospect(
            "prospectOwnerChange",
            Some(("ProspectOwnerChangeInput", json!({ "ownerId": app.admin.id }))),
        ),
        prospect("prospectDelete", None),
        task("taskUpdate", ("TaskUpdateInput", json!({ "note": "x" }))),
        task("taskAssign", ("TaskAssignInput", json!({ "assigneeId": app.admin.id }))),
        task("taskPostpone", ("TaskPostponeInput", json!({ "dueAt": app.time(7_200_000) }))),
        task("taskComplete", ("TaskCompleteInput", json!({ "note": "x" }))),
        task("taskCancel", ("TaskCancelInput", json!({ "note": "x" }))),
        of(
            "noteUpdate",
            Some(("NoteUpdateInput", json!({ "body": "x" }))),
            Kind::Note,
            &note,
            "note",
        ),
        of(
            "clientUpdate",
            Some(("ClientUpdateInput", json!({ "potentialLevelId": app.client_level("High") }))),
            Kind::Client,
            &won.client_id(),
            "client",
        ),
        of(
            "cycleUpdate",
            Some(("CycleUpdateInput", json!({ "amount": { "amount": "1", "currency": "USD" } }))),
            Kind::Cycle,
            &cycle,
            "cycle",
        ),
        of(
            "documentUpdate",
            Some(("DocumentUpdateInput", json!({ "name": "x" }))),
            Kind::Document,
            &document,
            "document",
        ),
        of("documentDelete", None, Kind::Document, &document, "document"),
    ]
}

/// Those whose objects other tests try, beside the updates of catalogues: definitions of attributes, users, deleted prospects, saved reports and
/// dashboards.
const ELSEWHERE: [&str; 8] = [
    "attributeDefinitionUpdate",
    "dashboardDelete",
    "dashboardUpdate",
    "prospectRestore",
    "savedReportDelete",
    "savedReportUpdate",
    "userProfileUpdate",
    "userUpdate",
];

/// The mutations of the schema that take an expected version.
fn with_expected_version() -> BTreeSet<String> {
    let schema = parse_schema(include_str!("../../../schema.graphql")).expect("the schema is valid");
    let mutations = schema.definitions.into_iter().find_map(|definition| match definition {
        TypeSystemDefinition::Type(kind) if kind.node.name.node == "Mutation" => match kind.node.kind {
            TypeKind::Object(object) => Some(object.fields),
            _ => None,
        },
        _ => None,
    });
    let takes_version = |field: &FieldDefinition| field.arguments.iter().any(|argument| argument.node.name.node == "expectedVersion");
    let fields = mutations.expect("there are mutations").into_iter().map(|field| field.node);
    fields.filter(takes_version).map(|field| field.name.node.to_string()).collect()
}

both! {
    async fn every_mutation_with_an_expected_version_is_tried(app: TestApp) {
        let made = app.prospect().owner(&app.ana).create().await;
        let tried = edits(&app, &made).await.into_iter().map(|edit| edit.mutation);
        let of_catalogs = catalogs().into_iter().map(|catalog| format!("{}Update", catalog.one));
        let known: BTreeSet<String> = tried.chain(ELSEWHERE).map(str::to_owned).chain(of_catalogs).collect();
        assert_eq!(with_expected_version(), known);
    }

    async fn the_record_comes_with_the_conflict(app: TestApp) {
        let made = app.prospect().owner(&app.ana).create().await;
        let rename = "mutation ($id: ID!) { prospectUpdate(id: $id, input: { name: \"Rosa\" }) { prospect { version } userErrors { code } } }";
        app.ana.run(rename, json!({ "id": made.id })).await.payload("prospectUpdate");
        let edits = edits(&app, &made).await;
        let before = app.snapshot().await;
        for edit in &edits {
            for person in [&app.ana, &app.admin] {
                let answer = edit.run(person, &edit.id, 99, None).await;
                assert_eq!(answer.user_errors(edit.mutation), ["CONFLICT expectedVersion"], "{}", edit.mutation);
                let expected = json!({ "id": edit.id, "version": version(person, &edit.id).await });
                assert!(expected["version"].is_number(), "{expected}");
                assert_eq!(answer.data()[edit.mutation][edit.object], expected, "{}", edit.mutation);
            }
        }
        before.assert_equal(&app.snapshot().await, "outdated edits");
        // With the version that came along the edit is made.
        let edit = &edits[0];
        let answer = edit.run(&app.ana, &edit.id, 1, None).await;
        let present = answer.data()["prospectUpdate"]["prospect"]["version"].as_i64().expect("a version");
        let made = edit.run(&app.ana, &edit.id, present, None).await;
        assert_eq!(made.payload("prospectUpdate")["prospect"]["version"], present + 1);
    }

    /// A record that is not visible is answered like one that does not exist.
    async fn an_invisible_record_is_not_shown(app: TestApp) {
        let made = app.prospect().owner(&app.ana).create().await;
        let edits = edits(&app, &made).await;
        let before = app.snapshot().await;
        for edit in &edits {
            for person in [&app.luis, &app.stranger] {
                let answer = edit.run(person, &edit.id, 99, None).await;
                assert_eq!(answer.user_errors(edit.mutation), ["NOT_FOUND id"], "{}", edit.mutation);
                assert_eq!(answer.data()[edit.mutation][edit.object], Value::Null, "{}", edit.mutation);
                let absent = edit.run(person, &edit.kind.encode(ids::new()), 99, None).await;
                assert_eq!(answer.comparable(), absent.comparable(), "{}", edit.mutation);
            }
        }
        before.assert_equal(&app.snapshot().await, "edits of the invisible");
    }

    /// A repeated call reads the record again, under what its caller sees by then.
    async fn a_repeat_shows_what_is_visible_by_then(app: TestApp) {
        let made = app.prospect().owner(&app.ana).create().await;
        let edits = edits(&app, &made).await;
        for edit in &edits {
            let first = edit.run(&app.ana, &edit.id, 99, Some(edit.mutation)).await;
            assert_eq!(first.data()[edit.mutation][edit.object]["id"], json!(edit.id), "{}", first.text);
            assert_eq!(edit.run(&app.ana, &edit.id, 99, Some(edit.mutation)).await.text, first.text);
        }
        app.give(&app.admin, &made, Some(&app.luis)).await;
        for edit in edits.iter().filter(|edit| edit.kind != Kind::Client) {
            let again = edit.run(&app.ana, &edit.id, 99, Some(edit.mutation)).await;
            assert_eq!(again.data()[edit.mutation][edit.object], Value::Null, "{}", again.text);
            assert_eq!(again.user_errors(edit.mutation).len(), 1, "{}", again.text);
        }
    }

    async fn a_deleted_record_comes_with_the_conflict(app: TestApp) {
        let made = app.prospect().owner(&app.ana).name("Rosa").create().await;
        let delete = "mutation ($id: ID!) { prospectDelete(id: $id) { deletedId prospect { id } userErrors { code message path } } }";
        let deleted = app.ana.run(delete, json!({ "id": made.id })).await;
        assert_eq!((&deleted.payload("prospectDelete")["deletedId"], &deleted.payload("prospectDelete")["prospect"]), (&json!(made.id), &Value::Null));
        let restore = "mutation ($id: ID!, $version: Int) { prospectRestore(id: $id, expectedVersion: $version) {
            prospect { id } deletedProspect { reference version name deletedBy { name } } userErrors { code message path } } }";
        let before = app.snapshot().await;
        let outdated = app.admin.run(restore, json!({ "id": made.id, "version": 1 })).await;
        assert_eq!(outdated.user_errors("prospectRestore"), ["CONFLICT expectedVersion"]);
        assert_eq!(outdated.data()["prospectRestore"]["prospect"], Value::Null);
        assert_eq!(
            outdated.data()["prospectRestore"]["deletedProspect"],
            json!({ "reference": made.id, "version": 2, "name": "Rosa", "deletedBy": { "name": "Ana Vendedora" } })
        );
        let refused = app.ana.run(restore, json!({ "id": made.id, "version": 1 })).await;
        assert_eq!(refused.codes(), ["FORBIDDEN"], "{}", refused.text);
        before.assert_equal(&app.snapshot().await, "refused restorations");
        let restored = app.admin.run(restore, json!({ "id": made.id, "version": 2 })).await;
        assert_eq!(restored.payload("prospectRestore")["deletedProspect"], Value::Null);
    }
}
