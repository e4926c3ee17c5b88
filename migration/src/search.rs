//! The text by which a prospect is found: what it is made of, and the statement that writes it, for both databases.

use sea_orm_migration::sea_orm::DbBackend;

/// Writes the search documents of the live prospects called `p` for which `condition` holds; those that are right already stay as they are.
///
/// Lines of normalised text: names, names of contacts, e-mails, phones by their digits, document numbers. Only live rows count.
pub fn write_documents(backend: DbBackend, condition: &str) -> String {
    let (line, gather): (&str, fn(&str) -> String) = match backend {
        DbBackend::Postgres => ("E'\\n'", |text| format!("string_agg({text}, E'\\n' ORDER BY r.position, r.id)")),
        _ => ("char(10)", |text| {
            format!("group_concat({text}, char(10) ORDER BY r.position, r.id)")
        }),
    };
    let part = |table: &str, text: &str| {
        let text = gather(text);
        format!("(SELECT {text} FROM {table} r WHERE r.prospect_id = p.id AND r.deleted_at IS NULL)")
    };
    let contacts = part("contacts", "r.name_norm");
    let points = part("contact_points", "COALESCE(r.value_folded, ltrim(r.value_norm, '+'))");
    let identifiers = part("identifiers", "replace(lower(r.number_norm), 'Ñ', 'n')");
    format!(
        "INSERT INTO search_documents (prospect_id, document) \
         SELECT p.id, concat_ws({line}, p.name_norm, p.legal_name_norm, {contacts}, {points}, {identifiers}) \
         FROM prospects p WHERE p.deleted_at IS NULL AND {condition} \
         ON CONFLICT (prospect_id) DO UPDATE SET document = excluded.document \
         WHERE search_documents.document <> excluded.document"
    )
}

/// Builds the index of the documents anew, where the database keeps it apart from them.
pub const REBUILD_SQLITE_INDEX: &str = "INSERT INTO search_index (search_index) VALUES ('rebuild')";
