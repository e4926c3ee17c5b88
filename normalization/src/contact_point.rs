//! The stored forms of an e-mail or phone.

use crate::phone::Phone;
use crate::text::fold;

/// Stored forms of one contact point.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Forms {
    /// By which it is compared.
    pub canonical: String,
    /// By which look-alikes are found, where that is another form.
    pub match_key: Option<String>,
    /// By which it is searched, where that is another form.
    pub folded: Option<String>,
}

impl Forms {
    /// Of an e-mail in its canonical form.
    pub fn of_email(canonical: String) -> Forms {
        let folded = fold(&canonical);
        Forms {
            folded: (folded != canonical).then_some(folded),
            match_key: None,
            canonical,
        }
    }

    pub fn of_phone(phone: &Phone) -> Forms {
        let (canonical, match_key) = (phone.canonical(), phone.match_key());
        Forms {
            match_key: (match_key != canonical).then_some(match_key),
            canonical,
            folded: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::phone;

    #[test]
    fn only_what_differs_is_kept() {
        let email = Forms::of_email("ana@example.com".to_owned());
        assert_eq!((email.match_key, email.folded), (None, None));
        assert_eq!(
            Forms::of_email("josé@müller.example".to_owned()).folded.as_deref(),
            Some("jose@muller.example")
        );
        let forms = |typed| Forms::of_phone(&phone::parse(typed, "VE").expect("a phone"));
        assert_eq!(forms("0212 5550142").match_key, None);
        assert_eq!(forms("0212 5550142 ext. 7").match_key.as_deref(), Some("+582125550142"));
        assert_eq!(forms("+55 11 8765-4321").match_key.as_deref(), Some("+5511987654321"));
    }
}
