//! Records with good defaults; a test mentions only what matters to it.

use cartera::app::catalogs::{Row, Table};
use cartera::entities::insight::{job, job_row_error};
use cartera::entities::records::prospect;
use cartera::ids::{self, Kind};
use cartera::resolvers::insight::jobs::{self, NewJob};
use sea_orm::sea_query::Expr;
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{Person, TestApp};

/// A created object, by its id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Made {
    pub id: String,
    pub uuid: Uuid,
}

/// Ids of entries of the catalogues that begin empty.
#[derive(Clone, Debug)]
pub struct Surroundings {
    pub tag: String,
    pub region: String,
    pub zone: String,
    /// Of the zone.
    pub sector: String,
}

/// A prospect to be created.
#[must_use]
pub struct ProspectBuilder<'a> {
    app: &'a TestApp,
    by: Person,
    input: Value,
}

/// A kind of job that no server runs.
pub const IDLE_JOB: &str = "idle";

const CREATE: &str = "mutation ($input: ProspectCreateInput!) {
    prospectCreate(input: $input) { prospect { id } userErrors { code message path } } }";
const NOTE: &str = "mutation ($id: ID!, $body: String!) {
    noteCreate(prospectId: $id, input: { body: $body }) { entry { id } userErrors { code message path } } }";
const LOG: &str = "mutation ($id: ID!, $input: InteractionLogInput!) {
    interactionLog(prospectId: $id, input: $input) { entry { id } userErrors { code message path } } }";
const STATUS: &str = "mutation ($id: ID!, $input: ProspectStatusChangeInput!) {
    prospectStatusChange(id: $id, input: $input) { prospect { id } userErrors { code message path } } }";
const CONVERT: &str = "mutation ($id: ID!) {
    prospectConvert(id: $id, input: {}) { client { id } userErrors { code message path } } }";
const TASK: &str = "mutation ($id: ID!, $input: TaskCreateInput!) {
    taskCreate(prospectId: $id, input: $input) { task { id } userErrors { code message path } } }";
const OWNER: &str = "mutation ($id: ID!, $ownerId: ID) {
    prospectOwnerChange(id: $id, input: { ownerId: $ownerId }) { userErrors { code message path } } }";

impl Made {
    pub fn new(id: &str) -> Made {
        let (_, uuid) = cartera::ids::parse(id).unwrap_or_else(|| panic!("{id} is no id"));
        Made { id: id.to_owned(), uuid }
    }

    /// The id of the client that the prospect is, or would be.
    pub fn client_id(&self) -> String {
        Kind::Client.encode(self.uuid)
    }
}

