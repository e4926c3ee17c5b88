//! Permits to run: a concurrency limit for the server, one for each user in front of it, and those of requests whose caller is not known yet.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use uuid::Uuid;

use crate::db::Db;
use crate::settings::Settings;

/// The permits that the requests of all transports share.
pub struct Permits {
    requests: ConcurrencyLimit,
    users: UserLimits,
    /// Requests without credentials queue apart: signing in takes long by intent, and must not delay signed-in users.
    sign_ins: ConcurrencyLimit,
    sign_ins_db: Db,
    /// Look-ups of credentials, before the user is known.
    credentials: ConcurrencyLimit,
    /// Requests that have reports, running or waiting. They keep their permits to run meanwhile, and must leave some for the other requests.
    report_requests: Arc<Semaphore>,
    /// Statements of reports, which read many rows and must leave connections for the other requests.
    reports: Arc<Semaphore>,
    /// Maximum number of them for one request.
    reports_of_request: usize,
}

/// The reports of one request: so many at once that others find a permit, and no others in the queue.
#[derive(Clone)]
pub struct RequestReports {
    at_once: Arc<Semaphore>,
    admission: Arc<Mutex<Option<Admission>>>,
}

/// One of the requests that may have reports, until it ends.
struct Admission {
    _shared: OwnedSemaphorePermit,
    _of_user: OwnedSemaphorePermit,
    /// Keeps the limit of the user as long as the request is counted in it.
    _user: Arc<UserLimit>,
}

/// A permit to run the statement of a report, until it is dropped.
pub struct ReportPermit {
    _shared: OwnedSemaphorePermit,
    _of_user: OwnedSemaphorePermit,
    _of_request: OwnedSemaphorePermit,
    /// Keeps the limit of the user as long as one of the reports runs.
    _user: Arc<UserLimit>,
}

/// A request that may run until this is dropped.
pub struct Running {
    /// The database, with the connections that the caller may use.
    pub db: Db,
    _permits: Vec<Permit>,
    /// Keeps the limit of the user as long as one of the requests runs.
    _user: Option<Arc<UserLimit>>,
}

/// The queue that was full.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum QueueFull {
    SignIns,
    User,
    Server,
}

/// A concurrency limit with a bounded queue.
pub struct ConcurrencyLimit {
    /// Running and waiting requests.
    admitted: Arc<Semaphore>,
    running: Arc<Semaphore>,
    max_running: usize,
    max_admitted: usize,
}

/// A permit to run, until it is dropped.
pub struct Permit {
    _running: OwnedSemaphorePermit,
    _admitted: OwnedSemaphorePermit,
}

/// The concurrency limits of users, however many requests they send and by whatever credentials.
struct UserLimits {
    db: Db,
    max_running: usize,
    max_report_requests: usize,
    max_reports: usize,
    present: Mutex<HashMap<Uuid, Weak<UserLimit>>>,
}

/// Of one user, as long as there are requests of that user.
struct UserLimit {
    limit: ConcurrencyLimit,
    /// The part of the requests with reports that one user may have.
    report_requests: Arc<Semaphore>,
    /// The part of the running reports. The others of the user wait here and not for those of all users, who so take turns.
    reports: Arc<Semaphore>,
    db: Db,
}

/// Number of queued requests for each concurrent one.
const QUEUE: usize = 4;
/// The same for the requests of one user.
const USER_QUEUE: usize = 8;
/// One of so many connections serves reports.
const REPORTS: usize = 4;
/// One of so many concurrent reports is of one request, and of one user.
const REPORTS_OF_USER: usize = 2;
/// Concurrent requests without credentials. Most of their time they wait for a password to be hashed, which happens as many times at once as
/// there are cores.
const SIGN_INS: usize = 16;
/// With more users than this, those without requests are removed.
const MANY_USERS: usize = 1_024;

impl Permits {
    pub fn new(db: &Db, settings: &Settings) -> Self {
        let reports = (db.reader().size() / REPORTS).max(1);
        let reports_of_user = (reports / REPORTS_OF_USER).max(1);
        let report_requests = below_half(settings.max_concurrent_requests).min(Semaphore::MAX_PERMITS);
        Self {
            requests: ConcurrencyLimit::new(settings.max_concurrent_requests, QUEUE),
            users: UserLimits {
                db: db.clone(),
                max_running: settings.max_concurrent_requests_per_user,
                max_report_requests: report_requests.div_ceil(REPORTS_OF_USER),
                max_reports: reports_of_user,
                present: Mutex::default(),
            },
            sign_ins: ConcurrencyLimit::new(SIGN_INS, QUEUE),
            sign_ins_db: db.for_one_caller(),
            credentials: ConcurrencyLimit::new(settings.max_concurrent_requests, QUEUE),
            report_requests: Arc::new(Semaphore::new(report_requests)),
            reports: Arc::new(Semaphore::new(reports)),
            reports_of_request: reports_of_user,
        }
    }

    /// The reports of a new request.
    pub fn reports_of_request(&self) -> RequestReports {
        RequestReports {
            at_once: Arc::new(Semaphore::new(self.reports_of_request)),
            admission: Arc::default(),
        }
    }

