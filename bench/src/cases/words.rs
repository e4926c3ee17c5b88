//! Words of the search documents by how many documents they are in.

use std::collections::HashMap;

use sea_orm::DatabaseConnection;

use super::values::column_of;
use crate::Result;

/// Words of a sample of the documents, the most frequent first, with the number of documents that they are in.
pub struct Ranking {
    documents: usize,
    words: Vec<(usize, String)>,
}

impl Ranking {
    pub async fn read(db: &DatabaseConnection) -> Result<Ranking> {
        let documents: Vec<String> = column_of(db, "SELECT document FROM search_documents LIMIT 20000").await?;
        let mut counts: HashMap<&str, usize> = HashMap::new();
        for document in &documents {
            let mut words: Vec<&str> = document
                .split_whitespace()
                .filter(|word| word.len() >= 4 && word.chars().all(char::is_alphabetic))
                .collect();
            words.sort_unstable();
            words.dedup();
            for word in words {
                *counts.entry(word).or_default() += 1;
            }
        }
        let mut words: Vec<(usize, String)> = counts.into_iter().map(|(word, count)| (count, word.to_owned())).collect();
        words.sort_unstable_by(|one, other| other.cmp(one));
        Ok(Ranking {
            documents: documents.len(),
            words,
        })
    }

    pub fn most_frequent(&self) -> Result<String> {
        let first = self.words.first().ok_or("there are no search documents")?;
        Ok(first.1.clone())
    }

    /// The most frequent of the words that at most one of so many documents has; the rarest where there is none.
    pub fn one_in(&self, part: usize) -> Result<String> {
        let found = self.words.iter().find(|(count, _)| count * part <= self.documents);
        let found = found.or(self.words.last()).ok_or("there are no search documents")?;
        Ok(found.1.clone())
    }
}
