//! Records of two salespeople and of no owner, and the parts of them that a third must never receive.

use cartera::auth::Role;
use cartera::entities::records::document::CarrierKind;
use cartera::settings::DuplicateHint;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::{Made, Person, Surroundings, TestApp};

/// The records of one owner; every text in them contains the word.
pub struct Estate {
    pub word: &'static str,
    pub owner: Option<Uuid>,
    /// In an open status, with everything that a prospect can have.
    pub open: Made,
    /// Won, lost again in a later cycle.
    pub client: Made,
    /// Discarded for a reason with a note, after it was deleted and restored.
    pub discarded: Made,
    /// Deleted, and never restored.
    pub deleted: Made,
    pub note: Made,
    /// The id of the cycle of the open one.
    pub cycle: String,
    /// The task of the open one.
    pub task: Made,
    /// The same, overdue and for an administrator.
    pub other_task: Made,
    /// Work in the background for the owner, with an error in a row; of the system where there is no owner.
    pub job: Made,
    /// The same, and cancelled.
    pub ended_job: Made,
    /// A document of the open one, and one of its note.
    pub document: Made,
    pub note_document: Made,
    /// One that was deleted.
    pub deleted_document: Made,
    /// A file of the owner that has arrived in parts; of the administrator where there is no owner.
    pub upload: Made,
    /// A private report and a dashboard that shows it; of an administrator where there is no owner.
    pub saved_report: Made,
    pub dashboard: Made,
}

/// Key of the attributes that are for administrators only; their labels and all their values contain it.
pub const HIDDEN: &str = "adminmarca";
/// The part of it that is in the name of a type as well.
const HIDDEN_PART: &str = "dminmarca";

/// Two owners and the records without an owner.
pub struct World {
    pub ana: Estate,
    pub luis: Estate,
    pub unowned: Estate,
    /// The ids of attributes that are for administrators only: of prospects, clients, contacts and tasks.
    pub hidden: [String; 4],
    /// Objects that all of them refer to.
    pub around: Surroundings,
}

/// Values that a person must never receive.
pub struct Secrets {
    texts: Vec<String>,
}

impl World {
    pub async fn create(app: &TestApp) -> World {
        // Deactivated people have had records too.
        app.add_person("Pedro Retirado", Role::Sales).await;
        let around = app.surroundings().await;
        let mut hidden = Vec::new();
        for entity in ["PROSPECT", "CLIENT", "CONTACT", "TASK"] {
            app.attribute(json!({ "entity": entity, "key": "mark", "type": "TEXT" })).await;
            let input = json!({ "entity": entity, "key": HIDDEN, "label": format!("{HIDDEN} label"), "group": HIDDEN,
                "description": format!("{HIDDEN} description"), "type": "TEXT", "visibility": "ADMIN", "isUnique": true, "isIndexed": true });
            hidden.push(app.attribute(input).await);
        }
        let world = World {
            ana: estate(app, &around, "anamarca", Some(&app.ana)).await,
            luis: estate(app, &around, "luismarca", Some(&app.luis)).await,
            unowned: estate(app, &around, "sinmarca", None).await,
            hidden: hidden.try_into().expect("one of each kind of record"),
            around,
        };
        for person in [&app.admin, &app.ana, &app.luis] {
            let create = "mutation { apiKeyCreate(input: { name: \"Report\" }) { key userErrors { code message path } } }";
            person.run(create, json!({})).await.payload("apiKeyCreate");
        }
        register_look_alike(app, &world).await;
        app.rest().await;
        world
    }

    pub fn all(&self) -> [&Estate; 3] {
        [&self.ana, &self.luis, &self.unowned]
    }

    /// Whether the id is that of a prospect of the person.
    pub fn is_owned(&self, id: &str, person: &Person) -> bool {
        let own = self.all().into_iter().filter(|estate| estate.owner == Some(person.uuid));
        own.flat_map(|estate| {
            [
                &estate.open,
                &estate.client,
                &estate.discarded,
                &estate.task,
                &estate.job,
                &estate.ended_job,
                &estate.document,
                &estate.note_document,
                &estate.upload,
                &estate.saved_report,
                &estate.dashboard,
            ]
        })
        .any(|made| made.id == id)
    }

