//! The people to talk to at a prospect, each with e-mails and phones; exactly one is the main contact if there is any.

use uuid::Uuid;

use super::points::{Owner, merge_points};
use super::{Changes, Checks, List, Nested, merge, nested};
use crate::entities::records::contact;
use crate::entities::records::contact_point::{self, PointKind};
use crate::error::ProblemCode;
use crate::resolvers::records::prospects::save::draft::{ContactDraft, ListDraft};
use crate::rules::limits::{NAME_LENGTH, TEXT_LENGTH};
use crate::text::fold;

pub const MOST: usize = 50;

nested!(contact, |row| {
    let mut text = full_name(&row.first_name, row.last_name.as_deref());
    if let Some(description) = &row.description {
        text = format!("{text}, {description}");
    }
    if row.is_main { format!("{text} (main)") } else { text }
});

/// The contacts, and the points of all of them.
pub struct ContactChanges {
    pub contacts: Changes<contact::Model>,
    pub points: Vec<Changes<contact_point::Model>>,
}

pub fn merge_contacts(
    checks: &mut Checks,
    prospect_id: Uuid,
    country: &str,
    present: Vec<contact::Model>,
    present_points: &[contact_point::Model],
    draft: &ListDraft<ContactDraft>,
    creating: bool,
) -> ContactChanges {
    let mut points = Vec::new();
    let mut contacts = merge(
        checks,
        List {
            field: "contacts",
            remove_field: "removeContactIds",
            most: MOST,
            creating,
        },
        present,
        draft,
        |entry| entry.id,
        |checks, entry, before, position| {
            let row = build(checks, prospect_id, entry, before, position);
            let owner = Owner {
                prospect_id,
                contact_id: Some(row.id),
                country,
            };
            for (kind, list) in [(PointKind::Email, &entry.emails), (PointKind::Phone, &entry.phones)] {
                let present = present_points
                    .iter()
                    .filter(|point| point.contact_id == Some(row.id) && point.kind == kind)
                    .cloned()
                    .collect();
                points.push(merge_points(checks, kind, &owner, present, list, creating));
            }
            row
        },
    );
    // What a removed contact was reached by goes with it.
    for removed in &contacts.removed {
        let gone: Vec<contact_point::Model> = present_points
            .iter()
            .filter(|point| point.contact_id == Some(removed.id))
            .cloned()
            .collect();
        points.push(Changes {
            field: "contacts",
            rows: Vec::new(),
            added: Vec::new(),
            changed: Vec::new(),
            removed: gone,
            claimed: Vec::new(),
            places: Vec::new(),
        });
    }
    choose_main(checks, draft, &mut contacts);
    // The index permits one main contact at any time, so the old one is changed first.
    contacts.changed.sort_by_key(|(_, after)| after.is_main);
    ContactChanges { contacts, points }
}

/// The main contact is the one the draft says, else the one there was, else the first.
fn choose_main(checks: &mut Checks, draft: &ListDraft<ContactDraft>, contacts: &mut Changes<contact::Model>) {
    let wanted = draft.entries.iter().filter(|entry| entry.is_main == Some(true)).count();
    if wanted > 1 {
        checks.problem("contacts", ProblemCode::Invalid, "only one contact can be the main one");
        return;
    }
    let stepped_up = |row: &contact::Model| {
        row.is_main && (contacts.added.contains(row) || contacts.changed.iter().any(|(before, after)| after == row && !before.is_main))
    };
    let main = contacts
        .rows
        .iter()
        .position(stepped_up)
        .or_else(|| contacts.rows.iter().position(|row| row.is_main))
        .unwrap_or(0);
    for place in 0..contacts.rows.len() {
        let row = contact::Model {
            is_main: place == main,
            ..contacts.rows[place].clone()
        };
        contacts.change(place, row);
    }
    // A contact that stepped down and up again has not changed.
    contacts.changed.retain(|(before, after)| before != after);
}

fn build(checks: &mut Checks, prospect_id: Uuid, draft: &ContactDraft, before: Option<&contact::Model>, position: i32) -> contact::Model {
    let first_name = checks.required(
        "firstName",
        &draft.first_name,
        before.map(|row| row.first_name.as_str()),
        NAME_LENGTH,
    );
    let last_name = checks.optional(
        "lastName",
        &draft.last_name,
        before.and_then(|row| row.last_name.as_deref()),
        NAME_LENGTH,
    );
    contact::Model {
        id: before.map_or_else(|| checks.new_id(draft.id), |row| row.id),
        prospect_id,
        name_norm: fold(&full_name(&first_name, last_name.as_deref())),
        first_name,
        last_name,
        description: checks.optional(
            "description",
            &draft.description,
            before.and_then(|row| row.description.as_deref()),
            TEXT_LENGTH,
        ),
        is_main: draft.is_main.unwrap_or(before.is_some_and(|row| row.is_main)),
        position: before.map_or(position, |row| row.position),
        deleted_at: None,
    }
}

fn full_name(first_name: &str, last_name: Option<&str>) -> String {
    match last_name {
        Some(last_name) => format!("{first_name} {last_name}"),
        None => first_name.to_owned(),
    }
}
