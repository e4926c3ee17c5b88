//! The list of documents over all prospects that the caller sees, newest first, and the list of deleted ones.

use std::sync::Arc;

use sea_orm::{ColumnTrait, Condition, QueryFilter, QuerySelect, QueryTrait, Select};
use uuid::Uuid;

use super::edit::restorable_since;
use super::{CREATED_AT, DELETED_AT, Document, joined};
use crate::auth::{Scope, Viewer, visibility};
use crate::cx::Cx;
use crate::entities::records::document;
use crate::error::Result;
use crate::ids::Kind;
use crate::resolvers::filter::{Column, ColumnTest, ColumnType, Filter, Index, Test, TextKind, TextTest};
use crate::resolvers::lists::access_path::AccessPath;
use crate::resolvers::lists::page::{Direction, Page, PageArgs, Sort, SortColumn};
use crate::resolvers::lists::total::{self, Estimate, Total};
use crate::resolvers::records::child_list::{ListQuery, Listed};
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
/// The size in bytes.
pub static SIZE: Column = Column::new("size", "documents.size", ColumnType::Integer);
/// The kind of its carrier, as it is stored.
pub static CARRIER_KIND: Column = Column::new("carrierKind", "documents.carrier_kind", ColumnType::Value);

impl Listed for Document {
    type Entity = document::Entity;
    const TABLE: &'static str = "documents";
    const ORDER: (SortColumn, Direction) = (CREATED_AT, Direction::Descending);

    fn of(row: document::Model) -> Document {
        Document::from(row)
    }

    fn id() -> document::Column {
        document::Column::Id
    }

    fn joined() -> Select<document::Entity> {
        joined()
    }

    fn live() -> Option<Condition> {
        Some(Condition::all().add(document::Column::DeletedAt.is_null()))
    }

    /// By the time alone, which the index of the order has.
    fn is_found_by(test: &ColumnTest, _scope: Scope) -> bool {
        *test.column == CREATED
    }
}

/// Query of the list, newest first unless ordered otherwise.
pub fn query(viewer: &Viewer, search: Option<Search>, filter: Filter, order: Vec<(SortColumn, Direction)>) -> Result<ListQuery<Document>> {
    ListQuery::new(viewer, search.map(searched), filter, order)
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
