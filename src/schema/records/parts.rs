//! The bounded child rows of a prospect: document numbers, e-mails, phones, contacts, addresses.

use std::collections::HashMap;
use std::sync::Arc;

use async_graphql::{Context, Enum, ID, Object, Result, SimpleObject};
use tokio::sync::OnceCell;
use uuid::Uuid;

use crate::entities::records::contact_point::{self, PointKind};
use crate::entities::records::document::CarrierKind;
use crate::entities::setup::attribute_definition::AttributeEntity;
use crate::ids::Kind;
use crate::resolvers::records::documents::Carrier;
use crate::resolvers::records::parts;
use crate::rules::attributes;
use crate::schema::custom::{Custom, OfContact};
use crate::schema::error::to_graphql;
use crate::schema::ids::encode;
use crate::schema::records::attributes::{AttributeValue, check_keys, has_key, one, values};
use crate::schema::records::documents::filters::OwnDocumentFilter;
use crate::schema::records::documents::{Document, documents_of};
use crate::schema::scalars::DateTime;
use crate::schema::setup::{address_types::AddressType, identifier_types::IdentifierType, regions::Region, sectors::Sector, zones::Zone};
use crate::schema::text::Text;
use crate::schema::{cx, loaders};

/// Verification state of an e-mail address or phone number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "contact_point::Verification")]
pub enum Verification {
    /// Not confirmed, or changed after it was.
    Unverified,
    /// Confirmed through a message sent to it.
    Verified,
}

/// A document number.
#[derive(Clone)]
pub struct Identifier(pub parts::Identifier);

/// An e-mail address.
#[derive(Clone)]
pub struct Email(pub parts::Point);

/// A phone number.
#[derive(Clone)]
pub struct Phone(pub parts::Point);

/// A person to talk to.
#[derive(Clone)]
pub struct Contact {
    pub prospect_id: Uuid,
    pub row: parts::Contact,
    /// The contact points of the whole prospect, shared among its contacts.
    pub points: Arc<Vec<parts::Point>>,
    /// The attributes of all contacts of the prospect, shared in the same way.
    pub documents: AttributesOfContacts,
}

/// The attributes of the contacts of a prospect by their IDs, loaded with the first field that needs any.
#[derive(Clone, Default)]
pub struct AttributesOfContacts(Arc<OnceCell<HashMap<Uuid, Arc<attributes::Document>>>>);

/// An address.
#[derive(Clone)]
pub struct Address(pub parts::Address);

/// A geographic position, WGS 84.
#[derive(Clone, Copy, Debug, SimpleObject)]
pub struct Location {
    /// Degrees north of the equator. -90 to 90.
    pub latitude: f64,
    /// Degrees east of Greenwich. -180 to 180.
    pub longitude: f64,
}

/// A document number of a prospect, such as a national ID or a tax number. Unique among all prospects that are not deleted.
#[Object]
impl Identifier {
    /// ID of this item, for changing or removing it.
    pub async fn id(&self) -> ID {
        encode(Kind::Identifier, self.0.id)
    }

    /// Issuing country, as an ISO 3166-1 alpha-2 code.
    async fn country(&self) -> Text<'_> {
        Text::from(&self.0.country)
    }

    /// Type of the number. Null only until a type just created on another server is known to this one.
    async fn r#type(&self, ctx: &Context<'_>) -> Option<IdentifierType> {
        cx(ctx)
            .catalogs()
            .identifier_types
            .get(self.0.type_id)
            .cloned()
            .map(IdentifierType::from)
    }

    /// The number as entered.
    async fn number(&self) -> Text<'_> {
        Text::from(&self.0.number)
    }
}

/// An e-mail address of a prospect or a contact.
#[Object]
impl Email {
    /// ID of this item, for changing or removing it.
    pub async fn id(&self) -> ID {
        encode(Kind::Email, self.0.id)
    }

