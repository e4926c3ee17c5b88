//! Users and catalogue entries of the database that demo prospects refer to, with their weights.

use uuid::Uuid;

use super::attributes::{self, Attributes};
use super::dice::Dice;
use super::timeframe::Timeframe;
use super::users::Staff;
use crate::app::catalogs::{Catalogs, Row, Table};
use crate::entities::records::prospect::ProspectKind;
use crate::entities::setup::potential_level::LevelKind;
use crate::entities::setup::reason::ReasonCategory;
use crate::entities::setup::status::StatusCategory;
use crate::entities::setup::{identifier_type, potential_level, reason, status};
use crate::error::{Error, Result};
use crate::resolvers::setup::countries::ANY;
use crate::setup::Language;

/// Something to choose from, with how often it is chosen.
pub type Weighted = Vec<(u32, Choice)>;

#[derive(Clone, Debug)]
pub struct Choice {
    pub id: Uuid,
    pub name: String,
}

pub struct World {
    pub seed: u64,
    /// In which people write.
    pub language: Language,
    pub timeframe: Timeframe,
    pub administrator: Uuid,
    /// The first ones own most of the prospects.
    pub salespeople: Vec<(u32, Uuid)>,
    pub channels: Weighted,
    pub sources: Weighted,
    /// May be empty; then nothing is planned.
    pub task_types: Weighted,
    /// May be empty, as may all that follow but the statuses.
    pub segments: Weighted,
    pub prospect_levels: Weighted,
    pub client_levels: Weighted,
    pub tags: Weighted,
    pub industries: Weighted,
    pub customer_types: Weighted,
    pub regions: Weighted,
    pub address_types: Weighted,
    /// Those of zones in use; each with its zone.
    pub sectors: Vec<(Uuid, Uuid)>,
    /// The open statuses in their order; there is at least one.
    pub open: Vec<status::Model>,
    /// Statuses where new prospects and returning clients start, as positions among the open ones.
    pub start: usize,
    pub reentry: usize,
    pub won: Vec<status::Model>,
    pub lost: Vec<status::Model>,
    pub discarded: Vec<status::Model>,
    pub lost_reasons: Vec<(u32, reason::Model)>,
    pub discard_reasons: Vec<(u32, reason::Model)>,
    identifier_types: Vec<identifier_type::Model>,
    /// Definitions of attributes by key.
    pub attributes: Attributes,
}

impl World {
    /// Refuses catalogues without a channel, a source or an open status: no prospect can exist without them.
    pub fn new(catalogs: &Catalogs, staff: &Staff, seed: u64, language: Language, timeframe: Timeframe) -> Result<World> {
        let open = statuses(catalogs, StatusCategory::Open);
        let channels = weighted(&catalogs.channels, |_| true);
        let sources = weighted(&catalogs.sources, |_| true);
        if open.is_empty() || channels.is_empty() || sources.is_empty() {
            return Err(Error::BadInput(
                "the demo needs at least one channel, one source and one open status in use".to_owned(),
            ));
        }
        let levels = |kind: LevelKind| {
            weighted(&catalogs.potential_levels, move |level: &potential_level::Model| {
                level.applies_to == kind
            })
        };
        let reasons = |category: ReasonCategory| {
            let fits = |reason: &reason::Model| reason.category == category || reason.category == ReasonCategory::Both;
            let rows = catalogs.reasons.all().iter().filter(|reason| !reason.is_retired() && fits(reason));
            rows.enumerate()
                .map(|(rank, reason)| (commonness(rank), (**reason).clone()))
                .collect::<Vec<_>>()
        };
        Ok(World {
            seed,
            language,
            timeframe,
            administrator: staff.administrator,
            salespeople: staff
                .salespeople
                .iter()
                .enumerate()
                .map(|(rank, id)| (commonness(rank), *id))
                .collect(),
            task_types: weighted(&catalogs.task_types, |_| true),
            segments: weighted(&catalogs.segments, |_| true),
            prospect_levels: levels(LevelKind::Prospect),
            client_levels: levels(LevelKind::Client),
            tags: weighted(&catalogs.tags, |_| true),
            industries: weighted(&catalogs.industries, |_| true),
            customer_types: weighted(&catalogs.customer_types, |_| true),
            regions: weighted(&catalogs.regions, |_| true),
            address_types: weighted(&catalogs.address_types, |_| true),
            sectors: sectors(catalogs),
            start: open.iter().position(|status| status.is_default).unwrap_or(0),
            reentry: open.iter().position(|status| status.is_reentry).unwrap_or(0),
            won: statuses(catalogs, StatusCategory::Won),
            lost: statuses(catalogs, StatusCategory::Lost),
            discarded: statuses(catalogs, StatusCategory::Discarded),
            lost_reasons: reasons(ReasonCategory::Lost),
            discard_reasons: reasons(ReasonCategory::Discarded),
            identifier_types: catalogs
                .identifier_types
                .all()
                .iter()
                .filter(|row| !row.is_retired())
                .map(|row| (**row).clone())
                .collect(),
            channels,
            sources,
            open,
            attributes: attributes::known(catalogs),
        })
    }

