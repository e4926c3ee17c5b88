//! Tests of the decisions about definitions.

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
fn choices_have_keys_and_one_default() {
    let with = |choices: Vec<Choice>| Draft {
        choices: Patch::Set(choices),
        ..draft(AttributeType::Choice)
    };
    assert_eq!(refused("brand", draft(AttributeType::Choice)), ["Required input.choices"]);
    let default = |key: &str| Choice {
        is_default: true,
        ..choice(key)
    };
    let retired = Choice {
        is_retired: true,
        ..default("d")
    };
    let bad_color = Choice {
        color: Some("red".to_owned()),
        ..choice("e")
    };
    assert_eq!(
        refused(
            "brand",
            with(vec![
                choice("true"),
                choice("A"),
                default("b"),
                choice("b"),
                default("c"),
                retired,
                bad_color
            ])
        ),
        [
            "Invalid input.choices.0.key",
            "Invalid input.choices.1.key",
            "Taken input.choices.3.key",
            "Invalid input.choices.4.isDefault",
            "State input.choices.5.isDefault",
            "Invalid input.choices.6.color",
        ]
    );
    let many = (0..201).map(|number| choice(&format!("c{number}"))).collect();
    assert_eq!(refused("brand", with(many)), ["Limit input.choices"]);
    let row = made("brand", with(vec![choice("acme"), default("globex")]));
    assert_eq!(row.rules["default"], json!("globex"));
    // Stored choices stay.
    let rows = [row];
    let fewer = Draft {
        choices: Patch::Set(vec![choice("acme"), choice("initech")]),
        ..Draft::default()
    };
    assert_eq!(problems(update(&rows, rows[0].id, &fewer, None, TERMS)), ["Invalid input.choices"]);
    let more = Draft {
        choices: Patch::Set(vec![choice("globex"), choice("acme"), choice("initech")]),
        ..Draft::default()
    };
    let row = update(&rows, rows[0].id, &more, None, TERMS).expect("one more, in another order, without a default");
    assert_eq!(row.rules.get("default"), None);
    assert_eq!(row.choices[0]["key"], json!("globex"));
}

#[test]
fn scale_and_currency_follow_the_type() {
    assert_eq!(made("a", draft(AttributeType::Decimal)).scale, 2);
    let of = |code: &str| Draft {
        currency: Patch::Set(code.to_owned()),
        ..draft(AttributeType::Money)
    };
    let money = made("a", of("JPY"));
    assert_eq!((money.scale, money.currency.as_deref()), (0, Some("JPY")));
    let money = made("a", draft(AttributeType::Money));
    assert_eq!((money.scale, money.currency.as_deref()), (2, Some("USD")));
    for scale in [-1, 10] {
        let draft = Draft {
            scale: Patch::Set(scale),
            ..draft(AttributeType::Decimal)
        };
        assert_eq!(refused("a", draft), ["Invalid input.scale"]);
    }
    // Bounds follow the scale.
    let row = made(
        "a",
        Draft {
            validation: validation(Validation {
                max: Some(Decimal::new(1_050, 2)),
                ..Validation::default()
            }),
            ..draft(AttributeType::Decimal)
        },
    );
    assert_eq!(row.rules["greatest"], json!(1_050));
    let scaled = |scale: i32| Draft {
        scale: Patch::Set(scale),
        ..Draft::default()
    };
    let rows = [row];
    let row = update(&rows, rows[0].id, &scaled(4), None, TERMS).expect("more decimals");
    assert_eq!((row.scale, &row.rules["greatest"]), (4, &json!(105_000)));
    assert_eq!(
        problems(update(&rows, rows[0].id, &scaled(0), None, TERMS)),
        ["Invalid input.validation.max"]
    );
}

