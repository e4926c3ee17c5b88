//! The tests that go through the front door: a GraphQL document in, an answer out, as a named user, on both databases.

/// Servers, people, databases and builders.
#[macro_use]
mod support;

mod access;
mod architecture;
mod browser;
mod deadlocks;
mod differential;
mod docs;
mod files;
mod fuzz;
mod hostile;
mod http;
mod idempotency;
mod ids;
mod insight;
mod limits;
mod migrations;
mod paging;
mod plans;
mod process;
mod races;
mod real_data;
mod recipes;
mod records;
mod running;
mod schema;
mod setup;
mod statements;
mod visibility;
