//! The rate limit: a token bucket for each caller, from which requests take points and which time refills.

use crate::limits::Limits;
use serde::Serialize;
use std::collections::HashMap;
use std::hash::Hash;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::{Mutex, PoisonError};
use uuid::Uuid;

/// The token buckets of all callers, in memory: a restart fills them.
pub struct TokenBuckets {
    users: Size,
    networks: Size,
    of_users: Mutex<Halves<Uuid>>,
    of_networks: Mutex<Halves<IpAddr>>,
}

/// The holder of a bucket: a user, however signed in, or the network of a request without credentials.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BucketKey {
    User(Uuid),
    Network(IpAddr),
}

/// State of a bucket, as clients see it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Throttle {
    pub maximum_available: u64,
    pub currently_available: u64,
    /// Points that come back each second.
    pub restore_rate: u64,
}

/// There are not enough points.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Empty {
    pub throttle: Throttle,
    /// After which there will be.
    pub seconds: u32,
}

#[derive(Clone, Copy)]
struct Size {
    points: u64,
    per_second: u64,
}

/// Points are counted in thousandths, of which the rate per second is what comes back in a millisecond.
#[derive(Clone, Copy)]
struct Bucket {
    thousandths: u64,
    at: i64,
}

/// The buckets that were used lately. When the younger half is full it replaces the older one, whose buckets are removed unless they were
/// used since; by then they have had time to fill up, unless very many networks come at once.
struct Halves<K> {
    younger: HashMap<K, Bucket>,
    older: HashMap<K, Bucket>,
}

/// Number of buckets in each of the two generations.
const HALF: usize = 8_192;

impl BucketKey {
    /// Nothing that the caller can choose: not a header that no trusted proxy wrote, and not which of many IPv6 addresses.
    pub fn of(user_id: Option<Uuid>, network: Option<IpAddr>) -> BucketKey {
        match user_id {
            Some(user_id) => BucketKey::User(user_id),
            None => BucketKey::Network(network.unwrap_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED))),
        }
    }
}

impl TokenBuckets {
    pub fn new(limits: &Limits) -> TokenBuckets {
        TokenBuckets {
            users: Size {
                points: limits.bucket,
                per_second: limits.bucket_restore,
            },
            networks: Size {
                points: limits.anonymous_bucket,
                per_second: limits.anonymous_bucket_restore,
            },
            of_users: Mutex::new(Halves::new()),
            of_networks: Mutex::new(Halves::new()),
        }
    }

    /// The maximum that one request can take.
    pub fn most(&self, key: BucketKey) -> u64 {
        self.size(key).points
    }

    /// Takes points, all or none of them.
    pub fn take(&self, key: BucketKey, points: u64, now: i64) -> Result<Throttle, Empty> {
        self.at(key, now, |size, bucket| {
            let wanted = points.saturating_mul(1_000);
            match bucket.thousandths.checked_sub(wanted) {
                Some(left) => {
                    bucket.thousandths = left;
                    Ok(size.throttle(*bucket))
                }
                None => Err(Empty {
                    throttle: size.throttle(*bucket),
                    seconds: size.seconds_for(wanted - bucket.thousandths),
                }),
            }
        })
    }

    /// Gives points back that were taken and not used.
    pub fn give_back(&self, key: BucketKey, points: u64, now: i64) -> Throttle {
        self.at(key, now, |size, bucket| {
            bucket.thousandths = size.at_most(bucket.thousandths.saturating_add(points.saturating_mul(1_000)));
            size.throttle(*bucket)
        })
    }

    fn at<T>(&self, key: BucketKey, now: i64, work: impl FnOnce(Size, &mut Bucket) -> T) -> T {
        let size = self.size(key);
        let work = |bucket: &mut Bucket| {
            size.fill(bucket, now);
            work(size, bucket)
        };
        match key {
            BucketKey::User(id) => with(&self.of_users, id, size, now, work),
            BucketKey::Network(address) => with(&self.of_networks, address, size, now, work),
        }
    }

    fn size(&self, key: BucketKey) -> Size {
        match key {
            BucketKey::User(_) => self.users,
            BucketKey::Network(_) => self.networks,
        }
    }
}

impl Size {
    fn at_most(self, thousandths: u64) -> u64 {
        thousandths.min(self.points.saturating_mul(1_000))
    }

    /// Adds what came back since the last look. A clock that was set back takes nothing away.
    fn fill(self, bucket: &mut Bucket, now: i64) {
        let elapsed = u64::try_from(now.saturating_sub(bucket.at)).unwrap_or(0);
        bucket.thousandths = self.at_most(bucket.thousandths.saturating_add(elapsed.saturating_mul(self.per_second)));
        bucket.at = now;
    }

    fn throttle(self, bucket: Bucket) -> Throttle {
        Throttle {
            maximum_available: self.points,
            currently_available: bucket.thousandths / 1_000,
            restore_rate: self.per_second,
        }
    }

