//! Filters over the child rows of a prospect, with the quantifiers some, none and every.

use async_graphql::InputObject;

use crate::entities::process::cycle;
use crate::entities::setup::status;
use crate::error::Result;
use crate::resolvers::filter::{Filter, Quantifier, Rows, RowsTest};
use crate::resolvers::records::filterable;
use crate::schema::custom::{CustomFilter, OfContact};
use crate::schema::filters::{DateTimeFilter, FilterContext, IdFilter, StringFilter, Tests, enum_filter};
use crate::schema::process::cycles::CycleKind;
use crate::schema::process::tasks::filters::ProspectTaskFilter;
use crate::schema::records::amounts::AmountFilter;
use crate::schema::records::attributes::filters::{AttributeConditions, AttributeFilter};
use crate::schema::records::lists::StatusCategoryFilter;

enum_filter! {
    /// Condition on the reason why a cycle began.
    CycleKindFilter over CycleKind
}

/// Conditions on one contact. All conditions given must hold for the same contact.
#[derive(Clone, Debug, Default, InputObject)]
pub struct ContactFilter {
    /// First and last name together.
    pub name: Option<StringFilter>,
    /// An e-mail address of the contact.
    pub email: Option<StringFilter>,
    /// A phone number of the contact. `eq` without an extension matches any extension; `contains` and `startsWith` ignore extensions.
    pub phone: Option<StringFilter>,
    /// True matches the main contact, false the others.
    pub is_main: Option<bool>,
    /// Attributes (custom fields) of the contact.
    pub attributes: Option<Vec<AttributeFilter>>,
    /// Attributes (custom fields) of the contact, as typed fields.
    pub custom: Option<Box<CustomFilter<OfContact>>>,
}

/// Conditions on one address. All conditions given must hold for the same address.
#[derive(Clone, Debug, Default, InputObject)]
pub struct AddressFilter {
    /// Country, as an ISO 3166-1 alpha-2 code.
    pub country: Option<StringFilter>,
    /// City, as entered.
    pub city: Option<StringFilter>,
    /// Municipality, as entered.
    pub municipality: Option<StringFilter>,
    /// Parish, as entered.
    pub parish: Option<StringFilter>,
    /// Type of address.
    pub r#type: Option<IdFilter>,
    /// Region of the address.
    pub region: Option<IdFilter>,
    /// Zone of the address.
    pub zone: Option<IdFilter>,
    /// Sector of the zone.
    pub sector: Option<IdFilter>,
}

/// Conditions on one document number. All conditions given must hold for the same number.
#[derive(Clone, Debug, Default, InputObject)]
pub struct IdentifierFilter {
    /// Type of the number.
    pub r#type: Option<IdFilter>,
    /// Country, as an ISO 3166-1 alpha-2 code.
    pub country: Option<StringFilter>,
    /// The number. Only letters, digits and `&` count, in the form of any type.
    pub number: Option<StringFilter>,
}

/// Conditions on one e-mail address of the prospect or a contact. All conditions given must hold for the same address.
#[derive(Clone, Debug, Default, InputObject)]
pub struct EmailFilter {
    /// The address, in lower case.
    pub value: Option<StringFilter>,
    /// True matches verified values, false the others.
    pub is_verified: Option<bool>,
}

/// Conditions on one phone number of the prospect or a contact. All conditions given must hold for the same number.
#[derive(Clone, Debug, Default, InputObject)]
pub struct PhoneFilter {
    /// The number. `eq` without an extension matches any extension; `contains` and `startsWith` ignore extensions.
    pub value: Option<StringFilter>,
    /// True matches verified values, false the others.
    pub is_verified: Option<bool>,
}

/// Conditions on one sales cycle. All conditions given must hold for the same cycle.
#[derive(Clone, Debug, Default, InputObject)]
pub struct ProspectCycleFilter {
    /// Reason why the cycle began.
    pub kind: Option<CycleKindFilter>,
    /// Status (pipeline stage) of the cycle; the final one if it is closed. Null only until a status just created on another server is
    /// known to this one.
    pub status: Option<IdFilter>,
    /// Category of the status.
    pub category: Option<StatusCategoryFilter>,
    /// Reason why the cycle was lost or discarded.
    pub reason: Option<IdFilter>,
    /// Value of the sale.
    pub amount: Option<Box<AmountFilter>>,
    /// Start of the cycle.
    pub opened_at: Option<DateTimeFilter>,
    /// Time at which the cycle was won, lost or discarded; `isNull: true` matches the open one.
    pub closed_at: Option<DateTimeFilter>,
}