impl ProspectBuilder<'_> {
    pub fn name(self, name: &str) -> Self {
        self.with(json!({ "name": name }))
    }

    pub fn owner(self, owner: &Person) -> Self {
        self.with(json!({ "ownerId": owner.id }))
    }

    pub fn unowned(self) -> Self {
        self.with(json!({ "ownerId": null }))
    }

    /// Created by another user than the administrator.
    pub fn by(mut self, person: &Person) -> Self {
        self.by = person.clone();
        self
    }

    /// Any fields of `ProspectCreateInput`.
    pub fn with(mut self, fields: Value) -> Self {
        let input = self.input.as_object_mut().expect("the input is an object");
        input.extend(fields.as_object().expect("fields are an object").clone());
        self
    }

    /// Contacts, e-mails, phones, identifiers, addresses and a touch, whose texts all contain `word`.
    pub fn complete(self, word: &str) -> Self {
        let digits: u32 = word.bytes().fold(7, |sum, byte| (sum * 31 + u32::from(byte)) % 1_000_000);
        let fields = json!({
            "legalName": format!("{word} legal name"),
            "identifiers": [{ "typeId": self.app.identifier_type("Other document"), "country": "VE", "number": format!("V-{word}-{digits}") }],
            "emails": [{ "value": format!("{word}@correo.example"), "label": format!("{word} mail") }],
            "phones": [{ "value": format!("+58212{:07}", 2_000_000 + digits), "label": format!("{word} phone") }],
            "contacts": [{
                "firstName": format!("{word} first"), "lastName": format!("{word} last"), "description": format!("{word} description"),
                "isMain": true,
                "emails": [{ "value": format!("{word}.contact@correo.example") }],
                "phones": [{ "value": format!("+58414{:07}", 3_000_000 + digits), "label": format!("{word} mobile") }],
            }],
            "addresses": [{
                "country": "VE", "city": format!("{word} city"), "municipality": format!("{word} municipality"),
                "parish": format!("{word} parish"), "postalCode": "1010", "line": format!("{word} line"),
                "reference": format!("{word} reference"), "location": { "latitude": 10.5, "longitude": -66.9 },
            }],
            "firstTouch": {
                "sourceId": self.app.source("Google Ads"), "medium": format!("{word} medium"),
                "pageUrl": format!("https://{word}.example/form"), "referrer": format!("https://{word}.example/from"),
                "pageSection": format!("{word} section"), "ipAddress": format!("2001:db8::{:x}:{:x}", digits / 1_000 + 1, digits % 1_000 + 1),
                "utm": {
                    "source": format!("{word} source"), "medium": format!("{word} medium"), "campaign": format!("{word} campaign"),
                    "term": format!("{word} term"), "content": format!("{word} content"),
                },
                "ad": {
                    "campaign": format!("{word} campaign"), "adGroup": format!("{word} group"), "keyword": format!("{word} keyword"),
                    "network": "DISPLAY", "device": "TABLET", "adId": format!("{word} ad"), "clickId": format!("{word} click"),
                },
            },
        });
        self.with(fields)
    }

    /// The input to send.
    pub fn input(&self) -> &Value {
        &self.input
    }

    pub async fn create(self) -> Made {
        let answer = self.by.run(CREATE, json!({ "input": self.input })).await;
        let prospect = &answer.payload("prospectCreate")["prospect"];
        let id = prospect["id"].as_str().unwrap_or_else(|| panic!("not visible: {}", answer.text));
        Made::new(id)
    }
}

