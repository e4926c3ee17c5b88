//! The e-mails and phones of a prospect or of one of its contacts.

use normalization::contact_point::Forms;
use uuid::Uuid;

use super::{Changes, Checks, List, Nested, merge, nested};
use crate::entities::records::contact_point::{self, PointKind, Verification};
use crate::error::ProblemCode;
use crate::resolvers::records::prospects::save::draft::{ListDraft, PointDraft};
use crate::rules::limits::LINE_LENGTH;
use crate::rules::patch::Patch;
use crate::rules::points::{self, Network};

/// Of a prospect.
pub const MOST: usize = 20;
/// Of each contact.
pub const MOST_OF_CONTACT: usize = 10;

nested!(contact_point, |row| match &row.label {
    Some(label) => format!("{} ({label})", row.value),
    None => row.value.clone(),
});

/// Owner of contact points.
pub struct Owner<'a> {
    pub prospect_id: Uuid,
    pub contact_id: Option<Uuid>,
    pub country: &'a str,
}

/// Merges the points of one kind; `present` holds those of the owner and kind.
pub fn merge_points(
    checks: &mut Checks,
    kind: PointKind,
    owner: &Owner,
    present: Vec<contact_point::Model>,
    draft: &ListDraft<PointDraft>,
    creating: bool,
) -> Changes<contact_point::Model> {
    let (field, remove_field) = match kind {
        PointKind::Email => ("emails", "removeEmailIds"),
        PointKind::Phone => ("phones", "removePhoneIds"),
    };
    let most = if owner.contact_id.is_some() { MOST_OF_CONTACT } else { MOST };
    let build = |checks: &mut Checks, entry: &PointDraft, before: Option<&contact_point::Model>, position: i32| {
        build(checks, kind, owner, entry, before, position)
    };
    let changes = merge(
        checks,
        List {
            field,
            remove_field,
            most,
            creating,
        },
        present,
        draft,
        |entry| entry.id,
        build,
    );
    for (index, row) in changes.rows.iter().enumerate() {
        let mut others = changes.rows[..index].iter();
        if let Some(other) = others.find(|other| other.value_norm == row.value_norm && !row.value_norm.is_empty()) {
            // At the later of the two, unless only the other one was given just now. What an upgrade has made one is left as it is.
            let is_new = |id: Uuid| {
                let mut changed = changes.changed.iter();
                let differs = |(before, after): &(contact_point::Model, contact_point::Model)| {
                    after.id == id && before.value_norm != after.value_norm
                };
                changes.added.iter().any(|row| row.id == id) || changed.any(differs)
            };
            let Some(id) = [row.id, other.id].into_iter().find(|id| is_new(*id)) else {
                continue;
            };
            changes.problem_with(checks, id, "value", ProblemCode::Invalid, format!("`{}` is given twice", row.value));
        }
    }
    changes
}

fn build(
    checks: &mut Checks,
    kind: PointKind,
    owner: &Owner,
    draft: &PointDraft,
    before: Option<&contact_point::Model>,
    position: i32,
) -> contact_point::Model {
    let value = checks.required("value", &draft.value, before.map(|row| row.value.as_str()), LINE_LENGTH);
    let label = checks.optional("label", &draft.label, before.and_then(|row| row.label.as_deref()), LINE_LENGTH);
    let forms = match (kind, before) {
        (_, Some(before)) if before.value == value => Some(Forms {
            canonical: before.value_norm.clone(),
            match_key: before.match_key.clone(),
            folded: before.value_folded.clone(),
        }),
        (PointKind::Email, _) => points::email(&value, Network::Public).map(Forms::of_email),
        (PointKind::Phone, _) => points::phone(&value, owner.country).map(|phone| Forms::of_phone(&phone)),
    };
    if forms.is_none() && matches!(&draft.value, Patch::Set(text) if !text.trim().is_empty()) {
        let message = match kind {
            PointKind::Email => "is not an e-mail address",
            PointKind::Phone => "is not a phone number; write it with its country, such as +58 212 5550100",
        };
        checks.problem("value", ProblemCode::Invalid, message);
    }
    let (value_norm, match_key, value_folded) =
        forms.map_or_else(Default::default, |forms| (forms.canonical, forms.match_key, forms.folded));
    match before {
        Some(before) => {
            // A changed address has to be verified again.
            let is_same = before.value_norm == value_norm;
            contact_point::Model {
                value,
                label,
                verification: if is_same { before.verification } else { Verification::Unverified },
                verified_at: before.verified_at.filter(|_| is_same),
                value_norm,
                match_key,
                value_folded,
                ..before.clone()
            }
        }
        None => contact_point::Model {
            id: checks.new_id(draft.id),
            prospect_id: owner.prospect_id,
            contact_id: owner.contact_id,
            kind,
            value,
            value_norm,
            match_key,
            value_folded,
            label,
            position,
            verification: Verification::Unverified,
            verified_at: None,
            deleted_at: None,
        },
    }
}
