//! Attributes of the trial: their definitions, their values, and requests that change and read them.

use std::net::SocketAddr;

use sea_orm::{ConnectionTrait, Database, DatabaseConnection, DbBackend};
use serde_json::{Value, json};

use crate::Result;
use crate::trials::writer::{Answer, exchange, request};

/// Key of the unique number of a record.
pub const NUMBER: &str = "trial_number";
/// Key of the attribute whose type changes.
pub const SIZE: &str = "trial_size";
/// Attributes whose index is switched on and off.
pub const MARKS: usize = 8;
/// One of so many records has a word for its size, which is no integer.
pub const WORDS: u64 = 10;

/// Types of the size.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SizeType {
    Text,
    Integer,
}

pub struct Subject {
    token: String,
    size_id: String,
    mark_ids: Vec<String>,
}

const DEFINE: &str = "mutation Define($input: AttributeDefinitionCreateInput!) { attributeDefinitionCreate(input: $input) \
    { attributeDefinition { id } userErrors { code message path } } }";
const UPDATE: &str = "mutation Change($id: ID!, $input: AttributeDefinitionUpdateInput!) { attributeDefinitionUpdate(id: $id, input: $input) \
    { attributeDefinition { id } userErrors { code message path } } }";
const CREATE: &str = "mutation Create($input: ProspectCreateInput!) { prospectCreate(input: $input) \
    { prospect { id } userErrors { code message path } } }";

pub fn mark_key(mark: usize) -> String {
    format!("trial_mark_{mark}")
}

/// Whether the index of the mark is a unique one.
pub fn is_unique(mark: usize) -> bool {
    mark % 2 == 1
}

/// The word of a record whose size is no integer.
pub fn word(number: u64) -> String {
    format!("none {number}")
}

impl SizeType {
    pub fn other(self) -> SizeType {
        match self {
            SizeType::Text => SizeType::Integer,
            SizeType::Integer => SizeType::Text,
        }
    }

    pub fn name(self) -> &'static str {
        match self {
            SizeType::Text => "TEXT",
            SizeType::Integer => "INTEGER",
        }
    }
}

impl Subject {
    /// Defines the attributes, and gives each prospect its values.
    pub async fn define(address: SocketAddr, token: String, database: &str) -> Result<Subject> {
        let mut subject = Subject {
            token,
            size_id: String::new(),
            mark_ids: Vec::new(),
        };
        subject.define_one(address, NUMBER, "INTEGER", true).await?;
        subject.size_id = subject.define_one(address, SIZE, "TEXT", false).await?;
        for mark in 0..MARKS {
            let id = subject.define_one(address, &mark_key(mark), "INTEGER", false).await?;
            subject.mark_ids.push(id);
        }
        let db = Database::connect(database).await?;
        db.execute_unprepared(&values(db.get_database_backend())).await?;
        db.close().await?;
        subject.restore_words(database).await?;
        Ok(subject)
    }

    async fn define_one(&self, address: SocketAddr, key: &str, kind: &str, is_unique: bool) -> Result<String> {
        let input = json!({ "entity": "PROSPECT", "key": key, "label": key, "type": kind, "isUnique": is_unique });
        match self
            .ask(address, DEFINE, json!({ "input": input }), "attributeDefinitionCreate")
            .await
        {
            Answer::Done(payload) => Ok(payload["attributeDefinition"]["id"].as_str().unwrap_or_default().to_owned()),
            Answer::Wrong(words) => Err(format!("the attribute {key} could not be defined: {words}").into()),
            _ => Err(format!("the attribute {key} could not be defined").into()),
        }
    }

    /// Gives the records with a word their word again, which a change to integers removes. The type has to be text.
    pub async fn restore_words(&self, database: &str) -> Result<()> {
        let db = Database::connect(database).await?;
        db.execute_unprepared(&words(&db)).await?;
        Ok(db.close().await?)
    }

    /// Changes the type of the size; does not borrow, so that it goes on beside the kill.
    pub fn change_size(&self, address: SocketAddr, to: SizeType) -> impl Future<Output = Answer> + Send + use<> {
        let variables = json!({ "id": self.size_id, "input": { "type": to.name() } });
        let request = request(&self.token, UPDATE, &variables);
        async move { exchange(&mut None, address, &request, "attributeDefinitionUpdate").await }
    }

