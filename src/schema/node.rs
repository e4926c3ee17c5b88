//! Objects of any type by their global ID.

use std::sync::Arc;

use async_graphql::{Context, ID, Interface, Object, Result};
use uuid::Uuid;

use crate::entities::records::contact_point::PointKind;
use crate::error::Error;
use crate::ids::{self, Kind};
use crate::resolvers::access::{keys, sessions};
use crate::resolvers::insight::jobs;
use crate::resolvers::records::parts::{self, PartOf};
use crate::resolvers::records::prospects::parent_of;
use crate::resolvers::setup::attributes;
use crate::schema::access::keys::ApiKey;
use crate::schema::access::sessions::Session;
use crate::schema::access::users::User;
use crate::schema::error::to_graphql;
use crate::schema::guards::SignedIn;
use crate::schema::insight::dashboards::{self, Dashboard};
use crate::schema::insight::jobs::Job;
use crate::schema::insight::saved_reports::{self, SavedReport};
use crate::schema::process::cycles::{self, Cycle};
use crate::schema::process::tasks::{Task, task};
use crate::schema::records::clients::{Client, client_of};
use crate::schema::records::documents::upload::{DocumentUpload, upload};
use crate::schema::records::documents::{Document, document};
use crate::schema::records::entries::{
    CreatedEntry, DeletedEntry, DocumentEntry, DuplicateAttemptEntry, FieldChangeEntry, Interaction, InteractionEntry, Note, NoteEntry,
    OwnerChangeEntry, RestoredEntry, StatusChangeEntry, TaskEntry, TimelineEntry,
};
use crate::schema::records::parts::{Address, AttributesOfContacts, Contact, Email, Identifier, Phone};
use crate::schema::records::prospects::{self, Prospect};
use crate::schema::records::timeline;
use crate::schema::setup::attributes::AttributeDefinition;
use crate::schema::setup::catalogs;
use crate::schema::{cx, loaders};

/// Maximum number of ids in `nodes`.
const MOST: usize = 100;

/// Declares the interface over the types given and those of all catalogues.
macro_rules! nodes {
    ([$($kind:ident,)+] $($node:ident $module:ident $many:ident $prefix:literal $shape:ident;)+) => {
        /// Anything with an id.
        #[derive(Interface)]
        #[graphql(field(
            name = "id",
            ty = "ID",
            desc = "The identifier of the object, unique among all objects of all types. It never changes, and is opaque."
        ))]
        pub enum Node {
            $($kind($kind),)+
            $($node(crate::schema::setup::$many::$node),)+
        }

        /// The entry of a catalogue; None where it does not exist, or the kind is another.
        fn entry(ctx: &Context<'_>, kind: Kind, id: Uuid) -> Option<Node> {
            let catalogs = cx(ctx).catalogs();
            match kind {
                $(Kind::$node => catalogs.$many.get(id).cloned().map(|row| Node::$node(row.into())),)+
                _ => None,
            }
        }
    };
}
catalogs!(
    nodes,
    Address,
    ApiKey,
    AttributeDefinition,
    Client,
    Contact,
    CreatedEntry,
    Cycle,
    Dashboard,
    DeletedEntry,
    Document,
    DocumentEntry,
    DocumentUpload,
    DuplicateAttemptEntry,
    Email,
    FieldChangeEntry,
    Identifier,
    Interaction,
    InteractionEntry,
    Job,
    Note,
    NoteEntry,
    OwnerChangeEntry,
    Phone,
    Prospect,
    RestoredEntry,
    SavedReport,
    Session,
    StatusChangeEntry,
    Task,
    TaskEntry,
    User,
);

#[derive(Default)]
pub struct NodeQuery;

#[Object]
impl NodeQuery {
    /// An object by its ID. Null if the ID is malformed, or no such object exists or is visible to the caller.
    #[graphql(guard = "SignedIn")]
    async fn node(&self, ctx: &Context<'_>, #[graphql(desc = "ID of the object.")] id: ID) -> Result<Option<Node>> {
        find(ctx, &id).await
    }

    /// Objects by their IDs, in the same order. Null for each ID that is malformed, unknown or not visible to the caller. An object that
    /// could not be read is null too, with the reason in `errors`.
    #[graphql(guard = "SignedIn")]
    async fn nodes(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "IDs of the objects. At most 100.")] ids: Vec<ID>,
    ) -> Result<Vec<Option<Result<Node>>>> {
        if ids.len() > MOST {
            return Err(to_graphql(Error::BadInput(format!("`ids` may hold at most {MOST} ids"))));
        }
        let found = ids.iter().map(async |id| find(ctx, id).await.transpose());
        Ok(futures_util::future::join_all(found).await)
    }
}

async fn find(ctx: &Context<'_>, id: &ID) -> Result<Option<Node>> {
    let Some((kind, id)) = ids::parse(id) else { return Ok(None) };
    by_id(ctx, kind, id).await
}

