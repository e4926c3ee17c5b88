//! The text by which a prospect is found: what it is made of, and the statement that writes it, for both databases.

use sea_orm_migration::sea_orm::DbBackend;

/// Writes the search documents of the live prospects called `p` for which `condition` holds; those that are right already stay as they are.
///
/// Lines of normalised text: names, names of contacts, e-mails, phones by their digits, document numbers, searchable attributes of the prospect,
/// of its client data and of its contacts, names of documents. Only live rows count.
pub fn write_documents(backend: DbBackend, condition: &str) -> String {
    let mut later = attributes(backend).to_vec();
    later.push(documents(backend));
    statement(backend, condition, POINT, NUMBER, &later)
}

/// The same before `m0019_attributes`.
pub fn write_documents_without_attributes(backend: DbBackend, condition: &str) -> String {
    statement(backend, condition, POINT, NUMBER, &[])
}

/// The same from the forms before `m0014_canonical_forms`, as the version of that time writes it.
pub fn write_earlier_documents(backend: DbBackend) -> String {
    statement(backend, "1 = 1", "ltrim(r.value_norm, '+')", "lower(r.number_norm)", &[])
}

const POINT: &str = "COALESCE(r.value_folded, ltrim(r.value_norm, '+'))";
const NUMBER: &str = "replace(lower(r.number_norm), 'Ñ', 'n')";

/// The normal forms of the searchable attributes of a prospect, of its client data and of its contacts, as expressions. Documents are the same
/// for all callers, so attributes that only administrators know of are left out.
fn attributes(backend: DbBackend) -> [String; 3] {
    [
        attributes_of(backend, "PROSPECT", "p", "", "1 = 1", ""),
        attributes_of(backend, "CLIENT", "r", "clients r CROSS JOIN ", "r.id = p.id", ""),
        attributes_of(
            backend,
            "CONTACT",
            "r",
            "contacts r CROSS JOIN ",
            "r.prospect_id = p.id AND r.deleted_at IS NULL",
            "r.position, r.id, ",
        ),
    ]
}

/// Those of one kind of record, whose rows are called `row`: each in the form for open search where it has one, else in its normal form.
/// `CROSS JOIN` keeps SQLite from beginning at the definitions.
fn attributes_of(backend: DbBackend, entity: &str, row: &str, tables: &str, condition: &str, order: &str) -> String {
    const TEXT: &str = "CASE d.type WHEN 'PHONE' THEN ltrim(v.value, '+') ELSE v.value END";
    let searched = format!("d.entity = '{entity}' AND d.is_searchable AND d.visibility = 'EVERYONE' AND d.retired_at IS NULL");
    match backend {
        DbBackend::Postgres => {
            let values = format!("COALESCE({row}.attributes -> (d.key || '^'), {row}.attributes -> (d.key || '~'))");
            format!(
                "(SELECT string_agg({TEXT}, E'\\n' ORDER BY {order}d.key, v.place) FROM {tables}attribute_definitions d \
                 CROSS JOIN LATERAL jsonb_array_elements_text(CASE jsonb_typeof({values}) WHEN 'array' THEN {values} \
                 ELSE jsonb_build_array({values}) END) WITH ORDINALITY v(value, place) \
                 WHERE {condition} AND {row}.attributes IS NOT NULL AND {searched})"
            )
        }
        _ => format!(
            "(SELECT group_concat({TEXT}, char(10) ORDER BY {order}d.key, v.id) FROM {tables}attribute_definitions d \
             JOIN json_each(COALESCE({row}.attributes -> ('$.\"' || d.key || '^\"'), {row}.attributes -> ('$.\"' || d.key || '~\"'))) v \
             WHERE {condition} AND {row}.attributes IS NOT NULL AND {searched})"
        ),
    }
}

/// The names of the documents of a prospect, oldest first.
fn documents(backend: DbBackend) -> String {
    let names = match backend {
        DbBackend::Postgres => "string_agg(r.name_norm, E'\\n' ORDER BY r.created_at, r.id)",
        _ => "group_concat(r.name_norm, char(10) ORDER BY r.created_at, r.id)",
    };
    format!("(SELECT {names} FROM documents r WHERE r.prospect_id = p.id AND r.deleted_at IS NULL)")
}

/// `later`: further texts, of tables that came later.
fn statement(backend: DbBackend, condition: &str, point: &str, identifier: &str, later: &[String]) -> String {
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
    let later: String = later.iter().map(|text| format!(", {text}")).collect();
    format!(
        "INSERT INTO search_documents (prospect_id, document) \
         SELECT p.id, concat_ws({line}, p.name_norm, p.legal_name_norm, {contacts}, {points}, {identifiers}{later}) \
         FROM prospects p WHERE p.deleted_at IS NULL AND {condition} \
         ON CONFLICT (prospect_id) DO UPDATE SET document = excluded.document \
         WHERE search_documents.document <> excluded.document"
    )
}

/// Rebuilds the index of the documents, if the database stores it separately.
pub const REBUILD_SQLITE_INDEX: &str = "INSERT INTO search_index (search_index) VALUES ('rebuild')";
