//! Notes: written, edited with their earlier texts kept, pinned.

use cartera::ids::{self, Kind};
use sea_orm::{ConnectionTrait, DbBackend};
use serde_json::{Value, json};

use super::{timeline, whole};
use crate::support::{Answer, Made, Person, TestApp, operations};

const UPDATE: &str =
    "mutation ($id: ID!, $body: String!, $version: Int) { noteUpdate(id: $id, input: { body: $body }, expectedVersion: $version) {
    note { id body version editedAt earlierVersions { version body writtenAt } } userErrors { code message path } } }";

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
            json!({ "body": "third", "version": 3, "editedAt": app.time(0), "earlierVersions": [
                { "version": 1, "body": "one\ntwo", "writtenAt": written }, { "version": 2, "body": "second", "writtenAt": edited } ] })
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

    /// Who wrote each text is kept with it.
    async fn each_text_has_its_writer(app: TestApp) {
        let made = app.prospect().owner(&app.ana).create().await;
        let note = app.note(&app.ana, &made, "by ana").await;
        update(&app.admin, &note, "by the administrator", Value::Null).await.payload("noteUpdate");
        update(&app.ana, &note, "by ana again", Value::Null).await.payload("noteUpdate");
        let writers = app.sql("SELECT u.name FROM note_versions v JOIN users u ON u.id = v.written_by ORDER BY v.version").await;
        assert_eq!(writers, ["Ana Vendedora", "Olga Administradora"]);
    }

    /// Whoever names a note of others waits for nobody who is at work on it.
    async fn a_note_of_others_is_not_locked(app: TestApp) {
        let made = app.prospect().owner(&app.luis).create().await;
        let note = app.note(&app.luis, &made, "one").await;
        let absent = update(&app.ana, &Made { uuid: ids::new(), ..note.clone() }, "two", Value::Null).await;
        // On SQLite whoever writes is alone in any case.
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
