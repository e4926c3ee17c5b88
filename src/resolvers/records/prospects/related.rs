//! Filters over the rows beside a prospect: some of them, none of them or every one passes.

use sea_orm::sea_query::{Alias, Expr, ExprTrait, JoinType, Query, SelectStatement, SimpleExpr};
use sea_orm::{ActiveEnum, ColumnTrait, Condition};

use super::filter::{column, part};
use crate::entities::records::contact_point::{PointKind, Verification};
use crate::entities::records::cycle::CycleKind;
use crate::entities::records::task::TaskState;
use crate::entities::records::timeline_entry::EntryKind;
use crate::entities::records::touch::TouchPlace;
use crate::entities::records::{
    address, client, contact, contact_point, cycle, identifier, prospect, prospect_tag, task, timeline_entry, touch,
};
use crate::entities::setup::status::StatusCategory;
use crate::resolvers::filter::{EnumTest, IdTest, TextTest, TimeTest, checked};
use crate::resolvers::records::tasks::filter::{TaskTest, is_in};
use crate::rules::search::Words;

/// What holds for the rows of one kind beside a prospect.
#[derive(Clone, Debug)]
pub struct Related {
    pub quantifier: Quantifier,
    pub live: Live,
    /// Of one and the same row, all have to hold.
    pub tests: Vec<RelatedTest>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Quantifier {
    /// One row passes, or more.
    Some,
    /// No row passes.
    None,
    /// No row fails; where there is no row this holds.
    Every,
}

/// Rows that belong to a prospect and are not removed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Live {
    Contacts,
    Emails,
    Phones,
    Identifiers,
    Addresses,
    Cycles,
    Entries,
    FirstTouch,
    LastTouch,
    Clients,
    Tags,
    Tasks,
    /// Of the planned ones the first by due time; one row or none.
    NextTask,
}

#[derive(Clone, Debug)]
pub enum RelatedTest {
    ContactName(TextTest),
    ContactEmail(TextTest),
    ContactPhone(TextTest),
    ContactIsMain(bool),
    Email(TextTest),
    Phone(TextTest),
    IsVerified(bool),
    IdentifierType(IdTest),
    IdentifierCountry(TextTest),
    IdentifierNumber(TextTest),
    Country(TextTest),
    City(TextTest),
    Municipality(TextTest),
    Parish(TextTest),
    AddressType(IdTest),
    Region(IdTest),
    Zone(IdTest),
    Sector(IdTest),
    CycleKind(EnumTest<CycleKind>),
    CycleStatus(IdTest),
    CycleCategory(EnumTest<StatusCategory>),
    CycleReason(IdTest),
    OpenedAt(TimeTest),
    ClosedAt(TimeTest),
    EntryKind(EnumTest<EntryKind>),
    EntryActor(IdTest),
    OccurredAt(TimeTest),
    EntryIsPinned(bool),
    TouchSource(IdTest),
    TouchAt(TimeTest),
    Tag(IdTest),
    Task(TaskTest),
}

/// Put in words because a table is met twice in it.
const IS_NEXT: &str = "tasks.id = (SELECT t.id FROM tasks t WHERE t.prospect_id = tasks.prospect_id AND t.state = 'PLANNED' \
                       ORDER BY t.due_at, t.id LIMIT 1)";

impl Related {
    pub fn condition(&self) -> Condition {
        let tests = self.tests.iter().fold(Condition::all(), |all, test| all.add(test.condition()));
        match self.quantifier {
            Quantifier::Some => self.live.some(tests),
            Quantifier::None => self.live.some(tests).not(),
            Quantifier::Every => self.live.some(Condition::all().add(checked(tests).not())).not(),
        }
    }

    /// The prospects that pass, where an index leads to them.
    pub fn find(&self) -> Option<SelectStatement> {
        // Where nothing is tested, the first rows that there are will do.
        let is_indexed = self.tests.is_empty() || self.live == Live::NextTask || self.tests.iter().any(RelatedTest::is_indexed);
        if self.quantifier != Quantifier::Some || !is_indexed {
            return None;
        }
        let point = self
            .tests
            .iter()
            .enumerate()
            .find_map(|(place, test)| Some((place, test.exact_point()?)));
        let others = self
            .tests
            .iter()
            .enumerate()
            .filter(|(place, _)| point.as_ref().is_none_or(|(of_point, _)| of_point != place));
        let tests = others.fold(Condition::all(), |all, (_, test)| all.add(test.condition()));
        Some(match point {
            Some((_, point)) => contacts_of(point, tests),
            None => self.live.find(tests),
        })
    }

