//! Classes of single characters: invisible, marks, digits, or variants of ASCII punctuation.

use icu_properties::props::{BinaryProperty, DefaultIgnorableCodePoint, EnumeratedProperty, GeneralCategory, GeneralCategoryGroup};
use icu_properties::props::{PrependedConcatenationMark, Script};

/// Whether a character begins a new line: LF, VT, FF, CR, NEL, LINE SEPARATOR, PARAGRAPH SEPARATOR.
pub fn breaks_line(character: char) -> bool {
    matches!(character, '\n'..='\r' | '\u{85}' | '\u{2028}' | '\u{2029}')
}

/// Whether a character is neither shown nor a blank: default ignorable code points, format characters without a glyph, and
/// control characters that are not white space.
pub fn is_invisible(character: char) -> bool {
    if character.is_ascii() {
        return character.is_ascii_control() && !character.is_whitespace();
    }
    match GeneralCategory::for_char(character) {
        GeneralCategory::Control => !character.is_whitespace(),
        // Signs such as ARABIC NUMBER SIGN are format characters with a glyph.
        GeneralCategory::Format => !PrependedConcatenationMark::for_char(character),
        GeneralCategory::NonspacingMark | GeneralCategory::OtherLetter | GeneralCategory::Unassigned => {
            DefaultIgnorableCodePoint::for_char(character)
        }
        // No others are ignorable; a test holds this.
        _ => false,
    }
}

/// Whether a character has a glyph of its own.
pub(super) fn is_visible(character: char) -> bool {
    !is_blank(character) && !is_invisible(character) && !is_mark(character)
}

/// White space, and the empty Braille pattern that Braille texts use as such.
pub(super) fn is_blank(character: char) -> bool {
    character.is_whitespace() || character == '\u{2800}'
}

pub(super) fn is_mark(character: char) -> bool {
    !character.is_ascii() && GeneralCategoryGroup::Mark.contains(GeneralCategory::for_char(character))
}

/// Treatment of a non-ASCII character in folding.
pub(super) enum Kind {
    Letter,
    Mark,
    Blank,
    /// Compared as this ASCII character.
    Ascii(char),
    Other,
}

impl Kind {
    pub(super) fn of(character: char) -> Self {
        match GeneralCategory::for_char(character) {
            GeneralCategory::UppercaseLetter
            | GeneralCategory::LowercaseLetter
            | GeneralCategory::TitlecaseLetter
            | GeneralCategory::OtherLetter => Kind::Letter,
            category if GeneralCategoryGroup::Mark.contains(category) => Kind::Mark,
            _ if is_blank(character) => Kind::Blank,
            GeneralCategory::DecimalNumber => decimal_digit(character).map_or(Kind::Other, Kind::Ascii),
            _ => ascii_punctuation(character).map_or(Kind::Other, Kind::Ascii),
        }
    }
}

/// Effect of a base character on the marks that follow it.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Base {
    /// Marks are accents: Latin, Greek, Cyrillic, and what belongs to no script.
    Accented,
    /// Hebrew and Arabic: as `Accented`, but a hamza and a madda make another letter.
    Semitic,
    /// Marks belong to the spelling.
    Spelled,
}

impl Base {
    pub(super) fn of(character: char) -> Self {
        match Script::for_char(character) {
            Script::Latin | Script::Greek | Script::Cyrillic | Script::Common => Base::Accented,
            Script::Arabic | Script::Hebrew => Base::Semitic,
            _ => Base::Spelled,
        }
    }

    /// Whether a mark on this base counts in comparisons.
    pub(super) fn keeps(self, mark: char) -> bool {
        match mark {
            // The accents that nearly every text has, without a look at tables.
            '\u{300}'..='\u{344}' => return self == Base::Spelled,
            // Madda and hamza.
            '\u{653}'..='\u{655}' => return self != Base::Accented,
            // The voicing marks of kana, also on a base that is shared, such as the prolonged sound mark.
            '\u{3099}' | '\u{309a}' => return true,
            _ => {}
        }
        match Script::for_char(mark) {
            Script::Arabic | Script::Hebrew => false,
            Script::Inherited | Script::Common | Script::Latin | Script::Greek | Script::Cyrillic => self == Base::Spelled,
            _ => true,
        }
    }
}

/// The ASCII character that a character of punctuation is compared as. None if it is compared as itself.
#[rustfmt::skip]
fn ascii_punctuation(character: char) -> Option<char> {
    Some(match character {
        // Apostrophes, single quotation marks, primes, and the modifier letters that look like them.
        'ʹ' | 'ʻ'..='ˁ' | 'ˈ' | 'ˊ' | 'ˋ' | '˴' | '՚' | '׳' | 'ߴ' | 'ߵ' | '‘'..='‛' | '′' | '‵' | '‹' | '›' | '❛' | '❜' | '❟' => '\'',
        '«' | '»' | 'ʺ' | 'ˮ' | '˵' | '˶' | '״' | '“'..='‟' | '❝' | '❞' | '❠' | '⹂' | '〝'..='〟' | '🙶'..='🙸' => '"',
        // Dashes, hyphens and minus signs of all scripts.
        '˗' | '֊' | '־' | '᐀' | '᠆' | '‐'..='―' | '⁃' | '−' | '⸗' | '⸚' | '⸺' | '⸻' | '⹀' | '⹝' | '゠' | '\u{10d6e}' | '\u{10ead}' => '-',
        // The wave dash is what some systems write for the full-width tilde.
        '⁓' | '〜' | '〰' => '~',
        // `½` decomposes to digits around a FRACTION SLASH.
        '⁄' | '∕' => '/',
        _ => return None,
    })
}

/// The ASCII digit of a decimal digit of any script. None for all other characters.
pub(super) fn decimal_digit(character: char) -> Option<char> {
    if character.is_ascii() {
        return character.is_ascii_digit().then_some(character);
    }
    let code = u32::from(character);
    let zero = *ZEROS[..ZEROS.partition_point(|zero| *zero <= code)].last()?;
    char::from_digit(code - zero, 10)
}

/// The zeros of all scripts but ASCII. Unicode promises that the other nine digits follow each of them in order.
const ZEROS: &[u32] = &[
    0x660, 0x6f0, 0x7c0, 0x966, 0x9e6, 0xa66, 0xae6, 0xb66, 0xbe6, 0xc66, 0xce6, 0xd66, 0xde6, 0xe50, 0xed0, 0xf20, 0x1040, 0x1090, 0x17e0,
    0x1810, 0x1946, 0x19d0, 0x1a80, 0x1a90, 0x1b50, 0x1bb0, 0x1c40, 0x1c50, 0xa620, 0xa8d0, 0xa900, 0xa9d0, 0xa9f0, 0xaa50, 0xabf0, 0xff10,
    0x104a0, 0x10d30, 0x10d40, 0x11066, 0x110f0, 0x11136, 0x111d0, 0x112f0, 0x11450, 0x114d0, 0x11650, 0x116c0, 0x116d0, 0x116da, 0x11730,
    0x118e0, 0x11950, 0x11bf0, 0x11c50, 0x11d50, 0x11da0, 0x11de0, 0x11f50, 0x16130, 0x16a60, 0x16ac0, 0x16b50, 0x16d70, 0x1ccf0, 0x1d7ce,
    0x1d7d8, 0x1d7e2, 0x1d7ec, 0x1d7f6, 0x1e140, 0x1e2f0, 0x1e4f0, 0x1e5f1, 0x1e950, 0x1fbf0,
];
