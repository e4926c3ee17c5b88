//! How types of document numbers are edited: their country, the pattern of their numbers, and how these are checked.

use uuid::Uuid;

use super::entries::{blank, shared};
use super::{Edit, Entry, Shared, SharedMut};
use crate::entities::setup::identifier_type::{self, CheckDigit};
use crate::error::{Problem, ProblemCode};
use crate::rules::limits;
use crate::text::pattern;

/// What a type of document number has for a country when every country can issue it; ISO 3166 leaves this code to its users.
pub const ANY_COUNTRY: &str = "ZZ";

/// The longest pattern, in characters.
pub const PATTERN_LENGTH: usize = 200;

/// What types of document numbers have of their own.
#[derive(Clone, Debug, Default)]
pub struct IdentifierTypeOwn {
    /// Cleared: every country.
    pub country: Edit<String>,
    pub pattern: Edit<String>,
    pub check_digit: Edit<CheckDigit>,
}

impl Entry for identifier_type::Model {
    type Origin = ();
    type Own = IdentifierTypeOwn;

    shared!();

    fn new((): (), id: Uuid, now: i64) -> Self {
        blank!(id, now, country: ANY_COUNTRY.to_owned(), pattern: None, check_digit: None)
    }

    fn edit_own(&mut self, own: IdentifierTypeOwn, problems: &mut Vec<Problem>) {
        if let Some(country) = own.country {
            self.country = country_code(country, problems);
        }
        if let Some(expression) = own.pattern {
            self.pattern = legal_pattern(expression, problems);
        }
        if let Some(check_digit) = own.check_digit {
            self.check_digit = check_digit;
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
            name: Some(Some(name.to_owned())),
            own,
            ..Draft::default()
        }
    }

    fn of(country: &str) -> IdentifierTypeOwn {
        IdentifierTypeOwn {
            country: Some(Some(country.to_owned())),
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
        create(&mut rows, id(1), 5, (), named("DNI", of("pe"))).expect("a type");
        create(&mut rows, id(2), 5, (), named("DNI", of("AR"))).expect("another country");
        create(&mut rows, id(3), 5, (), named("DNI", IdentifierTypeOwn::default())).expect("any country");
        assert_eq!(
            rows.iter().map(|row| row.country.as_str()).collect::<Vec<_>>(),
            ["PE", "AR", ANY_COUNTRY]
        );
        assert_eq!(
            paths(create(&mut rows.clone(), id(4), 5, (), named("dni", of("PE")))),
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
            country: Some(Some("XX".to_owned())),
            pattern: Some(Some(expression.to_owned())),
            check_digit: Some(None),
        };
        assert_eq!(
            paths(create(&mut rows, Uuid::from_u128(1), 5, (), named("A", own("(")))),
            [
                (ProblemCode::Invalid, "input.country".to_owned()),
                (ProblemCode::Invalid, "input.pattern".to_owned()),
            ]
        );
        let mut rows: Vec<identifier_type::Model> = Vec::new();
        assert_eq!(
            paths(create(&mut rows, Uuid::from_u128(1), 5, (), named("A", own(&"x".repeat(201)))))[1],
            (ProblemCode::TooLong, "input.pattern".to_owned())
        );
    }
}
