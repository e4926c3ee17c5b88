//! `cartera migrate`: the tables up to date, back by some steps, or how they stand.

use cartera::db::Db;
use cartera::ids::Kind;
use cartera::settings::Settings;
use migration::forms::earlier::{self, Repeated};
use migration::forms::{CollisionKind, collisions_of, pending};
use migration::{CANONICAL_FORMS, Migrator, MigratorTrait};
use sea_orm::DbErr;

use super::existing::existing;
use super::{Outcome, open, print};

#[derive(clap::Args)]
pub struct Arguments {
    /// Reverts the last N migrations with the data of their tables; changes nothing if the previous version could not keep all records
    #[arg(long, value_name = "N", conflicts_with = "status", value_parser = clap::value_parser!(u32).range(1..))]
    down: Option<u32>,
    /// Only lists the applied migrations
    #[arg(long)]
    status: bool,
}

pub async fn run(arguments: &Arguments, settings: &Settings) -> Outcome {
    // Only the plain command makes a database where there is none.
    let db = if arguments.down.is_some() || arguments.status {
        existing(settings).await?
    } else {
        open(settings).await?
    };
    let done = match arguments.down {
        Some(steps) => take_back(&db, steps).await,
        None if arguments.status => Ok(()),
        None => db.migrate().await.map_err(Into::into),
    };
    let outcome = match done {
        Ok(()) => status(&db).await,
        Err(error) => Err(error),
    };
    // After reverting all migrations there may be no table of them.
    let outcome = match outcome {
        Ok(()) if arguments.down.is_none() && is_up_to_date(&db).await? => collisions(&db).await,
        outcome => outcome,
    };
    db.close().await?;
    outcome
}

/// Maximum number of named values that prevent reverting.
const MOST_NAMED: usize = 20;

/// Refuses before anything is changed where the unique indexes of the version before would not take all rows.
async fn take_back(db: &Db, steps: u32) -> Outcome {
    let connection = db.writer().unlimited();
    let applied = Migrator::get_applied_migrations(connection).await?;
    let mut last = applied.iter().rev().take(steps as usize);
    if last.any(|migration| migration.name() == CANONICAL_FORMS) {
        let found = earlier::repeated(connection).await?;
        if !found.is_empty() {
            return Err(in_the_way(&found).into());
        }
    }
    Ok(Migrator::down(connection, Some(steps)).await?)
}

fn in_the_way(found: &[Repeated]) -> String {
    let lines = found.iter().take(MOST_NAMED).map(|repeated| match repeated {
        Repeated::Number { kind, number, prospects } => {
            let prospects: Vec<String> = prospects.iter().map(|id| Kind::Prospect.encode(*id)).collect();
            format!("\n  {kind} {number}: {}", prospects.join(", "))
        }
        Repeated::Name { catalog, names } => format!("\n  {catalog}: {}", names.join(", ")),
    });
    let lines: String = lines.collect();
    let more = match found.len().saturating_sub(MOST_NAMED) {
        0 => String::new(),
        more => format!("\n  and {more} more"),
    };
    format!(
        "nothing was taken back: the version before keeps each document number and each name of a catalogue once, and {} are there more often. \
         Change or remove all but one of each first:{lines}{more}",
        found.len()
    )
}

/// Maximum number of listed collisions.
const MOST: u64 = 1_000;

/// Collisions, for administrators to resolve.
async fn collisions(db: &Db) -> Outcome {
    if let Some(step) = pending(db.writer().unlimited()).await? {
        print(&format!(
            "pending  canonical forms: {step}; `cartera migrate` or the next start goes on\n"
        ))?;
    }
    let mut found = collisions_of(db.writer().unlimited(), MOST + 1).await?;
    let has_more = found.len() as u64 > MOST;
    found.truncate(MOST as usize);
    let lines = found.iter().map(|collision| match collision.kind {
        CollisionKind::CatalogName => format!(
            "collision  in {}: `{}` is now called `{}`, because an older entry has its name\n",
            collision.table, collision.before, collision.after
        ),
        CollisionKind::DocumentNumber => format!(
            "collision  document number {} ({}): it is the same as {}; both are kept for the time being\n",
            collision.before,
            Kind::Identifier.encode(collision.record_id),
            Kind::Identifier.encode(collision.kept_id)
        ),
    });
    let more = if has_more {
        "collision  and more: see the query `collisions`\n"
    } else {
        ""
    };
    print(&(lines.collect::<String>() + more))
}

async fn is_up_to_date(db: &Db) -> Result<bool, DbErr> {
    Ok(Migrator::get_pending_migrations(db.writer().unlimited()).await?.is_empty())
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
