//! Tests of the attributes of the demo, and all of them for other tests.

use std::collections::HashSet;

use sea_orm::{ActiveEnum, Iterable};

use super::*;
use crate::demo::Options;
use crate::demo::agenda::Agenda;
use crate::demo::plan::Plan;
use crate::demo::record;
use crate::demo::world::tests::small_world;
use crate::rules::attributes::is_key;

/// All definitions, as in a database that has them.
pub fn all(dice: &mut Dice) -> Attributes {
    let rows = rows(Language::Spanish, 0, || dice.id(1));
    let definitions = rows.into_iter().map(|row| Arc::new(Definition::new(Arc::new(row))));
    SHOWN.iter().map(|shown| shown.key).zip(definitions).collect()
}

fn filled(seed: u64) -> (World, Chunk) {
    let world = small_world(seed);
    let mut chunk = Chunk::default();
    let mut agenda = Agenda::new(world.timeframe);
    let options = Options {
        prospects: 1_000,
        entries: 8_000,
        users: 5,
        seed,
        until: None,
    };
    for slot in Plan::new(&options, world.timeframe) {
        record::invent(&world, slot, &mut agenda, &mut chunk);
    }
    fill(&world, &mut chunk);
    (world, chunk)
}

#[test]
fn every_type_has_a_definition_and_values() {
    let (world, chunk) = filled(1);
    let kinds: HashSet<String> = SHOWN.iter().map(|shown| shown.kind.to_value()).collect();
    let missing: Vec<AttributeType> = AttributeType::iter().filter(|kind| !kinds.contains(&kind.to_value())).collect();
    assert!(missing.is_empty(), "{missing:?}");
    for shown in &SHOWN {
        assert!(
            is_key(shown.key) && !["budget", "brand", "margin"].contains(&shown.key),
            "{}",
            shown.key
        );
        let definition = &world.attributes[shown.key];
        let documents = chunk.documents.values().filter_map(Json::as_object);
        let count = documents.filter(|document| !value::read(definition, document).is_empty()).count();
        assert!(count > 10, "{} has {count} values", shown.key);
    }
    let interests: HashSet<Uuid> = chunk.attribute_values.iter().map(|row| row.record_id).collect();
    assert!(interests.len() > 300);
}

#[test]
fn the_same_seed_invents_the_same_values() {
    let (one, same, other) = (filled(1).1, filled(1).1, filled(2).1);
    assert_eq!(one.documents, same.documents);
    assert_eq!(one.attribute_values, same.attribute_values);
    assert_ne!(one.documents, other.documents);
}
