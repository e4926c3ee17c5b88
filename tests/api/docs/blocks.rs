//! The code in a page, by the heading that it stands under.

pub const README: &str = include_str!("../../../README.md");
pub const SPANISH: &str = include_str!("../../../README.es.md");
pub const CLIENTS: &str = include_str!("../../../docs/clients.md");
pub const ATTRIBUTES: &str = include_str!("../../../docs/attributes.md");
pub const DOCUMENTS: &str = include_str!("../../../docs/documents.md");
pub const REPORTS: &str = include_str!("../../../docs/reports.md");
pub const DASHBOARDS: &str = include_str!("../../../docs/dashboards.md");
/// Clients in Kotlin and Swift.
pub const MOBILE: &str = include_str!("../../../docs/clients-mobile.md");
pub const GENERATORS: &str = include_str!("../../../docs/clients-generators.md");
pub const DOMAIN: &str = include_str!("../../../docs/domain.md");

const FENCE: &str = "```";

/// One block of code.
#[derive(Debug, PartialEq, Eq)]
pub struct Block {
    pub heading: String,
    pub language: String,
    pub text: String,
}

/// All blocks of a page, in their order.
pub fn blocks(page: &str) -> Vec<Block> {
    let mut found: Vec<Block> = Vec::new();
    let (mut heading, mut is_inside) = ("", false);
    for line in page.lines() {
        match line.strip_prefix(FENCE) {
            Some(_) if is_inside => is_inside = false,
            Some(language) => {
                is_inside = true;
                found.push(Block {
                    heading: heading.to_owned(),
                    language: language.to_owned(),
                    text: String::new(),
                });
            }
            None if is_inside => {
                let block = found.last_mut().expect("a block has begun");
                block.text.push_str(line);
                block.text.push('\n');
            }
            None => heading = line.strip_prefix("## ").unwrap_or(heading),
        }
    }
    assert!(!is_inside, "a block is not closed");
    found
}

/// The texts of the blocks in a language under a heading.
pub fn under(page: &str, heading: &str, language: &str) -> Vec<String> {
    let blocks = blocks(page).into_iter();
    let wanted = blocks.filter(|block| block.heading == heading && block.language == language);
    let texts: Vec<String> = wanted.map(|block| block.text).collect();
    assert!(!texts.is_empty(), "there is no {language} under `{heading}`");
    texts
}

/// The only such block.
pub fn only(page: &str, heading: &str, language: &str) -> String {
    let mut texts = under(page, heading, language);
    assert_eq!(texts.len(), 1, "there are several {language} under `{heading}`");
    texts.remove(0)
}

/// A page without its blocks.
pub fn prose(page: &str) -> String {
    let mut is_inside = false;
    let is_prose = |line: &&str| {
        let is_fence = line.starts_with(FENCE);
        is_inside ^= is_fence;
        !is_inside && !is_fence
    };
    page.lines().filter(is_prose).collect::<Vec<_>>().join("\n")
}

/// A document with single blanks, to compare it with another one.
pub fn words(document: &str) -> String {
    document.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The operations in a text of any language, each from its first word to its last brace. They begin on a line of their own or a quote.
pub fn operations(text: &str) -> Vec<String> {
    let begins = regex::Regex::new(r#"(?m)(?:^\s*|["'=])((?:query|mutation) \w+)"#).expect("a pattern");
    let mut found = Vec::new();
    for start in begins.captures_iter(text) {
        let start = start.get(1).expect("the group is in every match").start();
        let mut depth = 0;
        let end = text[start..].char_indices().find(|(_, letter)| {
            depth += match letter {
                '{' => 1,
                '}' => -1,
                _ => 0,
            };
            *letter == '}' && depth == 0
        });
        let (end, _) = end.unwrap_or_else(|| panic!("no end of {}", &text[start..]));
        found.push(words(&text[start..=start + end]));
    }
    found
}
