//! A revision for each table that servers keep in memory, in the place of one for all of them.

/// Those that were kept in memory then; a table that comes later gets its row with its first change.
const SPLIT: &str = "INSERT INTO revisions (name, number) SELECT t.name, r.number FROM revisions r CROSS JOIN (
        SELECT 'users' AS name
        UNION ALL SELECT 'channels'
        UNION ALL SELECT 'segments'
        UNION ALL SELECT 'potential_levels'
        UNION ALL SELECT 'statuses'
        UNION ALL SELECT 'reasons'
        UNION ALL SELECT 'sources'
        UNION ALL SELECT 'task_types'
        UNION ALL SELECT 'tags'
        UNION ALL SELECT 'zones'
        UNION ALL SELECT 'sectors'
        UNION ALL SELECT 'regions'
        UNION ALL SELECT 'address_types'
        UNION ALL SELECT 'identifier_types'
        UNION ALL SELECT 'industries'
        UNION ALL SELECT 'customer_types'
    ) t WHERE r.name = 'catalogs'";

crate::ddl::migration!(
    "m0017_catalog_revisions",
    up: [SPLIT, "DELETE FROM revisions WHERE name = 'catalogs'"],
    down: [
        // Beyond each of them, so that a server that has read the one before reads again.
        "INSERT INTO revisions (name, number) SELECT 'catalogs', COALESCE(max(number), 0) + 1 FROM revisions",
        "DELETE FROM revisions WHERE name <> 'catalogs'",
    ]
);
