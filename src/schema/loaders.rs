//! The data loaders behind fields that follow a relation. Batches span requests, so each key carries the visibility scope and nothing is cached.

use std::collections::HashMap;
use std::marker::PhantomData;
use std::sync::Arc;

use async_graphql::dataloader::Loader;
use uuid::Uuid;

use crate::auth::Scope;
use crate::db::Db;
use crate::error::{Error, Result};
use crate::loaders::DataLoader;
use crate::resolvers::access::{keys, sessions};
use crate::resolvers::insight::saved_reports::{self, SavedReport, SavedReportKey};
use crate::resolvers::process::tasks::{self, Task, TaskKey};
use crate::resolvers::records::children::{self, Answer, Child, ChildKey};
use crate::resolvers::records::documents::{self, Document as DocumentRow, DocumentKey};
use crate::resolvers::records::parts::{self, Cycle, PartJson, PartKey, PartOf};
use crate::resolvers::records::prospects::{self, Prospect, ProspectKey};
use crate::resolvers::records::timeline::notes::Version;
use crate::resolvers::records::timeline::{self, Entry, EntryKey};
use crate::rules::attributes::Document;

/// One for each question. They belong to no schema and no transport, so that all of them share batches.
pub struct Loaders {
    pub prospects: DataLoader<ProspectKey, Prospects>,
    pub parts: DataLoader<PartKey, Parts>,
    pub entries: ChildLoader<Entry>,
    pub single_entries: DataLoader<EntryKey, Entries>,
    pub documents: DataLoader<DocumentKey, Documents>,
    pub cycles: ChildLoader<Cycle>,
    pub prospect_tasks: ChildLoader<Task>,
    pub tasks: DataLoader<TaskKey, Tasks>,
    pub task_attributes: DataLoader<TaskKey, TaskAttributes>,
    pub note_versions: ChildLoader<Version>,
    pub sessions: DataLoader<Uuid, Sessions>,
    pub api_keys: DataLoader<Uuid, ApiKeys>,
    pub saved_reports: DataLoader<SavedReportKey, SavedReports>,
}

pub type ChildLoader<C> = DataLoader<ChildKey<<C as Child>::Filter>, Children<C>>;

pub struct Prospects(Db);
pub struct Parts(Db);
pub struct Children<C>(Db, PhantomData<fn() -> C>);
/// With their bodies.
pub struct Entries(Db);
pub struct Documents(Db);
pub struct Tasks(Db);
pub struct TaskAttributes(Db);
/// By user; the guard of the field says who may read them.
pub struct Sessions(Db);
/// The same.
pub struct ApiKeys(Db);
pub struct SavedReports(Db);

impl Loaders {
    pub fn new(db: &Db) -> Loaders {
        Loaders {
            prospects: DataLoader::new(Prospects(db.clone()), db),
            parts: DataLoader::new(Parts(db.clone()), db),
            entries: children(db),
            single_entries: DataLoader::new(Entries(db.clone()), db),
            documents: DataLoader::new(Documents(db.clone()), db),
            cycles: children(db),
            prospect_tasks: children(db),
            tasks: DataLoader::new(Tasks(db.clone()), db),
            task_attributes: DataLoader::new(TaskAttributes(db.clone()), db),
            note_versions: children(db),
            sessions: DataLoader::new(Sessions(db.clone()), db),
            api_keys: DataLoader::new(ApiKeys(db.clone()), db),
            saved_reports: DataLoader::new(SavedReports(db.clone()), db),
        }
    }

    /// The rows of a part of a prospect.
    pub async fn part<T: PartOf>(&self, scope: Scope, prospect_id: Uuid) -> Result<Vec<T>> {
        parts::rows(self.parts.load(PartKey(scope, prospect_id, T::PART)).await?)
    }

    /// The only row of a part of which there is at most one.
    pub async fn single<T: PartOf>(&self, scope: Scope, prospect_id: Uuid) -> Result<Option<T>> {
        Ok(self.part(scope, prospect_id).await?.pop())
    }
}

/// Each question has its statement, and so its own batch.
fn children<C: Child>(db: &Db) -> ChildLoader<C> {
    DataLoader::grouped(Children(db.clone(), PhantomData), db, |one, other| {
        (one.scope, &one.question) == (other.scope, &other.question)
    })
}

impl Loader<ProspectKey> for Prospects {
    type Value = Prospect;
    type Error = Error;

    async fn load(&self, keys: &[ProspectKey]) -> Result<HashMap<ProspectKey, Prospect>> {
        prospects::by_keys(&self.0, keys).await
    }
}

impl Loader<PartKey> for Parts {
    type Value = PartJson;
    type Error = Error;

    async fn load(&self, keys: &[PartKey]) -> Result<HashMap<PartKey, PartJson>> {
        parts::by_keys(&self.0, keys).await
    }
}

impl<C: Child> Loader<ChildKey<C::Filter>> for Children<C> {
    type Value = Answer<C>;
    type Error = Error;

    async fn load(&self, keys: &[ChildKey<C::Filter>]) -> Result<HashMap<ChildKey<C::Filter>, Answer<C>>> {
        children::by_keys(&self.0, keys).await
    }
}

impl Loader<EntryKey> for Entries {
    type Value = Arc<Entry>;
    type Error = Error;

    async fn load(&self, keys: &[EntryKey]) -> Result<HashMap<EntryKey, Arc<Entry>>> {
        timeline::by_keys(&self.0, keys).await
    }
}

impl Loader<DocumentKey> for Documents {
    type Value = Arc<DocumentRow>;
    type Error = Error;

    async fn load(&self, keys: &[DocumentKey]) -> Result<HashMap<DocumentKey, Arc<DocumentRow>>> {
        documents::by_keys(&self.0, keys).await
    }
}

impl Loader<TaskKey> for Tasks {
    type Value = Arc<Task>;
    type Error = Error;

    async fn load(&self, keys: &[TaskKey]) -> Result<HashMap<TaskKey, Arc<Task>>> {
        tasks::by_keys(&self.0, keys).await
    }
}

impl Loader<TaskKey> for TaskAttributes {
    type Value = Arc<Document>;
    type Error = Error;

    async fn load(&self, keys: &[TaskKey]) -> Result<HashMap<TaskKey, Arc<Document>>> {
        tasks::attributes_by_keys(&self.0, keys).await
    }
}

impl Loader<Uuid> for Sessions {
    type Value = Vec<sessions::Session>;
    type Error = Error;

    async fn load(&self, users: &[Uuid]) -> Result<HashMap<Uuid, Vec<sessions::Session>>> {
        sessions::by_users(&self.0, users).await
    }
}

impl Loader<Uuid> for ApiKeys {
    type Value = Vec<keys::ApiKey>;
    type Error = Error;

    async fn load(&self, users: &[Uuid]) -> Result<HashMap<Uuid, Vec<keys::ApiKey>>> {
        keys::by_users(&self.0, users).await
    }
}

impl Loader<SavedReportKey> for SavedReports {
    type Value = SavedReport;
    type Error = Error;

    async fn load(&self, keys: &[SavedReportKey]) -> Result<HashMap<SavedReportKey, SavedReport>> {
        saved_reports::by_keys(&self.0, keys).await
    }
}
