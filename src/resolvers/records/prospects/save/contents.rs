//! Child rows of a record: the existing ones, and the changes of a draft.

use std::collections::{BTreeMap, HashMap, HashSet};

use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder};
use uuid::Uuid;

use super::draft::ProspectDraft;
use super::nested::{Changes, Checks, Claim, addresses, contacts, identifiers, points};
use super::tags::{self, TagChanges};
use crate::app::catalogs::Catalogs;
use crate::cx::Cx;
use crate::db::Inserts;
use crate::db::sql::Sql;
use crate::entities::records::contact_point::{self, PointKind};
use crate::entities::records::touch::{self, TouchPosition};
use crate::entities::records::{address, contact, identifier, prospect, search_document};
use crate::error::{Problem, ProblemCode, Result};
use crate::resolvers::records::duplicates::MatchKeys;
use crate::resolvers::records::timeline::FieldChange;
use crate::resolvers::search;
use crate::tx::Tx;

/// The rows that the draft may change.
#[derive(Default)]
pub(super) struct Present {
    identifiers: Vec<identifier::Model>,
    points: Vec<contact_point::Model>,
    contacts: Vec<contact::Model>,
    addresses: Vec<address::Model>,
    tags: HashSet<Uuid>,
    pub(super) first_touch: Option<touch::Model>,
}

impl Present {
    pub(super) async fn read(tx: &Tx, id: Uuid, draft: &ProspectDraft) -> Result<Present> {
        macro_rules! live {
            ($entity:ident, $wanted:expr) => {
                if $wanted {
                    $entity::Entity::find()
                        .filter($entity::Column::ProspectId.eq(id))
                        .filter($entity::Column::DeletedAt.is_null())
                        .order_by_asc($entity::Column::Position)
                        .order_by_asc($entity::Column::Id)
                        .all(tx)
                        .await?
                } else {
                    Vec::new()
                }
            };
        }
        let first_touch = match &draft.first_touch {
            Some(_) => {
                touch::Entity::find()
                    .filter(touch::Column::ProspectId.eq(id))
                    .filter(touch::Column::Place.eq(TouchPosition::First))
                    .one(tx)
                    .await?
            }
            None => None,
        };
        Ok(Present {
            identifiers: live!(identifier, !draft.identifiers.is_empty()),
            points: live!(
                contact_point,
                !draft.emails.is_empty() || !draft.phones.is_empty() || !draft.contacts.is_empty()
            ),
            contacts: live!(contact, !draft.contacts.is_empty()),
            addresses: live!(address, !draft.addresses.is_empty()),
            tags: if draft.tags.is_keep() {
                HashSet::new()
            } else {
                tags::present(tx, id).await?
            },
            first_touch,
        })
    }

    fn points_of_prospect(&self, kind: PointKind) -> Vec<contact_point::Model> {
        self.points
            .iter()
            .filter(|point| point.contact_id.is_none() && point.kind == kind)
            .cloned()
            .collect()
    }
}

/// Changes of the lists inside the record.
pub(super) struct Lists {
    pub(super) identifiers: Changes<identifier::Model>,
    points: Vec<Changes<contact_point::Model>>,
    pub(super) contacts: Changes<contact::Model>,
    addresses: Changes<address::Model>,
    tags: TagChanges,
}

impl Lists {
    pub(super) fn merge(
        checks: &mut Checks,
        cx: &Cx,
        catalogs: &Catalogs,
        id: Uuid,
        present: &Present,
        draft: &ProspectDraft,
        creating: bool,
    ) -> Lists {
        let country = cx.app.settings.default_country.as_str();
        let identifiers = identifiers::merge_identifiers(checks, catalogs, id, present.identifiers.clone(), &draft.identifiers, creating);
        let owner = points::Owner {
            prospect_id: id,
            contact_id: None,
            country,
        };
        let mut points = Vec::new();
        for (kind, list) in [(PointKind::Email, &draft.emails), (PointKind::Phone, &draft.phones)] {
            points.push(points::merge_points(
                checks,
                kind,
                &owner,
                present.points_of_prospect(kind),
                list,
                creating,
            ));
        }
        let contacts = contacts::merge_contacts(
            checks,
            id,
            country,
            present.contacts.clone(),
            &present.points,
            &draft.contacts,
            creating,
        );
        points.extend(contacts.points);
        let tags = tags::merge(checks, catalogs, present.tags.clone(), &draft.tags);
        let addresses = addresses::merge_addresses(checks, catalogs, id, present.addresses.clone(), &draft.addresses, creating);
        Lists {
            identifiers,
            points,
            contacts: contacts.contacts,
            addresses,
            tags,
        }
    }

