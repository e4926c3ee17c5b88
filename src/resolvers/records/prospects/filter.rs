//! What the lists of prospects and clients can be narrowed by.

use sea_orm::sea_query::{Expr, ExprTrait, SelectStatement, SimpleExpr};
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter, QuerySelect, QueryTrait};

use super::related::{Live, Related};
use crate::auth::{Scope, visibility};
use crate::db::Db;
use crate::entities::records::prospect::{self, Column, Interest, ProspectKind};
use crate::entities::records::{address, client, contact, contact_point, identifier, prospect_tag};
use crate::entities::setup::status::{self, StatusCategory};
use crate::resolvers::filter::{EnumTest, Filter, IdTest, IntTest, Predicate, TextTest, TimeTest};
use crate::resolvers::page::SortColumn;
use crate::resolvers::records::search;
use crate::rules::search::{Search, Words};

pub type ProspectFilter = Filter<ProspectPredicate>;

/// Whether somebody is a client already.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ProspectCondition {
    Prospect,
    Client,
}

#[derive(Clone, Debug)]
pub enum ProspectPredicate {
    Id(IdTest),
    Kind(EnumTest<ProspectKind>),
    Name(TextTest),
    LegalName(TextTest),
    Condition(EnumTest<ProspectCondition>),
    Status(IdTest),
    StatusCategory(EnumTest<StatusCategory>),
    Channel(IdTest),
    Segment(IdTest),
    PotentialLevel(IdTest),
    Source(IdTest),
    Owner(IdTest),
    Rating(IntTest),
    Interest(EnumTest<Interest>),
    Industry(IdTest),
    CustomerType(IdTest),
    ValidityDays(IntTest),
    ValidUntil(TimeTest),
    HasWebsites(bool),
    IsNotificationEnabled(bool),
    CreatedAt(TimeTest),
    FirstContactAt(TimeTest),
    LastActivityAt(TimeTest),
    ClientSince(TimeTest),
    ClientLevel(IdTest),
    Email(TextTest),
    Phone(TextTest),
    Identifier(TextTest),
    ContactName(TextTest),
    Country(TextTest),
    City(TextTest),
    AddressType(IdTest),
    Region(IdTest),
    Zone(IdTest),
    Sector(IdTest),
    Tag(IdTest),
    /// All words are in the texts of the record.
    Search(Words),
    Related(Related),
}

impl ProspectPredicate {
    /// What a search asks of each prospect.
    pub fn searched(search: Search) -> Filter<ProspectPredicate> {
        let begins = |text: &str| TextTest {
            starts_with: Some(vec![text.to_owned()]),
            ..TextTest::default()
        };
        match search {
            Search::Words(words) => Filter::Is(ProspectPredicate::Search(words)),
            Search::Beginning(text) => Filter::Any(vec![
                Filter::Is(ProspectPredicate::Name(begins(&text))),
                Filter::Is(ProspectPredicate::LegalName(begins(&text))),
            ]),
            Search::Nothing => Filter::Any(Vec::new()),
        }
    }
}

impl Predicate for ProspectPredicate {
    fn condition(&self) -> Condition {
        use ProspectPredicate as P;
        match self {
            P::Id(test) => test.condition(column(Column::Id)),
            P::Kind(test) => test.condition(column(Column::Kind)),
            P::Name(test) => test.of_every(column(Column::NameNorm)),
            P::LegalName(test) => test.condition(column(Column::LegalNameNorm)),
            P::Condition(test) => condition_test(test),
            P::Status(test) => test.condition(column(Column::StatusId)),
            P::StatusCategory(test) => {
                let statuses = status::Entity::find().select_only().column(status::Column::Id);
                let statuses = statuses.filter(test.condition(column(status::Column::Category)));
                Condition::all().add(Column::StatusId.in_subquery(statuses.into_query()))
            }
            P::Channel(test) => test.condition(column(Column::ChannelId)),
            P::Segment(test) => test.condition(column(Column::SegmentId)),
            P::PotentialLevel(test) => test.condition(column(Column::PotentialLevelId)),
            P::Source(test) => test.condition(column(Column::SourceId)),
            P::Owner(test) => test.condition(column(Column::OwnerId)),
            P::Rating(test) => test.condition(column(Column::Rating)),
            P::Interest(test) => test.condition(column(Column::Interest)),
            P::Industry(test) => test.condition(column(Column::IndustryId)),
            P::CustomerType(test) => test.condition(column(Column::CustomerTypeId)),
            P::ValidityDays(test) => test.condition(column(Column::ValidityDays)),
            P::ValidUntil(test) => test.condition(column(Column::ValidUntil)),
            P::HasWebsites(has) => Condition::all().add(if *has {
                Column::Websites.is_not_null()
            } else {
                Column::Websites.is_null()
            }),
            // In the words of an index, which is used only where a statement has them too.
            P::IsNotificationEnabled(true) => Condition::all().add(Expr::cust("prospects.is_notification_enabled")),
            P::IsNotificationEnabled(false) => Condition::all().add(Expr::cust("NOT prospects.is_notification_enabled")),
            P::CreatedAt(test) => test.condition(column(Column::CreatedAt)),
            P::FirstContactAt(test) => test.condition(column(Column::FirstContactAt)),
            P::LastActivityAt(test) => test.condition(column(Column::LastActivityAt)),
            P::ClientSince(test) => test.condition(column(Column::ClientSince)),
            P::ClientLevel(test) => Live::Clients.some(test.condition(column(client::Column::PotentialLevelId))),
            P::Email(_)
            | P::Phone(_)
            | P::Identifier(_)
            | P::ContactName(_)
            | P::Country(_)
            | P::City(_)
            | P::AddressType(_)
            | P::Region(_)
            | P::Zone(_)
            | P::Sector(_)
            | P::Tag(_) => self.beside().map_or_else(Condition::all, |beside| beside.condition()),
            P::Search(words) => search::condition(words),
            P::Related(related) => related.condition(),
        }
    }

