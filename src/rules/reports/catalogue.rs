//! What can be asked in a report, as data: datasets, fields, measures, with their labels.

/// The fields of timeline entries.
mod activity;
/// The fields of clients.
mod clients;
/// The fields of sales cycles.
mod cycles;
/// The fields of documents.
mod documents;
/// Fields and their types.
mod fields;
/// The fields of the intervals in a status and with an owner.
mod intervals;
/// The fields of prospects.
mod prospects;
/// The fields of tasks.
mod tasks;

use super::Grain;
use crate::entities::setup::attribute_definition::{AttributeEntity, AttributeType};
use crate::text::language::Words;

pub use fields::{FLAGS, Field, FieldEntry, FieldType};

/// Kind of record that a report counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Dataset {
    /// The prospects of the list of prospects, clients included.
    Prospects,
    /// The clients of the list of clients.
    Clients,
    /// The sales cycles of visible prospects.
    Cycles,
    /// The times that prospects spent in a status.
    StatusIntervals,
    /// The times that prospects spent with an owner.
    OwnerIntervals,
    /// The tasks of the list of tasks.
    Tasks,
    /// The entries of the timeline of all visible prospects.
    Activity,
    /// The documents of the list of documents.
    Documents,
}

/// A dataset with its labels, and what its records have. A record belongs to one prospect, whose dimensions it has too.
#[derive(Debug)]
pub struct DatasetEntry {
    pub dataset: Dataset,
    pub label: Words,
    /// The fields of its own records.
    pub own: &'static [FieldEntry],
    /// The time of the period of a report that names no other.
    pub time: Field,
    /// Name of the argument with the conditions on its records, beside `prospectFilter`.
    pub filter: Option<&'static str>,
    /// Kind of record whose attributes are those of its own.
    pub attributes: Option<AttributeEntity>,
    /// Whether a prospect has at most one record. Numbers of prospects would otherwise count several times.
    pub is_single: bool,
    /// Whether there are rates of conversion, loss and discarding.
    pub has_rates: bool,
    /// Whether they are counted as of an instant, too: enough is known of what they were then.
    pub has_as_of: bool,
}

/// What is computed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum MeasureKind {
    Count,
    DistinctCount,
    Sum,
    Average,
    Minimum,
    Maximum,
    Percentile,
    ConversionRate,
    LossRate,
    DiscardRate,
    Ratio,
    Share,
    RunningTotal,
}

impl MeasureKind {
    /// Whether the result for several groups of different records follows from what is known of each.
    pub fn adds_up(self) -> bool {
        !matches!(self, MeasureKind::DistinctCount | MeasureKind::Percentile)
    }

    /// Whether the results of groups add up to that of all their records.
    pub fn is_additive(self) -> bool {
        matches!(self, MeasureKind::Count | MeasureKind::Sum)
    }

    /// Whether the results of two groups can be added up, or computed anew of what was added up.
    pub fn has_others(self) -> bool {
        !matches!(
            self,
            MeasureKind::DistinctCount | MeasureKind::Percentile | MeasureKind::RunningTotal
        )
    }
}

/// A measure with its labels, and what it is computed of.
#[derive(Debug)]
pub struct MeasureEntry {
    pub kind: MeasureKind,
    pub name: &'static str,
    pub label: Words,
    pub of: Of,
}

/// What a measure is computed of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Of {
    /// The records themselves.
    Records,
    /// A dimension.
    Dimension,
    /// A number.
    Number,
    /// Other measures of the report.
    Measures,
}

