//! Comparison of text: one normal form, stored next to the text and compared bytewise on both databases.

/// The languages of texts that the program brings along.
pub mod language;
/// Known names near to a misspelt one.
pub mod suggestions;

use regex::{Regex, RegexBuilder};

pub use normalization::text::fold;

/// Maximum memory of a compiled pattern, in bytes; its running time grows only with this and with the text.
const PATTERN_SIZE: usize = 64 * 1024;

/// A regular expression that a whole text has to match. None where it is none, or a too large one.
pub fn pattern(expression: &str) -> Option<Regex> {
    let compile = |expression: &str| RegexBuilder::new(expression).size_limit(PATTERN_SIZE).nest_limit(20).build().ok();
    // First on its own: `a)(b` must not become valid by the surrounding group.
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
