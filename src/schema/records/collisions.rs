//! Collisions in the API: values that an upgrade made equal.

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

/// Kinds of values that must be unique.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "collision::CollisionKind")]
pub enum CollisionKind {
    /// Name of a catalogue entry. The later entry got a number appended to its name.
    CatalogName,
    /// Document number. Both records keep it until the later one is changed.
    DocumentNumber,
}

/// A collision with the records that it names.
pub struct Collision(collisions::Found);

/// A collision (duplicate value): two values that became equal when an upgrade changed how values are compared. The older record keeps the
/// value.
#[Object]
impl Collision {
    /// Kinds of values that must be unique.
    async fn kind(&self) -> CollisionKind {
        self.0.row.kind.into()
    }

    /// The later catalogue entry, or the prospect with the later number. Null if it was deleted.
    async fn record(&self, ctx: &Context<'_>) -> Result<Option<Node>> {
        self.find(ctx, self.0.record).await
    }

    /// The older catalogue entry, or the prospect with the older number, which keeps the value. Null if it was deleted.
    async fn kept(&self, ctx: &Context<'_>) -> Result<Option<Node>> {
        self.find(ctx, self.0.kept).await
    }

    /// Value of the later record, as entered.
    async fn value(&self) -> Text<'_> {
        Text::from(&self.0.row.before)
    }

    /// New name of the later catalogue entry; for a document number, its canonical form.
    async fn replacement(&self) -> Text<'_> {
        Text::from(&self.0.row.after)
    }

    /// Time at which the collision was found.
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
    /// Collisions found by upgrades, in order of discovery. They stay listed after they are resolved. At most 500. Administrators only;
    /// null with an error for other callers.
    #[graphql(guard = "AdminOnly")]
    async fn collisions(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Number of items from the start. 0 to 500; default 50.")] first: Option<i32>,
        #[graphql(desc = "Number of items to skip. Default: 0.")] skip: Option<i32>,
    ) -> Result<Option<Vec<Collision>>> {
        let rows = collisions::list(cx(ctx), first.unwrap_or(50), skip.unwrap_or(0)).await;
        Ok(Some(rows.map_err(to_graphql)?.into_iter().map(Collision).collect()))
    }
}

/// Kind of record that a table holds.
fn kind_of(table: &str) -> Option<Kind> {
    if table == "identifiers" {
        return Some(Kind::Prospect);
    }
    let mut catalogs = Kind::CATALOGS.into_iter();
    catalogs.find(|(_, name)| *name == table).map(|(kind, _)| kind)
}
