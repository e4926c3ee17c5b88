//! Clients in the API: won prospects and their client data.

use std::sync::Arc;

use async_graphql::{Context, ID, InputObject, MaybeUndefined, Object, Result};
use uuid::Uuid;

use crate::entities::setup::attribute_definition::AttributeEntity;
use crate::ids::Kind;
use crate::resolvers::lists::page::{Key, Keyed, Page, PageArgs, SortColumn};
use crate::resolvers::process::clients::{self, ClientEdit};
use crate::resolvers::records::parts::{self, PartKey, PartOf};
use crate::resolvers::records::prospects;
use crate::resolvers::records::prospects::list::{self, ListArgs, ListQuery};
use crate::rules::attributes::Document;
use crate::schema::access::users::User;
use crate::schema::connection::connection;
use crate::schema::custom::{self, Custom, CustomInput, OfClient, Update};
use crate::schema::error::{payload, to_graphql};
use crate::schema::filters::FilterContext;
use crate::schema::guards::SignedIn;
use crate::schema::idempotency::Write;
use crate::schema::ids::{encode, reference};
use crate::schema::patch::id_patch;
use crate::schema::records::attributes::inputs::AttributeValueInput;
use crate::schema::records::attributes::{AttributeValue, check_keys, has_key, one, values};
use crate::schema::records::lists::{ClientFilter, ClientOrder};
use crate::schema::records::prospects::{Prospect, by_id, user};
use crate::schema::records::totals;
use crate::schema::scalars::DateTime;
use crate::schema::setup::potential_levels::PotentialLevel;
use crate::schema::{cx, loaders};

/// A client and its prospect.
#[derive(Clone)]
pub struct ClientRow {
    pub prospect: prospects::Prospect,
    pub client: Arc<parts::Client>,
}

impl Keyed for ClientRow {
    fn key(&self, column: &SortColumn) -> Key {
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

/// The client data of a won prospect (customer, account). All other data stays on the prospect.
#[Object]
impl Client {
    /// ID of the client, stable as long as it is one.
    pub async fn id(&self) -> ID {
        encode(Kind::Client, self.0.client.id)
    }

    /// Revision of the record, incremented by every change. Pass it as `expectedVersion` to detect concurrent changes.
    async fn version(&self) -> i32 {
        self.0.client.version
    }

    /// Time of the first win.
    async fn since(&self) -> DateTime {
        DateTime(self.0.client.since)
    }

    /// Potential level as a client (rating, tier). Null if not set.
    async fn potential_level(&self, ctx: &Context<'_>) -> Option<PotentialLevel> {
        cx(ctx)
            .catalogs()
            .potential_levels
            .get(self.0.client.potential_level_id?)
            .cloned()
            .map(PotentialLevel::from)
    }

    /// Value of an attribute. Null if it is not set, or names only prospects that are not visible; also null, with the error
    /// `BAD_USER_INPUT`, if there is no such attribute, or it is retired.
    async fn attribute(&self, ctx: &Context<'_>, #[graphql(desc = "Key of the attribute.")] key: String) -> Result<Option<AttributeValue>> {
        if !has_key(ctx, AttributeEntity::Client, &key) {
            return Ok(None);
        }
        one(ctx, AttributeEntity::Client, &self.document(ctx).await?, &key).await
    }

    /// Values of attributes as typed fields. There is no such field as long as no attribute is defined.
    async fn custom(&self, ctx: &Context<'_>) -> Result<Custom<OfClient>> {
        Ok(Custom::new(self.document(ctx).await?))
    }

    /// Values of the attributes that are set, in the order of their definitions, without those that name only prospects that are not visible. At
    /// most 500.
    async fn attributes(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Keys of attributes, at most 500. Default: all attributes. `BAD_USER_INPUT` if there is no attribute of a key.")]
        keys: Option<Vec<String>>,
    ) -> Result<Vec<AttributeValue>> {
        check_keys(ctx, AttributeEntity::Client, keys.as_deref().unwrap_or_default())?;
        values(ctx, AttributeEntity::Client, &self.document(ctx).await?, keys.as_deref()).await
    }

    /// User who won the prospect. Null if no user did.
    async fn converted_by(&self, ctx: &Context<'_>) -> Option<User> {
        user(ctx, self.0.client.converted_by)
    }

    /// The prospect, which has all other data.
    async fn prospect(&self) -> Prospect {
        Prospect(self.0.prospect.clone())
    }
}

impl Client {
    async fn document(&self, ctx: &Context<'_>) -> Result<Document> {
        let scope = cx(ctx).scope().map_err(to_graphql)?;
        let attributes: Option<parts::ClientAttributes> = loaders(ctx).single(scope, self.0.prospect.id).await.map_err(to_graphql)?;
        Ok(attributes.map(|row| row.attributes).unwrap_or_default())
    }
}

connection! {
    /// A page of clients.
    ClientConnection, ClientEdge, Client, ClientRow, "clients"
}

/// Changes to a client.
#[derive(InputObject)]
pub struct ClientUpdateInput {
    /// Potential level; one for clients. Null clears it.
    pub potential_level_id: MaybeUndefined<ID>,
    /// Values of attributes of the client; those that are left out stay unchanged. At most 500. `REQUIRED` at `input.attributes` and the key for
    /// each that is missing.
    pub attributes: Option<Vec<AttributeValueInput>>,
    /// Values of attributes as typed fields, each in `attributes` or here. Those left out stay unchanged. There is no such field as long as no attribute is defined.
    pub custom: Option<CustomInput<OfClient, Update>>,
}

payload! {
    /// Payload of `clientUpdate`.
    ClientUpdatePayload {
        /// The client after the change; on a version `CONFLICT`, the current state. Null on other user errors.
        client: Client,
    }
}

#[derive(Default)]
pub struct ClientQuery;

#[Object]
impl ClientQuery {
    /// Clients visible to the caller. Default order: latest conversion first, ties by ID. Null if the list failed; the reason is in
    /// `errors`.
    #[graphql(guard = "SignedIn")]
    #[allow(clippy::too_many_arguments)]
    async fn clients(
        &self,
        ctx: &Context<'_>,
        #[graphql(
            desc = "Search text. Every word must occur within a name, legal name, e-mail, phone or document number, or in the name of a contact or of a document. Accents and case are ignored, and so is the punctuation of numbers: digits match a phone or document number however they are grouped. If all words have one or two characters, the text matches the beginning of a name or legal name. At most 200 characters; of more than 10 words the 10 longest count. A blank text means no search."
        )]
        search: Option<String>,
        #[graphql(desc = "Conditions that the items must meet. Default: all items.")] filter: Option<ClientFilter>,
        #[graphql(desc = "Sort order; at most 3 steps.")] order_by: Option<Vec<ClientOrder>>,
        #[graphql(desc = "Number of items from the start of the list, or after `after`. 0 to 100; default 20.")] first: Option<i32>,
        #[graphql(desc = "Cursor after which the page starts.")] after: Option<String>,
        #[graphql(
            desc = "Number of items from the end of the list, or before `before`. 0 to 100. Not allowed together with `first` or `after`."
        )]
        last: Option<i32>,
        #[graphql(desc = "Cursor before which the page ends.")] before: Option<String>,
    ) -> Result<Option<ClientConnection>> {
        let context = FilterContext::of(ctx);
        let search = context.search(search.as_deref()).map_err(to_graphql)?;
        let filter = filter.unwrap_or_default().into_filter(&context).map_err(to_graphql)?;
        let steps = order_by.unwrap_or_default().into_iter().map(|step| step.into_step(&context));
        let order = steps.collect::<Result<_, _>>().map_err(to_graphql)?;
        let viewer = cx(ctx).viewer().map_err(to_graphql)?;
        let query = Arc::new(ListQuery::clients(viewer, ListArgs { search, filter, order }).map_err(to_graphql)?);
        let args = PageArgs {
            first,
            after,
            last,
            before,
        };
        let page = list::page(cx(ctx), cx(ctx).db().reader(), &query, &args)
            .await
            .map_err(to_graphql)?;
        let page = with_clients(ctx, page).await?;
        Ok(Some(ClientConnection {
            page,
            count: totals::of_prospects(query),
        }))
    }
}

