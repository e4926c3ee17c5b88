//! A server that really listens, over a database of its own, at a time that stands still.

use std::sync::{Arc, Mutex};

use cartera::app::{App, Clock};
use cartera::cx::{Cx, Origin};
use cartera::db::Db;
use cartera::entities::access::{api_key, session};
use cartera::entities::setup::revision::CachedTable;
use cartera::ids::{self, Kind};
use cartera::resolvers::access::{revision, users};
use cartera::resolvers::process::handover::{self, Handover};
use cartera::settings::Settings;
use cartera::storage::Storage;
use cartera::tx::locks::Locks;
use cartera::{server, setup};
use sea_orm::sea_query::Expr;
use sea_orm::{EntityTrait, Set, Statement};
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use uuid::Uuid;

use super::people::{self, Person};
use super::{Snapshot, TestDatabase};
use cartera::auth::{Credential, Role, Viewer, credentials};

/// Time of the clock when a test begins: 2026-03-10T15:00:00Z.
const NOW: i64 = 1_773_154_800_000;

/// The server, its people, and a door behind it.
#[derive(Clone)]
pub struct TestApp {
    /// The application of the server, for state that no answer shows.
    pub core: Arc<App>,
    /// Set it to go on in time; all servers of the test follow.
    pub clock: Clock,
    /// `http://127.0.0.1:PORT`
    pub url: String,
    /// Administrators.
    pub admin: Person,
    pub other_admin: Person,
    /// Salespeople.
    pub ana: Person,
    pub luis: Person,
    /// A salesperson who never owns anything.
    pub stranger: Person,
    /// An anonymous caller.
    pub anonymous: Person,
    running: Arc<Mutex<Vec<Running>>>,
}

struct Running {
    stop: oneshot::Sender<()>,
    served: JoinHandle<()>,
    core: Arc<App>,
}

impl TestApp {
    pub async fn start(database: &TestDatabase) -> TestApp {
        let clock = Clock::fixed(NOW);
        let core = core(database.settings.clone(), &clock).await;
        let people = [
            ("Olga Administradora", Role::Admin),
            ("Raúl Administrador", Role::Admin),
            ("Ana Vendedora", Role::Sales),
            ("Luis Vendedor", Role::Sales),
            ("Eva Extraña", Role::Sales),
        ];
        let [admin, other_admin, ana, luis, stranger] =
            <[users_model::Model; 5]>::try_from(add_users(&core, &people).await).expect("as many as were asked for");
        setup::first_start(&core).await.expect("the catalogues are installed");
        let running = Arc::new(Mutex::new(Vec::new()));
        let url = serve(&core, &running).await;
        let person = async |model| person(&core, &url, model).await;
        TestApp {
            clock,
            admin: person(admin).await,
            other_admin: person(other_admin).await,
            ana: person(ana).await,
            luis: person(luis).await,
            stranger: person(stranger).await,
            anonymous: Person::anonymous(&url),
            url,
            core,
            running,
        }
    }

    /// Another server over the same database, with other settings; the same people are signed in there.
    pub async fn with_settings(&self, change: impl FnOnce(&mut Settings)) -> TestApp {
        let mut settings = Settings::clone(&self.core.settings);
        change(&mut settings);
        self.at(core(settings, &self.clock).await).await
    }

    /// Another server over the same database, with its files in another storage.
    pub async fn with_storage(&self, storage: Storage) -> TestApp {
        let settings = Settings::clone(&self.core.settings);
        let db = Db::open(&settings).await.expect("the database opens");
        let core = App::with_storage(db, settings, self.clock.clone(), storage).await;
        self.at(core.expect("the catalogues are read")).await
    }

    /// The same people at another server, which begins to serve.
    async fn at(&self, core: Arc<App>) -> TestApp {
        let url = serve(&core, &self.running).await;
        TestApp {
            core,
            admin: self.admin.at(&url),
            other_admin: self.other_admin.at(&url),
            ana: self.ana.at(&url),
            luis: self.luis.at(&url),
            stranger: self.stranger.at(&url),
            anonymous: Person::anonymous(&url),
            url,
            ..self.clone()
        }
    }

