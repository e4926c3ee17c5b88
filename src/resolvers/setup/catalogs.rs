//! The catalogues that administrators keep: one implementation for all of them, over what `rules::setup` decides.

use std::sync::Arc;

use sea_orm::{ActiveModelBehavior, ActiveModelTrait, ConnectionTrait, EntityTrait, IntoActiveModel};
use uuid::Uuid;

use crate::catalogs::Row;
use crate::cx::Cx;
use crate::error::{Error, Problem, ProblemCode, Result};
use crate::ids;
use crate::resolvers::access::revision;
use crate::resolvers::calls::Repeatable;
use crate::rules::setup::{self as rules, Draft, Entry};

/// A table whose rows are the entries of a catalogue.
pub trait Catalog:
    EntityTrait<Model: Entry + IntoActiveModel<Self::ActiveModel>, ActiveModel: ActiveModelBehavior<Entity = Self> + Send>
{
}

impl<E> Catalog for E
where
    E: EntityTrait,
    E::Model: Entry + IntoActiveModel<E::ActiveModel>,
    E::ActiveModel: ActiveModelBehavior<Entity = E> + Send,
{
}

/// What a catalogue has of its own, and what is said once at creation.
pub type Own<E> = <<E as EntityTrait>::Model as Entry>::Own;
pub type Origin<E> = <<E as EntityTrait>::Model as Entry>::Origin;

/// The entries in the order in which they are shown: those in use, then the retired ones.
pub fn in_order<M: Row>(rows: &[Arc<M>]) -> Vec<Arc<M>> {
    let (retired, in_use): (Vec<_>, Vec<_>) = rows.iter().cloned().partition(|row| row.is_retired());
    in_use.into_iter().chain(retired).collect()
}

/// An entry that was written; the entity tells which catalogue it belongs to.
pub struct Written<E: Catalog>(pub Arc<E::Model>);

/// A whole catalogue that was written, in its new order.
pub struct WrittenOrder<E: Catalog>(pub Vec<Arc<E::Model>>);

impl<E: Catalog> Repeatable for Written<E> {
    fn ids(&self) -> Vec<Uuid> {
        vec![self.0.shared().id]
    }

    async fn read(cx: &Cx, ids: Vec<Uuid>) -> Result<Option<Self>> {
        let rows = E::find().all(cx.db().reader()).await?;
        let entry = rows.into_iter().find(|row| ids.contains(&row.shared().id));
        Ok(entry.map(|row| Written(Arc::new(row))))
    }
}

impl<E: Catalog> Repeatable for WrittenOrder<E> {
    fn ids(&self) -> Vec<Uuid> {
        Vec::new()
    }

    async fn read(cx: &Cx, _: Vec<Uuid>) -> Result<Option<Self>> {
        Ok(Some(ordered(E::find().all(cx.db().reader()).await?)))
    }
}

/// Adds an entry at the end. Administrators only.
pub async fn create<E: Catalog>(cx: &Cx, origin: &Origin<E>, draft: &Draft<Own<E>>) -> Result<Written<E>> {
    let (id, now) = (ids::new(), cx.now());
    let refusal = refuse_task_type(cx, <E::Model as Entry>::task_type_of(&draft.own));
    write_one::<E>(cx, id, |rows| {
        with(refusal, rules::create(rows, id, now, origin.clone(), draft.clone()))
    })
    .await
}

/// Edits an entry, in use or retired. Administrators only.
pub async fn update<E: Catalog>(cx: &Cx, id: Uuid, draft: &Draft<Own<E>>, expected_version: Option<i32>) -> Result<Written<E>> {
    let refusal = refuse_task_type(cx, <E::Model as Entry>::task_type_of(&draft.own));
    write_one::<E>(cx, id, |rows| {
        with(refusal, rules::update(rows, id, draft.clone(), expected_version))
    })
    .await
}

/// Takes an entry out of use; where it is used it stays. Administrators only.
pub async fn retire<E: Catalog>(cx: &Cx, id: Uuid) -> Result<Written<E>> {
    let now = cx.now();
    write_one::<E>(cx, id, |rows| rules::retire(rows, id, now)).await
}

/// Puts a retired entry back into use. Administrators only.
pub async fn restore<E: Catalog>(cx: &Cx, id: Uuid) -> Result<Written<E>> {
    write_one::<E>(cx, id, |rows| rules::restore(rows, id)).await
}

/// Puts all entries in use into a new order and answers them in it, the retired ones last. Administrators only.
pub async fn reorder<E: Catalog>(cx: &Cx, ids: &[Uuid]) -> Result<WrittenOrder<E>> {
    Ok(ordered(write::<E>(cx, None, |rows| rules::reorder(rows, ids)).await?))
}

async fn write_one<E: Catalog>(cx: &Cx, id: Uuid, decide: impl FnOnce(&mut Vec<E::Model>) -> Result<()>) -> Result<Written<E>> {
    let rows = write::<E>(cx, Some(id), decide).await?;
    rows.into_iter()
        .find(|row| row.shared().id == id)
        .map(|row| Written(Arc::new(row)))
        .ok_or(Error::NotFound)
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

/// The decision with one more problem, so that all come together.
fn with(refusal: Option<Problem>, decided: Result<()>) -> Result<()> {
    match (refusal, decided) {
        (None, decided) => decided,
        (Some(problem), Ok(())) => Err(Error::Invalid(vec![problem])),
        (Some(problem), Err(Error::Invalid(mut problems))) => {
            problems.push(problem);
            Err(Error::Invalid(problems))
        }
        (Some(_), Err(error)) => Err(error),
    }
}

/// Reads the whole catalogue, lets it be changed, and stores what has changed, all in one transaction.
async fn write<E: Catalog>(cx: &Cx, target: Option<Uuid>, decide: impl FnOnce(&mut Vec<E::Model>) -> Result<()>) -> Result<Vec<E::Model>> {
    cx.administrator()?;
    let tx = cx.begin().await?;
    // From here on nobody else changes a catalogue, so that what is decided about all rows holds.
    revision::advance(&tx).await?;
    let before = E::find().all(&tx).await?;
    let mut after = before.clone();
    decide(&mut after)?;
    store::<E>(&tx, target, &before, &mut after, cx.now()).await?;
    tx.commit_naming(target).await?;
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
