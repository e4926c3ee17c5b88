//! Converts the inputs of prospects to the drafts of the resolvers.

use async_graphql::{Context, ID, MaybeUndefined, Result, Value};
use uuid::Uuid;

use super::inputs::{
    AddressInput, ContactInput, EmailInput, IdentifierInput, NextTaskInput, PhoneInput, ProspectCreateInput, ProspectUpdateInput,
};
use crate::error::Error;
use crate::ids::Kind;
use crate::resolvers::process::registration::Registration;
use crate::resolvers::process::tasks::plan::NewTask;
use crate::resolvers::records::prospects::columns::{Access, FIELDS, Field, InputValue, Values};
use crate::resolvers::records::prospects::save::draft::{
    AddressDraft, ContactDraft, IdentifierDraft, ListDraft, PointDraft, ProspectDraft, TouchDraft,
};
use crate::rules::patch::Patch;
use crate::schema::custom;
use crate::schema::error::to_graphql;
use crate::schema::ids::reference;
use crate::schema::patch::id_patch;

/// A new prospect as the argument `input` of the mutation describes it.
pub fn registration(ctx: &Context<'_>, input: ProspectCreateInput) -> Result<Registration> {
    let tags = Patch::from(input.tag_ids).map(|ids| references(Kind::Tag, Some(ids)));
    Ok(Registration {
        prospect: ProspectDraft {
            id: input.id.map(|id| reference(Kind::Prospect, &id)),
            values: values(ctx)?,
            tags,
            identifiers: list(Kind::Identifier, input.identifiers, None),
            emails: points(Kind::Email, input.emails, None),
            phones: points(Kind::Phone, input.phones, None),
            contacts: contacts(ctx, input.contacts, None)?,
            addresses: list(Kind::Address, input.addresses, None),
            first_touch: input.first_touch.map(TouchDraft::from),
            attributes: custom::drafts(ctx, input.attributes, input.custom)?,
        },
        owner: id_patch(Kind::User, input.owner_id),
        captured_at: input.captured_at.map(|at| at.0),
        next_task: input.next_task.map(|task| next_task(ctx, task)).transpose()?,
    })
}

/// The changes of a prospect as the argument `input` of the mutation describes them.
pub fn edit(ctx: &Context<'_>, input: ProspectUpdateInput) -> Result<ProspectDraft> {
    Ok(ProspectDraft {
        id: None,
        values: values(ctx)?,
        tags: Patch::from(input.tag_ids).map(|ids| references(Kind::Tag, Some(ids))),
        identifiers: list(Kind::Identifier, input.identifiers, input.remove_identifier_ids),
        emails: points(Kind::Email, input.emails, input.remove_email_ids),
        phones: points(Kind::Phone, input.phones, input.remove_phone_ids),
        contacts: contacts(ctx, input.contacts, input.remove_contact_ids)?,
        addresses: list(Kind::Address, input.addresses, input.remove_address_ids),
        first_touch: input.first_touch.map(TouchDraft::from),
        attributes: custom::drafts(ctx, input.attributes, input.custom)?,
    })
}

/// The values of the record's fields in the argument `input`, by their names: the input types declare them, and validation has checked their types.
fn values(ctx: &Context<'_>) -> Result<Values> {
    let arguments = ctx.field().arguments()?;
    let input = arguments.into_iter().find(|(name, _)| name == "input");
    let mut values = Values::default();
    let Some((_, Value::Object(input))) = input else {
        return Ok(values);
    };
    for field in FIELDS {
        match input.get(field.input) {
            None => {}
            Some(Value::Null) => values.set(field, Patch::Clear),
            Some(value) => match input_value(field, value) {
                Some(value) => values.set(field, Patch::Set(value)),
                None => {
                    return Err(to_graphql(Error::BadInput(format!(
                        "`{}` has a value of another type",
                        field.input
                    ))));
                }
            },
        }
    }
    Ok(values)
}

