//! Benchmarks of a running Cartera against plain SQL over the same data, checks of query plans, and failure tests.

/// Lists by custom attributes, and many definitions.
pub mod attributes;
/// Servers to compare with: the same data without GraphQL.
pub mod baseline;
/// Every question that clients put to the lists.
pub mod cases;
/// A small HTTP client.
pub mod client;
/// Whether two answers hold the same data.
pub mod compare;
/// Speed and memory of uploads and downloads.
pub mod documents;
/// Requests with files.
pub mod files;
/// Identifiers as clients see them.
pub mod ids;
/// Many connections that ask at once.
pub mod load;
/// Other load on the machine.
pub mod machine;
/// Memory of the idle server.
pub mod memory;
/// A million prospects compared with ten thousand.
pub mod million;
/// Typical requests.
pub mod operations;
/// Plans of all list queries.
pub mod plans;
/// Processes, and what they use.
pub mod process;
/// Tables.
pub mod report;
/// Reports that come with the program, beside SQL by hand.
pub mod reports;
/// The measurement from beginning to end.
pub mod run;
/// Sample values of requests.
pub mod samples;
/// Failure tests, and checks of the guarantees.
pub mod trials;
/// Questions that are put in turn.
pub mod turns;

pub type Failure = Box<dyn std::error::Error + Send + Sync>;
pub type Result<T> = std::result::Result<T, Failure>;
