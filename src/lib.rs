//! Cartera: a CRM backend as a library; the binary beside it starts it.

/// Who is asking, and what they may do.
pub mod auth;
/// A copy of an SQLite database, and whether one is sound.
pub mod backup;
/// Loads of the same moment become one.
pub mod batch;
/// A transaction, and the call that it serves once.
pub mod call;
/// The small tables that everybody may read, kept in memory.
pub mod catalogs;
/// What one request carries.
pub mod cx;
/// The file of an SQLite database and those beside it.
pub mod database_file;
/// The two databases behind one face.
pub mod db;
/// Realistic data by size and seed.
pub mod demo;
/// What is stored: one table per file.
pub mod entities;
/// What can go wrong below the API.
pub mod error;
/// Totals that were estimated a moment ago.
pub mod estimates;
/// What a document may ask of the server, decided before it is run.
pub mod guard;
/// Identifiers as clients see them.
pub mod ids;
/// What a transaction locks before it writes, and whether its caller still may.
pub mod locks;
/// What is counted and timed, for Prometheus.
pub mod metrics;
/// That something has changed, told between servers.
pub mod notices;
/// How often each caller may do something.
pub mod quota;
/// What the CRM can do.
pub mod resolvers;
/// Pure decisions.
pub mod rules;
/// What the API says.
pub mod schema;
/// HTTP: the API, the explorer page and health.
pub mod server;
/// Every setting of the server.
pub mod settings;
/// What a new installation begins with.
pub mod setup;
/// Hand-written SQL for both databases.
pub mod sql;
/// Names that a misspelt word may stand for.
pub mod suggestions;
/// How text is compared.
pub mod text;
/// Spans for an OpenTelemetry collector.
pub mod traces;
/// One database into another.
pub mod transfer;
/// Work with the same key, one after another.
pub mod turns;
