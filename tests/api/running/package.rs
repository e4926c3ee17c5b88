//! The Debian package: what it holds, what systemd says of its units, and the server and the backups that run from it.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::SystemTime;

use tempfile::TempDir;

use super::backup::{execute, names_in, text};
use super::process::{Server, done, refused, without_settings, wrong};
use crate::support::runtime;

/// Names, licences and notices of what the program is linked with.
const LIBRARIES: &str = "usr/share/doc/cartera/THIRD-PARTY.gz";
const SETTINGS: &str = "etc/cartera/cartera.toml";
const SERVER: &str = "usr/lib/systemd/system/cartera.service";
const BACKUP: &str = "usr/lib/systemd/system/cartera-backup.service";
const TIMER: &str = "usr/lib/systemd/system/cartera-backup.timer";
/// In tenths: a unit without any protection has 9.6, one cut off from the network as well 0.2.
const MOST_EXPOSURE: &str = "--threshold=15";

/// A package, unpacked; `DEBIAN` in it holds what dpkg reads.
struct Package {
    root: PathBuf,
    folder: TempDir,
}

impl Package {
    /// Packs the program under test. Packing it compressed would take most of a minute.
    fn build() -> Package {
        let folder = tempfile::tempdir().expect("a folder can be made");
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("scripts/package");
        let arguments = ["--uncompressed", "--binary", env!("CARGO_BIN_EXE_cartera"), "--into"];
        let made = done(&run(Command::new(script).args(arguments).arg(folder.path())));
        let archive = Path::new(made.trim());
        let root = folder.path().join("root");
        done(&run(Command::new("dpkg-deb").arg("--raw-extract").args([archive, &root])));
        fs::remove_file(archive).expect("the package is there");
        Package { root, folder }
    }

    fn path(&self, file: &str) -> PathBuf {
        self.root.join(file)
    }

    fn read(&self, file: &str) -> String {
        fs::read_to_string(self.path(file)).unwrap_or_else(|error| panic!("{file}: {error}"))
    }

    /// The command line of a unit, with the unpacked files.
    fn start_of(&self, unit: &str) -> Vec<String> {
        let unit = self.read(unit);
        let start = unit.lines().find_map(|line| line.strip_prefix("ExecStart=")).expect("a start");
        let place = |word: &str| match word.strip_prefix('/') {
            Some(path) => text(&self.path(path)).to_owned(),
            None => word.to_owned(),
        };
        start.split(' ').map(place).collect()
    }

    /// A call of the packed program with no settings but those of the package.
    fn program(&self) -> Command {
        without_settings(&self.path("usr/bin/cartera"), self.folder.path())
    }
}

fn run(command: &mut Command) -> Output {
    command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"))
}

#[test]
fn a_machine_gets_a_server_and_its_backups() {
    let package = Package::build();
    files_are_whole(&package);
    libraries_are_named(&package);
    units_are_understood(&package);
    units_are_protected(&package);
    settings_are_taken(&package);
    runtime().block_on(async {
        let server = server_answers(&package).await;
        backups_are_rotated(&package).await;
        server.stop();
    });
}

fn files_are_whole(package: &Package) {
    done(&run(Command::new("md5sum")
        .args(["--check", "--strict", "--quiet", "DEBIAN/md5sums"])
        .current_dir(&package.root)));
    assert_eq!(package.read("DEBIAN/conffiles"), format!("/{SETTINGS}\n"));
    let control = package.read("DEBIAN/control");
    for line in [
        format!("Version: {}-1", env!("CARGO_PKG_VERSION").replace('-', "~")),
        "Package: cartera".to_owned(),
    ] {
        assert!(control.lines().any(|found| found == line), "{control} lacks {line}");
    }
    let needed = control.lines().find_map(|line| line.strip_prefix("Depends: ")).expect("a line");
    assert!(needed.contains("libc6 (>= 2.") && needed.contains("systemd"), "{needed}");
    for script in ["postinst", "prerm", "postrm"] {
        done(&run(Command::new("sh").arg("-n").arg(package.path("DEBIAN").join(script))));
    }
    let pages = names_in(&package.path("usr/share/man/man1"));
    for page in ["cartera.1.gz", "cartera-serve.1.gz", "cartera-user-create.1.gz"] {
        assert!(pages.iter().any(|name| name == page), "{pages:?} lacks {page}");
    }
    for (shell, file) in [
        ("bash", "usr/share/bash-completion/completions/cartera"),
        ("zsh", "usr/share/zsh/vendor-completions/_cartera"),
        ("fish", "usr/share/fish/vendor_completions.d/cartera.fish"),
    ] {
        assert_eq!(package.read(file), done(&run(package.program().args(["completions", shell]))));
    }
    assert_eq!(
        names_in(&package.path("usr/share/doc/cartera")),
        ["THIRD-PARTY.gz", "changelog.Debian.gz", "changelog.gz", "copyright"]
    );
}