    /// Words that the search documents of all prospects that pass have in them.
    pub fn part(&self) -> Option<Words> {
        let is_some = self.quantifier == Quantifier::Some;
        is_some.then(|| self.tests.iter().find_map(RelatedTest::part)).flatten()
    }

    pub fn value_count(&self) -> usize {
        self.tests.iter().map(RelatedTest::value_count).max().unwrap_or(0)
    }
}

impl From<TaskTest> for RelatedTest {
    fn from(test: TaskTest) -> Self {
        RelatedTest::Task(test)
    }
}

impl Live {
    /// There is a row of the prospect that passes. The rows are those of the prospect at hand: SQLite would as well look through all that
    /// pass if it saw an index for that.
    pub fn some(self, test: Condition) -> Condition {
        let (mut rows, parent) = self.rows();
        rows.expr(Expr::val(1))
            .and_where(parent.equals((prospect::Entity, prospect::Column::Id)))
            .limit(1);
        if !test.is_empty() {
            rows.and_where(checked(test));
        }
        // Not `EXISTS`, for which PostgreSQL would gather all rows that pass, of whichever prospect.
        Condition::all().add(Expr::from(rows).is_not_null())
    }

    /// The prospects of the rows that pass, some more than once.
    pub fn find(self, test: Condition) -> SelectStatement {
        let (mut rows, parent) = self.rows();
        rows.expr_as(parent, Alias::new("id")).cond_where(test).to_owned()
    }

    /// The rows, and their column that names the prospect.
    fn rows(self) -> (SelectStatement, SimpleExpr) {
        let mut rows = Query::select();
        macro_rules! of {
            ($entity:ident, $parent:ident $(, $live:expr)*) => {{
                rows.from($entity::Entity) $(.and_where($live))*;
                column($entity::Column::$parent)
            }};
        }
        let parent = match self {
            Live::Contacts => of!(contact, ProspectId, contact::Column::DeletedAt.is_null()),
            Live::Emails | Live::Phones => {
                let kind = if self == Live::Emails { PointKind::Email } else { PointKind::Phone };
                of!(
                    contact_point,
                    ProspectId,
                    contact_point::Column::DeletedAt.is_null(),
                    contact_point::Column::Kind.eq(kind)
                )
            }
            Live::Identifiers => of!(identifier, ProspectId, identifier::Column::DeletedAt.is_null()),
            Live::Addresses => of!(address, ProspectId, address::Column::DeletedAt.is_null()),
            Live::Cycles => of!(cycle, ProspectId),
            Live::Entries => of!(timeline_entry, ProspectId),
            Live::FirstTouch => of!(touch, ProspectId, touch::Column::Place.eq(TouchPlace::First)),
            Live::LastTouch => of!(touch, ProspectId, touch::Column::Place.eq(TouchPlace::Last)),
            Live::Clients => of!(client, Id),
            Live::Tags => of!(prospect_tag, ProspectId),
            Live::Tasks => of!(task, ProspectId),
            Live::NextTask => of!(task, ProspectId, is_in(TaskState::Planned), Expr::cust(IS_NEXT)),
        };
        (rows, parent)
    }
}

