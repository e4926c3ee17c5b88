//! How text is compared: one normal form, kept beside the text and compared bytewise on both databases.

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
    fn wildcards_are_escaped() {
        assert_eq!(escape_like(r"50%_a\b"), r"50\%\_a\\b");
    }
}
