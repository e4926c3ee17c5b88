//! Comparison of text without accents, case, blanks and look-alike punctuation.
//!
//! [`fold`] is the form of names, cities, tags and searched words; [`document_number`] that of numbers of documents. Both are idempotent,
//! and the same for every Unicode normalization form of their input.

mod characters;
mod folding;
mod latin;

pub use characters::{breaks_line, is_invisible};

use characters::{decimal_digit, is_mark};
use folding::compose;

/// The form in which texts are compared: `"  José  PÉREZ "` becomes `"jose perez"`, `"Straße"` becomes `"strasse"`.
///
/// - Case: full case folding, and every Turkish `i` is one.
/// - Compatibility: NFKD, so ligatures, superscripts, full-width letters and half-width kana are the plain characters.
/// - Accents: combining marks are dropped from Latin, Greek and Cyrillic letters and from what has no script (`≠` is `=`).
///   In Arabic and Hebrew the optional vowel signs and the tatweel are dropped; a hamza stays.
///   In all other scripts a mark is part of the spelling and stays.
/// - Latin letters without decomposition (`ø`, `ł`, `æ`, `ß`) are transliterated as in CLDR's Latin-ASCII.
/// - Decimal digits of every script become ASCII digits.
/// - Apostrophes and accents that stand alone (`´`) become `'`, double quotation marks `"`, dashes `-`.
/// - White space is collapsed to one blank and trimmed; characters that [`is_invisible`] are dropped.
///
/// The result is in NFC and NFKC. It is empty if nothing of the text remains, see [`is_visible_text`].
pub fn fold(text: &str) -> String {
    compose(folding::fold(text, false))
}

/// The form in which numbers of documents are compared: `"v-12.345.678"` becomes `"V12345678"`.
///
/// Only letters, digits and `&` remain, folded as by [`fold`] and in upper case.
/// `Ñ` is not `N`, and `&` is not punctuation: both count in a Mexican RFC.
/// The result is empty if the text has none of them.
pub fn document_number(number: &str) -> String {
    let mut number = folding::fold(number, true);
    if number.is_ascii() {
        number.retain(|character| character.is_ascii_alphanumeric() || character == '&');
        number.make_ascii_uppercase();
        return number;
    }
    // A mark that folding has kept belongs to the character before it.
    let mut counts = false;
    number.retain(|character| {
        counts = if is_mark(character) {
            counts
        } else {
            character.is_alphanumeric() || character == '&'
        };
        counts
    });
    compose(number.to_uppercase())
}

/// The decimal digits of a text as ASCII digits, in their order: `"+٥٨ (412)"` gives `5`, `8`, `4`, `1`, `2`.
///
/// Digits of every script count; superscript and circled digits do not.
pub fn decimal_digits(text: &str) -> impl Iterator<Item = char> {
    text.chars().filter_map(decimal_digit)
}

/// Whether a text shows anything that can be compared. If so, its [`fold`] is not empty.
///
/// Blanks (also U+2800, the empty Braille pattern), invisible characters such as Hangul fillers, and accents without a
/// letter are not enough.
pub fn is_visible_text(text: &str) -> bool {
    text.bytes().any(|byte| byte.is_ascii_graphic()) || (text.chars().any(characters::is_visible) && !fold(text).is_empty())
}
