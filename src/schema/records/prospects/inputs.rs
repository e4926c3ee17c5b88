//! What a prospect can be saved as.

use async_graphql::{ID, InputObject, MaybeUndefined};

pub use super::drafts::{id_patch, patch};
use crate::schema::records::prospects::{Interest, ProspectKind};
use crate::schema::scalars::DateTime;

/// A whole new prospect.
#[derive(InputObject)]
pub struct ProspectCreateInput {
    /// An id of the client's own, made of a UUIDv7, for records created offline. Left out: the server makes one.
    pub id: Option<ID>,
    /// A person or a company.
    pub kind: ProspectKind,
    /// What the person or company is called: 1 to 200 characters.
    pub name: String,
    /// The registered name of a company: at most 200 characters.
    pub legal_name: Option<String>,
    /// Who is to be responsible. Left out: the caller. Null: nobody, for administrators only.
    pub owner_id: MaybeUndefined<ID>,
    /// The commercial channel. Left out: the default one.
    pub channel_id: Option<ID>,
    /// The business segment. Left out: the default one. Null: none.
    pub segment_id: MaybeUndefined<ID>,
    /// The potential level, one of prospects. Left out: the default one. Null: none.
    pub potential_level_id: MaybeUndefined<ID>,
    /// Tags; at most 50.
    pub tag_ids: Option<Vec<ID>>,
    /// How good it is thought to be: 1 to 5 stars.
    pub rating: Option<i32>,
    /// How much it wants to buy.
    pub interest: Option<Interest>,
    /// What it lives by.
    pub industry_id: Option<ID>,
    /// What kind of customer it would be.
    pub customer_type_id: Option<ID>,
    /// Addresses of web sites, beginning with `https://` or `http://`, each at most 2,000 characters; at most 10.
    pub websites: Option<Vec<String>>,
    /// For how many days an owner is meant to keep it: 1 to 3,650. It dates `validUntil`; nothing happens by itself when that has passed: the
    /// prospect keeps its owner. Left out: for ever.
    pub validity_days: Option<i32>,
    /// Whether notifications are sent about it. Left out: true.
    pub is_notification_enabled: Option<bool>,
    /// Document numbers; at most 20.
    pub identifiers: Option<Vec<IdentifierInput>>,
    /// E-mail addresses; at most 20.
    pub emails: Option<Vec<EmailInput>>,
    /// Phone numbers; at most 20.
    pub phones: Option<Vec<PhoneInput>>,
    /// People to talk to; at most 50. The first one is the main one unless another says so.
    pub contacts: Option<Vec<ContactInput>>,
    /// Places; at most 20.
    pub addresses: Option<Vec<AddressInput>>,
    /// Where the prospect came from. Left out: the default source, now. The server may be set to require its `sourceId`.
    pub first_touch: Option<TouchInput>,
    /// What is to be done first. Left out: nothing is planned. The server may be set to require it.
    pub next_task: Option<NextTaskInput>,
}

/// What is to be done first for a new prospect.
#[derive(InputObject)]
pub struct NextTaskInput {
    /// What kind of thing: a type of task in use.
    pub type_id: ID,
    /// Who is to do it: the owner or an administrator. Left out: the owner, or the caller where there is none.
    pub assignee_id: Option<ID>,
    /// When it is due, between 1900 and 2100; it may have passed.
    pub due_at: DateTime,
    /// What exactly: at most 2,000 characters.
    pub note: Option<String>,
}

