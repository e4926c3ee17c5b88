//! The rules, and which column names rows of which table.

/// An invariant, and the query of its violations.
pub struct Rule {
    pub broken: &'static str,
    pub search: &'static str,
}

pub const RULES: &[Rule] = &[
    Rule {
        broken: "a value of an attribute in a row is of no multiple attribute, or is both a text and a number",
        search: "SELECT v.record_id FROM attribute_values v LEFT JOIN attribute_definitions d ON d.id = v.definition_id \
                 WHERE d.is_multiple IS NOT TRUE OR (v.text_value IS NULL) = (v.number_value IS NULL)",
    },
    Rule {
        broken: "owner_id is not that of the open ownership interval",
        search: "SELECT p.id FROM prospects p LEFT JOIN owner_intervals i ON i.prospect_id = p.id AND i.to_at IS NULL \
                 WHERE p.owner_id IS DISTINCT FROM i.owner_id",
    },
    Rule {
        broken: "valid_until is not so many days after the owner became the owner",
        search: "SELECT p.id FROM prospects p LEFT JOIN owner_intervals i ON i.prospect_id = p.id AND i.to_at IS NULL \
                 WHERE p.valid_until IS DISTINCT FROM i.from_at + CAST(p.validity_days AS BIGINT) * 86400000",
    },
    Rule {
        broken: "the status or cycle of a prospect is not that of its open status interval",
        search: "SELECT p.id FROM prospects p LEFT JOIN status_intervals i ON i.prospect_id = p.id AND i.to_at IS NULL \
                 WHERE p.status_id IS DISTINCT FROM i.status_id OR p.cycle_id IS DISTINCT FROM i.cycle_id",
    },
    Rule {
        broken: "the current cycle of a prospect is missing, of another prospect, or in another status",
        search: "SELECT p.id FROM prospects p LEFT JOIN cycles c ON c.id = p.cycle_id \
                 WHERE p.id IS DISTINCT FROM c.prospect_id OR p.status_id IS DISTINCT FROM c.status_id",
    },
    Rule {
        broken: "the current cycle of a prospect is neither the open one nor the latest",
        search: "SELECT p.id FROM prospects p JOIN cycles mine ON mine.id = p.cycle_id \
                 JOIN cycles other ON other.prospect_id = p.id AND other.id <> mine.id \
                 WHERE other.closed_at IS NULL OR (mine.closed_at IS NOT NULL AND other.opened_at > mine.opened_at)",
    },
    Rule {
        broken: "the category of a cycle is not that of its status",
        search: "SELECT c.id FROM cycles c JOIN statuses s ON s.id = c.status_id WHERE c.category <> s.category",
    },
    Rule {
        broken: "a cycle is open and closed at once",
        search: "SELECT id FROM cycles WHERE (category = 'OPEN') <> (closed_at IS NULL) OR closed_at < opened_at",
    },
    Rule {
        broken: "a cycle was lost or discarded without a reason, or has one otherwise",
        search: "SELECT id FROM cycles WHERE (category IN ('LOST', 'DISCARDED')) <> (reason_id IS NOT NULL)",
    },
    Rule {
        broken: "the reason of a cycle, unedited so far, does not fit, or lacks its note",
        search: "SELECT c.id FROM cycles c JOIN reasons r ON r.id = c.reason_id \
                 WHERE r.version = 1 AND (r.category NOT IN ('BOTH', c.category) OR (r.requires_note AND coalesce(c.reason_note, '') = ''))",
    },
    Rule {
        broken: "an amount has no currency, or a currency no amount",
        search: "SELECT id FROM cycles WHERE (amount_minor IS NULL) <> (amount_currency IS NULL) OR amount_minor < 0",
    },
    Rule {
        broken: "a prospect is a client without a win, or has a win and is none",
        search: "SELECT p.id FROM prospects p WHERE EXISTS (SELECT 1 FROM clients c WHERE c.id = p.id) \
                 <> EXISTS (SELECT 1 FROM cycles c WHERE c.prospect_id = p.id AND c.category = 'WON')",
    },
    Rule {
        broken: "client_since is not that of the client",
        search: "SELECT p.id FROM prospects p LEFT JOIN clients c ON c.id = p.id WHERE p.client_since IS DISTINCT FROM c.since",
    },
    Rule {
        broken: "a win is not in the journal",
        search: "SELECT p.id FROM clients p WHERE (SELECT count(*) FROM cycles c WHERE c.prospect_id = p.id AND c.category = 'WON') \
                 <> (SELECT count(*) FROM operations o WHERE o.prospect_id = p.id AND o.kind = 'CONVERT' AND o.undone_at IS NULL)",
    },
    Rule {
        broken: "a prospect has contacts and not exactly one main contact",
        search: "SELECT prospect_id FROM contacts WHERE deleted_at IS NULL GROUP BY prospect_id \
                 HAVING sum(CASE WHEN is_main THEN 1 ELSE 0 END) <> 1",
    },
    Rule {
        broken: "the source of a prospect is not that of its first touch",
        search: "SELECT p.id FROM prospects p JOIN touches t ON t.prospect_id = p.id AND t.place = 'FIRST' WHERE t.source_id <> p.source_id",
    },
    Rule {
        broken: "first_contact_at is not the time of the first outgoing interaction",
        search: "SELECT p.id FROM prospects p LEFT JOIN (SELECT e.prospect_id, min(e.occurred_at) AS at FROM interactions i \
                 JOIN timeline_entries e ON e.id = i.id WHERE i.direction = 'OUTGOING' GROUP BY e.prospect_id) f \
                 ON f.prospect_id = p.id WHERE p.first_contact_at IS DISTINCT FROM f.at",
    },
    Rule {
        broken: "last_activity_at is not when the latest entry happened",
        search: "SELECT p.id FROM prospects p \
                 WHERE p.last_activity_at IS DISTINCT FROM (SELECT max(e.occurred_at) FROM timeline_entries e \
                 WHERE e.prospect_id = p.id AND e.kind <> 'DUPLICATE_ATTEMPT')",
    },
    Rule {
        broken: "a deleted prospect is still searched",
        search: "SELECT p.id FROM search_documents d JOIN prospects p ON p.id = d.prospect_id WHERE p.deleted_at IS NOT NULL",
    },
    Rule {
        broken: "a client, a contact or a task does not say when its prospect was deleted",
        search: "SELECT c.id FROM clients c JOIN prospects p ON p.id = c.id WHERE c.prospect_deleted_at IS DISTINCT FROM p.deleted_at \
                 UNION ALL SELECT c.id FROM contacts c JOIN prospects p ON p.id = c.prospect_id \
                 WHERE c.prospect_deleted_at IS DISTINCT FROM p.deleted_at \
                 UNION ALL SELECT t.id FROM tasks t JOIN prospects p ON p.id = t.prospect_id \
                 WHERE t.prospect_deleted_at IS DISTINCT FROM p.deleted_at",
    },
    Rule {
        broken: "a prospect was not created exactly once",
        search: "SELECT p.id FROM prospects p LEFT JOIN timeline_entries e ON e.prospect_id = p.id AND e.kind = 'CREATED' \
                 GROUP BY p.id HAVING count(e.id) <> 1",
    },
    Rule {
        broken: "an entry does not have the body that its kind asks for",
        search: "SELECT e.id FROM timeline_entries e LEFT JOIN notes n ON n.id = e.id LEFT JOIN interactions i ON i.id = e.id \
                 LEFT JOIN entry_changes c ON c.id = e.id WHERE (e.kind = 'NOTE') <> (n.id IS NOT NULL) \
                 OR (e.kind = 'INTERACTION') <> (i.id IS NOT NULL) \
                 OR (e.kind IN ('STATUS_CHANGE', 'OWNER_CHANGE', 'FIELD_CHANGE', 'TASK', 'DOCUMENT', 'DUPLICATE_ATTEMPT')) <> (c.id IS NOT NULL)",
    },
    Rule {
        broken: "a planned task has an assignee who neither owns the prospect nor is an administrator",
        search: "SELECT t.id FROM tasks t JOIN prospects p ON p.id = t.prospect_id JOIN users u ON u.id = t.assignee_id \
                 WHERE t.state = 'PLANNED' AND t.assignee_id IS DISTINCT FROM p.owner_id AND u.role <> 'ADMIN'",
    },
    Rule {
        broken: "a deactivated user owns a prospect or has a planned task",
        search: "SELECT p.id FROM prospects p JOIN users u ON u.id = p.owner_id WHERE NOT u.is_active \
                 UNION ALL SELECT t.id FROM tasks t JOIN users u ON u.id = t.assignee_id WHERE t.state = 'PLANNED' AND NOT u.is_active",
    },
    Rule {
        broken: "a prospect has more than 200 planned tasks",
        search: "SELECT prospect_id FROM tasks WHERE state = 'PLANNED' GROUP BY prospect_id HAVING count(*) > 200",
    },
    Rule {
        broken: "a task is planned in a cycle that is closed, or in one of another prospect",
        search: "SELECT t.id FROM tasks t JOIN cycles c ON c.id = t.cycle_id \
                 WHERE (t.state = 'PLANNED' AND c.closed_at IS NOT NULL) OR c.prospect_id <> t.prospect_id",
    },
    Rule {
        broken: "a task waits for a cycle that is open, or was not cancelled with it",
        search: "SELECT t.id FROM tasks t LEFT JOIN cycles c ON c.id = t.cycle_id \
                 WHERE t.returns_with_cycle AND (c.closed_at IS NULL OR t.state <> 'CANCELLED')",
    },
    Rule {
        broken: "a task is done without a time, or the other way round",
        search: "SELECT id FROM tasks WHERE (state = 'DONE') <> (completed_at IS NOT NULL)",
    },
    Rule {
        broken: "a task repeats without a beginning, a date that it stands for or a time zone, or the other way round",
        search: "SELECT id FROM tasks WHERE (repeat_rule IS NULL) <> (repeat_from IS NULL) OR (repeat_rule IS NULL) <> (repeat_zone IS NULL) \
                 OR (repeat_rule IS NULL) <> (occurs_at IS NULL)",
    },
    Rule {
        broken: "a status has a type of task without a due time, or the other way round, or one where the process ends",
        search: "SELECT id FROM statuses WHERE (task_type_id IS NULL) <> (task_due_in_hours IS NULL) \
                 OR (task_type_id IS NOT NULL AND category <> 'OPEN')",
    },
    Rule {
        broken: "an entry was recorded before it happened",
        search: "SELECT id FROM timeline_entries WHERE recorded_at < occurred_at",
    },
    Rule {
        broken: "a note does not have all its earlier texts",
        search: "SELECT n.id FROM notes n WHERE n.version > 1 \
                 AND n.version - 1 <> (SELECT count(*) FROM note_versions v WHERE v.note_id = n.id AND v.version < n.version)",
    },
    Rule {
        broken: "a status interval does not end where the next begins",
        search: "SELECT id FROM (SELECT id, to_at, lead(from_at) OVER (PARTITION BY prospect_id ORDER BY from_at, id) AS next_at \
                 FROM status_intervals) i WHERE to_at IS DISTINCT FROM next_at",
    },
    Rule {
        broken: "an ownership interval overlaps the next",
        search: "SELECT id FROM (SELECT id, from_at, to_at, lead(from_at) OVER (PARTITION BY prospect_id ORDER BY from_at, id) AS next_at \
                 FROM owner_intervals) i WHERE to_at < from_at OR to_at > next_at OR (to_at IS NULL AND next_at IS NOT NULL)",
    },
    Rule {
        broken: "a deleted prospect keeps a document number from others",
        search: "SELECT i.id FROM identifiers i JOIN prospects p ON p.id = i.prospect_id WHERE p.deleted_at IS NOT NULL AND i.deleted_at IS NULL",
    },
    Rule {
        broken: "a prospect is deleted and its timeline does not say so, or the other way round",
        search: "SELECT p.id FROM prospects p LEFT JOIN timeline_entries e ON e.prospect_id = p.id AND e.kind IN ('DELETED', 'RESTORED') \
                 GROUP BY p.id, p.deleted_at HAVING (p.deleted_at IS NULL) <> (sum(CASE e.kind WHEN 'DELETED' THEN 1 WHEN 'RESTORED' THEN -1 ELSE 0 END) = 0) \
                 OR sum(CASE e.kind WHEN 'DELETED' THEN 1 WHEN 'RESTORED' THEN -1 ELSE 0 END) NOT IN (0, 1)",
    },
    Rule {
        broken: "a remembered call has no outcome",
        search: "SELECT id FROM idempotency_keys WHERE outcome IS NULL",
    },
    Rule {
        broken: "a version is below 1",
        search: "SELECT id FROM prospects WHERE version < 1 UNION ALL SELECT id FROM cycles WHERE version < 1 \
                 UNION ALL SELECT id FROM clients WHERE version < 1 UNION ALL SELECT id FROM notes WHERE version < 1 \
                 UNION ALL SELECT id FROM tasks WHERE version < 1",
    },
    Rule {
        broken: "something is verified without a time, or the other way round",
        search: "SELECT id FROM contact_points WHERE (verification = 'VERIFIED') <> (verified_at IS NOT NULL)",
    },
    Rule {
        broken: "the e-mail or phone of a contact belongs to another prospect",
        search: "SELECT t.id FROM contact_points t JOIN contacts c ON c.id = t.contact_id WHERE c.prospect_id <> t.prospect_id",
    },
    Rule {
        broken: "the sector of an address is not one of its zone",
        search: "SELECT a.id FROM addresses a JOIN sectors s ON s.id = a.sector_id WHERE a.zone_id IS DISTINCT FROM s.zone_id",
    },
    Rule {
        broken: "a rating or a validity is out of range",
        search: "SELECT id FROM prospects WHERE rating NOT BETWEEN 1 AND 5 OR validity_days NOT BETWEEN 1 AND 3650",
    },
    Rule {
        broken: "a prospect has more than 50 tags",
        search: "SELECT prospect_id FROM prospect_tags GROUP BY prospect_id HAVING count(*) > 50",
    },
    Rule {
        broken: "a deactivated user has a session or a key",
        search: "SELECT s.id FROM sessions s JOIN users u ON u.id = s.user_id WHERE NOT u.is_active \
                 UNION ALL SELECT k.id FROM api_keys k JOIN users u ON u.id = k.user_id WHERE NOT u.is_active",
    },
    Rule {
        broken: "a user has more sessions or keys than there can be",
        search: "SELECT user_id FROM sessions GROUP BY user_id HAVING count(*) > 50 \
                 UNION ALL SELECT user_id FROM api_keys GROUP BY user_id HAVING count(*) > 20",
    },
    Rule {
        broken: "a document belongs to a contact, task, note or interaction of another prospect",
        search: "SELECT d.id FROM documents d WHERE d.prospect_id IS DISTINCT FROM CASE d.carrier_kind \
                 WHEN 'PROSPECT' THEN d.carrier_id \
                 WHEN 'CONTACT' THEN (SELECT c.prospect_id FROM contacts c WHERE c.id = d.carrier_id) \
                 WHEN 'TASK' THEN (SELECT t.prospect_id FROM tasks t WHERE t.id = d.carrier_id) \
                 ELSE (SELECT e.prospect_id FROM timeline_entries e WHERE e.id = d.carrier_id AND e.kind = d.carrier_kind) END",
    },
    Rule {
        broken: "a thumbnail is ready without a file, or the other way round",
        search: "SELECT id FROM documents WHERE (thumbnail_state = 'READY') <> (thumbnail_key IS NOT NULL)",
    },
    Rule {
        broken: "two documents have one file",
        search: "SELECT file_key FROM documents GROUP BY file_key HAVING count(*) > 1",
    },
    Rule {
        broken: "a prospect has more than 200 documents",
        search: "SELECT prospect_id FROM documents WHERE deleted_at IS NULL GROUP BY prospect_id HAVING count(*) > 200",
    },
    Rule {
        broken: "an upload has other parts than it says",
        search: "SELECT u.id FROM uploads u WHERE u.received > u.size \
                 OR (CASE WHEN u.file_key IS NULL THEN u.received ELSE 0 END) \
                 <> COALESCE((SELECT sum(p.size) FROM upload_parts p WHERE p.upload_id = u.id), 0)",
    },
    Rule {
        broken: "an upload has a file and is not complete, or its file is also that of a document",
        search: "SELECT u.id FROM uploads u WHERE u.file_key IS NOT NULL AND (u.received <> u.size OR u.sha256 IS NULL \
                 OR u.media_type IS NULL OR EXISTS (SELECT 1 FROM documents d WHERE d.file_key = u.file_key))",
    },
    Rule {
        broken: "a job has a lease and does not run, or the other way round",
        search: "SELECT id FROM jobs WHERE (state = 'RUNNING') <> (lease_owner IS NOT NULL) OR (state = 'RUNNING') <> (lease_until IS NOT NULL)",
    },
    Rule {
        broken: "a job has ended without a time, or the other way round",
        search: "SELECT id FROM jobs WHERE (state IN ('DONE', 'FAILED', 'CANCELLED')) <> (finished_at IS NOT NULL)",
    },
    Rule {
        broken: "a job has another number of row errors than it says",
        search: "SELECT j.id FROM jobs j WHERE j.row_errors <> (SELECT count(*) FROM job_row_errors e WHERE e.job_id = j.id)",
    },
    Rule {
        broken: "no administrator is left",
        search: "SELECT u.id FROM users u WHERE NOT EXISTS (SELECT 1 FROM users a WHERE a.role = 'ADMIN' AND a.is_active)",
    },
];

