//! The pages that people read first: their commands, documents and programs do what they say, and their tables are complete.

mod attributes;
mod blocks;
mod dashboards;
mod diagram;
mod documents;
mod generators;
mod pages;
mod programs;
mod readme;
mod reports;
mod settings;
