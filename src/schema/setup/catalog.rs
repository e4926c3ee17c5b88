//! The common parts of all catalogues in the API: the type of an entry, its inputs, the list and the five mutations.

use std::sync::Arc;

use async_graphql::{Context, Result};
use uuid::Uuid;

use crate::resolvers::setup::catalogs::{self, Catalog, Origin, Own};
use crate::rules::setup::Draft;
use crate::schema::error::UserError;
use crate::schema::idempotency::Write;

/// Content of an input that creates an entry.
pub type New<E> = (Origin<E>, Draft<Own<E>>);

/// Content of an input that updates an entry.
pub type Changes<E> = Draft<Own<E>>;

/// A row, or rows, and the problems of the input.
type Outcome<T> = Result<(Option<T>, Vec<UserError>)>;

pub async fn create<E: Catalog>(ctx: &Context<'_>, key: Option<String>, (origin, draft): New<E>) -> Outcome<Arc<E::Model>> {
    let write = Write::new(ctx, key)?;
    let (entry, user_errors) = write.run(|| catalogs::create::<E>(write.cx(), &origin, &draft)).await?;
    Ok((entry.map(|entry| entry.0), user_errors))
}

pub async fn update<E: Catalog>(
    ctx: &Context<'_>,
    key: Option<String>,
    id: Uuid,
    draft: Changes<E>,
    expected_version: Option<i32>,
) -> Outcome<Arc<E::Model>> {
    let write = Write::new(ctx, key)?;
    let work = || catalogs::update::<E>(write.cx(), id, &draft, expected_version);
    let (entry, user_errors) = write.edit(id, work).await?;
    Ok((entry.map(|entry| entry.0), user_errors))
}

pub async fn retire<E: Catalog>(ctx: &Context<'_>, key: Option<String>, id: Uuid) -> Outcome<Arc<E::Model>> {
    let write = Write::new(ctx, key)?;
    let (entry, user_errors) = write.run(|| catalogs::retire::<E>(write.cx(), id)).await?;
    Ok((entry.map(|entry| entry.0), user_errors))
}

pub async fn restore<E: Catalog>(ctx: &Context<'_>, key: Option<String>, id: Uuid) -> Outcome<Arc<E::Model>> {
    let write = Write::new(ctx, key)?;
    let (entry, user_errors) = write.run(|| catalogs::restore::<E>(write.cx(), id)).await?;
    Ok((entry.map(|entry| entry.0), user_errors))
}

pub async fn reorder<E: Catalog>(ctx: &Context<'_>, key: Option<String>, ids: Vec<Uuid>) -> Outcome<Vec<Arc<E::Model>>> {
    let write = Write::new(ctx, key)?;
    let (entries, user_errors) = write.run(|| catalogs::reorder::<E>(write.cx(), &ids)).await?;
    Ok((entries.map(|entries| entries.0), user_errors))
}

