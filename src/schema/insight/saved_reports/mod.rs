//! Saved reports in the API: one, the list, those that come with the program, and their answers.

pub mod definition;
pub mod mutations;
pub mod parameters;
mod running;

use std::sync::Arc;

use async_graphql::{Context, ID, InputObject, Object, Result};
use uuid::Uuid;

use crate::entities::insight::saved_report;
use crate::ids::Kind;
use crate::resolvers::filter::Filter;
use crate::resolvers::insight::reports::language;
use crate::resolvers::insight::saved_reports::{self, SavedReport as Row, SavedReportKey};
use crate::resolvers::lists::page::PageArgs;
use crate::rules::reports::shipped;
use crate::schema::access::users::User;
use crate::schema::connection::{Count, connection};
use crate::schema::error::to_graphql;
use crate::schema::filters::{FilterContext, IdFilter, Tests, combine};
use crate::schema::guards::SignedIn;
use crate::schema::ids::{decode, encode};
use crate::schema::insight::reports::Report;
use crate::schema::records::prospects::user;
use crate::schema::scalars::{DateTime, Json};
use crate::schema::text::Text;
use crate::schema::{cx, loaders};
use parameters::ReportParametersInput;

pub use running::run;

/// Conditions on saved reports. All conditions given must hold. At most 4 levels, 50 conditions, and 200 values for each `in`.
#[derive(Clone, Debug, Default, InputObject)]
pub struct SavedReportFilter {
    /// User who saved the report.
    pub author: Option<IdFilter>,
    /// True matches shared reports, false private ones.
    pub is_shared: Option<bool>,
    /// All of these conditions hold.
    pub and: Option<Vec<SavedReportFilter>>,
    /// At least one of these conditions holds. An empty list matches nothing.
    pub or: Option<Vec<SavedReportFilter>>,
    /// The condition does not hold.
    pub not: Option<Box<SavedReportFilter>>,
}

/// A report that is kept to run it again.
#[derive(Clone)]
pub struct SavedReport(pub Row);

impl From<Arc<saved_report::Model>> for SavedReport {
    fn from(row: Arc<saved_report::Model>) -> Self {
        SavedReport(Row::Saved(row))
    }
}

/// A report that is kept to run it again, and to be shown on dashboards. A private one is seen by its author and by administrators, a shared
/// one by all. It runs with the rights of the caller, never with those of its author. Reports that come with the program cannot be changed.
#[Object]
impl SavedReport {
    /// Permanent ID of the saved report.
    pub async fn id(&self) -> ID {
        encode(Kind::SavedReport, self.0.id())
    }

