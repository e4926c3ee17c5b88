//! `cartera user list`: who may sign in, as a table or as JSON.

use std::sync::Arc;

use cartera::app::App;
use cartera::entities::access::user;
use cartera::ids::Kind;
use cartera::resolvers::access::{sessions, users};
use chrono::{DateTime, SecondsFormat, Utc};
use serde::Serialize;

use super::{operator, word};
use crate::commands::{Outcome, print};

const HEAD: [&str; 5] = ["E-MAIL", "NAME", "ROLE", "ACTIVE", "LAST SIGN-IN"];

/// A user as programs read it.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Row<'a> {
    id: String,
    email: &'a str,
    name: &'a str,
    role: &'static str,
    is_active: bool,
    /// In UTC. Null if no session of the user is stored: none ever began, or all were ended or are long over.
    last_sign_in_at: Option<String>,
}

pub async fn run(app: &Arc<App>, is_json: bool) -> Outcome {
    let users = users::list(&operator(app));
    let ids: Vec<_> = users.iter().map(|user| user.id).collect();
    let sessions = sessions::by_users(&app.db, &ids).await?;
    let began = |user: &user::Model| sessions.get(&user.id)?.iter().map(|session| session.created_at).max();
    let rows: Vec<Row> = users.iter().map(|user| Row::new(user, began(user))).collect();
    if is_json {
        return print(&(serde_json::to_string_pretty(&rows)? + "\n"));
    }
    print(&table(&rows))
}

impl<'a> Row<'a> {
    fn new(user: &'a user::Model, last_sign_in: Option<i64>) -> Self {
        Row {
            id: Kind::User.encode(user.id),
            email: &user.email,
            name: &user.name,
            role: word(user.role),
            is_active: user.is_active,
            last_sign_in_at: last_sign_in
                .and_then(DateTime::<Utc>::from_timestamp_millis)
                .map(|at| at.to_rfc3339_opts(SecondsFormat::Secs, true)),
        }
    }

    fn cells(&self) -> [String; 5] {
        [
            self.email.to_owned(),
            self.name.to_owned(),
            self.role.to_owned(),
            if self.is_active { "yes" } else { "no" }.to_owned(),
            self.last_sign_in_at.clone().unwrap_or_else(|| "-".to_owned()),
        ]
    }
}

/// Columns as wide as their widest cell.
fn table(rows: &[Row]) -> String {
    let mut lines = vec![HEAD.map(str::to_owned)];
    lines.extend(rows.iter().map(Row::cells));
    let width = |column: usize| lines.iter().map(|line| line[column].chars().count()).max().unwrap_or_default();
    let widths: [usize; 5] = std::array::from_fn(width);
    let line = |cells: &[String; 5]| {
        let padded: Vec<String> = cells.iter().zip(widths).map(|(cell, width)| format!("{cell:width$}")).collect();
        format!("{}\n", padded.join("  ").trim_end())
    };
    lines.iter().map(line).collect()
}
