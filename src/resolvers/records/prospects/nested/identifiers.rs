//! The document numbers of a prospect.

use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter};
use uuid::Uuid;

use super::{Changes, Checks, List, Nested, merge, nested};
use crate::auth::Scope;
use crate::call::Tx;
use crate::catalogs::{Catalogs, Row};
use crate::cx::Cx;
use crate::entities::records::identifier;
use crate::entities::setup::identifier_type;
use crate::error::{ProblemCode, Result};
use crate::resolvers::records::prospects::draft::{IdentifierDraft, ListDraft, Patch};
use crate::resolvers::setup::countries;
use crate::rules::check_digits;
use crate::rules::limits::LINE_LENGTH;
use crate::text::norm_number;

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
            .find(|other| is_same(other, row))
            .filter(|row| !row.number_norm.is_empty())
        {
            // At the later of the two, unless only the other one was given just now.
            let is_given = changes.places.iter().any(|(id, _)| *id == row.id);
            let id = if is_given { row.id } else { other.id };
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

/// A problem for each number that another prospect has, without saying which. To those who do not see all prospects each tells what a
/// look-up of the number would, and counts as one.
///
/// Comes last, and only where nothing else is wrong: whoever tries a number that is free then leaves a record of it, and cannot go through
/// numbers by calls that are refused in any case.
pub async fn check_taken(cx: &Cx, tx: &Tx, checks: &mut Checks<'_>, prospect_id: Uuid, changes: &Changes<identifier::Model>) -> Result<()> {
    if !checks.problems.is_empty() {
        return Ok(());
    }
    let new: Vec<identifier::Model> = changes
        .added
        .iter()
        .chain(changes.changed.iter().map(|(_, after)| after))
        .cloned()
        .collect();
    for row in taken_numbers(tx, prospect_id, &new).await? {
        let viewer = cx.viewer()?;
        if viewer.scope() != Scope::All {
            cx.app.identifier_lookups.take(viewer.user_id, cx.now())?;
        }
        let message = format!("another record has the number {}", row.number);
        changes.problem_with(checks, row.id, "number", ProblemCode::Taken, message);
    }
    Ok(())
}

impl Changes<identifier::Model> {
    /// Takes away rows that exchange their numbers before they are written again: each number is in the table once at any moment.
    pub async fn step_aside(&self, tx: &Tx, now: i64) -> Result<()> {
        let inherits = |(before, _): &(identifier::Model, identifier::Model)| {
            let others = self.changed.iter().filter(|(other, _)| other.id != before.id);
            others.map(|(_, after)| after).any(|after| is_same(after, before))
        };
        let held: Vec<Uuid> = self
            .changed
            .iter()
            .filter(|change| inherits(change))
            .map(|(before, _)| before.id)
            .collect();
        if !held.is_empty() {
            identifier::Entity::update_many()
                .col_expr(identifier::Column::DeletedAt, Expr::val(now))
                .filter(identifier::Column::Id.is_in(held))
                .exec(tx)
                .await?;
        }
        Ok(())
    }
}

/// Whether both are the same number of the same type and country.
fn is_same(one: &identifier::Model, other: &identifier::Model) -> bool {
    (one.type_id, &one.country, &one.number_norm) == (other.type_id, &other.country, &other.number_norm)
}

/// Those of the rows whose number another prospect has. Those of deleted prospects are free, and marked like removed ones.
pub async fn taken_numbers<'a>(tx: &Tx, prospect_id: Uuid, rows: &'a [identifier::Model]) -> Result<Vec<&'a identifier::Model>> {
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
    let is_taken = |row: &&identifier::Model| others.iter().any(|other| is_same(other, row));
    Ok(rows.iter().filter(is_taken).collect())
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
    let number_norm = norm_number(&number);
    if number_norm.is_empty() && !number.is_empty() {
        checks.problem("number", ProblemCode::Invalid, "must have a letter or a digit");
    }
    let type_id = match (&draft.type_id, before) {
        (Patch::Set(id), _) => *id,
        (Patch::Keep, Some(before)) => before.type_id,
        (Patch::Keep | Patch::Clear, _) => {
            checks.problem("typeId", ProblemCode::Required, "must be given");
            Uuid::nil()
        }
    };
    let kind = catalogs.identifier_types.get(type_id);
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
    // What was saved before stays, whatever its type asks for by now.
    let is_new = before.is_none_or(|before| (before.type_id, &before.number_norm) != (type_id, &number_norm));
    if let Some(kind) = kind.filter(|_| is_new && !number_norm.is_empty()) {
        check_number(checks, catalogs, kind, &number, &number_norm);
    }
    match before {
        Some(before) => identifier::Model {
            type_id,
            country,
            number,
            number_norm,
            ..before.clone()
        },
        None => identifier::Model {
            id: checks.new_id(draft.id),
            prospect_id,
            type_id,
            country,
            number,
            number_norm,
            position,
            deleted_at: None,
        },
    }
}

/// A problem where the number is not one of the type.
fn check_number(checks: &mut Checks, catalogs: &Catalogs, kind: &identifier_type::Model, number: &str, number_norm: &str) {
    if catalogs
        .number_pattern(kind.id)
        .is_some_and(|pattern| !pattern.is_match(number_norm))
    {
        checks.problem("number", ProblemCode::Invalid, format!("does not have the form of a {}", kind.name));
    } else if kind.check_digit.is_some_and(|rule| !check_digits::are_right(rule, number)) {
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
