//! Metrics of the running server, and their text for Prometheus.

use super::files::{StorageMetrics, TransferMetrics};
use std::borrow::Cow;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Metric, Registry, Unit};

/// Everything that is measured. Labels only ever have values that the program itself names: what a client can choose is never one.
pub struct Metrics {
    registry: Mutex<Registry>,
    requests: Family<Label, Counter>,
    request_seconds: Family<Label, Histogram, fn() -> Histogram>,
    request_cost: Histogram,
    session_lookups: Family<Label, Counter>,
    /// Requests that were sent away because too many were waiting.
    pub permits_refused: Counter,
    /// Number of reloads of the catalogues.
    pub catalog_reloads: Counter,
    /// Number of transactions that wait for a connection.
    pub transactions_waiting: Gauge,
    statements: Family<Label, Counter>,
    statements_failed: Family<Label, Counter>,
    statement_seconds: Family<Label, Histogram, fn() -> Histogram>,
    batches: Family<Label, Counter>,
    batch_keys: Family<Label, Counter>,
    batches_failed: Family<Label, Counter>,
    batch_seconds: Family<Label, Histogram, fn() -> Histogram>,
    job_runs: Family<[Pair; 2], Counter>,
    job_seconds: Family<Label, Histogram, fn() -> Histogram>,
    jobs: Family<Label, Gauge>,
    oldest_due_job: Gauge,
    pool: Family<[Pair; 2], Gauge>,
    permits: Family<Label, Gauge>,
    memory: Gauge,
    /// Of the storage of documents.
    pub storage: StorageMetrics,
    /// Of uploads and downloads.
    pub transfers: TransferMetrics,
}

/// Values of the gauges that are read only when the metrics are scraped.
#[derive(Default)]
pub struct Gauges {
    pub pools: Vec<PoolUse>,
    pub requests_running: usize,
    pub requests_waiting: usize,
    /// None: they could not be counted.
    pub jobs: Option<JobCounts>,
}

/// The jobs in the database.
#[derive(Default)]
pub struct JobCounts {
    pub by_state: Vec<(&'static str, u64)>,
    /// For how long the oldest job is due that waits, in seconds.
    pub oldest_due_seconds: i64,
}

/// The connections of one pool.
pub struct PoolUse {
    pub name: &'static str,
    pub in_use: usize,
    pub idle: usize,
}

/// Metrics of one side of the database.
#[derive(Clone)]
pub struct StatementMetrics {
    done: Counter,
    failed: Counter,
    seconds: Histogram,
}

/// Metrics of the batches of one loader.
#[derive(Clone)]
pub struct BatchMetrics {
    done: Counter,
    keys: Counter,
    failed: Counter,
    seconds: Histogram,
}

type Pair = (&'static str, Cow<'static, str>);
type Label = [Pair; 1];

/// `Content-Type` of the text.
pub const MEDIA_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

impl Default for Metrics {
    fn default() -> Self {
        let metrics = Metrics {
            registry: Mutex::default(),
            requests: Family::default(),
            request_seconds: Family::new_with_constructor(slow),
            request_cost: Histogram::new([1.0, 10.0, 50.0, 100.0, 250.0, 500.0, 1_000.0, 2_500.0, 5_000.0, 10_000.0]),
            session_lookups: Family::default(),
            permits_refused: Counter::default(),
            catalog_reloads: Counter::default(),
            transactions_waiting: Gauge::default(),
            statements: Family::default(),
            statements_failed: Family::default(),
            statement_seconds: Family::new_with_constructor(quick),
            batches: Family::default(),
            batch_keys: Family::default(),
            batches_failed: Family::default(),
            batch_seconds: Family::new_with_constructor(quick),
            job_runs: Family::default(),
            job_seconds: Family::new_with_constructor(slow),
            jobs: Family::default(),
            oldest_due_job: Gauge::default(),
            pool: Family::default(),
            permits: Family::default(),
            memory: Gauge::default(),
            storage: StorageMetrics::default(),
            transfers: TransferMetrics::default(),
        };
        metrics.register_all();
        metrics
    }
}

impl Metrics {
    /// Adds a metric of a part of the server that this file does not know. The name begins with `cartera_`; counters get `_total` by themselves.
    pub fn register(&self, name: &str, help: &str, metric: impl Metric) {
        self.registry().register(name, help, metric);
    }

