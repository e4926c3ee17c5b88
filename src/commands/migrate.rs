//! `cartera migrate`: the tables up to date, back by some steps, or how they stand.

use cartera::db::Db;
use cartera::settings::Settings;
use migration::{Migrator, MigratorTrait};

use super::{Outcome, open, print};

#[derive(clap::Args)]
pub struct Arguments {
    /// Takes back the last N migrations, and with them what their tables hold
    #[arg(long, value_name = "N", conflicts_with = "status", value_parser = clap::value_parser!(u32).range(1..))]
    down: Option<u32>,
    /// Only tells which migrations have been applied
    #[arg(long)]
    status: bool,
}

pub async fn run(arguments: &Arguments, settings: &Settings) -> Outcome {
    let db = open(settings).await?;
    let done = match arguments.down {
        Some(steps) => Migrator::down(db.writer().unlimited(), Some(steps)).await.map_err(Into::into),
        None if arguments.status => Ok(()),
        None => db.migrate().await.map_err(Into::into),
    };
    let told = match done {
        Ok(()) => status(&db).await,
        Err(error) => Err(error),
    };
    db.close().await?;
    told
}

async fn status(db: &Db) -> Outcome {
    let applied = Migrator::get_applied_migrations(db.writer().unlimited()).await?;
    let names: Vec<&str> = applied.iter().map(|migration| migration.name()).collect();
    let lines = Migrator::migrations().into_iter().map(|migration| {
        let state = if names.contains(&migration.name()) { "applied" } else { "pending" };
        format!("{state}  {}\n", migration.name())
    });
    print(&lines.collect::<String>())
}
