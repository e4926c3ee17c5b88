//! The lists of prospects and of clients: a page in some order, and how many there are.

use std::sync::Arc;

use sea_orm::sea_query::{Alias, Asterisk, Expr, ExprTrait, JoinType, Query, SelectStatement, SimpleExpr};
use sea_orm::{ColumnTrait, Condition, DbBackend, EntityTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait, Select};
use tokio::sync::OnceCell;

use super::candidates::{self, Candidates, FEW};
use super::filter::{ProspectFilter, ProspectPredicate, Walk, Way};
use super::{CLIENT_SINCE, CREATED_AT, Prospect};
use crate::auth::{Scope, visibility};
use crate::cx::Cx;
use crate::db::Db;
use crate::entities::records::prospect::{self, Column, Entity};
use crate::error::{Error, Result};
use crate::resolvers::filter::{Filter, Predicate, checked};
use crate::resolvers::page::{Direction, Page, PageArgs, Sort, SortColumn};
use crate::resolvers::total::{self, Total};
use crate::rules::search::Words;

/// Steps of an order.
const MOST_STEPS: usize = 3;

/// What is asked of the list of prospects or of clients.
#[derive(Debug)]
pub struct ListQuery {
    filter: ProspectFilter,
    sort: Arc<Sort>,
    only_clients: bool,
    /// Asked for once, by the page or by the count.
    candidates: OnceCell<Candidates>,
}

/// What a client says about a list.
#[derive(Debug, Default)]
pub struct Wanted {
    pub search: Option<String>,
    pub filter: ProspectFilter,
    pub order: Vec<(SortColumn, Direction)>,
}

impl ListQuery {
    /// Newest registration first, unless ordered otherwise.
    pub fn prospects(wanted: Wanted) -> Result<ListQuery> {
        ListQuery::new(wanted, CREATED_AT, false)
    }

    /// Newest conversion first, unless ordered otherwise.
    pub fn clients(wanted: Wanted) -> Result<ListQuery> {
        ListQuery::new(wanted, CLIENT_SINCE, true)
    }

    fn new(wanted: Wanted, default: SortColumn, only_clients: bool) -> Result<ListQuery> {
        let mut columns = wanted.order;
        if columns.len() > MOST_STEPS {
            return Err(Error::BadInput(format!("a list may be ordered by at most {MOST_STEPS} fields")));
        }
        let is_repeated = |index: usize| columns[..index].iter().any(|(other, _)| *other == columns[index].0);
        if (0..columns.len()).any(is_repeated) {
            return Err(Error::BadInput("a list may be ordered by each field only once".to_owned()));
        }
        if columns.is_empty() {
            columns.push((default, Direction::Descending));
        }
        wanted.filter.check()?;
        let words = match &wanted.search {
            Some(text) => Words::parse(text).map_err(Error::BadInput)?,
            None => None,
        };
        let filter = match words {
            Some(words) => Filter::All(vec![Filter::Is(ProspectPredicate::Search(words)), wanted.filter]),
            None => wanted.filter,
        };
        Ok(ListQuery {
            filter,
            sort: Arc::new(Sort {
                table: "prospects",
                columns,
            }),
            only_clients,
            candidates: OnceCell::new(),
        })
    }

    fn walk(&self, scope: Scope) -> Walk {
        Walk::new(scope, &self.filter, self.sort.columns[0].0)
    }

    async fn candidates(&self, db: &Db, scope: Scope) -> Result<&Candidates> {
        let walk = self.walk(scope);
        let question = |predicate: &ProspectPredicate| candidates::question(db, scope, predicate, walk);
        let find = || candidates::find(db, &self.filter, &question, FEW);
        self.candidates.get_or_try_init(find).await
    }

    /// The rows of the list. It begins at the candidates, or walks in its order and checks what no index answers in that order.
    fn select(&self, db: &Db, scope: Scope, candidates: &Candidates) -> Select<Entity> {
        match candidates {
            Candidates::Only(ids) => {
                let rest = visibility::condition(scope).add(self.filter.condition()).add(self.kind());
                Entity::find()
                    .filter(candidates::among(db.backend(), "prospects.id", ids))
                    .filter(checked(rest))
            }
            Candidates::Any => Entity::find()
                .filter(visibility::condition(scope))
                .filter(walking(db, &self.filter, self.walk(scope)))
                .filter(self.kind()),
        }
    }

    fn kind(&self) -> Condition {
        Condition::all().add_option(self.only_clients.then(|| Column::ClientSince.is_not_null()))
    }

