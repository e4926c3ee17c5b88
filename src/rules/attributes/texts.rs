//! Values that are texts: their checks, and the normal form by which they are compared.

use super::Definition;
use crate::entities::setup::attribute_definition::AttributeType;
use crate::error::{Problem, ProblemCode};
use crate::rules::limits::{BODY_LENGTH, LINE_LENGTH, URL_LENGTH, required_line, required_text};
use crate::rules::points::{self, Network};
use crate::rules::profile;
use crate::text::fold;

/// Bytes of the normal form of an indexed text; an index of PostgreSQL takes 2,704 for a row.
const INDEXED_BYTES: usize = 2_500;

/// The text as it is stored; problems are added with the path. None where there is a problem.
pub(super) fn check(definition: &Definition, text: &str, country: &str, path: &[&str], problems: &mut Vec<Problem>) -> Option<String> {
    let before = problems.len();
    let fail = |problems: &mut Vec<Problem>, code, message: String| problems.push(Problem::new(code, path, message));
    let most = definition.rules.max_length.map_or(longest(definition.kind()), |most| most as usize);
    let mut text = match definition.kind() {
        AttributeType::LongText => required_text(text, most, path, problems),
        _ => required_line(text, most, path, problems),
    };
    let length = text.chars().count();
    if let Some(least) = definition.rules.min_length.filter(|least| length < *least as usize) {
        fail(problems, ProblemCode::Invalid, format!("must have at least {least} characters"));
    }
    if problems.len() > before {
        return None;
    }
    match definition.kind() {
        AttributeType::Url if profile::web_address(&text).is_none() => fail(
            problems,
            ProblemCode::Invalid,
            "must be the address of a web page, such as https://www.example.com/page".to_owned(),
        ),
        AttributeType::Email if points::email(&text, Network::Public).is_none() => {
            fail(problems, ProblemCode::Invalid, "must be an e-mail address".to_owned());
        }
        AttributeType::Phone => match points::phone(&text, country) {
            None => fail(problems, ProblemCode::Invalid, "must be a phone number".to_owned()),
            Some(phone) => {
                let countries = &definition.rules.countries;
                let is_allowed = countries.is_empty() || phone.region().is_some_and(|of| countries.contains(&of));
                if !is_allowed {
                    fail(
                        problems,
                        ProblemCode::Invalid,
                        format!("must be a phone number of {}", countries.join(", ")),
                    );
                }
                text = phone.canonical();
            }
        },
        _ => {}
    }
    if definition.pattern.as_ref().is_some_and(|pattern| !pattern.is_match(&text)) {
        fail(
            problems,
            ProblemCode::Invalid,
            "does not have the form that the attribute asks for".to_owned(),
        );
    }
    // Some characters are many in the normal form.
    if is_indexed(definition) && normal_form(definition.kind(), &text).is_some_and(|norm| norm.len() > INDEXED_BYTES) {
        let message =
            format!("is too long: in their normal form, texts of indexed and of multiple attributes have at most {INDEXED_BYTES} bytes");
        fail(problems, ProblemCode::TooLong, message);
    }
    (problems.len() == before).then_some(text)
}

/// Maximum number of characters of a text, where the definition sets no other.
pub fn longest(kind: AttributeType) -> usize {
    match kind {
        AttributeType::LongText => BODY_LENGTH,
        AttributeType::Url => URL_LENGTH,
        _ => LINE_LENGTH,
    }
}

/// Normal form by which a text is compared, if the type has one.
pub fn normal_form(kind: AttributeType, text: &str) -> Option<String> {
    match kind {
        AttributeType::Text | AttributeType::LongText | AttributeType::Url => Some(fold(text)),
        AttributeType::Email => points::email(text, Network::Own).or_else(|| Some(fold(text))),
        // Stored in its canonical form.
        AttributeType::Phone => Some(text.to_owned()),
        _ => None,
    }
}

/// Form by which open search finds a text: without accents, and its domain as people read it. None if it is the normal form for all texts of the
/// type.
pub fn search_form(kind: AttributeType, text: &str) -> Option<String> {
    match kind {
        AttributeType::Email => normal_form(kind, text).map(|norm| fold(&norm)),
        AttributeType::Url => Some(fold(&profile::readable_address(text))),
        _ => None,
    }
}

/// Whether the values are in an index.
fn is_indexed(definition: &Definition) -> bool {
    let row = &definition.row;
    row.kind != AttributeType::LongText && (row.is_indexed || row.is_unique || row.is_multiple)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn emails_and_addresses_are_searched_without_accents() {
        for (kind, text, normal, searched) in [
            (
                AttributeType::Email,
                "José@Müller.example",
                "josé@müller.example",
                "jose@muller.example",
            ),
            (
                AttributeType::Email,
                "ana@xn--mller-kva.example",
                "ana@müller.example",
                "ana@muller.example",
            ),
            (AttributeType::Email, "ana@x.example", "ana@x.example", "ana@x.example"),
            (
                AttributeType::Url,
                "https://Peña.example/Año",
                "https://pena.example/ano",
                "https://pena.example/ano",
            ),
            (
                AttributeType::Url,
                "https://XN--mller-kva.example:80/a",
                "https://xn--mller-kva.example:80/a",
                "https://muller.example:80/a",
            ),
        ] {
            assert_eq!(normal_form(kind, text).as_deref(), Some(normal), "{text}");
            assert_eq!(search_form(kind, text).as_deref(), Some(searched), "{text}");
        }
        assert_eq!(search_form(AttributeType::Text, "José"), None);
    }
}