    /// Values that a salesperson must not receive: words, numbers and ids of all records but their own.
    pub async fn secrets_from(&self, app: &TestApp, person: &Person) -> Secrets {
        let foreign = self.all().into_iter().filter(|estate| estate.owner != Some(person.uuid));
        let mut texts: Vec<String> = foreign.map(|estate| estate.word.to_owned()).collect();
        texts.extend(self.all().map(|estate| deleted_word(estate.word)));
        texts.push(HIDDEN_PART.to_owned());
        let id = |column: &str| match app.core.db.backend() {
            sea_orm::DbBackend::Postgres => format!("CAST({column} AS text)"),
            _ => format!("lower(hex({column}))"),
        };
        let own = person.uuid.simple().to_string();
        let own_of = |column: &str| format!("replace({}, '-', '') = '{own}'", id(column));
        let own = own_of("p.owner_id");
        let foreign = format!("SELECT p.id FROM prospects p WHERE p.owner_id IS NULL OR p.deleted_at IS NOT NULL OR NOT ({own})");
        let mut queries = vec![
            format!("SELECT value_norm FROM contact_points WHERE prospect_id IN ({foreign})"),
            format!("SELECT ip_address FROM touches WHERE ip_address IS NOT NULL AND prospect_id IN ({foreign})"),
            format!("SELECT {} FROM prospects WHERE id IN ({foreign})", id("id")),
        ];
        // Nothing shows under which names files are stored.
        queries.push(format!("SELECT {} FROM documents", id("file_key")));
        for table in ["sessions", "api_keys", "uploads"] {
            queries.push(format!("SELECT {} FROM {table} WHERE NOT ({})", id("id"), own_of("user_id")));
        }
        for table in ["saved_reports", "dashboards"] {
            queries.push(format!("SELECT {} FROM {table} WHERE NOT ({})", id("id"), own_of("author_id")));
        }
        queries.push(format!(
            "SELECT {} FROM jobs WHERE user_id IS NULL OR NOT ({})",
            id("id"),
            own_of("user_id")
        ));
        queries.push(format!("SELECT prefix FROM api_keys WHERE NOT ({})", own_of("user_id")));
        for table in [
            "cycles",
            "identifiers",
            "contacts",
            "contact_points",
            "addresses",
            "touches",
            "timeline_entries",
            "tasks",
            "documents",
        ] {
            queries.push(format!("SELECT {} FROM {table} WHERE prospect_id IN ({foreign})", id("id")));
        }
        for query in queries {
            for text in app.sql(&query).await {
                match Uuid::parse_str(&text) {
                    // Whatever its prefix, an id ends in the same characters.
                    Ok(id) => texts.push(cartera::ids::Kind::Prospect.encode(id)[4..].to_owned()),
                    Err(_) => texts.push(text),
                }
            }
        }
        Secrets { texts }
    }
}

impl Secrets {
    /// Number of secrets, so that a test notices when it checks nothing.
    pub fn len(&self) -> usize {
        self.texts.len()
    }

    #[track_caller]
    pub fn assert_kept(&self, answer: &str, what: &str) {
        for secret in &self.texts {
            assert!(!answer.contains(secret.as_str()), "{what} gives away {secret}: {answer}");
        }
    }
}

