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
use addresses::{collector, database, shown_address, shown_collector};
use origins::{origins, shown_origins};
use values::{
    address, connections, count, country, currency, days, duplicate_hint, email, locale, log_filter, log_format, name, networks, optional,
    password, ratio, seconds, shown, text, time_zone, truth, unseen,
};

/// What the settings are read for: a command looks only for what it uses itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    Serve,
    /// Makes a database as `Serve` does, and answers no requests.
    Demo,
    Other,
}

/// What one setting is called and how it is described; the same words serve `cartera help settings`, `cartera config` and the errors.
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
    /// Where the records are kept: `sqlite:FILE` or `postgres://USER:PASSWORD@HOST/NAME`
    database: DatabaseUrl = "sqlite:cartera.db", database, shown_address;
    /// The address and port to listen on
    listen: SocketAddr = "127.0.0.1:8000", address, shown;
    /// How the log is written: `text` or `json`
    log_format: LogFormat = "text", log_format, shown;
    /// What the log contains: `error`, `warn`, `info`, `debug`, `trace`, or a filter such as `info,cartera=debug`
    log_level: String = "info", log_filter, shown;
    /// Whether `/` shows the explorer page
    explorer: bool = "true", truth, shown;
    /// The folder `node_modules` with the files of GraphiQL; with it `/graphiql` shows GraphiQL
    graphiql_dir: Option<PathBuf> = "", optional(text("a folder")), shown;
    /// The address and port on which `/metrics` is served, such as `127.0.0.1:9100`; without a password, so that all who reach it can read it
    metrics_listen: Option<SocketAddr> = "", optional(address), shown;
    /// Where traces are sent: the address of an OpenTelemetry collector, such as `http://127.0.0.1:4318/v1/traces`
    traces_endpoint: Option<String> = "", optional(collector), shown_collector;
    /// Which part of the requests is traced, from 0 to 1
    traces_ratio: f64 = "1", ratio, shown;
    /// The networks of proxies whose forwarded headers are believed, separated by commas
    trusted_proxies: Vec<IpNet> = "", networks, shown;
    /// The origins whose pages may call the API from a browser, such as `https://crm.example.com`, separated by commas; `*` for all
    cors_origins: CorsOrigins = "", origins, shown_origins;
    /// How many connections may be open at once
    max_connections: usize = "1024", count, shown;
    /// How many requests may run at once
    max_concurrent_requests: usize = "64", count, shown;
    /// How many requests of one user may run at once; eight times as many wait, and more are told to come back
    max_concurrent_requests_per_user: usize = "8", count, shown;
    /// How many connections one address may have open at once; those of `trusted_proxies` may have any number
    max_connections_per_address: usize = "512", count, shown;
    /// Seconds after which a request is given up
    request_timeout: Duration = "10", seconds, shown;
    /// Seconds after which a statement in the database is given up
    statement_timeout: Duration = "5", seconds, shown;
    /// Connections that read from SQLite, beside the one that writes
    sqlite_readers: u32 = "4", connections, shown;
    /// Connections to PostgreSQL
    postgres_connections: u32 = "8", connections, shown;
    /// Seconds for which the estimated total of a list is answered again
    estimate_age: Duration = "30", seconds, shown;
    /// Days after which an unused session ends
    session_idle_days: u32 = "7", days, shown;
    /// Days after which every session ends
    session_absolute_days: u32 = "30", days, shown;
    /// The country, as two letters, of phone numbers written without a prefix
    default_country: String = "VE", country, shown;
    /// The currency, as three letters, of amounts given without one
    default_currency: String = "USD", currency, shown;
    /// The language of a new user, and of the catalogues and the demo data of a new database, such as `es-VE` or `en`; these are in English where the language is neither Spanish nor English
    default_locale: String = "es-VE", locale, shown;
    /// The time zone of a new user, by its IANA name
    default_time_zone: String = "America/Caracas", time_zone, shown;
    /// Whether a prospect created by hand needs a source and a next task; API keys, which are programs, may go without
    require_source_and_task: bool = "false", truth, shown;
    /// The e-mail of the first administrator
    admin_email: Option<String> = "", optional(email), shown;
    /// The name of the first administrator
    admin_name: Option<String> = "", optional(name), shown;
    /// The password of the first administrator, or `-` to read it from the input; without one a password is made and printed once.
    /// As a flag it is seen by others on the machine, in the list of processes
    admin_password: Option<Secret> = "", optional(password), unseen;
    /// The file whose first line is the password of the first administrator, or `-` for the input
    admin_password_file: Option<PathBuf> = "", optional(text("a file")), shown;
    /// Failed sign-ins of one account from one network before it has to wait, and ten times as many from everywhere
    login_failures_per_account: u32 = "10", count, shown;
    /// Failed sign-ins from one address before it has to wait
    login_failures_per_address: u32 = "100", count, shown;
    /// Minutes over which failed sign-ins are counted
    login_window_minutes: u32 = "15", count, shown;
    /// How often a user may look up document numbers within a minute, and, counted apart, of how many values they may ask for hints of look-alikes
    identifier_lookups_per_minute: u32 = "60", count, shown;
    /// What salespeople are told of look-alikes among the records of colleagues: `none`, `exists`, or `exists_and_notify`, which tells the owner, too
    duplicate_hint: DuplicateHint = "exists", duplicate_hint, shown;
}

impl Default for Settings {
    fn default() -> Self {
        Self::from_texts(&mut sources::Texts::default(), Limits::default())
    }
}
