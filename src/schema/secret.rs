//! Secrets in answers, which keep an answer from being compressed.

use std::borrow::Cow;
use std::sync::Arc;

use async_graphql::parser::types::Field;
use async_graphql::registry::Registry;
use async_graphql::{ContextSelectionSet, OutputType, Positioned, ServerResult, Value};

use crate::auth::credentials::Secret;
use crate::cx::Cx;

/// A `String` of the API. Answers that hold one are not compressed, because the size of compressed text reveals its content.
impl OutputType for Secret {
    fn type_name() -> Cow<'static, str> {
        <String as OutputType>::type_name()
    }

    fn create_type_info(registry: &mut Registry) -> String {
        <String as OutputType>::create_type_info(registry)
    }

    async fn resolve(&self, ctx: &ContextSelectionSet<'_>, _: &Positioned<Field>) -> ServerResult<Value> {
        if let Some(cx) = ctx.data_opt::<Arc<Cx>>() {
            cx.show_secret();
        }
        Ok(Value::String(self.expose().to_owned()))
    }
}