    /// The ids of all rows of the list, in whichever order they are found fastest.
    fn counted(&self, db: &Db, scope: Scope, candidates: &Candidates) -> SelectStatement {
        let walk = self.walk(scope);
        let rows = self.select(db, scope, candidates).select_only().column(Column::Id);
        if db.backend() == DbBackend::Postgres || matches!(candidates, Candidates::Only(_)) {
            return rows.into_query();
        }
        if walk.is_owned {
            // As they were written: in any other order, each of them may lie on a page of its own.
            let written = if self.only_clients {
                Column::ClientSince
            } else {
                Column::CreatedAt
            };
            return rows.order_by_desc(written).order_by_desc(Column::Id).into_query();
        }
        let question = |predicate: &ProspectPredicate| candidates::question(db, scope, predicate, walk);
        let Some(leading) = candidates::leading(&self.filter, &question) else {
            return rows.into_query();
        };
        // Most of what passes the first test is counted, so that it need not be looked for among all prospects.
        let rest = visibility::condition(scope).add(self.filter.condition()).add(self.kind());
        let id = || Expr::col((Entity, Column::Id));
        Query::select()
            .distinct()
            .expr(id())
            .from_subquery(leading, "leading")
            .join(JoinType::CrossJoin, Entity, Condition::all())
            .and_where(id().equals(("leading", "id")))
            .and_where(checked(rest))
            .to_owned()
    }

    /// More than the limit, or an estimate of more.
    async fn estimate(&self, db: &Db, scope: Scope, limit: u64) -> Result<Total> {
        let expected = |predicate: &ProspectPredicate| predicate.expected(db);
        let count = match db.backend() {
            DbBackend::Postgres => {
                let all = visibility::condition(scope)
                    .add(self.filter.condition_by(&expected))
                    .add(self.kind());
                let rows = Entity::find().select_only().column(Column::Id).filter(all);
                total::planned(db, rows.build(db.backend())).await?
            }
            _ => {
                let all = visibility::condition(scope).add(self.filter.condition()).add(self.kind());
                let sample = Entity::find()
                    .select_only()
                    .expr(Expr::col(Asterisk).count())
                    .expr(Expr::cust("(SELECT max(rowid) FROM prospects)"))
                    .filter(Expr::cust(format!("prospects.rowid IN ({})", total::sample("prospects"))))
                    .filter(checked(all));
                total::extrapolated(db, sample.build(db.backend())).await?
            }
        };
        Ok(Total::estimated(count, limit))
    }
}

/// One page of the list.
pub async fn page(cx: &Cx, query: &ListQuery, args: &PageArgs) -> Result<Page<Prospect>> {
    let scope = cx.scope()?;
    let window = args.window(&query.sort, cx.app.settings.limits.page_size)?;
    let candidates = query.candidates(cx.db(), scope).await?;
    let mut select = query.select(cx.db(), scope, candidates);
    if cx.db().backend() == DbBackend::Sqlite
        && let [(first, _), _, ..] = query.sort.columns[..]
    {
        select = select.filter(from_the_first(first));
    }
    let rows: Vec<prospect::Model> = window.apply(select, &query.sort).all(cx.db().reader()).await?;
    Ok(window.page(rows.into_iter().map(Arc::new).collect(), query.sort.clone()))
}

/// How many there are on all pages.
pub async fn count(cx: &Cx, query: &ListQuery) -> Result<Total> {
    let (db, scope, limit) = (cx.db(), cx.scope()?, cx.app.settings.limits.exact_count_limit);
    let few = query.candidates(db, scope).await?;
    let more = match few {
        // What is worth counting one by one is more than what is worth sorting.
        Candidates::Any if limit > FEW => {
            let walk = query.walk(scope);
            candidates::find(db, &query.filter, &|test| candidates::question(db, scope, test, walk), limit).await?
        }
        few => few.clone(),
    };
    let rows = query.counted(db, scope, &more);
    if let Candidates::Only(ids) = &more {
        return Ok(Total::exact(total::count_to(db, rows, ids.len() as u64).await?));
    }
    let seen = total::count_to(db, rows, limit).await?;
    if seen <= limit {
        return Ok(Total::exact(seen));
    }
    query.estimate(db, scope, limit).await
}

/// What holds for every row. With it SQLite begins at the index of the first column instead of sorting all rows by several.
fn from_the_first(column: SortColumn) -> SimpleExpr {
    let name = Expr::col((Entity, Alias::new(column.name)));
    if column.is_text { name.gte("") } else { name.gte(i64::MIN) }
}

fn walking(db: &Db, filter: &ProspectFilter, walk: Walk) -> Condition {
    match filter {
        Filter::All(filters) => filters
            .iter()
            .fold(Condition::all(), |all, filter| all.add(walking(db, filter, walk))),
        Filter::Is(predicate) if matches!(predicate.way(db, walk), Way::Order) => predicate.condition(),
        other => Condition::all().add(checked(other.condition())),
    }
}
