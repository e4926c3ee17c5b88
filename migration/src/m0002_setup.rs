//! The catalogues, and the revision by which other processes notice a change.

macro_rules! catalog {
    ($table:literal $(, $extra:literal)*) => {
        concat!(
            "CREATE TABLE ", $table, " (
                id {id} NOT NULL PRIMARY KEY,
                name TEXT NOT NULL,
                name_norm {norm} NOT NULL,
                description TEXT,
                position INTEGER NOT NULL,
                is_default BOOLEAN NOT NULL,
                retired_at BIGINT,
                version INTEGER NOT NULL,
                created_at BIGINT NOT NULL,
                updated_at BIGINT NOT NULL"
            $(, ", ", $extra)*,
            ")"
        )
    };
}

crate::ddl::migration!(
    "m0002_setup",
    drop: [
        "revisions",
        "identifier_types",
        "sources",
        "reasons",
        "statuses",
        "potential_levels",
        "segments",
        "channels",
    ],
    up: [
        catalog!("channels"),
        "CREATE UNIQUE INDEX channels_name ON channels (name_norm) WHERE retired_at IS NULL",
        "CREATE UNIQUE INDEX channels_default ON channels (is_default) WHERE is_default",
        catalog!("segments", "color TEXT NOT NULL"),
        "CREATE UNIQUE INDEX segments_name ON segments (name_norm) WHERE retired_at IS NULL",
        "CREATE UNIQUE INDEX segments_default ON segments (is_default) WHERE is_default",
        catalog!("potential_levels", "applies_to TEXT NOT NULL"),
        "CREATE UNIQUE INDEX potential_levels_name ON potential_levels (applies_to, name_norm) WHERE retired_at IS NULL",
        "CREATE UNIQUE INDEX potential_levels_default ON potential_levels (applies_to) WHERE is_default",
        catalog!("statuses", "color TEXT NOT NULL", "category TEXT NOT NULL", "is_reentry BOOLEAN NOT NULL"),
        "CREATE UNIQUE INDEX statuses_name ON statuses (name_norm) WHERE retired_at IS NULL",
        "CREATE UNIQUE INDEX statuses_default ON statuses (is_default) WHERE is_default",
        "CREATE UNIQUE INDEX statuses_reentry ON statuses (is_reentry) WHERE is_reentry",
        catalog!("reasons", "category TEXT NOT NULL", "requires_note BOOLEAN NOT NULL"),
        "CREATE UNIQUE INDEX reasons_name ON reasons (name_norm) WHERE retired_at IS NULL",
        catalog!("sources"),
        "CREATE UNIQUE INDEX sources_name ON sources (name_norm) WHERE retired_at IS NULL",
        "CREATE UNIQUE INDEX sources_default ON sources (is_default) WHERE is_default",
        catalog!("identifier_types", "country TEXT NOT NULL"),
        "CREATE UNIQUE INDEX identifier_types_name ON identifier_types (country, name_norm) WHERE retired_at IS NULL",
        "CREATE TABLE revisions (
            name TEXT NOT NULL PRIMARY KEY,
            number BIGINT NOT NULL
        )",
        "INSERT INTO revisions (name, number) VALUES ('catalogs', 0)",
    ]
);
