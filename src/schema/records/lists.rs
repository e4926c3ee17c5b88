//! How lists of prospects and clients are narrowed and ordered.

use async_graphql::{Enum, InputObject};

use crate::ids::Kind;
use crate::resolvers::page::{Direction, SortColumn};
use crate::resolvers::records::prospects::filter::{ProspectFilter as Filter, ProspectPredicate as P};
use crate::resolvers::records::prospects::{self, filter};
use crate::schema::filters::{DateTimeFilter, IdFilter, StringFilter, combine, enum_filter};
use crate::schema::records::prospects::{ProspectCondition, ProspectKind};
use crate::schema::setup::statuses::StatusCategory;

enum_filter! {
    /// A test of what a prospect is: a person or a company.
    ProspectKindFilter over ProspectKind
}
enum_filter! {
    /// A test of whether somebody is a client already.
    ProspectConditionFilter over ProspectCondition
}
enum_filter! {
    /// A test of the category of a status.
    StatusCategoryFilter over StatusCategory
}

/// Which prospects a list holds: all tests that are given have to hold. At most 4 levels, 50 tests and 200 values for each `in`.
#[derive(Clone, Debug, Default, InputObject)]
pub struct ProspectFilter {
    /// Certain prospects.
    pub id: Option<IdFilter>,
    /// A person or a company.
    pub kind: Option<ProspectKindFilter>,
    /// What they are called.
    pub name: Option<StringFilter>,
    /// The registered name of a company.
    pub legal_name: Option<StringFilter>,
    /// Whether they are clients already; without this test the list holds both.
    pub condition: Option<ProspectConditionFilter>,
    /// Where they are in the sales process.
    pub status: Option<IdFilter>,
    /// The category of the status.
    pub status_category: Option<StatusCategoryFilter>,
    /// The commercial channel through which they came.
    pub channel: Option<IdFilter>,
    /// The business segment.
    pub segment: Option<IdFilter>,
    /// The potential level as a prospect.
    pub potential_level: Option<IdFilter>,
    /// The source of the first touch.
    pub source: Option<IdFilter>,
    /// The owner; `isNull: true` finds those without one.
    pub owner: Option<IdFilter>,
    /// When they were registered.
    pub created_at: Option<DateTimeFilter>,
    /// When somebody first reached out to them.
    pub first_contact_at: Option<DateTimeFilter>,
    /// When something last happened.
    pub last_activity_at: Option<DateTimeFilter>,
    /// Since when they are clients.
    pub client_since: Option<DateTimeFilter>,
    /// An e-mail of theirs or of one of their contacts.
    pub email: Option<StringFilter>,
    /// A phone of theirs or of one of their contacts, in E.164; only digits and `+` count.
    pub phone: Option<StringFilter>,
    /// A document number; only letters and digits count.
    pub identifier: Option<StringFilter>,
    /// The full name of one of their contacts.
    pub contact_name: Option<StringFilter>,
    /// The country of one of their addresses, as two letters.
    pub country: Option<StringFilter>,
    /// The city of one of their addresses.
    pub city: Option<StringFilter>,
    /// All of these hold.
    pub and: Option<Vec<ProspectFilter>>,
    /// At least one of these holds; an empty list accepts nothing.
    pub or: Option<Vec<ProspectFilter>>,
    /// This does not hold.
    pub not: Option<Box<ProspectFilter>>,
}

/// Which clients a list holds: all tests that are given have to hold. At most 4 levels, 50 tests and 200 values for each `in`.
#[derive(Clone, Debug, Default, InputObject)]
pub struct ClientFilter {
    /// Since when they are clients.
    pub since: Option<DateTimeFilter>,
    /// The potential level as a client.
    pub potential_level: Option<IdFilter>,
    /// What holds for the prospect behind the client.
    pub prospect: Option<ProspectFilter>,
    /// All of these hold.
    pub and: Option<Vec<ClientFilter>>,
    /// At least one of these holds; an empty list accepts nothing.
    pub or: Option<Vec<ClientFilter>>,
    /// This does not hold.
    pub not: Option<Box<ClientFilter>>,
}

