//! Queries of one prospect and of their list.

use std::sync::Arc;

use async_graphql::{Context, ID, Object, Result};

use super::{Prospect, ProspectConnection, by_id};
use crate::ids::Kind;
use crate::resolvers::lists::page::PageArgs;
use crate::resolvers::records::prospects::list::{self, ListArgs, ListQuery};
use crate::schema::cx;
use crate::schema::error::to_graphql;
use crate::schema::filters::FilterContext;
use crate::schema::guards::SignedIn;
use crate::schema::ids::decode;
use crate::schema::records::lists::{ProspectFilter, ProspectOrder};
use crate::schema::records::totals;

#[derive(Default)]
pub struct ProspectQuery;

#[Object]
impl ProspectQuery {
    /// A prospect by its ID. Null if it does not exist or is not visible to the caller.
    #[graphql(guard = "SignedIn")]
    async fn prospect(&self, ctx: &Context<'_>, #[graphql(desc = "ID of the prospect.")] id: ID) -> Result<Option<Prospect>> {
        let Some(id) = decode(Kind::Prospect, &id) else { return Ok(None) };
        by_id(ctx, id).await
    }

    /// Prospects visible to the caller, clients included. Default order: latest registration first, ties by ID. Null if the list failed;
    /// the reason is in `errors`.
    #[graphql(guard = "SignedIn")]
    #[allow(clippy::too_many_arguments)]
    async fn prospects(
        &self,
        ctx: &Context<'_>,
        #[graphql(
            desc = "Search text. Every word must occur within a name, legal name, e-mail, phone or document number, or in the name of a contact or of a document. Accents and case are ignored, and so is the punctuation of numbers: digits match a phone or document number however they are grouped. If all words have one or two characters, the text matches the beginning of a name or legal name. At most 200 characters; of more than 10 words the 10 longest count. A blank text means no search."
        )]
        search: Option<String>,
        #[graphql(desc = "Conditions that the items must meet. Default: all items.")] filter: Option<ProspectFilter>,
        #[graphql(desc = "Sort order; at most 3 steps.")] order_by: Option<Vec<ProspectOrder>>,
        #[graphql(desc = "Number of items from the start of the list, or after `after`. 0 to 100; default 20.")] first: Option<i32>,
        #[graphql(desc = "Cursor after which the page starts.")] after: Option<String>,
        #[graphql(
            desc = "Number of items from the end of the list, or before `before`. 0 to 100. Not allowed together with `first` or `after`."
        )]
        last: Option<i32>,
        #[graphql(desc = "Cursor before which the page ends.")] before: Option<String>,
    ) -> Result<Option<ProspectConnection>> {
        let context = FilterContext::of(ctx);
        let search = context.search(search.as_deref()).map_err(to_graphql)?;
        let filter = filter.unwrap_or_default().into_filter(&context).map_err(to_graphql)?;
        let steps = order_by.unwrap_or_default().into_iter().map(|step| step.into_step(&context));
        let order = steps.collect::<Result<_, _>>().map_err(to_graphql)?;
        let viewer = cx(ctx).viewer().map_err(to_graphql)?;
        let query = Arc::new(ListQuery::prospects(viewer, ListArgs { search, filter, order }).map_err(to_graphql)?);
        let args = PageArgs {
            first,
            after,
            last,
            before,
        };
        let page = list::page(cx(ctx), cx(ctx).db().reader(), &query, &args)
            .await
            .map_err(to_graphql)?;
        Ok(Some(ProspectConnection {
            page,
            count: totals::of_prospects(query),
        }))
    }
}
