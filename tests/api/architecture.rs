//! Imports go one way: server, schema, resolvers, then rules and auth, then entities.

use std::path::{Path, PathBuf};

/// A floor of the house: what of this crate it may use, and what of others it must not.
struct Floor {
    name: &'static str,
    may_use: &'static [&'static str],
    never: &'static [&'static str],
}

/// What every floor above the rules may use.
const FLOORS: [Floor; 6] = [
    Floor {
        name: "entities",
        may_use: &["entities"],
        never: &["async_graphql", "axum", "tokio", "hyper", "migration"],
    },
    Floor {
        // The enums of entities, and what a problem is.
        name: "rules",
        may_use: &["rules", "entities", "error", "text", "auth"],
        never: &["sea_orm", "async_graphql", "axum", "tokio", "hyper", "migration", "futures_util"],
    },
    Floor {
        name: "auth",
        may_use: &["auth", "entities", "error", "sql", "db", "batch"],
        never: &["async_graphql", "axum", "hyper", "migration"],
    },
    Floor {
        name: "resolvers",
        may_use: &[
            "resolvers",
            "rules",
            "auth",
            "entities",
            "call",
            "catalogs",
            "cx",
            "db",
            "error",
            "ids",
            "locks",
            "notices",
            "sql",
            "text",
            "turns",
        ],
        never: &["async_graphql", "axum", "hyper", "migration"],
    },
    Floor {
        name: "schema",
        may_use: &[
            "schema",
            "resolvers",
            "rules",
            "auth",
            "entities",
            "batch",
            "cx",
            "db",
            "error",
            "ids",
        ],
        never: &["sea_orm", "axum", "hyper", "migration"],
    },
    Floor {
        name: "server",
        may_use: &[
            "server",
            "schema",
            "resolvers",
            "auth",
            "batch",
            "cx",
            "db",
            "error",
            "guard",
            "metrics",
            "settings",
            "traces",
        ],
        never: &["sea_orm", "migration"],
    },
];

/// What lies below all floors knows none of them, but for the entities that the catalogues are made of, and the caller whom a transaction
/// looks at.
const FOUNDATION: [(&str, &[&str]); 18] = [
    ("batch.rs", &["error", "metrics", "traces"]),
    ("call.rs", &["auth", "db", "entities", "error", "ids", "locks", "sql"]),
    ("catalogs.rs", &["db", "entities", "error", "text"]),
    ("database_file.rs", &["error"]),
    (
        "db/mod.rs",
        &["batch", "database_file", "error", "metrics", "notices", "settings", "traces"],
    ),
    ("db/options.rs", &["error", "settings"]),
    ("db/pool.rs", &["metrics"]),
    ("db/transaction.rs", &[]),
    ("error.rs", &[]),
    ("ids.rs", &[]),
    ("locks.rs", &["auth", "catalogs", "entities", "error", "notices", "sql"]),
    ("metrics.rs", &[]),
    ("notices.rs", &["error"]),
    ("quota.rs", &["error"]),
    ("sql.rs", &[]),
    ("text.rs", &[]),
    ("traces.rs", &[]),
    ("turns.rs", &[]),
];

