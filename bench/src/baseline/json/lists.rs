//! The statements for lists: prospects with their tags or entries, tasks, and the history.

use uuid::Uuid;

use super::CONDITION;
use crate::baseline::question::{EXACT, List, NESTED, NESTED_ENTRIES, PAGE, Place};
use crate::baseline::sql::{Dialect, Sql};

/// A page under construction.
struct Page<'a> {
    /// Conversion of a row to JSON, by the alias of the rows.
    row: &'a str,
    /// The rows in question, `SELECT … FROM … WHERE …` without order.
    rows: &'a str,
    alias: &'static str,
    /// As it is written inside `rows`, and of the rows that came out.
    order: &'static str,
    length: usize,
    /// Whether its rows stand in edges.
    has_edges: bool,
    /// Source of the total, up to its exact limit: the part after `SELECT 1`.
    counted: Option<&'a str>,
}

const NEWEST: &str = "p.created_at DESC, p.id DESC";
const OWN: &str = "p.deleted_at IS NULL AND p.owner_id = (SELECT id FROM viewer)";
const ALL: &str = "p.deleted_at IS NULL";

impl Sql {
    /// A common table expression that it needs, and the page.
    pub(super) fn list(&mut self, list: &List) -> (Option<String>, String) {
        let source = list.filter.source(self);
        let beyond = self.beyond(list.after);
        let row = self.dialect.card();
        let page = self.for_either(|dialect, visible| {
            let rows = format!("FROM {} WHERE {visible}{}", source.from, source.conditions);
            dialect.page(&Page {
                row: &row,
                rows: &format!("SELECT p.* {rows}{beyond}"),
                alias: "p",
                order: NEWEST,
                length: PAGE,
                has_edges: false,
                counted: list.is_counted.then_some(&rows),
            })
        });
        (source.few, page)
    }

    pub(super) fn nested(&mut self, after: Option<Place>) -> String {
        let beyond = self.beyond(after);
        let row = self.dialect.with_entries();
        self.for_either(|dialect, visible| {
            dialect.page(&Page {
                row: &row,
                rows: &format!("SELECT p.* FROM prospects p WHERE {visible}{beyond}"),
                alias: "p",
                order: NEWEST,
                length: NESTED,
                has_edges: true,
                counted: None,
            })
        })
    }

    pub(super) fn tasks(&mut self, assignee: Uuid) -> String {
        let assignee = self.bind(assignee);
        let row = self.dialect.task();
        self.for_either(|dialect, visible| {
            let rows = format!(
                "FROM tasks t JOIN prospects p ON p.id = t.prospect_id \
                 WHERE t.state = 'PLANNED' AND t.assignee_id = {assignee} AND {visible}"
            );
            dialect.page(&Page {
                row: &row,
                rows: &format!("SELECT t.*, p.name AS prospect_name {rows}"),
                alias: "t",
                order: "t.due_at, t.id",
                length: PAGE,
                has_edges: false,
                counted: Some(&rows),
            })
        })
    }

    pub(super) fn history(&mut self) -> String {
        let row = self.dialect.happening();
        self.for_either(|dialect, visible| {
            dialect.page(&Page {
                row: &row,
                // `CROSS JOIN` keeps SQLite from beginning at the prospects.
                rows: &format!(
                    "SELECT t.*, p.name AS prospect_name FROM timeline_entries t CROSS JOIN prospects p \
                     WHERE p.id = t.prospect_id AND {visible}"
                ),
                alias: "t",
                order: "t.occurred_at DESC, t.id DESC",
                length: PAGE,
                has_edges: false,
                counted: None,
            })
        })
    }

    /// Separate statements for administrators and for owners: each scans an index of its own.
    fn for_either(&self, page: impl Fn(Dialect, &str) -> String) -> String {
        let (all, own) = (page(self.dialect, ALL), page(self.dialect, OWN));
        format!("CASE v.role WHEN 'ADMIN' THEN {all} ELSE {own} END")
    }
}

impl Dialect {
    /// One row more than the page shows whether there is a next page.
    fn page(self, page: &Page) -> String {
        let Page {
            rows,
            alias,
            order,
            length,
            ..
        } = page;
        let edge = if page.has_edges {
            self.object(&[("node", page.row)])
        } else {
            page.row.to_owned()
        };
        let shown = self.list_where(&edge, order, &format!("FILTER (WHERE {alias}.row_number <= {length})"));
        let page_info = self.object(&[("hasNextPage", &self.flag(&format!("count(*) > {length}")))]);
        let total = page
            .counted
            .map(|rows| format!("(SELECT count(*) FROM (SELECT 1 {rows} LIMIT {EXACT} + 1) counted)"));
        let mut fields = vec![
            ("pageInfo", page_info.as_str()),
            (if page.has_edges { "edges" } else { "nodes" }, &shown),
        ];
        if let Some(total) = &total {
            fields.insert(0, ("totalCount", total));
        }
        let answer = self.object(&fields);
        format!(
            "(SELECT {answer} FROM (SELECT {alias}.*, row_number() OVER (ORDER BY {order}) AS row_number \
             FROM ({rows} ORDER BY {order} LIMIT {length} + 1) {alias}) {alias})"
        )
    }

