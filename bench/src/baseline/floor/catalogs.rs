//! Catalogues and users, read once: what the server keeps in memory is not read again and again here either.

use std::collections::HashMap;

use sea_orm::{ConnectionTrait, DatabaseConnection, Statement};
use serde::Serialize;
use uuid::Uuid;

use crate::Result;

/// All of them by their ids, which are unique across the tables.
pub struct Catalogs(HashMap<Uuid, Entry>);

pub struct Entry {
    id: Uuid,
    name: String,
    category: Option<String>,
    color: Option<String>,
    position: i32,
}

/// An entry as an answer shows it.
#[derive(Clone, Copy, Serialize)]
pub struct Label<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<Uuid>,
    name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    category: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    color: Option<&'a str>,
}

/// Tables, and whether they have a category and a colour.
const TABLES: [(&str, bool, bool); 9] = [
    ("statuses", true, true),
    ("reasons", false, false),
    ("channels", false, false),
    ("segments", false, true),
    ("potential_levels", false, false),
    ("sources", false, false),
    ("tags", false, true),
    ("task_types", false, false),
    ("identifier_types", false, false),
];

impl Catalogs {
    pub async fn read(db: &DatabaseConnection) -> Result<Catalogs> {
        let mut found = HashMap::new();
        for (table, has_category, has_color) in TABLES {
            let category = if has_category { "category" } else { "NULL" };
            let color = if has_color { "color" } else { "NULL" };
            let text = format!("SELECT id, name, CAST({category} AS text), CAST({color} AS text), position FROM {table}");
            read(db, &text, &mut found).await?;
        }
        read(
            db,
            "SELECT id, name, CAST(NULL AS text), CAST(NULL AS text), 0 FROM users",
            &mut found,
        )
        .await?;
        Ok(Catalogs(found))
    }

    pub fn get(&self, id: Uuid) -> Result<&Entry> {
        self.0.get(&id).ok_or_else(|| format!("{id} is in no catalogue").into())
    }

    /// The same where there may be none.
    pub fn maybe(&self, id: Option<Uuid>) -> Result<Option<&Entry>> {
        id.map(|id| self.get(id)).transpose()
    }

    /// Those with the ids, in the order that administrators gave them.
    pub fn sorted(&self, ids: impl IntoIterator<Item = Uuid>) -> Result<Vec<&Entry>> {
        let mut found = ids.into_iter().map(|id| self.get(id)).collect::<Result<Vec<_>>>()?;
        found.sort_by_key(|entry| (entry.position, entry.id));
        Ok(found)
    }
}

impl Entry {
    pub fn name(&self) -> Label<'_> {
        Label {
            id: None,
            name: &self.name,
            category: None,
            color: None,
        }
    }

    pub fn with_id(&self) -> Label<'_> {
        Label {
            id: Some(self.id),
            ..self.name()
        }
    }

    /// The name with the category, where there is one.
    pub fn with_category(&self) -> Label<'_> {
        Label {
            category: self.category.as_deref(),
            ..self.name()
        }
    }

    /// All but the id.
    pub fn whole(&self) -> Label<'_> {
        Label {
            color: self.color.as_deref(),
            ..self.with_category()
        }
    }

    pub fn whole_with_id(&self) -> Label<'_> {
        Label {
            id: Some(self.id),
            ..self.whole()
        }
    }
}

async fn read(db: &DatabaseConnection, text: &str, into: &mut HashMap<Uuid, Entry>) -> Result<()> {
    let statement = Statement::from_string(db.get_database_backend(), text);
    for row in db.query_all_raw(statement).await? {
        let entry = Entry {
            id: row.try_get_by_index(0)?,
            name: row.try_get_by_index(1)?,
            category: row.try_get_by_index(2)?,
            color: row.try_get_by_index(3)?,
            position: row.try_get_by_index(4)?,
        };
        into.insert(entry.id, entry);
    }
    Ok(())
}