    /// A problem for each id of the client's own that another row has, that of the prospect first.
    pub(super) async fn check_claimed(&self, tx: &Tx, prospect: Option<Claim>, checks: &mut Checks<'_>) -> Result<()> {
        let points = self.points.iter().map(|points| ("contact_points", &points.claimed[..]));
        let claimed: Vec<(&str, &[Claim])> = std::iter::once(("prospects", prospect.as_slice()))
            .chain([
                ("identifiers", &self.identifiers.claimed[..]),
                ("contacts", &self.contacts.claimed[..]),
            ])
            .chain(points)
            .chain([("addresses", &self.addresses.claimed[..])])
            .collect();
        let taken = taken_ids(tx, &claimed).await?;
        let mut refuse = |message: &str, path: &[String]| {
            checks.problems.push(Problem {
                code: ProblemCode::Taken,
                message: message.to_owned(),
                path: path.to_vec(),
            })
        };
        // E-mails and phones of all owners are rows of one table. What is given twice in one list has been found before.
        let mut seen: HashSet<(&str, Uuid)> = HashSet::new();
        for (table, claimed) in claimed {
            for (_, path) in claimed
                .iter()
                .filter(|(id, _)| taken.get(table).is_some_and(|ids| ids.contains(id)))
            {
                refuse("this id is in use", path);
            }
            for (_, path) in claimed.iter().filter(|(id, _)| seen.contains(&(table, *id))) {
                refuse("this id is given twice", path);
            }
            seen.extend(claimed.iter().map(|(id, _)| (table, *id)));
        }
        Ok(())
    }

    pub(super) fn describe(&self, catalogs: &Catalogs, changes: &mut Vec<FieldChange>) {
        self.tags.describe(catalogs, changes);
        self.identifiers.describe(catalogs, changes);
        self.contacts.describe(catalogs, changes);
        self.points.iter().for_each(|points| points.describe(catalogs, changes));
        self.addresses.describe(catalogs, changes);
    }

    /// New values of the record, for the search for possible duplicates.
    pub(super) fn match_keys(&self) -> MatchKeys {
        let mut keys = MatchKeys::default();
        let numbers = self.identifiers.new_rows(|row| &row.number_norm);
        keys.identifiers.extend(numbers.map(|row| row.number_norm.clone()));
        for row in self.points.iter().flat_map(|points| points.new_rows(|row| &row.value_norm)) {
            match row.kind {
                PointKind::Email => keys.emails.push(row.value_norm.clone()),
                PointKind::Phone => keys.phones.push(row.match_key.clone().unwrap_or_else(|| row.value_norm.clone())),
            }
        }
        keys
    }

    /// Whether something may change by which the prospect is found.
    pub(super) fn change_search(&self) -> bool {
        self.identifiers.is_change() || self.contacts.is_change() || self.points.iter().any(Changes::is_change)
    }

    /// The search document of a new prospect with these lists.
    pub(super) fn search_document(&self, prospect: &prospect::Model) -> search_document::Model {
        let points = self.points.iter().flat_map(|points| &points.rows);
        search::document(prospect, &self.contacts.rows, points, &self.identifiers.rows)
    }

    /// Writes what is removed and changed; what is new is added to what is inserted.
    pub(super) async fn write(self, tx: &Tx, prospect_id: Uuid, now: i64, inserts: &mut Inserts) -> Result<()> {
        self.tags.write(tx, prospect_id, inserts).await?;
        self.identifiers.write_in_order(tx, now, inserts).await?;
        self.contacts.write(tx, now, inserts).await?;
        // The points of all owners go into the same few statements.
        let mut all = Changes {
            field: "",
            rows: Vec::new(),
            added: Vec::new(),
            changed: Vec::new(),
            removed: Vec::new(),
            claimed: Vec::new(),
            places: Vec::new(),
        };
        for points in self.points {
            all.added.extend(points.added);
            all.changed.extend(points.changed);
            all.removed.extend(points.removed);
        }
        all.write(tx, now, inserts).await?;
        self.addresses.write(tx, now, inserts).await
    }
}

/// The ids that rows have, by their table; one statement, and none where nothing is claimed.
async fn taken_ids<'a>(tx: &Tx, claimed: &[(&'a str, &[Claim])]) -> Result<HashMap<&'a str, HashSet<Uuid>>> {
    let mut by_table: BTreeMap<&str, Vec<Uuid>> = BTreeMap::new();
    for (table, claimed) in claimed.iter().filter(|(_, claimed)| !claimed.is_empty()) {
        by_table.entry(table).or_default().extend(claimed.iter().map(|(id, _)| *id));
    }
    if by_table.is_empty() {
        return Ok(HashMap::new());
    }
    let tables: Vec<&str> = by_table.keys().copied().collect();
    let mut sql = Sql::new(tx.get_database_backend());
    let looks = by_table.into_iter().enumerate().map(|(place, (table, ids))| {
        let these = sql.in_ids(ids);
        format!("SELECT {place} AS place, id FROM {table} WHERE id {these}")
    });
    let looks: Vec<String> = looks.collect();
    sql.push(&looks.join(" UNION ALL "));
    let mut taken: HashMap<&str, HashSet<Uuid>> = HashMap::new();
    for row in tx.query_all_raw(sql.build()).await? {
        let place: i32 = row.try_get_by_index(0)?;
        taken.entry(tables[place as usize]).or_default().insert(row.try_get_by_index(1)?);
    }
    Ok(taken)
}
