//! Catalogues in the API: read by all signed-in users, written by administrators.

mod catalog;
pub mod channels;
pub mod countries;
pub mod identifier_types;
mod plain;
pub mod potential_levels;
pub mod reasons;
pub mod sectors;
pub mod segments;
pub mod sources;
pub mod statuses;
pub mod tags;
pub mod zones;

use async_graphql::MergedObject;

pub(crate) use crate::entities::setup::catalogs;
pub use plain::*;

/// Declares the roots over all catalogues.
macro_rules! roots {
    ([] $($node:ident $one:ident $many:ident $prefix:literal $shape:ident;)+) => {
        /// The catalogues and fixed lists.
        #[derive(MergedObject, Default)]
        pub struct SetupQuery($($many::Query,)+ countries::CountryQuery);

        /// The mutations of the catalogues.
        #[derive(MergedObject, Default)]
        pub struct SetupMutation($($many::Mutation,)+);
    };
}
catalogs!(roots);
