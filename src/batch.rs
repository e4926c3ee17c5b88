//! Loads of the same kind that are wanted at the same moment, by any request, become one.
//!
//! There is no timer and no cache: a load joins the batch that starts next, and a batch starts as soon as one of the few
//! places for it is free. A key therefore has to carry everything that the answer depends on, the visibility scope included.

use std::cell::RefCell;
use std::collections::HashMap;
use std::future::poll_fn;
use std::hash::Hash;
use std::pin::pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use futures_util::future::{Either, select};
use futures_util::task::AtomicWaker;
use opentelemetry::trace::SpanContext;
use tokio::sync::oneshot;

use crate::error::{Error, Result};
use crate::telemetry::metrics::{BatchMetrics, Metrics};
use crate::telemetry::traces;

/// What a batcher does with the keys that came together.
pub trait Load: Send + Sync + 'static {
    type Key: Clone + Eq + Hash + Send + Sync + 'static;
    type Value: Clone + Send + Sync + 'static;

    /// Whether keys that came at the same moment may go into one batch. Those of different statements may not: one that fails or takes long
    /// would take the others along.
    fn are_together(_one: &Self::Key, _other: &Self::Key) -> bool {
        true
    }

    /// The values by key; a key without one is left out.
    fn load(&self, keys: Vec<Self::Key>) -> impl Future<Output = Result<HashMap<Self::Key, Self::Value>>> + Send;
}

/// Gathers loads into batches; cheap to clone.
pub struct Batcher<L: Load> {
    shared: Arc<Shared<L>>,
}

/// How many batches of a kind run side by side, and where they are counted.
#[derive(Clone)]
pub struct Places {
    pub most_at_once: usize,
    /// None: nobody looks.
    pub metrics: Option<Arc<Metrics>>,
}

struct Shared<L: Load> {
    loader: L,
    name: String,
    metrics: Option<BatchMetrics>,
    queue: Mutex<Queue<L>>,
    most_at_once: usize,
}

struct Queue<L: Load> {
    waiting: Vec<Waiting<L>>,
    /// What requests ask for that are being polled, by the address of their inbox. It waits from the end of the poll on: a batch that ends
    /// meanwhile would take a part of it along.
    gathering: HashMap<usize, Vec<Waiting<L>>>,
    running: usize,
}

struct Waiting<L: Load> {
    key: L::Key,
    /// Whose span the batch belongs to.
    asking: Option<Box<SpanContext>>,
    answer: oneshot::Sender<Answer<L>>,
    /// Of the request that asks; None outside one.
    inbox: Option<Arc<Inbox>>,
}

type Answer<L> = Result<Option<<L as Load>::Value>>;

/// How many keys go into one batch at most.
const BATCH_SIZE: usize = 256;

impl<L: Load> Clone for Batcher<L> {
    fn clone(&self) -> Self {
        Batcher {
            shared: self.shared.clone(),
        }
    }
}

impl<L: Load> Batcher<L> {
    /// As many batches as there are places run side by side; more loads wait and so make larger batches.
    pub fn new(loader: L, places: Places) -> Self {
        let name = name_of::<L>();
        let queue = Mutex::new(Queue {
            waiting: Vec::new(),
            gathering: HashMap::new(),
            running: 0,
        });
        Batcher {
            shared: Arc::new(Shared {
                loader,
                metrics: places.metrics.map(|metrics| metrics.batches_of(name.clone())),
                name,
                queue,
                most_at_once: places.most_at_once,
            }),
        }
    }

    /// The value of the key, or None where there is none.
    pub async fn load(&self, key: L::Key) -> Result<Option<L::Value>> {
        let answer = self.enqueue([key]).pop().expect("one key gives one answer");
        received(answer).await
    }

    /// The values of the keys, in their order.
    pub async fn load_many(&self, keys: impl IntoIterator<Item = L::Key>) -> Result<Vec<Option<L::Value>>> {
        let answers = self.enqueue(keys);
        let mut values = Vec::with_capacity(answers.len());
        for answer in answers {
            values.push(received(answer).await?);
        }
        Ok(values)
    }

