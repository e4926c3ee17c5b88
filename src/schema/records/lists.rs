//! Filters and sort orders of the lists of prospects and clients.

use async_graphql::{Enum, InputObject};

use crate::entities::records::prospect;
use crate::entities::setup::attribute_definition::AttributeEntity;
use crate::error::Result;
use crate::resolvers::filter::{ColumnTest, Filter, Test, check_values};
use crate::resolvers::lists::page::{Direction, SortColumn};
use crate::resolvers::records::filterable;
use crate::resolvers::records::prospects;
use crate::schema::custom::{CustomFilter, OfClient, OfProspect};
use crate::schema::filters::{DateTimeFilter, FilterContext, IdFilter, IntFilter, StringFilter, Tests, combine, enum_filter};
use crate::schema::records::attributes::filters::{AttributeConditions, AttributeFilter, order_step};
use crate::schema::records::entries::relation::TimelineRelationFilter;
use crate::schema::records::intervals::{OwnerIntervalRelationFilter, StatusIntervalRelationFilter};
use crate::schema::records::prospects::{Interest, ProspectCondition, ProspectKind};
use crate::schema::records::relations::{
    AddressRelationFilter, ContactRelationFilter, CycleRelationFilter, EmailRelationFilter, IdentifierRelationFilter, NextTaskFilter,
    PhoneRelationFilter, ProspectCycleFilter, TagRelationFilter, TaskRelationFilter,
};
use crate::schema::records::touches::TouchFilter;
use crate::schema::setup::statuses::StatusCategory;

enum_filter! {
    /// Condition on the kind of prospect: a person or a company.
    ProspectKindFilter over ProspectKind
}
enum_filter! {
    /// Condition on whether a record is a client already.
    ProspectConditionFilter over ProspectCondition
}
enum_filter! {
    /// Condition on the category of a status.
    StatusCategoryFilter over StatusCategory
}

enum_filter! {
    /// Condition on purchase interest. All conditions given must hold.
    InterestFilter over Interest, absent: "True matches prospects without a purchase interest, false those with one."
}

