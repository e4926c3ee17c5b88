//! The lists of prospects and of clients: a page in some order, and how many there are.

use std::sync::Arc;

use sea_orm::sea_query::{Alias, Expr, ExprTrait, Query, SelectStatement, SimpleExpr};
use sea_orm::{ColumnTrait, Condition, DbBackend, EntityTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait, Select, Statement};
use tokio::sync::OnceCell;

use super::candidates::{self, Candidates, FEW, Narrowest};
use super::filter::{ProspectFilter, ProspectPredicate, Walk, Way};
use super::{CLIENT_SINCE, CREATED_AT, Prospect};
use crate::auth::{Scope, visibility};
use crate::cx::Cx;
use crate::db::Db;
use crate::entities::records::prospect::{self, Column, Entity};
use crate::error::{Error, Result};
use crate::resolvers::filter::{Filter, Predicate, TimeTest, checked};
use crate::resolvers::page::{Direction, Key, Page, PageArgs, Sort, SortColumn, Window};
use crate::resolvers::total::{self, Counting, Guess, SAMPLE, Sampled, Total};
use crate::rules::search::Search;

/// Rows that are walked for a page before another way is looked for. Of what one in two hundred pass, a page of 50 lies well within.
const FAR: u64 = 15_000;
/// So many that pass a test are read and sorted for a page, if walking took long.
const SORTED: u64 = 15_000;
/// So many that pass a test are looked at for a count. With more of a million, walking finds as many as are counted, unless it comes to them last.
const LOOKED_AT: u64 = 50_000;
/// Prospects that are looked at before any are counted.
const GLANCE: u64 = 800;
/// Steps of an order.
const MOST_STEPS: usize = 3;

/// What is asked of the list of prospects or of clients.
#[derive(Debug)]
pub struct ListQuery {
    /// For whom.
    scope: Scope,
    filter: ProspectFilter,
    sort: Arc<Sort>,
    only_clients: bool,
    /// Asked for once, by the page or by the count.
    candidates: OnceCell<Candidates>,
}

/// What a client says about a list.
#[derive(Debug, Default)]
pub struct Wanted {
    pub search: Option<Search>,
    pub filter: ProspectFilter,
    pub order: Vec<(SortColumn, Direction)>,
}

impl ListQuery {
    /// Newest registration first, unless ordered otherwise.
    pub fn prospects(scope: Scope, wanted: Wanted) -> Result<ListQuery> {
        ListQuery::new(scope, wanted, CREATED_AT, false)
    }

    /// Newest conversion first, unless ordered otherwise.
    pub fn clients(scope: Scope, wanted: Wanted) -> Result<ListQuery> {
        ListQuery::new(scope, wanted, CLIENT_SINCE, true)
    }

    fn new(scope: Scope, wanted: Wanted, default: SortColumn, only_clients: bool) -> Result<ListQuery> {
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
        let filter = match wanted.search {
            Some(search) => Filter::All(vec![ProspectPredicate::searched(search), wanted.filter]),
            None => wanted.filter,
        };
        Ok(ListQuery {
            scope,
            filter: filter.decided(&|predicate| predicate.known(scope, only_clients)),
            sort: Arc::new(Sort {
                table: "prospects",
                columns,
            }),
            only_clients,
            candidates: OnceCell::new(),
        })
    }

    fn walk(&self) -> Walk {
        Walk::new(self.scope, &self.filter, self.sort.columns[0].0)
    }

    async fn candidates(&self, db: &Db) -> Result<&Candidates> {
        let walk = self.walk();
        let question = |predicate: &ProspectPredicate| candidates::question(db, self.scope, predicate, walk);
        let among_few = async {
            if !self.passes_by_clients(db) {
                return candidates::find(db, &self.filter, &question, FEW).await;
            }
            let is_client = Filter::Is(ProspectPredicate::ClientSince(TimeTest {
                is_null: Some(false),
                ..TimeTest::default()
            }));
            let filter = Filter::All(vec![is_client, self.filter.clone()]);
            candidates::find(db, &filter, &question, FEW).await
        };
        self.candidates.get_or_try_init(|| among_few).await
    }

    /// Whether it is not by their index that clients are found. PostgreSQL's statistics tell it when that is worth it; SQLite would always sort
    /// all clients.
    fn passes_by_clients(&self, db: &Db) -> bool {
        db.backend() == DbBackend::Sqlite && self.only_clients && self.sort.columns[0].0 != CLIENT_SINCE
    }