/// Declares a catalogue in the API, in a module of its own.
///
/// Beside the names of the list of catalogues it takes the words of the descriptions, and what only this catalogue has: further fields of an
/// entry and of its inputs, with what these put into the `Draft`. The inputs are moved into the bindings that are named there.
macro_rules! catalog {
    (
        $(#[doc = $doc:literal])+
        $node:ident $one:ident $many:ident $camel:literal, $a:literal;
        ordered: $line:literal, listed $listed:ident; unique: $scope:literal;
        create $create:ident $create_note:literal, update $update:ident $update_note:literal, retire $retire:ident $retire_note:literal,
        restore $restore:ident, reorder $reorder:ident;
        new($new:ident) { $($create_field:tt)* } from $origin:expr, { $($create_draft:tt)* };
        changes($changes:ident) { $($update_field:tt)* } { $($update_draft:tt)* };
        fields { $($field:tt)* }
    ) => {
        $(#[doc = $doc])+
        #[derive(Clone)]
        pub struct $node(std::sync::Arc<$crate::entities::setup::$one::Model>);

        type Entity = $crate::entities::setup::$one::Entity;
        const KIND: $crate::ids::Kind = $crate::ids::Kind::$node;

        impl From<std::sync::Arc<$crate::entities::setup::$one::Model>> for $node {
            fn from(row: std::sync::Arc<$crate::entities::setup::$one::Model>) -> Self {
                $node(row)
            }
        }

        $(#[doc = $doc])+
        #[async_graphql::Object]
        impl $node {
            /// Permanent ID of the entry.
            pub async fn id(&self) -> async_graphql::ID {
                $crate::schema::ids::encode(KIND, self.0.id)
            }

            #[doc = concat!("The name, unique among the ", $scope, " in use, case and accents ignored.")]
            async fn name(&self) -> $crate::schema::text::Text<'_> {
                $crate::schema::text::Text::from(&self.0.name)
            }

            /// The description. Null if not set.
            async fn description(&self) -> Option<$crate::schema::text::Text<'_>> {
                self.0.description.as_deref().map($crate::schema::text::Text::from)
            }

            $($field)*

            #[doc = concat!("The position among all ", $line, ", counted from 0. Gaps are possible.")]
            async fn position(&self) -> i32 {
                self.0.position
            }

            /// True if the entry is retired: no longer offered, and still shown where it is used.
            async fn is_retired(&self) -> bool {
                self.0.retired_at.is_some()
            }

            /// Revision of the record, incremented by every change. Pass it as `expectedVersion` to detect concurrent changes.
            async fn version(&self) -> i32 {
                self.0.version
            }
        }

        #[doc = concat!("Input of `", $camel, "Create`.")]
        #[derive(async_graphql::InputObject)]
        #[graphql(name_type)]
        pub struct CreateInput {
            #[doc = concat!("The name. 1 to 100 characters, unique among the ", $scope, " in use, case and accents ignored.")]
            pub name: String,
            /// The description. At most 1,000 characters.
            pub description: Option<String>,
            $($create_field)*
        }

        impl CreateInput {
            fn into_draft(self) -> $crate::schema::setup::catalog::New<Entity> {
                let $new = self;
                #[allow(clippy::needless_update)]
                let draft = $crate::rules::setup::Draft {
                    name: $crate::rules::patch::Patch::Set($new.name),
                    description: $new.description.into(),
                    $($create_draft)*
                    ..$crate::rules::setup::Draft::default()
                };
                ($origin, draft)
            }
        }

        #[doc = concat!("Input of `", $camel, "Update`. Fields left out stay unchanged.")]
        #[derive(async_graphql::InputObject)]
        #[graphql(name_type)]
        pub struct UpdateInput {
            #[doc = concat!("The name. 1 to 100 characters, unique among the ", $scope, " in use, case and accents ignored. Cannot be cleared.")]
            pub name: async_graphql::MaybeUndefined<String>,
            /// The description. At most 1,000 characters. Null clears it.
            pub description: async_graphql::MaybeUndefined<String>,
            $($update_field)*
        }

        impl UpdateInput {
            fn into_draft(self) -> $crate::schema::setup::catalog::Changes<Entity> {
                let $changes = self;
                #[allow(clippy::needless_update)]
                $crate::rules::setup::Draft {
                    name: $changes.name.into(),
                    description: $changes.description.into(),
                    $($update_draft)*
                    ..$crate::rules::setup::Draft::default()
                }
            }
        }

        #[doc = concat!("Input of `", $camel, "Reorder`.")]
        #[derive(async_graphql::InputObject)]
        #[graphql(name_type)]
        pub struct ReorderInput {
            #[doc = concat!("The identifiers of all ", $line, " in use, each once, in the new order. At most 500.")]
            pub ids: Vec<async_graphql::ID>,
        }

        $crate::schema::setup::catalog::payload_of_one!(CreatePayload $one $node $camel, "Create", ". Null if there are user errors.");
        $crate::schema::setup::catalog::payload_of_one!(UpdatePayload $one $node $camel, "Update",
            ", also if its version is a `CONFLICT`. Null if there are other user errors.");
        $crate::schema::setup::catalog::payload_of_one!(RetirePayload $one $node $camel, "Retire", ". Null if there are user errors.");
        $crate::schema::setup::catalog::payload_of_one!(RestorePayload $one $node $camel, "Restore", ". Null if there are user errors.");

        #[doc = concat!("Payload of `", $camel, "Reorder`.")]
        #[derive(async_graphql::SimpleObject)]
        #[graphql(name_type)]
        pub struct ReorderPayload {
            #[doc = concat!("All ", $line, " in their new order, retired ones last. Null if there are user errors.")]
            pub $many: Option<Vec<$node>>,
            /// Problems with the input, at most 100. Empty if the change was made.
            pub user_errors: Vec<$crate::schema::error::UserError>,
        }

        $crate::schema::setup::catalog::list!($listed $node $many $line);

        #[derive(Default)]
        pub struct Mutation;

        #[async_graphql::Object(name_type)]
        impl Mutation {
            #[doc = concat!("Adds ", $a, ", the last one in order. ", $create_note, "Administrators only.")]
            #[graphql(guard = "crate::schema::guards::AdminOnly")]
            async fn $create(
                &self,
                ctx: &async_graphql::Context<'_>,
                #[graphql(desc = "The new entry.")] input: CreateInput,
                #[graphql(desc = "Idempotency key: 1 to 128 printable characters. Calls repeated with it within 24 hours are carried out only once.")]
                idempotency_key: Option<String>,
            ) -> async_graphql::Result<Option<CreatePayload>> {
                let new = input.into_draft();
                let (entry, user_errors) = $crate::schema::setup::catalog::create::<Entity>(ctx, idempotency_key, new).await?;
                Ok(Some(CreatePayload { $one: entry.map($node), user_errors }))
            }

            #[doc = concat!("Changes ", $a, ", in use or retired. ", $update_note, "Administrators only.")]
            #[graphql(guard = "crate::schema::guards::AdminOnly")]
            async fn $update(
                &self,
                ctx: &async_graphql::Context<'_>,
                #[graphql(desc = "ID of the entry.")] id: async_graphql::ID,
                #[graphql(desc = "Changes to apply. Fields left out stay unchanged.")] input: UpdateInput,
                #[graphql(desc = "Expected `version` of the entry. `CONFLICT` if it has changed. Default: no check.")]
                expected_version: Option<i32>,
                #[graphql(desc = "Idempotency key: 1 to 128 printable characters. Calls repeated with it within 24 hours are carried out only once.")]
                idempotency_key: Option<String>,
            ) -> async_graphql::Result<Option<UpdatePayload>> {
                let id = $crate::schema::ids::reference(KIND, &id);
                let draft = input.into_draft();
                let (entry, user_errors) =
                    $crate::schema::setup::catalog::update::<Entity>(ctx, idempotency_key, id, draft, expected_version).await?;
                Ok(Some(UpdatePayload { $one: entry.map($node), user_errors }))
            }

            #[doc = concat!("Retires ", $a, ", which is not offered any more. ", $retire_note, "Administrators only.")]
            #[graphql(guard = "crate::schema::guards::AdminOnly")]
            async fn $retire(
                &self,
                ctx: &async_graphql::Context<'_>,
                #[graphql(desc = "ID of the entry.")] id: async_graphql::ID,
                #[graphql(desc = "Idempotency key: 1 to 128 printable characters. Calls repeated with it within 24 hours are carried out only once.")]
                idempotency_key: Option<String>,
            ) -> async_graphql::Result<Option<RetirePayload>> {
                let id = $crate::schema::ids::reference(KIND, &id);
                let (entry, user_errors) = $crate::schema::setup::catalog::retire::<Entity>(ctx, idempotency_key, id).await?;
                Ok(Some(RetirePayload { $one: entry.map($node), user_errors }))
            }

            #[doc = concat!("Restores ", $a, " that was retired. Refused if its name is taken among the ", $scope, " in use. Administrators only.")]
            #[graphql(guard = "crate::schema::guards::AdminOnly")]
            async fn $restore(
                &self,
                ctx: &async_graphql::Context<'_>,
                #[graphql(desc = "ID of the entry.")] id: async_graphql::ID,
                #[graphql(desc = "Idempotency key: 1 to 128 printable characters. Calls repeated with it within 24 hours are carried out only once.")]
                idempotency_key: Option<String>,
            ) -> async_graphql::Result<Option<RestorePayload>> {
                let id = $crate::schema::ids::reference(KIND, &id);
                let (entry, user_errors) = $crate::schema::setup::catalog::restore::<Entity>(ctx, idempotency_key, id).await?;
                Ok(Some(RestorePayload { $one: entry.map($node), user_errors }))
            }

            #[doc = concat!("Changes the order of all ", $line, " in use. Administrators only.")]
            #[graphql(guard = "crate::schema::guards::AdminOnly")]
            async fn $reorder(
                &self,
                ctx: &async_graphql::Context<'_>,
                #[graphql(desc = "The new order.")] input: ReorderInput,
                #[graphql(desc = "Idempotency key: 1 to 128 printable characters. Calls repeated with it within 24 hours are carried out only once.")]
                idempotency_key: Option<String>,
            ) -> async_graphql::Result<Option<ReorderPayload>> {
                let ids: Vec<_> = input.ids.iter().map(|id| $crate::schema::ids::reference(KIND, id)).collect();
                let (entries, user_errors) = $crate::schema::setup::catalog::reorder::<Entity>(ctx, idempotency_key, ids).await?;
                let nodes = entries.map(|entries| entries.into_iter().map($node).collect());
                Ok(Some(ReorderPayload { $many: nodes, user_errors }))
            }
        }

        $crate::schema::setup::catalog::names!($node: CreateInput "CreateInput", UpdateInput "UpdateInput", ReorderInput "ReorderInput",
            CreatePayload "CreatePayload", UpdatePayload "UpdatePayload", RetirePayload "RetirePayload", RestorePayload "RestorePayload",
            ReorderPayload "ReorderPayload", Query "Query", Mutation "Mutation");
    };
}
pub(crate) use catalog;

/// Declares a payload with one entry.
macro_rules! payload_of_one {
    ($payload:ident $one:ident $node:ident $camel:literal, $action:literal, $null:literal) => {
        #[doc = concat!("Payload of `", $camel, $action, "`.")]
        #[derive(async_graphql::SimpleObject)]
        #[graphql(name_type)]
        pub struct $payload {
            #[doc = concat!("The entry as it is now", $null)]
            pub $one: Option<$node>,
            /// Problems with the input, at most 100. Empty if the change was made.
            pub user_errors: Vec<$crate::schema::error::UserError>,
        }
    };
}
pub(crate) use payload_of_one;

/// Declares the list of all entries as a root field, or none where the entries are listed elsewhere.
macro_rules! list {
    (everywhere $node:ident $many:ident $line:literal) => {
        #[derive(Default)]
        pub struct Query;

        #[async_graphql::Object(name_type)]
        impl Query {
            #[doc = concat!("All ", $line, " in the order set by administrators, retired ones last. At most 500.")]
            #[graphql(guard = "crate::schema::guards::SignedIn")]
            async fn $many(&self, ctx: &async_graphql::Context<'_>) -> Vec<$node> {
                $crate::resolvers::setup::catalogs::in_order($crate::schema::cx(ctx).catalogs().$many.all())
                    .into_iter()
                    .map($node)
                    .collect()
            }
        }
    };
    (within_parents $node:ident $many:ident $line:literal) => {
        #[derive(async_graphql::SimpleObject, Default)]
        #[graphql(fake, name_type)]
        pub struct Query;
    };
}
pub(crate) use list;

/// Names types in the API after the type of an entry.
macro_rules! names {
    ($node:ident: $($kind:ident $name:literal),+) => {
        $(impl async_graphql::TypeName for $kind {
            fn type_name() -> std::borrow::Cow<'static, str> {
                std::borrow::Cow::Borrowed(concat!(stringify!($node), $name))
            }
        })+
    };
}
pub(crate) use names;
