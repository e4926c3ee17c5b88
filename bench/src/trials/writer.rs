//! Clients that write: each one thing after another, remembering what it was promised.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use sea_orm::Database;
use serde_json::{Value, json};
use tokio::sync::watch;
use tokio::time::{sleep, timeout};
use uuid::Uuid;

use super::history::{Doubt, History, READ, Record};
use super::meter::Meter;
use crate::client::{Connection, Reply, post};
use crate::load::{Chance, NUMBER};
use crate::{Result, ids, operations, samples};

/// The writes that are tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Create,
    /// One that may be repeated.
    KeyedCreate,
    Note,
    Status,
}

/// Outcome of a request.
pub enum Answer {
    /// Payload of the mutation.
    Done(Value),
    /// It says that the database is away, and when to ask again.
    Unavailable,
    /// No answer came.
    Lost(String),
    /// Anything else.
    Wrong(String),
}

/// Texts of requests.
pub struct Texts {
    /// With `NUMBER` where they have to differ.
    input: String,
    /// Two that a prospect may move between.
    statuses: [String; 2],
}

pub struct Writer {
    token: String,
    texts: Arc<Texts>,
    pause: Duration,
    chance: Chance,
    /// Of the prospects those that are still written to.
    records: Vec<Record>,
    /// A creation with a key whose answer is owed.
    owed: Option<Creation>,
    /// Resolved guarantees.
    pub history: History,
}

struct Creation {
    name: String,
    key: Option<String>,
    input: Value,
}

/// A write, and its expected change.
enum Write {
    Create(Creation),
    Note(usize, String),
    Status(usize, String),
}

const CREATE: &str = "mutation Create($input: ProspectCreateInput!, $key: String) { prospectCreate(input: $input, idempotencyKey: $key) \
    { prospect { id status { id } } userErrors { code message path } } }";
const NOTE: &str = "mutation Note($id: ID!, $body: String!) { noteCreate(prospectId: $id, input: { body: $body }) \
    { entry { note { body } } userErrors { code message path } } }";
const STATUS: &str = "mutation Status($id: ID!, $status: ID!) { prospectStatusChange(id: $id, input: { statusId: $status }) \
    { prospect { status { id } } userErrors { code message path } } }";
/// Longer than the server lets any request run.
pub const PATIENCE: Duration = Duration::from_secs(20);
/// Between two tries while the server says that it cannot.
const AGAIN: Duration = Duration::from_millis(50);
/// So many prospects go on being written to after a look at them.
const KEPT: usize = 3;

/// Each number is used once in all trials of the process.
static NEXT_NUMBER: AtomicU64 = AtomicU64::new(1);

impl Kind {
    pub const ALL: [Kind; 4] = [Kind::Create, Kind::KeyedCreate, Kind::Note, Kind::Status];
}

impl Texts {
    /// From the catalogues of the database.
    pub async fn read(database: &str) -> Result<Texts> {
        let catalogs = samples::catalogs(database).await?;
        let db = Database::connect(database).await?;
        let status = |place: u32| format!("SELECT id FROM statuses WHERE category = 'OPEN' ORDER BY position LIMIT 1 OFFSET {place}");
        let (one, other): (Uuid, Uuid) = (samples::one(&db, &status(1)).await?, samples::one(&db, &status(2)).await?);
        db.close().await?;
        Ok(Texts {
            input: operations::input(&catalogs, ids::encode).to_string(),
            statuses: [ids::encode("sta", one), ids::encode("sta", other)],
        })
    }
}

impl Writer {
    pub fn new(number: u64, token: String, texts: Arc<Texts>, pause: Duration) -> Writer {
        Writer {
            token,
            texts,
            pause,
            chance: Chance::new(number),
            records: Vec::new(),
            owed: None,
            history: History::default(),
        }
    }

