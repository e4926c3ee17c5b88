//! Filters over what hangs from a prospect: some of it, none of it, or every one passes.

use async_graphql::InputObject;

use crate::entities::process::cycle;
use crate::entities::records::timeline_entry;
use crate::entities::setup::status;
use crate::error::Result;
use crate::resolvers::filter::{Filter, Quantifier, Rows, RowsTest};
use crate::resolvers::records::filterable;
use crate::schema::filters::{DateTimeFilter, IdFilter, StringFilter, Tests, enum_filter};
use crate::schema::process::cycles::CycleKind;
use crate::schema::process::tasks::ProspectTaskFilter;
use crate::schema::records::lists::StatusCategoryFilter;
use crate::schema::records::timeline::TimelineFilter;

enum_filter! {
    /// A test of why a cycle began.
    CycleKindFilter over CycleKind
}

/// Tests of one contact: all that are given have to hold for the same one.
#[derive(Clone, Debug, Default, InputObject)]
pub struct ContactFilter {
    /// First and last name together.
    pub name: Option<StringFilter>,
    /// One of its e-mails.
    pub email: Option<StringFilter>,
    /// One of its phones, as people type it: `eq` without an extension finds the number with any;
    /// `contains` and `startsWith` leave an extension out.
    pub phone: Option<StringFilter>,
    /// Whether it is the main contact.
    pub is_main: Option<bool>,
}

/// Tests of one address: all that are given have to hold for the same one.
#[derive(Clone, Debug, Default, InputObject)]
pub struct AddressFilter {
    /// The country, as two letters.
    pub country: Option<StringFilter>,
    /// What the city is called, as it was typed in.
    pub city: Option<StringFilter>,
    /// What the municipality is called, as it was typed in.
    pub municipality: Option<StringFilter>,
    /// What the parish is called, as it was typed in.
    pub parish: Option<StringFilter>,
    /// What the place is used for.
    pub r#type: Option<IdFilter>,
    /// The region that it lies in.
    pub region: Option<IdFilter>,
    /// The zone that it lies in.
    pub zone: Option<IdFilter>,
    /// The sector of the zone.
    pub sector: Option<IdFilter>,
}

/// Tests of one document number: all that are given have to hold for the same one.
#[derive(Clone, Debug, Default, InputObject)]
pub struct IdentifierFilter {
    /// What kind of document it is of.
    pub r#type: Option<IdFilter>,
    /// The country, as two letters.
    pub country: Option<StringFilter>,
    /// The number; only letters, digits and `&` count, in the form of any type.
    pub number: Option<StringFilter>,
}

/// Tests of one e-mail of the prospect or of a contact: all that are given have to hold for the same one.
#[derive(Clone, Debug, Default, InputObject)]
pub struct EmailFilter {
    /// The address, in lower case.
    pub value: Option<StringFilter>,
    /// Whether the person has confirmed it.
    pub is_verified: Option<bool>,
}

/// Tests of one phone of the prospect or of a contact: all that are given have to hold for the same one.
#[derive(Clone, Debug, Default, InputObject)]
pub struct PhoneFilter {
    /// The number, as people type it: `eq` without an extension finds the number with any;
    /// `contains` and `startsWith` leave an extension out.
    pub value: Option<StringFilter>,
    /// Whether the person has confirmed it.
    pub is_verified: Option<bool>,
}

/// Tests of one run of the sales process: all that are given have to hold for the same one.
#[derive(Clone, Debug, Default, InputObject)]
pub struct ProspectCycleFilter {
    /// Why it began.
    pub kind: Option<CycleKindFilter>,
    /// Where it is, or where it ended.
    pub status: Option<IdFilter>,
    /// The category of the status.
    pub category: Option<StatusCategoryFilter>,
    /// Why it was lost or discarded.
    pub reason: Option<IdFilter>,
    /// When it began.
    pub opened_at: Option<DateTimeFilter>,
    /// When it was won, lost or discarded; `isNull: true` finds the open one.
    pub closed_at: Option<DateTimeFilter>,
}

/// Tests of where a prospect came from: all that are given have to hold.
#[derive(Clone, Debug, Default, InputObject)]
pub struct TouchFilter {
    /// Where the prospect came from, by an entry of the catalogue of sources.
    pub source: Option<IdFilter>,
    /// When it was.
    pub at: Option<DateTimeFilter>,
}

/// Tests of one tag of a prospect: all that are given have to hold for the same one.
#[derive(Clone, Debug, Default, InputObject)]
pub struct ProspectTagFilter {
    /// Certain tags.
    pub id: Option<IdFilter>,
}

/// Tests of the next task of a prospect, which is the one that is planned with the earliest due time: all that are given have to hold.
#[derive(Clone, Debug, Default, InputObject)]
pub struct NextTaskFilter {
    /// What kind of thing is to be done.
    pub r#type: Option<IdFilter>,
    /// Who is to do it; `isNull: true` finds those of nobody.
    pub assignee: Option<IdFilter>,
    /// When it is due.
    pub due_at: Option<DateTimeFilter>,
    /// Whether its due time has passed.
    pub is_overdue: Option<bool>,
    /// True: nothing is planned. False: something is.
    pub is_null: Option<bool>,
}

