//! The list of child rows of one table, such as tasks or documents, over all prospects that the caller sees.

use std::marker::PhantomData;
use std::sync::Arc;

use sea_orm::sea_query::SelectStatement;
use sea_orm::{Condition, ConnectionTrait, DbBackend, EntityTrait, QueryFilter, QuerySelect, QueryTrait, Select};
use tokio::sync::OnceCell;

use super::prospects;
use crate::auth::{Scope, Viewer, visibility};
use crate::cx::Cx;
use crate::entities::records::prospect;
use crate::error::Result;
use crate::resolvers::filter::{ColumnTest, Filter, Predicate, checked};
use crate::resolvers::lists::access_path::{self, AccessPath};
use crate::resolvers::lists::page::{self, Direction, Keyed, Page, PageArgs, Sort, SortColumn};
use crate::resolvers::lists::total::{self, Estimate, Total};

/// A kind of child row that has such a list.
pub trait Listed: Sized + Send + Sync + 'static {
    type Entity: EntityTrait;
    const TABLE: &'static str;
    /// The order of a list that is not ordered otherwise.
    const ORDER: (SortColumn, Direction);

    fn of(row: <Self::Entity as EntityTrait>::Model) -> Self;

    fn id() -> <Self::Entity as EntityTrait>::Column;

    /// All rows, joined with their prospects. A join, so that the database may begin at either of them.
    fn joined() -> Select<Self::Entity>;

    /// Condition on the rows that the list has at all. None: it has all.
    fn live() -> Option<Condition>;

    /// Whether SQLite is to find rows by the test while it scans the table in the order of the list; other tests are checks. `scope`: the
    /// prospects whose rows are scanned.
    fn is_found_by(test: &ColumnTest, scope: Scope) -> bool;
}

/// Query of the list.
pub struct ListQuery<L> {
    /// For whom.
    scope: Scope,
    filter: Filter,
    sort: Arc<Sort>,
    /// Decided once, by the page or by the count.
    access_path: OnceCell<AccessPath>,
    of: PhantomData<fn() -> L>,
}

impl<L: Listed> ListQuery<L> {
    /// `search` is a condition beside the filter, and does not count among the levels of it.
    pub fn new(viewer: &Viewer, search: Option<Filter>, filter: Filter, order: Vec<(SortColumn, Direction)>) -> Result<Self> {
        let scope = viewer.scope();
        filter.check(viewer)?;
        let filter = match search {
            Some(search) => Filter::All(vec![search, filter]),
            None => filter,
        };
        Ok(ListQuery {
            scope,
            filter: filter.decided(&|test| prospects::list::known(test, scope, false)),
            sort: Arc::new(Sort {
                table: L::TABLE,
                columns: page::checked_order(order, L::ORDER)?,
            }),
            access_path: OnceCell::new(),
            of: PhantomData,
        })
    }

    async fn access_path(&self, db: &impl ConnectionTrait) -> Result<&AccessPath> {
        let own = |test: &ColumnTest| {
            let rows = prospect::Entity::find().select_only().column(prospect::Column::Id);
            let rows = rows.filter(visibility::condition(self.scope)).filter(test.condition());
            (test.is_indexed() && !test.column.is_of(L::TABLE)).then(|| rows.into_query())
        };
        self.access_path
            .get_or_try_init(|| AccessPath::of(db, &self.filter, own, |_| false))
            .await
    }

    /// Conditions on the rows of the list.
    fn all(&self, backend: DbBackend) -> Condition {
        visibility::condition(self.scope)
            .add_option(L::live())
            .add(access_path::compiler(backend).condition(&self.filter))
    }

    /// The rows, by the access path. PostgreSQL may begin at the child rows or at the prospects, as its statistics say.
    fn select(&self, backend: DbBackend, path: &AccessPath) -> Select<L::Entity> {
        match (path, backend) {
            (AccessPath::Selective(source), _) => L::joined()
                .filter(access_path::id_in(backend, &format!("{}.prospect_id", L::TABLE), source))
                .filter(checked(self.all(backend))),
            (_, DbBackend::Postgres) => L::joined().filter(self.all(backend)),
            _ => L::joined()
                .filter(visibility::condition(self.scope))
                .filter(self.in_order(backend, self.scope)),
        }
    }

    /// The rows for SQLite by a scan of those of all prospects, although the caller sees only some of them: it would sort all rows of an owner
    /// of many prospects.
    fn scan(&self, backend: DbBackend) -> Select<L::Entity> {
        L::joined()
            .filter(checked(visibility::condition(self.scope)))
            .filter(self.in_order(backend, Scope::All))
    }

    /// Conditions by which rows are found in the order of the list, with all others as checks only.
    fn in_order(&self, backend: DbBackend, scope: Scope) -> Condition {
        let found = self.filter.holding().filter_map(|predicate| match predicate {
            Predicate::Column(test) if L::is_found_by(test, scope) => Some(test.condition()),
            _ => None,
        });
        let all = found.fold(Condition::all().add_option(L::live()), Condition::add);
        all.add(checked(access_path::compiler(backend).condition(&self.filter)))
    }

    /// Whether SQLite is to scan the rows of all prospects.
    async fn is_scan(&self, db: &impl ConnectionTrait, path: &AccessPath) -> Result<bool> {
        let may_be =
            db.get_database_backend() == DbBackend::Sqlite && self.scope != Scope::All && !matches!(path, AccessPath::Selective(_));
        Ok(may_be && !prospects::fits_merge_limit(db, self.scope).await?)
    }

    fn ids(&self, backend: DbBackend, path: &AccessPath) -> SelectStatement {
        self.select(backend, path).select_only().column(L::id()).into_query()
    }

    fn estimate(&self, backend: DbBackend) -> Estimate {
        Estimate::of(backend, L::joined(), || self.ids(backend, &AccessPath::Scan), self.all(backend))
    }
}

/// One page of the list.
pub async fn page<L: Listed>(cx: &Cx, db: &impl ConnectionTrait, query: &ListQuery<L>, args: &PageArgs) -> Result<Page<Arc<L>>>
where
    Arc<L>: Keyed,
{
    let window = args.window(&query.sort, cx.app.settings.limits.page_size)?;
    let path = query.access_path(db).await?;
    let select = match query.is_scan(db, path).await? {
        true => query.scan(db.get_database_backend()),
        false => query.select(db.get_database_backend(), path),
    };
    window.read(db, path, select, &query.sort, |row| Arc::new(L::of(row))).await
}

/// Number of rows on all pages.
pub async fn count<L: Listed>(cx: &Cx, db: &impl ConnectionTrait, query: &ListQuery<L>) -> Result<Total> {
    let ids = query.ids(db.get_database_backend(), query.access_path(db).await?);
    total::of(cx, db, ids, || query.estimate(db.get_database_backend())).await
}
