//! Invariants of the tables, as queries that find nothing if they hold.

mod attributes;
mod rules;
mod shares;

use sea_orm::{ConnectionTrait, DbBackend, EntityTrait, QueryOrder, QuerySelect, Statement};

use crate::db::{Db, Transaction};
use crate::entities::records::{address, contact, identifier, prospect, touch};
use crate::entities::setup::identifier_type;
use crate::error::Result;
use crate::resolvers::records::prospects::columns::{Access, FIELDS};
use crate::resolvers::search;
use crate::rules::attribution::ip_address;
use crate::text;
use rules::{REFERENCES, RULES};
pub use shares::check_shares;

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
    found.extend(attributes::check(tx).await?);
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

/// Writing the search documents again must not change anything. The transaction is rolled back.
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
        // Setting a text sets its normal form.
        let mut expected = row.clone();
        for field in FIELDS {
            if let Access::Text { get, set } = field.access {
                set(&mut expected, get(&row).map(str::to_owned));
            }
        }
        if row != expected {
            found.push(format!("the normal form of a prospect's text is wrong (such as {})", row.id));
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
    for row in touch::Entity::find().order_by_desc(touch::Column::Id).limit(SAMPLE).all(tx).await? {
        let normal = |text: &Option<String>| text.as_deref().map(text::fold);
        if row.medium_norm != normal(&row.medium)
            || row.utm_source_norm != normal(&row.utm_source)
            || row.utm_medium_norm != normal(&row.utm_medium)
            || row.utm_campaign_norm != normal(&row.utm_campaign)
            || row.ad_campaign_norm != normal(&row.ad_campaign)
            || row.ip_address != row.ip_address.as_deref().and_then(ip_address)
        {
            found.push(format!("the normal form of a touch is wrong (such as {})", row.id));
            break;
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::app::{App, Clock};
    use crate::demo::{self, Options};
    use crate::settings::Settings;

    /// An application over a new database in the folder.
    async fn app(folder: &tempfile::TempDir, locale: &str, clock: Clock) -> Arc<App> {
        let database = format!("sqlite:{}", folder.path().join("demo.db").display())
            .parse()
            .expect("an address");
        let settings = Settings {
            database,
            default_locale: locale.to_owned(),
            ..Settings::default()
        };
        let db = Db::open(&settings).await.expect("opens");
        db.migrate().await.expect("migrates");
        App::new(db, settings, clock).await.expect("starts")
    }

    fn options(prospects: u64, until: Option<&str>) -> Options {
        Options {
            prospects,
            entries: prospects * 10,
            users: 4,
            seed: 1,
            until: until.map(|day| day.parse().expect("a day")),
        }
    }

    /// The texts that the statement finds.
    async fn texts(db: &Db, statement: &str) -> Vec<String> {
        let statement = Statement::from_string(db.backend(), statement);
        let rows = db.reader().query_all_raw(statement).await.expect("reads");
        rows.iter().map(|row| row.try_get_by_index(0).expect("a text")).collect()
    }

    #[tokio::test]
    async fn tasks_are_due_in_shares_and_nothing_happened_later() {
        for (locale, until) in [("es-VE", Some("2026-09-30")), ("en", Some("2024-02-29")), ("es-MX", None)] {
            let folder = tempfile::tempdir().expect("a folder");
            let clock = Clock::fixed(1_795_000_000_000);
            let app = app(&folder, locale, clock.clone()).await;
            let summary = demo::run(&app, &options(1_500, until), |_| {}).await.expect("loads");
            let frame = summary.timeframe;
            // The clock says 2026-11-18 in Caracas.
            assert_eq!(frame.day.to_string(), until.unwrap_or("2026-11-18"));
            assert_eq!(until.is_none(), frame.end == clock.now());
            assert_eq!(check(&app.db).await.expect("checks"), Vec::<String>::new());
            assert_eq!(check_shares(&app.db, &frame).await.expect("checks"), Vec::<String>::new());
            let latest = "SELECT CAST(max(recorded_at) AS text) FROM timeline_entries";
            let latest: i64 = texts(&app.db, latest).await[0].parse().expect("a time");
            assert!(frame.end - latest < 24 * 60 * 60 * 1_000, "the latest entry is of the last day");
            let salespeople = texts(
                &app.db,
                "SELECT DISTINCT u.email FROM tasks t JOIN users u ON u.id = t.assignee_id WHERE u.role = 'SALES' AND t.state = 'PLANNED'",
            );
            assert_eq!(salespeople.await.len(), 4);
            for (damage, finding) in [
                ("UPDATE tasks SET due_at = 1", "is due today"),
                ("UPDATE tasks SET due_at = 1", "planned tasks are overdue"),
                ("UPDATE tasks SET due_at = 4000000000000", "is overdue"),
                ("DELETE FROM tasks WHERE state = 'DONE'", "is done"),
                ("UPDATE notes SET edited_at = 4000000000000", "notes.edited_at"),
                ("UPDATE prospects SET created_at = 4000000000000", "prospects.created_at"),
            ] {
                let tx = app.db.begin().await.expect("begins");
                tx.execute_unprepared(damage).await.expect("damages");
                let found = shares::find(&tx, &frame).await.expect("checks");
                assert!(found.iter().any(|broken| broken.contains(finding)), "{damage}: {found:?}");
                tx.rollback().await.expect("rolls back");
            }
        }
    }

    #[tokio::test]
    async fn people_write_in_the_language_of_the_settings() {
        let written = "SELECT body FROM notes UNION ALL SELECT body FROM interactions WHERE body IS NOT NULL \
                       UNION ALL SELECT note FROM tasks WHERE note IS NOT NULL";
        let named =
            "SELECT name FROM tags UNION ALL SELECT name FROM regions UNION ALL SELECT name FROM zones UNION ALL SELECT name FROM sectors";
        for (locale, own, others) in [
            (
                "es-VE",
                ["Llamar el jueves.", "Llevar muestras", "Urgente", "Oriente", "Norte", "Mercado"],
                ["Call on Thursday.", "Bring samples", "Urgent"],
            ),
            (
                "en-GB",
                ["Call on Thursday.", "Bring samples", "Urgent", "Abroad", "North", "Market"],
                ["Llamar el jueves.", "Llevar muestras", "Urgente"],
            ),
        ] {
            let folder = tempfile::tempdir().expect("a folder");
            let app = app(&folder, locale, Clock::default()).await;
            demo::run(&app, &options(400, Some("2026-09-30")), |_| {}).await.expect("loads");
            let all = [texts(&app.db, written).await, texts(&app.db, named).await].concat();
            for text in own {
                assert!(all.iter().any(|found| found.contains(text)), "{text} in {locale}");
            }
            for text in others {
                assert!(
                    !all.iter().any(|found| found == text || found.ends_with(&format!(" {text}"))),
                    "{text} in {locale}"
                );
            }
        }
    }

    #[tokio::test]
    async fn the_same_day_gives_the_same_data() {
        let mut seen = Vec::new();
        // Two clocks, one of them on the last day itself.
        for now in [1_790_800_000_000, 1_795_000_000_000] {
            let folder = tempfile::tempdir().expect("a folder");
            let app = app(&folder, "es-VE", Clock::fixed(now)).await;
            demo::run(&app, &options(200, Some("2026-09-30")), |_| {}).await.expect("loads");
            let rows = "SELECT hex(id) || ' ' || name || ' ' || last_activity_at FROM prospects ORDER BY id";
            let tasks = "SELECT hex(id) || ' ' || due_at || ' ' || state FROM tasks ORDER BY id";
            // The keys of the files are new each time.
            let documents = "SELECT hex(d.id) || hex(carrier_id) || hex(e.id) || name || sha256 || d.created_at || thumbnail_state \
                             FROM documents d JOIN entry_changes e ON e.data LIKE '%' || lower(substr(hex(d.id), 25)) || '%' ORDER BY d.id";
            seen.push([
                texts(&app.db, rows).await,
                texts(&app.db, tasks).await,
                texts(&app.db, documents).await,
            ]);
        }
        assert_eq!(seen[0], seen[1]);
        assert!(seen[0].iter().all(|rows| rows.len() > 20));
    }

    #[tokio::test]
    async fn documents_are_files_of_all_kinds_of_carriers() {
        let folder = tempfile::tempdir().expect("a folder");
        let app = app(&folder, "es-VE", Clock::default()).await;
        let summary = demo::run(&app, &options(400, Some("2026-09-30")), |_| {}).await.expect("loads");
        let count = summary.documents.expect("there is a storage");
        assert!((50..=200).contains(&count), "{count}");
        assert_eq!(check(&app.db).await.expect("checks"), Vec::<String>::new());
        let kinds = texts(&app.db, "SELECT DISTINCT carrier_kind FROM documents ORDER BY 1").await;
        assert_eq!(kinds, ["CONTACT", "INTERACTION", "NOTE", "PROSPECT", "TASK"]);
        let types = texts(&app.db, "SELECT DISTINCT media_type FROM documents ORDER BY 1").await;
        assert_eq!(types, ["application/pdf", "image/jpeg", "image/png", "text/plain"]);
        let untyped = texts(&app.db, "SELECT DISTINCT name FROM documents WHERE type_id IS NULL").await;
        assert_eq!(untyped, [""; 0]);
        let report = crate::jobs::documents::check::check(&app.db, &app.storage, i64::MIN..i64::MAX, false)
            .await
            .expect("compares");
        let thumbnails = texts(
            &app.db,
            "SELECT CAST(count(*) AS text) FROM documents WHERE thumbnail_state = 'READY'",
        )
        .await;
        let thumbnails: u64 = thumbnails[0].parse().expect("a number");
        assert!(thumbnails > 20, "{thumbnails}");
        assert_eq!(
            (report.files, report.orphans, report.without_file),
            (count + thumbnails, 0, Vec::new())
        );
    }

    #[tokio::test]
    async fn a_storage_that_cannot_be_used_costs_the_documents_alone() {
        let folder = tempfile::tempdir().expect("a folder");
        // A file where the folder would be.
        std::fs::write(folder.path().join("documents"), "").expect("a file");
        let app = app(&folder, "es-VE", Clock::default()).await;
        let summary = demo::run(&app, &options(100, Some("2026-09-30")), |_| {}).await.expect("loads");
        assert!(
            summary.to_string().contains("There are no documents: they could not be written"),
            "{summary}"
        );
        assert_eq!(check(&app.db).await.expect("checks"), Vec::<String>::new());
        assert_eq!(texts(&app.db, "SELECT name FROM documents").await, [""; 0]);
    }

    #[tokio::test]
    async fn a_day_to_come_is_refused_and_nothing_is_written() {
        let folder = tempfile::tempdir().expect("a folder");
        let app = app(&folder, "es-VE", Clock::fixed(1_795_000_000_000)).await;
        let refused = demo::run(&app, &options(10, Some("2026-11-19")), |_| {})
            .await
            .expect_err("is refused");
        assert!(
            refused.to_string().contains("the last possible day is today, 2026-11-18"),
            "{refused}"
        );
        for table in ["users", "channels", "tags", "prospects"] {
            assert_eq!(
                texts(&app.db, &format!("SELECT CAST(count(*) AS text) FROM {table}")).await,
                ["0"],
                "{table}"
            );
        }
    }

    #[tokio::test]
    async fn a_fresh_load_is_sound_and_damage_is_found() {
        let folder = tempfile::tempdir().expect("a folder");
        let app = app(&folder, "es-VE", Clock::default()).await;
        let options = Options {
            entries: 6_000,
            ..options(400, Some("2026-09-30"))
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
            ("UPDATE users SET is_active = 0", "deactivated user owns a prospect"),
            ("UPDATE contacts SET is_main = 0", "main contact"),
            ("UPDATE prospects SET first_contact_at = 1", "first_contact_at"),
            ("UPDATE prospects SET last_activity_at = 1", "last_activity_at"),
            ("UPDATE contacts SET prospect_deleted_at = 1", "when its prospect was deleted"),
            ("UPDATE search_documents SET document = 'x'", "a search document"),
            ("DELETE FROM notes WHERE version = 1", "body that its kind"),
            ("UPDATE prospects SET name_norm = 'x'", "normal form of a prospect"),
            ("UPDATE prospects SET deleted_at = 1", "keeps a document number"),
            ("UPDATE prospects SET deleted_at = 1", "timeline does not say so"),
            ("UPDATE touches SET source_id = randomblob(16)", "refers to a row"),
            ("UPDATE touches SET ip_address = '2001:DB8::1'", "normal form of a touch"),
            ("UPDATE touches SET utm_campaign = 'Other'", "normal form of a touch"),
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
