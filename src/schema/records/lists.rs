//! How lists of prospects and clients are narrowed, ordered and counted.

use std::sync::Arc;

use async_graphql::{Enum, InputObject};

use crate::error::Result;
use crate::ids::Kind;
use crate::resolvers::page::{Direction, SortColumn};
use crate::resolvers::records::prospects::filter::{ProspectFilter as Filter, ProspectPredicate as P};
use crate::resolvers::records::prospects::list::{self, ListQuery};
use crate::resolvers::records::prospects::related::Live;
use crate::resolvers::records::prospects::{self, filter};
use crate::rules::limits::{FULL_NAME_LENGTH, LINE_LENGTH, NAME_LENGTH};
use crate::schema::connection::Count;
use crate::schema::filters::{DateTimeFilter, IdFilter, IntFilter, Reading, StringFilter, TextKind, combine, enum_filter};
use crate::schema::records::prospects::{Interest, ProspectCondition, ProspectKind};
use crate::schema::records::relations::{
    AddressRelationFilter, ContactRelationFilter, CycleRelationFilter, EmailRelationFilter, IdentifierRelationFilter, NextTaskFilter,
    PhoneRelationFilter, TagRelationFilter, TaskRelationFilter, TimelineRelationFilter, TouchFilter,
};
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

enum_filter! {
    /// A test of how much somebody wants to buy. All parts that are given have to hold.
    InterestFilter over Interest, absent: "True: nobody has said so. False: somebody has."
}

/// Which prospects a list holds: all tests that are given have to hold. At most 4 levels, 50 tests and 200 values for each `in`.
// What is large lies in boxes: filters are read one inside the other before their levels are counted, and each takes its size of the stack.
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
    /// The stars, 1 to 5; `isNull: true` finds those without any.
    pub rating: Option<Box<IntFilter>>,
    /// How much they want to buy.
    pub interest: Option<Box<InterestFilter>>,
    /// What they live by.
    pub industry: Option<Box<IdFilter>>,
    /// What kind of customer they are, or would be.
    pub customer_type: Option<Box<IdFilter>>,
    /// One of their tags; `isNull: true` finds those without any.
    pub tag: Option<Box<IdFilter>>,
    /// For how many days an owner keeps them; `isNull: true` finds those that are kept for ever.
    pub validity_days: Option<Box<IntFilter>>,
    /// When the time of the present owner is up; `isNull: true` finds those without an end or without an owner.
    pub valid_until: Option<Box<DateTimeFilter>>,
    /// Whether a web site of theirs is known.
    pub has_websites: Option<bool>,
    /// Whether notifications are sent about them.
    pub is_notification_enabled: Option<bool>,
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
    /// A phone of theirs or of one of their contacts, as people type it: `eq` without an extension finds the number with any;
    /// `contains` and `startsWith` leave an extension out.
    pub phone: Option<StringFilter>,
    /// A document number; only letters, digits and `&` count, in the form of any type.
    pub identifier: Option<StringFilter>,
    /// The full name of one of their contacts.
    pub contact_name: Option<StringFilter>,
    /// The country of one of their addresses, as two letters.
    pub country: Option<StringFilter>,
    /// The city of one of their addresses.
    pub city: Option<StringFilter>,
    /// What one of their addresses is used for; `isNull: true` finds those of which no address says so.
    pub address_type: Option<Box<IdFilter>>,
    /// The region of one of their addresses; `isNull: true` finds those with no address in any.
    pub region: Option<Box<IdFilter>>,
    /// The zone of one of their addresses; `isNull: true` finds those with no address in any.
    pub zone: Option<Box<IdFilter>>,
    /// The sector of one of their addresses; `isNull: true` finds those with no address in any.
    pub sector: Option<Box<IdFilter>>,
    /// What is to be done next.
    pub next_task: Option<Box<NextTaskFilter>>,
    /// The people to talk to.
    pub contacts: Option<Box<ContactRelationFilter>>,
    /// The places.
    pub addresses: Option<Box<AddressRelationFilter>>,
    /// The document numbers.
    pub identifiers: Option<Box<IdentifierRelationFilter>>,
    /// The e-mails, of the prospect and of its contacts.
    pub emails: Option<Box<EmailRelationFilter>>,
    /// The phones, of the prospect and of its contacts.
    pub phones: Option<Box<PhoneRelationFilter>>,
    /// The runs of the sales process.
    pub cycles: Option<Box<CycleRelationFilter>>,
    /// What people have marked them with.
    pub tags: Option<Box<TagRelationFilter>>,
    /// What is to be done for them and what was, whatever became of it.
    pub tasks: Option<Box<TaskRelationFilter>>,
    /// What has happened.
    pub timeline: Option<Box<TimelineRelationFilter>>,
    /// Where they came from first.
    pub first_touch: Option<Box<TouchFilter>>,
    /// Where they came from most recently.
    pub last_touch: Option<Box<TouchFilter>>,
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
    pub prospect: Option<Box<ProspectFilter>>,
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

