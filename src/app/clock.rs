//! The clock, the one place that reads the time.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

/// A source of the current time.
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

    /// Sets a fixed clock; no effect on the real one.
    pub fn set(&self, now: i64) {
        if let Some(fixed) = &self.fixed {
            fixed.store(now, Ordering::Relaxed);
        }
    }
}
