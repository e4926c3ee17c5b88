//! Properties of every text: `fold` is idempotent, and ignores case and the normalization form of its input.

use icu_casemap::CaseMapper;
use icu_normalizer::{ComposingNormalizerBorrowed, DecomposingNormalizerBorrowed};
use icu_properties::props::{BinaryProperty, Dash, DefaultIgnorableCodePoint, EnumeratedProperty, GeneralCategory, QuotationMark, Script};
use normalization::text::{decimal_digits, document_number, fold, is_invisible, is_visible_text};

fn every_character() -> impl Iterator<Item = char> {
    '\u{0}'..=char::MAX
}

/// The normalization forms of a text.
fn forms(text: &str) -> [String; 4] {
    [
        ComposingNormalizerBorrowed::new_nfc().normalize(text).into_owned(),
        DecomposingNormalizerBorrowed::new_nfd().normalize(text).into_owned(),
        ComposingNormalizerBorrowed::new_nfkc().normalize(text).into_owned(),
        DecomposingNormalizerBorrowed::new_nfkd().normalize(text).into_owned(),
    ]
}

/// Checks one text; the part that is about case is for texts whose case mappings are unambiguous.
fn check(text: &str, with_case: bool) {
    let folded = fold(text);
    let escaped = text.escape_unicode();
    assert_eq!(fold(&folded), folded, "again: {escaped}");
    assert_eq!(fold(&format!(" {text} ")), folded, "between blanks: {escaped}");
    let [nfc, _, nfkc, _] = forms(&folded);
    assert!(nfc == folded && nfkc == folded, "normalized: {escaped}");
    assert!(
        !folded.starts_with(' ') && !folded.ends_with(' ') && !folded.contains("  "),
        "blanks: {escaped}"
    );
    assert!(!folded.contains(is_invisible), "invisible: {escaped}");
    assert!(!is_visible_text(text) || !folded.is_empty(), "visible: {escaped}");
    let number = document_number(text);
    assert_eq!(document_number(&number), number, "number again: {escaped}");
    for form in forms(text) {
        assert_eq!(fold(&form), folded, "{} for {escaped}", form.escape_unicode());
        assert_eq!(document_number(&form), number, "number of {} for {escaped}", form.escape_unicode());
    }
    if with_case {
        assert_eq!(fold(&text.to_uppercase()), folded, "upper case of {escaped}");
        assert_eq!(fold(&text.to_lowercase()), folded, "lower case of {escaped}");
        assert_eq!(fold(&CaseMapper::new().fold_string(text)), folded, "case folding of {escaped}");
    }
}

/// Characters that no rule touches: most of what is not assigned, of private use, ideographs and syllables.
fn is_inert(character: char) -> bool {
    let text = character.to_string();
    let is_many = matches!(
        GeneralCategory::for_char(character),
        GeneralCategory::Unassigned | GeneralCategory::PrivateUse | GeneralCategory::OtherLetter
    );
    is_many && DecomposingNormalizerBorrowed::new_nfkd().is_normalized(&text) && fold(&text) == text
}

#[test]
fn every_character_alone() {
    // An inert character is its own form, in every sense.
    for character in every_character().filter(|character| !is_inert(*character)) {
        check(character.encode_utf8(&mut [0; 4]), true);
    }
}

#[test]
fn every_character_inside_of_a_word() {
    // Of the many others that are all alike, the test above says enough.
    let is_one_of_many = |character: char| {
        matches!(Script::for_char(character), Script::Han | Script::Hangul)
            || matches!(
                GeneralCategory::for_char(character),
                GeneralCategory::OtherSymbol | GeneralCategory::Unassigned
            )
    };
    for character in every_character().filter(|character| !is_inert(*character) && !is_one_of_many(*character)) {
        check(&format!("a {character}\u{308}b"), false);
        check(&format!("か{character}\u{301}\u{3099}n"), false);
    }
}