impl RelatedTest {
    fn condition(&self) -> Condition {
        use RelatedTest as T;
        match self {
            T::ContactName(test) => test.of_every(column(contact::Column::NameNorm)),
            T::ContactEmail(test) => PointTest::email(test).condition(),
            T::ContactPhone(test) => PointTest::phone(test).condition(),
            T::ContactIsMain(is_main) => Condition::all().add(contact::Column::IsMain.eq(*is_main)),
            T::Email(test) => test.of_every(column(contact_point::Column::ValueNorm)),
            T::Phone(test) => test.of_every(column(contact_point::Column::ValueNorm)),
            T::IsVerified(is_verified) => {
                // In the words of an index, which is used only where a statement has them too.
                let sign = if *is_verified { "=" } else { "<>" };
                let verified = Verification::Verified.into_value();
                Condition::all().add(Expr::cust(format!("contact_points.verification {sign} '{verified}'")))
            }
            T::IdentifierType(test) => test.of_every(column(identifier::Column::TypeId)),
            T::IdentifierCountry(test) => test.of_every(column(identifier::Column::Country)),
            T::IdentifierNumber(test) => test.of_every(column(identifier::Column::NumberNorm)),
            T::Country(test) => test.of_every(column(address::Column::Country)),
            T::City(test) => test.condition(column(address::Column::CityNorm)),
            T::Municipality(test) => test.condition(column(address::Column::MunicipalityNorm)),
            T::Parish(test) => test.condition(column(address::Column::ParishNorm)),
            T::AddressType(test) => test.condition(column(address::Column::TypeId)),
            T::Region(test) => test.condition(column(address::Column::RegionId)),
            T::Zone(test) => test.condition(column(address::Column::ZoneId)),
            T::Sector(test) => test.condition(column(address::Column::SectorId)),
            // In the words of the index of those other than the first.
            T::CycleKind(test) => test
                .condition(column(cycle::Column::Kind))
                .add_option(is_later(test).then(|| Expr::cust("cycles.kind <> 'NEW'"))),
            T::CycleStatus(test) => test.of_every(column(cycle::Column::StatusId)),
            T::CycleCategory(test) => test.condition(column(cycle::Column::Category)),
            T::CycleReason(test) => test.condition(column(cycle::Column::ReasonId)),
            T::OpenedAt(test) => test.of_every(column(cycle::Column::OpenedAt)),
            T::ClosedAt(test) => test.condition(column(cycle::Column::ClosedAt)),
            T::EntryKind(test) => test.condition(column(timeline_entry::Column::Kind)),
            T::EntryActor(test) => test.condition(column(timeline_entry::Column::ActorId)),
            T::OccurredAt(test) => test.of_every(column(timeline_entry::Column::OccurredAt)),
            T::EntryIsPinned(is_pinned) => Condition::all().add(if *is_pinned {
                timeline_entry::Column::PinnedAt.is_not_null()
            } else {
                timeline_entry::Column::PinnedAt.is_null()
            }),
            T::TouchSource(test) => test.of_every(column(touch::Column::SourceId)),
            T::TouchAt(test) => test.of_every(column(touch::Column::At)),
            T::Tag(test) => test.of_every(column(prospect_tag::Column::TagId)),
            T::Task(test) => test.condition(),
        }
    }

    fn is_indexed(&self) -> bool {
        use RelatedTest as T;
        match self {
            T::ContactEmail(test) | T::ContactPhone(test) => test.is_exact(),
            // What is never null is found at once not to be there.
            T::ContactName(test) | T::Email(test) | T::Phone(test) | T::IdentifierNumber(test) | T::Country(test) => {
                test.is_exact() || test.is_null == Some(true)
            }
            T::IdentifierCountry(test) => test.is_null == Some(true),
            T::City(test) | T::Municipality(test) | T::Parish(test) => test.is_exact() || test.is_null == Some(true),
            T::IdentifierType(test) | T::CycleStatus(test) | T::TouchSource(test) | T::Tag(test) => {
                test.is_exact() || test.is_null == Some(true)
            }
            T::CycleReason(test) | T::EntryActor(test) => test.is_exact(),
            T::AddressType(test) | T::Region(test) | T::Zone(test) | T::Sector(test) => test.is_exact() || test.is_null == Some(false),
            T::OpenedAt(test) | T::OccurredAt(test) | T::TouchAt(test) => test.is_bounded() || test.is_null == Some(true),
            T::ClosedAt(test) => test.is_bounded(),
            T::CycleKind(test) => is_later(test),
            T::EntryKind(_) => true,
            T::EntryIsPinned(is) | T::IsVerified(is) => *is,
            T::Task(test) => test.is_indexed(),
            T::ContactIsMain(_) | T::CycleCategory(_) => false,
        }
    }

