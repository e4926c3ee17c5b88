//! Rows in transit: read in pages along the primary key, written in batches, and added up on both sides.

use sea_orm::{ConnectionTrait, DatabaseTransaction, DbBackend, QueryResult, Statement, Value};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::refuse;
use super::tables::{Column, Kind, Table, quoted};
use crate::error::{Error, Result};

/// A table on both sides.
pub struct Pair {
    pub source: Table,
    pub target: Table,
    /// Whether the column is JSON on either side: it is then compared by what it says, and not by how it is written.
    is_json: Vec<bool>,
}

/// Number of rows, and the sum of their checksums, which does not depend on their order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Copied {
    pub rows: u64,
    sum: [u64; 4],
}

/// A value, whatever holds it.
#[derive(Clone, Debug, PartialEq)]
enum Cell {
    Null,
    Bytes(Vec<u8>),
    Text(String),
    Number(i64),
    Truth(bool),
    Double(f64),
}

/// Rows in memory at a time. With the longest texts that the rules allow that is a few megabytes.
const PAGE: usize = 500;
/// Parameters of one statement: SQLite takes no more than 32,766.
const PARAMETERS: usize = 30_000;

impl Pair {
    /// Refuses tables whose columns differ in more than their type.
    pub fn new(source: Table, mut target: Table) -> Result<Pair> {
        let mut columns = Vec::new();
        for column in &source.columns {
            match target.columns.iter().position(|found| found.name == column.name) {
                Some(place) => columns.push(target.columns.remove(place)),
                None => return refuse(&format!("the target has no column {}.{}", source.name, column.name)),
            }
        }
        if let Some(left) = target.columns.first() {
            return refuse(&format!("the source has no column {}.{}", source.name, left.name));
        }
        target.columns = columns;
        let is_json = |column: &Column| matches!(column.kind, Kind::Json | Kind::BinaryJson);
        let both = source.columns.iter().zip(&target.columns);
        Ok(Pair {
            is_json: both.map(|(source, target)| is_json(source) || is_json(target)).collect(),
            source,
            target,
        })
    }
}

/// Copies a table.
pub async fn copy(from: &DatabaseTransaction, to: &DatabaseTransaction, pair: &Pair, report: &mut impl FnMut(u64, bool)) -> Result<Copied> {
    let mut copied = Copied::default();
    let mut reader = Reader::new(&pair.source);
    let at_once = (PARAMETERS / pair.target.columns.len().max(1)).clamp(1, PAGE);
    loop {
        let page = reader.next(from).await?;
        for rows in page.chunks(at_once) {
            insert(to, &pair.target, rows).await?;
        }
        page.iter().for_each(|row| copied.add(row, &pair.is_json));
        report(copied.rows, page.is_empty());
        if page.is_empty() {
            return Ok(copied);
        }
    }
}

/// Adds up what the target holds.
pub async fn add_up(to: &DatabaseTransaction, pair: &Pair, report: &mut impl FnMut(u64, bool)) -> Result<Copied> {
    let mut found = Copied::default();
    let mut reader = Reader::new(&pair.target);
    loop {
        let page = reader.next(to).await?;
        page.iter().for_each(|row| found.add(row, &pair.is_json));
        report(found.rows, page.is_empty());
        if page.is_empty() {
            return Ok(found);
        }
    }
}

/// Whether a table has a row.
pub async fn has_any(tx: &DatabaseTransaction, table: &str) -> Result<bool> {
    let text = format!("SELECT 1 FROM {} LIMIT 1", quoted(table));
    let statement = Statement::from_string(tx.get_database_backend(), text);
    Ok(tx.query_one_raw(statement).await?.is_some())
}

/// Lets the numbers that PostgreSQL gives to new rows go on after those that were copied.
pub async fn continue_sequences(to: &DatabaseTransaction, pairs: impl Iterator<Item = &Pair>) -> Result<()> {
    for table in pairs.map(|pair| &pair.target) {
        for column in table.columns.iter().filter(|column| column.is_numbered) {
            let (name, number) = (quoted(&table.name), quoted(&column.name));
            let sequence = format!(
                "pg_get_serial_sequence('{}', '{}')",
                name.replace('\'', "''"),
                column.name.replace('\'', "''")
            );
            let text = format!("SELECT setval({sequence}, max({number})) FROM {name}");
            to.execute_unprepared(&text).await?;
        }
    }
    Ok(())
}

impl Copied {
    fn add(&mut self, row: &[Cell], is_json: &[bool]) {
        let mut hash = Sha256::new();
        for (cell, is_json) in row.iter().zip(is_json) {
            cell.hash(&mut hash, *is_json);
        }
        let digest = hash.finalize();
        for (lane, part) in self.sum.iter_mut().zip(digest.chunks_exact(8)) {
            *lane = lane.wrapping_add(u64::from_le_bytes(part.try_into().expect("a chunk of eight has eight bytes")));
        }
        self.rows += 1;
    }
}

