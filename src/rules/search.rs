//! What somebody searches for: words, each of which has to be found somewhere in a record.

use crate::text::norm;

/// Characters of the whole text.
pub const LONGEST: usize = 200;
pub const MOST_WORDS: usize = 10;
/// Characters that one word at least has to have: shorter ones are in nearly every record.
pub const SHORTEST: usize = 3;

/// Words in normal form, all of which have to be found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Words(Vec<Word>);

/// The ways in which a word may be written; one of them has to be found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Word(Vec<String>);

impl Words {
    /// None where nothing is searched for; an error says what is wrong with the text.
    pub fn parse(text: &str) -> Result<Option<Words>, String> {
        if text.chars().take(LONGEST + 1).count() > LONGEST {
            return Err(format!("a search may have at most {LONGEST} characters"));
        }
        if text.contains('\0') {
            return Err("a search must not contain a zero character".to_owned());
        }
        if text.trim().is_empty() {
            return Ok(None);
        }
        let mut words: Vec<Word> = Vec::new();
        for text in norm(text).split_whitespace() {
            let word = Word::new(text);
            if !words.contains(&word) {
                words.push(word);
            }
        }
        if words.len() > MOST_WORDS {
            return Err(format!("a search may have at most {MOST_WORDS} words"));
        }
        if !words.iter().any(Word::is_long) {
            return Err(format!("a search needs a word of at least {SHORTEST} characters"));
        }
        Ok(Some(Words(words)))
    }

    /// The words of a text that is part of a name or number, as far as they help to find it. None where none is long enough.
    pub fn of_part(text: &str) -> Option<Words> {
        let words: Vec<Word> = text
            .split_whitespace()
            .take(MOST_WORDS)
            .map(|text| Word(vec![text.to_owned()]))
            .filter(Word::is_long)
            .collect();
        (!words.is_empty()).then_some(Words(words))
    }

    pub fn all(&self) -> &[Word] {
        &self.0
    }

    /// What an index of trigrams is asked, in the language of SQLite's FTS5: every third trigram of each word, and its last.
    pub fn trigrams(&self) -> String {
        let words = self.0.iter().filter(|word| word.is_long());
        let words: Vec<String> = words
            .map(|word| {
                let ways: Vec<String> = word.0.iter().map(|text| trigrams(text)).collect();
                format!("({})", ways.join(" OR "))
            })
            .collect();
        words.join(" AND ")
    }
}

impl Word {
    /// Document numbers and phones are kept without punctuation, and phones with the prefix of their country in the place of a zero.
    fn new(text: &str) -> Word {
        let mut ways = vec![text.to_owned()];
        if text.contains(|character: char| character.is_ascii_digit()) {
            let compact: String = text.chars().filter(|character| character.is_alphanumeric()).collect();
            let without_zeros = compact.trim_start_matches('0');
            let is_number = compact.chars().all(|character| character.is_ascii_digit());
            let compact = if is_number && without_zeros.len() >= SHORTEST {
                without_zeros
            } else {
                &compact
            };
            if text.contains(compact) {
                // Whatever has the longer text in it has the shorter one, too.
                ways = vec![compact.to_owned()];
            } else if compact.chars().count() >= SHORTEST {
                ways.push(compact.to_owned());
            }
        }
        Word(ways)
    }

    pub fn ways(&self) -> &[String] {
        &self.0
    }

    fn is_long(&self) -> bool {
        self.0.iter().all(|text| text.chars().count() >= SHORTEST)
    }
}

fn trigrams(text: &str) -> String {
    let characters: Vec<char> = text.chars().collect();
    let last = characters.len() - SHORTEST;
    let mut places: Vec<usize> = (0..=last).step_by(SHORTEST).collect();
    if places.last() != Some(&last) {
        places.push(last);
    }
    let quoted: Vec<String> = places
        .into_iter()
        .map(|place| {
            let trigram: String = characters[place..place + SHORTEST].iter().collect();
            format!("\"{}\"", trigram.replace('"', "\"\""))
        })
        .collect();
    format!("({})", quoted.join(" AND "))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ways(text: &str) -> Vec<Vec<String>> {
        let words = Words::parse(text).expect("a good search").expect("words");
        words.0.into_iter().map(|word| word.0).collect()
    }

    #[test]
    fn words_are_normal_and_come_once() {
        assert_eq!(ways(" José  PÉREZ josé"), [["jose"], ["perez"]]);
        assert_eq!(ways("de la Cruz").len(), 3);
        assert_eq!(Words::parse("  "), Ok(None));
    }

    #[test]
    fn numbers_are_also_compared_without_punctuation() {
        assert_eq!(ways("+58212"), [["58212"]]);
        assert_eq!(ways("0212-555.01.00"), [["0212-555.01.00", "2125550100"]]);
        assert_eq!(ways("V-12.345"), [["v-12.345", "v12345"]]);
        assert_eq!(ways("7-eleven"), [["7-eleven", "7eleven"]]);
        assert_eq!(ways("0412"), [["412"]]);
        assert_eq!(ways("000"), [["000"]]);
        assert_eq!(ways("007"), [["007"]]);
    }

    #[test]
    fn what_cannot_be_found_well_is_refused() {
        for bad in [
            "ab",
            "a b c",
            "li wu",
            "\u{301}",
            "a\0bc",
            &"x".repeat(201),
            "a1 b2 c3 d4 e5 f6 g7 h8 i9 j0 klm",
        ] {
            assert!(Words::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn trigrams_cover_a_word_and_are_quoted() {
        let of = |text| Words::parse(text).expect("a good search").expect("words").trigrams();
        assert_eq!(of("jose"), r#"(("jos" AND "ose"))"#);
        assert_eq!(of("abcdef xy"), r#"(("abc" AND "def"))"#);
        assert_eq!(of("a\"b OR"), r#"(("a""b"))"#);
        assert_eq!(of("v-12"), r#"(("v-1" AND "-12") OR ("v12"))"#);
    }
}
