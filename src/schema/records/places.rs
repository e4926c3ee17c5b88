//! The places in use, in the API: what a form offers while somebody types the name of one.

use async_graphql::{Context, Object, Result, SimpleObject};

use crate::resolvers::records::places::{self, PlaceKind, PlaceQuery};
use crate::schema::cx;
use crate::schema::error::to_graphql;
use crate::schema::guards::SignedIn;
use crate::schema::text::Text;

/// A place in which a prospect has an address.
#[derive(SimpleObject)]
pub struct Place {
    /// Its name, as the earliest address that the caller may see writes it.
    pub name: Text<'static>,
}

#[derive(Default)]
pub struct PlacesQuery;

#[Object]
impl PlacesQuery {
    /// The cities and towns of a country in the addresses that the caller may see, each once, in the order of their names without accents
    /// and case. At most 20. Null where the list could not be answered: the reason is in `errors`, with the path of the field.
    #[graphql(guard = "SignedIn")]
    async fn cities(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The country, as two letters of ISO 3166-1. An unknown one has none.")] country: String,
        #[graphql(desc = "What the name begins with, accents and case aside: at most 200 characters. Left out: anything.")]
        starts_with: Option<String>,
    ) -> Result<Option<Vec<Place>>> {
        list(ctx, PlaceKind::City, country, starts_with).await.map(Some)
    }

    /// The municipalities of a country in the addresses that the caller may see, each once, in the order of their names without accents
    /// and case. At most 20. Null where the list could not be answered: the reason is in `errors`, with the path of the field.
    #[graphql(guard = "SignedIn")]
    async fn municipalities(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The country, as two letters of ISO 3166-1. An unknown one has none.")] country: String,
        #[graphql(desc = "What the name begins with, accents and case aside: at most 200 characters. Left out: anything.")]
        starts_with: Option<String>,
    ) -> Result<Option<Vec<Place>>> {
        list(ctx, PlaceKind::Municipality, country, starts_with).await.map(Some)
    }

    /// The parishes of a country in the addresses that the caller may see, each once, in the order of their names without accents and
    /// case. At most 20. Null where the list could not be answered: the reason is in `errors`, with the path of the field.
    #[graphql(guard = "SignedIn")]
    async fn parishes(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The country, as two letters of ISO 3166-1. An unknown one has none.")] country: String,
        #[graphql(desc = "What the name begins with, accents and case aside: at most 200 characters. Left out: anything.")]
        starts_with: Option<String>,
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
