//! Properties of a fresh load: no event lies in the future, and the due times of tasks have realistic shares.

use sea_orm::{ConnectionTrait, Statement};

use crate::db::Db;
use crate::demo::agenda::MOST_TODAY;
use crate::demo::timeframe::Timeframe;
use crate::error::Result;

/// Times of what has happened: the table and its column.
const PAST: [(&str, &str); 24] = [
    ("prospects", "created_at"),
    ("prospects", "updated_at"),
    ("prospects", "client_since"),
    ("prospects", "first_contact_at"),
    ("prospects", "last_activity_at"),
    ("clients", "since"),
    ("clients", "updated_at"),
    ("cycles", "opened_at"),
    ("cycles", "closed_at"),
    ("cycles", "updated_at"),
    ("tasks", "created_at"),
    ("tasks", "updated_at"),
    ("tasks", "completed_at"),
    ("contact_points", "verified_at"),
    ("touches", "at"),
    ("status_intervals", "from_at"),
    ("status_intervals", "to_at"),
    ("owner_intervals", "from_at"),
    ("owner_intervals", "to_at"),
    ("operations", "at"),
    ("timeline_entries", "occurred_at"),
    ("timeline_entries", "recorded_at"),
    ("notes", "edited_at"),
    ("note_versions", "written_at"),
];

/// From so many planned tasks on, those of one salesperson have to be of all kinds.
const FEW: i64 = 5;
/// From so many planned tasks on, the shares of all of them are looked at.
const MANY: i64 = 50;

/// The tasks of one salesperson, by how they stand at the end of the demo.
struct Tasks {
    email: String,
    overdue: i64,
    today: i64,
    to_come: i64,
    done: i64,
}

impl Tasks {
    fn planned(&self) -> i64 {
        self.overdue + self.today + self.to_come
    }
}

/// Violations, as text. Only for a database that the demo has filled and that was not changed since.
pub async fn check_shares(db: &Db, timeframe: &Timeframe) -> Result<Vec<String>> {
    find(db.reader(), timeframe).await
}

pub(super) async fn find(connection: &impl ConnectionTrait, timeframe: &Timeframe) -> Result<Vec<String>> {
    let backend = connection.get_database_backend();
    let mut found = Vec::new();
    for (table, column) in PAST {
        let text = format!("SELECT count(*) FROM {table} WHERE {column} > {}", timeframe.end);
        let row = connection.query_one_raw(Statement::from_string(backend, text)).await?;
        let count: i64 = row.map(|row| row.try_get_by_index(0)).transpose()?.unwrap_or_default();
        if count > 0 {
            found.push(format!("{count} times in {table}.{column} are later than the end"));
        }
    }
    let all = tasks(connection, timeframe).await?;
    let enough: Vec<&Tasks> = all.iter().filter(|tasks| tasks.planned() >= FEW).collect();
    for tasks in &enough {
        found.extend(of_one(tasks));
    }
    found.extend(of_all(&enough));
    Ok(found)
}

async fn tasks(connection: &impl ConnectionTrait, timeframe: &Timeframe) -> Result<Vec<Tasks>> {
    let Timeframe { end, day_ends, .. } = timeframe;
    let text = format!(
        "SELECT u.email, sum(CASE WHEN t.state = 'PLANNED' AND t.due_at < {end} THEN 1 ELSE 0 END), \
         sum(CASE WHEN t.state = 'PLANNED' AND t.due_at >= {end} AND t.due_at < {day_ends} THEN 1 ELSE 0 END), \
         sum(CASE WHEN t.state = 'PLANNED' AND t.due_at >= {day_ends} THEN 1 ELSE 0 END), \
         sum(CASE WHEN t.state = 'DONE' THEN 1 ELSE 0 END) \
         FROM users u JOIN tasks t ON t.assignee_id = u.id WHERE u.role = 'SALES' GROUP BY u.email ORDER BY u.email"
    );
    let statement = Statement::from_string(connection.get_database_backend(), text);
    let rows = connection.query_all_raw(statement).await?;
    rows.iter()
        .map(|row| {
            Ok(Tasks {
                email: row.try_get_by_index(0)?,
                overdue: row.try_get_by_index(1)?,
                today: row.try_get_by_index(2)?,
                to_come: row.try_get_by_index(3)?,
                done: row.try_get_by_index(4)?,
            })
        })
        .collect()
}

fn of_one(tasks: &Tasks) -> Vec<String> {
    let Tasks {
        email,
        overdue,
        today,
        to_come,
        done,
    } = tasks;
    let mut found = Vec::new();
    for (name, count) in [("overdue", overdue), ("due today", today), ("to come", to_come), ("done", done)] {
        if *count == 0 {
            found.push(format!("no task of {email} is {name}"));
        }
    }
    if *today > MOST_TODAY as i64 {
        found.push(format!("{today} tasks of {email} are due today"));
    }
    if to_come * 2 <= tasks.planned() {
        found.push(format!(
            "only {to_come} of {} planned tasks of {email} are to come",
            tasks.planned()
        ));
    }
    found
}

fn of_all(all: &[&Tasks]) -> Option<String> {
    let planned: i64 = all.iter().map(|tasks| tasks.planned()).sum();
    let overdue: i64 = all.iter().map(|tasks| tasks.overdue).sum();
    let is_lifelike = (planned / 10..=planned * 3 / 10).contains(&overdue);
    (planned >= MANY && !is_lifelike).then(|| format!("{overdue} of {planned} planned tasks are overdue"))
}
