//! The columns of the record itself: checked against the catalogues, and put in words where they change.

use std::ops::RangeInclusive;

use uuid::Uuid;

use super::draft::{ProspectDraft, TouchDraft};
use super::nested::Checks;
use crate::app::catalogs::{Catalogs, Row, Table};
use crate::entities::records::touch::TouchPlace;
use crate::entities::records::{prospect, touch};
use crate::entities::setup::potential_level::LevelKind;
use crate::error::{Error, ProblemCode, Result};
use crate::ids;
use crate::resolvers::records::timeline::FieldChange;
use crate::rules::limits::{LINE_LENGTH, NAME_LENGTH};
use crate::rules::patch::Patch;
use crate::rules::profile;
use crate::text::fold;

/// The record's own columns as the draft wants them.
pub(super) fn fields(
    checks: &mut Checks,
    catalogs: &Catalogs,
    draft: &ProspectDraft,
    before: prospect::Model,
    creating: bool,
) -> prospect::Model {
    let present_name = (!creating).then_some(before.name.as_str());
    let name = checks.required("name", &draft.name, present_name, NAME_LENGTH);
    let legal_name = checks.optional("legalName", &draft.legal_name, before.legal_name.as_deref(), NAME_LENGTH);
    let kind = match &draft.kind {
        Patch::Set(kind) => *kind,
        Patch::Keep if !creating => before.kind,
        Patch::Keep | Patch::Clear => {
            checks.problem("kind", ProblemCode::Required, "must be given");
            before.kind
        }
    };
    let channel_id = match reference(checks, "channelId", &catalogs.channels, &draft.channel, Some(before.channel_id)) {
        Some(id) => id,
        None => {
            checks.problem("channelId", ProblemCode::Required, "every prospect has a channel");
            before.channel_id
        }
    };
    let segment_id = reference(checks, "segmentId", &catalogs.segments, &draft.segment, before.segment_id);
    let potential_level_id = reference(
        checks,
        "potentialLevelId",
        &catalogs.potential_levels,
        &draft.potential_level,
        before.potential_level_id,
    );
    let level = draft.potential_level.set().and_then(|id| catalogs.potential_levels.get(*id));
    if level.is_some_and(|level| level.applies_to != LevelKind::Prospect) {
        checks.problem("potentialLevelId", ProblemCode::Invalid, "this level is one of clients");
    }
    let is_notification_enabled = match draft.is_notification_enabled {
        Patch::Set(is_enabled) => is_enabled,
        Patch::Keep => before.is_notification_enabled,
        Patch::Clear => {
            checks.problem("isNotificationEnabled", ProblemCode::Required, "this is either true or false");
            before.is_notification_enabled
        }
    };
    prospect::Model {
        industry_id: reference(checks, "industryId", &catalogs.industries, &draft.industry, before.industry_id),
        customer_type_id: reference(
            checks,
            "customerTypeId",
            &catalogs.customer_types,
            &draft.customer_type,
            before.customer_type_id,
        ),
        rating: number(checks, "rating", &draft.rating, before.rating, &profile::RATING),
        interest: match draft.interest {
            Patch::Set(interest) => Some(interest),
            Patch::Keep => before.interest,
            Patch::Clear => None,
        },
        validity_days: number(
            checks,
            "validityDays",
            &draft.validity_days,
            before.validity_days,
            &profile::VALIDITY_DAYS,
        ),
        websites: match &draft.websites {
            Patch::Set(addresses) => to_json(checks.websites("websites", addresses)),
            Patch::Keep => before.websites,
            Patch::Clear => None,
        },
        is_notification_enabled,
        kind,
        name_norm: fold(&name),
        name,
        legal_name_norm: legal_name.as_deref().map(fold),
        legal_name,
        channel_id,
        segment_id,
        potential_level_id,
        ..before
    }
}

/// The web sites of a prospect.
pub fn websites_of(row: &prospect::Model) -> impl Iterator<Item = &str> {
    let list = row.websites.as_ref().and_then(|list| list.as_array());
    list.into_iter().flatten().filter_map(|address| address.as_str())
}

/// None where there are none, so that most rows have nothing to be read.
fn to_json(addresses: Vec<String>) -> Option<serde_json::Value> {
    (!addresses.is_empty()).then(|| serde_json::Value::from(addresses))
}

fn number(checks: &mut Checks, field: &str, patch: &Patch<i32>, present: Option<i32>, range: &RangeInclusive<i32>) -> Option<i32> {
    match patch {
        Patch::Keep => present,
        Patch::Clear => None,
        Patch::Set(number) => Some(checks.within_range(field, *number, range)),
    }
}

/// The id of a catalogue's entry: it has to exist, and to be in use unless it is the present one.
pub(super) fn reference<M: Row>(
    checks: &mut Checks,
    field: &str,
    table: &Table<M>,
    patch: &Patch<Uuid>,
    present: Option<Uuid>,
) -> Option<Uuid> {
    match patch {
        Patch::Keep => present,
        Patch::Clear => None,
        Patch::Set(id) => {
            match table.get(*id) {
                None => checks.problem(field, ProblemCode::NotFound, "there is no such entry"),
                Some(row) if row.is_retired() && present != Some(*id) => checks.problem(field, ProblemCode::State, "this entry is retired"),
                Some(_) => {}
            }
            Some(*id)
        }
    }
}

