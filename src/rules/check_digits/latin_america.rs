//! The check digits of Latin American countries.

use super::{digits, luhn, split_last, weighted, weighted_from_right};

pub fn argentine_cuit(number: &str) -> bool {
    split_last(number, 11).is_some_and(|(front, last)| match 11 - weighted_from_right(&front, 7) % 11 {
        11 => last == 0,
        // Such numbers are issued under other leading digits, or end in 9.
        10 => last == 9,
        check => last == check,
    })
}

/// The first twelve may be letters since 2026; a character counts as much as its code lies above that of `0`.
pub fn brazilian_cnpj(number: &str) -> bool {
    let is_legal = number.len() == 14 && number.bytes().all(|byte| byte.is_ascii_digit() || byte.is_ascii_uppercase());
    if !is_legal || number.starts_with("000000000000") {
        return false;
    }
    let values: Vec<u32> = number.bytes().map(|byte| u32::from(byte - b'0')).collect();
    [12, 13]
        .into_iter()
        .all(|place| values[place] == (11 - weighted_from_right(&values[..place], 9) % 11) % 11 % 10)
}

pub fn brazilian_cpf(number: &str) -> bool {
    let Some(all) = digits(number).filter(|all| all.len() == 11) else {
        return false;
    };
    // Eleven equal digits would add up, and are never issued.
    all.iter().any(|digit| *digit != all[0])
        && [9, 10]
            .into_iter()
            .all(|place| all[place] == (11 - weighted_from_right(&all[..place], 11) % 11) % 11 % 10)
}

/// The check digit may be a K.
pub fn chilean_rut(number: &str) -> bool {
    let Some((front, last)) = number.split_at_checked(number.len().saturating_sub(1)) else {
        return false;
    };
    let Some(front) = digits(front).filter(|front| (6..=8).contains(&front.len())) else {
        return false;
    };
    match 11 - weighted_from_right(&front, 7) % 11 {
        11 => last == "0",
        10 => last == "K",
        check => last == check.to_string(),
    }
}

pub fn colombian_nit(number: &str) -> bool {
    const WEIGHTS: [u32; 15] = [3, 7, 13, 17, 19, 23, 29, 37, 41, 43, 47, 53, 59, 67, 71];
    let Some((mut front, last)) = split_last(number, number.len()).filter(|(front, _)| (7..=15).contains(&front.len())) else {
        return false;
    };
    front.reverse();
    last == match weighted(&front, &WEIGHTS) % 11 {
        small @ (0 | 1) => small,
        rest => 11 - rest,
    }
}

/// Two digits of the province where it was registered, and a third below 7.
pub fn ecuadorian_cedula(number: &str) -> bool {
    split_last(number, 10).is_some_and(|(front, last)| is_province(&front) && front[2] < 7 && luhn(&front) == last)
}

/// Of people, the number of their cédula and of the establishment; of companies and public bodies, check digits of their own.
pub fn ecuadorian_ruc(number: &str) -> bool {
    let Some(all) = digits(number).filter(|all| all.len() == 13 && is_province(all)) else {
        return false;
    };
    let is_public = weighted(&all[..9], &[3, 2, 7, 6, 5, 4, 3, 2, 1]).is_multiple_of(11) && !number.ends_with("0000");
    let has_establishment = !number.ends_with("000");
    match all[2] {
        0..=5 => has_establishment && ecuadorian_cedula(&number[..10]),
        6 => is_public || (has_establishment && ecuadorian_cedula(&number[..10])),
        9 => is_public || (has_establishment && weighted(&all[..10], &[4, 3, 2, 7, 6, 5, 4, 3, 2, 1]).is_multiple_of(11)),
        _ => false,
    }
}

fn is_province(digits: &[u32]) -> bool {
    matches!(digits[0] * 10 + digits[1], 1..=24 | 30 | 50)
}

pub fn mexican_curp(number: &str) -> bool {
    const ALPHABET: &str = "0123456789ABCDEFGHIJKLMNÑOPQRSTUVWXYZ";
    let Some(values) = values(number, ALPHABET).filter(|values| values.len() == 18) else {
        return false;
    };
    let sum: u32 = values[..17].iter().zip((2..=18).rev()).map(|(value, weight)| value * weight).sum();
    values[17] == (10 - sum % 10) % 10
}

/// Twelve characters of companies, thirteen of people.
pub fn mexican_rfc(number: &str) -> bool {
    const ALPHABET: &str = "0123456789ABCDEFGHIJKLMN&OPQRSTUVWXYZ Ñ";
    let padded = match number.chars().count() {
        12 => format!(" {number}"),
        13 => number.to_owned(),
        _ => return false,
    };
    let Some(values) = values(&padded, ALPHABET) else { return false };
    let sum: u32 = values[..12].iter().zip((2..=13).rev()).map(|(value, weight)| value * weight).sum();
    values[12] == (11 - sum % 11) % 11
}

/// The place of each character in an alphabet.
fn values(text: &str, alphabet: &str) -> Option<Vec<u32>> {
    let place = |letter| alphabet.chars().position(|known| known == letter).map(|place| place as u32);
    text.chars().map(place).collect()
}

pub fn peruvian_ruc(number: &str) -> bool {
    split_last(number, 11).is_some_and(|(front, last)| last == (11 - weighted_from_right(&front, 7) % 11) % 10)
}

pub fn paraguayan_ruc(number: &str) -> bool {
    split_last(number, number.len())
        .filter(|(front, _)| (4..=8).contains(&front.len()))
        .is_some_and(|(front, last)| last == (11 - weighted_from_right(&front, 11) % 11) % 11 % 10)
}

/// Numbers below a million have a leading zero less.
pub fn uruguayan_ci(number: &str) -> bool {
    let padded = format!("{number:0>8}");
    let is_short = number.len() < 7;
    !is_short && split_last(&padded, 8).is_some_and(|(front, last)| last == (10 - weighted(&front, &[2, 9, 8, 7, 6, 3, 4]) % 10) % 10)
}

pub fn uruguayan_rut(number: &str) -> bool {
    split_last(number, 12).is_some_and(|(front, last)| last == (11 - weighted_from_right(&front, 9) % 11) % 11)
}

/// A letter for the kind of person, eight digits, and one to check.
pub fn venezuelan_rif(number: &str) -> bool {
    let kind = match number.chars().next() {
        Some('V') => 1,
        Some('E') => 2,
        Some('J' | 'C') => 3,
        Some('P') => 4,
        Some('G') => 5,
        _ => return false,
    };
    split_last(&number[1..], 9).is_some_and(|(front, last)| {
        let sum = 4 * kind + weighted(&front, &[3, 2, 7, 6, 5, 4, 3, 2]);
        last == match 11 - sum % 11 {
            10 | 11 => 0,
            check => check,
        }
    })
}
