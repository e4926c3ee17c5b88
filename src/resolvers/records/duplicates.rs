//! Look-alikes: visible prospects that share an e-mail, a phone or a document number with what somebody is about to register.

use sea_orm::{ConnectionTrait, FromQueryResult};
use uuid::Uuid;

use super::prospects::Prospect;
use super::prospects::draft::{ListDraft, PointDraft, ProspectDraft};
use crate::auth::visibility;
use crate::cx::Cx;
use crate::entities::records::contact_point::PointKind;
use crate::entities::records::prospect;
use crate::error::{Error, Result};
use crate::rules::limits::LINE_LENGTH;
use crate::rules::points;
use crate::sql::Sql;
use crate::text::norm_number;

/// What two records have in common; the strongest comes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DuplicateReason {
    Identifier,
    Email,
    Phone,
}

/// A visible prospect that may be the same person or company.
pub struct Duplicate {
    pub reason: DuplicateReason,
    pub prospect: Prospect,
}

/// What is compared, in its normal form.
#[derive(Clone, Debug, Default)]
pub struct Likeness {
    pub identifiers: Vec<String>,
    pub emails: Vec<String>,
    pub phones: Vec<String>,
}

/// How many look-alikes are told.
pub const MOST: usize = 10;
/// How many values of a kind can be asked about.
const MOST_VALUES: usize = 50;

const REASONS: [DuplicateReason; 3] = [DuplicateReason::Identifier, DuplicateReason::Email, DuplicateReason::Phone];

impl Likeness {
    /// Of values as people type them; what is no e-mail, phone or number yet is like nothing.
    pub fn typed(cx: &Cx, identifiers: &[String], emails: &[String], phones: &[String]) -> Result<Likeness> {
        if [identifiers, emails, phones].iter().any(|values| values.len() > MOST_VALUES) {
            return Err(Error::BadInput(format!("there may be at most {MOST_VALUES} values of a kind")));
        }
        let mut values = [identifiers, emails, phones].into_iter().flatten();
        if values.any(|value| value.chars().take(LINE_LENGTH + 1).count() > LINE_LENGTH) {
            return Err(Error::BadInput(format!("a value may have at most {LINE_LENGTH} characters")));
        }
        let country = &cx.app.settings.default_country;
        let numbers = identifiers.iter().map(|number| norm_number(number));
        Ok(Likeness {
            identifiers: numbers.filter(|number| !number.is_empty()).collect(),
            emails: emails.iter().filter_map(|value| points::email(value)).collect(),
            phones: phones.iter().filter_map(|value| points::phone(value, country)).collect(),
        })
    }

    /// Of a record that has just been accepted, its contacts included.
    pub fn of(cx: &Cx, draft: &ProspectDraft) -> Likeness {
        let country = &cx.app.settings.default_country;
        let numbers = draft.identifiers.entries.iter().filter_map(|entry| entry.number.set());
        let contacts = &draft.contacts.entries;
        let mut likeness = Likeness {
            identifiers: numbers
                .map(|number| norm_number(number))
                .filter(|number| !number.is_empty())
                .collect(),
            ..Likeness::default()
        };
        let emails = std::iter::once(&draft.emails).chain(contacts.iter().map(|contact| &contact.emails));
        likeness.emails = emails.flat_map(values).filter_map(|value| points::email(value)).collect();
        let phones = std::iter::once(&draft.phones).chain(contacts.iter().map(|contact| &contact.phones));
        likeness.phones = phones.flat_map(values).filter_map(|value| points::phone(value, country)).collect();
        likeness
    }

    fn is_empty(&self) -> bool {
        self.identifiers.is_empty() && self.emails.is_empty() && self.phones.is_empty()
    }
}

/// The look-alikes that the caller may see, newest first, at most ten, without the prospect `except`. One statement.
pub async fn find(cx: &Cx, likeness: &Likeness, except: Option<Uuid>) -> Result<Vec<Duplicate>> {
    let scope = cx.scope()?;
    if likeness.is_empty() {
        return Ok(Vec::new());
    }
    let mut sql = Sql::new(cx.db().backend());
    let numbers = sql.in_texts(&likeness.identifiers);
    let mut alike = vec![format!(
        "SELECT t.prospect_id, 0 AS reason FROM identifiers t WHERE t.deleted_at IS NULL AND t.number_norm {numbers}"
    )];
    for (reason, kind, values) in [(1, PointKind::Email, &likeness.emails), (2, PointKind::Phone, &likeness.phones)] {
        let (kind, values) = (sql.bind(kind), sql.in_texts(values));
        alike.push(format!(
            "SELECT t.prospect_id, {reason} AS reason FROM contact_points t WHERE t.deleted_at IS NULL AND t.kind = {kind} AND t.value_norm {values}"
        ));
    }
    let visible = visibility::sql(scope, "p", &mut sql);
    let (except, most) = (sql.bind(except.unwrap_or_default()), sql.bind(MOST as i64));
    sql.push(&format!(
        "SELECT p.*, m.reason FROM (SELECT a.prospect_id, min(a.reason) AS reason FROM ({}) a GROUP BY a.prospect_id) m \
         JOIN prospects p ON p.id = m.prospect_id WHERE {visible} AND p.id <> {except} ORDER BY p.created_at DESC, p.id DESC LIMIT {most}",
        alike.join(" UNION ALL ")
    ));
    let mut found = Vec::new();
    for row in cx.db().reader().query_all_raw(sql.build()).await? {
        let reason: i32 = row.try_get("", "reason")?;
        found.push(Duplicate {
            reason: REASONS[reason as usize],
            prospect: prospect::Model::from_query_result(&row, "")?.into(),
        });
    }
    Ok(found)
}

fn values(list: &ListDraft<PointDraft>) -> impl Iterator<Item = &String> {
    list.entries.iter().filter_map(|entry| entry.value.set())
}