async fn estate(app: &TestApp, around: &Surroundings, word: &'static str, owner: Option<&Person>) -> Estate {
    let make = async |name: &str, is_complete: bool| {
        app.advance(60_000);
        let by = owner.unwrap_or(&app.admin);
        let prospect = app.prospect().by(by).name(&format!("{word} {name}"));
        let prospect = if owner.is_none() { prospect.unowned() } else { prospect };
        let prospect = if is_complete { prospect.complete(word) } else { prospect };
        prospect.create().await
    };
    let by = owner.unwrap_or(&app.admin);
    let open = make("open", true).await;
    app.advance(60_000);
    let note = app.note(by, &open, &format!("{word} note")).await;
    let note_id = cartera::ids::Kind::Note.encode(note.uuid);
    let edit = "mutation ($id: ID!, $body: String!) {
        noteUpdate(id: $id, input: { body: $body }) { note { id } userErrors { code } } notePin(id: $id) { userErrors { code } } }";
    by.run(edit, json!({ "id": note_id, "body": format!("{word} note again") }))
        .await
        .payload("noteUpdate");
    let call =
        json!({ "type": "CALL", "direction": "OUTGOING", "outcome": "REACHED", "durationSeconds": 60, "body": format!("{word} call") });
    app.log(by, &open, call).await;
    let rename = "mutation ($id: ID!, $input: ProspectUpdateInput!) {
        prospectUpdate(id: $id, input: $input) { userErrors { code message path } } }";
    let input: Value = json!({
        "legalName": format!("{word} renamed"),
        "addresses": [{ "country": "VE", "city": format!("{word} town"), "typeId": app.address_type("Office"), "regionId": around.region, "sectorId": around.sector }],
        "tagIds": [around.tag], "rating": 4, "interest": "HIGH", "websites": [format!("https://{word}.example/")], "validityDays": 30,
        "industryId": app.industry("Health"), "customerTypeId": app.customer_type("Retailer"), "isNotificationEnabled": false,
        "attributes": [{ "key": "mark", "value": { "text": format!("{word} mark") } }],
    });
    by.run(rename, json!({ "id": open.id, "input": input }))
        .await
        .payload("prospectUpdate");
    app.move_as(by, &open, "Second contact", json!({ "note": format!("{word} moved") }))
        .await;
    let cycle = amount(app, by, &open).await;
    let repeated = json!({ "note": format!("{word} task"), "repeatRule": "FREQ=WEEKLY" });
    let done = app.task(by, &open, repeated).await;
    let complete = "mutation ($id: ID!, $note: String) {
        taskComplete(id: $id, input: { note: $note }) { nextTask { id } userErrors { code message path } } }";
    let answer = by.run(complete, json!({ "id": done.id, "note": format!("{word} done") })).await;
    let task = Made::new(answer.payload("taskComplete")["nextTask"]["id"].as_str().expect("it repeats"));
    let other_task = app
        .task(
            by,
            &open,
            json!({ "dueAt": app.time(-86_400_000), "assigneeId": app.other_admin.id, "note": format!("{word} late") }),
        )
        .await;

    let contact = "query ($id: ID!) { prospect(id: $id) { contacts { id } } }";
    let contact = by.query(contact, json!({ "id": open.id })).await["prospect"]["contacts"][0]["id"].clone();
    let input = json!({ "attributes": marks(word), "contacts": [{ "id": contact, "attributes": marks(word) }] });
    mark(app, "prospect", &open.id, input).await;
    mark(app, "task", &task.id, json!({ "attributes": marks(word) })).await;

    let deleted = app.prospect().by(by).complete(&deleted_word(word)).name(&deleted_word(word));
    let deleted = if owner.is_none() { deleted.unowned() } else { deleted };
    let deleted = deleted.create().await;
    app.note(by, &deleted, &deleted_word(word)).await;
    app.document(by, &deleted, &deleted_word(word), b"deleted").await;
    delete(app, by, &deleted).await;

    let client = make("client", false).await;
    app.task(by, &client, json!({ "note": format!("{word} before the sale") })).await;
    app.convert(by, &client).await;
    mark(app, "client", &client.client_id(), json!({ "attributes": marks(word) })).await;
    app.advance(60_000);
    app.move_as(by, &client, "Negotiation", json!({ "reopenAs": "RETURNING" })).await;
    app.advance(60_000);
    app.move_as(by, &client, "Lost", json!({ "note": format!("{word} lost") })).await;
    amount(app, by, &client).await;

    // It had another owner before.
    let discarded = app.prospect().name(&format!("{word} discarded")).create().await;
    app.give(&app.admin, &discarded, owner).await;
    delete(app, by, &discarded).await;
    let restore = "mutation ($id: ID!) { prospectRestore(id: $id) { userErrors { code } } }";
    app.admin
        .run(restore, json!({ "id": discarded.id }))
        .await
        .payload("prospectRestore");
    app.advance(60_000);
    let other = json!({ "reasonId": app.reason("Other"), "note": format!("{word} discarded because") });
    app.move_as(by, &discarded, "Discarded", other).await;
    let document = app.document(by, &open, &format!("{word}.pdf"), b"%PDF-1.7\n").await;
    let note_document = app
        .document_of(by, &open, (CarrierKind::Note, note.uuid), &format!("{word} of a note"))
        .await;
    let deleted_document = app.document(by, &open, &format!("{word} deleted"), b"deleted").await;
    let delete = "mutation ($id: ID!) { documentDelete(id: $id) { deletedId userErrors { code } } }";
    by.run(delete, json!({ "id": deleted_document.id })).await.payload("documentDelete");
    let rename =
        "mutation ($id: ID!, $input: DocumentUpdateInput!) { documentUpdate(id: $id, input: $input) { userErrors { code message path } } }";
    let input = json!({ "name": format!("{word} contract"), "typeId": app.document_type("Contract") });
    by.run(rename, json!({ "id": document.id, "input": input }))
        .await
        .payload("documentUpdate");
    let upload = app.ready_upload(by, &format!("{word} upload")).await;
    let saved_report = app
        .saved_report(
            by,
            json!({ "name": format!("{word} report"), "description": format!("{word} saved") }),
        )
        .await;
    let dashboard = app.dashboard(by, &format!("{word} dashboard"), &[&saved_report]).await;
    let job = app.job_with_row_error(owner, &format!("{word} mistake")).await;
    let ended_job = app.job(owner).await;
    let cancel = "mutation ($id: ID!) { jobCancel(id: $id) { userErrors { code message path } } }";
    by.run(cancel, json!({ "id": ended_job.id })).await.payload("jobCancel");
    Estate {
        word,
        owner: owner.map(|owner| owner.uuid),
        open,
        client,
        discarded,
        deleted,
        note: Made::new(&note_id),
        cycle,
        task,
        other_task,
        job,
        ended_job,
        document,
        note_document,
        deleted_document,
        upload,
        saved_report,
        dashboard,
    }
}