    /// Writes repeatedly until stopped, or until it becomes pointless.
    pub async fn write(mut self, address: SocketAddr, meter: Arc<Meter>, stop: watch::Receiver<bool>) -> Writer {
        let mut connection = None;
        while !*stop.borrow() {
            let write = self.choose();
            let kind = write.kind();
            let asked = Instant::now();
            let answer = self.ask(&mut connection, address, &write).await;
            let goes_on = meter.count(kind, &answer, asked.elapsed());
            let is_refused = matches!(answer, Answer::Unavailable);
            self.remember(write, answer);
            if !goes_on {
                break;
            }
            sleep(if is_refused { AGAIN } else { self.pause }).await;
        }
        self
    }

    /// Repeats unanswered requests, and checks all writes since the last time; returns the violations.
    pub async fn verify(&mut self, address: SocketAddr) -> Vec<String> {
        let mut broken = Vec::new();
        let mut connection = None;
        if let Some(creation) = self.owed.take() {
            self.repeat(creation, address, &mut broken).await;
        }
        for record in &mut self.records {
            let request = request(&self.token, READ, &json!({ "id": record.id }));
            let prospect = match exchange(&mut connection, address, &request, "prospect").await {
                Answer::Done(prospect) => prospect,
                Answer::Unavailable => {
                    broken.push(format!("a read of {} was refused as UNAVAILABLE", record.name));
                    continue;
                }
                Answer::Lost(words) | Answer::Wrong(words) => {
                    broken.push(format!("{} could not be read: {words}", record.name));
                    continue;
                }
            };
            let was_in_doubt = record.doubt.is_some();
            let has_happened = record.compare(&prospect, &mut broken);
            self.history.doubts += u64::from(was_in_doubt);
            self.history.doubts_done += u64::from(has_happened);
        }
        let done = self.records.len().saturating_sub(KEPT);
        self.history.records.extend(self.records.drain(..done));
        broken
    }

    /// Moves all prospects into the history: nothing is written to them any more.
    pub fn finish(&mut self) {
        self.history.records.append(&mut self.records);
    }

    /// A call with a key makes one prospect, however often it is sent.
    async fn repeat(&mut self, creation: Creation, address: SocketAddr, broken: &mut Vec<String>) {
        let mut connection = None;
        self.history.doubts += 1;
        let mut made: Option<Value> = None;
        let write = Write::Create(creation);
        for _ in 0..2 {
            match self.ask(&mut connection, address, &write).await {
                Answer::Done(payload) => match &made {
                    Some(before) if before["prospect"]["id"] != payload["prospect"]["id"] => {
                        broken.push(format!("a call was repeated with its key and made {before} and {payload}"));
                    }
                    _ => made = Some(payload),
                },
                Answer::Unavailable => broken.push("a repeated call was refused as UNAVAILABLE".to_owned()),
                Answer::Lost(words) | Answer::Wrong(words) => broken.push(format!("a repeated call was answered {words}")),
            }
        }
        if let Some(payload) = made {
            self.remember(write, Answer::Done(payload));
        }
    }

    fn choose(&mut self) -> Write {
        if let Some(creation) = self.owed.take() {
            return Write::Create(creation);
        }
        let open: Vec<usize> = (0..self.records.len())
            .filter(|place| self.records[*place].may_be_written())
            .collect();
        let draw = self.chance.below(10);
        let number = format!("{:0width$}", NEXT_NUMBER.fetch_add(1, Ordering::Relaxed), width = NUMBER.len());
        if draw < 4 || open.is_empty() {
            let input: Value = serde_json::from_str(&self.texts.input.replace(NUMBER, &number)).expect("it was JSON before");
            return Write::Create(Creation {
                name: input["name"].as_str().unwrap_or_default().to_owned(),
                key: draw.is_multiple_of(2).then(|| format!("trial {number}")),
                input,
            });
        }
        let place = open[self.chance.below(open.len())];
        if draw < 7 {
            return Write::Note(place, format!("Note {number}"));
        }
        let [one, other] = &self.texts.statuses;
        let next = if self.records[place].status() == one { other } else { one };
        Write::Status(place, next.clone())
    }

