//! The origins whose pages may call the API from a browser.

use url::Url;

use super::values::HIDDEN;

/// Other origins that may call the API.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CorsOrigins {
    /// Every one.
    Any,
    /// These alone, as browsers write them.
    Listed(Vec<String>),
}

/// Reads `*`, or origins separated by commas, and says all that is wrong with them.
pub fn origins(text: &str) -> Result<CorsOrigins, String> {
    let parts: Vec<&str> = text.split(',').map(str::trim).filter(|part| !part.is_empty()).collect();
    if parts == ["*"] {
        return Ok(CorsOrigins::Any);
    }
    let mut listed = Vec::new();
    let mut problems = Vec::new();
    for part in parts {
        match origin(part) {
            Ok(origin) => listed.push(origin),
            Err(problem) => problems.push(format!("`{}` {problem}", shown_origins(part))),
        }
    }
    if problems.is_empty() {
        Ok(CorsOrigins::Listed(listed))
    } else {
        Err(problems.join("; "))
    }
}

/// Shows the setting, unless what stands in it may be an address with a password.
pub fn shown_origins(text: &str) -> String {
    if text.contains('@') { HIDDEN.to_owned() } else { text.to_owned() }
}

/// One origin as browsers write it: in lower case, without the usual port of its scheme, and with an international host in Punycode.
fn origin(text: &str) -> Result<String, &'static str> {
    const EXPECTED: &str = "is not an origin such as https://crm.example.com or http://localhost:5173";
    if text == "*" {
        return Err("stands for all origins and has to stand alone");
    }
    let (_, authority) = text.split_once("://").ok_or(EXPECTED)?;
    if authority.contains(['/', '\\', '?', '#']) {
        return Err("has more than scheme, host and port: no path, not even a slash at the end");
    }
    if authority.contains('*') {
        return Err("is a pattern: name each origin, or `*` alone for all");
    }
    if authority.contains('@') || text.contains(char::is_whitespace) {
        return Err(EXPECTED);
    }
    let url = Url::parse(text).map_err(|_| EXPECTED)?;
    let host = url.host_str().filter(|host| !host.is_empty()).ok_or(EXPECTED)?;
    // Pages from files have the origin `null`, which is that of others as well.
    if url.scheme() == "file" {
        return Err(EXPECTED);
    }
    let port = url.port().map_or_else(String::new, |port| format!(":{port}"));
    Ok(format!("{}://{}{port}", url.scheme(), host.to_ascii_lowercase()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn origins_are_read_as_browsers_write_them() {
        for (text, read) in [
            ("https://crm.example.com", &["https://crm.example.com"][..]),
            ("HTTPS://CRM.Example.COM", &["https://crm.example.com"]),
            ("https://crm.example.com:443, http://a:80", &["https://crm.example.com", "http://a"]),
            ("http://localhost:5173,", &["http://localhost:5173"]),
            ("http://[::1]:3000", &["http://[::1]:3000"]),
            ("https://müller.example", &["https://xn--mller-kva.example"]),
            ("capacitor://localhost", &["capacitor://localhost"]),
            ("", &[]),
        ] {
            let read = read.iter().map(|origin| (*origin).to_owned()).collect();
            assert_eq!(origins(text), Ok(CorsOrigins::Listed(read)), "{text}");
        }
        assert_eq!(origins(" * "), Ok(CorsOrigins::Any));
    }

    #[test]
    fn what_is_no_origin_is_refused() {
        for text in [
            "crm.example.com",
            "https://",
            "https://:443",
            "https://crm.example.com/",
            "https://crm.example.com/app",
            "https://crm.example.com?a",
            "https://crm.example.com#a",
            "https:\\\\crm.example.com",
            "https://crm.example.com:port",
            "https://crm.example.com:70000",
            "https://crm example.com",
            "https://*.example.com",
            "https://crm.example.com,*",
            "null",
            "file://host",
            "mailto:ana@example.com",
        ] {
            assert!(origins(text).is_err(), "{text}");
        }
    }

    #[test]
    fn all_that_is_wrong_is_said_without_secrets() {
        let problem = origins("https://a.example/, https://b.example, x, https://ana:pw@c.example").unwrap_err();
        for part in ["`https://a.example/`", "`x`", HIDDEN] {
            assert!(problem.contains(part), "{problem}");
        }
        assert!(!problem.contains("b.example") && !problem.contains("pw"), "{problem}");
        assert_eq!(shown_origins("https://ana:pw@c.example"), HIDDEN);
    }
}