/// All datasets.
pub static DATASETS: &[DatasetEntry] = &[
    DatasetEntry {
        dataset: Dataset::Prospects,
        label: ["Prospects", "Prospectos"],
        own: prospects::FIELDS,
        time: Field::CreatedAt,
        filter: None,
        attributes: Some(AttributeEntity::Prospect),
        is_single: true,
        has_rates: true,
        has_as_of: true,
    },
    DatasetEntry {
        dataset: Dataset::Clients,
        label: ["Clients", "Clientes"],
        own: clients::FIELDS,
        time: Field::ClientSince,
        filter: Some("clientFilter"),
        attributes: Some(AttributeEntity::Client),
        is_single: true,
        has_rates: false,
        has_as_of: true,
    },
    DatasetEntry {
        dataset: Dataset::Cycles,
        label: ["Sales cycles", "Ciclos de venta"],
        own: cycles::FIELDS,
        time: Field::OpenedAt,
        filter: Some("cycleFilter"),
        attributes: None,
        is_single: false,
        has_rates: true,
        has_as_of: false,
    },
    DatasetEntry {
        dataset: Dataset::StatusIntervals,
        label: ["Times in status", "Tiempos por estatus"],
        own: intervals::OF_STATUSES,
        time: Field::EnteredAt,
        filter: None,
        attributes: None,
        is_single: false,
        has_rates: false,
        has_as_of: false,
    },
    DatasetEntry {
        dataset: Dataset::OwnerIntervals,
        label: ["Times with owner", "Tiempos por propietario"],
        own: intervals::OF_OWNERS,
        time: Field::EnteredAt,
        filter: None,
        attributes: None,
        is_single: false,
        has_rates: false,
        has_as_of: false,
    },
    DatasetEntry {
        dataset: Dataset::Tasks,
        label: ["Tasks", "Tareas"],
        own: tasks::FIELDS,
        time: Field::DueAt,
        filter: Some("taskFilter"),
        attributes: Some(AttributeEntity::Task),
        is_single: false,
        has_rates: false,
        has_as_of: false,
    },
    DatasetEntry {
        dataset: Dataset::Activity,
        label: ["Activity", "Actividad"],
        own: activity::FIELDS,
        time: Field::OccurredAt,
        filter: Some("timelineFilter"),
        attributes: None,
        is_single: false,
        has_rates: false,
        has_as_of: false,
    },
    DatasetEntry {
        dataset: Dataset::Documents,
        label: ["Documents", "Documentos"],
        own: documents::FIELDS,
        time: Field::DocumentCreatedAt,
        filter: Some("documentFilter"),
        attributes: None,
        is_single: false,
        has_rates: false,
        has_as_of: false,
    },
];

/// All measures.
pub static MEASURES: &[MeasureEntry] = &[
    measure(MeasureKind::Count, "count", ["Count", "Cantidad"], Of::Records),
    measure(
        MeasureKind::DistinctCount,
        "distinct_count",
        ["Different values", "Valores distintos"],
        Of::Dimension,
    ),
    measure(MeasureKind::Sum, "sum", ["Sum", "Suma"], Of::Number),
    measure(MeasureKind::Average, "average", ["Average", "Promedio"], Of::Number),
    measure(MeasureKind::Minimum, "minimum", ["Minimum", "Mínimo"], Of::Number),
    measure(MeasureKind::Maximum, "maximum", ["Maximum", "Máximo"], Of::Number),
    measure(MeasureKind::Percentile, "percentile", ["Percentile", "Percentil"], Of::Number),
    measure(
        MeasureKind::ConversionRate,
        "conversion_rate",
        ["Conversion rate", "Tasa de conversión"],
        Of::Records,
    ),
    measure(MeasureKind::LossRate, "loss_rate", ["Loss rate", "Tasa de pérdida"], Of::Records),
    measure(
        MeasureKind::DiscardRate,
        "discard_rate",
        ["Discard rate", "Tasa de descarte"],
        Of::Records,
    ),
    measure(MeasureKind::Ratio, "ratio", ["Ratio", "Razón"], Of::Measures),
    measure(MeasureKind::Share, "share", ["Share of the total", "Parte del total"], Of::Measures),
    measure(
        MeasureKind::RunningTotal,
        "running_total",
        ["Running total", "Total acumulado"],
        Of::Measures,
    ),
];

/// The entry of a dataset.
pub fn dataset(dataset: Dataset) -> &'static DatasetEntry {
    let mut entries = DATASETS.iter();
    entries
        .find(|entry| entry.dataset == dataset)
        .expect("each dataset has an entry: a test looks")
}

