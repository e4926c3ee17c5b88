//! HTTP as browsers and client libraries use it: other origins, compressed answers, files that are kept, hashes of queries.

mod persisted_queries;
