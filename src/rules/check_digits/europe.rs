//! The check characters of Spain.

use super::{digits, luhn};

/// By the remainder of the number divided by their count.
const LETTERS: &[u8; 23] = b"TRWAGMYFPDXBNJZSQVHLCKE";

/// Eight digits and a letter.
pub fn spanish_dni(number: &str) -> bool {
    number.len() == 9 && has_letter(number)
}

/// X, Y or Z for a leading 0, 1 or 2; seven digits; a letter.
pub fn spanish_nie(number: &str) -> bool {
    let leading = match number.chars().next() {
        Some('X') => '0',
        Some('Y') => '1',
        Some('Z') => '2',
        _ => return false,
    };
    number.len() == 9 && has_letter(&format!("{leading}{}", &number[1..]))
}

/// The number of all taxpayers: citizens, foreigners, companies and other bodies.
pub fn spanish_nif(number: &str) -> bool {
    match number.chars().next() {
        Some('0'..='9') => spanish_dni(number),
        Some('X' | 'Y' | 'Z') => spanish_nie(number),
        // People without either number.
        Some('K' | 'L' | 'M') => number.len() == 9 && has_letter(&number[1..]),
        Some('A'..='H' | 'J' | 'N' | 'P'..='S' | 'U' | 'V' | 'W') => is_of_a_body(number),
        _ => false,
    }
}

/// Digits and the letter that follows from them.
fn has_letter(number: &str) -> bool {
    let Some((front, last)) = number.split_at_checked(number.len().saturating_sub(1)) else {
        return false;
    };
    let Some(all) = digits(front).filter(|all| !all.is_empty()) else {
        return false;
    };
    let value = all.iter().fold(0_u64, |value, digit| value * 10 + u64::from(*digit));
    last.as_bytes() == [LETTERS[(value % 23) as usize]]
}

/// A letter, seven digits, and a check digit, for which some bodies have a letter.
fn is_of_a_body(number: &str) -> bool {
    let (Some(middle), Some(last)) = (number.get(1..8), number.get(8..)) else {
        return false;
    };
    let Some(middle) = digits(middle) else { return false };
    let check = luhn(&middle);
    last == check.to_string() || last.as_bytes() == [b"JABCDEFGHI"[check as usize]]
}
