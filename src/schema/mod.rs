//! The API: types, inputs, roots, loaders, guards and error codes. The behaviour is in `resolvers`.

pub mod access;
pub mod connection;
pub mod custom;
pub mod error;
pub mod filters;
pub mod guards;
pub mod idempotency;
pub mod ids;
pub mod insight;
pub mod loaders;
pub mod node;
pub mod patch;
pub mod process;
pub mod records;
mod root;
pub mod scalars;
mod secret;
pub mod setup;
pub mod text;
pub mod times;

use std::sync::Arc;

use async_graphql::{Context, EmptySubscription, MergedObject, SDLExportOptions, Schema, SchemaBuilder, ValidationMode};

use crate::cx::Cx;
use custom::Fields;
use loaders::Loaders;
use root::Root;

pub use root::Deadline;

/// All queries. Lists hold what the caller may see; objects that the caller may not see are answered like objects that do not exist.
#[derive(MergedObject, Default)]
pub struct Query(
    node::NodeQuery,
    access::AccessQuery,
    setup::SetupQuery,
    records::RecordsQuery,
    process::ProcessQuery,
    insight::InsightQuery,
);

/// All mutations. Up to 10 per operation: they run in order, each in its own transaction. A payload is null if the mutation failed with a
/// top-level error; the reason is in `errors`.
#[derive(MergedObject, Default)]
pub struct Mutation(
    access::AccessMutation,
    setup::SetupMutation,
    records::RecordsMutation,
    process::ProcessMutation,
    insight::InsightMutation,
);

pub type CarteraSchema = Schema<Root<Query>, Root<Mutation>, EmptySubscription>;

/// Two instances of one schema: `strict` validates a document in full; `fast` runs documents that have been validated before.
pub struct Api {
    pub strict: CarteraSchema,
    pub fast: CarteraSchema,
}

/// The schema with the typed fields. It knows no application: each request brings its context and the data loaders.
pub fn build(fields: &Arc<Fields>) -> Api {
    let build = |mode| builder(fields).validation_mode(mode).finish();
    Api {
        strict: build(ValidationMode::Strict),
        fast: build(ValidationMode::Fast),
    }
}

/// The schema without typed fields as text, as kept in `schema.graphql`.
pub fn sdl() -> String {
    sdl_with(&Arc::default())
}

/// The schema with the typed fields as text.
pub fn sdl_with(fields: &Arc<Fields>) -> String {
    let options = SDLExportOptions::new().sorted_fields().sorted_enum_items().include_specified_by();
    builder(fields).finish().sdl_with_options(options)
}

fn builder(fields: &Arc<Fields>) -> SchemaBuilder<Root<Query>, Root<Mutation>, EmptySubscription> {
    let build = || Schema::build(Root::default(), Root::default(), EmptySubscription);
    custom::building(fields, build).data(fields.clone()).disable_suggestions()
}

/// The context of the request.
pub fn cx<'a>(ctx: &Context<'a>) -> &'a Arc<Cx> {
    ctx.data_unchecked()
}

/// The data loaders, which all requests share.
pub fn loaders<'a>(ctx: &Context<'a>) -> &'a Loaders {
    ctx.data_unchecked::<Arc<Loaders>>()
}

/// Maximum page size.
pub fn largest_page(ctx: &Context<'_>) -> u64 {
    cx(ctx).app.settings.limits.page_size
}
