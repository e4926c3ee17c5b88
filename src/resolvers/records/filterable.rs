//! The table of what lists of prospects, clients and tasks can be filtered by. A column that is added here is known to the compiler of filters,
//! to the limits of their size and to the choice of an index.

use std::borrow::Cow;

use crate::ids::Kind;
use crate::resolvers::filter::{
    Column, ColumnTest, ColumnType, Filter, IdTest, Index, Quantifier, Rows, RowsTest, Test, TextKind, TextTest,
};
use crate::rules::limits::{FULL_NAME_LENGTH, LINE_LENGTH};

pub use crate::resolvers::records::prospects::columns::table::*;

use ColumnType::{Flag, Id, Integer, Text, Time, Value};
use Index::{Alone, Others};
use TextKind::{Country, DocumentNumber, Email, Exact, Folded, IpAddress, Phone};

macro_rules! columns {
    ($all:ident: $($name:ident = $path:literal, $sql:literal, $type:expr $(, $option:ident $(($argument:expr))?)*;)+) => {
        pub static $all: &[&Column] = &[$(&$name),+];
        $(pub static $name: Column = Column::new($path, $sql, $type)$(.$option($($argument)?))*;)+
    };
}

// Of child rows.
columns! {
    OF_CHILD_ROWS:
    CONTACT_NAME = "contacts.some.name", "contacts.name_norm", Text(Folded, FULL_NAME_LENGTH), index(Alone), searched;
    CONTACT_IS_MAIN = "contacts.some.isMain", "contacts.is_main", Flag;
    EMAIL = "emails.some.value", "contact_points.value_norm", Text(Email, LINE_LENGTH), index(Alone), searched;
    PHONE = "phones.some.value", "contact_points.value_norm", Text(Phone, LINE_LENGTH), index(Alone), searched;
    IS_VERIFIED = "emails.some.isVerified", "contact_points.verification = 'VERIFIED'", Flag, index(Alone);
    IDENTIFIER_TYPE = "identifiers.some.type", "identifiers.type_id", Id(Kind::IdentifierType), index(Alone);
    IDENTIFIER_COUNTRY = "identifiers.some.country", "identifiers.country", Text(Country, LINE_LENGTH);
    IDENTIFIER_NUMBER = "identifiers.some.number", "identifiers.number_norm", Text(DocumentNumber, LINE_LENGTH), index(Alone), searched;
    COUNTRY = "addresses.some.country", "addresses.country", Text(Country, LINE_LENGTH), index(Alone);
    CITY = "addresses.some.city", "addresses.city_norm", Text(Folded, LINE_LENGTH), nullable, index(Alone);
    MUNICIPALITY = "addresses.some.municipality", "addresses.municipality_norm", Text(Folded, LINE_LENGTH), nullable, index(Alone);
    PARISH = "addresses.some.parish", "addresses.parish_norm", Text(Folded, LINE_LENGTH), nullable, index(Alone);
    ADDRESS_TYPE = "addresses.some.type", "addresses.type_id", Id(Kind::AddressType), nullable, index(Alone);
    REGION = "addresses.some.region", "addresses.region_id", Id(Kind::Region), nullable, index(Alone);
    ZONE = "addresses.some.zone", "addresses.zone_id", Id(Kind::Zone), nullable, index(Alone);
    SECTOR = "addresses.some.sector", "addresses.sector_id", Id(Kind::Sector), nullable, index(Alone);
    CYCLE_KIND = "cycles.some.kind", "cycles.kind", Value, index(Others("NEW"));
    CYCLE_STATUS = "cycles.some.status", "cycles.status_id", Id(Kind::Status), index(Alone);
    CYCLE_CATEGORY = "cycles.some.category", "cycles.category", Value;
    // Both in the condition on amounts.
    CYCLE_AMOUNT = "cycles.some.amount", "cycles.amount_minor", Integer, nullable, unfiltered;
    CYCLE_CURRENCY = "cycles.some.amount.currency", "cycles.amount_currency", Text(Exact, LINE_LENGTH), nullable, unfiltered;
    CYCLE_REASON = "cycles.some.reason", "cycles.reason_id", Id(Kind::Reason), nullable, index(Alone);
    OPENED_AT = "cycles.some.openedAt", "cycles.opened_at", Time, index(Alone);
    CLOSED_AT = "cycles.some.closedAt", "cycles.closed_at", Time, nullable, index(Alone);
    STATUS_INTERVAL_STATUS = "statusIntervals.some.status", "status_intervals.status_id", Id(Kind::Status);
    STATUS_INTERVAL_FROM = "statusIntervals.some.from", "status_intervals.from_at", Time;
    STATUS_INTERVAL_TO = "statusIntervals.some.to", "status_intervals.to_at", Time, nullable;
    STATUS_INTERVAL_ACTOR = "statusIntervals.some.actor", "status_intervals.actor_id", Id(Kind::User), nullable;
    STATUS_INTERVAL_REASON = "statusIntervals.some.reason", "status_intervals.reason_id", Id(Kind::Reason), nullable;
    OWNER_INTERVAL_OWNER = "ownerIntervals.some.owner", "owner_intervals.owner_id", Id(Kind::User);
    OWNER_INTERVAL_FROM = "ownerIntervals.some.from", "owner_intervals.from_at", Time;
    OWNER_INTERVAL_TO = "ownerIntervals.some.to", "owner_intervals.to_at", Time, nullable;
    OWNER_INTERVAL_ACTOR = "ownerIntervals.some.actor", "owner_intervals.actor_id", Id(Kind::User), nullable;
    ENTRY_KIND = "timeline.some.kind", "timeline_entries.kind", Value, index(Alone);
    ENTRY_ACTOR = "timeline.some.actor", "timeline_entries.actor_id", Id(Kind::User), nullable, index(Alone);
    OCCURRED_AT = "timeline.some.occurredAt", "timeline_entries.occurred_at", Time, index(Alone);
    INTERACTION_TYPE = "timeline.some.interactionType", "(SELECT i.type FROM interactions i WHERE i.id = timeline_entries.id)", Value, nullable;
    INTERACTION_DIRECTION = "timeline.some.interactionDirection",
        "(SELECT i.direction FROM interactions i WHERE i.id = timeline_entries.id)", Value, nullable;
    INTERACTION_OUTCOME = "timeline.some.interactionOutcome",
        "(SELECT i.outcome FROM interactions i WHERE i.id = timeline_entries.id)", Value, nullable;
    IS_PINNED = "timeline.some.isPinned", "timeline_entries.pinned_at IS NOT NULL", Flag, index(Alone);
    TOUCH_SOURCE = "firstTouch.source", "touches.source_id", Id(Kind::Source), index(Alone);
    TOUCH_AT = "firstTouch.at", "touches.at", Time, index(Alone);
    MEDIUM = "firstTouch.medium", "touches.medium_norm", Text(Folded, LINE_LENGTH), nullable;
    IP_ADDRESS = "firstTouch.ipAddress", "touches.ip_address", Text(IpAddress, LINE_LENGTH), nullable;
    UTM_SOURCE = "firstTouch.utmSource", "touches.utm_source_norm", Text(Folded, LINE_LENGTH), nullable;
    UTM_MEDIUM = "firstTouch.utmMedium", "touches.utm_medium_norm", Text(Folded, LINE_LENGTH), nullable;
    UTM_CAMPAIGN = "firstTouch.utmCampaign", "touches.utm_campaign_norm", Text(Folded, LINE_LENGTH), nullable;
    AD_CAMPAIGN = "firstTouch.adCampaign", "touches.ad_campaign_norm", Text(Folded, LINE_LENGTH), nullable;
    AD_NETWORK = "firstTouch.adNetwork", "touches.ad_network", Value, nullable;
    AD_DEVICE = "firstTouch.adDevice", "touches.ad_device", Value, nullable;
    TAG = "tags.some.id", "prospect_tags.tag_id", Id(Kind::Tag), index(Alone);
    TASK_STATE = "tasks.some.state", "tasks.state", Value, index(Others("PLANNED"));
    TASK_TYPE = "tasks.some.type", "tasks.type_id", Id(Kind::TaskType), index(Alone);
    ASSIGNEE = "tasks.some.assignee", "tasks.assignee_id", Id(Kind::User), nullable, index(Alone);
    DUE_AT = "tasks.some.dueAt", "tasks.due_at", Time, index(Alone);
    COMPLETED_AT = "tasks.some.completedAt", "tasks.completed_at", Time, nullable;
    COMPLETED_BY = "tasks.some.completedBy", "tasks.completed_by", Id(Kind::User), nullable;
    TASK_CREATED_BY = "tasks.some.createdBy", "tasks.created_by", Id(Kind::User), nullable;
    TASK_CREATED_AT = "tasks.some.createdAt", "tasks.created_at", Time;
    IS_OVERDUE = "tasks.some.isOverdue", "tasks.due_at", Flag, when("tasks.state = 'PLANNED'"), index(Alone);
}

