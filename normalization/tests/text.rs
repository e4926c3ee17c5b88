//! Equality of texts and document numbers, by examples.

use normalization::text::{breaks_line, decimal_digits, document_number, fold, is_invisible, is_visible_text};

/// Texts with the form that all of them fold to.
const EQUAL: &[(&str, &[&str])] = &[
    // Case and accents.
    (
        "jose perez nanez",
        &[
            "  José\tPÉREZ Ñáñez ",
            "JOSE PEREZ NANEZ",
            "Jose\u{301} Pe\u{301}rez N\u{303}a\u{301}n\u{303}ez",
        ],
    ),
    ("strasse", &["STRASSE", "Straße", "STRAẞE", "ſtraſſe"]),
    ("giessen", &["GIESSEN", "Gießen"]),
    ("παπαδοπουλοσ", &["ΠΑΠΑΔΟΠΟΥΛΟΣ", "Παπαδόπουλος", "παπαδοπουλοσ"]),
    ("τωι", &["τῷ", "ΤΩΙ", "τῳ"]),
    ("isik", &["IŞIK", "isik", "Işık", "İŞİK", "i\u{307}ş\u{131}k"]),
    ("istanbul", &["İstanbul", "ISTANBUL", "ıstanbul"]),
    ("николаи", &["Николай", "НИКОЛАЙ"]),
    ("семенов", &["Семёнов", "СЕМЕНОВ"]),
    ("nguyen thi", &["Nguyễn Thị", "NGUYỄN THỊ"]),
    // Letters that do not decompose.
    ("lodz", &["Łódź", "LODZ", "łódz"]),
    ("sorensen", &["Sørensen", "SØRENSEN"]),
    ("dordevic", &["Đorđević", "ĐORĐEVIĆ"]),
    ("aethelthryth", &["Æþelþryþ", "ÆÞELÞRYÞ"]),
    ("oeuvre", &["Œuvre", "œuvre"]),
    ("sigurdsson", &["Sigurðsson", "SIGURÐSSON"]),
    ("ghanaqnq hal", &["ghanaĸŋĸ ħal"]),
    ("kofi aliyev", &["Kɔfi Aliyev", "KƆFI ALİYEV"]),
    ("eliyev", &["Əliyev", "ƏLİYEV"]),
    // Punctuation.
    (
        "o'brien",
        &[
            "O'Brien",
            "O’Brien",
            "O‘Brien",
            "OʼBrien",
            "OʻBrien",
            "O´Brien",
            "O`Brien",
            "O′Brien",
            "O＇Brien",
            "O‛Brien",
            "Oʹbrien",
            "O\u{5f3}Brien",
            "O \u{301}brien",
        ],
    ),
    (
        "d'elia",
        &["d'elia", "D´Elia", "D’ELIA", "d\u{1ffd}elia", "d\u{1fef}elia", "d\u{384}elia"],
    ),
    ("'elia", &["´Elia", " 'elia", "\u{301}elia"]),
    (
        "perez-lopez",
        &[
            "Pérez–López",
            "perez-lopez",
            "Pérez—López",
            "Pérez‑López",
            "Pérez‐López",
            "Pérez−López",
            "Pérez－López",
            "Pérez―López",
            "Pérez﹣López",
        ],
    ),
    (
        "\"la paz\"",
        &[
            "\"La Paz\"",
            "«La Paz»",
            "“La Paz”",
            "„La Paz‟",
            "″La Paz″",
            "＂La Paz＂",
            "''La Paz``",
            "‶La Paz〞",
            "˝La Paz˝",
        ],
    ),
    ("~", &["～", "〜"]),
    ("1/2", &["½", "1⁄2"]),
    ("col·lega", &["coŀlega", "COL·LEGA"]),
    ("'n huis", &["ŉ huis", "ʼn Huis"]),
    // Accents that stand alone.
    ("muller", &["Mu¨ller", "M\u{a8}uller", "Müller"]),
    ("juan perez", &["Juan ¨Perez", "Juan Perez¨", "Juan  Perez"]),
    // Blanks and invisible characters.
    (
        "ana maria",
        &[
            "Ana\u{a0}María",
            "Ana\u{3000}Maria",
            "Ana\u{2009}\u{202f}Maria",
            "\u{2003}Ana\r\n\u{85}Maria\u{2028}",
            "Ana\u{2800}Maria",
        ],
    ),
    (
        "ana",
        &[
            "A\u{200b}na",
            "A\u{ad}na",
            "A\u{200d}na",
            "A\u{200c}na",
            "\u{feff}Ana",
            "A\u{202e}na\u{202c}",
            "\u{2067}Ana\u{2069}",
            "An\u{fe0f}a",
            "A\u{0}n\u{7}a",
            "A\u{34f}na",
            "An\u{fff9}a",
            "A\u{9f}na\u{3164}",
            "An\u{e0061}a",
        ],
    ),
    ("perez", &["Pe\u{200b}\u{301}rez", "Pe\u{200d}́rez"]),
    ("", &["", " ", "\u{2800}", "\u{200b}", "\u{308}", "¨", "\u{3164}"]),
    // Digits and compatibility characters.
    ("123", &["１２３", "١٢٣", "۱۲۳", "१२३", "১২৩", "๑๒๓", "𝟙𝟚𝟛", "①②③"]),
    ("m2 tm fin a o", &["m² ™ ﬁn ª º"]),
    ("tel", &["℡", "ＴＥＬ"]),
    ("acme gmbh", &["ＡＣＭＥ　ＧｍｂＨ"]),
    ("トヨタ", &["ﾄﾖﾀ", "トヨタ"]),
    ("ガス", &["ｶﾞｽ", "カ\u{3099}ス", "カ゛ス"]),
    ("株式会社", &["㍿", "株式会社"]),
    // Optional signs of Arabic and Hebrew.
    ("محمد", &["مُحَمَّد", "مـحـمـد", "محمد"]),
    ("שלום", &["שָׁלוֹם", "שלום"]),
    ("צה\"ל", &["צה״ל", "צה\"ל"]),
    ("한글", &["한글", "\u{1112}\u{1161}\u{11ab}\u{1100}\u{1173}\u{11af}"]),
    ("հայկ", &["ՀԱՅԿ", "Հայկ"]),
    ("тбилиси თბილისი", &["Тбилиси თბილისი", "ТБИЛИСИ ᲗᲑᲘᲚᲘᲡᲘ"]),
];

