//! Documents: on which records, renamed, moved, deleted and restored, listed, searched, with limits, thumbnails and the sweep.

use cartera::entities::records::document::CarrierKind;
use cartera::ids::{self, Kind};
use cartera::jobs::documents::check;
use cartera::jobs::{self, Work};
use cartera::resolvers::records::documents::upload::NewDocument;
use futures_util::StreamExt;
use sea_orm::{ConnectionTrait, DbBackend, Statement};
use serde_json::{Value, json};

use super::whole;
use crate::support::{Answer, Made, Person, TestApp};

const DAY: i64 = 24 * 60 * 60 * 1000;
const FIELDS: &str = "id version name fileName mediaType size sha256 type { name } carrierKind carrier { __typename
    ... on Prospect { id } ... on Contact { id } ... on Task { id } ... on Note { id } ... on Interaction { id } }
    prospect { id } thumbnailState createdAt createdBy { name } updatedAt deletedAt deletedBy { name }";
const HISTORY: &str = "query ($id: ID!) { prospect(id: $id) { timeline(filter: { kind: { eq: DOCUMENT } }) { nodes {
    actor { name } ... on DocumentEntry { action fileName document { id } changes { field before after } } } } } }";
const UPDATE: &str =
    "mutation ($id: ID!, $input: DocumentUpdateInput!, $version: Int) { documentUpdate(id: $id, input: $input, expectedVersion: $version) {
    document { name version type { name } carrierKind } userErrors { code message path } } }";
const DELETE: &str = "mutation ($id: ID!, $version: Int) { documentDelete(id: $id, expectedVersion: $version) {
    deletedId document { version } userErrors { code message path } } }";
const RESTORE: &str = "mutation ($id: ID!) { documentRestore(id: $id) { document { id deletedAt } userErrors { code message path } } }";
const LIST: &str = "query ($search: String, $filter: DocumentFilter, $order: [DocumentOrder!]) {
    documents(search: $search, filter: $filter, orderBy: $order, first: 100) { totalCount nodes { name } } }";
const DELETED: &str =
    "query ($prospectId: ID) { deletedDocuments(prospectId: $prospectId) { totalCount nodes { id deletedBy { name } } } }";

async fn own(person: &Person, made: &Made, filter: Value) -> Vec<String> {
    let query = "query ($id: ID!, $filter: ProspectDocumentFilter) { prospect(id: $id) { documents(filter: $filter) { name } } }";
    let data = person.query(query, json!({ "id": made.id, "filter": filter })).await;
    names(&data["prospect"]["documents"])
}

async fn listed(person: &Person, variables: Value) -> Vec<String> {
    let data = person.query(LIST, variables).await;
    let names = names(&data["documents"]["nodes"]);
    assert_eq!(data["documents"]["totalCount"], json!(names.len()));
    names
}

fn names(list: &Value) -> Vec<String> {
    let nodes = list.as_array().expect("a list");
    nodes.iter().map(|node| node["name"].as_str().expect("a name").to_owned()).collect()
}

async fn history(person: &Person, made: &Made) -> Vec<Value> {
    let data = person.query(HISTORY, json!({ "id": made.id })).await;
    data["prospect"]["timeline"]["nodes"].as_array().expect("a list").clone()
}

async fn update(person: &Person, document: &Made, input: Value) -> Answer {
    person.run(UPDATE, json!({ "id": document.id, "input": input })).await
}

async fn delete(person: &Person, document: &Made) -> Answer {
    person.run(DELETE, json!({ "id": document.id })).await
}

async fn restore(person: &Person, document: &Made) -> Answer {
    person.run(RESTORE, json!({ "id": document.id })).await
}

/// Runs the jobs that are due; with the schedules where the sweep is one of them.
async fn run_due(app: &TestApp, has_schedules: bool) {
    let standard = Work::standard(2);
    let schedules = if has_schedules { standard.schedules.clone() } else { Vec::new() };
    jobs::run_due(&app.core, &Work { schedules, ..standard }).await.expect("jobs run");
}

/// Number of files in the storage.
async fn files(app: &TestApp) -> u64 {
    let report = check::check(&app.core.db, &app.core.storage, i64::MIN..i64::MAX, false).await;
    report.expect("the storage can be listed").files
}

