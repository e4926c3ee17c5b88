//! After a restart: unanswered requests are repeated or looked up, and all that was promised is compared with what the server has.

use std::collections::HashMap;

use serde_json::Value;

use super::file::NewFile;
use super::requests::upload_of;
use super::state::State;
use super::tally::Kind;
use super::uploader::{Parts, Place, Uploader};
use crate::files::bodyless;
use crate::ids;
use crate::trials::writer::Answer;

/// A document as the server lists it.
struct Listed {
    name: String,
    sha256: String,
    place: Place,
    url: Option<String>,
}

impl Uploader {
    /// Clears up what is in doubt, compares the lists, and downloads the files that are unread, or all of them; returns the violations.
    pub async fn verify(&mut self, is_complete: bool) -> Vec<String> {
        if let Some(file) = self.owed.take() {
            self.repeat_upload(&file, None).await;
        }
        if let Some(parts) = self.parts.take_if(|parts| parts.is_waiting()) {
            self.parts = self.clear_up(parts).await;
        }
        match self.list().await {
            Ok(listed) => self.compare(listed, is_complete).await,
            Err(words) => self.wrong.push(words),
        }
        std::mem::take(&mut self.wrong)
    }

    /// What is wrong with the number of entries in the timeline of the prospect: each change has one.
    pub fn compare_entries(&self, found: &State) -> Option<String> {
        let entries = found.entries_of(ids::decode(&self.caller.prospect)?);
        (entries != self.entries).then(|| format!("a timeline has {entries} entries of documents and not {}", self.entries))
    }

    /// Repeats an upload twice with its key: it makes one document, however often it is sent.
    async fn repeat_upload(&mut self, file: &NewFile, upload_id: Option<&str>) {
        let mut made: Option<Value> = None;
        for _ in 0..2 {
            match (self.caller.upload(file, upload_id).await, &made) {
                (Answer::Done(payload), None) => made = Some(payload),
                (Answer::Done(payload), Some(before)) if *before == payload => {}
                (Answer::Done(payload), Some(before)) => {
                    self.wrong
                        .push(format!("an upload was repeated with its key and made {before} and {payload}"));
                }
                (answer, _) => self.blame("a repeated upload", &file.name, answer),
            }
        }
        if let Some(payload) = made {
            self.add(file, &payload["document"]);
        }
    }

    /// Finds out how far an interrupted upload in parts has come. None: it is a document now.
    async fn clear_up(&mut self, mut parts: Parts) -> Option<Parts> {
        let Some((id, url)) = &parts.upload else {
            let answers = [self.caller.announce(&parts.file).await, self.caller.announce(&parts.file).await];
            match answers {
                [Answer::Done(one), Answer::Done(other)] if upload_of(&one).0 == upload_of(&other).0 => {
                    parts.upload = Some(upload_of(&one))
                }
                [Answer::Done(one), Answer::Done(other)] => {
                    self.wrong
                        .push(format!("an announcement was repeated with its key and made {one} and {other}"));
                }
                answers => {
                    for answer in answers {
                        self.blame("a repeated announcement", &parts.file.name, answer);
                    }
                }
            }
            return Some(parts);
        };
        if parts.is_finishing {
            self.repeat_upload(&parts.file, Some(id)).await;
            return None;
        }
        let offset = self
            .caller
            .send(&bodyless("HEAD", url))
            .await
            .and_then(|answer| answer.upload_offset);
        match offset {
            Some(offset) if offset == parts.received => {}
            Some(offset) if offset == parts.sent => {
                parts.received = parts.sent;
                self.tally.lost_done += 1;
            }
            other => self.wrong.push(format!(
                "the upload of {} has the offset {other:?}, and not {} or {}",
                parts.file.name, parts.received, parts.sent
            )),
        }
        parts.sent = parts.received;
        Some(parts)
    }

    /// All documents of the prospect by their IDs, deleted ones included, as long as they can be restored.
    async fn list(&mut self) -> Result<HashMap<String, Listed>, String> {
        let mut listed = HashMap::new();
        for (is_deleted, documents) in [(false, self.caller.live().await?), (true, self.caller.deleted().await?)] {
            for document in documents {
                let text = |field: &str| document[field].as_str().map(str::to_owned);
                let place = Place {
                    is_deleted,
                    is_on_note: document["carrierKind"] == "NOTE",
                };
                let entry = Listed {
                    name: text("name").unwrap_or_default(),
                    sha256: text("sha256").unwrap_or_default(),
                    place,
                    url: text("downloadUrl"),
                };
                listed.insert(text("id").unwrap_or_default(), entry);
            }
        }
        Ok(listed)
    }

    async fn compare(&mut self, mut listed: HashMap<String, Listed>, is_complete: bool) {
        if let Some(file) = self.doubtful.take()
            && let Some((id, _)) = listed.iter().find(|(_, entry)| entry.name == file.name)
        {
            let document = serde_json::json!({ "id": id, "name": file.name, "sha256": file.sha256() });
            self.add(&file, &document);
            self.tally.lost_done += 1;
        }
        let mut files = Vec::new();
        for (index, document) in self.documents.iter_mut().enumerate() {
            let Some(entry) = listed.remove(&document.id) else {
                self.wrong.push(format!("{} was acknowledged and is not listed", document.name));
                continue;
            };
            if let Some(change) = document.doubt.take()
                && entry.place == change.of(document.place)
            {
                document.place = entry.place;
                self.entries += 1;
                self.tally.lost_done += 1;
            }
            if (&entry.name, &entry.sha256, entry.place) != (&document.name, &document.sha256, document.place) {
                self.wrong.push(format!(
                    "{} with the sum {} is listed as {} with the sum {}; at {:?} and not {:?}",
                    document.name, document.sha256, entry.name, entry.sha256, entry.place, document.place
                ));
            }
            match entry.url {
                Some(url) if document.is_unread || is_complete => files.push((index, url)),
                None if !document.place.is_deleted => self.wrong.push(format!("{} has no address", document.name)),
                _ => {}
            }
        }
        for entry in listed.into_values() {
            self.wrong
                .push(format!("{} is listed and is no document of the client", entry.name));
        }
        for (index, url) in files {
            let answer = self.compare_file(index, &url).await;
            let name = self.documents[index].name.clone();
            match answer {
                Answer::Done(_) => self.tally.done[Kind::Download as usize] += 1,
                answer => self.blame("a download", &name, answer),
            }
        }
    }

    fn blame(&mut self, what: &str, name: &str, answer: Answer) {
        self.wrong.push(match answer {
            Answer::Done(_) => return,
            Answer::Unavailable => format!("{what} of {name} was refused as UNAVAILABLE"),
            Answer::Lost(words) | Answer::Wrong(words) => format!("{what} of {name} was answered {words}"),
        });
    }
}