/// Conditions on one tag. All conditions given must hold for the same tag.
#[derive(Clone, Debug, Default, InputObject)]
pub struct ProspectTagFilter {
    /// IDs of tags.
    pub id: Option<IdFilter>,
}

/// Conditions on the next task: the planned one with the earliest due time. All conditions given must hold.
#[derive(Clone, Debug, Default, InputObject)]
pub struct NextTaskFilter {
    /// Type of task.
    pub r#type: Option<IdFilter>,
    /// Assignee of the task; `isNull: true` matches tasks without one.
    pub assignee: Option<IdFilter>,
    /// Due time of the task.
    pub due_at: Option<DateTimeFilter>,
    /// True matches tasks whose due time has passed, false the others.
    pub is_overdue: Option<bool>,
    /// True matches prospects without a planned task, false those with one.
    pub is_null: Option<bool>,
}

/// Declares the quantifiers over the child rows of a kind, whose filter has `add_to`.
macro_rules! relation {
    ($(#[doc = $doc:literal])+ $name:ident of $filter:ty, $rows:ident) => {
        $(#[doc = $doc])+
        #[derive(Clone, Debug, Default, InputObject)]
        pub struct $name {
            /// At least one item matches. Without conditions: there is at least one item.
            pub some: Option<$filter>,
            /// No item matches. Without conditions: there are no items.
            pub none: Option<$filter>,
            /// All items match. True if there are no items.
            pub every: Option<$filter>,
        }

        impl $name {
            /// Adds one condition for each quantifier given.
            pub fn add_to(self, all: &mut Tests<'_>) -> Result<()> {
                let quantified = [
                    (Quantifier::Some, self.some),
                    (Quantifier::None, self.none),
                    (Quantifier::Every, self.every),
                ];
                for (quantifier, filter) in quantified {
                    let Some(filter) = filter else { continue };
                    let mut tests = Tests::new(all.context);
                    filter.add_to(&mut tests)?;
                    all.all.push(RowsTest::new(&filterable::$rows, quantifier, Filter::All(tests.all)).into());
                }
                Ok(())
            }
        }
    };
}
pub(crate) use relation;

relation! {
    /// Conditions on the contacts of a prospect.
    ContactRelationFilter of ContactFilter, CONTACTS
}
relation! {
    /// Conditions on the addresses of a prospect.
    AddressRelationFilter of AddressFilter, ADDRESSES
}
relation! {
    /// Conditions on the document numbers of a prospect.
    IdentifierRelationFilter of IdentifierFilter, IDENTIFIERS
}
relation! {
    /// Conditions on the e-mail addresses of a prospect and its contacts.
    EmailRelationFilter of EmailFilter, EMAILS
}
relation! {
    /// Conditions on the phone numbers of a prospect and its contacts.
    PhoneRelationFilter of PhoneFilter, PHONES
}
relation! {
    /// Conditions on the sales cycles of a prospect.
    CycleRelationFilter of ProspectCycleFilter, CYCLES
}
relation! {
    /// Conditions on the tags of a prospect.
    TagRelationFilter of ProspectTagFilter, TAGS
}
relation! {
    /// Conditions on the tasks of a prospect, in any state.
    TaskRelationFilter of ProspectTaskFilter, TASKS
}

impl ContactFilter {
    fn add_to(self, tests: &mut Tests<'_>) -> Result<()> {
        tests.text(&filterable::CONTACT_NAME, self.name)?;
        tests.some_text(&filterable::CONTACT_EMAILS, &filterable::EMAIL, self.email)?;
        tests.some_text(&filterable::CONTACT_PHONES, &filterable::PHONE, self.phone)?;
        tests.flag(&filterable::CONTACT_IS_MAIN, self.is_main);
        let attributes = AttributeConditions {
            generic: self.attributes,
            typed: self.custom,
        };
        attributes.add_to(tests)
    }
}

impl AddressFilter {
    fn add_to(self, tests: &mut Tests<'_>) -> Result<()> {
        tests.text(&filterable::COUNTRY, self.country)?;
        tests.text(&filterable::CITY, self.city)?;
        tests.text(&filterable::MUNICIPALITY, self.municipality)?;
        tests.text(&filterable::PARISH, self.parish)?;
        tests.id(&filterable::ADDRESS_TYPE, self.r#type);
        tests.id(&filterable::REGION, self.region);
        tests.id(&filterable::ZONE, self.zone);
        tests.id(&filterable::SECTOR, self.sector);
        Ok(())
    }
}

impl IdentifierFilter {
    fn add_to(self, tests: &mut Tests<'_>) -> Result<()> {
        tests.id(&filterable::IDENTIFIER_TYPE, self.r#type);
        tests.text(&filterable::IDENTIFIER_COUNTRY, self.country)?;
        tests.text(&filterable::IDENTIFIER_NUMBER, self.number)
    }
}

impl EmailFilter {
    fn add_to(self, tests: &mut Tests<'_>) -> Result<()> {
        tests.flag(&filterable::IS_VERIFIED, self.is_verified);
        tests.text(&filterable::EMAIL, self.value)
    }
}

impl PhoneFilter {
    fn add_to(self, tests: &mut Tests<'_>) -> Result<()> {
        tests.flag(&filterable::IS_VERIFIED, self.is_verified);
        tests.text(&filterable::PHONE, self.value)
    }
}

impl ProspectCycleFilter {
    /// Adds the conditions on the current cycle. Every prospect has one, so no quantifier is needed.
    pub fn add_current_to(self, all: &mut Tests<'_>) -> Result<()> {
        let mut tests = Tests::new(all.context);
        self.add_to(&mut tests)?;
        add(all, &filterable::CURRENT_CYCLE, Quantifier::Some, tests);
        Ok(())
    }

    /// Resolves the input against the clock of the request, as a filter of cycles.
    pub fn into_filter(self, context: &FilterContext) -> Result<Filter> {
        let mut tests = Tests::new(context);
        self.add_to(&mut tests)?;
        Ok(Filter::All(tests.all))
    }

    fn add_to(self, tests: &mut Tests<'_>) -> Result<()> {
        tests.value(
            &filterable::CYCLE_KIND,
            self.kind.map(|test| test.into_test::<cycle::CycleKind>().stored()),
        );
        tests.id(&filterable::CYCLE_STATUS, self.status);
        tests.value(
            &filterable::CYCLE_CATEGORY,
            self.category.map(|test| test.into_test::<status::StatusCategory>().stored()),
        );
        tests.id(&filterable::CYCLE_REASON, self.reason);
        if let Some(amount) = self.amount {
            amount.add_to(tests);
        }
        tests.time(&filterable::OPENED_AT, self.opened_at)?;
        tests.time(&filterable::CLOSED_AT, self.closed_at)
    }
}

impl ProspectTagFilter {
    fn add_to(self, tests: &mut Tests<'_>) -> Result<()> {
        tests.id(&filterable::TAG, self.id);
        Ok(())
    }
}

impl NextTaskFilter {
    /// There is at most one next task, so no quantifier is needed.
    pub fn add_to(self, all: &mut Tests<'_>) -> Result<()> {
        let own = ProspectTaskFilter {
            r#type: self.r#type,
            assignee: self.assignee,
            due_at: self.due_at,
            is_overdue: self.is_overdue,
            ..ProspectTaskFilter::default()
        };
        let mut tests = Tests::new(all.context);
        own.add_to(&mut tests)?;
        if !tests.all.is_empty() || self.is_null == Some(false) {
            add(all, &filterable::NEXT_TASK, Quantifier::Some, tests);
        }
        if self.is_null == Some(true) {
            all.all.push(filterable::none(&filterable::NEXT_TASK, Filter::default()));
        }
        Ok(())
    }
}

/// Condition on child rows, in which all tests must hold for the same row.
fn add(all: &mut Tests<'_>, rows: &'static Rows, quantifier: Quantifier, tests: Tests<'_>) {
    all.all.push(RowsTest::new(rows, quantifier, Filter::All(tests.all)).into());
}
