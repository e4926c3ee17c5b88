//! The text by which a prospect is found: what it is made of, and the statement that writes it, for both databases.

use sea_orm_migration::sea_orm::DbBackend;

/// Writes the search documents of the live prospects called `p` for which `condition` holds; those that are right already stay as they are.
///
/// Lines of normalised text: names, names of contacts, e-mails, phones by their digits, document numbers. Only live rows count.
pub fn write_documents(backend: DbBackend, condition: &str) -> String {
    let points = "COALESCE(r.value_folded, ltrim(r.value_norm, '+'))";
    statement(backend, condition, points, "replace(lower(r.number_norm), 'Ñ', 'n')")
}

/// The same from the forms before `m0014_canonical_forms`, as the version of that time writes it.
pub fn write_earlier_documents(backend: DbBackend) -> String {
    statement(backend, "1 = 1", "ltrim(r.value_norm, '+')", "lower(r.number_norm)")
}

fn statement(backend: DbBackend, condition: &str, point: &str, identifier: &str) -> String {
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
    let points = part("contact_points", point);
    let identifiers = part("identifiers", identifier);
    format!(
        "INSERT INTO search_documents (prospect_id, document) \
         SELECT p.id, concat_ws({line}, p.name_norm, p.legal_name_norm, {contacts}, {points}, {identifiers}) \
         FROM prospects p WHERE p.deleted_at IS NULL AND {condition} \
         ON CONFLICT (prospect_id) DO UPDATE SET document = excluded.document \
         WHERE search_documents.document <> excluded.document"
    )
}

/// Rebuilds the index of the documents, if the database stores it separately.
pub const REBUILD_SQLITE_INDEX: &str = "INSERT INTO search_index (search_index) VALUES ('rebuild')";
