//! Open text: a search document for each prospect, kept with every change of what it is made of, and looked through by an index of trigrams.

use sea_orm::sea_query::{Alias, Expr, ExprTrait, JoinType, Query, SelectStatement};
use sea_orm::{ColumnTrait, Condition, ConnectionTrait, DbBackend, EntityTrait, QueryFilter, Statement};
use uuid::Uuid;

use crate::db::search_documents;
use crate::db::sql::Sql;
use crate::entities::records::{contact, contact_point, identifier, prospect, search_document};
use crate::entities::setup::attribute_definition::AttributeEntity;
use crate::error::{Error, Result};
use crate::resolvers::filter::contains;
use crate::rules::attributes::{Definition, is_key};
use crate::rules::search::{Words, number_in_documents};

/// Brings the search document of a prospect up to date with its rows; to be called in the transaction that changes one of its texts.
pub async fn refresh(tx: &impl ConnectionTrait, prospect_id: Uuid) -> Result<()> {
    let backend = tx.get_database_backend();
    let text = search_documents::write_documents(backend, "p.id = $1");
    tx.execute_raw(Statement::from_sql_and_values(backend, text, [prospect_id.into()]))
        .await?;
    Ok(())
}

/// The same for several prospects.
pub async fn refresh_all(tx: &impl ConnectionTrait, prospects: impl IntoIterator<Item = Uuid>) -> Result<()> {
    let mut sql = Sql::new(tx.get_database_backend());
    let these = sql.in_ids(prospects);
    sql.push(&search_documents::write_documents(
        tx.get_database_backend(),
        &format!("p.id {these}"),
    ));
    tx.execute_raw(sql.build()).await?;
    Ok(())
}

/// The same for all prospects that are found by values of an attribute, or were: those that have values of it. The caller keeps others from
/// writing prospects meanwhile.
pub async fn refresh_values(tx: &impl ConnectionTrait, definition: &Definition) -> Result<()> {
    let backend = tx.get_database_backend();
    let condition = has_value(backend, definition)?;
    tx.execute_unprepared(&search_documents::write_documents(backend, &condition))
        .await?;
    Ok(())
}

/// Whether more prospects than `most` have values of an attribute.
pub async fn are_more_than(connection: &impl ConnectionTrait, definition: &Definition, most: u64) -> Result<bool> {
    let backend = connection.get_database_backend();
    let condition = has_value(backend, definition)?;
    let text = format!("SELECT 1 FROM prospects p WHERE {condition} LIMIT 1 OFFSET {most}");
    Ok(connection.query_one_raw(Statement::from_string(backend, text)).await?.is_some())
}

/// The first prospects after an id that have values of an attribute, locked like those that are written. Each call goes on in an index: that of
/// the prospects of the records.
pub async fn lock_values(tx: &impl ConnectionTrait, definition: &Definition, after: Uuid, most: u64) -> Result<Vec<Uuid>> {
    let backend = tx.get_database_backend();
    let lock = match backend {
        DbBackend::Postgres => " FOR NO KEY UPDATE OF p",
        _ => "",
    };
    let mut sql = Sql::new(backend);
    let after = sql.bind(after);
    let prospects = match definition.row.entity {
        AttributeEntity::Prospect | AttributeEntity::Task => {
            let condition = has_value(backend, definition)?;
            format!("prospects p WHERE p.id > {after} AND {condition} ORDER BY p.id LIMIT {most}")
        }
        // `CROSS JOIN` keeps SQLite from beginning at the prospects.
        AttributeEntity::Client => format!(
            "clients r CROSS JOIN prospects p WHERE p.id = r.id AND r.id > {after} AND {} ORDER BY r.id LIMIT {most}",
            has_value_of("r", backend, definition)?
        ),
        AttributeEntity::Contact => format!(
            "prospects p WHERE p.id IN (SELECT DISTINCT r.prospect_id FROM contacts r WHERE r.prospect_id > {after} AND {} \
             ORDER BY r.prospect_id LIMIT {most}) ORDER BY p.id",
            has_value_of("r", backend, definition)?
        ),
    };
    sql.push(&format!("SELECT p.id FROM {prospects}{lock}"));
    let rows = tx.query_all_raw(sql.build()).await?;
    rows.iter().map(|row| Ok(row.try_get_by_index(0)?)).collect()
}

/// The condition that the prospect `p`, its client data or one of its contacts has a value of an attribute.
fn has_value(backend: DbBackend, definition: &Definition) -> Result<String> {
    let value_of = |row: &str| has_value_of(row, backend, definition);
    Ok(match definition.row.entity {
        AttributeEntity::Prospect => value_of("p")?,
        AttributeEntity::Client => format!("p.id IN (SELECT r.id FROM clients r WHERE {})", value_of("r")?),
        AttributeEntity::Contact => format!("p.id IN (SELECT r.prospect_id FROM contacts r WHERE {})", value_of("r")?),
        // Tasks are not searched.
        AttributeEntity::Task => "1 = 0".to_owned(),
    })
}

