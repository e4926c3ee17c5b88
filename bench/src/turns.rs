//! Questions that are put in turn, so that they share what else happens on the machine.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::client::{Connection, post};
use crate::operations::server_lead;
use crate::samples::Caller;
use crate::{Result, ids};

/// Times of one question.
#[derive(Default)]
pub struct Taken {
    pub milliseconds: Vec<f64>,
    /// Nodes of the page that came back.
    pub rows: usize,
    pub error: Option<String>,
}

/// Prepared statements choose a plan only after some runs.
const WARM_UP: usize = 8;
/// No question is put again after so long.
const ENOUGH: Duration = Duration::from_secs(15);
/// A connection on which one question is put.
pub struct Taker {
    connection: Connection,
    /// The same question about several records counts each time for another.
    requests: Vec<Vec<u8>>,
    taken: Taken,
}

impl Taker {
    pub async fn open(address: SocketAddr, caller: &Caller, document: &str, variables: &Value) -> Result<Taker> {
        // Always the same lead would be in the cache of any database.
        let requests = if document.contains("query LeadCore") {
            caller
                .prospects
                .iter()
                .take(500)
                .map(|id| server_lead(caller, &ids::encode("prs", *id)))
                .collect()
        } else {
            vec![request(caller, document, variables)]
        };
        Ok(Taker {
            connection: Connection::open(address).await?,
            requests,
            taken: Taken::default(),
        })
    }

    async fn ask(&mut self, number: usize, is_measured: bool) -> Result<()> {
        let request = &self.requests[number % self.requests.len()];
        let asked = Instant::now();
        let (_, body) = self.connection.ask(request).await?;
        if is_measured {
            self.taken.milliseconds.push(asked.elapsed().as_secs_f64() * 1000.0);
        }
        if number == 0 {
            let answer: Value = serde_json::from_slice(body)?;
            self.taken.error = answer.get("errors").map(|errors| errors[0]["message"].to_string());
            self.taken.rows = answer["data"]
                .as_object()
                .into_iter()
                .flatten()
                .map(|(_, root)| rows_of(root))
                .sum();
        }
        Ok(())
    }
}

/// Puts each question so often, one after another in each round.
pub async fn in_turn<const N: usize>(takers: &mut [Taker; N], rounds: usize) -> Result<[Taken; N]> {
    let began = Instant::now();
    let is_enough = || began.elapsed() > ENOUGH;
    for number in 0..WARM_UP {
        for taker in takers.iter_mut() {
            taker.ask(number, false).await?;
        }
        if is_enough() {
            break;
        }
    }
    for number in 0..rounds {
        for taker in takers.iter_mut() {
            taker.ask(WARM_UP + number, true).await?;
        }
        if is_enough() {
            break;
        }
    }
    Ok(takers.each_mut().map(|taker| std::mem::take(&mut taker.taken)))
}

/// A request with its document and variables.
pub fn request(caller: &Caller, document: &str, variables: &Value) -> Vec<u8> {
    post(
        "/graphql",
        Some(&caller.token),
        &json!({ "query": document, "variables": variables }).to_string(),
    )
}

/// The records of a page, in any of the forms of a document.
fn rows_of(root: &Value) -> usize {
    let nodes = root.as_array().or(root["nodes"].as_array()).or(root["edges"].as_array());
    nodes.map_or(usize::from(root.is_object()), Vec::len)
}
