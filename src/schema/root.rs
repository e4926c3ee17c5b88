//! The roots of the schema: a field that fails is null by itself, as the specification says, where the library would null everything.
//!
//! It matters for mutations above all: those that came before have been made, and their results must not be lost.

use std::borrow::Cow;

use async_graphql::parser::types::Field;
use async_graphql::registry::Registry;
use async_graphql::{ContainerType, Context, ContextSelectionSet, ObjectType, OutputType, Positioned, ServerResult, Value};

/// Wraps the type of a root.
#[derive(Default)]
pub struct Root<T>(T);

impl<T: OutputType> OutputType for Root<T> {
    fn type_name() -> Cow<'static, str> {
        T::type_name()
    }

    fn create_type_info(registry: &mut Registry) -> String {
        T::create_type_info(registry)
    }

    async fn resolve(&self, ctx: &ContextSelectionSet<'_>, field: &Positioned<Field>) -> ServerResult<Value> {
        self.0.resolve(ctx, field).await
    }
}

impl<T: ContainerType> ContainerType for Root<T> {
    async fn resolve_field(&self, ctx: &Context<'_>) -> ServerResult<Option<Value>> {
        match self.0.resolve_field(ctx).await {
            Err(error) if is_nullable::<T>(ctx) => {
                ctx.add_error(error);
                Ok(Some(Value::Null))
            }
            result => result,
        }
    }
}

impl<T: ObjectType> ObjectType for Root<T> {}

fn is_nullable<T: OutputType>(ctx: &Context<'_>) -> bool {
    let root = ctx.schema_env.registry.types.get(T::type_name().as_ref());
    let field = root.and_then(|root| root.field_by_name(&ctx.item.node.name.node));
    field.is_some_and(|field| !field.ty.ends_with('!'))
}
