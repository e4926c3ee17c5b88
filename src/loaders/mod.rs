//! Data loaders: keys that are loaded at the same time, by any request, become one batch.
//!
//! async-graphql's [`Loader`] says what a batch does. Its `DataLoader` is not used: decision 0006 has the measurements. There is no timer
//! and no cache: a key joins the batch that starts next, and a batch starts as soon as fewer than the maximum run. A key therefore carries
//! everything that its value depends on, the visibility scope included.

mod request;
mod tokens;

use std::collections::{HashMap, HashSet};
use std::hash::Hash;
use std::panic::AssertUnwindSafe;
use std::pin::pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use async_graphql::dataloader::Loader;
use futures_util::FutureExt;
use futures_util::future::{Either, select};
use opentelemetry::trace::SpanContext;
use tokio::sync::oneshot;

use crate::db::Db;
use crate::error::{Error, Result};
use crate::telemetry::metrics::{BatchMetrics, Metrics};
use crate::telemetry::traces;
use request::Replies;

pub use request::request_scope;

/// Requirements of a key.
pub trait Key: Clone + Eq + Hash + Send + Sync + 'static {}

impl<K: Clone + Eq + Hash + Send + Sync + 'static> Key for K {}

/// Collects the keys of a loader into batches; cheap to clone.
pub struct DataLoader<K: Key, L: Loader<K, Error = Error>> {
    shared: Arc<Shared<K, L>>,
}

struct Shared<K: Key, L: Loader<K, Error = Error>> {
    loader: L,
    name: String,
    metrics: Option<BatchMetrics>,
    max_concurrent_batches: usize,
    may_share_batch: fn(&K, &K) -> bool,
    queue: Mutex<Queue<K, L::Value>>,
}

struct Queue<K, V> {
    pending: Vec<Pending<K, V>>,
    running_batches: usize,
}

/// A key whose value is awaited.
struct Pending<K, V> {
    key: K,
    reply: Reply<V>,
    /// The span of the request.
    span: Option<Box<SpanContext>>,
    /// The request that receives the values; None outside a request.
    request: Option<Arc<Replies>>,
}

type Reply<V> = oneshot::Sender<Result<Option<V>>>;

/// Maximum number of keys of one batch.
const MAX_BATCH_SIZE: usize = 256;

impl<K: Key, L: Loader<K, Error = Error>> Clone for DataLoader<K, L> {
    fn clone(&self) -> Self {
        DataLoader {
            shared: self.shared.clone(),
        }
    }
}

impl<K: Key, L: Loader<K, Error = Error>> DataLoader<K, L> {
    /// With as many concurrent batches as the database gains from, counted in its metrics.
    pub fn new(loader: L, db: &Db) -> Self {
        DataLoader::with(loader, db.max_concurrent_batches(), Some(db.metrics()), |_, _| true)
    }

    /// The same, where keys of different statements have different batches: one that fails or takes long would take the others along.
    pub fn grouped(loader: L, db: &Db, may_share_batch: fn(&K, &K) -> bool) -> Self {
        DataLoader::with(loader, db.max_concurrent_batches(), Some(db.metrics()), may_share_batch)
    }

    fn with(loader: L, max_concurrent_batches: usize, metrics: Option<&Arc<Metrics>>, may_share_batch: fn(&K, &K) -> bool) -> Self {
        let name = name_of::<L>();
        DataLoader {
            shared: Arc::new(Shared {
                loader,
                metrics: metrics.map(|metrics| metrics.batches_of(name.clone())),
                name,
                max_concurrent_batches,
                may_share_batch,
                queue: Mutex::new(Queue {
                    pending: Vec::new(),
                    running_batches: 0,
                }),
            }),
        }
    }

    /// The value of the key; None where it has none.
    pub async fn load(&self, key: K) -> Result<Option<L::Value>> {
        received(self.enqueue([key]).pop().expect("one key gives one receiver")).await
    }

    /// The values of the keys, in their order.
    pub async fn load_many(&self, keys: impl IntoIterator<Item = K>) -> Result<Vec<Option<L::Value>>> {
        let receivers = self.enqueue(keys);
        let mut values = Vec::with_capacity(receivers.len());
        for receiver in receivers {
            values.push(received(receiver).await?);
        }
        Ok(values)
    }

    fn enqueue(&self, keys: impl IntoIterator<Item = K>) -> Vec<oneshot::Receiver<Result<Option<L::Value>>>> {
        let span = traces::current_span().map(Box::new);
        let mut receivers = Vec::new();
        let pending = keys.into_iter().map(|key| {
            let (reply, receiver) = oneshot::channel();
            receivers.push(receiver);
            Pending {
                key,
                reply,
                span: span.clone(),
                request: None,
            }
        });
        request::submit(&self.shared, pending);
        receivers
    }
}

