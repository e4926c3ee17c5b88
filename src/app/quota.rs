//! Rate limits of callers, in memory.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use uuid::Uuid;

use crate::error::{Error, Result};

/// So many times a minute for each caller: all at once, and then evenly.
pub struct Quota {
    per_minute: i64,
    /// Time until which each caller has used up the even rate. A caller who is absent has not used it for a while.
    paid_until: Mutex<HashMap<Uuid, i64>>,
}

const MINUTE_MS: i64 = 60_000;
/// Upper bound of the limit; small enough that times can be multiplied by it.
const MOST: u32 = 1_000_000;
/// With more callers than this, those who have done nothing for a while are forgotten.
const MAX_ENTRIES: usize = 10_000;

impl Quota {
    pub fn per_minute(times: u32) -> Quota {
        Quota {
            per_minute: i64::from(times.clamp(1, MOST)),
            paid_until: Mutex::default(),
        }
    }

    /// Counts one more, unless the caller has to wait.
    pub fn take(&self, caller: Uuid, now: i64) -> Result<()> {
        self.take_many(caller, 1, now)
    }

    /// Counts so many more, or none of them where the caller has to wait. More than a minute has need a whole minute, and the next ones
    /// wait for the rest.
    pub fn take_many(&self, caller: Uuid, times: u32, now: i64) -> Result<()> {
        if times == 0 {
            return Ok(());
        }
        let times = i64::from(times);
        let mut paid_until = self.paid_until.lock().unwrap_or_else(PoisonError::into_inner);
        if paid_until.len() > MAX_ENTRIES {
            paid_until.retain(|_, until| *until > scaled(now, self.per_minute));
        }
        let now = scaled(now, self.per_minute);
        let until = paid_until.get(&caller).map_or(now, |until| (*until).max(now));
        let over = until + MINUTE_MS * times.min(self.per_minute) - now - MINUTE_MS * self.per_minute;
        if over > 0 {
            let seconds = (over + self.per_minute * 1000 - 1) / (self.per_minute * 1000);
            return Err(Error::RateLimited {
                retry_after_seconds: u32::try_from(seconds).unwrap_or(u32::MAX),
            });
        }
        paid_until.insert(caller, until + MINUTE_MS * times);
        Ok(())
    }

    /// Number of uses per caller and minute.
    pub fn in_a_minute(&self) -> u32 {
        u32::try_from(self.per_minute).unwrap_or(MOST)
    }

    /// Whether the caller has a use left now. Nothing is counted.
    pub fn has_left(&self, caller: Uuid, now: i64) -> bool {
        let paid_until = self.paid_until.lock().unwrap_or_else(PoisonError::into_inner);
        let now = scaled(now, self.per_minute);
        let until = paid_until.get(&caller).map_or(now, |until| (*until).max(now));
        until + MINUTE_MS <= now + MINUTE_MS * self.per_minute
    }

    /// Counts so many fewer: they were taken before and are free of charge after all.
    pub fn give_back(&self, caller: Uuid, times: u32) {
        let mut paid_until = self.paid_until.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(until) = paid_until.get_mut(&caller) {
            *until -= MINUTE_MS * i64::from(times);
        }
    }
}

/// Time in parts of a millisecond, so many that one use takes a whole number of them.
fn scaled(now: i64, per_minute: i64) -> i64 {
    now.saturating_mul(per_minute)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_minute_is_used_up_and_comes_back_evenly() {
        let quota = Quota::per_minute(60);
        let (ana, luis, start) = (Uuid::from_u128(1), Uuid::from_u128(2), 1_773_154_800_000);
        for _ in 0..60 {
            quota.take(ana, start).expect("within the minute");
        }
        let refused = quota.take(ana, start);
        assert!(matches!(refused, Err(Error::RateLimited { retry_after_seconds: 1 })), "{refused:?}");
        assert!(!quota.has_left(ana, start) && quota.has_left(ana, start + 1_000));
        quota.take(luis, start).expect("others are not concerned");
        // A refused use costs nothing.
        quota.take(ana, start + 1_000).expect("one a second");
        assert!(quota.take(ana, start + 1_999).is_err());
        for _ in 0..60 {
            quota.take(ana, start + 100_000).expect("all at once again");
        }
        assert!(quota.take(ana, start + 100_000).is_err());
    }

    #[test]
    fn few_uses_mean_a_long_wait() {
        let quota = Quota::per_minute(1);
        quota.take(Uuid::nil(), 0).expect("the first");
        let refused = quota.take(Uuid::nil(), 1_000);
        assert!(
            matches!(refused, Err(Error::RateLimited { retry_after_seconds: 59 })),
            "{refused:?}"
        );
        quota.take(Uuid::nil(), 60_000).expect("a minute later");
    }

    #[test]
    fn many_are_taken_together_and_given_back() {
        let (quota, ana) = (Quota::per_minute(3), Uuid::from_u128(1));
        quota.take_many(ana, 2, 0).expect("two of three");
        assert!(quota.take_many(ana, 2, 0).is_err(), "all of them or none");
        quota.take(ana, 0).expect("the third");
        assert!(quota.take(ana, 0).is_err());
        quota.take_many(ana, 0, 0).expect("nothing");
        quota.give_back(ana, 2);
        quota.take_many(ana, 2, 0).expect("those that came back");
        assert!(quota.take(ana, 0).is_err());
    }

    #[test]
    fn more_than_a_minute_has_are_made_up_for() {
        let (quota, ana) = (Quota::per_minute(2), Uuid::from_u128(1));
        quota.take_many(ana, 5, 0).expect("the whole minute is there");
        let refused = quota.take(ana, 0);
        assert!(
            matches!(refused, Err(Error::RateLimited { retry_after_seconds: 120 })),
            "{refused:?}"
        );
        assert!(quota.take(ana, 119_999).is_err());
        quota.take(ana, 120_000).expect("made up for");
    }
}
