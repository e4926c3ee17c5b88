//! Names that a misspelt word may stand for, for messages such as "Did you mean `listen`?".

/// How many names are suggested at most.
const MOST: usize = 3;
/// A longer word is compared with nothing: the comparison takes time that grows with its length.
const LONGEST: usize = 100;

/// The known names nearest to a word by edit distance, the nearest first, at most three. Case does not count. Empty if none is near.
pub fn nearest<'a>(word: &str, known: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    let word = word.to_lowercase();
    let length = word.chars().count();
    if length > LONGEST {
        return Vec::new();
    }
    // The same share of the word as in GraphQL's reference implementation.
    let farthest = length * 2 / 5 + 1;
    let mut near: Vec<(usize, &str)> = known
        // What is so much longer or shorter cannot be near, and comparing takes longer than this.
        .filter(|name| name.chars().count().abs_diff(length) <= farthest)
        .map(|name| (strsim::osa_distance(&word, &name.to_lowercase()), name))
        // A name all of whose letters are others is not near, however short it is.
        .filter(|(distance, name)| *distance <= farthest && *distance < length.max(name.chars().count()))
        .collect();
    near.sort_unstable();
    near.dedup();
    near.into_iter().take(MOST).map(|(_, name)| name).collect()
}

/// The question that ends a message about an unknown word, after a blank; empty if nothing is suggested.
pub fn did_you_mean(suggested: &[impl AsRef<str>]) -> String {
    let names: Vec<String> = suggested.iter().map(|name| format!("`{}`", name.as_ref())).collect();
    match names.split_last() {
        None => String::new(),
        Some((only, [])) => format!(" Did you mean {only}?"),
        Some((last, others)) => format!(" Did you mean {} or {last}?", others.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KNOWN: [&str; 6] = ["listen", "metrics_listen", "database", "log_level", "log_format", "admin_email"];

    fn near(word: &str) -> Vec<&'static str> {
        nearest(word, KNOWN.into_iter())
    }

    #[test]
    fn misspelt_words_are_near_to_what_was_meant() {
        for (word, meant) in [
            ("lisen", "listen"),
            ("lsiten", "listen"),
            ("LISTEN", "listen"),
            ("databse", "database"),
            ("database_url", "database"),
            ("loglevel", "log_level"),
            ("admin_mail", "admin_email"),
        ] {
            assert_eq!(near(word).first(), Some(&meant), "{word}");
        }
    }

    #[test]
    fn other_words_are_near_to_nothing() {
        for word in ["", "x", "speed", "colour", &"listen".repeat(100)] {
            assert_eq!(near(word), [""; 0], "{word}");
        }
        // One letter is no share of itself.
        assert_eq!(nearest("a", ["b"].into_iter()), [""; 0]);
    }

    #[test]
    fn at_most_three_are_suggested_the_nearest_first() {
        let known = ["abcd1234", "abcde123", "abcdef12", "abcdefg1", "abcdefgh"];
        assert_eq!(nearest("abcdefgx", known.into_iter()), ["abcdefg1", "abcdefgh", "abcdef12"]);
    }

    #[test]
    fn suggestions_are_a_question() {
        assert_eq!(did_you_mean(&[""; 0]), "");
        assert_eq!(did_you_mean(&["a"]), " Did you mean `a`?");
        assert_eq!(did_you_mean(&["a", "b", "c"]), " Did you mean `a`, `b` or `c`?");
    }
}
