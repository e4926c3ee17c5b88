//! Custom attributes of the demo: definitions of every type, and values for prospects, contacts and tasks.

use std::collections::HashMap;
use std::sync::Arc;

use sea_orm::{EntityTrait, IntoActiveModel, PaginatorTrait};
use serde_json::{Value as Json, json};
use uuid::Uuid;

use super::chunk::Chunk;
use super::dice::Dice;
use super::places;
use super::timeframe::DAY;
use super::world::World;
use crate::app::App;
use crate::app::catalogs::Catalogs;
use crate::entities::process::task;
use crate::entities::records::prospect::{self, ProspectKind};
use crate::entities::records::{attribute_value, contact};
use crate::entities::setup::attribute_definition::{self, AttributeEntity, AttributeType, AttributeVisibility};
use crate::entities::setup::revision::CachedTable;
use crate::error::Result;
use crate::ids;
use crate::resolvers::access::revision;
use crate::rules::attributes::index::value_column;
use crate::rules::attributes::value::{self, Document, Value};
use crate::rules::attributes::{Definition, Rules};
use crate::setup::{self, Language, Words};
use crate::tx::locks::Locks;

/// A definition of the demo; labels and names of groups are in both languages.
struct Shown {
    entity: AttributeEntity,
    key: &'static str,
    label: Words,
    kind: AttributeType,
    is_multiple: bool,
    group: Words,
    choices: &'static [(&'static str, Words, &'static str)],
}

const fn shown(entity: AttributeEntity, key: &'static str, label: Words, kind: AttributeType, group: Words) -> Shown {
    Shown {
        entity,
        key,
        label,
        kind,
        is_multiple: false,
        group,
        choices: &[],
    }
}

const PROFILE: Words = ["Profile", "Perfil"];
const SALES: Words = ["Sales", "Ventas"];
const CREDIT: Words = ["Credit", "Crédito"];
const PERSON: Words = ["Person", "Persona"];
const MEETING: Words = ["Meeting", "Encuentro"];

const INTERESTS: &[(&str, Words, &str)] = &[
    ("installation", ["Installation", "Instalación"], "#1E88E5"),
    ("maintenance", ["Maintenance", "Mantenimiento"], "#43A047"),
    ("training", ["Training", "Formación"], "#FB8C00"),
    ("spare_parts", ["Spare parts", "Repuestos"], "#6D4C41"),
    ("rental", ["Rental", "Alquiler"], "#8E24AA"),
];

const SCHEDULES: &[(&str, Words, &str)] = &[
    ("morning", ["Morning", "Mañana"], "#FDD835"),
    ("afternoon", ["Afternoon", "Tarde"], "#FB8C00"),
    ("evening", ["Evening", "Noche"], "#3949AB"),
    ("weekend", ["Weekend", "Fin de semana"], "#00ACC1"),
];

const DEPARTMENTS: [Words; 5] = [
    ["Purchasing", "Compras"],
    ["Administration", "Administración"],
    ["Management", "Gerencia"],
    ["Warehouse", "Almacén"],
    ["Maintenance", "Mantenimiento"],
];

/// Of every type; none is required or has a default.
const SHOWN: [Shown; 16] = {
    use AttributeEntity::{Contact, Prospect, Task};
    use AttributeType::{
        Boolean, Choice, Date, DateTime, Decimal, Email, Integer, LongText, Money, Phone, Prospect as Record, Text, Url, User,
    };
    [
        shown(Prospect, "employees", ["Employees", "Empleados"], Integer, PROFILE),
        shown(Prospect, "annual_revenue", ["Annual revenue", "Facturación anual"], Money, PROFILE),
        shown(Prospect, "founded_on", ["Founded on", "Fecha de fundación"], Date, PROFILE),
        shown(Prospect, "is_exporter", ["Exports", "Exporta"], Boolean, PROFILE),
        shown(Prospect, "profile_url", ["Public profile", "Perfil público"], Url, PROFILE),
        Shown {
            choices: SCHEDULES,
            ..shown(
                Prospect,
                "preferred_schedule",
                ["Preferred schedule", "Horario preferido"],
                Choice,
                SALES,
            )
        },
        Shown {
            is_multiple: true,
            choices: INTERESTS,
            ..shown(
                Prospect,
                "service_interests",
                ["Services of interest", "Servicios de interés"],
                Choice,
                SALES,
            )
        },
        shown(
            Prospect,
            "agreed_discount",
            ["Agreed discount (%)", "Descuento acordado (%)"],
            Decimal,
            SALES,
        ),
        shown(Prospect, "technical_advisor", ["Technical advisor", "Asesor técnico"], User, SALES),
        shown(Prospect, "referred_by", ["Referred by", "Referido por"], Record, SALES),
        shown(
            Prospect,
            "last_demonstration",
            ["Last demonstration", "Última demostración"],
            DateTime,
            SALES,
        ),
        shown(
            Prospect,
            "billing_email",
            ["Billing e-mail", "Correo de facturación"],
            Email,
            CREDIT,
        ),
        shown(
            Prospect,
            "credit_remarks",
            ["Remarks on credit", "Observaciones de crédito"],
            LongText,
            CREDIT,
        ),
        shown(Contact, "direct_phone", ["Direct phone", "Teléfono directo"], Phone, PERSON),
        shown(Contact, "department", ["Department", "Departamento"], Text, PERSON),
        shown(Task, "planned_minutes", ["Planned minutes", "Minutos previstos"], Integer, MEETING),
    ]
};

