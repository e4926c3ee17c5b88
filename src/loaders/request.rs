//! The scope of one request: the keys of one poll are submitted together, and the values of one batch arrive together.
//!
//! On several threads a batch would otherwise start with the first key of a list while the request still adds the others, and the first
//! value would wake the request while the others are still being sent. Each level of a query would take several batches.

use std::any::Any;
use std::cell::RefCell;
use std::future::poll_fn;
use std::pin::pin;
use std::sync::{Arc, Mutex, PoisonError};

use async_graphql::dataloader::Loader;
use futures_util::task::AtomicWaker;

use super::{Key, Pending, Shared};
use crate::error::Error;

thread_local! {
    /// The poll of a request that runs on this thread.
    static POLL: RefCell<Option<Poll>> = const { RefCell::new(None) };
}

/// One poll of a request.
struct Poll {
    replies: Arc<Replies>,
    /// One element for each data loader.
    collected: Vec<Box<dyn Submit>>,
}

/// Values that have been loaded for a request, until it is polled.
#[derive(Default)]
pub(super) struct Replies {
    waker: AtomicWaker,
    ready: Mutex<Vec<Send>>,
}

type Send = Box<dyn FnOnce() + std::marker::Send>;

impl Replies {
    pub(super) fn add(&self, send: Send) {
        self.ready.lock().unwrap_or_else(PoisonError::into_inner).push(send);
        self.waker.wake();
    }

    fn send(&self) {
        let ready = std::mem::take(&mut *self.ready.lock().unwrap_or_else(PoisonError::into_inner));
        ready.into_iter().for_each(|send| send());
    }
}

/// Runs a request so that the keys of each poll are submitted when it ends.
pub async fn request_scope<F: Future>(request: F) -> F::Output {
    let mut request = pin!(request);
    let replies = Arc::new(Replies::default());
    poll_fn(|context| {
        replies.waker.register(context.waker());
        replies.send();
        let poll = Poll {
            replies: replies.clone(),
            collected: Vec::new(),
        };
        // Submits also when the request panics.
        let _outer = Outer(POLL.replace(Some(poll)));
        request.as_mut().poll(context)
    })
    .await
}

/// The poll around the present one, if any: restored when the present one ends.
struct Outer(Option<Poll>);

impl Drop for Outer {
    fn drop(&mut self) {
        if let Some(ended) = POLL.replace(self.0.take()) {
            ended.collected.into_iter().for_each(|keys| keys.submit());
        }
    }
}

/// Keys of a data loader of any kind.
trait Submit: Any {
    fn submit(self: Box<Self>);
}

struct Collected<K: Key, L: Loader<K, Error = Error>> {
    shared: Arc<Shared<K, L>>,
    pending: Vec<Pending<K, L::Value>>,
}

impl<K: Key, L: Loader<K, Error = Error>> Submit for Collected<K, L> {
    fn submit(self: Box<Self>) {
        self.shared.submit(self.pending);
    }
}

/// Submits keys: at once outside of a request, and within one when its poll ends.
pub(super) fn submit<K: Key, L: Loader<K, Error = Error>>(shared: &Arc<Shared<K, L>>, pending: impl Iterator<Item = Pending<K, L::Value>>) {
    POLL.with_borrow_mut(|poll| {
        let Some(poll) = poll else {
            shared.clone().submit(pending);
            return;
        };
        let request = Some(poll.replies.clone());
        let pending = pending.map(|pending| Pending {
            request: request.clone(),
            ..pending
        });
        let same = poll.collected.iter_mut().find_map(|keys| {
            let keys: &mut dyn Any = &mut **keys;
            let keys = keys.downcast_mut::<Collected<K, L>>()?;
            Arc::ptr_eq(&keys.shared, shared).then_some(keys)
        });
        match same {
            Some(keys) => keys.pending.extend(pending),
            None => poll.collected.push(Box::new(Collected {
                shared: shared.clone(),
                pending: pending.collect(),
            })),
        }
    });
}
