//! E-mails and phones: what is accepted, and the form in which two of them are compared.

use email_address::{EmailAddress, Options};
use normalization::phone::{self, Phone};
use normalization::{email, text::is_invisible};

/// In which networks the host of an e-mail may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Network {
    /// Hosts have a domain, such as `example.com`.
    Public,
    /// Also the company's own, where `crm` may be a host.
    Own,
}

/// The e-mail in the form in which it is compared: lower case and NFC, its domain in Unicode. None where it is none.
pub fn email(value: &str, network: Network) -> Option<String> {
    let options = Options::default().without_display_text().without_domain_literal();
    let options = match network {
        Network::Public => options.with_required_tld(),
        Network::Own => options,
    };
    let typed = value.trim();
    // Quoted local parts are legal but unused; control characters in them would reach mail headers. The canonical form of a domain lacks
    // invisible characters, so the entered text is checked.
    if typed.contains(|letter: char| letter == '"' || letter.is_control() || is_invisible(letter)) {
        return None;
    }
    let canonical = email::canonical(typed);
    EmailAddress::parse_with_options(&canonical, options).ok()?;
    let (_, host) = canonical.rsplit_once('@')?;
    email::is_domain(host).then_some(canonical)
}

/// The phone, read as one of the country where it has no country calling code. None where no number can be made out.
pub fn phone(value: &str, country: &str) -> Option<Phone> {
    phone::parse(value, country)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn emails_are_compared_in_lower_case() {
        assert_eq!(
            email(" Ana.Perez@Example.COM ", Network::Public),
            Some("ana.perez@example.com".to_owned())
        );
        for typed in ["ana@Müller.example", "ANA@xn--mller-kva.example", "ana@mu\u{308}ller.example"] {
            assert_eq!(email(typed, Network::Public).as_deref(), Some("ana@müller.example"), "{typed}");
        }
        for bad in [
            "",
            "ana",
            "ana@",
            "@example.com",
            "ana@example",
            "a b@example.com",
            "ana@exa mple.com",
            "Ana <ana@example.com>",
            "\"a\r\nb\"@example.com",
            "ana@[127.0.0.1]",
            "ana@-example.com",
            "an\u{200b}a@example.com",
            "ana@exam\u{200b}ple.com",
            "ana@exam\u{ad}ple.com",
        ] {
            assert_eq!(email(bad, Network::Public), None, "{bad}");
            // Only a host without a domain is another matter within the own network.
            let own = (bad == "ana@example").then(|| bad.to_owned());
            assert_eq!(email(bad, Network::Own), own, "{bad}");
        }
    }

    #[test]
    fn phones_become_e164() {
        for (typed, country, canonical) in [
            ("+58 212 5550100", "VE", "+582125550100"),
            ("0212-555.01.00", "VE", "+582125550100"),
            ("(0414) 555 0100 ext. 5", "VE", "+584145550100;ext=5"),
            ("+39 06 6982 7431", "VE", "+390669827431"),
            ("612 345 678", "ES", "+34612345678"),
        ] {
            assert_eq!(
                phone(typed, country).map(|phone| phone.canonical()).as_deref(),
                Some(canonical),
                "{typed}"
            );
        }
        for bad in ["", "call me", "12", "+999 1", "++58"] {
            assert_eq!(phone(bad, "VE"), None, "{bad}");
        }
    }
}