    /// Key of a report that comes with the program, such as `captures_by_month`; the same in all versions. Null for others.
    async fn key(&self) -> Option<Text<'_>> {
        match &self.0 {
            Row::Shipped(report) => Some(report.key.into()),
            Row::Saved(_) => None,
        }
    }

    /// Name of the report; of one that comes with the program in Spanish if the locale of the caller is, otherwise in English. 1 to 100
    /// characters.
    async fn name(&self, ctx: &Context<'_>) -> Text<'_> {
        match &self.0 {
            Row::Shipped(report) => language(cx(ctx)).choose(report.name).into(),
            Row::Saved(row) => Text::from(&row.name),
        }
    }

    /// Description of the report. Null if not set. At most 1,000 characters.
    async fn description(&self, ctx: &Context<'_>) -> Option<Text<'_>> {
        match &self.0 {
            Row::Shipped(report) => Some(language(cx(ctx)).choose(report.description).into()),
            Row::Saved(row) => row.description.as_ref().map(Text::from),
        }
    }

    /// Definition of the report: a `ReportInput`, as it was given. Null if it names an attribute that the caller may not know of.
    async fn definition(&self, ctx: &Context<'_>) -> Result<Option<Json>> {
        let definition = self.0.definition();
        if definition::names_hidden(ctx, &definition).map_err(to_graphql)? {
            return Ok(None);
        }
        // An answer that exceeds its limit is refused as a whole.
        let has_room = cx(ctx).answer_size.grow(definition.to_string().len());
        Ok(has_room.then_some(Json(definition)))
    }

    /// True if all users see the report, false if its author and administrators do.
    async fn is_shared(&self) -> bool {
        match &self.0 {
            Row::Shipped(_) => true,
            Row::Saved(row) => row.is_shared,
        }
    }

    /// True if the report comes with the program and cannot be changed; a copy of it can.
    async fn is_shipped(&self) -> bool {
        matches!(self.0, Row::Shipped(_))
    }

    /// User who saved the report. Null for reports that come with the program.
    async fn author(&self, ctx: &Context<'_>) -> Option<User> {
        match &self.0 {
            Row::Shipped(_) => None,
            Row::Saved(row) => user(ctx, Some(row.author_id)),
        }
    }

    /// Version of the report, for `expectedVersion`. It grows with each change.
    async fn version(&self) -> i32 {
        match &self.0 {
            Row::Shipped(_) => 1,
            Row::Saved(row) => row.version,
        }
    }

    /// Time at which the report was saved. Null for reports that come with the program.
    async fn created_at(&self) -> Option<DateTime> {
        match &self.0 {
            Row::Shipped(_) => None,
            Row::Saved(row) => Some(DateTime(row.created_at)),
        }
    }

    /// Time of the last change. Null for reports that come with the program.
    async fn updated_at(&self) -> Option<DateTime> {
        match &self.0 {
            Row::Shipped(_) => None,
            Row::Saved(row) => Some(DateTime(row.updated_at)),
        }
    }

    /// Answer of the report, over the records that the caller sees. Null if it failed; the reason is in `errors` with the path of this field:
    /// `BAD_USER_INPUT` with all problems, whose paths begin with `definition` or `parameters`, `TIMEOUT`, or `RATE_LIMITED`.
    async fn report(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Parameters of this run. Default: the report as it is defined.")] parameters: Option<ReportParametersInput>,
    ) -> Option<Result<Report>> {
        Some(run(ctx, &self.0, parameters).await)
    }
}

connection! {
    /// A page of saved reports.
    SavedReportConnection, SavedReportEdge, SavedReport, Arc<saved_report::Model>, "saved reports"
}

#[derive(Default)]
pub struct SavedReportQuery;

#[Object]
impl SavedReportQuery {
    /// A saved report, also one that comes with the program. Null if it does not exist or is not visible to the caller.
    #[graphql(guard = "SignedIn")]
    async fn saved_report(&self, ctx: &Context<'_>, #[graphql(desc = "ID of the saved report.")] id: ID) -> Result<Option<SavedReport>> {
        match decode(Kind::SavedReport, &id) {
            Some(id) => by_id(ctx, id).await,
            None => Ok(None),
        }
    }

    /// Saved reports by name: the caller's own and those that are shared; for administrators all. Those that come with the program are in
    /// `shippedReports`. Null if the list failed; the reason is in `errors`.
    #[graphql(guard = "SignedIn")]
    async fn saved_reports(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Conditions on the reports. Default: all that the caller sees.")] filter: Option<SavedReportFilter>,
        #[graphql(desc = "Number of items from the start of the list or after `after`. 0 to 100, default 20.")] first: Option<i32>,
        #[graphql(desc = "Cursor after which the page begins.")] after: Option<String>,
        #[graphql(desc = "Number of items from the end of the list or before `before`. 0 to 100. Not with `first` or `after`.")]
        last: Option<i32>,
        #[graphql(desc = "Cursor before which the page ends.")] before: Option<String>,
    ) -> Result<Option<SavedReportConnection>> {
        let filter = filter.unwrap_or_default().into_filter(&FilterContext::of(ctx));
        let filter = Arc::new(filter.map_err(to_graphql)?);
        let args = PageArgs {
            first,
            after,
            last,
            before,
        };
        let page = saved_reports::page(cx(ctx), &filter, &args).await.map_err(to_graphql)?;
        let count = Count::new(move |cx| {
            let filter = filter.clone();
            async move { saved_reports::count(&cx, &filter).await }
        });
        Ok(Some(SavedReportConnection { page, count }))
    }

    /// Reports that come with the program, in the order of menus. At most 50.
    #[graphql(guard = "SignedIn")]
    async fn shipped_reports(&self) -> Vec<SavedReport> {
        shipped::reports().map(|report| SavedReport(Row::Shipped(report))).collect()
    }
}

/// The saved report, if visible to the caller.
pub async fn by_id(ctx: &Context<'_>, id: Uuid) -> Result<Option<SavedReport>> {
    let scope = cx(ctx).scope().map_err(to_graphql)?;
    let found = loaders(ctx).saved_reports.load(SavedReportKey(scope, id)).await;
    Ok(found.map_err(to_graphql)?.map(SavedReport))
}

impl SavedReportFilter {
    fn into_filter(self, context: &FilterContext) -> crate::error::Result<Filter> {
        let each = |filters: Vec<SavedReportFilter>| filters.into_iter().map(|filter| filter.into_filter(context)).collect();
        let mut tests = Tests::new(context);
        tests.id(&saved_reports::AUTHOR, self.author);
        tests.flag(&saved_reports::IS_SHARED, self.is_shared);
        Ok(combine(
            tests.all,
            self.and.map(each).transpose()?,
            self.or.map(each).transpose()?,
            self.not.map(|filter| filter.into_filter(context)).transpose()?,
        ))
    }
}
