//! Users, their sessions, and failed sign-ins.

crate::ddl::migration!(
    "m0001_access",
    drop: ["login_failures", "sessions", "users"],
    up: [
        "CREATE TABLE users (
            id {id} NOT NULL PRIMARY KEY,
            email TEXT NOT NULL,
            email_norm {norm} NOT NULL,
            name TEXT NOT NULL,
            name_norm {norm} NOT NULL,
            role TEXT NOT NULL,
            password_hash TEXT NOT NULL,
            locale TEXT NOT NULL,
            time_zone TEXT NOT NULL,
            is_active BOOLEAN NOT NULL,
            version INTEGER NOT NULL,
            created_at BIGINT NOT NULL,
            updated_at BIGINT NOT NULL
        )",
        "CREATE UNIQUE INDEX users_email ON users (email_norm)",
        "CREATE TABLE sessions (
            id {id} NOT NULL PRIMARY KEY,
            user_id {id} NOT NULL REFERENCES users (id),
            token_hash {bytes} NOT NULL,
            user_agent TEXT,
            created_at BIGINT NOT NULL,
            last_used_at BIGINT NOT NULL,
            expires_at BIGINT NOT NULL
        )",
        "CREATE UNIQUE INDEX sessions_token ON sessions (token_hash)",
        "CREATE INDEX sessions_user ON sessions (user_id)",
        "CREATE TABLE login_failures (
            id {id} NOT NULL PRIMARY KEY,
            subject {norm} NOT NULL,
            failed_at BIGINT NOT NULL
        )",
        "CREATE INDEX login_failures_subject ON login_failures (subject, failed_at)",
        "CREATE INDEX login_failures_time ON login_failures (failed_at)",
    ]
);
