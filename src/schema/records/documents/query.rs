//! Queries of one document, of all visible ones, and of deleted ones.

use std::sync::Arc;

use async_graphql::{Context, ID, Object, Result};

use super::filters::{DocumentFilter, DocumentOrder};
use super::{Document, document};
use crate::ids::Kind;
use crate::resolvers::lists::page::PageArgs;
use crate::resolvers::records::documents::list;
use crate::resolvers::records::{child_list, documents};
use crate::schema::connection::{Count, connection};
use crate::schema::cx;
use crate::schema::error::to_graphql;
use crate::schema::filters::FilterContext;
use crate::schema::guards::SignedIn;
use crate::schema::ids::{decode, reference};
use crate::schema::records::totals;

connection! {
    /// A page of documents.
    DocumentConnection, DocumentEdge, Document, Arc<documents::Document>, "documents"
}

#[derive(Default)]
pub struct DocumentQuery;

#[Object]
impl DocumentQuery {
    /// A document by its ID. Null if it does not exist, is deleted, or its prospect is not visible to the caller.
    #[graphql(guard = "SignedIn")]
    async fn document(&self, ctx: &Context<'_>, #[graphql(desc = "ID of the document.")] id: ID) -> Result<Option<Document>> {
        let Some(id) = decode(Kind::Document, &id) else { return Ok(None) };
        document(ctx, id).await
    }

    /// Documents of all prospects visible to the caller, without deleted ones. Default order: newest first, ties by ID. Null if the list
    /// failed; the reason is in `errors`.
    #[graphql(guard = "SignedIn")]
    #[allow(clippy::too_many_arguments)]
    async fn documents(
        &self,
        ctx: &Context<'_>,
        #[graphql(
            desc = "Search text. Every word must occur within the name of the document. Accents and case are ignored. If all words have one or two characters, the text matches the beginning of the name. At most 200 characters; of more than 10 words the 10 longest count. A blank text means no search."
        )]
        search: Option<String>,
        #[graphql(desc = "Conditions that the items must meet. Default: all items.")] filter: Option<DocumentFilter>,
        #[graphql(desc = "Sort order; at most 3 steps.")] order_by: Option<Vec<DocumentOrder>>,
        #[graphql(desc = "Number of items from the start of the list, or after `after`. 0 to 100; default 20.")] first: Option<i32>,
        #[graphql(desc = "Cursor after which the page starts.")] after: Option<String>,
        #[graphql(
            desc = "Number of items from the end of the list, or before `before`. 0 to 100. Not allowed together with `first` or `after`."
        )]
        last: Option<i32>,
        #[graphql(desc = "Cursor before which the page ends.")] before: Option<String>,
    ) -> Result<Option<DocumentConnection>> {
        let context = FilterContext::of(ctx);
        let search = context.search(search.as_deref()).map_err(to_graphql)?;
        let filter = filter.unwrap_or_default().into_filter(&context).map_err(to_graphql)?;
        let order = order_by.unwrap_or_default().into_iter().map(DocumentOrder::into_step).collect();
        let viewer = cx(ctx).viewer().map_err(to_graphql)?;
        let query = Arc::new(list::query(viewer, search, filter, order).map_err(to_graphql)?);
        let args = PageArgs {
            first,
            after,
            last,
            before,
        };
        let page = child_list::page(cx(ctx), cx(ctx).db().reader(), &query, &args)
            .await
            .map_err(to_graphql)?;
        let count = totals::of_children(query);
        Ok(Some(DocumentConnection { page, count }))
    }

    /// Deleted documents of the prospects visible to the caller that can still be restored, latest deletion first, ties by ID. Null if the
    /// list failed; the reason is in `errors`.
    #[graphql(guard = "SignedIn")]
    #[allow(clippy::too_many_arguments)]
    async fn deleted_documents(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "ID of a prospect, for its documents only. Default: documents of all prospects.")] prospect_id: Option<ID>,
        #[graphql(desc = "Number of items from the start of the list, or after `after`. 0 to 100; default 20.")] first: Option<i32>,
        #[graphql(desc = "Cursor after which the page starts.")] after: Option<String>,
        #[graphql(
            desc = "Number of items from the end of the list, or before `before`. 0 to 100. Not allowed together with `first` or `after`."
        )]
        last: Option<i32>,
        #[graphql(desc = "Cursor before which the page ends.")] before: Option<String>,
    ) -> Result<Option<DocumentConnection>> {
        let prospect_id = prospect_id.map(|id| reference(Kind::Prospect, &id));
        let args = PageArgs {
            first,
            after,
            last,
            before,
        };
        let page = list::deleted(cx(ctx), prospect_id, &args).await.map_err(to_graphql)?;
        let count = Count::new(move |cx| async move { list::count_deleted(&cx, prospect_id).await });
        Ok(Some(DocumentConnection { page, count }))
    }
}