#[test]
fn defaults_keep_the_rules() {
    let with = |default: GivenValues| Draft {
        default: Patch::Set(Given {
            values: default,
            is_list: false,
        }),
        validation: validation(Validation {
            max: Some(Decimal::from(10)),
            ..Validation::default()
        }),
        ..draft(AttributeType::Integer)
    };
    assert_eq!(
        refused("a", with(GivenValues::Numbers(vec![Decimal::from(11)]))),
        ["Invalid input.default"]
    );
    assert_eq!(refused("a", with(GivenValues::Boolean(true))), ["Invalid input.default"]);
    let rows = [made("a", with(GivenValues::Numbers(vec![Decimal::from(9)])))];
    assert_eq!(rows[0].rules["default"], json!(9));
    let narrower = Draft {
        validation: validation(Validation {
            max: Some(Decimal::from(8)),
            ..Validation::default()
        }),
        ..Draft::default()
    };
    assert_eq!(
        problems(update(&rows, rows[0].id, &narrower, None, TERMS)),
        ["Invalid input.default"]
    );
    let unique = Draft {
        is_unique: Patch::Set(true),
        ..Draft::default()
    };
    assert_eq!(
        problems(update(&rows, rows[0].id, &unique, None, TERMS)),
        ["Invalid input.isUnique"]
    );
    // Of another type it is none any more.
    let row = update(&rows, rows[0].id, &draft(AttributeType::Boolean), None, TERMS).expect("a boolean");
    assert_eq!(row.rules.get("default"), None);
    let user = |id| Draft {
        default: Patch::Set(Given {
            values: GivenValues::Users(vec![id]),
            is_list: false,
        }),
        ..draft(AttributeType::User)
    };
    let row = made("a", user(USER));
    assert_eq!(row.rules["default"], json!(USER.to_string()));
    // A default who has been deactivated since stays, also where it is sent once more.
    let later = Terms { users: &[], ..TERMS };
    for draft in [Draft::default(), user(USER)] {
        let same = update(std::slice::from_ref(&row), row.id, &draft, None, later).expect("an edit");
        assert_eq!(same.rules, row.rules);
    }
    assert_eq!(
        problems(update(std::slice::from_ref(&row), row.id, &user(STATUS), None, later)),
        ["NotFound input.default"]
    );
    assert_eq!(refused("a", user(STATUS)), ["NotFound input.default"]);
}

#[test]
fn an_index_is_built_where_it_is_wanted() {
    let indexed = Draft {
        is_indexed: Patch::Set(true),
        ..draft(AttributeType::Integer)
    };
    let mut row = made("a", indexed);
    row.index_state = IndexState::Ready;
    let id = row.id;
    let next = |row: &Model, draft: Draft| update(std::slice::from_ref(row), id, &draft, None, TERMS);
    let label = Draft {
        label: Patch::Set("Other".to_owned()),
        ..Draft::default()
    };
    assert_eq!(next(&row, label).expect("a label").index_state, IndexState::Ready);
    let unique = Draft {
        is_unique: Patch::Set(true),
        ..Draft::default()
    };
    assert_eq!(next(&row, unique).expect("unique").index_state, IndexState::Building);
    assert_eq!(problems(next(&row, draft(AttributeType::Text))), ["State input.type"]);
    let off = Draft {
        is_indexed: Patch::Set(false),
        ..Draft::default()
    };
    assert_eq!(next(&row, off).expect("no index").index_state, IndexState::None);
    row.index_state = IndexState::Failed;
    let again = Draft {
        is_indexed: Patch::Set(true),
        ..Draft::default()
    };
    assert_eq!(next(&row, again).expect("once more").index_state, IndexState::Building);
    let long_url = Draft {
        is_unique: Patch::Set(true),
        ..draft(AttributeType::Url)
    };
    assert_eq!(refused("a", long_url), ["Invalid input.isUnique"]);
}

#[test]
fn the_state_says_whether_an_index_is_missing() {
    let both = Draft {
        is_indexed: Patch::Set(true),
        is_unique: Patch::Set(true),
        ..draft(AttributeType::Integer)
    };
    let mut row = made("a", both);
    row.index_state = IndexState::Ready;
    let next = |row: &Model, is_indexed: Patch<bool>, is_unique: Patch<bool>| {
        let draft = Draft {
            is_indexed,
            is_unique,
            ..Draft::default()
        };
        update(std::slice::from_ref(row), row.id, &draft, None, TERMS).expect("an edit")
    };
    // One of the two only goes.
    let unique = next(&row, Patch::Set(false), Patch::Keep);
    assert_eq!((unique.is_unique, unique.index_state), (true, IndexState::Ready));
    assert_eq!(next(&row, Patch::Keep, Patch::Set(false)).index_state, IndexState::Ready);
    // And comes back.
    assert_eq!(next(&unique, Patch::Set(true), Patch::Keep).index_state, IndexState::Building);
    // A retired definition has none, whatever is asked for, until it is restored.
    let retired = retire(std::slice::from_ref(&row), row.id, 9).expect("it is in use");
    assert_eq!(retired.index_state, IndexState::None);
    assert_eq!(next(&retired, Patch::Set(true), Patch::Keep).index_state, IndexState::None);
    let restored = restore(std::slice::from_ref(&retired), row.id).expect("it is retired");
    assert_eq!(restored.index_state, IndexState::Building);
}

