//! The statement for one prospect with everything.

use super::CONDITION;
use crate::baseline::question::LEAD_ENTRIES;
use crate::baseline::sql::Dialect;

impl Dialect {
    /// The prospect whose id is $4, where the viewer `v` may see it.
    pub(super) fn lead(self) -> String {
        let prospect = self.prospect();
        let visible = "p.deleted_at IS NULL AND (v.role = 'ADMIN' OR p.owner_id = v.id)";
        format!("(SELECT {prospect} FROM prospects p WHERE p.id = $4 AND {visible})")
    }

    fn prospect(self) -> String {
        let point = |fields: &[(&str, &str)], kind: &str| {
            let rows = self.list(&self.object(fields), "c.position, c.id");
            format!(
                "(SELECT {rows} FROM contact_points c WHERE c.prospect_id = p.id AND c.contact_id IS NULL \
                 AND c.kind = '{kind}' AND c.deleted_at IS NULL)"
            )
        };
        let identifier = self.object(&[
            ("country", "t.country"),
            ("type", &self.object(&[("name", "k.name")])),
            ("number", "t.number"),
        ]);
        let identifiers = format!(
            "(SELECT {} FROM identifiers t JOIN identifier_types k ON k.id = t.type_id \
             WHERE t.prospect_id = p.id AND t.deleted_at IS NULL)",
            self.list(&identifier, "t.position, t.id")
        );
        self.object(&[
            ("id", &self.id("p.id")),
            ("version", "p.version"),
            ("kind", "p.kind"),
            ("name", "p.name"),
            ("legalName", "p.legal_name"),
            ("condition", CONDITION),
            ("identifiers", &identifiers),
            (
                "emails",
                &point(&[("value", "c.value"), ("verification", "c.verification")], "EMAIL"),
            ),
            (
                "phones",
                &point(
                    &[("value", "c.value"), ("label", "c.label"), ("verification", "c.verification")],
                    "PHONE",
                ),
            ),
            ("createdAt", "p.created_at"),
            ("firstContactAt", "p.first_contact_at"),
            ("lastActivityAt", "p.last_activity_at"),
            ("status", &self.one("statuses", "p.status_id", &["id", "name", "category", "color"])),
            ("owner", &self.one("users", "p.owner_id", &["id", "name"])),
            ("channel", &self.one("channels", "p.channel_id", &["id", "name"])),
            ("segment", &self.one("segments", "p.segment_id", &["id", "name", "color"])),
            (
                "potentialLevel",
                &self.one("potential_levels", "p.potential_level_id", &["id", "name"]),
            ),
            ("tags", &self.tags(&["id", "name", "color"])),
            ("client", &self.client()),
            ("cycle", &self.cycle()),
            ("contacts", &self.contacts()),
            ("addresses", &self.addresses()),
            ("firstTouch", &self.first_touch()),
            ("timeline", &self.timeline()),
        ])
    }

    /// A row of another table by its id; null where there is none.
    pub(super) fn one(self, table: &str, id: &str, columns: &[&str]) -> String {
        let ids = self.id("x.id");
        let columns: Vec<(&str, String)> = columns
            .iter()
            .map(|column| (*column, if *column == "id" { ids.clone() } else { format!("x.{column}") }))
            .collect();
        let fields: Vec<(&str, &str)> = columns.iter().map(|(name, value)| (*name, value.as_str())).collect();
        format!("(SELECT {} FROM {table} x WHERE x.id = {id})", self.object(&fields))
    }

    pub(super) fn tags(self, columns: &[&str]) -> String {
        let id = self.id("g.id");
        let columns: Vec<(&str, String)> = columns
            .iter()
            .map(|column| (*column, if *column == "id" { id.clone() } else { format!("g.{column}") }))
            .collect();
        let fields: Vec<(&str, &str)> = columns.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let rows = self.list(&self.object(&fields), "g.position, g.id");
        format!("(SELECT {rows} FROM prospect_tags t JOIN tags g ON g.id = t.tag_id WHERE t.prospect_id = p.id)")
    }

    fn client(self) -> String {
        let client = self.object(&[
            ("id", &self.id("c.id")),
            ("since", "c.since"),
            ("potentialLevel", &self.one("potential_levels", "c.potential_level_id", &["name"])),
        ]);
        format!("(SELECT {client} FROM clients c WHERE c.id = p.id AND p.client_since IS NOT NULL)")
    }

    fn cycle(self) -> String {
        let amount = self.object(&[("amount", "y.amount_minor"), ("currency", "y.amount_currency")]);
        let cycle = self.object(&[
            ("id", &self.id("y.id")),
            ("kind", "y.kind"),
            ("openedAt", "y.opened_at"),
            ("amount", &format!("CASE WHEN y.amount_minor IS NOT NULL THEN {amount} END")),
        ]);
        format!("(SELECT {cycle} FROM cycles y WHERE y.id = p.cycle_id)")
    }

