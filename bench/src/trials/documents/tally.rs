//! Counts of the requests of clients by kind.

/// What is tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Upload,
    /// One that may be repeated.
    KeyedUpload,
    Announce,
    Part,
    PartsUpload,
    Delete,
    Restore,
    Move,
    Download,
}

/// Counts of one client.
#[derive(Clone, Copy, Default)]
pub struct Tally {
    /// Acknowledged requests by kind.
    pub done: [u64; Kind::ALL.len()],
    /// Requests without an answer, and how many of them had happened.
    pub lost: u64,
    pub lost_done: u64,
}

impl Kind {
    pub const ALL: [Kind; 9] = [
        Kind::Upload,
        Kind::KeyedUpload,
        Kind::Announce,
        Kind::Part,
        Kind::PartsUpload,
        Kind::Delete,
        Kind::Restore,
        Kind::Move,
        Kind::Download,
    ];
}

impl Tally {
    pub fn add(&mut self, other: Tally) {
        for (sum, more) in self.done.iter_mut().zip(other.done) {
            *sum += more;
        }
        self.lost += other.lost;
        self.lost_done += other.lost_done;
    }

    /// Such as `300 (Upload 100, …)`.
    pub fn by_kind(&self) -> String {
        let kinds = Kind::ALL.iter().zip(self.done).map(|(kind, count)| format!("{kind:?} {count}"));
        format!("{} ({})", self.done.iter().sum::<u64>(), kinds.collect::<Vec<_>>().join(", "))
    }
}