// Of the client, in the filter of clients.
columns! {
    OF_CLIENTS:
    CLIENT_LEVEL = "potentialLevel", "clients.potential_level_id", Id(Kind::PotentialLevel), nullable, index(Alone);
    CONVERTED_BY = "convertedBy", "clients.converted_by", Id(Kind::User), nullable;
}

/// Child rows of a prospect that are not removed.
macro_rules! rows {
    ($($name:ident = $table:literal, $parent:literal $(, $live:literal)?;)+) => {
        $(pub static $name: Rows = Rows {
            table: $table,
            parent: $parent,
            of: Cow::Borrowed("prospects.id"),
            prospect: None,
            live: rows!(@live $($live)?),
        };)+
    };
    (@live) => { None };
    (@live $live:literal) => { Some(Cow::Borrowed($live)) };
}

rows! {
    CONTACTS = "contacts", "contacts.prospect_id", "contacts.deleted_at IS NULL";
    EMAILS = "contact_points", "contact_points.prospect_id", "contact_points.deleted_at IS NULL AND contact_points.kind = 'EMAIL'";
    PHONES = "contact_points", "contact_points.prospect_id", "contact_points.deleted_at IS NULL AND contact_points.kind = 'PHONE'";
    IDENTIFIERS = "identifiers", "identifiers.prospect_id", "identifiers.deleted_at IS NULL";
    ADDRESSES = "addresses", "addresses.prospect_id", "addresses.deleted_at IS NULL";
    CYCLES = "cycles", "cycles.prospect_id";
    STATUS_INTERVALS = "status_intervals", "status_intervals.prospect_id";
    OWNER_INTERVALS = "owner_intervals", "owner_intervals.prospect_id";
    ENTRIES = "timeline_entries", "timeline_entries.prospect_id";
    FIRST_TOUCH = "touches", "touches.prospect_id", "touches.place = 'FIRST'";
    LAST_TOUCH = "touches", "touches.prospect_id", "touches.place = 'LAST'";
    CLIENTS = "clients", "clients.id";
    TAGS = "prospect_tags", "prospect_tags.prospect_id";
    TASKS = "tasks", "tasks.prospect_id";
    // Of the planned ones the first by due time; one row or none.
    NEXT_TASK = "tasks", "tasks.prospect_id", "tasks.state = 'PLANNED' AND tasks.id = (SELECT t.id FROM tasks t \
        WHERE t.prospect_id = tasks.prospect_id AND t.state = 'PLANNED' ORDER BY t.due_at, t.id LIMIT 1)";
}

