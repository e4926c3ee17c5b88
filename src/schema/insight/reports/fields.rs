//! The fields of reports.

use async_graphql::Enum;

use crate::rules::reports::catalogue;

/// What a report groups by, or computes of. `reportDatasets` tells which a dataset has, and for what.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "catalogue::Field")]
pub enum ReportField {
    /// Kind of prospect: a person or a company.
    Kind,
    /// Condition of the record: prospect or client.
    Condition,
    /// Status (pipeline stage) of the prospect.
    Status,
    /// Category of the status.
    StatusCategory,
    /// Reason for losing or discarding, of the open cycle or else the latest.
    Reason,
    /// Kind of the open cycle or else the latest; in CYCLES of the cycle itself.
    CycleKind,
    /// Currency of the amount of the open cycle or else the latest, as an ISO 4217 code; in CYCLES of the cycle itself. Null without an amount.
    /// Amounts of a measure are still of its own currency.
    CycleCurrency,
    /// Commercial channel.
    Channel,
    /// Business segment.
    Segment,
    /// Potential level as a prospect.
    PotentialLevel,
    /// Source of the first touch.
    Source,
    /// Industry of the prospect.
    Industry,
    /// Type of customer.
    CustomerType,
    /// Owner of the prospect.
    Owner,
    /// User who created the record.
    CreatedBy,
    /// Purchase interest.
    Interest,
    /// Rating of 1 to 5 stars.
    Rating,
    /// Validity in days.
    ValidityDays,
    /// Tags; a prospect counts under each of its own.
    Tag,
    /// Countries of the addresses, as ISO 3166-1 alpha-2 codes; a prospect counts in each of its own.
    Country,
    /// Cities of the addresses; a prospect counts in each of its own.
    City,
    /// Regions of the addresses; a prospect counts in each of its own.
    Region,
    /// Zones of the addresses; a prospect counts in each of its own.
    Zone,
    /// Sectors of the addresses; a prospect counts in each of its own.
    Sector,
    /// Medium of the first touch, without accents and case.
    Medium,
    /// `utm_source` of the first touch, without accents and case.
    UtmSource,
    /// `utm_medium` of the first touch, without accents and case.
    UtmMedium,
    /// `utm_campaign` of the first touch, without accents and case.
    UtmCampaign,
    /// Campaign of the advertisement of the first touch, without accents and case.
    AdCampaign,
    /// Network of the advertisement of the first touch.
    AdNetwork,
    /// Device of the first touch.
    AdDevice,
    /// Registration time of the prospect.
    CreatedAt,
    /// Time of the first contact.
    FirstContactAt,
    /// Time of the last activity.
    LastActivityAt,
    /// Time of the first win.
    ClientSince,
    /// End of the validity for the current owner.
    ValidUntil,
    /// Duration from registration to the first contact.
    TimeToFirstContact,
    /// Duration from registration to the first win.
    TimeToWin,
    /// Duration from the last activity to the time of the report.
    TimeSinceActivity,
    /// Number of interactions of the prospect.
    Interactions,
    /// Number of won cycles of the prospect: the purchases of a client.
    Wins,
    /// Amount of the open cycle, in one currency; in CYCLES of the cycle itself, if it is open.
    OpenValue,
    /// Sum of the amounts of won cycles, in one currency; in CYCLES of the cycle itself, if it is won.
    WonValue,
    /// The prospects of the records, clients included. DISTINCT_COUNT only.
    Prospect,
    /// The prospects of the records that are clients. DISTINCT_COUNT only.
    Client,
    /// Potential level as a client. CLIENTS only.
    ClientLevel,
    /// User who converted the client. CLIENTS only.
    ConvertedBy,
    /// Average duration from one purchase of the client to the next. Null for fewer than two. CLIENTS only.
    TimeBetweenWins,
    /// Status (pipeline stage) of the cycle, the final one if it is closed. CYCLES only.
    CycleStatus,
    /// Category of the status of the cycle. CYCLES only.
    CycleCategory,
    /// Reason why the cycle was lost or discarded. CYCLES only.
    CycleReason,
    /// Start of the cycle. CYCLES only.
    OpenedAt,
    /// Time at which the cycle was won, lost or discarded. Null for open ones. CYCLES only.
    ClosedAt,
    /// Amount of the cycle, in one currency. CYCLES only.
    CycleAmount,
    /// Duration of a closed cycle. Null for open ones. CYCLES only.
    CycleDuration,
    /// Status (pipeline stage) of the interval. STATUS_INTERVALS only.
    IntervalStatus,
    /// Category of the status of the interval. STATUS_INTERVALS only.
    IntervalCategory,
    /// Reason given when the status was entered. STATUS_INTERVALS only.
    IntervalReason,
    /// Owner in the interval. OWNER_INTERVALS only.
    IntervalOwner,
    /// User who set the status or the owner of the interval. STATUS_INTERVALS and OWNER_INTERVALS only.
    IntervalActor,
    /// Start of the interval. STATUS_INTERVALS and OWNER_INTERVALS only.
    EnteredAt,
    /// End of the interval. Null for that of the present. STATUS_INTERVALS and OWNER_INTERVALS only.
    LeftAt,
    /// Duration of the interval, up to the time of the report if it has no end. STATUS_INTERVALS only.
    TimeInStatus,
    /// Duration of the interval, up to the time of the report if it has no end. OWNER_INTERVALS only.
    TimeOwned,
    /// Type of task. TASKS only.
    TaskType,
    /// State of the task. TASKS only.
    TaskState,
    /// True for planned tasks whose due time has passed. TASKS only.
    TaskOverdue,
    /// Assignee of the task. TASKS only.
    Assignee,
    /// User who planned the task. TASKS only.
    TaskCreatedBy,
    /// User who completed the task. TASKS only.
    CompletedBy,
    /// Creation time of the task. TASKS only.
    TaskCreatedAt,
    /// Due time of the task. TASKS only.
    DueAt,
    /// Time of completion of the task. TASKS only.
    CompletedAt,
    /// Duration from the creation of the task to its completion. TASKS only.
    TimeToComplete,
    /// Kind of timeline entry. ACTIVITY only.
    EntryKind,
    /// User who caused the event. ACTIVITY only.
    Actor,
    /// Time of the event. ACTIVITY only.
    OccurredAt,
    /// Form of the interaction. Null for other entries. ACTIVITY only.
    InteractionType,
    /// Direction of the interaction. Null for other entries. ACTIVITY only.
    InteractionDirection,
    /// Outcome of the interaction. Null for other entries. ACTIVITY only.
    InteractionOutcome,
    /// Duration of the interaction. ACTIVITY only.
    InteractionDuration,
    /// Type of document. DOCUMENTS only.
    DocumentType,
    /// Media type of the file, such as `application/pdf`. DOCUMENTS only.
    MediaType,
    /// Kind of the record that carries the document. DOCUMENTS only.
    CarrierKind,
    /// User who uploaded the file. DOCUMENTS only.
    UploadedBy,
    /// Time of the upload. DOCUMENTS only.
    DocumentCreatedAt,
    /// Size of the file in bytes. DOCUMENTS only.
    DocumentSize,
}

#[cfg(test)]
mod tests {
    use super::*;
    use async_graphql::resolver_utils::EnumType;
    use catalogue::DATASETS;

    /// What the API names can be asked for, and has the name of its columns in another spelling.
    #[test]
    fn each_field_is_of_a_dataset() {
        for item in ReportField::items() {
            let field = catalogue::Field::from(item.value);
            let entries: Vec<_> = DATASETS.iter().filter_map(|dataset| dataset.field(field)).collect();
            assert!(!entries.is_empty(), "{}", item.name);
            for entry in entries {
                assert_eq!(entry.name.to_uppercase(), item.name);
            }
        }
    }
}