impl<K: Key, L: Loader<K, Error = Error>> Shared<K, L> {
    fn queue(&self) -> MutexGuard<'_, Queue<K, L::Value>> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Queues keys, and starts to load batches unless the maximum is running.
    fn submit(self: Arc<Self>, pending: impl IntoIterator<Item = Pending<K, L::Value>>) {
        {
            let mut queue = self.queue();
            queue.pending.extend(pending);
            if queue.pending.is_empty() || queue.running_batches >= self.max_concurrent_batches {
                return;
            }
            queue.running_batches += 1;
        }
        tokio::spawn(self.run());
    }

    /// Loads batches until the queue is empty.
    async fn run(self: Arc<Self>) {
        // Tasks that are ready now may add keys.
        tokio::task::yield_now().await;
        while let Some(batch) = self.next_batch() {
            self.load(batch).await;
        }
    }

    /// The key that has waited for longest, with all that may share its batch. None: the queue is empty, and one batch fewer runs.
    fn next_batch(&self) -> Option<Vec<Pending<K, L::Value>>> {
        let mut queue = self.queue();
        let Some(first) = queue.pending.first().map(|pending| pending.key.clone()) else {
            queue.running_batches -= 1;
            return None;
        };
        let batch = queue.pending.extract_if(.., |pending| (self.may_share_batch)(&first, &pending.key));
        Some(batch.take(MAX_BATCH_SIZE).collect())
    }

    async fn load(&self, mut batch: Vec<Pending<K, L::Value>>) {
        let keys = distinct(&batch);
        let spans = batch.iter().filter_map(|pending| pending.span.as_deref().cloned());
        let span = traces::batch(&self.name, keys.len(), spans);
        let started = Instant::now();
        let loaded = {
            let loading = AssertUnwindSafe(traces::within(span, self.loader.load(&keys))).catch_unwind();
            match select(pin!(loading), pin!(abandoned(&mut batch))).await {
                Either::Left((loaded, _)) => loaded.unwrap_or_else(|_| Err(Error::internal("a batch panicked"))),
                // Dropped, it stops the statement, whose result no request awaits.
                Either::Right(_) => return,
            }
        };
        if let Some(metrics) = &self.metrics {
            metrics.ran(keys.len(), started.elapsed(), loaded.is_err());
        }
        if let Err(Error::Unavailable(_)) = &loaded {
            // Queued keys would wait as long once more, for the same error.
            batch.append(&mut self.queue().pending);
        }
        deliver(batch, &loaded);
    }
}

fn distinct<K: Key, V>(batch: &[Pending<K, V>]) -> Vec<K> {
    let mut seen = HashSet::with_capacity(batch.len());
    let keys = batch.iter().map(|pending| &pending.key);
    keys.filter(|key| seen.insert(*key)).cloned().collect()
}

/// Ends when no request awaits any key of the batch.
async fn abandoned<K, V>(batch: &mut [Pending<K, V>]) {
    for pending in batch {
        pending.reply.closed().await;
    }
}

/// Sends each value to its request. All values that a batch has for one request arrive together.
fn deliver<K: Key, V: Clone + Send + 'static>(mut batch: Vec<Pending<K, V>>, loaded: &Result<HashMap<K, V>>) {
    batch.sort_by_key(Pending::request_address);
    let mut batch = batch.into_iter().peekable();
    while let Some(first) = batch.next() {
        let (address, request) = (first.request_address(), first.request.clone());
        let mut values = vec![first.with_value(loaded)];
        while let Some(next) = batch.next_if(|next| next.request_address() == address) {
            values.push(next.with_value(loaded));
        }
        let send = move || {
            for (reply, value) in values {
                // The request may have ended.
                let _ = reply.send(value);
            }
        };
        match request {
            Some(request) => request.add(Box::new(send)),
            None => send(),
        }
    }
}

impl<K: Key, V: Clone> Pending<K, V> {
    fn request_address(&self) -> usize {
        self.request.as_ref().map_or(0, |request| Arc::as_ptr(request).addr())
    }

    fn with_value(self, loaded: &Result<HashMap<K, V>>) -> (Reply<V>, Result<Option<V>>) {
        let value = loaded.as_ref().map(|values| values.get(&self.key).cloned());
        (self.reply, value.map_err(Error::clone))
    }
}

/// The name of a loader's type without modules: `Children<Entry>`.
fn name_of<L>() -> String {
    let mut name = String::new();
    for part in std::any::type_name::<L>().split_inclusive(['<', '>', ',', ' ']) {
        name.push_str(part.rsplit("::").next().unwrap_or(part));
    }
    name
}

/// Not counted against tokio's budget of a task: after 128 values it would end the poll, and the keys of the next level would be split.
async fn received<V>(receiver: oneshot::Receiver<Result<V>>) -> Result<V> {
    let received = tokio::task::unconstrained(receiver).await;
    received.unwrap_or_else(|_| Err(Error::internal("a batch ended without a value")))
}

#[cfg(test)]
mod tests;
