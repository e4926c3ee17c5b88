//! Numbers that keep the rules of their countries, and the same with something wrong.

use super::*;

const RIGHT: &[(CheckDigit, &[&str])] = &[
    (
        CheckDigit::ArCuit,
        &["20-05536168-2", "27082462819", "20909378657", "27917034236", "20047439575"],
    ),
    (
        CheckDigit::BrCnpj,
        &[
            "16.727.230/0001-97",
            "98732000000180",
            "92214480000101",
            "27536138000166",
            "12.ABC.345/01DE-35",
        ],
    ),
    (
        CheckDigit::BrCpf,
        &["390.533.447-05", "30111250668", "27983787103", "01278362843", "58841491906"],
    ),
    (
        CheckDigit::ClRut,
        &["12.345.678-5", "90209434", "14318836", "60120777-k", "16655287"],
    ),
    (
        CheckDigit::CoNit,
        &["213.123.432-1", "3644207562", "9802860375", "07146064653", "3990899044"],
    ),
    (
        CheckDigit::EcCedula,
        &["171430710-3", "2418965154", "3048614485", "1714311485", "2438275303"],
    ),
    (
        CheckDigit::EcRuc,
        &[
            "1792060346-001",
            "1796966576001",
            "1799669710001",
            "0100628015001",
            "0103684387001",
            "0163191786001",
        ],
    ),
    (
        CheckDigit::EsDni,
        &["54362315-K", "01131600t", "51142882J", "97153672Q", "61832583G"],
    ),
    (
        CheckDigit::EsNie,
        &["X-5253868-R", "X1675619T", "Y8811695H", "Z2537023J", "Z9682568X"],
    ),
    (
        CheckDigit::EsNif,
        &[
            "B-58378431",
            "54362315K",
            "X-5253868-R",
            "M-1234567-L",
            "P8433762E",
            "Q98791577",
            "N8769609B",
            "K6782369Z",
        ],
    ),
    (
        CheckDigit::MxCurp,
        &[
            "BOXW310820HNERXN09",
            "PEGJ771205HDFRRN07",
            "PEGJ420202HDFRRN03",
            "PEGJ440904HDFRRN02",
        ],
    ),
    (
        CheckDigit::MxRfc,
        &["GODE 561231 GR8", "MAB-930714-8T4", "A&B510710AL8", "PEGJ560618AU3", "ÑAN6208036U9"],
    ),
    (
        CheckDigit::PeRuc,
        &["20512333797", "10528735385", "20408579865", "20834497043", "10141187517"],
    ),
    (CheckDigit::PyRuc, &["80028061-0", "980870", "0270407", "54283108", "893846"]),
    (CheckDigit::UyCi, &["1.234.567-2"]),
    (
        CheckDigit::UyRut,
        &["21-100342-001-7", "214754670018", "029220930013", "026879200018"],
    ),
    (
        CheckDigit::VeRif,
        &["V-11470283-4", "J-10652020-7", "E269936013", "P249448856", "j300390470"],
    ),
];

#[test]
fn right_numbers_pass_and_another_last_character_does_not() {
    for (rule, numbers) in RIGHT {
        for number in *numbers {
            assert!(are_right(*rule, number), "{rule:?} {number}");
            // It ends in the number of an establishment, which nothing checks.
            if *rule == CheckDigit::EcRuc {
                continue;
            }
            let (front, last) = number.split_at(number.len() - 1);
            let others = ('0'..='9')
                .chain('A'..='Z')
                .filter(|other| other.to_string() != last.to_uppercase());
            let passing: Vec<char> = others.filter(|other| are_right(*rule, &format!("{front}{other}"))).collect();
            // Bodies in Spain have either the digit or the letter for it.
            let most = usize::from(*rule == CheckDigit::EsNif);
            assert!(passing.len() <= most, "{rule:?} {front} also passes with {passing:?}");
        }
    }
}

#[test]
fn the_check_digit_of_a_ruc_stands_before_its_establishment() {
    for wrong in ["1792060345001", "1792060346000", "1799669711001", "0100628016001", "1770000001001"] {
        assert!(!are_right(CheckDigit::EcRuc, wrong), "{wrong}");
    }
}

#[test]
fn anything_may_be_typed() {
    let long = "9".repeat(10_000);
    for number in [
        "",
        " ",
        "-",
        "0",
        "A",
        "Ñ",
        "ÑÑÑÑÑÑÑÑÑÑÑÑÑ",
        "١٢٣٤٥٦٧٨٩",
        "🦀",
        "K",
        "B",
        "X",
        &long,
        "J",
    ] {
        for (rule, _) in RIGHT {
            assert!(!are_right(*rule, number), "{rule:?} {number}");
        }
    }
}

#[test]
fn equal_digits_are_refused_although_they_add_up() {
    assert!(!are_right(CheckDigit::BrCpf, "111.111.111-11"));
    assert!(!are_right(CheckDigit::BrCnpj, "00.000.000/0000-00"));
}
