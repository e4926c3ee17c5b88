//! Typed text, made ready for the library: plain digits and spaces, no invisible characters, extensions in known words.

use icu_properties::props::{BinaryProperty, DefaultIgnorableCodePoint, EnumeratedProperty, GeneralCategory};

use super::MAX_TYPED;

/// Words before an extension that the library takes for vanity letters (`2255` for `CALL`). The text is compared without its tilde.
const EXTENSION_WORDS: &[&str] = &["interno", "ramal", "extensao", "poste", "durchwahl"];

/// The text in the characters that the library expects. None if it is too long, or no phone number for certain.
pub(super) fn clean(typed: &str) -> Option<String> {
    let typed = typed.trim_matches(|character: char| character.is_whitespace() || is_invisible(character));
    if typed.chars().nth(MAX_TYPED).is_some() {
        return None;
    }
    let mut text = String::with_capacity(typed.len());
    for character in typed.chars() {
        match character {
            // Two lines are two numbers.
            '\n'..='\r' | '\u{85}' | '\u{2028}' | '\u{2029}' => return None,
            _ if character.is_whitespace() => text.push(' '),
            _ if character.is_control() => return None,
            _ if is_invisible(character) => {}
            '·' | '•' => text.push('-'),
            '＋' => text.push('+'),
            _ => text.push(digit(character).unwrap_or(character)),
        }
    }
    let text = with_known_extension_word(without_scheme(&text));
    // No country calling code begins with 0.
    let plain = text.trim_start_matches(['(', ' ']);
    Some(match plain.strip_prefix('+') {
        Some(rest) if rest.starts_with('0') => rest.to_owned(),
        _ => text,
    })
}

/// The text without the scheme of RFC 3966.
fn without_scheme(text: &str) -> &str {
    match text.get(..4) {
        Some(scheme) if scheme.eq_ignore_ascii_case("tel:") => &text[4..],
        _ => text,
    }
}

/// The text without an extension at its end. Words of [`EXTENSION_WORDS`] are `ext.` by then.
pub(super) fn without_extension(text: &str) -> &str {
    let Some(first) = text.find(|character: char| character.is_ascii_digit()) else {
        return text;
    };
    let Some(at) = text[first..].find(char::is_alphabetic).map(|place| first + place) else {
        return text;
    };
    let end = text[at..]
        .find(|character: char| !character.is_alphabetic())
        .map_or(text.len(), |place| at + place);
    let word = text[at..end].to_lowercase();
    let extension = text[end..].trim_start_matches(|character: char| !character.is_alphanumeric());
    let is_extension = ["x", "ext", "extn", "extension", "extensión"].contains(&word.as_str())
        && !extension.is_empty()
        && extension.bytes().all(|byte| byte.is_ascii_digit());
    if is_extension { text[..at].trim_end() } else { text }
}

/// Whether letters follow the first digit, where they would be read as the digits of their keys.
pub(super) fn has_letters(text: &str) -> bool {
    text.chars()
        .skip_while(|character| !character.is_ascii_digit())
        .any(char::is_alphabetic)
}

/// The text with `+` in the place of a leading `00`. None if it does not begin so.
pub(super) fn after_double_zero(text: &str) -> Option<String> {
    let start = text.find(|character: char| character.is_ascii_digit() || character == '+')?;
    let mut rest = text[start..].strip_prefix('0')?;
    rest = rest.trim_start_matches(|character: char| !character.is_alphanumeric() && character != '+');
    Some(format!("+{}", rest.strip_prefix('0')?))
}

/// The ASCII digit of the same value as a decimal digit of any script. None for other characters.
fn digit(character: char) -> Option<char> {
    if character.is_ascii() {
        return character.is_ascii_digit().then_some(character);
    }
    let is_digit = |code: u32| char::from_u32(code).is_some_and(|it| GeneralCategory::for_char(it) == GeneralCategory::DecimalNumber);
    let code = u32::from(character);
    // Unicode keeps the ten digits of a script together, zero first.
    let before = (0..code).rev().take_while(|code| is_digit(*code)).count();
    is_digit(code).then(|| char::from_digit((before % 10) as u32, 10)).flatten()
}

/// Whether a character is not shown: marks of direction, zero-width characters and joiners, soft hyphens.
fn is_invisible(character: char) -> bool {
    !character.is_ascii()
        && (DefaultIgnorableCodePoint::for_char(character) || GeneralCategory::for_char(character) == GeneralCategory::Format)
}

/// The text with `ext.` in the place of a word of [`EXTENSION_WORDS`] that follows a digit and precedes one.
fn with_known_extension_word(text: &str) -> String {
    let lower = text.to_ascii_lowercase().replace(['ã', 'Ã'], "a");
    let Some((at, word)) = EXTENSION_WORDS.iter().find_map(|word| Some((lower.rfind(word)?, word))) else {
        return text.to_owned();
    };
    let (number, rest) = (&lower[..at], &lower[at + word.len()..]);
    let extension = rest.trim_start_matches(['.', ':', ' ', '-', '#']);
    let is_word = number.ends_with([' ', ',', ';', '-', '(', '/']);
    if is_word && extension.starts_with(|character: char| character.is_ascii_digit()) {
        format!("{} ext. {extension}", number.trim_end_matches([' ', ',', ';', '-', '(', '/']))
    } else {
        text.to_owned()
    }
}
