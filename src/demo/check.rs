//! What has to hold in the tables, as questions to the database that find nothing where all is well.

use sea_orm::{ConnectionTrait, DatabaseTransaction, DbBackend, EntityTrait, QueryOrder, QuerySelect, Statement};

use crate::db::Db;
use crate::entities::records::{address, contact, identifier, prospect};
use crate::error::Result;
use crate::resolvers::records::search;
use crate::text;

/// What must never be found, and how to look for it.
struct Rule {
    broken: &'static str,
    search: &'static str,
}

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

const RULES: &[Rule] = &[
    Rule {
        broken: "owner_id is not that of the open ownership interval",
        search: "SELECT p.id FROM prospects p LEFT JOIN owner_intervals i ON i.prospect_id = p.id AND i.to_at IS NULL \
                 WHERE p.owner_id IS DISTINCT FROM i.owner_id",
    },
    Rule {
        broken: "valid_until is not so many days after the owner became the owner",
        search: "SELECT p.id FROM prospects p LEFT JOIN owner_intervals i ON i.prospect_id = p.id AND i.to_at IS NULL \
                 WHERE p.valid_until IS DISTINCT FROM i.from_at + CAST(p.validity_days AS BIGINT) * 86400000",
    },
    Rule {
        broken: "the status or cycle of a prospect is not that of its open status interval",
        search: "SELECT p.id FROM prospects p LEFT JOIN status_intervals i ON i.prospect_id = p.id AND i.to_at IS NULL \
                 WHERE p.status_id IS DISTINCT FROM i.status_id OR p.cycle_id IS DISTINCT FROM i.cycle_id",
    },
    Rule {
        broken: "the current cycle of a prospect is missing, of another prospect, or in another status",
        search: "SELECT p.id FROM prospects p LEFT JOIN cycles c ON c.id = p.cycle_id \
                 WHERE p.id IS DISTINCT FROM c.prospect_id OR p.status_id IS DISTINCT FROM c.status_id",
    },
    Rule {
        broken: "the current cycle of a prospect is neither the open one nor the latest",
        search: "SELECT p.id FROM prospects p JOIN cycles mine ON mine.id = p.cycle_id \
                 JOIN cycles other ON other.prospect_id = p.id AND other.id <> mine.id \
                 WHERE other.closed_at IS NULL OR (mine.closed_at IS NOT NULL AND other.opened_at > mine.opened_at)",
    },
    Rule {
        broken: "the category of a cycle is not that of its status",
        search: "SELECT c.id FROM cycles c JOIN statuses s ON s.id = c.status_id WHERE c.category <> s.category",
    },
    Rule {
        broken: "a cycle is open and closed at once",
        search: "SELECT id FROM cycles WHERE (category = 'OPEN') <> (closed_at IS NULL) OR closed_at < opened_at",
    },
    Rule {
        broken: "a cycle was lost or discarded without a reason, or has one otherwise",
        search: "SELECT id FROM cycles WHERE (category IN ('LOST', 'DISCARDED')) <> (reason_id IS NOT NULL)",
    },
    Rule {
        broken: "the reason of a cycle does not fit, or lacks its note",
        search: "SELECT c.id FROM cycles c JOIN reasons r ON r.id = c.reason_id \
                 WHERE r.category NOT IN ('BOTH', c.category) OR (r.requires_note AND coalesce(c.reason_note, '') = '')",
    },
    Rule {
        broken: "an amount has no currency, or a currency no amount",
        search: "SELECT id FROM cycles WHERE (amount_minor IS NULL) <> (amount_currency IS NULL) OR amount_minor < 0",
    },
    Rule {
        broken: "a prospect is a client without a win, or has a win and is none",
        search: "SELECT p.id FROM prospects p WHERE EXISTS (SELECT 1 FROM clients c WHERE c.id = p.id) \
                 <> EXISTS (SELECT 1 FROM cycles c WHERE c.prospect_id = p.id AND c.category = 'WON')",
    },
    Rule {
        broken: "client_since is not that of the client",
        search: "SELECT p.id FROM prospects p LEFT JOIN clients c ON c.id = p.id WHERE p.client_since IS DISTINCT FROM c.since",
    },
    Rule {
        broken: "a win is not in the journal",
        search: "SELECT p.id FROM clients p WHERE (SELECT count(*) FROM cycles c WHERE c.prospect_id = p.id AND c.category = 'WON') \
                 <> (SELECT count(*) FROM operations o WHERE o.prospect_id = p.id AND o.kind = 'CONVERT' AND o.undone_at IS NULL)",
    },
    Rule {
        broken: "a prospect has contacts and not exactly one main contact",
        search: "SELECT prospect_id FROM contacts WHERE deleted_at IS NULL GROUP BY prospect_id \
                 HAVING sum(CASE WHEN is_main THEN 1 ELSE 0 END) <> 1",
    },
    Rule {
        broken: "the source of a prospect is not that of its first touch",
        search: "SELECT p.id FROM prospects p JOIN touches t ON t.prospect_id = p.id AND t.place = 'FIRST' WHERE t.source_id <> p.source_id",
    },
    Rule {
        broken: "first_contact_at is not when somebody first reached out",
        search: "SELECT p.id FROM prospects p LEFT JOIN (SELECT e.prospect_id, min(e.occurred_at) AS at FROM interactions i \
                 JOIN timeline_entries e ON e.id = i.id WHERE i.direction = 'OUTGOING' GROUP BY e.prospect_id) f \
                 ON f.prospect_id = p.id WHERE p.first_contact_at IS DISTINCT FROM f.at",
    },
    Rule {
        broken: "last_activity_at is not when the latest entry happened",
        search: "SELECT p.id FROM prospects p \
                 WHERE p.last_activity_at IS DISTINCT FROM (SELECT max(e.occurred_at) FROM timeline_entries e WHERE e.prospect_id = p.id)",
    },
    Rule {
        broken: "a deleted prospect is still searched",
        search: "SELECT p.id FROM search_documents d JOIN prospects p ON p.id = d.prospect_id WHERE p.deleted_at IS NOT NULL",
    },
    Rule {
        broken: "a prospect was not created exactly once",
        search: "SELECT p.id FROM prospects p LEFT JOIN timeline_entries e ON e.prospect_id = p.id AND e.kind = 'CREATED' \
                 GROUP BY p.id HAVING count(e.id) <> 1",
    },
    Rule {
        broken: "an entry does not have the body that its kind asks for",
        search: "SELECT e.id FROM timeline_entries e LEFT JOIN notes n ON n.id = e.id LEFT JOIN interactions i ON i.id = e.id \
                 LEFT JOIN entry_changes c ON c.id = e.id WHERE (e.kind = 'NOTE') <> (n.id IS NOT NULL) \
                 OR (e.kind = 'INTERACTION') <> (i.id IS NOT NULL) \
                 OR (e.kind IN ('STATUS_CHANGE', 'OWNER_CHANGE', 'FIELD_CHANGE', 'TASK')) <> (c.id IS NOT NULL)",
    },
    Rule {
        broken: "a planned task is for somebody who neither owns the prospect nor is an administrator",
        search: "SELECT t.id FROM tasks t JOIN prospects p ON p.id = t.prospect_id JOIN users u ON u.id = t.assignee_id \
                 WHERE t.state = 'PLANNED' AND t.assignee_id IS DISTINCT FROM p.owner_id AND u.role <> 'ADMIN'",
    },
    Rule {
        broken: "somebody who is deactivated owns a prospect, or is to do something",
        search: "SELECT p.id FROM prospects p JOIN users u ON u.id = p.owner_id WHERE NOT u.is_active \
                 UNION ALL SELECT t.id FROM tasks t JOIN users u ON u.id = t.assignee_id WHERE t.state = 'PLANNED' AND NOT u.is_active",
    },
    Rule {
        broken: "a prospect has more than 200 planned tasks",
        search: "SELECT prospect_id FROM tasks WHERE state = 'PLANNED' GROUP BY prospect_id HAVING count(*) > 200",
    },
    Rule {
        broken: "a task is planned in a cycle that is closed, or in one of another prospect",
        search: "SELECT t.id FROM tasks t JOIN cycles c ON c.id = t.cycle_id \
                 WHERE (t.state = 'PLANNED' AND c.closed_at IS NOT NULL) OR c.prospect_id <> t.prospect_id",
    },
    Rule {
        broken: "a task waits for a cycle that is open, or was not cancelled with it",
        search: "SELECT t.id FROM tasks t LEFT JOIN cycles c ON c.id = t.cycle_id \
                 WHERE t.returns_with_cycle AND (c.closed_at IS NULL OR t.state <> 'CANCELLED')",
    },
    Rule {
        broken: "a task is done without a time, or the other way round",
        search: "SELECT id FROM tasks WHERE (state = 'DONE') <> (completed_at IS NOT NULL)",
    },
    Rule {
        broken: "a task repeats without a beginning or a time zone, or the other way round",
        search: "SELECT id FROM tasks WHERE (repeat_rule IS NULL) <> (repeat_from IS NULL) OR (repeat_rule IS NULL) <> (repeat_zone IS NULL)",
    },
    Rule {
        broken: "a status has a type of task without a due time, or the other way round, or one where the process ends",
        search: "SELECT id FROM statuses WHERE (task_type_id IS NULL) <> (task_due_in_hours IS NULL) \
                 OR (task_type_id IS NOT NULL AND category <> 'OPEN')",
    },
    Rule {
        broken: "an entry was recorded before it happened",
        search: "SELECT id FROM timeline_entries WHERE recorded_at < occurred_at",
    },
    Rule {
        broken: "a note does not have all its earlier texts",
        search: "SELECT n.id FROM notes n WHERE n.version > 1 \
                 AND n.version - 1 <> (SELECT count(*) FROM note_versions v WHERE v.note_id = n.id AND v.version < n.version)",
    },
    Rule {
        broken: "a status interval does not end where the next begins",
        search: "SELECT id FROM (SELECT id, to_at, lead(from_at) OVER (PARTITION BY prospect_id ORDER BY from_at, id) AS next_at \
                 FROM status_intervals) i WHERE to_at IS DISTINCT FROM next_at",
    },
    Rule {
        broken: "an ownership interval overlaps the next",
        search: "SELECT id FROM (SELECT id, from_at, to_at, lead(from_at) OVER (PARTITION BY prospect_id ORDER BY from_at, id) AS next_at \
                 FROM owner_intervals) i WHERE to_at < from_at OR to_at > next_at OR (to_at IS NULL AND next_at IS NOT NULL)",
    },
    Rule {
        broken: "a deleted prospect keeps a document number from others",
        search: "SELECT i.id FROM identifiers i JOIN prospects p ON p.id = i.prospect_id WHERE p.deleted_at IS NOT NULL AND i.deleted_at IS NULL",
    },
    Rule {
        broken: "a prospect is deleted and its timeline does not say so, or the other way round",
        search: "SELECT p.id FROM prospects p LEFT JOIN timeline_entries e ON e.prospect_id = p.id AND e.kind IN ('DELETED', 'RESTORED') \
                 GROUP BY p.id, p.deleted_at HAVING (p.deleted_at IS NULL) <> (sum(CASE e.kind WHEN 'DELETED' THEN 1 WHEN 'RESTORED' THEN -1 ELSE 0 END) = 0) \
                 OR sum(CASE e.kind WHEN 'DELETED' THEN 1 WHEN 'RESTORED' THEN -1 ELSE 0 END) NOT IN (0, 1)",
    },
    Rule {
        broken: "a remembered call has no outcome",
        search: "SELECT id FROM idempotency_keys WHERE outcome IS NULL",
    },
    Rule {
        broken: "a version is below 1",
        search: "SELECT id FROM prospects WHERE version < 1 UNION ALL SELECT id FROM cycles WHERE version < 1 \
                 UNION ALL SELECT id FROM clients WHERE version < 1 UNION ALL SELECT id FROM notes WHERE version < 1 \
                 UNION ALL SELECT id FROM tasks WHERE version < 1",
    },
    Rule {
        broken: "something is verified without a time, or the other way round",
        search: "SELECT id FROM contact_points WHERE (verification = 'VERIFIED') <> (verified_at IS NOT NULL)",
    },
    Rule {
        broken: "the e-mail or phone of a contact belongs to another prospect",
        search: "SELECT t.id FROM contact_points t JOIN contacts c ON c.id = t.contact_id WHERE c.prospect_id <> t.prospect_id",
    },
    Rule {
        broken: "the sector of an address is not one of its zone",
        search: "SELECT a.id FROM addresses a JOIN sectors s ON s.id = a.sector_id WHERE a.zone_id IS DISTINCT FROM s.zone_id",
    },
    Rule {
        broken: "a rating or a validity is out of range",
        search: "SELECT id FROM prospects WHERE rating NOT BETWEEN 1 AND 5 OR validity_days NOT BETWEEN 1 AND 3650",
    },
    Rule {
        broken: "a prospect has more than 50 tags",
        search: "SELECT prospect_id FROM prospect_tags GROUP BY prospect_id HAVING count(*) > 50",
    },
    Rule {
        broken: "somebody who is deactivated has a session or a key",
        search: "SELECT s.id FROM sessions s JOIN users u ON u.id = s.user_id WHERE NOT u.is_active \
                 UNION ALL SELECT k.id FROM api_keys k JOIN users u ON u.id = k.user_id WHERE NOT u.is_active",
    },
    Rule {
        broken: "a user has more sessions or keys than there can be",
        search: "SELECT user_id FROM sessions GROUP BY user_id HAVING count(*) > 50 \
                 UNION ALL SELECT user_id FROM api_keys GROUP BY user_id HAVING count(*) > 20",
    },
    Rule {
        broken: "no administrator is left",
        search: "SELECT u.id FROM users u WHERE NOT EXISTS (SELECT 1 FROM users a WHERE a.role = 'ADMIN' AND a.is_active)",
    },
];

