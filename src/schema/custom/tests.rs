//! The types that are made from definitions.

use std::sync::Arc;

use super::*;
use crate::entities::setup::attribute_definition::{self, AttributeType, AttributeVisibility};
use crate::rules::attributes::{Definitions, Given, GivenValues};
use crate::rules::patch::Patch;
use crate::schema;
use async_graphql::{InputType, Name, Value};
use serde_json::json;
use uuid::Uuid;

fn row(entity: AttributeEntity, key: &str, kind: AttributeType) -> attribute_definition::Model {
    attribute_definition::Model::new(Uuid::now_v7(), entity, key, kind, 0)
}

fn sets(rows: Vec<attribute_definition::Model>) -> FieldSets {
    let rows: Vec<_> = rows.into_iter().map(Arc::new).collect();
    FieldSets::new(&Definitions::new(&rows), 1_000, 100)
}

/// The definition of a type in the printed schema.
fn printed(sdl: &str, name: &str) -> Option<String> {
    let starts = ["type", "input", "enum"].map(|kind| format!("\n{kind} {name} "));
    let start = starts.iter().find_map(|start| sdl.find(start.as_str()))?;
    let end = sdl[start..].find("\n}")?;
    Some(sdl[start + 1..start + end + 2].to_owned())
}

#[test]
fn without_definitions_there_is_no_type() {
    let sdl = schema::sdl();
    for (_, name) in RECORDS {
        assert!(TYPES.iter().all(|end| printed(&sdl, &format!("{name}{end}")).is_none()), "{name}");
    }
    assert!(!sdl.contains(" custom:"));
}

#[test]
fn definitions_become_fields_of_their_types() {
    let mut brand = row(AttributeEntity::Prospect, "brand_name", AttributeType::Choice);
    brand.choices =
        json!([{ "key": "acme", "label": "Acme \"\"\" } type Evil { a: Int }" }, { "key": "old", "label": "Old", "isRetired": true }]);
    brand.is_multiple = true;
    let mut code = row(AttributeEntity::Prospect, "code", AttributeType::Text);
    code.rules = json!({ "required": { "always": true } });
    code.description = Some("Ends a description: \"\"\"\n}".to_owned());
    let mut gone = row(AttributeEntity::Prospect, "gone", AttributeType::Date);
    gone.retired_at = Some(950);
    let mut old = row(AttributeEntity::Prospect, "old", AttributeType::Date);
    old.retired_at = Some(800);
    let visit = row(AttributeEntity::Task, "visit", AttributeType::DateTime);
    let sets = sets(vec![brand, code, gone, old, visit]);
    assert!(Arc::ptr_eq(&sets.administrators, &sets.others));
    assert_eq!(sets.until, Some(1_050));
    let sdl = schema::sdl_with(&sets.others);
    async_graphql::parser::parse_schema(&sdl).expect("the schema can be read");
    let custom = printed(&sdl, "ProspectCustom").expect("a type");
    for line in [
        "brandName: [ProspectBrandNameChoice!]!",
        "code: String\n",
        "gone: Date @deprecated(reason: \"Retired\")",
    ] {
        assert!(custom.contains(line), "{custom}");
    }
    assert!(!custom.contains(" old:"), "{custom}");
    assert!(printed(&sdl, "ProspectBrandNameChoice").is_some_and(|text| text.contains("ACME") && text.contains("OLD @deprecated")));
    let create = printed(&sdl, "ProspectCustomCreateInput").expect("a type");
    assert!(
        create.contains("code: String!") && create.contains("brandName: [ProspectBrandNameChoice!]\n"),
        "{create}"
    );
    let update = printed(&sdl, "ProspectCustomUpdateInput").expect("a type");
    assert!(update.contains("code: String\n"), "{update}");
    assert!(printed(&sdl, "TaskCustom").is_some() && printed(&sdl, "ClientCustom").is_none());
    assert!(printed(&sdl, "Evil").is_none());
}

#[test]
fn what_is_for_administrators_is_in_their_schema_alone() {
    let mut margin = row(AttributeEntity::Prospect, "margin", AttributeType::Integer);
    margin.visibility = AttributeVisibility::Admin;
    let sets = sets(vec![margin]);
    assert!(schema::sdl_with(&sets.administrators).contains("margin: Int"));
    assert_eq!(schema::sdl_with(&sets.others), schema::sdl());
}

#[test]
fn names_of_choices_become_keys_from_documents_and_variables() {
    let mut brand = row(AttributeEntity::Prospect, "brand", AttributeType::Choice);
    brand.choices = json!([{ "key": "acme", "label": "Acme" }]);
    brand.is_multiple = true;
    let sets = sets(vec![brand]);
    let field = sets.others.find(AttributeEntity::Prospect, "brand").expect("a field");
    let expected = Patch::Set(Given {
        values: GivenValues::Choices(vec!["acme".to_owned()]),
        is_list: true,
    });
    let (name, text) = (Value::Enum(Name::new("ACME")), Value::String("ACME".to_owned()));
    for given in [Value::List(vec![name.clone()]), Value::List(vec![text.clone()]), name.clone()] {
        assert_eq!(inputs::patch(field, given).expect("a value"), expected);
    }
    assert_eq!(inputs::patch(field, Value::Null).expect("a value"), Patch::Clear);
    for value in [name, text] {
        let condition = Value::from_json(json!({ "brand": { "any": null } })).expect("a value");
        let Value::Object(mut members) = condition else {
            panic!("an object")
        };
        let any = [(Name::new("any"), Value::List(vec![value]))].into_iter().collect();
        members.insert(Name::new("brand"), Value::Object(any));
        let filter = CustomFilter::<OfProspect>::parse(Some(Value::Object(members))).expect("a filter");
        let generic = filter
            .into_values(&sets.others)
            .into_iter()
            .map(|value| value.into_json().expect("JSON"));
        assert_eq!(
            generic.collect::<Vec<_>>(),
            [json!({ "key": "brand", "choice": { "any": ["acme"] } })]
        );
    }
}

/// 500 definitions of each kind of record, of all types; prints how long a schema takes.
#[test]
fn a_schema_with_as_many_definitions_as_there_may_be_can_be_built() {
    let kinds = [
        AttributeType::Text,
        AttributeType::LongText,
        AttributeType::Integer,
        AttributeType::Decimal,
        AttributeType::Boolean,
        AttributeType::Date,
        AttributeType::DateTime,
        AttributeType::Choice,
        AttributeType::User,
        AttributeType::Prospect,
    ];
    let rows = RECORDS.iter().flat_map(|(entity, _)| {
        (0..500).map(move |number| {
            let mut row = row(*entity, &format!("key_{number}"), kinds[number % kinds.len()]);
            let choices: Vec<_> = (0..20).map(|choice| json!({ "key": format!("c{choice}"), "label": "C" })).collect();
            row.choices = json!(choices);
            row
        })
    });
    let sets = sets(rows.collect());
    let started = std::time::Instant::now();
    let api = schema::build(&sets.others);
    let built = started.elapsed();
    let sdl = api.strict.sdl();
    println!(
        "2 x 2,000 definitions: {built:?}, and {:?} with {} bytes of text",
        started.elapsed(),
        sdl.len()
    );
    assert!(sdl.contains("key499: Prospect"));
}
