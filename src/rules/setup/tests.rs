//! Catalogues as plain rows, edited in every way.

use super::entries::{ReasonOwn, SegmentOwn, StatusOwn};
use super::*;
use crate::entities::setup::potential_level::LevelKind;
use crate::entities::setup::status::StatusCategory;
use crate::entities::setup::{channel, potential_level, reason, segment, status};

fn named<O: Default>(name: &str) -> Draft<O> {
    Draft {
        name: Patch::Set(name.to_owned()),
        ..Draft::default()
    }
}

fn default<O: Default>(name: &str) -> Draft<O> {
    Draft {
        is_default: Patch::Set(true),
        ..named(name)
    }
}

fn id(number: u128) -> Uuid {
    Uuid::from_u128(number)
}

fn channels(names: &[&str]) -> Vec<channel::Model> {
    let mut rows = Vec::new();
    for (number, name) in (1..).zip(names) {
        create(&mut rows, id(number), 5, (), named(name)).expect("a channel");
    }
    rows
}

fn statuses() -> Vec<status::Model> {
    let mut rows = Vec::new();
    let first = Draft {
        is_reentry: Patch::Set(true),
        ..default("New")
    };
    create(&mut rows, id(1), 5, StatusCategory::Open, first).expect("a status");
    create(&mut rows, id(2), 5, StatusCategory::Open, named("Negotiation")).expect("a status");
    create(&mut rows, id(3), 5, StatusCategory::Won, named("Won")).expect("a status");
    rows
}

fn codes(result: Result<()>) -> Vec<(ProblemCode, String)> {
    match result {
        Err(Error::Invalid(problems)) => problems.into_iter().map(|problem| (problem.code, problem.path.join("."))).collect(),
        other => panic!("expected problems, got {other:?}"),
    }
}

fn code(result: Result<()>) -> ProblemCode {
    let codes = codes(result);
    assert_eq!(codes.len(), 1, "{codes:?}");
    codes[0].0
}

#[test]
fn new_entries_come_last() {
    let rows = channels(&["Web", "Shop"]);
    assert_eq!(
        (rows[1].name.as_str(), rows[1].name_norm.as_str(), rows[1].position),
        ("Shop", "shop", 1)
    );
    assert_eq!(
        (rows[1].version, rows[1].created_at, rows[1].is_default, rows[1].retired_at),
        (1, 5, false, None)
    );
}

#[test]
fn all_problems_come_together() {
    let mut rows: Vec<segment::Model> = Vec::new();
    let draft = Draft {
        name: Patch::Clear,
        description: Patch::Set("x".repeat(1001)),
        is_default: Patch::Clear,
        is_reentry: Patch::Keep,
        own: SegmentOwn {
            color: Patch::Set("red".to_owned()),
        },
    };
    assert_eq!(
        codes(create(&mut rows, id(1), 5, (), draft)),
        [
            (ProblemCode::Required, "input.name".to_owned()),
            (ProblemCode::TooLong, "input.description".to_owned()),
            (ProblemCode::Invalid, "input.color".to_owned()),
            (ProblemCode::Required, "input.isDefault".to_owned()),
        ]
    );
    let mut rows: Vec<segment::Model> = Vec::new();
    assert_eq!(
        codes(create(&mut rows, id(1), 5, (), Draft::default())),
        [(ProblemCode::Required, "input.name".to_owned())]
    );
}

#[test]
fn names_are_unique_among_entries_in_use() {
    let mut rows = channels(&["Tienda física", "Web"]);
    assert_eq!(
        code(create(&mut rows.clone(), id(9), 5, (), named(" TIENDA  FISICA"))),
        ProblemCode::Taken
    );
    assert_eq!(
        code(update(&mut rows.clone(), id(2), named("tienda fisica"), None)),
        ProblemCode::Taken
    );
    update(&mut rows, id(1), named("TIENDA FÍSICA"), None).expect("its own name is free");
    retire(&mut rows, id(1), 7).expect("retired");
    update(&mut rows, id(2), named("Tienda física"), None).expect("the name is free again");
    assert_eq!(codes(restore(&mut rows, id(1))), [(ProblemCode::Taken, "id".to_owned())]);
    update(&mut rows, id(1), named("Other"), None).expect("retired entries can be renamed");
    restore(&mut rows, id(1)).expect("restored");
    assert_eq!(rows[0].retired_at, None);
}

#[test]
fn levels_of_each_kind_stand_alone() {
    let mut rows: Vec<potential_level::Model> = Vec::new();
    create(&mut rows, id(1), 5, LevelKind::Prospect, default("High")).expect("a level");
    create(&mut rows, id(2), 5, LevelKind::Client, default("High")).expect("the same name for clients");
    create(&mut rows, id(3), 5, LevelKind::Client, default("Low")).expect("another default");
    assert_eq!(rows.iter().map(|row| row.is_default).collect::<Vec<_>>(), [true, false, true]);
}

