//! Tests of indexes and of open search.

use super::*;

#[test]
fn an_index_is_built_where_it_is_wanted() {
    let indexed = Draft {
        is_indexed: Patch::Set(true),
        ..draft(AttributeType::Integer)
    };
    let mut row = made("a", indexed);
    row.index_state = IndexState::Ready;
    let id = row.id;
    let next = |row: &Model, draft: Draft| update(std::slice::from_ref(row), id, &draft, None, TERMS);
    let label = Draft {
        label: Patch::Set("Other".to_owned()),
        ..Draft::default()
    };
    assert_eq!(next(&row, label).expect("a label").index_state, IndexState::Ready);
    let unique = Draft {
        is_unique: Patch::Set(true),
        ..Draft::default()
    };
    assert_eq!(next(&row, unique).expect("unique").index_state, IndexState::Building);
    assert_eq!(problems(next(&row, draft(AttributeType::Text))), ["State input.type"]);
    let off = Draft {
        is_indexed: Patch::Set(false),
        ..Draft::default()
    };
    assert_eq!(next(&row, off).expect("no index").index_state, IndexState::None);
    row.index_state = IndexState::Failed;
    let again = Draft {
        is_indexed: Patch::Set(true),
        ..Draft::default()
    };
    assert_eq!(next(&row, again).expect("once more").index_state, IndexState::Building);
    let long_url = Draft {
        is_unique: Patch::Set(true),
        ..draft(AttributeType::Url)
    };
    assert_eq!(refused("a", long_url), ["Invalid input.isUnique"]);
}

#[test]
fn the_state_says_whether_an_index_is_missing() {
    let both = Draft {
        is_indexed: Patch::Set(true),
        is_unique: Patch::Set(true),
        ..draft(AttributeType::Integer)
    };
    let mut row = made("a", both);
    row.index_state = IndexState::Ready;
    let next = |row: &Model, is_indexed: Patch<bool>, is_unique: Patch<bool>| {
        let draft = Draft {
            is_indexed,
            is_unique,
            ..Draft::default()
        };
        update(std::slice::from_ref(row), row.id, &draft, None, TERMS).expect("an edit")
    };
    // One of the two only goes.
    let unique = next(&row, Patch::Set(false), Patch::Keep);
    assert_eq!((unique.is_unique, unique.index_state), (true, IndexState::Ready));
    assert_eq!(next(&row, Patch::Keep, Patch::Set(false)).index_state, IndexState::Ready);
    // And comes back.
    assert_eq!(next(&unique, Patch::Set(true), Patch::Keep).index_state, IndexState::Building);
    // A retired definition has none, whatever is asked for, until it is restored.
    let retired = retire(std::slice::from_ref(&row), row.id, 9).expect("it is in use");
    assert_eq!(retired.index_state, IndexState::None);
    assert_eq!(next(&retired, Patch::Set(true), Patch::Keep).index_state, IndexState::None);
    let restored = restore(std::slice::from_ref(&retired), row.id).expect("it is retired");
    assert_eq!(restored.index_state, IndexState::Building);
}

#[test]
fn attributes_of_tasks_are_not_searched() {
    let searched = Draft {
        is_searchable: Patch::Set(true),
        ..draft(AttributeType::Text)
    };
    for (entity, is_allowed) in [
        (AttributeEntity::Prospect, true),
        (AttributeEntity::Client, true),
        (AttributeEntity::Contact, true),
        (AttributeEntity::Task, false),
    ] {
        let origin = Origin { entity, ..origin("a") };
        match create(&[], Uuid::from_u128(1), &origin, &searched, TERMS) {
            Ok(_) => assert!(is_allowed, "{entity:?}"),
            refused => assert_eq!(
                (problems(refused), is_allowed),
                (vec!["Invalid input.isSearchable".to_owned()], false)
            ),
        }
    }
}
