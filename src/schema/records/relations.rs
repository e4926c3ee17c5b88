//! Filters over what hangs from a prospect: some of it, none of it, or every one passes.

use async_graphql::InputObject;

use crate::error::Result;
use crate::ids::Kind;
use crate::resolvers::filter::TextTest;
use crate::resolvers::records::prospects::related::{Live, Quantifier, Related, RelatedTest as T};
use crate::rules::limits::{FULL_NAME_LENGTH, LINE_LENGTH};
use crate::schema::filters::{DateTimeFilter, IdFilter, Reading, StringFilter, TextKind, enum_filter};
use crate::schema::records::cycles::CycleKind;
use crate::schema::records::lists::StatusCategoryFilter;
use crate::schema::records::tasks::ProspectTaskFilter;
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
    ($(#[doc = $doc:literal])+ $name:ident of $filter:ty, $live:expr) => {
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
            /// One part for each quantifier that is given.
            pub fn into_parts(self, reading: &Reading) -> Result<Vec<Related>> {
                let quantified = [
                    (Quantifier::Some, self.some),
                    (Quantifier::None, self.none),
                    (Quantifier::Every, self.every),
                ];
                let given = quantified.into_iter().filter_map(|(quantifier, filter)| Some((quantifier, filter?)));
                given
                    .map(|(quantifier, filter)| {
                        let tests = filter.into_tests(reading)?.into_iter().map(T::from).collect();
                        Ok(Related { quantifier, live: $live, tests })
                    })
                    .collect()
            }
        }
    };
}

relation! {
    /// A test of the contacts of a prospect.
    ContactRelationFilter of ContactFilter, Live::Contacts
}
relation! {
    /// A test of the addresses of a prospect.
    AddressRelationFilter of AddressFilter, Live::Addresses
}
relation! {
    /// A test of the document numbers of a prospect.
    IdentifierRelationFilter of IdentifierFilter, Live::Identifiers
}
relation! {
    /// A test of the e-mails of a prospect and of its contacts.
    EmailRelationFilter of EmailFilter, Live::Emails
}
relation! {
    /// A test of the phones of a prospect and of its contacts.
    PhoneRelationFilter of PhoneFilter, Live::Phones
}
relation! {
    /// A test of the runs of the sales process over a prospect.
    CycleRelationFilter of ProspectCycleFilter, Live::Cycles
}
relation! {
    /// A test of the entries of the timeline of a prospect.
    TimelineRelationFilter of TimelineFilter, Live::Entries
}

relation! {
    /// A test of the tags of a prospect.
    TagRelationFilter of ProspectTagFilter, Live::Tags
}
relation! {
    /// A test of the tasks of a prospect, whatever became of them.
    TaskRelationFilter of ProspectTaskFilter, Live::Tasks
}

impl ContactFilter {
    fn into_tests(self, reading: &Reading) -> Result<Vec<T>> {
        Ok(given([
            text(reading, self.name, FULL_NAME_LENGTH, TextKind::Name, T::ContactName)?,
            text(reading, self.email, LINE_LENGTH, TextKind::Email, T::ContactEmail)?,
            text(reading, self.phone, LINE_LENGTH, TextKind::Phone, T::ContactPhone)?,
            self.is_main.map(T::ContactIsMain),
        ]))
    }
}

impl AddressFilter {
    fn into_tests(self, reading: &Reading) -> Result<Vec<T>> {
        Ok(given([
            text(reading, self.country, LINE_LENGTH, TextKind::Country, T::Country)?,
            text(reading, self.city, LINE_LENGTH, TextKind::Name, T::City)?,
            text(reading, self.municipality, LINE_LENGTH, TextKind::Name, T::Municipality)?,
            text(reading, self.parish, LINE_LENGTH, TextKind::Name, T::Parish)?,
            self.r#type.map(|test| T::AddressType(test.into_test(Kind::AddressType))),
            self.region.map(|test| T::Region(test.into_test(Kind::Region))),
            self.zone.map(|test| T::Zone(test.into_test(Kind::Zone))),
            self.sector.map(|test| T::Sector(test.into_test(Kind::Sector))),
        ]))
    }
}

