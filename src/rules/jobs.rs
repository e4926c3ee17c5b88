//! The life of a job: when it is tried again, when it is parked, and from which states it may be cancelled or retried.

use crate::entities::insight::job::JobState;

/// Attempts before a job is parked.
pub const MAX_ATTEMPTS: i32 = 8;

/// The pause of a job that needs what is in use, in milliseconds.
pub const POSTPONED: i64 = 2_000;

/// The pause after the first failed attempt, in milliseconds; each further one is four times as long.
const FIRST_PAUSE: i64 = 5_000;
const FACTOR: i64 = 4;
/// The longest pause, in milliseconds.
const LONGEST_PAUSE: i64 = 60 * 60 * 1000;

/// The pause before the next attempt, in milliseconds, where so many have failed: from half of the full pause up to all of it, as `share` from
/// 0 to 1 says, so that jobs that failed together are not tried again together.
pub fn pause(attempts: i32, share: f64) -> i64 {
    let exponent = u32::try_from(attempts.saturating_sub(1)).unwrap_or_default();
    let full = FACTOR.saturating_pow(exponent).saturating_mul(FIRST_PAUSE).min(LONGEST_PAUSE);
    full / 2 + (full as f64 / 2.0 * share.clamp(0.0, 1.0)) as i64
}

/// The state after an attempt whose error another attempt may mend.
pub fn after_attempt(attempts: i32, max_attempts: i32) -> JobState {
    if attempts < max_attempts {
        JobState::Queued
    } else {
        JobState::Parked
    }
}

/// Whether the job can still be cancelled. One that runs is asked to stop.
pub fn can_cancel(state: JobState) -> bool {
    match state {
        JobState::Queued | JobState::Running | JobState::Parked => true,
        JobState::Done | JobState::Failed | JobState::Cancelled => false,
    }
}

/// Whether the job can be queued again with all of its attempts.
pub fn can_retry(state: JobState) -> bool {
    match state {
        JobState::Failed | JobState::Cancelled | JobState::Parked => true,
        JobState::Queued | JobState::Running | JobState::Done => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_up_to_an_hour() {
        let longest: Vec<i64> = (1..=8).map(|attempts| pause(attempts, 1.0) / 1_000).collect();
        assert_eq!(longest, [5, 20, 80, 320, 1_280, 3_600, 3_600, 3_600]);
        for attempts in [0, 1, 3, 8, i32::MAX] {
            assert_eq!(pause(attempts, 0.0), pause(attempts, 1.0) / 2, "{attempts}");
            assert!(pause(attempts, 0.5) < pause(attempts, 1.0), "{attempts}");
        }
    }

    #[test]
    fn the_last_attempt_parks() {
        assert_eq!(after_attempt(7, MAX_ATTEMPTS), JobState::Queued);
        assert_eq!(after_attempt(8, MAX_ATTEMPTS), JobState::Parked);
    }

    #[test]
    fn what_is_done_stays_done() {
        assert!(!can_cancel(JobState::Done) && !can_retry(JobState::Done));
        // Each other state leaves by exactly one of the two, but for a parked job, which leaves by either.
        for state in [JobState::Queued, JobState::Running, JobState::Failed, JobState::Cancelled] {
            assert_ne!(can_cancel(state), can_retry(state), "{state:?}");
        }
        assert!(can_cancel(JobState::Parked) && can_retry(JobState::Parked));
    }
}
