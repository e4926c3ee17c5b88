//! Identifiers as clients see them: `prs_` and 26 characters of Crockford base32 for a UUIDv7. Where the kind is known, the usual text of the
//! UUID is read as well.

use uuid::Uuid;

use crate::entities::setup::catalogs;

const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// Declares the kinds: those given, and one for each catalogue.
macro_rules! kinds {
    ([$($kind:ident = $text:literal,)+] $($node:ident $module:ident $many:ident $prefix:literal $shape:ident;)+) => {
        /// Kind of object that an identifier names; its prefix is the first part of the identifier.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Kind {
            $($kind,)+
            $($node,)+
        }

        impl Kind {
            pub const ALL: [Kind; [$(Kind::$kind,)+ $(Kind::$node,)+].len()] = [$(Kind::$kind,)+ $(Kind::$node,)+];

            /// The entries of catalogues, each kind with the table that they are in.
            pub const CATALOGS: [(Kind, &'static str); [$(Kind::$node,)+].len()] = [$((Kind::$node, stringify!($many)),)+];

            pub fn prefix(self) -> &'static str {
                match self {
                    $(Kind::$kind => $text,)+
                    $(Kind::$node => $prefix,)+
                }
            }
        }
    };
}
catalogs!(
    kinds,
    Address = "adr",
    ApiKey = "key",
    AttributeDefinition = "atd",
    Client = "cli",
    Contact = "con",
    Cycle = "cyc",
    Dashboard = "dsh",
    Document = "doc",
    Email = "eml",
    Identifier = "idn",
    Interaction = "int",
    Job = "job",
    Note = "not",
    Phone = "phn",
    Prospect = "prs",
    SavedReport = "rpt",
    Session = "ses",
    Task = "tsk",
    TimelineEntry = "ent",
    Upload = "upl",
    User = "usr",
);

impl Kind {
    /// The identifier as text.
    pub fn encode(self, id: Uuid) -> String {
        let mut text = String::with_capacity(30);
        text.push_str(self.prefix());
        text.push('_');
        let bits = id.as_u128();
        // 26 characters carry 130 bits; the first one holds the top three.
        for position in (0..26).rev() {
            text.push(char::from(ALPHABET[((bits >> (position * 5)) & 31) as usize]));
        }
        text
    }

    /// The UUID in an identifier of this kind, or in the usual text of a UUID, with the prefix of this kind or without one; None where the text
    /// is anything else.
    pub fn decode(self, text: &str) -> Option<Uuid> {
        if let Some((kind, id)) = parse(text) {
            return (kind == self).then_some(id);
        }
        match text.split_once('_') {
            Some((prefix, rest)) if prefix.eq_ignore_ascii_case(self.prefix()) => bare_uuid(rest),
            Some(_) => None,
            None => bare_uuid(text),
        }
    }
}

/// A new identifier; later ones sort after earlier ones.
pub fn new() -> Uuid {
    Uuid::now_v7()
}

/// The kind and UUID of an identifier in its output form; None if the text is not one. A bare UUID has no kind, so this is the only form if
/// the kind is not fixed.
pub fn parse(text: &str) -> Option<(Kind, Uuid)> {
    let (prefix, digits) = text.split_once('_')?;
    let kind = Kind::ALL.into_iter().find(|kind| kind.prefix() == prefix)?;
    if digits.len() != 26 {
        return None;
    }
    let mut bits: u128 = 0;
    for (index, digit) in digits.bytes().enumerate() {
        let value = ALPHABET.iter().position(|letter| *letter == digit)? as u128;
        if index == 0 && value > 7 {
            return None;
        }
        bits = (bits << 5) | value;
    }
    Some((kind, Uuid::from_u128(bits)))
}

/// The UUID of a text in its usual form: hexadecimal digits with hyphens or without any, in either case. None where the text is anything else.
pub fn bare_uuid(text: &str) -> Option<Uuid> {
    match text.len() {
        32 | 36 => Uuid::try_parse(text).ok(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// All spellings of the UUID: hyphenated or not, in either case.
    fn texts(id: Uuid) -> [String; 4] {
        let (hyphenated, simple) = (id.hyphenated().to_string(), id.simple().to_string());
        [hyphenated.to_uppercase(), simple.to_uppercase(), hyphenated, simple]
    }

    #[test]
    fn the_usual_text_of_a_uuid_is_read_where_the_kind_is_known() {
        for kind in Kind::ALL {
            for id in [Uuid::max(), Uuid::from_u128(1), new()] {
                let prefixes = [
                    String::new(),
                    format!("{}_", kind.prefix()),
                    format!("{}_", kind.prefix().to_uppercase()),
                ];
                for text in texts(id) {
                    for prefix in &prefixes {
                        let text = format!("{prefix}{text}");
                        assert_eq!(kind.decode(&text), Some(id), "{text}");
                        assert_eq!(bare_uuid(&text), prefix.is_empty().then_some(id), "{text}");
                        assert_eq!(parse(&text), None, "{text} has no kind");
                    }
                    for other in Kind::ALL.into_iter().filter(|other| *other != kind) {
                        assert_eq!(other.decode(&format!("{}{text}", prefixes[1])), None, "{text} as {other:?}");
                    }
                }
                assert_eq!(kind.decode(&kind.encode(id)), Some(id));
                assert_eq!(bare_uuid(&kind.encode(id)), None);
            }
        }
    }

    #[test]
    fn other_forms_of_a_uuid_are_refused() {
        let id = new();
        let [_, _, hyphenated, simple] = texts(id);
        for bad in [
            format!("{{{hyphenated}}}"),
            format!("urn:uuid:{hyphenated}"),
            format!("prs_{{{simple}}}"),
            format!("prs-{hyphenated}"),
            format!("prs_prs_{simple}"),
            format!("_{simple}"),
            format!("xyz_{simple}"),
            format!(" {simple}"),
            format!("{simple}0"),
            simple[..31].to_owned(),
            hyphenated.replacen('-', "", 1),
            format!("{}-", &hyphenated[..35]),
            simple.replace(|_: char| true, "g"),
            // Not the letters of base32 in lower case.
            Kind::Prospect.encode(id).to_lowercase(),
            Kind::Prospect.encode(id)[4..].to_owned(),
        ] {
            assert_eq!(Kind::Prospect.decode(&bad), None, "{bad}");
            assert_eq!(bare_uuid(&bad), None, "{bad}");
        }
    }

    #[test]
    fn what_is_encoded_is_decoded() {
        for kind in Kind::ALL {
            for id in [Uuid::nil(), Uuid::max(), new()] {
                assert_eq!(parse(&kind.encode(id)), Some((kind, id)));
            }
        }
    }

    #[test]
    fn order_of_text_is_order_of_ids() {
        let (first, second) = (Uuid::from_u128(1 << 77), Uuid::from_u128(1 << 78));
        assert!(Kind::Prospect.encode(first) < Kind::Prospect.encode(second));
    }

    #[test]
    fn anything_else_is_refused() {
        let good = Kind::Prospect.encode(new());
        for bad in [
            "",
            "prs",
            "prs_",
            "xyz_00000000000000000000000000",
            &good[..29],
            &format!("{good}0"),
            &good.to_lowercase(),
            "prs_80000000000000000000000000",
            "prs_0000000000000000000000000U",
        ] {
            assert_eq!(parse(bad), None, "{bad}");
        }
        assert_eq!(Kind::Client.decode(&good), None);
    }
}
