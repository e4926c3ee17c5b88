//! One invented prospect: who it is, where it came from, how it is reached, and its history.

use uuid::Uuid;

use super::chunk::Chunk;
use super::dice::Dice;
use super::names::{self, Person};
use super::numbers;
use super::places::{self, Country};
use super::plan::{DAY, END, Slot};
use super::story::Story;
use super::world::{Weighted, World, choose};
use crate::entities::records::contact_point::{self, PointKind, Verification};
use crate::entities::records::prospect::{self, Interest, ProspectKind};
use crate::entities::records::touch::{self, TouchPlace};
use crate::entities::records::{address, contact, identifier, prospect_tag};
use crate::text;

/// Adds all rows of the prospect to the chunk.
pub fn invent(world: &World, slot: Slot, chunk: &mut Chunk) {
    let Slot {
        index,
        created_at,
        entries,
        mut dice,
    } = slot;
    let country = places::country(&mut dice);
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
        name_norm: text::norm(&name),
        name,
        legal_name_norm: legal_name.as_deref().map(text::norm),
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
        // The story sets them.
        status_id: Uuid::nil(),
        cycle_id: Uuid::nil(),
        client_since: None,
        first_contact_at: None,
        last_activity_at: created_at,
        created_by,
        version: 1,
        created_at,
        updated_at: created_at,
        deleted_at: None,
        rating: dice.percent(45).then(|| *dice.weighted(&[(1, 1), (2, 2), (4, 3), (3, 4), (2, 5)])),
        interest: dice
            .percent(50)
            .then(|| *dice.weighted(&[(3, Interest::Low), (4, Interest::Medium), (2, Interest::High)])),
        industry_id: perhaps(&mut dice, if kind == ProspectKind::Company { 75 } else { 15 }, &world.industries),
        customer_type_id: perhaps(&mut dice, 60, &world.customer_types),
        websites: websites(&mut dice, kind, index),
        validity_days: dice.percent(15).then(|| *dice.pick(&[30, 60, 90, 180])),
        is_notification_enabled: dice.percent(92),
        valid_until: None,
    };
    let mut story = Story::begin(world, chunk, dice, country, prospect);
    story.unfold(entries - 1);
    let (prospect, chunk, dice) = story.end();
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

fn websites(dice: &mut Dice, kind: ProspectKind, index: u64) -> Option<serde_json::Value> {
    let percent = if kind == ProspectKind::Company { 55 } else { 6 };
    if !dice.percent(percent) {
        return None;
    }
    let mut all = vec![format!("https://www.empresa{index}.example")];
    if dice.percent(15) {
        all.push(format!("https://tienda.empresa{index}.example/catalogo"));
    }
    Some(serde_json::Value::from(all))
}

/// What hangs from a prospect besides its history.
struct Details<'a> {
    world: &'a World,
    chunk: &'a mut Chunk,
    dice: Dice,
    country: &'static Country,
    prospect: &'a prospect::Model,
    index: u64,
    /// So far; it keeps those of one prospect apart.
    emails: u64,
}