    fn value_count(&self) -> usize {
        use ProspectPredicate as P;
        match self {
            P::Id(test)
            | P::Status(test)
            | P::Channel(test)
            | P::Segment(test)
            | P::PotentialLevel(test)
            | P::Source(test)
            | P::Owner(test)
            | P::Industry(test)
            | P::CustomerType(test)
            | P::ClientLevel(test)
            | P::AddressType(test)
            | P::Region(test)
            | P::Zone(test)
            | P::Sector(test)
            | P::Tag(test) => test.value_count(),
            P::Name(test)
            | P::LegalName(test)
            | P::Email(test)
            | P::Phone(test)
            | P::Identifier(test)
            | P::ContactName(test)
            | P::Country(test)
            | P::City(test) => test.value_count(),
            P::Rating(test) | P::ValidityDays(test) => test.value_count(),
            P::Interest(test) => test.value_count(),
            P::Kind(test) => test.value_count(),
            P::Condition(test) => test.value_count(),
            P::StatusCategory(test) => test.value_count(),
            P::ValidUntil(_)
            | P::HasWebsites(_)
            | P::IsNotificationEnabled(_)
            | P::CreatedAt(_)
            | P::FirstContactAt(_)
            | P::LastActivityAt(_)
            | P::ClientSince(_)
            | P::Search(_) => 1,
            P::Related(related) => related.value_count(),
        }
    }

    fn test_count(&self) -> usize {
        match self {
            ProspectPredicate::Related(related) => related.tests.len().max(1),
            _ => 1,
        }
    }
}

/// How a list goes, as far as it says which index serves a test.
#[derive(Clone, Copy, Debug)]
pub struct Walk {
    /// What the list is ordered by first.
    pub first: SortColumn,
    /// Whether it holds prospects of one owner alone.
    pub is_owned: bool,
}

impl Walk {
    pub fn new(scope: Scope, filter: &ProspectFilter, first: SortColumn) -> Walk {
        let is_owned = scope != Scope::All || names_owner(filter);
        Walk { first, is_owned }
    }
}

/// How the prospects that pass a test are found.
pub enum Way {
    /// By the index that the list is ordered by, or by one that is ordered alike.
    Order,
    /// By no index: prospects are looked at one by one.
    Check,
    /// By another index of theirs.
    Own,
    /// By the ids that the query answers.
    Find(Box<SelectStatement>),
}

impl Way {
    fn found(by: SelectStatement) -> Way {
        Way::Find(Box::new(by))
    }
}