    async fn ask(&self, connection: &mut Option<Connection>, address: SocketAddr, write: &Write) -> Answer {
        let (document, variables, field) = match write {
            Write::Create(creation) => (CREATE, json!({ "input": creation.input, "key": creation.key }), "prospectCreate"),
            Write::Note(place, body) => (NOTE, json!({ "id": self.records[*place].id, "body": body }), "noteCreate"),
            Write::Status(place, status) => (
                STATUS,
                json!({ "id": self.records[*place].id, "status": status }),
                "prospectStatusChange",
            ),
        };
        exchange(connection, address, &request(&self.token, document, &variables), field).await
    }

    fn remember(&mut self, write: Write, answer: Answer) {
        match (write, answer) {
            (Write::Create(creation), Answer::Done(payload)) => self.records.push(Record {
                id: payload["prospect"]["id"].as_str().unwrap_or_default().to_owned(),
                name: creation.name,
                statuses: vec![payload["prospect"]["status"]["id"].as_str().unwrap_or_default().to_owned()],
                notes: Vec::new(),
                doubt: None,
            }),
            (Write::Create(creation), _) if creation.key.is_some() => self.owed = Some(creation),
            (Write::Create(creation), _) => self.history.doubtful.push(creation.name),
            (Write::Note(place, body), Answer::Done(_)) => self.records[place].notes.push(body),
            (Write::Note(place, body), _) => self.records[place].doubt = Some(Doubt::Note(body)),
            (Write::Status(place, status), Answer::Done(_)) => self.records[place].statuses.push(status),
            (Write::Status(place, status), _) => self.records[place].doubt = Some(Doubt::Status(status)),
        }
    }
}

impl Write {
    fn kind(&self) -> Kind {
        match self {
            Write::Create(Creation { key: Some(_), .. }) => Kind::KeyedCreate,
            Write::Create(_) => Kind::Create,
            Write::Note(..) => Kind::Note,
            Write::Status(..) => Kind::Status,
        }
    }
}

pub fn request(token: &str, document: &str, variables: &Value) -> Vec<u8> {
    post(
        "/graphql",
        Some(token),
        &json!({ "query": document, "variables": variables }).to_string(),
    )
}

/// Asks over the connection, or over a new one where there is none.
pub async fn exchange(connection: &mut Option<Connection>, address: SocketAddr, request: &[u8], field: &str) -> Answer {
    let asked = timeout(PATIENCE, async {
        let open = match connection.take() {
            Some(open) => open,
            None => Connection::open(address).await?,
        };
        let open = connection.insert(open);
        Ok::<_, crate::Failure>(read(&open.exchange(request).await?, field))
    });
    match asked.await {
        Ok(Ok(answer)) => answer,
        failed => {
            *connection = None;
            Answer::Lost(match failed {
                Ok(Err(error)) => error.to_string(),
                _ => "nothing for too long".to_owned(),
            })
        }
    }
}

fn read(reply: &Reply<'_>, field: &str) -> Answer {
    let body: Value = serde_json::from_slice(reply.body).unwrap_or_default();
    let value = &body["data"][field];
    if reply.status == 200 && body["errors"].is_null() && value["userErrors"].as_array().is_none_or(Vec::is_empty) {
        return Answer::Done(value.clone());
    }
    let errors = body["errors"].as_array().map_or(&[][..], Vec::as_slice);
    let is_away = |error: &Value| error["extensions"]["code"] == "UNAVAILABLE";
    if reply.status == 503 && reply.retry_after.is_some() && !errors.is_empty() && errors.iter().all(is_away) {
        return Answer::Unavailable;
    }
    let text = String::from_utf8_lossy(reply.body);
    Answer::Wrong(format!("{} {}", reply.status, text.chars().take(600).collect::<String>()))
}
