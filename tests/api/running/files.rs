//! The files of a database: never overwritten by a backup, never read as one, and readable by their owner alone.

use std::fs::{self, Permissions};
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::path::{Path, PathBuf};

use cartera::settings::Settings;

use super::backup::{file_of, names_in, opened, text};
use super::process::{Called, Server, command, done, refused};
use crate::support::{Backend, TestApp, TestDatabase, runtime};

/// Companion files of a database, existing or not.
const ENDINGS: [&str; 7] = ["-wal", "-shm", "-journal", ".lock", ".replaced", ".restoring", ".replaced-wal"];

fn beside(file: &Path, ending: &str) -> PathBuf {
    PathBuf::from(format!("{}{ending}", file.display()))
}

/// Every file of a folder with its number and length.
fn state(folder: &Path) -> Vec<(String, u64, u64)> {
    let file = |name: String| {
        let found = fs::symlink_metadata(folder.join(&name)).expect("the file is there");
        (name, found.ino(), found.len())
    };
    names_in(folder).into_iter().map(file).collect()
}

fn on(file: &Path, like: &Settings) -> Settings {
    Settings {
        database: format!("sqlite:{}", file.display()).parse().expect("an address"),
        ..like.clone()
    }
}

#[test]
fn a_backup_overwrites_no_database_in_use() {
    runtime().block_on(async {
        let (database, other, postgres) = (
            TestDatabase::create(Backend::Sqlite).await,
            TestDatabase::create(Backend::Sqlite).await,
            TestDatabase::create(Backend::Postgres).await,
        );
        let app = TestApp::start(&database).await;
        let ana = app.ana.clone();
        app.stop().await;
        let live = file_of(&database);
        let folder = live.parent().expect("a folder");
        let name = folder.file_name().expect("a name").to_string_lossy().into_owned();
        let elsewhere = tempfile::tempdir().expect("a folder can be made");
        let place = |name: &str| elsewhere.path().join(name);
        symlink(&live, place("link")).expect("a link");
        symlink(place("link"), place("link to the link")).expect("a link");
        symlink(folder, place("linked")).expect("a link");
        // Jobs would write meanwhile.
        let server = Server::start(&database.settings, &[("CARTERA_JOBS_IN_SERVE", "false")]).await;
        fs::hard_link(&live, place("hard")).expect("a link");
        let before = state(folder);
        let mut targets: Vec<PathBuf> = ["cartera.db", "./cartera.db", &format!("../{name}/cartera.db")]
            .map(PathBuf::from)
            .into();
        targets.extend(["link", "link to the link", "linked/cartera.db"].map(place));
        targets.push(live.clone());
        let by_name = targets.clone();
        targets.push(place("hard"));
        for ending in ENDINGS {
            targets.push(beside(&live, ending));
            let link = place(&format!("to{ending}"));
            symlink(beside(&live, ending), &link).expect("a link");
            targets.push(link);
        }
        let here = Called {
            folder: Some(folder),
            ..Called::default()
        };
        for target in &targets {
            for force in [&["--force"][..], &[]] {
                let arguments = [&["backup", text(target)], force].concat();
                let complaint = refused(&here.command(&database.settings, &arguments).await);
                let is_named = complaint.contains("is the database itself") || complaint.contains("belongs to the database");
                assert!(is_named, "{}: {complaint}", target.display());
            }
        }
        // Nor does a backup of another database. A hard link has no companion file that would reveal it, and loses only its name.
        for source in [&other.settings, &postgres.settings] {
            for target in by_name.iter().chain(
                targets
                    .iter()
                    .filter(|target| !by_name.contains(target) && **target != place("hard")),
            ) {
                let complaint = refused(&here.command(source, &["backup", text(target), "--force"]).await);
                let is_named = complaint.contains("is a database in use") || complaint.contains("belongs to the database");
                assert!(is_named, "{}: {complaint}", target.display());
            }
        }
        assert_eq!(state(folder), before);
        fs::remove_file(place("hard")).expect("a file");
        // What the server writes after all that is there when it has ended.
        let before = opened(&database.settings).await;
        server.sign_in(&ana).await;
        server.stop();
        let after = opened(&database.settings).await;
        let is_new = |row: &&String| !before.tables["sessions"].contains(row);
        assert_eq!(after.tables["sessions"].iter().filter(is_new).count(), 1);
        postgres.remove().await;
    });
}

