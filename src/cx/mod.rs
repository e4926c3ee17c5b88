//! The request context: application, caller, and origin.

/// Files that came with the request.
pub mod uploads;

use std::net::{IpAddr, Ipv6Addr};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicUsize, Ordering};

use tokio::sync::Notify;

use crate::app::App;
use crate::app::catalogs::Catalogs;
use crate::app::permits::RequestReports;
use crate::auth::{Scope, Viewer};
use crate::db::Db;
use crate::error::{Error, Result};
use crate::tx::Tx;
use crate::tx::idempotency::Call;
use crate::tx::locks::Locks;
use uploads::{StagedFile, Uploads};

/// The context of one request, or of one call with an idempotency key within it.
#[derive(Clone)]
pub struct Cx {
    pub app: Arc<App>,
    db: Db,
    /// None: not signed in.
    pub caller: Option<Viewer>,
    pub origin: Arc<Origin>,
    /// Start of the request; one answer evaluates everything at this instant.
    pub began_at: i64,
    pub answer_size: Arc<AnswerSize>,
    /// Reports that the request runs at once.
    pub reports: RequestReports,
    marks: Arc<Marks>,
    uploads: Arc<Uploads>,
    /// The call that transactions of this context belong to. None without an idempotency key.
    call: Option<Arc<Call>>,
    /// Look-ups that the write of this context has taken so far.
    look_ups: Arc<AtomicU32>,
}

/// Counters of a request.
#[derive(Default)]
struct Marks {
    password_was_checked: AtomicBool,
    secret_was_shown: AtomicBool,
}

/// Size of the texts of an answer so far.
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

/// Origin of a request.
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
            answer_size: Arc::new(AnswerSize::new(app.settings.limits.answer_bytes)),
            uploads: Arc::new(Uploads::new(app.storage.clone())),
            reports: app.permits.reports_of_request(),
            app,
            db,
            caller,
            origin: Arc::new(origin),
            marks: Arc::default(),
            call: None,
            look_ups: Arc::default(),
        }
    }

    /// The same request for one write, whose transactions belong to the call where there is one.
    pub fn for_write(&self, call: Option<Arc<Call>>) -> Cx {
        Cx {
            call,
            look_ups: Arc::default(),
            ..self.clone()
        }
    }

    /// Counts look-ups of values that other records may have, of which a refused write tells the caller.
    pub fn take_look_ups(&self, times: u32) -> Result<()> {
        let caller = self.viewer()?.user_id;
        self.app.identifier_lookups.take_many(caller, times, self.now())?;
        self.look_ups.fetch_add(times, Ordering::Relaxed);
        Ok(())
    }

    /// Gives back all look-ups of the write: it told the caller nothing.
    pub fn give_back_look_ups(&self) {
        let times = self.look_ups.swap(0, Ordering::Relaxed);
        if let Some(caller) = self.caller.as_ref().filter(|_| times > 0) {
            self.app.identifier_lookups.give_back(caller.user_id, times);
        }
    }

    /// The same request with the files that came with it.
    pub fn with_uploads(self, uploads: Arc<Uploads>) -> Cx {
        Cx { uploads, ..self }
    }

    /// The file that a token of this request stands for. None for any other text.
    pub fn upload(&self, token: &str) -> Option<StagedFile> {
        self.uploads.get(token)
    }

    /// The files of the request, to add one that a resolver has made, or to take one before it is committed.
    pub fn uploads(&self) -> &Uploads {
        &self.uploads
    }

    /// To be called before a password is looked at: one request has one try, however many fields it has.
    pub fn begin_password_check(&self) -> Result<()> {
        if self.marks.password_was_checked.swap(true, Ordering::Relaxed) {
            Err(Error::RateLimited { retry_after_seconds: 1 })
        } else {
            Ok(())
        }
    }

    /// To be called when a secret goes into the answer.
    pub fn show_secret(&self) {
        self.marks.secret_was_shown.store(true, Ordering::Relaxed);
    }

    /// Whether the answer holds a secret, or is about a password.
    pub fn is_confidential(&self) -> bool {
        self.marks.secret_was_shown.load(Ordering::Relaxed) || self.marks.password_was_checked.load(Ordering::Relaxed)
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

    /// The prospects visible to the caller.
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
        Tx::begin(self.db().begin().await?, self.caller.as_ref(), locks, self.call.clone()).await
    }

    pub fn catalogs(&self) -> Arc<Catalogs> {
        self.app.catalogs.snapshot()
    }

    /// Milliseconds since 1970 in UTC.
    pub fn now(&self) -> i64 {
        self.app.clock.now()
    }
}
