//! The maintainer scripts of the Debian package at installation, upgrade, removal and purge, in a folder instead of the machine.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use tempfile::TempDir;

use super::backup::text;
use super::process::{done, refused};

const RECORDS: &str = "var/lib/cartera";
const BACKUPS: &str = "var/backups/cartera";
const SETTINGS: &str = "etc/cartera/cartera.toml";
/// Stubs of programs that a test cannot run: each of them records its call.
const STUBS: [&str; 5] = ["systemd-sysusers", "deb-systemd-helper", "deb-systemd-invoke", "systemctl", "chown"];
const LOG_CALL: &str = "#!/bin/sh\necho \"${0##*/} $*\" >>\"$CALLS\"\n";
/// It fails for the unit and the question that a test names.
const ANSWER: &str = "case \"$*\" in *\"$DENIED\") exit 1 ;; esac\n";
/// Without the owner, whom the machine of the test does not know.
const INSTALL: &str = "shift 5\nexec \"$INSTALL\" -d \"$@\"\n";
/// A mount point is emptied, and cannot be removed itself.
const BUSY: &str = "[ -z \"$MOUNTED\" ] || { find \"$2\" -mindepth 1 -delete; exit 1; }\nexec \"$REMOVE\" \"$@\"\n";
const STUCK: &str = "exit 1\n";

/// A folder with the paths that the scripts know, on which systemd runs.
struct Machine {
    folder: TempDir,
}

impl Machine {
    fn new() -> Machine {
        let machine = Machine {
            folder: tempfile::tempdir().expect("a folder can be made"),
        };
        for folder in ["usr/bin", "var/lib", "var/backups", "etc/cartera", "run/systemd/system", "scripts"] {
            fs::create_dir_all(machine.path(folder)).expect("a folder can be made");
        }
        for name in STUBS {
            let more = if name == "deb-systemd-helper" { ANSWER } else { "" };
            machine.stub(name, more);
        }
        machine.stub("install", INSTALL);
        machine.stub("rm", BUSY);
        machine.write(SETTINGS, 0o644);
        for script in ["postinst", "prerm", "postrm"] {
            let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("packaging/debian").join(script);
            let mut source = fs::read_to_string(source).expect("the script is there");
            for path in ["/var/", "/etc/cartera", "/run/systemd", "/usr/bin/"] {
                source = source.replace(path, &format!("{}{path}", text(machine.folder.path())));
            }
            fs::write(machine.path("scripts").join(script), source).expect("a file");
        }
        machine
    }

    /// One after its first installation.
    fn installed() -> Machine {
        let machine = Machine::new();
        done(&machine.run(
            "postinst",
            &["configure", ""],
            &[("DENIED", "debian-installed cartera-backup.timer")],
        ));
        machine
    }

    fn path(&self, file: &str) -> PathBuf {
        self.folder.path().join(file)
    }

    fn stub(&self, name: &str, more: &str) {
        let file = self.path("usr/bin").join(name);
        fs::write(&file, format!("{LOG_CALL}{more}")).expect("a file");
        fs::set_permissions(&file, Permissions::from_mode(0o755)).expect("it is ours");
    }

    fn write(&self, file: &str, mode: u32) {
        fs::write(self.path(file), file).expect("a file");
        self.set_mode(file, mode);
    }

    fn set_mode(&self, file: &str, mode: u32) {
        fs::set_permissions(self.path(file), Permissions::from_mode(mode)).expect("it is ours");
    }

    fn mode(&self, file: &str) -> u32 {
        let metadata = fs::metadata(self.path(file)).unwrap_or_else(|error| panic!("{file}: {error}"));
        metadata.permissions().mode() & 0o7777
    }

    fn has(&self, file: &str) -> bool {
        self.path(file).exists()
    }

    fn run(&self, script: &str, arguments: &[&str], variables: &[(&str, &str)]) -> Output {
        let path = std::env::var("PATH").expect("there is a path");
        let mut call = Command::new("sh");
        call.arg(self.path("scripts").join(script))
            .args(arguments)
            .env("PATH", format!("{}:{path}", text(&self.path("usr/bin"))))
            .env("CALLS", self.path("calls"))
            .env("INSTALL", program("install"))
            .env("REMOVE", program("rm"))
            .env("DENIED", "nothing")
            .env("MOUNTED", "")
            .envs(variables.iter().copied());
        call.output().unwrap_or_else(|error| panic!("{call:?}: {error}"))
    }

    /// The calls of other programs since the last look, with the paths of the machine.
    fn calls(&self) -> Vec<String> {
        let calls = fs::read_to_string(self.path("calls")).unwrap_or_default();
        fs::write(self.path("calls"), "").expect("a file");
        let calls = calls.replace(text(self.folder.path()), "");
        calls.lines().map(str::to_owned).collect()
    }
}

/// Path of a program.
fn program(name: &str) -> String {
    let found = Command::new("sh").args(["-c", "command -v \"$0\"", name]).output();
    done(&found.expect("there is a shell")).trim().to_owned()
}

