//! Rules of attribution: IP addresses and external click IDs.

use std::net::IpAddr;

/// Characters in an external click ID: those of some platforms are longer than a short line.
pub const CLICK_ID_LENGTH: usize = 500;

/// An IP address in canonical form, an IPv4-mapped one as IPv4. None where the text is no address: names, ports, zones and leading zeros
/// are refused.
pub fn ip_address(text: &str) -> Option<String> {
    let address: IpAddr = text.trim().parse().ok()?;
    Some(address.to_canonical().to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_ip_address_has_one_form() {
        for (typed, canonical) in [
            ("203.0.113.7", "203.0.113.7"),
            (" 203.0.113.7 ", "203.0.113.7"),
            ("2001:0DB8:0000:0000:0000:0000:0000:0001", "2001:db8::1"),
            ("2001:db8::1", "2001:db8::1"),
            ("2001:DB8:0:1::", "2001:db8:0:1::"),
            ("::ffff:203.0.113.7", "203.0.113.7"),
            ("::FFFF:cb00:7107", "203.0.113.7"),
            ("::", "::"),
        ] {
            assert_eq!(ip_address(typed).as_deref(), Some(canonical), "{typed}");
        }
        for bad in [
            "",
            "203.0.113",
            "203.0.113.256",
            "203.0.113.007",
            "0xcb.0.113.7",
            "3405803783",
            "203.0.113.7:80",
            "203.0.113.0/24",
            "[2001:db8::1]",
            "fe80::1%eth0",
            "2001:db8::1::",
            "localhost",
            "203.0.113.7\0",
            "٢٠٣.0.113.7",
        ] {
            assert_eq!(ip_address(bad), None, "{bad}");
        }
    }
}