#[test]
fn the_currency_of_stored_amounts_stays() {
    let money = |code: &str| Draft {
        currency: Patch::Set(code.to_owned()),
        ..draft(AttributeType::Money)
    };
    let row = made("a", money("USD"));
    let rows = std::slice::from_ref(&row);
    assert_eq!(
        update(rows, row.id, &money("EUR"), None, TERMS)
            .expect("no values")
            .currency
            .as_deref(),
        Some("EUR")
    );
    let stored = Terms { has_values: true, ..TERMS };
    assert_eq!(
        problems(update(rows, row.id, &money("EUR"), None, stored)),
        ["State input.currency"]
    );
    update(rows, row.id, &money("USD"), None, stored).expect("the same currency");
}

#[test]
fn attributes_of_tasks_are_not_searched() {
    let searched = Draft {
        is_searchable: Patch::Set(true),
        ..draft(AttributeType::Text)
    };
    for (entity, is_allowed) in [
        (AttributeEntity::Prospect, true),
        (AttributeEntity::Client, true),
        (AttributeEntity::Contact, true),
        (AttributeEntity::Task, false),
    ] {
        let origin = Origin { entity, ..origin("a") };
        match create(&[], Uuid::from_u128(1), &origin, &searched, TERMS) {
            Ok(_) => assert!(is_allowed, "{entity:?}"),
            refused => assert_eq!(
                (problems(refused), is_allowed),
                (vec!["Invalid input.isSearchable".to_owned()], false)
            ),
        }
    }
}

fn parsed_as(row: Model) -> Definition {
    parsed(&row)
}

#[test]
fn values_are_converted_where_they_can_be() {
    let before = parsed_as(made("a", draft(AttributeType::Text)));
    let after = parsed_as(made("a", draft(AttributeType::Integer)));
    assert!(is_needed(&before, &after) && !is_needed(&before, &before));
    assert_eq!(refit(&before, &after, &json!("12"), "VE").kept, [Value::Number(12)]);
    let lost = Refit {
        kept: Vec::new(),
        lost: vec![Value::Text("a dozen".to_owned())],
    };
    assert_eq!(refit(&before, &after, &json!("a dozen"), "VE"), lost);
    assert_eq!(refit(&after, &before, &json!(12), "VE").kept, [Value::Text("12".to_owned())]);
    let decimal = parsed_as(made("a", draft(AttributeType::Decimal)));
    assert_eq!(refit(&decimal, &after, &json!(25_000), "VE").kept, [Value::Number(250)]);
    assert_eq!(refit(&decimal, &after, &json!(25_050), "VE").lost, [Value::Number(25_050)]);
    let choices = Draft {
        choices: Patch::Set(vec![Choice {
            label: "Acmé".to_owned(),
            is_retired: false,
            ..choice("acme")
        }]),
        ..draft(AttributeType::Choice)
    };
    let choices = parsed_as(made("a", choices));
    assert_eq!(
        refit(&before, &choices, &json!("ACME"), "VE").kept,
        [Value::Choice("acme".to_owned())]
    );
    assert_eq!(
        refit(&choices, &before, &json!("acme"), "VE").kept,
        [Value::Text("Acmé".to_owned())]
    );
    let day = parsed_as(made("a", draft(AttributeType::Date)));
    let time = parsed_as(made("a", draft(AttributeType::DateTime)));
    assert_eq!(refit(&time, &day, &json!(86_400_001), "VE").kept, [Value::Date(86_400_000)]);
    let user = parsed_as(made("a", draft(AttributeType::User)));
    assert_eq!(refit(&user, &before, &json!(USER.to_string()), "VE").lost, [Value::Reference(USER)]);
}

#[test]
fn only_a_narrower_rule_looks_at_values() {
    let with = |rules: Validation| {
        parsed_as(made(
            "a",
            Draft {
                validation: validation(rules),
                ..draft(AttributeType::Phone)
            },
        ))
    };
    let of = |countries: &[&str]| {
        with(Validation {
            countries: countries.iter().map(|country| (*country).to_owned()).collect(),
            ..Validation::default()
        })
    };
    assert!(is_needed(&of(&[]), &of(&["VE"])) && is_needed(&of(&["VE", "CO"]), &of(&["CO", "PE"])));
    assert!(!is_needed(&of(&["VE"]), &of(&[])) && !is_needed(&of(&["VE"]), &of(&["CO", "VE"])));
    let refit = refit(&of(&[]), &of(&["CO"]), &json!("+584141234567"), "VE");
    assert_eq!(refit.lost, [Value::Text("+584141234567".to_owned())]);
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
