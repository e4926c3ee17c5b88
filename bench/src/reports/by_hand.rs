//! The best statement by hand for each report that comes with the program.

use chrono::{DateTime, Datelike, Months, NaiveDate, Utc};
use sea_orm::DbBackend;
use uuid::Uuid;

use crate::Result;

/// A zone without changes of the clocks in the data that is measured.
pub const ZONE: &str = "America/Caracas";
/// Milliseconds that its clocks are behind UTC.
const BEHIND: i64 = 4 * 60 * 60 * 1000;

/// The statement for a report by its key: over the records of an owner, or over all.
pub fn statement(backend: DbBackend, key: &str, owner: Option<Uuid>) -> Result<String> {
    let live = match (owner, backend) {
        (None, _) => "p.deleted_at IS NULL".to_owned(),
        (Some(owner), DbBackend::Postgres) => format!("p.deleted_at IS NULL AND p.owner_id = '{owner}'"),
        (Some(owner), _) => format!("p.deleted_at IS NULL AND p.owner_id = X'{}'", owner.simple()),
    };
    let now = Utc::now();
    let today = (now - chrono::Duration::milliseconds(BEHIND)).date_naive();
    let month = today.with_day(1).unwrap_or(today);
    let year = NaiveDate::from_ymd_opt(today.year(), 1, 1).unwrap_or(today);
    let from = |day: NaiveDate| start(day);
    let twelve_months = from(month - Months::new(11));
    let this_year = format!("p.created_at >= {} AND p.created_at < {}", from(year), from(year + Months::new(12)));
    let part = |condition: &str| format!("avg(CASE WHEN {condition} THEN 1.0 ELSE 0.0 END)");
    let statuses = "JOIN statuses s ON s.id = p.status_id";
    Ok(match key {
        "captures_by_month" => format!(
            "SELECT {} AS m, count(*) FROM prospects p WHERE {live} AND p.created_at >= {twelve_months} AND p.created_at < {} GROUP BY 1 ORDER BY 1",
            month_of(backend, "p.created_at"),
            from(month + Months::new(1))
        ),
        "captures_by_origin" => format!(
            "SELECT p.channel_id, p.source_id, t.utm_campaign_norm, min(t.utm_campaign), count(*), {} FROM prospects p \
             LEFT JOIN touches t ON t.prospect_id = p.id AND t.place = 'FIRST' WHERE {live} AND {this_year} GROUP BY 1, 2, 3 ORDER BY 5 DESC LIMIT 200",
            part("p.client_since IS NOT NULL")
        ),
        "conversion_funnel" => format!("SELECT p.status_id, count(*) FROM prospects p WHERE {live} AND {this_year} GROUP BY 1"),
        "conversion_by_owner" => format!(
            "SELECT p.owner_id, count(*), {}, {}, {} FROM prospects p {statuses} WHERE {live} AND {this_year} GROUP BY 1",
            part("p.client_since IS NOT NULL"),
            part("s.category = 'LOST'"),
            part("s.category = 'DISCARDED'")
        ),
        "lost_by_reason" => format!(
            "SELECT s.category, c.reason_id, p.source_id, count(*) FROM prospects p {statuses} LEFT JOIN cycles c ON c.id = p.cycle_id \
             WHERE {live} AND s.category IN ('LOST', 'DISCARDED') AND {this_year} GROUP BY 1, 2, 3 ORDER BY 4 DESC LIMIT 200"
        ),
        "time_to_first_contact" => first_contact(backend, &format!("{live} AND {this_year}")),
        "open_value_by_status" => format!(
            "SELECT p.status_id, sum(CASE WHEN c.amount_currency = 'USD' THEN c.amount_minor END), count(*) FROM prospects p {statuses} \
             LEFT JOIN cycles c ON c.id = p.cycle_id AND c.category = 'OPEN' WHERE {live} AND s.category = 'OPEN' GROUP BY 1"
        ),
        "pipeline" => format!("SELECT s.category, p.status_id, count(*) FROM prospects p {statuses} WHERE {live} GROUP BY 1, 2"),
        "won_value_by_month" => format!(
            "SELECT {} AS m, sum(CASE WHEN c.amount_currency = 'USD' THEN c.amount_minor END), count(*) FROM cycles c \
             JOIN prospects p ON p.id = c.prospect_id WHERE {live} AND c.category = 'WON' AND c.closed_at >= {} AND c.closed_at < {} GROUP BY 1",
            month_of(backend, "c.closed_at"),
            from(year - Months::new(12)),
            from(year + Months::new(12))
        ),
        "activity_by_owner" => format!(
            "SELECT p.owner_id, e.kind, count(*) FROM timeline_entries e JOIN prospects p ON p.id = e.prospect_id \
             WHERE {live} AND e.occurred_at >= {} AND e.occurred_at < {} GROUP BY 1, 2",
            from(month),
            from(month + Months::new(1))
        ),
        "overdue_tasks_by_owner" => format!(
            "SELECT p.owner_id, count(*) FROM tasks t JOIN prospects p ON p.id = t.prospect_id \
             WHERE {live} AND t.state = 'PLANNED' AND t.due_at < {} GROUP BY 1",
            now.timestamp_millis()
        ),
        "prospects_by_zone" => format!(
            "SELECT a.zone_id, a.sector_id, count(DISTINCT p.id) FROM prospects p LEFT JOIN addresses a ON a.prospect_id = p.id \
             AND a.deleted_at IS NULL AND (a.zone_id IS NOT NULL OR a.sector_id IS NOT NULL) WHERE {live} GROUP BY 1, 2"
        ),
        other => return Err(format!("no statement by hand answers {other}").into()),
    })
}

/// The start of a day in the zone.
fn start(day: NaiveDate) -> i64 {
    let midnight: DateTime<Utc> = day.and_time(chrono::NaiveTime::MIN).and_utc();
    midnight.timestamp_millis() + BEHIND
}

fn month_of(backend: DbBackend, column: &str) -> String {
    match backend {
        DbBackend::Postgres => format!("date_trunc('month', to_timestamp({column} / 1000) AT TIME ZONE '{ZONE}')"),
        _ => format!("strftime('%Y-%m', ({column} - {BEHIND}) / 1000, 'unixepoch')"),
    }
}

/// The median by nearest rank, by owner and hour.
fn first_contact(backend: DbBackend, condition: &str) -> String {
    match backend {
        DbBackend::Postgres => format!(
            "SELECT p.owner_id, extract(hour FROM to_timestamp(p.created_at / 1000) AT TIME ZONE '{ZONE}'), \
             percentile_disc(0.5) WITHIN GROUP (ORDER BY p.first_contact_at - p.created_at), count(*) FROM prospects p WHERE {condition} GROUP BY 1, 2"
        ),
        _ => format!(
            "SELECT o, h, max(CASE WHEN r = (n + 1) / 2 THEN v END), count(*) FROM (SELECT o, h, v, \
             row_number() OVER (PARTITION BY o, h ORDER BY (v IS NULL), v) AS r, count(v) OVER (PARTITION BY o, h) AS n FROM (SELECT p.owner_id AS o, \
             strftime('%H', (p.created_at - {BEHIND}) / 1000, 'unixepoch') AS h, p.first_contact_at - p.created_at AS v FROM prospects p \
             WHERE {condition})) GROUP BY o, h"
        ),
    }
}