    /// A GraphQL request that has been answered; `cost` is its price, if it was computed.
    pub fn request(&self, outcome: &'static str, kind: &'static str, cost: Option<u64>, elapsed: Duration) {
        self.requests.get_or_create(&label("outcome", outcome)).inc();
        self.request_seconds
            .get_or_create(&label("operation", kind))
            .observe(elapsed.as_secs_f64());
        if let Some(cost) = cost {
            self.request_cost.observe(cost as f64);
        }
    }

    /// A look-up of a token, with its result.
    pub fn session_lookup(&self, result: &'static str) {
        self.session_lookups.get_or_create(&label("result", result)).inc();
    }

    /// A run of background work.
    pub fn job(&self, name: &'static str, has_succeeded: bool, elapsed: Duration) {
        let result = if has_succeeded { "done" } else { "failed" };
        self.job_runs
            .get_or_create(&[("job", name.into()), ("result", result.into())])
            .inc();
        self.job_seconds.get_or_create(&label("job", name)).observe(elapsed.as_secs_f64());
    }

    /// Counters of the statements of one side of the database.
    pub fn statements_of(&self, side: &'static str) -> StatementMetrics {
        let label = label("side", side);
        StatementMetrics {
            done: self.statements.get_or_create_owned(&label),
            failed: self.statements_failed.get_or_create_owned(&label),
            seconds: self.statement_seconds.get_or_create_owned(&label),
        }
    }

    /// Counters of the batches of a loader.
    pub fn batches_of(&self, loader: String) -> BatchMetrics {
        let label = [("loader", Cow::Owned(loader))];
        BatchMetrics {
            done: self.batches.get_or_create_owned(&label),
            keys: self.batch_keys.get_or_create_owned(&label),
            failed: self.batches_failed.get_or_create_owned(&label),
            seconds: self.batch_seconds.get_or_create_owned(&label),
        }
    }

    /// All metrics as text, with the current gauges.
    pub fn text(&self, gauges: &Gauges) -> String {
        for pool in &gauges.pools {
            for (state, count) in [("in_use", pool.in_use), ("idle", pool.idle)] {
                self.pool
                    .get_or_create(&[("pool", pool.name.into()), ("state", state.into())])
                    .set(whole(count));
            }
        }
        for (state, count) in [("running", gauges.requests_running), ("waiting", gauges.requests_waiting)] {
            self.permits.get_or_create(&label("state", state)).set(whole(count));
        }
        if let Some(jobs) = &gauges.jobs {
            for (state, count) in &jobs.by_state {
                self.jobs
                    .get_or_create(&label("state", state))
                    .set(i64::try_from(*count).unwrap_or(i64::MAX));
            }
            self.oldest_due_job.set(jobs.oldest_due_seconds);
        }
        if let Some(bytes) = resident_bytes() {
            self.memory.set(bytes);
        }
        let mut text = String::with_capacity(16 << 10);
        encode(&mut text, &self.registry()).expect("a text takes whatever is written to it");
        text
    }

    fn register_all(&self) {
        let registry = &mut self.registry();
        add(
            registry,
            "cartera_requests",
            "GraphQL requests answered, by outcome",
            &self.requests,
        );
        add(
            registry,
            "cartera_request_cost_points",
            "Cost at which requests were priced before they ran",
            &self.request_cost,
        );
        add(
            registry,
            "cartera_session_lookups",
            "Tokens looked up, by result",
            &self.session_lookups,
        );
        add(registry, "cartera_permits", "Requests that run and that wait to run", &self.permits);
        add(
            registry,
            "cartera_permits_refused",
            "Requests sent away because too many were waiting",
            &self.permits_refused,
        );
        add(
            registry,
            "cartera_catalog_reloads",
            "How often a catalogue, or the users, were read again",
            &self.catalog_reloads,
        );
        add(registry, "cartera_pool_connections", "Open connections to the database", &self.pool);
        add(
            registry,
            "cartera_transactions_waiting",
            "Transactions that wait for a connection or for the write lock",
            &self.transactions_waiting,
        );
        add(registry, "cartera_statements", "SQL statements sent", &self.statements);
        add(
            registry,
            "cartera_statements_failed",
            "SQL statements that failed",
            &self.statements_failed,
        );
        add(registry, "cartera_batches", "Batches loaded", &self.batches);
        add(registry, "cartera_batch_keys", "Keys loaded in batches", &self.batch_keys);
        add(registry, "cartera_batches_failed", "Batches that failed", &self.batches_failed);
        add(registry, "cartera_job_runs", "Runs of the server's own work", &self.job_runs);
        add(registry, "cartera_jobs", "Jobs in the database, by state", &self.jobs);
        add_time(
            registry,
            "cartera_request_duration",
            "Time from a request's head to its answer",
            &self.request_seconds,
        );
        add_time(
            registry,
            "cartera_statement_duration",
            "Time from sending a statement to its last row",
            &self.statement_seconds,
        );
        add_time(
            registry,
            "cartera_batch_duration",
            "Time that a batch took to load",
            &self.batch_seconds,
        );
        add_time(registry, "cartera_job_duration", "Time that a run took", &self.job_seconds);
        registry.register_with_unit(
            "cartera_job_oldest_due_age",
            "For how long the oldest job is due that waits",
            Unit::Seconds,
            self.oldest_due_job.clone(),
        );
        registry.register_with_unit("process_resident_memory", "Memory in use", Unit::Bytes, self.memory.clone());
        self.storage.register(registry);
        self.transfers.register(registry);
        let started = Gauge::<i64>::default();
        started.set(since_1970());
        registry.register_with_unit(
            "process_start_time",
            "When the process started, in seconds since 1970",
            Unit::Seconds,
            started,
        );
    }

