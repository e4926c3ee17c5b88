//! No password in what the commands say, whatever was wrong with the words in which it was given.

use super::backup::text;
use super::process::{Called, command, done, wrong};
use crate::support::{Backend, TestDatabase, runtime};

#[test]
fn wrong_settings_and_arguments_are_reported_without_passwords() {
    runtime().block_on(async {
        let database = TestDatabase::create(Backend::Sqlite).await;
        for (variables, arguments, place) in [
            (
                &[("CARTERA_DATABASE", "postgres:ana:sesame@host")][..],
                &["config"][..],
                "CARTERA_DATABASE",
            ),
            (
                &[("CARTERA_DATABASE", "postgres//ana:sesame@host")],
                &["migrate"],
                "CARTERA_DATABASE",
            ),
            (&[("CARTERA_DATABASE", "mysql://ana:sesame@host")], &["migrate"], "CARTERA_DATABASE"),
            (
                &[("CARTERA_ADMIN_EMAIL", "ana@example.com"), ("CARTERA_ADMIN_PASSWORD", "sesame")],
                &["config"],
                "CARTERA_ADMIN_PASSWORD",
            ),
            (
                &[("CARTERA_TRACES_ENDPOINT", "http://ana:sesame@host")],
                &["config"],
                "CARTERA_TRACES_ENDPOINT",
            ),
            (&[], &["config", "--database", "ana:sesame@host/crm"], "--database"),
            (
                &[],
                &["config", "--traces-endpoint", "https://ana:sesame@host"],
                "--traces-endpoint",
            ),
            (&[], &["serve", "--admin-passwrd=sesame"], "--admin-passwrd"),
            (&[], &["serve", "--admin-password", "open", "sesame"], "unexpected argument"),
            (
                &[],
                &["move", "postgres://ana:sesame@host/db", "sqlite:b.db"],
                "unexpected argument",
            ),
            (
                &[],
                &["serve", "postgres://ana:sesame@host/db?sslmode=require"],
                "unexpected argument",
            ),
            (
                &[],
                &["move", "--from", "postgres:ana:sesame@host", "--to", "ana:sesame@host/crm"],
                "--to",
            ),
        ] {
            let called = Called {
                variables,
                ..Called::default()
            };
            let complaint = wrong(&called.command(&database.settings, arguments).await);
            assert!(complaint.contains(place), "{arguments:?}: {complaint}");
            assert!(!complaint.contains("sesame"), "{arguments:?}: {complaint}");
        }
    });
}

#[test]
fn settings_in_force_are_shown_without_passwords() {
    runtime().block_on(async {
        let database = TestDatabase::create(Backend::Sqlite).await;
        let address = "postgres://ana:sesame@host/crm?pass%77ord=sesame&sslpassword=sesame&options=sesame&sesame=sesame&sslmode=require";
        let called = Called {
            variables: &[
                ("CARTERA_DATABASE", address),
                ("CARTERA_ADMIN_EMAIL", "ana@example.com"),
                ("CARTERA_ADMIN_PASSWORD", "open sesame"),
                // An unknown variable, which is reported.
                ("CARTERA_ADMIN_PASSWRD", "sesame"),
            ],
            ..Called::default()
        };
        let output = called.command(&database.settings, &["config"]).await;
        let said = done(&output);
        assert!(said.contains("postgres://ana:(hidden)@host/crm"), "{said}");
        assert!(said.contains("sslmode=require"), "{said}");
        let complained = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(!said.contains("sesame") && !complained.contains("sesame"), "{said}{complained}");
        assert!(!complained.contains("seen by others"), "{complained}");
        assert!(complained.contains("CARTERA_ADMIN_PASSWRD"), "{complained}");
        // A flag is visible to others, and that is reported.
        let arguments = ["config", "--database", address];
        let complained = String::from_utf8_lossy(&command(&database.settings, &arguments).await.stderr).into_owned();
        assert!(complained.contains("--database is seen by others"), "{complained}");
        assert!(!complained.contains("sesame"), "{complained}");
    });
}

/// The library that connects would write down parameters that it does not know, and lines of ~/.pgpass that it cannot read.
#[test]
fn connecting_writes_no_password_into_the_log() {
    runtime().block_on(async {
        let mut database = TestDatabase::create(Backend::Postgres).await;
        let folder = tempfile::tempdir().expect("a folder can be made");
        let passwords = folder.path().join("pgpass");
        std::fs::write(&passwords, "sesame").expect("a file");
        std::fs::set_permissions(&passwords, std::os::unix::fs::PermissionsExt::from_mode(0o600)).expect("it is ours");
        let given = database.settings.database.clone();
        let address = String::from(given.clone());
        let (start, host) = address.split_once('@').expect("a password");
        let mark = if host.contains('?') { '&' } else { '?' };
        let (_, password) = start.rsplit_once(':').expect("a password");
        // Without a password in the address that file is read; the right one comes as a variable.
        let user = &start[..start.len() - password.len() - 1];
        database.settings.database = format!("{user}@{host}{mark}sslpassword=sesame&secret=sesame")
            .parse()
            .expect("an address");
        let called = Called {
            variables: &[
                ("PGPASSFILE", text(&passwords)),
                ("PGPASSWORD", password),
                ("CARTERA_LOG_LEVEL", "sqlx_postgres=trace,sqlx=debug,info"),
            ],
            ..Called::default()
        };
        let output = called.command(&database.settings, &["migrate", "--status"]).await;
        done(&output);
        let complained = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(!complained.contains("sesame"), "{complained}");
        database.settings.database = given;
        database.remove().await;
    });
}
