//! The places of a prospect.

use uuid::Uuid;

use super::{Changes, Checks, List, Nested, merge, nested};
use crate::app::catalogs::{Catalogs, Row};
use crate::entities::records::address;
use crate::error::ProblemCode;
use crate::resolvers::records::prospects::save::columns::{name_in, reference};
use crate::resolvers::records::prospects::save::draft::{AddressDraft, ListDraft};
use crate::rules::limits::{LINE_LENGTH, TEXT_LENGTH};
use crate::rules::patch::Patch;
use crate::text::fold;

pub const MOST: usize = 20;

nested!(address, |row, catalogs| {
    let location = row
        .latitude
        .zip(row.longitude)
        .map(|(latitude, longitude)| format!("{latitude}, {longitude}"));
    let parts = [
        &row.line,
        &row.reference,
        &row.parish,
        &row.municipality,
        &row.city,
        &row.postal_code,
        &Some(row.country.clone()),
        &location,
        &name_in(&catalogs.regions, row.region_id),
        &name_in(&catalogs.zones, row.zone_id),
        &name_in(&catalogs.sectors, row.sector_id),
    ];
    let text = parts.into_iter().flatten().cloned().collect::<Vec<_>>().join(", ");
    match name_in(&catalogs.address_types, row.type_id) {
        Some(kind) => format!("{text} ({kind})"),
        None => text,
    }
});

pub fn merge_addresses(
    checks: &mut Checks,
    catalogs: &Catalogs,
    prospect_id: Uuid,
    present: Vec<address::Model>,
    draft: &ListDraft<AddressDraft>,
    creating: bool,
) -> Changes<address::Model> {
    merge(
        checks,
        List {
            field: "addresses",
            remove_field: "removeAddressIds",
            most: MOST,
            creating,
        },
        present,
        draft,
        |entry| entry.id,
        |checks, entry, before, position| build(checks, catalogs, prospect_id, entry, before, position),
    )
}

fn build(
    checks: &mut Checks,
    catalogs: &Catalogs,
    prospect_id: Uuid,
    draft: &AddressDraft,
    before: Option<&address::Model>,
    position: i32,
) -> address::Model {
    let present = |field: fn(&address::Model) -> Option<&str>| before.and_then(field);
    let country = checks
        .required("country", &draft.country, before.map(|row| row.country.as_str()), LINE_LENGTH)
        .to_uppercase();
    if !country.is_empty() && rust_iso3166::from_alpha2(&country).is_none() {
        checks.problem("country", ProblemCode::Invalid, "must be a country as two letters of ISO 3166");
    }
    let city = checks.optional("city", &draft.city, present(|row| row.city.as_deref()), LINE_LENGTH);
    let municipality = checks.optional(
        "municipality",
        &draft.municipality,
        present(|row| row.municipality.as_deref()),
        LINE_LENGTH,
    );
    let parish = checks.optional("parish", &draft.parish, present(|row| row.parish.as_deref()), LINE_LENGTH);
    let (latitude, longitude) = match &draft.location {
        Patch::Keep => (before.and_then(|row| row.latitude), before.and_then(|row| row.longitude)),
        Patch::Clear => (None, None),
        Patch::Set((latitude, longitude)) => {
            if !(-90.0..=90.0).contains(latitude) {
                checks.problem("location", ProblemCode::Invalid, "the latitude must be from -90 to 90 degrees");
            }
            if !(-180.0..=180.0).contains(longitude) {
                checks.problem("location", ProblemCode::Invalid, "the longitude must be from -180 to 180 degrees");
            }
            (Some(*latitude), Some(*longitude))
        }
    };
    let (zone_id, sector_id) = zone_and_sector(checks, catalogs, draft, before);
    address::Model {
        type_id: reference(
            checks,
            "typeId",
            &catalogs.address_types,
            &draft.type_id,
            before.and_then(|row| row.type_id),
        ),
        region_id: reference(
            checks,
            "regionId",
            &catalogs.regions,
            &draft.region,
            before.and_then(|row| row.region_id),
        ),
        zone_id,
        sector_id,
        id: before.map_or_else(|| checks.new_id(draft.id), |row| row.id),
        prospect_id,
        country,
        city_norm: city.as_deref().map(fold),
        city,
        municipality_norm: municipality.as_deref().map(fold),
        municipality,
        parish_norm: parish.as_deref().map(fold),
        parish,
        postal_code: checks.optional(
            "postalCode",
            &draft.postal_code,
            present(|row| row.postal_code.as_deref()),
            LINE_LENGTH,
        ),
        line: checks.optional("line", &draft.line, present(|row| row.line.as_deref()), TEXT_LENGTH),
        reference: checks.optional("reference", &draft.reference, present(|row| row.reference.as_deref()), TEXT_LENGTH),
        latitude,
        longitude,
        position: before.map_or(position, |row| row.position),
        deleted_at: None,
    }
}

/// The sector has to be one of the zone. A sector alone says which zone it is, and another zone alone leaves the sector behind.
fn zone_and_sector(
    checks: &mut Checks,
    catalogs: &Catalogs,
    draft: &AddressDraft,
    before: Option<&address::Model>,
) -> (Option<Uuid>, Option<Uuid>) {
    let (present_zone, present_sector) = (before.and_then(|row| row.zone_id), before.and_then(|row| row.sector_id));
    let zone_id = reference(checks, "zoneId", &catalogs.zones, &draft.zone, present_zone);
    let sector_id = reference(checks, "sectorId", &catalogs.sectors, &draft.sector, present_sector);
    let Some(sector) = sector_id.and_then(|id| catalogs.sectors.get(id)) else {
        return (zone_id, sector_id);
    };
    let is_offered = catalogs.zones.get(sector.zone_id).is_some_and(|zone| !zone.is_retired());
    match (&draft.zone, &draft.sector) {
        (Patch::Keep, Patch::Set(_)) => {
            if !is_offered && present_sector != sector_id {
                checks.problem("sectorId", ProblemCode::State, "the zone of this sector is retired");
            }
            (Some(sector.zone_id), sector_id)
        }
        (_, Patch::Set(_)) => {
            if zone_id != Some(sector.zone_id) {
                checks.problem("sectorId", ProblemCode::Invalid, "this sector belongs to another zone");
            }
            (zone_id, sector_id)
        }
        _ => (zone_id, sector_id.filter(|_| zone_id == Some(sector.zone_id))),
    }
}
