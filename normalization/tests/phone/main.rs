//! Phones against Google's tables, common spellings, and text that is not a phone.

mod examples;
mod oracle;
mod robustness;
mod search;
