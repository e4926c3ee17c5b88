//! The forms of the version before `m0014_canonical_forms`, for reverting to it.
//!
//! Values as entered are stored next to each form, so nothing is lost. Only phones are derived from their present form: the leading zeros
//! of a national number (Italy) were dropped then.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use normalization::earlier;
use sea_orm_migration::sea_orm::{ConnectionTrait, DbErr, Statement};
use uuid::Uuid;

use super::names::{all_catalogs, as_text};
use super::slices::{self, Changes};
use crate::search::write_earlier_documents;

/// A value that occurs more often than the unique indexes of that version permit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Repeated {
    Number {
        /// The name of its type.
        kind: String,
        number: String,
        prospects: Vec<Uuid>,
    },
    Name {
        catalog: String,
        names: Vec<String>,
    },
}

/// Texts of a row, and what is made of them.
struct Kept {
    table: &'static str,
    read: &'static [&'static str],
    write: &'static [&'static str],
    forms: fn(&[Option<String>]) -> Vec<Option<String>>,
}

const KEPT: [Kept; 6] = [
    Kept {
        table: "users",
        read: &["email", "name"],
        write: &["email_norm", "name_norm"],
        forms: |texts| vec![texts[0].as_deref().map(earlier::email), name(&texts[1])],
    },
    Kept {
        table: "prospects",
        read: &["name", "legal_name"],
        write: &["name_norm", "legal_name_norm"],
        forms: |texts| texts.iter().map(name).collect(),
    },
    Kept {
        table: "contacts",
        read: &["first_name", "last_name"],
        write: &["name_norm"],
        forms: |texts| {
            let names: Vec<&str> = texts.iter().flatten().map(String::as_str).collect();
            vec![Some(earlier::name(&names.join(" ")))]
        },
    },
    Kept {
        table: "addresses",
        read: &["city", "municipality", "parish"],
        write: &["city_norm", "municipality_norm", "parish_norm"],
        forms: |texts| texts.iter().map(name).collect(),
    },
    Kept {
        table: "contact_points",
        read: &["kind", "value", "value_norm"],
        write: &["value_norm"],
        forms: |texts| match (texts[0].as_deref(), texts[1].as_deref(), texts[2].as_deref()) {
            (Some("EMAIL"), Some(typed), _) => vec![Some(earlier::email(typed))],
            (_, _, canonical) => vec![canonical.map(earlier::phone)],
        },
    },
    Kept {
        table: "identifiers",
        read: &["number"],
        write: &["number_norm"],
        forms: |texts| vec![texts[0].as_deref().map(earlier::document_number)],
    },
];

fn name(text: &Option<String>) -> Option<String> {
    text.as_deref().map(earlier::name)
}

/// Writes all forms of that time, and gives entries of catalogues the names back that the upgrade changed. The unique index of document numbers
/// must not be there; that of the catalogues fails where [`repeated`] finds something.
pub async fn write(db: &impl ConnectionTrait) -> Result<(), DbErr> {
    for (catalog, within) in all_catalogs(db).await? {
        let mut aside = Changes::of(&catalog, &["name_norm"]);
        let mut changes = Changes::of(&catalog, &["name", "name_norm"]);
        for entry in entries(db, &catalog, within).await? {
            aside.add(entry.id, &[], vec![Some(entry.id.to_string())]);
            let form = earlier::name(&entry.name);
            changes.add(entry.id, &[], vec![Some(entry.name), Some(form)]);
        }
        // What one row is called another may be called by then.
        aside.write(db).await?;
        changes.write(db).await?;
    }
    for kept in &KEPT {
        let mut after = None;
        loop {
            let columns = [kept.read, kept.write].concat();
            let rows = slices::read(db, kept.table, &columns, after).await?;
            let mut changes = Changes::of(kept.table, kept.write);
            for row in &rows {
                let texts: Vec<Option<String>> = (1..=columns.len())
                    .map(|place| row.try_get_by_index(place))
                    .collect::<Result<_, _>>()?;
                let (read, before) = texts.split_at(kept.read.len());
                changes.add(row.try_get_by_index(0)?, before, (kept.forms)(read));
            }
            changes.write(db).await?;
            after = slices::last(&rows)?;
            if after.is_none() {
                break;
            }
        }
    }
    let documents = write_earlier_documents(db.get_database_backend());
    db.execute_unprepared(&documents).await?;
    Ok(())
}