    /// The type of document that such a prospect has in the country. None: the catalogue has none that fits.
    pub fn identifier_type(&self, country: &str, kind: ProspectKind) -> Option<&identifier_type::Model> {
        let of = |country| self.identifier_types.iter().filter(move |row| row.country == country);
        let fitting = match kind {
            ProspectKind::Company => of(country).find(|row| names_any(row, &FOR_COMPANIES) || names_any(row, &FOR_BOTH)),
            ProspectKind::Person => of(country).find(|row| !names_any(row, &FOR_COMPANIES)),
        };
        let of_any_country = || of(ANY).find(|row| names_any(row, &PASSPORTS) == (kind == ProspectKind::Person));
        fitting.or_else(of_any_country)
    }

    /// A salesperson, more often one of the first.
    pub fn salesperson(&self, dice: &mut Dice) -> Uuid {
        *dice.weighted(&self.salespeople)
    }
}

/// One of the choices. None: there are none.
pub fn choose<'a>(dice: &mut Dice, choices: &'a Weighted) -> Option<&'a Choice> {
    if choices.is_empty() { None } else { Some(dice.weighted(choices)) }
}

const FOR_COMPANIES: [&str; 8] = ["rif", "nif", "nit", "rfc", "cuit", "cnpj", "ein", "ruc"];
const FOR_BOTH: [&str; 1] = ["rut"];
const PASSPORTS: [&str; 2] = ["passport", "pasaporte"];

fn names_any(row: &identifier_type::Model, words: &[&str]) -> bool {
    row.name_norm.split_whitespace().any(|word| words.contains(&word))
}

fn weighted<M: Row>(table: &Table<M>, fits: impl Fn(&M) -> bool) -> Weighted {
    let rows = table.all().iter().filter(|row| !row.is_retired() && fits(row));
    rows.enumerate()
        .map(|(rank, row)| {
            (
                commonness(rank),
                Choice {
                    id: row.id(),
                    name: row.name().to_owned(),
                },
            )
        })
        .collect()
}

/// The second is half as common as the first, the third a third, and so on.
fn commonness(rank: usize) -> u32 {
    (5_040 / (rank as u32 + 1)).max(1)
}

fn statuses(catalogs: &Catalogs, category: StatusCategory) -> Vec<status::Model> {
    let rows = catalogs
        .statuses
        .all()
        .iter()
        .filter(|status| !status.is_retired() && status.category == category);
    rows.map(|status| (**status).clone()).collect()
}

fn sectors(catalogs: &Catalogs) -> Vec<(Uuid, Uuid)> {
    let zones = catalogs.zones.all().iter().filter(|zone| !zone.is_retired());
    zones
        .flat_map(|zone| catalogs.sectors_of(zone.id))
        .filter(|sector| !sector.is_retired())
        .map(|sector| (sector.id, sector.zone_id))
        .collect()
}

