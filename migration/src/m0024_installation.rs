//! The ID of this database, of which there is one. The storage of documents is marked with it, so that no other database deletes its files.

crate::ddl::migration!(
    "m0024_installation",
    drop: ["installations"],
    up: [
        "CREATE TABLE installations (
            number INTEGER NOT NULL PRIMARY KEY CHECK (number = 1),
            id {id} NOT NULL,
            created_at BIGINT NOT NULL
        )"
    ]
);
