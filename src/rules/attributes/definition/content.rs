//! The parts of a definition that concern its values: choices, rules, when it is required, and the default.

use std::collections::BTreeSet;

use chrono::{DateTime, NaiveDate, Utc};
use rust_decimal::Decimal;
use uuid::Uuid;

use super::{Terms, Validation, invalid, is_text, parsed};
use crate::entities::records::prospect::ProspectKind;
use crate::entities::setup::attribute_definition::{AttributeEntity, AttributeType, Model};
use crate::error::{Problem, ProblemCode};
use crate::rules::attributes::value::{self, GivenValues};
use crate::rules::attributes::{Choice, Definition, Given, MOST_CHOICES, Rules, Value, enum_name, is_key};
use crate::rules::limits;
use crate::rules::patch::Patch;
use crate::rules::setup::identifier_types::PATTERN_LENGTH;
use crate::text::pattern;

/// Characters of an indexed URL; longer keys do not fit into an index of PostgreSQL.
pub(super) const INDEXED_LENGTH: u32 = 500;
/// Characters in the label of a choice.
pub const CHOICE_LABEL_LENGTH: usize = 100;
/// Maximum number of statuses that require a value.
pub const MOST_STATUSES: usize = 500;
/// Names that no value of an enum may have.
const RESERVED_NAMES: [&str; 3] = ["TRUE", "FALSE", "NULL"];

/// When a value is required: always, for kinds of prospect, and on entering statuses.
pub(super) type RequiredPatch = (Patch<bool>, Patch<Vec<ProspectKind>>, Patch<Vec<Uuid>>);

/// Puts the choices into the row. Those that are stored stay, because records may have them.
pub(super) fn set_choices(before: Option<&Model>, row: &mut Model, choices: Patch<Vec<Choice>>, problems: &mut Vec<Problem>) {
    let path = ["input", "choices"];
    let is_choice = row.kind == AttributeType::Choice;
    let present = before.filter(|before| is_choice && before.kind == AttributeType::Choice);
    let present: Vec<Choice> = present.map(|before| parsed(before).choices).unwrap_or_default();
    let is_kept = choices.is_keep();
    let mut choices = match choices {
        Patch::Keep => present.clone(),
        Patch::Clear => Vec::new(),
        Patch::Set(choices) => choices,
    };
    if !is_choice {
        if !choices.is_empty() {
            problems.push(Problem::new(
                ProblemCode::Invalid,
                &path,
                "only an attribute of type CHOICE has choices",
            ));
        }
        row.choices = serde_json::json!([]);
        return;
    }
    if choices.is_empty() {
        problems.push(Problem::new(
            ProblemCode::Required,
            &path,
            "an attribute of type CHOICE has at least one choice",
        ));
    }
    if choices.len() > MOST_CHOICES {
        let message = format!("there can be at most {MOST_CHOICES} choices, retired ones included");
        problems.push(Problem::new(ProblemCode::Limit, &path, message));
        return;
    }
    if !is_kept {
        check_choices(&mut choices, problems);
        for missing in present.iter().filter(|old| choices.iter().all(|choice| choice.key != old.key)) {
            let message = format!(
                "the choice `{}` is missing; records may have it, so it can only be retired",
                missing.key
            );
            problems.push(Problem::new(ProblemCode::Invalid, &path, message));
        }
    }
    row.choices = serde_json::to_value(choices).unwrap_or_default();
}

