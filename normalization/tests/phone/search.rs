//! Search by a number, or a part of one.

use normalization::phone::{parse, search_digits, without_label};

#[test]
fn typed_parts_find_the_stored_number() {
    let stored = ["+584145550142", "+584145550142;ext=5"];
    for typed in [
        "0058 414 5550142",
        "0058 414 555",
        "(+58)0414 555",
        "(+58)0414-5550142",
        "+58 414",
        "tel:+58-414-555-0142;ext=5",
        "tel:+58414",
        "0414-555",
        "0414-5550142",
        "414 555",
        "5550142",
        "55 01 42",
        "58 414 555",
        "0414-5550142 ext. 5",
        "٠٤١٤ ٥٥٥",
        "\u{202a}0414\u{a0}555\u{202c}",
        "+58 (0)414 555",
    ] {
        let strings = search_digits(typed, "VE");
        for stored in stored {
            assert!(
                strings.iter().any(|string| stored.contains(string.as_str())),
                "{typed:?}: {strings:?}"
            );
        }
        let other = "+582121234567";
        assert!(
            !strings.iter().any(|string| other.contains(string.as_str()) && typed.len() > 7),
            "{typed:?}: {strings:?}"
        );
    }
}

#[test]
fn strings_that_are_looked_for() {
    for (typed, default, expected) in [
        ("0414-555", "VE", &["414555"][..]),
        ("414 555", "VE", &["414555"]),
        ("+58 0414 555", "VE", &["+580414555", "+58414555"]),
        ("+58 414 5550142", "US", &["+584145550142"]),
        ("0058 414 555", "VE", &["+58414555", "058414555"]),
        ("8 495 123", "RU", &["495123"]),
        ("1 (212) 555", "US", &["212555"]),
        ("+39 06 698", "VE", &["+3906698", "+396698"]),
        ("011 15-2345-6789", "AR", &["+5491123456789", "111523456789"]),
        ("1-800-FLOWERS", "US", &["+18003569377"]),
        ("058", "VE", &["058"]),
        ("12", "VE", &[]),
        ("WhatsApp 0414-555", "VE", &["414555"]),
        ("Tel.:0414-555", "VE", &["414555"]),
        ("Móvil (0414) 555", "VE", &["414555"]),
        ("5550142 ext. 102", "VE", &["5550142"]),
        ("555-01 x7", "VE", &["55501"]),
        ("555-01 x", "VE", &[]),
        ("555-01 ext. Ana", "VE", &[]),
        ("Ana tel 0414", "VE", &[]),
        ("Ana 0414", "VE", &[]),
        ("0414 Ana", "VE", &[]),
        ("ana1@example.com", "VE", &[]),
        ("", "VE", &[]),
    ] {
        assert_eq!(search_digits(typed, default), expected, "{typed}");
    }
}

#[test]
fn what_a_phone_is_called_is_taken_off() {
    for (text, number) in [
        ("Tel. 0414", "0414"),
        ("tel:+58", "+58"),
        ("Tel / WhatsApp: (0414)", "(0414)"),
        ("Ana 0414", "Ana 0414"),
        ("#123", "#123"),
        ("tel", "tel"),
        ("", ""),
    ] {
        assert_eq!(without_label(text), number, "{text}");
    }
}

/// Whatever is stored is found by what was typed when it was stored.
#[test]
fn what_was_typed_finds_what_was_stored() {
    for (typed, default) in [
        ("+54 9 11 15 2345-6789", "AR"),
        ("+39 06 6982 7431", "VE"),
        ("0052 1 55 1234 5678", "US"),
        ("+55 11 8765-4321", "BR"),
        ("0 15 11 98765-4321", "BR"),
        ("06 1 234 5678", "HU"),
        ("tel:0212-5550142;ext=5;phone-context=+58", "US"),
        ("+34 (0)91 123 45 67", "VE"),
        ("0212-5550142 ramal 7", "VE"),
        ("0212-5550142,7", "VE"),
    ] {
        let stored = parse(typed, default).unwrap_or_else(|| panic!("{typed} is a number")).canonical();
        let strings = search_digits(typed, default);
        assert!(
            strings.iter().any(|string| stored.contains(string.as_str())),
            "{typed}: {strings:?}, stored {stored}"
        );
    }
}
