//! Counts and times of the answers of all clients.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::writer::{Answer, Kind};

/// Outcomes of a request besides success.
#[derive(Clone, Copy)]
pub struct Allowed {
    /// No answer, because the server was killed.
    pub death: bool,
    /// `UNAVAILABLE`, with a time after which to ask again.
    pub absence: bool,
}

/// Shared by the clients of a trial.
pub struct Meter {
    allowed: Allowed,
    tally: Mutex<Tally>,
}

#[derive(Default)]
pub struct Tally {
    /// Acknowledged writes by kind.
    pub done: [u64; Kind::ALL.len()],
    /// Of those in microseconds.
    pub latencies: Vec<u32>,
    pub refused: u64,
    pub slowest_refusal: Duration,
    /// Requests without an answer.
    pub lost: u64,
    pub wrong: Vec<String>,
    mark: Option<Instant>,
    in_a_row: u32,
    /// From the mark to the first success, and to so many in a row.
    pub first: Option<Duration>,
    pub full: Option<Duration>,
}

/// So many successes in a row are full service.
pub const ROW: u32 = 50;
/// More of the same would say no more.
const MOST_WRONG: usize = 100;

impl Meter {
    pub fn new(allowed: Allowed) -> Meter {
        Meter {
            allowed,
            tally: Mutex::default(),
        }
    }

    /// Begins to measure how long it takes until writes succeed.
    pub fn mark(&self) {
        let mut tally = self.tally();
        tally.mark = Some(Instant::now());
        (tally.in_a_row, tally.first, tally.full) = (0, None, None);
    }

    /// Counts the answer to a request; false: a repetition is pointless.
    pub fn count(&self, kind: Kind, answer: &Answer, took: Duration) -> bool {
        let mut tally = self.tally();
        let since = tally.mark.map(|mark| mark.elapsed());
        match answer {
            Answer::Done(_) => {
                tally.done[kind as usize] += 1;
                tally.latencies.push(u32::try_from(took.as_micros()).unwrap_or(u32::MAX));
                tally.in_a_row += 1;
                if let Some(since) = since {
                    tally.first.get_or_insert(since);
                    if tally.in_a_row >= ROW {
                        tally.full.get_or_insert(since);
                    }
                }
                return true;
            }
            Answer::Unavailable => {
                tally.refused += 1;
                tally.slowest_refusal = tally.slowest_refusal.max(took);
                if !self.allowed.absence {
                    tally.blame(format!("a {kind:?} was refused as UNAVAILABLE"));
                }
            }
            Answer::Lost(reason) => {
                tally.lost += 1;
                if !self.allowed.death {
                    tally.blame(format!("a {kind:?} got no answer: {reason}"));
                }
            }
            Answer::Wrong(words) => tally.blame(format!("a {kind:?} was answered {words}")),
        }
        tally.in_a_row = 0;
        matches!(answer, Answer::Unavailable) && self.allowed.absence
    }

    /// Takes the counts so far.
    pub fn take(&self) -> Tally {
        std::mem::take(&mut *self.tally())
    }

    /// Time until the first success and until full service since the mark; None: not yet.
    pub fn back(&self) -> (Option<Duration>, Option<Duration>) {
        let tally = self.tally();
        (tally.first, tally.full)
    }

    /// Number of refused writes.
    pub fn refused(&self) -> u64 {
        self.tally().refused
    }

    fn tally(&self) -> std::sync::MutexGuard<'_, Tally> {
        self.tally.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Tally {
    /// Adds what was counted in another part of the trial.
    pub fn add(&mut self, other: Tally) {
        for (sum, more) in self.done.iter_mut().zip(other.done) {
            *sum += more;
        }
        self.latencies.extend(other.latencies);
        self.refused += other.refused;
        self.slowest_refusal = self.slowest_refusal.max(other.slowest_refusal);
        self.lost += other.lost;
        self.wrong.extend(other.wrong);
    }

    pub fn sum(&self) -> u64 {
        self.done.iter().sum()
    }

    /// Such as `300 (Create 100, …)`.
    pub fn by_kind(&self) -> String {
        let kinds = Kind::ALL.iter().zip(self.done).map(|(kind, count)| format!("{kind:?} {count}"));
        format!("{} ({})", self.sum(), kinds.collect::<Vec<_>>().join(", "))
    }

    /// The latency in milliseconds that the given part of the writes did not exceed.
    pub fn quantile(&mut self, part: f64) -> f64 {
        if self.latencies.is_empty() {
            return 0.0;
        }
        let place = ((self.latencies.len() - 1) as f64 * part).round() as usize;
        f64::from(*self.latencies.select_nth_unstable(place).1) / 1000.0
    }

    fn blame(&mut self, words: String) {
        if self.wrong.len() < MOST_WRONG {
            self.wrong.push(words);
        }
    }
}