/// The object of the kind, if visible to the caller.
pub async fn by_id(ctx: &Context<'_>, kind: Kind, id: Uuid) -> Result<Option<Node>> {
    if let Some(node) = entry(ctx, kind, id) {
        return Ok(Some(node));
    }
    Ok(match kind {
        Kind::User => cx(ctx).catalogs().users.get(id).cloned().map(|row| Node::User(row.into())),
        Kind::AttributeDefinition => attributes::get(cx(ctx), id)
            .map_err(to_graphql)?
            .map(|definition| Node::AttributeDefinition(definition.into())),
        Kind::ApiKey => keys::get(cx(ctx), id)
            .await
            .map_err(to_graphql)?
            .map(|row| Node::ApiKey(row.into())),
        Kind::Session => sessions::get(cx(ctx), id)
            .await
            .map_err(to_graphql)?
            .map(|row| Node::Session(row.into())),
        Kind::Job => jobs::get(cx(ctx), id).await.map_err(to_graphql)?.map(|row| Node::Job(row.into())),
        Kind::SavedReport => saved_reports::by_id(ctx, id).await?.map(Node::SavedReport),
        Kind::Dashboard => dashboards::by_id(ctx, id).await?.map(Node::Dashboard),
        Kind::Prospect => prospects::by_id(ctx, id).await?.map(Node::Prospect),
        Kind::Client => client_of(ctx, id).await?.map(Node::Client),
        Kind::Task => task(ctx, id).await?.map(Node::Task),
        Kind::Document => document(ctx, id).await?.map(Node::Document),
        Kind::Upload => upload(ctx, id).await?.map(Node::DocumentUpload),
        _ => match parent_of(cx(ctx).db(), kind, id).await.map_err(to_graphql)? {
            Some(prospect_id) => within(ctx, kind, prospect_id, id).await?,
            None => None,
        },
    })
}

/// A prospect, its client data, or a contact or task of it, all by loaders. Null if it does not exist or is not visible to the caller.
pub async fn record(ctx: &Context<'_>, kind: Kind, prospect_id: Uuid, id: Uuid) -> Result<Option<Node>> {
    match kind {
        Kind::Contact => within(ctx, kind, prospect_id, id).await,
        _ => by_id(ctx, kind, id).await,
    }
}

/// A child of a prospect, if the prospect is visible to the caller.
async fn within(ctx: &Context<'_>, kind: Kind, prospect_id: Uuid, id: Uuid) -> Result<Option<Node>> {
    Ok(match kind {
        Kind::Address => part(ctx, prospect_id, |row: &parts::Address| row.id == id)
            .await?
            .map(|row| Node::Address(Address(row))),
        Kind::Identifier => part(ctx, prospect_id, |row: &parts::Identifier| row.id == id)
            .await?
            .map(|row| Node::Identifier(Identifier(row))),
        Kind::Email => {
            let is_wanted = |row: &parts::Point| row.id == id && row.kind == PointKind::Email;
            part(ctx, prospect_id, is_wanted).await?.map(|row| Node::Email(Email(row)))
        }
        Kind::Phone => {
            let is_wanted = |row: &parts::Point| row.id == id && row.kind == PointKind::Phone;
            part(ctx, prospect_id, is_wanted).await?.map(|row| Node::Phone(Phone(row)))
        }
        Kind::Contact => match part(ctx, prospect_id, |row: &parts::Contact| row.id == id).await? {
            Some(row) => {
                let scope = cx(ctx).scope().map_err(to_graphql)?;
                let points = Arc::new(loaders(ctx).part(scope, prospect_id).await.map_err(to_graphql)?);
                Some(Node::Contact(Contact {
                    prospect_id,
                    row,
                    points,
                    documents: AttributesOfContacts::default(),
                }))
            }
            None => None,
        },
        Kind::Cycle => cycles::cycle(ctx, prospect_id, id).await?.map(Node::Cycle),
        Kind::Note => {
            let note = timeline::entry(ctx, prospect_id, id).await?.and_then(TimelineEntry::into_note);
            note.and_then(NoteEntry::into_note).map(Node::Note)
        }
        Kind::Interaction => {
            let interaction = timeline::entry(ctx, prospect_id, id)
                .await?
                .and_then(TimelineEntry::into_interaction);
            interaction.and_then(InteractionEntry::into_interaction).map(Node::Interaction)
        }
        Kind::TimelineEntry => timeline::entry(ctx, prospect_id, id).await?.map(Node::from),
        _ => None,
    })
}

async fn part<T: PartOf>(ctx: &Context<'_>, prospect_id: Uuid, is_wanted: impl Fn(&T) -> bool) -> Result<Option<T>> {
    let scope = cx(ctx).scope().map_err(to_graphql)?;
    let rows: Vec<T> = loaders(ctx).part(scope, prospect_id).await.map_err(to_graphql)?;
    Ok(rows.into_iter().find(is_wanted))
}

impl From<TimelineEntry> for Node {
    fn from(entry: TimelineEntry) -> Self {
        match entry {
            TimelineEntry::CreatedEntry(entry) => Node::CreatedEntry(entry),
            TimelineEntry::NoteEntry(entry) => Node::NoteEntry(entry),
            TimelineEntry::InteractionEntry(entry) => Node::InteractionEntry(entry),
            TimelineEntry::StatusChangeEntry(entry) => Node::StatusChangeEntry(entry),
            TimelineEntry::OwnerChangeEntry(entry) => Node::OwnerChangeEntry(entry),
            TimelineEntry::FieldChangeEntry(entry) => Node::FieldChangeEntry(entry),
            TimelineEntry::DeletedEntry(entry) => Node::DeletedEntry(entry),
            TimelineEntry::RestoredEntry(entry) => Node::RestoredEntry(entry),
            TimelineEntry::TaskEntry(entry) => Node::TaskEntry(entry),
            TimelineEntry::DocumentEntry(entry) => Node::DocumentEntry(entry),
            TimelineEntry::DuplicateAttemptEntry(entry) => Node::DuplicateAttemptEntry(entry),
        }
    }
}
