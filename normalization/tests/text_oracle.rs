//! `fold` compared with Python's `unicodedata` and ICU's `uconv` for every letter and number, see data/make_fold.py.

use normalization::text::{decimal_digits, fold, is_visible_text};

const EXPECTED: &str = include_str!("data/fold.txt");

/// The characters of `41-5A 61`.
fn characters(ranges: &str) -> impl Iterator<Item = char> {
    let code = |text: &str| u32::from_str_radix(text, 16).expect("a code point");
    ranges.split(' ').flat_map(move |range| {
        let (first, last) = range.split_once('-').unwrap_or((range, range));
        (code(first)..=code(last)).filter_map(char::from_u32)
    })
}

#[test]
fn letters_and_numbers_fold_as_elsewhere() {
    let mut count = 0;
    let mut wrong = Vec::new();
    for line in EXPECTED.lines().filter(|line| !line.starts_with('#')) {
        let (expected, ranges) = line.split_once('\t').expect("a line of two columns");
        for character in characters(ranges) {
            let alone = character.to_string();
            let expected = if expected == "=" { &alone } else { expected };
            let folded = fold(&alone);
            if folded != expected {
                wrong.push(format!("{character} {:X}: {folded} instead of {expected}", u32::from(character)));
            }
            assert_eq!(is_visible_text(&alone), !folded.is_empty());
            assert!(decimal_digits(&alone).all(|digit| folded == digit.to_string()));
            count += 1;
        }
    }
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
    assert!(count > 130_000, "only {count} characters");
}
