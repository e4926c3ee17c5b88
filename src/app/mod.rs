//! Shared state of all requests: the database, the settings, caches and limits.

/// The rate limit: token buckets of points.
pub mod buckets;
/// Cache of the small tables that all users may read.
pub mod catalogs;
/// The current time, which tests can stop.
pub mod clock;
/// Estimated totals, cached for a short time.
pub mod estimates;
/// The ID of the database.
pub mod installation;
/// Uploads whose parts are being joined.
pub mod joins;
/// Locks by key: at most one task runs with each.
pub mod keyed_locks;
/// Permits to run, and their queues.
pub mod permits;
/// Rate limits of callers.
pub mod quota;
/// Addresses that need no credentials.
pub mod signing;
/// Permits of uploads and downloads.
pub mod transfers;

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::time::MissedTickBehavior;

use crate::auth::credentials::{Hasher, Presented};
use crate::auth::tokens::Tokens;
use crate::db::Db;
use crate::db::notices::Notices;
use crate::error::{Error, Result};
use crate::loaders::DataLoader;
use crate::settings::Settings;
use crate::storage::Storage;
use crate::tx::idempotency::CallKey;
use buckets::TokenBuckets;
use catalogs::CatalogCache;
use estimates::Estimates;
use joins::Joins;
use keyed_locks::KeyedLocks;
use permits::Permits;
use quota::Quota;
use signing::Signer;
use transfers::Transfers;

pub use clock::Clock;

/// Shared state of all requests.
pub struct App {
    pub db: Db,
    pub settings: Arc<Settings>,
    pub clock: Clock,
    pub catalogs: CatalogCache,
    pub hasher: Hasher,
    pub tokens: DataLoader<Presented, Tokens>,
    /// Rate limit of look-ups of document numbers.
    pub identifier_lookups: Quota,
    /// Rate limit of values in hints of possible duplicates of colleagues; the same number as look-ups.
    pub duplicate_hints: Quota,
    pub estimates: Estimates,
    /// Calls with one idempotency key, one after another.
    pub call_locks: KeyedLocks<CallKey>,
    /// Sign-ins to one account from one network, one after another.
    pub sign_in_locks: KeyedLocks<String>,
    pub permits: Permits,
    pub transfers: Transfers,
    pub joins: Arc<Joins>,
    pub buckets: TokenBuckets,
    /// Signs addresses of files.
    pub signer: Signer,
    /// The files of documents.
    pub storage: Storage,
}

impl App {
    /// Reads the catalogues of a database whose tables are up to date, and opens the storage of the settings.
    pub async fn new(db: Db, settings: Settings, clock: Clock) -> Result<Arc<App>> {
        let storage = Storage::open(settings.storage.as_ref(), settings.database.sqlite_file(), db.metrics());
        let storage = storage.map_err(Error::internal)?;
        App::with_storage(db, settings, clock, storage).await
    }

    /// The same over a storage that is open already.
    pub async fn with_storage(db: Db, settings: Settings, clock: Clock, storage: Storage) -> Result<Arc<App>> {
        let catalogs = CatalogCache::default();
        catalogs.refresh(&db).await?;
        let tokens = DataLoader::new(Tokens(db.clone()), &db);
        let estimates = Estimates::new(settings.estimate_age);
        let identifier_lookups = Quota::per_minute(settings.identifier_lookups_per_minute);
        let duplicate_hints = Quota::per_minute(settings.identifier_lookups_per_minute);
        let permits = Permits::new(&db, &settings);
        let transfers = Transfers::new(&settings);
        let signer = Signer::open(&db, clock.now()).await?;
        let storage = storage.owned_by(installation::id(&db, clock.now()).await?);
        let buckets = TokenBuckets::new(&settings.limits);
        Ok(Arc::new(App {
            db,
            settings: Arc::new(settings),
            clock,
            catalogs,
            hasher: Hasher::new(),
            tokens,
            identifier_lookups,
            duplicate_hints,
            estimates,
            call_locks: KeyedLocks::default(),
            sign_in_locks: KeyedLocks::default(),
            permits,
            transfers,
            joins: Arc::default(),
            buckets,
            signer,
            storage,
        }))
    }

    /// Keeps the catalogues in step with what other processes write; never ends. Notices arrive at once, but can be lost; polling
    /// misses nothing.
    pub async fn follow_changes(self: Arc<App>) {
        let by_notice = async {
            let mut notices = Notices::new(&self.settings.database);
            loop {
                notices.next().await;
                self.refresh_catalogs().await;
            }
        };
        let by_time = async {
            let mut ticks = tokio::time::interval(FOLLOW);
            ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
            loop {
                ticks.tick().await;
                self.refresh_catalogs().await;
            }
        };
        tokio::join!(by_notice, by_time);
    }

    async fn refresh_catalogs(&self) {
        let started = Instant::now();
        let refreshed = self.catalogs.refresh(&self.db).await;
        self.db.metrics().job("catalogs", refreshed.is_ok(), started.elapsed());
        if let Err(error) = refreshed {
            tracing::warn!(cause = ?error, "the catalogues could not be read again");
        }
    }
}

/// Interval at which the revision of the catalogues is compared with the stored one.
const FOLLOW: Duration = Duration::from_secs(1);
