//! Rules of types of document numbers: their country, the pattern of their numbers, and the checks of these.

use normalization::document_number::{Form, has_only_zeros};
use serde_json::json;
use uuid::Uuid;

use super::entries::{blank, shared};
use super::{Entry, Shared, SharedMut};
use crate::entities::setup::identifier_type::{self, CheckDigit};
use crate::error::{Problem, ProblemCode};
use crate::rules::limits;
use crate::rules::patch::Patch;
use crate::text::pattern;

/// Country of a type that every country can issue; ISO 3166 reserves this code for private use.
pub const ANY_COUNTRY: &str = "ZZ";

/// The longest pattern, in characters.
pub const PATTERN_LENGTH: usize = 200;

/// Maximum number of repeatable numbers of a type.
pub const MOST_REPEATABLE: usize = 50;

/// The longest letters that numbers of a type begin with, in characters.
pub const PREFIX_LENGTH: usize = 4;

/// Form of the numbers of a type; fixed at creation, because stored numbers have this form.
#[derive(Clone, Debug, Default)]
pub struct NumberForm {
    pub prefix: String,
    pub ignores_leading_zeros: bool,
}

/// Fields of types of document numbers only.
#[derive(Clone, Debug, Default)]
pub struct IdentifierTypeOwn {
    /// Cleared: every country.
    pub country: Patch<String>,
    pub pattern: Patch<String>,
    pub check_digit: Patch<CheckDigit>,
    pub repeatable_numbers: Patch<Vec<String>>,
}

impl Entry for identifier_type::Model {
    type Origin = NumberForm;
    type Own = IdentifierTypeOwn;

    shared!();

    fn new(form: NumberForm, id: Uuid, now: i64) -> Self {
        blank!(
            id,
            now,
            country: ANY_COUNTRY.to_owned(),
            pattern: None,
            check_digit: None,
            number_prefix: form.prefix,
            ignores_leading_zeros: form.ignores_leading_zeros,
            repeatable_numbers: json!([])
        )
    }

    fn edit_own(&mut self, own: IdentifierTypeOwn, problems: &mut Vec<Problem>) {
        if let Some(country) = own.country.changed() {
            self.country = country_code(country, problems);
        }
        if let Some(expression) = own.pattern.changed() {
            self.pattern = legal_pattern(expression, problems);
        }
        if let Some(check_digit) = own.check_digit.changed() {
            self.check_digit = check_digit;
        }
        if let Some(numbers) = own.repeatable_numbers.changed() {
            self.repeatable_numbers = repeatable(&self.form(), numbers.unwrap_or_default(), problems);
        }
    }

    fn is_beside(&self, other: &Self) -> bool {
        self.country == other.country
    }
}

fn country_code(country: Option<String>, problems: &mut Vec<Problem>) -> String {
    let Some(country) = country else { return ANY_COUNTRY.to_owned() };
    let country = country.trim().to_uppercase();
    if rust_iso3166::from_alpha2(&country).is_none() {
        problems.push(Problem::new(
            ProblemCode::Invalid,
            &["input", "country"],
            "must be a country as two letters of ISO 3166",
        ));
    }
    country
}

/// The numbers in their canonical form, each once.
fn repeatable(form: &Form<'_>, numbers: Vec<String>, problems: &mut Vec<Problem>) -> serde_json::Value {
    let path = ["input", "repeatableNumbers"];
    if numbers.len() > MOST_REPEATABLE {
        let message = format!("there may be at most {MOST_REPEATABLE}");
        problems.push(Problem::new(ProblemCode::Limit, &path, message));
        return json!([]);
    }
    let mut kept: Vec<String> = Vec::new();
    for (place, number) in numbers.iter().enumerate() {
        let place = place.to_string();
        let path = [path[0], path[1], &place];
        let canonical = form.canonical(number);
        if number.chars().count() > limits::LINE_LENGTH {
            let message = format!("must have at most {} characters", limits::LINE_LENGTH);
            problems.push(Problem::new(ProblemCode::TooLong, &path, message));
        } else if canonical.is_empty() {
            problems.push(Problem::new(ProblemCode::Invalid, &path, "must have a letter or a digit"));
        } else if canonical == form.prefix {
            problems.push(Problem::new(
                ProblemCode::Invalid,
                &path,
                "must have more than the letters that each number begins with",
            ));
        } else if has_only_zeros(&canonical) {
            // No record can have it.
            problems.push(Problem::new(ProblemCode::Invalid, &path, "must have another digit than zero"));
        } else if !kept.contains(&canonical) {
            kept.push(canonical);
        }
    }
    json!(kept)
}

