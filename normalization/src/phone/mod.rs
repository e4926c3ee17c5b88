//! Phone numbers: what is accepted, the form that is stored, and the forms in which they are compared and searched.
//!
//! Numbering plans come from Google's libphonenumber through `rlibphonenumber`. What this module adds to it stands in
//! [`parse`]; `tests/phone` compares every result with PyPI's `phonenumbers` and lists each difference.

mod search;
mod typed;

pub use search::{is_label, search_digits, without_label};

use rlibphonenumber::{PHONE_NUMBER_UTIL, PhoneNumber, PhoneNumberFormat, Region};

/// The longest text, in characters, that is read as a phone number.
pub const MAX_TYPED: usize = 60;

/// Lengths of an E.164 number, its plus included.
const E164_LENGTHS: std::ops::RangeInclusive<usize> = 8..=16;

/// Separator of the number and the extension in [`Phone::canonical`].
pub const EXTENSION: &str = ";ext=";

/// A phone number: its E.164 number and the extension, if there is one.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Phone {
    number: String,
    extension: Option<String>,
    region: Option<String>,
}

impl Phone {
    /// The form that is stored and unique: E.164, and the extension as in RFC 3966, such as `+582125550142;ext=101`.
    ///
    /// Two extensions of one number are two phones. The two ways to write an Argentine mobile (`+54 11 15 …` and
    /// `+54 9 11 …`) are one. Parsing a canonical form gives the same form again, whatever the default country.
    pub fn canonical(&self) -> String {
        match &self.extension {
            Some(extension) => format!("{}{EXTENSION}{extension}", self.number),
            None => self.number.clone(),
        }
    }

    /// The form in which look-alikes are found: the E.164 number without the extension, in today's numbering plan.
    ///
    /// Mexican numbers lose the prefixes that were dropped in 2019 (`+52 1 55 …`, also `01`, `044` and `045`), Brazilian
    /// mobiles of eight digits get the ninth (`+55 11 8765-4321` is `+55 11 98765-4321`).
    pub fn match_key(&self) -> String {
        if let Some(national) = self.number.strip_prefix("+52") {
            let old = ["1", "01", "044", "045"]
                .into_iter()
                .find_map(|prefix| national.strip_prefix(prefix));
            if let Some(today) = old.filter(|today| today.len() == 10) {
                return format!("+52{today}");
            }
        }
        if let Some(national) = self.number.strip_prefix("+55")
            && let [b'1'..=b'9', b'1'..=b'9', b'6'..=b'9', ..] = national.as_bytes()
            && national.len() == 10
        {
            let (area_code, subscriber) = national.split_at(2);
            return format!("+55{area_code}9{subscriber}");
        }
        self.number.clone()
    }

    /// The region of the number, as ISO 3166-1 alpha-2.
    ///
    /// None for numbers that belong to no country (`+800 …`), and for those of a shared country calling code that are not
    /// valid (`+1 …`).
    pub fn region(&self) -> Option<String> {
        self.region.clone()
    }
}

/// The phone number in a typed text. A number without `+` or `00` is read as one of `default_country` (ISO 3166-1 alpha-2).
///
/// None where no number can be made out, where it has not 7 to 15 digits, where letters stand in it that are neither an
/// extension nor part of a valid number (`1-800-FLOWERS`), and where the text has more than [`MAX_TYPED`] characters.
/// A number that no operator has assigned is accepted, as numbering plans change faster than tables.
///
/// Beyond what libphonenumber reads:
/// - Format characters, such as the bidi marks that browsers copy, are dropped; white space of every kind is a space.
/// - `00` is the international prefix in every country, unless the digits are a valid number of `default_country` itself.
/// - `(0)` is dropped if the number is only valid without it: `+34 (0)91 …`.
/// - `+0…` is a number without plus: no country calling code begins with 0.
/// - An Argentine mobile may have both its 9 and its 15.
/// - More words announce an extension, such as `ramal` and `interno`.
pub fn parse(typed: &str, default_country: &str) -> Option<Phone> {
    let text = typed::clean(typed)?;
    let region = default_country.parse().ok();
    let number = fixed_point(read(&text, region)?)?;
    let extension = Some(number.extension())
        .filter(|extension| !extension.is_empty())
        .map(str::to_owned);
    if extension.is_none() && typed::has_letters(&text) && !number.is_valid() {
        return None;
    }
    let region = number
        .get_region_code()
        .filter(|region| *region != Region::World)
        .map(|region| region.to_string());
    let number = e164(&number);
    E164_LENGTHS.contains(&number.len()).then_some(Phone { number, extension, region })
}