    fn seconds_for(self, thousandths: u64) -> u32 {
        let per_second = self.per_second.saturating_mul(1_000).max(1);
        u32::try_from(thousandths.div_ceil(per_second)).unwrap_or(u32::MAX)
    }
}

impl<K: Eq + Hash + Copy> Halves<K> {
    fn new() -> Self {
        Halves {
            younger: HashMap::new(),
            older: HashMap::new(),
        }
    }

    fn bucket(&mut self, key: K, size: Size, now: i64) -> &mut Bucket {
        if !self.younger.contains_key(&key) && self.younger.len() >= HALF {
            self.older = std::mem::take(&mut self.younger);
        }
        let older = &mut self.older;
        self.younger.entry(key).or_insert_with(|| {
            older.remove(&key).unwrap_or(Bucket {
                thousandths: size.at_most(u64::MAX),
                at: now,
            })
        })
    }
}

fn with<K: Eq + Hash + Copy, T>(buckets: &Mutex<Halves<K>>, key: K, size: Size, now: i64, work: impl FnOnce(&mut Bucket) -> T) -> T {
    let mut buckets = buckets.lock().unwrap_or_else(PoisonError::into_inner);
    work(buckets.bucket(key, size, now))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cx::Origin;

    const ANA: BucketKey = BucketKey::User(Uuid::from_u128(1));
    const LUIS: BucketKey = BucketKey::User(Uuid::from_u128(2));

    fn buckets() -> TokenBuckets {
        TokenBuckets::new(&Limits {
            bucket: 100,
            bucket_restore: 10,
            anonymous_bucket: 5,
            anonymous_bucket_restore: 1,
            ..Limits::default()
        })
    }

    fn left(taken: Result<Throttle, Empty>) -> u64 {
        taken.unwrap().currently_available
    }

    #[test]
    fn points_are_taken_all_or_none() {
        let buckets = buckets();
        assert_eq!(left(buckets.take(ANA, 60, 0)), 40);
        let empty = buckets.take(ANA, 41, 0).unwrap_err();
        assert_eq!((empty.throttle.currently_available, empty.seconds), (40, 1));
        assert_eq!(buckets.take(ANA, 100, 0).unwrap_err().seconds, 6);
        assert_eq!(left(buckets.take(ANA, 40, 0)), 0);
        assert_eq!(left(buckets.take(LUIS, 1, 0)), 99, "each user has a bucket");
    }

    #[test]
    fn time_brings_points_back() {
        let buckets = buckets();
        assert_eq!(left(buckets.take(ANA, 100, 1_000)), 0);
        assert_eq!(buckets.take(ANA, 1, 1_099).unwrap_err().seconds, 1);
        assert_eq!(left(buckets.take(ANA, 1, 1_100)), 0);
        assert_eq!(left(buckets.take(ANA, 0, 500)), 0, "a clock that was set back takes nothing away");
        assert_eq!(left(buckets.take(ANA, 10, 3_000)), 15);
        assert_eq!(left(buckets.take(ANA, 1, i64::MAX)), 99, "no more than there is room for");
    }

    #[test]
    fn points_are_given_back_up_to_the_rim() {
        let buckets = buckets();
        assert_eq!(left(buckets.take(ANA, 60, 0)), 40);
        assert_eq!(buckets.give_back(ANA, 50, 0).currently_available, 90);
        assert_eq!(buckets.give_back(ANA, u64::MAX, 0).currently_available, 100);
    }

    #[test]
    fn the_number_of_buckets_is_bounded() {
        let buckets = buckets();
        let network = |number: u32| BucketKey::Network(IpAddr::V4(Ipv4Addr::from_bits(number)));
        assert_eq!(left(buckets.take(network(0), 5, 0)), 0);
        for number in 1..100_000 {
            assert_eq!(left(buckets.take(network(number), 1, 0)), 4);
            // A bucket in use is not removed.
            if number % 1_000 == 0 {
                assert!(buckets.take(network(0), 1, 0).is_err(), "{number}");
            }
        }
        let held = buckets.of_networks.lock().unwrap();
        assert!(held.younger.len() + held.older.len() <= 2 * HALF);
    }

    #[test]
    fn requests_without_credentials_share_the_bucket_of_their_network() {
        let origin = |address: &str| Origin {
            address: Some(address.parse().unwrap()),
            ..Origin::default()
        };
        let key = |address: &str| BucketKey::of(None, origin(address).network());
        assert_eq!(key("2001:db8:1:2:3:4:5:6"), key("2001:db8:1:2::9"));
        assert_ne!(key("2001:db8:1:2::9"), key("2001:db8:1:3::9"));
        assert_eq!(key("::ffff:192.0.2.7"), key("192.0.2.7"));
        assert_ne!(key("192.0.2.8"), key("192.0.2.7"));
    }
}
