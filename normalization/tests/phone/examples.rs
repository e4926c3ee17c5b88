//! Spellings of phone numbers, and which of them are equal.

use normalization::phone::{self, number_of};

fn canonical(typed: &str, default: &str) -> Option<String> {
    phone::parse(typed, default).map(|phone| phone.canonical())
}

#[track_caller]
fn same(default: &str, expected: &str, typed: &[&str]) {
    for text in typed {
        assert_eq!(canonical(text, default).as_deref(), Some(expected), "{text:?} under {default}");
    }
}

#[test]
fn numbers_with_plus_keep_their_zeros() {
    for default in ["VE", "US", "IT", "CI", "RU", "FR", "JP", "", "XX", "Venezuela"] {
        same(default, "+390669827431", &["+39 06 6982 7431"]);
        same(default, "+2250701020304", &["+225 07 01 02 03 04"]);
        same(default, "+2290195011011", &["+229 01 95 01 10 11"]);
        same(default, "+242066123456", &["+242 06 612 3456"]);
        same(default, "+3780549886377", &["+378 0549 886377"]);
        same(default, "+5511987654329", &["+55 11 98765-4329"]);
    }
}

#[test]
fn ways_to_type_a_venezuelan_mobile() {
    same(
        "VE",
        "+584141234567",
        &[
            "0414-1234567",
            "414 123 45 67",
            "(0414) 123.45.67",
            "58 414 1234567",
            "+0414 1234567",
            "0058 414 1234567",
        ],
    );
    for default in ["VE", "US", "CO", "BR", "JP", "RU", ""] {
        same(
            default,
            "+584141234567",
            &[
                "+58 414 1234567",
                "++58 414 1234567",
                "0058 414 1234567",
                "(00 58) 0414-1234567",
                "0 0 58 414 1234567",
                "+00 58 414 1234567",
                "(+58)0414-1234567",
                "+58 (0)414-1234567",
                "+58 0414-1234567",
                "tel:+58-414-1234567",
                "TEL: +58 414 1234567",
                "tel:0414-1234567;phone-context=+58",
                "Tel. +58 414 1234567",
                "+58\u{a0}414\u{202f}1234567",
                "+58\u{2013}414\u{2011}123\u{2014}4567",
                "\u{202a}+58 414 1234567\u{202c}",
                "\u{200e}+58\u{200e} 414\u{200f} 123\u{ad}45\u{200b}67\u{feff}",
                "\u{2068}+58 414 1234567\u{2069}\n",
                "＋５８ ４１４ １２３４５６７",
                "+٥٨ ٤١٤ ١٢٣٤٥٦٧",
                "+۵۸ ۴۱۴ ۱۲۳۴۵۶۷",
                "+५८ ४१४ १२३४५६७",
                "+58·414·1234567",
            ],
        );
    }
}

#[test]
fn numbers_of_other_countries() {
    same(
        "VE",
        "+33123456781",
        &["+33 1 23 45 67 81", "+33 (0)1 23 45 67 81", "0033 1 23 45 67 81"],
    );
    same("VE", "+442079460018", &["+44 (0)20 7946 0018", "+44 20 7946 0018"]);
    same("GB", "+442079460018", &["020 7946 0018", "(020) 7946 0018"]);
    same("ES", "+34911234567", &["+34 (0)91 123 45 67", "0034 (0)911234567", "911234567"]);
    same(
        "RU",
        "+74951234567",
        &["8 (495) 123-45-67", "+7 (8) 495 123-45-67", "+7 495 123-45-67"],
    );
    same(
        "US",
        "+18003569377",
        &["1-800-FLOWERS", "1 800 flowers", "(800) FLOWERS", "+1 800 FLOWERS"],
    );
    same("CO", "+573011234567", &["0057 301 1234567", "301 1234567"]);
    // Japan has national numbers that begin with 00.
    same("JP", "+8100777012", &["0077-7012"]);
}

#[test]
fn extensions_make_two_phones_of_one_number() {
    let forms: [(&str, &[&str]); 4] = [
        (
            "101",
            &[
                "+58 212 5550142 ext. 101",
                "+58 212 5550142 EXT 101",
                "0212-5550142 x101",
                "0212-5550142x101",
                "0212 5550142 extensión 101",
                "0212-5550142 int. 101",
                "0212-5550142 Interno: 101",
                "0212-5550142 anexo 101",
                "0212-5550142, ramal 101",
                "0212-5550142 (ramal 101",
                "0212-5550142 extensão 101",
                "+58 212 5550142 доб. 101",
                "+58 212 5550142 ext. ١٠١",
                "+58 212 5550142 ｅｘｔ １０１",
                "+58 212 5550142,101",
                "+58 212 5550142 # 101",
                "+58\u{a0}212\u{a0}5550142\u{a0}ext.\u{a0}101\u{202c}",
            ],
        ),
        ("102", &["+58 212 5550142 ext. 102"]),
        ("103", &["+582125550142;ext=103", "tel:+58-212-555-0142;ext=103"]),
        ("007", &["+58 212 5550142 ext 007"]),
    ];
    for (extension, typed) in forms {
        same("VE", &format!("+582125550142;ext={extension}"), typed);
    }
    same(
        "VE",
        "+582125550142;ext=5",
        &["tel:0212-5550142;ext=5;phone-context=+58", "0058 212 5550142,5"],
    );
    same("US", "+18003569377;ext=5", &["1-800-FLOWERS x5"]);
    assert_eq!(number_of("+582125550142;ext=101"), "+582125550142");
    assert_eq!(number_of("+582125550142"), "+582125550142");
    assert_eq!(number_of(""), "");
}