    /// Another server over the same database, and the statements that it sends, with their values.
    pub async fn watched(&self) -> (TestApp, Arc<Mutex<Vec<Statement>>>) {
        let seen = Arc::new(Mutex::new(Vec::new()));
        let watch = seen.clone();
        let server = self.with_watch(move |statement| watch.lock().expect("the lock is not poisoned").push(statement.clone()));
        (server.await, seen)
    }

    /// Another server over the same database, each of whose statements takes a millisecond by the clock.
    pub async fn ticking(&self) -> TestApp {
        let clock = self.clock.clone();
        self.with_watch(move |_| clock.set(clock.now() + 1)).await
    }

    async fn with_watch(&self, watch: impl Fn(&Statement) + Clone + Send + Sync + 'static) -> TestApp {
        let settings = Settings::clone(&self.core.settings);
        let db = Db::open_watched(&settings, watch).await.expect("the database opens");
        let core = App::new(db, settings, self.clock.clone()).await.expect("the catalogues are read");
        self.at(core).await
    }

    /// Stops all servers in order and closes their databases.
    pub async fn stop(self) {
        let all: Vec<Running> = self.running.lock().expect("the lock is not poisoned").drain(..).collect();
        for running in all {
            // It may have stopped already, which shows below.
            let _ = running.stop.send(());
            running.served.await.expect("the server ends in order");
            running.core.db.clone().close().await.expect("the database closes");
        }
    }

    /// Another signed-in person.
    pub async fn add_person(&self, name: &str, role: Role) -> Person {
        let model = add_users(&self.core, &[(name, role)]).await.pop().expect("one was asked for");
        person(&self.core, &self.url, model).await
    }

    /// The person at this server, with one more session.
    pub async fn with_session(&self, person: &Person) -> Person {
        let (token, session_id) = add_session(&self.core, person.uuid).await;
        Person {
            token: Some(token),
            session_id: Some(session_id),
            ..person.at(&self.url)
        }
    }

    /// The request context of the person, to call a resolver without a field.
    pub fn cx(&self, person: &Person) -> Cx {
        let viewer = |session_id| Viewer {
            user_id: person.uuid,
            role: person.role,
            credential: Credential::Session(session_id),
        };
        Cx::new(self.core.clone(), person.session_id.map(viewer), Origin::default())
    }

    /// Deactivates a user; their prospects have no owner afterwards.
    pub async fn deactivate(&self, person: &Person) {
        let handover = Handover {
            leave_unassigned: true,
            ..Handover::default()
        };
        handover::deactivate(&self.cx(&self.admin), person.uuid, handover)
            .await
            .expect("an administrator deactivates a user");
    }

    pub fn now(&self) -> i64 {
        self.clock.now()
    }

    /// Lets time pass.
    pub fn advance(&self, milliseconds: i64) {
        self.clock.set(self.clock.now() + milliseconds);
    }

    /// Notes all sessions and keys as just used, so that what is written about their use does not come between two snapshots.
    pub async fn rest(&self) {
        session::Entity::update_many()
            .col_expr(session::Column::LastUsedAt, Expr::value(self.now()))
            .exec(self.core.db.writer())
            .await
            .expect("sessions can be written");
        api_key::Entity::update_many()
            .col_expr(api_key::Column::LastUsedAt, Expr::value(self.now()))
            .exec(self.core.db.writer())
            .await
            .expect("keys can be written");
    }

    /// The time so many milliseconds from now, as the API writes it.
    pub fn time(&self, milliseconds: i64) -> String {
        super::app::time(self.clock.now() + milliseconds)
    }

    /// Every row of every table, with all sessions and keys as just used.
    pub async fn snapshot(&self) -> Snapshot {
        self.rest().await;
        Snapshot::take(&self.core.db).await
    }

