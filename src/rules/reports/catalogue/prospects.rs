//! The fields of prospects: a line each.

use super::fields::{Field, FieldEntry, FieldType, both, dimension, multiple, number, record};
use crate::text::language::Words;

use FieldType::{Choice, Duration, Entry, Integer, Money, Text, Time, User};

/// In the order of menus.
pub const FIELDS: &[FieldEntry] = &[
    dimension(Field::Kind, "kind", ["Kind", "Tipo"], Choice(KINDS)),
    dimension(Field::Condition, "condition", ["Condition", "Condición"], Choice(CONDITIONS)),
    dimension(Field::Status, "status", ["Status", "Estatus"], Entry),
    dimension(
        Field::StatusCategory,
        "status_category",
        ["Category of the status", "Categoría del estatus"],
        Choice(CATEGORIES),
    ),
    dimension(Field::Reason, "reason", ["Reason", "Motivo"], Entry),
    dimension(
        Field::CycleKind,
        "cycle_kind",
        ["Kind of cycle", "Tipo de ciclo"],
        Choice(CYCLE_KINDS),
    ),
    dimension(Field::CycleCurrency, "cycle_currency", ["Currency", "Moneda"], Text),
    dimension(Field::Channel, "channel", ["Channel", "Canal"], Entry),
    dimension(Field::Segment, "segment", ["Segment", "Segmentación"], Entry),
    dimension(
        Field::PotentialLevel,
        "potential_level",
        ["Potential level", "Nivel de potencialidad"],
        Entry,
    ),
    dimension(Field::Source, "source", ["Source", "Origen"], Entry),
    dimension(Field::Industry, "industry", ["Industry", "Sector económico"], Entry),
    dimension(Field::CustomerType, "customer_type", ["Customer type", "Tipo de cliente"], Entry),
    dimension(Field::Owner, "owner", ["Owner", "Propietario"], User),
    dimension(Field::CreatedBy, "created_by", ["Created by", "Creado por"], User),
    dimension(Field::Interest, "interest", ["Interest", "Interés"], Choice(INTERESTS)),
    both(Field::Rating, "rating", ["Rating", "Calificación"], Integer),
    both(
        Field::ValidityDays,
        "validity_days",
        ["Validity in days", "Vigencia en días"],
        Integer,
    ),
    multiple(Field::Tag, "tag", ["Tag", "Etiqueta"], Entry),
    multiple(Field::Country, "country", ["Country", "País"], Text),
    multiple(Field::City, "city", ["City", "Ciudad"], Text),
    multiple(Field::Region, "region", ["Region", "Región"], Entry),
    multiple(Field::Zone, "zone", ["Zone", "Zona"], Entry),
    multiple(Field::Sector, "sector", ["Sector", "Sector"], Entry),
    dimension(Field::Medium, "medium", ["Medium", "Medio"], Text),
    dimension(Field::UtmSource, "utm_source", ["UTM source", "Fuente UTM"], Text),
    dimension(Field::UtmMedium, "utm_medium", ["UTM medium", "Medio UTM"], Text),
    dimension(Field::UtmCampaign, "utm_campaign", ["UTM campaign", "Campaña UTM"], Text),
    dimension(Field::AdCampaign, "ad_campaign", ["Ad campaign", "Campaña publicitaria"], Text),
    dimension(Field::AdNetwork, "ad_network", ["Ad network", "Red publicitaria"], Choice(NETWORKS)),
    dimension(Field::AdDevice, "ad_device", ["Device", "Dispositivo"], Choice(DEVICES)),
    dimension(Field::CreatedAt, "created_at", ["Registration", "Registro"], Time),
    dimension(
        Field::FirstContactAt,
        "first_contact_at",
        ["First contact", "Primer contacto"],
        Time,
    ),
    dimension(
        Field::LastActivityAt,
        "last_activity_at",
        ["Last activity", "Última actividad"],
        Time,
    ),
    dimension(Field::ClientSince, "client_since", ["Client since", "Cliente desde"], Time),
    dimension(Field::ValidUntil, "valid_until", ["Valid until", "Vigente hasta"], Time),
    number(
        Field::TimeToFirstContact,
        "time_to_first_contact",
        ["Time to first contact", "Tiempo hasta el primer contacto"],
        Duration,
    ),
    number(Field::TimeToWin, "time_to_win", ["Time to win", "Tiempo hasta ganar"], Duration),
    number(
        Field::TimeSinceActivity,
        "time_since_activity",
        ["Time since the last activity", "Tiempo desde la última actividad"],
        Duration,
    ),
    number(Field::Interactions, "interactions", ["Interactions", "Interacciones"], Integer),
    number(Field::Wins, "wins", ["Wins", "Ventas ganadas"], Integer),
    number(Field::OpenValue, "open_value", ["Open value", "Valor abierto"], Money),
    number(Field::WonValue, "won_value", ["Won value", "Valor ganado"], Money),
    record(Field::Prospect, "prospect", ["Prospects", "Prospectos"]),
    record(Field::Client, "client", ["Clients", "Clientes"]),
];

const KINDS: &[(&str, Words)] = &[("PERSON", ["Person", "Persona"]), ("COMPANY", ["Company", "Empresa"])];
const CONDITIONS: &[(&str, Words)] = &[("PROSPECT", ["Prospect", "Prospecto"]), ("CLIENT", ["Client", "Cliente"])];
pub const CATEGORIES: &[(&str, Words)] = &[
    ("OPEN", ["Open", "Abierto"]),
    ("WON", ["Won", "Ganado"]),
    ("LOST", ["Lost", "Perdido"]),
    ("DISCARDED", ["Discarded", "Descartado"]),
];
pub const CYCLE_KINDS: &[(&str, Words)] = &[
    ("NEW", ["New", "Nuevo"]),
    ("RETURNING", ["Returning", "Retorno"]),
    ("CROSS_SELL", ["Cross-sell", "Venta cruzada"]),
    ("UPSELL", ["Upsell", "Venta ampliada"]),
    ("RENEWAL", ["Renewal", "Renovación"]),
];
const INTERESTS: &[(&str, Words)] = &[
    ("LOW", ["Low", "Bajo"]),
    ("MEDIUM", ["Medium", "Medio"]),
    ("HIGH", ["High", "Alto"]),
];
const NETWORKS: &[(&str, Words)] = &[
    ("SEARCH", ["Search", "Búsqueda"]),
    ("DISPLAY", ["Display", "Display"]),
    ("OTHER", ["Other", "Otra"]),
];
const DEVICES: &[(&str, Words)] = &[
    ("COMPUTER", ["Computer", "Computadora"]),
    ("TABLET", ["Tablet", "Tableta"]),
    ("MOBILE", ["Mobile", "Móvil"]),
];
