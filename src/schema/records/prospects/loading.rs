//! Loading of a prospect and of what belongs to it: its attributes and other child rows, and the users that it names.

use async_graphql::{Context, Result};

use super::Prospect;
use crate::entities::records::contact_point::PointKind;
use crate::entities::records::touch::TouchPosition;
use crate::resolvers::records::parts::{self, PartOf};
use crate::resolvers::records::prospects::ProspectKey;
use crate::rules::attributes::Document;
use crate::schema::access::users::User;
use crate::schema::error::to_graphql;
use crate::schema::records::touches::Touch;
use crate::schema::{cx, loaders};

/// The prospect, if visible to the caller.
pub async fn by_id(ctx: &Context<'_>, id: uuid::Uuid) -> Result<Option<Prospect>> {
    let scope = cx(ctx).scope().map_err(to_graphql)?;
    let prospect = loaders(ctx).prospects.load(ProspectKey(scope, id)).await.map_err(to_graphql)?;
    Ok(prospect.map(Prospect))
}

/// A user by id, from the cache.
pub fn user(ctx: &Context<'_>, id: Option<uuid::Uuid>) -> Option<User> {
    cx(ctx).catalogs().users.get(id?).cloned().map(User::from)
}

impl Prospect {
    pub(super) async fn part<T: PartOf>(&self, ctx: &Context<'_>) -> Result<Vec<T>> {
        let scope = cx(ctx).scope().map_err(to_graphql)?;
        loaders(ctx).part(scope, self.0.id).await.map_err(to_graphql)
    }

    pub(super) async fn document(&self, ctx: &Context<'_>) -> Result<Document> {
        let attributes: Vec<parts::ProspectAttributes> = self.part(ctx).await?;
        Ok(attributes.into_iter().next().map(|row| row.attributes).unwrap_or_default())
    }

    pub(super) async fn points(&self, ctx: &Context<'_>, kind: PointKind) -> Result<impl Iterator<Item = parts::Point>> {
        let points: Vec<parts::Point> = self.part(ctx).await?;
        Ok(points
            .into_iter()
            .filter(move |point| point.kind == kind && point.contact_id.is_none()))
    }

    pub(super) async fn touch(&self, ctx: &Context<'_>, place: TouchPosition) -> Result<Option<Touch>> {
        let touches: Vec<parts::Touch> = self.part(ctx).await?;
        Ok(touches.into_iter().find(|touch| touch.place == place).map(Touch))
    }
}
