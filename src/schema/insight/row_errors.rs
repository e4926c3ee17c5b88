//! What was wrong with single rows of what a job read, in the API.

use async_graphql::Object;

use crate::entities::insight::job_row_error;
use crate::resolvers::insight::jobs;
use crate::schema::connection::connection;
use crate::schema::error::UserErrorCode;
use crate::schema::text::Text;

/// An error in one row of what a job read.
#[derive(Clone)]
pub struct JobRowError(jobs::RowError);

impl From<jobs::RowError> for JobRowError {
    fn from(row: jobs::RowError) -> Self {
        JobRowError(row)
    }
}

/// An error in one row of what a job read, such as a line of an imported file. The row was left out, and the others went on.
#[Object]
impl JobRowError {
    /// The number of the row, counted from 1.
    async fn row(&self) -> i32 {
        number(self.0.row_number)
    }

    /// The name of the column. Null if the error concerns the row as a whole.
    async fn column(&self) -> Option<Text<'_>> {
        self.0.column_name.as_deref().map(Text::from)
    }

    /// The kind of problem, for programs.
    async fn code(&self) -> UserErrorCode {
        code(&self.0).into()
    }

    /// The problem in English. At most 500 characters.
    async fn message(&self) -> Text<'_> {
        Text::from(&self.0.message)
    }
}

connection! {
    /// A page of the row errors of a job.
    JobRowErrorConnection, JobRowErrorEdge, JobRowError, jobs::RowError, "row errors"
}

/// A number as the API has it, which ends at the largest of 32 bits.
pub fn number(number: i64) -> i32 {
    i32::try_from(number).unwrap_or(i32::MAX)
}

/// A code that another version wrote and this one does not know is `INVALID`.
fn code(row: &job_row_error::Model) -> crate::error::ProblemCode {
    serde_json::from_value(row.code.as_str().into()).unwrap_or(crate::error::ProblemCode::Invalid)
}
