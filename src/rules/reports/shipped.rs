//! Reports and a dashboard that come with the program: data, so that a new version improves them.

use serde_json::Value as Json;
use uuid::Uuid;

use crate::rules::dashboards::Tile;
use crate::text::language::Words;

/// A report that comes with the program.
#[derive(Debug)]
pub struct ShippedReport {
    pub id: Uuid,
    /// Never changes.
    pub key: &'static str,
    pub name: Words,
    pub description: Words,
    definition: &'static str,
}

/// A dashboard that comes with the program.
#[derive(Debug)]
pub struct ShippedDashboard {
    pub id: Uuid,
    /// Never changes.
    pub key: &'static str,
    pub name: Words,
}

/// All dashboards.
pub static DASHBOARDS: [ShippedDashboard; 1] = [ShippedDashboard {
    id: id(100),
    key: "overview",
    name: ["Overview", "Resumen"],
}];

/// Tiles side by side.
const TILES_IN_ROW: i32 = 2;
/// Rows of the grid that a tile covers.
const TILE_HEIGHT: i32 = 4;

/// The reports, in the order of menus.
pub fn reports() -> impl Iterator<Item = &'static ShippedReport> {
    REPORTS.iter()
}

/// The report with the id.
pub fn report(id: Uuid) -> Option<&'static ShippedReport> {
    reports().find(|report| report.id == id)
}

/// The dashboard with the id.
pub fn dashboard(id: Uuid) -> Option<&'static ShippedDashboard> {
    DASHBOARDS.iter().find(|dashboard| dashboard.id == id)
}

impl ShippedReport {
    /// The input of the report.
    pub fn definition(&self) -> Json {
        serde_json::from_str(self.definition).expect("a test reads each definition")
    }
}

impl ShippedDashboard {
    /// Its tiles: all reports, two in a row.
    pub fn tiles(&self) -> Vec<Tile> {
        let width = crate::rules::dashboards::COLUMNS / TILES_IN_ROW;
        let tiles = (0..).zip(reports()).map(|(place, report)| Tile {
            report_id: report.id,
            title: None,
            column: place % TILES_IN_ROW * width + 1,
            row: place / TILES_IN_ROW * TILE_HEIGHT + 1,
            width,
            height: TILE_HEIGHT,
        });
        tiles.collect()
    }
}

/// The id of a report or dashboard by its number, which never changes.
const fn id(number: u128) -> Uuid {
    Uuid::from_u128(0x0199_0000_0000_7000_8000_0000_0000_0000 + number)
}

