//! The program: measurements and trials by name.

use bench::{Result, attributes, baseline, documents, memory, million, plans, reports, run, trials};
use clap::Parser;

/// Like the server that is measured, so that the comparison is not one of allocators.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Measures Cartera: under load beside plain SQL for the same data, how databases answer its lists, what a million prospects cost;
/// and puts it through failures. `scripts/bench` and `scripts/trials` do all that is needed for it.
#[derive(Parser)]
enum Command {
    /// Measures what people do: fills databases, starts the server and two baselines, compares their answers and loads them in turn
    Run(run::Arguments),
    /// Serves one of the baselines: the same data by plain SQL, without GraphQL
    Baseline(baseline::Arguments),
    /// Memory of the server a minute after its start
    Memory(memory::Arguments),
    /// Puts the server through what goes wrong where servers run
    #[command(subcommand)]
    Trial(trials::Trial),
    /// Shows how a database answers every filter, order and search of the lists, and fails where a statement reads too much
    Plans(plans::Arguments),
    /// Puts the same questions to a small and to a big database in turn, and compares
    Million(million::Arguments),
    /// Measures lists by custom attributes beside lists by built-in columns, and what hundreds of definitions cost
    Attributes(attributes::Arguments),
    /// Measures uploads and downloads beside bare routes that stream to and from a file, and the memory of many at once
    Documents(documents::Arguments),
    /// Measures the reports that come with the program beside hand-written SQL for the same answers
    Reports(reports::Arguments),
    /// Serves the bare routes
    BareFiles(documents::bare::Arguments),
}

fn main() -> Result<()> {
    match Command::parse() {
        // As many threads as the server that it is compared with.
        Command::Baseline(arguments) => tokio::runtime::Runtime::new()?.block_on(baseline::serve(arguments)),
        Command::BareFiles(arguments) => tokio::runtime::Runtime::new()?.block_on(documents::bare::serve(arguments)),
        // One thread: the load should leave the machine to the servers.
        Command::Run(arguments) => alone(run::run(arguments)),
        Command::Memory(arguments) => alone(memory::run(arguments)),
        Command::Trial(trial) => alone(trials::run(trial)),
        Command::Plans(arguments) => alone(plans::run(arguments)),
        Command::Million(arguments) => alone(million::run(arguments)),
        Command::Attributes(arguments) => alone(attributes::run(arguments)),
        Command::Documents(arguments) => alone(documents::run(arguments)),
        Command::Reports(arguments) => alone(reports::run(arguments)),
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
