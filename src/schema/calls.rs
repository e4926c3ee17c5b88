//! How a mutation hands its work down, with the idempotency key that a client may have given it.

use std::fmt::Write;

use async_graphql::{Context, Result, Value};

use crate::resolvers::calls::{self, Key, Repeatable};
use crate::schema::cx;
use crate::schema::error::{UserError, settle};

/// The argument of a mutation that is not part of what is asked for.
const KEY: &str = "idempotencyKey";

/// The outcome of a mutation: the result or the user errors. Neither where a repeated call names what the caller no longer sees.
///
/// The work may run more than once, so it takes what it needs by reference or makes a copy.
pub async fn write<T, W>(ctx: &Context<'_>, idempotency_key: Option<String>, work: impl Fn() -> W) -> Result<(Option<T>, Vec<UserError>)>
where
    T: Repeatable,
    W: Future<Output = crate::error::Result<T>>,
{
    let key = match idempotency_key {
        Some(key) => Some(Key {
            key,
            mutation: ctx.field().name().to_owned(),
            arguments: arguments(ctx)?,
        }),
        None => None,
    };
    let (value, user_errors) = settle(calls::run(cx(ctx), key, work).await)?;
    Ok((value.flatten(), user_errors))
}

/// All arguments but the key as text: the same whether they came in the document or in variables, and in whatever order.
fn arguments(ctx: &Context<'_>) -> Result<String> {
    let given = ctx.field().arguments()?;
    let mut given: Vec<_> = given.iter().filter(|(name, _)| name != KEY).collect();
    given.sort_by(|(one, _), (other, _)| one.cmp(other));
    let mut text = String::new();
    for (name, value) in given {
        let _ = write!(text, "{name}:");
        normal(value, &mut text);
        text.push(';');
    }
    Ok(text)
}

fn normal(value: &Value, text: &mut String) {
    match value {
        Value::Object(fields) => {
            let mut fields: Vec<_> = fields.iter().collect();
            fields.sort_by_key(|(name, _)| *name);
            text.push('{');
            for (name, value) in fields {
                let _ = write!(text, "{name}:");
                normal(value, text);
                text.push(',');
            }
            text.push('}');
        }
        Value::List(values) => {
            text.push('[');
            for value in values {
                normal(value, text);
                text.push(',');
            }
            text.push(']');
        }
        // The value of an enum is a text when it comes in a variable.
        Value::Enum(name) => {
            let _ = write!(text, "{:?}", name.as_str());
        }
        Value::String(value) => {
            let _ = write!(text, "{value:?}");
        }
        other => {
            let _ = write!(text, "{other}");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use async_graphql::{Name, value};

    fn text(value: &Value) -> String {
        let mut text = String::new();
        normal(value, &mut text);
        text
    }

    #[test]
    fn order_and_origin_do_not_count() {
        let one = value!({ "name": "Ana", "list": [1, null], "kind": "PERSON" });
        let Value::Object(mut fields) = value!({ "list": [1, null], "name": "Ana" }) else {
            unreachable!("an object was written")
        };
        fields.insert(Name::new("kind"), Value::Enum(Name::new("PERSON")));
        assert_eq!(text(&one), text(&Value::Object(fields)));
    }

    #[test]
    fn everything_else_counts() {
        let all = [
            value!({}),
            value!({ "a": null }),
            value!({ "a": [] }),
            value!({ "a": "null" }),
            value!({ "a": "1" }),
            value!({ "a": 1 }),
            value!({ "a": [1, 2] }),
            value!({ "a": [2, 1] }),
            value!({ "a": "x\",b:\"y" }),
            value!({ "a": "x", "b": "y" }),
        ];
        for (index, one) in all.iter().enumerate() {
            assert!(all[..index].iter().all(|other| text(one) != text(other)), "{one}");
        }
    }
}
