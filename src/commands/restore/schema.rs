//! Check of the objects in a backup: all must be those that the migrations create, because a trigger or a default could make an
//! administrator of any user.

use std::collections::BTreeMap;
use std::path::Path;

use cartera::db::Db;
use cartera::entities::access::installation;
use cartera::resolvers::setup::attribute_indexes;
use migration::{Migrator, MigratorTrait};
use sea_orm::{ConnectOptions, ConnectionTrait, Database, DatabaseConnection, DbBackend, DbErr, EntityTrait, Statement, TransactionTrait};
use uuid::Uuid;

use crate::commands::document_files::{Wanted, wanted};
use crate::commands::error_text;

/// Tables, indexes, triggers and other objects by kind and name, each with its definition.
///
/// Indexes of attributes are left out by the names that the definitions give them: the restore drops them and makes its own. They are never
/// taken from a backup.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Schema(BTreeMap<(String, String), String>);

/// So many are named, and the others counted.
const NAMED: usize = 3;

/// SQLite's own statistics: numbers of rows and their distribution. They change plans but no answers.
const KEPT_BY_SQLITE: [(&str, &str); 3] = [
    ("sqlite_stat1", "CREATE TABLE sqlite_stat1(tbl,idx,stat)"),
    ("sqlite_stat4", "CREATE TABLE sqlite_stat4(tbl,idx,neq,nlt,ndlt,sample)"),
    ("sqlite_sequence", "CREATE TABLE sqlite_sequence(name,seq)"),
];

impl Schema {
    /// Reads it from a database of either kind.
    pub async fn read(connection: &impl ConnectionTrait, query: &str) -> Result<Schema, DbErr> {
        let statement = Statement::from_string(connection.get_database_backend(), query);
        let mut schema = Schema::default();
        for row in connection.query_all_raw(statement).await? {
            let (kind, name, definition): (String, String, String) = (row.try_get_by(0)?, row.try_get_by(1)?, row.try_get_by(2)?);
            // Objects with one name are distinguished by their definitions.
            schema.0.entry((kind, name)).or_default().push_str(&definition);
        }
        Ok(schema)
    }

    /// Leaves out the indexes of attributes, by the definitions in the same database.
    async fn without_run_time_indexes(mut self, connection: &impl ConnectionTrait) -> Result<Schema, DbErr> {
        if !self.0.contains_key(&("table".to_owned(), "attribute_definitions".to_owned())) {
            return Ok(self);
        }
        let names = attribute_indexes::all_names(connection).await;
        for name in names.map_err(|error| DbErr::Custom(error.to_string()))? {
            self.0.remove(&("index".to_owned(), name));
        }
        Ok(self)
    }

    /// The differences of another schema, as text.
    pub fn differences(&self, found: &Schema) -> Vec<String> {
        let mut differences = Vec::new();
        for ((kind, name), definition) in &found.0 {
            match self.0.get(&(kind.clone(), name.clone())) {
                None => differences.push(unknown(kind, name)),
                Some(ours) if ours != definition => {
                    differences.push(format!("its {kind} `{}` is not the one that Cartera makes", name.escape_debug()));
                }
                Some(_) => {}
            }
        }
        let missing = self.0.keys().filter(|key| !found.0.contains_key(key));
        differences.extend(missing.map(|(kind, name)| format!("it lacks the {kind} `{name}`")));
        differences
    }
}

/// One thing too many. Its name comes from the backup, and may hold what a terminal would obey.
pub fn unknown(kind: &str, name: &str) -> String {
    let article = if kind.starts_with(['a', 'e', 'i', 'o', 'u']) { "an" } else { "a" };
    format!(
        "it has {article} {} `{}` that Cartera does not know",
        kind.escape_debug(),
        name.escape_debug()
    )
}

/// Some differences as one reason; None if there are none.
pub fn reason(differences: &[String]) -> Option<String> {
    let more = match differences.len() {
        0 => return None,
        count if count > NAMED => format!("; and {} more", count - NAMED),
        _ => String::new(),
    };
    Some(format!("{}{more}", differences[..NAMED.min(differences.len())].join("; ")))
}

/// The differences between an unused SQLite file and a new database with that number of migrations.
pub async fn differences_on_sqlite(file: &Path, migrations: usize) -> Result<Vec<String>, String> {
    let said = |error: DbErr| error.to_string();
    let found = connect(&format!("sqlite:{}", file.display())).await.map_err(said)?;
    let (theirs, settings) = (sqlite(&found).await, unusable(&found).await);
    found.close().await.map_err(said)?;
    let fresh = connect("sqlite::memory:").await.map_err(said)?;
    let ours = match Migrator::up(&fresh, Some(steps(migrations))).await {
        Ok(()) => sqlite(&fresh).await,
        Err(error) => Err(error),
    };
    fresh.close().await.map_err(said)?;
    let mut differences = ours.map_err(said)?.differences(&theirs.map_err(said)?);
    differences.extend(settings.map_err(said)?);
    Ok(differences)
}

