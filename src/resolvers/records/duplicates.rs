//! Possible duplicates: prospects that share an e-mail, a phone or a document number with what is about to be registered.

use std::collections::HashSet;
use std::sync::Arc;

use sea_orm::{ConnectionTrait, FromQueryResult, QueryResult};
use serde_json::Value as Json;
use uuid::Uuid;

use super::attributes::{self, Target, unique};
use super::identifiers::{UNREPEATABLE, number_forms};
use super::journal::Journal;
use super::prospects::Prospect;
use super::prospects::ProspectCondition;
use super::prospects::save::draft::{ListDraft, PointDraft, ProspectDraft};
use super::timeline::{self, Change};
use crate::auth::{Scope, Viewer, visibility};
use crate::cx::Cx;
use crate::db::Inserts;
use crate::db::sql::Sql;
use crate::entities::records::contact_point::PointKind;
use crate::entities::records::prospect;
use crate::entities::records::timeline_entry::EntryKind;
use crate::entities::setup::attribute_definition::AttributeEntity;
use crate::error::{Error, Result};
use crate::resolvers::filter::canonical_forms;
use crate::rules::attributes::merge::{AttributeDraft, InputFields};
use crate::rules::attributes::{Definition, Document};
use crate::rules::limits::LINE_LENGTH;
use crate::rules::points::{self, Network};
use crate::rules::profile::MILLISECONDS_OF_A_DAY;
use crate::tx::Tx;

/// Value that two records share; the strongest comes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DuplicateReason {
    Identifier,
    Email,
    Phone,
    /// A unique attribute.
    Attribute,
}

/// A prospect that may be the same person or company.
pub struct Duplicate {
    pub reason: DuplicateReason,
    pub condition: ProspectCondition,
    /// None: it is a colleague's, and no more is revealed.
    pub prospect: Option<Prospect>,
}

impl DuplicateReason {
    /// As it is kept in a timeline.
    pub fn name(self) -> &'static str {
        match self {
            DuplicateReason::Identifier => "IDENTIFIER",
            DuplicateReason::Email => "EMAIL",
            DuplicateReason::Phone => "PHONE",
            DuplicateReason::Attribute => "ATTRIBUTE",
        }
    }

    pub fn from_name(name: &str) -> Option<Self> {
        REASONS.into_iter().find(|reason| reason.name() == name)
    }
}

/// The values by which possible duplicates are found, in normal form.
#[derive(Clone, Debug, Default)]
pub struct MatchKeys {
    pub identifiers: Vec<String>,
    pub emails: Vec<String>,
    pub phones: Vec<String>,
    /// Unique attributes of prospects with the compared value of each. A saved record shares none: these are looked for while it is entered.
    pub attributes: Vec<(Arc<Definition>, Json)>,
    /// Number of values for the rate limit; a number without its type has several forms.
    pub value_count: u32,
}

/// Maximum number of reported possible duplicates.
pub const MOST: usize = 10;
/// Maximum number of examined prospects of colleagues.
const MOST_HIDDEN: usize = 50;
/// Maximum number of input values of a kind.
const MOST_VALUES: usize = 50;

const REASONS: [DuplicateReason; 4] = [
    DuplicateReason::Identifier,
    DuplicateReason::Email,
    DuplicateReason::Phone,
    DuplicateReason::Attribute,
];

