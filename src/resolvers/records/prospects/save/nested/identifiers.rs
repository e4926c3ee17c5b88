//! The document numbers of a prospect.

use normalization::document_number::has_only_zeros;
use sea_orm::sea_query::Expr;
use sea_orm::{ActiveModelTrait, ColumnTrait, Condition, EntityTrait, IntoActiveModel, QueryFilter, QuerySelect};
use uuid::Uuid;

use super::{Changes, Checks, List, Nested, merge, nested};
use crate::app::catalogs::{Catalogs, Row};
use crate::auth::Scope;
use crate::cx::Cx;
use crate::db::Inserts;
use crate::entities::records::collision::{self, CollisionKind};
use crate::entities::records::identifier::{self, Exemption};
use crate::entities::setup::identifier_type;
use crate::error::{ProblemCode, Result};
use crate::resolvers::records::prospects::save::draft::{IdentifierDraft, ListDraft};
use crate::resolvers::setup::countries;
use crate::rules::check_digits;
use crate::rules::limits::LINE_LENGTH;
use crate::rules::patch::Patch;
use crate::tx::Tx;

pub const MOST: usize = 20;

nested!(identifier, |row| format!("{} {}", row.country, row.number));

pub fn merge_identifiers(
    checks: &mut Checks,
    catalogs: &Catalogs,
    prospect_id: Uuid,
    present: Vec<identifier::Model>,
    draft: &ListDraft<IdentifierDraft>,
    creating: bool,
) -> Changes<identifier::Model> {
    let changes = merge(
        checks,
        List {
            field: "identifiers",
            remove_field: "removeIdentifierIds",
            most: MOST,
            creating,
        },
        present,
        draft,
        |entry| entry.id,
        |checks, entry, before, position| build(checks, catalogs, prospect_id, entry, before, position),
    );
    for (index, row) in changes.rows.iter().enumerate() {
        if let Some(other) = changes.rows[..index]
            .iter()
            .find(|other| !other.number_norm.is_empty() && is_same(other, row))
        {
            // At the later of the two, unless only the other one was given just now. What an upgrade has made one is left as it is.
            let is_new = |id: Uuid| {
                let mut changed = changes.changed.iter();
                changes.added.iter().any(|row| row.id == id) || changed.any(|(before, after)| after.id == id && !is_same(before, after))
            };
            let Some(id) = [row.id, other.id].into_iter().find(|id| is_new(*id)) else {
                continue;
            };
            changes.problem_with(
                checks,
                id,
                "number",
                ProblemCode::Invalid,
                format!("`{}` is given twice", row.number),
            );
        }
    }
    changes
}

/// Reports each new number that another prospect has, without that prospect.
///
/// To callers who do not see all prospects, this reveals as much as a look-up of the number. So each one takes a look-up before the table
/// is read, which is given back if the numbers are saved.
///
/// It comes last, and only if nothing else is wrong: a call that is refused in any case reveals no number.
pub async fn check_taken(cx: &Cx, tx: &Tx, checks: &mut Checks<'_>, prospect_id: Uuid, changes: &Changes<identifier::Model>) -> Result<()> {
    if !checks.problems.is_empty() {
        return Ok(());
    }
    let changed = changes.changed.iter().filter(|(before, after)| !is_same(before, after));
    let new: Vec<identifier::Model> = changes.added.iter().chain(changed.map(|(_, after)| after)).cloned().collect();
    if let Scope::Owner(_) = cx.scope()? {
        cx.take_look_ups(u32::try_from(new.len()).unwrap_or(u32::MAX))?;
    }
    for row in taken_numbers(tx, prospect_id, &new).await? {
        let message = format!("another record has the number {}", row.number);
        changes.problem_with(checks, row.id, "number", ProblemCode::Taken, message);
    }
    Ok(())
}

