//! The minimum rate of transfers: large files may take as long as they need, as long as they move.

use axum::body::HttpBody;
use bytes::Bytes;
use futures_util::stream::Stream;
use http_body_util::BodyDataStream;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::time::{Instant, Sleep, sleep};

/// Bytes that have to move in a window.
pub const BYTES: u64 = 8 * 1024 * WINDOW.as_secs();
/// The rate is measured over windows of this length, so that a short interruption does no harm.
pub const WINDOW: Duration = Duration::from_secs(10);

/// Why the rest of a body does not arrive.
#[derive(Debug, thiserror::Error)]
pub enum ArrivalError {
    #[error("the body arrives too slowly")]
    Slow,
    #[error("the body broke off")]
    Broken,
}

/// A body that arrives no slower than the minimum rate. Only the time counts in which the server waits for the client.
pub struct Arriving<B> {
    body: BodyDataStream<B>,
    /// Time waited in the current window, before the present wait.
    waited: Duration,
    received: u64,
    waiting_since: Option<Instant>,
    deadline: Pin<Box<Sleep>>,
}

impl<B: HttpBody> Arriving<B> {
    pub fn new(body: B) -> Arriving<B> {
        Arriving {
            body: BodyDataStream::new(body),
            waited: Duration::ZERO,
            received: 0,
            waiting_since: None,
            deadline: Box::pin(sleep(WINDOW)),
        }
    }

    /// Ends the window if it is over; false if too little has arrived in it.
    fn has_moved(&mut self) -> bool {
        if self.waited < WINDOW {
            return true;
        }
        let has_moved = self.received >= BYTES;
        (self.waited, self.received) = (Duration::ZERO, 0);
        has_moved
    }
}

impl<B: HttpBody<Data = Bytes> + Unpin> Stream for Arriving<B> {
    type Item = Result<Bytes, ArrivalError>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = &mut *self;
        if let Poll::Ready(next) = Pin::new(&mut this.body).poll_next(context) {
            if let Some(since) = this.waiting_since.take() {
                this.waited += since.elapsed();
            }
            let Some(next) = next else { return Poll::Ready(None) };
            let Ok(bytes) = next else {
                return Poll::Ready(Some(Err(ArrivalError::Broken)));
            };
            this.received += bytes.len() as u64;
            let result = if this.has_moved() { Ok(bytes) } else { Err(ArrivalError::Slow) };
            return Poll::Ready(Some(result));
        }
        let now = Instant::now();
        let since = *this.waiting_since.get_or_insert_with(|| {
            let left = WINDOW.saturating_sub(this.waited);
            this.deadline.as_mut().reset(now + left);
            now
        });
        while this.deadline.as_mut().poll(context).is_ready() {
            this.waited += since.elapsed();
            this.waiting_since = Some(now);
            if !this.has_moved() {
                return Poll::Ready(Some(Err(ArrivalError::Slow)));
            }
            this.deadline.as_mut().reset(now + WINDOW);
        }
        Poll::Pending
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::body::Body;
    use futures_util::{StreamExt, stream};
    use std::convert::Infallible;

    /// A body of pieces, each after a pause.
    fn body(pieces: usize, size: usize, pause: Duration) -> Body {
        Body::from_stream(stream::unfold(0, move |count| async move {
            if count == pieces {
                return None;
            }
            sleep(pause).await;
            Some((Ok::<_, Infallible>(Bytes::from(vec![0; size])), count + 1))
        }))
    }

    /// Number of pieces until the end, or until the body is too slow.
    async fn received(mut arriving: Arriving<Body>) -> (usize, bool) {
        let mut count = 0;
        while let Some(piece) = arriving.next().await {
            match piece {
                Ok(_) => count += 1,
                Err(error) => return (count, matches!(error, ArrivalError::Slow)),
            }
        }
        (count, false)
    }

    #[tokio::test(start_paused = true)]
    async fn bodies_arrive_at_the_minimum_rate() {
        let second = Duration::from_secs(1);
        // 9 KiB a second for two minutes, and 7 KiB.
        assert_eq!(received(Arriving::new(body(120, 9 << 10, second))).await, (120, false));
        let (count, is_slow) = received(Arriving::new(body(120, 7 << 10, second))).await;
        assert!(is_slow && (9..=10).contains(&count), "{count}");
        // Nothing at all.
        assert_eq!(received(Arriving::new(body(1, 1, second * 3600))).await, (0, true));
        // A pause that the rest makes up for.
        assert_eq!(received(Arriving::new(body(5, 100 << 10, second * 9))).await, (5, false));
    }

    #[tokio::test(start_paused = true)]
    async fn the_time_of_the_server_does_not_count() {
        let arriving = Arriving::new(body(20, 1 << 10, Duration::from_millis(1)));
        let slowly = arriving.then(async |piece| {
            sleep(WINDOW * 2).await;
            piece.is_ok()
        });
        assert_eq!(slowly.collect::<Vec<bool>>().await, [true; 20]);
    }
}
