//! Demo rows before they are written: collected by table, then packed for the database.

use std::collections::HashMap;

use sea_orm::{ColumnTrait, DbBackend, EntityName, EntityTrait, Iterable, ModelTrait, Statement, Value};
use serde_json::Value as Json;
use uuid::Uuid;

use crate::entities::process::{cycle, owner_interval, status_interval, task};
use crate::entities::records::{
    address, attribute_value, client, contact, contact_point, entry_change, identifier, interaction, note, note_version, operation,
    prospect, prospect_tag, timeline_entry, touch,
};
use crate::error::{Error, Result};

/// Rows that belong together: everything of some prospects.
#[derive(Default)]
pub struct Chunk {
    pub prospects: Vec<prospect::Model>,
    pub cycles: Vec<cycle::Model>,
    pub clients: Vec<client::Model>,
    pub tasks: Vec<task::Model>,
    pub identifiers: Vec<identifier::Model>,
    pub contacts: Vec<contact::Model>,
    pub points: Vec<contact_point::Model>,
    pub addresses: Vec<address::Model>,
    pub tags: Vec<prospect_tag::Model>,
    pub touches: Vec<touch::Model>,
    pub status_intervals: Vec<status_interval::Model>,
    pub owner_intervals: Vec<owner_interval::Model>,
    pub operations: Vec<operation::Model>,
    pub entries: Vec<timeline_entry::Model>,
    pub notes: Vec<note::Model>,
    pub note_versions: Vec<note_version::Model>,
    pub interactions: Vec<interaction::Model>,
    pub changes: Vec<entry_change::Model>,
    pub attribute_values: Vec<attribute_value::Model>,
    /// Values of attributes of prospects, contacts and tasks, by the id of the record.
    pub documents: HashMap<Uuid, Json>,
}

/// Something for the database to do.
pub enum Packet {
    /// Rows as one statement, for SQLite.
    Insert(Statement),
    /// Rows in the binary format of `COPY`, for PostgreSQL; those of consecutive packets with the same statement go into one.
    Copy { statement: String, rows: Vec<u8> },
    /// Number of prospects that were sent.
    Progress(u64),
    /// Everything sent up to now belongs together and is complete.
    Complete,
}

/// Header of the data of a binary `COPY`: a signature, no flags, no extension.
pub const COPY_HEADER: &[u8] = b"PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0";

impl Chunk {
    /// Sends all rows, parents before children, and removes them; reports their number each time.
    ///
    /// The timelines of many prospects overlap in time. Written one after the other they would touch a page of the primary key for every
    /// row; in the order of ids, which is that of time, they touch each page once.
    pub fn pack(&mut self, backend: DbBackend, send: &mut impl FnMut(Packet, usize) -> Result<()>) -> Result<()> {
        self.entries.sort_unstable_by_key(|entry| entry.id);
        self.notes.sort_unstable_by_key(|note| note.id);
        self.note_versions.sort_unstable_by_key(|version| version.id);
        self.interactions.sort_unstable_by_key(|interaction| interaction.id);
        self.changes.sort_unstable_by_key(|change| change.id);
        self.status_intervals.sort_unstable_by_key(|interval| interval.id);
        self.tasks.sort_unstable_by_key(|task| task.id);
        pack_with(backend, &mut self.prospects, Some(&|row| self.documents.get(&row.id)), send)?;
        pack(backend, &mut self.cycles, send)?;
        pack(backend, &mut self.clients, send)?;
        pack_with(backend, &mut self.tasks, Some(&|row| self.documents.get(&row.id)), send)?;
        pack(backend, &mut self.identifiers, send)?;
        pack_with(backend, &mut self.contacts, Some(&|row| self.documents.get(&row.id)), send)?;
        pack(backend, &mut self.points, send)?;
        pack(backend, &mut self.addresses, send)?;
        pack(backend, &mut self.tags, send)?;
        pack(backend, &mut self.touches, send)?;
        pack(backend, &mut self.status_intervals, send)?;
        pack(backend, &mut self.owner_intervals, send)?;
        pack(backend, &mut self.operations, send)?;
        pack(backend, &mut self.entries, send)?;
        pack(backend, &mut self.notes, send)?;
        pack(backend, &mut self.note_versions, send)?;
        pack(backend, &mut self.interactions, send)?;
        pack(backend, &mut self.attribute_values, send)?;
        self.documents.clear();
        pack(backend, &mut self.changes, send)
    }

    /// Number of rows.
    pub fn rows(&self) -> usize {
        let records =
            self.prospects.len() + self.cycles.len() + self.clients.len() + self.identifiers.len() + self.contacts.len() + self.tasks.len();
        let parts = self.points.len() + self.addresses.len() + self.tags.len() + self.touches.len();
        let intervals = self.status_intervals.len() + self.owner_intervals.len() + self.operations.len();
        let bodies =
            self.notes.len() + self.note_versions.len() + self.interactions.len() + self.changes.len() + self.attribute_values.len();
        records + parts + intervals + self.entries.len() + bodies
    }
}

