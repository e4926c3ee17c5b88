//! The lists of prospects and of clients: a page in some order, and how many there are.

use std::sync::Arc;

use sea_orm::sea_query::{Expr, ExprTrait, JoinType, Query, SelectStatement};
use sea_orm::{ColumnTrait, Condition, ConnectionTrait, DbBackend, EntityTrait, QueryFilter, QuerySelect, QueryTrait, Select};
use tokio::sync::OnceCell;

use super::{CLIENT_SINCE, CREATED_AT, Prospect};
use crate::auth::{Scope, Viewer, visibility};
use crate::cx::Cx;
use crate::entities::records::prospect::{Column, Entity};
use crate::error::{Error, Result};
use crate::resolvers::filter::{ColumnTest, Compiler, Filter, IdTest, Predicate, Test, TextTest, TimeTest, checked};
use crate::resolvers::lists::access_path::{self, AccessPath};
use crate::resolvers::lists::page::{self, Direction, Page, PageArgs, Sort, SortColumn};
use crate::resolvers::lists::total::{self, Estimate, Total};
use crate::resolvers::records::filterable;
use crate::rules::search::Search;

/// Maximum number of child rows that the total of one owner scans, rather than the child rows of each of the owner's prospects.
const CHILD_SCAN_LIMIT: u64 = 50_000;

/// Query of the list of prospects or of clients.
#[derive(Debug)]
pub struct ListQuery {
    /// For whom.
    scope: Scope,
    filter: Filter,
    sort: Arc<Sort>,
    only_clients: bool,
    /// Decided once, by the page or by the count.
    access_path: OnceCell<AccessPath>,
}

/// Arguments of a list.
#[derive(Debug, Default)]
pub struct ListArgs {
    pub search: Option<Search>,
    pub filter: Filter,
    pub order: Vec<(SortColumn, Direction)>,
}

impl ListQuery {
    /// Newest registration first, unless ordered otherwise.
    pub fn prospects(viewer: &Viewer, args: ListArgs) -> Result<ListQuery> {
        ListQuery::new(viewer, args, CREATED_AT, false)
    }

    /// Newest conversion first, unless ordered otherwise.
    pub fn clients(viewer: &Viewer, args: ListArgs) -> Result<ListQuery> {
        ListQuery::new(viewer, args, CLIENT_SINCE, true)
    }

    fn new(viewer: &Viewer, args: ListArgs, default: SortColumn, only_clients: bool) -> Result<ListQuery> {
        let columns = page::checked_order(args.order, (default, Direction::Descending))?;
        let is_forbidden = |(ordered, _): &(SortColumn, Direction)| {
            let column = filterable::OF_PROSPECTS
                .iter()
                .find(|column| column.sql.strip_prefix("prospects.") == Some(&*ordered.name));
            column.is_some_and(|column| !column.permissions.order.allows(viewer))
        };
        if columns.iter().any(is_forbidden) {
            return Err(Error::Forbidden("only an administrator may use this order".to_owned()));
        }
        let scope = viewer.scope();
        args.filter.check(viewer)?;
        let mut filters: Vec<Filter> = args.search.map(searched).into_iter().chain([args.filter]).collect();
        if columns[0].0 == CREATED_AT {
            filters.extend(created_before(&filters));
        }
        Ok(ListQuery {
            scope,
            filter: Filter::All(filters).decided(&|test| known(test, scope, only_clients)),
            sort: Arc::new(Sort {
                table: "prospects",
                columns,
            }),
            only_clients,
            access_path: OnceCell::new(),
        })
    }

    /// The same list in its usual order.
    fn in_default_order(&self) -> ListQuery {
        let column = if self.only_clients { CLIENT_SINCE } else { CREATED_AT };
        ListQuery {
            scope: self.scope,
            filter: self.filter.clone(),
            sort: Arc::new(Sort {
                table: self.sort.table,
                columns: vec![(column, Direction::Descending)],
            }),
            only_clients: self.only_clients,
            access_path: OnceCell::new(),
        }
    }

    async fn access_path(&self, db: &impl ConnectionTrait) -> Result<&AccessPath> {
        let own = |test: &ColumnTest| {
            // An index without the owner is used for the prospects of all.
            let scope = if self.knows_owner(test) { self.scope } else { Scope::All };
            let rows = Entity::find().select_only().column(Column::Id);
            let rows = rows.filter(visibility::condition(scope)).filter(test.condition());
            test.is_indexed().then(|| rows.into_query())
        };
        let is_in_order = |test: &ColumnTest| self.is_in_order(test);
        let decide = async {
            let mut filters = vec![self.filter.clone()];
            if db.get_database_backend() == DbBackend::Sqlite {
                // Clients may be few among the rows of another order, and so may the prospects of an owner.
                if self.only_clients && self.sort.columns[0].0 != CLIENT_SINCE {
                    filters.insert(0, ColumnTest::new(&filterable::IS_CLIENT, Test::Flag(true)).into());
                }
                if let (Scope::Owner(owner_id), true) = (self.scope, self.is_by_attribute()) {
                    let eq = Some(owner_id);
                    filters.push(ColumnTest::new(&filterable::OWNER, Test::Id(IdTest { eq, ..IdTest::default() })).into());
                }
            }
            AccessPath::of(db, &Filter::All(filters), own, is_in_order).await
        };
        self.access_path.get_or_try_init(|| decide).await
    }

