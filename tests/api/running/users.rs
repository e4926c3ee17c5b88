//! `cartera user list` and `cartera user update`, by the rules of the API.

use serde_json::{Value, json};

use super::process::{command, done, refused, wrong};
use crate::support::{Backend, TestApp, TestDatabase, runtime};

/// The users as JSON, and the one with the e-mail.
async fn listed(database: &TestDatabase, email: &str) -> (usize, Value) {
    let said = done(&command(&database.settings, &["user", "list", "--json"]).await);
    let users: Vec<Value> = serde_json::from_str(&said).unwrap_or_else(|error| panic!("{error}: {said}"));
    let found = users.iter().find(|user| user["email"] == email).cloned();
    (users.len(), found.unwrap_or_default())
}

#[test]
fn users_are_listed_on_sqlite() {
    runtime().block_on(list(Backend::Sqlite));
}

#[test]
fn users_are_listed_on_postgres() {
    runtime().block_on(list(Backend::Postgres));
}

async fn list(backend: Backend) {
    let database = TestDatabase::create(backend).await;
    let app = TestApp::start(&database).await;
    let ana = app.ana.clone();
    app.stop().await;
    let user = ["user", "create", "--email", "new@example.com", "--name", "Ñandú Nuevo"];
    done(&command(&database.settings, &user).await);
    let gone = ["user", "deactivate", "--email", &ana.email, "--leave-unassigned"];
    done(&command(&database.settings, &gone).await);
    let table = done(&command(&database.settings, &["user", "list"]).await);
    let lines: Vec<Vec<&str>> = table
        .lines()
        .map(|line| line.split("  ").map(str::trim).filter(|cell| !cell.is_empty()).collect())
        .collect();
    assert_eq!(lines.len(), 7, "{table}");
    assert_eq!(lines[0], ["E-MAIL", "NAME", "ROLE", "ACTIVE", "LAST SIGN-IN"]);
    assert!(
        lines.contains(&vec!["new@example.com", "Ñandú Nuevo", "sales", "yes", "-"]),
        "{table}"
    );
    // A deactivated user has no session.
    assert!(
        lines.contains(&vec![ana.email.as_str(), ana.name.as_str(), "sales", "no", "-"]),
        "{table}"
    );
    let (count, admin) = listed(&database, &app_admin(&table)).await;
    assert_eq!(count, 6);
    assert_eq!((&admin["role"], &admin["isActive"]), (&json!("admin"), &json!(true)));
    assert!(admin["lastSignInAt"].as_str().is_some_and(|at| at.ends_with('Z')), "{admin}");
    let (_, left) = listed(&database, &ana.email).await;
    assert_eq!(
        (&left["id"], &left["isActive"], &left["lastSignInAt"]),
        (&json!(ana.id), &json!(false), &json!(null))
    );
    database.remove().await;
}

/// The e-mail of the first administrator in the table.
fn app_admin(table: &str) -> String {
    let line = table.lines().find(|line| line.contains("  admin  ")).expect("an administrator");
    line.split("  ").next().expect("an e-mail").to_owned()
}

#[test]
fn users_are_changed_on_sqlite() {
    runtime().block_on(update(Backend::Sqlite));
}

#[test]
fn users_are_changed_on_postgres() {
    runtime().block_on(update(Backend::Postgres));
}

async fn update(backend: Backend) {
    let database = TestDatabase::create(backend).await;
    let app = TestApp::start(&database).await;
    let (ana, luis) = (app.ana.clone(), app.luis.clone());
    let change = async |arguments: &[&str]| command(&database.settings, &[&["user", "update", "--email"][..], arguments].concat()).await;
    let arguments = [
        ana.email.as_str(),
        "--role",
        "admin",
        "--new-email",
        "jefa@example.com",
        "--name",
        "Ana Jefa",
    ];
    let said = done(&change(&arguments).await);
    assert!(said.contains("is changed: jefa@example.com, Ana Jefa, admin"), "{said}");
    let (_, now) = listed(&database, "jefa@example.com").await;
    assert_eq!(
        (&now["id"], &now["name"], &now["role"]),
        (&json!(ana.id), &json!("Ana Jefa"), &json!("admin"))
    );
    // The session continues, because only a password or a deactivation ends it.
    let data = ana.query("{ viewer { id } }", json!({})).await;
    assert_eq!(data["viewer"]["id"], json!(ana.id));
    // What is not given stays, and nothing is no change.
    let said = done(&change(&["JEFA@example.com", "--name", "Ana Jefa"]).await);
    assert!(said.contains("is as before"), "{said}");
    let before = app.snapshot().await;
    let complaint = refused(&change(&["jefa@example.com", "--new-email", &luis.email, "--name", " "]).await);
    assert!(
        complaint.contains("another user has this e-mail") && complaint.contains("a name is required"),
        "{complaint}"
    );
    let complaint = refused(&change(&["nowhere@example.com", "--name", "Nadie"]).await);
    assert!(
        complaint.contains("there is no user with the e-mail nowhere@example.com"),
        "{complaint}"
    );
    wrong(&change(&["jefa@example.com"]).await);
    wrong(&change(&["jefa@example.com", "--role", "owner"]).await);
    // The e-mail is named as in the other commands, and nowhere else.
    let bare = ["user", "update", "jefa@example.com", "--name", "Ana"];
    wrong(&command(&database.settings, &bare).await);
    before.assert_equal(&app.snapshot().await, "refused changes");
    // The last administrator stays one.
    for email in [&app.admin.email, &app.other_admin.email] {
        done(&change(&[email, "--role", "sales"]).await);
    }
    let before = app.snapshot().await;
    let complaint = refused(&change(&["jefa@example.com", "--role", "sales"]).await);
    assert!(complaint.contains("this is the last active administrator"), "{complaint}");
    before.assert_equal(&app.snapshot().await, "a refused change");
    app.stop().await;
    database.remove().await;
}