fn check_choices(choices: &mut [Choice], problems: &mut Vec<Problem>) {
    let mut names = BTreeSet::new();
    let mut has_default = false;
    for (place, choice) in choices.iter_mut().enumerate() {
        let place = place.to_string();
        let path = |field: &'static str| ["input".to_owned(), "choices".to_owned(), place.clone(), field.to_owned()];
        let refuse = |problems: &mut Vec<Problem>, code, field, message: &str| {
            let path = path(field);
            let path: Vec<&str> = path.iter().map(String::as_str).collect();
            problems.push(Problem::new(code, &path, message));
        };
        let name = enum_name(&choice.key);
        if !is_key(&choice.key) {
            let message = "must be 1 to 40 lower-case letters, digits and `_`, beginning with a letter";
            refuse(problems, ProblemCode::Invalid, "key", message);
        } else if RESERVED_NAMES.contains(&&name[..]) {
            refuse(problems, ProblemCode::Invalid, "key", &format!("`{name}` is reserved"));
        } else if !names.insert(name) {
            refuse(problems, ProblemCode::Taken, "key", "another choice has this key");
        }
        let label_path = ["input", "choices", &place, "label"];
        choice.label = limits::required_line(&choice.label, CHOICE_LABEL_LENGTH, &label_path, problems);
        if let Some(color) = &mut choice.color {
            let digits = color.strip_prefix('#').filter(|digits| digits.len() == 6);
            if digits.is_some_and(|digits| digits.bytes().all(|digit| digit.is_ascii_hexdigit())) {
                *color = color.to_ascii_uppercase();
            } else {
                let message = "must be # and six hexadecimal digits, such as #1E88E5";
                refuse(problems, ProblemCode::Invalid, "color", message);
            }
        }
        if choice.is_default && choice.is_retired {
            refuse(problems, ProblemCode::State, "isDefault", "a retired choice cannot be the default");
        } else if choice.is_default && std::mem::replace(&mut has_default, true) {
            refuse(problems, ProblemCode::Invalid, "isDefault", "another choice is the default already");
        }
    }
}

/// The rules with which an edit begins: the present ones, as far as they apply to the type and scale of the row.
pub(super) fn rules_before(before: Option<&Model>, row: &Model, validation: &Patch<Validation>, problems: &mut Vec<Problem>) -> Rules {
    let Some(before) = before.map(parsed) else {
        return Rules::default();
    };
    let mut rules = before.rules.clone();
    if before.kind() != row.kind {
        return Rules {
            required: rules.required,
            ..Rules::default()
        };
    }
    if before.row.scale != row.scale && validation.is_keep() {
        for (bound, field) in [(&mut rules.least, "min"), (&mut rules.greatest, "max")] {
            let Some(stored) = *bound else { continue };
            match value::scaled(value::decimal(&before, stored), row.scale) {
                Ok(number) => *bound = Some(number),
                Err(message) => problems.push(Problem::new(ProblemCode::Invalid, &["input", "validation", field], message)),
            }
        }
    }
    rules
}

/// Puts the rules of values in the place of the present ones.
pub(super) fn set_validation(row: &Model, rules: &mut Rules, validation: Validation, problems: &mut Vec<Problem>) {
    let refuse = |problems: &mut Vec<Problem>, field: &str, message: &str| {
        problems.push(Problem::new(ProblemCode::Invalid, &["input", "validation", field], message));
    };
    let kind = row.kind;
    let is_number = matches!(kind, AttributeType::Integer | AttributeType::Decimal | AttributeType::Money);
    let is_measured = is_text(kind) && kind != AttributeType::Phone;
    for (is_given, is_fitting, field) in [
        (validation.min.is_some(), is_number, "min"),
        (validation.max.is_some(), is_number, "max"),
        (validation.min_date.is_some(), kind == AttributeType::Date, "minDate"),
        (validation.max_date.is_some(), kind == AttributeType::Date, "maxDate"),
        (validation.min_date_time.is_some(), kind == AttributeType::DateTime, "minDateTime"),
        (validation.max_date_time.is_some(), kind == AttributeType::DateTime, "maxDateTime"),
        (validation.min_length.is_some(), is_measured, "minLength"),
        (validation.max_length.is_some(), is_measured, "maxLength"),
        (validation.pattern.is_some(), is_measured, "pattern"),
        (!validation.countries.is_empty(), kind == AttributeType::Phone, "countries"),
    ] {
        if is_given && !is_fitting {
            refuse(problems, field, "does not apply to the type of the attribute");
        }
    }
    let mut number = |bound: Option<Decimal>, field: &str| {
        let scaled = value::scaled(bound.filter(|_| is_number)?, row.scale);
        scaled.map_err(|message| refuse(problems, field, &message)).ok()
    };
    let (min, max) = (number(validation.min, "min"), number(validation.max, "max"));
    let day = |date: Option<NaiveDate>| Some(date?.and_hms_opt(0, 0, 0)?.and_utc().timestamp_millis());
    rules.least = min.or_else(|| day(validation.min_date)).or(validation.min_date_time);
    rules.greatest = max.or_else(|| day(validation.max_date)).or(validation.max_date_time);
    if let (Some(least), Some(greatest)) = (rules.least, rules.greatest)
        && least > greatest
    {
        let field = match kind {
            AttributeType::Date => "maxDate",
            AttributeType::DateTime => "maxDateTime",
            _ => "max",
        };
        refuse(problems, field, "must not be below the minimum");
    }
    let longest = value::longest(kind);
    let mut length = |length: Option<i32>, field: &str| {
        let length = length?;
        match u32::try_from(length) {
            Ok(length) if (1..=longest).contains(&(length as usize)) => Some(length),
            _ => {
                refuse(problems, field, &format!("must be 1 to {longest}"));
                None
            }
        }
    };
    rules.min_length = length(validation.min_length, "minLength");
    rules.max_length = length(validation.max_length, "maxLength");
    if let (Some(least), Some(most)) = (rules.min_length, rules.max_length)
        && least > most
    {
        refuse(problems, "maxLength", "must not be below the minimum");
    }
    rules.pattern = legal_pattern(validation.pattern.as_deref(), problems);
    rules.countries = legal_countries(validation.countries, problems);
}

