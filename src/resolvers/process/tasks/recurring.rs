//! Recurrence rules, read and followed on threads that may block: a rule that gives few dates or none takes a while.

use crate::error::{Error, Result};
use crate::rules::recurrence::{self, Recurrence, Refusal};

/// The rule as it is kept, or why it is refused.
pub(super) async fn normalised(rule: &str, begins_at: i64, zone: &str) -> Result<std::result::Result<String, Refusal>> {
    let (rule, zone) = (rule.to_owned(), zone.to_owned());
    apart(move || recurrence::normalised(&rule, begins_at, &zone)).await
}

/// The first date of a series after an instant. None: the series is over, or the next date is out of sight.
pub(super) async fn next(rule: &str, begins_at: i64, zone: &str, after: i64) -> Result<Option<i64>> {
    let (rule, zone) = (rule.to_owned(), zone.to_owned());
    apart(move || Recurrence::parse(&rule, begins_at, &zone).ok()?.next(after)).await
}

async fn apart<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T> {
    tokio::task::spawn_blocking(work).await.map_err(Error::internal)
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::poll;
    use std::pin::pin;

    /// Gives no date, so that it takes as long as a rule can.
    const WORST: &str = "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30";

    #[tokio::test]
    async fn rules_are_followed_on_another_thread() {
        let mut reading = pin!(normalised(WORST, 0, "UTC"));
        assert!(poll!(&mut reading).is_pending(), "the rule was followed where others wait");
        assert_eq!(reading.await.expect("a thread"), Err(Refusal::NoDates));
        let mut following = pin!(next(WORST, 0, "UTC", 0));
        assert!(poll!(&mut following).is_pending(), "the rule was followed where others wait");
        assert_eq!(following.await.expect("a thread"), None);
        assert_eq!(next("FREQ=DAILY", 0, "UTC", 0).await.expect("a thread"), Some(86_400_000));
    }

    /// Everything else that follows rules would do so on the threads of all.
    #[test]
    fn rules_are_followed_in_one_place() {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
        let mut open = vec![folder];
        let mut using = Vec::new();
        while let Some(folder) = open.pop() {
            for entry in std::fs::read_dir(folder)
                .expect("a folder")
                .map(|entry| entry.expect("an entry").path())
            {
                if entry.is_dir() {
                    open.push(entry);
                } else if std::fs::read_to_string(&entry)
                    .is_ok_and(|text| text.contains("recurrence::normalised(") || text.contains("Recurrence::parse("))
                {
                    using.push(entry.file_name().expect("a name").to_string_lossy().into_owned());
                }
            }
        }
        using.sort();
        assert_eq!(using, ["recurrence.rs", "recurring.rs", "tests.rs"]);
    }
}
