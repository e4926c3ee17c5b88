//! The batches behind fields that follow a relation. They span requests, so each key carries the visibility scope and nothing is cached.

use std::collections::HashMap;
use std::sync::Arc;

use uuid::Uuid;

use crate::auth::Scope;
use crate::batch::{Batcher, Load};
use crate::db::Db;
use crate::error::Result;
use crate::resolvers::access::{keys, sessions};
use crate::resolvers::process::tasks::{self, Task, TaskKey};
use crate::resolvers::records::children::{self, Answer, Child, ChildKey};
use crate::resolvers::records::parts::{self, Cycle, PartJson, PartKey, PartOf};
use crate::resolvers::records::prospects::{self, Prospect, ProspectKey};
use crate::resolvers::records::timeline::Entry;
use crate::resolvers::records::timeline::notes::Version;

#[derive(Clone)]
pub struct Loaders {
    pub prospects: Batcher<Prospects>,
    pub parts: Batcher<Parts>,
    pub entries: Batcher<Children<Entry>>,
    pub cycles: Batcher<Children<Cycle>>,
    pub prospect_tasks: Batcher<Children<Task>>,
    pub tasks: Batcher<Tasks>,
    pub note_versions: Batcher<Children<Version>>,
    pub sessions: Batcher<Sessions>,
    pub api_keys: Batcher<ApiKeys>,
}

pub struct Prospects(Db);
pub struct Parts(Db);
pub struct Children<C>(Db, std::marker::PhantomData<fn() -> C>);
pub struct Tasks(Db);
/// By user; the field guards who may ask.
pub struct Sessions(Db);
/// The same.
pub struct ApiKeys(Db);

impl Loaders {
    pub fn new(db: &Db) -> Loaders {
        let places = || db.batches_at_once();
        Loaders {
            prospects: Batcher::new(Prospects(db.clone()), places()),
            parts: Batcher::new(Parts(db.clone()), places()),
            entries: Batcher::new(Children(db.clone(), std::marker::PhantomData), places()),
            cycles: Batcher::new(Children(db.clone(), std::marker::PhantomData), places()),
            prospect_tasks: Batcher::new(Children(db.clone(), std::marker::PhantomData), places()),
            tasks: Batcher::new(Tasks(db.clone()), places()),
            note_versions: Batcher::new(Children(db.clone(), std::marker::PhantomData), places()),
            sessions: Batcher::new(Sessions(db.clone()), places()),
            api_keys: Batcher::new(ApiKeys(db.clone()), places()),
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

impl Load for Prospects {
    type Key = ProspectKey;
    type Value = Prospect;

    async fn load(&self, keys: Vec<ProspectKey>) -> Result<HashMap<ProspectKey, Prospect>> {
        prospects::by_keys(&self.0, keys).await
    }
}

impl Load for Parts {
    type Key = PartKey;
    type Value = PartJson;

    async fn load(&self, keys: Vec<PartKey>) -> Result<HashMap<PartKey, PartJson>> {
        parts::by_keys(&self.0, keys).await
    }
}

impl<C: Child> Load for Children<C> {
    type Key = ChildKey<C::Filter>;
    type Value = Answer<C>;

    fn are_together(one: &Self::Key, other: &Self::Key) -> bool {
        (one.scope, &one.question) == (other.scope, &other.question)
    }

    async fn load(&self, keys: Vec<Self::Key>) -> Result<HashMap<Self::Key, Answer<C>>> {
        children::by_keys(&self.0, keys).await
    }
}

impl Load for Tasks {
    type Key = TaskKey;
    type Value = Arc<Task>;

    async fn load(&self, keys: Vec<TaskKey>) -> Result<HashMap<TaskKey, Arc<Task>>> {
        tasks::by_keys(&self.0, keys).await
    }
}

impl Load for Sessions {
    type Key = Uuid;
    type Value = Vec<sessions::Session>;

    async fn load(&self, users: Vec<Uuid>) -> Result<HashMap<Uuid, Vec<sessions::Session>>> {
        sessions::by_users(&self.0, users).await
    }
}

impl Load for ApiKeys {
    type Key = Uuid;
    type Value = Vec<keys::ApiKey>;

    async fn load(&self, users: Vec<Uuid>) -> Result<HashMap<Uuid, Vec<keys::ApiKey>>> {
        keys::by_users(&self.0, users).await
    }
}
