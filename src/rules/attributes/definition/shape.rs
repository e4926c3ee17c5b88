//! Scale, currency, flags and the wanted index of a definition.

use super::{Terms, content, invalid, is_text};
use crate::entities::setup::attribute_definition::{AttributeEntity, AttributeType, AttributeVisibility, IndexState, Model};
use crate::error::{Problem, ProblemCode};
use crate::rules::attributes::{MOST_DECIMALS, MOST_INDEXES, Rules};
use crate::rules::money::Currency;
use crate::rules::patch::Patch;

/// Decimals of a new decimal attribute whose input names no scale.
const DEFAULT_SCALE: i32 = 2;

/// Puts the scale and the currency into the row, as the type has them.
pub(super) fn set_scale(
    before: Option<&Model>,
    row: &mut Model,
    scale: Patch<i32>,
    currency: Patch<String>,
    terms: Terms<'_>,
    problems: &mut Vec<Problem>,
) {
    if row.kind != AttributeType::Decimal && scale.set().is_some() {
        problems.push(invalid("scale", "only a decimal attribute has a scale of its own"));
    }
    if row.kind != AttributeType::Money && currency.set().is_some() {
        problems.push(invalid("currency", "only an amount of money has a currency"));
    }
    let before = before.filter(|before| before.kind == row.kind);
    match row.kind {
        AttributeType::Decimal => {
            row.currency = None;
            row.scale = match scale.changed() {
                Some(scale) => scale.unwrap_or(DEFAULT_SCALE),
                None => before.map_or(DEFAULT_SCALE, |before| before.scale),
            };
            if !(0..=MOST_DECIMALS).contains(&row.scale) {
                problems.push(invalid("scale", &format!("must be 0 to {MOST_DECIMALS}")));
                row.scale = 0;
            }
        }
        AttributeType::Money => {
            let code = match currency.changed() {
                Some(code) => code.unwrap_or_else(|| terms.currency.to_owned()),
                None => before
                    .and_then(|before| before.currency.clone())
                    .unwrap_or_else(|| terms.currency.to_owned()),
            };
            let known = Currency::from_code(&code);
            if known.is_none() {
                problems.push(invalid("currency", "must be an ISO 4217 code such as USD"));
            }
            if let Some(present) = before.and_then(|before| before.currency.as_deref())
                && present != code
                && terms.has_values
            {
                let message = format!(
                    "amounts in {present} are stored, and are not converted; retire the attribute, and define one for the other currency"
                );
                problems.push(Problem::new(ProblemCode::State, &["input", "currency"], message));
            }
            row.scale = known.and_then(Currency::exponent).map_or(0, i32::from);
            row.currency = Some(code);
        }
        _ => (row.scale, row.currency) = (0, None),
    }
}

/// Adds what is wrong with being unique, searchable or indexed.
pub(super) fn check_flags(row: &Model, rules: &Rules, problems: &mut Vec<Problem>) {
    if row.is_unique {
        if matches!(row.kind, AttributeType::Boolean | AttributeType::LongText) {
            problems.push(invalid("isUnique", "a boolean or a long text cannot be unique"));
        }
        if row.is_multiple {
            problems.push(invalid("isUnique", "a multiple attribute cannot be unique"));
        }
    }
    if row.is_searchable {
        if !is_text(row.kind) {
            problems.push(invalid("isSearchable", "only texts can be searched"));
        }
        if row.entity == AttributeEntity::Task {
            problems.push(invalid("isSearchable", "open search finds prospects, and not by their tasks"));
        }
        if row.visibility == AttributeVisibility::Admin {
            problems.push(invalid("isSearchable", "an attribute for administrators only cannot be searched"));
        }
    }
    if row.is_indexed && row.is_multiple {
        problems.push(invalid("isIndexed", "values of a multiple attribute are always indexed"));
    }
    if row.is_indexed && row.kind == AttributeType::LongText {
        problems.push(invalid("isIndexed", "a long text cannot be indexed"));
    }
    if row.kind == AttributeType::Url && has_index(row) && rules.max_length.is_none_or(|most| most > content::INDEXED_LENGTH) {
        let field = if row.is_unique { "isUnique" } else { "isIndexed" };
        let most = content::INDEXED_LENGTH;
        problems.push(invalid(field, &format!("needs a `validation.maxLength` of at most {most}")));
    }
}

/// Adds a problem where one more index is too many.
pub(super) fn check_index_limit(rows: &[Model], before: Option<&Model>, row: &Model, problems: &mut Vec<Problem>) {
    if !has_index(row) || before.is_some_and(has_index) {
        return;
    }
    let others = rows.iter().filter(|other| other.entity == row.entity && other.id != row.id);
    if others.filter(|other| has_index(other)).count() >= MOST_INDEXES {
        let field = if row.is_indexed { "isIndexed" } else { "isUnique" };
        let message = format!("there can be at most {MOST_INDEXES} indexed or unique attributes of one kind of record");
        problems.push(Problem::new(ProblemCode::Limit, &["input", field], message));
    }
}

/// The state is `Building` as long as an index is missing that the definition asks for: where there was none, an index for lists or a unique
/// one is added, or the build failed and is asked for again. An index that is only dropped leaves the state of the other one as it is. Lists use
/// their indexes as long as these are asked for, whatever is done about the unique one.
pub(super) fn set_index_state(before: Option<&Model>, row: &mut Model, wants_index: bool) {
    row.has_list_index = row.has_list_index && row.is_indexed && row.retired_at.is_none();
    if !has_index(row) || row.retired_at.is_some() {
        (row.index_state, row.index_progress) = (IndexState::None, 0);
        return;
    }
    let stays = before.is_some_and(|before| {
        let is_added = row.is_indexed && !before.is_indexed || row.is_unique && !before.is_unique;
        !(is_added || wants_index && before.index_state == IndexState::Failed)
    });
    if !stays {
        (row.index_state, row.index_progress) = (IndexState::Building, 0);
    }
}

/// Whether an index is wanted while the definition is in use.
pub(super) fn has_index(row: &Model) -> bool {
    row.is_indexed || row.is_unique
}
