//! Converts the inputs of prospects to the drafts of the resolvers.

use async_graphql::{ID, MaybeUndefined};
use uuid::Uuid;

use super::inputs::{
    AddressInput, ContactInput, EmailInput, IdentifierInput, NextTaskInput, PhoneInput, ProspectCreateInput, ProspectUpdateInput,
    TouchInput,
};
use crate::ids::Kind;
use crate::resolvers::process::registration::Registration;
use crate::resolvers::process::tasks::plan::NewTask;
use crate::resolvers::records::prospects::save::draft::{
    AddressDraft, ContactDraft, IdentifierDraft, ListDraft, PointDraft, ProspectDraft, TouchDraft,
};
use crate::rules::patch::Patch;
use crate::schema::ids::reference;

impl From<ProspectCreateInput> for Registration {
    fn from(input: ProspectCreateInput) -> Self {
        let prospect = ProspectDraft {
            id: input.id.map(|id| reference(Kind::Prospect, &id)),
            kind: Patch::Set(input.kind.into()),
            name: Patch::Set(input.name),
            legal_name: input.legal_name.map_or(Patch::Keep, Patch::Set),
            channel: input.channel_id.map_or(Patch::Keep, |id| Patch::Set(reference(Kind::Channel, &id))),
            segment: id_patch(Kind::Segment, input.segment_id),
            potential_level: id_patch(Kind::PotentialLevel, input.potential_level_id),
            industry: input
                .industry_id
                .map_or(Patch::Keep, |id| Patch::Set(reference(Kind::Industry, &id))),
            customer_type: input
                .customer_type_id
                .map_or(Patch::Keep, |id| Patch::Set(reference(Kind::CustomerType, &id))),
            rating: input.rating.map_or(Patch::Keep, Patch::Set),
            interest: input.interest.map_or(Patch::Keep, |interest| Patch::Set(interest.into())),
            tags: input
                .tag_ids
                .map_or(Patch::Keep, |ids| Patch::Set(references(Kind::Tag, Some(ids)))),
            websites: input.websites.map_or(Patch::Keep, Patch::Set),
            validity_days: input.validity_days.map_or(Patch::Keep, Patch::Set),
            is_notification_enabled: input.is_notification_enabled.map_or(Patch::Keep, Patch::Set),
            identifiers: list(Kind::Identifier, input.identifiers, None),
            emails: points(Kind::Email, input.emails, None),
            phones: points(Kind::Phone, input.phones, None),
            contacts: list(Kind::Contact, input.contacts, None),
            addresses: list(Kind::Address, input.addresses, None),
            first_touch: input.first_touch.map(TouchDraft::from),
        };
        Registration {
            prospect,
            owner: id_patch(Kind::User, input.owner_id),
            captured_at: input.captured_at.map(|at| at.0),
            next_task: input.next_task.map(NewTask::from),
        }
    }
}

impl From<NextTaskInput> for NewTask {
    fn from(input: NextTaskInput) -> Self {
        NewTask {
            type_id: reference(Kind::TaskType, &input.type_id),
            assignee_id: input.assignee_id.map(|id| reference(Kind::User, &id)),
            due_at: input.due_at.0,
            note: input.note,
            ..NewTask::default()
        }
    }
}

impl From<ProspectUpdateInput> for ProspectDraft {
    fn from(input: ProspectUpdateInput) -> Self {
        ProspectDraft {
            id: None,
            kind: match input.kind {
                MaybeUndefined::Undefined => Patch::Keep,
                MaybeUndefined::Null => Patch::Clear,
                MaybeUndefined::Value(kind) => Patch::Set(kind.into()),
            },
            name: patch(input.name),
            legal_name: patch(input.legal_name),
            channel: id_patch(Kind::Channel, input.channel_id),
            segment: id_patch(Kind::Segment, input.segment_id),
            potential_level: id_patch(Kind::PotentialLevel, input.potential_level_id),
            industry: id_patch(Kind::Industry, input.industry_id),
            customer_type: id_patch(Kind::CustomerType, input.customer_type_id),
            rating: patch(input.rating),
            interest: patch(input.interest.map_value(Into::into)),
            tags: patch(input.tag_ids.map_value(|ids| references(Kind::Tag, Some(ids)))),
            websites: patch(input.websites),
            validity_days: patch(input.validity_days),
            is_notification_enabled: patch(input.is_notification_enabled),
            identifiers: list(Kind::Identifier, input.identifiers, input.remove_identifier_ids),
            emails: points(Kind::Email, input.emails, input.remove_email_ids),
            phones: points(Kind::Phone, input.phones, input.remove_phone_ids),
            contacts: list(Kind::Contact, input.contacts, input.remove_contact_ids),
            addresses: list(Kind::Address, input.addresses, input.remove_address_ids),
            first_touch: input.first_touch.map(TouchDraft::from),
        }
    }
}

