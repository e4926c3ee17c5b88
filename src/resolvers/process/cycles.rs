//! The runs of the sales process over a prospect, and what the sale is or was worth.

use std::fmt::Write;

use sea_orm::{ActiveModelTrait, EntityTrait, Set};
use uuid::Uuid;

use crate::cx::Cx;
use crate::db::Inserts;
use crate::db::sql::Sql;
use crate::entities::process::cycle;
use crate::entities::records::timeline_entry::EntryKind;
use crate::entities::setup::status::StatusCategory;
use crate::error::{Error, Result};
use crate::resolvers::filter::EnumTest;
use crate::resolvers::idempotency::Replayable;
use crate::resolvers::lists::page::{Key, Keyed, SortColumn};
use crate::resolvers::records::children::Child;
use crate::resolvers::records::journal::Journal;
use crate::resolvers::records::parts::Cycle;
use crate::resolvers::records::prospects::{self, Prospect};
use crate::resolvers::records::timeline::{Change, FieldChange};
use crate::rules::limits::check_version;
use crate::rules::money::Money;
use crate::rules::patch::Patch;

/// Conditions on the cycles of a prospect.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct CycleFilter {
    pub category: Option<EnumTest<StatusCategory>>,
    /// One certain cycle.
    pub id: Option<Uuid>,
}

impl Keyed for Cycle {
    fn key(&self, _: &SortColumn) -> Key {
        Key::Integer(self.opened_at)
    }

    fn id(&self) -> Uuid {
        self.id
    }
}

impl Child for Cycle {
    type Filter = CycleFilter;

    const TABLE: &'static str = "cycles";
    const SORTED_BY: SortColumn = SortColumn::integer("opened_at");

    fn conditions(filter: &CycleFilter, sql: &mut Sql) -> String {
        let mut text = String::new();
        if let Some(test) = &filter.category {
            test.write_conditions("t.category", &mut text, |category| sql.bind(category));
        }
        if let Some(id) = filter.id {
            let _ = write!(text, " AND t.id = {}", sql.bind(id));
        }
        text
    }
}

impl Replayable for (Prospect, cycle::Model) {
    fn ids(&self) -> Vec<Uuid> {
        vec![self.0.id, self.1.id]
    }

    async fn read(cx: &Cx, ids: Vec<Uuid>) -> Result<Option<Self>> {
        let Some(prospect) = Prospect::read(cx, ids.clone()).await? else {
            return Ok(None);
        };
        let cycle = match ids.get(1) {
            Some(id) => cycle::Entity::find_by_id(*id).one(cx.db().reader()).await?,
            None => None,
        };
        Ok(cycle.map(|cycle| (prospect, cycle)))
    }
}

/// Says what the sale is or was worth; returns the prospect and the cycle.
pub async fn update(cx: &Cx, id: Uuid, amount: Patch<Money>, expected_version: Option<i32>) -> Result<(Prospect, cycle::Model)> {
    let viewer = cx.viewer()?;
    let tx = cx.begin().await?;
    let found = cycle::Entity::find_by_id(id).one(&tx).await?.ok_or(Error::NotFound)?;
    let prospect = prospects::lock(&tx, viewer.scope(), found.prospect_id).await?;
    let journal = Journal::of(cx)?;
    let now = journal.now;
    // Read again under the lock.
    let before = cycle::Entity::find_by_id(id).one(&tx).await?.ok_or(Error::NotFound)?;
    let mut problems = Vec::new();
    check_version(expected_version, before.version, &mut problems);
    if !problems.is_empty() {
        return Err(Error::Invalid(problems));
    }
    let present = Money::stored(before.amount_minor, before.amount_currency.as_deref());
    let wanted = match amount {
        Patch::Keep => present,
        Patch::Clear => None,
        Patch::Set(money) => Some(money),
    };
    if wanted == present {
        return Ok((prospect.into(), before));
    }
    let after = cycle::ActiveModel {
        id: Set(id),
        amount_minor: Set(wanted.map(|money| money.minor)),
        amount_currency: Set(wanted.map(|money| money.currency.code().to_owned())),
        version: Set(before.version + 1),
        updated_at: Set(now),
        ..Default::default()
    };
    let after = after.update(&tx).await?;
    let words = |money: Option<Money>| money.map(|money| format!("{} {}", money.amount(), money.currency.code()));
    let change = FieldChange {
        field: "cycle.amount".to_owned(),
        before: words(present),
        after: words(wanted),
        definition: None,
    };
    let change = Change {
        changes: vec![change],
        ..Change::default()
    };
    let entry = journal.entry(prospect.id, EntryKind::FieldChange);
    journal.record(&tx, entry, Some(change), Inserts::default()).await?;
    tx.commit_naming([prospect.id, id]).await?;
    let last_activity_at = prospect.last_activity_at.max(now);
    Ok((
        crate::entities::records::prospect::Model {
            last_activity_at,
            ..prospect
        }
        .into(),
        after,
    ))
}
