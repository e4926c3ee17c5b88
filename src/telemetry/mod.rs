//! What the server tells about itself.

/// What is counted and timed, for Prometheus.
pub mod metrics;
/// Spans for an OpenTelemetry collector.
pub mod traces;
