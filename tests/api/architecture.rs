//! Imports go one way: server, schema, resolvers, then rules and auth, then entities.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// A floor of the house: what of this crate it may use, and what of others it must not.
struct Floor {
    name: &'static str,
    may_use: &'static [&'static str],
    never: &'static [&'static str],
}

/// Modules that every floor above the rules may use.
const FLOORS: [Floor; 7] = [
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
        may_use: &["auth", "entities", "error", "db"],
        never: &["async_graphql", "axum", "hyper", "migration"],
    },
    Floor {
        name: "resolvers",
        may_use: &[
            "resolvers",
            "rules",
            "auth",
            "entities",
            "app",
            "cx",
            "db",
            "error",
            "ids",
            "text",
            "tx",
            "storage",
        ],
        never: &["async_graphql", "axum", "hyper", "migration"],
    },
    Floor {
        name: "jobs",
        may_use: &[
            "jobs",
            "resolvers",
            "rules",
            "auth",
            "entities",
            "app",
            "cx",
            "db",
            "error",
            "ids",
            "tx",
            "storage",
            "thumbnails",
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
            "app",
            "cx",
            "db",
            "error",
            "ids",
            "loaders",
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
            "app",
            "cx",
            "db",
            "error",
            "ids",
            "limits",
            "loaders",
            "settings",
            "telemetry",
            "storage",
        ],
        never: &["sea_orm", "migration"],
    },
];

/// Modules below all floors use none of them, except the entities of the catalogues, and the caller whom a transaction checks.
const FOUNDATION: [(&str, &[&str]); 40] = [
    ("app/buckets.rs", &["limits"]),
    ("app/catalogs.rs", &["db", "entities", "error", "ids", "rules", "text"]),
    ("app/clock.rs", &[]),
    ("app/estimates.rs", &[]),
    ("app/keyed_locks.rs", &[]),
    ("app/mod.rs", &["auth", "db", "loaders", "error", "settings", "storage", "tx"]),
    ("app/permits.rs", &["db", "settings"]),
    ("app/quota.rs", &["error"]),
    ("app/signing.rs", &["auth", "db", "entities", "error", "ids"]),
    ("app/transfers.rs", &["settings"]),
    ("db/backup.rs", &["db", "error"]),
    ("db/file.rs", &["error"]),
    ("db/inserts.rs", &["db"]),
    ("db/mod.rs", &["db", "error", "settings", "telemetry"]),
    ("db/notices.rs", &["error"]),
    ("db/options.rs", &["error", "settings"]),
    ("db/pool.rs", &["telemetry"]),
    ("db/refusal.rs", &["error", "settings"]),
    ("db/session.rs", &["error", "settings"]),
    ("db/sql.rs", &[]),
    ("db/transaction.rs", &[]),
    ("error.rs", &[]),
    ("ids.rs", &["entities"]),
    ("loaders/mod.rs", &["db", "error", "telemetry"]),
    ("loaders/request.rs", &["error"]),
    ("loaders/tokens.rs", &["auth", "error"]),
    ("storage/bucket.rs", &[]),
    ("storage/connector.rs", &[]),
    ("storage/content.rs", &[]),
    ("storage/error.rs", &["error"]),
    ("storage/folder.rs", &[]),
    ("storage/key.rs", &[]),
    ("storage/location.rs", &[]),
    ("storage/mod.rs", &["telemetry"]),
    ("telemetry/files.rs", &[]),
    ("telemetry/metrics.rs", &[]),
    ("telemetry/traces.rs", &[]),
    ("text/mod.rs", &[]),
    ("text/suggestions.rs", &[]),
    ("thumbnails.rs", &[]),
];

