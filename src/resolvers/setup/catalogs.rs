//! The catalogues that administrators keep: one implementation for all of them, over what `rules::setup` decides.

use std::sync::Arc;

use sea_orm::{ActiveModelBehavior, ActiveModelTrait, ConnectionTrait, EntityTrait, IntoActiveModel};
use uuid::Uuid;

use crate::app::catalogs::{Cached, Row};
use crate::cx::Cx;
use crate::entities::setup::potential_level::LevelKind;
use crate::entities::setup::revision::CachedTable;
use crate::entities::setup::status::StatusCategory;
use crate::entities::setup::{task_type, zone};
use crate::error::{Error, Problem, ProblemCode, Result};
use crate::ids;
use crate::resolvers::access::revision;
use crate::resolvers::idempotency::Replayable;
use crate::rules::setup::entries::InZone;
use crate::rules::setup::identifier_types::{NumberForm, PREFIX_LENGTH};
use crate::rules::setup::{self as rules, Draft, Entry};
use crate::tx::Tx;
use crate::tx::locks::Locks;

/// A table whose rows are the entries of a catalogue.
pub trait Catalog:
    Cached<Model: Entry<Origin: Place> + IntoActiveModel<Self::ActiveModel>, ActiveModel: ActiveModelBehavior<Entity = Self> + Send>
{
}

impl<E> Catalog for E
where
    E: Cached,
    E::Model: Entry<Origin: Place> + IntoActiveModel<E::ActiveModel>,
    E::ActiveModel: ActiveModelBehavior<Entity = E> + Send,
{
}

/// The fields of one catalogue only, and those that are fixed at creation.
pub type Own<E> = <<E as EntityTrait>::Model as Entry>::Own;
pub type Origin<E> = <<E as EntityTrait>::Model as Entry>::Origin;

/// Fixed fields of a new entry, which may include a zone.
pub trait Place {
    /// A problem of its own.
    fn problem(&self) -> Option<Problem> {
        None
    }

    /// The zone that it names.
    fn zone(&self) -> Option<Uuid> {
        None
    }
}

impl Place for () {}
impl Place for LevelKind {}
impl Place for StatusCategory {}

impl Place for NumberForm {
    fn problem(&self) -> Option<Problem> {
        let is_legal = self.prefix.len() <= PREFIX_LENGTH && self.prefix.bytes().all(|letter| letter.is_ascii_uppercase());
        let message = format!("must be at most {PREFIX_LENGTH} letters from A to Z");
        (!is_legal).then(|| Problem::new(ProblemCode::Invalid, &["input", "numberPrefix"], message))
    }
}

impl Place for InZone {
    fn zone(&self) -> Option<Uuid> {
        Some(self.0)
    }
}

/// References of an entry to entries of other catalogues, which a decision reads too.
#[derive(Clone, Copy, Default)]
struct References {
    /// Of a new sector.
    zone: Option<Uuid>,
    /// Of a status.
    task_type: Option<Uuid>,
}

impl References {
    /// The catalogues that stay as they are until the decision is committed.
    fn tables(self) -> impl Iterator<Item = CachedTable> {
        let zones = self.zone.map(|_| CachedTable::Zone);
        zones.into_iter().chain(self.task_type.map(|_| CachedTable::TaskType))
    }

    /// Problems of the references, read in the transaction.
    async fn problems(self, tx: &Tx) -> Result<Vec<Problem>> {
        let mut problems = Vec::new();
        let mut check = |is_retired: Option<bool>, field: &str, what: &str| {
            let path = ["input", field];
            match is_retired {
                None => problems.push(Problem::new(ProblemCode::NotFound, &path, format!("there is no such {what}"))),
                Some(true) => problems.push(Problem::new(ProblemCode::State, &path, format!("this {what} is retired"))),
                Some(false) => {}
            }
        };
        if let Some(id) = self.zone {
            let zone = zone::Entity::find_by_id(id).one(tx).await?;
            check(zone.map(|zone| zone.is_retired()), "zoneId", "zone");
        }
        if let Some(id) = self.task_type {
            let task_type = task_type::Entity::find_by_id(id).one(tx).await?;
            check(task_type.map(|task_type| task_type.is_retired()), "taskTypeId", "type of task");
        }
        Ok(problems)
    }
}

