//! Dashboards in the API: one with its tiles, the list, and those that come with the program.

pub mod mutations;

use std::sync::Arc;

use async_graphql::{Context, ID, InputObject, Object, Result};
use uuid::Uuid;

use crate::entities::insight::dashboard;
use crate::ids::Kind;
use crate::resolvers::filter::Filter;
use crate::resolvers::insight::dashboards::{self, Dashboard as Row, Tile};
use crate::resolvers::insight::reports::language;
use crate::resolvers::lists::page::PageArgs;
use crate::rules::reports::shipped;
use crate::schema::access::users::User;
use crate::schema::connection::{Count, connection};
use crate::schema::cx;
use crate::schema::error::to_graphql;
use crate::schema::filters::{FilterContext, IdFilter, Tests, combine};
use crate::schema::guards::SignedIn;
use crate::schema::ids::{decode, encode};
use crate::schema::insight::reports::Report;
use crate::schema::insight::saved_reports::parameters::ReportParametersInput;
use crate::schema::insight::saved_reports::{self, SavedReport};
use crate::schema::records::prospects::user;
use crate::schema::scalars::DateTime;
use crate::schema::text::Text;

/// Conditions on dashboards. All conditions given must hold. At most 4 levels, 50 conditions, and 200 values for each `in`.
#[derive(Clone, Debug, Default, InputObject)]
pub struct DashboardFilter {
    /// User who saved the dashboard.
    pub author: Option<IdFilter>,
    /// True matches shared dashboards, false private ones.
    pub is_shared: Option<bool>,
    /// All of these conditions hold.
    pub and: Option<Vec<DashboardFilter>>,
    /// At least one of these conditions holds. An empty list matches nothing.
    pub or: Option<Vec<DashboardFilter>>,
    /// The condition does not hold.
    pub not: Option<Box<DashboardFilter>>,
}

/// Saved reports side by side.
#[derive(Clone)]
pub struct Dashboard(pub Row);

impl From<Arc<dashboard::Model>> for Dashboard {
    fn from(row: Arc<dashboard::Model>) -> Self {
        Dashboard(Row::Saved(row))
    }
}

/// Saved reports side by side, on a grid of 12 columns. A private dashboard is seen by its author and by administrators, a shared one by all;
/// its reports are shown to those who see them. Dashboards that come with the program cannot be changed.
#[Object]
impl Dashboard {
    /// Permanent ID of the dashboard.
    pub async fn id(&self) -> ID {
        encode(Kind::Dashboard, self.0.id())
    }

    /// Key of a dashboard that comes with the program, such as `overview`; the same in all versions. Null for others.
    async fn key(&self) -> Option<Text<'_>> {
        match &self.0 {
            Row::Shipped(dashboard) => Some(dashboard.key.into()),
            Row::Saved(_) => None,
        }
    }

    /// Name of the dashboard; of one that comes with the program in Spanish if the locale of the caller is, otherwise in English. 1 to 100
    /// characters.
    async fn name(&self, ctx: &Context<'_>) -> Text<'_> {
        match &self.0 {
            Row::Shipped(dashboard) => language(cx(ctx)).choose(dashboard.name).into(),
            Row::Saved(row) => Text::from(&row.name),
        }
    }

    /// Tiles in their order. At most 24. Their reports run side by side, and each fails alone.
    async fn tiles(&self) -> Result<Vec<DashboardTile>> {
        let tiles = self.0.tiles().map_err(to_graphql)?;
        Ok(tiles.into_iter().map(DashboardTile).collect())
    }

    /// True if all users see the dashboard, false if its author and administrators do.
    async fn is_shared(&self) -> bool {
        match &self.0 {
            Row::Shipped(_) => true,
            Row::Saved(row) => row.is_shared,
        }
    }

    /// True if the dashboard comes with the program and cannot be changed.
    async fn is_shipped(&self) -> bool {
        matches!(self.0, Row::Shipped(_))
    }

    /// User who saved the dashboard. Null for dashboards that come with the program.
    async fn author(&self, ctx: &Context<'_>) -> Option<User> {
        match &self.0 {
            Row::Shipped(_) => None,
            Row::Saved(row) => user(ctx, Some(row.author_id)),
        }
    }

    /// Version of the dashboard, for `expectedVersion`. It grows with each change.
    async fn version(&self) -> i32 {
        match &self.0 {
            Row::Shipped(_) => 1,
            Row::Saved(row) => row.version,
        }
    }

    /// Time at which the dashboard was saved. Null for dashboards that come with the program.
    async fn created_at(&self) -> Option<DateTime> {
        match &self.0 {
            Row::Shipped(_) => None,
            Row::Saved(row) => Some(DateTime(row.created_at)),
        }
    }

    /// Time of the last change. Null for dashboards that come with the program.
    async fn updated_at(&self) -> Option<DateTime> {
        match &self.0 {
            Row::Shipped(_) => None,
            Row::Saved(row) => Some(DateTime(row.updated_at)),
        }
    }
}

/// A tile of a dashboard.
pub struct DashboardTile(Tile);

