//! The first touch of a prospect: checked against the catalogues, and put in words where it changes.

use sea_orm::ActiveEnum;

use super::columns::{name_in, push_change, reference};
use super::draft::{AdClickDraft, TouchDraft, UtmDraft};
use super::nested::Checks;
use crate::app::catalogs::Catalogs;
use crate::entities::records::{prospect, touch};
use crate::error::ProblemCode;
use crate::ids;
use crate::resolvers::records::timeline::FieldChange;
use crate::rules::attribution::CLICK_ID_LENGTH;
use crate::rules::limits::LINE_LENGTH;
use crate::rules::patch::Patch;
use crate::text::fold;

/// The first touch as it will be. Its source becomes that of the prospect.
pub(super) fn first_touch(
    checks: &mut Checks,
    catalogs: &Catalogs,
    draft: &TouchDraft,
    before: Option<&touch::Model>,
    row: &mut prospect::Model,
    now: i64,
) -> touch::Model {
    let mut touch = before.cloned().unwrap_or_else(|| touch::Model {
        id: ids::new(),
        prospect_id: row.id,
        at: row.created_at,
        source_id: row.source_id,
        ..touch::Model::default()
    });
    checks.inside("firstTouch", |checks| {
        match reference(checks, "sourceId", &catalogs.sources, &draft.source, Some(row.source_id)) {
            Some(id) => touch.source_id = id,
            None => checks.problem("sourceId", ProblemCode::Required, "every prospect has a source"),
        }
        if draft.at.is_some_and(|at| at > now) {
            checks.problem("at", ProblemCode::Invalid, "must not be in the future");
        }
        touch.at = draft.at.unwrap_or(touch.at);
        line(checks, "medium", &draft.medium, &mut touch.medium);
        touch.medium_norm = touch.medium.as_deref().map(fold);
        touch.page_url = checks.web_address("pageUrl", &draft.page_url, touch.page_url.as_deref());
        line(checks, "pageSection", &draft.page_section, &mut touch.page_section);
        touch.referrer = checks.web_address("referrer", &draft.referrer, touch.referrer.as_deref());
        touch.ip_address = checks.ip_address("ipAddress", &draft.ip_address, touch.ip_address.as_deref());
        checks.inside("utm", |checks| set_utm(checks, &draft.utm, &mut touch));
        checks.inside("ad", |checks| set_ad(checks, &draft.ad, &mut touch));
    });
    row.source_id = touch.source_id;
    touch
}

/// The changes of the touch in words.
pub(super) fn describe_touch(catalogs: &Catalogs, before: &touch::Model, after: &touch::Model, changes: &mut Vec<FieldChange>) {
    let at = |touch: &touch::Model| chrono::DateTime::from_timestamp_millis(touch.at).map(|at| at.to_rfc3339());
    push_change(changes, "firstTouch.at", at(before), at(after));
    let source = |touch: &touch::Model| name_in(&catalogs.sources, Some(touch.source_id));
    push_change(changes, "firstTouch.source", source(before), source(after));
    for (field, words) in DESCRIBED {
        push_change(changes, field, words(before), words(after));
    }
}

/// The value of a touch in words.
type Words = fn(&touch::Model) -> Option<String>;

/// Optional values of a touch, by their names in the timeline.
const DESCRIBED: [(&str, Words); 17] = [
    ("firstTouch.medium", |touch| touch.medium.clone()),
    ("firstTouch.pageUrl", |touch| touch.page_url.clone()),
    ("firstTouch.pageSection", |touch| touch.page_section.clone()),
    ("firstTouch.referrer", |touch| touch.referrer.clone()),
    ("firstTouch.ipAddress", |touch| touch.ip_address.clone()),
    ("firstTouch.utm.source", |touch| touch.utm_source.clone()),
    ("firstTouch.utm.medium", |touch| touch.utm_medium.clone()),
    ("firstTouch.utm.campaign", |touch| touch.utm_campaign.clone()),
    ("firstTouch.utm.term", |touch| touch.utm_term.clone()),
    ("firstTouch.utm.content", |touch| touch.utm_content.clone()),
    ("firstTouch.ad.campaign", |touch| touch.ad_campaign.clone()),
    ("firstTouch.ad.adGroup", |touch| touch.ad_group.clone()),
    ("firstTouch.ad.keyword", |touch| touch.ad_keyword.clone()),
    ("firstTouch.ad.network", |touch| touch.ad_network.map(ActiveEnum::into_value)),
    ("firstTouch.ad.device", |touch| touch.ad_device.map(ActiveEnum::into_value)),
    ("firstTouch.ad.adId", |touch| touch.ad_external_id.clone()),
    ("firstTouch.ad.clickId", |touch| touch.ad_click_id.clone()),
];

fn set_utm(checks: &mut Checks, draft: &UtmDraft, touch: &mut touch::Model) {
    line(checks, "source", &draft.source, &mut touch.utm_source);
    line(checks, "medium", &draft.medium, &mut touch.utm_medium);
    line(checks, "campaign", &draft.campaign, &mut touch.utm_campaign);
    line(checks, "term", &draft.term, &mut touch.utm_term);
    line(checks, "content", &draft.content, &mut touch.utm_content);
    touch.utm_source_norm = touch.utm_source.as_deref().map(fold);
    touch.utm_medium_norm = touch.utm_medium.as_deref().map(fold);
    touch.utm_campaign_norm = touch.utm_campaign.as_deref().map(fold);
}

fn set_ad(checks: &mut Checks, draft: &AdClickDraft, touch: &mut touch::Model) {
    line(checks, "campaign", &draft.campaign, &mut touch.ad_campaign);
    line(checks, "adGroup", &draft.ad_group, &mut touch.ad_group);
    line(checks, "keyword", &draft.keyword, &mut touch.ad_keyword);
    choice(draft.network.clone(), &mut touch.ad_network);
    choice(draft.device.clone(), &mut touch.ad_device);
    line(checks, "adId", &draft.ad_id, &mut touch.ad_external_id);
    touch.ad_click_id = checks.optional_line("clickId", &draft.click_id, touch.ad_click_id.as_deref(), CLICK_ID_LENGTH);
    touch.ad_campaign_norm = touch.ad_campaign.as_deref().map(fold);
}

fn line(checks: &mut Checks, field: &str, patch: &Patch<String>, value: &mut Option<String>) {
    *value = checks.optional(field, patch, value.as_deref(), LINE_LENGTH);
}

fn choice<T>(patch: Patch<T>, value: &mut Option<T>) {
    if let Some(changed) = patch.changed() {
        *value = changed;
    }
}
