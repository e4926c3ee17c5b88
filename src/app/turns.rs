//! Work with the same key is done by one after another, within this process.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::OwnedMutexGuard;
use tokio::time::timeout;

/// A lock for each key in use. A task that waits for one holds neither a connection nor the permit to write.
pub struct Turns<K: Eq + Hash + Clone> {
    locks: Mutex<HashMap<K, Arc<tokio::sync::Mutex<()>>>>,
}

/// The lock of a key, owned by one task; dropping it lets the next one begin.
pub struct Turn<'a, K: Eq + Hash + Clone> {
    turns: &'a Turns<K>,
    key: K,
    lock: Arc<tokio::sync::Mutex<()>>,
    held: Option<OwnedMutexGuard<()>>,
}

/// Longest wait for earlier tasks.
const LONGEST_WAIT: Duration = Duration::from_secs(5);

impl<K: Eq + Hash + Clone> Default for Turns<K> {
    fn default() -> Self {
        Turns { locks: Mutex::default() }
    }
}

impl<K: Eq + Hash + Clone> Turns<K> {
    /// None where those before take longer than is worth waiting for.
    pub async fn wait(&self, key: K) -> Option<Turn<'_, K>> {
        let lock = self.locks().entry(key.clone()).or_default().clone();
        let mut turn = Turn {
            turns: self,
            key,
            lock,
            held: None,
        };
        let held = timeout(LONGEST_WAIT, turn.lock.clone().lock_owned()).await;
        turn.held = Some(held.ok()?);
        Some(turn)
    }

    fn locks(&self) -> MutexGuard<'_, HashMap<K, Arc<tokio::sync::Mutex<()>>>> {
        self.locks.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<K: Eq + Hash + Clone> Drop for Turn<'_, K> {
    fn drop(&mut self) {
        self.held = None;
        let mut locks = self.turns.locks();
        // That of the map and this one: no other task waits.
        if Arc::strong_count(&self.lock) == 2 {
            locks.remove(&self.key);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn work_with_one_key_takes_turns_and_leaves_nothing_behind() {
        let turns = Turns::default();
        let turn = turns.wait("a").await.expect("it is the first");
        assert!(turns.wait("b").await.is_some(), "another key does not wait");
        let second = timeout(Duration::from_millis(20), turns.wait("a"));
        assert!(second.await.is_err(), "the second waits");
        assert_eq!(turns.locks().len(), 1);
        let (_, second) = tokio::join!(async { drop(turn) }, turns.wait("a"));
        assert!(second.is_some());
        drop(second);
        assert_eq!(turns.locks().len(), 0);
    }
}
