//! Identifiers as clients see them: a prefix and a UUID in Crockford base32.

use uuid::Uuid;

const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const DIGITS: usize = 26;

/// The identifier of a thing whose kind has the prefix.
pub fn encode(prefix: &str, id: Uuid) -> String {
    let bits = id.as_u128();
    let digits = (0..DIGITS)
        .rev()
        .map(|place| char::from(ALPHABET[((bits >> (place * 5)) & 31) as usize]));
    format!("{prefix}_{}", digits.collect::<String>())
}

/// The UUID of an identifier of any kind; None where the text is none.
pub fn decode(text: &str) -> Option<Uuid> {
    let (prefix, digits) = text.split_once('_')?;
    if prefix.len() != 3 || digits.len() != DIGITS {
        return None;
    }
    let mut bits: u128 = 0;
    for digit in digits.bytes() {
        bits = (bits << 5) | ALPHABET.iter().position(|letter| *letter == digit)? as u128;
    }
    Some(Uuid::from_u128(bits))
}
