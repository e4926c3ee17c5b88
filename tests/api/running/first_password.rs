//! The password of the first administrator: from a file, from the input, from a setting, and what is said of each.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::process::Output;

use serde_json::json;

use super::backup::{file_of, names_in, text};
use super::process::{Called, Server, command, done, refused, wrong};
use crate::support::{Backend, Person, TestDatabase, runtime};

const EMAIL: &str = "first@example.com";
const PASSWORD: &str = "open sesame 1";

async fn signs_in(server: &Server) {
    let document = "mutation ($email: String!, $password: String!) {
        sessionCreate(input: { email: $email, password: $password }) { token userErrors { code } } }";
    let anonymous = Person::anonymous(&server.url);
    let data = anonymous.query(document, json!({ "email": EMAIL, "password": PASSWORD })).await;
    assert!(data["sessionCreate"]["token"].is_string(), "{data}");
}

fn complaint(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn it_is_the_first_line_of_a_file() {
    runtime().block_on(async {
        let folder = tempfile::tempdir().expect("a folder can be made");
        let file = folder.path().join("password");
        fs::write(&file, format!("{PASSWORD}\nand more\n")).expect("a file");
        for backend in [Backend::Sqlite, Backend::Postgres] {
            let database = TestDatabase::empty(backend).await;
            let variables = [("CARTERA_ADMIN_EMAIL", EMAIL), ("CARTERA_ADMIN_PASSWORD_FILE", text(&file))];
            let server = Server::start(&database.settings, &variables).await;
            signs_in(&server).await;
            server.stop();
            database.remove().await;
        }
    });
}

#[test]
fn it_is_the_first_line_of_the_input() {
    runtime().block_on(async {
        for arguments in [["--admin-password", "-"], ["--admin-password-file", "-"]] {
            let database = TestDatabase::empty(Backend::Sqlite).await;
            let called = Called {
                input: &format!("{PASSWORD}\n"),
                ..Called::default()
            };
            let demo = ["demo", "--prospects", "1", "--users", "1", "--admin-email", EMAIL];
            let output = called.command(&database.settings, &[&demo[..], &arguments].concat()).await;
            let said = done(&output);
            assert!(!said.contains(PASSWORD) && !said.contains("is not shown again"), "{said}");
            assert!(!complaint(&output).contains("seen by others"), "{}", complaint(&output));
            let server = Server::start(&database.settings, &[]).await;
            signs_in(&server).await;
            server.stop();
        }
    });
}

#[test]
fn without_it_nothing_is_begun() {
    runtime().block_on(async {
        let folder = tempfile::tempdir().expect("a folder can be made");
        let (file, empty) = (folder.path().join("password"), folder.path().join("empty"));
        fs::write(&file, PASSWORD).expect("a file");
        fs::write(&empty, "\nsecond line\n").expect("a file");
        let missing = folder.path().join("missing");
        let database = TestDatabase::empty(Backend::Sqlite).await;
        let email = ["--admin-email", EMAIL];
        // A file may be there at the next start, which is tried again after exit code 1.
        for (arguments, reason) in [
            (&["--admin-password-file", text(&missing)][..], "No such file"),
            (&["--admin-password-file", text(folder.path())], "directory"),
        ] {
            for name in ["serve", "demo"] {
                let complained = refused(&command(&database.settings, &[&[name][..], &email, arguments].concat()).await);
                assert!(complained.contains(reason), "{name} {arguments:?}: {complained}");
            }
        }
        for (arguments, reason) in [
            (&["--admin-password-file", text(&empty)][..], "holds no password"),
            (&["--admin-password-file", "-"], "holds no password"),
            (&["--admin-password", "-"], "holds no password"),
            (
                &["--admin-password-file", text(&file), "--admin-password", "another sesame"],
                "are both set",
            ),
        ] {
            for name in ["serve", "demo"] {
                let complained = wrong(&command(&database.settings, &[&[name][..], &email, arguments].concat()).await);
                assert!(complained.contains(reason), "{name} {arguments:?}: {complained}");
            }
        }
        let complained = wrong(&command(&database.settings, &["serve", "--admin-password-file", text(&file)]).await);
        assert!(complained.contains("admin_email is not"), "{complained}");
        let place = file_of(&database);
        assert_eq!(names_in(place.parent().expect("a folder")), [] as [&str; 0]);
        // A command that makes no administrator needs no password, and waits for none.
        done(
            &command(
                &database.settings,
                &[&["config"][..], &email, &["--admin-password-file", text(&missing)]].concat(),
            )
            .await,
        );
    });
}

#[test]
fn as_a_flag_it_is_warned_of_and_otherwise_not() {
    runtime().block_on(async {
        let database = TestDatabase::empty(Backend::Sqlite).await;
        let as_flag = command(
            &database.settings,
            &["config", "--admin-email", EMAIL, "--admin-password", PASSWORD],
        )
        .await;
        done(&as_flag);
        let complained = complaint(&as_flag);
        assert!(complained.contains("--admin-password is seen by others"), "{complained}");
        assert!(!complained.contains(PASSWORD), "{complained}");
        let folder = tempfile::tempdir().expect("a folder can be made");
        let file = folder.path().join("cartera.toml");
        fs::write(&file, format!("admin_email = '{EMAIL}'\nadmin_password = '{PASSWORD}'")).expect("a file");
        fs::set_permissions(&file, Permissions::from_mode(0o600)).expect("it is ours");
        for (folder, variables) in [
            (Some(folder.path()), &[][..]),
            (None, &[("CARTERA_ADMIN_EMAIL", EMAIL), ("CARTERA_ADMIN_PASSWORD", PASSWORD)]),
        ] {
            let called = Called {
                folder,
                variables,
                ..Called::default()
            };
            let output = called.command(&database.settings, &["config"]).await;
            assert!(done(&output).contains("(hidden)"));
            assert_eq!(complaint(&output), "");
        }
        // In a file it is warned of where other accounts can read it.
        fs::set_permissions(&file, Permissions::from_mode(0o640)).expect("it is ours");
        let called = Called {
            folder: Some(folder.path()),
            ..Called::default()
        };
        let output = called.command(&database.settings, &["config"]).await;
        done(&output);
        let complained = complaint(&output);
        let words = "the password in `admin_password` of cartera.toml can be read by other accounts on this machine (mode 0640)";
        assert!(complained.contains(words), "{complained}");
        assert!(!complained.contains(PASSWORD), "{complained}");
        let help = done(&command(&database.settings, &["help", "settings"]).await);
        let help = help.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(
            help.contains("CARTERA_ADMIN_PASSWORD_FILE") && help.contains("visible in the list of processes"),
            "{help}"
        );
    });
}