    /// The points of contacts that an index leads to.
    fn exact_point(&self) -> Option<PointTest<'_>> {
        match self {
            RelatedTest::ContactEmail(test) if test.is_exact() => Some(PointTest::email(test)),
            RelatedTest::ContactPhone(test) if test.is_exact() => Some(PointTest::phone(test)),
            _ => None,
        }
    }

    /// Search documents hold names, e-mails, phones and document numbers.
    fn part(&self) -> Option<Words> {
        match self {
            RelatedTest::ContactName(test) => part(test),
            RelatedTest::ContactEmail(test) | RelatedTest::Email(test) => part(test),
            RelatedTest::ContactPhone(test) | RelatedTest::Phone(test) => part(test),
            RelatedTest::IdentifierNumber(test) => part(test),
            _ => None,
        }
    }

    fn value_count(&self) -> usize {
        use RelatedTest as T;
        match self {
            T::ContactName(test)
            | T::ContactEmail(test)
            | T::ContactPhone(test)
            | T::Email(test)
            | T::Phone(test)
            | T::IdentifierCountry(test)
            | T::IdentifierNumber(test)
            | T::Country(test)
            | T::City(test)
            | T::Municipality(test)
            | T::Parish(test) => test.value_count(),
            T::IdentifierType(test)
            | T::AddressType(test)
            | T::Region(test)
            | T::Zone(test)
            | T::Sector(test)
            | T::CycleStatus(test)
            | T::CycleReason(test)
            | T::EntryActor(test)
            | T::TouchSource(test)
            | T::Tag(test) => test.value_count(),
            T::Task(test) => test.value_count(),
            T::CycleKind(test) => test.value_count(),
            T::CycleCategory(test) => test.value_count(),
            T::EntryKind(test) => test.value_count(),
            T::ContactIsMain(_)
            | T::IsVerified(_)
            | T::EntryIsPinned(_)
            | T::OpenedAt(_)
            | T::ClosedAt(_)
            | T::OccurredAt(_)
            | T::TouchAt(_) => 1,
        }
    }
}

/// Whether it asks for certain kinds of cycles, but not for the first ones of prospects, which all of them have.
fn is_later(test: &EnumTest<CycleKind>) -> bool {
    let is_later = |kind: &CycleKind| *kind != CycleKind::New;
    test.eq.as_ref().is_some_and(is_later) || test.in_.as_ref().is_some_and(|kinds| kinds.iter().all(is_later))
}

/// A test of the e-mails or phones of a contact.
struct PointTest<'a> {
    kind: PointKind,
    test: &'a TextTest,
}

impl<'a> PointTest<'a> {
    fn email(test: &'a TextTest) -> Self {
        PointTest {
            kind: PointKind::Email,
            test,
        }
    }

    fn phone(test: &'a TextTest) -> Self {
        PointTest {
            kind: PointKind::Phone,
            test,
        }
    }

    /// The contact at hand is reached by a live point that passes; where nothing may be there, by none at all.
    fn condition(&self) -> Condition {
        let any = || self.some(Condition::all());
        let named = self.test.has_part().then(|| self.some(self.named()));
        let null = self.test.is_null.map(|is_null| if is_null { any().not() } else { any() });
        Condition::all().add_option(named).add_option(null)
    }

    /// Among the few points of the prospect; SQLite would rather go through all of the kind, once for each contact.
    fn some(&self, test: Condition) -> SimpleExpr {
        let mut points = Query::select();
        points
            .from(contact_point::Entity)
            .expr(Expr::val(1))
            .and_where(column(contact_point::Column::ContactId).eq(column(contact::Column::Id)))
            .and_where(column(contact_point::Column::ProspectId).eq(column(contact::Column::ProspectId)))
            .and_where(checked(self.live().add(test)));
        Expr::exists(points)
    }

    fn live(&self) -> Condition {
        Condition::all()
            .add(contact_point::Column::DeletedAt.is_null())
            .add(contact_point::Column::Kind.eq(self.kind))
    }

    fn named(&self) -> Condition {
        self.test.of_every(column(contact_point::Column::ValueNorm))
    }
}

/// The prospects of contacts that pass, found by their points. `CROSS JOIN` keeps SQLite from beginning at the contacts.
fn contacts_of(point: PointTest, tests: Condition) -> SelectStatement {
    Query::select()
        .expr_as(column(contact::Column::ProspectId), Alias::new("id"))
        .from(contact_point::Entity)
        .join(JoinType::CrossJoin, contact::Entity, Condition::all())
        .and_where(column(contact::Column::Id).eq(column(contact_point::Column::ContactId)))
        .and_where(contact::Column::DeletedAt.is_null())
        .cond_where(point.live().add(point.test.condition(column(contact_point::Column::ValueNorm))))
        .cond_where(tests)
        .to_owned()
}
