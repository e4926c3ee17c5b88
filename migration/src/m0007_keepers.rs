//! API keys, stored as their hashes.

crate::ddl::migration!(
    "m0007_keepers",
    drop: ["api_keys"],
    up: [
        "CREATE TABLE api_keys (
            id {id} NOT NULL PRIMARY KEY,
            user_id {id} NOT NULL REFERENCES users (id),
            name TEXT NOT NULL,
            scope TEXT NOT NULL,
            prefix TEXT NOT NULL,
            key_hash {bytes} NOT NULL,
            created_at BIGINT NOT NULL,
            last_used_at BIGINT,
            expires_at BIGINT
        )",
        "CREATE UNIQUE INDEX api_keys_hash ON api_keys (key_hash)",
        "CREATE INDEX api_keys_user ON api_keys (user_id)",
    ]
);
