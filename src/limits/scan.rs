//! Checks of the bytes alone: size, tokens and nesting, before any parser recurses over them.

use super::{Limits, Refused};
use crate::error::Code;

/// Refuses a document that is too long, has too many tokens, or nests brackets too deeply.
///
/// An unterminated string is refused here as well: the parser could read the text after its quote differently from this scan, and find
/// brackets that were not counted.
pub fn scan(document: &str, limits: &Limits) -> Result<(), Refused> {
    if document.len() > limits.document_bytes {
        return Err(too_many("bytes", limits.document_bytes));
    }
    let bytes = document.as_bytes();
    let (mut tokens, mut nesting, mut position) = (0_usize, 0_usize, 0_usize);
    while let Some(&byte) = bytes.get(position) {
        position = match byte {
            b' ' | b'\t' | b'\r' | b'\n' | b',' => position + 1,
            b'#' => end_of_line(bytes, position),
            _ => {
                tokens += 1;
                match byte {
                    b'"' => end_of_string(bytes, position)?,
                    b'{' | b'[' | b'(' => {
                        nesting += 1;
                        position + 1
                    }
                    b'}' | b']' | b')' => {
                        nesting = nesting.saturating_sub(1);
                        position + 1
                    }
                    // The three points of a spread are one token.
                    b'.' => position + bytes[position..].iter().take(3).take_while(|byte| **byte == b'.').count(),
                    _ if is_word(byte) => end_of_word(bytes, position, limits)?,
                    _ => position + 1,
                }
            }
        };
        if nesting > limits.nesting {
            let message = format!("the document nests brackets more than {} deep", limits.nesting);
            return Err(Refused::new(Code::DocumentLimit, message));
        }
        if tokens > limits.tokens {
            return Err(too_many("tokens", limits.tokens));
        }
    }
    Ok(())
}

/// Whether the objects and lists of a JSON text lie at most `most` deep; text that is not JSON is left to its parser.
pub fn json_nests_within(json: &[u8], most: usize) -> bool {
    let mut nesting = 0_usize;
    let mut bytes = json.iter();
    while let Some(byte) = bytes.next() {
        match byte {
            b'"' => {
                while let Some(byte) = bytes.next() {
                    match byte {
                        b'\\' => drop(bytes.next()),
                        b'"' => break,
                        _ => {}
                    }
                }
            }
            b'{' | b'[' => {
                nesting += 1;
                if nesting > most {
                    return false;
                }
            }
            b'}' | b']' => nesting = nesting.saturating_sub(1),
            _ => {}
        }
    }
    true
}

fn too_many(what: &str, limit: usize) -> Refused {
    Refused::new(Code::DocumentLimit, format!("the document has more than {limit} {what}"))
}

pub(super) fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

/// Names come back in errors, once for each, so that long ones would make a small request a large answer.
fn end_of_word(bytes: &[u8], start: usize, limits: &Limits) -> Result<usize, Refused> {
    let length = bytes[start..].iter().take_while(|byte| is_word(**byte)).count();
    if length > limits.word_bytes {
        let message = format!("the document has a name or number of more than {} bytes", limits.word_bytes);
        return Err(Refused::new(Code::DocumentLimit, message));
    }
    Ok(start + length)
}

pub(super) fn end_of_line(bytes: &[u8], start: usize) -> usize {
    let length = bytes[start..].iter().take_while(|byte| !matches!(byte, b'\r' | b'\n')).count();
    start + length
}

/// The position after the string, block or not, that starts here.
pub(super) fn end_of_string(bytes: &[u8], start: usize) -> Result<usize, Refused> {
    const BLOCK: &[u8] = b"\"\"\"";
    let is_block = bytes[start..].starts_with(BLOCK);
    let mut position = start + if is_block { BLOCK.len() } else { 1 };
    while let Some(&byte) = bytes.get(position) {
        let rest = &bytes[position..];
        position += match byte {
            b'\\' if is_block && rest[1..].starts_with(BLOCK) => 1 + BLOCK.len(),
            b'"' if is_block && rest.starts_with(BLOCK) => return Ok(position + BLOCK.len()),
            b'"' if !is_block => return Ok(position + 1),
            b'\r' | b'\n' if !is_block => break,
            // A line break after the backslash ends the string just as well.
            b'\\' if !is_block && !matches!(rest.get(1), Some(b'\r' | b'\n')) => 2,
            _ => 1,
        };
    }
    Err(Refused::new(Code::ParseFailed, "syntax error: a string does not end"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(document: &str) -> Option<Code> {
        scan(document, &Limits::default()).err().map(|refused| refused.code)
    }

    #[test]
    fn sizes_are_bounded() {
        let long = format!("{{a}}#{}", "x".repeat(32 << 10));
        assert_eq!(code(&long), Some(Code::DocumentLimit));
        assert_eq!(code(&format!("{{{}}}", "a ".repeat(1_998))), None);
        assert_eq!(code(&format!("{{{}}}", "a ".repeat(1_999))), Some(Code::DocumentLimit));
        assert_eq!(code(&format!("{{ {} }}", "a".repeat(256))), None);
        assert_eq!(code(&format!("{{ {} }}", "a".repeat(257))), Some(Code::DocumentLimit));
        let nested = |levels| format!("{{a(b:{}{})}}", "[".repeat(levels), "]".repeat(levels));
        assert_eq!(code(&nested(38)), None);
        assert_eq!(code(&nested(39)), Some(Code::DocumentLimit));
    }

    #[test]
    fn brackets_in_strings_and_comments_do_not_count() {
        let brackets = "[".repeat(100);
        for document in [
            format!("{{a(b:\"{brackets}\")}}"),
            format!("{{a(b:\"\\\"{brackets}\")}}"),
            format!("{{a(b:\"\"\"{brackets}\n\\\"\"\"{brackets}\"\"\")}}"),
            format!("{{a}}#\"{brackets}\n"),
        ] {
            assert_eq!(code(&document), None, "{document}");
        }
    }

    #[test]
    fn brackets_cannot_hide() {
        let brackets = "[".repeat(100);
        for document in [
            format!("{{a(b:\"\"{brackets})}}"),
            format!("{{a(b:\"\\\\\"{brackets})}}"),
            format!("{{a(b:\"\"\"\"\"\"{brackets})}}"),
            format!("#\"\r{brackets}"),
            format!("]]]]{brackets}"),
        ] {
            assert_eq!(code(&document), Some(Code::DocumentLimit), "{document}");
        }
        for document in ["{a(b:\"\"\"abc\" [[[", "{a(b:\"abc\n[[[\")}", "{a(b:\"abc\\\n\")}", "\"", "\"\\"] {
            assert_eq!(code(document), Some(Code::ParseFailed), "{document}");
        }
    }

    #[test]
    fn json_nesting_ignores_strings() {
        assert!(json_nests_within(br#"{"a":["[[[[{{{{\"[["]}"#, 2));
        assert!(json_nests_within(b"[[1],[2],[3]]", 2));
        assert!(!json_nests_within(b"[[[1]]]", 2));
        assert!(json_nests_within(b"\"\\", 0));
    }
}
