//! Mutations of saved reports.

use async_graphql::{Context, ID, InputObject, MaybeUndefined, Object, Result};

use super::{SavedReport, by_id, definition};
use crate::ids::Kind;
use crate::resolvers::insight::saved_reports::{self, NewReport, ReportEdit};
use crate::rules::patch::Patch;
use crate::schema::error::{payload, to_graphql};
use crate::schema::guards::SignedIn;
use crate::schema::idempotency::{Write, beside, is_outdated};
use crate::schema::ids::{encode, reference};
use crate::schema::scalars::Json;

/// A report to save.
#[derive(InputObject)]
pub struct SavedReportCreateInput {
    /// Name of the report. 1 to 100 characters in one line.
    pub name: String,
    /// Description of the report. At most 1,000 characters.
    pub description: Option<String>,
    /// Definition of the report: a `ReportInput` as JSON, at most 32 KiB. It is checked as by `report`, with the rights of the caller.
    pub definition: Json,
    /// True shares the report with all users. Default: false.
    pub is_shared: Option<bool>,
}

/// Changes to a saved report.
#[derive(InputObject)]
pub struct SavedReportUpdateInput {
    /// Name of the report. 1 to 100 characters in one line. Cannot be cleared.
    pub name: MaybeUndefined<String>,
    /// Description of the report. At most 1,000 characters. Null clears it.
    pub description: MaybeUndefined<String>,
    /// Definition of the report: a `ReportInput` as JSON, at most 32 KiB. Cannot be cleared.
    pub definition: MaybeUndefined<Json>,
    /// True shares the report with all users, false makes it private. Cannot be cleared.
    pub is_shared: MaybeUndefined<bool>,
}

payload! {
    /// Payload of `savedReportCreate`.
    SavedReportCreatePayload {
        /// The new report. Null if there are user errors.
        saved_report: SavedReport,
    }
}

payload! {
    /// Payload of `savedReportUpdate`.
    SavedReportUpdatePayload {
        /// The report after the change; on a version `CONFLICT`, the current state. Null on other user errors.
        saved_report: SavedReport,
    }
}

payload! {
    /// Payload of `savedReportDelete`.
    SavedReportDeletePayload {
        /// ID of the deleted report. Null if there are user errors.
        deleted_id: ID,
        /// Current state of the report on a version `CONFLICT`. Null otherwise.
        saved_report: SavedReport,
    }
}

#[derive(Default)]
pub struct SavedReportMutation;

#[Object]
impl SavedReportMutation {
    /// Saves a report for the caller. Problems of its definition have paths such as `input.definition.measures.0`. `LIMIT` if the caller has
    /// 500 saved reports.
    #[graphql(guard = "SignedIn")]
    async fn saved_report_create(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The new report.")] input: SavedReportCreateInput,
        #[graphql(
            desc = "Idempotency key: 1 to 128 printable characters. Calls repeated with it within 24 hours are carried out only once."
        )]
        idempotency_key: Option<String>,
    ) -> Result<Option<SavedReportCreatePayload>> {
        let write = Write::new(ctx, idempotency_key)?;
        let new = NewReport {
            name: input.name,
            description: input.description,
            definition: definition::given(ctx, input.definition.0).map_err(to_graphql)?,
            is_shared: input.is_shared.unwrap_or(false),
        };
        let (report, user_errors) = write.run(|| saved_reports::create(write.cx(), &new)).await?;
        Ok(Some(SavedReportCreatePayload {
            saved_report: report.map(SavedReport),
            user_errors,
        }))
    }

    /// Changes a saved report: one's own; administrators any. Fields left out stay unchanged, null clears. `FORBIDDEN` for a report that
    /// another user shares, `STATE` for one that comes with the program.
    #[graphql(guard = "SignedIn")]
    async fn saved_report_update(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "ID of the saved report.")] id: ID,
        #[graphql(desc = "Changes to apply.")] input: SavedReportUpdateInput,
        #[graphql(desc = "Expected `version` of the report. `CONFLICT` if it has changed. Default: no check.")] expected_version: Option<
            i32,
        >,
        #[graphql(
            desc = "Idempotency key: 1 to 128 printable characters. Calls repeated with it within 24 hours are carried out only once."
        )]
        idempotency_key: Option<String>,
    ) -> Result<Option<SavedReportUpdatePayload>> {
        let write = Write::new(ctx, idempotency_key)?;
        let definition = match input.definition {
            MaybeUndefined::Undefined => Patch::Keep,
            MaybeUndefined::Null => Patch::Clear,
            MaybeUndefined::Value(json) => Patch::Set(definition::given(ctx, json.0).map_err(to_graphql)?),
        };
        let edit = ReportEdit {
            name: Patch::from(input.name),
            description: Patch::from(input.description),
            definition,
            is_shared: Patch::from(input.is_shared),
        };
        let id = reference(Kind::SavedReport, &id);
        let work = || saved_reports::update(write.cx(), id, &edit, expected_version);
        let (report, user_errors) = write.edit(id, work).await?;
        Ok(Some(SavedReportUpdatePayload {
            saved_report: report.map(SavedReport),
            user_errors,
        }))
    }

    /// Deletes a saved report: one's own; administrators any. Tiles of dashboards that show it stay, without a report. `FORBIDDEN` for a report
    /// that another user shares, `STATE` for one that comes with the program.
    #[graphql(guard = "SignedIn")]
    async fn saved_report_delete(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "ID of the saved report.")] id: ID,
        #[graphql(desc = "Expected `version` of the report. `CONFLICT` if it has changed. Default: no check.")] expected_version: Option<
            i32,
        >,
        #[graphql(
            desc = "Idempotency key: 1 to 128 printable characters. Calls repeated with it within 24 hours are carried out only once."
        )]
        idempotency_key: Option<String>,
    ) -> Result<Option<SavedReportDeletePayload>> {
        let write = Write::new(ctx, idempotency_key)?;
        let id = reference(Kind::SavedReport, &id);
        let (deleted, user_errors) = write.run(|| saved_reports::delete(write.cx(), id, expected_version)).await?;
        let saved_report = match is_outdated(&user_errors) {
            true => beside(by_id(ctx, id).await),
            false => None,
        };
        Ok(Some(SavedReportDeletePayload {
            deleted_id: deleted.map(|id| encode(Kind::SavedReport, id)),
            saved_report,
            user_errors,
        }))
    }
}
