//! The rest of the record: its catalogues, tags and ratings, where addresses belong, and how document numbers are checked.

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
    "m0005_record",
    up: [
        catalog!("tags", "color TEXT NOT NULL"),
        "CREATE UNIQUE INDEX tags_name ON tags (name_norm) WHERE retired_at IS NULL",
        catalog!("zones"),
        "CREATE UNIQUE INDEX zones_name ON zones (name_norm) WHERE retired_at IS NULL",
        catalog!("sectors", "zone_id {id} NOT NULL REFERENCES zones (id)"),
        "CREATE UNIQUE INDEX sectors_name ON sectors (zone_id, name_norm) WHERE retired_at IS NULL",
        catalog!("regions"),
        "CREATE UNIQUE INDEX regions_name ON regions (name_norm) WHERE retired_at IS NULL",
        catalog!("address_types"),
        "CREATE UNIQUE INDEX address_types_name ON address_types (name_norm) WHERE retired_at IS NULL",
        catalog!("industries"),
        "CREATE UNIQUE INDEX industries_name ON industries (name_norm) WHERE retired_at IS NULL",
        catalog!("customer_types"),
        "CREATE UNIQUE INDEX customer_types_name ON customer_types (name_norm) WHERE retired_at IS NULL",
        "ALTER TABLE identifier_types ADD COLUMN pattern TEXT",
        "ALTER TABLE identifier_types ADD COLUMN check_digit TEXT",
        "ALTER TABLE prospects ADD COLUMN rating INTEGER",
        "ALTER TABLE prospects ADD COLUMN interest TEXT",
        "ALTER TABLE prospects ADD COLUMN industry_id {id} REFERENCES industries (id)",
        "ALTER TABLE prospects ADD COLUMN customer_type_id {id} REFERENCES customer_types (id)",
        "ALTER TABLE prospects ADD COLUMN websites {json}",
        "ALTER TABLE prospects ADD COLUMN validity_days INTEGER",
        "ALTER TABLE prospects ADD COLUMN is_notification_enabled BOOLEAN NOT NULL DEFAULT TRUE",
        "CREATE INDEX prospects_rating ON prospects (rating, created_at, id) WHERE deleted_at IS NULL AND rating IS NOT NULL",
        "CREATE INDEX prospects_interest ON prospects (interest, created_at, id)
            WHERE deleted_at IS NULL AND interest IS NOT NULL",
        "CREATE INDEX prospects_industry ON prospects (industry_id, created_at, id)
            WHERE deleted_at IS NULL AND industry_id IS NOT NULL",
        "CREATE INDEX prospects_customer_type ON prospects (customer_type_id, created_at, id)
            WHERE deleted_at IS NULL AND customer_type_id IS NOT NULL",
        "CREATE TABLE prospect_tags (
            prospect_id {id} NOT NULL REFERENCES prospects (id),
            tag_id {id} NOT NULL REFERENCES tags (id),
            PRIMARY KEY (prospect_id, tag_id)
        )",
        "CREATE INDEX prospect_tags_tag ON prospect_tags (tag_id, prospect_id)",
        "ALTER TABLE addresses ADD COLUMN type_id {id} REFERENCES address_types (id)",
        "ALTER TABLE addresses ADD COLUMN region_id {id} REFERENCES regions (id)",
        "ALTER TABLE addresses ADD COLUMN zone_id {id} REFERENCES zones (id)",
        "ALTER TABLE addresses ADD COLUMN sector_id {id} REFERENCES sectors (id)",
        "CREATE INDEX addresses_type ON addresses (type_id, prospect_id) WHERE deleted_at IS NULL AND type_id IS NOT NULL",
        "CREATE INDEX addresses_region ON addresses (region_id, prospect_id) WHERE deleted_at IS NULL AND region_id IS NOT NULL",
        "CREATE INDEX addresses_zone ON addresses (zone_id, prospect_id) WHERE deleted_at IS NULL AND zone_id IS NOT NULL",
        "CREATE INDEX addresses_sector ON addresses (sector_id, prospect_id) WHERE deleted_at IS NULL AND sector_id IS NOT NULL",
        // Place names in use are scanned in order, so only the next one is read.
        "DROP INDEX addresses_place",
        "CREATE INDEX addresses_city ON addresses (country, city_norm, id) WHERE deleted_at IS NULL",
        "CREATE INDEX addresses_municipality ON addresses (country, municipality_norm, id)
            WHERE deleted_at IS NULL AND municipality_norm IS NOT NULL",
        "CREATE INDEX addresses_parish ON addresses (country, parish_norm, id) WHERE deleted_at IS NULL AND parish_norm IS NOT NULL",
    ],
    down: [
        "DROP INDEX addresses_parish",
        "DROP INDEX addresses_municipality",
        "DROP INDEX addresses_city",
        "CREATE INDEX addresses_place ON addresses (country, city_norm)",
        "DROP INDEX addresses_sector",
        "DROP INDEX addresses_zone",
        "DROP INDEX addresses_region",
        "DROP INDEX addresses_type",
        "ALTER TABLE addresses DROP COLUMN sector_id",
        "ALTER TABLE addresses DROP COLUMN zone_id",
        "ALTER TABLE addresses DROP COLUMN region_id",
        "ALTER TABLE addresses DROP COLUMN type_id",
        "DROP TABLE prospect_tags",
        "DROP INDEX prospects_customer_type",
        "DROP INDEX prospects_industry",
        "DROP INDEX prospects_interest",
        "DROP INDEX prospects_rating",
        "ALTER TABLE prospects DROP COLUMN is_notification_enabled",
        "ALTER TABLE prospects DROP COLUMN validity_days",
        "ALTER TABLE prospects DROP COLUMN websites",
        "ALTER TABLE prospects DROP COLUMN customer_type_id",
        "ALTER TABLE prospects DROP COLUMN industry_id",
        "ALTER TABLE prospects DROP COLUMN interest",
        "ALTER TABLE prospects DROP COLUMN rating",
        "ALTER TABLE identifier_types DROP COLUMN check_digit",
        "ALTER TABLE identifier_types DROP COLUMN pattern",
        "DROP TABLE customer_types",
        "DROP TABLE industries",
        "DROP TABLE address_types",
        "DROP TABLE regions",
        "DROP TABLE sectors",
        "DROP TABLE zones",
        "DROP TABLE tags",
    ]
);