pub(super) fn default_of<M: Row>(table: &Table<M>, is_default: impl Fn(&M) -> bool) -> Result<Uuid> {
    let default = table.all().iter().find(|row| is_default(row));
    default
        .map(|row| row.id())
        .ok_or_else(|| Error::internal("a catalogue has no default"))
}

pub(super) fn first_touch(
    checks: &mut Checks,
    catalogs: &Catalogs,
    draft: TouchDraft,
    before: Option<&touch::Model>,
    row: &mut prospect::Model,
    now: i64,
) -> touch::Model {
    let mut path = checks.path.clone();
    path.push("firstTouch".to_owned());
    let mut checks = Checks {
        problems: checks.problems,
        path,
    };
    let source_id = match reference(&mut checks, "sourceId", &catalogs.sources, &draft.source, Some(row.source_id)) {
        Some(id) => id,
        None => {
            checks.problem("sourceId", ProblemCode::Required, "every prospect has a source");
            row.source_id
        }
    };
    if draft.at.is_some_and(|at| at > now) {
        checks.problem("at", ProblemCode::Invalid, "must not be in the future");
    }
    row.source_id = source_id;
    touch::Model {
        id: before.map_or_else(ids::new, |before| before.id),
        prospect_id: row.id,
        place: TouchPlace::First,
        at: draft.at.or(before.map(|before| before.at)).unwrap_or(row.created_at),
        source_id,
        medium: checks.optional(
            "medium",
            &draft.medium,
            before.and_then(|before| before.medium.as_deref()),
            LINE_LENGTH,
        ),
        page_url: checks.web_address("pageUrl", &draft.page_url, before.and_then(|before| before.page_url.as_deref())),
        referrer: checks.web_address("referrer", &draft.referrer, before.and_then(|before| before.referrer.as_deref())),
    }
}

/// The changed columns in words.
pub(super) fn described(catalogs: &Catalogs, before: &prospect::Model, after: &prospect::Model) -> Vec<FieldChange> {
    let mut changes = Vec::new();
    let kind = |row: &prospect::Model| Some(format!("{:?}", row.kind).to_uppercase());
    push_change(&mut changes, "kind", kind(before), kind(after));
    push_change(&mut changes, "name", Some(before.name.clone()), Some(after.name.clone()));
    push_change(&mut changes, "legalName", before.legal_name.clone(), after.legal_name.clone());
    push_change(
        &mut changes,
        "channel",
        name_in(&catalogs.channels, Some(before.channel_id)),
        name_in(&catalogs.channels, Some(after.channel_id)),
    );
    push_change(
        &mut changes,
        "segment",
        name_in(&catalogs.segments, before.segment_id),
        name_in(&catalogs.segments, after.segment_id),
    );
    let level = |id| name_in(&catalogs.potential_levels, id);
    push_change(
        &mut changes,
        "potentialLevel",
        level(before.potential_level_id),
        level(after.potential_level_id),
    );
    push_change(
        &mut changes,
        "industry",
        name_in(&catalogs.industries, before.industry_id),
        name_in(&catalogs.industries, after.industry_id),
    );
    push_change(
        &mut changes,
        "customerType",
        name_in(&catalogs.customer_types, before.customer_type_id),
        name_in(&catalogs.customer_types, after.customer_type_id),
    );
    let number = |value: Option<i32>| value.map(|value| value.to_string());
    push_change(&mut changes, "rating", number(before.rating), number(after.rating));
    let interest = |row: &prospect::Model| row.interest.map(|interest| format!("{interest:?}").to_uppercase());
    push_change(&mut changes, "interest", interest(before), interest(after));
    let websites = |row: &prospect::Model| joined(websites_of(row));
    push_change(&mut changes, "websites", websites(before), websites(after));
    push_change(
        &mut changes,
        "validityDays",
        number(before.validity_days),
        number(after.validity_days),
    );
    let is_enabled = |row: &prospect::Model| Some(row.is_notification_enabled.to_string());
    push_change(&mut changes, "isNotificationEnabled", is_enabled(before), is_enabled(after));
    changes
}

/// All of a list as one text; None where it is empty.
pub(super) fn joined<'a>(texts: impl Iterator<Item = &'a str>) -> Option<String> {
    let all: Vec<&str> = texts.collect();
    (!all.is_empty()).then(|| all.join(", "))
}

pub(super) fn describe_touch(catalogs: &Catalogs, before: &touch::Model, after: &touch::Model, changes: &mut Vec<FieldChange>) {
    let at = |touch: &touch::Model| chrono::DateTime::from_timestamp_millis(touch.at).map(|at| at.to_rfc3339());
    push_change(changes, "firstTouch.at", at(before), at(after));
    let source = |touch: &touch::Model| name_in(&catalogs.sources, Some(touch.source_id));
    push_change(changes, "firstTouch.source", source(before), source(after));
    push_change(changes, "firstTouch.medium", before.medium.clone(), after.medium.clone());
    push_change(changes, "firstTouch.pageUrl", before.page_url.clone(), after.page_url.clone());
    push_change(changes, "firstTouch.referrer", before.referrer.clone(), after.referrer.clone());
}

pub(super) fn push_change(changes: &mut Vec<FieldChange>, field: &str, before: Option<String>, after: Option<String>) {
    if before != after {
        changes.push(FieldChange {
            field: field.to_owned(),
            before,
            after,
        });
    }
}

pub(super) fn name_in<M: Row>(table: &Table<M>, id: Option<Uuid>) -> Option<String> {
    table.get(id?).map(|row| row.name().to_owned())
}
