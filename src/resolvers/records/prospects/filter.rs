//! What the lists of prospects and clients can be narrowed by.

use sea_orm::sea_query::{Expr, ExprTrait, SelectStatement, SimpleExpr};
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter, QuerySelect, QueryTrait};

use super::related::{Live, Related};
use crate::db::Db;
use crate::entities::records::prospect::{Column, ProspectKind};
use crate::entities::records::{address, client, contact, contact_point, identifier};
use crate::entities::setup::status::{self, StatusCategory};
use crate::resolvers::filter::{EnumTest, Filter, IdTest, Predicate, TextTest, TimeTest};
use crate::resolvers::page::SortColumn;
use crate::resolvers::records::search;
use crate::rules::points::{email_fragment, phone_fragment};
use crate::rules::search::Words;
use crate::text::{norm, norm_number};

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
    /// All words are in the texts of the record.
    Search(Words),
    Related(Related),
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
            P::ClientLevel(_) | P::Email(_) | P::Phone(_) | P::Identifier(_) | P::ContactName(_) | P::Country(_) | P::City(_) => {
                self.beside().map_or_else(Condition::all, |(live, test)| live.some(test))
            }
            P::Search(words) => search::condition(words),
            P::Related(related) => related.condition(),
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
            P::CreatedAt(_) | P::FirstContactAt(_) | P::LastActivityAt(_) | P::ClientSince(_) | P::Search(_) => 1,
            P::Related(related) => related.value_count(),
        }
    }

    fn test_count(&self) -> usize {
        match self {
            ProspectPredicate::Related(related) => related.tests.len().max(1),
            _ => 1,
        }
    }
}

/// How the prospects that pass a test are found.
pub(super) enum Way {
    /// By the index that the list is ordered by, or by one that is ordered alike.
    Order,
    /// By no index: prospects are looked at one by one.
    Check,
    /// By another index of theirs.
    Own,
    /// By the ids that the query answers.
    Find(Box<SelectStatement>),
}

impl Way {
    fn found(by: SelectStatement) -> Way {
        Way::Find(Box::new(by))
    }
}

impl ProspectPredicate {
    /// Which way leads to the prospects that pass, in a list that is ordered by the column first.
    pub(super) fn way(&self, db: &Db, first: SortColumn) -> Way {
        use ProspectPredicate as P;
        let own = |is_aligned: bool| if is_aligned { Way::Order } else { Way::Own };
        match self {
            P::Status(test) | P::Channel(test) | P::Segment(test) | P::PotentialLevel(test) | P::Source(test) | P::Owner(test) => {
                own(first == super::CREATED_AT && test.eq.is_some() && test.in_.is_none())
            }
            P::CreatedAt(_) => own(first == super::CREATED_AT),
            P::LastActivityAt(_) => own(first == super::LAST_ACTIVITY_AT),
            P::ClientSince(_) => own(first == super::CLIENT_SINCE),
            P::Id(_) | P::StatusCategory(_) | P::Condition(_) | P::FirstContactAt(_) => Way::Own,
            P::Kind(_) | P::Country(_) => Way::Check,
            P::Name(test) | P::LegalName(test) => match part(test, norm) {
                Some(words) => Way::found(search::find(db, &words)),
                None if test.is_exact() => Way::Own,
                None => Way::Check,
            },
            P::Email(test) => self.way_beside(db, test, part(test, email_fragment)),
            P::Phone(test) => self.way_beside(db, test, part(test, phone_fragment)),
            P::Identifier(test) => self.way_beside(db, test, part(test, norm_number)),
            P::ContactName(test) => self.way_beside(db, test, part(test, norm)),
            P::City(test) => self.way_beside(db, test, None),
            P::ClientLevel(_) => self.beside().map_or(Way::Check, |(live, test)| Way::found(live.find(test))),
            P::Search(words) => Way::found(search::find(db, words)),
            P::Related(related) => related.find().map_or(Way::Check, Way::found),
        }
    }

    fn way_beside(&self, db: &Db, test: &TextTest, part: Option<Words>) -> Way {
        match (part, self.beside()) {
            (Some(words), _) => Way::found(search::find(db, &words)),
            (None, Some((live, condition))) if test.is_exact() => Way::found(live.find(condition)),
            _ => Way::Check,
        }
    }

    /// The rows beside the prospect that the test is about, and what has to hold for one of them.
    fn beside(&self) -> Option<(Live, Condition)> {
        use ProspectPredicate as P;
        Some(match self {
            P::Email(test) => (
                Live::Emails,
                test.condition(column(contact_point::Column::ValueNorm), email_fragment),
            ),
            P::Phone(test) => (
                Live::Phones,
                test.condition(column(contact_point::Column::ValueNorm), phone_fragment),
            ),
            P::Identifier(test) => (
                Live::Identifiers,
                test.condition(column(identifier::Column::NumberNorm), norm_number),
            ),
            P::ContactName(test) => (Live::Contacts, test.named(column(contact::Column::NameNorm))),
            P::Country(test) => (Live::Addresses, test.condition(column(address::Column::Country), country)),
            P::City(test) => (Live::Addresses, test.named(column(address::Column::CityNorm))),
            P::ClientLevel(test) => (Live::Clients, test.condition(column(client::Column::PotentialLevelId))),
            _ => return None,
        })
    }
}

/// What of a part of a text the index of texts finds; None where it is no help.
fn part(test: &TextTest, normalise: fn(&str) -> String) -> Option<Words> {
    let part = normalise(test.contains.as_deref()?);
    // There phones are kept without the plus, and document numbers in small letters.
    Words::of_part(&part.trim_start_matches('+').to_ascii_lowercase())
}

pub(super) fn country(text: &str) -> String {
    text.trim().to_uppercase()
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

pub(super) fn column<C: ColumnTrait>(column: C) -> SimpleExpr {
    Expr::col(column.as_column_ref())
}