    /// The address as entered.
    async fn value(&self) -> Text<'_> {
        Text::from(&self.0.value)
    }

    /// Label, such as `work`. Null if not set.
    async fn label(&self) -> Option<Text<'_>> {
        self.0.label.as_deref().map(Text::from)
    }

    /// Verification state of the address. Reset when the address changes.
    async fn verification(&self) -> Verification {
        self.0.verification.into()
    }

    /// Time of verification. Null if not verified.
    async fn verified_at(&self) -> Option<DateTime> {
        self.0.verified_at.map(DateTime)
    }
}

/// A phone number of a prospect or a contact.
#[Object]
impl Phone {
    /// ID of this item, for changing or removing it.
    pub async fn id(&self) -> ID {
        encode(Kind::Phone, self.0.id)
    }

    /// The number as entered.
    async fn value(&self) -> Text<'_> {
        Text::from(&self.0.value)
    }

    /// Label, such as `office`. Null if not set.
    async fn label(&self) -> Option<Text<'_>> {
        self.0.label.as_deref().map(Text::from)
    }

    /// Verification state of the number. Reset when the number changes.
    async fn verification(&self) -> Verification {
        self.0.verification.into()
    }

    /// Time of verification. Null if not verified.
    async fn verified_at(&self) -> Option<DateTime> {
        self.0.verified_at.map(DateTime)
    }
}

/// A contact (contact person) of a prospect.
#[Object]
impl Contact {
    /// ID of this item, for changing or removing it.
    pub async fn id(&self) -> ID {
        encode(Kind::Contact, self.row.id)
    }

    /// Given name.
    async fn first_name(&self) -> Text<'_> {
        Text::from(&self.row.first_name)
    }

    /// Family name. Null if not set.
    async fn last_name(&self) -> Option<Text<'_>> {
        self.row.last_name.as_deref().map(Text::from)
    }

    /// Position or remarks. Null if not set.
    async fn description(&self) -> Option<Text<'_>> {
        self.row.description.as_deref().map(Text::from)
    }

    /// True for the main contact. Exactly one contact of a prospect is the main one.
    async fn is_main(&self) -> bool {
        self.row.is_main
    }

    /// E-mail addresses of the contact, in order. At most 10.
    async fn emails(&self) -> Vec<Email> {
        self.points(PointKind::Email).cloned().map(Email).collect()
    }

    /// Phone numbers of the contact, in order. At most 10.
    async fn phones(&self) -> Vec<Phone> {
        self.points(PointKind::Phone).cloned().map(Phone).collect()
    }

    /// Value of an attribute. Null if it is not set, or names only prospects that are not visible; also null, with the error
    /// `BAD_USER_INPUT`, if there is no such attribute, or it is retired.
    async fn attribute(&self, ctx: &Context<'_>, #[graphql(desc = "Key of the attribute.")] key: String) -> Result<Option<AttributeValue>> {
        if !has_key(ctx, AttributeEntity::Contact, &key) {
            return Ok(None);
        }
        let document = self.document(ctx).await?;
        one(ctx, AttributeEntity::Contact, &document, &key).await
    }

    /// Values of attributes as typed fields. There is no such field as long as no attribute is defined.
    async fn custom(&self, ctx: &Context<'_>) -> Result<Custom<OfContact>> {
        Ok(Custom::new(self.document(ctx).await?))
    }

    /// Values of the attributes that are set, in the order of their definitions, without those that name only prospects that are not visible. At
    /// most 500.
    async fn attributes(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Keys of attributes, at most 500. Default: all attributes. `BAD_USER_INPUT` if there is no attribute of a key.")]
        keys: Option<Vec<String>>,
    ) -> Result<Vec<AttributeValue>> {
        check_keys(ctx, AttributeEntity::Contact, keys.as_deref().unwrap_or_default())?;
        let document = self.document(ctx).await?;
        values(ctx, AttributeEntity::Contact, &document, keys.as_deref()).await
    }

    /// Documents of the contact, newest first. At most 200.
    async fn documents(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Conditions that the items must meet. Default: all items.")] filter: Option<OwnDocumentFilter>,
    ) -> Result<Vec<Document>> {
        let carrier = Carrier {
            kind: CarrierKind::Contact,
            id: self.row.id,
        };
        documents_of(ctx, self.prospect_id, Some(carrier), filter).await
    }
}

