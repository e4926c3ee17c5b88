//! The list of tasks over all prospects that the caller sees, earliest due time first.

use std::sync::Arc;

use sea_orm::sea_query::SelectStatement;
use sea_orm::{Condition, ConnectionTrait, DbBackend, EntityTrait, QueryFilter, QuerySelect, QueryTrait, Select};
use tokio::sync::OnceCell;

use super::{DUE_AT, Task, joined, visible};
use crate::auth::{Scope, Viewer, visibility};
use crate::cx::Cx;
use crate::entities::process::task;
use crate::entities::records::prospect;
use crate::error::Result;
use crate::resolvers::filter::{ColumnTest, Filter, Predicate, checked};
use crate::resolvers::lists::access_path::{self, AccessPath};
use crate::resolvers::lists::page::{self, Direction, Page, PageArgs, Sort, SortColumn};
use crate::resolvers::lists::total::{self, Estimate, Total};
use crate::resolvers::records::{filterable, prospects};

/// Query of the list.
#[derive(Debug)]
pub struct ListQuery {
    /// For whom.
    scope: Scope,
    filter: Filter,
    sort: Arc<Sort>,
    /// Decided once, by the page or by the count.
    access_path: OnceCell<AccessPath>,
}

impl ListQuery {
    /// Earliest due time first, unless ordered otherwise.
    pub fn new(viewer: &Viewer, filter: Filter, order: Vec<(SortColumn, Direction)>) -> Result<ListQuery> {
        let scope = viewer.scope();
        filter.check(viewer)?;
        Ok(ListQuery {
            scope,
            filter: filter.decided(&|test| prospects::list::known(test, scope, false)),
            sort: Arc::new(Sort {
                table: "tasks",
                columns: page::checked_order(order, (DUE_AT, Direction::Ascending))?,
            }),
            access_path: OnceCell::new(),
        })
    }

    async fn access_path(&self, db: &impl ConnectionTrait) -> Result<&AccessPath> {
        let own = |test: &ColumnTest| {
            let rows = prospect::Entity::find().select_only().column(prospect::Column::Id);
            let rows = rows.filter(visibility::condition(self.scope)).filter(test.condition());
            (test.is_indexed() && !is_of_tasks(test)).then(|| rows.into_query())
        };
        self.access_path
            .get_or_try_init(|| AccessPath::of(db, &self.filter, own, |_| false))
            .await
    }

    /// Conditions on the rows of the list.
    fn all(&self, backend: DbBackend) -> Condition {
        visibility::condition(self.scope).add(access_path::compiler(backend).condition(&self.filter))
    }

    /// The rows, by the access path. PostgreSQL may begin at the tasks or at the prospects, as its statistics say.
    fn select(&self, backend: DbBackend, path: &AccessPath) -> Select<task::Entity> {
        match (path, backend) {
            (AccessPath::Selective(source), _) => joined()
                .filter(access_path::id_in(backend, "tasks.prospect_id", source))
                .filter(checked(self.all(backend))),
            (_, DbBackend::Postgres) => joined().filter(self.all(backend)),
            _ => visible(self.scope).filter(self.by_tasks(backend, self.scope)),
        }
    }

    /// The rows for SQLite by a scan of the tasks of all, although the caller sees only some of them: it would sort all tasks of an owner of
    /// many prospects.
    fn scan(&self, backend: DbBackend) -> Select<task::Entity> {
        joined()
            .filter(checked(visibility::condition(self.scope)))
            .filter(self.by_tasks(backend, Scope::All))
    }

    /// Conditions on the tasks themselves, with those on their prospects as checks only. The type is a check, too, for the tasks of one
    /// owner: these are few among those of all.
    fn by_tasks(&self, backend: DbBackend, scope: Scope) -> Condition {
        let compiler = access_path::compiler(backend);
        let is_found = |test: &ColumnTest| is_of_tasks(test) && (scope == Scope::All || *test.column != filterable::TASK_TYPE);
        let of_tasks = self.filter.holding().filter_map(|predicate| match predicate {
            Predicate::Column(test) if is_found(test) => Some(test.condition()),
            _ => None,
        });
        let all = of_tasks.fold(Condition::all(), Condition::add);
        all.add(checked(compiler.condition(&self.filter)))
    }

    /// Whether SQLite is to scan the tasks of all assignees.
    async fn is_scan(&self, db: &impl ConnectionTrait, path: &AccessPath) -> Result<bool> {
        let may_be =
            db.get_database_backend() == DbBackend::Sqlite && self.scope != Scope::All && !matches!(path, AccessPath::Selective(_));
        Ok(may_be && !prospects::fits_merge_limit(db, self.scope).await?)
    }

    fn ids(&self, backend: DbBackend, path: &AccessPath) -> SelectStatement {
        self.select(backend, path).select_only().column(task::Column::Id).into_query()
    }

    fn estimate(&self, backend: DbBackend) -> Estimate {
        Estimate::of(backend, joined(), || self.ids(backend, &AccessPath::Scan), self.all(backend))
    }
}

/// One page of the list.
pub async fn page(cx: &Cx, db: &impl ConnectionTrait, query: &ListQuery, args: &PageArgs) -> Result<Page<Arc<Task>>> {
    let window = args.window(&query.sort, cx.app.settings.limits.page_size)?;
    let path = query.access_path(db).await?;
    let select = match query.is_scan(db, path).await? {
        true => query.scan(db.get_database_backend()),
        false => query.select(db.get_database_backend(), path),
    };
    window.read(db, path, select, &query.sort, |row| Arc::new(Task::from(row))).await
}

/// Number of tasks on all pages.
pub async fn count(cx: &Cx, db: &impl ConnectionTrait, query: &ListQuery) -> Result<Total> {
    let ids = query.ids(db.get_database_backend(), query.access_path(db).await?);
    total::of(cx, db, ids, || query.estimate(db.get_database_backend())).await
}

fn is_of_tasks(test: &ColumnTest) -> bool {
    test.column.is_of("tasks")
}