    /// The rows of the list. It begins at the candidates, or walks in its order and checks what no index answers in that order.
    fn select(&self, db: &Db, candidates: &Candidates) -> Select<Entity> {
        match candidates {
            Candidates::Only(ids) => {
                let rest = visibility::condition(self.scope).add(self.filter.condition()).add(self.kind());
                Entity::find()
                    .filter(candidates::among(db.backend(), "prospects.id", ids))
                    .filter(checked(rest))
            }
            Candidates::Any => Entity::find()
                .filter(visibility::condition(self.scope))
                .filter(walking(db, &self.filter, self.walk()))
                .filter(self.kind_in_order(db)),
        }
    }

    fn kind_in_order(&self, db: &Db) -> Condition {
        match self.passes_by_clients(db) {
            true => Condition::all().add(checked(self.kind())),
            false => self.kind(),
        }
    }

    fn kind(&self) -> Condition {
        Condition::all().add_option(self.only_clients.then(|| Column::ClientSince.is_not_null()))
    }

    /// The ids of all rows of the list, as the list finds them.
    fn counted(&self, db: &Db, candidates: &Candidates) -> SelectStatement {
        let mut rows = self.select(db, candidates).select_only().column(Column::Id);
        let is_walked = matches!(candidates, Candidates::Any);
        if is_walked && self.passes_by_clients(db) {
            rows = rows.filter(self.kind());
        }
        if is_walked && db.backend() == DbBackend::Sqlite && self.walk().is_owned {
            // As they were written: in any other order, each of them may lie on a page of its own.
            let written = if self.only_clients {
                Column::ClientSince
            } else {
                Column::CreatedAt
            };
            rows = rows.order_by_desc(written).order_by_desc(Column::Id);
        }
        rows.into_query()
    }

    /// The ids of the rows of the list that are among those of one source.
    fn counted_among(&self, source: SelectStatement) -> SelectStatement {
        let found = Query::select()
            .distinct()
            .column(Column::Id)
            .from_subquery(source, "source")
            .to_owned();
        let rest = visibility::condition(self.scope).add(self.filter.condition()).add(self.kind());
        // Asked for one by one: PostgreSQL would rather read all prospects.
        let passes = Query::select()
            .expr(checked(rest))
            .from(Entity)
            .and_where(Expr::col((Entity, Column::Id)).equals(("found", "id")))
            .to_owned();
        Query::select()
            .column(("found", "id"))
            .from_subquery(found, "found")
            .and_where(passes.into())
            .to_owned()
    }

    async fn narrowest(&self, db: &Db, most: u64) -> Result<Option<Narrowest>> {
        let walk = self.walk();
        let question = |predicate: &ProspectPredicate| candidates::question(db, self.scope, predicate, walk);
        candidates::narrowest(db, &self.filter, &question, self.walked(db), most).await
    }

    /// The prospects that the list walks, if an index narrows them.
    fn walked(&self, db: &Db) -> Option<SelectStatement> {
        let narrowed = match self.scope {
            Scope::Owner(_) => Condition::all(),
            Scope::All => in_order(db, &self.filter, self.walk())?.condition(),
        };
        let walked = Entity::find().select_only().column(Column::Id);
        Some(walked.filter(visibility::condition(self.scope)).filter(narrowed).into_query())
    }

    /// Where the list is to be left for a better way: if what passes could be found by another index, and it goes on for long.
    async fn far(&self, db: &Db, window: &Window) -> Result<Option<Key>> {
        let walk = self.walk();
        let question = |predicate: &ProspectPredicate| candidates::question(db, self.scope, predicate, walk);
        if !candidates::are_asked(&self.filter, &question) {
            return Ok(None);
        }
        let narrowed = in_order(db, &self.filter, walk).map(ProspectPredicate::condition);
        let (first, _) = self.sort.columns[0];
        let rows = Entity::find()
            .filter(visibility::condition(self.scope))
            .filter(Condition::all().add_option(narrowed))
            .filter(if first == CLIENT_SINCE { self.kind() } else { Condition::all() })
            .select_only();
        let row = window.ahead(rows.column_as(Expr::col((Entity, Alias::new(first.name))), "last"), &self.sort, FAR);
        Ok(match first.is_text {
            true => row.into_tuple::<String>().one(db.reader()).await?.map(Key::Text),
            false => row.into_tuple::<i64>().one(db.reader()).await?.map(Key::Integer),
        })
    }

    /// The rows of the list that are among those of one source.
    fn among(&self, db: &Db, source: SelectStatement) -> Select<Entity> {
        let rest = visibility::condition(self.scope).add(self.filter.condition()).add(self.kind());
        let ids = Query::select().column(Column::Id).from_subquery(source, "source").to_owned();
        let among = match db.backend() {
            // Otherwise it would rather read all prospects.
            DbBackend::Postgres => Expr::cust_with_exprs("prospects.id = ANY(ARRAY($1))", [ids.into()]),
            _ => Column::Id.in_subquery(ids),
        };
        Entity::find().filter(among).filter(checked(rest))
    }

