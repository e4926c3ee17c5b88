//! Lists of jobs, newest first, and of what was wrong with the rows of one.

use std::sync::Arc;

use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter, QuerySelect, QueryTrait, Select};
use uuid::Uuid;

use super::{CREATED_AT, Job};
use crate::cx::Cx;
use crate::entities::insight::{job, job_row_error};
use crate::error::Result;
use crate::ids::Kind;
use crate::resolvers::filter::{Column, ColumnType, Filter, Index};
use crate::resolvers::lists::access_path;
use crate::resolvers::lists::page::{Direction, Key, Keyed, Page, PageArgs, Sort, SortColumn};
use crate::resolvers::lists::total::{self, Estimate, Total};

/// What was wrong with a row, as it is stored.
pub type RowError = Arc<job_row_error::Model>;

/// The longest kind of a job, in characters.
pub const KIND_LENGTH: usize = 100;

/// The state of a job.
pub static STATE: Column = Column::new("state", "jobs.state", ColumnType::Value).index(Index::ThenCreation);
/// Its kind, as it is stored.
pub static KIND: Column = Column::new("kind", "jobs.kind", ColumnType::Value);
/// Its user.
pub static USER: Column = Column::new("user", "jobs.user_id", ColumnType::Id(Kind::User))
    .nullable()
    .index(Index::ThenCreation);

const ROW_NUMBER: SortColumn = SortColumn::integer("row_number");

impl Keyed for job_row_error::Model {
    fn key(&self, _: &SortColumn) -> Key {
        Key::Integer(self.row_number)
    }

    fn id(&self) -> Uuid {
        self.id
    }
}

/// One page of the jobs that the caller sees.
pub async fn page(cx: &Cx, filter: &Filter, args: &PageArgs) -> Result<Page<Job>> {
    filter.check(cx.viewer()?)?;
    let sort = Arc::new(Sort {
        table: "jobs",
        columns: vec![(CREATED_AT, Direction::Descending)],
    });
    let window = args.window(&sort, cx.app.settings.limits.page_size)?;
    let rows = window.apply(select(cx, filter)?, &sort).all(cx.db().reader()).await?;
    Ok(window.page(rows.into_iter().map(Arc::new).collect(), sort))
}

/// How many jobs there are on all pages.
pub async fn count(cx: &Cx, filter: &Filter) -> Result<Total> {
    let passes = condition(cx, filter)?;
    let ids = select(cx, filter)?.select_only().column(job::Column::Id).into_query();
    total::of(cx, cx.db().reader(), ids.clone(), || {
        Estimate::of(cx.db().backend(), job::Entity::find(), || ids, passes)
    })
    .await
}

/// One page of what was wrong with the rows of a job that the caller sees, in the order of the rows.
pub async fn row_errors(cx: &Cx, job: &job::Model, args: &PageArgs) -> Result<Page<RowError>> {
    let sort = Arc::new(Sort {
        table: "job_row_errors",
        columns: vec![(ROW_NUMBER, Direction::Ascending)],
    });
    let window = args.window(&sort, cx.app.settings.limits.page_size)?;
    // Most jobs have none, and a list of jobs shall not look for these one by one.
    if job.row_errors == 0 {
        return Ok(window.page(Vec::new(), sort));
    }
    let of_job = job_row_error::Entity::find().filter(job_row_error::Column::JobId.eq(job.id));
    let rows = window.apply(of_job, &sort).all(cx.db().reader()).await?;
    Ok(window.page(rows.into_iter().map(Arc::new).collect(), sort))
}

/// How many row errors the job has, as it was read.
pub fn count_row_errors(job: &job::Model) -> Total {
    Total::exact(job.row_errors.unsigned_abs())
}

fn select(cx: &Cx, filter: &Filter) -> Result<Select<job::Entity>> {
    Ok(job::Entity::find().filter(condition(cx, filter)?))
}

/// What holds for the rows of the list: that the caller sees them, as `Viewer::can_see_job_of` says of one, and what is asked for.
fn condition(cx: &Cx, filter: &Filter) -> Result<Condition> {
    let viewer = cx.viewer()?;
    let asked = access_path::compiler(cx.db().backend()).condition(filter);
    Ok(if viewer.is_administrator() {
        asked
    } else {
        Condition::all().add(job::Column::UserId.eq(viewer.user_id)).add(asked)
    })
}