#[test]
fn a_backup_overwrites_nothing_that_is_no_file_of_its_own_kind() {
    runtime().block_on(async {
        let (database, other) = (
            TestDatabase::create(Backend::Sqlite).await,
            TestDatabase::create(Backend::Sqlite).await,
        );
        let folder = tempfile::tempdir().expect("a folder can be made");
        let place = |name: &str| folder.path().join(name);
        fs::create_dir(place("folder")).expect("a folder");
        symlink(place("folder"), place("link")).expect("a link");
        let _socket = std::os::unix::net::UnixListener::bind(place("socket")).expect("a socket");
        // A server that was killed has left its log, which would be written into the backup.
        fs::write(place("cut.db"), "records").expect("a file");
        fs::write(place("cut.db-wal"), "").expect("a file");
        let before = state(folder.path());
        let stopped = beside(&file_of(&other), "-wal");
        for (target, reason) in [
            (place("folder"), "is a folder"),
            (place("link"), "is a folder"),
            (place("folder/.."), "is a folder"),
            (place("socket"), "is no file"),
            (place("cut.db"), "lies beside it"),
            (stopped.clone(), "belongs to the database"),
        ] {
            let complaint = refused(&command(&database.settings, &["backup", text(&target), "--force"]).await);
            assert!(complaint.contains(reason), "{}: {complaint}", target.display());
        }
        assert_eq!(state(folder.path()), before);
        assert!(!stopped.exists());
    });
}

#[test]
fn no_file_of_a_database_in_use_is_restored() {
    runtime().block_on(async {
        let (database, other) = (
            TestDatabase::create(Backend::Sqlite).await,
            TestDatabase::create(Backend::Sqlite).await,
        );
        let (own, live) = (file_of(&database), file_of(&other));
        let elsewhere = tempfile::tempdir().expect("a folder can be made");
        let hard = elsewhere.path().join("hard");
        let server = Server::start(&other.settings, &[]).await;
        fs::hard_link(&own, &hard).expect("a link");
        let before = opened_bytes(&own);
        let mut files = vec![
            (hard.clone(), "the database itself"),
            (own.clone(), "the database itself"),
            (live.clone(), "in use"),
        ];
        for ending in ENDINGS {
            let file = beside(&own, ending);
            if !file.exists() {
                fs::write(&file, "content").expect("a file");
            }
            files.push((file, "belongs to the database"));
        }
        files.push((beside(&live, "-wal"), "belongs to the database"));
        let names = names_in(own.parent().expect("a folder"));
        for (file, reason) in files {
            let complaint = refused(&command(&database.settings, &["restore", text(&file)]).await);
            assert!(complaint.contains(reason), "{}: {complaint}", file.display());
        }
        assert_eq!(opened_bytes(&own), before);
        assert_eq!(names_in(own.parent().expect("a folder")), names);
        server.stop();
    });
}

fn opened_bytes(file: &Path) -> Vec<u8> {
    fs::read(file).expect("the file is there")
}

#[test]
fn one_file_with_two_names_is_one_database() {
    runtime().block_on(async {
        let database = TestDatabase::create(Backend::Sqlite).await;
        let file = file_of(&database);
        let elsewhere = tempfile::tempdir().expect("a folder can be made");
        let (link, hard) = (elsewhere.path().join("link.db"), elsewhere.path().join("hard.db"));
        symlink(&file, &link).expect("a link");
        // The first start fills the catalogues.
        Server::start(&database.settings, &[]).await.stop();
        let before = opened(&database.settings).await;
        let address = |file: &Path| format!("sqlite:{}", file.display());
        let same = |from: PathBuf, to: PathBuf| {
            let settings = database.settings.clone();
            async move {
                let complaint = refused(&command(&settings, &["move", "--from", &address(&from), "--to", &address(&to)]).await);
                assert!(
                    complaint.contains("the same database"),
                    "{} {}: {complaint}",
                    from.display(),
                    to.display()
                );
            }
        };
        same(file.clone(), link.clone()).await;
        same(link.clone(), file.clone()).await;
        same(file.clone(), file.parent().expect("a folder").join("./cartera.db")).await;
        // With a second name no command works on it under either.
        // Jobs would write meanwhile.
        let server = Server::start(&database.settings, &[("CARTERA_JOBS_IN_SERVE", "false")]).await;
        fs::hard_link(&file, &hard).expect("a link");
        same(file.clone(), hard.clone()).await;
        let elsewhere = elsewhere.path().join("backup");
        for arguments in [&["serve"][..], &["migrate", "--status"], &["backup", text(&elsewhere)]] {
            let complaint = refused(&command(&on(&hard, &database.settings), arguments).await);
            assert!(complaint.contains("hard links"), "{arguments:?}: {complaint}");
        }
        assert!(!elsewhere.exists());
        server.stop();
        let complaint = refused(&command(&database.settings, &["serve"]).await);
        assert!(complaint.contains("hard links"), "{complaint}");
        fs::remove_file(&hard).expect("a file");
        before.assert_equal(&opened(&database.settings).await, "refused commands");
    });
}

/// The rights of each file in a folder.
fn modes(folder: &Path) -> Vec<(String, u32)> {
    let mode = |name: String| {
        let mode = fs::metadata(folder.join(&name)).expect("the file is there").permissions().mode() & 0o777;
        (name, mode)
    };
    names_in(folder).into_iter().map(mode).collect()
}

