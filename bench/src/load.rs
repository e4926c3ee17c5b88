//! Rounds of load: many connections that each ask again as soon as they are answered.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, LazyLock};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use memchr::memmem;
use tokio::task::JoinSet;

use crate::Result;
use crate::client::Connection;

/// The requests of one kind.
pub enum Requests {
    /// Any of these, by chance.
    Any(Vec<Vec<u8>>),
    /// This one with another number each time, written at the places.
    Numbered { template: Vec<u8>, places: Vec<usize> },
}

/// Requests, and how each answer has to begin.
pub struct Questions {
    pub requests: Requests,
    pub beginning: String,
}

/// Results of one or more rounds.
#[derive(Clone, Default)]
pub struct Outcome {
    pub elapsed: Duration,
    /// In microseconds, one for each request that was answered as it should be.
    pub latencies: Vec<u32>,
    /// Requests that the server turned away because it was busy.
    pub refused: usize,
    /// Answers of any other kind, and the first of them.
    pub failed: usize,
    pub failure: Option<String>,
}

/// Stands in the template for the number.
pub const NUMBER: &str = "000000000000";

/// Begins with the time, so that a run does not meet the numbers of those before it.
static NEXT_NUMBER: LazyLock<AtomicU64> = LazyLock::new(|| {
    let seconds = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |elapsed| elapsed.as_secs());
    AtomicU64::new(seconds % 100_000_000 * 10_000)
});
/// The status of an answer by a server that is busy.
const BUSY: u16 = 503;
/// Those who are turned away ask again after so long.
const PAUSE: Duration = Duration::from_millis(10);

impl Requests {
    pub fn numbered(template: Vec<u8>) -> Requests {
        let places = memmem::find_iter(&template, NUMBER).collect();
        Requests::Numbered { template, places }
    }

    /// One of the requests.
    pub fn draw(&self, chance: &mut Chance, into: &mut Vec<u8>) {
        into.clear();
        match self {
            Requests::Any(all) => into.extend_from_slice(&all[chance.below(all.len())]),
            Requests::Numbered { template, places } => {
                into.extend_from_slice(template);
                let number = format!("{:0width$}", NEXT_NUMBER.fetch_add(1, Ordering::Relaxed), width = NUMBER.len());
                for place in places {
                    into[*place..place + NUMBER.len()].copy_from_slice(number.as_bytes());
                }
            }
        }
    }
}

impl Outcome {
    pub fn add(&mut self, other: Outcome) {
        self.elapsed += other.elapsed;
        self.latencies.extend(other.latencies);
        self.refused += other.refused;
        self.failed += other.failed;
        self.failure = self.failure.take().or(other.failure);
    }

    pub fn per_second(&self) -> f64 {
        self.latencies.len() as f64 / self.elapsed.as_secs_f64()
    }

    /// The latency in milliseconds that the given part of the requests did not exceed.
    pub fn quantile(&mut self, part: f64) -> f64 {
        if self.latencies.is_empty() {
            return 0.0;
        }
        let place = ((self.latencies.len() - 1) as f64 * part).round() as usize;
        f64::from(*self.latencies.select_nth_unstable(place).1) / 1000.0
    }
}

/// Asks over so many connections for so long, each with the questions of the next user. Fails where a connection does.
pub async fn round(address: SocketAddr, users: &[Arc<Questions>], connections: usize, duration: Duration) -> Result<Outcome> {
    let mut opened = Vec::with_capacity(connections);
    for _ in 0..connections {
        opened.push(Connection::open(address).await?);
    }
    let begun = Instant::now();
    let mut tasks = JoinSet::new();
    for (number, connection) in opened.into_iter().enumerate() {
        let questions = users[number % users.len()].clone();
        tasks.spawn(ask(connection, questions, Chance::new(number as u64), begun + duration));
    }
    let mut outcome = Outcome::default();
    while let Some(own) = tasks.join_next().await {
        outcome.add(own??);
    }
    outcome.elapsed = begun.elapsed();
    Ok(outcome)
}

async fn ask(mut connection: Connection, questions: Arc<Questions>, mut chance: Chance, end: Instant) -> Result<Outcome> {
    let mut outcome = Outcome::default();
    let mut request = Vec::new();
    loop {
        let asked = Instant::now();
        if asked >= end {
            return Ok(outcome);
        }
        questions.requests.draw(&mut chance, &mut request);
        let (status, body) = connection.ask(&request).await?;
        let latency = u32::try_from(asked.elapsed().as_micros()).unwrap_or(u32::MAX);
        match check(status, body, &questions.beginning) {
            Ok(()) => outcome.latencies.push(latency),
            Err(_) if status == BUSY => {
                outcome.refused += 1;
                tokio::time::sleep(PAUSE).await;
            }
            Err(failure) => {
                outcome.failed += 1;
                outcome.failure.get_or_insert_with(|| failure.to_string());
                tokio::time::sleep(PAUSE).await;
            }
        }
    }
}

/// Fails on an answer with another status, another beginning, or errors in it.
pub fn check(status: u16, body: &[u8], beginning: &str) -> Result<()> {
    // PostgreSQL writes JSON with blanks in it.
    let signs = body.iter().filter(|sign| **sign != b' ').take(beginning.len());
    if status == 200 && signs.eq(beginning.as_bytes()) && memmem::find(body, b"\"errors\":").is_none() {
        return Ok(());
    }
    let shown = String::from_utf8_lossy(&body[..body.len().min(2000)]).into_owned();
    Err(format!("an answer with status {status}: {shown}").into())
}

/// Numbers that are random enough for choosing records, and the same each time.
pub struct Chance(u64);

impl Chance {
    pub fn new(seed: u64) -> Chance {
        static ROUND: AtomicU64 = AtomicU64::new(1);
        let round = ROUND.fetch_add(1, Ordering::Relaxed);
        Chance((seed + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ round.wrapping_mul(0xd1b5_4a32_d192_ed03) | 1)
    }

    pub fn below(&mut self, limit: usize) -> usize {
        // Marsaglia's xorshift.
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % limit.max(1) as u64) as usize
    }
}
