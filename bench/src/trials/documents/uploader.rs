//! A client that uploads, moves, deletes, restores and downloads documents of one prospect, and remembers what it was promised.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use serde_json::Value;
use sha2::{Digest, Sha256};
use tokio::sync::watch;
use tokio::time::sleep;

use super::file::{NewFile, PART};
use super::requests::{Caller, Plain, upload_of};
use super::tally::{Kind, Tally};
use crate::files::{bodyless, hexadecimal, put};
use crate::load::Chance;
use crate::trials::writer::Answer;

/// A document that exists for certain.
pub struct Document {
    pub id: String,
    pub name: String,
    pub sha256: String,
    pub place: Place,
    /// A change without an answer; nothing else is done with the document until that is cleared up.
    pub doubt: Option<Change>,
    /// Whether its file is still to be downloaded and compared.
    pub is_unread: bool,
}

/// What clients change of a document.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Place {
    pub is_deleted: bool,
    /// Whether the note carries it, and not the prospect.
    pub is_on_note: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    Delete,
    Restore,
    Move,
}

/// An upload in parts. A kill interrupts it, and it goes on with the next server.
pub struct Parts {
    pub file: NewFile,
    /// The ID and the address. None: the upload is not announced yet, or that was not answered.
    pub upload: Option<(String, String)>,
    /// Bytes that were acknowledged, and those that may have arrived.
    pub received: usize,
    pub sent: usize,
    /// Whether the document was asked for.
    pub is_finishing: bool,
}

pub struct Uploader {
    pub caller: Caller,
    pause: Duration,
    chance: Chance,
    pub documents: Vec<Document>,
    /// Deleted documents that are not to be restored.
    pub given_up: Vec<String>,
    /// The file of an upload that was not acknowledged and may have a document.
    pub doubtful: Option<NewFile>,
    /// A file whose upload has a key, and whose answer is owed.
    pub owed: Option<NewFile>,
    pub parts: Option<Parts>,
    pub tally: Tally,
    /// Changes that happened, each with an entry in the timeline.
    pub entries: u64,
    pub wrong: Vec<String>,
}

/// Documents of a prospect that are not deleted: more would fill the prospect up.
const MOST_LIVE: usize = 20;
/// Deleted documents that may be restored; of more the oldest are given up.
const MOST_DELETED: usize = 5;

/// Each number is used once in all trials of the process.
static NEXT_NUMBER: AtomicU64 = AtomicU64::new(1);

impl Change {
    pub fn of(self, place: Place) -> Place {
        match self {
            Change::Delete => Place { is_deleted: true, ..place },
            Change::Restore => Place {
                is_deleted: false,
                ..place
            },
            Change::Move => Place {
                is_on_note: !place.is_on_note,
                ..place
            },
        }
    }

    fn kind(self) -> Kind {
        match self {
            Change::Delete => Kind::Delete,
            Change::Restore => Kind::Restore,
            Change::Move => Kind::Move,
        }
    }
}

impl Uploader {
    pub fn new(number: u64, caller: Caller, pause: Duration) -> Uploader {
        Uploader {
            caller,
            pause,
            chance: Chance::new(number),
            documents: Vec::new(),
            given_up: Vec::new(),
            doubtful: None,
            owed: None,
            parts: None,
            tally: Tally::default(),
            entries: 0,
            wrong: Vec::new(),
        }
    }

    /// Does one thing after another until stopped, or until an answer does not come or is wrong.
    pub async fn work(mut self, stop: watch::Receiver<bool>) -> Uploader {
        while !*stop.borrow() && self.step().await {
            sleep(self.pause).await;
        }
        self
    }

    /// Takes over the document of a file; wrong if it is not that of the file.
    pub fn add(&mut self, file: &NewFile, document: &Value) {
        let sha256 = file.sha256();
        if document["name"] != file.name.as_str() || document["sha256"] != sha256.as_str() {
            self.wrong
                .push(format!("{} with the sum {sha256} was stored as {document}", file.name));
        }
        self.entries += 1;
        self.documents.push(Document {
            id: document["id"].as_str().unwrap_or_default().to_owned(),
            name: file.name.clone(),
            sha256,
            place: Place::default(),
            doubt: None,
            is_unread: true,
        });
    }

    /// Downloads the file of a document, and compares it with what was uploaded.
    pub async fn compare_file(&mut self, index: usize, url: &str) -> Answer {
        let document = &mut self.documents[index];
        match self.caller.send(&bodyless("GET", url)).await {
            Some(Plain { status: 200, body, .. }) if hexadecimal(Sha256::digest(&body)) == document.sha256 => {
                document.is_unread = false;
                Answer::Done(Value::Null)
            }
            Some(Plain { status, body, .. }) => {
                let length = body.len();
                Answer::Wrong(format!("{status} and {length} bytes that are not those of its file"))
            }
            None => Answer::Lost(String::new()),
        }
    }

    /// Counts an answer, and returns its payload if it is as it should be.
    pub fn count(&mut self, kind: Kind, name: &str, answer: Answer) -> Option<Value> {
        match answer {
            Answer::Done(payload) => {
                self.tally.done[kind as usize] += 1;
                return Some(payload);
            }
            Answer::Lost(_) => self.tally.lost += 1,
            Answer::Unavailable => self.wrong.push(format!("a {kind:?} of {name} was refused as UNAVAILABLE")),
            Answer::Wrong(words) => self.wrong.push(format!("a {kind:?} of {name} was answered {words}")),
        }
        None
    }

