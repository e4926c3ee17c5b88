//! What has to hold in the tables, as questions to the database that find nothing where all is well.

mod rules;

use sea_orm::{ConnectionTrait, DbBackend, EntityTrait, QueryOrder, QuerySelect, Statement};

use crate::db::{Db, Transaction};
use crate::entities::records::{address, contact, identifier, prospect};
use crate::entities::setup::identifier_type;
use crate::error::Result;
use crate::resolvers::records::search;
use crate::text;
use rules::{REFERENCES, RULES};

/// The rules that are broken, in words with an example of each; none where all is well.
///
/// Reads every table: for tests, and after a load.
pub async fn check(db: &Db) -> Result<Vec<String>> {
    // One transaction, so that writes meanwhile do not look like faults.
    let tx = db.begin().await?;
    if db.backend() == DbBackend::Postgres {
        tx.execute_unprepared("SET LOCAL statement_timeout = 0").await?;
    }
    find(&tx).await
}

/// Of how many rows of a table the normal forms are compared.
const SAMPLE: u64 = 20_000;

async fn find(tx: &Transaction) -> Result<Vec<String>> {
    let mut found = Vec::new();
    for rule in RULES {
        if let Some(example) = first(tx, rule.search).await? {
            found.push(format!("{} (such as {example})", rule.broken));
        }
    }
    for (child, column, parent) in REFERENCES {
        let search = format!(
            "SELECT c.{column} FROM {child} c WHERE c.{column} IS NOT NULL AND NOT EXISTS (SELECT 1 FROM {parent} p WHERE p.id = c.{column})"
        );
        if let Some(example) = first(tx, &search).await? {
            found.push(format!(
                "{child}.{column} refers to a row that {parent} does not have (such as {example})"
            ));
        }
    }
    found.extend(check_normal_forms(tx).await?);
    found.extend(check_search(tx).await?);
    Ok(found)
}

async fn first(tx: &Transaction, search: &str) -> Result<Option<uuid::Uuid>> {
    let statement = Statement::from_string(tx.get_database_backend(), format!("{search} LIMIT 1"));
    Ok(match tx.query_one_raw(statement).await? {
        Some(row) => Some(row.try_get_by_index(0)?),
        None => None,
    })
}

/// Writing the search documents once more has to change nothing. What is written here is taken back with the transaction.
async fn check_search(tx: &Transaction) -> Result<Vec<String>> {
    let mut found = Vec::new();
    if tx.get_database_backend() != DbBackend::Postgres {
        let compare = "INSERT INTO search_index (search_index, rank) VALUES ('integrity-check', 1)";
        if tx.execute_unprepared(compare).await.is_err() {
            found.push("the index of texts differs from the search documents".to_owned());
        }
    }
    if search::write_all(tx).await? > 0 {
        found.push("a search document is missing or does not say what its prospect does".to_owned());
    }
    Ok(found)
}