#[derive(Default)]
pub struct ClientMutation;

#[Object]
impl ClientMutation {
    /// Updates the client data of a prospect.
    async fn client_update(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "ID of the client.")] id: ID,
        #[graphql(desc = "Changes to apply. Fields left out stay unchanged.")] input: ClientUpdateInput,
        #[graphql(desc = "Expected `version` of the client. `CONFLICT` if it has changed. Default: no check.")] expected_version: Option<
            i32,
        >,
        #[graphql(
            desc = "Idempotency key: 1 to 128 printable characters. Calls repeated with it within 24 hours are carried out only once."
        )]
        idempotency_key: Option<String>,
    ) -> Result<Option<ClientUpdatePayload>> {
        let write = Write::new(ctx, idempotency_key)?;
        let id = reference(Kind::Client, &id);
        let edit = ClientEdit {
            level: id_patch(Kind::PotentialLevel, input.potential_level_id),
            attributes: custom::drafts(ctx, input.attributes, input.custom)?,
        };
        let work = || clients::update(write.cx(), id, &edit, expected_version);
        let (prospect, user_errors) = write.edit(id, work).await?;
        let client = match prospect {
            Some(prospect) => client_of(ctx, prospect.id).await?,
            None => None,
        };
        Ok(Some(ClientUpdatePayload { client, user_errors }))
    }
}

/// The client of a prospect. None if it is not a client or not visible.
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

/// Adds the clients to a page of won prospects.
async fn with_clients(ctx: &Context<'_>, page: Page<prospects::Prospect>) -> Result<Page<ClientRow>> {
    let scope = cx(ctx).scope().map_err(to_graphql)?;
    let keys = page.rows.iter().map(|prospect| PartKey(scope, prospect.id, parts::Client::PART));
    let loaded = loaders(ctx).parts.load_many(keys).await.map_err(to_graphql)?;
    let mut rows = Vec::with_capacity(page.rows.len());
    for (prospect, json) in page.rows.into_iter().zip(loaded) {
        // A client whose win has just been undone is left out.
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
        sort_values: page.sort_values,
    })
}
