//! The catalogues that a new database does not have and invented prospects need: tags, regions, zones and their sectors.

use sea_orm::{EntityTrait, QueryOrder};

use crate::cx::App;
use crate::entities::setup::{region, sector, tag, zone};
use crate::error::Result;
use crate::locks::Locks;
use crate::resolvers::access::revision;
use crate::rules::setup::Draft;
use crate::rules::setup::entries::{InZone, TagOwn};
use crate::setup;

const TAGS: [(&str, &str); 12] = [
    ("VIP", "#8E24AA"),
    ("Urgente", "#E53935"),
    ("Llamar por la tarde", "#FB8C00"),
    ("Feria 2026", "#1E88E5"),
    ("Recomendado", "#43A047"),
    ("Precio sensible", "#FDD835"),
    ("Pide factura", "#00ACC1"),
    ("Solo WhatsApp", "#43A047"),
    ("Mayorista", "#6D4C41"),
    ("Exportación", "#3949AB"),
    ("Moroso", "#757575"),
    ("Prensa", "#D81B60"),
];

const REGIONS: [&str; 5] = ["Capital", "Centro", "Occidente", "Oriente", "Exterior"];

const ZONES: [(&str, [&str; 4]); 5] = [
    ("Norte", ["La Colina", "El Bosque", "Las Flores", "San José"]),
    ("Sur", ["El Valle", "Los Olivos", "Puerta Sur", "San Antonio"]),
    ("Este", ["La Castellana", "El Mirador", "Las Mercedes", "Santa Inés"]),
    ("Oeste", ["La Paz", "El Molino", "Los Pinos", "San Martín"]),
    ("Centro", ["Casco histórico", "Mercado", "Estación", "Universidad"]),
];

/// Fills those that are still empty.
pub async fn install(app: &App) -> Result<()> {
    let now = app.clock.now();
    let tx = app.db.begin().await?;
    Locks::default().with_revision().take(&tx, None).await?;
    let tags = TAGS.map(|(name, color)| {
        let own = TagOwn {
            color: Some(Some(color.to_owned())),
        };
        ((), Draft { own, ..named(name) })
    });
    setup::install::<tag::Entity>(&tx, now, tags.into()).await?;
    setup::install::<region::Entity>(&tx, now, REGIONS.map(|name| ((), named(name))).into()).await?;
    setup::install::<zone::Entity>(&tx, now, ZONES.map(|(name, _)| ((), named(name))).into()).await?;
    let zones = zone::Entity::find().order_by_asc(zone::Column::Position).all(&tx).await?;
    let sectors = zones.iter().flat_map(|zone| {
        let names = ZONES.iter().find(|(name, _)| *name == zone.name).map(|(_, names)| names);
        names.into_iter().flatten().map(|name| (InZone(zone.id), named(name)))
    });
    setup::install::<sector::Entity>(&tx, now, sectors.collect()).await?;
    tx.commit().await?;
    revision::take_in(app).await;
    Ok(())
}

fn named<O: Default>(name: &str) -> Draft<O> {
    Draft {
        name: Some(Some(name.to_owned())),
        ..Draft::default()
    }
}