/// Conditions on prospects. All conditions given must hold. At most 4 levels, 50 conditions, and 200 values for each `in`.
// Large members are boxed: filters are parsed recursively before their levels are counted, and each takes its size on the stack.
#[derive(Clone, Debug, Default, InputObject)]
pub struct ProspectFilter {
    /// IDs of prospects.
    pub id: Option<IdFilter>,
    /// Kind of prospect: a person or a company.
    pub kind: Option<ProspectKindFilter>,
    /// Name of the prospect.
    pub name: Option<StringFilter>,
    /// Registered name of a company.
    pub legal_name: Option<StringFilter>,
    /// Condition of the record: prospect or client. Default: both.
    pub condition: Option<ProspectConditionFilter>,
    /// Status (pipeline stage) of the prospect.
    pub status: Option<IdFilter>,
    /// Category of the status.
    pub status_category: Option<StatusCategoryFilter>,
    /// Commercial channel through which the prospect came.
    pub channel: Option<IdFilter>,
    /// Business segment.
    pub segment: Option<IdFilter>,
    /// Potential level as a prospect (rating, tier).
    pub potential_level: Option<IdFilter>,
    /// Source of the first touch (lead source).
    pub source: Option<IdFilter>,
    /// Owner of the prospect; `isNull: true` matches those without one.
    pub owner: Option<IdFilter>,
    /// User who registered the prospect; `isNull: true` matches those that no user registered.
    pub created_by: Option<Box<IdFilter>>,
    /// Rating of 1 to 5 stars; `isNull: true` matches those without one.
    pub rating: Option<Box<IntFilter>>,
    /// Purchase interest.
    pub interest: Option<Box<InterestFilter>>,
    /// Industry of the prospect.
    pub industry: Option<Box<IdFilter>>,
    /// Type of customer.
    pub customer_type: Option<Box<IdFilter>>,
    /// A tag of the prospect; `isNull: true` matches those without tags.
    pub tag: Option<Box<IdFilter>>,
    /// Validity in days; `isNull: true` matches those that do not expire.
    pub validity_days: Option<Box<IntFilter>>,
    /// End of the validity for the current owner; `isNull: true` matches those that do not expire or have no owner.
    pub valid_until: Option<Box<DateTimeFilter>>,
    /// True matches prospects with a web site, false those without.
    pub has_websites: Option<bool>,
    /// True matches prospects with notifications on, false those with notifications off.
    pub is_notification_enabled: Option<bool>,
    /// Registration time.
    pub created_at: Option<DateTimeFilter>,
    /// Time of the first contact.
    pub first_contact_at: Option<DateTimeFilter>,
    /// Time of the last activity.
    pub last_activity_at: Option<DateTimeFilter>,
    /// Time of the first win.
    pub client_since: Option<DateTimeFilter>,
    /// An e-mail address of the prospect or one of its contacts.
    pub email: Option<StringFilter>,
    /// A phone number of the prospect or one of its contacts. `eq` without an extension matches any extension; `contains` and `startsWith`
    /// ignore extensions.
    pub phone: Option<StringFilter>,
    /// A document number. Only letters, digits and `&` count, in the form of any type.
    pub identifier: Option<StringFilter>,
    /// Full name of a contact.
    pub contact_name: Option<StringFilter>,
    /// Country of an address, as an ISO 3166-1 alpha-2 code.
    pub country: Option<StringFilter>,
    /// City of an address.
    pub city: Option<StringFilter>,
    /// Type of an address; `isNull: true` matches prospects without a typed address.
    pub address_type: Option<Box<IdFilter>>,
    /// Region of an address; `isNull: true` matches prospects with no address in a region.
    pub region: Option<Box<IdFilter>>,
    /// Zone of an address; `isNull: true` matches prospects with no address in a zone.
    pub zone: Option<Box<IdFilter>>,
    /// Sector of an address; `isNull: true` matches prospects with no address in a sector.
    pub sector: Option<Box<IdFilter>>,
    /// The next planned task.
    pub next_task: Option<Box<NextTaskFilter>>,
    /// Contacts of the prospect.
    pub contacts: Option<Box<ContactRelationFilter>>,
    /// Addresses of the prospect.
    pub addresses: Option<Box<AddressRelationFilter>>,
    /// Document numbers of the prospect.
    pub identifiers: Option<Box<IdentifierRelationFilter>>,
    /// E-mail addresses of the prospect and its contacts.
    pub emails: Option<Box<EmailRelationFilter>>,
    /// Phone numbers of the prospect and its contacts.
    pub phones: Option<Box<PhoneRelationFilter>>,
    /// Current sales cycle of the prospect: the open one, or else the latest.
    pub current_cycle: Option<Box<ProspectCycleFilter>>,
    /// Sales cycles of the prospect.
    pub cycles: Option<Box<CycleRelationFilter>>,
    /// Times in which the prospect had a status (pipeline stage).
    pub status_intervals: Option<Box<StatusIntervalRelationFilter>>,
    /// Times in which the prospect had an owner.
    pub owner_intervals: Option<Box<OwnerIntervalRelationFilter>>,
    /// Tags of the prospect.
    pub tags: Option<Box<TagRelationFilter>>,
    /// Tasks of the prospect, in any state.
    pub tasks: Option<Box<TaskRelationFilter>>,
    /// Timeline entries of the prospect.
    pub timeline: Option<Box<TimelineRelationFilter>>,
    /// First touch of the prospect.
    pub first_touch: Option<Box<TouchFilter>>,
    /// Most recent touch of the prospect.
    pub last_touch: Option<Box<TouchFilter>>,
    /// Attributes (custom fields) of the prospect.
    pub attributes: Option<Vec<AttributeFilter>>,
    /// Attributes (custom fields) of the prospect, as typed fields.
    pub custom: Option<Box<CustomFilter<OfProspect>>>,
    /// All of these conditions hold.
    pub and: Option<Vec<ProspectFilter>>,
    /// At least one of these conditions holds. An empty list matches nothing.
    pub or: Option<Vec<ProspectFilter>>,
    /// The condition does not hold.
    pub not: Option<Box<ProspectFilter>>,
}

