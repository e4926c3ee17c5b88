//! Requests to the baselines: the same as to the server, in their own format.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// A question that reads.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Question {
    /// One prospect with everything.
    Lead(Uuid),
    /// A page of prospects with their tags.
    List(List),
    /// Prospects with their last timeline entries, after a place in the list of all.
    Nested(Option<Place>),
    /// The planned tasks of a user.
    Tasks(Uuid),
    /// The newest entries of all timelines.
    History,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct List {
    pub filter: Filter,
    pub after: Option<Place>,
    pub is_counted: bool,
}

/// Prospects of a list. An empty field is no condition.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Filter {
    pub statuses: Vec<Uuid>,
    pub channels: Vec<Uuid>,
    /// The category of their statuses.
    pub category: Option<String>,
    /// Registered at this instant or later.
    pub since: Option<i64>,
    /// A tag that few have.
    pub tag: Option<Uuid>,
    /// Lower-case letters that few search documents have.
    pub word: Option<String>,
}

/// The place in a list after which a page begins, by registration and id.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Place {
    pub created_at: i64,
    pub id: Uuid,
}

/// Rows of a page.
pub const PAGE: usize = 50;
/// Prospects that come with their entries, and how many entries each.
pub const NESTED: usize = 20;
pub const NESTED_ENTRIES: usize = 10;
/// Entries that come with a lead.
pub const LEAD_ENTRIES: usize = 20;
/// Totals are counted to here and one more, which is where the server begins to estimate.
pub const EXACT: usize = 10_000;
