//! Suggestions for a misspelt word, for messages such as "Did you mean `listen`?".

/// Maximum number of suggestions.
const MOST: usize = 3;
/// A longer word is compared with nothing: the comparison takes time that grows with its length.
const LONGEST: usize = 100;

/// The known names nearest to a word by edit distance, the nearest first, at most three. Case does not count. Empty if none is near.
pub fn nearest<'a>(word: &str, known: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    let word = word.to_lowercase();
    if word.chars().count() > LONGEST {
        return Vec::new();
    }
    let mut near: Vec<(usize, &str)> = known
        .filter_map(|name| Some((near_distance(&word, &name.to_lowercase())?, name)))
        .collect();
    near.sort_unstable();
    near.dedup();
    near.into_iter().take(MOST).map(|(_, name)| name).collect()
}

/// Edit distance between a word and a name; None if it is too large. Swapped neighbours are one edit.
fn near_distance(word: &str, name: &str) -> Option<usize> {
    let (length, other) = (word.chars().count(), name.chars().count());
    let longer = length.max(other);
    // A third of the letters, which is less than GraphQL's reference implementation allows: that offers `tags` for `bogus`.
    let farthest = (longer / 3).max(1);
    // What is so much longer or shorter cannot be near, and comparing takes longer than this.
    if length.abs_diff(other) > farthest {
        return None;
    }
    let distance = if is_plural(word, name) || is_plural(name, word) {
        1
    } else {
        strsim::osa_distance(word, name)
    };
    // A name all of whose letters are others is not near, however short it is.
    (distance <= farthest && distance < longer).then_some(distance)
}

/// Whether a word is the plural of another that ends in `y`, which many letters part for what is one slip.
fn is_plural(word: &str, of: &str) -> bool {
    let stems = of.strip_suffix('y').zip(word.strip_suffix("ies"));
    stems.is_some_and(|(stem, other)| stem == other)
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

    /// Names such as the root fields and the fields of a prospect.
    const NAMES: [&str; 18] = [
        "name",
        "status",
        "statuses",
        "prospect",
        "prospects",
        "nodes",
        "tags",
        "tasks",
        "zones",
        "cities",
        "countries",
        "industries",
        "addresses",
        "id",
        "ownerId",
        "email",
        "isOverdue",
        "taskTypes",
    ];

    #[test]
    fn usual_slips_are_near() {
        for (word, meant) in [
            // Swapped letters, one too few, one too many, another one.
            ("naem", &["name"][..]),
            ("nmae", &["name"]),
            ("di", &["id"]),
            ("statsu", &["status"]),
            ("prospcts", &["prospects", "prospect"]),
            ("emaill", &["email"]),
            ("zomes", &["zones"]),
            ("addreses", &["addresses"]),
            // Singular and plural.
            ("tag", &["tags"]),
            ("node", &["nodes"]),
            ("city", &["cities"]),
            ("country", &["countries"]),
            ("industry", &["industries"]),
            ("address", &["addresses"]),
            // Case and what stands between words.
            ("NAME", &["name"]),
            ("ownerID", &["ownerId"]),
            ("is_overdue", &["isOverdue"]),
            ("tasktypes", &["taskTypes"]),
        ] {
            assert_eq!(nearest(word, NAMES.into_iter()), meant, "{word}");
        }
    }

    #[test]
    fn names_with_many_other_letters_are_far() {
        for word in ["bogus", "nonsense", "foo", "note", "tokens", "cycle", "x"] {
            assert_eq!(nearest(word, NAMES.into_iter()), [""; 0], "{word}");
        }
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