impl TestApp {
    /// A person called Prospect, created and owned by the administrator.
    pub fn prospect(&self) -> ProspectBuilder<'_> {
        ProspectBuilder {
            app: self,
            by: self.admin.clone(),
            input: json!({ "kind": "PERSON", "name": "Prospect" }),
        }
    }

    /// Adds a number of prospects with the columns of this one, and without child rows.
    pub async fn copies(&self, of: &Made, many: usize) {
        let db = self.core.db.writer();
        let model = prospect::Entity::find_by_id(of.uuid)
            .one(db)
            .await
            .expect("a query")
            .expect("it was created");
        let copy = |_| {
            let copy = prospect::Model {
                id: ids::new(),
                cycle_id: ids::new(),
                ..model.clone()
            };
            copy.into_active_model().reset_all()
        };
        let copies: Vec<prospect::ActiveModel> = (0..many).map(copy).collect();
        for some in copies.chunks(500) {
            let insert = prospect::Entity::insert_many(some.to_vec());
            insert.exec_without_returning(db).await.expect("copies of a prospect");
        }
    }

    pub async fn note(&self, by: &Person, prospect: &Made, body: &str) -> Made {
        let answer = by.run(NOTE, json!({ "id": prospect.id, "body": body })).await;
        Made::new(answer.payload("noteCreate")["entry"]["id"].as_str().expect("the entry has an id"))
    }

    /// An outgoing call unless the fields say otherwise.
    pub async fn log(&self, by: &Person, prospect: &Made, fields: Value) -> Made {
        let mut input = json!({ "type": "CALL", "direction": "OUTGOING" });
        let object = input.as_object_mut().expect("the input is an object");
        object.extend(fields.as_object().expect("fields are an object").clone());
        let answer = by.run(LOG, json!({ "id": prospect.id, "input": input })).await;
        Made::new(
            answer.payload("interactionLog")["entry"]["id"]
                .as_str()
                .expect("the entry has an id"),
        )
    }

    /// A call due in an hour, for the owner, unless the fields of `TaskCreateInput` say otherwise.
    pub async fn task(&self, by: &Person, prospect: &Made, fields: Value) -> Made {
        let mut input = json!({ "typeId": self.task_type("Call"), "dueAt": self.time(3_600_000) });
        let object = input.as_object_mut().expect("the input is an object");
        object.extend(fields.as_object().expect("fields are an object").clone());
        let answer = by.run(TASK, json!({ "id": prospect.id, "input": input })).await;
        Made::new(answer.payload("taskCreate")["task"]["id"].as_str().expect("the task has an id"))
    }

    /// Changes the status; lost and discarded get the reason `No budget`.
    pub async fn move_to(&self, by: &Person, prospect: &Made, status: &str) {
        self.move_as(by, prospect, status, json!({})).await;
    }

    /// Changes the status, with any fields of `ProspectStatusChangeInput`.
    pub async fn move_as(&self, by: &Person, prospect: &Made, status: &str, fields: Value) {
        let mut input = json!({ "statusId": self.status(status) });
        if ["Lost", "Discarded"].contains(&status) {
            input["reasonId"] = json!(self.reason("No budget"));
        }
        let object = input.as_object_mut().expect("the input is an object");
        object.extend(fields.as_object().expect("fields are an object").clone());
        let answer = by.run(STATUS, json!({ "id": prospect.id, "input": input })).await;
        answer.payload("prospectStatusChange");
    }

    pub async fn convert(&self, by: &Person, prospect: &Made) {
        by.run(CONVERT, json!({ "id": prospect.id })).await.payload("prospectConvert");
    }

    pub async fn give(&self, by: &Person, prospect: &Made, owner: Option<&Person>) {
        let variables = json!({ "id": prospect.id, "ownerId": owner.map(|owner| &owner.id) });
        by.run(OWNER, variables).await.payload("prospectOwnerChange");
    }

    /// A background job of a user, or of the system, of a kind that no server runs.
    pub async fn job(&self, user: Option<&Person>) -> Made {
        self.job_of(IDLE_JOB, user, json!({})).await
    }

    /// The same of any kind.
    pub async fn job_of(&self, kind: &'static str, user: Option<&Person>, payload: Value) -> Made {
        let new = NewJob {
            user_id: user.map(|user| user.uuid),
            payload,
            ..NewJob::of_system(kind)
        };
        let job = jobs::enqueue(self.core.db.writer(), new, self.now())
            .await
            .expect("a job is queued");
        Made::new(&Kind::Job.encode(job.id))
    }

    /// One that failed before, and in whose first row there is something wrong.
    pub async fn job_with_row_error(&self, user: Option<&Person>, message: &str) -> Made {
        let made = self.job(user).await;
        let row = job_row_error::Model {
            id: ids::new(),
            job_id: made.uuid,
            row_number: 1,
            column_name: Some("name".to_owned()),
            code: "REQUIRED".to_owned(),
            message: message.to_owned(),
        };
        let db = self.core.db.writer();
        let insert = job_row_error::Entity::insert(row.into_active_model().reset_all());
        insert.exec_without_returning(db).await.expect("a row error");
        let count = job::Entity::update_many()
            .col_expr(job::Column::RowErrors, Expr::value(1_i64))
            .col_expr(job::Column::ErrorCode, Expr::value(job::JobErrorCode::Invalid))
            .col_expr(job::Column::ErrorMessage, Expr::value(message))
            .filter(job::Column::Id.eq(made.uuid));
        count.exec(db).await.expect("the job is there");
        made
    }

    pub fn channel(&self, name: &str) -> String {
        named(&self.core.catalogs.snapshot().channels, Kind::Channel, name)
    }

    pub fn segment(&self, name: &str) -> String {
        named(&self.core.catalogs.snapshot().segments, Kind::Segment, name)
    }

    /// A potential level of prospects.
    pub fn level(&self, name: &str) -> String {
        self.level_of(cartera::entities::setup::potential_level::LevelKind::Prospect, name)
    }

    /// A potential level of clients.
    pub fn client_level(&self, name: &str) -> String {
        self.level_of(cartera::entities::setup::potential_level::LevelKind::Client, name)
    }

    pub fn status(&self, name: &str) -> String {
        named(&self.core.catalogs.snapshot().statuses, Kind::Status, name)
    }

    pub fn reason(&self, name: &str) -> String {
        named(&self.core.catalogs.snapshot().reasons, Kind::Reason, name)
    }

    pub fn source(&self, name: &str) -> String {
        named(&self.core.catalogs.snapshot().sources, Kind::Source, name)
    }

    pub fn task_type(&self, name: &str) -> String {
        named(&self.core.catalogs.snapshot().task_types, Kind::TaskType, name)
    }

    pub fn identifier_type(&self, name: &str) -> String {
        named(&self.core.catalogs.snapshot().identifier_types, Kind::IdentifierType, name)
    }

    pub fn industry(&self, name: &str) -> String {
        named(&self.core.catalogs.snapshot().industries, Kind::Industry, name)
    }

    pub fn customer_type(&self, name: &str) -> String {
        named(&self.core.catalogs.snapshot().customer_types, Kind::CustomerType, name)
    }

    pub fn address_type(&self, name: &str) -> String {
        named(&self.core.catalogs.snapshot().address_types, Kind::AddressType, name)
    }

    /// A new entry of a catalogue, by the names that the schema gives it; answers its id.
    pub async fn entry(&self, kind: &str, one: &str, input: Value) -> String {
        let document = format!(
            "mutation ($input: {kind}CreateInput!) {{ {one}Create(input: $input) {{ {one} {{ id }} userErrors {{ code message path }} }} }}"
        );
        let answer = self.admin.run(&document, json!({ "input": input })).await;
        let entry = &answer.payload(&format!("{one}Create"))[one];
        entry["id"].as_str().expect("an id").to_owned()
    }

    /// What a new entry of a catalogue needs; sectors go into the zone.
    pub fn new_entry(one: &str, zone: &str, name: &str) -> Value {
        let mut input = json!({ "name": name });
        match one {
            "potentialLevel" => input["appliesTo"] = json!("CLIENT"),
            "status" => input["category"] = json!("OPEN"),
            "reason" => input["category"] = json!("LOST"),
            "sector" => input["zoneId"] = json!(zone),
            _ => {}
        }
        input
    }

    /// One entry of each catalogue that a new installation leaves empty.
    pub async fn surroundings(&self) -> Surroundings {
        let zone = self.entry("Zone", "zone", json!({ "name": "Norte" })).await;
        Surroundings {
            tag: self.entry("Tag", "tag", json!({ "name": "VIP", "color": "#112233" })).await,
            region: self.entry("Region", "region", json!({ "name": "Capital" })).await,
            sector: self.entry("Sector", "sector", json!({ "name": "La Colina", "zoneId": zone })).await,
            zone,
        }
    }

    fn level_of(&self, kind: cartera::entities::setup::potential_level::LevelKind, name: &str) -> String {
        let catalogs = self.core.catalogs.snapshot();
        let mut levels = catalogs.potential_levels.all().iter();
        let level = levels.find(|level| level.applies_to == kind && level.name == name);
        Kind::PotentialLevel.encode(level.unwrap_or_else(|| panic!("no level is called {name}")).id)
    }
}

fn named<M: Row>(table: &Table<M>, kind: Kind, name: &str) -> String {
    let row = table.all().iter().find(|row| row.name() == name && !row.is_retired());
    kind.encode(row.unwrap_or_else(|| panic!("no {kind:?} is called {name}")).id())
}