pub const REFERENCES: &[(&str, &str, &str)] = &[
    ("attribute_values", "definition_id", "attribute_definitions"),
    ("idempotency_keys", "user_id", "users"),
    ("sessions", "user_id", "users"),
    ("api_keys", "user_id", "users"),
    ("prospects", "owner_id", "users"),
    ("prospects", "created_by", "users"),
    ("prospects", "channel_id", "channels"),
    ("prospects", "segment_id", "segments"),
    ("prospects", "potential_level_id", "potential_levels"),
    ("prospects", "source_id", "sources"),
    ("prospects", "status_id", "statuses"),
    ("prospects", "industry_id", "industries"),
    ("prospects", "customer_type_id", "customer_types"),
    ("prospect_tags", "prospect_id", "prospects"),
    ("prospect_tags", "tag_id", "tags"),
    ("sectors", "zone_id", "zones"),
    ("addresses", "type_id", "address_types"),
    ("addresses", "region_id", "regions"),
    ("addresses", "zone_id", "zones"),
    ("addresses", "sector_id", "sectors"),
    ("cycles", "prospect_id", "prospects"),
    ("cycles", "status_id", "statuses"),
    ("cycles", "reason_id", "reasons"),
    ("clients", "id", "prospects"),
    ("tasks", "prospect_id", "prospects"),
    ("tasks", "cycle_id", "cycles"),
    ("tasks", "type_id", "task_types"),
    ("tasks", "assignee_id", "users"),
    ("tasks", "completed_by", "users"),
    ("tasks", "created_by", "users"),
    ("statuses", "task_type_id", "task_types"),
    ("clients", "potential_level_id", "potential_levels"),
    ("clients", "converted_by", "users"),
    ("identifiers", "prospect_id", "prospects"),
    ("identifiers", "type_id", "identifier_types"),
    ("contacts", "prospect_id", "prospects"),
    ("contact_points", "prospect_id", "prospects"),
    ("contact_points", "contact_id", "contacts"),
    ("addresses", "prospect_id", "prospects"),
    ("touches", "prospect_id", "prospects"),
    ("touches", "source_id", "sources"),
    ("status_intervals", "prospect_id", "prospects"),
    ("status_intervals", "cycle_id", "cycles"),
    ("status_intervals", "status_id", "statuses"),
    ("status_intervals", "actor_id", "users"),
    ("status_intervals", "reason_id", "reasons"),
    ("owner_intervals", "prospect_id", "prospects"),
    ("owner_intervals", "owner_id", "users"),
    ("owner_intervals", "actor_id", "users"),
    ("operations", "prospect_id", "prospects"),
    ("operations", "actor_id", "users"),
    ("timeline_entries", "prospect_id", "prospects"),
    ("timeline_entries", "actor_id", "users"),
    ("notes", "id", "timeline_entries"),
    ("note_versions", "note_id", "notes"),
    ("note_versions", "written_by", "users"),
    ("interactions", "id", "timeline_entries"),
    ("entry_changes", "id", "timeline_entries"),
    ("documents", "prospect_id", "prospects"),
    ("documents", "type_id", "document_types"),
    ("documents", "created_by", "users"),
    ("documents", "deleted_by", "users"),
    ("uploads", "user_id", "users"),
    ("upload_parts", "upload_id", "uploads"),
    ("jobs", "user_id", "users"),
    ("job_row_errors", "job_id", "jobs"),
    ("saved_reports", "author_id", "users"),
    ("dashboards", "author_id", "users"),
];