/// Which way a list goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub enum OrderDirection {
    /// Smallest, earliest, or first in the alphabet first.
    Asc,
    /// Largest, latest, or last in the alphabet first.
    Desc,
}

/// What a list of prospects can be ordered by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub enum ProspectOrderField {
    /// When they were registered.
    CreatedAt,
    /// When something last happened.
    LastActivityAt,
    /// The name, without accents and case.
    Name,
}

/// One step of the order of a list of prospects.
#[derive(Clone, Copy, Debug, InputObject)]
pub struct ProspectOrder {
    /// What to order by.
    pub field: ProspectOrderField,
    /// Which way.
    pub direction: OrderDirection,
}

impl From<ProspectOrder> for (SortColumn, Direction) {
    fn from(order: ProspectOrder) -> Self {
        let column = match order.field {
            ProspectOrderField::CreatedAt => prospects::CREATED_AT,
            ProspectOrderField::LastActivityAt => prospects::LAST_ACTIVITY_AT,
            ProspectOrderField::Name => prospects::NAME,
        };
        let direction = match order.direction {
            OrderDirection::Asc => Direction::Ascending,
            OrderDirection::Desc => Direction::Descending,
        };
        (column, direction)
    }
}

impl From<ProspectFilter> for Filter {
    fn from(filter: ProspectFilter) -> Self {
        let id = |test: Option<IdFilter>, kind, predicate: fn(_) -> P| test.map(|test| predicate(test.into_test(kind)));
        let text = |test: Option<StringFilter>, predicate: fn(_) -> P| test.map(|test| predicate(test.into()));
        let time = |test: Option<DateTimeFilter>, predicate: fn(_) -> P| test.map(|test| predicate(test.into()));
        let tests = [
            id(filter.id, Kind::Prospect, P::Id),
            filter.kind.map(|test| P::Kind(test.into_test())),
            text(filter.name, P::Name),
            text(filter.legal_name, P::LegalName),
            filter
                .condition
                .map(|test| P::Condition(test.into_test::<filter::ProspectCondition>())),
            id(filter.status, Kind::Status, P::Status),
            filter.status_category.map(|test| P::StatusCategory(test.into_test())),
            id(filter.channel, Kind::Channel, P::Channel),
            id(filter.segment, Kind::Segment, P::Segment),
            id(filter.potential_level, Kind::PotentialLevel, P::PotentialLevel),
            id(filter.source, Kind::Source, P::Source),
            id(filter.owner, Kind::User, P::Owner),
            time(filter.created_at, P::CreatedAt),
            time(filter.first_contact_at, P::FirstContactAt),
            time(filter.last_activity_at, P::LastActivityAt),
            time(filter.client_since, P::ClientSince),
            text(filter.email, P::Email),
            text(filter.phone, P::Phone),
            text(filter.identifier, P::Identifier),
            text(filter.contact_name, P::ContactName),
            text(filter.country, P::Country),
            text(filter.city, P::City),
        ];
        combine(
            tests.into_iter().flatten().collect(),
            filter.and.map(each),
            filter.or.map(each),
            filter.not.map(|filter| (*filter).into()),
        )
    }
}

impl From<ClientFilter> for Filter {
    fn from(filter: ClientFilter) -> Self {
        let tests = [
            filter.since.map(|test| P::ClientSince(test.into())),
            filter
                .potential_level
                .map(|test| P::ClientLevel(test.into_test(Kind::PotentialLevel))),
        ];
        let mut and = filter.and.map(each);
        if let Some(prospect) = filter.prospect {
            and.get_or_insert_default().push(prospect.into());
        }
        combine(
            tests.into_iter().flatten().collect(),
            and,
            filter.or.map(each),
            filter.not.map(|filter| (*filter).into()),
        )
    }
}

fn each<F: Into<Filter>>(filters: Vec<F>) -> Vec<Filter> {
    filters.into_iter().map(F::into).collect()
}