fn legal_pattern(expression: Option<&str>, problems: &mut Vec<Problem>) -> Option<String> {
    let path = &["input", "validation", "pattern"];
    let expression = limits::optional_text(expression, PATTERN_LENGTH, path, problems)?;
    if expression.chars().count() <= PATTERN_LENGTH && pattern(&expression).is_none() {
        problems.push(Problem::new(
            ProblemCode::Invalid,
            path,
            "must be a regular expression without look-around and references, and not too large when it is unfolded",
        ));
    }
    Some(expression)
}

/// The countries, each once.
fn legal_countries(countries: Vec<String>, problems: &mut Vec<Problem>) -> Vec<String> {
    let path = ["input", "validation", "countries"];
    if countries.len() > rust_iso3166::ALL.len() {
        problems.push(Problem::new(ProblemCode::Limit, &path, "there are not so many countries"));
        return Vec::new();
    }
    let mut legal: Vec<String> = Vec::new();
    for (place, country) in countries.into_iter().enumerate() {
        let country = country.trim().to_uppercase();
        if rust_iso3166::from_alpha2(&country).is_none() {
            problems.push(Problem::new(
                ProblemCode::Invalid,
                &[path[0], path[1], path[2], &place.to_string()],
                "must be a country as two letters of ISO 3166",
            ));
        } else if !legal.contains(&country) {
            legal.push(country);
        }
    }
    legal
}

/// Puts into the rules when a value is required.
pub(super) fn set_required(
    row: &Model,
    rules: &mut Rules,
    (always, kinds, statuses): RequiredPatch,
    terms: Terms<'_>,
    problems: &mut Vec<Problem>,
) {
    if let Some(always) = always.changed() {
        rules.required.always = always.unwrap_or_default();
    }
    if let Some(kinds) = kinds.changed() {
        rules.required.kinds.clear();
        for kind in kinds.unwrap_or_default() {
            if !rules.required.kinds.contains(&kind) {
                rules.required.kinds.push(kind);
            }
        }
    }
    if let Some(statuses) = statuses.changed() {
        let statuses = statuses.unwrap_or_default();
        if statuses.len() > MOST_STATUSES {
            let message = format!("there may be at most {MOST_STATUSES}");
            problems.push(Problem::new(ProblemCode::Limit, &["input", "requiredStatusIds"], message));
            return;
        }
        rules.required.statuses.clear();
        for (place, id) in statuses.into_iter().enumerate() {
            if !terms.statuses.contains(&id) {
                let path = ["input", "requiredStatusIds", &place.to_string()];
                problems.push(Problem::new(ProblemCode::NotFound, &path, "there is no such status"));
            } else if !rules.required.statuses.contains(&id) {
                rules.required.statuses.push(id);
            }
        }
    }
    if row.entity != AttributeEntity::Prospect {
        for (is_empty, field) in [
            (rules.required.kinds.is_empty(), "requiredKinds"),
            (rules.required.statuses.is_empty(), "requiredStatusIds"),
        ] {
            if !is_empty {
                problems.push(invalid(field, "only prospects have it"));
            }
        }
    }
}

