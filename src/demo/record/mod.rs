//! One invented prospect: who it is, where it came from, how it is reached, and its history.

mod attribution;
mod details;

use details::Details;
use uuid::Uuid;

use crate::demo::agenda::Agenda;
use crate::demo::chunk::Chunk;
use crate::demo::dice::Dice;
use crate::demo::names;
use crate::demo::places;
use crate::demo::plan::Slot;
use crate::demo::story::Story;
use crate::demo::world::{Weighted, World, choose};
use crate::entities::records::prospect::{self, Interest, ProspectKind};
use crate::setup::Language;
use crate::text;

/// Adds all rows of the prospect to the chunk.
pub fn invent(world: &World, slot: Slot, agenda: &mut Agenda, chunk: &mut Chunk) {
    let Slot {
        index,
        created_at,
        entries,
        mut dice,
    } = slot;
    let country = places::country(&mut dice, world.language);
    let person = names::person(&mut dice, country.language);
    let (kind, name, legal_name) = if dice.percent(38) {
        let company = names::company(&mut dice, country);
        (ProspectKind::Company, company.name, dice.percent(75).then_some(company.legal_name))
    } else {
        (ProspectKind::Person, person.full(), None)
    };
    let owner_id = dice.percent(95).then(|| world.salesperson(&mut dice));
    // Most arrive by themselves; the others were typed in.
    let created_by = dice.percent(40).then(|| owner_id.unwrap_or(world.administrator));
    let source_id = dice.weighted(&world.sources).id;
    let prospect = prospect::Model {
        id: dice.id(created_at),
        kind,
        name_norm: text::fold(&name),
        name,
        legal_name_norm: legal_name.as_deref().map(text::fold),
        legal_name,
        owner_id,
        channel_id: dice.weighted(&world.channels).id,
        segment_id: if dice.percent(80) {
            choose(&mut dice, &world.segments).map(|segment| segment.id)
        } else {
            None
        },
        potential_level_id: if dice.percent(70) {
            choose(&mut dice, &world.prospect_levels).map(|level| level.id)
        } else {
            None
        },
        source_id,
        last_activity_at: created_at,
        created_by,
        version: 1,
        created_at,
        updated_at: created_at,
        rating: dice.percent(45).then(|| *dice.weighted(&[(1, 1), (2, 2), (4, 3), (3, 4), (2, 5)])),
        interest: dice
            .percent(50)
            .then(|| *dice.weighted(&[(3, Interest::Low), (4, Interest::Medium), (2, Interest::High)])),
        industry_id: perhaps(&mut dice, if kind == ProspectKind::Company { 75 } else { 15 }, &world.industries),
        customer_type_id: perhaps(&mut dice, 60, &world.customer_types),
        websites: websites(&mut dice, kind, index, world.language),
        validity_days: dice.percent(15).then(|| *dice.pick(&[30, 60, 90, 180])),
        is_notification_enabled: dice.percent(92),
        // The story sets status, cycle and the rest.
        ..prospect::Model::default()
    };
    let mut story = Story::begin(world, chunk, dice, country, prospect);
    story.unfold(entries - 1);
    let (prospect, chunk, dice) = story.end(agenda);
    Details {
        world,
        chunk,
        dice,
        country,
        prospect: &prospect,
        index,
        emails: 0,
    }
    .add(&person);
    chunk.prospects.push(prospect);
}

/// One of the choices, so many times of a hundred.
fn perhaps(dice: &mut Dice, percent: u64, choices: &Weighted) -> Option<Uuid> {
    if dice.percent(percent) {
        choose(dice, choices).map(|choice| choice.id)
    } else {
        None
    }
}

fn websites(dice: &mut Dice, kind: ProspectKind, index: u64, language: Language) -> Option<serde_json::Value> {
    let percent = if kind == ProspectKind::Company { 55 } else { 6 };
    if !dice.percent(percent) {
        return None;
    }
    let host = language.choose(["company", "empresa"]);
    let mut all = vec![format!("https://www.{host}{index}.example")];
    if dice.percent(15) {
        let (shop, page) = (language.choose(["shop", "tienda"]), language.choose(["catalogue", "catalogo"]));
        all.push(format!("https://{shop}.{host}{index}.example/{page}"));
    }
    Some(serde_json::Value::from(all))
}

