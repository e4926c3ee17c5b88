//! Users: what is seen of them, and that one administrator always remains.

use cartera::auth::Role;
use cartera::error::{Error, ProblemCode};
use cartera::resolvers::access::users::{self, NewUser};
use serde_json::json;

use crate::support::{PASSWORD, TestApp};

const USERS: &str = "{ users { id name role isActive email locale timeZone } }";

fn new_user(email: &str) -> NewUser {
    NewUser {
        email: email.to_owned(),
        name: "María Nueva".to_owned(),
        role: Role::Sales,
        password: PASSWORD.to_owned(),
        locale: "es-VE".to_owned(),
        time_zone: "America/Caracas".to_owned(),
    }
}

/// The codes and paths of what is wrong.
fn problems<T>(result: Result<T, Error>) -> Vec<(ProblemCode, String)> {
    match result {
        Err(Error::Invalid(problems)) => problems.into_iter().map(|problem| (problem.code, problem.path.join("."))).collect(),
        Err(error) => panic!("another error: {error}"),
        Ok(_) => panic!("nothing is wrong"),
    }
}

both! {
    async fn everybody_sees_who_is_who_and_their_own_email(app: TestApp) {
        let seen = app.ana.query(USERS, json!({})).await;
        let names: Vec<&str> = seen["users"].as_array().expect("a list").iter().filter_map(|user| user["name"].as_str()).collect();
        assert_eq!(names, ["Ana Vendedora", "Eva Extraña", "Luis Vendedor", "Olga Administradora", "Raúl Administrador"]);
        for user in seen["users"].as_array().expect("a list") {
            let is_own = user["id"] == json!(app.ana.id);
            for private in ["email", "locale", "timeZone"] {
                assert_eq!(!user[private].is_null(), is_own, "{private} of {}", user["name"]);
            }
        }
        let all = app.admin.query(USERS, json!({})).await;
        assert!(all["users"].as_array().expect("a list").iter().all(|user| user["email"].is_string()));
        assert_eq!(app.ana.query("{ viewer { name email } }", json!({})).await["viewer"], json!({ "name": "Ana Vendedora", "email": app.ana.email }));
    }

    async fn users_are_added_by_administrators(app: TestApp) {
        let added = users::create(&app.cx(&app.admin), new_user("maria@equipo.example")).await.expect("a new user");
        let seen = app.luis.query(USERS, json!({})).await;
        assert_eq!(seen["users"].as_array().expect("a list").len(), 6);
        assert_eq!(added.name, "María Nueva");
        let before = app.snapshot().await;
        assert!(matches!(users::create(&app.cx(&app.ana), new_user("x@equipo.example")).await, Err(Error::Forbidden(_))));
        let taken = users::create(&app.cx(&app.admin), new_user("MARIA@equipo.example")).await;
        assert_eq!(problems(taken), [(ProblemCode::Taken, "input.email".to_owned())]);
        let wrong = NewUser {
            email: "no e-mail".to_owned(),
            name: " ".to_owned(),
            password: "short".to_owned(),
            locale: "xx-notalocale-".to_owned(),
            time_zone: "Mars/Olympus".to_owned(),
            ..new_user("")
        };
        let found: Vec<String> = problems(users::create(&app.cx(&app.admin), wrong).await).into_iter().map(|(_, path)| path).collect();
        assert_eq!(found, ["input.email", "input.name", "input.locale", "input.timeZone", "input.password"]);
        before.assert_equal(&app.snapshot().await, "refused users");
    }

    async fn one_administrator_remains(app: TestApp) {
        app.deactivate(&app.other_admin).await;
        let before = app.snapshot().await;
        let last = users::deactivate(&app.cx(&app.admin), app.admin.uuid).await;
        assert_eq!(problems(last), [(ProblemCode::State, "id".to_owned())]);
        let again = users::deactivate(&app.cx(&app.admin), app.other_admin.uuid).await;
        assert_eq!(problems(again), [(ProblemCode::State, "id".to_owned())]);
        assert!(matches!(users::deactivate(&app.cx(&app.ana), app.luis.uuid).await, Err(Error::Forbidden(_))));
        before.assert_equal(&app.snapshot().await, "refused deactivations");
    }

    /// Two administrators who remove each other at the same moment do not leave nobody.
    async fn two_administrators_cannot_remove_each_other(app: TestApp) {
        let (one, other) = (app.cx(&app.admin), app.cx(&app.other_admin));
        let (first, second) = tokio::join!(users::deactivate(&one, app.other_admin.uuid), users::deactivate(&other, app.admin.uuid));
        assert_eq!([first.is_ok(), second.is_ok()].iter().filter(|done| **done).count(), 1);
        let active = app.sql("SELECT name FROM users WHERE is_active AND role = 'ADMIN'").await;
        assert_eq!(active.len(), 1);
    }

    /// A password that an administrator sets ends all sessions of the user.
    async fn a_password_can_be_set_for_somebody(app: TestApp) {
        users::set_password(&app.cx(&app.admin), app.ana.uuid, "something else entirely").await.expect("set");
        assert_eq!(app.ana.run("{ viewer { id } }", json!({})).await.codes(), ["UNAUTHENTICATED"]);
        assert!(matches!(users::set_password(&app.cx(&app.luis), app.luis.uuid, "something else entirely").await, Err(Error::Forbidden(_))));
        assert!(app.luis.run("{ viewer { id } }", json!({})).await.errors().is_empty());
    }
}