/// Known to administrators only.
const OF_ADMINISTRATORS: &str = "credit_remarks";
/// Separates the dice of values from those of the records.
const PURPOSE: u64 = 17;

/// Definitions by key, as far as the database has them in the type that the demo writes.
pub type Attributes = HashMap<&'static str, Arc<Definition>>;

/// Adds the definitions to a database that has none.
pub async fn install(app: &App) -> Result<()> {
    let tx = app.db.begin().await?;
    Locks::default()
        .with_tables([CachedTable::AttributeDefinition])
        .take(&tx, None)
        .await?;
    if attribute_definition::Entity::find().count(&tx).await? == 0 {
        let rows = rows(setup::language(app), app.clock.now(), ids::new);
        attribute_definition::Entity::insert_many(rows.into_iter().map(IntoActiveModel::into_active_model))
            .exec_without_returning(&tx)
            .await?;
    }
    tx.commit().await?;
    revision::take_in(app, &[CachedTable::AttributeDefinition]).await;
    Ok(())
}

/// Those that the database has.
pub fn known(catalogs: &Catalogs) -> Attributes {
    let found = SHOWN.iter().filter_map(|shown| {
        let definition = catalogs.definitions.by_key(shown.entity, shown.key)?;
        let fits = definition.kind() == shown.kind && definition.row.is_multiple == shown.is_multiple && !definition.is_retired();
        fits.then(|| (shown.key, definition.clone()))
    });
    found.collect()
}

/// The rows of the definitions.
pub(super) fn rows(language: Language, now: i64, mut id: impl FnMut() -> Uuid) -> Vec<attribute_definition::Model> {
    let row = |(position, shown): (usize, &Shown)| {
        let choice = |(key, label, color): &(&str, Words, &str)| json!({ "key": key, "label": language.choose(*label), "color": color });
        attribute_definition::Model {
            label: language.choose(shown.label).to_owned(),
            is_multiple: shown.is_multiple,
            scale: match shown.kind {
                AttributeType::Decimal | AttributeType::Money => 2,
                _ => 0,
            },
            currency: (shown.kind == AttributeType::Money).then(|| "USD".to_owned()),
            choices: shown.choices.iter().map(choice).collect(),
            rules: serde_json::to_value(Rules::default()).unwrap_or_else(|_| json!({})),
            visibility: if shown.key == OF_ADMINISTRATORS {
                AttributeVisibility::Admin
            } else {
                AttributeVisibility::Everyone
            },
            group_label: Some(language.choose(shown.group).to_owned()),
            position: position as i32,
            ..attribute_definition::Model::new(id(), shown.entity, shown.key, shown.kind, now)
        }
    };
    SHOWN.iter().enumerate().map(row).collect()
}

/// Invents the values of all records of the chunk.
pub fn fill(world: &World, chunk: &mut Chunk) {
    if world.attributes.is_empty() {
        return;
    }
    let mut documents = HashMap::new();
    let mut keep = |id: Uuid, document: Document| {
        if !document.is_empty() {
            documents.insert(id, Json::Object(document));
        }
    };
    for (place, row) in chunk.prospects.iter().enumerate() {
        let other = place.checked_sub(1 + place % 7).map(|other| chunk.prospects[other].id);
        let document = of_prospect(world, row, other);
        chunk.attribute_values.extend(child_rows(world, row.id, &document));
        keep(row.id, document);
    }
    for row in &chunk.contacts {
        keep(row.id, of_contact(world, row));
    }
    for row in &chunk.tasks {
        keep(row.id, of_task(world, row));
    }
    chunk.documents = documents;
}

/// A document in the making.
struct Values<'a> {
    world: &'a World,
    dice: Dice,
    document: Document,
}