/// Values of an attribute that all see, and of one for administrators only.
fn marks(word: &str) -> Value {
    json!([
        { "key": "mark", "value": { "text": format!("{word} mark again") } },
        { "key": HIDDEN, "value": { "text": format!("{HIDDEN} {word}") } },
    ])
}

/// An administrator edits a record.
async fn mark(app: &TestApp, one: &str, id: &str, input: Value) {
    let kind = one[..1].to_uppercase() + &one[1..];
    let document = format!(
        "mutation ($id: ID!, $input: {kind}UpdateInput!) {{ {one}Update(id: $id, input: $input) {{ userErrors {{ code message path }} }} }}"
    );
    let answer = app.admin.run(&document, json!({ "id": id, "input": input })).await;
    answer.payload(&format!("{one}Update"));
}

/// A user without records registers a duplicate of each open one, which adds entries to their timelines.
async fn register_look_alike(app: &TestApp, world: &World) {
    let sara = app.add_person("Sara Segunda", Role::Sales).await;
    let telling = app
        .with_settings(|settings| settings.duplicate_hint = DuplicateHint::ExistsAndNotify)
        .await;
    let mut phones = Vec::new();
    for estate in world.all() {
        let read = "query ($id: ID!) { prospect(id: $id) { phones { value } } }";
        let data = app.admin.query(read, json!({ "id": estate.open.id })).await;
        let value = data["prospect"]["phones"][0]["value"].as_str().expect("it has a phone");
        // Another extension is another phone, so that it is no secret of the one whose number it is.
        phones.push(json!({ "value": format!("{value} ext. 7") }));
    }
    let alike = app.prospect().by(&sara.at(&telling.url)).name("Doble");
    alike.with(json!({ "phones": phones })).create().await;
}

/// Word in all texts of the deleted one: no caller receives it.
fn deleted_word(word: &str) -> String {
    format!("{word}borrado")
}

async fn delete(app: &TestApp, by: &Person, prospect: &Made) {
    app.advance(60_000);
    let delete = "mutation ($id: ID!) { prospectDelete(id: $id) { deletedId userErrors { code } } }";
    by.run(delete, json!({ "id": prospect.id })).await.payload("prospectDelete");
}

/// Says what all cycles are worth; answers the id of the latest.
async fn amount(app: &TestApp, by: &Person, prospect: &Made) -> String {
    let find = "query ($id: ID!) { prospect(id: $id) { cycles { nodes { id } } } }";
    let data = by.query(find, json!({ "id": prospect.id })).await;
    let nodes = data["prospect"]["cycles"]["nodes"].as_array().expect("a list").clone();
    assert!(!nodes.is_empty(), "{}", app.url);
    for cycle in &nodes {
        let set = "mutation ($id: ID!) { cycleUpdate(id: $id, input: { amount: { amount: \"1234.56\", currency: \"USD\" } }) {
            cycle { id } userErrors { code message path } } }";
        by.run(set, json!({ "id": cycle["id"] })).await.payload("cycleUpdate");
    }
    nodes[0]["id"].as_str().expect("an id").to_owned()
}