/// Texts that are not equal: there a mark is spelling, or the letters are others.
const DIFFERENT: &[(&str, &str)] = &[
    ("か", "が"),
    ("は", "ぱ"),
    ("ｶ", "ｶﾞ"),
    ("किरण", "करण"),
    ("क", "क़"),
    ("কি", "কী"),
    ("தமிழ்", "தமிழ"),
    ("ท่า", "ทา"),
    ("ปี", "ปา"),
    ("ມ້າ", "ມາ"),
    ("가", "각"),
    ("가", "나"),
    ("ខ្មែរ", "ខមរ"),
    ("أ", "ا"),
    ("آ", "ا"),
    ("ؤ", "و"),
    ("ئ", "ي"),
    ("ى", "ي"),
    ("Α", "A"),
    ("С", "C"),
    ("perez lopez", "perez-lopez"),
    ("obrien", "o'brien"),
    ("ana maria", "anamaria"),
    ("aa", "å"),
    ("ä", "ae"),
    ("、", ","),
];

#[test]
fn texts_that_people_take_for_the_same_fold_to_one() {
    for (folded, texts) in EQUAL {
        for text in *texts {
            assert_eq!(fold(text), *folded, "{text:?} {}", text.escape_unicode());
        }
        assert_eq!(fold(folded), *folded);
    }
}

#[test]
fn marks_that_are_spelling_stay() {
    for (one, other) in DIFFERENT {
        assert_ne!(fold(one), fold(other), "{one} {other}");
    }
    assert_eq!(fold("किरण ท่า"), "किरण ท่า");
}

#[test]
fn document_numbers_keep_letters_and_digits() {
    for (number, expected) in [
        ("v-12.345.678", "V12345678"),
        ("J 30-5/x", "J305X"),
        ("ＡＢ－１２", "AB12"),
        ("٣٤-۵", "345"),
        ("ÁÉ 1", "AE1"),
        ("goñe800101", "GOÑE800101"),
        ("GON\u{303}E800101", "GOÑE800101"),
        ("gon\u{200b}\u{303}\u{323}e", "GOÑE"),
        ("GONE800101", "GONE800101"),
        ("n\u{301}~", "N"),
        ("12\u{200b}3\u{ad}4", "1234"),
        ("straße 5ø", "STRASSE5O"),
        ("京A-12345", "京A12345"),
        ("कि-1", "कि1"),
        ("1ª/b", "1AB"),
        ("", ""),
        ("-.·", ""),
    ] {
        assert_eq!(document_number(number), expected, "{number:?}");
        assert_eq!(document_number(expected), expected);
    }
}

#[test]
fn digits_of_every_script_count() {
    let digits = |text| decimal_digits(text).collect::<String>();
    assert_eq!(digits("+58 (412) 555-01"), "5841255501");
    assert_eq!(digits("٠١٢٣٤٥٦٧٨٩ ۴۵ १२ ８ 𝟗 ²①五"), "01234567894512".to_owned() + "89");
    assert_eq!(digits("none"), "");
}

#[test]
fn a_text_needs_something_visible() {
    for visible in ["a", "  .  ", "ñ", "\u{301}a", "か", "´", "一", "😀", "किरण", "\u{200d}a", "\u{600}"] {
        assert!(is_visible_text(visible), "{visible:?}");
    }
    for nothing in [
        "",
        " ",
        "\t\n",
        "\u{200b}\u{ad}",
        "\u{3164}",
        "\u{115f}\u{1160}\u{ffa0}",
        "\u{2066} \u{feff}\n",
        "\u{2800}",
        "\u{301}",
        "ि",
        "\u{0}",
        "¨",
        "\u{640}",
        "\u{e0041}",
        "\u{fe0f}\u{20e3}",
        "\u{180e}",
        "\u{fff9}",
    ] {
        assert!(!is_visible_text(nothing), "{nothing:?}");
    }
}

#[test]
fn invisible_characters_and_line_breaks_are_known() {
    for invisible in "\u{0}\u{7}\u{1b}\u{7f}\u{80}\u{9f}\u{ad}\u{34f}\u{61c}\u{115f}\u{200b}\u{200d}\u{200e}\u{202e}\u{2060}\u{2066}\u{3164}\u{fe0f}\u{feff}\u{fffb}\u{1d173}\u{e0001}\u{e0100}".chars() {
        assert!(is_invisible(invisible), "{invisible:?}");
    }
    for other in " \t\n\u{85}\u{a0}\u{2028}\u{3000}a\u{301}\u{600}\u{6dd}\u{2800}\u{fffd}\u{e000}".chars() {
        assert!(!is_invisible(other), "{other:?}");
    }
    let breaks: Vec<char> = ('\u{0}'..=char::MAX).filter(|character| breaks_line(*character)).collect();
    assert_eq!(breaks, ['\n', '\u{b}', '\u{c}', '\r', '\u{85}', '\u{2028}', '\u{2029}']);
}