    /// One request, or two that belong together; false: no more of them.
    async fn step(&mut self) -> bool {
        self.give_up();
        let of = |is_deleted: bool| -> Vec<usize> {
            let all = self.documents.iter().enumerate();
            all.filter(|(_, document)| document.place.is_deleted == is_deleted)
                .map(|(index, _)| index)
                .collect()
        };
        let (live, deleted) = (of(false), of(true));
        if live.len() >= MOST_LIVE {
            return self.change(live[0], Change::Delete).await;
        }
        match self.chance.below(12) {
            0..4 if self.parts.is_some() => self.go_on().await,
            7 if !live.is_empty() => {
                let index = live[self.chance.below(live.len())];
                self.change(index, Change::Delete).await
            }
            8 if !deleted.is_empty() => {
                let index = deleted[self.chance.below(deleted.len())];
                self.change(index, Change::Restore).await
            }
            9 if !live.is_empty() => {
                let index = live[self.chance.below(live.len())];
                self.change(index, Change::Move).await
            }
            10 if !live.is_empty() => {
                let index = live[self.chance.below(live.len())];
                self.download(index).await
            }
            11 if self.parts.is_none() => {
                self.parts = Some(Parts {
                    file: NewFile::of_parts(next_number(), &mut self.chance),
                    upload: None,
                    received: 0,
                    sent: 0,
                    is_finishing: false,
                });
                self.go_on().await
            }
            _ => self.upload().await,
        }
    }

    async fn upload(&mut self) -> bool {
        let file = NewFile::any(next_number(), &mut self.chance);
        let kind = if file.key.is_some() { Kind::KeyedUpload } else { Kind::Upload };
        let answer = self.caller.upload(&file, None).await;
        if let Some(payload) = self.count(kind, &file.name, answer) {
            self.add(&file, &payload["document"]);
            return true;
        }
        match kind {
            Kind::KeyedUpload => self.owed = Some(file),
            _ => self.doubtful = Some(file),
        }
        false
    }

    /// The next step of the upload in parts.
    async fn go_on(&mut self) -> bool {
        let Some(mut parts) = self.parts.take() else { return true };
        let (file, size) = (&parts.file, parts.file.content.len());
        let is_done;
        match &parts.upload {
            None => {
                let answer = self.caller.announce(file).await;
                parts.upload = self.count(Kind::Announce, &file.name, answer).map(|payload| upload_of(&payload));
                is_done = parts.upload.is_some();
            }
            Some((_, url)) if parts.received < size => {
                parts.sent = size.min(parts.received + PART);
                let part = put(url, parts.received, &file.content[parts.received..parts.sent]);
                let answer = match self.caller.send(&part).await {
                    Some(Plain {
                        status: 204,
                        upload_offset: Some(offset),
                        ..
                    }) if offset == parts.sent => Answer::Done(Value::Null),
                    Some(Plain { status, upload_offset, .. }) => Answer::Wrong(format!("{status} with the offset {upload_offset:?}")),
                    None => Answer::Lost(String::new()),
                };
                is_done = self.count(Kind::Part, &file.name, answer).is_some();
                if is_done {
                    parts.received = parts.sent;
                }
            }
            Some((id, _)) => {
                parts.is_finishing = true;
                let answer = self.caller.upload(file, Some(id)).await;
                if let Some(payload) = self.count(Kind::PartsUpload, &file.name, answer) {
                    self.add(file, &payload["document"]);
                    return true;
                }
                is_done = false;
            }
        }
        self.parts = Some(parts);
        is_done
    }

    async fn change(&mut self, index: usize, change: Change) -> bool {
        let answer = self.caller.change(&self.documents[index], change).await;
        let name = self.documents[index].name.clone();
        let is_done = self.count(change.kind(), &name, answer).is_some();
        let document = &mut self.documents[index];
        if is_done {
            document.place = change.of(document.place);
            document.is_unread |= change == Change::Restore;
            self.entries += 1;
        } else {
            document.doubt = Some(change);
        }
        is_done
    }

    async fn download(&mut self, index: usize) -> bool {
        let (id, name) = (self.documents[index].id.clone(), self.documents[index].name.clone());
        let answer = match self.caller.address_of(&id).await {
            Answer::Done(document) => {
                let url = document["downloadUrl"].as_str().unwrap_or_default();
                self.compare_file(index, url).await
            }
            answer => answer,
        };
        self.count(Kind::Download, &name, answer).is_some()
    }

    /// Gives up the oldest of too many deleted documents: the sweep removes them.
    fn give_up(&mut self) {
        let count = self.documents.iter().filter(|document| document.place.is_deleted).count();
        let mut too_many = count.saturating_sub(MOST_DELETED);
        let given_up = self.documents.extract_if(.., |document| {
            let is_given_up = too_many > 0 && document.place.is_deleted;
            too_many -= usize::from(is_given_up);
            is_given_up
        });
        self.given_up.extend(given_up.map(|document| document.id));
    }
}

impl Parts {
    /// Whether a request was not answered.
    pub fn is_waiting(&self) -> bool {
        self.upload.is_none() || self.sent > self.received || self.is_finishing
    }
}

fn next_number() -> u64 {
    NEXT_NUMBER.fetch_add(1, Ordering::Relaxed)
}