impl MatchKeys {
    /// Of typed values. A value that is not yet an e-mail, phone or number matches nothing.
    pub fn typed(
        cx: &Cx,
        identifiers: &[String],
        emails: &[String],
        phones: &[String],
        attributes: &[AttributeDraft],
    ) -> Result<MatchKeys> {
        if [identifiers, emails, phones].iter().any(|values| values.len() > MOST_VALUES) {
            return Err(Error::BadInput(format!("there may be at most {MOST_VALUES} values of a kind")));
        }
        let mut values = [identifiers, emails, phones].into_iter().flatten();
        if values.any(|value| value.chars().take(LINE_LENGTH + 1).count() > LINE_LENGTH) {
            return Err(Error::BadInput(format!("a value may have at most {LINE_LENGTH} characters")));
        }
        let country = &cx.app.settings.default_country;
        let catalogs = cx.catalogs();
        let forms = number_forms(&catalogs);
        let numbers = identifiers.iter().flat_map(|number| canonical_forms(&forms, number));
        let attributes = typed_attributes(cx, attributes)?;
        Ok(MatchKeys {
            value_count: (identifiers.len() + emails.len() + phones.len() + attributes.len()) as u32,
            attributes,
            identifiers: numbers.filter(|number| !number.is_empty()).collect(),
            emails: emails.iter().filter_map(|value| points::email(value, Network::Public)).collect(),
            phones: phones
                .iter()
                .filter_map(|value| Some(points::phone(value, country)?.match_key()))
                .collect(),
        })
    }

    /// Of a record that has just been accepted, its contacts included.
    pub fn of(cx: &Cx, draft: &ProspectDraft) -> MatchKeys {
        let country = &cx.app.settings.default_country;
        let catalogs = cx.catalogs();
        let numbers = draft.identifiers.entries.iter().filter_map(|entry| {
            let kind = entry.type_id.set().and_then(|id| catalogs.identifier_types.get(*id));
            Some(kind.map(|kind| kind.form()).unwrap_or_default().canonical(entry.number.set()?))
        });
        let contacts = &draft.contacts.entries;
        let mut keys = MatchKeys {
            identifiers: numbers.filter(|number| !number.is_empty()).collect(),
            ..MatchKeys::default()
        };
        let emails = std::iter::once(&draft.emails).chain(contacts.iter().map(|contact| &contact.emails));
        keys.emails = emails
            .flat_map(values)
            .filter_map(|value| points::email(value, Network::Public))
            .collect();
        let phones = std::iter::once(&draft.phones).chain(contacts.iter().map(|contact| &contact.phones));
        keys.phones = phones
            .flat_map(values)
            .filter_map(|value| Some(points::phone(value, country)?.match_key()))
            .collect();
        keys.value_count = (keys.identifiers.len() + keys.emails.len() + keys.phones.len()) as u32;
        keys
    }

    fn is_empty(&self) -> bool {
        self.identifiers.is_empty() && self.emails.is_empty() && self.phones.is_empty() && self.attributes.is_empty()
    }

    /// The prospects with one of the values and the strongest reason of each, as a table.
    fn matches(&self, sql: &mut Sql) -> String {
        let each = self.each_match(sql);
        format!("(SELECT a.prospect_id, min(a.reason) AS reason FROM {each} a GROUP BY a.prospect_id)")
    }

    /// The prospects with one of the values, once for each, as a table.
    fn each_match(&self, sql: &mut Sql) -> String {
        let numbers = sql.in_texts(&self.identifiers);
        let mut selects = vec![format!(
            "SELECT t.prospect_id, 0 AS reason FROM identifiers t WHERE t.deleted_at IS NULL AND {UNREPEATABLE} AND t.number_norm {numbers}"
        )];
        for (reason, kind, values) in [(1, PointKind::Email, &self.emails), (2, PointKind::Phone, &self.phones)] {
            // The match key is kept where it differs from the canonical form.
            for form in ["value_norm", "match_key"] {
                let (kind, values) = (sql.bind(kind), sql.in_texts(values));
                selects.push(format!(
                    "SELECT t.prospect_id, {reason} AS reason FROM contact_points t \
                     WHERE t.deleted_at IS NULL AND t.kind = {kind} AND t.{form} {values}"
                ));
            }
        }
        for (definition, value) in &self.attributes {
            let is_equal = unique::has_value(sql, definition, value);
            selects.push(format!(
                "SELECT t.id AS prospect_id, 3 AS reason FROM prospects t WHERE t.deleted_at IS NULL AND {is_equal}"
            ));
        }
        format!("({})", selects.join(" UNION ALL "))
    }
}