    fn contacts(self) -> String {
        let points = |fields: &[(&str, &str)], kind: &str| {
            let rows = self.list(&self.object(fields), "c.position, c.id");
            format!(
                "(SELECT {rows} FROM contact_points c WHERE c.prospect_id = p.id AND c.contact_id = t.id \
                 AND c.kind = '{kind}' AND c.deleted_at IS NULL)"
            )
        };
        let contact = self.object(&[
            ("id", &self.id("t.id")),
            ("firstName", "t.first_name"),
            ("lastName", "t.last_name"),
            ("description", "t.description"),
            ("isMain", &self.flag("t.is_main")),
            ("emails", &points(&[("value", "c.value")], "EMAIL")),
            ("phones", &points(&[("value", "c.value"), ("label", "c.label")], "PHONE")),
        ]);
        let rows = self.list(&contact, "t.position, t.id");
        format!("(SELECT {rows} FROM contacts t WHERE t.prospect_id = p.id AND t.deleted_at IS NULL)")
    }

    fn addresses(self) -> String {
        let location = self.object(&[("latitude", "t.latitude"), ("longitude", "t.longitude")]);
        let address = self.object(&[
            ("id", &self.id("t.id")),
            ("country", "t.country"),
            ("city", "t.city"),
            ("municipality", "t.municipality"),
            ("parish", "t.parish"),
            ("postalCode", "t.postal_code"),
            ("line", "t.line"),
            ("reference", "t.reference"),
            (
                "location",
                &format!("CASE WHEN t.latitude IS NOT NULL AND t.longitude IS NOT NULL THEN {location} END"),
            ),
        ]);
        let rows = self.list(&address, "t.position, t.id");
        format!("(SELECT {rows} FROM addresses t WHERE t.prospect_id = p.id AND t.deleted_at IS NULL)")
    }

    fn first_touch(self) -> String {
        let touch = self.object(&[
            ("at", "t.at"),
            ("source", &self.one("sources", "t.source_id", &["name"])),
            ("medium", "t.medium"),
            ("pageUrl", "t.page_url"),
            ("referrer", "t.referrer"),
        ]);
        format!("(SELECT {touch} FROM touches t WHERE t.prospect_id = p.id AND t.place = 'FIRST')")
    }

    fn timeline(self) -> String {
        let has_next = format!(
            "EXISTS (SELECT 1 FROM timeline_entries t WHERE t.prospect_id = p.id \
             ORDER BY t.occurred_at DESC, t.id DESC LIMIT 1 OFFSET {LEAD_ENTRIES})"
        );
        let entry = self.entry();
        self.object(&[
            ("pageInfo", &self.object(&[("hasNextPage", &self.flag(&has_next))])),
            ("nodes", &self.entries(&entry, LEAD_ENTRIES)),
        ])
    }

    pub(super) fn entries(self, entry: &str, most: usize) -> String {
        let rows = self.list(entry, "t.occurred_at DESC, t.id DESC");
        format!(
            "(SELECT {rows} FROM (SELECT t.* FROM timeline_entries t WHERE t.prospect_id = p.id \
             ORDER BY t.occurred_at DESC, t.id DESC LIMIT {most}) t)"
        )
    }

    /// An entry with what is particular to its kind.
    fn entry(self) -> String {
        let actor = self.one("users", "t.actor_id", &["id", "name"]);
        let id = self.id("t.id");
        let kind = |name: &str, own: &[(&str, &str)]| {
            let name = format!("'{name}'");
            let common = [
                ("__typename", name.as_str()),
                ("id", &id),
                ("occurredAt", "t.occurred_at"),
                ("actor", &actor),
            ];
            self.object(&[&common, own].concat())
        };
        let note = self.object(&[("id", &self.id("n.id")), ("body", "n.body"), ("editedAt", "n.edited_at")]);
        let note = format!("(SELECT {note} FROM notes n WHERE n.id = t.id)");
        let interaction = self.object(&[
            ("id", &self.id("i.id")),
            ("type", "i.type"),
            ("direction", "i.direction"),
            ("durationSeconds", "i.duration_seconds"),
            ("outcome", "i.outcome"),
            ("body", "i.body"),
        ]);
        let interaction = format!("(SELECT {interaction} FROM interactions i WHERE i.id = t.id)");
        let name_of = |table: &str, key: &str| self.one(table, &self.id_in("c.data", key), &["name"]);
        let changed = |object: &str| format!("(SELECT {object} FROM entry_changes c WHERE c.id = t.id)");
        let status = kind(
            "StatusChangeEntry",
            &[
                ("from", &name_of("statuses", "from")),
                ("to", &name_of("statuses", "to")),
                ("reason", &name_of("reasons", "reason")),
                ("reasonNote", &self.text_in("c.data", "note")),
            ],
        );
        let owner = kind(
            "OwnerChangeEntry",
            &[("previousOwner", &name_of("users", "from")), ("newOwner", &name_of("users", "to"))],
        );
        let fields = kind("FieldChangeEntry", &[("changes", &self.json_in("c.data", "changes"))]);
        format!(
            "CASE t.kind WHEN 'NOTE' THEN {} WHEN 'INTERACTION' THEN {} WHEN 'STATUS_CHANGE' THEN {} \
             WHEN 'OWNER_CHANGE' THEN {} WHEN 'FIELD_CHANGE' THEN {} WHEN 'TASK' THEN {} WHEN 'DELETED' THEN {} \
             WHEN 'RESTORED' THEN {} ELSE {} END",
            kind("NoteEntry", &[("note", &note)]),
            kind("InteractionEntry", &[("interaction", &interaction)]),
            changed(&status),
            changed(&owner),
            changed(&fields),
            kind("TaskEntry", &[]),
            kind("DeletedEntry", &[]),
            kind("RestoredEntry", &[]),
            kind("CreatedEntry", &[]),
        )
    }
}
