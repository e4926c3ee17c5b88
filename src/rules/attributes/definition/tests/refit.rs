//! Tests of stored values under a changed definition.

use super::*;

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
