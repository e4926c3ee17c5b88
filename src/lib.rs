//! Cartera: a CRM backend as a library; the binary starts it.

/// Shared state of all requests: the database, the settings, caches and limits.
pub mod app;
/// Callers and their permissions.
pub mod auth;
/// The request context.
pub mod cx;
/// The two databases behind one face.
pub mod db;
/// Realistic data by size and seed.
pub mod demo;
/// The stored tables: one per file.
pub mod entities;
/// Errors below the API.
pub mod error;
/// Identifiers as clients see them.
pub mod ids;
/// The runner of background jobs.
pub mod jobs;
/// Request limits and query cost, checked before a document runs.
pub mod limits;
/// Data loaders: concurrent loads become one batch.
pub mod loaders;
/// The behaviour of the CRM.
pub mod resolvers;
/// Pure decisions.
pub mod rules;
/// The API.
pub mod schema;
/// HTTP: the API, the explorer page and health.
pub mod server;
/// Every setting of the server.
pub mod settings;
/// Entries of a new database.
pub mod setup;
/// The files of documents.
pub mod storage;
/// Metrics and traces.
pub mod telemetry;
/// Comparison of text, and suggestions for misspelt names.
pub mod text;
/// Small pictures of large ones.
pub mod thumbnails;
/// One database into another.
pub mod transfer;
/// Transactions that write: their locks, and the idempotency key that they may serve.
pub mod tx;
