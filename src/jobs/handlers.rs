//! Handlers: what runs the jobs of a kind.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::attribute_forms::{self, AttributeForms};
use super::attribute_indexes::{self, AttributeIndexes};
use super::cleanup::{self, Cleanup};
use super::context::{JobContext, Stop};
use super::documents;

/// Runs the jobs of a kind.
///
/// It works in slices, each a transaction that ends with where to go on. It may be started again at any time, by another server as well, and
/// then begins at the last slice that was committed: whatever is not part of a slice has to bear being done twice.
#[async_trait::async_trait]
pub trait Handler: Send + Sync {
    async fn run(&self, job: &JobContext) -> Result<Finished, Stop>;
}

/// What comes of a job.
#[derive(Clone, Debug, Default)]
pub struct Finished {
    /// The address of what was made.
    pub result_url: Option<String>,
}

/// The handlers by the kinds of jobs that they run.
#[derive(Clone, Default)]
pub struct Handlers {
    by_kind: BTreeMap<&'static str, Arc<dyn Handler>>,
    kinds: Vec<String>,
}

impl Handlers {
    /// Those of all kinds that the server knows.
    pub fn standard() -> Handlers {
        let all = Cleanup::ALL.into_iter();
        let first = Handlers::default()
            .with(attribute_forms::KIND, AttributeForms)
            .with(attribute_indexes::KIND, AttributeIndexes)
            .with(documents::SWEEP, documents::Sweep)
            .with(documents::THUMBNAIL, documents::MakeThumbnail);
        all.fold(first, |handlers, cleanup| handlers.with(cleanup::kind(cleanup), cleanup))
    }

    /// And one more.
    pub fn with(mut self, kind: &'static str, handler: impl Handler + 'static) -> Handlers {
        self.by_kind.insert(kind, Arc::new(handler));
        self.kinds = self.by_kind.keys().map(|kind| (*kind).to_owned()).collect();
        self
    }

    /// The kinds that there are handlers for. Jobs of other kinds are left to other servers, which may be newer.
    pub fn kinds(&self) -> &[String] {
        &self.kinds
    }

    pub fn get(&self, kind: &str) -> Option<(&'static str, Arc<dyn Handler>)> {
        self.by_kind.get_key_value(kind).map(|(kind, handler)| (*kind, handler.clone()))
    }
}
