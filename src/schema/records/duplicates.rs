//! Look-alikes in the API, before and after a prospect is registered.

use async_graphql::{Context, Enum, ID, InputObject, Object, Result, SimpleObject};

use crate::ids::Kind;
use crate::resolvers::records::duplicates::{self, Duplicate, Likeness};
use crate::resolvers::records::prospects::save::draft::ProspectDraft;
use crate::schema::cx;
use crate::schema::error::to_graphql;
use crate::schema::guards::SignedIn;
use crate::schema::ids::decode;
use crate::schema::records::prospects::{Prospect, ProspectCondition};

/// What two prospects have in common.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "duplicates::DuplicateReason")]
pub enum PossibleDuplicateReason {
    /// A document number with the same letters and digits, of any type.
    Identifier,
    /// An e-mail of theirs or of one of their contacts.
    Email,
    /// A phone of theirs or of one of their contacts.
    Phone,
}

/// A prospect that may be the same person or company.
#[derive(SimpleObject)]
pub struct PossibleDuplicate {
    /// The strongest thing that they have in common: a document number, then an e-mail, then a phone.
    reason: PossibleDuplicateReason,
    /// Whether it is a prospect or a client; of colleagues' records a client if one of them is.
    condition: ProspectCondition,
    /// The other prospect. Null where the caller may not see it: then a colleague has at least one with this in common, and no more is told.
    prospect: Option<Prospect>,
}

/// What somebody is about to register, as far as it has been typed.
#[derive(InputObject)]
pub struct PossibleDuplicatesInput {
    /// Document numbers; only letters and digits count. At most 50, each of at most 200 characters.
    identifiers: Option<Vec<String>>,
    /// E-mails, of contacts too; what is not an e-mail yet is like nothing. At most 50, each of at most 200 characters.
    emails: Option<Vec<String>>,
    /// Phones, of contacts too; what is not a phone number yet is like nothing. At most 50, each of at most 200 characters.
    phones: Option<Vec<String>>,
    /// The prospect that is being edited, which is like itself and is left out.
    except_id: Option<ID>,
}

#[derive(Default)]
pub struct DuplicateQuery;

#[Object]
impl DuplicateQuery {
    /// Prospects that share an e-mail, a phone or a document number with what is about to be saved: those that the caller may see, newest
    /// registration first, at most 10. Behind them, unless the server is set to `duplicate_hint = "none"`, salespeople are told for each kind of
    /// match whether a colleague has one: for as many values a minute as there are look-ups of document numbers, and not while no look-ups are
    /// left. Names are not compared. Null where the list could not be answered: the reason is in `errors`, with the path of the field.
    #[graphql(guard = "SignedIn")]
    async fn possible_duplicates(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What has been typed so far.")] input: PossibleDuplicatesInput,
    ) -> Result<Option<Vec<PossibleDuplicate>>> {
        let [identifiers, emails, phones] = [input.identifiers, input.emails, input.phones].map(Option::unwrap_or_default);
        let likeness = Likeness::typed(cx(ctx), &identifiers, &emails, &phones).map_err(to_graphql)?;
        let except = input.except_id.and_then(|id| decode(Kind::Prospect, &id));
        find(ctx, &likeness, except).await.map(Some)
    }
}

/// The look-alikes of a prospect that has just been registered.
pub async fn duplicates_of(ctx: &Context<'_>, draft: &ProspectDraft, created: Option<uuid::Uuid>) -> Result<Vec<PossibleDuplicate>> {
    find(ctx, &Likeness::of(cx(ctx), draft), created).await
}

async fn find(ctx: &Context<'_>, likeness: &Likeness, except: Option<uuid::Uuid>) -> Result<Vec<PossibleDuplicate>> {
    let found = duplicates::find(cx(ctx), likeness, except).await.map_err(to_graphql)?;
    let shown = |duplicate: Duplicate| PossibleDuplicate {
        reason: duplicate.reason.into(),
        condition: duplicate.condition.into(),
        prospect: duplicate.prospect.map(Prospect),
    };
    Ok(found.into_iter().map(shown).collect())
}