/// The condition that a row has a value of an attribute.
fn has_value_of(row: &str, backend: DbBackend, definition: &Definition) -> Result<String> {
    let key = definition.key();
    if !is_key(key) {
        return Err(Error::internal("a stored key is no key"));
    }
    Ok(match backend {
        DbBackend::Postgres => format!("{row}.attributes -> '{key}' IS NOT NULL"),
        _ => format!("{row}.attributes -> '$.\"{key}\"' IS NOT NULL"),
    })
}

/// The search document of a new prospect without its attributes: the same text as `refresh` makes of its rows.
pub fn document<'a>(
    prospect: &'a prospect::Model,
    contacts: &'a [contact::Model],
    points: impl Iterator<Item = &'a contact_point::Model>,
    identifiers: &'a [identifier::Model],
) -> search_document::Model {
    let mut contacts: Vec<&contact::Model> = contacts.iter().collect();
    contacts.sort_by_key(|row| (row.position, row.id));
    let mut points: Vec<&contact_point::Model> = points.collect();
    points.sort_by_key(|row| (row.position, row.id));
    let mut identifiers: Vec<&identifier::Model> = identifiers.iter().collect();
    identifiers.sort_by_key(|row| (row.position, row.id));
    let point = |row: &'a contact_point::Model| row.value_folded.as_deref().unwrap_or(row.value_norm.trim_start_matches('+'));
    let names = [Some(prospect.name_norm.as_str()), prospect.legal_name_norm.as_deref()];
    let mut lines: Vec<&str> = names.into_iter().flatten().collect();
    lines.extend(contacts.iter().map(|row| row.name_norm.as_str()));
    lines.extend(points.into_iter().map(point));
    let numbers: Vec<String> = identifiers.iter().map(|row| number_in_documents(&row.number_norm)).collect();
    lines.extend(numbers.iter().map(String::as_str));
    search_document::Model {
        prospect_id: prospect.id,
        document: lines.join("\n"),
    }
}

/// Takes a prospect out of what is searched; to be called in the transaction that deletes it. `refresh` puts it back.
pub async fn forget(tx: &impl ConnectionTrait, prospect_id: Uuid) -> Result<()> {
    search_document::Entity::delete_many()
        .filter(search_document::Column::ProspectId.eq(prospect_id))
        .exec(tx)
        .await?;
    Ok(())
}

/// Writes the search documents of all prospects that have none or a wrong one, for what was loaded without them; answers how many these were.
pub async fn write_all(tx: &impl ConnectionTrait) -> Result<u64> {
    let text = search_documents::write_documents(tx.get_database_backend(), "1 = 1");
    Ok(tx.execute_unprepared(&text).await?.rows_affected())
}

/// Whether all words are in the document of the prospect that a query is at.
pub fn condition(words: &Words) -> Condition {
    let document = Query::select()
        .expr(Expr::from(in_document(words)))
        .from(search_document::Entity)
        .and_where(
            Expr::col((search_document::Entity, search_document::Column::ProspectId)).equals((prospect::Entity, prospect::Column::Id)),
        )
        .to_owned();
    Condition::all().add(Expr::from(document))
}

/// The same for PostgreSQL's planner, which may use the index of the documents and estimates by its statistics.
pub fn indexable_condition(words: &Words) -> Condition {
    let documents = Query::select()
        .column((search_document::Entity, search_document::Column::ProspectId))
        .from(search_document::Entity)
        .cond_where(in_document(words))
        .to_owned();
    Condition::all().add(prospect::Column::Id.in_subquery(documents))
}

/// The prospects with all words in their documents, found by the index; without regard to visibility.
pub fn find(backend: DbBackend, words: &Words) -> SelectStatement {
    let documents = search_document::Entity;
    let mut find = Query::select();
    find.expr_as(Expr::col((documents, search_document::Column::ProspectId)), Alias::new("id"));
    match backend {
        DbBackend::Postgres => find.from(documents),
        _ => {
            // `CROSS JOIN` keeps SQLite from beginning at the documents; sea-query leaves out its `ON`.
            let index = Alias::new("search_index");
            let joined = Expr::col((documents, Alias::new("number"))).equals((index.clone(), Alias::new("rowid")));
            find.from(index)
                .join(JoinType::CrossJoin, documents, Condition::all())
                .and_where(joined)
                .and_where(Expr::cust_with_values("search_index MATCH ?", [words.trigrams()]))
        }
    };
    find.cond_where(in_document(words)).to_owned()
}

fn in_document(words: &Words) -> Condition {
    let document = || Expr::col((search_document::Entity, search_document::Column::Document));
    words.all().iter().fold(Condition::all(), |all, word| {
        let variants = word
            .variants()
            .iter()
            .fold(Condition::any(), |any, text| any.add(contains(document(), text)));
        all.add(variants)
    })
}
