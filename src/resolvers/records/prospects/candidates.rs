//! Which prospects a filter can be about at all, asked of the indexes of its tests before the list is read.
//!
//! A test that few prospects pass is best begun with; one that many pass is best checked while the list is walked in its order. Which it is,
//! neither database knows beforehand, so each test is asked for its prospects, up to a number beyond which walking is the better way.

use std::collections::HashSet;

use sea_orm::sea_query::{Alias, Asterisk, Expr, ExprTrait, Func, Query, SelectStatement, SimpleExpr, UnionType};
use sea_orm::{ConnectionTrait, DbBackend, EntityTrait, QueryFilter, QuerySelect, QueryTrait, Value};
use uuid::Uuid;

use super::filter::{ProspectPredicate, Walk, Way};
use crate::auth::{Scope, visibility};
use crate::db::Db;
use crate::entities::records::prospect;
use crate::error::{Error, Result};
use crate::resolvers::filter::{Filter, Predicate};

/// With so many of a million a page that walks finds its rows as fast as one that looks at all of them.
pub const FEW: u64 = 5_000;
/// Tests that are asked; the others are only checked.
const MOST_ASKED: usize = 12;

#[derive(Clone, Debug)]
pub enum Candidates {
    /// No test names few prospects.
    Any,
    /// Only these can pass, whether or not somebody sees them.
    Only(Vec<Uuid>),
}

/// How a filter is put together of what was asked.
enum Outline {
    Asked(usize),
    All(Vec<Outline>),
    Any(Vec<Outline>),
    Unknown,
}

/// Asks all tests for which there is a question at once; at most one statement. A set counts as small up to `few` prospects.
pub async fn find<P>(db: &Db, filter: &Filter<P>, question: &impl Fn(&P) -> Option<SelectStatement>, few: u64) -> Result<Candidates> {
    let mut questions = Vec::new();
    let outline = outline(filter, question, &mut questions);
    if questions.is_empty() {
        return Ok(Candidates::Any);
    }
    let sets = ask(db, questions, few).await?;
    Ok(outline
        .small(&sets)
        .map_or(Candidates::Any, |set| Candidates::Only(set.into_iter().collect())))
}

/// The rows whose column, with the name of its table, names one of the prospects: a condition that both databases begin with.
pub fn among(backend: DbBackend, column: &'static str, ids: &[Uuid]) -> SimpleExpr {
    match backend {
        DbBackend::Postgres => Expr::cust_with_values(format!("{column} = ANY($1)"), [Value::from(ids.to_vec())]),
        _ => {
            let mut hex = Uuid::encode_buffer();
            let mut list = String::with_capacity(ids.len() * 35 + 2);
            for id in ids {
                list.push(if list.is_empty() { '[' } else { ',' });
                list.push('"');
                list.push_str(id.as_simple().encode_lower(&mut hex));
                list.push('"');
            }
            list.push_str(if list.is_empty() { "[]" } else { "]" });
            let among = format!("{column} IN (SELECT unhex(value) FROM json_each(?))");
            Expr::cust_with_values(among, [Value::from(list)])
        }
    }
}

/// What asks for the prospects that pass the test, where an index answers it better than the order of the list does.
pub fn question(db: &Db, scope: Scope, predicate: &ProspectPredicate, walk: Walk) -> Option<SelectStatement> {
    match predicate.way(db, walk) {
        Way::Order | Way::Check => None,
        Way::Find(found) => Some(*found),
        Way::Own => {
            let own = prospect::Entity::find()
                .select_only()
                .column(prospect::Column::Id)
                .filter(visibility::condition(scope))
                .filter(predicate.condition());
            Some(own.into_query())
        }
    }
}

/// Whether an index answers all that can pass, if not in the order of the list.
pub fn are_asked<P>(filter: &Filter<P>, question: &impl Fn(&P) -> Option<SelectStatement>) -> bool {
    !sources(filter, question).is_empty()
}

/// What passes the test that the fewest pass.
pub struct Narrowest {
    /// What asks for it, for the first of it if there is too much.
    pub source: SelectStatement,
    pub is_whole: bool,
}

/// The narrowest of the tests that all have to hold, where it is narrower than what the list walks; at most two statements. Of either, more
/// than `most` is not told apart.
pub async fn narrowest<P>(
    db: &Db,
    filter: &Filter<P>,
    question: &impl Fn(&P) -> Option<SelectStatement>,
    walked: Option<SelectStatement>,
    most: u64,
) -> Result<Option<Narrowest>> {
    let mut sources = sources(filter, question);
    sources.truncate(MOST_ASKED);
    if sources.is_empty() {
        return Ok(None);
    }
    let walked = match walked {
        Some(walked) => sizes(db, &[walked], most).await?.first().copied(),
        None => None,
    };
    // Whether a test passes more than what is walked is all that matters of its size.
    let sizes = sizes(db, &sources, walked.map_or(most, |walked| Ord::min(walked, most))).await?;
    let narrowest = sources.into_iter().zip(sizes).min_by_key(|(_, size)| *size);
    let narrower = narrowest.filter(|(_, size)| walked.is_none_or(|walked| *size < walked || walked > most));
    Ok(narrower.map(|(source, size)| Narrowest {
        source: first_of(source, most),
        is_whole: size <= most,
    }))
}

