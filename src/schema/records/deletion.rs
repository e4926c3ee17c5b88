//! Deleting prospects and putting them back, in the API.

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

/// A prospect that was deleted: as much as is needed to recognise it. Everything else is kept, and shows again when it is restored.
#[Object]
impl DeletedProspect {
    /// The id of the prospect, to be given to `prospectRestore`. Everywhere else it names nothing while the prospect is deleted.
    async fn reference(&self) -> ID {
        encode(Kind::Prospect, self.0.prospect.id)
    }

    /// Grows with every change of the record, being deleted and restored included; give it as `expectedVersion`.
    async fn version(&self) -> i32 {
        self.0.prospect.version
    }

    /// A person or a company.
    async fn kind(&self) -> ProspectKind {
        self.0.prospect.kind.into()
    }

    /// What the person or company is called.
    async fn name(&self) -> Text<'_> {
        Text::from(&self.0.prospect.name)
    }

    /// The registered name of a company. Null where it is not known.
    async fn legal_name(&self) -> Option<Text<'_>> {
        self.0.prospect.legal_name.as_deref().map(Text::from)
    }

    /// Whether it was a client.
    async fn condition(&self) -> ProspectCondition {
        if self.0.prospect.client_since.is_some() {
            ProspectCondition::Client
        } else {
            ProspectCondition::Prospect
        }
    }

    /// Who was responsible for it, and is again when it is restored. Null where nobody was.
    async fn owner(&self, ctx: &Context<'_>) -> Option<User> {
        user(ctx, self.0.prospect.owner_id)
    }

    /// When it was registered.
    async fn created_at(&self) -> DateTime {
        DateTime(self.0.prospect.created_at)
    }

    /// When it was deleted. Null where it has been restored a moment ago.
    async fn deleted_at(&self) -> Option<DateTime> {
        self.0.prospect.deleted_at.map(DateTime)
    }

    /// Who deleted it. Null where no user did.
    async fn deleted_by(&self, ctx: &Context<'_>) -> Option<User> {
        user(ctx, self.0.deleted_by)
    }
}

connection! {
    /// A page of deleted prospects.
    DeletedProspectConnection, DeletedProspectEdge, DeletedProspect, deletion::DeletedProspect, "deleted prospects"
}

payload! {
    /// What came of deleting a prospect.
    ProspectDeletePayload {
        /// The id of the prospect, which names nothing any more. Null when there are user errors.
        deleted_id: ID,
        /// The prospect as it is where its version is a `CONFLICT`. Null otherwise.
        prospect: Prospect,
    }
}

payload! {
    /// What came of restoring a prospect.
    ProspectRestorePayload {
        /// The prospect as it is again. Null when there are user errors.
        prospect: Prospect,
        /// The deleted prospect as it is where its version is a `CONFLICT`. Null otherwise.
        deleted_prospect: DeletedProspect,
    }
}

#[derive(Default)]
pub struct DeletionQuery;

#[Object]
impl DeletionQuery {
    /// The prospects that were deleted and can be restored, latest deletion first, equal ones by id. Administrators only: null for others.
    #[graphql(guard = "AdminOnly")]
    async fn deleted_prospects(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many from the start of the list or after `after`: 0 to 100, 20 if left out.")] first: Option<i32>,
        #[graphql(desc = "The cursor after which the page begins.")] after: Option<String>,
        #[graphql(desc = "How many from the end of the list or before `before`: 0 to 100. Not together with `first` or `after`.")]
        last: Option<i32>,
        #[graphql(desc = "The cursor before which the page ends.")] before: Option<String>,
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
    /// Deletes a prospect with all that hangs from it. It is out of everybody's sight, its document numbers are free for others, and an
    /// administrator can restore it. Its owner and administrators may do so.
    async fn prospect_delete(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which prospect.")] id: ID,
        #[graphql(
            desc = "The `version` of the prospect that this is based on. If it has another one by now, the answer is `CONFLICT`; if left out, nothing is compared."
        )]
        expected_version: Option<i32>,
        #[graphql(
            desc = "A key of your own, 1 to 128 printable characters: for 24 hours the call is carried out once for it, however often it is sent."
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

    /// Puts a deleted prospect back with all that hung from it. It is `TAKEN` where another record has one of its document numbers by now.
    /// Administrators only.
    async fn prospect_restore(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which prospect.")] id: ID,
        #[graphql(
            desc = "The `version` of the prospect that this is based on. If it has another one by now, the answer is `CONFLICT`; if left out, nothing is compared."
        )]
        expected_version: Option<i32>,
        #[graphql(
            desc = "A key of your own, 1 to 128 printable characters: for 24 hours the call is carried out once for it, however often it is sent."
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