/// What is to change about a prospect. In its lists, entries with an id change that entry, those without are added.
#[derive(InputObject)]
pub struct ProspectUpdateInput {
    /// A person or a company. It cannot be cleared.
    pub kind: MaybeUndefined<ProspectKind>,
    /// What the person or company is called: 1 to 200 characters. It cannot be cleared.
    pub name: MaybeUndefined<String>,
    /// The registered name of a company: at most 200 characters. Null clears it.
    pub legal_name: MaybeUndefined<String>,
    /// The commercial channel. It cannot be cleared.
    pub channel_id: MaybeUndefined<ID>,
    /// The business segment. Null clears it.
    pub segment_id: MaybeUndefined<ID>,
    /// The potential level, one of prospects. Null clears it.
    pub potential_level_id: MaybeUndefined<ID>,
    /// All tags that it is to have; at most 50. Null takes all away.
    pub tag_ids: MaybeUndefined<Vec<ID>>,
    /// How good it is thought to be: 1 to 5 stars. Null clears it.
    pub rating: MaybeUndefined<i32>,
    /// How much it wants to buy. Null clears it.
    pub interest: MaybeUndefined<Interest>,
    /// What it lives by. Null clears it.
    pub industry_id: MaybeUndefined<ID>,
    /// What kind of customer it is, or would be. Null clears it.
    pub customer_type_id: MaybeUndefined<ID>,
    /// All addresses of web sites, beginning with `https://` or `http://`, each at most 2,000 characters; at most 10. Null takes all away.
    pub websites: MaybeUndefined<Vec<String>>,
    /// For how many days an owner is meant to keep it: 1 to 3,650. It dates `validUntil`; nothing happens by itself when that has passed: the
    /// prospect keeps its owner. Null: for ever.
    pub validity_days: MaybeUndefined<i32>,
    /// Whether notifications are sent about it. It cannot be cleared.
    pub is_notification_enabled: MaybeUndefined<bool>,
    /// Document numbers to add or change; at most 20 in all.
    pub identifiers: Option<Vec<IdentifierInput>>,
    /// Document numbers to remove.
    pub remove_identifier_ids: Option<Vec<ID>>,
    /// E-mail addresses to add or change; at most 20 in all.
    pub emails: Option<Vec<EmailInput>>,
    /// E-mail addresses to remove.
    pub remove_email_ids: Option<Vec<ID>>,
    /// Phone numbers to add or change; at most 20 in all.
    pub phones: Option<Vec<PhoneInput>>,
    /// Phone numbers to remove.
    pub remove_phone_ids: Option<Vec<ID>>,
    /// People to add or change; at most 50 in all. One who becomes the main contact takes that from the present one.
    pub contacts: Option<Vec<ContactInput>>,
    /// People to remove, with what they were reached by. If the main contact goes, the first of the others takes its place.
    pub remove_contact_ids: Option<Vec<ID>>,
    /// Places to add or change; at most 20 in all.
    pub addresses: Option<Vec<AddressInput>>,
    /// Places to remove.
    pub remove_address_ids: Option<Vec<ID>>,
    /// Where the prospect came from first; only what is given changes.
    pub first_touch: Option<TouchInput>,
}

/// A document number to be saved.
#[derive(InputObject)]
pub struct IdentifierInput {
    /// In an update, the entry to change. At creation, an id of the client's own.
    pub id: Option<ID>,
    /// What kind of number it is; required for a new entry.
    pub type_id: MaybeUndefined<ID>,
    /// The country that issued it, as two letters of ISO 3166-1. Left out: the country of the type.
    pub country: MaybeUndefined<String>,
    /// The number as people write it: at most 200 characters. Blanks and punctuation do not count when numbers are compared. Required for a new entry.
    pub number: MaybeUndefined<String>,
}

/// An e-mail address to be saved.
#[derive(InputObject)]
pub struct EmailInput {
    /// In an update, the entry to change. At creation, an id of the client's own.
    pub id: Option<ID>,
    /// The address; required for a new entry. Another address has to be confirmed anew.
    pub value: MaybeUndefined<String>,
    /// What it is used for: at most 200 characters. Null clears it.
    pub label: MaybeUndefined<String>,
}

