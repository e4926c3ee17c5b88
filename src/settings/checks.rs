//! Checks of settings that contradict each other, or refer to missing files.

use std::fs::File;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::path::Path;

use super::sources::Fault;
use super::{Purpose, Settings};

/// The files of GraphiQL below `graphiql_dir`, where npm puts them.
pub const GRAPHIQL_FILES: [&str; 4] = [
    "react/umd/react.production.min.js",
    "react-dom/umd/react-dom.production.min.js",
    "graphiql/graphiql.min.js",
    "graphiql/graphiql.min.css",
];

/// Settings that do not go together.
pub(super) struct Contradiction {
    /// By their names. If one of them was refused, its default stood in for it, and nothing is known.
    pub(super) settings: &'static [&'static str],
    pub(super) reason: String,
}

impl Settings {
    /// Contradictions between values that are each valid alone.
    pub(super) fn contradictions(&self) -> Vec<Contradiction> {
        let mut found = self.password_contradictions();
        if self.session_idle_days > self.session_absolute_days {
            found.push(Contradiction {
                settings: &["session_idle_days", "session_absolute_days"],
                reason: "session_idle_days is longer than session_absolute_days".to_owned(),
            });
        }
        if let Some(metrics) = self.metrics_listen
            && share_a_port(self.listen, metrics)
        {
            found.push(Contradiction {
                settings: &["listen", "metrics_listen"],
                reason: format!("listen ({}) and metrics_listen ({metrics}) are the same address", self.listen),
            });
        }
        found.extend(self.bucket_contradictions());
        found
    }

    /// A bucket that can never pay for what the limit of the cost lets pass, or that stays empty.
    fn bucket_contradictions(&self) -> Vec<Contradiction> {
        let limits = &self.limits;
        let mut found = Vec::new();
        if limits.bucket < limits.cost {
            found.push(Contradiction {
                settings: &["limits.bucket", "limits.cost"],
                reason: format!(
                    "limits.bucket ({}) is less than limits.cost ({}): a request of that cost could never be paid for",
                    limits.bucket, limits.cost
                ),
            });
        }
        if limits.anonymous_bucket < limits.anonymous_cost {
            found.push(Contradiction {
                settings: &["limits.anonymous_bucket", "limits.anonymous_cost"],
                reason: format!(
                    "limits.anonymous_bucket ({}) is less than limits.anonymous_cost ({}): a request of that cost could never be paid for",
                    limits.anonymous_bucket, limits.anonymous_cost
                ),
            });
        }
        for (settings, points) in [
            (&["limits.bucket_restore"], limits.bucket_restore),
            (&["limits.anonymous_bucket_restore"], limits.anonymous_bucket_restore),
        ] {
            if points == 0 {
                found.push(Contradiction {
                    settings,
                    reason: format!("{} is 0: a bucket that is used up would stay empty", settings[0]),
                });
            }
        }
        found
    }

    /// Missing files that settings refer to; checked only by the commands that use them.
    pub(super) fn missing(&self, purpose: Purpose) -> Vec<Fault> {
        let mut found = Vec::new();
        if let Some(folder) = self.graphiql_dir.as_deref().filter(|_| purpose == Purpose::Serve)
            && let Some(reason) = missing_from_graphiql(folder)
        {
            found.push(Fault {
                place: format!("graphiql_dir {}", folder.display()),
                reason: format!("{reason}; the folder is made by `npm install graphiql@4 react@18 react-dom@18`"),
                may_pass: true,
            });
        }
        let folder = self.database.sqlite_file().and_then(Path::parent);
        if let Some(folder) = folder.filter(|folder| purpose != Purpose::Other && !folder.as_os_str().is_empty())
            && !folder.is_dir()
        {
            found.push(Fault {
                place: format!("database {}", self.database),
                reason: format!("there is no folder {} for its file", folder.display()),
                may_pass: true,
            });
        }
        found
    }
}

/// The reason why a folder is not one of GraphiQL: it does not exist, or the server cannot read its files.
fn missing_from_graphiql(folder: &Path) -> Option<String> {
    if !folder.is_dir() {
        return Some("there is no such folder".to_owned());
    }
    let reason = |file: &str| {
        let error = readable_file(&folder.join(file)).err()?;
        Some(format!("{file}: {error}"))
    };
    let reasons: Vec<String> = GRAPHIQL_FILES.into_iter().filter_map(reason).collect();
    (!reasons.is_empty()).then(|| reasons.join(", "))
}

/// Looks at the kind of the file before it is opened: opening a pipe would wait for its other end.
fn readable_file(path: &Path) -> io::Result<()> {
    if path.metadata()?.is_file() {
        File::open(path).map(drop)
    } else {
        Err(io::Error::other("not a file"))
    }
}