/// Puts the rules into the row, with the default: that of the input, the default choice, or the present one if it fits the rules.
pub(super) fn set_default(
    before: Option<&Model>,
    row: &mut Model,
    mut rules: Rules,
    default: Patch<Given>,
    terms: Terms<'_>,
    problems: &mut Vec<Problem>,
) {
    let is_kept = default.is_keep();
    let former = before.filter(|before| before.kind == row.kind).map(parsed);
    let present = rules.default.take();
    let present = former.zip(present).map(|(former, json)| (value::decode(&former, &json), former));
    row.rules = serde_json::to_value(&rules).unwrap_or_default();
    let definition = parsed(row);
    let path = ["input", "default"];
    let checked = match default {
        Patch::Clear => None,
        Patch::Set(_) if matches!(row.kind, AttributeType::Choice | AttributeType::Prospect) => {
            let message = match row.kind {
                AttributeType::Choice => "set `isDefault` of a choice instead",
                _ => "a prospect cannot be the default",
            };
            problems.push(Problem::new(ProblemCode::Invalid, &path, message));
            None
        }
        Patch::Keep if row.kind == AttributeType::Choice => {
            let choice = definition.choices.iter().find(|choice| choice.is_default);
            choice.map(|choice| vec![Value::Choice(choice.key.clone())])
        }
        Patch::Keep => {
            let given = present.and_then(|(values, former)| {
                let given = super::refit::given(&former, &values, row.kind, &definition)?;
                Some(Given {
                    values: given,
                    is_list: row.is_multiple,
                })
            });
            // A user who has been deactivated since stays the default, which new records leave out.
            given.and_then(|given| checked(&definition, &given, terms, problems))
        }
        Patch::Set(given) => {
            let present = present.map(|(values, _)| values).unwrap_or_default();
            if has_users(&given, &present, terms) {
                checked(&definition, &given, terms, problems)
            } else {
                problems.push(Problem::new(ProblemCode::NotFound, &path, "there is no such active user"));
                None
            }
        }
    };
    if row.is_unique && checked.is_some() {
        let field = if is_kept { "isUnique" } else { "default" };
        problems.push(invalid(field, "a unique attribute cannot have a default"));
    }
    let Some(values) = checked.filter(|values| !values.is_empty()) else {
        return;
    };
    let mut encoded: Vec<serde_json::Value> = values.iter().map(value::encode).collect();
    rules.default = Some(if row.is_multiple { encoded.into() } else { encoded.swap_remove(0) });
    row.rules = serde_json::to_value(&rules).unwrap_or_default();
}

fn checked(definition: &Definition, given: &Given, terms: Terms<'_>, problems: &mut Vec<Problem>) -> Option<Vec<Value>> {
    let value_terms = value::Terms {
        country: terms.country,
        present: None,
    };
    value::check(definition, given, value_terms, &["input", "default"], problems)
}

/// Whether all users of a default are active, or are in the present one.
fn has_users(given: &Given, present: &[Value], terms: Terms<'_>) -> bool {
    match &given.values {
        GivenValues::Users(users) => users
            .iter()
            .all(|user| terms.users.contains(user) || present.contains(&Value::Reference(*user))),
        _ => true,
    }
}

/// The unscaled rules of a definition.
pub fn validation_of(definition: &Definition) -> Validation {
    let rules = &definition.rules;
    let number = |bound: Option<i64>| bound.map(|bound| value::decimal(definition, bound));
    let time = |bound: Option<i64>| bound.and_then(DateTime::<Utc>::from_timestamp_millis);
    let length = |length: Option<u32>| length.and_then(|length| i32::try_from(length).ok());
    let mut validation = Validation {
        min_length: length(rules.min_length),
        max_length: length(rules.max_length),
        pattern: rules.pattern.clone(),
        countries: rules.countries.clone(),
        ..Validation::default()
    };
    match definition.kind() {
        AttributeType::Date => {
            validation.min_date = time(rules.least).map(|time| time.date_naive());
            validation.max_date = time(rules.greatest).map(|time| time.date_naive());
        }
        AttributeType::DateTime => (validation.min_date_time, validation.max_date_time) = (rules.least, rules.greatest),
        _ => (validation.min, validation.max) = (number(rules.least), number(rules.greatest)),
    }
    validation
}
