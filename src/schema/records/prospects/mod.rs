//! Prospects in the API: one with everything nested in it, lists of them, and saving them.

mod drafts;
pub mod inputs;
pub mod mutations;
pub mod query;

use std::sync::Arc;

use async_graphql::{Context, Enum, ID, Object, Result};

use crate::entities::records::contact_point::PointKind;
use crate::entities::records::prospect;
use crate::entities::records::touch::TouchPlace;
use crate::ids::Kind;
use crate::resolvers::lists::page::PageArgs;
use crate::resolvers::records::parts::{self, PartKey, PartOf};
use crate::resolvers::records::prospects::{self, ProspectKey};
use crate::schema::access::users::User;
use crate::schema::connection::connection;
use crate::schema::error::to_graphql;
use crate::schema::ids::encode;
use crate::schema::process::cycles::{Cycle, CycleConnection, CycleFilter, cycles_of};
use crate::schema::process::tasks::{ProspectTaskFilter, TaskConnection, tasks_of};
use crate::schema::records::clients::{Client, ClientRow};
use crate::schema::records::parts::{Address, Contact, Email, Identifier, Phone, Touch};
use crate::schema::records::timeline::{TimelineConnection, TimelineFilter, timeline_of};
use crate::schema::scalars::DateTime;
use crate::schema::setup::{
    channels::Channel, customer_types::CustomerType, industries::Industry, potential_levels::PotentialLevel, segments::Segment,
    statuses::Status, tags::Tag,
};
use crate::schema::text::Text;
use crate::schema::{cx, loaders};

/// What a prospect is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "prospect::ProspectKind")]
pub enum ProspectKind {
    /// A natural person.
    Person,
    /// A company or another legal person.
    Company,
}

/// Whether somebody is a client already.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "prospects::ProspectCondition")]
pub enum ProspectCondition {
    /// Somebody who may buy and has not yet.
    Prospect,
    /// Somebody who was won.
    Client,
}

/// How much somebody wants to buy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "prospect::Interest")]
pub enum Interest {
    /// Hardly at all.
    Low,
    /// Perhaps, if it suits.
    Medium,
    /// Very much.
    High,
}

/// A person or company that may buy.
#[derive(Clone)]
pub struct Prospect(pub prospects::Prospect);

impl From<prospects::Prospect> for Prospect {
    fn from(row: prospects::Prospect) -> Self {
        Prospect(row)
    }
}

/// A person or company that may buy, or has bought: one record for life. A salesperson sees those they own, an administrator all.
#[Object]
impl Prospect {
    /// Identifies the prospect for ever, before and after it becomes a client.
    pub async fn id(&self) -> ID {
        encode(Kind::Prospect, self.0.id)
    }

    /// Grows with every change of the record; give it as `expectedVersion` so as not to overwrite what you have not seen.
    async fn version(&self) -> i32 {
        self.0.version
    }

    /// A person or a company.
    async fn kind(&self) -> ProspectKind {
        self.0.kind.into()
    }