    fn guess(&self, db: &Db) -> Guess {
        if db.backend() == DbBackend::Sqlite {
            return Guess::Sampled(Sampled {
                table: "prospects",
                glance: self.sample(db, GLANCE),
                sample: self.sample(db, SAMPLE),
            });
        }
        let expected = |predicate: &ProspectPredicate| predicate.expected(db);
        let all = visibility::condition(self.scope)
            .add(self.filter.condition_by(&expected))
            .add(self.kind());
        let rows = Entity::find().select_only().column(Column::Id).filter(all);
        Guess::Planned(rows.build(db.backend()))
    }

    /// A statement that looks at so many prospects, and which of them the list has.
    fn sample(&self, db: &Db, rows: u64) -> Statement {
        let passes = checked(visibility::condition(self.scope).add(self.filter.condition()).add(self.kind()));
        let these = total::places(db.backend(), "prospects", "prospects", rows);
        let mut sample = Entity::find().select_only().filter(Expr::cust(these));
        for column in total::sampled(db.backend(), "prospects", passes) {
            sample = sample.expr(column);
        }
        sample.build(db.backend())
    }
}

/// One page of the list.
pub async fn page(cx: &Cx, query: &ListQuery, args: &PageArgs) -> Result<Page<Prospect>> {
    let db = cx.db();
    let window = args.window(&query.sort, cx.app.settings.limits.page_size)?;
    let candidates = query.candidates(db).await?;
    let mut select = query.select(db, candidates);
    if db.backend() == DbBackend::Sqlite
        && let [(first, _), _, ..] = query.sort.columns[..]
    {
        select = select.filter(from_the_first(first));
    }
    if matches!(candidates, Candidates::Any)
        && let Some(far) = query.far(db, &window).await?
    {
        let near = select.clone().filter(window.up_to(&far, &query.sort));
        let rows = read(db, query, &window, near).await?;
        if rows.len() as u64 == window.limit() {
            return Ok(window.page(rows, query.sort.clone()));
        }
        if let Some(Narrowest { source, is_whole: true }) = query.narrowest(db, SORTED).await? {
            select = query.among(db, source);
        }
    }
    let rows = read(db, query, &window, select).await?;
    Ok(window.page(rows, query.sort.clone()))
}

async fn read(db: &Db, query: &ListQuery, window: &Window, select: Select<Entity>) -> Result<Vec<Prospect>> {
    let rows: Vec<prospect::Model> = window.apply(select, &query.sort).all(db.reader()).await?;
    Ok(rows.into_iter().map(Arc::new).collect())
}

/// How many there are on all pages.
pub async fn count(cx: &Cx, query: &ListQuery) -> Result<Total> {
    let (db, limit) = (cx.db(), cx.app.settings.limits.exact_count_limit);
    let all = total::counting(db, query.counted(db, &Candidates::Any), limit);
    if let Some(recent) = total::recent(cx, &all) {
        return Ok(recent);
    }
    let candidates = query.candidates(db).await?;
    if let Candidates::Only(ids) = candidates {
        let count = total::counting(db, query.counted(db, candidates), ids.len() as u64);
        return Ok(Total::exact(total::single(db, count).await?));
    }
    let mut all = Counting::new(cx, all, query.guess(db));
    if let Some(estimated) = all.at_a_glance().await? {
        return Ok(estimated);
    }
    let Some(Narrowest { source, is_whole }) = query.narrowest(db, LOOKED_AT).await? else {
        return all.counted().await;
    };
    let seen = total::single(db, total::counting(db, query.counted_among(source), limit)).await?;
    if is_whole || seen > limit {
        return all.seen(seen).await;
    }
    all.counted().await
}

/// What holds for every row. With it SQLite begins at the index of the first column instead of sorting all rows by several.
fn from_the_first(column: SortColumn) -> SimpleExpr {
    let name = Expr::col((Entity, Alias::new(column.name)));
    if column.is_text { name.gte("") } else { name.gte(i64::MIN) }
}

/// A test that has to hold and that the index of the order answers, too.
fn in_order<'a>(db: &Db, filter: &'a ProspectFilter, walk: Walk) -> Option<&'a ProspectPredicate> {
    match filter {
        Filter::All(filters) => filters.iter().find_map(|filter| in_order(db, filter, walk)),
        Filter::Is(predicate) if matches!(predicate.way(db, walk), Way::Order) => Some(predicate),
        _ => None,
    }
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