    /// Switches the index of a mark on or off.
    pub async fn switch(&self, address: SocketAddr, mark: usize, is_on: bool) -> Answer {
        let flag = if is_unique(mark) { "isUnique" } else { "isIndexed" };
        let variables = json!({ "id": self.mark_ids[mark], "input": { flag: is_on } });
        self.ask(address, UPDATE, variables, "attributeDefinitionUpdate").await
    }

    /// Finds a record by each of its values, and reads its size; returns what is wrong.
    pub async fn look_up(&self, address: SocketAddr, number: u64, size: Option<Value>) -> Vec<String> {
        let text = size.map(|size| json!({ "text": size.as_str().map_or_else(|| size.to_string(), str::to_owned) }));
        let expected = json!({ "totalCount": 1, "nodes": [{ "attribute": text }] });
        let document = format!(
            "query ($filter: ProspectFilter!) {{ prospects(filter: $filter, first: 2) \
                {{ totalCount nodes {{ attribute(key: \"{SIZE}\") {{ text }} }} }} }}"
        );
        let mut wrong = Vec::new();
        for key in (0..MARKS).map(mark_key).chain([NUMBER.to_owned()]) {
            let filter = json!({ "attributes": [{ "key": key, "number": { "eq": number } }] });
            match self.ask(address, &document, json!({ "filter": filter }), "prospects").await {
                Answer::Done(found) if found == expected => {}
                Answer::Done(found) => wrong.push(format!("{key} {number} finds {found} and not {expected}")),
                Answer::Wrong(words) | Answer::Lost(words) => wrong.push(format!("{key} {number} is answered {words}")),
                Answer::Unavailable => wrong.push(format!("{key} {number} is answered UNAVAILABLE")),
            }
        }
        wrong
    }

    /// Tries to use a number twice; returns what is wrong.
    pub async fn take_twice(&self, address: SocketAddr) -> Option<String> {
        let input = json!({ "kind": "PERSON", "name": "Taken", "attributes": [{ "key": NUMBER, "value": { "number": "1" } }] });
        match self.ask(address, CREATE, json!({ "input": input }), "prospectCreate").await {
            Answer::Wrong(words) if words.contains("TAKEN") => None,
            Answer::Wrong(words) | Answer::Lost(words) => Some(format!("a number that is taken is answered {words}")),
            _ => Some("a number was taken twice".to_owned()),
        }
    }

    async fn ask(&self, address: SocketAddr, document: &str, variables: Value, field: &str) -> Answer {
        exchange(&mut None, address, &request(&self.token, document, &variables), field).await
    }
}

/// The statement that gives each prospect its number, in the marks as well, and as text for its size.
fn values(backend: DbBackend) -> String {
    let marks: String = (0..MARKS).map(|mark| format!(", '{}', v.n", mark_key(mark))).collect();
    let fields = format!("'{NUMBER}', v.n, '{SIZE}', CAST(v.n AS TEXT), '{SIZE}~', CAST(v.n AS TEXT){marks}");
    let merged = match backend {
        DbBackend::Postgres => format!("coalesce(t.attributes, CAST('{{}}' AS jsonb)) || jsonb_build_object({fields})"),
        _ => format!("json_patch(coalesce(t.attributes, '{{}}'), json_object({fields}))"),
    };
    format!(
        "UPDATE prospects AS t SET attributes = {merged} FROM (SELECT id, row_number() OVER (ORDER BY id) AS n FROM prospects \
         WHERE deleted_at IS NULL) v WHERE v.id = t.id"
    )
}

/// The statement that gives the records with a word their word.
fn words(db: &DatabaseConnection) -> String {
    match db.get_database_backend() {
        DbBackend::Postgres => {
            let number = format!("CAST(attributes ->> '{NUMBER}' AS bigint)");
            format!(
                "UPDATE prospects SET attributes = attributes || jsonb_build_object('{SIZE}', 'none ' || {number}, '{SIZE}~', 'none ' || {number}) \
                 WHERE {number} % {WORDS} = 0"
            )
        }
        _ => {
            let number = format!("json_extract(attributes, '$.{NUMBER}')");
            format!(
                "UPDATE prospects SET attributes = json_patch(attributes, json_object('{SIZE}', 'none ' || {number}, '{SIZE}~', 'none ' || {number})) \
                 WHERE {number} % {WORDS} = 0"
            )
        }
    }
}
