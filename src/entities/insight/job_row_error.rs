//! What was wrong with one row of what a job read, such as a line of an imported file.
use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "job_row_errors")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub job_id: Uuid,
    /// Counted from 1.
    pub row_number: i64,
    /// None: the row as a whole.
    pub column_name: Option<String>,
    /// One of the codes of user errors.
    pub code: String,
    pub message: String,
}

impl ActiveModelBehavior for ActiveModel {}