/// Transactions know who writes, and nothing of what is written.
const TX: [(&str, &[&str]); 3] = [
    ("tx/idempotency.rs", &["db", "error", "ids"]),
    ("tx/locks.rs", &["auth", "db", "entities", "error"]),
    ("tx/mod.rs", &["auth", "db", "entities", "error", "tx"]),
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
    for (name, may_use) in FOUNDATION.into_iter().chain(TX) {
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
    for (wing, behind) in [
        ("access", &["setup", "records", "process", "insight"][..]),
        ("setup", &["records", "process", "insight"]),
        ("records", &["process", "insight"]),
        ("process", &["insight"]),
    ] {
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
        let texts = uncounted_texts(&code_of(&file));
        wrong.extend(texts.into_iter().map(|text| format!("{}: {text}", file.display())));
    }
    // Messages of errors are not counted: they quote numbers and names, each of bounded length, and at most a hundred are reported at a
    // time.
    wrong.retain(|line| !line.contains("schema/error.rs"));
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn texts_are_found_however_they_are_written() {
    let code = "
#[Object]
impl Note {
    async fn id(&self) -> ID {
    async fn body(&self) -> String {
    async fn part(
        &self,
        #[graphql(desc = \"How much.\")] length: Option<String>,
    ) -> Result<Option<String>> {
    async fn is_long(
        &self,
        #[graphql(desc = \"Than what.\")] text: String,
    ) -> bool {
}
#[derive(SimpleObject)]
pub struct Page {
    pub title: String,
    pub number: u32,
}
pub struct Draft {
    pub title: String,
}
";
    let found = uncounted_texts(code);
    let names: Vec<&str> = found
        .iter()
        .filter_map(|text| text.split(['(', ':']).next()?.split(' ').next_back())
        .collect();
    assert_eq!(names, ["body", "part", "title"], "{found:#?}");
}

/// Each transaction of a request begins with a look at its caller, in `Cx`. These are the others: what creates and moves whole databases, the
/// slices of jobs, which look at the user of the job, and the task that gives an upload the file of its parts.
const TRANSACTIONS: [&str; 14] = [
    "commands/restore/schema.rs",
    "cx/mod.rs",
    "db/pool.rs",
    "db/transaction.rs",
    "demo/attributes.rs",
    "demo/catalogs.rs",
    "demo/check/mod.rs",
    "demo/documents/mod.rs",
    "demo/load.rs",
    "demo/users.rs",
    "jobs/context.rs",
    "resolvers/records/documents/joins.rs",
    "setup/mod.rs",
    "transfer/mod.rs",
];

/// Writes of requests outside of a transaction, one statement each: failed sign-ins, when a credential was used, a session that ends itself,
/// and the outcomes of calls that changed nothing.
const SINGLE_WRITES: [&str; 4] = [
    "resolvers/access/attempts.rs",
    "resolvers/access/authentication.rs",
    "resolvers/access/sessions.rs",
    "resolvers/idempotency.rs",
];

#[test]
fn transactions_of_requests_look_at_their_caller() {
    let begins = |code: &str| {
        let is_of_database = |(place, _): (usize, &str)| !code[..place].ends_with("cx");
        code.match_indices(".begin()").any(is_of_database)
            || [".begin_with_options(", ".begin_with_config(", ".transaction("]
                .iter()
                .any(|call| code.contains(call))
    };
    assert_eq!(files_where("", begins), BTreeSet::from(TRANSACTIONS.map(str::to_owned)));
}

#[test]
fn requests_write_outside_of_transactions_in_few_places() {
    let writes = |code: &str| code.contains(".writer()");
    assert_eq!(files_where("resolvers", writes), BTreeSet::from(SINGLE_WRITES.map(str::to_owned)));
    for folder in ["schema", "server"] {
        let found = files_where(folder, writes);
        assert!(found.is_empty(), "writes belong to resolvers: {found:?}");
    }
}

/// The files of a folder of the source whose code, without any blank, is such; by their paths from there.
fn files_where(folder: &str, is_such: impl Fn(&str) -> bool) -> BTreeSet<String> {
    let root = source_folder();
    let mut found = BTreeSet::new();
    for file in sources(&root.join(folder)) {
        let code: String = code_of(&file).split_whitespace().collect();
        if is_such(&code) {
            let path = file.strip_prefix(&root).expect("a source lies in its folder");
            found.insert(path.to_str().expect("sources have plain names").replace('\\', "/"));
        }
    }
    found
}

/// The fields of objects that answer a text and do not count it.
fn uncounted_texts(code: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut is_object = false;
    let mut lines = code.lines();
    while let Some(line) = lines.next() {
        let mut text = line.trim().to_owned();
        // A signature may be wrapped.
        while text.contains("async fn ")
            && !text.ends_with(['{', '}', ';'])
            && let Some(next) = lines.next()
        {
            text.push(' ');
            text.push_str(next.trim());
        }
        is_object = (is_object || text.contains("SimpleObject")) && line != "}";
        let is_field = text.contains("async fn ") && text.contains("&self");
        let answers = if is_field {
            text.rsplit_once(" -> ").map(|(_, kind)| kind)
        } else {
            text.split(": ").nth(1).filter(|_| is_object && text.starts_with("pub "))
        };
        if answers.is_some_and(|kind| kind.contains("String") || kind.contains("&str")) {
            found.push(text);
        }
    }
    found
}

/// A secret goes into an answer by its own type alone, which marks the answer as confidential.
#[test]
fn secrets_of_answers_are_marked() {
    let exposes = |code: &str| code.contains(".expose()");
    assert_eq!(files_where("schema", exposes), BTreeSet::from(["schema/secret.rs".to_owned()]));
    assert_eq!(files_where("resolvers", exposes), BTreeSet::new());
    let has_text = |code: &str| {
        let payloads = code.split("payload!{").skip(1);
        payloads
            .filter_map(|rest| rest.split('}').next())
            .any(|fields| fields.contains(":String"))
    };
    assert_eq!(files_where("schema", has_text), BTreeSet::new());
    assert!(has_text("payload!{APayload{token:String,}}"));
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