    /// Whether the index of the order, or one that is ordered alike, begins at what passes.
    fn is_in_order(&self, test: &ColumnTest) -> bool {
        if let Some(expression) = self.sort.indexed_expression() {
            return *test.column.sql == expression.sql;
        }
        let first = &self.sort.columns[0].0;
        let is_same = test.column.sql.strip_prefix("prospects.") == Some(&*first.name);
        // Of several owners SQLite would take any of the indexes that begin with them, and sort.
        let is_alike = || *first == CREATED_AT && *test.column != filterable::OWNER && test.is_by_creation() && self.knows_owner(test);
        is_same || is_of_owner(test) || is_alike()
    }

    /// Whether the index of the test has those of each owner apart, if the list is of one owner. Otherwise SQLite would choose between two indexes
    /// neither of which is always the better one.
    fn knows_owner(&self, test: &ColumnTest) -> bool {
        let has_owners = [&filterable::OWNER, &filterable::STATUS, &filterable::CHANNEL];
        !self.is_owned() || has_owners.contains(&&*test.column)
    }

    /// Whether pages are read by the index of an attribute, which has the prospects of all owners together.
    fn is_by_attribute(&self) -> bool {
        self.sort.indexed_expression().is_some()
    }

    fn is_owned(&self) -> bool {
        let is_owner = |predicate: &Predicate| match predicate {
            Predicate::Column(test) => is_of_owner(test),
            _ => false,
        };
        self.scope != Scope::All || self.filter.holding().any(is_owner)
    }

    /// Conditions on the rows of the list.
    fn all(&self, backend: DbBackend) -> Condition {
        self.all_by(access_path::compiler(backend))
    }

    fn all_by(&self, compiler: Compiler) -> Condition {
        let kind = self.only_clients.then(|| Column::ClientSince.is_not_null());
        visibility::condition(self.scope)
            .add(compiler.condition(&self.filter))
            .add_option(kind)
    }

    /// The rows of a page, by the access path.
    fn select(&self, backend: DbBackend, path: &AccessPath) -> Select<Entity> {
        match (path, backend) {
            (AccessPath::Selective(source), _) => Entity::find()
                .filter(access_path::id_in(backend, "prospects.id", source))
                .filter(checked(self.all(backend))),
            (_, DbBackend::Postgres) => Entity::find().filter(self.all(backend)),
            _ => self.scan(backend),
        }
    }

    /// In the order of the list: conditions without its index are checks, because SQLite would prefer any other index to a scan in order.
    fn scan(&self, backend: DbBackend) -> Select<Entity> {
        let compiler = access_path::compiler(backend);
        let in_order = self.filter.holding().filter_map(|predicate| match predicate {
            Predicate::Column(test) if self.is_in_order(test) => Some(test.condition()),
            _ => None,
        });
        let kind = match (self.only_clients, self.sort.columns[0].0 == CLIENT_SINCE) {
            (true, true) => Condition::all().add(Column::ClientSince.is_not_null()),
            (true, false) => Condition::all().add(checked(Condition::all().add(Column::ClientSince.is_not_null()))),
            (false, _) => Condition::all(),
        };
        let visible = match self.is_by_attribute() {
            true => visibility::condition(Scope::All).add(checked(visibility::condition(self.scope))),
            false => visibility::condition(self.scope),
        };
        let mut select = Entity::find().filter(visible).filter(kind);
        for condition in in_order {
            select = select.filter(condition);
        }
        if !self.filter_is_in_order() {
            select = select.filter(checked(compiler.condition(&self.filter)));
        }
        if let [(first, _), _, ..] = &self.sort.columns[..] {
            select = select.filter(Condition::all().add_option(first.holding_for_all(self.sort.table)));
        }
        select
    }

    fn filter_is_in_order(&self) -> bool {
        fn is_in_order(list: &ListQuery, filter: &Filter) -> bool {
            match filter {
                Filter::All(filters) => filters.iter().all(|filter| is_in_order(list, filter)),
                Filter::Is(Predicate::Column(test)) => list.is_in_order(test),
                _ => false,
            }
        }
        is_in_order(self, &self.filter)
    }