/// Declares how many of the rows of a kind have to pass.
macro_rules! relation {
    ($(#[doc = $doc:literal])+ $name:ident of $filter:ty, $rows:ident) => {
        $(#[doc = $doc])+
        #[derive(Clone, Debug, Default, InputObject)]
        pub struct $name {
            /// At least one passes; with no test at all: there is one.
            pub some: Option<$filter>,
            /// No one passes; with no test at all: there is none.
            pub none: Option<$filter>,
            /// There is no one that fails; where there is none at all this holds.
            pub every: Option<$filter>,
        }

        impl $name {
            /// One test for each quantifier that is given.
            pub fn add_to(self, all: &mut Tests<'_>) -> Result<()> {
                let quantified = [
                    (Quantifier::Some, self.some),
                    (Quantifier::None, self.none),
                    (Quantifier::Every, self.every),
                ];
                for (quantifier, filter) in quantified {
                    let Some(filter) = filter else { continue };
                    let mut tests = Tests::new(all.reading);
                    filter.add_to(&mut tests)?;
                    add(all, &filterable::$rows, quantifier, tests);
                }
                Ok(())
            }
        }
    };
}

relation! {
    /// A test of the contacts of a prospect.
    ContactRelationFilter of ContactFilter, CONTACTS
}
relation! {
    /// A test of the addresses of a prospect.
    AddressRelationFilter of AddressFilter, ADDRESSES
}
relation! {
    /// A test of the document numbers of a prospect.
    IdentifierRelationFilter of IdentifierFilter, IDENTIFIERS
}
relation! {
    /// A test of the e-mails of a prospect and of its contacts.
    EmailRelationFilter of EmailFilter, EMAILS
}
relation! {
    /// A test of the phones of a prospect and of its contacts.
    PhoneRelationFilter of PhoneFilter, PHONES
}
relation! {
    /// A test of the runs of the sales process over a prospect.
    CycleRelationFilter of ProspectCycleFilter, CYCLES
}
relation! {
    /// A test of the entries of the timeline of a prospect.
    TimelineRelationFilter of TimelineFilter, ENTRIES
}

relation! {
    /// A test of the tags of a prospect.
    TagRelationFilter of ProspectTagFilter, TAGS
}
relation! {
    /// A test of the tasks of a prospect, whatever became of them.
    TaskRelationFilter of ProspectTaskFilter, TASKS
}

impl ContactFilter {
    fn add_to(self, tests: &mut Tests<'_>) -> Result<()> {
        tests.text(&filterable::CONTACT_NAME, self.name)?;
        tests.text_among(&filterable::CONTACT_EMAILS, &filterable::EMAIL, self.email)?;
        tests.text_among(&filterable::CONTACT_PHONES, &filterable::PHONE, self.phone)?;
        tests.flag(&filterable::CONTACT_IS_MAIN, self.is_main);
        Ok(())
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
        tests.time(&filterable::OPENED_AT, self.opened_at)?;
        tests.time(&filterable::CLOSED_AT, self.closed_at)
    }
}

impl TimelineFilter {
    fn add_to(self, tests: &mut Tests<'_>) -> Result<()> {
        tests.value(
            &filterable::ENTRY_KIND,
            self.kind.map(|test| test.into_test::<timeline_entry::EntryKind>().stored()),
        );
        tests.id(&filterable::ENTRY_ACTOR, self.actor);
        tests.flag(&filterable::IS_PINNED, self.is_pinned);
        tests.time(&filterable::OCCURRED_AT, self.occurred_at)
    }
}

impl ProspectTagFilter {
    fn add_to(self, tests: &mut Tests<'_>) -> Result<()> {
        tests.id(&filterable::TAG, self.id);
        Ok(())
    }
}

impl NextTaskFilter {
    /// The next task is one or none, so that it needs no quantifier.
    pub fn add_to(self, all: &mut Tests<'_>) -> Result<()> {
        let own = ProspectTaskFilter {
            r#type: self.r#type,
            assignee: self.assignee,
            due_at: self.due_at,
            is_overdue: self.is_overdue,
            ..ProspectTaskFilter::default()
        };
        let mut tests = Tests::new(all.reading);
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

impl TouchFilter {
    /// A touch there is for every prospect, so that it needs no quantifier.
    pub fn add_to(self, rows: &'static Rows, all: &mut Tests<'_>) -> Result<()> {
        let mut tests = Tests::new(all.reading);
        tests.id(&filterable::TOUCH_SOURCE, self.source);
        tests.time(&filterable::TOUCH_AT, self.at)?;
        add(all, rows, Quantifier::Some, tests);
        Ok(())
    }
}

/// A test of child rows, in which all tests have to hold for the same one.
fn add(all: &mut Tests<'_>, rows: &'static Rows, quantifier: Quantifier, tests: Tests<'_>) {
    all.all.push(RowsTest::new(rows, quantifier, Filter::All(tests.all)).into());
}