#[test]
fn only_the_owner_can_read_a_database() {
    runtime().block_on(async {
        let database = TestDatabase::empty(Backend::Sqlite).await;
        let file = file_of(&database);
        let folder = file.parent().expect("a folder");
        let names = ["cartera.db", "cartera.db-shm", "cartera.db-wal", "cartera.db.lock"];
        let private: Vec<(String, u32)> = names.iter().map(|name| ((*name).to_owned(), 0o600)).collect();
        let server = Server::start(&database.settings, &[]).await;
        assert_eq!(modes(folder), private);
        let backup = tempfile::tempdir().expect("a folder can be made");
        let backup = backup.path().join("backup.db");
        done(&command(&database.settings, &["backup", text(&backup)]).await);
        server.stop();
        // A version before this one left them so; the log, because it was killed.
        let open = || {
            for name in names {
                let file = folder.join(name);
                if !file.exists() {
                    fs::write(&file, "").expect("a file");
                }
                fs::set_permissions(&file, Permissions::from_mode(0o644)).expect("it is ours");
            }
        };
        open();
        let complained = command(&database.settings, &["migrate"]).await;
        done(&complained);
        let complained = String::from_utf8_lossy(&complained.stderr).into_owned();
        assert!(complained.contains("others could read it"), "{complained}");
        open();
        let server = Server::start(&database.settings, &[]).await;
        assert_eq!(modes(folder), private);
        server.stop();
        // A restore takes no rights from what it replaces, nor from the backup.
        open();
        fs::set_permissions(&backup, Permissions::from_mode(0o644)).expect("it is ours");
        done(&command(&database.settings, &["restore", text(&backup)]).await);
        assert_eq!(modes(folder), [private[0].clone(), private[3].clone()]);
    });
}

#[test]
fn a_restore_writes_through_no_link() {
    runtime().block_on(async {
        let database = TestDatabase::create(Backend::Sqlite).await;
        let folder = tempfile::tempdir().expect("a folder can be made");
        let (backup, precious) = (folder.path().join("backup.db"), folder.path().join("precious"));
        done(&command(&database.settings, &["backup", text(&backup)]).await);
        fs::write(&precious, "precious").expect("a file");
        for ending in [".restoring", ".restoring-wal", ".restoring-journal"] {
            symlink(&precious, beside(&file_of(&database), ending)).expect("a link");
        }
        done(&command(&database.settings, &["restore", text(&backup)]).await);
        assert_eq!(fs::read_to_string(&precious).expect("it is there"), "precious");
        let file = file_of(&database);
        assert_eq!(names_in(file.parent().expect("a folder")), ["cartera.db", "cartera.db.lock"]);
        assert!(fs::symlink_metadata(&file).expect("it is there").is_file());
    });
}

#[test]
fn a_link_to_a_file_that_is_not_there_yet_is_followed() {
    runtime().block_on(async {
        let database = TestDatabase::create(Backend::Sqlite).await;
        let folder = tempfile::tempdir().expect("a folder can be made");
        let place = |name: &str| folder.path().join(name);
        for name in ["links", "data"] {
            fs::create_dir(place(name)).expect("a folder");
        }
        let (link, file) = (place("links/link.db"), place("data/cartera.db"));
        symlink("../data/cartera.db", &link).expect("a link");
        let (by_link, by_name) = (on(&link, &database.settings), on(&file, &database.settings));
        let backup = place("backup.db");
        done(&command(&database.settings, &["backup", text(&backup)]).await);
        // The first start makes the file, and both names lead to its lock.
        for (first, second) in [(&by_link, &by_name), (&by_name, &by_link)] {
            let server = Server::start(first, &[]).await;
            assert_eq!(names_in(&place("links")), ["link.db"]);
            let before = fs::metadata(&file).expect("the file is there").ino();
            for settings in [first, second] {
                for arguments in [&["serve"][..], &["restore", text(&backup)]] {
                    let complaint = refused(&command(settings, arguments).await);
                    assert!(complaint.contains("another server is running"), "{arguments:?}: {complaint}");
                }
            }
            let complaint = refused(&command(&database.settings, &["backup", text(&link), "--force"]).await);
            assert!(complaint.contains("is a database in use"), "{complaint}");
            assert_eq!(fs::metadata(&file).expect("the file is there").ino(), before);
            server.stop();
            for name in names_in(&place("data")) {
                fs::remove_file(place("data").join(name)).expect("a file");
            }
        }
        // A restore makes it as well, and leaves the link.
        done(&command(&by_link, &["restore", text(&backup)]).await);
        assert!(link.is_symlink());
        assert_eq!(names_in(&place("links")), ["link.db"]);
        assert_eq!(names_in(&place("data")), ["cartera.db", "cartera.db.lock"]);
        opened(&database.settings)
            .await
            .assert_equal(&opened(&by_name).await, "the restore");
    });
}