/// Prepares an unused SQLite file for its use: the indexes of attributes are made again, in place of those that it came with, and keys that
/// signed addresses and the ID of the database are dropped. Answers the files of its documents.
pub async fn prepare_on_sqlite(file: &Path) -> Result<Vec<Wanted>, String> {
    let connection = connect(&format!("sqlite:{}", file.display()))
        .await
        .map_err(|error| error.to_string())?;
    let prepared = prepare(&connection).await;
    connection.close().await.map_err(|error| error.to_string())?;
    prepared
}

/// The same on a connection.
pub async fn prepare(connection: &DatabaseConnection) -> Result<Vec<Wanted>, String> {
    rebuild_indexes(connection).await?;
    renew(connection).await?;
    wanted(connection).await.map_err(|error| error.to_string())
}

/// The files of the documents in an unused SQLite file.
pub async fn wanted_on_sqlite(file: &Path) -> Result<Vec<Wanted>, String> {
    let said = |error: DbErr| error.to_string();
    let connection = connect(&format!("sqlite:{}?mode=ro", file.display())).await.map_err(said)?;
    let found = wanted(&connection).await.map_err(said);
    connection.close().await.map_err(said)?;
    found
}

/// Whether there is a table of this name: tables may be of an earlier version.
pub async fn has_table(connection: &impl ConnectionTrait, name: &str) -> Result<bool, DbErr> {
    let backend = connection.get_database_backend();
    let query = match backend {
        DbBackend::Postgres => "SELECT 1 FROM pg_tables WHERE schemaname = current_schema() AND tablename = $1",
        _ => "SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = $1",
    };
    let statement = Statement::from_sql_and_values(backend, query, [name.into()]);
    Ok(connection.query_one_raw(statement).await?.is_some())
}

/// Drops the keys by which addresses of documents were signed, so that none of those that were sent before the restore leads anywhere; and the
/// ID of the database, so that beside the original this is another one, which deletes no files of it. The next start makes new ones. Uploads in
/// parts end with their addresses: a backup has no files of them, and what was a part then may be a document of the original now.
async fn renew(connection: &impl ConnectionTrait) -> Result<(), String> {
    let said = |error: DbErr| error.to_string();
    for table in ["signing_keys", "installations", "upload_parts", "uploads"] {
        if has_table(connection, table).await.map_err(said)? {
            let statement = format!("DELETE FROM {table}");
            connection.execute_unprepared(&statement).await.map_err(said)?;
        }
    }
    Ok(())
}

/// The ID of the database in an SQLite file that is not in use. None where there is none, or the file cannot be read.
pub async fn id_on_sqlite(file: &Path) -> Option<Uuid> {
    let connection = connect(&format!("sqlite:{}?mode=ro", file.display())).await.ok()?;
    let found = match has_table(&connection, "installations").await {
        Ok(true) => installation::Entity::find().one(&connection).await.ok().flatten(),
        _ => None,
    };
    connection.close().await.ok()?;
    found.map(|row| row.id)
}

/// Makes the indexes of attributes again; does nothing where the tables are of a version without attributes.
async fn rebuild_indexes(connection: &DatabaseConnection) -> Result<(), String> {
    let said = |error: DbErr| error.to_string();
    if !has_table(connection, "attribute_definitions").await.map_err(said)? {
        return Ok(());
    }
    let tx = connection.begin().await.map_err(said)?;
    if tx.get_database_backend() == DbBackend::Postgres {
        tx.execute_unprepared("SET LOCAL statement_timeout = 0").await.map_err(said)?;
    }
    attribute_indexes::rebuild_all(&tx).await.map_err(|error| error_text(&error))?;
    tx.commit().await.map_err(said)
}

/// The schema of a new database on PostgreSQL with that number of migrations. It is created in a transaction that is rolled back.
pub async fn fresh_on_postgres(empty: &Db, migrations: usize) -> Result<Schema, DbErr> {
    let tx = empty.writer().unlimited().begin().await?;
    Migrator::up(&tx, Some(steps(migrations))).await?;
    let schema = postgres(&tx).await?;
    tx.rollback().await?;
    Ok(schema)
}

/// All that is in a database on PostgreSQL, but for what the server brings.
pub async fn postgres(connection: &impl ConnectionTrait) -> Result<Schema, DbErr> {
    let schema = Schema::read(connection, include_str!("schema.sql")).await?;
    schema.without_run_time_indexes(connection).await
}

async fn sqlite(connection: &DatabaseConnection) -> Result<Schema, DbErr> {
    let query = "SELECT CAST(type AS TEXT), CAST(name AS TEXT), 'on ' || CAST(tbl_name AS TEXT) || ': ' || coalesce(CAST(sql AS TEXT), '') \
                 FROM sqlite_schema";
    let mut schema = Schema::read(connection, query).await?.without_run_time_indexes(connection).await?;
    schema
        .0
        .values_mut()
        .for_each(|definition| *definition = without_layout(definition));
    for (name, text) in KEPT_BY_SQLITE {
        let key = ("table".to_owned(), name.to_owned());
        if schema
            .0
            .get(&key)
            .is_some_and(|definition| *definition == without_layout(&format!("on {name}: {text}")))
        {
            schema.0.remove(&key);
        }
    }
    Ok(schema)
}

