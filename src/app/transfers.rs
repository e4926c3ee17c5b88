//! Permits of uploads and downloads, apart from those of requests: they take as long as the network of a client needs.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use uuid::Uuid;

use super::permits::{ConcurrencyLimit, Permit, QueueFull};
use crate::settings::Settings;

/// The permits of all transfers.
pub struct Transfers {
    uploads: TransferLimit,
    downloads: TransferLimit,
}

/// A transfer that may run until this is dropped.
pub struct TransferPermit {
    _permit: Permit,
    _of_user: OfUser,
}

struct TransferLimit {
    all: ConcurrencyLimit,
    users: Arc<Users>,
}

/// Number of transfers of each user, those that wait included.
struct Users {
    most: usize,
    counts: Mutex<HashMap<Uuid, usize>>,
}

/// One transfer of a user, until this is dropped.
struct OfUser {
    users: Arc<Users>,
    id: Uuid,
}

/// Number of queued transfers for each concurrent one.
const QUEUE: usize = 4;
/// One user has at most this part of all permits, but at least a few.
const SHARE: usize = 4;
const FEW: usize = 4;

impl Transfers {
    pub fn new(settings: &Settings) -> Transfers {
        Transfers {
            uploads: TransferLimit::new(settings.max_concurrent_uploads),
            downloads: TransferLimit::new(settings.max_concurrent_downloads),
        }
    }

    /// Waits for a permit to upload.
    pub async fn upload(&self, user_id: Uuid) -> Result<TransferPermit, QueueFull> {
        self.uploads.acquire(user_id).await
    }

    /// Waits for a permit to download.
    pub async fn download(&self, user_id: Uuid) -> Result<TransferPermit, QueueFull> {
        self.downloads.acquire(user_id).await
    }
}

impl TransferLimit {
    fn new(most: usize) -> TransferLimit {
        TransferLimit {
            all: ConcurrencyLimit::new(most, QUEUE),
            users: Arc::new(Users {
                most: (most / SHARE).max(FEW.min(most)),
                counts: Mutex::default(),
            }),
        }
    }

    async fn acquire(&self, user_id: Uuid) -> Result<TransferPermit, QueueFull> {
        let of_user = Users::take(&self.users, user_id).ok_or(QueueFull::User)?;
        let permit = self.all.acquire().await.ok_or(QueueFull::Server)?;
        Ok(TransferPermit {
            _permit: permit,
            _of_user: of_user,
        })
    }
}

impl Users {
    fn take(users: &Arc<Users>, id: Uuid) -> Option<OfUser> {
        let mut counts = users.counts();
        let count = counts.entry(id).or_default();
        if *count >= users.most {
            return None;
        }
        *count += 1;
        Some(OfUser { users: users.clone(), id })
    }

    fn counts(&self) -> MutexGuard<'_, HashMap<Uuid, usize>> {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for OfUser {
    fn drop(&mut self) {
        if let Entry::Occupied(mut count) = self.users.counts().entry(self.id) {
            *count.get_mut() -= 1;
            if *count.get() == 0 {
                count.remove();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::FutureExt;

    #[test]
    fn one_user_leaves_permits_to_others() {
        let limit = TransferLimit::new(16);
        let acquire = |id| limit.acquire(Uuid::from_u128(id)).now_or_never();
        let mut held: Vec<_> = (0..4).map(|_| acquire(1)).collect();
        assert!(held.iter().all(|permit| matches!(permit, Some(Ok(_)))));
        assert!(matches!(acquire(1), Some(Err(QueueFull::User))));
        let _other = acquire(2).unwrap().ok().unwrap();
        held.pop();
        assert!(matches!(acquire(1), Some(Ok(_))));
        drop((held, _other));
        assert!(limit.users.counts().is_empty());
    }
}
