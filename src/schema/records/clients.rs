//! Clients in the API: won prospects, and what they have as such.

use std::sync::Arc;

use async_graphql::{Context, ID, InputObject, MaybeUndefined, Object, Result};
use uuid::Uuid;

use crate::ids::Kind;
use crate::resolvers::lists::page::{Key, Keyed, Page, PageArgs, SortColumn};
use crate::resolvers::process::conversion;
use crate::resolvers::records::parts::{self, PartKey, PartOf};
use crate::resolvers::records::prospects;
use crate::resolvers::records::prospects::list::{self, ListQuery, Wanted};
use crate::schema::access::users::User;
use crate::schema::connection::connection;
use crate::schema::error::{payload, to_graphql};
use crate::schema::filters::Reading;
use crate::schema::guards::SignedIn;
use crate::schema::idempotency::Write;
use crate::schema::ids::{encode, reference};
use crate::schema::records::lists::{ClientFilter, ClientOrder, count};
use crate::schema::records::prospects::inputs::id_patch;
use crate::schema::records::prospects::{Prospect, by_id, user};
use crate::schema::scalars::DateTime;
use crate::schema::setup::potential_levels::PotentialLevel;
use crate::schema::{cx, loaders};

/// A client, and the prospect that it is.
#[derive(Clone)]
pub struct ClientRow {
    pub prospect: prospects::Prospect,
    pub client: Arc<parts::Client>,
}

impl Keyed for ClientRow {
    fn key(&self, column: SortColumn) -> Key {
        self.prospect.key(column)
    }

    fn id(&self) -> Uuid {
        self.prospect.id
    }
}

/// A won prospect.
#[derive(Clone)]
pub struct Client(pub ClientRow);

impl From<ClientRow> for Client {
    fn from(row: ClientRow) -> Self {
        Client(row)
    }
}

/// What a won prospect has as a client. Everything else is the prospect's, before and after.
#[Object]
impl Client {
    /// Identifies the client for as long as it is one.
    pub async fn id(&self) -> ID {
        encode(Kind::Client, self.0.client.id)
    }

    /// Grows by one with every change; give it as `expectedVersion` so as not to overwrite what you have not seen.
    async fn version(&self) -> i32 {
        self.0.client.version
    }

    /// When it was first won.
    async fn since(&self) -> DateTime {
        DateTime(self.0.client.since)
    }

    /// Its potential level as a client. Null where none was chosen.
    async fn potential_level(&self, ctx: &Context<'_>) -> Option<PotentialLevel> {
        cx(ctx)
            .catalogs()
            .potential_levels
            .get(self.0.client.potential_level_id?)
            .cloned()
            .map(PotentialLevel::from)
    }

    /// Who won it. Null where no user did.
    async fn converted_by(&self, ctx: &Context<'_>) -> Option<User> {
        user(ctx, self.0.client.converted_by)
    }

    /// The record itself.
    async fn prospect(&self) -> Prospect {
        Prospect(self.0.prospect.clone())
    }
}

connection! {
    /// A page of clients.
    ClientConnection, ClientEdge, Client, ClientRow, "clients"
}

/// What is to change about a client.
#[derive(InputObject)]
pub struct ClientUpdateInput {
    /// The potential level, one of clients. Null clears it.
    pub potential_level_id: MaybeUndefined<ID>,
}

payload! {
    /// What came of editing a client.
    ClientUpdatePayload {
        /// The client as it is now, also where its version is a `CONFLICT`. Null when there are only other user errors.
        client: Client,
    }
}

#[derive(Default)]
pub struct ClientQuery;

