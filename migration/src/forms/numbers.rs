//! Document numbers in the canonical form of their types, unique but for those that turn out to be one.

use std::collections::HashMap;

use normalization::document_number::Form;
use sea_orm_migration::sea_orm::{ConnectionTrait, DatabaseTransaction, DbErr, Statement};
use uuid::Uuid;

use super::collisions::{self, Collision, CollisionKind};
use super::slices;

/// Form of the numbers of a type, and its repeatable numbers.
struct Kind {
    prefix: String,
    ignores_leading_zeros: bool,
    repeatable: Vec<String>,
}

const COLLISION: &str = "COLLISION";

/// Of two rows whose numbers became equal the older keeps its number as unique; the other keeps it as an exemption, and is reported.
pub async fn slice(tx: &DatabaseTransaction, after: Option<Uuid>) -> Result<(usize, Option<Uuid>), DbErr> {
    let kinds = kinds(tx).await?;
    let rows = slices::read(
        tx,
        "identifiers",
        &["type_id", "country", "number", "number_norm", "exemption", "deleted_at"],
        after,
    )
    .await?;
    for row in &rows {
        let (id, type_id): (Uuid, Uuid) = (row.try_get_by_index(0)?, row.try_get_by_index(1)?);
        let (country, number, before): (String, String, String) =
            (row.try_get_by_index(2)?, row.try_get_by_index(3)?, row.try_get_by_index(4)?);
        let (exempt, deleted): (Option<String>, Option<i64>) = (row.try_get_by_index(5)?, row.try_get_by_index(6)?);
        let kind = kinds.get(&type_id);
        let form = kind.map(|kind| Form {
            prefix: &kind.prefix,
            ignores_leading_zeros: kind.ignores_leading_zeros,
        });
        let canonical = form.unwrap_or_default().canonical(&number);
        let is_repeatable = kind.is_some_and(|kind| kind.repeatable.contains(&canonical));
        let mut exemption = is_repeatable.then(|| "REPEATABLE".to_owned());
        let is_known_to_collide = exempt.as_deref() == Some(COLLISION) && !is_repeatable;
        if before == canonical && (exempt == exemption || is_known_to_collide) {
            continue;
        }
        if deleted.is_none()
            && !is_repeatable
            && let Some((holder, typed)) = holder(tx, type_id, &country, &canonical, id).await?
        {
            // Ids are made of the time: of two the smaller one is older.
            let (record_id, kept_id, typed) = if holder > id {
                (holder, id, typed)
            } else {
                (id, holder, number.clone())
            };
            if record_id == id {
                exemption = Some(COLLISION.to_owned());
            } else {
                let text = "UPDATE identifiers SET exemption = $1 WHERE id = $2";
                let values = [COLLISION.into(), record_id.into()];
                tx.execute_raw(Statement::from_sql_and_values(tx.get_database_backend(), text, values))
                    .await?;
            }
            let found = Collision {
                kind: CollisionKind::DocumentNumber,
                table: "identifiers".to_owned(),
                record_id,
                kept_id,
                before: typed,
                after: canonical.clone(),
            };
            collisions::keep(tx, &found, super::now()).await?;
        }
        let text = "UPDATE identifiers SET number_norm = $1, exemption = $2 WHERE id = $3";
        let values = [canonical.into(), exemption.into(), id.into()];
        tx.execute_raw(Statement::from_sql_and_values(tx.get_database_backend(), text, values))
            .await?;
    }
    Ok((rows.len(), slices::last(&rows)?))
}

/// The live row that has the number already, and how it was typed.
async fn holder(
    tx: &DatabaseTransaction,
    type_id: Uuid,
    country: &str,
    number: &str,
    except: Uuid,
) -> Result<Option<(Uuid, String)>, DbErr> {
    let text = "SELECT id, number FROM identifiers WHERE type_id = $1 AND country = $2 AND number_norm = $3 \
                AND deleted_at IS NULL AND exemption IS NULL AND id <> $4";
    let values = [type_id.into(), country.into(), number.into(), except.into()];
    let row = tx
        .query_one_raw(Statement::from_sql_and_values(tx.get_database_backend(), text, values))
        .await?;
    row.map(|row| Ok((row.try_get_by_index(0)?, row.try_get_by_index(1)?))).transpose()
}

async fn kinds(tx: &DatabaseTransaction) -> Result<HashMap<Uuid, Kind>, DbErr> {
    let text = "SELECT id, number_prefix, ignores_leading_zeros, CAST(repeatable_numbers AS TEXT) FROM identifier_types";
    let mut kinds = HashMap::new();
    for row in tx.query_all_raw(Statement::from_string(tx.get_database_backend(), text)).await? {
        let repeatable: String = row.try_get_by_index(3)?;
        let kind = Kind {
            prefix: row.try_get_by_index(1)?,
            ignores_leading_zeros: row.try_get_by_index(2)?,
            repeatable: serde_json::from_str(&repeatable).map_err(|error| DbErr::Custom(error.to_string()))?,
        };
        kinds.insert(row.try_get_by_index(0)?, kind);
    }
    Ok(kinds)
}
