//! Child rows of a prospect besides its timeline: numbers, e-mails, phones, contacts, addresses, tags and touches.

use uuid::Uuid;

use super::attribution::attribute;
use super::perhaps;
use crate::demo::chunk::Chunk;
use crate::demo::dice::Dice;
use crate::demo::names::{self, Person};
use crate::demo::numbers;
use crate::demo::places::{self, Country};
use crate::demo::texts;
use crate::demo::timeframe::DAY;
use crate::demo::world::{World, choose};
use crate::entities::records::contact_point::{self, PointKind, Verification};
use crate::entities::records::prospect::{self, ProspectKind};
use crate::entities::records::touch::{self, TouchPosition};
use crate::entities::records::{address, contact, identifier, prospect_tag};
use crate::text;

/// Child rows of a prospect besides its timeline.
pub(super) struct Details<'a> {
    pub(super) world: &'a World,
    pub(super) chunk: &'a mut Chunk,
    pub(super) dice: Dice,
    pub(super) country: &'static Country,
    pub(super) prospect: &'a prospect::Model,
    pub(super) index: u64,
    /// Counter that keeps those of one prospect distinct.
    pub(super) emails: u64,
}

impl Details<'_> {
    pub(super) fn add(mut self, person: &Person) {
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
            let contact = if position == 0 {
                person.clone()
            } else {
                names::person(&mut self.dice, self.country.language)
            };
            self.contact(&contact, position);
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
        let Some(kind) = self.world.identifier_type(self.country.code, self.prospect.kind) else {
            return;
        };
        if !self.dice.percent(percent) {
            return;
        }
        let number = numbers::document(self.country.code, self.prospect.kind, self.index, self.world.seed);
        self.chunk.identifiers.push(identifier::Model {
            id: self.dice.id(self.prospect.created_at),
            prospect_id: self.prospect.id,
            type_id: kind.id,
            country: self.country.code.to_owned(),
            number_norm: kind.form().canonical(&number),
            number,
            exemption: None,
            position: 0,
            deleted_at: None,
        });
    }

    fn contact(&mut self, person: &Person, position: i32) {
        let id = self.dice.id(self.prospect.created_at);
        let language = self.world.language;
        let last_name = self.dice.percent(92).then(|| person.last.clone());
        let full = last_name
            .as_ref()
            .map_or_else(|| person.first.clone(), |last| format!("{} {last}", person.first));
        self.chunk.contacts.push(contact::Model {
            id,
            prospect_id: self.prospect.id,
            first_name: person.first.clone(),
            last_name,
            name_norm: text::fold(&full),
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
        let language = self.world.language;
        let label = self
            .dice
            .percent(45)
            .then(|| texts::label(&mut self.dice, kind, language).to_owned());
        let verified_at = self
            .dice
            .percent(30)
            .then(|| (self.prospect.created_at + self.dice.between(0, 2 * DAY)).min(self.world.timeframe.end));
        self.chunk.points.push(contact_point::Model {
            id: self.dice.id(self.prospect.created_at),
            prospect_id: self.prospect.id,
            contact_id,
            kind,
            value,
            value_norm,
            match_key: None,
            value_folded: None,
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
        let language = self.world.language;
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
            city_norm: Some(text::fold(city.name)),
            municipality: Some(city.municipality.to_owned()),
            municipality_norm: Some(text::fold(city.municipality)),
            parish: city.parish.map(str::to_owned),
            parish_norm: city.parish.map(text::fold),
            postal_code: self.dice.percent(80).then(|| places::postal_code(&mut self.dice, city)),
            line: Some(places::street(&mut self.dice, self.country.language)),
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
            (TouchPosition::First, created_at, self.prospect.source_id),
            (TouchPosition::Last, last_at, last_source),
        ] {
            let mut touch = touch::Model {
                id: self.dice.id(at),
                prospect_id: self.prospect.id,
                place,
                at,
                source_id,
                ..touch::Model::default()
            };
            attribute(&mut self.dice, self.world.language, &mut touch);
            self.chunk.touches.push(touch);
        }
    }
}
