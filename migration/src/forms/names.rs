//! Folded names: of prospects, contacts and places, and of the entries of catalogues, where they are unique.

use std::collections::HashSet;

use normalization::text::fold;
use sea_orm_migration::sea_orm::{ConnectionTrait, DatabaseTransaction, DbBackend, DbErr, Statement};
use uuid::Uuid;

use super::collisions::{self, Collision, CollisionKind};
use super::slices::{self, Changes};

/// Where names are unique within another column.
const WITHIN: [(&str, &str); 3] = [
    ("potential_levels", "applies_to"),
    ("identifier_types", "country"),
    ("sectors", "zone_id"),
];

/// The catalogues that the database has, recognised by two columns that they alone have, and the column within which their names are unique.
pub(super) async fn all_catalogs(db: &impl ConnectionTrait) -> Result<Vec<(String, Option<&'static str>)>, DbErr> {
    let text = match db.get_database_backend() {
        DbBackend::Sqlite => {
            "SELECT s.name FROM sqlite_schema s WHERE s.type = 'table'
             AND (SELECT count(*) FROM pragma_table_info(s.name) c WHERE c.name IN ('name_norm', 'retired_at')) = 2 ORDER BY 1"
        }
        _ => {
            "SELECT CAST(table_name AS text) FROM information_schema.columns
             WHERE table_schema = current_schema() AND column_name IN ('name_norm', 'retired_at')
             GROUP BY table_name HAVING count(*) = 2 ORDER BY 1"
        }
    };
    let rows = db.query_all_raw(Statement::from_string(db.get_database_backend(), text)).await?;
    let tables = rows.iter().map(|row| row.try_get_by_index::<String>(0));
    let within = |table: &str| WITHIN.iter().find(|(name, _)| *name == table).map(|(_, column)| *column);
    tables.map(|table| table.map(|table| (table.clone(), within(&table)))).collect()
}

pub async fn prospects(tx: &DatabaseTransaction, after: Option<Uuid>) -> Result<(usize, Option<Uuid>), DbErr> {
    let columns = ["name", "name_norm", "legal_name", "legal_name_norm"];
    let rows = slices::read(tx, "prospects", &columns, after).await?;
    let mut changes = Changes::of("prospects", &["name_norm", "legal_name_norm"]);
    for row in &rows {
        let text = |place| row.try_get_by_index::<Option<String>>(place);
        let forms = vec![folded(text(1)?), folded(text(3)?)];
        changes.add(row.try_get_by_index(0)?, &[text(2)?, text(4)?], forms);
    }
    changes.write(tx).await?;
    Ok((rows.len(), slices::last(&rows)?))
}

pub async fn contacts(tx: &DatabaseTransaction, after: Option<Uuid>) -> Result<(usize, Option<Uuid>), DbErr> {
    let rows = slices::read(tx, "contacts", &["first_name", "last_name", "name_norm"], after).await?;
    let mut changes = Changes::of("contacts", &["name_norm"]);
    for row in &rows {
        let text = |place| row.try_get_by_index::<Option<String>>(place);
        let names = [text(1)?, text(2)?].into_iter().flatten().collect::<Vec<_>>().join(" ");
        changes.add(row.try_get_by_index(0)?, &[text(3)?], vec![Some(fold(&names))]);
    }
    changes.write(tx).await?;
    Ok((rows.len(), slices::last(&rows)?))
}

pub async fn addresses(tx: &DatabaseTransaction, after: Option<Uuid>) -> Result<(usize, Option<Uuid>), DbErr> {
    let columns = ["city", "city_norm", "municipality", "municipality_norm", "parish", "parish_norm"];
    let rows = slices::read(tx, "addresses", &columns, after).await?;
    let mut changes = Changes::of("addresses", &["city_norm", "municipality_norm", "parish_norm"]);
    for row in &rows {
        let text = |place| row.try_get_by_index::<Option<String>>(place);
        let forms = vec![folded(text(1)?), folded(text(3)?), folded(text(5)?)];
        changes.add(row.try_get_by_index(0)?, &[text(2)?, text(4)?, text(6)?], forms);
    }
    changes.write(tx).await?;
    Ok((rows.len(), slices::last(&rows)?))
}

/// All catalogues at once: each has at most some hundred entries. Of two entries in use whose names became equal the older keeps its name;
/// the other gets a number appended, and is reported.
pub async fn catalogs(tx: &DatabaseTransaction, now: i64) -> Result<(usize, Option<Uuid>), DbErr> {
    let mut count = 0;
    for (table, within) in all_catalogs(tx).await? {
        let text = format!(
            "SELECT id, name, name_norm, retired_at, {} FROM {table} ORDER BY created_at, id",
            within.map_or("''".to_owned(), |column| as_text(tx, column))
        );
        let rows = tx.query_all_raw(Statement::from_string(tx.get_database_backend(), text)).await?;
        let mut changes = Changes::of(&table, &["name", "name_norm"]);
        // A row may get the current name of another one: all get temporary names first, so that each name is unique at all times.
        let mut aside = Changes::of(&table, &["name_norm"]);
        let mut taken: Vec<(String, String, Uuid)> = Vec::new();
        let all: HashSet<String> = rows
            .iter()
            .map(|row| Ok(fold(&row.try_get_by_index::<String>(1)?)))
            .collect::<Result<_, DbErr>>()?;
        for row in &rows {
            let (id, name, before): (Uuid, String, String) = (row.try_get_by_index(0)?, row.try_get_by_index(1)?, row.try_get_by_index(2)?);
            let (retired, group): (Option<i64>, String) = (row.try_get_by_index(3)?, row.try_get_by_index(4)?);
            let (mut after, mut form) = (name.clone(), fold(&name));
            let holder = taken
                .iter()
                .find(|(other, within, _)| *other == form && *within == group)
                .map(|(_, _, id)| *id);
            if let Some(kept_id) = holder.filter(|_| retired.is_none()) {
                let mut numbered = (2..).map(|number| format!("{name} ({number})"));
                after = numbered
                    .find(|name| !all.contains(&fold(name)) && taken.iter().all(|(other, _, _)| *other != fold(name)))
                    .unwrap_or(after);
                form = fold(&after);
                let found = Collision {
                    kind: CollisionKind::CatalogName,
                    table: table.clone(),
                    record_id: id,
                    kept_id,
                    before: name.clone(),
                    after: after.clone(),
                };
                collisions::keep(tx, &found, now).await?;
            }
            if retired.is_none() {
                taken.push((form.clone(), group, id));
            }
            if form != before {
                aside.add(id, &[Some(before.clone())], vec![Some(id.to_string())]);
            }
            changes.add(id, &[Some(name), Some(before)], vec![Some(after), Some(form)]);
        }
        aside.write(tx).await?;
        changes.write(tx).await?;
        count += rows.len();
    }
    Ok((count, None))
}

/// A column of texts or ids as text.
pub(super) fn as_text(tx: &impl ConnectionTrait, column: &str) -> String {
    match tx.get_database_backend() {
        DbBackend::Sqlite => format!("hex({column})"),
        _ => format!("CAST({column} AS TEXT)"),
    }
}

fn folded(text: Option<String>) -> Option<String> {
    text.as_deref().map(fold)
}
