//! Parsing of search texts: words, each of which must occur in a record, or the beginning of a name.

use normalization::document_number::Form;
use normalization::{email, phone};

use crate::rules::profile::readable_address;
use crate::text::fold;

/// Characters of the whole text.
pub const LONGEST: usize = 200;
/// Of more words the longest ones count, which are the most selective.
pub const MOST_WORDS: usize = 10;
/// Characters that a word has to have to be looked for anywhere: shorter ones are in nearly every record.
pub const SHORTEST: usize = 3;

/// A text that is searched for, as it is understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Search {
    Words(Words),
    /// Names that begin so: the text has nothing but short words, such as `3M` or two Chinese characters.
    Beginning(String),
    /// The text has nothing in it that could be found.
    Nothing,
}

/// Words in folded form, all of which have to be found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Words(Vec<Word>);

/// The alternative spellings of a word, one of which must occur.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Word(Vec<String>);

/// Context for the interpretation of numbers in a search.
pub struct Numbers<'a> {
    /// Of phones that do not say theirs, as two letters.
    pub country: &'a str,
    /// Names of the types of document numbers, in folded form.
    pub labels: &'a [String],
    /// Forms of their numbers.
    pub forms: &'a [Form<'a>],
}

/// The words of a name by which people call a number: `cedula` and `v`.
pub fn labels(name: &str) -> impl Iterator<Item = String> {
    name.split(' ')
        .map(|word| word.chars().filter(|letter| letter.is_alphanumeric()).collect())
}

impl Search {
    /// None where nothing is searched for; an error says what is wrong with the text.
    pub fn parse(text: &str, numbers: &Numbers<'_>) -> Result<Option<Search>, String> {
        if text.chars().take(LONGEST + 1).count() > LONGEST {
            return Err(format!("a search may have at most {LONGEST} characters"));
        }
        if text.trim().is_empty() {
            return Ok(None);
        }
        let folded = fold(text);
        let all: Vec<&str> = folded.split(' ').filter(|text| !text.is_empty()).collect();
        let unlabelled = numbers.without_labels(&all);
        let whole = unlabelled.join(" ");
        if let Some(word) = numbers.phone(&whole) {
            return Ok(Some(Search::Words(Words(vec![word]))));
        }
        let mut words: Vec<Word> = Vec::new();
        for text in unlabelled.into_iter().flat_map(separated) {
            let word = Word::new(text, numbers.forms);
            if !words.contains(&word) {
                words.push(word);
            }
        }
        if words.iter().any(Word::is_long) {
            return Ok(Some(Search::Words(Words::longest(words))));
        }
        Ok(Some(match trimmed(&whole) {
            "" => Search::Nothing,
            beginning => Search::Beginning(beginning.to_owned()),
        }))
    }
}

impl Numbers<'_> {
    /// A text of digits and punctuation, or another one that is a phone, however its digits are grouped.
    fn phone(&self, text: &str) -> Option<Word> {
        let mut variants: Vec<String> = phone::search_digits(text, self.country)
            .into_iter()
            .map(|variant| variant.trim_start_matches('+').to_owned())
            .collect();
        if variants.is_empty() {
            return None;
        }
        // A document number, whose leading zeros do not count.
        let digits: String = text.chars().filter(char::is_ascii_digit).collect();
        let number = digits.trim_start_matches('0');
        let is_number =
            digits.starts_with('0') && !text.contains(char::is_alphabetic) && self.forms.iter().any(|form| form.ignores_leading_zeros);
        if is_number && number.len() >= SHORTEST && !variants.iter().any(|variant| number.contains(variant.as_str())) {
            variants.retain(|variant| !variant.contains(number));
            variants.push(number.to_owned());
        }
        // Something may also be called so.
        if !variants.iter().any(|variant| text.contains(variant.as_str())) {
            variants.push(text.to_owned());
        }
        let word = Word(variants);
        word.is_long().then_some(word)
    }

    /// Removes labels of numbers: no record has the name of a type next to its numbers.
    fn without_labels<'t>(&self, words: &[&'t str]) -> Vec<&'t str> {
        let has_number = |text: &str| text.chars().filter(char::is_ascii_digit).count() >= SHORTEST;
        if !words.iter().any(|text| has_number(text)) {
            return words.to_vec();
        }
        let is_label = |text: &str| {
            let plain: String = text.chars().filter(|letter| letter.is_alphanumeric()).collect();
            phone::is_label(&plain) || self.labels.contains(&plain)
        };
        let unlabelled = words.iter().copied().filter(|text| has_number(text) || !is_label(text));
        unlabelled
            .map(|text| if has_number(text) { phone::without_label(text) } else { text })
            .collect()
    }
}