/// The unique attributes of typed values. A value that is not yet complete matches nothing.
fn typed_attributes(cx: &Cx, drafts: &[AttributeDraft]) -> Result<Vec<(Arc<Definition>, Json)>> {
    let (viewer, catalogs) = (cx.viewer()?, cx.catalogs());
    let is_known = |draft: &AttributeDraft| {
        let definition = catalogs.definitions.find(AttributeEntity::Prospect, &draft.key, viewer);
        definition.is_some_and(|definition| !definition.is_retired())
    };
    if drafts.len() > MOST_VALUES {
        return Err(Error::BadInput(format!("there may be at most {MOST_VALUES} values of a kind")));
    }
    if !drafts.iter().all(is_known) {
        return Err(Error::BadInput("there is no such attribute".to_owned()));
    }
    let target = Target {
        entity: AttributeEntity::Prospect,
        record_id: Uuid::nil(),
        path: &[],
        fields: InputFields::OF_RECORD,
        is_new: false,
        kind: None,
        status_id: None,
        hidden: HashSet::new(),
    };
    let typed = attributes::merge(cx, &target, Document::new(), drafts, &mut Vec::new())?;
    let changed = typed.merged.changed.iter();
    Ok(changed
        .filter_map(|changed| Some((changed.definition.clone(), unique::compared(changed)?)))
        .collect())
}

/// The possible duplicates that are visible to the caller, newest first, at most ten, without the prospect `except`; one statement. They
/// are followed by one item for each kind of match that a colleague has, if the settings permit; that is one more statement. These hints
/// have the rate limit of look-ups of document numbers, each value counts, and without either left they are omitted.
pub async fn find(cx: &Cx, keys: &MatchKeys, except: Option<Uuid>) -> Result<Vec<Duplicate>> {
    let viewer = cx.viewer()?;
    if keys.is_empty() {
        return Ok(Vec::new());
    }
    let mut found = visible(cx, keys, except).await?;
    if viewer.scope() == Scope::All || !cx.app.settings.duplicate_hint.is_shown() {
        return Ok(found);
    }
    let hints = &cx.app.duplicate_hints;
    let has_lookups = cx.app.identifier_lookups.has_left(viewer.user_id, cx.now()) && keys.value_count <= hints.in_a_minute();
    if has_lookups && hints.take_many(viewer.user_id, keys.value_count, cx.now()).is_ok() {
        let hidden = hidden_kinds(cx, keys).await?;
        found.extend(hidden.into_iter().map(|(reason, condition)| Duplicate {
            reason,
            condition,
            prospect: None,
        }));
    }
    Ok(found)
}

async fn visible(cx: &Cx, keys: &MatchKeys, except: Option<Uuid>) -> Result<Vec<Duplicate>> {
    let mut sql = Sql::new(cx.db().backend());
    let matches = keys.matches(&mut sql);
    let visible = visibility::sql(cx.scope()?, "p", &mut sql);
    let (except, most) = (sql.bind(except.unwrap_or_default()), sql.bind(MOST as i64));
    sql.push(&format!(
        "SELECT p.*, m.reason FROM {matches} m JOIN prospects p ON p.id = m.prospect_id \
         WHERE {visible} AND p.id <> {except} ORDER BY p.created_at DESC, p.id DESC LIMIT {most}"
    ));
    let mut found = Vec::new();
    for row in cx.db().reader().query_all_raw(sql.build()).await? {
        let prospect = prospect::Model::from_query_result(&row, "")?;
        found.push(Duplicate {
            reason: reason(&row)?,
            condition: match prospect.client_since {
                Some(_) => ProspectCondition::Client,
                None => ProspectCondition::Prospect,
            },
            prospect: Some(prospect.into()),
        });
    }
    Ok(found)
}

