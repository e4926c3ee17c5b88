//! What the lists of prospects and clients can be narrowed by.

use sea_orm::sea_query::{Expr, ExprTrait, Query, SimpleExpr};
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter, QuerySelect, QueryTrait};

use crate::entities::records::contact_point::PointKind;
use crate::entities::records::prospect::{Column, ProspectKind};
use crate::entities::records::{address, client, contact, contact_point, identifier, prospect};
use crate::entities::setup::status::{self, StatusCategory};
use crate::resolvers::filter::{EnumTest, Filter, IdTest, Predicate, TextTest, TimeTest};
use crate::rules::points::phone_fragment;
use crate::text::norm_number;

pub type ProspectFilter = Filter<ProspectPredicate>;

/// Whether somebody is a client already.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ProspectCondition {
    Prospect,
    Client,
}

#[derive(Clone, Debug)]
pub enum ProspectPredicate {
    Id(IdTest),
    Kind(EnumTest<ProspectKind>),
    Name(TextTest),
    LegalName(TextTest),
    Condition(EnumTest<ProspectCondition>),
    Status(IdTest),
    StatusCategory(EnumTest<StatusCategory>),
    Channel(IdTest),
    Segment(IdTest),
    PotentialLevel(IdTest),
    Source(IdTest),
    Owner(IdTest),
    CreatedAt(TimeTest),
    FirstContactAt(TimeTest),
    LastActivityAt(TimeTest),
    ClientSince(TimeTest),
    ClientLevel(IdTest),
    Email(TextTest),
    Phone(TextTest),
    Identifier(TextTest),
    ContactName(TextTest),
    Country(TextTest),
    City(TextTest),
}

impl Predicate for ProspectPredicate {
    fn condition(&self) -> Condition {
        use ProspectPredicate as P;
        match self {
            P::Id(test) => test.condition(column(Column::Id)),
            P::Kind(test) => test.condition(column(Column::Kind)),
            P::Name(test) => test.named(column(Column::NameNorm)),
            P::LegalName(test) => test.named(column(Column::LegalNameNorm)),
            P::Condition(test) => condition_test(test),
            P::Status(test) => test.condition(column(Column::StatusId)),
            P::StatusCategory(test) => {
                let statuses = status::Entity::find().select_only().column(status::Column::Id);
                let statuses = statuses.filter(test.condition(column(status::Column::Category)));
                Condition::all().add(Column::StatusId.in_subquery(statuses.into_query()))
            }
            P::Channel(test) => test.condition(column(Column::ChannelId)),
            P::Segment(test) => test.condition(column(Column::SegmentId)),
            P::PotentialLevel(test) => test.condition(column(Column::PotentialLevelId)),
            P::Source(test) => test.condition(column(Column::SourceId)),
            P::Owner(test) => test.condition(column(Column::OwnerId)),
            P::CreatedAt(test) => test.condition(column(Column::CreatedAt)),
            P::FirstContactAt(test) => test.condition(column(Column::FirstContactAt)),
            P::LastActivityAt(test) => test.condition(column(Column::LastActivityAt)),
            P::ClientSince(test) => test.condition(column(Column::ClientSince)),
            P::ClientLevel(test) => exists(
                client::Entity,
                client::Column::Id,
                Condition::all(),
                test.condition(column(client::Column::PotentialLevelId)),
            ),
            P::Email(test) => points(
                PointKind::Email,
                test.condition(column(contact_point::Column::ValueNorm), |value| value.trim().to_lowercase()),
            ),
            P::Phone(test) => points(
                PointKind::Phone,
                test.condition(column(contact_point::Column::ValueNorm), phone_fragment),
            ),
            P::Identifier(test) => exists(
                identifier::Entity,
                identifier::Column::ProspectId,
                Condition::all().add(identifier::Column::DeletedAt.is_null()),
                test.condition(column(identifier::Column::NumberNorm), norm_number),
            ),
            P::ContactName(test) => exists(
                contact::Entity,
                contact::Column::ProspectId,
                Condition::all().add(contact::Column::DeletedAt.is_null()),
                test.named(column(contact::Column::NameNorm)),
            ),
            P::Country(test) => addresses(test.condition(column(address::Column::Country), |value| value.trim().to_uppercase())),
            P::City(test) => addresses(test.named(column(address::Column::CityNorm))),
        }
    }

    fn value_count(&self) -> usize {
        use ProspectPredicate as P;
        match self {
            P::Id(test)
            | P::Status(test)
            | P::Channel(test)
            | P::Segment(test)
            | P::PotentialLevel(test)
            | P::Source(test)
            | P::Owner(test)
            | P::ClientLevel(test) => test.value_count(),
            P::Name(test)
            | P::LegalName(test)
            | P::Email(test)
            | P::Phone(test)
            | P::Identifier(test)
            | P::ContactName(test)
            | P::Country(test)
            | P::City(test) => test.value_count(),
            P::Kind(test) => test.value_count(),
            P::Condition(test) => test.value_count(),
            P::StatusCategory(test) => test.value_count(),
            P::CreatedAt(_) | P::FirstContactAt(_) | P::LastActivityAt(_) | P::ClientSince(_) => 1,
        }
    }
}

fn condition_test(test: &EnumTest<ProspectCondition>) -> Condition {
    let is = |condition: ProspectCondition| match condition {
        ProspectCondition::Prospect => Column::ClientSince.is_null(),
        ProspectCondition::Client => Column::ClientSince.is_not_null(),
    };
    let mut all = Condition::all();
    if let Some(condition) = test.eq {
        all = all.add(is(condition));
    }
    if let Some(conditions) = &test.in_ {
        // An empty list accepts nothing.
        all = all.add(
            conditions
                .iter()
                .fold(Condition::any().add(Expr::val(1).eq(0)), |any, condition| any.add(is(*condition))),
        );
    }
    all
}

fn points(kind: PointKind, test: Condition) -> Condition {
    let live = Condition::all()
        .add(contact_point::Column::DeletedAt.is_null())
        .add(contact_point::Column::Kind.eq(kind));
    exists(contact_point::Entity, contact_point::Column::ProspectId, live, test)
}

fn addresses(test: Condition) -> Condition {
    exists(
        address::Entity,
        address::Column::ProspectId,
        Condition::all().add(address::Column::DeletedAt.is_null()),
        test,
    )
}

/// Some row of the table belongs to the prospect, is live, and passes the test.
fn exists<E: EntityTrait>(table: E, parent: E::Column, live: Condition, test: Condition) -> Condition {
    let rows = Query::select()
        .expr(Expr::val(1))
        .from(table)
        .and_where(Expr::col((E::default(), parent)).equals((prospect::Entity, Column::Id)))
        .cond_where(live)
        .cond_where(test)
        .to_owned();
    Condition::all().add(Expr::exists(rows))
}

fn column<C: ColumnTrait>(column: C) -> SimpleExpr {
    Expr::col(column.as_column_ref())
}
