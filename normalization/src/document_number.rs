//! The canonical form of a document number, by the rule of its type.

use crate::text;

/// Form of the numbers of a type. Blanks, punctuation and case are always ignored.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Form<'a> {
    /// The letters that each number begins with, in upper case; supplied where they are left out. Empty: there are none.
    pub prefix: &'a str,
    /// Zeros before the first other digit do not count.
    pub ignores_leading_zeros: bool,
}

impl Form<'_> {
    /// The form in which two numbers of the type are one: `V-017.204.618` and `17204618` become `V17204618` where the prefix is `V` and leading
    /// zeros do not count.
    pub fn canonical(&self, number: &str) -> String {
        let compact = text::document_number(number);
        let rest = compact.strip_prefix(self.prefix).unwrap_or(&compact);
        // Another letter means a number of another type, which the pattern of this one refuses.
        if rest.is_empty() || !rest.starts_with(|letter: char| letter.is_ascii_digit()) {
            return compact;
        }
        let rest = if self.ignores_leading_zeros { without_zeros(rest) } else { rest };
        format!("{}{rest}", self.prefix)
    }
}

/// Whether a number consists of zeros only, apart from a letter in front and one at the end as in some countries: no such number is issued.
pub fn has_only_zeros(number: &str) -> bool {
    let compact = text::document_number(number);
    let (digits, letters): (Vec<char>, Vec<char>) = compact.chars().partition(char::is_ascii_digit);
    !digits.is_empty() && letters.len() <= 2 && digits.iter().all(|digit| *digit == '0')
}

/// Zeros alone stay one zero.
fn without_zeros(number: &str) -> &str {
    let rest = number.trim_start_matches('0');
    let begins_with_digit = rest.starts_with(|letter: char| letter.is_ascii_digit());
    if begins_with_digit {
        rest
    } else {
        // `0-K` is the check digit of nothing; its last zero stays.
        &number[number.len() - rest.len() - usize::from(rest.len() < number.len())..]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CEDULA: Form<'_> = Form {
        prefix: "V",
        ignores_leading_zeros: true,
    };
    const ZEROS: Form<'_> = Form {
        prefix: "",
        ignores_leading_zeros: true,
    };
    const PLAIN: Form<'_> = Form {
        prefix: "",
        ignores_leading_zeros: false,
    };

    #[test]
    fn a_number_has_one_form_however_it_is_typed() {
        for typed in [
            "V-17.204.618",
            "17204618",
            "v 17 204 618",
            "V-017204618",
            "0017.204.618",
            "Ｖ１７２０４６１８",
            "V–17\u{a0}204\u{200b}618",
            "V-١٧٢٠٤٦١٨",
        ] {
            assert_eq!(CEDULA.canonical(typed), "V17204618", "{typed}");
        }
        for (typed, canonical) in [
            ("09.020.943-4", "90209434"),
            ("9.020.943-4", "90209434"),
            ("0", "0"),
            ("000", "0"),
            ("00-K", "0K"),
            ("", ""),
        ] {
            assert_eq!(ZEROS.canonical(typed), canonical, "{typed}");
        }
        assert_eq!(PLAIN.canonical("00-12.3"), "00123");
    }

    #[test]
    fn letters_of_another_type_stay() {
        assert_eq!(CEDULA.canonical("E-017204618"), "E017204618");
        assert_eq!(CEDULA.canonical("V"), "V");
        assert_eq!(ZEROS.canonical("AB-001"), "AB001");
    }

    #[test]
    fn zeros_alone_are_no_number() {
        for zeros in ["0", "00.000.000-0", "V-000", "X-0000000-T", "٠٠"] {
            assert!(has_only_zeros(zeros), "{zeros}");
        }
        for other in ["V-0001", "", "V", "10", "FOLIO-0"] {
            assert!(!has_only_zeros(other), "{other}");
        }
    }
}