const REFERENCES: &[(&str, &str, &str)] = &[
    ("idempotency_keys", "user_id", "users"),
    ("sessions", "user_id", "users"),
    ("api_keys", "user_id", "users"),
    ("prospects", "owner_id", "users"),
    ("prospects", "created_by", "users"),
    ("prospects", "channel_id", "channels"),
    ("prospects", "segment_id", "segments"),
    ("prospects", "potential_level_id", "potential_levels"),
    ("prospects", "source_id", "sources"),
    ("prospects", "status_id", "statuses"),
    ("prospects", "industry_id", "industries"),
    ("prospects", "customer_type_id", "customer_types"),
    ("prospect_tags", "prospect_id", "prospects"),
    ("prospect_tags", "tag_id", "tags"),
    ("sectors", "zone_id", "zones"),
    ("addresses", "type_id", "address_types"),
    ("addresses", "region_id", "regions"),
    ("addresses", "zone_id", "zones"),
    ("addresses", "sector_id", "sectors"),
    ("cycles", "prospect_id", "prospects"),
    ("cycles", "status_id", "statuses"),
    ("cycles", "reason_id", "reasons"),
    ("clients", "id", "prospects"),
    ("tasks", "prospect_id", "prospects"),
    ("tasks", "cycle_id", "cycles"),
    ("tasks", "type_id", "task_types"),
    ("tasks", "assignee_id", "users"),
    ("tasks", "completed_by", "users"),
    ("tasks", "created_by", "users"),
    ("statuses", "task_type_id", "task_types"),
    ("clients", "potential_level_id", "potential_levels"),
    ("clients", "converted_by", "users"),
    ("identifiers", "prospect_id", "prospects"),
    ("identifiers", "type_id", "identifier_types"),
    ("contacts", "prospect_id", "prospects"),
    ("contact_points", "prospect_id", "prospects"),
    ("contact_points", "contact_id", "contacts"),
    ("addresses", "prospect_id", "prospects"),
    ("touches", "prospect_id", "prospects"),
    ("touches", "source_id", "sources"),
    ("status_intervals", "prospect_id", "prospects"),
    ("status_intervals", "cycle_id", "cycles"),
    ("status_intervals", "status_id", "statuses"),
    ("status_intervals", "actor_id", "users"),
    ("status_intervals", "reason_id", "reasons"),
    ("owner_intervals", "prospect_id", "prospects"),
    ("owner_intervals", "owner_id", "users"),
    ("owner_intervals", "actor_id", "users"),
    ("operations", "prospect_id", "prospects"),
    ("operations", "actor_id", "users"),
    ("timeline_entries", "prospect_id", "prospects"),
    ("timeline_entries", "actor_id", "users"),
    ("notes", "id", "timeline_entries"),
    ("note_versions", "note_id", "notes"),
    ("note_versions", "written_by", "users"),
    ("interactions", "id", "timeline_entries"),
    ("entry_changes", "id", "timeline_entries"),
];

