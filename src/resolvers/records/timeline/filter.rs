//! Conditions on entries, as SQL.

use std::fmt::Write;

use sea_orm::DbBackend;
use uuid::Uuid;

use crate::cx::Cx;
use crate::db::sql::Sql;
use crate::entities::records::interaction::{Direction, InteractionType, Outcome};
use crate::entities::records::timeline_entry::EntryKind;
use crate::error::Result;
use crate::resolvers::filter::{EnumTest, Filter, Fragment, IdTest, TimeTest, check_values};
use crate::resolvers::lists::access_path;

/// Conditions on the entries, and whether their bodies are needed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct EntryFilter {
    pub with_bodies: bool,
    pub kind: Option<EnumTest<EntryKind>>,
    pub actor: Option<IdTest>,
    pub interaction_type: Option<EnumTest<InteractionType>>,
    pub interaction_direction: Option<EnumTest<Direction>>,
    pub interaction_outcome: Option<EnumTest<Outcome>>,
    pub occurred_at: Option<TimeTest>,
    pub is_pinned: Option<bool>,
    /// Conditions on their prospects, in the list of all; see `prospect_condition`.
    pub prospect: Option<Fragment>,
    /// The same where the entries of certain prospects are read.
    pub own_prospect: Option<Fragment>,
    /// One certain entry.
    pub id: Option<Uuid>,
    /// Attributes that the caller may not know of. An entry that is about nothing else does not exist for them.
    pub hidden: Vec<Uuid>,
}

impl EntryFilter {
    /// Whether it has any condition on entries, and not only on their prospects.
    pub fn has_conditions(&self) -> bool {
        let everything = EntryFilter {
            with_bodies: self.with_bodies,
            prospect: self.prospect.clone(),
            hidden: self.hidden.clone(),
            ..EntryFilter::default()
        };
        *self != everything
    }

    /// Refuses lists of values that are too long.
    pub fn check(&self) -> Result<()> {
        check_values(self.kind.as_ref().map_or(0, EnumTest::value_count))?;
        check_values(self.interaction_type.as_ref().map_or(0, EnumTest::value_count))?;
        check_values(self.interaction_direction.as_ref().map_or(0, EnumTest::value_count))?;
        check_values(self.interaction_outcome.as_ref().map_or(0, EnumTest::value_count))?;
        check_values(self.actor.as_ref().map_or(0, IdTest::value_count))
    }

    /// As SQL over `t`, each beginning with ` AND `; not those on the prospects.
    pub fn conditions(&self, sql: &mut Sql) -> String {
        let mut text = String::new();
        if let Some(test) = &self.kind {
            test.write_conditions("t.kind", &mut text, |kind| sql.bind(kind));
        }
        if let Some(test) = &self.actor {
            test.write_conditions("t.actor_id", sql, &mut text);
        }
        interaction_conditions(self, sql, &mut text);
        if let Some(test) = &self.occurred_at {
            test.write_conditions("t.occurred_at", sql, &mut text);
        }
        if let Some(is_pinned) = self.is_pinned {
            text.push_str(if is_pinned {
                " AND t.pinned_at IS NOT NULL"
            } else {
                " AND t.pinned_at IS NULL"
            });
        }
        if let Some(id) = self.id {
            let _ = write!(text, " AND t.id = {}", sql.bind(id));
        }
        if let Some(condition) = &self.own_prospect {
            text.push_str(" AND EXISTS (SELECT 1 FROM prospects WHERE prospects.id = t.prospect_id AND ");
            condition.write(sql, &mut text);
            text.push(')');
        }
        if let Some(readable) = readable(sql.dialect().0, "t", &self.hidden) {
            let _ = write!(text, " AND {readable}");
        }
        text
    }
}

/// Conditions on the prospects of entries, whose table is called `prospects`.
pub fn prospect_condition(cx: &Cx, filter: Filter) -> Result<Fragment> {
    filter.check(cx.viewer()?)?;
    Ok(Fragment::of(access_path::compiler(cx.db().backend()), &filter))
}

/// The condition that an entry is about more than hidden attributes. None where nothing is hidden.
///
/// It looks at the changes only of entries of the kinds that have any, each by its id. The visibility is that of now: an entry shows, or goes,
/// when the attribute does.
pub fn readable(backend: DbBackend, table: &str, hidden: &[Uuid]) -> Option<String> {
    if hidden.is_empty() {
        return None;
    }
    let ids: Vec<String> = hidden.iter().map(|id| format!("'{id}'")).collect();
    let is_hidden = format!("e.value ->> 'definition' IN ({})", ids.join(", "));
    // Null where there are no changes.
    let all_hidden = match backend {
        DbBackend::Postgres => {
            format!("SELECT bool_and(coalesce({is_hidden}, false)) FROM json_array_elements(c.data -> 'changes') e(value)")
        }
        _ => format!("SELECT min(coalesce({is_hidden}, 0)) FROM json_each(c.data, '$.changes') e"),
    };
    Some(format!(
        "NOT ({table}.kind IN ('FIELD_CHANGE', 'TASK') AND EXISTS (SELECT 1 FROM entry_changes c WHERE c.id = {table}.id AND ({all_hidden})))"
    ))
}

/// Conditions on the interaction of an entry; what is asked of other entries is null.
fn interaction_conditions(filter: &EntryFilter, sql: &mut Sql, text: &mut String) {
    let of = |column: &str| format!("(SELECT i.{column} FROM interactions i WHERE i.id = t.id)");
    let (kind, direction, outcome) = (&filter.interaction_type, &filter.interaction_direction, &filter.interaction_outcome);
    // An index finds the interactions among the entries.
    let names = [
        kind.as_ref().map(EnumTest::names_values),
        direction.as_ref().map(EnumTest::names_values),
        outcome.as_ref().map(EnumTest::names_values),
    ];
    if names.contains(&Some(true)) {
        let _ = write!(text, " AND t.kind = {}", sql.bind(EntryKind::Interaction));
    }
    if let Some(test) = kind {
        test.write_conditions(&of("type"), text, |kind| sql.bind(kind));
    }
    if let Some(test) = direction {
        test.write_conditions(&of("direction"), text, |direction| sql.bind(direction));
    }
    if let Some(test) = outcome {
        test.write_conditions(&of("outcome"), text, |outcome| sql.bind(outcome));
    }
}
