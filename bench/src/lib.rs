//! What measures a running Cartera beside plain SQL for the same data, how databases answer its lists, and what puts it through failures.

/// Servers to compare with: the same data without GraphQL.
pub mod baseline;
/// Every question that clients put to the lists.
pub mod cases;
/// A small HTTP client.
pub mod client;
/// Whether two answers hold the same data.
pub mod compare;
/// Identifiers as clients see them.
pub mod ids;
/// Many connections that ask at once.
pub mod load;
/// What else runs on the machine.
pub mod machine;
/// What the server takes when nobody asks.
pub mod memory;
/// A million prospects beside ten thousand.
pub mod million;
/// What people do.
pub mod operations;
/// How the database answers each question.
pub mod plans;
/// Processes, and what they use.
pub mod process;
/// Tables.
pub mod report;
/// The measurement from beginning to end.
pub mod run;
/// What the questions are made of.
pub mod samples;
/// What goes wrong where servers run, and whether all that was promised holds.
pub mod trials;

pub type Failure = Box<dyn std::error::Error + Send + Sync>;
pub type Result<T> = std::result::Result<T, Failure>;
