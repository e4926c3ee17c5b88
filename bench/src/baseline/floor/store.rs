//! The database client of the floor: rows of prepared statements, and their cells.

use uuid::Uuid;

use crate::Result;
use crate::baseline::sql::{Dialect, Sql};

/// A connection that sends statements without waiting for earlier answers.
pub trait Link: Sync {
    type Row: Cells + Send + Sync;

    fn dialect(&self) -> Dialect;

    fn rows(&self, sql: Sql) -> impl Future<Output = Result<Vec<Self::Row>>> + Send;
}

/// The cells of a row by their places in the statement; null is None.
pub trait Cells {
    fn maybe_id(&self, place: usize) -> Result<Option<Uuid>>;
    fn maybe_text(&self, place: usize) -> Result<Option<&str>>;
    fn maybe_number(&self, place: usize) -> Result<Option<i64>>;
    fn maybe_float(&self, place: usize) -> Result<Option<f64>>;
    fn flag(&self, place: usize) -> Result<bool>;

    fn id(&self, place: usize) -> Result<Uuid> {
        self.maybe_id(place)?.ok_or_else(|| missing(place))
    }

    fn text(&self, place: usize) -> Result<&str> {
        self.maybe_text(place)?.ok_or_else(|| missing(place))
    }

    fn number(&self, place: usize) -> Result<i64> {
        self.maybe_number(place)?.ok_or_else(|| missing(place))
    }
}

fn missing(place: usize) -> crate::Failure {
    format!("the cell {place} of a row is null").into()
}
