//! Attribution of a touch: page section, IP address, UTM parameters and advertisement click. All null for existing touches.
//!
//! Four of the texts have a form for comparison beside them, by which touches are filtered. The IP address is compared bytewise, too.

crate::ddl::migration!(
    "m0022_attribution",
    up: [
        "ALTER TABLE touches ADD COLUMN page_section TEXT",
        "ALTER TABLE touches ADD COLUMN ip_address {norm}",
        "ALTER TABLE touches ADD COLUMN utm_source TEXT",
        "ALTER TABLE touches ADD COLUMN utm_source_norm {norm}",
        "ALTER TABLE touches ADD COLUMN utm_medium TEXT",
        "ALTER TABLE touches ADD COLUMN utm_medium_norm {norm}",
        "ALTER TABLE touches ADD COLUMN utm_campaign TEXT",
        "ALTER TABLE touches ADD COLUMN utm_campaign_norm {norm}",
        "ALTER TABLE touches ADD COLUMN utm_term TEXT",
        "ALTER TABLE touches ADD COLUMN utm_content TEXT",
        "ALTER TABLE touches ADD COLUMN ad_campaign TEXT",
        "ALTER TABLE touches ADD COLUMN ad_campaign_norm {norm}",
        "ALTER TABLE touches ADD COLUMN ad_group TEXT",
        "ALTER TABLE touches ADD COLUMN ad_keyword TEXT",
        "ALTER TABLE touches ADD COLUMN ad_network TEXT",
        "ALTER TABLE touches ADD COLUMN ad_device TEXT",
        "ALTER TABLE touches ADD COLUMN ad_external_id TEXT",
        "ALTER TABLE touches ADD COLUMN ad_click_id TEXT"
    ],
    down: [
        "ALTER TABLE touches DROP COLUMN ad_click_id",
        "ALTER TABLE touches DROP COLUMN ad_external_id",
        "ALTER TABLE touches DROP COLUMN ad_device",
        "ALTER TABLE touches DROP COLUMN ad_network",
        "ALTER TABLE touches DROP COLUMN ad_keyword",
        "ALTER TABLE touches DROP COLUMN ad_group",
        "ALTER TABLE touches DROP COLUMN ad_campaign_norm",
        "ALTER TABLE touches DROP COLUMN ad_campaign",
        "ALTER TABLE touches DROP COLUMN utm_content",
        "ALTER TABLE touches DROP COLUMN utm_term",
        "ALTER TABLE touches DROP COLUMN utm_campaign_norm",
        "ALTER TABLE touches DROP COLUMN utm_campaign",
        "ALTER TABLE touches DROP COLUMN utm_medium_norm",
        "ALTER TABLE touches DROP COLUMN utm_medium",
        "ALTER TABLE touches DROP COLUMN utm_source_norm",
        "ALTER TABLE touches DROP COLUMN utm_source",
        "ALTER TABLE touches DROP COLUMN ip_address",
        "ALTER TABLE touches DROP COLUMN page_section"
    ]
);
