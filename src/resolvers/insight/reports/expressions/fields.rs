//! SQL of the fields of records, and the tables that have them.

use sea_orm::DbBackend;

use super::{Expressions, Join};
use crate::resolvers::insight::reports::records::Records;
use crate::rules::money::Currency;
use crate::rules::reports::Moment;
use crate::rules::reports::catalogue::{Dataset, Field, MeasureKind};
use crate::rules::reports::numbers::SUM_UNIT;

impl Expressions<'_> {
    /// The value of a field for a record.
    pub(super) fn field(&mut self, field: Field) -> String {
        let own = |column: &str| format!("prospects.{column}");
        let now = self.compilation.cx.began_at;
        match field {
            Field::Kind => own("kind"),
            Field::Condition => match self.status_then() {
                Some(at) => format!("CASE WHEN prospects.client_since < {at} THEN 'CLIENT' ELSE 'PROSPECT' END"),
                None => "CASE WHEN prospects.client_since IS NULL THEN 'PROSPECT' ELSE 'CLIENT' END".to_owned(),
            },
            Field::Status => match self.status_then() {
                Some(_) => self.joined(Join::StatusThen, "sn.status_id"),
                None => own("status_id"),
            },
            Field::StatusCategory => {
                if self.status_then().is_some() {
                    self.joins.insert(Join::StatusThen);
                }
                self.joined(Join::Status, "st.category")
            }
            Field::Reason => match self.status_then() {
                Some(_) => self.joined(Join::StatusThen, "sn.reason_id"),
                None => self.cycle("reason_id"),
            },
            Field::CycleKind if self.compilation.plan.dataset == Dataset::Cycles => "cycles.kind".to_owned(),
            Field::CycleKind => self.cycle("kind"),
            Field::CycleCurrency if self.compilation.plan.dataset == Dataset::Cycles => "cycles.amount_currency".to_owned(),
            Field::CycleCurrency => self.cycle("amount_currency"),
            Field::Channel => own("channel_id"),
            Field::Segment => own("segment_id"),
            Field::PotentialLevel => own("potential_level_id"),
            Field::Source => own("source_id"),
            Field::Industry => own("industry_id"),
            Field::CustomerType => own("customer_type_id"),
            Field::Owner => match self.owner_then() {
                true => self.joined(Join::OwnerThen, "wn.owner_id"),
                false => own("owner_id"),
            },
            Field::CreatedBy => own("created_by"),
            Field::Interest => own("interest"),
            Field::Rating => own("rating"),
            Field::ValidityDays => own("validity_days"),
            Field::Tag => self.joined(Join::Tags, "pt.tag_id"),
            Field::Country => self.address("country"),
            Field::City => self.address("city_norm"),
            Field::Region => self.address("region_id"),
            Field::Zone => self.address("zone_id"),
            Field::Sector => self.address("sector_id"),
            Field::Medium => self.touch("medium_norm"),
            Field::UtmSource => self.touch("utm_source_norm"),
            Field::UtmMedium => self.touch("utm_medium_norm"),
            Field::UtmCampaign => self.touch("utm_campaign_norm"),
            Field::AdCampaign => self.touch("ad_campaign_norm"),
            Field::AdNetwork => self.touch("ad_network"),
            Field::AdDevice => self.touch("ad_device"),
            Field::CreatedAt => own("created_at"),
            Field::FirstContactAt => own("first_contact_at"),
            Field::LastActivityAt => own("last_activity_at"),
            Field::ClientSince => own("client_since"),
            Field::ValidUntil => own("valid_until"),
            Field::TimeToFirstContact => "prospects.first_contact_at - prospects.created_at".to_owned(),
            Field::TimeToWin => "prospects.client_since - prospects.created_at".to_owned(),
            Field::TimeSinceActivity => format!("{now} - prospects.last_activity_at"),
            Field::Interactions => {
                "(SELECT count(*) FROM timeline_entries te WHERE te.prospect_id = prospects.id AND te.kind = 'INTERACTION')".to_owned()
            }
            Field::Wins => "(SELECT count(*) FROM cycles wo WHERE wo.prospect_id = prospects.id AND wo.category = 'WON')".to_owned(),
            Field::OpenValue | Field::WonValue | Field::CycleAmount => unreachable!("an amount is of a currency"),
            Field::Prospect => own("id"),
            Field::Client => match self.status_then() {
                Some(at) => format!("CASE WHEN prospects.client_since < {at} THEN prospects.id END"),
                None => "CASE WHEN prospects.client_since IS NOT NULL THEN prospects.id END".to_owned(),
            },
            Field::ClientLevel => "clients.potential_level_id".to_owned(),
            Field::ConvertedBy => "clients.converted_by".to_owned(),
            Field::TimeBetweenWins => "(SELECT (max(wo.closed_at) - min(wo.closed_at)) / nullif(count(*) - 1, 0) FROM cycles wo \
                WHERE wo.prospect_id = prospects.id AND wo.category = 'WON')"
                .to_owned(),
            Field::CycleStatus => "cycles.status_id".to_owned(),
            Field::CycleCategory => "cycles.category".to_owned(),
            Field::CycleReason => "cycles.reason_id".to_owned(),
            Field::OpenedAt => "cycles.opened_at".to_owned(),
            Field::ClosedAt => "cycles.closed_at".to_owned(),
            Field::CycleDuration => "cycles.closed_at - cycles.opened_at".to_owned(),
            Field::IntervalStatus => "status_intervals.status_id".to_owned(),
            Field::IntervalCategory => self.joined(Join::IntervalStatus, "si.category"),
            Field::IntervalReason => "status_intervals.reason_id".to_owned(),
            Field::IntervalOwner => "owner_intervals.owner_id".to_owned(),
            Field::IntervalActor => self.own("actor_id"),
            Field::EnteredAt => self.own("from_at"),
            Field::LeftAt => self.own("to_at"),
            Field::TimeInStatus => format!("coalesce(status_intervals.to_at, {now}) - status_intervals.from_at"),
            Field::TimeOwned => format!("coalesce(owner_intervals.to_at, {now}) - owner_intervals.from_at"),
            Field::TaskType => "tasks.type_id".to_owned(),
            Field::TaskState => "tasks.state".to_owned(),
            Field::TaskOverdue => format!("CASE WHEN tasks.state = 'PLANNED' AND tasks.due_at < {now} THEN 'true' ELSE 'false' END"),
            Field::Assignee => "tasks.assignee_id".to_owned(),
            Field::TaskCreatedBy => "tasks.created_by".to_owned(),
            Field::CompletedBy => "tasks.completed_by".to_owned(),
            Field::TaskCreatedAt => "tasks.created_at".to_owned(),
            Field::DueAt => "tasks.due_at".to_owned(),
            Field::CompletedAt => "tasks.completed_at".to_owned(),
            Field::TimeToComplete => "tasks.completed_at - tasks.created_at".to_owned(),
            Field::EntryKind => "timeline_entries.kind".to_owned(),
            Field::Actor => "timeline_entries.actor_id".to_owned(),
            Field::OccurredAt => "timeline_entries.occurred_at".to_owned(),
            Field::InteractionType => self.joined(Join::Interaction, "ia.type"),
            Field::InteractionDirection => self.joined(Join::Interaction, "ia.direction"),
            Field::InteractionOutcome => self.joined(Join::Interaction, "ia.outcome"),
            Field::InteractionDuration => self.joined(Join::Interaction, "CAST(ia.duration_seconds AS bigint) * 1000"),
            Field::DocumentType => "documents.type_id".to_owned(),
            Field::MediaType => "documents.media_type".to_owned(),
            Field::CarrierKind => "documents.carrier_kind".to_owned(),
            Field::UploadedBy => "documents.created_by".to_owned(),
            Field::DocumentCreatedAt => "documents.created_at".to_owned(),
            Field::DocumentSize => "documents.size".to_owned(),
        }
    }

    /// An amount in a currency, in minor units; null in any other.
    pub(super) fn amount(&mut self, field: Field, currency: Currency) -> String {
        // The code of a known currency has three letters.
        let code = currency.code();
        let of_cycle = |condition: &str| format!("CASE WHEN {condition}cycles.amount_currency = '{code}' THEN cycles.amount_minor END");
        match (self.compilation.plan.dataset, field) {
            (Dataset::Cycles, Field::OpenValue) => of_cycle("cycles.category = 'OPEN' AND "),
            (Dataset::Cycles, Field::WonValue) => of_cycle("cycles.category = 'WON' AND "),
            (Dataset::Cycles, _) => of_cycle(""),
            (_, Field::WonValue) => {
                let sum = self.sum("wo.amount_minor");
                format!(
                    "(SELECT {sum} FROM cycles wo WHERE wo.prospect_id = prospects.id AND wo.category = 'WON' AND wo.amount_currency = '{code}')"
                )
            }
            _ => {
                let category = match self.status_then() {
                    Some(_) => self.field(Field::StatusCategory),
                    None => self.cycle("category"),
                };
                let (amount, of) = (self.cycle("amount_minor"), self.cycle("amount_currency"));
                format!("CASE WHEN {category} = 'OPEN' AND {of} = '{code}' THEN {amount} END")
            }
        }
    }

    /// One for a record that counts in a rate, zero for another that it is a part of. Of prospects all are, of cycles those that are closed.
    pub(super) fn rate(&mut self, kind: MeasureKind) -> String {
        let category = match kind {
            MeasureKind::LossRate => "LOST",
            MeasureKind::DiscardRate => "DISCARDED",
            _ => "WON",
        };
        if self.compilation.plan.dataset == Dataset::Cycles {
            return format!("CASE WHEN cycles.category = 'OPEN' THEN NULL WHEN cycles.category = '{category}' THEN 1 ELSE 0 END");
        }
        let counted = match (kind, self.status_then()) {
            // Clients remain clients when another cycle is lost.
            (MeasureKind::ConversionRate, None) => "prospects.client_since IS NOT NULL".to_owned(),
            (MeasureKind::ConversionRate, Some(at)) => format!("prospects.client_since < {at}"),
            _ => format!("{} = '{category}'", self.field(Field::StatusCategory)),
        };
        format!("CASE WHEN {counted} THEN 1 ELSE 0 END")
    }

    pub(super) fn join(&self, join: Join) -> String {
        let then = |alias: &str| {
            let at = self.compilation.plan.as_of.map_or(i64::MAX, |instant| instant.at);
            format!("{alias}.prospect_id = prospects.id AND {alias}.from_at < {at} AND ({alias}.to_at IS NULL OR {alias}.to_at >= {at})")
        };
        match join {
            Join::FirstTouch => " LEFT JOIN touches ft ON ft.prospect_id = prospects.id AND ft.place = 'FIRST'".to_owned(),
            Join::StatusThen => format!(" LEFT JOIN status_intervals sn ON {}", then("sn")),
            Join::OwnerThen => format!(" LEFT JOIN owner_intervals wn ON {}", then("wn")),
            Join::Cycle => match self.status_then() {
                Some(_) => " LEFT JOIN cycles cy ON cy.id = sn.cycle_id".to_owned(),
                None => " LEFT JOIN cycles cy ON cy.id = prospects.cycle_id".to_owned(),
            },
            Join::Status => match self.status_then() {
                Some(_) => " LEFT JOIN statuses st ON st.id = sn.status_id".to_owned(),
                None => " LEFT JOIN statuses st ON st.id = prospects.status_id".to_owned(),
            },
            Join::Tags => " LEFT JOIN prospect_tags pt ON pt.prospect_id = prospects.id".to_owned(),
            Join::IntervalStatus => " LEFT JOIN statuses si ON si.id = status_intervals.status_id".to_owned(),
            // Only entries of this kind have one.
            Join::Interaction => {
                " LEFT JOIN interactions ia ON ia.id = CASE timeline_entries.kind WHEN 'INTERACTION' THEN timeline_entries.id END"
                    .to_owned()
            }
        }
    }

    /// An expression over a table that is joined.
    fn joined(&mut self, join: Join, expression: &str) -> String {
        self.joins.insert(join);
        expression.to_owned()
    }

    /// A column of the records themselves.
    fn own(&self, column: &str) -> String {
        format!("{}.{column}", Records::of(self.compilation.plan.dataset).table)
    }

    /// The instant from which the status is taken. None if it is that of the report.
    fn status_then(&self) -> Option<i64> {
        let instant = self.compilation.plan.as_of?;
        (instant.status == Moment::Then).then_some(instant.at)
    }

    fn owner_then(&self) -> bool {
        self.compilation.plan.as_of.is_some_and(|instant| instant.owner == Moment::Then)
    }

    /// The sum of amounts, at most the greatest number that the database has.
    fn sum(&self, column: &str) -> String {
        match self.backend {
            DbBackend::Postgres => format!("CASE WHEN sum({column}) > {0} THEN {0} ELSE sum({column}) END", i64::MAX),
            // Multiplication beyond 64 bits gives a floating-point number, which is cast to the greatest integer.
            _ => format!("CAST(sum({column} / {SUM_UNIT}) * {SUM_UNIT} + sum({column} % {SUM_UNIT}) AS integer)"),
        }
    }

    /// A column of the current cycle, or of that of the instant.
    fn cycle(&mut self, column: &str) -> String {
        if self.status_then().is_some() {
            self.joins.insert(Join::StatusThen);
        }
        self.joined(Join::Cycle, &format!("cy.{column}"))
    }

    pub(super) fn touch(&mut self, column: &str) -> String {
        self.joined(Join::FirstTouch, &format!("ft.{column}"))
    }

    pub(super) fn address(&mut self, column: &'static str) -> String {
        self.places.insert(column);
        format!("ad.{column}")
    }

    pub(super) fn address_text(&mut self, text: &'static str, key: &'static str) -> String {
        self.places.extend([text, key]);
        format!("ad.{text}")
    }
}
