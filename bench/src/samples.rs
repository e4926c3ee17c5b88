//! Sample values of requests: sessions, records, positions in the list, and catalogue entries.

use std::net::SocketAddr;

use sea_orm::{ConnectionTrait, Database, DatabaseConnection, Statement};
use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::baseline::question::Place;
use crate::client::{Connection, post};
use crate::{Result, ids, operations};

pub const ADMINISTRATOR: &str = "admin@demo.example";
/// Those who own something, who owns the most first: the demo gives its salespeople unequal shares.
const SALESPEOPLE: &str = "SELECT u.email FROM prospects p JOIN users u ON u.id = p.owner_id \
    WHERE u.role = 'SALES' AND p.deleted_at IS NULL GROUP BY u.email ORDER BY count(*) DESC, u.email";
pub const PASSWORD: &str = "cartera-demo";
/// The last day of the data that is measured, so that it is the same on any day.
pub const LAST_DAY: &str = "2026-11-01";
/// Maximum number of sampled records.
const MOST_PROSPECTS: u32 = 10_000;
const MOST_PAGES: usize = 100;

/// A user who asks.
#[derive(Clone)]
pub struct Caller {
    pub role: &'static str,
    pub id: Uuid,
    pub email: String,
    pub token: String,
    /// The records for requests.
    pub prospects: Vec<Uuid>,
    /// The beginnings of the pages of the list, from its start.
    pub pages: Vec<Position>,
}

/// Start of a page: after the cursor of the server, and after the same position for the baselines. None is the start of the list.
#[derive(Clone, Default)]
pub struct Position {
    pub cursor: Option<String>,
    pub place: Option<Place>,
}

/// Entries that a new prospect refers to.
pub struct Catalogs {
    pub channel: Uuid,
    pub segment: Uuid,
    pub potential_level: Uuid,
    pub source: Uuid,
    pub identifier_type: Uuid,
}

/// An administrator and a salesperson, signed in.
pub async fn callers(server: SocketAddr, database: &str) -> Result<Vec<Caller>> {
    let db = Database::connect(database).await?;
    let salesperson: String = one(&db, SALESPEOPLE).await?;
    let mut callers = Vec::new();
    for (role, email) in [(operations::ADMINISTRATOR, ADMINISTRATOR), (operations::SALESPERSON, &salesperson)] {
        let token = sign_in(server, email).await?;
        callers.push(Caller {
            role,
            id: user_id(&db, email).await?,
            email: email.to_owned(),
            prospects: prospects(&db, (role == operations::SALESPERSON).then_some(email)).await?,
            pages: pages(server, &token).await?,
            token,
        });
    }
    db.close().await?;
    Ok(callers)
}

/// At most so many users of each role, the callers among them: administrators, who all see the same and are made where they are missing, and
/// the salespeople who own the most.
pub async fn users(server: SocketAddr, database: &str, callers: &[Caller], most: usize) -> Result<Vec<Caller>> {
    let db = Database::connect(database).await?;
    let rows = db
        .query_all_raw(Statement::from_string(db.get_database_backend(), SALESPEOPLE))
        .await?;
    let salespeople: Vec<String> = rows
        .iter()
        .map(|row| row.try_get_by_index(0))
        .collect::<std::result::Result<_, _>>()?;
    let mut users = Vec::new();
    for caller in callers {
        users.push(caller.clone());
        if caller.role == operations::ADMINISTRATOR {
            for number in 1..most {
                let email = format!("admin{number}@demo.example");
                let token = administrator(server, &db, &caller.token, &email).await?;
                users.push(Caller {
                    id: user_id(&db, &email).await?,
                    email,
                    token,
                    ..caller.clone()
                });
            }
            continue;
        }
        for email in salespeople.iter().filter(|email| **email != caller.email).take(most - 1) {
            let token = sign_in(server, email).await?;
            users.push(Caller {
                role: caller.role,
                id: user_id(&db, email).await?,
                email: email.clone(),
                prospects: prospects(&db, Some(email)).await?,
                pages: pages(server, &token).await?,
                token,
            });
        }
    }
    db.close().await?;
    Ok(users)
}

/// The token of an administrator with this e-mail, who is made first where there is none.
async fn administrator(server: SocketAddr, db: &DatabaseConnection, token: &str, email: &str) -> Result<String> {
    const DOCUMENT: &str = "mutation Make($input: UserCreateInput!) { userCreate(input: $input) { user { id } userErrors { message } } }";
    let text = "SELECT count(*) FROM users WHERE email_norm = $1";
    let statement = Statement::from_sql_and_values(db.get_database_backend(), text, [email.into()]);
    let row = db.query_one_raw(statement).await?.ok_or("a count without a row")?;
    if row.try_get_by_index::<i64>(0)? == 0 {
        let input = json!({ "email": email, "name": "Bench Administrator", "role": "ADMIN", "password": PASSWORD });
        let made = ask(server, Some(token), DOCUMENT, json!({ "input": input })).await?;
        if made["userCreate"]["user"].is_null() {
            return Err(format!("{email} could not be made: {made}").into());
        }
    }
    sign_in(server, email).await
}

