//! The results as tables for people.

use std::time::Duration;

use crate::load::Outcome;

/// What came of one question, put to one of the two.
#[derive(Clone, Default)]
pub struct Side {
    pub outcome: Outcome,
    /// Of the process that was asked.
    pub cpu: Duration,
    /// Of PostgreSQL meanwhile.
    pub database_cpu: Duration,
}

impl Side {
    pub fn add(&mut self, other: Side) {
        self.outcome.add(other.outcome);
        self.cpu += other.cpu;
        self.database_cpu += other.database_cpu;
    }

    fn each(&self, cpu: Duration) -> f64 {
        cpu.as_secs_f64() * 1e6 / self.outcome.latencies.len().max(1) as f64
    }

    fn total_cpu(&self) -> f64 {
        self.each(self.cpu + self.database_cpu)
    }
}

pub fn head(database: &str) {
    println!("\n{database}");
    println!(
        "{:<34} {:<14} {:<8} {:>9} {:>8} {:>8} {:>11} {:>11} | {:>10} {:>9}",
        "operation", "caller", "", "requests/s", "p50 ms", "p99 ms", "CPU us/req", "PostgreSQL", "throughput", "CPU"
    );
}

/// Of the table that compares two sizes.
pub fn head_of_sizes() {
    println!(
        "{:<78} {:<13} {:<5} {:>9} {:>9} {:>7} {:>9}",
        "question", "caller", "", "small ms", "big ms", "ratio", "rows"
    );
}

/// Two lines, the ratios of server to comparison at the end of the first.
pub fn lines(operation: &str, caller: &str, mut server: Side, mut baseline: Side) {
    let throughput = server.outcome.per_second() / baseline.outcome.per_second();
    let cpu = server.total_cpu() / baseline.total_cpu();
    line(operation, caller, "server", &mut server);
    println!(" | {throughput:>10.2} {cpu:>9.2}");
    line("", "", "baseline", &mut baseline);
    println!(" |");
}

fn line(operation: &str, caller: &str, name: &str, side: &mut Side) {
    let (p50, p99) = (side.outcome.quantile(0.5), side.outcome.quantile(0.99));
    let database = if side.database_cpu.is_zero() {
        "-".to_owned()
    } else {
        format!("{:.0}", side.each(side.database_cpu))
    };
    print!(
        "{operation:<34} {caller:<14} {name:<8} {:>10.0} {p50:>8.2} {p99:>8.2} {:>11.0} {database:>11}",
        side.outcome.per_second(),
        side.each(side.cpu)
    );
}