impl Cell {
    fn hash(&self, hash: &mut Sha256, is_json: bool) {
        let mut put = |tag: u8, bytes: &[u8]| {
            hash.update([tag]);
            hash.update((bytes.len() as u64).to_le_bytes());
            hash.update(bytes);
        };
        match self {
            Cell::Null => put(0, &[]),
            Cell::Bytes(bytes) => put(1, bytes),
            // Objects come out with their keys in order.
            Cell::Text(text) if is_json => match serde_json::from_str::<serde_json::Value>(text) {
                Ok(value) => put(2, value.to_string().as_bytes()),
                Err(_) => put(3, text.as_bytes()),
            },
            Cell::Text(text) => put(3, text.as_bytes()),
            Cell::Number(number) => put(4, &number.to_le_bytes()),
            Cell::Truth(truth) => put(5, &[u8::from(*truth)]),
            Cell::Double(number) => put(6, &number.to_bits().to_le_bytes()),
        }
    }

    fn read(row: &QueryResult, index: usize, kind: Kind) -> Result<Cell> {
        let cell = match kind {
            Kind::Id => row
                .try_get_by_index::<Option<Uuid>>(index)?
                .map(|id| Cell::Bytes(id.as_bytes().to_vec())),
            Kind::Bytes => row.try_get_by_index::<Option<Vec<u8>>>(index)?.map(Cell::Bytes),
            Kind::Text | Kind::Json => row.try_get_by_index::<Option<String>>(index)?.map(Cell::Text),
            // PostgreSQL keeps no order of keys: in ours the way back gives the same text.
            Kind::BinaryJson => {
                let text = row.try_get_by_index::<Option<String>>(index)?;
                let json = text.map(|text| serde_json::from_str::<serde_json::Value>(&text)).transpose();
                json.map_err(Error::internal)?.map(|json| Cell::Text(json.to_string()))
            }
            Kind::Small => row
                .try_get_by_index::<Option<i16>>(index)?
                .map(|number| Cell::Number(number.into())),
            Kind::Integer => row
                .try_get_by_index::<Option<i32>>(index)?
                .map(|number| Cell::Number(number.into())),
            Kind::Big => row.try_get_by_index::<Option<i64>>(index)?.map(Cell::Number),
            Kind::Truth => row.try_get_by_index::<Option<bool>>(index)?.map(Cell::Truth),
            Kind::Double => row.try_get_by_index::<Option<f64>>(index)?.map(Cell::Double),
        };
        Ok(cell.unwrap_or(Cell::Null))
    }

    /// As a parameter for a column of the kind; an error where it does not fit.
    fn value(&self, kind: Kind) -> Result<Value> {
        Ok(match (self, kind) {
            (Cell::Null, Kind::Id) => None::<Uuid>.into(),
            (Cell::Null, Kind::Bytes) => None::<Vec<u8>>.into(),
            (Cell::Null, Kind::Text | Kind::Json | Kind::BinaryJson) => None::<String>.into(),
            (Cell::Null, Kind::Small) => None::<i16>.into(),
            (Cell::Null, Kind::Integer) => None::<i32>.into(),
            (Cell::Null, Kind::Big) => None::<i64>.into(),
            (Cell::Null, Kind::Truth) => None::<bool>.into(),
            (Cell::Null, Kind::Double) => None::<f64>.into(),
            (Cell::Bytes(bytes), Kind::Id) => Uuid::from_slice(bytes).map_err(Error::internal)?.into(),
            (Cell::Bytes(bytes), Kind::Bytes) => bytes.clone().into(),
            (Cell::Text(text), Kind::Text | Kind::Json | Kind::BinaryJson) => text.clone().into(),
            (Cell::Number(number), Kind::Small) => i16::try_from(*number).map_err(Error::internal)?.into(),
            (Cell::Number(number), Kind::Integer) => i32::try_from(*number).map_err(Error::internal)?.into(),
            (Cell::Number(number), Kind::Big) => (*number).into(),
            (Cell::Truth(truth), Kind::Truth) => (*truth).into(),
            (Cell::Double(number), Kind::Double) => (*number).into(),
            (cell, kind) => return Err(Error::internal(format!("{cell:?} does not fit into a column of kind {kind:?}"))),
        })
    }
}

/// Reads a table page by page, each beyond the key of the last row of the one before.
struct Reader<'a> {
    table: &'a Table,
    /// Positions of the key columns.
    key: Vec<usize>,
    last: Option<Vec<Value>>,
}

