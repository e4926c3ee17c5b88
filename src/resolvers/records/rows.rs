//! Rows that the database hands over as JSON arrays: one declaration gives the columns of the statement and what reads them.

use serde::de::DeserializeOwned;
use uuid::Uuid;

use crate::db::sql::Dialect;
use crate::entities::process::cycle::CycleKind;
use crate::entities::process::task::TaskState;
use crate::entities::records::contact_point::{PointKind, Verification};
use crate::entities::records::document::{CarrierKind, ThumbnailState};
use crate::entities::records::interaction::{Direction, InteractionType, Outcome};
use crate::entities::records::timeline_entry::EntryKind;
use crate::entities::records::touch::{AdDevice, AdNetwork, TouchPosition};
use crate::entities::setup::status::StatusCategory;
use crate::rules::attributes::Document;

/// A row whose JSON is an array of its columns; declared with `row!`.
pub trait Row: DeserializeOwned {
    /// The columns of the table in the order of the fields: the name of each field, and its JSON.
    fn columns(dialect: Dialect, table: &str) -> Vec<(&'static str, String)>;

    /// The JSON of a row with the fields that are wanted; the others are null.
    fn array(dialect: Dialect, table: &str, is_wanted: impl Fn(&str) -> bool) -> String {
        let read = |(field, json)| if is_wanted(field) { json } else { "NULL".to_owned() };
        let columns: Vec<String> = Self::columns(dialect, table).into_iter().map(read).collect();
        dialect.array(&columns)
    }
}

/// Type of a field of a row. It determines how the column is written into JSON.
pub trait Field {
    /// The JSON of the column.
    fn json(_: Dialect, table: &str, column: &str) -> String {
        format!("{table}.{column}")
    }
}

impl Field for Uuid {
    fn json(dialect: Dialect, table: &str, column: &str) -> String {
        dialect.id(&format!("{table}.{column}"))
    }
}

impl Field for bool {
    fn json(dialect: Dialect, table: &str, column: &str) -> String {
        dialect.flag(&format!("{table}.{column}"))
    }
}

/// The attributes of a record.
impl Field for Document {
    fn json(dialect: Dialect, table: &str, column: &str) -> String {
        dialect.json(&format!("{table}.{column}"))
    }
}

impl<F: Field> Field for Option<F> {
    fn json(dialect: Dialect, table: &str, column: &str) -> String {
        F::json(dialect, table, column)
    }
}

/// A row of a table that is joined under the name of the column; null where there is none.
impl<R: Row> Field for R {
    fn json(dialect: Dialect, _: &str, joined: &str) -> String {
        let row = R::array(dialect, joined, |_| true);
        format!("CASE WHEN {joined}.id IS NOT NULL THEN {row} END")
    }
}

macro_rules! written_as_they_are {
    ($($type:ty),+ $(,)?) => {
        $(impl Field for $type {})+
    };
}
written_as_they_are!(
    String,
    i32,
    i64,
    f64,
    AdDevice,
    AdNetwork,
    CarrierKind,
    CycleKind,
    Direction,
    EntryKind,
    InteractionType,
    Outcome,
    PointKind,
    StatusCategory,
    TaskState,
    ThumbnailState,
    TouchPosition,
    Verification,
);

/// Declares a row. A field reads the column of its own name, or the one that is named behind it; with `from` the row is also made of an entity.
macro_rules! row {
    (
        $(#[$attribute:meta])*
        pub struct $row:ident $(from $model:ty)? { $($field:ident: $type:ty $(= $column:literal)?),+ $(,)? }
    ) => {
        $(#[$attribute])*
        #[derive(Clone, Debug, serde::Deserialize)]
        pub struct $row {
            $(pub $field: $type,)+
        }

        impl $crate::resolvers::records::rows::Row for $row {
            fn columns(dialect: $crate::db::sql::Dialect, table: &str) -> Vec<(&'static str, String)> {
                use $crate::resolvers::records::rows::Field;
                vec![$((
                    stringify!($field),
                    <$type as Field>::json(dialect, table, $crate::resolvers::records::rows::row!(@column $field $($column)?)),
                )),+]
            }
        }

        $crate::resolvers::records::rows::row!(@from [$($model)?] $row { $($field)+ });
    };
    (@column $field:ident) => { stringify!($field) };
    (@column $field:ident $column:literal) => { $column };
    (@from [] $row:ident { $($field:ident)+ }) => {};
    (@from [$model:ty] $row:ident { $($field:ident)+ }) => {
        impl From<$model> for $row {
            fn from(row: $model) -> Self {
                $row { $($field: row.$field,)+ }
            }
        }
    };
}
pub(crate) use row;
