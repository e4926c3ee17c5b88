//! One prospect, and the list of them.

use std::sync::Arc;

use async_graphql::{Context, ID, Object, Result};

use super::{Prospect, ProspectConnection, by_id};
use crate::ids::Kind;
use crate::resolvers::lists::page::PageArgs;
use crate::resolvers::records::prospects::list::{self, ListQuery, Wanted};
use crate::schema::cx;
use crate::schema::error::to_graphql;
use crate::schema::filters::Reading;
use crate::schema::guards::SignedIn;
use crate::schema::ids::decode;
use crate::schema::records::lists::{ProspectFilter, ProspectOrder, count};

#[derive(Default)]
pub struct ProspectQuery;

#[Object]
impl ProspectQuery {
    /// One prospect. Null where it does not exist or the caller may not see it.
    #[graphql(guard = "SignedIn")]
    async fn prospect(&self, ctx: &Context<'_>, #[graphql(desc = "Which prospect.")] id: ID) -> Result<Option<Prospect>> {
        let Some(id) = decode(Kind::Prospect, &id) else { return Ok(None) };
        by_id(ctx, id).await
    }

    /// The prospects that the caller may see, clients included; newest registration first unless ordered otherwise, equal ones by id.
    /// Null where the list could not be answered: the reason is in `errors`, with the path of the field.
    #[graphql(guard = "SignedIn")]
    #[allow(clippy::too_many_arguments)]
    async fn prospects(
        &self,
        ctx: &Context<'_>,
        #[graphql(
            desc = "Words, each of which has to be found, as a part, in a name, legal name, e-mail, phone or document number, or in the name of a contact. Accents and case do not count, nor does the punctuation of numbers: digits are a phone or a number however they are grouped. A text of nothing but words of one or two characters is the beginning of a name or legal name. At most 200 characters; of more than 10 words the 10 longest count; a blank text searches for nothing."
        )]
        search: Option<String>,
        #[graphql(desc = "Which of them; all if left out.")] filter: Option<ProspectFilter>,
        #[graphql(desc = "In which order, at most 3 steps.")] order_by: Option<Vec<ProspectOrder>>,
        #[graphql(desc = "How many from the start of the list or after `after`: 0 to 100, 20 if left out.")] first: Option<i32>,
        #[graphql(desc = "The cursor after which the page begins.")] after: Option<String>,
        #[graphql(desc = "How many from the end of the list or before `before`: 0 to 100. Not together with `first` or `after`.")]
        last: Option<i32>,
        #[graphql(desc = "The cursor before which the page ends.")] before: Option<String>,
    ) -> Result<Option<ProspectConnection>> {
        let reading = Reading::of(ctx);
        let search = reading.search(search.as_deref()).map_err(to_graphql)?;
        let filter = filter.unwrap_or_default().into_filter(&reading).map_err(to_graphql)?;
        let order = order_by.unwrap_or_default().into_iter().map(Into::into).collect();
        let scope = cx(ctx).scope().map_err(to_graphql)?;
        let query = Arc::new(ListQuery::prospects(scope, Wanted { search, filter, order }).map_err(to_graphql)?);
        let args = PageArgs {
            first,
            after,
            last,
            before,
        };
        let page = list::page(cx(ctx), &query, &args).await.map_err(to_graphql)?;
        Ok(Some(ProspectConnection { page, count: count(query) }))
    }
}