    /// What the person or company is called.
    async fn name(&self) -> Text<'_> {
        Text::from(&self.0.name)
    }

    /// The registered name of a company. Null where it is not known.
    async fn legal_name(&self) -> Option<Text<'_>> {
        self.0.legal_name.as_deref().map(Text::from)
    }

    /// Whether it is a client already.
    async fn condition(&self) -> ProspectCondition {
        if self.0.client_since.is_some() {
            ProspectCondition::Client
        } else {
            ProspectCondition::Prospect
        }
    }

    /// Document numbers in their order. At most 20.
    async fn identifiers(&self, ctx: &Context<'_>) -> Result<Vec<Identifier>> {
        Ok(self.part(ctx).await?.into_iter().map(Identifier).collect())
    }

    /// The prospect's own e-mail addresses in their order. At most 20.
    async fn emails(&self, ctx: &Context<'_>) -> Result<Vec<Email>> {
        Ok(self.points(ctx, PointKind::Email).await?.map(Email).collect())
    }

    /// The prospect's own phone numbers in their order. At most 20.
    async fn phones(&self, ctx: &Context<'_>) -> Result<Vec<Phone>> {
        Ok(self.points(ctx, PointKind::Phone).await?.map(Phone).collect())
    }

    /// When it was registered.
    async fn created_at(&self) -> DateTime {
        DateTime(self.0.created_at)
    }

    /// Who registered it. Null where no user did.
    async fn created_by(&self, ctx: &Context<'_>) -> Option<User> {
        user(ctx, self.0.created_by)
    }

    /// When the record was last changed.
    async fn updated_at(&self) -> DateTime {
        DateTime(self.0.updated_at)
    }

    /// When somebody first reached out to it. Null while nobody has.
    async fn first_contact_at(&self) -> Option<DateTime> {
        self.0.first_contact_at.map(DateTime)
    }

    /// When something last happened to it: the time of the latest entry of its timeline.
    async fn last_activity_at(&self) -> DateTime {
        DateTime(self.0.last_activity_at)
    }

    /// How many seconds ago it was registered: the sooner the contact, the likelier the sale.
    async fn seconds_since_reception(&self, ctx: &Context<'_>) -> i32 {
        i32::try_from((cx(ctx).now() - self.0.created_at).max(0) / 1000).unwrap_or(i32::MAX)
    }

    /// Where it is in the sales process.
    async fn status(&self, ctx: &Context<'_>) -> Option<Status> {
        cx(ctx).catalogs().statuses.get(self.0.status_id).cloned().map(Status::from)
    }

    /// Who is responsible for it. Null where nobody is; only administrators see such prospects.
    async fn owner(&self, ctx: &Context<'_>) -> Option<User> {
        user(ctx, self.0.owner_id)
    }

    /// The commercial channel through which it came.
    async fn channel(&self, ctx: &Context<'_>) -> Option<Channel> {
        cx(ctx).catalogs().channels.get(self.0.channel_id).cloned().map(Channel::from)
    }

    /// Its business segment. Null where none was chosen.
    async fn segment(&self, ctx: &Context<'_>) -> Option<Segment> {
        cx(ctx).catalogs().segments.get(self.0.segment_id?).cloned().map(Segment::from)
    }

    /// Its potential level as a prospect. Null where none was chosen.
    async fn potential_level(&self, ctx: &Context<'_>) -> Option<PotentialLevel> {
        cx(ctx)
            .catalogs()
            .potential_levels
            .get(self.0.potential_level_id?)
            .cloned()
            .map(PotentialLevel::from)
    }

    /// What people have marked it with, in the order of the tags. At most 50.
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

    /// How good it is thought to be: 1 to 5 stars. Null where nobody has said so.
    async fn rating(&self) -> Option<i32> {
        self.0.rating
    }

    /// How much it wants to buy. Null where nobody has said so.
    async fn interest(&self) -> Option<Interest> {
        self.0.interest.map(Into::into)
    }

    /// What it lives by. Null where nobody has said so.
    async fn industry(&self, ctx: &Context<'_>) -> Option<Industry> {
        cx(ctx).catalogs().industries.get(self.0.industry_id?).cloned().map(Industry::from)
    }

    /// What kind of customer it is, or would be. Null where nobody has said so.
    async fn customer_type(&self, ctx: &Context<'_>) -> Option<CustomerType> {
        let catalogs = cx(ctx).catalogs();
        catalogs
            .customer_types
            .get(self.0.customer_type_id?)
            .cloned()
            .map(CustomerType::from)
    }

    /// The addresses of its web sites, in the order in which they were given. At most 10.
    async fn websites(&self) -> Vec<Text<'_>> {
        prospects::websites_of(&self.0).map(Text::from).collect()
    }

    /// For how many days an owner keeps it. Null: for ever.
    async fn validity_days(&self) -> Option<i32> {
        self.0.validity_days
    }

    /// When the time of its present owner is up: `validityDays` after they became the owner. Null where it has no owner, or keeps it for ever.
    async fn valid_until(&self) -> Option<DateTime> {
        self.0.valid_until.map(DateTime)
    }

    /// Whether notifications are sent about it.
    async fn is_notification_enabled(&self) -> bool {
        self.0.is_notification_enabled
    }

    /// What it has as a client. Null while it is none.
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

    /// The open run of the sales process, or the latest one where none is open.
    async fn cycle(&self, ctx: &Context<'_>) -> Result<Option<Cycle>> {
        Ok(self.part::<parts::Cycle>(ctx).await?.pop().map(Arc::new).map(Cycle::from))
    }

    /// All runs of the sales process, latest first.
    async fn cycles(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which of them; all if left out.")] filter: Option<CycleFilter>,
        #[graphql(desc = "How many from the start of the list or after `after`: 0 to 100, 20 if left out.")] first: Option<i32>,
        #[graphql(desc = "The cursor after which the page begins.")] after: Option<String>,
        #[graphql(desc = "How many from the end of the list or before `before`: 0 to 100. Not together with `first` or `after`.")]
        last: Option<i32>,
        #[graphql(desc = "The cursor before which the page ends.")] before: Option<String>,
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

    /// What is to be done for it and what was, by due time, earliest first.
    async fn tasks(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which of them; all if left out, whatever became of them.")] filter: Option<ProspectTaskFilter>,
        #[graphql(desc = "How many from the start of the list or after `after`: 0 to 100, 20 if left out.")] first: Option<i32>,
        #[graphql(desc = "The cursor after which the page begins.")] after: Option<String>,
        #[graphql(desc = "How many from the end of the list or before `before`: 0 to 100. Not together with `first` or `after`.")]
        last: Option<i32>,
        #[graphql(desc = "The cursor before which the page ends.")] before: Option<String>,
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

    /// The people to talk to, in their order. At most 50.
    async fn contacts(&self, ctx: &Context<'_>) -> Result<Vec<Contact>> {
        let scope = cx(ctx).scope().map_err(to_graphql)?;
        let keys = [parts::Contact::PART, parts::Point::PART].map(|part| PartKey(scope, self.0.id, part));
        let mut loaded = loaders(ctx).parts.load_many(keys).await.map_err(to_graphql)?.into_iter();
        let contacts: Vec<parts::Contact> = parts::rows(loaded.next().flatten()).map_err(to_graphql)?;
        let points = Arc::new(parts::rows(loaded.next().flatten()).map_err(to_graphql)?);
        Ok(contacts
            .into_iter()
            .map(|row| Contact {
                row,
                points: points.clone(),
            })
            .collect())
    }

    /// The places of the prospect, in their order. At most 20.
    async fn addresses(&self, ctx: &Context<'_>) -> Result<Vec<Address>> {
        Ok(self.part(ctx).await?.into_iter().map(Address).collect())
    }

    /// Where it came from first.
    async fn first_touch(&self, ctx: &Context<'_>) -> Result<Option<Touch>> {
        self.touch(ctx, TouchPlace::First).await
    }

    /// Where it came from most recently.
    async fn last_touch(&self, ctx: &Context<'_>) -> Result<Option<Touch>> {
        self.touch(ctx, TouchPlace::Last).await
    }

    /// Everything that has happened, newest first by when it happened.
    async fn timeline(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which entries; all if left out.")] filter: Option<TimelineFilter>,
        #[graphql(desc = "How many from the start of the list or after `after`: 0 to 100, 20 if left out.")] first: Option<i32>,
        #[graphql(desc = "The cursor after which the page begins.")] after: Option<String>,
        #[graphql(desc = "How many from the end of the list or before `before`: 0 to 100. Not together with `first` or `after`.")]
        last: Option<i32>,
        #[graphql(desc = "The cursor before which the page ends.")] before: Option<String>,
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

impl Prospect {
    async fn part<T: PartOf>(&self, ctx: &Context<'_>) -> Result<Vec<T>> {
        let scope = cx(ctx).scope().map_err(to_graphql)?;
        loaders(ctx).part(scope, self.0.id).await.map_err(to_graphql)
    }

    async fn points(&self, ctx: &Context<'_>, kind: PointKind) -> Result<impl Iterator<Item = parts::Point>> {
        let points: Vec<parts::Point> = self.part(ctx).await?;
        Ok(points
            .into_iter()
            .filter(move |point| point.kind == kind && point.contact_id.is_none()))
    }

    async fn touch(&self, ctx: &Context<'_>, place: TouchPlace) -> Result<Option<Touch>> {
        let touches: Vec<parts::Touch> = self.part(ctx).await?;
        Ok(touches.into_iter().find(|touch| touch.place == place).map(Touch))
    }
}

connection! {
    /// A page of prospects.
    ProspectConnection, ProspectEdge, Prospect, prospects::Prospect, "prospects"
}

/// The prospect as the caller sees it.
pub async fn by_id(ctx: &Context<'_>, id: uuid::Uuid) -> Result<Option<Prospect>> {
    let scope = cx(ctx).scope().map_err(to_graphql)?;
    let prospect = loaders(ctx).prospects.load(ProspectKey(scope, id)).await.map_err(to_graphql)?;
    Ok(prospect.map(Prospect))
}

/// A user by id, from memory.
pub fn user(ctx: &Context<'_>, id: Option<uuid::Uuid>) -> Option<User> {
    cx(ctx).catalogs().users.get(id?).cloned().map(User::from)
}
