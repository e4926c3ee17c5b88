//! Tests of what a definition contains: choices, scales, currencies and defaults.

use super::*;

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
