//! Catalogues in the API whose entries have a name, a description and a place in the list, and nothing else: written once.

/// Declares the type of an entry, its inputs, the query and the mutations.
macro_rules! plain_catalog {
    (
        $(#[doc = $doc:literal])+
        $node:ident, $what:literal, $kind:expr, $module:ident, $create_input:ident, $update_input:ident, $query:ident;
        $(#[doc = $list_doc:literal])+ $many:ident;
        mutations $mutation:ident, $one:ident;
        $($mutations:tt)+
    ) => {
        $(#[doc = $doc])+
        #[derive(Clone)]
        pub struct $node(std::sync::Arc<$crate::entities::setup::$module::Model>);

        #[doc = concat!("An entry for the catalogue of each ", $what, ".")]
        #[derive(async_graphql::InputObject)]
        pub struct $create_input {
            #[doc = concat!("What it is called: 1 to 100 characters, unlike any other ", $what, " in use, accents and case aside.")]
            pub name: String,
            /// What it means: at most 1,000 characters.
            pub description: Option<String>,
        }

        #[doc = concat!("What is to change about one ", $what, ".")]
        #[derive(async_graphql::InputObject)]
        pub struct $update_input {
            #[doc = concat!("What it is called: 1 to 100 characters, unlike any other ", $what, " in use, accents and case aside. It cannot be cleared.")]
            pub name: async_graphql::MaybeUndefined<String>,
            /// What it means: at most 1,000 characters. Null clears it.
            pub description: async_graphql::MaybeUndefined<String>,
        }

        #[derive(Default)]
        pub struct $query;

        impl From<std::sync::Arc<$crate::entities::setup::$module::Model>> for $node {
            fn from(row: std::sync::Arc<$crate::entities::setup::$module::Model>) -> Self {
                $node(row)
            }
        }

        impl $create_input {
            fn into_draft(self) -> ((), $crate::rules::setup::Draft<()>) {
                let draft = $crate::rules::setup::Draft {
                    name: Some(Some(self.name)),
                    description: Some(self.description),
                    ..$crate::rules::setup::Draft::default()
                };
                ((), draft)
            }
        }

        impl $update_input {
            fn into_draft(self) -> $crate::rules::setup::Draft<()> {
                $crate::rules::setup::Draft {
                    name: self.name.into(),
                    description: self.description.into(),
                    ..$crate::rules::setup::Draft::default()
                }
            }
        }

        $(#[doc = $doc])+
        #[async_graphql::Object]
        impl $node {
            /// Identifies the entry for ever.
            pub async fn id(&self) -> async_graphql::ID {
                $crate::schema::ids::encode($kind, self.0.id)
            }

            /// What people call it.
            async fn name(&self) -> $crate::schema::text::Text<'_> {
                $crate::schema::text::Text::from(&self.0.name)
            }

            /// What it means. Null where nobody has said so.
            async fn description(&self) -> Option<$crate::schema::text::Text<'_>> {
                self.0.description.as_deref().map($crate::schema::text::Text::from)
            }

            /// Where it stands among all entries, counted from 0; gaps are possible.
            async fn position(&self) -> i32 {
                self.0.position
            }

            /// Whether it is no longer offered. It is still shown where it is used.
            async fn is_retired(&self) -> bool {
                self.0.retired_at.is_some()
            }

            /// Grows by one with every change; give it as `expectedVersion` so as not to overwrite what you have not seen.
            async fn version(&self) -> i32 {
                self.0.version
            }
        }

        #[async_graphql::Object]
        impl $query {
            $(#[doc = $list_doc])+
            #[graphql(guard = "SignedIn")]
            async fn $many(&self, ctx: &async_graphql::Context<'_>) -> Vec<$node> {
                $crate::resolvers::setup::catalogs::in_order($crate::schema::cx(ctx).catalogs().$many.all())
                    .into_iter()
                    .map($node::from)
                    .collect()
            }
        }

        $crate::schema::setup::mutations::mutations! {
            $mutation: $node, $what, $kind, $crate::entities::setup::$module::Entity, $one, $many;
            $($mutations)+
        }
    };
}
pub(crate) use plain_catalog;
