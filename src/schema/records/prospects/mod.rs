//! The type of a prospect, with all that is nested in it.

mod drafts;
mod enums;
pub mod inputs;
mod loading;
pub mod mutations;
pub mod query;

use std::sync::Arc;

use async_graphql::{Context, ID, Object, Result};

use crate::entities::records::contact_point::PointKind;
use crate::entities::records::touch::TouchPosition;
use crate::entities::setup::attribute_definition::AttributeEntity;
use crate::ids::Kind;
use crate::resolvers::lists::page::PageArgs;
use crate::resolvers::records::parts::{self, PartKey, PartOf};
use crate::resolvers::records::prospects;
use crate::schema::access::users::User;
use crate::schema::connection::connection;
use crate::schema::custom::{Custom, OfProspect};
use crate::schema::error::to_graphql;
use crate::schema::ids::encode;
use crate::schema::process::cycles::{Cycle, CycleConnection, CycleFilter, cycles_of};
use crate::schema::process::tasks::filters::ProspectTaskFilter;
use crate::schema::process::tasks::{TaskConnection, tasks_of};
use crate::schema::records::attributes::{AttributeValue, check_keys, has_key, one, values};
use crate::schema::records::clients::{Client, ClientRow};
use crate::schema::records::documents::filters::OwnDocumentFilter;
use crate::schema::records::documents::{Document, documents_of};
use crate::schema::records::parts::{Address, AttributesOfContacts, Contact, Email, Identifier, Phone};
use crate::schema::records::timeline::{TimelineConnection, TimelineFilter, timeline_of};
use crate::schema::records::touches::Touch;
use crate::schema::scalars::DateTime;
use crate::schema::setup::{
    channels::Channel, customer_types::CustomerType, industries::Industry, potential_levels::PotentialLevel, segments::Segment,
    statuses::Status, tags::Tag,
};
use crate::schema::text::Text;
use crate::schema::{cx, loaders};

pub use enums::{Interest, ProspectCondition, ProspectKind};
pub use loading::{by_id, user};

/// A person or company that may buy.
#[derive(Clone)]
pub struct Prospect(pub prospects::Prospect);

impl From<prospects::Prospect> for Prospect {
    fn from(row: prospects::Prospect) -> Self {
        Prospect(row)
    }
}

/// A prospect (lead): a person or company that may buy or has bought, as one record before and after the win. Salespeople see those that
/// they own, administrators all.
#[Object]
impl Prospect {
    /// Permanent ID of the prospect, the same before and after it becomes a client.
    pub async fn id(&self) -> ID {
        encode(Kind::Prospect, self.0.id)
    }

    /// Revision of the record, incremented by every change. Pass it as `expectedVersion` to detect concurrent changes.
    async fn version(&self) -> i32 {
        self.0.version
    }

    /// Kind of prospect: a person or a company.
    async fn kind(&self) -> ProspectKind {
        self.0.kind.into()
    }

