//! The reports that come with the program, beside hand-written SQL for the same answers.

/// The SQL by hand.
mod by_hand;

use std::path::PathBuf;
use std::time::Instant;

use cartera::rules::reports::shipped;
use sea_orm::{ConnectOptions, ConnectionTrait, Database, DatabaseConnection, Statement};
use serde_json::{Value, json};

use crate::Result;
use crate::client::Connection;
use crate::process::Server;
use crate::report::median;
use crate::samples::{self, Caller};
use crate::turns::request;

#[derive(clap::Args)]
pub struct Arguments {
    /// The program that is measured
    #[arg(long, default_value = "target/release/cartera")]
    cartera: PathBuf,
    /// `sqlite:FILE` or `postgres://…`, filled by `cartera demo`
    #[arg(long)]
    database: String,
    /// How often each report is asked for
    #[arg(long, default_value_t = 11)]
    rounds: usize,
    /// Only reports whose key contains this
    #[arg(long, default_value = "")]
    only: String,
    /// Prints the statements by hand as well
    #[arg(long)]
    statements: bool,
}

const REPORT: &str =
    "query Report($input: ReportInput!) { report(input: $input) { rows { cells { key text number } } totals { number } rowCount } }";
/// A report may take so much longer than SQL by hand.
const RATIO: f64 = 1.2;
/// Shorter differences are those of the transport, in milliseconds.
const NOISE: f64 = 3.0;
/// Milliseconds that a report may take as an administrator, and as a salesperson.
const AIMS: [f64; 2] = [300.0, 100.0];

pub async fn run(arguments: Arguments) -> Result<()> {
    let server = Server::unlimited(&arguments.cartera, &arguments.database, "reports").await?;
    let callers = samples::callers(server.address, &arguments.database).await?;
    let mut options = ConnectOptions::new(&arguments.database);
    options.max_connections(1).sqlx_logging(false);
    let db = Database::connect(options).await?;
    println!("{}, {} rounds, medians in milliseconds", arguments.database, arguments.rounds);
    println!(
        "{:<24} {:<13} {:>9} {:>9} {:>7} {:>6}",
        "report", "caller", "Cartera", "by hand", "ratio", "rows"
    );
    for (caller, aim) in callers.iter().zip(AIMS) {
        for report in shipped::reports().filter(|report| report.key.contains(&arguments.only)) {
            let statement = by_hand::statement(
                db.get_database_backend(),
                report.key,
                (caller.role == crate::operations::SALESPERSON).then_some(caller.id),
            )?;
            if arguments.statements {
                println!("{statement}");
            }
            let mut input = report.definition();
            input["timeZone"] = json!(by_hand::ZONE);
            let taken = in_turn(&server, caller, &db, &input, &statement, arguments.rounds).await?;
            let ratio = taken.report / taken.by_hand;
            let mut verdict = String::new();
            if ratio > RATIO && taken.report - taken.by_hand > NOISE {
                verdict.push_str("   <-- slower than by hand");
            }
            if taken.report > aim {
                verdict.push_str(&format!("   <-- more than {aim}"));
            }
            println!(
                "{:<24} {:<13} {:>9.1} {:>9.1} {ratio:>7.2} {:>6}{verdict}",
                report.key, caller.role, taken.report, taken.by_hand, taken.rows
            );
        }
    }
    db.close().await?;
    Ok(())
}

struct Taken {
    report: f64,
    by_hand: f64,
    rows: u64,
}

async fn in_turn(
    server: &Server,
    caller: &Caller,
    db: &DatabaseConnection,
    input: &Value,
    statement: &str,
    rounds: usize,
) -> Result<Taken> {
    let mut connection = Connection::open(server.address).await?;
    let asked = request(caller, REPORT, &json!({ "input": input }));
    let (mut reports, mut by_hand, mut rows) = (Vec::new(), Vec::new(), 0);
    // The first round warms up.
    for round in 0..=rounds {
        let begun = Instant::now();
        let (_, body) = connection.ask(&asked).await?;
        let report = begun.elapsed();
        let answer: Value = serde_json::from_slice(body)?;
        let Some(count) = answer["data"]["report"]["rowCount"].as_u64() else {
            return Err(format!("a report was answered {answer}").into());
        };
        rows = count;
        let begun = Instant::now();
        db.query_all_raw(Statement::from_string(db.get_database_backend(), statement))
            .await?;
        if round > 0 {
            reports.push(report.as_secs_f64() * 1000.0);
            by_hand.push(begun.elapsed().as_secs_f64() * 1000.0);
        }
    }
    Ok(Taken {
        report: median(reports),
        by_hand: median(by_hand),
        rows,
    })
}