/// Large enough that a statement costs little per row, within the number of parameters that SQLite takes.
const ROWS_OF_AN_INSERT: usize = 128;
const ROWS_OF_A_COPY: usize = 4_096;

/// The values of attributes of a row, in a column that its entity does not have.
type Attributes<'a, M> = &'a dyn Fn(&M) -> Option<&'a Json>;

fn pack<M: ModelTrait>(backend: DbBackend, models: &mut Vec<M>, send: &mut impl FnMut(Packet, usize) -> Result<()>) -> Result<()> {
    pack_with(backend, models, None, send)
}

fn pack_with<M: ModelTrait>(
    backend: DbBackend,
    models: &mut Vec<M>,
    attributes: Option<Attributes<'_, M>>,
    send: &mut impl FnMut(Packet, usize) -> Result<()>,
) -> Result<()> {
    let is_postgres = backend == DbBackend::Postgres;
    for rows in models.chunks(if is_postgres { ROWS_OF_A_COPY } else { ROWS_OF_AN_INSERT }) {
        let packet = if is_postgres {
            copy(rows, attributes)?
        } else {
            insert(rows, attributes)
        };
        send(packet, rows.len())?;
    }
    models.clear();
    Ok(())
}

fn insert<M: ModelTrait>(rows: &[M], attributes: Option<Attributes<'_, M>>) -> Packet {
    let columns: Vec<_> = <M::Entity as EntityTrait>::Column::iter().collect();
    let row = format!("({})", vec!["?"; columns.len() + usize::from(attributes.is_some())].join(", "));
    // Without `OR FAIL` SQLite keeps a copy of each page that a statement changes, so as to take the statement back alone.
    let text = format!(
        "INSERT OR FAIL INTO {} VALUES {}",
        target(&columns, attributes.is_some(), M::Entity::default()),
        vec![row; rows.len()].join(", ")
    );
    let mut values: Vec<Value> = Vec::new();
    for row in rows {
        values.extend(columns.iter().map(|column| row.get(*column)));
        values.extend(attributes.map(|of| Value::from(of(row).cloned())));
    }
    Packet::Insert(Statement::from_sql_and_values(DbBackend::Sqlite, text, values))
}

fn copy<M: ModelTrait>(rows: &[M], attributes: Option<Attributes<'_, M>>) -> Result<Packet> {
    let columns: Vec<_> = <M::Entity as EntityTrait>::Column::iter().collect();
    let statement = format!(
        "COPY {} FROM STDIN WITH (FORMAT binary)",
        target(&columns, attributes.is_some(), M::Entity::default())
    );
    let mut data = Vec::with_capacity(rows.len() * columns.len() * 16);
    for row in rows {
        let count = columns.len() + usize::from(attributes.is_some());
        data.extend_from_slice(&(count as i16).to_be_bytes());
        for column in &columns {
            field(&mut data, row.get(*column))?;
        }
        match attributes.map(|of| of(row)) {
            // `jsonb` begins with the number of its format.
            Some(Some(json)) => sized(&mut data, format!("\u{1}{json}").as_bytes()),
            Some(None) => null(&mut data),
            None => {}
        }
    }
    Ok(Packet::Copy { statement, rows: data })
}

fn target<C: ColumnTrait>(columns: &[C], has_attributes: bool, table: impl EntityName) -> String {
    let mut names: Vec<String> = columns.iter().map(|column| format!("\"{}\"", column.as_str())).collect();
    names.extend(has_attributes.then(|| "\"attributes\"".to_owned()));
    format!("\"{}\" ({})", table.table_name(), names.join(", "))
}

/// A field in the binary format of `COPY`: its length, or -1 for null, and its bytes in network order.
fn field(data: &mut Vec<u8>, value: Value) -> Result<()> {
    match value {
        Value::Bool(Some(flag)) => sized(data, &[u8::from(flag)]),
        Value::Int(Some(number)) => sized(data, &number.to_be_bytes()),
        Value::BigInt(Some(number)) => sized(data, &number.to_be_bytes()),
        Value::Double(Some(number)) => sized(data, &number.to_be_bytes()),
        Value::String(Some(text)) => sized(data, text.as_bytes()),
        Value::Uuid(Some(id)) => sized(data, id.as_bytes()),
        Value::Json(Some(json)) => sized(data, json.to_string().as_bytes()),
        Value::Bool(None) | Value::Int(None) | Value::BigInt(None) | Value::Double(None) => null(data),
        Value::String(None) | Value::Uuid(None) | Value::Json(None) => null(data),
        other => return Err(Error::internal(format!("the demo cannot write a value such as {other:?}"))),
    }
    Ok(())
}

fn sized(data: &mut Vec<u8>, bytes: &[u8]) {
    data.extend_from_slice(&(bytes.len() as i32).to_be_bytes());
    data.extend_from_slice(bytes);
}

fn null(data: &mut Vec<u8>) {
    data.extend_from_slice(&(-1_i32).to_be_bytes());
}
