//! The program: measurements and trials by name.

use bench::{Result, baseline, memory, run, trials};
use clap::Parser;

/// Like the server that is measured, so that the comparison is not one of allocators.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Measures a running Cartera beside hand-written SQL for the same data, and puts it through failures. `scripts/bench` and `scripts/trials`
/// do all that is needed for it.
#[derive(Parser)]
enum Command {
    /// Fills databases, starts both servers and loads them in turn
    Run(run::Arguments),
    /// Serves the comparison: one hand-written statement for each question, no GraphQL
    Baseline(baseline::Arguments),
    /// Tells how much memory the server takes a minute after its start
    Memory(memory::Arguments),
    /// Puts the server through what goes wrong where servers run
    #[command(subcommand)]
    Trial(trials::Trial),
}

fn main() -> Result<()> {
    match Command::parse() {
        // As many threads as the server that it is compared with.
        Command::Baseline(arguments) => tokio::runtime::Runtime::new()?.block_on(baseline::serve(arguments)),
        // One thread: the load should leave the machine to the servers.
        Command::Run(arguments) => alone(run::run(arguments)),
        Command::Memory(arguments) => alone(memory::run(arguments)),
        Command::Trial(trial) => alone(trials::run(trial)),
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