#[cfg(test)]
pub mod tests {
    use super::*;
    use crate::demo::timeframe::tests::timeframe;

    /// A world with the least that a story needs, and reasons of both kinds.
    pub fn small_world(seed: u64) -> World {
        let mut dice = Dice::new(seed, 99, 0);
        let mut choices = |names: &[&str]| -> Weighted {
            names
                .iter()
                .enumerate()
                .map(|(rank, name)| {
                    (
                        commonness(rank),
                        Choice {
                            id: dice.id(1),
                            name: (*name).to_owned(),
                        },
                    )
                })
                .collect()
        };
        let (channels, sources) = (choices(&["Web", "Phone"]), choices(&["Search", "Referral", "Event"]));
        let task_types = choices(&["Call", "Visit"]);
        let (tags, industries) = (choices(&["VIP", "Urgent", "Fair", "Late"]), choices(&["Health"]));
        let (segments, prospect_levels, client_levels) = (choices(&["Small", "Large"]), choices(&["Low", "High"]), choices(&["Gold"]));
        let mut status = |name: &str, category: StatusCategory| status::Model {
            id: dice.id(1),
            name: name.to_owned(),
            name_norm: name.to_lowercase(),
            description: None,
            position: 0,
            is_default: false,
            retired_at: None,
            version: 1,
            created_at: 0,
            updated_at: 0,
            color: "#000000".to_owned(),
            category,
            task_type_id: None,
            task_due_in_hours: None,
            is_reentry: false,
        };
        let open = vec![
            status("New", StatusCategory::Open),
            status("Ready", StatusCategory::Open),
            status("Deal", StatusCategory::Open),
        ];
        let (won, lost) = (vec![status("Won", StatusCategory::Won)], vec![status("Lost", StatusCategory::Lost)]);
        let discarded = vec![status("Discarded", StatusCategory::Discarded)];
        let reason = |name: &str, category: ReasonCategory, requires_note: bool| reason::Model {
            id: Dice::new(seed, 98, u64::from(requires_note)).id(1),
            name: name.to_owned(),
            name_norm: name.to_lowercase(),
            description: None,
            position: 0,
            is_default: false,
            retired_at: None,
            version: 1,
            created_at: 0,
            updated_at: 0,
            category,
            requires_note,
        };
        let identifier_types = ["VE", "ES", "CO", "MX", "AR", "CL", "US", "GB"].map(|country| identifier_type::Model {
            id: dice.id(1),
            name: "RUT".to_owned(),
            name_norm: "rut".to_owned(),
            description: None,
            position: 0,
            is_default: false,
            retired_at: None,
            version: 1,
            created_at: 0,
            updated_at: 0,
            country: country.to_owned(),
            pattern: None,
            check_digit: None,
            number_prefix: String::new(),
            ignores_leading_zeros: false,
            repeatable_numbers: serde_json::json!([]),
        });
        World {
            seed,
            language: Language::Spanish,
            timeframe: timeframe(),
            administrator: dice.id(1),
            salespeople: (0..5).map(|rank| (commonness(rank), dice.id(1))).collect(),
            channels,
            sources,
            task_types,
            segments,
            prospect_levels,
            client_levels,
            tags,
            industries,
            customer_types: Vec::new(),
            regions: Vec::new(),
            address_types: Vec::new(),
            sectors: vec![(Uuid::from_u128(1), Uuid::from_u128(2))],
            open,
            start: 0,
            reentry: 1,
            won,
            lost,
            discarded,
            lost_reasons: vec![
                (1, reason("Price", ReasonCategory::Lost, false)),
                (1, reason("Other", ReasonCategory::Both, true)),
            ],
            discard_reasons: vec![(1, reason("Other", ReasonCategory::Both, true))],
            identifier_types: identifier_types.to_vec(),
            attributes: attributes::tests::all(&mut dice),
        }
    }
}
