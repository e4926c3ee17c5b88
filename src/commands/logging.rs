//! The log: text or JSON lines on the error output, so that the normal output stays for results.

use cartera::settings::{LogFormat, Settings};
use tracing_subscriber::EnvFilter;

/// Starts the log for the rest of the process.
pub fn start(settings: &Settings) {
    // The migrator and PostgreSQL log at every start that there is nothing to do; a filter can show it. The readers of addresses and of
    // ~/.pgpass would log what they cannot parse, passwords included.
    let filter = EnvFilter::new(format!(
        "sea_orm_migration=warn,sqlx::postgres::notice=warn,{},sqlx_postgres::options::parse=off,sqlx_postgres::options::pgpass=off",
        settings.log_level
    ));
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    match settings.log_format {
        LogFormat::Text => log.with_ansi(std::io::IsTerminal::is_terminal(&std::io::stderr())).init(),
        LogFormat::Json => log.json().flatten_event(true).init(),
    }
}