const REPORTS: &[ShippedReport] = &[
    ShippedReport {
        id: id(1),
        key: "captures_by_month",
        name: ["Captures by month", "Captaciones por mes"],
        description: [
            "Prospects registered in the last twelve months.",
            "Prospectos registrados en los últimos doce meses.",
        ],
        definition: r#"{
            "dataset": "PROSPECTS", "totals": true,
            "dimensions": [{ "field": "CREATED_AT", "grain": "MONTH" }],
            "measures": [{ "measure": "COUNT" }],
            "prospectFilter": { "createdAt": { "relative": { "unit": "MONTH", "offset": -11, "count": 12 } } }
        }"#,
    },
    ShippedReport {
        id: id(2),
        key: "captures_by_origin",
        name: [
            "Captures by channel, source and campaign",
            "Captaciones por canal, origen y campaña",
        ],
        description: [
            "Prospects of this year and their conversion, by channel, source and campaign.",
            "Prospectos de este año y su conversión, por canal, origen y campaña.",
        ],
        definition: r#"{
            "dataset": "PROSPECTS", "emptyRows": false, "limit": 200,
            "dimensions": [{ "field": "CHANNEL" }, { "field": "SOURCE" }, { "field": "UTM_CAMPAIGN" }],
            "measures": [{ "measure": "COUNT" }, { "measure": "CONVERSION_RATE" }],
            "orderBy": [{ "column": "count", "direction": "DESC" }],
            "prospectFilter": { "createdAt": { "relative": { "unit": "YEAR" } } }
        }"#,
    },
    ShippedReport {
        id: id(3),
        key: "conversion_funnel",
        name: ["Conversion funnel", "Embudo de conversión"],
        description: [
            "Prospects of this year by their present status.",
            "Prospectos de este año por su estatus actual.",
        ],
        definition: r#"{
            "dataset": "PROSPECTS", "totals": true,
            "dimensions": [{ "field": "STATUS" }],
            "measures": [{ "measure": "COUNT" }],
            "prospectFilter": { "createdAt": { "relative": { "unit": "YEAR" } } }
        }"#,
    },
    ShippedReport {
        id: id(4),
        key: "conversion_by_owner",
        name: ["Conversion rate by owner", "Tasa de conversión por propietario"],
        description: [
            "Parts of the prospects of this year that were won, lost and discarded, by owner.",
            "Partes de los prospectos de este año ganadas, perdidas y descartadas, por propietario.",
        ],
        definition: r#"{
            "dataset": "PROSPECTS", "totals": true,
            "dimensions": [{ "field": "OWNER" }],
            "measures": [
                { "measure": "COUNT" }, { "measure": "CONVERSION_RATE" }, { "measure": "LOSS_RATE" }, { "measure": "DISCARD_RATE" }
            ],
            "orderBy": [{ "column": "conversion_rate", "direction": "DESC" }],
            "prospectFilter": { "createdAt": { "relative": { "unit": "YEAR" } } }
        }"#,
    },
    ShippedReport {
        id: id(5),
        key: "lost_by_reason",
        name: [
            "Lost and discarded by reason and source",
            "Perdidos y descartados por motivo y origen",
        ],
        description: [
            "Prospects of this year that are lost or discarded, by reason and source.",
            "Prospectos de este año perdidos o descartados, por motivo y origen.",
        ],
        definition: r#"{
            "dataset": "PROSPECTS", "emptyRows": false, "limit": 200,
            "dimensions": [{ "field": "STATUS_CATEGORY" }, { "field": "REASON" }, { "field": "SOURCE" }],
            "measures": [{ "measure": "COUNT" }],
            "orderBy": [{ "column": "count", "direction": "DESC" }],
            "prospectFilter": {
                "statusCategory": { "in": ["LOST", "DISCARDED"] }, "createdAt": { "relative": { "unit": "YEAR" } }
            }
        }"#,
    },
    ShippedReport {
        id: id(6),
        key: "time_to_first_contact",
        name: [
            "Time to first contact by owner and hour",
            "Tiempo hasta el primer contacto por propietario y hora",
        ],
        description: [
            "Median time from registration to the first contact this year, by owner and hour of registration.",
            "Mediana del tiempo entre el registro y el primer contacto este año, por propietario y hora del registro.",
        ],
        definition: r#"{
            "dataset": "PROSPECTS", "emptyRows": false,
            "dimensions": [{ "field": "OWNER" }, { "field": "CREATED_AT", "grain": "HOUR_OF_DAY" }],
            "measures": [
                { "measure": "PERCENTILE", "field": "TIME_TO_FIRST_CONTACT", "percentile": 0.5 }, { "measure": "COUNT" }
            ],
            "prospectFilter": { "createdAt": { "relative": { "unit": "YEAR" } } }
        }"#,
    },
    ShippedReport {
        id: id(7),
        key: "open_value_by_status",
        name: ["Open value by status", "Valor abierto por estatus"],
        description: [
            "Amounts of the open cycles, in the currency of the server, by status.",
            "Importes de los ciclos abiertos, en la moneda del servidor, por estatus.",
        ],
        definition: r#"{
            "dataset": "PROSPECTS", "totals": true,
            "dimensions": [{ "field": "STATUS" }],
            "measures": [{ "measure": "SUM", "field": "OPEN_VALUE" }, { "measure": "COUNT" }],
            "prospectFilter": { "statusCategory": { "eq": "OPEN" } }
        }"#,
    },
    ShippedReport {
        id: id(8),
        key: "pipeline",
        name: ["Pipeline as of a date", "Embudo a una fecha"],
        description: [
            "Prospects by status, now or as of a past instant.",
            "Prospectos por estatus, ahora o a una fecha pasada.",
        ],
        definition: r#"{
            "dataset": "PROSPECTS", "totals": true,
            "dimensions": [{ "field": "STATUS_CATEGORY" }, { "field": "STATUS" }],
            "measures": [{ "measure": "COUNT" }]
        }"#,
    },
    ShippedReport {
        id: id(9),
        key: "won_value_by_month",
        name: ["Value won by month", "Valor ganado por mes"],
        description: [
            "Amounts of the cycles won this year, beside those of the year before.",
            "Importes de los ciclos ganados este año, junto a los del año anterior.",
        ],
        definition: r#"{
            "dataset": "CYCLES", "totals": true, "compareTo": "PREVIOUS_YEAR",
            "dimensions": [{ "field": "CLOSED_AT", "grain": "MONTH" }],
            "measures": [{ "measure": "SUM", "field": "CYCLE_AMOUNT" }, { "measure": "COUNT" }],
            "cycleFilter": { "category": { "eq": "WON" } },
            "period": { "field": "CLOSED_AT", "relative": { "unit": "YEAR" } }
        }"#,
    },
    ShippedReport {
        id: id(10),
        key: "activity_by_owner",
        name: ["Activity by owner", "Actividad por propietario"],
        description: [
            "Entries of the timeline this month, by owner of the prospect and kind.",
            "Entradas del historial de este mes, por propietario del prospecto y tipo.",
        ],
        definition: r#"{
            "dataset": "ACTIVITY", "emptyRows": false,
            "dimensions": [{ "field": "OWNER" }, { "field": "ENTRY_KIND" }],
            "measures": [{ "measure": "COUNT" }],
            "period": { "field": "OCCURRED_AT", "relative": { "unit": "MONTH" } }
        }"#,
    },
    ShippedReport {
        id: id(11),
        key: "overdue_tasks_by_owner",
        name: ["Overdue tasks by owner", "Tareas vencidas por propietario"],
        description: [
            "Planned tasks whose due time has passed, by owner of the prospect.",
            "Tareas planificadas cuyo plazo ha pasado, por propietario del prospecto.",
        ],
        definition: r#"{
            "dataset": "TASKS", "totals": true,
            "dimensions": [{ "field": "OWNER" }],
            "measures": [{ "measure": "COUNT" }],
            "taskFilter": { "isOverdue": true }
        }"#,
    },
    ShippedReport {
        id: id(12),
        key: "prospects_by_zone",
        name: ["Prospects by zone and sector", "Prospectos por zona y sector"],
        description: [
            "Prospects by the zones and sectors of their addresses.",
            "Prospectos por las zonas y sectores de sus direcciones.",
        ],
        definition: r#"{
            "dataset": "PROSPECTS", "emptyRows": false,
            "dimensions": [{ "field": "ZONE" }, { "field": "SECTOR" }],
            "measures": [{ "measure": "COUNT" }]
        }"#,
    },
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::dashboards::tiles;
    use std::collections::HashSet;

    #[test]
    fn ids_and_keys_are_unique_and_each_definition_is_an_object() {
        let ids: HashSet<Uuid> = REPORTS
            .iter()
            .map(|report| report.id)
            .chain(DASHBOARDS.iter().map(|board| board.id))
            .collect();
        let keys: HashSet<&str> = REPORTS.iter().map(|report| report.key).collect();
        assert_eq!((ids.len(), keys.len()), (REPORTS.len() + DASHBOARDS.len(), REPORTS.len()));
        for report in REPORTS {
            assert!(report.definition().is_object(), "{}", report.key);
        }
        for dashboard in &DASHBOARDS {
            let mut problems = Vec::new();
            assert_eq!(tiles(&dashboard.tiles(), &mut problems).len(), REPORTS.len());
            assert!(problems.is_empty(), "{problems:?}");
        }
    }
}
