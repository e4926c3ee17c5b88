//! Typed custom attributes: the types `ProspectCustom` and so on, which are made from the definitions when a schema is built.
//!
//! The library registers the fields of a type while the schema is built, on one thread. A thread-local set of fields is in force for that
//! time; later the schema's data has the same set. Without definitions of a kind of record its types, and the fields that lead to them, are
//! left out. This is the only module that uses the library's registry.

mod fields;
mod filters;
mod inputs;
mod object;

use std::cell::RefCell;
use std::marker::PhantomData;
use std::sync::Arc;

use async_graphql::Context;
use async_graphql::registry::{MetaType, MetaTypeName, Registry};

use crate::entities::setup::attribute_definition::AttributeEntity;

pub use fields::{Audience, Field, FieldSets, Fields, retention};
pub use filters::{CustomFilter, conditions};
pub use inputs::{Create, CustomInput, Update, drafts};
pub use object::Custom;

/// A kind of record that has typed attributes.
pub trait Record: Send + Sync + 'static {
    const ENTITY: AttributeEntity;
    /// Beginning of the names of its types.
    const NAME: &'static str;
}

/// Declares the kinds of records.
macro_rules! records {
    ($($(#[doc = $doc:literal])+ $record:ident $entity:ident;)+) => {
        $(
            $(#[doc = $doc])+
            #[derive(Clone, Copy, Debug)]
            pub enum $record {}

            impl Record for $record {
                const ENTITY: AttributeEntity = AttributeEntity::$entity;
                const NAME: &'static str = stringify!($entity);
            }
        )+

        /// All kinds of records, with the beginning of the names of their types.
        const RECORDS: &[(AttributeEntity, &str)] = &[$((AttributeEntity::$entity, stringify!($entity))),+];
    };
}
records! {
    /// Prospects.
    OfProspect Prospect;
    /// Clients.
    OfClient Client;
    /// Contacts.
    OfContact Contact;
    /// Tasks.
    OfTask Task;
}

/// Ends of the names of the types of a kind of record.
const TYPES: [&str; 4] = ["Custom", "CustomCreateInput", "CustomUpdateInput", "CustomFilter"];

thread_local! {
    /// The fields of the schema that this thread builds.
    static IN_FORCE: RefCell<Arc<Fields>> = RefCell::default();
}

/// Marks a type of a kind of record without holding one.
type Of<T> = PhantomData<fn() -> T>;

/// Builds with these fields in force. They are no longer in force afterwards, also after a panic.
pub fn building<T>(fields: &Arc<Fields>, build: impl FnOnce() -> T) -> T {
    struct Reset;
    impl Drop for Reset {
        fn drop(&mut self) {
            IN_FORCE.take();
        }
    }
    IN_FORCE.set(fields.clone());
    let _reset = Reset;
    build()
}

/// The fields in force while a schema is built.
fn in_force() -> Arc<Fields> {
    IN_FORCE.with_borrow(Arc::clone)
}

/// The fields of the schema that runs the request.
pub fn fields_of<'a>(ctx: &Context<'a>) -> &'a Arc<Fields> {
    ctx.data_unchecked()
}

/// Removes the fields that lead to types of kinds of records without attributes. Call it when all types of a root have been registered.
pub fn remove_dangling(registry: &mut Registry) {
    let absent: Vec<String> = RECORDS
        .iter()
        .flat_map(|(_, name)| TYPES.map(|end| format!("{name}{end}")))
        .filter(|name| !registry.types.contains_key(name))
        .collect();
    let is_absent = |kind: &str| absent.iter().any(|name| name == MetaTypeName::concrete_typename(kind));
    for kind in registry.types.values_mut() {
        match kind {
            MetaType::Object { fields, .. } => fields.retain(|_, field| !is_absent(&field.ty)),
            MetaType::InputObject { input_fields, .. } => input_fields.retain(|_, field| !is_absent(&field.ty)),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests;
