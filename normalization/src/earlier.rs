//! The forms before `m0014_canonical_forms`, for reverting to that version. They never change.

use icu_normalizer::DecomposingNormalizerBorrowed;
use icu_properties::props::{EnumeratedProperty, GeneralCategory, GeneralCategoryGroup};

use crate::phone;

/// Names, places and entries of catalogues: NFKD without any marks, in lower case, blanks collapsed.
pub fn name(text: &str) -> String {
    let folded: String = decomposed(text)
        .filter(|character| !GeneralCategoryGroup::Mark.contains(GeneralCategory::for_char(*character)))
        .flat_map(char::to_lowercase)
        .collect();
    folded.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Document numbers, whatever their type: letters and digits of the NFKD in upper case.
pub fn document_number(number: &str) -> String {
    decomposed(number)
        .filter(|character| character.is_alphanumeric())
        .flat_map(char::to_uppercase)
        .collect()
}

pub fn email(value: &str) -> String {
    value.trim().to_lowercase()
}

/// Phones, from their canonical form: E.164 without the extension and without the zeros that begin a national number.
pub fn phone(canonical: &str) -> String {
    let number = phone::number_of(canonical);
    let national = phone::calling_code_of(number)
        .map(|code| format!("+{code}"))
        .and_then(|code| Some((number.strip_prefix(&code)?.trim_start_matches('0').to_owned(), code)));
    national.map_or_else(|| number.to_owned(), |(national, code)| code + &national)
}

fn decomposed(text: &str) -> impl Iterator<Item = char> + '_ {
    DecomposingNormalizerBorrowed::new_nfkd().normalize_iter(text.chars())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_are_those_of_the_version_before() {
        for (typed, form) in [
            ("  José\tPÉREZ Ñáñez ", "jose perez nanez"),
            ("Straße", "straße"),
            ("Łódź", "łodz"),
            ("ÅKERÖ ﬁn", "akero fin"),
            ("O’Brien", "o’brien"),
            ("", ""),
        ] {
            assert_eq!(name(typed), form, "{typed}");
        }
        for (typed, form) in [
            ("v-12.345.678", "V12345678"),
            ("J 30-5/ñ", "J305N"),
            ("A&B-1", "AB1"),
            ("٠٠١", "٠٠١"),
        ] {
            assert_eq!(document_number(typed), form, "{typed}");
        }
        assert_eq!(email(" Ana@XN--MLLER-KVA.Example "), "ana@xn--mller-kva.example");
        for (canonical, form) in [
            ("+582125550142;ext=101", "+582125550142"),
            ("+390669827431", "+39669827431"),
            ("+584145550100", "+584145550100"),
            ("?", "?"),
        ] {
            assert_eq!(phone(canonical), form, "{canonical}");
        }
    }
}