    fn enqueue(&self, keys: impl IntoIterator<Item = L::Key>) -> Vec<oneshot::Receiver<Answer<L>>> {
        let mut answers = Vec::new();
        let asking = traces::asking().map(Box::new);
        let inbox = GATHERING.with_borrow_mut(|gathering| {
            gathering.as_mut().map(|gathering| {
                let this: Arc<dyn Batches> = self.shared.clone();
                if !gathering.batches.iter().any(|other| Arc::ptr_eq(other, &this)) {
                    gathering.batches.push(this);
                }
                gathering.inbox.clone()
            })
        });
        {
            let mut queue = self.shared.queue();
            let queue = &mut *queue;
            let waiting = match &inbox {
                Some(inbox) => queue.gathering.entry(address(inbox)).or_default(),
                None => &mut queue.waiting,
            };
            for key in keys {
                let (answer, receiver) = oneshot::channel();
                waiting.push(Waiting {
                    key,
                    asking: asking.clone(),
                    answer,
                    inbox: inbox.clone(),
                });
                answers.push(receiver);
            }
        }
        if inbox.is_none() {
            self.shared.clone().start(None);
        }
        answers
    }
}

thread_local! {
    /// The request that is being polled.
    static GATHERING: RefCell<Option<Gathering>> = const { RefCell::new(None) };
}

struct Gathering {
    /// The batchers that this poll has given keys to.
    batches: Vec<Arc<dyn Batches>>,
    inbox: Arc<Inbox>,
}

/// Answers that have come for a request. They are handed over when it is polled next, those of a batch all together: handed over one by
/// one, the first would wake the request on another thread, and what is asked below them would come in as many batches as it happens.
#[derive(Default)]
struct Inbox {
    request: AtomicWaker,
    answers: Mutex<Vec<HandOver>>,
}

type HandOver = Box<dyn FnOnce() + Send>;

fn address(inbox: &Arc<Inbox>) -> usize {
    Arc::as_ptr(inbox).addr()
}

impl Inbox {
    fn put(&self, answers: HandOver) {
        self.answers.lock().unwrap_or_else(PoisonError::into_inner).push(answers);
        self.request.wake();
    }

    fn hand_over(&self) {
        let answers = std::mem::take(&mut *self.answers.lock().unwrap_or_else(PoisonError::into_inner));
        answers.into_iter().for_each(|hand_over| hand_over());
    }
}

/// A batcher of any kind.
trait Batches: Send + Sync {
    /// Queues what the request has asked for, and starts a batch if somebody waits and a place is free.
    fn start(self: Arc<Self>, request: Option<&Arc<Inbox>>);
}

impl<L: Load> Batches for Shared<L> {
    fn start(self: Arc<Self>, request: Option<&Arc<Inbox>>) {
        {
            let mut queue = self.queue();
            if let Some(gathered) = request.and_then(|inbox| queue.gathering.remove(&address(inbox))) {
                queue.waiting.extend(gathered);
            }
            if queue.waiting.is_empty() || queue.running >= self.most_at_once {
                return;
            }
            queue.running += 1;
        }
        tokio::spawn(work(Running(self)));
    }
}

/// Runs a future so that everything it asks for within one poll is in the queue before a batch starts. Without this another thread could
/// take the first key of a list while the others are still being asked for.
pub async fn gathered<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    let inbox = Arc::new(Inbox::default());
    poll_fn(|context| {
        inbox.request.register(context.waker());
        inbox.hand_over();
        let gathering = Gathering {
            batches: Vec::new(),
            inbox: inbox.clone(),
        };
        // Given back even when the future panics.
        let poll = Poll(GATHERING.replace(Some(gathering)));
        let result = future.as_mut().poll(context);
        drop(poll);
        result
    })
    .await
}

/// Starts what was gathered when the poll ends, and puts back what was gathered around it.
struct Poll(Option<Gathering>);

impl Drop for Poll {
    fn drop(&mut self) {
        let gathered = GATHERING.replace(self.0.take());
        if let Some(Gathering { batches, inbox }) = gathered {
            batches.into_iter().for_each(|batches| batches.start(Some(&inbox)));
        }
    }
}

impl<L: Load> Shared<L> {
    fn queue(&self) -> std::sync::MutexGuard<'_, Queue<L>> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<L: Load> Queue<L> {
    /// What has waited for longest, with all that may be loaded together with it. Empty: nothing waits.
    fn next_batch(&mut self) -> Vec<Waiting<L>> {
        let Some(first) = self.waiting.first().map(|waiting| waiting.key.clone()) else {
            return Vec::new();
        };
        let together = self.waiting.extract_if(.., |waiting| L::are_together(&first, &waiting.key));
        together.take(BATCH_SIZE).collect()
    }
}