/// The country calling code of a country (ISO 3166-1 alpha-2), such as 58. None for what is no country with phones.
pub fn calling_code(country: &str) -> Option<i32> {
    PHONE_NUMBER_UTIL.get_country_code_for_region(country.parse().ok()?)
}

/// The country calling code that a canonical form begins with.
pub fn calling_code_of(canonical: &str) -> Option<i32> {
    Some(read(number_of(canonical), None)?.country_code)
}

/// The country in which a canonical form was read if it was typed without a country calling code: its region, or the main one of its code.
pub fn country_of(canonical: &str) -> Option<String> {
    let number = read(number_of(canonical), None)?;
    let own = number.get_region_code().filter(|region| *region != Region::World);
    let region = own.or_else(|| {
        PHONE_NUMBER_UTIL
            .get_region_for_country_code(number.country_code)
            .filter(|region| *region != Region::World)
    })?;
    Some(region.to_string())
}

/// The part of a canonical form before the extension: the E.164 number.
pub fn number_of(canonical: &str) -> &str {
    canonical.split_once(EXTENSION).map_or(canonical, |(number, _)| number)
}

/// The reading of a cleaned text that is a valid number; failing that, the literal one.
fn read(text: &str, default: Option<Region>) -> Option<PhoneNumber> {
    let literal = library(text, default);
    let with_plus = typed::after_double_zero(text);
    let international = with_plus.as_deref().and_then(|text| library(text, default));
    let is_own = |number: &PhoneNumber| {
        default.is_some_and(|region| PHONE_NUMBER_UTIL.get_country_code_for_region(region) == Some(number.country_code))
    };
    match (&literal, &international) {
        (Some(number), Some(_)) if number.is_valid() && is_own(number) => return literal,
        (_, Some(number)) if number.is_valid() => return international,
        (Some(number), _) if number.is_valid() => return literal,
        _ => {}
    }
    let text = with_plus.as_deref().unwrap_or(text);
    let without_trunk_zero = text.contains("(0)").then(|| text.replace("(0)", " "));
    let without_trunk_zero = without_trunk_zero.and_then(|text| library(&text, default));
    let unrepaired = international.or(literal);
    let repaired = without_trunk_zero.or_else(|| unrepaired.as_ref().and_then(argentine_mobile_without_nine));
    repaired.filter(PhoneNumber::is_valid).or(unrepaired)
}

/// The number that its E.164 form is read as, so that what is stored is read as itself.
///
/// The two differ for some numbers that are not valid: their first digits are taken for a national prefix.
/// None if the readings come to no end.
fn fixed_point(mut number: PhoneNumber) -> Option<PhoneNumber> {
    for _ in 0..4 {
        let written = e164(&number);
        let mut again = read(&written, None)?;
        if e164(&again) == written {
            return Some(number);
        }
        again.extension = number.extension;
        number = again;
    }
    None
}

/// An Argentine number that begins with 9, read without it: the library reads one of 9 and 15, not both.
fn argentine_mobile_without_nine(number: &PhoneNumber) -> Option<PhoneNumber> {
    let national = e164(number).strip_prefix("+549").map(str::to_owned)?;
    let mut mobile = library(&format!("+54{national}"), None)?;
    mobile.extension = number.extension.clone();
    Some(mobile)
}

fn e164(number: &PhoneNumber) -> String {
    number.format_as(PhoneNumberFormat::E164).into_owned()
}

/// The literal reading of the library.
fn library(text: &str, default: Option<Region>) -> Option<PhoneNumber> {
    // It panics on the scheme behind a parameter (2.2.15).
    if text.contains(";phone-context=") && text.contains("tel:") {
        return None;
    }
    PHONE_NUMBER_UTIL.parse(text, default).ok()
}
