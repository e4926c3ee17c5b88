//! A counter for each table that servers keep in memory. It grows with each change of the table, so that other servers notice.
use sea_orm::entity::prelude::*;

use super::catalogs;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "revisions")]
pub struct Model {
    /// Of the table; one without a row has not been changed yet.
    #[sea_orm(primary_key, auto_increment = false)]
    pub name: String,
    pub number: i64,
}

impl ActiveModelBehavior for ActiveModel {}

/// Declares the tables that servers keep in memory: the users, the definitions of attributes, and all catalogues.
macro_rules! cached_tables {
    ([] $($node:ident $module:ident $many:ident $prefix:literal $shape:ident;)+) => {
        /// A table that servers keep in memory.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum CachedTable {
            User,
            AttributeDefinition,
            $($node,)+
        }

        impl CachedTable {
            pub const ALL: [CachedTable; 2 + [$(CachedTable::$node,)+].len()] =
                [CachedTable::User, CachedTable::AttributeDefinition, $(CachedTable::$node,)+];

            /// Its name in the database, which is also that of its revision.
            pub fn name(self) -> &'static str {
                match self {
                    CachedTable::User => "users",
                    CachedTable::AttributeDefinition => "attribute_definitions",
                    $(CachedTable::$node => stringify!($many),)+
                }
            }
        }
    };
}
catalogs!(cached_tables);
