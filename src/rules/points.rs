//! E-mails and phones: what is accepted, and the form in which two of them are compared.

use email_address::{EmailAddress, Options};

/// The e-mail in the form that is compared: lower case. None where it is none.
pub fn email(value: &str) -> Option<String> {
    let options = Options::default()
        .with_required_tld()
        .without_display_text()
        .without_domain_literal();
    let value = value.trim();
    EmailAddress::parse_with_options(value, options).ok()?;
    // Quoted local parts are legal and in nobody's use; control characters in them would reach mail headers.
    (!value.contains('"') && !value.chars().any(char::is_control)).then(|| value.to_lowercase())
}

/// The phone in E.164. A number without `+` is read as one of the country. None where no number can be made out.
pub fn phone(value: &str, country: &str) -> Option<String> {
    let country = country.parse().ok();
    let number = phonenumber::parse(country, value.trim()).ok()?;
    let text = number.format().mode(phonenumber::Mode::E164).to_string();
    (8..=16).contains(&text.len()).then_some(text)
}

/// What is typed to find an e-mail, in lower case.
pub fn email_fragment(value: &str) -> String {
    value.trim().to_lowercase()
}

/// What is typed to find a phone: its digits, and the plus in front.
pub fn phone_fragment(value: &str) -> String {
    value
        .chars()
        .filter(|character| character.is_ascii_digit() || *character == '+')
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn emails_are_compared_in_lower_case() {
        assert_eq!(email(" Ana.Perez@Example.COM "), Some("ana.perez@example.com".to_owned()));
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
        ] {
            assert_eq!(email(bad), None, "{bad}");
        }
    }

    #[test]
    fn phones_become_e164() {
        for (typed, country, e164) in [
            ("+58 212 5550100", "VE", "+582125550100"),
            ("0212-555.01.00", "VE", "+582125550100"),
            ("(0414) 555 0100", "VE", "+584145550100"),
            ("+34 612 345 678", "VE", "+34612345678"),
            ("612 345 678", "ES", "+34612345678"),
        ] {
            assert_eq!(phone(typed, country).as_deref(), Some(e164), "{typed}");
        }
        for bad in ["", "call me", "12", "+999 1", "++58"] {
            assert_eq!(phone(bad, "VE"), None, "{bad}");
        }
    }
}