/// Gives its place back even when a load panics.
struct Running<L: Load>(Arc<Shared<L>>);

impl<L: Load> Drop for Running<L> {
    fn drop(&mut self) {
        let mut queue = self.0.queue();
        queue.running -= 1;
        // After a panic nobody would come for those who wait: their senders are dropped, and they hear of it.
        if std::thread::panicking() {
            queue.waiting.clear();
        }
    }
}

async fn work<L: Load>(running: Running<L>) {
    // The tasks that are ready now may want to join.
    tokio::task::yield_now().await;
    loop {
        let mut batch = running.0.queue().next_batch();
        if batch.is_empty() {
            return;
        }
        let mut keys: Vec<L::Key> = batch.iter().map(|waiting| waiting.key.clone()).collect();
        if keys.len() > 1 {
            let mut seen = std::collections::HashSet::with_capacity(keys.len());
            keys.retain(|key| seen.insert(key.clone()));
        }
        let asking = batch.iter().filter_map(|waiting| waiting.asking.as_deref().cloned());
        let span = traces::batch(&running.0.name, keys.len(), asking);
        let (count, started) = (keys.len(), Instant::now());
        let loaded = {
            let loading = pin!(traces::within(span, running.0.loader.load(keys)));
            let abandoned = pin!(abandoned(&mut batch));
            match select(loading, abandoned).await {
                Either::Left((loaded, _)) => loaded,
                // Dropped, it stops the statement, whose answer no request waits for.
                Either::Right(_) => continue,
            }
        };
        if let Some(metrics) = &running.0.metrics {
            metrics.ran(count, started.elapsed(), loaded.is_err());
        }
        if let Err(Error::Unavailable(_)) = &loaded {
            // Those who wait for their turn would wait as long once more, to be told the same.
            batch.append(&mut running.0.queue().waiting);
        }
        deliver(batch, &loaded);
    }
}

/// Ends when nobody waits for the batch any more.
async fn abandoned<L: Load>(batch: &mut [Waiting<L>]) {
    for waiting in batch {
        waiting.answer.closed().await;
    }
}

/// Whoever asked may have gone away meanwhile: an answer that nobody takes is dropped.
fn deliver<L: Load>(mut batch: Vec<Waiting<L>>, loaded: &Result<HashMap<L::Key, L::Value>>) {
    let of = |waiting: &Waiting<L>| waiting.inbox.as_ref().map_or(0, address);
    batch.sort_by_key(of);
    let mut batch = batch.into_iter().peekable();
    while let Some(first) = batch.next() {
        let (request, inbox) = (of(&first), first.inbox.clone());
        let mut answers = vec![first.answered(loaded)];
        while let Some(next) = batch.next_if(|next| of(next) == request) {
            answers.push(next.answered(loaded));
        }
        let hand_over = move || {
            for (sender, answer) in answers {
                let _ = sender.send(answer);
            }
        };
        match inbox {
            Some(inbox) => inbox.put(Box::new(hand_over)),
            None => hand_over(),
        }
    }
}

impl<L: Load> Waiting<L> {
    fn answered(self, loaded: &Result<HashMap<L::Key, L::Value>>) -> (oneshot::Sender<Answer<L>>, Answer<L>) {
        let answer = match loaded {
            Ok(values) => Ok(values.get(&self.key).cloned()),
            Err(error) => Err(error.clone()),
        };
        (self.answer, answer)
    }
}

/// The name of a loader without the modules that it lies in: `Children<Entry>`.
fn name_of<L>() -> String {
    let mut name = String::new();
    for part in std::any::type_name::<L>().split_inclusive(['<', '>', ',', ' ']) {
        name.push_str(part.rsplit("::").next().unwrap_or(part));
    }
    name
}

/// Not counted as work of the request: after so many answers tokio would end the poll, and what is asked below them would be split.
async fn received<V>(answer: oneshot::Receiver<Result<V>>) -> Result<V> {
    let answer = tokio::task::unconstrained(answer).await;
    answer.unwrap_or_else(|_| Err(Error::internal("a batch ended without an answer")))
}

#[cfg(test)]
mod tests;
