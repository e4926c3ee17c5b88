//! Whether the check digits of a document number follow from its other characters, by the public rule of each country.

mod europe;
mod latin_america;

use crate::entities::setup::identifier_type::CheckDigit;

/// Whether the number, as entered, satisfies the rule. Blanks, punctuation and case are ignored.
pub fn are_right(rule: CheckDigit, number: &str) -> bool {
    let compact: String = number
        .chars()
        .flat_map(char::to_uppercase)
        .filter(|letter| counts(*letter))
        .collect();
    let keeps = match rule {
        CheckDigit::ArCuit => latin_america::argentine_cuit,
        CheckDigit::BrCnpj => latin_america::brazilian_cnpj,
        CheckDigit::BrCpf => latin_america::brazilian_cpf,
        CheckDigit::ClRut => latin_america::chilean_rut,
        CheckDigit::CoNit => latin_america::colombian_nit,
        CheckDigit::EcCedula => latin_america::ecuadorian_cedula,
        CheckDigit::EcRuc => latin_america::ecuadorian_ruc,
        CheckDigit::EsDni => europe::spanish_dni,
        CheckDigit::EsNie => europe::spanish_nie,
        CheckDigit::EsNif => europe::spanish_nif,
        CheckDigit::MxCurp => latin_america::mexican_curp,
        CheckDigit::MxRfc => latin_america::mexican_rfc,
        CheckDigit::PeRuc => latin_america::peruvian_ruc,
        CheckDigit::PyRuc => latin_america::paraguayan_ruc,
        CheckDigit::UyCi => latin_america::uruguayan_ci,
        CheckDigit::UyRut => latin_america::uruguayan_rut,
        CheckDigit::VeRif => latin_america::venezuelan_rif,
    };
    keeps(&compact)
}

/// `&` and `Ñ` are part of Mexican numbers.
fn counts(letter: char) -> bool {
    letter.is_alphanumeric() || letter == '&'
}

/// The digits of a text of nothing but digits.
fn digits(text: &str) -> Option<Vec<u32>> {
    text.chars().map(|letter| letter.to_digit(10)).collect()
}

/// All but the last digit, and the last.
fn split_last(number: &str, length: usize) -> Option<(Vec<u32>, u32)> {
    let mut all = digits(number).filter(|all| all.len() == length)?;
    let last = all.pop()?;
    Some((all, last))
}

/// The digits times their weights, added up.
fn weighted(digits: &[u32], weights: &[u32]) -> u32 {
    digits.iter().zip(weights).map(|(digit, weight)| digit * weight).sum()
}

/// The same with 2, 3, 4 and so on from the right, starting again after `most`.
fn weighted_from_right(digits: &[u32], most: u32) -> u32 {
    digits
        .iter()
        .rev()
        .zip((2..=most).cycle())
        .map(|(digit, weight)| digit * weight)
        .sum()
}

/// The digit that makes the sum of the digits, every second one from the right doubled and folded, divisible by ten.
fn luhn(digits: &[u32]) -> u32 {
    let sum: u32 = digits
        .iter()
        .rev()
        .enumerate()
        .map(|(place, digit)| if place % 2 == 0 { digit * 2 / 10 + digit * 2 % 10 } else { *digit })
        .sum();
    (10 - sum % 10) % 10
}

#[cfg(test)]
mod tests;
