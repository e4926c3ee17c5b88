//! A dump into an empty database on PostgreSQL, and out of it again if it brought anything that Cartera does not have.

use std::path::Path;

use cartera::db::Db;
use cartera::settings::Settings;
use sea_orm::{ConnectionTrait, DbErr, Statement};

use super::schema::{self, Schema};
use super::{Restored, applied};
use crate::commands::postgres_tools::Call;
use crate::commands::{error_text, open};

/// Answers what the dump held.
pub async fn restore(file: &Path, settings: &Settings) -> Result<Restored, String> {
    let shown = file.display().to_string();
    let contents = Call::new("pg_restore", &["--list"]).with(&shown).run().await?;
    let refused = |reason: String| format!("{shown}: {reason}");
    if let Some(reason) = unknown_entry(&contents).map_err(refused)? {
        return Err(refused(reason));
    }
    let journal = Call::new("pg_restore", &["--data-only", "--table=seaql_migrations", "--file=-"])
        .with(&shown)
        .run()
        .await?;
    let count = applied(&migrations_in(&journal)).map_err(refused)?;

    let target = open(settings).await?;
    let before = before(&target, count).await;
    target.close().await.map_err(|error| error_text(&error))?;
    let (before, fresh) = before?;
    Call::new(
        "pg_restore",
        &["--no-owner", "--no-privileges", "--single-transaction", "--exit-on-error"],
    )
    .on(&settings.database)?
    .with(&shown)
    .run()
    .await?;
    // Another connection: a schema that came with the dump may be the first one now in which tables are looked for.
    let target = open(settings).await?;
    let prepared = match check(&target, &fresh, &before).await {
        Ok(()) => schema::prepare(target.writer().unlimited()).await,
        Err(reason) => Err(reason),
    };
    target.close().await.map_err(|error| error_text(&error))?;
    Ok(Restored {
        migrations: count,
        files: prepared.map_err(refused)?,
        replaced: None,
    })
}

/// The reason for refusing a dump with this list of contents: the first entry of a kind that Cartera's dumps do not have. A list of another
/// program is refused altogether.
pub fn unknown_entry(contents: &str) -> Result<Option<String>, String> {
    let entries: Vec<&str> = contents.lines().filter_map(entry).collect();
    let journal = entries
        .iter()
        .find_map(|entry| entry.strip_prefix("TABLE DATA ")?.split_once(" seaql_migrations "));
    let Some((place, _)) = journal else {
        return Err("no dump of a Cartera database".to_owned());
    };
    Ok(entries.iter().find(|entry| !is_known(entry, place)).map(|entry| unknown(entry)))
}

/// The content of the empty database, and the content that it would have with that number of migrations.
async fn before(target: &Db, migrations: usize) -> Result<(Schema, Schema), String> {
    if target.has_servers().await.map_err(|error| error_text(&error))? {
        return Err("a server is running on the database".to_owned());
    }
    if target.has_tables().await.map_err(|error| error_text(&error))? {
        return Err("the database is not empty: make a new one, restore into it, and point `database` at it".to_owned());
    }
    let said = |error: DbErr| error.to_string();
    let before = schema::postgres(target.writer()).await.map_err(said)?;
    let fresh = schema::fresh_on_postgres(target, migrations).await.map_err(said)?;
    Ok((before, fresh))
}

async fn check(target: &Db, fresh: &Schema, before: &Schema) -> Result<(), String> {
    let said = |error: DbErr| error.to_string();
    let found = schema::postgres(target.writer()).await.map_err(said)?;
    let Some(reason) = schema::reason(&fresh.differences(&found)) else {
        return Ok(());
    };
    drop_tables(target).await.map_err(said)?;
    let left = before.differences(&schema::postgres(target.writer()).await.map_err(said)?);
    let after = if left.is_empty() {
        "What it held was removed again"
    } else {
        "It may have left something behind: drop the database and make a new one"
    };
    Err(format!("{reason}. {after}"))
}

/// There was none before.
async fn drop_tables(target: &Db) -> Result<(), DbErr> {
    let query = "SELECT format('DROP TABLE IF EXISTS %s CASCADE', c.oid::regclass) FROM pg_class c \
                 WHERE c.relkind IN ('r', 'p', 'f') AND c.relnamespace = current_schema()::regnamespace \
                 AND NOT EXISTS (SELECT 1 FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')";
    let writer = target.writer();
    for row in writer.query_all_raw(Statement::from_string(target.backend(), query)).await? {
        let statement: String = row.try_get_by(0)?;
        writer.execute_unprepared(&statement).await?;
    }
    Ok(())
}

/// A line of the list without its numbers; None for a comment.
fn entry(line: &str) -> Option<&str> {
    let (number, rest) = line.split_once("; ")?;
    number.parse::<u32>().ok()?;
    rest.splitn(3, ' ').nth(2)
}

