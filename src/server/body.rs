//! Bodies of requests, received within the limits of their route.

use crate::settings::Settings;
use axum::body::{Body, HttpBody};
use axum::http::HeaderMap;
use axum::http::header::{CONTENT_LENGTH, EXPECT};
use http_body_util::BodyExt;
use std::time::Duration;
use tokio::sync::Semaphore;
use tokio::time::{Instant, timeout, timeout_at};

/// The limits of the bodies of one route.
#[derive(Clone, Copy, Debug)]
pub struct BodyLimits {
    /// The maximum size.
    pub bytes: usize,
    /// Longest time for a body to arrive, the wait for a permit included.
    pub deadline: Duration,
    /// Maximum number of bodies that are received concurrently.
    pub permits: usize,
}

/// Receives the bodies of one route. A route that takes bodies has its own, with its own limits.
pub struct BodyReader {
    limits: BodyLimits,
    permits: Semaphore,
}

/// Reason why a body was not received.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BodyError {
    /// It has, or announces, more bytes than this.
    TooLarge(usize),
    /// It did not arrive in time.
    Slow,
    /// The client ended it before its end.
    Incomplete,
    /// Too many other bodies are being received.
    Busy,
}

/// Limits of a discarded body, which no route reads.
const UNREAD_BYTES: usize = 8 << 20;
const UNREAD: Duration = Duration::from_secs(2);

impl BodyLimits {
    /// Of a GraphQL request in JSON. A body is small, so that the number of connections limits those received concurrently.
    pub fn graphql(settings: &Settings) -> Self {
        BodyLimits {
            bytes: settings.limits.body_bytes,
            deadline: Duration::from_secs(10),
            permits: settings.max_connections,
        }
    }
}

impl BodyReader {
    pub fn new(limits: BodyLimits) -> Self {
        BodyReader {
            limits,
            permits: Semaphore::new(limits.permits.min(Semaphore::MAX_PERMITS)),
        }
    }

    /// Receives a whole body into memory.
    pub async fn receive(&self, headers: &HeaderMap, body: &mut Body) -> Result<Vec<u8>, BodyError> {
        let BodyLimits { bytes: most, deadline, .. } = self.limits;
        let announced = headers.get(CONTENT_LENGTH).and_then(|length| length.to_str().ok());
        if announced
            .and_then(|length| length.parse().ok())
            .is_some_and(|length: u64| length > most as u64)
        {
            return Err(BodyError::TooLarge(most));
        }
        let deadline = Instant::now() + deadline;
        let permit = timeout_at(deadline, self.permits.acquire()).await;
        let Ok(Ok(_permit)) = permit else { return Err(BodyError::Busy) };
        let receiving = timeout_at(deadline, async {
            let mut bytes = Vec::new();
            while let Some(frame) = body.frame().await {
                let data = frame.map_err(|_| BodyError::Incomplete)?.into_data().unwrap_or_default();
                if bytes.len() + data.len() > most {
                    return Err(BodyError::TooLarge(most));
                }
                bytes.extend_from_slice(&data);
            }
            Ok(bytes)
        });
        receiving.await.unwrap_or(Err(BodyError::Slow))
    }
}

/// Reads and discards the rest of a body, within limits, so that the connection serves further requests. Beyond the limits it is closed after
/// the answer, which a client that is still sending reads all the same. A client that waits for `100 Continue` has sent nothing.
pub async fn discard(headers: &HeaderMap, body: &mut Body) {
    if body.is_end_stream() || headers.contains_key(EXPECT) {
        return;
    }
    let mut left = UNREAD_BYTES;
    let taken = timeout(UNREAD, async {
        while let Some(Ok(frame)) = body.frame().await {
            let length = frame.data_ref().map_or(0, |data| data.len());
            match left.checked_sub(length) {
                Some(rest) => left = rest,
                None => break,
            }
        }
    });
    let _ = taken.await;
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;
    use bytes::Bytes;
    use futures_util::stream;
    use std::io::Error as IoError;

    fn reader(permits: usize) -> BodyReader {
        BodyReader::new(BodyLimits {
            bytes: 4,
            deadline: Duration::from_millis(50),
            permits,
        })
    }

    async fn received(reader: &BodyReader, mut body: Body) -> Result<Vec<u8>, BodyError> {
        reader.receive(&HeaderMap::new(), &mut body).await
    }

    #[tokio::test]
    async fn bodies_are_received_within_their_limits() {
        let reader = reader(1);
        assert_eq!(received(&reader, Body::from("1234")).await, Ok(b"1234".to_vec()));
        assert_eq!(received(&reader, Body::from("12345")).await, Err(BodyError::TooLarge(4)));
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_LENGTH, HeaderValue::from_static("5"));
        let announced = reader.receive(&headers, &mut Body::empty()).await;
        assert_eq!(announced, Err(BodyError::TooLarge(4)));
        let broken = Body::from_stream(stream::iter([Ok(Bytes::from("1")), Err(IoError::other("gone"))]));
        assert_eq!(received(&reader, broken).await, Err(BodyError::Incomplete));
        let endless = Body::from_stream(stream::pending::<Result<Bytes, IoError>>());
        assert_eq!(received(&reader, endless).await, Err(BodyError::Slow));
        assert_eq!(received(&reader, Body::from("1")).await, Ok(b"1".to_vec()), "permits come back");
    }

    #[tokio::test]
    async fn bodies_wait_for_a_permit() {
        assert_eq!(received(&reader(0), Body::from("1")).await, Err(BodyError::Busy));
    }
}
