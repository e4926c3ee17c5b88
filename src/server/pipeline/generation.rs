//! Generations: the schemas of one revision of the definitions, each with everything that is only true of it, replaced as a whole.

use super::documents::DocumentCache;
use super::prices::prices;
use crate::app::App;
use crate::app::catalogs::Catalogs;
use crate::auth::Viewer;
use crate::error::Error;
use crate::limits::TypeMap;
use crate::limits::cost::Prices;
use crate::schema::custom::{Audience, FieldSets, Fields, retention};
use crate::schema::{self, Api};
use arc_swap::ArcSwap;
use async_graphql::parser::types::ExecutableDocument;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Instant;
use tokio::sync::Mutex;

/// A schema with its types, its prices, and the documents that it has validated.
pub struct Generation {
    /// The typed fields of the schema.
    fields: Arc<Fields>,
    pub api: Api,
    pub types: TypeMap,
    pub documents: DocumentCache,
    /// Typed fields that may hold long texts.
    long_texts: Vec<(String, String, u64)>,
    page_size: u64,
}

/// The schemas of one revision: one for administrators and one for all others, or the same where nothing is for administrators alone.
#[derive(Clone)]
pub struct Revision {
    /// The revision of the definitions.
    pub number: i64,
    administrators: Arc<Generation>,
    others: Arc<Generation>,
    /// Time at which the next retired field goes, in milliseconds.
    until: Option<i64>,
}

impl Generation {
    /// Builds the schema. Fails where the library panics, or where the text of the schema cannot be read.
    pub fn build(fields: &Arc<Fields>, page_size: u64) -> Result<Self, Error> {
        let build = || {
            let api = schema::build(fields);
            let types = TypeMap::from_sdl(&api.strict.sdl()).map_err(Error::internal)?;
            Ok((api, types))
        };
        let built = catch_unwind(AssertUnwindSafe(build));
        let (api, types) = built.unwrap_or_else(|_| Err(Error::internal("the library refused the types")))?;
        Ok(Self {
            fields: fields.clone(),
            api,
            types,
            documents: DocumentCache::new(),
            long_texts: fields.long_texts(),
            page_size,
        })
    }

    pub fn prices(&self) -> Prices<'_> {
        Prices {
            added: &self.long_texts,
            ..prices(self.page_size)
        }
    }
}

impl Revision {
    /// The schema of a caller; the same for all whose role permits the same.
    pub fn of(&self, caller: Option<&Viewer>) -> &Arc<Generation> {
        match Audience::of(caller.map(|viewer| viewer.role)) {
            Audience::Administrators => &self.administrators,
            Audience::Others => &self.others,
        }
    }

    /// The document with this text, if one of the schemas has validated it. That it is parsed says nothing of the other schema.
    pub fn parsed(&self, text: &str) -> Option<Arc<ExecutableDocument>> {
        self.others.documents.get(text).or_else(|| self.administrators.documents.get(text))
    }

    fn is_outdated(&self, number: i64, now: i64) -> bool {
        self.number < number || self.until.is_some_and(|until| until <= now)
    }
}

type Build = dyn Fn(&Arc<Fields>) -> Result<Generation, Error> + Send + Sync;

/// The generation of new operations. Those that run keep theirs.
#[derive(Clone)]
pub struct Generations {
    current: Arc<ArcSwap<Revision>>,
    build: Arc<Build>,
    /// Held by a build: there is one at a time.
    building: Arc<Mutex<()>>,
}

/// State of the definitions as of one request.
pub struct Definitions {
    catalogs: Arc<Catalogs>,
    now: i64,
    retention: i64,
}

impl Definitions {
    pub fn of(app: &App) -> Definitions {
        Definitions {
            catalogs: app.catalogs.snapshot(),
            now: app.clock.now(),
            retention: retention(app),
        }
    }

    fn fields(&self) -> FieldSets {
        FieldSets::new(&self.catalogs.definitions, self.now, self.retention)
    }
}

impl Generations {
    /// Builds the first one before any request. A schema whose attributes cannot be built starts without them.
    pub fn new(app: &App, build: impl Fn(&Arc<Fields>) -> Result<Generation, Error> + Send + Sync + 'static) -> Result<Self, Error> {
        let definitions = Definitions::of(app);
        let plain = Arc::new(build(&Arc::default())?);
        let bare = Revision {
            number: definitions.catalogs.definitions_revision(),
            administrators: plain.clone(),
            others: plain,
            until: None,
        };
        let first = next(&bare, &definitions, &build);
        Ok(Self {
            current: Arc::new(ArcSwap::from_pointee(first)),
            build: Arc::new(build),
            building: Arc::default(),
        })
    }

    /// The present generation. Where it is outdated, the first call starts to build the next one on another thread; until that has been
    /// built, all go on with the present one.
    pub fn current(&self, app: &App) -> Arc<Revision> {
        let current = self.current.load_full();
        let definitions = Definitions::of(app);
        if self.is_outdated(&definitions)
            && let Ok(permit) = self.building.clone().try_lock_owned()
        {
            let this = self.clone();
            tokio::task::spawn_blocking(move || {
                this.renew(&definitions);
                drop(permit);
            });
        }
        current
    }

    /// Waits until the present generation is of the present definitions, so that the next request of a caller who has just changed them
    /// finds the change. Where there is nothing to build it returns at once.
    pub async fn up_to_date(&self, app: &App) {
        let definitions = Definitions::of(app);
        if !self.is_outdated(&definitions) {
            return;
        }
        let permit = self.building.clone().lock_owned().await;
        let this = self.clone();
        // A build that panics has left the present generation.
        let _ = tokio::task::spawn_blocking(move || {
            this.renew(&definitions);
            drop(permit);
        })
        .await;
    }

    fn is_outdated(&self, definitions: &Definitions) -> bool {
        let current = self.current.load();
        current.is_outdated(definitions.catalogs.definitions_revision(), definitions.now)
    }

    /// Puts the next generation in the place of an outdated one, under the permit to build.
    fn renew(&self, definitions: &Definitions) {
        // Another build may have done it meanwhile.
        if self.is_outdated(definitions) {
            let next = next(&self.current.load(), definitions, &*self.build);
            self.current.store(Arc::new(next));
        }
    }
}

/// The generation of the definitions. Schemas that stay the same are kept, with the documents that they have validated. One that cannot be
/// built leaves the one before until the next revision.
fn next(current: &Revision, definitions: &Definitions, build: &Build) -> Revision {
    let started = Instant::now();
    let sets = definitions.fields();
    let kept = Revision {
        number: definitions.catalogs.definitions_revision(),
        until: sets.until,
        ..current.clone()
    };
    let generation = |fields: &Arc<Fields>, present: &Arc<Generation>| match present.fields == *fields {
        true => Ok(present.clone()),
        false => build(fields).map(Arc::new),
    };
    let built = generation(&sets.administrators, &current.administrators).and_then(|administrators| {
        let others = match Arc::ptr_eq(&sets.administrators, &sets.others) {
            true => administrators.clone(),
            false => generation(&sets.others, &current.others)?,
        };
        Ok((administrators, others))
    });
    match built {
        Ok((administrators, others)) => {
            let (revision, ms) = (kept.number, started.elapsed().as_millis());
            tracing::info!(revision, ms, "the schema follows the definitions of attributes");
            Revision {
                administrators,
                others,
                ..kept
            }
        }
        Err(error) => {
            let revision = kept.number;
            tracing::error!(revision, cause = ?error, "the schema could not be built again; the one before remains");
            kept
        }
    }
}