impl Words {
    /// The longest words, in the order in which they were given.
    fn longest(mut words: Vec<Word>) -> Words {
        if words.len() > MOST_WORDS {
            let mut lengths: Vec<usize> = words.iter().map(Word::length).collect();
            lengths.sort_unstable_by(|one, other| other.cmp(one));
            let least = lengths[MOST_WORDS - 1];
            let mut as_short = MOST_WORDS - lengths.iter().filter(|length| **length > least).count();
            words.retain(|word| {
                let is_kept = word.length() > least || (word.length() == least && as_short > 0);
                as_short -= usize::from(is_kept && word.length() == least);
                is_kept
            });
        }
        Words(words)
    }

    /// One word with these alternative spellings. None if one of them is too short.
    pub fn of_variants(variants: &[String]) -> Option<Words> {
        let word = Word(variants.to_vec());
        (!variants.is_empty() && word.is_long()).then(|| Words(vec![word]))
    }

    /// The words of a part of a name or number that an index can find. None if none is long enough.
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

    /// Query of a trigram index in the language of SQLite's FTS5: every third trigram of each word, and its last.
    pub fn trigrams(&self) -> String {
        let words = self.0.iter().filter(|word| word.is_long());
        let words: Vec<String> = words
            .map(|word| {
                let variants: Vec<String> = word.0.iter().map(|text| trigrams(text)).collect();
                format!("({})", variants.join(" OR "))
            })
            .collect();
        words.join(" AND ")
    }
}

impl Word {
    /// Document numbers and phones are kept without punctuation, and phones with the prefix of their country in the place of a zero.
    fn new(text: &str, forms: &[Form<'_>]) -> Word {
        let text = match trimmed(text) {
            "" => text,
            trimmed => trimmed,
        };
        if text.contains("://") && text.contains("xn--") {
            return Word(vec![fold(&readable_address(text))]);
        }
        if text.contains('@') || text.contains("xn--") {
            let email = fold(&email::canonical(email::without_scheme(text)));
            // Search documents have it without a plus in front.
            return Word(vec![email.trim_start_matches('+').to_owned()]);
        }
        let mut variants = vec![text.to_owned()];
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
                variants = vec![compact.to_owned()];
            } else if compact.chars().count() >= SHORTEST {
                variants.push(compact.to_owned());
            }
        }
        if text.chars().filter(char::is_ascii_digit).count() >= SHORTEST {
            for form in forms {
                let number = number_in_documents(&form.canonical(text));
                // A number of nothing but digits is found in one with letters before it.
                let is_found = variants.iter().any(|variant| number.contains(variant.as_str()));
                if !is_found {
                    variants.push(number);
                }
            }
        }
        Word(variants)
    }

    pub fn variants(&self) -> &[String] {
        &self.0
    }

    fn is_long(&self) -> bool {
        self.length() >= SHORTEST
    }

    /// Length of its shortest spelling, in characters.
    fn length(&self) -> usize {
        self.0.iter().map(|text| text.chars().count()).min().unwrap_or(0)
    }
}

/// The names in a word that something else than a blank separates: `pérez;ana`. What has digits may be one number or address in spite of them.
fn separated(text: &str) -> Vec<&str> {
    let has_digits = text.contains(|letter: char| letter.is_ascii_digit());
    if text.contains("://") || (has_digits && !text.contains(char::is_alphabetic)) {
        return vec![text];
    }
    let is_separator = |letter: char| matches!(letter, ';' | ',') || (!has_digits && matches!(letter, '/' | '|'));
    let names: Vec<&str> = text.split(is_separator).filter(|name| !name.is_empty()).collect();
    // Short ones are less selective separately than together, such as `s/a`.
    let is_telling = names.iter().any(|name| name.chars().count() >= SHORTEST);
    if is_telling { names } else { vec![text] }
}

/// A document number in its canonical form as search documents have it: SQL makes small letters of ASCII alone.
pub fn number_in_documents(number: &str) -> String {
    number.to_ascii_lowercase().replace('Ñ', "n")
}