#[Object]
impl ClientQuery {
    /// The clients that the caller may see; newest conversion first unless ordered otherwise, equal ones by id.
    /// Null where the list could not be answered: the reason is in `errors`, with the path of the field.
    #[graphql(guard = "SignedIn")]
    #[allow(clippy::too_many_arguments)]
    async fn clients(
        &self,
        ctx: &Context<'_>,
        #[graphql(
            desc = "Words, each of which has to be found, as a part, in a name, legal name, e-mail, phone or document number, or in the name of a contact. Accents and case do not count, nor does the punctuation of numbers: digits are a phone or a number however they are grouped. A text of nothing but words of one or two characters is the beginning of a name or legal name. At most 200 characters; of more than 10 words the 10 longest count; a blank text searches for nothing."
        )]
        search: Option<String>,
        #[graphql(desc = "Which of them; all if left out.")] filter: Option<ClientFilter>,
        #[graphql(desc = "In which order, at most 3 steps.")] order_by: Option<Vec<ClientOrder>>,
        #[graphql(desc = "How many from the start of the list or after `after`: 0 to 100, 20 if left out.")] first: Option<i32>,
        #[graphql(desc = "The cursor after which the page begins.")] after: Option<String>,
        #[graphql(desc = "How many from the end of the list or before `before`: 0 to 100. Not together with `first` or `after`.")]
        last: Option<i32>,
        #[graphql(desc = "The cursor before which the page ends.")] before: Option<String>,
    ) -> Result<Option<ClientConnection>> {
        let reading = Reading::of(ctx);
        let search = reading.search(search.as_deref()).map_err(to_graphql)?;
        let filter = filter.unwrap_or_default().into_filter(&reading).map_err(to_graphql)?;
        let order = order_by.unwrap_or_default().into_iter().map(Into::into).collect();
        let scope = cx(ctx).scope().map_err(to_graphql)?;
        let query = Arc::new(ListQuery::clients(scope, Wanted { search, filter, order }).map_err(to_graphql)?);
        let args = PageArgs {
            first,
            after,
            last,
            before,
        };
        let page = list::page(cx(ctx), &query, &args).await.map_err(to_graphql)?;
        let page = with_clients(ctx, page).await?;
        Ok(Some(ClientConnection { page, count: count(query) }))
    }
}

#[derive(Default)]
pub struct ClientMutation;

#[Object]
impl ClientMutation {
    /// Edits what a client has as such.
    async fn client_update(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which client.")] id: ID,
        #[graphql(desc = "What is to change; what is left out stays as it is.")] input: ClientUpdateInput,
        #[graphql(
            desc = "The `version` that the edit is based on. If the client has another one by now, the answer is `CONFLICT`; if left out, nothing is compared."
        )]
        expected_version: Option<i32>,
        #[graphql(
            desc = "A key of your own, 1 to 128 printable characters: for 24 hours the call is carried out once for it, however often it is sent."
        )]
        idempotency_key: Option<String>,
    ) -> Result<Option<ClientUpdatePayload>> {
        let write = Write::new(ctx, idempotency_key)?;
        let id = reference(Kind::Client, &id);
        let level = id_patch(Kind::PotentialLevel, input.potential_level_id);
        let work = || conversion::update_client(write.cx(), id, level.clone(), expected_version);
        let (prospect, user_errors) = write.edit(id, work).await?;
        let client = match prospect {
            Some(prospect) => client_of(ctx, prospect.id).await?,
            None => None,
        };
        Ok(Some(ClientUpdatePayload { client, user_errors }))
    }
}

/// The client that a prospect is; None where it is none, or is not visible.
pub async fn client_of(ctx: &Context<'_>, id: Uuid) -> Result<Option<Client>> {
    let Some(prospect) = by_id(ctx, id).await? else { return Ok(None) };
    let scope = cx(ctx).scope().map_err(to_graphql)?;
    let client = loaders(ctx).single(scope, id).await.map_err(to_graphql)?;
    Ok(client.map(|client| {
        Client(ClientRow {
            prospect: prospect.0,
            client: Arc::new(client),
        })
    }))
}

/// The page of clients for a page of won prospects.
async fn with_clients(ctx: &Context<'_>, page: Page<prospects::Prospect>) -> Result<Page<ClientRow>> {
    let scope = cx(ctx).scope().map_err(to_graphql)?;
    let keys = page.rows.iter().map(|prospect| PartKey(scope, prospect.id, parts::Client::PART));
    let loaded = loaders(ctx).parts.load_many(keys).await.map_err(to_graphql)?;
    let mut rows = Vec::with_capacity(page.rows.len());
    for (prospect, json) in page.rows.into_iter().zip(loaded) {
        // One that was taken back a moment ago is left out.
        if let Some(client) = parts::rows::<parts::Client>(json).map_err(to_graphql)?.pop() {
            rows.push(ClientRow {
                prospect,
                client: Arc::new(client),
            });
        }
    }
    Ok(Page {
        rows,
        has_next: page.has_next,
        has_previous: page.has_previous,
        sort: page.sort,
    })
}