impl Changes<identifier::Model> {
    /// Writes the changes in the order of all numbers. A number that is not exempt is in the table once, so a transaction waits for another one
    /// that is writing the same number; where all keep one order, they never wait in a circle. Where all are new they are added to what is
    /// inserted.
    pub async fn write_in_order(mut self, tx: &Tx, now: i64, inserts: &mut Inserts) -> Result<()> {
        let gone: Vec<Uuid> = self.removed.iter().chain(self.reassigned()).map(|row| row.id).collect();
        if !gone.is_empty() {
            identifier::Entity::update_many()
                .col_expr(identifier::Column::DeletedAt, Expr::val(now))
                .filter(identifier::Column::Id.is_in(gone))
                .exec(tx)
                .await?;
        }
        if self.changed.is_empty() {
            self.added.sort_by(|one, other| unique_key(one).cmp(&unique_key(other)));
            inserts.add_list(&self.added);
            return Ok(());
        }
        let changed = self.changed.into_iter().map(|(_, row)| (row, false));
        let mut rows: Vec<(identifier::Model, bool)> = self.added.into_iter().map(|row| (row, true)).chain(changed).collect();
        rows.sort_by(|(one, _), (other, _)| unique_key(one).cmp(&unique_key(other)));
        // New rows without a changed one in between are written together.
        let runs: Vec<&[(identifier::Model, bool)]> = rows.chunk_by(|(_, is_new), (_, next_is_new)| *is_new && *next_is_new).collect();
        for run in runs {
            if let [(row, false)] = run {
                row.clone().into_active_model().reset_all().update(tx).await?;
            } else {
                let rows = run.iter().map(|(row, _)| row.clone().into_active_model().reset_all());
                identifier::Entity::insert_many(rows).exec_without_returning(tx).await?;
            }
        }
        Ok(())
    }

    /// Rows in their old state whose number another row is to have. They are marked like removed ones until they are written: a number that
    /// is not exempt is in the table once at any time.
    fn reassigned(&self) -> impl Iterator<Item = &identifier::Model> {
        let present = self.changed.iter().map(|(before, _)| before);
        present.filter(move |before| {
            let changed = self.changed.iter().map(|(_, after)| after);
            let mut written = changed.chain(&self.added);
            written.any(|after| after.id != before.id && is_same(after, before))
        })
    }
}

/// Makes removed rows valid again, in the order of all numbers.
pub async fn bring_back(tx: &Tx, mut rows: Vec<identifier::Model>) -> Result<()> {
    rows.sort_by(|one, other| unique_key(one).cmp(&unique_key(other)));
    for row in rows {
        identifier::Entity::update_many()
            .col_expr(identifier::Column::DeletedAt, Expr::val(None::<i64>))
            .filter(identifier::Column::Id.eq(row.id))
            .exec(tx)
            .await?;
    }
    Ok(())
}

/// Whether both are the same number of the same type and country.
fn is_same(one: &identifier::Model, other: &identifier::Model) -> bool {
    unique_key(one) == unique_key(other)
}

/// Unique key of a row that is neither removed nor exempt.
fn unique_key(row: &identifier::Model) -> (Uuid, &str, &str) {
    (row.type_id, row.country.as_str(), row.number_norm.as_str())
}

/// Those of the rows whose number another prospect has, without those that any number of records may have. Those of deleted prospects are free,
/// and marked like removed ones. Two rows that an upgrade has made one do not take the number from each other.
pub async fn taken_numbers<'a>(tx: &Tx, prospect_id: Uuid, rows: &'a [identifier::Model]) -> Result<Vec<&'a identifier::Model>> {
    let rows: Vec<&identifier::Model> = rows.iter().filter(|row| row.exemption != Some(Exemption::Repeatable)).collect();
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let any = rows.iter().fold(Condition::any(), |any, row| {
        any.add(
            Condition::all()
                .add(identifier::Column::TypeId.eq(row.type_id))
                .add(identifier::Column::Country.eq(row.country.clone()))
                .add(identifier::Column::NumberNorm.eq(row.number_norm.clone())),
        )
    });
    let others = identifier::Entity::find()
        .filter(identifier::Column::DeletedAt.is_null())
        .filter(identifier::Column::ProspectId.ne(prospect_id))
        .filter(any)
        .all(tx)
        .await?;
    let kept = kept_duplicates(tx, rows.iter().copied().chain(&others)).await?;
    let has_both = |row: &identifier::Model, other: &identifier::Model| match (row.exemption, other.exemption) {
        (Some(Exemption::Collision), Some(Exemption::Collision)) => true,
        (Some(Exemption::Collision), _) => kept.contains(&(row.id, other.id)),
        (_, Some(Exemption::Collision)) => kept.contains(&(other.id, row.id)),
        _ => false,
    };
    let is_taken = |row: &&identifier::Model| others.iter().any(|other| is_same(other, row) && !has_both(row, other));
    Ok(rows.into_iter().filter(is_taken).collect())
}

