//! Metrics of the files of documents: what the storage does, and what goes between clients and the server.

use super::metrics::{add, add_time, slow};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;
use std::time::Duration;

type Label = [(&'static str, &'static str); 1];
type Labels = [(&'static str, &'static str); 2];

/// Counters of the storage.
#[derive(Clone)]
pub struct StorageMetrics {
    operations: Family<Labels, Counter>,
    seconds: Family<Label, Histogram, fn() -> Histogram>,
    bytes: Family<Label, Counter>,
}

/// Counters of uploads and downloads.
#[derive(Clone, Default)]
pub struct TransferMetrics {
    running: Family<Label, Gauge>,
    bytes: Family<Label, Counter>,
    failed: Family<Labels, Counter>,
}

/// The direction of a transfer, as the server sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    Upload,
    Download,
}

/// One transfer, counted as running until this is dropped.
pub struct Running(Gauge);

impl Default for StorageMetrics {
    fn default() -> Self {
        StorageMetrics {
            operations: Family::default(),
            seconds: Family::new_with_constructor(slow),
            bytes: Family::default(),
        }
    }
}

impl StorageMetrics {
    /// An operation that has ended, with its result and the time that the storage took for it.
    pub fn operation(&self, operation: &'static str, result: &'static str, elapsed: Duration) {
        self.operations.get_or_create(&[("operation", operation), ("result", result)]).inc();
        self.seconds
            .get_or_create(&[("operation", operation)])
            .observe(elapsed.as_secs_f64());
    }

    /// The counter of bytes of an operation.
    pub fn bytes(&self, operation: &'static str) -> Counter {
        self.bytes.get_or_create_owned(&[("operation", operation)])
    }

    pub(super) fn register(&self, registry: &mut Registry) {
        add(
            registry,
            "cartera_storage_operations",
            "Operations of the storage of documents, by result",
            &self.operations,
        );
        add(
            registry,
            "cartera_storage_bytes",
            "Bytes written to and read from the storage",
            &self.bytes,
        );
        add_time(
            registry,
            "cartera_storage_duration",
            "Time that the storage took for an operation, without that of clients",
            &self.seconds,
        );
    }
}

impl TransferMetrics {
    /// Counts one more that runs.
    pub fn begin(&self, direction: Direction) -> Running {
        let gauge = self.running.get_or_create_owned(&[direction.label()]);
        gauge.inc();
        Running(gauge)
    }

    /// The counter of bytes that went between clients and the server.
    pub fn bytes(&self, direction: Direction) -> Counter {
        self.bytes.get_or_create_owned(&[direction.label()])
    }

    pub fn failed(&self, direction: Direction, reason: &'static str) {
        self.failed.get_or_create(&[direction.label(), ("reason", reason)]).inc();
    }

    pub(super) fn register(&self, registry: &mut Registry) {
        add(registry, "cartera_transfers", "Uploads and downloads that run", &self.running);
        add(
            registry,
            "cartera_transfer_bytes",
            "Bytes of files that went between clients and the server",
            &self.bytes,
        );
        add(
            registry,
            "cartera_transfers_failed",
            "Uploads and downloads that failed, by reason",
            &self.failed,
        );
    }
}

impl Direction {
    fn label(self) -> (&'static str, &'static str) {
        let name = match self {
            Direction::Upload => "upload",
            Direction::Download => "download",
        };
        ("direction", name)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.0.dec();
    }
}