#[test]
fn an_installation_makes_the_folders_and_starts_the_server() {
    let machine = Machine::installed();
    assert_eq!(
        machine.calls(),
        [
            "systemd-sysusers cartera.conf",
            "install -d -o cartera -g cartera -m 0700 /var/lib/cartera",
            "install -d -o cartera -g cartera -m 0700 /var/backups/cartera",
            "chown root:cartera /etc/cartera/cartera.toml",
            "deb-systemd-helper --quiet was-enabled cartera.service",
            "deb-systemd-helper enable cartera.service",
            "deb-systemd-helper debian-installed cartera-backup.timer",
            "deb-systemd-helper update-state cartera-backup.timer",
            "systemctl --system daemon-reload",
            "deb-systemd-invoke start cartera.service",
        ]
    );
    assert_eq!((machine.mode(RECORDS), machine.mode(BACKUPS)), (0o700, 0o700));
    assert_eq!(machine.mode(SETTINGS), 0o640);
}

#[test]
fn an_upgrade_restarts_the_server_and_leaves_what_the_administrator_chose() {
    let machine = Machine::installed();
    machine.calls();
    machine.set_mode(RECORDS, 0o750);
    machine.set_mode(SETTINGS, 0o600);
    done(&machine.run("prerm", &["upgrade", "0.1.0-1"], &[]));
    assert_eq!(machine.calls(), [""; 0], "the server runs until the new one is in place");
    done(&machine.run("postinst", &["configure", "0.0.9-1"], &[]));
    assert_eq!(
        machine.calls(),
        [
            "systemd-sysusers cartera.conf",
            "deb-systemd-helper --quiet was-enabled cartera.service",
            "deb-systemd-helper enable cartera.service",
            "deb-systemd-helper debian-installed cartera-backup.timer",
            "deb-systemd-helper --quiet was-enabled cartera-backup.timer",
            "deb-systemd-helper enable cartera-backup.timer",
            "deb-systemd-helper update-state cartera-backup.timer",
            "systemctl --system daemon-reload",
            "deb-systemd-invoke restart cartera.service",
        ]
    );
    assert_eq!((machine.mode(RECORDS), machine.mode(SETTINGS)), (0o750, 0o600));

    // A disabled server stays disabled, and a timer that is not enabled is not.
    for (denied, enabled) in [
        ("was-enabled cartera.service", "cartera-backup.timer"),
        ("was-enabled cartera-backup.timer", "cartera.service"),
    ] {
        done(&machine.run("postinst", &["configure", "0.0.9-1"], &[("DENIED", denied)]));
        let calls = machine.calls();
        let enabling: Vec<&str> = calls
            .iter()
            .filter_map(|call| call.strip_prefix("deb-systemd-helper enable "))
            .collect();
        assert_eq!(enabling, [enabled], "{denied}: {calls:?}");
    }
}

#[test]
fn a_machine_without_systemd_is_not_asked_to_start_anything() {
    let machine = Machine::new();
    fs::remove_dir_all(machine.path("run/systemd")).expect("the folder is there");
    done(&machine.run("postinst", &["configure", ""], &[]));
    done(&machine.run("prerm", &["remove"], &[]));
    done(&machine.run("postrm", &["remove"], &[]));
    let calls = machine.calls();
    assert!(calls.iter().any(|call| call.starts_with("deb-systemd-helper enable")), "{calls:?}");
    let started = ["systemctl", "deb-systemd-invoke"];
    assert!(
        !calls.iter().any(|call| started.iter().any(|name| call.starts_with(name))),
        "{calls:?}"
    );
}

#[test]
fn a_removal_stops_the_server_and_keeps_its_files() {
    let machine = Machine::installed();
    machine.calls();
    let database = "var/lib/cartera/cartera.db";
    machine.write(database, 0o600);
    done(&machine.run("prerm", &["remove"], &[]));
    let stopped = ["deb-systemd-invoke stop cartera-backup.timer cartera-backup.service cartera.service"];
    assert_eq!(machine.calls(), stopped);
    done(&machine.run("postrm", &["remove"], &[]));
    assert_eq!(machine.calls(), ["systemctl --system daemon-reload"]);
    assert!(machine.has(database) && machine.has(BACKUPS) && machine.has(SETTINGS));
}

#[test]
fn a_purge_removes_the_records_and_keeps_backups() {
    const PURGED: &str = "deb-systemd-helper purge cartera.service cartera-backup.timer";
    let backup = "var/backups/cartera/cartera-2001-01-01T000000Z";
    for (is_backed_up, mounted) in [(false, ""), (true, ""), (false, "yes"), (true, "yes")] {
        let machine = Machine::installed();
        machine.calls();
        machine.write("var/lib/cartera/cartera.db", 0o600);
        if is_backed_up {
            machine.write(backup, 0o600);
        }
        let output = machine.run("postrm", &["purge"], &[("MOUNTED", mounted)]);
        done(&output);
        let calls = machine.calls();
        assert_eq!(calls.last().map(String::as_str), Some(PURGED), "{calls:?}");
        assert!(!machine.has("var/lib/cartera/cartera.db"));
        assert_eq!(machine.has(RECORDS), !mounted.is_empty(), "only a mount point stays");
        assert_eq!((machine.has(backup), machine.has(BACKUPS)), (is_backed_up, is_backed_up));
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(said.contains("stay in"), is_backed_up, "{said}");
    }

    // Records that cannot be removed are no purge.
    let machine = Machine::installed();
    machine.calls();
    machine.write("var/lib/cartera/cartera.db", 0o600);
    machine.stub("rm", STUCK);
    refused(&machine.run("postrm", &["purge"], &[]));
    assert!(machine.has("var/lib/cartera/cartera.db"));
    let calls = machine.calls();
    assert!(!calls.iter().any(|call| call == PURGED), "{calls:?}");
}