/// Every crate that is linked into the program has its licence and its notices in the package, and what is not linked is left out.
fn libraries_are_named(package: &Package) {
    let libraries = done(&run(Command::new("gzip").arg("-dc").arg(package.path(LIBRARIES))));
    let linked = linked_crates();
    for name in ["axum", "libsqlite3-sys", "rustls"] {
        assert!(
            linked.iter().any(|of| of.starts_with(&format!("{name} "))),
            "{linked:?} lacks {name}"
        );
    }
    for name in &linked {
        assert!(libraries.contains(&format!("\n\n{name}\n  Licence: ")), "{name} is not named");
    }
    assert_eq!(libraries.matches("\n  Licence: ").count(), linked.len());
    let numbers = libraries.lines().filter_map(|line| line.strip_prefix("  Notices: "));
    let numbers: BTreeSet<&str> = numbers.flat_map(|line| line.split(", ")).collect();
    assert!(numbers.len() > 100, "{numbers:?}");
    for number in numbers {
        let heading = format!("{} notice {number} {}\n\n", "-".repeat(20), "-".repeat(20));
        let (_, text) = libraries
            .split_once(&heading)
            .unwrap_or_else(|| panic!("there is no notice {number}"));
        assert!(!text.starts_with('-') && !text.trim().is_empty(), "notice {number} has a text");
    }
    assert!(package.read("usr/share/doc/cartera/copyright").contains("THIRD-PARTY.gz"));
}

/// The names and versions of the crates of others that Cargo links, without macros and what only builds.
fn linked_crates() -> BTreeSet<String> {
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
    let arguments = "tree --locked --package cartera --edges normal,no-proc-macro --prefix none --no-dedupe --format {p}";
    let tree = done(&run(Command::new(cargo)
        .args(arguments.split(' '))
        .current_dir(env!("CARGO_MANIFEST_DIR"))));
    // Those of this repository are followed by their folder.
    let others = tree.lines().filter(|line| !line.contains('('));
    others.map(|line| line.replacen(" v", " ", 1)).collect()
}

/// systemd reports unknown directives as ignored, and continues.
fn units_are_understood(package: &Package) {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let units = [SERVER, BACKUP, TIMER].map(|unit| {
        let here = format!("={}/usr/", text(&package.root));
        let file = folder.path().join(Path::new(unit).file_name().expect("a name"));
        fs::write(&file, package.read(unit).replace("=/usr/", &here)).expect("a file");
        file
    });
    let output = run(Command::new("systemd-analyze").args(["verify", "--man=no"]).args(&units));
    done(&output);
    let said = String::from_utf8_lossy(&output.stderr);
    // Units of this machine that these want may have faults of their own.
    assert!(!said.contains("cartera"), "{said}");
}

fn units_are_protected(package: &Package) {
    let help = done(&run(Command::new("systemd-analyze").arg("--help")));
    if !help.contains("--offline") {
        eprintln!("left out: this systemd does not look at the protection of units that are not installed");
        return;
    }
    for unit in [SERVER, BACKUP] {
        let name = Path::new(unit).file_name().expect("a name");
        done(&run(Command::new("systemd-analyze")
            .args(["security", "--no-pager", "--offline=true", MOST_EXPOSURE, "--root"])
            .arg(&package.root)
            .arg(name)));
        let unit = package.read(unit);
        assert!(unit.lines().any(|line| line == "User=cartera"), "{unit}");
    }
}

/// Output of `cartera config`, by name.
fn in_force(output: &Output) -> BTreeMap<String, String> {
    let shown = done(output);
    let lines = shown.lines().filter_map(|line| line.split_once(' '));
    lines.map(|(name, rest)| (name.to_owned(), rest.trim().to_owned())).collect()
}

/// The file is taken as it is, and what it has as comments are the defaults.
fn settings_are_taken(package: &Package) {
    let file = package.path(SETTINGS);
    let given = in_force(&run(package.program().args(["config", "--config", text(&file)])));
    let source = format!("file {}", file.display());
    for (name, value) in [("database", "sqlite:/var/lib/cartera/cartera.db"), ("listen", "127.0.0.1:8000")] {
        let line = &given[name];
        assert!(line.starts_with(value) && line.ends_with(&source), "{name}: {line}");
    }
    let comments: String = package
        .read(SETTINGS)
        .lines()
        .filter_map(|line| line.strip_prefix('#').filter(|rest| rest.starts_with(char::is_alphabetic)))
        .map(|line| format!("{line}\n"))
        .collect();
    let uncommented = package.folder.path().join("uncommented.toml");
    fs::write(&uncommented, &comments).expect("a file");
    let given = in_force(&run(package.program().args(["config", "--config", text(&uncommented)])));
    let defaults = in_force(&run(package.program().arg("config")));
    let source = format!("file {}", uncommented.display());
    for line in comments.lines() {
        let (name, _) = line.split_once(" = ").unwrap_or_else(|| panic!("{line} is no setting"));
        let value = given[name].strip_suffix(&source).map(str::trim);
        let default = defaults[name].strip_suffix("default").map(str::trim);
        assert!(value.is_some(), "{name} comes from the file");
        assert_eq!(value, default, "{name}");
    }
    assert!(comments.lines().count() > 5, "{comments}");
}