/// A tile of a dashboard: a saved report, and its place on a grid of 12 columns.
#[Object]
impl DashboardTile {
    /// Title of the tile. Null if not set: the name of the report is its title then. At most 100 characters.
    async fn title(&self) -> Option<Text<'_>> {
        self.0.title.as_ref().map(Text::from)
    }

    /// First column that the tile covers, from 1 to 12.
    async fn column(&self) -> i32 {
        self.0.column
    }

    /// First row that the tile covers, from 1 to 1,000.
    async fn row(&self) -> i32 {
        self.0.row
    }

    /// Number of columns that the tile covers, from 1 to 12.
    async fn width(&self) -> i32 {
        self.0.width
    }

    /// Number of rows that the tile covers, from 1 to 100.
    async fn height(&self) -> i32 {
        self.0.height
    }

    /// Report of the tile. Null if it was deleted, or is not visible to the caller.
    async fn saved_report(&self, ctx: &Context<'_>) -> Result<Option<SavedReport>> {
        saved_reports::by_id(ctx, self.0.report_id).await
    }

    /// Answer of the report, over the records that the caller sees. Null if there is no `savedReport`. Null too if it failed; the reason is in
    /// `errors` with the path of this field: `BAD_USER_INPUT` with all problems, whose paths begin with `definition` or `parameters`,
    /// `TIMEOUT`, or `RATE_LIMITED`.
    async fn report(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Parameters of this run. Default: the report as it is defined.")] parameters: Option<ReportParametersInput>,
    ) -> Option<Result<Report>> {
        match saved_reports::by_id(ctx, self.0.report_id).await {
            Ok(found) => Some(saved_reports::run(ctx, &found?.0, parameters).await),
            Err(error) => Some(Err(error)),
        }
    }
}

connection! {
    /// A page of dashboards.
    DashboardConnection, DashboardEdge, Dashboard, Arc<dashboard::Model>, "dashboards"
}

#[derive(Default)]
pub struct DashboardQuery;

#[Object]
impl DashboardQuery {
    /// A dashboard, also one that comes with the program. Null if it does not exist or is not visible to the caller.
    #[graphql(guard = "SignedIn")]
    async fn dashboard(&self, ctx: &Context<'_>, #[graphql(desc = "ID of the dashboard.")] id: ID) -> Result<Option<Dashboard>> {
        match decode(Kind::Dashboard, &id) {
            Some(id) => by_id(ctx, id).await,
            None => Ok(None),
        }
    }

    /// Dashboards by name: the caller's own and those that are shared; for administrators all. Those that come with the program are in
    /// `shippedDashboards`. Null if the list failed; the reason is in `errors`.
    #[graphql(guard = "SignedIn")]
    async fn dashboards(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Conditions on the dashboards. Default: all that the caller sees.")] filter: Option<DashboardFilter>,
        #[graphql(desc = "Number of items from the start of the list or after `after`. 0 to 100, default 20.")] first: Option<i32>,
        #[graphql(desc = "Cursor after which the page begins.")] after: Option<String>,
        #[graphql(desc = "Number of items from the end of the list or before `before`. 0 to 100. Not with `first` or `after`.")]
        last: Option<i32>,
        #[graphql(desc = "Cursor before which the page ends.")] before: Option<String>,
    ) -> Result<Option<DashboardConnection>> {
        let filter = filter.unwrap_or_default().into_filter(&FilterContext::of(ctx));
        let filter = Arc::new(filter.map_err(to_graphql)?);
        let args = PageArgs {
            first,
            after,
            last,
            before,
        };
        let page = dashboards::page(cx(ctx), &filter, &args).await.map_err(to_graphql)?;
        let count = Count::new(move |cx| {
            let filter = filter.clone();
            async move { dashboards::count(&cx, &filter).await }
        });
        Ok(Some(DashboardConnection { page, count }))
    }

    /// Dashboards that come with the program. At most 10.
    #[graphql(guard = "SignedIn")]
    async fn shipped_dashboards(&self) -> Vec<Dashboard> {
        let all = shipped::DASHBOARDS.iter();
        all.map(|dashboard| Dashboard(Row::Shipped(dashboard))).collect()
    }
}

/// The dashboard, if visible to the caller.
pub async fn by_id(ctx: &Context<'_>, id: Uuid) -> Result<Option<Dashboard>> {
    let found = dashboards::get(cx(ctx), id).await;
    Ok(found.map_err(to_graphql)?.map(Dashboard))
}

impl DashboardFilter {
    fn into_filter(self, context: &FilterContext) -> crate::error::Result<Filter> {
        let each = |filters: Vec<DashboardFilter>| filters.into_iter().map(|filter| filter.into_filter(context)).collect();
        let mut tests = Tests::new(context);
        tests.id(&dashboards::AUTHOR, self.author);
        tests.flag(&dashboards::IS_SHARED, self.is_shared);
        Ok(combine(
            tests.all,
            self.and.map(each).transpose()?,
            self.or.map(each).transpose()?,
            self.not.map(|filter| filter.into_filter(context)).transpose()?,
        ))
    }
}
