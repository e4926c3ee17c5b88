//! Users: what is seen of them, who adds and changes them, and that one administrator always remains.

use serde_json::{Value, json};

use crate::support::{Answer, PASSWORD, Person, TestApp, operations};

const USERS: &str = "{ users { id name role isActive email locale timeZone } }";
const UPDATE: &str =
    "mutation ($id: ID!, $input: UserUpdateInput!, $version: Int) { userUpdate(id: $id, input: $input, expectedVersion: $version) {
    user { id name email role isActive locale timeZone version } userErrors { code message path } } }";
const PROFILE: &str =
    "mutation ($input: UserProfileUpdateInput!, $version: Int) { userProfileUpdate(input: $input, expectedVersion: $version) {
    user { name locale timeZone version } userErrors { code message path } } }";
const DEACTIVATE: &str = "mutation ($id: ID!) { userDeactivate(id: $id, input: {}) { user { id } userErrors { code message path } } }";
const RESET: &str = "mutation ($id: ID!, $input: UserPasswordResetInput!) { userPasswordReset(id: $id, input: $input) {
    user { id } generatedPassword userErrors { code message path } } }";

async fn create(person: &Person, input: Value) -> Answer {
    person
        .run_operation(operations::ACCESS, "UserCreate", json!({ "input": input }))
        .await
}

async fn update(app: &TestApp, id: &str, input: Value) -> Answer {
    app.admin.run(UPDATE, json!({ "id": id, "input": input })).await
}

async fn sign_in(app: &TestApp, email: &str, password: &str) -> Answer {
    app.anonymous
        .run(operations::SIGN_IN, json!({ "email": email, "password": password }))
        .await
}

fn refused_input(answer: &Answer) {
    assert!(
        ["GRAPHQL_VALIDATION_FAILED", "BAD_USER_INPUT"].contains(&answer.codes()[0]),
        "{}",
        answer.text
    );
}