#[test]
fn texts_of_difficult_characters() {
    const DIFFICULT: &[&str] = &[
        " ",
        " ",
        "a",
        "n",
        "N",
        "ß",
        "ı",
        "İ",
        "Æ",
        "1",
        "٣",
        "'",
        "´",
        "¨",
        "`",
        "″",
        "‵",
        "-",
        "–",
        "\u{301}",
        "\u{303}",
        "\u{308}",
        "\u{323}",
        "\u{327}",
        "\u{338}",
        "\u{345}",
        "\u{34f}",
        "\u{200d}",
        "\u{200b}",
        "\u{0}",
        "\u{9f}",
        "\n",
        "\u{a0}",
        "か",
        "は",
        "ｶ",
        "ﾞ",
        "゛",
        "\u{3099}",
        "\u{309a}",
        "क",
        "ि",
        "\u{93c}",
        "\u{94d}",
        "\u{951}",
        "ท",
        "\u{e48}",
        "ำ",
        "ا",
        "\u{64b}",
        "\u{654}",
        "\u{655}",
        "ـ",
        "\u{fe71}",
        "\u{fc60}",
        "\u{fdfa}",
        "ש",
        "\u{5c1}",
        "\u{fb2c}",
        "가",
        "\u{1100}",
        "\u{1161}",
        "\u{11a8}",
        "\u{3164}",
        "ㅏ",
        "ά",
        "Σ",
        "ᾳ",
        "ΐ",
        "й",
        "\u{483}",
        "\u{488}",
        "\u{20dd}",
        "\u{1d165}",
        "\u{1e000}",
        "\u{1d15e}",
        "ǆ",
        "ŉ",
        "ﬃ",
        "\u{fb1e}",
        "\u{302e}",
        "\u{10d6e}",
    ];
    // A linear congruential generator: the same texts in every run.
    let mut state: u64 = 1;
    let mut below = |limit: usize| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize % limit
    };
    for _ in 0..20_000 {
        let length = 1 + below(8);
        let text: String = (0..length).map(|_| DIFFICULT[below(DIFFICULT.len())]).collect();
        check(&text, false);
    }
}

#[test]
fn punctuation_becomes_ascii() {
    for character in every_character() {
        let folded = fold(&format!("a{character}b"));
        let category = GeneralCategory::for_char(character);
        if Dash::for_char(character) || category == GeneralCategory::DashPunctuation {
            assert!(folded == "a-b" || folded == "a~b", "{character} {folded}");
        }
        // Corner brackets quote too, but look like brackets.
        let is_corner = matches!(character, '「'..='』' | '﹁'..='﹄' | '｢' | '｣');
        if QuotationMark::for_char(character) && !is_corner {
            assert!(folded == "a'b" || folded == "a\"b", "{character} {folded}");
        }
        if character.is_whitespace() {
            assert_eq!(folded, "a b", "{character:?}");
        }
        if DefaultIgnorableCodePoint::for_char(character) {
            assert!(folded == "ab" && is_invisible(character), "{character:?}");
        }
    }
}

#[test]
fn every_decimal_digit_is_known() {
    let mut value = 0;
    for character in every_character() {
        let text = character.to_string();
        let digit = decimal_digits(&text).next();
        let is_digit = GeneralCategory::for_char(character) == GeneralCategory::DecimalNumber;
        assert_eq!(digit.is_some(), is_digit, "{character}");
        if let Some(digit) = digit {
            assert_eq!(digit.to_digit(10), Some(value), "{character}");
            assert_eq!(fold(&text), digit.to_string());
            value = (value + 1) % 10;
        }
    }
}

#[test]
fn accents_are_dropped_from_all_that_has_them() {
    // The iota subscript alone decomposes to a blank and a mark.
    for character in every_character() {
        let script = Script::for_char(character);
        if matches!(script, Script::Latin | Script::Greek | Script::Cyrillic) && character.is_alphabetic() && character != 'ͺ' {
            let plain = fold(&character.to_string());
            for mark in ['\u{301}', '\u{308}', '\u{323}', '\u{328}', '\u{483}'] {
                assert_eq!(fold(&format!("{character}{mark}")), plain, "{character}{mark}");
            }
        }
    }
}