    fn card(self) -> String {
        self.object(&[
            ("id", &self.id("p.id")),
            ("name", "p.name"),
            ("condition", CONDITION),
            ("createdAt", "p.created_at"),
            ("lastActivityAt", "p.last_activity_at"),
            ("status", &self.one("statuses", "p.status_id", &["name", "category", "color"])),
            ("owner", &self.one("users", "p.owner_id", &["name"])),
            ("channel", &self.one("channels", "p.channel_id", &["name"])),
            ("segment", &self.one("segments", "p.segment_id", &["name", "color"])),
            ("potentialLevel", &self.one("potential_levels", "p.potential_level_id", &["name"])),
            ("tags", &self.tags(&["name", "color"])),
        ])
    }

    fn with_entries(self) -> String {
        let entry = self.object(&[
            ("__typename", TYPE_NAME),
            ("id", &self.id("t.id")),
            ("occurredAt", "t.occurred_at"),
            ("actor", &self.one("users", "t.actor_id", &["name"])),
        ]);
        self.object(&[
            ("id", &self.id("p.id")),
            ("name", "p.name"),
            ("condition", CONDITION),
            ("createdAt", "p.created_at"),
            ("secondsSinceReception", "($2 - p.created_at) / 1000"),
            ("status", &self.one("statuses", "p.status_id", &["name", "category"])),
            ("owner", &self.one("users", "p.owner_id", &["name"])),
            ("channel", &self.one("channels", "p.channel_id", &["name"])),
            ("segment", &self.one("segments", "p.segment_id", &["name", "color"])),
            ("potentialLevel", &self.one("potential_levels", "p.potential_level_id", &["name"])),
            ("latest", &self.object(&[("nodes", &self.entries(&entry, NESTED_ENTRIES))])),
        ])
    }

    fn task(self) -> String {
        let phones = self.list(&self.object(&[("value", "c.value")]), "c.position, c.id");
        let phones = format!(
            "(SELECT {phones} FROM contact_points c WHERE c.prospect_id = t.prospect_id AND c.contact_id IS NULL \
             AND c.kind = 'PHONE' AND c.deleted_at IS NULL)"
        );
        self.object(&[
            ("id", &self.id("t.id")),
            ("dueAt", "t.due_at"),
            ("note", "t.note"),
            ("state", "t.state"),
            ("type", &self.one("task_types", "t.type_id", &["name"])),
            ("assignee", &self.one("users", "t.assignee_id", &["name"])),
            (
                "prospect",
                &self.object(&[("id", &self.id("t.prospect_id")), ("name", "t.prospect_name"), ("phones", &phones)]),
            ),
        ])
    }

    /// An entry of the history, with a body if its kind has one.
    fn happening(self) -> String {
        let kind = |own: &[(&str, &str)]| {
            let (id, prospect_id) = (self.id("t.id"), self.id("t.prospect_id"));
            let actor = self.one("users", "t.actor_id", &["name"]);
            let prospect = self.object(&[("id", &prospect_id), ("name", "t.prospect_name")]);
            let common = [
                ("__typename", TYPE_NAME),
                ("id", &id),
                ("occurredAt", "t.occurred_at"),
                ("actor", &actor),
                ("prospect", &prospect),
            ];
            self.object(&[&common, own].concat())
        };
        let note = format!("(SELECT {} FROM notes n WHERE n.id = t.id)", self.object(&[("body", "n.body")]));
        let interaction = self.object(&[("type", "i.type"), ("direction", "i.direction"), ("outcome", "i.outcome")]);
        let interaction = format!("(SELECT {interaction} FROM interactions i WHERE i.id = t.id)");
        format!(
            "CASE t.kind WHEN 'NOTE' THEN {} WHEN 'INTERACTION' THEN {} ELSE {} END",
            kind(&[("note", &note)]),
            kind(&[("interaction", &interaction)]),
            kind(&[]),
        )
    }
}

const TYPE_NAME: &str = "CASE t.kind WHEN 'NOTE' THEN 'NoteEntry' WHEN 'INTERACTION' THEN 'InteractionEntry' \
    WHEN 'STATUS_CHANGE' THEN 'StatusChangeEntry' WHEN 'OWNER_CHANGE' THEN 'OwnerChangeEntry' \
    WHEN 'FIELD_CHANGE' THEN 'FieldChangeEntry' WHEN 'TASK' THEN 'TaskEntry' WHEN 'DELETED' THEN 'DeletedEntry' \
    WHEN 'RESTORED' THEN 'RestoredEntry' WHEN 'DUPLICATE_ATTEMPT' THEN 'DuplicateAttemptEntry' ELSE 'CreatedEntry' END";