/// The open cycle of a prospect, or else the latest.
pub static CURRENT_CYCLE: Rows = Rows {
    table: "cycles",
    parent: "cycles.id",
    of: Cow::Borrowed("prospects.cycle_id"),
    prospect: Some("cycles.prospect_id"),
    live: None,
};

/// Among the few points of the prospect: SQLite would rather go through all of the kind, once for each contact.
macro_rules! points_of_contacts {
    ($($name:ident = $live:literal;)+) => {
        $(pub static $name: Rows = Rows {
            table: "contact_points",
            parent: "contact_points.contact_id",
            of: Cow::Borrowed("contacts.id"),
            prospect: None,
            live: Some(Cow::Borrowed($live)),
        };)+
    };
}
points_of_contacts! {
    CONTACT_EMAILS = "contact_points.deleted_at IS NULL AND contact_points.kind = 'EMAIL' AND contact_points.prospect_id = contacts.prospect_id";
    CONTACT_PHONES = "contact_points.deleted_at IS NULL AND contact_points.kind = 'PHONE' AND contact_points.prospect_id = contacts.prospect_id";
}

/// One row passes, or more.
pub fn some(rows: &'static Rows, filter: Filter) -> Filter {
    RowsTest::new(rows, Quantifier::Some, filter).into()
}

/// No row passes.
pub fn none(rows: &'static Rows, filter: Filter) -> Filter {
    RowsTest::new(rows, Quantifier::None, filter).into()
}

/// Condition on the texts of child rows, one of which must match. A test for null: no row has a text.
pub fn some_text(rows: &'static Rows, column: &'static Column, test: TextTest) -> Vec<Filter> {
    let is_null = test.is_null;
    let named = TextTest { is_null: None, ..test };
    let present = TextTest {
        is_null: Some(false),
        ..TextTest::default()
    };
    let named = named.has_part().then_some(Test::Text(named));
    some_match(rows, column, named, is_null, Test::Text(present))
}

/// The same for references of child rows.
pub fn some_id(rows: &'static Rows, column: &'static Column, test: IdTest) -> Vec<Filter> {
    let is_null = test.is_null;
    let named = IdTest { is_null: None, ..test };
    let present = IdTest {
        is_null: Some(false),
        ..IdTest::default()
    };
    let named = named.is_exact().then_some(Test::Id(named));
    some_match(rows, column, named, is_null, Test::Id(present))
}

fn some_match(rows: &'static Rows, column: &'static Column, named: Option<Test>, is_null: Option<bool>, present: Test) -> Vec<Filter> {
    // That there is one follows from what it has to be.
    let is_null = is_null.filter(|is_null| *is_null || named.is_none());
    let named = named.map(|test| some(rows, ColumnTest::new(column, test).into()));
    let null = is_null.map(|is_null| {
        // Of what is never null there is one where there is a row.
        let present = match column.is_nullable {
            true => ColumnTest::new(column, present).into(),
            false => Filter::default(),
        };
        if is_null { none(rows, present) } else { some(rows, present) }
    });
    named.into_iter().chain(null).collect()
}