#[test]
fn argentine_mobiles_are_one_in_both_forms() {
    for default in ["AR", "VE", "US"] {
        same(
            default,
            "+5491123456789",
            &[
                "+54 11 15 2345-6789",
                "+54 9 11 2345-6789",
                "+54 (011) 15-2345-6789",
                "+54 9 11 15 2345-6789",
                "0054 9 11 15 2345-6789",
                "+54 011 15 2345 6789",
            ],
        );
        same(default, "+5491123456789;ext=7", &["+54 9 11 15 2345-6789 int. 7"]);
    }
    same("AR", "+5491123456789", &["011 15-2345-6789", "11 15 2345 6789", "9 11 2345-6789"]);
    // A fixed line is another phone.
    same("AR", "+541123456789", &["011 2345-6789", "+54 11 2345-6789"]);
}

#[test]
fn look_alikes_share_a_match_key() {
    let key = |typed: &str, default: &str| phone::parse(typed, default).map(|phone| phone.match_key());
    for (default, expected, typed) in [
        (
            "VE",
            "+525512345678",
            ["+52 1 55 1234 5678", "+52 55 1234 5678", "+52 1 55 1234 5678 ext. 3"],
        ),
        ("MX", "+525512345678", ["044 55 1234 5678", "01 55 1234 5678", "55 1234 5678"]),
        (
            "VE",
            "+5511987654321",
            ["+55 11 8765-4321", "+55 11 98765-4321", "+55 (011) 8765-4321"],
        ),
        ("BR", "+551123456789", ["(11) 2345-6789", "011 2345-6789", "+55 11 2345-6789"]),
        ("VE", "+582125550142", ["0212-5550142", "0212-5550142 x1", "+58 212 5550142,2"]),
        (
            "VE",
            "+5491123456789",
            ["+54 11 15 2345-6789", "+54 9 11 2345-6789", "+54 9 11 15 2345-6789"],
        ),
    ] {
        for text in typed {
            assert_eq!(key(text, default).as_deref(), Some(expected), "{text}");
        }
    }
    // They stay apart where they are stored.
    assert_eq!(canonical("+52 1 55 1234 5678", "VE").as_deref(), Some("+5215512345678"));
    assert_eq!(canonical("+55 11 8765-4321", "VE").as_deref(), Some("+551187654321"));
}

#[test]
fn regions_of_numbers() {
    for (typed, region) in [
        ("0414-1234567", Some("VE")),
        ("+1 506 234 5678", Some("CA")),
        ("+1 212 555 0100", Some("US")),
        ("+44 1481 256 789", Some("GG")),
        ("+52 1 55 1234 5678", Some("MX")),
        ("+800 1234 5678", None),
    ] {
        let phone = phone::parse(typed, "VE").unwrap_or_else(|| panic!("{typed} is a number"));
        assert_eq!(phone.region().as_deref(), region, "{typed}");
    }
}

#[test]
fn what_is_no_phone() {
    for typed in [
        "",
        "+",
        "call me",
        "12",
        "+999 1",
        "++58",
        "ana1110@example.com",
        "0414-1234567 Ana",
        "0414-1234567 casa",
        "0414-1234567 p 12",
        "0414-1234567\n0212-5550142",
        "0414-1234567/0212-5550142",
        "0414\u{0}1234567",
        "+58 414 1234567 8901234",
        "+58 212 5550142 ext.",
        ";phone-context=+58;tel:0414-1234567",
    ] {
        assert_eq!(canonical(typed, "VE"), None, "{typed:?}");
    }
    assert_eq!(canonical("0414-1234567", ""), None);
    // Numbers that no operator has are accepted.
    same("VE", "+589991234567", &["0999-1234567", "+58 999 1234567"]);
}

/// Readings that are repaired in two steps are stored as the last of them.
#[test]
fn what_is_stored_is_read_as_itself() {
    for (typed, default) in [("00098000502387", "AR"), ("00\u{200e}94683766 ext. 5", "BR")] {
        let stored = canonical(typed, default).unwrap_or_else(|| panic!("{typed} is a number"));
        same(default, &stored, &[&stored]);
    }
}

#[test]
fn long_texts_are_no_phones() {
    let spaced = |length: usize| format!("0414{}1234567", " ".repeat(length - 11));
    assert!(phone::parse(&spaced(60), "VE").is_some());
    assert_eq!(phone::parse(&spaced(61), "VE"), None);
    assert!(phone::parse(&format!("{}0414-1234567{}", " ".repeat(500), "\u{200e}".repeat(500)), "VE").is_some());
}
