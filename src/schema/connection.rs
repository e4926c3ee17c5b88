//! Pages of lists as Relay connections.

use async_graphql::SimpleObject;

use super::text::Text;

/// Position of a page in its list.
#[derive(Clone, Debug, SimpleObject)]
pub struct PageInfo {
    /// True if more items follow the page in the sort order.
    pub has_next_page: bool,
    /// True if items precede the page. When paging forward, true as soon as `after` is given.
    pub has_previous_page: bool,
    /// Cursor of the first item. Null on an empty page.
    pub start_cursor: Option<Text<'static>>,
    /// Cursor of the last item, to pass as `after` for the next page. Null on an empty page.
    pub end_cursor: Option<Text<'static>>,
}

/// Declares a connection and its edge over `$node`, a type with `From<$row>`, for pages of `$row`.
macro_rules! connection {
    ($(#[doc = $doc:literal])+ $connection:ident, $edge:ident, $node:ty, $row:ty, $what:literal) => {
        $(#[doc = $doc])+
        pub struct $connection {
            pub page: $crate::resolvers::lists::page::Page<$row>,
            pub count: $crate::schema::connection::Count,
        }

        #[doc = concat!("One of the ", $what, " of a page, with its cursor.")]
        pub struct $edge {
            cursor: String,
            row: $row,
        }

        #[doc = concat!("One of the ", $what, " of a page, with its cursor.")]
        #[async_graphql::Object]
        impl $edge {
            /// Opaque cursor of this item, to pass as `after` or `before`.
            async fn cursor(&self) -> $crate::schema::text::Text<'_> {
                $crate::schema::text::Text::from(&self.cursor)
            }

            /// The item of the edge.
            async fn node(&self) -> $node {
                <$node>::from(self.row.clone())
            }
        }

        $(#[doc = $doc])+
        #[async_graphql::Object]
        impl $connection {
            #[doc = concat!("The ", $what, " of the page with their cursors.")]
            async fn edges(&self) -> Vec<$edge> {
                let cursors = self.page.rows.iter().map(|row| self.page.cursor(row));
                self.page.rows.iter().zip(cursors).map(|(row, cursor)| $edge { cursor, row: row.clone() }).collect()
            }

            #[doc = concat!("The ", $what, " of the page.")]
            async fn nodes(&self) -> Vec<$node> {
                self.page.rows.iter().cloned().map(<$node>::from).collect()
            }

            /// Position of the page in its list.
            async fn page_info(&self) -> $crate::schema::connection::PageInfo {
                $crate::schema::connection::page_info(&self.page)
            }

            /// Number of items on all pages, counted only if selected. Exact for the lists of one record; above 10,000 in other lists an
            /// estimate, at most 30 seconds old (see `isTotalEstimated`). A server may have other limits. Null if counting failed; the
            /// reason is in `errors`.
            async fn total_count(&self, ctx: &async_graphql::Context<'_>) -> async_graphql::Result<Option<i32>> {
                let total = self.count.run($crate::schema::cx(ctx), &self.page).await?;
                Ok(Some(i32::try_from(total.count).unwrap_or(i32::MAX)))
            }

            /// True if `totalCount` is an estimate. Never true up to 10,000, or the limit that the server has. Selecting it counts the
            /// items. Null if counting failed; the reason is in `errors`.
            async fn is_total_estimated(&self, ctx: &async_graphql::Context<'_>) -> async_graphql::Result<Option<bool>> {
                let total = self.count.run($crate::schema::cx(ctx), &self.page).await?;
                Ok(Some(total.is_estimated))
            }
        }
    };
}
pub(crate) use connection;

use std::sync::Arc;

use futures_util::future::BoxFuture;
use tokio::sync::OnceCell;

use crate::cx::Cx;
use crate::error::Result;
use crate::resolvers::lists::page::{Keyed, Page};
use crate::resolvers::lists::total::Total;
use crate::schema::error::to_graphql;

/// Counts the rows of all pages, on demand.
pub struct Count {
    count: Box<dyn Fn(Arc<Cx>) -> BoxFuture<'static, Result<Total>> + Send + Sync>,
    /// Shared by both fields of a connection, so that they agree.
    counted: OnceCell<Total>,
}

impl Count {
    pub fn new<F, R>(count: F) -> Count
    where
        F: Fn(Arc<Cx>) -> R + Send + Sync + 'static,
        R: Future<Output = Result<Total>> + Send + 'static,
    {
        Count {
            count: Box::new(move |cx| Box::pin(count(cx))),
            counted: OnceCell::new(),
        }
    }

    pub async fn run<R>(&self, cx: &Arc<Cx>, page: &Page<R>) -> async_graphql::Result<Total> {
        if let Some(count) = page.whole() {
            return Ok(Total::exact(count));
        }
        let counted = self.counted.get_or_try_init(|| (self.count)(cx.clone())).await;
        counted.copied().map_err(to_graphql)
    }
}

pub fn page_info<R: Keyed>(page: &Page<R>) -> PageInfo {
    PageInfo {
        has_next_page: page.has_next,
        has_previous_page: page.has_previous,
        start_cursor: page.rows.first().map(|row| page.cursor(row).into()),
        end_cursor: page.rows.last().map(|row| page.cursor(row).into()),
    }
}
