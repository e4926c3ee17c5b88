//! Cartera: a CRM backend as a library; the binary beside it starts it.

/// What all requests share: the database, the settings, caches and limits.
pub mod app;
/// Who is asking, and what they may do.
pub mod auth;
/// Loads of the same moment become one.
pub mod batch;
/// What one request carries.
pub mod cx;
/// The two databases behind one face.
pub mod db;
/// Realistic data by size and seed.
pub mod demo;
/// What is stored: one table per file.
pub mod entities;
/// What can go wrong below the API.
pub mod error;
/// Identifiers as clients see them.
pub mod ids;
/// What a document may ask of the server, decided before it is run.
pub mod limits;
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
/// Metrics and traces.
pub mod telemetry;
/// How text is compared, and names near to a misspelt one.
pub mod text;
/// One database into another.
pub mod transfer;
/// Transactions that write: their locks, and the idempotency key that they may serve.
pub mod tx;
