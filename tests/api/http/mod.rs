//! HTTP as browsers and client libraries use it: other origins, compressed answers, files that are kept, hashes of queries.

mod compression;
mod cors;
mod kept_files;
mod persisted_queries;

use reqwest::header::HeaderMap;

/// All values of a header, in lower case; empty where it is absent.
fn values(headers: &HeaderMap, name: &str) -> Vec<String> {
    let lines = headers.get_all(name).iter().map(|line| line.to_str().expect("a header is text"));
    let values = lines
        .flat_map(|line| line.split(','))
        .map(|value| value.trim().to_ascii_lowercase());
    values.collect()
}
