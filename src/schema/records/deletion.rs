//! Deletion and restoration of prospects in the API.

use async_graphql::{Context, ID, Object, Result};

use crate::ids::Kind;
use crate::resolvers::lists::page::PageArgs;
use crate::resolvers::lists::total::Total;
use crate::resolvers::records::deletion;
use crate::schema::access::users::User;
use crate::schema::connection::{Count, connection};
use crate::schema::cx;
use crate::schema::error::{payload, to_graphql};
use crate::schema::guards::AdminOnly;
use crate::schema::idempotency::{Write, beside, is_outdated};
use crate::schema::ids::{encode, reference};
use crate::schema::records::prospects::{Prospect, ProspectCondition, ProspectKind, by_id, user};
use crate::schema::scalars::DateTime;
use crate::schema::text::Text;

/// A prospect that was deleted.
#[derive(Clone)]
pub struct DeletedProspect(deletion::DeletedProspect);

impl From<deletion::DeletedProspect> for DeletedProspect {
    fn from(row: deletion::DeletedProspect) -> Self {
        DeletedProspect(row)
    }
}

/// A deleted prospect, with the fields needed to recognise it. All other data is kept and shown again after a restore.
#[Object]
impl DeletedProspect {
    /// ID of the prospect, for `prospectRestore`. Not found by other fields while the prospect is deleted.
    async fn reference(&self) -> ID {
        encode(Kind::Prospect, self.0.prospect.id)
    }

    /// Revision of the record, incremented by every change, deletion and restore included. Pass it as `expectedVersion`.
    async fn version(&self) -> i32 {
        self.0.prospect.version
    }

    /// Kind of prospect: a person or a company.
    async fn kind(&self) -> ProspectKind {
        self.0.prospect.kind.into()
    }

    /// Name of the person or company.
    async fn name(&self) -> Text<'_> {
        Text::from(&self.0.prospect.name)
    }

    /// Registered name of a company. Null if not set.
    async fn legal_name(&self) -> Option<Text<'_>> {
        self.0.prospect.legal_name.as_deref().map(Text::from)
    }

    /// Condition at the time of deletion: prospect or client.
    async fn condition(&self) -> ProspectCondition {
        if self.0.prospect.client_since.is_some() {
            ProspectCondition::Client
        } else {
            ProspectCondition::Prospect
        }
    }

    /// Owner at the time of deletion, and again after a restore. Null if there was none.
    async fn owner(&self, ctx: &Context<'_>) -> Option<User> {
        user(ctx, self.0.prospect.owner_id)
    }

    /// Registration time of the prospect.
    async fn created_at(&self) -> DateTime {
        DateTime(self.0.prospect.created_at)
    }

    /// Time of deletion. Null if it has just been restored.
    async fn deleted_at(&self) -> Option<DateTime> {
        self.0.prospect.deleted_at.map(DateTime)
    }

    /// User who deleted it. Null if no user did.
    async fn deleted_by(&self, ctx: &Context<'_>) -> Option<User> {
        user(ctx, self.0.deleted_by)
    }
}

connection! {
    /// A page of deleted prospects.
    DeletedProspectConnection, DeletedProspectEdge, DeletedProspect, deletion::DeletedProspect, "deleted prospects"
}

payload! {
    /// Payload of `prospectDelete`.
    ProspectDeletePayload {
        /// ID of the deleted prospect. Null if there are user errors.
        deleted_id: ID,
        /// Current state of the prospect on a version `CONFLICT`. Null otherwise.
        prospect: Prospect,
    }
}

payload! {
    /// Payload of `prospectRestore`.
    ProspectRestorePayload {
        /// The restored prospect. Null if there are user errors.
        prospect: Prospect,
        /// Current state of the deleted prospect on a version `CONFLICT`. Null otherwise.
        deleted_prospect: DeletedProspect,
    }
}

#[derive(Default)]
pub struct DeletionQuery;

#[Object]
impl DeletionQuery {
    /// Deleted prospects that can be restored, latest deletion first, ties by ID. Administrators only; null with an error for other
    /// callers.
    #[graphql(guard = "AdminOnly")]
    async fn deleted_prospects(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Number of items from the start of the list, or after `after`. 0 to 100; default 20.")] first: Option<i32>,
        #[graphql(desc = "Cursor after which the page starts.")] after: Option<String>,
        #[graphql(
            desc = "Number of items from the end of the list, or before `before`. 0 to 100. Not allowed together with `first` or `after`."
        )]
        last: Option<i32>,
        #[graphql(desc = "Cursor before which the page ends.")] before: Option<String>,
    ) -> Result<Option<DeletedProspectConnection>> {
        let args = PageArgs {
            first,
            after,
            last,
            before,
        };
        let page = deletion::list(cx(ctx), &args).await.map_err(to_graphql)?;
        let count = Count::new(move |cx| async move { deletion::count(&cx).await.map(Total::exact) });
        Ok(Some(DeletedProspectConnection { page, count }))
    }
}

#[derive(Default)]
pub struct DeletionMutation;

#[Object]
impl DeletionMutation {
    /// Deletes a prospect with all its data. It is no longer visible, its document numbers may be used by others, and an administrator can
    /// restore it. For its owner and administrators.
    async fn prospect_delete(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "ID of the prospect.")] id: ID,
        #[graphql(desc = "Expected `version` of the prospect. `CONFLICT` if it has changed. Default: no check.")] expected_version: Option<
            i32,
        >,
        #[graphql(
            desc = "Idempotency key: 1 to 128 printable characters. Calls repeated with it within 24 hours are carried out only once."
        )]
        idempotency_key: Option<String>,
    ) -> Result<Option<ProspectDeletePayload>> {
        let write = Write::new(ctx, idempotency_key)?;
        let id = reference(Kind::Prospect, &id);
        let (deleted, user_errors) = write.run(|| deletion::delete(write.cx(), id, expected_version)).await?;
        let prospect = match is_outdated(&user_errors) {
            true => beside(by_id(ctx, id).await),
            false => None,
        };
        Ok(Some(ProspectDeletePayload {
            deleted_id: deleted.map(|id| encode(Kind::Prospect, id)),
            prospect,
            user_errors,
        }))
    }

    /// Restores a deleted prospect with all its data. `TAKEN` if another record has one of its document numbers, or the value of a unique
    /// attribute of it, its client, its contacts or its tasks. Administrators only.
    #[graphql(guard = "AdminOnly")]
    async fn prospect_restore(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "ID of the prospect.")] id: ID,
        #[graphql(desc = "Expected `version` of the prospect. `CONFLICT` if it has changed. Default: no check.")] expected_version: Option<
            i32,
        >,
        #[graphql(
            desc = "Idempotency key: 1 to 128 printable characters. Calls repeated with it within 24 hours are carried out only once."
        )]
        idempotency_key: Option<String>,
    ) -> Result<Option<ProspectRestorePayload>> {
        let write = Write::new(ctx, idempotency_key)?;
        let id = reference(Kind::Prospect, &id);
        let (prospect, user_errors) = write.run(|| deletion::restore(write.cx(), id, expected_version)).await?;
        let deleted = match is_outdated(&user_errors) {
            true => beside(deletion::get(write.cx(), id).await),
            false => None,
        };
        Ok(Some(ProspectRestorePayload {
            prospect: prospect.map(Prospect),
            deleted_prospect: deleted.map(DeletedProspect),
            user_errors,
        }))
    }
}
