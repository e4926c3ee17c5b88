//! Running the server: its package and manual, what it measures, copies of its database, and several servers at once.

mod attributes;
mod backup;
mod demo;
mod documents;
mod existing;
mod files;
mod first_administrator;
mod first_password;
mod graphiql;
mod jobs;
mod maintainer_scripts;
mod manual;
mod metrics;
mod notices;
mod package;
pub mod process;
mod reports;
mod restore;
mod secrets;
mod settings;
mod storages;
mod traces;
mod transfer;
mod trials;
mod upgrade;
mod users;
