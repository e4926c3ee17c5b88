//! Every setting of the server, each declared once: flag, variable, file key, default and description come from here.

mod addresses;
mod checks;
mod environment;
mod file;
mod first_password;
mod help;
mod origins;
mod sources;
mod values;

pub use addresses::{DatabaseUrl, Server};
pub use checks::GRAPHIQL_FILES;
pub use first_password::INPUT;
pub use help::overview;
pub use origins::CorsOrigins;
pub use sources::{Fault, InForce, Loaded, Refused, Source, load};
pub use values::{DuplicateHint, LogFormat, Secret};

use ipnet::IpNet;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use crate::limits::Limits;
use crate::storage::Location;
use addresses::{collector, database, shown_address, shown_collector};
use origins::{origins, shown_origins};
use values::{
    address, connections, count, country, currency, days, duplicate_hint, email, file_bytes, locale, location, log_filter, log_format,
    name, networks, optional, password, ratio, seconds, shown, text, time_zone, total_bytes, truth, unseen, upload_seconds,
};

/// Purpose of loading the settings: a command checks only the files that it uses itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    Serve,
    /// Makes a database as `Serve` does, and answers no requests.
    Demo,
    Other,
}

/// Name and description of one setting; used by `cartera help settings`, `cartera config` and the errors.
pub struct Declared {
    pub name: &'static str,
    pub description: &'static str,
    pub default: &'static str,
    /// Turns a value as it was written into one that may be shown to people and in logs.
    pub show: fn(&str) -> String,
}

