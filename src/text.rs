//! How text is compared: one normal form, kept beside the text and compared bytewise on both databases.

use regex::{Regex, RegexBuilder};
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// Without accents and case, blanks collapsed: `"  José  PÉREZ "` becomes `"jose perez"`.
pub fn norm(text: &str) -> String {
    let folded: String = text
        .nfkd()
        .filter(|character| !is_combining_mark(*character))
        .flat_map(char::to_lowercase)
        .collect();
    let mut result = String::with_capacity(folded.len());
    for word in folded.split_whitespace() {
        if !result.is_empty() {
            result.push(' ');
        }
        result.push_str(word);
    }
    result
}

/// Letters and digits in upper case, as document numbers are compared: `"v-12.345.678"` becomes `"V12345678"`.
pub fn norm_number(number: &str) -> String {
    number
        .nfkd()
        .filter(|character| character.is_alphanumeric())
        .flat_map(char::to_uppercase)
        .collect()
}

/// What a compiled pattern may take in memory, in bytes; the time that it takes grows with this and with the text alone.
const PATTERN_SIZE: usize = 64 * 1024;

/// A regular expression that a whole text has to match. None where it is none, or a too large one.
pub fn pattern(expression: &str) -> Option<Regex> {
    let compile = |expression: &str| RegexBuilder::new(expression).size_limit(PATTERN_SIZE).nest_limit(20).build().ok();
    // By itself first: `a)(b` must not become legal by what is put around it.
    compile(expression)?;
    compile(&format!("^(?:{expression})$"))
}

/// Escapes what `LIKE … ESCAPE '\'` would take as a wildcard.
pub fn escape_like(text: &str) -> String {
    let mut result = String::with_capacity(text.len());
    for character in text.chars() {
        if matches!(character, '%' | '_' | '\\') {
            result.push('\\');
        }
        result.push(character);
    }
    result
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accents_case_and_blanks_do_not_count() {
        assert_eq!(norm("  José\tPÉREZ Ñáñez "), "jose perez nanez");
        assert_eq!(norm("ÅKERÖ ﬁn"), "akero fin");
        assert_eq!(norm(""), "");
    }

    #[test]
    fn document_numbers_keep_letters_and_digits() {
        assert_eq!(norm_number("v-12.345.678"), "V12345678");
        assert_eq!(norm_number("J 30-5/ñ"), "J305N");
    }

    #[test]
    fn a_pattern_is_for_the_whole_text() {
        let cedula = pattern("V?[0-9]{5,9}").expect("a pattern");
        assert!(cedula.is_match("V12345678") && !cedula.is_match("V12345678X") && !cedula.is_match("XV12345678"));
        let either = pattern("A|B").expect("a pattern");
        assert!(either.is_match("A") && !either.is_match("AX") && !either.is_match("XB"));
        for bad in ["(", "a)(b", "[", "(?x)a#", "(a{1000}){1000}", r"(a)\1"] {
            assert!(pattern(bad).is_none(), "{bad}");
        }
    }

    #[test]
    fn wildcards_are_escaped() {
        assert_eq!(escape_like(r"50%_a\b"), r"50\%\_a\\b");
    }
}