/// The questions one of which answers all that pass, each of them alone.
fn sources<P>(filter: &Filter<P>, question: &impl Fn(&P) -> Option<SelectStatement>) -> Vec<SelectStatement> {
    match filter {
        Filter::Is(predicate) => question(predicate).into_iter().collect(),
        Filter::All(filters) => filters.iter().flat_map(|filter| sources(filter, question)).collect(),
        Filter::Any(filters) => {
            let one_of_each: Option<Vec<_>> = filters.iter().map(|filter| sources(filter, question).into_iter().next()).collect();
            let together = one_of_each.into_iter().flatten().reduce(|mut one, other| {
                one.union(UnionType::All, other);
                one
            });
            together.into_iter().collect()
        }
        Filter::Not(_) => Vec::new(),
    }
}

/// So many of the rows. A limit of the question itself would be that of the last part of a union.
fn first_of(question: SelectStatement, most: u64) -> SelectStatement {
    Query::select()
        .column(Alias::new("id"))
        .from_subquery(question, "found")
        .limit(most)
        .to_owned()
}

/// How many rows each of the questions answers, counted up to one past the most.
async fn sizes(db: &Db, questions: &[SelectStatement], most: u64) -> Result<Vec<u64>> {
    let mut together = Query::select();
    for question in questions {
        let size = Query::select()
            .expr(Expr::col(Asterisk).count())
            .from_subquery(first_of(question.clone(), most + 1), "counted")
            .to_owned();
        together.expr(Expr::from(size));
    }
    let Some(row) = db.reader().query_one_raw(db.backend().build(&together)).await? else {
        return Err(Error::internal("a count has no row"));
    };
    let size = |index| Ok(row.try_get_by_index::<i64>(index)?.unsigned_abs());
    (0..row.column_names().len()).map(size).collect()
}

fn outline<P>(filter: &Filter<P>, question: &impl Fn(&P) -> Option<SelectStatement>, questions: &mut Vec<SelectStatement>) -> Outline {
    let mut each = |filters: &[Filter<P>]| -> Vec<Outline> { filters.iter().map(|filter| outline(filter, question, questions)).collect() };
    match filter {
        Filter::All(filters) => Outline::All(each(filters)),
        Filter::Any(filters) => Outline::Any(each(filters)),
        Filter::Not(_) => Outline::Unknown,
        Filter::Is(predicate) => match question(predicate) {
            Some(question) if questions.len() < MOST_ASKED => {
                questions.push(question);
                Outline::Asked(questions.len() - 1)
            }
            _ => Outline::Unknown,
        },
    }
}

/// The answers in the order of the questions; None where they are more than a few.
async fn ask(db: &Db, questions: Vec<SelectStatement>, few: u64) -> Result<Vec<Option<HashSet<Uuid>>>> {
    let mut together: Option<SelectStatement> = None;
    for (number, mut question) in questions.iter().cloned().enumerate() {
        question.limit(few + 1);
        let id = Expr::col(Alias::new("id"));
        let ids = match db.backend() {
            DbBackend::Postgres => Func::cust("string_agg").args([id.cast_as(Alias::new("text")), Expr::val(",")]),
            _ => Func::cust("group_concat").args([Func::cust("hex").arg(id).into(), Expr::val(",")]),
        };
        let answer = Query::select()
            .expr(Expr::cust(number.to_string()))
            .expr(ids)
            .from_subquery(question, "found")
            .to_owned();
        match &mut together {
            None => together = Some(answer),
            Some(first) => {
                first.union(UnionType::All, answer);
            }
        }
    }
    let mut sets = vec![Some(HashSet::new()); questions.len()];
    let Some(together) = together else { return Ok(sets) };
    for row in db.reader().query_all_raw(db.backend().build(&together)).await? {
        let number: i32 = row.try_get_by_index(0)?;
        let text: Option<String> = row.try_get_by_index(1)?;
        let ids = text.iter().flat_map(|text| text.split(','));
        let ids: Vec<Uuid> = ids
            .map(Uuid::try_parse)
            .collect::<std::result::Result<_, _>>()
            .map_err(Error::internal)?;
        let set = sets.get_mut(usize::try_from(number).map_err(Error::internal)?);
        let set = set.ok_or_else(|| Error::internal("an answer has no question"))?;
        *set = (ids.len() as u64 <= few).then(|| ids.into_iter().collect());
    }
    Ok(sets)
}

impl Outline {
    /// The prospects that can pass, if they are known to be few.
    fn small(&self, sets: &[Option<HashSet<Uuid>>]) -> Option<HashSet<Uuid>> {
        match self {
            Outline::Asked(number) => sets[*number].clone(),
            Outline::All(parts) => parts
                .iter()
                .filter_map(|part| part.small(sets))
                .reduce(|one, other| one.intersection(&other).copied().collect()),
            Outline::Any(parts) => parts.iter().map(|part| part.small(sets)).try_fold(HashSet::new(), |mut all, part| {
                all.extend(part?);
                Some(all)
            }),
            Outline::Unknown => None,
        }
    }
}
