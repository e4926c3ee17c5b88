//! The list of documents over all prospects that the caller sees, newest first, and the list of deleted ones.

use std::sync::Arc;

use sea_orm::sea_query::SelectStatement;
use sea_orm::{ColumnTrait, Condition, ConnectionTrait, DbBackend, EntityTrait, QueryFilter, QuerySelect, QueryTrait, Select};
use tokio::sync::OnceCell;
use uuid::Uuid;

use super::edit::restorable_since;
use super::{CREATED_AT, DELETED_AT, Document, joined};
use crate::auth::{Scope, Viewer, visibility};
use crate::cx::Cx;
use crate::entities::records::{document, prospect};
use crate::error::Result;
use crate::ids::Kind;
use crate::resolvers::filter::{Column, ColumnTest, ColumnType, Filter, Index, Predicate, Test, TextKind, TextTest, checked};
use crate::resolvers::lists::access_path::{self, AccessPath};
use crate::resolvers::lists::page::{self, Direction, Page, PageArgs, Sort, SortColumn};
use crate::resolvers::lists::total::{self, Estimate, Total};
use crate::resolvers::records::prospects;
use crate::rules::documents::NAME_LENGTH;
use crate::rules::search::Search;

/// The name. The names of all documents are in the search document of their prospect.
pub static NAME: Column = Column::new("name", "documents.name_norm", ColumnType::Text(TextKind::Folded, NAME_LENGTH)).searched();
/// The media type. Its letters are small already.
pub static MEDIA_TYPE: Column = Column::new("mediaType", "documents.media_type", ColumnType::Text(TextKind::Folded, NAME_LENGTH));
/// The type of the catalogue.
pub static TYPE: Column = Column::new("type", "documents.type_id", ColumnType::Id(Kind::DocumentType)).nullable();
/// The user who uploaded it.
pub static CREATED_BY: Column = Column::new("createdBy", "documents.created_by", ColumnType::Id(Kind::User)).nullable();
/// When it was uploaded.
pub static CREATED: Column = Column::new("createdAt", "documents.created_at", ColumnType::Time).index(Index::Alone);
/// The kind of its carrier, as it is stored.
pub static CARRIER_KIND: Column = Column::new("carrierKind", "documents.carrier_kind", ColumnType::Value);

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
    /// Newest first, unless ordered otherwise.
    pub fn new(viewer: &Viewer, search: Option<Search>, filter: Filter, order: Vec<(SortColumn, Direction)>) -> Result<ListQuery> {
        let scope = viewer.scope();
        filter.check(viewer)?;
        let filter = Filter::All(search.map(searched).into_iter().chain([filter]).collect());
        Ok(ListQuery {
            scope,
            filter: filter.decided(&|test| prospects::list::known(test, scope, false)),
            sort: Arc::new(Sort {
                table: "documents",
                columns: page::checked_order(order, (CREATED_AT, Direction::Descending))?,
            }),
            access_path: OnceCell::new(),
        })
    }

    async fn access_path(&self, db: &impl ConnectionTrait) -> Result<&AccessPath> {
        let own = |test: &ColumnTest| {
            let rows = prospect::Entity::find().select_only().column(prospect::Column::Id);
            let rows = rows.filter(visibility::condition(self.scope)).filter(test.condition());
            (test.is_indexed() && !is_of_documents(test)).then(|| rows.into_query())
        };
        self.access_path
            .get_or_try_init(|| AccessPath::of(db, &self.filter, own, |_| false))
            .await
    }

    /// Conditions on the rows of the list.
    fn all(&self, backend: DbBackend) -> Condition {
        visibility::condition(self.scope)
            .add(document::Column::DeletedAt.is_null())
            .add(access_path::compiler(backend).condition(&self.filter))
    }

    /// The rows, by the access path. PostgreSQL may begin at the documents or at the prospects, as its statistics say.
    fn select(&self, backend: DbBackend, path: &AccessPath) -> Select<document::Entity> {
        match (path, backend) {
            (AccessPath::Selective(source), _) => joined()
                .filter(access_path::id_in(backend, "documents.prospect_id", source))
                .filter(checked(self.all(backend))),
            (_, DbBackend::Postgres) => joined().filter(self.all(backend)),
            _ => joined().filter(visibility::condition(self.scope)).filter(self.by_time(backend)),
        }
    }

    /// The rows for SQLite by a scan of the documents of all, although the caller sees only some of them: it would sort all documents of an
    /// owner of many prospects.
    fn scan(&self, backend: DbBackend) -> Select<document::Entity> {
        joined()
            .filter(checked(visibility::condition(self.scope)))
            .filter(self.by_time(backend))
    }

    /// Conditions on the time, by which an index finds them, with all others as checks only.
    fn by_time(&self, backend: DbBackend) -> Condition {
        let of_time = self.filter.holding().filter_map(|predicate| match predicate {
            Predicate::Column(test) if *test.column == CREATED => Some(test.condition()),
            _ => None,
        });
        let live = Condition::all().add(document::Column::DeletedAt.is_null());
        let all = of_time.fold(live, Condition::add);
        all.add(checked(access_path::compiler(backend).condition(&self.filter)))
    }

    /// Whether SQLite is to scan the documents of all prospects.
    async fn is_scan(&self, db: &impl ConnectionTrait, path: &AccessPath) -> Result<bool> {
        let may_be =
            db.get_database_backend() == DbBackend::Sqlite && self.scope != Scope::All && !matches!(path, AccessPath::Selective(_));
        Ok(may_be && !prospects::fits_merge_limit(db, self.scope).await?)
    }

    fn ids(&self, backend: DbBackend, path: &AccessPath) -> SelectStatement {
        self.select(backend, path).select_only().column(document::Column::Id).into_query()
    }

    fn estimate(&self, backend: DbBackend) -> Estimate {
        Estimate::of(backend, joined(), || self.ids(backend, &AccessPath::Scan), self.all(backend))
    }
}