/// From each declaration `name: Type = default, reader, how it is shown` makes a field of `Settings`, a flag, and a row of `DECLARED`.
macro_rules! settings {
    ($($(#[doc = $description:literal])+ $name:ident: $kind:ty = $default:literal, $reader:expr, $show:expr;)*) => {
        /// The values in force, read from flags, then `CARTERA_*` variables, then a TOML file, then the defaults.
        #[derive(Clone, Debug)]
        pub struct Settings {
            $($(#[doc = $description])+ pub $name: $kind,)*
            /// The sizes past which a request is refused
            pub limits: Limits,
        }

        /// The settings as flags, still text, so that a wrong one is reported together with those of the other sources.
        /// Each command takes them; `cartera help settings` describes them once, and no command repeats them.
        #[derive(Clone, Default, clap::Args)]
        pub struct Flags {
            #[arg(long, global = true, value_name = "FILE", hide = true)]
            pub config: Option<PathBuf>,
            $(
                #[arg(long, global = true, value_name = "VALUE", hide = true)]
                pub $name: Option<String>,
            )*
        }

        /// The settings in the order of their declaration, without the limits.
        pub const DECLARED: &[Declared] = &[$(Declared {
            name: stringify!($name),
            description: concat!($($description),+),
            default: $default,
            show: $show,
        }),*];

        impl Flags {
            fn given(&self) -> Vec<(&'static str, &str)> {
                let texts = [$((stringify!($name), self.$name.as_deref())),*];
                texts.into_iter().filter_map(|(name, text)| Some((name, text?))).collect()
            }
        }

        impl Settings {
            /// Takes each value through `read`, which answers the text to use for a setting and hears of the texts refused.
            fn from_texts(texts: &mut sources::Texts, limits: Limits) -> Self {
                Self {
                    $($name: texts.read(stringify!($name), $reader),)*
                    limits,
                }
            }
        }
    };
}

settings! {
    /// The database: `sqlite:FILE` or `postgres://USER:PASSWORD@HOST/NAME`
    database: DatabaseUrl = "sqlite:cartera.db", database, shown_address;
    /// The files of documents: a folder, or a bucket such as `s3://bucket/prefix`, `gs://bucket/prefix` or `az://container/prefix`.
    /// The default is the folder `documents` beside the SQLite file; with PostgreSQL there are no documents without this setting
    storage: Option<Location> = "", optional(location), shown;
    /// The maximum size of the file of a document, in bytes
    document_max_bytes: u64 = "26214400", file_bytes, shown;
    /// The maximum size of the documents of one prospect together, in bytes
    document_bytes_per_prospect: u64 = "1073741824", total_bytes, shown;
    /// The maximum size of all documents together, in bytes; unlimited without it
    document_total_bytes: Option<u64> = "", optional(total_bytes), shown;
    /// The free space that documents leave on the disk of their folder, in bytes
    document_free_bytes: u64 = "1073741824", total_bytes, shown;
    /// The time within which a deleted document can be restored, in days; then it is removed with its file
    document_restore_days: u32 = "30", days, shown;
    /// The deadline for the files of a request to arrive, all together, in seconds; at most 20 hours, because files without a document are removed
    /// after a day
    upload_timeout: Duration = "43200", upload_seconds, shown;
    /// The address and port to listen on
    listen: SocketAddr = "127.0.0.1:8000", address, shown;
    /// Format of the log: `text` or `json`
    log_format: LogFormat = "text", log_format, shown;
    /// Level of the log: `error`, `warn`, `info`, `debug`, `trace`, or a filter such as `info,cartera=debug`
    log_level: String = "info", log_filter, shown;
    /// Serves the explorer page at `/`
    explorer: bool = "true", truth, shown;
    /// The folder `node_modules` with the files of GraphiQL; with it `/graphiql` shows GraphiQL
    graphiql_dir: Option<PathBuf> = "", optional(text("a folder")), shown;
    /// The address and port on which `/metrics` is served, such as `127.0.0.1:9100`, without a password
    metrics_listen: Option<SocketAddr> = "", optional(address), shown;
    /// The address of the OpenTelemetry collector for traces, such as `http://127.0.0.1:4318/v1/traces`
    traces_endpoint: Option<String> = "", optional(collector), shown_collector;
    /// The fraction of requests that is traced, from 0 to 1
    traces_ratio: f64 = "1", ratio, shown;
    /// The networks of proxies whose forwarded headers are trusted, separated by commas
    trusted_proxies: Vec<IpNet> = "", networks, shown;
    /// The origins whose pages may call the API from a browser, such as `https://crm.example.com`, separated by commas; `*` for all
    cors_origins: CorsOrigins = "", origins, shown_origins;
    /// The maximum number of open connections
    max_connections: usize = "1024", count, shown;
    /// The maximum number of concurrent requests
    max_concurrent_requests: usize = "64", count, shown;
    /// The maximum number of concurrent requests of one user; eight times as many are queued, and more are refused
    max_concurrent_requests_per_user: usize = "8", count, shown;
    /// The maximum number of open connections of one address; unlimited for `trusted_proxies`
    max_connections_per_address: usize = "512", count, shown;
    /// The maximum number of concurrent uploads; four times as many are queued. One user has at most a quarter of them
    max_concurrent_uploads: usize = "64", count, shown;
    /// The maximum number of concurrent downloads; four times as many are queued. One user has at most a quarter of them
    max_concurrent_downloads: usize = "128", count, shown;
    /// The deadline of a request, in seconds
    request_timeout: Duration = "10", seconds, shown;
    /// The deadline of a statement in the database, in seconds
    statement_timeout: Duration = "5", seconds, shown;
    /// The deadline of the statement of a report, in seconds
    report_timeout: Duration = "5", seconds, shown;
    /// The number of connections that read from SQLite, besides the one that writes
    sqlite_readers: u32 = "4", connections, shown;
    /// The number of connections to PostgreSQL
    postgres_connections: u32 = "8", connections, shown;
    /// The lifetime of a cached estimated total, in seconds
    estimate_age: Duration = "30", seconds, shown;
    /// Whether `serve` runs jobs; if not, `cartera work` has to run beside it
    jobs_in_serve: bool = "true", truth, shown;
    /// The maximum number of jobs that a process runs at once
    job_workers: usize = "2", count, shown;
    /// The idle time after which a session ends, in days
    session_idle_days: u32 = "7", days, shown;
    /// The maximum age of a session, in days
    session_absolute_days: u32 = "30", days, shown;
    /// The country of phone numbers without a country calling code, as an ISO 3166-1 alpha-2 code
    default_country: String = "VE", country, shown;
    /// The currency of amounts without one, as an ISO 4217 code
    default_currency: String = "USD", currency, shown;
    /// The language of a new user, and of the catalogues and the demo data of a new database, such as `es-VE` or `en`; English for other languages than Spanish and English
    default_locale: String = "es-VE", locale, shown;
    /// The time zone of a new user, by its IANA name
    default_time_zone: String = "America/Caracas", time_zone, shown;
    /// Requires a source and a next task for prospects that are created with a session; API keys are exempt
    require_source_and_task: bool = "false", truth, shown;
    /// The e-mail of the first administrator
    admin_email: Option<String> = "", optional(email), shown;
    /// The name of the first administrator
    admin_name: Option<String> = "", optional(name), shown;
    /// The password of the first administrator, or `-` to read it from the input; without one a password is generated and printed once.
    /// As a flag it is visible in the list of processes
    admin_password: Option<Secret> = "", optional(password), unseen;
    /// The file whose first line is the password of the first administrator, or `-` for the input
    admin_password_file: Option<PathBuf> = "", optional(text("a file")), shown;
    /// The maximum number of failed sign-ins of one account from one network; ten times as many from all networks
    login_failures_per_account: u32 = "10", count, shown;
    /// The maximum number of failed sign-ins from one address
    login_failures_per_address: u32 = "100", count, shown;
    /// The window in which failed sign-ins are counted, in minutes
    login_window_minutes: u32 = "15", count, shown;
    /// The rate limit of look-ups of document numbers per user and minute; the same limit, counted separately, holds for values in hints of possible duplicates
    identifier_lookups_per_minute: u32 = "60", count, shown;
    /// What salespeople see of possible duplicates among the records of colleagues: `none`, `exists`, or `exists_and_notify`, which also notifies the owner
    duplicate_hint: DuplicateHint = "exists", duplicate_hint, shown;
    /// The time for which the typed field of a retired attribute stays in the schema, deprecated, in days
    retired_field_days: u32 = "30", days, shown;
}

impl Default for Settings {
    fn default() -> Self {
        Self::from_texts(&mut sources::Texts::default(), Limits::default())
    }
}
