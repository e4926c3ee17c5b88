//! The catalogues that administrators keep: one implementation for all of them, over what `rules::setup` decides.

use std::sync::Arc;

use sea_orm::{ActiveModelBehavior, ActiveModelTrait, ConnectionTrait, EntityTrait, IntoActiveModel};
use uuid::Uuid;

use crate::app::catalogs::{Catalogs, Row};
use crate::cx::Cx;
use crate::entities::setup::potential_level::LevelKind;
use crate::entities::setup::status::StatusCategory;
use crate::error::{Error, Problem, ProblemCode, Result};
use crate::ids;
use crate::resolvers::access::revision;
use crate::resolvers::idempotency::Replayable;
use crate::rules::setup::entries::InZone;
use crate::rules::setup::identifier_types::{NumberForm, PREFIX_LENGTH};
use crate::rules::setup::{self as rules, Draft, Entry};
use crate::tx::locks::Locks;

/// A table whose rows are the entries of a catalogue.
pub trait Catalog:
    EntityTrait<Model: Entry<Origin: Place> + IntoActiveModel<Self::ActiveModel>, ActiveModel: ActiveModelBehavior<Entity = Self> + Send>
{
}

impl<E> Catalog for E
where
    E: EntityTrait,
    E::Model: Entry<Origin: Place> + IntoActiveModel<E::ActiveModel>,
    E::ActiveModel: ActiveModelBehavior<Entity = E> + Send,
{
}

/// What a catalogue has of its own, and what is said once at creation.
pub type Own<E> = <<E as EntityTrait>::Model as Entry>::Own;
pub type Origin<E> = <<E as EntityTrait>::Model as Entry>::Origin;

/// Where a new entry is to be: what is said once at creation, and may name an entry of another catalogue.
pub trait Place {
    /// What is wrong with it.
    fn problem(&self, _catalogs: &Catalogs) -> Option<Problem> {
        None
    }
}

impl Place for () {}
impl Place for LevelKind {}
impl Place for StatusCategory {}

impl Place for NumberForm {
    fn problem(&self, _catalogs: &Catalogs) -> Option<Problem> {
        let is_legal = self.prefix.len() <= PREFIX_LENGTH && self.prefix.bytes().all(|letter| letter.is_ascii_uppercase());
        let message = format!("must be at most {PREFIX_LENGTH} letters from A to Z");
        (!is_legal).then(|| Problem::new(ProblemCode::Invalid, &["input", "numberPrefix"], message))
    }
}

impl Place for InZone {
    fn problem(&self, catalogs: &Catalogs) -> Option<Problem> {
        let refuse = |code, message| Some(Problem::new(code, &["input", "zoneId"], message));
        match catalogs.zones.get(self.0) {
            None => refuse(ProblemCode::NotFound, "there is no such zone"),
            Some(zone) if zone.is_retired() => refuse(ProblemCode::State, "this zone is retired"),
            Some(_) => None,
        }
    }
}

/// The entries in the order in which they are shown: those in use, then the retired ones.
pub fn in_order<M: Row>(rows: &[Arc<M>]) -> Vec<Arc<M>> {
    let (retired, in_use): (Vec<_>, Vec<_>) = rows.iter().cloned().partition(|row| row.is_retired());
    in_use.into_iter().chain(retired).collect()
}

/// An entry that was written; the entity tells which catalogue it belongs to.
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
    let (id, now) = (ids::new(), cx.now());
    let refusals: Vec<Problem> = [
        origin.problem(&cx.catalogs()),
        refuse_task_type(cx, <E::Model as Entry>::task_type_of(&draft.own)),
    ]
    .into_iter()
    .flatten()
    .collect();
    let decide = Box::new(|rows: &mut Vec<E::Model>| with(refusals, rules::create(rows, id, now, origin.clone(), draft.clone())));
    write_one::<E>(cx, id, decide).await
}

/// Edits an entry, in use or retired. Administrators only.
pub async fn update<E: Catalog>(cx: &Cx, id: Uuid, draft: &Draft<Own<E>>, expected_version: Option<i32>) -> Result<Written<E>> {
    let refusals: Vec<Problem> = refuse_task_type(cx, <E::Model as Entry>::task_type_of(&draft.own))
        .into_iter()
        .collect();
    let decide = Box::new(|rows: &mut Vec<E::Model>| with(refusals, rules::update(rows, id, draft.clone(), expected_version)));
    write_one::<E>(cx, id, decide).await
}

/// Takes an entry out of use; where it is used it stays. Administrators only.
pub async fn retire<E: Catalog>(cx: &Cx, id: Uuid) -> Result<Written<E>> {
    let now = cx.now();
    write_one::<E>(cx, id, Box::new(move |rows| rules::retire(rows, id, now))).await
}

/// Puts a retired entry back into use. Administrators only.
pub async fn restore<E: Catalog>(cx: &Cx, id: Uuid) -> Result<Written<E>> {
    write_one::<E>(cx, id, Box::new(move |rows| rules::restore(rows, id))).await
}

/// Puts the entries in use that are in line with the first into a new order and answers them in it, the retired ones last.
/// Administrators only.
pub async fn reorder<E: Catalog>(cx: &Cx, ids: &[Uuid]) -> Result<WrittenOrder<E>> {
    let mut rows = write::<E>(cx, None, ids, Box::new(|rows| rules::reorder(rows, ids))).await?;
    keep_line::<E>(&mut rows, ids);
    Ok(ordered(rows))
}

/// What a write makes of the rows. Boxed, so that writing is compiled once for each catalogue and not for each kind of write.
type Decision<'a, E> = Box<dyn FnOnce(&mut Vec<<E as EntityTrait>::Model>) -> Result<()> + Send + 'a>;

async fn write_one<E: Catalog>(cx: &Cx, id: Uuid, decide: Decision<'_, E>) -> Result<Written<E>> {
    let rows = write::<E>(cx, Some(id), &[id], decide).await?;
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

/// What is wrong with a reference to a type of task, if something is.
fn refuse_task_type(cx: &Cx, id: Option<Uuid>) -> Option<Problem> {
    let problem = |code, message: &str| Some(Problem::new(code, &["input", "taskTypeId"], message));
    match cx.catalogs().task_types.get(id?) {
        None => problem(ProblemCode::NotFound, "there is no such type of task"),
        Some(row) if row.is_retired() => problem(ProblemCode::State, "this type of task is retired"),
        Some(_) => None,
    }
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
async fn write<E: Catalog>(cx: &Cx, target: Option<Uuid>, named: &[Uuid], decide: Decision<'_, E>) -> Result<Vec<E::Model>> {
    cx.administrator()?;
    // From here on nobody else changes a catalogue, so that what is decided about all rows holds.
    let tx = cx.begin_with(Locks::default().with_revision()).await?;
    let before = E::find().all(&tx).await?;
    let mut after = before.clone();
    decide(&mut after)?;
    store::<E>(&tx, target, &before, &mut after, cx.now()).await?;
    tx.commit_naming(named.iter().copied()).await?;
    revision::take_in(&cx.app).await;
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
