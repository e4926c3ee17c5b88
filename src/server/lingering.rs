//! The end of a connection: a client that is still sending reads its answer before the connection is closed.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::sync::watch;
use tokio::time::{Sleep, sleep};

/// Longest time for which a closing connection is read. Shorter than the grace period of a stop.
const LONGEST: Duration = Duration::from_secs(5);
/// Maximum number of bytes that a closing connection reads.
const MOST_BYTES: usize = 64 << 20;
const BUFFER: usize = 16 << 10;

/// A stream whose shutdown ends its answers, and then reads and discards until the client closes too, within limits. A socket that is closed with
/// bytes unread is reset, and a reset takes away the answer that the client has not read yet.
pub struct Lingering<S> {
    stream: S,
    /// A server that stops does not wait for clients that have nothing to send.
    stopping: watch::Receiver<bool>,
    /// None as long as the stream is not shut down.
    rest: Option<Rest>,
}

/// What a closing connection still reads.
struct Rest {
    deadline: Pin<Box<Sleep>>,
    bytes: usize,
}

impl<S> Lingering<S> {
    pub fn new(stream: S, stopping: watch::Receiver<bool>) -> Self {
        Lingering {
            stream,
            stopping,
            rest: None,
        }
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> Lingering<S> {
    /// Reads and discards until the client closes, or a limit is reached.
    fn poll_rest(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let rest = self.rest.get_or_insert_with(|| Rest {
            deadline: Box::pin(sleep(LONGEST)),
            bytes: MOST_BYTES,
        });
        if rest.deadline.as_mut().poll(cx).is_ready() {
            return Poll::Ready(());
        }
        let mut bytes = [0; BUFFER];
        loop {
            if *self.stopping.borrow() {
                return Poll::Ready(());
            }
            let mut buffer = ReadBuf::new(&mut bytes);
            let read = ready!(Pin::new(&mut self.stream).poll_read(cx, &mut buffer));
            let length = buffer.filled().len();
            match rest.bytes.checked_sub(length) {
                Some(left) if read.is_ok() && length > 0 => rest.bytes = left,
                _ => return Poll::Ready(()),
            }
        }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Lingering<S> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buffer)
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncWrite for Lingering<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_write_vectored(mut self: Pin<&mut Self>, cx: &mut Context<'_>, all: &[io::IoSlice<'_>]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(cx, all)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.rest.is_none() {
            ready!(Pin::new(&mut self.stream).poll_shutdown(cx))?;
        }
        self.poll_rest(cx).map(Ok)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::{AsyncReadExt, AsyncWriteExt, duplex};
    use tokio::join;

    /// Shuts down a stream whose client sends so many bytes and then reads; answers how many the client has sent, and what it has read.
    async fn shut_down(bytes: usize, stopping: &watch::Sender<bool>) -> (usize, String) {
        let (server, mut client) = duplex(1_024);
        let mut server = Lingering::new(server, stopping.subscribe());
        let served = async {
            server.write_all(b"answer").await.expect("it is written");
            server.shutdown().await.expect("it ends");
            drop(server);
        };
        let sent = async {
            let mut sent = 0;
            while sent < bytes && client.write_all(&[0; 1_024]).await.is_ok() {
                sent += 1_024;
            }
            let mut answer = String::new();
            drop(client.shutdown().await);
            client.read_to_string(&mut answer).await.expect("it is read");
            (sent, answer)
        };
        join!(served, sent).1
    }

    #[tokio::test(start_paused = true)]
    async fn a_client_sends_to_its_end_and_reads_the_answer() {
        let (stopping, _) = watch::channel(false);
        assert_eq!(shut_down(10 << 20, &stopping).await, (10 << 20, "answer".to_owned()));
        let (sent, answer) = shut_down(2 * MOST_BYTES, &stopping).await;
        assert!((MOST_BYTES..=MOST_BYTES + BUFFER + 2_048).contains(&sent), "{sent}");
        assert_eq!(answer, "answer");
        stopping.send_replace(true);
        let (sent, _) = shut_down(10 << 20, &stopping).await;
        assert!(sent <= 2_048, "{sent}");
    }

    #[tokio::test(start_paused = true)]
    async fn a_silent_client_is_not_waited_for() {
        let (stopping, _) = watch::channel(false);
        let (server, _client) = duplex(1_024);
        let started = tokio::time::Instant::now();
        let ended = Lingering::new(server, stopping.subscribe()).shutdown().await;
        ended.expect("it ends");
        assert_eq!(started.elapsed(), LONGEST);
    }
}
