//! Catalogues and definitions of attributes in the API: read by all signed-in users, written by administrators.

pub mod attributes;
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
        /// The catalogues, fixed lists and definitions of attributes.
        #[derive(MergedObject, Default)]
        pub struct SetupQuery($($many::Query,)+ countries::CountryQuery, attributes::AttributeDefinitionQuery);

        /// The mutations of the catalogues and definitions of attributes.
        #[derive(MergedObject, Default)]
        pub struct SetupMutation($($many::Mutation,)+ attributes::AttributeDefinitionMutation);
    };
}
catalogs!(roots);
