//! The file that the parts of an upload have become, before a document is made of it. Null as long as there are parts only.

crate::ddl::migration!(
    "m0026_joined_uploads",
    up: [
        "ALTER TABLE uploads ADD COLUMN file_key {id}",
        "ALTER TABLE uploads ADD COLUMN sha256 TEXT",
        "ALTER TABLE uploads ADD COLUMN media_type TEXT",
    ],
    down: [
        // The parts of these are gone.
        "DELETE FROM uploads WHERE file_key IS NOT NULL",
        "ALTER TABLE uploads DROP COLUMN media_type",
        "ALTER TABLE uploads DROP COLUMN sha256",
        "ALTER TABLE uploads DROP COLUMN file_key",
    ]
);
