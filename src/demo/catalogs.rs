//! The catalogues that a new database does not have and invented prospects need: tags, regions, zones and their sectors.

use sea_orm::{EntityTrait, QueryOrder};

use crate::app::App;
use crate::entities::setup::revision::CachedTable;
use crate::entities::setup::{region, sector, tag, zone};
use crate::error::Result;
use crate::resolvers::access::revision;
use crate::rules::patch::Patch;
use crate::rules::setup::Draft;
use crate::rules::setup::entries::{InZone, TagOwn};
use crate::setup::{self, Language, Words};
use crate::tx::locks::Locks;

const TAGS: [(Words, &str); 12] = [
    (["VIP", "VIP"], "#8E24AA"),
    (["Urgent", "Urgente"], "#E53935"),
    (["Call in the afternoon", "Llamar por la tarde"], "#FB8C00"),
    (["Trade fair", "Feria"], "#1E88E5"),
    (["Recommended", "Recomendado"], "#43A047"),
    (["Price-sensitive", "Sensible al precio"], "#FDD835"),
    (["Needs an invoice", "Pide factura"], "#00ACC1"),
    (["WhatsApp only", "Solo WhatsApp"], "#43A047"),
    (["Wholesale", "Al mayor"], "#6D4C41"),
    (["Export", "Exportación"], "#3949AB"),
    (["Slow payer", "Moroso"], "#757575"),
    (["Press", "Prensa"], "#D81B60"),
];

const REGIONS: [Words; 5] = [
    ["Capital", "Capital"],
    ["Central", "Centro"],
    ["West", "Occidente"],
    ["East", "Oriente"],
    ["Abroad", "Exterior"],
];

const ZONES: [(Words, [Words; 4]); 5] = [
    (
        ["North", "Norte"],
        [
            ["The Hill", "La Colina"],
            ["The Woods", "El Bosque"],
            ["Flower Gardens", "Las Flores"],
            ["Saint Joseph", "San José"],
        ],
    ),
    (
        ["South", "Sur"],
        [
            ["The Valley", "El Valle"],
            ["Olive Grove", "Los Olivos"],
            ["South Gate", "Puerta Sur"],
            ["Saint Anthony", "San Antonio"],
        ],
    ),
    (
        ["East", "Este"],
        [
            ["Castle Park", "La Castellana"],
            ["The Lookout", "El Mirador"],
            ["Mercy Street", "Las Mercedes"],
            ["Saint Agnes", "Santa Inés"],
        ],
    ),
    (
        ["West", "Oeste"],
        [
            ["Peace Park", "La Paz"],
            ["The Mill", "El Molino"],
            ["The Pines", "Los Pinos"],
            ["Saint Martin", "San Martín"],
        ],
    ),
    (
        ["Centre", "Centro"],
        [
            ["Old town", "Casco histórico"],
            ["Market", "Mercado"],
            ["Station", "Estación"],
            ["University", "Universidad"],
        ],
    ),
];

/// Fills those that are still empty.
pub async fn install(app: &App) -> Result<()> {
    let (now, language) = (app.clock.now(), setup::language(app));
    let tx = app.db.begin().await?;
    let tables = [CachedTable::Tag, CachedTable::Region, CachedTable::Zone, CachedTable::Sector];
    Locks::default().with_tables(tables).take(&tx, None).await?;
    let tags = TAGS.map(|(name, color)| {
        let own = TagOwn {
            color: Patch::Set(color.to_owned()),
        };
        let draft = Draft {
            own,
            ..named(language, name)
        };
        ((), draft)
    });
    setup::install::<tag::Entity>(&tx, now, tags.into()).await?;
    let regions = REGIONS.map(|name| ((), named(language, name)));
    setup::install::<region::Entity>(&tx, now, regions.into()).await?;
    let zones = ZONES.map(|(name, _)| ((), named(language, name)));
    setup::install::<zone::Entity>(&tx, now, zones.into()).await?;
    let zones = zone::Entity::find().order_by_asc(zone::Column::Position).all(&tx).await?;
    let sectors = zones.iter().flat_map(|zone| {
        let names = ZONES
            .iter()
            .find(|(name, _)| name.contains(&zone.name.as_str()))
            .map(|(_, names)| names);
        let names = names.into_iter().flatten();
        names.map(|name| (InZone(zone.id), named(language, *name)))
    });
    setup::install::<sector::Entity>(&tx, now, sectors.collect()).await?;
    tx.commit().await?;
    revision::take_in(app, &tables).await;
    Ok(())
}

fn named<O: Default>(language: Language, name: Words) -> Draft<O> {
    Draft {
        name: Patch::Set(language.choose(name).to_owned()),
        ..Draft::default()
    }
}
