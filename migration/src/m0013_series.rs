//! The date of a task in its series, so that a moved due time does not move the series. For existing tasks only their due time is known.

crate::ddl::migration!(
    "m0013_series",
    up: [
        "ALTER TABLE tasks ADD COLUMN occurs_at BIGINT",
        "UPDATE tasks SET occurs_at = due_at WHERE repeat_rule IS NOT NULL",
    ],
    down: ["ALTER TABLE tasks DROP COLUMN occurs_at"]
);