/// Without the punctuation around it, which belongs to the sentence that the word comes from.
fn trimmed(text: &str) -> &str {
    text.trim_matches(|letter: char| letter.is_ascii_punctuation() && !"+#&@$%*_".contains(letter) || letter == ' ')
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

    fn search(text: &str) -> Option<Search> {
        let labels = ["rif", "cedula", "v", "ci", "dni"].map(str::to_owned);
        let cedula = Form {
            prefix: "V",
            ignores_leading_zeros: true,
        };
        let numbers = Numbers {
            country: "VE",
            labels: &labels,
            forms: &[cedula],
        };
        Search::parse(text, &numbers).expect("a good search")
    }

    fn words(text: &str) -> Words {
        match search(text) {
            Some(Search::Words(words)) => words,
            other => panic!("{text}: {other:?}"),
        }
    }

    fn variants(text: &str) -> Vec<Vec<String>> {
        words(text).0.into_iter().map(|word| word.0).collect()
    }

    #[test]
    fn words_are_folded_and_come_once() {
        assert_eq!(variants(" José  PÉREZ josé"), [["jose"], ["perez"]]);
        assert_eq!(variants("de la Cruz").len(), 3);
        assert_eq!(variants("Pérez, Ana."), [["perez"], ["ana"]]);
        assert_eq!(variants("(ana@x.example,"), [["ana@x.example"]]);
        assert_eq!(variants("C++ R&D"), [["c++"], ["r&d"]]);
        for joined in ["Pérez;Ana", "Pérez,Ana", "Pérez/Ana", "Pérez|Ana"] {
            assert_eq!(variants(joined), [["perez"], ["ana"]], "{joined}");
        }
        assert_eq!(variants("Pérez/Li"), [["perez"], ["li"]]);
        assert_eq!(variants("S/A"), [["s/a"]]);
        assert_eq!(variants("https://x.example/ana"), [["https://x.example/ana"]]);
        assert_eq!(variants("https://XN--mller-kva.example/@ana"), [["https://muller.example/@ana"]]);
        assert_eq!(variants("mailto:Ana@x.example"), [["ana@x.example"]]);
        assert_eq!(variants("<MAILTO:ana@x.example?subject=hola>"), [["ana@x.example"]]);
        assert_eq!(variants("+ana@x.example"), [["ana@x.example"]]);
        assert_eq!(search("  "), None);
    }

    #[test]
    fn numbers_are_also_compared_without_punctuation() {
        assert_eq!(variants("V-12.345"), [["v-12.345", "v12345"]]);
        assert_eq!(variants("7-eleven"), [["7-eleven", "7eleven"]]);
        assert_eq!(variants("RIF J-30599999-1"), [["j-30599999-1", "j305999991"]]);
        assert_eq!(variants("Cédula V 17.204.618"), [["17204618", "17.204.618"]]);
        assert_eq!(variants("V-017204618"), [["v-017204618", "v017204618", "v17204618"]]);
        assert_eq!(variants("ana@xn--mller-kva.example"), [["ana@muller.example"]]);
        for zeros in ["0001023456", "00000 1023456", "000-1.023.456"] {
            assert!(variants(zeros)[0].contains(&"1023456".to_owned()), "{zeros}");
        }
        // Without a number next to it, it is a word.
        assert_eq!(variants("cedula"), [["cedula"]]);
    }

    #[test]
    fn a_phone_is_one_however_its_digits_are_grouped() {
        for typed in [
            "0414-555.01.00",
            "0058 414 5550100",
            "(+58)0414 5550100",
            "tel:+58-414-5550100",
            "+58 414 555 01 00",
            "Tel. 0414 5550100",
            "0414 5550100 ext. 7",
            "WhatsApp 0414-5550100",
            "Tfno. 0414 5550100",
            "Ph: 0414 5550100",
            "Tel.: +58 414 5550100",
            "Tel.:0414-5550100",
            "Móvil (0414) 5550100",
        ] {
            let [variants] = <[Vec<String>; 1]>::try_from(variants(typed)).unwrap_or_else(|variants| panic!("{typed}: {variants:?}"));
            assert!(
                variants.iter().any(|variant| "584145550100".contains(variant.as_str())),
                "{typed}: {variants:?}"
            );
        }
        assert!(variants("33 1 23 45 67 81")[0].contains(&"33123456781".to_owned()));
        assert!(variants("24 700")[0].contains(&"24 700".to_owned()), "a record may have this name");
        assert_eq!(variants("000"), [["000"]]);
    }

    #[test]
    fn short_words_are_the_beginning_of_a_name() {
        for (text, beginning) in [("3M", "3m"), ("王伟", "王伟"), ("Li Wu", "li wu"), ("a,", "a")] {
            assert_eq!(search(text), Some(Search::Beginning(beginning.to_owned())), "{text}");
        }
        for nothing in ["\u{301}", "\u{200b}", "?!"] {
            assert_eq!(search(nothing), Some(Search::Nothing), "{nothing}");
        }
    }

    #[test]
    fn of_many_words_the_longest_are_looked_for() {
        let found = variants("uno dos tres cuatro cinco seis siete ocho nueve diez once doce");
        let first: Vec<&str> = found.iter().map(|variants| variants[0].as_str()).collect();
        assert_eq!(
            first,
            ["tres", "cuatro", "cinco", "seis", "siete", "ocho", "nueve", "diez", "once", "doce"]
        );
        assert_eq!(words("a1 b2 c3 d4 e5 f6 g7 h8 i9 j0 klm").0.len(), MOST_WORDS);
        let numbers = Numbers {
            country: "VE",
            labels: &[],
            forms: &[],
        };
        assert!(Search::parse(&"x".repeat(201), &numbers).is_err());
    }

    #[test]
    fn trigrams_cover_a_word_and_are_quoted() {
        let of = |text| words(text).trigrams();
        assert_eq!(of("jose"), r#"(("jos" AND "ose"))"#);
        assert_eq!(of("abcdef xy"), r#"(("abc" AND "def"))"#);
        assert_eq!(of("a\"b OR"), r#"(("a""b"))"#);
        assert_eq!(of("v-12"), r#"(("v-1" AND "-12") OR ("v12"))"#);
    }
}