impl From<TouchInput> for TouchDraft {
    fn from(input: TouchInput) -> Self {
        TouchDraft {
            at: input.at.map(|at| at.0),
            source: id_patch(Kind::Source, input.source_id),
            medium: patch(input.medium),
            page_url: patch(input.page_url),
            referrer: patch(input.referrer),
        }
    }
}

impl From<IdentifierInput> for IdentifierDraft {
    fn from(input: IdentifierInput) -> Self {
        IdentifierDraft {
            id: input.id.map(|id| reference(Kind::Identifier, &id)),
            type_id: id_patch(Kind::IdentifierType, input.type_id),
            country: patch(input.country),
            number: patch(input.number),
        }
    }
}

impl From<ContactInput> for ContactDraft {
    fn from(input: ContactInput) -> Self {
        ContactDraft {
            id: input.id.map(|id| reference(Kind::Contact, &id)),
            first_name: patch(input.first_name),
            last_name: patch(input.last_name),
            description: patch(input.description),
            is_main: input.is_main,
            emails: points(Kind::Email, input.emails, input.remove_email_ids),
            phones: points(Kind::Phone, input.phones, input.remove_phone_ids),
        }
    }
}

impl From<AddressInput> for AddressDraft {
    fn from(input: AddressInput) -> Self {
        AddressDraft {
            id: input.id.map(|id| reference(Kind::Address, &id)),
            type_id: id_patch(Kind::AddressType, input.type_id),
            region: id_patch(Kind::Region, input.region_id),
            zone: id_patch(Kind::Zone, input.zone_id),
            sector: id_patch(Kind::Sector, input.sector_id),
            country: patch(input.country),
            city: patch(input.city),
            municipality: patch(input.municipality),
            parish: patch(input.parish),
            postal_code: patch(input.postal_code),
            line: patch(input.line),
            reference: patch(input.reference),
            location: match input.location {
                MaybeUndefined::Undefined => Patch::Keep,
                MaybeUndefined::Null => Patch::Clear,
                MaybeUndefined::Value(location) => Patch::Set((location.latitude, location.longitude)),
            },
        }
    }
}

/// Common interface of e-mail and phone inputs, which differ in the kind of their ids.
trait PointInput {
    fn into_draft(self, kind: Kind) -> PointDraft;
}

impl PointInput for EmailInput {
    fn into_draft(self, kind: Kind) -> PointDraft {
        PointDraft {
            id: self.id.map(|id| reference(kind, &id)),
            value: patch(self.value),
            label: patch(self.label),
        }
    }
}

impl PointInput for PhoneInput {
    fn into_draft(self, kind: Kind) -> PointDraft {
        PointDraft {
            id: self.id.map(|id| reference(kind, &id)),
            value: patch(self.value),
            label: patch(self.label),
        }
    }
}

fn points<I: PointInput>(kind: Kind, entries: Option<Vec<I>>, remove: Option<Vec<ID>>) -> ListDraft<PointDraft> {
    let entries = entries
        .unwrap_or_default()
        .into_iter()
        .map(|entry| entry.into_draft(kind))
        .collect();
    ListDraft {
        entries,
        remove: references(kind, remove),
    }
}

fn list<I: Into<D>, D>(kind: Kind, entries: Option<Vec<I>>, remove: Option<Vec<ID>>) -> ListDraft<D> {
    ListDraft {
        entries: entries.unwrap_or_default().into_iter().map(I::into).collect(),
        remove: references(kind, remove),
    }
}

fn references(kind: Kind, ids: Option<Vec<ID>>) -> Vec<Uuid> {
    ids.unwrap_or_default().iter().map(|id| reference(kind, id)).collect()
}

/// Converts a value to the patch that resolvers take.
pub fn patch<T>(value: MaybeUndefined<T>) -> Patch<T> {
    match value {
        MaybeUndefined::Undefined => Patch::Keep,
        MaybeUndefined::Null => Patch::Clear,
        MaybeUndefined::Value(value) => Patch::Set(value),
    }
}

/// Converts an id to the patch that resolvers take.
pub fn id_patch(kind: Kind, id: MaybeUndefined<ID>) -> Patch<Uuid> {
    match id {
        MaybeUndefined::Undefined => Patch::Keep,
        MaybeUndefined::Null => Patch::Clear,
        MaybeUndefined::Value(id) => Patch::Set(reference(kind, &id)),
    }
}
