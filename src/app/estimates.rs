//! Cache of estimated totals, keyed by the counting statement, so that paging through a long list does not count it for each page.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use sea_orm::Statement;
use sha2::{Digest, Sha256};

pub struct Estimates {
    kept_for: Duration,
    made: Mutex<HashMap<[u8; 32], Estimate>>,
}

struct Estimate {
    rows: u64,
    made_at: Instant,
    /// True while a caller renews it.
    is_renewed: bool,
}

/// An estimate is renewed this long before it expires, by the first caller who reads it; otherwise all concurrent callers would renew it
/// together.
const AHEAD: Duration = Duration::from_secs(5);

/// Maximum number of cached estimates. Beyond it the expired ones are evicted, or all of them.
const MAX_ENTRIES: usize = 10_000;

impl Estimates {
    pub fn new(kept_for: Duration) -> Estimates {
        Estimates {
            kept_for,
            made: Mutex::default(),
        }
    }

    /// The cached estimate for a counting statement, unless it has expired. The values of the statement contain the scope.
    pub fn recent(&self, count: &Statement) -> Option<u64> {
        let mut made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        let estimate = made.get_mut(&key(count))?;
        let age = estimate.made_at.elapsed();
        if age >= self.kept_for {
            return None;
        }
        if age + Ord::min(AHEAD, self.kept_for / 2) >= self.kept_for && !estimate.is_renewed {
            estimate.is_renewed = true;
            return None;
        }
        Some(estimate.rows)
    }

    pub fn store(&self, count: &Statement, rows: u64) {
        let mut made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        if made.len() >= MAX_ENTRIES {
            made.retain(|_, estimate| estimate.made_at.elapsed() < self.kept_for);
        }
        if made.len() >= MAX_ENTRIES {
            made.clear();
        }
        let estimate = Estimate {
            rows,
            made_at: Instant::now(),
            is_renewed: false,
        };
        made.insert(key(count), estimate);
    }
}

fn key(count: &Statement) -> [u8; 32] {
    Sha256::digest(format!("{} {:?}", count.sql, count.values)).into()
}

#[cfg(test)]
mod tests {
    use sea_orm::DbBackend;

    use super::*;

    fn count(owner: i64) -> Statement {
        Statement::from_sql_and_values(
            DbBackend::Sqlite,
            "SELECT count(*) FROM prospects WHERE owner_id = ?",
            [owner.into()],
        )
    }

    #[test]
    fn an_estimate_is_kept_for_whom_it_was_made() {
        let estimates = Estimates::new(Duration::from_secs(3_600));
        assert_eq!(estimates.recent(&count(1)), None);
        estimates.store(&count(1), 12_000);
        assert_eq!(estimates.recent(&count(1)), Some(12_000));
        assert_eq!(estimates.recent(&count(2)), None);
    }

    #[test]
    fn what_is_out_of_date_is_not_answered() {
        let estimates = Estimates::new(Duration::ZERO);
        estimates.store(&count(1), 12_000);
        assert_eq!(estimates.recent(&count(1)), None);
    }

    #[test]
    fn one_of_many_makes_it_anew_before_it_is_out_of_date() {
        let estimates = Estimates::new(Duration::from_secs(60));
        estimates.store(&count(1), 12_000);
        let nearly = Duration::from_secs(55);
        for estimate in estimates.made.lock().unwrap().values_mut() {
            estimate.made_at = estimate.made_at.checked_sub(nearly).expect("a moment in the past");
        }
        assert_eq!(estimates.recent(&count(1)), None);
        assert_eq!(estimates.recent(&count(1)), Some(12_000));
        estimates.store(&count(1), 13_000);
        assert_eq!(estimates.recent(&count(1)), Some(13_000));
    }

    #[test]
    fn the_cache_is_bounded() {
        let estimates = Estimates::new(Duration::from_secs(3_600));
        for owner in 0..=MAX_ENTRIES as i64 {
            estimates.store(&count(owner), 12_000);
        }
        assert!(estimates.made.lock().unwrap().len() <= MAX_ENTRIES);
        assert_eq!(estimates.recent(&count(MAX_ENTRIES as i64)), Some(12_000));
    }
}
