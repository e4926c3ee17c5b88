//! Mutations of dashboards.

use async_graphql::{Context, ID, InputObject, MaybeUndefined, Object, Result};

use super::{Dashboard, by_id};
use crate::ids::Kind;
use crate::resolvers::insight::dashboards::{self, DashboardEdit, NewDashboard, Tile};
use crate::rules::patch::Patch;
use crate::schema::error::payload;
use crate::schema::guards::SignedIn;
use crate::schema::idempotency::{Write, beside, is_outdated};
use crate::schema::ids::{encode, reference};

/// A dashboard to save.
#[derive(InputObject)]
pub struct DashboardCreateInput {
    /// Name of the dashboard. 1 to 100 characters in one line.
    pub name: String,
    /// Tiles in their order. At most 24; they must not overlap.
    pub tiles: Vec<DashboardTileInput>,
    /// True shares the dashboard with all users. The reports that it shows are shared apart. Default: false.
    pub is_shared: Option<bool>,
}

/// Changes to a dashboard.
#[derive(InputObject)]
pub struct DashboardUpdateInput {
    /// Name of the dashboard. 1 to 100 characters in one line. Cannot be cleared.
    pub name: MaybeUndefined<String>,
    /// Tiles in their order, in place of all present ones. At most 24; they must not overlap.
    pub tiles: MaybeUndefined<Vec<DashboardTileInput>>,
    /// True shares the dashboard with all users, false makes it private. Cannot be cleared.
    pub is_shared: MaybeUndefined<bool>,
}

/// A tile of a dashboard.
#[derive(InputObject)]
pub struct DashboardTileInput {
    /// ID of a saved report that the caller sees, also of one that comes with the program.
    pub saved_report_id: ID,
    /// Title of the tile. At most 100 characters in one line. Default: the name of the report.
    pub title: Option<String>,
    /// First column that the tile covers, from 1 to 12.
    pub column: i32,
    /// First row that the tile covers, from 1 to 1,000.
    pub row: i32,
    /// Number of columns that the tile covers, from 1 to 12. It ends at column 12 or before.
    pub width: i32,
    /// Number of rows that the tile covers, from 1 to 100.
    pub height: i32,
}

payload! {
    /// Payload of `dashboardCreate`.
    DashboardCreatePayload {
        /// The new dashboard. Null if there are user errors.
        dashboard: Dashboard,
    }
}

payload! {
    /// Payload of `dashboardUpdate`.
    DashboardUpdatePayload {
        /// The dashboard after the change; on a version `CONFLICT`, the current state. Null on other user errors.
        dashboard: Dashboard,
    }
}

payload! {
    /// Payload of `dashboardDelete`.
    DashboardDeletePayload {
        /// ID of the deleted dashboard. Null if there are user errors.
        deleted_id: ID,
        /// Current state of the dashboard on a version `CONFLICT`. Null otherwise.
        dashboard: Dashboard,
    }
}

#[derive(Default)]
pub struct DashboardMutation;

#[Object]
impl DashboardMutation {
    /// Saves a dashboard for the caller. `NOT_FOUND` for a report that the caller does not see; `LIMIT` if the caller has 100 dashboards.
    #[graphql(guard = "SignedIn")]
    async fn dashboard_create(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The new dashboard.")] input: DashboardCreateInput,
        #[graphql(
            desc = "Idempotency key: 1 to 128 printable characters. Calls repeated with it within 24 hours are carried out only once."
        )]
        idempotency_key: Option<String>,
    ) -> Result<Option<DashboardCreatePayload>> {
        let write = Write::new(ctx, idempotency_key)?;
        let new = NewDashboard {
            name: input.name,
            tiles: input.tiles.into_iter().map(Tile::from).collect(),
            is_shared: input.is_shared.unwrap_or(false),
        };
        let (dashboard, user_errors) = write.run(|| dashboards::create(write.cx(), &new)).await?;
        Ok(Some(DashboardCreatePayload {
            dashboard: dashboard.map(Dashboard),
            user_errors,
        }))
    }

    /// Changes a dashboard: one's own; administrators any. Fields left out stay unchanged. `FORBIDDEN` for a dashboard that another user
    /// shares, `STATE` for one that comes with the program.
    #[graphql(guard = "SignedIn")]
    async fn dashboard_update(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "ID of the dashboard.")] id: ID,
        #[graphql(desc = "Changes to apply.")] input: DashboardUpdateInput,
        #[graphql(desc = "Expected `version` of the dashboard. `CONFLICT` if it has changed. Default: no check.")] expected_version: Option<
            i32,
        >,
        #[graphql(
            desc = "Idempotency key: 1 to 128 printable characters. Calls repeated with it within 24 hours are carried out only once."
        )]
        idempotency_key: Option<String>,
    ) -> Result<Option<DashboardUpdatePayload>> {
        let write = Write::new(ctx, idempotency_key)?;
        let edit = DashboardEdit {
            name: Patch::from(input.name),
            tiles: Patch::from(input.tiles).map(|tiles| tiles.into_iter().map(Tile::from).collect()),
            is_shared: Patch::from(input.is_shared),
        };
        let id = reference(Kind::Dashboard, &id);
        let work = || dashboards::update(write.cx(), id, &edit, expected_version);
        let (dashboard, user_errors) = write.edit(id, work).await?;
        Ok(Some(DashboardUpdatePayload {
            dashboard: dashboard.map(Dashboard),
            user_errors,
        }))
    }

    /// Deletes a dashboard: one's own; administrators any. Its reports stay. `FORBIDDEN` for a dashboard that another user shares, `STATE` for
    /// one that comes with the program.
    #[graphql(guard = "SignedIn")]
    async fn dashboard_delete(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "ID of the dashboard.")] id: ID,
        #[graphql(desc = "Expected `version` of the dashboard. `CONFLICT` if it has changed. Default: no check.")] expected_version: Option<
            i32,
        >,
        #[graphql(
            desc = "Idempotency key: 1 to 128 printable characters. Calls repeated with it within 24 hours are carried out only once."
        )]
        idempotency_key: Option<String>,
    ) -> Result<Option<DashboardDeletePayload>> {
        let write = Write::new(ctx, idempotency_key)?;
        let id = reference(Kind::Dashboard, &id);
        let (deleted, user_errors) = write.run(|| dashboards::delete(write.cx(), id, expected_version)).await?;
        let dashboard = match is_outdated(&user_errors) {
            true => beside(by_id(ctx, id).await),
            false => None,
        };
        Ok(Some(DashboardDeletePayload {
            deleted_id: deleted.map(|id| encode(Kind::Dashboard, id)),
            dashboard,
            user_errors,
        }))
    }
}

impl From<DashboardTileInput> for Tile {
    fn from(input: DashboardTileInput) -> Self {
        Tile {
            report_id: reference(Kind::SavedReport, &input.saved_report_id),
            title: input.title,
            column: input.column,
            row: input.row,
            width: input.width,
            height: input.height,
        }
    }
}
