//! What one request carries: the application, who asks, and from where.

use std::net::{IpAddr, Ipv6Addr};
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use tokio::sync::Notify;
use tokio::time::MissedTickBehavior;

use crate::auth::credentials::Hasher;
use crate::auth::tokens::Tokens;
use crate::auth::{Scope, Viewer};
use crate::batch::Batcher;
use crate::call::{Call, TurnKey, Tx};
use crate::catalogs::{CatalogCache, Catalogs};
use crate::db::Db;
use crate::error::{Error, Result};
use crate::estimates::Estimates;
use crate::locks::Locks;
use crate::notices::Notices;
use crate::quota::Quota;
use crate::settings::Settings;
use crate::turns::Turns;

/// What all requests share.
pub struct App {
    pub db: Db,
    pub settings: Arc<Settings>,
    pub clock: Clock,
    pub catalogs: CatalogCache,
    pub hasher: Hasher,
    pub tokens: Batcher<Tokens>,
    /// How often each caller may look up document numbers.
    pub identifier_lookups: Quota,
    /// Values whose look-alikes among the records of colleagues are told, as many as look-ups.
    pub duplicate_hints: Quota,
    pub estimates: Estimates,
    /// Calls with one idempotency key, one after another.
    pub turns: Turns<TurnKey>,
    /// Guesses at one account from one network, one after another.
    pub sign_ins: Turns<String>,
}

impl App {
    /// Reads the catalogues of a database whose tables are up to date.
    pub async fn new(db: Db, settings: Settings, clock: Clock) -> Result<Arc<App>> {
        let catalogs = CatalogCache::default();
        catalogs.reload(&db).await?;
        let tokens = Batcher::new(Tokens(db.clone()), db.batches_at_once());
        let estimates = Estimates::new(settings.estimate_age);
        let identifier_lookups = Quota::per_minute(settings.identifier_lookups_per_minute);
        let duplicate_hints = Quota::per_minute(settings.identifier_lookups_per_minute);
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
            turns: Turns::default(),
            sign_ins: Turns::default(),
        }))
    }

    /// Keeps the catalogues in step with what other processes write; never ends. Notices are heard at once, but can be missed; a look
    /// from time to time misses nothing.
    pub async fn follow_changes(self: Arc<App>) {
        let by_notice = async {
            let mut notices = Notices::new(&self.settings.database);
            loop {
                notices.next().await;
                self.look().await;
            }
        };
        let by_time = async {
            let mut ticks = tokio::time::interval(FOLLOW);
            ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
            loop {
                ticks.tick().await;
                self.look().await;
            }
        };
        tokio::join!(by_notice, by_time);
    }

    async fn look(&self) {
        let started = Instant::now();
        let looked = self.catalogs.refresh(&self.db).await;
        self.db.metrics().job("catalogs", looked.is_ok(), started.elapsed());
        if let Err(error) = looked {
            tracing::warn!(cause = ?error, "the catalogues could not be read again");
        }
    }
}

/// How often the catalogues are compared with what is stored.
const FOLLOW: Duration = Duration::from_secs(1);

/// One request.
pub struct Cx {
    pub app: Arc<App>,
    db: Db,
    /// None: nobody is signed in.
    pub caller: Option<Viewer>,
    pub origin: Origin,
    /// When the request began; one answer looks at everything at this moment.
    pub began_at: i64,
    pub answer_size: AnswerSize,
    password_was_checked: AtomicBool,
    secret_was_shown: AtomicBool,
    /// What the next transaction belongs to, while a mutation with an idempotency key runs: mutations of a request run one after another.
    call: Mutex<Option<Arc<Call>>>,
}

/// How much text the answer of a request holds so far.
pub struct AnswerSize {
    bytes: AtomicUsize,
    most: usize,
    exceeded: Notify,
}

impl AnswerSize {
    fn new(most: usize) -> AnswerSize {
        AnswerSize {
            bytes: AtomicUsize::new(0),
            most,
            exceeded: Notify::new(),
        }
    }

    /// Counts more text; false where there is no room for it.
    pub fn grow(&self, bytes: usize) -> bool {
        let before = self.bytes.fetch_add(bytes, Ordering::Relaxed);
        let has_room = before.saturating_add(bytes) <= self.most;
        if !has_room {
            self.exceeded.notify_one();
        }
        has_room
    }

    pub fn is_exceeded(&self) -> bool {
        self.bytes.load(Ordering::Relaxed) > self.most
    }

    /// Ends when there was no room for something.
    pub async fn exceeded(&self) {
        self.exceeded.notified().await;
    }
}

/// Where a request came from.
#[derive(Clone, Debug, Default)]
pub struct Origin {
    pub address: Option<IpAddr>,
    pub user_agent: Option<String>,
    pub request_id: String,
}

impl Origin {
    /// The network that counts as one caller: one customer of a provider has one IPv4 address but at least 2^64 of IPv6.
    pub fn network(&self) -> Option<IpAddr> {
        self.address.map(network_of)
    }
}

