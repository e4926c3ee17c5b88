//! The roots of the schema. A nullable root field that fails, or takes too long, is null by itself, as the specification says; the library would
//! null the whole answer.
//!
//! The results of earlier mutations must not be lost, and of a page with ten lists nine are worth having.

use std::borrow::Cow;

use async_graphql::parser::types::Field;
use async_graphql::registry::Registry;
use async_graphql::{ContainerType, Context, ContextSelectionSet, ObjectType, OutputType, Positioned, ServerError, ServerResult, Value};
use tokio::time::{Instant, timeout_at};

use crate::error::Error;
use crate::schema::custom;
use crate::schema::error::to_graphql;

/// Time at which a nullable root field of a query is abandoned, so that time remains to answer the others. A request without it, such as a
/// mutation, whose outcome would otherwise be unknown, ends as a whole.
pub struct Deadline(pub Instant);

/// Wraps the type of a root.
#[derive(Default)]
pub struct Root<T>(T);

impl<T: OutputType> OutputType for Root<T> {
    fn type_name() -> Cow<'static, str> {
        T::type_name()
    }

    fn create_type_info(registry: &mut Registry) -> String {
        let name = T::create_type_info(registry);
        custom::remove_dangling(registry);
        name
    }

    async fn resolve(&self, ctx: &ContextSelectionSet<'_>, field: &Positioned<Field>) -> ServerResult<Value> {
        self.0.resolve(ctx, field).await
    }
}

impl<T: ContainerType> ContainerType for Root<T> {
    async fn resolve_field(&self, ctx: &Context<'_>) -> ServerResult<Option<Value>> {
        if !is_nullable::<T>(ctx) {
            return self.0.resolve_field(ctx).await;
        }
        let work = self.0.resolve_field(ctx);
        let result = match ctx.data_opt::<Deadline>() {
            Some(Deadline(deadline)) => timeout_at(*deadline, work).await.unwrap_or_else(|_| Err(too_slow(ctx))),
            None => work.await,
        };
        result.or_else(|error| {
            ctx.add_error(error);
            Ok(Some(Value::Null))
        })
    }
}

fn too_slow(ctx: &Context<'_>) -> ServerError {
    ctx.set_error_path(to_graphql(Error::Timeout).into_server_error(ctx.item.pos))
}

impl<T: ObjectType> ObjectType for Root<T> {}

fn is_nullable<T: OutputType>(ctx: &Context<'_>) -> bool {
    let root = ctx.schema_env.registry.types.get(T::type_name().as_ref());
    let field = root.and_then(|root| root.field_by_name(&ctx.item.node.name.node));
    field.is_some_and(|field| !field.ty.ends_with('!'))
}
