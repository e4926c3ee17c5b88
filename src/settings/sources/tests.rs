//! Settings from all sources at once, and what is said of wrong ones.

use super::*;

#[test]
fn the_defaults_can_be_read() {
    let loaded = load_with(Flags::default(), &[]).unwrap();
    assert!(loaded.in_force.iter().all(|line| line.source == Source::Default));
    assert_eq!(loaded.in_force.len(), DECLARED.len() + limit_table(&Limits::default()).len());
    assert_eq!(loaded.settings.listen, Settings::default().listen);
}

#[test]
fn flags_go_before_variables_before_the_file() {
    let file = "listen = '127.0.0.1:1'\nexplorer = false\nmax_connections = 10\ntrusted_proxies = ['10.0.0.0/8']";
    let (_directory, path) = written(file);
    let flags = Flags {
        config: Some(path),
        listen: Some("127.0.0.1:3".to_owned()),
        ..Flags::default()
    };
    let loaded = load_with(flags, &[("CARTERA_LISTEN", "127.0.0.1:2"), ("CARTERA_EXPLORER", "true")]).unwrap();
    assert_eq!(loaded.settings.listen.port(), 3);
    assert!(loaded.settings.explorer);
    assert_eq!(loaded.settings.max_connections, 10);
    assert_eq!(loaded.settings.trusted_proxies.len(), 1);
}

#[test]
fn everything_wrong_is_reported_at_once_with_its_place() {
    let (_directory, path) = written("colour = 1\nadmin_email = 'unknown'\n[limits]\nwarp = 9\n");
    let flags = Flags {
        config: Some(path.clone()),
        listen: Some("here".to_owned()),
        ..Flags::default()
    };
    let variables = [
        ("CARTERA_SPEED", "1"),
        ("CARTERA_DATABASE", "postgres://a:secret@b:port/c"),
        ("CARTERA_LIMITS_COST", "much"),
        ("CARTERA_TEST_POSTGRES", "postgres://ignored"),
        ("HOME", "/"),
    ];
    let refused = load_with(flags, &variables).err().unwrap();
    let faults = refused.faults;
    let mut places: Vec<String> = faults.iter().map(|fault| fault.place.clone()).collect();
    places.sort();
    let file = path.display();
    let mut expected = vec![
        format!("key `admin_email` in {file} `unknown`"),
        format!("key `colour` in {file}"),
        format!("key `limits.warp` in {file}"),
        "flag --listen `here`".to_owned(),
        "variable CARTERA_DATABASE `postgres:(hidden)`".to_owned(),
        "variable CARTERA_LIMITS_COST".to_owned(),
    ];
    expected.sort();
    assert_eq!(places, expected);
    // An unknown variable is not an error, but is reported with the errors.
    assert_eq!(refused.warnings.len(), 1);
    assert!(refused.warnings[0].contains("CARTERA_SPEED"), "{:?}", refused.warnings);
}

#[test]
fn limits_come_from_the_file_and_variables() {
    let (_directory, path) = written("[limits]\ncost = 10\npage_size = 50\n");
    let flags = Flags {
        config: Some(path),
        ..Flags::default()
    };
    let loaded = load_with(flags, &[("CARTERA_LIMITS_COST", "20")]).unwrap();
    let line = |name: &str| loaded.in_force.iter().find(|line| line.name == name).unwrap();
    assert_eq!(line("limits.cost").value, "20");
    assert_eq!(line("limits.cost").source, Source::Variable);
    assert_eq!(line("limits.page_size").value, "50");
}

#[test]
fn secrets_are_hidden_in_what_is_in_force_and_in_errors() {
    let variables = [
        ("CARTERA_ADMIN_EMAIL", "ana@example.com"),
        ("CARTERA_ADMIN_PASSWORD", "open sesame"),
        ("CARTERA_DATABASE", "postgres://a:sesame@b/c"),
    ];
    let loaded = load_with(Flags::default(), &variables).unwrap();
    assert!(!format!("{:?}{:?}", loaded.in_force, loaded.settings).contains("sesame"));
    let (_directory, path) = written("admin_password = 'open sesame' oops");
    let flags = Flags {
        config: Some(path),
        ..Flags::default()
    };
    let faults = load_with(flags, &[]).err().unwrap().faults;
    assert!(faults[0].reason.starts_with("line 1"), "{faults:?}");
    assert!(!format!("{faults:?}").contains("sesame"));
    // In a wrong place, in a wrong form, or under a wrong name.
    for (content, variable) in [
        ("admin_passwrd = 'sesame'", ("CARTERA_ADMIN_PASSWRD", "sesame")),
        ("admin_password = ['sesame', 1]", ("CARTERA_LIMITS_PASSWORD", "sesame")),
        (
            "[admin_password]\nvalue = 'sesame'",
            ("CARTERA_DATABASE", "postgres:ana:sesame@host"),
        ),
        ("[limits]\ncost = 'sesame'", ("CARTERA_LIMITS_COST", "sesame")),
        (
            "traces_endpoint = 'https://ana:sesame@host'",
            ("CARTERA_TRACES_ENDPOINT", "http://host?key=sesame"),
        ),
        ("admin_password = 'open sesame\n", ("CARTERA_ADMIN_PASSWORD_", "sesame")),
        ("admin_password = sesame\n", ("CARTERA_PASSWORD", "sesame")),
    ] {
        let (_directory, path) = written(content);
        let flags = Flags {
            config: Some(path),
            ..Flags::default()
        };
        let by_variable = match load_with(Flags::default(), &[variable]) {
            Ok(loaded) => loaded.warnings,
            Err(refused) => refused.faults.iter().map(Fault::to_string).collect(),
        };
        let by_file = load_with(flags, &[]).err().unwrap().faults;
        let by_file = by_file.iter().map(Fault::to_string);
        for said in by_file.chain(by_variable) {
            assert!(!said.contains("sesame"), "{content}: {said}");
        }
    }
}

