//! Settings of the program: warnings, refusals, and descriptions.

use super::backup::{file_of, names_in, text};
use super::process::{Called, Server, command, done, refused, wrong};
use crate::support::{Backend, TestDatabase, runtime};

/// Variables of the services `cartera` and `cartera-database` in a container.
const OF_KUBERNETES: [(&str, &str); 10] = [
    ("CARTERA_SERVICE_HOST", "10.0.0.1"),
    ("CARTERA_SERVICE_PORT", "8000"),
    ("CARTERA_SERVICE_PORT_HTTP", "8000"),
    ("CARTERA_PORT", "tcp://10.0.0.1:8000"),
    ("CARTERA_PORT_8000_TCP", "tcp://10.0.0.1:8000"),
    ("CARTERA_PORT_8000_TCP_PROTO", "tcp"),
    ("CARTERA_PORT_8000_TCP_PORT", "8000"),
    ("CARTERA_PORT_8000_TCP_ADDR", "10.0.0.1"),
    ("CARTERA_DATABASE_SERVICE_HOST", "10.0.0.2"),
    ("CARTERA_DATABASE_PORT", "tcp://10.0.0.2:5432"),
];

#[test]
fn a_server_starts_in_spite_of_variables_that_nothing_reads() {
    runtime().block_on(async {
        let database = TestDatabase::create(Backend::Sqlite).await;
        let mut variables = OF_KUBERNETES.to_vec();
        variables.extend([("CARTERA_LISTN", "secret"), ("CARTERA_EXPLORER", "")]);
        let said = Server::start(&database.settings, &variables).await.stop();
        let reported: Vec<&str> = said.lines().filter(|line| line.contains("no such setting")).collect();
        assert_eq!(reported.len(), 1, "{said}");
        assert!(
            reported[0].contains("CARTERA_LISTN") && reported[0].contains("Did you mean `CARTERA_LISTEN`?"),
            "{said}"
        );
        assert!(!said.contains("secret"), "{said}");
        for (variable, _) in OF_KUBERNETES {
            assert!(!said.contains(variable), "{said}");
        }
    });
}

#[test]
fn unknown_names_in_the_file_and_on_the_command_line_are_refused() {
    runtime().block_on(async {
        let database = TestDatabase::empty(Backend::Sqlite).await;
        let folder = tempfile::tempdir().expect("a folder can be made");
        let file = folder.path().join("cartera.toml");
        std::fs::write(&file, "lisen = 'localhost:8000'\n[limits]\npagesize = 10\n").expect("a file");
        let called = Called {
            folder: Some(folder.path()),
            ..Called::default()
        };
        let complaint = wrong(&called.command(&database.settings, &["serve"]).await);
        for words in ["Did you mean `listen`?", "Did you mean `limits.page_size`"] {
            assert!(complaint.contains(words), "{complaint}");
        }
        let complaint = wrong(&command(&database.settings, &["serve", "--lisen", "localhost:8000"]).await);
        assert!(complaint.contains("'--listen'"), "{complaint}");
        assert_eq!(names_in(file_of(&database).parent().expect("a folder")), [""; 0]);
    });
}

#[test]
fn everything_wrong_is_found_at_the_start_at_once() {
    runtime().block_on(async {
        let database = TestDatabase::empty(Backend::Sqlite).await;
        let variables = [
            ("CARTERA_LISTEN", "0.0.0.0:8000"),
            ("CARTERA_METRICS_LISTEN", "127.0.0.1:8000"),
            ("CARTERA_GRAPHIQL_DIR", "/nowhere/node_modules"),
            ("CARTERA_LIMITS_BUCKET", "10"),
            ("CARTERA_ADMIN_EMAIL", "ana@example.com"),
            ("CARTERA_ADMIN_PASSWORD", "sesame"),
            ("CARTERA_EXPLORER", "maybe"),
            // Reported as well, because it may be a misspelling.
            ("CARTERA_GRAPHIQL_DIRR", "/somewhere"),
        ];
        let called = Called {
            variables: &variables,
            ..Called::default()
        };
        let complaint = wrong(&called.command(&database.settings, &["serve"]).await);
        for words in [
            "listen (0.0.0.0:8000) and metrics_listen (127.0.0.1:8000) are the same address",
            "graphiql_dir /nowhere/node_modules: there is no such folder",
            "limits.bucket (10) is less than limits.cost (5000)",
            "CARTERA_ADMIN_PASSWORD `(hidden)`: a password has 8 to 128 characters",
            "CARTERA_EXPLORER `maybe`: expected true or false",
            "CARTERA_GRAPHIQL_DIRR: there is no such setting",
        ] {
            assert!(complaint.contains(words), "{words}: {complaint}");
        }
        assert!(!complaint.contains("sesame"), "{complaint}");
        assert_eq!(names_in(file_of(&database).parent().expect("a folder")), [""; 0]);
        // A folder without the files is as good as none.
        let home = tempfile::tempdir().expect("a folder can be made");
        let empty = [("CARTERA_GRAPHIQL_DIR", text(home.path())), ("CARTERA_LIMITS_BUCKET", "10")];
        let called = Called {
            variables: &empty,
            ..Called::default()
        };
        let complaint = wrong(&called.command(&database.settings, &["serve"]).await);
        for words in [
            "react/umd/react.production.min.js: ",
            "graphiql/graphiql.min.css: ",
            "limits.bucket (10)",
        ] {
            assert!(complaint.contains(words), "{words}: {complaint}");
        }
        // A command that shows no page needs no folder for it.
        let called = Called {
            variables: &variables[2..3],
            ..Called::default()
        };
        done(&called.command(&database.settings, &["config"]).await);
    });
}