#[test]
fn the_default_moves_and_stays_one() {
    let mut rows = channels(&["Web", "Shop", "Fair"]);
    update(
        &mut rows,
        id(1),
        Draft {
            is_default: Patch::Set(true),
            ..Draft::default()
        },
        None,
    )
    .expect("the first default");
    update(
        &mut rows,
        id(3),
        Draft {
            is_default: Patch::Set(true),
            ..Draft::default()
        },
        None,
    )
    .expect("moved");
    assert_eq!(rows.iter().map(|row| row.is_default).collect::<Vec<_>>(), [false, false, true]);
    let none = || Draft {
        is_default: Patch::Set(false),
        ..Draft::default()
    };
    assert_eq!(code(update(&mut rows, id(3), none(), None)), ProblemCode::State);
    update(&mut rows, id(2), none(), None).expect("nothing to take away");
    assert_eq!(code(retire(&mut rows, id(3), 7)), ProblemCode::State);
    retire(&mut rows, id(1), 7).expect("retired");
    assert_eq!(code(update(&mut rows, id(1), default("Web"), None)), ProblemCode::State);
    assert_eq!(code(retire(&mut rows, id(1), 8)), ProblemCode::State);
    assert_eq!(code(restore(&mut rows, id(2))), ProblemCode::State);
}

#[test]
fn a_stale_version_is_a_conflict() {
    let mut rows = channels(&["Web"]);
    assert_eq!(
        codes(update(&mut rows, id(1), named("Shop"), Some(2))),
        [(ProblemCode::Conflict, "expectedVersion".to_owned())]
    );
    update(&mut rows, id(1), named("Shop"), Some(1)).expect("the version at hand");
    assert!(matches!(update(&mut rows, id(7), named("Fair"), None), Err(Error::NotFound)));
    assert!(matches!(retire(&mut rows, id(7), 7), Err(Error::NotFound)));
}

#[test]
fn the_process_starts_in_open_statuses() {
    let mut rows = statuses();
    assert_eq!(
        codes(update(&mut rows.clone(), id(3), default("Won"), None)),
        [(ProblemCode::Invalid, "input.isDefault".to_owned())]
    );
    let reentry = Draft {
        is_reentry: Patch::Set(true),
        ..Draft::default()
    };
    update(&mut rows, id(2), reentry, None).expect("moved");
    assert_eq!(rows.iter().map(|row| row.is_reentry).collect::<Vec<_>>(), [false, true, false]);
    assert_eq!(code(retire(&mut rows, id(2), 7)), ProblemCode::State);
    assert_eq!(code(retire(&mut rows, id(3), 7)), ProblemCode::State);
    create(&mut rows, id(4), 5, StatusCategory::Won, named("Renewed")).expect("a status");
    retire(&mut rows, id(3), 7).expect("another one of its category is in use");
    let draft = Draft {
        own: StatusOwn {
            color: Patch::Set("#abcdef".to_owned()),
            ..StatusOwn::default()
        },
        ..Draft::default()
    };
    update(&mut rows, id(4), draft, None).expect("a colour");
    assert_eq!(rows[3].color, "#ABCDEF");
}

#[test]
fn reasons_say_what_they_explain() {
    let mut rows: Vec<reason::Model> = Vec::new();
    let draft = Draft {
        own: ReasonOwn {
            category: Patch::Clear,
            requires_note: Patch::Set(true),
        },
        ..named("Other")
    };
    assert_eq!(
        codes(create(&mut rows, id(1), 5, (), draft)),
        [(ProblemCode::Required, "input.category".to_owned())]
    );
}

#[test]
fn an_order_names_every_entry_in_use_once() {
    let mut rows = channels(&["a", "b", "c", "d"]);
    retire(&mut rows, id(1), 7).expect("retired");
    assert_eq!(
        codes(reorder(&mut rows, &[id(4), id(4), id(1), id(9)])),
        [
            (ProblemCode::Invalid, "input.ids.1".to_owned()),
            (ProblemCode::State, "input.ids.2".to_owned()),
            (ProblemCode::NotFound, "input.ids.3".to_owned()),
            (ProblemCode::Invalid, "input.ids".to_owned()),
        ]
    );
    assert_eq!(rows.iter().map(|row| row.position).collect::<Vec<_>>(), [0, 1, 2, 3]);
    reorder(&mut rows, &[id(4), id(2), id(3)]).expect("an order");
    assert_eq!(rows.iter().map(|row| row.position).collect::<Vec<_>>(), [3, 1, 2, 0]);
    assert_eq!(code(reorder(&mut rows, &[id(4); 501])), ProblemCode::TooLong);
}

#[test]
fn a_catalogue_is_full_at_500() {
    let names: Vec<String> = (0..MOST_ENTRIES).map(|number| format!("channel {number}")).collect();
    let mut rows = channels(&names.iter().map(String::as_str).collect::<Vec<_>>());
    assert_eq!(
        codes(create(&mut rows, id(9999), 5, (), named("one more"))),
        [(ProblemCode::Limit, "input".to_owned())]
    );
}