/// Whether Cartera's dumps have such an entry, all of whose tables are in one place.
fn is_known(entry: &str, place: &str) -> bool {
    let is_of_a_table = ["TABLE", "TABLE DATA", "CONSTRAINT", "FK CONSTRAINT", "INDEX"]
        .iter()
        .any(|kind| entry.strip_prefix(kind).is_some_and(|rest| rest.starts_with(&format!(" {place} "))));
    let is_alone = |name: &str| entry == name || entry.starts_with(&format!("{name} "));
    is_of_a_table
        || is_alone("EXTENSION - pg_trgm")
        || is_alone("COMMENT - EXTENSION pg_trgm")
        // The statement from which an index of an attribute was made; such indexes are made again.
        || entry.starts_with(&format!("COMMENT {place} INDEX "))
        // Where the place is another one than the server's own, or has another owner.
        || is_alone(&format!("SCHEMA - {place}"))
        || is_alone(&format!("COMMENT - SCHEMA {place}"))
}

/// `TRIGGER public notes spoil ana`: the kind in capitals, the place, the name, the owner.
fn unknown(entry: &str) -> String {
    let words: Vec<&str> = entry.split(' ').collect();
    let is_capital = |word: &&&str| word.chars().all(|letter| letter.is_ascii_uppercase());
    let kind = words.iter().take_while(is_capital).count();
    let name = words.get(kind + 1..words.len().saturating_sub(1)).unwrap_or_default().join(" ");
    schema::unknown(&words[..kind].join(" ").to_lowercase(), &name)
}

/// The names in the journal of migrations, from the text that pg_restore writes for it.
fn migrations_in(text: &str) -> Vec<String> {
    let rows = text
        .lines()
        .skip_while(|line| !line.starts_with("COPY "))
        .skip(1)
        .take_while(|line| *line != "\\.");
    rows.filter_map(|row| row.split('\t').next()).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_journal_is_read_from_a_dump() {
        let text = "--\nCOPY public.seaql_migrations (version, applied_at) FROM stdin;\nm0001_access\t1\nm9_new\t2\n\\.\n\n";
        assert_eq!(migrations_in(text), ["m0001_access", "m9_new"]);
    }

    #[test]
    fn kinds_that_no_backup_has_are_named() {
        let list = |more: &str| {
            format!(
                ";\n; Archive created at 2026-01-31 05:41:47 UTC\n;     TOC Entries: 298\n;\n2; 3079 17013 EXTENSION - pg_trgm \n\
                 3846; 0 0 COMMENT - EXTENSION pg_trgm \n6; 2615 2200 SCHEMA - public cartera\n247; 1259 16867 TABLE public users cartera\n\
                 3808; 0 16867 TABLE DATA public seaql_migrations cartera\n3500; 2606 16875 CONSTRAINT public users users_pkey cartera\n\
                 3501; 1259 16875 INDEX public users_email cartera\n3502; 2606 16875 FK CONSTRAINT public a b cartera\n\
                 3503; 0 0 COMMENT public INDEX prospects_unique_code cartera\n{more}"
            )
        };
        assert_eq!(unknown_entry(&list("")), Ok(None));
        for (line, named) in [
            ("3; 2620 17 TRIGGER public users make_admin ana", "a trigger `users make_admin`"),
            (
                "3; 1255 17 FUNCTION public spoil(integer, text) ana",
                "a function `spoil(integer, text)`",
            ),
            ("3; 2618 17 RULE public users r ana", "a rule `users r`"),
            ("3; 1259 17 VIEW public v ana", "a view `v`"),
            ("3; 1259 17 MATERIALIZED VIEW public v ana", "a materialized view `v`"),
            ("3; 3466 17 EVENT TRIGGER - watch ana", "an event trigger `watch`"),
            ("3; 3256 17 POLICY public users p ana", "a policy `users p`"),
            ("3; 0 17 ROW SECURITY public users ana", "a row security `users`"),
            ("3; 1259 17 SEQUENCE public s ana", "a sequence `s`"),
            ("3; 0 0 TABLE ATTACH public part ana", "a table attach `part`"),
            ("3; 0 0 INDEX ATTACH public part ana", "an index attach `part`"),
            ("3; 1259 17 TABLE other users ana", "a table `users`"),
            ("3; 3079 17 EXTENSION - pg_trgm2 ", "an extension `pg_trgm2`"),
            ("3; 3079 17 EXTENSION - dblink ", "an extension `dblink`"),
            ("3; 2615 17 SCHEMA - other ana", "a schema `other`"),
            ("3; 0 0 ACL - SCHEMA public ana", "an acl `SCHEMA public`"),
            ("3; 0 0 BLOB - 17 ana", "a blob `17`"),
            ("3; 0 0 COMMENT public TABLE users ana", "a comment `TABLE users`"),
        ] {
            let reason = unknown_entry(&list(line)).unwrap().unwrap_or_else(|| panic!("{line} is taken"));
            assert!(reason.contains(named), "{line}: {reason}");
        }
        assert!(unknown_entry("3; 0 17 TABLE DATA public things ana").is_err());
    }
}
