//! A generation: one schema and everything that is only true of it, replaced as a whole when the definitions change.

use super::documents::DocumentCache;
use super::prices::prices;
use crate::error::Error;
use crate::limits::TypeMap;
use crate::limits::cost::Prices;
use crate::schema::{self, Api};
use arc_swap::ArcSwap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

/// A schema with its types, its prices, and the documents that it has validated.
pub struct Generation {
    /// The revision of the definitions that it was built from.
    pub revision: u64,
    pub api: Api,
    pub types: TypeMap,
    pub prices: Prices<'static>,
    pub documents: DocumentCache,
}

impl Generation {
    /// Builds the schema. Fails only where its text cannot be read.
    pub fn build(revision: u64, page_size: u64) -> Result<Self, Error> {
        let api = schema::build();
        Ok(Self {
            revision,
            types: TypeMap::from_sdl(&api.strict.sdl()).map_err(Error::internal)?,
            api,
            prices: prices(page_size),
            documents: DocumentCache::new(),
        })
    }
}

type Build = dyn Fn(u64) -> Result<Generation, Error> + Send + Sync;

/// The generation of new operations. Those that run keep theirs.
pub struct Generations {
    current: Arc<ArcSwap<Generation>>,
    build: Arc<Build>,
    /// The last revision of which a build has begun.
    begun: AtomicU64,
}

impl Generations {
    /// Builds the first one before any request.
    pub fn new(revision: u64, build: impl Fn(u64) -> Result<Generation, Error> + Send + Sync + 'static) -> Result<Self, Error> {
        let first = build(revision)?;
        Ok(Self {
            current: Arc::new(ArcSwap::from_pointee(first)),
            build: Arc::new(build),
            begun: AtomicU64::new(revision),
        })
    }

    /// The present generation. Where it is older than the revision, the first call builds the next one on another thread; until that has
    /// been built, all go on with the present one.
    pub fn current(&self, revision: u64) -> Arc<Generation> {
        let current = self.current.load_full();
        if current.revision < revision && self.begun.fetch_max(revision, Ordering::AcqRel) < revision {
            let (build, current) = (self.build.clone(), self.current.clone());
            tokio::task::spawn_blocking(move || replace(&current, revision, &*build));
        }
        current
    }
}

/// Puts the generation of the revision in the place of an older one. One that cannot be built leaves the old one until the next revision.
fn replace(current: &ArcSwap<Generation>, revision: u64, build: &Build) {
    let started = Instant::now();
    match build(revision) {
        Ok(built) => {
            let built = Arc::new(built);
            // A later revision may have been built meanwhile.
            current.rcu(|present| {
                if present.revision < revision {
                    built.clone()
                } else {
                    present.clone()
                }
            });
            let ms = started.elapsed().as_millis();
            tracing::info!(revision, ms, "the schema was built again");
        }
        Err(error) => tracing::error!(revision, cause = ?error, "the schema could not be built again; the one before remains"),
    }
}
