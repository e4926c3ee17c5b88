//! Search for stored phones by a number, or a part of one, that a user enters.

use rlibphonenumber::{PHONE_NUMBER_UTIL, PhoneNumber};

use super::{e164, read, typed};
use crate::text::fold;

/// The country calling codes with a national prefix other than 0. The library has them, but does not publish them.
const NATIONAL_PREFIXES: &[(i32, &str)] = &[(1, "1"), (7, "8"), (36, "06"), (375, "8"), (993, "8")];

/// Labels that people write in front of a phone, folded.
const LABELS: &[&str] = &[
    "tel",
    "telf",
    "tlf",
    "tlfn",
    "tfno",
    "tfn",
    "tfo",
    "telefono",
    "telefone",
    "telephone",
    "fono",
    "phone",
    "ph",
    "cel",
    "cell",
    "celular",
    "mov",
    "movil",
    "mob",
    "mobile",
    "handy",
    "fax",
    "whatsapp",
    "whatsap",
    "wapp",
    "wsp",
    "wa",
];

/// Fewer digits select nothing.
const MIN_DIGITS: usize = 3;

/// What to look for among stored canonical forms: a phone is found if its canonical form contains one of the strings.
///
/// A string that begins with `+` is the beginning of a number, the others may stand anywhere in it. The scheme, the
/// international prefix, the national prefix, the extension and what people call a phone are taken off, so that `0414-555`,
/// `(+58)0414 555`, `0058 414 555`, `tel:+58-414-555` and `WhatsApp 0414-555` all find `+58414555…`. No string contains another one.
///
/// Empty if the text is no number or part of one: fewer than 3 digits, too long, or letters that are neither the scheme,
/// nor an extension, nor part of a valid number.
pub fn search_digits(typed_text: &str, default_country: &str) -> Vec<String> {
    let Some(text) = typed::clean(without_label(typed_text)) else {
        return Vec::new();
    };
    let region = default_country.parse().ok();
    let Some(first) = text.find(|character: char| character.is_ascii_digit()) else {
        return Vec::new();
    };
    if text[..first].contains(char::is_alphabetic) {
        return Vec::new();
    }
    let whole = read(&text, region).filter(PhoneNumber::is_valid).map(|number| e164(&number));
    let (number, parameters) = text.split_once([';', ',', '#']).unwrap_or((&text, ""));
    let number = if whole.is_none() {
        typed::without_extension(number)
    } else {
        number
    };
    if typed::has_letters(number) || parameters.contains("phone-context") {
        return whole.into_iter().collect();
    }
    let digits: String = number.chars().filter(char::is_ascii_digit).collect();
    if digits.len() < MIN_DIGITS {
        return Vec::new();
    }
    if number[..first].contains('+') {
        return whole.map_or_else(|| international(&digits), |whole| vec![whole]);
    }
    let mut found: Vec<String> = whole.into_iter().collect();
    if let Some(rest) = rest_after(&digits, "00") {
        found.extend(international(rest));
    }
    let calling_code = region.and_then(|region| PHONE_NUMBER_UTIL.get_country_code_for_region(region));
    found.extend(without_national_prefix(&digits, calling_code.unwrap_or_default()).map(str::to_owned));
    // The number may be one of another country.
    found.extend(rest_after(&digits, "0").map(str::to_owned));
    found.push(digits);
    without_redundant(&found)
}

/// Whether people call a phone so: `Tel.:`, `WhatsApp`, `móvil`.
pub fn is_label(word: &str) -> bool {
    let letters: String = fold(word).chars().filter(|character| character.is_alphanumeric()).collect();
    LABELS.contains(&letters.as_str())
}

/// The text from its number on, if all words before that are what people call a phone: `Tel.:0414` and `Ph 0414` become `0414`.
pub fn without_label(text: &str) -> &str {
    let is_beginning = |character: char| matches!(character, '+' | '＋' | '(') || character.is_numeric();
    let Some(start) = text.find(is_beginning) else {
        return text;
    };
    let mut words = text[..start].split(|character: char| !character.is_alphanumeric());
    let has_words = text[..start].contains(char::is_alphanumeric);
    if has_words && words.all(|word| word.is_empty() || is_label(word)) {
        &text[start..]
    } else {
        text
    }
}

/// The beginnings of the numbers that the digits after a plus begin, with and without a national prefix in them.
fn international(digits: &str) -> Vec<String> {
    let mut found = vec![format!("+{digits}")];
    let codes = (1..=3).filter_map(|length| digits.split_at_checked(length));
    let code = codes.filter_map(|(code, national)| Some((code.parse::<i32>().ok()?, national)));
    let mut known = code.filter(|(code, _)| PHONE_NUMBER_UTIL.get_region_for_country_code(*code).is_some());
    if let Some((code, national)) = known.next() {
        found.extend(without_national_prefix(national, code).map(|national| format!("+{code}{national}")));
    }
    found
}

/// The digits behind the national prefix of a country. None if they do not begin with it.
fn without_national_prefix(digits: &str, calling_code: i32) -> Option<&str> {
    let own = NATIONAL_PREFIXES.iter().find(|(code, _)| *code == calling_code);
    rest_after(digits, own.map_or("0", |(_, prefix)| prefix))
}

/// The digits after a prefix. None if the digits have another beginning, or too few follow.
fn rest_after<'a>(digits: &'a str, prefix: &str) -> Option<&'a str> {
    digits.strip_prefix(prefix).filter(|rest| rest.len() >= MIN_DIGITS)
}

/// The strings that contain no other one: what contains those is found anyway.
fn without_redundant(strings: &[String]) -> Vec<String> {
    let mut kept: Vec<String> = Vec::new();
    for string in strings {
        let contains_other = strings.iter().any(|other| other != string && string.contains(other.as_str()));
        if !contains_other && !kept.contains(string) {
            kept.push(string.clone());
        }
    }
    kept
}
