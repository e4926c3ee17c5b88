//! The e-mails and names of users. Only an administrator can say which of two users with one e-mail is to have it.

use std::collections::HashMap;

use normalization::email;
use normalization::text::fold;
use sea_orm_migration::sea_orm::{ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbBackend, DbErr, QueryResult, Statement};
use uuid::Uuid;

use super::Failure;
use super::slices::Changes;

const TABLE: &str = "SELECT id, email, name, email_norm, name_norm FROM users ORDER BY created_at, id";

/// Fails where two users have one e-mail in its present form, with their names.
pub async fn check(db: &DatabaseConnection) -> Result<(), Failure> {
    let backend = db.get_database_backend();
    let exists = match backend {
        DbBackend::Postgres => "SELECT 1 FROM pg_tables WHERE schemaname = current_schema() AND tablename = 'users'",
        _ => "SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'users'",
    };
    if db.query_one_raw(Statement::from_string(backend, exists)).await?.is_none() {
        return Ok(());
    }
    let mut seen: HashMap<String, String> = HashMap::new();
    for row in db.query_all_raw(Statement::from_string(backend, TABLE)).await? {
        let name: String = row.try_get_by_index(2)?;
        let email: String = row.try_get_by_index(1)?;
        if let Some(other) = seen.insert(email::canonical(&email), name.clone()) {
            return Err(Failure::SameUser(other, name));
        }
    }
    Ok(())
}

/// All users at once: there are at most a thousand.
pub async fn write(tx: &DatabaseTransaction) -> Result<(usize, Option<Uuid>), DbErr> {
    let rows = tx.query_all_raw(Statement::from_string(tx.get_database_backend(), TABLE)).await?;
    let mut changes = Changes::of("users", &["email_norm", "name_norm"]);
    for row in &rows {
        let text = |place| row.try_get_by_index::<String>(place);
        let before = [Some(text(3)?), Some(text(4)?)];
        changes.add(id(row)?, &before, vec![Some(email::canonical(&text(1)?)), Some(fold(&text(2)?))]);
    }
    changes.write(tx).await?;
    Ok((rows.len(), None))
}

fn id(row: &QueryResult) -> Result<Uuid, DbErr> {
    row.try_get_by_index(0)
}
