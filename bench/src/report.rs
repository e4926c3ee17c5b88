//! The results as tables for people.

use std::time::Duration;

use crate::load::Outcome;

/// Result of one round of an operation on one side.
pub struct Round {
    pub outcome: Outcome,
    /// Of the process that was asked.
    pub cpu: Duration,
    /// Of PostgreSQL meanwhile.
    pub database_cpu: Duration,
}

/// Results of all rounds on one side.
pub struct Side {
    name: &'static str,
    per_second: f64,
    /// In microseconds for each request that was answered.
    server_cpu: f64,
    database_cpu: f64,
    cpu: f64,
    outcome: Outcome,
}

impl Side {
    /// Medians of the rounds, and the latencies of all of them.
    pub fn of(name: &'static str, rounds: Vec<Round>) -> Side {
        let median_of = |figure: fn(&Round) -> f64| median(rounds.iter().map(figure).collect());
        let mut side = Side {
            name,
            per_second: median_of(|round| round.outcome.per_second()),
            server_cpu: median_of(|round| round.each(round.cpu)),
            database_cpu: median_of(|round| round.each(round.database_cpu)),
            cpu: median_of(|round| round.each(round.cpu + round.database_cpu)),
            outcome: Outcome::default(),
        };
        for round in rounds {
            side.outcome.add(round.outcome);
        }
        side
    }

    /// The first answer that was neither as it should be nor a refusal.
    pub fn failure(&self) -> Option<&str> {
        self.outcome.failure.as_deref()
    }

    fn line(&mut self) -> String {
        let (p50, p99) = (self.outcome.quantile(0.5), self.outcome.quantile(0.99));
        let database = if self.database_cpu == 0.0 {
            "-".to_owned()
        } else {
            format!("{:.0}", self.database_cpu)
        };
        format!(
            "{:<8} {:>9.0} {p50:>9.2} {p99:>9.2} {:>9.0} {database:>10} {:>9.0} {:>8} {:>7}",
            self.name, self.per_second, self.server_cpu, self.cpu, self.outcome.refused, self.outcome.failed
        )
    }
}

impl Round {
    fn each(&self, cpu: Duration) -> f64 {
        cpu.as_secs_f64() * 1e6 / self.outcome.latencies.len().max(1) as f64
    }
}

pub fn head(database: &str) {
    println!("\n{database}: microseconds of processor time for each answer, of the server, of PostgreSQL and of both");
    println!(
        "{:<52} {:<13} {:<8} {:>9} {:>9} {:>9} {:>9} {:>10} {:>9} {:>8} {:>7} | {:>7} {:>7}",
        "operation", "caller", "", "answers/s", "p50 ms", "p99 ms", "server", "PostgreSQL", "CPU", "refused", "failed", "x JSON", "x floor"
    );
}

/// A line for each side, the ratios of processor time of the first to the others at its end.
pub fn lines(operation: &str, caller: &str, sides: &mut [Side; 3]) {
    let [server, json, floor] = sides;
    let ratios = format!("{:>7.2} {:>7.2}", server.cpu / json.cpu, server.cpu / floor.cpu);
    println!("{operation:<52} {caller:<13} {} | {ratios}", server.line());
    for side in [json, floor] {
        println!("{:<52} {:<13} {} |", "", "", side.line());
    }
}

/// Of the table that compares two sizes.
pub fn head_of_sizes() {
    println!(
        "{:<78} {:<13} {:<5} {:>9} {:>9} {:>7} {:>9}",
        "question", "caller", "", "small ms", "big ms", "ratio", "rows"
    );
}

/// The middle one of the values; not a number where there are none.
pub fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    match (values.len() / 2, values.len() % 2) {
        (0, 0) => f64::NAN,
        (middle, 0) => f64::midpoint(values[middle - 1], values[middle]),
        (middle, _) => values[middle],
    }
}

#[cfg(test)]
mod tests {
    use super::median;

    #[test]
    fn the_median_is_in_the_middle() {
        assert!(median(Vec::new()).is_nan());
        assert_eq!(median(vec![3.0, 1.0, 9.0]), 3.0);
        assert_eq!(median(vec![4.0, 1.0, 9.0, 2.0]), 3.0);
    }
}