    /// Runs a query on the database itself and answers the first column of each row, as text.
    pub async fn sql(&self, query: &str) -> Vec<String> {
        super::snapshot::texts(&self.core.db, query).await
    }

    /// Number of SQL statements of the work, without `BEGIN` and `COMMIT`; nothing else may run meanwhile.
    pub async fn statements<T>(&self, work: impl Future<Output = T>) -> (u64, T) {
        let before = self.core.db.statement_count();
        let done = work.await;
        (self.core.db.statement_count() - before, done)
    }

    /// Asserts the invariants of the records; see the rules in `demo::check`.
    pub async fn assert_sound(&self) {
        let broken = cartera::demo::check(&self.core.db).await.expect("the rules can be checked");
        assert!(broken.is_empty(), "broken rules: {broken:#?}");
    }
}

/// Milliseconds since 1970 as the API writes them.
pub fn time(milliseconds: i64) -> String {
    chrono::DateTime::from_timestamp_millis(milliseconds)
        .expect("a time within reason")
        .to_rfc3339_opts(chrono::SecondsFormat::Millis, true)
}

use cartera::entities::access::user as users_model;

async fn core(settings: Settings, clock: &Clock) -> Arc<App> {
    let db = Db::open(&settings).await.expect("the database opens");
    App::new(db, settings, clock.clone()).await.expect("the catalogues are read")
}

/// Answers where the server listens.
async fn serve(core: &Arc<App>, running: &Mutex<Vec<Running>>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port is free");
    let address = listener.local_addr().expect("a bound socket has an address");
    let (stop, stopped) = oneshot::channel::<()>();
    let stopped = async {
        // An error means that the test is over.
        let _ = stopped.await;
    };
    let served = server::serve(core.clone(), listener, stopped);
    let served = tokio::spawn(async { served.await.expect("the schema can be served") });
    running.lock().expect("the lock is not poisoned").push(Running {
        stop,
        served,
        core: core.clone(),
    });
    format!("http://{address}")
}

/// All have the same password, whose hash is known, because hashing is slow by intent.
async fn add_users(core: &App, people: &[(&str, Role)]) -> Vec<users_model::Model> {
    let tx = core.db.begin().await.expect("a transaction begins");
    Locks::default()
        .with_tables([CachedTable::User])
        .take(&tx, None)
        .await
        .expect("a change is counted");
    let mut added = Vec::new();
    for (name, role) in people {
        let model = people::model(name, *role, core.clock.now());
        added.push(users::insert(&tx, model).await.expect("the user is new"));
    }
    tx.commit().await.expect("the transaction ends");
    revision::take_in(core, &[CachedTable::User]).await;
    added
}

/// A session that has just begun, by its token and its id.
async fn add_session(core: &App, user_id: Uuid) -> (String, Uuid) {
    let now = core.clock.now();
    let (token, token_hash) = credentials::new_token();
    let session_id: Uuid = ids::new();
    let session = session::ActiveModel {
        id: Set(session_id),
        user_id: Set(user_id),
        token_hash: Set(token_hash),
        user_agent: Set(None),
        network: Set(None),
        created_at: Set(now),
        last_used_at: Set(now),
        expires_at: Set(now + i64::from(core.settings.session_absolute_days) * 24 * 60 * 60 * 1000),
    };
    session::Entity::insert(session)
        .exec_without_returning(core.db.writer())
        .await
        .expect("the session is new");
    (token.expose().to_owned(), session_id)
}

async fn person(core: &App, url: &str, model: users_model::Model) -> Person {
    let (token, session_id) = add_session(core, model.id).await;
    Person {
        id: Kind::User.encode(model.id),
        uuid: model.id,
        name: model.name,
        email: model.email,
        role: model.role,
        token: Some(token),
        session_id: Some(session_id),
        ..Person::anonymous(url)
    }
}
