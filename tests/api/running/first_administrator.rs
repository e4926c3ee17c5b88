//! An administrator is created whenever there is none, once, and unused settings for it are reported.

use cartera::db::Db;
use cartera::settings::Settings;
use serde_json::json;

use super::backup::opened;
use super::process::{Server, command, done, refused};
use crate::support::{Backend, Person, TestDatabase, runtime, snapshot};

const EMAIL: &str = "first@example.com";
const PASSWORD: &str = "open sesame 1";
const GIVEN: [(&str, &str); 2] = [("CARTERA_ADMIN_EMAIL", EMAIL), ("CARTERA_ADMIN_PASSWORD", PASSWORD)];

async fn emails(settings: &Settings, role: &str) -> Vec<String> {
    let db = Db::open(settings).await.expect("the database opens");
    let query = format!("SELECT email FROM users WHERE role = '{role}' ORDER BY email");
    let found = snapshot::texts(&db, &query).await;
    db.close().await.expect("the database closes");
    found
}

#[test]
fn one_is_made_where_there_are_users_and_no_administrator() {
    runtime().block_on(async {
        for backend in [Backend::Sqlite, Backend::Postgres] {
            let database = TestDatabase::create(backend).await;
            let user = ["user", "create", "--email", "ana@example.com", "--name", "Ana"];
            done(&command(&database.settings, &user).await);
            let server = Server::start(&database.settings, &GIVEN).await;
            let document = "mutation ($email: String!, $password: String!) {
                sessionCreate(input: { email: $email, password: $password }) { user { role } } }";
            let anonymous = Person::anonymous(&server.url);
            let data = anonymous.query(document, json!({ "email": EMAIL, "password": PASSWORD })).await;
            assert_eq!(data["sessionCreate"]["user"]["role"], "ADMIN", "{data}");
            let said = server.stop();
            assert!(
                said.contains(&format!("The first administrator is {EMAIL}, with the password of the settings")),
                "{said}"
            );
            assert!(!said.contains(PASSWORD) && !said.contains("not used"), "{said}");
            // From then on there is one.
            let before = opened(&database.settings).await;
            let said = Server::start(&database.settings, &GIVEN).await.stop();
            let logged: Vec<&str> = said
                .lines()
                .filter(|line| line.contains("there is an administrator already"))
                .collect();
            assert!(logged.len() == 1 && logged[0].contains("admin_email, admin_password"), "{said}");
            assert!(!said.contains(PASSWORD) && !said.contains("The first administrator"), "{said}");
            before.assert_equal(&opened(&database.settings).await, "a second start");
            let said = Server::start(&database.settings, &[]).await.stop();
            assert!(!said.contains("there is an administrator already"), "{said}");
            database.remove().await;
        }
    });
}

#[test]
fn an_email_that_is_taken_is_reported_with_what_can_be_done() {
    runtime().block_on(async {
        for backend in [Backend::Sqlite, Backend::Postgres] {
            let database = TestDatabase::create(backend).await;
            let user = ["user", "create", "--email", EMAIL, "--name", "Ana"];
            done(&command(&database.settings, &user).await);
            let arguments = ["serve", "--listen", "127.0.0.1:0", "--admin-email", EMAIL];
            let complaint = refused(&command(&database.settings, &arguments).await);
            for words in [
                "no active administrator",
                "another user has this e-mail",
                "cartera user update --email EMAIL --role admin",
            ] {
                assert!(complaint.contains(words), "{complaint}");
            }
            assert_eq!(emails(&database.settings, "ADMIN").await, [""; 0]);
            done(&command(&database.settings, &["user", "update", "--email", EMAIL, "--role", "admin"]).await);
            Server::start(&database.settings, &[]).await.stop();
            assert_eq!(emails(&database.settings, "ADMIN").await, [EMAIL]);
            database.remove().await;
        }
    });
}

#[test]
fn servers_that_start_at_once_make_one_administrator_and_one_set_of_tables() {
    runtime().block_on(async {
        let database = TestDatabase::empty(Backend::Postgres).await;
        let start = || Server::start(&database.settings, &GIVEN);
        let (one, two, three) = tokio::join!(start(), start(), start());
        let said = [one.stop(), two.stop(), three.stop()];
        let made = said.iter().filter(|said| said.contains("The first administrator is")).count();
        assert_eq!(made, 1, "{said:?}");
        assert_eq!(emails(&database.settings, "ADMIN").await, [EMAIL]);
        let db = Db::open(&database.settings).await.expect("the database opens");
        let twice = snapshot::texts(&db, "SELECT name FROM statuses GROUP BY name HAVING count(*) > 1").await;
        assert_eq!(twice, [""; 0]);
        db.close().await.expect("the database closes");
        database.remove().await;
    });
}
