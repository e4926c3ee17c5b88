//! Look-up of document numbers while they are typed, with as little as possible about records that are not visible to the caller.

use std::collections::BTreeSet;

use normalization::document_number::Form;
use sea_orm::ConnectionTrait;
use uuid::Uuid;

use super::prospects::ProspectCondition;
use crate::app::catalogs::Catalogs;
use crate::auth::{Scope, visibility};
use crate::cx::Cx;
use crate::db::sql::Sql;
use crate::error::{Error, Result};
use crate::resolvers::filter::canonical_forms;
use crate::rules::limits::LINE_LENGTH;

/// A number that is in use.
pub struct IdentifierMatch {
    /// As it is kept, or as the caller typed it where they may not see the record.
    pub number: String,
    pub condition: ProspectCondition,
    /// The visible data. None: the record is not visible to the caller.
    pub visible: Option<VisibleMatch>,
}

#[derive(Clone, Copy)]
pub struct VisibleMatch {
    pub type_id: Uuid,
    pub prospect_id: Uuid,
}

/// The distinct forms of the numbers of all types.
pub fn number_forms(catalogs: &Catalogs) -> Vec<Form<'_>> {
    let forms: BTreeSet<Form> = catalogs.identifier_types.all().iter().map(|kind| kind.form()).collect();
    forms.into_iter().collect()
}

/// With fewer letters and digits nothing is looked up.
pub const SHORTEST: usize = 5;
pub const MOST: i32 = 50;

/// Numbers that any number of records may have say nothing about who has them.
pub const UNREPEATABLE: &str = "(t.exemption IS NULL OR t.exemption <> 'REPEATABLE')";

/// Sorts after every letter and digit.
const LAST: char = char::MAX;
/// Sorts before every letter and digit.
const FIRST: char = ' ';

/// The numbers of visible prospects that begin with the input, in order. If it is the complete number of a prospect that is not visible,
/// that comes first, with its condition only.
pub async fn lookup(cx: &Cx, typed: &str, first: i32) -> Result<Vec<IdentifierMatch>> {
    let viewer = cx.viewer()?;
    if !(0..=MOST).contains(&first) {
        return Err(Error::BadInput(format!("`first` must be from 0 to {MOST}")));
    }
    let length = Form::default().canonical(typed).chars().count();
    // Nothing longer is kept.
    if !(SHORTEST..=LINE_LENGTH).contains(&length) || first == 0 {
        return Ok(Vec::new());
    }
    let catalogs = cx.catalogs();
    let numbers = canonical_forms(&number_forms(&catalogs), typed);
    cx.app.identifier_lookups.take(viewer.user_id, cx.now())?;
    let mut found = Vec::new();
    match viewer.scope() {
        // Nothing is hidden from these.
        Scope::All => {}
        scope => {
            if let Some(condition) = hidden(cx, scope, &numbers).await? {
                found.push(IdentifierMatch {
                    number: typed.trim().to_owned(),
                    condition,
                    visible: None,
                });
            }
        }
    }
    let most = i64::from(first) - found.len() as i64;
    found.extend(visible(cx, viewer.scope(), &numbers, most).await?);
    Ok(found)
}

async fn visible(cx: &Cx, scope: Scope, numbers: &[String], most: i64) -> Result<Vec<IdentifierMatch>> {
    let mut sql = Sql::new(cx.db().backend());
    let ranges: Vec<String> = numbers
        .iter()
        .map(|number| {
            // A range of texts that are compared by their bytes scans the index, where LIKE might not. A number that became short by its
            // leading zeros is complete.
            let is_long = number.chars().count() >= SHORTEST;
            let end = if is_long {
                format!("{number}{LAST}")
            } else {
                format!("{number}{FIRST}")
            };
            let (from, to) = (sql.bind(number.as_str()), sql.bind(end));
            format!("(t.number_norm >= {from} AND t.number_norm < {to})")
        })
        .collect();
    let (ranges, most) = (ranges.join(" OR "), sql.bind(most));
    let visible = visibility::sql(scope, "p", &mut sql);
    sql.push(&format!(
        "SELECT t.number, t.type_id, p.id, p.client_since FROM identifiers t JOIN prospects p ON p.id = t.prospect_id \
         WHERE ({ranges}) AND t.deleted_at IS NULL AND {visible} \
         ORDER BY t.number_norm, t.id LIMIT {most}"
    ));
    let mut found = Vec::new();
    for row in cx.db().reader().query_all_raw(sql.build()).await? {
        found.push(IdentifierMatch {
            number: row.try_get_by_index(0)?,
            visible: Some(VisibleMatch {
                type_id: row.try_get_by_index(1)?,
                prospect_id: row.try_get_by_index(2)?,
            }),
            condition: condition(row.try_get_by_index(3)?),
        });
    }
    Ok(found)
}

/// Condition of the records with exactly this number that are not visible: a client if one of them is. None without such records.
async fn hidden(cx: &Cx, scope: Scope, numbers: &[String]) -> Result<Option<ProspectCondition>> {
    let mut sql = Sql::new(cx.db().backend());
    let numbers = sql.in_texts(numbers);
    let visible = visibility::sql(scope, "p", &mut sql);
    sql.push(&format!(
        "SELECT max(p.client_since), count(*) FROM identifiers t JOIN prospects p ON p.id = t.prospect_id \
         WHERE t.number_norm {numbers} AND {UNREPEATABLE} AND t.deleted_at IS NULL AND p.deleted_at IS NULL AND NOT ({visible})"
    ));
    let Some(row) = cx.db().reader().query_one_raw(sql.build()).await? else {
        return Ok(None);
    };
    let has_any = row.try_get_by_index::<i64>(1)? > 0;
    Ok(has_any.then_some(condition(row.try_get_by_index(0)?)))
}

fn condition(client_since: Option<i64>) -> ProspectCondition {
    match client_since {
        Some(_) => ProspectCondition::Client,
        None => ProspectCondition::Prospect,
    }
}
