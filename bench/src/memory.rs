//! Memory of the idle server.

use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use crate::Result;
use crate::process::{self, Server};

#[derive(clap::Args)]
pub struct Arguments {
    /// The program that is measured
    #[arg(long, default_value = "target/release/cartera")]
    cartera: PathBuf,
    /// `sqlite:FILE` or `postgres://…`
    #[arg(long)]
    database: String,
    /// Seconds after the start
    #[arg(long, default_value_t = 60)]
    after: u64,
}

pub async fn run(arguments: Arguments) -> Result<()> {
    let mut command = Command::new(&arguments.cartera);
    command.args(["serve", "--database", &arguments.database]);
    let log = std::env::temp_dir().join(format!("cartera-memory-{}.log", std::process::id()));
    let server = Server::start(command, &log).await?;
    tokio::time::sleep(Duration::from_secs(arguments.after)).await;
    let (now, _) = process::memory(server.id())?;
    println!("{now:.1} MiB resident, {} s after the start, nothing asked", arguments.after);
    std::fs::remove_file(log)?;
    Ok(())
}
