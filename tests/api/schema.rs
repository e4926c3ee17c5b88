//! The schema as it is kept in the repository is the one that the code has, and every member of it is documented.

use async_graphql::parser::Positioned;
use async_graphql::parser::parse_schema;
use async_graphql::parser::types::{EnumType, FieldDefinition, InputValueDefinition, TypeKind, TypeSystemDefinition};

#[test]
fn the_file_is_what_the_code_has() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/schema.graphql");
    let kept = std::fs::read_to_string(path).expect("schema.graphql is there");
    let is_equal = kept.trim_end() == cartera::schema::sdl().trim_end();
    assert!(
        is_equal,
        "schema.graphql is not what the code has: run `cargo run -- schema > schema.graphql`"
    );
}

/// A description is a sentence that says more than the name.
#[test]
fn every_member_is_documented() {
    let mut silent = Vec::new();
    let mut look = |name: String, description: Option<&str>| {
        if description.is_none_or(|text| text.trim().len() < 10 || !text.trim().ends_with(['.', '`', ':', ')'])) {
            silent.push(format!("{name}: {description:?}"));
        }
    };
    let document = parse_schema(cartera::schema::sdl()).expect("the printed schema is one");
    for definition in &document.definitions {
        let TypeSystemDefinition::Type(definition) = definition else {
            continue;
        };
        let definition = &definition.node;
        let name = definition.name.node.as_str();
        look(name.to_owned(), text(&definition.description));
        match &definition.kind {
            TypeKind::Object(kind) => fields(name, &kind.fields, &mut look),
            TypeKind::Interface(kind) => fields(name, &kind.fields, &mut look),
            TypeKind::InputObject(kind) => inputs(name, &kind.fields, &mut look),
            TypeKind::Enum(kind) => values(name, kind, &mut look),
            TypeKind::Scalar | TypeKind::Union(_) => {}
        }
    }
    assert!(silent.is_empty(), "{silent:#?}");
}

fn fields(parent: &str, fields: &[Positioned<FieldDefinition>], look: &mut impl FnMut(String, Option<&str>)) {
    for field in fields {
        let name = format!("{parent}.{}", field.node.name.node);
        look(name.clone(), text(&field.node.description));
        inputs(&name, &field.node.arguments, look);
    }
}

fn inputs(parent: &str, values: &[Positioned<InputValueDefinition>], look: &mut impl FnMut(String, Option<&str>)) {
    for value in values {
        look(format!("{parent}.{}", value.node.name.node), text(&value.node.description));
    }
}

fn values(parent: &str, kind: &EnumType, look: &mut impl FnMut(String, Option<&str>)) {
    for value in &kind.values {
        look(format!("{parent}.{}", value.node.value.node), text(&value.node.description));
    }
}

fn text(description: &Option<Positioned<String>>) -> Option<&str> {
    description.as_ref().map(|text| &text.node[..])
}
