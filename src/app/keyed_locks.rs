//! Locks by key, within this process: at most one task runs with each key.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::OwnedMutexGuard;
use tokio::time::timeout;

/// A lock for each key in use. A task that waits for one holds neither a connection nor the permit to write.
pub struct KeyedLocks<K: Eq + Hash + Clone> {
    locks: Mutex<HashMap<K, Arc<tokio::sync::Mutex<()>>>>,
}

/// The lock of a key, owned by one task; dropping it releases the lock.
pub struct KeyedLock<'a, K: Eq + Hash + Clone> {
    owner: &'a KeyedLocks<K>,
    key: K,
    lock: Arc<tokio::sync::Mutex<()>>,
    guard: Option<OwnedMutexGuard<()>>,
}

/// Longest wait for a lock.
const LONGEST_WAIT: Duration = Duration::from_secs(5);

impl<K: Eq + Hash + Clone> Default for KeyedLocks<K> {
    fn default() -> Self {
        KeyedLocks { locks: Mutex::default() }
    }
}

impl<K: Eq + Hash + Clone> KeyedLocks<K> {
    /// Acquires the lock of the key. None if that takes longer than `LONGEST_WAIT`.
    pub async fn lock(&self, key: K) -> Option<KeyedLock<'_, K>> {
        let lock = self.locks().entry(key.clone()).or_default().clone();
        let mut keyed = KeyedLock {
            owner: self,
            key,
            lock,
            guard: None,
        };
        let guard = timeout(LONGEST_WAIT, keyed.lock.clone().lock_owned()).await;
        keyed.guard = Some(guard.ok()?);
        Some(keyed)
    }

    fn locks(&self) -> MutexGuard<'_, HashMap<K, Arc<tokio::sync::Mutex<()>>>> {
        self.locks.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<K: Eq + Hash + Clone> Drop for KeyedLock<'_, K> {
    fn drop(&mut self) {
        self.guard = None;
        let mut locks = self.owner.locks();
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
    async fn tasks_with_one_key_run_one_after_another_and_leave_nothing_behind() {
        let locks = KeyedLocks::default();
        let first = locks.lock("a").await.expect("it is the first");
        assert!(locks.lock("b").await.is_some(), "another key does not wait");
        let second = timeout(Duration::from_millis(20), locks.lock("a"));
        assert!(second.await.is_err(), "the second waits");
        assert_eq!(locks.locks().len(), 1);
        let (_, second) = tokio::join!(async { drop(first) }, locks.lock("a"));
        assert!(second.is_some());
        drop(second);
        assert_eq!(locks.locks().len(), 0);
    }
}