impl ProspectPredicate {
    /// Which way leads to the prospects that pass.
    pub fn way(&self, db: &Db, walk: Walk) -> Way {
        use ProspectPredicate as P;
        let own = |is_aligned: bool| if is_aligned { Way::Order } else { Way::Own };
        let is_by_creation = walk.first == super::CREATED_AT;
        match self {
            P::Status(test) | P::Channel(test) | P::Owner(test) => own(is_by_creation && test.is_single()),
            P::Segment(test) | P::PotentialLevel(test) | P::Source(test) | P::Industry(test) | P::CustomerType(test) => {
                self.way_of_all(walk, is_by_creation && test.is_single())
            }
            P::Rating(test) => self.way_of_all(walk, is_by_creation && test.eq.is_some() && test.in_.is_none()),
            P::Interest(test) => self.way_of_all(walk, is_by_creation && test.eq.is_some() && test.in_.is_none()),
            P::HasWebsites(true) | P::IsNotificationEnabled(false) => self.way_of_all(walk, is_by_creation),
            P::HasWebsites(false) | P::IsNotificationEnabled(true) => Way::Check,
            // Of those without a validity, which are most, there is no index.
            P::ValidityDays(IntTest { is_null: Some(true), .. }) | P::ValidUntil(TimeTest { is_null: Some(true), .. }) => Way::Check,
            P::ValidityDays(_) | P::ValidUntil(_) | P::FirstContactAt(_) => self.way_of_all(walk, false),
            P::CreatedAt(_) => own(is_by_creation),
            P::LastActivityAt(_) => own(walk.first == super::LAST_ACTIVITY_AT),
            // Of those who are no clients, which are most, there is no index.
            P::ClientSince(TimeTest { is_null: Some(true), .. }) => Way::Check,
            P::Condition(test) if test.eq == Some(ProspectCondition::Prospect) => Way::Check,
            P::ClientSince(_) => own(walk.first == super::CLIENT_SINCE),
            P::Id(_) | P::StatusCategory(_) | P::Condition(_) => Way::Own,
            P::Kind(_) => Way::Check,
            P::Name(test) | P::LegalName(test) => match part(test) {
                Some(words) => Way::found(search::find(db, &words)),
                None if test.is_exact() || test.is_null == Some(true) => Way::Own,
                None => Way::Check,
            },
            P::Email(test) => self.way_beside(db, part(test)),
            P::Phone(test) => self.way_beside(db, part(test)),
            P::Identifier(test) => self.way_beside(db, part(test)),
            P::ContactName(test) => self.way_beside(db, part(test)),
            P::Country(_) | P::City(_) | P::AddressType(_) | P::Region(_) | P::Zone(_) | P::Sector(_) | P::Tag(_) => {
                self.way_beside(db, None)
            }
            P::ClientLevel(test) => Way::found(Live::Clients.find(test.condition(column(client::Column::PotentialLevelId)))),
            P::Search(words) => Way::found(search::find(db, words)),
            P::Related(related) => match (related.find(), related.part()) {
                (Some(found), _) => Way::found(found),
                (None, Some(words)) => Way::found(search::find(db, &words)),
                (None, None) => Way::Check,
            },
        }
    }

    /// Whether all that a list is about pass, or none of them does, if that follows from whose they are and whether they are clients.
    pub fn known(&self, scope: Scope, are_clients: bool) -> Option<bool> {
        use ProspectPredicate as P;
        match (self, scope) {
            (P::Owner(test), Scope::Owner(owner_id)) => Some(test.accepts(owner_id)),
            (P::Condition(test), _) if are_clients => Some(test.accepts(&ProspectCondition::Client)),
            (P::ClientSince(TimeTest { is_null: Some(true), .. }), _) if are_clients => Some(false),
            _ => None,
        }
    }

    /// By an index that does not know the owners. Where the list is of one owner, it is asked for the prospects of all that pass, because
    /// it would have to be chosen between two indexes of which neither is always the better one.
    fn way_of_all(&self, walk: Walk, is_aligned: bool) -> Way {
        if is_aligned && !walk.is_owned {
            return Way::Order;
        }
        let all = prospect::Entity::find().select_only().column(Column::Id);
        let all = all.filter(visibility::condition(Scope::All)).filter(self.condition());
        Way::found(all.into_query())
    }

    /// As a planner with statistics can tell best how many pass.
    pub fn expected(&self, db: &Db) -> Condition {
        let found = match self {
            ProspectPredicate::Search(words) => Some(search::find(db, words)),
            ProspectPredicate::Related(related) => related.find(),
            ProspectPredicate::ClientLevel(test) => Some(Live::Clients.find(test.condition(column(client::Column::PotentialLevelId)))),
            // Even where no index leads to them.
            _ => self.beside().and_then(|beside| beside.rows()),
        };
        found.map_or_else(|| self.condition(), |found| Condition::all().add(Column::Id.in_subquery(found)))
    }

    fn way_beside(&self, db: &Db, part: Option<Words>) -> Way {
        match part {
            Some(words) => Way::found(search::find(db, &words)),
            None => self.beside().and_then(|beside| beside.find()).map_or(Way::Check, Way::found),
        }
    }

