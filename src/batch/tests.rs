//! Batches, with loads that tests hold back.

use std::sync::atomic::{AtomicUsize, Ordering};

use super::*;

struct Squares(Arc<AtomicUsize>);

impl Load for Squares {
    type Key = u64;
    type Value = u64;

    async fn load(&self, keys: Vec<u64>) -> Result<HashMap<u64, u64>> {
        self.0.fetch_add(1, Ordering::Relaxed);
        if keys.contains(&13) {
            panic!("unlucky");
        }
        Ok(keys.into_iter().filter(|key| *key != 7).map(|key| (key, key * key)).collect())
    }
}

fn places(most_at_once: usize) -> Places {
    Places {
        most_at_once,
        metrics: None,
    }
}

#[tokio::test]
async fn batches_are_counted_by_the_name_of_their_loader() {
    let metrics = Arc::new(Metrics::default());
    let places = Places {
        most_at_once: 2,
        metrics: Some(metrics.clone()),
    };
    let squares = Batcher::new(Squares(Arc::default()), places);
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
    let squares = Batcher::new(Squares(batches.clone()), places(2));
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
        let squares = Batcher::new(Squares(batches.clone()), places(2));
        let loads = (14..114).map(|key| squares.load(key));
        gathered(futures_util::future::try_join_all(loads)).await.expect("no load fails");
        assert_eq!(batches.load(Ordering::Relaxed), 1);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn what_is_asked_below_the_answers_of_a_batch_is_one_batch() {
    for _ in 0..200 {
        let batches = Arc::new(AtomicUsize::new(0));
        let squares = Batcher::new(Squares(batches.clone()), places(2));
        let roots = async |key: u64| {
            let square = squares.load(key).await?.expect("every number has a square");
            squares.load(square).await
        };
        // Two requests at once, whose keys lie between each other.
        let request = || gathered(futures_util::future::try_join_all((20..120).map(roots)));
        let alone = request().await.expect("no load fails");
        assert_eq!(alone[1], Some(21_u64.pow(4)));
        assert_eq!(batches.swap(0, Ordering::Relaxed), 2);
        let (one, other) = tokio::join!(request(), request());
        assert_eq!((one.expect("no load fails"), other.expect("no load fails")), (alone.clone(), alone));
        assert!(batches.load(Ordering::Relaxed) <= 4);
    }
}

/// Finds the database unavailable once it is told to, and never again.
struct Away(Arc<tokio::sync::Notify>);

impl Load for Away {
    type Key = u64;
    type Value = u64;

    async fn load(&self, _: Vec<u64>) -> Result<HashMap<u64, u64>> {
        self.0.notified().await;
        Err(Error::Unavailable(Arc::new(std::io::Error::other("away"))))
    }
}

#[tokio::test]
async fn who_waits_for_a_turn_hears_at_once_that_the_database_is_away() {
    let noticed = Arc::new(tokio::sync::Notify::new());
    let away = Batcher::new(Away(noticed.clone()), places(1));
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
        .expect("nobody waits for a second batch");
    for answer in [first, second] {
        assert!(matches!(answer.expect("no load panics"), Err(Error::Unavailable(_))));
    }
}

#[tokio::test]
async fn a_panic_fails_its_batch_and_no_other() {
    let squares = Batcher::new(Squares(Arc::default()), places(1));
    assert!(squares.load(13).await.is_err());
    assert_eq!(squares.load(4).await.expect("the next batch runs"), Some(16));
}
