//! The diagrams of the README and of the domain have the tables, columns and references that the database has.

use cartera::db::Db;
use regex::Regex;
use sea_orm::DbBackend;

use super::blocks::{DOMAIN, README, only};
use crate::support::{TestApp, snapshot};

/// `parent ||--o{ child : column`
struct Reference {
    parent: String,
    child: String,
    column: String,
    /// Whether the column may be null, as the diagram says.
    is_optional: bool,
    /// Whether a parent has one child at most.
    is_single: bool,
}

fn references(diagram: &str) -> Vec<Reference> {
    let pattern = Regex::new(r"(?m)^ +(\w+) (\|\||\|o)--(o\{|o\|) (\w+) : (\w+)$").expect("a pattern");
    let found = pattern.captures_iter(diagram).map(|found| Reference {
        parent: found[1].to_owned(),
        child: found[4].to_owned(),
        column: found[5].to_owned(),
        is_optional: &found[2] == "|o",
        is_single: &found[3] == "o|",
    });
    let found: Vec<Reference> = found.collect();
    assert_eq!(found.len(), diagram.matches("--o").count(), "a reference is written otherwise");
    found
}

/// The columns that stand in the boxes, with their tables.
fn columns(diagram: &str) -> Vec<(String, String)> {
    let pattern = Regex::new(r"(?m)^    (\w+) \{\n((?:        .*\n)+)    \}").expect("a pattern");
    let mut found = Vec::new();
    for table in pattern.captures_iter(diagram) {
        for line in table[2].lines() {
            let column = line.split_whitespace().nth(1).expect("a column has a type and a name");
            found.push((table[1].to_owned(), column.to_owned()));
        }
    }
    found
}

/// `references optional`: how many foreign keys say so, and whether the column may be null.
async fn stored(db: &Db, reference: &Reference) -> String {
    let Reference { parent, child, column, .. } = reference;
    let query = match db.backend() {
        DbBackend::Postgres => format!(
            "SELECT (SELECT count(*) FROM pg_constraint WHERE contype = 'f' AND conrelid = a.attrelid \
                     AND confrelid = '{parent}'::regclass AND conkey = ARRAY[a.attnum]) || ' ' || (NOT a.attnotnull) \
             FROM pg_attribute a WHERE a.attrelid = '{child}'::regclass AND a.attname = '{column}'"
        ),
        _ => format!(
            "SELECT (SELECT count(*) FROM pragma_foreign_key_list('{child}') WHERE \"from\" = '{column}' AND \"table\" = '{parent}') \
                    || iif(\"notnull\" OR pk, ' false', ' true') \
             FROM pragma_table_info('{child}') WHERE name = '{column}'"
        ),
    };
    let found = snapshot::texts(db, &query).await;
    assert_eq!(found.len(), 1, "{child} has no {column}");
    found[0].clone()
}

both! {
    async fn the_diagrams_are_what_is_stored(app: TestApp) {
        let diagrams = [only(README, "The main records", "mermaid"), only(DOMAIN, "Records", "mermaid")];
        let references: Vec<Reference> = diagrams.iter().flat_map(|diagram| references(diagram)).collect();
        assert!(references.len() > 40);
        for reference in &references {
            let Reference { parent, child, column, is_optional, is_single } = reference;
            let expected = format!("1 {is_optional}");
            assert_eq!(stored(&app.core.db, reference).await, expected, "{child}.{column} refers to {parent}");
            // Where there is one child at most, it has the id of its parent.
            assert_eq!(column == "id", *is_single, "{child}.{column}");
        }
        let columns = columns(&diagrams.concat());
        assert!(columns.len() > 10);
        for (table, column) in columns {
            assert!(references.iter().any(|reference| [&reference.parent, &reference.child].contains(&&table)), "{table} refers to nothing");
            assert_eq!(app.sql(&format!("SELECT CAST(\"{column}\" AS text) FROM \"{table}\" LIMIT 0")).await, [""; 0]);
        }
    }
}