    /// The ids of all rows of the list. SQLite begins at the prospects of an owner or at those of a value, and otherwise at child rows, in
    /// any order: its planner would scan in order.
    fn ids(&self, backend: DbBackend, path: &AccessPath) -> SelectStatement {
        match (path, backend) {
            (AccessPath::Unselective(source), DbBackend::Sqlite) if !self.is_owned() && !self.begins_in_order() => {
                self.of_children(backend, source)
            }
            (AccessPath::Selective(_), _) => self.select(backend, path).select_only().column(Column::Id).into_query(),
            (_, DbBackend::Sqlite) if self.is_owned() => self.scan(backend).select_only().column(Column::Id).into_query(),
            _ => Entity::find()
                .select_only()
                .column(Column::Id)
                .filter(self.all_by(access_path::indexable_compiler(backend)))
                .into_query(),
        }
    }

    /// The ids of the rows of the list, found by their child rows.
    fn of_children(&self, backend: DbBackend, source: &SelectStatement) -> SelectStatement {
        Query::select()
            .distinct()
            .column(("source", "id"))
            .from_subquery(source.clone(), "source")
            .join(JoinType::CrossJoin, Entity, Condition::all())
            .and_where(Expr::col((Entity, Column::Id)).equals(("source", "id")))
            .and_where(checked(self.all(backend)))
            .to_owned()
    }

    /// Whether the index of the order begins at a condition.
    fn begins_in_order(&self) -> bool {
        let begins = |predicate: &Predicate| match predicate {
            Predicate::Column(test) => test.is_indexed() && self.is_in_order(test),
            _ => false,
        };
        self.filter.holding().any(begins)
    }

    fn estimate(&self, backend: DbBackend) -> Estimate {
        Estimate::of(backend, Entity::find(), || self.ids(backend, &AccessPath::Scan), self.all(backend))
    }
}

/// One page of the list.
pub async fn page(cx: &Cx, db: &impl ConnectionTrait, query: &ListQuery, args: &PageArgs) -> Result<Page<Prospect>> {
    let window = args.window(&query.sort, cx.app.settings.limits.page_size)?;
    let path = query.access_path(db).await?;
    let select = query.select(db.get_database_backend(), path);
    window.read(db, path, select, &query.sort, Arc::new).await
}

/// Number of rows on all pages.
pub async fn count(cx: &Cx, db: &impl ConnectionTrait, query: &ListQuery) -> Result<Total> {
    // The index of an attribute has some of the rows, of which none has to be in any order.
    let by_default = query.is_by_attribute().then(|| query.in_default_order());
    let query = by_default.as_ref().unwrap_or(query);
    let path = query.access_path(db).await?;
    let ids = match path {
        // What an owner has is seldom more, but each of it is looked up in the child table.
        AccessPath::Unselective(source)
            if db.get_database_backend() == DbBackend::Sqlite
                && query.is_owned()
                && access_path::has_at_most(db, source, CHILD_SCAN_LIMIT).await? =>
        {
            query.of_children(db.get_database_backend(), source)
        }
        _ => query.ids(db.get_database_backend(), path),
    };
    total::of(cx, db, ids, || query.estimate(db.get_database_backend())).await
}

/// Whether it requests the prospects of one owner, or those without one: each order has an index in which these are adjacent.
fn is_of_owner(test: &ColumnTest) -> bool {
    *test.column == filterable::OWNER && test.is_single()
}

/// Conditions of a search on each prospect.
fn searched(search: Search) -> Filter {
    match search {
        Search::Words(words) => Filter::Is(Predicate::Search(words)),
        Search::Beginning(text) => {
            let begins = |column| {
                let test = TextTest {
                    starts_with: Some(vec![text.clone()]),
                    ..TextTest::default()
                };
                ColumnTest::new(column, Test::Text(test)).into()
            };
            Filter::Any(vec![begins(&filterable::NAME), begins(&filterable::LEGAL_NAME)])
        }
        Search::Nothing => Filter::always(false),
    }
}

/// The last activity of a prospect is its creation or later: if all were last active before an instant, all were created before it, and a
/// list by creation begins there instead of scanning up to it.
fn created_before(filters: &[Filter]) -> Option<Filter> {
    let before = filters.iter().flat_map(Filter::holding).find_map(|predicate| match predicate {
        Predicate::Column(test) if *test.column == filterable::LAST_ACTIVITY_AT => match &test.test {
            Test::Time(test) => test.lt,
            _ => None,
        },
        _ => None,
    })?;
    let test = TimeTest {
        lt: Some(before),
        ..TimeTest::default()
    };
    Some(ColumnTest::new(&filterable::CREATED_AT, Test::Time(test)).into())
}

/// Whether all that a list is about pass, or none of them does, if that follows from whose they are and whether they are clients.
pub fn known(test: &ColumnTest, scope: Scope, are_clients: bool) -> Option<bool> {
    let column = &*test.column;
    match (&test.test, scope) {
        (_, Scope::Owner(owner_id)) if *column == filterable::OWNER => test.accepts_id(owner_id),
        (Test::Flag(is_client), _) if are_clients && *column == filterable::IS_CLIENT => Some(*is_client),
        (Test::Time(TimeTest { is_null: Some(true), .. }), _) if are_clients && *column == filterable::CLIENT_SINCE => Some(false),
        _ => None,
    }
}