/// What is missing may be mounted late, so that the start is tried again; a value that is wrong stays wrong.
#[test]
fn what_may_be_there_later_ends_with_another_code() {
    runtime().block_on(async {
        let database = TestDatabase::empty(Backend::Sqlite).await;
        let home = tempfile::tempdir().expect("a folder can be made");
        let missing = home.path().join("missing");
        let file = format!("sqlite:{}/cartera.db", missing.display());
        // GraphiQL before its files are there.
        let bare = home.path().join("missing-files");
        std::fs::create_dir(&bare).expect("a folder can be made");
        for late in [
            ("CARTERA_GRAPHIQL_DIR", text(&missing)),
            ("CARTERA_GRAPHIQL_DIR", text(&bare)),
            ("CARTERA_DATABASE", file.as_str()),
            ("CARTERA_CONFIG", text(&missing)),
        ] {
            let all = [late, ("CARTERA_EXPLORER", "maybe")];
            let called = |variables| Called {
                variables,
                ..Called::default()
            };
            let complaint = refused(&called(&all[..1]).command(&database.settings, &["serve"]).await);
            assert!(complaint.contains("missing"), "{late:?}: {complaint}");
            let complaint = wrong(&called(&all[..]).command(&database.settings, &["serve"]).await);
            assert!(
                complaint.contains("missing") && complaint.contains("maybe"),
                "{late:?}: {complaint}"
            );
        }
        // What is there and no text of settings will not be one later.
        let config = home.path().join("cartera.toml");
        for content in [&b"listen = "[..], b"\xff"] {
            std::fs::write(&config, content).expect("a file");
            wrong(&command(&database.settings, &["serve", "--config", text(&config)]).await);
        }
        assert_eq!(names_in(home.path()), ["cartera.toml", "missing-files"]);
        assert_eq!(names_in(file_of(&database).parent().expect("a folder")), [""; 0]);
    });
}

#[test]
fn the_start_says_where_the_data_are_and_which_page_to_open() {
    runtime().block_on(async {
        for backend in [Backend::Sqlite, Backend::Postgres] {
            let database = TestDatabase::create(backend).await;
            let address = String::from(database.settings.database.clone());
            let place = match backend {
                Backend::Sqlite => {
                    let file = file_of(&database).canonicalize().expect("the file is there");
                    file.display().to_string()
                }
                Backend::Postgres => {
                    let url = url::Url::parse(&address).expect("an address");
                    format!(
                        "database {} on {}:{}",
                        url.path().trim_start_matches('/'),
                        url.host_str().expect("a host"),
                        url.port().expect("a port")
                    )
                }
            };
            let server = Server::start(&database.settings, &[("CARTERA_LISTEN", "localhost:0")]).await;
            let page = format!("to open in a browser: {}/", server.url);
            let said = server.stop();
            assert!(said.contains(&format!("the data are in {place}")), "{said}");
            assert_eq!(said.matches(&page).count(), 1, "{said}");
            if let Some(password) = url::Url::parse(&address).ok().as_ref().and_then(url::Url::password) {
                assert!(!said.contains(password), "{said}");
            }
            database.remove().await;
        }
    });
}

#[test]
fn help_lists_the_options_of_a_command_and_the_settings_once() {
    runtime().block_on(async {
        let database = TestDatabase::empty(Backend::Sqlite).await;
        for arguments in [
            &["serve", "--help"][..],
            &["demo", "-h"],
            &["user", "create", "--help"],
            &["-h"],
            &["--help"],
        ] {
            let help = done(&command(&database.settings, arguments).await);
            assert!(help.contains("`cartera help settings`"), "{arguments:?}: {help}");
            for setting in ["--log-level", "CARTERA_LISTEN", "--metrics-listen"] {
                assert!(!help.contains(setting), "{arguments:?}: {help}");
            }
        }
        let demo = done(&command(&database.settings, &["demo", "--help"]).await);
        assert!(demo.contains("--entries-per-prospect"), "{demo}");
        let settings = done(&command(&database.settings, &["help", "settings"]).await);
        for words in [
            "CARTERA_LISTEN, default: 127.0.0.1:8000",
            "CARTERA_LIMITS_COST, default: 5000",
            "\nDatabase\n",
        ] {
            assert_eq!(settings.matches(words).count(), 1, "{words}: {settings}");
        }
    });
}
