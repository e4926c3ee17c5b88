//! A database for each test: a file of its own on SQLite, a copy of a migrated template on PostgreSQL.

use cartera::db::Db;
use cartera::limits::Limits;
use cartera::settings::Settings;
use cartera::storage::Location;
use migration::{Migrator, MigratorTrait};
use sea_orm::{ConnectOptions, ConnectionTrait, Database, DatabaseConnection};
use sha2::{Digest, Sha256};
use tempfile::TempDir;
use uuid::Uuid;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Backend {
    Sqlite,
    Postgres,
}

/// A migrated database for one test.
pub struct TestDatabase {
    pub settings: Settings,
    /// Holds the files of documents, and the database on SQLite.
    _folder: TempDir,
    /// Name of the database to drop on PostgreSQL.
    name: Option<String>,
}

/// The server whose databases are made and dropped; set by `scripts/test`, or by hand to what `scripts/postgres` prints.
const SERVER: &str = "CARTERA_TEST_POSTGRES";

/// Points that no test uses up.
const PLENTY: u64 = 1 << 40;

/// Advisory lock of the creator of the template. Any unused number.
const LOCK: i64 = 0x7465_6d70_6c61;

impl TestDatabase {
    pub async fn create(backend: Backend) -> TestDatabase {
        match backend {
            Backend::Sqlite => {
                let database = TestDatabase::sqlite_file();
                migrate(&database.settings).await;
                database
            }
            Backend::Postgres => {
                let template = template().await;
                TestDatabase::postgres(&format!(" TEMPLATE {template}")).await
            }
        }
    }

    /// One without any table.
    pub async fn empty(backend: Backend) -> TestDatabase {
        match backend {
            Backend::Sqlite => TestDatabase::sqlite_file(),
            Backend::Postgres => TestDatabase::postgres("").await,
        }
    }

    /// Nothing may use it any more.
    pub async fn remove(self) {
        let Some(name) = self.name else { return };
        let server = server().await;
        execute(&server, &format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)")).await;
        server.close().await.expect("the connection closes");
    }

    fn sqlite_file() -> TestDatabase {
        let folder = tempfile::tempdir().expect("a folder can be made");
        let url = format!("sqlite:{}", folder.path().join("cartera.db").display());
        TestDatabase {
            settings: settings(&url),
            _folder: folder,
            name: None,
        }
    }

    async fn postgres(like: &str) -> TestDatabase {
        let name = format!("cartera_test_{}", Uuid::now_v7().simple());
        let server = server().await;
        execute(&server, &format!("CREATE DATABASE {name}{like}")).await;
        server.close().await.expect("the connection closes");
        let folder = tempfile::tempdir().expect("a folder can be made");
        TestDatabase {
            settings: Settings {
                storage: Some(Location::Folder(folder.path().join("documents"))),
                ..settings(&address(&name))
            },
            _folder: folder,
            name: Some(name),
        }
    }
}

/// Makes the template once; its name changes with the build, so that a server that runs for long does not hand out old tables.
async fn template() -> String {
    let name = format!("cartera_template_{}", fingerprint());
    let server = server().await;
    execute(&server, &format!("SELECT pg_advisory_lock({LOCK})")).await;
    let found = server
        .query_one_raw(sea_orm::Statement::from_string(
            sea_orm::DbBackend::Postgres,
            format!("SELECT 1 FROM pg_database WHERE datname = '{name}'"),
        ))
        .await
        .expect("databases can be listed");
    if found.is_none() {
        // Under another name until it is whole.
        let unfinished = format!("{name}_unfinished");
        execute(&server, &format!("DROP DATABASE IF EXISTS {unfinished} WITH (FORCE)")).await;
        execute(&server, &format!("CREATE DATABASE {unfinished}")).await;
        migrate(&settings(&address(&unfinished))).await;
        execute(&server, &format!("ALTER DATABASE {unfinished} RENAME TO {name}")).await;
    }
    execute(&server, &format!("SELECT pg_advisory_unlock({LOCK})")).await;
    server.close().await.expect("the connection closes");
    name
}

/// The migrations as one short text. Their names alone would not change while one is being written, so the build counts too.
fn fingerprint() -> String {
    let mut hash = Sha256::new();
    for migration in Migrator::migrations() {
        hash.update(migration.name());
    }
    let build = std::env::current_exe().and_then(std::fs::metadata).expect("a program knows itself");
    hash.update(format!("{} {:?}", build.len(), build.modified()));
    hash.finalize().iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}

async fn migrate(settings: &Settings) {
    let db = Db::open(settings).await.expect("the database opens");
    db.migrate().await.expect("the migrations run");
    db.close().await.expect("the database closes");
}

fn settings(url: &str) -> Settings {
    let mut limits = Limits::default();
    // The clock stands still, so buckets would not refill; tests of buckets set these limits.
    (limits.bucket, limits.anonymous_bucket) = (PLENTY, PLENTY);
    Settings {
        limits,
        // Tests name entries of the catalogues in English.
        default_locale: "en".to_owned(),
        database: url.parse().expect("the address of a database"),
        postgres_connections: 4,
        sqlite_readers: 2,
        ..Settings::default()
    }
}

fn server_address() -> String {
    std::env::var(SERVER).unwrap_or_else(|_| {
        panic!("{SERVER} is not set: run scripts/test, or start scripts/postgres and set {SERVER} to the address that it prints")
    })
}

/// The address of another database on the same server.
fn address(name: &str) -> String {
    let server = server_address();
    let (address, options) = server.split_once('?').unwrap_or((&server, ""));
    let (host, _) = address.rsplit_once('/').expect("the address names a database");
    let options = if options.is_empty() { String::new() } else { format!("?{options}") };
    format!("{host}/{name}{options}")
}

async fn server() -> DatabaseConnection {
    let mut options = ConnectOptions::new(server_address());
    options.max_connections(1).sqlx_logging(false);
    Database::connect(options)
        .await
        .unwrap_or_else(|error| panic!("{SERVER}: no connection: {error}"))
}

async fn execute(server: &DatabaseConnection, statement: &str) {
    server
        .execute_unprepared(statement)
        .await
        .unwrap_or_else(|error| panic!("{statement}: {error}"));
}
