//! Traces for an OpenTelemetry collector: a span for each request, batch and statement, without values from users.

use std::sync::OnceLock;
use std::time::{Duration, SystemTime};

use opentelemetry::context::FutureExt;
use opentelemetry::trace::{Link, Span, SpanContext, SpanKind, Status, TraceContextExt, Tracer, TracerProvider};
use opentelemetry::{Context, InstrumentationScope, KeyValue};
use opentelemetry_otlp::{Protocol, SpanExporter, WithExportConfig};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::{Sampler, SdkTracer, SdkTracerProvider};

/// Set once where traces are wanted; everything else looks here, and does nothing where there is none.
static TRACER: OnceLock<SdkTracer> = OnceLock::new();

/// Sends until it is stopped.
pub struct Traces(SdkTracerProvider);

/// Deadline of one delivery to the collector.
const DELIVERY: Duration = Duration::from_secs(5);
/// Maximum number of characters of a statement in a span.
const STATEMENT: usize = 2_000;
/// A batch names at most this many other requests that it works for.
const LINKS: usize = 32;

/// Starts sending to the collector, for the rest of the process; `ratio` says how many of all requests are traced.
pub fn start(endpoint: &str, ratio: f64) -> Result<Traces, Box<dyn std::error::Error + Send + Sync>> {
    // By name, because otherwise OTEL_* variables could turn it somewhere else.
    let exporter = SpanExporter::builder()
        .with_http()
        .with_protocol(Protocol::HttpBinary)
        .with_endpoint(endpoint)
        .with_timeout(DELIVERY)
        .build()?;
    let resource = Resource::builder()
        .with_service_name("cartera")
        .with_attribute(KeyValue::new("service.version", env!("CARGO_PKG_VERSION")))
        .build();
    let provider = SdkTracerProvider::builder()
        .with_batch_exporter(exporter)
        .with_sampler(Sampler::ParentBased(Box::new(Sampler::TraceIdRatioBased(ratio))))
        .with_resource(resource)
        .build();
    let scope = InstrumentationScope::builder("cartera").build();
    if TRACER.set(provider.tracer_with_scope(scope)).is_err() {
        return Err("traces are already being sent".into());
    }
    Ok(Traces(provider))
}

impl Traces {
    /// Delivers what is left.
    pub fn stop(self) {
        if let Err(error) = self.0.shutdown_with_timeout(DELIVERY) {
            tracing::warn!(%error, "the last traces were not delivered");
        }
    }
}

/// The span of a request; None where it is not traced.
pub fn request(method: &str, request_id: &str) -> Option<Context> {
    let tracer = TRACER.get()?;
    let attributes = [
        KeyValue::new("http.request.method", method.to_owned()),
        KeyValue::new("url.path", "/graphql"),
        KeyValue::new("cartera.request_id", request_id.to_owned()),
    ];
    let span = tracer
        .span_builder("graphql request")
        .with_kind(SpanKind::Server)
        .with_attributes(attributes)
        .start_with_context(tracer, &Context::new());
    span.span_context().is_sampled().then(|| Context::new().with_span(span))
}

/// Ends the span of a request with its outcome.
pub fn answered(request: &Context, operation: &'static str, outcome: &'static str, status: u16) {
    let span = request.span();
    span.set_attribute(KeyValue::new("graphql.operation.type", operation));
    span.set_attribute(KeyValue::new("cartera.outcome", outcome));
    span.set_attribute(KeyValue::new("http.response.status_code", i64::from(status)));
    if status >= 500 {
        span.set_status(Status::error(outcome));
    }
    span.end();
}

/// The span of the current request; None if it is not traced.
pub fn current_span() -> Option<SpanContext> {
    TRACER.get()?;
    Context::map_current(|context| {
        let span = context.span();
        span.span_context().is_sampled().then(|| span.span_context().clone())
    })
}

/// The span of a batch: part of the first request, and linked to the others.
pub fn batch(loader: &str, keys: usize, spans: impl IntoIterator<Item = SpanContext>) -> Option<Context> {
    let tracer = TRACER.get()?;
    let mut spans = spans.into_iter();
    let first = spans.next()?;
    let mut others: Vec<Link> = Vec::new();
    for other in spans {
        let is_known = other.trace_id() == first.trace_id() || others.iter().any(|link| link.span_context.trace_id() == other.trace_id());
        if !is_known && others.len() < LINKS {
            others.push(Link::new(other, Vec::new(), 0));
        }
    }
    let attributes = [
        KeyValue::new("cartera.loader", loader.to_owned()),
        KeyValue::new("cartera.keys", keys as i64),
    ];
    let parent = Context::new().with_remote_span_context(first);
    let span = tracer
        .span_builder("batch")
        .with_attributes(attributes)
        .with_links(others)
        .start_with_context(tracer, &parent);
    Some(Context::new().with_span(span))
}

/// The span of a statement that has just ended, below whatever span is the present one. The text holds parameters, never their values.
pub fn statement(system: &'static str, text: &str, elapsed: Duration, has_failed: bool) {
    let Some(tracer) = TRACER.get() else { return };
    let context = Context::current();
    if !context.span().span_context().is_sampled() {
        return;
    }
    let shown: String = text.chars().take(STATEMENT).collect();
    let word: String = text.trim_start().chars().take_while(char::is_ascii_alphabetic).collect();
    let ended = SystemTime::now();
    let attributes = [KeyValue::new("db.system.name", system), KeyValue::new("db.query.text", shown)];
    let mut span = tracer
        .span_builder(word)
        .with_kind(SpanKind::Client)
        .with_start_time(ended - elapsed)
        .with_attributes(attributes)
        .start_with_context(tracer, &context);
    if has_failed {
        span.set_status(Status::error("the statement failed"));
    }
    span.end_with_timestamp(ended);
}

/// Runs the future within the span, if there is one.
pub async fn within<F: Future>(span: Option<Context>, future: F) -> F::Output {
    match span {
        Some(span) => future.with_context(span).await,
        None => future.await,
    }
}