/// As the unit starts it, but for the database and the port.
async fn server_answers(package: &Package) -> Server {
    let start = package.start_of(SERVER);
    let mut program = without_settings(start[0].as_ref(), package.folder.path());
    program
        .args(&start[1..])
        .env("CARTERA_DATABASE", database_of(package))
        .env("CARTERA_LISTEN", "127.0.0.1:0");
    let folder = tempfile::tempdir().expect("a folder can be made");
    let server = Server::run(program, folder).await;
    let ready = reqwest::get(format!("{}/readyz", server.url)).await.expect("the server answers");
    assert_eq!(ready.status(), 200);
    server
}

fn database_of(package: &Package) -> String {
    format!("sqlite:{}", package.folder.path().join("cartera.db").display())
}

/// The job of the timer, as its unit starts it: it keeps the newest, and touches nothing that has another name.
async fn backups_are_rotated(package: &Package) {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let others = ["cartera-2001-01-03", "cartera-2001-01-03T000000Z.copy", "notes"];
    let unfinished = ["cartera-2001-01-01T000000Z.unfinished-7", "cartera-2001-01-02T000000Z.unfinished-7"];
    let older = ["cartera-2001-01-01T000000Z", "cartera-2001-01-02T000000Z"];
    for name in [&others[..], &unfinished, &older].concat() {
        fs::write(folder.path().join(name), name).expect("a file");
    }
    let left_behind = File::open(folder.path().join(unfinished[0])).expect("the file is there");
    left_behind.set_modified(SystemTime::UNIX_EPOCH).expect("it is ours");
    let before = names_in(folder.path());

    let backup = |keep: &str, database: &str| {
        let start = package.start_of(BACKUP);
        let words = start.iter().map(|word| match word.as_str() {
            "${FOLDER}" => text(folder.path()),
            "${KEEP}" => keep,
            word => word,
        });
        let words: Vec<&str> = words.collect();
        let path = std::env::var("PATH").expect("there is a path");
        let mut call = without_settings(words[0].as_ref(), package.folder.path());
        call.args(&words[1..])
            .env("PATH", format!("{}:{path}", text(&package.path("usr/bin"))))
            .env("CARTERA_DATABASE", database);
        run(&mut call)
    };
    // One that fails removes nothing, and neither does one that is to keep none.
    let complaint = refused(&backup("1", "sqlite:/nowhere/cartera.db"));
    assert!(complaint.contains("/nowhere/cartera.db"), "{complaint}");
    for keep in ["0", "many", "-1", ""] {
        let complaint = wrong(&backup(keep, &database_of(package)));
        assert!(complaint.contains("from 1 on"), "{keep}: {complaint}");
    }
    assert_eq!(names_in(folder.path()), before);

    // Nor one that could not be restored, though it is kept: older ones could be.
    let database = package.folder.path().join("cartera.db");
    execute(&database, "CREATE INDEX mine ON users (name)").await;
    let complaint = refused(&backup("1", &database_of(package)));
    assert!(
        complaint.contains("will refuse this backup") && complaint.contains("mine"),
        "{complaint}"
    );
    let after = names_in(folder.path());
    assert!(before.iter().all(|name| after.contains(name)), "{after:?}");
    let kept: Vec<&String> = after.iter().filter(|name| !before.contains(name)).collect();
    let [kept] = kept[..] else { panic!("{after:?} has one new backup") };
    // Another one of the same second would have its name.
    fs::remove_file(folder.path().join(kept)).expect("the backup is there");
    execute(&database, "DROP INDEX mine").await;

    done(&backup("2", &database_of(package)));
    let after = names_in(folder.path());
    let new: Vec<&String> = after.iter().filter(|name| !before.contains(name)).collect();
    let [new] = new[..] else { panic!("{after:?} has one new backup") };
    let mut expected = [&others[..], &unfinished[1..], &older[1..], &[new.as_str()]].concat();
    expected.sort_unstable();
    assert_eq!(after, expected);
    let header = fs::read(folder.path().join(new)).expect("a backup");
    assert!(header.starts_with(b"SQLite format 3\0"));
}
