//! The fields that records have, and the types of their values.

use crate::text::language::Words;

/// What a report can group by, or compute of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Field {
    // Of prospects.
    Kind,
    Condition,
    Status,
    StatusCategory,
    Reason,
    CycleKind,
    CycleCurrency,
    Channel,
    Segment,
    PotentialLevel,
    Source,
    Industry,
    CustomerType,
    Owner,
    CreatedBy,
    Interest,
    Rating,
    ValidityDays,
    Tag,
    Country,
    City,
    Region,
    Zone,
    Sector,
    Medium,
    UtmSource,
    UtmMedium,
    UtmCampaign,
    AdCampaign,
    AdNetwork,
    AdDevice,
    CreatedAt,
    FirstContactAt,
    LastActivityAt,
    ClientSince,
    ValidUntil,
    TimeToFirstContact,
    TimeToWin,
    TimeSinceActivity,
    Interactions,
    Wins,
    OpenValue,
    WonValue,
    Prospect,
    Client,
    // Of clients.
    ClientLevel,
    ConvertedBy,
    TimeBetweenWins,
    // Of cycles.
    CycleStatus,
    CycleCategory,
    CycleReason,
    OpenedAt,
    ClosedAt,
    CycleAmount,
    CycleDuration,
    // Of intervals.
    IntervalStatus,
    IntervalCategory,
    IntervalReason,
    IntervalOwner,
    IntervalActor,
    EnteredAt,
    LeftAt,
    TimeInStatus,
    TimeOwned,
    // Of tasks.
    TaskType,
    TaskState,
    TaskOverdue,
    Assignee,
    TaskCreatedBy,
    CompletedBy,
    TaskCreatedAt,
    DueAt,
    CompletedAt,
    TimeToComplete,
    // Of timeline entries.
    EntryKind,
    Actor,
    OccurredAt,
    InteractionType,
    InteractionDirection,
    InteractionOutcome,
    InteractionDuration,
    // Of documents.
    DocumentType,
    MediaType,
    CarrierKind,
    UploadedBy,
    DocumentCreatedAt,
    DocumentSize,
}

/// Type of the values of a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FieldType {
    /// Entries of a catalogue.
    Entry,
    User,
    /// One of these values, in their order.
    Choice(&'static [(&'static str, Words)]),
    /// True or false, as `FLAGS`.
    Flag,
    Text,
    Integer,
    Time,
    /// Milliseconds.
    Duration,
    /// Minor units of one currency.
    Money,
    /// Records, which are counted and not grouped by.
    Record,
}

/// The values of a flag.
pub const FLAGS: &[(&str, Words)] = &[("false", ["No", "No"]), ("true", ["Yes", "Sí"])];

/// A field of a dataset.
#[derive(Debug, PartialEq, Eq)]
pub struct FieldEntry {
    pub field: Field,
    /// Name in the keys of columns.
    pub name: &'static str,
    pub label: Words,
    pub field_type: FieldType,
    pub is_dimension: bool,
    /// Whether numbers are computed of it.
    pub is_number: bool,
    /// Whether a record has several values, and so counts in several groups.
    pub is_multiple: bool,
}

impl FieldType {
    /// The fixed values, in their order. None if there are none.
    pub fn values(self) -> Option<&'static [(&'static str, Words)]> {
        match self {
            FieldType::Choice(values) => Some(values),
            FieldType::Flag => Some(FLAGS),
            FieldType::Entry
            | FieldType::User
            | FieldType::Text
            | FieldType::Integer
            | FieldType::Time
            | FieldType::Duration
            | FieldType::Money
            | FieldType::Record => None,
        }
    }
}

impl FieldEntry {
    /// Whether its different values are counted: not of what comes in buckets, or several times for one record.
    pub fn is_countable(&self) -> bool {
        match self.field_type {
            FieldType::Record => true,
            FieldType::Time => false,
            _ => self.is_dimension && !self.is_multiple,
        }
    }
}

const fn entry(field: Field, name: &'static str, label: Words, field_type: FieldType) -> FieldEntry {
    FieldEntry {
        field,
        name,
        label,
        field_type,
        is_dimension: false,
        is_number: false,
        is_multiple: false,
    }
}

pub const fn dimension(field: Field, name: &'static str, label: Words, field_type: FieldType) -> FieldEntry {
    FieldEntry {
        is_dimension: true,
        ..entry(field, name, label, field_type)
    }
}

pub const fn multiple(field: Field, name: &'static str, label: Words, field_type: FieldType) -> FieldEntry {
    FieldEntry {
        is_multiple: true,
        ..dimension(field, name, label, field_type)
    }
}

pub const fn number(field: Field, name: &'static str, label: Words, field_type: FieldType) -> FieldEntry {
    FieldEntry {
        is_number: true,
        ..entry(field, name, label, field_type)
    }
}

pub const fn record(field: Field, name: &'static str, label: Words) -> FieldEntry {
    entry(field, name, label, FieldType::Record)
}

pub const fn both(field: Field, name: &'static str, label: Words, field_type: FieldType) -> FieldEntry {
    FieldEntry {
        is_number: true,
        ..dimension(field, name, label, field_type)
    }
}