#[test]
fn contradictions_and_a_missing_file_are_refused() {
    let variables = [
        ("CARTERA_SESSION_IDLE_DAYS", "31"),
        ("CARTERA_ADMIN_PASSWORD", "open sesame"),
        ("CARTERA_ADMIN_PASSWORD_FILE", "y"),
    ];
    for (variables, count) in [
        (&variables[..], 3),
        (&variables[..2], 2),
        (&variables[1..], 2),
        (&variables[2..], 1),
    ] {
        let faults = load_with(Flags::default(), variables).err().unwrap().faults;
        assert_eq!(faults.len(), count, "{variables:?}");
    }
    let flags = Flags {
        config: Some("/nowhere/cartera.toml".into()),
        ..Flags::default()
    };
    assert!(load_with(flags, &[]).is_err());
}

#[test]
fn contradictions_are_reported_together_with_wrong_values() {
    let metrics = ("CARTERA_METRICS_LISTEN", "127.0.0.1:8000");
    let reasons = |variables: &[(&str, &str)]| {
        let faults = load_with(Flags::default(), variables).err().unwrap().faults;
        faults.iter().map(Fault::to_string).collect::<Vec<_>>()
    };
    let both = reasons(&[metrics, ("CARTERA_EXPLORER", "maybe")]);
    assert_eq!(both.len(), 2, "{both:?}");
    assert!(
        both[0].contains("CARTERA_EXPLORER") && both[1].contains("are the same address"),
        "{both:?}"
    );
    // Which address is meant is not known, and the default is no answer.
    let one = reasons(&[metrics, ("CARTERA_LISTEN", "here")]);
    assert!(one.len() == 1 && one[0].contains("CARTERA_LISTEN"), "{one:?}");
}

#[test]
fn localhost_is_an_address() {
    for (text, address) in [("localhost:8000", "127.0.0.1:8000"), ("LocalHost:1", "127.0.0.1:1")] {
        let loaded = load_with(Flags::default(), &[("CARTERA_LISTEN", text)]).unwrap();
        assert_eq!(loaded.settings.listen, address.parse().unwrap());
        assert!(loaded.in_force.iter().any(|line| line.name == "listen" && line.value == text));
    }
    for refused in ["localhost", "localhost:", "localhost:70000", "example.com:8000", "8000"] {
        assert!(load_with(Flags::default(), &[("CARTERA_LISTEN", refused)]).is_err(), "{refused}");
    }
}

#[test]
fn what_the_first_administrator_cannot_have_is_refused_before_anything_is_begun() {
    let folder = tempfile::tempdir().unwrap();
    let short = folder.path().join("short");
    std::fs::write(&short, "short\n").unwrap();
    let email = ("CARTERA_ADMIN_EMAIL", "ana@example.com");
    for (variables, purpose) in [
        (&[email, ("CARTERA_ADMIN_PASSWORD", "short")][..], Purpose::Other),
        (&[("CARTERA_ADMIN_EMAIL", "ana@b..c")], Purpose::Other),
        (&[("CARTERA_ADMIN_NAME", "\u{200b}")], Purpose::Other),
        (&[email, ("CARTERA_ADMIN_PASSWORD_FILE", short.to_str().unwrap())], Purpose::Serve),
    ] {
        let environment = variables.iter().map(|(name, value)| (name.into(), value.into()));
        let faults = load(&Flags::default(), environment, purpose).err().unwrap().faults;
        assert_eq!(faults.len(), 1, "{faults:?}");
        assert!(!faults[0].to_string().contains("`short`"), "{faults:?}");
    }
    // Where it is read from is no password.
    let input = [email, ("CARTERA_ADMIN_PASSWORD", "-")];
    assert!(load_with(Flags::default(), &input).is_ok());
}

fn load_with(flags: Flags, variables: &[(&str, &str)]) -> Result<Loaded, Refused> {
    let environment = variables.iter().map(|(name, value)| (name.into(), value.into()));
    load(&flags, environment, Purpose::Other)
}

fn written(content: &str) -> (tempfile::TempDir, PathBuf) {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("cartera.toml");
    std::fs::write(&path, content).unwrap();
    (directory, path)
}
