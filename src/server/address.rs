//! The address of a client, as forwarded by trusted proxies.

use axum::http::HeaderMap;
use ipnet::IpNet;
use std::net::{IpAddr, SocketAddr};

/// The client's address: the peer's, or what the trusted proxies between say.
///
/// Of the addresses in a forwarded header the right-most that is not a trusted proxy's counts; anything left of it
/// may have been written by the client. Two headers that disagree are both ignored.
pub fn client(peer: IpAddr, headers: &HeaderMap, trusted: &[IpNet]) -> IpAddr {
    let peer = peer.to_canonical();
    let is_trusted = |address: IpAddr| trusted.iter().any(|network| network.contains(&address));
    if !is_trusted(peer) {
        return peer;
    }
    let first_untrusted = |hops: Vec<Option<IpAddr>>| {
        let mut client = peer;
        for hop in hops.into_iter().rev() {
            // What cannot be read was written by the last hop that could.
            let Some(address) = hop else { return client };
            client = address;
            if !is_trusted(address) {
                return client;
            }
        }
        client
    };
    let older = lists(headers, "x-forwarded-for").map(|hops| first_untrusted(hops.iter().map(|hop| address(hop)).collect()));
    let newer = lists(headers, "forwarded").map(|hops| first_untrusted(hops.iter().map(|hop| forwarded_for(hop)).collect()));
    match (older, newer) {
        (Some(client), None) | (None, Some(client)) => client,
        (Some(older), Some(newer)) if older == newer => older,
        _ => peer,
    }
}

/// The entries of a header that may come on several lines; `None` where there is no such header.
fn lists(headers: &HeaderMap, name: &str) -> Option<Vec<String>> {
    let lines: Vec<&str> = headers
        .get_all(name)
        .iter()
        .map(|line| line.to_str().unwrap_or("unreadable"))
        .collect();
    let entries = lines.iter().flat_map(|line| line.split(',')).map(|entry| entry.trim().to_owned());
    (!lines.is_empty()).then(|| entries.collect())
}

fn forwarded_for(entry: &str) -> Option<IpAddr> {
    entry.split(';').find_map(|pair| {
        let (name, value) = pair.trim().split_once('=')?;
        name.eq_ignore_ascii_case("for").then(|| address(value.trim().trim_matches('"')))?
    })
}

/// An address as proxies write it: bare, in brackets, or with a port.
fn address(text: &str) -> Option<IpAddr> {
    let bare = text.strip_prefix('[').and_then(|text| text.strip_suffix(']')).unwrap_or(text);
    let parsed = bare
        .parse::<IpAddr>()
        .or_else(|_| text.parse::<SocketAddr>().map(|socket| socket.ip()));
    parsed.ok().map(|address| address.to_canonical())
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::{HeaderName, HeaderValue};

    fn client_of(peer: &str, headers: &[(&'static str, &'static str)]) -> String {
        let trusted = ["10.0.0.0/8".parse().unwrap(), "fd00::/8".parse().unwrap()];
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(HeaderName::from_static(name), HeaderValue::from_static(value));
        }
        client(peer.parse().unwrap(), &map, &trusted).to_string()
    }

    #[test]
    fn only_trusted_proxies_are_believed() {
        let forwarded = [("x-forwarded-for", "1.2.3.4")];
        assert_eq!(client_of("9.9.9.9", &forwarded), "9.9.9.9");
        assert_eq!(client_of("10.0.0.1", &forwarded), "1.2.3.4");
        assert_eq!(client_of("::ffff:10.0.0.1", &forwarded), "1.2.3.4");
        assert_eq!(client_of("10.0.0.1", &[]), "10.0.0.1");
    }

    #[test]
    fn the_last_hop_that_is_not_ours_counts() {
        for (headers, client) in [
            (&[("x-forwarded-for", "6.6.6.6, 1.2.3.4, 10.0.0.2")][..], "1.2.3.4"),
            (&[("x-forwarded-for", "6.6.6.6"), ("x-forwarded-for", "1.2.3.4")], "1.2.3.4"),
            (&[("x-forwarded-for", "6.6.6.6, garbage, 10.0.0.2")], "10.0.0.2"),
            (&[("x-forwarded-for", "10.0.0.3, 10.0.0.2")], "10.0.0.3"),
            (
                &[("forwarded", "for=6.6.6.6, for=\"[2001:db8::1]:4711\";proto=https")],
                "2001:db8::1",
            ),
            (&[("forwarded", "proto=https;For=1.2.3.4:80")], "1.2.3.4"),
            (&[("forwarded", "for=_hidden")], "10.0.0.1"),
            (&[("x-forwarded-for", "1.2.3.4"), ("forwarded", "for=1.2.3.4")], "1.2.3.4"),
            (&[("x-forwarded-for", "1.2.3.4"), ("forwarded", "for=6.6.6.6")], "10.0.0.1"),
        ] {
            assert_eq!(client_of("10.0.0.1", headers), client, "{headers:?}");
        }
    }
}
