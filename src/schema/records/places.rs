//! Place names in use, as suggestions for a form.

use async_graphql::{Context, Object, Result, SimpleObject};

use crate::resolvers::records::places::{self, PlaceKind, PlaceQuery};
use crate::schema::cx;
use crate::schema::error::to_graphql;
use crate::schema::guards::SignedIn;
use crate::schema::text::Text;

/// A place name that is used in addresses.
#[derive(SimpleObject)]
pub struct Place {
    /// Name, as spelled in the earliest address visible to the caller.
    pub name: Text<'static>,
}

#[derive(Default)]
pub struct PlacesQuery;

#[Object]
impl PlacesQuery {
    /// Distinct cities and towns of a country in the addresses visible to the caller, sorted by name without accents and case. At most 20.
    /// Null if the list failed; the reason is in `errors`.
    #[graphql(guard = "SignedIn")]
    async fn cities(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Country, as an ISO 3166-1 alpha-2 code. An unknown code gives an empty list.")] country: String,
        #[graphql(desc = "Beginning of the name, without accents and case. At most 200 characters. Default: any.")] starts_with: Option<
            String,
        >,
    ) -> Result<Option<Vec<Place>>> {
        list(ctx, PlaceKind::City, country, starts_with).await.map(Some)
    }

    /// Distinct municipalities of a country in the addresses visible to the caller, sorted by name without accents and case. At most 20.
    /// Null if the list failed; the reason is in `errors`.
    #[graphql(guard = "SignedIn")]
    async fn municipalities(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Country, as an ISO 3166-1 alpha-2 code. An unknown code gives an empty list.")] country: String,
        #[graphql(desc = "Beginning of the name, without accents and case. At most 200 characters. Default: any.")] starts_with: Option<
            String,
        >,
    ) -> Result<Option<Vec<Place>>> {
        list(ctx, PlaceKind::Municipality, country, starts_with).await.map(Some)
    }

    /// Distinct parishes of a country in the addresses visible to the caller, sorted by name without accents and case. At most 20. Null if
    /// the list failed; the reason is in `errors`.
    #[graphql(guard = "SignedIn")]
    async fn parishes(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Country, as an ISO 3166-1 alpha-2 code. An unknown code gives an empty list.")] country: String,
        #[graphql(desc = "Beginning of the name, without accents and case. At most 200 characters. Default: any.")] starts_with: Option<
            String,
        >,
    ) -> Result<Option<Vec<Place>>> {
        list(ctx, PlaceKind::Parish, country, starts_with).await.map(Some)
    }
}

async fn list(ctx: &Context<'_>, kind: PlaceKind, country: String, starts_with: Option<String>) -> Result<Vec<Place>> {
    let query = PlaceQuery {
        kind,
        country,
        starts_with,
    };
    let names = places::list(cx(ctx), &query).await.map_err(to_graphql)?;
    Ok(names.into_iter().map(|name| Place { name: name.into() }).collect())
}
