//! The timeline of a prospect: narrow entries, latest first, each with its body in a table of its own.

crate::ddl::migration!(
    "m0004_timeline",
    drop: ["entry_changes", "interactions", "note_versions", "notes", "timeline_entries"],
    up: [
        "CREATE TABLE timeline_entries (
            id {id} NOT NULL PRIMARY KEY,
            prospect_id {id} NOT NULL REFERENCES prospects (id),
            kind TEXT NOT NULL,
            occurred_at BIGINT NOT NULL,
            recorded_at BIGINT NOT NULL,
            actor_id {id} REFERENCES users (id),
            pinned_at BIGINT
        )",
        "CREATE INDEX timeline_entries_prospect ON timeline_entries (prospect_id, occurred_at DESC, id DESC)",
        "CREATE TABLE notes (
            id {id} NOT NULL PRIMARY KEY REFERENCES timeline_entries (id),
            body TEXT NOT NULL,
            edited_at BIGINT,
            edited_by {id} REFERENCES users (id),
            version INTEGER NOT NULL
        )",
        "CREATE TABLE note_versions (
            id {id} NOT NULL PRIMARY KEY,
            note_id {id} NOT NULL REFERENCES notes (id),
            version INTEGER NOT NULL,
            body TEXT NOT NULL,
            written_by {id} REFERENCES users (id),
            written_at BIGINT NOT NULL
        )",
        "CREATE UNIQUE INDEX note_versions_note ON note_versions (note_id, version)",
        "CREATE TABLE interactions (
            id {id} NOT NULL PRIMARY KEY REFERENCES timeline_entries (id),
            type TEXT NOT NULL,
            direction TEXT NOT NULL,
            duration_seconds INTEGER,
            outcome TEXT,
            body TEXT
        )",
        "CREATE TABLE entry_changes (
            id {id} NOT NULL PRIMARY KEY REFERENCES timeline_entries (id),
            data {json} NOT NULL
        )",
    ]
);
