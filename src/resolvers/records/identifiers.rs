//! Document numbers as somebody types them: who has one, and no more than that about records that the caller may not see.

use sea_orm::ConnectionTrait;
use uuid::Uuid;

use super::prospects::filter::ProspectCondition;
use crate::auth::{Scope, visibility};
use crate::cx::Cx;
use crate::error::{Error, Result};
use crate::rules::limits::LINE_LENGTH;
use crate::sql::Sql;
use crate::text::norm_number;

/// A number that is in use.
pub struct IdentifierMatch {
    /// As it is kept, or as the caller typed it where they may not see the record.
    pub number: String,
    pub condition: ProspectCondition,
    /// What the caller may see of it. None: they may not see whose it is.
    pub visible: Option<VisibleMatch>,
}

#[derive(Clone, Copy)]
pub struct VisibleMatch {
    pub type_id: Uuid,
    pub prospect_id: Uuid,
}

/// With fewer letters and digits nothing is looked up.
pub const SHORTEST: usize = 5;
pub const MOST: i32 = 50;

/// Sorts after every letter and digit.
const LAST: char = char::MAX;

/// The numbers of visible prospects that begin with what was typed, in their order. Where that is the whole number of a prospect that is not
/// visible, it comes first, and tells whether that is a client.
pub async fn lookup(cx: &Cx, typed: &str, first: i32) -> Result<Vec<IdentifierMatch>> {
    let viewer = cx.viewer()?;
    if !(0..=MOST).contains(&first) {
        return Err(Error::BadInput(format!("`first` must be from 0 to {MOST}")));
    }
    let number = norm_number(typed);
    let length = number.chars().count();
    // Nothing longer is kept.
    if !(SHORTEST..=LINE_LENGTH).contains(&length) || first == 0 {
        return Ok(Vec::new());
    }
    cx.app.identifier_lookups.take(viewer.user_id, cx.now())?;
    let mut found = Vec::new();
    match viewer.scope() {
        // Nothing is hidden from these.
        Scope::All => {}
        scope => {
            if let Some(condition) = hidden(cx, scope, &number).await? {
                found.push(IdentifierMatch {
                    number: typed.trim().to_owned(),
                    condition,
                    visible: None,
                });
            }
        }
    }
    let most = i64::from(first) - found.len() as i64;
    found.extend(visible(cx, viewer.scope(), &number, most).await?);
    Ok(found)
}

async fn visible(cx: &Cx, scope: Scope, number: &str, most: i64) -> Result<Vec<IdentifierMatch>> {
    let mut sql = Sql::new(cx.db().backend());
    let (from, to, most) = (sql.bind(number), sql.bind(format!("{number}{LAST}")), sql.bind(most));
    let visible = visibility::sql(scope, "p", &mut sql);
    // A range of texts that are compared by their bytes walks the index, where LIKE might not.
    sql.push(&format!(
        "SELECT t.number, t.type_id, p.id, p.client_since FROM identifiers t JOIN prospects p ON p.id = t.prospect_id \
         WHERE t.number_norm >= {from} AND t.number_norm < {to} AND t.deleted_at IS NULL AND {visible} \
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

/// What they are who have exactly this number and are not visible: a client if one of them is. None where nobody has it.
async fn hidden(cx: &Cx, scope: Scope, number: &str) -> Result<Option<ProspectCondition>> {
    let mut sql = Sql::new(cx.db().backend());
    let number = sql.bind(number);
    let visible = visibility::sql(scope, "p", &mut sql);
    sql.push(&format!(
        "SELECT max(p.client_since), count(*) FROM identifiers t JOIN prospects p ON p.id = t.prospect_id \
         WHERE t.number_norm = {number} AND t.deleted_at IS NULL AND p.deleted_at IS NULL AND NOT ({visible})"
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