impl<'a> Values<'a> {
    fn new(world: &'a World, id: Uuid) -> Values<'a> {
        Values {
            world,
            dice: Dice::new(world.seed, PURPOSE, id.as_u64_pair().1),
            document: Document::new(),
        }
    }

    /// Sets the values, so many times of a hundred.
    fn perhaps(&mut self, percent: u64, key: &str, invent: impl FnOnce(&mut Dice, &World) -> Vec<Value>) {
        // Drawn in any case, so that the others do not depend on which attributes there are.
        let is_set = self.dice.percent(percent);
        let values = invent(&mut self.dice, self.world);
        if let Some(definition) = self.world.attributes.get(key).filter(|_| is_set) {
            value::put(&mut self.document, definition, Some(&values));
        }
    }
}

fn of_prospect(world: &World, row: &prospect::Model, other: Option<Uuid>) -> Document {
    let mut values = Values::new(world, row.id);
    let is_company = row.kind == ProspectKind::Company;
    let for_companies = |percent| if is_company { percent } else { 0 };
    let name = row.name_norm.replace(|letter: char| !letter.is_ascii_alphanumeric(), "-");
    values.perhaps(for_companies(70), "employees", |dice, _| {
        let most = *dice.weighted(&[(6, 20), (3, 200), (1, 5_000)]);
        vec![Value::Number(dice.between(1, most))]
    });
    values.perhaps(for_companies(45), "annual_revenue", |dice, _| {
        vec![Value::Number(dice.between(20, 9_000) * 100_000)]
    });
    values.perhaps(for_companies(40), "founded_on", |dice, _| {
        vec![Value::Date(day(row.created_at) - dice.between(200, 18_000) * DAY)]
    });
    values.perhaps(for_companies(60), "is_exporter", |dice, _| vec![Value::Boolean(dice.percent(20))]);
    values.perhaps(if is_company { 0 } else { 12 }, "profile_url", |_, _| {
        vec![Value::Text(format!("https://www.example.com/in/{name}"))]
    });
    values.perhaps(55, "preferred_schedule", |dice, _| {
        let key = dice.weighted(&[(5, "morning"), (4, "afternoon"), (2, "evening"), (1, "weekend")]);
        vec![Value::Choice((*key).to_owned())]
    });
    values.perhaps(50, "service_interests", |dice, _| {
        let first = dice.below(INTERESTS.len() as u64) as usize;
        let count = *dice.weighted(&[(5, 1), (3, 2), (1, 3)]);
        let keys = (0..count).map(|step| INTERESTS[(first + step) % INTERESTS.len()].0);
        keys.map(|key| Value::Choice(key.to_owned())).collect()
    });
    values.perhaps(18, "agreed_discount", |dice, _| vec![Value::Number(dice.between(2, 50) * 50)]);
    values.perhaps(25, "technical_advisor", |dice, world| {
        vec![Value::Reference(world.salesperson(dice))]
    });
    values.perhaps(if other.is_some() { 10 } else { 0 }, "referred_by", |_, _| {
        other.map(Value::Reference).into_iter().collect()
    });
    values.perhaps(15, "last_demonstration", |dice, _| {
        vec![Value::DateTime(
            dice.between(row.created_at, row.last_activity_at.max(row.created_at)) / 60_000 * 60_000,
        )]
    });
    values.perhaps(for_companies(35), "billing_email", |dice, _| {
        vec![Value::Text(format!("facturas{}@{}.example", dice.below(90), "empresa"))]
    });
    values.perhaps(6, "credit_remarks", |dice, world| {
        let text = match world.language {
            Language::Spanish => dice.word(&[
                "Paga a 30 días sin retrasos.",
                "Pidió ampliar la línea de crédito.\nPendiente de los estados financieros.",
                "Solo al contado hasta nuevo aviso.",
            ]),
            Language::English => dice.word(&[
                "Pays within 30 days.",
                "Asked for a larger credit line.\nThe statements are still missing.",
                "Cash only until further notice.",
            ]),
        };
        vec![Value::Text(text.to_owned())]
    });
    values.document
}

fn of_contact(world: &World, row: &contact::Model) -> Document {
    let mut values = Values::new(world, row.id);
    values.perhaps(35, "direct_phone", |dice, world| {
        let country = places::country(dice, world.language);
        vec![Value::Text(places::phone(dice, country).e164)]
    });
    values.perhaps(50, "department", |dice, world| {
        let department = dice.pick(&DEPARTMENTS);
        vec![Value::Text(world.language.choose(*department).to_owned())]
    });
    values.document
}

fn of_task(world: &World, row: &task::Model) -> Document {
    let mut values = Values::new(world, row.id);
    values.perhaps(45, "planned_minutes", |dice, _| {
        vec![Value::Number(*dice.pick(&[15, 30, 45, 60, 90]))]
    });
    values.document
}

/// Values of multiple attributes as rows.
fn child_rows(world: &World, record_id: Uuid, document: &Document) -> Vec<attribute_value::Model> {
    let multiple = world.attributes.values().filter(|definition| definition.row.is_multiple);
    let rows = multiple.flat_map(|definition| {
        let values = value::read(definition, document);
        let is_number = value_column(definition.kind()) == "number_value";
        values.into_iter().zip(0..).map(move |(value, position)| {
            let stored = value::encode(&value);
            attribute_value::Model {
                definition_id: definition.id(),
                record_id,
                position,
                text_value: stored.as_str().filter(|_| !is_number).map(str::to_owned),
                number_value: stored.as_i64().filter(|_| is_number),
            }
        })
    });
    rows.collect()
}

fn day(at: i64) -> i64 {
    at.div_euclid(DAY) * DAY
}

#[cfg(test)]
pub mod tests;
