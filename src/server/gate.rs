//! How many requests run at once: some run, some wait, and the rest are told at once to come back.

use tokio::sync::{Semaphore, SemaphorePermit};

/// The gate before everything that needs the database.
pub struct Gate {
    /// Those who run and those who wait.
    admitted: Semaphore,
    running: Semaphore,
    most_running: usize,
}

/// Leave to run, until it is dropped.
pub struct Place<'a> {
    _admitted: SemaphorePermit<'a>,
    _running: SemaphorePermit<'a>,
}

/// For each request that may run this many may wait.
const WAITING: usize = 4;

impl Gate {
    pub fn new(running: usize) -> Self {
        let running = running.min(Semaphore::MAX_PERMITS / (1 + WAITING));
        Self {
            admitted: Semaphore::new(running * (1 + WAITING)),
            running: Semaphore::new(running),
            most_running: running,
        }
    }

    /// How many run at this moment, and how many wait.
    pub fn count(&self) -> (usize, usize) {
        let running = self.most_running.saturating_sub(self.running.available_permits());
        let admitted = (self.most_running * (1 + WAITING)).saturating_sub(self.admitted.available_permits());
        (running, admitted.saturating_sub(running))
    }

    /// Waits for leave to run; `None` at once where too many wait already.
    pub async fn enter(&self) -> Option<Place<'_>> {
        let admitted = self.admitted.try_acquire().ok()?;
        let running = self.running.acquire().await.ok()?;
        Some(Place {
            _admitted: admitted,
            _running: running,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::FutureExt;

    #[test]
    fn some_run_some_wait_and_the_rest_is_refused() {
        let gate = Gate::new(1);
        let first = gate.enter().now_or_never().unwrap().unwrap();
        let mut waiting: Vec<_> = (0..WAITING).map(|_| Box::pin(gate.enter())).collect();
        for place in &mut waiting {
            assert!(place.now_or_never().is_none());
        }
        assert!(gate.enter().now_or_never().unwrap().is_none());
        assert_eq!(gate.count(), (1, WAITING));
        drop(first);
        assert!(waiting[0].as_mut().now_or_never().unwrap().is_some());
        waiting.clear();
        assert!(gate.enter().now_or_never().unwrap().is_some());
    }
}
