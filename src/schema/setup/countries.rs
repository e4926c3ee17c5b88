//! Countries in the API.

use async_graphql::Object;

use crate::resolvers::setup::countries;
use crate::schema::guards::SignedIn;
use crate::schema::text::Text;

/// A country or territory of ISO 3166-1.
pub struct Country(countries::Country);

#[derive(Default)]
pub struct CountryQuery;

/// A country or territory of ISO 3166-1.
#[Object]
impl Country {
    /// The two capital letters of ISO 3166-1, such as `VE`.
    async fn code(&self) -> Text<'_> {
        Text::from(self.0.code)
    }

    /// The short name in English.
    async fn name(&self) -> Text<'_> {
        Text::from(self.0.name)
    }
}

#[Object]
impl CountryQuery {
    /// All countries and territories by name. At most 300; the list comes with the program.
    #[graphql(guard = "SignedIn")]
    async fn countries(&self) -> Vec<Country> {
        countries::list().iter().copied().map(Country).collect()
    }
}
