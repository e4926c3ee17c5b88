//! Cycles in the API.

use std::sync::Arc;

use async_graphql::{Context, Enum, ID, InputObject, MaybeUndefined, Object, Result};
use uuid::Uuid;

use crate::entities::process::cycle;
use crate::error::{Error, ProblemCode};
use crate::ids::Kind;
use crate::resolvers::lists::page::{Page, PageArgs, Window};
use crate::resolvers::lists::total::Total;
use crate::resolvers::process::cycles::{self, CycleFilter as Filter};
use crate::resolvers::records::children::{Answer, ChildKey, Question, sort};
use crate::resolvers::records::parts;
use crate::resolvers::records::prospects::parent_of;
use crate::rules::money::{self, Currency};
use crate::rules::patch::Patch;
use crate::schema::connection::{Count, connection};
use crate::schema::error::{payload, to_graphql};
use crate::schema::idempotency::{Write, beside, is_outdated};
use crate::schema::ids::{encode, reference};
use crate::schema::records::lists::StatusCategoryFilter;
use crate::schema::records::prospects::{Prospect, by_id};
use crate::schema::scalars::{DateTime, Money, MoneyInput};
use crate::schema::setup::{reasons::Reason, statuses::Status};
use crate::schema::text::Text;
use crate::schema::{cx, largest_page, loaders};

/// Reason why a cycle began.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "cycle::CycleKind")]
pub enum CycleKind {
    /// First cycle of the prospect.
    New,
    /// A client came back.
    Returning,
    /// A client may buy something else.
    CrossSell,
    /// A client may buy more of the same.
    Upsell,
    /// A client may buy again.
    Renewal,
}

/// Conditions on the cycles of a prospect. All conditions given must hold.
#[derive(Clone, Debug, Default, InputObject)]
pub struct CycleFilter {
    /// Category of the cycle's status.
    pub category: Option<StatusCategoryFilter>,
}

/// One run of the sales process.
#[derive(Clone)]
pub struct Cycle(Arc<parts::Cycle>);

impl From<Arc<parts::Cycle>> for Cycle {
    fn from(row: Arc<parts::Cycle>) -> Self {
        Cycle(row)
    }
}

/// A sales cycle (deal, opportunity): one run of the sales process for a prospect. At most one per prospect is open.
#[Object]
impl Cycle {
    /// Permanent ID of the cycle.
    pub async fn id(&self) -> ID {
        encode(Kind::Cycle, self.0.id)
    }

    /// Revision of the record, incremented by every change. Pass it as `expectedVersion` to detect concurrent changes.
    async fn version(&self) -> i32 {
        self.0.version
    }

    /// Reason why the cycle began.
    async fn kind(&self) -> CycleKind {
        self.0.kind.into()
    }

    /// Status (pipeline stage) of the cycle; the final one if it is closed. Null only until a status just created on another server is
    /// known to this one.
    async fn status(&self, ctx: &Context<'_>) -> Option<Status> {
        cx(ctx).catalogs().statuses.get(self.0.status_id).cloned().map(Status::from)
    }

    /// True while the cycle is in progress.
    async fn is_open(&self) -> bool {
        self.0.closed_at.is_none()
    }

    /// Value of the sale. Null if not set.
    async fn amount(&self) -> Option<Money> {
        money::Money::stored(self.0.amount_minor, self.0.amount_currency.as_deref()).map(Money::from)
    }

    /// Start of the cycle.
    async fn opened_at(&self) -> DateTime {
        DateTime(self.0.opened_at)
    }

    /// Time at which the cycle was won, lost or discarded. Null while it is open.
    async fn closed_at(&self) -> Option<DateTime> {
        self.0.closed_at.map(DateTime)
    }

    /// Reason why the cycle was lost or discarded. Null otherwise.
    async fn reason(&self, ctx: &Context<'_>) -> Option<Reason> {
        cx(ctx).catalogs().reasons.get(self.0.reason_id?).cloned().map(Reason::from)
    }

    /// Comment on the reason. Null if not set.
    async fn reason_note(&self) -> Option<Text<'_>> {
        self.0.reason_note.as_deref().map(Text::from)
    }

    /// Prospect of the cycle. Null if the caller can no longer see it.
    async fn prospect(&self, ctx: &Context<'_>) -> Result<Option<Prospect>> {
        by_id(ctx, self.0.prospect_id).await
    }
}

connection! {
    /// A page of cycles.
    CycleConnection, CycleEdge, Cycle, Arc<parts::Cycle>, "cycles"
}

/// Changes to a cycle.
#[derive(InputObject)]
pub struct CycleUpdateInput {
    /// Value of the sale. Null clears it.
    pub amount: MaybeUndefined<MoneyInput>,
}

payload! {
    /// Payload of `cycleUpdate`.
    CycleUpdatePayload {
        /// The cycle after the change; on a version `CONFLICT`, the current state. Null on other user errors.
        cycle: Cycle,
        /// Prospect of the cycle, also on a version `CONFLICT` of the cycle. Null on other user errors.
        prospect: Prospect,
    }
}