/// The kinds of match with prospects that are not visible to the caller, and whether one of these is a client; each kind separately, so as
/// not to reveal whether two values belong to one prospect. A record that the caller has just registered for a colleague is not a duplicate
/// of itself.
async fn hidden_kinds(cx: &Cx, keys: &MatchKeys) -> Result<Vec<(DuplicateReason, ProspectCondition)>> {
    let viewer = cx.viewer()?;
    let mut sql = Sql::new(cx.db().backend());
    let matches = keys.each_match(&mut sql);
    let visible = visibility::sql(viewer.scope(), "p", &mut sql);
    let (caller, began) = (sql.bind(viewer.user_id), sql.bind(cx.began_at));
    sql.push(&format!(
        "SELECT m.reason, max(p.client_since) FROM {matches} m JOIN prospects p ON p.id = m.prospect_id \
         WHERE p.deleted_at IS NULL AND NOT ({visible}) AND (p.created_by IS DISTINCT FROM {caller} OR p.created_at < {began}) \
         GROUP BY m.reason ORDER BY m.reason"
    ));
    let mut found = Vec::new();
    for row in cx.db().reader().query_all_raw(sql.build()).await? {
        let condition = match row.try_get_by_index::<Option<i64>>(1)? {
            Some(_) => ProspectCondition::Client,
            None => ProspectCondition::Prospect,
        };
        found.push((reason(&row)?, condition));
    }
    Ok(found)
}

/// A prospect that the caller may not see.
struct Hidden {
    prospect_id: Uuid,
    reason: DuplicateReason,
}

/// Those without the prospect `except`, and without those in whose timelines the caller has left an entry of this within the last day.
async fn unnotified(tx: &Tx, viewer: &Viewer, keys: &MatchKeys, except: Uuid, now: i64) -> Result<Vec<Hidden>> {
    let mut sql = Sql::new(tx.get_database_backend());
    let matches = keys.matches(&mut sql);
    let visible = visibility::sql(viewer.scope(), "p", &mut sql);
    let (except, most) = (sql.bind(except), sql.bind(MOST_HIDDEN as i64));
    let (kind, caller) = (sql.bind(EntryKind::DuplicateAttempt), sql.bind(viewer.user_id));
    let yesterday = sql.bind(now - MILLISECONDS_OF_A_DAY);
    sql.push(&format!(
        "SELECT h.id, h.reason FROM (SELECT p.id, p.created_at, m.reason FROM {matches} m JOIN prospects p ON p.id = m.prospect_id \
         WHERE p.deleted_at IS NULL AND p.id <> {except} AND NOT ({visible}) ORDER BY m.reason, p.created_at DESC, p.id DESC LIMIT {most}) h \
         WHERE NOT EXISTS (SELECT 1 FROM timeline_entries t WHERE t.prospect_id = h.id AND t.kind = {kind} AND t.actor_id = {caller} \
         AND t.occurred_at > {yesterday}) ORDER BY h.reason, h.created_at DESC, h.id DESC"
    ));
    let mut found = Vec::new();
    for row in tx.query_all_raw(sql.build()).await? {
        found.push(Hidden {
            prospect_id: row.try_get_by_index(0)?,
            reason: reason(&row)?,
        });
    }
    Ok(found)
}

fn reason(row: &QueryResult) -> Result<DuplicateReason> {
    let reason: i32 = row.try_get("", "reason")?;
    Ok(REASONS[reason as usize])
}

/// Adds an entry to the timelines of duplicates that are not visible to the caller, at most once a day: the caller has registered one or
/// turned a record into one. `saved` is the record. Without the setting there are no entries.
pub async fn notify(cx: &Cx, tx: &Tx, journal: Journal, keys: &MatchKeys, saved: Uuid, inserts: &mut Inserts) -> Result<()> {
    let viewer = cx.viewer()?;
    let is_wanted = cx.app.settings.duplicate_hint.notifies_owner() && viewer.scope() != Scope::All;
    if !is_wanted || keys.is_empty() {
        return Ok(());
    }
    let unnotified = unnotified(tx, viewer, keys, saved, journal.now).await?;
    let entries = unnotified.iter().map(|match_| {
        let entry = journal.entry(match_.prospect_id, EntryKind::DuplicateAttempt);
        let change = Change {
            reason: Some(match_.reason.name().to_owned()),
            ..Change::default()
        };
        (entry, change)
    });
    timeline::add_all(inserts, entries.collect())
}

fn values(list: &ListDraft<PointDraft>) -> impl Iterator<Item = &String> {
    list.entries.iter().filter_map(|entry| entry.value.set())
}