#[test]
fn imports_go_one_way() {
    let mut wrong = Vec::new();
    for floor in &FLOORS {
        let files = sources(&source_folder().join(floor.name));
        assert!(files.len() > 3, "{} is empty", floor.name);
        for file in files {
            let code = code_of(&file);
            for used in after(&code, "crate::")
                .into_iter()
                .filter(|used| !floor.may_use.contains(&&used[..]))
            {
                wrong.push(format!("{} uses crate::{used}", file.display()));
            }
            for never in floor.never.iter().filter(|never| names(&code, never)) {
                wrong.push(format!("{} uses {never}", file.display()));
            }
        }
    }
    for (name, may_use) in FOUNDATION {
        let file = source_folder().join(name);
        for used in after(&code_of(&file), "crate::")
            .into_iter()
            .filter(|used| !may_use.contains(&&used[..]))
        {
            wrong.push(format!("{} uses crate::{used}", file.display()));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// A wing uses those before it and none behind.
#[test]
fn wings_of_the_resolvers_stand_in_order() {
    let folder = source_folder().join("resolvers");
    for (wing, behind) in [("access", &["setup", "records"][..]), ("setup", &["records"])] {
        for file in sources(&folder.join(wing)) {
            let used = after(&code_of(&file), "crate::resolvers::");
            assert!(
                !used.iter().any(|used| behind.contains(&&used[..])),
                "{} uses {used:?}",
                file.display()
            );
        }
    }
}

/// Or an answer could hold more text than it is counted for.
#[test]
fn texts_of_answers_are_counted() {
    let mut wrong = Vec::new();
    for file in sources(&source_folder().join("schema")) {
        let code = code_of(&file);
        let mut is_object = false;
        for line in code.lines() {
            is_object = (is_object || line.contains("SimpleObject")) && line != "}";
            let is_field = line.contains("async fn ") && line.contains("(&self");
            let answers = if is_field {
                line.split(" -> ").nth(1)
            } else {
                line.split(": ")
                    .nth(1)
                    .filter(|_| is_object && line.trim_start().starts_with("pub "))
            };
            if answers.is_some_and(|kind| kind.contains("String") || kind.contains("&str")) {
                wrong.push(format!("{}: {}", file.display(), line.trim()));
            }
        }
    }
    // Messages to users are the program's own, and few.
    wrong.retain(|line| !line.contains("schema/error.rs"));
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn rules_wait_for_nothing() {
    for file in sources(&source_folder().join("rules")) {
        let code = code_of(&file);
        for word in ["async fn", ".await", "DatabaseTransaction", "ConnectionTrait"] {
            assert!(!code.contains(word), "{} has `{word}`", file.display());
        }
    }
}

#[test]
fn every_file_says_what_it_is_for() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    for folder in ["src", "tests", "migration/src", "bench/src"] {
        for file in sources(&root.join(folder)) {
            let text = std::fs::read_to_string(&file).expect("a source can be read");
            let first = text.lines().next().unwrap_or_default();
            assert!(
                first.starts_with("//! ") && first.len() > 10,
                "{} begins with `{first}`",
                file.display()
            );
        }
    }
}

#[test]
fn nothing_is_left_for_later() {
    // Put together here, so that this file does not find itself.
    let marks = [
        ["TO", "DO"].concat(),
        ["FIX", "ME"].concat(),
        ["todo", "!("].concat(),
        ["#[igno", "re"].concat(),
    ];
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    for folder in ["src", "tests", "migration/src"] {
        for file in sources(&root.join(folder)) {
            let text = std::fs::read_to_string(&file).expect("a source can be read");
            for mark in &marks {
                assert!(!text.contains(mark), "{} has `{mark}`", file.display());
            }
        }
    }
}

fn source_folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src")
}

fn sources(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).expect("a folder can be read") {
        let path = entry.expect("a folder can be read").path();
        if path.is_dir() {
            found.extend(sources(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
    found
}

/// The code of a file without comments and without its own tests, which may use more.
fn code_of(file: &Path) -> String {
    let text = std::fs::read_to_string(file).expect("a source can be read");
    let code = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
    code.lines()
        .filter(|line| !line.trim_start().starts_with("//"))
        .collect::<Vec<_>>()
        .join("\n")
}

/// The names that follow a prefix, also within braces: of `crate::{cx, ids}` both.
fn after(code: &str, prefix: &str) -> Vec<String> {
    let word = |text: &str| {
        text.chars()
            .take_while(|letter| letter.is_alphanumeric() || *letter == '_')
            .collect::<String>()
    };
    let mut found = Vec::new();
    for (place, _) in code.match_indices(prefix) {
        // `$crate::` of a macro is the same crate.
        let rest = &code[place + prefix.len()..];
        match rest.strip_prefix('{') {
            None => found.push(word(rest)),
            Some(list) => {
                let (mut depth, mut is_start) = (0, true);
                for (index, letter) in list.char_indices() {
                    match letter {
                        '{' => depth += 1,
                        '}' if depth == 0 => break,
                        '}' => depth -= 1,
                        ',' if depth == 0 => is_start = true,
                        _ if is_start && !letter.is_whitespace() => {
                            found.push(word(&list[index..]));
                            is_start = false;
                        }
                        _ => {}
                    }
                }
            }
        }
    }
    // Types at the root of the crate are none of its modules.
    found.retain(|name| name.starts_with(char::is_lowercase));
    found
}

/// Whether the code names a crate at the head of a path.
fn names(code: &str, name: &str) -> bool {
    code.match_indices(&format!("{name}::")).any(|(place, _)| {
        let before = code[..place].chars().next_back();
        !before.is_some_and(|letter| letter.is_alphanumeric() || letter == '_')
    })
}