both! {
    async fn each_user_sees_all_names_and_their_own_email(app: TestApp) {
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
        let input = json!({ "email": " Maria@equipo.example", "name": "María Nueva", "role": "ADMIN", "password": PASSWORD, "locale": "ES-es", "timeZone": "Europe/Madrid" });
        let answer = create(&app.admin, input).await;
        let user = &answer.payload("userCreate")["user"];
        assert_eq!((&user["email"], &user["name"], &user["role"], &user["isActive"]), (&json!("Maria@equipo.example"), &json!("María Nueva"), &json!("ADMIN"), &json!(true)));
        let seen = app.admin.query(USERS, json!({})).await;
        let listed = seen["users"].as_array().expect("a list").iter().find(|listed| listed["id"] == user["id"]).expect("she is listed").clone();
        assert_eq!((&listed["locale"], &listed["timeZone"]), (&json!("es-ES"), &json!("Europe/Madrid")));
        sign_in(&app, "maria@equipo.example", PASSWORD).await.payload("sessionCreate");

        let before = app.snapshot().await;
        let good = json!({ "email": "x@equipo.example", "name": "X" });
        assert_eq!(create(&app.ana, good).await.codes(), ["FORBIDDEN"]);
        let taken = json!({ "email": "MARIA@equipo.example", "name": "X", "password": PASSWORD });
        assert_eq!(create(&app.admin, taken).await.user_errors("userCreate"), ["TAKEN input.email"]);
        let wrong = json!({ "email": "no e-mail", "name": " ", "password": "short", "locale": "xx-notalocale-", "timeZone": "Mars/Olympus" });
        assert_eq!(create(&app.admin, wrong).await.user_errors("userCreate"), [
            "INVALID input.email", "REQUIRED input.name", "INVALID input.locale", "INVALID input.timeZone", "INVALID input.password",
        ]);
        before.assert_equal(&app.snapshot().await, "refused users");
    }

    /// Without a password one is generated: it is shown once, and not stored.
    async fn a_password_is_made_where_none_is_given(app: TestApp) {
        let document = "mutation ($input: UserCreateInput!) { userCreate(input: $input) { user { id role } generatedPassword userErrors { code message path } } }";
        let answer = app.admin.run(document, json!({ "input": { "email": "maria@equipo.example", "name": "María" } })).await;
        let payload = answer.payload("userCreate");
        assert_eq!(payload["user"]["role"], "SALES");
        let password = payload["generatedPassword"].as_str().expect("a password").to_owned();
        sign_in(&app, "maria@equipo.example", &password).await.payload("sessionCreate");
        for rows in app.snapshot().await.tables.values() {
            assert!(rows.iter().all(|row| !row.contains(&password)));
        }
        let given = json!({ "input": { "email": "eva@equipo.example", "name": "Eva", "password": PASSWORD } });
        assert_eq!(app.admin.run(document, given).await.payload("userCreate")["generatedPassword"], Value::Null);
        let refused = json!({ "input": { "email": "eva@equipo.example", "name": "Eva" } });
        assert_eq!(app.admin.run(document, refused).await.user_errors("userCreate"), ["TAKEN input.email"]);
    }

    async fn users_are_changed_by_administrators(app: TestApp) {
        let input = json!({ "email": "Ana.Nueva@equipo.example", "name": "Ana Nueva", "role": "ADMIN", "locale": "en", "timeZone": "Europe/Madrid" });
        let answer = update(&app, &app.ana.id, input.clone()).await;
        let user = answer.payload("userUpdate")["user"].clone();
        for (field, value) in input.as_object().expect("an object") {
            assert_eq!(&user[field], value, "{field}");
        }
        assert_eq!((&user["version"], &user["isActive"]), (&json!(2), &json!(true)));
        // The role counts for the session that there is, and the new e-mail for the next one.
        assert_eq!(app.ana.query(USERS, json!({})).await["users"].as_array().map(Vec::len), Some(5));
        assert!(app.ana.query(USERS, json!({})).await["users"][0]["email"].is_string());
        sign_in(&app, "ana.nueva@equipo.example", PASSWORD).await.payload("sessionCreate");
        assert_eq!(sign_in(&app, &app.ana.email, PASSWORD).await.user_errors("sessionCreate"), ["CREDENTIALS input"]);
        update(&app, &app.ana.id, json!({ "role": "SALES" })).await.payload("userUpdate");
        assert_eq!(create(&app.ana, json!({ "email": "x@equipo.example", "name": "X" })).await.codes(), ["FORBIDDEN"]);
        // A save that changes nothing is none.
        let before = app.snapshot().await;
        let same = update(&app, &app.ana.id, json!({ "name": " Ana Nueva ", "isActive": true })).await;
        assert_eq!(same.payload("userUpdate")["user"]["version"], 3);
        before.assert_equal(&app.snapshot().await, "a save that changes nothing");
    }

    async fn changes_that_make_no_sense_are_refused(app: TestApp) {
        let before = app.snapshot().await;
        let all = json!({ "email": "no e-mail", "name": null, "role": null, "locale": "", "timeZone": null, "isActive": null });
        assert_eq!(update(&app, &app.ana.id, all).await.user_errors("userUpdate"), [
            "INVALID input.email", "REQUIRED input.name", "REQUIRED input.role", "INVALID input.locale", "REQUIRED input.timeZone", "REQUIRED input.isActive",
        ]);
        let input = json!({ "email": app.luis.email.to_uppercase(), "isActive": false });
        let answer = app.admin.run(UPDATE, json!({ "id": app.ana.id, "input": input, "version": 7 })).await;
        assert_eq!(answer.user_errors("userUpdate"), ["CONFLICT expectedVersion", "TAKEN input.email", "INVALID input.isActive"]);
        assert_eq!(answer.data()["userUpdate"]["user"]["version"], 1);
        for absent in ["nonsense", "", &app.ana.id.to_lowercase()] {
            assert_eq!(update(&app, absent, json!({ "name": "X" })).await.user_errors("userUpdate"), ["NOT_FOUND id"]);
        }
        for (name, value) in [("password", json!(PASSWORD)), ("passwordHash", json!("x")), ("version", json!(9)), ("id", json!(app.admin.id))] {
            refused_input(&update(&app, &app.ana.id, json!({ "name": "X", name: value })).await);
        }
        before.assert_equal(&app.snapshot().await, "refused changes of users");
    }

    async fn people_change_their_own_profile(app: TestApp) {
        let answer = app.ana.run(PROFILE, json!({ "input": { "name": " Ana María ", "locale": "en-us", "timeZone": "Europe/Madrid" }, "version": 1 })).await;
        assert_eq!(answer.payload("userProfileUpdate")["user"], json!({ "name": "Ana María", "locale": "en-US", "timeZone": "Europe/Madrid", "version": 2 }));
        let names = app.luis.query("{ users { name } }", json!({})).await;
        assert!(names["users"].as_array().expect("a list").contains(&json!({ "name": "Ana María" })));
        let before = app.snapshot().await;
        let stale = app.ana.run(PROFILE, json!({ "input": { "name": "" }, "version": 1 })).await;
        assert_eq!(stale.user_errors("userProfileUpdate"), ["REQUIRED input.name", "CONFLICT expectedVersion"]);
        assert_eq!(stale.data()["userProfileUpdate"]["user"], answer.payload("userProfileUpdate")["user"]);
        // What is not the profile cannot be slipped in.
        for (name, value) in [
            ("role", json!("ADMIN")), ("email", json!("x@equipo.example")), ("isActive", json!(true)), ("id", json!(app.luis.id)), ("password", json!(PASSWORD)),
            ("version", json!(1)),
        ] {
            refused_input(&app.ana.run(PROFILE, json!({ "input": { "name": "X", name: value } })).await);
        }
        before.assert_equal(&app.snapshot().await, "refused profiles");
    }

    async fn one_administrator_remains(app: TestApp) {
        app.deactivate(&app.other_admin).await;
        let before = app.snapshot().await;
        let leave = async |person: &Person| app.admin.run(DEACTIVATE, json!({ "id": person.id })).await.user_errors("userDeactivate");
        assert_eq!(leave(&app.admin).await, ["STATE id"]);
        assert_eq!(leave(&app.other_admin).await, ["STATE id"]);
        assert_eq!(update(&app, &app.admin.id, json!({ "role": "SALES" })).await.user_errors("userUpdate"), ["STATE input.role"]);
        assert_eq!(app.ana.run(DEACTIVATE, json!({ "id": app.luis.id })).await.codes(), ["FORBIDDEN"]);
        before.assert_equal(&app.snapshot().await, "refused deactivations");
        // A reactivated administrator counts again.
        update(&app, &app.other_admin.id, json!({ "isActive": true })).await.payload("userUpdate");
        update(&app, &app.admin.id, json!({ "role": "SALES" })).await.payload("userUpdate");
        assert_eq!(create(&app.admin, json!({ "email": "x@equipo.example", "name": "X" })).await.codes(), ["FORBIDDEN"]);
    }

    /// Two administrators who deactivate each other concurrently leave one.
    async fn two_administrators_cannot_remove_each_other(app: TestApp) {
        let remove = async |by: &Person, who: &Person| by.run(DEACTIVATE, json!({ "id": who.id })).await;
        let demote = async |by: &Person, who: &Person| by.run(UPDATE, json!({ "id": who.id, "input": { "role": "SALES" } })).await;
        let (first, second) = tokio::join!(remove(&app.admin, &app.other_admin), demote(&app.other_admin, &app.admin));
        let is_done = |answer: &Answer, mutation: &str| answer.body["data"][mutation]["user"].is_object();
        assert_ne!(is_done(&first, "userDeactivate"), is_done(&second, "userUpdate"), "{} {}", first.text, second.text);
        assert_eq!(app.sql("SELECT name FROM users WHERE is_active AND role = 'ADMIN'").await.len(), 1);
    }

    async fn a_reactivated_user_signs_in_as_before(app: TestApp) {
        app.deactivate(&app.luis).await;
        let answer = update(&app, &app.luis.id, json!({ "isActive": true })).await;
        assert_eq!(answer.payload("userUpdate")["user"]["isActive"], true);
        // The sessions of before stay ended.
        assert_eq!(app.luis.run("{ viewer { id } }", json!({})).await.codes(), ["UNAUTHENTICATED"]);
        sign_in(&app, &app.luis.email, PASSWORD).await.payload("sessionCreate");
    }

    /// A password that an administrator sets ends all sessions of the user.
    async fn a_password_can_be_set_for_another_user(app: TestApp) {
        let reset = async |id: &str, input: Value| app.admin.run(RESET, json!({ "id": id, "input": input })).await;
        let given = reset(&app.ana.id, json!({ "password": "something else entirely" })).await;
        assert_eq!(given.payload("userPasswordReset"), &json!({ "user": { "id": app.ana.id }, "generatedPassword": null, "userErrors": [] }));
        assert_eq!(app.ana.run("{ viewer { id } }", json!({})).await.codes(), ["UNAUTHENTICATED"]);
        sign_in(&app, &app.ana.email, "something else entirely").await.payload("sessionCreate");
        let made = reset(&app.ana.id, json!({})).await;
        let password = made.payload("userPasswordReset")["generatedPassword"].as_str().expect("a password");
        sign_in(&app, &app.ana.email, password).await.payload("sessionCreate");
        assert_eq!(sign_in(&app, &app.ana.email, "something else entirely").await.user_errors("sessionCreate"), ["CREDENTIALS input"]);
        let before = app.snapshot().await;
        assert_eq!(reset(&app.luis.id, json!({ "password": "short" })).await.user_errors("userPasswordReset"), ["INVALID input.password"]);
        assert_eq!(reset("nonsense", json!({})).await.user_errors("userPasswordReset"), ["NOT_FOUND id"]);
        for id in [&app.luis.id[..], &app.admin.id, "nonsense"] {
            assert_eq!(app.luis.run(RESET, json!({ "id": id, "input": {} })).await.codes(), ["FORBIDDEN"]);
        }
        before.assert_equal(&app.snapshot().await, "refused passwords");
        // One's own takes the present one.
        let before = app.snapshot().await;
        assert_eq!(reset(&app.admin.id, json!({})).await.user_errors("userPasswordReset"), ["INVALID id"]);
        let short = reset(&app.admin.id, json!({ "password": "short" })).await;
        assert_eq!(short.user_errors("userPasswordReset"), ["INVALID id", "INVALID input.password"]);
        assert!(short.text.contains("userPasswordUpdate"), "{}", short.text);
        before.assert_equal(&app.snapshot().await, "a reset of one's own");
    }
}
