//! The folding itself: one pass over the characters of a text in NFKD.

use std::borrow::Cow;

use icu_casemap::CaseMapper;
use icu_normalizer::{ComposingNormalizerBorrowed, DecomposingNormalizerBorrowed};

use super::characters::{Base, Kind, is_invisible};
use super::latin;

/// The text in NFC.
pub(super) fn compose(text: String) -> String {
    if text.is_ascii() {
        return text;
    }
    match ComposingNormalizerBorrowed::new_nfc().normalize(&text) {
        Cow::Owned(composed) => composed,
        Cow::Borrowed(_) => text,
    }
}

/// Folds a text, except for the composition of what remains. `keeps_enye` distinguishes `ñ` from `n`.
pub(super) fn fold(text: &str, keeps_enye: bool) -> String {
    let mut folding = Folding {
        text: String::with_capacity(text.len()),
        keeps_enye,
        blanks: 0,
        on_blank: true,
        base: Base::Accented,
        base_at: 0,
    };
    let mut rest = text;
    loop {
        let plain = rest.bytes().position(|byte| !is_plain(byte)).unwrap_or(rest.len());
        if plain > 0 {
            folding.push_plain(&rest[..plain]);
            rest = &rest[plain..];
        }
        match rest.bytes().next() {
            None => return folding.text,
            Some(byte) if byte.is_ascii() => {
                folding.push_ascii(byte);
                rest = &rest[1..];
            }
            // ASCII is in NFKD and no mark moves across it, so what lies between is decomposed by itself.
            Some(_) => {
                let end = rest.bytes().position(|byte| byte.is_ascii()).unwrap_or(rest.len());
                let visible = rest[..end].chars().filter(|character| !is_invisible(*character));
                DecomposingNormalizerBorrowed::new_nfkd()
                    .normalize_iter(visible)
                    .for_each(|character| folding.push(character));
                rest = &rest[end..];
            }
        }
    }
}

/// ASCII characters of which only the case can change.
fn is_plain(byte: u8) -> bool {
    byte.is_ascii_graphic() && byte != b'\'' && byte != b'`'
}

/// A text being folded.
struct Folding {
    text: String,
    /// Whether `ñ` is a letter of its own.
    keeps_enye: bool,
    /// Blanks that are written if something visible follows them.
    blanks: usize,
    /// Whether the last character was a blank, or there is none: a text may be trimmed before or after.
    on_blank: bool,
    /// Effect of the last character, other than blanks and marks, on marks.
    base: Base,
    /// Position of that character in the text.
    base_at: usize,
}

impl Folding {
    /// Adds ASCII characters that are plain. Most texts are little else.
    fn push_plain(&mut self, plain: &str) {
        self.push_blanks();
        let start = self.text.len();
        self.text.push_str(plain);
        self.text[start..].make_ascii_lowercase();
        self.stand_on(self.text.len() - 1, Base::Accented);
    }

    fn push_ascii(&mut self, byte: u8) {
        match byte {
            b' ' | b'\t'..=b'\r' => self.push_blank(),
            b'\'' | b'`' => self.push_apostrophe(),
            _ if is_plain(byte) => self.push_base(byte.to_ascii_lowercase().into(), Base::Accented),
            _ => {}
        }
    }

    /// Adds a character of a text in NFKD.
    fn push(&mut self, character: char) {
        if let Ok(byte) = u8::try_from(u32::from(character))
            && byte.is_ascii()
        {
            return self.push_ascii(byte);
        }
        match character {
            // The iota subscript: its capital is a letter after the other, and so is its case folding.
            '\u{345}' => self.push_base('ι', Base::Accented),
            '\u{300}'..='\u{36f}' => self.push_mark(character),
            // The tatweel only stretches a word.
            '\u{640}' => {}
            _ => match Kind::of(character) {
                Kind::Letter => self.push_letter(character),
                Kind::Mark => self.push_mark(character),
                Kind::Blank => self.push_blank(),
                Kind::Ascii('\'') => self.push_apostrophe(),
                Kind::Ascii(ascii) => self.push_base(ascii, Base::Accented),
                Kind::Other => self.push_base(character, Base::of(character)),
            },
        }
    }

    fn push_letter(&mut self, letter: char) {
        // Of the letters in NFKD only ß folds to more than one letter; it is in the table too.
        let lower = CaseMapper::new().simple_fold(letter);
        match latin::to_ascii(lower) {
            Some(letters) => letters.bytes().for_each(|byte| self.push_ascii(byte)),
            None => self.push_base(lower, Base::of(lower)),
        }
    }

    fn push_base(&mut self, character: char, base: Base) {
        self.push_blanks();
        self.stand_on(self.text.len(), base);
        self.text.push(character);
    }

    fn stand_on(&mut self, base_at: usize, base: Base) {
        self.on_blank = false;
        self.base = base;
        self.base_at = base_at;
    }

    fn push_blanks(&mut self) {
        if self.blanks > 0 && !self.text.is_empty() {
            self.text.push(' ');
        }
        self.blanks = 0;
    }

    fn push_blank(&mut self) {
        self.blanks += 1;
        self.on_blank = true;
    }

    /// NFKD makes two primes of `″`, so two apostrophes are a double quotation mark.
    fn push_apostrophe(&mut self) {
        let doubles = self.blanks == 0 && self.text.ends_with('\'');
        if doubles {
            self.text.pop();
        }
        self.push_base(if doubles { '"' } else { '\'' }, Base::Accented);
    }

    /// Adds a combining mark where it counts. NFKD makes a blank and a mark of an accent that stands alone, such as `´` and
    /// `¨`: that blank is no space between words.
    fn push_mark(&mut self, mark: char) {
        let base = if self.on_blank { Base::Accented } else { self.base };
        if base.keeps(mark) {
            self.blanks = 0;
            self.on_blank = false;
            self.text.push(mark);
            return;
        }
        if self.on_blank {
            self.blanks = self.blanks.saturating_sub(1);
            self.stand_on(self.text.len(), Base::Accented);
            match mark {
                // Typed in place of an apostrophe: grave, acute, and the Greek breathings.
                '\u{300}' | '\u{301}' | '\u{313}' | '\u{314}' => self.push_apostrophe(),
                '\u{30b}' => self.push_base('"', Base::Accented),
                _ => {}
            }
        } else if self.keeps_enye && mark == '\u{303}' && self.text[self.base_at..].starts_with('n') {
            self.text.replace_range(self.base_at..=self.base_at, "ñ");
        }
    }
}
