//! The document cache: validated documents by their text, so that the next request need not parse or validate them again.

use async_graphql::parser::types::ExecutableDocument;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

/// A bounded cache. It belongs to one generation: a document valid in another schema need not be valid in this one.
pub struct DocumentCache {
    halves: Mutex<Halves>,
}

/// When the younger generation is full, it becomes the older one; hits move to the younger.
#[derive(Default)]
struct Halves {
    young: HashMap<Arc<str>, Arc<ExecutableDocument>>,
    old: HashMap<Arc<str>, Arc<ExecutableDocument>>,
    young_bytes: usize,
}

const HALF_COUNT: usize = 512;
/// A parsed document takes about ten times its text, so that both halves stay below 20 MiB.
const HALF_BYTES: usize = 1 << 20;

impl DocumentCache {
    pub fn new() -> Self {
        Self { halves: Mutex::default() }
    }

    /// The document with this text; None where it is not cached.
    pub fn get(&self, text: &str) -> Option<Arc<ExecutableDocument>> {
        let mut halves = self.halves.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(document) = halves.young.get(text) {
            return Some(document.clone());
        }
        let (text, document) = halves.old.remove_entry(text)?;
        halves.insert(text, document.clone());
        Some(document)
    }

    /// Adds a validated document.
    pub fn insert(&self, text: &str, document: Arc<ExecutableDocument>) {
        let mut halves = self.halves.lock().unwrap_or_else(PoisonError::into_inner);
        halves.insert(text.into(), document);
    }
}

impl Halves {
    fn insert(&mut self, text: Arc<str>, document: Arc<ExecutableDocument>) {
        if self.young.len() >= HALF_COUNT || self.young_bytes + text.len() > HALF_BYTES {
            self.old = std::mem::take(&mut self.young);
            self.young_bytes = 0;
        }
        let bytes = text.len();
        if self.young.insert(text, document).is_none() {
            self.young_bytes += bytes;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use async_graphql::parser::parse_query;

    #[test]
    fn documents_in_use_stay() {
        let documents = DocumentCache::new();
        let document = Arc::new(parse_query("{ a }").unwrap());
        documents.insert("{ a }", document.clone());
        for number in 0..5_000 {
            documents.insert(&number.to_string(), document.clone());
            assert!(documents.get("{ a }").is_some());
        }
        assert!(documents.get("0").is_none());
        assert!(documents.get("4999").is_some());
        let halves = documents.halves.lock().unwrap();
        assert!(halves.young.len() + halves.old.len() <= 2 * HALF_COUNT);
    }
}