both! {
    async fn a_document_says_what_it_is(app: TestApp) {
        let made = app.prospect().owner(&app.ana).create().await;
        let document = app.document(&app.ana, &made, "../Cédula.PDF", b"%PDF-1.7\nhello").await;
        let data = app.ana.query(&format!("query ($id: ID!) {{ document(id: $id) {{ {FIELDS} }} node(id: $id) {{ id }} }}"), json!({ "id": document.id })).await;
        assert_eq!(
            data["document"],
            json!({ "id": document.id, "version": 1, "name": "Cédula.PDF", "fileName": "Cédula.PDF", "mediaType": "application/pdf", "size": 14,
                "sha256": "79d6a59e1f914ed60b8216fcec3f3732c959e1636527e68c415bb52c1ef4ee79", "type": null, "carrierKind": "PROSPECT", "carrier": { "__typename": "Prospect", "id": made.id },
                "prospect": { "id": made.id }, "thumbnailState": "NONE", "createdAt": app.time(0), "createdBy": { "name": "Ana Vendedora" },
                "updatedAt": app.time(0), "deletedAt": null, "deletedBy": null })
        );
        assert_eq!(data["node"], json!({ "id": document.id }));
        assert_eq!(
            history(&app.ana, &made).await,
            [json!({ "actor": { "name": "Ana Vendedora" }, "action": "UPLOADED", "fileName": "Cédula.PDF", "document": { "id": document.id }, "changes": [] })]
        );
        assert_eq!(whole(&app.ana, &made).await["lastActivityAt"], json!(app.time(0)));
        app.assert_sound().await;
    }

    async fn contacts_tasks_notes_and_interactions_carry_documents(app: TestApp) {
        let made = app.prospect().complete("zafiro").owner(&app.ana).create().await;
        let contact = whole(&app.ana, &made).await["contacts"][0]["id"].as_str().expect("it has a contact").to_owned();
        let task = app.task(&app.ana, &made, json!({})).await;
        let note = app.note(&app.ana, &made, "one").await;
        let call = app.log(&app.ana, &made, json!({})).await;
        for (kind, id) in [
            (CarrierKind::Contact, Made::new(&contact).uuid),
            (CarrierKind::Task, task.uuid),
            (CarrierKind::Note, note.uuid),
            (CarrierKind::Interaction, call.uuid),
        ] {
            app.advance(1_000);
            app.document_of(&app.ana, &made, (kind, id), &format!("{kind:?}")).await;
        }
        app.advance(1_000);
        app.document(&app.ana, &made, "Prospect", b"x").await;
        let query = "query ($id: ID!, $task: ID!) { prospect(id: $id) { documents { name carrier { __typename } } contacts { documents { name } }
            timeline { nodes { ... on NoteEntry { note { documents { name } } } ... on InteractionEntry { interaction { documents { name } } } } } }
            task(id: $task) { documents { name } } }";
        let data = app.ana.query(query, json!({ "id": made.id, "task": task.id })).await;
        let all = data["prospect"]["documents"].as_array().expect("a list");
        assert_eq!(all.len(), 5);
        for document in all {
            assert_eq!(document["name"], document["carrier"]["__typename"], "newest first: {all:?}");
        }
        assert_eq!(names(&data["prospect"]["documents"]), ["Prospect", "Interaction", "Note", "Task", "Contact"]);
        assert_eq!(data["prospect"]["contacts"][0]["documents"], json!([{ "name": "Contact" }]));
        assert_eq!(data["task"]["documents"], json!([{ "name": "Task" }]));
        let nodes = data["prospect"]["timeline"]["nodes"].as_array().expect("a list");
        assert!(nodes.contains(&json!({ "note": { "documents": [{ "name": "Note" }] } })), "{nodes:?}");
        assert!(nodes.contains(&json!({ "interaction": { "documents": [{ "name": "Interaction" }] } })), "{nodes:?}");
        // A removed contact takes nothing with it.
        let remove = "mutation ($id: ID!, $input: ProspectUpdateInput!) { prospectUpdate(id: $id, input: $input) { userErrors { code } } }";
        app.ana.run(remove, json!({ "id": made.id, "input": { "removeContactIds": [contact] } })).await.payload("prospectUpdate");
        let data = app.ana.query(query, json!({ "id": made.id, "task": task.id })).await;
        assert_eq!(data["prospect"]["documents"][4], json!({ "name": "Contact", "carrier": null }));
    }

    async fn a_document_is_renamed_retyped_and_moved(app: TestApp) {
        let made = app.prospect().owner(&app.ana).create().await;
        let task = app.task(&app.ana, &made, json!({})).await;
        let document = app.document(&app.ana, &made, "scan.pdf", b"x").await;
        let contract = app.document_type("Contract");
        let answer = update(&app.ana, &document, json!({ "name": " Signed contract ", "typeId": contract, "carrierId": task.id })).await;
        assert_eq!(
            answer.payload("documentUpdate")["document"],
            json!({ "name": "Signed contract", "version": 2, "type": { "name": "Contract" }, "carrierKind": "TASK" })
        );
        let mut entries = history(&app.ana, &made).await;
        entries.sort_by_key(|entry| entry["action"].as_str().expect("an action").to_owned());
        let actions: Vec<&str> = entries.iter().map(|entry| entry["action"].as_str().expect("an action")).collect();
        assert_eq!(actions, ["MOVED", "RENAMED", "TYPE_CHANGED", "UPLOADED"]);
        assert_eq!(entries[1]["changes"], json!([{ "field": "name", "before": "scan.pdf", "after": "Signed contract" }]));
        assert_eq!(entries[2]["changes"], json!([{ "field": "type", "before": null, "after": "Contract" }]));
        assert!(entries.iter().all(|entry| entry["fileName"] == "scan.pdf"));

        let unchanged = app.snapshot().await;
        // The same again changes nothing.
        update(&app.ana, &document, json!({ "name": "Signed contract", "typeId": contract, "carrierId": task.id })).await.payload("documentUpdate");
        unchanged.assert_equal(&app.snapshot().await, "an update without changes");
        let other = app.prospect().owner(&app.ana).create().await;
        let foreign = app.task(&app.ana, &other, json!({})).await;
        let before = app.snapshot().await;
        for carrier in [&foreign.id, &other.id, &app.ana.id, &Kind::Note.encode(ids::new()), &"nonsense".to_owned()] {
            let answer = update(&app.ana, &document, json!({ "carrierId": carrier })).await;
            assert_eq!(answer.user_errors("documentUpdate"), ["NOT_FOUND input.carrierId"], "{carrier}");
        }
        let answer = update(&app.ana, &document, json!({ "name": "a\nb", "typeId": app.task_type("Call") })).await;
        assert_eq!(answer.user_errors("documentUpdate"), ["INVALID input.name", "NOT_FOUND input.typeId"]);
        let answer = update(&app.ana, &document, json!({ "name": null })).await;
        assert_eq!(answer.user_errors("documentUpdate"), ["REQUIRED input.name"]);
        let outdated = app.ana.run(UPDATE, json!({ "id": document.id, "input": { "name": "x" }, "version": 1 })).await;
        assert_eq!(outdated.user_errors("documentUpdate"), ["CONFLICT expectedVersion"]);
        assert_eq!(outdated.data()["documentUpdate"]["document"]["version"], 2);
        before.assert_equal(&app.snapshot().await, "refused changes");
        let answer = update(&app.ana, &document, json!({ "typeId": null, "carrierId": null })).await;
        assert_eq!(answer.payload("documentUpdate")["document"]["carrierKind"], "PROSPECT");
        assert_eq!(answer.payload("documentUpdate")["document"]["type"], Value::Null);
        app.assert_sound().await;
    }

    async fn a_deleted_document_is_restored_within_its_time(app: TestApp) {
        // Less than the life of a session.
        let app = app.with_settings(|settings| settings.document_restore_days = 3).await;
        let made = app.prospect().owner(&app.ana).create().await;
        let document = app.document(&app.ana, &made, "zafiro.pdf", b"x").await;
        assert_eq!(app.ana.run(DELETE, json!({ "id": document.id, "version": 9 })).await.user_errors("documentDelete"), ["CONFLICT expectedVersion"]);
        assert_eq!(delete(&app.ana, &document).await.payload("documentDelete")["deletedId"], json!(document.id));
        let gone = app.ana.query("query ($id: ID!) { document(id: $id) { id } node(id: $id) { id } }", json!({ "id": document.id })).await;
        assert_eq!(gone, json!({ "document": null, "node": null }));
        assert_eq!(own(&app.ana, &made, Value::Null).await, [""; 0]);
        assert_eq!(listed(&app.ana, json!({})).await, [""; 0]);
        assert_eq!(history(&app.ana, &made).await[0]["document"], Value::Null);
        for answer in [delete(&app.ana, &document).await, update(&app.ana, &document, json!({ "name": "x" })).await] {
            let name = if answer.text.contains("documentDelete") { "documentDelete" } else { "documentUpdate" };
            assert_eq!(answer.user_errors(name), ["NOT_FOUND id"]);
        }
        let deleted = app.ana.query(DELETED, json!({ "prospectId": made.id })).await;
        assert_eq!(deleted["deletedDocuments"], json!({ "totalCount": 1, "nodes": [{ "id": document.id, "deletedBy": { "name": "Ana Vendedora" } }] }));
        for (person, prospect) in [(&app.luis, json!(made.id)), (&app.luis, Value::Null), (&app.ana, json!(Kind::Prospect.encode(ids::new())))] {
            let deleted = person.query(DELETED, json!({ "prospectId": prospect })).await;
            assert_eq!(deleted["deletedDocuments"]["nodes"], json!([]));
        }
        assert_eq!(restore(&app.luis, &document).await.user_errors("documentRestore"), ["NOT_FOUND id"]);
        app.advance(2 * DAY);
        let restored = restore(&app.ana, &document).await;
        assert_eq!(restored.payload("documentRestore")["document"], json!({ "id": document.id, "deletedAt": null }));
        assert_eq!(restore(&app.ana, &document).await.user_errors("documentRestore"), ["NOT_FOUND id"]);
        assert_eq!(own(&app.ana, &made, Value::Null).await, ["zafiro.pdf"]);
        let actions: Vec<Value> = history(&app.ana, &made).await.iter().map(|entry| entry["action"].clone()).collect();
        assert_eq!(actions, [json!("RESTORED"), json!("DELETED"), json!("UPLOADED")]);
        delete(&app.ana, &document).await.payload("documentDelete");
        app.advance(3 * DAY);
        assert_eq!(restore(&app.ana, &document).await.user_errors("documentRestore"), ["NOT_FOUND id"]);
        assert_eq!(app.ana.query(DELETED, json!({})).await["deletedDocuments"]["totalCount"], 0);
        app.assert_sound().await;
    }

    async fn documents_are_filtered(app: TestApp) {
        let made = app.prospect().owner(&app.ana).create().await;
        let task = app.task(&app.ana, &made, json!({})).await;
        let pdf = app.document(&app.ana, &made, "one.pdf", b"%PDF-1.7\n").await;
        app.advance(DAY);
        app.document(&app.admin, &made, "two.txt", b"words").await;
        app.advance(DAY);
        app.document_of(&app.ana, &made, (CarrierKind::Task, task.uuid), "three.txt").await;
        update(&app.ana, &pdf, json!({ "typeId": app.document_type("Contract") })).await.payload("documentUpdate");
        let other = app.prospect().owner(&app.luis).create().await;
        app.document(&app.luis, &other, "luis.pdf", b"%PDF-1.7\n").await;
        for (filter, expected) in [
            (json!({}), vec!["three.txt", "two.txt", "one.pdf"]),
            (json!({ "type": { "eq": app.document_type("Contract") } }), vec!["one.pdf"]),
            (json!({ "type": { "isNull": true } }), vec!["three.txt", "two.txt"]),
            (json!({ "mediaType": { "eq": "Application/PDF" } }), vec!["one.pdf"]),
            (json!({ "mediaType": { "startsWith": "text/" } }), vec!["three.txt", "two.txt"]),
            (json!({ "mediaType": { "contains": "pdf" } }), vec!["one.pdf"]),
            (json!({ "mediaType": { "in": [] } }), vec![]),
            (json!({ "createdBy": { "eq": app.admin.id } }), vec!["two.txt"]),
            (json!({ "createdBy": { "in": [app.ana.id] }, "mediaType": { "eq": "text/plain" } }), vec!["three.txt"]),
            (json!({ "createdAt": { "lt": app.time(-DAY) } }), vec!["one.pdf"]),
            (json!({ "createdAt": { "gte": app.time(-DAY) } }), vec!["three.txt", "two.txt"]),
            (json!({ "carrierKind": { "eq": "TASK" } }), vec!["three.txt"]),
            (json!({ "carrierKind": { "in": ["PROSPECT", "NOTE"] } }), vec!["two.txt", "one.pdf"]),
        ] {
            assert_eq!(own(&app.ana, &made, filter.clone()).await, expected, "{filter}");
            assert_eq!(listed(&app.ana, json!({ "filter": filter })).await, expected, "{filter}");
        }
        for (filter, expected) in [
            (json!({ "name": { "contains": "TWO" } }), vec!["two.txt"]),
            (json!({ "or": [{ "name": { "startsWith": "one" } }, { "carrierKind": { "eq": "TASK" } }] }), vec!["three.txt", "one.pdf"]),
            (json!({ "not": { "mediaType": { "startsWith": "text/" } } }), vec!["one.pdf"]),
            (json!({ "prospect": { "id": { "eq": other.id } } }), vec![]),
        ] {
            assert_eq!(listed(&app.ana, json!({ "filter": filter })).await, expected, "{filter}");
        }
        let order = json!([{ "field": "CREATED_AT", "direction": "ASC" }]);
        assert_eq!(listed(&app.ana, json!({ "order": order })).await, ["one.pdf", "two.txt", "three.txt"]);
        assert_eq!(listed(&app.admin, json!({ "filter": { "prospect": { "owner": { "eq": app.luis.id } } } })).await, ["luis.pdf"]);
        assert_eq!(listed(&app.luis, json!({})).await, ["luis.pdf"]);
        let many: Vec<String> = (0..201).map(|_| app.ana.id.clone()).collect();
        let query = "query ($id: ID!, $filter: ProspectDocumentFilter) { prospect(id: $id) { documents(filter: $filter) { name } } }";
        let refused = app.ana.run(query, json!({ "id": made.id, "filter": { "createdBy": { "in": many } } })).await;
        assert_eq!(refused.codes(), ["BAD_USER_INPUT"]);
    }

    /// Names are found in the list of documents, and in that of prospects; without accents, as long as the document is there.
    async fn names_are_searched(app: TestApp) {
        let made = app.prospect().owner(&app.ana).name("Rosa").create().await;
        let other = app.prospect().owner(&app.luis).name("Luis").create().await;
        let document = app.document(&app.ana, &made, "Cotización enero.pdf", b"x").await;
        app.document(&app.luis, &other, "Cotización febrero.pdf", b"x").await;
        let prospects = async |search: &str| {
            let data = app.ana.query("query ($search: String) { prospects(search: $search) { nodes { name } } }", json!({ "search": search })).await;
            names(&data["prospects"]["nodes"])
        };
        for search in ["cotizacion", "ENERO coti", "rosa enero"] {
            assert_eq!(prospects(search).await, ["Rosa"], "{search}");
        }
        assert_eq!(listed(&app.ana, json!({ "search": "cotizacion" })).await, ["Cotización enero.pdf"]);
        assert_eq!(listed(&app.ana, json!({ "search": "co" })).await, ["Cotización enero.pdf"]);
        assert_eq!(listed(&app.ana, json!({ "search": "febrero" })).await, [""; 0]);
        assert_eq!(listed(&app.ana, json!({ "search": "rosa" })).await, [""; 0], "the name of a prospect is none of a document");
        update(&app.ana, &document, json!({ "name": "Oferta" })).await.payload("documentUpdate");
        assert_eq!((prospects("enero").await, prospects("oferta").await), (vec![], vec!["Rosa".to_owned()]));
        delete(&app.ana, &document).await.payload("documentDelete");
        assert_eq!(prospects("oferta").await, [""; 0]);
        restore(&app.ana, &document).await.payload("documentRestore");
        assert_eq!(prospects("oferta").await, ["Rosa"]);
        app.assert_sound().await;
    }

    async fn a_prospect_has_at_most_200_documents(app: TestApp) {
        let made = app.prospect().owner(&app.ana).create().await;
        let first = app.document(&app.ana, &made, "first", b"x").await;
        let backend = app.core.db.backend();
        let id = match backend {
            DbBackend::Postgres => "CAST(lpad(to_hex(n), 32, '0') AS uuid)",
            _ => "unhex(printf('%032x', n))",
        };
        let copy = format!(
            "INSERT INTO documents SELECT {id}, prospect_id, carrier_kind, carrier_id, type_id, name, name_norm, file_name, media_type, size, sha256, file_key, \
             thumbnail_state, thumbnail_key, created_by, deleted_by, deleted_at, version, created_at, updated_at \
             FROM documents CROSS JOIN (WITH RECURSIVE c (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < 198) SELECT n FROM c) numbers"
        );
        app.core.db.writer().execute_raw(Statement::from_string(backend, copy)).await.expect("copies");
        app.document(&app.ana, &made, "last", b"x").await;
        assert_eq!(own(&app.ana, &made, Value::Null).await.len(), 200);
        let refused = app.add_document(&app.ana, &made, "one too many", b"x", NewDocument::default()).await;
        assert_eq!(problems(refused.err()), ["LIMIT prospectId"]);
        delete(&app.ana, &first).await.payload("documentDelete");
        app.document(&app.ana, &made, "in its place", b"x").await;
        assert_eq!(restore(&app.ana, &first).await.user_errors("documentRestore"), ["LIMIT id"]);
    }

    async fn quotas_hold(app: TestApp) {
        let made = app.prospect().owner(&app.ana).create().await;
        let other = app.prospect().owner(&app.ana).create().await;
        let small = app.with_settings(|settings| {
            settings.document_bytes_per_prospect = 10;
            settings.document_total_bytes = Some(15);
        }).await;
        let add = async |prospect: &Made, content: &'static [u8]| {
            small.add_document(&small.ana, prospect, "a", content, NewDocument::default()).await
        };
        add(&made, b"12345678").await.expect("there is room");
        assert_eq!(problems(add(&made, b"123").await.err()), ["LIMIT input.file"]);
        add(&other, b"1234567").await.expect("there is room");
        assert_eq!(problems(add(&other, b"1").await.err()), ["LIMIT input.file"]);
        // One on a full disk is refused as well.
        let full = app.with_settings(|settings| settings.document_free_bytes = u64::MAX / 2).await;
        let refused = full.add_document(&full.ana, &made, "a", b"1", NewDocument::default()).await;
        assert_eq!(problems(refused.err()), ["LIMIT input.file"]);
    }

    /// Deleted documents and abandoned files go; what is in use stays.
    async fn the_sweep_removes_what_nothing_refers_to(app: TestApp) {
        // The files have the time of the real clock.
        app.clock.set(cartera::app::Clock::default().now());
        let ana = app.with_session(&app.ana).await;
        let made = app.prospect().by(&ana).create().await;
        let kept = app.document(&ana, &made, "kept", b"kept").await;
        let deleted = app.document(&ana, &made, "deleted", b"deleted").await;
        app.stored_file("without a row", b"without a row").await;
        delete(&ana, &deleted).await.payload("documentDelete");
        assert_eq!(files(&app).await, 3);
        run_due(&app, true).await;
        assert_eq!(files(&app).await, 3, "what is younger than a day may belong to an upload that runs");
        app.advance(2 * DAY);
        run_due(&app, true).await;
        assert_eq!(files(&app).await, 2, "the deleted document can still be restored");
        app.advance(31 * DAY);
        run_due(&app, true).await;
        assert_eq!(files(&app).await, 1);
        let rows = app.sql("SELECT name FROM documents").await;
        assert_eq!(rows, ["kept"]);
        let report = check::check(&app.core.db, &app.core.storage, i64::MIN..i64::MAX, true).await.expect("a report");
        assert_eq!((report.orphans, report.without_file.len()), (0, 0));
        let file = app.core.storage.list().next().await.expect("one is left").expect("it is read");
        app.core.storage.delete(file.key).await.expect("a file is deleted");
        let report = check::check(&app.core.db, &app.core.storage, i64::MIN..i64::MAX, true).await.expect("a report");
        assert_eq!(report.without_file, [kept.uuid]);
    }
}

fn problems(error: Option<cartera::error::Error>) -> Vec<String> {
    match error {
        Some(cartera::error::Error::Invalid(problems)) => {
            let code = |problem: &cartera::error::Problem| serde_json::to_value(problem.code).expect("a code");
            let text = |problem: &cartera::error::Problem| format!("{} {}", code(problem).as_str().unwrap_or("?"), problem.path.join("."));
            problems.iter().map(text).collect()
        }
        other => panic!("no problems: {other:?}"),
    }
}