    /// The rows beside the prospect that the test is about, where it is about any that there may be.
    fn beside(&self) -> Option<Beside> {
        use ProspectPredicate as P;
        let text = |live, column: SimpleExpr, test: &TextTest| {
            let named = TextTest {
                is_null: None,
                ..test.clone()
            };
            Beside {
                live,
                named: named.has_part().then(|| named.condition(column.clone())),
                is_exact: test.is_exact(),
                column,
                is_null: test.is_null,
            }
        };
        let reference = |live, column: SimpleExpr, test: &IdTest| {
            let named = IdTest {
                is_null: None,
                ..test.clone()
            };
            Beside {
                live,
                named: test.is_exact().then(|| named.condition(column.clone())),
                is_exact: test.is_exact(),
                column,
                is_null: test.is_null,
            }
        };
        Some(match self {
            P::Email(test) => text(Live::Emails, column(contact_point::Column::ValueNorm), test),
            P::Phone(test) => text(Live::Phones, column(contact_point::Column::ValueNorm), test),
            P::Identifier(test) => text(Live::Identifiers, column(identifier::Column::NumberNorm), test),
            P::ContactName(test) => text(Live::Contacts, column(contact::Column::NameNorm), test),
            P::Country(test) => text(Live::Addresses, column(address::Column::Country), test),
            P::City(test) => text(Live::Addresses, column(address::Column::CityNorm), test),
            P::AddressType(test) => reference(Live::Addresses, column(address::Column::TypeId), test),
            P::Region(test) => reference(Live::Addresses, column(address::Column::RegionId), test),
            P::Zone(test) => reference(Live::Addresses, column(address::Column::ZoneId), test),
            P::Sector(test) => reference(Live::Addresses, column(address::Column::SectorId), test),
            P::Tag(test) => reference(Live::Tags, column(prospect_tag::Column::TagId), test),
            _ => return None,
        })
    }
}

/// A test of what rows beside a prospect hold. They hold nothing where none of them does.
struct Beside {
    live: Live,
    /// What one of the rows has to pass; None where it is only asked whether there is anything.
    named: Option<Condition>,
    is_exact: bool,
    column: SimpleExpr,
    is_null: Option<bool>,
}

impl Beside {
    fn condition(&self) -> Condition {
        let named = self.named.clone().map(|named| self.live.some(named));
        let any = || self.live.some(self.any());
        let null = self.is_null.map(|is_null| if is_null { any().not() } else { any() });
        Condition::all().add_option(named).add_option(null)
    }

    /// The prospects of the rows that pass, where an index leads to them.
    fn find(&self) -> Option<SelectStatement> {
        let is_found = if self.named.is_some() {
            self.is_exact
        } else {
            self.is_null == Some(false)
        };
        is_found.then(|| self.rows()).flatten()
    }

    /// The prospects of the rows that pass; None where it is no row that passes.
    fn rows(&self) -> Option<SelectStatement> {
        match &self.named {
            Some(named) => Some(self.live.find(named.clone())),
            None => (self.is_null == Some(false)).then(|| self.live.find(self.any())),
        }
    }

    fn any(&self) -> Condition {
        Condition::all().add(self.column.clone().is_not_null())
    }
}

/// Whether all prospects that pass have one and the same owner.
fn names_owner(filter: &ProspectFilter) -> bool {
    match filter {
        Filter::All(filters) => filters.iter().any(names_owner),
        Filter::Is(ProspectPredicate::Owner(test)) => test.is_single(),
        _ => false,
    }
}

/// What search documents are asked for the part of a text that a test looks for.
pub(super) fn part(test: &TextTest) -> Option<Words> {
    match test.searched.as_deref()? {
        [part] => Words::of_part(part),
        ways => Words::of_ways(ways),
    }
}

fn condition_test(test: &EnumTest<ProspectCondition>) -> Condition {
    let is = |condition: ProspectCondition| match condition {
        ProspectCondition::Prospect => Column::ClientSince.is_null(),
        ProspectCondition::Client => Column::ClientSince.is_not_null(),
    };
    let mut all = Condition::all();
    if let Some(condition) = test.eq {
        all = all.add(is(condition));
    }
    if let Some(conditions) = &test.in_ {
        // An empty list accepts nothing.
        all = all.add(
            conditions
                .iter()
                .fold(Condition::any().add(Expr::val(1).eq(0)), |any, condition| any.add(is(*condition))),
        );
    }
    all
}

pub(super) fn column<C: ColumnTrait>(column: C) -> SimpleExpr {
    Expr::col(column.as_column_ref())
}
