//! Notes: written, edited with their earlier texts kept, pinned.

use cartera::ids::{self, Kind};
use sea_orm::{ConnectionTrait, DbBackend, Statement};
use serde_json::{Value, json};

use super::{timeline, whole};
use crate::support::{Answer, Made, Person, TestApp, operations};

const UPDATE: &str =
    "mutation ($id: ID!, $body: String!, $version: Int) { noteUpdate(id: $id, input: { body: $body }, expectedVersion: $version) {
    note { id body version editedAt editedBy { name } earlierVersions { nodes { version body writtenAt writtenBy { name } } } } userErrors { code message path } } }";

async fn update(person: &Person, note: &Made, body: &str, version: Value) -> Answer {
    let id = Kind::Note.encode(note.uuid);
    person.run(UPDATE, json!({ "id": id, "body": body, "version": version })).await
}

both! {
    async fn a_note_keeps_what_it_said(app: TestApp) {
        let made = app.prospect().owner(&app.ana).create().await;
        let answer = app.ana.run_operation(operations::ACTIVITY, "NoteCreate", json!({ "prospectId": made.id, "body": "  one\ntwo " })).await;
        let entry = &answer.payload("noteCreate")["entry"];
        assert_eq!((&entry["note"]["body"], &entry["actor"]["name"]), (&json!("one\ntwo"), &json!("Ana Vendedora")));
        let note = Made::new(entry["id"].as_str().expect("an id"));
        let written = app.time(0);
        app.advance(60_000);
        update(&app.admin, &note, "second", json!(1)).await.payload("noteUpdate");
        let edited = app.time(0);
        app.advance(60_000);
        let answer = update(&app.ana, &note, "third", Value::Null).await;
        assert_eq!(
            without_id(&answer.payload("noteUpdate")["note"]),
            json!({ "body": "third", "version": 3, "editedAt": app.time(0), "editedBy": { "name": "Ana Vendedora" }, "earlierVersions": { "nodes": [
                { "version": 1, "body": "one\ntwo", "writtenAt": written, "writtenBy": { "name": "Ana Vendedora" } },
                { "version": 2, "body": "second", "writtenAt": edited, "writtenBy": { "name": "Olga Administradora" } } ] } })
        );
        let entries = timeline(&app.ana, &made).await;
        assert_eq!((entries.len(), &entries[0]["note"]["body"], &entries[0]["occurredAt"]), (2, &json!("third"), &json!(written)));
        let before = app.snapshot().await;
        assert_eq!(update(&app.ana, &note, "fourth", json!(2)).await.user_errors("noteUpdate"), ["CONFLICT expectedVersion"]);
        assert_eq!(update(&app.ana, &note, "  ", Value::Null).await.user_errors("noteUpdate"), ["REQUIRED input.body"]);
        assert_eq!(update(&app.ana, &note, &"x".repeat(20_001), Value::Null).await.user_errors("noteUpdate"), ["TOO_LONG input.body"]);
        // The same text again changes nothing.
        assert_eq!(update(&app.ana, &note, " third", json!(3)).await.payload("noteUpdate")["note"]["version"], 3);
        before.assert_equal(&app.snapshot().await, "refused edits");
        app.assert_sound().await;
    }

    async fn a_note_is_pinned_and_let_go(app: TestApp) {
        let made = app.prospect().owner(&app.ana).create().await;
        let note = app.note(&app.ana, &made, "one").await;
        let id = Kind::Note.encode(note.uuid);
        for (action, is_pinned) in [("notePin", true), ("notePin", true), ("noteUnpin", false), ("noteUnpin", false)] {
            let document = format!("mutation ($id: ID!) {{ {action}(id: $id) {{ note {{ isPinned }} userErrors {{ code }} }} }}");
            let answer = app.ana.run(&document, json!({ "id": id })).await;
            assert_eq!(answer.payload(action)["note"]["isPinned"], json!(is_pinned));
            assert_eq!(timeline(&app.ana, &made).await[0]["isPinned"], json!(is_pinned));
        }
        // An interaction is no note.
        let call = app.log(&app.ana, &made, json!({})).await;
        for (mutation, input) in [("notePin", ""), ("noteUnpin", ""), ("noteUpdate", ", input: { body: \"x\" }")] {
            let document = format!("mutation ($id: ID!) {{ {mutation}(id: $id{input}) {{ note {{ id }} userErrors {{ code path }} }} }}");
            let answer = app.ana.run(&document, json!({ "id": Kind::Note.encode(call.uuid) })).await;
            assert_eq!(answer.user_errors(mutation), ["NOT_FOUND id"]);
        }
    }

    async fn clients_may_bring_their_own_ids(app: TestApp) {
        let made = app.prospect().owner(&app.ana).create().await;
        let id = Kind::TimelineEntry.encode(ids::new());
        let create = "mutation ($id: ID!, $input: NoteCreateInput!) { noteCreate(prospectId: $id, input: $input) { entry { id } userErrors { code message path } } }";
        let run = async |person: &Person, prospect: &Made, id: &str| person.run(create, json!({ "id": prospect.id, "input": { "id": id, "body": "x" } })).await;
        assert_eq!(run(&app.ana, &made, &id).await.payload("noteCreate")["entry"]["id"], json!(id));
        let other = app.prospect().owner(&app.luis).create().await;
        let before = app.snapshot().await;
        assert_eq!(run(&app.ana, &made, &id).await.user_errors("noteCreate"), ["TAKEN input.id"]);
        assert_eq!(run(&app.luis, &other, &id).await.user_errors("noteCreate"), ["TAKEN input.id"]);
        let version_4 = Kind::TimelineEntry.encode(uuid::Uuid::from_u128(0x0123_4567_89ab_4def_8123_4567_89ab_cdef));
        for bad in ["", "nonsense", &made.id, &version_4] {
            assert_eq!(run(&app.ana, &made, bad).await.user_errors("noteCreate"), ["INVALID input.id"], "{bad}");
        }
        before.assert_equal(&app.snapshot().await, "refused ids");
    }

    async fn a_note_may_tell_of_the_past(app: TestApp) {
        let made = app.prospect().owner(&app.ana).create().await;
        let create = "mutation ($id: ID!, $at: DateTime) { noteCreate(prospectId: $id, input: { body: \"late\", occurredAt: $at }) {
            entry { occurredAt recordedAt } prospect { lastActivityAt } userErrors { code message path } } }";
        let answer = app.ana.run(create, json!({ "id": made.id, "at": "2026-01-01T12:00:00+02:00" })).await;
        let entry = json!({ "occurredAt": "2026-01-01T10:00:00.000Z", "recordedAt": app.time(0) });
        assert_eq!(answer.payload("noteCreate")["entry"], entry);
        assert_eq!(whole(&app.ana, &made).await["lastActivityAt"], json!(app.time(0)));
        let future = app.ana.run(create, json!({ "id": made.id, "at": app.time(86_400_000) })).await;
        assert_eq!(future.user_errors("noteCreate"), ["INVALID input.occurredAt"]);
    }

    /// A text is its author's: the owner of the prospect reads and pins it, and does not rewrite it.
    async fn a_note_is_edited_by_its_author_or_an_administrator(app: TestApp) {
        let made = app.prospect().owner(&app.ana).create().await;
        let note = app.note(&app.ana, &made, "by ana").await;
        let of_admin = app.note(&app.admin, &made, "by the administrator").await;
        app.give(&app.ana, &made, Some(&app.luis)).await;
        let key = app.luis.run_operation(operations::ACCESS, "ApiKeyCreate", json!({ "input": { "name": "Import", "scope": "FULL" } })).await;
        let program = app.luis.with_token(key.payload("apiKeyCreate")["key"].as_str());
        let before = app.snapshot().await;
        for person in [&app.luis, &program] {
            for text in [&note, &of_admin] {
                assert_eq!(update(person, text, "by luis", Value::Null).await.user_errors("noteUpdate"), ["FORBIDDEN id"]);
            }
            // The same text, too, and together with all other errors.
            assert_eq!(update(person, &note, "by ana", json!(1)).await.user_errors("noteUpdate"), ["FORBIDDEN id"]);
            let answer = update(person, &note, " ", json!(2)).await;
            assert_eq!(answer.user_errors("noteUpdate"), ["REQUIRED input.body", "FORBIDDEN id", "CONFLICT expectedVersion"]);
        }
        // An author who has given the prospect away does not see the note any more.
        assert_eq!(update(&app.ana, &note, "again", Value::Null).await.user_errors("noteUpdate"), ["NOT_FOUND id"]);
        before.assert_equal(&app.snapshot().await, "an edit of the text of a colleague");

        let pin = "mutation ($id: ID!) { notePin(id: $id) { note { isPinned body editedBy { name } editedAt earlierVersions { totalCount } } userErrors { code } } }";
        let answer = app.luis.run(pin, json!({ "id": Kind::Note.encode(note.uuid) })).await;
        let unedited = json!({ "isPinned": true, "body": "by ana", "editedBy": null, "editedAt": null, "earlierVersions": { "totalCount": 0 } });
        assert_eq!(answer.payload("notePin")["note"], unedited);
        let answer = update(&app.admin, &note, "by the administrator", Value::Null).await;
        assert_eq!(answer.payload("noteUpdate")["note"]["editedBy"], json!({ "name": "Olga Administradora" }));
        app.assert_sound().await;
    }

    /// A program acts as its user, who is the author of what it wrote and may edit what they wrote by hand.
    async fn the_key_of_an_author_edits_as_the_author(app: TestApp) {
        let made = app.prospect().owner(&app.ana).create().await;
        let key = app.ana.run_operation(operations::ACCESS, "ApiKeyCreate", json!({ "input": { "name": "Import", "scope": "FULL" } })).await;
        let program = app.ana.with_token(key.payload("apiKeyCreate")["key"].as_str());
        for (writer, editor) in [(&app.ana, &program), (&program, &app.ana)] {
            let note = app.note(writer, &made, "first").await;
            let answer = update(editor, &note, "second", Value::Null).await;
            let note = &answer.payload("noteUpdate")["note"];
            assert_eq!((&note["editedBy"]["name"], &note["earlierVersions"]["nodes"][0]["writtenBy"]["name"]), (&json!("Ana Vendedora"), &json!("Ana Vendedora")));
        }
    }

    /// A note without an author can be edited by administrators only.
    async fn a_note_of_no_user_has_no_author(app: TestApp) {
        let made = app.prospect().owner(&app.ana).create().await;
        let note = app.note(&app.ana, &made, "from outside").await;
        app.core.db.writer().execute_unprepared("UPDATE timeline_entries SET actor_id = NULL WHERE kind = 'NOTE'").await.expect("the author is taken away");
        assert_eq!(update(&app.ana, &note, "by ana", Value::Null).await.user_errors("noteUpdate"), ["FORBIDDEN id"]);
        let answer = update(&app.admin, &note, "by the administrator", Value::Null).await;
        assert_eq!(answer.payload("noteUpdate")["note"]["earlierVersions"]["nodes"][0]["writtenBy"], Value::Null);
    }

    /// A page of texts, each of which may be long, reads no more of them than it shows, and one to know whether more follow.
    async fn a_page_of_earlier_versions_reads_a_page(app: TestApp) {
        let made = app.prospect().owner(&app.ana).create().await;
        let note = app.note(&app.ana, &made, "text 1").await;
        for version in 2..=30 {
            update(&app.ana, &note, &format!("text {version}"), Value::Null).await.payload("noteUpdate");
        }
        let document = "query ($id: ID!, $first: Int, $last: Int) { node(id: $id) { ... on Note { earlierVersions(first: $first, last: $last) {
            totalCount pageInfo { hasNextPage hasPreviousPage } nodes { version } } } } }";
        let id = Kind::Note.encode(note.uuid);
        let (watched, seen) = app.watched().await;
        for (arguments, versions, rows) in [(json!({ "first": 5 }), 1..=5, 6), (json!({ "last": 3 }), 27..=29, 4), (json!({}), 1..=20, 21)] {
            let mut variables = json!({ "id": id });
            variables.as_object_mut().expect("an object").extend(arguments.as_object().expect("an object").clone());
            seen.lock().expect("the lock is not poisoned").clear();
            let data = watched.ana.query(document, variables).await;
            let page = &data["node"]["earlierVersions"];
            let nodes: Vec<Value> = versions.map(|version: i32| json!({ "version": version })).collect();
            assert_eq!((&page["nodes"], &page["totalCount"]), (&Value::Array(nodes), &json!(29)));
            let statements: Vec<Statement> = seen.lock().expect("the lock is not poisoned").clone();
            let page = statements.into_iter().find(|statement| statement.sql.contains("note_versions t") && !statement.sql.contains("count(*)"));
            let row = app.core.db.reader().query_one_raw(page.expect("the page is read")).await.expect("it can be read again").expect("a row");
            let json: Vec<Value> = serde_json::from_str(&row.try_get_by_index::<String>(1).expect("text")).expect("JSON");
            assert_eq!(json.len(), rows);
        }
    }

    /// A refused edit of another user's note waits for no lock of it.
    async fn a_note_of_others_is_not_locked(app: TestApp) {
        let made = app.prospect().owner(&app.luis).create().await;
        let note = app.note(&app.luis, &made, "one").await;
        let absent = update(&app.ana, &Made { uuid: ids::new(), ..note.clone() }, "two", Value::Null).await;
        // On SQLite a write is exclusive in any case.
        let tx = match app.core.db.backend() {
            DbBackend::Postgres => Some(app.core.db.begin().await.expect("a transaction begins")),
            _ => None,
        };
        if let Some(tx) = &tx {
            tx.execute_unprepared("SELECT id FROM timeline_entries FOR UPDATE").await.expect("the entries are locked");
        }
        let refused = update(&app.ana, &note, "two", Value::Null).await;
        assert_eq!(refused.user_errors("noteUpdate"), ["NOT_FOUND id"]);
        assert_eq!(refused.text, absent.text);
        for action in ["notePin", "noteUnpin"] {
            let document = format!("mutation ($id: ID!) {{ {action}(id: $id) {{ note {{ id }} userErrors {{ code message path }} }} }}");
            let answer = app.ana.run(&document, json!({ "id": Kind::Note.encode(note.uuid) })).await;
            assert_eq!(answer.user_errors(action), ["NOT_FOUND id"]);
        }
    }
}

fn without_id(note: &Value) -> Value {
    super::without(note.clone(), &["id"])
}
