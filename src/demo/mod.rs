//! Invented, realistic data of any size, the same for the same seed, last day and language, on both databases.

mod agenda;
mod attributes;
mod catalogs;
mod check;
mod chunk;
mod dice;
mod documents;
mod load;
mod names;
mod numbers;
mod places;
mod plan;
mod record;
mod story;
mod texts;
mod timeframe;
mod users;
mod world;

use std::fmt;
use std::time::{Duration, Instant};

use chrono::NaiveDate;
use sea_orm::{EntityTrait, PaginatorTrait, QuerySelect};

pub use check::{check, check_shares};
pub use timeframe::Timeframe;
pub use users::{ADMINISTRATOR, PASSWORD, salesperson_email};

use crate::app::App;
use crate::entities::records::{client, prospect};
use crate::error::{Error, Result};
use crate::setup;
use world::World;

/// Size of the demo data.
#[derive(Clone, Debug)]
pub struct Options {
    pub prospects: u64,
    /// Timeline entries of all prospects together, at least one for each.
    pub entries: u64,
    /// Salespeople, besides an administrator.
    pub users: u32,
    /// The number that all chance comes from.
    pub seed: u64,
    /// The day whose noon is the present of the demo. None: it ends now.
    pub until: Option<NaiveDate>,
}

/// Summary of the demo data, with its accounts.
#[derive(Clone, Debug)]
pub struct Summary {
    pub prospects: u64,
    pub clients: u64,
    pub entries: u64,
    /// Number of documents, or the reason for which there are none.
    pub documents: std::result::Result<u64, String>,
    pub salespeople: u32,
    /// Time range of its events.
    pub timeframe: Timeframe,
    /// The e-mail of the administrator.
    pub administrator: &'static str,
    /// Password of all users.
    pub password: &'static str,
    pub took: Duration,
}

impl fmt::Display for Summary {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Summary {
            prospects,
            clients,
            entries,
            documents,
            salespeople,
            timeframe,
            administrator,
            password,
            took,
        } = self;
        writeln!(
            formatter,
            "Invented {prospects} prospects, {clients} of them clients, with {entries} timeline entries up to {} in {:.1} s",
            timeframe.day,
            took.as_secs_f64()
        )?;
        match documents {
            Ok(count) => writeln!(formatter, "{count} documents are in the storage")?,
            Err(reason) => writeln!(formatter, "There are no documents: {reason}")?,
        }
        writeln!(formatter, "Sign in as {administrator} (administrator), or as a salesperson:")?;
        let last = if *salespeople > 1 {
            format!(" to {}", salesperson_email(*salespeople))
        } else {
            String::new()
        };
        write!(formatter, "{}{last}; the password of all is {password}", salesperson_email(1))
    }
}

/// More than the numbers of documents suffice for.
const MOST_PROSPECTS: u64 = 20_000_000;
const MOST_USERS: u32 = 10_000;

/// The tables that are filled, parents before children.
const TABLES: [&str; 20] = [
    "prospects",
    "cycles",
    "clients",
    "tasks",
    "identifiers",
    "contacts",
    "contact_points",
    "addresses",
    "prospect_tags",
    "touches",
    "status_intervals",
    "owner_intervals",
    "operations",
    "timeline_entries",
    "notes",
    "note_versions",
    "interactions",
    "entry_changes",
    "attribute_values",
    "search_documents",
];

/// Fills a database without prospects; reports the number of sent prospects from time to time.
///
/// On PostgreSQL a failure leaves no prospects behind. On SQLite complete prospects may remain, because large loads are committed in parts.
pub async fn run(app: &App, options: &Options, progress: impl Fn(u64)) -> Result<Summary> {
    let started = Instant::now();
    refuse(app, options).await?;
    let timeframe = Timeframe::of(app, options.until)?;
    app.catalogs.refresh(&app.db).await?;
    if app.catalogs.snapshot().statuses.all().is_empty() {
        setup::first_start(app).await?;
        app.catalogs.refresh(&app.db).await?;
    }
    catalogs::install(app).await?;
    attributes::install(app).await?;
    let staff = users::create(app, options, &timeframe).await?;
    let language = setup::language(app);
    let world = World::new(&app.catalogs.snapshot(), &staff, options.seed, language, timeframe)?;
    load::load(app, options, world, progress).await?;
    app.catalogs.refresh(&app.db).await?;
    let documents = add_documents(&documents::Setting {
        app,
        seed: options.seed,
        language,
        timeframe,
        administrator: staff.administrator,
    })
    .await?;
    Ok(Summary {
        prospects: options.prospects,
        clients: count_clients(app).await?,
        entries: options.entries + documents.as_ref().unwrap_or(&0),
        documents,
        salespeople: options.users,
        timeframe,
        administrator: ADMINISTRATOR,
        password: PASSWORD,
        took: started.elapsed(),
    })
}

/// Refuses options that cannot be met, and a database that has prospects already, before anything is written.
pub async fn refuse(app: &App, options: &Options) -> Result<()> {
    Timeframe::of(app, options.until)?;
    let Options {
        prospects, entries, users, ..
    } = *options;
    let reason = if prospects == 0 || prospects > MOST_PROSPECTS {
        format!("the number of prospects has to be from 1 to {MOST_PROSPECTS}")
    } else if entries < prospects {
        format!("{entries} timeline entries are too few for {prospects} prospects: each has one of its creation")
    } else if users == 0 || users > MOST_USERS {
        format!("the number of salespeople has to be from 1 to {MOST_USERS}")
    } else if prospect::Entity::find()
        .select_only()
        .column(prospect::Column::Id)
        .into_tuple::<uuid::Uuid>()
        .one(app.db.reader())
        .await?
        .is_some()
    {
        "the database already has prospects; the demo fills an empty one".to_owned()
    } else {
        return Ok(());
    };
    Err(Error::BadInput(reason))
}

/// All else is loaded by now, and stays where the storage cannot be used.
async fn add_documents(setting: &documents::Setting<'_>) -> Result<std::result::Result<u64, String>> {
    if !setting.app.storage.is_set() {
        return Ok(Err("the setting `storage` is not set".to_owned()));
    }
    match documents::add(setting).await {
        Ok(count) => Ok(Ok(count)),
        Err(Error::Unavailable(cause)) => {
            tracing::warn!(?cause, "the demo has no documents");
            Ok(Err("they could not be written; the log has the cause".to_owned()))
        }
        Err(error) => Err(error),
    }
}

async fn count_clients(app: &App) -> Result<u64> {
    Ok(client::Entity::find().count(app.db.reader()).await?)
}
