//! Both README say the same, and what the pages link to is there.

use std::collections::BTreeSet;
use std::path::Path;

use regex::Regex;

use super::blocks::{README, SPANISH, blocks, prose};

/// The pages whose links are followed.
const PAGES: [&str; 20] = [
    "README.md",
    "README.es.md",
    "docs/api.md",
    "docs/architecture.md",
    "docs/attributes.md",
    "docs/backups.md",
    "docs/clients-generators.md",
    "docs/clients-mobile.md",
    "docs/clients.md",
    "docs/dashboards.md",
    "docs/development.md",
    "docs/documents.md",
    "docs/domain.md",
    "docs/ids.md",
    "docs/limits.md",
    "docs/monitoring.md",
    "docs/operations.md",
    "docs/reports.md",
    "docs/security.md",
    "docs/settings.md",
];

/// All matches of the first group, sorted.
fn matches(page: &str, pattern: &str) -> Vec<String> {
    let pattern = Regex::new(pattern).expect("a pattern");
    let mut found: Vec<String> = pattern.captures_iter(page).map(|found| found[1].to_owned()).collect();
    found.sort();
    found
}

/// Anchor of a heading in a link.
fn anchor(heading: &str) -> String {
    let letters = heading.to_lowercase();
    let kept = letters.chars().filter(|letter| letter.is_alphanumeric() || " -_".contains(*letter));
    kept.map(|letter| if letter == ' ' { '-' } else { letter }).collect()
}

#[test]
fn both_readme_have_the_same_code() {
    let code = |page| {
        blocks(page)
            .into_iter()
            .map(|block| (block.language, block.text))
            .collect::<Vec<_>>()
    };
    let (english, spanish) = (code(README), code(SPANISH));
    assert!(english.len() > 10, "only {} blocks were found", english.len());
    for (english, spanish) in english.iter().zip(&spanish) {
        assert_eq!(english, spanish);
    }
    assert_eq!(english.len(), spanish.len());
}

#[test]
fn both_readme_name_the_same_things() {
    for (what, pattern) in [
        ("code in a line", r"`([^`\n]+)`"),
        ("links", r"\]\((?:README(?:\.es)?\.md|([^)]+))\)"),
        ("levels of headings", r"(?m)^(#+) "),
    ] {
        // The links from one to the other have no group, so they are left out.
        let found = |page: &str| {
            let pattern = Regex::new(pattern).expect("a pattern");
            let text = prose(page);
            let mut found: Vec<String> = pattern
                .captures_iter(&text)
                .filter_map(|found| Some(found.get(1)?.as_str().to_owned()))
                .collect();
            found.sort();
            found
        };
        let english = found(README);
        assert!(english.len() > 5, "{what}: {english:?}");
        assert_eq!(english, found(SPANISH), "{what}");
    }
    let top = |page: &str| page.lines().take(4).collect::<Vec<_>>().join("\n");
    assert!(top(README).contains("[Español](README.es.md)"));
    assert!(top(SPANISH).contains("[English](README.md)"));
}

#[test]
fn links_lead_somewhere() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let read = |path: &Path| std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let mut broken = BTreeSet::new();
    for page in PAGES {
        let text = prose(&read(&root.join(page)));
        for link in matches(&text, r"\]\(([^)\s]+)\)") {
            if link.starts_with("http") {
                continue;
            }
            let (file, place) = link.split_once('#').unwrap_or((&link, ""));
            let folder = root.join(page).parent().expect("a page is in a folder").to_owned();
            let file = if file.is_empty() { root.join(page) } else { folder.join(file) };
            if !file.exists() {
                broken.insert(format!("{page}: {link}"));
            } else if !place.is_empty() {
                let headings = matches(&prose(&read(&file)), r"(?m)^#+ (.+)$");
                if !headings.iter().any(|heading| anchor(heading) == place) {
                    broken.insert(format!("{page}: {link}"));
                }
            }
        }
    }
    assert!(broken.is_empty(), "{broken:#?}");
}
