//! Every line of `oracle.tsv` through `parse`, and every difference against `differences.tsv`.

use std::collections::BTreeSet;

use normalization::phone;

/// Fails if a result differs from the oracle's and the table does not say so, or the table names a difference that is gone.
///
/// After an update of `rlibphonenumber` or of the oracle, judge each line that this prints before it goes into the table.
#[test]
fn differs_from_the_oracle_where_the_table_says() {
    let expected: BTreeSet<String> = lines(include_str!("differences.tsv")).map(str::to_owned).collect();
    let mut found = BTreeSet::new();
    let mut count = 0;
    for line in lines(include_str!("oracle.tsv")) {
        let [form, default, typed, canonical] = columns(line);
        let ours = phone::parse(&unescape(typed), default).map_or_else(|| "-".to_owned(), |phone| phone.canonical());
        if ours != unescape(canonical) {
            found.insert(format!("{form}\t{default}\t{typed}\t{canonical}\t{ours}"));
        }
        count += 1;
    }
    assert!(count > 2_500, "{count} lines");
    let new: Vec<_> = found.difference(&expected).map(String::as_str).collect();
    let gone: Vec<_> = expected.difference(&found).map(String::as_str).collect();
    assert!(
        new.is_empty() && gone.is_empty(),
        "new:\n{}\n\ngone:\n{}\n",
        new.join("\n"),
        gone.join("\n")
    );
}

/// A stored phone, given back under any default country, stays the phone that it is.
#[test]
fn canonical_forms_are_read_as_themselves() {
    for line in lines(include_str!("oracle.tsv")) {
        let [_, default, typed, _] = columns(line);
        let Some(read) = phone::parse(&unescape(typed), default) else {
            continue;
        };
        let canonical = read.canonical();
        for default in [default, "US", "RU"] {
            assert_eq!(
                phone::parse(&canonical, default),
                Some(read.clone()),
                "{typed} as {canonical} under {default}"
            );
        }
    }
}

/// Every difference has a reason: a comment `# form: …` above the lines of its form.
#[test]
fn every_form_of_the_table_has_a_reason() {
    let table = include_str!("differences.tsv");
    for line in lines(table) {
        let [form, ..] = columns::<5>(line);
        assert!(table.contains(&format!("\n# {form}: ")), "{form}");
    }
}

fn lines(table: &str) -> impl Iterator<Item = &str> {
    table.lines().filter(|line| !line.is_empty() && !line.starts_with('#'))
}

fn columns<const COUNT: usize>(line: &str) -> [&str; COUNT] {
    let columns: Vec<&str> = line.split('\t').collect();
    columns.try_into().unwrap_or_else(|_| panic!("columns of {line}"))
}

/// The text with its `\u{…}` as characters.
fn unescape(text: &str) -> String {
    let mut parts = text.split("\\u{");
    let mut plain = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (code, rest) = part.split_once('}').expect("a closing brace");
        plain.push(u32::from_str_radix(code, 16).ok().and_then(char::from_u32).expect("a code point"));
        plain.push_str(rest);
    }
    plain
}
