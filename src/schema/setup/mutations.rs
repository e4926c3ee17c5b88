//! The five mutations that every catalogue has, written once.

/// Declares the mutations of a catalogue with their payloads. The inputs to create and to update are the catalogue's own and turn
/// themselves into drafts; everything else is alike.
macro_rules! mutations {
    (
        $mutation:ident: $node:ident, $what:literal, $kind:expr, $entity:ty, $one:ident, $many:ident;
        $(#[doc = $create_doc:literal])+ $create:ident($create_input:ident) -> $create_payload:ident;
        $(#[doc = $update_doc:literal])+ $update:ident($update_input:ident) -> $update_payload:ident;
        $(#[doc = $retire_doc:literal])+ $retire:ident -> $retire_payload:ident;
        $(#[doc = $restore_doc:literal])+ $restore:ident -> $restore_payload:ident;
        $(#[doc = $reorder_doc:literal])+ $reorder:ident($reorder_input:ident) -> $reorder_payload:ident;
    ) => {
        $crate::schema::setup::mutations::payload_of_one!($create_payload, $one: $node, "adding", $what, ". Null when there are user errors.");
        $crate::schema::setup::mutations::payload_of_one!($update_payload, $one: $node, "editing", $what, ", also where its version is a `CONFLICT`. Null when there are only other user errors.");
        $crate::schema::setup::mutations::payload_of_one!($retire_payload, $one: $node, "retiring", $what, ". Null when there are user errors.");
        $crate::schema::setup::mutations::payload_of_one!($restore_payload, $one: $node, "restoring", $what, ". Null when there are user errors.");

        #[doc = concat!("What came of putting the catalogue of each ", $what, " into another order.")]
        #[derive(async_graphql::SimpleObject)]
        pub struct $reorder_payload {
            /// All entries that are ordered together, in their new order, the retired ones last. Null when there are user errors.
            pub $many: Option<Vec<$node>>,
            /// What is wrong with the input, at most 100 problems; empty when the change was made.
            pub user_errors: Vec<$crate::schema::error::UserError>,
        }

        #[doc = concat!("The order in which to show each ", $what, ".")]
        #[derive(async_graphql::InputObject)]
        pub struct $reorder_input {
            /// The ids of all entries in use that are ordered together, each once, in the new order. At most 500.
            pub ids: Vec<async_graphql::ID>,
        }

        #[derive(Default)]
        pub struct $mutation;

        #[async_graphql::Object]
        impl $mutation {
            $(#[doc = $create_doc])+
            async fn $create(
                &self,
                ctx: &async_graphql::Context<'_>,
                #[graphql(desc = "What the new entry is.")] input: $create_input,
                #[graphql(desc = "A key of your own, 1 to 128 printable characters: for 24 hours the call is carried out once for it, however often it is sent.")]
                idempotency_key: Option<String>,
            ) -> async_graphql::Result<Option<$create_payload>> {
                let write = $crate::schema::idempotency::Write::new(ctx, idempotency_key)?;
                let (origin, draft) = input.into_draft();
                let (entry, user_errors) = write.run(|| {
                    $crate::resolvers::setup::catalogs::create::<$entity>(write.cx(), &origin, &draft)
                })
                .await?;
                Ok(Some($create_payload { $one: entry.map(|entry| $node::from(entry.0)), user_errors }))
            }

            $(#[doc = $update_doc])+
            async fn $update(
                &self,
                ctx: &async_graphql::Context<'_>,
                #[graphql(desc = "Which entry to edit.")] id: async_graphql::ID,
                #[graphql(desc = "What is to change; what is left out stays as it is.")] input: $update_input,
                #[graphql(desc = "The `version` that the edit is based on. If the entry has another one by now, the answer is `CONFLICT`; if left out, nothing is compared.")]
                expected_version: Option<i32>,
                #[graphql(desc = "A key of your own, 1 to 128 printable characters: for 24 hours the call is carried out once for it, however often it is sent.")]
                idempotency_key: Option<String>,
            ) -> async_graphql::Result<Option<$update_payload>> {
                let write = $crate::schema::idempotency::Write::new(ctx, idempotency_key)?;
                let id = $crate::schema::ids::reference($kind, &id);
                let draft = input.into_draft();
                let (entry, user_errors) = write.edit(id, || {
                    $crate::resolvers::setup::catalogs::update::<$entity>(write.cx(), id, &draft, expected_version)
                })
                .await?;
                Ok(Some($update_payload { $one: entry.map(|entry| $node::from(entry.0)), user_errors }))
            }

            $(#[doc = $retire_doc])+
            async fn $retire(
                &self,
                ctx: &async_graphql::Context<'_>,
                #[graphql(desc = "Which entry to take out of use.")] id: async_graphql::ID,
                #[graphql(desc = "A key of your own, 1 to 128 printable characters: for 24 hours the call is carried out once for it, however often it is sent.")]
                idempotency_key: Option<String>,
            ) -> async_graphql::Result<Option<$retire_payload>> {
                let write = $crate::schema::idempotency::Write::new(ctx, idempotency_key)?;
                let id = $crate::schema::ids::reference($kind, &id);
                let (entry, user_errors) = write.run(|| {
                    $crate::resolvers::setup::catalogs::retire::<$entity>(write.cx(), id)
                })
                .await?;
                Ok(Some($retire_payload { $one: entry.map(|entry| $node::from(entry.0)), user_errors }))
            }

            $(#[doc = $restore_doc])+
            async fn $restore(
                &self,
                ctx: &async_graphql::Context<'_>,
                #[graphql(desc = "Which retired entry to put back into use.")] id: async_graphql::ID,
                #[graphql(desc = "A key of your own, 1 to 128 printable characters: for 24 hours the call is carried out once for it, however often it is sent.")]
                idempotency_key: Option<String>,
            ) -> async_graphql::Result<Option<$restore_payload>> {
                let write = $crate::schema::idempotency::Write::new(ctx, idempotency_key)?;
                let id = $crate::schema::ids::reference($kind, &id);
                let (entry, user_errors) = write.run(|| {
                    $crate::resolvers::setup::catalogs::restore::<$entity>(write.cx(), id)
                })
                .await?;
                Ok(Some($restore_payload { $one: entry.map(|entry| $node::from(entry.0)), user_errors }))
            }

            $(#[doc = $reorder_doc])+
            async fn $reorder(
                &self,
                ctx: &async_graphql::Context<'_>,
                #[graphql(desc = "The new order.")] input: $reorder_input,
                #[graphql(desc = "A key of your own, 1 to 128 printable characters: for 24 hours the call is carried out once for it, however often it is sent.")]
                idempotency_key: Option<String>,
            ) -> async_graphql::Result<Option<$reorder_payload>> {
                let write = $crate::schema::idempotency::Write::new(ctx, idempotency_key)?;
                let ids: Vec<_> = input.ids.iter().map(|id| $crate::schema::ids::reference($kind, id)).collect();
                let (entries, user_errors) = write.run(|| {
                    $crate::resolvers::setup::catalogs::reorder::<$entity>(write.cx(), &ids)
                })
                .await?;
                let nodes = entries.map(|entries| entries.0.into_iter().map($node::from).collect());
                Ok(Some($reorder_payload { $many: nodes, user_errors }))
            }
        }
    };
}
pub(crate) use mutations;

/// Declares a payload with one entry.
macro_rules! payload_of_one {
    ($payload:ident, $one:ident: $node:ident, $done:literal, $what:literal, $null:literal) => {
        #[doc = concat!("What came of ", $done, " one ", $what, ".")]
        #[derive(async_graphql::SimpleObject)]
        pub struct $payload {
            #[doc = concat!("The ", $what, " as it is now", $null)]
            pub $one: Option<$node>,
            /// What is wrong with the input, at most 100 problems; empty when the change was made.
            pub user_errors: Vec<$crate::schema::error::UserError>,
        }
    };
}
pub(crate) use payload_of_one;