impl Contact {
    async fn document(&self, ctx: &Context<'_>) -> Result<Arc<attributes::Document>> {
        let load = async || {
            let scope = cx(ctx).scope().map_err(to_graphql)?;
            let attributes: Vec<parts::ContactAttributes> = loaders(ctx).part(scope, self.prospect_id).await.map_err(to_graphql)?;
            let by_id = attributes.into_iter().map(|row| (row.id, Arc::new(row.attributes)));
            Ok::<_, async_graphql::Error>(by_id.collect())
        };
        let documents = self.documents.0.get_or_try_init(load).await?;
        Ok(documents.get(&self.row.id).cloned().unwrap_or_default())
    }

    fn points(&self, kind: PointKind) -> impl Iterator<Item = &parts::Point> {
        self.points
            .iter()
            .filter(move |point| point.kind == kind && point.contact_id == Some(self.row.id))
    }
}

/// A postal address of a prospect, for visits or deliveries.
#[Object]
impl Address {
    /// ID of this item, for changing or removing it.
    pub async fn id(&self) -> ID {
        encode(Kind::Address, self.0.id)
    }

    /// Type of the address. Null if not set.
    async fn r#type(&self, ctx: &Context<'_>) -> Option<AddressType> {
        cx(ctx)
            .catalogs()
            .address_types
            .get(self.0.type_id?)
            .cloned()
            .map(AddressType::from)
    }

    /// Country, as an ISO 3166-1 alpha-2 code.
    async fn country(&self) -> Text<'_> {
        Text::from(&self.0.country)
    }

    /// Sales region of the company. Null if not set.
    async fn region(&self, ctx: &Context<'_>) -> Option<Region> {
        cx(ctx).catalogs().regions.get(self.0.region_id?).cloned().map(Region::from)
    }

    /// Zone for planning visits and deliveries. Null if not set.
    async fn zone(&self, ctx: &Context<'_>) -> Option<Zone> {
        cx(ctx).catalogs().zones.get(self.0.zone_id?).cloned().map(Zone::from)
    }

    /// Sector of the zone. Null if not set.
    async fn sector(&self, ctx: &Context<'_>) -> Option<Sector> {
        cx(ctx).catalogs().sectors.get(self.0.sector_id?).cloned().map(Sector::from)
    }

    /// City or town. Null if not set.
    async fn city(&self) -> Option<Text<'_>> {
        self.0.city.as_deref().map(Text::from)
    }

    /// Municipality. Null if not set.
    async fn municipality(&self) -> Option<Text<'_>> {
        self.0.municipality.as_deref().map(Text::from)
    }

    /// Parish, the smallest administrative division. Null if not set.
    async fn parish(&self) -> Option<Text<'_>> {
        self.0.parish.as_deref().map(Text::from)
    }

    /// Postal code. Null if not set.
    async fn postal_code(&self) -> Option<Text<'_>> {
        self.0.postal_code.as_deref().map(Text::from)
    }

    /// Street, number and building. Null if not set.
    async fn line(&self) -> Option<Text<'_>> {
        self.0.line.as_deref().map(Text::from)
    }

    /// Directions to the address. Null if not set.
    async fn reference(&self) -> Option<Text<'_>> {
        self.0.reference.as_deref().map(Text::from)
    }

    /// Geographic position. Null if not set.
    async fn location(&self) -> Option<Location> {
        Some(Location {
            latitude: self.0.latitude?,
            longitude: self.0.longitude?,
        })
    }
}
