//! Document numbers in the form of each country, no two alike.

use super::dice::scatter;
use crate::entities::records::prospect::ProspectKind;
use crate::entities::setup::identifier_type::CheckDigit;
use crate::rules::check_digits::are_right;

/// The document number of the prospect with that index, as a user would enter it.
///
/// Numbers of one country and kind all differ, because each follows from the index by an invertible function.
pub fn document(country: &str, kind: ProspectKind, index: u64, seed: u64) -> String {
    let is_company = kind == ProspectKind::Company;
    match (country, is_company) {
        ("VE", false) => format!("V-{}", dotted(3_000_000 + scatter(index, 29_000_000, seed))),
        ("VE", true) => {
            let number = 30_000_000 + scatter(index, 20_000_000, seed);
            checked(CheckDigit::VeRif, &format!("J-{number:08}-"))
        }
        ("ES", false) => {
            let number = scatter(index, 100_000_000, seed);
            format!("{number:08}{}", char::from(SPANISH_CHECK_LETTERS[(number % 23) as usize]))
        }
        // The number of a company has seven digits; so that there are enough, the letter in front varies too.
        ("ES", true) => {
            let number = scatter(index, 40_000_000, seed);
            let letter = ["A", "B", "F", "G"][(number / 10_000_000) as usize];
            checked(CheckDigit::EsNif, &format!("{letter}{:07}", number % 10_000_000))
        }
        ("CO", false) => dotted(1_000_000_000 + scatter(index, 250_000_000, seed)),
        ("CO", true) => checked(
            CheckDigit::CoNit,
            &format!("{}-", dotted(800_000_000 + scatter(index, 150_000_000, seed))),
        ),
        ("MX", true) => mexican_company(scatter(index, DAYS * 46_656, seed)),
        ("MX", false) => mexican_person(scatter(index, DAYS * 46_656, seed)),
        ("AR", false) => dotted(10_000_000 + scatter(index, 50_000_000, seed)),
        ("AR", true) => argentine(scatter(index, 100_000_000, seed)),
        // People and companies share one series of numbers here.
        ("CL", _) => chilean(5_000_000 + scatter(index, 90_000_000, seed)),
        ("US", true) => {
            let number = 100_000_000 + scatter(index, 800_000_000, seed);
            format!("{}-{}", number / 10_000_000, number % 10_000_000)
        }
        ("GB", true) => format!("{:08}", scatter(index, 100_000_000, seed)),
        _ => format!("{:09}", 100_000_000 + scatter(index, 800_000_000, seed)),
    }
}

const SPANISH_CHECK_LETTERS: &[u8; 23] = b"TRWAGMYFPDXBNJZSQVHLCKE";

const CONSONANTS: &[u8; 21] = b"BCDFGHJKLMNPQRSTVWXYZ";

/// Number of dates of birth or foundation in use.
const DAYS: u64 = 28 * 12 * 60;

fn dotted(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + 3);
    for (position, digit) in digits.chars().enumerate() {
        if position > 0 && (digits.len() - position).is_multiple_of(3) {
            text.push('.');
        }
        text.push(digit);
    }
    text
}

/// The number with its check digit, which every rule used here has.
fn checked(rule: CheckDigit, front: &str) -> String {
    let with = |digit: u32| format!("{front}{digit}");
    (0..10).map(with).find(|number| are_right(rule, number)).unwrap_or_else(|| with(0))
}

fn mexican_date(day: u64) -> String {
    let (year, month, day) = (45 + day / 336, day / 28 % 12 + 1, day % 28 + 1);
    format!("{:02}{month:02}{day:02}", year % 100)
}

fn mexican_company(number: u64) -> String {
    let (date, suffix) = (mexican_date(number % DAYS), number / DAYS);
    let letters = [suffix / 1_296, suffix / 36 % 36, suffix % 36].map(base36);
    format!("CAR{date}{}", String::from_iter(letters))
}

fn mexican_person(number: u64) -> String {
    let (date, suffix) = (mexican_date(number % DAYS), number / DAYS);
    let letters = [suffix / 441 % 21, suffix / 21 % 21, suffix % 21].map(|consonant| char::from(CONSONANTS[consonant as usize]));
    let homonym = suffix / 9_261;
    checked(CheckDigit::MxCurp, &format!("PEGJ{date}HDF{}{homonym}", String::from_iter(letters)))
}

fn argentine(number: u64) -> String {
    let digits = format!("30{number:08}");
    let sum: u32 = digits
        .bytes()
        .zip([5, 4, 3, 2, 7, 6, 5, 4, 3, 2])
        .map(|(digit, weight)| u32::from(digit - b'0') * weight)
        .sum();
    let check = match 11 - sum % 11 {
        11 => 0,
        // The authority changes the first digits instead; 9 keeps the form.
        10 => 9,
        check => check,
    };
    format!("30-{number:08}-{check}")
}

fn chilean(number: u64) -> String {
    let sum: u32 = number
        .to_string()
        .bytes()
        .rev()
        .zip([2, 3, 4, 5, 6, 7, 2, 3])
        .map(|(digit, weight)| u32::from(digit - b'0') * weight)
        .sum();
    let check = match 11 - sum % 11 {
        11 => '0',
        10 => 'K',
        check => base36(u64::from(check)),
    };
    format!("{}-{check}", dotted(number))
}

fn base36(digit: u64) -> char {
    char::from_digit(digit as u32, 36).map_or('0', |digit| digit.to_ascii_uppercase())
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;
    use crate::demo::places::COUNTRIES;

    #[test]
    fn no_two_are_alike() {
        for country in &COUNTRIES {
            let mut seen = HashSet::new();
            for index in 0..20_000 {
                let kind = if index % 3 == 0 {
                    ProspectKind::Company
                } else {
                    ProspectKind::Person
                };
                assert!(
                    seen.insert(normalization::text::document_number(&document(country.code, kind, index, 5))),
                    "{} {index}",
                    country.code
                );
            }
        }
    }

    #[test]
    fn their_check_digits_are_right() {
        use ProspectKind::{Company, Person};
        for (country, kind, rule) in [
            ("VE", Company, CheckDigit::VeRif),
            ("ES", Person, CheckDigit::EsDni),
            ("ES", Company, CheckDigit::EsNif),
            ("CO", Company, CheckDigit::CoNit),
            ("MX", Person, CheckDigit::MxCurp),
            ("AR", Company, CheckDigit::ArCuit),
            ("CL", Person, CheckDigit::ClRut),
        ] {
            for index in 0..500 {
                let number = document(country, kind, index, 5);
                assert!(are_right(rule, &number), "{country} {number}");
            }
        }
    }

    #[test]
    fn they_look_as_in_their_country() {
        assert_eq!(dotted(12_345_678), "12.345.678");
        assert_eq!(chilean(12_345_678), "12.345.678-5");
        assert_eq!(argentine(50_000_000), "30-50000000-3");
        assert_eq!(document("ES", ProspectKind::Person, 0, 12_345_678), "12345678Z");
        assert_eq!(document("MX", ProspectKind::Person, 0, 0)[..17], *"PEGJ450101HDFBBB0");
    }
}
