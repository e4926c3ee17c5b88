//! How many requests run at once: some run, some wait, and the rest are told at once to come back. There is one gate for all, and one for each
//! user in front of it, so that nobody takes what all need.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use uuid::Uuid;

use crate::db::Db;

/// A concurrency limit with a bounded queue.
pub struct Gate {
    /// Those who run and those who wait.
    admitted: Arc<Semaphore>,
    running: Arc<Semaphore>,
    most_running: usize,
    most_admitted: usize,
}

/// A permit to run, until it is dropped.
pub struct Permit {
    _running: OwnedSemaphorePermit,
    _admitted: OwnedSemaphorePermit,
}

impl Gate {
    /// For each request that may run, so many may wait.
    pub fn new(running: usize, waiting_for_each: usize) -> Self {
        let most_running = running.min(Semaphore::MAX_PERMITS / (1 + waiting_for_each));
        let most_admitted = most_running * (1 + waiting_for_each);
        Self {
            admitted: Arc::new(Semaphore::new(most_admitted)),
            running: Arc::new(Semaphore::new(most_running)),
            most_running,
            most_admitted,
        }
    }

    /// How many run at this moment, and how many wait.
    pub fn count(&self) -> (usize, usize) {
        let running = self.most_running.saturating_sub(self.running.available_permits());
        let admitted = self.most_admitted.saturating_sub(self.admitted.available_permits());
        (running, admitted.saturating_sub(running))
    }

    /// Waits for a permit; `None` at once where too many wait already.
    pub async fn enter(&self) -> Option<Permit> {
        let admitted = self.admitted.clone().try_acquire_owned().ok()?;
        let running = self.running.clone().acquire_owned().await.ok()?;
        Some(Permit {
            _running: running,
            _admitted: admitted,
        })
    }
}

/// What each user may do at once, however many requests they send and by whatever credentials.
pub struct Users {
    db: Db,
    most_running: usize,
    present: Mutex<HashMap<Uuid, Weak<User>>>,
}

/// One user, as long as there are requests of theirs.
pub struct User {
    pub gate: Gate,
    /// The database, with as many connections as one caller may use at once.
    pub db: Db,
}

/// How many requests of a user may wait for each that may run.
const WAITING: usize = 8;
/// With more users than this, those without requests are forgotten.
const MANY: usize = 1_024;

impl Users {
    pub fn new(db: &Db, most_running: usize) -> Self {
        Self {
            db: db.clone(),
            most_running,
            present: Mutex::default(),
        }
    }

    /// The same for all requests of the user that are there at the same time.
    pub fn of(&self, id: Uuid) -> Arc<User> {
        let mut present = self.present.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(user) = present.get(&id).and_then(Weak::upgrade) {
            return user;
        }
        if present.len() >= MANY {
            present.retain(|_, user| user.strong_count() > 0);
        }
        let user = Arc::new(User {
            gate: Gate::new(self.most_running, WAITING),
            db: self.db.for_one_caller(),
        });
        present.insert(id, Arc::downgrade(&user));
        user
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::FutureExt;

    #[test]
    fn some_run_some_wait_and_the_rest_is_refused() {
        let gate = Gate::new(1, 4);
        let first = gate.enter().now_or_never().unwrap().unwrap();
        let mut waiting: Vec<_> = (0..4).map(|_| Box::pin(gate.enter())).collect();
        for permit in &mut waiting {
            assert!(permit.now_or_never().is_none());
        }
        assert!(gate.enter().now_or_never().unwrap().is_none());
        assert_eq!(gate.count(), (1, 4));
        drop(first);
        assert!(waiting[0].as_mut().now_or_never().unwrap().is_some());
        waiting.clear();
        assert!(gate.enter().now_or_never().unwrap().is_some());
    }
}
