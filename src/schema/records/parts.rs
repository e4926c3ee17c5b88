//! What a prospect has a bounded number of: identifiers, e-mails, phones, contacts, addresses, touches.

use std::sync::Arc;

use async_graphql::{Context, Enum, ID, Object, SimpleObject};

use crate::entities::records::contact_point::{self, PointKind};
use crate::ids::Kind;
use crate::resolvers::records::parts;
use crate::schema::cx;
use crate::schema::ids::encode;
use crate::schema::scalars::DateTime;
use crate::schema::setup::{
    address_types::AddressType, identifier_types::IdentifierType, regions::Region, sectors::Sector, sources::Source, zones::Zone,
};
use crate::schema::text::Text;

/// Whether a person has confirmed that an e-mail or phone is theirs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "contact_point::Verification")]
pub enum Verification {
    /// Not confirmed, or changed since it was.
    Unverified,
    /// Confirmed through a message that was sent to it.
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
    pub row: parts::Contact,
    /// The points of the whole prospect, shared among its contacts.
    pub points: Arc<Vec<parts::Point>>,
}

/// A place.
#[derive(Clone)]
pub struct Address(pub parts::Address);

/// Where a prospect came from.
pub struct Touch(pub parts::Touch);

/// A place on the globe, WGS 84.
#[derive(Clone, Copy, Debug, SimpleObject)]
pub struct Location {
    /// Degrees north of the equator, -90 to 90.
    pub latitude: f64,
    /// Degrees east of Greenwich, -180 to 180.
    pub longitude: f64,
}

/// A document number of a prospect, such as a national id or a tax number. No two live prospects have the same.
#[Object]
impl Identifier {
    /// Identifies this entry, for changing or removing it.
    pub async fn id(&self) -> ID {
        encode(Kind::Identifier, self.0.id)
    }

    /// The country that issued it, as two letters of ISO 3166-1.
    async fn country(&self) -> Text<'_> {
        Text::from(&self.0.country)
    }

    /// What kind of number it is.
    async fn r#type(&self, ctx: &Context<'_>) -> Option<IdentifierType> {
        cx(ctx)
            .catalogs()
            .identifier_types
            .get(self.0.type_id)
            .cloned()
            .map(IdentifierType::from)
    }

    /// The number as it was typed.
    async fn number(&self) -> Text<'_> {
        Text::from(&self.0.number)
    }
}

/// An e-mail address of a prospect or of a contact.
#[Object]
impl Email {
    /// Identifies this entry, for changing or removing it.
    pub async fn id(&self) -> ID {
        encode(Kind::Email, self.0.id)
    }

    /// The address as it was typed.
    async fn value(&self) -> Text<'_> {
        Text::from(&self.0.value)
    }

    /// What it is used for, such as `work`. Null where nobody has said so.
    async fn label(&self) -> Option<Text<'_>> {
        self.0.label.as_deref().map(Text::from)
    }

    /// Whether the person has confirmed it. Another address has to be confirmed anew.
    async fn verification(&self) -> Verification {
        self.0.verification.into()
    }

    /// When it was confirmed. Null while it is not.
    async fn verified_at(&self) -> Option<DateTime> {
        self.0.verified_at.map(DateTime)
    }
}

/// A phone number of a prospect or of a contact.
#[Object]
impl Phone {
    /// Identifies this entry, for changing or removing it.
    pub async fn id(&self) -> ID {
        encode(Kind::Phone, self.0.id)
    }

    /// The number as it was typed.
    async fn value(&self) -> Text<'_> {
        Text::from(&self.0.value)
    }

    /// What it is used for, such as `office`. Null where nobody has said so.
    async fn label(&self) -> Option<Text<'_>> {
        self.0.label.as_deref().map(Text::from)
    }

    /// Whether the person has confirmed it. Another number has to be confirmed anew.
    async fn verification(&self) -> Verification {
        self.0.verification.into()
    }

    /// When it was confirmed. Null while it is not.
    async fn verified_at(&self) -> Option<DateTime> {
        self.0.verified_at.map(DateTime)
    }
}

/// A person to talk to at a prospect.
#[Object]
impl Contact {
    /// Identifies this entry, for changing or removing it.
    pub async fn id(&self) -> ID {
        encode(Kind::Contact, self.row.id)
    }