/// The network that an address counts for.
pub fn network_of(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V4(address) => IpAddr::V4(address),
        IpAddr::V6(address) => IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() >> 64 << 64)),
    }
}

impl Cx {
    pub fn new(app: Arc<App>, caller: Option<Viewer>, origin: Origin) -> Cx {
        let db = app.db.clone();
        Cx::with_db(app, db, caller, origin)
    }

    /// The same over the connections that the caller may use.
    pub fn with_db(app: Arc<App>, db: Db, caller: Option<Viewer>, origin: Origin) -> Cx {
        Cx {
            began_at: app.clock.now(),
            answer_size: AnswerSize::new(app.settings.limits.answer_bytes),
            app,
            db,
            caller,
            origin,
            password_was_checked: AtomicBool::new(false),
            secret_was_shown: AtomicBool::new(false),
            call: Mutex::new(None),
        }
    }

    /// Transactions belong to the call until what is returned is dropped.
    pub fn serve(&self, call: Arc<Call>) -> Serving<'_> {
        *self.call.lock().unwrap_or_else(PoisonError::into_inner) = Some(call);
        Serving(self)
    }

    /// To be called before a password is looked at: one request has one try, however many fields it has.
    pub fn begin_password_check(&self) -> Result<()> {
        if self.password_was_checked.swap(true, Ordering::Relaxed) {
            Err(Error::RateLimited { retry_after_seconds: 1 })
        } else {
            Ok(())
        }
    }

    /// To be called when a secret goes into the answer.
    pub fn show_secret(&self) {
        self.secret_was_shown.store(true, Ordering::Relaxed);
    }

    /// Whether the answer holds a secret, or is about a password.
    pub fn is_confidential(&self) -> bool {
        self.secret_was_shown.load(Ordering::Relaxed) || self.password_was_checked.load(Ordering::Relaxed)
    }

    pub fn viewer(&self) -> Result<&Viewer> {
        self.caller.as_ref().ok_or(Error::Unauthenticated)
    }

    /// The viewer, if an administrator.
    pub fn administrator(&self) -> Result<&Viewer> {
        let viewer = self.viewer()?;
        if viewer.is_administrator() {
            Ok(viewer)
        } else {
            Err(Error::Forbidden("administrators only".to_owned()))
        }
    }

    /// The viewer, unless it is a program: a key does the work of its user and manages no accounts.
    pub fn account_holder(&self) -> Result<&Viewer> {
        let viewer = self.viewer()?;
        if viewer.can_manage_accounts() {
            Ok(viewer)
        } else {
            Err(Error::Forbidden("an API key may not do this; sign in instead".to_owned()))
        }
    }

    /// The viewer, if an administrator and no program.
    pub fn account_administrator(&self) -> Result<&Viewer> {
        self.administrator()?;
        self.account_holder()
    }

    /// Which prospects the caller sees.
    pub fn scope(&self) -> Result<Scope> {
        Ok(self.viewer()?.scope())
    }

    pub fn db(&self) -> &Db {
        &self.db
    }

    /// Starts a transaction that is going to write: one for each mutation. The caller is looked at once more, and stays what they are until it
    /// ends.
    pub async fn begin(&self) -> Result<Tx> {
        self.begin_with(Locks::default()).await
    }

    /// The same, with others locked before any record is.
    pub async fn begin_with(&self, locks: Locks) -> Result<Tx> {
        let call = self.call.lock().unwrap_or_else(PoisonError::into_inner).clone();
        Tx::begin(self.db().begin().await?, self.caller.as_ref(), locks, call).await
    }

    pub fn catalogs(&self) -> Arc<Catalogs> {
        self.app.catalogs.snapshot()
    }

    /// Milliseconds since 1970 in UTC.
    pub fn now(&self) -> i64 {
        self.app.clock.now()
    }
}

/// While it lives, the transactions of a request belong to a call.
#[must_use]
pub struct Serving<'a>(&'a Cx);

impl Drop for Serving<'_> {
    fn drop(&mut self) {
        *self.0.call.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }
}

/// The one place that tells the time.
#[derive(Clone, Debug, Default)]
pub struct Clock {
    /// Set where a test decides what time it is.
    fixed: Option<Arc<AtomicI64>>,
}

impl Clock {
    /// A clock that stands still at the time and can be set again.
    pub fn fixed(now: i64) -> Clock {
        Clock {
            fixed: Some(Arc::new(AtomicI64::new(now))),
        }
    }

    /// Milliseconds since 1970 in UTC.
    pub fn now(&self) -> i64 {
        match &self.fixed {
            Some(now) => now.load(Ordering::Relaxed),
            None => SystemTime::now()
                .duration_since(UNIX_EPOCH)
                .map_or(0, |elapsed| elapsed.as_millis() as i64),
        }
    }

    /// Moves a fixed clock; the real one goes its own way.
    pub fn set(&self, now: i64) {
        if let Some(fixed) = &self.fixed {
            fixed.store(now, Ordering::Relaxed);
        }
    }
}
