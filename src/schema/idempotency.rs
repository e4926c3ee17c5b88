//! Execution of mutations with an optional idempotency key.

use std::fmt::Write as _;

use async_graphql::indexmap::IndexMap;
use async_graphql::registry::{MetaInputValue, MetaType, MetaTypeName, Registry};
use async_graphql::{Context, Name, Result, Value};
use uuid::Uuid;

use crate::cx::Cx;
use crate::cx::uploads::StagedFile;
use crate::ids::bare_uuid;
use crate::resolvers::idempotency::{self as resolvers, Key, Replayable};
use crate::schema::cx;
use crate::schema::error::{UserError, UserErrorCode, split_user_errors};
use crate::schema::scalars::Upload;

/// Argument that is not part of the compared arguments.
const KEY: &str = "idempotencyKey";
/// The argument that says what an edit is based on.
const VERSION: &str = "expectedVersion";

/// A mutation that is about to run, with the idempotency key that the client may have given it.
pub struct Write(resolvers::Write);

impl Write {
    pub fn new(ctx: &Context<'_>, idempotency_key: Option<String>) -> Result<Write> {
        let key = match idempotency_key {
            Some(key) => Some(Key {
                key,
                mutation: ctx.field().name().to_owned(),
                arguments: arguments(ctx)?,
            }),
            None => None,
        };
        Ok(Write(resolvers::Write::new(cx(ctx), key)))
    }

    /// The context that the work takes: its transactions belong to the key.
    pub fn cx(&self) -> &Cx {
        &self.0.cx
    }

    /// The outcome of a mutation: the result or the user errors. Neither where a replayed call names what the caller no longer sees.
    ///
    /// The work may run more than once, so it takes what it needs by reference or makes a copy.
    pub async fn run<T, W>(&self, work: impl Fn() -> W) -> Result<(Option<T>, Vec<UserError>)>
    where
        T: Replayable,
        W: Future<Output = crate::error::Result<T>>,
    {
        let (value, user_errors) = split_user_errors(self.0.run(work).await)?;
        Ok((value.flatten(), user_errors))
    }

    /// The same for objects with a version. If the expected version is not the current one, the outcome is the user error together with the
    /// current object, so that a client can merge the two without another request; None if the object is no longer visible to the caller.
    pub async fn edit<T, W>(&self, id: Uuid, work: impl Fn() -> W) -> Result<(Option<T>, Vec<UserError>)>
    where
        T: Replayable,
        W: Future<Output = crate::error::Result<T>>,
    {
        let (value, user_errors) = self.run(work).await?;
        if !is_outdated(&user_errors) {
            return Ok((value, user_errors));
        }
        Ok((beside(T::read(self.cx(), vec![id]).await), user_errors))
    }
}

/// The object that is returned with a refusal, if it can be read; a failure to read it must not hide the refusal.
pub fn beside<T, E: std::fmt::Debug>(read: std::result::Result<Option<T>, E>) -> Option<T> {
    read.unwrap_or_else(|error| {
        tracing::warn!(cause = ?error, "the present record could not be read beside a refusal");
        None
    })
}

/// Whether an edit was refused because the version that it was based on is not the present one.
pub fn is_outdated(user_errors: &[UserError]) -> bool {
    let is_version = |path: &[String]| path.len() == 1 && path[0] == VERSION;
    let mut errors = user_errors.iter();
    errors.any(|error| error.code == UserErrorCode::Conflict && error.path.as_deref().is_some_and(is_version))
}

/// What the files of a request are compared by: a repeated request brings its own copies.
type Files<'a> = &'a dyn Fn(&str) -> Option<StagedFile>;

/// All arguments but the key as text: the same whether they came in the document or in variables, and in whatever order. An id without a prefix
/// is the same in upper and lower case, with hyphens and without; one with a prefix is another, because only the mutation knows which belongs. A file
/// is its content and its name.
///
/// Secrets are left out, which the schema declares: a hash of this text is kept, and a password must not be guessed by one that is made so fast.
fn arguments(ctx: &Context<'_>) -> Result<String> {
    let given = ctx.field().arguments()?;
    let mut given: Vec<_> = given.iter().filter(|(name, _)| name != KEY).collect();
    given.sort_by(|(one, _), (other, _)| one.cmp(other));
    let registry = &ctx.schema_env.registry;
    let root = registry.mutation_type.as_ref().and_then(|name| registry.types.get(name));
    let declared = root.and_then(|root| root.field_by_name(ctx.field().name()));
    let files: Files<'_> = &|token| cx(ctx).upload(token);
    let mut text = String::new();
    for (name, value) in given {
        let argument = declared.and_then(|field| field.args.get(name.as_str()));
        let _ = write!(text, "{name}:");
        normal(value, argument, registry, files, &mut text);
        text.push(';');
    }
    Ok(text)
}

fn normal(value: &Value, declared: Option<&MetaInputValue>, registry: &Registry, files: Files<'_>, text: &mut String) {
    match value {
        Value::Object(fields) => object(fields, declared, registry, files, text),
        Value::List(values) => {
            text.push('[');
            for value in values {
                normal(value, declared, registry, files, text);
                text.push(',');
            }
            text.push(']');
        }
        // The value of an enum is a text when it comes in a variable.
        Value::Enum(name) => {
            let _ = write!(text, "{:?}", name.as_str());
        }
        Value::Binary(_) => match Upload::token_in(value).and_then(files) {
            Some(StagedFile { file, file_name }) => {
                let _ = write!(text, "file({:?},{},{file_name:?})", file.sha256, file.size);
            }
            None => text.push_str("file()"),
        },
        Value::String(value) => match bare_uuid(value).filter(|_| is_of_type(declared, "ID")) {
            Some(id) => {
                let _ = write!(text, "\"{id}\"");
            }
            None => {
                let _ = write!(text, "{value:?}");
            }
        },
        other => {
            let _ = write!(text, "{other}");
        }
    }
}

/// Whether the value is of the type, or a list of such.
fn is_of_type(declared: Option<&MetaInputValue>, name: &str) -> bool {
    declared.is_some_and(|declared| MetaTypeName::concrete_typename(&declared.ty) == name)
}

fn object(fields: &IndexMap<Name, Value>, declared: Option<&MetaInputValue>, registry: &Registry, files: Files<'_>, text: &mut String) {
    let kind = declared.and_then(|declared| registry.types.get(MetaTypeName::concrete_typename(&declared.ty)));
    let input_fields = match kind {
        Some(MetaType::InputObject { input_fields, .. }) => Some(input_fields),
        _ => None,
    };
    let mut fields: Vec<_> = fields.iter().collect();
    fields.sort_by_key(|(name, _)| *name);
    text.push('{');
    for (name, value) in fields {
        let field = input_fields.and_then(|declared| declared.get(name.as_str()));
        let _ = write!(text, "{name}:");
        if field.is_some_and(|field| field.is_secret) {
            text.push('*');
        } else {
            normal(value, field, registry, files, text);
        }
        text.push(',');
    }
    text.push('}');
}

#[cfg(test)]
mod tests {
    use super::*;
    use async_graphql::{Name, value};

    fn text(value: &Value) -> String {
        let mut text = String::new();
        normal(value, None, &Registry::default(), &|_| None, &mut text);
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
