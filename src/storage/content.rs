//! What is learnt of a file while it is written: size, sum and media type, by its content alone.

use sha2::{Digest, Sha256};

/// The first bytes, by which formats are recognised: those of office documents lie within the first entries of an archive.
const HEAD: usize = 8 << 10;

pub const PLAIN_TEXT: &str = "text/plain";
pub const UNKNOWN: &str = "application/octet-stream";

/// Adds up a file piece by piece.
pub struct Content {
    hasher: Sha256,
    size: u64,
    head: Vec<u8>,
    text: Text,
}

/// The result.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Summary {
    pub size: u64,
    pub sha256: [u8; 32],
    pub media_type: String,
}

impl Content {
    pub fn new() -> Content {
        Content {
            hasher: Sha256::new(),
            size: 0,
            head: Vec::new(),
            text: Text::default(),
        }
    }

    pub fn add(&mut self, bytes: &[u8]) {
        self.hasher.update(bytes);
        self.size += bytes.len() as u64;
        let rest = HEAD - self.head.len();
        self.head.extend_from_slice(&bytes[..rest.min(bytes.len())]);
        self.text.add(bytes);
    }

    pub fn size(&self) -> u64 {
        self.size
    }

    pub fn finish(self) -> Summary {
        let media_type = match infer::get(&self.head) {
            Some(kind) => kind.mime_type(),
            None if self.size > 0 && self.text.is_complete() => PLAIN_TEXT,
            None => UNKNOWN,
        };
        Summary {
            size: self.size,
            sha256: self.hasher.finalize().into(),
            media_type: media_type.to_owned(),
        }
    }
}

/// Whether all bytes so far are UTF-8 without NUL.
#[derive(Default)]
struct Text {
    is_broken: bool,
    /// The beginning of a character whose other bytes are still to come.
    begun: Vec<u8>,
}

impl Text {
    fn add(&mut self, bytes: &[u8]) {
        if self.is_broken {
            return;
        }
        let mut rest = bytes;
        // The begun character is completed first, byte by byte.
        while !self.begun.is_empty()
            && let [first, others @ ..] = rest
        {
            self.begun.push(*first);
            rest = others;
            match str::from_utf8(&self.begun) {
                Ok(_) => self.begun.clear(),
                Err(error) if error.error_len().is_some() => self.is_broken = true,
                Err(_) => {}
            }
            if self.is_broken {
                return;
            }
        }
        match str::from_utf8(rest) {
            Ok(_) => {}
            Err(error) if error.error_len().is_none() => self.begun.extend_from_slice(&rest[error.valid_up_to()..]),
            Err(_) => self.is_broken = true,
        }
        self.is_broken |= bytes.contains(&0);
    }

    fn is_complete(&self) -> bool {
        !self.is_broken && self.begun.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn summary<'a>(pieces: impl IntoIterator<Item = &'a [u8]>) -> Summary {
        let mut content = Content::new();
        pieces.into_iter().for_each(|piece| content.add(piece));
        content.finish()
    }

    #[test]
    fn the_media_type_follows_from_the_content() {
        let png = [&b"\x89PNG\r\n\x1a\n"[..], &[0; 20]].concat();
        for (bytes, media_type) in [
            (&b""[..], UNKNOWN),
            (b"plain words", PLAIN_TEXT),
            ("contraseña €".as_bytes(), PLAIN_TEXT),
            (b"with\0null", UNKNOWN),
            (b"\xff\xfe\xfd", UNKNOWN),
            ("half €".as_bytes().split_last().unwrap().1, UNKNOWN),
            (b"%PDF-1.7\n", "application/pdf"),
            (&png, "image/png"),
        ] {
            assert_eq!(summary([bytes]).media_type, media_type, "{bytes:?}");
            // It does not matter how the bytes arrive.
            assert_eq!(summary(bytes.chunks(1)), summary([bytes]), "{bytes:?}");
        }
    }

    #[test]
    fn the_sum_is_that_of_all_pieces() {
        let found = summary([&b"a"[..], b"", b"bc"]);
        let expected = [0xba, 0x78, 0x16, 0xbf, 0x8f, 0x01, 0xcf, 0xea];
        assert_eq!((found.size, &found.sha256[..8]), (3, &expected[..]));
    }
}