/// What a list of clients can be ordered by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub enum ClientOrderField {
    /// Since when they are clients.
    Since,
    /// When they were registered as prospects.
    CreatedAt,
    /// When something last happened.
    LastActivityAt,
    /// The name, without accents and case.
    Name,
}

/// One step of the order of a list of clients.
#[derive(Clone, Copy, Debug, InputObject)]
pub struct ClientOrder {
    /// What to order by.
    pub field: ClientOrderField,
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
        (column, order.direction.into())
    }
}

impl From<ClientOrder> for (SortColumn, Direction) {
    fn from(order: ClientOrder) -> Self {
        let column = match order.field {
            ClientOrderField::Since => prospects::CLIENT_SINCE,
            ClientOrderField::CreatedAt => prospects::CREATED_AT,
            ClientOrderField::LastActivityAt => prospects::LAST_ACTIVITY_AT,
            ClientOrderField::Name => prospects::NAME,
        };
        (column, order.direction.into())
    }
}

impl From<OrderDirection> for Direction {
    fn from(direction: OrderDirection) -> Self {
        match direction {
            OrderDirection::Asc => Direction::Ascending,
            OrderDirection::Desc => Direction::Descending,
        }
    }
}

impl ProspectFilter {
    /// What it means at the moment, with relative periods settled.
    pub fn into_filter(self, reading: &Reading) -> Result<Filter> {
        let mut tests: Vec<P> = Vec::new();
        let mut add = |test: Option<P>| tests.extend(test);
        let id = |test: Option<IdFilter>, kind, predicate: fn(_) -> P| test.map(|test| predicate(test.into_test(kind)));
        let text = |test: Option<StringFilter>, most, kind, predicate: fn(_) -> P| {
            test.map(|test| reading.text(test, most, kind).map(predicate)).transpose()
        };
        let time = |test: Option<DateTimeFilter>, predicate: fn(_) -> P| {
            test.map(|test| test.into_test(&reading.moment).map(predicate)).transpose()
        };
        let boxed = |test: Option<Box<IdFilter>>, kind, predicate: fn(_) -> P| id(test.map(|test| *test), kind, predicate);
        add(id(self.id, Kind::Prospect, P::Id));
        add(self.kind.map(|test| P::Kind(test.into_test())));
        add(text(self.name, NAME_LENGTH, TextKind::Name, P::Name)?);
        add(text(self.legal_name, NAME_LENGTH, TextKind::Name, P::LegalName)?);
        add(self
            .condition
            .map(|test| P::Condition(test.into_test::<filter::ProspectCondition>())));
        add(id(self.status, Kind::Status, P::Status));
        add(self.status_category.map(|test| P::StatusCategory(test.into_test())));
        add(id(self.channel, Kind::Channel, P::Channel));
        add(id(self.segment, Kind::Segment, P::Segment));
        add(id(self.potential_level, Kind::PotentialLevel, P::PotentialLevel));
        add(id(self.source, Kind::Source, P::Source));
        add(id(self.owner, Kind::User, P::Owner));
        add(self.rating.map(|test| P::Rating((*test).into())));
        add(self.interest.map(|test| P::Interest(test.into_test())));
        add(boxed(self.industry, Kind::Industry, P::Industry));
        add(boxed(self.customer_type, Kind::CustomerType, P::CustomerType));
        add(boxed(self.tag, Kind::Tag, P::Tag));
        add(self.validity_days.map(|test| P::ValidityDays((*test).into())));
        add(time(self.valid_until.map(|test| *test), P::ValidUntil)?);
        add(self.has_websites.map(P::HasWebsites));
        add(self.is_notification_enabled.map(P::IsNotificationEnabled));
        add(time(self.created_at, P::CreatedAt)?);
        add(time(self.first_contact_at, P::FirstContactAt)?);
        add(time(self.last_activity_at, P::LastActivityAt)?);
        add(time(self.client_since, P::ClientSince)?);
        add(text(self.email, LINE_LENGTH, TextKind::Email, P::Email)?);
        add(text(self.phone, LINE_LENGTH, TextKind::Phone, P::Phone)?);
        add(text(self.identifier, LINE_LENGTH, TextKind::DocumentNumber, P::Identifier)?);
        add(text(self.contact_name, FULL_NAME_LENGTH, TextKind::Name, P::ContactName)?);
        add(text(self.country, LINE_LENGTH, TextKind::Country, P::Country)?);
        add(text(self.city, LINE_LENGTH, TextKind::Name, P::City)?);
        add(boxed(self.address_type, Kind::AddressType, P::AddressType));
        add(boxed(self.region, Kind::Region, P::Region));
        add(boxed(self.zone, Kind::Zone, P::Zone));
        add(boxed(self.sector, Kind::Sector, P::Sector));
        let touch = |test: Option<Box<TouchFilter>>, live| test.map(|test| test.into_part(live, reading).map(P::Related)).transpose();
        add(touch(self.first_touch, Live::FirstTouch)?);
        add(touch(self.last_touch, Live::LastTouch)?);
        macro_rules! relations {
            ($($relation:ident),+) => {
                $(if let Some(relation) = self.$relation {
                    tests.extend(relation.into_parts(reading)?.into_iter().map(P::Related));
                })+
            };
        }
        relations!(
            next_task,
            contacts,
            addresses,
            identifiers,
            emails,
            phones,
            cycles,
            tags,
            tasks,
            timeline
        );
        let each = |filters: Vec<ProspectFilter>| filters.into_iter().map(|filter| filter.into_filter(reading)).collect();
        Ok(combine(
            tests,
            self.and.map(each).transpose()?,
            self.or.map(each).transpose()?,
            self.not.map(|filter| filter.into_filter(reading)).transpose()?,
        ))
    }
}

impl ClientFilter {
    /// What it means at the moment, with relative periods settled.
    pub fn into_filter(self, reading: &Reading) -> Result<Filter> {
        let since = self
            .since
            .map(|test| test.into_test(&reading.moment).map(P::ClientSince))
            .transpose()?;
        let level = self
            .potential_level
            .map(|test| P::ClientLevel(test.into_test(Kind::PotentialLevel)));
        let each = |filters: Vec<ClientFilter>| filters.into_iter().map(|filter| filter.into_filter(reading)).collect();
        let mut and: Option<Vec<Filter>> = self.and.map(each).transpose()?;
        if let Some(prospect) = self.prospect {
            and.get_or_insert_default().push(prospect.into_filter(reading)?);
        }
        Ok(combine(
            [since, level].into_iter().flatten().collect(),
            and,
            self.or.map(each).transpose()?,
            self.not.map(|filter| filter.into_filter(reading)).transpose()?,
        ))
    }
}

/// How the rows of all pages of the list are counted.
pub fn count(query: Arc<ListQuery>) -> Count {
    Count::new(move |cx| {
        let query = query.clone();
        async move { list::count(&cx, &query).await }
    })
}