/// Of the rows that an upgrade found to have the number of an older one: each with that older one.
async fn kept_duplicates(tx: &Tx, rows: impl Iterator<Item = &identifier::Model>) -> Result<Vec<(Uuid, Uuid)>> {
    let later = rows.filter(|row| row.exemption == Some(Exemption::Collision)).map(|row| row.id);
    let later: Vec<Uuid> = later.collect();
    if later.is_empty() {
        return Ok(Vec::new());
    }
    let pairs = collision::Entity::find()
        .select_only()
        .columns([collision::Column::RecordId, collision::Column::KeptId])
        .filter(collision::Column::Kind.eq(CollisionKind::DocumentNumber))
        .filter(collision::Column::RecordId.is_in(later));
    Ok(pairs.into_tuple().all(tx).await?)
}

fn build(
    checks: &mut Checks,
    catalogs: &Catalogs,
    prospect_id: Uuid,
    draft: &IdentifierDraft,
    before: Option<&identifier::Model>,
    position: i32,
) -> identifier::Model {
    let number = checks.required("number", &draft.number, before.map(|row| row.number.as_str()), LINE_LENGTH);
    let type_id = match (&draft.type_id, before) {
        (Patch::Set(id), _) => *id,
        (Patch::Keep, Some(before)) => before.type_id,
        (Patch::Keep | Patch::Clear, _) => {
            checks.problem("typeId", ProblemCode::Required, "must be given");
            Uuid::nil()
        }
    };
    let kind = catalogs.identifier_types.get(type_id);
    let number_norm = kind.map(|kind| kind.form()).unwrap_or_default().canonical(&number);
    if number_norm.is_empty() && !number.is_empty() {
        checks.problem("number", ProblemCode::Invalid, "must have a letter or a digit");
    }
    match kind {
        None if !type_id.is_nil() || matches!(draft.type_id, Patch::Set(_)) => {
            checks.problem("typeId", ProblemCode::NotFound, "there is no such identifier type")
        }
        Some(kind) if kind.is_retired() && before.is_none_or(|before| before.type_id != type_id) => {
            checks.problem("typeId", ProblemCode::State, "this identifier type is retired")
        }
        _ => {}
    }
    let country = match (&draft.country, before) {
        (Patch::Set(country), _) => country.trim().to_uppercase(),
        (Patch::Keep, Some(before)) => before.country.clone(),
        // A type of one country says which.
        (Patch::Keep | Patch::Clear, _) => kind.and_then(|kind| country_of(kind)).unwrap_or_default().to_owned(),
    };
    if rust_iso3166::from_alpha2(&country).is_none() {
        checks.problem("country", ProblemCode::Invalid, "must be a country as two letters of ISO 3166");
    } else if kind.and_then(|kind| country_of(kind)).is_some_and(|own| own != country) {
        checks.problem("country", ProblemCode::Invalid, "the identifier type belongs to another country");
    }
    // A stored number stays, even if its type has changed since.
    let is_new = before.is_none_or(|before| (before.type_id, &before.number_norm) != (type_id, &number_norm));
    if let Some(kind) = kind.filter(|_| is_new && !number_norm.is_empty()) {
        check_number(checks, catalogs, kind, &number_norm);
    }
    let is_repeatable = kind.is_some_and(|kind| kind.repeatable().any(|repeatable| repeatable == number_norm));
    let exemption = match before {
        _ if is_repeatable => Some(Exemption::Repeatable),
        Some(before) if !is_new && before.country == country => before.exemption,
        _ => None,
    };
    match before {
        Some(before) => identifier::Model {
            type_id,
            country,
            number,
            number_norm,
            exemption,
            ..before.clone()
        },
        None => identifier::Model {
            id: checks.new_id(draft.id),
            prospect_id,
            type_id,
            country,
            number,
            number_norm,
            exemption,
            position,
            deleted_at: None,
        },
    }
}

/// A problem where the number is not one of the type.
fn check_number(checks: &mut Checks, catalogs: &Catalogs, kind: &identifier_type::Model, number_norm: &str) {
    if has_only_zeros(number_norm) {
        checks.problem("number", ProblemCode::Invalid, "must have another digit than zero");
    } else if catalogs
        .number_pattern(kind.id)
        .is_some_and(|pattern| !pattern.is_match(number_norm))
    {
        checks.problem("number", ProblemCode::Invalid, format!("does not have the form of a {}", kind.name));
    } else if kind.check_digit.is_some_and(|rule| !check_digits::are_right(rule, number_norm)) {
        checks.problem(
            "number",
            ProblemCode::Invalid,
            format!("is no {}: its check digits do not fit the others", kind.name),
        );
    }
}

/// The only country that issues numbers of the type; None where any may.
fn country_of(kind: &identifier_type::Model) -> Option<&str> {
    (kind.country != countries::ANY).then_some(kind.country.as_str())
}