#[derive(Default)]
pub struct CycleMutation;

#[Object]
impl CycleMutation {
    /// Sets the value of an open or closed sale.
    async fn cycle_update(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "ID of the cycle.")] id: ID,
        #[graphql(desc = "Changes to apply.")] input: CycleUpdateInput,
        #[graphql(desc = "Expected `version` of the cycle. `CONFLICT` if it has changed. Default: no check.")] expected_version: Option<
            i32,
        >,
        #[graphql(
            desc = "Idempotency key: 1 to 128 printable characters. Calls repeated with it within 24 hours are carried out only once."
        )]
        idempotency_key: Option<String>,
    ) -> Result<Option<CycleUpdatePayload>> {
        let write = Write::new(ctx, idempotency_key)?;
        let id = reference(Kind::Cycle, &id);
        let amount = amount(&write.cx().app.settings.default_currency, input.amount);
        let work = || async { cycles::update(write.cx(), id, amount.clone()?, expected_version).await };
        let (saved, user_errors) = write.run(work).await?;
        let (prospect, cycle) = match saved {
            Some((prospect, cycle)) => (Some(Prospect(prospect)), Some(Cycle(Arc::new(cycle.into())))),
            None if is_outdated(&user_errors) => beside(present(ctx, id).await.map(Some)).unwrap_or_default(),
            None => (None, None),
        };
        Ok(Some(CycleUpdatePayload {
            cycle,
            prospect,
            user_errors,
        }))
    }
}

/// Current state of a cycle and its prospect, as far as visible to the caller.
async fn present(ctx: &Context<'_>, id: Uuid) -> Result<(Option<Prospect>, Option<Cycle>)> {
    let prospect_id = parent_of(cx(ctx).db(), Kind::Cycle, id).await.map_err(to_graphql)?;
    Ok(match prospect_id {
        Some(prospect_id) => (by_id(ctx, prospect_id).await?, cycle(ctx, prospect_id, id).await?),
        None => (None, None),
    })
}

/// A page of the cycles of a prospect.
pub async fn cycles_of(ctx: &Context<'_>, prospect_id: Uuid, filter: Option<CycleFilter>, args: PageArgs) -> Result<CycleConnection> {
    let window = args.window(&sort::<parts::Cycle>(), largest_page(ctx)).map_err(to_graphql)?;
    let filter = Filter {
        category: filter.and_then(|filter| filter.category).map(StatusCategoryFilter::into_test),
        id: None,
    };
    let page = page(ctx, prospect_id, window.clone(), filter.clone()).await?;
    let page = page.map_or_else(
        || window.page(Vec::new(), Arc::new(sort::<parts::Cycle>())),
        |page| Page::clone(&page),
    );
    let loader = loaders(ctx).cycles.clone();
    let count = Count::new(move |cx| {
        let (loader, question) = (loader.clone(), Arc::new(Question::Count { filter: filter.clone() }));
        async move {
            let key = ChildKey {
                scope: cx.scope()?,
                parent_id: prospect_id,
                question,
            };
            Ok(Total::exact(match loader.load(key).await? {
                Some(Answer::Count(count)) => count,
                _ => 0,
            }))
        }
    });
    Ok(CycleConnection { page, count })
}

/// One cycle of a prospect. None if it does not exist or is not visible.
pub async fn cycle(ctx: &Context<'_>, prospect_id: Uuid, id: Uuid) -> Result<Option<Cycle>> {
    let window = Window {
        size: 1,
        is_backward: false,
        position: None,
    };
    let page = page(
        ctx,
        prospect_id,
        window,
        Filter {
            id: Some(id),
            ..Default::default()
        },
    )
    .await?;
    Ok(page.and_then(|page| page.rows.first().cloned()).map(Cycle::from))
}

async fn page(ctx: &Context<'_>, prospect_id: Uuid, window: Window, filter: Filter) -> Result<Option<Arc<Page<Arc<parts::Cycle>>>>> {
    let scope = cx(ctx).scope().map_err(to_graphql)?;
    let key = ChildKey {
        scope,
        parent_id: prospect_id,
        question: Arc::new(Question::Page { window, filter }),
    };
    Ok(match loaders(ctx).cycles.load(key).await.map_err(to_graphql)? {
        Some(Answer::Page(page)) => Some(page),
        _ => None,
    })
}

fn amount(default_currency: &str, input: MaybeUndefined<MoneyInput>) -> crate::error::Result<Patch<money::Money>> {
    let money = match input {
        MaybeUndefined::Undefined => return Ok(Patch::Keep),
        MaybeUndefined::Null => return Ok(Patch::Clear),
        MaybeUndefined::Value(money) => money,
    };
    let code = money.currency.as_ref().map_or(default_currency, |currency| &currency.0);
    let parsed = Currency::from_code(code).and_then(|currency| money::Money::new(money.amount.0, currency));
    let refusal = || {
        Error::problem(
            ProblemCode::Invalid,
            &["input", "amount"],
            "must not be negative or have more decimals than the currency",
        )
    };
    parsed.map(Patch::Set).ok_or_else(refusal)
}
