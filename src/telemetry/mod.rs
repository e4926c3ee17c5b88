//! Metrics and traces of the server.

/// Metrics for Prometheus.
pub mod metrics;
/// Spans for an OpenTelemetry collector.
pub mod traces;
