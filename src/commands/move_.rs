//! `cartera move`: all records from one database into another, of the same kind or the other one.

use std::time::Instant;

use cartera::app::installation;
use cartera::db::Db;
use cartera::settings::{DatabaseUrl, Fault, Settings};
use cartera::transfer;

use super::document_files::{self, Place, Wanted};
use super::existing::{existing, refuse_foreign, refuse_missing};
use super::{Outcome, in_use, lock, open, print, secrets};

#[derive(clap::Args)]
pub struct Arguments {
    /// Source database: sqlite:FILE or postgres://USER:PASSWORD@HOST/NAME
    #[arg(long, value_name = "URL")]
    from: String,
    /// Target database, on which no server has been started
    #[arg(long, value_name = "URL")]
    to: String,
}

pub async fn run(arguments: Arguments, settings: &Settings) -> Outcome {
    let read = arguments.addresses();
    let (from, to) = read.map_err(|faults| faults.iter().map(Fault::to_string).collect::<Vec<_>>().join("; "))?;
    secrets::warn_of_address("--from", &from);
    secrets::warn_of_address("--to", &to);
    let files = from.sqlite_file().zip(to.sqlite_file());
    if *from == *to || files.is_some_and(|(from, to)| in_use::is_same(from, to)) {
        return Err("--from and --to are the same database".into());
    }
    refuse_missing(&from).await?;
    refuse_foreign(&to).await?;
    let _from_lock = from.sqlite_file().map(lock::take).transpose()?;
    let _to_lock = to.sqlite_file().map(lock::take).transpose()?;
    let of = |database: &DatabaseUrl| Settings {
        database: database.clone(),
        ..settings.clone()
    };
    let source = existing(&of(&from)).await?;
    let target = open(&of(&to)).await?;
    let (from_place, to_place) = (Place::of(&of(&from)), Place::of(&of(&to)));
    let moved = moved(&source, &target).await;
    if moved.is_ok() && (from_place == to_place || to_place == Place::None) {
        // The target has taken the ID along, and is the owner of the storage from now on. The source must not delete what is added there.
        installation::forget(&source).await?;
    }
    source.close().await?;
    target.close().await?;
    let (summary, files) = moved?;
    print(&format!(
        "{} rows of {} tables are in {to}, and equal to those in {from}\n",
        summary.rows, summary.tables
    ))?;
    move_files(&from_place, &to_place, &files)
}

/// Brings the files of documents to where the target looks for them.
fn move_files(from: &Place, to: &Place, files: &[Wanted]) -> Outcome {
    if files.is_empty() || from == to {
        return Ok(());
    }
    match (from, to) {
        (Place::Folder(source), Place::Folder(target)) => {
            let done = document_files::transfer(source, target, files)?;
            if let Some(fault) = done.fault() {
                return Err(format!("the records are moved, but not all documents of {}: {fault}", source.display()).into());
            }
            print(&format!("{} files of documents are in {}\n", done.files, target.display()))
        }
        (Place::Folder(source), Place::None) => print(&format!(
            "The files of documents stay in {0}: start the server with storage = \"{0}\", or move the folder\n",
            source.display()
        )),
        _ => print("The files of documents were not moved: the setting `storage` says where the server looks for them\n"),
    }
}

impl Arguments {
    /// Both addresses, or what is wrong with them.
    pub fn addresses(&self) -> Result<(DatabaseUrl, DatabaseUrl), Vec<Fault>> {
        match (secrets::address("--from", &self.from), secrets::address("--to", &self.to)) {
            (Ok(from), Ok(to)) => Ok((from, to)),
            (from, to) => Err([from.err(), to.err()].into_iter().flatten().collect()),
        }
    }
}

async fn moved(source: &Db, target: &Db) -> Result<(transfer::Summary, Vec<Wanted>), Box<dyn std::error::Error + Send + Sync>> {
    for (database, what) in [(source, "--from"), (target, "--to")] {
        if database.has_servers().await? {
            return Err(format!("a server is running on the database of {what}").into());
        }
    }
    let mut reported_at = Instant::now();
    let summary = transfer::run(source, target, |progress| {
        if progress.is_done || reported_at.elapsed().as_secs() >= 5 {
            reported_at = Instant::now();
            eprintln!("{}: {} rows {}", progress.table, progress.rows, progress.stage);
        }
    });
    let summary = summary.await?;
    Ok((summary, document_files::wanted(target.reader()).await?))
}
