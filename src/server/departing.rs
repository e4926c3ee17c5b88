//! The minimum rate of answers: a client that does not read holds its connection and a permit.

use super::rate::{BYTES, WINDOW};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use tokio::sync::Notify;
use tokio::time::{Instant, MissedTickBehavior, interval_at};

/// Cuts the connection of an answer that its client reads more slowly than the minimum rate.
pub struct Departing {
    sent: Arc<AtomicU64>,
    _watch: Watch,
}

/// A task that ends with this.
struct Watch(tokio::task::JoinHandle<()>);

impl Departing {
    /// Watches an answer over the connection, which is cut when this is told.
    pub fn watch(cut: Arc<Notify>, slow: impl FnOnce() + Send + 'static) -> Departing {
        let sent = Arc::new(AtomicU64::new(0));
        let seen = sent.clone();
        let task = tokio::spawn(async move {
            let mut windows = interval_at(Instant::now() + WINDOW, WINDOW);
            windows.set_missed_tick_behavior(MissedTickBehavior::Delay);
            let mut before = 0;
            loop {
                windows.tick().await;
                let now = seen.load(Ordering::Relaxed);
                if now - before < BYTES {
                    slow();
                    cut.notify_one();
                    return;
                }
                before = now;
            }
        });
        Departing { sent, _watch: Watch(task) }
    }

    /// Counts bytes that the connection has taken.
    pub fn sent(&self, bytes: usize) {
        self.sent.fetch_add(bytes as u64, Ordering::Relaxed);
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.0.abort();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::time::sleep;

    #[tokio::test(start_paused = true)]
    async fn answers_that_are_not_read_are_cut() {
        let cut = Arc::new(Notify::new());
        let slow = Arc::new(AtomicU64::new(0));
        let counted = slow.clone();
        let departing = Departing::watch(cut.clone(), move || {
            counted.fetch_add(1, Ordering::Relaxed);
        });
        let started = Instant::now();
        // Between the ends of the windows.
        sleep(WINDOW / 2).await;
        for _ in 0..3 {
            departing.sent(BYTES as usize);
            sleep(WINDOW).await;
        }
        cut.notified().await;
        assert_eq!((started.elapsed().as_secs(), slow.load(Ordering::Relaxed)), (40, 1));
    }
}
