//! How lists of prospects and clients are narrowed, ordered and counted.

use std::sync::Arc;

use async_graphql::{Enum, InputObject};

use crate::entities::records::prospect;
use crate::error::Result;
use crate::resolvers::filter::{ColumnTest, Filter, Test, check_values};
use crate::resolvers::lists::page::{Direction, SortColumn};
use crate::resolvers::records::filterable;
use crate::resolvers::records::prospects;
use crate::resolvers::records::prospects::list::{self, ListQuery};
use crate::schema::connection::Count;
use crate::schema::filters::{DateTimeFilter, IdFilter, IntFilter, Reading, StringFilter, Tests, combine, enum_filter};
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
        let mut tests = Tests::new(reading);
        tests.id(&filterable::ID, self.id);
        tests.value(
            &filterable::KIND,
            self.kind.map(|test| test.into_test::<prospect::ProspectKind>().stored()),
        );
        tests.text(&filterable::NAME, self.name)?;
        tests.text(&filterable::LEGAL_NAME, self.legal_name)?;
        tests
            .all
            .extend(self.condition.map(ProspectConditionFilter::into_filter).transpose()?);
        tests.id(&filterable::STATUS, self.status);
        tests.category(&filterable::STATUS, self.status_category.map(StatusCategoryFilter::into_test));
        tests.id(&filterable::CHANNEL, self.channel);
        tests.id(&filterable::SEGMENT, self.segment);
        tests.id(&filterable::POTENTIAL_LEVEL, self.potential_level);
        tests.id(&filterable::SOURCE, self.source);
        tests.id(&filterable::OWNER, self.owner);
        tests.integer(&filterable::RATING, self.rating.map(|test| *test));
        tests.value(
            &filterable::INTEREST,
            self.interest.map(|test| test.into_test::<prospect::Interest>().stored()),
        );
        tests.id(&filterable::INDUSTRY, self.industry.map(|test| *test));
        tests.id(&filterable::CUSTOMER_TYPE, self.customer_type.map(|test| *test));
        tests.id_among(&filterable::TAGS, &filterable::TAG, self.tag.map(|test| *test));
        tests.integer(&filterable::VALIDITY_DAYS, self.validity_days.map(|test| *test));
        tests.time(&filterable::VALID_UNTIL, self.valid_until.map(|test| *test))?;
        tests.flag(&filterable::HAS_WEBSITES, self.has_websites);
        tests.flag(&filterable::IS_NOTIFICATION_ENABLED, self.is_notification_enabled);
        tests.time(&filterable::CREATED_AT, self.created_at)?;
        tests.time(&filterable::FIRST_CONTACT_AT, self.first_contact_at)?;
        tests.time(&filterable::LAST_ACTIVITY_AT, self.last_activity_at)?;
        tests.time(&filterable::CLIENT_SINCE, self.client_since)?;
        tests.text_among(&filterable::EMAILS, &filterable::EMAIL, self.email)?;
        tests.text_among(&filterable::PHONES, &filterable::PHONE, self.phone)?;
        tests.text_among(&filterable::IDENTIFIERS, &filterable::IDENTIFIER_NUMBER, self.identifier)?;
        tests.text_among(&filterable::CONTACTS, &filterable::CONTACT_NAME, self.contact_name)?;
        tests.text_among(&filterable::ADDRESSES, &filterable::COUNTRY, self.country)?;
        tests.text_among(&filterable::ADDRESSES, &filterable::CITY, self.city)?;
        tests.id_among(
            &filterable::ADDRESSES,
            &filterable::ADDRESS_TYPE,
            self.address_type.map(|test| *test),
        );
        tests.id_among(&filterable::ADDRESSES, &filterable::REGION, self.region.map(|test| *test));
        tests.id_among(&filterable::ADDRESSES, &filterable::ZONE, self.zone.map(|test| *test));
        tests.id_among(&filterable::ADDRESSES, &filterable::SECTOR, self.sector.map(|test| *test));
        for (touch, rows) in [
            (self.first_touch, &filterable::FIRST_TOUCH),
            (self.last_touch, &filterable::LAST_TOUCH),
        ] {
            touch.map(|touch| touch.add_to(rows, &mut tests)).transpose()?;
        }
        macro_rules! relations {
            ($($relation:ident),+) => {
                $(self.$relation.map(|relation| relation.add_to(&mut tests)).transpose()?;)+
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
            tests.all,
            self.and.map(each).transpose()?,
            self.or.map(each).transpose()?,
            self.not.map(|filter| filter.into_filter(reading)).transpose()?,
        ))
    }
}

impl ProspectConditionFilter {
    /// Both, one of the two, or neither.
    fn into_filter(self) -> Result<Filter> {
        let test = self.into_test::<ProspectCondition>();
        check_values(test.value_count())?;
        let accepts = [ProspectCondition::Prospect, ProspectCondition::Client].map(|condition| test.accepts(&condition));
        let is_client = |is_client| ColumnTest::new(&filterable::IS_CLIENT, Test::Flag(is_client));
        Ok(match accepts {
            [true, true] => Filter::default(),
            [true, false] => is_client(false).into(),
            [false, true] => is_client(true).into(),
            [false, false] => Filter::always(false),
        })
    }
}

impl ClientFilter {
    /// What it means at the moment, with relative periods settled.
    pub fn into_filter(self, reading: &Reading) -> Result<Filter> {
        let mut tests = Tests::new(reading);
        tests.time(&filterable::CLIENT_SINCE, self.since)?;
        if let Some(test) = self.potential_level {
            let mut levels = Tests::new(reading);
            levels.id(&filterable::CLIENT_LEVEL, Some(test));
            tests.all.push(filterable::some(&filterable::CLIENTS, Filter::All(levels.all)));
        }
        let each = |filters: Vec<ClientFilter>| filters.into_iter().map(|filter| filter.into_filter(reading)).collect();
        let mut and: Option<Vec<Filter>> = self.and.map(each).transpose()?;
        if let Some(prospect) = self.prospect {
            and.get_or_insert_default().push(prospect.into_filter(reading)?);
        }
        Ok(combine(
            tests.all,
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
