//! The tags of a prospect: which it has, which it is to have, and the difference.

use std::collections::HashSet;

use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use uuid::Uuid;

use super::columns::{joined, push_change};
use super::nested::Checks;
use crate::app::catalogs::{Catalogs, Row};
use crate::db::Inserts;
use crate::entities::records::prospect_tag;
use crate::error::{ProblemCode, Result};
use crate::resolvers::records::timeline::FieldChange;
use crate::rules::patch::Patch;
use crate::rules::profile::MOST_TAGS;
use crate::tx::Tx;

/// Changes of the tags of a prospect.
#[derive(Default)]
pub(super) struct TagChanges {
    before: HashSet<Uuid>,
    after: HashSet<Uuid>,
}

/// The tags that the prospect has now.
pub(super) async fn present(tx: &Tx, prospect_id: Uuid) -> Result<HashSet<Uuid>> {
    let rows = prospect_tag::Entity::find()
        .filter(prospect_tag::Column::ProspectId.eq(prospect_id))
        .all(tx)
        .await?;
    Ok(rows.into_iter().map(|row| row.tag_id).collect())
}

/// The tags as the draft wants them: each has to exist, and to be in use unless the prospect has it already.
pub(super) fn merge(checks: &mut Checks, catalogs: &Catalogs, present: HashSet<Uuid>, patch: &Patch<Vec<Uuid>>) -> TagChanges {
    let after = match patch {
        Patch::Keep => present.clone(),
        Patch::Clear => HashSet::new(),
        Patch::Set(ids) => {
            // Past this many, one problem says enough.
            if ids.len() > MOST_TAGS {
                checks.problem("tagIds", ProblemCode::Limit, format!("there may be at most {MOST_TAGS}"));
                return TagChanges::default();
            }
            for (index, id) in ids.iter().enumerate() {
                checks.within("tagIds", index, |checks| match catalogs.tags.get(*id) {
                    None => checks.problem("", ProblemCode::NotFound, "there is no such tag"),
                    Some(tag) if tag.is_retired() && !present.contains(id) => checks.problem("", ProblemCode::State, "this tag is retired"),
                    Some(_) => {}
                });
            }
            ids.iter().copied().collect()
        }
    };
    TagChanges { before: present, after }
}

impl TagChanges {
    /// In words, for the history.
    pub fn describe(&self, catalogs: &Catalogs, changes: &mut Vec<FieldChange>) {
        let names = |ids: &HashSet<Uuid>| joined(catalogs.tags.all().iter().filter(|tag| ids.contains(&tag.id)).map(|tag| tag.name()));
        if self.before != self.after {
            push_change(changes, "tags", names(&self.before), names(&self.after));
        }
    }

    /// One statement for those that go; those that come are added to what is inserted.
    pub async fn write(self, tx: &Tx, prospect_id: Uuid, inserts: &mut Inserts) -> Result<()> {
        let gone: Vec<Uuid> = self.before.difference(&self.after).copied().collect();
        if !gone.is_empty() {
            prospect_tag::Entity::delete_many()
                .filter(prospect_tag::Column::ProspectId.eq(prospect_id))
                .filter(prospect_tag::Column::TagId.is_in(gone))
                .exec(tx)
                .await?;
        }
        let new = self.after.difference(&self.before).copied();
        let new: Vec<prospect_tag::Model> = new.map(|tag_id| prospect_tag::Model { prospect_id, tag_id }).collect();
        inserts.add_list(&new);
        Ok(())
    }
}
