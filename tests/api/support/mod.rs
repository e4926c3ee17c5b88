//! Test support: a running server with a database of its own, named people, builders, and answers.

mod answer;
mod app;
mod attributes;
mod bucket;
mod builders;
mod catalogs;
mod databases;
mod documents;
mod forms;
mod people;
mod saved;
pub mod snapshot;

use std::panic::AssertUnwindSafe;

use futures_util::FutureExt;

pub use answer::Answer;
pub use app::TestApp;
pub use bucket::{Bucket, Fault};
pub use builders::{IDLE_JOB, Made, Surroundings};
pub use catalogs::{CatalogNames, catalog_of, catalogs};
pub use databases::{Backend, TestDatabase};
pub use forms::Form;
pub use people::{PASSWORD, Person};
pub use saved::{count_by_kind, tile};
pub use snapshot::Snapshot;

/// The documents of `tests/operations`, which clients may run as they stand.
pub mod operations {
    pub const ACCESS: &str = include_str!("../../operations/access.graphql");
    pub const RECORD_CATALOGS: &str = include_str!("../../operations/record_catalogs.graphql");
    pub const CATALOGS: &str = include_str!("../../operations/catalogs.graphql");
    pub const CLIENTS: &str = include_str!("../../operations/clients.graphql");
    pub const LEAD_DETAIL: &str = include_str!("../../operations/lead_detail.graphql");
    pub const FILES: &str = include_str!("../../operations/files.graphql");
    pub const HISTORY: &str = include_str!("../../operations/history.graphql");
    pub const PROSPECT_LIST: &str = include_str!("../../operations/prospect_list.graphql");
    pub const PROSPECT: &str = include_str!("../../operations/prospect.graphql");
    pub const PROSPECTS: &str = include_str!("../../operations/prospects.graphql");
    pub const ACTIVITY: &str = include_str!("../../operations/activity.graphql");
    pub const PROSPECT_CREATE: &str = include_str!("../../operations/prospect_create.graphql");
    pub const PROSPECT_CREATE_SAFELY: &str = include_str!("../../operations/prospect_create_safely.graphql");
    pub const PROSPECT_UPDATE: &str = include_str!("../../operations/prospect_update.graphql");
    pub const DOCUMENT_NUMBER_LOOKUP: &str = include_str!("../../operations/document_number_lookup.graphql");
    pub const PROCESS: &str = include_str!("../../operations/process.graphql");
    pub const JOBS: &str = include_str!("../../operations/jobs.graphql");
    pub const TASKS: &str = include_str!("../../operations/tasks.graphql");
    pub const REPORTS: &str = include_str!("../../operations/reports.graphql");
    pub const SIGN_IN: &str = include_str!("../../operations/sign_in.graphql");
}

/// Makes of one body two tests, `name::sqlite` and `name::postgres`, each with a server and a database of its own.
macro_rules! both {
    ($($(#[$attribute:meta])* async fn $name:ident($app:ident: $kind:ty) $body:block)+) => {
        $(
            $(#[$attribute])*
            mod $name {
                #[allow(unused_imports)]
                use super::*;

                #[test]
                fn sqlite() {
                    $crate::support::run($crate::support::Backend::Sqlite, body);
                }

                #[test]
                fn postgres() {
                    $crate::support::run($crate::support::Backend::Postgres, body);
                }

                async fn body($app: $kind) $body
            }
        )+
    };
}

/// Runs a test body against a new server, and takes server and database away again whether it passed or not.
pub fn run<F: Future<Output = ()>>(backend: Backend, body: impl FnOnce(TestApp) -> F) {
    runtime().block_on(async {
        let database = TestDatabase::create(backend).await;
        let app = TestApp::start(&database).await;
        let outcome = AssertUnwindSafe(body(app.clone())).catch_unwind().await;
        app.stop().await;
        database.remove().await;
        if let Err(panic) = outcome {
            std::panic::resume_unwind(panic);
        }
    });
}

/// Two threads, so that a test that waits does not hold up its own server.
pub fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .thread_stack_size(cartera::server::WORKER_STACK_BYTES)
        .enable_all()
        .build()
        .expect("a runtime starts")
}
