//! The plan of one statement in short, and whether it reads too much.

use std::collections::HashSet;
use std::fmt;
use std::time::Duration;

/// Plan and effort of a statement.
pub struct Plan {
    /// One for each table, index or step, in the order of the database.
    pub steps: Vec<String>,
    /// Large tables that are read from end to end.
    pub full_scans: Vec<String>,
    /// Rows on PostgreSQL, steps of the machine on SQLite.
    pub read: u64,
    pub unit: &'static str,
    /// Number of pages read, if the database reports it.
    pub pages: Option<u64>,
    pub elapsed: Duration,
    /// It was stopped before it had an answer.
    pub is_endless: bool,
    /// Another plan that is used after some runs, and how long it takes.
    pub generic: Option<(String, Duration)>,
}

/// Tables that must not be read from end to end.
pub struct Large(HashSet<String>);

/// A line shows this many steps.
const SHOWN: usize = 12;

impl Large {
    pub fn new(names: impl IntoIterator<Item = String>) -> Large {
        Large(names.into_iter().collect())
    }

    pub fn has(&self, table: &str) -> bool {
        self.0.contains(table)
    }

    pub fn len(&self) -> usize {
        self.0.len()
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub fn names(&self) -> String {
        let mut names: Vec<&str> = self.0.iter().map(String::as_str).collect();
        names.sort_unstable();
        names.join(", ")
    }

    /// The large table that goes by a name in a statement, its own or one given there.
    pub fn called(&self, name: &str, text: &str) -> Option<&str> {
        if let Some(table) = self.0.get(name) {
            return Some(table);
        }
        let mut words = text
            .split(|sign: char| !sign.is_alphanumeric() && sign != '_')
            .filter(|word| !word.is_empty() && !word.eq_ignore_ascii_case("AS"))
            .peekable();
        while let Some(word) = words.next() {
            if words.peek().is_some_and(|next| *next == name)
                && let Some(table) = self.0.get(word)
            {
                return Some(table);
            }
        }
        None
    }
}

impl Plan {
    /// The fault of the plan for a limit of rows. A statement that needs only a number of arbitrary rows may scan the table: if most rows
    /// match, that is cheapest, and if few do, it reads more than permitted.
    pub fn fault(&self, limit: u64, is_bounded: bool) -> Option<String> {
        if self.is_endless {
            return Some("has no end".to_owned());
        }
        if !is_bounded && !self.full_scans.is_empty() {
            return Some(format!("reads all of {}", self.full_scans.join(", ")));
        }
        (self.read > limit).then(|| format!("reads {} {}", self.read, self.unit))
    }

    /// Says only once what comes several times in a row.
    pub fn shorten(&mut self) {
        let mut steps: Vec<(String, usize)> = Vec::new();
        for step in self.steps.drain(..) {
            match steps.iter_mut().find(|(known, _)| *known == step) {
                Some((_, times)) => *times += 1,
                None => steps.push((step, 1)),
            }
        }
        let more = steps.len().saturating_sub(SHOWN);
        steps.truncate(SHOWN);
        let counted = |(step, times): (String, usize)| if times == 1 { step } else { format!("{step} ×{times}") };
        self.steps = steps.into_iter().map(counted).collect();
        if more > 0 {
            self.steps.push(format!("{more} more"));
        }
    }
}

impl fmt::Display for Plan {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "{:.1} ms, {} {}",
            self.elapsed.as_secs_f64() * 1000.0,
            self.read,
            self.unit
        )?;
        if let Some(pages) = self.pages {
            write!(formatter, ", {pages} pages")?;
        }
        write!(formatter, " | {}", self.steps.join("; "))?;
        if let Some((steps, elapsed)) = &self.generic {
            write!(formatter, " | after some runs {:.1} ms: {steps}", elapsed.as_secs_f64() * 1000.0)?;
        }
        Ok(())
    }
}

/// A fault at the end of a line.
pub fn fault_suffix(fault: Option<&str>) -> String {
    fault.map_or_else(String::new, |fault| format!("   <-- {fault}"))
}
