//! The list of tasks over all prospects that the caller sees, earliest due time first.

use std::sync::Arc;

use sea_orm::sea_query::SelectStatement;
use sea_orm::{Condition, DbBackend, EntityTrait, QueryFilter, QuerySelect, QueryTrait, Select};
use tokio::sync::OnceCell;

use super::{DUE_AT, Task, joined, visible};
use crate::auth::{Scope, Viewer, visibility};
use crate::cx::Cx;
use crate::db::Db;
use crate::entities::process::task;
use crate::entities::records::prospect;
use crate::error::Result;
use crate::resolvers::filter::{ColumnTest, Filter, Predicate, checked};
use crate::resolvers::lists::page::{Direction, Page, PageArgs, Sort};
use crate::resolvers::lists::start::{self, Start};
use crate::resolvers::lists::total::{self, Guess, Total};
use crate::resolvers::records::{filterable, prospects};

/// Query of the list.
#[derive(Debug)]
pub struct ListQuery {
    /// For whom.
    scope: Scope,
    filter: Filter,
    sort: Arc<Sort>,
    /// Decided once, by the page or by the count.
    start: OnceCell<Start>,
}

impl ListQuery {
    pub fn new(viewer: &Viewer, filter: Filter) -> Result<ListQuery> {
        let scope = viewer.scope();
        filter.check(viewer)?;
        Ok(ListQuery {
            scope,
            filter: filter.decided(&|test| prospects::list::known(test, scope, false)),
            sort: Arc::new(Sort {
                table: "tasks",
                columns: vec![(DUE_AT, Direction::Ascending)],
            }),
            start: OnceCell::new(),
        })
    }

    async fn start(&self, db: &Db) -> Result<&Start> {
        let own = |test: &ColumnTest| {
            let rows = prospect::Entity::find().select_only().column(prospect::Column::Id);
            let rows = rows.filter(visibility::condition(self.scope)).filter(test.condition());
            (test.is_indexed() && !is_of_tasks(test)).then(|| rows.into_query())
        };
        self.start.get_or_try_init(|| Start::of(db, &self.filter, own, |_| false)).await
    }

    /// Conditions on the rows of the list.
    fn all(&self, db: &Db) -> Condition {
        visibility::condition(self.scope).add(start::compiler(db).condition(&self.filter))
    }

    /// The rows, from where the list starts. PostgreSQL may begin at the tasks or at the prospects, as its statistics say.
    fn select(&self, db: &Db, start: &Start) -> Select<task::Entity> {
        match (start, db.backend()) {
            (Start::Few(source), _) => joined()
                .filter(start::among(db, "tasks.prospect_id", source))
                .filter(checked(self.all(db))),
            (_, DbBackend::Postgres) => joined().filter(self.all(db)),
            _ => visible(self.scope).filter(self.by_tasks(db, self.scope)),
        }
    }

    /// The rows for SQLite, which begins at the tasks of all, although the caller sees only some of them: it would sort all tasks of an owner of
    /// many prospects.
    fn walk(&self, db: &Db) -> Select<task::Entity> {
        joined()
            .filter(checked(visibility::condition(self.scope)))
            .filter(self.by_tasks(db, Scope::All))
    }

    /// Conditions on the tasks themselves, with those on their prospects as checks only. The type is a check, too, for the tasks of one
    /// owner: these are few among those of all.
    fn by_tasks(&self, db: &Db, scope: Scope) -> Condition {
        let compiler = start::compiler(db);
        let is_found = |test: &ColumnTest| is_of_tasks(test) && (scope == Scope::All || *test.column != filterable::TASK_TYPE);
        let of_tasks = self.filter.holding().filter_map(|predicate| match predicate {
            Predicate::Column(test) if is_found(test) => Some(test.condition()),
            _ => None,
        });
        let all = of_tasks.fold(Condition::all(), Condition::add);
        all.add(checked(compiler.condition(&self.filter)))
    }

    /// Whether SQLite is to scan the tasks of all assignees.
    async fn is_walked(&self, db: &Db, start: &Start) -> Result<bool> {
        let may_be = db.backend() == DbBackend::Sqlite && self.scope != Scope::All && !matches!(start, Start::Few(_));
        Ok(may_be && !prospects::are_few(db, self.scope).await?)
    }

    fn ids(&self, db: &Db, start: &Start) -> SelectStatement {
        self.select(db, start).select_only().column(task::Column::Id).into_query()
    }

    fn guess(&self, db: &Db) -> Guess {
        Guess::of(db, joined(), || self.ids(db, &Start::Order), self.all(db))
    }
}

/// One page of the list.
pub async fn page(cx: &Cx, query: &ListQuery, args: &PageArgs) -> Result<Page<Arc<Task>>> {
    let db = cx.db();
    let window = args.window(&query.sort, cx.app.settings.limits.page_size)?;
    let start = query.start(db).await?;
    let select = match query.is_walked(db, start).await? {
        true => query.walk(db),
        false => query.select(db, start),
    };
    let rows = window.apply(select, &query.sort).all(db.reader()).await?;
    let rows = rows.into_iter().map(|row| Arc::new(Task::from(row))).collect();
    Ok(window.page(rows, query.sort.clone()))
}

/// Number of tasks on all pages.
pub async fn count(cx: &Cx, query: &ListQuery) -> Result<Total> {
    let db = cx.db();
    let ids = query.ids(db, query.start(db).await?);
    total::of(cx, ids, || query.guess(db)).await
}

fn is_of_tasks(test: &ColumnTest) -> bool {
    test.column.sql.starts_with("tasks.")
}
