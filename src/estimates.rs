//! The estimates of the last moments, kept in memory by what was counted and for whom: whoever turns the pages of a long list does not have
//! it counted for each of them.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use sea_orm::Statement;
use sha2::{Digest, Sha256};

pub struct Estimates {
    kept_for: Duration,
    made: Mutex<HashMap<[u8; 32], (Instant, u64)>>,
}

/// With more than this, those that are out of date are forgotten, or all of them.
const MANY: usize = 10_000;

impl Estimates {
    pub fn new(kept_for: Duration) -> Estimates {
        Estimates {
            kept_for,
            made: Mutex::default(),
        }
    }

    /// What was last estimated in place of the count, unless it is out of date. The values of the statement say whose rows it counts.
    pub fn recent(&self, count: &Statement) -> Option<u64> {
        let made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        let (moment, estimate) = made.get(&key(count))?;
        (moment.elapsed() < self.kept_for).then_some(*estimate)
    }

    pub fn keep(&self, count: &Statement, estimate: u64) {
        let mut made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        if made.len() >= MANY {
            made.retain(|_, (moment, _)| moment.elapsed() < self.kept_for);
        }
        if made.len() >= MANY {
            made.clear();
        }
        made.insert(key(count), (Instant::now(), estimate));
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
        estimates.keep(&count(1), 12_000);
        assert_eq!(estimates.recent(&count(1)), Some(12_000));
        assert_eq!(estimates.recent(&count(2)), None);
    }

    #[test]
    fn what_is_out_of_date_is_not_answered() {
        let estimates = Estimates::new(Duration::ZERO);
        estimates.keep(&count(1), 12_000);
        assert_eq!(estimates.recent(&count(1)), None);
    }

    #[test]
    fn no_more_are_kept_than_many() {
        let estimates = Estimates::new(Duration::from_secs(3_600));
        for owner in 0..=MANY as i64 {
            estimates.keep(&count(owner), 12_000);
        }
        assert!(estimates.made.lock().unwrap().len() <= MANY);
        assert_eq!(estimates.recent(&count(MANY as i64)), Some(12_000));
    }
}