pub async fn catalogs(database: &str) -> Result<Catalogs> {
    let db = Database::connect(database).await?;
    let catalogs = Catalogs {
        channel: one(&db, "SELECT id FROM channels ORDER BY position LIMIT 1").await?,
        segment: one(&db, "SELECT id FROM segments ORDER BY position LIMIT 1").await?,
        potential_level: one(
            &db,
            "SELECT id FROM potential_levels WHERE applies_to = 'PROSPECT' ORDER BY position LIMIT 1",
        )
        .await?,
        source: one(&db, "SELECT id FROM sources ORDER BY position LIMIT 1").await?,
        identifier_type: one(
            &db,
            "SELECT id FROM identifier_types WHERE country = 'VE' AND name IN ('Passport', 'Pasaporte')",
        )
        .await?,
    };
    db.close().await?;
    Ok(catalogs)
}

/// Asks the server once and returns its data.
pub async fn ask(server: SocketAddr, token: Option<&str>, document: &str, variables: Value) -> Result<Value> {
    #[derive(Deserialize)]
    struct Answer {
        data: Option<Value>,
        errors: Option<Value>,
    }
    let body = json!({ "query": document, "variables": variables }).to_string();
    let mut connection = Connection::open(server).await?;
    let (status, body) = connection.ask(&post("/graphql", token, &body)).await?;
    match serde_json::from_slice(body) {
        Ok(Answer {
            data: Some(data),
            errors: None,
        }) => Ok(data),
        _ => Err(format!("an answer with status {status}: {}", String::from_utf8_lossy(body)).into()),
    }
}

pub async fn sign_in(server: SocketAddr, email: &str) -> Result<String> {
    let document = include_str!("../operations/session_create.graphql");
    let data = ask(server, None, document, json!({ "email": email, "password": PASSWORD })).await?;
    let token = data["sessionCreate"]["token"].as_str();
    token
        .map(str::to_owned)
        .ok_or_else(|| format!("{email} could not sign in: {data}").into())
}

/// Live prospects by chance, all or those of an owner.
async fn prospects(db: &DatabaseConnection, owner: Option<&str>) -> Result<Vec<Uuid>> {
    let condition = if owner.is_some() {
        " AND owner_id = (SELECT id FROM users WHERE email_norm = $1)"
    } else {
        ""
    };
    let text = format!("SELECT id FROM prospects WHERE deleted_at IS NULL{condition} ORDER BY random() LIMIT {MOST_PROSPECTS}");
    let values = owner.map(|owner| owner.into());
    let statement = Statement::from_sql_and_values(db.get_database_backend(), text, values);
    let mut found = Vec::new();
    for row in db.query_all_raw(statement).await? {
        found.push(row.try_get_by_index(0)?);
    }
    Ok(found)
}

async fn user_id(db: &DatabaseConnection, email: &str) -> Result<Uuid> {
    let text = "SELECT id FROM users WHERE email_norm = $1";
    let statement = Statement::from_sql_and_values(db.get_database_backend(), text, [email.into()]);
    let row = db.query_one_raw(statement).await?;
    Ok(row.ok_or_else(|| format!("{email} does not exist"))?.try_get_by_index(0)?)
}

/// The beginnings of the full pages of the list of all.
async fn pages(server: SocketAddr, token: &str) -> Result<Vec<Position>> {
    let mut pages = page_positions(server, token, &json!({}), MOST_PAGES).await?;
    if pages.len() > 1 {
        pages.pop();
    }
    Ok(pages)
}

/// The beginnings of the first pages of a list of prospects, read one after another as by an app that scrolls.
pub async fn page_positions(server: SocketAddr, token: &str, variables: &Value, most: usize) -> Result<Vec<Position>> {
    const DOCUMENT: &str = "query Pages($search: String, $filter: ProspectFilter, $after: String) \
        { prospects(search: $search, filter: $filter, first: 50, after: $after) \
        { pageInfo { hasNextPage endCursor } nodes { id createdAt } } }";
    let mut positions = vec![Position::default()];
    let mut variables = variables.clone();
    while positions.len() < most {
        let data = ask(server, Some(token), DOCUMENT, variables.clone()).await?;
        let page = &data["prospects"];
        let Some(last) = page["nodes"]
            .as_array()
            .and_then(|nodes| nodes.last())
            .filter(|_| page["pageInfo"]["hasNextPage"] == true)
        else {
            break;
        };
        let created_at = chrono::DateTime::parse_from_rfc3339(last["createdAt"].as_str().unwrap_or_default())?;
        variables["after"] = page["pageInfo"]["endCursor"].clone();
        positions.push(Position {
            cursor: variables["after"].as_str().map(str::to_owned),
            place: Some(Place {
                created_at: created_at.timestamp_millis(),
                id: last["id"].as_str().and_then(ids::decode).ok_or("a prospect without an id")?,
            }),
        });
    }
    Ok(positions)
}

/// An instant as the API writes it.
pub fn instant(milliseconds: i64) -> String {
    let instant = chrono::DateTime::from_timestamp_millis(milliseconds).unwrap_or_default();
    instant.to_rfc3339_opts(chrono::SecondsFormat::Millis, true)
}

pub async fn one<T: sea_orm::TryGetable>(db: &DatabaseConnection, text: &str) -> Result<T> {
    let statement = Statement::from_string(db.get_database_backend(), text);
    let row = db.query_one_raw(statement).await?;
    Ok(row.ok_or_else(|| format!("no row for: {text}"))?.try_get_by_index(0)?)
}