    fn registry(&self) -> std::sync::MutexGuard<'_, Registry> {
        self.registry.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl StatementMetrics {
    pub fn ran(&self, elapsed: Duration, has_failed: bool) {
        self.done.inc();
        self.seconds.observe(elapsed.as_secs_f64());
        if has_failed {
            self.failed.inc();
        }
    }
}

impl BatchMetrics {
    pub fn ran(&self, keys: usize, elapsed: Duration, has_failed: bool) {
        self.done.inc();
        self.keys.inc_by(keys as u64);
        self.seconds.observe(elapsed.as_secs_f64());
        if has_failed {
            self.failed.inc();
        }
    }
}

/// The registry keeps a handle of the same metric.
pub(super) fn add(registry: &mut Registry, name: &str, help: &str, metric: &(impl Metric + Clone)) {
    registry.register(name, help, metric.clone());
}

pub(super) fn add_time(registry: &mut Registry, name: &str, help: &str, metric: &(impl Metric + Clone)) {
    registry.register_with_unit(name, help, Unit::Seconds, metric.clone());
}

fn label(name: &'static str, value: &'static str) -> Label {
    [(name, Cow::Borrowed(value))]
}

/// For what takes milliseconds.
fn quick() -> Histogram {
    Histogram::new([0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 2.5])
}

/// For what may take seconds.
pub(super) fn slow() -> Histogram {
    Histogram::new([0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0])
}

fn whole(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

/// Resident memory of the process; None if the system does not report it.
fn resident_bytes() -> Option<i64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kilobytes: i64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kilobytes * 1024)
}

fn since_1970() -> i64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |elapsed| elapsed.as_secs() as i64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_counted_is_in_the_text() {
        let metrics = Metrics::default();
        metrics.request("executed", "query", Some(46), Duration::from_millis(3));
        metrics.batches_of("Prospects".to_owned()).ran(50, Duration::from_millis(1), false);
        metrics.job("catalogs", false, Duration::ZERO);
        let extra = Counter::<u64>::default();
        metrics.register("cartera_extra", "Something else", extra.clone());
        extra.inc();
        let text = metrics.text(&Gauges {
            pools: vec![PoolUse {
                name: "writer",
                in_use: 1,
                idle: 0,
            }],
            requests_running: 2,
            requests_waiting: 0,
            jobs: Some(JobCounts {
                by_state: vec![("parked", 3)],
                oldest_due_seconds: 7,
            }),
        });
        for line in [
            "cartera_requests_total{outcome=\"executed\"} 1",
            "cartera_request_duration_seconds_bucket{le=\"0.005\",operation=\"query\"} 1",
            "cartera_request_cost_points_sum 46.0",
            "cartera_batch_keys_total{loader=\"Prospects\"} 50",
            "cartera_job_runs_total{job=\"catalogs\",result=\"failed\"} 1",
            "cartera_pool_connections{pool=\"writer\",state=\"in_use\"} 1",
            "cartera_permits{state=\"running\"} 2",
            "cartera_jobs{state=\"parked\"} 3",
            "cartera_job_oldest_due_age_seconds 7",
            "cartera_extra_total 1",
        ] {
            assert!(text.lines().any(|found| found == line), "{line} is not in\n{text}");
        }
        assert!(text.ends_with("# EOF\n"));
    }
}