    /// Name of the person or company.
    async fn name(&self) -> Text<'_> {
        Text::from(&self.0.name)
    }

    /// Registered name of a company. Null if not set.
    async fn legal_name(&self) -> Option<Text<'_>> {
        self.0.legal_name.as_deref().map(Text::from)
    }

    /// Condition of the record: prospect or client.
    async fn condition(&self) -> ProspectCondition {
        if self.0.client_since.is_some() {
            ProspectCondition::Client
        } else {
            ProspectCondition::Prospect
        }
    }

    /// Document numbers, in order. At most 20.
    async fn identifiers(&self, ctx: &Context<'_>) -> Result<Vec<Identifier>> {
        Ok(self.part(ctx).await?.into_iter().map(Identifier).collect())
    }

    /// E-mail addresses of the prospect itself, in order. At most 20.
    async fn emails(&self, ctx: &Context<'_>) -> Result<Vec<Email>> {
        Ok(self.points(ctx, PointKind::Email).await?.map(Email).collect())
    }

    /// Phone numbers of the prospect itself, in order. At most 20.
    async fn phones(&self, ctx: &Context<'_>) -> Result<Vec<Phone>> {
        Ok(self.points(ctx, PointKind::Phone).await?.map(Phone).collect())
    }

    /// Registration time of the prospect.
    async fn created_at(&self) -> DateTime {
        DateTime(self.0.created_at)
    }

    /// Time at which the server recorded the prospect. Later than `createdAt` if it was captured offline.
    async fn recorded_at(&self) -> DateTime {
        DateTime(self.0.recorded_at.unwrap_or(self.0.created_at))
    }

    /// User who registered the prospect. Null if no user did.
    async fn created_by(&self, ctx: &Context<'_>) -> Option<User> {
        user(ctx, self.0.created_by)
    }

    /// Time of the last change of the record.
    async fn updated_at(&self) -> DateTime {
        DateTime(self.0.updated_at)
    }

    /// Time of the first contact: the earliest outgoing interaction. Null if there was none.
    async fn first_contact_at(&self) -> Option<DateTime> {
        self.0.first_contact_at.map(DateTime)
    }

    /// Time of the last activity: the latest entry of the timeline, including those about attributes for administrators only.
    async fn last_activity_at(&self) -> DateTime {
        DateTime(self.0.last_activity_at)
    }

    /// Seconds since registration (lead age): the sooner the first contact, the likelier the sale.
    async fn seconds_since_reception(&self, ctx: &Context<'_>) -> i32 {
        i32::try_from((cx(ctx).now() - self.0.created_at).max(0) / 1000).unwrap_or(i32::MAX)
    }

    /// Status (pipeline stage) of the prospect. Null only until a status just created on another server is known to this one.
    async fn status(&self, ctx: &Context<'_>) -> Option<Status> {
        cx(ctx).catalogs().statuses.get(self.0.status_id).cloned().map(Status::from)
    }

    /// Owner (assigned salesperson) of the prospect. Null if there is none; only administrators see such prospects.
    async fn owner(&self, ctx: &Context<'_>) -> Option<User> {
        user(ctx, self.0.owner_id)
    }

    /// Commercial channel through which the prospect came. Null only until a channel just created on another server is known to this one.
    async fn channel(&self, ctx: &Context<'_>) -> Option<Channel> {
        cx(ctx).catalogs().channels.get(self.0.channel_id).cloned().map(Channel::from)
    }

    /// Business segment. Null if not set.
    async fn segment(&self, ctx: &Context<'_>) -> Option<Segment> {
        cx(ctx).catalogs().segments.get(self.0.segment_id?).cloned().map(Segment::from)
    }

    /// Potential level as a prospect (rating, tier). Null if not set.
    async fn potential_level(&self, ctx: &Context<'_>) -> Option<PotentialLevel> {
        cx(ctx)
            .catalogs()
            .potential_levels
            .get(self.0.potential_level_id?)
            .cloned()
            .map(PotentialLevel::from)
    }

    /// Tags (labels) of the prospect, in the order of the catalogue. At most 50.
    async fn tags(&self, ctx: &Context<'_>) -> Result<Vec<Tag>> {
        let own: Vec<parts::Tag> = self.part(ctx).await?;
        if own.is_empty() {
            return Ok(Vec::new());
        }
        let catalogs = cx(ctx).catalogs();
        let has = |id| own.iter().any(|tag| tag.tag_id == id);
        Ok(catalogs
            .tags
            .all()
            .iter()
            .filter(|tag| has(tag.id))
            .cloned()
            .map(Tag::from)
            .collect())
    }

    /// Rating of 1 to 5 stars. Null if not set.
    async fn rating(&self) -> Option<i32> {
        self.0.rating
    }

    /// Purchase interest. Null if not set.
    async fn interest(&self) -> Option<Interest> {
        self.0.interest.map(Into::into)
    }

    /// Industry of the prospect. Null if not set.
    async fn industry(&self, ctx: &Context<'_>) -> Option<Industry> {
        cx(ctx).catalogs().industries.get(self.0.industry_id?).cloned().map(Industry::from)
    }

    /// Type of customer. Null if not set.
    async fn customer_type(&self, ctx: &Context<'_>) -> Option<CustomerType> {
        let catalogs = cx(ctx).catalogs();
        catalogs
            .customer_types
            .get(self.0.customer_type_id?)
            .cloned()
            .map(CustomerType::from)
    }

    /// URLs of web sites, in the order given. At most 10.
    async fn websites(&self) -> Vec<Text<'_>> {
        prospects::websites_of(&self.0).map(Text::from).collect()
    }

    /// Validity in days. Null if the prospect does not expire.
    async fn validity_days(&self) -> Option<i32> {
        self.0.validity_days
    }

    /// End of the validity for the current owner: `validityDays` after they became the owner. Null if there is no owner, or no expiry.
    async fn valid_until(&self) -> Option<DateTime> {
        self.0.valid_until.map(DateTime)
    }

    /// True if notifications are sent about the prospect.
    async fn is_notification_enabled(&self) -> bool {
        self.0.is_notification_enabled
    }

    /// Value of an attribute. Null if it is not set, or names only prospects that are not visible; also null, with the error
    /// `BAD_USER_INPUT`, if there is no such attribute, or it is retired.
    async fn attribute(&self, ctx: &Context<'_>, #[graphql(desc = "Key of the attribute.")] key: String) -> Result<Option<AttributeValue>> {
        if !has_key(ctx, AttributeEntity::Prospect, &key) {
            return Ok(None);
        }
        one(ctx, AttributeEntity::Prospect, &self.document(ctx).await?, &key).await
    }

    /// Values of attributes as typed fields. There is no such field as long as no attribute is defined.
    async fn custom(&self, ctx: &Context<'_>) -> Result<Custom<OfProspect>> {
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
        check_keys(ctx, AttributeEntity::Prospect, keys.as_deref().unwrap_or_default())?;
        values(ctx, AttributeEntity::Prospect, &self.document(ctx).await?, keys.as_deref()).await
    }

    /// Client data. Null if the prospect is not a client.
    async fn client(&self, ctx: &Context<'_>) -> Result<Option<Client>> {
        if self.0.client_since.is_none() {
            return Ok(None);
        }
        let client = self.part::<parts::Client>(ctx).await?.pop();
        Ok(client.map(|client| {
            Client(ClientRow {
                prospect: self.0.clone(),
                client: Arc::new(client),
            })
        }))
    }

    /// Open sales cycle (deal, opportunity), or the latest one if none is open. Null only on an error.
    async fn cycle(&self, ctx: &Context<'_>) -> Result<Option<Cycle>> {
        Ok(self.part::<parts::Cycle>(ctx).await?.pop().map(Arc::new).map(Cycle::from))
    }

    /// All sales cycles, latest first.
    async fn cycles(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Conditions that the items must meet. Default: all items.")] filter: Option<CycleFilter>,
        #[graphql(desc = "Number of items from the start of the list, or after `after`. 0 to 100; default 20.")] first: Option<i32>,
        #[graphql(desc = "Cursor after which the page starts.")] after: Option<String>,
        #[graphql(
            desc = "Number of items from the end of the list, or before `before`. 0 to 100. Not allowed together with `first` or `after`."
        )]
        last: Option<i32>,
        #[graphql(desc = "Cursor before which the page ends.")] before: Option<String>,
    ) -> Result<CycleConnection> {
        cycles_of(
            ctx,
            self.0.id,
            filter,
            PageArgs {
                first,
                after,
                last,
                before,
            },
        )
        .await
    }

    /// Tasks of the prospect in any state, earliest due time first.
    async fn tasks(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Conditions that the items must meet. Default: all items, in any state.")] filter: Option<ProspectTaskFilter>,
        #[graphql(desc = "Number of items from the start of the list, or after `after`. 0 to 100; default 20.")] first: Option<i32>,
        #[graphql(desc = "Cursor after which the page starts.")] after: Option<String>,
        #[graphql(
            desc = "Number of items from the end of the list, or before `before`. 0 to 100. Not allowed together with `first` or `after`."
        )]
        last: Option<i32>,
        #[graphql(desc = "Cursor before which the page ends.")] before: Option<String>,
    ) -> Result<TaskConnection> {
        tasks_of(
            ctx,
            self.0.id,
            filter,
            PageArgs {
                first,
                after,
                last,
                before,
            },
        )
        .await
    }

    /// Contacts of the prospect, in order. At most 50.
    async fn contacts(&self, ctx: &Context<'_>) -> Result<Vec<Contact>> {
        let scope = cx(ctx).scope().map_err(to_graphql)?;
        let keys = [parts::Contact::PART, parts::Point::PART].map(|part| PartKey(scope, self.0.id, part));
        let mut loaded = loaders(ctx).parts.load_many(keys).await.map_err(to_graphql)?.into_iter();
        let contacts: Vec<parts::Contact> = parts::rows(loaded.next().flatten()).map_err(to_graphql)?;
        let points = Arc::new(parts::rows(loaded.next().flatten()).map_err(to_graphql)?);
        let documents = AttributesOfContacts::default();
        Ok(contacts
            .into_iter()
            .map(|row| Contact {
                prospect_id: self.0.id,
                row,
                points: points.clone(),
                documents: documents.clone(),
            })
            .collect())
    }

    /// Addresses of the prospect, in order. At most 20.
    async fn addresses(&self, ctx: &Context<'_>) -> Result<Vec<Address>> {
        Ok(self.part(ctx).await?.into_iter().map(Address).collect())
    }

    /// Documents of the prospect and of its contacts, tasks, notes and interactions, newest first. At most 200.
    async fn documents(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Conditions that the items must meet. Default: all items.")] filter: Option<OwnDocumentFilter>,
    ) -> Result<Vec<Document>> {
        documents_of(ctx, self.0.id, None, filter).await
    }

    /// First touch: where the prospect came from originally. Null only on an error.
    async fn first_touch(&self, ctx: &Context<'_>) -> Result<Option<Touch>> {
        self.touch(ctx, TouchPosition::First).await
    }

    /// Most recent touch. Null only on an error.
    async fn last_touch(&self, ctx: &Context<'_>) -> Result<Option<Touch>> {
        self.touch(ctx, TouchPosition::Last).await
    }

    /// Timeline (activity feed) of the prospect, latest event first.
    async fn timeline(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Conditions that the items must meet. Default: all items.")] filter: Option<TimelineFilter>,
        #[graphql(desc = "Number of items from the start of the list, or after `after`. 0 to 100; default 20.")] first: Option<i32>,
        #[graphql(desc = "Cursor after which the page starts.")] after: Option<String>,
        #[graphql(
            desc = "Number of items from the end of the list, or before `before`. 0 to 100. Not allowed together with `first` or `after`."
        )]
        last: Option<i32>,
        #[graphql(desc = "Cursor before which the page ends.")] before: Option<String>,
    ) -> Result<TimelineConnection> {
        timeline_of(
            ctx,
            self.0.id,
            filter,
            PageArgs {
                first,
                after,
                last,
                before,
            },
        )
        .await
    }
}

connection! {
    /// A page of prospects.
    ProspectConnection, ProspectEdge, Prospect, prospects::Prospect, "prospects"
}