/// The entries in the order in which they are shown: those in use, then the retired ones.
pub fn in_order<M: Row>(rows: &[Arc<M>]) -> Vec<Arc<M>> {
    let (retired, in_use): (Vec<_>, Vec<_>) = rows.iter().cloned().partition(|row| row.is_retired());
    in_use.into_iter().chain(retired).collect()
}

/// A written entry; the entity determines its catalogue.
pub struct Written<E: Catalog>(pub Arc<E::Model>);

/// A whole catalogue that was written, in its new order.
pub struct WrittenOrder<E: Catalog>(pub Vec<Arc<E::Model>>);

impl<E: Catalog> Replayable for Written<E> {
    fn ids(&self) -> Vec<Uuid> {
        vec![self.0.shared().id]
    }

    async fn read(cx: &Cx, ids: Vec<Uuid>) -> Result<Option<Self>> {
        let rows = E::find().all(cx.db().reader()).await?;
        let entry = rows.into_iter().find(|row| ids.contains(&row.shared().id));
        Ok(entry.map(|row| Written(Arc::new(row))))
    }
}

impl<E: Catalog> Replayable for WrittenOrder<E> {
    fn ids(&self) -> Vec<Uuid> {
        self.0.iter().map(|row| row.shared().id).collect()
    }

    async fn read(cx: &Cx, ids: Vec<Uuid>) -> Result<Option<Self>> {
        let mut rows = E::find().all(cx.db().reader()).await?;
        keep_line::<E>(&mut rows, &ids);
        Ok(Some(ordered(rows)))
    }
}

/// Adds an entry at the end. Administrators only.
pub async fn create<E: Catalog>(cx: &Cx, origin: &Origin<E>, draft: &Draft<Own<E>>) -> Result<Written<E>> {
    let id = ids::new();
    let references = References {
        zone: origin.zone(),
        task_type: <E::Model as Entry>::task_type_of(&draft.own),
    };
    let decide = Box::new(|rows: &mut Vec<E::Model>, mut refusals: Vec<Problem>, now: i64| {
        refusals.extend(origin.problem());
        with(refusals, rules::create(rows, id, now, origin.clone(), draft.clone()))
    });
    write_one::<E>(cx, id, references, decide).await
}

/// Edits an entry, in use or retired. Administrators only.
pub async fn update<E: Catalog>(cx: &Cx, id: Uuid, draft: &Draft<Own<E>>, expected_version: Option<i32>) -> Result<Written<E>> {
    let references = References {
        zone: None,
        task_type: <E::Model as Entry>::task_type_of(&draft.own),
    };
    let decide = Box::new(|rows: &mut Vec<E::Model>, refusals, _| with(refusals, rules::update(rows, id, draft.clone(), expected_version)));
    write_one::<E>(cx, id, references, decide).await
}

/// Takes an entry out of use; where it is used it stays. Administrators only.
pub async fn retire<E: Catalog>(cx: &Cx, id: Uuid) -> Result<Written<E>> {
    let decide = Box::new(move |rows: &mut Vec<E::Model>, _, now| rules::retire(rows, id, now));
    write_one::<E>(cx, id, References::default(), decide).await
}

/// Puts a retired entry back into use. Administrators only.
pub async fn restore<E: Catalog>(cx: &Cx, id: Uuid) -> Result<Written<E>> {
    write_one::<E>(cx, id, References::default(), Box::new(move |rows, _, _| rules::restore(rows, id))).await
}

/// Puts the entries in use that are in line with the first into a new order and answers them in it, the retired ones last.
/// Administrators only.
pub async fn reorder<E: Catalog>(cx: &Cx, ids: &[Uuid]) -> Result<WrittenOrder<E>> {
    let mut rows = write::<E>(
        cx,
        None,
        ids,
        References::default(),
        Box::new(|rows, _, _| rules::reorder(rows, ids)),
    )
    .await?;
    keep_line::<E>(&mut rows, ids);
    Ok(ordered(rows))
}