impl<'a> Reader<'a> {
    fn new(table: &'a Table) -> Reader<'a> {
        let place = |name: &String| table.columns.iter().position(|column| column.name == *name);
        Reader {
            table,
            key: table.key.iter().filter_map(place).collect(),
            last: None,
        }
    }

    /// The next rows; none at the end.
    async fn next(&mut self, tx: &DatabaseTransaction) -> Result<Vec<Vec<Cell>>> {
        let columns: Vec<String> = self.table.columns.iter().map(selected).collect();
        let key: Vec<String> = self.table.key.iter().map(|name| quoted(name)).collect();
        let key = key.join(", ");
        let (beyond, values) = match &self.last {
            None => (String::new(), Vec::new()),
            Some(last) => {
                let parameters: Vec<String> = (1..=last.len()).map(|number| format!("${number}")).collect();
                (format!(" WHERE ({key}) > ({})", parameters.join(", ")), last.clone())
            }
        };
        let (columns, name) = (columns.join(", "), quoted(&self.table.name));
        let text = format!("SELECT {columns} FROM {name}{beyond} ORDER BY {key} LIMIT {PAGE}");
        let found = tx
            .query_all_raw(Statement::from_sql_and_values(tx.get_database_backend(), text, values))
            .await?;
        let mut page = Vec::with_capacity(found.len());
        for row in &found {
            let cells = self.table.columns.iter().enumerate();
            page.push(
                cells
                    .map(|(index, column)| Cell::read(row, index, column.kind))
                    .collect::<Result<Vec<Cell>>>()?,
            );
        }
        if let Some(row) = page.last() {
            let values = self.key.iter().map(|index| row[*index].value(self.table.columns[*index].kind));
            self.last = Some(values.collect::<Result<Vec<Value>>>()?);
        }
        Ok(page)
    }
}

fn selected(column: &Column) -> String {
    match column.kind {
        Kind::Json | Kind::BinaryJson => format!("CAST({} AS text)", quoted(&column.name)),
        _ => quoted(&column.name),
    }
}

async fn insert(to: &DatabaseTransaction, table: &Table, rows: &[Vec<Cell>]) -> Result<()> {
    let columns: Vec<String> = table.columns.iter().map(|column| quoted(&column.name)).collect();
    let is_postgres = to.get_database_backend() == DbBackend::Postgres;
    // A column that PostgreSQL always numbers itself accepts an explicit number only this way.
    let given = if table.columns.iter().any(|column| column.is_numbered) && is_postgres {
        " OVERRIDING SYSTEM VALUE"
    } else {
        ""
    };
    let mut text = format!("INSERT INTO {} ({}){given} VALUES ", quoted(&table.name), columns.join(", "));
    let mut values = Vec::with_capacity(rows.len() * table.columns.len());
    for (number, row) in rows.iter().enumerate() {
        text.push_str(if number == 0 { "(" } else { ", (" });
        for (index, (cell, column)) in row.iter().zip(&table.columns).enumerate() {
            if index > 0 {
                text.push_str(", ");
            }
            values.push(cell.value(column.kind)?);
            let parameter = values.len();
            match column.kind {
                Kind::Json => text.push_str(&format!("CAST(${parameter} AS json)")),
                Kind::BinaryJson => text.push_str(&format!("CAST(${parameter} AS jsonb)")),
                _ => text.push_str(&format!("${parameter}")),
            }
        }
        text.push(')');
    }
    to.execute_raw(Statement::from_sql_and_values(to.get_database_backend(), text, values))
        .await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sum(rows: &[Vec<Cell>], is_json: &[bool]) -> Copied {
        let mut sum = Copied::default();
        rows.iter().for_each(|row| sum.add(row, is_json));
        sum
    }

    #[test]
    fn sums_depend_on_every_value_and_on_no_order() {
        let text = |text: &str| Cell::Text(text.to_owned());
        let (one, other) = (vec![text("a"), Cell::Number(1)], vec![text("b"), Cell::Null]);
        let plain = [false, false];
        assert_eq!(
            sum(&[one.clone(), other.clone()], &plain),
            sum(&[other.clone(), one.clone()], &plain)
        );
        assert_ne!(sum(std::slice::from_ref(&one), &plain), sum(&[one.clone(), one.clone()], &plain));
        assert_ne!(
            sum(&[vec![text("ab"), text("c")]], &plain),
            sum(&[vec![text("a"), text("bc")]], &plain)
        );
        assert_ne!(sum(&[vec![Cell::Null]], &[false]), sum(&[vec![text("")]], &[false]));
        let (spaced, tight) = (vec![text("{\"b\": 1, \"a\": 2}")], vec![text("{\"a\":2,\"b\":1}")]);
        assert_eq!(
            sum(std::slice::from_ref(&spaced), &[true]),
            sum(std::slice::from_ref(&tight), &[true])
        );
        assert_ne!(sum(&[spaced], &[false]), sum(&[tight], &[false]));
    }
}
