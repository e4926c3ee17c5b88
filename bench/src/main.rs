//! Measures a running Cartera beside hand-written SQL for the same data.

/// The comparison server.
mod baseline;
/// A small HTTP client.
mod client;
/// Whether two answers hold the same data.
mod compare;
/// Identifiers as clients see them.
mod ids;
/// Many connections that ask at once.
mod load;
/// What the server takes when nobody asks.
mod memory;
/// What is asked.
mod operations;
/// Processes, and what they use.
mod process;
/// Tables.
mod report;
/// The measurement from beginning to end.
mod run;
/// What the questions are made of.
mod samples;

use clap::Parser;

/// Like the server that is measured, so that the comparison is not one of allocators.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Measures a running Cartera beside hand-written SQL for the same data. `scripts/bench` does all that is needed for it.
#[derive(Parser)]
enum Command {
    /// Fills databases, starts both servers and loads them in turn
    Run(run::Arguments),
    /// Serves the comparison: one hand-written statement for each question, no GraphQL
    Baseline(baseline::Arguments),
    /// Tells how much memory the server takes a minute after its start
    Memory(memory::Arguments),
}

type Failure = Box<dyn std::error::Error + Send + Sync>;
type Result<T> = std::result::Result<T, Failure>;

fn main() -> Result<()> {
    match Command::parse() {
        // As many threads as the server that it is compared with.
        Command::Baseline(arguments) => tokio::runtime::Runtime::new()?.block_on(baseline::serve(arguments)),
        // One thread: the load should leave the machine to the servers.
        Command::Run(arguments) => alone(run::run(arguments)),
        Command::Memory(arguments) => alone(memory::run(arguments)),
    }
}

/// Runs until done or asked to stop; the processes that were started end with it in both cases.
fn alone(work: impl Future<Output = Result<()>>) -> Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let mut terminate = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())?;
        tokio::select! {
            result = work => result,
            _ = terminate.recv() => Err("stopped".into()),
            _ = tokio::signal::ctrl_c() => Err("stopped".into()),
        }
    })
}
