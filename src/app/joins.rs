//! Uploads whose parts this server is joining: each of them once at a time, and few at once.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::{Semaphore, SemaphorePermit, watch};
use uuid::Uuid;

use crate::error::{Error, Result};

/// The joins of a server.
pub struct Joins {
    permits: Semaphore,
    states: Mutex<HashMap<Uuid, State>>,
}

/// The join of one upload, which ends when this is dropped.
pub struct Join {
    joins: Arc<Joins>,
    upload_id: Uuid,
    failure: Option<Error>,
    /// Nothing is sent: those who wait see that it goes.
    _running: watch::Sender<()>,
}

enum State {
    Running(watch::Receiver<()>),
    /// How the last attempt ended, until it is answered.
    Failed(Error),
}

/// Joins at once; others wait. Each reads and writes a piece at a time, and more of them are not faster.
const AT_ONCE: usize = 2;
/// Failures that are remembered.
const MOST_FAILURES: usize = 1_000;

impl Default for Joins {
    fn default() -> Joins {
        Joins {
            permits: Semaphore::new(AT_ONCE),
            states: Mutex::default(),
        }
    }
}

impl Joins {
    /// Begins the join of an upload. None: it is running. The failure of the last attempt is answered once.
    pub fn begin(self: &Arc<Joins>, upload_id: Uuid) -> Result<Option<Join>> {
        let mut states = self.states();
        match states.remove(&upload_id) {
            Some(State::Failed(error)) => return Err(error),
            Some(running) => {
                states.insert(upload_id, running);
                return Ok(None);
            }
            None => {}
        }
        let (sender, receiver) = watch::channel(());
        states.insert(upload_id, State::Running(receiver));
        Ok(Some(Join {
            joins: self.clone(),
            upload_id,
            failure: None,
            _running: sender,
        }))
    }

    /// Waits until no join of the upload is running.
    pub async fn ended(&self, upload_id: Uuid) {
        let mut running = match self.states().get(&upload_id) {
            Some(State::Running(running)) => running.clone(),
            Some(State::Failed(_)) | None => return,
        };
        let _ = running.changed().await;
    }

    fn states(&self) -> MutexGuard<'_, HashMap<Uuid, State>> {
        self.states.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Join {
    /// Waits for the permit to read and write.
    pub async fn permit(&self) -> Result<SemaphorePermit<'_>> {
        self.joins.permits.acquire().await.map_err(Error::internal)
    }

    /// Ends the join with a failure.
    pub fn fail(mut self, error: Error) {
        self.failure = Some(error);
    }
}

impl Drop for Join {
    fn drop(&mut self) {
        let mut states = self.joins.states();
        let Some(error) = self.failure.take() else {
            states.remove(&self.upload_id);
            return;
        };
        if states.len() >= MOST_FAILURES {
            // Of clients that did not come back.
            states.retain(|_, state| matches!(state, State::Running(_)));
        }
        states.insert(self.upload_id, State::Failed(error));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::FutureExt;

    #[test]
    fn an_upload_is_joined_once_at_a_time() {
        let joins = Arc::new(Joins::default());
        let [one, other] = [1, 2].map(Uuid::from_u128);
        let join = joins.begin(one).unwrap().unwrap();
        assert!(joins.begin(one).unwrap().is_none());
        let _other = joins.begin(other).unwrap().unwrap();
        assert!(joins.ended(one).now_or_never().is_none());
        drop(join);
        assert!(joins.ended(one).now_or_never().is_some());
        assert!(joins.begin(one).unwrap().is_some());
    }

    #[test]
    fn a_failure_is_answered_once() {
        let joins = Arc::new(Joins::default());
        let id = Uuid::from_u128(1);
        joins.begin(id).unwrap().unwrap().fail(Error::Timeout);
        assert!(joins.ended(id).now_or_never().is_some());
        assert!(matches!(joins.begin(id), Err(Error::Timeout)));
        assert!(joins.begin(id).unwrap().is_some());
        for number in 0..2 * MOST_FAILURES as u128 {
            joins.begin(Uuid::from_u128(number)).unwrap().unwrap().fail(Error::Timeout);
        }
        assert!(joins.states().len() <= MOST_FAILURES);
    }
}
