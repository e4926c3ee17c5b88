//! The form in which two e-mails are one.

use icu_normalizer::ComposingNormalizerBorrowed;

/// Lower case and NFC, with the domain as people read it: `Ana@XN--MLLER-KVA.example` and `ana@mu\u{308}ller.example` become
/// `ana@müller.example`. Accents count: they are other mailboxes. The text need not be an e-mail; a part of one comes out as that part of its form.
pub fn canonical(value: &str) -> String {
    let value = composed(&value.trim().to_lowercase());
    match value.rsplit_once('@') {
        Some((mailbox, host)) => format!("{mailbox}@{}", domain(host)),
        // A part of a domain that says so itself.
        None if value.split('.').any(|label| label.starts_with("xn--")) => domain(&value),
        None => value,
    }
}

/// The e-mail in what may be a link to write to it: `mailto:ana@example.com?subject=…`.
pub fn without_scheme(text: &str) -> &str {
    let text = text.trim();
    match text.get(..7) {
        Some(scheme) if scheme.eq_ignore_ascii_case("mailto:") => text[7..].split('?').next().unwrap_or_default(),
        _ => text,
    }
}

/// Whether the text is the domain of an e-mail by the rules of internationalized domain names (UTS 46).
pub fn is_domain(host: &str) -> bool {
    idna::domain_to_ascii_strict(host).is_ok_and(|ascii| !ascii.is_empty())
}

/// In Unicode, by UTS 46; as it is where it cannot be read so.
fn domain(host: &str) -> String {
    match idna::domain_to_unicode(host) {
        (unicode, Ok(())) => composed(&unicode),
        (_, Err(_)) => host.to_owned(),
    }
}

fn composed(text: &str) -> String {
    ComposingNormalizerBorrowed::new_nfc().normalize(text).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_email_has_one_form() {
        for typed in [
            "Ana@Müller.example",
            "ana@xn--mller-kva.example",
            " ANA@XN--MLLER-KVA.EXAMPLE ",
            "ana@mu\u{308}ller.example",
            "ana@ＭÜＬＬＥＲ.example",
        ] {
            assert_eq!(canonical(typed), "ana@müller.example", "{typed}");
        }
        assert_eq!(canonical("jose\u{301}@ejemplo.example"), "josé@ejemplo.example");
        assert_ne!(canonical("jose@ejemplo.example"), canonical("josé@ejemplo.example"));
        assert_eq!(canonical("a@straße.example"), "a@straße.example");
    }

    #[test]
    fn a_part_of_one_is_a_part_of_its_form() {
        assert_eq!(canonical("ANA@"), "ana@");
        assert_eq!(canonical("@xn--mller-kva.ex"), "@müller.ex");
        assert_eq!(canonical("xn--mller-kva"), "müller");
        assert_eq!(canonical("@"), "@");
        assert_eq!(canonical(""), "");
    }

    #[test]
    fn a_link_is_the_email_in_it() {
        for (text, email) in [
            ("mailto:ana@x.example", "ana@x.example"),
            (" MailTo:ana@x.example?subject=Hola", "ana@x.example"),
            ("ana@x.example?", "ana@x.example?"),
            ("ñandú", "ñandú"),
            ("", ""),
        ] {
            assert_eq!(without_scheme(text), email, "{text}");
        }
    }

    #[test]
    fn domains_keep_their_rules() {
        for good in ["example.com", "müller.example", "xn--mller-kva.example", "例え.テスト"] {
            assert!(is_domain(good), "{good}");
        }
        for bad in [
            "",
            "exa mple.com",
            "-a.example",
            "a_b.example",
            &format!("{}.example", "a".repeat(64)),
        ] {
            assert!(!is_domain(bad), "{bad}");
        }
    }
}
