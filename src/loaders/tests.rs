//! Data loaders whose batches tests hold back.

use std::sync::atomic::{AtomicUsize, Ordering};

use super::*;

struct Squares(Arc<AtomicUsize>);

impl Loader<u64> for Squares {
    type Value = u64;
    type Error = Error;

    async fn load(&self, keys: &[u64]) -> Result<HashMap<u64, u64>> {
        self.0.fetch_add(1, Ordering::Relaxed);
        if keys.contains(&13) {
            panic!("unlucky");
        }
        Ok(keys.iter().filter(|key| **key != 7).map(|key| (*key, key * key)).collect())
    }
}

fn data_loader<L: Loader<u64, Error = Error>>(loader: L, max_concurrent_batches: usize) -> DataLoader<u64, L> {
    DataLoader::with(loader, max_concurrent_batches, None, |_, _| true)
}

#[tokio::test]
async fn batches_are_counted_by_the_name_of_their_loader() {
    let metrics = Arc::new(Metrics::default());
    let squares = DataLoader::with(Squares(Arc::default()), 2, Some(&metrics), |_, _| true);
    squares.load_many([1, 2, 2]).await.expect("no load fails");
    let text = metrics.text(&Default::default());
    assert!(text.contains("cartera_batch_keys_total{loader=\"Squares\"} 2\n"), "{text}");
    assert_eq!(
        name_of::<HashMap<Squares, Vec<std::sync::Mutex<u8>>>>(),
        "HashMap<Squares, Vec<Mutex<u8>>>"
    );
}

#[tokio::test]
async fn loads_of_one_moment_are_one_batch() {
    let batches = Arc::new(AtomicUsize::new(0));
    let squares = data_loader(Squares(batches.clone()), 2);
    let loads = (0..100).map(|key| squares.load(key % 10));
    let values = futures_util::future::try_join_all(loads).await.expect("no load fails");
    assert_eq!(batches.load(Ordering::Relaxed), 1);
    assert_eq!(values[3], Some(9));
    assert_eq!(values[7], None);
    assert_eq!(
        squares.load_many([2, 7, 4]).await.expect("no load fails"),
        [Some(4), None, Some(16)]
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn what_one_poll_asks_for_is_one_batch_on_any_number_of_threads() {
    for _ in 0..200 {
        let batches = Arc::new(AtomicUsize::new(0));
        let squares = data_loader(Squares(batches.clone()), 2);
        let loads = (14..114).map(|key| squares.load(key));
        request_scope(futures_util::future::try_join_all(loads))
            .await
            .expect("no load fails");
        assert_eq!(batches.load(Ordering::Relaxed), 1);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn what_is_asked_below_the_answers_of_a_batch_is_one_batch() {
    for _ in 0..200 {
        let batches = Arc::new(AtomicUsize::new(0));
        let squares = data_loader(Squares(batches.clone()), 2);
        let roots = async |key: u64| {
            let square = squares.load(key).await?.expect("every number has a square");
            squares.load(square).await
        };
        // Two requests at once, whose keys lie between each other.
        let request = || request_scope(futures_util::future::try_join_all((20..120).map(roots)));
        let alone = request().await.expect("no load fails");
        assert_eq!(alone[1], Some(21_u64.pow(4)));
        assert_eq!(batches.swap(0, Ordering::Relaxed), 2);
        let (one, other) = tokio::join!(request(), request());
        assert_eq!((one.expect("no load fails"), other.expect("no load fails")), (alone.clone(), alone));
        assert!(batches.load(Ordering::Relaxed) <= 4);
    }
}

/// Reports the database as unavailable once, when notified.
struct Away(Arc<tokio::sync::Notify>);

impl Loader<u64> for Away {
    type Value = u64;
    type Error = Error;

    async fn load(&self, _: &[u64]) -> Result<HashMap<u64, u64>> {
        self.0.notified().await;
        Err(Error::Unavailable(Arc::new(std::io::Error::other("away"))))
    }
}

#[tokio::test]
async fn who_waits_for_a_turn_hears_at_once_that_the_database_is_away() {
    let noticed = Arc::new(tokio::sync::Notify::new());
    let away = data_loader(Away(noticed.clone()), 1);
    let first = tokio::spawn({
        let away = away.clone();
        async move { away.load(1).await }
    });
    tokio::task::yield_now().await;
    tokio::task::yield_now().await;
    let second = tokio::spawn(async move { away.load(2).await });
    tokio::task::yield_now().await;
    noticed.notify_one();
    let both = futures_util::future::join(first, second);
    let (first, second) = tokio::time::timeout(std::time::Duration::from_secs(5), both)
        .await
        .expect("no load waits for a second batch");
    for answer in [first, second] {
        assert!(matches!(answer.expect("no load panics"), Err(Error::Unavailable(_))));
    }
}

#[tokio::test]
async fn a_panic_fails_its_batch_and_no_other() {
    let squares = DataLoader::with(Squares(Arc::default()), 1, None, |one, other| one == other);
    let (unlucky, queued) = tokio::join!(squares.load(13), squares.load(4));
    assert!(matches!(unlucky, Err(Error::Internal(_))));
    assert_eq!(queued.expect("the next batch runs"), Some(16));
    assert_eq!(squares.load(5).await.expect("the loader goes on"), Some(25));
}

#[tokio::test]
async fn keys_of_different_statements_have_different_batches() {
    let batches = Arc::new(AtomicUsize::new(0));
    let squares = DataLoader::with(Squares(batches.clone()), 1, None, |one, other| one % 2 == other % 2);
    let values = squares.load_many([1, 2, 3, 4]).await.expect("no load fails");
    assert_eq!(values, [Some(1), Some(4), Some(9), Some(16)]);
    assert_eq!(batches.load(Ordering::Relaxed), 2);
}

/// Never finds anything, and says when it is given up.
struct Endless(Arc<tokio::sync::Notify>, Arc<tokio::sync::Notify>);

impl Loader<u64> for Endless {
    type Value = u64;
    type Error = Error;

    async fn load(&self, _: &[u64]) -> Result<HashMap<u64, u64>> {
        struct GivenUp<'a>(&'a tokio::sync::Notify);
        impl Drop for GivenUp<'_> {
            fn drop(&mut self) {
                self.0.notify_one();
            }
        }
        let _given_up = GivenUp(&self.1);
        self.0.notify_one();
        std::future::pending().await
    }
}

#[tokio::test]
async fn a_batch_ends_with_the_last_request_that_awaits_it() {
    let (started, given_up) = (Arc::new(tokio::sync::Notify::new()), Arc::new(tokio::sync::Notify::new()));
    let endless = data_loader(Endless(started.clone(), given_up.clone()), 1);
    for _ in 0..2 {
        let requests = [1, 1, 2].map(|key| {
            let endless = endless.clone();
            tokio::spawn(async move { endless.load(key).await })
        });
        started.notified().await;
        requests.iter().for_each(|request| request.abort());
        given_up.notified().await;
    }
}

/// Keys that arrive while the last batch ends start another one.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn no_key_is_left_in_the_queue() {
    let squares = data_loader(Squares(Arc::default()), 1);
    let requests = (0..8).map(|_| {
        let squares = squares.clone();
        tokio::spawn(async move {
            for key in 20..2_020 {
                assert_eq!(squares.load(key).await.expect("no load fails"), Some(key * key));
            }
        })
    });
    let all = futures_util::future::try_join_all(requests);
    let all = tokio::time::timeout(std::time::Duration::from_secs(60), all).await;
    all.expect("no key waits for another one").expect("no request panics");
}
