//! Suggestions for a name that the schema does not have. They reveal the schema, so only signed-in callers get them.

use super::types::{Kind, TypeMap};
use crate::text::suggestions;

/// The names of the schema that are most like one that does not exist.
pub fn nearest<'n>(wrong: &str, names: impl IntoIterator<Item = &'n str>) -> Vec<String> {
    let near = suggestions::nearest(wrong, names.into_iter());
    near.into_iter().map(str::to_owned).collect()
}

/// Reads one kind of message; None where it is another.
type Reader = fn(&str, &TypeMap) -> Option<Vec<String>>;

/// Suggestions for the unknown name in a message of the library. Empty if the message is about something else.
pub fn meant(message: &str, types: &TypeMap) -> Vec<String> {
    let readers: [Reader; 5] = [field, argument, named_type, enum_value, input_field];
    let mut found = readers.iter().filter_map(|read| read(message, types));
    found.next().unwrap_or_default()
}

/// Adds to a message what may have been meant.
pub fn add(message: &mut String, suggestions: &[String]) {
    if suggestions.is_empty() {
        return;
    }
    if !message.ends_with('.') {
        message.push('.');
    }
    let quoted: Vec<String> = suggestions.iter().map(|name| format!("\"{name}\"")).collect();
    message.push_str(" Did you mean ");
    message.push_str(&quoted.join(", "));
    message.push('?');
}

fn field(message: &str, types: &TypeMap) -> Option<Vec<String>> {
    let (name, rest) = quoted(message, "Unknown field ")?;
    let (owner, _) = quoted(rest, " on type ")?;
    Some(nearest(name, keys(&types.output(owner)?.fields)))
}

fn argument(message: &str, types: &TypeMap) -> Option<Vec<String>> {
    let (name, rest) = quoted(message, "Unknown argument ")?;
    let (field, rest) = quoted(rest, " on field ")?;
    let (owner, _) = quoted(rest, " of type ")?;
    let field = types.output(owner)?.fields.get(field)?;
    Some(nearest(name, keys(&field.arguments)))
}

fn named_type(message: &str, types: &TypeMap) -> Option<Vec<String>> {
    let (name, _) = quoted(message, "Unknown type ")?;
    Some(nearest(name, types.names()))
}

fn enum_value(message: &str, types: &TypeMap) -> Option<Vec<String>> {
    let (owner, rest) = quoted(after_path(message)?, "enumeration type ")?;
    // The value may be a text of the client's with anything in it.
    let value = rest.strip_prefix(" does not contain the value \"")?.strip_suffix('"')?;
    match types.get(owner)? {
        Kind::Enum(values) => Some(nearest(value, values.iter().map(String::as_str))),
        _ => None,
    }
}

fn input_field(message: &str, types: &TypeMap) -> Option<Vec<String>> {
    let (name, rest) = quoted(after_path(message)?, "unknown field ")?;
    let (owner, _) = quoted(rest, " of type ")?;
    match types.get(owner)? {
        Kind::Input(input) => Some(nearest(name, keys(&input.fields))),
        _ => None,
    }
}

/// The problem of a value, after its path, which contains names of the schema and numbers.
fn after_path(message: &str) -> Option<&str> {
    let starts = ["Invalid value for argument ", "Invalid default value for argument: "];
    let (_, rest) = starts.iter().find_map(|start| quoted(message, start))?;
    rest.strip_prefix(", ")
}

/// The quoted text after a beginning, and the rest after it.
fn quoted<'t>(text: &'t str, start: &str) -> Option<(&'t str, &'t str)> {
    text.strip_prefix(start)?.strip_prefix('"')?.split_once('"')
}

fn keys<V>(members: &std::collections::HashMap<String, V>) -> impl Iterator<Item = &str> {
    members.keys().map(String::as_str)
}

#[cfg(test)]
mod tests {
    use super::*;
    use async_graphql::{EmptyMutation, EmptySubscription, Enum, InputObject, Object, Schema};

    struct Query;

    #[derive(Clone, Copy, PartialEq, Eq, Enum)]
    enum Color {
        Red,
        DarkRed,
        Blue,
    }

    #[derive(InputObject)]
    struct Wish {
        color: Option<Color>,
        colors: Option<Vec<Color>>,
        city: Option<String>,
    }

    #[Object]
    impl Query {
        async fn viewer(&self, color: Option<Color>, wish: Option<Wish>, wishes: Option<Vec<Wish>>) -> bool {
            let colors = wish.as_ref().and_then(|wish| wish.colors.as_ref());
            colors.is_some() && wish.and_then(|wish| wish.city.zip(wish.color)).is_some() && color.is_some() && wishes.is_some()
        }

        async fn viewers(&self) -> bool {
            false
        }
    }

    /// Reads the actual messages of the library, so that a release with other texts fails here.
    #[test]
    fn names_are_suggested_for_what_the_library_does_not_know() {
        let schema = Schema::build(Query, EmptyMutation, EmptySubscription)
            .disable_suggestions()
            .finish();
        let types = TypeMap::from_sdl(&schema.sdl()).unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        for (document, suggested) in [
            ("{ viwer }", &["viewer", "viewers"][..]),
            ("{ VIEWERS }", &["viewers", "viewer"]),
            ("{ nothingLikeIt }", &[]),
            ("{ viewer(colour: RED) }", &["color"]),
            ("{ viewer(color: DARK_RD) }", &["DARK_RED"]),
            ("{ viewer(color: red) }", &["RED"]),
            ("{ viewer(wish: { citty: \"x\" }) }", &["city"]),
            ("{ viewer(wish: { colors: [BLUE, BLU] }) }", &["BLUE"]),
            ("{ viewer(wishes: [{ color: \"BLE\" }]) }", &["BLUE"]),
            ("{ viewer(color: \"RED\\\" of type\") }", &[]),
            ("query ($color: Color = REDD) { viewer(color: $color) }", &["RED"]),
            ("query ($color: Colour) { viewer(color: $color) }", &["Color"]),
            ("{ ... on Qery { viewer } }", &["Query"]),
            ("{ ...f } fragment f on Qurey { viewer }", &["Query"]),
            ("{ viewer { id } }", &[]),
        ] {
            let response = runtime.block_on(schema.execute(document));
            assert!(!response.errors.is_empty(), "{document} is valid");
            assert_eq!(
                meant(&response.errors[0].message, &types),
                suggested,
                "{document}: {}",
                response.errors[0].message
            );
        }
    }

    #[test]
    fn suggestions_end_the_message() {
        let suggesting = |message: &str, names: &[&str]| {
            let mut message = message.to_owned();
            add(&mut message, &names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>());
            message
        };
        assert_eq!(
            suggesting("Unknown field.", &["a", "b"]),
            "Unknown field. Did you mean \"a\", \"b\"?"
        );
        assert_eq!(suggesting("`$v` is wrong", &["a"]), "`$v` is wrong. Did you mean \"a\"?");
        assert_eq!(suggesting("wrong", &[]), "wrong");
    }
}
