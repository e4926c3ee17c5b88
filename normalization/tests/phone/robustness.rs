//! Arbitrary text as a phone: nothing panics, and accepted numbers keep their shape.

use normalization::phone::{number_of, parse, search_digits};

const PIECES: &[&str] = &[
    "0",
    "1",
    "2",
    "5",
    "8",
    "9",
    "+",
    "00",
    "(0)",
    "(",
    ")",
    "-",
    ".",
    "/",
    " ",
    ",",
    ";",
    "#",
    "*",
    "~",
    ":",
    "=",
    "%",
    "@",
    "A",
    "é",
    "ß",
    "İ",
    "ã",
    "x",
    "tel:",
    "TEL:",
    ";ext=",
    ";phone-context=",
    ";phone-context=+58",
    ";isub=",
    " ext. ",
    " ramal ",
    "interno",
    "доб. ",
    "+58",
    "+54911",
    "+52",
    "\u{200e}",
    "\u{202a}",
    "\u{a0}",
    "＋",
    "５",
    "٣",
    "०",
    "𝟗",
    "\u{0}",
    "\n",
    "😀",
    "\u{301}",
];

/// Thirty thousand texts; `PHONE_FUZZ=50000000` for more.
#[test]
fn random_texts_do_not_panic() {
    let count = std::env::var("PHONE_FUZZ")
        .ok()
        .and_then(|count| count.parse().ok())
        .unwrap_or(30_000_u64);
    let mut state = 0x2545_F491_4F6C_DD1D_u64;
    let mut below = |limit: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state % limit as u64) as usize
    };
    let mut accepted = 0;
    for _ in 0..count {
        let text: String = (0..below(24)).map(|_| PIECES[below(PIECES.len())]).collect();
        let default = ["VE", "US", "AR", "BR", "CO", "IT", "RU", "JP", "", "é", "XX", "001"][below(12)];
        for string in search_digits(&text, default) {
            assert!(
                string
                    .strip_prefix('+')
                    .unwrap_or(&string)
                    .bytes()
                    .all(|byte| byte.is_ascii_digit()),
                "{text:?}: {string}"
            );
        }
        let Some(phone) = parse(&text, default) else {
            continue;
        };
        accepted += 1;
        let canonical = phone.canonical();
        let (number, extension) = (
            number_of(&canonical),
            canonical.split_once(";ext=").map_or("0", |(_, extension)| extension),
        );
        let is_digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        assert!(
            number.strip_prefix('+').is_some_and(is_digits) && is_digits(extension),
            "{text:?}: {canonical}"
        );
        assert!((8..=16).contains(&number.len()), "{text:?}: {canonical}");
        assert_eq!(
            parse(&canonical, default).map(|phone| phone.canonical()),
            Some(canonical.clone()),
            "{text:?} under {default}"
        );
    }
    assert!(accepted > 0);
}