/// One page of the list.
pub async fn page(cx: &Cx, db: &impl ConnectionTrait, query: &ListQuery, args: &PageArgs) -> Result<Page<Arc<Document>>> {
    let window = args.window(&query.sort, cx.app.settings.limits.page_size)?;
    let path = query.access_path(db).await?;
    let select = match query.is_scan(db, path).await? {
        true => query.scan(db.get_database_backend()),
        false => query.select(db.get_database_backend(), path),
    };
    window
        .read(db, path, select, &query.sort, |row| Arc::new(Document::from(row)))
        .await
}

/// Number of documents on all pages.
pub async fn count(cx: &Cx, db: &impl ConnectionTrait, query: &ListQuery) -> Result<Total> {
    let ids = query.ids(db.get_database_backend(), query.access_path(db).await?);
    total::of(cx, db, ids, || query.estimate(db.get_database_backend())).await
}

/// One page of the deleted documents of visible prospects, or of one of these, that can still be restored; latest deletion first.
pub async fn deleted(cx: &Cx, prospect_id: Option<Uuid>, args: &PageArgs) -> Result<Page<Arc<Document>>> {
    let sort = Arc::new(Sort {
        table: "documents",
        columns: vec![(DELETED_AT, Direction::Descending)],
    });
    let window = args.window(&sort, cx.app.settings.limits.page_size)?;
    let select = select_deleted(cx, prospect_id)?;
    window
        .read(cx.db().reader(), &AccessPath::Scan, select, &sort, |row| {
            Arc::new(Document::from(row))
        })
        .await
}

/// Number of such documents.
pub async fn count_deleted(cx: &Cx, prospect_id: Option<Uuid>) -> Result<Total> {
    let select = select_deleted(cx, prospect_id)?;
    let ids = select.clone().select_only().column(document::Column::Id).into_query();
    let backend = cx.db().backend();
    let passes = deleted_condition(cx, prospect_id)?;
    total::of(cx, cx.db().reader(), ids.clone(), || {
        Estimate::of(backend, joined(), || ids, passes)
    })
    .await
}

fn select_deleted(cx: &Cx, prospect_id: Option<Uuid>) -> Result<Select<document::Entity>> {
    Ok(joined().filter(deleted_condition(cx, prospect_id)?))
}

fn deleted_condition(cx: &Cx, prospect_id: Option<Uuid>) -> Result<Condition> {
    Ok(visibility::condition(cx.scope()?)
        .add(document::Column::DeletedAt.gt(restorable_since(cx, cx.began_at)))
        .add_option(prospect_id.map(|id| document::Column::ProspectId.eq(id))))
}

/// Conditions of a search on each document.
fn searched(search: Search) -> Filter {
    let on_name = |test: TextTest| Filter::from(ColumnTest::new(&NAME, Test::Text(test)));
    match search {
        Search::Words(words) => Filter::All(
            words
                .all()
                .iter()
                .map(|word| {
                    on_name(TextTest {
                        contains: Some(word.variants().to_vec()),
                        searched: Some(word.variants().to_vec()),
                        ..TextTest::default()
                    })
                })
                .collect(),
        ),
        Search::Beginning(text) => on_name(TextTest {
            starts_with: Some(vec![text]),
            ..TextTest::default()
        }),
        Search::Nothing => Filter::always(false),
    }
}

fn is_of_documents(test: &ColumnTest) -> bool {
    test.column.is_of("documents")
}
