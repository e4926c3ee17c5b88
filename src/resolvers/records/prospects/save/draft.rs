//! Drafts of a prospect: a whole new record, or a patch.

use uuid::Uuid;

use crate::entities::records::touch::{AdDevice, AdNetwork};
use crate::resolvers::records::prospects::columns::Values;
use crate::rules::attributes::merge::AttributeDraft;
use crate::rules::patch::Patch;

/// A prospect. Ids that were malformed are nil.
#[derive(Clone, Debug, Default)]
pub struct ProspectDraft {
    pub id: Option<Uuid>,
    /// The fields of the record itself.
    pub values: Values,
    /// All of them.
    pub tags: Patch<Vec<Uuid>>,
    pub identifiers: ListDraft<IdentifierDraft>,
    pub emails: ListDraft<PointDraft>,
    pub phones: ListDraft<PointDraft>,
    pub contacts: ListDraft<ContactDraft>,
    pub addresses: ListDraft<AddressDraft>,
    pub first_touch: Option<TouchDraft>,
    pub attributes: Vec<AttributeDraft>,
}

/// Entries to add, those with the id of a present one to change, and those to remove.
#[derive(Clone, Debug)]
pub struct ListDraft<T> {
    pub entries: Vec<T>,
    pub remove: Vec<Uuid>,
}

impl<T> Default for ListDraft<T> {
    fn default() -> Self {
        ListDraft {
            entries: Vec::new(),
            remove: Vec::new(),
        }
    }
}

impl<T> ListDraft<T> {
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty() && self.remove.is_empty()
    }
}

#[derive(Clone, Debug, Default)]
pub struct IdentifierDraft {
    pub id: Option<Uuid>,
    pub type_id: Patch<Uuid>,
    pub country: Patch<String>,
    pub number: Patch<String>,
}

#[derive(Clone, Debug, Default)]
pub struct PointDraft {
    pub id: Option<Uuid>,
    pub value: Patch<String>,
    pub label: Patch<String>,
}

#[derive(Clone, Debug, Default)]
pub struct ContactDraft {
    pub id: Option<Uuid>,
    pub first_name: Patch<String>,
    pub last_name: Patch<String>,
    pub description: Patch<String>,
    pub is_main: Option<bool>,
    pub emails: ListDraft<PointDraft>,
    pub phones: ListDraft<PointDraft>,
    pub attributes: Vec<AttributeDraft>,
}

#[derive(Clone, Debug, Default)]
pub struct AddressDraft {
    pub id: Option<Uuid>,
    pub type_id: Patch<Uuid>,
    pub region: Patch<Uuid>,
    pub zone: Patch<Uuid>,
    pub sector: Patch<Uuid>,
    pub country: Patch<String>,
    pub city: Patch<String>,
    pub municipality: Patch<String>,
    pub parish: Patch<String>,
    pub postal_code: Patch<String>,
    pub line: Patch<String>,
    pub reference: Patch<String>,
    /// Latitude and longitude in degrees.
    pub location: Patch<(f64, f64)>,
}

#[derive(Clone, Debug, Default)]
pub struct TouchDraft {
    pub at: Option<i64>,
    pub source: Patch<Uuid>,
    pub medium: Patch<String>,
    pub page_url: Patch<String>,
    pub page_section: Patch<String>,
    pub referrer: Patch<String>,
    pub ip_address: Patch<String>,
    pub utm: UtmDraft,
    pub ad: AdClickDraft,
}

#[derive(Clone, Debug, Default)]
pub struct UtmDraft {
    pub source: Patch<String>,
    pub medium: Patch<String>,
    pub campaign: Patch<String>,
    pub term: Patch<String>,
    pub content: Patch<String>,
}

#[derive(Clone, Debug, Default)]
pub struct AdClickDraft {
    pub campaign: Patch<String>,
    pub ad_group: Patch<String>,
    pub keyword: Patch<String>,
    pub network: Patch<AdNetwork>,
    pub device: Patch<AdDevice>,
    pub ad_id: Patch<String>,
    pub click_id: Patch<String>,
}

impl UtmDraft {
    /// Clears all parameters.
    pub fn cleared() -> UtmDraft {
        UtmDraft {
            source: Patch::Clear,
            medium: Patch::Clear,
            campaign: Patch::Clear,
            term: Patch::Clear,
            content: Patch::Clear,
        }
    }
}

impl AdClickDraft {
    /// Clears all that is known of the click.
    pub fn cleared() -> AdClickDraft {
        AdClickDraft {
            campaign: Patch::Clear,
            ad_group: Patch::Clear,
            keyword: Patch::Clear,
            network: Patch::Clear,
            device: Patch::Clear,
            ad_id: Patch::Clear,
            click_id: Patch::Clear,
        }
    }
}
