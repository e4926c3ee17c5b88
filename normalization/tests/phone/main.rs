//! Phones against Google's tables, the ways people type them, and text that is no phone.

mod examples;
mod oracle;
mod robustness;
mod search;
