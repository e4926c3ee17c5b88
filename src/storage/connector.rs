//! The HTTP client of object stores, over the TLS library that connections to PostgreSQL use.

use async_trait::async_trait;
use bytes::Bytes;
use hyper::body::{Body, Frame, Incoming, SizeHint};
use hyper_rustls::HttpsConnectorBuilder;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::{Connect, HttpConnector as TcpConnector};
use hyper_util::rt::{TokioExecutor, TokioTimer};
use object_store::client::{
    HttpClient, HttpConnector, HttpError, HttpErrorKind, HttpRequest, HttpRequestBody, HttpResponse, HttpResponseBody, HttpService,
};
use object_store::{ClientConfigKey, ClientOptions};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;
use std::{fmt, io};
use tokio::time::{Instant, Sleep, sleep, timeout};

/// Makes the clients of a store.
#[derive(Clone, Copy, Debug)]
pub struct Connector {
    /// Whether the store itself is reached without TLS, so that certificates are needed for other addresses at most.
    is_plain: bool,
}

/// Deadline of a connection.
const CONNECT: Duration = Duration::from_secs(5);
/// Deadline of the head of an answer, counted from the beginning of the request, and of each piece of its body.
const ANSWER: Duration = Duration::from_secs(30);
/// Time for which an idle connection is kept.
const IDLE: Duration = Duration::from_secs(60);

impl Connector {
    /// For a store at this endpoint; None: the usual one of the store, which has TLS.
    pub fn to(endpoint: Option<&str>) -> Connector {
        let scheme = endpoint.and_then(|endpoint| endpoint.split_once("://"));
        Connector {
            is_plain: scheme.is_some_and(|(scheme, _)| scheme.eq_ignore_ascii_case("http")),
        }
    }

    /// Whether the store is reached without TLS.
    pub fn is_plain(self) -> bool {
        self.is_plain
    }
}

impl HttpConnector for Connector {
    fn connect(&self, options: &ClientOptions) -> object_store::Result<HttpClient> {
        let mut tcp = TcpConnector::new();
        tcp.set_connect_timeout(Some(CONNECT));
        tcp.set_nodelay(true);
        let allows_http = is_true(options.get_config_value(&ClientConfigKey::AllowHttp));
        let tls = match HttpsConnectorBuilder::new().with_native_roots() {
            Ok(tls) => tls,
            Err(_) if self.is_plain && allows_http => return Ok(client(tcp)),
            Err(error) => return Err(no_certificates(error)),
        };
        tcp.enforce_http(false);
        let schemes = if allows_http { tls.https_or_http() } else { tls.https_only() };
        Ok(client(schemes.enable_http1().wrap_connector(tcp)))
    }
}

/// Whether an option of a store is switched on.
pub fn is_true(option: Option<String>) -> bool {
    option.is_some_and(|value| value.eq_ignore_ascii_case("true") || value == "1")
}

fn client<C: Connect + Clone + fmt::Debug + Send + Sync + 'static>(connector: C) -> HttpClient {
    let client = Client::builder(TokioExecutor::new())
        .timer(TokioTimer::new())
        .pool_timer(TokioTimer::new())
        .pool_idle_timeout(IDLE)
        .build(connector);
    HttpClient::new(Service(client))
}

fn no_certificates(error: io::Error) -> object_store::Error {
    let message = format!(
        "the object store is reached over TLS, and this system has no certificates of authorities to check it by: \
         install them (Debian: ca-certificates), or name their file in SSL_CERT_FILE ({error})"
    );
    object_store::Error::Generic {
        store: "HTTP client",
        source: message.into(),
    }
}

#[derive(Debug)]
struct Service<C>(Client<C, HttpRequestBody>);

#[async_trait]
impl<C: Connect + Clone + fmt::Debug + Send + Sync + 'static> HttpService for Service<C> {
    async fn call(&self, request: HttpRequest) -> Result<HttpResponse, HttpError> {
        let answer = timeout(ANSWER, self.0.request(request)).await;
        let answer = answer.map_err(|_| HttpError::new(HttpErrorKind::Timeout, late()))?;
        let (head, body) = answer.map_err(client_error)?.into_parts();
        Ok(HttpResponse::from_parts(head, HttpResponseBody::new(Timed::new(body))))
    }
}

/// A body each piece of which has a deadline.
struct Timed {
    body: Incoming,
    deadline: Pin<Box<Sleep>>,
}

impl Timed {
    fn new(body: Incoming) -> Timed {
        Timed {
            body,
            deadline: Box::pin(sleep(ANSWER)),
        }
    }
}

impl Body for Timed {
    type Data = Bytes;
    type Error = HttpError;

    fn poll_frame(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, HttpError>>> {
        if let Poll::Ready(frame) = Pin::new(&mut self.body).poll_frame(context) {
            self.deadline.as_mut().reset(Instant::now() + ANSWER);
            return Poll::Ready(frame.map(|frame| frame.map_err(body_error)));
        }
        match self.deadline.as_mut().poll(context) {
            Poll::Ready(()) => Poll::Ready(Some(Err(HttpError::new(HttpErrorKind::Timeout, late())))),
            Poll::Pending => Poll::Pending,
        }
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

fn late() -> io::Error {
    io::Error::new(io::ErrorKind::TimedOut, "the object store did not answer in time")
}

fn client_error(error: hyper_util::client::legacy::Error) -> HttpError {
    let kind = if error.is_connect() {
        HttpErrorKind::Connect
    } else {
        HttpErrorKind::Request
    };
    HttpError::new(kind, error)
}

fn body_error(error: hyper::Error) -> HttpError {
    HttpError::new(HttpErrorKind::Interrupted, error)
}