/// Applies a write to the rows, given the problems of the references and the time of the write. Boxed, so that the code is compiled once for each catalogue and not
/// for each kind of write.
type Decision<'a, E> = Box<dyn FnOnce(&mut Vec<<E as EntityTrait>::Model>, Vec<Problem>, i64) -> Result<()> + Send + 'a>;

async fn write_one<E: Catalog>(cx: &Cx, id: Uuid, references: References, decide: Decision<'_, E>) -> Result<Written<E>> {
    let rows = write::<E>(cx, Some(id), &[id], references, decide).await?;
    rows.into_iter()
        .find(|row| row.shared().id == id)
        .map(|row| Written(Arc::new(row)))
        .ok_or(Error::NotFound)
}

/// Leaves the entries that are put in order together with the first of the ids.
fn keep_line<E: Catalog>(rows: &mut Vec<E::Model>, ids: &[Uuid]) {
    if let Some(first) = rows.iter().find(|row| ids.first() == Some(&row.shared().id)).cloned() {
        rows.retain(|row| row.is_in_line_with(&first));
    }
}

fn ordered<E: Catalog>(mut rows: Vec<E::Model>) -> WrittenOrder<E> {
    rows.sort_by_key(|row| (row.shared().retired_at.is_some(), row.shared().position));
    WrittenOrder(rows.into_iter().map(Arc::new).collect())
}

/// The decision with further problems in front, so that all come together.
fn with(mut refusals: Vec<Problem>, decided: Result<()>) -> Result<()> {
    match decided {
        Err(Error::Invalid(problems)) => refusals.extend(problems),
        Err(error) => return Err(error),
        Ok(()) => {}
    }
    if refusals.is_empty() {
        Ok(())
    } else {
        Err(Error::Invalid(refusals))
    }
}

/// Reads the whole catalogue, lets it be changed, and stores what has changed, all in one transaction. `named` is by what a repeated call
/// finds the result.
async fn write<E: Catalog>(
    cx: &Cx,
    target: Option<Uuid>,
    named: &[Uuid],
    references: References,
    decide: Decision<'_, E>,
) -> Result<Vec<E::Model>> {
    cx.administrator()?;
    // From here on no other transaction changes this catalogue or those that the decision reads, so that what is decided about all rows holds.
    let locks = Locks::default().with_tables([E::TABLE]).reading(references.tables());
    let tx = cx.begin_with(locks).await?;
    let now = cx.now();
    let refusals = references.problems(&tx).await?;
    let before = E::find().all(&tx).await?;
    let mut after = before.clone();
    decide(&mut after, refusals, now)?;
    store::<E>(&tx, target, &before, &mut after, now).await?;
    tx.commit_naming(named.iter().copied()).await?;
    revision::take_in(&cx.app, &[E::TABLE]).await;
    Ok(after)
}

async fn store<E: Catalog>(
    tx: &impl ConnectionTrait,
    target: Option<Uuid>,
    before: &[E::Model],
    after: &mut [E::Model],
    now: i64,
) -> Result<()> {
    let old = |id: Uuid| before.iter().find(|row| row.shared().id == id);
    let mut changed: Vec<&mut E::Model> = after
        .iter_mut()
        .filter(|row| old(row.shared().id).is_none_or(|old| old != &**row))
        .collect();
    // The others first: one of them may have to give up being the default before the target can be it.
    changed.sort_by_key(|row| Some(row.shared().id) == target);
    for row in changed {
        if old(row.shared().id).is_none() {
            E::insert(row.clone().into_active_model()).exec_without_returning(tx).await?;
            continue;
        }
        let shared = row.shared_mut();
        *shared.version += 1;
        *shared.updated_at = now;
        row.clone().into_active_model().reset_all().update(tx).await?;
    }
    Ok(())
}
