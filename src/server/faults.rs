//! Log messages about failed requests: the cause, without any text of the client.

use std::error::Error as StdError;

use async_graphql::ServerError;

use crate::cx::Origin;
use crate::error::{Error, chain};

/// Logs an internal failure, without the path, which holds the aliases of the client: these may be names and e-mails.
pub fn log(error: &ServerError, origin: &Origin) {
    let request_id = &origin.request_id;
    let cause = match error.source::<Error>() {
        Some(Error::Internal(cause)) => chain(cause.as_ref()),
        Some(other) => other.to_string(),
        None => without_quotes(&error.message),
    };
    tracing::error!(request_id, cause, "a request failed inside");
}

/// A message of the library, which puts into double quotes what it repeats of a document.
fn without_quotes(message: &str) -> String {
    let parts = message.split('"').enumerate();
    parts.map(|(place, part)| if place % 2 == 0 { part } else { "\"…\"" }).collect()
}

/// Logs why the database or the storage could not serve a request: not a fault of the server, but the operator must know.
pub fn log_absence(cause: &(dyn StdError + Send + Sync), origin: &Origin) {
    let request_id = &origin.request_id;
    tracing::warn!(
        request_id,
        cause = chain(cause),
        "the database or the storage could not do what a request needed"
    );
}

#[cfg(test)]
mod tests {
    use super::*;
    use async_graphql::PathSegment;

    /// Log output of the work.
    fn logged(work: impl FnOnce()) -> String {
        let lines = Lines::default();
        let subscriber = tracing_subscriber::fmt().with_writer({
            let lines = lines.clone();
            move || lines.clone()
        });
        tracing::subscriber::with_default(subscriber.finish(), work);
        let written = lines.0.lock().unwrap();
        String::from_utf8(written.clone()).unwrap()
    }

    #[derive(Clone, Default)]
    struct Lines(std::sync::Arc<std::sync::Mutex<Vec<u8>>>);

    impl std::io::Write for Lines {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn the_log_of_a_failure_holds_no_words_of_the_client() {
        let aliased = |message: &str| {
            let path = vec![PathSegment::Field("ana_at_example_com".to_owned()), PathSegment::Index(7)];
            ServerError::new(message, None).with_path(path)
        };
        let mut sourced = aliased("internal error");
        sourced.source = Some(std::sync::Arc::new(Error::internal("the disk is on fire")));
        let unsourced = aliased("Data `Arc<Cx>` does not exist at \"ana_at_example_com\" of \"luis");
        let origin = Origin {
            request_id: "r1".to_owned(),
            ..Origin::default()
        };
        let text = logged(|| [sourced, unsourced].iter().for_each(|error| log(error, &origin)));
        for part in [
            "a request failed inside",
            "the disk is on fire",
            "Data `Arc<Cx>` does not exist at",
            "r1",
        ] {
            assert!(text.contains(part), "{part} is not in {text}");
        }
        assert_eq!(text.lines().count(), 2, "{text}");
        for word in ["ana", "luis", "path"] {
            assert!(!text.contains(word), "{word} is in {text}");
        }
    }
}