/// SQL without insignificant whitespace: a reverted migration may have left other whitespace. Quoted text stays, and so does a text with a
/// comment, which ends with its line.
fn without_layout(sql: &str) -> String {
    if sql.contains("--") {
        return sql.to_owned();
    }
    let mut plain = String::with_capacity(sql.len());
    let (mut quote, mut has_space) = (None, false);
    for letter in sql.chars() {
        if quote.is_none() && letter.is_ascii_whitespace() {
            has_space = true;
            continue;
        }
        let is_in_word = |letter: char| !"(),".contains(letter);
        if has_space && is_in_word(letter) && plain.chars().next_back().is_some_and(is_in_word) {
            plain.push(' ');
        }
        has_space = false;
        quote = match (quote, letter) {
            (None, '\'' | '"' | '`') => Some(letter),
            (None, '[') => Some(']'),
            (Some(end), letter) if end == letter => None,
            (quote, _) => quote,
        };
        plain.push(letter);
    }
    plain
}

/// Properties of a file that would change answers: of its persistent pragmas only the encoding, by which SQLite compares text. Page size,
/// vacuum and versions of programs do not matter.
async fn unusable(connection: &DatabaseConnection) -> Result<Option<String>, DbErr> {
    let statement = Statement::from_string(connection.get_database_backend(), "PRAGMA encoding");
    let encoding: String = match connection.query_one_raw(statement).await? {
        Some(row) => row.try_get_by(0)?,
        None => String::new(),
    };
    Ok((encoding != "UTF-8").then(|| format!("its texts are encoded as {}", encoding.escape_debug())))
}

/// One connection, so that a database in memory is one database; nothing in the file's definitions is run with more rights than it needs.
async fn connect(address: &str) -> Result<DatabaseConnection, DbErr> {
    let mut options = ConnectOptions::new(address);
    options
        .max_connections(1)
        .sqlx_logging(false)
        .map_sqlx_sqlite_opts(|options| options.pragma("trusted_schema", "OFF"));
    Database::connect(options).await
}

fn steps(migrations: usize) -> u32 {
    u32::try_from(migrations).expect("there are fewer migrations")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn layout_means_nothing_and_quotes_do() {
        for (left, right, is_same) in [
            ("CREATE TABLE a (\n  b,\n  c\n)", "CREATE  TABLE a(b, c)", true),
            ("a IN ('x', 'y')", "a IN ('x','y')", true),
            ("DEFAULT 'a  b'", "DEFAULT 'a b'", false),
            ("DEFAULT 'it''s  b'", "DEFAULT 'it''s b'", false),
            ("\"a  b\"", "\"a b\"", false),
            ("[a  b]", "[a b]", false),
            ("a b", "ab", false),
            ("a --\nb", "a -- b", false),
        ] {
            assert_eq!(without_layout(left) == without_layout(right), is_same, "{left}");
        }
    }

    #[test]
    fn differences_are_reported_by_name() {
        let schema = |entries: &[(&str, &str, &str)]| {
            let entry = |(kind, name, sql): &(&str, &str, &str)| (((*kind).to_owned(), (*name).to_owned()), (*sql).to_owned());
            Schema(entries.iter().map(entry).collect())
        };
        let ours = schema(&[("table", "a", "1"), ("index", "b", "1"), ("trigger", "c", "1")]);
        let theirs = schema(&[
            ("table", "a", "2"),
            ("trigger", "b", "1"),
            ("trigger", "c", "1"),
            ("index", "\u{1b}[2J", "1"),
        ]);
        let differences = ours.differences(&theirs);
        assert_eq!(
            differences,
            [
                "it has an index `\\u{1b}[2J` that Cartera does not know",
                "its table `a` is not the one that Cartera makes",
                "it has a trigger `b` that Cartera does not know",
                "it lacks the index `b`",
            ]
        );
        assert!(reason(&differences).is_some_and(|reason| reason.ends_with("; and 1 more")));
        assert_eq!((ours.differences(&ours), reason(&[])), (Vec::new(), None));
    }

    #[tokio::test]
    async fn a_file_in_another_encoding_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("other.db");
        let other = connect(&format!("sqlite:{}?mode=rwc", file.display())).await.unwrap();
        other.execute_unprepared("PRAGMA encoding = 'UTF-16'").await.unwrap();
        Migrator::up(&other, None).await.unwrap();
        other.close().await.unwrap();
        let differences = differences_on_sqlite(&file, Migrator::migrations().len()).await.unwrap();
        assert_eq!(differences, ["its texts are encoded as UTF-16le"]);
    }
}
