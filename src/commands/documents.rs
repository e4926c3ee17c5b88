//! `cartera documents check`: compares the storage of documents with the database, and repairs what can be repaired.

use cartera::error::Error;
use cartera::ids::Kind;
use cartera::jobs::documents::check::{self, MayDelete, Report};
use cartera::settings::Settings;
use cartera::storage::{Ownership, foreign};

use super::{Outcome, print, with_existing};

#[derive(clap::Subcommand)]
pub enum Command {
    /// Lists documents whose file is missing, and counts files that no document has
    Check(Arguments),
}

#[derive(clap::Args)]
pub struct Arguments {
    /// Deletes files that no document has
    #[arg(long)]
    repair: bool,
    /// Makes this database the owner of the storage, which belongs to another one that is not used any more
    #[arg(long)]
    adopt: bool,
    /// Passes over files that are younger than so many hours: they may belong to an upload that still runs
    #[arg(long, value_name = "HOURS", default_value_t = 24)]
    older_than: u32,
}

pub async fn run(command: Command, settings: Settings) -> Outcome {
    let Command::Check(arguments) = command;
    with_existing(settings, async |app| {
        let before = app.clock.now() - i64::from(arguments.older_than) * 60 * 60 * 1000;
        if arguments.adopt {
            app.storage.adopt().await.map_err(Error::from)?;
        }
        if arguments.repair {
            if let MayDelete::No(reason) = check::may_delete(&app.storage).await.map_err(Error::from)? {
                return Err(format!("nothing was deleted: {reason}").into());
            }
            app.storage.remove_abandoned(before).await.map_err(Error::from)?;
        }
        let ownership = app.storage.ownership().await.map_err(Error::from)?;
        let report = check::check(&app.db, &app.storage, i64::MIN..before, arguments.repair).await?;
        print(&summary(&report, arguments.repair))?;
        if let Ownership::Foreign(id) = ownership {
            return Err(foreign(id).into());
        }
        match (report.without_file.len(), report.orphans) {
            (0, 0) => Ok(()),
            (0, _) if arguments.repair => Ok(()),
            (0, _) => Err("there are files that no document has; --repair deletes them".into()),
            (missing, _) => {
                Err(format!("the files of {missing} documents are missing; put them back from a backup, or delete the documents").into())
            }
        }
    })
    .await
}

fn summary(report: &Report, is_repaired: bool) -> String {
    let removed = if is_repaired { ", which were deleted" } else { "" };
    let mut text = format!(
        "{} files; {} of them ({} bytes) belong to no document{removed}\n",
        report.files, report.orphans, report.orphan_bytes
    );
    for id in &report.without_file {
        text.push_str(&format!("{} has no file\n", Kind::Document.encode(*id)));
    }
    text
}