fn input_value(field: &Field, value: &Value) -> Option<InputValue> {
    Some(match (&field.access, value) {
        (Access::Text { .. }, Value::String(text)) => InputValue::Text(text.clone()),
        (Access::Integer { .. }, Value::Number(number)) => {
            InputValue::Integer(number.as_i64().and_then(|number| i32::try_from(number).ok())?)
        }
        (Access::Flag { .. }, Value::Boolean(is)) => InputValue::Flag(*is),
        // A text where it came in a variable.
        (Access::Choice { .. }, Value::Enum(name)) => InputValue::Choice(name.to_string()),
        (Access::Choice { .. }, Value::String(name)) => InputValue::Choice(name.clone()),
        (Access::Entry { .. }, Value::String(id)) => InputValue::Entry(reference(field.kind()?, &ID(id.clone()))),
        (Access::Entry { .. }, Value::Number(_)) => InputValue::Entry(Uuid::nil()),
        (Access::Websites, Value::List(list)) => InputValue::Texts(list.iter().map(text).collect::<Option<_>>()?),
        // One value where a list is expected is a list of it.
        (Access::Websites, one) => InputValue::Texts(vec![text(one)?]),
        _ => return None,
    })
}

fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        _ => None,
    }
}

fn next_task(ctx: &Context<'_>, input: NextTaskInput) -> Result<NewTask> {
    Ok(NewTask {
        type_id: reference(Kind::TaskType, &input.type_id),
        assignee_id: input.assignee_id.map(|id| reference(Kind::User, &id)),
        due_at: input.due_at.0,
        note: input.note,
        attributes: custom::drafts(ctx, input.attributes, input.custom)?,
        ..NewTask::default()
    })
}

fn contacts(ctx: &Context<'_>, inputs: Option<Vec<ContactInput>>, remove: Option<Vec<ID>>) -> Result<ListDraft<ContactDraft>> {
    let entries = inputs.unwrap_or_default().into_iter().map(|input| contact(ctx, input));
    Ok(ListDraft {
        entries: entries.collect::<Result<_>>()?,
        remove: references(Kind::Contact, remove),
    })
}

impl From<IdentifierInput> for IdentifierDraft {
    fn from(input: IdentifierInput) -> Self {
        IdentifierDraft {
            id: input.id.map(|id| reference(Kind::Identifier, &id)),
            type_id: id_patch(Kind::IdentifierType, input.type_id),
            country: Patch::from(input.country),
            number: Patch::from(input.number),
        }
    }
}

fn contact(ctx: &Context<'_>, input: ContactInput) -> Result<ContactDraft> {
    Ok(ContactDraft {
        id: input.id.map(|id| reference(Kind::Contact, &id)),
        first_name: Patch::from(input.first_name),
        last_name: Patch::from(input.last_name),
        description: Patch::from(input.description),
        is_main: input.is_main,
        emails: points(Kind::Email, input.emails, input.remove_email_ids),
        phones: points(Kind::Phone, input.phones, input.remove_phone_ids),
        attributes: custom::drafts(ctx, input.attributes, input.custom)?,
    })
}

impl From<AddressInput> for AddressDraft {
    fn from(input: AddressInput) -> Self {
        AddressDraft {
            id: input.id.map(|id| reference(Kind::Address, &id)),
            type_id: id_patch(Kind::AddressType, input.type_id),
            region: id_patch(Kind::Region, input.region_id),
            zone: id_patch(Kind::Zone, input.zone_id),
            sector: id_patch(Kind::Sector, input.sector_id),
            country: Patch::from(input.country),
            city: Patch::from(input.city),
            municipality: Patch::from(input.municipality),
            parish: Patch::from(input.parish),
            postal_code: Patch::from(input.postal_code),
            line: Patch::from(input.line),
            reference: Patch::from(input.reference),
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
            value: Patch::from(self.value),
            label: Patch::from(self.label),
        }
    }
}

impl PointInput for PhoneInput {
    fn into_draft(self, kind: Kind) -> PointDraft {
        PointDraft {
            id: self.id.map(|id| reference(kind, &id)),
            value: Patch::from(self.value),
            label: Patch::from(self.label),
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
