//! Tests of the decisions about definitions: keys, limits and orders; helpers of the other tests.

mod content;
mod indexes;
mod refit;

use serde_json::json;

use super::refit::{Refit, is_needed, refit};
use super::*;
use crate::entities::setup::attribute_definition::IndexState;
use crate::rules::attributes::value::GivenValues;
use crate::rules::attributes::{MOST_INDEXES, Value};

const STATUS: Uuid = Uuid::from_u128(77);
const USER: Uuid = Uuid::from_u128(88);
const TERMS: Terms<'static> = Terms {
    currency: "USD",
    country: "VE",
    statuses: &[STATUS],
    users: &[USER],
    has_values: false,
    now: 5,
};

fn origin(key: &str) -> Origin {
    Origin {
        entity: AttributeEntity::Prospect,
        key: key.to_owned(),
        is_multiple: false,
    }
}

fn draft(kind: AttributeType) -> Draft {
    Draft {
        label: Patch::Set("Label".to_owned()),
        kind: Patch::Set(kind),
        ..Draft::default()
    }
}

fn choice(key: &str) -> Choice {
    Choice {
        key: key.to_owned(),
        label: key.to_owned(),
        color: None,
        is_default: false,
        is_retired: false,
    }
}

fn made(key: &str, draft: Draft) -> Model {
    create(&[], Uuid::from_u128(1), &origin(key), &draft, TERMS).expect("a definition")
}

fn problems<T: std::fmt::Debug>(result: Result<T>) -> Vec<String> {
    match result {
        Err(Error::Invalid(problems)) => problems
            .into_iter()
            .map(|problem| format!("{:?} {}", problem.code, problem.path.join(".")))
            .collect(),
        other => panic!("expected problems, got {other:?}"),
    }
}

fn refused(key: &str, draft: Draft) -> Vec<String> {
    problems(create(&[], Uuid::from_u128(1), &origin(key), &draft, TERMS))
}

fn validation(validation: Validation) -> Patch<Validation> {
    Patch::Set(validation)
}

#[test]
fn keys_are_reserved_or_taken() {
    let text = || draft(AttributeType::Text);
    for key in ["", "A", "id", "attributes", "custom", "__typename", "not", "ñ"] {
        assert_eq!(refused(key, text()), ["Invalid input.key"], "{key}");
    }
    let row = made("industry_code", text());
    for key in ["industry_code", "industry__code", "industry_code_"] {
        let again = create(std::slice::from_ref(&row), Uuid::from_u128(2), &origin(key), &text(), TERMS);
        assert_eq!(problems(again), ["Taken input.key"], "{key}");
    }
    // Another kind of record may have the same key.
    let other = Origin {
        entity: AttributeEntity::Task,
        ..origin("industry_code")
    };
    let other = create(&[row], Uuid::from_u128(2), &other, &text(), TERMS).expect("another kind of record");
    assert_eq!((other.position, other.version, other.index_state), (0, 1, IndexState::None));
}

#[test]
fn numbers_of_definitions_and_indexes_are_limited() {
    let rows: Vec<Model> = (0..MOST_DEFINITIONS as u128)
        .map(|number| Model {
            id: Uuid::from_u128(number + 1),
            key: format!("k{number}"),
            is_indexed: number < MOST_INDEXES as u128,
            position: number as i32,
            ..made("k", draft(AttributeType::Integer))
        })
        .collect();
    let full = create(
        &rows,
        Uuid::from_u128(9_999),
        &origin("one_more"),
        &draft(AttributeType::Text),
        TERMS,
    );
    assert_eq!(problems(full), ["Limit input"]);
    let indexed = Draft {
        is_indexed: Patch::Set(true),
        ..draft(AttributeType::Integer)
    };
    let full = create(&rows[..20], Uuid::from_u128(9_999), &origin("one_more"), &indexed, TERMS);
    assert_eq!(problems(full), ["Limit input.isIndexed"]);
    let last = create(&rows[..15], Uuid::from_u128(9_999), &origin("one_more"), &indexed, TERMS).expect("the sixteenth");
    assert_eq!((last.index_state, last.position), (IndexState::Building, 15));
    // One that has an index may become unique.
    let unique = Draft {
        is_unique: Patch::Set(true),
        ..Draft::default()
    };
    update(&rows[..20], rows[0].id, &unique, None, TERMS).expect("it has an index already");
}

#[test]
fn all_problems_come_together() {
    let draft = Draft {
        label: Patch::Set(" ".to_owned()),
        scale: Patch::Set(2),
        currency: Patch::Set("USD".to_owned()),
        choices: Patch::Set(vec![choice("a")]),
        required_statuses: Patch::Set(vec![Uuid::nil()]),
        is_searchable: Patch::Set(true),
        is_unique: Patch::Set(true),
        validation: validation(Validation {
            min_length: Some(2),
            countries: vec!["XX".to_owned()],
            ..Validation::default()
        }),
        ..draft(AttributeType::Boolean)
    };
    assert_eq!(
        refused("id", draft),
        [
            "Invalid input.key",
            "Required input.label",
            "Invalid input.scale",
            "Invalid input.currency",
            "Invalid input.choices",
            "Invalid input.validation.minLength",
            "Invalid input.validation.countries",
            "Invalid input.validation.countries.0",
            "NotFound input.requiredStatusIds.0",
            "Invalid input.isUnique",
            "Invalid input.isSearchable",
        ]
    );
}

#[test]
fn the_order_is_that_of_the_list() {
    let rows: Vec<Model> = (0..4)
        .map(|number| Model {
            id: Uuid::from_u128(number + 1),
            key: format!("k{number}"),
            position: number as i32,
            retired_at: (number == 0).then_some(1),
            ..made("k", draft(AttributeType::Integer))
        })
        .collect();
    let id = |number: u128| Uuid::from_u128(number + 1);
    let ordered = |ids: &[Uuid]| reorder(&rows, AttributeEntity::Prospect, ids);
    let keys = |rows: Vec<Model>| rows.into_iter().map(|row| (row.key, row.position)).collect::<Vec<_>>();
    let expected = [("k3", 0), ("k1", 1), ("k2", 2), ("k0", 3)].map(|(key, position)| (key.to_owned(), position));
    assert_eq!(keys(ordered(&[id(3), id(1), id(2)]).expect("an order")), expected);
    assert_eq!(
        problems(ordered(&[id(3), id(3), id(0), id(9)])),
        [
            "Invalid input.ids.1",
            "State input.ids.2",
            "NotFound input.ids.3",
            "Invalid input.ids",
        ]
    );
}
