//! Which date of its series a task stands for, so that a moved due time does not move the series. Of tasks that are there already nothing else
//! than their due time is known.

crate::ddl::migration!(
    "m0013_series",
    up: [
        "ALTER TABLE tasks ADD COLUMN occurs_at BIGINT",
        "UPDATE tasks SET occurs_at = due_at WHERE repeat_rule IS NOT NULL",
    ],
    down: ["ALTER TABLE tasks DROP COLUMN occurs_at"]
);
