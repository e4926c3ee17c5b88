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
use crate::rules::points::{email_fragment, phone_fragment};
use crate::rules::search::Words;
use crate::text::{norm, norm_number};

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

impl Predicate for ProspectPredicate {
    fn condition(&self) -> Condition {
        use ProspectPredicate as P;
        match self {
            P::Id(test) => test.condition(column(Column::Id)),
            P::Kind(test) => test.condition(column(Column::Kind)),
            P::Name(test) => test.named(column(Column::NameNorm)),
            P::LegalName(test) => test.named(column(Column::LegalNameNorm)),
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
            P::ClientLevel(_) | P::Email(_) | P::Phone(_) | P::Identifier(_) | P::ContactName(_) | P::Country(_) | P::City(_) => {
                self.beside().map_or_else(Condition::all, |(live, test)| live.some(test))
            }
            P::AddressType(_) | P::Region(_) | P::Zone(_) | P::Sector(_) | P::Tag(_) => {
                self.reference().map_or_else(Condition::all, |reference| reference.condition())
            }
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
            P::ClientSince(_) => own(walk.first == super::CLIENT_SINCE),
            P::Id(_) | P::StatusCategory(_) | P::Condition(_) => Way::Own,
            P::Kind(_) => Way::Check,
            P::Name(test) | P::LegalName(test) => match part(test, norm) {
                Some(words) => Way::found(search::find(db, &words)),
                None if test.is_exact() => Way::Own,
                None => Way::Check,
            },
            P::Email(test) => self.way_beside(db, test, part(test, email_fragment)),
            P::Phone(test) => self.way_beside(db, test, part(test, phone_fragment)),
            P::Identifier(test) => self.way_beside(db, test, part(test, norm_number)),
            P::ContactName(test) => self.way_beside(db, test, part(test, norm)),
            P::Country(test) | P::City(test) => self.way_beside(db, test, None),
            P::AddressType(_) | P::Region(_) | P::Zone(_) | P::Sector(_) | P::Tag(_) => self
                .reference()
                .and_then(|reference| reference.find())
                .map_or(Way::Check, Way::found),
            P::ClientLevel(_) => self.beside().map_or(Way::Check, |(live, test)| Way::found(live.find(test))),
            P::Search(words) => Way::found(search::find(db, words)),
            P::Related(related) => match (related.find(), related.part()) {
                (Some(found), _) => Way::found(found),
                (None, Some(words)) => Way::found(search::find(db, &words)),
                (None, None) => Way::Check,
            },
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
            _ => match self.beside() {
                Some((live, test)) => Some(live.find(test)),
                None => self.reference().and_then(|reference| reference.find()),
            },
        };
        found.map_or_else(|| self.condition(), |found| Condition::all().add(Column::Id.in_subquery(found)))
    }

    fn way_beside(&self, db: &Db, test: &TextTest, part: Option<Words>) -> Way {
        match (part, self.beside()) {
            (Some(words), _) => Way::found(search::find(db, &words)),
            (None, Some((live, condition))) if test.is_exact() => Way::found(live.find(condition)),
            _ => Way::Check,
        }
    }

    /// What rows beside the prospect refer to, where the test is about that.
    fn reference(&self) -> Option<Reference<'_>> {
        use ProspectPredicate as P;
        let (live, column, test) = match self {
            P::AddressType(test) => (Live::Addresses, column(address::Column::TypeId), test),
            P::Region(test) => (Live::Addresses, column(address::Column::RegionId), test),
            P::Zone(test) => (Live::Addresses, column(address::Column::ZoneId), test),
            P::Sector(test) => (Live::Addresses, column(address::Column::SectorId), test),
            P::Tag(test) => (Live::Tags, column(prospect_tag::Column::TagId), test),
            _ => return None,
        };
        Some(Reference { live, column, test })
    }

    /// The rows beside the prospect that the test is about, and what has to hold for one of them.
    fn beside(&self) -> Option<(Live, Condition)> {
        use ProspectPredicate as P;
        Some(match self {
            P::Email(test) => (
                Live::Emails,
                test.condition(column(contact_point::Column::ValueNorm), email_fragment),
            ),
            P::Phone(test) => (
                Live::Phones,
                test.condition(column(contact_point::Column::ValueNorm), phone_fragment),
            ),
            P::Identifier(test) => (
                Live::Identifiers,
                test.condition(column(identifier::Column::NumberNorm), norm_number),
            ),
            P::ContactName(test) => (Live::Contacts, test.named(column(contact::Column::NameNorm))),
            P::Country(test) => (Live::Addresses, test.condition(column(address::Column::Country), country)),
            P::City(test) => (Live::Addresses, test.named(column(address::Column::CityNorm))),
            P::ClientLevel(test) => (Live::Clients, test.condition(column(client::Column::PotentialLevelId))),
            _ => return None,
        })
    }
}

/// A test of what rows beside a prospect refer to. It refers to nothing where none of them does.
struct Reference<'a> {
    live: Live,
    column: SimpleExpr,
    test: &'a IdTest,
}

impl Reference<'_> {
    fn condition(&self) -> Condition {
        let named = self.test.is_exact().then(|| self.live.some(self.named()));
        let any = || self.live.some(self.any());
        let null = self.test.is_null.map(|is_null| if is_null { any().not() } else { any() });
        Condition::all().add_option(named).add_option(null)
    }

    fn find(&self) -> Option<SelectStatement> {
        if self.test.is_exact() {
            return Some(self.live.find(self.named()));
        }
        (self.test.is_null == Some(false)).then(|| self.live.find(self.any()))
    }

    fn named(&self) -> Condition {
        let test = IdTest {
            is_null: None,
            ..self.test.clone()
        };
        test.condition(self.column.clone())
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

/// What of a part of a text the index of texts finds; None where it is no help.
pub(super) fn part(test: &TextTest, normalise: fn(&str) -> String) -> Option<Words> {
    let part = normalise(test.contains.as_deref()?);
    // There phones are kept without the plus, and document numbers in small letters.
    Words::of_part(&part.trim_start_matches('+').to_ascii_lowercase())
}

pub(super) fn country(text: &str) -> String {
    text.trim().to_uppercase()
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
