//! What turned out to be one when the forms by which values are compared were made anew, in the API.

use crate::entities::records::collision;
use crate::ids::Kind;
use crate::resolvers::records::collisions;
use crate::schema::cx;
use crate::schema::error::to_graphql;
use crate::schema::guards::AdminOnly;
use crate::schema::node::{self, Node};
use crate::schema::scalars::DateTime;
use crate::schema::text::Text;
use async_graphql::{Context, Enum, Object, Result};
use uuid::Uuid;

/// What has to be unique.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "collision::CollisionKind")]
pub enum CollisionKind {
    /// The name of an entry of a catalogue: the later entry got a number behind its name.
    CatalogName,
    /// A document number: the later record has it beside the older one until it is changed.
    DocumentNumber,
}

/// A collision with the records that it names.
pub struct Collision(collisions::Found);

/// Two values that turned out to be one after an upgrade changed how values are compared. The older one keeps it for itself.
#[Object]
impl Collision {
    /// What has to be unique.
    async fn kind(&self) -> CollisionKind {
        self.0.row.kind.into()
    }

    /// The later entry, or the prospect with the later number. Null where it was deleted.
    async fn record(&self, ctx: &Context<'_>) -> Result<Option<Node>> {
        self.find(ctx, self.0.record).await
    }

    /// The older entry, or the prospect with the older number, which keeps the value for itself. Null where it was deleted.
    async fn kept(&self, ctx: &Context<'_>) -> Result<Option<Node>> {
        self.find(ctx, self.0.kept).await
    }

    /// The value of the later one, as it was typed.
    async fn value(&self) -> Text<'_> {
        Text::from(&self.0.row.before)
    }

    /// The name that the later entry has since; of a document number its canonical form.
    async fn replacement(&self) -> Text<'_> {
        Text::from(&self.0.row.after)
    }

    /// When it was found.
    async fn found_at(&self) -> DateTime {
        DateTime(self.0.row.found_at)
    }
}

impl Collision {
    async fn find(&self, ctx: &Context<'_>, id: Uuid) -> Result<Option<Node>> {
        match kind_of(&self.0.row.record_table) {
            Some(kind) => node::by_id(ctx, kind, id).await,
            None => Ok(None),
        }
    }
}

#[derive(Default)]
pub struct CollisionQuery;

#[Object]
impl CollisionQuery {
    /// What turned out to be one after an upgrade, in the order in which it was found. It stays listed when it has been put right.
    /// Administrators only; null with an error for others. At most 500.
    #[graphql(guard = "AdminOnly")]
    async fn collisions(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many from the start: 0 to 500, 50 if left out.")] first: Option<i32>,
        #[graphql(desc = "How many are left out before them, none if left out.")] skip: Option<i32>,
    ) -> Result<Option<Vec<Collision>>> {
        let rows = collisions::list(cx(ctx), first.unwrap_or(50), skip.unwrap_or(0)).await;
        Ok(Some(rows.map_err(to_graphql)?.into_iter().map(Collision).collect()))
    }
}

/// What has the values of a table.
fn kind_of(table: &str) -> Option<Kind> {
    Some(match table {
        "channels" => Kind::Channel,
        "segments" => Kind::Segment,
        "potential_levels" => Kind::PotentialLevel,
        "statuses" => Kind::Status,
        "reasons" => Kind::Reason,
        "sources" => Kind::Source,
        "identifier_types" => Kind::IdentifierType,
        "tags" => Kind::Tag,
        "zones" => Kind::Zone,
        "sectors" => Kind::Sector,
        "regions" => Kind::Region,
        "address_types" => Kind::AddressType,
        "industries" => Kind::Industry,
        "customer_types" => Kind::CustomerType,
        "task_types" => Kind::TaskType,
        "identifiers" => Kind::Prospect,
        _ => return None,
    })
}