/// The normal forms are made here and not in the database, so they are compared here.
async fn check_normal_forms(tx: &Transaction) -> Result<Vec<String>> {
    let mut found = Vec::new();
    for row in prospect::Entity::find()
        .order_by_desc(prospect::Column::Id)
        .limit(SAMPLE)
        .all(tx)
        .await?
    {
        if row.name_norm != text::fold(&row.name) || row.legal_name_norm != row.legal_name.as_deref().map(text::fold) {
            found.push(format!("the normal form of a prospect's name is wrong (such as {})", row.id));
            break;
        }
    }
    for row in contact::Entity::find()
        .order_by_desc(contact::Column::Id)
        .limit(SAMPLE)
        .all(tx)
        .await?
    {
        let full = row
            .last_name
            .iter()
            .fold(row.first_name.clone(), |full, last| format!("{full} {last}"));
        if row.name_norm != text::fold(&full) {
            found.push(format!("the normal form of a contact's name is wrong (such as {})", row.id));
            break;
        }
    }
    let kinds = identifier_type::Entity::find().all(tx).await?;
    for row in identifier::Entity::find()
        .order_by_desc(identifier::Column::Id)
        .limit(SAMPLE)
        .all(tx)
        .await?
    {
        let kind = kinds.iter().find(|kind| kind.id == row.type_id);
        if row.number_norm != kind.map(|kind| kind.form()).unwrap_or_default().canonical(&row.number) {
            found.push(format!("the normal form of a document number is wrong (such as {})", row.id));
            break;
        }
    }
    for row in address::Entity::find()
        .order_by_desc(address::Column::Id)
        .limit(SAMPLE)
        .all(tx)
        .await?
    {
        let normal = |place: &Option<String>| place.as_deref().map(text::fold);
        if row.city_norm != normal(&row.city)
            || row.municipality_norm != normal(&row.municipality)
            || row.parish_norm != normal(&row.parish)
        {
            found.push(format!("the normal form of a place is wrong (such as {})", row.id));
            break;
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cx::{App, Clock};
    use crate::demo::{self, Options};
    use crate::settings::Settings;

    #[tokio::test]
    async fn a_fresh_load_is_sound_and_damage_is_found() {
        let folder = tempfile::tempdir().expect("a folder");
        let database = format!("sqlite:{}", folder.path().join("demo.db").display())
            .parse()
            .expect("an address");
        let settings = Settings {
            database,
            ..Settings::default()
        };
        let db = Db::open(&settings).await.expect("opens");
        db.migrate().await.expect("migrates");
        let app = App::new(db, settings, Clock::default()).await.expect("starts");
        let options = Options {
            prospects: 400,
            entries: 6_000,
            users: 4,
            seed: 1,
        };
        let summary = demo::run(&app, &options, |_| {}).await.expect("loads");
        assert!(summary.clients > 20);
        assert_eq!(check(&app.db).await.expect("checks"), Vec::<String>::new());
        let again = demo::run(&app, &options, |_| {}).await.expect_err("is refused");
        assert!(again.to_string().contains("already has prospects"), "{again}");

        for (damage, finding) in [
            (
                "UPDATE owner_intervals SET to_at = from_at WHERE to_at IS NULL",
                "open ownership interval",
            ),
            ("UPDATE prospects SET cycle_id = randomblob(16)", "current cycle"),
            (
                "UPDATE cycles SET closed_at = NULL WHERE category = 'WON' AND id IN (SELECT cycle_id FROM prospects)",
                "open and closed",
            ),
            ("DELETE FROM clients", "client without a win"),
            ("UPDATE tasks SET state = 'DONE' WHERE completed_at IS NULL", "done without a time"),
            (
                "UPDATE tasks SET state = 'PLANNED', completed_at = NULL WHERE cycle_id IN (SELECT id FROM cycles WHERE closed_at IS NOT NULL)",
                "cycle that is closed",
            ),
            ("UPDATE users SET is_active = 0", "deactivated owns a prospect"),
            ("UPDATE contacts SET is_main = 0", "main contact"),
            ("UPDATE prospects SET first_contact_at = 1", "first_contact_at"),
            ("UPDATE prospects SET last_activity_at = 1", "last_activity_at"),
            ("UPDATE search_documents SET document = 'x'", "a search document"),
            ("DELETE FROM notes WHERE version = 1", "body that its kind"),
            ("UPDATE prospects SET name_norm = 'x'", "normal form of a prospect"),
            ("UPDATE prospects SET deleted_at = 1", "keeps a document number"),
            ("UPDATE prospects SET deleted_at = 1", "timeline does not say so"),
            ("UPDATE touches SET source_id = randomblob(16)", "refers to a row"),
            ("UPDATE prospect_tags SET tag_id = randomblob(16)", "refers to a row"),
            ("UPDATE addresses SET zone_id = NULL", "sector of an address"),
            ("UPDATE prospects SET rating = 6", "out of range"),
            ("UPDATE prospects SET validity_days = 400", "valid_until is not"),
        ] {
            let tx = app.db.begin().await.expect("begins");
            tx.execute_unprepared("PRAGMA defer_foreign_keys = on")
                .await
                .expect("puts off the checks of references");
            tx.execute_unprepared(damage).await.expect("damages");
            let found = find(&tx).await.expect("checks");
            assert!(found.iter().any(|broken| broken.contains(finding)), "{damage}: {found:?}");
            tx.rollback().await.expect("rolls back");
        }
        assert_eq!(check(&app.db).await.expect("checks"), Vec::<String>::new());
    }
}