#[cfg(test)]
mod tests {
    use std::collections::{HashMap, HashSet};

    use super::*;
    use crate::demo::Options;
    use crate::demo::plan::Plan;
    use crate::demo::world::tests::small_world;
    use crate::entities::records::interaction::Direction;
    use crate::entities::setup::status::StatusCategory;

    fn invented(seed: u64) -> Chunk {
        let world = small_world(seed);
        let mut chunk = Chunk::default();
        let mut agenda = Agenda::new(world.timeframe);
        let options = Options {
            prospects: 2_000,
            entries: 20_000,
            users: 5,
            seed,
            until: None,
        };
        for slot in Plan::new(&options, world.timeframe) {
            invent(&world, slot, &mut agenda, &mut chunk);
        }
        chunk
    }

    #[test]
    fn the_same_seed_invents_the_same() {
        let (one, same, other) = (invented(1), invented(1), invented(2));
        assert_eq!(one.prospects, same.prospects);
        assert_eq!(one.points, same.points);
        assert_eq!(one.entries, same.entries);
        assert_eq!(one.notes, same.notes);
        assert_eq!(one.changes, same.changes);
        assert_ne!(one.prospects[..10], other.prospects[..10]);
    }

    #[test]
    fn all_ids_differ() {
        let chunk = invented(1);
        let ids: HashSet<Uuid> = chunk
            .entries
            .iter()
            .map(|row| row.id)
            .chain(chunk.prospects.iter().map(|row| row.id))
            .collect();
        assert_eq!(ids.len(), chunk.entries.len() + chunk.prospects.len());
    }

    #[test]
    fn documents_are_unique_and_contacts_have_one_main() {
        let chunk = invented(1);
        let numbers: HashSet<_> = chunk
            .identifiers
            .iter()
            .map(|row| (row.type_id, &row.country, &row.number_norm))
            .collect();
        assert_eq!(numbers.len(), chunk.identifiers.len());
        let mut mains: HashMap<Uuid, usize> = HashMap::new();
        for contact in &chunk.contacts {
            *mains.entry(contact.prospect_id).or_default() += usize::from(contact.is_main);
        }
        assert!(!mains.is_empty() && mains.values().all(|count| *count == 1));
    }

    #[test]
    fn the_row_says_what_the_history_says() {
        let chunk = invented(1);
        for prospect in &chunk.prospects {
            let entries: Vec<_> = chunk.entries.iter().filter(|entry| entry.prospect_id == prospect.id).collect();
            assert_eq!(entries.iter().map(|entry| entry.occurred_at).max(), Some(prospect.last_activity_at));
            let outgoing = |id: &Uuid| {
                chunk
                    .interactions
                    .iter()
                    .any(|row| row.id == *id && row.direction == Direction::Outgoing)
            };
            let first = entries
                .iter()
                .filter(|entry| outgoing(&entry.id))
                .map(|entry| entry.occurred_at)
                .min();
            assert_eq!(first, prospect.first_contact_at);
            if prospect.id.as_u128() % 16 != 0 {
                // One of sixteen is enough for the slow part below.
                continue;
            }
            let cycle = chunk
                .cycles
                .iter()
                .find(|cycle| cycle.id == prospect.cycle_id)
                .expect("has a cycle");
            assert_eq!(cycle.status_id, prospect.status_id);
            assert_eq!(cycle.closed_at.is_none(), cycle.category == StatusCategory::Open);
            let won = chunk
                .cycles
                .iter()
                .any(|cycle| cycle.prospect_id == prospect.id && cycle.category == StatusCategory::Won);
            assert_eq!(won, prospect.client_since.is_some());
        }
    }
}
