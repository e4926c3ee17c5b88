//! `cartera demo`: invented data of a size, the same each time for the same seed, last day and language.

use std::time::Duration;

use cartera::settings::Settings;
use cartera::{demo, setup};
use chrono::NaiveDate;
use indicatif::{ProgressBar, ProgressStyle};

use super::{Outcome, first_administrator, print, with_app};

#[derive(clap::Args)]
pub struct Arguments {
    /// Number of prospects
    #[arg(long, value_name = "N", default_value_t = 10_000)]
    prospects: u64,
    /// Number of timeline entries in all [default: 10 for each prospect]
    #[arg(long, value_name = "N", conflicts_with = "entries_per_prospect")]
    entries: Option<u64>,
    /// Mean number of timeline entries for each prospect
    #[arg(long, value_name = "N", default_value_t = 10)]
    entries_per_prospect: u64,
    /// Number of salespeople
    #[arg(long, value_name = "N", default_value_t = 20)]
    users: u32,
    /// Seed of the random generator
    #[arg(long, value_name = "S", default_value_t = 1)]
    seed: u64,
    /// The day on which the data ends, at noon; the same day gives the same data [default: now]
    #[arg(long, value_name = "DATE", value_parser = date)]
    until: Option<NaiveDate>,
}

pub async fn run(arguments: Arguments, settings: Settings) -> Outcome {
    let options = demo::Options {
        prospects: arguments.prospects,
        entries: arguments
            .entries
            .unwrap_or(arguments.prospects.saturating_mul(arguments.entries_per_prospect)),
        users: arguments.users,
        seed: arguments.seed,
        until: arguments.until,
    };
    with_app(settings, async |app| {
        demo::refuse(app, &options).await?;
        if let Some(first) = setup::first_start(app).await? {
            print(&first_administrator(&first))?;
        }
        let bar = ProgressBar::new(options.prospects).with_style(style());
        bar.enable_steady_tick(Duration::from_millis(200));
        let summary = demo::run(app, &options, |done| bar.set_position(done)).await;
        bar.finish_and_clear();
        print(&format!("{}\n", summary?))
    })
    .await
}

fn style() -> ProgressStyle {
    let template = "{bar:40} {human_pos}/{human_len} prospects, {eta} left";
    ProgressStyle::with_template(template).expect("the template names only what the library knows")
}

fn date(text: &str) -> Result<NaiveDate, String> {
    text.parse().map_err(|_| "expected a date such as 2026-09-30".to_owned())
}
