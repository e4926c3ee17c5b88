//! The time at which a prospect that was captured earlier was recorded. Null where both times are the same, as for all existing prospects.

crate::ddl::migration!(
    "m0018_recorded_at",
    up: ["ALTER TABLE prospects ADD COLUMN recorded_at BIGINT"],
    down: ["ALTER TABLE prospects DROP COLUMN recorded_at"]
);