/// A phone number to be saved.
#[derive(InputObject)]
pub struct PhoneInput {
    /// In an update, the entry to change. At creation, an id of the client's own.
    pub id: Option<ID>,
    /// The number, with its country such as `+58 212 5550100`, or as dialled in the country that the server is set to. Required for a new entry.
    pub value: MaybeUndefined<String>,
    /// What it is used for: at most 200 characters. Null clears it.
    pub label: MaybeUndefined<String>,
}

/// A person to talk to at a prospect, to be saved.
#[derive(InputObject)]
pub struct ContactInput {
    /// In an update, the entry to change. At creation, an id of the client's own.
    pub id: Option<ID>,
    /// The given name: at most 200 characters. Required for a new entry.
    pub first_name: MaybeUndefined<String>,
    /// The family name: at most 200 characters. Null clears it.
    pub last_name: MaybeUndefined<String>,
    /// What the person does there: at most 2,000 characters. Null clears it.
    pub description: MaybeUndefined<String>,
    /// Whether this is the one to talk to first; at most one entry may say so.
    pub is_main: Option<bool>,
    /// E-mail addresses to add or change; at most 10 in all.
    pub emails: Option<Vec<EmailInput>>,
    /// E-mail addresses to remove.
    pub remove_email_ids: Option<Vec<ID>>,
    /// Phone numbers to add or change; at most 10 in all.
    pub phones: Option<Vec<PhoneInput>>,
    /// Phone numbers to remove.
    pub remove_phone_ids: Option<Vec<ID>>,
}

/// A place where a prospect is met or where things are delivered, to be saved.
#[derive(InputObject)]
pub struct AddressInput {
    /// In an update, the entry to change. At creation, an id of the client's own.
    pub id: Option<ID>,
    /// What it is used for. Null clears it.
    pub type_id: MaybeUndefined<ID>,
    /// The part of the country as the company divides it. Null clears it.
    pub region_id: MaybeUndefined<ID>,
    /// The zone in which visits and deliveries are planned. Null clears it, and so does another zone to the sector. Left out with a sector: the zone of that.
    pub zone_id: MaybeUndefined<ID>,
    /// The sector, one of the zone. Null clears it.
    pub sector_id: MaybeUndefined<ID>,
    /// The country, as two letters of ISO 3166-1. Required for a new entry.
    pub country: MaybeUndefined<String>,
    /// The city or town: at most 200 characters. Null clears it.
    pub city: MaybeUndefined<String>,
    /// The municipality: at most 200 characters. Null clears it.
    pub municipality: MaybeUndefined<String>,
    /// The parish, the smallest division: at most 200 characters. Null clears it.
    pub parish: MaybeUndefined<String>,
    /// The postal code: at most 200 characters. Null clears it.
    pub postal_code: MaybeUndefined<String>,
    /// The full address: at most 2,000 characters. Null clears it.
    pub line: MaybeUndefined<String>,
    /// How to find it: at most 2,000 characters. Null clears it.
    pub reference: MaybeUndefined<String>,
    /// Where it is on the globe. Null clears it.
    pub location: MaybeUndefined<LocationInput>,
}

/// A place on the globe, WGS 84.
#[derive(InputObject)]
pub struct LocationInput {
    /// Degrees north of the equator, -90 to 90.
    pub latitude: f64,
    /// Degrees east of Greenwich, -180 to 180.
    pub longitude: f64,
}

/// Where a prospect came from.
#[derive(InputObject)]
pub struct TouchInput {
    /// When it was, not in the future. Left out: now, or unchanged.
    pub at: Option<DateTime>,
    /// The source. Left out: the default one, or unchanged.
    pub source_id: MaybeUndefined<ID>,
    /// The medium, such as `cpc` or `organic`: at most 200 characters.
    pub medium: MaybeUndefined<String>,
    /// The page with the form: at most 2,000 characters. `INVALID` unless it is an address with `http` or `https`, without user or password.
    pub page_url: MaybeUndefined<String>,
    /// The page that led there: at most 2,000 characters. `INVALID` unless it is an address with `http` or `https`, without user or password.
    pub referrer: MaybeUndefined<String>,
}