impl Details<'_> {
    fn add(mut self, person: &Person) {
        let is_company = self.prospect.kind == ProspectKind::Company;
        self.identifiers(if is_company { 85 } else { 65 });
        let name = self.prospect.name.clone();
        let emails = *self.dice.weighted(&[(1, 0_i32), (8, 1), (2, 2)]);
        let phones = *self.dice.weighted(&[(1, 0_i32), (8, 1), (3, 2)]);
        self.emails(None, &name, emails);
        self.phones(None, phones);
        let contacts = if is_company {
            *self.dice.weighted(&[(2, 0_i32), (6, 1), (3, 2), (1, 3)])
        } else {
            i32::from(self.dice.percent(25))
        };
        for position in 0..contacts {
            let somebody = if position == 0 {
                person.clone()
            } else {
                names::person(&mut self.dice, self.country.language)
            };
            self.contact(&somebody, position);
        }
        let addresses = *self.dice.weighted(&[(3, 0_i32), (6, 1), (1, 2)]);
        for position in 0..addresses {
            self.address(position);
        }
        self.tags();
        self.touches();
    }

    /// Most have none, some a few.
    fn tags(&mut self) {
        let count = *self.dice.weighted(&[(6, 0), (3, 1), (2, 2), (1, 3)]);
        let mut chosen: Vec<Uuid> = Vec::new();
        for _ in 0..count {
            let Some(tag) = choose(&mut self.dice, &self.world.tags) else {
                return;
            };
            if !chosen.contains(&tag.id) {
                chosen.push(tag.id);
            }
        }
        let prospect_id = self.prospect.id;
        self.chunk
            .tags
            .extend(chosen.into_iter().map(|tag_id| prospect_tag::Model { prospect_id, tag_id }));
    }

    fn identifiers(&mut self, percent: u64) {
        let Some(type_id) = self.world.identifier_type(self.country.code, self.prospect.kind) else {
            return;
        };
        if !self.dice.percent(percent) {
            return;
        }
        let number = numbers::document(self.country.code, self.prospect.kind, self.index, self.world.seed);
        self.chunk.identifiers.push(identifier::Model {
            id: self.dice.id(self.prospect.created_at),
            prospect_id: self.prospect.id,
            type_id,
            country: self.country.code.to_owned(),
            number_norm: text::norm_number(&number),
            number,
            position: 0,
            deleted_at: None,
        });
    }

    fn contact(&mut self, person: &Person, position: i32) {
        let id = self.dice.id(self.prospect.created_at);
        let language = self.country.language;
        let last_name = self.dice.percent(92).then(|| person.last.clone());
        let full = last_name
            .as_ref()
            .map_or_else(|| person.first.clone(), |last| format!("{} {last}", person.first));
        self.chunk.contacts.push(contact::Model {
            id,
            prospect_id: self.prospect.id,
            first_name: person.first.clone(),
            last_name,
            name_norm: text::norm(&full),
            description: self.dice.percent(70).then(|| names::position(&mut self.dice, language).to_owned()),
            is_main: position == 0,
            position,
            deleted_at: None,
        });
        let emails = i32::from(self.dice.percent(70));
        let phones = i32::from(self.dice.percent(65));
        self.emails(Some(id), &person.full(), emails);
        self.phones(Some(id), phones);
    }

    fn emails(&mut self, contact_id: Option<Uuid>, name: &str, count: i32) {
        for position in 0..count {
            let number = self.index * 8 + self.emails;
            self.emails += 1;
            let value = names::email(&mut self.dice, name, number);
            self.point(contact_id, PointKind::Email, value.clone(), value, position);
        }
    }

    fn phones(&mut self, contact_id: Option<Uuid>, count: i32) {
        for position in 0..count {
            let phone = places::phone(&mut self.dice, self.country);
            self.point(contact_id, PointKind::Phone, phone.typed, phone.e164, position);
        }
    }

    fn point(&mut self, contact_id: Option<Uuid>, kind: PointKind, value: String, value_norm: String, position: i32) {
        let labels: &[&'static str] = match kind {
            PointKind::Email => &["trabajo", "personal", "facturación"],
            PointKind::Phone => &["móvil", "oficina", "casa", "WhatsApp"],
        };
        let label = self.dice.percent(45).then(|| self.dice.word(labels).to_owned());
        let verified_at = self
            .dice
            .percent(30)
            .then(|| (self.prospect.created_at + self.dice.between(0, 2 * DAY)).min(END));
        self.chunk.points.push(contact_point::Model {
            id: self.dice.id(self.prospect.created_at),
            prospect_id: self.prospect.id,
            contact_id,
            kind,
            value,
            value_norm,
            label,
            position,
            verification: if verified_at.is_some() {
                Verification::Verified
            } else {
                Verification::Unverified
            },
            verified_at,
            deleted_at: None,
        });
    }

    fn address(&mut self, position: i32) {
        let language = self.country.language;
        let city = self.dice.pick(self.country.cities);
        // Within some three kilometres of the centre, to six decimals, for which a metre is enough.
        let mut near = |centre: f64| ((centre + self.dice.between(-30_000, 30_000) as f64 / 1e6) * 1e6).round() / 1e6;
        let (latitude, longitude) = (near(city.latitude), near(city.longitude));
        let is_located = self.dice.percent(70);
        let sector = if self.dice.percent(60) && !self.world.sectors.is_empty() {
            Some(*self.dice.pick(&self.world.sectors))
        } else {
            None
        };
        self.chunk.addresses.push(address::Model {
            id: self.dice.id(self.prospect.created_at),
            prospect_id: self.prospect.id,
            country: self.country.code.to_owned(),
            city: Some(city.name.to_owned()),
            city_norm: Some(text::norm(city.name)),
            municipality: Some(city.municipality.to_owned()),
            municipality_norm: Some(text::norm(city.municipality)),
            parish: city.parish.map(str::to_owned),
            parish_norm: city.parish.map(text::norm),
            postal_code: self.dice.percent(80).then(|| places::postal_code(&mut self.dice, city)),
            line: Some(places::street(&mut self.dice, language)),
            reference: self.dice.percent(35).then(|| places::landmark(&mut self.dice, language).to_owned()),
            latitude: is_located.then_some(latitude),
            longitude: is_located.then_some(longitude),
            position,
            deleted_at: None,
            type_id: perhaps(&mut self.dice, 70, &self.world.address_types),
            region_id: perhaps(&mut self.dice, 50, &self.world.regions),
            zone_id: sector.map(|(_, zone_id)| zone_id),
            sector_id: sector.map(|(sector_id, _)| sector_id),
        });
    }

    fn touches(&mut self) {
        let created_at = self.prospect.created_at;
        let mut last_at = created_at;
        let mut last_source = self.prospect.source_id;
        if self.dice.percent(30) {
            last_at = self.dice.between(created_at, self.prospect.last_activity_at);
            last_source = self.dice.weighted(&self.world.sources).id;
        }
        for (place, at, source_id) in [
            (TouchPlace::First, created_at, self.prospect.source_id),
            (TouchPlace::Last, last_at, last_source),
        ] {
            let medium = self.dice.weighted(&[
                (4, None),
                (3, Some("cpc")),
                (2, Some("organic")),
                (1, Some("email")),
                (1, Some("referral")),
            ]);
            let page = self.dice.word(&[
                "/",
                "/contacto",
                "/precios",
                "/productos",
                "/demo",
                "/blog/como-elegir",
                "/en/contact",
                "/promociones",
            ]);
            let referrer = self.dice.word(&[
                "https://www.google.com/",
                "https://www.bing.com/",
                "https://www.instagram.com/",
                "https://www.facebook.com/",
            ]);
            let came_by_web = medium.is_some();
            self.chunk.touches.push(touch::Model {
                id: self.dice.id(at),
                prospect_id: self.prospect.id,
                place,
                at,
                source_id,
                medium: medium.map(str::to_owned),
                page_url: came_by_web.then(|| format!("https://www.example.com{page}")),
                referrer: (came_by_web && self.dice.percent(70)).then(|| referrer.to_owned()),
            });
        }
    }
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
        for slot in Plan::new(&Options {
            prospects: 2_000,
            entries: 20_000,
            users: 5,
            seed,
        }) {
            invent(&world, slot, &mut chunk);
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
