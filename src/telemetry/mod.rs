//! Metrics and traces of the server.

/// Metrics of the files of documents.
pub mod files;
/// Metrics for Prometheus.
pub mod metrics;
/// Spans for an OpenTelemetry collector.
pub mod traces;