    /// Waits for a permit to run the statement of a report of the request of a user. None at once where too many requests have reports; one
    /// whose first report was admitted has all the others admitted too.
    pub async fn for_report(&self, user_id: Uuid, request: &RequestReports) -> Option<ReportPermit> {
        let user = self.users.of(user_id);
        if !request.is_admitted_by(|| self.admit_reports(&user)) {
            return None;
        }
        // From the narrowest limit to the widest, so that nothing is kept from others by a report that waits for its own kind.
        let of_request = request.at_once.clone().acquire_owned().await.ok()?;
        let of_user = user.reports.clone().acquire_owned().await.ok()?;
        let shared = self.reports.clone().acquire_owned().await.ok()?;
        Some(ReportPermit {
            _shared: shared,
            _of_user: of_user,
            _of_request: of_request,
            _user: user,
        })
    }

    fn admit_reports(&self, user: &Arc<UserLimit>) -> Option<Admission> {
        Some(Admission {
            _of_user: user.report_requests.clone().try_acquire_owned().ok()?,
            _shared: self.report_requests.clone().try_acquire_owned().ok()?,
            _user: user.clone(),
        })
    }

    /// Waits for a permit to look up credentials.
    pub async fn for_credentials(&self) -> Result<Permit, QueueFull> {
        self.credentials.acquire().await.ok_or(QueueFull::Server)
    }

    /// Waits for the permits to run for a user. None: a request without credentials.
    pub async fn for_request(&self, user_id: Option<Uuid>) -> Result<Running, QueueFull> {
        let Some(user_id) = user_id else {
            let permit = self.sign_ins.acquire().await.ok_or(QueueFull::SignIns)?;
            return Ok(Running {
                db: self.sign_ins_db.clone(),
                _permits: vec![permit],
                _user: None,
            });
        };
        let user = self.users.of(user_id);
        let own = user.limit.acquire().await.ok_or(QueueFull::User)?;
        let shared = self.requests.acquire().await.ok_or(QueueFull::Server)?;
        Ok(Running {
            db: user.db.clone(),
            _permits: vec![shared, own],
            _user: Some(user),
        })
    }

    /// Number of running and of queued requests of users.
    pub fn count(&self) -> (usize, usize) {
        self.requests.count()
    }
}

impl RequestReports {
    /// Whether the request may have reports: it is admitted once.
    fn is_admitted_by(&self, admit: impl FnOnce() -> Option<Admission>) -> bool {
        let mut admission = self.admission.lock().unwrap_or_else(PoisonError::into_inner);
        if admission.is_none() {
            *admission = admit();
        }
        admission.is_some()
    }
}

impl ConcurrencyLimit {
    /// With a queue of so many for each that may run.
    pub fn new(max_running: usize, queue_for_each: usize) -> Self {
        let max_running = max_running.min(Semaphore::MAX_PERMITS / (1 + queue_for_each));
        let max_admitted = max_running * (1 + queue_for_each);
        Self {
            admitted: Arc::new(Semaphore::new(max_admitted)),
            running: Arc::new(Semaphore::new(max_running)),
            max_running,
            max_admitted,
        }
    }

    /// Number of running and of queued requests.
    pub fn count(&self) -> (usize, usize) {
        let running = self.max_running.saturating_sub(self.running.available_permits());
        let admitted = self.max_admitted.saturating_sub(self.admitted.available_permits());
        (running, admitted.saturating_sub(running))
    }

    /// Waits for a permit; None at once where the queue is full.
    pub async fn acquire(&self) -> Option<Permit> {
        let admitted = self.admitted.clone().try_acquire_owned().ok()?;
        let running = self.running.clone().acquire_owned().await.ok()?;
        Some(Permit {
            _running: running,
            _admitted: admitted,
        })
    }
}

impl UserLimits {
    /// The same for all concurrent requests of the user.
    fn of(&self, id: Uuid) -> Arc<UserLimit> {
        let mut present = self.present.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(user) = present.get(&id).and_then(Weak::upgrade) {
            return user;
        }
        if present.len() >= MANY_USERS {
            present.retain(|_, user| user.strong_count() > 0);
        }
        let user = Arc::new(UserLimit {
            limit: ConcurrencyLimit::new(self.max_running, USER_QUEUE),
            report_requests: Arc::new(Semaphore::new(self.max_report_requests)),
            reports: Arc::new(Semaphore::new(self.max_reports)),
            db: self.db.for_one_caller(),
        });
        present.insert(id, Arc::downgrade(&user));
        user
    }
}

/// The greatest number that is less than half of another; at least 1.
fn below_half(number: usize) -> usize {
    (number.saturating_sub(1) / 2).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::FutureExt;

    #[test]
    fn reports_leave_more_than_half_of_the_requests() {
        let parts = [1, 2, 3, 4, 8, 64].map(below_half);
        assert_eq!(parts, [1, 1, 1, 1, 3, 31]);
    }

    #[test]
    fn some_run_some_wait_and_the_others_are_refused() {
        let limit = ConcurrencyLimit::new(1, 4);
        let first = limit.acquire().now_or_never().unwrap().unwrap();
        let mut waiting: Vec<_> = (0..4).map(|_| Box::pin(limit.acquire())).collect();
        for permit in &mut waiting {
            assert!(permit.now_or_never().is_none());
        }
        assert!(limit.acquire().now_or_never().unwrap().is_none());
        assert_eq!(limit.count(), (1, 4));
        drop(first);
        assert!(waiting[0].as_mut().now_or_never().unwrap().is_some());
        waiting.clear();
        assert!(limit.acquire().now_or_never().unwrap().is_some());
    }
}