/// Conditions on clients. All conditions given must hold. At most 4 levels, 50 conditions, and 200 values for each `in`.
#[derive(Clone, Debug, Default, InputObject)]
pub struct ClientFilter {
    /// Time of the first win.
    pub since: Option<DateTimeFilter>,
    /// Potential level as a client (rating, tier).
    pub potential_level: Option<IdFilter>,
    /// User who won the prospect; `isNull: true` matches clients that no user won.
    pub converted_by: Option<IdFilter>,
    /// Conditions on the prospect of the client.
    pub prospect: Option<Box<ProspectFilter>>,
    /// Attributes (custom fields) of the client.
    pub attributes: Option<Vec<AttributeFilter>>,
    /// Attributes (custom fields) of the client, as typed fields.
    pub custom: Option<Box<CustomFilter<OfClient>>>,
    /// All of these conditions hold.
    pub and: Option<Vec<ClientFilter>>,
    /// At least one of these conditions holds. An empty list matches nothing.
    pub or: Option<Vec<ClientFilter>>,
    /// The condition does not hold.
    pub not: Option<Box<ClientFilter>>,
}

/// Direction of a sort order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub enum OrderDirection {
    /// Smallest, earliest, or alphabetically first on top.
    Asc,
    /// Largest, latest, or alphabetically last on top.
    Desc,
}

/// Sort keys of a list of prospects.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub enum ProspectOrderField {
    /// Registration time.
    CreatedAt,
    /// Time of the last activity.
    LastActivityAt,
    /// Name, without accents and case.
    Name,
    /// Attribute (custom field) of the prospect, named by `attributeKey`. Records without a value come last in both directions.
    Attribute,
}

/// One step of the sort order of prospects.
#[derive(Clone, Debug, InputObject)]
pub struct ProspectOrder {
    /// Sort key of this step.
    pub field: ProspectOrderField,
    /// Key of the attribute, with the field `ATTRIBUTE` only. `BAD_USER_INPUT` if there is no such attribute, or it is retired, a long text or
    /// multiple. Texts are ordered without accents and case, choices by their keys.
    pub attribute_key: Option<String>,
    /// Sort direction.
    pub direction: OrderDirection,
}

/// Sort keys of a list of clients.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub enum ClientOrderField {
    /// Time of the first win.
    Since,
    /// Registration time as a prospect.
    CreatedAt,
    /// Time of the last activity.
    LastActivityAt,
    /// Name, without accents and case.
    Name,
    /// Attribute (custom field) of the client, named by `attributeKey`. Records without a value come last in both directions.
    Attribute,
}

/// One step of the sort order of clients.
#[derive(Clone, Debug, InputObject)]
pub struct ClientOrder {
    /// Sort key of this step.
    pub field: ClientOrderField,
    /// Key of the attribute, with the field `ATTRIBUTE` only. `BAD_USER_INPUT` if there is no such attribute, or it is retired, a long text or
    /// multiple. Texts are ordered without accents and case, choices by their keys.
    pub attribute_key: Option<String>,
    /// Sort direction.
    pub direction: OrderDirection,
}

impl ProspectOrder {
    pub fn into_step(self, context: &FilterContext) -> Result<(SortColumn, Direction)> {
        let column = match self.field {
            ProspectOrderField::CreatedAt => Some(prospects::CREATED_AT),
            ProspectOrderField::LastActivityAt => Some(prospects::LAST_ACTIVITY_AT),
            ProspectOrderField::Name => Some(prospects::NAME),
            ProspectOrderField::Attribute => None,
        };
        order_step(
            context,
            AttributeEntity::Prospect,
            column,
            self.attribute_key,
            self.direction.into(),
        )
    }
}

