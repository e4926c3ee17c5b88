//! Totals of lists: the rows of all pages, counted on demand.

use std::sync::Arc;

use crate::resolvers::records::child_list::{self, Listed};
use crate::resolvers::records::prospects;
use crate::schema::connection::Count;

/// Of a list of prospects or of clients.
pub fn of_prospects(query: Arc<prospects::list::ListQuery>) -> Count {
    Count::new(move |cx| {
        let query = query.clone();
        async move { prospects::list::count(&cx, cx.db().reader(), &query).await }
    })
}

/// Of a list of child rows.
pub fn of_children<L: Listed>(query: Arc<child_list::ListQuery<L>>) -> Count {
    Count::new(move |cx| {
        let query = query.clone();
        async move { child_list::count(&cx, cx.db().reader(), &query).await }
    })
}