/// Of how many rows of a table the normal forms are compared.
const SAMPLE: u64 = 20_000;

async fn find(tx: &DatabaseTransaction) -> Result<Vec<String>> {
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

async fn first(tx: &DatabaseTransaction, search: &str) -> Result<Option<uuid::Uuid>> {
    let statement = Statement::from_string(tx.get_database_backend(), format!("{search} LIMIT 1"));
    Ok(match tx.query_one_raw(statement).await? {
        Some(row) => Some(row.try_get_by_index(0)?),
        None => None,
    })
}

/// Writing the search documents once more has to change nothing. What is written here is taken back with the transaction.
async fn check_search(tx: &DatabaseTransaction) -> Result<Vec<String>> {
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
async fn check_normal_forms(tx: &DatabaseTransaction) -> Result<Vec<String>> {
    let mut found = Vec::new();
    for row in prospect::Entity::find()
        .order_by_desc(prospect::Column::Id)
        .limit(SAMPLE)
        .all(tx)
        .await?
    {
        if row.name_norm != text::norm(&row.name) || row.legal_name_norm != row.legal_name.as_deref().map(text::norm) {
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
        if row.name_norm != text::norm(&full) {
            found.push(format!("the normal form of a contact's name is wrong (such as {})", row.id));
            break;
        }
    }
    for row in identifier::Entity::find()
        .order_by_desc(identifier::Column::Id)
        .limit(SAMPLE)
        .all(tx)
        .await?
    {
        if row.number_norm != text::norm_number(&row.number) {
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
        let normal = |place: &Option<String>| place.as_deref().map(text::norm);
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
