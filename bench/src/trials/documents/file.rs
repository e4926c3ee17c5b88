//! Files that are uploaded in the trial: each has a name of its own, and content that follows from its number.

use sha2::{Digest, Sha256};

use crate::files::hexadecimal;
use crate::load::Chance;

/// A file that is sent.
#[derive(Clone)]
pub struct NewFile {
    /// No other file has it.
    pub name: String,
    pub content: Vec<u8>,
    /// Idempotency key of its upload; None if the call is not to be repeated.
    pub key: Option<String>,
}

/// Beginning of all names.
pub const PREFIX: &str = "trial ";
/// Size of every part of an upload but the last: the least that the server takes.
pub const PART: usize = 256 << 10;
/// Sizes of small files, and of all others.
const SMALL: usize = 2_000;
const LARGE: usize = 700 << 10;
/// A picture of one pixel. What follows its end belongs to the file, and not to the picture.
const PICTURE: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01\x08\x06\0\0\0\x1f\x15\xc4\x89\0\0\0\rIDATx\xdacd\xf8\xcfP\x0f\0\
    \x03\x86\x01\x80Z4}k\0\0\0\0IEND\xaeB`\x82";

impl NewFile {
    /// A small file, a picture or a larger file.
    pub fn any(number: u64, chance: &mut Chance) -> NewFile {
        let content = match chance.below(4) {
            0 => bytes(1 + chance.below(SMALL), number),
            1 => [PICTURE, &bytes(64, number)].concat(),
            _ => bytes(1 + chance.below(LARGE), number),
        };
        NewFile::new(number, content, chance.below(2) == 0)
    }

    /// A file of two to four parts. Its upload can be repeated.
    pub fn of_parts(number: u64, chance: &mut Chance) -> NewFile {
        let size = PART * (1 + chance.below(3)) + 1 + chance.below(PART);
        NewFile::new(number, bytes(size, number), true)
    }

    pub fn sha256(&self) -> String {
        hexadecimal(Sha256::digest(&self.content))
    }

    fn new(number: u64, content: Vec<u8>, is_keyed: bool) -> NewFile {
        NewFile {
            name: format!("{PREFIX}{number}.bin"),
            content,
            key: is_keyed.then(|| format!("trial {number}")),
        }
    }
}

/// So many bytes that no other number has.
fn bytes(size: usize, number: u64) -> Vec<u8> {
    let mut state = number.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut bytes = Vec::with_capacity(size + 8);
    bytes.extend(number.to_le_bytes());
    while bytes.len() < size {
        // Marsaglia's xorshift.
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        bytes.extend(state.to_le_bytes());
    }
    bytes.truncate(size.max(8));
    bytes
}