/// Whether two listeners would conflict. Port 0 is any free port, and an unspecified address includes all of the machine; that of IPv6
/// includes those of IPv4.
fn share_a_port(one: SocketAddr, other: SocketAddr) -> bool {
    let (ip, other_ip) = (one.ip().to_canonical(), other.ip().to_canonical());
    let covers = |all: IpAddr, one: IpAddr| all.is_unspecified() && (all.is_ipv6() || one.is_ipv4());
    one.port() != 0 && one.port() == other.port() && (ip == other_ip || covers(ip, other_ip) || covers(other_ip, ip))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_port_of_one_address_has_many_spellings() {
        for (one, other, is_shared) in [
            ("127.0.0.1:8000", "127.0.0.1:8000", true),
            ("0.0.0.0:8000", "127.0.0.1:8000", true),
            ("[::]:8000", "127.0.0.1:8000", true),
            ("[::]:8000", "[::1]:8000", true),
            ("[::]:8000", "0.0.0.0:8000", true),
            ("[::ffff:127.0.0.1]:8000", "127.0.0.1:8000", true),
            ("127.0.0.1:8000", "127.0.0.1:8001", false),
            ("127.0.0.1:8000", "127.0.0.2:8000", false),
            ("0.0.0.0:8000", "[::1]:8000", false),
            ("127.0.0.1:0", "127.0.0.1:0", false),
        ] {
            for (one, other) in [(one, other), (other, one)] {
                assert_eq!(
                    share_a_port(one.parse().unwrap(), other.parse().unwrap()),
                    is_shared,
                    "{one} {other}"
                );
            }
        }
    }

    fn reasons(change: impl FnOnce(&mut Settings)) -> Vec<String> {
        let mut settings = Settings::default();
        change(&mut settings);
        settings.contradictions().into_iter().map(|found| found.reason).collect()
    }

    #[test]
    fn buckets_can_pay_for_what_may_be_asked() {
        assert_eq!(reasons(|_| {}), [""; 0]);
        let equal = reasons(|settings| settings.limits.bucket = settings.limits.cost);
        assert_eq!(equal, [""; 0]);
        let small = reasons(|settings| {
            settings.limits.bucket = settings.limits.cost - 1;
            settings.limits.anonymous_bucket = settings.limits.anonymous_cost - 1;
            settings.limits.bucket_restore = 0;
            settings.limits.anonymous_bucket_restore = 0;
        });
        assert_eq!(small.len(), 4, "{small:?}");
        assert!(
            small[0].contains("limits.bucket (4999)") && small[0].contains("limits.cost (5000)"),
            "{small:?}"
        );
    }

    #[test]
    fn folders_are_looked_for_by_those_who_use_them() {
        let home = tempfile::tempdir().unwrap();
        let settings = Settings {
            graphiql_dir: Some(home.path().join("missing")),
            database: format!("sqlite:{}", home.path().join("missing/cartera.db").display())
                .parse()
                .unwrap(),
            ..Settings::default()
        };
        for (purpose, count) in [(Purpose::Serve, 2), (Purpose::Demo, 1), (Purpose::Other, 0)] {
            assert_eq!(settings.missing(purpose).len(), count, "{purpose:?}");
        }
        std::fs::create_dir(home.path().join("missing")).unwrap();
        // The database needs no more than the folder.
        assert_eq!(settings.missing(Purpose::Demo), []);
        assert_eq!(settings.missing(Purpose::Serve).len(), 1);
    }

    #[test]
    fn the_folder_of_graphiql_has_all_its_files() {
        let home = tempfile::tempdir().unwrap();
        let settings = Settings {
            graphiql_dir: Some(home.path().to_owned()),
            ..Settings::default()
        };
        let missing = || -> Vec<String> { settings.missing(Purpose::Serve).iter().map(Fault::to_string).collect() };
        for (index, file) in GRAPHIQL_FILES.into_iter().enumerate() {
            let faults = missing();
            assert_eq!(faults.len(), 1, "{faults:?}");
            for (other, name) in GRAPHIQL_FILES.into_iter().enumerate() {
                assert_eq!(faults[0].contains(&format!("{name}: ")), other >= index, "{name}: {faults:?}");
            }
            let path = home.path().join(file);
            // A folder of the same name is no file.
            std::fs::create_dir_all(&path).unwrap();
            assert!(missing()[0].contains(&format!("{file}: not a file")), "{file}");
            std::fs::remove_dir(&path).unwrap();
            std::fs::write(&path, "").unwrap();
        }
        assert_eq!(missing(), [""; 0]);
        assert_eq!(settings.missing(Purpose::Other), []);
    }
}