impl DatasetEntry {
    /// Its fields: those of its own records, then those of their prospects. An own field replaces that of the prospect.
    pub fn fields(&'static self) -> impl Iterator<Item = &'static FieldEntry> {
        let of_prospects = match self.dataset {
            Dataset::Prospects => &[],
            _ => prospects::FIELDS,
        };
        let is_own = |field: Field| self.own.iter().any(|own| own.field == field);
        let of_prospects = of_prospects.iter().filter(move |entry| !is_own(entry.field));
        let useful = of_prospects.filter(|entry| entry.is_dimension || entry.is_countable() || self.has_number(entry));
        self.own.iter().chain(useful)
    }

    /// The entry of a field. None if the dataset does not have it.
    pub fn field(&'static self, field: Field) -> Option<&'static FieldEntry> {
        self.fields().find(|entry| entry.field == field)
    }

    /// Whether numbers are computed of a field here.
    pub fn has_number(&self, entry: &FieldEntry) -> bool {
        entry.is_number && (self.is_single || self.own.iter().any(|own| own.field == entry.field))
    }

    /// Whether numbers are computed of the attributes of a kind of record here.
    pub fn has_numbers_of(&self, entity: AttributeEntity) -> bool {
        self.is_single || self.attributes == Some(entity)
    }

    /// Whether it has a measure.
    pub fn has_measure(&self, kind: MeasureKind) -> bool {
        self.has_rates || !matches!(kind, MeasureKind::ConversionRate | MeasureKind::LossRate | MeasureKind::DiscardRate)
    }

    /// The kinds of records whose attributes it has: those of its own records first.
    pub fn attribute_entities(&self) -> impl Iterator<Item = AttributeEntity> {
        let own = self.attributes.filter(|own| *own != AttributeEntity::Prospect);
        own.into_iter().chain([AttributeEntity::Prospect])
    }
}

/// The entry of a measure.
pub fn measure_entry(kind: MeasureKind) -> &'static MeasureEntry {
    let mut entries = MEASURES.iter();
    entries
        .find(|entry| entry.kind == kind)
        .expect("each measure has an entry: a test looks")
}

/// The sizes of buckets that a field has.
pub fn grains(field_type: FieldType) -> &'static [Grain] {
    match field_type {
        FieldType::Time => ALL_GRAINS,
        _ => &[],
    }
}

const ALL_GRAINS: &[Grain] = &[
    Grain::Hour,
    Grain::Day,
    Grain::Week,
    Grain::Month,
    Grain::Quarter,
    Grain::Year,
    Grain::Weekday,
    Grain::HourOfDay,
];

/// The sizes of buckets of an attribute.
pub fn grains_of_attribute(kind: AttributeType) -> &'static [Grain] {
    match kind {
        AttributeType::DateTime => ALL_GRAINS,
        AttributeType::Date => &[Grain::Day, Grain::Week, Grain::Month, Grain::Quarter, Grain::Year, Grain::Weekday],
        _ => &[],
    }
}

/// Whether an attribute of the type groups records. References to prospects do not, because not each of them is visible, and neither do
/// long texts. Of several texts the spelling is not kept beside the normal form.
pub fn groups(kind: AttributeType, is_multiple: bool) -> bool {
    match kind {
        AttributeType::LongText | AttributeType::Prospect => false,
        AttributeType::Text | AttributeType::Url | AttributeType::Email | AttributeType::Phone => !is_multiple,
        AttributeType::Integer
        | AttributeType::Decimal
        | AttributeType::Money
        | AttributeType::Boolean
        | AttributeType::Date
        | AttributeType::DateTime
        | AttributeType::Choice
        | AttributeType::User => true,
    }
}

/// Whether numbers are computed of an attribute.
pub fn computes(kind: AttributeType, is_multiple: bool) -> bool {
    !is_multiple && matches!(kind, AttributeType::Integer | AttributeType::Decimal | AttributeType::Money)
}

const fn measure(kind: MeasureKind, name: &'static str, label: Words, of: Of) -> MeasureEntry {
    MeasureEntry { kind, name, label, of }
}

#[cfg(test)]
mod tests;