impl ClientOrder {
    pub fn into_step(self, context: &FilterContext) -> Result<(SortColumn, Direction)> {
        let column = match self.field {
            ClientOrderField::Since => Some(prospects::CLIENT_SINCE),
            ClientOrderField::CreatedAt => Some(prospects::CREATED_AT),
            ClientOrderField::LastActivityAt => Some(prospects::LAST_ACTIVITY_AT),
            ClientOrderField::Name => Some(prospects::NAME),
            ClientOrderField::Attribute => None,
        };
        order_step(context, AttributeEntity::Client, column, self.attribute_key, self.direction.into())
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
    /// Resolves the input against the clock of the request, relative periods included.
    pub fn into_filter(self, context: &FilterContext) -> Result<Filter> {
        let mut tests = Tests::new(context);
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
        tests.id(&filterable::CREATED_BY, self.created_by.map(|test| *test));
        tests.integer(&filterable::RATING, self.rating.map(|test| *test));
        tests.value(
            &filterable::INTEREST,
            self.interest.map(|test| test.into_test::<prospect::Interest>().stored()),
        );
        tests.id(&filterable::INDUSTRY, self.industry.map(|test| *test));
        tests.id(&filterable::CUSTOMER_TYPE, self.customer_type.map(|test| *test));
        tests.some_id(&filterable::TAGS, &filterable::TAG, self.tag.map(|test| *test));
        tests.integer(&filterable::VALIDITY_DAYS, self.validity_days.map(|test| *test));
        tests.time(&filterable::VALID_UNTIL, self.valid_until.map(|test| *test))?;
        tests.flag(&filterable::HAS_WEBSITES, self.has_websites);
        tests.flag(&filterable::IS_NOTIFICATION_ENABLED, self.is_notification_enabled);
        tests.time(&filterable::CREATED_AT, self.created_at)?;
        tests.time(&filterable::FIRST_CONTACT_AT, self.first_contact_at)?;
        tests.time(&filterable::LAST_ACTIVITY_AT, self.last_activity_at)?;
        tests.time(&filterable::CLIENT_SINCE, self.client_since)?;
        tests.some_text(&filterable::EMAILS, &filterable::EMAIL, self.email)?;
        tests.some_text(&filterable::PHONES, &filterable::PHONE, self.phone)?;
        tests.some_text(&filterable::IDENTIFIERS, &filterable::IDENTIFIER_NUMBER, self.identifier)?;
        tests.some_text(&filterable::CONTACTS, &filterable::CONTACT_NAME, self.contact_name)?;
        tests.some_text(&filterable::ADDRESSES, &filterable::COUNTRY, self.country)?;
        tests.some_text(&filterable::ADDRESSES, &filterable::CITY, self.city)?;
        tests.some_id(
            &filterable::ADDRESSES,
            &filterable::ADDRESS_TYPE,
            self.address_type.map(|test| *test),
        );
        tests.some_id(&filterable::ADDRESSES, &filterable::REGION, self.region.map(|test| *test));
        tests.some_id(&filterable::ADDRESSES, &filterable::ZONE, self.zone.map(|test| *test));
        tests.some_id(&filterable::ADDRESSES, &filterable::SECTOR, self.sector.map(|test| *test));
        for (touch, rows) in [
            (self.first_touch, &filterable::FIRST_TOUCH),
            (self.last_touch, &filterable::LAST_TOUCH),
        ] {
            touch.map(|touch| touch.add_to(rows, &mut tests)).transpose()?;
        }
        if let Some(cycle) = self.current_cycle {
            cycle.add_current_to(&mut tests)?;
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
            status_intervals,
            owner_intervals,
            tags,
            tasks,
            timeline
        );
        let attributes = AttributeConditions {
            generic: self.attributes,
            typed: self.custom,
        };
        attributes.add_to(&mut tests)?;
        let each = |filters: Vec<ProspectFilter>| filters.into_iter().map(|filter| filter.into_filter(context)).collect();
        Ok(combine(
            tests.all,
            self.and.map(each).transpose()?,
            self.or.map(each).transpose()?,
            self.not.map(|filter| filter.into_filter(context)).transpose()?,
        ))
    }
}

impl ProspectConditionFilter {
    /// Both filters, one of them, or none.
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
    /// Resolves the input against the clock of the request, relative periods included.
    pub fn into_filter(self, context: &FilterContext) -> Result<Filter> {
        let mut tests = Tests::new(context);
        tests.time(&filterable::CLIENT_SINCE, self.since)?;
        let mut own = Tests::new(context);
        own.id(&filterable::CLIENT_LEVEL, self.potential_level);
        own.id(&filterable::CONVERTED_BY, self.converted_by);
        let attributes = AttributeConditions {
            generic: self.attributes,
            typed: self.custom,
        };
        attributes.add_to(&mut own)?;
        if !own.all.is_empty() {
            tests.all.push(filterable::some(&filterable::CLIENTS, Filter::All(own.all)));
        }
        let each = |filters: Vec<ClientFilter>| filters.into_iter().map(|filter| filter.into_filter(context)).collect();
        let mut and: Option<Vec<Filter>> = self.and.map(each).transpose()?;
        if let Some(prospect) = self.prospect {
            and.get_or_insert_default().push(prospect.into_filter(context)?);
        }
        Ok(combine(
            tests.all,
            and,
            self.or.map(each).transpose()?,
            self.not.map(|filter| filter.into_filter(context)).transpose()?,
        ))
    }
}
