//! The attributes of a prospect and of its contacts in one save.

use std::collections::{HashMap, HashSet};

use uuid::Uuid;

use super::draft::ProspectDraft;
use super::nested::{Changes, Checks};
use crate::app::catalogs::Catalogs;
use crate::cx::Cx;
use crate::entities::records::{contact, prospect};
use crate::entities::setup::attribute_definition::AttributeEntity;
use crate::error::Result;
use crate::resolvers::records::attributes::{self, RecordAttributes, Target};
use crate::resolvers::records::timeline::FieldChange;
use crate::rules::attributes::Document;
use crate::rules::attributes::merge::{InputFields, has_required};
use crate::tx::Tx;

/// The documents that the draft may change.
#[derive(Default)]
pub(super) struct PresentAttributes {
    prospect: Document,
    contacts: HashMap<Uuid, Document>,
    /// Prospects that they refer to and the caller cannot see.
    hidden: HashSet<Uuid>,
}

impl PresentAttributes {
    /// Reads the documents of those records whose attributes the draft mentions, and of those that require any; one statement for each kind of
    /// record.
    pub(super) async fn read(cx: &Cx, tx: &Tx, id: Uuid, draft: &ProspectDraft) -> Result<PresentAttributes> {
        let (viewer, catalogs) = (cx.viewer()?, cx.catalogs());
        let definitions = &catalogs.definitions;
        let mut present = PresentAttributes::default();
        if !draft.attributes.is_empty() || has_required(definitions, AttributeEntity::Prospect, viewer) {
            present.prospect = attributes::document_of(tx, AttributeEntity::Prospect, id).await?;
        }
        let is_required = has_required(definitions, AttributeEntity::Contact, viewer);
        let entries = draft.contacts.entries.iter();
        let wanted = entries
            .filter(|entry| is_required || !entry.attributes.is_empty())
            .filter_map(|entry| entry.id);
        present.contacts = attributes::documents(tx, AttributeEntity::Contact, wanted.collect()).await?;
        let of_prospect = attributes::hidden_references(cx, tx, AttributeEntity::Prospect, [&present.prospect], &draft.attributes);
        present.hidden.extend(of_prospect.await?);
        let drafts = draft.contacts.entries.iter().flat_map(|entry| &entry.attributes);
        let of_contacts = attributes::hidden_references(cx, tx, AttributeEntity::Contact, present.contacts.values(), drafts);
        present.hidden.extend(of_contacts.await?);
        Ok(present)
    }
}

/// The attributes as the save leaves them, those of the prospect first.
pub(super) struct Attributes {
    pub(super) records: Vec<RecordAttributes>,
}

impl Attributes {
    pub(super) fn merge(
        checks: &mut Checks,
        cx: &Cx,
        present: PresentAttributes,
        draft: &ProspectDraft,
        row: &prospect::Model,
        contacts: &Changes<contact::Model>,
        creating: bool,
    ) -> Result<Attributes> {
        let target = Target {
            entity: AttributeEntity::Prospect,
            record_id: row.id,
            path: &checks.path,
            fields: InputFields::OF_RECORD,
            is_new: creating,
            kind: Some(row.kind),
            status_id: creating.then_some(row.status_id),
            hidden: present.hidden.clone(),
        };
        let mut records = vec![attributes::merge(
            cx,
            &target,
            present.prospect,
            &draft.attributes,
            checks.problems,
        )?];
        let mut documents = present.contacts;
        for (id, index) in &contacts.places {
            let path = [&checks.path[..], &[contacts.field.to_owned(), index.to_string()]].concat();
            let target = Target {
                entity: AttributeEntity::Contact,
                record_id: *id,
                path: &path,
                fields: InputFields::OF_RECORD,
                is_new: contacts.added.iter().any(|row| row.id == *id),
                kind: None,
                status_id: None,
                hidden: present.hidden.clone(),
            };
            let entry = &draft.contacts.entries[*index];
            let document = documents.remove(id).unwrap_or_default();
            let merged = attributes::merge(cx, &target, document, &entry.attributes, checks.problems)?;
            // The same contact may be given once more.
            documents.insert(*id, merged.merged.document.clone());
            // A client may choose one ID for a prospect and for a contact.
            let is_same = |record: &&mut RecordAttributes| record.entity == AttributeEntity::Contact && record.record_id == *id;
            match records.iter_mut().find(is_same) {
                Some(earlier) => earlier.continue_with(merged),
                None => records.push(merged),
            }
        }
        Ok(Attributes { records })
    }

    /// What changes, in words: attributes of contacts behind the names of these.
    pub(super) fn describe(&self, catalogs: &Catalogs, contacts: &Changes<contact::Model>, changes: &mut Vec<FieldChange>) {
        for record in &self.records {
            let of_contact = (record.entity == AttributeEntity::Contact).then_some(record.record_id);
            match contacts.rows.iter().find(|row| Some(row.id) == of_contact) {
                Some(row) => {
                    let name = match &row.last_name {
                        Some(last_name) => format!("{} {last_name}", row.first_name),
                        None => row.first_name.clone(),
                    };
                    record.describe(catalogs, "contacts.", Some(&name), changes);
                }
                None => record.describe(catalogs, "", None, changes),
            }
        }
    }

    pub(super) fn change_search(&self) -> bool {
        self.records.iter().any(RecordAttributes::change_search)
    }
}