fn legal_pattern(expression: Option<String>, problems: &mut Vec<Problem>) -> Option<String> {
    let path = &["input", "pattern"];
    let expression = limits::optional_text(expression.as_deref(), PATTERN_LENGTH, path, problems)?;
    if expression.chars().count() <= PATTERN_LENGTH && pattern(&expression).is_none() {
        problems.push(Problem::new(
            ProblemCode::Invalid,
            path,
            "must be a regular expression without look-around and references, and not too large when it is unfolded",
        ));
    }
    Some(expression)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::setup::{Draft, create, update};

    fn named(name: &str, own: IdentifierTypeOwn) -> Draft<IdentifierTypeOwn> {
        Draft {
            name: Patch::Set(name.to_owned()),
            own,
            ..Draft::default()
        }
    }

    fn of(country: &str) -> IdentifierTypeOwn {
        IdentifierTypeOwn {
            country: Patch::Set(country.to_owned()),
            ..IdentifierTypeOwn::default()
        }
    }

    fn paths(result: crate::error::Result<()>) -> Vec<(ProblemCode, String)> {
        match result {
            Err(crate::error::Error::Invalid(problems)) => {
                problems.into_iter().map(|problem| (problem.code, problem.path.join("."))).collect()
            }
            other => panic!("expected problems, got {other:?}"),
        }
    }

    #[test]
    fn names_are_unique_within_a_country() {
        let mut rows: Vec<identifier_type::Model> = Vec::new();
        let id = Uuid::from_u128;
        create(&mut rows, id(1), 5, NumberForm::default(), named("DNI", of("pe"))).expect("a type");
        create(&mut rows, id(2), 5, NumberForm::default(), named("DNI", of("AR"))).expect("another country");
        create(
            &mut rows,
            id(3),
            5,
            NumberForm::default(),
            named("DNI", IdentifierTypeOwn::default()),
        )
        .expect("any country");
        assert_eq!(
            rows.iter().map(|row| row.country.as_str()).collect::<Vec<_>>(),
            ["PE", "AR", ANY_COUNTRY]
        );
        assert_eq!(
            paths(create(&mut rows.clone(), id(4), 5, NumberForm::default(), named("dni", of("PE")))),
            [(ProblemCode::Taken, "input.name".to_owned())]
        );
        // It may move to another country, unless its name is taken there.
        let moved = |country: &str| Draft {
            own: of(country),
            ..Draft::default()
        };
        assert_eq!(
            paths(update(&mut rows.clone(), id(2), moved("PE"), None)),
            [(ProblemCode::Taken, "input.name".to_owned())]
        );
        update(&mut rows, id(2), moved("UY"), None).expect("moved");
    }

    #[test]
    fn what_cannot_be_checked_is_refused() {
        let mut rows: Vec<identifier_type::Model> = Vec::new();
        let own = |expression: &str| IdentifierTypeOwn {
            country: Patch::Set("XX".to_owned()),
            pattern: Patch::Set(expression.to_owned()),
            check_digit: Patch::Clear,
            repeatable_numbers: Patch::Keep,
        };
        assert_eq!(
            paths(create(
                &mut rows,
                Uuid::from_u128(1),
                5,
                NumberForm::default(),
                named("A", own("("))
            )),
            [
                (ProblemCode::Invalid, "input.country".to_owned()),
                (ProblemCode::Invalid, "input.pattern".to_owned()),
            ]
        );
        let mut rows: Vec<identifier_type::Model> = Vec::new();
        assert_eq!(
            paths(create(
                &mut rows,
                Uuid::from_u128(1),
                5,
                NumberForm::default(),
                named("A", own(&"x".repeat(201)))
            ))[1],
            (ProblemCode::TooLong, "input.pattern".to_owned())
        );
    }
}