/// Duplicates in the forms of that version. Without any, reverting is possible.
pub async fn repeated(db: &impl ConnectionTrait) -> Result<Vec<Repeated>, DbErr> {
    let mut found = repeated_numbers(db).await?;
    for (catalog, within) in all_catalogs(db).await? {
        let mut seen: HashMap<(String, String), Vec<String>> = HashMap::new();
        for entry in entries(db, &catalog, within).await?.into_iter().filter(|entry| !entry.is_retired) {
            seen.entry((entry.group, earlier::name(&entry.name))).or_default().push(entry.name);
        }
        let names = seen.into_values().filter(|names| names.len() > 1);
        found.extend(names.map(|names| Repeated::Name {
            catalog: catalog.clone(),
            names,
        }));
    }
    Ok(found)
}

/// In the order of their oldest rows.
async fn repeated_numbers(db: &impl ConnectionTrait) -> Result<Vec<Repeated>, DbErr> {
    // By the number, in which of the groups it is; its first holder is alone until there is another.
    let mut first: HashMap<(Uuid, String, String), (Uuid, Option<usize>)> = HashMap::new();
    let mut again: Vec<(Uuid, String, Vec<Uuid>)> = Vec::new();
    let mut after = None;
    loop {
        let columns = ["type_id", "country", "number", "deleted_at", "prospect_id"];
        let rows = slices::read(db, "identifiers", &columns, after).await?;
        for row in &rows {
            let (type_id, country, number): (Uuid, String, String) =
                (row.try_get_by_index(1)?, row.try_get_by_index(2)?, row.try_get_by_index(3)?);
            let (deleted, prospect): (Option<i64>, Uuid) = (row.try_get_by_index(4)?, row.try_get_by_index(5)?);
            if deleted.is_some() {
                continue;
            }
            let key = (type_id, country, earlier::document_number(&number));
            match first.entry(key) {
                Entry::Vacant(vacant) => drop(vacant.insert((prospect, None))),
                Entry::Occupied(mut occupied) => match occupied.get_mut() {
                    (_, Some(group)) => again[*group].2.push(prospect),
                    (holder, group) => {
                        *group = Some(again.len());
                        again.push((type_id, number, vec![*holder, prospect]));
                    }
                },
            }
        }
        after = slices::last(&rows)?;
        if after.is_none() {
            break;
        }
    }
    let kinds = entries(db, "identifier_types", None).await?;
    let kind = |id: Uuid| {
        kinds
            .iter()
            .find(|kind| kind.id == id)
            .map(|kind| kind.name.clone())
            .unwrap_or_default()
    };
    let found = again.into_iter().map(|(type_id, number, prospects)| Repeated::Number {
        kind: kind(type_id),
        number,
        prospects,
    });
    Ok(found.collect())
}

/// An entry of a catalogue.
struct CatalogEntry {
    id: Uuid,
    /// As it was before the upgrade, if that changed it and it is still called so.
    name: String,
    group: String,
    is_retired: bool,
}

async fn entries(db: &impl ConnectionTrait, catalog: &str, within: Option<&str>) -> Result<Vec<CatalogEntry>, DbErr> {
    let group = within.map_or("''".to_owned(), |column| as_text(db, column));
    let text = format!(
        "SELECT e.id, e.name, c.before, {group}, e.retired_at FROM {catalog} e
        LEFT JOIN collisions c ON c.kind = 'CATALOG_NAME' AND c.record_table = '{catalog}' AND c.record_id = e.id AND c.after = e.name
        ORDER BY e.created_at, e.id"
    );
    let rows = db.query_all_raw(Statement::from_string(db.get_database_backend(), text)).await?;
    let entries = rows.iter().map(|row| {
        let before: Option<String> = row.try_get_by_index(2)?;
        Ok(CatalogEntry {
            id: row.try_get_by_index(0)?,
            name: before.map_or_else(|| row.try_get_by_index(1), Ok)?,
            group: row.try_get_by_index(3)?,
            is_retired: row.try_get_by_index::<Option<i64>>(4)?.is_some(),
        })
    });
    entries.collect()
}
