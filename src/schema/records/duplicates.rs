//! Possible duplicates in the API, before and after a prospect is registered.

use async_graphql::{Context, Enum, ID, InputObject, Object, Result, SimpleObject};

use crate::ids::Kind;
use crate::resolvers::records::duplicates::{self, Duplicate, MatchKeys};
use crate::resolvers::records::prospects::save::draft::ProspectDraft;
use crate::schema::cx;
use crate::schema::error::to_graphql;
use crate::schema::guards::SignedIn;
use crate::schema::ids::decode;
use crate::schema::records::attributes::inputs::{AttributeValueInput, drafts};
use crate::schema::records::prospects::{Prospect, ProspectCondition};

/// Value that two prospects share.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "duplicates::DuplicateReason")]
pub enum PossibleDuplicateReason {
    /// A document number with the same letters and digits, of any type.
    Identifier,
    /// An e-mail address of the prospect or one of its contacts.
    Email,
    /// A phone number of the prospect or one of its contacts.
    Phone,
    /// The value of a unique attribute of the prospect.
    Attribute,
}

/// A prospect that may be the same person or company.
#[derive(SimpleObject)]
pub struct PossibleDuplicate {
    /// Strongest shared value: a document number, then an e-mail address, then a phone number, then a
    /// unique attribute.
    reason: PossibleDuplicateReason,
    /// Condition of the other record: prospect or client. For records of colleagues, client if at least one of them is.
    condition: ProspectCondition,
    /// The other prospect. Null if not visible to the caller: then a colleague has at least one record that shares the value, and no more
    /// is revealed.
    prospect: Option<Prospect>,
}

/// Values of a record that is being entered, complete or not.
#[derive(InputObject)]
pub struct PossibleDuplicatesInput {
    /// Document numbers; only letters and digits count. At most 50, each of at most 200 characters.
    identifiers: Option<Vec<String>>,
    /// E-mail addresses, including those of contacts; incomplete ones match nothing. At most 50, each of at most 200 characters.
    emails: Option<Vec<String>>,
    /// Phone numbers, including those of contacts; incomplete ones match nothing. At most 50, each of at most 200 characters.
    phones: Option<Vec<String>>,
    /// Values of attributes of the prospect; only unique ones are compared, and incomplete ones match nothing. At most 50. `BAD_USER_INPUT` if
    /// there is no attribute of a key.
    attributes: Option<Vec<AttributeValueInput>>,
    /// ID of the prospect that is being edited, which is excluded from the result.
    except_id: Option<ID>,
}

#[derive(Default)]
pub struct DuplicateQuery;

#[Object]
impl DuplicateQuery {
    /// Possible duplicates: visible prospects that share an e-mail address, phone number, document number or unique attribute with the input, newest
    /// first,
    /// at most 10. For salespeople these are followed by one item for each kind of match that a colleague has, unless the server has
    /// `duplicate_hint = "none"`. These checks share the rate limit of document number look-ups, and are left out once it is used up. Names
    /// are not compared. Null if the list failed; the reason is in `errors`.
    #[graphql(guard = "SignedIn")]
    async fn possible_duplicates(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Values entered so far.")] input: PossibleDuplicatesInput,
    ) -> Result<Option<Vec<PossibleDuplicate>>> {
        let [identifiers, emails, phones] = [input.identifiers, input.emails, input.phones].map(Option::unwrap_or_default);
        let keys = MatchKeys::typed(cx(ctx), &identifiers, &emails, &phones, &drafts(input.attributes)).map_err(to_graphql)?;
        let except = input.except_id.and_then(|id| decode(Kind::Prospect, &id));
        find(ctx, &keys, except).await.map(Some)
    }
}

/// Possible duplicates of a prospect that has just been registered.
pub async fn duplicates_of(ctx: &Context<'_>, draft: &ProspectDraft, created: Option<uuid::Uuid>) -> Result<Vec<PossibleDuplicate>> {
    find(ctx, &MatchKeys::of(cx(ctx), draft), created).await
}

async fn find(ctx: &Context<'_>, keys: &MatchKeys, except: Option<uuid::Uuid>) -> Result<Vec<PossibleDuplicate>> {
    let found = duplicates::find(cx(ctx), keys, except).await.map_err(to_graphql)?;
    let shown = |duplicate: Duplicate| PossibleDuplicate {
        reason: duplicate.reason.into(),
        condition: duplicate.condition.into(),
        prospect: duplicate.prospect.map(Prospect),
    };
    Ok(found.into_iter().map(shown).collect())
}