    /// The given name.
    async fn first_name(&self) -> Text<'_> {
        Text::from(&self.row.first_name)
    }

    /// The family name. Null where it is not known.
    async fn last_name(&self) -> Option<Text<'_>> {
        self.row.last_name.as_deref().map(Text::from)
    }

    /// What the person does there, or anything worth knowing. Null where nobody has said so.
    async fn description(&self) -> Option<Text<'_>> {
        self.row.description.as_deref().map(Text::from)
    }

    /// Whether this is the one to talk to first: true for exactly one contact of a prospect.
    async fn is_main(&self) -> bool {
        self.row.is_main
    }

    /// The contact's e-mail addresses in their order. At most 10.
    async fn emails(&self) -> Vec<Email> {
        self.points(PointKind::Email).cloned().map(Email).collect()
    }

    /// The contact's phone numbers in their order. At most 10.
    async fn phones(&self) -> Vec<Phone> {
        self.points(PointKind::Phone).cloned().map(Phone).collect()
    }
}

impl Contact {
    fn points(&self, kind: PointKind) -> impl Iterator<Item = &parts::Point> {
        self.points
            .iter()
            .filter(move |point| point.kind == kind && point.contact_id == Some(self.row.id))
    }
}

/// A place where a prospect is met or where things are delivered.
#[Object]
impl Address {
    /// Identifies this entry, for changing or removing it.
    pub async fn id(&self) -> ID {
        encode(Kind::Address, self.0.id)
    }

    /// What it is used for. Null where nobody has said so.
    async fn r#type(&self, ctx: &Context<'_>) -> Option<AddressType> {
        cx(ctx)
            .catalogs()
            .address_types
            .get(self.0.type_id?)
            .cloned()
            .map(AddressType::from)
    }

    /// The country, as two letters of ISO 3166-1.
    async fn country(&self) -> Text<'_> {
        Text::from(&self.0.country)
    }

    /// The part of the country as the company divides it. Null where nobody has said so.
    async fn region(&self, ctx: &Context<'_>) -> Option<Region> {
        cx(ctx).catalogs().regions.get(self.0.region_id?).cloned().map(Region::from)
    }

    /// The zone in which visits and deliveries are planned. Null where nobody has said so.
    async fn zone(&self, ctx: &Context<'_>) -> Option<Zone> {
        cx(ctx).catalogs().zones.get(self.0.zone_id?).cloned().map(Zone::from)
    }

    /// The sector of that zone. Null where nobody has said so.
    async fn sector(&self, ctx: &Context<'_>) -> Option<Sector> {
        cx(ctx).catalogs().sectors.get(self.0.sector_id?).cloned().map(Sector::from)
    }

    /// The city or town. Null where it is not known.
    async fn city(&self) -> Option<Text<'_>> {
        self.0.city.as_deref().map(Text::from)
    }

    /// The municipality. Null where it is not known.
    async fn municipality(&self) -> Option<Text<'_>> {
        self.0.municipality.as_deref().map(Text::from)
    }

    /// The parish, the smallest division. Null where it is not known.
    async fn parish(&self) -> Option<Text<'_>> {
        self.0.parish.as_deref().map(Text::from)
    }

    /// The postal code. Null where it is not known.
    async fn postal_code(&self) -> Option<Text<'_>> {
        self.0.postal_code.as_deref().map(Text::from)
    }

    /// The full address: street, number, building. Null where it is not known.
    async fn line(&self) -> Option<Text<'_>> {
        self.0.line.as_deref().map(Text::from)
    }

    /// How to find it. Null where nobody has said so.
    async fn reference(&self) -> Option<Text<'_>> {
        self.0.reference.as_deref().map(Text::from)
    }

    /// Where it is on the globe. Null where it is not known.
    async fn location(&self) -> Option<Location> {
        Some(Location {
            latitude: self.0.latitude?,
            longitude: self.0.longitude?,
        })
    }
}

/// Where a prospect came from, once.
#[Object]
impl Touch {
    /// When it was.
    async fn at(&self) -> DateTime {
        DateTime(self.0.at)
    }

    /// The source, such as an advertisement or a referral.
    async fn source(&self, ctx: &Context<'_>) -> Option<Source> {
        cx(ctx).catalogs().sources.get(self.0.source_id).cloned().map(Source::from)
    }

    /// The medium, such as `cpc` or `organic`. Null where it is not known.
    async fn medium(&self) -> Option<Text<'_>> {
        self.0.medium.as_deref().map(Text::from)
    }

    /// The page with the form. Null where it is not known.
    async fn page_url(&self) -> Option<Text<'_>> {
        self.0.page_url.as_deref().map(Text::from)
    }

    /// The page that led there. Null where it is not known.
    async fn referrer(&self) -> Option<Text<'_>> {
        self.0.referrer.as_deref().map(Text::from)
    }
}