impl IdentifierFilter {
    fn into_tests(self, reading: &Reading) -> Result<Vec<T>> {
        Ok(given([
            self.r#type.map(|test| T::IdentifierType(test.into_test(Kind::IdentifierType))),
            text(reading, self.country, LINE_LENGTH, TextKind::Country, T::IdentifierCountry)?,
            text(reading, self.number, LINE_LENGTH, TextKind::DocumentNumber, T::IdentifierNumber)?,
        ]))
    }
}

impl EmailFilter {
    fn into_tests(self, reading: &Reading) -> Result<Vec<T>> {
        Ok(given([
            text(reading, self.value, LINE_LENGTH, TextKind::Email, T::Email)?,
            self.is_verified.map(T::IsVerified),
        ]))
    }
}

impl PhoneFilter {
    fn into_tests(self, reading: &Reading) -> Result<Vec<T>> {
        Ok(given([
            text(reading, self.value, LINE_LENGTH, TextKind::Phone, T::Phone)?,
            self.is_verified.map(T::IsVerified),
        ]))
    }
}

impl ProspectCycleFilter {
    fn into_tests(self, reading: &Reading) -> Result<Vec<T>> {
        Ok(given([
            self.kind.map(|test| T::CycleKind(test.into_test())),
            self.status.map(|test| T::CycleStatus(test.into_test(Kind::Status))),
            self.category.map(|test| T::CycleCategory(test.into_test())),
            self.reason.map(|test| T::CycleReason(test.into_test(Kind::Reason))),
            self.opened_at
                .map(|test| test.into_test(&reading.moment).map(T::OpenedAt))
                .transpose()?,
            self.closed_at
                .map(|test| test.into_test(&reading.moment).map(T::ClosedAt))
                .transpose()?,
        ]))
    }
}

impl TimelineFilter {
    fn into_tests(self, reading: &Reading) -> Result<Vec<T>> {
        Ok(given([
            self.kind.map(|test| T::EntryKind(test.into_test())),
            self.actor.map(|test| T::EntryActor(test.into_test(Kind::User))),
            self.occurred_at
                .map(|test| test.into_test(&reading.moment).map(T::OccurredAt))
                .transpose()?,
            self.is_pinned.map(T::EntryIsPinned),
        ]))
    }
}

impl ProspectTagFilter {
    fn into_tests(self, _: &Reading) -> Result<Vec<T>> {
        Ok(given([self.id.map(|test| T::Tag(test.into_test(Kind::Tag)))]))
    }
}

impl NextTaskFilter {
    /// The next task is one or none, so that it needs no quantifier.
    pub fn into_parts(self, reading: &Reading) -> Result<Vec<Related>> {
        let own = ProspectTaskFilter {
            r#type: self.r#type,
            assignee: self.assignee,
            due_at: self.due_at,
            is_overdue: self.is_overdue,
            ..ProspectTaskFilter::default()
        };
        let tests: Vec<T> = own.into_tests(reading)?.into_iter().map(T::Task).collect();
        let part = |quantifier, tests| Related {
            quantifier,
            live: Live::NextTask,
            tests,
        };
        let mut parts = Vec::new();
        if !tests.is_empty() || self.is_null == Some(false) {
            parts.push(part(Quantifier::Some, tests));
        }
        if self.is_null == Some(true) {
            parts.push(part(Quantifier::None, Vec::new()));
        }
        Ok(parts)
    }
}

impl TouchFilter {
    /// A touch there is for every prospect, so that it needs no quantifier.
    pub fn into_part(self, live: Live, reading: &Reading) -> Result<Related> {
        let tests = given([
            self.source.map(|test| T::TouchSource(test.into_test(Kind::Source))),
            self.at.map(|test| test.into_test(&reading.moment).map(T::TouchAt)).transpose()?,
        ]);
        let quantifier = Quantifier::Some;
        Ok(Related { quantifier, live, tests })
    }
}

/// The test of a text that has at most so many characters.
fn text(reading: &Reading, test: Option<StringFilter>, most: usize, kind: TextKind, into: fn(TextTest) -> T) -> Result<Option<T>> {
    test.map(|test| reading.text(test, most, kind).map(into)).transpose()
}

fn given<const N: usize>(tests: [Option<T>; N]) -> Vec<T> {
    tests.into_iter().flatten().collect()
}
