//! Text in answers, counted while an answer grows.

use std::borrow::Cow;
use std::sync::Arc;

use async_graphql::parser::types::Field;
use async_graphql::registry::Registry;
use async_graphql::{ContextSelectionSet, OutputType, Positioned, ServerResult, Value};

use crate::cx::Cx;

/// A `String` of the API. All texts that fields answer have this type, so that the size of an answer is counted in full.
#[derive(Clone, Debug)]
pub struct Text<'a>(Cow<'a, str>);

impl<'a> From<&'a str> for Text<'a> {
    fn from(text: &'a str) -> Self {
        Text(Cow::Borrowed(text))
    }
}

impl<'a> From<&'a String> for Text<'a> {
    fn from(text: &'a String) -> Self {
        Text(Cow::Borrowed(text))
    }
}

impl From<String> for Text<'_> {
    fn from(text: String) -> Self {
        Text(Cow::Owned(text))
    }
}

impl OutputType for Text<'_> {
    fn type_name() -> Cow<'static, str> {
        <String as OutputType>::type_name()
    }

    fn create_type_info(registry: &mut Registry) -> String {
        <String as OutputType>::create_type_info(registry)
    }

    async fn resolve(&self, ctx: &ContextSelectionSet<'_>, _: &Positioned<Field>) -> ServerResult<Value> {
        let has_room = match ctx.data_opt::<Arc<Cx>>() {
            Some(cx) => cx.answer_size.grow(self.0.len()),
            None => true,
        };
        // An answer that exceeds its limit is refused as a whole.
        Ok(if has_room { Value::String(self.0.to_string()) } else { Value::Null })
    }
}
